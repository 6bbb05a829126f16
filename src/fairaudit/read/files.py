"""Files, streams and frames into rows.

Text formats are read without guessing: every value stays the text that stands in the file until its role is known, so
that ``007`` remains a group name and a ragged line is an error instead of a shifted column.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import os
import re
import shutil
import sys
import tempfile
import weakref
import zlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import duckdb

from fairaudit.errors import ColumnMissing, FileError, RowError, clipped
from fairaudit.read.conditions import keep_rows, mentions, refuse_statements
from fairaudit.read.sql import first_line, quoted, text

STDIN = "-"
MEMORY_MEGABYTES = 300
"""What DuckDB may keep in memory with up to three threads; it spills to disk beyond that."""
MEGABYTES_A_THREAD = 100
_OPEN_QUOTE = "a double quote is opened and never closed"
LONGEST_LINE = 2_000_000
"""Bytes; a longer line is taken for an unclosed quote."""
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
    """

    source: Source
    connection: duckdb.DuckDBPyConnection
    loaded: tuple[str, ...]
    rows: int
    where: str | None

    def column(self, name: str) -> str:
        """Give the SQL name of a loaded column."""
        if name not in self.loaded:
            raise ColumnMissing(self.source.name, name, self.source.columns)
        return f"c{self.source.columns.index(name)}"


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
    ) -> None:
        self.name = source_name
        self.columns = columns
        self.connection = connection
        self._relation = relation
        self._path = path
        self._untyped = untyped

    def require(self, column: str, *, hint: str = "") -> str:
        """Give back a column's name if the source has it, else say which columns there are."""
        if column not in self.columns:
            raise ColumnMissing(self.name, column, self.columns, hint=hint)
        return column

    def load(
        self, columns: Sequence[str], *, where: str | None = None, on_progress: Progress | None = None
    ) -> Rows:
        """Read the named columns of all rows, once.

        Raises
        ------
        RowError, FileError
            If a line does not fit its header, or is not UTF-8.
        OptionError
            If `where` is no condition over the columns.
        """
        where = (where or "").strip() or None
        mentioned = [name for name in self.columns if where and mentions(where, name)]
        asked = set(columns)
        wanted = [name for name in self.columns if name in asked or name in mentioned]
        selected = [*(f"{quoted(name)} AS {self._sql_name(name)}" for name in wanted), "true AS kept"]
        table = "read_rows" if where else "source_rows"
        statement = (
            f"CREATE OR REPLACE TABLE scratch.{table} AS SELECT {', '.join(selected)} FROM {self._relation}"
        )
        if where:
            refuse_statements(where)
        with ThreadPoolExecutor(max_workers=3) as pool:
            digest = pool.submit(hash_file, self._path) if self._path else None
            whole = pool.submit(_refuse_cut_gzip, self._path, self.name) if self._path else None
            try:
                _watch(pool.submit(self.connection.execute, statement), self.connection, on_progress)
            except duckdb.Error as error:
                raise _read_error(self.name, self._path, error) from None
            if whole:
                whole.result()
            sha256, size = digest.result() if digest else (None, None)
        if where:
            keep_rows(
                self.connection,
                where,
                file=self.name,
                columns=self.columns,
                asked=[name for name in wanted if name in asked],
                mentioned=mentioned,
                untyped=self._untyped,
            )
        (rows,) = self.connection.execute("SELECT count(*) FROM source_rows").fetchone() or (0,)
        if rows == 0:
            raise FileError(self.name, "has a header but no rows" if self._untyped else "has no rows")
        source = Source(name=self.name, sha256=sha256, bytes=size, columns=self.columns)
        return Rows(source=source, connection=self.connection, loaded=tuple(columns), rows=rows, where=where)

    def _sql_name(self, name: str) -> str:
        return f"c{self.columns.index(name)}"


