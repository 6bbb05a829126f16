"""Columns of numbers, in Spark: which they are, and the SQL that adds up and ranks their numbers where they lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fairaudit.engine.moments import ADDED, INFINITE, RANKS, Size, place_of_rank, sized
from fairaudit.engine.spark import SparkTable, as_one_error

RANKED = tuple(f"rank{place}" for place, _ in enumerate(RANKS))


def moments_sql(sets: Sequence[Sequence[str]], columns: Sequence[str]) -> str:
    """Write the SQL that adds numbers up by their size, and finds those between which quartiles lie, in every group of some columns."""
    keys = sorted({key for own in sets for key in own})
    group = ", ".join([*keys, "of_set", "place"])
    grouping = ", ".join(f"({', '.join([*own, 'place', 'x'])})" for own in sets)
    own = ", ".join([*(f"coalesce({key}, -1) AS {key}" for key in keys), "grouping_id() AS of_set"])
    stacked = ", ".join(f"{place}, {column}" for place, column in enumerate(columns))
    alike = f"PARTITION BY {group}, size < {INFINITE}"
    sums = [f"sum(CAST({name} AS DECIMAL(19, 0)) * CAST(n AS DECIMAL(19, 0))) AS {name}" for name in ADDED]
    ranks = [
        f"min(CASE WHEN size < {INFINITE} AND reached > {place_of_rank(rank, 'of_all', 'DIV')} THEN x END) AS {name}"
        for rank, name in zip(RANKS, RANKED, strict=True)
    ]
    return (
        f"WITH stacked AS (SELECT {', '.join([*keys, 'people', f'stack({len(columns)}, {stacked}) AS (place, x)'])} FROM {{rows}}), "
        f"ladder AS (SELECT {own}, place, x, sum(people) AS n FROM stacked GROUP BY GROUPING SETS ({grouping})), "
        f"climbed AS (SELECT *, sum(n) OVER ({alike} ORDER BY x ROWS UNBOUNDED PRECEDING) AS reached, sum(n) OVER ({alike}) AS of_all FROM {sized('ladder')}) "
        f"SELECT {group}, size, sum(n) AS n, {', '.join([*sums, *ranks])} FROM climbed GROUP BY {group}, size"
    )


def size_of(row: Mapping[str, Any]) -> Size:
    """Return the sums of a row of the answer."""
    return Size(size=row["size"], n=int(row["n"]), **{name: int(row[name] or 0) for name in ADDED})


def kinds_of_texts(
    table: SparkTable, places: Sequence[int], *, plain: str, number: str, blanks: str, marks: Sequence[str]
) -> dict[int, tuple[int, int, int]]:
    """Count of columns of texts the values that are there, the numbers as programs write them, and what is neither a number in any form nor a mark.

    Parameters
    ----------
    plain, number
        Patterns of numbers, as programs write them and in any form.
    blanks
        Signs that may stand in, or around, a number.
    marks
        What may stand for a missing number.
    """
    from pyspark.sql import functions

    if not places:
        return {}
    asked: list[Any] = []
    for place in places:
        value = functions.col(f"c{place}")
        bare = functions.regexp_replace(value, f"[{blanks}]", "")
        there = value != ""
        known = bare.rlike(rf"\A(?:{number})?\z") | bare.isin(list(marks)) | value.isin(list(marks))
        asked += [
            functions.count_if(there),
            functions.count_if(there & value.rlike(rf"\A(?:{plain})\z")),
            functions.count_if(there & ~known),
        ]
    with as_one_error(table.name):
        (row,) = table.frame.agg(*asked).collect()
    return {place: tuple(row[3 * i : 3 * i + 3]) for i, place in enumerate(places)}
