"""Arrow's own files, Feather among them: batches of rows with types, read one after the other."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import duckdb

from fairaudit.errors import ColumnError, FairauditError, FileError, clipped
from fairaudit.read.columns import by_name
from fairaudit.read.relation import Relation
from fairaudit.read.rows import Input
from fairaudit.read.source_file import SourceFile

FEATHER_1 = b"FEA1"
"""How files of the first kind of Feather begin, which newer versions of pyarrow do not read."""


def open_arrow(file: SourceFile) -> Input:
    """Open a file of Arrow's: one of batches that are listed at its end (also called Feather), or a stream.

    Raises
    ------
    FileError
        If it is none, or is damaged; if pyarrow is not installed.
    """
    from fairaudit.read.dataframes import arrow_reader, relate_taken

    with _damage_told(file), contextlib.closing(_Batches(file)) as batches:
        names = tuple(batches.schema.names)

    def relate(connection: duckdb.DuckDBPyConnection, places: Sequence[int]) -> Relation:
        with _damage_told(file), contextlib.closing(_Batches(file)) as batches:
            taken = arrow_reader(batches.schema, (), places)
        relation = relate_taken(connection, replace(taken, table=_Scans(file, places)), file.name)
        return replace(relation, otherwise=lambda _: _refuse_damage(file))

    return Input(file.name, by_name(names, file=file.name), relate, file.path, settings=file.settings)


def _refuse_damage(file: SourceFile) -> None:
    """Say what is wrong with a file from which DuckDB could not take all batches."""
    from fairaudit.read.dataframes import undecoded

    first_row = 1
    with _damage_told(file), contextlib.closing(_Batches(file, check=False)) as batches:
        for batch in batches:
            for name, column in zip(batches.schema.names, batch.columns, strict=True):
                if problem := undecoded(column, first_row=first_row):
                    raise ColumnError(file.name, name, problem, hint="Write its texts as UTF-8")
            first_row += batch.num_rows


class _Scans:
    """Some columns of a file, which DuckDB may read as often as it wants."""

    def __init__(self, file: SourceFile, places: Sequence[int]) -> None:
        self._file = file
        self._places = places

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Begin with the first batch."""
        from fairaudit.read.dataframes import arrow_reader

        with _damage_told(self._file):
            batches = _Batches(self._file)
            taken = arrow_reader(batches.schema, batches, self._places)
        return taken.table.__arrow_c_stream__(requested_schema)


class _Batches:
    """The batches of a file, each of which is checked before anybody reads it: offsets of a damaged file point anywhere."""

    def __init__(self, file: SourceFile, *, check: bool = True) -> None:
        from pyarrow import OSFile, ipc

        with file.path.open("rb") as stream:
            start = stream.read(6)
        if start.startswith(FEATHER_1):
            raise FileError(
                file.name, "is of Feather's first version", hint="Save it as Feather 2 or Parquet"
            )
        self._check = check
        self._source = OSFile(str(file.path))
        self._listed = start == b"ARROW1"
        self._reader: Any = (ipc.open_file if self._listed else ipc.open_stream)(self._source)
        self.schema = self._reader.schema

    def __iter__(self) -> Iterator[Any]:
        try:
            reader = self._reader
            listed = map(reader.get_batch, range(reader.num_record_batches)) if self._listed else reader
            for batch in listed:
                if self._check:
                    batch.validate(full=True)
                yield batch
        finally:
            self.close()

    def close(self) -> None:
        """Close the file."""
        self._source.close()


@contextlib.contextmanager
def _damage_told(file: SourceFile) -> Iterator[None]:
    """Turn what pyarrow raises into one sentence."""
    try:
        import pyarrow as pa
    except ImportError:
        raise FileError(
            file.name,
            "is an Arrow file, and what reads these is not installed",
            hint="pip install pyarrow, or save it as Parquet",
        ) from None
    try:
        yield
    except (FairauditError, MemoryError):
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        problem = clipped(str(error).partition("\n")[0].rstrip("."), most=200)
        raise FileError(
            file.name, f"cannot be read as Arrow: {problem}", hint="Is the file complete?"
        ) from None
