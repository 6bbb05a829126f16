"""The bootstrap, from counts: a group's confusion matrix drawn again is multinomial, just as if its rows were drawn again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairaudit.inference.special import ndtr, ndtri

Floats: TypeAlias = NDArray[np.float64]

_MOST_UNDEFINED = 0.05
"""With more resamples than this without a value, the others say too little."""


def resample(cells: ArrayLike, *, replicates: int, seed: int, people: Sequence[int] | None = None) -> Floats:
    """Draw the confusion matrices of groups again, with replacement.

    A group's draws depend on its counts and on the seed alone, so that neither names nor neighbours change a digit.

    Parameters
    ----------
    cells
        Counts, shape (groups, cells); whole numbers.
    people
        How many are drawn of each group; left out, as many as there are.

    Returns
    -------
    array
        Shape (replicates, groups, cells).

    References
    ----------
    Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 6.
    """
    counts = np.asarray(cells, dtype=np.int64)
    drawn = np.zeros((replicates, *counts.shape))
    for group, own in enumerate(counts):
        n = int(own.sum())
        if n:
            generator = np.random.default_rng([seed, *own.tolist()])
            wanted = n if people is None else people[group]
            drawn[:, group] = generator.multinomial(wanted, own / n, size=replicates)
    return drawn


def bias_corrected(
    replicates: ArrayLike, estimates: ArrayLike, *, confidence: ArrayLike = 0.95
) -> tuple[Floats, Floats]:
    """Compute bias-corrected percentile intervals.

    Parameters
    ----------
    replicates
        The figure in every resample, shape (replicates, groups); NaN where it is undefined.
    estimates
        The figure in the sample, shape (groups,).
    confidence
        Of the intervals, one for all groups or one for each.

    Returns
    -------
    low, high
        Shape (groups,); NaN where the figure is undefined in more than 5% of the resamples, or the same in all of them, since then the
        resamples know nothing of the uncertainty.

    References
    ----------
    Efron 1981, Nonparametric standard errors and confidence intervals, doi:10.2307/3314608, section 7; ties count half.
    """
    drawn, observed = np.asarray(replicates, dtype=np.float64), np.asarray(estimates, dtype=np.float64)
    columns = [in_order(drawn[:, group], estimate) for group, estimate in enumerate(observed.tolist())]
    return corrected_limits(columns, confidence=confidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class InOrder:
    """A figure in the resamples of one group, the smallest first.

    Attributes
    ----------
    shift
        The quantile of the standard normal at which the figure of the sample stands among them; NaN where they say nothing of it.
    """

    values: Floats
    shift: float


def in_order(replicates: Floats, estimate: float) -> InOrder:
    """Sort the resamples of one group, which intervals of any confidence are then read off; `estimate` is the figure in the sample."""
    own = np.sort(replicates[~np.isnan(replicates)])
    if (
        len(own) < (1 - _MOST_UNDEFINED) * len(replicates)
        or not len(own)
        or math.isnan(estimate)
        or own[0] == own[-1]
    ):
        return InOrder(values=own, shift=math.nan)
    # A figure that comes out by two ways of adding up is the same figure.
    below = np.searchsorted(own, estimate - 1e-12) + np.searchsorted(own, estimate + 1e-12)
    half = 0.5 / len(own)
    return InOrder(values=own, shift=float(ndtri(np.clip(below / (2 * len(own)), half, 1 - half))))


def corrected_limits(groups: Sequence[InOrder], *, confidence: ArrayLike = 0.95) -> tuple[Floats, Floats]:
    """Compute bias-corrected percentile intervals of groups whose resamples are in order; see `bias_corrected`."""
    shifts = np.asarray([group.shift for group in groups], dtype=np.float64)
    z = np.broadcast_to(ndtri((1 + np.asarray(confidence, dtype=np.float64)) / 2), shifts.shape)
    low, high = (
        [
            math.nan if math.isnan(share) else _quantile(group.values, share)
            for group, share in zip(groups, ndtr(2 * shifts + side * z).tolist(), strict=True)
        ]
        for side in (-1, 1)
    )
    return np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)


def _quantile(ordered: Floats, share: float) -> float:
    """Return what ``numpy.quantile`` does, of values that are in order, in a hundredth of its time."""
    place = share * (len(ordered) - 1)
    before = min(math.floor(place), len(ordered) - 2)
    low, high, way = float(ordered[before]), float(ordered[before + 1]), place - before
    return low + (high - low) * way if way < 0.5 else high - (high - low) * (1 - way)
