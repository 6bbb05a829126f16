"""Files in which nobody named the attributes, and what must not be chosen."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

from running import run_main

Case = Callable[[int], Path]


def test_13_a_column_that_repeats_the_decision_is_no_attribute(case: Case, tmp_path: Path) -> None:
    ran = run_main("audit", case(13) / "d.csv", "-o", tmp_path / "o", cwd=tmp_path)
    assert ran.code == 0
    said = " ".join(ran.out.split())
    assert (
        "Attributes chosen: race; passed over: predicted (tells the decision of 400 of 400 people)." in said
    )
    settings = json.loads((tmp_path / "o" / "bias.json").read_text())["settings"]
    assert [attribute["name"] for attribute in settings["attributes"]] == ["race"]
    assert settings["passed_over"] == {"predicted": "tells the decision of 400 of 400 people"}
    card = (tmp_path / "o" / "MODEL_CARD.md").read_text()
    assert "those with deny never" not in ran.out + card
    assert "Not looked at: predicted (tells the decision of 400 of 400 people)." in card


def test_04_a_slice_that_is_better_than_everybody_is_not_the_poorest(case: Case, tmp_path: Path) -> None:
    ran = run_main("audit", case(4) / "d3.csv", "-v", "-o", tmp_path / "o", cwd=tmp_path)
    assert ran.code == 0
    said, few = (
        " ".join(ran.out.split()),
        'too few to rank: people with race "B" (26) and people with race "C" (25)',
    )
    assert f"none of enough people is poorer than everybody else; {few}" in said
    card = (tmp_path / "o" / "MODEL_CARD.md").read_text()
    assert f"| **Slices** | none of enough people is poorer than everybody else; {few} |" in card
    assert "All 3 slices, worst first by balanced accuracy." in card
    assert "Balanced accuracy is 0.708 for everybody, and surely lower in no group" in card
    assert not any(word in ran.out + card for word in ("Poorest slice", "Worst slice", "goes from"))


def test_12_of_2500_columns_twelve_are_chosen_and_the_others_told(tmp_path: Path) -> None:
    # The case is a program that writes such a file.
    draw = random.Random(0)
    lines = ["label,score,sex," + ",".join(f"f{j}" for j in range(2_500))]
    lines += [
        f"{i % 3 % 2},{draw.random():.3f},{'MF'[i % 2]}," + ",".join(draw.choices("01", k=2_500))
        for i in range(200)
    ]
    (tmp_path / "w.csv").write_text("\n".join(lines) + "\n")
    ran = run_main("group", "w.csv", cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert (
        "Attributes chosen: sex, f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10; "
        "passed over: f11, f12, f13 and 2,486 more (12 others are chosen)."
    ) in " ".join(ran.out.split())
    settings = json.loads((tmp_path / "fairaudit-out" / "group.json").read_text())["settings"]
    assert len(settings["passed_over"]) == 2_489
