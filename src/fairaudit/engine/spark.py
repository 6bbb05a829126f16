"""Spark as the engine of tables that live in a cluster: equal rows are counted there, and only their numbers come here.

Columns are called by their places, ``c0``, ``c1`` …, whatever they are called in the table.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fairaudit.errors import FileError, clipped

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

COUNTED = "n"
"""The column of a table of counted rows that says how many there are."""
LOCAL = "local[*]"
_PORT = 15002
"""Where a server of Spark Connect listens, if nothing else is said."""
_SECONDS = 15
_READABLE = re.compile(
    r"boolean|tinyint|smallint|int|bigint|float|double|decimal\(.*|string.*|char\(.*|varchar\(.*|date|timestamp|timestamp_ntz"
)
_CSV = {
    "header": "true",
    "inferSchema": "false",
    "quote": '"',
    "escape": '"',
    "emptyValue": "",
    "multiLine": "true",
    "mode": "FAILFAST",
    "enforceSchema": "false",
}
"""Read as DuckDB reads it: all values are texts, and quotes within quotes are doubled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SparkTable:
    """A table as Spark sees it.

    Attributes
    ----------
    names
        The names of its columns, in their order.
    kinds
        Their types, as Spark's SQL calls them.
    """

    name: str
    frame: DataFrame
    names: tuple[str, ...]
    kinds: tuple[str, ...]

    @property
    def unreadable(self) -> dict[int, str]:
        """The types of columns that hold no texts, numbers, truth values, dates or times, by their places."""
        return {place: kind for place, kind in enumerate(self.kinds) if not _READABLE.fullmatch(kind)}

    def count_rows(self, places: Sequence[int]) -> pa.Table:
        """Count the rows that hold the same values in some columns.

        Returns
        -------
        pyarrow.Table
            A row for each combination of values, with the number of its rows in ``n``.
        """
        with as_one_error(self.name):
            rows = self.frame.groupBy(*_called(places)).count()
            return rows.withColumnRenamed("count", COUNTED).toArrow()

    def count_values(self, places: Sequence[int]) -> dict[int, int]:
        """Count how many different values columns hold, to about 5%."""
        from pyspark.sql import functions

        if not places:
            return {}
        with as_one_error(self.name):
            asked = [functions.approx_count_distinct(column) for column in _called(places)]
            return dict(zip(places, self._one(*asked), strict=True))

    def are_distinct(self, place: int) -> bool:
        """Tell whether no value of a column stands in two rows; what is missing stands in none."""
        from pyspark.sql import functions

        (column,) = _called([place])
        with as_one_error(self.name):
            present, different = self._one(functions.count(column), functions.count_distinct(column))
        return bool(present == different)

    def _one(self, *asked: Any) -> tuple[Any, ...]:
        (row,) = self.frame.agg(*asked).collect()
        return tuple(row)


def open_table(name: str, remote: str | None) -> SparkTable:
    """Open a table of the cluster's catalogue, such as ``db.name``.

    Raises
    ------
    FileError
        If there is no such table, or Spark cannot be reached.
    """
    with as_one_error(name):
        return table_of(name, _session(remote).table(name))


def open_file(
    path: Path, kind: str, remote: str | None, *, delimiter: str = ",", names: Sequence[str] = ()
) -> SparkTable:
    """Open a file, or a folder of files, of a kind that Spark reads: ``csv``, ``parquet``, ``json`` or ``orc``.

    Parameters
    ----------
    names
        Of the columns of texts, where they are known: Spark then need not read the first line to tell how many there are.

    Raises
    ------
    FileError
        If it cannot be read.
    """
    with as_one_error(path.name):
        reader = _session(remote).read
        place = path.absolute().as_posix()
        how = {**_CSV, "sep": delimiter} if kind == "csv" else {}
        if kind == "csv" and path.is_file():
            # Only of several files the headers may differ; Spark would refuse that of one with columns without a name, or of one name.
            how["enforceSchema"] = "true"
        if names:
            reader = reader.schema(", ".join(f"{column} STRING" for column in _called(range(len(names)))))
        table = table_of(path.name, reader.format(kind).options(**how).load(place))
        return replace(table, names=tuple(names)) if names else table


