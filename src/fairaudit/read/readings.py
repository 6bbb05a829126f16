"""What the columns of loaded rows mean: SQL for the text and the number of every value, found once for each column.

Columns that hold few different values are judged by these; only the others are read row by row, and of those most are plain
numbers, which one test tells.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Any

import duckdb

from fairaudit.engine.cells import part_name
from fairaudit.engine.duckdb import row_with_nul
from fairaudit.engine.sql import number_of, text
from fairaudit.errors import ColumnError, OptionError, clipped
from fairaudit.read.forms import Decided, decide
from fairaudit.read.looks import (
    NOTHING,
    Look,
    Marks,
    count_marks,
    counted_texts,
    few_texts,
    is_simple,
    look,
    look_at,
    looked_sql,
)
from fairaudit.read.notes import Note, told_as_one
from fairaudit.read.reading import Reading, Spelling, are_short, present_rows
from fairaudit.read.values import MISSING_MARKS, NUMBER_MARKS, PLAIN, number_text
from fairaudit.read.written import moment_sql, shown_here, shown_sql, written_number_sql
from fairaudit.spelling import setting
from fairaudit.texts import clean

MOST_GROUPS = 1_000
_SURELY_MORE = 2 * MOST_GROUPS
"""An estimate of the number of values is off by a few per cent."""
_WAYS = 4
"""In so many ways a value may be written, on average, before its column is taken for one of too many values."""
_VERY_FEW = 200
_FEW_TEXTS = 2_000
"""So few texts are looked at in Python before DuckDB has prepared to look at them."""
_FEW_CELLS = 6_000
"""Texts of so few rows and columns are counted in Python before DuckDB has prepared to count them."""
_FEW_COLUMNS = 24
_COLUMNS_AT_ONCE = 50
_FEW_ROWS = 10_000
"""In so few rows a statement about all columns takes no longer than one about the first, so that these are read together."""
MANY = 200_000
"""Beyond so many different values, rows are looked at one by one instead of values."""
_SHOWN = 6
_MOST_TOLD = 12
_FLOATS = ("DOUBLE", "FLOAT")
_NUMERIC = (*_FLOATS, "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT", "DECIMAL")  # fmt: skip
_TYPED = (*_NUMERIC, "BOOLEAN", "DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Conventions:
    """What is known of how a source is written, before its values are seen.

    Attributes
    ----------
    na_values
        Marks of missing values; ``None`` for the usual ones.
    commas
        Columns whose decimals stand behind a comma.
    apostrophes
        Whether an apostrophe may stand before what a spreadsheet would run.
    """

    na_values: tuple[str, ...] | None = None
    commas: frozenset[str] = frozenset()
    apostrophes: bool = False

    def __post_init__(self) -> None:
        """Refuse a mark that is no text, as bytes of another encoding on a command line are."""
        for mark in self.na_values or ():
            if any("\ud800" <= sign <= "\udfff" for sign in mark):
                raise OptionError(
                    setting("na_values"), f"{clipped(mark)!r} is not UTF-8, and no value can be that"
                )

    @property
    def marks(self) -> Marks:
        """The marks of missing values."""
        if self.na_values is None:
            return Marks(everywhere=MISSING_MARKS, in_numbers=NUMBER_MARKS)
        return Marks(everywhere=tuple(dict.fromkeys(map(clean, self.na_values))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Where rows are.

    Attributes
    ----------
    columns
        SQL names by column name.
    kept
        The condition that says which rows count.
    stands_for
        SQL of how many rows of the source each row stands for; ``None`` for one.
    many
        Columns that are not there, as they hold more different values than anything that people are grouped by.
    apart
        Columns that are not there but elsewhere, read as numbers already; and their types, empty of those that hold other values.
    lacks
        SQL names of what stands for the missing values of those that are numbers, where the table tells it.
    parts
        The columns of each of several tables, if one does not hold all; all of them count the same rows.
    rows
        How many rows of the source count, where that is known.
    """

    table: str
    columns: Mapping[str, str]
    kept: str = "true"
    stands_for: str | None = None
    many: frozenset[str] = frozenset()
    apart: Mapping[str, str] = field(default_factory=dict)
    lacks: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[frozenset[str], ...] = ()
    rows: int | None = None


