"""The tables that are counted: one row for each row that counts, or for so many alike; scores that stand apart are joined to the codes of their rows."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fairaudit.engine.cells import part_name
from fairaudit.engine.duckdb import bring
from fairaudit.engine.losses import ERRORS, LOSS, whole, with_errors
from fairaudit.engine.sql import number_of, text
from fairaudit.read.decision import DecisionRule, cuts_of, decided
from fairaudit.read.derived import group_by_decision
from fairaudit.read.in_order import BY_CODE
from fairaudit.read.placed import are_placed, placed_by
from fairaudit.read.precision import tenth_sql
from fairaudit.read.rows import Rows

_FEW_ROWS = 10_000
_SUMS = {
    **ERRORS,
    "squared_error": f"CASE WHEN score BETWEEN 0 AND 1 THEN {ERRORS['squared_error']} END",
    "score_sum": "CASE WHEN score BETWEEN 0 AND 1 THEN score END",
}
"""Of ranks these sums mean nothing, and may leave what a number can hold."""


def store_scored(
    rows: Rows,
    columns: Mapping[str, str],
    used: str,
    *,
    dimensions: Mapping[str, Sequence[str]],
    persons: str = "",
) -> None:
    """Make ``scored_rows`` of the rows that count, and ``scored_rows_1`` … of other parts of the columns.

    Parameters
    ----------
    columns
        SQL of its columns by their names; the score among them.
    used
        SQL of the rows that count.
    dimensions
        The columns of the source behind ``d0``, ``d1`` …
    persons
        SQL that joins the numbers of people to the rows.
    """
    execute = rows.connection.execute
    rows.order.forget()
    everything = frozenset(itertools.chain.from_iterable(dimensions.values()))
    for part, held in enumerate(rows.parts or [everything]):
        own = {name: sql for name, sql in columns.items() if held.issuperset(dimensions.get(name, ()))}
        source = part_name("source_rows", part)
        if rows.apart is None:
            selected = ", ".join([*(f"{sql} AS {name}" for name, sql in own.items()), *_codes(rows)[:1]])
            execute(
                f"CREATE OR REPLACE TABLE {part_name('scored_rows', part)} AS SELECT {selected} FROM {source} AS source_rows {persons} WHERE {used}"
            )
        else:
            alike = ", ".join(
                f"{sql} AS {name}" for name, sql in own.items() if name not in ("people", "score")
            )
            weighed = ", people AS all_people, weighing" if rows.weighed else ""
            execute(
                f"CREATE OR REPLACE TABLE {part_name(BY_CODE, part)} AS SELECT {alike}, code, n, low, high, only_bits{weighed} FROM {source} WHERE {used}"
            )
    if rows.elsewhere:
        own_facts = {"people", "weighing", *(["score"] if rows.apart else [])}
        names = ["code", "n", *(name for name in columns if name not in {"code", "n"} | own_facts)]
        same = execute(
            f"SELECT {', '.join(names)} FROM {BY_CODE if rows.apart else 'scored_rows'}"
        ).fetchall()
        rows.elsewhere.group(names, same)
    elif rows.apart is not None:
        more = "".join(f", {code}" for code in _codes(rows)[1:])
        execute(
            f"CREATE OR REPLACE VIEW scored_rows AS SELECT {columns['score']} AS score, 1::BIGINT AS people, {BY_CODE}.*{more} FROM each_row JOIN {BY_CODE} USING (code)"
        )


def _codes(rows: Rows) -> list[str]:
    """Name the codes of a row in several parts."""
    return [part_name("code", part) for part, _ in enumerate(rows.parts)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """A relation that has the ``label`` of rows, and SQL over it.

    Attributes
    ----------
    people
        How many people rows are.
    number, weighing
        How many rows of the source all of them stand for, and how many of them weigh anything.
    low, high, only_bits
        Between which ends all scores are, and whether each is 0 or 1.
    """

    relation: str
    people: str
    number: str
    weighing: str
    low: str
    high: str
    only_bits: str


def ends_of_scores(rows: Rows) -> Ends:
    """Write the SQL of how many rows there are, and of the ends of their scores."""
    weighing = "sum(weighing)" if rows.weighed else "count(*)"
    if rows.apart is None:
        return Ends(
            relation="scored_rows",
            people="people",
            number="sum(n)" if rows.weighed else number_of("people" if rows.stands_for else None),
            weighing=weighing,
            low="min(score)",
            high="max(score)",
            only_bits="bool_and(score IN (0, 1))",
        )
    return Ends(
        relation=BY_CODE,
        people="all_people" if rows.weighed else "n",
        number="sum(n)",
        weighing=weighing,
        low="min(low)",
        high="max(high)",
        only_bits="bool_and(only_bits)",
    )


def decide_rows(
    rows: Rows,
    rule: DecisionRule | None,
    precision: str | None,
    by_decision: Sequence[str] = (),
    *,
    in_tenths: bool = True,
    final: bool = False,
) -> None:
    """Make ``used_rows``, which are the rows with their decisions under a rule, and with the tenth that their scores are in; and those of other parts, where scores do not stand apart.

    Parameters
    ----------
    precision
        Of the scores.
    by_decision
        The dimensions whose groups are those who are selected, and those who are not.
    in_tenths
        Whether anybody asks for tenths, as of probabilities alone; they are longer to say than all the rest.
    final
        Whether the rows stay in their groups; tenths of few rows are then found once, and not whenever these are read.
    """
    decision, tenth = decided(rule, precision), tenth_sql(precision)
    rows.order.decide(decision, tenth, cuts_of(rule, precision))
    more = "".join(f", {group_by_decision(decision)} AS {name}" for name in by_decision)
    if rows.elsewhere:
        rows.elsewhere.decide(decision, tenth, by_decision)
    once = final and in_tenths and rows.apart is None and rows.rows <= _FEW_ROWS
    for part, _ in enumerate(rows.parts or [()]):
        if (part == 0 and rows.scores_elsewhere is None) or rows.apart is None:
            rows.connection.execute(
                f"CREATE OR REPLACE {'TABLE' if once else 'VIEW'} {part_name('used_rows', part)} AS SELECT *, {decision} AS decision, {tenth if in_tenths else 'NULL::INTEGER'} AS tenth{more} FROM {part_name('scored_rows', part)}"
            )
    _forget_cells(rows)


def regroup(rows: Rows, places: Mapping[str, Sequence[int]]) -> None:
    """Give every row of some dimensions the place of another group: of each group's place before, that which it has now."""
    if not places:
        return
    rows.order.few.clear()
    for part in range(len(rows.parts) or 1):
        table = part_name("scored_rows" if rows.apart is None else BY_CODE, part)
        there = {name for name, *_ in rows.connection.execute(f"DESCRIBE {table}").fetchall()}
        new = ", ".join(
            f"CAST(list_extract({list(now)}, 1 + {name}) AS USMALLINT) AS {name}"
            for name, now in places.items()
            if name in there
        )
        if new:
            rows.connection.execute(
                f"CREATE OR REPLACE TABLE {table} AS SELECT * REPLACE ({new}) FROM {table}"
            )
    _forget_cells(rows)
    if rows.elsewhere:
        rows.elsewhere.regroup(places)


