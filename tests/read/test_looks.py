"""Few texts are looked at in Python, as DuckDB looks at many."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fairaudit.read.looks import NOTHING, Marks, is_simple, look, look_at, looked_sql
from fairaudit.read.values import MISSING_MARKS, NUMBER_MARKS
from fairaudit.read.written import shown_here, shown_sql

MARKS = Marks(everywhere=MISSING_MARKS, in_numbers=NUMBER_MARKS)
PIECES = st.sampled_from(
    [
        *"0123456789",
        *".,-+'()%$ eEkr:TZ=@?*>A",
        "000",
        "123",
        ",456",
        ".789",
        " 000",
        "USD",
        "kr",
        "US$",
        "true",
        "FALSE",
        "NA",
        "nan",
        "#N/A",
        "2020-01-05",
        "T10:20",
        "+00:00",
        "Male",
        "18-25",
        "45+",
        "é",
        "Ü",
        "ÿ",
    ]
)
TEXTS = st.dictionaries(
    st.lists(PIECES, max_size=5).map("".join)
    | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8)
    | st.text(st.sampled_from("aZ5 ÀÖØßàöøÿ"), max_size=4)
    | st.floats().map(str)
    | st.decimals(allow_nan=False, places=3).map(lambda number: f"{number:,}"),
    st.integers(1, 9),
    max_size=12,
)
CONNECTION = duckdb.connect()


@given(texts=TEXTS, apostrophes=st.booleans(), few=st.sampled_from([0, 200]), usual=st.booleans())
@example(texts={"1.234": 1, "0.500": 2, "-12.345e7": 1}, apostrophes=False, few=200, usual=True)
@example(
    texts={"25 - 45": 1, "Less than 25": 2, "$ -5": 1, "5e-3 %": 1}, apostrophes=True, few=200, usual=True
)
@example(texts={"TRUE": 1, "false": 2, " true": 1}, apostrophes=False, few=200, usual=True)
@example(texts={"'=1+1": 1, "'-1": 2, "''@home ": 3, "''": 1}, apostrophes=True, few=200, usual=False)
def test_python_sees_what_duckdb_sees(
    texts: dict[str, int], apostrophes: bool, few: int, usual: bool
) -> None:
    assert all(map(is_simple, texts))
    marks = MARKS if usual else Marks(everywhere=())
    rows = [[0, value, rows] for value, rows in texts.items()]
    CONNECTION.execute("CREATE OR REPLACE TEMP TABLE texts (place INTEGER, v VARCHAR, n BIGINT)")
    if rows:
        CONNECTION.executemany("INSERT INTO texts VALUES (?, ?, ?)", rows)
    there = look(CONNECTION, looked_sql("texts", marks, apostrophes=apostrophes), few=few).get(0, NOTHING)
    here = look_at(texts, marks, apostrophes=apostrophes, few=few)
    if not texts:
        assert here.values == there.values == 0
        return
    assert here == there
    for marked in (here.missing, {**here.missing, **here.marks}):
        if not here.moments:
            shown = CONNECTION.execute(f"SELECT v, {shown_sql('v', here, marked)} FROM texts").fetchall()
            assert {raw: shown_here(raw, here, marked) for raw in texts} == dict(shown)


@pytest.mark.parametrize(
    "text", ["e\u0301", "ł", "İ", "×", "µ", "a\tb", "1\u00a0000", "\x00", "\u2212" + "1", "1" + " 222" * 25]
)
def test_texts_that_take_python_long_or_mean_something_else_to_it_are_left_to_duckdb(text: str) -> None:
    assert not is_simple(text)
