"""The bootstrap from counts: the same as that of rows, repeatable to the digit, and its intervals in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import multinomial, norm

from fairaudit.inference.proportion import wilson
from fairaudit.inference.resample import bias_corrected, corrected_limits, in_order, resample

GROUP = st.lists(st.integers(0, 500), min_size=4, max_size=4)


class TestResample:
    @given(st.lists(GROUP, min_size=1, max_size=4), st.integers(0, 2**32))
    def test_every_resample_has_as_many_people(self, cells: list[list[int]], seed: int) -> None:
        drawn = resample(cells, replicates=5, seed=seed)
        assert drawn.shape == (5, len(cells), 4)
        np.testing.assert_array_equal(drawn.sum(axis=2), np.tile(np.sum(cells, axis=1), (5, 1)))
        np.testing.assert_array_equal(drawn, drawn.round())
        # What nobody is in stays empty.
        assert (drawn[:, np.array(cells) == 0] == 0).all()

    @given(GROUP, st.lists(GROUP, max_size=3), st.lists(GROUP, max_size=3))
    def test_neighbours_change_no_digit(
        self, mine: list[int], before: list[list[int]], after: list[list[int]]
    ) -> None:
        alone = resample([mine], replicates=20, seed=7)
        among = resample([*before, mine, *after], replicates=20, seed=7)
        np.testing.assert_array_equal(among[:, len(before)], alone[:, 0])

    def test_a_seed_repeats_and_another_differs(self) -> None:
        cells = [[30, 10, 20, 40]]
        one, again, other = (resample(cells, replicates=50, seed=seed) for seed in (1, 1, 2))
        np.testing.assert_array_equal(one, again)
        assert (one != other).any()

    def test_other_counts_give_other_draws(self) -> None:
        # The same shares of as many people, in another order.
        one = resample([[30, 10, 20, 40]], replicates=50, seed=1)
        other = resample([[10, 30, 20, 40]], replicates=50, seed=1)
        assert (one[..., [1, 0, 2, 3]] != other).any()

    def test_a_group_of_nobody_stays_empty(self) -> None:
        drawn = resample([[0, 0, 0, 0], [1, 2, 3, 4]], replicates=10, seed=0)
        assert (drawn[:, 0] == 0).all()
        assert (drawn[:, 1].sum(axis=1) == 10).all()

    def test_no_groups(self) -> None:
        assert resample(np.zeros((0, 4)), replicates=3, seed=0).shape == (3, 0, 4)

    def test_very_many_people(self) -> None:
        drawn = resample([[3 * 10**14, 10**14, 2 * 10**14, 4 * 10**14]], replicates=100, seed=0)
        assert (drawn.sum(axis=2) == 10**15).all()
        np.testing.assert_allclose(drawn[:, 0].mean(axis=0) / 10**15, [0.3, 0.1, 0.2, 0.4], atol=1e-7)

    @pytest.mark.parametrize(
        "mine",
        [
            pytest.param([30, 10, 20, 40], id="100 people"),
            pytest.param([2, 0, 1, 7], id="ten people, and an empty cell"),
            pytest.param([900, 50, 40, 10], id="1000 people"),
        ],
    )
    def test_means_and_variances_are_the_multinomials(self, mine: list[int]) -> None:
        replicates, n = 20_000, sum(mine)
        drawn = resample([mine], replicates=replicates, seed=3)[:, 0]
        theirs = multinomial(n, np.array(mine) / n)
        variances = np.diag(theirs.cov())
        assert (np.abs(drawn.mean(axis=0) - mine) <= 4 * np.sqrt(variances / replicates)).all()
        np.testing.assert_allclose(np.cov(drawn.T), theirs.cov(), atol=0.06 * variances.max())

    def test_is_distributed_as_if_rows_were_drawn_again(self) -> None:
        mine, replicates = np.array([30, 10, 20, 40]), 4_000
        people = np.repeat(np.arange(4), mine)
        generator = np.random.default_rng(11)
        again = people[generator.integers(0, len(people), size=(replicates, len(people)))]
        rows = np.stack([(again == cell).sum(axis=1) for cell in range(4)], axis=1)
        drawn = resample([mine], replicates=replicates, seed=5)[:, 0]
        for figure in (f1, balanced_accuracy):
            by_rows, by_counts = figure(rows), figure(drawn)
            deviation = by_rows.std()
            assert by_counts.mean() == pytest.approx(by_rows.mean(), abs=0.1 * deviation)
            assert by_counts.std() == pytest.approx(deviation, rel=0.05)
            for share in (0.025, 0.25, 0.75, 0.975):
                assert np.quantile(by_counts, share) == pytest.approx(
                    np.quantile(by_rows, share), abs=0.15 * deviation
                )


def f1(cells: NDArray[np.generic]) -> NDArray[np.float64]:
    tp, fp, fn, _ = np.moveaxis(cells, -1, 0)
    return np.asarray(2 * tp / (2 * tp + fp + fn))


def balanced_accuracy(cells: NDArray[np.generic]) -> NDArray[np.float64]:
    tp, fp, fn, tn = np.moveaxis(cells, -1, 0)
    return np.asarray((tp / (tp + fn) + tn / (tn + fp)) / 2)


def normal(mean: float, deviation: float, replicates: int = 10_001) -> NDArray[np.float64]:
    """Take resamples of a mean without chance: the quantiles of its normal distribution."""
    return mean + deviation * ndtri((np.arange(replicates) + 0.5) / replicates)


class TestBiasCorrected:
    @pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
    def test_without_bias_the_mean_of_a_normal_sample_gets_the_usual_interval(
        self, confidence: float
    ) -> None:
        low, high = bias_corrected(normal(5, 2)[:, None], [5.0], confidence=confidence)
        z = norm.isf((1 - confidence) / 2)
        assert (low[0], high[0]) == (
            pytest.approx(5 - 2 * z, abs=0.01),
            pytest.approx(5 + 2 * z, abs=0.01),
        )

    @pytest.mark.parametrize("bias", [-0.5, -0.1, 0.2, 0.4])
    def test_a_shift_of_the_resamples_is_taken_back_twice(self, bias: float) -> None:
        # Resamples lie `bias` standard errors above the estimate, so the truth lies as far below it, and the interval runs around
        # twice the distance below the middle of the resamples: Efron 1981, equation 7.8.
        low, high = bias_corrected(normal(5 + 2 * bias, 2)[:, None], [5.0])
        z = norm.isf(0.025)
        assert (low[0], high[0]) == (
            pytest.approx(5 - 2 * bias - 2 * z, abs=0.03),
            pytest.approx(5 - 2 * bias + 2 * z, abs=0.03),
        )

    def test_a_monotone_scale_changes_nothing(self) -> None:
        replicates = normal(0.3, 0.5)[:, None]
        low, high = bias_corrected(replicates, [0.2])
        scaled_low, scaled_high = bias_corrected(np.exp(replicates), np.exp([0.2]))
        np.testing.assert_allclose(scaled_low, np.exp(low), rtol=1e-4)
        np.testing.assert_allclose(scaled_high, np.exp(high), rtol=1e-4)

    def test_ties_count_half(self) -> None:
        # 1 below, 2 as the estimate, 1 above: no bias, and so the plain percentiles.
        mine = np.array([0.0, 1.0, 1.0, 2.0])
        low, high = bias_corrected(mine[:, None], [1.0], confidence=0.5)
        assert (low[0], high[0]) == (np.quantile(mine, 0.25), np.quantile(mine, 0.75))

    def test_a_figure_that_differs_in_the_last_digit_is_a_tie(self) -> None:
        mine = np.array([0.0, 0.1 + 0.2, 0.3, 1.0])
        assert bias_corrected(mine[:, None], [0.3]) == bias_corrected(
            np.array([[0.0], [0.3], [0.3], [1.0]]), [0.3]
        )

    @pytest.mark.parametrize(
        ("undefined", "known"),
        [
            pytest.param(0, True, id="always defined"),
            pytest.param(5, True, id="undefined in exactly 5%"),
            pytest.param(6, False, id="undefined in 6%"),
            pytest.param(100, False, id="never defined"),
        ],
    )
    def test_undefined_resamples(self, undefined: int, known: bool) -> None:
        mine = np.linspace(0, 1, 100)
        mine[:undefined] = np.nan
        low, high = bias_corrected(mine[:, None], [0.5])
        assert np.isfinite([low, high]).all() == known
        assert np.isnan([low, high]).all() != known

    @pytest.mark.parametrize(
        ("mine", "estimate"),
        [
            pytest.param([0.5] * 100, 0.5, id="the same in all resamples"),
            pytest.param(np.linspace(0, 1, 100), np.nan, id="undefined in the sample"),
        ],
    )
    def test_nothing_is_known(self, mine: list[float], estimate: float) -> None:
        assert np.isnan(bias_corrected(np.array(mine)[:, None], [estimate])).all()

    @pytest.mark.parametrize("estimate", [-1.0, 2.0], ids=["below", "above"])
    def test_an_estimate_outside_all_resamples_leaves_the_end_of_them(self, estimate: float) -> None:
        low, high = bias_corrected(np.linspace(0, 1, 1000)[:, None], [estimate])
        end = 0.0 if estimate < 0 else 1.0
        assert (low[0], high[0]) == (pytest.approx(end, abs=1e-2), pytest.approx(end, abs=1e-2))

    def test_every_group_for_itself(self) -> None:
        columns = np.stack([normal(1, 1), normal(2, 0.5), np.full(10_001, 3.0), normal(4, 2)], axis=1)
        estimates, levels = [1.0, 2.1, 3.0, 3.5], [0.9, 0.95, 0.95, 0.99]
        low, high = bias_corrected(columns, estimates, confidence=levels)
        for at, (estimate, level) in enumerate(zip(estimates, levels, strict=True)):
            alone = bias_corrected(columns[:, [at]], [estimate], confidence=level)
            np.testing.assert_array_equal((low[[at]], high[[at]]), alone)
        assert np.isnan([low[2], high[2]]).all()

    @given(st.integers(0, 1000), st.floats(-1, 1))
    def test_more_confidence_is_wider(self, seed: int, estimate: float) -> None:
        replicates = np.random.default_rng(seed).normal(size=(500, 1)).round(1)
        limits = [bias_corrected(replicates, [estimate], confidence=level) for level in (0.5, 0.9, 0.99)]
        lows, highs = (np.ravel(side) for side in zip(*limits, strict=True))
        assert (np.diff(lows) <= 0).all()
        assert (np.diff(highs) >= 0).all()

    @pytest.mark.parametrize(("x", "n"), [(300, 1000), (60, 1000), (50, 100)])
    def test_of_a_rate_it_comes_close_to_wilsons(self, x: int, n: int) -> None:
        drawn = resample([[x, n - x]], replicates=4_000, seed=9)
        found = bias_corrected(drawn[..., 0] / n, [x / n])
        low, high = wilson(x, n)
        assert [float(limit[0]) for limit in found] == pytest.approx(
            [float(low), float(high)], abs=0.12 * float(high - low)
        )


@pytest.mark.parametrize("size", [2, 3, 1999, 2000])
def test_limits_are_read_off_in_order_as_numpy_does(size: int) -> None:
    draw = np.random.default_rng(size)
    drawn = np.round(draw.normal(0.4, 0.1, size), 3)
    columns = [in_order(drawn, 0.4)] * 200
    levels = np.concatenate([draw.uniform(0, 1, 195), [1e-9, 0.5, 0.95, 1 - 1e-12, 1.0]])
    low, high = corrected_limits(columns, confidence=levels)

    z, shift = ndtri((1 + levels) / 2), columns[0].shift
    assert low.tolist() == np.quantile(drawn, ndtr(2 * shift - z)).tolist()
    assert high.tolist() == np.quantile(drawn, ndtr(2 * shift + z)).tolist()
