"""DuckDB as this program opens it: in memory, bounded, spilling to a folder of its own, and shut off before a stranger's condition runs."""

from __future__ import annotations

import os
import weakref
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from fairaudit.engine.sql import text
from fairaudit.locking import Scratch

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

MEMORY_MEGABYTES = 290
"""What DuckDB may keep in memory, however many threads it has; it spills to disk beyond that."""
MOST_THREADS = 8
"""Among more of them each would have so little of the memory that it spilled most of the time; who asks for more gets them."""
WIDE = 500
"""Columns; beyond them reading takes more memory for each, as DuckDB holds some thousand values of every column at once."""
MEGABYTES_A_WIDE_COLUMN = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of the machine a connection may take; what is ``None`` is found out.

    Attributes
    ----------
    memory
        As DuckDB reads it, such as ``2GB``.
    threads
        At least 1.
    temp_dir
        The folder for what does not fit into memory.
    """

    memory: str | None = None
    threads: int | None = None
    temp_dir: Path | None = None


NO_LIMITS = Limits()
_SOURCE = "source_database"


def connect(limits: Limits = NO_LIMITS) -> duckdb.DuckDBPyConnection:
    """Open a database in memory, with a folder to spill to that goes when the connection goes."""
    scratch = Scratch(limits.temp_dir)
    connection = duckdb.connect(
        config={
            "temp_directory": str(scratch.path),
            "memory_limit": limits.memory or f"{MEMORY_MEGABYTES}MB",
            **({} if limits.threads is None else {"threads": limits.threads}),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            # What tables held that are gone goes back to the system, and not only once the connection is closed.
            "allocator_background_threads": "true",
            # The type of a column that was guessed from some of its values would not hold the others.
            "pandas_analyze_sample": 0,
        }
    )
    # DuckDB takes as many threads as there are processors, or fewer in a container.
    if limits.threads is None and (os.cpu_count() or MOST_THREADS + 1) > MOST_THREADS:
        (threads,) = connection.execute("SELECT current_setting('threads')").fetchone() or (1,)
        if threads > MOST_THREADS:
            connection.execute(f"SET threads = {MOST_THREADS}")
    connection.execute(
        # Repeated values take little room there; a plain temporary table would go to disk several times as soon.
        "ATTACH ':memory:' AS scratch (COMPRESS); USE scratch; "
        "SET enable_progress_bar = true; SET enable_progress_bar_print = false; "
        # Else the texts of moments would depend on where the machine stands.
        "SET TimeZone = 'UTC'"
    )
    # It writes what is added up anew for every step of it, which takes longer than adding. Older versions know nothing of it.
    with suppress(duckdb.Error):
        connection.execute("SET disabled_optimizers = 'partial_aggregate_pushdown'")
    weakref.finalize(connection, scratch.remove)
    return connection


def make_room(connection: duckdb.DuckDBPyConnection, columns: int, limits: Limits = NO_LIMITS) -> None:
    """Make room for a wide table: each thread works on a part of every column, so that fewer threads get more memory."""
    if columns > WIDE:
        connection.execute(f"SET threads = {min(2, limits.threads or 2)}")
        if limits.memory is None:
            room = MEMORY_MEGABYTES + MEGABYTES_A_WIDE_COLUMN * columns
            connection.execute(f"SET memory_limit = '{room:.0f}MB'")


def folder_of(connection: duckdb.DuckDBPyConnection) -> Path:
    """Return the folder to which a connection spills, and which goes with it."""
    (folder,) = connection.execute("SELECT current_setting('temp_directory')").fetchone() or ("",)
    return Path(folder)


def is_nested(kind: str) -> bool:
    """Return whether an SQL type is one of lists, or of records."""
    return kind.endswith("]") or kind.partition("(")[0] in ("STRUCT", "MAP", "UNION", "VARIANT")


def attach(connection: duckdb.DuckDBPyConnection, path: Path, name: str, *, read_only: bool = True) -> None:
    """Attach a file of DuckDB's own, by a name."""
    only = " (READ_ONLY, TYPE duckdb)" if read_only else ""
    connection.execute(f"ATTACH {text(path.as_posix())} AS {name}{only}")


def columns_of(connection: duckdb.DuckDBPyConnection, relation: str) -> tuple[str, ...]:
    """Name the columns of a relation."""
    return tuple(row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall())


def attach_source(connection: duckdb.DuckDBPyConnection, path: Path) -> str:
    """Attach a stranger's database to be read only, and take from the connection what reaches outside of it, which that could make use of.

    Returns
    -------
    str
        What it is called there.
    """
    (there,) = connection.execute(
        "SELECT count(*) FROM duckdb_databases() WHERE database_name = ?", [_SOURCE]
    ).fetchone() or (0,)
    if not there:
        try:
            attach(connection, path.absolute(), _SOURCE)
        except duckdb.BinderException as error:
            if "already attached" not in str(error):
                raise
            # Some versions open no file twice in one process, but by another name.
            attach(connection, _linked(connection, path.absolute()), _SOURCE)
        connection.execute("SET enable_external_access = false")
    return _SOURCE


def _linked(connection: duckdb.DuckDBPyConnection, path: Path) -> Path:
    """Link to a database, and to the changes that lie beside it, from the folder of a connection."""
    link = folder_of(connection) / "source.duckdb"
    for ending in ("", ".wal"):
        original = path.with_name(path.name + ending)
        if original.exists():
            link.with_name(link.name + ending).symlink_to(original)
    return link


def lock(connection: duckdb.DuckDBPyConnection) -> None:
    """Take from a connection, for good, what reaches outside of it; it still spills to its own temporary folder."""
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def bring(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table | pd.DataFrame) -> str:
    """Make a table of what was answered elsewhere."""
    # What was asked before may not be read to its end, and then nothing can be registered.
    connection.execute(f"DROP TABLE IF EXISTS {name}")
    connection.register("answered", table)
    connection.execute(f"CREATE TABLE {name} AS SELECT * FROM answered")
    connection.unregister("answered")
    return name


def row_with_nul(connection: duckdb.DuckDBPyConnection, rows: str, value: str) -> str:
    """Say which row of a table first holds a NUL byte, in front of what else is said; nothing without a table."""
    if not rows:
        return ""
    (row,) = connection.execute(
        f"SELECT min(rowid) + 1 FROM {rows} AND contains({value}, chr(0))"
    ).fetchone() or (0,)
    return f"row {row:,}: "
