"""How many changed decisions would turn a narrow verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from fairaudit.count.counts import Counts
from fairaudit.disparity.comparison import Pair, ratio_scores
from fairaudit.disparity.families import Together
from fairaudit.disparity.ratios import Compared
from fairaudit.disparity.verdicts import (
    ALPHA,
    Answer,
    Scores,
    Verdict,
    question,
)
from fairaudit.inference.multiplicity import family_size
from fairaudit.metrics.kinds import Metric
from fairaudit.metrics.table import BY_NAME
from fairaudit.settings.choices import Decide
from fairaudit.settings.limits import Band

if TYPE_CHECKING:
    from fairaudit.inference.changed import Family

MOST_FLIPS = 10
"""A verdict that more changed decisions than this would turn is not called narrow."""


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


def count_flips(
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
        pair = d.pair
        if answered.verdict is Verdict.UNDECIDED or BY_NAME[d.metric].is_of_whole or pair is None:
            continue
        runs.extend(
            _Run(place=place, tables=[(x1, n1, *pair[2:]) for x1, n1 in changed])
            for changed in _changed(BY_NAME[d.metric], counts[d.attribute, d.group], d.estimate.design)
            if changed and changed[0] != pair[:2]
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
    places = _places_in_families(compared, answers, families)

    def stands(place: int, table: Pair, low: Scores, high: Scores) -> bool:
        passes = answers[place].verdict is Verdict.PASS
        if decide is Decide.POINT:
            x1, n1, x2, n2 = map(Fraction, table)
            value = x1 * n2 / (n1 * x2) if x2 else None
            return value is not None and band.holds(value) is passes
        # What is measured then is not asked for: the counts alone give evidence.
        asked = question(None, band, low, high, comparisons=compared.disparities[place].comparisons)
        if passes:
            return asked.p_pass is not None and asked.p_pass <= ALPHA
        family, place_in_family = places[place]
        return asked.p_fail is not None and family.rejects(place_in_family, asked.p_fail)

    return stands


def _places_in_families(
    compared: Compared, answers: Mapping[int, Answer], families: Sequence[Together]
) -> dict[int, tuple[Family, int]]:
    """Find the family of each disparity, by its place, and its place there."""
    from fairaudit.inference.changed import Family

    places: dict[int, tuple[Family, int]] = {}
    for together in families:
        family = Family(
            p_values=[answers[place].p_raw for place in together.places],
            blocks=together.blocks,
            size=family_size(compared.disparities[place].comparisons for place in together.places),
            level=ALPHA,
        )
        places |= {place: (family, number) for number, place in enumerate(together.places)}
    return places


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
