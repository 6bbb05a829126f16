"""The tables that are counted: one row for each row that counts, or for so many alike; scores that stand apart are joined to the codes of their rows."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from fairaudit.read.rows import Rows

BY_CODE = "scored_cells"
"""Where scores stand apart, what the rows of each code have in common, and their number ``n``."""


def store_scored(rows: Rows, columns: Mapping[str, str], used: str, *, persons: str = "") -> None:
    """Make ``scored_rows`` of the rows that count.

    Parameters
    ----------
    columns
        SQL of its columns by their names; the score among them.
    used
        SQL of the rows that count.
    persons
        SQL that joins the numbers of people to the rows.
    """
    score, others = columns["score"], {name: sql for name, sql in columns.items() if name != "score"}
    if rows.apart is None:
        selected = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
        rows.connection.execute(
            f"CREATE OR REPLACE TABLE scored_rows AS SELECT {selected} FROM source_rows {persons} WHERE {used}"
        )
        return
    selected = ", ".join(f"{sql} AS {name}" for name, sql in others.items() if name != "people")
    rows.connection.execute(
        f"CREATE OR REPLACE TABLE {BY_CODE} AS SELECT {selected}, code, n, low, high, only_bits FROM source_rows WHERE {used}"
    )
    rows.connection.execute(
        f"CREATE OR REPLACE VIEW scored_rows AS SELECT {score} AS score, 1::BIGINT AS people, {BY_CODE}.* FROM each_row JOIN {BY_CODE} USING (code)"
    )


def ends_of_scores(rows: Rows) -> str:
    """Write the SQL of the ``label`` of rows, the number of ``people`` that they are, and the ends of their scores."""
    if rows.apart is None:
        return "(SELECT label, people, score AS low, score AS high, score IN (0, 1) AS only_bits FROM scored_rows)"
    return f"(SELECT label, n AS people, low, high, only_bits FROM {BY_CODE})"


def decide_rows(rows: Rows, decision: str) -> None:
    """Make ``used_rows``, which are the rows with their decisions."""
    rows.connection.execute(
        f"CREATE OR REPLACE VIEW used_rows AS SELECT *, {decision} AS decision FROM scored_rows"
    )
    rows.connection.execute("DROP TABLE IF EXISTS decided_cells")


def cells_of(rows: Rows) -> str:
    """Write the SQL of rows that are alike in ``label``, ``decision`` and the groups ``d0``, ``d1`` …, with the number of ``people``; or of each row.

    Where scores stand apart, the rows are counted by their codes, once; and they have the sums ``squared_error`` and ``log_loss`` over their people, in units of 1e-15.
    """
    if rows.apart is None:
        return "used_rows"
    # Of ranks these sums mean nothing, and may leave what a number can hold.
    sums = "".join(
        f", sum(CASE WHEN score BETWEEN 0 AND 1 THEN {whole(sql, 'BIGINT')} END) AS {name}"
        for name, sql in ERRORS.items()
    )
    rows.connection.execute(
        "CREATE TABLE IF NOT EXISTS decided_cells AS SELECT alike.*, by_code.* EXCLUDE (code) FROM "
        f"(SELECT code, decision, count(*) AS people{sums} FROM used_rows GROUP BY ALL) AS by_code JOIN {BY_CODE} AS alike USING (code)"
    )
    return "decided_cells"


def rows_by(rows: Rows, column: str, sums: str) -> str:
    """Write the SQL of rows with another ``column``, which is SQL over scores, and sums over them; by their codes where scores stand apart."""
    if rows.apart is None:
        return f"(SELECT *, {column} FROM used_rows)"
    return (
        f"(SELECT alike.*, by_code.* EXCLUDE (code) FROM (SELECT code, {column}, count(*) AS people, {sums} FROM used_rows GROUP BY ALL) AS by_code "
        f"JOIN {BY_CODE} AS alike USING (code))"
    )


def forget_scores(rows: Rows) -> None:
    """Give back the memory of scores that stand apart, once all is counted."""
    if rows.apart is not None:
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
