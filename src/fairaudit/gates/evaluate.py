"""A policy and measured groups into answers: which gates pass, fail, or cannot be decided, and why.

The groups of one gate that is decided by the interval are a family of hypotheses, so that no gate can weaken another; gates that say so
form one family together. What could not be
measured is undecided, never a pass; the reference group of a ratio or difference never counts.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING

from fairaudit.disparity.judge import scores
from fairaudit.disparity.plans import Plan, Undecided, plan
from fairaudit.disparity.ratios import Pair, worth
from fairaudit.disparity.references import ReferenceKind, References, find_references, rest_of
from fairaudit.disparity.verdicts import (
    Answer,
    Question,
    Scores,
    Verdict,
    answer,
    combine,
    interval_reason,
    point_reason,
    question,
    resting,
)
from fairaudit.errors import GateError, listed
from fairaudit.gates.policy import Gate, Limit, OnUndecided, read_gates
from fairaudit.metrics.kinds import Estimate, Evidence, GroupMeasures, Measured, Metric
from fairaudit.metrics.measure import estimates, intervals
from fairaudit.metrics.table import BY_NAME
from fairaudit.settings.choices import (
    CONFIDENCE,
    MAJORITY,
    PASS_CONFIDENCE,
    Decide,
    FamilyOf,
)
from fairaudit.settings.limits import Band
from fairaudit.slices.grammar import EVERYBODY_ELSE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fairaudit.inference.planning import Kind

    Floats = NDArray[np.float64]


class Outcome(StrEnum):
    """What becomes of a gate: its verdict, or what the policy makes of one that could not be decided."""

    PASSED = "passed"
    WARNED = "warned"
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
        Of `value`: the 90% interval for a pass, and for a fail that the 95% one does not show; else the 95% one. An upper limit of ``None`` says that there is none.
    p_fail, p_alone
        Of the value being within the band, corrected within the family, and by itself; ``None`` by the point, or without evidence.
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
    needed: int | None = None
    needed_in_all: int | None = None
    needed_to: Verdict | None = None
    comparisons: int = 1
    small: bool = False


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
    """

    gate: Gate
    verdict: Verdict
    outcome: Outcome
    findings: tuple[Finding, ...]
    family: int = 0
    reason: str = ""


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

    @property
    def passed(self) -> bool:
        """Whether all gates passed."""
        return self.verdict is Verdict.PASS


