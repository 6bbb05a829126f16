"""Both sides of COMPAS: error rates and predictive values by race, at thresholds of its decile score, from the command line."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from running import Ran

RATES = {
    "selection_rate": "pprev",
    "fpr": "fpr",
    "fnr": "fnr",
    "ppv": "precision",
    "npv": "npv",
    "accuracy": "accuracy",
}


@pytest.mark.parametrize("threshold", [1, 3, 5, 7, 10])
def test_compas_decile_two_sides(
    threshold: int, data_dir: Path, run: Callable[..., Ran], tmp_path: Path
) -> None:
    ran = run(
        "group",
        data_dir / "compas_two_years.csv",
        *(
            "--label",
            "two_year_recid",
            "--score",
            "decile_score",
            "--threshold",
            str(threshold),
            "-a",
            "race",
        ),
        cwd=tmp_path,
    )
    assert ran.code == 0, ran.err
    groups = json.loads((tmp_path / "fairaudit-out" / "group.json").read_text(encoding="utf-8"))["groups"]
    by_name = {group["group"]: group for group in groups}
    with (data_dir / "golden" / "compas_decile_two_sides" / "expected_sweep.csv").open(
        encoding="utf-8"
    ) as file:
        expected = [row for row in csv.DictReader(file) if row["threshold"] == str(threshold)]
    assert len(expected) == 2
    for row in expected:
        group = by_name[row["race"]]
        assert group["n"] == int(row["n"])
        assert {cell: str(group["counts"][cell]) for cell in ("tp", "fp", "fn", "tn")} == {
            cell: row[cell] for cell in ("tp", "fp", "fn", "tn")
        }
        for column, metric in RATES.items():
            value = group["metrics"][metric]["value"]
            assert ("" if value is None else f"{value:.6f}") == row[column], (row["race"], metric)
