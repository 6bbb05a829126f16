"""Files, streams and frames: what is read, and what is refused in which words."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.errors import ColumnMissing, FairauditError, FileError, RowError
from fairaudit.read.dataframes import open_frame
from fairaudit.read.faults import LONGEST_LINE
from fairaudit.read.files import open_path
from fairaudit.read.rows import Input

HEADER = "race,score,label"
ROWS = ("A,1,1", "B,0,0", "A,0,1", "B,1,0")
TEXT = "\n".join((HEADER, *ROWS, ""))
READ = [("A", "1", "1"), ("B", "0", "0"), ("A", "0", "1"), ("B", "1", "0")]
WriteCsv = Callable[..., str]


def rows_of(opened: Input, *, where: str | None = None) -> list[tuple[object, ...]]:
    """Load all columns and give the rows that are kept."""
    loaded = opened.load(opened.columns, where=where)
    columns = ", ".join(loaded.column(name) for name in opened.columns)
    return loaded.connection.execute(
        f"SELECT {columns} FROM source_rows WHERE kept ORDER BY rowid"
    ).fetchall()


def message_of(act: Callable[[], object]) -> str:
    with pytest.raises(FairauditError) as caught:
        act()
    return str(caught.value)


class TestKindsOfFiles:
    @pytest.mark.parametrize(
        ("content", "name"),
        [
            pytest.param(TEXT.encode(), "p.csv", id="comma"),
            pytest.param(TEXT.replace(",", ";").encode(), "p.csv", id="semicolon"),
            pytest.param(TEXT.replace(",", "|").encode(), "p.csv", id="pipe"),
            pytest.param(TEXT.replace(",", "\t").encode(), "p.csv", id="tabs in a .csv"),
            pytest.param(TEXT.replace(",", "\t").encode(), "p.tsv", id="tsv"),
            pytest.param(TEXT.encode(), "P.CSV", id="capital suffix"),
            pytest.param(TEXT.encode(), "p.data", id="UCI's .data"),
            pytest.param(TEXT.encode(), "predictions", id="no suffix"),
            pytest.param(TEXT.encode().rstrip(b"\n"), "p.csv", id="no final newline"),
            pytest.param(TEXT.replace("\n", "\r\n").encode(), "p.csv", id="CRLF"),
            pytest.param(TEXT.replace("\n", "\r").encode(), "p.csv", id="CR alone"),
            pytest.param(b"\xef\xbb\xbf" + TEXT.encode(), "p.csv", id="byte order mark"),
            pytest.param((TEXT + "\n\n").encode(), "p.csv", id="blank lines at the end"),
            pytest.param(gzip.compress(TEXT.encode()), "p.csv.gz", id="gz"),
            pytest.param(gzip.compress(TEXT.replace(",", "\t").encode()), "p.tsv.gz", id="tsv.gz"),
            pytest.param(
                b'{"race":"A","score":1,"label":1}\n{"race":"B","score":0,"label":0}\n'
                b'{"race":"A","score":0,"label":1}\n{"race":"B","score":1,"label":0}\n',
                "p.jsonl",
                id="JSON lines",
            ),
        ],
    )
    def test_the_same_rows_come_out_of_every_kind(
        self, write_csv: WriteCsv, content: bytes, name: str
    ) -> None:
        opened = open_path(write_csv(content, name=name))
        assert opened.columns == ("race", "score", "label")
        assert opened.name == name
        assert rows_of(opened) == READ

    def test_parquet_keeps_its_types(self, tmp_path: Path) -> None:
        path = tmp_path / "p.parquet"
        pq.write_table(pa.table({"race": ["A", "B"], "score": [0.25, 1.0], "label": [1, 0]}), path)
        assert rows_of(open_path(str(path))) == [("A", 0.25, 1), ("B", 1.0, 0)]

    def test_json_lines_compressed(self, write_csv: WriteCsv) -> None:
        path = write_csv(gzip.compress(b'{"race":"A","label":1}\n'), name="p.jsonl.gz")
        assert rows_of(open_path(path)) == [("A", "1")]

    def test_json_values_stay_the_text_of_the_file(self, write_csv: WriteCsv) -> None:
        # A type guessed from the first lines would have turned the time round, and rounded the late 0.7 to 1.
        early = [f'{{"when":"2020-01-01T00:00:00Z","score":{i % 2}}}' for i in range(25_000)]
        path = write_csv(*early, '{"when":null,"score":0.7}', name="p.jsonl")
        rows = rows_of(open_path(path))
        assert rows[0] == ("2020-01-01T00:00:00Z", "0")
        assert rows[-1] == (None, "0.7")

    def test_every_value_of_a_text_file_stays_text(self, write_csv: WriteCsv) -> None:
        path = write_csv("a,b,c", '007,1.50,"x, y"', ' z ,"say ""hi""",', '"two\nlines",é,🙂')
        assert rows_of(open_path(path)) == [
            ("007", "1.50", "x, y"),
            (" z ", 'say "hi"', None),
            ("two\nlines", "é", "🙂"),
        ]

    def test_one_column(self, write_csv: WriteCsv) -> None:
        assert rows_of(open_path(write_csv("label", "1", "0"))) == [("1",), ("0",)]

    def test_the_source_is_described(self, write_csv: WriteCsv) -> None:
        path = write_csv(HEADER, *ROWS)
        loaded = open_path(path).load(["race"])
        data = Path(path).read_bytes()
        assert loaded.rows == 4
        assert loaded.loaded == ("race",)
        assert loaded.source.name == "predictions.csv"
        assert loaded.source.columns == ("race", "score", "label")
        assert (loaded.source.sha256, loaded.source.bytes) == (hashlib.sha256(data).hexdigest(), len(data))

    def test_a_compressed_file_is_described_as_it_stands(self, write_csv: WriteCsv) -> None:
        data = gzip.compress(TEXT.encode(), mtime=0)
        source = open_path(write_csv(data, name="p.csv.gz")).load(["race"]).source
        assert (source.sha256, source.bytes) == (hashlib.sha256(data).hexdigest(), len(data))

    def test_only_what_is_asked_for_is_kept(self, write_csv: WriteCsv) -> None:
        loaded = open_path(write_csv(HEADER, *ROWS)).load(["label"])
        with pytest.raises(ColumnMissing, match="has no column 'race'"):
            loaded.column("race")

    def test_the_published_files_open(self, data_dir: Path) -> None:
        raisin = open_path(str(data_dir / "raisin.csv")).load(["Class"])
        assert raisin.source.columns[0] == "Area"  # the file starts with a byte order mark
        assert raisin.rows == 900  # and has no newline at its end
        assert open_path(str(data_dir / "compas_two_years.csv")).load(["race"]).rows == 7214


