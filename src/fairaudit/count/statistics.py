"""Numeric columns described for every group: how many values, their mean, spread and quantiles."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from fairaudit.read.checked_rows import Checked
from fairaudit.slices.grammar import CROSS, Attribute

_COLUMNS_AT_ONCE = 100
_VALUES_AT_ONCE = 5_000_000
"""Quantiles hold all of their values in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Descriptive statistics of a numeric column in one slice.

    Attributes
    ----------
    n, missing
        Rows with and without a value.
    std
        With n - 1; ``None`` for fewer than two values.
    q1, median, q3
        Interpolated linearly, as pandas does (Hyndman and Fan 1996, type 7).
    reason
        Why a statistic is ``None``.
    """

    attribute: str
    group: str
    column: str
    n: int
    missing: int
    mean: float | None
    std: float | None
    min: float | None
    q1: float | None
    median: float | None
    q3: float | None
    max: float | None
    reason: str | None


def describe(checked: Checked) -> tuple[Statistics, ...]:
    """Describe the numeric columns that were kept for it, in every slice and in all rows together (attribute and group empty).

    Rows that are kept for it are asked by one thread alone, so that equal input always gives the same digits.
    """
    extreme = _extreme(checked)
    step = min(max(_VALUES_AT_ONCE // checked.rows.rows, 1), _COLUMNS_AT_ONCE)
    described: list[Statistics] = []
    for attribute in (Attribute(name="", dimensions=()), *checked.attributes):
        for first in range(0, len(checked.described), step):
            places = range(first, min(first + step, len(checked.described)))
            rows = [
                row
                for indexes in (checked.sets_of(attribute) if attribute.name else ((),))
                for row in _described(checked, attribute, indexes, places, extreme)
            ]
            described += [
                _statistics(attribute.name, group, checked.described[place], values[index])
                for index, place in enumerate(places)
                for group, values in sorted(rows, key=lambda pair: pair[0])
            ]
    return tuple(described)


_LEAST, _MOST = 2.0**-400, 2.0**400
"""Numbers between them can be squared and added up."""
_Described = tuple[int, int, bool, int, float | None, float | None, Sequence[float | None] | None]
"""Rows with and without a value, whether one is infinite; and of the finite ones, divided by two to some power, that power, the mean,
the standard deviation, and five quantiles."""


def _extreme(checked: Checked) -> frozenset[int]:
    """Find the columns with numbers that cannot be squared; in each group these are divided by a power of two, which costs no digit."""
    extremes: list[int] = []
    for first in range(0, len(checked.described), _COLUMNS_AT_ONCE):
        places = range(first, min(first + _COLUMNS_AT_ONCE, len(checked.described)))
        query = ", ".join(
            f"coalesce(bool_or(x{place} <> 0 AND abs(x{place}) NOT BETWEEN {_LEAST!r} AND {_MOST!r}), false)"
            for place in places
        )
        answers = checked.rows.connection.execute(f"SELECT {query} FROM used_rows").fetchone() or ()
        extremes += [place for place, answer in zip(places, answers, strict=True) if answer]
    return frozenset(extremes)


def _described(
    checked: Checked,
    attribute: Attribute,
    indexes: Sequence[int],
    places: Sequence[int],
    extreme: Collection[int],
) -> list[tuple[str, list[_Described]]]:
    """Describe some columns in the groups of an attribute that some of its dimensions make."""
    keys = [f"d{index}" for index in indexes]
    partition = f"PARTITION BY {', '.join(keys)}" if keys else ""
    statistics: list[str] = []
    needed = [*keys, *(f"x{place}" for place in places)]
    for place in places:
        x, power = f"CASE WHEN isfinite(x{place}) THEN x{place} END", "0"
        if place in extreme:
            largest = f"max(abs({x})) OVER ({partition})"
            needed.append(f"greatest(coalesce(floor(log2(nullif({largest}, 0))), 0), -1000) AS power{place}")
            x, power = f"{x} * pow(2.0, -power{place})", f"CAST(any_value(power{place}) AS INTEGER)"
        statistics += [
            f"count(x{place})",
            f"count(*) - count(x{place})",
            f"coalesce(bool_or(isinf(x{place})), false)",
            power,
            f"avg({x})",
            f"stddev_samp({x})",
            f"quantile_cont({x}, [0, 0.25, 0.5, 0.75, 1])",
        ]
    grouped = f"GROUP BY {', '.join(keys)}" if keys else ""
    rows = checked.rows.connection.execute(
        f"SELECT {', '.join([*keys, *statistics])} FROM (SELECT {', '.join(needed)} FROM used_rows) {grouped}"
    ).fetchall()
    width = len(statistics) // len(places)
    return [
        (CROSS.join(names), [row[start : start + width] for start in range(len(keys), len(row), width)])
        for row in rows
        for key in [tuple(zip(indexes, row, strict=False))]
        if (names := checked.names_in(attribute, key) if keys else ()) is not None
    ]


def _statistics(attribute: str, group: str, column: str, values: _Described) -> Statistics:
    """Multiply by the power again; what then is too large for a number is ``None``."""
    n, missing, infinite, power, *moments, quantiles = values
    mean, std, least, q1, median, q3, most = (
        None if infinite else _multiplied(number, power) for number in (*moments, *(quantiles or (None,) * 5))
    )
    return Statistics(
        attribute=attribute,
        group=group,
        column=column,
        n=n,
        missing=missing,
        mean=mean,
        std=std,
        min=least,
        q1=q1,
        median=median,
        q3=q3,
        max=most,
        reason="no values"
        if n == 0
        else "infinite values"
        if infinite
        else "one value only"
        if n == 1
        else "too large for a number"
        if std is None
        else None,
    )


def _multiplied(number: float | None, power: int) -> float | None:
    try:
        return None if number is None else math.ldexp(number, power)
    except OverflowError:
        return None
