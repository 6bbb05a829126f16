"""The header of a text file: its separator and the names of its columns."""

from __future__ import annotations

import codecs
import csv
import io
import zlib
from dataclasses import dataclass
from pathlib import Path

from fairaudit.errors import FileError, RowError
from fairaudit.read.faults import LONGEST_LINE, OPEN_QUOTE
from fairaudit.read.line_ends import opened
from fairaudit.read.spreadsheet import plain_cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The first record of a text file.

    Attributes
    ----------
    names
        As they stand there: some may be empty, and some alike.
    line_break
        Whether a name holds one.
    """

    delimiter: str
    names: tuple[str, ...]
    line_break: bool


def read_header(file: Path, name: str, compressed: bool, *, tabs: bool) -> Header:
    """Read the first record only; the separator is the one of ``, ; tab |`` that the header holds most of."""
    try:
        with opened(file, compressed) as stream:
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
        raise RowError(name, 1, OPEN_QUOTE)
    delimiter = "\t" if tabs else max(",;\t|", key=lambda sign: _count(line, sign, name))
    names = _fields(line, delimiter, name)
    return Header(
        delimiter=delimiter,
        names=names,
        line_break=any(sign in column for column in names for sign in "\r\n"),
    )


def _count(line: str, delimiter: str, name: str) -> int:
    """Count the names between delimiters; none where a field would be longer than any is."""
    try:
        return sum(1 for field in _fields(line, delimiter, name) if field.strip())
    except RowError:
        return 0


def _fields(line: str, delimiter: str, name: str) -> tuple[str, ...]:
    try:
        names = next(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter), ())
    except csv.Error as error:
        raise RowError(name, 1, f"is no header: {error}") from None
    return tuple(plain_cell(name) for name in names)
