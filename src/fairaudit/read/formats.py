"""Every kind of file that can be read: one function from a file to the relation of its rows, found by the file's ending.

Help, README and the message about a file of no known kind name what stands here, and tests hold them to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fairaudit.errors import FileError
from fairaudit.read.delimited import open_csv, open_tsv
from fairaudit.read.json_lines import open_json_lines
from fairaudit.read.parquet import open_parquet
from fairaudit.read.rows import Input
from fairaudit.read.source_file import SourceFile
from fairaudit.read.xlsx import OPEN_DOCUMENT, open_document, open_xlsx

GZIP = ".gz"


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFormat:
    """One kind of file.

    Attributes
    ----------
    title
        As people call it.
    endings
        Of its files, in small letters, the usual one first.
    open
        Opens a file of this kind: the names of its columns are known then, and no row is read yet.
    gzip
        Whether it is read compressed, too, from files that end in ``.gz`` behind its own ending.
    magic
        The bytes with which every file of it begins, if it has such; they tell it where a name has no ending.
    parts
        Whether a file holds several tables, of which ``FILE#PART`` names one.
    """

    title: str
    endings: tuple[str, ...]
    open: Callable[[SourceFile], Input]
    gzip: bool = False
    magic: bytes = b""
    parts: bool = False


FORMATS = (
    InputFormat(title="CSV", endings=(".csv", ".txt", ".data"), open=open_csv, gzip=True),
    InputFormat(title="TSV", endings=(".tsv", ".tab"), open=open_tsv, gzip=True),
    InputFormat(title="JSON lines", endings=(".jsonl", ".ndjson"), open=open_json_lines, gzip=True),
    InputFormat(title="Parquet", endings=(".parquet", ".pq"), open=open_parquet, magic=b"PAR1"),
    InputFormat(title="XLSX", endings=(".xlsx", ".xlsm"), open=open_xlsx, magic=b"PK\x03\x04", parts=True),
)
"""All of them; those that are read compressed, too, stand first. A file that nothing else is known of is CSV."""


def find_format(name: str, endings: tuple[str, ...], start: bytes) -> tuple[InputFormat, bool]:
    """Find the kind of a file by how its name ends, and without an ending by how the file starts.

    Returns
    -------
    tuple
        The kind, and whether the file is compressed.

    Raises
    ------
    FileError
        If no kind has that ending.
    """
    compressed = endings[-1:] == (GZIP,)
    ending = endings[:-1][-1:] if compressed else endings[-1:]
    if not ending:
        by_magic = (kind for kind in FORMATS if kind.magic and start.startswith(kind.magic))
        return next(by_magic, FORMATS[0]), compressed
    for kind in FORMATS:
        if ending[0] in kind.endings and (kind.gzip or not compressed):
            return kind, compressed
    if ending[0] in OPEN_DOCUMENT:
        raise open_document(name)
    raise FileError(
        name,
        f"is of no known kind ({ending[0]}{GZIP if compressed else ''})",
        hint=f"Known are {_endings()}",
    )


def _endings() -> str:
    """List the usual endings, with a remark behind those of files that are read compressed, too."""
    endings = [kind.endings[0] for kind in FORMATS]
    number = sum(kind.gzip for kind in FORMATS)
    endings[number - 1] += f" (each also with {GZIP})"
    return f"{', '.join(endings[:-1])} and {endings[-1]}"
