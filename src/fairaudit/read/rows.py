"""Rows of one source in DuckDB, whatever they came from: what is known before a row is read, and what once they are."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import duckdb

from fairaudit.engine.cells import NotCounted, part_name
from fairaudit.engine.duckdb import NO_LIMITS, attach, connect, lock, make_room
from fairaudit.engine.elsewhere import Rows as RowsElsewhere
from fairaudit.engine.sql import number_of
from fairaudit.errors import ColumnAmbiguous, ColumnError, ColumnMissing, FileError, OptionError
from fairaudit.locking import Scratch
from fairaudit.read.bad_lines import BadLines
from fairaudit.read.columns import SOURCE, Columns
from fairaudit.read.compression import compression_of, refuse_cut
from fairaudit.read.conditions import Condition, Marks, mark_rows, read_condition
from fairaudit.read.counted import Counting, Kept, count_rows
from fairaudit.read.faults import read_error
from fairaudit.read.in_order import Order
from fairaudit.read.notes import Note
from fairaudit.read.precision import FLOAT16, FLOAT32
from fairaudit.read.readings import Conventions, Readings, Stored, part_of
from fairaudit.read.relation import KEPT, Copied, Relation, Store, is_short
from fairaudit.read.source_file import Source, hash_file, limits_of, said_of
from fairaudit.read.watching import AtOnce, Progress, watch
from fairaudit.room import refuse_full
from fairaudit.settings.source import OPENED_AS_IT_SAYS, InputSettings
from fairaudit.spelling import setting
from fairaudit.texts import clean, composed


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows of one source in DuckDB's table ``source_rows``; column i of the source is ``c{i}`` there.

    Attributes
    ----------
    rows
        How many rows the source holds; those that `where` leaves out have ``kept = false``.
    readings
        What the columns mean, told from the rows that `where` keeps.
    marked
        The SQL names of the columns that say which conditions are fulfilled, by the names of these.
    notes
        What was found in the header or while the rows were read.
    skipped
        The lines that were left out, where that was asked for.
    passed_over
        Why columns that were asked for are not loaded.
    halves
        Columns that were float16 before they were loaded.
    sql_names
        The SQL name of each loaded column.
    stands_for
        SQL of how many rows of the source each row of the table stands for; ``None`` for one.
    apart
        The column whose values stand in ``each_row`` (or `elsewhere`, in another engine) beside the ``code`` of a row of the table, if one does; ``lacks_c{i}`` tells what stands for a missing one.
    parts
        The columns of ``source_rows``, ``source_rows_1`` …, where very many columns are counted in parts; each row has a code in each of them.
    elsewhere
        The rows themselves, if another engine keeps what is of each for itself: scores that stand apart, weights, and whom it is about.
    order
        What is known of the order of the scores that stand apart.
    """

    source: Source
    connection: duckdb.DuckDBPyConnection
    sql_names: Mapping[str, str]
    rows: int
    where: str | None
    readings: Readings
    marked: Mapping[str, str] = field(default_factory=dict)
    halves: frozenset[str] = frozenset()
    passed_over: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    skipped: BadLines | None = None
    stands_for: str | None = None
    apart: str | None = None
    parts: tuple[frozenset[str], ...] = ()
    elsewhere: RowsElsewhere | None = None
    order: Order = field(default_factory=Order, compare=False, repr=False)

    @property
    def scores_elsewhere(self) -> RowsElsewhere | None:
        """The rows in another engine, if it keeps their scores."""
        return self.elsewhere if self.apart else None

    @property
    def weighed(self) -> bool:
        """Whether the rows of the table come to so many ``people`` by weights that another engine keeps."""
        return self.elsewhere is not None and self.elsewhere.weighed

    @property
    def loaded(self) -> tuple[str, ...]:
        """The names of the loaded columns, in the order of the source."""
        return tuple(self.sql_names)

    def column(self, name: str) -> str:
        """Return the SQL name of a loaded column."""
        if name not in self.sql_names:
            raise ColumnMissing(self.source.name, name, self.source.columns)
        return self.sql_names[name]

    def part_of(self, columns: Collection[str]) -> int:
        """Return the first part that has all of some columns."""
        return part_of(self.parts, columns)

    def table_of(self, column: str) -> str:
        """Return the table that has a column."""
        return part_name("source_rows", self.part_of([column]))

    def precision(self, column: str | None) -> str | None:
        """Return the precision of a column's numbers, if it is less than that of Python's floats."""
        if column is None or column not in self.sql_names:
            return None
        if column in self.halves:
            return FLOAT16
        return FLOAT32 if self.readings.type_of(column) == "FLOAT" else None

    def row_name(self, number: int) -> str:
        """Say which row is meant, in front of what it holds; of rows that were counted where they are nobody knows."""
        return "a row" if self.stands_for else f"row {number:,}"

    def one(self, statement: str) -> tuple[Any, ...]:
        """Run a query of one row."""
        return self.connection.execute(statement).fetchone() or ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What was read into a table: the SQL names of its columns, where they came from, the file's hash and size, and how many rows it has, unless these are counted."""

    sql_names: Mapping[str, str]
    relation: Relation
    identity: tuple[str | None, int | None]
    kept: Kept
    rows: int | None

    @property
    def in_table(self) -> tuple[str, ...]:
        """The columns that the table holds."""
        return tuple(
            name
            for name in self.sql_names
            if name not in self.kept.many.union(self.kept.apart, self.kept.weight, self.kept.described)
        )

    def asked(self, names: Collection[str]) -> dict[str, str]:
        """Return the SQL names of columns that were asked for."""
        return {name: sql for name, sql in self.sql_names.items() if name in names}

    def stored(self, names: Collection[str], rows: int | None) -> Stored:
        """Say where columns are, of so many rows that count."""
        return Stored(
            table="source_rows",
            columns=self.asked(names),
            kept="kept",
            stands_for=self.kept.stands_for,
            many=self.kept.many,
            apart={**self.kept.described, **self.kept.apart, **self.kept.weight},
            lacks={name: f"lacks_{self.sql_names[name]}" for name in self.kept.apart},
            parts=self.kept.parts,
            rows=rows,
        )


