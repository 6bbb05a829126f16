"""Every row of a text file is read, however its lines end, be they within quotes or not."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairaudit.errors import FairauditError, FileError, RowError
from fairaudit.read.files import open_path
from fairaudit.read.notes import Note
from fairaudit.read.rows import Input

ENDS = ("\n", "\r\n", "\r")
WriteCsv = Callable[..., str]


def rows_of(opened: Input) -> list[tuple[str | None, ...]]:
    return read_rows(opened)[0]


def read_rows(opened: Input) -> tuple[list[tuple[str | None, ...]], tuple[Note, ...]]:
    """Return all rows, and what is noted of them."""
    loaded = opened.load(opened.columns)
    columns = ", ".join(loaded.column(name) for name in opened.columns)
    rows = loaded.connection.execute(f"SELECT {columns} FROM source_rows ORDER BY rowid").fetchall()
    return rows, loaded.notes


def by_python(text: str) -> tuple[tuple[str, ...], list[tuple[str | None, ...]]]:
    """Read a text as the csv module of Python does; an empty field is missing, and a blank line is none."""
    header, *rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    return tuple(header), [tuple(value or None for value in row) for row in rows]


@pytest.mark.parametrize("end", ENDS, ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("inside", ["", *ENDS], ids=["none", "LF inside", "CRLF inside", "CR inside"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["no mark", "BOM"])
@pytest.mark.parametrize("suffix", ["csv", "csv.gz"])
def test_line_breaks_in_quotes(write_csv: WriteCsv, end: str, inside: str, mark: str, suffix: str) -> None:
    lines = [f'label,"a{inside}b","say ""{inside}"""', f'1,"x{inside}y",', '0,"",z', '1,"a,b",""""']
    for final in ("", end):
        text = end.join(lines) + final
        data = (mark + text).encode()
        opened = open_path(write_csv(gzip.compress(data) if suffix == "csv.gz" else data, name=f"d.{suffix}"))
        rows, notes = read_rows(opened)
        assert (opened.columns, rows) == by_python(text)
        assert notes == ()


@pytest.mark.parametrize("ends", list(itertools.product(ENDS, repeat=4)))
def test_lines_that_end_in_different_ways(write_csv: WriteCsv, ends: tuple[str, ...]) -> None:
    lines = ["label,g", "1,x y", '0,"a\r\nb"', '1,"a ""q"""']
    text = "".join(line + end for line, end in zip(lines, ends, strict=True))
    opened = open_path(write_csv(text.encode()))
    rows, notes = read_rows(opened)
    assert (opened.columns, rows) == by_python(text)
    # That the last line alone ends in CR and not in CRLF makes no difference to anybody.
    assert len(notes) == (len(set(ends)) > 1 and ends != ("\r\n", "\r\n", "\r\n", "\r"))


def test_it_is_told_how_lines_end(write_csv: WriteCsv) -> None:
    opened = open_path(write_csv(b"label,g\r\n1,x\r\n0,y\n"))
    assert [note.sentence for note in opened.load(["g"]).notes] == [
        "its lines end in different ways, 2 in CRLF, 1 in LF; each is read as a line"
    ]


