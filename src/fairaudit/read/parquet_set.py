"""Several Parquet files that are one table: those of a folder, or of a pattern; folders called ``race=x`` give a column.

Which files there are is found out here, and not by DuckDB, which would also take folders above the data set for columns.
"""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import duckdb

from fairaudit.engine.duckdb import is_nested
from fairaudit.engine.sql import first_line, one_file, quoted, text
from fairaudit.errors import FileError, clipped, listed
from fairaudit.read.columns import SOURCE, by_name
from fairaudit.read.faults import read_error
from fairaudit.read.parquet import top_level
from fairaudit.read.relation import Relation
from fairaudit.read.rows import READABLE, Input
from fairaudit.read.source_file import hash_file
from fairaudit.settings.source import InputKind, InputSettings

ENDINGS = (".parquet", ".pq")
MOST_FILES = 10_000
_MISSING = "__HIVE_DEFAULT_PARTITION__"
_PATTERN = frozenset("*?[")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One of the files, what its path says of all of its rows, and the names of its columns."""

    path: Path
    shown: str
    of_folders: Mapping[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Schema:
    """The columns of all files: their names, SQL types, which of them are float16 somewhere, and which the paths say."""

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    halves: frozenset[int]
    of_folders: tuple[str, ...]


def is_data_set(path: str) -> bool:
    """Return whether a path is a folder, or a pattern which no file is called."""
    place = Path(path)
    return place.is_dir() or (bool(_PATTERN & set(path)) and not place.exists())


def open_data_set(path: str, settings: InputSettings) -> Input:
    """Open Parquet files as one table.

    Raises
    ------
    FileError
        If there are none, or they differ in their columns.
    """
    place = Path(path)
    name = place.resolve().name if place.is_dir() else place.relative_to(before_pattern(place)).as_posix()
    if settings.format is not InputKind.PARQUET:
        from fairaudit.read.dataframes import refuse_said_of_files

        refuse_said_of_files("folder of Parquet files", settings)
    parts = _parts(path)
    schema = _schema(parts, name)
    unreadable = {
        place: f"it holds values of type {clipped(kind)}; {READABLE}"
        for place, kind in enumerate(schema.kinds)
        if is_nested(kind)
    }

    has_source = SOURCE not in map(str.casefold, schema.names)

    def relate(_: duckdb.DuckDBPyConnection, places: Sequence[int]) -> Relation:
        readable = [place for place in places if place not in unreadable]
        return Relation(
            sql=_select(parts, schema, readable),
            halves=schema.halves.intersection(readable),
            unreadable={place: unreadable[place] for place in places if place in unreadable},
        )

    opened = Input(
        name,
        by_name((*schema.names, *([SOURCE] if has_source else [])), file=name, has_source=has_source),
        relate,
        identity=lambda: _identity(parts),
        settings=settings,
    )
    opened.hash_note = f"of the list of {len(parts):,} files by their paths, each behind its own hash"
    return opened


def other_files(path: str) -> list[Path]:
    """Return the files that a pattern stands for, in the order of their paths, if these are no Parquet; none where they are, or where it is a folder."""
    if Path(path).is_dir():
        return []
    files = [file for file in map(Path, glob.glob(path, recursive=True)) if file.is_file()]  # noqa: PTH207  # a pattern may be absolute
    return [] if any(file.suffix.lower() in ENDINGS for file in files) else sorted(files)


def _parts(path: str) -> list[_Part]:
    """Find the files, in the order of their paths."""
    place = Path(path)
    if place.is_dir():
        root = place
        files = [
            file
            for file in place.rglob("*")
            if file.suffix.lower() in ENDINGS
            and file.is_file()
            and not any(step.startswith((".", "_")) for step in file.relative_to(place).parts)
        ]
        if not files:
            raise FileError(path, "is a folder without Parquet files", hint="Name a file in it")
    else:
        root = before_pattern(place)
        files = [file for file in map(Path, glob.glob(path, recursive=True)) if file.is_file()]  # noqa: PTH207  # a pattern may be absolute
        others = [file.name for file in files if file.suffix.lower() not in ENDINGS]
        if others:
            raise FileError(
                path,
                f"stands for files that are no Parquet, such as {listed(sorted(others)[:1])}",
                hint="Name files of one kind",
            )
        if not files:
            raise FileError(path, "there is no such file")
    if len(files) > MOST_FILES:
        raise FileError(path, f"stands for {len(files):,} files, more than {MOST_FILES:,}")
    relative = sorted((file.relative_to(root).as_posix(), file) for file in files)
    return [_Part(path=file, shown=shown, of_folders=_read_folders(shown)) for shown, file in relative]


def before_pattern(pattern: Path) -> Path:
    """Return the folder in which a pattern begins."""
    steps: list[str] = []
    for step in pattern.parts[:-1]:
        if _PATTERN & set(step):
            break
        steps.append(step)
    return Path(*steps)


def _read_folders(shown: str) -> dict[str, str | None]:
    """Read what the folders say of all rows of a file."""
    pairs = (step.partition("=") for step in shown.split("/")[:-1])
    return {
        unquote(key): None if value == _MISSING else unquote(value)
        for key, sign, value in pairs
        if sign and key
    }


def _schema(parts: Sequence[_Part], name: str) -> _Schema:
    """Read the columns of all files, which have to be the same; their types are made one."""
    files = _files(parts)
    try:
        with duckdb.connect() as connection:
            described = connection.execute(
                f"DESCRIBE SELECT * FROM read_parquet({files}, hive_partitioning = false, union_by_name = true)"
            ).fetchall()
            rows = connection.execute(
                f"SELECT file_name, name, coalesce(num_children, 0), logical_type FROM parquet_schema({files})"
            ).fetchall()
    except duckdb.Error as error:
        raise _broken(parts, name, error) from None
    schemas: dict[str, list[tuple[str, int, str | None]]] = {}
    for file, *column in rows:
        schemas.setdefault(file, []).append((column[0], column[1], column[2]))
    columns = [top_level(schema) for schema in schemas.values()]
    first = {column for column, _ in columns[0]}
    for part, other in zip(parts, columns, strict=False):
        names = {column for column, _ in other}
        if names != first:
            lacking, more = sorted(first - names), sorted(names - first)
            problem = f"lacks the column {lacking[0]!r}" if lacking else f"has a column {more[0]!r} more"
            raise FileError(f"{name}: {part.shown}", f"{problem}, other than {parts[0].shown}")
    keys = tuple(parts[0].of_folders)
    for part in parts:
        if tuple(part.of_folders) != keys:
            raise FileError(
                f"{name}: {part.shown}", f"lies in other folders than {parts[0].shown}, which give columns"
            )
    own = [row[0] for row in described]
    # The files' own column is the one that was written.
    of_folders = tuple(key for key in keys if key.casefold() not in {column.casefold() for column in own})
    half = {column for other in columns for column, kind in other if kind == "Float16Type()"}
    return _Schema(
        names=(*own, *of_folders),
        kinds=(*(row[1] for row in described), *("VARCHAR" for _ in of_folders)),
        halves=frozenset(place for place, column in enumerate(own) if column in half),
        of_folders=of_folders,
    )


def _select(parts: Sequence[_Part], schema: _Schema, places: Sequence[int]) -> str:
    """Write the relation of some columns: a query for each combination of what the folders say, and of all together; or for each file, if that is a column."""
    own = len(schema.names) - len(schema.of_folders)
    names = (*schema.names, SOURCE)
    wanted = [names[place] for place in places if place >= own]
    groups: dict[tuple[str | None, ...], list[_Part]] = {}
    for part in parts:
        of_file = {**part.of_folders, **({SOURCE: part.shown} if len(names) - 1 in places else {})}
        groups.setdefault(tuple(of_file[key] for key in wanted), []).append(part)
    queries = []
    for values, files in groups.items():
        by_name = dict(zip(wanted, values, strict=True))
        selected = [
            f"CAST({quoted(schema.names[place])} AS {schema.kinds[place]}) AS c{place}"
            if place < own
            else f"CAST({_value(by_name[names[place]])} AS VARCHAR) AS c{place}"
            for place in places
        ]
        queries.append(
            f"SELECT {', '.join(selected) or '1'} FROM read_parquet({_files(files)}, hive_partitioning = false, union_by_name = true)"
        )
    return f"({' UNION ALL '.join(queries)})"


def _value(value: str | None) -> str:
    return "NULL" if value is None else text(value)


def _files(parts: Sequence[_Part]) -> str:
    return f"[{', '.join(text(one_file(part.path.absolute())) for part in parts)}]"


def _broken(parts: Sequence[_Part], name: str, error: duckdb.Error) -> FileError:
    """Name the file that cannot be read."""
    # Behind its first line stands the statement, which names all of them.
    message = first_line(error)
    for part in parts:
        if any(path in message for path in (part.path.absolute().as_posix(), one_file(part.path.absolute()))):
            return _as_file_error(read_error(f"{name}: {part.shown}", part.path, error), part.shown)
    return _as_file_error(read_error(name, None, error), name)


def _as_file_error(fault: Exception, name: str) -> FileError:
    return fault if isinstance(fault, FileError) else FileError(name, str(fault))


def _identity(parts: Sequence[_Part]) -> tuple[str, int]:
    """Compute the hash of the list that ``sha256sum`` makes of the files, by their paths within the data set; and their size."""
    digest, size = hashlib.sha256(), 0
    for part in parts:
        sha256, bytes_ = hash_file(part.path)
        digest.update(f"{sha256}  {part.shown}\n".encode())
        size += bytes_
    return digest.hexdigest(), size
