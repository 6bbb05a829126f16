"""The header of a text file: its encoding, its separator and the names of its columns."""

from __future__ import annotations

import csv
import io
import itertools
import re
from dataclasses import dataclass

from fairaudit.errors import FileError, RowError, clipped
from fairaudit.read.compression import damage, opened, starts_as
from fairaudit.read.faults import LONGEST_LINE, OPEN_QUOTE, encoding_error
from fairaudit.read.source_file import SourceFile
from fairaudit.read.spreadsheet import plain_cell
from fairaudit.read.text_file import LONGEST_MARK, TextFile, encoding_by_mark, is_readable
from fairaudit.spelling import setting

DELIMITERS = ",;\t|"
_FOR_SPREADSHEETS = re.compile(r"\"?sep=.?\"?", re.IGNORECASE)
_SAMPLED = 20
"""Lines behind the header that tell whether it is divided by spaces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The first record of a text file.

    Attributes
    ----------
    text
        The file and its encoding.
    names
        Of the columns, as they stand there or were given: some may be empty, and some alike.
    is_there
        Whether the first record is a header, and not a row.
    line_break
        Whether a name holds one.
    expected_rows
        About how many rows there are, by the length of the first ones; ``None`` where these do not tell it.
    """

    text: TextFile
    delimiter: str
    names: tuple[str, ...]
    is_there: bool
    line_break: bool
    expected_rows: int | None = None

    def undecoded(self, line: str) -> str | None:
        """Name the column whose value in a line could not be decoded; ``None`` where the line alone does not tell it."""
        fields = _or_none(line, self.delimiter, self.text.name)
        if len(fields) != len(self.names):
            return None
        return next((n for n, field in zip(self.names, fields, strict=True) if not is_readable(field)), None)


def read_header(file: SourceFile, *, tabs: bool) -> Header:
    """Read the first record only; the separator is the one of ``, ; tab |`` that it holds most of, or spaces, if none is named."""
    text = _text_file(file)
    chosen_names = file.settings.names
    try:
        with text.lines() as lines:
            parts = [lines.readline(LONGEST_LINE)]
            length, quote_open = len(parts[0]), parts[0].count('"') % 2
            while quote_open and length < LONGEST_LINE and (more := lines.readline(LONGEST_LINE)):
                parts.append(more)
                length += len(more)
                quote_open ^= more.count('"') % 2
            sample = list(itertools.islice(iter(lambda: lines.readline(LONGEST_LINE), ""), _SAMPLED))
    except UnicodeError as error:
        raise encoding_error(file.name, 1, text.encoding, str(error)) from None
    except damage() as error:
        raise FileError(file.name, f"cannot be read: {error}") from None
    line = "".join(parts).removeprefix("\ufeff")
    _refuse_no_header(file, text, line, quote_open=bool(quote_open))
    delimiter = "\t" if tabs else file.settings.delimiter or _sniff(line, sample, file)
    fields = fields_of(line, delimiter, file.name)
    _refuse_comment(file.name, line, fields, sample)
    if chosen_names and len(fields) != len(chosen_names):
        raise RowError(
            file.name,
            1,
            f"has {len(fields):,} fields, and {setting('names')} gives {len(chosen_names):,} names",
            hint=f"Name every column, or say by {setting('delimiter')} what stands between them",
        )
    names = chosen_names or tuple(plain_cell(name) for name in fields)
    return Header(
        text=text,
        delimiter=delimiter,
        names=names,
        is_there=not chosen_names,
        line_break=any(sign in column for column in fields for sign in "\r\n"),
        expected_rows=_expected_rows(text, sample),
    )


def _expected_rows(text: TextFile, sample: list[str]) -> int | None:
    """Estimate how many rows a file has."""
    if text.compression is not None or not text.is_utf8 or not sample:
        return None
    length = sum(len(line.encode("utf-8", "surrogateescape")) for line in sample) / len(sample)
    return round(text.path.stat().st_size / length)


