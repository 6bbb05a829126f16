"""A file on its way to becoming a source: what every input format is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


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
    compressed
        Whether it is a gzip of what its name says.
    part
        Which part of it is asked for, such as a sheet; ``None`` for the first.
    """

    path: Path
    name: str
    literal: str
    compressed: bool = False
    part: str | None = None
