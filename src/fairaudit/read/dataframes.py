"""Data frames, Arrow tables and DuckDB's relations into rows; they are not changed.

DuckDB reads most columns as they are. What it would guess at or cannot read is turned into text value by value, and only if it is asked for, so
that a column of lists stops nobody who does not use it.
"""

from __future__ import annotations

import datetime
import hashlib
import math
import re
import sys
import uuid
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from typing import Any

import duckdb

from fairaudit.engine.duckdb import columns_of, is_nested
from fairaudit.engine.sql import first_line, quoted
from fairaudit.errors import FileError, OptionError, clipped
from fairaudit.read.columns import by_name
from fairaudit.read.relation import Relation
from fairaudit.read.rows import READABLE, Cells, Input, Relate
from fairaudit.read.spreadsheet import plain_cell
from fairaudit.read.values import is_number, number_text
from fairaudit.room import refuse_full
from fairaudit.settings.source import OPENED_AS_IT_SAYS, WRITTEN, InputSettings
from fairaudit.spelling import setting

_FRAME = "source_frame"
_CARRIED = re.compile(
    r"BOOLEAN|U?(TINY|SMALL|BIG)?INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(.*|VARCHAR|ENUM\(.*|DATE|TIME|TIMESTAMP.*|INTERVAL|\"NULL\""
)
"""Types that come out of a relation as they are in it; others are written as text there."""
_UNDECODED = re.compile(r"Invalid UTF8 sequence at string index (\d+)")
_MOST_DIGITS = 76
"""Of Arrow's decimals."""
_NO_VALUES = ("BLOB", "GEOMETRY")
_READERS_READ: weakref.WeakSet[Any] = weakref.WeakSet()
"""Readers of record batches that have been read, by whichever audit."""
_KINDS = (datetime.date, datetime.time, datetime.timedelta, uuid.UUID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Some columns of a frame in a table that DuckDB reads, in which column i is ``c{i}``; the rest as in `Relation`."""

    table: Any
    sql: str = _FRAME
    rows: int | None = None
    halves: frozenset[int] = frozenset()
    unreadable: Mapping[int, str] = field(default_factory=dict)


_Take = Callable[[Sequence[int]], Taken]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """The values of one column as DuckDB reads them; or, where it cannot be read, why."""

    values: Any = None
    half: bool = False
    unreadable: str = ""


def open_frame(frame: object, *, name: str = "", how: InputSettings = OPENED_AS_IT_SAYS) -> Input:
    """Open a pandas or polars data frame, an Arrow table or reader, or a DuckDB relation; it is not changed.

    A relation is run on the connection that it belongs to, which stays open; a reader of record batches can be read once only.

    Raises
    ------
    FileError
        If it is no table.
    OptionError
        If something is said of it that is said of files.
    """
    name = name or _kind_of(frame)
    try:
        names, take = _taker(frame, name)
    except duckdb.Error as error:
        raise _unread(name, error) from None

    if halved := next((place for place, column in enumerate(names, start=1) if not _encodable(column)), None):
        raise FileError(
            name,
            f"the name of column {halved:,} holds half of a surrogate pair, which is no text",
            hint="Give it another name",
        )
    refuse_said_of_files(name, how)
    return Input(name, by_name(names, file=name), _relating(take, name), settings=how)


def refuse_said_of_files(name: str, how: InputSettings) -> None:
    """Refuse what is said of files where the source is none."""
    for option in WRITTEN:
        if getattr(how, option):
            raise OptionError(setting(option), f"is said of files, and the input is a {name}")


def open_written(frame: Any, *, name: str, content: bytes) -> Input:
    """Open rows that are the `content` of a CSV file, as if that file were read: all values are what their text is taken for.

    Parameters
    ----------
    frame : pandas.DataFrame
        The rows that were written.
    """
    names = tuple(plain_cell(str(column)) for column in frame.columns)

    def take(places: Sequence[int]) -> Taken:
        import pandas as pd

        return _together(
            {place: _objects(_written(frame.iloc[:, place])) for place in places},
            lambda columns: pd.DataFrame(columns, copy=False),
            len(frame),
        )

    return Input(
        name,
        by_name(names, file=name),
        _relating(take, name),
        cells=Cells.CSV,
        identity=(hashlib.sha256(content).hexdigest(), len(content)),
    )


def _written(series: Any) -> Any:
    """Return the values of a column as they stand in a CSV file, where nothing and an empty text are one."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(series.dtype):
        texts = [None if value != value else repr(value) for value in series.tolist()]
        return _as_objects(texts)
    return series.where(series.notna() & (series != ""), None).to_numpy(dtype=object)


def _relating(take: _Take, name: str) -> Relate:
    """Make a relation of the columns that are taken from a frame."""

    def relate(connection: duckdb.DuckDBPyConnection, places: Sequence[int]) -> Relation:
        try:
            taken = take(places)
        except ImportError as error:
            raise _lacking(name, error) from None
        except duckdb.Error as error:
            raise _unread(name, error) from None
        return relate_taken(connection, taken, name)

    return relate


def relate_taken(connection: duckdb.DuckDBPyConnection, taken: Taken, name: str) -> Relation:
    """Make a relation of a table that DuckDB reads."""
    try:
        connection.register(_FRAME, taken.table)
    except ImportError as error:
        raise _lacking(name, error) from None
    except duckdb.Error as error:
        raise _unread(name, error) from None
    return Relation(sql=taken.sql, rows=taken.rows, halves=taken.halves, unreadable=taken.unreadable)


def _kind_of(frame: object) -> str:
    """Name the kind of a frame, as messages and documents do."""
    if isinstance(frame, duckdb.DuckDBPyRelation):
        return "DuckDB relation"
    if isinstance(frame, duckdb.DuckDBPyConnection):
        return "DuckDB connection"
    package = type(frame).__module__.partition(".")[0]
    return f"{package} {type(frame).__name__}".removeprefix("builtins ")


def _taker(frame: Any, name: str) -> tuple[tuple[str, ...], _Take]:
    """Return the names of a frame's columns, and a function that takes some of them."""
    pandas, polars, pyarrow = (sys.modules.get(package) for package in ("pandas", "polars", "pyarrow"))
    names: tuple[str, ...] = ()
    take: _Take
    if pandas and isinstance(frame, pandas.DataFrame):
        names, take = tuple(map(_pandas_name, frame.columns)), partial(_take_pandas, frame)
    elif polars and isinstance(frame, polars.DataFrame):
        names, take = tuple(frame.columns), partial(_take_polars, frame)
    elif polars and isinstance(frame, polars.LazyFrame):
        names, take = _lazy_names(frame, name), partial(_take_lazy, frame, name)
    elif pyarrow and isinstance(frame, (pyarrow.Table, pyarrow.RecordBatch)):
        names, take = tuple(frame.schema.names), partial(_take_arrow, frame, check=True)
    elif pyarrow and isinstance(frame, pyarrow.RecordBatchReader):
        names, take = tuple(frame.schema.names), partial(_take_reader, frame, name)
    elif isinstance(frame, duckdb.DuckDBPyRelation):
        names, take = tuple(frame.columns), partial(_take_relation, frame)
    elif hasattr(type(frame), "columns") or hasattr(type(frame), "schema"):
        # DuckDB from 2.0 on takes a series, too, and calls its only column "0".
        names, take = _described(frame, name), partial(_take_other, frame)
    if not names:
        raise FileError(
            name,
            "is no table",
            hint="A pandas or polars data frame with columns, an Arrow table or a DuckDB relation was expected",
        )
    return names, take


def _described(frame: object, name: str) -> tuple[str, ...]:
    """Name the columns of what else DuckDB can read, such as Arrow's data sets; none if it cannot."""
    try:
        with duckdb.connect() as connection:
            connection.register(_FRAME, frame)
            return columns_of(connection, _FRAME)
    except ImportError as error:
        raise _lacking(name, error) from None
    except (duckdb.Error, TypeError, RuntimeError):
        return ()


def _unread(name: str, error: duckdb.Error) -> FileError:
    """Say what DuckDB says of a frame; some versions need another package for it."""
    refuse_full(error)
    if "pyarrow" in str(error):
        return _lacking(name, error)
    return FileError(name, f"cannot be read: {clipped(first_line(error), most=300)}")


def _lacking(name: str, error: Exception) -> FileError:
    return FileError(name, f"cannot be read: {first_line(error)}", hint="It needs the package pyarrow")


def _take_other(frame: object, places: Sequence[int]) -> Taken:
    with duckdb.connect() as connection:
        connection.register(_FRAME, frame)
        names = columns_of(connection, _FRAME)
    selected = ", ".join(f"{quoted(names[place])} AS c{place}" for place in places) or "1"
    return Taken(table=frame, sql=f"(SELECT {selected} FROM {_FRAME})")


def _take_pandas(frame: Any, places: Sequence[int]) -> Taken:
    import pandas as pd

    return _together(
        {place: _pandas_column(frame.iloc[:, place]) for place in places},
        lambda columns: pd.DataFrame(columns, copy=False),
        len(frame),
    )


def _lazy_names(frame: Any, name: str) -> tuple[str, ...]:
    """Name the columns of a lazy frame, whose plan may make no sense."""
    import polars as pl

    try:
        return tuple(frame.collect_schema().names())
    except (pl.exceptions.PolarsError, OSError) as error:
        raise FileError(name, f"cannot be read: {clipped(first_line(error), most=300)}") from None


def _take_lazy(frame: Any, name: str, places: Sequence[int]) -> Taken:
    import polars as pl
    import polars.selectors as by

    try:
        # Without any column nobody would know how many rows there are.
        columns = frame.select(by.by_index(*(places or (0,)))).collect().get_columns()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise FileError(name, f"cannot be read: {clipped(first_line(error), most=300)}") from None
    return _together(
        {place: _polars_column(series) for place, series in zip(places, columns, strict=False)},
        pl.DataFrame,
        len(columns[0]),
    )


def _take_polars(frame: Any, places: Sequence[int]) -> Taken:
    import polars as pl

    columns = frame.get_columns()
    return _together({place: _polars_column(columns[place]) for place in places}, pl.DataFrame, len(frame))


def _take_arrow(frame: Any, places: Sequence[int], *, check: bool = False) -> Taken:
    """Take columns; Arrow itself lets bytes pass for text that are none, unless this is to be checked."""
    import pyarrow as pa

    columns = {place: frame.column(place) for place in places}
    damaged = {
        place: problem for place, column in columns.items() if check and (problem := undecoded(column))
    }
    return _together(
        {
            place: _Column(unreadable=damaged[place]) if place in damaged else _arrow_column(column)
            for place, column in columns.items()
        },
        pa.table,
        frame.num_rows,
    )


def undecoded(column: Any, *, first_row: int = 1) -> str:
    """Say which row of an Arrow column holds bytes that are no text; nothing if none does."""
    import pyarrow as pa

    for chunk in column.chunks if isinstance(column, pa.ChunkedArray) else [column]:
        try:
            chunk.validate(full=True)
        except pa.ArrowInvalid as error:
            if place := _UNDECODED.search(str(error)):
                return f"row {first_row + int(place[1]):,} holds bytes that are not UTF-8"
            raise
        first_row += len(chunk)
    return ""


def _take_reader(reader: Any, name: str, places: Sequence[int]) -> Taken:
    # Of a reader that has been read nothing is left, which must not be taken for a table without rows.
    if reader in _READERS_READ:
        raise FileError(
            name,
            "has been read, and gives its rows once only",
            hint="Give a table, such as reader.read_all()",
        )
    _READERS_READ.add(reader)
    return arrow_reader(reader.schema, reader, places)


def arrow_reader(schema: Any, batches: Iterable[Any], places: Sequence[int]) -> Taken:
    """Take some columns of batches of Arrow's, one batch after the other."""
    import pyarrow as pa

    empty = _take_arrow(schema.empty_table(), places)
    pieces = (piece for batch in batches for piece in _take_arrow(batch, places).table.to_batches())
    stream = pa.RecordBatchReader.from_batches(empty.table.schema, pieces)
    return replace(empty, table=stream, rows=None)


class _Stream:
    """The rows of a relation for another connection than its own, which DuckDB would refuse if it saw the relation."""

    def __init__(self, relation: duckdb.DuckDBPyRelation) -> None:
        self._relation = relation

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Run the relation where it belongs, and hand over what comes out."""
        return self._relation.__arrow_c_stream__(requested_schema)


def _take_relation(relation: duckdb.DuckDBPyRelation, places: Sequence[int]) -> Taken:
    kinds = {place: str(relation.types[place]) for place in places}
    unreadable = {
        place: f"it holds values of type {clipped(kind)}; {READABLE}"
        for place, kind in kinds.items()
        if is_nested(kind) or kind in _NO_VALUES
    }
    # By their places, since several columns may share a name.
    selected = [
        f"{f'#{place + 1}' if _CARRIED.fullmatch(kind) else f'CAST(#{place + 1} AS VARCHAR)'} AS c{place}"
        for place, kind in kinds.items()
        if place not in unreadable
    ]
    return Taken(table=_Stream(relation.project(", ".join(selected) or "1 AS row")), unreadable=unreadable)


def _together(columns: Mapping[int, _Column], table: Callable[[dict[str, Any]], object], rows: int) -> Taken:
    readable = {place: column for place, column in columns.items() if not column.unreadable}
    values = {f"c{place}": column.values for place, column in readable.items()}
    return Taken(
        table=table(values or {"row": [True] * rows}),
        rows=rows,
        halves=frozenset(place for place, column in readable.items() if column.half),
        unreadable={place: c.unreadable for place, c in columns.items() if c.unreadable},
    )


def _pandas_name(name: object) -> str:
    """Return a column's name as text; None and NaN are no names."""
    import pandas as pd

    missing = (
        name is None or name is pd.NA or name is pd.NaT or (isinstance(name, float) and math.isnan(name))
    )
    return "" if missing else str(name)


def _pandas_column(series: Any) -> _Column:
    import pandas as pd

    kind = series.dtype
    if isinstance(kind, pd.CategoricalDtype):
        return _categories(series)
    if isinstance(kind, pd.ArrowDtype) and (unreadable := _unreadable_arrow(kind.pyarrow_dtype)):
        return _Column(unreadable=unreadable)
    if str(kind) == "string_view[pyarrow]":
        # Arrow cannot pick any of them, which pandas has to where one is missing.
        return _objects(_as_objects(series.array.__arrow_array__().to_pylist()))
    if isinstance(kind, (pd.StringDtype, pd.SparseDtype, pd.PeriodDtype, pd.IntervalDtype)):
        return _objects(series.to_numpy(dtype=object))
    if kind.kind == "f" and kind.itemsize == 2:
        return _Column(values=series.to_numpy(dtype="float32"), half=True)
    if kind.kind in "biuf" and kind.itemsize <= 8:
        if isinstance(kind, pd.api.extensions.ExtensionDtype) or kind.isnative:
            return _Column(values=series.array)
        return _Column(values=series.to_numpy(dtype=kind.newbyteorder("=")))
    if kind.kind in "Mm":
        return _Column(values=series.array)
    return _objects(series.to_numpy(dtype=object))


def _categories(series: Any) -> _Column:
    """Leave categories of text and of numbers as they are, and write others, such as the intervals of ``pd.cut``, as text."""
    import pandas as pd

    categories = series.cat.categories
    if categories.dtype.kind in "biuf":
        return _Column(values=series.array)
    texts = _objects(categories.to_numpy(dtype=object))
    if texts.unreadable:
        return texts
    # A text is a name, whatever it looks like; of a number among the categories there is one text.
    names = [
        name if isinstance(category, str) or not name or not is_number(name) else number_text(name)
        for category, name in zip(categories, texts.values, strict=True)
    ]
    # The code of a missing value is -1, and so takes the last.
    values = _as_objects([*names, None])[series.cat.codes.to_numpy()]
    return _Column(values=pd.Categorical(values))


def _objects(values: Any) -> _Column:
    """Read Python objects one by one: texts as they are, and whatever else stands for a text, a number, a date or a truth value."""
    import numpy as np
    import pandas as pd

    plain = pd.api.types.infer_dtype(values, skipna=True) in ("string", "empty")
    texts: list[str | None] = []
    if plain:
        texts = [
            None if missing else value
            for value, missing in zip(values, pd.isna(values).tolist(), strict=True)
        ]
    else:
        for row, value in enumerate(values, start=1):
            try:
                texts.append(value if type(value) is str else _text(value))
            except TypeError:
                kind = type(value).__name__
                return _Column(unreadable=f"row {row:,} holds a value of type {kind}; {READABLE}")
    try:
        "".join(text for text in texts if text).encode()
    except UnicodeEncodeError:
        row = next(i for i, text in enumerate(texts, start=1) if text and not _encodable(text))
        return _Column(unreadable=f"row {row:,} holds half of a surrogate pair, which is no text")
    return _Column(values=np.array(texts, dtype=object))


def _text(value: Any) -> str | None:
    """Write a value as DuckDB writes values of its type; None, NaN and their kin are missing.

    Raises
    ------
    TypeError
        If it is none that a column could hold.
    """
    import numpy as np
    import pandas as pd

    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (str, int, np.integer)):
        return str(value) if isinstance(value, str) else str(int(value))
    if isinstance(value, float):
        return None if math.isnan(value) else float.__repr__(value)
    if isinstance(value, np.datetime64):
        return _text(pd.Timestamp(value))
    if isinstance(value, (np.floating, np.timedelta64)):
        return None if np.isnan(value) else str(value)
    if isinstance(value, Decimal):
        return None if value.is_nan() else str(value)
    if isinstance(value, (*_KINDS, pd.Period, pd.Interval)):
        return str(value)
    raise TypeError


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _polars_column(series: Any) -> _Column:
    import polars as pl

    kind = series.dtype
    if kind == pl.Object:
        objects = _objects(_as_objects(series.to_list()))
        # Polars would take an array of texts for one of Python's objects again.
        return (
            objects
            if objects.unreadable
            else _Column(values=pl.Series(objects.values.tolist(), dtype=pl.String))
        )
    if kind.is_nested() or kind == pl.Binary:
        return _Column(unreadable=f"it holds values of type {kind}; {READABLE}")
    # Newer versions have them, and DuckDB reads none of them.
    match str(kind):
        case "Float16":
            return _Column(values=series.cast(pl.Float32), half=True)
        case "Int128" | "UInt128":
            return _Column(values=series.cast(pl.String))
    return _Column(values=series)


def _arrow_column(values: Any) -> _Column:
    import pyarrow as pa

    kind = values.type
    if pa.types.is_float16(kind):
        return _Column(values=values.cast(pa.float32()), half=True)
    if pa.types.is_decimal(kind) and kind.scale < 0:
        # DuckDB knows no decimals that leave out zeros before the point.
        kind = pa.decimal256(min(_MOST_DIGITS, kind.precision - kind.scale), 0)
        values = values.cast(kind)
    if pa.types.is_decimal256(kind):
        return _Column(values=values.cast(pa.string()))
    unreadable = _unreadable_arrow(kind)
    return _Column(unreadable=unreadable) if unreadable else _Column(values=values)


def _unreadable_arrow(kind: Any) -> str:
    """Say why values of an Arrow type cannot be read; nothing if they can."""
    import pyarrow as pa

    binary = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary)
    return (
        f"it holds values of type {clipped(str(kind))}; {READABLE}"
        if pa.types.is_nested(kind) or any(is_kind(kind) for is_kind in binary)
        else ""
    )


def _as_objects(values: Sequence[object]) -> Any:
    import numpy as np

    # An array made at once would take lists for its own dimensions.
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
