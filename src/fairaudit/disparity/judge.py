"""Disparities into verdicts: pass, fail, or undecided, each with a reason.

A verdict needs evidence: `fail` when the counts exclude the tolerance, `pass` when they exclude everything outside it, else `undecided`.
What could not be measured is undecided, never a pass. The reference group itself decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from fairaudit.disparity.comparison import intervals
from fairaudit.disparity.plans import Plan, plan, planned_from
from fairaudit.disparity.ratios import Compared, Disparity, Family
from fairaudit.disparity.tested import Correction, Test, tests_at_limits
from fairaudit.disparity.verdicts import (
    Answer,
    Interval,
    Verdict,
    combine,
    interval_reason,
    point_reason,
    resting,
)
from fairaudit.errors import clipped
from fairaudit.metrics.table import BY_NAME, PARITY_METRICS
from fairaudit.settings.choices import CONFIDENCE, Decide
from fairaudit.settings.limits import Band, tolerance_band

if TYPE_CHECKING:
    pass
from fairaudit.disparity.families import Together, answer_all
from fairaudit.disparity.flips import count_flips

COMBINED_PARITIES: Mapping[str, tuple[str, str]] = {
    "TypeI Parity": ("FDR Parity", "FPR Parity"),
    "TypeII Parity": ("FOR Parity", "FNR Parity"),
    "Equalized Odds": ("FPR Parity", "TPR Parity"),
    "Unsupervised Fairness": ("Statistical Parity", "Impact Parity"),
    "Supervised Fairness": ("TypeI Parity", "TypeII Parity"),
}
"""Aequitas's combinations (Saleiro et al. 2018; ``aequitas.fairness.Fairness``): one holds if both its parts do."""
PARITIES: Mapping[str, str] = {metric.parity: metric.name for metric in PARITY_METRICS}
REFERENCE_REASON = "the reference group is not judged"
EMPTY_REASON = "nobody is in the group"
UNKNOWN_REASON = "a group of people of whom this is not known is not judged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """A parity of one group; `verdict` is ``None`` for the reference group, and where nobody is in the group.

    Attributes
    ----------
    metric, ratio
        ``None`` for a combination of parities.
    interval, confidence
        That which the verdict rests on: the 90% interval of a pass, and of a fail that the 95% one does not show; the one that allows for
        all comparisons where only these leave it undecided; else the 95% one. ``None`` where there is none.
    corrected
        The interval that allows for all comparisons, where only these leave the verdict undecided.
    p_fail, p_alone
        That the ratio lies within the tolerance, corrected within the family, and by itself.
    p_pass
        That it lies outside.
    limit_test
        Which test these are of.
    needed, needed_in_all
        People of the group, or of the whole sample if all groups grow alike, with whom an undecided comparison would have an 80% chance to be
        decided; ``None`` where no number is enough, or that cannot be said.
    needed_to
        Which verdict that would be.
    flips
        How many changed decisions of the group would turn a narrow verdict; ``None`` if it takes more than ten.
    decisive
        Whether the parity forms the overall verdict.
    """

    attribute: str
    group: str
    parity: str
    metric: str | None
    ratio: Fraction | None
    verdict: Verdict | None
    reason: str
    interval: tuple[float, float | None] | None = None
    confidence: float | None = None
    corrected: tuple[float, float | None] | None = None
    p_fail: float | None = None
    p_alone: float | None = None
    p_pass: float | None = None
    limit_test: Test | None = None
    needed: int | None = None
    needed_in_all: int | None = None
    needed_to: Verdict | None = None
    flips: int | None = None
    decisive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeVerdict:
    """A parity of one attribute, from its groups."""

    attribute: str
    parity: str
    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The verdicts of an audit.

    Attributes
    ----------
    verdict
        Over everything decisive.
    by_attribute
        The same for each attribute.
    correction
        Of the p-values of the family; ``None`` by the point.
    overall
        Keys ``unsupervised``, ``supervised`` and ``overall``, as Aequitas has them; a kind that cannot be measured for want of labels is
        left out.
    """

    tau: Fraction
    decide: Decide
    family: Family
    verdict: Verdict
    by_attribute: Mapping[str, Verdict]
    parities: tuple[Parity, ...]
    attributes: tuple[AttributeVerdict, ...]
    overall: Mapping[str, Verdict]
    correction: Correction | None = None


