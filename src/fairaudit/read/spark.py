"""Tables that Spark reads: their rows are counted where they are, and what comes here is as small as what it says."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from fairaudit.engine.cells import FEW, SUMMED, NotCounted
from fairaudit.engine.spark import COUNTED, SparkTable, open_file, open_table, table_of
from fairaudit.engine.spark_scores import count_apart, kind_of_scores
from fairaudit.errors import FileError, clipped
from fairaudit.read.columns import by_name
from fairaudit.read.counted import Counting, CountRows, Kept
from fairaudit.read.dataframes import refuse_said_of_files
from fairaudit.read.relation import Relation
from fairaudit.read.rows import READABLE, Cells, Input
from fairaudit.read.source_file import hash_file
from fairaudit.read.values import PLAIN
from fairaudit.settings.source import InputSettings, TableSettings
from fairaudit.spelling import setting

if TYPE_CHECKING:
    import pyarrow as pa

_KINDS = {
    ".csv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".json": "json",
    ".jsonl": "json",
    ".orc": "orc",
}
_COUNTED_ROWS = "counted_rows"


def open_spark(path: str, settings: TableSettings) -> Input:
    """Open a table of Spark's catalogue, or a file that Spark reads.

    Raises
    ------
    FileError
        If there is none, or Spark cannot be reached.
    """
    for option in ("format", "delimiter", "encoding", "names", "skip_bad_lines"):
        if getattr(settings, option):
            raise FileError(path, f"is read by Spark, of which {setting(option)} says nothing")
    if settings.table is not None:
        opened = _opened(open_table(settings.table, settings.spark_remote), settings)
        opened.hash_note = "rows of a cluster, which change, have no hash"
        return opened
    file = Path(path)
    kind = _KINDS.get(file.suffix.lower(), "parquet" if file.is_dir() else "")
    if not kind:
        raise FileError(
            path,
            "is of no kind that Spark reads",
            hint=f"Known are {', '.join(_KINDS)}; {setting('table')} names a table of its catalogue",
        )
    return _opened(open_file(file, kind, settings.spark_remote), settings, file, is_text=kind == "csv")


def open_spark_frame(frame: Any, how: InputSettings) -> Input:
    """Open a data frame of Spark; its rows stay where they are."""
    name = f"pyspark {type(frame).__name__}"
    refuse_said_of_files(name, how)
    return _opened(table_of(name, frame), how)


def _opened(
    table: SparkTable, settings: InputSettings, file: Path | None = None, *, is_text: bool = False
) -> Input:
    def relate(_: duckdb.DuckDBPyConnection, places: Sequence[int]) -> Relation:
        return Relation(
            sql="",
            unreadable={
                place: f"it holds values of type {clipped(kind)}; {READABLE}"
                for place, kind in table.unreadable.items()
                if place in places
            },
            counted=_counter(table),
        )

    hashed = file if file is not None and file.is_file() else None
    opened = Input(
        table.name,
        by_name(table.names, file=table.name),
        relate,
        cells=Cells.CSV if is_text else Cells.TYPED,
        identity=(lambda: hash_file(hashed)) if hashed else None,
        settings=settings,
    )
    opened.counted_by = "pyspark"
    return opened


def _counter(table: SparkTable) -> CountRows:
    def count(
        connection: duckdb.DuckDBPyConnection, sql_names: Mapping[str, str], counting: Counting, target: str
    ) -> Kept:
        """Bring the combinations of values here, each with the number of its rows."""
        places = {name: int(sql.removeprefix("c")) for name, sql in sql_names.items()}
        numbers = table.count_values(list(places.values()))
        many = frozenset(name for name, place in places.items() if numbers[place] > FEW)
        identities = many.intersection(counting.identities).union(counting.people).intersection(places)
        score = counting.score if counting.score in many - identities else None
        for name in many - identities - {*counting.free, score}:
            raise NotCounted(f"{name!r}, which has more than {FEW:,} values,")
        for name in identities:
            if not table.are_distinct(places[name]):
                raise NotCounted(f"{name!r}, whose values stand in several rows,")
        rest = {name: place for name, place in places.items() if name not in many | identities}
        kept = Kept(
            stands_for=COUNTED,
            proven=identities.difference(counting.free),
            many=many.intersection(counting.free),
            more=(COUNTED,),
        )
        if score is None:
            counted = table.count_rows(list(rest.values()))
        else:
            counted, kept = _count_apart(table, rest.values(), score, places[score], kept)
        connection.register(_COUNTED_ROWS, counted)
        selected = ", ".join(
            [*(sql_names[name] for name in rest), "true AS kept", f"{COUNTED}", *kept.more[1:]]
        )
        connection.execute(f"CREATE OR REPLACE TABLE {target} AS SELECT {selected} FROM {_COUNTED_ROWS}")
        connection.unregister(_COUNTED_ROWS)
        return kept

    return count


def _count_apart(
    table: SparkTable, rest: Collection[int], name: str, place: int, kept: Kept
) -> tuple[pa.Table, Kept]:
    """Count the rows without their scores, which stay where they are."""
    kind = kind_of_scores(table.kinds[place])
    if kind is None:
        raise NotCounted(f"{name!r}, of type {table.kinds[place]} and more than {FEW:,} values,")
    counted, scores = count_apart(table, list(rest), place, kind, PLAIN)
    unreadable = sum(counted["unreadable"].to_pylist())
    if unreadable:
        scores.forget()
        raise NotCounted(f"{name!r}, of which {unreadable:,} values are no numbers as programs write them,")
    lacks = f"lacks_c{place}"
    counted = counted.rename_columns(
        [lacks if column == "lacks" else column for column in counted.column_names]
    )
    more = (COUNTED, "code", *SUMMED, lacks)
    return counted, dataclasses.replace(kept, apart={name: kind}, more=more, elsewhere=scores)
