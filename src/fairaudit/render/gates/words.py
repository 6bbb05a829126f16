"""The answers to a policy in sentences."""

from __future__ import annotations

from fairaudit.documents.gates import CheckDocument, FindingPart, GatePart, Limit, Outcome
from fairaudit.documents.parts import Verdict
from fairaudit.errors import join_sentences, printable
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.words.names import VERDICT_WORDS, capital, listing, shown_name
from fairaudit.render.words.values import counted, needed_text, with_minus, worth_text
from fairaudit.settings.choices import FamilyOf

_ORDER = (Outcome.FAILED, Outcome.UNDECIDED, Outcome.WARNED, Outcome.PASSED)


def worst_first(document: CheckDocument) -> tuple[GatePart, ...]:
    """Sort the gates: failed, undecided, warned, passed; as they were declared within each."""
    return tuple(sorted(document.gates, key=lambda gate: _ORDER.index(gate.outcome)))


def headline(document: CheckDocument) -> str:
    """Say the answer in one sentence, without a full stop; it names the gate if one alone did not pass.

    For example "1 of 6 gates failed: fpr ratio within 0.8 on race".
    """
    lacking = [gate for gate in worst_first(document) if gate.outcome is not Outcome.PASSED]
    sentence = capital(document.sentence)
    return f"{sentence}: {shown_name(lacking[0].name)}" if len(lacking) == 1 else sentence


def explained(gate: GatePart) -> str:
    """Say in one sentence what decided a gate, without a full stop: its worst finding, and how many others are like it."""
    if not gate.findings:
        return gate.note or "there is nothing to compare"
    worst = gate.findings[0]
    like = sum(finding.verdict is worst.verdict for finding in gate.findings) - 1
    others = (
        f" ({counted(like, 'more group')} {VERDICT_WORDS[worst.verdict] if like == 1 else worst.verdict.value})"
        if like
        else ""
    )
    return finding_sentence(gate, worst) + others + (f"; {gate.note}" if gate.note else "")


def brief(document: CheckDocument) -> tuple[str, ...]:
    """Say in one line each which gates end a build, the failed ones first."""
    return tuple(
        f"{gate.outcome}: {shown_name(gate.name)}: {join_sentences(printable(explained(gate)))}"
        for gate in worst_first(document)
        if gate.outcome in (Outcome.FAILED, Outcome.UNDECIDED)
    )


def waived(gate: GatePart) -> str:
    """Say what the policy made of a gate that the data left open; empty where it did nothing."""
    if gate.verdict is not Verdict.UNDECIDED or gate.on_undecided is None:
        return ""
    return f" It is undecided, and the policy says on_undecided = {gate.on_undecided.value}."


def finding_sentence(gate: GatePart, finding: FindingPart) -> str:
    """Say what a gate found in one group, without a full stop."""
    who = f"{shown_name(finding.attribute)} = {shown_name(finding.group)}"
    what = BY_NAME[gate.metric].long_name
    worth, their_worth = worth_text(finding.effective), worth_text(finding.reference_effective)
    of_group = _estimate(
        finding.estimate, gate.metric, finding.numerator, finding.denominator, of=" people", worth=worth
    )
    of_reference = _estimate(
        finding.reference_estimate,
        gate.metric,
        finding.reference_numerator,
        finding.reference_denominator,
        worth=their_worth,
    )
    reference = shown_name(finding.reference_group or "nobody")
    match gate.limit:
        case _ if finding.value is None:
            compared = (
                f"{who}: {what} {of_group}"
                if gate.limit is Limit.LEVEL
                else f"{who}: {what} against {reference}"
            )
        case Limit.RATIO:
            compared = f"{who}: {what} {finding.value:,.2f} times that of {reference} ({of_group} against {of_reference})"
        case Limit.DIFFERENCE:
            side = "above" if finding.value > 0 else "below"
            compared = f"{who}: {what} {abs(finding.value):.3f} {side} that of {reference} ({of_group} against {of_reference})"
        case Limit.LEVEL:
            compared = f"{who}: {what} {of_group}"
    planned = ""
    if finding.needed_in_all is not None and finding.needed_to is not None:
        assumed = (
            "if the rates are equal"
            if gate.limit is not Limit.LEVEL and finding.needed_to is Verdict.PASS
            else "if it stays so"
        )
        planned = f"; {needed_text(finding.needed_in_all, gate.people)} to {finding.needed_to} {assumed}"
    few = ", few people" if finding.small else ""
    return f"{compared}{few}; {finding.reason}{planned}"


