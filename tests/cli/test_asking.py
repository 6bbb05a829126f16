"""`check --init` and `card --init` ask what decisions do to people, or offer to say it; what they write is accepted as it stands."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from running import run_main

ROWS = "label,score,race\n" + "".join(
    f"{i % 2},{int(i % 7 < (3 if race == 'Black' else 5))},{race}\n"
    for race in ("Black", "White")
    for i in range(200)
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "people.csv").write_text(ROWS, encoding="utf-8")
    return tmp_path


def config(folder: Path) -> str:
    return (folder / "fairaudit.toml").read_text(encoding="utf-8")


def uncommented(text: str) -> str:
    """Take the signs of comments from what is offered."""
    offered = (
        'effect = "hurts"',
        "[words]",
        "people =",
        "selected =",
        "refused =",
        "positive =",
        "negative =",
    )
    lines = []
    for line in text.splitlines():
        plain = line.removeprefix("# ")
        is_offered = line.startswith("# ") and plain.startswith(offered)
        lines.append(plain.partition("    ")[0] if is_offered else line)
    return "\n".join(lines)


def test_nobody_to_ask_and_the_choice_is_offered(folder: Path) -> None:
    assert run_main("check", "people.csv", "--init", cwd=folder).code == 0
    text = config(folder)
    assert "effect" not in tomllib.loads(text)
    assert "words" not in tomllib.loads(text)
    assert run_main("check", cwd=folder).code in (0, 1, 3)
    # What is offered can be taken as it stands.
    taken = tomllib.loads(uncommented(text))
    assert taken["effect"] == "hurts"
    assert set(taken["words"]) == {"people", "selected", "refused", "positive", "negative"}
    (folder / "fairaudit.toml").write_text(uncommented(text), encoding="utf-8")
    ran = run_main("check", cwd=folder)
    assert ran.code in (0, 1, 3), ran.err
    assert "defendants" in ran.out


def test_a_person_at_a_terminal_is_asked_until_the_answer_is_one(folder: Path) -> None:
    ran = run_main(
        "check", "people.csv", "--init", cwd=folder, terminal=True, stdin="both\nhelps\napplicants\n"
    )
    assert ran.code == 0, ran.err
    assert "'both' is neither hurts nor helps." in ran.err
    found = tomllib.loads(config(folder))
    assert (found["effect"], found["words"]) == ("helps", {"people": "applicants"})
    ran = run_main("check", cwd=folder)
    assert ran.code in (0, 1, 3), ran.err
    assert "Are applicants selected about equally often?" in " ".join(ran.out.split())


def test_a_person_may_leave_it_open(folder: Path) -> None:
    assert run_main("check", "people.csv", "--init", cwd=folder, terminal=True, stdin="\n\n").code == 0
    assert "effect" not in tomllib.loads(config(folder))
    assert '# effect = "hurts"' in config(folder)


def test_what_was_said_is_not_asked(folder: Path) -> None:
    typed = ("--effect", "hurts", "--unit", "cars", "--words", "positive=that failed")
    assert run_main("check", "people.csv", "--init", *typed, cwd=folder, terminal=True).code == 0
    found = tomllib.loads(config(folder))
    assert (found["effect"], found["words"]) == ("hurts", {"positive": "that failed", "people": "cars"})
    assert run_main("check", cwd=folder).code in (0, 1, 3)


def test_a_card_offers_it_and_asks_for_it(folder: Path) -> None:
    ran = run_main("card", "--init", cwd=folder)
    assert 'say in fairaudit.toml what being selected does to people: effect = "hurts", or "helps"' in ran.out
    assert not (folder / "fairaudit.toml").exists()
    (folder / "card.toml").unlink()
    ran = run_main("card", "--init", cwd=folder, terminal=True, stdin="hurts\npatients\n")
    assert ran.code == 0, ran.err
    found = tomllib.loads(config(folder))
    assert found == {"effect": "hurts", "words": {"people": "patients"}}
    audited = run_main("audit", "people.csv", cwd=folder)
    assert audited.code == 0, audited.err
    assert "patients" in audited.out
    # A file that says it already is neither asked about nor changed.
    (folder / "card.toml").unlink()
    assert run_main("card", "--init", cwd=folder, terminal=True).code == 0
    assert tomllib.loads(config(folder)) == found


def test_a_file_that_is_there_is_not_changed(folder: Path) -> None:
    (folder / "fairaudit.toml").write_text('label = "label"\n', encoding="utf-8")
    ran = run_main("card", "--init", cwd=folder, terminal=True, stdin="helps\n\n")
    assert ran.code == 0, ran.err
    assert 'Add to it: effect = "helps"' in ran.err
    assert config(folder) == 'label = "label"\n'