def fields_of(line: str, delimiter: str, name: str) -> tuple[str, ...]:
    """Take the first record of a text file apart; several spaces are as good as one."""
    bare = line.strip(" \r\n") if delimiter == " " else line
    try:
        reader = csv.reader(
            io.StringIO(bare, newline=""), delimiter=delimiter, skipinitialspace=delimiter == " "
        )
        return tuple(next(reader, ()))
    except csv.Error as error:
        raise RowError(name, 1, f"is no header: {error}") from None


def _text_file(file: SourceFile) -> TextFile:
    """Find out how a file is encoded, if nobody has said so."""
    encoding = file.settings.encoding
    if encoding is None:
        try:
            with opened(file.path, file.compression, file.name) as stream:
                encoding = encoding_by_mark(stream.read(LONGEST_MARK))
        except damage() as error:
            raise FileError(file.name, f"cannot be read: {error}") from None
    return TextFile(path=file.path, name=file.name, compression=file.compression, encoding=encoding)


def _refuse_no_header(file: SourceFile, text: TextFile, line: str, *, quote_open: bool) -> None:
    """Refuse a first record that is none."""
    with file.path.open("rb") as stream:
        packed = starts_as(stream.read(LONGEST_MARK))
    if packed is not None and file.compression is None:
        ending = {"gzip": ".gz", "zstd": ".zst"}[packed]
        raise FileError(
            file.name, f"is compressed by {packed}", hint=f"Let its name end in {ending}, or unpack it"
        )
    if not is_readable(line):
        raise encoding_error(file.name, 1, text.encoding)
    if "\x00" in line:
        raise FileError(
            file.name,
            "is not text",
            hint=f"A CSV file in UTF-8 was expected; {setting('encoding')} names another encoding",
        )
    if not line.strip():
        raise RowError(file.name, 1, "is empty where the header should be")
    if quote_open:
        raise RowError(file.name, 1, OPEN_QUOTE)


def _refuse_comment(name: str, line: str, fields: tuple[str, ...], sample: list[str]) -> None:
    """Refuse a first line that is a comment, or says to a spreadsheet what stands between columns; a name may begin with ``#``, too."""
    following = next((row for row in sample if row.strip()), "")
    counts = {len(_or_none(following, sign, name)) for sign in DELIMITERS}
    is_comment = line.startswith("#") and (len(fields) not in counts or len(fields) == 1 < max(counts))
    if is_comment or _FOR_SPREADSHEETS.fullmatch(line.strip()):
        raise RowError(
            name,
            1,
            f"is {clipped(line.strip())!r}, and no header",
            hint="Take off the lines in front of the header",
        )


def _sniff(line: str, sample: list[str], file: SourceFile) -> str:
    """Find what stands between the columns."""
    counts = {sign: _count(line, sign, file.name) for sign in DELIMITERS}
    wanted = len(file.settings.names)
    if wanted:
        # There is no header, and a comma may stand within numbers.
        records = [line, *(row for row in sample if row.strip())]
        fitting = [
            sign
            for sign in (*DELIMITERS, " ")
            if {len(_or_none(row, sign, file.name)) for row in records} == {wanted}
        ]
        return fitting[0] if fitting else max(counts, key=lambda sign: counts[sign])
    if max(counts.values()) > 1:
        return max(counts, key=lambda sign: counts[sign])
    words = len(_or_none(line, " ", file.name))
    rows = [len(_or_none(row, " ", file.name)) for row in sample if row.strip()]
    return " " if words > 1 and rows and set(rows) == {words} else ","


def _count(line: str, delimiter: str, name: str) -> int:
    """Count the names between delimiters; none where a field would be longer than any is."""
    return sum(1 for field in _or_none(line, delimiter, name) if field.strip())


def _or_none(line: str, delimiter: str, name: str) -> tuple[str, ...]:
    """Take a record apart; into nothing where it is none."""
    try:
        return fields_of(line, delimiter, name)
    except RowError:
        return ()
