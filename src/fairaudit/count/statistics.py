"""Numeric columns described for every group: how many values, their mean, spread and quantiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fairaudit.engine.elsewhere import Key
from fairaudit.engine.moments import ADDED, RANKS, Moments, Size, place_of_rank, sized
from fairaudit.read.checked_rows import Checked
from fairaudit.slices.grammar import CROSS, Attribute

_COLUMNS_AT_ONCE = 100
_VALUES_AT_ONCE = 5_000_000
"""Quantiles hold all of their values in memory."""
_FINITE = "CAST('Infinity' AS DOUBLE)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Descriptive statistics of a numeric column in one slice.

    Attributes
    ----------
    n, missing
        Rows with and without a value.
    std
        With n - 1; ``None`` for fewer than two values.
    q1, median, q3
        Interpolated linearly, as pandas does (Hyndman and Fan 1996, type 7).
    reason
        Why a statistic is ``None``.
    """

    attribute: str
    group: str
    column: str
    n: int
    missing: int
    mean: float | None
    std: float | None
    min: float | None
    q1: float | None
    median: float | None
    q3: float | None
    max: float | None
    reason: str | None


def describe(checked: Checked) -> tuple[Statistics, ...]:
    """Describe the numeric columns that were kept for it, in every slice and in all rows together (attribute and group empty).

    The sum of the values, and that of their squares, are exact, whole numbers of a unit; means, standard deviations and quartiles are rounded once, so that
    each is the float nearest to its true value (relative error at most 2**-53), and equal rows always give the same digits: in any order, from
    any number of threads, from either engine. See `fairaudit.engine.moments`.
    """
    if not checked.described:
        return ()
    every_set = list(dict.fromkeys(indexes for a in checked.attributes for indexes in checked.sets_of(a)))
    known: Mapping[Key, Sequence[Moments]]
    if checked.rows.elsewhere:
        names = [f"x_{checked.rows.column(column)}" for column in checked.described]
        known = checked.rows.elsewhere.describe(every_set, names)
    else:
        known = _described_here(checked, [(), *every_set])
    described: list[Statistics] = []
    for attribute in (Attribute(name="", dimensions=()), *checked.attributes):
        groups = _groups(checked, attribute, known)
        described += [
            _statistics(attribute.name, group, column, of_group[place])
            for place, column in enumerate(checked.described)
            for group, of_group in groups
        ]
    return tuple(described)


def _groups(
    checked: Checked, attribute: Attribute, known: Mapping[Key, Sequence[Moments]]
) -> list[tuple[str, Sequence[Moments]]]:
    """Name the groups of an attribute, in their order, beside what is known of them."""
    if not attribute.name:
        return [("", known[()])]
    sets = {tuple(sorted(indexes)) for indexes in checked.sets_of(attribute)}
    named = [
        (CROSS.join(names), moments)
        for key, moments in known.items()
        if tuple(sorted(dict(key))) in sets and (names := checked.names_in(attribute, key)) is not None
    ]
    return sorted(named, key=lambda pair: pair[0])


def _described_here(checked: Checked, sets: Iterable[Sequence[int]]) -> dict[Key, list[Moments]]:
    """Add up and rank the columns in every group of some dimensions, a few columns at once."""
    step = min(max(_VALUES_AT_ONCE // checked.rows.rows, 1), _COLUMNS_AT_ONCE)
    known: dict[Key, list[Moments]] = {}
    for indexes in sets:
        for first in range(0, len(checked.described), step):
            places = range(first, min(first + step, len(checked.described)))
            for key, ranked in _ranked(checked, indexes, places):
                known.setdefault(key, []).extend(Moments(ranked=ranks or ()) for ranks in ranked)
            for key, place, size in _added(checked, indexes, places):
                known[key][place].sizes.append(size)
    return known


def _ranked(
    checked: Checked, indexes: Sequence[int], places: Sequence[int]
) -> list[tuple[Key, Sequence[Sequence[float] | None]]]:
    """Find the numbers between which quartiles lie."""
    keys = [f"d{index}" for index in indexes]
    lists = [
        f"list_sort(list(x{place}) FILTER (WHERE abs(x{place}) < {_FINITE})) AS l{place}" for place in places
    ]
    picked: list[str] = []
    for place in places:
        ranks = (f"{place_of_rank(rank, f'len(l{place})', '//')} + 1" for rank in RANKS)
        picked.append(f"list_select(l{place}, [{', '.join(ranks)}])")
    grouped = f"GROUP BY {', '.join(keys)}" if keys else ""
    rows = checked.rows.connection.execute(
        f"SELECT {', '.join([*keys, *picked])} FROM (SELECT {', '.join([*keys, *lists])} FROM used_rows {grouped})"
    ).fetchall()
    return [(tuple(zip(indexes, row, strict=False)), row[len(keys) :]) for row in rows]


def _added(checked: Checked, indexes: Sequence[int], places: Sequence[int]) -> list[tuple[Key, int, Size]]:
    """Add numbers up by their size."""
    keys = [f"d{index}" for index in indexes]
    columns = ", ".join(f"x{place}" for place in places)
    numbers = f"(SELECT {', '.join([*keys, f'unnest({list(places)}) AS place', f'unnest([{columns}]) AS x'])} FROM used_rows)"
    sums = ", ".join(f"coalesce(sum({name}), 0)" for name in ADDED)
    rows = checked.rows.connection.execute(
        f"SELECT {', '.join([*keys, 'place', 'size'])}, count(*), {sums} FROM {sized(numbers)} GROUP BY {', '.join([*keys, 'place', 'size'])}"
    ).fetchall()
    return [
        (
            tuple(zip(indexes, row, strict=False)),
            place,
            Size(size=size, n=n, **dict(zip(ADDED, map(int, added), strict=True))),
        )
        for row in rows
        for place, size, n, *added in [row[len(keys) :]]
    ]


def _statistics(attribute: str, group: str, column: str, moments: Moments) -> Statistics:
    """Say what is known of a column in a group; what is too large for a number is ``None``."""
    mean, std = moments.mean_and_std()
    least, q1, median, q3, most = moments.quantiles()
    n = moments.n
    return Statistics(
        attribute=attribute,
        group=group,
        column=column,
        n=n,
        missing=moments.missing,
        mean=mean,
        std=std,
        min=least,
        q1=q1,
        median=median,
        q3=q3,
        max=most,
        reason="no values"
        if n == 0
        else "infinite values"
        if moments.infinite
        else "one value only"
        if n == 1
        else "too large for a number"
        if std is None
        else None,
    )
