"""The apostrophe before what a spreadsheet would run: written, and taken off again."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.read.spreadsheet import csv_cell, plain_cell, plain_cell_sql


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_formula_is_neutralised_in_csv(start: str) -> None:
    assert csv_cell(f"{start}1+1") == f"'{start}1+1"


def test_other_text_is_left_alone_in_csv() -> None:
    assert csv_cell("a=1") == "a=1"
    assert csv_cell("-1.5e3") == "-1.5e3"
    assert csv_cell("") == ""


def test_csv_cell_never_makes_two_texts_one() -> None:
    texts = ["=1+1", "'=1+1", "''=1+1", "-", "+65", "'+65", "-5 to 0", "'-5 to 0", "@home", "'home"]
    assert len({csv_cell(text) for text in texts}) == len(texts)
    assert [csv_cell(text) for text in ("-", "+65", "'home")] == ["-", "+65", "'home"]


CELLS = st.text(alphabet="'=+-@1.e\t\nAé＝ ", max_size=6)


@given(CELLS)
def test_what_is_written_is_read_back(text: str) -> None:
    assert plain_cell(csv_cell(text)) == text


@given(st.lists(CELLS, min_size=1, max_size=20))
def test_sql_reads_back_the_same(texts: list[str]) -> None:
    with duckdb.connect() as connection:
        found = connection.execute(
            f"SELECT {plain_cell_sql('t')} FROM (SELECT unnest(?) AS t)", [[csv_cell(text) for text in texts]]
        ).fetchall()
    assert [text for (text,) in found] == texts
