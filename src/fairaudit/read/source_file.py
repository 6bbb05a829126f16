"""A file on its way to becoming a source: what every input format is given."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fairaudit.engine.duckdb import NO_LIMITS, Limits
from fairaudit.read.compression import Compression
from fairaudit.settings.source import OPENED_AS_IT_SAYS, WRITTEN, InputSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What was read, as the documents name it.

    Attributes
    ----------
    name
        File name without its folder, ``stdin``, or the kind of frame.
    sha256, bytes
        Of the file as it stands (compressed if it is); ``None`` for a frame.
    columns
        The names of its columns, each once, in their order.
    hash_note
        Why there is no hash, or of what it is if not of the file.
    read_as
        What was said of how it is written, by the names of settings.
    counted_by
        The package that counted its rows where they are; empty where they came here.
    """

    name: str
    sha256: str | None
    bytes: int | None
    columns: tuple[str, ...]
    hash_note: str = ""
    read_as: Mapping[str, str | bool | tuple[str, ...]] = field(default_factory=dict)
    counted_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file that is there and not empty.

    Attributes
    ----------
    path
        Where it lies.
    name
        What messages and documents call it.
    literal
        Path and options as the functions of DuckDB that read files take them.
    compression
        How it is compressed; ``None`` if it is what its name says.
    part
        Which part of it is asked for, such as a sheet; ``None`` for the first.
    settings
        What is said of it.
    """

    path: Path
    name: str
    literal: str
    compression: Compression | None = None
    part: str | None = None
    settings: InputSettings = OPENED_AS_IT_SAYS


def limits_of(settings: InputSettings) -> Limits:
    """Return how much of the machine reading may take."""
    chosen = Limits(memory=settings.memory_limit, threads=settings.threads, temp_dir=settings.temp_dir)
    return NO_LIMITS if chosen == NO_LIMITS else chosen


def said_of(settings: InputSettings) -> dict[str, str | bool | tuple[str, ...]]:
    """Return what is said of how a source is written, by the names of settings."""
    values = {name: getattr(settings, name) for name in WRITTEN}
    return {name: value for name, value in values.items() if value}


def beside(path: Path, ending: str) -> str:
    """Say that a database keeps changes in another file beside its own, if it does."""
    other = path.with_name(path.name + ending)
    return f"changes that lie in {other.name} are not in it" if other.exists() else ""


def hash_file(path: Path) -> tuple[str, int]:
    """Compute a file's SHA-256 and its size in bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), file.tell()
