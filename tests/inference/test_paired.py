"""Rates of the same people: against statsmodels, SciPy and published numbers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar as their_mcnemar

from fairaudit.inference.contrast import newcombe
from fairaudit.inference.paired import correlation_of, difference_interval, mcnemar, overlap_test

TABLES = [
    (36, 12, 2, 0),
    (20, 1, 6, 3),
    (0, 0, 0, 9),
    (5, 0, 0, 4),
    (30, 7, 7, 10),
    (50, 0, 25, 25),
    (3, 1, 0, 1),
]


@pytest.mark.parametrize("table", TABLES)
def test_mcnemar_is_the_exact_test_of_statsmodels(table: tuple[int, int, int, int]) -> None:
    a, b, c, d = table
    expected = their_mcnemar([[a, b], [c, d]], exact=True).pvalue
    assert float(mcnemar(b, c)) == pytest.approx(expected, rel=1e-12)
    if b + c:
        assert float(mcnemar(b, c)) == pytest.approx(binomtest(b, b + c).pvalue, rel=1e-12)


def test_many_pairs_at_once() -> None:
    assert mcnemar([0, 1, 3], [0, 6, 3]).tolist() == [1.0, pytest.approx(0.125), 1.0]


@pytest.mark.parametrize("table", TABLES)
def test_the_paired_interval_is_method_10_written_by_hand(table: tuple[int, int, int, int]) -> None:
    a, b, c, d = table
    n = a + b + c + d
    base, new = (a + b, n), (a + c, n)

    def wilson(x: int) -> tuple[float, float]:
        z = 1.959963984540054
        centre, root = 2 * x + z * z, z * np.sqrt(z * z + 4 * x * (1 - x / n))
        return (centre - root) / (2 * (n + z * z)), (centre + root) / (2 * (n + z * z))

    product = (a + b) * (c + d) * (a + c) * (b + d)
    determinant = a * d - b * c
    numerator = max(determinant - n / 2, 0) if determinant > 0 else determinant
    phi = numerator / np.sqrt(product) if product else 0.0
    (l1, u1), (l2, u2), p1, p2 = wilson(a + b), wilson(a + c), (a + b) / n, (a + c) / n
    low = p2 - p1 - np.sqrt((p2 - l2) ** 2 - 2 * phi * (p2 - l2) * (u1 - p1) + (u1 - p1) ** 2)
    high = p2 - p1 + np.sqrt((u2 - p2) ** 2 - 2 * phi * (u2 - p2) * (p1 - l1) + (p1 - l1) ** 2)
    correlation = correlation_of(base, new, table)
    assert correlation == pytest.approx(phi, abs=1e-12)
    computed = difference_interval(base, new, correlation)
    assert [float(limit) for limit in computed] == pytest.approx([low, high], abs=1e-12)


def test_newcombe_s_published_example() -> None:
    """Newcombe 1998, table III, method 10, of 36, 12, 2 and 0 pairs: 0.0569 to 0.3404."""
    low, high = difference_interval((38, 50), (48, 50), correlation_of((38, 50), (48, 50), (36, 2, 12, 0)))
    assert (round(float(low), 4), round(float(high), 4)) == (0.0569, 0.3404)


def test_without_correlation_it_is_the_interval_of_independent_rates() -> None:
    expected = [float(limit) for limit in newcombe(30, 100, 21, 90)]
    assert [float(limit) for limit in difference_interval((21, 90), (30, 100), 0.0)] == pytest.approx(
        expected
    )


def test_the_test_agrees_with_the_interval() -> None:
    base, new, correlation = (42, 120), (70, 140), 0.4
    p_value = float(overlap_test(base, new, correlation))
    low, _ = difference_interval(base, new, correlation, confidence=1 - p_value)
    assert float(low) == pytest.approx(0, abs=1e-9)
    assert float(overlap_test(base, base, correlation)) == 1
    assert np.isnan(float(overlap_test((0, 0), new, 0.0)))


def test_partly_the_same_people_err_as_seldom_as_the_level_says() -> None:
    """Two models of the same skill, of whom each selects others: their precision is of partly the same people."""
    lot = np.random.default_rng(0)
    runs, people = 1500, 240
    label = lot.random((runs, people)) < 0.4
    shared = lot.normal(size=(runs, people))
    chosen = [shared + lot.normal(size=(runs, people)) + label > 1.2 for _ in range(2)]
    both = chosen[0] & chosen[1]
    (base, new), right = (
        [((one & label).sum(axis=1), one.sum(axis=1)) for one in chosen],
        (both & label).sum(axis=1),
    )
    correlations = [
        correlation_of(
            (int(base[0][run]), int(base[1][run])),
            (int(new[0][run]), int(new[1][run])),
            (int(right[run]), 0, 0, int(both[run].sum() - right[run])),
        )
        for run in range(runs)
    ]
    assert min(correlations) > 0
    assert (overlap_test(base, new, correlations) < 0.05).mean() < 0.065
