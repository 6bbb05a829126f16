"""Many tests of the same people: p-values adjusted by how strongly the tests depend on each other.

Groups that are compared with one reference group share its chance, and several metrics share people. The statistics of a block of such tests are
taken for jointly normal, with correlations that the counts give; the chance that the smallest p-value of a block is as small as an observed
one is drawn from them, from a fixed seed. Blocks whose dependence is unknown (other attributes) are added up.

References
----------
.. [1] Westfall and Young 1993, Resampling-Based Multiple Testing, section 2.6: step-down minP, which is maxT on a common scale.
.. [2] Hothorn, Bretz and Westfall 2008, Simultaneous inference in general parametric models, doi:10.1002/bimj.200810425: jointly normal statistics with
   estimated correlations, step by step.
.. [3] Dunnett 1955, A multiple comparison procedure for comparing several treatments with a control, doi:10.1080/01621459.1955.10501294: one
   reference for all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairaudit.inference.multiplicity import holm
from fairaudit.inference.special import ndtr

Floats: TypeAlias = NDArray[np.float64]

DRAWS = 1 << 14
"""The chance of 5% is known to within 0.2% then."""
SEED = 0
HOPELESS = 0.5
"""Where Holm's method leaves the smallest p-value above this, no other one finds anything."""
RARE = 0.001
"""Smaller chances are added up: too few draws would be left."""
MOST = 400
"""Blocks of more tests are added up, to spare time."""
_KEPT = 36
"""The draws of so many factors take less than 5 MB, and are asked for by each block of an audit."""
_FAR = 8.0
"""Limits farther apart than so many standard errors are never both in question."""
MOST_ASKED = 0.1
"""Larger p-values are drawn as 1, as none is asked for: most draws are, and have to be reckoned for every test."""
_LEAST_EVIDENCE = 1.28
"""No smaller evidence has a p-value of as little as that."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """Tests whose dependence is known.

    Attributes
    ----------
    places
        Of the tests in their family.
    factors
        Shape (tests, factors): what the evidence on the observed side is made of, each row of length 1; correlations are products of rows.
    apart
        How many standard errors the limits on both sides lie apart; infinite where there is one.
    """

    places: Sequence[int]
    factors: Floats
    apart: Floats

    @cached_property
    def _drawn(self) -> tuple[Floats, set[int]]:
        """Draw the evidence of each test as if nothing were to be found, shape (tests, draws), of which no row is a p-value yet."""
        return self.factors @ _normals(self.factors.shape[1]), set()

    def drawn(self, row: int) -> Floats:
        """Draw the p-value of a test, both sides added up; once, in the place of its evidence, as all of it is large and often asked for. Above `MOST_ASKED` it is 1."""
        drawn, are_p_values = self._drawn
        if row not in are_p_values:
            evidence, apart = drawn[row], self.apart[row]
            if apart < _FAR:
                # With limits that are close to each other, the other side is evidence as well.
                evidence = np.maximum(evidence, -evidence - apart)
            asked = np.flatnonzero(evidence > _LEAST_EVIDENCE)
            evidence = evidence[asked]
            other_side = ndtr(-evidence - apart) if apart < math.inf else 0.0
            drawn[row] = 1.0
            drawn[row, asked] = ndtr(-evidence) + other_side
            are_p_values.add(row)
        p_values: Floats = drawn[row]
        return p_values


def _normals(factors: int) -> Floats:
    """Draw as many normal numbers for each factor as there are draws; the same every time, so that those of a few factors are kept."""
    if factors <= _KEPT:
        return _kept_normals()[:factors]
    return np.random.default_rng(SEED).standard_normal((factors, DRAWS))


@lru_cache(maxsize=1)
def _kept_normals() -> Floats:
    return np.random.default_rng(SEED).standard_normal((_KEPT, DRAWS))


def step_down(
    p_values: Sequence[float | None], blocks: Sequence[Block], *, size: int | None = None, level: float = 0.05
) -> list[float | None]:
    """Adjust p-values so that the chance of any false alarm in the family stays below the level.

    Parameters
    ----------
    p_values, size
        As for `multiplicity.holm`, which is never smaller.
    blocks
        No test in two of them; tests in none are added up.
    level
        Above it a p-value has no need of draws, and Holm's method stands.

    Returns
    -------
    list
        In the same order, and never falling as p-values rise; ``None`` stays.
    """
    simple = holm(p_values, size=size)
    family = rank(p_values, blocks, size=size, level=level)
    if not family.known or not blocks or (simple[family.known[0][1]] or 0.0) > HOPELESS:
        return simple
    chances = family.chances
    adjusted: list[float | None] = list(p_values)
    highest = 0.0
    for place_by_rank, (_, place) in enumerate(family.known):
        alone = simple[place] or 0.0
        drawn = (
            max(float(family.asked[place_by_rank]), float(chances[place_by_rank]))
            if place_by_rank < len(family.asked)
            else alone
        )
        highest = max(highest, min(alone, drawn))
        adjusted[place] = highest
    return adjusted


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedBlock:
    """A block's tests by their p-values.

    Attributes
    ----------
    rows, ranks
        Their places in the block, and in the family.
    """

    block: Block
    rows: NDArray[np.intp]
    ranks: NDArray[np.intp]

    def first(self, ranks: NDArray[np.intp]) -> NDArray[np.intp]:
        """Count the block's tests before each rank of the family."""
        return np.searchsorted(self.ranks, ranks)


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """A family of tests, the smallest p-value first.

    Attributes
    ----------
    known
        P-values and places in the family.
    asked
        The p-values that draws are made for, rising.
    blocks
        Those that draws are made of.
    left
        By rank, and behind the last one, the tests from there on that are in no such block, or were declared and are not tested.
    """

    known: Sequence[tuple[float, int]]
    asked: Floats
    blocks: Sequence[RankedBlock]
    left: NDArray[np.intp]

    @cached_property
    def of_blocks(self) -> Sequence[Floats]:
        """Compute the chance that each block gives each of the asked p-values or a smaller one, by tests from its rank on."""
        return [_of_block(ranked, self.asked) for ranked in self.blocks]

    @cached_property
    def of_all_blocks(self) -> Floats:
        """Add the chances of the blocks up."""
        chances = np.zeros(len(self.asked))
        for of_block in self.of_blocks:
            chances += of_block
        return chances

    @property
    def chances(self) -> Floats:
        """Compute the chance that any test from a rank on gives a p-value as small as the one there."""
        return np.asarray(self.of_all_blocks + self.asked * self.left[: len(self.asked)])


