"""What a folder of results holds of the scores: enough for gates on change, and for a comparison, as the predictions themselves are."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from running import run_main
from sklearn.metrics import roc_auc_score

import fairaudit
from fairaudit.documents.definitions import counts_with_scores, read_counts
from fairaudit.errors import FairauditError
from fairaudit.metrics.measure import measure

OF_SCORES = ("roc_auc", "ece", "oe", "brier", "log_loss")
READ = {"label": "repaid", "attributes": ["sex", "region"]}


@pytest.fixture(scope="module")
def base(examples_dir: Path) -> pd.DataFrame:
    return pd.read_csv(examples_dir / "loans.csv").head(2400)


@pytest.fixture(scope="module")
def worse(base: pd.DataFrame) -> pd.DataFrame:
    """Half of the women are scored by lot, on the same side of the threshold."""
    lot = np.random.default_rng(7)
    drawn = np.where(base["score"] >= 0.5, lot.uniform(0.5, 1, len(base)), lot.uniform(0, 0.5, len(base)))
    return base.assign(score=np.where(base["sex"] == "Female", drawn.round(6), base["score"]))


@pytest.fixture(scope="module")
def folders(
    base: pd.DataFrame, worse: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    place = tmp_path_factory.mktemp("folders")
    for name, frame in (("base", base), ("new", worse)):
        fairaudit.audit(frame, out=place / name, **READ)
    return {name: place / name for name in ("base", "new")}


def copied(folder: Path, place: Path, edit: Callable[[dict[str, Any]], None] | None = None) -> Path:
    """Copy group.json, and scores.json as it is changed."""
    place.mkdir()
    (place / "group.json").write_bytes((folder / "group.json").read_bytes())
    if edit is not None:
        scores = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
        edit(scores)
        (place / "scores.json").write_text(json.dumps(scores), encoding="utf-8")
    return place


def test_a_folder_gives_the_metrics_that_its_document_has(folders: dict[str, Path]) -> None:
    document = read_counts(folders["base"])
    counts = counts_with_scores(folders["base"], document)
    assert counts.lacking == {}
    measured = measure(counts.counted)
    for group in (measured.overall, *measured.groups):
        part = next(
            (p for p in document.groups if (p.attribute, p.group) == (group.attribute, group.group)),
            document.overall,
        )
        assert set(OF_SCORES) <= set(part.metrics)
        for name, estimate in part.metrics.items():
            own = group.estimates[name]
            assert own.value == pytest.approx(estimate.value, abs=1e-12), name
            assert own.ci == (None if estimate.ci is None else pytest.approx(estimate.ci, abs=1e-9)), name


def test_what_is_written_of_ranks_is_what_delong_adds_up(
    base: pd.DataFrame, folders: dict[str, Path]
) -> None:
    scores = json.loads((folders["base"] / "scores.json").read_text(encoding="utf-8"))
    for part, own in (
        (scores["overall"], base),
        *((g, base[base[g["attribute"]] == g["group"]]) for g in scores["groups"]),
    ):
        ones, zeros = (own.loc[own["repaid"] == label, "score"].to_numpy() for label in (1, 0))
        won = (ones[:, None] > zeros[None, :]) + (ones[:, None] == zeros[None, :]) / 2
        ranked = part["ranked"]
        assert ranked["concordant_twice"] == 2 * won.sum()
        area = Fraction(ranked["concordant_twice"], 2 * won.size)
        assert float(area) == pytest.approx(roc_auc_score(own["repaid"], own["score"]))
        assert ranked["placements1"] == pytest.approx((won.mean(axis=1) ** 2).sum())
        assert ranked["placements0"] == pytest.approx((won.mean(axis=0) ** 2).sum())


GATES = [
    {"metric": "roc_auc", "attribute": "sex", "max_drop": 0.02},
    {"metric": "roc_auc", "attribute": "region", "ratio_within": 0.9, "reference": "baseline"},
    {"metric": "ece", "attribute": "sex", "max_rise": 0.05},
    {"metric": "oe", "attribute": "sex", "max_difference": 0.2, "reference": "baseline"},
    {"metric": "f1", "attribute": "sex", "max_drop": 0.05},
    {"metric": "mcc", "attribute": "sex", "max_drop": 0.05},
    {"metric": "brier", "attribute": "sex", "max_rise": 0.01, "decide": "point"},
    {"metric": "log_loss", "attribute": "sex", "max_rise": 0.01, "decide": "point"},
    {"metric": "roc_auc", "max_drop": 0.02},
]


def test_gates_on_change_answer_alike_by_a_folder_and_by_its_predictions(
    base: pd.DataFrame, worse: pd.DataFrame, folders: dict[str, Path]
) -> None:
    sides = [
        fairaudit.check(worse, GATES, baseline=baseline, label="repaid").document
        for baseline in (folders["base"], base)
    ]
    assert sides[0].baseline is not None
    assert sides[0].baseline.from_document
    for by_folder, by_rows in zip(sides[0].gates, sides[1].gates, strict=True):
        assert by_folder.outcome == by_rows.outcome
        for one, other in zip(by_folder.findings, by_rows.findings, strict=True):
            assert (one.group, one.verdict) == (other.group, other.verdict)
            for key in ("value", "p_fail"):
                expected = getattr(other, key)
                assert getattr(one, key) == (None if expected is None else pytest.approx(expected, abs=1e-7))
            assert one.interval == (
                None if other.interval is None else pytest.approx(other.interval, abs=1e-7)
            )
    outcomes = {(g.metric, g.findings[0].group): g.outcome for g in sides[0].gates}
    # Each slice by its own noise: women are ranked by lot within a decision, men as before.
    assert outcomes["roc_auc", "Female"] == "failed"
    found = {f.group: f.verdict for f in sides[0].gates[0].findings}
    assert found["Male"] != "fail"


def test_folders_are_compared_in_what_their_scores_give(
    base: pd.DataFrame, worse: pd.DataFrame, folders: dict[str, Path], tmp_path: Path
) -> None:
    document = fairaudit.compare(folders["base"], folders["new"]).document
    rows = fairaudit.compare(base, worse, **READ).document
    others = {(p.attribute, p.group, p.metric): p for p in rows.changes}
    told = {p.metric for p in document.changes}
    assert {"roc_auc", "ece", "oe", "f1", "mcc"} <= told
    assert not {"brier", "log_loss"} & told
    for part in document.changes:
        if part.metric in OF_SCORES:
            other = others[part.attribute, part.group, part.metric]
            assert part.difference == pytest.approx(other.difference, abs=1e-9)
            assert part.difference_ci == pytest.approx(other.difference_ci, abs=1e-7)
            assert part.p_value == pytest.approx(other.p_value, rel=1e-4, abs=1e-9)
    ran = run_main("compare", folders["base"], folders["new"], cwd=tmp_path, width=100)
    assert ran.code == 0, ran.err
    assert "The expected calibration error of women is higher than before" in ran.out


AREA_GATE = [{"metric": "roc_auc", "attribute": "sex", "max_drop": 0.1}]
ERROR_GATE = [{"metric": "ece", "attribute": "sex", "max_rise": 0.1}]


def unranked(scores: dict[str, Any]) -> None:
    for part in (scores["overall"], *scores["groups"]):
        part.pop("ranked")


def other_people(scores: dict[str, Any]) -> None:
    scores["groups"][0]["people"][40] += 1


def other_ranks(scores: dict[str, Any]) -> None:
    scores["groups"][0]["ranked"]["concordant_twice"] -= 2


def one_group_less(scores: dict[str, Any]) -> None:
    scores["groups"].pop()


@pytest.mark.parametrize(
    ("edit", "gates", "why"),
    [
        pytest.param(None, AREA_GATE, "as the folder holds no scores.json of it", id="no scores"),
        pytest.param(None, ERROR_GATE, "as the folder holds no scores.json of it", id="no scores, of tenths"),
        pytest.param(unranked, AREA_GATE, "does not say how people are ranked", id="earlier version"),
        pytest.param(unranked, ERROR_GATE, "", id="earlier version, of tenths"),
        pytest.param(other_people, AREA_GATE, "is about other people than", id="other people"),
        pytest.param(other_ranks, AREA_GATE, "ranks people otherwise than", id="other ranks"),
        pytest.param(one_group_less, ERROR_GATE, "is about other people than", id="a group less"),
    ],
)
def test_a_folder_that_holds_too_little_refuses_the_gate_with_the_reason(
    folders: dict[str, Path],
    worse: pd.DataFrame,
    tmp_path: Path,
    edit: Callable[[dict[str, Any]], None] | None,
    gates: list[dict[str, Any]],
    why: str,
) -> None:
    folder = copied(folders["base"], tmp_path / "copy", edit)
    if not why:
        assert fairaudit.check(worse, gates, baseline=folder, label="repaid").document.gates[0].findings
        return
    with pytest.raises(FairauditError) as refused:
        fairaudit.check(worse, gates, baseline=folder, label="repaid")
    assert f"{gates[0]['metric']} cannot be measured in the baseline" in str(refused.value)
    assert why in str(refused.value)
    assert "audit again there, or name the predictions themselves" in str(refused.value)


def test_folders_of_which_one_holds_too_little_are_compared_in_the_rest(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    old = copied(folders["base"], tmp_path / "old", unranked)
    told = {p.metric for p in fairaudit.compare(old, folders["new"]).document.changes}
    assert {"ece", "oe"} <= told
    assert "roc_auc" not in told


@pytest.mark.parametrize("kind", ["ranks", "few", "one label"])
def test_odd_scores_of_a_folder_are_told_as_they_are(tmp_path: Path, kind: str) -> None:
    lot = np.random.default_rng(2)
    frame = pd.DataFrame({"label": lot.integers(0, 2, 300), "sex": lot.choice(["F", "M"], 300)})
    frame["score"] = lot.integers(1, 11, 300) if kind == "ranks" else lot.random(300)
    if kind == "few":
        frame = frame.head(12)
    if kind == "one label":
        frame.loc[frame["sex"] == "F", "label"] = 1
    read: dict[str, Any] = {"threshold": 6} if kind == "ranks" else {}
    fairaudit.audit(frame, attributes="sex", out=tmp_path / "out", **read)
    gates = AREA_GATE if kind == "ranks" else [*AREA_GATE, *ERROR_GATE]
    sides = [
        fairaudit.check(frame, gates, baseline=baseline, **read).document.gates
        for baseline in (tmp_path / "out", frame)
    ]
    for one, other in zip(*sides, strict=True):
        assert [(f.group, f.verdict, f.reason) for f in one.findings] == [
            (f.group, f.verdict, f.reason) for f in other.findings
        ]
