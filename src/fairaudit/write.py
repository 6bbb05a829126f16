"""Files are written whole or not at all: beside their place first, then renamed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from fairaudit.errors import FileError


def make_folder(folder: Path) -> Path:
    """Make a folder for output, and make sure that files can be written there.

    Raises
    ------
    FileError
        If that is impossible.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".fairaudit.{os.getpid()}.part"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise FileError(
            str(folder), f"cannot be written to: {error.strerror}", hint="Name another folder by --out"
        ) from None
    return folder


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    FileError
        If it cannot be written; what stood there stays.
    """
    write_with(path, lambda part: part.write_bytes(content))


def write_text(path: Path, content: str) -> None:
    """Write text as UTF-8 with plain newlines, whole or not at all."""
    write_bytes(path, content.encode("utf-8"))


def write_with(path: Path, writer: Callable[[Path], object]) -> None:
    """Let a function write a file beside its place, then put it there.

    Raises
    ------
    FileError
        If it cannot be written; what stood there stays.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        writer(part)
        os.replace(part, path)
    except OSError as error:
        raise FileError(str(path), f"cannot be written: {error.strerror or error}") from None
    finally:
        part.unlink(missing_ok=True)
