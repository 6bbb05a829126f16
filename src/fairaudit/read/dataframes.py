"""Data frames and Arrow tables into rows; they are not changed."""

from __future__ import annotations

from typing import Any

import duckdb

from fairaudit.errors import FileError
from fairaudit.read.header import check_header
from fairaudit.read.rows import Input, columns_of, connect


def open_frame(frame: object, *, name: str = "") -> Input:
    """Open a pandas or polars data frame or an Arrow table; it is not changed."""
    package = type(frame).__module__.partition(".")[0]
    name = name or f"{package} {type(frame).__name__}".removeprefix("builtins ")
    no_table = FileError(
        name,
        "is no table",
        hint="A pandas or polars data frame with columns, or an Arrow table, was expected",
    )
    # DuckDB from 2.0 on takes a series, too, and calls its only column "0".
    if not (hasattr(type(frame), "columns") or hasattr(type(frame), "schema")):
        raise no_table
    connection = connect()
    try:
        connection.register("source_frame", frame)
        columns = columns_of(connection, "source_frame")
    except (duckdb.Error, TypeError, RuntimeError):
        if len(getattr(frame, "columns", ())):
            hint = "Turn columns such as intervals into text first"
            raise FileError(name, "has a column of a type that cannot be read", hint=hint) from None
        raise no_table from None
    except ImportError as error:
        raise FileError(name, f"cannot be read: {error}", hint="It needs the package pyarrow") from None
    check_header(name, _own_names(frame, package) or columns, line=None)
    return Input(name, columns, "source_frame", None, connection, frame=frame)


def _own_names(frame: Any, package: str) -> tuple[str, ...]:
    """Give the names as a frame has them; DuckDB would have renamed the second of two equal ones."""
    match package:
        case "pandas":
            return tuple(map(str, frame.columns))
        case "pyarrow":
            return tuple(frame.schema.names)
        case _:
            return ()
