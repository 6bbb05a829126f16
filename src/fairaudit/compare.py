"""Two rates into a disparity: a group over its reference group, as a ratio and as a difference.

Ratios are exact. Division by zero is no number, and is said to be so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from fairaudit.config import MAJORITY, MIN_METRIC, split_words
from fairaudit.errors import GroupMissing, OptionError, did_you_mean, listed
from fairaudit.measure import NOT_COMPUTED, PARITY_METRICS, Estimate, GroupMeasures, Measured, Metric


class ReferenceKind(StrEnum):
    """How the reference groups were found."""

    NAMED = "named"
    MAJORITY = MAJORITY
    MIN_METRIC = MIN_METRIC


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
        """Give the reference group for a metric of an attribute."""
        found = self.groups[attribute]
        return found if isinstance(found, str) else found.get(metric)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disparity:
    """One group compared with its reference group in one metric.

    Attributes
    ----------
    ratio
        group / reference, exact; ``None`` with `ratio_reason`.
    small
        Whether either side is small.
    """

    attribute: str
    group: str
    n: int
    metric: str
    estimate: Estimate
    reference_group: str | None
    reference: Estimate | None
    ratio: Fraction | None
    ratio_reason: str
    difference: Fraction | None
    difference_reason: str
    small: bool

    @property
    def is_reference(self) -> bool:
        """Whether the group is the reference group itself."""
        return self.group == self.reference_group


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The disparities of an audit."""

    measured: Measured
    references: References
    disparities: tuple[Disparity, ...]

    def of(self, attribute: str) -> tuple[Disparity, ...]:
        """Give the disparities of one attribute."""
        return tuple(d for d in self.disparities if d.attribute == attribute)


def find_references(measured: Measured, wanted: Sequence[str], *, option: str = "--ref-group") -> References:
    """Find the reference group of every attribute.

    Parameters
    ----------
    wanted
        Each one of ``majority``, ``min-metric``, ``attribute=group`` or a group's bare name, which must be a group of exactly one
        attribute. Attributes that nothing names are compared with their largest group; with equally large ones, the
        first by name.

    Raises
    ------
    GroupMissing
        If an attribute has no such group; the groups that it has are listed.
    OptionError
        If an attribute is not audited, is given two references, or a bare name is ambiguous; or if nobody is in the
        group, which weights of 0 can bring about.
    """
    groups_known = {g.group for g in measured.groups} | {f"{g.attribute}={g.group}" for g in measured.groups}
    wanted = split_words(wanted, known=groups_known)
    default = ReferenceKind.MAJORITY
    named: dict[str, str] = {}
    kinds: dict[str, ReferenceKind] = {}
    defaults = [word for word in wanted if word in (MAJORITY, MIN_METRIC)]
    if len(set(defaults)) > 1:
        raise OptionError(option, f"{MAJORITY} and {MIN_METRIC} exclude each other")
    if defaults:
        default = ReferenceKind(defaults[0])
    for word in wanted:
        if word in (MAJORITY, MIN_METRIC):
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
    found: dict[str, str | Mapping[str, str]] = {}
    for attribute in measured.attributes:
        groups = measured.of(attribute)
        match kinds.setdefault(attribute, default):
            case ReferenceKind.NAMED:
                found[attribute] = named[attribute]
            case ReferenceKind.MAJORITY:
                found[attribute] = max(groups, key=lambda g: g.counts.n).group
            case ReferenceKind.MIN_METRIC:
                found[attribute] = _lowest(groups)
    return References(groups=found, kinds=kinds)


def compare(measured: Measured, references: References) -> Compared:
    """Compare every group with its reference group in every metric on which a parity rests.

    Ratios follow Aequitas (group over reference; Saleiro et al. 2018, section 3.3) where both are defined; where Aequitas puts
    10 for x / 0 and nothing for 0 / 0, these are ``None`` with a reason.
    """
    metrics = [m for m in PARITY_METRICS if m.name not in measured.left_out]
    found = [
        _compare(
            group, _by_name(measured.of(attribute), references.of(attribute, metric.name)), metric, attribute
        )
        for attribute in measured.attributes
        for group in measured.of(attribute)
        for metric in metrics
    ]
    return Compared(measured=measured, references=references, disparities=tuple(found))


def _compare(
    group: GroupMeasures, reference: GroupMeasures | None, metric: Metric, attribute: str
) -> Disparity:
    mine = group.estimates[metric.name]
    theirs = reference.estimates[metric.name] if reference else None
    reason = ""
    ratio = difference = None
    if mine.exact is None:
        reason = mine.reason
    elif reference is None or theirs is None:
        reason = "no group has a value"
    elif theirs.exact is None:
        reason = f"in the reference group: {theirs.reason}"
    else:
        difference = mine.exact - theirs.exact
        if theirs.exact == 0:
            reason = (
                "both are 0"
                if mine.exact == 0
                else f"the reference group has 0 of {theirs.denominator:,}, and nothing can be divided by 0"
            )
        else:
            ratio = mine.exact / theirs.exact
    return Disparity(
        attribute=attribute,
        group=group.group,
        n=group.counts.n,
        metric=metric.name,
        estimate=mine,
        reference_group=reference.group if reference else None,
        reference=theirs,
        ratio=ratio,
        ratio_reason=reason if ratio is None else "",
        difference=difference,
        difference_reason=reason if difference is None else "",
        small=mine.small or (theirs is not None and theirs.small),
    )


def _lowest(groups: Sequence[GroupMeasures]) -> dict[str, str]:
    """Find, for each metric, the group with the lowest value; the first by name where several have it."""
    found: dict[str, str] = {}
    for metric in PARITY_METRICS:
        defined = [
            (value, g.group)
            for g in groups
            if metric.name in g.estimates and (value := g.estimates[metric.name].exact) is not None
        ]
        if defined:
            found[metric.name] = min(defined, key=lambda pair: pair[0])[1]
    return found


def _resolve(word: str, measured: Measured, option: str) -> tuple[str, str]:
    """Take ``attribute=group`` apart, where either may hold an equals sign, or find a bare group."""
    for attribute in sorted(measured.attributes, key=len, reverse=True):
        if word.startswith(f"{attribute}="):
            group = word[len(attribute) + 1 :]
            groups = [g.group for g in measured.of(attribute)]
            if group not in (*groups, MAJORITY, MIN_METRIC):
                crossed = {name.replace(" * ", "*"): name for name in groups}
                if group not in crossed:
                    raise GroupMissing(attribute, group, groups)
                group = crossed[group]
            return attribute, group
    holders = [a for a in measured.attributes if any(g.group == word for g in measured.of(a))]
    match holders:
        case [attribute]:
            return attribute, word
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


def _by_name(groups: Sequence[GroupMeasures], name: str | None) -> GroupMeasures | None:
    return next((g for g in groups if g.group == name), None)


__all__ = [
    "NOT_COMPUTED",
    "Compared",
    "Disparity",
    "ReferenceKind",
    "References",
    "compare",
    "find_references",
]
