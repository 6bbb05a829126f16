"""Paths and streams into inputs: what is there is found out here, what it holds by its format."""

from __future__ import annotations

import re
import shutil
import sys
import weakref
from pathlib import Path
from typing import BinaryIO

from fairaudit.engine.sql import text
from fairaudit.errors import FileError
from fairaudit.locking import Scratch
from fairaudit.read.formats import FORMATS, find_format
from fairaudit.read.rows import Input
from fairaudit.read.source_file import SourceFile

STDIN = "-"
_MAGIC = max(len(kind.magic) for kind in FORMATS)
_PART = re.compile(
    rf"(.+(?:{'|'.join(re.escape(ending) for kind in FORMATS if kind.parts for ending in kind.endings)}))#(.+)",
    re.IGNORECASE | re.DOTALL,
)
"""A file and which of its parts is meant."""


def open_path(path: str) -> Input:
    """Open a file of a known format, or ``-`` for CSV on stdin; ``FILE.xlsx#SHEET`` names a sheet.

    Raises
    ------
    FileError
        If there is no such file, or it is empty, has no usable header, or is of no known kind.
    """
    if path == STDIN:
        return _open_stream(sys.stdin.buffer, "stdin")
    file, part = _parted(path)
    try:
        if file.is_dir():
            raise FileError(path, "is a folder, not a file")
        with file.open("rb") as stream:
            if not file.is_file():
                # A pipe can be read only once, and its size is not known before.
                return _open_stream(stream, path)
            empty = not stream.read(1)
    except FileNotFoundError:
        raise FileError(path, "there is no such file") from None
    except (OSError, ValueError) as error:
        # A name with a NUL byte is a ValueError.
        raise FileError(path, f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if empty:
        raise FileError(path, "is empty", hint="A header line and rows were expected")
    return _open_file(file, path, part=part)


def _parted(path: str) -> tuple[Path, str | None]:
    """Take the part of a file that is named behind ``#`` from its path, unless a file is called so."""
    named = _PART.fullmatch(str(path))
    try:
        if named and not Path(path).exists():
            return Path(named[1]), named[2]
    except (OSError, ValueError):
        pass
    return Path(path), None


def _open_stream(stream: BinaryIO, name: str) -> Input:
    scratch = Scratch()
    copy = scratch.path / "stream"
    try:
        with copy.open("wb") as file:
            shutil.copyfileobj(stream, file)
        if copy.stat().st_size == 0:
            raise FileError(name, "is empty", hint="A header line and rows were expected")
        opened = _open_file(copy, name)
    except BaseException:
        scratch.remove()
        raise
    weakref.finalize(opened, scratch.remove)
    return opened


def _open_file(file: Path, name: str, *, part: str | None = None) -> Input:
    shown = Path(name).name if part is None else f"{file.name}#{part}"
    with file.open("rb") as stream:
        start = stream.read(_MAGIC)
    kind, compressed = find_format(shown, tuple(ending.lower() for ending in file.suffixes), start)
    whole, scratch = file.absolute(), None
    if any(sign in str(whole) for sign in "*?["):
        # DuckDB would take these as a pattern of several files.
        scratch = Scratch()
        link = scratch.path / f"input{''.join(file.suffixes).lower()}"
        link.symlink_to(whole)
        whole = link
    # A folder named race=x would otherwise become a column, and even take the place of the file's own.
    literal = f"{text(whole.as_posix())}, hive_partitioning = false"
    try:
        opened = kind.open(
            SourceFile(path=file, name=shown, literal=literal, compressed=compressed, part=part)
        )
    except BaseException:
        if scratch:
            scratch.remove()
        raise
    if scratch:
        weakref.finalize(opened, scratch.remove)
    return opened
