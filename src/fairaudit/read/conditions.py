"""Conditions over rows, which strangers may have written: which are admitted, and which rows fulfil them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import duckdb

from fairaudit.errors import OptionError, did_you_mean, listed
from fairaudit.read.sql import first_line, quoted

VOLATILE = re.compile(
    r'"function_name":"(random|uuid|gen_random_uuid|uuidv4|uuidv7|setseed|now|current_timestamp|get_current_timestamp|pg_sleep|nextval)"'
)


def mentions(where: str, column: str) -> bool:
    """Tell whether a condition may use a column; a false yes costs memory only."""
    return column.replace('"', '""').casefold() in where.casefold()


def refuse_statements(where: str) -> None:
    """Refuse what is no single expression over the row: DuckDB's own parser tells, since only it knows all of its quotes.

    A query within the condition could read other files, and a second statement could write them.
    """
    statement = f"SELECT (\n{where}\n)"
    with duckdb.connect() as parser:
        (parsed,) = parser.execute("SELECT json_serialize_sql(?)", [statement]).fetchone() or ("{}",)
    tree = json.loads(parsed)
    statements = tree.get("statements", [])
    if tree.get("error") or len(statements) != 1 or len(statements[0]["node"]["select_list"]) != 1:
        problem = str(tree.get("error_message") or "it is more than one expression")
        raise OptionError(
            "--where", f"is not one condition: {problem}", hint='Give one SQL condition, such as "age >= 18"'
        )
    if '"class":"SUBQUERY"' in parsed:
        raise OptionError(
            "--where", "holds a query of its own", hint='Give one SQL condition, such as "age >= 18"'
        )
    if VOLATILE.search(parsed):
        raise OptionError("--where", "calls a function that gives another answer each time")


def keep_rows(
    connection: duckdb.DuckDBPyConnection,
    where: str,
    *,
    file: str,
    columns: Sequence[str],
    asked: Sequence[str],
    mentioned: Sequence[str],
    untyped: bool,
) -> None:
    """Copy ``read_rows`` to ``source_rows``, and mark the rows that fulfil the condition.

    Parameters
    ----------
    columns
        All of the source; column i is ``c{i}`` in both tables.
    asked
        Those that are copied.
    mentioned
        Those that the condition may use.
    untyped
        Whether every value is still text.
    """
    values = _values_in_condition(connection, mentioned, columns=columns, untyped=untyped)
    relation = f"(SELECT {', '.join(f'{sql} AS {quoted(name)}' for name, sql in values.items()) or '1'} FROM read_rows)"
    try:
        # After WHERE its brackets have to match and it can be no aggregate; in brackets it can be no further clause.
        connection.execute(f"EXPLAIN SELECT 1 FROM {relation} WHERE {where}")
        described = connection.execute(f"DESCRIBE SELECT ({where}) FROM {relation}").fetchall()
    except duckdb.Error as error:
        unknown = re.search(r'Referenced column "(.*?)" not found', str(error))
        nearest = did_you_mean(unknown[1], columns) if unknown else ""
        raise OptionError(
            "--where",
            f"is not a condition over the columns of {file}: {first_line(error)}",
            hint=f"{nearest} Its columns are {listed(columns)}; text stands in single quotes".strip(),
        ) from None
    kind = described[0][1].strip('"')
    if kind != "BOOLEAN":
        raise OptionError(
            "--where",
            f"is of type {kind}, and a condition is true or false",
            hint='Compare the column with something, such as "age >= 18"',
        )
    copied = ", ".join([*(f"read_rows.c{columns.index(name)}" for name in asked), "marks.kept"])
    try:
        connection.execute(
            f"CREATE OR REPLACE TABLE scratch.source_rows AS SELECT {copied} FROM read_rows "
            f"POSITIONAL JOIN (SELECT coalesce(({where}), false) AS kept FROM {relation}) AS marks"
        )
    except duckdb.Error as error:
        raise OptionError("--where", first_line(error).partition(" when casting from")[0]) from None
    connection.execute("DROP TABLE read_rows")


def _values_in_condition(
    connection: duckdb.DuckDBPyConnection, names: Sequence[str], *, columns: Sequence[str], untyped: bool
) -> dict[str, str]:
    """Write the SQL of each column as a condition sees it: what holds only numbers compares as numbers, and NaN is missing.

    Without this DuckDB would round text to the type of the number that it is compared with, and find 0.54 among (0.5).
    Numbers with leading zeros, such as postcodes, stay text.
    """
    types = {row[0]: row[1] for row in connection.execute("DESCRIBE read_rows").fetchall()}
    values = {name: f"c{columns.index(name)}" for name in names}
    if untyped and values:
        checks = []
        for column in values.values():
            present = f"FILTER (WHERE trim({column}) <> '')"
            number = f"TRY_CAST({column} AS DOUBLE) IS NOT NULL AND NOT regexp_matches(trim({column}), '^[+-]?0[0-9]')"
            whole = f"regexp_full_match(trim({column}), '[+-]?[0-9]{{1,18}}')"
            checks += [
                f"coalesce(bool_and({number}) {present}, false)",
                f"coalesce(bool_and({whole}) {present}, false)",
            ]
        answers = connection.execute(f"SELECT {', '.join(checks)} FROM read_rows").fetchone() or ()
        for name, number, whole in zip(names, answers[::2], answers[1::2], strict=True):
            if number:
                column = values[name]
                values[name] = f"TRY_CAST({column} AS {'BIGINT' if whole else 'DOUBLE'})"
                types[column] = "BIGINT" if whole else "DOUBLE"
    return {
        name: f"CASE WHEN NOT isnan({sql}) THEN {sql} END"
        if types[f"c{columns.index(name)}"] in ("DOUBLE", "FLOAT")
        else sql
        for name, sql in values.items()
    }
