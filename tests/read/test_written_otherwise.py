"""Text files as other programs write them: encodings, delimiters, no header, compressed by zstd, lines that cannot be read."""

from __future__ import annotations

import gzip
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from backports import zstd
from running import Ran

import fairaudit
from fairaudit.errors import FairauditError, OptionError
from fairaudit.read.files import open_path
from fairaudit.read.rows import Input
from fairaudit.settings.source import InputKind, InputSettings

WriteCsv = Callable[..., str]
ROWS = [("1", "0,75", "Männlich"), ("0", "0,25", "F, x"), ("1", "0,5", 'say "a"')]
LINES = ['label;score;"g;1"', "1;0,75;Männlich", "0;0,25;F, x", '1;0,5;"say ""a"""']
TEXT = "".join(f"{line}\n" for line in LINES)


def rows_of(opened: Input) -> list[tuple[str | None, ...]]:
    loaded = opened.load(opened.columns)
    columns = ", ".join(loaded.column(name) for name in opened.columns)
    return loaded.connection.execute(f"SELECT {columns} FROM source_rows ORDER BY rowid").fetchall()


def message_of(path: str, **how: Any) -> str:
    with pytest.raises(FairauditError) as caught:
        rows_of(open_path(path, InputSettings(**how)))
    return str(caught.value)


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-16", None),
        ("utf-32", None),
        ("utf-16-le", "utf-16-le"),
        ("cp1252", "cp1252"),
        ("iso8859-1", "iso8859-1"),
        ("utf-8-sig", "utf-8"),
    ],
)
def test_encodings(write_csv: WriteCsv, encoding: str, named: str | None, end: str) -> None:
    path = write_csv(TEXT.replace("\n", end).encode(encoding))
    opened = open_path(path, InputSettings(encoding=named))
    assert opened.columns == ("label", "score", "g;1")
    assert rows_of(opened) == ROWS


