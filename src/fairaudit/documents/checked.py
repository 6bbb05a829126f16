"""Answers to a policy as a document."""

from __future__ import annotations

from fractions import Fraction

from fairaudit.disparity.comparison import worth
from fairaudit.documents.envelope import Origin, audit_envelope, float_or_none, weighed, worth_of
from fairaudit.documents.gates import (
    BaselinePart,
    CheckDocument,
    FindingPart,
    GatePart,
    PlacePart,
    TooFewPart,
    WaiverPart,
)
from fairaudit.gates.evaluate import Evaluated, Finding, GateResult, gates_sentence
from fairaudit.gates.waivers import Waived
from fairaudit.read.checked_rows import Checked
from fairaudit.settings.numbers import tau_text


def check_document(
    origin: Origin, evaluated: Evaluated, *, baseline: BaselinePart | None = None
) -> CheckDocument:
    """Write the answers to a policy."""
    return CheckDocument(
        **audit_envelope(origin, "numpy", "scipy"),
        verdict=evaluated.verdict,
        exit_code=evaluated.exit_code,
        sentence=gates_sentence(evaluated),
        comparisons=evaluated.comparisons,
        baseline=baseline,
        gates=[_gate(result, origin.checked, evaluated.people) for result in evaluated.results],
    )


def _gate(result: GateResult, checked: Checked, people: int) -> GatePart:
    gate = result.gate
    return GatePart(
        name=gate.name,
        named=gate.named,
        metric=gate.metric,
        limit=gate.limit,
        attributes=list(gate.attributes),
        ratio_within=_exact_text(gate.ratio_within),
        max_difference=_exact_text(gate.max_difference),
        min=_exact_text(gate.min),
        max=_exact_text(gate.max),
        low=float_or_none(gate.band.low),
        high=float_or_none(gate.band.high),
        decide=gate.decide,
        on_undecided=gate.on_undecided,
        reference=list(gate.reference) or None,
        reason=gate.reason or None,
        family=gate.family,
        family_size=result.family,
        verdict=result.verdict,
        outcome=result.outcome,
        note=result.reason or None,
        people=people,
        max_drop=_exact_text(gate.max_drop),
        max_rise=_exact_text(gate.max_rise),
        of_baseline=gate.of_baseline,
        waivers=[_waiver(waived) for waived in result.waived],
        columns=list(gate.columns) or None,
        min_people=gate.min_people,
        too_few=[
            TooFewPart(attribute=few.attribute, group=few.group, people=few.people) for few in result.too_few
        ],
        family_name=gate.family_name or None,
        place=PlacePart(file=gate.shown_file, line=gate.line) if gate.shown_file else None,
        findings=[_finding(finding, checked) for finding in result.findings],
    )


def _waiver(waived: Waived) -> WaiverPart:
    return WaiverPart(
        attribute=waived.attribute,
        group=waived.group,
        until=waived.waiver.until,
        why=waived.waiver.why,
        holds=waived.holds,
    )


def _finding(finding: Finding, checked: Checked) -> FindingPart:
    estimate, reference = finding.estimate, finding.reference
    # Of people who are matched one row with another, each row is a person.
    has_worth = checked.clustered and estimate.denominator and finding.correlation is None
    return FindingPart(
        attribute=finding.attribute,
        group=finding.group,
        n=finding.n,
        value=None if finding.value is None else float(finding.value),
        estimate=estimate.value,
        numerator=weighed(estimate.numerator, checked.part),
        denominator=weighed(estimate.denominator, checked.part),
        reference_group=finding.reference_group,
        reference_estimate=reference.value if reference else None,
        reference_numerator=weighed(reference.numerator if reference else None, checked.part),
        reference_denominator=weighed(reference.denominator if reference else None, checked.part),
        interval=finding.interval,
        interval_confidence=finding.confidence,
        verdict=finding.verdict,
        p_fail=finding.p_fail,
        p_alone=finding.p_alone,
        limit_test=finding.limit_test,
        comparisons=finding.comparisons,
        needed=finding.needed,
        needed_in_all=finding.needed_in_all,
        needed_to=finding.needed_to,
        small=finding.small,
        reason=finding.reason,
        correlation=finding.correlation,
        waived=finding.waived,
        **worth_of(worth(estimate, reference) if has_worth else None),
    )


def _exact_text(value: Fraction | None) -> str | None:
    if value is None:
        return None
    return tau_text(value) if value >= 0 else f"-{tau_text(-value)}"
