"""Exact one-sided tests of a supposed ratio or difference of two rates, where few people are expected.

The score test takes its statistic for normal. Where a cell of the table expects few people it is not: 7 of 7 beside 930 of 1,000 look
like evidence at 5% that the group's rate is at least four fifths of the reference's, and a group at 0.744 shows that in one of eight
samples. Here the chances of all tables are added up instead. The rate of the reference, which no supposition fixes, is taken where
these chances are largest, of all the rates that the larger sample does not rule out.

References
----------
.. [1] Chan 1998, Exact tests of equivalence and efficacy with a non-zero lower bound for comparative studies,
   doi:10.1002/(SICI)1097-0258(19980630)17:12<1403::AID-SIM834>3.0.CO;2-Y: tables ordered by the score statistic.
.. [2] Berger and Boos 1994, P values maximized over a confidence set for the nuisance parameter,
   doi:10.1080/01621459.1994.10476836: the bounded range of the unknown rate, whose doubt is added to the p-value.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairaudit.inference import boundaries, contrast
from fairaudit.inference.boundaries import DIFFERENCE, RATIO, Link
from fairaudit.inference.memory import Memory
from fairaudit.inference.proportion import beta_quantile
from fairaudit.inference.special import betainc, gammaln, ndtr, ndtri, xlogy

Floats: TypeAlias = NDArray[np.float64]

FEW = 20.0
"""With a cell that expects fewer people than this, the exact test has to agree with the score test. With 5 the worst one-sided test at 5%
is wrong in 6.9%, with 10 in 6.2%, with 20 in 5.4% (``benchmarks/simulate``)."""
DOUBT = 1e-6
"""The chance that the unknown rate lies outside the range that is searched; no exact p-value is smaller."""
_RATES = 32
"""How many rates of that range are tried, evenly by their arcsine; four times as many change p-values by about 1%."""
_WORTH = 0.1
"""A score test that calls it chance with more than this stands alone; an exact test could only agree."""
_REACH, _SPARE = 5.2, 4.0
"""Counts farther from the expected one than so many standard deviations, and so many people, are left out: about one in a million."""
_WHOLE = 1e-9
"""By how much a whole number may be missed that was divided and multiplied again."""
_CELLS_AT_ONCE = 1 << 21
"""To spare memory."""
_QUICK_CELLS = 1 << 17
"""So many are added up fastest, as they stay near the processor."""
_ROUNDS = 3
"""After which the statistic that is searched changes by less than the steps of its chances."""
_WIDER = 4
"""Ranges of counts that differ in length by no more than so many times are looked at together."""
_FAR, _FAR_SPARE = 7.0, 6.0
"""Counts farther from the expected one than so many standard deviations, and so many people, have next to no chance: 1e-12."""
_NEVER = 60.0
"""A tail is not computed whose logarithm is below minus this: 1e-26."""
_CHEAPER = 40
"""So many counts of a distribution are added up in the time that one of its tails takes by itself."""
_LONGEST = _CELLS_AT_ONCE // _RATES
"""No longer distribution is added up for tables that are shorter, to spare memory."""
_COLUMNS = ("supposed", "x1", "n1", "x2", "n2")
_P_VALUES = {RATIO: Memory(), DIFFERENCE: Memory()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """Tables of a group and its reference, with what is supposed of their rates; arrays of one shape, (tables,).

    Attributes
    ----------
    supposed
        The ratio, or the difference, as `link` says.
    x1, n1, x2, n2
        Successes and trials of the group and of its reference.
    """

    link: Link
    supposed: Floats
    x1: Floats
    n1: Floats
    x2: Floats
    n2: Floats

    def of(self, places: NDArray[np.bool_] | NDArray[np.intp]) -> Tables:
        """Return some of them, by their places."""
        return Tables(link=self.link, **{name: getattr(self, name)[places] for name in _COLUMNS})

    def with_(self, others: Tables) -> Tables:
        """Return them with others after them."""
        joined = {name: np.concatenate([getattr(self, name), getattr(others, name)]) for name in _COLUMNS}
        return Tables(link=self.link, **joined)

    @property
    def mirrored(self) -> Tables:
        """The same tables with group and reference in each other's place."""
        return Tables(
            link=self.link,
            supposed=self.link.swapped(self.supposed),
            x1=self.x2,
            n1=self.n2,
            x2=self.x1,
            n2=self.n1,
        )

    @property
    def fewest_expected(self) -> Floats:
        """How many people the cell expects that expects the fewest, if the supposition is true."""
        p1, p2 = self.link.rates(self.supposed, self.x1, self.n1, self.x2, self.n2)
        with np.errstate(invalid="ignore"):
            return np.minimum(self.n1 * np.minimum(p1, 1 - p1), self.n2 * np.minimum(p2, 1 - p2))

    def score(self, *, skewness: bool = True) -> Floats:
        """Compute the statistics of the supposition."""
        return np.asarray(
            self.link.score(self.supposed, self.x1, self.n1, self.x2, self.n2, skewness=skewness)
        )


