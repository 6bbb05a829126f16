"""Candidates in the half that was not searched: each is counted there anew, and tested against the rest."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fairaudit.discovery.coded import Column, Floats, Mask
from fairaudit.discovery.rows import Half
from fairaudit.discovery.search import Slice, parents_of
from fairaudit.inference.clusters import rate_effect
from fairaudit.inference.hypergeometric import chance_at_least
from fairaudit.inference.multiplicity import benjamini_hochberg, holm
from fairaudit.inference.proportion import welch
from fairaudit.inference.special import betainc
from fairaudit.settings.choices import Adjusted

Persons: TypeAlias = NDArray[np.int64]
Bits: TypeAlias = NDArray[np.uint8]
"""Which rows are in a slice, eight in a byte."""
_WHOLE = 1e-9
"""By how much a whole number may be missed that was divided and multiplied again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """People of a slice: all of them, those in the denominator, the sum of what is measured of these, and the sum of its squares."""

    n: float
    d: float
    s: float
    q: float

    @property
    def mean(self) -> float | None:
        """The rate, or the mean; ``None`` where nobody is in the denominator."""
        return self.s / self.d if self.d else None

    def without(self, part: Sums) -> Sums:
        """Return the sums of those who are not in a part of these people."""
        return Sums(n=self.n - part.n, d=self.d - part.d, s=self.s - part.s, q=self.q - part.q)

    def times(self, factor: float) -> Sums:
        """Return the sums of so many times fewer people."""
        return Sums(n=self.n * factor, d=self.d * factor, s=self.s * factor, q=self.q * factor)

    @property
    def variance(self) -> float:
        """The variance of what is measured of single people; with d - 1."""
        return max(self.q - self.s**2 / self.d, 0.0) / (self.d - 1) if self.d > 1 else math.nan


class Counter:
    """Counts people of slices in one half; a condition's rows are looked up once."""

    def __init__(self, half: Half, columns: Sequence[Column]) -> None:
        outcomes = half.outcomes
        self.half, self.columns = half, columns
        self.everybody: Bits = np.packbits(np.ones(half.rows, dtype=np.bool_))
        self._plain = outcomes.is_rate and outcomes.worth is None
        self._counted = np.packbits(outcomes.counted)
        self._errors = np.packbits(outcomes.counted & (outcomes.amount > 0))
        self._known: dict[bytes, Sums] = {}
        self.bits_of = functools.cache(self._bits_of)
        self._condition = functools.cache(self._condition_bits)

    def _bits_of(self, conditions: Slice) -> Bits:
        """Return which rows are in a slice."""
        first, *rest = (self._condition(column, place) for column, place in conditions)
        return functools.reduce(np.bitwise_and, rest, first)

    def _condition_bits(self, column: int, place: int) -> Bits:
        codes = self.columns[column].conditions[place].codes
        fulfils = np.zeros(self.columns[column].places, dtype=np.bool_)
        fulfils[list(codes)] = True
        return np.packbits(fulfils[self.half.codes[column]])

    def rows_of(self, bits: Bits) -> Mask:
        """Return which rows are in a slice, one in a byte."""
        return np.unpackbits(bits, count=self.half.rows).view(np.bool_)

    def sums(self, bits: Bits) -> Sums:
        """Count the people of a slice."""
        key = blake2b(bits.data, digest_size=16).digest()
        if key not in self._known:
            self._known[key] = self._sums(bits)
        return self._known[key]

    def _sums(self, bits: Bits) -> Sums:
        if self._plain:
            errors = float(_many(bits & self._errors))
            return Sums(n=float(_many(bits)), d=float(_many(bits & self._counted)), s=errors, q=errors)
        rows = self.rows_of(bits)
        outcomes = self.half.outcomes
        amount = outcomes.amount[rows]
        if outcomes.worth is None:
            amount = amount[outcomes.counted[rows]]
            return Sums(
                n=float(rows.sum()), d=float(len(amount)), s=float(amount.sum()), q=_dot(amount, amount)
            )
        people = outcomes.worth[rows]
        counted = people * outcomes.counted[rows]
        return Sums(
            n=float(people.sum()),
            d=float(counted.sum()),
            s=_dot(counted, amount),
            q=_dot(counted, amount**2),
        )

    def effective(self, bits: Bits) -> Sums:
        """Count the people that the rows of a slice are worth, where people stand in several of them or have the weights of a survey."""
        sums = self.sums(bits)
        return sums.times(1 / self._design_effect(bits, sums)) if self._is_clustered and sums.d else sums

    @property
    def _is_clustered(self) -> bool:
        return self.half.outcomes.persons is not None or self.half.outcomes.weights is not None

    def effective_rest(self, bits: Bits) -> Sums:
        """Count the people that the rows of everybody else are worth."""
        if not self._is_clustered:
            return self.sums(self.everybody).without(self.sums(bits))
        return self.effective(~bits & self.everybody)

    def _design_effect(self, bits: Bits, sums: Sums) -> float:
        outcomes = self.half.outcomes
        rows = self.rows_of(bits) & outcomes.counted
        amount, persons = outcomes.amount[rows], outcomes.persons
        worth = np.ones(len(amount)) if outcomes.worth is None else outcomes.worth[rows]
        whose = None if persons is None else persons[rows]
        if outcomes.is_rate:
            masks = [amount == cell for cell in (1, 0)]
            cells = [_by_person(worth * mask, whose) for mask in masks]
            products = [[_dot(one, other) for other in cells] for one in cells]
            many = None if outcomes.weights is None else [[float(mask.sum()) for mask in masks]]
            effect = rate_effect([1, 0], [1, 1], [[sums.s, sums.d - sums.s]], [products], rows=many)
            return float(effect[0])
        residuals = amount - sums.s / sums.d
        of_persons = _by_person(worth * residuals, whose)
        # Of people who count for several, none is worth more than one.
        least = 1.0 if outcomes.weights is None else sums.d / len(amount)
        independent = _dot(worth, residuals**2)
        return max(least, _dot(of_persons, of_persons) / independent) if independent else least


