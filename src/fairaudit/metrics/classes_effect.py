"""How many people the rows of a slice are worth in the figures of several classes, where people may stand in several rows or have weights.

A class against all others, and being predicted right, are binary questions, and have the sums over the people of the table of metrics. An average of F1 is
linear, near what was counted, in the marks that a person's rows have (Takahashi et al. 2022, doi:10.1007/s10489-021-02635-5, give the derivatives): so its
variance needs no more than the products of two marks, summed over the people.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fairaudit.count.counts import MARKS, ClassClusters, ClassCounts, Clusters, Counts, Matrix

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_SIZE = len(MARKS)
_RIGHT, _TRUE, _PREDICTED = range(_SIZE)
_CELLS = ((1, 0, 0, 0), (-1, 0, 1, 0), (-1, 1, 0, 0), (1, -1, -1, 1))
"""tp, fp, fn and tn of a class, from its marks and all rows."""


def rest_of(everybody: ClassCounts, one: ClassCounts) -> ClassCounts:
    """Count everybody but a slice; of a person who stands in both, as `disparity.references.rest_of` has it."""
    whole, part = everybody.clusters, one.clusters
    clusters = None
    if whole is not None and part is not None:
        clusters = ClassClusters(
            people=max(whole.people - part.people, 0),
            products={
                marks: left
                for marks, product in whole.products.items()
                if (left := product - part.products.get(marks, 0))
            },
            rows=None if whole.rows is None or part.rows is None else _minus(whole.rows, part.rows),
        )
    return ClassCounts(matrix=_minus(everybody.matrix, one.matrix), clusters=clusters)


def _minus(whole: Matrix, part: Matrix) -> Matrix:
    return tuple(
        tuple(one - other for one, other in zip(row, less, strict=True))
        for row, less in zip(whole, part, strict=True)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BinaryCounts:
    """What several classes are as binary questions: whether people are predicted right, and each class against all others."""

    right: Counts
    classes: tuple[Counts, ...]


def binary_counts(one: ClassCounts) -> BinaryCounts:
    """Count who is predicted right, as true positives where all are selected; and each class as label 1."""
    n, right = _total(one.matrix), _right(one.matrix)
    places = range(len(one.matrix))
    sums = None if one.clusters is None else _sums(one.clusters)
    return BinaryCounts(
        right=Counts(
            n=n,
            selected=n,
            tp=right,
            fp=0,
            fn=n - right,
            tn=0,
            clusters=None if sums is None else sums.of_right(),
        ),
        classes=tuple(
            Counts(
                n=n,
                selected=tp + fp,
                tp=tp,
                fp=fp,
                fn=fn,
                tn=tn,
                clusters=None if sums is None else sums.of_class(place),
            )
            for place, (tp, fp, fn, tn) in ((place, _cells(one.matrix, place)) for place in places)
        ),
    )


def average_effects(one: ClassCounts, averaged: Sequence[int]) -> tuple[float, float]:
    """Compute by how many times fewer people the rows are worth in macro and in weighted F1; 1 where each is a person of its own."""
    if one.clusters is None or not averaged:
        return 1.0, 1.0
    import numpy as np

    from fairaudit.inference import clusters

    matrix = np.asarray(one.matrix, dtype=np.float64)
    n = matrix.sum()
    pairs = np.asarray(list(one.clusters.products), dtype=np.int64).reshape(-1, 2)
    products = np.asarray([float(product) for product in one.clusters.products.values()])
    # Two marks stand once, and vary together twice.
    products = np.where(pairs[:, 0] == pairs[:, 1], products, 2 * products)
    ratios = []
    for marks in _derivatives(matrix, averaged):
        together = (marks.flat[pairs[:, 0]] * marks.flat[pairs[:, 1]] * products).sum()
        independent = (matrix * _by_cell(marks) ** 2).sum()
        ratios.append(together / independent if independent > 0 else math.nan)
    wrong = 1 - np.trace(matrix) / n
    rows = one.clusters.rows
    macro, weighted = clusters.settled_effect(
        ratios,
        [n] * 2,
        [float(_sums(one.clusters).whole)] * 2,
        rarer=[min(wrong, 1 - wrong)] * 2,
        rows=None if rows is None else [_total(rows)] * 2,
    ).tolist()
    return macro, weighted


def _derivatives(matrix: Floats, averaged: Sequence[int]) -> tuple[Floats, Floats]:
    """Differentiate macro and weighted F1 by the marks of each class, shape (classes, marks); along the cells of the matrix they add up to 0."""
    import numpy as np

    of_class = matrix.sum(axis=1)
    counted = of_class + matrix.sum(axis=0)
    there = counted > 0
    f1 = np.where(there, 2 * np.diagonal(matrix) / np.where(there, counted, 1), 0.0)
    each = np.stack([np.full_like(f1, 2.0), -f1, -f1], axis=1) / np.where(there, counted, 1)[:, None]
    each[~there] = 0.0
    n = matrix.sum()
    macro = each / len(averaged)
    weighted = each * (of_class / n)[:, None]
    weighted[:, _TRUE] += (f1 - (f1 * of_class).sum() / n) / n
    return macro, weighted


def _by_cell(marks: Floats) -> Floats:
    """Return the derivative by each cell: that of the class that is true and of the class that is predicted, and of being right."""
    import numpy as np

    cells: Floats = marks[:, _TRUE][:, None] + marks[:, _PREDICTED][None, :]
    cells[np.diag_indices_from(cells)] += marks[:, _RIGHT]
    return cells


def _total(matrix: Matrix) -> int:
    return sum(map(sum, matrix))


def _right(matrix: Matrix) -> int:
    return sum(row[place] for place, row in enumerate(matrix))


def _cells(matrix: Matrix, place: int) -> tuple[int, int, int, int]:
    """Return tp, fp, fn and tn of a class against all others."""
    tp, of_class, predicted = matrix[place][place], sum(matrix[place]), sum(row[place] for row in matrix)
    return tp, predicted - tp, of_class - tp, _total(matrix) - of_class - predicted + tp


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sums:
    """Sums over the people of products with all of a person's rows.

    Attributes
    ----------
    with_all
        Of a mark, by its number.
    whole, right, right_twice
        Of all rows with themselves, of those that are right with all, and of those with themselves.
    """

    clusters: ClassClusters
    with_all: Mapping[int, int]
    whole: int
    right: int
    right_twice: int

    def of_right(self) -> Clusters:
        """Return the sums of who is predicted right."""
        mixed = self.right - self.right_twice
        wrong = self.whole - 2 * self.right + self.right_twice
        rows = self.clusters.rows
        return Clusters(
            people=self.clusters.people,
            products=(self.right_twice, 0, mixed, 0, 0, 0, 0, wrong, 0, 0),
            rows=None if rows is None else (_right(rows), 0, _total(rows) - _right(rows), 0),
        )

    def of_class(self, place: int) -> Clusters:
        """Return the sums of a class against all others."""
        marks = [_SIZE * place + mark for mark in range(_SIZE)]
        known = self.clusters.products
        gram = [
            [
                *(known.get((min(one, other), max(one, other)), 0) for other in marks),
                self.with_all.get(one, 0),
            ]
            for one in marks
        ]
        gram.append([*(self.with_all.get(mark, 0) for mark in marks), self.whole])
        rows = self.clusters.rows
        return Clusters(
            people=self.clusters.people,
            products=tuple(
                sum(a * b * gram[i][j] for i, a in enumerate(one) for j, b in enumerate(other) if a and b)
                for one, other in itertools.combinations_with_replacement(_CELLS, 2)
            ),
            rows=None if rows is None else _cells(rows, place),
        )


def _sums(clusters: ClassClusters) -> _Sums:
    """Add up the products of marks; the rows of a person are those that are of some class."""
    with_all: Counter[int] = Counter()
    right_twice = 0
    for (one, other), product in clusters.products.items():
        if one % _SIZE == _TRUE:
            with_all[other] += product
        if other % _SIZE == _TRUE and one != other:
            with_all[one] += product
        if one % _SIZE == other % _SIZE == _RIGHT:
            right_twice += product if one == other else 2 * product
    return _Sums(
        clusters=clusters,
        with_all=with_all,
        whole=sum(product for mark, product in with_all.items() if mark % _SIZE == _TRUE),
        right=sum(product for mark, product in with_all.items() if mark % _SIZE == _RIGHT),
        right_twice=right_twice,
    )
