"""Tables in files of DuckDB and SQLite: found by their names whatever these are, read only, and nothing in a file runs."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from pathlib import Path
from typing import Any

import duckdb
import pytest

from fairaudit.errors import FairauditError, FileError
from fairaudit.read.databases import Table, find_table
from fairaudit.read.files import open_path
from fairaudit.read.rows import Input

ROWS = [(1, 0.25, "007"), (0, 0.5, "Männlich"), (None, None, None)]
COLUMNS = ("label", "score", "select")
KINDS = ("duckdb", "sqlite")


def make(path: Path, *statements: str) -> Path:
    if path.suffix == ".duckdb":
        with duckdb.connect(str(path)) as connection:
            for statement in statements:
                connection.execute(statement)
    else:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()
    return path


def people(name: str = "people") -> tuple[str, str]:
    return (
        f'CREATE TABLE {name} (label INTEGER, score DOUBLE, "select" VARCHAR, "bytes" BLOB)',
        f"INSERT INTO {name} VALUES (1, 0.25, '007', NULL), (0, 0.5, 'Männlich', x'ff'), (NULL, NULL, NULL, NULL)",
    )


def rows_of(opened: Input, columns: tuple[str, ...] = COLUMNS) -> list[tuple[Any, ...]]:
    loaded = opened.load(columns)
    names = ", ".join(loaded.column(name) for name in columns)
    return loaded.connection.execute(f"SELECT {names} FROM source_rows ORDER BY rowid").fetchall()


def message_of(path: str, columns: tuple[str, ...] = ("label",)) -> str:
    with pytest.raises(FairauditError) as caught:
        rows_of(open_path(path), columns)
    return str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
class TestEither:
    def test_a_table_is_read(self, kind: str, tmp_path: Path) -> None:
        path = make(tmp_path / f"d.{kind}", *people(), *people("others"))
        before = path.read_bytes()
        opened = open_path(f"{path}::people")
        assert opened.name == f"d.{kind}::people"
        assert opened.columns == (*COLUMNS, "bytes")
        rows = rows_of(opened)
        assert rows == (
            ROWS if kind == "duckdb" else [tuple(v if v is None else str(v) for v in r) for r in ROWS]
        )
        # Again, and beside columns that nobody can read; and as those do who read again and again.
        again = opened.load(["label"], also=["bytes"])
        assert "BLOB" in again.passed_over["bytes"]
        kept = opened.kept()
        assert [kept.load([column]).rows for column in COLUMNS] == [3, 3, 3]
        assert again.source.sha256 == hashlib.sha256(before).hexdigest()
        assert (path.read_bytes(), sorted(tmp_path.iterdir())) == (before, [path])
        assert message_of(f"{path}::people", ("bytes",)).startswith(
            f"d.{kind}::people, column 'bytes': it holds values of type BLOB"
        )

    def test_the_only_table_need_not_be_named(self, kind: str, tmp_path: Path) -> None:
        assert rows_of(open_path(str(make(tmp_path / f"d.{kind}", *people()))), ("select",))[0] == ("007",)

    def test_one_of_several_has_to_be_named(self, kind: str, tmp_path: Path) -> None:
        path = make(tmp_path / f"d.{kind}", *people(), *people("others"))
        assert message_of(str(path)) == (
            f"d.{kind}: holds 2 tables. Name one, as in d.{kind}::TABLE. Its tables are 'others', 'people'."
        )

    @pytest.mark.parametrize(
        "name", ['"a""b"', '"日本"', '"x.y"', '"a::b"', '"DROP TABLE t; --"', '"*?["', '" "', '"%s"']
    )
    def test_names_with_odd_signs(self, kind: str, name: str, tmp_path: Path) -> None:
        path = make(tmp_path / f"d.{kind}", *people(name), *people("t"))
        bare = name[1:-1].replace('""', '"')
        for typed in (bare, name, f"main.{name}"):
            assert rows_of(open_path(f"{path}::{typed}"), ("select",))[0] == ("007",)

    def test_a_table_that_is_not_there(self, kind: str, tmp_path: Path) -> None:
        path = make(tmp_path / f"d.{kind}", *people())
        assert message_of(f"{path}::peopel") == (
            f"d.{kind}: has no table 'peopel'. Did you mean 'people'? Its tables are 'people'."
        )
        assert "has no table" in message_of(f"{path}::people; DROP TABLE people")
        assert "has no table" in message_of(f"{path}::people' OR '1'='1")
        assert "has no table" in message_of(f"{path}::(SELECT 1)")
        assert rows_of(open_path(f"{path}::PEOPLE"), ("select",))[0] == ("007",)

    def test_no_table_at_all(self, kind: str, tmp_path: Path) -> None:
        assert (
            message_of(str(make(tmp_path / f"d.{kind}", *people(), "DROP TABLE people")))
            == f"d.{kind}: holds no table."
        )

    def test_a_file_that_is_cut(self, kind: str, tmp_path: Path) -> None:
        path = make(
            tmp_path / f"d.{kind}",
            *people(),
            *(f"CREATE TABLE t{i} AS SELECT * FROM people" for i in range(20)),
        )
        data = path.read_bytes()
        path.write_bytes(data[: 3 * 4096 + 100])
        assert message_of(f"{path}::people").startswith(f"d.{kind}")

    def test_another_file(self, kind: str, tmp_path: Path) -> None:
        path = tmp_path / f"d.{kind}"
        path.write_bytes(b"label,score\n" + b"1,0.5\n" * 3000)
        assert (
            message_of(f"{path}::people")
            == f"d.{kind}: is no {'DuckDB' if kind == 'duckdb' else 'SQLite'} file."
        )
        assert message_of(f"{tmp_path}/e.{kind}::people").endswith(
            f"there is no such file. Did you mean 'd.{kind}'?"
        )

    def test_the_path_runs_nothing(self, kind: str, tmp_path: Path) -> None:
        (tmp_path / "made").mkdir()
        make(tmp_path / "made" / f"d.{kind}", *people())
        folder = (tmp_path / "made").rename(tmp_path / "it's (READ_WRITE)?mode=rw#%41")
        path = folder / f"d.{kind}"
        assert rows_of(open_path(f"{path}::people"), ("select",))[0] == ("007",)


class TestStrangersFiles:
    def test_a_view_of_duckdb_is_not_run(self, tmp_path: Path) -> None:
        secret = tmp_path / "secret.csv"
        secret.write_text("label,score\n1,0.5\n")
        path = make(tmp_path / "d.duckdb", f"CREATE VIEW v AS SELECT * FROM read_csv('{secret}')", *people())
        assert (
            message_of(f"{path}::v") == "d.duckdb: 'v' is a view, which can read other files, and is not run."
        )
        assert open_path(str(path)).name == "d.duckdb::people"

    def test_a_view_of_sqlite_can_only_select(self, tmp_path: Path) -> None:
        path = make(
            tmp_path / "d.sqlite",
            *people(),
            "CREATE VIEW v AS SELECT label, upper(score) AS score FROM people",
        )
        assert rows_of(open_path(f"{path}::v"), ("label", "score"))[0] == ("1", "0.25")
        make(path, "CREATE VIEW bad AS SELECT load_extension('x') AS label")
        assert message_of(f"{path}::bad").startswith("d.sqlite: cannot be read: ")

    def test_virtual_tables_are_not_read(self, tmp_path: Path) -> None:
        path = make(tmp_path / "d.sqlite", "CREATE VIRTUAL TABLE t USING fts5(label)")
        assert message_of(f"{path}::t") == "d.sqlite: 't' is a virtual table, whose rows a program makes."

    def test_a_file_that_another_program_writes(self, tmp_path: Path) -> None:
        path = make(tmp_path / "d.duckdb", *people())
        with duckdb.connect(str(path)) as connection:
            connection.execute("INSERT INTO people VALUES (1, 1, 'x', NULL)")
            with contextlib.suppress(FairauditError):
                rows_of(open_path(f"{path}::people"))

    def test_text_that_is_none(self, tmp_path: Path) -> None:
        path = make(
            tmp_path / "d.sqlite",
            "CREATE TABLE t (label)",
            "INSERT INTO t VALUES ('1'), (CAST(x'ff' AS TEXT))",
        )
        assert message_of(f"{path}::t").startswith(
            "d.sqlite::t, column 'label': row 2 holds bytes that are no text"
        )


TABLES = [
    Table(schema="public", name="people"),
    Table(schema="sales", name="people", is_usual=False),
    Table(schema="sales", name="a.b", is_usual=False),
    Table(schema="old", name="x", is_usual=False),
    Table(schema="new", name="x", is_usual=False),
    Table(schema="public", name="v", refused="is a view"),
]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("people", TABLES[0]),
        ("public.people", TABLES[0]),
        ("SALES.People", TABLES[1]),
        ('"sales"."people"', TABLES[1]),
        ('sales."a.b"', TABLES[2]),
        ("sales.a.b", TABLES[2]),
        ("old.x", TABLES[3]),
    ],
)
def test_what_is_typed_is_found(typed: str, meant: Table) -> None:
    assert find_table(TABLES, typed, file="d", example="d::T") == meant


@pytest.mark.parametrize("typed", ["x", "v", "a.b", "nobody", "sales.nobody", '"people', ""])
def test_what_is_not_found(typed: str) -> None:
    with pytest.raises(FileError):
        find_table(TABLES, typed, file="d", example="d::T")
