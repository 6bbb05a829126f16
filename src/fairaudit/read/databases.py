"""Tables in databases: which of them is meant by what was typed, and how a database in DuckDB's own file is read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from fairaudit.engine.duckdb import attach_source, connect, is_nested
from fairaudit.engine.sql import quoted
from fairaudit.errors import FileError, clipped, did_you_mean, listed
from fairaudit.read.columns import by_name
from fairaudit.read.faults import read_error
from fairaudit.read.relation import Relation
from fairaudit.read.rows import READABLE, Input
from fairaudit.read.source_file import SourceFile, beside, limits_of
from fairaudit.room import refuse_full

_PART = r'(?:"(?:[^"]|"")+"|[^".]+)'
_QUALIFIED = re.compile(rf"(?:({_PART})\.)?({_PART})", re.DOTALL)
_NO_VALUES = ("BLOB", "GEOMETRY", "BIT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of a database; `is_usual` tells that its schema need not be named, and `refused` why it is not read."""

    schema: str
    name: str
    is_usual: bool = True
    refused: str = ""

    @property
    def shown(self) -> str:
        """How it is named."""
        return self.name if self.is_usual else f"{self.schema}.{self.name}"

    @property
    def sql(self) -> str:
        """The identifier of the table in its database."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"


def find_table(tables: Sequence[Table], typed: str | None, *, file: str, example: str) -> Table:
    """Find the table that is meant: by its name, by schema and name, or as the only one.

    Parameters
    ----------
    typed
        As people write it, such as ``people``, ``"sales 2024".people``; ``None`` for the only one.
    file
        What messages call the database.
    example
        How a table is named, such as ``FILE.duckdb::TABLE``.

    Raises
    ------
    FileError
        If there is none, or several.
    """
    if typed is None:
        meant = [table for table in tables if not table.refused]
    else:
        meant = [table for table in tables if typed == table.name and table.is_usual]
        meant = meant or [table for table in tables if _names(typed, table)]
        meant = meant or [table for table in tables if _names(typed.casefold(), _folded(table))]
    if len(meant) == 1:
        if meant[0].refused:
            raise FileError(file, f"{meant[0].shown!r} {meant[0].refused}")
        return meant[0]
    shown = [table.shown for table in tables if not table.refused]
    if not shown and typed is None:
        raise FileError(file, "holds no table")
    there = f"Its tables are {listed(shown)}" if shown else "It has none"
    if typed is None:
        raise FileError(file, f"holds {len(shown):,} tables", hint=f"Name one, as in {example}. {there}")
    if meant:
        names = listed([f"{table.schema}.{table.name}" for table in meant])
        raise FileError(file, f"has several tables {typed!r}", hint=f"Name the schema, too: {names}")
    raise FileError(file, f"has no table {typed!r}", hint=f"{did_you_mean(typed, shown)} {there}".strip())


def _names(typed: str, table: Table) -> bool:
    """Return whether a typed name is that of a table, with or without its schema, quoted or not."""
    if typed == f"{table.schema}.{table.name}":
        return True
    parts = _QUALIFIED.fullmatch(typed)
    if parts is None:
        return False
    schema, name = (None if part is None else _bare(part) for part in parts.groups())
    return name == table.name and (schema == table.schema if schema is not None else table.is_usual)


def _bare(part: str) -> str:
    return part[1:-1].replace('""', '"') if part.startswith('"') else part


def _folded(table: Table) -> Table:
    return Table(schema=table.schema.casefold(), name=table.name.casefold(), is_usual=table.is_usual)


def open_duckdb(file: SourceFile) -> Input:
    """Open a table in a file of DuckDB's. Views are not read: what they do when they are is up to whoever made the file.

    Raises
    ------
    FileError
        If the file is none, or has no such table.
    """
    shown = file.name.partition("::")[0]
    try:
        with connect(limits_of(file.settings)) as connection:
            database = attach_source(connection, file.path)
            tables = _tables(connection, database)
            table = find_table(tables, file.part, file=shown, example=f"{shown}::TABLE")
            described = connection.execute(f"DESCRIBE {database}.{table.sql}").fetchall()
    except duckdb.Error as error:
        raise _unopened(shown, file.path, error) from None
    unreadable = {
        place: f"it holds values of type {clipped(kind)}; {READABLE}"
        for place, (_, kind, *_) in enumerate(described)
        if is_nested(kind) or kind in _NO_VALUES
    }

    def relate(connection: duckdb.DuckDBPyConnection, places: Sequence[int]) -> Relation:
        try:
            database = attach_source(connection, file.path)
        except duckdb.Error as error:
            raise _unopened(shown, file.path, error) from None
        readable = [place for place in places if place not in unreadable]
        selected = ", ".join(f"{quoted(described[place][0])} AS c{place}" for place in readable) or "1"
        return Relation(
            sql=f"(SELECT {selected} FROM {database}.{table.sql})",
            unreadable={place: unreadable[place] for place in places if place in unreadable},
        )

    name = f"{shown}::{table.shown}"
    columns = by_name([row[0] for row in described], file=name)
    opened = Input(name, columns, relate, file.path, settings=file.settings)
    opened.hash_note = beside(file.path, ".wal")
    return opened


def _tables(connection: duckdb.DuckDBPyConnection, database: str) -> list[Table]:
    """List the tables and views of a database."""
    rows = connection.execute(
        "SELECT schema_name, table_name, false FROM duckdb_tables() WHERE database_name = $name AND NOT internal "
        "UNION ALL SELECT schema_name, view_name, true FROM duckdb_views() WHERE database_name = $name AND NOT internal "
        "ORDER BY ALL",
        {"name": database},
    ).fetchall()
    refused = "is a view, which can read other files, and is not run"
    return [
        Table(schema=schema, name=name, is_usual=schema == "main", refused=refused if view else "")
        for schema, name, view in rows
    ]


def _unopened(name: str, path: Path, error: duckdb.Error) -> FileError:
    """Say why a file of DuckDB's cannot be opened."""
    refuse_full(error)
    message = str(error)
    if "not a valid DuckDB database file" in message:
        return FileError(name, "is no DuckDB file")
    if (
        re.search(r"\block\b", message)
        or "already attached" in message
        or "unique file handle" in message.lower()
    ):
        return FileError(name, "is open in another program", hint="Close it there, or copy the file")
    fault = read_error(name, path, error)
    return fault if isinstance(fault, FileError) else FileError(name, str(fault))
