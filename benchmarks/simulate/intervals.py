"""Coverage of the intervals of a ratio, a difference and one rate, beside textbook formulas."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy.stats import binom

from fairaudit.inference import contrast, proportion
from simulate.effort import DESIGNS, FINE_RATES, RATIOS, REACHED, Z95, Counts, Effort, Floats
from simulate.page import Table, percent, span
from simulate.pairs import Misses, Pair, Sides, at_most, by_limits, probability, support


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of the grid: a pair of groups, and how often every method misses the truth there."""

    n: int
    p: float
    pair: Pair
    misses: Mapping[str, Misses]


Method: TypeAlias = Callable[[Pair, Counts, Counts], Sides]


def by_score(score: Floats) -> Sides:
    """Read off a score statistic at the truth where its interval lies."""
    return score < -Z95, score > Z95


def ratio_by_score(*, skewness: bool) -> Method:
    """Invert the score test of a ratio."""

    def method(pair: Pair, x1: Counts, x2: Counts) -> Sides:
        truth = pair.p1 / pair.p2
        return by_score(contrast.ratio_score(truth, x1, pair.n1, x2, pair.n2, skewness=skewness))

    return method


def ratio_by_katz(*, added: float) -> Method:
    """Take the log ratio for normal (Katz et al. 1978), with `added` put to every count; none where a count is 0."""

    def method(pair: Pair, x1: Counts, x2: Counts) -> Sides:
        a, m, b, k = x1 + added, pair.n1 + added, x2 + added, pair.n2 + added
        with np.errstate(divide="ignore", invalid="ignore"):
            centre = np.log(a / m) - np.log(b / k)
            half = Z95 * np.sqrt(1 / a - 1 / m + 1 / b - 1 / k)
            low, high = np.exp(centre - half), np.exp(centre + half)
        defined = (a > 0) & (b > 0)
        return by_limits(np.where(defined, low, np.nan), np.where(defined, high, np.nan), pair.p1 / pair.p2)

    return method


def ratio_by_bootstrap(pair: Pair, x1: Counts, x2: Counts) -> Sides:
    """Take percentiles of the ratio over infinitely many resamples, those without a ratio left out.

    Resampled counts are binomial, so the share of resamples with a ratio below the truth is a sum over the reference's counts.
    """
    truth, share1, share2 = pair.p1 / pair.p2, x1 / pair.n1, x2.T / pair.n2
    per_case = truth * pair.n1 / pair.n2
    first = int(binom.ppf(1e-7, pair.n2, share2.min()))
    last = int(binom.isf(1e-7, pair.n2, share2.max()))
    k = np.arange(max(first, 0), last + 1)[None, :]
    reference = probability(k, pair.n2, share2)
    # A number over zero is infinite; zero over zero is left out.
    up_to = np.where(k == 0, 0.0, at_most(np.floor(per_case * k + 1e-9).astype(int), pair.n1, share1))
    short_of = np.where(k == 0, 0.0, at_most(np.ceil(per_case * k - 1e-9).astype(int) - 1, pair.n1, share1))
    undefined = (1 - share1) ** pair.n1 * (1 - share2.T) ** pair.n2
    with np.errstate(divide="ignore", invalid="ignore"):
        below = (short_of @ reference.T) / (1 - undefined)
        up_to_truth = (up_to @ reference.T) / (1 - undefined)
    known = undefined < 1
    return known & (below >= 0.975), known & (up_to_truth < 0.025)


def difference_by_score(pair: Pair, x1: Counts, x2: Counts) -> Sides:
    """Invert the score test of a difference."""
    return by_score(contrast.difference_score(pair.p1 - pair.p2, x1, pair.n1, x2, pair.n2))


def difference_by_newcombe(pair: Pair, x1: Counts, x2: Counts) -> Sides:
    """Put two Wilson intervals together (Newcombe 1998, method 10)."""
    return by_limits(*contrast.newcombe(x1, pair.n1, x2, pair.n2), pair.p1 - pair.p2)


def difference_by_wald(pair: Pair, x1: Counts, x2: Counts) -> Sides:
    """Take the textbook's standard error."""
    share1, share2 = x1 / pair.n1, x2 / pair.n2
    half = Z95 * np.sqrt(share1 * (1 - share1) / pair.n1 + share2 * (1 - share2) / pair.n2)
    return by_limits(share1 - share2 - half, share1 - share2 + half, pair.p1 - pair.p2)


OF_RATIO: Mapping[str, Method] = {
    "fairaudit": ratio_by_score(skewness=True),
    "Miettinen-Nurminen": ratio_by_score(skewness=False),
    "Katz log": ratio_by_katz(added=0),
    "Katz log + 0.5": ratio_by_katz(added=0.5),
    "percentile bootstrap": ratio_by_bootstrap,
}
OF_DIFFERENCE: Mapping[str, Method] = {
    "fairaudit": difference_by_score,
    "Newcombe": difference_by_newcombe,
    "Wald": difference_by_wald,
}


