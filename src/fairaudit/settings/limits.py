"""Limits: what a value may be, and how numbers are written beside them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from fairaudit.settings.numbers import tau_text


class Limit(StrEnum):
    """What is limited: the ratio to a reference group, the difference from it, or a group's own level."""

    RATIO = "ratio"
    DIFFERENCE = "difference"
    LEVEL = "level"


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """What a value may be, limits included; ``None`` where there is no limit."""

    low: Fraction | None = None
    high: Fraction | None = None

    def holds(self, value: Fraction | float) -> bool:
        """Return whether a value lies within, exactly for fractions."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def __str__(self) -> str:
        """Write it as people say it."""
        low = "" if self.low is None else f"{float(self.low):.3g}"
        high = "" if self.high is None else f"{float(self.high):.3g}"
        if low and high:
            return f"{low} to {high}"
        return f"at least {low}" if low else f"at most {high}" if high else "anything"


def tolerance_band(tau: Fraction) -> Band:
    """Return the ratios that a tolerance allows: from tau to 1 / tau."""
    return Band(low=tau, high=1 / tau)


def interval_text(
    interval: tuple[float, float | None], band: Band | None = None, *, decimals: int = 2
) -> str:
    """Write an interval, with as many decimals as tell its ends from limits that they are not.

    >>> interval_text((1.7233, 2.1269)), interval_text((7.4, None))
    ('1.72 to 2.13', '7.40 and more')
    >>> interval_text((0.7949, 0.7999), Band(low=Fraction("0.8")))
    '0.7949 to 0.7999'
    """
    numbers = [number for number in interval if number is not None]
    shown = [number_text(number, decimals_for(numbers, band, least=decimals)) for number in numbers]
    return " to ".join(shown) if len(shown) > 1 else f"{shown[0]} and more"


def level_percent(confidence: float) -> float:
    """Return the confidence of an interval in percent; near 100 with as many digits as tell it from there.

    >>> level_percent(0.95), level_percent(1 - 0.05 / 9), level_percent(1 - 0.05 / 200)
    (95, 99.44, 99.975)
    """
    missed = 100 * (1 - confidence)
    digits = max(0, 1 - math.floor(math.log10(missed))) if missed > 0 else 0
    percent = round(100 - missed, digits)
    return int(percent) if percent == int(percent) else percent


def level_text(confidence: float) -> str:
    """Write the confidence of an interval.

    >>> level_text(0.95), level_text(1 - 0.05 / 9)
    ('95%', '99.44%')
    """
    return f"{level_percent(confidence)}%"


def number_text(number: float, decimals: int) -> str:
    """Write a number with a sign that is no hyphen; what is 0 once it is rounded has none.

    >>> number_text(-1234.5, 2), number_text(-0.004, 2)
    ('−1,234.50', '0.00')
    """
    return f"{number:z,.{decimals}f}".replace("-", "−")


def decimals_for(
    numbers: Iterable[float], band: Band | None, *, least: int, same: Fraction | float | None = None
) -> int:
    """Count the decimals that tell numbers from limits that they are not; 0.7999 must not be shown as 0.80.

    Parameters
    ----------
    same
        A value that a limit may well be equal to.
    """
    values = list(numbers)
    limits = (
        [float(limit) for limit in (band.low, band.high) if limit is not None and limit != same]
        if band
        else []
    )
    for decimals in range(least, 16):
        if all(
            f"{number:.{decimals}f}" != f"{limit:.{decimals}f}"
            for number in values
            for limit in limits
            if number != limit
        ):
            return decimals
    return 16


def limit_text(limit: Fraction | None) -> str:
    """Write a limit as it was given, as far as that is short."""
    if limit is None:
        return ""
    written = tau_text(abs(limit))
    sign = "−" if limit < 0 else ""
    return sign + (f"{float(abs(limit)):.4g}" if "/" in written else written)


def within_text(band: Band) -> str:
    """Say where a value has to lie."""
    if band.low is not None and band.high is not None:
        return f"within {limit_text(band.low)} to {limit_text(band.high)}"
    return (
        f"at or above {limit_text(band.low)}" if band.high is None else f"at or below {limit_text(band.high)}"
    )
