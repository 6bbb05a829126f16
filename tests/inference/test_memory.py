"""What is kept is what was computed, of each row by itself, and never more than so much."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fairaudit.inference import exact
from fairaudit.inference.memory import Memory


class Computed:
    """Sums of rows, and the places that these were asked of."""

    def __init__(self, *columns: list[float]) -> None:
        self.columns = tuple(np.array(column) for column in columns)
        self.places: list[int] = []

    def __call__(self, places: np.ndarray) -> np.ndarray:
        self.places += places.tolist()
        return np.nansum(np.stack(self.columns)[:, places], axis=0)


def test_a_row_is_computed_once() -> None:
    memory = Memory()
    first = Computed([1, 2, 1, math.nan, math.nan], [5, 6, 5, 7, 7])
    assert memory.recall(first.columns, first).tolist() == [6, 8, 6, 7, 7]
    assert len(first.places) == 3
    again = Computed([2, 3, math.nan], [6, 6, 7])
    assert memory.recall(again.columns, again).tolist() == [8, 9, 7]
    assert again.places == [1]


def test_no_more_is_kept_than_so_many() -> None:
    memory = Memory(most=2)
    for column, computed in (([1], 1), ([1, 2], 1), ([2], 0), ([3], 1), ([1], 1), ([4, 5, 6], 3), ([4], 1)):
        sums = Computed(column)
        assert memory.recall(sums.columns, sums).tolist() == column
        assert len(sums.places) == computed


def test_nothing_is_asked_of_nothing() -> None:
    sums = Computed([], [])
    assert Memory().recall(sums.columns, sums).shape == (0,)
    assert not sums.places


def test_exact_tests_are_the_same_when_they_are_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = (
        np.array([0.8, 0.8, 1.25]),
        np.array([7, 7, 3]),
        np.array([7, 7, 9]),
        np.array([930, 931, 2]),
        1000,
    )
    known = exact.ratio_scores(*tables), exact.difference_scores(-0.2, *tables[1:])
    monkeypatch.setattr(exact, "_P_VALUES", {exact.RATIO: Memory(), exact.DIFFERENCE: Memory()})
    for _ in range(2):
        np.testing.assert_array_equal(exact.ratio_scores(*tables), known[0])
        np.testing.assert_array_equal(exact.difference_scores(-0.2, *tables[1:]), known[1])
