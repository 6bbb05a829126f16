"""Conditions over rows, which strangers may have written: which are admitted, and which rows fulfil them.

A condition is SQL, and so DuckDB's own parser takes it apart; what it finds is admitted only if it stands in one of the closed lists
below. These hold what compares and computes the values of a row: nothing that reads files, settings or the clock, that answers
differently each time, or that makes much out of little.
"""

from __future__ import annotations

import functools
import json
import re
import signal
import subprocess
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb

from fairaudit.engine.sql import first_line, quoted, text
from fairaudit.errors import OptionError, clipped, did_you_mean, listed
from fairaudit.read.readings import Conventions, Readings, Stored
from fairaudit.room import refuse_full
from fairaudit.spelling import setting
from fairaudit.texts import clean, composed, garbage_kept

MOST_CHARACTERS = 100_000
MOST_DEPTH = 50
"""How deep a condition may be nested; a chain such as ``a + b + c`` is a level for each sign."""
MOST_SECONDS = 5.0
"""Of calculating, which a busy machine gives it later."""
_PATIENCE = 12
"""After so many times as long it is given up, whatever it did."""
MOST_PARTS = 1_000
"""Columns, comparisons, functions and the like; the values of a list are not counted."""

OPERATORS = frozenset(
    ("+", "-", "*", "/", "//", "%", "**", "^", "||", "^@", "~~", "!~~", "~~*", "!~~*", "~~~")
)
"""Arithmetic, joining of text, ``starts with``; then ``like``, ``ilike``, their negations and ``glob``, as the parser writes them."""
FUNCTIONS = frozenset(
    {
        # Text; none that can make a text much longer, as replace, repeat and lpad can.
        *(
            "lower",
            "upper",
            "lcase",
            "ucase",
            "trim",
            "ltrim",
            "rtrim",
            "left",
            "right",
            "substr",
            "substring",
        ),
        *("length", "len", "char_length", "character_length", "position", "strpos", "instr", "concat"),
        *("starts_with", "ends_with", "prefix", "suffix", "contains", "translate", "strip_accents"),
        *("regexp_matches", "regexp_full_match", "like_escape", "not_like_escape"),
        *("ilike_escape", "not_ilike_escape"),
        # Numbers.
        *("abs", "sign", "floor", "ceil", "ceiling", "round", "trunc", "mod", "sqrt", "exp", "ln", "log"),
        *("log2", "log10", "pow", "power", "greatest", "least", "isnan", "isinf", "isfinite"),
        # Dates; none that asks what day it is.
        *("date_part", "datepart", "date_trunc", "datetrunc", "date_diff", "datediff", "date_sub", "datesub"),
        *("year", "quarter", "month", "week", "day", "hour", "minute", "second", "dayofmonth", "dayofyear"),
        *("weekday", "dayofweek", "isodow", "isoyear", "weekofyear", "dayname", "monthname", "last_day"),
        *("epoch", "make_date", "make_timestamp", "strftime", "strptime", "try_strptime"),
        # What interval literals are made of.
        *("to_years", "to_quarters", "to_months", "to_weeks", "to_days", "to_hours", "to_minutes"),
        *("to_seconds", "to_milliseconds", "to_microseconds"),
    }
)
CLASSES = frozenset(("COLUMN_REF", "CONSTANT", "COMPARISON", "CONJUNCTION", "BETWEEN", "CASE", "CAST"))
"""Kinds of expressions that are admitted, whatever they are made of; what they are made of is looked at by itself."""
OPERATIONS = frozenset(
    (
        *("OPERATOR_NOT", "OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL", "OPERATOR_COALESCE"),
        *("COMPARE_IN", "COMPARE_NOT_IN"),
    )
)
TYPES = frozenset(
    {
        *("BOOLEAN", "BOOL", "LOGICAL", "VARCHAR", "TEXT", "STRING", "CHAR", "BPCHAR"),
        *("TINYINT", "INT1", "SMALLINT", "INT2", "SHORT", "INTEGER", "INT", "INT4", "SIGNED"),
        *("BIGINT", "INT8", "LONG", "HUGEINT", "INT128", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"),
        *("FLOAT", "FLOAT4", "REAL", "DOUBLE", "FLOAT8", "DECIMAL", "DEC", "NUMERIC"),
        *("DATE", "TIME", "TIMESTAMP", "DATETIME", "INTERVAL"),
    }
)
"""What a value can be cast to."""
_TIME_IS_UP = getattr(signal, "SIGPROF", 0)
"""The signal that ends a process which has calculated for too long; a system without it has none."""
_MAY_TAKE_YEARS = re.compile("(?<![a-z_])with(?![a-z_0-9])", re.IGNORECASE | re.ASCII)
"""For queries before a query the parser's time doubles with each level. None is admitted, but the word may stand in a text, too."""
_EXAMPLE = 'Give one SQL condition, such as "age >= 18"'
_NAMES = {
    "SUBQUERY": "a query of its own",
    "WINDOW": "a window",
    "LAMBDA": "a lambda",
    "PARAMETER": "a parameter",
    "STAR": "a star",
    "COLLATE": "a collation",
    "DEFAULT": "the word DEFAULT",
    "POSITIONAL_REFERENCE": "a column by its place",
    "ARRAY_EXTRACT": "a part of a list",
    "ARRAY_SLICE": "a part of a list",
    "STRUCT_EXTRACT": "a field of a value",
    "OPERATOR_TRY": "try()",
}
"""What people call the kinds that are refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition that may run.

    Attributes
    ----------
    sql
        One expression in brackets, over columns by their names in the source.
    names
        The names of columns as they stand in it, each with the column of the source that is meant.
    file, known
        What messages call the source, and all of its columns.
    place
        What messages call the place where it was given.
    """

    sql: str
    names: Mapping[str, str]
    file: str
    known: tuple[str, ...]
    place: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the source that it uses."""
        return tuple(dict.fromkeys(self.names.values()))


def read_named(conditions: Mapping[str, str], *, columns: Sequence[str], file: str) -> dict[str, Condition]:
    """Read conditions that have names.

    Raises
    ------
    OptionError
        If one is none, which is named.
    """
    read: dict[str, Condition] = {}
    for name, sql in conditions.items():
        place = f"slice {clipped(name)!r}"
        if name in columns:
            raise OptionError(place, f"a column of {file} is called so", hint="Give the slice another name")
        try:
            read[name] = replace(read_condition(composed(sql), columns=columns, file=file), place=place)
        except OptionError as error:
            raise error.about(place) from None
    return read


def read_condition(where: str, *, columns: Sequence[str], file: str) -> Condition:
    """Read a condition, and refuse what is none; nothing of it runs.

    Parameters
    ----------
    columns
        The names of the source's columns, for which capitals do not matter.
    file
        What messages call the source.

    Raises
    ------
    OptionError
        If it is not one expression, is too long or nested too deeply, or uses what is not admitted; that is named.
    """
    # In brackets of their own lines, so that no comment takes the bracket away.
    sql = f"(\n{where}\n)"
    used: dict[str, str] = {}
    for number, node in enumerate(_expressions(_parsed(where, sql)), start=1):
        if number > MOST_PARTS:
            raise OptionError(
                setting("where"), f"has more than {MOST_PARTS:,} parts", hint="Name many values by IN (…)"
            )
        _refuse_unknown(node)
        if node["class"] == "COLUMN_REF":
            column = _column(node["column_names"], columns, file)
            # For the database, only capitals of plain letters make no difference.
            same = (typed for typed in used if _plain_small(typed) == _plain_small(node["column_names"][0]))
            used[next(same, node["column_names"][0])] = column
    return Condition(sql=sql, names=used, file=file, known=tuple(columns), place=setting("where"))


def _plain_small(name: str) -> str:
    return "".join(sign.lower() if sign.isascii() else sign for sign in name)


def _parsed(where: str, sql: str) -> dict[str, Any]:
    """Let DuckDB take a condition apart, and give the tree of the one expression that it has to be."""
    if len(where) > MOST_CHARACTERS:
        raise OptionError(
            setting("where"), f"has {len(where):,} characters, and {MOST_CHARACTERS:,} at most are read"
        )
    # A parser in C may take a text for ended where it holds a NUL; half of a surrogate pair is no character.
    strange = next((c for c in where if unicodedata.category(c) in ("Cc", "Cs") and c not in "\t\r\n"), None)
    if strange is not None:
        raise OptionError(setting("where"), f"holds the character {strange!r}, which no condition needs")
    tree = _tree(sql)
    if tree.get("error"):
        problem = str(tree.get("error_message"))
        if "expression depth" in problem or "memory exhausted" in problem:
            raise _too_deep()
        raise OptionError(
            setting("where"), f"is not one condition: {clipped(problem, most=200)}", hint=_EXAMPLE
        )
    statements = tree.get("statements", [])
    node = statements[0]["node"] if len(statements) == 1 else {}
    expressions = node.get("select_list", [])
    # Beside its one expression the statement has to be the plainest that there is: no FROM, no WHERE, no second column.
    if len(expressions) != 1 or {**node, "select_list": []} != {
        **_plainest()["statements"][0]["node"],
        "select_list": [],
    }:
        raise OptionError(
            setting("where"), "is not one condition: it is more than one expression", hint=_EXAMPLE
        )
    return dict(expressions[0])


@functools.cache
def _plainest() -> dict[str, Any]:
    """Return the tree of the plainest condition."""
    return _tree("(\ntrue\n)")


def _tree(expression: str) -> dict[str, Any]:
    """Let DuckDB parse an expression."""
    parse = _parsed_apart if _MAY_TAKE_YEARS.search(expression) else _parsed_here
    try:
        answer = parse(expression)
        with garbage_kept():
            return dict(json.loads(answer))
    except duckdb.Error as error:
        raise OptionError(
            setting("where"), f"is not one condition: {first_line(error)}", hint=_EXAMPLE
        ) from None
    except RecursionError:
        raise _too_deep() from None


def _parsed_here(expression: str) -> str:
    with _parser().cursor() as parser:
        row = parser.execute("SELECT json_serialize_sql(?)", [f"SELECT {expression}"]).fetchone()
    return str(row[0] if row else "{}")


@functools.cache
def _parser() -> duckdb.DuckDBPyConnection:
    """Open a database that only takes conditions apart, once for all of them."""
    connection = duckdb.connect(config={"threads": "1"})
    # DuckDB 1.4 takes this from an open connection only.
    connection.execute(f"SET max_expression_depth = {MOST_DEPTH}")
    return connection


def _parsed_apart(expression: str) -> str:
    """Parse in a process of its own, which can be ended; a thread cannot, and one that is left behind may bring the whole program down."""
    # -P: what lies in the current folder is not imported.
    program = "from fairaudit.read.conditions import answer; answer()"
    words = [sys.executable, "-P", "-c", program, str(MOST_SECONDS)]
    try:
        done = subprocess.run(  # noqa: S603
            words,
            input=json.dumps(expression).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE * MOST_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        is_late = isinstance(error, subprocess.TimeoutExpired) or (
            isinstance(error, subprocess.CalledProcessError) and error.returncode == -_TIME_IS_UP
        )
        within = f" within {MOST_SECONDS:g} seconds" if is_late else ""
        raise OptionError(setting("where"), f"could not be taken apart{within}", hint=_EXAMPLE) from None
    return str(json.loads(done.stdout))


def answer() -> None:
    """Parse what is asked for on stdin, and write the answers to stdout; the process's own end of `_parsed_apart`."""
    if _TIME_IS_UP:
        # Nothing handles this signal: the system ends the process, whatever it is doing.
        signal.signal(_TIME_IS_UP, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, float(sys.argv[1]))
    sys.stdout.write(json.dumps(_parsed_here(json.load(sys.stdin))))


def _expressions(tree: object) -> Iterator[dict[str, Any]]:
    """Yield every expression of a tree but its constants."""
    waiting = [(tree, 0)]
    while waiting:
        item, depth = waiting.pop()
        if isinstance(item, list):
            waiting += [(inner, depth) for inner in reversed(item)]
        elif isinstance(item, dict):
            if "class" in item and item["class"] != "CONSTANT":
                depth += 1
                if depth > MOST_DEPTH:
                    raise _too_deep()
                yield item
            waiting += [(inner, depth) for inner in reversed(item.values())]


def _too_deep() -> OptionError:
    return OptionError(setting("where"), f"is nested more than {MOST_DEPTH} levels deep")


def _refuse_unknown(node: dict[str, Any]) -> None:
    """Refuse an expression, by its name, that is not in the lists."""
    match node["class"]:
        case "FUNCTION":
            name = str(node.get("function_name", ""))
            known = OPERATORS if node.get("is_operator") and not name.isidentifier() else FUNCTIONS
            # The parser itself puts some functions into the schema main.
            elsewhere = node.get("catalog") or node.get("schema") not in ("", "main", None)
            if name.casefold() not in known or elsewhere:
                kind = "the operator" if known is OPERATORS else "the function"
                raise _refusal(f"{kind} {name!r}", did_you_mean(name, known))
        case "TYPE":
            _refuse_type(str(node.get("type_name", "")), plain=not node.get("schema"))
        case "OPERATOR" if node["type"] in OPERATIONS:
            pass
        case kind if kind in CLASSES:
            # Older versions of DuckDB give the type of a cast as a value.
            if kind == "CAST" and "cast_type" in node:
                kind_of_value = node["cast_type"]
                own = (kind_of_value.get("type_info") or {}).get("user_type_name")
                _refuse_type(str(own or kind_of_value.get("id", "")), plain=not own)
        case kind:
            word = kind if kind in _NAMES else str(node.get("type", kind))
            raise _refusal(_NAMES.get(word, word.replace("_", " ").lower()))


def _refuse_type(name: str, *, plain: bool) -> None:
    if name.upper() not in TYPES or not plain:
        raise _refusal(
            f"a cast to {clipped(name.upper())}",
            "VARCHAR, BIGINT, DOUBLE, DATE and TIMESTAMP are some that it may make",
        )


def _refusal(part: str, hint: str = "") -> OptionError:
    return OptionError(
        setting("where"),
        f"holds {part}, and a condition may only compare and compute the values of a row",
        hint=hint or "docs/conditions.md lists all that it may use",
    )


def _column(names: Sequence[str], columns: Sequence[str], file: str) -> str:
    """Find the column that a condition names."""
    if len(names) != 1:
        raise _refusal(
            f"{'.'.join(names)!r}, a field or a table's column",
            "A name with a full stop stands in double quotes",
        )
    (name,) = names
    alike = [column for column in columns if clean(column).casefold() == clean(name).casefold()]
    nearer = [column for column in alike if composed(column).casefold() == name.casefold()]
    match [column for column in alike if column == name] or nearer or alike:
        case [column]:
            return column
        case []:
            problem, nearest = f"there is no column {clipped(name)!r}", did_you_mean(name, columns)
        case _:
            problem, nearest = f"there is more than one column {clipped(name)!r}", ""
    raise OptionError(
        setting("where"),
        f"is not a condition over the columns of {file}: {problem}",
        hint=f"{nearest} Its columns are {listed(columns)}; text stands in single quotes".strip(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What rows are marked by: whether they are kept, and which of some conditions that have names they fulfil."""

    where: Condition | None = None
    named: Mapping[str, Condition] = field(default_factory=dict)

    @property
    def every(self) -> tuple[Condition, ...]:
        """All of the conditions."""
        return (*([self.where] if self.where else []), *self.named.values())

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the source that they use."""
        return tuple(dict.fromkeys(column for condition in self.every for column in condition.columns))

    @property
    def sql_names(self) -> dict[str, str]:
        """What the columns are called that say which conditions are fulfilled."""
        return {name: f"q{place}" for place, name in enumerate(self.named)}


def mark_rows(
    connection: duckdb.DuckDBPyConnection,
    marks: Marks,
    *,
    sql_names: Mapping[str, str],
    asked: Sequence[str],
    conventions: Conventions,
    more: Sequence[str] = (),
) -> None:
    """Copy ``read_rows`` to ``source_rows``, and mark the rows that fulfil conditions.

    Parameters
    ----------
    connection
        Locked by `lock`, as this is the first time that the conditions run.
    sql_names
        What the columns that were read are called in both tables.
    asked
        Those that are copied.
    conventions
        What is known of how the values are written.
    more
        What else the rows are told by; ``n`` says how many rows of the source each of them stands for.
    """
    own = {name: sql_names[name] for name in marks.columns}
    stored = Stored(table="read_rows", columns=own, stands_for="n" if "n" in more else None)
    readings = Readings(connection, stored, file=marks.every[0].file, conventions=conventions)
    values = _values_in_condition(connection, readings, marks.columns)
    for condition in marks.every:
        _refuse_no_condition(connection, condition, _relation(condition, values))
    names = [*(sql_names[name] for name in asked), *more]
    copied = [f"read_rows.{name}" for name in names]
    joined = []
    if marks.where:
        joined.append(
            f"SELECT coalesce({marks.where.sql}, false) AS kept FROM {_relation(marks.where, values)}"
        )
    for name, sql_name in marks.sql_names.items():
        condition = marks.named[name]
        joined.append(f"SELECT {condition.sql} AS {sql_name} FROM {_relation(condition, values)}")
    marked = ["marks.kept" if marks.where else "true AS kept", *marks.sql_names.values()]
    try:
        connection.execute(
            f"CREATE OR REPLACE TABLE scratch.source_rows AS SELECT {', '.join([*copied, *marked])} FROM read_rows "
            + " ".join(f"POSITIONAL JOIN ({one}) AS marks{place or ''}" for place, one in enumerate(joined))
        )
    except duckdb.Error as error:
        refuse_full(error)
        place = _failing(connection, marks, values)
        problem = _without_advice(first_line(error))
        raise OptionError(place, problem, hint=_no_number(connection, problem, values)) from None
    connection.execute("DROP TABLE read_rows")


def _relation(condition: Condition, values: Mapping[str, str]) -> str:
    """Write the relation over which a condition is written."""
    named = [f"{values[column]} AS {quoted(name)}" for name, column in condition.names.items()]
    return f"(SELECT {', '.join(named) or '1'} FROM read_rows)"


def _no_number(connection: duckdb.DuckDBPyConnection, problem: str, values: Mapping[str, str]) -> str:
    """Say which column holds a text that was compared with a number."""
    converted = re.match(r"Could not convert string '(.*)' to ", problem, re.DOTALL)
    if converted is None:
        return ""
    for name, value in values.items():
        statement = f"SELECT 1 FROM read_rows WHERE CAST({value} AS VARCHAR) = {text(converted[1])} LIMIT 1"
        if connection.execute(statement).fetchone():
            return f"Column {clipped(name)!r} holds text, which is compared with text in single quotes"
    return "A column of numbers is compared with numbers"


def _failing(connection: duckdb.DuckDBPyConnection, marks: Marks, values: Mapping[str, str]) -> str:
    """Say where the condition was given that cannot be computed."""
    for condition in marks.every:
        try:
            connection.execute(f"SELECT count({condition.sql}) FROM {_relation(condition, values)}")
        except duckdb.Error:
            return condition.place
    return marks.every[0].place


def _refuse_no_condition(connection: duckdb.DuckDBPyConnection, condition: Condition, relation: str) -> None:
    """Refuse what is not true or false, or does not go with the types of its columns."""
    try:
        described = connection.execute(f"DESCRIBE SELECT {condition.sql} FROM {relation}").fetchall()
    except duckdb.Error as error:
        raise OptionError(
            condition.place,
            f"is not a condition over the columns of {condition.file}: {first_line(error)}",
            hint=f"Its columns are {listed(condition.known)}; text stands in single quotes",
        ) from None
    kind = described[0][1].strip('"')
    if kind != "BOOLEAN":
        raise OptionError(
            condition.place,
            f"is of type {clipped(kind)}, and a condition is true or false",
            hint='Compare the column with something, such as "age >= 18"',
        )


def _without_advice(problem: str) -> str:
    """Leave out what the database advises and a condition cannot do."""
    return re.split(r" when casting from|\. Use TRY\(", problem, maxsplit=1)[0]


def _values_in_condition(
    connection: duckdb.DuckDBPyConnection, readings: Readings, names: Sequence[str]
) -> dict[str, str]:
    """Write the SQL of each column as a condition sees it: what holds only numbers compares as numbers, whole ones as such.

    Without this DuckDB would round text to the type of the number that it is compared with, and find 0.54 among (0.5).
    Numbers with leading zeros, such as postcodes, stay text.
    """
    meanings = readings.all(names)
    numbers = [
        name for name in names if meanings[name].numeric and readings.type_of(name) in ("VARCHAR", "ENUM")
    ]
    values = {name: reading.condition for name, reading in meanings.items()}
    if numbers:
        whole = [
            f"coalesce(bool_and(regexp_full_match(trim({meanings[name].text}), '[+-]?[0-9]{{1,18}}')), false)"
            for name in numbers
        ]
        answers = connection.execute(f"SELECT {', '.join(whole)} FROM read_rows").fetchone() or ()
        for name, is_whole in zip(numbers, answers, strict=True):
            if is_whole:
                values[name] = f"CAST({meanings[name].text} AS BIGINT)"
    return values