EXIT_CODES: Mapping[Verdict, int] = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.UNDECIDED: 3}
_VERDICTS: Mapping[Outcome, Verdict] = {
    Outcome.PASSED: Verdict.PASS,
    Outcome.WARNED: Verdict.PASS,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One group that a gate asks about."""

    gate: Gate
    group: GroupMeasures
    mine: Estimate
    reference: GroupMeasures | None = None
    theirs: Estimate | None = None
    comparisons: int = 1
    value: Fraction | float | None = None
    reason: str = ""

    @property
    def measured(self) -> bool:
        """Whether there is something that could be evidence."""
        others = self.gate.limit is Limit.LEVEL or (self.theirs is not None and self.theirs.value is not None)
        return self.mine.value is not None and others

    @property
    def pair(self) -> Pair:
        """Successes and trials of the group, then of its reference, as many people as they are worth; all 0 where there are none."""
        return worth(self.mine, self.theirs)


def evaluate(
    gates: Sequence[Gate], measured: Measured, *, references: Sequence[str] = (MAJORITY,)
) -> Evaluated:
    """Answer every gate of a policy.

    A rate's own level is tested by exact binomial tails; a ratio or difference of two rates by the score test of Miettinen and Nurminen
    with the correction for skewness, to which an exact test has to agree where few people are expected; F1 through the Jaccard index; balanced accuracy, the area under the ROC
    curve and Matthews correlation by inverting their intervals, or both groups' intervals put together (MOVER).

    Parameters
    ----------
    gates
        Whose attributes are names of measured attributes.
    references
        Whom groups are compared with, as for ``--ref-group``; a gate's own `reference` beats it.

    Raises
    ------
    GateError
        If a gate's attribute or metric is not there; what is there is named.
    GroupMissing, OptionError
        If a reference group is not there.
    """
    for gate in gates:
        _refuse_absent(gate, measured)
    asked = [_cases(gate, measured, references) for gate in gates]
    questions = [_questions(gate, cases) for gate, cases in zip(gates, asked, strict=True)]
    results: dict[int, GateResult] = {}
    comparisons, people = 0, measured.overall.counts.people
    for members in _families(gates):
        family = [asked_of for at in members for asked_of in questions[at]]
        by_interval = gates[members[0]].decide is Decide.INTERVAL
        answers = iter(answer(family, decide=gates[members[0]].decide))
        comparisons += len(family) if by_interval else 0
        for at in members:
            found = tuple(itertools.islice(answers, len(questions[at])))
            results[at] = _result(
                gates[at],
                _findings(gates[at], asked[at], found, people),
                measured,
                family=len(family) if by_interval else 0,
                reason=_hidden(questions[at], found) if len(members) > 1 else "",
            )
    in_order = tuple(results[at] for at in range(len(gates)))
    return Evaluated(results=in_order, comparisons=comparisons, people=people)


def _families(gates: Sequence[Gate]) -> list[list[int]]:
    """Give the places of gates whose comparisons are corrected together."""
    joined = [
        at
        for at, gate in enumerate(gates)
        if gate.family is FamilyOf.POLICY and gate.decide is Decide.INTERVAL
    ]
    alone = [[at] for at in range(len(gates)) if at not in joined]
    return [*([joined] if joined else []), *alone]


def _hidden(questions: Sequence[Question], found: Sequence[Answer]) -> str:
    """Tell how many groups of a gate fail by themselves, and not among the comparisons of other gates."""
    number = sum(
        alone.verdict is Verdict.FAIL and given.verdict is not Verdict.FAIL
        for alone, given in zip(answer(questions), found, strict=True)
    )
    if not number:
        return ""
    groups = "1 group fails" if number == 1 else f"{number:,} groups fail"
    return f"{groups} if the gate is a family of its own, but not together with the other gates of the policy"


def _refuse_absent(gate: Gate, measured: Measured) -> None:
    title = f"gate {gate.name!r}"
    if gate.metric in measured.left_out:
        there = [name for name in BY_NAME if name not in measured.left_out]
        raise GateError(
            title,
            f"{gate.metric} cannot be measured, as {measured.left_out[gate.metric]}",
            hint=f"Measured are {listed(there, most=len(there))}",
        )
    for attribute in gate.attributes:
        if attribute not in measured.attributes:
            raise GateError(
                title,
                f"{attribute!r} is not among the attributes",
                hint=f"These are {listed(measured.attributes)}",
            )


def _result(
    gate: Gate, findings: Sequence[Finding], measured: Measured, *, family: int, reason: str
) -> GateResult:
    verdict = combine(finding.verdict for finding in findings)
    outcome = {Verdict.PASS: Outcome.PASSED, Verdict.FAIL: Outcome.FAILED}.get(verdict)
    if not findings:
        reason = NOTHING_TO_COMPARE if measured.overall.counts.n else NOBODY
    return GateResult(
        gate=gate,
        verdict=verdict,
        outcome=outcome or _IF_UNDECIDED[gate.on_undecided],
        findings=tuple(sorted(findings, key=badness)),
        family=family,
        reason=reason,
    )


def answer_sentence(evaluated: Evaluated) -> str:
    """Say in one sentence, without a full stop, how many gates passed, failed, or could not be decided.

    >>> answer_sentence(Evaluated(results=(), comparisons=0))
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
    Outcome.PASSED: "passed",
}


def badness(finding: Finding) -> tuple[int, bool, float]:
    """Give a key that sorts findings with the worst first: failed, undecided, passed; then the farthest beyond a limit."""
    order = (Verdict.FAIL, Verdict.UNDECIDED, Verdict.PASS)
    return order.index(finding.verdict), finding.value is None, -_beyond(finding.value, finding.band)


def _beyond(value: Fraction | float | None, band: Band) -> float:
    """Tell how far a value lies beyond the nearest limit; negative within the band."""
    if value is None:
        return 0.0
    if band.low is not None and band.low > 0 and band.high == 1 / band.low:
        # A half is as far from equal as twice.
        return abs(math.log(value)) + math.log(band.low) if value > 0 else math.inf
    above = -math.inf if band.high is None else float(value) - float(band.high)
    below = -math.inf if band.low is None else float(band.low) - float(value)
    return max(above, below)


# Which groups a gate asks about.


