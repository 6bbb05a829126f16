"""Rows into cells, by one reading of a relation: every combination of values that there is, and how many rows hold it.

The values of a sample give each value a place, and each combination a number, its code; so a row is one small number as soon as it is read. What the
sample did not hold is remembered as it stands. Columns of many values stand apart: they are kept for each row, beside its code.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from fairaudit.engine.sql import text

SAMPLE = 50_000
"""So many rows say which values columns hold."""
FEW = 1_000
"""A column of more values than this in the sample cannot be coded."""
_SURELY_FEW, _EACH = 200, 20
"""Nor can one of more values than the first of these, unless each stands for so many rows of the sample."""
_MOST_CASES = 8
"""Among more values an enumeration finds the place sooner than one comparison after the other."""
_UNSEEN = 1 << 24
"""Codes from here on are of rows with a value that the sample did not hold."""
_UNREADABLE = 1 << 30
"""Codes from here on are of rows whose value in a column apart cannot be read as what it should be."""
_BITS_A_ROW = 64
"""So many bits take as much room as a number itself."""
_MOST_CODED = 32
"""Columns; the codes of more could reach those of what cannot be read."""
SUMMED = ("low", "high", "only_bits")
_KINDS = ("VARCHAR", "DOUBLE", "FLOAT", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT", "DECIMAL", "BOOLEAN", "DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE")  # fmt: skip
"""The types whose values are equal only if their texts are the same, zero and minus zero apart."""


class NotCounted(Exception):
    """The rows cannot be counted as they are read, or only their order says what is wrong with them: they have to be read one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column as the sample shows it; `values` are its texts, most frequent first, and ``None`` where they are too many to be coded; a `flag` is never missing."""

    name: str
    kind: str
    values: tuple[str, ...] | None
    flag: bool = False

    @property
    def places(self) -> int:
        """How many values there are; one more is missing."""
        return len(self.values or ()) + 1

    def literal(self, value: str) -> str:
        """Write one of its values as SQL."""
        return text(value) if self.kind == "VARCHAR" else f"CAST({text(value)} AS {self.kind})"

    def code(self, step: int) -> str:
        """Write the SQL of what its value adds to the code of a row, in steps."""
        if self.flag:
            return f"CASE WHEN {self.name} THEN {step} ELSE 0 END"
        values = self.values or ()
        rest = f"CASE WHEN {self.name} IS NULL THEN {len(values) * step} ELSE {_UNSEEN} END"
        if not values:
            return rest
        if len(values) <= _MOST_CASES:
            cases = " ".join(
                f"WHEN {self.literal(value)} THEN {place * step}" for place, value in enumerate(values)
            )
            return f"CASE {self.name} {cases} ELSE {rest} END"
        own_text = self.name if self.kind == "VARCHAR" else f"CAST({self.name} AS VARCHAR)"
        place = f"enum_code(TRY_CAST({own_text} AS ENUM({', '.join(map(text, values))})))"
        return f"coalesce(CAST({place} AS INTEGER) * {step}, {rest})"

    def value(self, step: int, place: int) -> str:
        """Write the SQL of its value in a row that has a code, or whose `place`-th value is kept as it stands."""
        values = ", ".join([*map(self.literal, self.values or ()), f"CAST(NULL AS {self.kind})"])
        coded = f"list_extract([{values}], code // {step} % {self.places} + 1)"
        return f"CASE WHEN unseen IS NULL THEN {coded} ELSE CAST(list_extract(unseen, {place}) AS {self.kind}) END"


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """A column that is kept for each row.

    Attributes
    ----------
    value
        SQL of what is kept of its value; NULL where that is missing.
    readable
        SQL that tells whether the value can be read, in which it is ``{kept}``.
    lacks
        What rows are to tell whether their value is missing, if they are.
    summed
        Whether combinations say from where to where its values run, and whether all of them are 0 or 1.
    """

    name: str
    value: str
    readable: str
    lacks: str | None = None
    summed: bool = False


def look_ahead(
    connection: duckdb.DuckDBPyConnection, relation: str, names: Sequence[str]
) -> dict[str, Column]:
    """Look at the values of columns in the first rows.

    Raises
    ------
    NotCounted
        If equal values of a column may have different texts.
    """
    selected = ", ".join(names) or "1"
    connection.execute(f"CREATE OR REPLACE TABLE sample AS SELECT {selected} FROM {relation} LIMIT {SAMPLE}")
    (rows,) = connection.execute("SELECT count(*) FROM sample").fetchone() or (0,)
    columns: dict[str, Column] = {}
    for name, kind, *_ in connection.execute("DESCRIBE sample").fetchall() if names else ():
        if kind.partition("(")[0] not in _KINDS:
            raise NotCounted
        commonest = connection.execute(
            f"SELECT CAST({name} AS VARCHAR) AS v FROM sample WHERE v IS NOT NULL GROUP BY v ORDER BY count(*) DESC, v LIMIT {FEW + 1}"
        ).fetchall()
        values = tuple(value for (value,) in commonest)
        few = len(values) <= FEW and (len(values) <= _SURELY_FEW or len(values) * _EACH <= rows)
        if few and any("\x00" in value for value in values):
            raise NotCounted
        columns[name] = Column(name=name, kind=kind, values=values if few else None)
    connection.execute("DROP TABLE sample")
    return columns


def count_cells(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    coded: Sequence[Column],
    apart: Sequence[Apart] = (),
    *,
    target: str,
) -> None:
    """Make a table of the combinations of values, each with its ``code`` and the number ``n`` of its rows.

    Columns apart go to a table ``each_row``, with the code of each row.

    Raises
    ------
    NotCounted
        If there are too many combinations, or a value cannot be read.
    """
    flags = [
        Column(name=c.lacks, kind="BOOLEAN", values=("false", "true"), flag=True) for c in apart if c.lacks
    ]
    columns = [*coded, *flags]
    steps = [1, *itertools.accumulate((column.places for column in columns), lambda one, other: one * other)]
    most = steps.pop()
    if most > _UNSEEN or len(columns) > _MOST_CODED:
        raise NotCounted
    rows = _coded_rows(relation, columns, steps, apart)
    if apart:
        connection.execute(f"CREATE OR REPLACE TABLE each_row AS {rows}")
    summed = "".join(
        f", min({c.name}) AS {SUMMED[0]}, max({c.name}) AS {SUMMED[1]}, bool_and({c.name} IN (0, 1)) AS {SUMMED[2]}"
        for c in apart
        if c.summed
    )
    unseen = "unseen"
    if apart:
        (highest,) = connection.execute("SELECT max(code) FROM each_row").fetchone() or (0,)
        unseen = "unseen" if (highest or 0) >= _UNSEEN else "CAST(NULL AS VARCHAR[]) AS unseen"
    connection.execute(
        f"CREATE OR REPLACE TABLE combinations AS SELECT code, {unseen}, count(*) AS n{summed} "
        f"FROM {'each_row' if apart else f'({rows})'} GROUP BY ALL"
    )
    _extend(connection, most, apart=bool(apart))
    values = [
        f"{column.value(step, place)} AS {column.name}"
        for place, (column, step) in enumerate(zip(columns, steps, strict=True), start=1)
    ]
    more = ["true AS kept", "n", "code", *(SUMMED if summed else ())]
    connection.execute(
        f"CREATE OR REPLACE TABLE {target} AS SELECT {', '.join([*values, *more])} FROM combinations"
    )
    connection.execute("DROP TABLE combinations")


def _coded_rows(
    relation: str, columns: Sequence[Column], steps: Sequence[int], apart: Sequence[Apart]
) -> str:
    """Write the SQL of the rows of a relation: their codes, what the sample did not hold, and columns apart."""
    kept = [f"kept_{column.name}" for column in apart]
    read = "".join(f", {column.value} AS {name}" for column, name in zip(apart, kept, strict=True))
    flags = "".join(
        f", {name} IS NULL AS {column.lacks}"
        for column, name in zip(apart, kept, strict=True)
        if column.lacks
    )
    codes = [column.code(step) for column, step in zip(columns, steps, strict=True)]
    if apart:
        readable = " AND ".join(c.readable.format(kept=name) for c, name in zip(apart, kept, strict=True))
        codes.append(f"CASE WHEN {readable} THEN 0 ELSE {_UNREADABLE} END")
    texts = ", ".join(f"CAST({column.name} AS VARCHAR)" for column in columns)
    renamed = "".join(f", {name} AS {column.name}" for column, name in zip(apart, kept, strict=True))
    return (
        f"SELECT code, CASE WHEN code >= {_UNSEEN} THEN [{texts}] END AS unseen{renamed} "
        f"FROM (SELECT *, {' + '.join(codes) or '0'} AS code FROM (SELECT *{flags} FROM (SELECT *{read} FROM {relation})))"
    )


def _extend(connection: duckdb.DuckDBPyConnection, first: int, *, apart: bool) -> None:
    """Give combinations that hold what the sample did not hold codes of their own, from the first free one on."""
    most, unseen = connection.execute("SELECT max(code), count(unseen) FROM combinations").fetchone() or (
        0,
        0,
    )
    if (most or 0) >= _UNREADABLE:
        raise NotCounted
    if unseen:
        connection.execute(
            "CREATE OR REPLACE TABLE combinations AS SELECT * REPLACE "
            f"(CASE WHEN unseen IS NULL THEN code ELSE CAST({first - 1} + row_number() OVER () AS INTEGER) END AS code) FROM combinations"
        )
        if apart:
            connection.execute(
                "UPDATE each_row SET code = extended.code FROM (SELECT * FROM combinations WHERE unseen IS NOT NULL) AS extended "
                "WHERE each_row.unseen IS NOT DISTINCT FROM extended.unseen"
            )


def are_distinct(connection: duckdb.DuckDBPyConnection, column: str) -> bool:
    """Tell whether no whole number stands in two rows of ``each_row``; what is missing stands in none."""
    least, most, number = connection.execute(
        f"SELECT min({column}), max({column}), count({column}) FROM each_row"
    ).fetchone() or (None, None, 0)
    if least is None:
        return True
    if most - least >= _BITS_A_ROW * number:
        (different,) = connection.execute(f"SELECT count(DISTINCT {column}) FROM each_row").fetchone() or (0,)
    else:
        (different,) = connection.execute(
            f"SELECT bit_count(bitstring_agg({column}, {least}::BIGINT, {most}::BIGINT)) FROM each_row"
        ).fetchone() or (0,)
    return bool(different == number)
