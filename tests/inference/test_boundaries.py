"""Boundaries are those that halving finds, wherever the search begins."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from fairaudit.inference.boundaries import DIFFERENCE, RATIO, Counts, Link, boundary

SIZE = 400


def drawn(link: Link, *, is_group: bool, most: float) -> Counts:
    """Draw counts of samples of all sizes; none and all of them among them."""
    random = np.random.default_rng(11)
    trials, others = (np.floor(10 ** random.uniform(0, most, SIZE)) for _ in range(2))
    return Counts(
        link=link,
        is_group=is_group,
        supposed=random.choice([0.5, 0.8, 1.25] if link is RATIO else [-0.2, 0.01, 0.1], SIZE),
        counts=np.rint(trials * random.choice([0, 0.02, 0.3, 0.9, 1], SIZE)),
        trials=trials,
        other_trials=others,
    )


def halved(counts: Counts, bound: NDArray[np.float64]) -> NDArray[np.float64]:
    low, high = np.full(SIZE, -1.0), counts.other_trials + 1
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        holds = (counts.score(np.clip(middle, 0, counts.other_trials)) >= bound) == counts.is_group
        open_ = high - low > 1
        low, high = np.where(open_ & holds, middle, low), np.where(open_ & ~holds, middle, high)
    return low


@pytest.mark.parametrize("link", [RATIO, DIFFERENCE], ids=["ratio", "difference"])
@pytest.mark.parametrize("is_group", [True, False], ids=["group", "reference"])
@pytest.mark.parametrize("most", [1.5, 4, 6])
def test_a_boundary_is_the_one_that_halving_finds(link: Link, is_group: bool, most: float) -> None:
    counts = drawn(link, is_group=is_group, most=most)
    random = np.random.default_rng(12)
    bound = random.uniform(-2, 5, SIZE)
    within = np.zeros(SIZE), counts.other_trials
    expected = halved(counts, bound)

    np.testing.assert_array_equal(boundary(counts, bound, within), expected)
    anywhere = np.floor(random.uniform(0, 1, SIZE) * counts.other_trials)
    np.testing.assert_array_equal(boundary(counts, bound, within, near=anywhere), expected)


def test_a_boundary_lies_within_the_counts_that_are_looked_at() -> None:
    counts = drawn(RATIO, is_group=False, most=3)
    bound = np.full(SIZE, 1.6)
    first, last = np.floor(counts.other_trials / 3), np.floor(counts.other_trials / 2)

    found = boundary(counts, bound, (first, last))
    np.testing.assert_array_equal(found, np.clip(halved(counts, bound), first - 1, last))