@settings(max_examples=60)
@given(st.data())
def test_any_file_is_read_as_python_reads_it(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    # No apostrophes: one before a sign that spreadsheets run as a formula is taken off again.
    cell = st.text(st.sampled_from('ab",;|\t\r\n é0.5'), max_size=6).map(lambda value: value.strip(" "))
    width = data.draw(st.integers(2, 4))
    header = data.draw(
        st.lists(cell.filter(str.strip), min_size=width, max_size=width, unique_by=str.casefold)
    )
    body = data.draw(st.lists(st.lists(cell, min_size=width, max_size=width), min_size=1, max_size=6))
    end = data.draw(st.sampled_from([*ENDS, "mixed"]))
    quoting = data.draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    chance = random.Random(data.draw(st.integers(0, 99)))
    lines = []
    for row in [["label", *header[1:]], *body]:
        line = io.StringIO()
        csv.writer(line, quoting=quoting, lineterminator="\r\n").writerow(row)
        lines.append(line.getvalue().removesuffix("\r\n") + (chance.choice(ENDS) if end == "mixed" else end))
    text = "".join(lines)
    if data.draw(st.booleans()):
        text = text.rstrip("\r\n") if body[-1][-1] == body[-1][-1].rstrip("\r\n") else text
    folder = tmp_path_factory.mktemp("lines")
    content = (data.draw(st.sampled_from(["", "\ufeff"])) + text).encode()
    compressed = data.draw(st.booleans())
    path = folder / ("d.csv.gz" if compressed else "d.csv")
    path.write_bytes(gzip.compress(content) if compressed else content)
    expected = by_python(text)
    opened = open_path(str(path))
    assert opened.columns == expected[0]
    assert rows_of(opened) == expected[1]


class TestCompressed:
    BODY = b"".join(b"%d,g%d\n" % (i % 2, i % 3) for i in range(30_000))

    def test_members_behind_one_another_are_one_file(self, write_csv: WriteCsv) -> None:
        data = (
            gzip.compress(b"label,g\n")
            + gzip.compress(self.BODY)
            + gzip.compress(b"")
            + gzip.compress(self.BODY)
        )
        assert open_path(write_csv(data, name="d.csv.gz")).load(["g"]).rows == 60_000

    def test_a_padding_of_zeros_is_nothing(self, write_csv: WriteCsv) -> None:
        data = gzip.compress(b"label,g\n" + self.BODY) + bytes(512)
        assert open_path(write_csv(data, name="d.csv.gz")).load(["g"]).rows == 30_000

    @pytest.mark.parametrize("behind", [b"x", b"garbage", b"\0\0x", b"\x1f", b"label,g\n1,x\n"])
    def test_bytes_behind_the_end(self, write_csv: WriteCsv, behind: bytes) -> None:
        path = write_csv(gzip.compress(b"label,g\n" + self.BODY) + behind, name="d.csv.gz")
        with pytest.raises(FileError) as caught:
            open_path(path).load(["g"])
        assert str(caught.value) in (
            "d.csv.gz: other bytes follow the end of its compressed data. Is the file damaged?",
            "d.csv.gz: cannot be read: Compressed file ended before the end-of-stream marker was reached. Is the file complete?",
        )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(
            b'label,"a\nb"\r\n1,x\r\n0,y,z\r\n',
            "predictions.csv, line 3: has 3 fields where the header has 2. "
            "A value that holds the separator has to stand in double quotes.",
            id="a field too many",
        ),
        pytest.param(
            b'label,"a\nb"\r\n1,x\r\n0,\xff\r\n',
            "predictions.csv, line 3: is not UTF-8. Save the file as UTF-8, or say --encoding cp1252 if it comes from Windows.",
            id="not UTF-8",
        ),
        pytest.param(
            b'label,"a\nb"\r\n1,x\r\n0,"y\r\n',
            "predictions.csv, line 3: a double quote is opened and never closed.",
            id="unclosed quote",
        ),
        pytest.param(
            b'label,"a\nb"\r\n1,x\r\n0,"y\r\n' + b"1,x\r\n" * 40_000,
            "predictions.csv, line 3: a double quote is opened and never closed.",
            id="unclosed quote far from the end",
        ),
        pytest.param(
            b"label,g\r\n1,x\n0,y,z\r\n",
            "predictions.csv, line 3: has 3 fields where the header has 2. "
            "A value that holds the separator has to stand in double quotes.",
            id="lines that end differently, and a field too many",
        ),
        pytest.param(b'label,"a\nb"\r\n', "predictions.csv: has a header but no rows.", id="a header only"),
    ],
)
def test_what_is_wrong_is_found_in_such_files_too(write_csv: WriteCsv, content: bytes, sentence: str) -> None:
    path = write_csv(content)
    with pytest.raises(FairauditError) as caught:
        rows_of(open_path(path))
    assert str(caught.value) == sentence
    assert isinstance(caught.value, (FileError, RowError))


def test_the_copy_goes_with_the_connection(write_csv: WriteCsv) -> None:
    opened = open_path(write_csv(b'label,"a\nb"\r\n1,x\r\n'))
    assert rows_of(opened) == rows_of(opened) == [("1", "x")]
    (folder,) = opened.connection.execute("SELECT current_setting('temp_directory')").fetchone() or ("",)
    assert (Path(folder) / "rows.csv").exists()
    del opened
    assert not Path(folder).exists()
