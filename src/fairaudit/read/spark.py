"""Tables that Spark reads: their rows are counted where they are, and what comes here is as small as what it says."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from fairaudit.engine.cells import FEW, SUMMED, NotCounted
from fairaudit.engine.spark import COUNTED, SparkTable, open_file, open_table, table_of
from fairaudit.engine.spark_moments import kinds_of_texts
from fairaudit.engine.spark_persons import Written, person_sql
from fairaudit.engine.spark_scores import OF_WEIGHTS, Apart, count_apart, kind_of_scores
from fairaudit.errors import FileError, clipped
from fairaudit.read.columns import by_name
from fairaudit.read.compression import ENDINGS, Compression
from fairaudit.read.counted import Counting, CountRows, Kept
from fairaudit.read.dataframes import refuse_said_of_files
from fairaudit.read.header import read_header
from fairaudit.read.line_ends import refuse_unsound
from fairaudit.read.relation import Relation
from fairaudit.read.rows import READABLE, Cells, Input
from fairaudit.read.source_file import SourceFile, hash_file
from fairaudit.read.values import BLANKS, CAST, COMMA_NUMBER, MOMENT, PLAIN, POINT_NUMBER
from fairaudit.settings.source import WRITTEN, Engine, InputSettings, TableSettings
from fairaudit.spelling import setting

if TYPE_CHECKING:
    import pyarrow as pa

_TABS = (".tsv", ".tab")
_KINDS = {
    ".csv": "csv",
    ".txt": "csv",
    ".data": "csv",
    ".tsv": "csv",
    ".tab": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".json": "json",
    ".jsonl": "json",
    ".orc": "orc",
}
_PACKED = ("csv", "json")
_COUNTED_ROWS = "counted_rows"


def open_spark(path: str, settings: TableSettings) -> Input:
    """Open a table of Spark's catalogue, or a file that Spark reads.

    Raises
    ------
    FileError
        If there is none, or Spark cannot be reached.
    """
    file = Path(path)
    compression = ENDINGS.get(file.suffix.lower())
    ending = file.suffixes[-2].lower() if compression and len(file.suffixes) > 1 else file.suffix.lower()
    kind = _KINDS.get(ending, "parquet" if file.is_dir() else "")
    for option in WRITTEN:
        if getattr(settings, option) and not (option == "delimiter" and kind == "csv"):
            raise FileError(path, f"is read by Spark, of which {setting(option)} says nothing")
    if settings.table is not None:
        opened = _opened(open_table(settings.table, settings.spark_remote), settings)
        opened.hash_note = "rows of a cluster, which change, have no hash"
        return opened
    if not kind or (compression and (kind not in _PACKED or compression is not Compression.GZIP)):
        raise FileError(
            path,
            "is of no kind that Spark reads",
            hint=f"Known are {', '.join(_KINDS)} (texts also with .gz); {setting('table')} names a table of its catalogue",
        )
    if kind != "csv":
        return _opened(open_file(file, kind, settings.spark_remote), settings, file)
    return _open_text(file, settings, compression, tabs=ending in _TABS)


def _open_text(file: Path, settings: TableSettings, compression: Compression | None, *, tabs: bool) -> Input:
    """Open a text file, whose header is read here where the file is here: Spark finds out no delimiter, and renames columns of one name."""
    if not file.is_file():
        delimiter = settings.delimiter or ("\t" if tabs else ",")
        return _opened(
            open_file(file, "csv", settings.spark_remote, delimiter=delimiter), settings, file, is_text=True
        )
    header = read_header(
        SourceFile(
            path=file, name=file.name, literal="", compression=compression, part=None, settings=settings
        ),
        tabs=tabs,
    )
    if not header.text.is_utf8:
        raise FileError(
            file.name,
            f"is in the encoding {header.text.encoding}, and Spark reads UTF-8",
            hint="Save the file as UTF-8",
        )
    if header.delimiter == " ":
        raise FileError(
            file.name,
            "has spaces between its columns, of which Spark takes each for one",
            hint=f"Save it with commas, or leave out {setting('engine', Engine.SPARK)}",
        )
    refuse_unsound(header)
    table = open_file(file, "csv", settings.spark_remote, delimiter=header.delimiter, names=header.names)
    return _opened(table, settings, file, is_text=True)


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
        own = {counting.weight, counting.person} & places.keys()
        described = _described(table, places, counting)
        own |= set(counting.only_described) & places.keys()
        numbers = table.count_values([place for name, place in places.items() if name not in own])
        many = frozenset(name for name, place in places.items() if name not in own and numbers[place] > FEW)
        identities = many.intersection(counting.identities).union(counting.people).intersection(places) - own
        score = counting.score if counting.score in many - identities else None
        for name in many - identities - {*counting.free, score}:
            raise NotCounted(f"{name!r}, which has more than {FEW:,} values,")
        for name in identities:
            if not table.are_distinct(places[name]):
                raise NotCounted(f"{name!r}, whose values stand in several rows,")
        rest = {name: place for name, place in places.items() if name not in many | identities | own}
        kept = Kept(
            stands_for=COUNTED,
            proven=identities.difference(counting.free),
            many=many.intersection(counting.free),
            described={
                name: described.get(name, "")
                for name in counting.described
                if name in own or name in many.intersection(counting.free)
            },
            more=(COUNTED,),
        )
        if score is None and not own and not described:
            counted = table.count_rows(list(rest.values()))
        else:
            apart = _apart(table, places, counting, score, described)
            counted, kept = _count_apart(table, rest.values(), apart, kept)
        connection.register(_COUNTED_ROWS, counted)
        columns = [sql_names[name] for name in rest]
        if counting.person:
            # All that is to be known of persons here is whether they are known.
            columns.append(f"CASE WHEN NOT nobody THEN 'somebody' END AS {sql_names[counting.person]}")
        selected = ", ".join([*columns, "true AS kept", *kept.more])
        connection.execute(f"CREATE OR REPLACE TABLE {target} AS SELECT {selected} FROM {_COUNTED_ROWS}")
        connection.unregister(_COUNTED_ROWS)
        return kept

    return count


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """The columns that stay where they are: their names, and how they are read there."""

    score: str | None
    weight: str | None
    person: str | None
    how: Apart


def _described(table: SparkTable, places: Mapping[str, int], counting: Counting) -> dict[str, str]:
    """Find the columns of numbers among those that are described if they are, and their types."""
    kinds: dict[str, str] = {}
    texts: list[str] = []
    for name in (name for name in counting.described if name in places):
        kind = kind_of_scores(table.kinds[places[name]])
        if kind == "VARCHAR":
            texts.append(name)
        elif kind is not None:
            kinds[name] = kind
        elif table.kinds[places[name]].startswith("decimal("):
            raise NotCounted(f"{name!r}, of type {table.kinds[places[name]]},")
    marks = (*counting.marks.everywhere, *counting.marks.in_numbers)
    looks = kinds_of_texts(
        table,
        [places[name] for name in texts],
        plain=PLAIN,
        number=_written(counting).number,
        blanks=BLANKS,
        marks=marks,
    )
    for name in texts:
        there, plain, others = looks[places[name]]
        if there and plain == there:
            kinds[name] = "VARCHAR"
        elif there and (others * 2 < there or (counting.partly and others < there)):
            # Which rows count, or how often what stands for nothing, decides whether it holds numbers.
            number = there - plain
            are = "value is no number" if number == 1 else "values are no numbers"
            raise NotCounted(f"{name!r}, of which {number:,} {are} as programs write them,")
    return kinds


def _apart(
    table: SparkTable,
    places: Mapping[str, int],
    counting: Counting,
    score: str | None,
    described: Mapping[str, str],
) -> _Named:
    """Say how the columns are read that stay where they are."""
    person = ""
    if counting.person:
        person = person_sql(table, places[counting.person], counting.person, _written(counting))
    return _Named(
        score=score,
        weight=counting.weight,
        person=counting.person,
        how=Apart(
            score=_numbers(table, places, score),
            weight=_numbers(table, places, counting.weight),
            person=person,
            alike=[place for name, place in places.items() if name != counting.weight],
            described=[(places[name], kind) for name, kind in described.items()],
            marks=counting.marks.written,
        ),
    )


def _written(counting: Counting) -> Written:
    """Say what values of a column of texts may be, other than names that differ."""
    return Written(
        missing=counting.marks.everywhere,
        marks=counting.marks.in_numbers,
        number=f"{POINT_NUMBER}|{COMMA_NUMBER}|{CAST}",
        other=f"(?i:true|false)|{MOMENT}",
    )


def _numbers(table: SparkTable, places: Mapping[str, int], name: str | None) -> tuple[int, str] | None:
    """Return the place of a column of numbers, and their type."""
    if name is None:
        return None
    kind = kind_of_scores(table.kinds[places[name]])
    if kind is None:
        raise NotCounted(f"{name!r}, of type {table.kinds[places[name]]},")
    return places[name], kind


def _count_apart(
    table: SparkTable, rest: Collection[int], named: _Named, kept: Kept
) -> tuple[pa.Table, Kept]:
    """Count the rows without what stays where it is."""
    counted, rows = count_apart(table, list(rest), named.how, PLAIN)
    more = [COUNTED, "code"]
    renamed: dict[str, str] = {}
    for name, unreadable in ((named.score, "unreadable"), (named.weight, "weight_unreadable")):
        if name and (number := sum(counted[unreadable].to_pylist())):
            rows.forget()
            are = "value is no number" if number == 1 else "values are no numbers"
            raise NotCounted(f"{name!r}, of which {number:,} {are} as programs write them,")
    if named.how.score:
        renamed["lacks"] = f"lacks_c{named.how.score[0]}"
        more += [*SUMMED, renamed["lacks"]]
    if named.how.weight:
        more += OF_WEIGHTS
    counted = counted.rename_columns([renamed.get(column, column) for column in counted.column_names])
    return counted, dataclasses.replace(
        kept,
        apart={named.score: named.how.score[1]} if named.score and named.how.score else {},
        weight={named.weight: named.how.weight[1]} if named.weight and named.how.weight else {},
        more=tuple(more),
        elsewhere=rows,
    )
