"""Paths and streams into inputs: what is there is found out here, what it holds by its format."""

from __future__ import annotations

import os
import re
import shutil
import sys
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from fairaudit.engine.sql import one_file, text
from fairaudit.errors import FairauditError, FileError, nearest_file
from fairaudit.locking import Scratch
from fairaudit.read.compression import ENDINGS, MAGIC, starts_as
from fairaudit.read.formats import FORMATS, LONGEST_MAGIC, find_format, refuse_settings
from fairaudit.read.parquet_set import before_pattern, is_data_set, open_data_set, other_files
from fairaudit.read.rows import Input
from fairaudit.read.several import files_of, open_several
from fairaudit.read.source_file import SourceFile
from fairaudit.settings.address import is_address, without_password
from fairaudit.settings.source import (
    OPENED_AS_IT_SAYS,
    Engine,
    InputKind,
    InputSettings,
    Several,
    TableSettings,
)
from fairaudit.spelling import setting

STDIN = "-"
_START = max(LONGEST_MAGIC, *map(len, MAGIC))
_PARTS = tuple(
    re.compile(
        rf"(.+(?:{'|'.join(map(re.escape, kind.endings))})){re.escape(kind.part)}(.+)",
        re.IGNORECASE | re.DOTALL,
    )
    for kind in FORMATS
    if kind.part
)
"""A file and which of its parts is meant."""


def open_path(source: str | os.PathLike[str], settings: InputSettings = OPENED_AS_IT_SAYS) -> Input:
    """Open a file of a known format, a folder or pattern of Parquet files, a table of a server, or ``-`` for stdin.

    ``FILE.xlsx#SHEET`` names a sheet, ``FILE.duckdb::TABLE`` and ``FILE.sqlite::TABLE`` a table.

    Raises
    ------
    FileError
        If there is no such file, or it is empty, has no usable header, or is of no known kind.
    """
    if isinstance(source, Several):
        return open_paths(source.paths, settings)
    path = os.fspath(source)
    if not path:
        # A path that is empty would be the folder that somebody is in.
        raise FileError("no file", "is named", hint="Name one")
    if isinstance(settings, TableSettings) and settings.engine is Engine.SPARK:
        from fairaudit.read.spark import open_spark

        return open_spark(path, settings)
    if path == STDIN:
        return _open_stream(sys.stdin.buffer, "stdin", settings)
    if is_address(path):
        from fairaudit.read.postgresql import open_postgresql

        return open_postgresql(path, settings)
    file, part = _parted(path)
    try:
        if part is None and is_data_set(path):
            if settings.format is not InputKind.PARQUET and (files := other_files(path)):
                return _open_pattern(path, files, settings)
            return open_data_set(path, settings)
        with file.open("rb") as stream:
            if not file.is_file():
                # A pipe can be read only once, and its size is not known before.
                return _open_stream(stream, path, settings)
            empty = not stream.read(1)
    except FileNotFoundError:
        raise FileError(without_password(path), "there is no such file", hint=nearest_file(file)) from None
    except (OSError, ValueError) as error:
        # A name with a NUL byte is a ValueError.
        problem = getattr(error, "strerror", None) or error
        raise FileError(without_password(path), f"cannot be read: {problem}") from None
    if empty:
        raise FileError(path, "is empty", hint="A header line and rows were expected")
    return _open_file(file, path, settings, part=part)


def open_paths(
    sources: Sequence[str | os.PathLike[str]], settings: InputSettings = OPENED_AS_IT_SAYS
) -> Input:
    """Open several files as one table, each of which is read as `open_path` reads it.

    Raises
    ------
    FileError
        If there are none, or one of them cannot be read, or differs from the others.
    """
    paths = [os.fspath(source) for source in sources]
    if len(paths) == 1:
        return open_path(paths[0], settings)
    if not paths:
        raise FileError("no file", "is named", hint="Name one, or several of one kind")
    for path in paths:
        if path == STDIN or is_address(path) or is_data_set(path):
            raise FileError(
                without_password(path), "is no file, and of several each has to be one", hint="Name files"
            )
    files = files_of([Path(path) for path in paths], lambda path: open_path(path, settings))
    most = 3
    names = ", ".join(file.shown for file in files[:most])
    more = f" and {len(files) - most:,} more" if len(files) > most else ""
    return open_several(files, name=f"{names}{more}", settings=settings)


def _open_pattern(path: str, files: Sequence[Path], settings: InputSettings) -> Input:
    """Open the files that a pattern stands for."""
    root = before_pattern(Path(path))
    several = files_of(files, lambda file: open_path(file, settings), root=root)
    return open_several(several, name=Path(path).relative_to(root).as_posix(), settings=settings)


def _parted(path: str) -> tuple[Path, str | None]:
    """Take the part of a file that is named behind ``#`` from its path, unless a file is called so."""
    named = next((part for pattern in _PARTS if (part := pattern.fullmatch(str(path)))), None)
    try:
        if named and not Path(path).exists():
            return Path(named[1]), named[2]
    except (OSError, ValueError):
        pass
    return Path(path), None


def _open_stream(stream: BinaryIO, name: str, settings: InputSettings) -> Input:
    scratch = Scratch(settings.temp_dir)
    try:
        start = stream.read(_START)
        packed = starts_as(start)
        ending = next((ending for ending, kind in ENDINGS.items() if kind is packed), "")
        copy = scratch.path / f"stream{ending}"
        with copy.open("wb") as file:
            file.write(start)
            shutil.copyfileobj(stream, file)
        if copy.stat().st_size == 0:
            raise FileError(name, "is empty", hint="A header line and rows were expected")
        opened = _open_file(copy, name, settings)
    except BaseException:
        scratch.remove()
        raise
    weakref.finalize(opened, scratch.remove)
    return opened


def _open_file(file: Path, name: str, settings: InputSettings, *, part: str | None = None) -> Input:
    with file.open("rb") as stream:
        start = stream.read(_START)
    endings = tuple(ending.lower() for ending in file.suffixes)
    kind, compression = find_format(Path(name).name, endings, start, named=settings.format)
    shown = Path(name).name if part is None else f"{file.name}{kind.part}{part}"
    refuse_settings(kind, shown, settings)
    # A folder named race=x would otherwise become a column, and even take the place of the file's own.
    literal = f"{text(one_file(file.absolute()))}, hive_partitioning = false"
    opened = SourceFile(
        path=file, name=shown, literal=literal, compression=compression, part=part, settings=settings
    )
    try:
        return kind.open(opened)
    except FairauditError:
        other = next((other for other in FORMATS if other.magic and start.startswith(other.magic)), None)
        if other is None or other is kind:
            raise
        raise FileError(
            shown,
            f"is {other.title}, and was read as {kind.title}",
            hint=f"Say {setting('format', other.kind)}",
        ) from None
