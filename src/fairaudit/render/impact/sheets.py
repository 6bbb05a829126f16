"""Tables of adverse impact as CSV and XLSX, with numbers in full precision; what strangers wrote is no formula."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel

from fairaudit.documents.frames import IMPACT_COLUMNS, impact_rows
from fairaudit.documents.impact import ImpactDocument, RepresentationPart
from fairaudit.documents.within import StratumPart, WithinPart
from fairaudit.errors import FileError
from fairaudit.render.escape import visible

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

WORKBOOK = "impact.xlsx"
MOST_LETTERS = 32_000
"""A cell of a spreadsheet holds so many characters."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""
_IN_TITLE = re.compile(r"[^\w .-]")
_LONGEST_TITLE = 28
_WIDEST = 40
"""A column of a sheet is made as wide as so many letters, at most."""
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")

_NOT_IN_SHEETS = ("strata", "reasons", "metric")
_OF_ANY_METRIC = ("numerator", "reference_numerator", "reason")
"""What stands in other columns as well, as all is about who is selected here."""

Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table with a short name; its cells are texts, numbers or nothing."""

    name: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def sheets_of(document: ImpactDocument) -> tuple[Sheet, ...]:
    """Return a sheet for each attribute, and those of strata, of deciles and of a population where there are any."""
    rows = impact_rows(document)
    names = [t.attribute for t in document.tables]
    sheets = [
        _sheet(name, IMPACT_COLUMNS, [row for row in rows if row["attribute"] == name]) for name in names
    ]
    parts = document.within or []
    if parts:
        own = [name for name in WithinPart.model_fields if name not in _NOT_IN_SHEETS]
        sheets.append(_sheet("within", _flat_head(own), [_flat(p, own) for p in parts]))
        strata = [
            {
                "attribute": p.attribute,
                "column": p.column,
                "group": p.group,
                "reference": p.reference,
                **s.model_dump(exclude=set(_OF_ANY_METRIC)),
            }
            for p in parts
            for s in p.strata
        ]
        own = [name for name in StratumPart.model_fields if name not in _OF_ANY_METRIC]
        head = ("attribute", "column", "group", "reference", *own)
        sheets.append(_sheet("strata", head, strata))
    if deciles := _deciles(document):
        sheets.append(_sheet("deciles", tuple(deciles[0]), deciles))
    if document.representation:
        head = tuple(name for name in RepresentationPart.model_fields if name != "reasons")
        sheets.append(_sheet("representation", head, [p.model_dump() for p in document.representation]))
    return tuple(sheets)


def _deciles(document: ImpactDocument) -> list[dict[str, object]]:
    return [
        {
            "attribute": t.attribute,
            "group": g.group,
            "reference": t.reference,
            **top.model_dump(exclude={"reasons"}),
        }
        for t in document.tables
        for g in t.groups
        if g.lending
        for top in g.lending.deciles
    ]


def _flat_head(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(
        part
        for name in names
        for part in ((f"{name}_low", f"{name}_high") if name.endswith("_ci") else (name,))
    )


def _flat(part: BaseModel, names: Sequence[str]) -> Mapping[str, object]:
    """Write a part as a row, the ends of an interval each by itself."""
    row: dict[str, object] = {}
    for name in names:
        value = getattr(part, name)
        if name.endswith("_ci"):
            row[f"{name}_low"], row[f"{name}_high"] = value or (None, None)
        else:
            row[name] = value
    return row


def _sheet(name: str, head: Iterable[str], rows: Iterable[Mapping[str, object]]) -> Sheet:
    columns = tuple(head)
    return Sheet(name=name, head=columns, rows=tuple(tuple(_cell(row[c]) for c in columns) for row in rows))


def _cell(value: object) -> Cell:
    """Write a value for a cell: infinity, which no spreadsheet has, is left out; a text has no character that cannot be seen."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if abs(value) != float("inf") else None
    return visible(str(value))[:MOST_LETTERS]


def csv_files(document: ImpactDocument) -> dict[str, str]:
    """Write each sheet as CSV, by the name of its file."""
    sheets = sheets_of(document)
    return {f"impact-{title}.csv": _csv(sheet) for title, sheet in zip(_titles(sheets), sheets, strict=True)}


def _csv(sheet: Sheet) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(sheet.head)
    writer.writerows([_plain(cell) for cell in row] for row in sheet.rows)
    return out.getvalue()


def _plain(cell: Cell) -> Cell:
    """Write a cell so that no program that opens the file calculates it: an apostrophe stands before what looks like a formula."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return repr(cell)
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def workbook(document: ImpactDocument) -> bytes:
    """Write all sheets as one XLSX file, in which every text is a text, whatever it begins with.

    Raises
    ------
    FileError
        If openpyxl is not installed.
    """
    try:
        from openpyxl import Workbook
        from openpyxl.cell.cell import TYPE_NUMERIC, TYPE_STRING
    except ImportError:
        raise FileError(
            WORKBOOK, "needs the package openpyxl", hint="Install it by pip install openpyxl defusedxml"
        ) from None
    book = Workbook()
    book.remove(book.active)
    sheets = sheets_of(document)
    for title, sheet in zip(_titles(sheets), sheets, strict=True):
        page = book.create_sheet(title)
        page.append(list(sheet.head))
        page.freeze_panes = "A2"
        _lay_out(page, sheet)
        for number, row in enumerate(sheet.rows, start=2):
            for column, value in enumerate(row, start=1):
                cell = page.cell(number, column, repr(value) if isinstance(value, float) else value)
                if isinstance(value, float):
                    # By itself openpyxl writes 16 digits, which is another number.
                    cell.data_type = TYPE_NUMERIC
                elif isinstance(value, str):
                    cell.data_type = TYPE_STRING
                    cell.quotePrefix = value.startswith(_FORMULA)
    book.properties.created = document.created.replace(tzinfo=None)
    out = io.BytesIO()
    book.save(out)
    return _of_moment(out.getvalue(), document.created)


def _lay_out(page: Worksheet, sheet: Sheet) -> None:
    """Make the heads bold, and columns as wide as their head or their longest text, so that nothing is cut off which is not very long."""
    from openpyxl.styles import Font

    for head, *values in zip(page[1], *sheet.rows, strict=True):
        head.font = Font(bold=True)
        texts = [value for value in values if isinstance(value, str)]
        longest = max(len(text) for text in (str(head.value), *texts))
        page.column_dimensions[head.column_letter].width = min(longest, _WIDEST) + 2


def _of_moment(content: bytes, moment: datetime) -> bytes:
    """Write a workbook as it is, but for the time at which it was saved, so that equal documents give equal files."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as book,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as dated,
    ):
        for name in book.namelist():
            part = book.read(name)
            if name == "docProps/core.xml":
                part = _MODIFIED.sub(rb"\g<1>" + f"{moment:%Y-%m-%dT%H:%M:%SZ}".encode() + rb"\g<2>", part)
            info = zipfile.ZipInfo(name, (max(moment.year, 1980), *moment.timetuple()[1:6]))
            dated.writestr(info, part, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _titles(sheets: Sequence[Sheet]) -> list[str]:
    """Name sheets by letters that files and workbooks can be called by, each by another name."""
    titles: list[str] = []
    for sheet in sheets:
        plain = _IN_TITLE.sub("_", sheet.name).strip(". ")[:_LONGEST_TITLE] or "table"
        title, number = plain, 1
        while title.casefold() in map(str.casefold, titles):
            number += 1
            title = f"{plain[: _LONGEST_TITLE - 3]}_{number}"
        titles.append(title)
    return titles
