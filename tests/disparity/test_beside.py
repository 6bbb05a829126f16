"""Base rates, ranking and calibration beside the parities: compared with their reference group, and judged only where somebody asks."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

import fairaudit
from fairaudit.documents.audit import BiasDocument, DisparityPart
from fairaudit.documents.parts import Verdict
from fairaudit.metrics.table import BESIDE_METRICS

NAMES = tuple(metric.name for metric in BESIDE_METRICS)


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    group = rng.choice(["a", "b", "c"], 900, p=[0.5, 0.4, 0.1])
    score = rng.beta(2, 2, 900).round(3)
    truth = np.where(group == "b", 0.5 + 0.3 * (score - 0.5), score)
    return pd.DataFrame({"g": group, "score": score, "label": (rng.random(900) < truth).astype(int)})


@pytest.fixture(scope="module")
def document(people: pd.DataFrame) -> BiasDocument:
    return fairaudit.audit(people, attributes="g").bias


def parts_of(document: BiasDocument, group: str) -> Mapping[str, DisparityPart]:
    return {d.metric: d for d in document.disparities if d.group == group}


def test_they_are_shown_and_not_judged(document: BiasDocument) -> None:
    shown = parts_of(document, "b")
    assert NAMES == ("prev", "roc_auc", "ece", "oe")
    for name in NAMES:
        d = shown[name]
        assert d.ratio == pytest.approx((d.value or 0) / (d.reference_value or 1))
        assert d.difference == pytest.approx((d.value or 0) - (d.reference_value or 0))
        assert d.ratio_ci is not None
        assert d.difference_ci is not None
        assert None not in (d.p_value, d.p_adjusted)
        assert d.verdict is d.p_fail is d.needed is None
    assert set(document.family.metrics).isdisjoint(NAMES)


def test_areas_are_compared_by_delong(document: BiasDocument, people: pd.DataFrame) -> None:
    d = parts_of(document, "b")["roc_auc"]
    areas, variances = [], []
    for name in ("b", "a"):
        own = people[people["g"] == name]
        areas.append(roc_auc_score(own["label"], own["score"]))
        ones, zeros = (own["score"][own["label"] == label].to_numpy() for label in (1, 0))
        won = (ones[:, None] > zeros) + 0.5 * (ones[:, None] == zeros)
        variances.append(won.mean(axis=1).var(ddof=1) / len(ones) + won.mean(axis=0).var(ddof=1) / len(zeros))
    assert d.difference == pytest.approx(areas[0] - areas[1], abs=1e-12)
    z = (areas[0] - areas[1]) / math.sqrt(sum(variances))
    # DeLong's test of two samples; ours has the logit scale and Student's quantiles.
    assert d.p_value == pytest.approx(2 * norm.sf(abs(z)), rel=0.5)
    assert d.test == "interval"


def test_a_base_rate_is_compared_as_every_rate(document: BiasDocument, people: pd.DataFrame) -> None:
    d = parts_of(document, "b")["prev"]
    as_decisions = people.assign(score=people["label"]).drop(columns="label")
    (rate,) = (
        other
        for other in fairaudit.audit(as_decisions, attributes="g", label="none").bias.disparities
        if (other.metric, other.group) == ("pprev", "b")
    )
    assert (d.ratio, d.ratio_ci, d.difference_ci, d.p_value) == (
        rate.ratio,
        rate.ratio_ci,
        rate.difference_ci,
        rate.p_value,
    )


def test_nothing_else_changes_by_them(document: BiasDocument, people: pd.DataFrame) -> None:
    only_decisions = people.assign(decision=(people["score"] >= 0.5).astype(int)).drop(columns="score")
    without = fairaudit.audit(only_decisions, attributes="g").bias
    assert without.answer == document.answer
    known = {(d.group, d.metric): d for d in document.disparities}
    assert {metric for _, metric in known.keys() - {(d.group, d.metric) for d in without.disparities}} == {
        *NAMES
    } - {"prev"}
    for d in without.disparities:
        if d.metric not in NAMES:
            assert known[d.group, d.metric] == d


@pytest.mark.parametrize("metric", NAMES)
def test_who_asks_gets_a_verdict_and_a_sentence(people: pd.DataFrame, metric: str) -> None:
    audit = fairaudit.audit(people, attributes="g", metrics=metric, tau=0.95)
    d = parts_of(audit.bias, "b")[metric]
    assert list(audit.bias.family.metrics) == [metric]
    assert d.verdict in (Verdict.FAIL, Verdict.UNDECIDED)
    assert d.p_fail is not None
    equality = next(m.equality for m in BESIDE_METRICS if m.name == metric)
    assert {p.verdict for p in audit.fairness.parities if (p.parity, p.group) == (equality, "b")} == {
        d.verdict
    }


def test_they_are_compared_with_everybody_else(people: pd.DataFrame) -> None:
    rest = parts_of(fairaudit.audit(people, attributes="g", ref_group="rest").bias, "b")
    for metric in NAMES:
        assert rest[metric].ratio_ci is not None