def ratio_scores(
    ratio: ArrayLike, x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike
) -> tuple[Floats, Floats]:
    """Compute statistics of a supposed ratio as `contrast.ratio_score` does, to which exact tests agree where few people are expected.

    Parameters
    ----------
    ratio, x1, n1, x2, n2
        As for `contrast.ratio_score`.

    Returns
    -------
    below, above
        Normal quantiles: ``ndtr(below)`` is the p-value of the ratio not being below the supposed one, ``ndtr(-above)`` that of its not
        being above. Both are the score where people are enough; elsewhere the weaker one of both tests. NaN where somebody has no trials.

    Examples
    --------
    >>> from scipy.special import ndtr
    >>> _, above = ratio_scores(0.8, 7, 7, 930, 1000)
    >>> round(float(ndtr(-above)), 2), round(float(ndtr(-contrast.ratio_score(0.8, 7, 7, 930, 1000))), 2)
    (0.11, 0.05)
    """
    return _scores(RATIO, ratio, x1, n1, x2, n2)


def difference_scores(
    difference: ArrayLike, x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike
) -> tuple[Floats, Floats]:
    """Compute statistics of a supposed difference; as `ratio_scores`."""
    return _scores(DIFFERENCE, difference, x1, n1, x2, n2)


def ratio_p_above(ratio: ArrayLike, x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike) -> Floats:
    """Compute the exact p-value of a ratio not being above a supposed one, however many people there are."""
    return _shaped(RATIO, ratio, x1, n1, x2, n2)


def difference_p_above(
    difference: ArrayLike, x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike
) -> Floats:
    """Compute the exact p-value of a difference not being above a supposed one, however many people there are."""
    return _shaped(DIFFERENCE, difference, x1, n1, x2, n2)


def _tables(link: Link, *columns: ArrayLike) -> Tables:
    supposed, x1, n1, x2, n2 = contrast.floats(*columns)
    return Tables(link=link, supposed=supposed, x1=x1, n1=n1, x2=x2, n2=n2)


def _shaped(link: Link, *columns: ArrayLike) -> Floats:
    shaped = contrast.floats(*columns)
    return _p_above(_tables(link, *(column.ravel() for column in shaped))).reshape(shaped[0].shape)


def _scores(link: Link, *columns: ArrayLike) -> tuple[Floats, Floats]:
    tables = _tables(link, *columns)
    score = tables.score()
    few = (tables.fewest_expected < FEW) & (tables.n1 >= 1) & (tables.n2 >= 1)
    below, above = score.copy(), score.copy()
    lower, upper = (few & (ndtr(side * score) <= _WORTH) for side in (1, -1))
    if lower.any() or upper.any():
        # Both sides in one search, as each of its steps costs about the same for one table as for many.
        quantiles = ndtri(_p_above(tables.of(lower).mirrored.with_(tables.of(upper))))
        below[lower] = np.maximum(score[lower], quantiles[: lower.sum()])
        above[upper] = np.minimum(score[upper], -quantiles[lower.sum() :])
    return below, above