def _by_person(values: Floats, whose: Persons | None) -> Floats:
    """Add up what belongs to the same person."""
    return values if whose is None else np.asarray(np.bincount(whose, weights=values), dtype=np.float64)


def _dot(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Add up products by one thread: so the same comes out whatever threads there are, and none waits for others."""
    return float((one * other).sum())


def _many(bits: Bits) -> int:
    return int(np.bitwise_count(bits).sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a candidate has to show: `ratio` times the rate of the rest at least, and evidence at this `level` after the correction."""

    level: float
    correction: Adjusted
    ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """A candidate in the half that was not searched.

    Attributes
    ----------
    here, rest
        Its people, and everybody else in that half.
    effective, effective_rest
        How many people their rows are worth, where people stand in several of them or have the weights of a survey.
    p_value, p_holm, p_bh
        Of being no worse than the rest: by itself, and adjusted for the number of candidates.
    """

    conditions: Slice
    here: Sums
    rest: Sums
    effective: Sums
    effective_rest: Sums
    p_value: float
    p_holm: float
    p_bh: float

    def p_adjusted(self, correction: Adjusted) -> float:
        """Return the p-value by which it is decided."""
        return self.p_holm if correction is Adjusted.HOLM else self.p_bh

    @property
    def ratio(self) -> float | None:
        """How many times the rate of the rest its own is; ``None`` where that of the rest is 0 or nobody's."""
        here, rest = self.here.mean, self.rest.mean
        return here / rest if here is not None and rest else None

    def is_confirmed(self, proof: Proof) -> bool:
        """Tell whether it is worse than the rest by so much, beyond chance."""
        ratio = self.ratio
        worse = ratio >= proof.ratio if ratio is not None else self.here.s > 0
        return worse and self.p_adjusted(proof.correction) <= proof.level


def confirm(counter: Counter, candidates: Sequence[Slice]) -> tuple[Tested, ...]:
    """Test every candidate against the rest, and adjust the p-values for all of them."""
    everybody = counter.sums(counter.everybody)
    counted = [
        (bits, counter.sums(bits), counter.effective(bits), counter.effective_rest(bits))
        for bits in map(counter.bits_of, candidates)
    ]
    p_values = [p_worse(here, rest, counter.half.outcomes.is_rate) for _, _, here, rest in counted]
    adjusted = zip(holm(p_values), benjamini_hochberg(p_values), strict=True)
    return tuple(
        Tested(
            conditions=conditions,
            here=here,
            rest=everybody.without(here),
            effective=effective,
            effective_rest=rest,
            p_value=p,
            p_holm=by_holm if by_holm is not None else 1.0,
            p_bh=by_bh if by_bh is not None else 1.0,
        )
        for conditions, (_, here, effective, rest), p, (by_holm, by_bh) in zip(
            candidates, counted, p_values, adjusted, strict=True
        )
    )


def p_worse(here: Sums, rest: Sums, is_rate: bool) -> float:
    """Compute the one-sided p-value of some people being no worse than others.

    Of a rate it is exact, from the hypergeometric distribution: the chance of as many errors or more, had these people been drawn by lot from all. Parts
    of people, which rows may be worth, are rounded to the side of chance. Of a mean it is Welch's, which is careful where few single people weigh most.
    """
    if min(here.d, rest.d) < (1 if is_rate else 2):
        return 1.0
    if is_rate:
        n, others = math.floor(here.d + _WHOLE), math.floor(rest.d + _WHOLE)
        x = min(math.floor(here.s + _WHOLE), n)
        total = x + min(math.ceil(rest.s - _WHOLE), others)
        return float(chance_at_least(x, n, total, n + others))
    one, other = here.variance / here.d, rest.variance / rest.d
    if not one + other > 0:
        return 1.0
    distance = here.s / here.d - rest.s / rest.d
    statistic = distance / math.sqrt(one + other)
    freedom = float(welch(one, here.d, other, rest.d))
    tail = 0.5 * float(betainc(freedom / 2, 0.5, freedom / (freedom + statistic**2)))
    return tail if statistic > 0 else 1.0 - tail


def productive(counter: Counter, tested: Sequence[Tested], proof: Proof) -> tuple[Tested, ...]:
    """Keep the confirmed slices of which every condition adds something.

    Such a slice is worse than the rest of each slice that it is part of and that is itself worse, by the level over the number of all tests; its
    own level is divided by the number of these (Bonferroni).
    """
    everybody = counter.effective(counter.everybody)
    is_rate = counter.half.outcomes.is_rate

    @functools.cache
    def is_worse(conditions: Slice) -> bool:
        here = counter.effective(counter.bits_of(conditions))
        return p_worse(here, everybody.without(here), is_rate) <= proof.level / len(tested)

    def adds(one: Tested) -> bool:
        bits = counter.bits_of(one.conditions)
        parents = [parent for parent in parents_of(one.conditions) if is_worse(parent)]
        rests = (counter.effective(counter.bits_of(parent) & ~bits) for parent in parents)
        return all(p_worse(one.effective, rest, is_rate) <= proof.level / len(parents) for rest in rests)

    return tuple(one for one in tested if one.is_confirmed(proof) and adds(one))
