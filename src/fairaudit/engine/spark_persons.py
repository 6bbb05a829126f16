"""The SQL, for Spark, of sums over persons who may stand in several rows, and over rows that count for more or less than one."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fairaudit.engine.cells import NotCounted
from fairaudit.engine.spark import SparkTable, as_one_error
from fairaudit.engine.sql import double, text

ONES, ZEROS = (f"coalesce(sum(people) FILTER (WHERE label = {label}), 0)" for label in (1, 0))
"""How many people of each label there are."""
_WORD = 1 << 64
_LABELLED, _UNLABELLED = (
    [f"decision = {decision} AND label = {label}" for decision, label in ((1, 1), (1, 0), (0, 1), (0, 0))],
    ["decision = 1", "decision = 0"],
)


_WHOLE = ("tinyint", "smallint", "int", "bigint")
_FLOATS = ("float", "double")
_MOST_EXACT = double(2.0**53)
_PLAIN_TEXT = r"[!-&(-~](?:[ -~]*[!-~])?"
"""A text whose signs all show, and that neither begins nor ends with a blank, nor begins with the apostrophe of a spreadsheet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What texts may be, other than names of which each is another one.

    Attributes
    ----------
    missing, marks
        Marks of missing values, everywhere and among numbers.
    number, other
        Patterns of numbers in any form, and of what else has several forms.
    """

    missing: Sequence[str]
    marks: Sequence[str]
    number: str
    other: str


def person_sql(table: SparkTable, place: int, name: str, written: Written) -> str:
    """Write the SQL of whom a row is about, NULL where nobody knows, after all values have been looked at.

    Raises
    ------
    NotCounted
        If two of the values may be different ways to write one.
    """
    column, kind = f"c{place}", table.kinds[place]
    if kind in _WHOLE:
        marks = ", ".join(text(mark) for mark in written.missing)
        return f"CASE WHEN CAST({column} AS STRING) NOT IN ({marks}) THEN {column} END" if marks else column
    if kind in _FLOATS:
        return _whole_person(table, column, name)
    if kind != "string" and not kind.startswith(("varchar(", "char(")):
        raise NotCounted(f"{name!r}, of type {kind},")
    missing = ", ".join(text(mark) for mark in ("", *written.missing))
    value = f"CASE WHEN {column} NOT IN ({missing}) THEN {column} END"
    odd, numbers, others = _forms(table, value, written)
    if odd or (numbers and others):
        number = odd or numbers
        are = "value may be another way" if number == 1 else "values may be other ways"
        raise NotCounted(f"{name!r}, of which {number:,} {are} to write others,")
    return value


def _whole_person(table: SparkTable, column: str, name: str) -> str:
    """Write the SQL of whole numbers that are kept as floats, as pandas does where one is missing."""
    there = f"({column} IS NOT NULL AND NOT isnan({column}))"
    is_whole = f"CASE WHEN abs({column}) < {_MOST_EXACT} THEN {column} = floor({column}) ELSE false END"
    with as_one_error(table.name):
        (row,) = table.frame.selectExpr(f"count_if({there} AND NOT {is_whole}) AS others").collect()
    if row["others"]:
        raise NotCounted(f"{name!r}, whose numbers are not all whole,")
    return f"CASE WHEN {there} THEN CAST({column} AS BIGINT) END"


def _forms(table: SparkTable, value: str, written: Written) -> tuple[int, int, int]:
    """Count the values that are no plain texts, those that may be other ways to write one of the numbers if all are numbers, and the others."""
    from pyspark.sql import functions

    def is_like(pattern: str) -> Any:
        return functions.col("value").rlike(rf"\A(?:{pattern})\z")

    with as_one_error(table.name):
        values = table.frame.selectExpr(f"{value} AS value").where("value IS NOT NULL")
        values = values.select(
            "value",
            (~is_like(_PLAIN_TEXT) | is_like(written.other)).alias("odd"),
            is_like("-?[1-9][0-9]*|0").alias("whole"),
            is_like("[0-9]+").alias("digits"),
            is_like(r"-?(?:[1-9][0-9]*|0)\.0").alias("tenths"),
            is_like(written.number).alias("number"),
            functions.col("value").isin(list(written.marks)).alias("mark"),
        )
        (row,) = values.selectExpr(
            "count_if(odd) AS odd",
            "count_if(number AND NOT whole) AS unusual",
            "count_if(number) AS numbers",
            "count_if(mark) AS marks",
            "count(*) AS n",
            # Of one length, or with one decimal that is 0, they are different numbers, too.
            "coalesce((bool_and(digits) AND min(length(value)) = max(length(value))) OR bool_and(tenths AND value <> '-0.0'), true) AS alike",
        ).collect()
    if row["alike"]:
        return row["odd"], 0, 0
    texts = row["n"] - row["numbers"] - row["marks"]
    if texts and not row["marks"]:
        # Beside names all are names.
        return row["odd"], 0, texts
    doubtful = row["unusual"] + row["marks"] if row["numbers"] else 0
    return row["odd"], doubtful, doubtful


def rounded(number: str) -> str:
    """Write the SQL of a number of at most 18 digits and none below 0 as a whole one; a half is rounded up, as DuckDB does away from zero."""
    return f"(floor({number}) + CAST({number} - floor({number}) >= {double(0.5)} AS BIGINT))"


def whole(number: str) -> str:
    """Write the SQL of a number of at most 36, and none below 0, in whole units of 1e-15."""
    return f"CAST({rounded(f'(({number}) * 1e15D)')} AS DECIMAL(18, 0))"


def _whole_scores(places: int | None) -> str:
    """Write the SQL of the score of the people of a row as a whole number of so many decimal places; empty without."""
    if places is None:
        return ""
    return f"CAST({rounded(f'({double(float(10**places))} * people * score)')} AS DECIMAL(19, 0))"


def clusters_sql(
    keys: Sequence[str],
    sets: Sequence[Sequence[str]],
    *,
    labelled: bool,
    survey: bool,
    scores: int | None,
    persons: bool,
) -> str:
    """Write the SQL that counts persons, adds up the products of every two cells of each, with so many decimal places those of scores, and in a survey the rows in each cell."""
    score = _whole_scores(scores)
    conditions = _LABELLED if labelled else _UNLABELLED
    places = range(len(conditions))
    group = ", ".join([*keys, "of_set"])
    grouping = ", ".join(f"({', '.join([*own, *(['person'] if persons else [])])})" for own in sets)
    own = ", ".join([*(f"coalesce({key}, -1) AS {key}" for key in keys), "grouping_id() AS of_set"])
    pairs = list(itertools.combinations_with_replacement(places, 2))
    if not persons:
        # Each row is in one cell, whose square it adds.
        squares = "people * people" if survey else "people"
        of_cells = [
            f"coalesce(sum({squares}) FILTER (WHERE {conditions[one]}), 0)" if one == other else "0"
            for one, other in pairs
        ]
        of_scores = ["sum(score * score)", "sum(CASE label WHEN 1 THEN score * people ELSE 0 END)"]
        rows = [f"count_if({condition})" for condition in conditions]
        asked = [*of_cells, *(of_scores if score else []), *rows]
        sums = ", ".join(f"{sql} AS s{place}" for place, sql in enumerate(asked))
        columns = [*keys, "label", "decision", "CAST(people AS DECIMAL(19, 0)) AS people"]
        columns += [f"{score} AS score"] if score else []
        relation = f"SELECT {', '.join(columns)} FROM {{rows}} WHERE people > 0"
        grouped = f" GROUP BY GROUPING SETS ({grouping})" if keys else ""
        return f"SELECT {f'{own}, ' if keys else ''}count(*) AS persons, {sums} FROM ({relation}){grouped}"
    cells = [
        f"CAST(coalesce(sum(people) FILTER (WHERE {condition}), 0) AS DECIMAL(19, 0)) AS c{place}"
        for place, condition in enumerate(conditions)
    ]
    asked = [f"sum(c{one} * c{other})" for one, other in pairs]
    if score:
        cells.append(f"CAST(sum({score}) AS DECIMAL(19, 0)) AS s")
        asked += ["sum(s * s)", "sum(s * CAST(c0 + c2 AS DECIMAL(19, 0)))"]
    if survey:
        cells += [f"count_if({condition}) AS r{place}" for place, condition in enumerate(conditions)]
        asked += [f"sum(r{place})" for place in places]
    sums = ", ".join(f"{sql} AS s{place}" for place, sql in enumerate(asked))
    return (
        f"WITH persons AS (SELECT {own}, {', '.join(cells)} FROM {{rows}} WHERE people > 0 GROUP BY GROUPING SETS ({grouping})) "
        f"SELECT {group}, count(*) AS persons, {sums} FROM persons GROUP BY {group}"
    )


def influences_sql(group: str, scale: int, *, persons: bool) -> str:
    """Write the SQL that adds up each person's squared influence on the area under the ROC curve, in units of a power of ten.

    Parameters
    ----------
    group
        The column that says which group a row is in.
    persons
        Whether somebody may stand in several rows.
    """
    everybody = f"OVER (PARTITION BY {group})"
    climbing = f"OVER (PARTITION BY {group} ORDER BY score ROWS UNBOUNDED PRECEDING)"
    two = double(2.0)
    concordant = "CAST(ones AS DECIMAL(19, 0)) * CAST(2 * zeros_reached - zeros AS DECIMAL(19, 0))"
    moved = "CASE label WHEN 1 THEN (below - area) / all_ones ELSE (above - area) / all_zeros END"
    scaled = f"({double(float(10**scale))} * people * {moved})"
    influence = f"CAST(sign({scaled}) AS DECIMAL(1, 0)) * CAST({rounded(f'abs({scaled})')} AS DECIMAL(18, 0))"
    of_each = f"SELECT {group}, {influence} AS influence FROM joined"
    if persons:
        of_each = f"SELECT {group}, person, sum({influence}) AS influence FROM joined GROUP BY ALL"
    square = "CAST(influence AS DECIMAL(19, 0)) * CAST(influence AS DECIMAL(19, 0))"
    return (
        f"WITH ladder AS (SELECT {group}, score, {ONES} AS ones, {ZEROS} AS zeros FROM {{rows}} GROUP BY ALL), "
        f"climbed AS (SELECT *, sum(zeros) {climbing} AS zeros_reached, sum(ones) {climbing} AS ones_reached, "
        f"nullif(sum(zeros) {everybody}, 0) AS all_zeros, nullif(sum(ones) {everybody}, 0) AS all_ones FROM ladder), "
        f"summed AS (SELECT *, sum({concordant}) {everybody} AS concordant FROM climbed), "
        f"placed AS (SELECT {group}, score, all_ones, all_zeros, {_as_double('concordant')} / ({two} * all_ones * all_zeros) AS area, "
        f"(2 * zeros_reached - zeros) / ({two} * all_zeros) AS below, (2 * (all_ones - ones_reached) + ones) / ({two} * all_ones) AS above FROM summed), "
        f"joined AS (SELECT * FROM {{rows}} JOIN placed USING ({group}, score) WHERE people > 0), "
        f"moved AS ({of_each}) "
        f"SELECT {group}, sum({square}) AS squares FROM moved GROUP BY {group}"
    )


def _as_double(number: str) -> str:
    """Write the SQL of a whole number that may need more than 64 bits as DuckDB turns it into a float: its halves, and then their sum, are rounded."""
    high = f"({number} DIV CAST({_WORD} AS DECIMAL(20, 0)))"
    low = f"({number} - CAST({high} AS DECIMAL(19, 0)) * CAST({_WORD} AS DECIMAL(20, 0)))"
    return f"(CAST({high} AS DOUBLE) * {double(float(_WORD))} + CAST({low} AS DOUBLE))"
