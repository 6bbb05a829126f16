"""Rows as frames: numbers as numbers, and of any rows the text that stands in the file."""

from __future__ import annotations

import numpy as np
import pytest

from fairaudit.read.files import open_path
from fairaudit.read.frames import Frames, to_frames

NAMES = ("O'Neill", "a,b", 'say "so"', "")
LINES = [
    (f"{row}", f"{row / 7:.3f}" if row % 5 else "", NAMES[row % 4], f"text {row}" if row % 3 else "")
    for row in range(2_000)
]
KEPT = [row for row in range(len(LINES)) if row % 4 != 1]


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> Frames:
    """Read the rows whose name is not that of the second."""
    path = tmp_path_factory.mktemp("frames") / "rows.csv"
    quoted = [
        ",".join(f'"{value.replace(chr(34), chr(34) * 2)}"' if value else "" for value in line)
        for line in LINES
    ]
    path.write_text("\n".join(["number,part,name,text", *quoted]) + "\n", encoding="utf-8")
    opened = open_path(str(path))
    return to_frames(opened.load(opened.columns, where="name is null or name <> 'a,b'"))


def as_written(rows: list[int]) -> list[list[str | None]]:
    return [[value or None for value in LINES[row]] for row in rows]


def test_all_rows_that_are_kept(frames: Frames) -> None:
    assert (frames.row_numbers - 1).tolist() == KEPT
    assert frames.text().to_numpy().tolist() == as_written(KEPT)
    assert list(frames.text(["text", "part"]).columns) == ["text", "part"]
    assert frames.typed["number"].tolist() == KEPT


@pytest.mark.parametrize(
    "places",
    [[], [0], [7, 8, 9], [1_499, 3, 3, 700]],
    ids=["none", "one", "neighbours", "in no order, one twice"],
)
def test_rows_at_places(places: list[int], frames: Frames) -> None:
    taken = frames.text(places=np.array(places, dtype=np.int64))
    assert taken.to_numpy().tolist() == as_written([KEPT[place] for place in places])


def test_some_of_the_rows(frames: Frames) -> None:
    odd = frames.where(frames.row_numbers % 2 == 1)
    rows = [row for row in KEPT if row % 2 == 0]
    assert len(odd) == len(rows)
    assert odd.text(places=np.array([2, 5])).to_numpy().tolist() == as_written([rows[2], rows[5]])