def rank(
    p_values: Sequence[float | None], blocks: Sequence[Block], *, size: int | None, level: float
) -> Ranked:
    """Sort the tests of a family; parameters are as for `step_down`."""
    _refuse_above(level)
    known = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    rank_of = {place: number for number, (_, place) in enumerate(known)}
    is_alone = np.full(len(known), True)
    ranked_blocks = []
    for block in blocks:
        by_rank = sorted((rank_of[place], row) for row, place in enumerate(block.places) if place in rank_of)
        if 1 < len(by_rank) <= MOST:
            ranks, rows = np.asarray(by_rank).T
            is_alone[ranks] = False
            ranked_blocks.append(RankedBlock(block=block, rows=rows, ranks=ranks))
    # Of those that stand alone, the ones that are not rejected yet.
    left = np.append(is_alone.sum() - np.cumsum(is_alone) + is_alone, 0)
    return Ranked(
        known=known,
        asked=np.asarray([p for p, _ in known if p <= level]),
        blocks=ranked_blocks,
        # Pairs that a reference was chosen from and that are not tested count as well.
        left=left + max(0, (size or 0) - len(p_values)),
    )


def _refuse_above(level: float) -> None:
    """Refuse a level at which larger p-values would be asked for than are drawn."""
    if level > MOST_ASKED:
        raise ValueError(f"p-values are drawn for levels of at most {MOST_ASKED}")


def bearing(
    p_values: Sequence[float | None],
    blocks: Sequence[Block],
    rejected: Sequence[bool],
    *,
    size: int | None = None,
    level: float = 0.05,
) -> float:
    """Find what the p-value of one more test bears to be rejected: what it is multiplied by at the level, the rejected ones being out of the way.

    Parameters and blocks are as for `step_down`.
    """
    _refuse_above(level)
    left = {
        place
        for place, (p, gone) in enumerate(zip(p_values, rejected, strict=True))
        if p is not None and not gone
    }
    most = max(size or 0, len(p_values)) - sum(rejected)
    smallest: list[Floats] = []
    for block in blocks:
        known = [row for row, place in enumerate(block.places) if p_values[place] is not None]
        rows = [row for row in known if block.places[row] in left]
        if 1 < len(known) <= MOST and rows:
            smallest.append(drawn_smallest(block, rows))
            left -= {block.places[row] for row in rows}
    alone = len(left) + max(0, (size or 0) - len(p_values))
    low, high = level / max(most, 1), level
    while smallest and high / low > 1.001:
        middle = math.sqrt(low * high)
        chance = sum((np.count_nonzero(drawn <= middle) + 1) / (DRAWS + 1) for drawn in smallest)
        low, high = (low, middle) if chance + alone * middle > level else (middle, high)
    return level / low


