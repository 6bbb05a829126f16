"""Files in which nobody named the attributes, and what must not be chosen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from running import run_main


@pytest.fixture(scope="module")
def cases(data_dir: Path) -> Path:
    folder = data_dir / "cases"
    if not folder.is_dir():
        pytest.skip("no folder of cases")
    return folder


def test_13_a_column_that_repeats_the_decision_is_no_attribute(cases: Path, tmp_path: Path) -> None:
    ran = run_main(
        "audit", cases / "13-prediction-as-attribute" / "d.csv", "-o", tmp_path / "o", cwd=tmp_path
    )
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