def part_of(parts: Sequence[frozenset[str]], columns: Collection[str]) -> int:
    """Return the first part that has all of some columns."""
    return next((place for place, part in enumerate(parts) if part.issuperset(columns)), 0)


class Readings:
    """The readings of the columns of one table, each found when it is first asked for; `conventions` are known of how the values are written."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, stored: Stored, *, file: str, conventions: Conventions
    ) -> None:
        self._connection = connection
        self._table = stored.table
        self._kept = stored.kept
        self._parts = stored.parts
        self._columns = stored.columns
        self._stands_for = stored.stands_for
        self._file = file
        self._conventions = conventions
        self._marks = conventions.marks
        self._found: dict[str, Reading] = {}
        self._apart = stored.apart
        self._lacks = stored.lacks
        self._about: dict[str, int] = dict.fromkeys(stored.many, MANY + 1)
        self._raws: dict[str, int] = {}
        self._spelled: dict[str, tuple[Spelling, ...]] = {}
        self._types: dict[str, str] = {}
        self._counted = stored.rows
        self._texts_here: dict[str, Mapping[str, int]] = {}
        self._unspelled: dict[str, Sequence[tuple[str, int]]] = {}

    def of(self, column: str) -> Reading:
        """Return what a column means."""
        return self.all([column])[column]

    def all(self, columns: Sequence[str]) -> dict[str, Reading]:
        """Return what columns mean; several are best asked for together."""
        self._found |= {c: self._elsewhere(c) for c in columns if c in self._apart and c not in self._found}
        new = [c for c in dict.fromkeys(columns) if c not in self._found]
        texts = [c for c in new if self.type_of(c) not in _TYPED]
        self._found |= {c: self._typed(c) for c in new if c not in texts}
        more = self._read_as_well() if texts else ()
        about = self._approximate([*texts, *more])
        few = [c for c in dict.fromkeys([*texts, *more]) if about[c] <= _SURELY_MORE]
        for batch in self._batches(few):
            self._read_few(batch, texts)
        for batch in self._by_part([c for c in texts if c not in few]):
            self._found |= self._plain(batch)
        for column in (c for c in texts if c not in self._found):
            relation = self._texts([column], grouped=about[column] <= MANY)
            looks = look(self._connection, self._looked(relation))
            self._found[column] = self._written(column, looks.get(0, NOTHING))
        return {column: self._found[column] for column in columns}

    def tried(self, column: str) -> Reading:
        """Return what a column means, of floats after a look at whether each is finite, and there."""
        reading = self.of(column)
        if self.type_of(column) in _FLOATS and column not in self._apart and not reading.finite:
            if self._are_here([column]):
                numbers = [number for (number,) in self._values_here([column], [reading.number])]
                there = sum(number is not None for number in numbers)
                infinite = math.inf in numbers or -math.inf in numbers
            else:
                there, infinite = self._one(
                    f"SELECT {self._number(f'{reading.number} IS NOT NULL')}, bool_or(isinf({reading.number})) FROM {self._from([column])}"
                )
            reading = replace(reading, complete=there == self._rows(), finite=not infinite)
            self._found[column] = reading
        return reading

    def is_complete(self, column: str) -> bool:
        """Tell whether it is known, without another look, that every row holds a value."""
        spelled = (s.rows for s in self._spelled.get(column, ()) if s.text is not None)
        return self.of(column).complete or sum(spelled) == self._rows()

    def spellings(
        self, columns: Sequence[str], *, most: int = MOST_GROUPS
    ) -> dict[str, tuple[Spelling, ...] | None]:
        """Return the values of columns in every way in which they are written; ``None`` where these are more than several times `most`."""
        new = [c for c in dict.fromkeys(columns) if c not in self._spelled]
        about = self._approximate(new)
        few = [c for c in new if about[c] <= min(_SURELY_MORE, 2 * _WAYS * most)]
        self.all(few)
        wanted = [c for c in few if c not in self._spelled and self._raws.get(c, about[c]) <= _WAYS * most]
        for column in [c for c in wanted if c in self._unspelled]:
            self._keep(column, [(raw, raw, rows) for raw, rows in self._unspelled.pop(column)])
        for batch in self._batches([c for c in wanted if c not in self._spelled]):
            self._spell(batch)
        return {column: self._spelled.get(column) for column in columns}

    def values(self, columns: Sequence[str], *, most: int = MOST_GROUPS) -> dict[str, list[str] | None]:
        """Return the values of columns in their order (code points), without missing ones; ``None`` where these are more than `most`."""
        values_of: dict[str, list[str] | None] = {}
        for column, spelled in self.spellings(columns, most=most).items():
            values = {s.text for s in spelled or () if s.text is not None}
            values_of[column] = None if spelled is None or len(values) > most else sorted(values)
        return values_of

    def name_notes(self, column: str) -> tuple[Note, ...]:
        """Say which spellings of a column are read as one value."""
        joined: dict[str, list[Spelling]] = {}
        for spelling in self.spellings([column])[column] or ():
            if spelling.text is not None:
                joined.setdefault(spelling.text, []).append(spelling)
        several = [
            told_as_one(value, {s.raw: s.rows for s in spellings if s.raw != value})
            for value, spellings in joined.items()
            if len(spellings) > 1
        ]
        if not several:
            return ()
        rest = f" and {len(several) - _SHOWN:,} more" if len(several) > _SHOWN else ""
        return (Note(sentence=f"{column}: {'; '.join(several[:_SHOWN])}{rest}"),)

    def type_of(self, column: str) -> str:
        """Return the SQL type of a column, without its parameters."""
        if not self._types:
            for part, _ in enumerate(self._parts or [()]):
                table = self._connection.table(part_name(self._table, part))
                kinds = zip(table.columns, map(str, table.types), strict=True)
                self._types |= {name: kind.partition("(")[0] for name, kind in kinds}
            self._types |= {self._columns[c]: kind.partition("(")[0] for c, kind in self._apart.items()}
        return self._types[self._columns[column]]

    def _approximate(self, columns: Sequence[str]) -> dict[str, int]:
        """Estimate how many different values columns have, or count them in a few rows; of a small table all that are texts are asked for together, as they soon will be."""
        unknown = [c for c in columns if c not in self._about]
        if unknown and not self._stands_for and self._is_small:
            texts = [c for c in self._columns if c not in self._about and self.type_of(c) not in _TYPED]
            unknown = list(dict.fromkeys([*unknown, *texts]))
            if self._are_here(unknown):
                self._count_here(texts)
                self._spell_typed([c for c in unknown if c not in texts])
                unknown = []
        for new in self._by_part(unknown):
            counts = ", ".join(f"approx_count_distinct({self._columns[c]})" for c in new)
            self._about |= dict(zip(new, self._one(f"SELECT {counts} FROM {self._from(new)}"), strict=True))
        return {column: self._about[column] for column in columns}

    def _count_here(self, columns: Sequence[str]) -> None:
        """Count the rows of each text of some columns, and keep them until they are looked at."""
        if columns:
            held = self._values_here(columns, [self._raw(c) for c in columns])
            self._texts_here |= dict(zip(columns, counted_texts(held, len(columns)), strict=True))
            self._about |= {column: len(own) for column, own in self._texts_here.items()}

    def _spell_typed(self, columns: Sequence[str]) -> None:
        """Keep the values of some columns of types, with which these are counted."""
        self._found |= {column: self._typed(column) for column in columns}
        if columns:
            self._spell(columns)
        self._about |= {column: len(self._spelled[column]) for column in columns}

    def _are_here(self, columns: Sequence[str]) -> bool:
        """Tell whether so many columns are counted in Python before DuckDB has prepared to."""
        return not self._stands_for and self._is_small and len(columns) * self._rows() <= _FEW_CELLS

    def _elsewhere(self, column: str) -> Reading:
        """Read a column whose values do not stand in the table."""
        name, numeric = self._columns[column], bool(self._apart[column])
        number = f"CAST({name} AS DOUBLE)"
        one = Reading(column=column, raw=name, text=name, number=number, condition=number, numeric=numeric)
        if lacks := self._lacks.get(column):
            relation = f"(SELECT {lacks} AS mark, {self._number()} AS rows FROM {self._table} WHERE {self._kept} GROUP BY ALL)"
            marks = count_marks(self._connection, relation, self._marks)
            return replace(one, rows=self._rows(), marks=marks)
        return one

    def _typed(self, column: str) -> Reading:
        """Read a column whose type says what it holds."""
        name, kind = self._columns[column], self.type_of(column)
        value = f"CASE WHEN NOT isnan({name}) THEN {name} END" if kind in _FLOATS else name
        if kind in _NUMERIC and self._marks.numbers:
            value = f"CASE WHEN CAST({name} AS DOUBLE) NOT IN ({self._marks.numbers}) THEN {value} END"
        # Minus zero equals zero: it is the same value, so it has the same text.
        raw = f"CAST({value} + 0::{kind} AS VARCHAR)" if kind in _FLOATS else f"CAST({value} AS VARCHAR)"
        shown = raw
        if kind in _FLOATS:
            whole = f"{value} = trunc({value}) AND abs({value}) < {2**53}"
            shown = f"CASE WHEN {whole} THEN CAST(CAST({value} AS BIGINT) AS VARCHAR) ELSE {raw} END"
        elif kind == "DECIMAL":
            shown = f"CASE WHEN contains({raw}, '.') THEN rtrim(rtrim({raw}, '0'), '.') ELSE {raw} END"
        elif kind.startswith("TIMESTAMP"):
            shown = moment_sql(raw)
        # By way of its text: DuckDB 1.4 rounds a decimal of many places twice, which makes 0.1 smaller than it is.
        exact = raw if kind == "DECIMAL" else value
        return Reading(
            column=column,
            raw=raw,
            text=shown,
            number=f"CAST({exact} AS DOUBLE)" if kind in _NUMERIC else "NULL::DOUBLE",
            condition=value,
            numeric=kind in _NUMERIC,
            finite=kind in _NUMERIC and kind not in _FLOATS,
            category=kind == "BOOLEAN",
        )

    def _plain(self, columns: Sequence[str]) -> dict[str, Reading]:
        """Find the columns that hold nothing but numbers as programs write them."""
        wanted = [column for column in columns if self.type_of(column) == "VARCHAR"]
        if not wanted:
            return {}
        tests = []
        for name in (self._columns[column] for column in wanted):
            # An empty field of a text format is NULL or '', by its quotes.
            present = f"{name} <> ''"
            plain = f"bool_and(regexp_full_match({name}, {text(PLAIN)})) FILTER (WHERE {present})"
            if self._marks.numbers:
                plain += f" AND bool_and(TRY_CAST({name} AS DOUBLE) NOT IN ({self._marks.numbers})) FILTER (WHERE {present})"
            tests += [plain, *(self._number(there) for there in (present, f"{name} IS NOT NULL", ""))]
        answers = self._one(f"SELECT {', '.join(tests)} FROM {self._from(wanted)}")
        plain_readings: dict[str, Reading] = {}
        for column, *counts in zip(wanted, *(answers[i::4] for i in range(4)), strict=True):
            plain, numbers, held, rows = counts
            name = self._columns[column]
            if plain:
                plain_readings[column] = Reading(
                    column=column,
                    raw=name,
                    text=name if numbers == held else f"nullif({name}, '')",
                    number=f"TRY_CAST({name} AS DOUBLE)",
                    condition=f"TRY_CAST({name} AS DOUBLE)",
                    numeric=True,
                    rows=rows,
                    numbers=numbers,
                    complete=numbers == rows,
                )
        return plain_readings

    def _read_as_well(self) -> list[str]:
        """Name the text columns of a small table that are not read yet, which are best read with those that are asked for."""
        here = [c for c in self._columns if self._about.get(c, 0) <= MANY] if self._is_small else []
        new = [c for c in here if c not in self._found and c not in self._apart]
        return [c for c in new if self.type_of(c) not in _TYPED]

    @property
    def _is_small(self) -> bool:
        """Whether a statement about the table takes longer to prepare than to run."""
        return len(self._columns) <= _FEW_COLUMNS and self._rows() <= _FEW_ROWS

    def _read_few(self, columns: Sequence[str], asked: Collection[str]) -> None:
        """Read text columns of few different values, and keep these if they are very few; nothing is wrong with one that is not asked for."""
        looks = self._look_here(columns)
        here = [column for column, seen in looks.items() if not seen.moments]
        spelled = {column: self._texts([column]) for column in looks}
        if rest := [column for column in columns if column not in looks]:
            table = f"CREATE OR REPLACE TEMP TABLE spelled AS SELECT * FROM {self._looked(self._texts(rest))}"
            self._connection.execute(table)
            there = look(self._connection, "spelled", few=_VERY_FEW)
            for place, column in enumerate(rest):
                looks[column] = there.get(place, NOTHING)
                spelled[column] = f"spelled WHERE place = {place}"
        for column in columns:
            seen = looks[column]
            if column not in asked and any("\x00" in raw for raw, _ in seen.raws or ()):
                continue
            reading = self._found[column] = self._written(column, seen)
            self._raws[column] = seen.values
            if seen.raws is None:
                continue
            if len(seen.raws) > _VERY_FEW:
                if reading.text == reading.raw:
                    self._unspelled[column] = seen.raws
                continue
            meant: dict[str, str | None] = {raw: raw for raw, _ in seen.raws}
            if reading.text != reading.raw and column in here:
                meant = {raw: shown_here(raw, seen, reading.marks) for raw in meant}
            elif reading.text != reading.raw:
                statement = f"SELECT v, {shown_sql('v', seen, reading.marks)} FROM {spelled[column]}"
                meant = dict(self._connection.execute(statement).fetchall())
            self._keep(column, [(raw, meant[raw], rows) for raw, rows in seen.raws])

    def _look_here(self, columns: Sequence[str]) -> dict[str, Look]:
        """Look at those of some columns that have few simple values, if all of them have few."""
        here = {column: self._texts_here.pop(column) for column in columns if column in self._texts_here}
        if sum(self._approximate(columns).values()) > _FEW_TEXTS or self._marks.numbers:
            return {}
        if len(here) < len(columns):
            texts = few_texts(self._connection, self._texts(columns), len(columns))
        else:
            texts = {p: dict(here[c]) for p, c in enumerate(columns) if all(map(is_simple, here[c]))}
        apostrophes = self._conventions.apostrophes
        return {
            columns[place]: look_at(own, self._marks, apostrophes=apostrophes, few=_FEW_TEXTS)
            for place, own in texts.items()
        }

    def _spell(self, columns: Sequence[str]) -> None:
        """Keep the values of columns that have been read."""
        spellings: dict[int, list[tuple[str, str | None, int]]] = {}
        readings = [self._found[column] for column in columns]
        if self._are_here(columns):
            for column, ways in zip(columns, self._ways_here(readings), strict=True):
                self._keep(
                    column, [(raw, meant, ways[raw, meant]) for raw, meant in sorted(ways, key=itemgetter(0))]
                )
            return
        if len(columns) == 1 and self.type_of(columns[0]) != "INTERVAL":
            # Values that are equal have one text; only a month and its 30 days are equal and have two.
            name = self._columns[columns[0]]
            values = f"SELECT 0 AS place, {readings[0].raw} AS raw, {readings[0].text} AS meant, n FROM (SELECT {name}, {self._number()} AS n FROM {self._from(columns)} GROUP BY {name})"
        else:
            values = (
                f"SELECT unnest({list(range(len(columns)))}) AS place, unnest([{', '.join(r.raw for r in readings)}]) AS raw, "
                f"unnest([{', '.join(r.text for r in readings)}]) AS meant, {self._stands_for or 1} AS n FROM {self._from(columns)}"
            )
        for place, raw, meant, rows in self._connection.execute(
            f"SELECT place, raw, meant, CAST(sum(n) AS BIGINT) FROM ({values}) WHERE raw IS NOT NULL GROUP BY ALL ORDER BY raw"
        ).fetchall():
            spellings.setdefault(place, []).append((raw, meant, rows))
        for place, column in enumerate(columns):
            self._keep(column, spellings.get(place, []))

    def _ways_here(self, readings: Sequence[Reading]) -> list[Counter[tuple[str, str | None]]]:
        """Count the ways in which the values of few rows are written, each with what is meant."""
        ways = [(reading.raw, reading.text) for reading in readings]
        values = list(dict.fromkeys(itertools.chain.from_iterable(ways)))
        held = self._values_here([reading.column for reading in readings], values)
        places = [(values.index(raw), values.index(shown)) for raw, shown in ways]
        return [
            Counter((row[raw], row[shown]) for row in held if row[raw] is not None) for raw, shown in places
        ]

    def _values_here(self, columns: Sequence[str], values: Sequence[str]) -> list[tuple[Any, ...]]:
        """Fetch values of few rows, which are SQL over some columns."""
        table = part_name(self._table, part_of(self._parts, columns))
        return self._connection.execute(
            f"SELECT {', '.join(values)} FROM {table} WHERE {self._kept}"
        ).fetchall()

    def _keep(self, column: str, spelled: Sequence[tuple[str, str | None, int]]) -> None:
        if odd := [raw for raw, _, _ in spelled if "\x00" in raw]:
            # No text holds it, and not every version's SQL can write it.
            rows = "" if self._stands_for else f"{self._table} WHERE {self._kept}"
            problem = f"{row_with_nul(self._connection, rows, self._raw(column))}{clipped(odd[0])!r} holds a NUL byte"
            raise ColumnError(self._file, column, problem, hint="Is the file damaged?")
        reading = self._found[column]
        written = reading.numeric and reading.plain and self.type_of(column) not in _TYPED
        self._spelled[column] = tuple(
            Spelling(raw=raw, shown=shown, text=number_text(shown) if written and shown else shown, rows=rows)
            for raw, shown, rows in spelled
        )

    def _looked(self, relation: str) -> str:
        return looked_sql(relation, self._marks, apostrophes=self._conventions.apostrophes)

    def _texts(self, columns: Sequence[str], *, grouped: bool = True) -> str:
        """Write the SQL of the texts of columns, with their places and how many rows hold them."""
        raws = [self._raw(column) for column in columns]
        place, value = (
            ("0", raws[0])
            if len(columns) == 1
            else (f"unnest({list(range(len(raws)))})", f"unnest([{', '.join(raws)}])")
        )
        more = f", {self._stands_for} AS n" if self._stands_for else ""
        values = f"SELECT {place} AS place, {value} AS v{more} FROM {self._from(columns)}"
        each = "n" if self._stands_for else None
        number, groups = (number_of(each), " GROUP BY place, v") if grouped else (each or "1", "")
        return f"(SELECT place, v, {number} AS n FROM ({values}) WHERE v IS NOT NULL{groups})"

    def _from(self, columns: Sequence[str]) -> str:
        """Write the SQL of the rows that count; of a wide table with these columns alone, as all would take longer to name than to read."""
        own = [self._columns[column] for column in columns]
        names = ", ".join(dict.fromkeys([*own, *([self._stands_for] if self._stands_for else [])]))
        table = part_name(self._table, part_of(self._parts, columns))
        return f"(SELECT {names} FROM {table} WHERE {self._kept})"

    def _by_part(self, columns: Sequence[str]) -> list[list[str]]:
        """Share columns out to the tables that hold them."""
        shared: dict[int, list[str]] = {}
        for column in columns:
            shared.setdefault(part_of(self._parts, [column]), []).append(column)
        return [*shared.values()]

    def _batches(self, columns: Sequence[str]) -> list[Sequence[str]]:
        """Take columns one by one, or many of them together where a statement takes longer to prepare than to run, as in a wide table."""
        step = _COLUMNS_AT_ONCE if len(columns) > _FEW_COLUMNS or self._is_small else 1
        return [
            own[first : first + step] for own in self._by_part(columns) for first in range(0, len(own), step)
        ]

    def _number(self, condition: str = "") -> str:
        """Write the SQL that counts rows."""
        return number_of(self._stands_for, condition)

    def _raw(self, column: str) -> str:
        name = self._columns[column]
        return name if self.type_of(column) == "VARCHAR" else f"CAST({name} AS VARCHAR)"

    def _written(self, column: str, seen: Look) -> Reading:
        """Read a column of texts, which may be numbers in any form."""
        category = self.type_of(column) == "ENUM"
        raw = self._raw(column)
        decided = decide(seen.facets, comma_known=column in self._conventions.commas)
        numeric, nearly = decided.numeric and not category, decided.nearly and not category
        marks = {**seen.missing, **(seen.marks if numeric or nearly else {})}
        number = written_number_sql(raw, seen, decided, marks)
        shown = shown_sql(raw, seen, marks)
        others = seen.others
        if (nearly or decided.mixed) and decided.others != sum(others.values()):
            # Numbers of another form than the column's are among them.
            others = self._no_numbers(column, shown, number)
        return Reading(
            column=column,
            raw=raw,
            text=shown,
            number=number,
            condition=number if numeric else f"CAST({shown} AS BOOLEAN)" if seen.all_booleans else shown,
            numeric=numeric,
            nearly=nearly,
            mixed=decided.mixed and not nearly and not category,
            category=category,
            tidied=(seen.untidy or seen.odd_signs) and not numeric,
            plain=decided.form.castable,
            comma=decided.form.comma,
            rows=self._rows(),
            numbers=decided.numbers,
            marks=marks,
            others=others,
            other_rows=decided.others,
            complete=present_rows(seen.facets, marks) == self._rows(),
            finite=numeric and seen.plain and are_short(seen.facets),
            number_note=self._number_note(column, decided),
        )

    def _no_numbers(self, column: str, shown: str, number: str) -> dict[str, int]:
        """Count the most frequent values that are no numbers of the column's form."""
        return dict(
            self._connection.execute(
                f"SELECT {shown} AS value, {self._number()} AS rows FROM {self._from([column])} WHERE value IS NOT NULL AND {number} IS NULL "
                f"GROUP BY value ORDER BY rows DESC, value LIMIT {_MOST_TOLD}"
            ).fetchall()
        )

    @property
    def kept(self) -> int:
        """How many rows of the source count."""
        return self._rows()

    def _rows(self) -> int:
        if self._counted is None:
            (self._counted,) = self._one(f"SELECT {self._number()} FROM {self._table} WHERE {self._kept}")
        return int(self._counted or 0)

    def _number_note(self, column: str, decided: Decided) -> Note | None:
        if decided.example is None or decided.codes or not decided.numbers:
            return None
        (number,) = self._one(f"SELECT {decided.form.number(text(decided.example))}")
        sentence = f"{column}: {clipped(decided.example)!r} is read as {number_text(repr(number))}"
        if decided.form.castable:
            return Note(
                sentence=f"{sentence}, as {decided.zeros:,} {'value begins' if decided.zeros == 1 else 'values begin'} with a zero and the others do not"
            )
        if not decided.certain:
            return Note(sentence=f"{sentence}, since no value tells that its commas are decimal commas")
        return Note(sentence=sentence)

    def _one(self, statement: str) -> tuple[Any, ...]:
        return self._connection.execute(statement).fetchone() or ()
