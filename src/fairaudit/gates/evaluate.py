"""A policy and measured groups into answers: which gates pass, fail, or cannot be decided, and why.

The groups of one gate that is decided by the interval are a family of hypotheses, so that no gate can weaken another; gates that say so
form one family together. What could not be
measured is undecided, never a pass; the reference group of a ratio or difference never counts.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from fairaudit.disparity import comparison
from fairaudit.disparity.comparison import Comparison
from fairaudit.disparity.plans import Plan, plan, planned_from
from fairaudit.disparity.tested import Test, tests_at_limits
from fairaudit.disparity.verdicts import (
    Answer,
    Interval,
    Question,
    Scores,
    Verdict,
    combine,
    interval_reason,
    point_reason,
    question,
    resting,
)
from fairaudit.errors import GateError, listed
from fairaudit.gates.asked import Asked, Baseline, Case, Cases, TooFew, Unread
from fairaudit.gates.families import answer_families, hidden
from fairaudit.gates.policy import Gate, OnUndecided, read_gates
from fairaudit.gates.waivers import Waived, settle
from fairaudit.metrics.kinds import Estimate, Measured
from fairaudit.metrics.table import OF_GATES
from fairaudit.settings.choices import CONFIDENCE, PASS_CONFIDENCE, Decide
from fairaudit.settings.limits import Band, Limit
from fairaudit.spelling import setting


class Outcome(StrEnum):
    """What becomes of a gate: its verdict, or what the policy makes of one that could not be decided, or of groups that it waives."""

    PASSED = "passed"
    WARNED = "warned"
    WAIVED = "waived"
    UNDECIDED = "undecided"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a gate found in one group.

    Attributes
    ----------
    n
        People of the group.
    estimate, reference
        The metric in the group, and in its reference group where it has one.
    value
        That which is limited: the ratio, the difference, or the group's own value; exact where it can be. ``None`` with `reason`.
    interval, confidence
        Of `value`: the 90% interval for a pass, and for a fail that the 95% one does not show; the one that allows for all comparisons
        where only these leave it undecided; else the 95% one. An upper limit of ``None`` says that there is none.
    p_fail, p_alone
        Of the value being within the band, corrected within the family, and by itself; ``None`` by the point, or without evidence.
    limit_test
        Which test these are of.
    correlation
        Of `estimate` and `reference`, where the same people are in both.
    waived
        Whether the policy waives the group now, so that it only warns.
    needed, needed_in_all, needed_to
        People of the group, or of the whole sample if all groups grow alike, with whom there would be an 80% chance of that verdict;
        ``None`` where no number is enough, or that cannot be said.
    """

    attribute: str
    group: str
    n: int
    estimate: Estimate
    reference_group: str | None
    reference: Estimate | None
    value: Fraction | float | None
    band: Band
    verdict: Verdict
    reason: str
    interval: tuple[float, float | None] | None = None
    confidence: float | None = None
    p_fail: float | None = None
    p_alone: float | None = None
    limit_test: Test | None = None
    needed: int | None = None
    needed_in_all: int | None = None
    needed_to: Verdict | None = None
    comparisons: int = 1
    small: bool = False
    correlation: float | None = None
    waived: bool = False

    @property
    def in_the_way(self) -> bool:
        """Whether it keeps the gate from passing."""
        return self.verdict is not Verdict.PASS and not self.waived


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """The answer to one gate.

    Attributes
    ----------
    findings
        With the worst first.
    family
        How many comparisons are corrected together with those of this gate, its own included; 0 where the point decides.
    reason
        Why there is no finding, or what the family lets pass that would fail without it.
    waived
        The gate's waivers, those that have run out among them.
    too_few
        Groups of fewer people than the gate asks for, which are not judged.
    """

    gate: Gate
    verdict: Verdict
    outcome: Outcome
    findings: tuple[Finding, ...]
    family: int = 0
    reason: str = ""
    waived: tuple[Waived, ...] = ()
    too_few: tuple[TooFew, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """The answers to a policy.

    Attributes
    ----------
    comparisons
        How many are decided by the interval.
    people
        Everybody who was audited.
    """

    results: tuple[GateResult, ...]
    comparisons: int
    people: int = 0

    @property
    def verdict(self) -> Verdict:
        """Of the whole policy, after what it says of undecided gates."""
        return combine(_VERDICTS[result.outcome] for result in self.results)

    @property
    def exit_code(self) -> int:
        """0 where all passed, 1 where one failed, 3 where none failed and one could not be decided."""
        return EXIT_CODES[self.verdict]


EXIT_CODES: Mapping[Verdict, int] = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.UNDECIDED: 3}
_VERDICTS: Mapping[Outcome, Verdict] = {
    Outcome.PASSED: Verdict.PASS,
    Outcome.WARNED: Verdict.PASS,
    Outcome.WAIVED: Verdict.PASS,
    Outcome.UNDECIDED: Verdict.UNDECIDED,
    Outcome.FAILED: Verdict.FAIL,
}
_IF_UNDECIDED: Mapping[OnUndecided | None, Outcome] = {
    None: Outcome.UNDECIDED,
    OnUndecided.FAIL: Outcome.FAILED,
    OnUndecided.WARN: Outcome.WARNED,
    OnUndecided.PASS: Outcome.PASSED,
}
NOTHING_TO_COMPARE = "there is no group to compare"
NOBODY = "there is nobody in any group"


