"""The largest gap between any two groups: how often its interval covers, and how wide it is."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from fairaudit.inference import contrast
from fairaudit.inference.gap import gap_interval
from simulate.effort import LEVEL, Effort, Floats
from simulate.figures import Tally, tally
from simulate.page import Table, percent, say

GROUPS = (2, 3, 6, 12)
RATES = (0.05, 0.3, 0.5)


def sizes_of(name: str, groups: int) -> tuple[int, ...]:
    """Return the people of each group in a design."""
    match name:
        case "200 each":
            return (200,) * groups
        case "1,000 and 60 each":
            return (1000, *[60] * (groups - 1))
        case "60 and 1,000 each":
            return (60, *[1000] * (groups - 1))
        case _:
            return tuple(2000 // 2**at + 20 for at in range(groups))


DESIGNS = ("200 each", "1,000 and 60 each", "60 and 1,000 each", "each half of the one before")


def rates_of(name: str, groups: int, rate: float) -> tuple[float, ...]:
    """Return the true rate of each group."""
    match name:
        case "equal":
            return (rate,) * groups
        case "the first is lower":
            return (0.6 * rate, *[rate] * (groups - 1))
        case _:
            return (*[rate] * (groups // 2), *[1.5 * rate] * (groups - groups // 2))


TRUTHS = ("equal", "the first is lower", "one half is higher")


@dataclass(frozen=True, slots=True, kw_only=True)
class Widths:
    """How an interval fared, and its mean width."""

    tally: Tally
    width: float


def by_bonferroni(x: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Compute the interval for which all pairs hold together at both ends."""
    one, other = np.triu_indices(x.shape[-1], k=1)
    low, high = contrast.newcombe(
        x[..., one], n[..., one], x[..., other], n[..., other], confidence=1 - LEVEL / len(one)
    )
    return np.maximum(np.maximum(low, -high).max(axis=-1), 0), np.maximum(-low, high).max(axis=-1)


def of_gaps(rates: tuple[float, ...], sizes: tuple[int, ...], runs: int, seed: int) -> tuple[Widths, Widths]:
    """Draw groups, and count the misses of two intervals of the gap: ours, and by Bonferroni."""
    random = np.random.default_rng([seed, *sizes])
    x = random.binomial(sizes, rates, size=(runs, len(sizes))).astype(float)
    n = np.broadcast_to(np.array(sizes, dtype=float), x.shape)
    true = max(rates) - min(rates)
    ours, theirs = gap_interval([(x, n)]), by_bonferroni(x, n)
    # The gap of equal groups is 0, which an interval that begins there holds.
    return (
        Widths(tally=tally(*ours, true), width=float((ours[1] - ours[0]).mean())),
        Widths(tally=tally(*theirs, true), width=float((theirs[1] - theirs[0]).mean())),
    )


def gap_table(effort: Effort, seed: int) -> Table:
    """Show coverage and width of the interval of the gap."""
    say("Gaps")
    rows = []
    for groups, truth in itertools.product(GROUPS, TRUTHS):
        found = [
            of_gaps(rates_of(truth, groups, rate), sizes_of(design, groups), effort.figures, seed)
            for design, rate in itertools.product(DESIGNS, RATES)
        ]
        cells: list[str] = []
        for which in (0, 1):
            coverage = [one[which].tally.misses.coverage for one in found]
            cells.append(f"{percent(min(coverage))}, {percent(float(np.mean(coverage)))}")
        narrower = float(np.mean([ours.width / theirs.width for ours, theirs in found]))
        rows.append((str(groups), truth, *cells, percent(narrower)))
    return Table(
        title="Coverage of a 95% interval of the largest gap, %",
        note=f"Lowest and mean over rates {', '.join(map(str, RATES))} and four designs ({'; '.join(DESIGNS)}); {effort.figures:,} audits in each place. 'The first is lower': "
        "six tenths of the others' rate; 'one half is higher': one and a half times. 'All pairs, Bonferroni' holds at both ends for all pairs together.",
        header=("groups", "truth", "fairaudit", "all pairs, Bonferroni", "width, of Bonferroni's"),
        rows=tuple(rows),
    )
