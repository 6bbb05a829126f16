"""XLSX: the values of one sheet, as the CSV of the same data would hold them.

openpyxl reads the sheet row by row, so that memory stays bounded whatever its size; it has been measured at six seconds of CPU for a million
cells. A workbook is a zip archive of XML, and both can be made to unpack to more than any memory holds: sizes are looked at before, and
defusedxml refuses XML that defines entities.
"""

from __future__ import annotations

import contextlib
import csv
import datetime
import itertools
import re
import warnings
import weakref
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from fairaudit.engine.duckdb import folder_of
from fairaudit.engine.sql import text
from fairaudit.errors import ColumnError, FairauditError, FileError, RowError, clipped, did_you_mean, listed
from fairaudit.read.columns import by_name
from fairaudit.read.delimited import csv_options
from fairaudit.read.notes import Note
from fairaudit.read.relation import Relation
from fairaudit.read.rows import Cells, Input
from fairaudit.read.source_file import SourceFile
from fairaudit.read.values import MISSING_MARKS
from fairaudit.room import refuse_full

MOST_BYTES = 2**30
"""A workbook may unpack to so much."""
MOST_RATIO = 100
"""An archive may unpack to so many times its size; sheets are rarely above thirty."""
FREE_BYTES = 64 * 2**20
"""Below this nothing can overflow, whatever the ratio."""
MOST_LETTERS = 32_767
"""So many characters a cell has at most, in any spreadsheet program."""
MOST_ROWS = 2**20
"""So many rows a spreadsheet has at most."""
_BLOCK = 1 << 20
_FORMULA = re.compile(rb"<(?:[\w.-]{1,30}:)?f[\s/>]")
_LONGEST_TAG = 40
_EMPTY_TEXT = "str"
"""What openpyxl calls the type of a cell whose formula came to an empty text."""
_ERROR = "#VALUE!"
_TIME = re.compile(r"[hs]", re.IGNORECASE)
"""In the format of a cell that shows the time of day."""
_IN_QUOTES = re.compile(r'"[^"]*"|\\.|\[\$[^\]]*\]')

Row = Sequence[Any]


def open_xlsx(file: SourceFile) -> Input:
    """Open a sheet of a workbook: the named one, or the first that is shown.

    The first row that holds anything is the header. Of formulas the stored results are read, and of merged cells only the first holds a value.

    Raises
    ------
    FileError
        If the file is no workbook, unpacks to too much, or has no such sheet; if openpyxl is not installed.
    """
    _refuse_bomb(file)
    with _damage_told(file), contextlib.ExitStack() as stack:
        sheet, notes = _choose_sheet(_worksheets(file, stack), file)
        header = next(((number, row) for number, row in _rows(sheet, file) if _holds_any(row)), None)
        if header is None:
            raise FileError(file.name, "is empty", hint="A row with the names of the columns was expected")
        header_row, cells = header
        names = tuple(_text(cell) or "" for cell in _trimmed(cells))
        columns, opened_files = by_name(names, file=file.name), stack.pop_all()

    def relate(connection: duckdb.DuckDBPyConnection, places: Sequence[int]) -> Relation:
        copy, chosen = folder_of(connection) / "sheet.csv", tuple(places) or (0,)
        with _damage_told(file), contextlib.ExitStack() as stack:
            formulas = None
            if _has_formulas(file.path):
                sheets = _worksheets(file, stack, data_only=False)
                formulas = next(other for other in sheets if other.title == sheet.title)
            table = _Table(sheet=sheet, formulas=formulas, names=names, header_row=header_row, file=file)
            with copy.open("w", encoding="utf-8", newline="") as target:
                writer = csv.writer(target, quoting=csv.QUOTE_ALL, lineterminator="\n")
                writer.writerows(table.rows(chosen))
        return Relation(
            sql=f"read_csv({text(copy.as_posix())}, {csv_options(chosen, delimiter=',')}, header = false, new_line = '\\n')",
            first_line=header_row + 1,
            notes=notes,
        )

    opened = Input(file.name, columns, relate, file.path, cells=Cells.TEXTS, settings=file.settings)
    weakref.finalize(opened, opened_files.close)
    return opened


