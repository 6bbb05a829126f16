"""Figures that are no share of people, such as F1 and the area under the ROC curve, in base and in new."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fairaudit.change.counted import Group, GroupPair
from fairaudit.change.rates import TwoRates, rate_of
from fairaudit.change.resampled import ScoredSets, Spread, spreads
from fairaudit.count.counts import Counted
from fairaudit.disparity import comparison
from fairaudit.disparity.comparison import Comparison, plain_value
from fairaudit.inference import mover, paired
from fairaudit.inference.special import ndtri
from fairaudit.metrics.kinds import Estimate, Evidence, Metric
from fairaudit.metrics.measure import estimates, lacking
from fairaudit.metrics.table import BY_NAME, METRICS
from fairaudit.settings.choices import CONFIDENCE
from fairaudit.settings.limits import Limit

FIGURES = tuple(metric.name for metric in METRICS if not metric.is_rate)
"""The metrics that are no share of people, and in which sets of predictions are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoFigures:
    """A figure of a group in base and in new.

    Attributes
    ----------
    spread
        How it varies where people are drawn again; ``None`` where nothing tells.
    can_differ
        Whether it could be another figure: not where the same people are there both times, with the same decisions or scores.
    """

    metric: str
    pair: GroupPair
    base: Estimate | None
    new: Estimate | None
    spread: Spread | None
    can_differ: bool
    pairs: None = None

    @property
    def values(self) -> tuple[float | None, float | None]:
        """Both values; ``None`` where one is undefined."""
        return (self.base.value if self.base else None), (self.new.value if self.new else None)

    @property
    def is_paired(self) -> bool:
        """Whether people stand in both."""
        return self.pair.together is not None and bool(self.pair.together.cells.any())

    @property
    def is_by_draws(self) -> bool:
        """Whether people who are drawn again say all that is known of its uncertainty, or more than its interval can tell."""
        kind = BY_NAME[self.metric].kind
        return kind.evidence is Evidence.NONE or kind.farthest() < mover.MOST

    @property
    def known(self) -> bool:
        """Whether there is a value both times, and something that tells how sure it is."""
        has_spread = self.spread is not None or not (self.is_paired or self.is_by_draws)
        return has_spread and None not in self.values and not self.never_varies

    @property
    def never_varies(self) -> bool:
        """Whether it has one value whoever is drawn, which tells nothing of its uncertainty."""
        return self.is_by_draws and self.spread is not None and not any(self.spread.variances)

    @property
    def small(self) -> bool:
        """Whether one of them is of few people."""
        return any(one is not None and one.small for one in (self.base, self.new))

    @property
    def reason(self) -> str:
        """Why nothing can be told; empty where it can."""
        for side, one in (("base", self.base), ("new", self.new)):
            if one is None or one.value is None:
                return f"in {side}: {one.reason if one else 'nobody is in the group'}"
        if self.never_varies:
            return "it has the same value whoever is drawn again"
        if not self.known:
            return "it has no value for many of those who are drawn again"
        without = [
            (side, one) for side, one in (("base", self.base), ("new", self.new)) if one and not one.ci
        ]
        return f"in {without[0][0]}: {without[0][1].ci_reason}" if without else ""

    @property
    def comparison(self) -> Comparison:
        """New beside base, as gates on change compare them."""
        row = BY_NAME[self.metric]
        assert self.base is not None  # noqa: S101  # asked for what is known only
        assert self.new is not None  # noqa: S101
        own, other = plain_value(self.new), plain_value(self.base)
        return Comparison(
            limit=Limit.DIFFERENCE,
            metric=row,
            estimate=self.new,
            reference=self.base,
            counts=self.pair.new,
            reference_counts=self.pair.base,
            correlation=self.spread.correlation if self.is_paired and self.spread else None,
            value=None if own is None or other is None else own - other,
        )


def figures_of(
    pairs: Mapping[Group, GroupPair],
    metrics: Sequence[str],
    scored: ScoredSets | None,
    *,
    min_group_size: int,
) -> list[TwoFigures]:
    """Measure figures of every group that is in both, and draw its people again."""
    rows = [BY_NAME[name] for name in metrics]
    asked = [
        pair for pair in pairs.values() if pair.base is not None and pair.new is not None and not pair.unknown
    ]
    # Of a mean of what scores cost, only its people tell how sure it is.
    rows = [row for row in rows if scored is not None or row.kind.evidence is not Evidence.NONE]
    measured = {row.name: _estimates(row, asked, min_group_size) for row in rows}
    figures = []
    for place, pair in enumerate(asked):
        of_scores = scored.of(pair.group) if scored else None
        varying = spreads(rows, pair, of_scores)
        for row in rows:
            base, new = measured[row.name][place]
            of_cells = row.kind.figures(*np.ones((4, 1))) is not None
            same = _same_cells(pair) if of_cells else of_scores is not None and of_scores.same
            figures.append(
                TwoFigures(
                    metric=row.name,
                    pair=pair,
                    base=base,
                    new=new,
                    spread=varying.get(row.name),
                    can_differ=not same,
                )
            )
    return figures


