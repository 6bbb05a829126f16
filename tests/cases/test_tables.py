"""Files, frames and numbers that were misread, refused without need, or read for minutes."""

from __future__ import annotations

import json
import runpy
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from running import run_main

import fairaudit

Case = Callable[[int], Path]


def group(path: Path, folder: Path, *words: str) -> dict[str, object]:
    """Run ``group`` and give its document."""
    ran = run_main("group", path, "-o", folder / "o", *words, cwd=folder)
    assert ran.code == 0, ran.err
    document = json.loads((folder / "o" / "group.json").read_text())
    assert isinstance(document, dict)
    return document


def test_07_a_column_without_a_name_is_passed_over(case: Case, tmp_path: Path) -> None:
    ran = run_main("group", case(7) / "d.csv", "-o", tmp_path / "o", cwd=tmp_path)
    assert ran.code == 0
    assert "column 1 has no name and is passed over" in ran.err
    frame = pd.read_csv(case(7) / "d.csv")
    document = json.loads((tmp_path / "o" / "group.json").read_text())
    assert {(g["attribute"], g["group"]): g["n"] for g in document["groups"]} == {
        ("race", race): n for race, n in frame["race"].value_counts().items()
    }
    assert document["input"]["notes"][0]["sentence"] == "column 1 has no name and is passed over"


@pytest.mark.parametrize("name", ["d.csv", "case.csv"])
def test_08_a_repeated_column_stops_only_who_uses_it(case: Case, tmp_path: Path, name: str) -> None:
    group(case(8) / name, tmp_path, "-a", "race")
    ran = run_main("group", case(8) / name, "-a", "age:quartiles", cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert f"{name} has more than one column 'age': columns 4 and 5 cannot be told apart" in ran.err


def test_11_the_frame_of_the_report(
    case: Case, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["repro.py"])
    runpy.run_path(str(case(11) / "repro.py"))
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["3", "3"]
    for line in lines[2:]:
        assert line == "ok" or "OptionError" in line, line


def test_12_a_wide_file_is_read_in_seconds(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["mkwide.py", "60", "2500"])
    runpy.run_path(str(case(12) / "mkwide.py"))
    document = group(tmp_path / "w.csv", tmp_path)
    settings = document["settings"]
    assert isinstance(settings, dict)
    assert len(settings["attributes"]) == 12


@pytest.mark.parametrize(
    ("name", "columns", "rows"),
    [
        ("cr_in_quotes.csv", "label,score,g,text", 4),
        ("crlf_in_quotes.csv", "label,score,g,text", 4),
        ("lf_in_quotes.csv", "label,score,g,text", 4),
        ("mac_header.csv", "label,score,age,g\r\nh", 3),
        ("mixed_eol2.csv", "label,score,g", 3),
        ("multiline_header.csv", "label,score,a\nb", 2),
    ],
)
def test_21_every_row_is_read_whatever_ends_lines(
    case: Case, tmp_path: Path, name: str, columns: str, rows: int
) -> None:
    last = columns.rsplit(",", maxsplit=1)[-1]
    document = group(case(21) / name, tmp_path, "-a", last)
    source = document["input"]
    assert isinstance(source, dict)
    assert source["rows"] == rows
    settings = document["settings"]
    assert isinstance(settings, dict)
    assert settings["attributes"][0]["name"] == last


def test_24_scores_of_32_bits(case: Case, tmp_path: Path) -> None:
    document = group(case(24) / "f7.parquet", tmp_path, "--threshold", "0.7")
    overall = document["overall"]
    assert isinstance(overall, dict)
    assert (overall["n"], overall["counts"]["selected"]) == (100, 50)
    frame = pd.read_parquet(case(24) / "f7.parquet")
    assert (frame["score"] >= 0.7).sum() == 50
    audit = fairaudit.audit(frame, threshold=0.7, attributes="g")
    assert audit.group.overall.counts.selected == 50


class Test29:
    def test_statistics_of_numbers_that_overflow(self, case: Case, tmp_path: Path) -> None:
        for words in (
            ("stats_overflow.csv", "--stats"),
            ("crash_90830397.csv", "-f", "fold:mean", "--missing", "drop", "--stats"),
        ):
            ran = run_main("slice", case(29) / words[0], *words[1:], "-o", tmp_path / "o", cwd=tmp_path)
            assert ran.code == 0, ran.err
            document = json.loads((tmp_path / "o" / "slices.json").read_text())
            assert all(s["std"] is not None or s["reason"] for s in document["statistics"])

    def test_1_0_is_no_number(self, case: Case, tmp_path: Path) -> None:
        ran = run_main("group", case(29) / "underscore_score.csv", "--threshold", "10", cwd=tmp_path)
        assert ran.code == 2
        assert "column 'score': row 1 holds '1_0', and scores must be finite numbers" in ran.err
        ran = run_main("group", case(24) / "f7.parquet", "--threshold", "1_0", cwd=tmp_path)
        assert ran.code == 2
        assert "Invalid value for '--threshold': '1_0' is not a number." in ran.err

    def test_an_audit_of_raw_data_with_holes(self, case: Case, tmp_path: Path) -> None:
        words = ("--target", "label", "--folds", "2", "-a", "race")
        ran = run_main("audit", case(29) / "crash_88e92df6.csv", *words, "-o", tmp_path / "o", cwd=tmp_path)
        assert ran.code in (0, 2)
        assert ran.code == 0 or ran.err.splitlines()[-1].startswith("fairaudit: ")
