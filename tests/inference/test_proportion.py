"""Intervals of one rate: published examples, statsmodels, and the equations that the limits have to meet."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.special import betainc, expit, logit
from scipy.stats import beta, binom, gamma, norm
from statsmodels.stats.proportion import proportion_confint

from fairaudit.inference.contrast import newcombe, rate_score
from fairaudit.inference.proportion import (
    auc_interval,
    beta_quantile,
    clopper_pearson,
    f1_interval,
    mean_interval,
    welch,
    wilson,
)

Interval = Callable[..., tuple[NDArray[np.float64], NDArray[np.float64]]]
CASES = st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
LEVELS = st.floats(0.5, 0.999)
BOTH = pytest.mark.parametrize("interval", [wilson, clopper_pearson], ids=["Wilson", "Clopper-Pearson"])


class TestPublished:
    @pytest.mark.parametrize(
        ("case", "low", "high"),
        [
            # Newcombe 1998, Two-sided confidence intervals for the single proportion, method 3, as the tests of the R package
            # ratesci quote it.
            pytest.param((15, 148), 0.0624, 0.1605, id="Newcombe 1998, 15 of 148"),
            pytest.param((0, 20), 0.0, 0.1611, id="Newcombe 1998, 0 of 20"),
            pytest.param((1, 29), 0.0061, 0.1718, id="Newcombe 1998, 1 of 29"),
            # https://github.com/DeepPSP/DBCI, test/test-data/example-84-101.csv.
            pytest.param((84, 101), 0.746887910813618, 0.892172254445884, id="diff-binom-confint, 84 of 101"),
            pytest.param((12, 150), 0.046, 0.135, id="Statulator, 12 of 150"),
        ],
    )
    def test_wilson(self, case: tuple[int, int], low: float, high: float) -> None:
        assert wilson(*case) == (as_printed(low), as_printed(high))

    @pytest.mark.parametrize(
        ("case", "low", "high"),
        [
            # The same sources; Newcombe's method 5.
            pytest.param((15, 148), 0.0578, 0.1617, id="Newcombe 1998, 15 of 148"),
            pytest.param((0, 20), 0.0, 0.1684, id="Newcombe 1998, 0 of 20"),
            pytest.param((1, 29), 0.0009, 0.1776, id="Newcombe 1998, 1 of 29"),
            pytest.param((84, 101), 0.744242147979102, 0.898781606243792, id="diff-binom-confint, 84 of 101"),
            pytest.param((12, 150), 0.042, 0.136, id="Statulator, 12 of 150"),
            # http://influentialpoints.com/Training/confidence_intervals_of_proportions.htm, from Conover's tables.
            pytest.param((5, 25), 0.068, 0.407, id="Conover 1999, 5 of 25"),
        ],
    )
    def test_clopper_pearson(self, case: tuple[int, int], low: float, high: float) -> None:
        assert clopper_pearson(*case) == (as_printed(low), as_printed(high))


class TestPeers:
    @given(CASES, LEVELS)
    def test_wilson_equals_statsmodels(self, case: tuple[int, int], confidence: float) -> None:
        theirs = proportion_confint(*case, alpha=1 - confidence, method="wilson")
        assert wilson(*case, confidence) == pytest.approx(theirs, abs=1e-12)

    @given(CASES, LEVELS)
    def test_clopper_pearson_equals_statsmodels(self, case: tuple[int, int], confidence: float) -> None:
        theirs = proportion_confint(*case, alpha=1 - confidence, method="beta")
        assert clopper_pearson(*case, confidence) == pytest.approx(theirs, abs=1e-10)


class TestDerivation:
    @given(CASES, LEVELS)
    def test_wilsons_limits_are_z_standard_errors_away(
        self, case: tuple[int, int], confidence: float
    ) -> None:
        successes, trials = case
        low, high = wilson(successes, trials, confidence)
        z = norm.isf((1 - confidence) / 2)
        if successes > 0:
            assert rate_score(low, successes, trials) == pytest.approx(z, rel=1e-6)
        if successes < trials:
            assert rate_score(high, successes, trials) == pytest.approx(-z, rel=1e-6)

    @given(CASES, LEVELS)
    def test_clopper_pearsons_limits_leave_half_the_error_in_each_tail(
        self, case: tuple[int, int], confidence: float
    ) -> None:
        successes, trials = case
        low, high = clopper_pearson(successes, trials, confidence)
        if successes > 0:
            assert binom.sf(successes - 1, trials, low) == pytest.approx((1 - confidence) / 2, rel=1e-6)
        if successes < trials:
            assert binom.cdf(successes, trials, high) == pytest.approx((1 - confidence) / 2, rel=1e-6)

    @pytest.mark.parametrize("trials", [5, 20, 50, 200])
    def test_clopper_pearson_never_covers_less_often_than_it_says(self, trials: int) -> None:
        assert coverage(clopper_pearson, trials).min() >= 0.95

    @pytest.mark.parametrize("trials", [10, 20, 50, 200])
    def test_wilson_covers_as_often_as_it_says_on_average(self, trials: int) -> None:
        found = coverage(wilson, trials)
        assert found.mean() == pytest.approx(0.95, abs=0.01)
        assert found.min() > 0.83


class TestLaws:
    @BOTH
    def test_without_trials_nothing_is_known(self, interval: Interval) -> None:
        assert np.isnan(interval(0, 0)).all()
        low, high = interval([0, 3], [0, 10])
        assert np.isnan([low[0], high[0]]).all()
        assert (low[1], high[1]) == interval(3, 10)

    @BOTH
    @given(CASES)
    def test_the_ends_are_reached_exactly_by_none_and_by_all(
        self, interval: Interval, case: tuple[int, int]
    ) -> None:
        successes, trials = case
        low, high = interval(successes, trials)
        assert (low == 0) == (successes == 0)
        assert (high == 1) == (successes == trials)
        assert 0 <= low <= successes / trials <= high <= 1

    @BOTH
    @given(CASES)
    def test_counting_the_others_mirrors_it(self, interval: Interval, case: tuple[int, int]) -> None:
        successes, trials = case
        low, high = interval(successes, trials)
        assert interval(trials - successes, trials) == pytest.approx((1 - high, 1 - low), abs=1e-9)

    @BOTH
    @given(CASES)
    def test_more_confidence_is_wider(self, interval: Interval, case: tuple[int, int]) -> None:
        low, high = interval(*case, np.array([0.5, 0.8, 0.9, 0.95, 0.99]))
        assert (np.diff(low) <= 0).all()
        assert (np.diff(high) >= 0).all()

    @BOTH
    @given(st.lists(st.tuples(CASES, LEVELS), max_size=6))
    def test_arrays_answer_as_single_numbers_do(
        self, interval: Interval, cases: list[tuple[tuple[int, int], float]]
    ) -> None:
        low, high = interval([x for (x, _), _ in cases], [n for (_, n), _ in cases], [c for _, c in cases])
        assert list(zip(low, high, strict=True)) == [interval(*case, c) for case, c in cases]

    @BOTH
    @pytest.mark.parametrize(
        ("trials", "tolerance"),
        # SciPy's quantiles of the beta distribution keep one or two digits of so short an interval.
        [pytest.param(10**9, 1e-3, id="10^9"), pytest.param(10**15, 0.05, id="10^15")],
    )
    def test_very_many_people(self, interval: Interval, trials: int, tolerance: float) -> None:
        share = 0.3
        half = norm.isf(0.025) * np.sqrt(share * (1 - share) / trials)
        low, high = interval(3 * trials // 10, trials)
        assert (share - low, high - share) == pytest.approx((half, half), rel=tolerance)


class TestF1:
    def test_by_hand(self) -> None:
        # tp 3, fp 1, fn 2: F1 is 6 of 9 and Jaccard's index 3 of 6, between 0.1876 and 0.8124.
        low, high = wilson(3, 6)
        assert (low, high) == (as_printed(0.1876), as_printed(0.8124))
        assert f1_interval(3, 3) == (2 * low / (1 + low), 2 * high / (1 + high))

    @given(st.integers(0, 2000), st.integers(0, 2000), LEVELS)
    def test_holds_the_score(self, tp: int, wrong: int, confidence: float) -> None:
        low, high = f1_interval(tp, wrong, confidence)
        if tp + wrong == 0:
            assert np.isnan([low, high]).all()
        else:
            assert 0 <= low <= 2 * tp / (2 * tp + wrong) <= high <= 1
            assert (low == 0) == (tp == 0)
            assert (high == 1) == (wrong == 0)

    @pytest.mark.parametrize("trials", [20, 100, 400])
    def test_covers_as_often_as_jaccards_index_is_covered(self, trials: int) -> None:
        for index in (0.2, 0.5, 0.8):
            tp = np.arange(trials + 1)
            low, high = f1_interval(tp, trials - tp)
            truth = 2 * index / (1 + index)
            covered = binom.pmf(tp, trials, index)[(low <= truth) & (truth <= high)].sum()
            assert covered == pytest.approx(0.95, abs=0.025)


class TestMean:
    @given(CASES, CASES)
    def test_is_newcombes_difference_of_the_one_and_the_complement_of_the_other(
        self, one: tuple[int, int], other: tuple[int, int]
    ) -> None:
        # (p1 + p2) / 2 = (1 + p1 - (1 - p2)) / 2; so it is where no rate is of a few people.
        (x1, n1), (x2, n2) = one, other
        assume(min(x1, n1 - x1, x2, n2 - x2) >= 5)
        low, high = newcombe(*one, n2 - x2, n2)
        assert mean_interval(*one, *other) == pytest.approx(((1 + low) / 2, (1 + high) / 2), abs=1e-12)

    @given(CASES, CASES)
    def test_the_order_does_not_matter(self, one: tuple[int, int], other: tuple[int, int]) -> None:
        np.testing.assert_allclose(mean_interval(*one, *other), mean_interval(*other, *one), atol=1e-5)

    @given(CASES, CASES)
    def test_holds_the_mean_and_stays_a_rate(self, one: tuple[int, int], other: tuple[int, int]) -> None:
        (x1, n1), (x2, n2) = one, other
        low, high = mean_interval(*one, *other)
        assert -1e-12 <= low <= (x1 / n1 + x2 / n2) / 2 <= high <= 1 + 1e-12

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            pytest.param((3, 5), (9, 11), id="few people"),
            pytest.param((297, 300), (450, 700), id="next to 1, and in the middle"),
            pytest.param((2, 40), (39, 40), id="next to 0, and to 1"),
        ],
    )
    def test_of_few_the_confidence_distributions_are_melded(
        self, one: tuple[int, int], other: tuple[int, int]
    ) -> None:
        # Fay, Proschan and Brittain 2015: Clopper and Pearson's limits are quantiles of beta variables, which are drawn independently.
        (x1, n1), (x2, n2) = one, other
        low, high = mean_interval(*one, *other)

        def below(limit: float, more: int) -> float:
            first = beta(x1 + more, n1 - x1 + 1 - more)
            second = beta(x2 + more, n2 - x2 + 1 - more)
            places = second.ppf([1e-9, 0.01, 0.5, 0.99, 1 - 1e-9])
            return sum(
                quad(lambda p: first.cdf(2 * limit - p) * second.pdf(p), a, b, limit=200)[0]
                for a, b in itertools.pairwise(places)
            )

        assert below(float(low), 0) == pytest.approx(0.025, abs=5e-4)
        assert below(float(high), 1) == pytest.approx(0.975, abs=5e-4)

    def test_nobody_and_everybody_leave_no_doubt_about_one_end(self) -> None:
        assert mean_interval(0, 4, 0, 7)[0] == 0
        assert mean_interval(300, 300, 20, 20)[1] == 1
        # With one rate known, the other's limit is that of Clopper and Pearson.
        low, _ = mean_interval(10**7, 10**7, 10, 10)
        assert low == pytest.approx((1 + clopper_pearson(10, 10)[0]) / 2, abs=1e-6)

    def test_where_one_rate_has_no_trials(self) -> None:
        assert np.isnan(mean_interval(3, 10, 0, 0)).all()

    @pytest.mark.parametrize(
        "counts",
        [
            (0, 392_882, 16, 13_034_604_437),
            (13_986, 405_559_658_644, 89, 89),
            (589_142_141_253, 589_142_141_254, 110_388, 110_388),
        ],
    )
    def test_holds_the_mean_of_rates_of_billions(self, counts: tuple[int, int, int, int]) -> None:
        x1, n1, x2, n2 = counts
        low, high = mean_interval(*counts)
        assert low <= (x1 / n1 + x2 / n2) / 2 <= high


def test_quantiles_of_beta_distributions_with_large_parameters() -> None:
    # SciPy gives 0.99998; by its own distribution that is beyond everything. 1,000 failures are as good as Poisson's.
    found = float(beta_quantile(176_578_065, 1_000, 0.975))
    assert betainc(176_578_065, 1_000, found) == pytest.approx(0.975, abs=1e-6)
    assert 1 - found == pytest.approx(gamma(1_000).ppf(0.025) / 176_579_065, rel=1e-5)
    assert beta_quantile([2, 3], 5, [0.1, 0.9]) == pytest.approx(beta([2, 3], 5).ppf([0.1, 0.9]))
    low, high = clopper_pearson(176_578_064, 176_579_064)
    assert low < 176_578_064 / 176_579_064 < high


class TestAuc:
    def test_equals_delongs_formulas_written_out(self) -> None:
        ones, zeros = np.array([0.9, 0.8, 0.4, 0.6, 0.55]), np.array([0.1, 0.4, 0.5, 0.35])
        # DeLong et al. 1988, equations 3 to 5: how often each one beats the zeros, and each zero is beaten; ties count half.
        beats = (ones[:, None] > zeros) + 0.5 * (ones[:, None] == zeros)
        auc = beats.mean()
        variance = beats.mean(1).var(ddof=1) / len(ones) + beats.mean(0).var(ddof=1) / len(zeros)
        half = norm.isf(0.025) * np.sqrt(variance) / (auc * (1 - auc))
        assert auc == pytest.approx(18.5 / 20)
        assert auc_interval(auc, variance) == pytest.approx(
            (expit(logit(auc) - half), expit(logit(auc) + half)), abs=1e-14
        )

    def test_robin_et_al_2011_s100b_differs_from_the_interval_without_logits_as_it_should(self) -> None:
        # The R package pROC says 0.7314, and 0.6301 to 0.8326 on the scale of the area itself.
        auc, standard_error = 0.7314, (0.8326 - 0.6301) / 2 / norm.isf(0.025)
        low, high = auc_interval(auc, standard_error**2)
        assert (low, high) == (pytest.approx(0.6301, abs=0.015), pytest.approx(0.8326, abs=0.015))
        assert low < 0.6301  # pushed away from the nearer end
        assert high < 0.8326

    def test_where_few_are_ranked_wrongly_it_is_that_of_a_rate(self) -> None:
        # Of 20 people with the rarer label as good as 2 are ranked wrongly: Jeffreys's interval of 18 of 20.
        expected = beta(18.5, 2.5).ppf([0.025, 0.975])
        assert auc_interval(0.9, 1e-4, people=20) == pytest.approx(tuple(expected))
        # Of 40 it is 4, which is enough.
        assert auc_interval(0.9, 1e-4, people=40) == auc_interval(0.9, 1e-4)
        assert auc_interval(1.0, 0.0, people=5) == (pytest.approx(beta(5.5, 0.5).ppf(0.025)), 1.0)
        assert auc_interval(0.0, 0.0, people=5) == (0.0, pytest.approx(beta(0.5, 5.5).ppf(0.975)))
        assert np.isnan(auc_interval(0.9, 0.01, people=1)).all()
        # Jeffreys's limit would lie above so small an area.
        assert auc_interval(3.7e-7, 1e-9, people=500)[0] == 3.7e-7

    def test_few_people_know_little_of_the_variance(self) -> None:
        assert welch(0.3, 11, 0.3, 11) == pytest.approx(20)
        assert welch(0.3, 11, 0.0, 300) == pytest.approx(10)
        low, high = auc_interval(0.75, 0.01, freedom=9)
        # Student's quantile of nine degrees of freedom is 2.262.
        half = 2.2621571628 * 0.1 / (0.75 * 0.25)
        assert (low, high) == (
            pytest.approx(expit(logit(0.75) - half)),
            pytest.approx(expit(logit(0.75) + half)),
        )

    @given(st.floats(0, 1), st.floats(0, 0.2), LEVELS, st.integers(2, 10**12))
    def test_holds_the_area(self, auc: float, variance: float, confidence: float, people: int) -> None:
        low, high = auc_interval(auc, variance, confidence, people=people)
        assert 0 <= low <= auc * (1 + 1e-12)
        assert auc * (1 - 1e-12) <= high <= 1

    @given(st.floats(0, 1), st.floats(0, 0.2), st.integers(2, 10**6))
    def test_less_confidence_is_never_wider(self, auc: float, variance: float, people: int) -> None:
        # So that there is one level at which it begins to hold what is supposed.
        low, high = auc_interval(auc, variance, np.linspace(0.001, 0.999, 200), people=people)
        assert (np.diff(low) <= 1e-12).all()
        assert (np.diff(high) >= -1e-12).all()

    @given(st.floats(0.01, 0.99), st.floats(1e-6, 0.2), LEVELS)
    def test_stays_between_0_and_1_and_mirrors(self, auc: float, variance: float, confidence: float) -> None:
        low, high = auc_interval(auc, variance, confidence)
        assert 0 <= low < auc < high <= 1
        assert auc_interval(1 - auc, variance, confidence) == pytest.approx((1 - high, 1 - low), abs=1e-9)

    @pytest.mark.parametrize(
        ("auc", "variance"),
        [
            pytest.param(0.0, 0.01, id="an area of 0"),
            pytest.param(1.0, 0.01, id="an area of 1"),
            pytest.param(0.7, 0.0, id="no variance"),
            pytest.param(np.nan, 0.01, id="no area"),
            pytest.param(0.7, np.nan, id="an unknown variance"),
        ],
    )
    def test_unknown(self, auc: float, variance: float) -> None:
        assert np.isnan(auc_interval(auc, variance)).all()
        low, high = auc_interval([auc, 0.8], [variance, 0.01])
        assert (low[1], high[1]) == auc_interval(0.8, 0.01)


def as_printed(value: float) -> object:
    """Accept what rounds to a printed figure."""
    digits = len(repr(value).partition(".")[2])
    return pytest.approx(value, abs=0.5000001 * 10.0 ** -max(digits, 3))


def coverage(interval: Interval, trials: int) -> NDArray[np.float64]:
    """Find how often true rates are covered, for rates from 1% to 99%."""
    successes, truth = np.arange(trials + 1), np.linspace(0.01, 0.99, 197)
    low, high = interval(successes, trials)
    covered = (low <= truth[:, None]) & (truth[:, None] <= high)
    return np.asarray((binom.pmf(successes, trials, truth[:, None]) * covered).sum(axis=1))
