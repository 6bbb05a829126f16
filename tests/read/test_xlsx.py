"""Workbooks: every kind of cell as the CSV of the same data would hold it, and files that are damaged or made to do harm."""

from __future__ import annotations

import builtins
import datetime as dt
import gc
import re
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fairaudit.errors import FairauditError
from fairaudit.read import xlsx
from fairaudit.read.files import open_path
from fairaudit.read.rows import Rows

openpyxl = pytest.importorskip("openpyxl")

TABLE = [["label", "score", "g"], [0, 0.25, "a"], [1, 0.75, "b"]]
Rewrite = Callable[[str, bytes], bytes]


def book(
    tmp_path: Path, rows: list[list[Any]], *, name: str = "p.xlsx", edit: Callable[[Any], None] | None = None
) -> str:
    """Write rows to the only sheet of a workbook."""
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(row)
    if edit:
        edit(workbook)
    path = tmp_path / name
    workbook.save(path)
    return str(path)


def rewritten(path: str, rewrite: Rewrite) -> str:
    """Rewrite the parts of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, rewrite(name, content))
    return path


def loaded(path: str) -> Rows:
    opened = open_path(path)
    return opened.load([], also=opened.columns)


def column(path: str, name: str) -> list[str | None]:
    """Read a column as it is loaded, row by row."""
    rows = loaded(path)
    found = rows.connection.execute(
        f"SELECT nullif({rows.column(name)}, '') FROM source_rows ORDER BY rowid"
    ).fetchall()
    return [value for (value,) in found]


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(FairauditError) as caught:
        act()
    return str(caught.value)


def formatted(value: Any, number_format: str) -> Callable[[Any], None]:
    def edit(workbook: Any) -> None:
        workbook.active["A2"].value = value
        workbook.active["A2"].number_format = number_format

    return edit


@pytest.mark.parametrize(
    ("value", "number_format", "expected"),
    [
        pytest.param("007", "General", "007", id="number as text"),
        pytest.param(7, "General", "7", id="whole number"),
        pytest.param(0.1, "General", "0.1", id="number"),
        pytest.param(0.25, "0%", "0.25", id="percent"),
        pytest.param(1234.5, '"$"#,##0.00', "1234.5", id="money"),
        pytest.param(True, "General", "true", id="boolean"),
        pytest.param("=A", "@", "=A", id="text like a formula"),
        pytest.param("'=A", "@", "'=A", id="text with an apostrophe"),
        pytest.param(dt.date(2024, 5, 1), "yyyy-mm-dd", "2024-05-01", id="day"),
        pytest.param(dt.date(2024, 5, 1), "d/m/yy", "2024-05-01", id="day shown in another way"),
        pytest.param(dt.date(2024, 5, 1), '[$-407]d. mmm yyyy "shown"', "2024-05-01", id="letters in quotes"),
        pytest.param(dt.datetime(2024, 5, 1), "yyyy-mm-dd h:mm", "2024-05-01 00:00:00", id="midnight"),  # noqa: DTZ001
        pytest.param(dt.datetime(2024, 5, 1, 12, 30), "yyyy-mm-dd h:mm", "2024-05-01 12:30:00", id="moment"),  # noqa: DTZ001
        pytest.param(dt.time(3, 4), "h:mm", "03:04:00", id="time of day"),
        pytest.param("a\nb, \"c\"", "General", "a\nb, \"c\"", id="line break and quotes"),
        pytest.param("é 😀", "General", "é 😀", id="beyond ASCII"),
    ],
)  # fmt: skip
def test_a_cell_is_read_as_what_it_stands_for(
    value: Any, number_format: str, expected: str, tmp_path: Path
) -> None:
    def edit(workbook: Any) -> None:
        workbook.active["A2"].value = value
        workbook.active["A2"].number_format = number_format
        if isinstance(value, str):
            workbook.active["A2"].data_type = "s"

    assert column(book(tmp_path, [["x", "y"], [None, 1]], edit=edit), "x") == [expected]


class TestErrors:
    def with_errors(self, tmp_path: Path, *errors: str) -> str:
        def edit(workbook: Any) -> None:
            for row, error in enumerate(errors, start=2):
                cell = workbook.active[f"A{row}"]
                cell.value, cell.data_type = error, "e"

        return book(tmp_path, [["x", "y"], *([i, i] for i in range(6))], edit=edit)

    def test_they_are_missing_values_that_are_counted(self, tmp_path: Path) -> None:
        rows = loaded(self.with_errors(tmp_path, "#DIV/0!", "#N/A"))
        note = rows.readings.of("x").missing_note
        assert note
        assert note.sentence == "x: 2 of 6 values are '#DIV/0!' (1) and '#N/A' (1), read as missing"

    def test_those_of_newer_programs_are_no_groups(self, tmp_path: Path) -> None:
        rows = loaded(self.with_errors(tmp_path, "#SPILL!"))
        note = rows.readings.of("x").missing_note
        assert note
        assert "1 of 6 values is '#VALUE!', read as missing" in note.sentence

    def test_a_day_that_no_calendar_has(self, tmp_path: Path) -> None:
        path = book(tmp_path, [["x", "y"], [None, 1]], edit=formatted(1e15, "yyyy-mm-dd"))
        assert column(path, "x") == ["#VALUE!"]


class TestFormulas:
    def with_formula(self, tmp_path: Path, stored: str) -> str:
        path = book(tmp_path, [["x", "y"], ["=1+1", 5]])
        return rewritten(
            path,
            lambda name, part: (
                part.replace(b"<v />", stored.encode()).replace(b"<v></v>", stored.encode())
                if name.endswith("sheet1.xml")
                else part
            ),
        )

    def test_their_stored_results_are_read(self, tmp_path: Path) -> None:
        assert column(self.with_formula(tmp_path, "<v>2</v>"), "x") == ["2"]

    def test_one_that_comes_to_an_empty_text_is_missing(self, tmp_path: Path) -> None:
        path = self.with_formula(tmp_path, "<v></v>")
        rewritten(path, lambda _, part: part.replace(b'r="A2"', b'r="A2" t="str"'))
        assert column(path, "x") == [None]

    def test_without_results_they_are_refused(self, tmp_path: Path) -> None:
        path = self.with_formula(tmp_path, "")
        assert refused(lambda: open_path(path).load(["x"])) == (
            "p.xlsx, column 'x': row 2 of the sheet holds a formula whose result is not stored in the file. "
            "Open it in a spreadsheet program and save it, or write values instead of formulas."
        )
        assert open_path(path).load(["y"]).rows == 1

    def test_one_among_values_and_behind_the_last_of_them(self, tmp_path: Path) -> None:
        for rows in ([["x"], [1], ["=1+1"], [3]], [["x"], [1], ["=1+1"]]):
            assert "row 3 of the sheet" in refused(lambda: loaded(book(tmp_path, rows)))  # noqa: B023

    def test_an_empty_column_is_none_of_formulas(self, tmp_path: Path) -> None:
        assert column(book(tmp_path, [["x", "y"], [None, 1], [None, 2]]), "x") == [None, None]


class TestTheTable:
    def test_empty_rows_and_columns_behind_it_are_none_of_it(self, tmp_path: Path) -> None:
        def edit(workbook: Any) -> None:
            for place in ("A9", "F2", "Z20"):
                workbook.active[place].number_format = "0.00"
            workbook.active["B8"].value = ""

        rows = loaded(book(tmp_path, TABLE, edit=edit))
        assert (rows.rows, rows.loaded) == (2, ("label", "score", "g"))

    def test_an_empty_row_within_it_is_a_row(self, tmp_path: Path) -> None:
        path = book(tmp_path, [["x", "y"], [1, 1], [None, None], [3, 3]])
        assert column(path, "x") == ["1", None, "3"]

    def test_one_column_with_empty_rows(self, tmp_path: Path) -> None:
        path = book(tmp_path, [["x", "y"], [1, 1], [None, 2], [3, 3]])
        rows = open_path(path).load(["x"])
        assert rows.rows == 3

    def test_empty_rows_above_the_header(self, tmp_path: Path) -> None:
        assert column(book(tmp_path, [[], [], ["x"], [5]]), "x") == ["5"]

    def test_merged_headers_leave_columns_without_a_name(self, tmp_path: Path) -> None:
        path = book(
            tmp_path,
            [["x", "wide", None, "y"], [1, 2, 3, 4]],
            edit=lambda workbook: workbook.active.merge_cells("B1:C1"),
        )
        rows = loaded(path)
        assert rows.loaded == ("x", "wide", "y")
        assert [note.sentence for note in rows.notes] == ["column 3 has no name and is passed over"]
        assert column(path, "y") == ["4"]

    def test_a_value_behind_the_last_header_is_refused(self, tmp_path: Path) -> None:
        path = book(tmp_path, [["x", "y"], [1, 2], [1, 2, None, "stray"]])
        assert refused(lambda: loaded(path)) == (
            "p.xlsx, line 3: holds 'stray' in column 4, and the header has 2 columns. Every column needs a name in the header."
        )

    @pytest.mark.parametrize(
        ("rows", "message"),
        [
            pytest.param([], "p.xlsx: is empty.", id="nothing"),
            pytest.param([["x", "y"]], "p.xlsx: has a header but no rows.", id="no rows"),
        ],
    )
    def test_without_rows(self, rows: list[list[Any]], message: str, tmp_path: Path) -> None:
        assert refused(lambda: loaded(book(tmp_path, rows))).startswith(message)

    def test_a_wrong_size_in_the_sheet_does_not_matter(self, tmp_path: Path) -> None:
        path = rewritten(
            book(tmp_path, TABLE),
            lambda _, part: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:A1"', part),
        )
        assert column(path, "g") == ["a", "b"]

    def test_it_is_loaded_again_and_by_other_names(self, tmp_path: Path) -> None:
        opened = open_path(book(tmp_path, TABLE))
        assert opened.load(["g"]).rows == opened.load(["score"], where="g = 'a'").rows == 2
        renamed = opened.calling(["label"])
        del opened
        gc.collect()
        assert renamed.load(["label"]).rows == 2


class TestSheets:
    def several(self, tmp_path: Path) -> str:
        def edit(workbook: Any) -> None:
            workbook.active.title = "Notes"
            workbook.active.sheet_state = "hidden"
            for title, value in (("People", "p"), ("More #2", "m")):
                sheet = workbook.create_sheet(title)
                sheet.append(["g"])
                sheet.append([value])

        return book(tmp_path, [["g"], ["n"]], edit=edit)

    def test_the_first_that_is_shown_is_read_and_others_are_told(self, tmp_path: Path) -> None:
        path = self.several(tmp_path)
        assert column(path, "g") == ["p"]
        assert [note.sentence for note in loaded(path).notes] == [
            "its sheet 'People' is read; p.xlsx#SHEET names another: 'Notes', 'More #2'"
        ]

    @pytest.mark.parametrize(("sheet", "value"), [("More #2", "m"), ("people", "p"), ("Notes", "n")])
    def test_another_is_named(self, sheet: str, value: str, tmp_path: Path) -> None:
        path = self.several(tmp_path)
        assert column(f"{path}#{sheet}", "g") == [value]
        rows = loaded(f"{path}#{sheet}")
        assert (rows.source.name, rows.notes) == (f"p.xlsx#{sheet}", ())

    def test_a_name_that_no_sheet_has(self, tmp_path: Path) -> None:
        path = self.several(tmp_path)
        assert refused(lambda: open_path(f"{path}#Poeple")) == (
            "p.xlsx: has no sheet 'Poeple'. Did you mean 'People'? Its sheets are 'Notes', 'People', 'More #2'."
        )

    def test_a_file_that_is_called_so_comes_first(self, tmp_path: Path) -> None:
        path = book(tmp_path, TABLE, name="p.xlsx#More.xlsx")
        assert column(path, "g") == ["a", "b"]

    def test_only_workbooks_have_sheets(self, tmp_path: Path) -> None:
        (tmp_path / "p.csv").write_text("g\na\n")
        assert "there is no such file" in refused(lambda: open_path(f"{tmp_path / 'p.csv'}#g"))


def no_zip(path: str) -> None:
    Path(path).write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))


def cut(path: str) -> None:
    data = Path(path).read_bytes()
    Path(path).write_bytes(data[: len(data) // 2])


def other_zip(path: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "text")


def part_of(ending: str, content: bytes) -> Callable[[str], None]:
    def act(path: str) -> None:
        rewritten(path, lambda name, part: content if name.endswith(ending) else part)

    return act


def bomb(path: str) -> None:
    rewritten(path, lambda name, part: bytes(80 * 2**20) if name.endswith("theme1.xml") else part)


def lying_bomb(path: str) -> None:
    """Unpack to more than the archive says."""
    bomb(path)
    data = Path(path).read_bytes()
    Path(path).write_bytes(data.replace(struct.pack("<L", 80 * 2**20), struct.pack("<L", 1000)))


def open_document(path: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")


def many_letters(row: bytes) -> Callable[[str], None]:
    """Put twelve million letters into a cell."""
    cell = row.replace(b"...", b"x" * 12_000_000)
    return part_of("sheet1.xml", SHEET % (b'<row r="1"><c t="str"><v>g</v></c></row>' + cell))


SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
LAUGHS = (
    b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    + SHEET % b'<row r="1"><c t="str"><v>&b;</v></c></row>'
)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        pytest.param(no_zip, "p.xlsx: is no XLSX file. An old .xls file, or one with a password?", id="old or encrypted"),
        pytest.param(cut, "p.xlsx: is no XLSX file.", id="cut"),
        pytest.param(other_zip, "p.xlsx: cannot be read as XLSX:", id="another archive"),
        pytest.param(part_of("workbook.xml", b"<a"), "p.xlsx: cannot be read as XLSX:", id="no XML"),
        pytest.param(part_of("sheet1.xml", b"<a"), "p.xlsx: cannot be read as XLSX:", id="a sheet that is no XML"),
        pytest.param(part_of("sheet1.xml", SHEET % b'<row r="1"><c r="A1" t="s"><v>99</v></c></row>'), "p.xlsx: cannot be read as XLSX:", id="a text that is not there"),
        pytest.param(part_of("sheet1.xml", SHEET % b'<row r="1"><c r="ZZZZZ1"><v>1</v></c></row>'), "p.xlsx: cannot be read as XLSX:", id="a column beyond all"),
        pytest.param(part_of("sheet1.xml", SHEET % b'<row r="1"><c t="str"><v>x</v></c></row><row r="99999999999"><c><v>1</v></c></row>'), "p.xlsx: has rows behind row 1,048,576", id="a row beyond all"),
        pytest.param(many_letters(b'<row r="2"><c t="str"><v>...</v></c></row>'), "p.xlsx: row 2 of the sheet holds 12,000,000 characters in column 1, and no spreadsheet program writes more than 32,767", id="a long text"),
        pytest.param(many_letters(b'<row r="2"><c t="inlineStr"><is><t>...</t></is></c></row>'), "p.xlsx: row 2 of the sheet holds 12,000,000 characters", id="a long text of its own"),
        pytest.param(open_document, "p.xlsx: is an OpenDocument spreadsheet. Save it as .xlsx or CSV.", id="LibreOffice's own"),
        pytest.param(part_of("sheet1.xml", LAUGHS), "p.xlsx: defines entities", id="entities"),
        pytest.param(bomb, "p.xlsx: unpacks to 83,", id="unpacks to too much"),
        pytest.param(lying_bomb, "p.xlsx: cannot be read as XLSX:", id="unpacks to more than it says"),
    ],
)  # fmt: skip
def test_damage_is_told_in_one_sentence(damage: Callable[[str], None], message: str, tmp_path: Path) -> None:
    path = book(tmp_path, TABLE)
    damage(path)
    told = refused(lambda: loaded(path))
    assert told.startswith(message)
    assert "\n" not in told


@pytest.mark.parametrize("ending", ["ods", "fods", "ods.gz"])
def test_other_spreadsheets_are_called_what_they_are(ending: str, tmp_path: Path) -> None:
    (tmp_path / f"p.{ending}").write_bytes(b"PK")
    told = refused(lambda: open_path(str(tmp_path / f"p.{ending}")))
    assert told == f"p.{ending}: is an OpenDocument spreadsheet. Save it as .xlsx or CSV."


def test_escapes_stay_as_they_are_written_and_drive_no_terminal(tmp_path: Path) -> None:
    texts = ["a_x001B_[31mb", "_x0000_", "_xD800_", "a_x000D_b"]
    path = book(tmp_path, [["label", "score", "g"], *([0, 0.5, text] for text in texts)])
    assert column(path, "g") == texts


def test_memory_that_is_not_there_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def out_of_memory(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(xlsx, "_choose_sheet", out_of_memory)
    with pytest.raises(MemoryError):
        open_path(book(tmp_path, TABLE))


@pytest.mark.parametrize("package", ["openpyxl", "defusedxml"])
def test_without_its_packages_it_says_how_to_install_them(
    package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, imported = book(tmp_path, TABLE), builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == package:
            raise ImportError(name)
        return imported(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    assert refused(lambda: open_path(path)) == (
        "p.xlsx: is an XLSX file, and what reads these is not installed. "
        "pip install openpyxl defusedxml, or save the sheet as CSV."
    )
