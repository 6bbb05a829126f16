"""Which of the confirmed slices are shown: the most harmful first, and none that only says once more what another says."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fairaudit.discovery.confirm import Bits, Counter, Sums, Tested
from fairaudit.discovery.intervals import difference_interval
from fairaudit.discovery.search import Slice
from fairaudit.inference.special import ndtri

MOST_SHOWN = 20
"""How many slices are shown at most."""
_NEARLY = 0.95
"""Of slices of nearly the same people, the one of fewest conditions is shown that is worse by so many of the standard errors of the surest."""
_ALIKE = 0.5
"""Two slices are nearly of the same people if so many of those who are in one of them are in both."""
_UNTOUCHED = 0.9
"""A slice that keeps so much of its excess without the people of others is what it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A slice that is shown.

    Attributes
    ----------
    searched, effective
        Its people in the half that was searched, where it was chosen because it was worse; and how many their rows are worth.
    difference
        The interval of how much more is measured in it than in the rest.
    together
        The sums over its people and those of all that are shown before it.
    also
        Confirmed slices that it explains: without its people they are no worse than the rest.
    """

    tested: Tested
    searched: Sums
    effective: Sums
    difference: tuple[float, float]
    together: Sums
    also: tuple[Slice, ...] = ()

    @property
    def excess(self) -> float:
        """How many more errors than at the rate of the rest are likely at least, among all of its people."""
        return max(self.difference[0], 0.0) * (self.tested.here.d + self.searched.d)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A confirmed slice, and the rest, without the people of those that were chosen before; `worth` is how many people a row is."""

    tested: Tested
    here: Sums
    rest: Sums
    worth: float
    worth_rest: float

    @property
    def is_untouched(self) -> bool:
        """Whether its excess is hardly that of people in slices that were chosen before."""
        own = _excess(self.tested.here, self.tested.rest)
        return _excess(self.here, self.rest) >= _UNTOUCHED * own

    @property
    def score(self) -> float:
        """By how many standard errors it is worse than the rest."""
        here, rest = self.here, self.rest
        if min(here.d * self.worth, rest.d * self.worth_rest) < 1:
            return 0.0
        everybody = here.d + rest.d
        variance = (here.q + rest.q) / everybody - ((here.s + rest.s) / everybody) ** 2
        error = variance * (1 / (here.d * self.worth) + 1 / (rest.d * self.worth_rest))
        return (here.s / here.d - rest.s / rest.d) / math.sqrt(error) if error > 0 else 0.0

    def is_worse(self, *, quantile: float, ratio: float) -> bool:
        """Tell whether there is still an excess without those who were chosen before."""
        is_large = self.here.s * self.rest.d >= ratio * self.rest.s * self.here.d
        return is_large and self.score > quantile


def _excess(here: Sums, rest: Sums) -> float:
    """Compute how many more errors there are than at the rate of the rest."""
    return here.s - here.d * rest.s / rest.d if rest.d else 0.0


def choose(
    counter: Counter, in_search: Counter, productive: Sequence[Tested], *, level: float, ratio: float
) -> tuple[Shown, ...]:
    """Choose slices one after the other, each time the surest among the people who are in none of those before; and give the most harmful first.

    A slice that holds another one, which alone makes it worse, has less evidence than that one, and so has one that is only a part of it.

    Parameters
    ----------
    counter, in_search
        Count people of the half that was not searched, by which is chosen, and of the one that was.
    level, ratio
        A slice that is no longer worse than the rest by this, without the people of those that were chosen, is explained by the last of these. The
        level is that of a single candidate.
    """
    everybody = counter.sums(counter.everybody)
    covered: Bits = np.zeros_like(counter.everybody)
    left, shown = list(productive), list[Shown]()
    quantile = float(ndtri(1 - level))
    while left and len(shown) < MOST_SHOWN:
        outside = everybody.without(counter.sums(covered))
        parts = [_part(counter, t, covered, outside) for t in left]
        still = [p for p in parts if p.is_untouched or p.is_worse(quantile=quantile, ratio=ratio)]
        if shown:
            kept = {id(part) for part in still}
            also = tuple(p.tested.conditions for p in parts if id(p) not in kept)
            shown[-1] = replace(shown[-1], also=also)
        if not still:
            break
        tested = _most_general(counter, still)
        covered = covered | counter.bits_of(tested.conditions)
        shown.append(_shown(counter, in_search, tested))
        left = [part.tested for part in still if part.tested is not tested]
    return _in_order(counter, shown)


def _in_order(counter: Counter, shown: Sequence[Shown]) -> tuple[Shown, ...]:
    """Put the most harmful slices first, and count how much of everything the first ones hold together."""
    ordered = sorted(shown, key=lambda one: -one.excess)
    unions = itertools.accumulate((counter.bits_of(s.tested.conditions) for s in ordered), np.bitwise_or)
    return tuple(
        replace(one, together=counter.sums(union)) for one, union in zip(ordered, unions, strict=True)
    )


def _part(counter: Counter, tested: Tested, covered: Bits, outside: Sums) -> _Part:
    here = counter.sums(counter.bits_of(tested.conditions) & ~covered)
    worth, worth_rest = _worth(tested.effective, tested.here), _worth(tested.effective_rest, tested.rest)
    return _Part(tested=tested, here=here, rest=outside.without(here), worth=worth, worth_rest=worth_rest)


def _worth(effective: Sums, rows: Sums) -> float:
    return effective.d / rows.d if rows.d else 1.0


def _most_general(counter: Counter, parts: Sequence[_Part]) -> Tested:
    """Return the surest slice; or the one of fewest conditions that is nearly as sure, among nearly the same people."""
    surest = max(parts, key=lambda part: (part.score, -len(part.tested.conditions)))
    bits = counter.bits_of(surest.tested.conditions)

    def is_nearly_the_same(part: _Part) -> bool:
        other = counter.bits_of(part.tested.conditions)
        return counter.sums(bits & other).n >= _ALIKE * counter.sums(bits | other).n

    general = [
        part
        for part in parts
        if len(part.tested.conditions) < len(surest.tested.conditions)
        and part.score >= _NEARLY * surest.score
        and is_nearly_the_same(part)
    ]
    return min(general, key=lambda p: (len(p.tested.conditions), -p.score), default=surest).tested


def _shown(counter: Counter, in_search: Counter, tested: Tested) -> Shown:
    is_rate = counter.half.outcomes.is_rate
    bits = in_search.bits_of(tested.conditions)
    return Shown(
        tested=tested,
        searched=in_search.sums(bits),
        effective=in_search.effective(bits),
        difference=difference_interval(tested.effective, tested.effective_rest, is_rate=is_rate),
        together=tested.here,
    )
