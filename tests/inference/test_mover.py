"""Two figures put together: intervals against hand counts and other methods, and the statistic that inverts them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from fairaudit.inference import contrast, mover
from fairaudit.inference.proportion import wilson

rates = st.tuples(st.integers(10, 400), st.floats(0.05, 0.95)).map(
    lambda pair: (round(pair[0] * pair[1]), pair[0])
)


def limits(x: int, n: int) -> mover.Limits:
    return lambda confidence: wilson(x, n, confidence)


def test_a_difference_of_rates_is_newcombes() -> None:
    (low, high), theirs = (
        mover.difference_interval(56 / 70, wilson(56, 70), 48 / 80, wilson(48, 80)),
        contrast.newcombe(56, 70, 48, 80),
    )
    assert (float(low), float(high)) == pytest.approx([float(limit) for limit in theirs])


@given(one=rates, other=rates)
def test_a_ratio_holds_what_the_difference_allows(one: tuple[int, int], other: tuple[int, int]) -> None:
    (x1, n1), (x2, n2) = one, other
    low, high = mover.ratio_interval(x1 / n1, wilson(x1, n1), x2 / n2, wilson(x2, n2))
    for ratio, sign in ((float(low), -1), (float(high), 1)):
        if not 0 < ratio < np.inf:
            continue
        # one - r other, by hand, reaches 0 exactly at the limit.
        (low1, high1), (low2, high2) = wilson(x1, n1), wilson(x2, n2)
        reach = (
            np.hypot(x1 / n1 - low1, ratio * (high2 - x2 / n2))
            if sign < 0
            else np.hypot(high1 - x1 / n1, ratio * (x2 / n2 - low2))
        )
        assert abs(x1 / n1 - ratio * x2 / n2) == pytest.approx(float(reach), rel=1e-6, abs=1e-9)


def test_nobody_in_the_reference_leaves_no_upper_limit() -> None:
    low, high = mover.ratio_interval(0.5, (0.4, 0.6), 0.0, (0.0, 0.1))
    assert (float(low) > 0, float(high)) == (True, np.inf)
    low, high = mover.ratio_interval(0.0, (0.0, 0.1), 0.0, (0.0, 0.1))
    assert (float(low), float(high)) == (0.0, np.inf)


def test_an_unknown_interval_stays_unknown() -> None:
    assert np.isnan(mover.ratio_interval(0.5, (np.nan, np.nan), 0.5, (0.4, 0.6))).all()
    z = mover.score([0.5], lambda _: (np.full(1, np.nan), np.full(1, np.nan)), mover.Supposition(value=0.4))
    assert np.isnan(z).all()


@given(rate=rates, supposed=st.floats(0.05, 0.95))
def test_the_score_of_one_figure_is_wilsons(rate: tuple[int, int], supposed: float) -> None:
    x, n = rate
    (found,) = mover.score([x / n], limits(x, n), mover.Supposition(value=supposed))
    expected = float(contrast.rate_score(supposed, x, n))
    assert found == pytest.approx(np.clip(expected, -mover.MOST, mover.MOST), abs=1e-3)


@given(one=rates, other=rates, supposed=st.floats(-0.5, 0.5))
def test_the_score_of_a_difference_inverts_its_interval(
    one: tuple[int, int], other: tuple[int, int], supposed: float
) -> None:
    (x1, n1), (x2, n2) = one, other
    (z,) = mover.score(
        [x1 / n1],
        limits(x1, n1),
        mover.Supposition(value=supposed, other=[x2 / n2], other_limits=limits(x2, n2), ratio=1.0),
    )
    if abs(z) >= mover.MOST - 1e-6:
        return
    confidence = 2 * float(ndtr(abs(z))) - 1
    low, high = mover.difference_interval(
        x1 / n1, wilson(x1, n1, confidence), x2 / n2, wilson(x2, n2, confidence)
    )
    assert float(low if z > 0 else high) == pytest.approx(supposed, abs=1e-4)