def evaluate(
    gates: Sequence[Gate],
    measured: Measured,
    *,
    references: Sequence[str] = (),
    baseline: Baseline | None = None,
    unread: Mapping[str, Unread] | None = None,
    today: dt.date | None = None,
) -> Evaluated:
    """Answer every gate of a policy.

    What tells on which side of a limit a value lies, `fairaudit.disparity.comparison.evidence` says.

    Parameters
    ----------
    gates
        Whose attributes are names of measured attributes.
    references
        Whom groups are compared with, as for ``--ref-group``; a gate's own `reference` beats it.
    baseline
        With what gates on change compare.
    unread
        By column, the rows that were left out as they lack its value.
    today
        The day on which waivers are looked at; left out, that of the clock.

    Raises
    ------
    GateError
        If a gate's attribute, metric or reference group is not there, or a waiver's group is not; what is there is named.
    GroupMissing, OptionError
        If a reference group that no gate names is not there.
    """
    for gate in gates:
        _refuse_absent(gate, measured, baseline)
    cases = Cases(measured=measured, references=references, baseline=baseline, unread=unread or {})
    asked_of = [cases.of(gate) for gate in gates]
    asked = [one.cases for one in asked_of]
    day = today or dt.datetime.now(dt.UTC).date()
    waived = [
        settle(gate.waivers, _every_group(gate, measured, own), gate=gate.name, today=day)
        for gate, own in zip(gates, asked_of, strict=True)
    ]
    questions = _questions(gates, asked)
    answered = answer_families(gates, questions)
    findings = _findings(gates, asked, [one.answers for one in answered], measured.overall.counts.people)
    reasons = [
        hidden(own, one.answers, family=gate.family_name)
        if one.is_joint and own
        else _why_nothing(gate, measured, asked_of_gate)
        for gate, asked_of_gate, own, one in zip(gates, asked_of, questions, answered, strict=True)
    ]
    by_interval = [
        len(cases) for gate, cases in zip(gates, asked, strict=True) if gate.decide is Decide.INTERVAL
    ]
    facts = zip(gates, findings, asked_of, answered, reasons, waived, strict=True)
    return Evaluated(
        results=tuple(
            _result(gate, of_gate, own, family=one.family, reason=reason, waived=waived_of_gate)
            for gate, of_gate, own, one, reason, waived_of_gate in facts
        ),
        comparisons=sum(by_interval),
        people=measured.overall.counts.people,
    )


