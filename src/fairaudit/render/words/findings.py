"""Findings in words, and numbers as people read them: the terminal and the card say the same."""

from __future__ import annotations

from fractions import Fraction

from fairaudit.documents.audit import BiasDocument, DisparityPart
from fairaudit.documents.parts import EstimatePart, Verdict
from fairaudit.documents.ranking import (
    Poorest,
    divided_by_zero,
    worst_disparities,
)
from fairaudit.errors import clipped
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.words.names import capital, group_people, lower_first, other_people
from fairaudit.render.words.values import (
    difference_text,
    needed_text,
    rate_text,
    times,
    with_interval,
    worth_text,
)
from fairaudit.settings.limits import interval_text, level_text, tolerance_band

_PREDICATES = {
    "pprev": "are selected",
    "fpr": "are wrongly flagged",
    "fnr": "are missed",
    "tpr": "are found",
    "tnr": "are rightly left alone",
    "precision": "who are flagged are flagged rightly",
    "fdr": "who are flagged are flagged wrongly",
    "for": "who are not flagged are wrongly passed over",
    "npv": "who are not flagged are rightly left alone",
    "ppr": "are among all selected",
}
"""What happens to people as often as a metric says."""
_NEVER = {
    "pprev": "are never selected",
    "fpr": "are never wrongly flagged",
    "fnr": "are never missed",
    "tpr": "are never found",
    "tnr": "are never rightly left alone",
    "precision": "who are flagged are never flagged rightly",
    "fdr": "who are flagged are never flagged wrongly",
    "for": "who are not flagged are never wrongly passed over",
    "npv": "who are not flagged are never rightly left alone",
}


def findings(document: BiasDocument, *, failing: int = 3) -> list[tuple[Verdict | None, str]]:
    """Say the answer after its headline: the worst fails, each group once, then what is undecided, or else how far the farthest is.

    Returns
    -------
    list
        At most `failing` + 2 sentences with full stops, each with the verdict that it is about; ``None`` for a remark on the decisions.
    """
    tau, decision = document.tolerance, document.settings.decision
    sentences: list[tuple[Verdict | None, str]] = []
    if decision is not None and decision.selected in (0, document.input.used):
        whom = "Nobody" if decision.selected == 0 else "Everybody"
        sentences.append((None, f"{whom} is selected: {clipped(decision.sentence, most=160)}."))
    ranked = worst_disparities(document)
    worst: dict[tuple[str, str], DisparityPart] = {}
    for d in ranked:
        if d.verdict is Verdict.FAIL:
            worst.setdefault((d.attribute, d.group), d)
    sentences += [
        (Verdict.FAIL, f"{judged(d, tau, people=document.people)}.") for d in list(worst.values())[:failing]
    ]
    undecided = next((d for d in ranked if d.verdict is Verdict.UNDECIDED), None)
    lacking = next(
        (
            d
            for d in document.disparities
            if d.metric in document.family.metrics and d.verdict is Verdict.UNDECIDED and d.ratio is None
        ),
        None,
    )
    if undecided is not None:
        sentences.append((Verdict.UNDECIDED, f"{judged(undecided, tau, people=document.people)}."))
    elif lacking is not None:
        sentences.append((Verdict.UNDECIDED, f"{finding(lacking)}."))
    elif not worst and ranked:
        sentences.append(
            (
                Verdict.PASS,
                f"The farthest from its reference: {judged(ranked[0], tau, people=document.people)}.",
            )
        )
    return sentences


def finding(disparity: DisparityPart, tau: str | None = None) -> str:
    """Say in one sentence how a group compares with its reference group.

    Parameters
    ----------
    tau
        The tolerance, from whose limits the numbers are told apart.

    Returns
    -------
    str
        For example: "African-American people are wrongly flagged 1.91 times as often as Caucasian ones (false positive
        rate 44.8% against 23.5%; 95% interval 1.72 to 2.13; 1,795 and 1,488 people)". Without a full stop.
    """
    long_name = BY_NAME[disparity.metric].long_name
    people = group_people(disparity.attribute, disparity.group)
    if disparity.is_reference:
        return f"{people} are the reference group ({long_name} {rate_text(disparity.value)})"
    if disparity.reference_group is None or disparity.value is None or disparity.reference_value is None:
        return f"The {long_name} of {lower_first(people)} cannot be compared: {disparity.reason or 'it is undefined'}"
    others = other_people(disparity.attribute, disparity.group, disparity.reference_group)
    rates = [f"{long_name} {rate_text(disparity.value)} against {rate_text(disparity.reference_value)}"]
    band = None if tau is None else tolerance_band(Fraction(tau))
    level, ci = disparity.resting
    if ci is not None and (disparity.ratio is not None or disparity.value):
        rates.append(f"{level}% interval {interval_text(ci, band)}")
    if disparity.denominator is not None and disparity.reference_denominator is not None:
        worth = worth_text(disparity.effective, disparity.reference_effective)
        if isinstance(disparity.denominator, int):
            what = "rows" if worth else "people"
            rates.append(
                f"of {disparity.denominator:,} {what}"
                if BY_NAME[disparity.metric].is_of_whole
                else f"{disparity.denominator:,} and {disparity.reference_denominator:,} {what}"
            )
        if worth and not BY_NAME[disparity.metric].is_of_whole:
            rates.append(worth)
    behind = f"({'; '.join(rates)})"
    if disparity.ratio is None:
        if divided_by_zero(disparity):
            return f"{people} {_PREDICATES[disparity.metric]}, {others} never {behind}"
        return f"{people} and {others} have no ratio: {disparity.reason or 'it is undefined'} {behind}"
    if BY_NAME[disparity.metric].is_of_whole:
        return f"{people} make up {times(disparity.ratio, band)} times as large a share of all selected as {others} {behind}"
    if disparity.ratio == 0:
        return f"{people} {_NEVER[disparity.metric]}, unlike {others} {behind}"
    return f"{people} {_PREDICATES[disparity.metric]} {times(disparity.ratio, band)} times as often as {others} {behind}"


