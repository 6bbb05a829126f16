"""Probabilities that stand apart, and their errors, added up by code between the scores at which anything changes, in the pass that finds their order."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from fairaudit.engine.duckdb import folder_of
from fairaudit.engine.losses import ERRORS, errors_of, in_units
from fairaudit.read.in_order import BY_CODE, KeptOrder, Tied, arrays, in_order, without_scores

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fairaudit.read.rows import Rows

PLACED = "placed_cells"
"""The rows of each code between two neighbouring cuts: one of their scores, their number of ``people``, and sums over these in units of 1e-15."""
_SUMS = (*ERRORS, "score_sum")
_STEP = 1 << 15
"""How many rows are added up at a time: what that takes stays in a processor's cache."""
_MOST_CELLS = 1 << 17
"""Of more of them each would be of few rows."""
_LOW_BITS = 26
"""Sums of whole numbers are made of their low and their high bits, of which floats hold those of one step, and 64 bits those of all."""


def are_placed(rows: Rows, part: int) -> bool:
    """Make the table `PLACED`, once, and keep the order of the rows; and tell whether it is there, which it is of probabilities with labels."""
    order = rows.order
    if part or rows.apart is None or rows.elsewhere or rows.parts or not order.cuts:
        return False
    if order.added_up is None:
        labelled, codes = rows.one(
            f"SELECT coalesce(bool_and(label IS NOT NULL AND low >= 0 AND high <= 1), false), count(*) FROM {BY_CODE}"
        )
        order.added_up = bool(labelled and codes * (len(order.cuts) + 1) <= _MOST_CELLS)
        if order.added_up:
            kept = KeptOrder(path=folder_of(rows.connection) / "order")
            _store(rows, _added_up(rows, kept))
            order.risen = kept
    return order.added_up


def _added_up(rows: Rows, kept: KeptOrder) -> dict[str, NDArray[Any]]:
    """Add up, and keep the order."""
    import numpy as np

    columns = arrays(rows, f"SELECT code, label FROM {BY_CODE} ORDER BY code")
    label = np.concatenate(([0.0], columns["label"]))
    cuts = np.array(rows.order.cuts)
    size = len(label)
    people = np.zeros((len(cuts) + 1, size), dtype=np.int64)
    sums = {
        f"{name}_{bits}": np.zeros((len(cuts) + 1, size), dtype=np.int64)
        for name in _SUMS
        for bits in ("low", "high")
    }
    score = np.zeros(len(cuts) + 1)
    for own in in_order(rows, 0):
        kept.append(own if isinstance(own, Tied) else without_scores(*own))
        places, scores, times = _of_tied(own) if isinstance(own, Tied) else (*own, None)
        for between, first, last in _steps(scores, cuts):
            step = slice(first, last)
            score[between] = scores[first]
            near = places[step].astype(np.intp)
            count = None if times is None else times[step]
            people[between] += np.bincount(near, count, minlength=size).astype(np.int64)
            numbers = {**errors_of(scores[step], label.take(near)), "score_sum": in_units(scores[step])}
            for name, low_or_high in _split(numbers):
                if count is None:
                    sums[name][between] += np.bincount(near, low_or_high, minlength=size).astype(np.int64)
                else:
                    # Here each place is there once, and floats do not hold what very many people come to.
                    sums[name][between, near] += low_or_high.astype(np.int64) * count
    there = np.nonzero(people)
    return {
        "code": columns["code"][there[1] - 1],
        "score": score[there[0]],
        "people": people[there],
        **{name: one[there] for name, one in sums.items()},
    }


def _of_tied(tied: Tied) -> tuple[NDArray[Any], NDArray[np.float64], NDArray[np.int64]]:
    """Return the places of people of one score, each once, the score of each, and how many they are."""
    import numpy as np

    there = np.flatnonzero(tied.people)
    return there, np.full(len(there), tied.score), tied.people[there]


def _steps(scores: NDArray[np.float64], cuts: NDArray[np.float64]) -> Iterator[tuple[int, int, int]]:
    """Yield how many cuts scores that rise have reached, from which place to which: not too many at a time."""
    import numpy as np

    ends = [0, *np.searchsorted(scores, cuts, side="left").tolist(), len(scores)]
    for between, (first, last) in enumerate(itertools.pairwise(ends)):
        for start in range(first, last, _STEP):
            yield between, start, min(start + _STEP, last)


def _split(
    numbers: Mapping[str, NDArray[np.float64]],
) -> Iterable[tuple[str, NDArray[np.float64]]]:
    """Split whole numbers into their low and their high bits."""
    import numpy as np

    for name, units in numbers.items():
        high = units * 2.0**-_LOW_BITS
        np.floor(high, out=high)
        yield f"{name}_high", high
        units -= high * 2.0**_LOW_BITS
        yield f"{name}_low", units


def _store(rows: Rows, columns: Mapping[str, NDArray[Any]]) -> None:
    """Bring the sums to DuckDB."""
    connection = rows.connection
    sums = "".join(
        f", CAST({name}_high AS HUGEINT) * {1 << _LOW_BITS} + {name}_low AS {name}" for name in _SUMS
    )
    connection.execute(f"DROP TABLE IF EXISTS {PLACED}")
    connection.register("added_up", dict(columns))
    connection.execute(f"CREATE TABLE {PLACED} AS SELECT code, score, people{sums} FROM added_up")
    connection.unregister("added_up")


def placed_by(columns: Mapping[str, str], sums: Mapping[str, str]) -> str:
    """Write the SQL of ``people`` and sums by code and columns, which are SQL over a ``score`` that does not change between two cuts."""
    written = "".join(f", {sql} AS {name}" for name, sql in columns.items())
    named = "".join(f", sum({of}) AS {name}" for name, of in sums.items())
    return (
        f"(SELECT code, {', '.join(columns)}, CAST(sum(people) AS BIGINT) AS people{named} FROM "
        f"(SELECT placed.*{written} FROM {PLACED} AS placed JOIN (SELECT code, decision_value FROM {BY_CODE}) USING (code)) GROUP BY ALL)"
    )
