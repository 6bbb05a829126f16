"""Attributes into groups: every value, or every range of a numeric column that is cut, gets a number and a name."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from fairaudit.engine.sql import text
from fairaudit.errors import ColumnError, OptionError
from fairaudit.read.derived import UNITS, fixed_groups, number_of
from fairaudit.read.kept_values import folded, kept_values
from fairaudit.read.locked import (
    Departures,
    NewValues,
    Outside,
    count_new,
    count_outside,
    new_of,
    whole_values,
)
from fairaudit.read.notes import Note
from fairaudit.read.precision import own_sql, shortest
from fairaudit.read.readings import MOST_GROUPS
from fairaudit.read.rows import Rows
from fairaudit.slices.file import KeptPart
from fairaudit.slices.grammar import MISSING_GROUP, CutKind, Dimension, Take, range_names
from fairaudit.texts import composed

MOST_NUMERIC_GROUPS = 50
"""A numeric column with more values than this has to be cut."""
_FEW_WAYS = 6
"""So few ways in which values are written are told apart one after the other sooner than by an enumeration."""
_SMALLER = 2.0**-120
"""Makes room for the sum of as many people as there can be."""
_NO_NUMBERS = "holds no numbers to cut"


Groups = tuple[str, tuple[str, ...]]
"""SQL of a group's number, and the groups' names."""
OptionOf = Callable[[Dimension], str]
"""Spells the setting by which a column, or a cut of it, was named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Whom edges and frequent values are found among: SQL of the rows that count and of how many people each is; `known` says where cuts fall that were made elsewhere, `kept` how dimensions are grouped that were kept."""

    used: str
    people: str
    known: Mapping[Dimension, tuple[float, ...]]
    kept: Mapping[Dimension, KeptPart] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouped:
    """The groups of each dimension, the edges of those that are cut, what is to be told, and in what the rows depart from what was kept."""

    groups: Sequence[Groups]
    edges: Mapping[int, tuple[float, ...]]
    notes: tuple[Note, ...]
    departures: Departures


def grouped_sql(rows: Rows, dimensions: Sequence[Dimension], among: People, option_of: OptionOf) -> Grouped:
    """Write, for each dimension, the SQL of a group's number, and the groups' names; `option_of` says which setting names one."""
    edges = {i: _edges(rows, d, among, option_of(d)) for i, d in enumerate(dimensions) if d.cut}
    _refuse_many(rows, dimensions, option_of, kept=among.kept)
    groups: list[Groups] = []
    notes: list[Note] = []
    new: dict[str, NewValues | None] = {}
    outside: dict[str, Outside | None] = {}
    for i, dimension in enumerate(dimensions):
        part = among.kept.get(dimension)
        if i in edges:
            groups.append(_ranges(rows, dimension, edges[i]))
            outside[dimension.name] = _outside(rows, dimension, part, among)
        elif part is not None:
            of_part, new[dimension.name] = _kept_groups(rows, dimension, part, f"groups_{i}")
            groups.append(of_part)
        elif dimension.top:
            kept, more = kept_values(rows, dimension, among.used, among.people)
            groups.append(folded(rows, dimension.column, kept, f"groups_{i}"))
            notes += more
        elif dimension.is_plain:
            groups.append(_categories(rows, dimension.column, f"groups_{i}"))
        else:
            groups.append(_taken(rows, dimension, option_of(dimension)))
    return Grouped(
        groups=groups,
        edges=edges,
        notes=tuple(notes),
        departures=Departures(
            new={name: values for name, values in new.items() if values},
            outside={name: beyond for name, beyond in outside.items() if beyond},
        ),
    )


def _edges(rows: Rows, dimension: Dimension, among: People, option: str) -> tuple[float, ...]:
    """Return where a cut falls: where it was kept, or made before, or else in these rows."""
    if dimension in among.kept and among.kept[dimension].edges:
        return among.kept[dimension].edges
    return among.known[dimension] if dimension in among.known else _cut_edges(rows, dimension, among, option)


def _outside(rows: Rows, dimension: Dimension, part: KeptPart | None, among: People) -> Outside | None:
    if part is None:
        return None
    number = number_of(rows, dimension, "the values of a column that is cut")
    return count_outside(rows, number, part, column=dimension.column, used=among.used)


def _kept_groups(
    rows: Rows, dimension: Dimension, part: KeptPart, type_name: str
) -> tuple[Groups, NewValues | None]:
    """Group by the values that were kept; those that are new are one group more."""
    if dimension.top:
        value = rows.readings.of(dimension.column).same
        groups = folded(
            rows, dimension.column, part.values, type_name, others=None if part.others else part.new_name
        )
        return groups, None if part.others else count_new(rows, dimension, value, part.values)
    if dimension.is_plain:
        return _kept_categories(rows, dimension.column, part, type_name)
    numbers = whole_values(part)
    number = number_of(rows, dimension, "")
    new = count_new(rows, dimension, number, numbers)
    names = (*part.values, *([part.new_name] if new else []), MISSING_GROUP)
    place = f"CASE WHEN {number} IS NULL THEN {len(names)} ELSE coalesce(list_position({list(numbers)}::BIGINT[], {number}), {len(numbers) + 1}) END - 1"
    return (f"CAST({place} AS USMALLINT)", names), new


def _kept_categories(
    rows: Rows, column: str, part: KeptPart, type_name: str
) -> tuple[Groups, NewValues | None]:
    """Give the values that were kept their places among these, and all others the one behind them."""
    spellings = [s for s in rows.readings.spellings([column])[column] or () if s.text is not None]
    places = {composed(value): place for place, value in enumerate(part.values)}
    new: dict[str, int] = {}
    for s in spellings:
        if s.text is not None and composed(s.text) not in places and s.text != MISSING_GROUP:
            new[s.text] = new.get(s.text, 0) + s.rows
    names = [*part.values, *([part.new_name] if new else [])]
    names += [] if MISSING_GROUP in names else [MISSING_GROUP]
    missing = names.index(MISSING_GROUP)
    of_text = {
        s.raw: places.get(composed(s.text or ""), missing if s.text == MISSING_GROUP else len(part.values))
        for s in spellings
    }
    return _enumerated(rows, column, of_text, type_name, names=names), new_of(new)


def _refuse_many(
    rows: Rows, dimensions: Sequence[Dimension], option_of: OptionOf, *, kept: Collection[Dimension]
) -> None:
    """Refuse columns of more values than there may be groups; of those that were kept, all new ones are one."""
    columns = list(dict.fromkeys(d.column for d in dimensions if d.is_plain))
    for column, values in rows.readings.values(columns).items():
        if values is not None and len(values) <= MOST_NUMERIC_GROUPS:
            continue
        many = f"more than {MOST_GROUPS:,}" if values is None else f"{len(values):,}"
        if values is not None and Dimension(column=column) in kept:
            continue
        if rows.readings.of(column).numeric:
            raise OptionError(
                option_of(Dimension(column=column)),
                f"column {column!r} of {rows.source.name} is numeric and has {many} values",
                hint=f"Cut it into ranges: {column}:quartiles, {column}:median, {column}:5 (equal counts) or {column}:LOW,HIGH",
            )
        if values is None:
            raise OptionError(
                option_of(Dimension(column=column)),
                f"column {column!r} of {rows.source.name} has {many} values, the most groups that an attribute may have",
                hint="Is it an identifier? Name a column that groups people",
            )


def _taken(rows: Rows, dimension: Dimension, option: str) -> Groups:
    """Group by what is taken of a column."""
    if (fixed := fixed_groups(rows, dimension)) is not None:
        return fixed
    number = number_of(rows, dimension, "")
    values = [
        value
        for (value,) in rows.connection.execute(
            f"SELECT DISTINCT {number} AS value FROM {rows.table_of(dimension.column)} WHERE kept AND value IS NOT NULL ORDER BY value LIMIT {MOST_NUMERIC_GROUPS + 1}"
        ).fetchall()
    ]
    if len(values) > MOST_NUMERIC_GROUPS:
        raise OptionError(
            option,
            f"{dimension.called!r} of {rows.source.name} has more than {MOST_NUMERIC_GROUPS} values",
            hint=f"Cut it into ranges: {dimension.called}:quartiles, {dimension.called}:median, {dimension.called}:5 (equal counts) or {dimension.called}:LOW,HIGH",
        )
    unit = UNITS.get(dimension.take, "")
    names = [f"{value} {unit.removesuffix('s') if value == 1 else unit}".strip() for value in values]
    place = f"coalesce(list_position({values}::BIGINT[], {number}), {len(values) + 1}) - 1"
    return f"CAST({place} AS USMALLINT)", (*names, MISSING_GROUP)


def _ranges(rows: Rows, dimension: Dimension, edges: Sequence[float]) -> Groups:
    number = number_of(rows, dimension, "the values of a column that is cut")
    precision = rows.precision(dimension.column) if dimension.take is Take.VALUE else None
    cases = " ".join(
        f"WHEN {number} < {own_sql(edge, precision)} THEN {place}" for place, edge in enumerate(edges)
    )
    exact = dimension.cut is not None and dimension.cut.kind is CutKind.EDGES
    names = (*range_names(edges, exact=exact, unit=UNITS.get(dimension.take, "")), MISSING_GROUP)
    return (
        f"CAST(CASE WHEN {number} IS NULL THEN {len(edges) + 1} {cases} ELSE {len(edges)} END AS USMALLINT)",
        names,
    )


def _categories(rows: Rows, column: str, type_name: str) -> Groups:
    """Give the values numbers by an SQL enumeration, which costs a look-up a row; what is not in it is missing."""
    spellings = [s for s in rows.readings.spellings([column])[column] or () if s.text is not None]
    if not spellings:
        return "0::USMALLINT", (MISSING_GROUP,)
    names = sorted({s.text for s in spellings if s.text is not None})
    if MISSING_GROUP not in names:
        names.append(MISSING_GROUP)
    places = {s.raw: names.index(s.text or "") for s in spellings}
    return _enumerated(rows, column, places, type_name, names=names)


def _enumerated(
    rows: Rows, column: str, places: Mapping[str, int], type_name: str, *, names: Sequence[str]
) -> Groups:
    """Write the SQL of a group's number, by how values are spelled, each of which has its place among the names: by an enumeration, unless they are few."""
    missing = names.index(MISSING_GROUP)
    if not places:
        return f"{missing}::USMALLINT", tuple(names)
    if len(places) <= _FEW_WAYS:
        cases = " ".join(f"WHEN {text(raw)} THEN {place}" for raw, place in places.items())
        return f"CAST(CASE {rows.readings.of(column).raw} {cases} ELSE {missing} END AS USMALLINT)", tuple(
            names
        )
    # In the order of their meaning the code of a spelling is the number of its group, if each has but one.
    ordered = sorted(places, key=lambda raw: (places[raw], raw))
    rows.connection.execute(f"CREATE TYPE {type_name} AS ENUM ({', '.join(map(text, ordered))})")
    number = f"enum_code(TRY_CAST({rows.readings.of(column).raw} AS {type_name}))"
    in_order = [places[raw] for raw in ordered]
    if in_order != list(range(len(ordered))):
        number = f"list_extract({in_order}, {number} + 1)"
    return f"CAST(coalesce({number}, {missing}) AS USMALLINT)", tuple(names)


