"""Two rates: published intervals, coverage counted over every table, derivations from the likelihood, laws, and peers."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import xlog1py, xlogy
from scipy.stats import binom, chi2_contingency, fisher_exact, norm
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    proportions_ztest,
    score_test_proportions_2indep,
)

from fairaudit.inference import contrast
from fairaudit.inference.contrast import (
    FEW_EXPECTED,
    difference_interval,
    difference_score,
    equality_test,
    newcombe,
    rate_score,
    ratio_interval,
    ratio_score,
    share_ratio_interval,
    share_ratio_score,
)
from fairaudit.inference.proportion import wilson

Table = tuple[int, int, int, int]
"""Successes and trials of the group, then of the reference."""
Columns = tuple[NDArray[np.int64], ...]
"""The same of many tables."""
Interval = Callable[..., tuple[NDArray[np.float64], NDArray[np.float64]]]
Z = norm.isf(0.025)
INF = float("inf")


def table(most: int = 60) -> st.SearchStrategy[Table]:
    side = st.integers(1, most).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
    return st.tuples(side, side).map(lambda sides: (*sides[0], *sides[1]))


def tables(most: int = 500) -> st.SearchStrategy[Columns]:
    """Draw many tables at once, since an interval of many takes no longer than one."""
    return st.lists(table(most), min_size=1, max_size=25).map(
        lambda rows: tuple(np.array(column) for column in zip(*rows, strict=True))
    )


def every_table(n1: int, n2: int) -> tuple[NDArray[np.int64], int, NDArray[np.int64], int]:
    x1, x2 = np.meshgrid(np.arange(n1 + 1), np.arange(n2 + 1), indexing="ij")
    return x1, n1, x2, n2


def swapped(cells: Columns) -> Columns:
    return (*cells[2:], *cells[:2])


def printed(limits: tuple[float, float], digits: int) -> list[object]:
    """Accept what rounds to printed figures."""
    return [pytest.approx(limit, abs=0.5000001 * 10.0**-digits) for limit in limits]


SIZES = pytest.mark.parametrize(("n1", "n2"), [(1, 1), (1, 2), (2, 3), (12, 4), (20, 20), (3, 40), (10, 60)])
SKEWNESS = pytest.mark.parametrize(
    "skewness", [True, False], ids=["corrected for skewness", "Miettinen-Nurminen"]
)
FEW = settings(max_examples=12)
BOTH = pytest.mark.parametrize("interval", [ratio_interval, difference_interval], ids=["ratio", "difference"])


@pytest.fixture
def without_the_factor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out N / (N - 1), as Mee, Koopman, Farrington and Manning, and Gart and Nam did."""
    with_it = contrast._score

    def score(*parts: Any, total: NDArray[np.float64]) -> NDArray[np.float64]:
        return with_it(*parts, total=np.ones_like(total))

    monkeypatch.setattr(contrast, "_score", score)


