"""Small groups counted together, so that nobody is told of so few people, and no subtraction gives them back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from fairaudit.errors import OptionError, clipped
from fairaudit.read.notes import Note
from fairaudit.read.rows import Rows
from fairaudit.settings.reading import AuditReading, ReadSettings
from fairaudit.slices.grammar import SUPPRESSED_GROUP, Attribute, Dimension
from fairaudit.spelling import setting

_ANOTHER_NAME = "(suppressed groups)"
"""What they are called where a value is called as they usually are."""
_COUNTED = ("1 group is counted as", "groups are counted together as")
SUPPRESSED_NAMES = frozenset({SUPPRESSED_GROUP, _ANOTHER_NAME})


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """Groups of fewer than `least` people are counted together, which are those of some columns."""

    least: int
    columns: frozenset[str]


class Told(Protocol):
    """Whatever says something in a sentence, as a note does."""

    @property
    def sentence(self) -> str:
        """Begins with the column that it is about."""


_N = TypeVar("_N", bound=Told)


def together(people: Mapping[int, int], least: int) -> frozenset[int]:
    """Find the groups that are counted together: all that are small, and then the smallest others, until they are two and come to `least` people.

    A single group would be the total less all that are shown (complementary suppression; Hundepool and others, Statistical Disclosure
    Control, 2012, section 4.2).

    Parameters
    ----------
    people
        How many people each group has; groups of nobody tell of nobody.

    >>> sorted(together({0: 90, 1: 1, 2: 30, 3: 40}, 10)), sorted(together({0: 6, 1: 7, 2: 30}, 10)), together({0: 10, 1: 30}, 10)
    ([1, 2], [0, 1], frozenset())
    """
    ordered = sorted((n, place) for place, n in people.items() if n > 0)
    chosen: list[int] = []
    total = 0
    for n, place in ordered:
        if n >= least and (not chosen or (len(chosen) > 1 and total >= least)):
            break
        chosen.append(place)
        total += n
    return frozenset(chosen)


def suppress(
    rows: Rows, dimension: Dimension, group: tuple[str, tuple[str, ...]], among: tuple[str, str], least: int
) -> tuple[tuple[str, tuple[str, ...]], tuple[Note, ...]]:
    """Count the small groups of a dimension together.

    Parameters
    ----------
    group
        The SQL of a group's number, and the groups' names; without SQL there are no groups yet.
    among
        SQL of the rows that count, and of how many people several rows are, each of them once.
    least
        Groups of fewer people are small.

    Returns
    -------
    tuple
        The SQL and the names after that, and a note if there was anything to do.
    """
    number, names = group
    if not number:
        return group, ()
    used, persons = among
    counted = rows.connection.execute(
        f"SELECT {number} AS place, {persons} FROM {rows.table_of(dimension.columns[0])} AS source_rows "
        f"WHERE {used} GROUP BY place"
    ).fetchall()
    chosen = together({place: n for place, n in counted if n}, least)
    if not chosen:
        return group, ()
    kept = [place for place in range(len(names)) if place not in chosen]
    shown = [names[place] for place in kept]
    new = [kept.index(place) if place in kept else len(kept) for place in range(len(names))]
    called = _ANOTHER_NAME if SUPPRESSED_GROUP in shown else SUPPRESSED_GROUP
    how = _COUNTED[0] if len(chosen) == 1 else f"{len(chosen)} {_COUNTED[1]}"
    sentence = f"{dimension.called}: {how} {called}, so that no group of fewer than {least} people is told of"
    return (
        (f"CAST(list_extract({new}, 1 + {number}) AS USMALLINT)", (*shown, called)),
        (Note(sentence=sentence),),
    )


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