def short_finding(disparity: DisparityPart, tau: str) -> str:
    """Say what `finding` does in fewer words: "African-American people: false positive rate 1.91 times that of Caucasian people"."""
    people = group_people(disparity.attribute, disparity.group)
    name = BY_NAME[disparity.metric].long_name
    if disparity.ratio is None or disparity.reference_group is None:
        return f"{people}: {name} {rate_text(disparity.value)} against {rate_text(disparity.reference_value)}"
    others = other_people(disparity.attribute, disparity.group, disparity.reference_group)
    return f"{people}: {name} {times(disparity.ratio, tolerance_band(Fraction(tau)))} times that of {others}"


def judged(disparity: DisparityPart, tau: str, *, people: int | None) -> str:
    """Say how a group compares with its reference group, and the verdict on it.

    Returns
    -------
    str
        The `finding`, then for example ": fail at tau 0.8" or ": undecided at tau 0.8; about 240 people of the same kind in all, instead of 60, would be
        needed to pass if the rates are equal".
    """
    if disparity.verdict is None:
        return finding(disparity)
    sentence = f"{finding(disparity, tau)}: {disparity.verdict.value} at tau {tau}"
    by_evidence = disparity.verdict is Verdict.UNDECIDED and disparity.p_fail is not None
    if by_evidence and _is_outside(disparity, Fraction(tau)):
        sentence += ", as it may be chance among so many comparisons"
    if disparity.needed_in_all is not None and disparity.needed_to is not None:
        sentence += f"; {needed_text(disparity.needed_in_all, people)} {AIMS[disparity.needed_to]}"
    if disparity.flips is not None:
        decisions = "1 changed decision" if disparity.flips == 1 else f"{disparity.flips} changed decisions"
        sentence += f"; {decisions} would turn it"
    return sentence


AIMS = {
    Verdict.PASS: "to pass if the rates are equal",
    Verdict.FAIL: "to fail if the rates stay so",
}
"""What the people that would be needed are for."""


def _is_outside(disparity: DisparityPart, tau: Fraction) -> bool:
    """Tell whether the 95% interval lies outside the tolerance."""
    if disparity.ratio_ci is None:
        return False
    low, high = disparity.ratio_ci
    return low > 1 / tau or (high is not None and high < tau)


DECIDED_BY_POINT = "Decided by the ratios alone: in small groups chance fails many, and passes many."
CHOSEN_BY_DATA = (
    "The data chose the reference group, so intervals and p-values hold for all pairs of groups together."
)


def performance_finding(metric: str, estimate: EstimatePart) -> str:
    """Say what a metric is for everybody, without a full stop."""
    return f"{capital(BY_NAME[metric].long_name)} is {with_interval(metric, estimate)} for everybody"


def nothing_to_judge(rows: int) -> str:
    """Say that the input holds neither decisions nor labels, without a full stop."""
    return f"{rows:,} rows were read; there is nothing in them to judge decisions by"


def correction(document: BiasDocument) -> str:
    """Say for how many comparisons a fail is corrected, and by which method, without a full stop; empty where there is none."""
    many = document.comparisons
    # What the data chose is in no block of tests whose dependence is known.
    method = "Holm" if document.references_were_chosen else "max-T"
    comparisons = "1 comparison" if many == 1 else f"{many:,} comparisons"
    return f"A fail holds after correcting for {comparisons} ({method}, 5%)" if many else ""


def distance_text(worst: Poorest, metric: str) -> str:
    """Say how far the poorest slice is from everybody else, with the interval that allows for the choice.

    Returns
    -------
    str
        For example: "-0.221, 99.17% interval -0.332 to -0.110, as it was chosen from 6 slices".
    """
    distance = worst.distance
    text = difference_text(metric, distance.difference or 0.0)
    if distance.joint_ci is not None and distance.joint_confidence is not None:
        low, high = (difference_text(metric, limit) for limit in distance.joint_ci)
        text += f", {level_text(distance.joint_confidence)} interval {low} to {high}"
    if worst.chosen_from > 1:
        text += f", as it was chosen from {worst.chosen_from:,} slices"
    return text
