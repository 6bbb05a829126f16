"""Intervals of what is measured of some people, and of how much more that is than of others."""

from __future__ import annotations

import math

from fairaudit.discovery.confirm import Sums
from fairaudit.inference import contrast, proportion
from fairaudit.inference.special import stdtrit
from fairaudit.settings.choices import CONFIDENCE

Interval = tuple[float, float]
_SIDE = (1 + CONFIDENCE) / 2


def own_interval(here: Sums, *, is_rate: bool) -> Interval | None:
    """Compute the interval of a rate (Wilson) or a mean (Student); ``None`` of too few people."""
    if is_rate:
        return _pair(*proportion.wilson(here.s, here.d, CONFIDENCE)) if here.d else None
    if here.d < 2:
        return None
    reach = float(stdtrit(here.d - 1, _SIDE)) * math.sqrt(here.variance / here.d)
    return here.s / here.d - reach, here.s / here.d + reach


def difference_interval(here: Sums, rest: Sums, *, is_rate: bool) -> Interval:
    """Compute the interval of how much more is measured of some people than of others: Newcombe's of rates, Welch's of means."""
    if is_rate:
        return _pair(*contrast.newcombe(here.s, here.d, rest.s, rest.d, confidence=CONFIDENCE))
    distance = here.s / here.d - rest.s / rest.d
    one, other = here.variance / here.d, rest.variance / rest.d
    freedom = float(proportion.welch(one, here.d, other, rest.d))
    reach = float(stdtrit(freedom, _SIDE)) * math.sqrt(one + other)
    return distance - reach, distance + reach


def ratio_interval(here: Sums, rest: Sums, *, is_rate: bool) -> Interval | None:
    """Compute the interval of how many times more is measured: from the score of rates, and from the logarithms of means; ``None`` where there is none."""
    if is_rate:
        low, high = _pair(*contrast.ratio_interval(here.s, here.d, rest.s, rest.d, confidence=CONFIDENCE))
        return (low, high) if math.isfinite(high) else None
    if here.s <= 0 or rest.s <= 0:
        return None
    one, other = here.variance * here.d / here.s**2, rest.variance * rest.d / rest.s**2
    freedom = float(proportion.welch(one, here.d, other, rest.d))
    reach = math.exp(float(stdtrit(freedom, _SIDE)) * math.sqrt(one + other))
    ratio = (here.s / here.d) / (rest.s / rest.d)
    return ratio / reach, ratio * reach


def _pair(low: object, high: object) -> Interval:
    return float(low), float(high)  # type: ignore[arg-type]
