"""Kinds of metrics: what each answers agrees with what it computes."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.count.counts import Counts
from fairaudit.metrics.composed import OfCells
from fairaudit.metrics.kinds import Evidence, Kind, Metric
from fairaudit.metrics.measure import estimates
from fairaudit.metrics.rates import Share
from fairaudit.metrics.table import METRICS

ALL = [pytest.param(metric, id=metric.name) for metric in METRICS]
CELLS = st.integers(0, 300)


def counts_of(tp: int, fp: int, fn: int, tn: int) -> Counts:
    return Counts(n=tp + fp + fn + tn, selected=tp + fp, tp=tp, fp=fp, fn=fn, tn=tn)


@pytest.mark.parametrize("metric", ALL)
def test_what_can_be_decided_has_an_interval_with_its_source(metric: Metric) -> None:
    kind = metric.kind
    assert bool(kind.interval) is bool(kind.interval_source) is (kind.evidence is not Evidence.NONE)
    assert kind.no_interval
    if kind.told_from_rest:
        assert kind.evidence in (Evidence.COUNTS, Evidence.INTERVALS)
        assert not kind.no_difference


@pytest.mark.parametrize("metric", ALL)
def test_shares_of_one_whole_are_told_from_rates(metric: Metric) -> None:
    assert metric.is_rate is isinstance(metric.kind, Share)
    assert metric.is_rate is (metric.kind.evidence in (Evidence.COUNTS, Evidence.WHOLE))
    assert metric.is_of_whole is (metric.denominator == ("all selected",))


@pytest.mark.parametrize("metric", ALL)
@given(tp=CELLS, fp=CELLS, fn=CELLS, tn=CELLS)
def test_the_share_behind_a_metric_has_its_value(metric: Metric, tp: int, fp: int, fn: int, tn: int) -> None:
    (estimate,) = estimates(metric, [counts_of(tp, fp, fn, tn)], all_selected=700)
    share = metric.kind.share(counts_of(tp, fp, fn, tn), estimate)
    if share is None or estimate.exact is None:
        return
    successes, trials = (int(people) for people in share)
    assert metric.kind.to_share(estimate.exact) == Fraction(successes, trials)
    assert metric.kind.from_share(np.asarray([successes / trials]))[0] == pytest.approx(estimate.value)


def test_a_figure_of_the_cells_needs_its_function_only() -> None:
    def distance(tp: np.ndarray, fp: np.ndarray, fn: np.ndarray, tn: np.ndarray) -> np.ndarray:
        return np.asarray(np.abs(tp / (tp + fn) - tn / (tn + fp)))

    kind: Kind = OfCells(compute=distance)
    metric = Metric(
        name="distance",
        long_name="distance",
        formula="",
        estimates="",
        says="",
        when="",
        source="",
        needs=METRICS[1].needs,
        better=METRICS[1].better,
        kind=kind,
    )
    many, few, none = counts_of(80, 30, 20, 70), counts_of(8, 1, 1, 3), counts_of(5, 0, 5, 0)
    found = estimates(metric, [many, few, none], all_selected=200)
    assert [estimate.value for estimate in found] == [pytest.approx(0.1), pytest.approx(8 / 9 - 0.75), None]
    assert [estimate.small for estimate in found] == [False, True, True]
    assert found[0].ci is not None
    assert found[0].ci[0] < 0.1 < found[0].ci[1]
    assert found[2].reason == "nobody in the group has label 0"