def open_document(name: str) -> FileError:
    """Return the error of a spreadsheet of LibreOffice's own kind."""
    return FileError(name, "is an OpenDocument spreadsheet", hint="Save it as .xlsx or CSV")


def _refuse_bomb(file: SourceFile) -> None:
    """Refuse what is no archive, or would unpack to too much; of each part no more is unpacked than the archive says."""
    try:
        with zipfile.ZipFile(file.path) as archive:
            total = sum(entry.file_size for entry in archive.infolist())
            is_open_document = "mimetype" in archive.namelist()
    except (zipfile.BadZipFile, OSError, RuntimeError, ValueError, EOFError):
        raise FileError(
            file.name,
            "is no XLSX file",
            hint="An old .xls file, or one with a password? Save it as .xlsx without one, or as CSV",
        ) from None
    if is_open_document:
        raise open_document(file.name)
    if total > MOST_BYTES or (total > FREE_BYTES and total > MOST_RATIO * file.path.stat().st_size):
        raise FileError(
            file.name, f"unpacks to {total:,} bytes, more than is safe to read", hint="Save the sheet as CSV"
        )


def _worksheets(file: SourceFile, stack: contextlib.ExitStack, *, data_only: bool = True) -> Sequence[Any]:
    """Open the sheets of a workbook, which a stack closes: with the results of formulas, or with these themselves."""
    try:
        import defusedxml  # noqa: F401  # openpyxl uses it where it is installed
        from openpyxl import load_workbook
    except ImportError:
        raise FileError(
            file.name,
            "is an XLSX file, and what reads these is not installed",
            hint="pip install openpyxl defusedxml, or save the sheet as CSV",
        ) from None
    # Given a path, openpyxl would look at its ending.
    stream = stack.enter_context(file.path.open("rb"))
    book = load_workbook(stream, read_only=True, data_only=data_only, keep_links=False)
    stack.callback(book.close)
    sheets: Sequence[Any] = book.worksheets
    return sheets


@contextlib.contextmanager
def _damage_told(file: SourceFile) -> Iterator[None]:
    """Turn whatever openpyxl raises for a damaged workbook into one sentence."""
    try:
        with warnings.catch_warnings():
            # Of extensions that it leaves out; none of them holds values.
            warnings.simplefilter("ignore")
            yield
    except (FairauditError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001  # it has no error of its own: KeyError, ValueError, ParseError, whatever comes
        refuse_full(error)
        cause: BaseException = error
        while cause.__cause__ is not None:
            # What openpyxl says itself is only where it was.
            cause = cause.__cause__
        problem = "cannot be read as XLSX"
        if not isinstance(cause, (AttributeError, TypeError)):
            # These speak of openpyxl's own objects.
            problem += f": {clipped(str(cause).partition(chr(10))[0] or type(cause).__name__, most=200)}"
        if type(cause).__module__.startswith("defusedxml"):
            problem = "defines entities, which no spreadsheet program does"
        raise FileError(file.name, problem, hint="Is it damaged? Save the sheet as CSV") from None


def _choose_sheet(sheets: Sequence[Any], file: SourceFile) -> tuple[Any, tuple[Note, ...]]:
    """Choose the named sheet, or the first that is shown, of which is told where there are several."""
    titles = [sheet.title for sheet in sheets]
    if not titles:
        raise FileError(file.name, "has no sheet with cells")
    if file.part is not None:
        alike = [s for s in sheets if s.title == file.part] or [
            s for s in sheets if s.title.casefold() == file.part.casefold()
        ]
        if not alike:
            raise FileError(
                file.path.name,
                f"has no sheet {file.part!r}",
                hint=f"{did_you_mean(file.part, titles)} Its sheets are {listed(titles)}".strip(),
            )
        return alike[0], ()
    sheet = next((s for s in sheets if s.sheet_state == "visible"), sheets[0])
    others = [title for title in titles if title != sheet.title]
    if not others:
        return sheet, ()
    return sheet, (
        Note(
            sentence=f"its sheet {clipped(sheet.title)!r} is read; {file.name}#SHEET names another: {listed(others)}"
        ),
    )


def _rows(sheet: Any, file: SourceFile) -> Iterator[tuple[int, Row]]:
    """Read the rows of a sheet with their numbers, each as long as it has cells."""
    # What a sheet says of its size may be wrong.
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(max_row=MOST_ROWS + 1), start=1):
        if number > MOST_ROWS:
            raise FileError(file.name, f"has rows behind row {MOST_ROWS:,}, which no spreadsheet has")
        _refuse_long(number, row, file)
        yield number, row