def drawn_smallest(block: Block, rows: Sequence[int]) -> Floats:
    """Draw the smallest p-value of some of a block's tests."""
    smallest = np.ones(DRAWS)
    for row in rows:
        smallest = np.minimum(smallest, block.drawn(row))
    return smallest


def _of_block(ranked: RankedBlock, asked: Floats) -> Floats:
    """Compute, for each observed p-value, the chance that the smallest one of a block's tests from there on is no larger."""
    first = ranked.first(np.arange(len(asked)))
    chances = (len(ranked.ranks) - first) * asked
    drawn_for = np.flatnonzero(chances > RARE)
    smallest, begin = np.ones(DRAWS), len(ranked.rows)
    # From the last test to the first, so that each one is drawn once.
    for start in np.unique(first[drawn_for])[::-1]:
        smallest = np.minimum(smallest, drawn_smallest(ranked.block, ranked.rows[start:begin].tolist()))
        begin = start
        members = drawn_for[first[drawn_for] == start]
        as_small = [np.count_nonzero(smallest <= p) for p in asked[members]]
        chances[members] = np.minimum(chances[members], share_of_draws(as_small))
    return chances


def share_of_draws(number: ArrayLike) -> Floats:
    """Return the chance that so many draws say; one more counts, so that nothing is impossible."""
    return np.asarray((np.asarray(number) + 1) / (DRAWS + 1))


def correlations(numerators: ArrayLike, denominators: ArrayLike, cells: ArrayLike) -> Floats:
    """Compute how the metrics of the same people are correlated, by linearisation.

    Parameters
    ----------
    numerators, denominators
        Shape (metrics, cells), of 0 and 1: which cells of the confusion matrix a metric counts.
    cells
        How many people are in each.

    Examples
    --------
    False positives and false negatives are other people, and a rate and 1 minus it are one.

    >>> fpr, fnr, tnr = [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]
    >>> correlations([fpr, fnr, tnr], [[0, 1, 0, 1], [1, 0, 1, 0], [0, 1, 0, 1]], [30, 5, 10, 55]).round(9).tolist()
    [[1.0, 0.0, -1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 1.0]]
    """
    x, n, people = (np.asarray(values, dtype=np.float64) for values in (numerators, denominators, cells))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.nan_to_num((x @ people) / (n @ people))
        influence = (x - share[:, None] * n) * np.sqrt(people)
        length = np.linalg.norm(influence, axis=1, keepdims=True)
        unit = np.where(length > 0, influence / length, 0.0)
    products: Floats = unit @ unit.T
    np.fill_diagonal(products, 1.0)
    return products


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Statistics of groups beside references; arrays with an element for each test.

    Attributes
    ----------
    groups, metrics
        Which group and which metric each test is of.
    references
        Which groups it is compared with, shape (tests, groups): the square roots of their shares in the reference.
    own, theirs
        Variances of the group's and of the reference's part; not both 0.
    signs
        1 where a larger value of the group is the evidence, -1 where a smaller one is.
    """

    groups: ArrayLike
    references: ArrayLike
    own: ArrayLike
    theirs: ArrayLike
    signs: ArrayLike
    metrics: ArrayLike


def factors(tests: Statistics, between: Floats) -> Floats:
    """Write statistics of groups beside references as sums of independent parts.

    Parameters
    ----------
    between
        Correlations of the metrics.

    Returns
    -------
    array
        Shape (tests, groups times metrics), each row of length 1.
    """
    group, metric = np.asarray(tests.groups), np.asarray(tests.metrics)
    parts = -np.asarray(tests.references, dtype=np.float64) * np.sqrt(np.asarray(tests.theirs))[:, None]
    parts[np.arange(len(group)), group] += np.sqrt(np.asarray(tests.own))
    parts *= np.asarray(tests.signs)[:, None]
    values, vectors = np.linalg.eigh(between)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    columns = (parts[:, :, None] * root[metric][:, None, :]).reshape(len(group), -1)
    return np.asarray(columns / np.linalg.norm(columns, axis=1, keepdims=True))