def _forget_cells(rows: Rows) -> None:
    """Let rows whose scores stand apart be counted by their codes again."""
    if rows.apart is not None:
        for part in range(len(rows.parts) or 1):
            rows.connection.execute(f"DROP TABLE IF EXISTS {part_name('decided_cells', part)}")


def cells_of(rows: Rows, part: int = 0) -> str:
    """Write the SQL of rows that are alike in ``label``, ``decision``, the ``tenth`` of their scores and the groups ``d0``, ``d1`` … of a part, with the number of ``people``; or of each row.

    Where scores stand apart, the rows are counted by their codes, once; and they have the sums ``squared_error``, ``log_loss`` and ``score_sum`` over their people, in units of 1e-15.
    """
    if rows.apart is None:
        return part_name("used_rows", part)
    cells = part_name("decided_cells", part)
    there = f"SELECT count(*) FROM duckdb_tables() WHERE table_name = {text(cells)}"
    if rows.one(there) == (0,):
        told_apart = {"decision": rows.order.decision, "tenth": rows.order.tenth}
        by_code = (
            _alike(placed_by(told_apart, {name: name for name in _SUMS}), part)
            if are_placed(rows, part)
            else _by_code(rows, part, ", ".join(told_apart), _SUMS)
        )
        rows.connection.execute(f"CREATE TABLE {cells} AS SELECT * FROM {by_code}")
    return cells


