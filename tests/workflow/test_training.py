"""What train and cv report equals scikit-learn's own figures on the same rows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as peer
from sklearn.model_selection import StratifiedKFold
from sklearn.model_selection import cross_validate as sklearn_cross_validate

from fairaudit.documents.model import CvDocument, TrainDocument
from fairaudit.documents.parts import Stamp
from fairaudit.errors import ColumnMissing, OptionError
from fairaudit.model.estimator import ModelSettings
from fairaudit.model.pipeline import build_pipeline, take_features
from fairaudit.read.dataframes import open_written
from fairaudit.read.files import open_path
from fairaudit.settings.choices import Missing
from fairaudit.settings.reading import ReadSettings
from fairaudit.settings.training import Folds, Prediction, Training
from fairaudit.slices.grammar import Cut, CutKind, Dimension
from fairaudit.workflow.audit import report_everything
from fairaudit.workflow.cross_validate import cross_validate
from fairaudit.workflow.edges import shared_edges
from fairaudit.workflow.predict import predict
from fairaudit.workflow.predictions import csv_text
from fairaudit.workflow.prepare import Prepared, prepare
from fairaudit.workflow.train import train
from fairaudit.write import write_files

STAMP = Stamp(created=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), command="a test")
CASES = {
    "car": Training(target="car", positive=("acc", "good", "vgood"), seed=3),
    "raisin": Training(target="Class", positive=("Kecimen",), seed=3),
    "compas_two_years": Training(target="two_year_recid", drop=("id,is_recid",), seed=3, threshold=0.4),
}
OF_DECISIONS: dict[str, Callable[[Any, Any], float]] = {
    "accuracy": peer.accuracy_score,
    "f1": peer.f1_score,
    "balanced_accuracy": peer.balanced_accuracy_score,
    "mcc": peer.matthews_corrcoef,
    "precision": peer.precision_score,
    "tpr": peer.recall_score,
}
OF_SCORES: dict[str, Callable[[Any, Any], float]] = {
    "brier": peer.brier_score_loss,
    "log_loss": peer.log_loss,
    "roc_auc": peer.roc_auc_score,
}


def ready(data_dir: Path, name: str) -> tuple[Prepared, Training]:
    training = CASES[name]
    return prepare(open_path(str(data_dir / f"{name}.csv")), training), training


@pytest.mark.parametrize("name", CASES)
def test_train_equals_scikit_learn_on_the_predictions(name: str, data_dir: Path, tmp_path: Path) -> None:
    trained = train(*ready(data_dir, name), STAMP)
    write_files(tmp_path, trained.files)
    document = trained.document
    assert isinstance(document, TrainDocument)
    frame = pd.read_csv(tmp_path / "predictions.csv", converters={"score": float})
    label, decision, score = frame["label"], frame["decision"], frame["score"]
    for peers, given in ((OF_DECISIONS, decision), (OF_SCORES, score)):
        for metric, of in peers.items():
            found = document.metrics["test"][metric].value
            assert found == pytest.approx(of(label, given), rel=1e-12, abs=1e-12), metric
    tn, fp, fn, tp = peer.confusion_matrix(label, decision).ravel()
    fpr = document.metrics["test"]["fpr"]
    assert (fpr.numerator, fpr.denominator) == (fp, fp + tn)
    assert document.metrics["test"]["fnr"].numerator == fn
    assert document.metrics["test"]["tpr"].numerator == tp


@pytest.mark.parametrize("name", CASES)
def test_cv_equals_scikit_learn_on_the_same_folds(name: str, data_dir: Path, tmp_path: Path) -> None:
    prepared, training = ready(data_dir, name)
    validated = cross_validate(prepared, training, STAMP, folds=Folds(folds=4))
    write_files(tmp_path, validated.files)
    document = validated.document
    assert isinstance(document, CvDocument)
    pipeline = build_pipeline(
        prepared.frames.typed,
        features=document.model.features_in,
        settings=ModelSettings(seed=training.seed),
        file=name,
    )
    inputs = take_features(pipeline, prepared.frames.typed, file=name)
    names = {
        "accuracy": "accuracy",
        "f1": "f1",
        "roc_auc": "roc_auc",
        "precision": "precision",
        "tpr": "recall",
    }

    def at_threshold(kind: str) -> Any:
        scorer = getattr(peer, f"{kind}_score")
        return lambda model, x, y: scorer(y, model.predict_proba(x)[:, 1] >= training.threshold)

    scoring = {kind: kind if kind == "roc_auc" else at_threshold(kind) for kind in names.values()}
    theirs = sklearn_cross_validate(
        pipeline,
        inputs,
        prepared.target,
        cv=StratifiedKFold(4, shuffle=True, random_state=training.seed),
        scoring=scoring,
        error_score="raise",
    )
    for ours, kind in names.items():
        found = [fold.metrics[ours] for fold in document.folds]
        assert found == pytest.approx(list(theirs[f"test_{kind}"]), rel=1e-12), ours
        assert document.summary[ours].mean == pytest.approx(np.mean(theirs[f"test_{kind}"]), rel=1e-12)
    frame = pd.read_csv(tmp_path / "cv_predictions.csv", converters={"score": float})
    assert list(frame["row"]) == list(range(1, len(prepared.target) + 1))
    assert (frame["label"] == prepared.target).all()
    for fold in document.folds:
        members = frame[frame["fold"] == fold.fold]
        assert peer.roc_auc_score(members["label"], members["score"]) == pytest.approx(
            fold.metrics["roc_auc"], rel=1e-12
        )


def test_scikit_learn_s_own_threshold_and_scorers_agree(data_dir: Path, tmp_path: Path) -> None:
    prepared, training = ready(data_dir, "car")
    document = cross_validate(prepared, training, STAMP, folds=Folds(folds=5)).document
    pipeline = build_pipeline(
        prepared.frames.typed, features=prepared.features, settings=ModelSettings(seed=3), file="car"
    )
    theirs = sklearn_cross_validate(
        pipeline,
        take_features(pipeline, prepared.frames.typed, file="car"),
        prepared.target,
        cv=StratifiedKFold(5, shuffle=True, random_state=3),
        scoring=["accuracy", "f1", "roc_auc", "precision", "recall"],
        error_score="raise",
    )
    for ours, kind in {"accuracy": "accuracy", "f1": "f1", "precision": "precision", "tpr": "recall"}.items():
        assert [f.metrics[ours] for f in document.folds] == pytest.approx(
            list(theirs[f"test_{kind}"]), rel=1e-12
        )


def test_the_byte_order_mark_is_no_part_of_a_name(data_dir: Path) -> None:
    prepared, _ = ready(data_dir, "raisin")
    assert prepared.features[0] == "Area"
    assert len(prepared.target) == 900
    assert prepared.target.sum() == 450


def test_comma_lists_are_taken_apart(data_dir: Path) -> None:
    opened = open_path(str(data_dir / "car.csv"))
    prepared = prepare(
        opened, Training(target="car", positive=("acc,good", "vgood"), drop=("doors, persons",))
    )
    assert prepared.positive == ("acc", "good", "vgood")
    assert prepared.drop == ("doors", "persons")
    assert prepared.features == ("buying", "maint", "lug_boot", "safety")
    assert prepared.target.sum() == 518


@pytest.mark.parametrize("threshold", [float("nan"), float("inf")])
def test_a_threshold_that_is_none(threshold: float) -> None:
    with pytest.raises(OptionError, match=r"--threshold: (nan|inf) is not a finite number"):
        Training(target="y", threshold=threshold)


def test_an_unknown_attribute_is_found_before_anything_is_fitted(data_dir: Path, tmp_path: Path) -> None:
    prepared, training = ready(data_dir, "car")
    folds: list[float] = []
    with pytest.raises(ColumnMissing, match=r"^car\.csv has no column 'buyin'\. Did you mean"):
        cross_validate(prepared, training, STAMP, attributes=("buyin",), on_fold=folds.append)
    assert folds == []
    assert list(tmp_path.iterdir()) == []


def test_progress_is_told_after_each_fold(data_dir: Path, tmp_path: Path) -> None:
    prepared, training = ready(data_dir, "raisin")
    told: list[float] = []
    cross_validate(prepared, training, STAMP, folds=Folds(folds=4), on_fold=told.append)
    assert told == [0.25, 0.5, 0.75, 1.0]


def test_a_failing_batch_leaves_the_older_predictions(
    write_csv: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"{i % 2},{i % 7}" for i in range(60)]
    out = tmp_path / "out"
    out.mkdir()
    prepared = prepare(open_path(write_csv("y,x", *rows)), Training(target="y"))
    write_files(out, train(prepared, Training(target="y"), STAMP).files)
    before = (out / "predictions.csv").read_bytes()
    monkeypatch.setattr("fairaudit.read.frames.BATCH_ROWS", 10)
    bad = write_csv("y,x", *rows, "1,many", name="bad.csv")
    with pytest.raises(Exception, match="'many'"):
        predict(out / "model.skops", open_path(bad), out, STAMP)
    assert (out / "predictions.csv").read_bytes() == before
    assert {p.name for p in out.iterdir()} == {"model.skops", "predictions.csv"}


def test_missing_labels(write_csv: Callable[..., str]) -> None:
    rows = ["1,1", "0,2", ",3", " ,4", "0,5", "1,6"]
    training = Training(target="y", missing=Missing.DROP)
    prepared = prepare(open_path(write_csv("y,x", *rows)), training)
    assert prepared.dropped == {"missing label": 2}
    assert list(prepared.frames.row_numbers) == [1, 2, 5, 6]
    assert list(prepared.target) == [1, 0, 0, 1]


def test_documents_say_when_and_by_what_they_were_made(data_dir: Path, tmp_path: Path) -> None:
    document = train(*ready(data_dir, "raisin"), STAMP).document
    written = json.loads(document.model_dump_json(by_alias=True))
    assert written["created"] == "2026-01-02T03:04:05Z"
    assert written["command"] == "a test"
    assert set(written["environment"]) == {"python", "duckdb", "pandas", "numpy", "scikit-learn", "skops"}


EVERY = np.arange(40)


class TestSharedEdges:
    @pytest.fixture
    def ready(self, write_csv: Callable[..., str]) -> tuple[Prepared, Training]:
        rows = [f"{i % 3 % 2},{i},{i % 7},{'ab'[i % 2]}" for i in range(40)]
        training = Training(target="y")
        return prepare(open_path(write_csv("y,age,score,sex", *rows)), training), training

    def test_they_are_those_of_the_rows_that_are_learnt_from(self, ready: tuple[Prepared, Training]) -> None:
        quartiles, given, mean = (
            Cut(kind=CutKind.QUARTILES),
            Cut(kind=CutKind.EDGES, edges=(5.0, 9.0)),
            Cut(kind=CutKind.MEAN),
        )
        assert shared_edges(ready[0], ["sex*age:quartiles,age:5,9", "age:mean"], learnt=EVERY) == {
            Dimension(column="age", cut=quartiles): (10.0, 20.0, 30.0),
            Dimension(column="age", cut=given): (5.0, 9.0),
            Dimension(column="age", cut=mean): (19.5,),
        }

    def test_rows_that_are_not_learnt_from_move_none(self, ready: tuple[Prepared, Training]) -> None:
        quartiles = Dimension(column="age", cut=Cut(kind=CutKind.QUARTILES))
        assert shared_edges(ready[0], ["age:quartiles"], learnt=EVERY[:21]) == {quartiles: (5.0, 10.0, 15.0)}

    @pytest.mark.parametrize("typed", ["score:median", "row:median", "fold", "nope"])
    def test_what_only_predictions_have_is_not_of_the_data(
        self, ready: tuple[Prepared, Training], typed: str
    ) -> None:
        assert shared_edges(ready[0], [typed], learnt=EVERY) == {}

    def test_nothing_was_asked_for(self, ready: tuple[Prepared, Training]) -> None:
        assert shared_edges(ready[0], [], learnt=EVERY) == {}

    def test_nothing_can_be_chosen_and_that_shows_before_anything_is_fitted(
        self, write_csv: Callable[..., str]
    ) -> None:
        training = Training(target="y")
        prepared = prepare(open_path(write_csv("y,age", *(f"{i % 2},{i}" for i in range(60)))), training)
        with pytest.raises(OptionError, match="can be chosen as an attribute"):
            shared_edges(prepared, [], learnt=np.arange(60))


def test_people_in_several_rows_are_told_by_cv_and_no_obstacle(
    write_csv: Callable[..., str], tmp_path: Path
) -> None:
    rows = [f"{i // 2},{i % 3 % 2},{i},{'ab'[i % 2]}" for i in range(40)]
    training = Training(target="y")
    prepared = prepare(open_path(write_csv("id,y,age,sex", *rows)), training)
    document = cross_validate(prepared, training, STAMP, folds=Folds(folds=2)).document
    assert [note.sentence for note in document.input.notes if note.warning] == [
        "id: 20 of 20 values stand in several rows (such as '0' in 2); a model is tried on rows of those that it has learnt from"
    ]


KINDS = ("csv", "parquet", "jsonl")


@pytest.fixture(scope="module")
def same_rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the same rows as CSV, Parquet and JSON lines, of every kind of value that pandas can write."""
    folder = tmp_path_factory.mktemp("same")
    random, rows = np.random.default_rng(0), 200
    frame = pd.DataFrame(
        {
            "employed": random.random(rows) > 0.5,
            "owner": random.choice(np.array([None, True, False], dtype=object), rows),
            "rooms": random.integers(1, 6, rows),
            "debts": pd.Series(random.integers(0, 4, rows)).where(random.random(rows) > 0.2).astype("Int64"),
            "income": np.round(random.normal(50_000, 20_000, rows), 2),
            "whole": random.integers(1, 9, rows).astype(float),
            "price": [Decimal(int(cents)) / 100 for cents in random.integers(100, 99_999, rows)],
            "since": [date(2020, 1, 1) + timedelta(days=30 * int(d)) for d in random.integers(0, 20, rows)],
            "at": [datetime(2020, 1, 1) + timedelta(hours=13 * int(h)) for h in random.integers(0, 9, rows)],  # noqa: DTZ001
            "city": random.choice(["Bergen", "Oslo", "Bodø", " Oslo", "NA"], rows),
            "code": random.choice(["007", "008", "1e3"], rows),
        }
    )
    worth = frame["income"] + 15_000 * frame["employed"] + random.normal(0, 15_000, rows)
    frame["paid"] = (worth > 55_000).astype(int)
    frame.to_csv(folder / "rows.csv", index=False)
    frame.to_parquet(folder / "rows.parquet", index=False)
    plain = frame.astype({"since": str, "at": str, "price": float})  # JSON has no such values
    plain.to_json(folder / "rows.jsonl", orient="records", lines=True)
    return folder


