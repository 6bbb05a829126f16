"""Findings in words, and numbers as people read them: the terminal and the card say the same."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from fractions import Fraction

from fairaudit.documents.audit import BiasDocument, DisparityPart
from fairaudit.documents.parts import EstimatePart, Verdict
from fairaudit.documents.ranking import divided_by_zero, worst_disparities
from fairaudit.errors import clipped
from fairaudit.metrics.table import BY_NAME
from fairaudit.settings.limits import Band, decimals_for, interval_text, number_text, tolerance_band
from fairaudit.slices.grammar import EVERYBODY_ELSE, MISSING_GROUP

NO_VALUE = "–"

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
_WORDS = re.compile(r"[^\W\d_]+(?:[ '’-][^\W\d_]+)*")
_NO_ADJECTIVES = frozenset(
    [
        "above",
        "all",
        "any",
        "at",
        "below",
        "both",
        "few",
        "fewer",
        "greater",
        "least",
        "less",
        "many",
        "missing",
        "more",
        "most",
        "no",
        "none",
        "not",
        "other",
        "others",
        "over",
        "some",
        "than",
        "true",
        "false",
        "under",
        "unknown",
        "unspecified",
        "up",
        "yes",
    ]
)
"""Before "people" these would say something else: "less than 25 people", "other people"."""


def findings(document: BiasDocument, *, failing: int = 3) -> list[tuple[Verdict | None, str]]:
    """Say the answer after its headline: the worst fails, each group once, then what is undecided, or else how far the farthest is.

    Returns
    -------
    list
        At most `failing` + 2 sentences with full stops, each with the verdict that it is about; ``None`` for a remark on the decisions.
    """
    tau, decision = document.tolerance, document.settings.decision
    found: list[tuple[Verdict | None, str]] = []
    if decision is not None and decision.selected in (0, document.input.used):
        whom = "Nobody" if decision.selected == 0 else "Everybody"
        found.append((None, f"{whom} is selected: {clipped(decision.sentence, most=160)}."))
    ranked = worst_disparities(document)
    worst: dict[tuple[str, str], DisparityPart] = {}
    for d in ranked:
        if d.verdict is Verdict.FAIL:
            worst.setdefault((d.attribute, d.group), d)
    found += [
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
        found.append((Verdict.UNDECIDED, f"{judged(undecided, tau, people=document.people)}."))
    elif lacking is not None:
        found.append((Verdict.UNDECIDED, f"{finding(lacking)}."))
    elif not worst and ranked:
        found.append(
            (
                Verdict.PASS,
                f"The farthest from its reference: {judged(ranked[0], tau, people=document.people)}.",
            )
        )
    return found


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
        return f"{people} are the reference group ({long_name} {_rate(disparity.value)})"
    if disparity.reference_group is None or disparity.value is None or disparity.reference_value is None:
        return f"The {long_name} of {_lower_first(people)} cannot be compared: {disparity.reason or 'it is undefined'}"
    others = _others(disparity.attribute, disparity.group, disparity.reference_group)
    rates = [f"{long_name} {_rate(disparity.value)} against {_rate(disparity.reference_value)}"]
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
                if disparity.metric == "ppr"
                else f"{disparity.denominator:,} and {disparity.reference_denominator:,} {what}"
            )
        if worth and disparity.metric != "ppr":
            rates.append(worth)
    behind = f"({'; '.join(rates)})"
    if disparity.ratio is None:
        if divided_by_zero(disparity):
            return f"{people} {_PREDICATES[disparity.metric]}, {others} never {behind}"
        return f"{people} and {others} have no ratio: {disparity.reason or 'it is undefined'} {behind}"
    if disparity.metric == "ppr":
        return f"{people} make up {times(disparity.ratio, band)} times as large a share of all selected as {others} {behind}"
    if disparity.ratio == 0:
        return f"{people} {_NEVER[disparity.metric]}, unlike {others} {behind}"
    return f"{people} {_PREDICATES[disparity.metric]} {times(disparity.ratio, band)} times as often as {others} {behind}"


def short_finding(disparity: DisparityPart, tau: str) -> str:
    """Say what `finding` does in fewer words: "African-American people: false positive rate 1.91 times that of Caucasian people"."""
    people = group_people(disparity.attribute, disparity.group)
    name = BY_NAME[disparity.metric].long_name
    if disparity.ratio is None or disparity.reference_group is None:
        return f"{people}: {name} {_rate(disparity.value)} against {_rate(disparity.reference_value)}"
    others = _others(disparity.attribute, disparity.group, disparity.reference_group)
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
    said = f"{finding(disparity, tau)}: {disparity.verdict.value} at tau {tau}"
    by_evidence = disparity.verdict is Verdict.UNDECIDED and disparity.p_fail is not None
    if by_evidence and _is_outside(disparity, Fraction(tau)):
        said += ", as it may be chance among so many comparisons"
    if disparity.needed_in_all is not None and disparity.needed_to is not None:
        said += f"; {needed_text(disparity.needed_in_all, people)} {_AIMS[disparity.needed_to]}"
    if disparity.flips is not None:
        decisions = "1 changed decision" if disparity.flips == 1 else f"{disparity.flips} changed decisions"
        said += f"; {decisions} would turn it"
    return said


def needed_text(needed_in_all: int, people: int | None) -> str:
    """Say how many people the whole sample would need, and has now.

    >>> needed_text(4200, 1000)
    'about 4,200 people of the same kind in all, instead of 1,000, would be needed'
    """
    instead = "" if people is None else f", instead of {people:,},"
    return f"about {needed_in_all:,} people of the same kind in all{instead} would be needed"


def count_text(count: float) -> str:
    """Write a number of people, or their weight in a survey.

    >>> count_text(1234), count_text(1234.56)
    ('1,234', '1,234.6')
    """
    return f"{count:,}" if isinstance(count, int) else f"{count:,.1f}"


def share_text(estimate: EstimatePart) -> str:
    """Write of how many people a rate is a share, and how many they are worth; empty for what is no share.

    For example "310 of 620", "310 of 620 rows, worth 31 people", or "worth 31 people" where these have the weights of a survey.
    """
    if estimate.numerator is None or estimate.denominator is None:
        return ""
    worth = worth_text(estimate.effective)
    if isinstance(estimate.denominator, float):
        return worth
    shares = f"{estimate.numerator:,} of {estimate.denominator:,}"
    return f"{shares} rows, {worth}" if worth else shares


def worth_text(*effective: float | None) -> str:
    """Say how many people rows are worth; empty where each is a person.

    >>> worth_text(31.2, 38.9), worth_text(1.4), worth_text(None)
    ('worth 31 and 38 people', 'worth 1 person', '')
    """
    known = [math.floor(people) for people in effective if people is not None]
    if not known:
        return ""
    return f"worth {' and '.join(f'{people:,}' for people in known)} {'person' if known == [1] else 'people'}"


_AIMS = {
    Verdict.PASS: "to pass if the rates are equal",
    Verdict.FAIL: "to fail if the rates stay so",
}


def tolerance(band: Band) -> str:
    """Write the ratios that are tolerated.

    >>> tolerance(tolerance_band(Fraction("0.8")))
    '0.80 to 1.25'
    """
    return " to ".join(f"{float(limit):.2f}" for limit in (band.low, band.high) if limit is not None)


def group_people(attribute: str, group: str) -> str:
    """Name the people of a group, to begin a sentence with.

    >>> group_people("race", "African-American")
    'African-American people'
    >>> group_people("age", "25 to 45")
    'People with age = 25 to 45'
    """
    if group == MISSING_GROUP:
        return f"People whose {clipped(attribute)} is missing"
    if _is_adjective(group):
        return f"{group} people"
    return f"People with {clipped(attribute)} = {clipped(group)}"


def metric_value(metric: str, value: float | None) -> str:
    """Write a metric's value: shares of people as percent with one decimal, others with three decimals.

    >>> metric_value("fpr", 0.4485), metric_value("f1", 0.5), metric_value("f1", None)
    ('44.9%', '0.500', '–')
    """
    if value is None:
        return NO_VALUE
    return _rate(value) if BY_NAME[metric].is_rate else f"{value:.3f}"


def difference_text(metric: str, difference: float) -> str:
    """Write a difference with its sign: of shares of people in points.

    >>> difference_text("fpr", -0.0415), difference_text("f1", 0.5)
    ('-4.2 points', '+0.500')
    """
    # Adding 0 turns -0.0 into 0.0.
    difference = round(difference, 3) + 0.0
    return f"{100 * difference:+.1f} points" if BY_NAME[metric].is_rate else f"{difference:+.3f}"


def level_text(confidence: float) -> str:
    """Write the confidence of an interval; near 100% with as many digits as tell it from there.

    >>> level_text(0.95), level_text(1 - 0.05 / 9), level_text(1 - 0.05 / 200)
    ('95%', '99.44%', '99.975%')
    """
    missed = 100 * (1 - confidence)
    digits = max(0, 1 - math.floor(math.log10(missed))) if missed > 0 else 0
    said = f"{100 - missed:.{digits}f}"
    return f"{said.rstrip('0').rstrip('.') if '.' in said else said}%"


def interval(metric: str, estimate: EstimatePart) -> str:
    """Write an interval, as "43.1% to 47.0%", or a dash where there is none."""
    if estimate.ci is None:
        return NO_VALUE
    low, high = estimate.ci
    return f"{metric_value(metric, low)} to {metric_value(metric, high)}"


def passed_over_texts(passed_over: Mapping[str, str], *, most: int = 3) -> list[str]:
    """Say which columns were not chosen as attributes, those of one reason together, of which `most` are named.

    >>> passed_over_texts({"a": "one value only", "b": "no values", "c": "one value only"}, most=1)
    ['a and 1 more (one value only)', 'b (no values)']
    """
    columns: dict[str, list[str]] = {}
    for column, reason in passed_over.items():
        columns.setdefault(reason, []).append(clipped(column))
    return [
        f"{', '.join(names[:most])}{f' and {len(names) - most:,} more' if len(names) > most else ''} ({reason})"
        for reason, names in columns.items()
    ]


def times(ratio: float, band: Band | None = None) -> str:
    """Write a ratio with two decimals, or as many as tell it from a limit; none but 0 looks like 0.

    >>> times(1.9134), times(0.001), times(1234.5)
    ('1.91', 'less than 0.01', '1,234.50')
    """
    return "less than 0.01" if 0 < ratio < 0.005 else number_text(ratio, decimals_for([ratio], band, least=2))


def _is_outside(disparity: DisparityPart, tau: Fraction) -> bool:
    """Tell whether the 95% interval lies outside the tolerance."""
    if disparity.ratio_ci is None:
        return False
    low, high = disparity.ratio_ci
    return low > 1 / tau or (high is not None and high < tau)


def _is_adjective(group: str) -> bool:
    """Tell whether a name can stand before "people": Caucasian, but neither M, high, 25 - 45 nor Other."""
    if len(group) > 60 or len(group) < 3 or not _WORDS.fullmatch(group):
        return False
    words = re.split(r"[ '’-]", group)
    proper = (group[0].isupper() and not group.isupper()) or group[0].lower() == group[0].upper()
    return proper and not any(word.casefold() in _NO_ADJECTIVES for word in words)


def _others(attribute: str, group: str, reference: str) -> str:
    if reference == EVERYBODY_ELSE:
        return "everybody else"
    if reference == MISSING_GROUP:
        return f"those whose {clipped(attribute)} is missing"
    if _is_adjective(reference):
        return f"{reference} ones" if _is_adjective(group) else f"{reference} people"
    if _is_adjective(group) or group == MISSING_GROUP:
        return f"people with {clipped(attribute)} = {clipped(reference)}"
    return f"those with {clipped(reference)}"


def _rate(value: float | None) -> str:
    if value is None:
        return NO_VALUE
    shown = f"{value:.1%}"
    if shown == "100.0%" and value < 1:
        return "more than 99.9%"
    return "less than 0.1%" if shown == "0.0%" and value > 0 else shown


def correction(document: BiasDocument) -> str:
    """Say for how many comparisons a fail is corrected, and by which method, without a full stop; empty where there is none."""
    many = document.comparisons
    # What the data chose is in no block of tests whose dependence is known.
    method = "Holm" if document.references_were_chosen else "max-T"
    comparisons = "1 comparison" if many == 1 else f"{many:,} comparisons"
    return f"A fail holds after correcting for {comparisons} ({method}, 5%)" if many else ""


def _lower_first(people: str) -> str:
    return people[0].lower() + people[1:] if people.startswith("People ") else people
