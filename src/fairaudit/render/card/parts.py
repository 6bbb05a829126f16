"""What the pieces of a card share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from fairaudit.documents.folder import Results
from fairaudit.documents.ranking import Slice, is_small, slices_of

MOST_SLICES = 5
"""How many slices are shown before the others are folded."""
MOST_ATTRIBUTES = 4
"""How many attributes are shown before the others are folded, those that fail first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFigure:
    """A figure beside the card; `file` is its path from there."""

    name: str
    file: str
    alt: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of the card; `note` stands below it."""

    head: tuple[str, ...]
    align: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A finding as the card tells it: its sentence, what is behind it, and what comes next, which is Markdown."""

    sentence: str
    behind: str
    step: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributePage:
    """What the card says of one attribute; `folded` says whether its groups are, and `evidence` is the table of its p-values."""

    heading: str
    sentence: str
    findings: tuple[Item, ...]
    table: Table
    folded: bool
    evidence: Table | None


def joint_attributes(ranked: Sequence[Slice], main: str) -> tuple[float, int] | None:
    """Return the level of the intervals that allow for the choice, and from how many slices; ``None`` where there are none."""
    for s in ranked:
        distance = s.vs_rest.get(main)
        if distance and distance.joint_confidence and distance.chosen_from and not is_small(s, main):
            return distance.joint_confidence, distance.chosen_from
    return None


def ranked_among(documents: Results) -> list[Slice]:
    """Return the slices of one document, whose intervals allow for the choice from these."""
    return slices_of(documents.performance) if documents.performance is not None else []


def slices_part(documents: Results) -> list[Slice]:
    """Collect the slices, and the groups that are not among them."""
    slices: dict[tuple[str, str], Slice] = {}
    for document in (documents.slices, documents.group):
        for s in slices_of(document) if document is not None else ():
            slices.setdefault((s.feature, s.name), s)
    return list(slices.values())
