"""CSV and TSV: every value stays the text that stands in the file until its role is known.

So ``007`` remains a group name, and a ragged line is an error instead of a shifted column.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import duckdb

from fairaudit.engine.duckdb import folder_of
from fairaudit.engine.sql import text
from fairaudit.errors import FileError, RowError
from fairaudit.read.columns import by_name
from fairaudit.read.faults import LONGEST_LINE, is_gzip, may_be_line_ends, read_error
from fairaudit.read.header import read_header
from fairaudit.read.line_ends import copy_rows, ends_notes
from fairaudit.read.rows import Cells, Input, Relation
from fairaudit.read.source_file import SourceFile


def open_csv(file: SourceFile) -> Input:
    """Open a text file whose columns stand between commas, semicolons, tabs or bars; its header shows between which."""
    return _open_text(file, tabs=False)


def open_tsv(file: SourceFile) -> Input:
    """Open a text file whose columns stand between tabs."""
    return _open_text(file, tabs=True)


def _open_text(file: SourceFile, *, tabs: bool) -> Input:
    header = read_header(file.path, file.name, file.compressed, tabs=tabs)
    options = csv_options(range(len(header.names)), delimiter=header.delimiter)

    def copied(connection: duckdb.DuckDBPyConnection) -> Relation:
        copy = folder_of(connection) / "rows.csv"
        ends = copy_rows(
            file.path, copy, name=file.name, compressed=file.compressed, delimiter=header.delimiter
        )
        return Relation(
            sql=f"read_csv({text(copy.as_posix())}, {options}, header = false, new_line = '\\n')",
            first_line=2,
            notes=ends_notes(ends),
        )

    def copied_after(error: duckdb.Error, connection: duckdb.DuckDBPyConnection) -> Relation | None:
        if not (is_gzip(error) or may_be_line_ends(error)):
            return None
        try:
            relation = copied(connection)
        except RowError as fault:
            # Python tells what is wrong with quotes where DuckDB only tells that something is.
            if fault.line == getattr(read_error(file.name, file.path, error), "line", 0):
                raise
            return None
        except FileError:
            return None
        return relation if relation.notes or is_gzip(error) else None

    def relate(connection: duckdb.DuckDBPyConnection, _: Sequence[int]) -> Relation:
        compression = ", compression = 'gzip'" if file.compressed else ""
        return (
            copied(connection)
            if header.line_break
            else Relation(
                sql=f"read_csv({file.literal}, {options}, header = true{compression})",
                otherwise=lambda error: copied_after(error, connection),
            )
        )

    return Input(file.name, by_name(header.names, file=file.name), relate, file.path, cells=Cells.CSV)


def csv_options(places: Iterable[int], *, delimiter: str) -> str:
    """Write the options with which DuckDB guesses at nothing, for the columns at these places, which are text."""
    fields = ", ".join(f"c{place}: 'VARCHAR'" for place in places)
    return (
        f"auto_detect = false, delim = {text(delimiter)}, quote = '\"', escape = '\"', strict_mode = true, "
        f"max_line_size = {LONGEST_LINE}, columns = {{{fields}}}"
    )
