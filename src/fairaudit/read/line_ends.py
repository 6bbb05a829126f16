"""A copy of a text file whose lines all end alike, for files in which DuckDB would lose its way.

It finds out how lines end by the first end that it meets, be that within quotes or not. A header with a line break in a name, and a file that two
programs wrote, one after the other, are therefore read once by Python first.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, cast

from fairaudit.errors import FileError, RowError
from fairaudit.read.faults import OPEN_QUOTE
from fairaudit.read.notes import Note

_NAMES = {"\r\n": "CRLF", "\n": "LF", "\r": "CR"}


def opened(file: Path, compressed: bool) -> BinaryIO:
    """Open a file for its bytes, uncompressed."""
    return cast("BinaryIO", gzip.open(file, "rb")) if compressed else file.open("rb")


def copy_rows(file: Path, copy: Path, *, name: str, compressed: bool, delimiter: str) -> dict[str, int]:
    """Copy all records but the first; each is one line that ends in LF, and its line breaks stand in quotes.

    Returns
    -------
    dict
        How many records of the file end in which way.

    Raises
    ------
    RowError
        If a record is no record of a text file.
    FileError
        If the file cannot be read.
    """
    try:
        # Bytes that are not UTF-8 stay as they are, so that they are found where everybody finds them.
        with (
            io.TextIOWrapper(
                opened(file, compressed), encoding="utf-8-sig", errors="surrogateescape", newline=""
            ) as source,
            copy.open("w", encoding="utf-8", errors="surrogateescape", newline="") as target,
        ):
            lines = _Lines(source)
            reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
            writer = csv.writer(target, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n")
            ends: dict[str, int] = {}
            number = 0
            try:
                for number, record in enumerate(reader, start=1):
                    ends[lines.end] = ends.get(lines.end, 0) + 1
                    if number > 1:
                        writer.writerow(record)
            except csv.Error as error:
                raise _fault(name, number + 1, error) from None
    except (OSError, EOFError, zlib.error) as error:
        raise FileError(name, f"cannot be read: {error}") from None
    return {_NAMES[end]: count for end, count in ends.items() if end}


def _fault(name: str, line: int, error: csv.Error) -> RowError:
    if "unexpected end" in str(error):
        return RowError(name, line, OPEN_QUOTE)
    if "expected after" in str(error):
        hint = "A quote within a value is written twice, and the whole value stands in quotes"
        return RowError(name, line, "holds text behind a closing double quote", hint=hint)
    return RowError(name, line, f"is no record of a CSV file: {error}")


def ends_notes(ends: Mapping[str, int]) -> tuple[Note, ...]:
    """Say that lines end in more than one way."""
    if len(ends) < 2:
        return ()
    ways = ", ".join(f"{count:,} in {end}" for end, count in ends.items())
    return (Note(sentence=f"its lines end in different ways, {ways}; each is read as a line"),)


class _Lines:
    """The lines of a file, of which the last one given is remembered for how it ends."""

    def __init__(self, source: io.TextIOWrapper) -> None:
        self._source = source
        self.end = ""

    def __iter__(self) -> Iterator[str]:
        for line in self._source:
            self.end = "\r\n" if line.endswith("\r\n") else line[-1:] if line.endswith(("\r", "\n")) else ""
            yield line