def _cases(gate: Gate, measured: Measured, references: Sequence[str]) -> list[_Case]:
    """Find the groups that a gate asks about; those of nobody, and the reference group, are none."""
    found: list[_Case] = []
    kinds = None if gate.limit is Limit.LEVEL else _references(gate, measured, references)
    for attribute in gate.attributes:
        groups = [group for group in measured.of(attribute) if group.counts.n]
        for group in groups:
            mine = group.estimates[gate.metric]
            if kinds is None:
                found.append(_Case(gate=gate, group=group, mine=mine, value=_value(mine), reason=mine.reason))
                continue
            reference, comparisons = _reference(gate, group, groups, kinds, measured)
            if reference is not group:
                found.append(_compared(gate, group, reference, comparisons))
    return found


def _references(gate: Gate, measured: Measured, references: Sequence[str]) -> References:
    if not gate.reference:
        return find_references(measured, references)
    mine = dataclasses.replace(
        measured, groups=tuple(g for g in measured.groups if g.attribute in gate.attributes)
    )
    return find_references(mine, gate.reference, option=f"gate {gate.name!r}, reference")


def _reference(
    gate: Gate,
    group: GroupMeasures,
    groups: Sequence[GroupMeasures],
    references: References,
    measured: Measured,
) -> tuple[GroupMeasures | None, int]:
    """Find whom a group is compared with, and how many comparisons this one was chosen from by the data."""
    match references.kinds[group.attribute]:
        case ReferenceKind.REST:
            return _everybody_else(gate, group, measured), 1
        case ReferenceKind.MIN_METRIC:
            known = [(value, g) for g in groups if (value := _value(g.estimates[gate.metric])) is not None]
            lowest = min(known, key=lambda pair: pair[0])[1] if known else None
            return lowest, max(math.comb(len(known), 2), 1)
        case _:
            name = references.of(group.attribute, gate.metric)
            return next((g for g in groups if g.group == name), None), 1


def _everybody_else(gate: Gate, group: GroupMeasures, measured: Measured) -> GroupMeasures:
    if reason := BY_NAME[gate.metric].kind.not_of_rest:
        raise GateError(
            f"gate {gate.name!r}",
            reason,
            hint='Name a group by the key reference, such as reference = "majority"',
        )
    everybody = measured.overall.counts
    rest = dataclasses.replace(
        rest_of(everybody, group.counts),
        squared_error=_minus(everybody.squared_error, group.counts.squared_error),
        log_loss=_minus(everybody.log_loss, group.counts.log_loss),
    )
    (estimate,) = estimates(
        BY_NAME[gate.metric],
        [rest],
        all_selected=everybody.selected,
        min_group_size=measured.min_group_size,
    )
    return GroupMeasures(
        attribute=group.attribute,
        group=EVERYBODY_ELSE,
        counts=rest,
        estimates={gate.metric: estimate},
        small=rest.people < measured.min_group_size,
    )


def _minus(whole: Fraction | None, part: Fraction | None) -> Fraction | None:
    return None if whole is None or part is None else whole - part


def _compared(gate: Gate, group: GroupMeasures, reference: GroupMeasures | None, comparisons: int) -> _Case:
    """Compare a group with its reference, exactly where both values are."""
    mine = group.estimates[gate.metric]
    theirs = reference.estimates[gate.metric] if reference else None
    ours, other = _value(mine), None if theirs is None else _value(theirs)
    value: Fraction | float | None = None
    reason = ""
    if ours is None:
        reason = mine.reason
    elif theirs is None:
        reason = "no group has a value"
    elif other is None:
        reason = f"in the reference group: {theirs.reason}"
    elif gate.limit is Limit.DIFFERENCE:
        value = ours - other
    elif other == 0:
        reason = "both are 0" if ours == 0 else "the reference group has 0, and nothing can be divided by 0"
    else:
        value = ours / other
    return _Case(
        gate=gate,
        group=group,
        mine=mine,
        reference=reference,
        theirs=theirs,
        comparisons=comparisons,
        value=value,
        reason=reason,
    )


def _value(estimate: Estimate) -> Fraction | float | None:
    return estimate.value if estimate.exact is None else estimate.exact


# What the counts say.


def _questions(gate: Gate, cases: Sequence[_Case]) -> list[Question]:
    """Put the questions of one gate, with what the counts say at each limit."""
    with_evidence = [at for at, case in enumerate(cases) if case.measured]
    band = gate.band
    lows, highs = (
        {}
        if limit is None or gate.decide is Decide.POINT
        else dict(
            zip(with_evidence, _evidence(gate, [cases[at] for at in with_evidence], limit), strict=True)
        )
        for limit in (band.low, band.high)
    )
    return [
        question(case.value, band, lows.get(at), highs.get(at), comparisons=case.comparisons)
        for at, case in enumerate(cases)
    ]


