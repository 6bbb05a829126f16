"""Whether a gate makes sense: limits that contradict each other, or that nothing can meet or miss, and questions that its metric cannot answer."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from fairaudit.errors import did_you_mean, listed
from fairaudit.metrics.kinds import Better, Evidence, Metric
from fairaudit.metrics.table import OF_GATES
from fairaudit.settings.choices import Decide
from fairaudit.settings.limits import Limit
from fairaudit.settings.numbers import tau_text

if TYPE_CHECKING:
    from fairaudit.gates.policy import Gate

BASELINE = "baseline"
"""The reference of gates on change: each group as it was."""
LIMITS = ("ratio_within", "max_difference", "max_drop", "max_rise", "min", "max")
_TOGETHER = (["min", "max"], ["max_drop", "max_rise"])
OF_CHANGE = ("max_drop", "max_rise")
Fault = tuple[str, str]
"""What is wrong, and what would be right."""


def contradictions(gate: Gate) -> list[Fault]:
    """Find what is wrong with a gate's limits, each with what would be right."""
    metric = OF_GATES.get(gate.metric)
    if metric is None:
        return [(f"{gate.metric!r} is no metric", did_you_mean(gate.metric, OF_GATES))]
    limits = [key for key in LIMITS if getattr(gate, key) is not None]
    if not limits:
        return [("it has no limit", f"Give one of {listed(LIMITS)}")]
    if len(limits) > 1 and limits not in _TOGETHER:
        return [
            (
                f"{limits[0]!r} and {limits[1]!r} exclude each other",
                "Only min and max, and max_drop and max_rise, may stand together; make two gates",
            )
        ]
    return [*_impossible_limits(gate, metric), *_impossible_questions(gate, metric)]


def _impossible_limits(gate: Gate, metric: Metric) -> list[Fault]:
    faults: list[Fault] = []
    width = metric.most - metric.least
    if gate.ratio_within is not None and not 0 < gate.ratio_within <= 1:
        faults.append(
            (
                f"'ratio_within': {number_text(gate.ratio_within)} is not above 0 and at most 1",
                "Four fifths is 0.8",
            )
        )
    if gate.max_difference is not None and not 0 <= gate.max_difference < width:
        faults.append(
            (
                f"'max_difference': {number_text(gate.max_difference)} is not from 0 to below {width:g}",
                "Such as 0.05",
            )
        )
    for key in OF_CHANGE:
        limit = getattr(gate, key)
        if limit is not None and not 0 <= limit < width:
            faults.append((f"{key!r}: {number_text(limit)} is not from 0 to below {width:g}", "Such as 0.02"))
    for key, value in (("min", gate.min), ("max", gate.max)):
        if value is None:
            continue
        if not metric.least <= value <= metric.most:
            faults.append(
                (
                    f"{key!r}: {metric.name} runs from {metric.least:g} to {_end(metric.most)}, and {number_text(value)} is outside",
                    "",
                )
            )
        elif value == (metric.least if key == "min" else metric.most):
            faults.append(
                (
                    f"{key!r}: {number_text(value)} demands nothing, since {metric.name} runs from {metric.least:g} to {_end(metric.most)}",
                    "",
                )
            )
    if gate.min is not None and gate.max is not None and gate.min > gate.max:
        faults.append(
            (
                f"'min' is {number_text(gate.min)} and 'max' {number_text(gate.max)}, and nothing lies between",
                "",
            )
        )
    return faults


def _impossible_questions(gate: Gate, metric: Metric) -> list[Fault]:
    faults: list[Fault] = []
    if gate.decide is Decide.INTERVAL and metric.kind.evidence is Evidence.NONE:
        faults.append((f"{metric.name} has no interval that could decide", 'Say decide = "point"'))
    if gate.limit is Limit.DIFFERENCE and (reason := metric.kind.no_difference):
        faults.append((reason, "Use ratio_within, or the metric pprev"))
    if gate.limit is Limit.LEVEL and gate.of_baseline:
        faults.append(
            (
                f"'reference' is {BASELINE!r}, and min and max are of the group's own value",
                "Use max_drop, max_rise, max_difference or ratio_within",
            )
        )
    faults += _wrong_way(gate, metric)
    faults += _of_whom(gate, metric)
    if gate.limit is Limit.RATIO and metric.least < 0:
        faults.append((f"{metric.name} may be negative, and a ratio says nothing then", "Use max_difference"))
    if gate.limit is Limit.LEVEL and gate.reference:
        faults.append(("'reference' is of no use where groups are compared with nobody", "Leave it out"))
    if gate.of_baseline and metric.is_of_whole:
        faults.append(
            (
                f"{metric.name} is a share of all who are selected, which moves with the other groups",
                "Use the metric pprev",
            )
        )
    return faults


def _wrong_way(gate: Gate, metric: Metric) -> list[Fault]:
    """Refuse a limit to getting better."""
    gains = {
        Better.LOWER: ("max_drop", "max_rise", "lower"),
        Better.HIGHER: ("max_rise", "max_drop", "higher"),
    }
    if metric.better not in gains:
        return []
    key, other, better = gains[metric.better]
    if getattr(gate, key) is None or getattr(gate, other) is not None:
        return []
    return [(f"{key!r}: a {better} {metric.name} is better, and no loss", f"Use {other}, or max_difference")]


def _of_whom(gate: Gate, metric: Metric) -> list[Fault]:
    """Refuse a gate that is about nobody who could be compared, or about whom its metric says nothing."""
    faults: list[Fault] = []
    limit = next(key for key in LIMITS if getattr(gate, key) is not None)
    is_level = gate.limit is Limit.LEVEL and not gate.of_baseline
    if metric.kind.counts_lacking and not gate.columns:
        faults.append(("the key 'column' is missing: whose values are counted", 'Such as column = "income"'))
    if gate.columns and not metric.kind.counts_lacking:
        lacking = [name for name, one in OF_GATES.items() if one.kind.counts_lacking]
        faults.append((f"'column' is only for the metric {listed(lacking)}", "Name groups by attribute"))
    if metric.kind.of_everybody and not is_level:
        faults.append(
            (f"{limit!r}: {metric.name} is a share of people that may have a min and a max only", "")
        )
    if metric.kind.of_everybody and not gate.columns:
        if gate.is_of_everybody:
            faults.append(
                ("it is about no attribute, and everybody is all of everybody", 'Such as attribute = "race"')
            )
        if gate.min_people is not None:
            faults.append(("'min_people' would leave out the small groups that it is about", "Leave it out"))
    elif gate.is_of_everybody and not is_level and not gate.of_baseline:
        faults.append(
            (
                f"{limit!r} compares groups, and it is about no attribute",
                'Such as attribute = "race", or slices = ["age:quartiles", "race*sex"]; or give everybody a min or a max',
            )
        )
    if gate.is_of_everybody and metric.is_of_whole:
        faults.append((f"{metric.name} of everybody is 1, whatever is decided", 'Such as attribute = "race"'))
    if gate.family_name and gate.decide is Decide.POINT:
        faults.append(("'family': where the value alone decides, nothing is corrected", "Leave family out"))
    return faults


def number_text(value: Fraction) -> str:
    """Write a limit exactly."""
    return tau_text(value) if value >= 0 else f"-{tau_text(-value)}"


def _end(most: float) -> str:
    return "infinity" if math.isinf(most) else f"{most:g}"