def beside_rest(
    gates: Sequence[Gate], measured: Measured, *, metric: str, references: Sequence[str] = ()
) -> frozenset[str]:
    """Return the attributes whose groups gates on a metric compare with everybody else; whatever is not there is refused as of `evaluate`."""
    own = [gate for gate in gates if gate.metric == metric and not gate.of_baseline]
    for gate in own:
        _refuse_absent(gate, measured, None)
    cases = Cases(measured=measured, references=references)
    return frozenset().union(*map(cases.beside_rest, own))


def _every_group(gate: Gate, measured: Measured, asked: Asked) -> list[tuple[str, str]]:
    """Name all groups of a gate's attributes, its reference groups, those of too few people and those of nobody any more among them."""
    names = () if gate.columns else gate.attributes
    there = [(attribute, group.group) for attribute in names for group in measured.of(attribute)]
    cases = [(case.group.attribute, case.group.group) for case in asked.cases]
    return list(dict.fromkeys([*there, *cases, *((few.attribute, few.group) for few in asked.too_few)]))


def _why_nothing(gate: Gate, measured: Measured, asked: Asked) -> str:
    """Say why there is nobody to judge; empty if there is somebody."""
    if asked.cases:
        return ""
    if not measured.overall.counts.n:
        return NOBODY
    if asked.too_few:
        return f"no group to judge has the {gate.min_people:,} people that are asked for"
    return NOTHING_TO_COMPARE


def _refuse_absent(gate: Gate, measured: Measured, baseline: Baseline | None) -> None:
    title = f"gate {gate.name!r}"
    if gate.of_baseline and baseline is None:
        raise GateError(
            title,
            "it compares with a baseline, and none is named",
            file=gate.place(),
            hint=f"Name earlier predictions, or the folder of their results, by {setting('baseline')}",
        )
    if baseline is not None and gate.of_baseline and gate.metric in baseline.measured.left_out:
        raise GateError(
            title,
            f"{gate.metric} cannot be measured in the baseline, as {baseline.measured.left_out[gate.metric]}",
            file=gate.place(),
        )
    if gate.metric in measured.left_out:
        there = [name for name in OF_GATES if name not in measured.left_out]
        raise GateError(
            title,
            f"{gate.metric} cannot be measured, as {measured.left_out[gate.metric]}",
            file=gate.place("metric"),
            hint=f"Measured are {listed(there, most=len(there))}",
        )
    for attribute in gate.attributes:
        if attribute not in measured.attributes:
            raise GateError(
                title,
                f"{attribute!r} is not among the attributes",
                file=gate.place("attribute", "slices"),
                hint=f"These are {listed(measured.attributes)}",
            )


def _result(
    gate: Gate,
    findings: Sequence[Finding],
    asked: Asked,
    *,
    family: int,
    reason: str,
    waived: tuple[Waived, ...],
) -> GateResult:
    holding = {(one.attribute, one.group) for one in waived if one.holds}
    findings = [
        dataclasses.replace(finding, waived=(finding.attribute, finding.group) in holding)
        for finding in findings
    ]
    return GateResult(
        gate=gate,
        verdict=combine(finding.verdict for finding in findings),
        outcome=_outcome(gate, findings),
        findings=tuple(sorted(findings, key=badness)),
        family=family,
        reason=reason,
        waived=waived,
        too_few=asked.too_few,
    )


def _outcome(gate: Gate, findings: Sequence[Finding]) -> Outcome:
    """Say what becomes of a gate, those groups left aside that the policy waives."""
    waives = any(finding.waived and finding.verdict is not Verdict.PASS for finding in findings)
    counting = [finding.verdict for finding in findings if not finding.waived]
    verdict = Verdict.PASS if waives and not counting else combine(counting or [f.verdict for f in findings])
    outcome = {Verdict.PASS: Outcome.PASSED, Verdict.FAIL: Outcome.FAILED}.get(verdict)
    outcome = outcome or _IF_UNDECIDED[gate.on_undecided]
    return Outcome.WAIVED if waives and outcome is Outcome.PASSED else outcome


