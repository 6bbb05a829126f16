"""Rows into cells, by one reading of a relation: every combination of values that there is, and how many rows hold it.

The values of a sample give each value a place, and each combination a number, its code; so a row is one small number as soon as it is read. What the
sample did not hold is remembered as it stands. Columns of many values stand apart: they are kept for each row, beside its code.

Very many columns make nearly as many combinations as there are rows. They are counted in parts, of which each has some of the columns, a code of its own
in each row, and a table of its own.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from fairaudit.engine.sql import text

SAMPLE = 50_000
"""So many rows say which values columns hold."""
_AT_ONCE = 50_000
"""So many values are told apart by one statement, of which each takes a while to prepare; those of several columns take longer, each with its place."""
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
_LARGER = 20
"""Whole numbers are not expected to be so many times as large as in the sample."""
_MOST_CELLS = 20_000
"""A part of the columns whose values make more combinations than this in the sample takes no further column."""
_WIDE = 500
"""Columns; of more than these, and of more than there are rows, each part would take longer to make than its rows to read."""
_MOST_CODED = 32
"""Columns; the codes of more could reach those of what cannot be read."""
SUMMED = ("low", "high", "only_bits")
_KINDS = ("VARCHAR", "DOUBLE", "FLOAT", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT", "DECIMAL", "BOOLEAN", "DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE")  # fmt: skip
"""The types whose values are equal only if their texts are the same, zero and minus zero apart."""


class NotCounted(Exception):
    """The rows cannot be counted as they are read, or only their order says what is wrong with them: they have to be read one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column as the sample shows it; `values` are its texts, most frequent first, and ``None`` where they are too many to be coded; a value that is `rare` is missing nearly everywhere."""

    name: str
    kind: str
    values: tuple[str, ...] | None
    rare: bool = False

    @property
    def places(self) -> int:
        """How many values there are; one more is missing."""
        return len(self.values or ()) + 1

    def literal(self, value: str) -> str:
        """Write one of its values as SQL."""
        return text(value) if self.kind == "VARCHAR" else f"CAST({text(value)} AS {self.kind})"

    def code(self, step: int) -> str:
        """Write the SQL of what its value adds to the code of a row, in steps."""
        values = self.values or ()
        if self.rare:
            return f"CASE WHEN {self.name} IS NULL THEN {len(values) * step} ELSE {self._coded(step, str(_UNSEEN))} END"
        return self._coded(
            step, f"CASE WHEN {self.name} IS NULL THEN {len(values) * step} ELSE {_UNSEEN} END"
        )

    def _coded(self, step: int, rest: str) -> str:
        values = self.values or ()
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
        """Write the SQL of its value in a row that has a code, or whose value at a place is kept as it stands."""
        values = ", ".join([*map(self.literal, self.values or ()), f"CAST(NULL AS {self.kind})"])
        coded = f"list_extract([{values}], code // {step} % {self.places} + 1)"
        return f"CASE WHEN unseen IS NULL THEN {coded} ELSE CAST({_unseen(place)} AS {self.kind}) END"


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
        What rows are to tell what stands for their value if it is missing, if they are to tell it: NULL where there is one, and an empty text where nothing does.
    missing
        SQL of what that is, where the value is missing.
    marks
        What it is in the sample, beside an empty text.
    summed
        Whether combinations say from where to where its values run, and whether all of them are 0 or 1.
    """

    name: str
    value: str
    readable: str
    lacks: str | None = None
    missing: str = "''"
    marks: tuple[str, ...] = ()
    summed: bool = False


