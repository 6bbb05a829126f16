"""The tables that are counted: one row for each row that counts, or for so many alike; scores that stand apart are joined to the codes of their rows."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Mapping, Sequence

from fairaudit.engine.cells import part_name
from fairaudit.read.rows import Rows

BY_CODE = "scored_cells"
"""Where scores stand apart, what the rows of each code have in common, and their number ``n``."""


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
            execute(
                f"CREATE OR REPLACE TABLE {part_name(BY_CODE, part)} AS SELECT {alike}, code, n, low, high, only_bits FROM {source} WHERE {used}"
            )
    if rows.apart is not None:
        more = "".join(f", {code}" for code in _codes(rows)[1:])
        execute(
            f"CREATE OR REPLACE VIEW scored_rows AS SELECT {columns['score']} AS score, 1::BIGINT AS people, {BY_CODE}.*{more} FROM each_row JOIN {BY_CODE} USING (code)"
        )


def _codes(rows: Rows) -> list[str]:
    """Name the codes of a row in several parts."""
    return [part_name("code", part) for part, _ in enumerate(rows.parts)]


def ends_of_scores(rows: Rows) -> str:
    """Write the SQL of the ``label`` of rows, the number of ``people`` that they are, and the ends of their scores."""
    if rows.apart is None:
        return "(SELECT label, people, score AS low, score AS high, score IN (0, 1) AS only_bits FROM scored_rows)"
    return f"(SELECT label, n AS people, low, high, only_bits FROM {BY_CODE})"


def decide_rows(rows: Rows, decision: str) -> None:
    """Make ``used_rows``, which are the rows with their decisions; and those of other parts, where scores do not stand apart."""
    for part, _ in enumerate(rows.parts or [()]):
        if part == 0 or rows.apart is None:
            rows.connection.execute(
                f"CREATE OR REPLACE VIEW {part_name('used_rows', part)} AS SELECT *, {decision} AS decision FROM {part_name('scored_rows', part)}"
            )
        rows.connection.execute(f"DROP TABLE IF EXISTS {part_name('decided_cells', part)}")


def cells_of(rows: Rows, part: int = 0) -> str:
    """Write the SQL of rows that are alike in ``label``, ``decision`` and the groups ``d0``, ``d1`` … of a part, with the number of ``people``; or of each row.

    Where scores stand apart, the rows are counted by their codes, once; and they have the sums ``squared_error`` and ``log_loss`` over their people, in units of 1e-15.
    """
    if rows.apart is None:
        return part_name("used_rows", part)
    cells = part_name("decided_cells", part)
    rows.connection.execute(
        f"CREATE TABLE IF NOT EXISTS {cells} AS SELECT * FROM {_by_code(part, f'decision, count(*) AS people{_sums()}')}"
    )
    return cells


def _sums() -> str:
    """Write the SQL of the sums of errors; of ranks these mean nothing, and may leave what a number can hold."""
    return "".join(
        f", sum(CASE WHEN score BETWEEN 0 AND 1 THEN {whole(sql, 'BIGINT')} END) AS {name}"
        for name, sql in ERRORS.items()
    )


def _by_code(part: int, counted: str, relation: str = "used_rows") -> str:
    """Write the SQL of what is counted by the codes of a part, with what the rows of each code have in common."""
    return (
        f"(SELECT alike.*, by_code.* EXCLUDE (code) FROM (SELECT {part_name('code', part)} AS code, {counted} FROM {relation} GROUP BY ALL) AS by_code "
        f"JOIN {part_name(BY_CODE, part)} AS alike USING (code))"
    )


def cells_with(rows: Rows, part: int, dimension: str, home: int) -> str:
    """Write the SQL of the same rows of a part, told apart by a dimension of another part, too."""
    if rows.apart is not None:
        codes = ", ".join(_codes(rows))
        relation = (
            f"(SELECT score, label, decision, {codes} FROM used_rows) AS each_one "
            f"JOIN (SELECT code AS home, {dimension} FROM {part_name(BY_CODE, home)}) AS own ON each_one.{part_name('code', home)} = own.home"
        )
        return _by_code(part, f"decision, {dimension}, count(*) AS people{_sums()}", relation)
    homes = f"(SELECT code AS home, {dimension} FROM {part_name('used_rows', home)})"
    return (
        f"(SELECT alike.* EXCLUDE (people), by_code.* EXCLUDE (code) FROM (SELECT each_row.{part_name('code', part)} AS code, {dimension}, count(*) AS people "
        f"FROM each_row JOIN {homes} AS own ON each_row.{part_name('code', home)} = own.home GROUP BY ALL) AS by_code "
        f"JOIN {part_name('used_rows', part)} AS alike USING (code))"
    )


def rows_by(rows: Rows, column: str, sums: str, part: int = 0) -> str:
    """Write the SQL of rows with another ``column``, which is SQL over scores, and sums over them; by the codes of a part where scores stand apart."""
    if rows.apart is None:
        return f"(SELECT *, {column} FROM {part_name('used_rows', part)})"
    return _by_code(part, f"{column}, count(*) AS people, {sums}")


def forget_scores(rows: Rows) -> None:
    """Give back the memory of what is known of each row, once all is counted."""
    rows.connection.execute("DROP TABLE IF EXISTS each_row")


def whole(number: str, kind: str = "HUGEINT") -> str:
    """Write the SQL of a number of at most 36 in whole units of 1e-15, whose sums have no order."""
    return f"CAST(round({number} * 1e15) AS {kind})"


_LOWEST_PROBABILITY = sys.float_info.epsilon
"""Probabilities are moved this far from 0 and 1 before their logarithm, as scikit-learn's ``log_loss`` does."""
ERRORS = {
    "squared_error": "((score - label) * (score - label))",
    "log_loss": f"-ln(greatest(least(CASE label WHEN 1 THEN score ELSE 1 - score END, 1 - {_LOWEST_PROBABILITY!r}), {_LOWEST_PROBABILITY!r}))",
}
"""SQL of the errors of a probability."""
