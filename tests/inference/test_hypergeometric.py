"""The exact one-sided test of a part against the rest."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from fairaudit.inference.hypergeometric import chance_at_least


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        pytest.param((3, 4, 4, 8), 17 / 70, id="Fisher's tea: 16 + 1 of 70 ways"),
        pytest.param((0, 4, 4, 8), 1.0, id="no success is no evidence"),
        pytest.param((4, 4, 8, 8), 1.0, id="everybody succeeds"),
        pytest.param((2, 5, 1, 8), 0.0, id="more successes than there are"),
    ],
)
def test_small_tables_are_as_counted_by_hand(table: tuple[int, int, int, int], expected: float) -> None:
    assert chance_at_least(*table) == pytest.approx(expected)


def test_scipy_says_the_same() -> None:
    lot = np.random.default_rng(0)
    total = lot.integers(10, 100_000, size=300)
    successes, n = lot.integers(0, total + 1), lot.integers(1, total + 1)
    spread = np.sqrt(n * successes / total) + 1
    x = np.clip(
        np.rint(n * successes / total + spread * lot.normal(size=300) * 2), 0, np.minimum(n, successes)
    )
    expected = stats.hypergeom.sf(x - 1, total, successes, n)
    np.testing.assert_allclose(chance_at_least(x, n, successes, total), expected, rtol=1e-6, atol=1e-12)


def test_so_many_people_that_nobody_counts_are_answered_at_once_and_alike() -> None:
    for total in (4e9, 4e10):
        n, successes = total / 4, total / 2
        spread = np.sqrt(n * 0.5 * 0.5 * 0.75)
        for score in (-2, 0, 2, 5):
            chance = chance_at_least(np.rint(n / 2 + score * spread), n, successes, total)
            assert chance == pytest.approx(stats.norm.sf(score), rel=2e-3)
