"""The command line in this process: arguments in, what was printed and the exit code out."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fairaudit.cli.app import main


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Read stdout as strict JSON, in which NaN and Infinity do not exist."""
        return json.loads(self.out, parse_constant=pytest.fail)


Run = Callable[..., Ran]


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


@pytest.fixture(scope="session")
def run() -> Run:
    """Run ``fairaudit`` with these words, in the folder `cwd`."""

    def act(
        *words: object,
        cwd: Path | None = None,
        width: int = 120,
        stdin: str = "",
        terminal: bool = False,
        env: Mapping[str, str] | None = None,
    ) -> Ran:
        out, err = Stream(), Stream()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["fairaudit", *map(str, words)])
            patch.setattr(sys, "stdin", Stream(stdin.encode(), terminal=terminal))
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
        return Ran(code=code, out=out.text(), err=err.text())

    return act


def refused(ran: Ran) -> str:
    """Give the one line with which a command refused its input."""
    assert ran.code == 2, ran.out + ran.err
    assert ran.out == ""
    assert ran.err.startswith("fairaudit: ")
    assert ran.err.endswith("\n")
    assert ran.err.count("\n") == 1, ran.err
    assert "Traceback" not in ran.err
    return ran.err.removeprefix("fairaudit: ").rstrip("\n")


@pytest.fixture(scope="session")
def refusal(run: Run) -> Callable[..., str]:
    """Run a command that must refuse its input, leave nothing behind, and say why in one line."""

    def act(*words: object, cwd: Path, **how: Any) -> str:
        before = {path: path.read_bytes() if path.is_file() else None for path in cwd.rglob("*")}
        sentence = refused(run(*words, cwd=cwd, **how))
        assert {path: path.read_bytes() if path.is_file() else None for path in cwd.rglob("*")} == before
        return sentence

    return act


@pytest.fixture(scope="session")
def compas(data_dir: Path) -> Path:
    return data_dir / "compas_for_aequitas.csv"


@pytest.fixture(scope="session")
def two_years(data_dir: Path) -> Path:
    return data_dir / "compas_two_years.csv"


@pytest.fixture(scope="session")
def car(data_dir: Path) -> Path:
    return data_dir / "car.csv"


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small file of predictions: probabilities, labels, and two attributes, 240 rows."""
    path = tmp_path_factory.mktemp("people") / "people.csv"
    lines = ["label,score,race,sex,age"]
    for i in range(240):
        score = (i * 37 % 101) / 101
        label = int((i * 53 % 97) / 97 < score)
        race, sex = "ABC"[i % 7 % 3], ("Female", "Male")[i % 5 % 2]
        lines.append(f"{label},{score!r},{race},{sex},{18 + i % 50}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