def _evidence(gate: Gate, cases: Sequence[_Case], limit: Fraction) -> list[Scores]:
    """Compute the score statistics of each case at one limit; ``None`` where there is no interval to invert."""
    import numpy as np

    from fairaudit.inference import contrast, exact

    if not cases:
        return []
    metric = BY_NAME[gate.metric]
    found: tuple[Floats, Floats]
    if gate.limit is Limit.RATIO and metric.is_rate:
        (found_at_limit,) = scores([case.pair for case in cases], [limit], shares=metric.is_of_whole)
        found = tuple(np.asarray(found_at_limit).T)
    elif gate.limit is Limit.LEVEL and (shares := _shares(metric, cases)):
        found = contrast.exact_rate_scores(float(metric.kind.to_share(limit)), *shares)
    elif not metric.is_rate:
        found = (_inverted(gate, metric, cases, limit),) * 2
    else:
        x1, n1, x2, n2 = np.asarray([case.pair for case in cases], dtype=np.float64).T
        found = exact.difference_scores(float(limit), x1, n1, x2, n2)
    below, above = (
        [None if math.isnan(z) else z for z in scores_of_one_side.tolist()] for scores_of_one_side in found
    )
    return list(zip(below, above, strict=True))


def _shares(metric: Metric, cases: Sequence[_Case]) -> tuple[Floats, Floats] | None:
    """Give successes and trials of the share that a metric is, or rises with; ``None`` where there is none."""
    import numpy as np

    found = [metric.kind.share(case.group.counts, case.mine) for case in cases]
    known = [share for share in found if share is not None]
    if not known:
        return None
    successes, trials = np.asarray(known, dtype=np.float64).T
    return successes, trials


def _inverted(gate: Gate, metric: Metric, cases: Sequence[_Case], limit: Fraction) -> Floats:
    """Find the quantile at which each interval begins to hold a limit."""
    import numpy as np

    from fairaudit.inference import mover

    def limits(whose: Sequence[tuple[GroupMeasures, Estimate]]) -> mover.Limits:
        counts, points = [group.counts for group, _ in whose], [estimate for _, estimate in whose]
        return lambda confidence: intervals(metric, counts, points, confidence=confidence)

    mine = [(case.group, case.mine) for case in cases]
    most = metric.kind.farthest()
    values = np.asarray([estimate.value for _, estimate in mine], dtype=np.float64)
    if gate.limit is Limit.LEVEL:
        return mover.score(values, limits(mine), supposed=float(limit), most=most)
    theirs = [(case.reference, case.theirs) for case in cases if case.reference and case.theirs]
    return mover.score(
        values,
        limits(mine),
        other=np.asarray([estimate.value for _, estimate in theirs], dtype=np.float64),
        other_limits=limits(theirs),
        ratio=float(limit) if gate.limit is Limit.RATIO else 1.0,
        supposed=0.0 if gate.limit is Limit.RATIO else float(limit),
        most=most,
    )


def _intervals(
    gate: Gate, cases: Sequence[_Case], confidence: float
) -> list[tuple[float, float | None] | None]:
    """Compute the intervals of what is limited; where the data chose the reference, they hold for all pairs together."""
    import numpy as np

    from fairaudit.inference import contrast, mover

    with_evidence = [at for at, case in enumerate(cases) if case.measured]
    found: list[tuple[float, float | None] | None] = [None] * len(cases)
    if not with_evidence:
        return found
    known = [cases[at] for at in with_evidence]
    metric = BY_NAME[gate.metric]
    level = 1 - (1 - confidence) / np.asarray([case.comparisons for case in known], dtype=np.float64)
    x1, n1, x2, n2 = np.asarray([case.pair for case in known], dtype=np.float64).T
    mine = intervals(metric, [c.group.counts for c in known], [c.mine for c in known], confidence=level)
    if gate.limit is Limit.LEVEL:
        lows, highs = _exact_levels(known, metric, mine, level)
    elif metric.is_of_whole:
        lows, highs = contrast.share_ratio_interval(x1, x2, confidence=level)
    elif metric.is_rate:
        compute = contrast.ratio_interval if gate.limit is Limit.RATIO else contrast.difference_interval
        lows, highs = compute(x1, n1, x2, n2, confidence=level)
    else:
        others = [(c.reference.counts, c.theirs) for c in known if c.reference and c.theirs]
        theirs = intervals(metric, [c for c, _ in others], [e for _, e in others], confidence=level)
        combined = mover.ratio_interval if gate.limit is Limit.RATIO else mover.difference_interval
        lows, highs = combined(
            [c.mine.value or 0.0 for c in known], mine, [e.value or 0.0 for _, e in others], theirs
        )
    for at, low, high in zip(with_evidence, lows.tolist(), highs.tolist(), strict=True):
        if not math.isnan(low) and not math.isnan(high):
            found[at] = (low, high if math.isfinite(high) else None)
    return found


