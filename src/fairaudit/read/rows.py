"""Rows of one source in DuckDB, whatever they came from: what is known before a row is read, and what once they are."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import tempfile
import weakref
import zlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from fairaudit.errors import ColumnMissing, FileError
from fairaudit.read.conditions import keep_rows, lock, read_condition
from fairaudit.read.faults import read_error
from fairaudit.read.notes import Note
from fairaudit.read.readings import Readings
from fairaudit.read.sql import quoted

MEMORY_MEGABYTES = 300
"""What DuckDB may keep in memory with up to three threads; it spills to disk beyond that."""
MEGABYTES_A_THREAD = 100
WIDE = 500
"""Columns; beyond them reading takes more memory for each, as DuckDB holds some thousand values of every column at once."""
MEGABYTES_A_WIDE_COLUMN = 0.2
_HASH_BLOCK = 1 << 20

Progress = Callable[[float], None]
"""Is told now and then which share (0 to 1) of a long read is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What was read, as the documents name it.

    Attributes
    ----------
    name
        File name without its folder, ``stdin``, or the kind of frame.
    sha256, bytes
        Of the file as it stands (compressed if it is); ``None`` for a frame.
    columns
        All column names, in their order.
    """

    name: str
    sha256: str | None
    bytes: int | None
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows of one source in DuckDB's table ``source_rows``; column i of the source is ``c{i}`` there.

    Attributes
    ----------
    rows
        How many rows the source holds; those that `where` leaves out have ``kept = false``.
    readings
        What the columns mean, told from the rows that `where` keeps.
    notes
        What was found in the header or while the rows were read.
    sql_names
        The SQL name of each loaded column.
    """

    source: Source
    connection: duckdb.DuckDBPyConnection
    sql_names: Mapping[str, str]
    rows: int
    where: str | None
    readings: Readings
    notes: tuple[Note, ...] = ()

    @property
    def loaded(self) -> tuple[str, ...]:
        """The names of the loaded columns, in the order in which they were asked for."""
        return tuple(self.sql_names)

    def column(self, name: str) -> str:
        """Give the SQL name of a loaded column."""
        if name not in self.sql_names:
            raise ColumnMissing(self.source.name, name, self.source.columns)
        return self.sql_names[name]

    def one(self, statement: str) -> tuple[Any, ...]:
        """Run a query of one row."""
        return self.connection.execute(statement).fetchone() or ()


class Input:
    """One opened source, from which rows can be loaded; `columns` are known before any row is read."""

    def __init__(
        self,
        source_name: str,
        columns: tuple[str, ...],
        relation: str,
        path: Path | None,
        connection: duckdb.DuckDBPyConnection,
        *,
        untyped: bool = False,
        notes: tuple[Note, ...] = (),
        frame: object | None = None,
    ) -> None:
        self.name = source_name
        self.columns = columns
        self._places = {name: place for place, name in enumerate(columns)}
        self.connection = connection
        self._relation = relation
        self._path = path
        self._untyped = untyped
        self.notes = notes
        self._frame = frame
        self._locked = False

    def require(self, column: str, *, hint: str = "") -> str:
        """Give back a column's name if the source has it, else say which columns there are."""
        if column not in self.columns:
            raise ColumnMissing(self.name, column, self.columns, hint=hint)
        return column

    def load(
        self,
        columns: Sequence[str],
        *,
        where: str | None = None,
        one_thread: bool = False,
        na_values: Sequence[str] | None = None,
        on_progress: Progress | None = None,
    ) -> Rows:
        """Read the named columns of all rows, once.

        Parameters
        ----------
        columns
            Names of columns of this source.
        where
            Which rows are kept.
        one_thread
            Whether what is asked of the rows afterwards is answered by one thread: sums of floats depend on how threads share the rows.
        na_values
            Marks of missing values; ``None`` for the usual ones.

        Raises
        ------
        RowError, FileError
            If a line does not fit its header, or is not UTF-8.
        OptionError
            If `where` is no condition over the columns.
        """
        where = (where or "").strip() or None
        condition = read_condition(where, columns=self.columns, file=self.name) if where else None
        asked = set(columns)
        wanted = [
            name
            for name in self.columns
            if name in asked or (condition is not None and name in condition.columns)
        ]
        selected = [*(f"{quoted(name)} AS {self._sql_name(name)}" for name in wanted), "true AS kept"]
        table = "read_rows" if condition else "source_rows"
        statement = (
            f"CREATE OR REPLACE TABLE scratch.{table} AS SELECT {', '.join(selected)} FROM {self._relation}"
        )
        if self._locked:
            # A connection that has read its rows reads no other file; these rows are loaded once more.
            self.connection = connect(self._frame)
        _make_room(self.connection, len(wanted))
        with ThreadPoolExecutor(max_workers=3) as pool:
            digest = pool.submit(hash_file, self._path) if self._path else None
            whole = pool.submit(_refuse_cut_gzip, self._path, self.name) if self._path else None
            try:
                _watch(pool.submit(self.connection.execute, statement), self.connection, on_progress)
            except duckdb.Error as error:
                raise read_error(self.name, self._path, error) from None
            if whole:
                whole.result()
            sha256, size = digest.result() if digest else (None, None)
        if one_thread:
            # Nothing can be set once the connection is locked.
            self.connection.execute("SET threads = 1")
        lock(self.connection)
        self._locked = True
        if condition:
            keep_rows(
                self.connection,
                condition,
                file=self.name,
                columns=self.columns,
                asked=[name for name in wanted if name in asked],
                na_values=na_values,
            )
        (rows,) = self.connection.execute("SELECT count(*) FROM source_rows").fetchone() or (0,)
        if rows == 0:
            raise FileError(self.name, "has a header but no rows" if self._untyped else "has no rows")
        source = Source(name=self.name, sha256=sha256, bytes=size, columns=self.columns)
        return Rows(
            source=source,
            connection=self.connection,
            sql_names={name: self._sql_name(name) for name in columns},
            rows=rows,
            where=where,
            readings=Readings(
                self.connection,
                "(SELECT * FROM source_rows WHERE kept)",
                {name: self._sql_name(name) for name in columns},
                file=self.name,
                na_values=na_values,
            ),
            notes=self.notes,
        )

    def _sql_name(self, name: str) -> str:
        return f"c{self._places[name]}"


