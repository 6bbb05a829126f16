"""Conditions: which rows they keep, what is no condition, and that nothing but the row can be read by one."""

from __future__ import annotations

import gc
import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from fairaudit.engine import duckdb as engine
from fairaudit.errors import OptionError, RowError
from fairaudit.read import conditions
from fairaudit.read.conditions import (
    FUNCTIONS,
    MOST_CHARACTERS,
    MOST_DEPTH,
    MOST_PARTS,
    OPERATORS,
    TYPES,
    read_condition,
)
from fairaudit.read.dataframes import open_frame
from fairaudit.read.files import open_path
from fairaudit.read.rows import Input

WriteCsv = Callable[..., str]


def divides_by_zero() -> bool:
    """Tell whether this DuckDB makes NULL of a division by zero, as those before 2 do."""
    try:
        return duckdb.connect().execute("SELECT 1 % 0").fetchone() == (None,)
    except duckdb.Error:
        return False


DIVIDES_BY_ZERO = divides_by_zero()


def refusal_of(where: str, *columns: str) -> str:
    """Refuse a condition before anything of it runs, and give the sentence."""
    with pytest.raises(OptionError) as caught:
        read_condition(where, columns=columns or ("race", "age", "score"), file="p.csv")
    assert caught.value.option == "--where"
    assert "\n" not in str(caught.value)
    return str(caught.value)


def kept(opened: Input, where: str) -> list[int]:
    loaded = opened.load(["race"], where=where)
    found = loaded.connection.execute(
        "SELECT rowid + 1 FROM source_rows WHERE kept ORDER BY rowid"
    ).fetchall()
    return [row for (row,) in found]


