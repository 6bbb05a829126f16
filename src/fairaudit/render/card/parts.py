"""What the pieces of a card share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from fairaudit.render.escape import cell

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


def safe(value: object) -> Markup:
    """Escape what a card prints, unless that has been done; this is the only way out of it."""
    return value if isinstance(value, Markup) else Markup(cell(str(value), most=None))  # noqa: S704


def written_table(table: Table) -> Markup:
    """Write a table as lines of GFM; here and not in a template, where a stray newline would end it."""
    lines = [_row(table.head), f"|{'|'.join(table.align)}|", *(_row(cells) for cells in table.rows)]
    return Markup("\n".join([*lines, "", safe(table.note), ""] if table.note else [*lines, ""]))  # noqa: S704


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(safe(text) for text in cells)} |"
