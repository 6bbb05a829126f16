"""Scores of everybody but a group: ranked as those of a table that lacks the group are."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from fairaudit.count import groups
from fairaudit.count.groups import count
from fairaudit.count.rests import rank_rests
from fairaudit.disparity.references import others_of
from fairaudit.disparity.rule import VerdictRule
from fairaudit.documents.audit import DisparityPart
from fairaudit.documents.parts import Stamp
from fairaudit.gates.policy import read_gates
from fairaudit.metrics.scored import area_variance
from fairaudit.read import rows
from fairaudit.read.dataframes import open_frame
from fairaudit.read.files import open_path
from fairaudit.read.table import validate
from fairaudit.settings.choices import Missing
from fairaudit.settings.reading import ReadSettings
from fairaudit.settings.verdict import Measuring
from fairaudit.slices.grammar import EVERYBODY_ELSE
from fairaudit.workflow.audit import Tally, report_bias, tally, with_rests
from fairaudit.workflow.check import check

WAYS = {
    "together": ReadSettings(),
    "one by one": ReadSettings(),
    "apart": ReadSettings(),
    "persons": ReadSettings(id="who"),
    "survey": ReadSettings(weight="weight", id="who"),
    "counts": ReadSettings(weight="times"),
}
ATTRIBUTES = ("g", "g*sex")
STAMP = Stamp(created="2026-01-01T00:00:00Z", command="fairaudit bias")


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    rng = np.random.default_rng(12)
    n = 1_200
    label = rng.integers(0, 2, n)
    return pd.DataFrame(
        {
            "g": rng.choice(["a", "b", "c", ""], n, p=[0.5, 0.3, 0.15, 0.05]),
            "sex": rng.choice(["F", "M"], n),
            "score": np.clip(rng.normal(0.4 + 0.2 * label, 0.25), 0, 1).round(3),
            "label": label,
            "who": [f"P-{one}" for one in rng.integers(0, 500, n)],
            "weight": rng.lognormal(0, 1, n).round(3),
            "times": rng.integers(0, 5, n),
        }
    )


def ranked(way: str, frame: pd.DataFrame, folder: Path) -> Tally:
    """Rank everybody else in one of the ways in which rows are counted."""
    settings = dataclasses.replace(WAYS[way], attributes=ATTRIBUTES, missing=Missing.DROP)
    source = open_frame(frame)
    if way == "apart":
        frame.to_csv(folder / "people.csv", index=False)
        source = open_path(str(folder / "people.csv"))
    few = -1 if way == "one by one" else groups._FEW_ROWS
    small = 0 if way == "apart" else rows.SMALL
    with patch.object(groups, "_FEW_ROWS", few), patch.object(rows, "SMALL", small):
        tallied = tally(source, settings)
        assert (tallied.checked.rows.apart is not None) is (way == "apart")
        return with_rests(tallied, ATTRIBUTES)


@pytest.mark.parametrize("way", WAYS)
def test_the_rest_is_ranked_as_if_the_group_were_not_there(
    way: str, people: pd.DataFrame, tmp_path: Path
) -> None:
    measured = ranked(way, people, tmp_path).measured
    rests = {
        (attribute, group.group): rest
        for attribute in ATTRIBUTES
        for group, rest in zip(
            measured.of(attribute), others_of(measured, attribute, measured.of(attribute)), strict=True
        )
    }
    assert len(rests) == 4 + 8
    known = people[people["g"] != ""]
    asked = {("g", "b"): known["g"] != "b", ("g*sex", "a * F"): (known["g"] != "a") | (known["sex"] != "F")}
    for key, there in asked.items():
        own = known[there]
        kept = dataclasses.replace(WAYS[way], attributes=("sex",))
        alone = count(validate(open_frame(own), kept)).overall
        rest = rests[key]
        facts = ("n", "tp", "fp", "concordant_twice", "placements1", "placements0")
        if way != "survey":
            assert [getattr(rest, fact) for fact in facts] == [getattr(alone, fact) for fact in facts]
        weights = {"survey": "weight", "counts": "times"}.get(way)
        area = roc_auc_score(own["label"], own["score"], sample_weight=own[weights] if weights else None)
        exact = (rest.concordant_twice or 0) / (2 * (rest.positives or 0) * (rest.negatives or 0))
        assert exact == pytest.approx(area, rel=1e-12 if way != "survey" else 1e-9)
        if way in ("persons", "survey"):
            assert rest.clusters is not None
            influence = _influences(own, own[weights] if weights else pd.Series(1.0, own.index))
            assert float(rest.clusters.area or 0) == pytest.approx(influence, rel=1e-9)
        if way in ("together", "one by one", "apart"):
            assert area_variance(rest) == pytest.approx(delong(own)[1], rel=1e-9)


def _influences(own: pd.DataFrame, weights: pd.Series[float]) -> float:
    """Add up, pair by pair, the squared influences of the people on the area (Obuchowski 1997)."""
    ones, zeros = (own[own["label"] == label] for label in (1, 0))
    of_ones, of_zeros = (weights[part.index].to_numpy() for part in (ones, zeros))
    apart = ones["score"].to_numpy()[:, None] - zeros["score"].to_numpy()[None, :]
    won = (apart > 0) + 0.5 * (apart == 0)
    below, above = won @ of_zeros / of_zeros.sum(), of_ones @ won / of_ones.sum()
    area = below @ of_ones / of_ones.sum()
    moved = pd.concat(
        [
            pd.Series(of_ones * (below - area) / of_ones.sum(), ones["who"]),
            pd.Series(of_zeros * (above - area) / of_zeros.sum(), zeros["who"]),
        ]
    )
    return float((moved.groupby(level=0).sum() ** 2).sum())


def delong(own: pd.DataFrame) -> tuple[float, float]:
    """Compute the area and DeLong's variance pair by pair."""
    ones, zeros = (own["score"][own["label"] == label].to_numpy() for label in (1, 0))
    won = (ones[:, None] > zeros) + 0.5 * (ones[:, None] == zeros)
    return won.mean(), won.mean(axis=1).var(ddof=1) / len(ones) + won.mean(axis=0).var(ddof=1) / len(zeros)


