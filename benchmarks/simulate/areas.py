"""Coverage of the intervals of the area under the ROC curve, of few people, of few levels of scores, and near its ends."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from fairaudit.inference import proportion
from simulate.effort import Z95, Effort, Floats
from simulate.figures import Tally, show_tally, tally
from simulate.page import Table, percent, say

AT_ONCE = 2_000_000
"""Pairs of people that are compared at once, to spare memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """How the scores of the labels 1 and 0 are distributed.

    Attributes
    ----------
    spread
        Of the labels 1, where the labels 0 have 1; both are normal.
    rates
        Of two levels, the shares of the labels 1 at the higher one, and of the labels 0 at the lower one.
    """

    spread: float = 1.0
    rates: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Areas:
    """Drawn areas, with both parts of DeLong's variance, shape (runs,), and how many people have each label."""

    area: Floats
    of_ones: Floats
    of_zeros: Floats
    ones: int
    zeros: int


def draw_scores(
    scores: Scores, area: float, ones: int, zeros: int, runs: int, random: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draw scores of the labels 1 and 0, shapes (runs, ones) and (runs, zeros), whose true area is given."""
    if scores.rates is not None:
        high, low = scores.rates
        return (random.random((runs, ones)) < high).astype(float), (
            random.random((runs, zeros)) >= low
        ).astype(float)
    apart = float(ndtri(area)) * np.sqrt(1 + scores.spread**2)
    return (
        scores.spread * random.standard_normal((runs, ones)) + apart,
        random.standard_normal((runs, zeros)),
    )


def delong(high: Floats, low: Floats) -> Areas:
    """Compute areas and DeLong's variances from scores of the labels 1 and 0; ties count half."""
    runs, ones, zeros = len(high), high.shape[1], low.shape[1]
    beats, beaten = np.empty((runs, ones)), np.empty((runs, zeros))
    for part in np.array_split(np.arange(runs), max(1, runs * ones * zeros // AT_ONCE)):
        pairs = (np.sign(high[part, :, None] - low[part, None, :]) + 1) / 2
        beats[part], beaten[part] = pairs.mean(axis=2), pairs.mean(axis=1)
    return Areas(
        area=beats.mean(axis=1),
        of_ones=beats.var(axis=1, ddof=1) / ones,
        of_zeros=beaten.var(axis=1, ddof=1) / zeros,
        ones=ones,
        zeros=zeros,
    )


def intervals(found: Areas, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Compute the intervals that measuring gives."""
    return proportion.auc_interval(
        found.area,
        found.of_ones + found.of_zeros,
        confidence,
        people=min(found.ones, found.zeros),
        freedom=proportion.welch(found.of_ones, found.ones, found.of_zeros, found.zeros),
    )


def of_areas(scores: Scores, area: float, ones: int, zeros: int, runs: int, seed: int) -> dict[str, Tally]:
    """Draw groups, and count the misses of three intervals."""
    random = np.random.default_rng([seed, ones, zeros, round(1000 * area)])
    found = delong(*draw_scores(scores, area, ones, zeros, runs, random))
    variance = found.of_ones + found.of_zeros
    half = Z95 * np.sqrt(variance)
    return {
        "fairaudit": tally(*intervals(found), area),
        "logit scale": tally(*proportion.auc_interval(found.area, variance), area),
        "plain": tally(found.area - half, found.area + half, area),
    }


def two_levels(area: float) -> Iterator[Scores]:
    """Return scores of two levels: errors of both kinds alike, and nearly all of one kind."""
    yield Scores(rates=(area, area))
    most = min(2 * area - 0.5, 0.999)
    yield Scores(rates=(2 * area - most, most))
    yield Scores(rates=(most, 2 * area - most))


def _spread(found: Sequence[Tally]) -> tuple[str, ...]:
    known = [one for one in found if one.without < 1]
    return (
        percent(min(one.misses.coverage for one in known)),
        percent(max(one.misses.worse for one in known)),
        percent(max(one.without for one in found)),
    )


def area_tables(effort: Effort, seed: int) -> Iterator[Table]:
    """Show coverage where people are many, and the worst where they are few or the scores have two levels."""
    say("Areas under the curve")
    yield Table(
        title="Coverage of 95% intervals of an area under the ROC curve, %",
        note=f"Normal scores, {effort.figures:,} groups in each row. In brackets the chances that it lies below and above the truth; 'none' is how often there is no interval. "
        "All three rest on DeLong's variance.",
        header=("true area", "labels 1 and 0", "fairaudit", "logit scale alone", "plain"),
        rows=tuple(
            (str(area), f"{ones} and {zeros}", *map(show_tally, found.values()))
            for area, (ones, zeros) in itertools.product(
                (0.75, 0.95), ((10, 40), (25, 25), (50, 150), (300, 700))
            )
            for found in [of_areas(Scores(), area, ones, zeros, effort.figures, seed)]
        ),
    )
    rows = []
    sizes = ((2, 50), (5, 5), (5, 100), (10, 10), (10, 200), (12, 12), (20, 20), (20, 100), (50, 50))
    for name, kinds in (
        ("normal scores", lambda _: [Scores()]),
        ("labels 1 spread three times as wide", lambda _: [Scores(spread=3)]),
        ("two levels", lambda area: list(two_levels(area))),
    ):
        for few, chosen in (
            ("2 to 10", [s for s in sizes if min(s) <= 10]),
            ("12 to 50", [s for s in sizes if min(s) > 10]),
        ):
            found = [
                of_areas(kind, area, ones, zeros, effort.figures, seed)
                for (ones, zeros), area in itertools.product(chosen, (0.6, 0.75, 0.9, 0.98, 0.995))
                for kind in kinds(area)
            ]
            ours, theirs = ([one[key] for one in found] for key in ("fairaudit", "logit scale"))
            rows.append((name, few, *_spread(ours), *_spread(theirs)))
    yield Table(
        title="The same, the worst of many places, %",
        note="True areas 0.6, 0.75, 0.9, 0.98 and 0.995; 2 to 50 people have the rarer label, and up to 100 the other. Of two levels the errors are of both kinds alike, or "
        "nearly all of one kind. 'Worst tail' is the highest chance that the interval lies wholly on one side of the truth; 2.5 is right. "
        "'None' is how often there is no interval at most; coverage is of the others.",
        header=(
            "scores",
            "people with the rarer label",
            "fairaudit: lowest coverage",
            "worst tail",
            "none",
            "logit scale alone: lowest coverage",
            "worst tail",
            "none",
        ),
        rows=tuple(rows),
    )
