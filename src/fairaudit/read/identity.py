"""Whom a row is about: rows are counted as people, so that nobody may stand in several of them, and no model beside another."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from fairaudit.engine.cells import NotCounted, in_bits
from fairaudit.engine.sql import quoted, text
from fairaudit.errors import ColumnError, OptionError, clipped, listed
from fairaudit.read.notes import Note
from fairaudit.read.readings import Conventions
from fairaudit.read.roles import Roles
from fairaudit.read.rows import Input, Rows
from fairaudit.spelling import if_typed, setting

_WHOM = (
    "person", "individual", "entity", "subject", "patient", "user", "customer", "client", "applicant", "student", "employee"
)  # fmt: skip
ENTITY_NAMES = frozenset((*(f"{whom}id" for whom in ("", "people", *_WHOM)), "person"))
"""Names of columns that say whom a row is about, as `plain_name` writes them."""
_BARE_NAMES = frozenset(_WHOM) - ENTITY_NAMES
"""Names of columns that say so if their values are many; those of few values, such as yes and no, say what people are."""
MODEL_NAMES = frozenset(("modelid",))
"""Names of columns that say which model made a prediction."""
"""The option that makes an audit of each value of a column."""
MOST_PARTS = 50
"""How many parts a file is audited in."""
_VERY_FEW_ROWS = 2_000
"""So few values are compared in Python before DuckDB has prepared to hash them."""
_FEW_ROWS = 10_000
"""So few values are hashed before DuckDB has prepared to look at them as whole numbers, which takes two statements."""
_OWN = ("row", "label", "score", "decision")
"""The columns that predictions of our own begin with; they are of one model, whatever a feature is called."""
_SIMPLE = re.compile(r"id|[a-z]+(_[a-z0-9]+)+", re.ASCII)
"""Names that SQL takes as they stand; a single word may be one of its own."""


@lru_cache(maxsize=1 << 14)
def plain_name(column: str) -> str:
    """Write a column's name without what people vary: case, blanks and signs.

    >>> plain_name("Entity_ID"), plain_name("model id")
    ('entityid', 'modelid')
    """
    return "".join(sign for sign in column.casefold() if sign.isalnum())


def identity_columns(columns: Sequence[str]) -> tuple[str, ...]:
    """Find the columns that say whom a row is about, or which model made a prediction."""
    models = frozenset() if tuple(columns[: len(_OWN)]) == _OWN else MODEL_NAMES
    return tuple(c for c in columns if plain_name(c) in ENTITY_NAMES | _BARE_NAMES | models)


def refuse_repeats(rows: Rows, roles: Roles, used: str, *, predictions: bool = True) -> None:
    """Refuse rows of several models, or of the same people.

    Parameters
    ----------
    used
        SQL of the rows that count.
    predictions
        Whether the rows are predictions, and not data that a model is still to be made from.

    Raises
    ------
    ColumnError
        If there are; it says how to audit a part of them.
    """
    identities = [
        c for c in identity_columns(rows.source.columns) if c in rows.loaded and c not in roles.columns
    ]
    for column in identities:
        if predictions and plain_name(column) in MODEL_NAMES:
            _refuse_models(rows, column, used, [c for c in identities if plain_name(c) in ENTITY_NAMES][:1])
    if roles.id is not None:
        return
    entities = [c for c in identities if plain_name(c) in ENTITY_NAMES or _has_many_values(rows, c)]
    if entities and rows.stands_for:
        # Where nobody stands twice they are not even here.
        raise NotCounted
    for column in entities:
        if (repeated := _repeated(rows, column, used)) is not None:
            others = [c for c in rows.loaded if c not in (*entities, *roles.columns)]
            raise ColumnError(
                rows.source.name,
                column,
                f"{repeated}, and each row would be counted as a person of its own",
                hint=_way_on(rows, column, used, others, predictions=predictions),
            )


def number_people(rows: Rows, column: str, used: str) -> tuple[str, tuple[Note, ...]]:
    """Give each of the people that a column tells apart a number.

    Returns
    -------
    join, notes
        SQL that joins to the rows the number of each one's ``person``; and how many people the rows are of.
    """
    if rows.elsewhere:
        codes = rows.connection.execute(f"SELECT code FROM source_rows WHERE {used}").fetchall()
        people, all_rows, most = rows.elsewhere.count_persons([code for (code,) in codes])
        return "", (_people_note(column, people, all_rows, most),)
    value = rows.readings.of(column).same
    rows.connection.execute(
        "CREATE OR REPLACE TABLE persons AS SELECT v AS said, row_number() OVER () AS person, n "
        f"FROM (SELECT {value} AS v, count(*) AS n FROM source_rows WHERE {used} GROUP BY v)"
    )
    people, all_rows, most = rows.one("SELECT count(*), coalesce(sum(n), 0), max(n) FROM persons")
    return f"JOIN persons ON persons.said = ({value})", (_people_note(column, people, all_rows, most),)


def _people_note(column: str, people: int, all_rows: int, most: int) -> Note:
    """Say how many people rows are of."""
    if people == all_rows:
        return Note(sentence=each_once(column))
    return Note(
        sentence=f"{column}: {all_rows:,} rows are of {people:,} people (at most {most:,} of one), and evidence counts people"
    )


def each_once(column: str) -> str:
    """Say that a column that tells people apart tells rows apart."""
    return f"{column}: no value stands in two rows, so that each row is a person, as without {setting('id')}"


def conflicting_labels(rows: Rows, roles: Roles, *, binary: bool) -> tuple[Note, ...]:
    """Warn of people whose rows have several labels, as ``scored_rows`` holds them."""
    if roles.id is None or roles.label is None:
        return ()
    both, people = (
        rows.elsewhere.of_both_labels()
        if rows.elsewhere
        else rows.one(
            "SELECT count(*) FILTER (WHERE least <> most), count(*) FROM "
            "(SELECT min(label) AS least, max(label) AS most FROM scored_rows WHERE people > 0 GROUP BY person)"
        )
    )
    if not both:
        return ()
    return (
        Note(
            sentence=f"{roles.label}: {both:,} of {people:,} people ({roles.id}) have rows of {'both' if binary else 'several'} labels, and each row counts with its own",
            warning=True,
        ),
    )


def _has_many_values(rows: Rows, column: str) -> bool:
    """Return whether a column of a bare name has more values than anything that people are grouped by."""
    return (
        plain_name(column) in _BARE_NAMES and rows.readings.values([column], most=MOST_PARTS)[column] is None
    )


def says_whom(rows: Rows, column: str) -> bool:
    """Return whether a column is called like one that says whom a row is about."""
    return plain_name(column) in ENTITY_NAMES or _has_many_values(rows, column)


def repeated_people(rows: Rows, used: str, *, but: str | None = None) -> tuple[Note, ...]:
    """Warn of people who stand in several rows, where a model learns from some rows and is tried on the others; not of the column that prevents it."""
    entities = [c for c in rows.loaded if plain_name(c) in ENTITY_NAMES and c != but]
    return tuple(
        Note(
            sentence=f"{column}: {repeated}; a model is tried on rows of those that it has learnt from",
            warning=True,
        )
        for column in entities
        if (repeated := _repeated(rows, column, used)) is not None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The values of a column, and the condition that keeps the rows of each; `dropped` counts the rows of none, by reason."""

    rows: Rows
    conditions: Mapping[str, str]
    dropped: Mapping[str, int]
    notes: tuple[Note, ...]


