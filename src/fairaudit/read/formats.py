"""Every kind of file that can be read: one function from a file to the relation of its rows, found by the file's ending.

Help, README and the message about a file of no known kind name what stands here, and tests hold them to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from fairaudit.errors import FileError, OptionError
from fairaudit.read.compression import ENDINGS, Compression, starts_as
from fairaudit.read.delimited import open_csv, open_tsv
from fairaudit.read.rows import Input
from fairaudit.read.source_file import SourceFile
from fairaudit.settings.source import InputKind, InputSettings
from fairaudit.spelling import setting

TEXT = frozenset(("delimiter", "encoding", "names", "skip_bad_lines"))
"""Settings that say how a text file is written."""
OPEN_DOCUMENT = (".ods", ".fods", ".ots")
"""Endings of spreadsheets that are read by no kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFormat:
    """One kind of file.

    Attributes
    ----------
    kind
        As it is named where the file does not say it.
    title
        As people call it.
    endings
        Of its files, in small letters, the usual one first.
    open
        Opens a file of this kind: the names of its columns are known then, and no row is read yet.
    compressed
        Whether it is read compressed, too, from files that end in ``.gz`` or ``.zst`` behind its own ending.
    magic
        The bytes with which every file of it begins, if it has such; they tell it where a name has no ending.
    part
        The sign before the name of one of the tables that a file of it holds, such as ``#`` in ``FILE#SHEET``; empty if it holds one.
    takes
        The settings that say how such a file is written.
    """

    kind: InputKind
    title: str
    endings: tuple[str, ...]
    open: Callable[[SourceFile], Input]
    compressed: bool = False
    magic: tuple[bytes, ...] = ()
    part: str = ""
    takes: frozenset[str] = frozenset()


def _opened_by(name: str) -> Callable[[SourceFile], Input]:
    """Return what opens a file of a kind; what few files are of is loaded for these alone."""

    def open_file(file: SourceFile) -> Input:
        module, function = name.split(".")
        opened: Input = getattr(import_module(f"fairaudit.read.{module}"), function)(file)
        return opened

    return open_file


FORMATS = (
    InputFormat(
        kind=InputKind.CSV,
        title="CSV",
        endings=(".csv", ".txt", ".data"),
        open=open_csv,
        compressed=True,
        takes=TEXT,
    ),
    InputFormat(
        kind=InputKind.TSV,
        title="TSV",
        endings=(".tsv", ".tab"),
        open=open_tsv,
        compressed=True,
        takes=TEXT - {"delimiter"},
    ),
    InputFormat(
        kind=InputKind.JSON_LINES,
        title="JSON lines",
        endings=(".jsonl", ".ndjson"),
        open=_opened_by("json_lines.open_json_lines"),
        compressed=True,
        takes=frozenset(("skip_bad_lines",)),
    ),
    InputFormat(
        kind=InputKind.PARQUET,
        title="Parquet",
        endings=(".parquet", ".pq"),
        open=_opened_by("parquet.open_parquet"),
        magic=(b"PAR1",),
    ),
    InputFormat(
        kind=InputKind.ARROW,
        title="Arrow",
        endings=(".arrow", ".feather", ".ipc", ".arrows"),
        open=_opened_by("arrow.open_arrow"),
        magic=(b"ARROW1\x00\x00", b"FEA1"),
    ),
    InputFormat(
        kind=InputKind.XLSX,
        title="XLSX",
        endings=(".xlsx", ".xlsm"),
        open=_opened_by("xlsx.open_xlsx"),
        magic=(b"PK\x03\x04",),
        part="#",
    ),
    InputFormat(
        kind=InputKind.DUCKDB,
        title="DuckDB",
        endings=(".duckdb", ".ddb"),
        open=_opened_by("databases.open_duckdb"),
        part="::",
    ),
    InputFormat(
        kind=InputKind.SQLITE,
        title="SQLite",
        endings=(".sqlite", ".sqlite3", ".db"),
        open=_opened_by("sqlite.open_sqlite"),
        magic=(b"SQLite format 3\x00",),
        part="::",
    ),
)
"""All of them; those that are read compressed, too, stand first. A file that nothing else is known of is CSV."""
LONGEST_MAGIC = max(len(magic) for kind in FORMATS for magic in kind.magic)


def find_format(
    name: str, endings: tuple[str, ...], start: bytes, *, named: InputKind | None = None
) -> tuple[InputFormat, Compression | None]:
    """Find the kind of a file by how its name ends, and without an ending by how the file starts.

    Parameters
    ----------
    named
        The kind, if somebody has said it.

    Returns
    -------
    tuple
        The kind, and how the file is compressed.

    Raises
    ------
    FileError
        If no kind has that ending.
    """
    compression = ENDINGS.get(endings[-1]) if endings else starts_as(start)
    ending = endings[:-1][-1:] if endings and compression else endings[-1:]
    if named is not None:
        return next(kind for kind in FORMATS if kind.kind is named), compression
    if not ending:
        by_magic = (kind for kind in FORMATS if any(start.startswith(magic) for magic in kind.magic))
        return next(by_magic, FORMATS[0]), compression
    for kind in FORMATS:
        if ending[0] in kind.endings and (kind.compressed or not compression):
            return kind, compression
    if ending[0] in OPEN_DOCUMENT:
        from fairaudit.read.xlsx import open_document

        raise open_document(name)
    raise FileError(
        name,
        f"is of no known kind ({ending[0]}{endings[-1] if compression else ''})",
        hint=f"Known are {_endings()}; {setting('format')} names the kind of a file that ends otherwise",
    )


def refuse_settings(kind: InputFormat, name: str, settings: InputSettings) -> None:
    """Refuse what is said of text files, if this is none.

    Raises
    ------
    OptionError
        If something is.
    """
    for option in sorted(TEXT - kind.takes):
        if getattr(settings, option):
            raise OptionError(setting(option), f"is said of text files, and {name} is {kind.title}")


def _endings() -> str:
    """List the usual endings, with a remark behind those of files that are read compressed, too."""
    endings = [kind.endings[0] for kind in FORMATS]
    number = sum(kind.compressed for kind in FORMATS)
    endings[number - 1] += f" (each also with {' or '.join(ENDINGS)})"
    return f"{', '.join(endings[:-1])} and {endings[-1]}"
