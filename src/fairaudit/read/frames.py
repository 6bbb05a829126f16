"""Rows into pandas frames, for training: numbers as numbers, and of any rows the text that stands in the file."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from fairaudit.engine.duckdb import bring
from fairaudit.engine.sql import text as as_sql
from fairaudit.errors import ColumnError, listed
from fairaudit.read.notes import Note, counted, marks_option, no_numbers, tidied
from fairaudit.read.numbers import LONGEST_MARK
from fairaudit.read.readings import MOST_GROUPS
from fairaudit.read.rows import Rows

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

BATCH_ROWS = 100_000
_COLUMNS_AT_ONCE = 100
"""More at once would not fit into DuckDB's memory, as it holds some thousand values of every column."""
_FEW_ROWS = 2_000
"""Texts of so few rows are here sooner than DuckDB has prepared to tell which of them are equal."""
_WANTED = "wanted_rows"
_FEW_OF = 10
"""Of so many times as many rows, a few are read sooner than it is found which texts the column has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """Rows as a model learns from them, and as they stand in the file.

    Attributes
    ----------
    rows
        Where they come from.
    typed
        Columns that are read as numbers as float64; of the others every value as text, ``None`` where it is missing.
    numbers
        The columns that are read as numbers.
    row_numbers
        Each row's number in the input, counted from 1.
    """

    rows: Rows
    typed: pd.DataFrame
    numbers: tuple[str, ...]
    row_numbers: NDArray[np.int64]

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.row_numbers)

    def where(self, kept: NDArray[np.bool_]) -> Frames:
        """Return some of the rows."""
        return replace(
            self, typed=self.typed[kept].reset_index(drop=True), row_numbers=self.row_numbers[kept]
        )

    def text(
        self, columns: Sequence[str] | None = None, places: NDArray[np.int64] | None = None
    ) -> pd.DataFrame:
        """Return the rows at places, or all of them, as text: numbers as they were written, ``None`` where a value is missing."""
        columns = self.rows.loaded if columns is None else columns
        numbers = [name for name in columns if name in self.numbers]
        texts = self.typed[[name for name in columns if name not in self.numbers]]
        if places is not None:
            texts = texts.iloc[places].reset_index(drop=True)
        if not numbers:
            return texts.copy()
        return _of_rows(self.rows, numbers, self.row_numbers, places).join(texts)[list(columns)]


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
    return [
        *(note for note in notes if note),
        *tidied([name for name, reading in readings.items() if reading.tidied]),
    ]


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

    numbers = tuple(name for name in rows.loaded if name in numeric)
    texts = [name for name in rows.loaded if name not in numeric]
    where = f"kept AND {where}"
    read = _frame(rows, [*(rows.readings.of(name).number for name in numbers), "rowid + 1"], where)
    row_numbers = read.pop(f"v{len(numbers)}").to_numpy(dtype="int64")
    read.columns = list(numbers)
    # Texts are put in once; one by one they would take as long again, and as much memory.
    typed = pd.concat([read, _texts(rows, texts, where)], axis=1)[list(rows.loaded)]
    return Frames(rows=rows, typed=typed, numbers=numbers, row_numbers=row_numbers)


def _of_rows(
    rows: Rows, columns: Sequence[str], row_numbers: NDArray[np.int64], places: NDArray[np.int64] | None
) -> pd.DataFrame:
    """Return columns of rows at places among those of some numbers, as text."""
    import numpy as np
    import pandas as pd

    asked = row_numbers if places is None else row_numbers[places]
    in_order = bool((np.diff(asked) > 0).all())
    wanted = asked if in_order else np.unique(asked)
    if not wanted.size:
        return _texts(rows, columns, "false")
    where = f"kept AND rowid >= {wanted[0] - 1} AND rowid < {wanted[-1]}"
    if wanted[-1] - wanted[0] + 1 == wanted.size:
        read = _texts(rows, columns, where)
    else:
        bring(rows.connection, _WANTED, pd.DataFrame({"row": wanted - 1}))
        read = _texts(
            rows,
            columns,
            f"{where} AND rowid IN (SELECT row FROM {_WANTED}) ORDER BY rowid",
            shared=wanted.size * _FEW_OF > rows.rows,
        )
        rows.connection.execute(f"DROP TABLE {_WANTED}")
    if in_order:
        return read
    return read.iloc[np.searchsorted(wanted, asked)].reset_index(drop=True)


def _texts(rows: Rows, columns: Sequence[str], where: str, *, shared: bool = True) -> pd.DataFrame:
    """Return columns as text, ``None`` where a value is missing; where few texts are different, those that are equal may be one object."""
    import numpy as np
    import pandas as pd

    sql = {name: rows.readings.of(name).text for name in columns}
    spelled = rows.readings.spellings(columns) if shared else {}
    known = {
        name: list(dict.fromkeys(one.shown for one in spellings if one.shown is not None))
        for name, spellings in spelled.items()
        if spellings is not None
    }
    most = MOST_GROUPS if rows.rows > _FEW_ROWS else 0
    known = {name: texts for name, texts in known.items() if len(texts) <= most}
    coded = {
        name: f"CAST({sql[name]} AS ENUM({', '.join(map(as_sql, known[name]))}))"
        if known.get(name)
        else value
        for name, value in sql.items()
    }
    frame = _frame(rows, list(coded.values()), where)
    frame.columns = list(coded)
    texts = {
        name: pd.Series(np.array([*known[name], None], dtype=object)[frame[name].cat.codes], dtype=object)
        if known.get(name)
        else _with_none(frame[name])
        for name in columns
    }
    return pd.DataFrame(texts, index=frame.index, columns=list(columns))


def _frame(rows: Rows, values: Sequence[str], where: str) -> pd.DataFrame:
    """Read values, as ``v0``, ``v1`` …, of the rows that a condition holds of, as they lie in the table: to sort all would take as much memory again as they do."""
    import pandas as pd

    columns = [f"{value} AS v{place}" for place, value in enumerate(values)]
    parts = [
        rows.connection.execute(
            f"SELECT {', '.join(columns[first : first + _COLUMNS_AT_ONCE])} FROM source_rows WHERE {where}"
        ).df()
        for first in range(0, len(columns), _COLUMNS_AT_ONCE)
    ]
    return pd.concat(parts, axis=1) if parts else pd.DataFrame()


def _with_none(texts: pd.Series[Any]) -> pd.Series[Any]:
    """Write ``None`` where a value is missing."""
    objects, missing = texts.astype(object), texts.isna()
    return objects.where(~missing, cast("Any", None)) if missing.any() else objects
