"""Coverage of the interval of a balanced accuracy next to 1, and elsewhere: every outcome is gone through with its probability."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from functools import cache

import numpy as np
from scipy.stats import binom

from fairaudit.inference import contrast, proportion
from simulate.effort import Effort, Floats
from simulate.page import Table, percent, say
from simulate.pairs import Misses, by_limits

Method = Callable[[Floats, int, Floats, int], tuple[Floats, Floats]]
RATES = (0.5, 0.7, 0.9, 0.95, 0.98, 0.99, 0.995)
RAREST = 3e-5
"""Outcomes that are rarer at all of these rates are left out; an interval covers them."""


def ours(x1: Floats, n1: int, x2: Floats, n2: int) -> tuple[Floats, Floats]:
    """Compute the interval that measuring gives."""
    return proportion.mean_interval(x1, n1, x2, n2)


def by_wilson(x1: Floats, n1: int, x2: Floats, n2: int) -> tuple[Floats, Floats]:
    """Put both Wilson intervals together, whatever the counts: the mean is that of a rate and what another lacks of 1."""
    low, high = contrast.newcombe(x1, n1, n2 - x2, n2)
    return (1 + low) / 2, (1 + high) / 2


METHODS: dict[str, Method] = {"fairaudit": ours, "both Wilson intervals": by_wilson}


@cache
def outcomes(n: int) -> Floats:
    """Return the counts that are not too rare at all of the rates."""
    x = np.arange(n + 1)
    likely = np.max([binom.pmf(x, n, rate) for rate in RATES], axis=0) > RAREST
    return x[likely].astype(float)


@cache
def limits(method: str, n1: int, n2: int) -> tuple[Floats, Floats]:
    """Compute the intervals of all outcomes."""
    x1, x2 = (grid.ravel() for grid in np.meshgrid(outcomes(n1), outcomes(n2), indexing="ij"))
    return METHODS[method](x1, n1, x2, n2)


def misses(method: str, n1: int, p1: float, n2: int, p2: float) -> Misses:
    """Add up the chances of the outcomes whose interval lies below the truth, and above it."""
    weights = np.outer(binom.pmf(outcomes(n1), n1, p1), binom.pmf(outcomes(n2), n2, p2)).ravel()
    below, above = by_limits(*limits(method, n1, n2), (p1 + p2) / 2)
    return Misses(below=float(weights[below].sum()), above=float(weights[above].sum()))


def places(sizes: Sequence[int]) -> Iterator[tuple[int, float, int, float]]:
    """Go through pairs of sizes and rates."""
    for n1, n2 in itertools.combinations_with_replacement(sizes, 2):
        for p1, p2 in itertools.product(RATES, repeat=2):
            yield n1, p1, n2, p2


def mean_table(effort: Effort) -> Table:
    """Show the worst coverage and tails of a balanced accuracy."""
    say("Balanced accuracy")
    few, many = (2, 5, 10, 20), (50, 100, 300)
    rows = []
    for name, chosen in (("2 to 20", few), ("50 to 300", many if len(effort.sizes) > 3 else many[:2])):
        cells: list[str] = []
        for method in METHODS:
            found = [misses(method, *place) for place in places(chosen)]
            cells += [percent(min(one.coverage for one in found)), percent(max(one.worse for one in found))]
        rows.append((name, *cells))
    return Table(
        title="Coverage of a 95% interval of a balanced accuracy, the worst of many places, %",
        note=f"Both rates at {', '.join(map(str, RATES))}. A tail is the chance that the interval lies wholly on one side of the truth; 2.5 is right. Exact.",
        header=(
            "people with either label",
            "fairaudit: lowest coverage",
            "worst tail",
            "both Wilson intervals: lowest coverage",
            "worst tail",
        ),
        rows=tuple(rows),
    )
