"""train, cv and audit --target: rows of a person or a time together, parameters that are chosen, a third part, and models of other libraries."""

from __future__ import annotations

import json
import py_compile
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import fairaudit
from fairaudit.documents.registry import DOCUMENTS
from fairaudit.documents.statements import Statements
from fairaudit.documents.text import dump, load
from fairaudit.errors import OptionError
from fairaudit.render.card.page import render_card

Run = Callable[..., Any]
Refusal = Callable[..., str]
ROWS = 240
FACTORIES = """
import threading

from lightgbm import LGBMClassifier
from sklearn.linear_model import LogisticRegression


def boosted():
    return LGBMClassifier(n_estimators=3, n_jobs=1, verbose=-1)


class Locked(LogisticRegression):
    def fit(self, x, y):
        self.held = threading.Lock()
        return super().fit(x, y)
"""


@pytest.fixture(scope="module")
def loans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with visits of 60 people on 40 days, of which two rows lack the person and one the day."""
    folder = tmp_path_factory.mktemp("visits")
    random = np.random.default_rng(0)
    person, day = random.integers(0, 60, ROWS), random.integers(0, 40, ROWS)
    income = random.normal(size=ROWS)
    frame = pd.DataFrame(
        {
            "person_id": [f"P{number:02d}" for number in person],
            "day": (pd.Timestamp("2026-01-01") + pd.to_timedelta(day, unit="D")).strftime("%Y-%m-%d"),
            "year": 1990 + day,
            "income": income.round(3),
            "city": random.choice(["Oslo", "Bergen"], ROWS),
            "paid": (income + random.normal(size=ROWS) > 0).astype(int),
        }
    )
    frame.to_csv(folder / "visits.csv", index=False)
    frame.loc[[3, 4], "person_id"] = None
    frame.loc[[5], "day"] = None
    frame.to_csv(folder / "gaps.csv", index=False)
    frame.assign(day="31.12.2025").to_csv(folder / "other.csv", index=False)
    frame.assign(day=["infinity", "2026-02-30", *["2026-02"] * (ROWS - 2)]).to_csv(
        folder / "endless.csv", index=False
    )
    (folder / "own_models.py").write_text(FACTORIES, encoding="utf-8")
    # Whoever imports it first would leave its compiled form in a folder in which nothing may be left.
    py_compile.compile(str(folder / "own_models.py"))
    return folder


def document(folder: Path, name: str) -> Any:
    text = (folder / f"{name}.json").read_text(encoding="utf-8")
    assert dump(load(DOCUMENTS[name], text, file=name)) == text
    return json.loads(text)


def by_row(folder: Path, file: str) -> pd.DataFrame:
    return pd.read_csv(folder / file).set_index("row")


def test_a_person_and_a_time_are_on_one_side(run: Run, loans: Path, tmp_path: Path) -> None:
    ran = run(
        *("train", "visits.csv", "-t", "paid", "--drop", "day", "--group-column", "person_id"),
        *("--time-column", "year", "--validation-size", "0.2", "--test-size", "0.2", "-o", tmp_path),
        cwd=loans,
    )
    assert ran.code == 0, ran.err
    found = document(tmp_path, "train")
    raw = pd.read_csv(loans / "visits.csv")
    parts = {
        name: by_row(tmp_path, f"{file}predictions.csv")
        for name, file in (("test", ""), ("validation", "validation_"))
    }
    persons = {name: set(part["person_id"]) for name, part in parts.items()}
    assert not persons["test"] & persons["validation"]
    assert parts["validation"]["year"].max() < parts["test"]["year"].min()
    train, validation, test = found["division"]["parts"]
    assert [part["part"] for part in (train, validation, test)] == ["train", "validation", "test"]
    assert int(train["last"]) < int(validation["first"]) <= int(validation["last"]) < int(test["first"])
    assert test["groups"] == len(persons["test"])
    assert sum(p["rows"] for p in (train, validation, test)) + found["division"]["left_out"] == len(raw)
    assert found["validation"]["rows"] == len(parts["validation"])
    assert found["model"]["features_in"] == ["income", "city"]
    assert found["split"]["kind"] == "no person_id on both sides; held-out rows are later by year"
    right = (parts["validation"]["label"] == parts["validation"]["decision"]).mean()
    assert found["validation"]["metrics"]["accuracy"]["value"] == right
    assert "rows are in no part, as their person_id has rows in a later one" in ran.err
    assert "Rows divided: No person_id is both learnt from and held out: " in ran.out


def test_folds_by_time_leave_the_first_rows_out(run: Run, loans: Path, tmp_path: Path) -> None:
    ran = run(
        *("cv", "visits.csv", "-t", "paid", "--drop", "person_id,year", "--time-column", "day"),
        *("--folds", "2", "--tune", "C=0.1", "-o", tmp_path),
        cwd=loans,
    )
    assert ran.code == 0, ran.err
    found = document(tmp_path, "cv")
    scored = by_row(tmp_path, "cv_predictions.csv")
    assert "rows, those of the first times, are only learnt from" in ran.err
    for fold in (1, 2):
        learnt, held = found["division"]["parts"][2 * fold - 2 : 2 * fold]
        own = scored[scored["fold"] == fold]
        assert learnt["last"] < held["first"] == own["day"].min()
        assert held["rows"] == len(own) == found["folds"][fold - 1]["n"]
    assert len(scored) == sum(fold["n"] for fold in found["folds"]) < ROWS
    assert [part["tuning"]["best"] for part in found["tuning"]] == [{"C": 0.1}] * 2
    assert found["tuning"][0]["tuning"]["scoring"] == "roc_auc"


def test_an_audit_counts_the_people_whose_rows_are_together(loans: Path) -> None:
    frame = pd.read_csv(loans / "visits.csv")
    audit = fairaudit.audit(
        frame, target="paid", attributes="city", drop=["day", "year"], group_column="person_id", folds=2
    )
    assert audit.group.settings.id == "person_id"
    assert audit.group.overall.n == frame["person_id"].nunique()
    assert audit.group.overall.rows == len(frame)
    assert "| Rows divided | No person" in render_card(audit.results, Statements())


def test_rows_without_a_person_or_a_time_are_refused_or_counted(
    run: Run, refusal: Refusal, loans: Path, tmp_path: Path
) -> None:
    words = (
        "train",
        "gaps.csv",
        "-t",
        "paid",
        "--group-column",
        "person_id",
        "--time-column",
        "day",
        "-o",
        tmp_path,
    )
    assert refusal(*words, cwd=loans) == (
        "gaps.csv, column 'person_id': 2 of 240 rows have no value (rows 4, 5), so that --group-column cannot tell where they belong. "
        "Say --missing drop to leave them out; they will be counted."
    )
    ran = run(*words, "--missing", "drop", cwd=loans)
    assert ran.code == 0, ran.err
    assert document(tmp_path, "train")["input"]["dropped"] == {
        "no value in person_id": 2,
        "no value in day": 1,
    }


@pytest.mark.parametrize(
    ("file", "words", "sentence"),
    [
        ("visits.csv", ("--group-column", "persn_id"), "visits.csv has no column 'persn_id'. Did you mean 'person_id'?"),
        ("visits.csv", ("--group-column", "paid"), "--group-column paid: --target paid names the same column."),
        ("visits.csv", ("--time-column", "city"), "visits.csv, column 'city': 240 of 240 values are no times: '"),
        ("other.csv", ("--time-column", "day"), "240 of 240 values are no times: '31.12.2025' (row 1). Write dates as 2026-01-31"),
        ("endless.csv", ("--time-column", "day"), "2 of 240 values are no times: 'infinity', '2026-02-30' (row 1)."),
        ("visits.csv", ("--validation-size", "0.001"), "--validation-size 0.001: "),
        ("visits.csv", ("--tune", "C"), "--tune: 'C' is not of the form NAME=VALUE,VALUE. Such as --tune C=0.1,1,10."),
        ("visits.csv", ("--tune", "C=1,,2"), "--tune C=1,,2: a value is empty."),
        ("visits.csv", ("--tune", "C=1,1"), "--tune C=1,1: '1' stands there twice."),
        ("visits.csv", ("--tune", "C=1", "--tune", "C=2"), "--tune: names 'C' twice."),
        ("visits.csv", ("--tune", f"C={','.join(map(str, range(1, 102)))}"), "--tune: its values make 101 combinations, and at most 100 are tried."),
        ("visits.csv", ("--validation-size", "0.8"), "--validation-size 0.8: with --test-size 0.25 no row is left to learn from."),
    ],
)  # fmt: skip
def test_refusals(
    refusal: Refusal, loans: Path, tmp_path: Path, file: str, words: tuple[str, ...], sentence: str
) -> None:
    assert sentence in refusal("train", file, "-t", "paid", *words, "-o", tmp_path / "out", cwd=loans)


def test_a_file_says_it_too(refusal: Refusal, loans: Path, tmp_path: Path) -> None:
    (tmp_path / "fairaudit.toml").write_text(
        '[train]\ntune = ["C=1,2", "c=1,2"]\ngroup_column = "person_id"\n'
    )
    sentence = refusal("train", loans / "visits.csv", "-t", "paid", cwd=tmp_path)
    assert sentence == (
        f"key 'tune' of {tmp_path / 'fairaudit.toml'}, c=1,2: LogisticRegression has no parameter 'c'. Did you mean 'C'?"
    )


def test_a_model_of_another_library_is_scored_again_equal(run: Run, loans: Path, tmp_path: Path) -> None:
    words = ("-t", "paid", "--drop", "person_id,day,year", "--estimator", "own_models:boosted")
    ran = run("train", "visits.csv", *words, "--tune", "min_child_samples=5,20", "-o", tmp_path, cwd=loans)
    assert ran.code == 0, ran.err
    found = document(tmp_path, "train")
    assert found["model"]["prepares"] == "estimator"
    assert found["model"]["features_out"] == found["model"]["features_in"] == ["income", "city"]
    assert found["model"]["params"]["min_child_samples"] == found["tuning"]["best"]["min_child_samples"]
    trust = [
        word
        for name in ("collections.OrderedDict", "lightgbm.basic.Booster", "lightgbm.sklearn.LGBMClassifier")
        for word in ("--trust", name)
    ]
    ran = run("predict", tmp_path / "model.skops", "visits.csv", *trust, "-o", tmp_path / "new", cwd=loans)
    assert ran.code == 0, ran.err
    held_out, scored = by_row(tmp_path, "predictions.csv"), by_row(tmp_path / "new", "predictions.csv")
    assert (held_out["score"] == scored.loc[held_out.index, "score"]).all()


def test_the_documented_pipeline_gets_texts_and_numbers(run: Run, loans: Path, tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "training.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (loans / "documented_models.py").write_text(code, encoding="utf-8")
    words = ("-t", "paid", "--drop", "person_id,day", "--estimator", "documented_models:texts_and_numbers")
    ran = run("train", "visits.csv", *words, "--tune", "classifier__C=1,1e400", "-o", tmp_path, cwd=loans)
    assert ran.code == 0, ran.err
    found = document(tmp_path, "train")
    assert [c["params"]["classifier__C"] for c in found["tuning"]["candidates"]] == [1, "inf"]
    assert found["model"]["estimator"] == "sklearn.linear_model.LogisticRegression"


def test_what_cannot_be_stored_is_said_and_not_pickled(refusal: Refusal, loans: Path, tmp_path: Path) -> None:
    words = ("-t", "paid", "--drop", "person_id,day,year", "--estimator", "own_models:Locked")
    sentence = refusal("train", "visits.csv", *words, "-o", tmp_path / "out", cwd=loans)
    assert "model.skops: the model cannot be stored, as it would not load again: " in sentence
    assert not (tmp_path / "out" / "model.skops").exists()


def test_python_takes_the_same_options(loans: Path) -> None:
    frame = pd.read_csv(loans / "visits.csv").assign(city=lambda f: f["city"].astype("category"))
    trained = fairaudit.train(
        frame, target="paid", drop=["day"], group_column="person_id", time_column="year",
        tune={"C": np.array([0.1, 1.0])}, validation_size=0.2, learning_curve=True,
    )  # fmt: skip
    document = trained.document
    assert document.tuning is not None
    assert [candidate.params for candidate in document.tuning.candidates] == [{"C": 0.1}, {"C": 1.0}]
    assert document.settings.tune == {"C": "0.1,1.0"}
    assert document.learning_curve is not None
    assert trained.validation is not None
    assert set(document.to_frame()["rows"]) == {"train", "test", "validation"}
    assert len(trained.validation.frame) == (document.validation and document.validation.rows)
    with pytest.raises(OptionError, match="tune: 'C' is a str, and a mapping"):
        fairaudit.cross_validate(frame, target="paid", tune="C")  # type: ignore[arg-type]