def gates_sentence(evaluated: Evaluated) -> str:
    """Say in one sentence, without a full stop, how many gates passed, failed, or could not be decided.

    >>> gates_sentence(Evaluated(results=(), comparisons=0))
    'there are no gates'
    """
    outcomes = [result.outcome for result in evaluated.results]
    total = len(outcomes)
    if not total:
        return "there are no gates"
    gates = "1 gate" if total == 1 else f"{total:,} gates"
    if set(outcomes) == {Outcome.PASSED}:
        return f"{gates} passed" if total == 1 else f"all {gates} passed"
    counts = [(outcomes.count(outcome), words) for outcome, words in _SAID.items()]
    (first, words), *others = [(number, words) for number, words in counts if number]
    return ", ".join([f"{first:,} of {gates} {words}", *(f"{number:,} {words}" for number, words in others)])


_SAID: Mapping[Outcome, str] = {
    Outcome.FAILED: "failed",
    Outcome.UNDECIDED: "could not be decided",
    Outcome.WARNED: "could not be decided, of which the policy only warns",
    Outcome.WAIVED: "did not pass, which the policy waives",
    Outcome.PASSED: "passed",
}


def badness(finding: Finding) -> tuple[int, bool, float]:
    """Return a key that sorts findings with the worst first: failed, undecided, passed; then the farthest beyond a limit."""
    order = (Verdict.FAIL, Verdict.UNDECIDED, Verdict.PASS)
    place = order.index(finding.verdict)
    # What is waived stands behind all that counts, and before what passes.
    place += 2 if finding.waived and finding.verdict is not Verdict.PASS else 2 * (place == 2)
    return place, finding.value is None, -_beyond(finding.value, finding.band)


def _beyond(value: Fraction | float | None, band: Band) -> float:
    """Compute how far a value lies beyond the nearest limit; negative within the band."""
    if value is None:
        return 0.0
    if band.low is not None and band.low > 0 and band.high == 1 / band.low:
        # A half is as far from equal as twice.
        return abs(math.log(value)) + math.log(band.low) if value > 0 else math.inf
    above = -math.inf if band.high is None else float(value) - float(band.high)
    below = -math.inf if band.low is None else float(band.low) - float(value)
    return max(above, below)


# What the counts say, of all gates at once.


def _questions(gates: Sequence[Gate], asked: Sequence[Sequence[Case]]) -> list[list[Question]]:
    """Put the questions of each gate, with what the counts say at each limit."""
    wanted = [
        (case.comparison, limit)
        for gate, cases in zip(gates, asked, strict=True)
        if gate.decide is Decide.INTERVAL
        for case in cases
        for limit in (gate.band.low, gate.band.high)
        if limit is not None
    ]
    evidence = iter(comparison.evidence(wanted))

    def at_limit(gate: Gate, limit: Fraction | None) -> Scores | None:
        return None if limit is None or gate.decide is Decide.POINT else next(evidence)

    return [
        [
            question(
                case.comparison.value,
                gate.band,
                at_limit(gate, gate.band.low),
                at_limit(gate, gate.band.high),
                comparisons=case.comparison.comparisons,
            )
            for case in cases
        ]
        for gate, cases in zip(gates, asked, strict=True)
    ]


def _plans(
    gates: Sequence[Gate],
    asked: Sequence[Sequence[Case]],
    answers_of_gates: Sequence[Sequence[Answer]],
    in_all: int,
) -> list[list[Plan | None]]:
    """Plan what is undecided."""
    undecided = [
        [
            planned_from(
                case.comparison, people=case.group.counts.people, band=gate.band, weight=answer_given.weight
            )
            if answer_given.verdict is Verdict.UNDECIDED
            and gate.decide is Decide.INTERVAL
            and not gate.of_baseline  # whose people are those that there were
            and not OF_GATES[gate.metric].kind.of_everybody  # where more people are more of all
            else None
            for case, answer_given in zip(cases, answers, strict=True)
        ]
        for gate, cases, answers in zip(gates, asked, answers_of_gates, strict=True)
    ]
    known = list(dict.fromkeys(one for of_gate in undecided for one in of_gate if one is not None))
    plans = dict(zip(known, plan(known, in_all=in_all), strict=True))
    return [[None if one is None else plans[one] for one in of_gate] for of_gate in undecided]


