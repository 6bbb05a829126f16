"""Differences of figures of two groups that are no rates: how often their intervals cover; and levels: how often a gate is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from scipy.special import ndtri
from scipy.stats import binom

from fairaudit.inference import contrast, mover, proportion, resample
from fairaudit.settings.choices import BOOTSTRAP_REPLICATES, BOOTSTRAP_SEED
from simulate.areas import Scores, delong, draw_scores, intervals
from simulate.effort import LEVEL, Counts, Effort, Floats
from simulate.figures import Tally, balanced_accuracy, f1, matthews, show_tally, tally
from simulate.page import Table, percent, say
from simulate.population import FAIR, Truth, draw

Limits = Callable[[Counts], tuple[Floats, Floats]]

BETTER = Truth(prevalence=0.3, fpr=0.1, fnr=0.2)
PAIRS = ((50, 50), (50, 500), (200, 200), (30, 3000))
FEWEST, MOST = 2, 1000
LEVELS = (0.01, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99)


def _f1(drawn: Counts) -> tuple[Floats, Floats]:
    tp, fp, fn, _ = np.moveaxis(drawn, -1, 0)
    return proportion.f1_interval(tp, fp + fn)


def _balanced_accuracy(drawn: Counts) -> tuple[Floats, Floats]:
    tp, fp, fn, tn = np.moveaxis(drawn, -1, 0)
    return proportion.mean_interval(tp, tp + fn, tn, tn + fp)


def _matthews(drawn: Counts) -> tuple[Floats, Floats]:
    parts = [
        resample.bias_corrected(
            matthews(resample.resample(part, replicates=BOOTSTRAP_REPLICATES, seed=BOOTSTRAP_SEED)),
            matthews(part.astype(float)),
        )
        for part in np.array_split(drawn, max(1, len(drawn) // 500))
    ]
    return np.concatenate([low for low, _ in parts]), np.concatenate([high for _, high in parts])


FIGURES: Mapping[str, tuple[Callable[[Floats], Floats], Limits]] = {
    "F1": (f1, _f1),
    "balanced accuracy": (balanced_accuracy, _balanced_accuracy),
    "Matthews": (matthews, _matthews),
}


def of_tables(name: str, truths: tuple[Truth, Truth], sizes: tuple[int, int], runs: int, seed: int) -> Tally:
    """Draw two groups' tables, and count the misses of the interval of the difference of a figure."""
    figure, limits = FIGURES[name]
    random = np.random.default_rng([seed, *sizes])
    one, other = np.moveaxis(draw(truths, sizes, runs, random), 1, 0)
    true = float(figure(np.array(truths[0].cells)) - figure(np.array(truths[1].cells)))
    low, high = mover.difference_interval(
        figure(one.astype(float)), limits(one), figure(other.astype(float)), limits(other)
    )
    return tally(low, high, true)


def of_two_areas(
    areas: tuple[float, float], sizes: tuple[tuple[int, int], tuple[int, int]], runs: int, seed: int
) -> Tally:
    """Draw two groups' scores, and count the misses of the interval of the difference of their areas."""
    random = np.random.default_rng([seed, *sizes[0], *sizes[1]])
    one, other = (
        delong(*draw_scores(Scores(), area, *people, runs, random))
        for area, people in zip(areas, sizes, strict=True)
    )
    low, high = mover.difference_interval(one.area, intervals(one), other.area, intervals(other))
    return tally(low, high, areas[0] - areas[1])


def contrast_table(effort: Effort, seed: int) -> Table:
    """Show coverage of the differences of figures that are no rates."""
    say("Differences of figures")
    rows = []
    for name, truths in (("equal", (FAIR, FAIR)), ("different", (BETTER, FAIR))):
        for one, other in PAIRS:
            areas = (0.8, 0.8) if name == "equal" else (0.9, 0.75)
            # Four of ten people have label 1.
            labels = (one * 4 // 10, one * 6 // 10), (min(other, 300) * 4 // 10, min(other, 300) * 6 // 10)
            found = [of_tables(f, truths, (one, other), effort.figures, seed) for f in FIGURES]
            area = of_two_areas(areas, labels, effort.figures // 2, seed)
            rows.append((name, f"{one:,} and {other:,}", *map(show_tally, (*found, area))))
    return Table(
        title="Coverage of 95% intervals of differences of two groups' figures, %",
        note=f"Both groups' intervals put together (MOVER). In brackets the chances that it lies below and above the truth; 'none' is how often there is none. {effort.figures:,} pairs of groups in "
        "each row, half as many for areas, for which the larger group has at most 300 people.",
        header=("truth", "people", *FIGURES, "area under the curve"),
        rows=tuple(rows),
    )


def level_errors(level: float, n: int, alpha: float) -> tuple[float, float]:
    """Add up the chances that a group whose rate is exactly at the limit is said to be below it, and above it."""
    x = np.arange(n + 1)
    below, above = contrast.exact_rate_scores(level, x, np.full(n + 1, n))
    weights, critical = binom.pmf(x, n, level), float(ndtri(1 - alpha))
    return float(weights[below <= -critical].sum()), float(weights[above >= critical].sum())


def level_table(effort: Effort) -> Table:
    """Show how often a level gate is wrong at its very limit."""
    say("Levels")
    rows = []
    steps = (1, 7) if len(effort.sizes) > 3 else (7, 49)
    for level in LEVELS:
        cells = []
        for least, most, step in ((FEWEST, 50, steps[0]), (51, MOST, steps[1])):
            sizes = range(least, most + 1, step)
            worst = max((max(level_errors(level, n, LEVEL)), n) for n in sizes)
            mean = float(np.mean([max(level_errors(level, n, LEVEL)) for n in sizes]))
            cells += [percent(mean), f"{percent(worst[0])} ({worst[1]:,})"]
        rows.append((str(level), *cells))
    return Table(
        title="A gate on a group's own rate: one-sided errors at the limit itself, %",
        note="The group's true rate is the limit; the chance that a test at 5% says that it is below, or that it is above, whichever is larger. The mean over sizes, and the worst with its size. Exact.",
        header=("limit", "2 to 50 people: mean", "worst", "51 to 1,000 people: mean", "worst"),
        rows=tuple(rows),
    )
