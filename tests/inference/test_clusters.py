"""Rows of the same people: what they are worth, against statsmodels and by hand."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.genmod.cov_struct import Independence
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_estimating_equations import GEE

from fairaudit.inference import clusters

WEIL = {
    "control": "13/13 12/12 9/9 9/9 8/8 8/8 12/13 11/12 9/10 9/10 8/9 11/13 4/5 5/7 7/10 7/10",
    "treated": "12/12 11/11 10/10 9/9 10/11 9/10 9/10 8/9 8/9 4/5 7/9 4/7 5/10 3/6 3/10 0/7",
}
"""Pups that survived of those born, by litter: Weil 1970, as in Table 1 of Rao and Scott 1992."""


def litters(text: str) -> np.ndarray:
    """The pups that survived and that did not, a row for each litter."""
    pairs = [tuple(map(int, litter.split("/"))) for litter in text.split()]
    return np.array([(x, n - x) for x, n in pairs], dtype=float)


def sums(cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return cells.sum(axis=0)[None], (cells.T @ cells)[None]


def found_ratio(cells: np.ndarray) -> float:
    totals, products = sums(cells)
    p = totals[0, 0] / totals.sum()
    return float(clusters.variance_ratio([[1 - p, -p]], totals, products)[0])


def effect(cells: np.ndarray) -> float:
    return float(clusters.rate_effect([1, 0], [1, 1], *sums(cells))[0])


@pytest.mark.parametrize(("litter", "expected"), [("control", 1.2325), ("treated", 3.9529)])
def test_weil_s_litters_have_the_design_effects_of_cochran_s_formula(litter: str, expected: float) -> None:
    # m / (m - 1) times the sum of (x - p n)^2, over n p (1 - p): as R's aod::raoscott has it.
    cells = litters(WEIL[litter])

    assert found_ratio(cells) * len(cells) / (len(cells) - 1) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize("litter", ["control", "treated"])
def test_the_variance_is_the_robust_one_of_statsmodels(litter: str) -> None:
    cells = litters(WEIL[litter])
    y = np.concatenate([np.repeat([1, 0], c.astype(int)) for c in cells])
    of = np.repeat(np.arange(len(cells)), cells.sum(axis=1).astype(int))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = GEE(y, np.ones((len(y), 1)), of, family=Binomial(), cov_struct=Independence()).fit()
    robust, naive = (model.standard_errors(kind)[0] ** 2 for kind in ("robust", "naive"))

    assert found_ratio(cells) == pytest.approx(robust / naive, rel=1e-6)


@given(st.lists(st.sampled_from([(1, 0), (0, 1)]), min_size=1, max_size=40))
def test_who_stands_in_one_row_is_worth_one_person(rows: list[tuple[int, int]]) -> None:
    assert effect(np.array(rows, dtype=float)) == 1.0


CLUSTERS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)).filter(any), min_size=1, max_size=30)


@given(CLUSTERS)
def test_rows_are_worth_one_person_at_least_and_never_more_than_they_are(
    rows: list[tuple[int, int]],
) -> None:
    cells = np.array(rows, dtype=float)

    assert cells.sum() / effect(cells) + 1e-9 >= 1.0
    assert effect(cells) >= 1.0


@given(CLUSTERS)
def test_a_rate_and_one_minus_it_are_worth_the_same(rows: list[tuple[int, int]]) -> None:
    cells = np.array(rows, dtype=float)

    assert effect(cells) == pytest.approx(effect(cells[:, ::-1]), rel=1e-9)


def test_an_outcome_that_nobody_has_counts_people_of_equal_weight() -> None:
    # Sixty people, half of them with one row and half with nineteen: 600^2 / (30 + 30 * 361).
    cells = np.array([(0, 1)] * 30 + [(0, 19)] * 30, dtype=float)

    assert 600 / effect(cells) == pytest.approx(600**2 / (30 + 30 * 361))


def test_one_person_is_one_person() -> None:
    assert 20 / effect(np.array([(8.0, 12.0)])) == pytest.approx(1.0)


def test_equal_rows_are_worth_a_little_less_than_the_people_that_they_are_of() -> None:
    for people in (20, 60, 200):
        cells = np.array([(20, 0), (0, 20)] * (people // 2), dtype=float)

        assert people * 0.8 < 20 * people / effect(cells) <= people - 1


def test_nobody_is_worth_nothing_in_particular() -> None:
    assert clusters.rate_effect([1, 0], [1, 1], [[0, 0]], [np.zeros((2, 2))]).tolist() == [1.0]
