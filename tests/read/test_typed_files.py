"""Files that know types, and several files that are one table: Arrow, Feather, folders and patterns of Parquet; and broken ones."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest
from pyarrow import ipc

from fairaudit.errors import FairauditError
from fairaudit.read.files import open_path
from fairaudit.read.rows import Input
from fairaudit.settings.source import InputKind, InputSettings

TABLE = pa.table(
    {
        "label": pa.array([True, False, True, None]),
        "score": pa.array([0.25, 0.5, 0.75, 1.0], pa.float32()),
        "g": pa.array(["007", "b", None, "日本"]).dictionary_encode(),
        "half": pa.array([*np.array([0.5, 1.5, 2.5], np.float16), None], pa.float16()),
        "parts": pa.array([[1], [2], [], None]),
    }
)
ROWS = [
    (True, 0.25, "007", 0.5),
    (False, 0.5, "b", 1.5),
    (True, 0.75, None, 2.5),
    (None, 1.0, "日本", None),
]
COLUMNS = ("label", "score", "g", "half")


def rows_of(opened: Input, columns: tuple[str, ...] = COLUMNS) -> list[tuple[Any, ...]]:
    loaded = opened.load(columns)
    names = ", ".join(loaded.column(name) for name in columns)
    return loaded.connection.execute(f"SELECT {names} FROM source_rows ORDER BY rowid").fetchall()


def message_of(path: Path | str, columns: tuple[str, ...] = ("label",), **how: Any) -> str:
    with pytest.raises(FairauditError) as caught:
        rows_of(open_path(str(path), InputSettings(**how)), columns)
    return str(caught.value)


def no_text(rows: int) -> pa.Table:
    """Make a table whose last text but one is not UTF-8."""
    offsets = pa.array(range(rows + 1), pa.int32()).buffers()[1]
    content = pa.py_buffer(b"a" * (rows - 2) + b"\xffa")
    return pa.table(
        {"label": [1] * rows, "g": pa.Array.from_buffers(pa.string(), rows, [None, offsets, content])}
    )


class TestArrow:
    def written(self, folder: Path, kind: str, table: pa.Table = TABLE) -> Path:
        path = folder / f"d.{kind}"
        match kind:
            case "arrow":
                with ipc.new_file(path, table.schema) as file:
                    file.write_table(table, max_chunksize=2)
            case "arrows":
                with ipc.new_stream(path, table.schema) as file:
                    file.write_table(table, max_chunksize=2)
            case _:
                feather.write_feather(table, path, compression="zstd")
        return path

    @pytest.mark.parametrize("kind", ["arrow", "arrows", "feather"])
    def test_is_read(self, tmp_path: Path, kind: str) -> None:
        opened = open_path(str(self.written(tmp_path, kind)))
        assert opened.columns == (*COLUMNS, "parts")
        assert rows_of(opened) == ROWS
        # Once more, as whoever reads twice does.
        loaded = opened.load(["half"], also=["parts"])
        assert loaded.halves == {"half"}
        assert "list" in loaded.passed_over["parts"]

    @pytest.mark.parametrize("kind", ["arrow", "arrows", "feather"])
    @pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
    def test_is_cut(self, tmp_path: Path, kind: str, share: float) -> None:
        path = self.written(tmp_path, kind)
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])
        message = message_of(path)
        assert message.startswith(f"d.{kind}: cannot be read as Arrow: ")
        assert message.endswith(" Is the file complete?")

    @pytest.mark.parametrize("kind", ["arrow", "arrows"])
    def test_bytes_that_are_no_text(self, tmp_path: Path, kind: str) -> None:
        path = self.written(tmp_path, kind, no_text(7))
        assert message_of(path, ("g",)) == (
            f"d.{kind}, column 'g': row 6 holds bytes that are not UTF-8. Write its texts as UTF-8."
        )

    def test_offsets_that_point_anywhere(self, tmp_path: Path) -> None:
        path = tmp_path / "d.arrow"
        table = pa.table({"label": pa.array(["one", "two", "three"])})
        with ipc.new_file(path, table.schema) as file:
            file.write_table(table)
        data = bytearray(path.read_bytes())
        offsets = b"".join(number.to_bytes(4, "little") for number in (0, 3, 6, 11))
        place = data.index(offsets)
        data[place + 8 : place + 12] = (2**31 - 8).to_bytes(4, "little")
        path.write_bytes(data)
        assert message_of(path).startswith("d.arrow: cannot be read as Arrow: ")

    def test_something_else(self, tmp_path: Path) -> None:
        path = tmp_path / "d.arrow"
        path.write_bytes(b"label,score\n1,0.5\n")
        assert message_of(path).startswith("d.arrow: cannot be read as Arrow: ")
        path.write_bytes(b"FEA1 and more")
        assert message_of(path) == "d.arrow: is of Feather's first version. Save it as Feather 2 or Parquet."

    def test_nothing_that_reads_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = self.written(tmp_path, "arrow")
        monkeypatch.setitem(sys.modules, "pyarrow", None)
        assert message_of(path) == (
            "d.arrow: is an Arrow file, and what reads these is not installed. "
            "pip install pyarrow, or save it as Parquet."
        )


class TestParquet:
    def folder(self, root: Path) -> Path:
        for place, (key, day) in enumerate([("007", "a b"), ("x*[1]", "__HIVE_DEFAULT_PARTITION__")]):
            folder = root / "data" / f"g={key.replace('*', '%2A')}" / f"day={day}"
            folder.mkdir(parents=True)
            for part in range(2):
                pq.write_table(
                    pa.table({"label": [part, 1 - part], "score": [0.25 * place, 0.5]}),
                    folder / f"part-{part}.parquet",
                )
        (root / "data" / "_SUCCESS").touch()
        (root / "data" / "_delta").mkdir()
        (root / "data" / "_delta" / "1.parquet").write_bytes(b"no Parquet")
        return root / "data"

    def test_a_folder_with_partitions(self, tmp_path: Path) -> None:
        # What the folders above are called says nothing of the rows.
        folder = self.folder(tmp_path / "race=z")
        opened = open_path(str(folder))
        assert opened.columns == ("label", "score", "g", "day")
        rows = rows_of(opened, ("label", "score", "g", "day"))
        assert sorted(rows, key=str) == sorted(
            [
                (label, score, g, day)
                for place, (g, day) in enumerate([("007", "a b"), ("x*[1]", None)])
                for part in range(2)
                for label, score in [(part, 0.25 * place), (1 - part, 0.5)]
            ],
            key=str,
        )
        source = opened.load(["label"]).source
        files = sorted(
            (path.relative_to(folder).as_posix(), path.read_bytes()) for path in folder.rglob("part-*")
        )
        listing = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files)
        assert source.sha256 == hashlib.sha256(listing.encode()).hexdigest()
        assert source.bytes == sum(len(content) for _, content in files)

    def test_a_pattern(self, tmp_path: Path) -> None:
        folder = self.folder(tmp_path)
        assert len(rows_of(open_path(f"{folder}/*/*/part-0.parquet"), ("label",))) == 4
        opened = open_path(f"{folder}/g=*/**/*.parquet")
        assert (opened.name, opened.columns) == ("g=*/**/*.parquet", ("label", "score", "g", "day"))
        assert len(rows_of(opened, ("g",))) == 8

    def test_types_become_one(self, tmp_path: Path) -> None:
        pq.write_table(pa.table({"label": [0, 1], "score": [0, 1]}), tmp_path / "1.parquet")
        pq.write_table(pa.table({"score": [0.25, 0.75], "label": [0, 1]}), tmp_path / "2.parquet")
        rows = rows_of(open_path(str(tmp_path)), ("label", "score"))
        assert rows == [(0, 0.0), (1, 1.0), (0, 0.25), (1, 0.75)]

    def test_other_columns(self, tmp_path: Path) -> None:
        pq.write_table(pa.table({"label": [0, 1], "score": [0, 1]}), tmp_path / "1.parquet")
        pq.write_table(pa.table({"label": [0, 1]}), tmp_path / "2.parquet")
        name = tmp_path.name
        assert message_of(tmp_path) == f"{name}: 2.parquet: lacks the column 'score', other than 1.parquet."

    def test_one_is_broken(self, tmp_path: Path) -> None:
        pq.write_table(pa.table({"label": [0, 1]}), tmp_path / "1.parquet")
        cut = (tmp_path / "1.parquet").read_bytes()[:-20]
        (tmp_path / "2.parquet").write_bytes(cut)
        problem = "2.parquet: is a Parquet file without its end. Is the file complete?"
        assert message_of(tmp_path) == f"{tmp_path.name}: {problem}"
        assert message_of(tmp_path / "2.parquet") == problem

    def test_nothing_there(self, tmp_path: Path) -> None:
        assert message_of(tmp_path).endswith("is a folder without Parquet files. Name a file in it.")
        assert message_of(f"{tmp_path}/*.parquet").endswith("there is no such file.")
        # A pattern may stand for files of any kind, but of one.
        (tmp_path / "a.csv").write_text("label\n1\n")
        assert rows_of(open_path(f"{tmp_path}/*"), ("label",)) == [("1",)]
        (tmp_path / "b.jsonl").write_text('{"label": 1}\n')
        assert "b.jsonl" in message_of(f"{tmp_path}/*")

    def test_a_file_with_signs_of_a_pattern(self, tmp_path: Path) -> None:
        for name in ("a[1]*?.parquet", "a1xx.parquet"):
            pq.write_table(pa.table({"label": [len(name)]}), tmp_path / name)
        assert rows_of(open_path(str(tmp_path / "a[1]*?.parquet")), ("label",)) == [(14,)]

    def test_the_kind_is_named(self, tmp_path: Path) -> None:
        pq.write_table(pa.table({"label": [0, 1]}), tmp_path / "d.bin")
        opened = open_path(str(tmp_path / "d.bin"), InputSettings(format=InputKind.PARQUET))
        assert rows_of(opened, ("label",)) == [(0,), (1,)]
