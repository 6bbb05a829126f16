"""One engine under verdicts and gates: whatever is asked together is answered as `inference` answers each of it alone."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairaudit.count.counts import Counted, Counts, GroupCounts
from fairaudit.disparity.comparison import Comparison, compare_groups, evidence, intervals
from fairaudit.disparity.plans import plan, planned_from
from fairaudit.gates.evaluate import evaluate
from fairaudit.gates.policy import Gate
from fairaudit.inference import contrast, exact, proportion
from fairaudit.metrics.kinds import Measured
from fairaudit.metrics.measure import measure
from fairaudit.metrics.table import BY_NAME, METRICS, PARITY_METRICS
from fairaudit.settings.choices import ScoreKind
from fairaudit.settings.limits import Band, Limit

CELL = st.one_of(st.integers(0, 4), st.integers(5, 400))
TABLE = st.tuples(CELL, CELL, CELL, CELL)
TABLES = st.lists(TABLE, min_size=2, max_size=4)
LIMITS = {Limit.RATIO: (Fraction(4, 5), Fraction(5, 4)), Limit.DIFFERENCE: (Fraction(-1, 20), Fraction(1, 20)), Limit.LEVEL: (Fraction(3, 10), Fraction(7, 10))}  # fmt: skip
RATES = [metric for metric in PARITY_METRICS if not metric.is_of_whole]
FIGURES = [BY_NAME[name] for name in ("f1", "balanced_accuracy", "mcc")]


def measured(tables: Sequence[tuple[int, int, int, int]]) -> Measured:
    def counts(tp: int, fp: int, fn: int, tn: int) -> Counts:
        return Counts(n=tp + fp + fn + tn, selected=tp + fp, tp=tp, fp=fp, fn=fn, tn=tn)

    groups = tuple(
        GroupCounts(attribute="g", group=f"{place:02}", counts=counts(*table))
        for place, table in enumerate(tables)
    )
    overall = counts(*(sum(cells) for cells in zip(*tables, strict=True)))
    return measure(Counted(overall=overall, groups=groups, scores=ScoreKind.DECISIONS))


def comparisons(
    data: Measured, metrics: Sequence[object], limits: Sequence[Limit] = tuple(Limit)
) -> list[Comparison]:
    """Compare every group with the first one in some metrics, as a ratio and a difference, and take its level."""
    first, *others = data.groups
    found = [
        compare_groups(group, None if limit is Limit.LEVEL else first, metric, limit)
        for limit, metric, group in itertools.product(limits, METRICS, others)
        if metric in metrics
    ]
    return [one for one in found if one.is_measured]


def alone(one: Comparison, limit: Fraction) -> tuple[float, float]:
    """Ask `inference` for the statistics of one rate, in arrays, as single numbers are rounded in another way."""
    x1, n1, x2, n2 = np.asarray(one.pair)[:, None]
    match one.limit:
        case Limit.RATIO:
            found = exact.ratio_scores(float(limit), x1, n1, x2, n2)
        case Limit.DIFFERENCE:
            found = exact.difference_scores(float(limit), x1, n1, x2, n2)
        case Limit.LEVEL:
            found = contrast.exact_rate_scores(float(limit), x1, n1)
    (below,), (above,) = found
    return float(below), float(above)


def interval_alone(one: Comparison, confidence: float) -> tuple[float, float | None]:
    """Ask `inference` for the interval of one rate."""
    x1, n1, x2, n2 = np.asarray(one.pair)[:, None]
    match one.limit:
        case Limit.RATIO:
            low, high = contrast.ratio_interval(x1, n1, x2, n2, confidence=confidence)
        case Limit.DIFFERENCE:
            low, high = contrast.difference_interval(x1, n1, x2, n2, confidence=confidence)
        case Limit.LEVEL:
            low, high = proportion.clopper_pearson(x1, n1, confidence)
    return float(low[0]), float(high[0]) if math.isfinite(high[0]) else None


@settings(max_examples=8)
@given(TABLES)
def test_rates_are_answered_as_inference_answers_each_alone(tables: list[tuple[int, int, int, int]]) -> None:
    asked = comparisons(measured(tables), RATES)
    at_limits = [(one, limit) for one in asked for limit in LIMITS[one.limit]]
    assert evidence(at_limits) == [alone(one, limit) for one, limit in at_limits]
    sure = [(one, confidence) for one in asked for confidence in (0.95, 0.9)]
    assert intervals(sure) == [interval_alone(one, confidence) for one, confidence in sure]


@settings(max_examples=15)
@given(TABLES)
def test_shares_of_one_whole_are_binomial(tables: list[tuple[int, int, int, int]]) -> None:
    asked = comparisons(measured(tables), [BY_NAME["ppr"]], [Limit.RATIO])
    found = evidence([(one, Fraction(4, 5)) for one in asked])
    for one, scores, limits in zip(asked, found, intervals([(one, 0.95) for one in asked]), strict=True):
        x1, _, x2, _ = np.asarray(one.pair)[:, None]
        (below,), (above,) = contrast.exact_rate_scores(0.8 / 1.8, x1, x1 + x2)
        assert scores == (below, above)
        (low,), (high,) = contrast.share_ratio_interval(x1, x2)
        assert limits == (None if math.isnan(low) else (low, high if math.isfinite(high) else None))


@settings(max_examples=4)
@given(TABLES)
def test_no_answer_depends_on_what_else_is_asked(tables: list[tuple[int, int, int, int]]) -> None:
    asked = comparisons(measured(tables), [*RATES[:2], *FIGURES])
    at_limits = [(one, LIMITS[one.limit][0]) for one in asked]
    assert evidence(at_limits) == [answer for one in at_limits for answer in evidence([one])]
    sure = [(one, 0.9) for one in asked]
    assert intervals(sure) == [answer for one in sure for answer in intervals([one])]


@settings(max_examples=4)
@given(TABLES, st.integers(1, 40))
def test_plans_are_made_together_as_each_alone(tables: list[tuple[int, int, int, int]], weight: int) -> None:
    data = measured(tables)
    bands = {limit: Band(low=low, high=high) for limit, (low, high) in LIMITS.items()}
    undecided = [
        planned_from(one, people=data.groups[1].counts.n, band=bands[one.limit], weight=weight)
        for one in comparisons(data, RATES[:3])
    ]
    known = [one for one in undecided if one is not None]
    assert len(known) == len(undecided)
    in_all = data.overall.counts.n
    assert plan(known, in_all=in_all) == [planned for one in known for planned in plan([one], in_all=in_all)]


class TestManyGates:
    """A hundred gates ask once."""

    DATA = measured([(30, 20, 10, 40), (25, 30, 20, 30), (3, 2, 1, 5), (200, 90, 120, 310)])

    def gates(self) -> list[Gate]:
        names = [metric.name for metric in PARITY_METRICS]
        return [
            Gate(
                name=str(place),
                metric=names[place % len(names)],
                attributes=("g",),
                ratio_within=Fraction(70 + place % 25, 100),
            )
            for place in range(100)
        ]

    def test_functions_of_inference_are_called_as_often_as_for_one(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        calls: list[str] = []

        def counting(module: object, name: str) -> None:
            real = getattr(module, name)

            def call(*arguments: object, **options: object) -> object:
                calls.append(name)
                return real(*arguments, **options)

            monkeypatch.setattr(module, name, call)

        counting(exact, "ratio_scores")
        counting(contrast, "ratio_interval")
        counting(contrast, "share_ratio_interval")
        evaluate(self.gates(), self.DATA)
        assert sorted(calls) == ["ratio_interval", "ratio_scores", "share_ratio_interval"]

    def test_together_they_find_what_each_finds_alone(self) -> None:
        gates = self.gates()[::9]
        together = evaluate(gates, self.DATA).results
        assert together == tuple(result for gate in gates for result in evaluate([gate], self.DATA).results)


def test_where_nothing_is_measured_there_is_no_answer() -> None:
    data = measured([(0, 0, 0, 5), (0, 0, 0, 7)])
    nothing = compare_groups(data.groups[0], data.groups[1], BY_NAME["fnr"], Limit.RATIO)
    assert (nothing.value, nothing.reason) == (None, "nobody in the group has label 1")
    assert evidence([(nothing, Fraction(4, 5))]) == intervals([(nothing, 0.95)]) == [None]
    assert planned_from(nothing, people=5, band=Band(low=Fraction(4, 5)), weight=1) is None
    assert np.isnan(contrast.ratio_score(0.8, *nothing.pair))