@pytest.mark.parametrize("packed", [gzip.compress, zstd.compress], ids=["gz", "zst"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_compressed(write_csv: WriteCsv, packed: Callable[[bytes], bytes], encoding: str) -> None:
    ending = "gz" if packed is gzip.compress else "zst"
    assert rows_of(open_path(write_csv(packed(TEXT.encode(encoding)), name=f"d.csv.{ending}"))) == ROWS


@pytest.mark.parametrize("packed", [gzip.compress, zstd.compress], ids=["gz", "zst"])
@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_compressed_files_that_are_cut(
    write_csv: WriteCsv, packed: Callable[[bytes], bytes], kind: str
) -> None:
    lines = "".join(f'{{"label": {i % 2}, "score": 0.{i}}}\n' for i in range(3000))
    text = lines if kind == "jsonl" else "label,score\n" + "".join(f"{i % 2},0.{i}\n" for i in range(3000))
    name = f"d.{kind}.{'gz' if packed is gzip.compress else 'zst'}"
    data = packed(text.encode())
    assert len(rows_of(open_path(write_csv(data, name=name)))) == 3000
    for end in (3, len(data) // 2, len(data) - 2):
        assert f"{name}: cannot be read: " in message_of(write_csv(data[:end], name=name))
    assert f"{name}: " in message_of(write_csv(data + b"more", name=name))
    assert f"{name}: cannot be read: " in message_of(write_csv(text.encode(), name=name))


def test_what_is_compressed_and_does_not_say_so(write_csv: WriteCsv, monkeypatch: pytest.MonkeyPatch) -> None:
    data = zstd.compress(TEXT.encode())
    assert message_of(write_csv(data, name="d.csv")) == (
        "d.csv: is compressed by zstd. Let its name end in .zst, or unpack it."
    )
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert rows_of(open_path("-")) == ROWS


def test_without_what_reads_zstd(write_csv: WriteCsv, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "backports.zstd", None)
    monkeypatch.delattr("backports.zstd", raising=False)
    assert message_of(write_csv(zstd.compress(TEXT.encode()), name="d.csv.zst")) == (
        "d.csv.zst: is compressed by zstd, and what reads that is not installed. "
        "pip install backports.zstd, or unpack the file."
    )


@pytest.mark.parametrize("sign", [*",;\t|^~:!", "space"])
def test_delimiters(write_csv: WriteCsv, sign: str) -> None:
    between = " " if sign == "space" else sign
    path = write_csv(TEXT.replace("F, x", "F").replace('"g;1"', "g").replace(";", between).encode())
    named = None if sign in ",;\t|" else between
    opened = open_path(path, InputSettings(delimiter=named))
    if sign == ",":
        return  # a comma stands within the numbers
    assert opened.columns == ("label", "score", "g")
    assert [row[0] for row in rows_of(opened)] == ["1", "0", "1"]
    assert rows_of(opened)[2] == ("1", "0,5", 'say "a"')


@pytest.mark.parametrize("named", [None, " "], ids=["found out", "named"])
def test_columns_that_stand_below_each_other(write_csv: WriteCsv, named: str | None) -> None:
    path = write_csv("label score  group  ", "    1   0.5  'a", '0       1    "b c"  ', "1       0    d")
    opened = open_path(path, InputSettings(delimiter=named))
    assert opened.columns == ("label", "score", "group")
    assert rows_of(opened) == [("1", "0.5", "'a"), ("0", "1", "b c"), ("1", "0", "d")]


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_spaces_and_line_ends_within_quotes_stay(write_csv: WriteCsv, end: str) -> None:
    lines = ["label score group", f'1 5" "a  {end}b"  ', f'0 1 "c ""d""{end} "', "1 0 d "]
    opened = open_path(
        write_csv("".join(f"{line}{end}" for line in lines).encode()), InputSettings(delimiter=" ")
    )
    assert rows_of(opened) == [("1", '5"', f"a  {end}b"), ("0", "1", f'c "d"{end} '), ("1", "0", "d")]


@pytest.mark.parametrize("first", ["# made by hand", "#a,b", "# a;b", "sep=;", '"SEP=,"'])
def test_a_line_in_front_of_the_header_is_named(write_csv: WriteCsv, first: str) -> None:
    path = write_csv(first, "label;score;g", "1;0,5;a")
    assert message_of(path) == (
        f"predictions.csv, line 1: is {first!r}, and no header. Take off the lines in front of the header."
    )


@pytest.mark.parametrize("lines", [("#,label,score", "1,0,0"), ("# id;label", "0,5;0,5"), ("#", "1")])
def test_a_name_may_begin_with_the_sign_of_comments(write_csv: WriteCsv, lines: tuple[str, ...]) -> None:
    assert open_path(write_csv(*lines)).columns[0].startswith("#")


def test_a_column_of_sentences_is_one_column(write_csv: WriteCsv) -> None:
    assert open_path(write_csv("what they say", "nothing", "nothing at all")).columns == ("what they say",)


class TestNoHeader:
    NAMES = ("label", "score", "g")

    def test_names_are_given(self, write_csv: WriteCsv) -> None:
        path = write_csv(TEXT.partition("\n")[2].encode())
        opened = open_path(path, InputSettings(names=self.NAMES))
        assert opened.columns == self.NAMES
        assert rows_of(opened) == ROWS

    def test_a_comma_in_numbers_divides_nothing(self, write_csv: WriteCsv) -> None:
        opened = open_path(write_csv("0,5;1;1,5", "0,5;0;1"), InputSettings(names=self.NAMES))
        assert rows_of(opened) == [("0,5", "1", "1,5"), ("0,5", "0", "1")]

    def test_another_number_of_names(self, write_csv: WriteCsv) -> None:
        assert message_of(write_csv("1;0,5;a", "0;1;b"), names=("label", "score")) == (
            "predictions.csv, line 1: has 3 fields, and --names gives 2 names. "
            "Name every column, or say by --delimiter what stands between them."
        )

    def test_faults_are_found_at_their_lines(self, write_csv: WriteCsv) -> None:
        assert message_of(write_csv("1;1;a", "0;1"), names=self.NAMES).startswith(
            "predictions.csv, line 2: has 2 fields where the header has 3."
        )

    def test_two_equal_names(self, write_csv: WriteCsv) -> None:
        opened = open_path(write_csv("1;1;a", "0;1;b"), InputSettings(names=("label", "label", "g")))
        with pytest.raises(FairauditError, match="share the name 'label'"):
            opened.load(["label"])


@pytest.mark.parametrize(
    ("encoding", "named", "sentence"),
    [
        ("cp1252", None, "line 2: its value of 'g;1' is not UTF-8. Save the file as UTF-8, or say --encoding cp1252 if it comes from Windows."),
        ("utf-8", "ascii", "line 2: its value of 'g;1' is not in the encoding ascii. Save the file as UTF-8, or say its own encoding by --encoding."),
        ("utf-8", "utf-16", "line 1: is not in the encoding utf-16: UTF-16 stream does not start with BOM. "),
    ],
)  # fmt: skip
def test_the_wrong_encoding(write_csv: WriteCsv, encoding: str, named: str | None, sentence: str) -> None:
    assert message_of(write_csv(TEXT.encode(encoding)), encoding=named).startswith(
        f"predictions.csv, {sentence}"
    )


class TestBadLines:
    BAD = b'label,g\n1,a\n0\n1,b,c\n0,"d\n1,e\n0,"f"g\n1,"h\nh"\n0,\xff\n\n1,i\n0,"j\n'  # fmt: skip

    def test_are_left_out_and_counted(self, write_csv: WriteCsv) -> None:
        path = write_csv(self.BAD)
        loaded = open_path(path, InputSettings(skip_bad_lines=True)).load(["label", "g"])
        rows = loaded.connection.execute("SELECT * EXCLUDE (kept) FROM source_rows").fetchall()
        assert rows == [("1", "a"), ("1", "e"), ("1", "h\nh"), ("1", "i")]
        assert loaded.skipped is not None
        assert loaded.skipped.first == [
            (3, "1 field instead of 2"),
            (4, "3 fields instead of 2"),
            (5, "a double quote is never closed"),
            (7, "text behind a closing double quote"),
            (10, "cannot be decoded"),
            (13, "a double quote is never closed"),
        ]
        (note,) = loaded.notes
        assert note.sentence == (
            "6 lines that cannot be read are left out: lines 3 (1 field instead of 2), 4 (3 fields instead of 2), "
            "5 (a double quote is never closed), 7 (text behind a closing double quote), 10 (cannot be decoded) and 1 more"
        )
        assert message_of(path).startswith("predictions.csv, line 3: has 1 field")

    def test_none_is_there(self, write_csv: WriteCsv) -> None:
        path = write_csv(TEXT.encode())
        loaded = open_path(path, InputSettings(skip_bad_lines=True)).load(["label"])
        assert (loaded.rows, loaded.notes) == (3, ())
        assert loaded.skipped is not None
        assert loaded.skipped.count == 0

    def test_a_file_that_is_cut_is_no_bad_line(self, write_csv: WriteCsv) -> None:
        path = write_csv(gzip.compress(TEXT.encode() * 50)[:-9], name="d.csv.gz")
        assert message_of(path, skip_bad_lines=True).startswith("d.csv.gz: cannot be read: ")

    @pytest.mark.parametrize("packed", [bytes, gzip.compress, zstd.compress], ids=["plain", "gz", "zst"])
    def test_of_json(self, write_csv: WriteCsv, packed: Callable[[bytes], bytes]) -> None:
        data = b'{"label": 1, "g": "a"}\n{"label": 1\n[1]\n\n{"label": 0, "g": "\xff"}\nNaN\r\n{"label": 0, "h": 2}'
        ending = {gzip.compress: ".gz", zstd.compress: ".zst"}.get(packed, "")
        path = write_csv(packed(data), name=f"d.jsonl{ending}")
        opened = open_path(path, InputSettings(skip_bad_lines=True))
        assert opened.columns == ("label", "g", "h")
        loaded = opened.load(["label"])
        assert loaded.rows == 2
        assert loaded.skipped is not None
        assert loaded.skipped.first == [
            (2, "no JSON"),
            (3, "no JSON object"),
            (5, "cannot be decoded"),
            (6, "no JSON object"),
        ]
        assert message_of(path).startswith(f"d.jsonl{ending}, line 2: is no JSON object: ")

    def test_of_other_files_there_are_none(self, tmp_path: Path) -> None:
        path = tmp_path / "d.parquet"
        path.write_bytes(b"PAR1")
        with pytest.raises(
            OptionError, match=r"--skip-bad-lines: is said of text files, and d.parquet is Parquet"
        ):
            open_path(str(path), InputSettings(skip_bad_lines=True))


def test_the_kind_is_named(write_csv: WriteCsv) -> None:
    path = write_csv("label\tscore", "1\t0.5", name="d.xyz")
    assert "is of no known kind (.xyz)" in message_of(path)
    assert rows_of(open_path(path, InputSettings(format=InputKind.TSV))) == [("1", "0.5")]


@pytest.mark.parametrize("packed", [bytes, gzip.compress], ids=["plain", "gz"])
def test_the_kind_of_stdin_is_named(
    packed: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind, content in (
        (InputKind.TSV, b"label\tscore\n1\t0.5\n"),
        (InputKind.JSON_LINES, b'{"label": 1, "score": 0.5}\n'),
    ):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(packed(content))))
        opened = open_path("-", InputSettings(format=kind))
        assert (opened.name, rows_of(opened)) == ("stdin", [("1", "0.5")])


def test_of_a_frame_nothing_is_said() -> None:
    import pandas as pd

    frame = pd.DataFrame({"label": [0, 1], "score": [0.2, 0.3]})
    with pytest.raises(OptionError, match="delimiter: is said of files, and the input is a pandas DataFrame"):
        fairaudit.audit(frame, delimiter=";")


@pytest.mark.parametrize("surplus", [",", ",,,", ',""'], ids=["one", "several", "quoted"])
@pytest.mark.parametrize("everywhere", [True, False], ids=["all rows", "one row"])
def test_empty_fields_behind_the_last_column_make_no_bad_line(
    surplus: str, everywhere: bool, tmp_path: Path, run: Callable[..., Ran]
) -> None:
    rows = [
        f"{i % 2},{i // 2 % 2},{'ab'[i % 3 > 0]}{surplus if everywhere or i == 5 else ''}\n"
        for i in range(40)
    ]
    (tmp_path / "p.csv").write_text("label,score,g\n" + "".join(rows), encoding="utf-8")
    read = [
        run("group", "p.csv", "-a", "g", "--json", *more, cwd=tmp_path).json()
        for more in ([], ["--skip-bad-lines"])
    ]
    assert [document["input"]["rows"] for document in read] == [40, 40]
    assert read[0]["groups"] == read[1]["groups"]