def demand_sentence(gate: GatePart) -> str:
    """Say what a gate demands, without a full stop."""
    of = f"The {BY_NAME[gate.metric].long_name} of every group of {listing([shown_name(name) for name in gate.attributes])}"
    match gate.limit:
        case Limit.RATIO:
            return f"{of} has to be {allowed_text(gate)} times that of its reference group"
        case Limit.DIFFERENCE:
            return f"{of} has to differ by at most {gate.max_difference} from that of its reference group"
        case Limit.LEVEL:
            return f"{of} has to be {allowed_text(gate)}"


def family_sentence(document: CheckDocument) -> str:
    """Say for which comparisons a fail is corrected."""
    sizes = [(gate.family, gate.family_size) for gate in document.gates if gate.family_size]
    if not sizes:
        return "Every gate is decided by the point, whatever chance may have done"
    m = document.comparisons
    if m == 1:
        return "1 comparison in the policy; a fail is sure to 5%"
    joined = next((size for family, size in sizes if family is FamilyOf.POLICY), 0)
    if m in (joined, sizes[0][1]):
        of = "all of them"
    elif joined:
        of = f"those of its gate, or for all {joined:,} of the gates that are one family"
    else:
        of = "those of its gate"
    return f"{m:,} comparisons in the policy; a fail holds after correcting for {of} (Holm, 5%)"


def undecided_sentence(document: CheckDocument) -> str:
    """Say what an undecided gate is, where there is one and the policy does not say what becomes of it."""
    if not any(gate.outcome is Outcome.UNDECIDED for gate in document.gates):
        return ""
    return "Undecided: the data leave open whether the limit is kept; on_undecided says what becomes of such a gate"


def allowed_text(gate: GatePart) -> str:
    """Write what a gate allows."""
    low, high = (None if value is None else with_minus(f"{value:.3g}") for value in (gate.low, gate.high))
    if low is not None and high is not None:
        return f"{low} to {high}"
    return f"at least {low}" if high is None else f"at most {high}"


def who_text(gate: GatePart, finding: FindingPart) -> str:
    """Name a group, with its attribute where the gate is about several."""
    group = shown_name(finding.group, most=40)
    return group if len(gate.attributes) == 1 else f"{shown_name(finding.attribute, most=20)} = {group}"


def value_text(gate: GatePart, finding: FindingPart) -> str:
    """Write a finding's value as its limit is written."""
    if finding.value is None:
        return "–"
    match gate.limit:
        case Limit.RATIO:
            return f"{finding.value:,.2f} x"
        case Limit.DIFFERENCE:
            return with_minus(f"{finding.value:+.3f}")
        case Limit.LEVEL:
            return with_minus(f"{finding.value:.3f}")


def interval_text(gate: GatePart, finding: FindingPart) -> str:
    """Write a finding's interval."""
    if finding.interval is None:
        return "–"
    low, high = finding.interval
    digits = 2 if gate.limit is Limit.RATIO else 3
    return with_minus(
        f"{low:.{digits}f} and more" if high is None else f"{low:.{digits}f} to {high:,.{digits}f}"
    )


def _estimate(
    value: float | None,
    metric: str,
    numerator: float | None,
    denominator: float | None,
    *,
    of: str = "",
    worth: str = "",
) -> str:
    """Write a metric's value in a group, a share with its people, or with its rows and how many people they are worth."""
    if value is None:
        return "unknown"
    if not BY_NAME[metric].is_rate or numerator is None or denominator is None:
        return with_minus(f"{value:.3f}")
    if not isinstance(denominator, int):
        return f"{value:.1%}, {worth}"
    return f"{value:.1%}, {numerator:,} of {denominator:,}{f' rows, {worth}' if worth else of}"


# Strangers' text.


def plain(text: str) -> str:
    """Write text without what XML 1.0 forbids and lines would end with."""
    return printable(text)
