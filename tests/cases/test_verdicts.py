"""Verdicts that once said more than the counts are sure of."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from running import run_main

Case = Callable[[int], Path]
COUNTED = ("--decision", "decision", "--label", "none", "--weight", "n", "-m", "pprev", "-a", "g")
"""Counts of people of some groups, of whom nothing but the decision is known."""


def fairness(source: Path, folder: Path, *words: str) -> Any:
    ran = run_main("fairness", source, *words, "-o", folder / "o", cwd=folder)
    assert ran.code in (0, 1, 3), ran.err
    return json.loads((folder / "o" / "fairness.json").read_text(encoding="utf-8"))


def test_23_the_pairs_of_a_chosen_reference_are_counted_once(case: Case, tmp_path: Path) -> None:
    found = fairness(case(23) / "mm.csv", tmp_path, *COUNTED, "-r", "min-metric")
    (far,) = (p for p in found["parities"] if p["group"] == "g11" and p["metric"] == "pprev")

    assert found["family"]["size"] == 66
    # One of 66 pairs; once it was 66 times the p-value, and then 11 times that.
    assert far["p_fail"] == pytest.approx(0.096, abs=0.005)


def test_28_seven_of_seven_are_no_evidence(case: Case, tmp_path: Path) -> None:
    found = fairness(case(28) / "q.csv", tmp_path, *COUNTED, "-r", "g=ref")

    assert found["answer"]["verdict"] == "undecided"


def test_23_terminal_card_and_report_name_the_same_correction(case: Case, tmp_path: Path) -> None:
    ran = run_main("audit", case(23) / "mm.csv", *COUNTED, "-r", "min-metric", "-v", "-o", "o", cwd=tmp_path)
    assert ran.code == 0, ran.err
    for said in (
        ran.out,
        *((tmp_path / "o" / name).read_text() for name in ("MODEL_CARD.md", "report.html")),
    ):
        assert "A fail holds after correcting for 66 comparisons (Holm, 5%)" in " ".join(said.split())
