"""Files, streams and frames into rows.

Text formats are read without guessing: every value stays the text that stands in the file until its role is known, so
that ``007`` remains a group name and a ragged line is an error instead of a shifted column.
"""

from __future__ import annotations

import shutil
import sys
import weakref
from pathlib import Path
from typing import BinaryIO

import duckdb

from fairaudit.errors import FileError
from fairaudit.read.faults import LONGEST_LINE, read_error
from fairaudit.read.header import check_header, read_header
from fairaudit.read.rows import Input, columns_of, connect, scratch_folder
from fairaudit.read.sql import text

STDIN = "-"


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


def _open_stream(stream: BinaryIO, name: str) -> Input:
    folder = scratch_folder()
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
    weakref.finalize(opened, shutil.rmtree, folder, ignore_errors=True)
    return opened


def _open_file(file: Path, name: str) -> Input:
    shown = Path(name).name
    suffixes = [suffix.lower() for suffix in file.suffixes]
    compressed = suffixes[-1:] == [".gz"]
    kind = (suffixes[-2:-1] if compressed else suffixes[-1:]) or [".csv"]
    connection = connect()
    whole = file.absolute()
    if any(sign in str(whole) for sign in "*?["):
        # DuckDB would take these as a pattern of several files.
        link = scratch_folder() / f"input{''.join(suffixes)}"
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
            delimiter, columns = read_header(file, shown, compressed, tabs=kind[0] in (".tsv", ".tab"))
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
        columns = columns_of(connection, relation)
    except duckdb.Error as error:
        raise read_error(shown, file, error) from None
    check_header(shown, columns, line=None)
    return Input(shown, columns, relation, file, connection)


def _json_keys(connection: duckdb.DuckDBPyConnection, literal: str, file: Path, name: str) -> tuple[str, ...]:
    """Find the keys of JSON lines; their values are then read as text, because a type guessed from the first rows would round later ones."""
    try:
        columns = columns_of(
            connection, f"read_json({literal}, format = 'newline_delimited', sample_size = -1)"
        )
    except duckdb.Error as error:
        raise read_error(name, file, error) from None
    if columns == ("json",):
        # DuckDB's name for lines that are numbers, texts or lists.
        raise FileError(
            name,
            "holds no JSON lines",
            hint='Each line has to be an object, such as {"label": 1, "score": 0.7}',
        )
    check_header(name, columns, line=None)
    return columns
