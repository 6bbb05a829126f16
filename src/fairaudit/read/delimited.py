"""CSV and TSV: every value stays the text that stands in the file until its role is known.

So ``007`` remains a group name, and a ragged line is an error instead of a shifted column.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable, Sequence

import duckdb

from fairaudit.engine.duckdb import folder_of
from fairaudit.engine.lines import Lines
from fairaudit.engine.sql import text
from fairaudit.errors import FileError, RowError
from fairaudit.read.bad_lines import copy_good_rows
from fairaudit.read.columns import by_name
from fairaudit.read.compression import damage
from fairaudit.read.faults import (
    LONGEST_LINE,
    encoding_error,
    is_packed,
    may_be_line_ends,
    read_error,
    undecoded_line,
)
from fairaudit.read.header import Header, read_header
from fairaudit.read.line_ends import DELIMITER, copy_rows, ends_notes
from fairaudit.read.relation import Relation
from fairaudit.read.rows import Cells, Input
from fairaudit.read.source_file import SourceFile
from fairaudit.read.text_file import UTF8


def open_csv(file: SourceFile) -> Input:
    """Open a text file whose columns stand between commas, semicolons, tabs or bars; its header shows between which."""
    return _open_text(file, tabs=False)


def open_tsv(file: SourceFile) -> Input:
    """Open a text file whose columns stand between tabs."""
    return _open_text(file, tabs=True)


def _open_text(file: SourceFile, *, tabs: bool) -> Input:
    header = read_header(file, tabs=tabs)
    options = csv_options(range(len(header.names)), delimiter=header.delimiter)

    def relate(connection: duckdb.DuckDBPyConnection, _: Sequence[int]) -> Relation:
        if _needs_copy(header, file):
            return _copied(header, file, connection)
        compression = f", compression = '{file.compression}'" if file.compression else ""
        has_header = "true" if header.is_there else "false"
        return Relation(
            sql=f"read_csv({file.literal}, {options}, header = {has_header}{compression})",
            otherwise=lambda error: _copied_after(error, header, file, connection),
            lines=_lines(header, file),
        )

    opened = Input(
        file.name,
        by_name(header.names, file=file.name),
        relate,
        file.path,
        cells=Cells.CSV,
        settings=file.settings,
    )
    opened.expected_rows = header.expected_rows
    return opened


def _lines(header: Header, file: SourceFile) -> Lines | None:
    """Take the rows of a file as lines, if it is not compressed."""
    if file.compression:
        return None
    return Lines(
        path=file.path,
        delimiter=header.delimiter,
        columns=len(header.names),
        has_header=header.is_there,
    )


def _copied(header: Header, file: SourceFile, connection: duckdb.DuckDBPyConnection) -> Relation:
    """Copy the rows of a file into one that DuckDB reads; without the lines that cannot be read, if that is asked for."""
    copy, skipped = folder_of(connection) / "rows.csv", None
    if file.settings.skip_bad_lines:
        skipped = copy_good_rows(header, copy)
        notes = skipped.notes
    else:
        notes = ends_notes(copy_rows(header, copy))
    options = csv_options(range(len(header.names)), delimiter=DELIMITER)
    return Relation(
        sql=f"read_csv({text(copy.as_posix())}, {options}, header = false, new_line = '\\n')",
        first_line=2 if header.is_there else 1,
        notes=notes,
        skipped=skipped,
    )


def _copied_after(
    error: duckdb.Error, header: Header, file: SourceFile, connection: duckdb.DuckDBPyConnection
) -> Relation | None:
    """Copy the rows of a file if DuckDB may have lost its way in it; say which value is not UTF-8."""
    _refuse_undecoded(error, header)
    if not (is_packed(error) or may_be_line_ends(error)):
        return None
    try:
        relation = _copied(header, file, connection)
    except RowError as fault:
        # Python tells what is wrong with quotes where DuckDB only tells that something is.
        if fault.line == getattr(read_error(file.name, file.path, error), "line", 0):
            raise
        return None
    except FileError:
        return None
    return relation if relation.notes or is_packed(error) else None


def _refuse_undecoded(error: duckdb.Error, header: Header) -> None:
    """Name the column of a value that is not UTF-8, of which DuckDB tells the line."""
    number = undecoded_line(error)
    if number is None:
        return
    with contextlib.suppress(*damage()), header.text.lines() as lines:
        line = next(itertools.islice(lines, number - 1, None), "")
        if (column := header.undecoded(line)) is not None:
            raise encoding_error(header.text.name, number, UTF8, column=column)


def _needs_copy(header: Header, file: SourceFile) -> bool:
    """Return whether DuckDB would lose its way in a file, or could not do what is asked of it."""
    return (
        header.line_break
        or not header.text.is_utf8
        or header.delimiter == " "
        or file.settings.skip_bad_lines
    )


def csv_options(places: Iterable[int], *, delimiter: str) -> str:
    """Write the options with which DuckDB guesses at nothing, for the columns at these places, which are text."""
    fields = ", ".join(f"c{place}: 'VARCHAR'" for place in places)
    return (
        f"auto_detect = false, delim = {text(delimiter)}, quote = '\"', escape = '\"', strict_mode = true, "
        f"max_line_size = {LONGEST_LINE}, columns = {{{fields}}}"
    )