SMALL, FEW_ROWS = 1_000_000, 100_000
"""Bytes of a file; rows of what is none."""
READABLE = "text, numbers, truth values, dates and times can be read"
Relate = Callable[[duckdb.DuckDBPyConnection, Sequence[int]], Relation]


class Cells(StrEnum):
    """How the values of a source are written."""

    TYPED = "as values of a type"
    TEXTS = "as texts"
    CSV = "as texts, which may begin with the apostrophe that keeps a spreadsheet from running them"


class Input:
    """One opened source, from which rows can be loaded; what its columns are called is known before any row is read.

    Attributes
    ----------
    columns
        The names of its columns, each once, in their order; those that several columns share among them.
    single
        The names that one column alone has.
    identity
        Hash and size of the file that these rows are, or will be, or what tells them; for a path they are taken when it is read.
    hash_note
        Why there is no hash, or of what it is, where that does not go without saying.
    expected_rows
        About how many rows there are, where that is known before they are read.
    counted_by
        The package that counts its rows where they are; empty where they come here.
    """

    def __init__(
        self,
        source_name: str,
        columns: Columns,
        relate: Relate,
        path: Path | None = None,
        *,
        cells: Cells = Cells.TYPED,
        identity: tuple[str, int] | Callable[[], tuple[str, int]] | None = None,
        settings: InputSettings = OPENED_AS_IT_SAYS,
    ) -> None:
        self.name = source_name
        self.columns = columns.named
        self.single = columns.single
        self._settings = settings
        self._limits = limits_of(settings)
        if self._limits != NO_LIMITS:
            # What is wrong with them is said at once.
            self.connection = connect(self._limits)
        self._columns = columns
        self._relate = relate
        self._path = path
        self._cells = cells
        self._identity = identity
        self._counting: Counting | None = None
        self._named: Mapping[str, Condition] = {}
        self._hashed: Future[tuple[str, int]] | None = None
        self._locked = False
        self._first: Input | None = None
        self.hash_note = ""
        self.expected_rows: int | None = None
        self.counted_by = ""

    @cached_property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The database that rows are read into, opened when it is asked for: who refuses the columns needs none."""
        return connect(self._limits)

    def find(self, column: str) -> str | None:
        """Return a column's name as the source has it, whose letters may be composed in another way; ``None`` where it has no such column."""
        if column in self.with_source:
            return column
        alike = [name for name in self.columns if composed(name) == composed(column)] or [
            name for name in self.columns if clean(name) == clean(column)
        ]
        return alike[0] if len(alike) == 1 else None

    def require(self, column: str, *, hint: str = "") -> str:
        """Return a column's name as `find` does, and else say which columns there are."""
        name = self.find(column)
        if name is None:
            raise ColumnMissing(self.name, column, self.columns, hint=hint)
        return name

    def calling(self, names: Sequence[str]) -> Input:
        """Return the same source, with the columns that `find` finds by these names called so: a model knows its columns by their names."""
        called = {own: name for name in names if (own := self.find(name)) is not None}
        if all(own == name for own, name in called.items()):
            return self
        other = Input(
            self.name,
            self._columns.calling(called, file=self.name),
            self._relate,
            self._path,
            cells=self._cells,
            identity=self._identity,
            settings=self._settings,
        )
        # A copy of a stream goes when the one who made it goes.
        other._first, other.hash_note = self, self.hash_note
        other.expected_rows = self.expected_rows
        return other

    def kept(self) -> Input:
        """Return the same source for those who load it again and again: a column is read once, and stays in a file as it was read."""
        scratch, store = Scratch(self._limits.temp_dir), Store()

        def relate(connection: duckdb.DuckDBPyConnection, places: Sequence[int]) -> Relation:
            if not store.places.issuperset(places):
                store.add(places)
                source = Input(
                    self.name,
                    self._columns,
                    self._relate,
                    self._path,
                    cells=self._cells,
                    identity=self._identity,
                    settings=self._settings,
                )
                names = [self._columns.names[place] for place in sorted(store.places)]
                store.relation, other._identity = source._copy(names, store.file(scratch.path))
            attach(connection, store.file(scratch.path), KEPT)
            return store.of(places)

        other = Input(
            self.name,
            self._columns,
            relate,
            cells=self._cells,
            identity=self._identity,
            settings=self._settings,
        )
        weakref.finalize(other, scratch.remove)
        # A copy of a stream goes when the one who made it goes.
        other._first, other.hash_note = self, self.hash_note
        other.expected_rows = self.expected_rows
        return other

    def _copy(self, names: Sequence[str], path: Path) -> tuple[Relation, tuple[str, int] | None]:
        """Read columns into a file of DuckDB's own; give where they came from, and the identity of the source."""
        make_room(self.connection, len(names), self._limits)
        attach(self.connection, path, KEPT, read_only=False)
        read = self._read(names, (), "", None, target=f"{KEPT}.source_rows")
        self.connection.close()
        sha256, size = read.identity
        return read.relation, None if sha256 is None or size is None else (sha256, size)

    def copy_to(self, names: Sequence[str], path: Path) -> Copied:
        """Read columns into a file of DuckDB's own, of a source that is part of another one; nothing else can be read of it then."""
        relation, identity = self._copy(names, path)
        places = {name: self._columns.places[name] for name in names}
        notes = (*self._columns.notes, *relation.notes)
        return Copied(path=path, places=places, notes=notes, identity=identity or ("", 0))

    @property
    def cells(self) -> Cells:
        """How its values are written."""
        return self._cells

    @property
    def is_small(self) -> bool:
        """Whether it is no file, or one so small that reading it in two ways takes no time."""
        if self._path:
            return self._path.stat().st_size < SMALL
        return not callable(self._identity) and (self.expected_rows or 0) < FEW_ROWS

    def count_equal_rows(self, counting: Counting | None) -> None:
        """Let equal rows be counted when rows are loaded the next time; without `counting` each is read for itself."""
        self._counting = counting

    def _how_to_count(self, marks: Marks) -> Counting | None:
        """Return how rows are counted this time."""
        counting, self._counting = self._counting, None
        return counting.knowing(marks.columns) if counting and marks.every else counting

    def _marks(self, where: str | None) -> Marks:
        """Return what rows are marked by this time."""
        named, self._named = self._named, {}
        condition = read_condition(where, columns=self.with_source, file=self.name) if where else None
        return Marks(where=condition, named=named)

    def mark_rows(self, named: Mapping[str, Condition]) -> None:
        """Let rows be marked by conditions that have names, when they are loaded the next time."""
        self._named = named

    def load(
        self,
        columns: Sequence[str],
        *,
        also: Sequence[str] = (),
        hint: str = "",
        where: str | None = None,
        conventions: Conventions = Conventions(),  # noqa: B008  # frozen
        on_progress: Progress | None = None,
    ) -> Rows:
        """Read the named columns of all rows, once.

        Parameters
        ----------
        columns
            Names of columns of this source.
        also
            Others, which are passed over if they cannot be read, or if several columns share the name.
        hint
            The option that leaves out a column that nobody can read or tell from another; ``{column}`` stands for its name.
        where
            Which rows are kept.
        conventions
            What is known of how the values are written.

        Raises
        ------
        NotCounted
            If equal rows were to be counted, and cannot be.
        RowError, FileError
            If a line does not fit its header, or is not UTF-8.
        ColumnAmbiguous, ColumnError
            If several columns share a name, or a column cannot be read.
        OptionError
            If `where` is no condition over the columns.
        """
        conventions = replace(conventions, apostrophes=self._cells is Cells.CSV)
        where = composed(where or "").strip() or None
        marks = self._marks(where)
        needed = {*columns, *marks.columns}
        self._refuse_ambiguous(needed, hint)
        asked = {*columns, *also}
        wanted = self._wanted(needed, asked)
        self._make_ready(len(wanted))
        target = f"scratch.{'read_rows' if marks.every else 'source_rows'}"
        read = self._read(wanted, needed, hint, on_progress, target=target, marks=marks)
        self._lock()
        if marks.every:
            mark_rows(
                self.connection,
                marks,
                sql_names=read.sql_names,
                asked=[name for name in read.in_table if name in asked],
                conventions=conventions,
                more=read.kept.more,
            )
        rows = self._count(read)
        stored = read.stored(asked, None if where else rows)
        return Rows(
            source=self._source(*read.identity),
            connection=self.connection,
            sql_names=read.asked(asked),
            rows=rows,
            where=where,
            marked=marks.sql_names,
            readings=Readings(self.connection, stored, file=self.name, conventions=conventions),
            halves=frozenset(self._columns.names[place] for place in read.relation.halves),
            passed_over=self._passed_over(also, read.relation),
            notes=(*self._columns.notes, *read.relation.notes),
            stands_for=read.kept.stands_for,
            apart=next(iter(read.kept.apart), None),
            parts=read.kept.parts,
            elsewhere=read.kept.elsewhere,
            skipped=read.relation.skipped,
        )

    @property
    def has_source(self) -> bool:
        """Whether it tells which file a row came from, in a column that is not among `columns`."""
        return self._columns.has_source

    @property
    def with_source(self) -> tuple[str, ...]:
        """All that conditions can be about: the columns, and the file that a row came from, if it tells that."""
        return (*self.columns, *([SOURCE] if self.has_source else []))

    def _wanted(self, needed: Collection[str], asked: Collection[str]) -> list[str]:
        """Name the columns that are read: those that are needed, and of others those that nothing else is called."""
        wanted = [name for name in self.columns if name in needed or (name in asked and name in self.single)]
        return [*wanted, SOURCE] if self.has_source and SOURCE in needed else wanted

    def _source(self, sha256: str | None, size: int | None) -> Source:
        """Say what was read."""
        return Source(
            name=self.name,
            sha256=sha256,
            bytes=size,
            columns=self.columns,
            hash_note=self.hash_note or ("" if sha256 else "the rows were no file"),
            read_as=said_of(self._settings),
            counted_by=self.counted_by,
        )

    def _make_ready(self, columns: int) -> None:
        """Make the connection ready for a read of so many columns; one that has read its rows reads no other file."""
        if self._locked:
            self.connection = connect(self._limits)
        make_room(self.connection, columns, self._limits)

    def _lock(self) -> None:
        """Shut the connection off from files."""
        lock(self.connection)
        self._locked = True

    def _count(self, read: _Read) -> int:
        """Count the rows, and refuse none."""
        rows = read.rows
        if rows is None:
            number = number_of(read.kept.stands_for)
            (rows,) = self.connection.execute(f"SELECT {number} FROM source_rows").fetchone() or (0,)
        if rows == 0:
            raise FileError(
                self.name, "has no rows" if self._cells is Cells.TYPED else "has a header but no rows"
            )
        return int(rows)

    def _refuse_ambiguous(self, needed: Collection[str], hint: str) -> None:
        """Refuse a needed name that several columns share."""
        for name in self._columns.repeated:
            if name in needed:
                raise ColumnAmbiguous(
                    self.name, name, self._columns.why_ambiguous(name), hint=hint.format(column=name)
                )

    def _passed_over(self, also: Collection[str], relation: Relation) -> dict[str, str]:
        """Say why columns that were asked for, and are not needed, are not loaded."""
        ambiguous = {n: self._columns.why_ambiguous(n) for n in also if n in self._columns.repeated}
        return ambiguous | {self._columns.names[place]: why for place, why in relation.unreadable.items()}

    def _read(
        self,
        wanted: Sequence[str],
        needed: Collection[str],
        hint: str,
        on_progress: Progress | None,
        *,
        target: str,
        marks: Marks = Marks(),  # noqa: B008  # frozen
    ) -> _Read:
        """Make the table of the wanted columns."""
        counting = self._how_to_count(marks)
        places = {self._columns.places[name]: name for name in wanted}
        relation = self._relate(self.connection, tuple(places))
        self._refuse_unreadable({places[p]: why for p, why in relation.unreadable.items()}, needed, hint)
        sql_names = {name: f"c{place}" for place, name in places.items() if place not in relation.unreadable}
        kept, rows = Kept(), None
        at_once = not counting and is_short(relation, self._path)
        with AtOnce() if at_once else ThreadPoolExecutor(max_workers=3) as pool:
            self._hash_beside(pool)
            kind = compression_of(self._path) if self._path else None
            sound = pool.submit(refuse_cut, self._path, self.name, kind) if self._path else None
            if counting:
                count = relation.counted or partial(count_rows, relation.sql, lines=relation.lines)
                job = pool.submit(count, self.connection, sql_names, counting.but(needed), target)
                try:
                    watch(job, self.connection, on_progress, lines=relation.lines)
                except duckdb.Error as error:
                    refuse_full(error)
                    # The rows themselves say what is wrong.
                    raise NotCounted from None
                kept = job.result()
            else:
                relation, rows = self._copy_rows(pool, relation, sql_names, sound, on_progress, target=target)
            if sound:
                sound.result()
            if KEPT in (target.partition(".")[0], relation.sql.partition(".")[0]):
                # Some versions of DuckDB open no file twice in one process.
                self.connection.execute(f"DETACH DATABASE IF EXISTS {KEPT}")
            identity = self._hashed.result() if self._hashed else (None, None)
            if not counting:
                # Who counts rows may have to read them again, the same as they were.
                self._hashed = None
        return _Read(
            sql_names={name: sql for name, sql in sql_names.items() if name not in kept.proven},
            relation=relation,
            identity=identity,
            kept=kept,
            rows=rows,
        )

    def _refuse_unreadable(self, unreadable: Mapping[str, str], needed: Collection[str], hint: str) -> None:
        """Refuse a needed column that cannot be read."""
        for name, why in unreadable.items():
            if name in needed:
                more = f", or leave it out by {hint.format(column=name)}" if hint else ""
                raise ColumnError(self.name, name, why, hint=f"Turn it into text first{more}")

    def _hash_beside(self, pool: Executor) -> None:
        """Take the hash and the size of what is read beside the reading, once."""
        if self._hashed is None and self._path:
            self._hashed = pool.submit(hash_file, self._path)
        elif self._hashed is None and self._identity:
            known = self._identity
            self._hashed = pool.submit(known if callable(known) else lambda: known)

    def _copy_rows(
        self,
        pool: Executor,
        relation: Relation,
        sql_names: Mapping[str, str],
        sound: Future[None] | None,
        on_progress: Progress | None,
        *,
        target: str,
    ) -> tuple[Relation, int]:
        """Copy the rows of a relation to a table; give the relation that could be read, and the number of its rows."""
        if relation.counted:
            raise OptionError(
                setting("engine"), "counts rows where they are, and here the rows themselves are needed"
            )
        selected = ", ".join([*sql_names.values(), "true AS kept"])
        while True:
            statement = f"CREATE OR REPLACE TABLE {target} AS SELECT {selected} FROM {relation.sql}"
            try:
                watch(pool.submit(self.connection.execute, statement), self.connection, on_progress)
            except duckdb.Error as error:
                if sound:
                    sound.result()
                other = relation.otherwise(error)
                if other is None:
                    raise read_error(self.name, self._path, error, relation.first_line) from None
                relation = other
            else:
                (rows,) = self.connection.fetchone() or (0,)
                return relation, int(rows)
