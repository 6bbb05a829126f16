"""Tests and verdicts of one comparison: false alarms and power."""

from __future__ import annotations

import itertools

import numpy as np

from fairaudit.inference import contrast
from simulate.effort import LEVEL, RATIOS, TAU, Z95, Bools, Counts, Effort
from simulate.page import Table, percent
from simulate.pairs import Pair
from simulate.sides import surely_above, surely_below


def false_alarms(pair: Pair) -> tuple[float, float]:
    """Compute how often equal rates are called different at 5%: by the equality test, and by the score test alone."""
    x1, x2, weight = pair.outcomes()
    p_value, _ = contrast.equality_test(x1, pair.n1, x2, pair.n2)
    score = contrast.ratio_score(1.0, x1, pair.n1, x2, pair.n2)
    return float(weight[p_value <= LEVEL].sum()), float(weight[np.abs(score) >= Z95].sum())


def fails(x1: Counts, n1: int, x2: Counts, n2: int) -> Bools:
    """Return where the ratio is outside the band for sure: a one-sided p-value is at most 5%, the other limit being far away."""
    tau = float(TAU)
    return surely_below(tau, x1, n1, x2, n2, LEVEL) | surely_above(1 / tau, x1, n1, x2, n2, LEVEL)


def passes(x1: Counts, n1: int, x2: Counts, n2: int) -> Bools:
    """Return where the ratio is inside the band for sure: both one-sided p-values are at most 5%."""
    tau = float(TAU)
    return surely_above(tau, x1, n1, x2, n2, LEVEL) & surely_below(1 / tau, x1, n1, x2, n2, LEVEL)


def point_rule_fails(x1: Counts, n1: int | Counts, x2: Counts, n2: int | Counts) -> Bools:
    """Return where the ratio of the samples lies outside the band, as the plain four-fifths rule reads it; no ratio, no failure."""
    above, below = TAU.numerator, TAU.denominator
    outside = (below * x1 * n2 < above * x2 * n1) | (above * x1 * n2 > below * x2 * n1)
    return outside & (x2 > 0)


def chances(pair: Pair) -> tuple[float, float, float]:
    """Compute the chances to pass, to fail, and to fail by the plain rule."""
    x1, x2, weight = pair.outcomes()
    passing, failing, plain = (
        float(weight[rule(x1, pair.n1, x2, pair.n2)].sum()) for rule in (passes, fails, point_rule_fails)
    )
    return passing, failing, plain


def equality_table(effort: Effort) -> Table:
    """Show false alarms of the test of equal rates."""
    rows = []
    for n, p in itertools.product(effort.sizes, effort.rates):
        texts: list[str] = []
        for times in (1, 9):
            texts += map(percent, false_alarms(Pair(n1=n, p1=p, n2=n * times, p2=p)))
        rows.append((f"{n:,}", str(p), *texts))
    return Table(
        title="Equal rates called different at 5%, % (type I error)",
        note="fairaudit takes the score test, and Fisher's exact test where a cell expects fewer than five people. n in the group; the reference "
        "is as large, or nine times as large. Exact.",
        header=(
            "n",
            "p",
            "fairaudit, equal",
            "score alone, equal",
            "fairaudit, nine times",
            "score alone, nine times",
        ),
        rows=tuple(rows),
    )


def power_table(effort: Effort) -> Table:
    """Show how often the verdict decides."""
    rows = []
    for times, n, p in itertools.product((1, 9), effort.sizes, effort.rates):
        if n * p * RATIOS[-1] < 1:
            continue
        texts = []
        for ratio in RATIOS:
            passing, failing, _ = chances(Pair(n1=n, p1=p * ratio, n2=n * times, p2=p))
            texts.append(f"{percent(passing)} / {percent(failing)}")
        plain = chances(Pair(n1=n, p1=p, n2=n * times, p2=p))[2]
        rows.append((f"{n:,} and {n * times:,}", str(p), *texts, percent(plain)))
    return Table(
        title="Chance that the verdict is pass / fail, % (power)",
        note="Band [0.8, 1.25]; the rest is undecided. Fail and pass by one-sided tests at the limits, with exact tails where few people are expected; "
        "one comparison, before any correction for many. The last column is the plain rule that looks at the ratio of the samples alone: how often "
        "it fails groups whose rates are equal. Cells in which less than one person is expected at ratio 0.6 are left out. Exact.",
        header=(
            "people in group and reference",
            "p",
            *(f"ratio {ratio:g}" for ratio in RATIOS),
            "plain rule fails at ratio 1",
        ),
        rows=tuple(rows),
    )
