"""What is taken of a column: how long its texts are, parts of its dates, whether a value is there; as SQL of a number or of a group."""

from __future__ import annotations

from collections.abc import Mapping

from fairaudit.engine.sql import text
from fairaudit.errors import ColumnError, clipped
from fairaudit.read.numbers import number_sql
from fairaudit.read.rows import Rows
from fairaudit.slices.grammar import LACKING, MEMBERS, MISSING_GROUP, Dimension, Take

UNITS: Mapping[Take, str] = {Take.LETTERS: "letters", Take.WORDS: "words"}
"""What is counted in a text."""
GIVEN = "given"
"""The group of people whose value is there, beside that of those whose value is not."""
NOWHERE = ("in none", "in some")
SELECTED = ("selected", "not selected")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")  # fmt: skip
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WORD = r"[^\s\p{Z}]+"
_DATE = "^[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}"
"""The day as it is written, whatever the time of day and its distance from UTC."""


def number_of(rows: Rows, dimension: Dimension, noun: str) -> str:
    """Write the SQL of the number that people are grouped by; NULL where it is missing.

    Parameters
    ----------
    noun
        What the values of a column of numbers are, for the message.

    Raises
    ------
    ColumnError
        If a value is no number, or no date where one is needed.
    """
    value = rows.readings.of(dimension.column).text
    match dimension.take:
        case Take.LETTERS:
            return f"length_grapheme({value})"
        case Take.WORDS:
            return f"len(regexp_extract_all({value}, {text(_WORD)}))"
        case Take.YEAR:
            return _part_of_date(rows, dimension, "year")
        case Take.MONTH:
            return _part_of_date(rows, dimension, "month")
        case Take.WEEKDAY:
            return _part_of_date(rows, dimension, "isodow")
        case _:
            return number_sql(rows, dimension.column, noun)


def fixed_groups(rows: Rows, dimension: Dimension) -> tuple[str, tuple[str, ...]] | None:
    """Write the SQL of a group's number and the groups' names where these do not depend on the rows; ``None`` where they do."""
    names = {Take.MONTH: _MONTHS, Take.WEEKDAY: _WEEKDAYS}.get(dimension.take)
    if names is not None:
        place = f"coalesce({number_of(rows, dimension, '')}, {len(names) + 1}) - 1"
        return f"CAST({place} AS USMALLINT)", (*names, MISSING_GROUP)
    if dimension.take is Take.DECISION:
        # Who is selected is known once all of the scores are.
        return "", SELECTED
    if dimension.take is Take.CONDITION:
        fulfilled = rows.marked[dimension.column]
        place = f"CASE WHEN {fulfilled} IS NULL THEN 2 WHEN {fulfilled} THEN 0 ELSE 1 END"
        return f"CAST({place} AS USMALLINT)", (dimension.column, f"not {dimension.column}", MISSING_GROUP)
    if dimension.take is Take.MEMBER:
        return _membership(rows, dimension)
    if dimension.take is Take.NOWHERE:
        return _nowhere(rows, dimension)
    if dimension.take is Take.MISSING:
        value = rows.readings.of(dimension.column).text
        return f"CAST(CASE WHEN {value} IS NULL THEN 1 ELSE 0 END AS USMALLINT)", (GIVEN, LACKING)
    return None


def _membership(rows: Rows, dimension: Dimension) -> tuple[str, tuple[str, ...]]:
    """Group by whether people are in something, after every value has been tried."""
    text_of = rows.readings.of(dimension.column).same
    value = f"lower({text_of})"
    number = f"CASE WHEN {value} IN ('1', 'true') THEN 0 WHEN {value} IN ('0', 'false') THEN 1 END"
    _refuse_odd(rows, dimension, text_of, number, f"and who is in {dimension.called!r} is said by 0 and 1")
    return f"CAST(coalesce({number}, {len(MEMBERS)}) AS USMALLINT)", (*MEMBERS, MISSING_GROUP)


def _nowhere(rows: Rows, dimension: Dimension) -> tuple[str, tuple[str, ...]]:
    """Group by whether people are in none of several columns of members; of whom something is missing, and who are in no other, nobody knows it."""
    values = [f"lower({rows.readings.of(column).same})" for column in dimension.of]
    somewhere = " OR ".join(f"coalesce({value} IN ('1', 'true'), false)" for value in values)
    unknown = " OR ".join(f"{value} IS NULL" for value in values)
    place = f"CASE WHEN {somewhere} THEN 1 WHEN {unknown} THEN {len(NOWHERE)} ELSE 0 END"
    return f"CAST({place} AS USMALLINT)", (*NOWHERE, MISSING_GROUP)


def _refuse_odd(rows: Rows, dimension: Dimension, value: str, number: str, problem: str) -> None:
    """Refuse the first value that there is and of which no number can be made; `problem` says the rest of the sentence."""
    first = rows.connection.execute(
        f"SELECT rowid + 1, {value} FROM {rows.table_of(dimension.column)} WHERE kept AND {value} IS NOT NULL AND {number} IS NULL ORDER BY rowid LIMIT 1"
    ).fetchone()
    if first:
        row, odd = first
        problem = f"{rows.row_name(row)} holds {clipped(str(odd))!r}, {problem}"
        raise ColumnError(rows.source.name, dimension.column, problem)


def group_by_decision(decision: str) -> str:
    """Write the SQL of the number of the group of those who are selected, or are not."""
    return f"CAST(CASE WHEN ({decision}) = 1 THEN 0 ELSE 1 END AS USMALLINT)"


def _part_of_date(rows: Rows, dimension: Dimension, part: str) -> str:
    """Write the SQL of a part of a date, after every value has been tried."""
    value = rows.readings.of(dimension.column).text
    day = f"TRY_CAST(regexp_extract({value}, {text(_DATE)}) AS DATE)"
    number = f"CASE WHEN TRY_CAST({value} AS TIMESTAMP) IS NOT NULL THEN date_part('{part}', {day}) END"
    _refuse_odd(
        rows,
        dimension,
        value,
        number,
        f"which is no date, and {dimension.called!r} needs dates. A date is written as 2024-03-31, with a time or without",
    )
    return number
