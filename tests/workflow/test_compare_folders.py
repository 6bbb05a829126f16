"""Two folders of results, compared by the counts in their documents; and such a folder as the baseline of gates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from running import run_main

import fairaudit
from fairaudit.documents.changed import Outcome
from fairaudit.documents.grouped import GroupDocument
from fairaudit.documents.text import dump
from fairaudit.errors import FairauditError
from fairaudit.settings.choices import WeightKind

BY = ["sex", "age:quartiles"]
Edit = Callable[[GroupDocument], GroupDocument]


@pytest.fixture(scope="module")
def base(examples_dir: Path) -> pd.DataFrame:
    return pd.read_csv(examples_dir / "loans.csv").head(2400)


@pytest.fixture(scope="module")
def worse(base: pd.DataFrame) -> pd.DataFrame:
    """Half of the women are refused."""
    return base.assign(score=base["score"].where((base["sex"] == "Male") | (base.index % 2 == 0), 0.1))


@pytest.fixture(scope="module")
def audits(base: pd.DataFrame, worse: pd.DataFrame) -> Mapping[str, fairaudit.Audit]:
    frames = {"base": base, "new": worse}
    return {name: fairaudit.audit(frame, label="repaid", attributes=BY) for name, frame in frames.items()}


@pytest.fixture(scope="module")
def documents(audits: Mapping[str, fairaudit.Audit]) -> Mapping[str, GroupDocument]:
    return {name: audit.group for name, audit in audits.items()}


def folder(place: Path, name: str, document: GroupDocument) -> Path:
    (place / name).mkdir()
    (place / name / "group.json").write_text(dump(document), encoding="utf-8")
    return place / name


def settings(**changed: Any) -> Edit:
    return lambda document: document.model_copy(
        update={"settings": document.settings.model_copy(update=changed)}
    )


def test_counts_say_what_the_predictions_say_of_different_people(
    documents: Mapping[str, GroupDocument], base: pd.DataFrame, worse: pd.DataFrame, tmp_path: Path
) -> None:
    folders = [folder(tmp_path, name, document) for name, document in documents.items()]
    document = fairaudit.compare(*folders, effect="helps").document
    rows = fairaudit.compare(base, worse, label="repaid", attributes=BY, effect="helps").document
    same = ("attribute", "group", "metric", "base", "new", "difference", "difference_ci", "p_value", "test")
    by_name = {(p.attribute, p.group, p.metric): p for p in rows.changes}
    assert len(document.changes) > 30
    for part in document.changes:
        other = by_name[part.attribute, part.group, part.metric]
        assert [getattr(part, key) for key in same] == [getattr(other, key) for key in same]
    assert (document.changes[0].group, document.changes[0].verdict) == ("Female", Outcome.WORSE)
    assert (document.matched, document.from_documents) == (None, True)
    ran = run_main("compare", *folders, cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert "Compared by the counts of two folders of results, as different people." in ran.out
    assert (tmp_path / "fairaudit-out" / "compare.json").is_file()


def test_scores_are_compared_by_the_thresholds_that_they_reach(
    audits: Mapping[str, fairaudit.Audit], base: pd.DataFrame, worse: pd.DataFrame, tmp_path: Path
) -> None:
    folders = [folder(tmp_path, name, audit.group) for name, audit in audits.items()]
    for place, audit in zip(folders, audits.values(), strict=True):
        assert audit.scores is not None
        (place / "scores.json").write_text(dump(audit.scores), encoding="utf-8")
    moved = fairaudit.compare(*folders).document.scores
    assert moved is not None
    by_rows = fairaudit.compare(base, worse, label="repaid", attributes=BY).document.scores
    assert by_rows is not None
    assert moved.index == pytest.approx(by_rows.index, rel=0.1)
    assert moved.edges is not None
    edges = [-1.0, *moved.edges, 2.0]
    assert moved.new == np.histogram(worse["score"], edges)[0].tolist()


def other_edges(document: GroupDocument) -> GroupDocument:
    parts = [
        part.model_copy(update={"edges": {"age": [30.0]}}) if part.edges else part
        for part in document.settings.attributes
    ]
    return settings(attributes=parts)(document)


def without_metric(document: GroupDocument) -> GroupDocument:
    def cut(part: Any) -> Any:
        return part.model_copy(update={"metrics": {k: v for k, v in part.metrics.items() if k != "f1"}})

    return document.model_copy(
        update={"overall": cut(document.overall), "groups": [cut(group) for group in document.groups]}
    )


def other_rule(document: GroupDocument) -> GroupDocument:
    rule = document.settings.decision
    assert rule is not None
    return settings(decision=rule.model_copy(update={"threshold": 0.4, "sentence": "score >= 0.4"}))(document)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        pytest.param(other_rule, "the decision rule is score >= 0.4, and was score >= 0.5", id="threshold"),
        pytest.param(
            settings(positive=["no"]), "the positive value is 'no', and was the usual one", id="positive"
        ),
        pytest.param(settings(label="paid"), "the label is 'paid', and was 'repaid'", id="label"),
        pytest.param(other_edges, "'age:quartiles' is cut at 30, and was cut at 33, 39, 46", id="edges"),
        pytest.param(
            lambda d: settings(attributes=d.settings.attributes[:1])(d),
            "'age:quartiles' is not among the slices of new",
            id="slices",
        ),
        pytest.param(without_metric, "'f1' is measured in base only", id="metric"),
        pytest.param(settings(weight_kind=WeightKind.SURVEY), "have the weights of a survey", id="survey"),
        pytest.param(
            lambda d: d.model_copy(update={"overall": d.overall.model_copy(update={"rows": 9999})}),
            "stand in several rows",
            id="rows",
        ),
    ],
)
def test_other_definitions_are_refused(
    documents: Mapping[str, GroupDocument], tmp_path: Path, edit: Edit, message: str
) -> None:
    one = folder(tmp_path, "base", documents["base"])
    other = folder(tmp_path, "new", edit(documents["base"]))
    with pytest.raises(FairauditError) as refused:
        fairaudit.compare(one, other)
    assert message in str(refused.value)
    assert str(refused.value).startswith(str(other))


def test_a_folder_beside_predictions_is_refused(
    documents: Mapping[str, GroupDocument], tmp_path: Path
) -> None:
    one = folder(tmp_path, "base", documents["base"])
    one_side = "is a folder of results, and the other side is none"
    for other, told in (
        (one / "group.json", one_side),
        ("new.csv", "new.csv: there is no such file or folder"),
        (one / "nothing", "nothing: there is no such file or folder"),
        (tmp_path, "holds no results of an audit"),
    ):
        ran = run_main("compare", one, other, cwd=tmp_path)
        assert (ran.code, ran.err.count("\n")) == (2, 1)
        assert told in ran.err


def test_a_folder_is_the_baseline_of_gates(
    documents: Mapping[str, GroupDocument], worse: pd.DataFrame, tmp_path: Path
) -> None:
    one = folder(tmp_path, "base", documents["base"])
    gate = {"metric": "fnr", "attribute": BY, "max_rise": 0.05}
    document = fairaudit.check(worse, [gate], baseline=one).document
    assert document.exit_code == 1
    assert document.baseline is not None
    assert document.baseline.from_document
    assert document.gates[0].findings[0].group == "Female"
    with pytest.raises(FairauditError, match=r"decision rule is score >= 0\.4.*and was score >= 0\.5"):
        fairaudit.check(worse, [gate], baseline=one, threshold=0.4)
    with pytest.raises(FairauditError, match="'region' is not among the slices of base"):
        fairaudit.check(worse, [{**gate, "attribute": "region"}], baseline=one)
    with pytest.raises(
        FairauditError,
        match=r"roc_auc cannot be measured in the baseline, as the folder holds no scores\.json",
    ):
        fairaudit.check(worse, [{"metric": "roc_auc", "attribute": "sex", "max_drop": 0.1}], baseline=one)