def _refuse_long(number: int, row: Row, file: SourceFile) -> None:
    """Refuse a cell that no spreadsheet program could have written."""
    for place, cell in enumerate(row, start=1):
        if isinstance(cell.value, str) and len(cell.value) > MOST_LETTERS:
            raise FileError(
                file.name,
                f"row {number:,} of the sheet holds {len(cell.value):,} characters in column {place:,}, and no spreadsheet program writes more than {MOST_LETTERS:,} into a cell",
                hint="Is it damaged? Save the sheet as CSV",
            )


def _holds_any(row: Row) -> bool:
    return any(cell.value not in (None, "") for cell in row)


def _trimmed(row: Row) -> Row:
    """Leave out the empty cells at the end of a row."""
    width = max((place for place, cell in enumerate(row, start=1) if cell.value not in (None, "")), default=0)
    return row[:width]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """The rows of a sheet below its header; `formulas` is the sheet with formulas instead of their results, where it has any."""

    sheet: Any
    formulas: Any
    names: Sequence[str]
    header_row: int
    file: SourceFile

    def rows(self, places: Sequence[int]) -> Iterator[list[str]]:
        """Yield the texts at some places of every row; rows that hold nothing count but at the end."""
        pending = 0
        rows = itertools.islice(_rows(self.sheet, self.file), self.header_row, None)
        formulas: Iterator[tuple[int, Row]] = itertools.repeat((0, ()))
        if self.formulas is not None:
            formulas = itertools.islice(_rows(self.formulas, self.file), self.header_row, None)
        for (number, cells), (_, unsolved) in zip(rows, formulas, strict=False):
            row = _trimmed(cells)
            self._refuse_unsolved(number, cells, unsolved, places)
            if not row:
                pending += 1
                continue
            if len(row) > len(self.names):
                raise RowError(
                    self.file.name,
                    number,
                    f"holds {clipped(_text(row[-1]) or '')!r} in column {len(row):,}, and the header has {len(self.names):,} columns",
                    hint="Every column needs a name in the header",
                )
            yield from ([""] * len(places) for _ in range(pending))
            pending = 0
            yield [(_text(row[place]) or "") if place < len(row) else "" for place in places]

    def _refuse_unsolved(self, number: int, cells: Row, unsolved: Row, places: Sequence[int]) -> None:
        """Refuse a formula whose result no program has stored; one that comes to an empty text has one."""
        for place in places:
            is_formula = place < len(unsolved) and unsolved[place].data_type == "f"
            if is_formula and cells[place].value is None and cells[place].data_type != _EMPTY_TEXT:
                raise ColumnError(
                    self.file.name,
                    self.names[place],
                    f"row {number:,} of the sheet holds a formula whose result is not stored in the file",
                    hint="Open it in a spreadsheet program and save it, or write values instead of formulas",
                )


def _has_formulas(path: Path) -> bool:
    """Return whether any sheet of a workbook holds a formula, without taking the sheets apart."""
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if "worksheets/" in entry.filename:
                with archive.open(entry) as part:
                    end = b""
                    while block := part.read(_BLOCK):
                        if _FORMULA.search(end + block):
                            return True
                        end = block[-_LONGEST_TAG:]
    return False


def _text(cell: Any) -> str | None:
    """Write the value of a cell as a CSV file would hold it; numbers as they are stored, however they are shown."""
    value = cell.value
    if cell.data_type == "e":
        # Newer programs know more errors than those that are marks of missing values.
        return value if value in MISSING_MARKS else _ERROR
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime) and not _TIME.search(
        _IN_QUOTES.sub("", cell.number_format or "")
    ):
        return str(value.date())
    return str(value)
