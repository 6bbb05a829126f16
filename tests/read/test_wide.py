"""Tables of more than a thousand columns, which take some memory and time for each column."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from fairaudit.engine.duckdb import WIDE
from fairaudit.read.files import open_path
from fairaudit.read.frames import to_frames
from fairaudit.read.table import validate
from fairaudit.settings.reading import ReadSettings

COLUMNS = 1_010
ROWS = 1_000


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("wide") / "w.csv"
    chance = random.Random(0)
    with path.open("w") as file:
        file.write(",".join(["label", "score", "sex", *(f"f{i}" for i in range(COLUMNS))]) + "\n")
        for row in range(ROWS):
            bits = f"{chance.getrandbits(COLUMNS):0{COLUMNS}b}"
            file.write(f"{row % 2},{row / ROWS},{'MF'[row % 3 % 2]},{','.join(bits)}\n")
    return path


def test_all_columns_become_frames(wide: Path) -> None:
    opened = open_path(str(wide))
    frames = to_frames(opened.load(opened.columns))
    header, *lines = wide.read_text().splitlines()
    assert list(frames.text().columns) == header.split(",")
    assert frames.text(places=np.array([0, 1, 500, len(frames) - 1])).agg(",".join, axis=1).tolist() == [
        lines[row] for row in (0, 1, 500, -1)
    ]
    assert frames.typed[f"f{COLUMNS - 1}"].tolist() == [float(line[-1]) for line in lines]
    assert frames.row_numbers.tolist() == list(range(1, ROWS + 1))


def test_texts_of_many_columns_fit_into_the_memory_of_few(tmp_path: Path) -> None:
    texts = [[f"{'abc'[(row + place) % 3]}{place}" for place in range(WIDE - 1)] for row in range(60)]
    header = [f"t{place}" for place in range(WIDE - 1)]
    (tmp_path / "w.csv").write_text("".join(f"{','.join(line)}\n" for line in [header, *texts]))
    opened = open_path(str(tmp_path / "w.csv"))
    assert to_frames(opened.load(opened.columns)).text().to_numpy().tolist() == texts


def test_attributes_are_chosen_among_all_columns(wide: Path) -> None:
    checked = validate(open_path(str(wide)), ReadSettings())
    assert len(checked.attributes) == 12
    assert len(checked.passed_over) == COLUMNS + 1 - 12


def test_only_wide_tables_take_more_memory(wide: Path) -> None:
    opened = open_path(str(wide))
    limits = []
    for columns in (opened.columns[:WIDE], opened.columns):
        connection = opened.load(columns).connection
        (limit,) = connection.execute("SELECT current_setting('memory_limit')").fetchone() or ("",)
        limits.append(float(limit.split()[0]))
    assert limits[0] < limits[1]
