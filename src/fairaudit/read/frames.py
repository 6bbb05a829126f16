"""Rows into pandas frames, for training: once as the text that stands in the file, once with numbers as numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import duckdb

from fairaudit.read.rows import Rows
from fairaudit.read.sql import quoted

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

BATCH_ROWS = 100_000


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
    answers = (
        rows.connection.execute(f"SELECT {', '.join(tests)} FROM source_rows WHERE kept").fetchone() or ()
    )
    return frozenset(name for name, numeric in zip(rows.loaded, answers, strict=True) if numeric)


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
    def select(*, typed: bool) -> duckdb.DuckDBPyConnection:
        columns = []
        for name in rows.loaded:
            value = f"CAST({rows.column(name)} AS VARCHAR)"
            cast = f"CAST({value} AS DOUBLE)" if typed and name in numeric else value
            columns.append(f"CASE WHEN trim({value}) <> '' THEN {cast} END AS {quoted(name)}")
        order = "SELECT rowid + 1 AS row, " if not typed else "SELECT "
        return rows.connection.execute(
            f"{order}{', '.join(columns)} FROM source_rows WHERE kept AND {where} ORDER BY rowid"
        )

    text = select(typed=False).df()
    row_numbers = text.iloc[:, 0].to_numpy(dtype="int64")
    text = text.iloc[:, 1:]
    text.columns = list(rows.loaded)
    typed = select(typed=True).df()
    typed.columns = list(rows.loaded)
    return Frames(
        text=text.astype(object).where(text.notna(), cast("Any", None)), typed=typed, row_numbers=row_numbers
    )
