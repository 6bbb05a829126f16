"""The command line in this process: arguments in, what was printed and the exit code out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from running import Ran, run_main

Run = Callable[..., Ran]


@pytest.fixture(scope="session")
def run() -> Run:
    """Run ``fairaudit`` with these words, in the folder `cwd`."""
    return run_main


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
