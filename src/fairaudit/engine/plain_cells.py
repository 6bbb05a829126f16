"""Plain lines into cells: the tables that `cells` makes, sooner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from fairaudit.engine.cells import SUMMED
from fairaudit.engine.fields import MOST_TEXTS, Decimals, Rising, Run
from fairaudit.engine.lines import Lines, NotPlain, blocks_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fairaudit.engine.fields import Floats
    from fairaudit.engine.lines import Places

_MOST_RUNS = 4
_KEY_BITS = _MOST_RUNS * (MOST_TEXTS - 1).bit_length()
"""What the places of texts take of a key."""
_STORED = 1_000_000
"""So many rows are stored by one statement."""
_MOST_ALIKE = 1 << 18
"""Combinations of texts; of more of them Python would hold more than DuckDB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineColumns:
    """The columns of lines by their places; that of place i is ``c{i}`` in the tables.

    Attributes
    ----------
    counted
        Those of few texts.
    rising
        Those of whole numbers that become larger from line to line, so that none stands in two.
    apart
        That of decimal numbers, if there is one.
    pattern
        How these are written.
    missing
        What may stand for one that is missing.
    """

    counted: Sequence[int]
    rising: Sequence[int] = ()
    apart: int | None = None
    pattern: str = ""
    missing: Sequence[str] = ("",)


def count_lines(
    connection: duckdb.DuckDBPyConnection, lines: Lines, columns: LineColumns, *, target: str
) -> None:
    """Make the table of combinations, and ``each_row`` where a column stands apart, that `fairaudit.engine.cells.count_cells` makes.

    Raises
    ------
    NotPlain
        If a line is not plain, the texts are many, the numbers do not become larger, or some of those apart are written in a way of their own.
    """
    runs = [Run(first, last) for first, last in _runs(columns.counted)]
    if not 1 <= len(runs) <= _MOST_RUNS:
        raise NotPlain
    rising = [Rising(place) for place in columns.rising]
    apart = None if columns.apart is None else Decimals(columns.apart, columns.pattern, columns.missing)
    alike, stored = _Alike(), _EachRow(connection, f"c{columns.apart}")
    for block in blocks_of(lines):
        for column in rising:
            column.rise(block)
        places = [run.places(block) for run in runs]
        if apart:
            values, lacking = apart.values(block)
            stored.add(alike.codes(places, lacking), values)
        else:
            alike.count(places)
    if not alike.times:
        raise NotPlain
    stored.store()
    texts = _texts(runs, alike.times, lines.delimiter)
    lacks = [columns.missing[(key >> _KEY_BITS) - 1] if key >> _KEY_BITS else None for key in alike.times]
    _store(connection, columns, [*texts], lacks, [*alike.times.values()], target)


def _store(
    connection: duckdb.DuckDBPyConnection,
    columns: LineColumns,
    texts: Sequence[Sequence[str]],
    lacks: Sequence[str | None],
    times: Sequence[int],
    target: str,
) -> None:
    """Make the table of combinations of texts, and of what stands for a value apart that is missing, each of which there is so many times."""
    names = [f"c{place}" for place in sorted(columns.counted)]
    values = [f"nullif(unnest(CAST(? AS VARCHAR[])), '') AS {name}" for name in names]
    more = [
        f"unnest(range({len(times)}))::INTEGER AS code",
        "unnest(CAST(? AS BIGINT[])) AS n",
        "unnest(CAST(? AS VARCHAR[])) AS lacks",
    ]
    cells = f"SELECT {', '.join([*values, *more])}"
    facts, joined = "", ""
    if columns.apart is not None:
        apart = f"c{columns.apart}"
        low, high, only_bits = SUMMED
        joined = (
            f" JOIN (SELECT code, min({apart}) AS {low}, max({apart}) AS {high}, bool_and({apart} IN (0, 1)) AS {only_bits} FROM each_row GROUP BY code) "
            "USING (code)"
        )
        facts = f", {', '.join(SUMMED)}, lacks AS lacks_{apart}"
    connection.execute(
        f"CREATE OR REPLACE TABLE {target} AS SELECT {', '.join(names)}, true AS kept, n, code{facts} FROM ({cells}){joined}",
        [*map(list, zip(*texts, strict=True)), list(times), list(lacks)],
    )