def _cut_edges(rows: Rows, dimension: Dimension, among: People, option: str) -> tuple[float, ...]:
    """Find where a cut falls: as given, at the mean, or at quantiles that are values of the data (inverse of the distribution function).

    Equal quantiles are one edge, and an edge at the smallest value would leave a range empty, so both are left out. If no edge
    is left, because most people share the smallest value, the cut falls above it.
    """
    cut = dimension.cut
    if cut is None or cut.kind is CutKind.EDGES:
        return cut.edges if cut else ()
    number = number_of(rows, dimension, f"the values of a column that is cut at {cut.kind}")
    values = f"SELECT CAST({number} AS DOUBLE) AS x, {among.people} AS people FROM {rows.table_of(dimension.column)} WHERE {among.used} AND x IS NOT NULL AND people > 0"
    if cut.kind is CutKind.MEAN:
        return _mean(rows, values, dimension.called)
    cumulative = f"SELECT x, sum(sum(people)) OVER (ORDER BY x) AS below, sum(sum(people)) OVER () AS total FROM ({values}) GROUP BY x"
    edges: list[float] = []
    for share in cut.shares:
        numerator, denominator = (
            share.as_integer_ratio()
            if share in (0.25, 0.5, 0.75)
            else Fraction(share).limit_denominator(100).as_integer_ratio()
        )
        # The first value above the quantile starts the next range, so that tied values stay together.
        (edge,) = rows.one(
            f"SELECT min(x) FROM ({cumulative}) WHERE below * {denominator} > total * {numerator}"
        )
        if edge is not None:
            edges.append(float(edge))
    lowest = rows.connection.execute(f"SELECT DISTINCT x FROM ({values}) ORDER BY x LIMIT 2").fetchall()
    if not lowest:
        raise ColumnError(rows.source.name, dimension.called, _NO_NUMBERS)
    kept = tuple(sorted({edge for edge in edges if edge > lowest[0][0]})) or tuple(x for (x,) in lowest[1:])
    if not kept:
        raise OptionError(
            option,
            f"column {dimension.called!r} of {rows.source.name} has one value only and cannot be cut",
        )
    precision = rows.precision(dimension.column) if dimension.take is Take.VALUE else None
    return tuple(shortest(edge, precision) for edge in kept)


def _mean(rows: Rows, values: str, column: str) -> tuple[float, ...]:
    """Sum exactly, so that neither the rows' order nor the number of threads moves the edge."""
    people = 0

    def products(scale: float) -> Iterator[float]:
        nonlocal people
        people = 0
        result = rows.connection.execute(values)
        while batch := result.fetchmany(100_000):
            for x, weight in batch:
                people += weight
                # Times powers of two nothing is rounded before it is added up.
                yield from (
                    math.ldexp(x * scale, bit) for bit in range(int(weight).bit_length()) if weight >> bit & 1
                )

    try:
        total = math.fsum(products(1.0))
    except (OverflowError, ValueError):
        total = math.inf
    if not people:
        raise ColumnError(rows.source.name, column, _NO_NUMBERS)
    if math.isfinite(total):
        return (total / people,)
    # The sum is too large for a float, though the mean is not; a power of two changes no digit.
    mean = math.fsum(products(_SMALLER)) / people
    largest = sys.float_info.max
    return (min(max(mean, -largest * _SMALLER), largest * _SMALLER) / _SMALLER,)
