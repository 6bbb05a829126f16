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


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A group, and the people of whom it is not known that they are in another one."""

    rate: Rate
    may_join: Rate

    @property
    def lowest(self) -> Rate:
        """The group with all who may join it and are not selected."""
        return self.rate.with_more(others=self.may_join.n - self.may_join.x)

    @property
    def highest(self) -> Rate:
        """The group with all who may join it and are selected."""
        return self.rate.with_more(selected=self.may_join.x)


def bounds_to_named(group: Open, reference: Open) -> Bounds | None:
    """Return the bounds of a ratio to a reference that is named, whatever the rates are.

    The lowest: all unknown who are selected are of the reference, all others of the group. The highest: the other way round.
    """
    low, high = _over(group.lowest, reference.highest), _over(group.highest, reference.lowest)
    return None if low is None else (low, high)


def bounds_to_best(group: Open, rest: Sequence[Open], unknown: Rate | None, *, lowest: bool) -> Bounds | None:
    """Return the bounds of a ratio to whichever group then has the highest rate, or the lowest if that is asked for.

    Parameters
    ----------
    group
        The group whose ratio it is.
    rest
        The other groups that might be the reference.
    unknown
        All whose group is not known; ``None`` where people may be in several groups, so that who joins one is not lost to another.

    Notes
    -----
    Moving somebody who is selected from the group to another, or somebody who is not the other way, never raises the ratio; so one end has all who
    are selected in one other group and all others in the group itself. At the other end the group has all who are selected, and those who are not
    are spread so that the highest rate of the rest is as low as whole people allow. Where all may be in any group both ends are reached; where
    something is known of some of them, the ends may be wider than can be.
    """
    if not rest:
        return Fraction(1), Fraction(1)
    if lowest:
        high = _least_ratio(group.highest, min(_value(r.lowest) for r in rest))
        refused = [Rate(x=r.rate.n - r.rate.x, n=r.rate.n) for r in rest]
        highest = (
            min(_value(r.highest) for r in rest)
            if unknown is None
            else 1 - _lowest_maximum(refused, unknown.x)
        )
        low = _least_ratio(group.lowest, highest)
        return None if low is None else (low, high)
    low = _share(group.lowest, max(_value(r.highest) for r in rest))
    best = (
        max(_value(r.lowest) for r in rest)
        if unknown is None
        else _lowest_maximum([r.rate for r in rest], unknown.n - unknown.x)
    )
    high = _share(group.highest, best)
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
