"""A table written down: as CSV in its many ways, JSON lines, Parquet, or as a frame of pandas, polars or Arrow."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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

    `styles` gives, for columns that may be written in several ways, a number by which each cell chooses one of them; any other column is
    written plainly. `blanks` is what stands where nothing does.
    """

    kind: str
    suffix: str = ""
    delimiter: str = ","
    quoted: bool = False
    line_end: str = "\n"
    last_line_ends: bool = True
    mark: bool = False
    compressed: bool = False
    blanks: str = ""
    styles: Mapping[str, int] = field(default_factory=dict)
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
            return pd.DataFrame({c.name: _pandas(c, how.types.get(c.name, 0)) for c in table.columns})
        case "polars":
            return pl.DataFrame([_polars(c, how.types.get(c.name, 0)) for c in table.columns])
        case _:
            return arrow_table(table, how)


def csv_text(table: Table, how: Writing) -> str:
    """Write a table as RFC 4180 has it: what holds a separator, a quote or any line break stands in quotes."""

    def line(texts: Iterable[str]) -> str:
        return how.delimiter.join(_field(text, how) for text in texts)

    def cells(place: int) -> Iterable[str]:
        for column in table.columns:
            yield as_text(column.cells[place], how.styles.get(column.name, 0), place, blanks=how.blanks)

    lines = [line(table.names), *(line(cells(place)) for place in range(table.rows))]
    return how.line_end.join(lines) + (how.line_end if how.last_line_ends else "")


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
            if cell is None and style and place and (style + place) % 2:
                continue
            as_words = style and not isinstance(cell, str) and cell is not None and (style + place) % 3 == 0
            entry[column.name] = as_text(cell, style, place, blanks="") if as_words else cell
        lines.append(json.dumps(entry, ensure_ascii=how.quoted))
    return how.line_end.join(lines) + (how.line_end if how.last_line_ends else "")


def as_text(cell: Cell, style: int, place: int, *, blanks: str) -> str:
    """Write a cell; style 0 is the plain way, any other takes the ways in turn."""
    match cell:
        case None:
            return blanks
        case bool():
            ways = ["true" if cell else "false"]
            ways += [ways[0].title(), ways[0].upper(), str(int(cell)), f"{int(cell)}.0"]
        case int():
            ways = [str(cell), f"{cell}.0", f"{cell:+d}", f" {cell}", f"{cell}e0", f"{cell}."]
        case float():
            ways = [repr(cell), f"{cell:.17e}", f"{cell:+.17g}", f"{cell!r} ", f"{cell:.16E}"]
        case str():
            return cell
    return ways[(style + place) % len(ways) if style else 0]


def arrow_table(table: Table, how: Writing) -> pa.Table:
    return pa.table(
        [_arrow(column, how.types.get(column.name, 0)) for column in table.columns], names=list(table.names)
    )


def kind_of(column: Column) -> type:
    """Give the one type of a column's cells; text if there are none."""
    kinds = {type(cell) for cell in column.cells if cell is not None}
    if kinds == {int, float}:
        return float
    assert len(kinds) <= 1, kinds
    return next(iter(kinds), str)


def _arrow(column: Column, choice: int) -> pa.Array:
    types: dict[type, list[pa.DataType]] = {
        bool: [pa.bool_()],
        int: [pa.int64(), pa.float64()],
        float: [pa.float64()],
        str: [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())],
    }
    possible = types[kind_of(column)]
    wanted = possible[choice % len(possible)]
    if pa.types.is_dictionary(wanted):
        return pa.array(column.cells, pa.string()).dictionary_encode()
    return pa.array(
        [float(c) if pa.types.is_floating(wanted) and c is not None else c for c in column.cells], wanted
    )


def _pandas(column: Column, choice: int) -> pd.Series[Any]:
    types: dict[type, list[str]] = {
        bool: ["boolean", "object"],
        int: ["Int64", "object", "float64"],
        float: ["float64", "Float64", "object"],
        str: ["object", "string", "category"],
    }
    possible = types[kind_of(column)]
    wanted = possible[choice % len(possible)]
    if wanted == "float64":
        return pd.Series([float("nan") if c is None else float(c) for c in column.cells], dtype=wanted)
    return pd.Series(list(column.cells), dtype=wanted)


def _polars(column: Column, choice: int) -> pl.Series:
    types: dict[type, list[Any]] = {
        bool: [pl.Boolean],
        int: [pl.Int64, pl.Float64],
        float: [pl.Float64],
        str: [pl.String, pl.Categorical],
    }
    possible = types[kind_of(column)]
    wanted = possible[choice % len(possible)]
    return pl.Series(column.name, list(column.cells), dtype=wanted, strict=False)
