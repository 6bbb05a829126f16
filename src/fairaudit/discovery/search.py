"""Slices of the search half that are worse than the rest by more than chance is likely to make them, and worse than each slice they are part of."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from fairaudit.discovery.coded import Column, Floats, Mask
from fairaudit.discovery.rows import Half
from fairaudit.discovery.tables import Counts, Index, Subset, count_subsets, counts_of, margins

Slice: TypeAlias = tuple[tuple[int, int], ...]
"""The conditions that all hold: each the place of its column, and its place among the conditions of that column."""

SCREEN = 3.0
"""A candidate is so many standard errors worse than the rest. The screen alone is no evidence: of all slices of noise one in 740 passes."""
_OF_PARENT = 1.645
"""It is so many standard errors worse than what each condition fewer leaves: one in 20 of those that are no worse passes."""
_MOST_OF_ALL = 0.5
"""Several conditions together leave at most so many of all people; what most people fulfil are conditions that hardly divide them."""
_OF_SUBSET, MOST_CANDIDATES = 10, (100, 200, 200)
"""So many candidates of the same columns, and of one, two and three conditions, are confirmed at most: those that are the most standard errors worse
than the rest. Each level has its own, as what makes a slice worse makes many of its parts worse, which would take all places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a slice has to have.

    Attributes
    ----------
    depth
        At most so many conditions.
    people, counted
        At least so many people of one half, and so many of these in the denominator.
    ratio
        At least so many times the rate of the rest.
    """

    depth: int
    people: float
    counted: float
    ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """What came out of the search half: how many slices were looked at, and those that are to be confirmed."""

    looked: int
    candidates: tuple[Slice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """Everybody: people in the denominator, the sum of what is measured, its mean, and the variance of single people.

    With the weights of a survey these are weighted, `counted` are the people themselves, and `v` is the sum of ``w² (y - p)²`` over them.
    """

    d: float
    s: float
    variance: float
    is_rate: bool
    counted: float
    v: float | None = None

    @property
    def mean(self) -> float:
        """What is measured of everybody."""
        return self.s / self.d if self.d else 0.0


def whole_of(half: Half) -> Whole:
    """Measure everybody in a half."""
    outcomes = half.outcomes
    weights = outcomes.counted * (1.0 if outcomes.worth is None else outcomes.worth)
    d, s = float(weights.sum()), float((weights * outcomes.amount).sum())
    squares = float((weights * outcomes.amount**2).sum())
    variance = max(squares / d - (s / d) ** 2, 0.0) if d else 0.0
    if outcomes.weights is None:
        return Whole(d=d, s=s, variance=variance, is_rate=outcomes.is_rate, counted=d)
    v = float(((weights * (outcomes.amount - (s / d if d else 0.0))) ** 2).sum())
    counted = float(outcomes.counted.sum())
    return Whole(d=d, s=s, variance=variance, is_rate=outcomes.is_rate, counted=counted, v=v)


def search(
    half: Half, columns: Sequence[Column], limits: Limits, progress: Callable[[float], None] = lambda _: None
) -> Searched:
    """Look at every slice of up to so many conditions, each on another column."""
    whole = whole_of(half)
    depth = min(limits.depth, len(columns))
    if depth == 0 or whole.s <= 0 or whole.variance == 0:
        return Searched(looked=0, candidates=())
    members = [column.members for column in columns]
    known: dict[Subset, Counts] = {}
    looked, picked = 0, []
    for subset, table in count_subsets(half, columns, depth, progress):
        for less in _new_subsets(subset, known):
            counts = counts_of(margins(table, subset, less), [members[c] for c in less])
            if len(less) < depth:
                known[less] = counts
            picked.append(_pick(less, counts, known, whole, limits))
            looked += picked[-1].looked
    return Searched(looked=looked, candidates=tuple(_best(picked)))


def _new_subsets(subset: Subset, known: dict[Subset, Counts]) -> Iterator[Subset]:
    """List the parts of a subset that were not counted before, the smallest first, and the subset itself."""
    for size in range(1, len(subset)):
        for less in itertools.combinations(subset, size):
            if less not in known:
                yield less
    yield subset


@dataclass(frozen=True, slots=True, kw_only=True)
class _Picked:
    """The candidates of one subset of columns: the places of their conditions, shape (candidates, columns), and by how many standard errors they are worse."""

    subset: Subset
    looked: int
    places: Index
    score: Floats


def _pick(
    subset: Subset, counts: Counts, known: dict[Subset, Counts], whole: Whole, limits: Limits
) -> _Picked:
    """Pick the slices of a subset that pass the screen, and that are worse than each slice of one condition fewer."""
    most = whole.counted - 1 if len(subset) == 1 else whole.counted * _MOST_OF_ALL
    large = (counts.n >= limits.people) & (counts.counted >= limits.counted) & (counts.counted <= most)
    places = np.nonzero(large)
    some = counts.of(places)
    score = scores(some, whole)
    passed = (score >= SCREEN) & _is_large(some, whole, limits.ratio)
    some, places = some.of(np.flatnonzero(passed)), tuple(axis[passed] for axis in places)
    keep = np.ones(len(some.n), dtype=np.bool_)
    for left_out in range(len(subset) if len(subset) > 1 else 0):
        parent = known[subset[:left_out] + subset[left_out + 1 :]]
        keep &= _adds(some, parent.of(places[:left_out] + places[left_out + 1 :]), whole)
    chosen = np.flatnonzero(keep)
    score = score[passed][chosen]
    order = np.argsort(-score, kind="stable")[:_OF_SUBSET]
    return _Picked(
        subset=subset,
        looked=int(large.sum()),
        places=np.stack([axis[chosen][order] for axis in places], axis=-1),
        score=score[order],
    )


def scores(some: Counts, whole: Whole) -> Floats:
    """Compute by how many standard errors slices are worse than the rest: the score test, with the linearised variance where rows have the weights of a survey.

    References
    ----------
    Rao, Scott and Skinner 1998, Quasi-score tests with survey data, Statistica Sinica 8:1059-1070.
    """
    spread = np.sqrt(_variance(some, whole.d, whole.v, whole.variance))
    excess = some.s - some.d * whole.mean
    return np.divide(excess, spread, out=np.zeros_like(excess), where=spread > 0)


def _variance(some: Counts, d: float | Floats, v: float | Floats | None, variance: float | Floats) -> Floats:
    """Compute the variance of what is measured of slices beyond their share of some people, who have the sums `d` and `v`."""
    share = some.d / d
    if some.v is None or v is None:
        return np.asarray(np.maximum(variance, 0) * some.d * (1 - share))
    return np.asarray(np.maximum((1 - share) ** 2 * some.v + share**2 * (v - some.v), 0))


def _is_large(some: Counts, whole: Whole, ratio: float) -> Mask:
    """Tell which slices are so many times worse than the rest."""
    return np.asarray(some.s * (whole.d - some.d) >= ratio * some.d * (whole.s - some.s))


def _adds(some: Counts, parent: Counts, whole: Whole) -> Mask:
    """Tell which slices are worse than the rest of a slice that they are part of."""
    mean = parent.s / parent.d
    variance = mean * (1 - mean) if whole.is_rate else np.full(mean.shape, whole.variance)
    spread = np.sqrt(_variance(some, parent.d, parent.v, variance))
    return np.asarray((some.counted < parent.counted) & (some.s - some.d * mean >= _OF_PARENT * spread))


def _best(picked: Sequence[_Picked]) -> Iterator[Slice]:
    """Name the surest candidates of all subsets, of few conditions first, then the surest."""
    for depth, most in enumerate(MOST_CANDIDATES, start=1):
        listed = [
            (-float(score), p.subset, tuple(map(int, places)))
            for p in picked
            if len(p.subset) == depth
            for score, places in zip(p.score, p.places, strict=True)
        ]
        for _, subset, places in sorted(listed)[:most]:
            yield tuple(zip(subset, places, strict=True))


def parents_of(conditions: Slice) -> list[Slice]:
    """List all slices of fewer conditions that a slice is part of."""
    return [less for size in range(1, len(conditions)) for less in itertools.combinations(conditions, size)]
