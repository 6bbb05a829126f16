"""Real data and made-up people for the tests of commands."""

from __future__ import annotations

from pathlib import Path

import pytest


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
