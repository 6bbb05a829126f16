"""Which questions a policy may ask of which metric: what cannot be decided is refused when the policy is read."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fairaudit.count.groups import count
from fairaudit.count.rests import rank_rests
from fairaudit.disparity.verdicts import Verdict
from fairaudit.errors import GateError
from fairaudit.gates.evaluate import evaluate
from fairaudit.gates.policy import Gate, read_gates
from fairaudit.metrics import table
from fairaudit.metrics.kinds import Evidence, Measured, Metric
from fairaudit.metrics.measure import measure
from fairaudit.metrics.scored import MeanOfScores
from fairaudit.metrics.table import METRICS
from fairaudit.read.dataframes import open_frame
from fairaudit.read.table import validate
from fairaudit.settings.choices import Decide
from fairaudit.settings.reading import ReadSettings

LIMITS = ("ratio_within", "max_difference", "min", "max")
QUESTIONS = list(itertools.product(METRICS, LIMITS, Decide))


def refusal(metric: Metric, limit: str, decide: Decide, measured: Measured) -> str:
    """Say why a question makes no sense; empty where it does."""
    if decide is Decide.INTERVAL and measured.overall.estimates[metric.name].ci is None:
        return "has no interval that could decide"
    if limit == "ratio_within" and metric.least < 0:
        return "may be negative"
    return "their difference has no interval" if (metric.name, limit) == ("ppr", "max_difference") else ""


@pytest.fixture(scope="module")
def measured() -> Measured:
    """Two groups of two thousand people each, whose scores follow the labels about equally."""
    draw = np.random.default_rng(1)
    labels = draw.integers(0, 2, 4_000)
    scores = np.clip(np.round(0.3 + 0.4 * labels + draw.normal(0, 0.2, 4_000), 3), 0.001, 0.999)
    groups = np.repeat(["a", "b"], 2_000)
    frame = pd.DataFrame({"label": labels, "score": scores, "g": groups})
    checked = validate(open_frame(frame), ReadSettings(attributes=("g",)))
    return replace(measure(count(checked)), rests=rank_rests(checked, ["g"], unknown={}))


def entry(metric: Metric, limit: str, decide: Decide, value: float) -> dict[str, Any]:
    """A gate whose limit is far from the value."""
    most = 2 * value if metric.most == float("inf") else (value + metric.most) / 2
    numbers = {
        "ratio_within": 0.5,
        "max_difference": 0.4,
        "min": (value + metric.least) / 2,
        "max": most,
    }
    return {
        "metric": metric.name,
        "attribute": "g",
        limit: str(round(numbers[limit], 3)),
        "decide": decide.value,
    }


@pytest.mark.parametrize(
    ("metric", "limit", "decide"), QUESTIONS, ids=lambda part: getattr(part, "name", str(part))
)
def test_a_question_has_an_answer_or_is_refused_when_it_is_read(
    metric: Metric, limit: str, decide: Decide, measured: Measured
) -> None:
    group = measured.groups[0].estimates[metric.name]
    asked = entry(metric, limit, decide, group.value or 0.0)
    if reason := refusal(metric, limit, decide, measured):
        with pytest.raises(GateError, match=reason):
            read_gates([asked], file="policy.toml")
        return
    (result,) = evaluate(read_gates([asked], file="policy.toml"), measured).results
    assert result.verdict is Verdict.PASS
    assert result.findings
    for finding in result.findings:
        assert decide is Decide.POINT or finding.interval is not None


@pytest.mark.parametrize("limit", LIMITS)
def test_a_metric_of_a_kind_without_evidence_is_refused_whatever_its_name(
    limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = MeanOfScores(total="squared_error")
    novel = replace(METRICS[0], name="novel", kind=kind)
    assert novel.kind.evidence is Evidence.NONE
    monkeypatch.setattr("fairaudit.gates.sense.OF_GATES", {**table.OF_GATES, "novel": novel})
    limits = {limit: Fraction(1, 2)}
    with pytest.raises(GateError, match="novel has no interval that could decide"):
        Gate(name="it", metric="novel", attributes=("g",), **limits)  # type: ignore[arg-type]
    assert Gate(name="it", metric="novel", attributes=("g",), decide=Decide.POINT, **limits)  # type: ignore[arg-type]


@pytest.mark.parametrize("limit", ["ratio_within", "max_difference"])
@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
def test_beside_everybody_else_there_is_an_answer_or_a_refusal(
    metric: Metric, limit: str, measured: Measured
) -> None:
    asked = {**entry(metric, limit, Decide.POINT, 0.5), "reference": "rest"}
    if not refusal(metric, limit, Decide.POINT, measured):
        (result,) = evaluate(read_gates([asked], file="policy.toml"), measured).results
        assert result.verdict is Verdict.PASS