def open_path(path: str) -> Input:
    """Open a file (CSV, TSV, Parquet, JSON lines; CSV, TSV and JSON lines also as .gz), or ``-`` for CSV on stdin.

    Raises
    ------
    FileError
        If there is no such file, or it is empty, has no usable header, or is of no known kind.
    """
    if path == STDIN:
        return _open_stream(sys.stdin.buffer, "stdin")
    file = Path(path)
    try:
        if file.is_dir():
            raise FileError(path, "is a folder, not a file")
        with file.open("rb") as stream:
            if not file.is_file():
                # A pipe can be read only once, and its size is not known before.
                return _open_stream(stream, path)
            empty = not stream.read(1)
    except FileNotFoundError:
        raise FileError(path, "there is no such file") from None
    except (OSError, ValueError) as error:
        # A name with a NUL byte is a ValueError.
        raise FileError(path, f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if empty:
        raise FileError(path, "is empty", hint="A header line and rows were expected")
    return _open_file(file, path)


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
    connection = _connect()
    try:
        connection.register("source_frame", frame)
        columns = _columns_of(connection, "source_frame")
    except (duckdb.Error, TypeError, RuntimeError):
        if len(getattr(frame, "columns", ())):
            hint = "Turn columns such as intervals into text first"
            raise FileError(name, "has a column of a type that cannot be read", hint=hint) from None
        raise no_table from None
    except ImportError as error:
        raise FileError(name, f"cannot be read: {error}", hint="It needs the package pyarrow") from None
    _check_header(name, _own_names(frame, package) or columns, line=None)
    return Input(name, columns, "source_frame", None, connection)


def _open_stream(stream: BinaryIO, name: str) -> Input:
    folder = _scratch_folder()
    copy = folder / "stream.csv"
    try:
        with copy.open("wb") as file:
            shutil.copyfileobj(stream, file)
        if copy.stat().st_size == 0:
            raise FileError(name, "is empty", hint="A header line and rows were expected")
        opened = _open_file(copy, name)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    weakref.finalize(opened.connection, shutil.rmtree, folder, ignore_errors=True)
    return opened


def _open_file(file: Path, name: str) -> Input:
    shown = Path(name).name
    suffixes = [suffix.lower() for suffix in file.suffixes]
    compressed = suffixes[-1:] == [".gz"]
    kind = (suffixes[-2:-1] if compressed else suffixes[-1:]) or [".csv"]
    connection = _connect()
    whole = file.absolute()
    if any(sign in str(whole) for sign in "*?["):
        # DuckDB would take these as a pattern of several files.
        link = _scratch_folder() / f"input{''.join(suffixes)}"
        link.symlink_to(whole)
        weakref.finalize(connection, shutil.rmtree, link.parent, ignore_errors=True)
        whole = link
    # A folder named race=x would otherwise become a column, and even take the place of the file's own.
    literal = f"{text(whole.as_posix())}, hive_partitioning = false"
    match kind[0]:
        case ".parquet" | ".pq":
            relation = f"read_parquet({literal})"
        case ".jsonl" | ".ndjson":
            columns = _json_keys(connection, literal, file, shown)
            fields = ", ".join(f"{text(column)}: 'VARCHAR'" for column in columns)
            relation = f"read_json({literal}, format = 'newline_delimited', columns = {{{fields}}})"
            return Input(shown, columns, relation, file, connection, untyped=True)
        case ".csv" | ".txt" | ".tsv" | ".tab" | ".data":
            delimiter, columns = _read_header(file, shown, compressed, tabs=kind[0] in (".tsv", ".tab"))
            fields = ", ".join(f"{text(column)}: 'VARCHAR'" for column in columns)
            relation = (
                f"read_csv({literal}, auto_detect = false, header = true, delim = {text(delimiter)}, quote = '\"', escape = '\"', "
                f"strict_mode = true, max_line_size = {LONGEST_LINE}, columns = {{{fields}}}{', compression = ' + text('gzip') if compressed else ''})"
            )
            return Input(shown, columns, relation, file, connection, untyped=True)
        case other:
            raise FileError(
                shown,
                f"is of no known kind ({other})",
                hint="Known are .csv, .tsv, .jsonl (each also with .gz) and .parquet",
            )
    try:
        columns = _columns_of(connection, relation)
    except duckdb.Error as error:
        raise _read_error(shown, file, error) from None
    _check_header(shown, columns, line=None)
    return Input(shown, columns, relation, file, connection)


def _read_header(file: Path, name: str, compressed: bool, *, tabs: bool) -> tuple[str, tuple[str, ...]]:
    """Read the first record only; the separator is the one of ``, ; tab |`` that the header holds most of."""
    try:
        with _opened(file, compressed) as stream:
            start = stream.read(len(codecs.BOM_UTF16_LE))
            stream.seek(0)
            # Bytes that are not UTF-8 become marks, since more than the first record is decoded at a time.
            with io.TextIOWrapper(
                stream, encoding="utf-8-sig", errors="surrogateescape", newline=""
            ) as lines:
                parts = [lines.readline(LONGEST_LINE)]
                length, quote_open = len(parts[0]), parts[0].count('"') % 2
                while quote_open and length < LONGEST_LINE and (more := lines.readline(LONGEST_LINE)):
                    parts.append(more)
                    length += len(more)
                    quote_open ^= more.count('"') % 2
    except (OSError, EOFError, zlib.error) as error:
        raise FileError(name, f"cannot be read: {error}") from None
    line = "".join(parts)
    if any("\udc80" <= sign <= "\udcff" for sign in line):
        encoding = "UTF-16" if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "another encoding"
        raise RowError(name, 1, f"is not UTF-8 but {encoding}", hint="Save the file as UTF-8")
    if "\x00" in line:
        raise FileError(name, "is not text", hint="A CSV file in UTF-8 was expected")
    if not line.strip():
        raise RowError(name, 1, "is empty where the header should be")
    if quote_open:
        raise RowError(name, 1, _OPEN_QUOTE)
    delimiter = "\t" if tabs else max(",;\t|", key=lambda sign: len(_fields(line, sign, name)))
    columns = _fields(line, delimiter, name)
    _check_header(name, columns, line=1)
    return delimiter, columns


def _fields(line: str, delimiter: str, name: str) -> tuple[str, ...]:
    try:
        return tuple(next(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter), ()))
    except csv.Error as error:
        raise RowError(name, 1, f"is no header: {error}") from None


