"""Disparities into verdicts: pass, fail, or undecided, each with a reason.

A verdict needs evidence: `fail` when the counts exclude the tolerance, `pass` when they exclude everything outside it, else `undecided`.
What could not be measured is undecided, never a pass. The reference group itself decides nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from fairaudit.compare import Compared, Disparity, Family
from fairaudit.config import Decide
from fairaudit.count import Counts
from fairaudit.inference import planning
from fairaudit.measure import BY_NAME, PARITY_METRICS
from fairaudit.verdicts import ALPHA, Answer, Band, Question, Verdict, answer, combine, interval_text, p_text

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
MOST_FLIPS = 10
"""A verdict that more changed decisions than this would turn is not called narrow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """A parity of one group; `verdict` is ``None`` for the reference group, and where nobody is in the group.

    Attributes
    ----------
    metric, ratio
        ``None`` for a combination of parities.
    interval, confidence
        That which the verdict rests on: the 90% interval of a pass, else the 95% one; ``None`` where there is none.
    p_fail
        That the ratio lies within the tolerance, after Holm.
    needed
        People of the group with whom an undecided comparison would have an 80% chance to be decided; ``None`` where that cannot be said.
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
    p_fail: float | None = None
    needed: int | None = None
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


def tolerance_band(tau: Fraction) -> Band:
    """Give the ratios that a tolerance allows: from tau to 1 / tau."""
    return Band(low=tau, high=1 / tau)


def judge_ratio(ratio: Fraction | None, tau: Fraction) -> Verdict:
    """Judge a ratio by the plain rule tau <= ratio <= 1 / tau; the limits belong to the pass.

    >>> judge_ratio(Fraction(4, 50) / Fraction(5, 50), Fraction("0.8"))
    <Verdict.PASS: 'pass'>
    """
    (found,) = answer([Question(value=ratio, band=tolerance_band(tau))], decide=Decide.POINT)
    return found.verdict


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
    answers = _answers(compared, band, decide)
    flips = _flips(compared, answers, band, decide)
    single: dict[tuple[str, str], list[Parity]] = {}
    for at, d in enumerate(compared.disparities):
        found = answers.get(at)
        planned = (
            _needed(d, band)
            if found and found.verdict is Verdict.UNDECIDED and decide is Decide.INTERVAL
            else None
        )
        parity = _parity(d, found, band, decide, flips.get(at), planned)
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
    )


def scores(
    pairs: Sequence[tuple[int, int, int, int]], limits: Sequence[Fraction], *, shares: bool
) -> list[list[float]]:
    """Compute the score statistics of pairs of rates, or of shares of one whole, at some ratios: a list for each ratio."""
    import numpy as np

    from fairaudit.inference import contrast

    if not pairs:
        return [[] for _ in limits]
    x1, n1, x2, n2 = np.asarray(pairs, dtype=np.float64).T
    return [
        (
            contrast.share_ratio_score(float(limit), x1, x2)
            if shares
            else contrast.ratio_score(float(limit), x1, n1, x2, n2)
        ).tolist()
        for limit in limits
    ]


def _answers(compared: Compared, band: Band, decide: Decide) -> dict[int, Answer]:
    """Answer for each disparity, by its place, but for reference groups and groups of nobody; decisive ones are a family of their own."""
    judged = [at for at, d in enumerate(compared.disparities) if not d.is_reference and d.n]
    found: dict[int, Question] = {}
    for shares in (False, True):
        mine = [at for at in judged if (compared.disparities[at].metric == "ppr") is shares]
        with_pair = [(at, pair) for at in mine if (pair := compared.disparities[at].pair) is not None]
        limits = [limit for limit in (band.low, band.high) if limit is not None]
        lows, highs = scores([pair for _, pair in with_pair], limits, shares=shares)
        evidence = {at: (low, high) for (at, _), low, high in zip(with_pair, lows, highs, strict=True)}
        for at in mine:
            z_low, z_high = evidence.get(at, (None, None))
            d = compared.disparities[at]
            found[at] = Question(
                value=d.ratio, band=band, z_low=z_low, z_high=z_high, comparisons=d.comparisons
            )
    answers: dict[int, Answer] = {}
    for decisive in (True, False):
        family = [at for at in judged if compared.disparities[at].decisive is decisive]
        answers |= dict(zip(family, answer([found[at] for at in family], decide=decide), strict=True))
    return answers


def _parity(
    disparity: Disparity,
    found: Answer | None,
    band: Band,
    decide: Decide,
    flips: int | None,
    planned: tuple[int, Verdict] | None,
) -> Parity:
    interval, confidence = disparity.ratio_ci, 0.95
    if found is None:
        verdict, reason = None, REFERENCE_REASON if disparity.is_reference else EMPTY_REASON
    elif decide is Decide.POINT:
        verdict = found.verdict
        reason = disparity.ratio_reason or _point_reason(disparity.ratio, band)
    else:
        verdict = found.verdict
        if verdict is Verdict.PASS:
            interval, confidence = disparity.ratio_ci90, 0.90
        reason = _interval_reason(disparity, found, band)
    return Parity(
        attribute=disparity.attribute,
        group=disparity.group,
        parity=BY_NAME[disparity.metric].parity,
        metric=disparity.metric,
        ratio=disparity.ratio,
        verdict=verdict,
        reason=reason,
        interval=interval,
        confidence=confidence if interval else None,
        p_fail=found.p_fail if found else None,
        needed=planned[0] if planned else None,
        needed_to=planned[1] if planned else None,
        flips=flips,
        decisive=disparity.decisive,
    )


def _point_reason(ratio: Fraction | None, band: Band) -> str:
    if ratio is None or band.low is None or band.high is None:
        return ""
    place = "within" if band.holds(ratio) else "below" if ratio < band.low else "above"
    limits = (band.low, band.high)
    digits = _digits(ratio, limits)
    shown, low, high = (f"{float(value):.{digits}g}" for value in (ratio, *limits))
    return f"ratio {shown} lies {place} {low} to {high}"


def _interval_reason(disparity: Disparity, found: Answer, band: Band) -> str:
    """Say what the interval says of the tolerance."""
    interval = disparity.ratio_ci90 if found.verdict is Verdict.PASS else disparity.ratio_ci
    if interval is None:
        return disparity.ratio_reason or disparity.interval_reason
    low, high = interval
    said = f"{90 if found.verdict is Verdict.PASS else 95}% interval {interval_text(interval)}"
    if disparity.comparisons > 1:
        said += f", which holds for all {disparity.comparisons:,} pairs of groups together,"
    match found.verdict:
        case Verdict.PASS:
            return f"{said} lies within {band}"
        case Verdict.FAIL:
            return f"{said} lies {'above' if band.high is not None and low > band.high else 'below'} {band}"
        case _ if (
            band.low is not None
            and band.high is not None
            and (low > band.high or (high is not None and high < band.low))
        ):
            return f"{said} lies outside {band}, but among so many comparisons that may be chance (p = {p_text(found.p_fail)} after Holm)"
        case _:
            return f"{said} reaches into {band} and out of it"


def _digits(ratio: Fraction, limits: tuple[Fraction, Fraction]) -> int:
    """Count the digits that tell a ratio from a limit that it is not; 0.7999 must not be shown as 0.8."""
    for digits in range(3, 17):
        others = {f"{float(limit):.{digits}g}" for limit in limits if limit != ratio}
        if f"{float(ratio):.{digits}g}" not in others:
            return digits
    return 17


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
    found = []
    for (attribute, name), members in by_attribute.items():
        judged = {p.group: p.verdict for p in members if p.verdict is not None}
        verdict = combine(judged.values())
        deciding = [group for group, mine in judged.items() if mine is verdict]
        reason = (
            f"{verdict} in {len(deciding)} of {len(judged)} groups"
            if judged
            else "there is no group to compare"
        )
        found.append(AttributeVerdict(attribute=attribute, parity=name, verdict=verdict, reason=reason))
    return found


def answer_sentence(judged: Judged) -> str:
    """Say what the verdict rests on, in one sentence without a full stop."""
    names = [BY_NAME[m].long_name for m in judged.family.metrics]
    metrics = ", ".join(names[:-1]) + (f" and {names[-1]}" if len(names) > 1 else "".join(names))
    if not names:
        return "nothing that forms the verdict could be measured"
    comparisons = "1 comparison" if judged.family.size == 1 else f"{judged.family.size:,} comparisons"
    if judged.decide is Decide.POINT:
        return f"{comparisons} of {metrics} by the ratio alone, whatever chance may have done"
    return f"{comparisons} of {metrics}; a fail holds after correcting for all of them (Holm, 5%)"


def _needed(disparity: Disparity, band: Band) -> tuple[int, Verdict] | None:
    """Plan how many people of the group an undecided ratio takes."""
    if disparity.pair is None or disparity.metric == "ppr":
        return None
    return plan(disparity.pair, people=disparity.n, ratio=disparity.ratio, band=band)


def plan(
    pair: tuple[int, int, int, int], *, people: int, ratio: Fraction | None, band: Band
) -> tuple[int, Verdict] | None:
    """Plan the people of a group with whom an undecided ratio would have a good chance to be decided, and how.

    A ratio outside the band is planned to fail, if both rates are as they look; one within it to pass, if both are as the reference
    group's. The reference group stays as it is.

    Parameters
    ----------
    pair
        Successes and trials of the group, then of its reference.
    people
        Of the group, now.
    """
    if band.low is None or band.high is None:
        return None
    x1, n1, x2, n2 = pair
    if ratio is not None and not band.holds(ratio) and x1:
        aim = Verdict.FAIL
        limit = band.low if ratio < band.low else band.high
        trials = planning.trials_to_fail(
            x1 / n1, reference_rate=x2 / n2, reference_trials=n2, limit=float(limit)
        )
    else:
        aim = Verdict.PASS
        trials = planning.trials_to_pass(
            x2 / n2, reference_trials=n2, low=float(band.low), high=float(band.high)
        )
    if trials is None or trials <= n1:
        return None
    return rounded_up(trials * people / n1), aim


def rounded_up(people: float) -> int:
    """Round a planned number up to two digits: the plan is no more exact than that."""
    unit = int(10 ** max(0, math.floor(math.log10(people)) - 1))
    return math.ceil(people / unit) * unit


_SOURCES: Mapping[str, tuple[str, str]] = {
    "fdr": ("tn", "fp"),
    "precision": ("fp", "tn"),
    "for": ("tp", "fn"),
    "npv": ("fn", "tp"),
}
"""Whose decision has to change for one of these rates to rise, and to fall; they change how many are decided so, too."""


def _flipped(disparity: Disparity, counts: Counts, by: int) -> tuple[int, int, int, int] | None:
    """Give the rates after `by` people of the group were decided otherwise, so that its rate rises or falls; ``None`` if there are too few."""
    if disparity.pair is None:
        return None
    x1, n1, x2, n2 = disparity.pair
    if disparity.metric not in _SOURCES:
        return (x1 + by, n1, x2, n2) if 0 <= x1 + by <= n1 else None
    source = _SOURCES[disparity.metric][0 if by > 0 else 1]
    if abs(by) > (getattr(counts, source) or 0):
        return None
    joins = source in ("tn", "tp")
    trials = n1 + abs(by) if joins else n1 - abs(by)
    # Those who join or leave are the ones that FDR and FOR count, and that precision and NPV do not.
    moved = x1 + (abs(by) if joins else -abs(by)) if disparity.metric in ("fdr", "for") else x1
    return (moved, trials, x2, n2) if trials > 0 else None


def _flips(compared: Compared, answers: Mapping[int, Answer], band: Band, decide: Decide) -> dict[int, int]:
    """Count, for narrow verdicts, how many changed decisions of the group would turn them; by the place of the disparity."""
    counts = {(g.attribute, g.group): g.counts for g in compared.measured.groups}
    asked: list[tuple[int, int]] = []
    pairs: list[tuple[int, int, int, int]] = []
    for at, found in answers.items():
        d = compared.disparities[at]
        if found.verdict is Verdict.UNDECIDED or d.metric == "ppr":
            continue
        for by in range(1, MOST_FLIPS + 1):
            for signed in (by, -by):
                pair = _flipped(d, counts[d.attribute, d.group], signed)
                if pair is not None:
                    asked.append((at, by))
                    pairs.append(pair)
    limits = [limit for limit in (band.low, band.high) if limit is not None]
    lows, highs = scores(pairs, limits, shares=False)
    turned: dict[int, int] = {}
    for (at, by), (x1, n1, x2, n2), z_low, z_high in zip(asked, pairs, lows, highs, strict=True):
        ratio = Fraction(x1 * n2, n1 * x2) if x2 else None
        question = Question(
            value=ratio,
            band=band,
            z_low=z_low,
            z_high=z_high,
            comparisons=compared.disparities[at].comparisons,
        )
        if _stands(question, answers[at], decide):
            continue
        turned[at] = min(by, turned.get(at, by))
    return turned


def _stands(question: Question, found: Answer, decide: Decide) -> bool:
    """Tell whether a verdict stays the same with other counts, the rest of the family being as it is."""
    if decide is Decide.POINT:
        return question.value is not None and question.band.holds(question.value) is (
            found.verdict is Verdict.PASS
        )
    if found.verdict is Verdict.FAIL:
        return question.p_fail is not None and question.p_fail * found.weight <= ALPHA
    return question.p_pass is not None and question.p_pass <= ALPHA
