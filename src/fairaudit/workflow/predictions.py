"""Scored rows as a file of predictions, and how they are counted."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from fairaudit.errors import (
    clipped,
)
from fairaudit.read.checked_rows import Checked
from fairaudit.read.source_file import hash_file
from fairaudit.read.spreadsheet import count_formulas, csv_cell
from fairaudit.settings.choices import ScoreKind
from fairaudit.write import write_with

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from fairaudit.read.frames import Frames


MODEL = "model.skops"
PREDICTIONS = "predictions.csv"
CV_PREDICTIONS = "cv_predictions.csv"
VALIDATION_PREDICTIONS = "validation_predictions.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictions:
    """Rows of predictions as they are written, and what was changed in them."""

    frame: pd.DataFrame
    warnings: tuple[str, ...]

    def to_csv(self) -> bytes:
        """Return the content of the file of these predictions."""
        return csv_text(self.frame).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """The labels of all rows, and the column that they were read from."""

    column: str
    values: NDArray[np.int8]


def predictions(
    frames: Frames,
    scores: NDArray[np.float64],
    *,
    labels: Labels | None,
    index: NDArray[np.int64],
    threshold: float,
    fold: NDArray[np.int64] | None = None,
) -> Predictions:
    """Put scores beside all columns of their rows, under the rows' own numbers in the input."""
    import numpy as np

    from fairaudit.model.train import ScoredRows, predictions_frame

    order = np.argsort(index, kind="stable")
    places = index[order]
    written = [name for name in frames.rows.loaded if labels is None or name != labels.column]
    made = predictions_frame(
        frames.text(written, places),
        ScoredRows(
            scores=scores[order], index=np.arange(places.size), fold=None if fold is None else fold[order]
        ),
        target=labels.values[places] if labels else None,
        target_name=labels.column if labels else None,
        threshold=threshold,
    )
    frame = made.frame.rename(columns=csv_cell)
    frame["row"] = frames.row_numbers[places]
    formulas = []
    for column in _text_columns(frame):
        number = count_formulas(frame[column].dropna().tolist())
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
    return Predictions(frame=frame, warnings=tuple(renamed))


def _text_columns(frame: pd.DataFrame) -> list[str]:
    """Name the columns that may hold texts; since pandas 3 not all of them are of objects."""
    from pandas.api.types import is_string_dtype

    return [str(name) for name, dtype in frame.dtypes.items() if is_string_dtype(dtype)]


def csv_text(frame: pd.DataFrame, *, header: bool = True) -> str:
    """Write rows as CSV; every text is quoted if one holds a carriage return, which Python itself would leave bare, and readers take for a line's end."""

    def written(quoting: Literal[0, 2], rows: pd.DataFrame) -> str:
        text: str = rows.to_csv(index=False, header=header, lineterminator="\n", quoting=quoting)
        return text

    bare = _bare_rows(frame)
    if bare is not None:
        return written(csv.QUOTE_MINIMAL, frame.iloc[:0]) + bare
    text = written(csv.QUOTE_MINIMAL, frame)
    # What was written shows it in a moment, and is hardly ever written again; all texts of a table are longer looked through before.
    has_return = "\r" in text or any("\r" in str(name) for name in frame.columns)
    return written(csv.QUOTE_NONNUMERIC, frame) if has_return else text


def _bare_rows(frame: pd.DataFrame) -> str | None:
    """Write rows of which no cell has to be quoted, in half the time that pandas takes; ``None`` where one has to be."""
    if frame.empty or frame.shape[1] < 2 or any("\r" in str(name) for name in frame.columns):
        return None
    columns = [_bare_cells(frame.iloc[:, place]) for place in range(frame.shape[1])]
    if any(cells is None for cells in columns):
        return None
    return "\n".join(map(",".join, zip(*columns, strict=True))) + "\n"


def _bare_cells(column: pd.Series[Any]) -> list[str] | None:
    """Return the cells of a column of numbers or texts as they are written without quotes; ``None`` where that cannot be."""
    values, kind = column.tolist(), str(column.dtype)
    if kind == "int64":
        return list(map(str, values))
    if kind == "float64" and not column.hasnans:
        return list(map(repr, values))
    if kind != "object":
        return None
    cells = ["" if value is None else value for value in values]
    try:
        joined = "".join(cells)
    except TypeError:  # not all of them are texts
        return None
    return None if any(mark in joined for mark in ',"\r\n') else cells


def write_csv(path: Path, frames: Iterable[pd.DataFrame]) -> str:
    """Write predictions, and give the file's SHA-256, by which later reports are known to be about them."""

    def write(part: Path) -> None:
        with part.open("w", encoding="utf-8", newline="") as file:
            for number, frame in enumerate(frames):
                file.write(csv_text(frame, header=number == 0))

    write_with(path, write)
    return hash_file(path)[0]


def as_probabilities(checked: Checked) -> Checked:
    """Say what the scores of a model are, which a model that is sure of every row leaves open: scores of 0 and 1 look like decisions."""
    return replace(checked, scores=ScoreKind.PROBABILITIES)
