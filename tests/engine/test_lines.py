"""Lines that are counted as they stand come to what DuckDB counts of their fields; what is not plain is left to it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.engine import lines as engine
from fairaudit.engine.lines import Lines, NotPlain, count_lines
from fairaudit.read.delimited import csv_options

Counted = dict[tuple[Any, ...], int]


def by_lines(
    path: Path, columns: Sequence[int], rising: Sequence[int] = (), *, header: bool = True, many: int = 4
) -> Counted:
    """Count the lines of a file that is divided by semicolons."""
    connection = duckdb.cursor()
    lines = Lines(path=path, delimiter=";", columns=many, has_header=header)
    count_lines(connection, lines, columns, rising, target="counted")
    assert lines.done == 1
    names = ", ".join(f"c{place}" for place in columns)
    rows = connection.execute(f"SELECT {names}, n, kept, code FROM counted ORDER BY code").fetchall()
    assert [row[-2:] for row in rows] == [(True, i) for i in range(len(rows))]
    return {row[:-3]: row[-3] for row in rows}


def by_duckdb(path: Path, columns: Sequence[int], *, header: bool = True, many: int = 4) -> Counted:
    """Count the same by the reader of DuckDB."""
    names = ", ".join(f"c{place}" for place in columns)
    options = csv_options(range(many), delimiter=";")
    rows = duckdb.execute(
        f"SELECT {names}, count(*) FROM read_csv('{path}', {options}, header = {header}) GROUP BY ALL"
    ).fetchall()
    return {row[:-1]: row[-1] for row in rows}


FIELDS = st.sampled_from(
    ["0", "1", "", "a", "b", "Asian", "African-American", "African-Americans", "Õther", "日本", "NA", " x", "'", "a,b", "seven-b", "eight-by", "x" * 40, 'q"', '"q"', "\r", "\x00"]
)  # fmt: skip
PLAIN_FIELDS = FIELDS.filter(lambda text: not set(text) & set('"\r\x00'))


@given(
    rows=st.lists(
        st.one_of(st.tuples(*[PLAIN_FIELDS] * 3), st.tuples(*[PLAIN_FIELDS] * 3), st.tuples(*[FIELDS] * 3)),
        min_size=1,
        max_size=30,
    ),
    columns=st.sampled_from([(1, 2, 3), (1, 3), (2,), (0, 1), (0, 3)]),
    block=st.sampled_from([120, 333, 1 << 20]),
    bits=st.sampled_from([1, 22]),
    ends=st.booleans(),
)
def test_lines_are_counted_as_duckdb_counts_their_fields(
    tmp_path_factory: pytest.TempPathFactory,
    rows: Sequence[Sequence[str]],
    columns: Sequence[int],
    block: int,
    bits: int,
    ends: bool,
) -> None:
    path = tmp_path_factory.mktemp("lines") / "people.csv"
    written = ["id;score;label;race", *(";".join([str(i // 2), *row]) for i, row in enumerate(rows))]
    path.write_text("\n".join(written) + "\n" * ends, encoding="utf-8", newline="")
    plain = all(";".join(row).isprintable() and '"' not in ";".join(row) for row in rows)
    with patch.multiple(engine, BLOCK=block, _HASH_BITS=bits):
        try:
            counted = by_lines(path, columns)
        except NotPlain:
            longest = max(len(line.encode()) for line in written)
            assert not plain or longest >= block
            return
    assert counted == by_duckdb(path, columns)


@pytest.mark.parametrize("block", [100, 1 << 20])
@pytest.mark.parametrize(
    "numbers",
    [
        range(7, 207, 2),
        range(99_999_950, 100_000_050),
        range(10**16 - 100, 10**16),
        [f"{i:04}" for i in range(100)],
    ],
)
def test_whole_numbers_that_become_larger_tell_that_nobody_stands_in_two_lines(
    tmp_path: Path, numbers: Sequence[object], block: int
) -> None:
    path = tmp_path / "people.csv"
    path.write_text("".join(f"{i % 3};{number};a;b\n" for i, number in enumerate(numbers)))
    with patch.object(engine, "BLOCK", block):
        counted = by_lines(path, [0, 2, 3], [1], header=False)
    assert counted == {("0", "a", "b"): 34, ("1", "a", "b"): 33, ("2", "a", "b"): 33}


@pytest.mark.parametrize("block", [60, 1 << 20])
@pytest.mark.parametrize(
    "number", ["8", "08", "7", "-9", "9.5", "", "x", "0x9", "9a", ":", "/9", "1" + 16 * "0", "９"]
)
def test_other_numbers_are_left_to_those_who_compare_all_of_them(
    tmp_path: Path, number: str, block: int
) -> None:
    path = tmp_path / "people.csv"
    path.write_text("".join(f"{i};a;b;c\n" for i in (*range(9), number, 100)))
    with patch.object(engine, "BLOCK", block):
        assert by_lines(path, [1, 2], header=False) == {("a", "b"): 11}
        with pytest.raises(NotPlain):
            by_lines(path, [1, 2], [0], header=False)


@pytest.mark.parametrize(
    "odd",
    ['1;"a";b;c', 'q";a;b;c', "1;a;b;c\r", "1;a;b", "1;a;b;c;d", "", "1;\x00;b;c", "1;a;b;\udcff", "1;" + 120 * "a" + ";b;c"],
)  # fmt: skip
@pytest.mark.parametrize("at", [0, 3, 60, 61])
def test_a_line_that_is_not_plain_is_not_taken_for_one(tmp_path: Path, odd: str, at: int) -> None:
    path = tmp_path / "people.csv"
    rows = ["id;label;race;sex", *(f"{i};1;x;y" for i in range(61))]
    rows.insert(at + 1, odd)
    path.write_text("\n".join(rows) + "\n", encoding="utf-8", errors="surrogateescape", newline="")
    with patch.object(engine, "BLOCK", 100), pytest.raises(NotPlain):
        by_lines(path, [1, 2, 3])


def test_no_lines_are_left_to_those_who_say_so(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("id;label;race;sex\n")
    with pytest.raises(NotPlain):
        by_lines(path, [1])


def test_texts_that_are_many_or_long_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("".join(f"{i % 10};{i % 7};{'x' * 300 if i == 50 else ''};y\n" for i in range(100)))
    assert by_lines(path, [3], header=False) == {("y",): 100}
    with pytest.raises(NotPlain):
        by_lines(path, [2], header=False)
    with patch.object(engine, "MOST_TEXTS", 50):
        assert len(by_lines(path, [0], header=False)) == 10
        with pytest.raises(NotPlain):
            by_lines(path, [0, 1], header=False)
    with patch.object(engine, "_MOST_RUNS", 1), pytest.raises(NotPlain):
        by_lines(path, [0, 3], header=False)


def test_a_mark_of_utf8_and_a_quoted_header_are_no_row(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text('"id";"a;b";race;sex\n1;a;b;c\n2;a;b;c', encoding="utf-8-sig")
    assert by_lines(path, [1, 2, 3], [0]) == by_duckdb(path, [1, 2, 3]) == {("a", "b", "c"): 2}


def test_nobody_waits_for_lines_that_were_interrupted(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("1;a;b;c\n" * 100)
    lines = Lines(path=path, delimiter=";", columns=4, has_header=False, stopped=True)
    with patch.object(engine, "BLOCK", 100), pytest.raises(KeyboardInterrupt):
        count_lines(duckdb.connect(), lines, [1], [], target="counted")
    assert lines.done == 0
