"""Parquet: columns come with their types, and are read as they are."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from fairaudit.engine.duckdb import connect, is_nested
from fairaudit.engine.sql import one_file, quoted, text
from fairaudit.errors import clipped
from fairaudit.read.columns import by_name
from fairaudit.read.faults import read_error
from fairaudit.read.relation import Relation
from fairaudit.read.rows import READABLE, Input
from fairaudit.read.source_file import SourceFile, limits_of


def open_parquet(file: SourceFile) -> Input:
    """Open a Parquet file, whose columns keep their types."""
    path = text(one_file(file.path.absolute()))
    connection = connect(limits_of(file.settings))
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({file.literal})").fetchall()
        (rows,) = connection.execute(
            f"SELECT sum(num_rows) FROM parquet_file_metadata({path})"
        ).fetchone() or (None,)
        schema = connection.execute(
            f"SELECT name, coalesce(num_children, 0), logical_type FROM parquet_schema({path})"
        ).fetchall()
    except duckdb.Error as error:
        raise read_error(file.name, file.path, error) from None
    own = top_level(schema)
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
            sql=f"(SELECT {selected} FROM read_parquet({file.literal}))",
            halves=halves.intersection(readable),
            unreadable={place: unreadable[place] for place in places if place in unreadable},
        )

    opened = Input(file.name, by_name(names, file=file.name), relate, file.path, settings=file.settings)
    opened.expected_rows = int(rows) if rows else None
    # To open another one takes longer than all that was asked of this one.
    opened.connection = connection
    return opened


def top_level(schema: Sequence[tuple[str, int, str | None]]) -> list[tuple[str, str | None]]:
    """Return name and kind of the columns in a Parquet file's schema, in which the parts of each stand behind it."""
    columns: list[tuple[str, str | None]] = []
    inner = 0
    for name, children, kind in schema[1:]:
        if inner:
            inner -= 1
        else:
            columns.append((name, kind))
        inner += children
    return columns
