"""A copy of a text file whose lines all end alike, for files in which DuckDB would lose its way.

It finds out how lines end by the first end that it meets, be that within quotes or not. A header with a line break in a name, and a file that two
programs wrote, one after the other, are therefore read once by Python first; and so are files of other encodings than UTF-8, and those whose
columns stand between any number of spaces.
"""

from __future__ import annotations

import codecs
import csv
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from fairaudit.errors import FileError, RowError
from fairaudit.read.compression import damage, opened
from fairaudit.read.faults import OPEN_QUOTE, encoding_error
from fairaudit.read.header import Header
from fairaudit.read.notes import Note
from fairaudit.read.text_file import UTF8, Lines, is_readable
from fairaudit.room import refuse_full

_NAMES = {"\r\n": "CRLF", "\n": "LF", "\r": "CR"}
_BLOCK = 1 << 20
_QUOTED = re.compile(r'(?:^| )"(?:[^"]|"")*("?)')
DELIMITER = ","
"""What stands between columns in copies."""


def copy_rows(header: Header, copy: Path) -> dict[str, int]:
    """Copy all records but the header; each is one line that ends in LF, and its line breaks stand in quotes.

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
    text = header.text
    try:
        with (
            text.lines() as source,
            copy.open("w", encoding="utf-8", errors="surrogateescape", newline="") as target,
        ):
            lines = Lines(source)
            reader = csv.reader(
                _prepared(lines, header), delimiter=header.delimiter, strict=True, skipinitialspace=True
            )
            writer = csv.writer(target, delimiter=DELIMITER, quoting=csv.QUOTE_ALL, lineterminator="\n")
            ends: dict[str, int] = {}
            number = before = 0
            try:
                for number, record in enumerate(reader, start=1):
                    before = lines.number
                    ends[lines.end] = ends.get(lines.end, 0) + 1
                    if number > 1 or not header.is_there:
                        writer.writerow(record)
            except csv.Error as error:
                raise _fault(text.name, number + 1, error, several_lines=lines.number > before + 1) from None
    except damage() as error:
        refuse_full(error)
        raise FileError(text.name, f"cannot be read: {error}") from None
    return {_NAMES[end]: count for end, count in ends.items() if end}


def _prepared(lines: Lines, header: Header) -> Iterator[str]:
    """Refuse what cannot be decoded, where DuckDB does not; and take off the spaces at the end of a record, which would be a column."""
    spaces, utf8 = header.delimiter == " ", header.text.is_utf8
    quote_open = False
    for line in lines:
        if not utf8 and not is_readable(line):
            column = header.undecoded(line)
            raise encoding_error(header.text.name, lines.number, header.text.encoding, column=column)
        if spaces and (quote_open or '"' in line):
            quote_open = _ends_in_quotes(line, quote_open=quote_open)
        yield line.rstrip(" \r\n") + "\n" if spaces and not quote_open else line


def _ends_in_quotes(line: str, *, quote_open: bool) -> bool:
    r"""Tell whether a line between spaces ends within quotes, if it begins within some or not; a quote within a word opens nothing.

    >>> _ends_in_quotes('1 "a b\n', quote_open=False), _ends_in_quotes('c" 5\n', quote_open=True), _ends_in_quotes('5" 1\n', quote_open=False)
    (True, False, False)
    """
    quoted = [*_QUOTED.finditer(f'"{line}' if quote_open else line)]
    return bool(quoted) and not quoted[-1][1]


def _fault(name: str, line: int, error: csv.Error, *, several_lines: bool) -> RowError:
    # Behind a quote that is left open Python reads on until the value is too long for it.
    if "unexpected end" in str(error) or ("field limit" in str(error) and several_lines):
        return RowError(name, line, OPEN_QUOTE)
    if "expected after" in str(error):
        hint = "A quote within a value is written twice, and the whole value stands in quotes"
        return RowError(name, line, "holds text behind a closing double quote", hint=hint)
    return RowError(name, line, f"is no record of a CSV file: {error}")


def refuse_unsound(header: Header) -> None:
    """Refuse bytes that are not UTF-8, and a quote that is never closed, in a file that is read by an engine which reads past both.

    Raises
    ------
    RowError
        If a line holds one of them.
    FileError
        If the file cannot be read.
    """
    text, any_quote = header.text, False
    decoder = codecs.getincrementaldecoder(UTF8)()
    try:
        with opened(text.path, text.compression, text.name) as stream:
            while block := stream.read(_BLOCK):
                any_quote = any_quote or b'"' in block
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        with text.lines() as lines:
            for number, line in enumerate(lines, start=1):
                if not is_readable(line):
                    raise encoding_error(text.name, number, UTF8, column=header.undecoded(line)) from None
    except damage() as error:
        raise FileError(text.name, f"cannot be read: {error}", hint="Is the file complete?") from None
    if any_quote:
        copy_rows(header, Path(os.devnull))


def ends_notes(ends: Mapping[str, int]) -> tuple[Note, ...]:
    """Say that lines end in more than one way."""
    if len(ends) < 2:
        return ()
    ways = ", ".join(f"{count:,} in {end}" for end, count in ends.items())
    return (Note(sentence=f"its lines end in different ways, {ways}; each is read as a line"),)
