"""How a source is opened: what a file is written in, and how much of the machine reading may take."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from fairaudit.errors import OptionError, clipped
from fairaudit.settings.option import Option
from fairaudit.spelling import setting

SOURCE = "Input"
_NAMED_DELIMITERS = {"tab": "\t", r"\t": "\t", "space": " ", "comma": ",", "semicolon": ";", "bar": "|"}
_MEMORY = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?) ?([KMGT]i?B)", re.IGNORECASE)
_UNITS = {"k": 1, "m": 2, "g": 3, "t": 4}
LEAST_MEMORY = 64 * 2**20
"""Bytes; with less DuckDB cannot read a line."""


class Engine(StrEnum):
    """What counts rows."""

    DUCKDB = "duckdb"
    SPARK = "spark"


class InputKind(StrEnum):
    """Kinds of files that can be read."""

    CSV = "csv"
    TSV = "tsv"
    JSON_LINES = "jsonl"
    PARQUET = "parquet"
    ARROW = "arrow"
    XLSX = "xlsx"
    DUCKDB = "duckdb"
    SQLITE = "sqlite"


def delimiter_of(typed: object) -> str:
    r"""Read a delimiter, which may be typed by its name.

    >>> delimiter_of("^"), delimiter_of("tab"), delimiter_of("space")
    ('^', '\t', ' ')

    Raises
    ------
    OptionError
        If it is none.
    """
    text = str(typed)
    sign = _NAMED_DELIMITERS.get(text.casefold(), text)
    if len(sign) != 1 or sign in '"\r\n\0' or not sign.isascii() or sign.isalnum():
        raise OptionError(
            setting("delimiter"),
            f"{clipped(text)!r} is no delimiter",
            hint="Say one sign such as ';' or '^', or tab or space",
        )
    return sign


def encoding_of(typed: object) -> str:
    """Read the name of an encoding.

    >>> encoding_of("CP1252"), encoding_of("latin-1")
    ('cp1252', 'iso8859-1')

    Raises
    ------
    OptionError
        If it is none of texts.
    """
    text = str(typed)
    try:
        codec = codecs.lookup(text)
    except (LookupError, ValueError):
        codec = None
    # Python has codecs that are none of texts, such as that of base64.
    if codec is None or not getattr(codec, "_is_text_encoding", True):
        raise OptionError(
            setting("encoding"),
            f"{clipped(text)!r} is no encoding of text",
            hint="Say one such as utf-8, utf-16, cp1252 or latin-1",
        )
    return codec.name


def memory_of(typed: object) -> str:
    """Read an amount of memory, and write it as DuckDB reads it.

    >>> memory_of("600MB"), memory_of("1.5 GiB")
    ('600MB', '1.5GiB')

    Raises
    ------
    OptionError
        If it is none, or too little to read anything.
    """
    parts = _MEMORY.fullmatch(str(typed).strip())
    if parts is None:
        raise OptionError(
            setting("memory_limit"),
            f"{clipped(str(typed))!r} is no amount of memory",
            hint="Say one such as 600MB or 2GB",
        )
    amount, unit = parts.groups()
    base = 1024 if "i" in unit.lower() else 1000
    if float(amount) * base ** _UNITS[unit[0].lower()] < LEAST_MEMORY:
        raise OptionError(
            setting("memory_limit"),
            f"{amount}{unit} is too little to read a table with",
            hint="Say 64MiB or more",
        )
    return f"{amount}{unit}"


def names_of(typed: Sequence[str]) -> tuple[str, ...]:
    """Read names of columns, which are typed as comma lists.

    >>> names_of(["label, score", "sex"])
    ('label', 'score', 'sex')

    Raises
    ------
    OptionError
        If one is empty.
    """
    names = tuple(name.strip() for text in typed for name in text.split(","))
    if not all(names):
        raise OptionError(setting("names"), "one of them is empty", hint="Name every column, such as by x1")
    return names


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSettings:
    """How a source is opened.

    Attributes
    ----------
    format
        The kind of a file; ``None`` tells by its name and first bytes.
    delimiter, encoding
        Of a text file; ``None`` tells them by its first lines, and by a mark of byte order.
    names
        Of the columns of a text file that has no header; empty for one that has.
    skip_bad_lines
        Whether lines that fit no header, or cannot be decoded, are left out and counted.
    memory_limit, threads, temp_dir
        How much memory DuckDB may take, how many threads, and where it and this program write what does not fit.
    """

    format: Annotated[
        InputKind | None,
        Option(
            panel=SOURCE,
            metavar="KIND",
            help="Kind of the file, where its name does not say: csv, tsv, jsonl, parquet, arrow, xlsx, duckdb or sqlite.",
        ),
    ] = None
    delimiter: Annotated[
        str | None,
        Option(
            panel=SOURCE,
            metavar="SIGN",
            read=delimiter_of,
            help="What stands between the columns of a text file: one sign, tab or space (any number of them). Default: , ; tab | or spaces, as the header shows.",
        ),
    ] = None
    encoding: Annotated[
        str | None,
        Option(
            panel=SOURCE,
            metavar="NAME",
            read=encoding_of,
            help="Encoding of a text file, such as cp1252, latin-1 or utf-16. Default: UTF-8, or what a byte order mark says.",
        ),
    ] = None
    names: Annotated[
        tuple[str, ...],
        Option(
            panel=SOURCE,
            metavar="COL",
            read=names_of,
            help="Names of all columns of a text file without a header. Repeatable, comma lists work.",
        ),
    ] = ()
    skip_bad_lines: Annotated[
        bool,
        Option(
            panel=SOURCE,
            help="Leave out lines of a text file that cannot be read, count them and list their numbers, instead of ending with the first.",
        ),
    ] = False
    memory_limit: Annotated[
        str | None,
        Option(
            panel=SOURCE,
            metavar="SIZE",
            read=memory_of,
            help="Memory that DuckDB may take before it writes to disk, such as 600MB or 2GB.",
        ),
    ] = None
    threads: Annotated[
        int | None,
        Option(
            panel=SOURCE,
            metavar="N",
            least=1,
            most=1024,
            help="Threads that DuckDB may use. Default: all, at most 8.",
        ),
    ] = None
    temp_dir: Annotated[
        Path | None,
        Option(
            panel=SOURCE,
            metavar="DIR",
            help="Folder for what does not fit into memory. Default: the system's.",
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSettings(InputSettings):
    """How a source is opened whose rows need only be counted, so that they may stay where they are.

    Attributes
    ----------
    engine
        What counts the rows: DuckDB on this machine, or Spark where they lie.
    table
        A table of Spark's catalogue, instead of a file.
    spark_remote
        The server of Spark Connect; ``None`` runs Spark on this machine.
    """

    engine: Annotated[
        Engine,
        Option(
            panel=SOURCE,
            help="What counts the rows: duckdb on this machine, or spark where they lie, so that only counts leave the cluster.",
        ),
    ] = Engine.DUCKDB
    table: Annotated[
        str | None,
        Option(
            panel=SOURCE,
            metavar="NAME",
            help="Table of Spark's catalogue, such as db.name, in place of a file; with --engine spark.",
        ),
    ] = None
    spark_remote: Annotated[
        str | None,
        Option(
            panel=SOURCE,
            metavar="URL",
            # A stranger's file must not make a program call a server.
            typed_only=True,
            help="Server of Spark Connect, such as sc://host:15002. Default: Spark on this machine. Only on the command line.",
        ),
    ] = None

    def __post_init__(self) -> None:
        """Refuse what is said of Spark where it is not used."""
        for name in ("table", "spark_remote"):
            if getattr(self, name) is not None and self.engine is not Engine.SPARK:
                raise OptionError(
                    setting(name), f"is said of Spark, and {setting('engine', Engine.SPARK)} is not given"
                )


class Several(str):
    """Files that were named together, which are one table; as a text they are their names."""

    __slots__ = ("paths",)
    paths: tuple[str, ...]

    def __new__(cls, paths: Sequence[str]) -> Several:
        """Name the files."""
        several = super().__new__(cls, ", ".join(paths))
        several.paths = tuple(paths)
        return several


def named_together(paths: Sequence[str] | None) -> str | None:
    """Return the file that was named, or all of them as one; ``None`` where none was."""
    if not paths:
        return None
    return paths[0] if len(paths) == 1 else Several(paths)


def each_of(source: str) -> tuple[str, ...]:
    """Return the files that were named.

    >>> each_of("a.csv"), each_of(Several(["a.csv", "b.csv"]))
    (('a.csv',), ('a.csv', 'b.csv'))
    """
    return source.paths if isinstance(source, Several) else (source,)


WRITTEN = ("format", "delimiter", "encoding", "names", "skip_bad_lines")
"""Options that say how a file is written."""


OPENED_AS_IT_SAYS = InputSettings()
"""Nothing is said about a source but what it says itself."""