def misses(method: Method, pair: Pair) -> Misses:
    """Sum the probabilities of all outcomes in which a method misses the truth."""
    x1, x2, weight = pair.outcomes()
    below, above = method(pair, x1, x2)
    return Misses(below=float(weight[below].sum()), above=float(weight[above].sum()))


def grid(effort: Effort) -> Iterator[tuple[int, float, Pair]]:
    """List the pairs of groups that are gone through."""
    for n, p, (times1, times2), ratio in itertools.product(
        effort.sizes, effort.rates, DESIGNS.values(), RATIOS
    ):
        yield n, p, Pair(n1=n * times1, p1=p * ratio, n2=n * times2, p2=p)


def cells(effort: Effort, methods: Mapping[str, Method]) -> list[Cell]:
    """Go through the grid with every method."""
    return [
        Cell(n=n, p=p, pair=pair, misses={name: misses(method, pair) for name, method in methods.items()})
        for n, p, pair in grid(effort)
    ]


def rate_by_wald(x: Counts, n: int) -> tuple[Floats, Floats]:
    """Take the textbook's standard error."""
    half = Z95 * np.sqrt(x / n * (1 - x / n) / n)
    return x / n - half, x / n + half


def rate_by_bootstrap(x: Counts, n: int) -> tuple[Floats, Floats]:
    """Take percentiles over infinitely many resamples."""
    low, high = (np.asarray(binom.ppf(tail, n, x / n), dtype=np.float64) for tail in (0.025, 0.975))
    return low / n, high / n


RATE_INTERVALS: Mapping[str, Callable[[Counts, int], tuple[Floats, Floats]]] = {
    "Wilson (fairaudit)": proportion.wilson,
    "Clopper-Pearson (fairaudit, by option)": proportion.clopper_pearson,
    "Wald": rate_by_wald,
    "percentile bootstrap": rate_by_bootstrap,
}


def rate_misses(interval: Callable[[Counts, int], tuple[Floats, Floats]], n: int, p: float) -> Misses:
    """Sum the probabilities of all counts of one group whose interval misses the rate."""
    x, weight = support(n, p)
    below, above = by_limits(*interval(x, n), p)
    return Misses(below=float(weight[below].sum()), above=float(weight[above].sum()))


def coverage_tables(effort: Effort, methods: Mapping[str, Method], what: str) -> Iterator[Table]:
    """Show coverage of the 95% intervals of a ratio or difference."""
    found = cells(effort, methods)
    reached = [cell for cell in found if cell.pair.reached]
    designs = "; ".join(DESIGNS)
    yield Table(
        title=f"Coverage of a 95% interval of a {what}, %",
        note=f"Lowest to highest over n {', '.join(f'{n:,}' for n in effort.sizes)}, rates of the reference {', '.join(map(str, effort.rates))}, "
        f"true ratios 1, 0.8 and 0.6, and three designs ({designs}): {len(found)} cells, of which {len(reached)} expect at "
        "least five people in all four counts. A tail is the chance that the interval lies wholly on one side of the truth; 2.5 is right. "
        "An outcome without an interval counts as covered. Exact.",
        header=("", "expected ≥ 5", "worst tail", "all cells", "worst tail"),
        rows=tuple(
            (
                name,
                span([cell.misses[name].coverage for cell in reached]),
                percent(max(cell.misses[name].worse for cell in reached)),
                span([cell.misses[name].coverage for cell in found]),
                percent(max(cell.misses[name].worse for cell in found)),
            )
            for name in methods
        ),
    )
    yield Table(
        title=f"Coverage of a 95% interval of a {what}, %, cell by cell",
        note="Lowest to highest over the three true ratios and the three designs; n people in the smaller group, rate p in the reference.",
        header=("n", "p", *methods),
        rows=tuple(
            (
                f"{n:,}",
                str(p),
                *(
                    span([cell.misses[name].coverage for cell in found if (cell.n, cell.p) == (n, p)])
                    for name in methods
                ),
            )
            for n, p in itertools.product(effort.sizes, effort.rates)
        ),
    )


def rate_table(effort: Effort) -> Table:
    """Show coverage of the 95% intervals of one rate."""
    places = list(itertools.product(effort.sizes, FINE_RATES))
    reached = [(n, p) for n, p in places if n * min(p, 1 - p) >= REACHED - 1e-9]
    found = {
        (name, n, p): rate_misses(interval, n, p)
        for name, interval in RATE_INTERVALS.items()
        for n, p in places
    }
    return Table(
        title="Coverage of a 95% interval of one rate, %",
        note=f"Lowest to highest over the same n, and rates from {FINE_RATES[0]} to {FINE_RATES[-1]} in steps of {FINE_RATES[1] - FINE_RATES[0]:.3f}. "
        "Counts come in steps, so coverage jumps from rate to rate. Exact.",
        header=("", "expected ≥ 5", "worst tail", "all cells", "worst tail"),
        rows=tuple(
            (
                name,
                *(
                    text
                    for some in (reached, places)
                    for text in (
                        span([found[name, n, p].coverage for n, p in some]),
                        percent(max(found[name, n, p].worse for n, p in some)),
                    )
                ),
            )
            for name in RATE_INTERVALS
        ),
    )
