"""Scores of many values in Spark: they are coded, summed and ranked where they lie, by statements that give the same numbers as DuckDB's, digit by digit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fairaudit.engine.elsewhere import Key, Ranks
from fairaudit.engine.losses import LOSS, with_errors
from fairaudit.engine.spark import COUNTED, SparkTable, as_one_error
from fairaudit.engine.sql import double, in_array
from fairaudit.errors import FileError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

_PART = 2_000_000
"""About how many people one task climbs through."""
_SETS = 12
"""How many groupings one statement ranks, as each of them takes the rows once more."""
_NUMBERS = {
    "float": "FLOAT",
    "double": "DOUBLE",
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "int": "INTEGER",
    "bigint": "BIGINT",
}
_ZERO = double(0.0)
_MOST_DIGITS = 15
"""Decimal numbers of no more digits are read as the same floats by everybody."""


def kind_of_scores(kind: str) -> str | None:
    """Return what DuckDB calls a type of Spark's, if scores of many values can be of it."""
    if kind == "string" or kind.startswith(("varchar(", "char(")):
        return "VARCHAR"
    if kind.startswith("decimal("):
        digits = int(kind.removeprefix("decimal(").partition(",")[0])
        return kind.upper() if digits <= _MOST_DIGITS else None
    return _NUMBERS.get(kind)


def count_apart(
    table: SparkTable, places: Sequence[int], score: int, kind: str, plain: str
) -> tuple[pa.Table, SparkScores]:
    """Count the rows that hold the same values in some columns, beside scores that stay where they are.

    Parameters
    ----------
    kind
        The type of the scores, as `kind_of_scores` calls it.
    plain
        The pattern of numbers, where they are texts.

    Returns
    -------
    cells
        A row for each combination with its ``code``, the number ``n`` of its rows, whether it ``lacks`` a score, from ``low`` to ``high``, ``only_bits``, and how
        many scores are ``unreadable``.
    """
    from pyspark.sql import functions
    from pyspark.sql.window import Window

    own = [f"c{place}" for place in places]
    number, readable = _number(f"c{score}", kind, plain)
    with as_one_error(table.name):
        # Minus zero is zero.
        read = table.frame.selectExpr(*own, f"{number} + {_ZERO} AS score", f"{readable} AS readable")
        read = read.selectExpr("*", "score IS NULL AS lacks")
        cells = (
            read.groupBy(*own, "lacks")
            .agg(
                functions.expr("count(*)").alias(COUNTED),
                functions.expr("min(score)").alias("low"),
                functions.expr("max(score)").alias("high"),
                functions.expr("bool_and(score IN (0, 1))").alias("only_bits"),
                functions.expr("count_if(NOT readable)").alias("unreadable"),
            )
            # The same combinations always get the same codes.
            .withColumn("code", functions.row_number().over(Window.orderBy(*own, "lacks")) - 1)
        )
        counted = cells.toArrow()
        codes = functions.broadcast(
            cells.selectExpr("code", *(f"{name} AS of_{name}" for name in (*own, "lacks")))
        )
        alike = " AND ".join(f"{name} <=> of_{name}" for name in (*own, "lacks"))
        coded = read.join(codes, functions.expr(alike)).select("code", "score").persist()
    return counted, SparkScores(name=table.name, coded=coded, rows=coded)


def _number(column: str, kind: str, plain: str) -> tuple[str, str]:
    """Write the SQL of a score, which is NULL where it is missing or no number, and of whether it can be read."""
    number, finite = f"TRY_CAST({column} AS DOUBLE)", "CAST('Infinity' AS DOUBLE)"
    if kind == "VARCHAR":
        is_plain = f"{column} RLIKE r'\\A(?:{plain})\\z'"
        number = f"CASE WHEN {is_plain} THEN {number} END"
        return number, f"coalesce({column} = '' OR ({is_plain} AND abs({number}) < {finite}), true)"
    if kind in ("DOUBLE", "FLOAT"):
        return (
            f"CASE WHEN NOT isnan({column}) THEN {number} END",
            f"coalesce(isnan({column}) OR abs({number}) < {finite}, true)",
        )
    return number, "true"


