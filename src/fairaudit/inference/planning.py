"""How many people it would take: sizes at which a comparison has a good chance to be decided.

The chance is that of the tests which the verdict rests on, exact ones included. For each count that the reference may well show, the count
of the group is searched at which the test turns, and the chances beyond it are added up; no formula stands in between. Sizes are searched
among the numbers that can be printed, which have two digits.

References
----------
Farrington and Manning 1990, doi:10.1002/sim.4780091208, and Julious 2004, doi:10.1002/sim.1783: sizes for showing that two rates differ by
more, or by less, than a margin. Their normal approximation is where the search begins.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fairaudit.inference import boundaries, contrast, exact
from fairaudit.inference.halving import halve, neighbours
from fairaudit.inference.memory import Memory
from fairaudit.inference.special import betainc, gammaln, ndtr, ndtri, xlogy

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Whole: TypeAlias = NDArray[np.int64]

POWER = 0.8
"""The chance that is planned for."""
MOST = 10**10
"""No number of people above this is a plan; there are not as many."""
_KNOTS = 25
"""How many counts of the reference stand for all; every one of them, where these are few."""
_REACH, _SPARE = 5.0, 3.0
"""Counts farther from the expected one than so many standard deviations, and so many people, are left out."""
_NORMAL = 1e5
"""With a variance above this a binomial is taken for normal."""
_PLAUSIBLE = 2.0
"""Where the middle of the tables expects more than so many times `exact.FEW` people, none of them needs an exact test."""
_FEW, _DIP = 300.0, 0.02
"""In groups of fewer people the chance with one person less, or one more, is not to be lower by more than this."""
_ROUNDS = 4
"""So often a better number is computed from the chance of the last one; then the range is halved."""


Kind: TypeAlias = Literal["ratio", "difference", "rate"]
"""What lies within limits."""
_LINKS = {"ratio": exact.RATIO, "difference": exact.DIFFERENCE}
_ARRAYS = ("low", "high", "p1", "n1", "p2", "n2", "fails", "level")
"""Of comparisons; see `Comparisons`."""
_CHANCES: dict[Kind, Memory] = {"ratio": Memory(), "difference": Memory(), "rate": Memory()}
_CRITICAL: dict[Kind, Memory] = {"ratio": Memory(), "difference": Memory()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparisons:
    """Comparisons of one kind that are planned together; arrays of one shape, with an element for each.

    Attributes
    ----------
    low, high
        The limits; NaN where there is none.
    p1, p2
        Rates of the group and of its reference that are supposed to be true.
    n1, n2
        Their trials now; of a rate only the group's matter.
    fails
        Whether the verdict that is planned is a fail, and not a pass.
    level
        Of the one-sided tests, after all corrections.
    """

    kind: Kind
    low: Floats
    high: Floats
    p1: Floats
    n1: Floats
    p2: Floats
    n2: Floats
    fails: Bools
    level: Floats

    @property
    def above(self) -> Floats:
        """The limit that the value has to be shown above; NaN where there is none."""
        return np.where(self.fails, np.where(self._value > self.high, self.high, np.nan), self.low)

    @property
    def below(self) -> Floats:
        """The limit that the value has to be shown below; NaN where there is none."""
        return np.where(self.fails, np.where(self._value < self.low, self.low, np.nan), self.high)

    @property
    def possible(self) -> Bools:
        """Whether any number of people could be enough."""
        value = self._value
        outside = (value < self.low) | (value > self.high)
        inside = ~(value <= self.low) & ~(value >= self.high) & ~np.isnan(value)
        sure = (self.p1 <= 0) | (self.p1 >= 1)
        if self.kind != "rate":
            sure &= (self.p2 <= 0) | (self.p2 >= 1)
        can_be_shown: Bools = np.where(self.fails, outside, inside) & ~sure
        return can_be_shown

    @property
    def _value(self) -> Floats:
        if self.kind == "rate":
            return self.p1
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.p1 - self.p2 if self.kind == "difference" else self.p1 / self.p2

    def of(self, places: Whole) -> Comparisons:
        """Return some of them, by their places."""
        return dataclasses.replace(self, **{name: getattr(self, name)[places] for name in _ARRAYS})

    def grown(self, times: Floats, *, both: Bools) -> Comparisons:
        """Return them with so many times the people in the group, or in `both` groups; whole numbers of them."""
        return dataclasses.replace(
            self, n1=_whole(self.n1 * times), n2=_whole(np.where(both, self.n2 * times, self.n2))
        )


def people_needed(asked: Comparisons, people: Floats, *, both: bool | Bools) -> Floats:
    """Find how many people let comparisons be decided with a chance of 80%.

    Parameters
    ----------
    people
        Of the group now, or of the whole sample if it is to grow in `both` groups alike.
    both
        Whether the reference grows with the group, or stays as it is; one answer for all, or one for each.

    Returns
    -------
    array
        Numbers with two digits, above those of now; NaN where none is enough, or those of now should be.

    Examples
    --------
    >>> one = {"low": 0.8, "high": 1.25, "p1": 0.5, "n1": 20, "p2": 0.5, "n2": 1e6, "fails": False, "level": 0.05}
    >>> asked = Comparisons(kind="ratio", **{name: np.array([value]) for name, value in one.items()})
    >>> people_needed(asked, np.array([20.0]), both=False)
    array([180.])
    """
    places = np.flatnonzero(asked.possible)
    needed = np.full(people.shape, np.nan)
    if not places.size:
        return needed
    asked, people = asked.of(places), people[places]
    grow = np.broadcast_to(both, needed.shape)[places]
    # Of the numbers in order: the last one known to be too few, and the first one known to be enough.
    now = _place(people)
    few, enough = now.copy(), np.full(now.shape, _place(np.array(MOST)) + 1)
    none = int(enough[0])
    guess = _place(np.minimum(np.ceil(people * _approximately(asked, both=grow)), MOST))
    for round_ in range(_ROUNDS + none.bit_length()):
        open_ = np.flatnonzero(enough - few > 1)
        if not open_.size:
            break
        guess = np.clip(guess, few + 1, enough - 1)
        numbers = _number(guess[open_])
        unsettled = asked.of(open_)
        chance = _steady_power(unsettled.grown(numbers / people[open_], both=grow[open_]))
        good = chance >= POWER
        enough[open_[good]], few[open_[~good]] = guess[open_[good]], guess[open_[~good]]
        if round_ < _ROUNDS:
            guess[open_] = _place(np.minimum(np.ceil(numbers * _times(unsettled, chance)), MOST))
        else:
            guess = (few + enough) // 2
    known = enough < none
    # Where the very next number is enough, so may be that of now.
    next_ = np.flatnonzero(known & (enough == now + 1))
    known[next_] &= power(asked.of(next_).grown(np.ones(next_.shape), both=grow[next_])) < POWER
    needed[places] = np.where(known, _number(enough), np.nan)
    return needed


def power(asked: Comparisons) -> Floats:
    """Compute the chance that comparisons are decided as planned, with as many people as they have.

    What was computed is kept: a search comes back to its numbers from those next to them, and whoever changes an audit asks of many comparisons again.
    """
    columns = tuple(getattr(asked, name) for name in _ARRAYS)
    return _CHANCES[asked.kind].recall(columns, lambda places: _chances(asked.of(places)))


def _chances(asked: Comparisons) -> Floats:
    """Add up the chances of what decides comparisons, each by itself; see `power`."""
    x2, weight = (
        (np.zeros((*asked.p1.shape, 1)), np.ones((*asked.p1.shape, 1)))
        if asked.kind == "rate"
        else _likely(asked.n2, asked.p2)
    )
    n1, p1 = asked.n1[:, None], asked.p1[:, None]
    first, last = np.zeros(x2.shape), np.broadcast_to(n1, x2.shape).copy()
    above, below = asked.above, asked.below
    lower, upper = np.flatnonzero(~np.isnan(above)), np.flatnonzero(~np.isnan(below))
    # Both sides in one search, as each of its steps costs about the same for one as for many.
    places = np.concatenate([lower, upper])
    if places.size:
        sought = _Sought(
            asked=asked.of(places),
            limit=np.concatenate([above[lower], below[upper]]),
            other=np.concatenate([asked.low[lower], asked.high[upper]]),
            side=np.repeat([1.0, -1.0], [lower.size, upper.size]),
            x2=np.zeros(places.shape),
            critical=np.full(places.shape, np.nan),
        )
        beside = dataclasses.replace(
            sought.of(np.repeat(np.arange(places.size), x2.shape[1])), x2=x2[places].ravel()
        )
        edges = _edges(beside).reshape(-1, x2.shape[1])
        first[lower], last[upper] = edges[: lower.size], edges[lower.size :]
    chance = _at_most(last, n1, p1) - _at_most(first - 1, n1, p1)
    chances: Floats = (weight * np.where(last < first, 0.0, chance)).sum(axis=1)
    return chances


def _steady_power(asked: Comparisons) -> Floats:
    """Compute the chance that plans rest on: with few people it goes up and down from one more to the next, and a dip close by counts."""
    every, few = np.arange(asked.n1.size), np.flatnonzero(asked.n1 < _FEW)
    close = asked.of(np.concatenate([every, few, few]))
    by = np.repeat([0.0, -1.0, 1.0], [every.size, few.size, few.size])
    chances, less, more = np.split(
        power(dataclasses.replace(close, n1=np.maximum(close.n1 + by, 0))),
        [every.size, every.size + few.size],
    )
    chances[few] = np.minimum(chances[few], np.minimum(less, more) + _DIP)
    return np.asarray(chances)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sought:
    """What is to be shown: that values lie above limits (`side` 1), or below them (-1).

    Attributes
    ----------
    other
        The limit on the other side; NaN where there is none.
    x2
        Successes of the reference, beside which it is to be shown.
    critical
        Statistics from which on exact tests agree; NaN where none are asked.
    """

    asked: Comparisons
    limit: Floats
    other: Floats
    side: Floats
    x2: Floats
    critical: Floats

    def of(self, places: Whole) -> _Sought:
        """Return some of it, by places."""
        arrays = ("limit", "other", "side", "x2", "critical")
        parts = {name: getattr(self, name)[places] for name in arrays}
        return _Sought(asked=self.asked.of(places), **parts)

    def evidence(self, x1: Floats) -> Floats:
        """Say by how many standard errors successes of the group, of shape (m, n), show more than has to be shown."""
        p_values = self.p_values(self.limit, x1)
        # What lies beyond one limit of a narrow band errs beyond the other one as well.
        both = np.flatnonzero(self.asked.fails & ~np.isnan(self.other))
        if both.size:
            p_values[:, both] += self.of(both).p_values(self.other[both], x1[:, both])
        evidence: Floats = ndtri(self.asked.level) - ndtri(p_values)
        asks = np.flatnonzero(~np.isnan(self.critical))
        if asks.size:
            some = self.of(asks)
            tables = some.tables(x1[:, asks])
            agrees = some.side * tables.score(skewness=False) - some.critical
            agrees = np.where(tables.fewest_expected >= exact.FEW, np.inf, agrees)
            evidence[:, asks] = np.minimum(evidence[:, asks], agrees)
        return evidence

    def p_values(self, limit: Floats, x1: Floats) -> Floats:
        """Compute what the score tests say of one limit, or the exact tests of a rate."""
        asked = self.asked
        if asked.kind == "rate":
            below, above = contrast.exact_rate_scores(limit, x1, asked.n1)
            return np.asarray(ndtr(np.where(self.side > 0, -above, below)))
        score = _LINKS[asked.kind].score(limit, x1, asked.n1, self.x2, asked.n2)
        return np.asarray(ndtr(-self.side * score))

    def tables(self, x1: Floats) -> exact.Tables:
        """Return tables of which the limit is supposed to be true."""
        asked = self.asked
        supposed, x1, n1, x2, n2 = contrast.floats(self.limit, x1, asked.n1, self.x2, asked.n2)
        return exact.Tables(link=_LINKS[asked.kind], supposed=supposed, x1=x1, n1=n1, x2=x2, n2=n2)

    @property
    def nearly(self) -> Floats:
        """How many of the group about show it."""
        asked, bound = self.asked, -self.side * ndtri(self.asked.level)
        if asked.kind == "rate":
            return asked.n1 * self.limit + bound * np.sqrt(asked.n1 * self.limit * (1 - self.limit))
        return boundaries.Counts(
            link=_LINKS[asked.kind],
            is_group=False,
            supposed=self.limit,
            counts=self.x2,
            trials=asked.n2,
            other_trials=asked.n1,
        ).nearly(bound)


def _edges(sought: _Sought) -> Floats:
    """Find the fewest of the group that show what is sought, or the most on the lower side."""
    n1, p1 = sought.asked.n1, sought.asked.p1
    reach = _REACH * np.sqrt(n1 * p1 * (1 - p1)) + _SPARE
    low = np.maximum(np.floor(n1 * p1 - reach) - 1, -1)
    high = np.minimum(np.ceil(n1 * p1 + reach) + 1, n1 + 1)
    edges = _edges_between(sought, low, high, sought.nearly)
    if sought.asked.kind == "rate":
        return edges
    # Exact tests only take away from what scores show, and only where these begin to show it there may be too few people for them.
    inside = np.flatnonzero((edges > low) & (edges < high))
    few = inside[sought.of(inside).tables(edges[inside]).fewest_expected < exact.FEW]
    if few.size:
        rest = sought.of(few)
        rest = dataclasses.replace(rest, critical=_critical(rest))
        edges[few] = _edges_between(rest, low[few], high[few], edges[few])
    return edges


def _edges_between(sought: _Sought, low: Floats, high: Floats, guess: Floats) -> Floats:
    def look(counts: Floats, places: Whole) -> tuple[Bools, Floats]:
        evidence, upper = sought.of(places).evidence(counts), sought.side[places] > 0
        return (evidence >= 0) != upper, np.where(upper, -evidence, evidence)

    short = neighbours(look, low, high, guess)
    return np.where(sought.side > 0, short + 1, short)


def _critical(sought: _Sought) -> Floats:
    """Find the statistics from which on exact tests agree; NaN where no table needs one."""
    asked = sought.asked
    tables = dataclasses.replace(sought, x2=np.rint(asked.n2 * asked.p2)).tables(np.rint(asked.n1 * asked.p1))
    critical = np.full(sought.limit.shape, np.nan)
    few = tables.fewest_expected < _PLAUSIBLE * exact.FEW
    places = np.flatnonzero(few & (asked.n1 >= 1) & (asked.n2 >= 1))
    if not places.size:
        return critical
    ways, upper = (tables.of(places), tables.of(places).mirrored), sought.side[places] > 0
    # Many a table comes up beside several counts, and in several searches at once.
    columns = tuple(
        np.where(upper, getattr(ways[0], name), getattr(ways[1], name))
        for name in ("supposed", "x1", "n1", "x2", "n2")
    )
    supposed, x1, n1, x2, n2 = columns
    shown = exact.Tables(link=tables.link, supposed=supposed, x1=x1, n1=n1, x2=x2, n2=n2)
    level = asked.level[places]
    critical[places] = _CRITICAL[asked.kind].recall(
        (*columns, level), lambda rows: exact.critical_score(shown.of(rows), level=level[rows])
    )
    return critical


def _likely(n: Floats, p: Floats) -> tuple[Floats, Floats]:
    """List counts that stand for all those that may well come, shape (samples, counts), and their weights, which sum to 1."""
    expected = n * p
    reach = _REACH * np.sqrt(expected * (1 - p)) + _SPARE
    low, high = np.maximum(np.floor(expected - reach), 0), np.minimum(np.ceil(expected + reach), n)
    step = np.maximum(np.ceil((high - low) / (_KNOTS - 1)), 1)
    counts = low[:, None] + step[:, None] * np.arange(_KNOTS)
    trials, rate = n[:, None], p[:, None]
    inside = np.minimum(counts, trials)
    log = gammaln(trials + 1) - gammaln(inside + 1) - gammaln(trials - inside + 1)
    weight = np.exp(log + xlogy(inside, rate) + xlogy(trials - inside, 1 - rate))
    weight = np.where(counts <= trials, weight, 0.0)
    return inside, weight / weight.sum(axis=1, keepdims=True)


def _at_most(counts: Floats, n: Floats, p: Floats) -> Floats:
    """Compute the probability of at most so many; 0 below 0, and 1 from all on."""
    counts, n, p = contrast.floats(counts, n, p)
    inside = np.clip(counts, 0, np.maximum(n - 1, 0))
    spread = np.sqrt(n * p * (1 - p))
    chances = betainc(np.maximum(n - inside, 1), inside + 1, 1 - p)
    large = spread**2 > _NORMAL
    chances[large] = ndtr((counts[large] + 0.5 - (n * p)[large]) / spread[large])
    chances[counts < 0], chances[counts >= n] = 0.0, 1.0
    return np.asarray(chances)


def _approximately(asked: Comparisons, *, both: Bools) -> Floats:
    """Find roughly how many times the people it takes, from scores at the expected counts that are taken for normal; infinite where none do."""

    def too_few(log_times: Floats) -> Bools:
        # What cannot be computed is no evidence.
        return ~(_normal_power(asked, np.exp(log_times), both=both) >= POWER)

    most = math.log(MOST)
    _, times = halve(
        too_few, np.zeros(asked.p1.shape), np.full(asked.p1.shape, most), math.ceil(math.log2(most / 0.01))
    )
    return np.asarray(np.exp(times))


def _normal_power(asked: Comparisons, times: Floats, *, both: Bools) -> Floats:
    n1, n2 = asked.n1 * times, np.where(both, asked.n2 * times, asked.n2)
    x1, x2 = n1 * asked.p1, n2 * asked.p2
    spread1, spread2 = (np.sqrt(n * p * (1 - p)) for n, p in ((n1, asked.p1), (n2, asked.p2)))
    # Beside the expected counts half a standard deviation more and less of each, all in one call.
    by1, by2 = (np.array(by).reshape(5, *[1] * times.ndim) for by in ((1, -1, 0, 0, 0), (0, 0, 1, -1, 0)))
    a, b = np.clip(x1 + by1 * (spread1 / 2), 0, n1), np.clip(x2 + by2 * (spread2 / 2), 0, n2)
    sides = np.stack([asked.above, asked.below])
    limits = np.where(np.isnan(sides), 1.0, sides).reshape(2, *[1] * times.ndim, -1)
    with np.errstate(divide="ignore", invalid="ignore"):
        if asked.kind == "rate":
            scores = contrast.rate_score(limits, a, n1)
        else:
            scores = _LINKS[asked.kind].score(limits, a, n1, b, n2)
        more1, less1, more2, less2, expected = scores.swapaxes(0, 1)
        side = np.array([1.0, -1.0]).reshape(2, *[1] * times.ndim)
        beyond = (side * expected + ndtri(asked.level)) / np.hypot(more1 - less1, more2 - less2)
    missed = np.where(
        np.isnan(sides.reshape(limits.shape)[:, 0]), 0.0, ndtr(-np.nan_to_num(beyond, nan=-np.inf))
    )
    return np.asarray(1 - (missed[0] + missed[1]))


def _times(asked: Comparisons, chance: Floats) -> Floats:
    """Compute how many times the people to try next, after they turned out to have a chance; by the law of the square root."""
    two = ~np.isnan(asked.above) & ~np.isnan(asked.below)
    reached, wanted = (
        ndtri(np.clip(np.where(two, (1 + share) / 2, share), 0.001, 0.999))
        for share in (chance, np.full(chance.shape, POWER))
    )
    needed = -ndtri(asked.level)
    return ((needed + wanted) / np.maximum(needed + reached, 0.2)) ** 2


def _whole(people: Floats) -> Floats:
    # A number that was divided and multiplied again may miss the whole one that it was.
    return np.asarray(np.floor(people + 1e-9 * np.maximum(people, 1)))


def _place(numbers: Floats) -> Whole:
    """Return the places of numbers in the order of those of two digits (0, 1, … 99, 100, 110, …); of the next larger one, if they have more."""
    whole = np.maximum(np.ceil(numbers), 0)
    zeros = np.maximum(np.floor(np.log10(np.maximum(whole, 1)) + 1e-12) - 1, 0)
    return np.asarray(np.ceil(whole / 10**zeros) + 90 * zeros, dtype=np.int64)


def _number(places: Whole) -> Floats:
    """Return the numbers at places; see `_place`."""
    zeros = np.maximum((places - 10) // 90, 0)
    return np.asarray((places - 90 * zeros) * 10.0**zeros)


__all__ = ["MOST", "POWER", "Comparisons", "Kind", "people_needed", "power"]
