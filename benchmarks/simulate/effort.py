"""What is computed: the grid, the groups' designs, and how many draws."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Counts: TypeAlias = NDArray[np.int64]


LEVEL = 0.05
Z95, Z90 = float(ndtri(0.975)), float(ndtri(0.95))
TAU = Fraction("0.8")
REACHED = 5.0
"""The expected count from which on coverage is promised."""
RATIOS = (1.0, 0.8, 0.6)
FINE_RATES = tuple(step / 200 for step in range(2, 101))
"""Of one group; a single binomial is cheap, and its coverage jumps from rate to rate."""
DESIGNS = {"equal": (1, 1), "reference nine times as large": (1, 9), "group nine times as large": (9, 1)}
"""People in the group and in the reference, in multiples of n; n is the smaller of the two."""
METRICS = ("pprev", "fpr", "fnr")


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much is computed.

    Attributes
    ----------
    sizes, rates
        The grid: people in the smaller group, and rates of the reference.
    audits, figures, aequitas, aequitas_audits, fairlearn, folded, clustered
        Draws: whole audits, groups of people, data sets for Aequitas, whole audits for Aequitas, data sets for Fairlearn, data sets to
        cross-validate, groups of people in several rows.
    """

    sizes: tuple[int, ...]
    rates: tuple[float, ...]
    audits: int
    figures: int
    aequitas: int
    aequitas_audits: int
    fairlearn: int
    folded: int
    clustered: int


FULL = Effort(
    sizes=(20, 50, 100, 200, 500, 1000),
    rates=(0.01, 0.05, 0.1, 0.3, 0.5),
    audits=10_000,
    figures=2_000,
    aequitas=150,
    aequitas_audits=100,
    fairlearn=10,
    folded=400,
    clustered=2_000,
)
QUICK = Effort(
    sizes=(20, 100, 500),
    rates=(0.01, 0.1, 0.5),
    audits=1_000,
    figures=200,
    aequitas=10,
    aequitas_audits=5,
    fairlearn=2,
    folded=40,
    clustered=400,
)
