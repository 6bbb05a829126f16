"""Compressed files: which way they are compressed, how they are read, and whether they are whole."""

from __future__ import annotations

import gzip
import sys
import zlib
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, cast

from fairaudit.errors import FileError

_BLOCK = 1 << 20


class Compression(StrEnum):
    """Ways in which files are compressed, as DuckDB calls them."""

    GZIP = "gzip"
    ZSTD = "zstd"


ENDINGS = {".gz": Compression.GZIP, ".zst": Compression.ZSTD}
"""How the names of compressed files end."""
MAGIC = {b"\x1f\x8b": Compression.GZIP, b"\x28\xb5\x2f\xfd": Compression.ZSTD}
"""How they begin."""


def compression_of(path: Path) -> Compression | None:
    """Return how a file is compressed, by its name."""
    return ENDINGS.get(path.suffix.lower())


def starts_as(start: bytes) -> Compression | None:
    """Return how a file is compressed, by its first bytes."""
    return next((kind for magic, kind in MAGIC.items() if start.startswith(magic)), None)


def opened(path: Path, compression: Compression | None, name: str) -> BinaryIO:
    """Open a file for its bytes, uncompressed.

    Raises
    ------
    FileError
        If nothing is installed that reads such a file.
    """
    if compression is Compression.GZIP:
        return cast("BinaryIO", gzip.open(path, "rb"))
    if compression is Compression.ZSTD:
        try:
            from backports import zstd
        except ImportError:
            raise FileError(
                name,
                "is compressed by zstd, and what reads that is not installed",
                hint="pip install backports.zstd, or unpack the file",
            ) from None
        return cast("BinaryIO", zstd.open(path, "rb"))
    return path.open("rb")


def damage() -> tuple[type[Exception], ...]:
    """Name what is raised for files that cannot be read or unpacked."""
    zstd = sys.modules.get("backports.zstd")
    return (OSError, EOFError, zlib.error, *([zstd.ZstdError] if zstd else []))


def refuse_cut(path: Path, name: str, compression: Compression | None) -> None:
    """Read a compressed file to its end, because some versions of DuckDB take a cut one for whole.

    Raises
    ------
    FileError
        If it is not whole, or holds something behind its end.
    """
    if compression is None:
        return
    try:
        with opened(path, compression, name) as file:
            while file.read(_BLOCK):
                pass
    except damage() as error:
        if "Not a gzipped file" in str(error) and _starts_as(path, compression):
            raise FileError(
                name, "other bytes follow the end of its compressed data", hint="Is the file damaged?"
            ) from None
        raise FileError(name, f"cannot be read: {error}", hint="Is the file complete?") from None


def _starts_as(path: Path, compression: Compression) -> bool:
    with path.open("rb") as file:
        return starts_as(file.read(max(map(len, MAGIC)))) is compression
