"""Which groups a gate asks about, and with whom they are compared; gates that ask the same share their comparisons."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fairaudit.disparity.comparison import Comparison, compare_groups, plain_value
from fairaudit.disparity.references import (
    ReferenceKind,
    References,
    find_references,
    largest,
    rest_of,
)
from fairaudit.errors import GateError
from fairaudit.gates.policy import Gate
from fairaudit.metrics.kinds import GroupMeasures, Measured, Metric
from fairaudit.metrics.measure import estimates
from fairaudit.metrics.table import BY_NAME
from fairaudit.settings.limits import Limit
from fairaudit.slices.grammar import AS_BEFORE, EVERYBODY_ELSE

NEW_GROUP = "the baseline has nobody of this group"
VANISHED = "the baseline has this group, and now nobody is in it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One group that gates ask about, and its reference group where it has one."""

    group: GroupMeasures
    reference: GroupMeasures | None
    comparison: Comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What groups were before, for gates on change.

    Attributes
    ----------
    correlations
        By attribute, group and metric: how far the estimates of then and now go along, since the same people are in both.
    """

    measured: Measured
    correlations: Mapping[tuple[str, str, str], float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """The groups that gates ask about, found once for all that ask the same.

    Attributes
    ----------
    references
        Whom groups are compared with, as for ``--ref-group``; a gate's own `reference` beats it.
    """

    measured: Measured
    references: Sequence[str]
    baseline: Baseline | None = None
    _references: dict[tuple[tuple[str, ...], tuple[str, ...]], References] = field(default_factory=dict)
    _cases: dict[tuple[object, ...], tuple[Case, ...]] = field(default_factory=dict)

    def of(self, gate: Gate) -> tuple[Case, ...]:
        """Find the groups that a gate asks about; those of nobody, unless they have vanished, of people of whom it is not known who they are, and the reference group, are none."""
        cases: list[Case] = []
        alone = gate.limit is Limit.LEVEL or gate.of_baseline
        references = None if alone else self._references_of(gate)
        for attribute in gate.attributes:
            # A reference is the same one if it was found in the same way among the same groups.
            chosen = references and (
                references.kinds[attribute],
                references.of(attribute, gate.metric),
            )
            key = (gate.metric, gate.limit, attribute, chosen, gate.of_baseline)
            if key not in self._cases:
                self._cases[key] = tuple(
                    self._since_baseline(gate, attribute)
                    if gate.of_baseline
                    else self._in_attribute(gate, attribute, references)
                )
            cases += self._cases[key]
        return tuple(cases)

    def _in_attribute(self, gate: Gate, attribute: str, references: References | None) -> list[Case]:
        groups = [g for g in self.measured.of(attribute) if (g.counts.n or g.vanished) and not g.unknown]
        cases: list[Case] = []
        for group in groups:
            reference, comparisons = (
                (None, 1) if references is None else self._reference(gate, group, groups, references)
            )
            if reference is group:
                continue
            comparison = compare_groups(
                group, reference, BY_NAME[gate.metric], gate.limit, comparisons=comparisons
            )
            cases.append(Case(group=group, reference=reference, comparison=comparison))
        return cases

    def _since_baseline(self, gate: Gate, attribute: str) -> list[Case]:
        """Compare each group with itself in the baseline; those of whom there is nobody now, or was nobody then, have no value."""
        assert self.baseline is not None  # noqa: S101  # such gates are refused before
        before, now = (
            {g.group: g for g in measured.of(attribute) if g.counts.n and not g.unknown}
            for measured in (self.baseline.measured, self.measured)
        )
        metric = BY_NAME[gate.metric]
        cases = []
        for name in [*now, *(group for group in before if group not in now)]:
            group = now.get(name) or self._emptied(before[name], metric)
            base = before.get(name)
            reference = None if base is None else dataclasses.replace(base, group=AS_BEFORE)
            comparison = compare_groups(
                group,
                reference,
                metric,
                gate.limit,
                correlation=self.baseline.correlations.get((attribute, name, gate.metric)),
            )
            if base is None:
                comparison = dataclasses.replace(comparison, reason=NEW_GROUP)
            elif name not in now:
                comparison = dataclasses.replace(comparison, reason=VANISHED)
            elif comparison.reason:
                reason = comparison.reason.replace("the reference group", "the baseline")
                comparison = dataclasses.replace(comparison, reason=reason)
            cases.append(Case(group=group, reference=reference, comparison=comparison))
        return cases

    def _emptied(self, group: GroupMeasures, metric: Metric) -> GroupMeasures:
        """Return a group of whom there is nobody any more."""
        nobody = rest_of(group.counts, group.counts)
        (estimate,) = estimates(
            metric, [nobody], all_selected=nobody.selected, min_group_size=self.measured.min_group_size
        )
        return dataclasses.replace(group, counts=nobody, estimates={metric.name: estimate}, small=True)

    def _references_of(self, gate: Gate) -> References:
        key = (gate.reference, gate.attributes if gate.reference else ())
        if key not in self._references:
            measured = self.measured
            if gate.reference:
                groups = tuple(g for g in measured.groups if g.attribute in gate.attributes)
                self._references[key] = find_references(
                    dataclasses.replace(measured, groups=groups),
                    gate.reference,
                    option=f"gate {gate.name!r}, reference",
                )
            else:
                self._references[key] = find_references(measured, self.references)
        return self._references[key]

    def _reference(
        self, gate: Gate, group: GroupMeasures, groups: Sequence[GroupMeasures], references: References
    ) -> tuple[GroupMeasures | None, int]:
        """Find whom a group is compared with, and how many comparisons this one was chosen from by the data."""
        kind = references.kinds[group.attribute]
        # A metric that everybody else has no value of is compared with the largest group, unless somebody asked for everybody else.
        is_asked_for = group.attribute not in references.usual
        match kind:
            case ReferenceKind.REST if not BY_NAME[gate.metric].kind.not_of_rest or is_asked_for:
                return self._everybody_else(gate, group), 1
            case ReferenceKind.REST:
                return largest(groups), 1
            case ReferenceKind.MIN_METRIC:
                values = [(plain_value(g.estimates[gate.metric]), g) for g in groups]
                known = [(value, g) for value, g in values if value is not None]
                lowest = min(known, key=lambda pair: pair[0])[1] if known else None
                return lowest, kind.comparisons(len(known))
            case _:
                name = references.of(group.attribute, gate.metric)
                defined = sum(plain_value(g.estimates[gate.metric]) is not None for g in groups)
                return next((g for g in groups if g.group == name), None), kind.comparisons(defined)

    def _everybody_else(self, gate: Gate, group: GroupMeasures) -> GroupMeasures:
        metric, measured = BY_NAME[gate.metric], self.measured
        if reason := metric.kind.not_of_rest:
            raise GateError(
                f"gate {gate.name!r}",
                reason,
                hint='Name a group by the key reference, such as reference = "majority"',
            )
        everybody = measured.overall.counts
        rest = rest_of(everybody, group.counts)
        (estimate,) = estimates(
            metric, [rest], all_selected=everybody.selected, min_group_size=measured.min_group_size
        )
        return GroupMeasures(
            attribute=group.attribute,
            group=EVERYBODY_ELSE,
            counts=rest,
            estimates={gate.metric: estimate},
            small=rest.people < measured.min_group_size,
        )