def figures_in(counted: Sequence[Counted]) -> tuple[str, ...]:
    """Name the figures that all of these counts give."""
    return tuple(
        name
        for name in FIGURES
        if not any(lacking(BY_NAME[name], one.overall, one.scores) for one in counted)
    )


def _estimates(
    row: Metric, pairs: Sequence[GroupPair], min_group_size: int
) -> list[tuple[Estimate, Estimate]]:
    counts = [side for pair in pairs for side in (pair.base, pair.new) if side is not None]
    known = iter(estimates(row, counts, all_selected=None, min_group_size=min_group_size))
    return list(zip(known, known, strict=True))


def _same_cells(pair: GroupPair) -> bool:
    """Tell whether the same people are there both times, each decided alike."""
    if pair.together is None or pair.base is None or pair.new is None:
        return False
    alike = int(np.trace(pair.together.cells))
    return alike == pair.base.n == pair.new.n


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The interval of a difference, and the quantile of the standard normal at which it stands from 0."""

    low: float
    high: float
    z: float


def prove(figures: Sequence[TwoFigures]) -> list[Proof | None]:
    """Compute the interval of each difference, and how far it is from none; ``None`` where that cannot be said."""
    by_intervals = iter(_by_intervals([figure for figure in figures if not figure.is_by_draws]))
    return [_by_draws(figure) if figure.is_by_draws else next(by_intervals) for figure in figures]


def score_beyond(figure: TwoFigures, limit: Fraction) -> float | None:
    """Compute by how many standard errors a difference that is told by draws lies above a limit."""
    value, spread = figure.comparison.value, figure.spread
    if value is None or spread is None:
        return None
    error = math.sqrt(spread.of_difference)
    distance = float(value - limit) if isinstance(value, Fraction) else value - float(limit)
    return distance / error if error > 0 else math.copysign(mover.MOST, distance) if distance else 0.0


def _by_draws(figure: TwoFigures) -> Proof | None:
    z = score_beyond(figure, Fraction(0))
    value, spread = figure.comparison.value, figure.spread
    if z is None or value is None or spread is None:
        return None
    reach = float(ndtri((1 + CONFIDENCE) / 2)) * math.sqrt(spread.of_difference)
    return Proof(low=float(value) - reach, high=float(value) + reach, z=z)


def _by_intervals(figures: Sequence[TwoFigures]) -> list[Proof | None]:
    compared = [figure.comparison for figure in figures]
    limits = comparison.intervals([(one, CONFIDENCE) for one in compared])
    scores = comparison.evidence([(one, Fraction(0)) for one in compared])
    return [
        None
        if interval is None or interval[1] is None or score is None or score[0] is None
        else Proof(low=interval[0], high=interval[1], z=score[0])
        for interval, score in zip(limits, scores, strict=True)
    ]


def correlations(
    pairs: Mapping[Group, GroupPair], asked: Iterable[tuple[str, str]], scored: ScoredSets | None
) -> dict[tuple[str, str, str], float]:
    """Compute the correlation of a metric in base and in new, for each group of an attribute in both.

    Parameters
    ----------
    asked
        Attributes with metrics.

    Returns
    -------
    dict
        By attribute, group and metric; without those groups that nobody is in both times, or whose figures have no value.
    """
    wanted = list(asked)
    known: dict[tuple[str, str, str], float] = {}
    for group, pair in pairs.items():
        metrics = [metric for attribute, metric in wanted if attribute == group[0]]
        if pair.base is None or pair.new is None or pair.together is None or not pair.together.cells.any():
            continue
        for metric in metrics:
            if BY_NAME[metric].is_rate and (value := rate_correlation(rate_of(metric, pair))) is not None:
                known[(*group, metric)] = value
        others = [BY_NAME[metric] for metric in metrics if not BY_NAME[metric].is_rate]
        drawn = spreads(others, pair, scored.of(group) if scored else None) if others else {}
        known |= {(*group, name): spread.correlation for name, spread in drawn.items()}
    return known


def rate_correlation(rates: TwoRates) -> float | None:
    """Compute the correlation of a rate in base and in new; ``None`` where nobody is in both denominators."""
    own = rates.pairs
    if not rates.known or own is None or not own.people:
        return None
    cells = (own.both, own.base_only, own.new_only, own.neither)
    return paired.correlation_of(rates.base, rates.new, cells)