def judge(compared: Compared, *, tau: Fraction, decide: Decide = Decide.INTERVAL) -> Judged:
    """Judge every parity of every group, then of every attribute, then of the whole audit.

    Parameters
    ----------
    tau
        The tolerance: a ratio passes within [tau, 1 / tau], limits included.
    decide
        By the interval, or by the ratio alone.
    """
    band = tolerance_band(tau)
    answers, families = answer_all(compared, band, decide)
    flips = count_flips(compared, answers, families, band, decide)
    single: dict[tuple[str, str], list[Parity]] = {}
    planned = _plans(compared, answers, families, band) if decide is Decide.INTERVAL else {}
    tests = _tests(compared, answers, band)
    corrected = _corrected(compared, answers)
    for place, d in enumerate(compared.disparities):
        beside = _Beside(
            flips=flips.get(place),
            plan=planned.get(place),
            test=tests.get(place),
            corrected=corrected.get(place, (None, None)),
        )
        parity = _parity(d, answers.get(place), band, decide, beside)
        single.setdefault((d.attribute, d.group), []).append(parity)
    parities: list[Parity] = []
    for (attribute, group), members in single.items():
        parities += [*members, *_combined(attribute, group, members)]
    attributes = _judge_attributes(parities)
    overall: dict[str, Verdict] = {}
    for key, parity_name in (
        ("unsupervised", "Unsupervised Fairness"),
        ("supervised", "Supervised Fairness"),
    ):
        verdicts = [v.verdict for v in attributes if v.parity == parity_name]
        if verdicts:
            overall[key] = combine(verdicts)
    overall["overall"] = combine(list(overall.values()))
    by_attribute = {
        attribute: combine(
            p.verdict for p in parities if p.attribute == attribute and p.decisive and p.verdict is not None
        )
        for attribute in compared.measured.attributes
    }
    return Judged(
        tau=tau,
        decide=decide,
        family=compared.family,
        verdict=combine(by_attribute.values()),
        by_attribute=by_attribute,
        parities=tuple(parities),
        attributes=tuple(attributes),
        overall=overall,
        correction=None if decide is Decide.POINT else _correction(families[0]),
    )