@pytest.mark.parametrize("learnt_from", KINDS)
def test_the_same_rows_score_the_same_from_any_kind_of_file(
    same_rows: Path, tmp_path: Path, learnt_from: str
) -> None:
    training = Training(target="paid")
    trained = train(prepare(open_path(str(same_rows / f"rows.{learnt_from}")), training), training, STAMP)
    write_files(tmp_path, trained.files)
    assert len(trained.document.model.features_in) == 11
    scores = {}
    for kind in KINDS:
        opened = open_path(str(same_rows / f"rows.{kind}"))
        found = predict(tmp_path / "model.skops", opened, tmp_path, STAMP, prediction=Prediction(strict=True))
        assert (found.warnings, found.unknown_categories) == ([], {})
        scores[kind] = pd.read_csv(tmp_path / "predictions.csv")["score"]
    assert (scores["csv"] == scores["parquet"]).all()
    assert (scores["csv"] == scores["jsonl"]).all()


AWKWARD = ["=1+1", "'=1+1", "-1", "- 1", '"quoted"', "a\nb", "c,d", " e ", "NA", "?", "é", "1.0", "1,5", "+x"]


@pytest.mark.parametrize("na_values", [None, ()], ids=["usual marks", "no marks"])
def test_predictions_in_memory_are_those_of_their_file(
    write_csv: Callable[..., str], tmp_path: Path, na_values: tuple[str, ...] | None
) -> None:
    rows = pd.DataFrame(
        {
            "y": [i % 3 % 2 for i in range(420)],
            "x": [i / 7 for i in range(420)],
            "g": [AWKWARD[i % len(AWKWARD)] for i in range(420)],
            "=h": [None if i % 5 == 0 else f"h{i % 3}" for i in range(420)],
            "score": [i % 4 for i in range(420)],
        }
    )
    rows.to_csv(tmp_path / "raw.csv", index=False)
    training = Training(target="y", drop=("g", "=h", "score"), na_values=na_values)
    trained = train(prepare(open_path(str(tmp_path / "raw.csv")), training), training, STAMP)
    write_files(tmp_path, trained.files)
    settings = ReadSettings(attributes=("g", "=h", "score (input)"), na_values=na_values)
    of_file = report_everything(open_path(str(tmp_path / "predictions.csv")), settings, STAMP)
    in_memory = report_everything(
        open_written(trained.predictions.frame, name="predictions.csv", content=trained.csv), settings, STAMP
    )
    assert in_memory.files == of_file.files
    assert in_memory.group.input.sha256 == trained.document.predictions_sha256
    assert {g.attribute for g in in_memory.group.groups} == {"g", "=h", "score (input)"}


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["a", None, "日本", "b c"], [0.1, 1e-5, 5e-324, 1 / 3]),
        (["", None, "'x'", "true"], [0.0, -0.0, 1.0, 1e16]),
        (["a", 'b"c', "d", None], [0.5, 0.25, 2.0**-60, 0.75]),
        (["a,b", "c", "d", "e"], [1e22, 123456789.123, 1e-4, 1e100]),
        (["a\nb", "c", "d", "e"], [np.inf, -np.inf, 0.1 + 0.2, 1.0]),
        (["a", np.nan, "c", True], [0.5, np.nan, 1.0, 0.0]),
        ([None, None, None, None], [0.5, 0.5, 0.5, 0.5]),
    ],
)
def test_rows_are_written_as_pandas_writes_them(texts: list[object], numbers: list[float]) -> None:
    frame = pd.DataFrame(
        {
            "row": [1, 2, -3, 2**62],
            'na"me': pd.Series(texts, dtype=object),
            "score": numbers,
            "single": np.array([0.1, 1 / 3, 2.5, 1e-7], dtype=np.float32),
            "kept": [True, False, True, True],
        }
    )
    for columns in (["row", 'na"me', "score"], list(frame), ['na"me'], ["row", "single"]):
        for rows in (frame[columns], frame[columns].iloc[:0], frame[columns].iloc[2:]):
            for header in (True, False):
                assert csv_text(rows, header=header) == rows.to_csv(
                    index=False, header=header, lineterminator="\n"
                )


def test_a_carriage_return_within_a_value_is_no_end_of_a_line() -> None:
    frame = pd.DataFrame({"row": [1, 2], "name": ["a\rb", "c"], "score": [0.25, 0.5]})
    text = csv_text(frame)
    assert list(csv.DictReader(io.StringIO(text, newline=""))) == [
        {"row": "1", "name": "a\rb", "score": "0.25"},
        {"row": "2", "name": "c", "score": "0.5"},
    ]
    assert csv_text(frame.iloc[1:]) == "row,name,score\n2,c,0.5\n"
    named = frame.iloc[1:].rename(columns={"name": "na\rme"})
    assert csv_text(named) == '"row","na\rme","score"\n2,"c",0.5\n'
