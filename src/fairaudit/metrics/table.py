"""The table of metrics: each with its formula, its meaning, its source, and its kind."""

from __future__ import annotations

from collections.abc import Mapping

from fairaudit.metrics.calibrated import CALIBRATED
from fairaudit.metrics.composed import COMPOSED
from fairaudit.metrics.kinds import Better, Metric
from fairaudit.metrics.people import PEOPLE
from fairaudit.metrics.rates import RATES
from fairaudit.metrics.scored import SCORED

METRICS: tuple[Metric, ...] = (*RATES, *COMPOSED, *SCORED, *CALIBRATED)
BY_NAME: Mapping[str, Metric] = {metric.name: metric for metric in METRICS}
OF_GATES: Mapping[str, Metric] = {**BY_NAME, **{metric.name: metric for metric in PEOPLE}}
"""What a gate may be about: the metrics, and shares of people that no model is behind."""
PARITY_METRICS: tuple[Metric, ...] = tuple(metric for metric in METRICS if metric.parity)
BESIDE_METRICS: tuple[Metric, ...] = tuple(metric for metric in METRICS if metric.equality)
"""In these groups are compared as well, and judged only where somebody asks."""
COMPARED_METRICS: tuple[Metric, ...] = (*PARITY_METRICS, *BESIDE_METRICS)
SAME_HYPOTHESIS: Mapping[str, str] = {
    one.name: error.name
    for one in RATES
    for error in RATES
    if (one.better, error.better) == (Better.HIGHER, Better.LOWER)
    and one.denominator == error.denominator
    and sorted((*one.numerator, *error.numerator)) == sorted(one.denominator)
}
"""Rates that are 1 minus a rate of errors: equal in one is equal in the other, so both are one hypothesis."""
