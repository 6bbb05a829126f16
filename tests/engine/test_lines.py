"""Lines that are counted as they stand come to what DuckDB counts of their fields; what is not plain is left to it."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.engine import fields, plain_cells
from fairaudit.engine import lines as engine
from fairaudit.engine.cells import look_ahead
from fairaudit.engine.lines import Lines, NotPlain
from fairaudit.engine.plain_cells import LineColumns, count_lines
from fairaudit.read.delimited import csv_options
from fairaudit.read.values import PLAIN

Counted = dict[tuple[Any, ...], int]


def by_lines(
    path: Path,
    columns: Sequence[int],
    rising: Sequence[int] = (),
    *,
    header: bool = True,
    many: int = 4,
    breaks: Sequence[int] = (),
) -> Counted:
    """Count the lines of a file that is divided by semicolons."""
    connection = duckdb.cursor()
    lines = Lines(path=path, delimiter=";", columns=many, has_header=header)
    counted = LineColumns(counted=columns, breaks=breaks, rising=rising)
    count_lines(connection, lines, counted, target="counted")
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
    breaks=st.sampled_from([(), (2,), (1, 3)]),
    table=st.sampled_from([3, 1 << 22]),
)
def test_lines_are_counted_as_duckdb_counts_their_fields(
    tmp_path_factory: pytest.TempPathFactory,
    rows: Sequence[Sequence[str]],
    columns: Sequence[int],
    block: int,
    bits: int,
    ends: bool,
    breaks: Sequence[int],
    table: int,
) -> None:
    path = tmp_path_factory.mktemp("lines") / "people.csv"
    written = ["id;score;label;race", *(";".join([str(i // 2), *row]) for i, row in enumerate(rows))]
    path.write_text("\n".join(written) + "\n" * ends, encoding="utf-8", newline="")
    plain = all(";".join(row).isprintable() and '"' not in ";".join(row) for row in rows)
    with (
        patch.object(engine, "BLOCK", block),
        patch.object(fields, "_HASH_BITS", bits),
        patch.object(plain_cells, "_LARGEST_TABLE", table),
    ):
        try:
            counted = by_lines(path, columns, breaks=breaks)
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
    with patch.object(fields, "MOST_TEXTS", 50), patch.object(plain_cells, "MOST_TEXTS", 50):
        assert len(by_lines(path, [0], header=False)) == 10
        with pytest.raises(NotPlain):
            by_lines(path, [0, 1], header=False)
    for name, most in (("_MOST_RUNS", 1), ("_MOST_ALIKE", 9)):
        with patch.object(plain_cells, name, most), pytest.raises(NotPlain):
            by_lines(path, [0, 3], header=False)


def test_texts_of_one_block_that_are_more_than_places_can_tell_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("".join(f"1;r{i};a;b\n" for i in range(33_000)))
    with pytest.raises(NotPlain):
        by_lines(path, [1], header=False)


MARKS = ("NA", "-", "0.25.")


def apart(
    path: Path, columns: Sequence[int] = (2, 3), breaks: Sequence[int] = ()
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Count lines whose second field is a number of each row: return the rows, and the combinations of the others."""
    connection = duckdb.cursor()
    lines = Lines(path=path, delimiter=";", columns=4, has_header=False)
    counted = LineColumns(
        counted=columns, breaks=breaks, rising=[0], apart=1, pattern=PLAIN, missing=("", *MARKS)
    )
    count_lines(connection, lines, counted, target="counted")
    names = ", ".join(f"c{place}" for place in columns)
    rows = connection.execute(f"SELECT c1, {names} FROM each_row JOIN counted USING (code)").fetchall()
    facts = f"SELECT {names}, n, low, high, only_bits, lacks_c1 FROM counted ORDER BY ALL"
    return rows, connection.execute(facts).fetchall()


def halfway(value: float, digits: int) -> str:
    """Write the number that is as far from a float as from the next one, to so many digits."""
    middle = (Fraction(value) + Fraction(math.nextafter(value, 2))) / 2
    return f"0.{math.floor(middle * 10**digits):0{digits}}"


SCORES = st.one_of(
    st.floats(0, 1).map(repr),
    st.floats(0.001, 1).map(repr),
    st.builds(lambda number, digits: f"{number % 10**digits / 10**digits:.{digits}f}", st.integers(0, 10**18), st.integers(1, 17)),
    st.builds(halfway, st.floats(0.0001, 0.9999), st.integers(15, 18)),
    st.text("0123456789", min_size=1, max_size=20).map("0.".__add__),
    st.text("0123456789", min_size=1, max_size=18).map("7.".__add__),
    st.sampled_from(["0", "1", "1.0", "0.0", "0.5", "0.25", "-0.0", "-0.5", "1e-7", "0.5e2", "12.5", "9.99999999999999999"]),
)  # fmt: skip