def _by_code(rows: Rows, part: int, column: str, sums: Mapping[str, str], relation: str = "used_rows") -> str:
    """Write the SQL of ``people``, and sums in units of 1e-15, by the codes of a part and other columns, with what the rows of each code have in common."""
    if rows.elsewhere:
        brought = bring(rows.connection, "counted_elsewhere", rows.elsewhere.by_code(column, sums))
        exact = ", ".join(f"CAST({name} AS HUGEINT) AS {name}" for name in sums)
        by_code = f"(SELECT * REPLACE ({exact}) FROM {brought})" if sums else brought
    else:
        added = "".join(f", sum({whole(number, 'BIGINT')}) AS {name}" for name, number in sums.items())
        rows_of = with_errors(relation) if LOSS in sums.values() else relation
        by_code = f"(SELECT {part_name('code', part)} AS code, {column}, count(*) AS people{added} FROM {rows_of} GROUP BY ALL)"
    return _alike(by_code, part)


def _alike(by_code: str, part: int) -> str:
    """Write the SQL of rows that have codes, with what the rows of each code have in common."""
    return f"(SELECT alike.*, by_code.* EXCLUDE (code) FROM {by_code} AS by_code JOIN {part_name(BY_CODE, part)} AS alike USING (code))"


def cells_with(rows: Rows, part: int, dimension: str, home: int) -> str:
    """Write the SQL of the same rows of a part, told apart by a dimension of another part, too."""
    if rows.apart is not None:
        codes = ", ".join(_codes(rows))
        relation = (
            f"(SELECT * FROM (SELECT decision, {codes} FROM used_rows) AS each_one "
            f"JOIN (SELECT code AS home, {dimension} FROM {part_name(BY_CODE, home)}) AS own ON each_one.{part_name('code', home)} = own.home)"
        )
        return _by_code(rows, part, f"decision, {dimension}", {}, relation)
    homes = f"(SELECT code AS home, {dimension} FROM {part_name('used_rows', home)})"
    return (
        f"(SELECT alike.* EXCLUDE (people), by_code.* EXCLUDE (code) FROM (SELECT each_row.{part_name('code', part)} AS code, {dimension}, count(*) AS people "
        f"FROM each_row JOIN {homes} AS own ON each_row.{part_name('code', home)} = own.home GROUP BY ALL) AS by_code "
        f"JOIN {part_name('used_rows', part)} AS alike USING (code))"
    )


def rows_by(rows: Rows, column: str, sums: Mapping[str, str], part: int = 0) -> str:
    """Write the SQL of rows with another ``column``, which is SQL over scores; by the codes of a part where scores stand apart, with sums in units of 1e-15."""
    if rows.apart is None:
        return f"(SELECT *, {column} FROM {part_name('used_rows', part)})"
    return _by_code(rows, part, column, sums)


def rows_between(rows: Rows, place: str, *, summed: bool, part: int = 0) -> str:
    """Write the SQL of rows with their ``place`` between thresholds, which is SQL over a score; where scores stand apart they are counted by the codes of a part, with the ``total`` of their scores, in units of 1e-15, where these are summed."""
    if are_placed(rows, part):
        return _alike(placed_by({"place": place}, {"total": "score_sum"} if summed else {}), part)
    return rows_by(rows, f"{place} AS place", {"total": "score"} if summed else {}, part)


def groups_by_score(rows: Rows, dimensions: int) -> dict[str, list[int]]:
    """Return in which group of each dimension every row is, the rows in the order of their scores."""
    columns = [f"d{i}" for i in range(dimensions)]
    held = rows.connection.execute(
        f"SELECT {', '.join([*columns, 'score'])} FROM used_rows ORDER BY score"
    ).fetchall()
    return {column: [int(row[place]) for row in held] for place, column in enumerate(columns)}


def forget_scores(rows: Rows) -> None:
    """Give back the memory of what is known of each row, once all is counted; where scores stand apart, nothing more can be asked."""
    rows.order.forget()
    if rows.elsewhere:
        rows.elsewhere.forget()
    if rows.apart is None:
        rows.connection.execute("DROP TABLE IF EXISTS each_row")
    else:
        # What a database has freed stays with the process for seconds more; what a closed one held does not.
        rows.connection.close()
