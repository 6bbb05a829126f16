"""Halving that looks ahead ends where halving one after the other does, to the last bit, however many brackets there are."""

from __future__ import annotations

import numpy as np
import pytest

from fairaudit.inference.halving import halve


@pytest.mark.parametrize("brackets", [1, 2, 5, 8, 30, 100, 300])
@pytest.mark.parametrize("steps", [0, 1, 13, 62])
def test_brackets_are_those_of_one_after_the_other(brackets: int, steps: int) -> None:
    shape = (brackets,) if brackets % 2 else (2, brackets // 2)
    wanted = np.random.default_rng(brackets).normal(size=shape)

    def is_short(numbers: np.ndarray) -> np.ndarray:
        # It neither rises nor falls for good, so that the way to an end is told apart, too.
        return np.sin(3 * numbers) + numbers / 2 < wanted

    least, most = np.full(shape, -4.0), np.full(shape, 5.0)
    low, high = least, most
    for _ in range(steps):
        middle = (low + high) / 2
        short = is_short(middle)
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    np.testing.assert_array_equal(np.stack(halve(is_short, least, most, steps)), np.stack([low, high]))