def split_rows(
    opened: Input,
    column: str,
    *,
    where: str | None,
    na_values: Sequence[str] | None = None,
    also: Sequence[str] = (),
) -> Split:
    """Split the rows by the values of a column.

    Parameters
    ----------
    where
        What holds for all of them.
    na_values
        Marks of missing values; ``None`` for the usual ones.
    also
        Columns that are going to be read of each part.

    Raises
    ------
    ColumnMissing, OptionError
        If the column is not there, or has no value or more than 50.
    """
    rows = opened.load(
        [opened.require(column)],
        also=also,
        where=where,
        conventions=Conventions(na_values=None if na_values is None else tuple(na_values)),
    )
    reading, values = rows.readings.of(column), rows.readings.values([column])[column]
    if values is None or not 1 <= len(values) <= MOST_PARTS:
        many = "no values" if values == [] else f"more than {MOST_PARTS} values"
        raise OptionError(
            setting("by"), f"column {column!r} of {opened.name} has {many}, and there is an audit of each"
        )
    kept, lacking = rows.one(
        f"SELECT count(*), count(*) FILTER (WHERE ({reading.text}) IS NULL) FROM source_rows WHERE kept"
    )
    dropped = {f"where not ({where})": rows.rows - kept} if where else {}
    return Split(
        rows=rows,
        conditions={
            value: condition_of(column, value, numeric=reading.numeric)
            for value in (sorted(values, key=float) if reading.numeric else values)
        },
        notes=(*([reading.missing_note] if reading.missing_note else []), *rows.readings.name_notes(column)),
        dropped={**dropped, **({f"no value in {column}": lacking} if lacking else {})},
    )


def condition_of(column: str, value: str, *, numeric: bool) -> str:
    """Write the condition that keeps the rows with a value.

    >>> print(condition_of("model_id", "7", numeric=True), "or", condition_of("as of", "May", numeric=False))
    model_id = 7 or "as of" = 'May'
    """
    name = column if _SIMPLE.fullmatch(column) else quoted(column)
    if not numeric:
        return f"{name} = {text(value)}"
    # A bare decimal number would not be a float in SQL.
    number = value if re.fullmatch(r"-?\d{1,18}", value) else f"CAST({text(value)} AS DOUBLE)"
    return f"{name} = {number}"


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _pasted(value: str) -> str:
    """Write a value as a shell takes it, in double quotes if that is safe."""
    return shlex.quote(value) if re.search(r'["$`\\!]', value) else f'"{value}"'


