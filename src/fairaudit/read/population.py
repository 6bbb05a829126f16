"""The shares of a population: a table with a category and its share, or how many people it has."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from fairaudit.errors import ColumnError, ColumnMissing, FileError, clipped, listed
from fairaudit.read.notes import Note
from fairaudit.read.numbers import number_sql
from fairaudit.read.rows import Input
from fairaudit.read.values import same_value

_CATEGORIES = ("category", "group")
_MOST = 1e15
"""No count is above this: numbers whose sum is none would be."""
_SHARES, _COUNTS = ("share", "percent"), ("count", "population", "people", "n")
_WHOLE = 0.02
"""Shares are rounded: they may add up to so much more or less than all."""
MOST_CATEGORIES = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """The shares of the categories of an attribute, which add up to 1; and what is to be told of how they were read."""

    attribute: str
    shares: Mapping[str, float]
    notes: tuple[Note, ...] = ()


def read_population(opened: Input, groups: Mapping[str, Collection[str]]) -> Population:
    """Read the shares of a population, for the attribute that the column of categories is called by, or whose groups it holds.

    Parameters
    ----------
    groups
        The groups of each attribute, which categories are called as.

    Raises
    ------
    FairauditError
        If a column is missing, a category stands twice or has no number of 0 or more, or shares do not add up to all.
    """
    names = {column.casefold(): column for column in opened.columns}
    category = _column(opened, names, (*map(str.casefold, groups), *_CATEGORIES), "the categories")
    number = _column(opened, names, (*_SHARES, *_COUNTS), "their share or count")
    rows = opened.load([category, number])
    value = number_sql(rows, number, "shares and counts")
    read = rows.connection.execute(
        f"SELECT {rows.readings.of(category).text}, {value} FROM source_rows ORDER BY rowid LIMIT {MOST_CATEGORIES + 1}"
    ).fetchall()
    if len(read) > MOST_CATEGORIES:
        raise FileError(opened.name, f"has more than {MOST_CATEGORIES:,} rows, and one is for each category")
    numbers = _numbers(opened.name, (category, number), read)
    total = math.fsum(numbers.values())
    if not total:
        raise ColumnError(opened.name, number, "all are 0")
    if number.casefold() in _SHARES and not any(abs(total / whole - 1) <= _WHOLE for whole in (1, 100)):
        raise ColumnError(
            opened.name,
            number,
            f"the shares add up to {total:g}, and not to 1 or 100",
            hint="Name every category of the population, or give counts in a column called count",
        )
    attribute = _attribute(opened, category, numbers, groups)
    passed_over = [names[name] for name in (*_SHARES, *_COUNTS) if names.get(name, number) != number]
    return Population(
        attribute=attribute,
        shares={_called(name, groups[attribute]): n / total for name, n in numbers.items()},
        notes=(Note(sentence=f"{opened.name}: {number} is read, and passed over: {', '.join(passed_over)}"),)
        if passed_over
        else (),
    )


def _column(opened: Input, names: Mapping[str, str], wanted: Sequence[str], holds: str) -> str:
    column = next((names[name] for name in wanted if name in names), None)
    if column is None:
        raise ColumnMissing(
            opened.name,
            wanted[-1],
            opened.columns,
            hint=f"A column called {listed(list(wanted))} holds {holds}",
        )
    return column


def _numbers(
    file: str, columns: tuple[str, str], read: Sequence[tuple[str | None, float | None]]
) -> Mapping[str, float]:
    category, number = columns
    numbers: dict[str, float] = {}
    for row, (name, value) in enumerate(read, start=1):
        if name is None:
            raise ColumnError(file, category, f"row {row:,} names no category")
        if name in numbers:
            raise ColumnError(file, category, f"row {row:,} names {clipped(name)!r} a second time")
        if value is None or value < 0:
            raise ColumnError(file, number, f"row {row:,} holds no number of 0 or more for {clipped(name)!r}")
        if value > _MOST:
            raise ColumnError(
                file,
                number,
                f"row {row:,} holds {value:g} for {clipped(name)!r}, more than any population has",
            )
        # A zero may have a sign, which no share has.
        numbers[name] = value + 0.0
    return numbers


def _attribute(
    opened: Input, category: str, numbers: Mapping[str, float], groups: Mapping[str, Collection[str]]
) -> str:
    """Find the attribute that a population is about."""
    by_name = [a for a in groups if a.casefold() == category.casefold()]
    shared = {a: sum(_called(name, of_one) in of_one for name in numbers) for a, of_one in groups.items()}
    most = max(shared.values(), default=0)
    best = by_name or [a for a, many in shared.items() if many == most and most]
    if len(best) != 1:
        raise ColumnError(
            opened.name,
            category,
            f"its categories are those of {'several attributes' if best else 'no attribute'}: {listed(list(numbers))}",
            hint=f"Call the column as the attribute: {listed(list(groups))}",
        )
    return best[0]


def _called(name: str, groups: Collection[str]) -> str:
    """Return what a category is called as a group: the same, or what is read as the same value."""
    return name if name in groups else next((group for group in groups if same_value(name, group)), name)
