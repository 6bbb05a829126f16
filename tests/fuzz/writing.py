"""A table written down: as CSV in its many ways, JSON lines, Parquet, or as a frame of pandas, polars or Arrow."""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from fuzz.meaning import Cell, Column, Table

TEXT_KINDS = ("csv", "jsonl")
FILE_KINDS = (*TEXT_KINDS, "parquet")
FRAME_KINDS = ("pandas", "polars", "arrow")


@dataclass(frozen=True, kw_only=True)
class Writing:
    """How a table is written.

    `styles` gives, for columns that may be written in several ways, a number by which each cell chooses one of them, `forms` the one way in
    which a column writes its numbers; any other column is written plainly. `blanks` is what stands where nothing does, by column,
    and `empty` everywhere else; `index` adds columns that nobody can name. With `apostrophes` a spreadsheet runs no text, as in the files that the program
    writes.
    """

    kind: str
    suffix: str = ""
    delimiter: str = ","
    quoted: bool = False
    line_end: str = "\n"
    last_line_ends: bool = True
    mark: bool = False
    compressed: bool = False
    index: bool = False
    apostrophes: bool = False
    empty: str = ""
    blanks: Mapping[str, str] = field(default_factory=dict)
    styles: Mapping[str, int] = field(default_factory=dict)
    forms: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"people{self.suffix}{'.gz' if self.compressed else ''}"


def write(table: Table, how: Writing, folder: Path) -> Path:
    """Write a table to a file."""
    path = folder / how.name
    if how.kind == "parquet":
        pq.write_table(arrow_table(table, how), path)
        return path
    content = (csv_text(table, how) if how.kind == "csv" else json_lines(table, how)).encode()
    if how.mark:
        content = b"\xef\xbb\xbf" + content
    path.write_bytes(gzip.compress(content, compresslevel=1) if how.compressed else content)
    return path


def frame(table: Table, how: Writing) -> Any:
    """Make a frame of a table."""
    match how.kind:
        case "pandas":
            return pd.DataFrame(
                {c.name: _pandas(c, how, single=c.name in table.singles) for c in table.columns}
            )
        case "polars":
            return pl.DataFrame([_polars(c, how, single=c.name in table.singles) for c in table.columns])
        case _:
            return arrow_table(table, how)


def csv_text(table: Table, how: Writing) -> str:
    """Write a table as RFC 4180 has it: what holds a separator, a quote or any line break stands in quotes."""

    def line(texts: Iterable[str]) -> str:
        shown = map(_no_formula, texts) if how.apostrophes else texts
        return how.delimiter.join(_field(text, how) for text in shown)

    def cells(place: int) -> Iterable[str]:
        for column in table.columns:
            yield _cell_text(column, place, how)

    # The row numbers of pandas and R have no name; nobody asks for the two columns of one name.
    first, last = ([""], ["twice", "Twice"]) if how.index else ([], [])
    lines = [line([*first, *table.names, *last])]
    for place in range(table.rows):
        around = ([str(place)], ["x", str(place)]) if how.index else ([], [])
        lines.append(line([*around[0], *cells(place), *around[1]]))
    return how.line_end.join(lines) + (how.line_end if how.last_line_ends else "")


def _cell_text(column: Column, place: int, how: Writing) -> str:
    cell, form = column.cells[place], how.forms.get(column.name)
    if form and (text := in_form(cell, form)) is not None:
        return text
    return as_text(cell, how.styles.get(column.name, 0), place, blanks=how.blanks.get(column.name, how.empty))


def _no_formula(text: str) -> str:
    runs = (
        len(text) > 1
        and text[0] in "=+-@\t"
        and not re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text)
    )
    return f"'{text}" if runs else text


def _field(text: str, how: Writing) -> str:
    if how.quoted or set(text) & {how.delimiter, '"', "\r", "\n"}:
        return '"' + text.replace('"', '""') + '"'
    return text


def json_lines(table: Table, how: Writing) -> str:
    lines = []
    for place in range(table.rows):
        entry: dict[str, Any] = {}
        for column in table.columns:
            cell, style = column.cells[place], how.styles.get(column.name, 0)
            # A key may be left out, but for the first row's, so that no column is lost.
            if cell is None and style and column.name not in how.blanks and place and (style + place) % 2:
                continue
            as_words = (
                column.name in how.forms
                or column.name in how.blanks
                or (style and (isinstance(cell, str) or (style + place) % 3 == 0))
            )
            entry[column.name] = _cell_text(column, place, how) if as_words else cell
        lines.append(json.dumps(entry, ensure_ascii=how.quoted))
    return how.line_end.join(lines) + (how.line_end if how.last_line_ends else "")


MARKS = ("", "  ", "NA", "n/a", "#N/A", "NaN", "nan", "NULL", "None", "?", "\\N", "<NA>", " NA ", "\u00a0")
"""What stands where nothing does, in any column."""
NUMBER_MARKS = (*MARKS, ".", "-", "--", "na", "none", "\u2013")
"""The same, in a column that otherwise holds numbers."""


