"""Against whom every group is compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from fairaudit.count.counts import Clusters, Counts
from fairaudit.errors import GroupMissing, OptionError, did_you_mean, listed
from fairaudit.metrics.kinds import GroupMeasures, Measured
from fairaudit.metrics.table import PARITY_METRICS
from fairaudit.read.values import same_value
from fairaudit.settings.choices import (
    MAJORITY,
    MIN_METRIC,
    REST,
    split_words,
)
from fairaudit.slices.grammar import EVERYBODY_ELSE
from fairaudit.spelling import setting
from fairaudit.texts import composed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


_KINDS = (MAJORITY, MIN_METRIC, REST)


class ReferenceKind(StrEnum):
    """How the reference groups were found."""

    NAMED = "named"
    MAJORITY = MAJORITY
    MIN_METRIC = MIN_METRIC
    REST = REST


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """Which group each attribute's groups are compared with.

    Attributes
    ----------
    groups
        By attribute; for ``min-metric``, by attribute and metric (and no entry where the metric is undefined in all groups).
    kinds
        By attribute.
    """

    groups: Mapping[str, str | Mapping[str, str]]
    kinds: Mapping[str, ReferenceKind]

    def of(self, attribute: str, metric: str) -> str | None:
        """Return the reference group for a metric of an attribute."""
        found = self.groups[attribute]
        return found if isinstance(found, str) else found.get(metric)


def find_references(measured: Measured, wanted: Sequence[str], *, option: str = "") -> References:
    """Find the reference group of every attribute.

    Parameters
    ----------
    wanted
        Each one of ``majority``, ``min-metric``, ``rest``, ``attribute=group`` or a group's bare name, which must be a group of exactly
        one attribute. Attributes that nothing names are compared with their largest group; with equally large ones, the
        first by name. ``rest`` compares each group with everybody else.

    Raises
    ------
    GroupMissing
        If an attribute has no such group; the groups that it has are listed.
    OptionError
        If an attribute is not audited, is given two references, or a bare name is ambiguous; or if nobody is in the
        group, which weights of 0 can bring about.
    """
    option = option or setting("ref_group")
    groups_known = {g.group for g in measured.groups} | {f"{g.attribute}={g.group}" for g in measured.groups}
    wanted = split_words(wanted, known=groups_known)
    default = ReferenceKind.MAJORITY
    named: dict[str, str] = {}
    kinds: dict[str, ReferenceKind] = {}
    defaults = [word for word in wanted if word in _KINDS]
    if len(set(defaults)) > 1:
        raise OptionError(
            option, f"{defaults[0]} and {next(d for d in defaults if d != defaults[0])} exclude each other"
        )
    if defaults:
        default = ReferenceKind(defaults[0])
    for word in wanted:
        if word in _KINDS:
            continue
        attribute, group = _resolve(word, measured, option)
        people = {g.group: g.counts.n for g in measured.of(attribute)}
        if people.get(group) == 0:
            raise OptionError(
                option, f"nobody is in the group {group!r} of {attribute!r}: all its weights are 0"
            )
        # A group may be called as one of the two kinds are.
        kind = ReferenceKind.NAMED if group in people else ReferenceKind(group)
        if kinds.setdefault(attribute, kind) is not kind or named.setdefault(attribute, group) != group:
            raise OptionError(option, f"names two reference groups for {attribute!r}")
    references: dict[str, str | Mapping[str, str]] = {}
    for attribute in measured.attributes:
        groups = measured.of(attribute)
        match kinds.setdefault(attribute, default):
            case ReferenceKind.NAMED:
                references[attribute] = named[attribute]
            case ReferenceKind.MAJORITY:
                references[attribute] = max(groups, key=lambda g: g.counts.n).group
            case ReferenceKind.MIN_METRIC:
                references[attribute] = _lowest(groups)
            case ReferenceKind.REST:
                if any(g.group == EVERYBODY_ELSE for g in groups):
                    raise OptionError(
                        option,
                        f"{attribute!r} has a group {EVERYBODY_ELSE!r}, which is what the rest is called",
                    )
                references[attribute] = EVERYBODY_ELSE
    return References(groups=references, kinds=kinds)


def rest_of(everybody: Counts, group: Counts) -> Counts:
    """Count everybody but a group, so that the two have nobody in common."""

    def minus(cell: str) -> int | None:
        whole, part = getattr(everybody, cell), getattr(group, cell)
        return None if whole is None or part is None else whole - part

    return Counts(
        n=everybody.n - group.n,
        selected=minus("selected"),
        tp=minus("tp"),
        fp=minus("fp"),
        fn=minus("fn"),
        tn=minus("tn"),
        clusters=_clusters_but(everybody.clusters, group.clusters),
    )


def _clusters_but(everybody: Clusters | None, group: Clusters | None) -> Clusters | None:
    """Count everybody but a group.

    Of a person who stands in both, the products keep those of the rows here with the rows there. While a person's rows are alike, that makes
    the rest worth fewer people than it is.
    """
    if everybody is None or group is None:
        return everybody
    known = everybody.rows is not None and group.rows is not None
    return Clusters(
        people=everybody.people - group.people,
        products=_less(everybody.products, group.products),
        rows=_less(everybody.rows or (), group.rows or ()) if known else None,
    )


def _less(whole: Sequence[int], part: Sequence[int]) -> tuple[int, ...]:
    return tuple(one - other for one, other in zip(whole, part, strict=True))


def _lowest(groups: Sequence[GroupMeasures]) -> dict[str, str]:
    """Find, for each metric, the group with the lowest value; the first by name where several have it."""
    lowest: dict[str, str] = {}
    for metric in PARITY_METRICS:
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