@given(
    rows=st.lists(
        st.tuples(
            st.one_of(SCORES, st.sampled_from(["", *MARKS])), st.sampled_from("ab"), st.sampled_from("xyz")
        ),
        min_size=1,
        max_size=60,
    ),
    block=st.sampled_from([100, 1 << 20]),
    columns=st.sampled_from([(2, 3), (2,)]),
    breaks=st.sampled_from([(), (3,)]),
    table=st.sampled_from([3, 1 << 22]),
)
def test_numbers_of_each_row_are_the_nearest_floats_or_missing(
    tmp_path_factory: pytest.TempPathFactory,
    rows: Sequence[tuple[str, ...]],
    block: int,
    columns: Sequence[int],
    breaks: Sequence[int],
    table: int,
) -> None:
    path = tmp_path_factory.mktemp("apart") / "people.csv"
    path.write_text("".join(f"{i};{';'.join(row)}\n" for i, row in enumerate(rows)))
    with patch.object(engine, "BLOCK", block), patch.object(plain_cells, "_LARGEST_TABLE", table):
        each, combinations = apart(path, columns, breaks)
    expected: list[tuple[Any, ...]] = []
    alike: dict[tuple[Any, ...], list[Any]] = {}
    for score, *row in rows:
        own = tuple(row[place - 2] for place in columns)
        number = None if score in ("", *MARKS) else float(score)
        expected.append((number, *own))
        alike.setdefault((*own, score if number is None else None), []).append(number)
    assert sorted(map(repr, each)) == sorted(map(repr, expected))
    assert {
        (*own, lacks): facts
        for *own, n, low, high, only_bits, lacks in combinations
        for facts in [(n, low, high, only_bits)]
    } == {
        own: (len(v), None, None, None) if own[-1] is not None else (len(v), min(v), max(v), set(v) <= {0, 1})
        for own, v in alike.items()
    }


def test_columns_that_stand_apart_from_each_other_have_one_code(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("".join(f"{i};0.{i};{'ab'[i % 2]};{i}\n" for i in range(10, 60)))
    lines = Lines(path=path, delimiter=";", columns=4, has_header=False)
    connection = duckdb.cursor()
    with patch.object(engine, "BLOCK", 60), patch.object(plain_cells, "_STORED", 7):
        count_lines(
            connection,
            lines,
            LineColumns(counted=[0, 2], rising=[3], apart=1, pattern=PLAIN),
            target="counted",
        )
    each = connection.execute("SELECT c1, c0, c2 FROM each_row JOIN counted USING (code) ORDER BY ALL")
    assert each.fetchall() == [(i / 100, str(i), "ab"[i % 2]) for i in range(10, 60)]


def test_numbers_on_either_side_of_the_middle_of_two_floats() -> None:
    drawn = random.Random(5)
    texts = [
        f"{(int(text[2:]) + near) % 10**digits:0{digits}}"
        for digits in (16, 17, 18)
        for text in (halfway(drawn.random(), digits) for _ in range(5_000))
        for near in (-1, 0, 1)
    ]
    number = np.array([int(text) for text in texts])
    values, is_sure = fields._divided(number, np.array([10 ** len(text) for text in texts]))
    expected = np.array([float(f"0.{text}") for text in texts])
    assert (values == expected)[is_sure].all()
    assert is_sure.mean() > 0.99


@pytest.mark.parametrize("odd", ["N/A", ".5", "0.", "0.5.", "0.x", "00.5", "+0.5", "0.1_5", "inf", "1" + 400 * "0", " 0.5", "0,5"])  # fmt: skip
def test_a_number_that_is_written_in_another_way_is_left_alone(tmp_path: Path, odd: str) -> None:
    path = tmp_path / "people.csv"
    path.write_text("".join(f"{i};{odd if i == 40 else '0.5'};a;b\n" for i in range(50)))
    with pytest.raises(NotPlain):
        apart(path)


def test_numbers_of_which_most_are_written_in_another_way_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("".join(f"{i};{i / 7}e-3;a;b\n" for i in range(1, 300)))
    with pytest.raises(NotPlain):
        apart(path)


def test_a_mark_of_utf8_and_a_quoted_header_are_no_row(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text('"id";"a;b";race;sex\n1;a;b;c\n2;a;b;c', encoding="utf-8-sig")
    assert by_lines(path, [1, 2, 3], [0]) == by_duckdb(path, [1, 2, 3]) == {("a", "b", "c"): 2}


def test_nobody_waits_for_lines_that_were_interrupted(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("1;a;b;c\n" * 100)
    lines = Lines(path=path, delimiter=";", columns=4, has_header=False, stopped=True)
    with patch.object(engine, "BLOCK", 100), pytest.raises(KeyboardInterrupt):
        count_lines(duckdb.cursor(), lines, LineColumns(counted=[1]), target="counted")
    assert lines.done == 0


def test_columns_that_make_many_texts_together_are_read_apart(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    drawn = random.Random(3)
    people = [
        (drawn.randrange(300) / 1000, drawn.choice("ab"), f"g{drawn.randrange(40)}", drawn.choice("xyz"))
        for _ in range(9_000)
    ]
    path.write_text("".join(f"{';'.join(map(str, row))}\n" for row in people))
    connection = duckdb.cursor()
    columns = look_ahead(
        connection,
        f"(SELECT * FROM read_csv('{path}', {csv_options(range(4), delimiter=';')}, header = false))",
        [f"c{i}" for i in range(4)],
    )
    places = {place: columns[f"c{place}"] for place in range(4)}
    breaks = plain_cells.breaks_of(connection, places)
    assert breaks == [2]
    assert plain_cells.breaks_of(connection, {0: places[0], 2: places[2], 3: places[3]}) == []
    alike = Counter((str(score), *rest) for score, *rest in people)
    assert len(alike) > 4_096
    assert by_lines(path, range(4), header=False, breaks=breaks) == alike
    with pytest.raises(NotPlain):
        by_lines(path, range(4), header=False)