# What is said of it.


def _findings(
    gates: Sequence[Gate],
    asked: Sequence[Sequence[Case]],
    answers_of_gates: Sequence[Sequence[Answer]],
    in_all: int,
) -> list[list[Finding]]:
    """Write down what each gate found, in the order of its groups."""
    wanted = [
        (case.comparison, confidence)
        for cases, answers in zip(asked, answers_of_gates, strict=True)
        for case, answered in zip(cases, answers, strict=True)
        for confidence in (CONFIDENCE, PASS_CONFIDENCE, _corrected(case, answered) or CONFIDENCE)
    ]
    intervals = iter(comparison.intervals(wanted))
    bands = [(case.comparison, gate.band) for gate, cases in zip(gates, asked, strict=True) for case in cases]
    tests = iter(tests_at_limits(bands))
    plans = _plans(gates, asked, answers_of_gates, in_all)
    return [
        [
            _finding(
                gate, case, one, (next(intervals), next(intervals), next(intervals)), planned, next(tests)
            )
            for case, one, planned in zip(cases, answers, planned_of_gate, strict=True)
        ]
        for gate, cases, answers, planned_of_gate in zip(gates, asked, answers_of_gates, plans, strict=True)
    ]


def _corrected(case: Case, answered: Answer) -> float | None:
    return answered.corrected_confidence(case.comparison.comparisons)


def _finding(
    gate: Gate,
    case: Case,
    answered: Answer,
    intervals: tuple[Interval | None, Interval | None, Interval | None],
    planned: Plan | None,
    test: Test | None,
) -> Finding:
    compared = case.comparison
    by_interval = answered.verdict if gate.decide is Decide.INTERVAL else None
    wide, narrow, corrected = intervals
    interval, confidence = resting(
        by_interval, gate.band, wide, narrow, (corrected, _corrected(case, answered))
    )
    theirs = compared.reference
    return Finding(
        attribute=case.group.attribute,
        group=case.group.group,
        n=case.group.counts.people,
        estimate=compared.estimate,
        reference_group=case.reference.group if case.reference else None,
        reference=theirs,
        value=compared.value,
        band=gate.band,
        verdict=answered.verdict,
        reason=_reason(gate, compared, answered, interval, confidence),
        interval=interval,
        confidence=confidence if interval else None,
        p_fail=answered.p_fail,
        limit_test=test,
        p_alone=None if answered.p_raw is None else min(1.0, answered.p_raw * compared.comparisons),
        needed=planned.needed if planned else None,
        needed_in_all=planned.needed_in_all if planned else None,
        needed_to=planned.verdict if planned else None,
        comparisons=compared.comparisons,
        small=compared.estimate.small or (theirs is not None and theirs.small),
        correlation=compared.correlation,
    )


def _reason(
    gate: Gate, compared: Comparison, answered: Answer, interval: Interval | None, confidence: float
) -> str:
    """Say in words what the verdict rests on, without a full stop."""
    decimals = _LEAST_DECIMALS[gate.limit]
    if gate.decide is Decide.POINT:
        measure = {Limit.RATIO: "ratio", Limit.DIFFERENCE: "difference", Limit.LEVEL: gate.metric}[gate.limit]
        return (
            compared.reason
            if compared.value is None
            else point_reason(measure, compared.value, gate.band, decimals=decimals)
        )
    if interval is None:
        return compared.reason or compared.estimate.ci_reason or "there is no interval"
    return interval_reason(
        answered,
        gate.band,
        interval,
        confidence=confidence,
        comparisons=compared.comparisons,
        decimals=decimals,
    )


_LEAST_DECIMALS = {Limit.RATIO: 2, Limit.DIFFERENCE: 3, Limit.LEVEL: 3}


__all__ = [
    "EXIT_CODES",
    "Evaluated",
    "Finding",
    "Gate",
    "GateResult",
    "Limit",
    "OnUndecided",
    "Outcome",
    "badness",
    "evaluate",
    "gates_sentence",
    "read_gates",
]
