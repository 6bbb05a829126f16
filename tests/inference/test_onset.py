"""Since when two rates differ, beside statsmodels and beside a search by likelihood."""

from __future__ import annotations

import math

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import StratifiedTable

from fairaudit.inference.odds import TwoRates
from fairaudit.inference.onset import Month, find_onset, two_sided
from fairaudit.inference.stratified import Strata


def month(rates: TwoRates) -> Month:
    strata = Strata([rates])
    return Month(excess=strata.observed - strata.expected, variance=strata.standard_error**2)


def test_all_months_together_are_the_test_of_cochran_mantel_and_haenszel() -> None:
    lot = np.random.default_rng(0)
    for _ in range(20):
        n1, n2 = lot.integers(5, 60, (2, 6))
        tables = [
            TwoRates(x1=int(lot.binomial(a, 0.3)), n1=int(a), x2=int(lot.binomial(b, 0.4)), n2=int(b))
            for a, b in zip(n1, n2, strict=True)
        ]
        squares = [np.array([[t.x1, t.n1 - t.x1], [t.x2, t.n2 - t.x2]]) for t in tables]
        expected = StratifiedTable(squares).test_null_odds(correction=False).pvalue
        assert two_sided([month(t) for t in tables]) == pytest.approx(expected)


def test_months_that_say_nothing_have_no_answer() -> None:
    nothing = Month(excess=0.0, variance=0.0)
    assert two_sided([nothing, nothing]) is None
    assert find_onset([]) is None
    assert find_onset([Month(excess=3.0, variance=2.0)]) is None
    assert find_onset([nothing, Month(excess=3.0, variance=2.0), nothing]) is None


def test_the_month_is_where_before_and_after_differ_most() -> None:
    # Log odds ratios 0, 0, 1, 1 with variances 1/10: after the second month 1 is told from 0 by 1 / sqrt(1/20 + 1/20).
    months = [Month(excess=10.0 * ratio, variance=10.0) for ratio in (0, 0, 1, 1)]
    found = find_onset(months)
    assert found is not None
    assert found.place == 2
    z = 1 / math.sqrt(0.1)
    assert found.p_value == pytest.approx(3 * math.erfc(z / math.sqrt(2)))
    # One month to either side 1 and 1/3 are apart, or 2/3 and 0: z^2 is 10 * 3/4 * 4/9 there.
    assert found.plausible == ()
    # Log odds ratios 0, 0, 1/2, 1: z^2 is 1.875, 5.625 and 5.208 at the three places.
    slowly = find_onset([*months[:2], Month(excess=5.0, variance=10.0), months[3]])
    assert slowly is not None
    assert (slowly.place, slowly.plausible) == (2, (1, 3))


def test_half_of_the_months_being_merged_changes_nothing() -> None:
    months = [Month(excess=e, variance=v) for e, v in ((1, 4), (2, 5), (8, 6), (9, 7))]
    empty = Month(excess=0.0, variance=0.0)
    one, other = find_onset(months), find_onset([months[0], empty, *months[1:]])
    assert one is not None
    assert other is not None
    assert (other.place, other.p_value) == (one.place + 1, one.p_value)
