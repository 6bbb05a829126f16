"""What people of whom the group is not known could do to an impact ratio: its lowest and highest value over all ways to assign them."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """People of a group, or of nobody knows which, and how many of them are selected."""

    x: int
    n: int

    @property
    def value(self) -> Fraction | None:
        """The selection rate; ``None`` of nobody."""
        return Fraction(self.x, self.n) if self.n else None

    def with_more(self, *, selected: int = 0, others: int = 0) -> Rate:
        """Add people who are selected, and others who are not."""
        return Rate(x=self.x + selected, n=self.n + selected + others)


Bounds = tuple[Fraction, Fraction | None]
"""The lowest and the highest ratio; ``None`` where it has no end, as nobody of the reference need be selected."""


def bounds_to_named(group: Rate, reference: Rate, unknown: Rate) -> Bounds | None:
    """Return the bounds of a ratio to a reference that is named, whatever the rates are.

    The lowest: all unknown who are selected are of the reference, all others of the group. The highest: the other way round.
    """
    selected, others = unknown.x, unknown.n - unknown.x
    low = _over(group.with_more(others=others), reference.with_more(selected=selected))
    high = _over(group.with_more(selected=selected), reference.with_more(others=others))
    return None if low is None else (low, high)


def bounds_to_best(group: Rate, rest: Sequence[Rate], unknown: Rate, *, lowest: bool) -> Bounds | None:
    """Return the bounds of a ratio to whichever group then has the highest rate, or the lowest if that is asked for.

    Parameters
    ----------
    group
        The group whose ratio it is.
    rest
        The other groups that might be the reference.

    Notes
    -----
    Moving somebody who is selected from the group to another, or somebody who is not the other way, never raises the ratio; so one end has all who
    are selected in one other group and all others in the group itself. At the other end the group has all who are selected, and those who are not
    are spread so that the highest rate of the rest is as low as whole people allow.
    """
    if not rest:
        return Fraction(1), Fraction(1)
    selected, others = unknown.x, unknown.n - unknown.x
    worse, better = group.with_more(others=others), group.with_more(selected=selected)
    if lowest:
        least = min(_value(r.with_more(others=others)) for r in rest)
        high = _least_ratio(better, least)
        spread = 1 - _lowest_maximum([Rate(x=r.n - r.x, n=r.n) for r in rest], selected)
        low = _least_ratio(worse, spread)
        return None if low is None else (low, high)
    highest = max(_value(r.with_more(selected=selected)) for r in rest)
    low, high = _share(worse, highest), _share(better, _lowest_maximum(rest, others))
    return None if low is None or high is None else (low, high)


def _value(rate: Rate) -> Fraction:
    return rate.value or Fraction(0)


def _over(rate: Rate, reference: Rate) -> Fraction | None:
    below = reference.value
    return rate.value / below if rate.value is not None and below else None


def _share(rate: Rate, highest: Fraction) -> Fraction | None:
    """Return a rate over the highest, which is its own where that is higher; ``None`` where all are 0."""
    best = max(_value(rate), highest)
    return _value(rate) / best if best else None


def _least_ratio(rate: Rate, lowest: Fraction) -> Fraction | None:
    """Return a rate over the lowest, which is its own where that is lower; ``None`` where it is 0."""
    best = min(_value(rate), lowest)
    return _value(rate) / best if best else None


def _lowest_maximum(rates: Sequence[Rate], others: int) -> Fraction:
    """Spread people who are not selected over groups, so that the highest rate is as low as possible, and return that."""
    level = _level(rates, others)
    added = [max(0, int(r.x / level - r.n) - 1) if level else 0 for r in rates]
    rest = others - sum(added)
    heap = [
        (-Fraction(r.x, r.n + more), place, r.n + more)
        for place, (r, more) in enumerate(zip(rates, added, strict=True))
        if r.n + more
    ]
    heapq.heapify(heap)
    while heap and rest > 0 and heap[0][0]:
        _, place, people = heap[0]
        heapq.heapreplace(heap, (-Fraction(rates[place].x, people + 1), place, people + 1))
        rest -= 1
    return -heap[0][0] if heap else Fraction(0)


def _level(rates: Sequence[Rate], others: int) -> float:
    """Find by halving a rate that parts of people would surely allow, so that few whole people are left to be spread one by one."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if middle and sum(max(0.0, r.x / middle - r.n) for r in rates) <= others:
            high = middle
        else:
            low = middle
    return high
