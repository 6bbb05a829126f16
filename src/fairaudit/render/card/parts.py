"""What the pieces of a card share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairaudit.documents.folder import Results
from fairaudit.documents.parts import EstimatePart
from fairaudit.documents.ranking import Slice, is_small, slices_of
from fairaudit.errors import clipped
from fairaudit.render.words import interval, metric_value

MOST_SLICES = 5
MOST_ATTRIBUTES = 4
"""How many attributes have their own part in the card, those that fail first."""
MOST_NAMED = 5
"""How many names a sentence lists."""


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
class AttributePage:
    """What the card says of one attribute."""

    heading: str
    sentence: str
    table: Table


def joint_attributes(ranked: Sequence[Slice], main: str) -> tuple[float, int] | None:
    """Give the level of the intervals that allow for the choice, and from how many slices; ``None`` where there are none."""
    for s in ranked:
        found = s.vs_rest.get(main)
        if found and found.joint_confidence and found.chosen_from and not is_small(s, main):
            return found.joint_confidence, found.chosen_from
    return None


def ranked_among(documents: Results) -> list[Slice]:
    """Give the slices of one document, whose intervals allow for the choice from these."""
    return slices_of(documents.performance) if documents.performance is not None else []


def slices_part(documents: Results) -> list[Slice]:
    """Collect the slices, and the groups that are not among them."""
    found: dict[tuple[str, str], Slice] = {}
    for document in (documents.slices, documents.group):
        for s in slices_of(document) if document is not None else ():
            found.setdefault((s.feature, s.name), s)
    return list(found.values())


# --- wording ---


def with_interval(metric: str, estimate: EstimatePart) -> str:
    """Write a value, with its interval where it has one."""
    value = metric_value(metric, estimate.value)
    return f"{value} ({interval(metric, estimate)})" if estimate.ci else value


def listed_names(names: Sequence[str], *, most: int = MOST_NAMED) -> str:
    """List strangers' names, each cut where it is long."""
    return cut([clipped(name) for name in names], most=most)


def cut(texts: Sequence[str], *, most: int = MOST_NAMED, separator: str = ", ") -> str:
    """List texts, and count those that are left out."""
    rest = len(texts) - most
    return separator.join(texts[:most]) + (f" and {rest:,} more" if rest > 0 else "")


def counted_noun(n: int, noun: str) -> str:
    """Write a number with what is counted."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def capital(text: str) -> str:
    """Write a sentence's first letter large."""
    return text[:1].upper() + text[1:]