class TestNames:
    @pytest.mark.parametrize(
        "name",
        [
            "two words.csv",
            "it's.csv",
            'say "hi".csv',
            "100%.csv",
            "a*b.csv",
            "what?.csv",
            "[abc].csv",
            "{a,b}.csv",
            "back\\slash.csv",
            "~home.csv",
            "-dash.csv",
            "new\nline.csv",
            "naïve 🙂.csv",
            "folder [1]/*/p.csv",
            "race=someone/p.csv",
            "p.csv.csv",
            "v1.2/p.csv",
        ],
    )
    def test_a_file_name_is_only_a_name(
        self, write_csv: WriteCsv, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
    ) -> None:
        path = write_csv(TEXT.encode(), name=name)
        (tmp_path / "aXb.csv").write_text("a,b\n1,2\n")  # what the pattern a*b.csv would also match
        assert rows_of(open_path(path)) == READ
        monkeypatch.chdir(tmp_path)
        assert rows_of(open_path(name)) == READ

    @pytest.mark.parametrize("name", ["a*b.csv.gz", "a?.tsv.gz"])
    def test_a_pattern_keeps_its_kind(self, write_csv: WriteCsv, name: str) -> None:
        text = TEXT.replace(",", "\t") if "tsv" in name else TEXT
        assert rows_of(open_path(write_csv(gzip.compress(text.encode()), name=name))) == READ

    def test_a_folder_name_does_not_become_a_column_of_parquet(self, tmp_path: Path) -> None:
        folder = tmp_path / "race=someone"
        folder.mkdir()
        pq.write_table(pa.table({"race": ["A"], "label": [1]}), folder / "p.parquet")
        opened = open_path(str(folder / "p.parquet"))
        assert (opened.columns, rows_of(opened)) == (("race", "label"), [("A", 1)])

    @pytest.mark.parametrize(
        "column",
        [
            'quo"te',
            "it's",
            "two words",
            "select",
            "a; DROP TABLE source_rows; --",
            "a:b",
            "a*b",
            "a=b",
            "a,b",
            "new\nline",
            "c0",
            "kept",
            "rowid",
            "é🙂",
            " padded ",
        ],
    )
    def test_a_column_name_is_only_a_name(self, write_csv: WriteCsv, column: str) -> None:
        cell = '"' + column.replace('"', '""') + '"'
        opened = open_path(write_csv(f"{cell},c1", "x,y", "z,w"))
        assert opened.columns == (column, "c1")
        assert rows_of(opened) == [("x", "y"), ("z", "w")]
        quoted = '"' + column.replace('"', '""') + '"'
        assert rows_of(open_path(write_csv(f"{cell},c1", "x,y", "z,w")), where=f"{quoted} = 'x'") == [
            ("x", "y")
        ]

    @given(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8).filter(str.strip),
            min_size=1,
            max_size=5,
            unique_by=str.casefold,
        )
    )
    def test_any_names_come_back_from_a_frame(self, names: list[str]) -> None:
        opened = open_frame(pd.DataFrame([[f"v{i}" for i in range(len(names))]], columns=names))
        assert opened.columns == tuple(names)
        assert rows_of(opened) == [tuple(f"v{i}" for i in range(len(names)))]


