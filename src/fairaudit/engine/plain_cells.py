"""Plain lines into cells: the tables that `cells` makes, sooner."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from fairaudit.engine.cells import SUMMED, Column, make_few
from fairaudit.engine.fields import MOST_TEXTS, Decimals, Rising, Run
from fairaudit.engine.lines import Lines, NotPlain, blocks_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fairaudit.engine.fields import Floats
    from fairaudit.engine.lines import Places

_MOST_RUNS = 4
_PLACE_BITS = (MOST_TEXTS - 1).bit_length()
_KEY_BITS = _MOST_RUNS * _PLACE_BITS
"""What the places of texts take of a key."""
_MOST_SEEN = MOST_TEXTS // 4
"""Among all rows there may be so many times as many texts as in a sample."""
_LARGEST_TABLE = 1 << 22
"""Codes; in a larger table they take more room than is worth it."""
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
    breaks
        Those among them that make too many texts with the one before to be read together with it.
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
    breaks: Collection[int] = ()
    rising: Sequence[int] = ()
    apart: int | None = None
    pattern: str = ""
    missing: Sequence[str] = ("",)


def breaks_of(connection: duckdb.DuckDBPyConnection, columns: Mapping[int, Column]) -> list[int]:
    """Find the places of columns that make too many texts in the sample with those that stand before them."""
    breaks: list[int] = []
    run: list[Column] = []
    for place in sorted(columns):
        run = [*run, columns[place]] if place - 1 in columns else [columns[place]]
        if len(run) > 1 and not make_few(connection, run, _MOST_SEEN):
            breaks.append(place)
            run = run[-1:]
    return breaks


def count_lines(
    connection: duckdb.DuckDBPyConnection, lines: Lines, columns: LineColumns, *, target: str
) -> None:
    """Make the table of combinations, and ``each_row`` where a column stands apart, that `fairaudit.engine.cells.count_cells` makes.

    Raises
    ------
    NotPlain
        If a line is not plain, the texts are many, the numbers do not become larger, or some of those apart are written in a way of their own.
    """
    runs = [Run(first, last) for first, last in _runs(columns)]
    if not 1 <= len(runs) <= _MOST_RUNS:
        raise NotPlain
    rising = [Rising(place) for place in columns.rising]
    apart = None if columns.apart is None else Decimals(columns.apart, columns.pattern, columns.missing)
    alike, stored = _Alike(len(runs)), _EachRow(connection, f"c{columns.apart}")
    for block in blocks_of(lines):
        for column in rising:
            column.rise(block)
        places = [run.places(block) for run in runs]
        if apart:
            values, lacking = apart.values(block)
            stored.add(alike.codes(places, lacking), values)
        else:
            alike.codes(places)
    if not alike.keys:
        raise NotPlain
    stored.store()
    texts = _texts(runs, alike.keys, lines.delimiter)
    lacks = [columns.missing[(key >> _KEY_BITS) - 1] if key >> _KEY_BITS else None for key in alike.keys]
    _store(connection, columns, [*texts], lacks, alike.times.tolist(), target)


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


def _runs(columns: LineColumns) -> Iterator[tuple[int, int]]:
    """Find the columns that stand beside each other, and are read together: the first of them and the last."""
    places = sorted(columns.counted)
    firsts = [place for place in places if place - 1 not in places or place in columns.breaks]
    lasts = [place for place in places if place + 1 not in places or place + 1 in columns.breaks]
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
    """Rows whose texts are the same, and what they lack; the `times` of each code say how many there are.

    A row's `key` is one number for the places of its texts and for what it lacks, and its code is the place of the key among all that there are. Codes
    stand in a table by the same places, as long as that is small.
    """

    def __init__(self, runs: int) -> None:
        import numpy as np

        self._codes: dict[int, int] = {}
        self.times = np.zeros(0, dtype=np.int64)
        # What is lacking comes first; most rows lack nothing.
        self._sides = [1] * (runs + 1)
        self._table: NDArray[np.int32] | None = np.full(1, -1, dtype=np.int32)

    @property
    def keys(self) -> list[int]:
        """The key of each code."""
        return [*self._codes]

    def codes(self, places: Sequence[Places], lacking: Places | None = None) -> NDArray[np.int32]:
        """Count rows, and return the code of each; what a row lacks is a number, and 0 if it lacks nothing."""
        import numpy as np

        codes = self._codes_of(places, lacking)
        times = np.bincount(codes, minlength=len(self.times))
        times[: len(self.times)] += self.times
        self.times = times
        if len(times) > _MOST_ALIKE:
            raise NotPlain
        return codes

    def _codes_of(self, places: Sequence[Places], lacking: Places | None) -> NDArray[np.int32]:
        import numpy as np

        self._widen([0 if lacking is None else int(lacking.max()), *(int(own.max()) for own in places)])
        if self._table is None:
            known, where = np.unique(_keys(places, lacking), return_inverse=True)
            return np.array([self._code(key) for key in known.tolist()], dtype=np.int32)[where]
        cells = _cells(places, lacking, self._sides)
        codes = self._table.take(cells)
        new = np.flatnonzero(codes < 0)
        if len(new):
            keys = _keys([own[new] for own in places], None if lacking is None else lacking[new])
            self._table[cells[new]] = [self._code(key) for key in keys.tolist()]
            codes[new] = self._table.take(cells[new])
        return codes

    def _code(self, key: int) -> int:
        return self._codes.setdefault(key, len(self._codes))

    def _widen(self, most: Sequence[int]) -> None:
        """Make the table so wide that it holds some numbers on each side; give it up if it were too large."""
        import numpy as np

        if self._table is None or all(number < side for number, side in zip(most, self._sides, strict=True)):
            return
        self._sides = [
            max(side, 1 << number.bit_length()) for number, side in zip(most, self._sides, strict=True)
        ]
        size = math.prod(self._sides)
        if size > _LARGEST_TABLE:
            self._table = None
            return
        self._table = np.full(size, -1, dtype=np.int32)
        keys = np.array(self.keys, dtype=np.intp)
        _, *runs = self._sides
        shifts = [_PLACE_BITS * number for number in reversed(range(len(runs)))]
        places = [keys >> shift & MOST_TEXTS - 1 for shift in shifts]
        self._table[_cells(places, keys >> _KEY_BITS, self._sides)] = np.arange(len(keys))


def _cells(places: Sequence[Places], lacking: Places | None, sides: Sequence[int]) -> Places:
    """Return where rows stand in a table of so many numbers on each side."""
    first, *others = places
    _, size, *more = sides
    cells = first
    for other, side in zip(others, more, strict=True):
        cells = cells * side + other
        size *= side
    return cells if lacking is None else lacking * size + cells


def _keys(places: Sequence[Places], lacking: Places | None) -> Places:
    """Make one number of several."""
    keys, *others = places
    for other in others:
        keys = keys * MOST_TEXTS + other
    return keys if lacking is None else keys + (lacking << _KEY_BITS)


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