def look_ahead(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    names: Sequence[str],
    *,
    together: Collection[str] = (),
) -> dict[str, Column]:
    """Look at the values of columns in the first rows.

    Parameters
    ----------
    together
        Those that are coded in every part of the columns, if they have few values.

    Raises
    ------
    NotCounted
        If equal values of a column may have different texts, or there are more columns, or combinations, than can be coded; or hardly any rows of very many columns.
    """
    selected = ", ".join(names) or "1"
    connection.execute(f"CREATE OR REPLACE TABLE sample AS SELECT {selected} FROM {relation} LIMIT {SAMPLE}")
    (rows,) = connection.execute("SELECT count(*) FROM sample").fetchone() or (0,)
    if len(names) > max(_WIDE, rows):
        raise NotCounted
    columns: dict[str, Column] = {}
    places: list[int] = []
    kinds = {name: kind for name, kind, *_ in connection.execute("DESCRIBE sample").fetchall()}
    if any(kinds[name].partition("(")[0] not in _KINDS for name in names):
        raise NotCounted
    for name, values in _commonest(connection, names, rows):
        few = len(values) <= FEW and (len(values) <= _SURELY_FEW or len(values) * _EACH <= rows)
        if few and any("\x00" in value for value in values):
            raise NotCounted
        columns[name] = Column(name=name, kind=kinds[name], values=values if few else None)
        if few and name in together:
            places.append(columns[name].places)
            _refuse_many(places)
    return columns