def _refuse_models(rows: Rows, column: str, used: str, entities: Sequence[str]) -> None:
    value = rows.readings.of(column).same
    models = rows.connection.execute(
        f"SELECT {value} AS v, count(*) FROM source_rows WHERE {used} AND v IS NOT NULL GROUP BY v ORDER BY 2 DESC, v LIMIT {MOST_PARTS + 1}"
    ).fetchall()
    if len(models) < 2:
        return
    whom = ""
    (number,) = rows.one(f"SELECT count(*) FROM source_rows WHERE {used}")
    if entities:
        (people,) = rows.one(
            f"SELECT count(DISTINCT {rows.column(entities[0])}) FROM source_rows WHERE {used}"
        )
        whom = f" on {people:,} people ({entities[0]})"
    many = f"more than {MOST_PARTS}" if len(models) > MOST_PARTS else f"{len(models)}"
    values = sorted(v for v, _ in models)
    raise ColumnError(
        rows.source.name,
        column,
        f"holds the predictions of {many} models{whom}, {listed(values, most=6)}, and each of the {number:,} rows would be counted as a person of its own",
        hint=_choice(rows, column, values[0]),
    )


def _repeated(rows: Rows, column: str, used: str) -> str | None:
    """Say how many values of a column stand in several rows; ``None`` if none does."""
    name, reading = rows.column(column), rows.readings.of(column)
    there = f"{used} AND {name} IS NOT NULL AND CAST({name} AS VARCHAR) <> ''"
    if reading.numeric and rows.rows > _FEW_ROWS and _are_whole_and_distinct(rows, name, there):
        return None
    # Hashes are shorter than most identifiers; whether two equal ones are of one is found out below.
    quick = reading.number if reading.numeric else reading.text if reading.tidied else name
    if rows.rows <= _VERY_FEW_ROWS:
        held = rows.connection.execute(f"SELECT {quick} FROM source_rows WHERE {there}").fetchall()
        count, hashes = len(held), len(set(held))
    else:
        # Groups spill to disk, and distinct values do not.
        count, hashes = rows.one(
            f"SELECT coalesce(sum(n), 0), count(*) FROM (SELECT count(*) AS n FROM source_rows WHERE {there} GROUP BY hash({quick}))"
        )
    if count == hashes:
        return None
    distinct, repeated, most, example = rows.one(
        "SELECT count(*), count(*) FILTER (WHERE n > 1), max(n), min(v) FILTER (WHERE n = most) FROM (SELECT *, max(n) OVER () AS most FROM "
        f"(SELECT {reading.same} AS v, count(*) AS n FROM source_rows WHERE {there} AND v IS NOT NULL GROUP BY v))"
    )
    if not repeated:
        return None
    stand = "stands" if repeated == 1 else "stand"
    return f"{repeated:,} of {distinct:,} values {stand} in several rows (such as {clipped(example)!r} in {most:,})"


def _are_whole_and_distinct(rows: Rows, name: str, there: str) -> bool:
    """Tell, sooner than hashes do, whether the numbers of a column differ even if each is taken as a whole one; what can not be taken so proves nothing."""
    # Where one can not, it stands so far off that there are no bits for all between.
    number = f"coalesce(TRY_CAST({name} AS BIGINT), {-1 << 62})"
    return bool(in_bits(rows.connection, number, f"(SELECT {name} FROM source_rows WHERE {there})"))


def _way_on(rows: Rows, column: str, used: str, others: Sequence[str], *, predictions: bool) -> str:
    part = _parting(rows, column, used, others)
    clustered = f"say {setting('id', column)} to count people and not rows" if predictions else ""
    if part is not None:
        return f"{_choice(rows, *part, by=predictions)}{f'; or {clustered}' if clustered else ''}"
    return (
        f"{_capital(clustered)}{'; or keep' if clustered else 'Keep'} one row of each, such as by {setting('where')}; "
        "if the rows are different people, give the column another name"
    )


def _choice(rows: Rows, column: str, value: str, *, by: bool = True) -> str:
    """Say how to audit one part of the rows, or each."""
    condition = condition_of(column, value, numeric=rows.readings.of(column).numeric)
    each = if_typed(f", or each by fairaudit audit --by {shlex.quote(column)}") if by else ""
    return f"Audit one by {setting('where', condition, quote=_pasted)}{each}"


def _parting(rows: Rows, entity: str, used: str, others: Sequence[str]) -> tuple[str, str] | None:
    """Find among other columns one of few values, in whose parts nobody stands twice, and one of its values."""
    name = rows.column(entity)
    there = f"{used} AND {name} IS NOT NULL"
    (count,) = rows.one(f"SELECT count(*) FROM source_rows WHERE {there}")
    for column, values in rows.readings.values(others).items():
        if values is None or not 2 <= len(values) <= MOST_PARTS:
            continue
        (pairs,) = rows.one(
            f"SELECT count(*) FROM (SELECT DISTINCT {name}, {rows.readings.of(column).same} FROM source_rows WHERE {there})"
        )
        if pairs == count:
            return column, values[0]
    return None
