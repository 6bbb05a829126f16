"""Disparities into verdicts: pass, fail, or undecided, each with a reason.

A verdict needs evidence: `fail` when the counts exclude the tolerance, `pass` when they exclude everything outside it, else `undecided`.
What could not be measured is undecided, never a pass. The reference group itself decides nothing.
"""

from __future__ import annotations

import bisect
import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from fairaudit.count.counts import Counts
from fairaudit.disparity.comparison import Pair, evidence, ratio_scores
from fairaudit.disparity.dependence import Asked, blocks
from fairaudit.disparity.plans import Plan, plan, planned_from
from fairaudit.disparity.ratios import Compared, Disparity, Family
from fairaudit.disparity.tested import Correction, Test, tests_at_limits
from fairaudit.disparity.verdicts import (
    ALPHA,
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
from fairaudit.errors import clipped
from fairaudit.inference.multiplicity import family_size
from fairaudit.metrics.kinds import Metric
from fairaudit.metrics.table import BY_NAME, PARITY_METRICS
from fairaudit.settings.choices import CONFIDENCE, Decide
from fairaudit.settings.limits import Band, tolerance_band

if TYPE_CHECKING:
    from fairaudit.inference.joint import Block

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
        That which the verdict rests on: the 90% interval of a pass, and of a fail that the 95% one does not show; else the 95% one. ``None``
        where there is none.
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
    answers, families = answer_all(compared, band, decide)
    flips = _flips(compared, answers, families, band, decide)
    single: dict[tuple[str, str], list[Parity]] = {}
    planned = _plans(compared, answers, families, band) if decide is Decide.INTERVAL else {}
    tests = _tests(compared, answers, band) if decide is Decide.INTERVAL else {}
    for at, d in enumerate(compared.disparities):
        parity = _parity(d, answers.get(at), band, decide, flips.get(at), planned.get(at))
        parity = dataclasses.replace(parity, limit_test=tests.get(at))
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """Disparities that are corrected together, by their places, and what is known of their dependence."""

    places: Sequence[int]
    blocks: Sequence[Block]


def answer_all(
    compared: Compared, band: Band, decide: Decide
) -> tuple[dict[int, Answer], tuple[Together, ...]]:
    """Answer for each disparity, by its place, but for those that are not judged; decisive ones are a family of their own."""
    judged = [place for place, d in enumerate(compared.disparities) if d.is_judged]
    questions = _questions(compared, judged, band)
    answers: dict[int, Answer] = {}
    families: list[Together] = []
    for decisive in (True, False):
        places = [place for place in judged if compared.disparities[place].decisive is decisive]
        known = [] if decide is Decide.POINT else _blocks(compared, places, questions)
        family_answers = answer([questions[place] for place in places], decide=decide, blocks=known)
        answers |= dict(zip(places, family_answers, strict=True))
        families.append(Together(places=places, blocks=known))
    return answers, tuple(families)


def _questions(compared: Compared, places: Sequence[int], band: Band) -> dict[int, Question]:
    """Put the question of each disparity, by its place, with what the counts say at both limits."""
    asked = {place: compared.disparities[place].limited() for place in places}
    limits = [limit for limit in (band.low, band.high) if limit is not None]
    scores = iter(evidence([(one, limit) for one in asked.values() for limit in limits]))
    return {
        place: question(one.value, band, next(scores), next(scores), comparisons=one.comparisons)
        for place, one in asked.items()
    }


def _blocks(compared: Compared, family: Sequence[int], questions: Mapping[int, Question]) -> list[Block]:
    """Put the questions of a family together whose dependence the counts give."""
    return blocks(
        [
            Asked(
                place=place,
                attribute=d.attribute,
                group=d.group,
                reference=d.reference_group or "",
                metric=d.metric,
                pair=d.pair,
                question=questions[at],
                clustered=d.estimate.design != 1,
            )
            for place, at in enumerate(family)
            if (d := compared.disparities[at]).pair is not None
        ],
        compared.measured,
    )


def _plans(
    compared: Compared, answers: Mapping[int, Answer], families: Sequence[Together], band: Band
) -> dict[int, Plan | None]:
    """Plan undecided comparisons, by their places; shares of one whole have no plan."""
    asked = {
        place: undecided
        for family in families
        for weight in (_bearing(compared, answers, family),)
        for place in family.places
        for d in (compared.disparities[place],)
        if answers[place].verdict is Verdict.UNDECIDED
        and (undecided := planned_from(d.limited(), people=d.n, band=band, weight=weight)) is not None
    }
    in_all = compared.measured.overall.counts.people
    return dict(zip(asked, plan(tuple(asked.values()), in_all=in_all), strict=True))


def _bearing(compared: Compared, answers: Mapping[int, Answer], family: Together) -> float:
    """Find what the p-value of a comparison is multiplied by that is the next one to fail."""
    family_answers = [answers[place] for place in family.places]
    failed = [one.verdict is Verdict.FAIL for one in family_answers]
    if not family.blocks or not any(one.verdict is Verdict.UNDECIDED for one in family_answers):
        return max((one.weight for one in family_answers), default=1.0)
    from fairaudit.inference import joint

    size = family_size(compared.disparities[place].comparisons for place in family.places)
    return joint.bearing([one.p_raw for one in family_answers], family.blocks, failed, size=size, level=ALPHA)


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
    flips: int | None,
    planned: Plan | None,
) -> Parity:
    interval, confidence = disparity.ratio_ci, CONFIDENCE
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
        interval, confidence = resting(verdict, band, disparity.ratio_ci, disparity.ratio_ci90)
        reason = (
            disparity.ratio_reason or disparity.interval_reason
            if interval is None
            else interval_reason(
                answered, band, interval, confidence=confidence, comparisons=disparity.comparisons
            )
        )
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
        p_fail=answered.p_fail if answered else None,
        p_alone=_alone(answered, disparity.comparisons),
        p_pass=answered.p_pass if answered else None,
        needed=planned.needed if planned else None,
        needed_in_all=planned.needed_in_all if planned else None,
        needed_to=planned.verdict if planned else None,
        flips=flips,
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
    said = f"of {comparisons} of {metrics}, {counted}" if verdicts else "there is nothing to compare"
    alone = [
        attribute
        for attribute in judged.by_attribute
        if not any(p.attribute == attribute and p.decisive and p.verdict for p in judged.parities)
    ]
    if verdicts and alone:
        said += f"; {', '.join(clipped(attribute) for attribute in alone)}: no group to compare"
    return said


