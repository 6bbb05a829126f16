"""How names, values and errors are written in SQL and read from it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

_HANDED_OVER = re.compile(
    r"^.*?(?:object|stream) registered as '\w+'(?: as Arrow data)? failed: (?:\w*(?:Error|Invalid): )*"
)
"""What DuckDB says before the error of a table that it was given, with a name that is ours."""
_FROM_PYTHON = re.compile(r"\.* *Detail: Python exception: .*$")


def quoted(name: str) -> str:
    """Write a column name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """Write a value as an SQL string."""
    return "'" + value.replace("'", "''") + "'"


def one_file(path: Path) -> str:
    """Write a path so that DuckDB, which would take some signs in it for a pattern of several files, reads this one."""
    return re.sub(r"[*?[]", r"[\g<0>]", path.as_posix())


def double(value: float) -> str:
    """Write a number for SQL. A bare literal would be a DECIMAL first, which costs the last digit in some versions of DuckDB."""
    return f"CAST('{value!r}' AS DOUBLE)"


Pick = Callable[[Sequence[float], str], str]
"""Writes the SQL that picks one of some numbers by its place, counted from 1."""


def in_list(numbers: Sequence[float], place: str) -> str:
    """Write the SQL that picks one of some numbers for DuckDB, which reads a list of them at once."""
    return f"list_extract(CAST('[{', '.join(map(repr, numbers))}]' AS DOUBLE[]), {place})"


def in_array(numbers: Sequence[float], place: str) -> str:
    """Write the SQL that picks one of some numbers for Spark."""
    return f"element_at(array({', '.join(map(double, numbers))}), {place})"


def number_of(rows: str | None, condition: str = "") -> str:
    """Write the SQL that counts rows, of those that fulfil a condition; `rows` says how many each stands for, ``None`` for one."""
    where = f" FILTER (WHERE {condition})" if condition else ""
    return f"count(*){where}" if rows is None else f"CAST(coalesce(sum({rows}){where}, 0) AS BIGINT)"


def first_line(error: Exception) -> str:
    """Return DuckDB's own sentence, without the kind of error before it and the excerpt after it."""
    first = str(error).splitlines()[0] if str(error) else type(error).__name__
    sentence = _HANDED_OVER.sub("", re.sub(r"^(\w+ )+Error: ", "", first))
    return _FROM_PYTHON.sub("", sentence).strip()
