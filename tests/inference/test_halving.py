"""Halving that looks ahead ends where halving one after the other does, to the last bit, however many brackets there are."""

from __future__ import annotations

import numpy as np
import pytest

from fairaudit.inference.halving import cross, follow, halve, neighbours


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

    def excess(numbers: np.ndarray) -> np.ndarray:
        return np.where(is_short(numbers), 1.0, -1.0) * np.abs(np.sin(3 * numbers) + numbers / 2 - wanted)

    np.testing.assert_array_equal(np.stack(follow(excess, least, most, steps)), np.stack([low, high]))


def test_an_excess_that_hardly_bends_is_followed_in_few_calls() -> None:
    calls = []

    def excess(numbers: np.ndarray) -> np.ndarray:
        calls.append(numbers.shape)
        return np.exp(-numbers) - 1.5

    low, high = follow(excess, np.full(2, -1.0), np.full(2, 1.0), 62)
    assert low == pytest.approx(-np.log(1.5), rel=1e-15)
    assert (high > low).all()
    assert len(calls) <= 8


@pytest.mark.parametrize("brackets", [0, 1, 2, 40])
@pytest.mark.parametrize(("least", "most"), [(0.0, 1.0), (-4.0, 3.09)])
def test_a_falling_excess_is_crossed_where_halving_crosses_it(
    brackets: int, least: float, most: float
) -> None:
    generator = np.random.default_rng(brackets)
    # Some never cross nought: halving then goes to the one end or to the other.
    wanted, steep = generator.uniform(-5, 4, brackets), 10 ** generator.uniform(-2, 3, brackets)
    asked: list[int] = []

    def excess(numbers: np.ndarray) -> np.ndarray:
        asked.append(numbers.size)
        return np.tanh(steep * (wanted - numbers)) + (wanted - numbers) / 8

    low, high = np.full(brackets, least), np.full(brackets, most)
    expected = halve(lambda numbers: excess(numbers) > 0, low, high, 44)
    asked.clear()
    crossed = cross(excess, (low, high), (excess(low), excess(high)), steps=44, left_out=36)
    np.testing.assert_array_equal(np.stack(crossed), np.stack(expected))
    assert len(asked) < 35


@pytest.mark.parametrize("bent", [1.0, 0.3, 3.0])
def test_neighbours_are_those_on_either_side_wherever_the_search_begins(bent: float) -> None:
    generator = np.random.default_rng(5)
    low = np.floor(generator.uniform(-50, 50, 300))
    # No room between them; room for one; for many.
    high = low + np.repeat([1.0, 2.0, 3.0, 1e3, 1e9], 60)
    # Some lie beyond an end: the number next to that is the answer.
    wanted = low + (high - low) * generator.uniform(-0.1, 1.1, 300)
    asked: list[int] = []

    def look(numbers: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        assert (low[places] < numbers).all()
        assert (numbers < high[places]).all()
        asked.append(numbers.size)
        distance = wanted[places] - numbers
        return distance > 0, np.sign(distance) * np.abs(distance) ** bent

    expected = np.clip(np.ceil(wanted) - 1, low, high - 1)
    for guess in (low, (low + high) / 2, np.full(300, np.nan), wanted):
        np.testing.assert_array_equal(neighbours(look, low, high, guess), expected)
    asked.clear()
    neighbours(look, low, high, wanted)
    assert len(asked) == 1