def area_of(people: pd.DataFrame, attribute: str, group: str, **rule: Any) -> DisparityPart:
    settings = ReadSettings(attributes=ATTRIBUTES, missing=Missing.DROP)
    tallied = tally(open_frame(people), settings)
    document = report_bias(tallied, STAMP, rule=VerdictRule(**rule)).document
    (part,) = (
        d for d in document.disparities if (d.attribute, d.group, d.metric) == (attribute, group, "roc_auc")
    )
    return part


def test_a_group_is_compared_with_everybody_else_of_whom_it_is_known_who_they_are(
    people: pd.DataFrame,
) -> None:
    part = area_of(people, "g", "b", references=("rest",))
    known = people[people["g"] != ""]
    (own, var), (other, other_var) = (delong(known[known["g"].eq("b") == is_b]) for is_b in (True, False))
    assert part.reference_group == EVERYBODY_ELSE
    assert part.ratio == pytest.approx(own / other)
    assert part.difference == pytest.approx(own - other)
    assert part.p_value == pytest.approx(2 * norm.sf(abs(own - other) / np.sqrt(var + other_var)), abs=0.02)
    # Of what is usual nobody asked, and it would take a pass over all scores for each group.
    usual = area_of(people, "g*sex", "b * F")
    assert usual.ratio is None
    assert "only where the area is judged" in usual.reason
    judged = area_of(people, "g*sex", "b * F", metrics=("roc_auc",))
    assert judged.reference_group == EVERYBODY_ELSE
    assert judged.ratio_ci is not None
    assert judged.verdict is not None


def test_nobody_else_is_ranked(people: pd.DataFrame) -> None:
    alone = people[people["g"] == "a"]
    part = area_of(alone, "g", "a", references=("rest",))
    assert part.ratio is None
    assert part.reason == "in the reference group: nobody in the group has label 1"
    checked = validate(open_frame(alone.drop(columns="label")), ReadSettings(attributes=("g",), label="none"))
    assert rank_rests(checked, ["g"], unknown={}) == {}


def test_values_that_say_nothing_are_nobody_else(people: pd.DataFrame) -> None:
    settings = ReadSettings(attributes=("g",), missing=Missing.DROP)
    tallied = tally(open_frame(people), settings, measuring=Measuring(unknown=("c",)))
    measured = with_rests(tallied, ["g"]).measured
    both = people[people["g"].isin(["a", "b"])]
    rests = dict(zip("(abc", others_of(measured, "g", measured.of("g")), strict=True))
    for group, own in {"a": both[both["g"] == "b"], "c": both, "(": both}.items():
        area, variance = delong(own)
        assert (rests[group].n, area_variance(rests[group])) == (len(own), pytest.approx(variance))
        assert (rests[group].concordant_twice or 0) == pytest.approx(
            2 * area * (own["label"] == 1).sum() * (own["label"] == 0).sum()
        )


def test_a_gate_compares_areas_with_everybody_else(people: pd.DataFrame) -> None:
    known = people[people["g"] != ""]
    for gate in (
        {"metric": "roc_auc", "slices": ["g"], "reference": "rest", "ratio_within": "0.9"},
        {"metric": "roc_auc", "slices": ["g*sex"], "max_difference": "0.2"},
    ):
        asked = read_gates([gate], file="policy.toml")
        checking = check(open_frame(people), asked, settings=ReadSettings(missing=Missing.DROP), stamp=STAMP)
        (result,) = checking.evaluated.results
        found = {f.group: f for f in result.findings}
        group = "b" if gate["slices"] == ["g"] else "b * F"
        is_own = known["g"].eq("b") & (known["sex"].eq("F") | (group == "b"))
        areas = [delong(known[is_own == own])[0] for own in (True, False)]
        assert found[group].reference_group == EVERYBODY_ELSE
        expected = areas[0] / areas[1] if group == "b" else areas[0] - areas[1]
        assert found[group].value == pytest.approx(expected)
