"""Rows that are counted while they are read: which columns that goes well with, and what then is known of the others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import duckdb

from fairaudit.engine import plain_cells
from fairaudit.engine.cells import (
    SUMMED,
    Apart,
    Column,
    NotCounted,
    are_distinct,
    count_cells,
    divide,
    is_narrow,
    look_ahead,
    marks_in,
)
from fairaudit.engine.elsewhere import Rows as RowsElsewhere
from fairaudit.engine.lines import Lines, NotPlain
from fairaudit.engine.plain_cells import LineColumns
from fairaudit.engine.sql import text
from fairaudit.read.looks import Marks
from fairaudit.read.values import PLAIN

_ODD_SIGNS = ("e", "E", "_")
"""With these DuckDB reads numbers that are written in other ways than programs write them."""
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
    score
        The column of scores, unless some of its numbers stand for missing values.
    weight, person
        The columns of how much each row counts, and of whom it is about, where another engine keeps these.
    marks
        What stands for a missing value.
    described, only_described
        Columns that are described if they hold numbers, where another engine keeps them; and those of them that are there for nothing else.
    partly
        Whether conditions tell which rows count.
    sets
        Columns that have to be known together, but for those that are in no set: these have to be known beside each. Without any set all have to be.
    """

    people: Sequence[str] = ()
    identities: Sequence[str] = ()
    free: Sequence[str] = ()
    score: str | None = None
    weight: str | None = None
    person: str | None = None
    marks: Marks = Marks(everywhere=())  # noqa: RUF009  # frozen
    described: Sequence[str] = ()
    only_described: Sequence[str] = ()
    partly: bool = False
    sets: Sequence[Sequence[str]] = ()

    def but(self, needed: Collection[str]) -> Counting:
        """Return the same without columns that are needed for something else."""
        return replace(
            self,
            people=tuple(c for c in self.people if c not in needed),
            identities=tuple(c for c in self.identities if c not in needed),
            free=tuple(c for c in self.free if c not in needed),
            only_described=tuple(c for c in self.only_described if c not in needed),
        )

    def knowing(self, columns: Collection[str]) -> Counting:
        """Return the same where columns are needed as they stand, in each row; scores, too, if they are among them."""
        for name in (self.weight, self.person):
            if name in columns:
                raise NotCounted(f"{name!r} in a condition")
        return replace(self, score=None if self.score in columns else self.score, sets=(), partly=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What became of rows that were read.

    Attributes
    ----------
    stands_for
        SQL of how many of them each row of the table stands for; ``None`` for one.
    proven
        Columns that are not in the table, and of which all is known.
    many
        Columns that are not in the table because of their many values.
    apart
        The column of scores and its type, where they stand in ``each_row``.
    more
        What the table says of its rows beside the values of columns.
    parts
        The columns of each of several tables, if one cannot hold all; the others are called as `part_name` says.
    weight
        The column of weights and its type, where these stand apart, too.
    described
        Columns of numbers that are described and in no table, and their types; those of other values have an empty one.
    elsewhere
        The rows themselves, where another engine holds them.
    """

    stands_for: str | None = None
    proven: frozenset[str] = frozenset()
    many: frozenset[str] = frozenset()
    apart: Mapping[str, str] = field(default_factory=dict)
    more: Sequence[str] = ()
    parts: tuple[frozenset[str], ...] = ()
    weight: Mapping[str, str] = field(default_factory=dict)
    described: Mapping[str, str] = field(default_factory=dict)
    elsewhere: RowsElsewhere | None = None


CountRows = Callable[[duckdb.DuckDBPyConnection, Mapping[str, str], Counting, str], Kept]
"""Makes a table of a name from columns by their names, as `count_rows` does from a relation."""


def count_rows(
    relation: str,
    connection: duckdb.DuckDBPyConnection,
    sql_names: Mapping[str, str],
    counting: Counting,
    target: str,
    *,
    lines: Lines | None = None,
) -> Kept:
    """Count the rows of a relation by the values of its columns, in one reading.

    Parameters
    ----------
    lines
        The same rows, if they are lines of text that may be so plain that they need not be taken to pieces.

    Raises
    ------
    NotCounted
        If they have to be read one by one.
    """
    connection.execute("SET preserve_insertion_order = false")
    try:
        elsewhere = {*counting.people, *(name for one in counting.sets for name in one)}
        together = {sql for name, sql in sql_names.items() if name not in elsewhere}
        ahead = look_ahead(connection, relation, tuple(sql_names.values()), together=together)
        columns = {name: ahead[sql] for name, sql in sql_names.items()}
        many = frozenset(name for name, column in columns.items() if column.values is None)
        whom = many.intersection(counting.identities).union(counting.people).intersection(columns)
        score = counting.score if counting.score in many else None
        if not many <= whom.union(counting.free, [score] if score else []):
            raise NotCounted
        rest = {name: column for name, column in columns.items() if name not in many | whom}
        parts = _parts(connection, counting, rest)
        marks = counting.marks.written
        people = [columns[name] for name in sorted(whom)]
        apart = _apart(connection, people, columns[score] if score else None, marks)
        plain = LineColumns(
            counted=_places(parts[0]),
            breaks=plain_cells.breaks_of(connection, dict(zip(_places(parts[0]), parts[0], strict=True))),
            rising=_places(people),
            apart=_places([columns[score]])[0] if score else None,
            pattern=PLAIN,
            missing=("", *marks),
        )
        if len(parts) > 1 or not _are_plain(connection, lines, plain, target):
            count_cells(connection, relation, parts, apart, target=target)
            if not all(are_distinct(connection, columns[name].name) for name in whom):
                raise NotCounted
            if not score and len(parts) == 1:
                connection.execute("DROP TABLE IF EXISTS each_row")
    finally:
        connection.execute("DROP TABLE IF EXISTS sample")
        connection.execute("SET preserve_insertion_order = true")
    return Kept(
        stands_for="n",
        proven=whom.difference(counting.free),
        many=many.intersection(counting.free),
        apart={score: columns[score].kind} if score else {},
        more=("n", "code", *(SUMMED if score else ()), *(c.lacks for c in apart if c.lacks)),
        parts=_names_of(parts, columns) if len(parts) > 1 else (),
    )


def _are_plain(
    connection: duckdb.DuckDBPyConnection, lines: Lines | None, columns: LineColumns, target: str
) -> bool:
    """Count lines as they stand, if they can be, and nobody whom they are about stands in two."""
    if lines is None or not lines.are_worth_it:
        return False
    try:
        plain_cells.count_lines(connection, lines, columns, target=target)
    except NotPlain:
        if lines.stopped:
            raise KeyboardInterrupt from None
        lines.done = 0
        return False
    return True


def _places(columns: Sequence[Column]) -> list[int]:
    """Tell the places of columns in the source, by their names."""
    return [int(column.name.removeprefix("c")) for column in columns]


def _parts(
    connection: duckdb.DuckDBPyConnection, counting: Counting, columns: Mapping[str, Column]
) -> list[list[Column]]:
    """Share columns out to parts, if they have to be."""
    sets = [[columns[name] for name in one if name in columns] for one in counting.sets]
    apart = {column.name for one in sets for column in one}
    common = [column for column in columns.values() if column.name not in apart]
    return divide(connection, common, sets) if sets else [[*columns.values()]]


def _names_of(parts: Sequence[Sequence[Column]], columns: Mapping[str, Column]) -> tuple[frozenset[str], ...]:
    """Name the columns of each part as the source does."""
    names = {column.name: name for name, column in columns.items()}
    return tuple(frozenset(names[column.name] for column in part) for part in parts)


def _apart(
    connection: duckdb.DuckDBPyConnection,
    whom: Sequence[Column],
    score: Column | None,
    marks: Sequence[str],
) -> list[Apart]:
    """Say how the columns are read that say whom rows are about, and the scores if these stand apart."""
    apart = [_whole_number(column, narrow=is_narrow(connection, column.name)) for column in whom]
    return [*apart, _score(connection, score, marks)] if score else apart


def _whole_number(column: Column, *, narrow: bool) -> Apart:
    """Read what says whom a row is about as a whole number; rows of different numbers are of different people, however these are written."""
    name, kind = column.name, "INTEGER" if narrow else "BIGINT"
    if column.kind in _WHOLE:
        readable = f"{name} IS NULL OR {{kept}} IS NOT NULL" if narrow else "true"
        return Apart(name=name, value=f"TRY_CAST({name} AS {kind})", readable=f"({readable})")
    if column.kind != "VARCHAR":
        raise NotCounted
    return Apart(name=name, value=f"TRY_CAST({name} AS {kind})", readable=_is_missing_or(name, "true"))


def _score(connection: duckdb.DuckDBPyConnection, column: Column, marks: Sequence[str]) -> Apart:
    """Read scores as numbers, if all of them are written as programs write numbers, or are marks of missing values."""
    name, lacks = column.name, f"lacks_{column.name}"
    if column.kind != "VARCHAR":
        value = (
            f"CASE WHEN NOT isnan({name}) THEN {name} END"
            if column.kind in ("DOUBLE", "FLOAT")
            else f"CAST({name} AS DOUBLE)"
        )
        return Apart(
            name=name, value=value, readable="coalesce(NOT isinf({kept}), true)", lacks=lacks, summed=True
        )
    # Behind a zero and a digit only an exponent or an underscore could make a number of another form; most scores need no closer look.
    usual = f"{name} >= '0.0' AND {name} < '0.:'" + "".join(
        f" AND NOT contains({name}, {text(sign)})" for sign in _ODD_SIGNS
    )
    plain = f"CASE WHEN {usual} THEN true ELSE regexp_full_match({name}, {text(PLAIN.replace('{', '{{').replace('}', '}}'))}) AND NOT isinf({{kept}}) END"
    # An enumeration of few values is compared one after the other, and only where there is no number; by IN all rows would be joined to them.
    is_mark = f"list_contains([{', '.join(map(text, marks))}], {name})" if marks else "false"
    number = f"TRY_CAST({name} AS DOUBLE)"
    return Apart(
        name=name,
        # DuckDB reads NaN as a number.
        value=f"CASE WHEN NOT isnan({number}) THEN {number} END" if marks else number,
        readable=_is_missing_or(name, plain, is_mark.replace("{", "{{").replace("}", "}}")),
        lacks=lacks,
        missing=f"CASE WHEN {is_mark} THEN {name} ELSE '' END" if marks else "''",
        marks=marks_in(connection, is_mark, name) if marks else (),
        summed=True,
    )


def _is_missing_or(name: str, condition: str, is_mark: str = "false") -> str:
    """Write the SQL that tells whether a text was read and fulfils a condition, or is empty, or a mark of a missing value."""
    return f"CASE WHEN {{kept}} IS NULL THEN {name} IS NULL OR {name} = '' OR {is_mark} ELSE {condition} END"
