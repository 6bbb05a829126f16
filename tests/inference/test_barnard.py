"""Barnard's exact test is SciPy's, of tables that are small enough for it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import barnard_exact, binom

from fairaudit.inference.barnard import MOST_PEOPLE, two_sided
from fairaudit.inference.odds import TwoRates, pooled_z


@pytest.mark.parametrize("counts", [(3, 9, 1, 8), (0, 5, 4, 5), (2, 2, 0, 3), (7, 30, 12, 25)])
def test_it_is_the_largest_chance_of_tables_that_are_as_far_from_equal_rates(
    counts: tuple[int, int, int, int],
) -> None:
    x1, n1, x2, n2 = counts
    p_value = two_sided(TwoRates(x1=x1, n1=n1, x2=x2, n2=n2))
    assert p_value == barnard_exact([[x1, x2], [n1 - x1, n2 - x2]]).pvalue

    def far(a: int, b: int) -> float:
        return abs(pooled_z(TwoRates(x1=a, n1=n1, x2=b, n2=n2)) or 0.0)

    own = far(x1, x2) - 1e-9
    is_far = np.array([[far(a, b) >= own for b in range(n2 + 1)] for a in range(n1 + 1)])
    chances = [
        binom.pmf(np.arange(n1 + 1), n1, p) @ is_far @ binom.pmf(np.arange(n2 + 1), n2, p)
        for p in (i / 100 for i in range(1, 100))
    ]
    assert p_value == pytest.approx(max(chances), rel=2e-3)


def test_there_is_none_of_many_people_or_of_nobody() -> None:
    half = MOST_PEOPLE // 2
    assert two_sided(TwoRates(x1=30, n1=half, x2=40, n2=half)) is not None
    assert two_sided(TwoRates(x1=30, n1=half, x2=40, n2=half + 1)) is None
    assert two_sided(TwoRates(x1=0, n1=0, x2=1, n2=2)) is None


def test_the_same_outcome_for_all_is_no_evidence() -> None:
    assert two_sided(TwoRates(x1=0, n1=5, x2=0, n2=8)) == 1.0
    assert two_sided(TwoRates(x1=5, n1=5, x2=8, n2=8)) == 1.0
