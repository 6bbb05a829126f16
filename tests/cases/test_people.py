"""Rows that are not people: several of one person, and weights of a survey."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from running import run_main


def test_22_equal_rows_of_a_person_are_no_further_evidence(
    case: Callable[[int], Path], tmp_path: Path
) -> None:
    data = case(22) / "clu.csv"
    refused = run_main("fairness", data, cwd=tmp_path)
    assert (refused.code, refused.out) == (2, "")
    assert "120 of 120 values stand in several rows" in refused.err
    assert "Say --id person to count people and not rows" in refused.err

    ran = run_main("fairness", data, "--id", "person", "-r", "g=A", cwd=tmp_path)
    assert ran.code == 0
    assert "2,400 rows are of 120 people (at most 20 of one)" in ran.err
    found = json.loads((tmp_path / "fairaudit-out" / "fairness.json").read_text())
    assert found["answer"]["verdict"] == "undecided"
    assert found["settings"]["id"] == "person"


def test_22_equal_rows_are_worth_the_people_that_they_are_of(
    case: Callable[[int], Path], tmp_path: Path
) -> None:
    assert run_main("group", case(22) / "clu.csv", "--id", "person", "-a", "g", cwd=tmp_path).code == 0
    found = json.loads((tmp_path / "fairaudit-out" / "group.json").read_text())
    for group in found["groups"]:
        assert (group["n"], group["rows"]) == (60, 1200)
        assert 55 < group["metrics"]["pprev"]["effective"] < 60


def test_22_weights_that_are_no_counts_are_told(case: Callable[[int], Path], tmp_path: Path) -> None:
    data = case(22) / "wbig.csv"
    told = run_main("fairness", data, "--weight", "w", cwd=tmp_path)
    assert "warning: w: 200 weights from 38 to 5,408 look like those of a survey" in told.err
    assert "say --weight-kind survey if they are" in told.err

    ran = run_main("fairness", data, "--weight", "w", "--weight-kind", "survey", cwd=tmp_path)
    assert "warning" not in ran.err
    found = json.loads((tmp_path / "fairaudit-out" / "fairness.json").read_text())
    assert found["answer"]["verdict"] == "undecided"
    assert found["settings"]["weight_kind"] == "survey"
