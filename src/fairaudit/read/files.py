"""Files, streams and frames into rows.

Text formats are read without guessing: every value stays the text that stands in the file until its role is known, so
that ``007`` remains a group name and a ragged line is an error instead of a shifted column.
"""

from __future__ import annotations

import shutil
import sys
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import duckdb

from fairaudit.engine.duckdb import folder_of, is_nested
from fairaudit.engine.sql import quoted, text
from fairaudit.errors import FileError, RowError, clipped
from fairaudit.locking import Scratch
from fairaudit.read.columns import by_name
from fairaudit.read.faults import LONGEST_LINE, is_gzip, may_be_line_ends, read_error
from fairaudit.read.header import read_header
from fairaudit.read.line_ends import copy_rows, ends_notes
from fairaudit.read.rows import READABLE, Input, Relation

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
    scratch = Scratch()
    copy = scratch.path / "stream.csv"
    try:
        with copy.open("wb") as file:
            shutil.copyfileobj(stream, file)
        if copy.stat().st_size == 0:
            raise FileError(name, "is empty", hint="A header line and rows were expected")
        opened = _open_file(copy, name)
    except BaseException:
        scratch.remove()
        raise
    weakref.finalize(opened, scratch.remove)
    return opened


def _open_file(file: Path, name: str) -> Input:
    shown = Path(name).name
    suffixes = [suffix.lower() for suffix in file.suffixes]
    compressed = suffixes[-1:] == [".gz"]
    kind = (suffixes[-2:-1] if compressed else suffixes[-1:]) or [".csv"]
    whole, scratch = file.absolute(), None
    if any(sign in str(whole) for sign in "*?["):
        # DuckDB would take these as a pattern of several files.
        scratch = Scratch()
        link = scratch.path / f"input{''.join(suffixes)}"
        link.symlink_to(whole)
        whole = link
    # A folder named race=x would otherwise become a column, and even take the place of the file's own.
    literal = f"{text(whole.as_posix())}, hive_partitioning = false"
    try:
        match kind[0]:
            case ".parquet" | ".pq":
                opened = _open_parquet(literal, file, shown)
            case ".jsonl" | ".ndjson":
                opened = _open_json(literal, file, shown)
            case ".csv" | ".txt" | ".tsv" | ".tab" | ".data":
                tabs = kind[0] in (".tsv", ".tab")
                opened = _open_text(literal, file, shown, compressed=compressed, tabs=tabs)
            case other:
                raise FileError(
                    shown,
                    f"is of no known kind ({other})",
                    hint="Known are .csv, .tsv, .jsonl (each also with .gz) and .parquet",
                )
    except BaseException:
        if scratch:
            scratch.remove()
        raise
    if scratch:
        weakref.finalize(opened, scratch.remove)
    return opened


def _open_text(literal: str, file: Path, name: str, *, compressed: bool, tabs: bool) -> Input:
    header = read_header(file, name, compressed, tabs=tabs)
    fields = ", ".join(f"c{place}: 'VARCHAR'" for place in range(len(header.names)))
    options = (
        f"auto_detect = false, delim = {text(header.delimiter)}, quote = '\"', escape = '\"', strict_mode = true, "
        f"max_line_size = {LONGEST_LINE}, columns = {{{fields}}}"
    )

    def copied(connection: duckdb.DuckDBPyConnection) -> Relation:
        copy = folder_of(connection) / "rows.csv"
        ends = copy_rows(file, copy, name=name, compressed=compressed, delimiter=header.delimiter)
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
        except RowError as found:
            # Python tells what is wrong with quotes where DuckDB only tells that something is.
            if found.line == getattr(read_error(name, file, error), "line", 0):
                raise
            return None
        except FileError:
            return None
        return relation if relation.notes or is_gzip(error) else None

    def relate(connection: duckdb.DuckDBPyConnection, _: Sequence[int]) -> Relation:
        compression = ", compression = 'gzip'" if compressed else ""
        return (
            copied(connection)
            if header.line_break
            else Relation(
                sql=f"read_csv({literal}, {options}, header = true{compression})",
                otherwise=lambda error: copied_after(error, connection),
            )
        )

    return Input(name, by_name(header.names, file=name), relate, file, untyped=True, apostrophes=True)


def _open_json(literal: str, file: Path, name: str) -> Input:
    """Read values as text, because a type guessed from the first lines would round later ones."""
    names = _json_keys(literal, file, name)

    def relate(_: duckdb.DuckDBPyConnection, places: Sequence[int]) -> Relation:
        fields = ", ".join(f"{text(names[place])}: 'VARCHAR'" for place in places or (0,))
        selected = ", ".join(f"{quoted(names[place])} AS c{place}" for place in places) or "1"
        return Relation(
            sql=f"(SELECT {selected} FROM read_json({literal}, format = 'newline_delimited', columns = {{{fields}}}))"
        )

    return Input(name, by_name(names, file=name), relate, file, untyped=True)


def _json_keys(literal: str, file: Path, name: str) -> tuple[str, ...]:
    """Find the keys of all lines, in the order in which they first occur."""
    try:
        with duckdb.connect() as connection:
            found = connection.execute(
                "SELECT json_keys(json) AS keys, min(number) FROM "
                "(SELECT json, row_number() OVER () AS number "
                f"FROM read_ndjson_objects({literal}, maximum_object_size = {LONGEST_LINE})) "
                "WHERE json_type(json) = 'OBJECT' GROUP BY ALL ORDER BY 2"
            ).fetchall()
    except duckdb.Error as error:
        raise read_error(name, file, error) from None
    if not found:
        raise FileError(
            name,
            "holds no JSON lines",
            hint='Each line has to be an object, such as {"label": 1, "score": 0.7}',
        )
    return tuple(dict.fromkeys(key for keys, _ in found for key in keys))


def _open_parquet(literal: str, file: Path, name: str) -> Input:
    try:
        with duckdb.connect() as connection:
            described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({literal})").fetchall()
            schema = connection.execute(
                f"SELECT name, coalesce(num_children, 0), logical_type FROM parquet_schema({literal.partition(', hive')[0]})"
            ).fetchall()
    except duckdb.Error as error:
        raise read_error(name, file, error) from None
    own = _top_level(schema)
    # DuckDB gives other names to columns that have none, or one that is taken.
    names = [column for column, _ in own] if len(own) == len(described) else [row[0] for row in described]
    halves = frozenset(place for place, (_, kind) in enumerate(own) if kind == "Float16Type()")
    unreadable = {
        place: f"it holds values of type {clipped(kind)}; {READABLE}"
        for place, (_, kind, *_) in enumerate(described)
        if is_nested(kind)
    }

    def relate(_: duckdb.DuckDBPyConnection, places: Sequence[int]) -> Relation:
        readable = [place for place in places if place not in unreadable]
        selected = ", ".join(f"{quoted(described[place][0])} AS c{place}" for place in readable) or "1"
        return Relation(
            sql=f"(SELECT {selected} FROM read_parquet({literal}))",
            halves=halves.intersection(readable),
            unreadable={place: unreadable[place] for place in places if place in unreadable},
        )

    return Input(name, by_name(names, file=name), relate, file)


def _top_level(schema: Sequence[tuple[str, int, str | None]]) -> list[tuple[str, str | None]]:
    """Give name and kind of the columns in a Parquet file's schema, in which the parts of each stand behind it."""
    found: list[tuple[str, str | None]] = []
    inner = 0
    for name, children, kind in schema[1:]:
        if inner:
            inner -= 1
        else:
            found.append((name, kind))
        inner += children
    return found
