"""What DuckDB says of a file that it cannot read, in words that name the file and the line."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
from pathlib import Path

import duckdb

from fairaudit.engine.sql import first_line, one_file
from fairaudit.errors import FileError, RowError, clipped
from fairaudit.read.compression import compression_of, damage, opened
from fairaudit.read.text_file import UTF8
from fairaudit.room import refuse_full
from fairaudit.spelling import setting

OPEN_QUOTE = "a double quote is opened and never closed"
_PARQUET = b"PAR1"
LONGEST_LINE = 2_000_000
"""Bytes; a longer line is taken for an unclosed quote."""


def may_be_line_ends(error: duckdb.Error) -> bool:
    """Return whether DuckDB may have lost its way among lines that end in different ways."""
    return any(
        sign in str(error) for sign in ("state machine reached an invalid state", "unterminated quote")
    )


def undecoded_line(error: duckdb.Error) -> int | None:
    """Return the number of the line that DuckDB could not decode, if that is what it says."""
    line = re.search(r"CSV Error on Line: (\d+)", str(error))
    return int(line[1]) if line and "unicode" in str(error) else None


def is_packed(error: duckdb.Error) -> bool:
    """Return whether DuckDB found something in a compressed file that it could not read."""
    return any(sign in str(error) for sign in ("GZIP stream", "ZSTD"))


def encoding_error(
    name: str, line: int, encoding: str, problem: str = "", *, column: str | None = None
) -> RowError:
    """Say that a line, or its value of a column, is not in the encoding that it is read in."""
    value = "" if column is None else f"its value of {clipped(column)!r} "
    if encoding == UTF8:
        return RowError(
            name,
            line,
            f"{value}is not UTF-8",
            hint=f"Save the file as UTF-8, or say {setting('encoding', 'cp1252')} if it comes from Windows",
        )
    return RowError(
        name,
        line,
        f"{value}is not in the encoding {encoding}{f': {problem}' if problem else ''}",
        hint=f"Save the file as UTF-8, or say its own encoding by {setting('encoding')}",
    )


def read_error(
    name: str, path: Path | None, error: duckdb.Error, first_line_read: int = 1
) -> FileError | RowError:
    """Say what DuckDB found wrong with a file that it read from some line on."""
    refuse_full(error)
    message = str(error)
    if isinstance(error, duckdb.OutOfMemoryException):
        return FileError(
            name,
            "does not fit into memory",
            hint=f"Allow more by {setting('memory_limit')}, leave out columns, or audit the file in parts",
        )
    line = re.search(r"CSV Error on Line: (\d+)", message)
    number = int(line[1]) + first_line_read - 1 if line else 0
    if line and (fields := re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", message)):
        return RowError(
            name,
            number,
            f"has {_count(int(fields[2]), 'field')} where the header has {fields[1]}",
            hint="A value that holds the separator has to stand in double quotes",
        )
    if line and "unicode" in message:
        return encoding_error(name, number, UTF8)
    if line and "unterminated quote" in message:
        return RowError(name, number, OPEN_QUOTE)
    if line and "Maximum line size" in message:
        return RowError(
            name, number, f"is longer than {LONGEST_LINE:,} bytes", hint="Is a double quote left open?"
        )
    if "state machine reached an invalid state" in message:
        return FileError(
            name, "cannot be read as CSV", hint="Do all of its lines end alike, in LF or in CRLF?"
        )
    if path and any(sign in message for sign in ("No magic bytes", "too small to be a Parquet file")):
        return _no_parquet(name, path)
    if (json_line := re.search(r"JSON.* in line (\d+): (.*)", first_line(error))) and path:
        return _no_json(name, path, int(json_line[1]), json_line[2])
    first = clipped(first_line(error), most=300)
    if path:
        for shown in (path.absolute().as_posix(), one_file(path.absolute())):
            first = first.replace(shown, name)
    return RowError(name, number, first) if line else FileError(name, f"cannot be read: {first}")


def _no_parquet(name: str, path: Path) -> FileError:
    """Say whether a file is no Parquet file at all, or lacks its end."""
    with path.open("rb") as stream:
        if stream.read(len(_PARQUET)) == _PARQUET:
            return FileError(name, "is a Parquet file without its end", hint="Is the file complete?")
    return FileError(
        name,
        "is no Parquet file",
        hint=f"Let its name end as files of its kind do, or name that by {setting('format')}",
    )


def _no_json(name: str, path: Path, number: int, problem: str) -> RowError:
    """Say which line is no JSON object; DuckDB names the line behind it where it cannot be parsed."""
    problem = re.sub(r"[. ]*(Try auto-detecting .*)?$", "", problem)
    with contextlib.suppress(*damage()), opened(path, compression_of(path), name) as lines:
        before = next(itertools.islice(lines, max(number - 2, 0), None), b"").strip()
        try:
            json.loads(before or "{}")
        except (ValueError, RecursionError):
            number -= 1 if number > 1 else 0
    return RowError(
        name,
        number,
        f"is no JSON object: {clipped(problem, most=200)}",
        hint='Each line has to be one, such as {"label": 1, "score": 0.7}',
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
