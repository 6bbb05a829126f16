"""Columns in whose place a number is needed: every value is tried, and the first that is none is named."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from fairaudit.engine.cells import NotCounted
from fairaudit.engine.duckdb import bring
from fairaudit.errors import ColumnError, clipped, header_again, written
from fairaudit.read.notes import Note, marks_option
from fairaudit.read.reading import Reading
from fairaudit.read.roles import Roles
from fairaudit.read.rows import Rows
from fairaudit.settings.choices import WeightKind
from fairaudit.spelling import setting

MOST_PEOPLE = 10**18
"""Beyond this, sums of products could leave 128 bits, and Aequitas's counts 64."""
_HEAVIEST = 9e15
_PLACES = 9
"""Digits of the heaviest weight of a survey that are kept before the decimal point of its parts."""
_MANY_WEIGHTS, _HEAVY = 30, 50
"""So many whole weights of such a mean, which spread less than that, beside rows that are otherwise the same, are seldom counts of people: a table of counts
has each kind of people in one row, and small cells."""
LONGEST_MARK = 20
"""Longer texts are nobody's mark of a missing value."""


def number_sql(rows: Rows, column: str, noun: str, *, hint: str = "") -> str:
    """Write the SQL that reads a column as numbers, after every value has been tried.

    Parameters
    ----------
    noun
        What the values are, for the message.
    hint
        What could be done instead, if none of the usual things helps.

    Raises
    ------
    ColumnError
        If a value that is not missing is no finite number.
    """
    reading = rows.readings.tried(column)
    if column == rows.apart or reading.finite:
        # Each was tried when it was read.
        return reading.number
    bad = f"kept AND {reading.text} IS NOT NULL AND ({reading.number} IS NULL OR isinf({reading.number}))"
    first = rows.connection.execute(
        f"SELECT rowid + 1, {reading.text}, {reading.number} FROM {rows.table_of(column)} WHERE {bad} ORDER BY rowid LIMIT 1"
    ).fetchone()
    if first:
        row, text, number = first
        raise ColumnError(
            rows.source.name,
            column,
            f"{rows.row_name(row)} holds {clipped(str(text))!r}, and {noun} must be finite numbers",
            hint=header_again(column, [str(text)])
            or ("" if number is not None else _way_on(reading, str(text)) or hint),
        )
    return reading.number


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How much each row counts.

    Attributes
    ----------
    people
        SQL of a whole number: people, or of a survey's weights so many small parts.
    kind
        ``None`` where there are no weights.
    notes
        How they were read.
    """

    people: str
    kind: WeightKind | None = None
    notes: tuple[Note, ...] = ()

    @property
    def survey(self) -> bool:
        """Whether they are those of a survey."""
        return self.kind is WeightKind.SURVEY


def find_weights(rows: Rows, column: str | None, kind: WeightKind | None) -> Weights:
    """Find how much each row counts, after every weight has been tried.

    Raises
    ------
    ColumnError
        If a weight is no number of 0 or more; or has a fraction, though it is to be a number of people.
    """
    if column is None:
        return Weights(people=rows.stands_for or "1::BIGINT")
    value = rows.readings.of(column).number
    if rows.elsewhere:
        seen = _seen_elsewhere(rows, column)
    else:
        _refuse_weights(
            rows, column, f"{value} IS NULL OR isnan({value}) OR {value} < 0 OR {value} > {_HEAVIEST!r}"
        )
        seen = _Seen(
            *rows.one(
                f"SELECT count(*) FILTER (WHERE {value} <> floor({value})), min({value}) FILTER (WHERE {value} > 0), max({value}), "
                f"count(*), avg({value}), coalesce(stddev_pop({value}), 0) FROM source_rows WHERE kept"
            )
        )
    if kind is WeightKind.FREQUENCY and seen.fractions:
        if rows.elsewhere:
            raise _no_weight(rows, column, f"{rows.row_name(0)} holds a fraction", whole=True)
        _refuse_weights(rows, column, f"{value} <> floor({value})", whole=True)
    if kind is WeightKind.SURVEY or (kind is None and seen.fractions):
        return _survey(rows, column, value, seen, known=kind is not None)
    least, most, many = seen.least, seen.most, seen.many
    doubtful = (
        kind is None
        and many >= _MANY_WEIGHTS
        and seen.mean >= max(_HEAVY, seen.spread)
        and _distinct(rows, [c for c in rows.loaded if c != column]) < many
    )
    note = Note(
        sentence=f"{column}: {many:,} weights from {least or 0:,.0f} to {most or 0:,.0f} look like those of a survey, and each row is counted as so many people; "
        f"say {setting('weight_kind', WeightKind.SURVEY)} if they are, or {setting('weight_kind', WeightKind.FREQUENCY)} if the people were counted",
        warning=True,
    )
    people = _weighed_elsewhere(rows, None) if rows.elsewhere else f"CAST({value} AS BIGINT)"
    return Weights(people=people, kind=WeightKind.FREQUENCY, notes=(note,) if doubtful else ())


class _Seen(NamedTuple):
    """What is known of all weights: how many have fractions, the least above 0 and the most, how many there are, their mean and their standard deviation."""

    fractions: int
    least: float | None
    most: float | None
    many: int
    mean: float
    spread: float


def _seen_elsewhere(rows: Rows, column: str) -> _Seen:
    """Put together what another engine says of the weights of each combination, and refuse those that are none."""
    low, most, lacking, fractions, least, many, total, squares = rows.one(
        "SELECT min(weight_low), max(weight_high), sum(weight_lacking), sum(weight_fractions), min(weight_least), sum(n), sum(weight_sum), sum(weight_squares) "
        "FROM source_rows WHERE kept"
    )
    if not many:
        # Nobody is left, of which more is said later.
        return _Seen(fractions=0, least=None, most=None, many=0, mean=0.0, spread=0.0)
    if lacking:
        raise _no_weight(rows, column, f"{rows.row_name(0)} holds no weight")
    if low < 0 or most > _HEAVIEST:
        raise _no_weight(
            rows,
            column,
            f"{rows.row_name(0)} holds {clipped(written(low if low < 0 else most))!r}",
            heavy=low >= 0,
        )
    mean = total / many
    spread = math.sqrt(max(squares / many - mean * mean, 0.0))
    return _Seen(fractions=int(fractions), least=least, most=most, many=int(many), mean=mean, spread=spread)


def _weighed_elsewhere(rows: Rows, shift: int | None) -> str:
    """Let rows count by their weights in another engine, and write the SQL of how many people those of a combination are."""
    if rows.elsewhere is None:
        raise NotCounted
    weighed = bring(rows.connection, "weighed", rows.elsewhere.weigh(shift))
    rows.connection.execute(
        "CREATE OR REPLACE TABLE scratch.source_rows AS SELECT source_rows.*, CAST(weighed.people AS HUGEINT) AS people, weighing "
        f"FROM source_rows JOIN {weighed} AS weighed USING (code)"
    )
    return "people"


def _distinct(rows: Rows, columns: Sequence[str]) -> int:
    """Count the rows that differ in some columns."""
    if not columns:
        return 1
    if rows.elsewhere:
        codes = rows.connection.execute("SELECT code FROM source_rows WHERE kept").fetchall()
        return rows.elsewhere.distinct_rows([code for (code,) in codes])
    names = ", ".join(rows.column(c) for c in columns)
    (number,) = rows.one(f"SELECT count(*) FROM (SELECT DISTINCT {names} FROM source_rows WHERE kept)")
    return int(number)


def _survey(rows: Rows, column: str, value: str, seen: _Seen, *, known: bool) -> Weights:
    """Take weights in whole parts, of which the heaviest row has about a thousand million; so sums have no order."""
    shift = _PLACES - math.ceil(math.log10(seen.most)) if seen.most else 0
    # A weight is never rounded to nobody.
    people = f"CAST(CASE WHEN {value} > 0 THEN greatest(round({value} * 1e{shift}), 1) ELSE 0 END AS BIGINT)"
    if rows.elsewhere:
        people = _weighed_elsewhere(rows, shift)
    why = f", as {seen.fractions:,} of {seen.many:,} have fractions," if seen.fractions and not known else ""
    sentence = (
        f"{column}: taken as weights of a survey{why} from {seen.least or 0:,.4g} to {seen.most or 0:,.4g}: "
        "rates are weighted, and evidence counts the people that rows are worth"
    )
    return Weights(people=people, kind=WeightKind.SURVEY, notes=(Note(sentence=sentence),))


def _refuse_weights(rows: Rows, column: str, bad: str, *, whole: bool = False) -> None:
    """Refuse the first weight that is none."""
    reading = rows.readings.of(column)
    first = rows.connection.execute(
        f"SELECT rowid + 1, {reading.text}, {reading.number} > {_HEAVIEST!r} FROM source_rows WHERE kept AND ({bad}) ORDER BY rowid LIMIT 1"
    ).fetchone()
    if first is None:
        return
    row, text, heavy = first
    problem = "holds no weight" if text is None else f"holds {clipped(str(text))!r}"
    raise _no_weight(rows, column, f"{rows.row_name(row)} {problem}", whole=whole, heavy=bool(heavy))


def _no_weight(
    rows: Rows, column: str, problem: str, *, whole: bool = False, heavy: bool = False
) -> ColumnError:
    """Say that a weight is none, or heavier than can be counted exactly."""
    wanted = "whole numbers of people, 0 or more" if whole else "numbers, 0 or more"
    if heavy:
        wanted = f"numbers from 0 to {_HEAVIEST:,.0f}"
    return ColumnError(
        rows.source.name,
        column,
        f"{problem}, and weights must be {wanted}",
        hint=f"Say {setting('weight_kind', WeightKind.SURVEY)} if they are weights of a survey"
        if whole
        else "",
    )


def _way_on(reading: Reading, value: str) -> str:
    """Say what to do about a value that is no number in a column of numbers."""
    few = reading.other_rows < reading.numbers
    if not (few and value.isprintable() and len(value) <= LONGEST_MARK):
        return ""
    option = marks_option([*reading.marks, value])
    return f"If it stands for a missing value, say {option}" if option else ""


def persons_sql(rows: Rows, roles: Roles, weights: Weights) -> str | None:
    """Write SQL that counts the people of several rows that are used, each of them once: weights of a survey are no people; ``None`` where these are kept elsewhere."""
    if roles.id:
        return "count(DISTINCT person)"
    if weights.survey:
        return None if rows.elsewhere else "count(*)"
    return "CAST(sum(people) AS BIGINT)"


def people_columns(rows: Rows, roles: Roles, weights: Weights) -> dict[str, str]:
    """Write the SQL of how many people a row is, and of whom it is about where that is told apart and not kept elsewhere."""
    if rows.elsewhere:
        here = {} if rows.apart else {"code": "code", "n": "n"}
        return {
            "people": weights.people,
            **here,
            **({"weighing": "weighing"} if rows.weighed and not rows.apart else {}),
        }
    person = {"person": "person"} if roles.id else {"person": "source_rows.rowid"} if weights.survey else {}
    return {"people": weights.people, **person}
