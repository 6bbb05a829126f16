"""Documents whose lists do not fit together."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from running import run_main


@pytest.mark.parametrize("name", ["doc_b902b5_scores.json", "doc_cb0d52_scores.json"])
@pytest.mark.parametrize("command", ["card", "report"])
def test_29_scores_of_another_length_are_refused(
    case: Callable[[int], Path], tmp_path: Path, examples_dir: Path, name: str, command: str
) -> None:
    loans = examples_dir / "loans.csv"
    made = run_main("group", loans, "--label", "repaid", "-a", "ethnicity", cwd=tmp_path)
    assert made.code == 0
    out = tmp_path / "fairaudit-out"
    shutil.copy(case(29) / name, out / "scores.json")
    before = {path.name for path in out.iterdir()}
    ran = run_main(command, cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("fairaudit: fairaudit-out/scores.json: is not what fairaudit 0.1.0 writes: ")
    assert "are lists of one length, and hold " in ran.err
    assert ran.err.count("\n") == 1
    assert {path.name for path in out.iterdir()} == before