def _exact_levels(
    cases: Sequence[_Case], metric: Metric, known: tuple[Floats, Floats], level: Floats
) -> tuple[Floats, Floats]:
    """Put exact intervals in place where exact tails decide, so that the interval which is shown agrees with the verdict."""
    from fairaudit.inference import proportion

    shares = _shares(metric, cases)
    if shares is None:
        return known
    low, high = proportion.clopper_pearson(*shares, level)
    return metric.kind.from_share(low), metric.kind.from_share(high)


# What is said of it.


def _findings(gate: Gate, cases: Sequence[_Case], answers: Sequence[Answer], in_all: int) -> list[Finding]:
    wide, narrow = (_intervals(gate, cases, confidence) for confidence in (CONFIDENCE, PASS_CONFIDENCE))
    found: list[Finding] = []
    plans = _plans(gate, cases, answers, in_all)
    for at, (case, given, at95, at90) in enumerate(zip(cases, answers, wide, narrow, strict=True)):
        by_interval = given.verdict if gate.decide is Decide.INTERVAL else None
        interval, confidence = resting(by_interval, gate.band, at95, at90)
        planned = plans.get(at)
        found.append(
            Finding(
                attribute=case.group.attribute,
                group=case.group.group,
                n=case.group.counts.people,
                estimate=case.mine,
                reference_group=case.reference.group if case.reference else None,
                reference=case.theirs,
                value=case.value,
                band=gate.band,
                verdict=given.verdict,
                reason=_reason(gate, case, given, interval, confidence),
                interval=interval,
                confidence=confidence if interval else None,
                p_fail=given.p_fail,
                p_alone=None if given.p_raw is None else min(1.0, given.p_raw * case.comparisons),
                needed=planned.needed if planned else None,
                needed_in_all=planned.needed_in_all if planned else None,
                needed_to=planned.verdict if planned else None,
                comparisons=case.comparisons,
                small=case.mine.small or (case.theirs is not None and case.theirs.small),
            )
        )
    return found


def _plans(
    gate: Gate, cases: Sequence[_Case], answers: Sequence[Answer], in_all: int
) -> dict[int, Plan | None]:
    """Plan what is undecided, by its place, for rates."""
    metric = BY_NAME[gate.metric]
    if metric.kind.evidence is not Evidence.COUNTS or gate.decide is Decide.POINT:
        return {}
    asked = {
        at: Undecided(
            pair=case.pair,
            value=case.value,
            people=case.group.counts.people,
            weight=given.weight,
            comparisons=case.comparisons,
        )
        for at, (case, given) in enumerate(zip(cases, answers, strict=True))
        if given.verdict is Verdict.UNDECIDED and case.measured
    }
    found = plan(tuple(asked.values()), kind=_KINDS[gate.limit], band=gate.band, in_all=in_all)
    return dict(zip(asked, found, strict=True))


_KINDS: Mapping[Limit, Kind] = {Limit.RATIO: "ratio", Limit.DIFFERENCE: "difference", Limit.LEVEL: "rate"}


def _reason(
    gate: Gate, case: _Case, given: Answer, interval: tuple[float, float | None] | None, confidence: float
) -> str:
    """Say in words what the verdict rests on, without a full stop."""
    decimals = _LEAST_DECIMALS[gate.limit]
    if gate.decide is Decide.POINT:
        what = {Limit.RATIO: "ratio", Limit.DIFFERENCE: "difference", Limit.LEVEL: gate.metric}[gate.limit]
        return (
            case.reason
            if case.value is None
            else point_reason(what, case.value, gate.band, decimals=decimals)
        )
    if interval is None:
        return case.reason or case.mine.ci_reason or "there is no interval"
    return interval_reason(
        given,
        gate.band,
        interval,
        confidence=confidence,
        comparisons=case.comparisons,
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
    "answer_sentence",
    "badness",
    "evaluate",
    "read_gates",
]
