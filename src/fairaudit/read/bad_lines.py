"""Lines of a text file that cannot be read: left out and counted, for those who ask for the others all the same."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fairaudit.errors import FileError
from fairaudit.read.compression import damage
from fairaudit.read.faults import LONGEST_LINE
from fairaudit.read.header import Header
from fairaudit.read.line_ends import DELIMITER
from fairaudit.read.notes import Note
from fairaudit.read.text_file import Lines, is_readable
from fairaudit.room import refuse_full

MOST_LISTED = 1000
"""How many of the lines are listed by their numbers in documents; all are counted."""
MOST_SHOWN = 5
"""How many are listed in a note."""


@dataclass(slots=True, kw_only=True)
class BadLines:
    """The lines that were left out.

    Attributes
    ----------
    count
        Of all.
    first
        Number and fault of the first ones.
    reasons
        How many there are of each fault.
    """

    count: int = 0
    first: list[tuple[int, str]] = field(default_factory=list)
    reasons: dict[str, int] = field(default_factory=dict)

    def add(self, number: int, reason: str) -> None:
        """Count a line."""
        self.count += 1
        self.reasons[reason] = self.reasons.get(reason, 0) + 1
        if len(self.first) < MOST_LISTED:
            self.first.append((number, reason))

    @property
    def notes(self) -> tuple[Note, ...]:
        """Say how many were left out, and which."""
        if not self.count:
            return ()
        shown = ", ".join(f"{number:,} ({reason})" for number, reason in self.first[:MOST_SHOWN])
        more = f" and {self.count - MOST_SHOWN:,} more" if self.count > MOST_SHOWN else ""
        lines = (
            "1 line that cannot be read is"
            if self.count == 1
            else f"{self.count:,} lines that cannot be read are"
        )
        return (
            Note(
                sentence=f"{lines} left out: line{'' if self.count == 1 else 's'} {shown}{more}", warning=True
            ),
        )


def copy_good_rows(header: Header, copy: Path) -> BadLines:
    """Copy the records that have as many fields as there are columns; a line with which none begins is counted.

    Raises
    ------
    FileError
        If the file cannot be read on.
    """
    bad = BadLines()
    try:
        with header.text.lines() as source, copy.open("w", encoding="utf-8", newline="") as target:
            writer = csv.writer(target, delimiter=DELIMITER, quoting=csv.QUOTE_ALL, lineterminator="\n")
            records = _records(source, header, bad)
            if header.is_there:
                next(records, None)
            for record in records:
                writer.writerow(record)
    except damage() as error:
        refuse_full(error)
        raise FileError(header.text.name, f"cannot be read: {error}", hint="Is the file complete?") from None
    return bad


def _records(source: io.TextIOWrapper, header: Header, bad: BadLines) -> Iterator[list[str]]:
    """Yield the good records, and count the bad lines; after one, reading goes on with the next line."""
    lines, waiting = iter(Lines(source)), deque[str]()
    number, columns = 0, len(header.names)
    while (line := waiting.popleft() if waiting else next(lines, None)) is not None:
        number += 1
        more = _rest_of_quote(line, lines, waiting)
        record, fault = _record(line + "".join(more), header.delimiter, columns)
        if not record and not fault:
            continue
        if fault:
            # The other lines were read for the sake of its quote alone.
            bad.add(number, "a double quote is never closed" if more else fault)
            waiting.extendleft(reversed(more))
        else:
            number += len(more)
            yield record


def _rest_of_quote(line: str, lines: Iterator[str], waiting: deque[str]) -> list[str]:
    """Read on to where an open quote is closed, as far as any line is long."""
    more: list[str] = []
    quote_open, length = line.count('"') % 2, len(line)
    while quote_open and length < LONGEST_LINE:
        following = waiting.popleft() if waiting else next(lines, None)
        if following is None:
            break
        more.append(following)
        length += len(following)
        quote_open ^= following.count('"') % 2
    return more


def _record(text: str, delimiter: str, columns: int) -> tuple[list[str], str]:
    """Take a record apart; say what is wrong with one that is none. A blank line is neither."""
    if not text.strip("\r\n") or (delimiter == " " and not text.strip(" \r\n")):
        return [], ""
    if not is_readable(text):
        return [], "cannot be decoded"
    bare = text.strip(" \r\n") if delimiter == " " else text
    if len(bare) > LONGEST_LINE:
        return [], f"longer than {LONGEST_LINE:,} characters"
    try:
        reader = csv.reader(
            io.StringIO(bare, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True
        )
        fields = next(reader, [])
    except csv.Error as error:
        if "unexpected end" in str(error):
            return [], "a double quote is never closed"
        return [], "text behind a closing double quote" if "expected after" in str(error) else str(error)
    if not any(fields[columns:]):
        # Separators at the end of a line, as spreadsheets leave them, say nothing; DuckDB reads such a row as well.
        fields = fields[:columns]
    if len(fields) != columns:
        return [], f"{len(fields):,} field{'' if len(fields) == 1 else 's'} instead of {columns:,}"
    return fields, ""
