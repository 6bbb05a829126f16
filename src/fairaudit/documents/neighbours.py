"""The neighbour of a cell of an intersection: who differs from it in one attribute only, and is better off."""

from __future__ import annotations

from collections.abc import Mapping
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
class Cells:
    """The cells of the intersections of an audit, by attribute and metric."""

    bias: BiasDocument

    @cached_property
    def _known(self) -> Mapping[tuple[str, str], list[DisparityPart]]:
        cells: dict[tuple[str, str], list[DisparityPart]] = {}
        for d in self.bias.disparities:
            if d.value is not None and not d.small and not d.unknown:
                cells.setdefault((d.attribute, d.metric), []).append(d)
        return cells

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
        parts, known = self._parts(attribute, group), self._known.get((attribute, metric), [])
        sign = 1 if side is Side.HIGHER else -1
        own = next((sign * (d.value or 0.0) for d in known if d.group == group), None)
        if own is None or not parts:
            return None
        beside = [
            (sign * (d.value or 0.0), d, places[0])
            for d in known
            if len(places := _differing(parts, self._parts(attribute, d.group))) == 1
        ]
        ranges = self._ranges.get(attribute, ())
        better = [one for one in beside if one[0] < own]
        farthest = min(better, key=lambda one: (one[2] in ranges, one[0]), default=None)
        if farthest is None:
            return None
        most = all(sign * (d.value or 0.0) <= own for d in known)
        return _of(farthest[1], farthest[2], most=most)

    def same(self, neighbour: Neighbour, attribute: str, metric: str) -> Neighbour | None:
        """Return a neighbour in another metric, if it is known there."""
        d = next((d for d in self._known.get((attribute, metric), []) if d.group == neighbour.group), None)
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


def _differing(parts: list[str], others: list[str]) -> list[int]:
    """Return where two cells differ; nothing where one of them is no cell."""
    if len(parts) != len(others):
        return []
    return [place for place, (one, other) in enumerate(zip(parts, others, strict=True)) if one != other]
