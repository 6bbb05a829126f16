"""Columns that cannot be named, as they have no name or share one: passed over, and refused only where somebody needs them."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairaudit.errors import ColumnAmbiguous, FileError, OptionError
from fairaudit.read.columns import by_name
from fairaudit.read.dataframes import open_frame
from fairaudit.read.files import open_path
from fairaudit.read.rows import Input
from fairaudit.slices.grammar import parse_attributes

NAMES = ["", "label", "age", "race", "age", "Sex", "sex", " "]
ROWS = [[7, 1, 20, "A", 21, "f", "m", "x"], [8, 0, 30, "B", 31, "g", "n", "y"]]


def as_csv(folder: Path) -> Input:
    lines = [",".join(map(str, row)) for row in [NAMES, *ROWS]]
    (folder / "d.csv").write_text("\n".join(lines) + "\n")
    return open_path(str(folder / "d.csv"))


def as_gzip(folder: Path) -> Input:
    lines = ["\t".join(map(str, row)) for row in [NAMES, *ROWS]]
    (folder / "d.tsv.gz").write_bytes(gzip.compress(("\r\n".join(lines) + "\r\n").encode()))
    return open_path(str(folder / "d.tsv.gz"))


def as_parquet(folder: Path) -> Input:
    columns = [pa.array([row[place] for row in ROWS]) for place in range(len(NAMES))]
    pq.write_table(pa.Table.from_arrays(columns, names=NAMES), folder / "d.parquet")
    return open_path(str(folder / "d.parquet"))


def as_arrow(_: Path) -> Input:
    columns = [pa.array([row[place] for row in ROWS]) for place in range(len(NAMES))]
    return open_frame(pa.Table.from_arrays(columns, names=NAMES))


def as_pandas(_: Path) -> Input:
    return open_frame(pd.DataFrame(ROWS, columns=[None, *NAMES[1:]]))


@pytest.mark.parametrize("make", [as_csv, as_gzip, as_parquet, as_arrow, as_pandas])
class TestEverySource:
    def test_the_others_are_read(self, tmp_path: Path, make: Callable[[Path], Input]) -> None:
        opened = make(tmp_path)
        assert opened.columns == ("label", "age", "race", "Sex", "sex")
        assert opened.single == ("label", "race")
        loaded = opened.load(["race"], also=opened.columns, where="label = 1")
        assert loaded.loaded == ("label", "race")
        found = loaded.connection.execute(
            f"SELECT CAST({loaded.column('label')} AS VARCHAR), {loaded.column('race')}, kept FROM source_rows ORDER BY rowid"
        ).fetchall()
        assert found == [("1", "A", True), ("0", "B", False)]

    def test_it_is_told_what_is_passed_over(self, tmp_path: Path, make: Callable[[Path], Input]) -> None:
        loaded = make(tmp_path).load(["race"], also=["age", "Sex"])
        assert [note.sentence for note in loaded.notes] == [
            "columns 1 and 8 have no name and are passed over",
            "columns 3 and 5 are passed over, as they share the name 'age'",
            "columns 6 and 7 are passed over, as their names 'Sex', 'sex' differ in capitals only",
        ]
        assert loaded.passed_over == {
            "age": "columns 3 and 5 cannot be told apart, as they share the name 'age'",
            "Sex": "columns 6 and 7 cannot be told apart, as their names 'Sex', 'sex' differ in capitals only",
        }

    @pytest.mark.parametrize(
        ("asked", "where"), [(["age"], None), (["sex"], None), (["race"], "age > 3"), (["race"], "SEX = 'm'")]
    )
    def test_who_needs_a_shared_name_is_stopped(
        self, tmp_path: Path, make: Callable[[Path], Input], asked: list[str], where: str | None
    ) -> None:
        opened = make(tmp_path)
        with pytest.raises((ColumnAmbiguous, OptionError), match="more than one column") as caught:
            opened.load(asked, where=where)
        assert opened.name in str(caught.value)


def test_the_way_on() -> None:
    frame = pd.DataFrame(ROWS, columns=NAMES)
    with pytest.raises(ColumnAmbiguous) as caught:
        open_frame(frame).load(["age"])
    assert str(caught.value) == (
        "pandas DataFrame has more than one column 'age': columns 3 and 5 cannot be told apart, as they share the name 'age'. "
        "Give one of them another name, or leave them out."
    )


@pytest.mark.parametrize(
    ("frame", "columns"),
    [
        pytest.param(pd.DataFrame([[1, 2]], columns=[0, 1]), ("0", "1"), id="numbers"),
        pytest.param(pd.DataFrame([[1, 2]], columns=[0, "0"]), ("0",), id="a number and its text"),
        pytest.param(pd.DataFrame([[1, 2, 3]], columns=[float("nan"), pd.NA, "a"]), ("a",), id="NaN and NA"),
        pytest.param(
            pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")])),
            ("('a', 'x')", "('a', 'y')"),
            id="several levels",
        ),
        pytest.param(
            pd.DataFrame([[1]], columns=pd.to_datetime(["2020-01-01"])), ("2020-01-01 00:00:00",), id="a date"
        ),
    ],
)
def test_names_of_a_frame_that_are_no_text(frame: pd.DataFrame, columns: tuple[str, ...]) -> None:
    opened = open_frame(frame)
    assert opened.columns == columns
    assert opened.load([], also=opened.columns).rows == 1


def test_a_separator_stands_between_names(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("label,;;\n1,2\n")
    assert open_path(str(path)).columns == ("label", ";;")


def test_no_name_at_all() -> None:
    with pytest.raises(FileError, match=r"d.csv: has no column with a name"):
        by_name(["", " ", "\t"], file="d.csv")


def test_json_lines_whose_keys_differ_in_capitals_only(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text('{"a": 1, "b": 1.5}\n{"A": 2, "b": 2}\n{"c": [1, {"d": null}], "b": "x"}\n')
    opened = open_path(str(path))
    assert opened.columns == ("a", "b", "A", "c")
    loaded = opened.load(["b", "c"], also=["a"])
    assert loaded.connection.execute("SELECT c1, c3 FROM source_rows").fetchall() == [
        ("1.5", None),
        ("2", None),
        ("x", '[1,{"d":null}]'),
    ]
    with pytest.raises(ColumnAmbiguous):
        open_path(str(path)).load(["A"])


def test_parts_of_parquet_columns_are_no_columns(tmp_path: Path) -> None:
    table = pa.table({"s": [{"a": 1, "b": {"c": 2}}], "g": ["x"], "l": [[1, 2]], "m": [1]})
    pq.write_table(table, tmp_path / "d.parquet")
    opened = open_path(str(tmp_path / "d.parquet"))
    assert opened.columns == ("s", "g", "l", "m")
    loaded = opened.load(["g"], also=opened.columns)
    assert loaded.loaded == ("g", "m")
    assert list(loaded.passed_over) == ["s", "l"]


@pytest.mark.parametrize("typed", ["zone", "Ho\u0308he", "H\u00f6he", "zone*H\u00f6he:2", "Ho\u0308he:2.5"])
def test_a_name_that_looks_like_the_one_in_the_file(tmp_path: Path, typed: str) -> None:
    path = tmp_path / "p.csv"
    rows = [f"{i % 2},{i % 2}, A{i % 3},{i % 5}" for i in range(60)]
    path.write_text("\n".join(["label,score, zone\u200b,Ho\u0308he", *rows]), encoding="utf-8")
    opened = open_path(str(path))
    (found,) = parse_attributes([typed], columns=opened.columns, file="p.csv", option="-a")
    assert {d.column for d in found.dimensions} <= {" zone\u200b", "Ho\u0308he"}
    assert opened.require("zone") == " zone\u200b"
    loaded = opened.load(["label"], where="zone = 'A1' AND \"H\u00d6HE\" < 4")
    assert loaded.connection.execute("SELECT count(*) FROM source_rows WHERE kept").fetchone() == (16,)
