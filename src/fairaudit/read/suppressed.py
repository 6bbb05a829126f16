"""Small groups counted together, so that nobody is told of so few people, and no subtraction gives them back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias, TypeVar

from fairaudit.errors import OptionError, clipped
from fairaudit.read.notes import Note
from fairaudit.read.numbers import Weights, persons_sql
from fairaudit.read.roles import Roles
from fairaudit.read.rows import Rows
from fairaudit.read.used_rows import cells_of, regroup
from fairaudit.settings.choices import NO_LABEL
from fairaudit.settings.reading import AuditReading, ReadSettings
from fairaudit.slices.grammar import SUPPRESSED_GROUP, Attribute, Dimension
from fairaudit.spelling import setting

_ANOTHER_NAME = "(suppressed groups)"
"""What they are called where a value is called as they usually are."""
_COUNTED = ("1 group is counted as", "groups are counted together as")
SUPPRESSED_NAMES = frozenset({SUPPRESSED_GROUP, _ANOTHER_NAME})

Cell: TypeAlias = tuple[int | None, int | None]
"""A label and a decision, each if there is one: the finest counts that are told, of which all others are sums."""
Cells: TypeAlias = Mapping[Cell, int]
"""People by cell; what is not there is nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """No count of fewer than `least` people, but somebody, is told of a group; `columns` have groups that are counted together.

    `persons` is SQL of how many people several rows are, each of them once; ``None`` where another engine keeps their weights. Of several `classes` labels and decisions are the places.
    """

    least: int
    persons: str | None
    labelled: bool
    classes: tuple[str, ...] = ()
    columns: frozenset[str] = frozenset()

    def is_small(self, people: int) -> bool:
        """Tell whether so many people are few, and not nobody."""
        return 0 < people < self.least


def suppression_of(
    least: int | None, rows: Rows, roles: Roles, weights: Weights, classes: tuple[str, ...]
) -> Suppression | None:
    """Say which counts are small, and how people are counted; ``None`` where all counts are told."""
    if least is None:
        return None
    persons = persons_sql(rows, roles, weights)
    return Suppression(least=least, persons=persons, labelled=roles.label is not None, classes=classes)


class Told(Protocol):
    """Whatever says something in a sentence, as a note does."""

    @property
    def sentence(self) -> str:
        """Begins with the column that it is about."""


_N = TypeVar("_N", bound=Told)


def together(groups: Mapping[int, Cells], least: int) -> frozenset[int]:
    """Find the groups that are counted together: all of which a count is small, and then others, until these are two and each of their counts is 0 or at least `least`.

    A count is small if it is of fewer than `least` people, and not of nobody. People are looked at first, then those who are selected and not, and then those of
    each label among both, and what is counted together once stays so: whoever counts the same rows without their labels hides a part of the same groups, so that the difference of both
    tells of no group that either hides. A single group would be the total less all that are shown (complementary suppression by table redesign; Hundepool and others,
    Statistical Disclosure Control, 2012, chapters 4 and 5). The next one is the smallest group that has people in a cell of which the others have few.

    Parameters
    ----------
    groups
        How many people of each group are in each cell; groups of nobody tell of nobody.

    >>> sorted(together({0: {(1, 1): 50, (0, 1): 40}, 1: {(1, 1): 60, (0, 1): 3}, 2: {(1, 1): 30}, 3: {(1, 1): 30, (0, 1): 20}}, 10))
    [1, 3]
    >>> sorted(together({0: {(None, None): 6}, 1: {(None, None): 7}, 2: {(None, None): 30}}, 10))
    [0, 1]
    """
    people = {place: sum(cells.values()) for place, cells in groups.items()}
    ordered = sorted((place for place in groups if people[place]), key=lambda place: (people[place], place))
    chosen: frozenset[int] = frozenset()
    for coarser in (lambda _: (None, None), lambda cell: (None, cell[1]), lambda cell: cell):
        counted = {place: _added_up([groups[place]], coarser) for place in ordered}
        chosen = _grown(counted, chosen, least)
    return chosen


def _added_up(several: Iterable[Cells], coarser: Callable[[Cell], Cell] = lambda cell: cell) -> Counter[Cell]:
    """Add up people in cells that are the same, or may be told apart no more."""
    total: Counter[Cell] = Counter()
    for cells in several:
        for cell, people in cells.items():
            total[coarser(cell)] += people
    return total


def _grown(ordered: Mapping[int, Counter[Cell]], chosen: frozenset[int], least: int) -> frozenset[int]:
    """Add to groups that are counted together those of which a count is small, and then others; the smallest groups come first."""
    own = [place for place, cells in ordered.items() if any(0 < n < least for n in cells.values())]
    chosen = chosen.union(own)
    while chosen:
        total = _added_up(ordered[place] for place in chosen)
        short = {cell for cell, n in total.items() if 0 < n < least}
        if len(chosen) > 1 and not short:
            break
        left = [place for place in ordered if place not in chosen]
        # A cell that is short lacks nothing any more once any other group adds its own, which is not small.
        more = [place for place in left if any(ordered[place][cell] for cell in short)] if short else left
        if not more:
            break
        chosen |= {more[0]}
    return chosen


