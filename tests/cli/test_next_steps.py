"""What is printed as the next step can be pasted, and works: each command of each of them is run where it was printed."""

from __future__ import annotations

import shlex
from itertools import islice
from pathlib import Path

import pytest
from running import Ran, run_main

from fairaudit.cli.next_steps import command_line, typed_of

ROWS = 700
AWKWARD = 'it\'s a "file" $HOME.csv'
ANSWERED = {"check": (0, 1, 3), "card": (0, 1)}
"""Exit codes that are an answer; of any other command it is 0 alone."""


def next_commands(text: str) -> list[str]:
    """Return the commands after the line of what was written."""
    _, _, after = text.partition("\nNext  ")
    lines = [
        line for number, line in enumerate(after.splitlines()) if number == 0 or line.startswith("      ")
    ]
    return [f"fairaudit {line.partition('  fairaudit ')[2]}" for line in lines if "  fairaudit " in line]


def explained_commands(text: str) -> list[str]:
    """Return the commands that gates name within their sentences."""
    return [word.rstrip(".") for word in text.split("\n") if word.strip().startswith("Next: ")]


def paste(command: str, cwd: Path) -> Ran:
    program, *words = shlex.split(command)
    assert program == "fairaudit"
    ran = run_main(*words, cwd=cwd)
    assert ran.code in ANSWERED.get(words[0], (0,)), (command, ran.err)
    return ran


def follow(folder: Path, *words: str, most: int = 8) -> list[str]:
    """Run a command, and then each that it names, and each that a `check --init` or a card names in turn."""
    ran = run_main(*words, cwd=folder)
    assert ran.code in ANSWERED.get(words[0], (0,)), ran.err
    waiting, done = next_commands(ran.out), []
    assert waiting, ran.out
    while waiting:
        command = waiting.pop(0)
        if command in done or len(done) >= most:
            continue
        done.append(command)
        followed = paste(command, folder)
        if " --init" in command:
            waiting += next_commands(f"\n{followed.out}")
    return done


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    return tmp_path


def copy_head(source: Path, copy: Path) -> None:
    """Copy the first rows of a table: commands work on them as on the whole, which takes several times as long."""
    with source.open(encoding="utf-8") as lines:
        copy.write_text("".join(islice(lines, ROWS + 1)), encoding="utf-8")


@pytest.fixture
def compas(folder: Path, data_dir: Path) -> str:
    copy_head(data_dir / "compas_for_aequitas.csv", folder / AWKWARD)
    return AWKWARD


@pytest.fixture
def loans(folder: Path, examples_dir: Path) -> str:
    copy_head(examples_dir / "loans.csv", folder / "loans.csv")
    return "loans.csv"


@pytest.mark.parametrize("command", ["audit", "bias", "fairness", "group", "slice"])
def test_compas_in_a_file_of_an_awkward_name(command: str, compas: str, folder: Path) -> None:
    done = follow(folder, command, compas, "--out", "else where")
    assert all("'else where'" in line for line in done if " check" not in line or "--init" in line)
    assert (folder / "else where" / "report.html").exists() or command == "audit"


def test_a_policy_and_its_answer(compas: str, folder: Path) -> None:
    done = follow(folder, "check", compas, "--init", "--effect", "hurts")
    assert done[0] == "fairaudit check"
    ran = run_main("check", cwd=folder)
    (again,) = next_commands(ran.out)
    paste(again, folder)
    # Where gates are declared, they are answered rather than begun.
    audited = run_main("audit", compas, "--effect", "hurts", cwd=folder)
    (check,) = (line for line in next_commands(audited.out) if line.startswith("fairaudit check"))
    assert "--init" not in check
    paste(check, folder)


def test_a_policy_of_another_name_and_a_file_elsewhere(compas: str, folder: Path) -> None:
    below = folder / "be low"
    below.mkdir()
    done = follow(folder, "check", compas, "--init", "--policy", "be low/p.toml")
    assert done == [shlex.join(["fairaudit", "check", "--policy", "be low/p.toml", AWKWARD])]


def test_the_lender(folder: Path, loans: str) -> None:
    follow(
        folder, "audit", loans, "--label", "repaid", "--score=score",
        "-aethnicity,region", "-a", "sex*age:25,40", "--effect", "helps",
    )  # fmt: skip


@pytest.mark.parametrize("command", ["audit", "train", "cv"])
def test_a_model_of_the_lender(command: str, folder: Path, loans: str) -> None:
    more = ["--folds", "2"] if command in ("audit", "cv") else []
    # What is left is one column of three groups, which are audited as those of the rest would be.
    drop = ["--drop", "loan_id,score,ethnicity,sex,postcode_area,region,employment"]
    follow(folder, command, loans, "--target", "repaid", *drop, *more, "--out", "a model", most=5)
    if command == "train":
        follow(folder, "predict", "a model/model.skops", loans, "--out", "new rows")


def test_card_and_report(compas: str, folder: Path) -> None:
    run_main("audit", compas, "--out", "o ut", cwd=folder)
    for command in ("card", "report"):
        done = follow(folder, command, "--out", "o ut")
        assert done
    assert (folder / "card.toml").exists()
    (line,) = next_commands(run_main("card", "--out", "o ut", cwd=folder).out)
    assert line == "fairaudit card --out 'o ut' --check"


def test_what_came_from_stdin_is_not_asked_for_again(folder: Path, data_dir: Path) -> None:
    content = (data_dir / "compas_for_aequitas.csv").read_bytes()
    ran = run_main("audit", "-", cwd=folder, stdin=content)
    assert ran.code == 0
    assert next_commands(ran.out) == []
    assert "see everything: open fairaudit-out/report.html" in ran.out


def test_each_gate_that_did_not_pass_names_a_word_that_is_explained(folder: Path, compas: str) -> None:
    run_main("check", compas, "--init", cwd=folder)
    ran = run_main("check", cwd=folder, width=200)
    named = [line.rpartition("fairaudit explain ")[2].rstrip(" .") for line in explained_commands(ran.out)]
    assert named
    for word in named:
        assert run_main("explain", word, cwd=folder).code == 0


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["audit", "x.csv", "-arace", "--tau=0.9"], "fairaudit check x.csv -arace --init"),
        (["audit", "-q", "x.csv", "--where", "-a b"], "fairaudit check x.csv -q --where '-a b' --init"),
        (["audit", "--label", "y", "--", "-x.csv"], "fairaudit check --label y --init -- -x.csv"),
        (["audit", "x.csv", "--json", "--by", "m"], "fairaudit check x.csv --json --init"),
    ],
)
def test_what_is_repeated(words: list[str], line: str) -> None:
    assert command_line("check", typed_of(words), "--init") == line
