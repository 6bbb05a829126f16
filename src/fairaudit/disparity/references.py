"""Against whom every group is compared."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar

from fairaudit.count.counts import Clusters, Counts, GroupCounts
from fairaudit.errors import GroupMissing, OptionError, clipped, did_you_mean, listed
from fairaudit.metrics.kinds import GroupMeasures, Measured
from fairaudit.metrics.table import COMPARED_METRICS, PARITY_METRICS
from fairaudit.read.values import same_value
from fairaudit.settings.choices import MAJORITY, MAX, MIN, MIN_METRIC, REST, split_words
from fairaudit.slices.grammar import EVERYBODY_ELSE, MEMBERS
from fairaudit.spelling import setting
from fairaudit.texts import composed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


N = TypeVar("N", int, Fraction)
_KINDS = (MAJORITY, MIN, MIN_METRIC, MAX, REST)
_SELECTION = next(
    metric.name
    for metric in PARITY_METRICS
    if metric.numerator == ("selected",) and metric.denominator == ("n",)
)
"""The selection rate, by which `MAX` chooses."""


class ReferenceKind(StrEnum):
    """How the reference groups were found."""

    NAMED = "named"
    MAJORITY = MAJORITY
    MIN_METRIC = MIN_METRIC
    MAX = MAX
    REST = REST

    @property
    def is_chosen_by_rates(self) -> bool:
        """Whether the rates chose the reference group, so that any pair of groups might have been compared."""
        return self in (ReferenceKind.MIN_METRIC, ReferenceKind.MAX)

    def comparisons(self, groups: int) -> int:
        """Count the comparisons that one of so many groups was chosen from: all pairs, where rates chose the reference group.

        >>> ReferenceKind.MAX.comparisons(12), ReferenceKind.MAJORITY.comparisons(12)
        (66, 1)
        """
        return max(math.comb(groups, 2), 1) if self.is_chosen_by_rates else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """Which group each attribute's groups are compared with.

    Attributes
    ----------
    groups
        By attribute; for ``min-metric``, by attribute and metric (and no entry where the metric is undefined in all groups). No
        entry at all where no group can be a reference.
    kinds
        By attribute.
    usual
        The attributes that nothing names a reference for.
    """

    groups: Mapping[str, str | Mapping[str, str]]
    kinds: Mapping[str, ReferenceKind]
    usual: frozenset[str] = frozenset()

    def of(self, attribute: str, metric: str) -> str | None:
        """Return the reference group for a metric of an attribute."""
        group = self.groups[attribute]
        return group if isinstance(group, str) else group.get(metric)


def find_references(
    measured: Measured, wanted: Sequence[str], *, option: str = "", whole_groups: bool = False
) -> References:
    """Find the reference group of every attribute.

    Unknown groups are no reference.

    Parameters
    ----------
    wanted
        Each one of ``majority``, ``min`` (or ``min-metric``), ``max``, ``rest``, ``attribute=group`` or a group's bare name, which must be a group of
        exactly one attribute; ``attribute=max`` and its like are for one attribute. ``majority`` is the largest group, the first by name of those that are
        equally large; ``min`` the one with the lowest rate, metric by metric; ``max`` the one with the highest selection rate, of those that are not
        small, for all metrics (29 CFR 1607.4 D). ``rest`` compares each group with everybody else, and so are groups that overlap: only then is nobody on both sides. Attributes that nothing names are compared with their
        largest group, intersections with everybody else, as which of their cells is the largest says nothing.
    whole_groups
        Whether groups that overlap may be put beside one of them, as where only their rates are, and no test rests on the two.

    Raises
    ------
    GroupMissing
        If an attribute has no such group; the groups that it has are listed.
    OptionError
        If an attribute is not audited, is given two references, or a bare name is ambiguous; or if nobody is in the
        group, which weights of 0 can bring about, or it is unknown.
    """
    option = option or setting("ref_group")
    words = split_words(wanted, known=known_words(measured))
    default = _default(words, option)
    named, kinds = _named([word for word in words if word not in _KINDS], measured, option)
    apart = frozenset() if whole_groups else measured.overlapping
    _refuse_overlapping({a: kind for a, kind in kinds.items() if a in apart}, named, option)
    usual = frozenset(a for a in measured.attributes if a not in kinds and default is None)
    references: dict[str, str | Mapping[str, str]] = {}
    for attribute in measured.attributes:
        groups = [g for g in measured.of(attribute) if not g.unknown]
        usual_kind = _usual_kind(measured, attribute)
        kind = kinds.setdefault(attribute, usual_kind if attribute in apart else default or usual_kind)
        references[attribute] = (
            named[attribute] if kind is ReferenceKind.NAMED else _found(kind, attribute, groups, option)
        )
    return References(groups=references, kinds=kinds, usual=usual)


def known_words(measured: Measured) -> set[str]:
    """Return all that names a group, or a kind of reference of an attribute, as it stands, whatever commas it holds."""
    names = {g.group for g in measured.groups} | {f"{g.attribute}={g.group}" for g in measured.groups}
    return names | {f"{attribute}={kind}" for attribute in measured.attributes for kind in _KINDS}


def spelled_out(wanted: Sequence[str], references: References) -> tuple[str, ...]:
    """Return what names the same references with nothing left to what is usual."""
    kinds = {
        attribute: references.kinds[attribute]
        for attribute in references.groups
        if attribute in references.usual
    }
    majority = [MAJORITY] if ReferenceKind.MAJORITY in kinds.values() else []
    rest = [f"{attribute}={REST}" for attribute, kind in kinds.items() if kind is ReferenceKind.REST]
    return (*wanted, *rest, *majority)


def largest(groups: Sequence[GroupMeasures]) -> GroupMeasures | None:
    """Return the group of most people, the first of those that are equally large; ``None`` where there is none."""
    return max(groups, key=lambda g: g.counts.n, default=None)


def _default(words: Sequence[str], option: str) -> ReferenceKind | None:
    """Return the kind of reference for all attributes, if one is named."""
    defaults = list(dict.fromkeys(_kind(word) for word in words if word in _KINDS))
    if len(defaults) > 1:
        raise OptionError(option, f"{defaults[0]} and {defaults[1]} exclude each other")
    return defaults[0] if defaults else None


def _kind(word: str) -> ReferenceKind:
    return ReferenceKind(MIN_METRIC if word == MIN else word)


def _named(
    words: Sequence[str], measured: Measured, option: str
) -> tuple[dict[str, str], dict[str, ReferenceKind]]:
    """Find the groups, and the kinds of reference, that are named for one attribute."""
    named: dict[str, str] = {}
    kinds: dict[str, ReferenceKind] = {}
    for word in words:
        attribute, group = _resolve(word, measured, option)
        groups = {g.group: g for g in measured.of(attribute)}
        if group in groups:
            _refuse_reference(groups[group], option)
        # A group may be called as one of the kinds is.
        kind = ReferenceKind.NAMED if group in groups else _kind(group)
        if kinds.setdefault(attribute, kind) is not kind or named.setdefault(attribute, group) != group:
            raise OptionError(option, f"names two reference groups for {attribute!r}")
    return named, kinds


def _refuse_overlapping(kinds: Mapping[str, ReferenceKind], named: Mapping[str, str], option: str) -> None:
    """Refuse to compare groups that may have people in common with one of them.

    The variance of the difference of two such rates is p1 q1 / n1 + p2 q2 / n2 - 2 cov. Of n12 people who are in both, each with one outcome, and of whom
    the share p12 has it, cov is n12 p12 q12 / (n1 n2): whoever takes the two for independent is too careful. The intervals and exact tests here are
    of independent samples, which a group and those of the other who are not in it are.

    References
    ----------
    Derrick, Dobson-McKittrick, Toher and White 2015, Test statistics for comparing two proportions with partially overlapping samples, Journal of
    Applied Quantitative Methods 10(3).
    """
    for attribute, kind in kinds.items():
        if kind is not ReferenceKind.REST:
            raise OptionError(
                option,
                f"people may be in several groups of {attribute!r}, so that each is compared with everybody who is not in it",
                hint=f"Leave it out, or say {REST}{_instead(attribute, named.get(attribute, ''))}",
            )


def _instead(attribute: str, reference: str) -> str:
    """Say how one group is compared with those of another who are not in it, which are independent samples; empty where that is not said in a line."""
    family, _, rest = attribute.partition(":{")
    members = rest.removesuffix("}").split(",")
    other = next((member for member in members if member != reference), None)
    if reference not in members or other is None or "*" in family or ":{" in rest or not rest.endswith("}"):
        return ""
    either = " or ".join(f'"{name.replace(chr(34), chr(34) * 2)}" = 1' for name in (other, reference))
    alone = f"{setting('attribute', f'{family}:{{{other}}}')} {setting('where', either)} {setting('ref_group', MEMBERS[1])}"
    return f". Who is {clipped(other)} beside who is {clipped(reference)} and not {clipped(other)}: {alone}"


def _refuse_reference(group: GroupMeasures, option: str) -> None:
    """Refuse a group of nobody, and one of which it is not known who is in it."""
    if group.counts.n == 0 and not group.vanished:
        raise OptionError(
            option, f"nobody is in the group {group.group!r} of {group.attribute!r}: all its weights are 0"
        )
    if group.unknown:
        raise OptionError(
            option,
            f"{group.group!r} of {group.attribute!r} is unknown, and no group to compare with",
            hint=f"Name another group, or say {REST}",
        )


def _usual_kind(measured: Measured, attribute: str) -> ReferenceKind:
    """Return the kind of reference of an attribute that nothing names one for."""
    if attribute in measured.overlapping:
        return ReferenceKind.REST
    groups = [g for g in measured.of(attribute) if g.counts.n]
    is_intersection = attribute in measured.intersections and len(groups) > 1
    return ReferenceKind.REST if is_intersection else ReferenceKind.MAJORITY


def _found(
    kind: ReferenceKind, attribute: str, groups: Sequence[GroupMeasures], option: str
) -> str | Mapping[str, str]:
    """Find the reference group of a kind."""
    match kind:
        case ReferenceKind.MIN_METRIC:
            return _lowest(groups)
        case ReferenceKind.REST:
            if any(g.group == EVERYBODY_ELSE for g in groups):
                raise OptionError(
                    option, f"{attribute!r} has a group {EVERYBODY_ELSE!r}, which is what the rest is called"
                )
            return EVERYBODY_ELSE
        case _:
            group = largest(groups) if kind is ReferenceKind.MAJORITY else _most_selected(groups)
            return {} if group is None else group.group


def _most_selected(groups: Sequence[GroupMeasures]) -> GroupMeasures | None:
    """Find the group with the highest selection rate of those that have enough people, the first of those that are alike."""
    rates = {
        g.group: rate
        for g in groups
        if not g.small and _SELECTION in g.estimates and (rate := g.estimates[_SELECTION].exact) is not None
    }
    known = [g for g in groups if g.group in rates]
    return max(known, key=lambda g: rates[g.group], default=None)


def others_of(measured: Measured, attribute: str, groups: Sequence[GroupMeasures]) -> list[Counts]:
    """Count, for groups of an attribute, everybody else of whom it is known who they are: the others may be anybody, with whom nobody is compared.

    Groups that may have people in common leave out each those who may be in it or not; the others are known not to be, whatever else is unknown of them.
    """
    unknown = [] if attribute in measured.overlapping else [g for g in measured.of(attribute) if g.unknown]
    known = measured.overall.counts
    for group in unknown:
        known = rest_of(known, group.counts)
    away = {group.group for group in unknown}
    rests = [known if g.group in away else others_than(known, g) for g in groups]
    ranks = [measured.rests.get((attribute, g.group)) for g in groups]
    return [rest if rank is None else rank.within(rest) for rest, rank in zip(rests, ranks, strict=True)]


def others_than(everybody: Counts, group: GroupMeasures | GroupCounts) -> Counts:
    """Count everybody who is not in a group, and of whom that is known."""
    rest = rest_of(everybody, group.counts)
    for people in group.may_join:
        rest = rest_of(rest, people)
    return rest


def rest_of(everybody: Counts, group: Counts) -> Counts:
    """Count everybody but a group, so that the two have nobody in common."""
    return Counts(
        n=everybody.n - group.n,
        selected=_minus(everybody.selected, group.selected),
        tp=_minus(everybody.tp, group.tp),
        fp=_minus(everybody.fp, group.fp),
        fn=_minus(everybody.fn, group.fn),
        tn=_minus(everybody.tn, group.tn),
        squared_error=_minus(everybody.squared_error, group.squared_error),
        log_loss=_minus(everybody.log_loss, group.log_loss),
        tenths=None
        if everybody.tenths is None or group.tenths is None
        else tuple(whole - part for whole, part in zip(everybody.tenths, group.tenths, strict=True)),
        clusters=_clusters_but(everybody.clusters, group.clusters),
    )


def _minus(whole: N | None, part: N | None) -> N | None:
    return None if whole is None or part is None else whole - part


def _clusters_but(everybody: Clusters | None, group: Clusters | None) -> Clusters | None:
    """Count everybody but a group.

    Of a person who stands in both, the products keep those of the rows here with the rows there. While a person's rows are alike, that makes
    the rest worth fewer people than it is.
    """
    if everybody is None or group is None:
        return everybody
    known = everybody.rows is not None and group.rows is not None
    return Clusters(
        # Who stands in several groups is subtracted with each of them.
        people=max(everybody.people - group.people, 0),
        products=_less(everybody.products, group.products),
        rows=_less(everybody.rows or (), group.rows or ()) if known else None,
        scores=None
        if everybody.scores is None or group.scores is None
        else (everybody.scores[0] - group.scores[0], everybody.scores[1] - group.scores[1]),
    )


def _less(whole: Sequence[int], part: Sequence[int]) -> tuple[int, ...]:
    return tuple(one - other for one, other in zip(whole, part, strict=True))


def _lowest(groups: Sequence[GroupMeasures]) -> dict[str, str]:
    """Find, for each metric, the group with the lowest value; the first by name where several have it."""
    lowest: dict[str, str] = {}
    for metric in COMPARED_METRICS:
        defined = [
            (value, g.group)
            for g in groups
            if metric.name in g.estimates and (value := g.estimates[metric.name].exact) is not None
        ]
        if defined:
            lowest[metric.name] = min(defined, key=lambda pair: pair[0])[1]
    return lowest


def _resolve(word: str, measured: Measured, option: str) -> tuple[str, str]:
    """Take ``attribute=group`` apart, where either may hold an equals sign, or find a bare group."""
    for attribute in sorted(measured.attributes, key=len, reverse=True):
        if composed(word).startswith(f"{composed(attribute)}="):
            group = composed(word)[len(composed(attribute)) + 1 :]
            groups = [g.group for g in measured.of(attribute)]
            if group not in (*groups, *_KINDS):
                crossed = {name.replace(" * ", "*"): name for name in groups}
                same_group = crossed.get(group) or next(
                    (name for name in groups if same_value(group, name)), None
                )
                if same_group is None:
                    raise GroupMissing(attribute, group, groups)
                group = same_group
            return attribute, group
    holding = {
        a: next(
            (g.group for same in (str.__eq__, same_value) for g in measured.of(a) if same(word, g.group)),
            None,
        )
        for a in measured.attributes
    }
    holders = [attribute for attribute, group in holding.items() if group is not None]
    match holders:
        case [attribute]:
            return attribute, holding[attribute] or word
        case []:
            if "=" in word:
                named = word.partition("=")[0]
                raise OptionError(
                    option,
                    f"{named!r} is not an audited attribute",
                    hint=f"{did_you_mean(named, measured.attributes)} Audited are {listed(measured.attributes)}",
                )
            if len(measured.attributes) == 1:
                (attribute,) = measured.attributes
                raise GroupMissing(attribute, word, [g.group for g in measured.of(attribute)])
            raise OptionError(
                option,
                f"no attribute has a group {word!r}",
                hint=f"Say ATTRIBUTE=GROUP; audited are {listed(measured.attributes)}",
            )
        case _:
            raise OptionError(
                option, f"{word!r} is a group of {listed(holders)}", hint=f"Say {holders[0]}={word}"
            )
