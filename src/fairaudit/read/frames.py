"""Rows into pandas frames, for training: once as the text that stands in the file, once with numbers as numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

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
        Columns that hold nothing but numbers as float64, the others as in `text`.
    row_numbers
        Each row's number in the input, counted from 1.
    """

    text: pd.DataFrame
    typed: pd.DataFrame
    row_numbers: NDArray[np.int64]


def numeric_columns(rows: Rows) -> frozenset[str]:
    """Find the columns whose values are all numbers; codes with a leading zero such as ``007`` are none."""
    tests = []
    for name in rows.loaded:
        value = f"CAST({rows.column(name)} AS VARCHAR)"
        number = (
            f"(TRY_CAST({value} AS DOUBLE) IS NOT NULL AND NOT regexp_matches({value}, '^\\s*[+-]?0[0-9]'))"
        )
        tests.append(f"coalesce(bool_and({number}) FILTER (WHERE trim({value}) <> ''), false)")
    found: list[str] = []
    for first in range(0, len(tests), _COLUMNS_AT_ONCE):
        answers = rows.connection.execute(
            f"SELECT {', '.join(tests[first : first + _COLUMNS_AT_ONCE])} FROM source_rows WHERE kept"
        ).fetchone()
        found += [
            name
            for name, numeric in zip(
                rows.loaded[first : first + _COLUMNS_AT_ONCE], answers or (), strict=True
            )
            if numeric
        ]
    return frozenset(found)


def to_frames(rows: Rows) -> Frames:
    """Give all rows that the condition kept."""
    (frames,) = batches(rows, most=rows.rows)
    return frames


def batches(rows: Rows, *, most: int = BATCH_ROWS) -> Iterator[Frames]:
    """Give the rows that the condition kept, at most so many at a time, in their order; at least one batch, which may be empty."""
    numeric = numeric_columns(rows)
    first = 0
    while True:
        frames = _read(rows, numeric, f"rowid >= {first} AND rowid < {first + most}")
        yield frames
        first += most
        if first >= rows.rows:
            return


def column_text(rows: Rows, column: str) -> list[str | None]:
    """Give one column of all rows as text, ``None`` where it is missing."""
    value = f"CAST({rows.column(column)} AS VARCHAR)"
    found = rows.connection.execute(
        f"SELECT CASE WHEN trim({value}) <> '' THEN {value} END FROM source_rows ORDER BY rowid"
    ).fetchall()
    return [text for (text,) in found]


def _read(rows: Rows, numeric: frozenset[str], where: str) -> Frames:
    import pandas as pd

    def select(columns: Sequence[str]) -> pd.DataFrame:
        # The rows come as they lie in the table; to sort them would take as much memory again as they do.
        return rows.connection.execute(
            f"SELECT {', '.join(columns)} FROM source_rows WHERE kept AND {where}"
        ).df()

    def parts(*, typed: bool) -> Iterator[pd.DataFrame]:
        for first in range(0, len(rows.loaded), _COLUMNS_AT_ONCE):
            columns = []
            for place, name in enumerate(rows.loaded[first : first + _COLUMNS_AT_ONCE]):
                value = f"CAST({rows.column(name)} AS VARCHAR)"
                cast = f"CAST({value} AS DOUBLE)" if typed and name in numeric else value
                columns.append(f"CASE WHEN trim({value}) <> '' THEN {cast} END AS v{first + place}")
            yield select(columns)

    def together(*, typed: bool) -> pd.DataFrame:
        frame = pd.concat(list(parts(typed=typed)), axis=1)
        frame.columns = list(rows.loaded)
        return frame

    text = together(typed=False)
    return Frames(
        text=text.astype(object).where(text.notna(), cast("Any", None)),
        typed=together(typed=True),
        row_numbers=select(["rowid + 1 AS row"])["row"].to_numpy(dtype="int64"),
    )