class TestConditions:
    LINES = ("race,score,age,zip", "A,0.5,9,007", "B,0.54,10,100", "A,1,100,090", "B;C,0,,11")

    @pytest.mark.parametrize(
        ("where", "rows"),
        [
            pytest.param("race = 'A'", [1, 3], id="text"),
            pytest.param("race NOT IN ('A')", [2, 4], id="not in"),
            pytest.param("race LIKE 'B%'", [2, 4], id="like"),
            pytest.param("age >= 10", [2, 3], id="numbers compare as numbers, and no age is no yes"),
            pytest.param("age = 100", [3], id="whole number"),
            pytest.param("score IN (0.5, 1)", [1, 3], id="0.54 is not rounded to 0.5"),
            pytest.param("score >= 0.5", [1, 2, 3], id="decimal"),
            pytest.param("score * 2 > 1", [2, 3], id="arithmetic"),
            pytest.param("age > score * 50", [3], id="two columns of numbers"),
            pytest.param("age BETWEEN 9 AND 10", [1, 2], id="between"),
            pytest.param("age IS NULL", [4], id="missing"),
            pytest.param("NOT (age > 9)", [1], id="not of missing is not true either"),
            pytest.param("zip = '007'", [1], id="leading zeros stay text"),
            pytest.param("zip < '1'", [1, 3], id="and compare as text"),
            pytest.param("race = 'B;C'", [4], id="semicolon in quotes"),
            pytest.param("race <> 'with'", [1, 2, 3, 4], id="a word in quotes that begins a query"),
            pytest.param("race <> '--' AND race <> '/*'", [1, 2, 3, 4], id="comment signs in quotes"),
            pytest.param('"race" = \'A\' AND "age" > 50', [3], id="quoted names"),
            pytest.param("RACE = 'A'", [1, 3], id="capitals"),
            pytest.param("true", [1, 2, 3, 4], id="everything"),
            pytest.param("race = 'A' -- those", [1, 3], id="comment"),
            pytest.param("race = 'A') OR (age = 10", [1, 2, 3], id="brackets of its own, which are harmless"),
            pytest.param("race ILIKE 'b%' AND race NOT SIMILAR TO '.*C'", [2], id="ilike, similar to"),
            pytest.param("CASE WHEN age IS NULL THEN true ELSE age > 50 END", [3, 4], id="case"),
            pytest.param("coalesce(age, 0) = 0", [4], id="coalesce"),
            pytest.param("TRY_CAST(race AS INTEGER) IS NULL", [1, 2, 3, 4], id="cast that may fail"),
            pytest.param("age::VARCHAR LIKE '1%'", [2, 3], id="cast"),
            pytest.param("lower(race) || '-' || length(zip) = 'a-3'", [1, 3], id="functions of text"),
            pytest.param("abs(-age) // 5 % 2 = 0 AND round(score, 1) <= 0.5", [2], id="functions of numbers"),
            pytest.param("race IN ('A', 'B') AND age NOT IN (9, 100)", [2], id="lists"),
            pytest.param("age IS DISTINCT FROM 9", [2, 3, 4], id="is distinct from"),
            pytest.param("  race = 'A'  ", [1, 3], id="blanks around it"),
            pytest.param("", [1, 2, 3, 4], id="empty is none"),
        ],
    )
    def test_rows_that_are_kept(self, write_csv: WriteCsv, where: str, rows: list[int]) -> None:
        assert kept(open_path(write_csv(*self.LINES)), where) == rows

    @pytest.mark.parametrize(
        ("where", "problem"),
        [
            pytest.param("race =", "is not one condition: ", id="syntax"),
            pytest.param("(race = 'A'", "is not one condition: ", id="bracket"),
            pytest.param(
                "race = 'A'), (race = 'B'",
                "is not one condition: ",
                id="list",
            ),
            pytest.param("true LIMIT 1", "is not one condition: ", id="clause"),
            pytest.param(
                "true UNION SELECT true",
                "is not one condition: ",
                id="union",
            ),
            pytest.param("count(*) > 1", "holds the function 'count", id="aggregate"),
            pytest.param(
                "race + 1 > 2",
                "is not a condition over the columns of predictions.csv: ",
                id="adding to text",
            ),
            pytest.param(
                "race > (SELECT max(c0) FROM source_rows)",
                "holds a query of its own, ",
                id="our own tables",
            ),
            pytest.param("race; DROP TABLE x", "is not one condition: ", id="second statement"),
            pytest.param("random() > 0.5", "holds the function 'random', ", id="volatile"),
            pytest.param(
                "race in (SELECT race FROM 'other.csv')", "holds a query of its own, ", id="another file"
            ),
            pytest.param(
                "E'\\''='x' ; COPY (SELECT 1) TO 'x.csv'", "is not one condition: ", id="escape string"
            ),
            pytest.param(
                "$$'$$<>'x' ; COPY (SELECT 1) TO 'x.csv'", "is not one condition: ", id="dollar quotes"
            ),
            pytest.param("race", "is of type VARCHAR, and a condition is true or false. ", id="text column"),
            pytest.param("age", "is of type BIGINT, and a condition is true or false. ", id="number column"),
            pytest.param("1", "is of type INTEGER, and a condition is true or false. ", id="one"),
            pytest.param("CAST(race AS INTEGER) = 1", "Could not convert string 'A' to INT32.", id="cast"),
            pytest.param(
                "age % 0 = 1",
                "Division by zero in expression (age % 0).",
                id="no advice of the database",
                marks=pytest.mark.skipif(DIVIDES_BY_ZERO, reason="DuckDB 1 says that the result is missing"),
            ),
            pytest.param(
                "race = 1",
                "Could not convert string 'A' to INT32. Column 'race' holds text, which is compared with text in single quotes.",
                id="text against a number",
            ),
        ],
    )
    def test_conditions_that_are_none(self, write_csv: WriteCsv, where: str, problem: str) -> None:
        opened = open_path(write_csv(*self.LINES))
        with pytest.raises(OptionError) as caught:
            opened.load(["race"], where=where)
        assert caught.value.option == "--where"
        assert str(caught.value).startswith(f"--where: {problem}")

    def test_dates(self, write_csv: WriteCsv) -> None:
        opened = open_path(write_csv("race,born", "A,1999-12-31", "B,2000-02-29", "C,"))
        assert kept(opened, "CAST(born AS DATE) >= DATE '2000-01-01'") == [2]
        assert kept(opened, "year(born::DATE) = 1999 AND extract(month FROM born::DATE) = 12") == [1]
        assert kept(opened, "born::DATE + INTERVAL 1 DAY = '2000-03-01'") == [2]
        assert kept(opened, "date_trunc('year', strptime(born, '%Y-%m-%d')) = '2000-01-01'") == [2]

    def test_an_unknown_column_names_the_nearest(self, write_csv: WriteCsv) -> None:
        opened = open_path(write_csv(*self.LINES))
        with pytest.raises(OptionError) as caught:
            opened.load(["race"], where="rcae = 'A'")
        assert str(caught.value).endswith(
            "Did you mean 'race'? Its columns are 'race', 'score', 'age', 'zip'; text stands in single quotes."
        )

    def test_a_broken_file_is_not_blamed_on_the_condition(self, write_csv: WriteCsv) -> None:
        opened = open_path(write_csv("race,age", "A,1", "B"))
        with pytest.raises(RowError, match="line 3: has 1 field where the header has 2"):
            opened.load(["race"], where="age > 0")

    def test_nan_in_a_frame_fulfils_nothing(self) -> None:
        # DuckDB sorts NaN above every number, so that NaN > 30 would be true there.
        frame = pd.DataFrame({"race": list("AAB"), "age": [20.0, np.nan, 50.0]})
        assert kept(open_frame(frame), "age > 30") == [3]
        table = pa.table({"race": ["A", "B"], "age": pa.array([float("nan"), 50.0])})
        assert kept(open_frame(table), "age > 30") == [2]


