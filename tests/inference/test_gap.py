"""The largest gap: its interval, by Tukey's range, Newcombe's intervals and the laws that it has to keep."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, studentized_range

from fairaudit.inference.contrast import newcombe
from fairaudit.inference.gap import _range_confidence, gap_interval, range_confidence
from fairaudit.inference.range_table import MOST_GROUPS, tabled

GROUPS = st.integers(2, 8).flatmap(
    lambda k: st.lists(
        st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
        min_size=k,
        max_size=k,
    )
)


@pytest.mark.parametrize("groups", [2, 3, 6, 12, 100])
def test_all_pairs_hold_together_as_the_range_does(groups: int) -> None:
    critical = studentized_range.ppf(0.95, groups, math.inf) / math.sqrt(2)
    assert range_confidence((groups,), 0.95) == pytest.approx(2 * norm.cdf(critical) - 1, abs=1e-7)


def test_tukeys_table() -> None:
    # Percentage points of the studentised range, 5%, infinitely many degrees of freedom (any textbook): 3.31, 4.03 and 4.62.
    for groups, q in ((3, 3.31), (6, 4.03), (12, 4.62)):
        critical = norm.ppf((1 + range_confidence((groups,), 0.95)) / 2)
        assert critical * math.sqrt(2) == pytest.approx(q, abs=0.006)


@pytest.mark.parametrize("rates", [1, 2])
def test_the_table_is_what_is_computed(rates: int) -> None:
    for groups in range(2, MOST_GROUPS + 1):
        asked = (groups,) * rates
        assert tabled(asked, 0.95) == pytest.approx(_range_confidence(asked, 0.95), abs=1e-10)
        assert range_confidence(asked, 0.95) == tabled(asked, 0.95)


@pytest.mark.parametrize(
    ("groups", "confidence"),
    [((6,), 0.9), ((31,), 0.95), ((31, 31), 0.95), ((1,), 0.95), ((6, 7), 0.95), ((6, 6, 6), 0.95)],
)
def test_what_is_not_in_the_table_is_computed(groups: tuple[int, ...], confidence: float) -> None:
    assert tabled(groups, confidence) is None


def test_several_rates_hold_together() -> None:
    together = range_confidence((4, 6), 0.95)
    critical = norm.ppf((1 + together) / 2) * math.sqrt(2)
    held = [studentized_range.cdf(critical, k, math.inf) for k in (4, 6)]
    assert math.prod(held) == pytest.approx(0.95, abs=1e-7)
    assert together > range_confidence((6,), 0.95)


@given(GROUPS)
def test_it_holds_the_gap_and_is_narrower_than_by_bonferroni(groups: list[tuple[int, int]]) -> None:
    x, n = np.array(groups, dtype=float).T
    low, high = (float(limit) for limit in gap_interval([(x, n)]))
    rates = x / n
    assert 0 <= low <= rates.max() - rates.min() + 1e-12 <= high + 2e-12 <= 1 + 3e-12
    one, other = np.triu_indices(len(x), k=1)
    least, most = newcombe(x[one], n[one], x[other], n[other], confidence=1 - 0.05 / len(one))
    assert low >= max(least.max(), -most.min(), 0) - 1e-9
    assert high <= max(-least.min(), most.max()) + 1e-9


def test_two_groups_have_the_interval_of_their_difference() -> None:
    low, high = newcombe(40, 100, 20, 100)
    found = gap_interval([([20, 40], [100, 100])])
    np.testing.assert_allclose(found, (low, high), atol=1e-9)


def test_many_samples_at_once() -> None:
    x, n = np.array([[20, 30, 45], [5, 5, 5]]), np.full((2, 3), 100)
    low, high = gap_interval([(x, n)])
    for at in range(2):
        np.testing.assert_allclose((low[at], high[at]), gap_interval([(x[at], n[at])]))


def of_all_pairs(x: np.ndarray, n: np.ndarray) -> tuple[float, float]:
    """Look at every pair, as the definition has it."""
    one, other = np.triu_indices(len(x), k=1)
    low, high = newcombe(x[one], n[one], x[other], n[other], confidence=range_confidence((len(x),), 0.95))
    sure = max(float(np.maximum(low, -high).max()), 0.0)
    low, high = newcombe(x[one], n[one], x[other], n[other], confidence=0.95)
    return sure, min(float(np.maximum(-low, high).max()), 1.0)


@pytest.mark.parametrize("groups", [101, 600])
@pytest.mark.parametrize("spread", ["alike", "apart", "few people", "of all sizes"])
def test_of_very_many_groups_no_pair_is_left_out_that_matters(groups: int, spread: str) -> None:
    draw = np.random.default_rng([groups, len(spread)])
    n = {
        "few people": draw.integers(1, 12, groups),
        "of all sizes": np.rint(10 ** draw.uniform(0, 5, groups)),
    }.get(spread, np.full(groups, 200))
    n = n.astype(np.int64)
    rates = draw.beta(3, 5, groups) if spread != "alike" else np.full(groups, 0.4)
    x = draw.binomial(n, rates)

    low, high = gap_interval([(x, n)])
    assert (float(low), float(high)) == of_all_pairs(x.astype(float), n.astype(float))


def test_very_many_groups_take_no_more_than_their_number() -> None:
    n = np.full(20_000, 50)
    x = np.random.default_rng(4).binomial(n, 0.4)
    begun = time.process_time()
    gap_interval([(x[:5_000], n[:5_000])])
    few, begun = time.process_time() - begun, time.process_time()
    gap_interval([(x, n)])

    assert time.process_time() - begun < 10 * few