def as_text(cell: Cell, style: int, place: int, *, blanks: str = "") -> str:
    """Write a cell; style 0 is the plain way, any other takes the ways in turn."""
    match cell:
        case None:
            return blanks
        case bool():
            ways = ["true" if cell else "false"]
            ways += [ways[0].title(), ways[0].upper()]
        case int():
            ways = [str(cell), f"{cell}.0", f"{cell:+d}", f" {cell}", f"{cell}e0", f"{cell}."]
        case float():
            ways = [repr(cell), f"{cell:.17e}", f"{cell:+.17g}", f"{cell!r} ", f"{cell:.16E}"]
        case str():
            ways = spellings(cell)
    return ways[(style + place) % len(ways) if style else 0]


def spellings(text: str) -> list[str]:
    """Give ways to write a name that look alike."""
    decomposed = unicodedata.normalize("NFD", text)
    return [
        text,
        f"{text} ",
        f"\t{text}",
        decomposed,
        f"\u200b{text}",
        text.replace(" ", "\u00a0"),
        f"{text}\u2003",
    ]


def in_form(cell: Cell, form: str) -> str | None:
    """Write a number as people and spreadsheets do; ``None`` if it cannot be."""
    if cell is None or isinstance(cell, bool | str):
        return None
    digits = format(Decimal(repr(cell)), "f")
    match form:
        case "comma":
            return digits.replace(".", ",")
        case "percent":
            return f"{Decimal(repr(cell)).scaleb(2):f}%"
        case "thousands":
            return f"{Decimal(repr(cell)):,f}"
        case "dollars":
            return f"-${digits[1:]}" if digits.startswith("-") else f"${digits}"
        case "euros":
            return f"{digits} \u20ac"
        case _:
            return f"({digits[1:]})" if digits.startswith("-") else digits


def certain(texts: Iterable[str]) -> bool:
    """Tell whether some text can only be read with a decimal comma; a lone 1,234 may be a thousand."""
    return any("," in text and not re.fullmatch(r"-?[1-9][0-9]{0,2},[0-9]{3}", text) for text in texts)


def arrow_table(table: Table, how: Writing) -> pa.Table:
    return pa.table(
        [_arrow(column, how, single=column.name in table.singles) for column in table.columns],
        names=list(table.names),
    )


def kind_of(column: Column) -> type:
    """Give the one type of a column's cells; text if there are none."""
    kinds = {type(cell) for cell in column.cells if cell is not None}
    if kinds == {int, float}:
        return float
    assert len(kinds) <= 1, kinds
    return next(iter(kinds), str)


def _named_alike(column: Column, how: Writing) -> list[Cell]:
    """Give the cells of a typed column; texts in ways that look alike, or with a mark where nothing stands."""
    if kind_of(column) is not str:
        return list(column.cells)
    style, mark = how.styles.get(column.name, 0), how.blanks.get(column.name)
    return [mark if cell is None else as_text(cell, style, place) for place, cell in enumerate(column.cells)]


def _arrow(column: Column, how: Writing, *, single: bool) -> pa.Array:
    types: dict[type, list[pa.DataType]] = {
        bool: [pa.bool_()],
        int: [pa.int64(), pa.float64()],
        float: [pa.float32() if single else pa.float64()],
        str: [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())],
    }
    possible = types[kind_of(column)]
    wanted = possible[how.types.get(column.name, 0) % len(possible)]
    cells = _named_alike(column, how)
    if pa.types.is_dictionary(wanted):
        return pa.array(cells, pa.string()).dictionary_encode()
    return pa.array(
        [float(c) if pa.types.is_floating(wanted) and c is not None else c for c in cells], wanted
    )


def _pandas(column: Column, how: Writing, *, single: bool) -> pd.Series[Any]:
    types: dict[type, list[str]] = {
        bool: ["boolean", "object"],
        int: ["Int64", "object", "float64"],
        float: ["float32", "Float32"] if single else ["float64", "Float64", "object"],
        str: ["object", "string", "category"],
    }
    possible = types[kind_of(column)]
    wanted = possible[how.types.get(column.name, 0) % len(possible)]
    if wanted in ("float32", "float64"):
        return pd.Series([float("nan") if c is None else float(c) for c in column.cells], dtype=wanted)
    return pd.Series(_named_alike(column, how), dtype=wanted)


def _polars(column: Column, how: Writing, *, single: bool) -> pl.Series:
    types: dict[type, list[Any]] = {
        bool: [pl.Boolean],
        int: [pl.Int64, pl.Float64],
        float: [pl.Float32 if single else pl.Float64],
        str: [pl.String, pl.Categorical],
    }
    possible = types[kind_of(column)]
    wanted = possible[how.types.get(column.name, 0) % len(possible)]
    return pl.Series(column.name, _named_alike(column, how), dtype=wanted, strict=False)