def critical_score(tables: Tables, *, level: Floats) -> Floats:
    """Find the statistic, without the correction for skewness, from which on the exact test calls the truth above the supposed number.

    It hardly differs between tables of the same sizes, so that one of them, which lies in the middle, stands for all.

    Parameters
    ----------
    tables
        Of whole numbers of people.
    level
        Of the test.

    Returns
    -------
    array
        Infinite where no table is enough.
    """
    reached = -ndtri(level)
    critical = reached.copy()
    # Without any pair of rates there is no chance.
    critical += _ROUNDS * (reached + ndtri(DOUBT))
    for listed in _listed(tables, _likely_rates(tables)):
        aim = reached[listed.places]
        statistic, others = aim.copy(), _Others.of(listed)
        boundary = None
        for _ in range(_ROUNDS):
            boundary = listed.boundary(statistic, others.within, near=boundary)
            chance = listed.worst(others.at_most(boundary))
            statistic = statistic + aim + ndtri(np.minimum(chance + DOUBT, 1 - DOUBT))
        critical[listed.places] = statistic
    return np.where(level <= 2 * DOUBT, np.inf, critical)


def _p_above(tables: Tables) -> Floats:
    """Find the largest chance of tables that speak as much for a larger number, over the rates that the reference may have."""
    # Sums are over whole people. A table of what rows are worth may hold parts of them: it is made smaller, and speaks for a larger number less.
    m, k = np.floor(tables.n1), np.floor(tables.n2)
    whole = Tables(
        link=tables.link,
        supposed=tables.supposed,
        x1=np.minimum(np.floor(tables.x1 * (m / tables.n1) + _WHOLE), m),
        n1=m,
        x2=np.minimum(np.ceil(tables.x2 * (k / tables.n2) - _WHOLE), k),
        n2=k,
    )
    # Many a table comes up again: beside a limit, when decisions are changed one by one, and in the next audit.
    columns = tuple(getattr(whole, name) for name in _COLUMNS)
    return _P_VALUES[tables.link].recall(columns, lambda places: _largest(whole.of(places)))


