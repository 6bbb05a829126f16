"""Two figures with intervals of their own: intervals of their difference and ratio, and a statistic that agrees with these.

The method of variance estimates recovery (MOVER) takes the distance from a figure to the limit of its interval for a multiple of its
standard error there, and adds the squares of the distances.

References
----------
.. [1] Zou and Donner 2008, Construction of confidence limits about effect measures: a general approach, doi:10.1002/sim.3095:
   differences.
.. [2] Donner and Zou 2012, Closed-form confidence intervals for functions of the normal mean and standard deviation,
   doi:10.1177/0962280210383082: ratios, as the differences that may be 0.
.. [3] Zou 2007, Toward using confidence intervals to compare correlations, doi:10.1037/1082-989X.12.4.399: figures that are correlated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairaudit.inference.halving import cross
from fairaudit.inference.proportion import floats
from fairaudit.inference.special import ndtr

Floats: TypeAlias = NDArray[np.float64]
Limits: TypeAlias = Callable[[Floats], tuple[Floats, Floats]]
"""Gives the intervals of figures at confidences, one for each figure."""

MOST = 7.0
"""Standard errors; beyond them the confidence is too near 1 for its float. The p-value there is 3e-12."""
_STEPS, _LEFT_OUT = 44, 36
"""Halvings, which leave 1e-12 of the range, and how many of them are found without asking."""


def difference_interval(
    one: ArrayLike,
    one_limits: tuple[ArrayLike, ArrayLike],
    other: ArrayLike,
    other_limits: tuple[ArrayLike, ArrayLike],
    *,
    correlation: ArrayLike = 0.0,
) -> tuple[Floats, Floats]:
    """Compute the interval of a difference of two independent figures, one minus other, from their intervals [1]_.

    Parameters
    ----------
    one, other
        The figures.
    one_limits, other_limits
        Their intervals, low and high, of the confidence that the result shall have.
    correlation
        Of the two figures, where they are of the same people [3]_.

    Examples
    --------
    >>> low, high = difference_interval(0.75, (0.65, 0.82), 0.5, (0.4, 0.6))
    >>> round(float(low), 4), round(float(high), 4)
    (0.1086, 0.3721)
    """
    a, low_a, high_a = floats(one, *one_limits)
    b, low_b, high_b = floats(other, *other_limits)
    difference = a - b
    return (
        difference - _joined(a - low_a, high_b - b, correlation),
        difference + _joined(high_a - a, b - low_b, correlation),
    )


def _joined(one: Floats, other: Floats, correlation: ArrayLike) -> Floats:
    """Put the distances to two limits together, as far as they do not go along with each other."""
    along = np.asarray(correlation, dtype=np.float64)
    # Nothing is lost to rounding where they are independent.
    joined = np.sqrt(np.maximum(one**2 - 2 * along * one * other + other**2, 0))
    return np.where(along == 0, np.hypot(one, other), joined)


def ratio_interval(
    one: ArrayLike,
    one_limits: tuple[ArrayLike, ArrayLike],
    other: ArrayLike,
    other_limits: tuple[ArrayLike, ArrayLike],
    *,
    correlation: ArrayLike = 0.0,
) -> tuple[Floats, Floats]:
    """Compute the interval of a ratio of two independent figures that are not negative, one over other, from their intervals [2]_.

    Parameters are as of `difference_interval`.

    Returns
    -------
    low, high
        Within [0, inf]; `high` is infinite where the other figure may be 0. They are the ratios r at which the interval of
        one - r other begins to hold 0.
    """
    a, low_a, high_a = floats(one, *one_limits)
    b, low_b, high_b = floats(other, *other_limits)
    along = np.asarray(correlation, dtype=np.float64)

    def centre(x: Floats, y: Floats) -> Floats:
        return np.asarray(a * b - along * (a - x) * (y - b))

    def root(x: Floats, y: Floats) -> Floats:
        return np.asarray(np.sqrt(np.maximum(centre(x, y) ** 2 - x * (2 * a - x) * y * (2 * b - y), 0)))

    with np.errstate(divide="ignore", invalid="ignore"):
        # Multiplied out, so that an upper limit of twice the figure divides nothing by nothing.
        low = low_a * (2 * a - low_a) / (centre(low_a, high_b) + root(low_a, high_b))
        high = (centre(high_a, low_b) + root(high_a, low_b)) / (low_b * (2 * b - low_b))
    known = ~np.isnan(low_a + high_a + low_b + high_b)
    return np.where(known & np.isnan(low), 0.0, low), np.where(known & np.isnan(high), np.inf, high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Supposition:
    """That a figure, less so many times another one, has some value.

    Attributes
    ----------
    value
        With a ratio of 0 it is the figure's own, with 1 that of its difference from the other; a value of 0 supposes the ratio.
    other, other_limits
        The other figures, shape (n,), and their intervals at n confidences.
    correlation
        Of both figures, where they are of the same people.
    """

    value: ArrayLike
    other: ArrayLike = 0.0
    other_limits: Limits | None = None
    ratio: ArrayLike = 0.0
    correlation: ArrayLike = 0.0


def score(one: ArrayLike, one_limits: Limits, supposed: Supposition, *, most: float = MOST) -> Floats:
    """Compute how many standard errors the figure one - ratio other lies from a supposed value, by inverting intervals.

    Parameters
    ----------
    one, one_limits
        The figures, shape (n,), and their intervals at n confidences.
    most
        How far it may be; farther is not told apart.

    Returns
    -------
    array
        The quantile of the standard normal at which the interval begins to hold the supposed value; positive if the figure is larger.
        NaN where there is no interval.
    """
    a, b, r, value = floats(one, supposed.other, supposed.ratio, supposed.value)
    distance = a - r * b - value

    def reach(z: Floats) -> Floats:
        confidence = 2 * ndtr(z) - 1
        low_a, high_a = one_limits(confidence)
        low_b, high_b = supposed.other_limits(confidence) if supposed.other_limits else (b, b)
        above = _joined(np.maximum(a - low_a, 0), r * np.maximum(high_b - b, 0), supposed.correlation)
        below = _joined(np.maximum(high_a - a, 0), r * np.maximum(b - low_b, 0), supposed.correlation)
        return np.where(distance > 0, above, below)

    wanted, farthest = np.abs(distance), np.full_like(distance, most)
    left = wanted - reach(farthest)
    _, high = cross(
        lambda z: wanted - reach(z),
        (np.zeros_like(distance), farthest),
        (wanted, left),
        steps=_STEPS,
        left_out=_LEFT_OUT,
    )
    return np.where(np.isnan(left), np.nan, np.copysign(high, distance))
