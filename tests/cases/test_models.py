"""Models that are trained, stored and used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
Case = Callable[[int], Path]

SURE = ("--model", "random-forest", "--param", "bootstrap=false")


@pytest.mark.parametrize("trees", [(), ("--param", "n_estimators=1")], ids=["training", "held-out rows"])
def test_05_scores_of_0_and_1_are_measured_as_scores(
    run: Run, case: Case, tmp_path: Path, trees: tuple[str, ...]
) -> None:
    data = case(5) / "train.csv"
    ran = run("train", data, "--target", "y", "--drop", "sex", *SURE, *trees, cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert [line.split()[-1] for line in ran.out.splitlines() if "ROC AUC" in line] == ["1.000"]
    ran = run("audit", data, "--target", "y", *SURE, *trees, "-o", "all", cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert "ROC AUC" in (tmp_path / "all" / "report.html").read_text(encoding="utf-8")
