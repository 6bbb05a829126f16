"""Slices as they were kept, found again in other rows: which values are new, and which numbers lie outside of all that were seen."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fairaudit.engine.sql import double, number_of, text
from fairaudit.errors import FileError, OptionError, clipped, listed, written
from fairaudit.read.derived import number_of as number_in
from fairaudit.read.notes import LISTED_VALUES, Note, counted
from fairaudit.read.rows import Rows
from fairaudit.slices.file import KeptPart, Lock, saving
from fairaudit.slices.grammar import CROSS, Attribute, CutKind, Dimension, Take
from fairaudit.spelling import setting

MOST_NEW = 50
"""So many new values are named, the most frequent of them."""
FIXED = (Take.MISSING, Take.MONTH, Take.WEEKDAY, Take.MEMBER, Take.NOWHERE, Take.DECISION, Take.CONDITION)
"""What has the same groups in all data."""
_WHOLE = re.compile(r"-?\d{1,15}( [a-z]+)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewValues:
    """Values of a column that a lock does not have: how many different ones in how many rows, and the most frequent with their rows."""

    different: int
    rows: int
    named: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """How many rows have numbers below and above all that were seen when a cut was kept."""

    below: int
    above: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Departures:
    """In what rows depart from a lock, by the names of parts or of slices.

    Attributes
    ----------
    vanished, appeared
        Groups in which there is nobody any more, and groups that the lock does not have.
    """

    new: Mapping[str, NewValues] = field(default_factory=dict)
    outside: Mapping[str, Outside] = field(default_factory=dict)
    vanished: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    appeared: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def kept_part(lock: Lock | None, dimension: Dimension, slices: Sequence[Attribute]) -> KeptPart | None:
    """Return how a lock keeps a dimension; ``None`` without a lock, and where the groups are the same in all data.

    Raises
    ------
    FileError
        If it has to keep it and does not.
    """
    if lock is None or dimension.take in FIXED:
        return None
    if dimension.cut is not None and dimension.cut.kind is CutKind.EDGES:
        return lock.parts.get(dimension.name, KeptPart())
    slice = next(a.name for a in slices if dimension in a.dimensions)
    part = lock.part(dimension.name, slice)
    if dimension.cut is not None and not part.edges:
        raise lock.wrong_part(dimension.name, "edges", "have to be there")
    if dimension.cut is None and part.edges:
        raise lock.wrong_part(
            dimension.name, "edges", "are those of a cut, and a column of the input has this name"
        )
    if not (dimension.is_plain or dimension.top or dimension.cut) and not all(
        map(_WHOLE.fullmatch, part.values)
    ):
        raise lock.wrong_part(dimension.name, "values", "have to begin with whole numbers")
    return part


def refuse_unkept(lock: Lock | None, attributes: Sequence[Attribute], option: str) -> None:
    """Refuse slices that a lock does not keep, and those whose name means something else here.

    Raises
    ------
    FairauditError
        If there is one.
    """
    for attribute in attributes if lock is not None else ():
        kept = lock.slices.get(attribute.name) if lock else None
        if lock is not None and kept is None and _is_kept_with_others(attribute, lock):
            continue
        if lock is None or kept is None:
            names = listed(list(lock.slices)) if lock else ""
            raise OptionError(
                option,
                f"{clipped(attribute.name)!r} is not kept in {lock.name if lock else ''}",
                hint=f"It keeps {names}. Keep others by {saving()}, or leave {setting('slices')} out",
            )
        if odd := next((g for g in kept.groups if len(g) != attribute.width), None):
            raise FileError(
                lock.file,
                f"[slices]: {clipped(attribute.name)!r} is of {attribute.width} columns here, and its group {listed(odd)} of {len(odd)}",
                hint="Has a column the same name?",
            )


def _is_kept_with_others(attribute: Attribute, lock: Lock) -> bool:
    """Tell whether a column of members is kept as one of several that overlap; its groups are the same in all data."""
    dimension = attribute.dimensions[0]
    if attribute.width > 1 or dimension.take is not Take.MEMBER:
        return False
    begin = f"{dimension.family}:{{"
    return any(
        dimension.column in name[len(begin) : -1].split(",") for name in lock.slices if name.startswith(begin)
    )


def count_new(rows: Rows, dimension: Dimension, value: str, known: Sequence[str | int]) -> NewValues | None:
    """Count the values that are not known; ``None`` where all are.

    Parameters
    ----------
    value
        SQL of it.
    """
    number = number_of(rows.stands_for)
    within = ", ".join(text(one) if isinstance(one, str) else str(one) for one in known)
    rows_of_values = rows.connection.execute(
        f"SELECT CAST(value AS VARCHAR), n, count(*) OVER (), sum(n) OVER () FROM (SELECT {value} AS value, {number} AS n FROM {rows.table_of(dimension.column)} "
        f"WHERE kept AND value IS NOT NULL {f'AND value NOT IN ({within})' if within else ''} GROUP BY value) ORDER BY n DESC, 1 LIMIT {MOST_NEW}"
    ).fetchall()
    if not rows_of_values:
        return None
    return NewValues(
        different=int(rows_of_values[0][2]),
        rows=int(rows_of_values[0][3]),
        named={value: int(n) for value, n, _, _ in rows_of_values},
    )


def new_of(spelled: Mapping[str, int]) -> NewValues | None:
    """Count values that are new, whose rows are known; ``None`` where there are none."""
    ordered = sorted(spelled.items(), key=lambda one: (-one[1], one[0]))
    if not ordered:
        return None
    return NewValues(different=len(ordered), rows=sum(spelled.values()), named=dict(ordered[:MOST_NEW]))


def count_outside(rows: Rows, number: str, part: KeptPart, *, column: str, used: str) -> Outside | None:
    """Count the rows whose numbers lie outside of all that were seen when a cut was kept; ``None`` where none do."""
    if part.lowest is None or part.highest is None:
        return None
    x = f"CAST({number} AS DOUBLE)"
    below, above = (
        number_of(rows.stands_for, f"{x} {beyond} {double(end)}")
        for beyond, end in (("<", part.lowest), (">", part.highest))
    )
    outside = rows.one(f"SELECT {below}, {above} FROM {rows.table_of(column)} WHERE {used}")
    return Outside(below=int(outside[0]), above=int(outside[1])) if any(outside) else None


def seen_between(rows: Rows, dimension: Dimension) -> tuple[float, float] | None:
    """Return the lowest and the highest number that people are grouped by; ``None`` where there is none."""
    number = f"CAST({number_in(rows, dimension, 'the values of a column that is cut')} AS DOUBLE)"
    low, high = rows.one(
        f"SELECT min({number}), max({number}) FROM {rows.table_of(dimension.column)} WHERE kept"
    )
    return None if low is None else (float(low), float(high))


def departure_notes(lock: Lock, departures: Departures) -> tuple[Note, ...]:
    """Warn of all in which rows depart from a lock, one note for each part or slice."""
    new_names = {lock.parts[name].new_name for name in departures.new}
    appeared = {
        name: [group for group in groups if not new_names.intersection(group.split(CROSS))]
        for name, groups in departures.appeared.items()
    }
    sentences = [
        *((name, _new_text(lock, name, new)) for name, new in departures.new.items()),
        *((name, _vanished_text(lock, name, groups)) for name, groups in departures.vanished.items()),
        *(
            (
                name,
                f"{listed(groups)} {'was' if len(groups) == 1 else 'were'} not there when {lock.name} was kept",
            )
            for name, groups in appeared.items()
            if groups
        ),
        *((name, _outside_text(lock, name, rows)) for name, rows in departures.outside.items()),
    ]
    return tuple(Note(sentence=f"{clipped(name)}: {text}", warning=True) for name, text in sentences)


def _new_text(lock: Lock, name: str, new: NewValues) -> str:
    """Name the values that are new, and the group that they form."""
    many = f"{new.different:,} {'value is' if new.different == 1 else 'values are'} not in {lock.name}"
    others = new.different - min(len(new.named), LISTED_VALUES)
    shown = dict(itertools.islice(new.named.items(), LISTED_VALUES))
    rest = f", and {others:,} more" if others else ""
    return f"{many} and {'forms' if new.different == 1 else 'form'} the group {lock.parts[name].new_name}: {counted(shown)}{rest}"


def _vanished_text(lock: Lock, name: str, groups: Sequence[str]) -> str:
    """Name the groups in which there is nobody any more, and say what follows where all others were compared with one of them."""
    reference = lock.slices[name].reference or ""
    lost = f"; all were compared with {clipped(reference)!r}, so nothing can be decided"
    lost = lost if reference in groups else ""
    return f"nobody is left in {listed(groups)} of {lock.name}{lost}"


def _outside_text(lock: Lock, name: str, rows: Outside) -> str:
    """Say how many rows hold numbers that were not seen when the slices were kept."""
    part = lock.parts[name]
    sides = ((rows.below, "below", part.lowest), (rows.above, "above", part.highest))
    counted_sides = [f"{number:,} {side} {written(end)}" for number, side, end in sides if number]
    total = rows.below + rows.above
    many = "1 row is" if total == 1 else f"{total:,} rows are"
    return f"{many} beyond all that was seen when {lock.name} was kept, and in the outer ranges: {' and '.join(counted_sides)}"


def whole_values(part: KeptPart) -> tuple[int, ...]:
    """Return the whole numbers that groups are named by.

    >>> whole_values(KeptPart(values=("1 word", "3 words")))
    (1, 3)
    """
    return tuple(int(value.partition(" ")[0]) for value in part.values)