def table_of(name: str, frame: DataFrame) -> SparkTable:
    """Take a data frame of Spark for a table."""
    fields = frame.schema.fields
    return SparkTable(
        name=name,
        frame=frame.toDF(*(f"c{place}" for place in range(len(fields)))),
        names=tuple(field.name for field in fields),
        kinds=tuple(field.dataType.simpleString() for field in fields),
    )


def _called(places: Sequence[int]) -> list[str]:
    return [f"c{place}" for place in places]


@functools.cache
def _session(remote: str | None) -> SparkSession:
    """Connect to a server of Spark Connect, or start Spark on this machine; once a process."""
    try:
        from pyspark.logger import PySparkLogger
        from pyspark.sql import SparkSession
    except ImportError:
        raise FileError(
            "Spark", "is not installed", hint="pip install 'pyspark[connect]>=4'; it needs Java 17 or newer"
        ) from None
    if remote is not None:
        _refuse_unreachable(remote)
    with as_one_error("Spark"):
        builder = SparkSession.builder.appName("fairaudit")
        for logger in ("DataFrameQueryContextLogger", "SQLQueryContextLogger"):
            # What is wrong is said once, in one sentence.
            PySparkLogger.getLogger(logger).setLevel(logging.CRITICAL + 1)
        if remote is not None:
            session = builder.remote(remote).getOrCreate()
        else:
            for key, value in _local_settings().items():
                builder = builder.config(key, value)
            with _silent_start():
                session = builder.master(LOCAL).getOrCreate()
        # The texts of moments would depend on where the machine stands.
        session.conf.set("spark.sql.session.timeZone", "UTC")
    return session


def _refuse_unreachable(remote: str) -> None:
    """Refuse an address where nobody answers, at which Spark's own client would knock for ten minutes."""
    parts = urlsplit(remote)
    try:
        host, port = parts.hostname, parts.port or _PORT
    except ValueError:
        host, port = None, 0
    if parts.scheme != "sc" or not host:
        raise FileError(
            "Spark", "is asked for at an address that is none", hint="Say one such as sc://host:15002"
        )
    try:
        socket.create_connection((host, port), timeout=_SECONDS).close()
    except OSError as error:
        raise FileError(
            f"sc://{host}:{port}",
            f"cannot be reached: {error.strerror or error}",
            hint="Is the server there, and are host and port right?",
        ) from None


def _local_settings() -> Mapping[str, str]:
    """Say how Spark runs on one machine: silent, and with no page of its own."""
    return {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "8",
    }


@contextlib.contextmanager
def _silent_start() -> Iterator[None]:
    """Let a program that is started meanwhile write no warnings of its own to the terminal, nor later."""
    own = os.dup(2)
    try:
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(own, 2)
        os.close(own)


@contextlib.contextmanager
def as_one_error(name: str) -> Iterator[None]:
    """Say in one sentence what Spark says in many."""
    try:
        yield
    except FileError:
        raise
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in ("pyspark", "py4j", "grpc"):
            raise
        raise FileError(name, f"cannot be read by Spark: {_sentence(error)}", hint=_hint(error)) from None


def _sentence(error: Exception) -> str:
    """Take the first sentence of an error, without its class, its plan and its stack."""
    message = getattr(error, "getMessage", lambda: None)() or str(error)
    first = next((line.strip() for line in message.splitlines() if line.strip()), type(error).__name__)
    causes = re.findall(r"^Caused by: [\w.$]+: (.+)", str(error), re.MULTILINE)
    if first.startswith("An error occurred while calling") and causes:
        # What it says itself is where it was in the program.
        first = causes[-1].strip()
    return clipped(first.rstrip("."), most=300)


def _hint(error: Exception) -> str:
    message = str(error)
    if "JAVA_GATEWAY" in message or "JAVA_HOME" in message:
        return "Is Java 17 or newer installed?"
    if "TABLE_OR_VIEW_NOT_FOUND" in message:
        return "Name it as the catalogue does, such as db.name"
    return ""
