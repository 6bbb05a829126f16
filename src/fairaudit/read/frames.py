"""Rows into pandas frames, for training: once as the text that stands in the file, once with numbers as numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from fairaudit.errors import ColumnError, listed
from fairaudit.read.notes import Note, counted, marks_option
from fairaudit.read.numbers import LONGEST_MARK
from fairaudit.read.readings import no_numbers, tidy_notes
from fairaudit.read.rows import Rows

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

BATCH_ROWS = 100_000
_COLUMNS_AT_ONCE = 100
"""More at once would not fit into DuckDB's memory, as it holds some thousand values of every column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """The same rows twice.

    Attributes
    ----------
    text
        Every value as text, ``None`` where it is missing.
    typed
        Columns that are read as numbers as float64, the others as in `text`.
    row_numbers
        Each row's number in the input, counted from 1.
    """

    text: pd.DataFrame
    typed: pd.DataFrame
    row_numbers: NDArray[np.int64]


def numeric_columns(rows: Rows) -> frozenset[str]:
    """Find the columns that a model learns from as numbers: those that hold nothing else, or all but few values."""
    readings = rows.readings.all(rows.loaded)
    return frozenset(name for name, reading in readings.items() if reading.numeric or reading.nearly)


def column_notes(rows: Rows, columns: Collection[str], *, features: Collection[str]) -> list[Note]:
    """Say how the values of columns were read, and those of features that are no numbers beside others that are."""
    notes: list[Note | None] = []
    readings = rows.readings.all([name for name in rows.loaded if name in columns])
    texts = [name for name, reading in readings.items() if not reading.numeric]
    rows.readings.spellings(texts)
    for name, reading in readings.items():
        notes.append(reading.missing_note)
        if name in features:
            notes += [
                reading.feature_note,
                reading.number_note if reading.numeric or reading.nearly else None,
            ]
    for name in texts:
        notes += rows.readings.name_notes(name)
    return [*(note for note in notes if note), *tidy_notes(readings.values())]


def number_notes(
    rows: Rows, columns: Collection[str], *, nothing: Mapping[str, Collection[str]]
) -> list[Note]:
    """Say how columns that a model learnt as numbers were read.

    Parameters
    ----------
    nothing
        By column, values that were read as missing in training, too.

    Raises
    ------
    ColumnError
        If a value is neither a number nor missing.
    """
    notes: list[Note] = []
    for name in columns:
        reading = rows.readings.of(name)
        notes += [note for note in (reading.missing_note, reading.number_note) if note]
        if reading.numeric:
            continue
        others = dict(
            rows.connection.execute(
                f"SELECT {reading.text} AS value, count(*) FROM source_rows WHERE kept AND value IS NOT NULL AND {reading.number} IS NULL GROUP BY value"
            ).fetchall()
        )
        strange = sorted(value for value in others if value not in nothing.get(name, ()))
        if strange:
            option = (
                marks_option([*reading.marks, *strange]) if sum(map(len, strange)) <= LONGEST_MARK else ""
            )
            raise ColumnError(
                rows.source.name,
                name,
                f"{no_numbers(sum(others[value] for value in strange), rows.rows)}: {listed(strange)}",
                hint="The model learnt this column as a number"
                + (f". If that stands for a missing value, say {option}" if option else ""),
            )
        if others:
            sentence = f"{name}: {no_numbers(sum(others.values()), rows.rows)}, and read as missing: {counted(others)}"
            notes.append(Note(sentence=sentence))
    return notes


def to_frames(rows: Rows) -> Frames:
    """Return all rows that the condition kept."""
    (frames,) = batches(rows, most=rows.rows)
    return frames


def batches(
    rows: Rows, *, numeric: Collection[str] | None = None, most: int = BATCH_ROWS
) -> Iterator[Frames]:
    """Yield the rows that the condition kept, at most so many at a time, in their order; at least one batch, which may be empty.

    Parameters
    ----------
    numeric
        The columns that are read as numbers; ``None`` for those that hold them.
    """
    numeric = numeric_columns(rows) if numeric is None else numeric
    first = 0
    while True:
        frames = _read(rows, numeric, f"rowid >= {first} AND rowid < {first + most}")
        yield frames
        first += most
        if first >= rows.rows:
            return


def column_text(rows: Rows, column: str) -> list[str | None]:
    """Return one column of all rows as text, ``None`` where it is missing."""
    rows_of_text = rows.connection.execute(
        f"SELECT {rows.readings.of(column).text} FROM source_rows WHERE kept ORDER BY rowid"
    ).fetchall()
    return [text for (text,) in rows_of_text]


def _read(rows: Rows, numeric: Collection[str], where: str) -> Frames:
    import pandas as pd

    def select(columns: Sequence[str]) -> pd.DataFrame:
        # The rows come as they lie in the table; to sort them would take as much memory again as they do.
        return rows.connection.execute(
            f"SELECT {', '.join(columns)} FROM source_rows WHERE kept AND {where}"
        ).df()

    def together(values: Mapping[str, str]) -> pd.DataFrame:
        columns = [f"{value} AS v{place}" for place, value in enumerate(values.values())]
        parts = [
            select(columns[first : first + _COLUMNS_AT_ONCE])
            for first in range(0, len(columns), _COLUMNS_AT_ONCE)
        ]
        frame = pd.concat(parts, axis=1)
        frame.columns = list(values)
        return frame

    text = together({name: rows.readings.of(name).text for name in rows.loaded})
    numbers = [name for name in rows.loaded if name in numeric]
    typed = text
    if numbers:
        read = together({name: rows.readings.of(name).number for name in numbers})
        # Texts are read once; one by one they would take as long again, and as much memory.
        typed = pd.concat([read, text.drop(columns=numbers)], axis=1)[list(rows.loaded)]
    return Frames(
        text=_with_none(text),
        typed=typed,
        row_numbers=select(["rowid + 1 AS row"])["row"].to_numpy(dtype="int64"),
    )


def _with_none(text: pd.DataFrame) -> pd.DataFrame:
    """Write ``None`` where a value is missing."""
    objects = text.astype(object)
    missing = text.isna()
    return objects.where(~missing, cast("Any", None)) if missing.to_numpy().any() else objects
