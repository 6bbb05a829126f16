"""What months say together of a rate: planted differences are told with their month, and where nothing differs nothing is told."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import StratifiedTable

from fairaudit.change.course import Course
from fairaudit.change.history import Pooled, Series, pool
from fairaudit.inference.odds import TwoRates

MONTHS = 8


def drawn(lot: np.random.Generator, own: list[float], rest: float = 0.2, n: int = 300) -> Series:
    """Draw the months of a group of a third of all people."""
    months = tuple(
        TwoRates(x1=int(lot.binomial(n, p)), n1=n, x2=int(lot.binomial(2 * n, rest)), n2=2 * n) for p in own
    )
    return Series(attribute="town", group="A", metric="fpr", months=months)


def alone(own: list[float]) -> Pooled:
    return pool([drawn(np.random.default_rng(7), own)])[0]


def test_a_difference_that_begins_is_told_with_its_month() -> None:
    pooled = alone([0.2] * 4 + [0.35] * 4)
    assert (pooled.course, pooled.since, pooled.higher) == (Course.SINCE, 4, True)
    assert pooled.p_adjusted is not None
    assert pooled.p_adjusted < 0.001
    assert pooled.difference == pytest.approx(0.15, abs=0.04)


def test_a_difference_that_was_always_there_has_no_month() -> None:
    pooled = alone([0.3] * MONTHS)
    assert (pooled.course, pooled.since, pooled.higher) == (Course.THROUGHOUT, None, True)


def test_a_difference_that_is_gone_is_told() -> None:
    pooled = alone([0.1] * 4 + [0.2] * 4)
    assert (pooled.course, pooled.since, pooled.higher) == (Course.NO_LONGER, 4, False)


def test_what_grows_was_there_throughout() -> None:
    pooled = alone([0.3] * 4 + [0.5] * 4)
    assert pooled.course is Course.THROUGHOUT


def test_the_sizes_are_those_of_statsmodels() -> None:
    series = drawn(np.random.default_rng(1), [0.3] * MONTHS)
    pooled = pool([series])[0]
    tables = [np.array([[m.x1, m.n1 - m.x1], [m.x2, m.n2 - m.x2]]) for m in series.months if m]
    peer = StratifiedTable(tables)
    assert pooled.p_all == pytest.approx(peer.test_null_odds(correction=False).pvalue)
    assert pooled.odds_ratio == pytest.approx(peer.oddsratio_pooled)
    assert pooled.odds_ratio_ci == pytest.approx(peer.oddsratio_pooled_confint())
    assert pooled.p_homogeneous == pytest.approx(peer.test_equal_odds(adjust=True).pvalue)


def test_where_nothing_differs_nothing_is_told_in_19_of_20_histories() -> None:
    lot = np.random.default_rng(0)
    wrong = 0
    runs = 300
    for _ in range(runs):
        pooled = pool([drawn(lot, [0.2] * MONTHS) for _ in range(5)])
        wrong += any(one.course is not Course.NOT_SHOWN for one in pooled)
    # The chance of more than 25 in 300 at 5% is 1 in 200.
    assert wrong <= 25


def test_a_month_that_is_planted_is_found_or_among_those_that_are_named() -> None:
    lot = np.random.default_rng(0)
    pooled = [pool([drawn(lot, [0.2] * 5 + [0.3] * 3)])[0] for _ in range(60)]
    since = [one for one in pooled if one.course is Course.SINCE]
    assert len(since) > 50
    assert sum(one.since == 5 or 5 in one.plausible for one in since) >= 0.9 * len(since)


def test_small_or_unknown_or_missing_months_are_no_evidence() -> None:
    nothing = Series(attribute="a", group="g", metric="fpr", months=(None, TwoRates(x1=0, n1=0, x2=3, n2=9)))
    one = Series(attribute="a", group="g", metric="fpr", months=(TwoRates(x1=1, n1=3, x2=3, n2=9),) * 2)
    unknown = Series(attribute="a", group="g", metric="fpr", months=one.months, unknown=True)
    told = pool([nothing, one, unknown])
    assert [p.course for p in told] == [Course.UNKNOWN, Course.NOT_SHOWN, Course.UNKNOWN]
    assert [bool(p.reason) for p in told] == [True, False, True]
    # Those that cannot be tested are in no family.
    assert told[1].p_adjusted == pool([one])[0].p_adjusted
    assert pool([]) == []


def test_groups_that_lack_months_keep_the_places_of_the_others() -> None:
    series = drawn(np.random.default_rng(7), [0.2] * 4 + [0.4] * 4)
    gaps = Series(attribute="a", group="g", metric="fpr", months=(None, *series.months))
    assert pool([gaps])[0].since == 5
