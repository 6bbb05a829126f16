"""What is of each row for itself, in Spark: scores of many values, weights and persons are coded, summed and ranked where they lie, by statements that give the same numbers as DuckDB's, digit by digit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from fairaudit.engine.elsewhere import Key, Ranks, Rows
from fairaudit.engine.losses import LOSS, with_errors
from fairaudit.engine.moments import Moments
from fairaudit.engine.spark import COUNTED, SparkTable, as_one_error
from fairaudit.engine.spark_moments import RANKED, moments_sql, size_of
from fairaudit.engine.spark_persons import ONES, ZEROS, clusters_sql, influences_sql, rounded, whole
from fairaudit.engine.sql import double, in_array
from fairaudit.errors import FileError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

_PART = 2_000_000
"""About how many people one task climbs through."""
_COLUMNS = 10
"""How many columns one statement describes."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """What is of each row for itself, and stays where it is.

    Attributes
    ----------
    score, weight
        The places of these columns, and their types as `kind_of_scores` calls them.
    person
        SQL of whom a row is about, NULL where nobody knows; empty where no column says it.
    alike
        The columns by which rows of unequal weight differ.
    described
        The places and types of columns of numbers that are described.
    marks
        What stands for a missing score in a column of texts, beside an empty one.
    """

    score: tuple[int, str] | None = None
    weight: tuple[int, str] | None = None
    person: str = ""
    alike: Sequence[int] = ()
    described: Sequence[tuple[int, str]] = ()
    marks: Sequence[str] = ()


OF_WEIGHTS = ("weight_low", "weight_high", "weight_least", "weight_fractions", "weight_lacking", "weight_sum", "weight_squares")  # fmt: skip
"""What is known of the weights of each combination: from where to where they run, the least above 0, how many have fractions and how many are missing, and their sums."""


def count_apart(
    table: SparkTable, places: Sequence[int], apart: Apart, plain: str
) -> tuple[pa.Table, SparkRows]:
    """Count the rows that hold the same values in some columns, beside what stays where it is.

    Parameters
    ----------
    plain
        The pattern of numbers, where they are texts.

    Returns
    -------
    cells
        A row for each combination with its ``code`` and the number ``n`` of its rows; of scores what stands for a missing one that it ``lacks``, from ``low`` to ``high``, ``only_bits``, and
        how many are ``unreadable``; of weights `OF_WEIGHTS`, and how many are ``weight_unreadable``; and whether nobody knows the ``person``.
    """
    from pyspark.sql import functions
    from pyspark.sql.window import Window

    own = [f"c{place}" for place in places]
    read, asked, flags = [*own], ["count(*) AS n"], []
    kept = ["code"]
    if apart.score:
        number, readable = _number(f"c{apart.score[0]}", apart.score[1], plain, apart.marks)
        # Minus zero is zero.
        read += [f"{number} + {_ZERO} AS score", f"{readable} AS readable"]
        read.append(f"{_mark(f'c{apart.score[0]}', apart)} AS mark")
        flags.append("CASE WHEN score IS NULL THEN mark END AS lacks")
        asked += ["min(score) AS low", "max(score) AS high", "bool_and(score IN (0, 1)) AS only_bits", "count_if(NOT readable) AS unreadable"]  # fmt: skip
        kept.append("score")
    if apart.weight:
        number, readable = _number(f"c{apart.weight[0]}", apart.weight[1], plain)
        alike = ", ".join(f"c{place}, c{place} IS NULL" for place in apart.alike)
        read += [
            f"{number} + {_ZERO} AS weight",
            f"{readable} AS weight_readable",
            f"xxhash64({alike or '1'}) AS alike",
        ]
        asked += _asked_of_weights()
        kept += ["weight", "alike"]
    if apart.person:
        read.append(f"{apart.person} AS person")
        flags.append("person IS NULL AS nobody")
        kept.append("person")
    for place, kind in apart.described:
        number, _ = _number(f"c{place}", kind, plain)
        read.append(f"{number} + {_ZERO} AS x_c{place}")
        kept.append(f"x_c{place}")
    keys = [*own, *(flag.rpartition(" ")[2] for flag in flags)]
    with as_one_error(table.name):
        rows = table.frame.selectExpr(*read).selectExpr("*", *flags)
        cells = (
            rows.groupBy(*keys)
            .agg(*(functions.expr(one) for one in asked))
            # The same combinations always get the same codes.
            .withColumn("code", functions.row_number().over(Window.orderBy(*keys)) - 1)
        )
        counted = cells.toArrow()
        codes = functions.broadcast(cells.selectExpr("code", *(f"{name} AS of_{name}" for name in keys)))
        same = " AND ".join(f"{name} <=> of_{name}" for name in keys) or "true"
        coded = _keep(rows.join(codes, functions.expr(same)).select(*kept))
    return counted, SparkRows(name=table.name, coded=coded, rows=coded, kept=coded)


def _keep(rows: DataFrame) -> DataFrame:
    """Keep rows there for this reading alone: Spark would take them for whatever is read in the same way, even after the file has changed."""
    from pyspark.sql import functions

    # This condition, which holds for all rows, stands in no other reading.
    return rows.where(functions.lit(uuid4().hex).isNotNull()).persist()


def _asked_of_weights() -> list[str]:
    """Write the SQL of what is known of the weights of a combination."""
    sums = (
        "min(weight)",
        "max(weight)",
        "min(CASE WHEN weight > 0 THEN weight END)",
        # Of larger ones no whole number could be made.
        f"count_if(CASE WHEN abs(weight) <= {double(1e18)} THEN weight <> floor(weight) END)",
        "count_if(weight IS NULL)",
        "sum(weight)",
        "sum(weight * weight)",
    )
    named = [f"{one} AS {name}" for one, name in zip(sums, OF_WEIGHTS, strict=True)]
    return [*named, "count_if(NOT weight_readable) AS weight_unreadable"]


def _mark(column: str, apart: Apart) -> str:
    """Write the SQL of the mark that stands for a missing score; empty where none does."""
    if not apart.score or apart.score[1] != "VARCHAR" or not apart.marks:
        return "''"
    return f"CASE WHEN {column} IN ({', '.join(map(_raw, apart.marks))}) THEN {column} ELSE '' END"


def _raw(mark: str) -> str:
    """Write a text as Spark's SQL."""
    return "''" if not mark else "decode(unhex('" + mark.encode().hex() + "'), 'UTF-8')"