_MOVES = (("tp", "fn"), ("fn", "tp"), ("fp", "tn"), ("tn", "fp"))
"""What a changed decision does to a person, whose label stays."""


def _changed(metric: Metric, counts: Counts, design: float) -> Iterator[list[tuple[float, float]]]:
    """Give, for each kind of change, what the rate's successes and trials are worth after one changed decision, after two, and so on."""
    if counts.tp is None:
        selected = counts.selected or 0
        for step in (1, -1):
            after = (selected + step * by for by in range(1, MOST_FLIPS + 1))
            yield [(number / design, counts.n / design) for number in after if 0 <= number <= counts.n]
        return
    for source, target in _MOVES:
        tables = []
        cells = {cell: getattr(counts, cell) or 0 for cell in ("tp", "fp", "fn", "tn")}
        for _ in range(min(MOST_FLIPS, cells[source])):
            cells[source] -= 1
            cells[target] += 1
            cells |= {"selected": cells["tp"] + cells["fp"], "n": counts.n}
            trials = sum(cells[cell] for cell in metric.denominator)
            if trials:
                tables.append((sum(cells[cell] for cell in metric.numerator) / design, trials / design))
        yield tables


@dataclass(slots=True, kw_only=True)
class _Run:
    """A group's tables as more and more of its decisions change, and how many of the first leave the verdict standing."""

    place: int
    tables: Sequence[Pair]
    standing: int = 0


def _flips(
    compared: Compared,
    answers: Mapping[int, Answer],
    families: Sequence[Together],
    band: Band,
    decide: Decide,
) -> dict[int, int]:
    """Count, for narrow verdicts, how many changed decisions of the group would turn them; by the place of the disparity.

    The decisions of one kind change (true positives into false negatives, say); the reference group and the rest of the family stay as
    they are.
    """
    counts = {(g.attribute, g.group): g.counts for g in compared.measured.groups}
    runs: list[_Run] = []
    for place, answered in answers.items():
        d = compared.disparities[place]
        if answered.verdict is Verdict.UNDECIDED or BY_NAME[d.metric].is_of_whole or d.pair is None:
            continue
        runs.extend(
            _Run(place=place, tables=[(x1, n1, *d.pair[2:]) for x1, n1 in changed])
            for changed in _changed(BY_NAME[d.metric], counts[d.attribute, d.group], d.estimate.design)
            if changed and changed[0] != d.pair[:2]
        )
    stands = _standing(compared, answers, families, band, decide)
    _count_standing(runs, stands, band)
    if decide is Decide.INTERVAL:
        _count_standing_exactly(runs, stands, band)
    turned: dict[int, int] = {}
    for run in runs:
        if run.standing < len(run.tables):
            turned[run.place] = min(turned.get(run.place, MOST_FLIPS), run.standing + 1)
    return turned