def _runs(columns: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Find the columns that stand beside each other: the first of them and the last."""
    places = sorted(columns)
    firsts = [place for place in places if place - 1 not in places]
    lasts = [place for place in places if place + 1 not in places]
    return zip(firsts, lasts, strict=True)


def _texts(runs: Sequence[Run], keys: Iterable[int], delimiter: str) -> Iterator[list[str]]:
    """Take the texts that each key stands for to pieces."""
    for key in keys:
        rest, pieces = key, []
        for run in reversed(runs):
            rest, place = divmod(rest, MOST_TEXTS)
            pieces.append(run.texts[place].decode().split(delimiter))
        yield [text for piece in reversed(pieces) for text in piece]


class _Alike:
    """Rows whose texts are the same: how many `times` there are which, by one key for the places of their texts, and for what they lack; their code is the place of the key."""

    def __init__(self) -> None:
        self.times: dict[int, int] = {}
        self._codes: dict[int, int] = {}

    def count(self, places: Sequence[Places]) -> None:
        """Count rows."""
        import numpy as np

        if len(places) > 1:
            self._add(*np.unique(_keys(places), return_counts=True))
        else:
            every = np.bincount(places[0])
            keys = np.flatnonzero(every)
            self._add(keys, every[keys])

    def _add(self, keys: Places, times: Places) -> None:
        for key, n in zip(keys.tolist(), times.tolist(), strict=True):
            self.times[key] = self.times.get(key, 0) + n
            self._codes.setdefault(key, len(self._codes))
        if len(self.times) > _MOST_ALIKE:
            raise NotPlain

    def codes(self, places: Sequence[Places], lacking: Places | None = None) -> NDArray[np.int32]:
        """Count rows, and return the code of each; what a row lacks is a number, and 0 if it lacks nothing."""
        import numpy as np

        if lacking is not None:
            codes = np.empty(len(lacking), dtype=np.int32)
            for rows in (np.flatnonzero(lacking == 0), np.flatnonzero(lacking)):
                own = _keys([place.take(rows) for place in places])
                codes[rows] = self._told(own + (lacking.take(rows) << _KEY_BITS))
            return codes
        if len(places) > 1:
            return self._told(_keys(places))
        self.count(places)
        codes = np.zeros(MOST_TEXTS, dtype=np.int32)
        complete = [(key, code) for key, code in self._codes.items() if key < MOST_TEXTS]
        keys, own_codes = zip(*complete, strict=True)
        codes[[*keys]] = own_codes
        return codes.take(places[0])

    def _told(self, keys: Places) -> NDArray[np.int32]:
        """Count rows by their keys, and return the code of each."""
        import numpy as np

        known, where, times = np.unique(keys, return_inverse=True, return_counts=True)
        self._add(known, times)
        return np.array([self._codes[key] for key in known.tolist()], dtype=np.int32)[where]


def _keys(places: Sequence[Places]) -> Places:
    """Make one number of several."""
    first, *others = places
    for other in others:
        first = first * MOST_TEXTS + other
    return first


class _EachRow:
    """The table ``each_row``, which gets the codes of rows and what stands apart of them, many at a time."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, name: str) -> None:
        self._connection, self._name = connection, name
        self._held: list[tuple[NDArray[np.int32], Floats]] = []
        self._rows, self._is_there = 0, False

    def add(self, codes: NDArray[np.int32], values: Floats) -> None:
        """Add rows."""
        self._held.append((codes, values))
        self._rows += len(codes)
        if self._rows >= _STORED:
            self.store()

    def store(self) -> None:
        """Store the rows that are held."""
        import numpy as np

        if not self._held:
            return
        codes, values = (np.concatenate(one) for one in zip(*self._held, strict=True))
        self._held, self._rows = [], 0
        if not self._is_there:
            # What was asked before may not be read to its end, and then nothing can be registered.
            self._connection.execute("DROP TABLE IF EXISTS each_row")
        into = "INSERT INTO each_row" if self._is_there else "CREATE TABLE each_row AS"
        self._connection.register("held_rows", {"code": codes, "value": values})
        self._connection.execute(
            f"{into} SELECT code, CASE WHEN NOT isnan(value) THEN value END AS {self._name} FROM held_rows"
        )
        self._connection.unregister("held_rows")
        self._is_there = True
