"""Values that once were read as something else than they mean."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from running import run_main

Case = Callable[[int], Path]


def document(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_01_one_mark_does_not_make_a_feature_an_identifier(case: Case, tmp_path: Path) -> None:
    ran = run_main("train", case(1) / "one_na.csv", "--target", "y", "-o", tmp_path / "o", cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "note: income: 1 of 3,000 values is 'NA', read as missing\n")
    found = document(tmp_path / "o" / "train.json")
    assert found["model"]["features_in"] == ["sex", "age", "income"]
    assert found["metrics"]["test"]["roc_auc"]["value"] == pytest.approx(0.826, abs=0.001)
    assert found["input"]["notes"] == [
        {"sentence": "income: 1 of 3,000 values is 'NA', read as missing", "warning": False}
    ]


def test_01_values_beside_numbers_are_named(case: Case, tmp_path: Path) -> None:
    words = ("--target", "approved", "--drop", "derived_race,derived_sex", "-o", tmp_path / "o")
    ran = run_main("train", case(1) / "d.csv", *words, cwd=tmp_path)
    assert ran.code == 0
    told = ran.err.splitlines()
    assert "note: income: 114 of 4,000 values are 'NA', read as missing" in told
    assert any(
        line.startswith("warning: loan_to_value_ratio: 85 of 4,000 values are no numbers") for line in told
    )
    assert any("debt_to_income_ratio" in line and "each value is read as a category" in line for line in told)
    assert "identifier" not in ran.err
    assert document(tmp_path / "o" / "train.json")["data"]["missing"] == {
        "income": 114,
        "loan_to_value_ratio": 202,
        "debt_to_income_ratio": 86,
    }


def test_02_marks_are_no_negative_labels(case: Case, tmp_path: Path) -> None:
    ran = run_main("group", case(2) / "na.csv", "--positive", "Yes", "-o", tmp_path / "o", cwd=tmp_path)
    assert ran.code == 2
    assert "rows have no label" in ran.err
    for file, positive in (("na.csv", "Yes"), ("nan.csv", "1")):
        words = ("--positive", positive, "--missing", "drop", "-o", tmp_path / "o")
        ran = run_main("group", case(2) / file, *words, cwd=tmp_path)
        assert ran.code == 0
        with (case(2) / file).open(encoding="utf-8") as lines:
            labels = [row["label"] for row in csv.DictReader(lines)]
        negative = {"Yes": "No", "1": "0"}[positive]
        found = document(tmp_path / "o" / "group.json")
        assert found["input"]["dropped"] == {
            "missing label": len(labels) - labels.count(positive) - labels.count(negative)
        }
        assert found["overall"]["metrics"]["prev"]["numerator"] == labels.count(positive)
        assert f"note: label: negative (0): {negative!r} ({labels.count(negative):,})" in ran.err


def test_02_what_looks_like_the_positive_label(case: Case, tmp_path: Path) -> None:
    ran = run_main("group", case(2) / "space.csv", "--positive", "Yes", "-o", tmp_path / "o", cwd=tmp_path)
    assert ran.code == 0
    assert "'Yes ' (" in ran.err
    assert "read as 'Yes'" in ran.err
    with (case(2) / "space.csv").open(encoding="utf-8") as lines:
        labels = [row["label"].strip() for row in csv.DictReader(lines)]
    found = document(tmp_path / "o" / "group.json")
    assert found["overall"]["metrics"]["prev"]["numerator"] == labels.count("Yes")
    words = ("--target", "income", "--positive", ">50K", "-o", tmp_path / "p")
    ran = run_main("train", case(2) / "period.csv", *words, cwd=tmp_path)
    assert ran.code == 0
    (told,) = (line for line in ran.err.splitlines() if line.startswith("warning: income"))
    assert "'>50K.' looks like '>50K', which is positive" in told
    assert "'<=50K' (" in told


def test_17_groups_keep_their_names(case: Case, tmp_path: Path) -> None:
    ran = run_main("audit", case(17) / "d.csv", "--target", "y", "-o", tmp_path / "o", cwd=tmp_path)
    assert ran.code == 0
    names = {"=A", "-none", "@home", "+1", "A+", "-", "한국", "汉族"}
    assert {part["group"] for part in document(tmp_path / "o" / "group.json")["groups"]} == names
    assert {part["slice"] for part in document(tmp_path / "o" / "cv.json")["slices"]} == names
    assert "'=A" not in (tmp_path / "o" / "MODEL_CARD.md").read_text(encoding="utf-8")
    words = ("-o", tmp_path / "o", "-r", "grp==A")
    ran = run_main("bias", *words, cwd=tmp_path)
    assert ran.code == 0
    assert {part["group"] for part in document(tmp_path / "o" / "bias.json")["disparities"]} == names
    assert "'=A" in (tmp_path / "o" / "predictions.csv").read_text(encoding="utf-8")


def test_18_what_was_refused_is_read_or_told_what_to_do(case: Case, tmp_path: Path) -> None:
    folder = case(18)
    words = ("--label", "y_true", "--decision", "y_pred", "--positive", "yes", "-o", tmp_path / "o")
    ran = run_main("group", folder / "strpred.csv", *words, cwd=tmp_path)
    assert ran.code == 0
    with (folder / "strpred.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    overall = document(tmp_path / "o" / "group.json")["overall"]
    assert overall["counts"]["selected"] == sum(row["y_pred"] == "yes" for row in rows)
    assert overall["counts"]["tp"] == sum(row["y_pred"] == row["y_true"] == "yes" for row in rows)
    ran = run_main("group", folder / "weights.csv", "--weight", "w", "-o", tmp_path / "o", cwd=tmp_path)
    assert ran.code == 0
    assert "w: taken as weights of a survey, as 397 of 400 have fractions" in ran.err
    assert document(tmp_path / "o" / "group.json")["overall"]["n"] == 400
    for file, sign in (("decimal_comma.csv", ","), ("percent.csv", "%")):
        ran = run_main("group", folder / file, "-o", tmp_path / file, cwd=tmp_path)
        assert ran.code == 0
        assert "note: score: " in ran.err
        with (folder / file).open(encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines, delimiter=";" if sign == "," else ","))
        scores = [
            float(row["score"].replace(",", ".")) if sign == "," else float(row["score"].strip("%")) / 100
            for row in rows
        ]
        overall = document(tmp_path / file / "group.json")["overall"]
        assert overall["counts"]["selected"] == sum(score >= 0.5 for score in scores)
