"""Scored rows as a file of predictions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fairaudit.errors import (
    clipped,
)
from fairaudit.read.rows import hash_file
from fairaudit.read.spreadsheet import csv_cell, runs_in_spreadsheet
from fairaudit.write import write_with

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from fairaudit.read.frames import Frames


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """Rows of predictions as they are written, and what was changed in them."""

    frame: pd.DataFrame
    warnings: tuple[str, ...]


def predictions(
    frames: Frames,
    scores: NDArray[np.float64],
    *,
    target: NDArray[np.int8] | None,
    target_name: str | None,
    index: NDArray[np.int64],
    threshold: float,
    fold: NDArray[np.int64] | None = None,
) -> _Written:
    """Put scores beside all columns of their rows, under the rows' own numbers in the input."""
    import numpy as np

    from fairaudit.model.train import predictions_frame

    made = predictions_frame(
        frames.text,
        scores,
        target=target,
        target_name=target_name,
        index=index,
        threshold=threshold,
        fold=fold,
    )
    frame = made.frame.rename(columns=csv_cell)
    frame["row"] = frames.row_numbers[np.sort(index)]
    formulas = []
    for column in frame.select_dtypes(include="object").columns:
        number = int(frame[column].dropna().map(runs_in_spreadsheet).sum())
        if number:
            frame[column] = frame[column].map(csv_cell, na_action="ignore")
            formulas.append(f"{clipped(column)!r} ({number:,})")
    renamed = [
        f"column {old!r} is written as {new!r}, since predictions have a {old!r} of their own"
        for old, new in made.renamed.items()
    ]
    if formulas:
        renamed.append(
            f"values that a spreadsheet would run as formulas are written with an apostrophe before them: {', '.join(formulas)}"
        )
    return _Written(frame=frame, warnings=tuple(renamed))


def write_csv(path: Path, frames: Iterable[pd.DataFrame]) -> str:
    """Write predictions, and give the file's SHA-256, by which later reports are known to be about them."""

    def write(part: Path) -> None:
        with part.open("w", encoding="utf-8", newline="") as file:
            for number, frame in enumerate(frames):
                frame.to_csv(file, index=False, header=number == 0, lineterminator="\n")

    write_with(path, write)
    return hash_file(path)[0]
