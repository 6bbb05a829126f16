"""Rows that are counted while they are read: which columns that goes well with, and what then is known of the others."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from fairaudit.engine.cells import (
    Apart,
    Column,
    NotCounted,
    are_distinct,
    count_cells,
    look_ahead,
)

_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """Which columns need not be counted by their values.

    Attributes
    ----------
    people
        Columns of which only one thing matters: that no value stands in two rows.
    identities
        Columns of which the same matters if their values are many.
    free
        Columns that matter only if their values are few.
    """

    people: Sequence[str] = ()
    identities: Sequence[str] = ()
    free: Sequence[str] = ()

    def but(self, needed: Collection[str]) -> Counting:
        """Return the same without columns that are needed for something else."""
        return Counting(
            people=tuple(c for c in self.people if c not in needed),
            identities=tuple(c for c in self.identities if c not in needed),
            free=tuple(c for c in self.free if c not in needed),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What became of rows that were read.

    Attributes
    ----------
    stands_for
        SQL of how many of them each row of the table stands for; ``None`` for one.
    apart
        Columns that are not in the table, and of which all is known.
    many
        Columns that are not in the table because of their many values.
    """

    stands_for: str | None = None
    apart: frozenset[str] = frozenset()
    many: frozenset[str] = frozenset()


def count_rows(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    sql_names: Mapping[str, str],
    counting: Counting,
    target: str,
) -> Kept:
    """Count the rows of a relation by the values of its columns, in one reading.

    Raises
    ------
    NotCounted
        If they have to be read one by one.
    """
    connection.execute("SET preserve_insertion_order = false")
    try:
        ahead = look_ahead(connection, relation, tuple(sql_names.values()))
        columns = {name: ahead[sql] for name, sql in sql_names.items()}
        many = frozenset(name for name, column in columns.items() if column.values is None)
        identities = many.intersection(counting.identities).union(counting.people).intersection(columns)
        if not many <= identities.union(counting.free):
            raise NotCounted
        count_cells(
            connection,
            relation,
            [column for name, column in columns.items() if name not in many | identities],
            [_whole_number(columns[name]) for name in sorted(identities)],
            target=target,
        )
        if not all(are_distinct(connection, columns[name].name) for name in identities):
            raise NotCounted
        connection.execute("DROP TABLE IF EXISTS each_row")
    finally:
        connection.execute("SET preserve_insertion_order = true")
    return Kept(
        stands_for="n", apart=identities.difference(counting.free), many=many.intersection(counting.free)
    )


def _whole_number(column: Column) -> Apart:
    """Read what says whom a row is about as a whole number; rows of different numbers are of different people, however these are written."""
    if column.kind in _WHOLE:
        return Apart(name=column.name, value=f"CAST({column.name} AS BIGINT)", readable="true")
    if column.kind != "VARCHAR":
        raise NotCounted
    value = f"TRY_CAST({column.name} AS BIGINT)"
    return Apart(
        name=column.name,
        value=value,
        readable=f"({value} IS NOT NULL OR {column.name} IS NULL OR {column.name} = '')",
    )
