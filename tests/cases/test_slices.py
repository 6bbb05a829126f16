"""Many slices of which none differs in truth."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from running import run_main

Case = Callable[[int], Path]


def test_27_of_two_hundred_slices_that_are_alike_none_is_said_to_be_poorer(
    case: Case, tmp_path: Path
) -> None:
    features = ",".join(f"f{j}" for j in range(20))
    ran = run_main("slice", case(27) / "hom.csv", "-f", features, "-o", tmp_path / "o", cwd=tmp_path)
    assert ran.code == 0
    said = " ".join(ran.out.split())
    assert "No slice is surely poorer than the rest; farthest off are people with f" in said
    assert "99.975% interval −" in said
    assert "as it was chosen from 200 slices." in said
    assert "poorest slice" not in said.lower()

    slices = json.loads((tmp_path / "o" / "slices.json").read_text())["slices"]
    away = [s["vs_rest"]["f1"] for s in slices]
    assert {part["chosen_from"] for part in away} == {200}
    # Taken one by one some are farther off than chance allows; together none is.
    assert any(part["ci"][1] < 0 for part in away)
    assert all(part["joint_ci"][0] <= 0 <= part["joint_ci"][1] for part in away)


def test_27_the_same_where_the_tool_chooses_what_to_slice_by(case: Case, tmp_path: Path) -> None:
    ran = run_main("slice", case(27) / "hom.csv", "-o", tmp_path / "o", cwd=tmp_path)
    assert ran.code == 0
    assert "No slice is surely poorer than the rest" in " ".join(ran.out.split())
