"""Several files that are one table: those of a pattern, or of a list. Which file a row came from is its source.

Each is read as if it stood alone, whatever its kind, so that what is wrong with one is said of that one.
"""

from __future__ import annotations

import hashlib
import itertools
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from fairaudit.engine.duckdb import attach
from fairaudit.engine.sql import text
from fairaudit.errors import FileError, OptionError, clipped
from fairaudit.locking import Scratch
from fairaudit.read.columns import SOURCE, by_name
from fairaudit.read.relation import Relation
from fairaudit.read.rows import Input
from fairaudit.settings.source import InputSettings
from fairaudit.spelling import setting

MOST_FILES = 200
"""Of Parquet files, which are read at once, there may be more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOf:
    """One of the files: what it is called among them, and what opens it."""

    shown: str
    open: Callable[[], Input]


def open_several(files: Sequence[OneOf], *, name: str, settings: InputSettings) -> Input:
    """Open files as one table, their rows behind each other in this order.

    Raises
    ------
    FileError
        If they are too many, or differ in their columns or in how their values are written.
    """
    if len(files) > MOST_FILES:
        raise FileError(
            name,
            f"stands for {len(files):,} files, more than {MOST_FILES:,}",
            hint="Of Parquet files there may be more",
        )
    if settings.skip_bad_lines:
        raise OptionError(setting("skip_bad_lines"), f"is said of one file, and {name} are {len(files):,}")
    first, *others = (file.open() for file in files)
    for file, opened in zip(files, (first, *others), strict=True):
        _refuse_other(file.shown, opened, files[0].shown, first)
    has_source = SOURCE not in map(str.casefold, first.columns)
    names = (*first.columns, *([SOURCE] if has_source else []))
    scratch, calls = Scratch(settings.temp_dir), itertools.count()
    hashes: dict[str, tuple[str, int]] = {}

    def relate(connection: duckdb.DuckDBPyConnection, places: Sequence[int]) -> Relation:
        call = next(calls)
        wanted = {place: names[place] for place in places if names[place] in first.columns}
        tables, notes = [], []
        for number, file in enumerate(files):
            copied = file.open().copy_to(
                list(wanted.values()) or names[:1], scratch.path / f"{call}_{number}.duckdb"
            )
            alias = f"file_{call}_{number}"
            attach(connection, copied.path, alias)
            tables.append(_select(f"{alias}.source_rows", copied.places, wanted, file.shown, places))
            notes += [replace(note, sentence=f"{file.shown}: {note.sentence}") for note in copied.notes]
            hashes[file.shown] = copied.identity
        _refuse_other_types(connection, tables, files, names)
        return Relation(sql=f"({' UNION ALL '.join(tables)})", notes=tuple(notes))

    several = Input(
        name,
        by_name(names, file=name, has_source=has_source),
        relate,
        cells=first.cells,
        identity=lambda: _identity(files, hashes),
        settings=settings,
    )
    several.hash_note = f"of the list of {len(files):,} files by their names, each behind its own hash"
    weakref.finalize(several, scratch.remove)
    return several


def _refuse_other(shown: str, opened: Input, first_shown: str, first: Input) -> None:
    """Refuse a file that has other columns than the first, or writes its values in another way."""
    if repeated := [column for column in opened.columns if column not in opened.single]:
        raise FileError(
            shown,
            f"has several columns {clipped(repeated[0])!r}",
            hint="Of several files each column needs a name of its own",
        )
    lacking = [column for column in first.columns if column not in opened.columns]
    more = [column for column in opened.columns if column not in first.columns]
    if lacking or more:
        problem = (
            f"lacks the column {clipped(lacking[0])!r}"
            if lacking
            else f"has a column {clipped(more[0])!r} more"
        )
        raise FileError(shown, f"{problem}, other than {first_shown}")
    if opened.cells is not first.cells:
        raise FileError(
            shown,
            f"holds values {opened.cells}, and {first_shown} {first.cells}",
            hint="Name files of one kind",
        )


def _select(
    table: str, own: Mapping[str, int], wanted: Mapping[int, str], shown: str, places: Sequence[int]
) -> str:
    """Write the query of one file: its columns under their places among all, and what it is called."""
    columns = [
        f"c{own[wanted[place]]} AS c{place}" if place in wanted else f"{text(shown)} AS c{place}"
        for place in places
    ]
    return f"SELECT {', '.join(columns) or '1'} FROM {table}"


def _refuse_other_types(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[str], files: Sequence[OneOf], names: Sequence[str]
) -> None:
    """Refuse a column that is of one type here and of another there, as text and numbers would become one."""
    first: dict[str, str] = {}
    for table, file in zip(tables, files, strict=True):
        for column, kind, *_ in connection.execute(f"DESCRIBE {table}").fetchall():
            if first.setdefault(column, kind) != kind:
                name = names[int(column[1:])]
                raise FileError(
                    file.shown,
                    f"its column {clipped(name)!r} is of type {clipped(kind)}, and in {files[0].shown} of {clipped(first[column])}",
                )


def _identity(files: Sequence[OneOf], hashes: Mapping[str, tuple[str, int]]) -> tuple[str, int]:
    """Compute the hash of the list that ``sha256sum`` makes of the files, by their names; and their size."""
    digest, size = hashlib.sha256(), 0
    for file in files:
        sha256, bytes_ = hashes[file.shown]
        digest.update(f"{sha256}  {file.shown}\n".encode())
        size += bytes_
    return digest.hexdigest(), size


def files_of(
    paths: Sequence[Path], open_one: Callable[[Path], Input], *, root: Path | None = None
) -> list[OneOf]:
    """Return files with what each is called: by its path from a folder, or its name where no other is called so."""
    names = [path.relative_to(root).as_posix() if root else path.name for path in paths]
    shown = [
        name if names.count(name) == 1 else path.as_posix() for name, path in zip(names, paths, strict=True)
    ]
    if twice := next((name for name in shown if shown.count(name) > 1), None):
        raise FileError(twice, "is named twice")

    def opener(path: Path) -> Callable[[], Input]:
        return lambda: open_one(path)

    return [OneOf(shown=name, open=opener(path)) for name, path in zip(shown, paths, strict=True)]