def are_few_apart(
    whole: Mapping[str, Mapping[str, int]], part: Mapping[str, Mapping[str, int]], least: int
) -> bool:
    """Tell whether what is told of a table, less what is told of a part of its rows, is a small count.

    A count of the whole less one of the part is of people if all groups of the second are among those of the first, in each table a group that is told of or the
    rest, which is counted together. Of such differences it is enough to look at the least ones, of which all others are sums, with counts that are told.

    Parameters
    ----------
    whole, part
        By group and by what is counted, such as the people and those of each label; `SUPPRESSED_NAMES` are groups that are counted together.

    >>> are_few_apart({"a": {"people": 30}, "b": {"people": 40}}, {"a": {"people": 25}, "b": {"people": 10}}, 10)
    True
    """
    rest, of_part = ([one[name] for name in SUPPRESSED_NAMES if name in one] for one in (whole, part))
    shown, shown_of_part = whole.keys() - SUPPRESSED_NAMES, part.keys() - SUPPRESSED_NAMES
    only_whole, only_part = (
        [whole[group] for group in shown - shown_of_part],
        [part[group] for group in shown_of_part - shown],
    )
    differences = [([whole[group]], [part[group]]) for group in shown & shown_of_part]
    if rest:
        # Groups that are counted together in the part may all be among these, or not.
        differences += [(rest, only_part), (rest, [*only_part, *of_part])]
    if of_part:
        differences += [(only_whole, of_part), ([*only_whole, *rest], [*only_part, *of_part])]
    for more, fewer in differences:
        left = Counter[str]()
        for counts in more:
            left.update(counts)
        for counts in fewer:
            left.subtract(counts)
        if any(0 < abs(people) < least for people in left.values()):
            return True
    return False


def people_by_cell(
    rows: Rows, indexes: Sequence[int], columns: Collection[str], suppression: Suppression
) -> dict[tuple[int, ...], dict[Cell, int]]:
    """Count the people of each cell in each group of some dimensions, or of everybody, each of them once.

    Parameters
    ----------
    columns
        The columns behind the dimensions.
    """
    if suppression.persons is None and rows.elsewhere is not None:
        counted = rows.elsewhere.clusters([indexes], labelled=suppression.labelled, survey=True)
        cells: list[Cell] = (
            [(1, 1), (0, 1), (1, 0), (0, 0)] if suppression.labelled else [(None, 1), (None, 0)]
        )
        return {
            tuple(place for _, place in key): dict(zip(cells, numbers[-len(cells) :], strict=True))
            for key, numbers in counted.items()
            if len(key) == len(indexes)
        }
    keys = [f"d{index}" for index in indexes]
    source = cells_of(rows, rows.part_of(columns))
    groups: dict[tuple[int, ...], dict[Cell, int]] = {}
    for *places, label, decision, people in rows.connection.execute(
        f"SELECT {', '.join([*keys, 'label', 'decision', suppression.persons or ''])} FROM {source} WHERE people > 0 GROUP BY ALL"
    ).fetchall():
        groups.setdefault(tuple(places), {})[label, decision] = int(people or 0)
    return groups


@dataclass(frozen=True, slots=True, kw_only=True)
class Regrouped:
    """The groups that are left when some are counted together.

    Attributes
    ----------
    names
        Of the groups of each dimension.
    before
        The SQL of each dimension's numbers of groups before, and what each of these is called now.
    """

    names: tuple[tuple[str, ...], ...]
    before: tuple[tuple[str, tuple[str, ...]], ...]
    suppression: Suppression | None = None
    notes: tuple[Note, ...] = ()

    def places(self, dimensions: Sequence[Dimension]) -> list[tuple[Dimension, str, tuple[str, ...]]]:
        """Return each dimension with the SQL of a group's number before, and what these are called now."""
        return [(d, *before) for d, before in zip(dimensions, self.before, strict=True)]


def regrouped(
    rows: Rows,
    dimensions: Sequence[Dimension],
    groups: Sequence[tuple[str, tuple[str, ...]]],
    suppression: Suppression | None,
) -> Regrouped:
    """Count the groups of each dimension together of which a small count would be told, in the rows as well.

    Parameters
    ----------
    groups
        The SQL of a group's number, and the groups' names; without SQL they are made of decisions.

    Raises
    ------
    OptionError
        If the counts of everybody are small.
    """
    names = [names for _, names in groups]
    before = list(groups)
    if suppression is None:
        return Regrouped(names=tuple(names), before=tuple(before))
    _refuse_everybody(rows, suppression)
    places: dict[str, list[int]] = {}
    hidden: list[str] = []
    notes: list[Note] = []
    for index, (dimension, (number, own)) in enumerate(zip(dimensions, groups, strict=True)):
        counted = people_by_cell(rows, [index], dimension.columns, suppression) if number else {}
        chosen = together({place: cells for (place,), cells in counted.items()}, suppression.least)
        if not chosen:
            continue
        kept = [place for place in range(len(own)) if place not in chosen]
        shown = [own[place] for place in kept]
        name = _ANOTHER_NAME if SUPPRESSED_GROUP in shown else SUPPRESSED_GROUP
        names[index] = (*shown, name)
        before[index] = number, tuple(name if place in chosen else old for place, old in enumerate(own))
        places[f"d{index}"] = [kept.index(p) if p in kept else len(kept) for p in range(len(own))]
        hidden += dimension.columns
        notes.append(_note(dimension, chosen, name, suppression, is_all=len(chosen) == len(counted)))
    regroup(rows, places)
    return Regrouped(
        names=tuple(names),
        before=tuple(before),
        suppression=replace(suppression, columns=frozenset(hidden)),
        notes=tuple(notes),
    )


