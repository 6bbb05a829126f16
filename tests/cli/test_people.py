"""Rows that are not people, from the command line: every report takes --id and weights, and says what rows are worth."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from running import run_main


@pytest.fixture(scope="module")
def repeated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eighty people of two groups, each in up to six rows, with weights of a survey."""
    chance = np.random.default_rng(0)
    lines = ["person,g,label,score,w"]
    for person in range(80):
        leaning = chance.beta(1, 1)
        lines += [
            f"p{person},{'ab'[person % 2]},{int(chance.random() < leaning)},{leaning:.3f},{chance.gamma(2, 1):.3f}"
            for _ in range(int(chance.integers(1, 7)))
        ]
    path = tmp_path_factory.mktemp("repeated") / "repeated.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("command", ["audit", "group", "bias", "fairness", "slice"])
def test_every_report_counts_people(command: str, repeated: Path, tmp_path: Path) -> None:
    by = "-f" if command == "slice" else "-a"
    refused = run_main(command, repeated, by, "g", cwd=tmp_path)
    assert refused.code == 2
    assert "Say --id person to count people and not rows" in refused.err
    ran = run_main(command, repeated, by, "g", "--id", "person", cwd=tmp_path)
    assert ran.code == 0
    assert "rows are of 80 people (at most 6 of one), and evidence counts people" in ran.err


def test_tables_and_card_say_what_rows_are_worth(repeated: Path, tmp_path: Path) -> None:
    ran = run_main("group", repeated, "-a", "g", "--id", "person", cwd=tmp_path)
    assert re.search(r"group +people +rows +worth", ran.out)
    assert "Of 80 people in " in ran.out
    assert run_main("audit", repeated, "-a", "g", "--id", "person", "-q", cwd=tmp_path).code == 0
    card = (tmp_path / "fairaudit-out" / "MODEL_CARD.md").read_text()
    assert re.search(r"\d+ of \d+ rows, worth \d+ people", card)
    assert "80 people, told apart by person, in " in card


def test_weights_of_a_survey(repeated: Path, tmp_path: Path) -> None:
    words = ("-a", "g", "--id", "person", "--weight", "w")
    ran = run_main("audit", repeated, *words, cwd=tmp_path)
    assert "w: taken as weights of a survey" in ran.err
    assert re.search(r"worth \d+ and \d+ people", ran.out)
    page = (tmp_path / "fairaudit-out" / "report.html").read_text()
    group = json.loads((tmp_path / "fairaudit-out" / "group.json").read_text())["groups"][0]
    assert f"{group['metrics']['pprev']['denominator']}" in page
    assert '"clustered":true' in page


def test_a_policy_counts_people(repeated: Path, tmp_path: Path) -> None:
    gate = '\n[[gate]]\nmetric = "pprev"\nattribute = "g"\nratio-within = 0.8\n'
    (tmp_path / "rows.toml").write_text(gate)
    (tmp_path / "people.toml").write_text(f'id = "person"\n{gate}')
    (tmp_path / "survey.toml").write_text(f'id = "person"\nweight = "w"\nweight-kind = "survey"\n{gate}')
    assert run_main("check", repeated, "--policy", "rows.toml", cwd=tmp_path).code == 2
    for name in ("people.toml", "survey.toml"):
        assert "worth" in run_main("check", repeated, "--policy", name, cwd=tmp_path).out
    made = run_main(
        "check", repeated, "--init", "--policy", "new.toml", "-a", "g", "--id", "person", cwd=tmp_path
    )
    assert made.code == 0
    assert 'id = "person"' in (tmp_path / "new.toml").read_text()


def test_training_has_people_of_its_own(repeated: Path, tmp_path: Path) -> None:
    ran = run_main("audit", repeated, "--target", "label", "--id", "person", cwd=tmp_path)
    assert ran.code == 2
    assert "--id: cannot be given together with --target" in ran.err