def _number(column: str, kind: str, plain: str, marks: Sequence[str] = ()) -> tuple[str, str]:
    """Write the SQL of a score, which is NULL where it is missing or no number, and of whether it can be read."""
    number, finite = f"TRY_CAST({column} AS DOUBLE)", "CAST('Infinity' AS DOUBLE)"
    if kind == "VARCHAR":
        is_plain = f"{column} RLIKE r'\\A(?:{plain})\\z'"
        number = f"CASE WHEN {is_plain} THEN {number} END"
        missing = ", ".join(map(_raw, ("", *marks)))
        return (
            number,
            f"coalesce({column} IN ({missing}) OR ({is_plain} AND abs({number}) < {finite}), true)",
        )
    if kind in ("DOUBLE", "FLOAT"):
        return (
            f"CASE WHEN NOT isnan({column}) THEN {number} END",
            f"coalesce(isnan({column}) OR abs({number}) < {finite}, true)",
        )
    return number, "true"


@dataclass(slots=True, kw_only=True)
class SparkRows:
    """The rows of a table, each with the code of what it has in common with others.

    Attributes
    ----------
    coded
        All rows: ``code``, and as far as they are of each row for itself ``score``, ``weight`` and ``person``.
    rows
        Those that count, with what the rows of their code have in common.
    kept
        What is kept there until it is forgotten.
    number
        How many these were when they were counted first.
    weighed
        Whether they count for more or less than one.
    part
        SQL of the part of the scores that a score is in.
    """

    name: str
    coded: DataFrame
    rows: DataFrame
    kept: DataFrame
    number: int = 0
    weighed: bool = False
    part: str = ""

    def weigh(self, shift: int | None) -> pa.Table:
        """Let rows count for as many people as their weights."""
        people = "CAST(weight AS BIGINT)"
        if shift is not None:
            # A weight is never rounded to nobody.
            scaled = rounded(f"weight * {double(float(f'1e{shift}'))}")
            people = f"CAST(CASE WHEN weight > 0 THEN greatest({scaled}, 1) ELSE 0 END AS BIGINT)"
        self.weighed = True
        with as_one_error(self.name):
            self.coded = self.coded.selectExpr("*", f"{people} AS people")
        return self._ask(
            "SELECT code, sum(CAST(people AS DECIMAL(19, 0))) AS people, count_if(people > 0) AS weighing FROM {rows} GROUP BY code",
            self.coded,
        )

    def distinct_rows(self, codes: Sequence[int]) -> int:
        """Count the rows of some codes that differ in anything but their weights."""
        asked = self._ask("SELECT count(DISTINCT code, alike) AS n FROM {rows}", self._of(codes))
        return int(asked["n"][0].as_py())

    def count_persons(self, codes: Sequence[int]) -> tuple[int, int, int]:
        """Count the persons that rows of some codes are of, these rows, and the most rows of one person."""
        asked = self._ask(
            "SELECT count(*) AS persons, coalesce(sum(n), 0) AS all_rows, coalesce(max(n), 0) AS most FROM (SELECT person, count(*) AS n FROM {rows} GROUP BY person)",
            self._of(codes),
        )
        persons, all_rows, most = (int(asked[name][0].as_py()) for name in ("persons", "all_rows", "most"))
        return persons, all_rows, most

    def of_both_labels(self) -> tuple[int, int]:
        """Count the persons who have rows of both labels, and all persons."""
        asked = self._ask(
            "SELECT count_if(least <> most) AS of_both, count(*) AS persons FROM "
            "(SELECT min(label) AS least, max(label) AS most FROM {rows} WHERE people > 0 GROUP BY person)"
        )
        return int(asked["of_both"][0].as_py()), int(asked["persons"][0].as_py())

    def _of(self, codes: Sequence[int]) -> DataFrame:
        """Take the rows of some codes."""
        return self._joined({"code": codes})

    def _joined(self, columns: Mapping[str, Sequence[float | None]]) -> DataFrame:
        """Join to the rows what those of each code have in common."""
        import pyarrow as pa
        from pyspark.sql import functions

        table = pa.table(
            {
                name: pa.array(values, pa.float64() if name == "score" else pa.int64())
                for name, values in columns.items()
            }
        )
        with as_one_error(self.name):
            session: Any = self.coded.sparkSession
            return self.coded.join(functions.broadcast(session.createDataFrame(table)), "code")

    def group(self, names: Sequence[str], alike: Sequence[tuple[float | None, ...]]) -> None:
        """Take only rows of these codes from here on."""
        columns = {name: [row[place] for row in alike] for place, name in enumerate(names)}
        self.number = sum(int(n or 0) for n in columns.pop(COUNTED))
        self.rows = self._joined(columns)
        if not self.weighed:
            with as_one_error(self.name):
                self.rows = self.rows.selectExpr("*", "CAST(1 AS BIGINT) AS people")

    def regroup(self, places: Mapping[str, Sequence[int]]) -> None:
        """Give each row of some dimensions the place of another group."""
        from pyspark.sql import functions

        with as_one_error(self.name):
            for name, now in places.items():
                listed = ", ".join(map(str, now))
                self.rows = self.rows.withColumn(
                    name, functions.expr(f"element_at(array({listed}), CAST({name} AS INT) + 1)")
                )

    def decide(self, decision: str, tenth: str, by_decision: Sequence[str] = ()) -> None:
        """Give each row its decision, the tenth that its score is in, and the groups of decisions."""
        with as_one_error(self.name):
            self.rows = self.rows.selectExpr("*", f"{decision} AS decision", f"{tenth} AS tenth")
            groups = (f"CASE WHEN decision = 1 THEN 0 ELSE 1 END AS {name}" for name in by_decision)
            self.rows = self.rows.selectExpr("*", *groups)

    def by_code(self, column: str, sums: Mapping[str, str]) -> pa.Table:
        """Count and add up by codes and another column."""
        relation = with_errors("{rows}", in_array) if LOSS in sums.values() else "{rows}"
        totals = "".join(f", {_times('people', whole(number))} AS {name}" for name, number in sums.items())
        counted = self._ask(
            f"SELECT code, {column}, count(*) AS counted, sum(people) AS people{totals} FROM {relation} GROUP BY ALL"
        )
        if sum(counted["counted"].to_pylist()) != self.number:
            raise FileError(self.name, "was changed while its rows were counted", hint="Count them again")
        return counted.drop_columns(["counted"])

    def clusters(
        self, sets: Sequence[Sequence[int]], *, labelled: bool, survey: bool, scores: int | None = None
    ) -> dict[Key, Sequence[int]]:
        """Count the persons of every group, and add up the products of every two of each person's cells."""
        taking_part = sorted({index for indexes in sets for index in indexes})
        keys = [f"d{index}" for index in taking_part]
        asked = self._ask(
            clusters_sql(
                keys,
                [[f"d{index}" for index in indexes] for indexes in dict.fromkeys((*map(tuple, sets), ()))],
                labelled=labelled,
                survey=survey,
                scores=scores,
                persons="person" in self.rows.columns,
            )
        )
        return {
            _key(taking_part, row): [
                int(row[name] or 0) for name in asked.column_names if name not in (*keys, "of_set")
            ]
            for row in asked.to_pylist()
        }

    def influences(self, sets: Sequence[Sequence[int]], scale: int) -> dict[Key, int]:
        """Add up each person's squared influence on the area under the ROC curve in every group of some dimensions, and among everybody."""
        different = list(dict.fromkeys((*map(tuple, sets), ())))
        groups = [
            f"array({', '.join([str(place), *(f'd{i}' for i in own)])})"
            for place, own in enumerate(different)
        ]
        return {
            tuple(sorted(zip(different[place], numbers, strict=True))): squares
            for (place, *numbers), squares in self._influences(groups, scale)
        }

    def influences_among(self, conditions: Sequence[str], scale: int) -> list[int | None]:
        """Add them up among the rows of which a condition is true, condition after condition."""
        known = dict(self._influences(_places(conditions), scale))
        return [known.get(place) for place, _ in enumerate(conditions)]

    def _influences(self, groups: Sequence[str], scale: int) -> Iterator[tuple[Any, int]]:
        for rows in self._in_each(groups):
            statement = influences_sql("d0", scale, persons="person" in self.rows.columns)
            for row in self._ask(statement, rows).to_pylist():
                if row["squares"] is not None:
                    yield row["d0"], int(row["squares"])

    def lowest(self, decision: str | None) -> pa.Table:
        """Find the lowest score of each code, and of each decision where there is one."""
        sides = f"code, {decision}" if decision else "code"
        return self._ask(f"SELECT code, min(score) AS score FROM {{rows}} GROUP BY {sides}", self.coded)

    def distinct(self, most: int) -> Sequence[float] | None:
        """Find the different scores; ``None`` where these are more than `most`."""
        scores = self._ask(f"SELECT DISTINCT score FROM {{rows}} LIMIT {most + 1}")["score"].to_pylist()
        return scores if len(scores) <= most else None

    def at_places(self, places: Sequence[int], *, of: str = "count(*)", where: str = "true") -> list[float]:
        """Find the scores at places, counted from 0, among all that rise."""
        # So many people have this score or a lower one.
        reached = ", ".join(f"min(CASE WHEN reached > {place} THEN score END)" for place in places)
        (row,) = self._ask(
            f"WITH ladder AS (SELECT {self._part()} AS part, score, {of} AS people FROM {{rows}} WHERE {where} GROUP BY ALL), "
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
            ranks |= self._rank(different[first : first + _SETS], self.rows)
        return ranks

    def rank_among(self, conditions: Sequence[str]) -> list[Ranks]:
        """Rank the scores of the rows of which a condition is true, condition after condition."""
        ranks: dict[Key, Ranks] = {}
        for rows in self._in_each(_places(conditions)):
            ranks |= self._rank([(0,)], rows)
        return [ranks.get(((0, place),), (0, 0, 0)) for place, _ in enumerate(conditions)]

    def _in_each(self, groups: Sequence[str]) -> Iterator[DataFrame]:
        """Take the rows once for each group that they are in, of which the SQL is given, those of some groups at a time: the group, NULL for none, stands where the first dimension stood."""
        from pyspark.sql import functions

        for first in range(0, len(groups), _SETS):
            listed = ", ".join(groups[first : first + _SETS])
            with as_one_error(self.name):
                yield self.rows.withColumn("d0", functions.expr(f"explode(array_compact(array({listed})))"))

    def _rank(self, sets: Sequence[Sequence[int]], people: DataFrame) -> dict[Key, Ranks]:
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
            f"WITH ladder AS (SELECT {own}, part, score, {ONES} AS ones, {ZEROS} AS zeros "
            f"FROM (SELECT *, {self._part()} AS part FROM {{rows}}) GROUP BY GROUPING SETS ({grouping})), "
            f"parts AS (SELECT {group}, part, sum(sum(ones)) {below_parts} - sum(ones) AS ones_before, sum(sum(zeros)) {below_parts} - sum(zeros) AS zeros_before, "
            f"sum(sum(ones)) {whole_group} AS all_ones, sum(sum(zeros)) {whole_group} AS all_zeros FROM ladder GROUP BY {group}, part), "
            f"climbed AS (SELECT *, ones_before + sum(ones) {climbing} AS ones_reached, zeros_before + sum(zeros) {climbing} AS zeros_reached "
            f"FROM ladder JOIN parts USING ({group}, part)), "
            f"placed AS (SELECT {group}, ones, zeros, 2 * zeros_reached - zeros AS below, "
            f"(2 * zeros_reached - zeros) / ({double(2.0)} * nullif(all_zeros, 0)) AS share_below, "
            f"(2 * (all_ones - ones_reached) + ones) / ({double(2.0)} * nullif(all_ones, 0)) AS share_above FROM climbed) "
            f"SELECT {', '.join([*keys, 'of_set'])}, {_times('ones', 'below')} AS concordant_twice, "
            f"{_times('ones', whole('share_below * share_below'))} AS placements1, {_times('zeros', whole('share_above * share_above'))} AS placements0 "
            f"FROM placed GROUP BY {group}",
            people,
        ).to_pylist()
        return {
            _key(taking_part, row): (
                int(row["concordant_twice"] or 0),
                int(row["placements1"] or 0),
                int(row["placements0"] or 0),
            )
            for row in rows
        }

    def matched(self, other: Rows, own: Sequence[int], others: Sequence[int]) -> pa.Table | None:
        """Count the people who stand in these rows, in others, or in both, by what is known of them in either."""
        if not isinstance(other, SparkRows):
            return None
        sides = []
        for side, indexes in (("base", own), ("new", others)):
            columns = ["decision", "label", *(f"d{index}" for index in indexes)]
            named = (f"min({column}) AS {side}_{column}" for column in columns)
            sides.append(
                f"(SELECT CAST(person AS STRING) AS person, count(*) AS {side}_rows, {', '.join(named)} FROM {{{side}}} GROUP BY ALL)"
            )
        with as_one_error(self.name):
            session: Any = self.coded.sparkSession
            counted: pa.Table = session.sql(
                f"SELECT * EXCEPT (person), count(*) AS people FROM {sides[0]} FULL JOIN {sides[1]} USING (person) GROUP BY ALL",
                base=self.rows,
                new=other.rows,
            ).toArrow()
        most = (
            max((n or 0 for n in counted[f"{side}_rows"].to_pylist()), default=0) for side in ("base", "new")
        )
        return None if max(most) > 1 else counted

    def describe(
        self, sets: Sequence[Sequence[int]], columns: Sequence[str]
    ) -> Mapping[Key, Sequence[Moments]]:
        """Add up and rank the numbers of columns in every group of some dimensions, and among everybody."""
        known: dict[Key, list[Moments]] = {}
        different = list(dict.fromkeys((*map(tuple, sets), ())))
        for first in range(0, len(different), _SETS):
            batch = different[first : first + _SETS]
            taking_part = sorted({index for indexes in batch for index in indexes})
            own_sets = [[f"d{index}" for index in indexes] for indexes in batch]
            for column in range(0, len(columns), _COLUMNS):
                statement = moments_sql(own_sets, columns[column : column + _COLUMNS])
                for row in self._ask(statement).to_pylist():
                    of_group = known.setdefault(_key(taking_part, row), [])
                    of_group += [Moments() for _ in columns[len(of_group) :]]
                    moments = of_group[column + row["place"]]
                    moments.sizes.append(size_of(row))
                    # Each size holds some of the numbers, and the least of those at a place or above is the one there.
                    moments.reach([row[name] for name in RANKED])
        return known

    def forget(self) -> None:
        """Give back what they take there."""
        with as_one_error(self.name):
            self.kept.unpersist()

    def _part(self) -> str:
        """Write the SQL of the part of the scores that a score is in, so that no task climbs through all of them."""
        if not self.part:
            number = math.ceil(self.number / _PART)
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


def _places(conditions: Sequence[str]) -> list[str]:
    """Write the SQL of the places of conditions, where they are true."""
    return [f"CASE WHEN {condition} THEN {place} END" for place, condition in enumerate(conditions)]


def _key(indexes: Sequence[int], row: Mapping[str, Any]) -> Key:
    """Return the group of a row; a number below 0 was rolled up."""
    return tuple(sorted((index, row[f"d{index}"]) for index in indexes if row[f"d{index}"] >= 0))


def _times(people: str, number: str) -> str:
    """Write the SQL of the sum of whole numbers, each so many times, of which there may be more than 64 bits hold."""
    return f"sum(CAST({people} AS DECIMAL(19, 0)) * CAST({number} AS DECIMAL(19, 0)))"