def _note(
    dimension: Dimension, chosen: Collection[int], name: str, suppression: Suppression, *, is_all: bool
) -> Note:
    """Say that groups are counted together, and if no group is left beside them."""
    how = _COUNTED[0] if len(chosen) == 1 else f"{len(chosen)} {_COUNTED[1]}"
    alone = ", and no other group is left to tell of" if is_all else ""
    few = "1 person" if suppression.least == 2 else f"1 to {suppression.least - 1} people"
    return Note(sentence=f"{dimension.called}: {how} {name}, so that no count of {few} is told{alone}")


def _refuse_everybody(rows: Rows, suppression: Suppression) -> None:
    """Refuse rows of few people in all, or in a cell, of which everybody's counts tell."""
    cells = people_by_cell(rows, [], (), suppression).get((), {})
    if sum(cells.values()) < suppression.least:
        raise OptionError(
            setting("suppress_below", str(suppression.least)),
            f"fewer people than that are left of {rows.source.name}, and whatever is told is of them",
        )
    if cell := small_cell(cells, suppression):
        raise OptionError(
            setting("suppress_below", str(suppression.least)),
            f"fewer people than that, though some, are {cell} in all of {rows.source.name}, and what is told of everybody is told of them",
            hint=_way_out(suppression),
        )


def _way_out(suppression: Suppression) -> str:
    """Say what could be told instead."""
    if suppression.classes:
        return f"Measure one class against the rest by {setting('positive', 'VALUE')}"
    alone = f", or say {setting('label', NO_LABEL)} to audit decisions alone" if suppression.labelled else ""
    return f"Decide by another threshold{alone}"


def small_cell(cells: Cells, suppression: Suppression) -> str:
    """Name a cell of few people, and not of nobody; empty where there is none."""
    for (label, decision), people in sorted(cells.items(), key=str):
        if not suppression.is_small(people):
            continue
        if suppression.classes and label is not None and decision is not None:
            true, predicted = (clipped(suppression.classes[place]) for place in (label, decision))
            return f"of class {true!r} and predicted as {predicted!r}"
        decided = None if decision is None else "selected" if decision else "not selected"
        return (
            " and ".join(filter(None, [None if label is None else f"of label {label}", decided])) or "there"
        )
    return ""


def least_of(settings: ReadSettings) -> int | None:
    """Return below how many people a group is not told of; ``None`` where all are."""
    return settings.suppress_below if isinstance(settings, AuditReading) else None


def refuse_differences(attributes: Sequence[Attribute], settings: ReadSettings) -> None:
    """Refuse attributes of one column that is cut in two ways: the difference of two of their groups may be a few people; and slices that were kept, which name new values.

    Raises
    ------
    OptionError
        If there are any, and small groups are not to be told of.
    """
    least = least_of(settings)
    if least is None:
        return
    if settings.lock is not None:
        raise OptionError(
            setting("suppress_below", str(least)),
            f"cannot be given together with {setting('slices')}, which names values that are new, and counts them",
        )
    if several := next((a for a in attributes if a.overlapping), None):
        apart = ",".join(several.apart)
        raise OptionError(
            setting("suppress_below", str(least)),
            f"people may be in several groups of {clipped(several.name)!r}, and those whom these have in common may be a few people",
            hint=f"Name each column by itself: {clipped(apart)}",
        )
    met: dict[str, str] = {}
    for dimension in dict.fromkeys(d for a in attributes for d in a.dimensions):
        for column in dimension.columns:
            if met.setdefault(column, dimension.name) != dimension.name:
                raise OptionError(
                    setting("suppress_below", str(least)),
                    f"{met[column]!r} and {dimension.name!r} are of one column, and the difference of two of their groups may be a few people",
                    hint="Leave one of them out",
                )


def without_values(notes: Iterable[_N], columns: Iterable[str]) -> tuple[_N, ...]:
    """Leave out the notes on columns whose groups were counted together, as they count single values."""
    begun = tuple(f"{column}: " for column in columns)
    return tuple(
        n for n in notes if not n.sentence.startswith(begun) or any(one in n.sentence for one in _COUNTED)
    )