class TestWhatIsAdmitted:
    def test_no_function_of_the_database_but_those_on_the_list(self) -> None:
        with duckdb.connect() as connection:
            names = connection.execute(
                "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type <> 'pragma'"
            ).fetchall()
        refused = 0
        for (name,) in names:
            if name.casefold() in FUNCTIONS | OPERATORS:
                continue
            quoted = '"' + name.replace('"', '""') + '"'
            message = refusal_of(f"{quoted}(race)")
            assert message.casefold().startswith(f"--where: holds the function {name!r}".casefold())
            refused += 1
        assert refused > 500

    @pytest.mark.parametrize("call", ["main.read_text('x')", "read_text() = 1", "READ_TEXT(file := 'x')"])
    def test_no_function_by_another_spelling(self, call: str) -> None:
        assert "the function 'read_text'" in refusal_of(call).replace("READ_TEXT", "read_text")

    def test_no_sign_of_an_operator_but_those_on_the_list(self) -> None:
        for sign in ("->>", "->", "@>", "<@", "&&", "<->", "<=>", "&", "|", "<<", ">>"):
            message = refusal_of(f"race {sign} age = 1")
            assert "holds the " in message or "holds a lambda" in message or "is not one condition" in message

    def test_every_function_on_the_list_exists_and_answers_the_same_each_time(self) -> None:
        with duckdb.connect() as connection:
            kinds = dict(
                connection.execute(
                    "SELECT function_name, list(DISTINCT function_type || coalesce(' ' || stability, '')) FROM duckdb_functions() GROUP BY 1"
                ).fetchall()
            )
        # The parser knows LIKE and its like under names of its own.
        assert kinds.keys() | {"**"} >= FUNCTIONS | OPERATORS
        for name in (FUNCTIONS | OPERATORS) - {"**"}:
            assert set(kinds[name]) <= {"scalar CONSISTENT", "scalar CONSISTENT_WITHIN_QUERY", "macro"}, name

    def test_every_function_is_listed_for_readers(self) -> None:
        page = (Path(__file__).parents[2] / "docs" / "conditions.md").read_text(encoding="utf-8")
        lacking = [name for name in FUNCTIONS if f"`{name}`" not in page and not name.endswith("_escape")]
        assert lacking == []

    @pytest.mark.parametrize(
        ("where", "what"),
        [
            ("age > (SELECT 1)", "a query of its own"),
            ("EXISTS (FROM 'other.csv')", "a query of its own"),
            ("age = ANY (SELECT 1)", "a query of its own"),
            ("age IN (FROM 'other.csv')", "a query of its own"),
            ("sum(age) OVER () > 1", "a window"),
            ("list_filter([age], x -> x > 1) IS NULL", "the function 'list_filter'"),
            ("race = $1", "a parameter"),
            ("race = ?", "a parameter"),
            ("race = $secret", "a parameter"),
            ("COLUMNS('.*') > 1", "a star"),
            ("* IS NULL", "a star"),
            ("concat(*COLUMNS(*)) = ''", ""),
            ("race = #1", "a column by its place"),
            ("race COLLATE nocase = 'a'", "a collation"),
            ("race[1] = 'A'", "a part of a list"),
            ("race[1:2] = 'A'", "a part of a list"),
            ("{'a': 1}.a = 1", ""),
            ("TRY(age / 0) IS NULL", "try()"),
            ("read_rows.c0 = 'A'", "'read_rows.c0'"),
            ("main.read_rows.c0 = 'A'", "'main.read_rows.c0'"),
            ("race::mood = 'A'", "a cast to MOOD"),
            ("race::ENUM ('A') = 'A'", "a cast to ENUM"),
            ("race::main.DATE IS NULL", ""),
            ("[age]::INT[] = 1", ""),
            ("race::JSON IS NULL", "a cast to JSON"),
            ("race::STRUCT(a INT) IS NULL", "a cast to STRUCT"),
            ("race::BLOB IS NULL", "a cast to BLOB"),
            ("race::TIMESTAMPTZ IS NULL", "a cast to TIMESTAMP"),
            ("other.lower(race) = 'a'", "the function 'lower'"),
            ("system.main.lower(race) = 'a'", ""),
            ("error(race)", "the function 'error'"),
            (
                "error(json_serialize_plan('SELECT * FROM read_csv(''.git/config'')')::VARCHAR)",
                "the function 'error'",
            ),
            ("getenv('HOME') = 'x'", "the function 'getenv'"),
            ("current_setting('temp_directory') = 'x'", "the function 'current_setting'"),
            ("now() > '2020-01-01'", "the function "),
            ("repeat(race, 1000000000) = ''", "the function 'repeat'"),
            ("lpad(race, 1000000000, 'x') = ''", "the function 'lpad'"),
            ("format('{:>1000000000}', race) = ''", "the function 'format'"),
            ("len(range(1000000000)) > 1", "the function 'range'"),
            ("sleep_ms(100000) IS NULL", "the function 'sleep_ms'"),
            ("LOWER(Repeat(race, 2)) = ''", "the function 'repeat'"),
        ],
    )
    def test_what_is_refused_is_named(self, where: str, what: str) -> None:
        message = refusal_of(where)
        assert message.casefold().startswith(f"--where: holds {what}".casefold())
        assert "a condition may only compare and compute the values of a row" in message

    @pytest.mark.parametrize("name", ["current_date", "current_timestamp", "rowid", "c0", "kept", "user"])
    def test_a_name_that_is_no_column_is_none(self, name: str) -> None:
        assert "there is no column" in refusal_of(f"{name} IS NOT NULL")

    @pytest.mark.parametrize("kind", sorted(TYPES))
    def test_every_type_on_the_list_is_one(self, kind: str, write_csv: WriteCsv) -> None:
        assert kept(open_path(write_csv("race,age", "A,1")), f"TRY_CAST(age AS {kind}) IS NULL OR true") == [
            1
        ]

    @pytest.mark.parametrize(
        ("where", "problem"),
        [
            pytest.param("NOT " * 600 + "true", "levels deep", id="600 not"),
            pytest.param("NOT " * 20_000 + "true", "levels deep", id="20,000 not"),
            pytest.param("age" + " + age" * 900 + " > 1", "levels deep", id="900 terms of a sum"),
            pytest.param("race" + " || race" * 900 + " = ''", "levels deep", id="900 joined texts"),
            pytest.param(" AND ".join(["age = 1"] * 900), f"more than {MOST_PARTS:,} parts", id="900 terms"),
            pytest.param(
                " OR ".join(["age = 1"] * 5_000), f"more than {MOST_PARTS:,} parts", id="5,000 terms"
            ),
            pytest.param("(" * 900, "is not one condition", id="brackets that stay open"),
            pytest.param("lower(" * 9_000 + "race" + ")" * 9_000 + " = ''", "levels deep", id="9,000 calls"),
            pytest.param("CASE WHEN true THEN " * 900 + "true" + " END" * 900, "", id="900 cases"),
            pytest.param("race = '" + "x" * MOST_CHARACTERS + "'", "characters", id="long"),
        ],
    )
    def test_what_is_too_deep_or_too_long_is_one_clear_error(self, where: str, problem: str) -> None:
        message = refusal_of(where)
        assert problem in message
        assert len(message) < 400

    def test_what_keeps_a_parser_busy_for_years_is_given_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(conditions, "MOST_SECONDS", 0.05)
        before = threading.active_count()
        # The older parser knows at once that this is no expression.
        problem = refusal_of("(WITH a AS (" * 18)
        # Nothing is left at work, which would bring the program down when it ends.
        assert threading.active_count() == before
        assert "could not be taken apart within 0.05 seconds" in problem or "is not one condition" in problem

    def test_how_deep_it_may_be_does_not_hang_on_the_caller(self) -> None:
        def called(times: int) -> str:
            return called(times - 1) if times else refusal_of("NOT " * 600 + "true")

        assert "levels deep" in called(sys.getrecursionlimit() // 2)

    def test_brackets_and_lists_may_be_long(self, write_csv: WriteCsv) -> None:
        opened = open_path(write_csv("race,age", "A,1", "B,2"))
        values = ", ".join(map(str, range(2, 5_000)))
        assert kept(opened, f"age IN ({values})") == [2]
        depth = MOST_DEPTH - 5
        assert kept(opened, f"{'NOT ' * (depth - depth % 2)}age = 2") == [2]

    @pytest.mark.parametrize("sign", ["\0", "\x1b", "\udc80", "\x7f"], ids=ascii)
    def test_signs_that_no_condition_needs(self, sign: str) -> None:
        assert "holds the character" in refusal_of(f"race = 'A' {sign} OR error('x')")

    def test_capitals_and_quotes_in_names(self) -> None:
        columns = ("Race", "race", "Höhe", 'a"b', "a.b")
        read = read_condition(
            '"race" = 1 AND "HÖHE" > 2 AND "a""b" = 3 AND "a.b" = 4', columns=columns, file="p"
        )
        assert read.columns == ("race", "Höhe", 'a"b', "a.b")
        assert "more than one column 'RACE'" in refusal_of("RACE = 1", *columns)

    def test_only_columns_that_it_uses_are_read(self) -> None:
        assert read_condition("age = 1 -- race", columns=("race", "age"), file="p").columns == ("age",)


class TestTheLock:
    """Whatever a condition could still call, the connection on which it runs reaches nothing outside."""

    @pytest.mark.parametrize("where", [None, "race = 'A'"], ids=["no condition", "condition"])
    def test_rows_that_are_read_are_locked_in(
        self, write_csv: WriteCsv, tmp_path: Path, where: str | None
    ) -> None:
        other = tmp_path / "other.csv"
        other.write_text("secret\nhunter2\n", encoding="utf-8")
        connection = open_path(write_csv("race,age", "A,1")).load(["race"], where=where).connection
        for statement in (
            f"SELECT * FROM read_csv('{other}')",
            f"SELECT * FROM read_text('{other}')",
            f"SELECT * FROM '{other}'",
            f"COPY source_rows TO '{tmp_path / 'stolen.csv'}'",
            f"ATTACH '{tmp_path / 'other.db'}' AS other",
            "INSTALL httpfs",
            "SET enable_external_access = true",
            "SET lock_configuration = false",
            "RESET lock_configuration",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(statement)
        (plan,) = connection.execute(
            "SELECT json_serialize_plan(?)", [f"SELECT * FROM read_csv('{other}')"]
        ).fetchone() or ("",)
        assert json.loads(plan)["error"]
        assert "hunter2" not in plan

    def test_it_still_spills(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(engine, "MEMORY_MEGABYTES", 40)
        frame = pd.DataFrame({"race": ["A"], "age": [1]})
        connection = open_frame(frame).load(["race"], where="age = 1").connection
        connection.execute(
            "CREATE TABLE scratch.much AS SELECT hash(i)::VARCHAR || hash(i + 1) || hash(i + 2) AS x FROM range(700_000) AS t(i)"
        )
        (spilled,) = connection.execute("SELECT sum(size) FROM duckdb_temporary_files()").fetchone() or (0,)
        assert spilled > 1 << 20
        assert connection.execute("SELECT count(x) FROM scratch.much").fetchone() == (700_000,)

    def test_the_same_source_is_read_again(self, write_csv: WriteCsv) -> None:
        for opened in (
            open_path(write_csv("race,age", "A,1", "B,2")),
            open_frame(pd.DataFrame({"race": ["A", "B"], "age": [1, 2]})),
        ):
            first = opened.load(["race"], where="age = 1")
            assert kept(opened, "age = 2") == [2]
            # What was read first is not touched.
            assert first.connection.execute("SELECT kept FROM source_rows ORDER BY rowid").fetchall() == [
                (True,),
                (False,),
            ]


def test_what_is_garbage_is_not_finalised_at_the_bottom_of_a_recursion(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A finaliser that runs there would fail itself, and what it was to remove would stay."""
    collecting: list[bool] = []

    def too_deep(_: str) -> None:
        collecting.append(gc.isenabled())
        raise RecursionError

    monkeypatch.setattr(conditions.json, "loads", too_deep)
    assert "levels deep" in refusal_of("age > 1")
    assert collecting == [False]
    assert gc.isenabled()