def connect(frame: object | None = None) -> duckdb.DuckDBPyConnection:
    """Open a database in memory, with a folder to spill to that goes when the connection goes; a frame is its ``source_frame``."""
    threads = os.cpu_count() or 1
    folder = scratch_folder()
    connection = duckdb.connect(
        config={
            "temp_directory": str(folder),
            "memory_limit": f"{max(MEMORY_MEGABYTES, MEGABYTES_A_THREAD * threads)}MB",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
        }
    )
    # Repeated values take little room there; a plain temporary table would go to disk several times as soon.
    connection.execute("ATTACH ':memory:' AS scratch (COMPRESS)")
    connection.execute("USE scratch")
    connection.execute("SET enable_progress_bar = true")
    connection.execute("SET enable_progress_bar_print = false")
    if frame is not None:
        connection.register("source_frame", frame)
    weakref.finalize(connection, shutil.rmtree, folder, ignore_errors=True)
    return connection


def _make_room(connection: duckdb.DuckDBPyConnection, columns: int) -> None:
    """Let a wide table be read: each thread works on a part of every column, so that fewer threads get more memory."""
    if columns > WIDE:
        connection.execute("SET threads = 2")
        connection.execute(
            f"SET memory_limit = '{MEMORY_MEGABYTES + MEGABYTES_A_WIDE_COLUMN * columns:.0f}MB'"
        )


def scratch_folder() -> Path:
    """Make a temporary folder."""
    return Path(tempfile.mkdtemp(prefix="fairaudit-"))


def columns_of(connection: duckdb.DuckDBPyConnection, relation: str) -> tuple[str, ...]:
    """Name the columns of a relation."""
    return tuple(row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall())


def hash_file(path: Path) -> tuple[str, int]:
    """Give a file's SHA-256 and its size in bytes."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_HASH_BLOCK):
            digest.update(block)
            size += len(block)
    return digest.hexdigest(), size


def _refuse_cut_gzip(path: Path, name: str) -> None:
    """Read a compressed file to its end, because some versions of DuckDB take a cut one for whole."""
    if path.suffix.lower() != ".gz":
        return
    try:
        with gzip.open(path, "rb") as file:
            while file.read(_HASH_BLOCK):
                pass
    except (OSError, EOFError, zlib.error) as error:
        raise FileError(name, f"cannot be read: {error}", hint="Is the file complete?") from None


def _watch(job: Future[Any], connection: duckdb.DuckDBPyConnection, on_progress: Progress | None) -> None:
    """Wait for a statement that runs in another thread, and tell how far it is."""
    try:
        while on_progress and not wait([job], timeout=0.2).done:
            on_progress(max(0.0, connection.query_progress()) / 100)
        job.result()
    except KeyboardInterrupt:
        connection.interrupt()
        raise
