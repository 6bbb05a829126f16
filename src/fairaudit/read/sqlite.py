"""Tables in SQLite files, read by Python's own module, which comes without anything that a file could make run."""

from __future__ import annotations

import contextlib
import csv
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

import duckdb

from fairaudit.engine.duckdb import folder_of
from fairaudit.engine.sql import quoted, text
from fairaudit.errors import ColumnError, FileError, clipped
from fairaudit.read.columns import by_name
from fairaudit.read.databases import Table, find_table
from fairaudit.read.delimited import csv_options
from fairaudit.read.relation import Relation
from fairaudit.read.rows import READABLE, Cells, Input
from fairaudit.read.source_file import SourceFile, beside

_ROWS_AT_ONCE = 10_000
_READING = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ)
_RECURSIVE = getattr(sqlite3, "SQLITE_RECURSIVE", 33)
_SCHEMA = "main"


def open_sqlite(file: SourceFile) -> Input:
    """Open a table or a view in a file of SQLite's.

    Raises
    ------
    FileError
        If the file is none, or has no such table.
    """
    shown = file.name.partition("::")[0]
    with _opened(file, shown) as connection:
        tables = _tables(connection)
        table = find_table(tables, file.part, file=shown, example=f"{shown}::TABLE")
        names = [row[1] for row in connection.execute(f"PRAGMA table_info({quoted(table.name)})")]
    name = f"{shown}::{table.name}"

    def relate(connection: duckdb.DuckDBPyConnection, places: Sequence[int]) -> Relation:
        copy = folder_of(connection) / "table.csv"
        with _opened(file, shown) as source:
            unreadable = _blobs(source, table, {place: names[place] for place in places})
            chosen = [place for place in places if place not in unreadable]
            _copy(source, table, [names[place] for place in chosen], copy, name=name)
        options = csv_options(chosen or [0], delimiter=",")
        return Relation(
            sql=f"read_csv({text(copy.as_posix())}, {options}, header = false, new_line = '\\n')",
            unreadable=unreadable,
        )

    columns = by_name(names, file=name)
    opened = Input(name, columns, relate, file.path, cells=Cells.TEXTS, settings=file.settings)
    opened.hash_note = beside(file.path, "-wal")
    return opened


def _tables(connection: sqlite3.Connection) -> list[Table]:
    """List the tables and views of a file."""
    rows = connection.execute(
        "SELECT name, coalesce(sql, '') LIKE 'CREATE VIRTUAL%' FROM sqlite_master "
        "WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
    ).fetchall()
    refused = "is a virtual table, whose rows a program makes"
    return [Table(schema=_SCHEMA, name=name, refused=refused if virtual else "") for name, virtual in rows]


def _copy(source: sqlite3.Connection, table: Table, columns: Sequence[str], copy: Path, *, name: str) -> None:
    """Copy some columns of a table into a file that DuckDB reads."""
    # Without any column nobody would know how many rows there are.
    selected = ", ".join(map(quoted, columns)) or "1"
    cursor = source.execute(f"SELECT {selected} FROM {quoted(table.name)}")
    number = 0
    with copy.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, quoting=csv.QUOTE_ALL, lineterminator="\n")
        while rows := cursor.fetchmany(_ROWS_AT_ONCE):
            writer.writerows(
                [
                    _cell(value, name, column, row)
                    for column, value in zip(columns or "1", values, strict=True)
                ]
                for row, values in enumerate(rows, start=number + 1)
            )
            number += len(rows)


@contextlib.contextmanager
def _opened(file: SourceFile, name: str) -> Iterator[sqlite3.Connection]:
    """Open a file to be read only; a view in it may select, and nothing else."""
    try:
        with contextlib.closing(
            sqlite3.connect(f"file:{quote(file.path.absolute().as_posix())}?mode=ro", uri=True)
        ) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA query_only = ON")
            connection.text_factory = _decoded
            connection.set_authorizer(_authorize)
            yield connection
    except (sqlite3.Error, OverflowError) as error:
        problem = clipped(str(error), most=200)
        if "not a database" in problem:
            raise FileError(name, "is no SQLite file") from None
        raise FileError(name, f"cannot be read: {problem}", hint="Is the file complete?") from None


def _blobs(source: sqlite3.Connection, table: Table, names: Mapping[int, str]) -> dict[int, str]:
    """Find the columns that hold bytes, and say why they cannot be read."""
    if not names:
        return {}
    asked = ", ".join(f"max(typeof({quoted(name)}) = 'blob')" for name in names.values())
    answers = source.execute(f"SELECT {asked} FROM {quoted(table.name)}").fetchone()
    return {
        place: f"it holds values of type BLOB; {READABLE}"
        for place, blob in zip(names, answers, strict=True)
        if blob
    }


def _authorize(action: int, first: str | None, *_: str | None) -> int:
    """Allow to read, and functions that compute; of settings only the one that tells the columns of a table."""
    if action == sqlite3.SQLITE_FUNCTION or action in (*_READING, _RECURSIVE):
        return sqlite3.SQLITE_OK
    is_columns = action == sqlite3.SQLITE_PRAGMA and first == "table_info"
    return sqlite3.SQLITE_OK if is_columns else sqlite3.SQLITE_DENY


def _decoded(value: bytes) -> str | bytes:
    """Read a text, which a file may hold that is none."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value


def _cell(value: object, table: str, column: str, row: int) -> str:
    """Write a value as a CSV file would hold it."""
    if isinstance(value, bytes):
        raise ColumnError(
            table,
            column,
            f"row {row:,} holds bytes that are no text; {READABLE}",
            hint="Turn it into text first",
        )
    return "" if value is None else str(value)
