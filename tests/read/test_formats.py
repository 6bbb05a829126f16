"""Formats are found by endings, or by how a file starts; help and README name all of them."""

from __future__ import annotations

import contextlib
import io
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from running import Ran

import fairaudit
from fairaudit.errors import FileError
from fairaudit.read import compression as packing
from fairaudit.read.compression import Compression
from fairaudit.read.files import open_path
from fairaudit.read.formats import FORMATS, InputFormat, find_format
from fairaudit.settings.source import InputKind

ENDINGS = [(ending, kind, None) for kind in FORMATS for ending in kind.endings] + [
    (f"{ending}{packed}", kind, compression)
    for kind in FORMATS
    if kind.compressed
    for ending in kind.endings
    for packed, compression in packing.ENDINGS.items()
]


@pytest.mark.parametrize(("ending", "kind", "compression"), ENDINGS, ids=[e for e, *_ in ENDINGS])
def test_an_ending_tells_the_format(ending: str, kind: InputFormat, compression: Compression | None) -> None:
    endings = tuple(f".{part}" for part in ending[1:].split("."))
    assert find_format("p", endings, b"whatever") == (kind, compression)


@pytest.mark.parametrize("named", InputKind)
def test_every_kind_can_be_named(named: InputKind) -> None:
    assert [kind.kind for kind in FORMATS].count(named) == 1
    assert find_format("p.xyz", (".xyz",), b"", named=named)[0].kind is named


def test_no_ending_belongs_to_two() -> None:
    every = [ending for kind in FORMATS for ending in kind.endings]
    assert len(set(every)) == len(every)


@pytest.mark.parametrize(
    "kind", [kind for kind in FORMATS if not kind.compressed], ids=lambda kind: kind.title
)
def test_what_is_compressed_itself_is_not_read_from_gz(kind: InputFormat) -> None:
    with pytest.raises(FileError, match=r"is of no known kind \(\.\w+\.gz\)"):
        find_format("p", (kind.endings[0], ".gz"), b"")


FRAME = pd.DataFrame({"label": [0, 1], "score": [0.25, 0.75]})


def written(kind: str, path: Path) -> None:
    match kind:
        case "Parquet":
            FRAME.to_parquet(path)
        case "Arrow":
            FRAME.to_feather(path)
        case "SQLite":
            with contextlib.closing(sqlite3.connect(path)) as connection:
                FRAME.to_sql("people", connection, index=False)
        case _:
            with path.open("wb") as target:
                FRAME.to_excel(target, index=False)


@pytest.mark.parametrize("kind", [kind.title for kind in FORMATS if kind.magic])
@pytest.mark.parametrize("stream", [False, True], ids=["file", "stdin"])
def test_without_an_ending_the_first_bytes_tell_it(
    kind: str, stream: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "data"
    written(kind, path)
    with path.open("rb") as source:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(source))
        loaded = open_path("-" if stream else str(path)).load(["label", "score"])
    assert loaded.rows == 2
    assert loaded.readings.values(["score"]) == {"score": ["0.25", "0.75"]}


class TestEverywhereNamed:
    @pytest.mark.parametrize("command", ["slice", "group", "train", "cv", "predict"])
    def test_in_help(self, command: str, run: Callable[..., Ran]) -> None:
        shown = run(command, "--help").out
        number = sum(kind.compressed for kind in FORMATS)
        *titles, last = [kind.title for kind in FORMATS]
        titles[number - 1] += " (each also .gz or .zst)"
        assert f"{', '.join(titles)} or {last}" in " ".join(shown.replace("│", " ").split())

    @pytest.mark.parametrize("function", [fairaudit.audit], ids=lambda function: str(function.__name__))
    def test_in_docstrings(self, function: Any) -> None:
        for kind in FORMATS:
            assert kind.title in str(function.__doc__)

    def test_in_the_readme(self) -> None:
        readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
        files = next(line for line in readme.splitlines() if line.startswith("- **Files**"))
        for kind in FORMATS:
            assert kind.title in files
