"""Names and values that are markup, control characters or formulas: shown as text, kept exactly in the documents."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fairaudit.cli.console import ReportConsole

Run = Callable[..., Any]
NAMES = (
    "[/i]",
    "[red]danger[/red]",
    "\x1b[31mred\x1b[0m",
    "two\nlines",
    "\u202egnirts",
    "x" * 300,
    "\U0001f600 smile",
    "=1+1",
    "<script>alert(1)</script>",
    "a|b",
    "-1.0",
)
COLUMN = "[bold]race\x1b[31m, *or* age:5\u202e"
COMMANDS = ("slice", "group", "bias", "fairness")


def table(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hostile") / "[red]data\x1b.csv"
    rows = [["label", "score", COLUMN, "x", "=cmd()"]]
    for i in range(len(NAMES) * 40):
        label = i % 3 % 2
        score = (i * 37 % 101) / 101
        rows.append(
            [str(label), repr(score), NAMES[i % len(NAMES)], str(i % 13 + label), "-1.0" if i % 2 else "@x"]
        )
    path.write_text(table(rows), encoding="utf-8")
    return path


def shown_safely(text: str) -> None:
    """No sign that drives a terminal or turns the text around, whoever wrote it."""
    for sign in text.replace("\n", ""):
        assert sign.isprintable(), ascii(text)


def names_in(value: Any, *keys: str) -> set[str]:
    """Collect what stands under some keys, however deep."""
    found: set[str] = set()
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in keys and isinstance(inner, str):
                found.add(inner)
            found |= names_in(inner, *keys)
    elif isinstance(value, list):
        for inner in value:
            found |= names_in(inner, *keys)
    return found


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("width", [60, 200])
def test_reports(run: Run, hostile: Path, command: str, width: int, tmp_path: Path) -> None:
    option = "--feature" if command == "slice" else "--attribute"
    ran = run(command, hostile, option, COLUMN, cwd=tmp_path, width=width)
    assert (ran.code, ran.err) == (0, "")
    shown_safely(ran.out)
    assert "[bold]race\\x1b[31m," in ran.out.replace("\n", "")
    if command in ("slice", "group", "bias"):
        for name in ("[/i]", "[red]danger[/red]", "=1+1", "a|b", "\U0001f600 smile"):
            assert name in ran.out
        if width == 200:
            assert "\\x1b[31mred\\x1b[0m" in ran.out
            assert "two\\nlines" in ran.out
            assert "\\u202egnirts" in ran.out
    name = {"slice": "slices"}.get(command, command)
    found = json.loads((tmp_path / "fairaudit-out" / f"{name}.json").read_text(encoding="utf-8"))
    assert names_in(found, "group", "slice") == set(NAMES)
    assert names_in(found, "attribute", "feature") == {COLUMN}
    assert found["input"]["name"] == hostile.name


@pytest.mark.parametrize("command", COMMANDS)
def test_columns_that_nobody_chose(run: Run, tmp_path: Path, command: str) -> None:
    rows = [["label", "score", "race", "\x1b[31mage", "\u202eincome"]]
    rows += [[str(i % 3 % 2), f"0.{i % 10}", "AB"[i % 2], str(i % 7), str(i)] for i in range(60)]
    (tmp_path / "people.csv").write_text(table(rows), encoding="utf-8")
    ran = run(command, "people.csv", cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert "\\x1b[31mage (" in ran.out
    shown_safely(ran.out)


@pytest.fixture(scope="module")
def trained(run: Run, hostile: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("trained")
    said = {
        "train": run("train", hostile, "-t", "label", cwd=folder, width=60),
        "cv": run("cv", hostile, "-t", "label", "--folds", "2", cwd=folder, width=60),
        "cv of one": run(
            "cv", hostile, "-t", "label", "--folds", "2", "-a", COLUMN, "-o", "one", cwd=folder, width=60
        ),
        "predict": run("predict", "fairaudit-out/model.skops", hostile, "-o", "new", cwd=folder, width=60),
    }
    return folder, said


@pytest.mark.parametrize("command", ["train", "cv", "cv of one", "predict"])
def test_models(trained: tuple[Path, dict[str, Any]], command: str) -> None:
    _, said = trained
    assert said[command].code == 0, said[command].err
    shown_safely(said[command].err)
    warnings = said[command].err.splitlines()
    assert all(line.startswith("warning: ") for line in warnings)
    assert any("with an apostrophe before them: " in line for line in warnings)
    shown_safely(said[command].out)


def test_slices_of_a_cross_validation_keep_their_names(trained: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = trained
    found = json.loads((folder / "one" / "cv.json").read_text(encoding="utf-8"))
    assert names_in(found["slices"], "feature") == {COLUMN}
    assert names_in(found["slices"], "slice") == set(NAMES)
    assert found["settings"]["attributes"] == [
        {"name": COLUMN, "columns": [COLUMN], "members": [], "edges": {}, "edges_from": {}}
    ]
    every = json.loads((folder / "fairaudit-out" / "cv.json").read_text(encoding="utf-8"))
    assert names_in(every["slices"], "feature") == {COLUMN, "=cmd()"}


def test_the_model_remembers_the_names(trained: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = trained
    found = json.loads((folder / "fairaudit-out" / "train.json").read_text(encoding="utf-8"))
    assert found["model"]["features_in"] == ["score", COLUMN, "x", "=cmd()"]


@pytest.mark.parametrize(
    "file", ["fairaudit-out/predictions.csv", "fairaudit-out/cv_predictions.csv", "new/predictions.csv"]
)
def test_predictions_hold_no_formulas_and_all_numbers(
    trained: tuple[Path, dict[str, Any]], file: str
) -> None:
    folder, _ = trained
    with (folder / file).open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    assert header[-1] == "'=cmd()"
    assert {row[-1] for row in rows} == {"-1.0", "'@x"}
    groups = {row[header.index(COLUMN)] for row in rows}
    assert groups == {"'=1+1" if name == "=1+1" else name for name in NAMES}
    for row in rows:
        for cell in row:
            assert not cell.startswith(("=", "+", "@", "\t", "\r"))
            assert not cell.startswith("-") or float(cell) == -1.0


def test_reports_on_the_predictions(run: Run, trained: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = trained
    for command in COMMANDS:
        ran = run(command, cwd=folder, width=60)
        assert ran.code == 0, ran.err
        shown_safely(ran.out)


@pytest.mark.parametrize("value", ["[/i]", "\x1b[31m", "\u202e", "x" * 300, "a\nb"])
def test_refusals(refusal: Callable[..., str], hostile: Path, tmp_path: Path, value: str) -> None:
    for words in (
        ["group", hostile, "-a", value],
        ["bias", hostile, "-a", COLUMN, "-r", f"{value}!"],
        ["group", hostile, "--where", value],
        ["group", hostile, "--positive", value],
        ["train", hostile, "-t", value],
        ["train", hostile, "-t", "label", "--param", f"{value}=1"],
        ["explain", value],
        ["schema", value],
        [value],
        ["group", f"--{value}"],
        ["group", value],
    ):
        shown_safely(refusal(*words, cwd=tmp_path))


def test_a_word_between_colons_is_no_picture(capsys: pytest.CaptureFixture[str]) -> None:
    ReportConsole().print("by :smile:")
    assert capsys.readouterr().out == "by :smile:\n"
