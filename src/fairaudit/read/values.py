"""What a written value means: the text, number or 0/1 that stands in a column, as SQL over the rows that were read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fairaudit.errors import ColumnError, clipped
from fairaudit.read.rows import Rows

MOST_GROUPS = 1_000
_FEW_COLUMNS = 24
_COLUMNS_AT_ONCE = 50


def double(value: float) -> str:
    """Write a number for SQL. A bare literal would be a DECIMAL first, which costs the last digit in some versions of DuckDB."""
    return f"CAST('{value!r}' AS DOUBLE)"


def as_binary(value: str) -> int | None:
    """Read a value as a label or decision: 0 and 1 however written, true and false; ``None`` for anything else."""
    folded = value.casefold()
    if folded in ("true", "false"):
        return int(folded == "true")
    try:
        number = float(value)
    except ValueError:
        return None
    return int(number) if number in (0, 1) else None


def same_value(typed: str, value: str) -> bool:
    """Tell whether a typed value means a value of the data: the same text, or the same number."""
    if typed == value or (typed.casefold() == value.casefold() and value.casefold() in ("true", "false")):
        return True
    try:
        return float(typed) == float(value)
    except ValueError:
        return False


def number_sql(rows: Rows, column: str, noun: str) -> str:
    """Write the SQL that reads a column as numbers, after every value has been tried."""
    value, number = text_of(rows, column), number_of(rows, column)
    bad = (
        f"kept AND {value} IS NOT NULL AND ({number} IS NULL AND lower({value}) <> 'nan' OR isinf({number}))"
    )
    if first := rows.connection.execute(
        f"SELECT rowid + 1, {value} FROM source_rows WHERE {bad} ORDER BY rowid LIMIT 1"
    ).fetchone():
        row, found = first
        raise ColumnError(
            rows.source.name,
            column,
            f"row {row:,} holds {clipped(str(found))!r}, and {noun} must be finite numbers",
        )
    return number


def number_of(rows: Rows, column: str) -> str:
    """Write the SQL of a value as a number, NULL where it is none."""
    number = f"TRY_CAST({rows.column(column)} AS DOUBLE)"
    return f"CASE WHEN NOT isnan({number}) THEN {number} END"


def raw_text(rows: Rows, column: str) -> str:
    """Write the SQL of a value as text."""
    name = rows.column(column)
    if rows.types[name] in ("DOUBLE", "FLOAT"):
        name = f"CASE WHEN NOT isnan({name}) THEN {name} END"
    return f"CAST({name} AS VARCHAR)"


def text_of(rows: Rows, column: str) -> str:
    """Write the SQL of a value as text, NULL where it is missing: empty, blanks only, or not a number."""
    value = raw_text(rows, column)
    return f"CASE WHEN trim({value}) <> '' THEN {value} END"


def values_of(rows: Rows, columns: Sequence[str]) -> dict[str, list[str] | None]:
    """Give each column's values in their order (code points), without missing ones; ``None`` for more than an attribute may have."""
    if not columns:
        return {}
    approximate = one(
        rows,
        f"SELECT {', '.join(f'approx_count_distinct({rows.column(c)})' for c in columns)} FROM source_rows WHERE kept",
    )
    # The estimate is off by a few per cent, so that twice the limit is surely above it.
    few = [c for c, about in zip(columns, approximate, strict=True) if about <= 2 * MOST_GROUPS]
    found: dict[str, list[str] | None] = dict.fromkeys(columns)
    for column, distinct in _distinct(rows, few):
        values = sorted(distinct)
        if odd := [v for v in values if "\x00" in v]:
            # No text holds it, and not every version's SQL can write it.
            raise ColumnError(
                rows.source.name,
                column,
                f"{clipped(odd[0])!r} holds a NUL byte",
                hint="Is the file damaged?",
            )
        found[column] = values if len(values) <= MOST_GROUPS else None
    return found


def _distinct(rows: Rows, columns: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Give each column's distinct values: one statement for each of a few, and for many of them together in a wide table.

    There a statement takes longer to prepare than to run.
    """
    step = 1 if len(columns) <= _FEW_COLUMNS else _COLUMNS_AT_ONCE
    for first in range(0, len(columns), step):
        batch = columns[first : first + step]
        values = [text_of(rows, column) for column in batch]
        found: dict[int, list[str]] = {place: [] for place in range(len(batch))}
        both = (
            f"0 AS place, {values[0]} AS value"
            if step == 1
            else f"unnest({list(found)}) AS place, unnest([{', '.join(values)}]) AS value"
        )
        for place, value in rows.connection.execute(
            f"SELECT DISTINCT * FROM (SELECT {both} FROM source_rows WHERE kept) WHERE value IS NOT NULL"
        ).fetchall():
            found[place].append(value)
        yield from zip(batch, found.values(), strict=True)


def is_number(value: str) -> bool:
    """Tell whether a text is a number."""
    try:
        float(value)
    except ValueError:
        return False
    return True


def numeric_columns(rows: Rows, columns: Sequence[str]) -> tuple[str, ...]:
    """Find the columns of numbers among those named."""
    tests = [
        f"bool_and(TRY_CAST({value} AS DOUBLE) IS NOT NULL) FILTER (WHERE {value} IS NOT NULL)"
        for value in (text_of(rows, c) for c in columns)
    ]
    answers = one(rows, f"SELECT {', '.join(tests)} FROM source_rows WHERE kept") if columns else ()
    return tuple(
        c
        for c, numeric in zip(columns, answers, strict=True)
        if numeric and rows.types[rows.column(c)] != "BOOLEAN"
    )


def one(rows: Rows, statement: str) -> tuple[Any, ...]:
    """Run a query of one row."""
    return rows.connection.execute(statement).fetchone() or ()
