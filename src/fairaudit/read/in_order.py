"""Scores that stand apart, brought here in rising order: those of one range after those of another, sorted, and forgotten.

So however many rows there are, few are here at a time.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairaudit.engine.cells import part_name
from fairaudit.engine.sql import double

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fairaudit.read.rows import Rows

    Floats = NDArray[np.float64]
    _Shared = tuple[NDArray[Any], Floats, NDArray[np.int64]]
    """Places and scores by share, where the first share begins, and where each ends."""

BY_CODE = "scored_cells"
"""Where scores stand apart, what the rows of each code have in common, and their number ``n``."""
_FEW, _PART = 12_000_000, 5_000_000
"""How many scores are here at a time: all of a few, whose table leaves room for them, and a part of more."""
_FEW_PARTS = 12
"""Each of so many parts is looked for among all rows; more of them are brought together first, some at a time."""
_SAMPLED = 100_000
_READ, _SORTED = 2 * 122_880, 1 << 15
"""How many rows are read at a time, which are whole groups as DuckDB stores them, and how many are sorted: what that takes stays in a processor's cache."""
_SHARES, _STEPS = 1 << 8, 1 << 16
"""Into so many ranges of one width scores are shared out, and so many of these put them nearly in order: such numbers are sorted by counting."""
_LOOKED_AT, _COMMON = 100, 4
"""So many scores of each lot are looked at, and one of so many makes a score common."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Risen:
    """People whose scores rise.

    Attributes
    ----------
    places
        What `places_of` says of each one's code.
    is_new
        Of each but the first, whether the score is another than that before; ``None`` where all are.
    """

    places: NDArray[Any]
    is_new: NDArray[np.bool_] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tied:
    """People of one score, counted by the places of their codes."""

    score: float
    people: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptOrder:
    """People whose scores rise, in a file at a path: a few bytes each, so that their order need not be found again.

    Attributes
    ----------
    held
        What came one after the other: people of one score, or whether those in the file have equal scores among them.
    """

    path: Path
    held: list[Tied | bool] = field(default_factory=list)

    def append(self, one: Risen | Tied) -> None:
        """Put people behind the others."""
        import numpy as np

        with self.path.open("ab" if self.held else "wb") as file:
            if isinstance(one, Tied):
                self.held.append(one)
                return
            np.save(file, one.places)
            if one.is_new is not None:
                np.save(file, np.packbits(one.is_new))
        self.held.append(one.is_new is not None)

    def __iter__(self) -> Iterator[Risen | Tied]:
        import numpy as np

        if not self.held:
            return
        with self.path.open("rb") as file:
            for one in self.held:
                if isinstance(one, Tied):
                    yield one
                    continue
                places = np.load(file)
                is_new = np.unpackbits(np.load(file), count=len(places) - 1).astype(bool) if one else None
                yield Risen(places=places, is_new=is_new)


@dataclass(slots=True, kw_only=True)
class Order:
    """What is known of the rows that count once they were sorted.

    Attributes
    ----------
    decision, tenth
        SQL of these, over a score.
    cuts
        The scores at which these change.
    added_up
        Whether people and errors are added up between all `cuts`; ``None`` where that was not tried.
    risen
        The rows in the order that was found while they were added up.
    few
        Columns of few rows, by their table, that have come here since they were decided.
    """

    decision: str = ""
    tenth: str = ""
    cuts: Sequence[float] = ()
    added_up: bool | None = None
    risen: KeptOrder | None = None
    few: dict[str, dict[str, Any]] = field(default_factory=dict)

    def decide(self, decision: str, tenth: str, cuts: Sequence[float]) -> None:
        """Say how scores become decisions, and what they are told apart by."""
        self.decision, self.tenth, self.cuts, self.added_up = decision, tenth, cuts, None
        self.few.clear()

    def forget(self) -> None:
        """Forget what was found, as other rows count."""
        self.added_up, self.risen = None, None
        self.few.clear()


def places_of(rows: Rows, part: int) -> NDArray[Any]:
    """Return the place of each code of a part of the columns among those of rows that count, counted from 1; 0 for the others."""
    import numpy as np

    code = arrays(rows, f"SELECT code FROM {part_name(BY_CODE, part)} ORDER BY code")["code"]
    (most,) = rows.one(f"SELECT max({part_name('code', part)}) FROM each_row")
    kind = np.uint8 if len(code) < 1 << 8 else np.uint16 if len(code) < 1 << 16 else np.int32
    place = np.zeros(int(most) + 1, dtype=kind)
    place[code] = np.arange(1, len(code) + 1)
    return place


def risen(rows: Rows, part: int) -> Iterator[Risen | Tied]:
    """Yield the people of a part of the columns in the order of their scores; from one to the next the score is another."""
    if part == 0 and rows.order.risen is not None:
        yield from rows.order.risen
        return
    for own in in_order(rows, part):
        yield own if isinstance(own, Tied) else without_scores(*own)


def without_scores(places: NDArray[Any], scores: Floats) -> Risen:
    """Tell of scores that rise only which of them are equal."""
    is_new = scores[1:] != scores[:-1]
    return Risen(places=places, is_new=None if is_new.all() else is_new)


def in_order(rows: Rows, part: int) -> Iterator[tuple[NDArray[Any], Floats] | Tied]:
    """Yield places of codes and scores, both in the order of these; from one to the next the score is another."""
    place = places_of(rows, part)
    code = part_name("code", part)
    low, high = rows.one(f"SELECT min(low), max(high) FROM {BY_CODE}")
    for stretch in _brought_together(rows, _stretches(rows)):
        if stretch.value is None:
            ends = (max(low, stretch.first), min(high, stretch.last))
            yield from _shared_out(_read(rows, stretch, code, place), *ends, int(place.max()) + 1)
        else:
            yield _tied(rows, stretch, stretch.value, code, place)


def arrays(rows: Rows, statement: str) -> dict[str, Any]:
    """Read columns into arrays."""
    return rows.connection.execute(statement).fetchnumpy()


def _read(
    rows: Rows, stretch: _Stretch, code: str, place: NDArray[Any]
) -> Iterator[tuple[NDArray[Any], Floats]]:
    """Yield places and scores of the rows that count in a stretch, some at a time."""
    (all_rows,) = rows.one(f"SELECT count(*) FROM {stretch.table}")
    for first in range(0, all_rows, _READ):
        columns = arrays(
            rows,
            f"SELECT {stretch.score} AS score, {code} AS code FROM {stretch.table} "
            f"WHERE rowid >= {first} AND rowid < {first + _READ} AND {stretch.condition}",
        )
        places, scores = place.take(columns["code"]), columns["score"]
        if not places.all():
            counts = places != 0
            places, scores = places.compress(counts), scores.compress(counts)
        yield places, scores


def _tied(rows: Rows, stretch: _Stretch, score: float, code: str, place: NDArray[Any]) -> Tied:
    """Count the people of one score."""
    import numpy as np

    columns = arrays(
        rows,
        f"SELECT {code} AS code, count(*) AS people FROM (SELECT {stretch.score} AS score, {code} FROM {stretch.table}) "
        f"WHERE {stretch.condition} GROUP BY ALL",
    )
    people = np.zeros(int(place.max()) + 1, dtype=np.int64)
    people[place[columns["code"]]] = columns["people"]
    people[0] = 0
    return Tied(score=score, people=people)


def _shared_out(
    read: Iterator[tuple[NDArray[Any], Floats]], low: float, high: float, size: int
) -> Iterator[tuple[NDArray[Any], Floats] | Tied]:
    """Share scores from one to another out to ranges of one width, and yield them in order; there are so many places."""
    held = [
        _by_share(places, scores, _steps(scores, low, high, _SHARES))
        for places, scores in read
        if len(scores)
    ]
    return _together(held, size)


def _by_share(places: NDArray[Any], scores: Floats, share: NDArray[Any]) -> _Shared:
    """Bring the scores of each share together."""
    import numpy as np

    order = share.argsort(kind="stable")
    ends = np.cumsum(np.bincount(share, minlength=_SHARES))
    return places.take(order), scores.take(order), np.concatenate(([0], ends))


def _together(held: Sequence[_Shared], size: int) -> Iterator[tuple[NDArray[Any], Floats] | Tied]:
    """Yield the scores of one share after the other, sorted, as many together as is quick."""
    import numpy as np

    ends = np.sum([of_shares for *_, of_shares in held], axis=0).tolist() if held else []
    before = first = 0
    for share in range(1, len(ends)):
        # What is shared out further comes alone.
        are_few = share < _SHARES and ends[share + 1] - ends[share] <= 4 * _SORTED
        if ends[share] == before or (ends[share] - before < _SORTED and are_few):
            continue
        yield from _near([(p[e[first] : e[share]], s[e[first] : e[share]]) for p, s, e in held], size)
        before, first = ends[share], share


def _near(
    near: Sequence[tuple[NDArray[Any], Floats]], size: int
) -> Iterator[tuple[NDArray[Any], Floats] | Tied]:
    """Sort scores of a range, or share them out in turn: to ranges whose numbers of floats are the same, so that each time they are closer by far, however they lie."""
    import numpy as np

    near = [(places, scores) for places, scores in near if len(scores)]
    if sum(len(scores) for _, scores in near) <= 4 * _SORTED:
        if near:
            places, scores = (np.concatenate(one) for one in zip(*near, strict=True))
            yield _sorted(places, scores)
        return
    common = _common(near)
    if common is None:
        ends = np.array([[scores.min(), scores.max()] for _, scores in near])
        low, high = _floats_below(np.array([ends[:, 0].min(), ends[:, 1].max()])).tolist()
        shift = max(0, (high - low).bit_length() - (_SHARES - 1).bit_length())
        held = [
            _by_share(places, scores, ((_floats_below(scores) - low) >> shift).astype(np.uint8))
            for places, scores in near
        ]
        yield from _together(held, size)
        return
    yield from _near([(p.compress(s < common), s.compress(s < common)) for p, s in near], size)
    people = np.sum([np.bincount(p.compress(s == common), minlength=size) for p, s in near], axis=0)
    yield Tied(score=common, people=people)
    yield from _near([(p.compress(s > common), s.compress(s > common)) for p, s in near], size)


def _common(near: Sequence[tuple[NDArray[Any], Floats]]) -> float | None:
    """Return a score that many people have, if there is one: to bring each of them on in turn would take room and time."""
    import numpy as np

    values, times = np.unique(
        np.concatenate([scores[:: max(1, len(scores) // _LOOKED_AT)] for _, scores in near]),
        return_counts=True,
    )
    most = int(times.argmax())
    return float(values[most]) if times[most] * _COMMON > times.sum() else None


def _floats_below(scores: Floats) -> NDArray[np.uint64]:
    """Return how many floats are less than each, one for both zeros."""
    import numpy as np

    bits = (scores + 0.0).view(np.int64)
    below: NDArray[np.uint64] = (bits ^ (bits >> 63 | np.iinfo(np.int64).min)).view(np.uint64)
    return below


def _steps(scores: Floats, low: float, high: float, number: int) -> NDArray[Any]:
    """Say on which of some steps of one width each score is: numbers that are sorted by counting."""
    import numpy as np

    kind = np.min_scalar_type(number - 1)
    # Of the largest numbers the width is none, and of the least there is no share.
    width = high - low
    each = (number - 1) / width if 0 < width < math.inf else math.inf
    return ((scores - low) * each).astype(kind) if each < math.inf else np.zeros(len(scores), dtype=kind)


def _sorted(places: NDArray[Any], scores: Floats) -> tuple[NDArray[Any], Floats]:
    """Sort by scores: first nearly, by steps, so that each is moved by little."""
    import numpy as np

    low, high = float(scores.min()), float(scores.max())
    order = _steps(scores, low, high, _STEPS).argsort(kind="stable")
    places, scores = places.take(order), scores.take(order)
    # Whole numbers are compared sooner; those of numbers below 0 fall.
    bits = scores.view(np.int64)
    if low < 0:
        bits = bits ^ ((bits >> 63) & np.iinfo(np.int64).max)
    order = bits.argsort(kind="stable")
    return places.take(order), scores.take(order)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stretch:
    """Scores of a table from one to below another, without the first itself if that is a stretch of its own; or a single one that very many people have."""

    table: str
    score: str
    first: float = -math.inf
    last: float = math.inf
    without: bool = False
    value: float | None = None

    @property
    def condition(self) -> str:
        """The SQL that tells whether a ``score`` is one of them."""
        if self.value is not None:
            return f"score = {double(self.value)}"
        ends = (
            [f"score {'>' if self.without else '>='} {double(self.first)}"] if self.first > -math.inf else []
        )
        if self.last < math.inf:
            ends.append(f"score < {double(self.last)}")
        return " AND ".join(ends) or "score IS NOT NULL"


def _stretches(rows: Rows) -> list[_Stretch]:
    """Share the scores out, by a sample, so that none of the stretches has many more people than are to be here at a time."""
    (people,) = rows.one(f"SELECT sum(n) FROM {BY_CODE}")
    number = math.ceil(people / _PART) if people > _FEW else 1
    if number > _FEW_PARTS:
        # Beside their table there is room for fewer scores.
        number *= 2
    score = rows.readings.of(rows.apart or "").number
    edges: list[float] = []
    if number > 1:
        sample = arrays(
            rows,
            f"SELECT {score} AS score FROM each_row WHERE rowid % {max(people // _SAMPLED, 1)} = 0 AND score IS NOT NULL ORDER BY score",
        )["score"]
        edges = [float(sample[len(sample) * place // number]) for place in range(1, number)]
    own = {edge for edge, times in Counter(edges).items() if times > 1}
    rising = [-math.inf, *sorted(set(edges)), math.inf]
    whole = _Stretch(table="each_row", score=score)
    stretches: list[_Stretch] = []
    for first, last in itertools.pairwise(rising):
        if first in own:
            stretches.append(replace(whole, first=first, last=first, value=first))
        stretches.append(replace(whole, first=first, last=last, without=first in own))
    return stretches


def _brought_together(rows: Rows, stretches: Sequence[_Stretch]) -> Iterator[_Stretch]:
    """Yield stretches; of very many, some at a time have a table of their own, as the search for each among all rows would take as long as their number squared."""
    if len(stretches) <= _FEW_PARTS:
        yield from stretches
        return
    execute = rows.connection.execute
    step = math.isqrt(len(stretches))
    codes = "".join(f", {part_name('code', part)}" for part, _ in enumerate(rows.parts or [()]))
    for place in range(0, len(stretches), step):
        near = stretches[place : place + step]
        # What stands at the ends of others does no harm here.
        ends = [("score >=", near[0].first), ("score <=", near[-1].last)]
        conditions = [f"{compared} {double(end)}" for compared, end in ends if math.isfinite(end)]
        execute(
            f"CREATE OR REPLACE TABLE near_rows AS SELECT * FROM (SELECT {near[0].score} AS score{codes} FROM each_row) WHERE {' AND '.join(conditions)}"
        )
        for stretch in near:
            yield replace(stretch, table="near_rows", score="score")
    execute("DROP TABLE near_rows")
