"""Power where the data choose the reference: how often one unfair group among fair ones is found."""

from __future__ import annotations

import numpy as np

from fairaudit.inference.multiplicity import family_size
from simulate.audits import band_p_values
from simulate.effort import LEVEL, Effort
from simulate.page import Table, percent

FAIR_RATE = 0.3


def found(groups: int, size: int, rate: float, runs: int, seed: int, *, times: int = 1) -> float:
    """Compute how often the last group, whose rate is another, fails beside the group with the lowest rate; p-values times `times`."""
    random = np.random.default_rng([seed, groups, size])
    truth = np.full(groups, FAIR_RATE)
    truth[-1] = rate
    x = random.binomial(size, truth, (runs, groups))
    lowest = x.min(axis=1)
    n = np.full(runs, size)
    family = family_size([groups * (groups - 1) // 2] * (groups - 1))
    p_values = band_p_values(x[:, -1], n, lowest, n, worth=LEVEL / family)
    chosen = x.argmin(axis=1) == groups - 1
    return float(((p_values * family * times <= LEVEL) & ~chosen).mean())


def chosen_table(effort: Effort, seed: int) -> Table:
    """Show the power with pairs counted once, and with comparisons counted again."""
    rows = []
    for groups, size in ((3, 200), (6, 200), (12, 100), (12, 200), (12, 400)):
        for ratio in (1.6, 2.0):
            rate = FAIR_RATE * ratio
            rows.append(
                (
                    f"{groups} of {size}",
                    f"{ratio:g}",
                    percent(found(groups, size, rate, effort.audits, seed)),
                    percent(found(groups, size, rate, effort.audits, seed, times=2 * (groups - 1))),
                )
            )
    return Table(
        title="Chance that one unfair group fails where the data choose the reference, % (power)",
        note=f"One metric; all groups but one have a rate of {FAIR_RATE}. {effort.audits:,} audits in each row. Before: two-sided, and Holm's method on top of all pairs.",
        header=("groups", "ratio of the unfair one", "all pairs, once", "before"),
        rows=tuple(rows),
    )