class TestPublishedDifferences:
    NEWCOMBE = (
        # Newcombe 1998, Interval estimation for the difference between independent proportions, table II, examples a to h: the
        # table, methods 6 (Miettinen and Nurminen), 5 (Mee) and 10 (his own), as https://github.com/DeepPSP/DBCI quotes them in
        # test/test-data/newcombee.csv.
        ((56, 70, 48, 80), (0.0528, 0.3382), (0.0533, 0.3377), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.1700, 0.8406), (0.1821, 0.8370), (0.1705, 0.8090)),
        ((6, 7, 2, 7), (0.0342, 0.8534), (0.0544, 0.8478), (0.0582, 0.8062)),
        ((5, 56, 0, 29), (-0.0326, 0.1933), (-0.0313, 0.1926), (-0.0381, 0.1926)),
        ((0, 10, 0, 20), (-0.1658, 0.2844), (-0.1611, 0.2775), (-0.1611, 0.2775)),
        ((0, 10, 0, 10), (-0.2879, 0.2879), (-0.2775, 0.2775), (-0.2775, 0.2775)),
        ((10, 10, 0, 20), (0.7156, 1.0), (0.7225, 1.0), (0.6791, 1.0)),
        ((10, 10, 0, 10), (0.6636, 1.0), (0.6777, 1.0), (0.6075, 1.0)),
    )
    NAMES = tuple(f"Newcombe 1998, {x1} of {n1} against {x2} of {n2}" for (x1, n1, x2, n2), *_ in NEWCOMBE)

    @pytest.mark.parametrize(("cells", "limits"), [(row[0], row[1]) for row in NEWCOMBE], ids=NAMES)
    def test_miettinen_and_nurminen_1985(self, cells: Table, limits: tuple[float, float]) -> None:
        assert list(difference_interval(*cells, skewness=False)) == printed(limits, 4)

    @pytest.mark.parametrize(("cells", "limits"), [(row[0], row[2]) for row in NEWCOMBE], ids=NAMES)
    @pytest.mark.usefixtures("without_the_factor")
    def test_mee_1984(self, cells: Table, limits: tuple[float, float]) -> None:
        assert list(difference_interval(*cells, skewness=False)) == printed(limits, 4)

    @pytest.mark.parametrize(("cells", "limits"), [(row[0], row[3]) for row in NEWCOMBE], ids=NAMES)
    def test_newcombes_method_10(self, cells: Table, limits: tuple[float, float]) -> None:
        assert list(newcombe(*cells)) == printed(limits, 4)

    @pytest.mark.parametrize(
        ("cells", "limits", "newcombes"),
        [
            # https://github.com/DeepPSP/DBCI, test/test-data/example-84-101-vs-89-105.csv.
            pytest.param((84, 101, 89, 105), (-0.1191, 0.0860), (-0.1177, 0.0851), id="diff-binom-confint"),
            # Examples of the R packages ratesci (rdci) and contingencytables (Fagerland, Lydersen and Laake 2017, chapter 4).
            pytest.param((7, 34, 1, 34), (0.0270, 0.3453), (0.0189, 0.3404), id="Perondi et al. 2004"),
        ],
    )
    def test_quoted_by_other_packages(
        self, cells: Table, limits: tuple[float, float], newcombes: tuple[float, float]
    ) -> None:
        assert list(difference_interval(*cells, skewness=False)) == printed(limits, 4)
        assert list(newcombe(*cells)) == printed(newcombes, 4)

    def test_fagerland_et_al_2017_ritland_et_al_2007(self) -> None:
        # contingencytables, MiettinenNurminen_asymptotic_score_CI_difference_2x2.
        assert list(difference_interval(0, 16, 15, 72, skewness=False)) == printed((-0.3164, -0.0056), 4)

    @pytest.mark.parametrize(
        ("cells", "limits", "score", "plain_limits", "plain_score"),
        [
            # https://petelaud.github.io/ratesci/reference/scoreci.html: Hartung and Knapp's data and Newcombe's example d.
            pytest.param(
                (12, 16, 1, 16),
                (0.385676, 0.877884),
                3.8969520,
                (0.374978, 0.862899),
                3.8969520,
                id="Laud 2017, 12 of 16 against 1 of 16",
            ),
            pytest.param(
                (19, 29, 22, 30),
                (-0.311899, 0.160079),
                -0.6466546,
                (-0.308594, 0.158172),
                -0.6463014,
                id="Laud 2017, 19 of 29 against 22 of 30",
            ),
            pytest.param(
                (5, 56, 0, 29),
                (-0.018618, 0.186718),
                1.7392131,
                (-0.032597, 0.193331),
                1.6488632,
                id="Laud 2017, 5 of 56 against 0 of 29",
            ),
        ],
    )
    def test_laud_2017_with_and_without_skewness(
        self,
        cells: Table,
        limits: tuple[float, float],
        score: float,
        plain_limits: tuple[float, float],
        plain_score: float,
    ) -> None:
        assert list(difference_interval(*cells)) == printed(limits, 6)
        assert list(difference_interval(*cells, skewness=False)) == printed(plain_limits, 6)
        for statistic, equal in ((ratio_score, 1.0), (difference_score, 0.0)):
            assert statistic(equal, *cells) == pytest.approx(score, abs=1e-7)
            assert statistic(equal, *cells, skewness=False) == pytest.approx(plain_score, abs=1e-7)

    @pytest.mark.parametrize(
        ("cells", "limits"),
        [
            # ratesci, "Stratified contrasts": each trial by itself, three digits.
            pytest.param((15, 97, 37, 103), (-0.321, -0.08495), id="trial 1"),
            pytest.param((0, 8, 5, 10), (-0.787, -0.10319), id="trial 2"),
            pytest.param((11, 50, 23, 48), (-0.435, -0.07103), id="trial 3"),
            pytest.param((4, 110, 16, 110), (-0.190, -0.03530), id="trial 4"),
            pytest.param((7, 65, 7, 32), (-0.290, 0.04065), id="trial 5"),
            pytest.param((8, 25, 8, 25), (-0.260, 0.25979), id="trial 6"),
            pytest.param((5, 126, 17, 126), (-0.169, -0.02700), id="trial 7"),
            pytest.param((0, 104, 4, 92), (-0.101, -0.00470), id="trial 8"),
            pytest.param((7, 80, 16, 81), (-0.221, -0.00172), id="trial 9"),
        ],
    )
    def test_laud_2017_compression_stockings_of_roderick_et_al_2005(
        self, cells: Table, limits: tuple[float, float]
    ) -> None:
        low, high = difference_interval(*cells)
        assert (low, high) == (pytest.approx(limits[0], abs=5e-4), pytest.approx(limits[1], abs=5.1e-6))

    @pytest.mark.usefixtures("without_the_factor")
    def test_gart_and_nam_1990_7_of_25_against_2_of_25(self) -> None:
        # As the tests of ratesci quote it.
        assert list(difference_interval(7, 25, 2, 25)) == printed((-0.014, 0.414), 3)
        assert list(difference_interval(7, 25, 2, 25, skewness=False)) == printed((-0.014, 0.412), 3)

    def test_torres_et_al_2018_non_inferiority_in_reprove(self) -> None:
        # ratesci, "Hypothesis tests": the limit was a difference of -12.5%.
        reprove = (245, 356, 270, 370)
        assert list(difference_interval(*reprove)) == [
            pytest.approx(-0.108, abs=5e-4),
            pytest.approx(0.0246, abs=5e-5),
        ]
        score = difference_score(-0.125, *reprove)
        assert score == pytest.approx(2.47516, abs=5e-6)
        assert norm.sf(score) == pytest.approx(0.00666, abs=5e-6)


class TestPublishedRatios:
    @pytest.mark.parametrize(
        ("cells", "limits", "digits"),
        [
            # Fagerland and Newcombe 2013, as the tests of ratesci quote it.
            pytest.param(
                (24, 73, 53, 65), (0.280, 0.560), 3, id="Fagerland and Newcombe, 24 of 73 to 53 of 65"
            ),
            pytest.param((29, 55, 11, 11), (0.397, 0.742), 3, id="Fagerland and Newcombe, 29 of 55 to all"),
            pytest.param((7, 18, 1, 18), (1.296, 42.544), 3, id="Fagerland and Newcombe, 7 of 18 to 1 of 18"),
            # ratesci (rrci) and contingencytables say the same.
            pytest.param((7, 34, 1, 34), (1.2086, 43.0330), 4, id="Perondi et al. 2004"),
            pytest.param((5, 56, 0, 29), (0.7175, INF), 4, id="Newcombe 1998 example d"),
        ],
    )
    def test_miettinen_and_nurminen_1985(
        self, cells: Table, limits: tuple[float, float], digits: int
    ) -> None:
        assert list(ratio_interval(*cells, skewness=False)) == printed(limits, digits)

    @pytest.mark.parametrize(
        ("cells", "limits"),
        [
            # https://petelaud.github.io/ratesci/reference/rrci.html
            pytest.param((5, 56, 0, 29), (0.7696, INF), id="5 of 56 to none of 29"),
            pytest.param((7, 34, 1, 34), (1.2383, 129.3294), id="7 of 34 to 1 of 34"),
        ],
    )
    def test_laud_2017(self, cells: Table, limits: tuple[float, float]) -> None:
        assert list(ratio_interval(*cells)) == printed(limits, 4)

    @pytest.mark.parametrize(
        ("cells", "plain", "corrected", "digits"),
        [
            # Gart and Nam 1988, as the tests of ratesci quote it; the second and third column are Koopman's and their own.
            pytest.param(
                (8, 15, 4, 15), (0.815, 5.336), (0.806, 6.148), 3, id="Gart and Nam 1988, 8 of 15 to 4 of 15"
            ),
            pytest.param(
                (6, 10, 6, 20), (0.844, 4.594), (0.822, 4.954), 3, id="Gart and Nam 1988, 6 of 10 to 6 of 20"
            ),
            # The vignette of the R package PF, which prints 1 - ratio, to three digits.
            pytest.param(
                (4, 24, 12, 28),
                (1 - 0.855, 1 - 0.0328),
                (1 - 0.876, 1 - 0.0380),
                3,
                id="PF, 4 of 24 to 12 of 28",
            ),
            # ratesci (rrci).
            pytest.param((7, 34, 1, 34), (1.2209, 42.5757), (1.2532, 130.8308), 4, id="Perondi et al. 2004"),
            pytest.param((5, 56, 0, 29), (0.7257, INF), (0.7822, INF), 4, id="Newcombe 1998 example d"),
        ],
    )
    @pytest.mark.usefixtures("without_the_factor")
    def test_koopman_1984_and_gart_and_nam_1988(
        self, cells: Table, plain: tuple[float, float], corrected: tuple[float, float], digits: int
    ) -> None:
        assert list(ratio_interval(*cells, skewness=False)) == printed(plain, digits)
        assert list(ratio_interval(*cells)) == printed(corrected, digits)

    def test_the_same_table_of_pf_with_the_factor(self) -> None:
        assert list(ratio_interval(4, 24, 12, 28, skewness=False)) == printed((1 - 0.857, 1 - 0.0251), 3)


