"""The neighbour of a cell of an intersection: who differs from it in one attribute only, and is better off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from fairaudit.documents.audit import BiasDocument, DisparityPart
from fairaudit.metrics.kinds import Side
from fairaudit.slices.grammar import CROSS


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A cell of enough people that differs from another in one attribute.

    Attributes
    ----------
    place
        Of that attribute among those of the intersection.
    value, numerator, denominator
        Of the neighbour.
    most
        Whether no cell of enough people is farther on the side of the other than the other itself.
    """

    group: str
    place: int
    value: float
    numerator: float | None
    denominator: float | None
    most: bool


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What is known of the cells of one attribute in one metric; `parts` are the values that each one's name is made of, none if it is no cell."""

    disparities: Sequence[DisparityPart]
    parts: Sequence[Sequence[str]]

    @cached_property
    def by_group(self) -> Mapping[str, DisparityPart]:
        return {d.group: d for d in reversed(self.disparities)}

    @cached_property
    def _by_others(self) -> Mapping[tuple[int, tuple[str, ...]], Sequence[int]]:
        """Find the cells that are alike in all values but the one at a place, by that place and the other values."""
        alike: dict[tuple[int, tuple[str, ...]], list[int]] = {}
        for number, parts in enumerate(self.parts):
            for place in range(len(parts)):
                alike.setdefault((place, _others(parts, place)), []).append(number)
        return alike

    def beside(self, parts: Sequence[str]) -> list[tuple[DisparityPart, int]]:
        """List the cells that differ from one in a single value, in their order, and where they do."""
        numbers = sorted(
            (number, place)
            for place in range(len(parts))
            for number in self._by_others.get((place, _others(parts, place)), ())
            if self.parts[number][place] != parts[place]
        )
        return [(self.disparities[number], place) for number, place in numbers]

    def farthest(self, sign: int) -> float:
        """Return the largest value, or the smallest one with its sign turned."""
        return self._largest if sign > 0 else -self._smallest

    @cached_property
    def _largest(self) -> float:
        return max(d.value or 0.0 for d in self.disparities)

    @cached_property
    def _smallest(self) -> float:
        return min(d.value or 0.0 for d in self.disparities)


def _others(parts: Sequence[str], place: int) -> tuple[str, ...]:
    return (*parts[:place], *parts[place + 1 :])


@dataclass(frozen=True, kw_only=True)
class Cells:
    """The cells of the intersections of an audit, by attribute and metric."""

    bias: BiasDocument

    @cached_property
    def _known(self) -> Mapping[tuple[str, str], _Known]:
        cells: dict[tuple[str, str], list[DisparityPart]] = {}
        for d in self.bias.disparities:
            if d.value is not None and not d.small and not d.unknown:
                cells.setdefault((d.attribute, d.metric), []).append(d)
        return {
            (attribute, metric): _Known(
                disparities=members, parts=[self._parts(attribute, d.group) for d in members]
            )
            for (attribute, metric), members in cells.items()
        }

    @cached_property
    def _columns(self) -> Mapping[str, int]:
        return {part.name: len(part.columns) for part in self.bias.settings.attributes}

    @cached_property
    def _ranges(self) -> Mapping[str, tuple[int, ...]]:
        """Tell which places of an intersection are ranges of numbers."""
        return {
            part.name: tuple(place for place, column in enumerate(part.columns) if column in part.edges)
            for part in self.bias.settings.attributes
        }

    def neighbour(self, attribute: str, group: str, metric: str, side: Side) -> Neighbour | None:
        """Find the neighbour that is farthest off on the other side; ``None`` where there is none, or the attribute is no intersection.

        One of the same range of numbers comes first: of women below 25 men of that age say more than women of another age.

        Parameters
        ----------
        side
            On which the group is.
        """
        parts, known = self._parts(attribute, group), self._known.get((attribute, metric))
        if known is None or not parts or group not in known.by_group:
            return None
        sign = 1 if side is Side.HIGHER else -1
        own = sign * (known.by_group[group].value or 0.0)
        ranges = self._ranges.get(attribute, ())
        better = [
            (sign * (d.value or 0.0), d, place)
            for d, place in known.beside(parts)
            if sign * (d.value or 0.0) < own
        ]
        farthest = min(better, key=lambda one: (one[2] in ranges, one[0]), default=None)
        if farthest is None:
            return None
        return _of(farthest[1], farthest[2], most=known.farthest(sign) <= own)

    def same(self, neighbour: Neighbour, attribute: str, metric: str) -> Neighbour | None:
        """Return a neighbour in another metric, if it is known there."""
        known = self._known.get((attribute, metric))
        d = known.by_group.get(neighbour.group) if known else None
        return None if d is None else _of(d, neighbour.place, most=False)

    def _parts(self, attribute: str, group: str) -> list[str]:
        """Take a cell's name apart; nothing where it is no cell, or a value holds the sign between them."""
        columns, parts = self._columns.get(attribute, 1), group.split(CROSS)
        return parts if len(parts) == columns > 1 else []


def _of(d: DisparityPart, place: int, *, most: bool) -> Neighbour:
    return Neighbour(
        group=d.group,
        place=place,
        value=d.value or 0.0,
        numerator=d.numerator,
        denominator=d.denominator,
        most=most,
    )