Standing: TypeAlias = Callable[[int, Pair, Scores, Scores], bool]
"""Whether the verdict on a disparity, by its place, would be the same with another table and its statistics at both limits."""


def _standing(
    compared: Compared,
    answers: Mapping[int, Answer],
    families: Sequence[Together],
    band: Band,
    decide: Decide,
) -> Standing:
    steps: dict[int, Callable[[float], bool]] = {}

    def stands(place: int, table: Pair, low: Scores, high: Scores) -> bool:
        x1, n1, x2, n2 = map(Fraction, table)
        value = x1 * n2 / (n1 * x2) if x2 else None
        passes = answers[place].verdict is Verdict.PASS
        if decide is Decide.POINT:
            return value is not None and band.holds(value) is passes
        asked = question(value, band, low, high, comparisons=compared.disparities[place].comparisons)
        if passes:
            return asked.p_pass is not None and asked.p_pass <= ALPHA
        if place not in steps:
            (family,) = (one for one in families if place in one.places)
            steps[place] = _step(compared, answers, family, place)
        return asked.p_fail is not None and steps[place](asked.p_fail)

    return stands


def _count_standing(runs: Sequence[_Run], stands: Standing, band: Band) -> None:
    """Count by scores alone, which call less a chance than exact tests do."""
    import numpy as np

    from fairaudit.inference import contrast

    tables = [table for run in runs for table in run.tables]
    columns = np.asarray(tables, dtype=np.float64).reshape(-1, 4).T
    lows, highs = (
        contrast.ratio_score(float(limit), *columns).tolist()
        for limit in (band.low, band.high)
        if limit is not None
    )
    both = iter(zip(lows, highs, strict=True))
    for run in runs:
        scores = [next(both) for _ in run.tables]
        for table, (low, high) in zip(run.tables, scores, strict=True):
            if not stands(run.place, table, (low, low), (high, high)):
                break
            run.standing += 1


def _count_standing_exactly(runs: Sequence[_Run], stands: Standing, band: Band) -> None:
    """Look again with exact tests at those that stand by their scores, halving the rest, as a verdict that is gone stays so."""
    limits = [limit for limit in (band.low, band.high) if limit is not None]
    standing = [0] * len(runs)
    middles = {place: run.standing for place, run in enumerate(runs) if run.standing}
    while middles:
        tables = [runs[place].tables[middle - 1] for place, middle in middles.items()]
        lows, highs = (ratio_scores(tables, [limit] * len(tables), are_of_whole=False) for limit in limits)
        for (place, middle), table, low, high in zip(list(middles.items()), tables, lows, highs, strict=True):
            if stands(runs[place].place, table, low, high):
                standing[place] = middle
            else:
                runs[place].standing = middle - 1
            middles[place] = (standing[place] + runs[place].standing + 1) // 2
        middles = {
            place: middle for place, middle in middles.items() if standing[place] < runs[place].standing
        }


def _step(
    compared: Compared, answers: Mapping[int, Answer], family: Together, at: int
) -> Callable[[float], bool]:
    """Return a test of whether one hypothesis would still be rejected with another p-value, the others being as they are."""
    from fairaudit.inference import joint

    p_values = [answers[other].p_raw for other in family.places]
    rank_in_family = family.places.index(at)
    others = sorted(1.0 if p is None else p for place, p in enumerate(p_values) if place != rank_in_family)
    m = family_size(compared.disparities[other].comparisons for other in family.places)
    # How many of the others are rejected one after the other, before one is not.
    reached = next((rank for rank, p in enumerate(others) if (m - rank) * p > ALPHA), len(others))

    def rejects(p: float) -> bool:
        rank = bisect.bisect_left(others, p)
        by_holm = rank <= reached and (m - rank) * p <= ALPHA
        if by_holm or p > ALPHA or not family.blocks:
            return by_holm
        changed = [*p_values[:rank_in_family], p, *p_values[rank_in_family + 1 :]]
        return (joint.step_down(changed, family.blocks, size=m)[rank_in_family] or 0.0) <= ALPHA

    return rejects
