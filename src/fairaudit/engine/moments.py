"""Means, deviations and quantiles that depend on the numbers alone: not on their order, nor on how many threads, or which engine, add them up.

A float is a whole number of at most 53 binary digits times a power of two. Numbers of about one size, eight binary digits apart at most, are taken as whole
multiples of one such power, of less than 63 digits; these, and the products of their halves, are added up as whole numbers, size by size. So the sum of the
numbers and the sum of their squares are exact, and what is made of them is rounded once, at the very end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from fairaudit.engine.sql import double

_DIGITS = 8
"""Binary digits of difference between numbers of one size. Two engines may not take a number at the edge of it for one of the same size; two more digits
on either side keep its multiple whole."""
_UNIT = 54
"""The unit of a size is so many binary digits smaller than its least number."""
_HALF = 31
INFINITE = 1_000
"""In the place of the size of what is infinite."""
ADDED = ("whole", "high", "across", "low")
"""The sums of the multiples, and of the squares of their higher halves, of the products of both halves, and of the squares of the lower ones."""
_PARTS = 4
RANKS = ((0, 0), (1, 0), (1, 3), (2, 0), (2, 3), (3, 0), (3, 3), (4, 0))
"""The numbers between which quartiles lie: of n that rise, counted from 0, the one at the place (n - 1) `f` + `c` divided by four, rounded down."""


def sized(relation: str) -> str:
    """Write the SQL of numbers ``x`` with their ``size``, NULL for a missing one, and what is `ADDED` of each."""
    zero, infinity = double(0.0), double(math.inf)
    size = (
        f"CASE WHEN x IS NULL THEN NULL WHEN abs(x) < {infinity} "
        f"THEN coalesce(CAST(floor(log2(abs(nullif(x, {zero}))) / {_DIGITS}) AS INTEGER), 0) ELSE {INFINITE} END AS size"
    )
    # In two steps, as neither the unit of the least nor that of the largest numbers is a number.
    scale = f"CASE WHEN size < {INFINITE} THEN pow({double(2.0)}, {_UNIT // 2} - {_DIGITS // 2} * size) END AS scale"
    whole = f"CASE WHEN size < {INFINITE} THEN CAST(x * scale * scale AS BIGINT) END AS whole"
    halves = f"abs(whole) >> {_HALF} AS half, abs(whole) & {(1 << _HALF) - 1} AS rest"
    for step in (size, scale, whole, halves):
        relation = f"(SELECT *, {step} FROM {relation})"
    return f"(SELECT *, half * half AS high, half * rest AS across, rest * rest AS low FROM {relation})"


def place_of_rank(rank: tuple[int, int], number: str, divide: str) -> str:
    """Write the SQL of the place of one of the `RANKS` among a number of numbers, counted from 0."""
    quarters, more = rank
    return f"(({number} - 1) * {quarters} + {more}) {divide} {_PARTS}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Sums of `n` numbers of one size; ``None`` of missing ones."""

    size: int | None
    n: int
    whole: int
    high: int
    across: int
    low: int


@dataclass(slots=True, kw_only=True)
class Moments:
    """All that is known of some numbers: their sums by size, and those at the `RANKS`, which are of the finite ones."""

    sizes: list[Size] = field(default_factory=list)
    ranked: Sequence[float | None] = ()

    def reach(self, ranked: Sequence[float | None]) -> None:
        """Take the least of those that are at the `RANKS`, or above, among some of the numbers."""
        both = zip(self.ranked or (None,) * len(RANKS), ranked, strict=True)
        self.ranked = [
            one if other is None else other if one is None else min(one, other) for one, other in both
        ]

    @property
    def missing(self) -> int:
        """How many are missing."""
        return sum(one.n for one in self.sizes if one.size is None)

    @property
    def n(self) -> int:
        """How many there are, infinite ones among them."""
        return sum(one.n for one in self.sizes if one.size is not None)

    @property
    def infinite(self) -> bool:
        """Whether one is infinite."""
        return any(one.size == INFINITE for one in self.sizes)

    def mean_and_std(self) -> tuple[float | None, float | None]:
        """Return the mean and the standard deviation (with n - 1) of finite numbers.

        Both are the float that is nearest to the true value: their relative error is at most 2**-53, whatever the numbers, their order and their number. What
        lies beyond the largest float is ``None``, and so is the deviation of fewer than two numbers.
        """
        sizes = [(one, one.size) for one in self.sizes if one.size is not None]
        if not sizes or self.infinite:
            return None, None
        least = min(size for _, size in sizes)
        total = squares = 0
        for one, size in sizes:
            digits = _DIGITS * (size - least)
            total += one.whole << digits
            squares += ((one.high << 2 * _HALF) + (one.across << _HALF + 1) + one.low) << 2 * digits
        unit = Fraction(2) ** (_DIGITS * least - _UNIT)
        n = self.n
        mean = _nearest(Fraction(total, n) * unit)
        if n < 2:
            return mean, None
        return mean, _nearest(_root(n * squares - total * total, n * (n - 1)) * unit)

    def quantiles(self) -> tuple[float | None, ...]:
        """Return the least, the quartiles and the largest of finite numbers; quartiles lie between two of them as Hyndman and Fan's type 7 has it, rounded once."""
        of_rank = {
            rank: Fraction(one) for rank, one in zip(RANKS, self.ranked, strict=False) if one is not None
        }
        if not of_rank or self.infinite:
            return (None,) * (_PARTS + 1)
        n = self.n
        quartiles: list[float | None] = []
        for quarters in range(_PARTS + 1):
            low, high = of_rank[quarters, 0], of_rank.get((quarters, _PARTS - 1), of_rank[quarters, 0])
            rest = (n - 1) * quarters % _PARTS
            quartiles.append(_nearest((low * (_PARTS - rest) + high * rest) / _PARTS))
        return tuple(quartiles)


def _root(number: int, divisor: int) -> Fraction:
    """Return the root of a ratio with so many digits that it is rounded to a float as the root itself would be."""
    if not number:
        return Fraction(0)
    shift = max(64 - (number.bit_length() - divisor.bit_length()) // 2, 0)
    root = math.isqrt((number << 2 * shift) // divisor)
    # What is left over is more than nothing, and tells a tie.
    inexact = root * root * divisor != number << 2 * shift
    return Fraction(2 * root + inexact, 2) / (1 << shift)


def _nearest(number: Fraction) -> float | None:
    try:
        return float(number)
    except OverflowError:
        return None
