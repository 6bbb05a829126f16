"""Sums over people of several classes, beside the same added up person by person."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from fairaudit.count.counts import ClassClusters, ClassCounts
from fairaudit.inference.clusters import settled_effect
from fairaudit.metrics.classes_effect import average_effects, binary_counts, rest_of

CLASSES = 4


def counts_of(cells: NDArray[np.int64]) -> ClassCounts:
    """Count people, each by the matrix of their rows, shape (people, classes, classes)."""
    marks = np.stack([np.diagonal(cells, axis1=1, axis2=2), cells.sum(axis=2), cells.sum(axis=1)], axis=2)
    flat = marks.reshape(len(cells), -1)
    products = flat.T @ flat
    return ClassCounts(
        matrix=tuple(map(tuple, cells.sum(axis=0).tolist())),
        clusters=ClassClusters(
            people=len(cells),
            products={
                (one, other): int(products[one, other])
                for one, other in itertools.combinations_with_replacement(range(flat.shape[1]), 2)
                if products[one, other]
            },
        ),
    )


@pytest.fixture(scope="module")
def people() -> NDArray[np.int64]:
    lot = np.random.default_rng(4)
    shares = np.eye(CLASSES) * 4 + 1
    return np.asarray(
        [lot.multinomial(lot.integers(1, 9), (shares / shares.sum()).ravel()) for _ in range(150)]
    ).reshape(-1, CLASSES, CLASSES)


def of_person(cells: NDArray[np.int64], place: int) -> NDArray[np.int64]:
    """Return tp, fp, fn and tn of each person."""
    tp = cells[:, place, place]
    fp, fn = cells[:, :, place].sum(axis=1) - tp, cells[:, place].sum(axis=1) - tp
    return np.stack([tp, fp, fn, cells.sum(axis=(1, 2)) - tp - fp - fn], axis=1)


def test_products_of_a_class_are_those_of_the_rows_of_each_person(people: NDArray[np.int64]) -> None:
    binary = binary_counts(counts_of(people))
    right = np.trace(people, axis1=1, axis2=2)
    none = np.zeros_like(right)
    as_cells = [
        (binary.right, np.stack([right, none, people.sum(axis=(1, 2)) - right, none], axis=1)),
        *((binary.classes[place], of_person(people, place)) for place in range(CLASSES)),
    ]
    for counts, cells in as_cells:
        assert (counts.tp, counts.fp, counts.fn, counts.tn) == tuple(cells.sum(axis=0))
        assert counts.clusters is not None
        expected = [
            int(cells[:, one] @ cells[:, other])
            for one, other in itertools.combinations_with_replacement(range(4), 2)
        ]
        assert list(counts.clusters.products) == expected


def averages(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    f1 = 2 * np.diag(matrix) / (matrix.sum(axis=0) + matrix.sum(axis=1))
    return np.array([f1.mean(), f1 @ matrix.sum(axis=1) / matrix.sum()])


def test_effects_of_averages_are_those_of_derivatives_by_small_steps(people: NDArray[np.int64]) -> None:
    matrix = people.sum(axis=0).astype(float)
    gradient = np.zeros((2, CLASSES, CLASSES))
    for cell in np.ndindex(CLASSES, CLASSES):
        step = np.zeros_like(matrix)
        step[cell] = 1e-4
        gradient[(slice(None), *cell)] = (averages(matrix + step) - averages(matrix - step)) / 2e-4
    rows = people.sum(axis=(1, 2))
    wrong = 1 - np.trace(matrix) / matrix.sum()
    for found, of_cell in zip(average_effects(counts_of(people), range(CLASSES)), gradient, strict=True):
        influence = (people * of_cell).sum(axis=(1, 2))
        ratio = (influence**2).sum() / (matrix * of_cell**2).sum()
        expected = settled_effect([ratio], [matrix.sum()], [(rows**2).sum()], rarer=[min(wrong, 1 - wrong)])
        assert found == pytest.approx(float(expected[0]), rel=1e-5)


def test_everybody_but_a_slice_of_whole_people_is_as_if_counted_alone(people: NDArray[np.int64]) -> None:
    rest = rest_of(counts_of(people), counts_of(people[:60]))
    assert rest == counts_of(people[60:])


def test_people_who_count_once_are_worth_what_they_are() -> None:
    lot = np.random.default_rng(1)
    cells = np.zeros((80, CLASSES, CLASSES), dtype=np.int64)
    cells[np.arange(80), lot.integers(0, CLASSES, 80), lot.integers(0, CLASSES, 80)] = 1
    assert average_effects(counts_of(cells), range(CLASSES)) == (1.0, 1.0)
    twice = average_effects(counts_of(2 * cells), range(CLASSES))
    assert min(twice) >= 2
    assert max(twice) < 2.2
