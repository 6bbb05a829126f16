"""Adverse impact in files for others: tables for spreadsheets, the card, the page."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import openpyxl
import pytest
from running import refuse_main, run_main

import fairaudit
from fairaudit.documents.impact import ImpactDocument
from fairaudit.render.impact import sheets

HOSTILE = '=HYPERLINK("http://x","y")|<b>\x1b[31m'
SAFE = '=HYPERLINK("http://x","y")|<b>\\x1b[31m'


@pytest.fixture(scope="module")
def berkeley(examples_dir: Path) -> ImpactDocument:
    path = str(examples_dir / "berkeley.csv")
    return fairaudit.impact(path, decision="admitted", weight="count", within="department").document


@pytest.fixture(scope="module")
def hostile() -> ImpactDocument:
    import pandas as pd

    people = pd.DataFrame({HOSTILE: [HOSTILE, "+1", "B", "B"], "hired": [1, 0, 1, 0], "n": [30, 40, 50, 20]})
    return fairaudit.impact(people, decision="hired", weight="n", attributes=HOSTILE).document


def test_the_workbook_is_read_back_equal(berkeley: ImpactDocument) -> None:
    book = openpyxl.load_workbook(io.BytesIO(sheets.workbook(berkeley)))
    assert book.sheetnames == ["gender", "within", "strata"]
    for sheet in sheets.sheets_of(berkeley):
        read = [tuple(row) for row in book[sheet.name].iter_rows(values_only=True)]
        assert read[0] == sheet.head
        page = book[sheet.name]
        widths = [page.column_dimensions[cell.column_letter].width for cell in page[1]]
        assert all(width > len(head) for width, head in zip(widths, sheet.head, strict=True))
        assert read[1:] == [tuple(row) for row in sheet.rows]
    assert book["gender"]["G2"].value == 557 / 1835


def test_equal_documents_give_equal_files(berkeley: ImpactDocument, monkeypatch: pytest.MonkeyPatch) -> None:
    first = sheets.workbook(berkeley)
    monkeypatch.setattr("time.time", lambda: 2e9)
    assert sheets.workbook(berkeley.model_copy()) == first
    assert b"2033" not in first


def test_csv_holds_the_numbers_in_full(berkeley: ImpactDocument) -> None:
    rows = list(csv.DictReader(io.StringIO(sheets.csv_files(berkeley)["impact-gender.csv"])))
    female = next(g for g in berkeley.tables[0].groups if g.group == "Female")
    assert float(rows[0]["impact_ratio"]) == female.impact_ratio
    assert float(rows[0]["p_fisher"]) == female.p_fisher
    assert rows[0]["adverse"] == "true"
    assert rows[1]["p_fisher"] == ""


def test_nothing_that_strangers_wrote_is_a_formula(hostile: ImpactDocument) -> None:
    book = openpyxl.load_workbook(io.BytesIO(sheets.workbook(hostile)))
    cells = [cell for page in book for row in page.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert SAFE in {cell.value for cell in cells}
    ((name, text),) = sheets.csv_files(hostile).items()
    assert "/" not in name
    assert "\x1b" not in text
    read = list(csv.reader(io.StringIO(text)))
    assert not [cell for row in read for cell in row if cell.startswith(("=", "+", "@"))]
    assert f"'{SAFE}" in read[1]


def test_two_sheets_never_have_one_name(hostile: ImpactDocument) -> None:
    table = hostile.tables[0]
    names = ["a/b", "A?b", "x" * 60, "x" * 61, ".."]
    many = hostile.model_copy(
        update={"tables": [table.model_copy(update={"attribute": name}) for name in names]}
    )
    files = sheets.csv_files(many)
    assert len(files) == len(names)
    assert len({name.casefold() for name in files}) == len(names)
    assert all(len(name) < 50 for name in files)


def test_tables_are_written_beside_the_document(tmp_path: Path, examples_dir: Path) -> None:
    words = (
        "impact",
        examples_dir / "berkeley.csv",
        "--decision",
        "admitted",
        "--weight",
        "count",
        "-a",
        "gender",
    )
    ran = run_main(*words, "--tables", "out", cwd=tmp_path)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"impact-gender.csv", "impact.xlsx"}
    assert "impact.xlsx" in ran.out
    (tmp_path / "file").write_text("x", encoding="utf-8")
    assert "file" in refuse_main(*words, "--tables", "file", "--out", "other", cwd=tmp_path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, examples_dir: Path) -> Path:
    path = tmp_path_factory.mktemp("berkeley")
    how = (examples_dir / "berkeley.csv", "--decision", "admitted", "--weight", "count", "-q")
    for words in (
        ("group", *how, "--label", "none", "-a", "gender"),
        ("impact", *how, "--within", "department", "--words", "selected=admitted"),
        ("card", "-q"),
        ("report", "-q"),
    ):
        ran = run_main(*words, cwd=path)
        assert ran.code == 0, ran.err
    return path


@pytest.mark.parametrize("file", ["MODEL_CARD.md", "report.html"])
def test_card_and_page_hold_berkeleys_answer(folder: Path, file: str) -> None:
    text = (folder / "fairaudit-out" / file).read_text("utf-8").replace("&#39;", "'")
    assert "Adverse impact" in text
    assert (
        "women are admitted less often than men overall (0.68 times the rate), and not so within department"
        in text
    )
    assert "1.105 (0.943 to 1.295)" in text


def test_impact_of_other_people_is_left_out_and_told(folder: Path, examples_dir: Path) -> None:
    how = ("--decision", "admitted", "--weight", "count", "-a", "gender", "-q")
    copy = folder / "other.csv"
    copy.write_text(
        (examples_dir / "berkeley.csv").read_text("utf-8").replace("A,Male,1,512", "A,Male,1,511"), "utf-8"
    )
    run_main("impact", copy, *how, cwd=folder)
    ran = run_main("card", "--force", cwd=folder)
    assert "impact.json is left out: it is about other predictions" in ran.err
    assert "### Adverse impact" not in (folder / "fairaudit-out" / "MODEL_CARD.md").read_text("utf-8")
