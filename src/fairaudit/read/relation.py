"""Where DuckDB finds the columns of a source."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from fairaudit.engine.lines import Lines
from fairaudit.read.bad_lines import BadLines
from fairaudit.read.counted import CountRows
from fairaudit.read.notes import Note


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """Where DuckDB finds some columns of a source.

    Attributes
    ----------
    sql
        A relation in which column i of the source is ``c{i}``.
    rows
        How many it has, where that is known before they are read.
    halves
        Places of columns that were float16 and are float32 there.
    unreadable
        Why columns are not there, by their places.
    first_line
        Number of the line of the file with which the relation begins.
    otherwise
        What to read instead after an error, if anything.
    notes
        What is to be told if it is read.
    skipped
        The lines of the file that are not in it, where these may be left out.
    counted
        Counts rows where they are, if they cannot be brought here.
    lines
        The same rows as lines of text, if they may be as plain as that.
    """

    sql: str
    rows: int | None = None
    halves: frozenset[int] = frozenset()
    unreadable: Mapping[int, str] = field(default_factory=dict)
    first_line: int = 1
    otherwise: Callable[[duckdb.Error], Relation | None] = lambda _: None
    notes: tuple[Note, ...] = ()
    skipped: BadLines | None = None
    counted: CountRows | None = None
    lines: Lines | None = None


def is_short(relation: Relation, path: Path | None) -> bool:
    """Tell whether a relation, of a file or of what is none, is read in less time than anybody would ask how far that is."""
    if path:
        return path.stat().st_size < _FEW_BYTES
    return relation.rows is not None and relation.rows < _FEW_ROWS


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """Columns of a source in a file of DuckDB's own, in the table ``source_rows``; column i of the source is ``c{i}`` there, and `places` says which that is by its name."""

    path: Path
    places: Mapping[str, int]
    notes: tuple[Note, ...]
    identity: tuple[str, int]


@dataclass(slots=True, kw_only=True)
class Store:
    """The columns that are kept so far, by their places, and where they came from; each time that some are added there is another file."""

    places: set[int] = field(default_factory=set)
    relation: Relation | None = None
    number: int = 0

    def add(self, places: Collection[int]) -> None:
        """Take other columns to those that are kept."""
        self.places.update(places)
        self.number += 1

    def file(self, folder: Path) -> Path:
        """Return where the columns are."""
        return folder / f"{self.number}.duckdb"

    def of(self, places: Collection[int]) -> Relation:
        """Return the relation of some of them."""
        source = self.relation or Relation(sql="")
        return Relation(
            sql=f"{KEPT}.source_rows",
            halves=source.halves.intersection(places),
            unreadable={place: why for place, why in source.unreadable.items() if place in places},
            notes=source.notes,
            skipped=source.skipped,
        )


KEPT = "kept_rows"
_FEW_BYTES, _FEW_ROWS = 100_000, 10_000