def _plans(
    compared: Compared, answers: Mapping[int, Answer], families: Sequence[Together], band: Band
) -> dict[int, Plan | None]:
    """Plan undecided comparisons, by their places; shares of one whole have no plan."""
    asked = {
        place: undecided
        for family in families
        for place in family.places
        for d in (compared.disparities[place],)
        if answers[place].verdict is Verdict.UNDECIDED
        and (undecided := planned_from(d.limited(), people=d.n, band=band, weight=answers[place].weight))
        is not None
    }
    in_all = compared.measured.overall.counts.people
    return dict(zip(asked, plan(tuple(asked.values()), in_all=in_all), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beside:
    """What is known of a disparity beside its answer."""

    flips: int | None
    plan: Plan | None
    test: Test | None
    corrected: tuple[Interval | None, float | None]


def _corrected(
    compared: Compared, answers: Mapping[int, Answer]
) -> dict[int, tuple[Interval | None, float | None]]:
    """Compute the interval of each disparity that only the correction leaves undecided, and its confidence, by its place."""
    levels = {
        place: level
        for place, one in answers.items()
        if (level := one.corrected_confidence(compared.disparities[place].comparisons)) is not None
    }
    corrected = intervals([(compared.disparities[place].limited(), level) for place, level in levels.items()])
    return {
        place: (interval, level) for (place, level), interval in zip(levels.items(), corrected, strict=True)
    }


def _tests(compared: Compared, answers: Mapping[int, Answer], band: Band) -> dict[int, Test | None]:
    """Name the test of each answer with evidence, by its place."""
    places = [place for place, one in answers.items() if one.p_raw is not None]
    return dict(
        zip(
            places,
            tests_at_limits([(compared.disparities[place].limited(), band) for place in places]),
            strict=True,
        )
    )


def _correction(family: Together) -> Correction:
    return Correction.MAX_T if family.blocks else Correction.HOLM


def _parity(
    disparity: Disparity,
    answered: Answer | None,
    band: Band,
    decide: Decide,
    beside: _Beside,
) -> Parity:
    interval, confidence = disparity.ratio_ci, CONFIDENCE
    planned = beside.plan
    if answered is None:
        verdict, reason = None, _not_judged(disparity)
    elif decide is Decide.POINT:
        verdict = answered.verdict
        reason = (
            disparity.ratio_reason
            if disparity.ratio is None
            else point_reason("ratio", disparity.ratio, band)
        )
    else:
        verdict = answered.verdict
        interval, confidence = resting(
            verdict, band, disparity.ratio_ci, disparity.ratio_ci90, beside.corrected
        )
        reason = disparity.ratio_reason or disparity.interval_reason
        if interval is not None:
            many = disparity.comparisons
            reason = interval_reason(answered, band, interval, confidence=confidence, comparisons=many)
    return Parity(
        attribute=disparity.attribute,
        group=disparity.group,
        parity=BY_NAME[disparity.metric].parity or BY_NAME[disparity.metric].equality,
        metric=disparity.metric,
        ratio=disparity.ratio,
        verdict=verdict,
        reason=reason,
        interval=interval,
        confidence=confidence if interval else None,
        corrected=beside.corrected[0],
        p_fail=answered.p_fail if answered else None,
        p_alone=_alone(answered, disparity.comparisons),
        p_pass=answered.p_pass if answered else None,
        limit_test=beside.test,
        needed=planned.needed if planned else None,
        needed_in_all=planned.needed_in_all if planned else None,
        needed_to=planned.verdict if planned else None,
        flips=beside.flips,
        decisive=disparity.decisive,
    )


def _alone(answered: Answer | None, comparisons: int) -> float | None:
    """Return the p-value of a fail as if this were the only comparison, but for those that it was chosen from."""
    return None if answered is None or answered.p_raw is None else min(1.0, answered.p_raw * comparisons)


def _not_judged(disparity: Disparity) -> str:
    if disparity.is_reference:
        return REFERENCE_REASON
    return UNKNOWN_REASON if disparity.n else EMPTY_REASON


def _combined(attribute: str, group: str, single: Sequence[Parity]) -> list[Parity]:
    """Combine a group's parities; of a combination with one part unmeasurable in this input, the other decides."""
    known: dict[str, Parity] = {parity.parity: parity for parity in single}
    for name, parts in COMBINED_PARITIES.items():
        present = [known[part] for part in parts if part in known]
        if not present:
            continue
        judged = [parity for parity in present if parity.verdict is not None]
        verdict = combine(p.verdict for p in judged if p.verdict is not None) if judged else None
        deciding = [p.parity for p in judged if p.verdict is verdict]
        known[name] = Parity(
            attribute=attribute,
            group=group,
            parity=name,
            metric=None,
            ratio=None,
            verdict=verdict,
            reason=f"{verdict} in {' and '.join(deciding)}" if judged else present[0].reason,
        )
    return [parity for name, parity in known.items() if name in COMBINED_PARITIES]


def _judge_attributes(parities: Sequence[Parity]) -> list[AttributeVerdict]:
    by_attribute: dict[tuple[str, str], list[Parity]] = {}
    for parity in parities:
        by_attribute.setdefault((parity.attribute, parity.parity), []).append(parity)
    verdicts = []
    for (attribute, name), members in by_attribute.items():
        judged = {p.group: p.verdict for p in members if p.verdict is not None}
        verdict = combine(judged.values())
        deciding = [group for group, of_group in judged.items() if of_group is verdict]
        reason = (
            f"{verdict} in {len(deciding)} of {len(judged)} groups"
            if judged
            else "there is no group to compare"
        )
        verdicts.append(AttributeVerdict(attribute=attribute, parity=name, verdict=verdict, reason=reason))
    return verdicts


def verdict_sentence(judged: Judged) -> str:
    """Say what the verdict rests on, in one sentence without a full stop."""
    names = [BY_NAME[m].long_name for m in judged.family.metrics]
    if not names:
        return "nothing that forms the verdict could be measured"
    metrics = ", ".join(names[:-1]) + (f" and {names[-1]}" if len(names) > 1 else names[0])
    verdicts = [p.verdict for p in judged.parities if p.decisive and p.verdict is not None]
    counted = ", ".join(
        f"{verdicts.count(verdict):,} {verdict}"
        for verdict in (Verdict.FAIL, Verdict.UNDECIDED, Verdict.PASS)
        if verdict in verdicts
    )
    comparisons = "1 comparison" if len(verdicts) == 1 else f"{len(verdicts):,} comparisons"
    sentence = f"of {comparisons} of {metrics}, {counted}" if verdicts else "there is nothing to compare"
    alone = [
        attribute
        for attribute in judged.by_attribute
        if not any(p.attribute == attribute and p.decisive and p.verdict for p in judged.parities)
    ]
    if verdicts and alone:
        sentence += f"; {', '.join(clipped(attribute) for attribute in alone)}: no group to compare"
    return sentence