def _opened(file: Path, compressed: bool) -> BinaryIO:
    return cast("BinaryIO", gzip.open(file, "rb")) if compressed else file.open("rb")


def _json_keys(connection: duckdb.DuckDBPyConnection, literal: str, file: Path, name: str) -> tuple[str, ...]:
    """Find the keys of JSON lines; their values are then read as text, because a type guessed from the first rows would round later ones."""
    try:
        columns = _columns_of(
            connection, f"read_json({literal}, format = 'newline_delimited', sample_size = -1)"
        )
    except duckdb.Error as error:
        raise _read_error(name, file, error) from None
    if columns == ("json",):
        # DuckDB's name for lines that are numbers, texts or lists.
        raise FileError(
            name,
            "holds no JSON lines",
            hint='Each line has to be an object, such as {"label": 1, "score": 0.7}',
        )
    _check_header(name, columns, line=None)
    return columns


def _check_header(name: str, columns: Sequence[str], *, line: int | None) -> None:
    """Refuse names that are empty, or that SQL cannot tell apart."""
    seen: dict[str, str] = {}
    for position, column in enumerate(columns, start=1):
        problem = ""
        folded = column.casefold()
        if not column.strip():
            problem = f"column {position} {'of the header ' if line else ''}has no name"
        elif folded in seen:
            also = f" (as {seen[folded]!r} too)" if seen[folded] != column else ""
            problem = f"{'the header ' if line else ''}names the column {column!r} twice{also}"
        if problem:
            raise FileError(name, problem) if line is None else RowError(name, line, problem)
        seen[folded] = column


def _own_names(frame: Any, package: str) -> tuple[str, ...]:
    """Give the names as a frame has them; DuckDB would have renamed the second of two equal ones."""
    match package:
        case "pandas":
            return tuple(map(str, frame.columns))
        case "pyarrow":
            return tuple(frame.schema.names)
        case _:
            return ()


def _columns_of(connection: duckdb.DuckDBPyConnection, relation: str) -> tuple[str, ...]:
    return tuple(row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall())


def _connect() -> duckdb.DuckDBPyConnection:
    threads = os.cpu_count() or 1
    folder = _scratch_folder()
    connection = duckdb.connect(
        config={
            "temp_directory": str(folder),
            "memory_limit": f"{max(MEMORY_MEGABYTES, MEGABYTES_A_THREAD * threads)}MB",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
    )
    # Repeated values take little room there; a plain temporary table would go to disk several times as soon.
    connection.execute("ATTACH ':memory:' AS scratch (COMPRESS)")
    connection.execute("USE scratch")
    connection.execute("SET enable_progress_bar = true")
    connection.execute("SET enable_progress_bar_print = false")
    weakref.finalize(connection, shutil.rmtree, folder, ignore_errors=True)
    return connection


def _scratch_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="fairaudit-"))


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


def _read_error(name: str, path: Path | None, error: duckdb.Error) -> FileError | RowError:
    message = str(error)
    line = re.search(r"CSV Error on Line: (\d+)", message)
    number = int(line[1]) if line else 0
    if line and (fields := re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", message)):
        return RowError(
            name,
            number,
            f"has {_count(int(fields[2]), 'field')} where the header has {fields[1]}",
            hint="A value that holds the separator has to stand in double quotes",
        )
    if line and "unicode" in message:
        return RowError(name, number, "is not UTF-8", hint="Save the file as UTF-8")
    if line and "unterminated quote" in message:
        return RowError(name, number, _OPEN_QUOTE)
    if line and "Maximum line size" in message:
        return RowError(
            name, number, f"is longer than {LONGEST_LINE:,} bytes", hint="Is a double quote left open?"
        )
    if "state machine reached an invalid state" in message:
        return FileError(
            name, "cannot be read as CSV", hint="Do all of its lines end alike, in LF or in CRLF?"
        )
    first = clipped(first_line(error), most=300)
    if path:
        first = first.replace(path.absolute().as_posix(), name)
    return RowError(name, number, first) if line else FileError(name, f"cannot be read: {first}")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def describe(columns: Mapping[str, int]) -> str:
    """List names with their counts, most frequent first."""
    return ", ".join(f"{clipped(name)!r} ({count:,})" for name, count in columns.items())
