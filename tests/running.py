"""The command line in this process: arguments in, what was printed and the exit code out."""

from __future__ import annotations

import io
import itertools
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fairaudit.cli.app import main

SETTINGS = "settings from "


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a command printed, and its exit code; the files whose settings it names on stderr stand by themselves."""

    code: int
    out: str
    err: str
    settings: tuple[str, ...] = ()

    def json(self) -> Any:
        """Read stdout as strict JSON, in which NaN and Infinity do not exist."""
        return json.loads(self.out, parse_constant=pytest.fail)


class Stream(io.TextIOWrapper):
    """A stream in memory that may claim to be a terminal."""

    def __init__(self, content: bytes = b"", *, terminal: bool = False) -> None:
        super().__init__(io.BytesIO(content), encoding="utf-8", newline="")
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal

    def text(self) -> str:
        self.flush()
        data = self.buffer
        assert isinstance(data, io.BytesIO)
        return data.getvalue().decode("utf-8")


def run_main(
    *words: object,
    cwd: Path | None = None,
    width: int = 120,
    stdin: str | bytes = "",
    terminal: bool = False,
    env: Mapping[str, str] | None = None,
) -> Ran:
    """Run ``fairaudit`` with these words, in the folder `cwd`."""
    out, err = Stream(), Stream()
    given = stdin.encode() if isinstance(stdin, str) else stdin
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["fairaudit", *map(str, words)])
        patch.setattr(sys, "stdin", Stream(given, terminal=terminal))
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        patch.setenv("COLUMNS", str(width))
        for name, value in (env or {}).items():
            patch.setenv(name, value)
        before = Path.cwd()
        os.chdir(cwd or before)
        try:
            with pytest.raises(SystemExit) as ended:
                main()
        finally:
            os.chdir(before)
    code = ended.value.code
    assert isinstance(code, int)
    lines = err.text().splitlines(keepends=True)
    settings = list(itertools.takewhile(lambda line: line.startswith(SETTINGS), lines))
    return Ran(
        code=code,
        out=out.text(),
        err="".join(lines[len(settings) :]),
        settings=tuple(line.removeprefix(SETTINGS).rstrip("\n") for line in settings),
    )


def refused(ran: Ran) -> str:
    """Give the one line with which a command refused its input."""
    assert ran.code == 2, ran.out + ran.err
    assert ran.out == ""
    assert ran.err.startswith("fairaudit: ")
    assert ran.err.endswith("\n")
    assert ran.err.count("\n") == 1, ran.err
    assert "Traceback" not in ran.err
    return ran.err.removeprefix("fairaudit: ").rstrip("\n")


def refuse_main(*words: object, cwd: Path, **how: Any) -> str:
    """Run a command that must refuse its input, leave nothing behind, and say why in one line."""
    before = {path: path.read_bytes() if path.is_file() else None for path in cwd.rglob("*")}
    sentence = refused(run_main(*words, cwd=cwd, **how))
    assert {path: path.read_bytes() if path.is_file() else None for path in cwd.rglob("*")} == before
    return sentence


def foreign(monkeypatch: pytest.MonkeyPatch, *paths: Path) -> None:
    """Let these files belong to somebody else."""
    if os.geteuid() == 0:
        for path in paths:
            os.chown(path, 4711, 4711)
        return
    stat = Path.stat

    def told(self: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        found = stat(self, follow_symlinks=follow_symlinks)
        seen = self.resolve() if follow_symlinks else self
        return os.stat_result((*found[:4], 4711, *found[5:])) if seen in paths else found

    monkeypatch.setattr(Path, "stat", told)
