"""Verdicts that once said more than the counts are sure of."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from running import run_main

Case = Callable[[int], Path]


def fairness(source: Path, folder: Path, *words: str) -> Any:
    ran = run_main("fairness", source, *words, "-o", folder / "o", cwd=folder)
    assert ran.code in (0, 1, 3), ran.err
    return json.loads((folder / "o" / "fairness.json").read_text(encoding="utf-8"))


def test_28_seven_of_seven_are_no_evidence(case: Case, tmp_path: Path) -> None:
    words = [
        "--decision",
        "decision",
        "--label",
        "none",
        "--weight",
        "n",
        "-m",
        "pprev",
        "-r",
        "g=ref",
        "-a",
        "g",
    ]
    found = fairness(case(28) / "q.csv", tmp_path, *words)

    assert found["answer"]["verdict"] == "undecided"