def likely(n: int, p: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """List all counts but the rarest one in 10^8 on either side, with their probabilities."""
    x = np.arange(int(binom.ppf(1e-8, n, p)), int(binom.isf(1e-8, n, p)) + 1)
    return x, binom.pmf(x, n, p)


def misses(
    score: Callable[..., NDArray[np.float64]],
    truth: float,
    n1: int,
    p1: float,
    n2: int,
    p2: float,
    **how: Any,
) -> tuple[float, float]:
    """Find how often the 95% interval lies above the truth, and how often below: over all tables, without chance."""
    (x1, weight1), (x2, weight2) = likely(n1, p1), likely(n2, p2)
    found = score(truth, x1[:, None], n1, x2, n2, **how)
    weight = weight1[:, None] * weight2
    return float(weight[found > Z].sum()), float(weight[found < -Z].sum())


CELLS = list(
    itertools.product((20, 50, 100, 200, 500, 1000), (0.05, 0.1, 0.2, 0.3, 0.5), (1.0, 0.6), (1, 10))
)
"""Trials of the group, rate of the reference, true ratio, how many times larger the reference is."""


class TestCoverage:
    def test_of_the_ratio(self) -> None:
        assert len(CELLS) == 120
        for n, p, ratio, times in CELLS:
            above, below = misses(ratio_score, ratio, n, p * ratio, n * times, p)
            assert 0.943 <= 1 - above - below <= 0.992, (n, p, ratio, times)
            assert max(above, below) <= 0.032, (n, p, ratio, times)

    def test_of_the_difference(self) -> None:
        for n, p, ratio, times in CELLS:
            above, below = misses(difference_score, p * ratio - p, n, p * ratio, n * times, p)
            assert 0.943 <= 1 - above - below <= 0.998, (n, p, ratio, times)
            assert max(above, below) <= 0.029, (n, p, ratio, times)

    @pytest.mark.parametrize(
        ("score", "truth", "p1"),
        [
            pytest.param(ratio_score, 0.6, 0.03, id="ratio"),
            pytest.param(difference_score, 0.0, 0.05, id="difference"),
        ],
    )
    def test_without_skewness_a_small_group_with_a_low_rate_is_called_too_high_twice_as_often_as_it_should_be(
        self, score: Callable[..., NDArray[np.float64]], truth: float, p1: float
    ) -> None:
        # 20 people against 200 at 5%. Both together are still 95%, which is why two-sided coverage does not show it.
        above, below = misses(score, truth, 20, p1, 200, 0.05, skewness=False)
        assert above > 0.047
        assert below < 0.001
        assert 1 - above - below == pytest.approx(0.95, abs=0.004)
        corrected, _ = misses(score, truth, 20, p1, 200, 0.05)
        assert corrected < 0.025

    def test_without_skewness_one_tail_of_the_ratio_passes_twice_its_share(self) -> None:
        tails = [
            max(misses(ratio_score, ratio, n, p * ratio, n * times, p, skewness=False))
            for n, p, ratio, times in CELLS
        ]
        assert max(tails) > 0.05

    @BOTH
    @pytest.mark.parametrize(
        ("n", "p", "ratio", "times"), [(20, 0.1, 0.6, 1), (50, 0.3, 1.0, 10), (100, 0.2, 0.6, 1)]
    )
    def test_the_limits_miss_exactly_where_the_score_says_so(
        self, interval: Interval, n: int, p: float, ratio: float, times: int
    ) -> None:
        truth = ratio if interval is ratio_interval else p * ratio - p
        score = ratio_score if interval is ratio_interval else difference_score
        x1, x2 = likely(n, p * ratio)[0][:, None], likely(n * times, p)[0]
        low, high = interval(x1, n, x2, n * times)
        found = score(truth, x1, n, x2, n * times)
        np.testing.assert_array_equal(low > truth, found > Z)
        np.testing.assert_array_equal(high < truth, found < -Z)


def log_likelihood(p1: float, x1: int, n1: int, p2: float, x2: int, n2: int) -> float:
    one, other = (xlogy(x, p) + xlog1py(n - x, -p) for p, x, n in ((p1, x1, n1), (p2, x2, n2)))
    return float(one + other)


def most_likely(linked: Callable[[float], float], low: float, high: float, cells: Table) -> float:
    """Search the reference's rate that makes the counts most likely, if the group's rate is linked to it."""
    x1, n1, x2, n2 = cells

    def surprise(p2: float) -> float:
        return -log_likelihood(min(max(linked(p2), 0.0), 1.0), x1, n1, p2, x2, n2)

    found = minimize_scalar(surprise, bounds=(low, high), method="bounded", options={"xatol": 1e-12})
    return float(min((float(found.x), low, high), key=surprise))


def miettinen_nurminen(distance: float, p1: float, n1: int, p2: float, n2: int, *, theta: float) -> float:
    variance = (p1 * (1 - p1) / n1 + theta**2 * p2 * (1 - p2) / n2) * (n1 + n2) / (n1 + n2 - 1)
    return float(distance / np.sqrt(variance))


class TestDerivation:
    @given(table(), st.floats(0.05, 20))
    def test_ratio_from_a_numerical_search_of_the_likelihood(self, cells: Table, theta: float) -> None:
        x1, n1, x2, n2 = cells
        p2 = most_likely(lambda p: theta * p, 0.0, min(1.0, 1 / theta), cells)
        p1 = theta * p2
        if min(p1, 1 - p1, p2, 1 - p2) > 1e-3:
            expected = miettinen_nurminen(x1 / n1 - theta * x2 / n2, p1, n1, p2, n2, theta=theta)
            assert ratio_score(theta, *cells, skewness=False) == pytest.approx(expected, rel=1e-4, abs=1e-7)

    @given(table(), st.floats(-0.95, 0.95))
    def test_difference_from_a_numerical_search_of_the_likelihood(self, cells: Table, delta: float) -> None:
        x1, n1, x2, n2 = cells
        low, high = max(0.0, -delta), min(1.0, 1 - delta)
        p2 = most_likely(lambda p: p + delta, low, high, cells)
        p1 = p2 + delta
        if min(p1, 1 - p1, p2, 1 - p2) > 1e-3:
            expected = miettinen_nurminen(x1 / n1 - x2 / n2 - delta, p1, n1, p2, n2, theta=1.0)
            assert difference_score(delta, *cells, skewness=False) == pytest.approx(
                expected, rel=1e-4, abs=1e-7
            )

    @given(table(), st.floats(-0.95, 0.95))
    @example((0, 10, 0, 20), 0.3)
    @example((10, 10, 20, 20), -0.3)
    @example((10, 10, 0, 20), 0.9)
    @example((0, 10, 20, 20), -0.9)
    def test_no_rate_is_likelier_than_the_restricted_one(self, cells: Table, delta: float) -> None:
        x1, n1, x2, n2 = cells
        (rate,) = contrast._restricted_rate(*(np.array([float(v)]) for v in (delta, *cells)))
        low, high = max(0.0, -delta), min(1.0, 1 - delta)
        assert low <= rate <= high
        others = np.linspace(low, high, 2001)
        one = xlogy(x1, others + delta) + xlog1py(n1 - x1, -np.clip(others + delta, 0, 1))
        other = xlogy(x2, others) + xlog1py(n2 - x2, -others)
        best = log_likelihood(min(max(float(rate + delta), 0.0), 1.0), x1, n1, float(rate), x2, n2)
        assert best >= np.nanmax(one + other) - 1e-6

    @given(table())
    def test_the_score_is_0_at_what_was_observed_if_skewness_is_left_out(self, cells: Table) -> None:
        x1, n1, x2, n2 = cells
        assert difference_score(x1 / n1 - x2 / n2, *cells, skewness=False) == pytest.approx(0, abs=1e-6)
        if x1 and x2:
            assert ratio_score((x1 / n1) / (x2 / n2), *cells, skewness=False) == pytest.approx(0, abs=1e-6)

    @given(table())
    def test_skewness_moves_it_from_0_by_less_than_a_standard_error(self, cells: Table) -> None:
        x1, n1, x2, n2 = cells
        assert abs(difference_score(x1 / n1 - x2 / n2, *cells)) < 1
        if x1 and x2:
            assert abs(ratio_score((x1 / n1) / (x2 / n2), *cells)) < 1

    @given(table(), st.floats(0.05, 20))
    def test_the_corrected_score_solves_the_equation_of_laud_2017(self, cells: Table, theta: float) -> None:
        plain = float(ratio_score(theta, *cells, skewness=False))
        found = float(ratio_score(theta, *cells))
        x1, n1, x2, n2 = cells
        b = n1 * theta + x1 + n2 + x2 * theta
        p2 = float(np.roots([(n1 + n2) * theta, -b, x1 + x2]).real.min())
        p1 = theta * p2
        if min(p1, 1 - p1, p2, 1 - p2) > 1e-3:
            variance = p1 * (1 - p1) / n1 + theta**2 * p2 * (1 - p2) / n2
            third = p1 * (1 - p1) * (1 - 2 * p1) / n1**2 - theta**3 * p2 * (1 - p2) * (1 - 2 * p2) / n2**2
            c = third / 6 / (variance * (n1 + n2) / (n1 + n2 - 1)) ** 1.5
            if 1 + 4 * c * (plain + c) > 0:
                assert found + c * (found**2 - 1) == pytest.approx(plain, rel=1e-6, abs=1e-6)

    @SIZES
    @SKEWNESS
    @pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
    def test_at_the_limits_the_score_is_z(self, n1: int, n2: int, skewness: bool, confidence: float) -> None:
        cells, z = every_table(n1, n2), norm.isf((1 - confidence) / 2)
        how: dict[str, Any] = {"skewness": skewness}
        for interval, score, ends in (
            (ratio_interval, ratio_score, (0.0, INF)),
            (difference_interval, difference_score, (-1.0, 1.0)),
        ):
            low, high = interval(*cells, confidence=confidence, **how)
            for limit, expected in ((low, z), (high, -z)):
                inside = (limit > ends[0] + 1e-6) & (limit < ends[1] - 1e-6)
                assert inside.any() or n1 + n2 < 5  # so few people may leave no limit at all
                middle = np.where(inside, limit, 0.5)
                # A step beside the limit on either side, since close to the edge of what is possible the score is steep.
                step = 1e-9 * (middle if interval is ratio_interval else 1.0)
                before, after = (score(middle + side * step, *cells, **how) for side in (-1, 1))
                assert (before[inside] >= expected - 1e-6).all()
                assert (after[inside] <= expected + 1e-6).all()


class TestPeers:
    @given(table(200), st.floats(0.1, 10))
    def test_the_score_of_a_ratio_equals_statsmodels(self, cells: Table, theta: float) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = score_test_proportions_2indep(*cells, value=theta, compare="ratio").statistic
        if np.isfinite(theirs):
            assert ratio_score(theta, *cells, skewness=False) == pytest.approx(theirs, rel=1e-5, abs=1e-5)

    @FEW
    @given(table(200).filter(lambda t: 0 < t[0] < t[1] and 0 < t[2] < t[3]))
    def test_the_interval_of_a_ratio_equals_statsmodels_where_no_cell_is_empty(self, cells: Table) -> None:
        theirs = confint_proportions_2indep(*cells, method="score", compare="ratio")
        assert ratio_interval(*cells, skewness=False) == pytest.approx(theirs, rel=1e-4)

    def test_statsmodels_is_wrong_of_a_ratio_of_all(self) -> None:
        # Fagerland and Newcombe's table turned round: from 1 / 0.742.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            low, high = confint_proportions_2indep(11, 11, 29, 55, method="score", compare="ratio")
        assert (low, high) == (pytest.approx(1.650, abs=1e-3), pytest.approx(1 / 0.397, rel=2e-3))
        assert ratio_interval(11, 11, 29, 55, skewness=False) == pytest.approx(
            (1 / 0.742, 1 / 0.397), rel=2e-3
        )

    def test_statsmodels_score_interval_of_a_difference_is_not_miettinen_and_nurminens(self) -> None:
        # Newcombe 1998 prints 0.0528 to 0.3382 for the first table, and 0.1700 to 0.8406 for the second.
        low, high = confint_proportions_2indep(56, 70, 48, 80, method="score", compare="diff")
        assert (low, high) == (pytest.approx(0.0526, abs=5e-5), pytest.approx(0.3440, abs=5e-5))
        with pytest.raises(ValueError, match="must have different signs"):
            confint_proportions_2indep(9, 10, 3, 10, method="score", compare="diff")

    @given(table(500))
    def test_newcombe_equals_statsmodels(self, cells: Table) -> None:
        theirs = confint_proportions_2indep(*cells, method="newcomb", compare="diff")
        assert newcombe(*cells) == pytest.approx(theirs, abs=1e-9)

    @given(table(500).filter(lambda t: 0 < t[0] + t[2] < t[1] + t[3]))
    def test_without_skewness_the_score_of_equality_is_the_pooled_z_test_but_for_the_factor(
        self, cells: Table
    ) -> None:
        x1, n1, x2, n2 = cells
        theirs = proportions_ztest([x1, x2], [n1, n2])[0] * np.sqrt((n1 + n2 - 1) / (n1 + n2))
        assert ratio_score(1.0, *cells, skewness=False) == pytest.approx(theirs, rel=1e-9, abs=1e-12)
        assert difference_score(0.0, *cells, skewness=False) == pytest.approx(theirs, rel=1e-6, abs=1e-6)

    @pytest.mark.parametrize("n1", [30, 50, 100, 500])
    @pytest.mark.parametrize("n2", [30, 100, 500])
    def test_the_interval_of_a_difference_is_close_to_newcombes_on_ordinary_tables(
        self, n1: int, n2: int
    ) -> None:
        # At least ten people in every cell: a limit differs by less than a tenth of the width.
        x1, x2 = np.meshgrid(np.linspace(10, n1 - 10, 25).round(), np.linspace(10, n2 - 10, 25).round())
        (low, high), (their_low, their_high) = (
            difference_interval(x1, n1, x2, n2),
            newcombe(x1, n1, x2, n2),
        )
        width = their_high - their_low
        assert (np.abs(low - their_low) < 0.1 * width).all()
        assert (np.abs(high - their_high) < 0.1 * width).all()


class TestEqualityTest:
    @pytest.mark.parametrize(
        ("cells", "p_value"),
        [
            # contingencytables, Fisher_exact_test_2x2.
            pytest.param((0, 16, 15, 72), 0.06287, id="Ritland et al. 2007"),
            # The documentation of scipy.stats.fisher_exact and its tutorial.
            pytest.param((6, 8, 1, 5), 0.10256, id="SciPy, 6 of 8 against 1 of 5"),
            pytest.param((8, 10, 1, 6), 0.03497, id="SciPy, 8 of 10 against 1 of 6"),
        ],
    )
    def test_published_examples_of_fishers_test(self, cells: Table, p_value: float) -> None:
        found, exact = equality_test(*cells)
        assert found == pytest.approx(p_value, abs=5.1e-6)
        assert exact

    def test_campbell_2007_7_of_34_against_1_of_34_by_the_n_minus_1_chi_squared(self) -> None:
        # ratesci, "Hypothesis tests": chi-squared 5.025, p 0.025, whichever contrast, with and without skewness.
        for skewness in (True, False):
            for statistic, equal in ((ratio_score, 1.0), (difference_score, 0.0)):
                found = statistic(equal, 7, 34, 1, 34, skewness=skewness)
                assert found**2 == pytest.approx(5.025, abs=5e-4)
                assert 2 * norm.sf(found) == pytest.approx(0.025, abs=5e-4)

    @given(table(40))
    def test_few_expected_people_call_for_fishers_test(self, cells: Table) -> None:
        x1, n1, x2, n2 = cells
        expected = np.outer([n1, n2], [x1 + x2, n1 + n2 - x1 - x2]) / (n1 + n2)
        p_value, exact = equality_test(*cells)
        assert exact == (expected.min() < FEW_EXPECTED)
        if exact:
            assert p_value == pytest.approx(
                min(1.0, fisher_exact(np.array([[x1, n1 - x1], [x2, n2 - x2]]))[1]), rel=1e-12
            )
        else:
            assert p_value == pytest.approx(2 * norm.sf(abs(ratio_score(1.0, *cells))), rel=1e-12)

    def test_fishers_test_is_ready_for_a_whole_country(self) -> None:
        # Poisson counts of 2 and 3 among as many: all splits of five are at least as unlikely as 3 and 2.
        assert equality_test(3, 10**15, 2, 10**15)[0] == 1.0
        # 9 where 0.1 is expected: about 109 people in all, each in the small group with a chance of a thousandth.
        found, exact = equality_test(9, 10**6, 100, 10**9)
        assert exact
        assert found == pytest.approx(binom.sf(8, 109, 10**6 / (10**9 + 10**6)), rel=1e-3)

    @pytest.mark.parametrize(
        ("cells", "exact"),
        [
            pytest.param((5, 20, 5, 20), False, id="exactly five expected"),
            pytest.param((4, 20, 5, 20), True, id="four and a half"),
            pytest.param((15, 20, 16, 20), True, id="four and a half failures"),
            pytest.param((3, 10, 300, 1000), True, id="three in a small group"),
        ],
    )
    def test_at_the_limit(self, cells: Table, exact: bool) -> None:
        assert equality_test(*cells)[1] == exact

    @given(
        st.integers(20, 300).flatmap(
            lambda n: st.tuples(st.integers(5, n - 5), st.just(n), st.integers(5, n - 5), st.just(n))
        )
    )
    def test_for_groups_of_one_size_it_is_egon_pearsons_chi_squared_test(self, cells: Table) -> None:
        x1, n, x2, _ = cells
        p_value, exact = equality_test(*cells)
        chi_squared = chi2_contingency([[x1, n - x1], [x2, n - x2]], correction=False)[0]
        assert not exact
        assert p_value == pytest.approx(2 * norm.sf(np.sqrt(chi_squared * (2 * n - 1) / (2 * n))), rel=1e-6)

    @given(tables(60))
    def test_does_not_care_which_group_is_the_reference(self, cells: Columns) -> None:
        np.testing.assert_allclose(equality_test(*cells)[0], equality_test(*swapped(cells))[0], rtol=1e-9)

    @FEW
    @given(tables(), st.floats(0.8, 0.999))
    def test_is_below_the_error_exactly_where_the_intervals_exclude_equality(
        self, cells: Columns, confidence: float
    ) -> None:
        p_value, exact = equality_test(*cells)
        (low, high), (least, most) = (
            interval(*cells, confidence=confidence) for interval in (ratio_interval, difference_interval)
        )
        allowed = (p_value > 1 - confidence)[~exact]
        np.testing.assert_array_equal(((low <= 1) & (high >= 1))[~exact], allowed)
        np.testing.assert_array_equal(((least <= 0) & (most >= 0))[~exact], allowed)

    def test_one_table_and_many_are_answered_alike(self) -> None:
        cases: list[Table] = [(3, 10, 5, 10), (30, 100, 50, 100), (0, 0, 1, 2), (0, 5, 0, 9), (5, 5, 9, 9)]
        p_values, exact = equality_test(*(np.array(column) for column in zip(*cases, strict=True)))
        assert exact.tolist() == [True, False, False, True, True]
        assert np.isnan(p_values[2])
        assert p_values[3:].tolist() == [1.0, 1.0]
        for cells, p_value, by_fisher in zip(cases, p_values, exact, strict=True):
            np.testing.assert_array_equal(equality_test(*cells), (p_value, by_fisher))


class TestLaws:
    @SIZES
    @SKEWNESS
    @pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
    def test_equality_is_in_both_intervals_or_in_none(
        self, n1: int, n2: int, skewness: bool, confidence: float
    ) -> None:
        cells, how = every_table(n1, n2), {"confidence": confidence, "skewness": skewness}
        (low, high), (least, most) = ratio_interval(*cells, **how), difference_interval(*cells, **how)
        possible = np.abs(ratio_score(1.0, *cells, skewness=skewness)) <= norm.isf((1 - confidence) / 2)
        np.testing.assert_array_equal((low <= 1) & (high >= 1), possible)
        np.testing.assert_array_equal((least <= 0) & (most >= 0), possible)

    @given(tables(), st.booleans())
    def test_both_statistics_of_equality_are_the_same(self, cells: Columns, skewness: bool) -> None:
        np.testing.assert_allclose(
            ratio_score(1.0, *cells, skewness=skewness),
            difference_score(0.0, *cells, skewness=skewness),
            atol=1e-6,
        )

    @FEW
    @given(tables(), st.floats(0.8, 0.99), st.booleans())
    def test_swapping_group_and_reference_inverts_the_ratio(
        self, cells: Columns, confidence: float, skewness: bool
    ) -> None:
        low, high = ratio_interval(*cells, confidence=confidence, skewness=skewness)
        other_low, other_high = ratio_interval(*swapped(cells), confidence=confidence, skewness=skewness)
        with np.errstate(divide="ignore"):
            np.testing.assert_allclose(low, 1 / other_high, rtol=1e-9)
            np.testing.assert_allclose(high, 1 / other_low, rtol=1e-9)

    @FEW
    @given(tables(), st.floats(0.8, 0.999), st.booleans())
    def test_swapping_group_and_reference_negates_the_difference(
        self, cells: Columns, confidence: float, skewness: bool
    ) -> None:
        low, high = difference_interval(*cells, confidence=confidence, skewness=skewness)
        other_low, other_high = difference_interval(*swapped(cells), confidence=confidence, skewness=skewness)
        np.testing.assert_allclose(low, -other_high, atol=1e-9)
        np.testing.assert_allclose(high, -other_low, atol=1e-9)

    @FEW
    @given(tables())
    def test_counting_failures_negates_the_difference(self, cells: Columns) -> None:
        x1, n1, x2, n2 = cells
        low, high = difference_interval(*cells)
        other_low, other_high = difference_interval(n1 - x1, n1, n2 - x2, n2)
        np.testing.assert_allclose(low, -other_high, atol=1e-7)
        np.testing.assert_allclose(high, -other_low, atol=1e-7)

    @BOTH
    @FEW
    @given(cells=tables())
    def test_more_confidence_is_wider(self, interval: Interval, cells: Columns) -> None:
        levels = np.array([0.8, 0.9, 0.95, 0.99, 0.999])[:, None]
        low, high = interval(*cells, confidence=levels)
        assert (low[1:] <= low[:-1] + 1e-12).all()
        assert (high[1:] >= high[:-1] - 1e-12).all()

    @BOTH
    @FEW
    @given(cells=tables())
    def test_what_was_observed_lies_inside(self, interval: Interval, cells: Columns) -> None:
        x1, n1, x2, n2 = cells
        low, high = interval(*cells)
        if interval is ratio_interval:
            with np.errstate(divide="ignore", invalid="ignore"):
                observed = (x1 / n1) / (x2 / n2)
            known = (x1 > 0) | (x2 > 0)
            assert (low[known] <= observed[known] * (1 + 1e-9)).all()
            assert (high[known] >= observed[known] * (1 - 1e-9)).all()
        else:
            observed = x1 / n1 - x2 / n2
            assert ((low >= -1) & (low <= observed + 1e-9)).all()
            assert ((high <= 1) & (high >= observed - 1e-9)).all()

    @BOTH
    @settings(max_examples=6)
    @given(cells=tables(60), confidence=st.floats(0.8, 0.999))
    def test_arrays_answer_as_single_numbers_do(
        self, interval: Interval, cells: Columns, confidence: float
    ) -> None:
        levels = np.linspace(confidence, 0.999, len(cells[0]))
        low, high = interval(*cells, confidence=levels)
        for at in (0, len(cells[0]) // 2, -1):
            alone = interval(*(int(column[at]) for column in cells), confidence=levels[at])
            assert (low[at], high[at]) == alone

    def test_shapes_are_broadcast(self) -> None:
        low, high = ratio_interval(np.arange(3)[:, None], 10, np.arange(4), 20)
        assert low.shape == high.shape == (3, 4)
        assert (low[2, 3], high[2, 3]) == ratio_interval(2, 10, 3, 20)


class TestEnds:
    @SIZES
    @SKEWNESS
    def test_the_ratio_starts_at_0_without_successes_and_never_ends_without_the_references(
        self, n1: int, n2: int, skewness: bool
    ) -> None:
        x1, _, x2, _ = cells = every_table(n1, n2)
        low, high = ratio_interval(*cells, skewness=skewness)
        np.testing.assert_array_equal(low == 0, x1 == 0)
        np.testing.assert_array_equal(high == INF, x2 == 0)

    @pytest.mark.parametrize(
        ("successes", "confidence", "limited"),
        [
            pytest.param(1, 0.99, True, id="one success at 99%"),
            pytest.param(1, 0.993, False, id="one success at 99.3%"),
            pytest.param(2, 0.999, True, id="two successes at 99.9%"),
            pytest.param(2, 0.9998, False, id="two successes at 99.98%"),
        ],
    )
    def test_few_successes_do_not_limit_the_ratio_if_much_confidence_is_asked_for(
        self, successes: int, confidence: float, limited: bool
    ) -> None:
        # As the rate goes to 0 the corrected score goes to the root of 1 + 6 x: 2.65 for one success, 3.61 for two.
        assert ratio_score(1e30, 30, 100, successes, 10**6) == pytest.approx(
            -np.sqrt(1 + 6 * successes), rel=1e-3
        )
        assert (ratio_interval(30, 100, successes, 10**6, confidence=confidence)[1] < INF) == limited
        assert (ratio_interval(successes, 10**6, 30, 100, confidence=confidence)[0] > 0) == limited
        assert ratio_interval(30, 100, successes, 10**6, confidence=confidence, skewness=False)[1] < INF

    def test_none_of_either_may_have_any_ratio(self) -> None:
        assert ratio_interval(0, 10, 0, 10) == (0, INF)
        low, high = difference_interval(0, 10, 0, 10)
        assert low == pytest.approx(-high)
        assert 0 < high < 0.3

    def test_all_of_both(self) -> None:
        low, high = ratio_interval(10, 10, 10, 10)
        assert low == pytest.approx(1 / high)
        assert 0.7 < low < 1
        low, high = difference_interval(10, 10, 10, 10)
        assert low == pytest.approx(-high)
        assert 0 < high < 0.3

    def test_all_against_none(self) -> None:
        low, high = ratio_interval(10, 10, 0, 10)
        assert low > 1
        assert high == INF
        low, high = difference_interval(10, 10, 0, 10)
        assert low > 0.6
        assert high == pytest.approx(1, abs=1e-12)

    @BOTH
    @pytest.mark.parametrize(
        "cells",
        [
            pytest.param((0, 0, 3, 10), id="nobody in the group"),
            pytest.param((3, 10, 0, 0), id="nobody in the reference"),
            pytest.param((0, 0, 0, 0), id="nobody at all"),
        ],
    )
    def test_without_trials_nothing_is_known(self, interval: Interval, cells: Table) -> None:
        assert np.isnan(interval(*cells)).all()
        p_value, exact = equality_test(*cells)
        assert np.isnan(p_value)
        assert not exact
        assert np.isnan(newcombe(*cells)).all()
        low, high = interval(
            *(np.array([one, other]) for one, other in zip(cells, (3, 10, 4, 10), strict=True))
        )
        assert (low[1], high[1]) == interval(3, 10, 4, 10)

    def test_no_table_of_up_to_four_people_makes_numpy_warn(self) -> None:
        # pytest turns warnings into errors.
        tables = [
            (x1, n1, x2, n2)
            for n1, n2 in itertools.product(range(5), repeat=2)
            for x1, x2 in itertools.product(range(n1 + 1), range(n2 + 1))
        ]
        x1, n1, x2, n2 = (np.array(column) for column in zip(*tables, strict=True))
        somebody = (n1 > 0) & (n2 > 0)
        for low, high in (
            ratio_interval(x1, n1, x2, n2),
            difference_interval(x1, n1, x2, n2),
            ratio_interval(x1, n1, x2, n2, skewness=False),
            difference_interval(x1, n1, x2, n2, skewness=False),
            newcombe(x1, n1, x2, n2),
        ):
            np.testing.assert_array_equal(np.isnan(low), ~somebody)
            np.testing.assert_array_equal(np.isnan(high), ~somebody)
            assert (low[somebody] <= high[somebody]).all()
        p_value, _ = equality_test(x1, n1, x2, n2)
        np.testing.assert_array_equal(np.isnan(p_value), ~somebody)
        share_ratio_interval(x1, x2)
        for theta in (0.01, 1.0, 100.0):
            share_ratio_score(theta, x1, x2)
        for p in (0.0, 0.5, 1.0):
            rate_score(p, x1, n1)


class TestVeryManyPeople:
    @pytest.mark.parametrize("n", [10**9, 10**15])
    def test_ordinary_rates_come_to_what_large_samples_tell(self, n: int) -> None:
        p1, p2 = 0.3, 0.2
        cells = (3 * n // 10, n, n // 5, n)
        half = Z * np.sqrt(p1 * (1 - p1) / n + p2 * (1 - p2) / n)
        assert difference_interval(*cells) == pytest.approx((p1 - p2 - half, p1 - p2 + half), abs=1e-4 * half)
        half = Z * np.sqrt((1 - p1) / (n * p1) + (1 - p2) / (n * p2))
        expected = (1.5 * np.exp(-half), 1.5 * np.exp(half))
        assert ratio_interval(*cells) == pytest.approx(expected, abs=1.5 * half * 1e-3)

    @pytest.mark.parametrize("n", [10**6, 10**9, 10**12, 10**15])
    def test_the_ratio_of_rare_cases_depends_on_the_cases_alone(self, n: int) -> None:
        # 3 to 5, as of Poisson counts.
        assert ratio_interval(3, n, 5, n) == pytest.approx((0.12505310, 2.4911936), rel=1e-5)

    @pytest.mark.parametrize("n", [10**5, 10**6, 10**7, 10**8])
    def test_the_difference_of_rare_cases_shrinks_with_the_people(self, n: int) -> None:
        # The limits are 8.617 people fewer and 4.145 more, however many there are.
        low, high = difference_interval(3, n, 5, n)
        assert low * n == pytest.approx(-8.61663, rel=1e-4)
        assert high * n == pytest.approx(4.14468, rel=1e-4)

    @pytest.mark.parametrize("n", [10**6, 10**9, 10**12])
    def test_the_ratio_of_rare_failures_keeps_its_digits(self, n: int) -> None:
        # All but 3 to all but 5: the discriminant of the restricted rates takes no nearly equal numbers from each other.
        assert ratio_score(1.0, n - 3, n, n - 5, n) == pytest.approx(2 / np.sqrt(8), rel=1e-4)
        low, high = ratio_interval(n - 3, n, n - 5, n)
        assert (low - 1) * n == pytest.approx(-4.14468, rel=1e-3)
        assert (high - 1) * n == pytest.approx(8.61663, rel=1e-3)

    @pytest.mark.parametrize("n", [10**9, 10**15])
    @pytest.mark.parametrize(
        "shares",
        [(0.0, 0.0), (1.0, 1.0), (0.0, 1.0), (1.0, 0.0), (0.0, 0.5), (0.5, 1.0), (1e-6, 1e-6)],
        ids=str,
    )
    def test_nothing_strange_happens_at_the_ends(self, n: int, shares: tuple[float, float]) -> None:
        x1, x2 = (round(share * n) for share in shares)
        low, high = difference_interval(x1, n, x2, n)
        assert -1 <= low <= high <= 1
        assert (low, high) == pytest.approx((shares[0] - shares[1],) * 2, abs=1e-4)
        low, high = ratio_interval(x1, n, x2, n)
        assert 0 <= low <= high
        assert not np.isnan([low, high]).any()
        if x1 and x2:
            assert (low, high) == pytest.approx((shares[0] / shares[1],) * 2, rel=0.1)

    @pytest.mark.parametrize("n", [10**6, 10**9, 10**15])
    def test_ten_people_against_very_many_are_compared_with_a_known_rate(self, n: int) -> None:
        low, high = difference_interval(3, 10, 3 * n // 10, n)
        assert (low, high) == (pytest.approx(-0.21344, abs=1e-4), pytest.approx(0.31260, abs=1e-4))
        assert ratio_interval(3, 10, 3 * n // 10, n) == pytest.approx((0.28854, 2.04201), rel=1e-4)


COUNTS = st.integers(0, 2000)


class TestSharesOfOneWhole:
    @given(COUNTS, COUNTS)
    def test_is_the_odds_of_wilsons_interval(self, x1: int, x2: int) -> None:
        low, high = share_ratio_interval(x1, x2)
        if x1 + x2 == 0:
            assert np.isnan([low, high]).all()
        else:
            share_low, share_high = wilson(x1, x1 + x2)
            assert low == pytest.approx(share_low / (1 - share_low))
            assert high == (INF if x2 == 0 else pytest.approx(share_high / (1 - share_high)))
            assert (low == 0) == (x1 == 0)

    @given(COUNTS, COUNTS)
    def test_swapping_inverts_it(self, x1: int, x2: int) -> None:
        (low, high), (other_low, other_high) = share_ratio_interval(x1, x2), share_ratio_interval(x2, x1)
        with np.errstate(divide="ignore"):
            assert (low, high) == pytest.approx((1 / other_high, 1 / other_low), rel=1e-9, nan_ok=True)

    @given(st.integers(1, 2000), st.integers(1, 2000), st.floats(0.5, 0.999))
    def test_at_the_limits_the_score_is_z(self, x1: int, x2: int, confidence: float) -> None:
        low, high = share_ratio_interval(x1, x2, confidence=confidence)
        z = norm.isf((1 - confidence) / 2)
        assert share_ratio_score(low, x1, x2) == pytest.approx(z, rel=1e-6)
        assert share_ratio_score(high, x1, x2) == pytest.approx(-z, rel=1e-6)
        assert share_ratio_score(x1 / x2, x1, x2) == pytest.approx(0, abs=1e-9)

    @FEW
    @given(st.integers(1, 200), st.integers(1, 200))
    def test_is_the_ratio_of_two_very_rare_rates(self, x1: int, x2: int) -> None:
        # Given their sum, two Poisson counts are binomial.
        low, high = ratio_interval(x1, 10**12, x2, 10**12, skewness=False)
        assert share_ratio_interval(x1, x2) == (
            pytest.approx(float(low), rel=1e-6),
            pytest.approx(float(high), rel=1e-6),
        )

    def test_without_anybody_the_score_says_nothing(self) -> None:
        assert share_ratio_score(0.8, 0, 0) == 0


class TestRateScore:
    @pytest.mark.parametrize(
        ("supposed", "x", "n", "expected"),
        [
            pytest.param(0.5, 60, 100, 2.0, id="ten more than expected, of which five are a standard error"),
            pytest.param(0.5, 50, 100, 0.0, id="as supposed"),
            pytest.param(0.2, 16, 100, -1.0, id="four fewer"),
            pytest.param(0.0, 0, 10, 0.0, id="none, and none supposed"),
            pytest.param(0.0, 1, 10, INF, id="one, and none supposed"),
            pytest.param(1.0, 10, 10, 0.0, id="all, and all supposed"),
            pytest.param(1.0, 9, 10, -INF, id="one is missing"),
            pytest.param(0.3, 0, 0, 0.0, id="no trials"),
        ],
    )
    def test_by_hand(self, supposed: float, x: int, n: int, expected: float) -> None:
        assert rate_score(supposed, x, n) == pytest.approx(expected)