class TestStreams:
    def test_stdin(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(TEXT.encode())))
        opened = open_path("-")
        assert opened.name == "stdin"
        assert rows_of(opened) == READ
        source = opened.load(["race"]).source
        assert (source.sha256, source.bytes) == (hashlib.sha256(TEXT.encode()).hexdigest(), len(TEXT))

    def test_empty_stdin(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"")))
        assert message_of(lambda: open_path("-")) == "stdin: is empty. A header line and rows were expected."

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the platform has no named pipes")
    def test_a_named_pipe_is_read_once(self, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        writer = threading.Thread(target=lambda: pipe.write_text(TEXT))
        writer.start()
        opened = open_path(str(pipe))
        writer.join()
        assert rows_of(opened) == READ


class TestRefusals:
    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            pytest.param(
                b"\n\n",
                "predictions.csv, line 1: is empty where the header should be.",
                id="blank lines only",
            ),
            pytest.param(
                b"  \n", "predictions.csv, line 1: is empty where the header should be.", id="a blank only"
            ),
            pytest.param(HEADER.encode(), "predictions.csv: has a header but no rows.", id="header only"),
            pytest.param(
                (HEADER + "\n").encode(), "predictions.csv: has a header but no rows.", id="header line only"
            ),
            pytest.param(
                "räce,score\nA,1\n".encode("latin-1"),
                "predictions.csv, line 1: is not UTF-8. Save the file as UTF-8, or say --encoding cp1252 if it comes from Windows.",
                id="Latin-1 in the header",
            ),
            pytest.param(
                (TEXT + "é,1,1\n").encode("latin-1"),
                "predictions.csv, line 6: its value of 'race' is not UTF-8. Save the file as UTF-8, or say --encoding cp1252 if it comes from Windows.",
                id="Latin-1 in a row, with its line",
            ),
            pytest.param(
                TEXT.encode("utf-16") + b"\x00",
                "predictions.csv, line 6: is not in the encoding utf-16. Save the file as UTF-8, or say its own encoding by --encoding.",
                id="UTF-16 that is cut",
            ),
            pytest.param(
                TEXT.encode("utf-16-le"),
                "predictions.csv: is not text. A CSV file in UTF-8 was expected; --encoding names another encoding.",
                id="UTF-16 without its mark",
            ),
            pytest.param(
                b"ra\x00ce,score\nA,1\n",
                "predictions.csv: is not text. A CSV file in UTF-8 was expected; --encoding names another encoding.",
                id="NUL in the header",
            ),
            pytest.param(
                (TEXT + "A,1,1,9\n").encode(),
                "predictions.csv, line 6: has 4 fields where the header has 3. "
                "A value that holds the separator has to stand in double quotes.",
                id="a field too many",
            ),
            pytest.param(
                (TEXT + "A\nB,0,0\n").encode(),
                "predictions.csv, line 6: has 1 field where the header has 3. "
                "A value that holds the separator has to stand in double quotes.",
                id="a field too few",
            ),
            pytest.param(
                (TEXT + '"A,1,1\nB,0,0\n').encode(),
                "predictions.csv, line 6: a double quote is opened and never closed.",
                id="unclosed quote",
            ),
            pytest.param(
                (TEXT + '"A"B,1,1\nB,0,0\n').encode(),
                "predictions.csv, line 6: holds text behind a closing double quote. "
                "A quote within a value is written twice, and the whole value stands in quotes.",
                id="text behind a quote",
            ),
            pytest.param(
                b'"race,score\nA,1\nB,0\n',
                "predictions.csv, line 1: a double quote is opened and never closed.",
                id="unclosed quote in the header",
            ),
        ],
    )
    def test_a_broken_text_file(self, write_csv: WriteCsv, content: bytes, sentence: str) -> None:
        path = write_csv(content)
        assert message_of(lambda: rows_of(open_path(path))) == sentence

    def test_a_line_number_deep_in_the_file(self, write_csv: WriteCsv) -> None:
        path = write_csv(HEADER, *(ROWS * 5_000), "A,1")
        with pytest.raises(RowError) as caught:
            rows_of(open_path(path))
        assert caught.value.line == 20_002

    def test_no_such_file(self, tmp_path: Path) -> None:
        path = str(tmp_path / "none.csv")
        assert message_of(lambda: open_path(path)) == f"{path}: there is no such file."

    def test_a_folder(self, tmp_path: Path) -> None:
        assert (
            message_of(lambda: open_path(str(tmp_path)))
            == f"{tmp_path}: is a folder without Parquet files. Name a file in it."
        )

    def test_an_empty_file(self, write_csv: WriteCsv) -> None:
        path = write_csv(b"")
        assert (
            message_of(lambda: open_path(path)) == f"{path}: is empty. A header line and rows were expected."
        )

    def test_a_name_that_no_file_can_have(self) -> None:
        assert message_of(lambda: open_path("a\x00b")).startswith(
            r"a\x00b: cannot be read: embedded null byte"
        )

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
    def test_a_file_that_may_not_be_read(self, write_csv: WriteCsv) -> None:
        path = write_csv(HEADER, *ROWS)
        Path(path).chmod(0)
        assert message_of(lambda: open_path(path)) == f"{path}: cannot be read: Permission denied."

    def test_an_unknown_kind(self, write_csv: WriteCsv) -> None:
        path = write_csv(TEXT.encode(), name="p.xls")
        assert message_of(lambda: open_path(path)) == (
            "p.xls: is of no known kind (.xls). Known are .csv, .tsv, .jsonl (each also with .gz or .zst), .parquet, .arrow, .xlsx, .duckdb and .sqlite; --format names the kind of a file that ends otherwise."
        )

    @pytest.mark.parametrize(
        ("content", "name", "begins"),
        [
            pytest.param(
                TEXT.encode(),
                "p.parquet",
                "p.parquet: is no Parquet file. Let its name end as files of its kind do, or name that by --format.",
                id="no Parquet",
            ),
            pytest.param(
                TEXT.encode(), "p.csv.gz", "p.csv.gz: cannot be read: Not a gzipped file", id="no gz"
            ),
            pytest.param(
                gzip.compress((TEXT * 500).encode())[:-30],
                "p.csv.gz",
                "p.csv.gz: cannot be read: ",
                id="cut gz",
            ),
            pytest.param(
                gzip.compress(TEXT.encode())[:-8] + bytes(8),
                "p.csv.gz",
                "p.csv.gz: cannot be read: ",
                id="gz with a wrong check sum",
            ),
            pytest.param(
                b'{"a":1}\n{"a":\n', "p.jsonl", "p.jsonl, line 2: is no JSON object: ", id="cut JSON"
            ),
            pytest.param(
                b'[{"a":1},{"a":2}]\n',
                "p.jsonl",
                "p.jsonl: holds no JSON lines. Each line has to be an object, such as ",
                id="a JSON list",
            ),
        ],
    )
    def test_a_file_that_is_not_what_its_name_says(
        self, write_csv: WriteCsv, tmp_path: Path, content: bytes, name: str, begins: str
    ) -> None:
        path = write_csv(content, name=name)
        message = message_of(lambda: rows_of(open_path(path)))
        assert message.startswith(begins)
        assert str(tmp_path) not in message

    def test_a_header_with_a_stray_quote_is_not_searched_for_ever(self, write_csv: WriteCsv) -> None:
        path = write_csv('size 5",race', *(["1,A"] * (LONGEST_LINE // 4 + 10)))
        assert message_of(lambda: open_path(path)) == (
            "predictions.csv, line 1: a double quote is opened and never closed."
        )

    def test_a_line_that_is_too_long(self, write_csv: WriteCsv) -> None:
        path = write_csv("race,score", "A,1", "B" * (LONGEST_LINE + 10) + ",0", "A,0")
        assert message_of(lambda: rows_of(open_path(path))) == (
            "predictions.csv, line 3: is longer than 2,000,000 bytes. Is a double quote left open?"
        )

    def test_a_missing_column_names_the_nearest(self, write_csv: WriteCsv) -> None:
        opened = open_path(write_csv(HEADER, *ROWS))
        assert message_of(lambda: opened.require("scoer", hint="Look again")) == (
            "predictions.csv has no column 'scoer'. Did you mean 'score'? "
            "Its columns are 'race', 'score', 'label'. Look again."
        )

    def test_messages_hold_no_control_characters(self, write_csv: WriteCsv) -> None:
        opened = open_path(write_csv('"\x1b[31mred",b', "x,y"))
        message = message_of(lambda: opened.require("nothing"))
        assert "\x1b" not in message
        assert r"\x1b[31mred" in message


class TestFrames:
    @pytest.mark.parametrize(
        "make",
        [
            pytest.param(pd.DataFrame, id="pandas"),
            pytest.param(pl.DataFrame, id="polars"),
            pytest.param(lambda data: pl.DataFrame(data).lazy(), id="polars, lazy"),
            pytest.param(pa.table, id="Arrow"),
        ],
    )
    def test_frames_are_read_with_their_types(
        self, make: Callable[[dict[str, list[object]]], object]
    ) -> None:
        opened = open_frame(make({"race": ["A", None], "score": [0.25, 1.0], "label": [True, False]}))
        assert opened.columns == ("race", "score", "label")
        assert rows_of(opened) == [("A", 0.25, True), (None, 1.0, False)]
        source = opened.load(["race"]).source
        assert (source.sha256, source.bytes) == (None, None)

    @pytest.mark.parametrize(
        ("frame", "name"),
        [
            (pd.DataFrame({"a": [1]}), "pandas DataFrame"),
            (pl.DataFrame({"a": [1]}), "polars DataFrame"),
            (pa.table({"a": [1]}), "pyarrow Table"),
        ],
        ids=["pandas", "polars", "Arrow"],
    )
    def test_a_frame_is_named_by_its_kind(self, frame: object, name: str) -> None:
        assert open_frame(frame).name == name

    def test_the_callers_frame_is_unchanged(self) -> None:
        frame = pd.DataFrame(
            {
                "g": pd.Categorical(["b", None, "a"]),
                "score": [0.5, np.nan, 1.0],
                "n": pd.array([1, None, 3], dtype="Int64"),
            },
            index=[7, 7, 9],
        )
        before = frame.copy(deep=True)
        rows_of(open_frame(frame), where="score > 0")
        pd.testing.assert_frame_equal(frame, before)

    def test_names_that_are_no_text(self) -> None:
        assert open_frame(pd.DataFrame([[1, 2]], columns=[0, 1])).columns == ("0", "1")

    @pytest.mark.parametrize(
        ("frame", "sentence"),
        [
            pytest.param(
                pd.DataFrame({"": [1]}),
                "pandas DataFrame: has no column with a name. "
                "A header with the names of the columns was expected.",
                id="a name that is empty",
            ),
            pytest.param(
                pd.DataFrame(),
                "pandas DataFrame: is no table. "
                "A pandas or polars data frame with columns, an Arrow table or a DuckDB relation was expected.",
                id="no columns",
            ),
            pytest.param(
                [1, 2],
                "list: is no table. A pandas or polars data frame with columns, an Arrow table or a DuckDB relation was expected.",
                id="list",
            ),
            pytest.param(
                None,
                "NoneType: is no table. "
                "A pandas or polars data frame with columns, an Arrow table or a DuckDB relation was expected.",
                id="None",
            ),
            pytest.param(
                pd.Series([1]),
                "pandas Series: is no table. "
                "A pandas or polars data frame with columns, an Arrow table or a DuckDB relation was expected.",
                id="a series",
            ),
        ],
    )
    def test_what_is_no_table(self, frame: object, sentence: str) -> None:
        assert message_of(lambda: open_frame(frame)) == sentence

    def test_no_rows(self) -> None:
        opened = open_frame(pd.DataFrame({"a": []}))
        assert message_of(lambda: opened.load(["a"])) == "pandas DataFrame: has no rows."

    def test_polars_without_pyarrow_says_what_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def take(*_: object) -> None:
            raise ModuleNotFoundError("No module named 'pyarrow'")

        monkeypatch.setattr("fairaudit.read.dataframes._take_polars", take)
        with pytest.raises(
            FileError, match=r"cannot be read: No module named 'pyarrow'\. It needs the package pyarrow\."
        ):
            open_frame(pl.DataFrame({"a": [1]})).load(["a"])


def test_progress_ends_below_or_at_the_whole(write_csv: WriteCsv) -> None:
    told: list[float] = []
    open_path(write_csv(HEADER, *(ROWS * 20_000))).load(["race"], on_progress=told.append)
    assert all(0 <= share <= 1 for share in told)


def test_no_extension_is_fetched_from_the_network() -> None:
    connection = open_frame(pd.DataFrame({"a": [1]})).connection
    for setting in ("autoinstall_known_extensions", "autoload_known_extensions"):
        assert connection.execute(f"SELECT current_setting('{setting}')").fetchone() == (False,)


def test_spill_files_go_when_the_connection_goes(write_csv: WriteCsv) -> None:
    opened = open_path(write_csv(HEADER, *ROWS))
    (folder,) = opened.connection.execute("SELECT current_setting('temp_directory')").fetchone() or ("",)
    assert Path(folder).is_dir()
    del opened
    assert not Path(folder).exists()


def test_an_interrupt_stops_the_statement(write_csv: WriteCsv, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("fairaudit.read.watching.wait", interrupted)
    opened = open_path(write_csv(HEADER, *ROWS * 5_000))
    with pytest.raises(KeyboardInterrupt):
        opened.load(["race"], on_progress=lambda _: None)
    assert isinstance(opened.connection, duckdb.DuckDBPyConnection)


@pytest.mark.parametrize(("times", "threads"), [(1, 0), (5_000, 1)])
def test_no_thread_begins_for_a_few_rows(
    write_csv: WriteCsv, monkeypatch: pytest.MonkeyPatch, times: int, threads: int
) -> None:
    begun: list[int] = []

    def pool(*, max_workers: int) -> ThreadPoolExecutor:
        begun.append(max_workers)
        return ThreadPoolExecutor(max_workers)

    monkeypatch.setattr("fairaudit.read.rows.ThreadPoolExecutor", pool)
    path = Path(write_csv(HEADER, *ROWS * times))
    frame = pd.read_csv(path)
    for opened in (open_path(str(path)), open_frame(frame)):
        begun.clear()
        rows = opened.load(["race"])
        assert rows.rows == len(frame)
        assert len(begun) == threads


def test_a_header_name_may_hold_line_ends(write_csv: Callable[..., str]) -> None:
    path = write_csv(b'label,score,"a\nb","c\rd"\n1,0.9,x,y\n')
    assert open_path(path).columns == ("label", "score", "a\nb", "c\rd")


def test_a_header_field_of_megabytes_is_refused(write_csv: Callable[..., str]) -> None:
    path = write_csv(b"label,score," + b"x" * 1_000_000 + b"\n1,0.9,x\n")
    with pytest.raises(RowError, match="line 1: is no header"):
        open_path(path)


@pytest.mark.parametrize("name", ["p.csv", "p.jsonl", "p.xlsx"])
def test_another_kind_than_the_name_says_is_named(tmp_path: Path, name: str) -> None:
    pq.write_table(pa.table({"label": [0, 1]}), tmp_path / name)
    kind = {"p.csv": "CSV", "p.jsonl": "JSON lines", "p.xlsx": "XLSX"}[name]
    message = message_of(lambda: open_path(str(tmp_path / name)))
    assert message == f"{name}: is Parquet, and was read as {kind}. Say --format parquet."


@pytest.mark.parametrize("ending", [".jsonl", ".jsonl.gz"])
@pytest.mark.parametrize("bad", [1, 2, 7])
@pytest.mark.parametrize(
    "text",
    [
        "nope",
        "null",
        "[" * 5_000,
        '{"label": 1}{"label": 0}',
        '{"label": 1',
        "5",
        '{"label": 1, "label": 0}',
        '{"label": 1},',
    ],
)
def test_the_line_that_is_no_json_object_is_named(tmp_path: Path, ending: str, bad: int, text: str) -> None:
    path = tmp_path / f"p{ending}"
    lines = [text if number == bad else '{"label": 1, "score": 0}' for number in range(1, 8)]
    content = "\n".join(lines).encode() + b"\n"
    path.write_bytes(gzip.compress(content) if ending.endswith(".gz") else content)
    with pytest.raises(RowError) as caught:
        open_path(str(path)).load(["label", "score"])
    assert str(caught.value).startswith(f"p{ending}, line {bad}: is no JSON object: ")
    # What the database advises, nobody can do here.
    assert "auto" not in str(caught.value)
