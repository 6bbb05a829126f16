"""Data of which audits say little: told once as a warning, and counted in the documents."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from running import Ran

WriteCsv = Callable[..., str]


def rows(*, score: Callable[[int], float], label: Callable[[int], int]) -> list[str]:
    return ["id,label,score,sex", *(f"{i // 2},{label(i)},{score(i)},{'FM'[i % 2]}" for i in range(120))]


CASES = {
    "constant scores": (
        rows(score=lambda _: 0.5, label=lambda i: i % 3 % 2),
        ["--where", "id >= 0", "--id", "id"],
        "score: all 120 rows have the score 0.5, so that it ranks nobody before anybody",
    ),
    "one label in a group": (
        rows(score=lambda i: i % 7 / 10, label=lambda i: 1 if i % 2 else int(i % 4 == 0)),
        ["--id", "id"],
        "sex: 1 group of 30 or more people has label 1 only ('M'), where rates that need both are undefined",
    ),
    "conflicting labels": (
        rows(score=lambda i: i % 7 / 10, label=lambda i: int(i % 3 == 0)),
        ["--id", "id"],
        "label: 40 of 60 people (id) have rows of both labels, and each row counts with its own",
    ),
}


@pytest.mark.parametrize(("lines", "options", "sentence"), CASES.values(), ids=CASES)
def test_warned_once_and_kept(
    lines: Sequence[str],
    options: Sequence[str],
    sentence: str,
    write_csv: WriteCsv,
    run: Callable[..., Ran],
    tmp_path: Path,
) -> None:
    ran = run("group", write_csv(*lines), "-a", "sex", *options, cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert ran.err.splitlines().count(f"warning: {sentence}") == 1
    document = json.loads((tmp_path / "fairaudit-out" / "group.json").read_text(encoding="utf-8"))
    assert document["input"]["notes"].count({"sentence": sentence, "warning": True}) == 1


def test_lines_that_are_left_out(write_csv: WriteCsv, run: Callable[..., Ran], tmp_path: Path) -> None:
    lines = rows(score=lambda i: i % 7 / 10, label=lambda i: i % 3 % 2)
    bad = [*lines[:10], "1,2", *lines[10:], *(f"{i},x,y,z,more" for i in range(2000))]
    path = write_csv(*bad)
    ran = run("group", path, "-a", "sex", "--id", "id", "--skip-bad-lines", cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert (
        "warning: 2,001 lines that cannot be read are left out: lines 11 (2 fields instead of 4), 123 (5 fields instead of 4), "
        in ran.err
    )
    read = json.loads((tmp_path / "fairaudit-out" / "group.json").read_text(encoding="utf-8"))["input"]
    assert read["rows"] == 120
    assert read["read_as"] == {"skip_bad_lines": True}
    assert read["bad_lines"]["count"] == 2001
    assert read["bad_lines"]["reasons"] == {"2 fields instead of 4": 1, "5 fields instead of 4": 2000}
    assert len(read["bad_lines"]["first"]) == 1000
    assert read["bad_lines"]["first"][0] == {"line": 11, "reason": "2 fields instead of 4"}
    refused = run("group", path, "-a", "sex", cwd=tmp_path)
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert "line 11: has 2 fields where the header has 4" in refused.err


def test_how_a_file_was_read_is_in_the_commands_that_are_offered(
    write_csv: WriteCsv, run: Callable[..., Ran], tmp_path: Path
) -> None:
    lines = [line.replace(",", "^") for line in rows(score=lambda i: i % 7 / 10, label=lambda i: i % 3 % 2)]
    ran = run(
        "group",
        write_csv(*lines[1:]),
        "-a",
        "sex",
        "--id",
        "id",
        "--delimiter",
        "^",
        "--names",
        "id,label,score,sex",
        cwd=tmp_path,
    )
    assert ran.code == 0, ran.err
    assert "--delimiter '^' --names id,label,score,sex" in ran.out
