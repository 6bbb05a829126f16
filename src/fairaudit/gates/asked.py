"""Which groups a gate asks about, and with whom they are compared; gates that ask the same share their comparisons."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fairaudit.count.counts import Counts
from fairaudit.disparity.comparison import Comparison, compare_groups, plain_value
from fairaudit.disparity.references import (
    ReferenceKind,
    References,
    find_references,
    others_of,
    rest_of,
)
from fairaudit.errors import GateError, GroupMissing
from fairaudit.gates.policy import Gate, Lack
from fairaudit.metrics.kinds import GroupMeasures, Measured, Metric
from fairaudit.metrics.measure import estimates
from fairaudit.metrics.people import part_estimate
from fairaudit.metrics.table import OF_GATES
from fairaudit.settings.choices import MIN_DENOMINATOR
from fairaudit.settings.limits import Limit
from fairaudit.slices.grammar import AS_BEFORE, CROSS, EVERYBODY_ELSE, LACKING

EVERYBODY = ("", "")
"""The attribute and group of everybody."""
NEW_GROUP = "the baseline has nobody of this group"
VANISHED = "the baseline has this group, and now nobody is in it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One group that gates ask about, and its reference group where it has one."""

    group: GroupMeasures
    reference: GroupMeasures | None
    comparison: Comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class TooFew:
    """A group that a gate does not judge, as it has fewer people, now or in the baseline, than the gate asks for."""

    attribute: str
    group: str
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whom a gate asks about, and who are too few."""

    cases: tuple[Case, ...]
    too_few: tuple[TooFew, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """Rows that were left out as they lack a value that had to be there.

    Attributes
    ----------
    column
        Whose value they lack.
    lacking, rows
        How many of all rows lack it, and of how many.
    by_group
        By attribute and group, how many lack it, and how many were left out.
    """

    column: str
    lacking: int
    rows: int
    by_group: Mapping[tuple[str, str], tuple[int, int]] = field(default_factory=dict)


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
    unread
        By column, the rows that were left out as they lack its value.
    """

    measured: Measured
    references: Sequence[str]
    baseline: Baseline | None = None
    unread: Mapping[str, Unread] = field(default_factory=dict)
    _references: dict[tuple[object, ...], References] = field(default_factory=dict)
    _cases: dict[tuple[object, ...], tuple[Case, ...]] = field(default_factory=dict)

    def of(self, gate: Gate) -> Asked:
        """Find the groups that a gate asks about; those of nobody, unless they have vanished, of people of whom it is not known who they are, and the reference group, are none."""
        if gate.columns:
            cases = [case for lack in gate.lacks for case in self._lacking(gate, lack)]
        elif gate.is_of_everybody:
            cases = [self._everybody(gate)]
        else:
            cases = self._in_attributes(gate)
        least = gate.min_people or 0
        few = {
            (case.group.attribute, case.group.group): people
            for case in cases
            if (people := _people(gate, case)) < least
        }
        return Asked(
            cases=tuple(case for case in cases if (case.group.attribute, case.group.group) not in few),
            too_few=tuple(
                TooFew(attribute=attribute, group=group, people=people)
                for (attribute, group), people in few.items()
            ),
        )

    def beside_rest(self, gate: Gate) -> frozenset[str]:
        """Return the attributes whose groups a gate compares with everybody else."""
        if gate.limit is Limit.LEVEL or gate.of_baseline or not gate.attributes:
            return frozenset()
        kinds = self._references_of(gate).kinds
        return frozenset(name for name in gate.attributes if kinds[name] is ReferenceKind.REST)

    def _in_attributes(self, gate: Gate) -> list[Case]:
        cases: list[Case] = []
        alone = gate.limit is Limit.LEVEL or gate.of_baseline
        references = None if alone else self._references_of(gate)
        for attribute in gate.attributes:
            # A reference is the same one if it was found in the same way among the same groups.
            chosen = references and (
                references.kinds[attribute],
                references.of(attribute, gate.metric),
            )
            key = (gate.metric, gate.limit, attribute, chosen, gate.of_baseline, gate.min_people)
            if key not in self._cases:
                self._cases[key] = tuple(
                    self._since_baseline(gate, attribute)
                    if gate.of_baseline
                    else self._in_attribute(gate, attribute, references)
                )
            cases += self._cases[key]
        return cases

    def _in_attribute(self, gate: Gate, attribute: str, references: References | None) -> list[Case]:
        metric = OF_GATES[gate.metric]
        groups = [g for g in self.measured.of(attribute) if (g.counts.n or g.vanished) and not g.unknown]
        if metric.kind.of_everybody:
            groups = [self._with_share(metric, g, g.counts, self.measured.overall.counts) for g in groups]
        enough = [g for g in groups if g.counts.people >= (gate.min_people or 0)]
        cases: list[Case] = []
        for group in groups:
            reference, comparisons = (
                (None, 1) if references is None else self._reference(gate, group, enough, references)
            )
            if reference is not None and reference.group == group.group:
                continue
            comparison = compare_groups(group, reference, metric, gate.limit, comparisons=comparisons)
            if reference is not None and reference.counts.people < (gate.min_people or 0):
                reason = f"the reference group has {reference.counts.people:,} people, and {gate.min_people:,} are asked for"
                comparison = dataclasses.replace(comparison, value=None, reference=None, reason=reason)
            cases.append(Case(group=group, reference=reference, comparison=comparison))
        return cases

    def _everybody(self, gate: Gate) -> Case:
        """Ask about everybody together, or compare them with everybody in the baseline."""
        metric, group = OF_GATES[gate.metric], self.measured.overall
        reference = None
        if gate.of_baseline:
            assert self.baseline is not None  # noqa: S101  # such gates are refused before
            reference = dataclasses.replace(self.baseline.measured.overall, group=AS_BEFORE)
            correlation = self.baseline.correlations.get((*EVERYBODY, gate.metric))
        else:
            correlation = None
        comparison = compare_groups(group, reference, metric, gate.limit, correlation=correlation)
        reason = comparison.reason.replace("the reference group", "the baseline").replace(" in the group", "")
        return Case(
            group=group, reference=reference, comparison=dataclasses.replace(comparison, reason=reason)
        )

    def _lacking(self, gate: Gate, lack: Lack) -> list[Case]:
        """Ask how many people lack a value: of everybody, or of each group."""
        metric, overall = OF_GATES[gate.metric], self.measured.overall
        lacking = {g.group: g for g in self.measured.of(lack.crossed)}
        unread = self.unread.get(lack.column)
        wholes = [g for g in self.measured.of(lack.attribute) if g.counts.n and not g.unknown]
        cases = []
        for whole in wholes if lack.attribute else [overall]:
            name = f"{whole.group}{CROSS}{LACKING}" if lack.attribute else LACKING
            part = lacking.get(name)
            group = dataclasses.replace(whole, attribute=lack.crossed, group=name)
            shared = (
                self._with_share(metric, group, None if part is None else part.counts, whole.counts)
                if unread is None
                else _unread_share(
                    metric, group, unread, (lack.attribute, whole.group) if lack.attribute else EVERYBODY
                )
            )
            comparison = compare_groups(shared, None, metric, gate.limit)
            cases.append(Case(group=shared, reference=None, comparison=comparison))
        return cases

    def _with_share(
        self, metric: Metric, group: GroupMeasures, part: Counts | None, whole: Counts
    ) -> GroupMeasures:
        return dataclasses.replace(group, estimates={metric.name: part_estimate(metric, part, whole)})

    def _since_baseline(self, gate: Gate, attribute: str) -> list[Case]:
        """Compare each group with itself in the baseline; those of whom there is nobody now, or was nobody then, have no value."""
        assert self.baseline is not None  # noqa: S101  # such gates are refused before
        before, now = (
            {g.group: g for g in measured.of(attribute) if g.counts.n and not g.unknown}
            for measured in (self.baseline.measured, self.measured)
        )
        metric = OF_GATES[gate.metric]
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
        key = (gate.reference, gate.attributes if gate.reference else (), gate.min_people)
        if key not in self._references:
            # What is not judged is not chosen by its rates either.
            measured = dataclasses.replace(
                self.measured,
                groups=tuple(
                    dataclasses.replace(g, small=g.small or g.counts.people < (gate.min_people or 0))
                    for g in self.measured.groups
                ),
            )
            if gate.reference:
                groups = tuple(g for g in measured.groups if g.attribute in gate.attributes)
                option = ", ".join(filter(None, [gate.place("reference"), f"gate {gate.name!r}, reference"]))
                try:
                    self._references[key] = find_references(
                        dataclasses.replace(measured, groups=groups), gate.reference, option=option
                    )
                except GroupMissing as error:
                    raise GateError(
                        f"gate {gate.name!r}", f"'reference': {error}", file=gate.place("reference")
                    ) from None
            else:
                self._references[key] = find_references(measured, self.references)
        return self._references[key]

    def _reference(
        self, gate: Gate, group: GroupMeasures, groups: Sequence[GroupMeasures], references: References
    ) -> tuple[GroupMeasures | None, int]:
        """Find whom a group is compared with, and how many comparisons this one was chosen from by the data."""
        kind = references.kinds[group.attribute]
        match kind:
            case ReferenceKind.REST:
                return self._everybody_else(gate, group), 1
            case ReferenceKind.MIN_METRIC:
                values = [(plain_value(g.estimates[gate.metric]), g) for g in groups]
                known = [(value, g) for value, g in values if value is not None]
                lowest = min(known, key=lambda pair: pair[0])[1] if known else None
                return lowest, kind.comparisons(len(known))
            case _:
                name = references.of(group.attribute, gate.metric)
                defined = sum(plain_value(g.estimates[gate.metric]) is not None for g in groups)
                every = self.measured.of(group.attribute)
                return next((g for g in every if g.group == name), None), kind.comparisons(defined)

    def _everybody_else(self, gate: Gate, group: GroupMeasures) -> GroupMeasures:
        metric, measured = OF_GATES[gate.metric], self.measured
        everybody = measured.overall.counts
        (rest,) = others_of(measured, group.attribute, [group])
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


def _people(gate: Gate, case: Case) -> int:
    """Count the people of a group, or of what it was in the baseline where these are fewer."""
    people = case.group.counts.people
    return min(people, case.reference.counts.people) if gate.of_baseline and case.reference else people


def _unread_share(
    metric: Metric, group: GroupMeasures, unread: Unread, whole: tuple[str, str]
) -> GroupMeasures:
    """Compute the share of rows that were left out for want of a value; rows of one person are taken to be alike."""
    if whole == EVERYBODY:
        lacking, rows = unread.lacking, unread.rows
    else:
        lacking, left_out = unread.by_group.get(whole, (0, 0))
        rows = group.counts.n + left_out
    estimate = part_estimate(metric, Counts(n=lacking), Counts(n=rows))
    design = part_estimate(metric, None, group.counts).design
    few = rows / design < MIN_DENOMINATOR
    return dataclasses.replace(
        group, estimates={metric.name: dataclasses.replace(estimate, design=design, small=few)}
    )