@dataclass(slots=True, kw_only=True)
class SparkScores:
    """The scores of a table, each with the code of its row.

    Attributes
    ----------
    coded
        All rows: ``code`` and ``score``.
    rows
        Those that count, with what the rows of their code have in common.
    people
        How many these were when they were counted first.
    part
        SQL of the part of the scores that a score is in.
    """

    name: str
    coded: DataFrame
    rows: DataFrame
    people: int = 0
    part: str = ""

    def group(self, names: Sequence[str], alike: Sequence[tuple[int | None, ...]]) -> None:
        """Take only rows of these codes from here on."""
        import pyarrow as pa
        from pyspark.sql import functions

        columns = {
            name: pa.array([row[place] for row in alike], pa.int64()) for place, name in enumerate(names)
        }
        self.people = sum(columns[COUNTED].to_pylist())
        with as_one_error(self.name):
            session: Any = self.coded.sparkSession
            codes = session.createDataFrame(pa.table(columns)).withColumnRenamed(COUNTED, "of_code")
            self.rows = self.coded.join(functions.broadcast(codes), "code")

    def decide(self, decision: str, tenth: str) -> None:
        """Give each row its decision, and the tenth that its score is in."""
        with as_one_error(self.name):
            self.rows = self.rows.selectExpr("*", f"{decision} AS decision", f"{tenth} AS tenth")

    def by_code(self, column: str, sums: Mapping[str, str]) -> pa.Table:
        """Count and add up by codes and another column."""
        relation = with_errors("{rows}", in_array) if LOSS in sums.values() else "{rows}"
        totals = "".join(f", sum({_whole(number)}) AS {name}" for name, number in sums.items())
        counted = self._ask(f"SELECT code, {column}, count(*) AS people{totals} FROM {relation} GROUP BY ALL")
        if sum(counted["people"].to_pylist()) != self.people:
            raise FileError(self.name, "was changed while its rows were counted", hint="Count them again")
        return counted

    def lowest(self, decision: str | None) -> pa.Table:
        """Find the lowest score of each code, and of each decision where there is one."""
        sides = f"code, {decision}" if decision else "code"
        return self._ask(f"SELECT code, min(score) AS score FROM {{rows}} GROUP BY {sides}", self.coded)

    def distinct(self, most: int) -> Sequence[float] | None:
        """Find the different scores; ``None`` where these are more than `most`."""
        scores = self._ask(f"SELECT DISTINCT score FROM {{rows}} LIMIT {most + 1}")["score"].to_pylist()
        return scores if len(scores) <= most else None

    def at_places(self, places: Sequence[int]) -> list[float]:
        """Find the scores at places, counted from 0, among all that rise."""
        # So many people have this score or a lower one.
        reached = ", ".join(f"min(CASE WHEN reached > {place} THEN score END)" for place in places)
        (row,) = self._ask(
            f"WITH ladder AS (SELECT {self._part()} AS part, score, count(*) AS people FROM {{rows}} GROUP BY ALL), "
            "parts AS (SELECT part, sum(sum(people)) OVER (ORDER BY part) - sum(people) AS below FROM ladder GROUP BY part), "
            "climbed AS (SELECT score, below + sum(people) OVER (PARTITION BY part ORDER BY score ROWS UNBOUNDED PRECEDING) AS reached "
            f"FROM ladder JOIN parts USING (part)) SELECT array({reached}) AS scores FROM climbed"
        )["scores"].to_pylist()
        return [float(score) for score in row]

    def rank(self, sets: Sequence[Sequence[int]]) -> dict[Key, Ranks]:
        """Rank the scores in every group of some dimensions, and among everybody."""
        ranks: dict[Key, Ranks] = {}
        different = list(dict.fromkeys((*map(tuple, sets), ())))
        for first in range(0, len(different), _SETS):
            ranks |= self._rank(different[first : first + _SETS])
        return ranks

    def _rank(self, sets: Sequence[Sequence[int]]) -> dict[Key, Ranks]:
        taking_part = sorted({index for indexes in sets for index in indexes})
        keys = [f"d{index}" for index in taking_part]
        grouping = ", ".join(
            f"({', '.join([*(f'd{index}' for index in indexes), 'part', 'score'])})" for indexes in sets
        )
        # A group's number is never negative.
        own = ", ".join([*(f"coalesce({key}, -1) AS {key}" for key in keys), "grouping_id() AS of_set"])
        group = ", ".join([*keys, "of_set"])
        whole_group = f"OVER (PARTITION BY {group})"
        below_parts = (
            f"OVER (PARTITION BY {group} ORDER BY part ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
        )
        climbing = f"OVER (PARTITION BY {group}, part ORDER BY score ROWS UNBOUNDED PRECEDING)"
        rows = self._ask(
            f"WITH ladder AS (SELECT {own}, part, score, count_if(label = 1) AS ones, count_if(label = 0) AS zeros "
            f"FROM (SELECT *, {self._part()} AS part FROM {{rows}}) GROUP BY GROUPING SETS ({grouping})), "
            f"parts AS (SELECT {group}, part, sum(sum(ones)) {below_parts} - sum(ones) AS ones_before, sum(sum(zeros)) {below_parts} - sum(zeros) AS zeros_before, "
            f"sum(sum(ones)) {whole_group} AS all_ones, sum(sum(zeros)) {whole_group} AS all_zeros FROM ladder GROUP BY {group}, part), "
            f"climbed AS (SELECT *, ones_before + sum(ones) {climbing} AS ones_reached, zeros_before + sum(zeros) {climbing} AS zeros_reached "
            f"FROM ladder JOIN parts USING ({group}, part)), "
            f"placed AS (SELECT {group}, ones, zeros, 2 * zeros_reached - zeros AS below, "
            f"(2 * zeros_reached - zeros) / ({double(2.0)} * nullif(all_zeros, 0)) AS share_below, "
            f"(2 * (all_ones - ones_reached) + ones) / ({double(2.0)} * nullif(all_ones, 0)) AS share_above FROM climbed) "
            f"SELECT {', '.join([*keys, 'of_set'])}, {_times('ones', 'below')} AS concordant_twice, "
            f"{_times('ones', _whole('share_below * share_below'))} AS placements1, {_times('zeros', _whole('share_above * share_above'))} AS placements0 "
            f"FROM placed GROUP BY {group}"
        ).to_pylist()
        return {
            tuple((index, row[f"d{index}"]) for index in taking_part if row[f"d{index}"] >= 0): (
                int(row["concordant_twice"] or 0),
                int(row["placements1"] or 0),
                int(row["placements0"] or 0),
            )
            for row in rows
        }

    def forget(self) -> None:
        """Give back what they take there."""
        with as_one_error(self.name):
            self.coded.unpersist()

    def _part(self) -> str:
        """Write the SQL of the part of the scores that a score is in, so that no task climbs through all of them."""
        if not self.part:
            number = math.ceil(self.people / _PART)
            shares = ", ".join(str(place / number) for place in range(1, number))
            edges: Sequence[float] = []
            if shares:
                (row,) = self._ask(
                    f"SELECT percentile_approx(score, array({shares})) AS edges FROM {{rows}}"
                )["edges"].to_pylist()
                edges = sorted(set(row))
            self.part = " + ".join(f"CAST(score >= {double(edge)} AS INTEGER)" for edge in edges) or "0"
        return self.part

    def _ask(self, statement: str, rows: DataFrame | None = None) -> pa.Table:
        """Ask a question of ``{rows}``."""
        with as_one_error(self.name):
            session: Any = self.coded.sparkSession
            answer: pa.Table = session.sql(statement, rows=self.rows if rows is None else rows).toArrow()
            return answer


def _whole(number: str) -> str:
    """Write the SQL of a number of at most 36, and none below 0, in whole units of 1e-15; half of one is rounded up, as DuckDB does away from zero."""
    scaled = f"({number}) * 1e15D"
    rest = f"CAST({scaled} - floor({scaled}) >= {double(0.5)} AS BIGINT)"
    return f"CAST(floor({scaled}) + {rest} AS DECIMAL(18, 0))"


def _times(people: str, number: str) -> str:
    """Write the SQL of the sum of whole numbers, each so many times, of which there may be more than 64 bits hold."""
    return f"sum(CAST({people} AS DECIMAL(12, 0)) * CAST({number} AS DECIMAL(18, 0)))"