def _commonest(
    connection: duckdb.DuckDBPyConnection, names: Sequence[str], rows: int
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """List the values of each column of the sample, the most frequent first; of few rows, those of many columns by one statement."""
    step = max(1, _AT_ONCE // max(rows, 1))
    for first in range(0, len(names), step):
        batch = names[first : first + step]
        values: list[list[str]] = [[] for _ in batch]
        texts = ", ".join(f"CAST({name} AS VARCHAR)" for name in batch)
        statement = f"SELECT 0, {texts} AS v FROM sample WHERE v IS NOT NULL GROUP BY v ORDER BY count(*) DESC, v LIMIT {FEW + 1}"
        if len(batch) > 1:
            statement = (
                f"SELECT place, v FROM (SELECT unnest(range({len(batch)})) AS place, unnest([{texts}]) AS v FROM sample) WHERE v IS NOT NULL "
                f"GROUP BY place, v QUALIFY row_number() OVER (PARTITION BY place ORDER BY count(*) DESC, v) <= {FEW + 1} ORDER BY place, count(*) DESC, v"
            )
        for place, value in connection.execute(statement).fetchall():
            values[place].append(value)
        yield from zip(batch, map(tuple, values), strict=True)


def marks_in(connection: duckdb.DuckDBPyConnection, condition: str, column: str) -> tuple[str, ...]:
    """List the values of a column in the sample of which a condition is true."""
    values = connection.execute(f"SELECT DISTINCT {column} FROM sample WHERE {condition} ORDER BY ALL")
    return tuple(value for (value,) in values.fetchall())


def is_narrow(connection: duckdb.DuckDBPyConnection, column: str) -> bool:
    """Tell whether the whole numbers of a column in the sample are so small that the others will be no larger than 32 bits hold."""
    (most,) = connection.execute(
        f"SELECT max(abs(TRY_CAST({column} AS HUGEINT))) FROM sample"
    ).fetchone() or (None,)
    return most is not None and most * _LARGER < 1 << 31


def part_name(name: str, part: int) -> str:
    """Name what there is of each part of the columns: the first part's is called so itself."""
    return f"{name}_{part}" if part else name


def divide(
    connection: duckdb.DuckDBPyConnection, common: Sequence[Column], sets: Iterable[Sequence[Column]]
) -> list[list[Column]]:
    """Share columns out to parts, by the combinations that the sample holds.

    Parameters
    ----------
    common
        Columns that every part has.
    sets
        Others; those of one set are together in a part at least.
    """
    parts: list[dict[str, Column]] = []
    for one in sets:
        own = {column.name: column for column in (*common, *one)}
        if any(own.keys() <= part.keys() for part in parts):
            continue
        if parts and _go_together(connection, parts[-1] | own):
            parts[-1] |= own
        else:
            parts.append(own)
    return [[*part.values()] for part in parts]


def _go_together(connection: duckdb.DuckDBPyConnection, columns: Mapping[str, Column]) -> bool:
    """Tell whether columns can have one code, and their values make so few combinations in the sample that they are worth it."""
    most = math.prod(column.places for column in columns.values())
    # One more, of two values, may say whose score is missing.
    if 2 * most > _UNSEEN or len(columns) >= _MOST_CODED:
        return False
    return make_few(connection, [*columns.values()], _MOST_CELLS)


def make_few(connection: duckdb.DuckDBPyConnection, columns: Sequence[Column], most: int) -> bool:
    """Tell whether the values of columns make at most so many combinations in the sample."""
    if math.prod(column.places for column in columns) <= most:
        return True
    (cells,) = connection.execute(
        f"SELECT count(*) FROM (SELECT DISTINCT {', '.join(column.name for column in columns)} FROM sample)"
    ).fetchone() or (0,)
    return bool(cells <= most)


def count_cells(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    parts: Sequence[Sequence[Column]],
    apart: Sequence[Apart] = (),
    *,
    target: str,
) -> None:
    """Make a table of the combinations of values, each with its ``code`` and the number ``n`` of its rows; one for each part of the columns.

    Columns apart go to a table ``each_row``, with the code of each row. Where there are several parts it has their codes.

    Raises
    ------
    NotCounted
        If there are too many combinations, or a value cannot be read.
    """
    flags = [Column(name=c.lacks, kind="VARCHAR", values=("", *c.marks), rare=True) for c in apart if c.lacks]
    coded = [_Coded.of([*columns, *flags], part) for part, columns in enumerate(parts)]
    for part in coded:
        _refuse_many([column.places for column in part.columns])
    rows = _coded_rows(relation, coded, apart)
    stored = bool(apart) or len(coded) > 1
    if stored:
        connection.execute(f"CREATE OR REPLACE TABLE each_row AS {rows}")
    summed = "".join(
        f", min({c.name}) AS {SUMMED[0]}, max({c.name}) AS {SUMMED[1]}, bool_and({c.name} IN (0, 1)) AS {SUMMED[2]}"
        for c in apart
        if c.summed
    )
    for part in coded:
        unseen = part.own_unseen(coded)
        if stored:
            (highest,) = connection.execute(f"SELECT max({part.code}) FROM each_row").fetchone() or (0,)
            unseen = unseen if (highest or 0) >= _UNSEEN else "CAST(NULL AS VARCHAR)"
        connection.execute(
            f"CREATE OR REPLACE TABLE combinations AS SELECT {part.code} AS code, {unseen} AS unseen, count(*) AS n{summed} "
            f"FROM {'each_row' if stored else f'({rows})'} GROUP BY ALL"
        )
        _extend(connection, part, coded, stored=stored)
        values = [
            f"{column.value(step, place)} AS {column.name}"
            for place, (column, step) in enumerate(zip(part.columns, part.steps, strict=True))
        ]
        more = ["true AS kept", "n", "code", *(SUMMED if summed else ())]
        connection.execute(
            f"CREATE OR REPLACE TABLE {part_name(target, part.place)} AS SELECT {', '.join([*values, *more])} FROM combinations"
        )
        connection.execute("DROP TABLE combinations")


def _refuse_many(places: Sequence[int]) -> None:
    """Refuse columns, by how many places the values of each have, whose combinations are more than there are codes for."""
    if len(places) > _MOST_CODED or math.prod(places) > _UNSEEN:
        raise NotCounted


@dataclass(frozen=True, slots=True, kw_only=True)
class _Coded:
    """A part of the columns.

    Attributes
    ----------
    steps
        What one place further in the values of each column adds to the code; `most` is the first number that is no code.
    """

    place: int
    columns: Sequence[Column]
    steps: Sequence[int]
    most: int

    @classmethod
    def of(cls, columns: Sequence[Column], place: int) -> _Coded:
        """Give the values of columns numbers that add up to a code."""
        steps = [1, *itertools.accumulate((c.places for c in columns), lambda one, other: one * other)]
        most = steps.pop()
        return cls(place=place, columns=columns, steps=steps, most=most)

    @property
    def code(self) -> str:
        """The name of its code in each row."""
        return part_name("code", self.place)

    def own_unseen(self, parts: Sequence[_Coded]) -> str:
        """Write the SQL of the texts of its columns in a row that holds what the sample did not hold."""
        if len(parts) == 1:
            return "unseen"
        places = {name: place for place, name in enumerate(_names(parts))}
        texts = (_unseen(places[column.name]) for column in self.columns)
        return f"CASE WHEN {self.code} >= {_UNSEEN} THEN {_as_one(texts)} END"


def _as_one(texts: Iterable[str]) -> str:
    """Write the SQL of several texts as one: of a list, each row would hold a place of twice the size."""
    return f"CAST(json_array({', '.join(texts)}) AS VARCHAR)"


def _unseen(place: int) -> str:
    """Write the SQL of one of the texts."""
    return f"json_extract_string(unseen, '$[{place}]')"


def _names(parts: Sequence[_Coded]) -> list[str]:
    """Name the columns of all parts, each once."""
    return list(dict.fromkeys(column.name for part in parts for column in part.columns))


def _coded_rows(relation: str, parts: Sequence[_Coded], apart: Sequence[Apart]) -> str:
    """Write the SQL of the rows of a relation: their codes, what the sample did not hold, and columns apart."""
    kept = [f"kept_{column.name}" for column in apart]
    read = "".join(f", {column.value} AS {name}" for column, name in zip(apart, kept, strict=True))
    flags = "".join(
        f", CASE WHEN {name} IS NULL THEN {column.missing} END AS {column.lacks}"
        for column, name in zip(apart, kept, strict=True)
        if column.lacks
    )
    codes = [
        [column.code(step) for column, step in zip(part.columns, part.steps, strict=True)] for part in parts
    ]
    if apart:
        readable = " AND ".join(c.readable.format(kept=name) for c, name in zip(apart, kept, strict=True))
        codes[0].append(f"CASE WHEN {readable} THEN 0 ELSE {_UNREADABLE} END")
    texts = _as_one(f"CAST({name} AS VARCHAR)" for name in _names(parts))
    renamed = "".join(f", {name} AS {column.name}" for column, name in zip(apart, kept, strict=True))
    named = [part.code for part in parts]
    coded = ", ".join(
        f"{' + '.join(summands) or '0'} AS {name}" for name, summands in zip(named, codes, strict=True)
    )
    highest = named[0] if len(named) == 1 else f"greatest({', '.join(named)})"
    return (
        f"SELECT {', '.join(named)}, CASE WHEN {highest} >= {_UNSEEN} THEN {texts} END AS unseen{renamed} "
        f"FROM (SELECT *, {coded} FROM (SELECT *{flags} FROM (SELECT *{read} FROM {relation})))"
    )


def _extend(
    connection: duckdb.DuckDBPyConnection, part: _Coded, parts: Sequence[_Coded], *, stored: bool
) -> None:
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
            f"(CASE WHEN unseen IS NULL THEN code ELSE CAST({part.most - 1} + row_number() OVER () AS INTEGER) END AS code) FROM combinations"
        )
        if stored:
            connection.execute(
                f"UPDATE each_row SET {part.code} = extended.own_code FROM "
                "(SELECT code AS own_code, unseen AS own_unseen FROM combinations WHERE unseen IS NOT NULL) AS extended "
                f"WHERE {part.own_unseen(parts)} IS NOT DISTINCT FROM own_unseen"
            )


def are_distinct(connection: duckdb.DuckDBPyConnection, column: str) -> bool:
    """Tell whether no whole number stands in two rows of ``each_row``; what is missing stands in none."""
    distinct = in_bits(connection, column, "each_row")
    if distinct is None:
        number, different = connection.execute(
            f"SELECT count({column}), count(DISTINCT {column}) FROM each_row"
        ).fetchone() or (0, 0)
        return bool(different == number)
    return distinct


def in_bits(connection: duckdb.DuckDBPyConnection, number: str, relation: str) -> bool | None:
    """Tell whether no whole number stands in two rows of a relation, by a bit for each that there may be; ``None`` where these would be too many."""
    least, most, rows = connection.execute(
        f"SELECT min({number}), max({number}), count({number}) FROM {relation}"
    ).fetchone() or (None, None, 0)
    if least is None:
        return True
    if most - least >= _BITS_A_ROW * rows:
        return None
    (different,) = connection.execute(
        f"SELECT bit_count(bitstring_agg(CAST({number} AS BIGINT), {least}::BIGINT, {most}::BIGINT)) FROM {relation}"
    ).fetchone() or (0,)
    return bool(different == rows)
