"""One side of a limit: how often a ratio or difference that lies exactly at a limit is called sure to be beyond it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from functools import cache
from typing import TypeAlias

import numpy as np
from scipy.special import ndtr

from fairaudit.inference import contrast, exact
from simulate.effort import LEVEL, Bools, Counts, Effort, Floats
from simulate.page import Table, percent
from simulate.pairs import at_most, support

Test: TypeAlias = Callable[[Counts, int, Counts, int], Floats]
"""Tables into one-sided p-values of the truth not being above a limit."""

SMALL = (*range(2, 13), 15, 20, 30, 50, 80, 130, 200, 500, 1000, 2000, 5000)
QUICK_SMALL = (2, 7, 9, 20, 50, 200)
TIMES = (1, 9, 50)
RATES = tuple(
    np.round(
        np.concatenate([np.arange(0.01, 0.1, 0.01), np.arange(0.1, 0.9, 0.02), np.arange(0.9, 0.995, 0.01)]),
        2,
    ).tolist()
)
LIMITS = (("ratio", 0.8), ("ratio", 1.25), ("difference", -0.1), ("difference", 0.1))


def tests(kind: str, limit: float) -> dict[str, Test]:
    """Return the test of the product, and the score alone as it was before."""
    both = {
        "ratio": (exact.ratio_scores, contrast.ratio_score),
        "difference": (exact.difference_scores, contrast.difference_score),
    }
    scores, plain = both[kind]
    return {
        "fairaudit": lambda x1, n1, x2, n2: ndtr(-scores(limit, x1, n1, x2, n2)[1]),
        "score alone": lambda x1, n1, x2, n2: ndtr(-plain(limit, x1, n1, x2, n2)),
    }


def beyond(
    kind: str, limit: float, name: str, n1: int, n2: int, *, level: float = LEVEL
) -> tuple[Counts, bool]:
    """Find, for every count of the smaller sample, where the other's counts begin to be evidence for more than a limit.

    The score alone is never weaker evidence, so the search for a test with exact tails begins where the score's ends.

    Returns
    -------
    counts, group
        Of the smaller sample, which is the group or not: the most successes of the reference, or the fewest of the group.
    """
    group = n1 <= n2
    mine, theirs = (n1, n2) if group else (n2, n1)
    counts = np.arange(mine + 1)

    def evidence(test: Test, at: Counts, others: Counts) -> Bools:
        inside = np.clip(others, 0, theirs)
        p_values = test(at, n1, inside, n2) if group else test(inside, n1, at, n2)
        found: Bools = p_values <= level
        return found

    every = tests(kind, limit)
    low, high = np.full(mine + 1, -1), np.full(mine + 1, theirs + 1)
    while (high - low > 1).any():
        middle = (low + high) // 2
        rises = evidence(every["score alone"], counts, middle) == group
        open_ = high - low > 1
        low, high = np.where(open_ & rises, middle, low), np.where(open_ & ~rises, middle, high)
    bounds = low if group else high
    if name == "score alone":
        return bounds, group
    # Away from the bound in growing steps until there is evidence, then back by halving.
    away = -1 if group else 1
    end = -1 if group else theirs + 1
    yes, no, step = bounds.copy(), bounds - away, np.ones_like(bounds)
    asked = np.flatnonzero(bounds != end)
    while asked.size:
        failing = asked[~evidence(every[name], counts[asked], yes[asked])]
        no[failing] = yes[failing]
        yes[failing] = np.clip(yes[failing] + away * step[failing], min(0, end), max(theirs, end))
        step[failing] *= 2
        asked = failing[yes[failing] != end]
    while (asked := np.flatnonzero(abs(yes - no) > 1)).size:
        middle = (yes[asked] + no[asked]) // 2
        good = evidence(every[name], counts[asked], middle)
        yes[asked[good]], no[asked[~good]] = middle[good], middle[~good]
    return yes, group


@cache
def bounds_of_ratio(ratio: float, n1: int, n2: int, level: float) -> tuple[Counts, bool]:
    """Find by the test of the product what is evidence for more than a ratio; see `beyond`."""
    return beyond("ratio", ratio, "fairaudit", n1, n2, level=level)


def surely_above(ratio: float, x1: Counts, n1: int, x2: Counts, n2: int, level: float) -> Bools:
    """Return where the counts are evidence for more than a ratio."""
    bounds, group = bounds_of_ratio(ratio, n1, n2, level)
    found: Bools = x2 <= bounds[x1] if group else x1 >= bounds[x2]
    return found


def surely_below(ratio: float, x1: Counts, n1: int, x2: Counts, n2: int, level: float) -> Bools:
    """Return where the counts are evidence for less than a ratio, as both may change places."""
    return surely_above(1 / ratio, x2, n2, x1, n1, level)


def size(kind: str, limit: float, name: str, n1: int, n2: int, *, level: float = LEVEL) -> dict[float, float]:
    """Compute, for each rate of the reference, how often the limit itself is called exceeded. Exact."""
    bounds, group = beyond(kind, limit, name, n1, n2, level=level)
    found = {}
    for p2 in RATES:
        p1 = limit * p2 if kind == "ratio" else p2 + limit
        if not 0.005 <= p1 <= 0.995:
            continue
        mine, their_rate = ((n1, p1), p2) if group else ((n2, p2), p1)
        counts, weight = support(*mine)
        others = n2 if group else n1
        tail = (
            at_most(bounds[counts], others, np.asarray(their_rate))
            if group
            else 1 - at_most(bounds[counts] - 1, others, np.asarray(their_rate))
        )
        found[p2] = float((weight * tail).sum())
    return found


def worst(kind: str, limit: float, name: str, sizes: Sequence[int]) -> tuple[float, str, float]:
    """Find the worst of all designs, say where it is, and give the mean of all."""
    cells = {}
    for n, times in itertools.product(sizes, TIMES):
        for n1, n2 in {(n, n * times), (n * times, n)}:
            for rate, chance in size(kind, limit, name, n1, n2).items():
                cells[n1, n2, rate] = chance
    n1, n2, rate = max(cells, key=lambda cell: cells[cell])
    where = f"{n1:,} beside {n2:,}, reference at {rate:g}"
    return cells[n1, n2, rate], where, float(np.mean(list(cells.values())))


def side_table(effort: Effort) -> Table:
    """Show the worst one-sided test at each limit."""
    sizes = QUICK_SMALL if effort.audits < 10_000 else SMALL
    rows = []
    for kind, limit in LIMITS:
        texts: list[str] = []
        for name in ("fairaudit", "score alone"):
            chance, where, mean = worst(kind, limit, name, sizes)
            texts += [percent(chance), where, percent(mean)]
        rows.append((f"{kind} {limit:g}", *texts))
    return Table(
        title="One-sided tests at 5% of a truth that lies exactly at the limit, % (type I error)",
        note=f"The smaller sample has {', '.join(f'{n:,}' for n in sizes)} people, the other one as many, 9 times or 50 times as many; rates of the reference from "
        "0.01 to 0.99. Each side of a pass, and each fail, is such a test. Exact.",
        header=("limit", "fairaudit: worst", "where", "mean", "score alone: worst", "where", "mean"),
        rows=tuple(rows),
    )
