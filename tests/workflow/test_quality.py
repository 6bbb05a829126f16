"""What the data of each group lack: rows dropped, labels and missing values, counted by group and told in card, page and terminal."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from running import Ran

import fairaudit

ROWS = 8000


@pytest.fixture(scope="module")
def golden_case(data_dir: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    folder = data_dir / "golden" / "missing_label_one_group"
    frame = pd.read_csv(folder / "input.csv", keep_default_na=False, na_values=[""])
    return frame, json.loads((folder / "expected.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def folder(data_dir: Path, run: Callable[..., Ran], tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("lacking")
    ran = run(
        "audit",
        str(data_dir / "golden" / "missing_label_one_group" / "input.csv"),
        *("--target", "repaid", "--missing", "drop", "-a", "ethnicity", "-a", "age:25,45", "--folds", "2"),
        cwd=place,
    )
    assert ran.code == 0, ran.err
    assert "8,000 rows, 486 dropped (486 missing label, all of them Belmar), 7,514 people used" in " ".join(
        ran.out.split()
    )
    return place / "fairaudit-out"


def test_missing_label_one_group(folder: Path, golden_case: tuple[pd.DataFrame, dict[str, Any]]) -> None:
    _, expected = golden_case
    document = json.loads((folder / "cv.json").read_text(encoding="utf-8"))
    parts = {q["group"]: q for q in document["quality"] if q["attribute"] == "ethnicity"}
    assert document["input"]["rows"] == expected["rows"] == ROWS
    assert document["input"]["dropped"] == {"missing label": expected["dropped_missing_label"]}
    assert {g: q["rows"] for g, q in parts.items()} == expected["people_by_group"]
    assert {g: q["dropped"]["missing label"] for g, q in parts.items() if q["dropped"]} == expected[
        "dropped_by_group"
    ]
    assert {g: q["missing"].get("income", 0) for g, q in parts.items()} == expected["missing_income_by_group"]
    for group, share in expected["share_dropped_by_group"].items():
        assert sum(parts[group]["dropped"].values()) / parts[group]["rows"] == pytest.approx(share, abs=1e-15)
    for group, rate in expected["label_rate_by_group_of_known"].items():
        assert parts[group]["positives"] / parts[group]["labelled"] == pytest.approx(rate, abs=1e-15)
    for name in ("MODEL_CARD.md", "report.html"):
        text = (folder / name).read_text(encoding="utf-8")
        assert "8,000" in text, name
        assert "486 of 8,000 rows of input.csv were dropped, all of them Belmar" in text, name
        assert "1,562" in text, name
        assert "486 (31.1%)" in text, name
        assert "income 627 (40.1%)" in text, name


def test_ranges_are_counted_as_pandas_counts_them(
    folder: Path, golden_case: tuple[pd.DataFrame, dict[str, Any]]
) -> None:
    frame, _ = golden_case
    document = json.loads((folder / "cv.json").read_text(encoding="utf-8"))
    parts = {q["group"]: q for q in document["quality"] if q["attribute"] == "age:25,45"}
    names = pd.cut(
        frame["age"], [-1, 25, 45, 1000], right=False, labels=["below 25", "25 to below 45", "45 and above"]
    ).astype(str)
    assert {g: q["rows"] for g, q in parts.items()} == names.value_counts().to_dict()
    assert {g: q["labelled"] for g, q in parts.items()} == names[
        frame["repaid"].notna()
    ].value_counts().to_dict()
    assert {g: q["missing"]["income"] for g, q in parts.items()} == names[
        frame["income"].isna()
    ].value_counts().to_dict()


PREDICTIONS = pd.DataFrame(
    {
        "label": ["1", "0", None, "1", "0", "1", None, None, "0", "1"] * 20,
        "score": [0.9, 0.2, 0.4, None, 0.1, 0.8, 0.7, None, 0.6, 0.3] * 20,
        "race": ["a", "a", "b", "b", "a", "a", "b", "c", "a", None] * 20,
    }
)


def test_predictions_that_lack_something_are_counted_by_group() -> None:
    document = fairaudit.audit(
        PREDICTIONS, attributes=["race"], missing="drop", where="score IS NULL OR score > 0.15"
    ).group
    parts = {q.group: q for q in document.quality}
    assert document.input.dropped["missing label"] == 60
    # Who lacks two things is counted for the first of them, as in all of the file.
    assert {g: q.dropped for g, q in parts.items()} == {
        "a": {},
        "b": {"missing label": 40, "missing score": 20},
        "c": {"missing label": 20},
        "(missing)": {},
    }
    assert {g: (q.rows, q.labelled, q.positives) for g, q in parts.items()} == {
        "a": (80, 80, 40),
        "b": (60, 0, 0),
        "c": (20, 0, 0),
        "(missing)": (20, 20, 20),
    }


def test_nothing_is_told_where_nothing_lacks() -> None:
    whole = PREDICTIONS.dropna(subset=["label", "score"])
    assert fairaudit.audit(whole, attributes=["race"]).group.quality == []


def test_weights_leave_rows_unknown() -> None:
    weighed = PREDICTIONS.assign(weight=2)
    parts = fairaudit.audit(weighed, attributes=["race"], missing="drop", weight="weight").group.quality
    assert {q.rows for q in parts} == {None}
    assert {q.group: q.dropped for q in parts}["c"] == {"missing label": 20}


def test_everybody_is_not_selected_where_rows_stand_for_many(
    data_dir: Path, run: Callable[..., Ran], tmp_path: Path
) -> None:
    case = data_dir / "golden" / "weighted_every_selected"
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    ran = run(
        "audit",
        str(case / "input.csv"),
        *("--decision", "selected", "--label", "none", "--weight", "count", "-a", "sex"),
        cwd=tmp_path,
    )
    assert ran.code == 0, ran.err
    out = tmp_path / "fairaudit-out"
    counts = json.loads((out / "group.json").read_text(encoding="utf-8"))["overall"]
    assert (counts["counts"]["selected"], counts["n"]) == (expected["selected"], expected["people"])
    for text in (ran.out, *((out / n).read_text(encoding="utf-8") for n in ("MODEL_CARD.md", "report.html"))):
        assert expected["must_not_contain"].casefold() not in text.casefold()
