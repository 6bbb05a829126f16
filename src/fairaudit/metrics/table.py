"""The table of metrics: each with its formula, its meaning, its source, and its kind."""

from __future__ import annotations

from collections.abc import Mapping

from fairaudit.metrics.composed import COMPOSED
from fairaudit.metrics.kinds import Metric
from fairaudit.metrics.rates import RATES
from fairaudit.metrics.scored import SCORED

METRICS: tuple[Metric, ...] = (*RATES, *COMPOSED, *SCORED)
BY_NAME: Mapping[str, Metric] = {metric.name: metric for metric in METRICS}
PARITY_METRICS: tuple[Metric, ...] = tuple(metric for metric in METRICS if metric.parity)
