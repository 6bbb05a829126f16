"""Tables of a PostgreSQL server: their rows come as texts, in one transaction that can only read. A password is never shown or kept."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from fairaudit.engine.duckdb import folder_of
from fairaudit.engine.sql import quoted, text
from fairaudit.errors import FairauditError, FileError, clipped
from fairaudit.read.columns import by_name
from fairaudit.read.databases import Table, find_table
from fairaudit.read.dataframes import refuse_said_of_files
from fairaudit.read.delimited import csv_options
from fairaudit.read.relation import Relation
from fairaudit.read.rows import READABLE, Cells, Input
from fairaudit.settings.address import server_of
from fairaudit.settings.source import InputSettings

if TYPE_CHECKING:
    import psycopg

_FORM = "postgresql://USER@HOST/DATABASE::TABLE"
_SECONDS = 15
"""How long a server may take to answer at all."""
_HOST_IN_BRACKETS = re.compile(r"\[[0-9a-fA-F:.%]*\]")
_READ_AS_TEXT = frozenset("BNDTSEIVU")
"""The categories of types that people mean by text, numbers, truth values, dates and times: of arrays, records and bytes there is none."""
_NO_VALUES = frozenset(("bytea", "json", "jsonb", "xml"))
_TABLES = (
    "SELECT n.nspname, c.relname, pg_catalog.pg_table_is_visible(c.oid) FROM pg_catalog.pg_class c "
    "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') "
    "AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' AND pg_catalog.has_table_privilege(c.oid, 'SELECT') ORDER BY 3 DESC, 1, 2"
)
_COLUMNS = (
    "SELECT a.attname, t.typname, t.typcategory FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid "
    "WHERE a.attrelid = %s::pg_catalog.regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"
)


def open_postgresql(source: str, settings: InputSettings) -> Input:
    """Open a table or a view of a server, ``postgresql://USER@HOST/DATABASE::TABLE``.

    Raises
    ------
    FileError
        If there is no such server or table, or it refuses to be read; if psycopg is not installed.
    """
    address, typed = _split(source)
    server = server_of(address)
    refuse_said_of_files("table of a database", settings)
    with _connected(address, server) as connection:
        rows = connection.execute(_TABLES).fetchall()
        tables = [Table(schema=schema, name=name, is_usual=usual) for schema, name, usual in rows]
        table = find_table(tables, typed, file=server, example=_FORM)
        described = connection.execute(_COLUMNS, [table.sql]).fetchall()
    names = [name for name, *_ in described]
    name = f"{server}::{table.shown}"
    unreadable = {
        place: f"it holds values of type {clipped(kind)}; {READABLE}"
        for place, (_, kind, category) in enumerate(described)
        if category not in _READ_AS_TEXT or kind in _NO_VALUES
    }

    def relate(database: duckdb.DuckDBPyConnection, places: Sequence[int]) -> Relation:
        copy = folder_of(database) / "table.csv"
        chosen = [place for place in places if place not in unreadable]
        selected = ", ".join(f"CAST({quoted(names[place])} AS text)" for place in chosen) or "1"
        with _connected(address, server) as connection:
            _copy(connection, f"SELECT {selected} FROM {table.sql}", copy)
        return Relation(
            sql=f"read_csv({text(copy.as_posix())}, {csv_options(chosen or [0], delimiter=',')}, header = false, new_line = '\\n')",
            unreadable={place: unreadable[place] for place in places if place in unreadable},
        )

    opened = Input(name, by_name(names, file=name), relate, cells=Cells.TEXTS, settings=settings)
    opened.hash_note = "rows of a database server, which change, have no hash"
    return opened


def _copy(connection: psycopg.Connection[Any], statement: str, target: Path) -> None:
    # The names in the statement are those of the server's own catalogue, quoted.
    copying = f"COPY ({statement}) TO STDOUT (FORMAT csv, FORCE_QUOTE *, ENCODING 'UTF8')".encode()
    with connection.cursor() as cursor, target.open("wb") as file, cursor.copy(copying) as rows:
        for block in rows:
            file.write(block)


@contextlib.contextmanager
def _connected(address: str, server: str) -> Iterator[psycopg.Connection[Any]]:
    """Connect for one transaction that can only read."""
    try:
        import psycopg
    except ImportError:
        raise FileError(
            server,
            "is a PostgreSQL server, and what reads from these is not installed",
            hint="pip install 'psycopg[binary]'",
        ) from None
    try:
        known = psycopg.conninfo.conninfo_to_dict(address)
    except psycopg.Error:
        # What libpq says of an address that makes no sense may hold a part of the password.
        raise FileError(
            server,
            "is no address of a PostgreSQL server",
            hint=f"Such as {_FORM}; a sign such as / or @ in a password is written as %2F or %40",
        ) from None
    try:
        waiting = {} if "connect_timeout" in known else {"connect_timeout": _SECONDS}
        with psycopg.connect(address, **waiting) as connection:  # type: ignore[arg-type]
            connection.read_only = True
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.execute("SET LOCAL TIME ZONE 'UTC'")
            connection.execute("SET LOCAL datestyle = 'ISO, YMD'")
            yield connection
    except psycopg.Error as error:
        raise _refused(server, error, known) from None


def _refused(server: str, error: psycopg.Error, known: Mapping[str, Any]) -> FairauditError:
    """Say what a server says, but for the password."""
    message = " ".join(str(error).split()) or type(error).__name__
    for secret in (known.get("password"), known.get("passfile"), known.get("sslpassword")):
        if secret:
            message = message.replace(str(secret), "…")
    hint = ""
    if "password" in message or "no pg_hba.conf entry" in message:
        hint = "PGPASSWORD or ~/.pgpass gives the password"
    elif "Connection refused" in message or "could not translate" in message or "timeout" in message:
        hint = "Is the server there, and are host and port right?"
    return FileError(server, f"cannot be read: {clipped(message, most=300).rstrip('.')}", hint=hint)


def _split(source: str) -> tuple[str, str | None]:
    """Take the table from an address; colons stand also in a host in brackets, and perhaps in a password."""
    bracket = _HOST_IN_BRACKETS.search(source)
    for begun in (bracket.end() if bracket else 0, source.find("@"), 0):
        place = source.find("::", max(begun, 0))
        if place >= 0:
            return source[:place], source[place + 2 :]
    return source, None
