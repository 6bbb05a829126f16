"""The columns of a source by their names: which of them can be named, and which cannot, as they have no name or share one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fairaudit.errors import FileError, clipped, listed
from fairaudit.read.notes import Note

SOURCE = "source"
"""Names the file that a row came from, where there are several and no column is called so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns of a source; places count from 0.

    Attributes
    ----------
    names
        All names as they stand, in their order.
    places
        The place of each name, of several equal ones the first.
    repeated
        For each name that more than one column has, all their places. SQL cannot tell capitals apart, and neither do people who type names.
    unnamed
        The places of those without a name, such as the row numbers that pandas and R write.
    has_source
        Whether the last one is the file that a row came from, which is read only where it is asked for.
    """

    names: tuple[str, ...]
    places: Mapping[str, int]
    repeated: Mapping[str, tuple[int, ...]]
    unnamed: tuple[int, ...]
    has_source: bool = False

    @property
    def named(self) -> tuple[str, ...]:
        """Every name once, without that of the file that a row came from."""
        return tuple(self.places)[: -1 if self.has_source else None]

    @property
    def single(self) -> tuple[str, ...]:
        """The names that one column alone has."""
        return tuple(name for name in self.named if name not in self.repeated)

    def calling(self, called: Mapping[str, str], *, file: str) -> Columns:
        """Return the same columns, some of which are called otherwise."""
        names = [called.get(name, name) for name in self.names]
        return by_name(names, file=file, has_source=self.has_source)

    @property
    def notes(self) -> tuple[Note, ...]:
        """Say which columns are passed over because of their names."""
        sentences: list[str] = []
        if self.unnamed:
            is_one = len(self.unnamed) == 1
            sentences.append(
                f"{_numbers(self.unnamed)} {'has no name and is' if is_one else 'have no name and are'} passed over"
            )
        sentences += [
            f"{_numbers(places)} are passed over, as {self._share(places)}"
            for places in dict.fromkeys(self.repeated.values())
        ]
        return tuple(Note(sentence=sentence) for sentence in sentences)

    def why_ambiguous(self, name: str) -> str:
        """Say why nobody can tell which column is meant by a repeated name."""
        places = self.repeated[name]
        return f"{_numbers(places)} cannot be told apart, as {self._share(places)}"

    def _share(self, places: Sequence[int]) -> str:
        names = list(dict.fromkeys(self.names[place] for place in places))
        return (
            f"they share the name {clipped(names[0])!r}"
            if len(names) == 1
            else f"their names {listed(names)} differ in capitals only"
        )


def by_name(names: Sequence[str], *, file: str, has_source: bool = False) -> Columns:
    """Sort out the columns of a source by their names; the last may say which file a row came from.

    Raises
    ------
    FileError
        If no column has a name.
    """
    alike: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        if name.strip():
            alike.setdefault(name.casefold(), []).append(place)
    if not alike:
        raise FileError(
            file, "has no column with a name", hint="A header with the names of the columns was expected"
        )
    places: dict[str, int] = {}
    for place, name in enumerate(names):
        if name.strip():
            places.setdefault(name, place)
    return Columns(
        names=tuple(names),
        places=places,
        repeated={name: tuple(alike[name.casefold()]) for name in places if len(alike[name.casefold()]) > 1},
        unnamed=tuple(place for place, name in enumerate(names) if not name.strip()),
        has_source=has_source,
    )


def _numbers(places: Sequence[int]) -> str:
    """Name columns by their numbers, counted from 1.

    >>> _numbers([0]), _numbers([3, 4, 6])
    ('column 1', 'columns 4, 5 and 7')
    """
    numbers = [f"{place + 1:,}" for place in places[:6]]
    if rest := len(places) - len(numbers):
        numbers.append(f"{rest:,} more")
    return (
        f"columns {', '.join(numbers[:-1])} and {numbers[-1]}" if len(numbers) > 1 else f"column {numbers[0]}"
    )