def _largest(tables: Tables) -> Floats:
    """Find the largest chance, of tables of whole people."""
    least = tables.score(skewness=False) - 1e-9
    chance = np.zeros(least.shape)
    for listed in _listed(tables, _likely_rates(tables)):
        chance[listed.places] = listed.worst(listed.at_most(listed.boundary(least[listed.places])))
    return np.minimum(chance + DOUBT, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rates:
    """Pairs of rates that both samples may well have, shape (tables, rates); `possible` tells whether a table has any."""

    group: Floats
    reference: Floats
    possible: NDArray[np.bool_]


def _likely_rates(tables: Tables) -> _Rates:
    """List pairs of rates over the Clopper-Pearson interval of the larger sample."""
    link, supposed = tables.link, tables.supposed
    larger = tables.n2 >= tables.n1
    x, n = np.where(larger, tables.x2, tables.x1), np.where(larger, tables.n2, tables.n1)
    low = np.where(x > 0, beta_quantile(np.maximum(x, 0.5), n - x + 1, DOUBT / 2), 0.0)
    high = np.where(x < n, beta_quantile(x + 1, np.maximum(n - x, 0.5), 1 - DOUBT / 2), 1.0)
    low = np.where(larger, low, link.reference(supposed, low))
    high = np.where(larger, high, link.reference(supposed, high))
    least = np.maximum(0.0, link.reference(supposed, np.zeros_like(supposed)))
    most = np.minimum(1.0, link.reference(supposed, np.ones_like(supposed)))
    possible = (low <= most) & (high >= least)
    low, high = np.clip(low, least, most), np.clip(high, least, most)
    start, end = np.arcsin(np.sqrt(low)), np.arcsin(np.sqrt(high))
    steps = start[:, None] + (end - start)[:, None] * np.linspace(0, 1, _RATES)
    p2 = np.clip(np.sin(steps) ** 2, low[:, None], high[:, None])
    return _Rates(group=np.clip(link.group(supposed[:, None], p2), 0, 1), reference=p2, possible=possible)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    """Tables whose one sample is listed count by count, to be put beside the other.

    Attributes
    ----------
    places
        Of the tables among all.
    is_group
        Whether the group is the sample that is listed, and not the reference.
    counts
        Of that sample, shape (tables, counts). Only the first `lengths` of them belong to a table, so that no table is touched by its neighbours.
    chances
        Of the counts, shape (tables, rates, counts); 0 for those that do not belong to the table.
    others, other_rates
        Trials of the other sample, shape (tables,), and its rates.
    """

    link: Link
    places: NDArray[np.intp]
    is_group: bool
    supposed: Floats
    trials: Floats
    counts: Floats
    lengths: NDArray[np.intp]
    chances: Floats
    others: Floats
    other_rates: Floats

    def of(self, rows: NDArray[np.intp]) -> _Listed:
        """Return some of them, by their rows."""
        arrays = ("places", "supposed", "trials", "counts", "lengths", "chances", "others", "other_rates")
        return dataclasses.replace(self, **{name: getattr(self, name)[rows] for name in arrays})

    def boundary(
        self, least: Floats, within: tuple[Floats, Floats] | None = None, near: Floats | None = None
    ) -> Floats:
        """Find, beside each count of the one sample, where the score of the other's counts passes `least`.

        This is the most that the reference, or one less than the least that the group, may have. It is looked for `within` the counts that have
        any chance, if these are known, and from those that are `near` on.
        """
        known = np.arange(self.counts.shape[1]) < self.lengths[:, None]
        first, last = (np.zeros(self.others.shape), self.others) if within is None else within
        supposed, trials, others, bound, first, last = (
            np.broadcast_to(column[:, None], known.shape)[known]
            for column in (self.supposed, self.trials, self.others, least, first, last)
        )
        counts = boundaries.Counts(
            link=self.link,
            is_group=self.is_group,
            supposed=supposed,
            counts=self.counts[known],
            trials=trials,
            other_trials=others,
        )
        edges = np.zeros(known.shape)
        edges[known] = boundaries.boundary(
            counts, bound, (first, last), None if near is None else near[known]
        )
        return edges

    def at_most(self, counts: Floats) -> Floats:
        """Compute the probability of at most so many of the other sample, shape (tables, rates, counts); 0 below 0."""
        trials, share = self.others[:, None, None], self.other_rates[:, :, None]
        known = np.arange(counts.shape[1]) < self.lengths[:, None]
        inside = np.clip(counts, 0, self.others[:, None] - 1)[:, None, :]
        # By Bernstein's inequality a count so far from the expected one has a tail that no sum of chances would show.
        away = inside - trials * share
        spread = 2 * _NEVER * (trials * share * (1 - share) + np.abs(away) / 3)
        tails = np.where(away > 0, 1.0, 0.0)
        betainc(
            trials - inside, inside + 1, 1 - share, out=tails, where=known[:, None, :] & (away**2 <= spread)
        )
        wanted = counts[:, None, :]
        return np.where(wanted < 0, 0.0, np.where(wanted >= trials, 1.0, tails))

    def worst(self, at_most: Floats) -> Floats:
        """Find the largest chance, over the rates, of tables on the far side of a boundary, from that of at most so many of the other sample."""
        parts = self.chances * (at_most if self.is_group else 1 - at_most)
        largest = np.zeros(self.lengths.shape)
        # How a sum is rounded depends on how many numbers it has: each table has its own, whatever stands beside it.
        for length in np.unique(self.lengths):
            rows = np.flatnonzero(self.lengths == length)
            largest[rows] = parts[rows, :, :length].sum(axis=2).max(axis=1)
        return largest


def _listed(tables: Tables, rates: _Rates) -> Iterator[_Listed]:
    """List the counts of that sample of each table which has the fewer ones, tables of like lengths together."""
    spread1 = (tables.n1[:, None] * rates.group * (1 - rates.group)).max(axis=1)
    spread2 = (tables.n2[:, None] * rates.reference * (1 - rates.reference)).max(axis=1)
    for is_group in (True, False):
        chosen = np.flatnonzero(rates.possible & ((spread1 <= spread2) == is_group))
        if not chosen.size:
            continue
        sample, other_sample = (tables.n1, rates.group), (tables.n2, rates.reference)
        if not is_group:
            sample, other_sample = other_sample, sample
        start, lengths = _support(sample[0][chosen], sample[1][chosen])
        for part in _alike(lengths):
            places, longest = chosen[part], int(lengths[part].max())
            trials = sample[0][places]
            counts = np.minimum(start[part][:, None] + np.arange(longest), trials[:, None])
            known = np.arange(longest) < lengths[part][:, None]
            yield _Listed(
                link=tables.link,
                places=places,
                is_group=is_group,
                supposed=tables.supposed[places],
                trials=trials,
                counts=counts,
                lengths=lengths[part],
                chances=np.where(known[:, None, :], _probability(counts, trials, sample[1][places]), 0.0),
                others=other_sample[0][places],
                other_rates=other_sample[1][places],
            )


def _alike(lengths: NDArray[np.intp], *, most: int = _CELLS_AT_ONCE) -> Iterator[NDArray[np.intp]]:
    """Return the places of lengths that are like each other, with no more cells together than `most`."""
    sizes = (np.log2(lengths) / math.log2(_WIDER)).astype(np.intp)
    for size in np.unique(sizes):
        places = np.flatnonzero(sizes == size)
        parts = -(-places.size * int(lengths[places].max()) * _RATES // most)
        # One table may be more than that by itself.
        yield from np.array_split(places, min(parts, places.size))


def _support(n: Floats, rates: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """Return the first count that is not too unlikely at some rate, and how many there are from there on."""
    expected = n[:, None] * rates
    reach = _REACH * np.sqrt(expected * (1 - rates)) + _SPARE
    first = np.clip(np.floor((expected - reach).min(axis=1)), 0, n)
    last = np.clip(np.ceil((expected + reach).max(axis=1)), 0, n)
    return first, (last - first).astype(np.intp) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Added:
    """Distributions of the other sample, added up count by count, for the tables that they belong to.

    Attributes
    ----------
    chances
        Of at most so many, one distribution after the other, each from one below its first count on.
    shifts
        What leads from a count to its place among the chances, shape (tables, rates).
    starts, ends
        The first and the last place of a distribution, shape (tables, rates).
    """

    chances: Floats
    shifts: NDArray[np.intp]
    starts: NDArray[np.intp]
    ends: NDArray[np.intp]

    @classmethod
    def of(cls, distributions: _Distributions, rows: NDArray[np.intp]) -> _Added:
        """Add up distributions, of which each table has that of its row."""
        n, p, first, lengths = (
            distributions.n,
            distributions.p,
            distributions.first,
            distributions.lengths,
        )
        starts, ends = np.zeros(p.shape, dtype=np.intp), np.zeros(p.shape, dtype=np.intp)
        parts, size = [np.zeros(0)], 0
        for part in _alike(lengths, most=_QUICK_CELLS):
            added = _added_up(n[part], p[part], first[part], lengths[part].max())
            length = added.shape[2]
            starts[part] = size + length * np.arange(part.size * _RATES).reshape(part.size, _RATES)
            ends[part] = starts[part] + length - 1
            parts.append(added.ravel())
            size += added.size
        return cls(
            chances=np.concatenate(parts),
            shifts=(starts - first.astype(np.intp) + 1)[rows],
            starts=starts[rows],
            ends=ends[rows],
        )

    def at_most(self, counts: Floats) -> Floats:
        """Look up the probability of at most so many, shape (tables, rates, counts)."""
        places = counts.astype(np.intp)[:, None, :] + self.shifts[:, :, None]
        np.clip(places, self.starts[:, :, None], self.ends[:, :, None], out=places)
        return np.asarray(self.chances.take(places))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Distributions:
    """Binomial distributions of a sample at each of its rates.

    Attributes
    ----------
    n, p
        Trials and rates, shapes (distributions, 1) and (distributions, rates).
    first, last
        Counts, beyond which there is next to no chance, shape (distributions, rates).
    """

    n: Floats
    p: Floats
    first: Floats
    last: Floats

    @classmethod
    def of(cls, n: Floats, p: Floats) -> _Distributions:
        """Find where the chances lie."""
        trials = n[:, None]
        reach = _FAR * np.sqrt(trials * p * (1 - p)) + _FAR_SPARE
        first = np.clip(np.floor(trials * p - reach), 0, trials)
        last = np.clip(np.ceil(trials * p + reach), 0, trials)
        return cls(n=trials, p=p, first=first, last=last)

    @property
    def lengths(self) -> NDArray[np.intp]:
        """How many counts each distribution has, at the rate that has the most."""
        return np.asarray((self.last - self.first).max(axis=1).astype(np.intp) + 1)

    def of_rows(self, rows: NDArray[np.intp]) -> _Distributions:
        """Return some of them."""
        return _Distributions(n=self.n[rows], p=self.p[rows], first=self.first[rows], last=self.last[rows])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Others:
    """The distributions of the other sample, added up once where that is less work than to compute each tail.

    Attributes
    ----------
    added, short
        The distributions that are added up, and the places of their tables.
    rest
        Places of the tables whose tails are computed one by one.
    within
        The first and the last count of each table that has any chance, shape (tables,).
    """

    listed: _Listed
    within: tuple[Floats, Floats]
    added: _Added
    short: NDArray[np.intp]
    rest: NDArray[np.intp]

    @classmethod
    def of(cls, listed: _Listed) -> _Others:
        """Add up each distribution once, however many tables have it."""
        every = _Distributions.of(listed.others, listed.other_rates)
        # All rates of a table follow from what is supposed, and from the first and the last of them.
        ends = np.stack([listed.supposed, listed.others, every.p[:, 0], every.p[:, -1]], axis=1)
        _, own, row_of = np.unique(ends, axis=0, return_index=True, return_inverse=True)
        # NumPy 2.0 gives them a second axis.
        row_of = row_of.reshape(-1)
        tails = np.bincount(row_of, weights=listed.lengths, minlength=own.size)
        most = np.maximum(np.minimum(_CHEAPER * tails, _LONGEST), _CHEAPER * listed.lengths[own])
        is_short = every.lengths[own] <= most
        is_of_short = is_short[row_of]
        short = np.flatnonzero(is_of_short)
        rows = (np.cumsum(is_short) - 1)[row_of[short]]
        return cls(
            listed=listed,
            within=(every.first.min(axis=1), every.last.max(axis=1)),
            added=_Added.of(every.of_rows(own[is_short]), rows),
            short=short,
            rest=np.flatnonzero(~is_of_short),
        )

    def at_most(self, counts: Floats) -> Floats:
        """Compute what `_Listed.at_most` does."""
        if not self.rest.size:
            return self.added.at_most(counts)
        if not self.short.size:
            return self.listed.at_most(counts)
        chances = np.empty(self.listed.chances.shape)
        chances[self.short] = self.added.at_most(counts[self.short])
        chances[self.rest] = self.listed.of(self.rest).at_most(counts[self.rest])
        return chances


def _added_up(n: Floats, rates: Floats, first: Floats, length: int) -> Floats:
    """Compute the chances of at most so many, shape (tables, rates, counts): 0, and then those from the first count on."""
    chances = np.empty((*rates.shape, length + 1))
    chances[:, :, 0], chances[:, :, 1] = 0.0, 1.0
    steps, further = chances[:, :, 2:], np.arange(length - 1)
    # How many times as likely each count is as the one before it.
    np.maximum((n - first)[:, :, None] - further, 0, out=steps)
    steps /= (first + 1)[:, :, None] + further
    # Next to 1 the rate is not 1, so that nothing is divided by 0.
    steps *= (rates / np.maximum(1 - rates, 2.0**-53))[:, :, None]
    np.multiply.accumulate(steps, axis=2, out=steps)
    np.add.accumulate(chances, axis=2, out=chances)
    chances /= chances[:, :, -1:].copy()
    return chances


def _probability(counts: Floats, n: Floats, rates: Floats) -> Floats:
    """Compute binomial probabilities, shape (tables, rates, counts)."""
    trials = n[:, None]
    ways = gammaln(trials + 1) - gammaln(counts + 1) - gammaln(trials - counts + 1)
    successes, failures = counts[:, None, :], (trials - counts)[:, None, :]
    share = rates[:, :, None]
    probabilities: Floats = np.exp(ways[:, None, :] + xlogy(successes, share) + xlogy(failures, 1 - share))
    return probabilities


__all__ = [
    "DIFFERENCE",
    "FEW",
    "RATIO",
    "Link",
    "Tables",
    "critical_score",
    "difference_p_above",
    "difference_scores",
    "ratio_p_above",
    "ratio_scores",
]
