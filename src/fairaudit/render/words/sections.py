"""Tables with their titles, for those who read no terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fairaudit.documents.within import WithinPart
from fairaudit.errors import clipped
from fairaudit.render.words import within as words_for
from fairaudit.render.words.people import Words

MOST_ROWS = 30
"""Groups or strata that a table shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A table with its title and what is said below it; `folded` are tables for those who look closer."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    folded: bool = False


def section(
    title: str,
    heads: tuple[str, ...],
    rows: Sequence[tuple[str, ...]],
    *,
    notes: Sequence[str] = (),
    folded: bool = False,
    file: str = "impact.json",
) -> Section:
    """Lay out a table, of which a file has the rows that are too many."""
    rest = len(rows) - MOST_ROWS
    more = [f"{rest:,} more are in {file}."] if rest > 0 else []
    return Section(
        title=title, heads=heads, rows=tuple(rows[:MOST_ROWS]), notes=(*notes, *more), folded=folded
    )


def within_sections(
    parts: Iterable[WithinPart], words: Words, *, named: bool = False, file: str = "impact.json"
) -> Iterable[Section]:
    """Lay out groups within strata, and below each table its strata, folded; `named` says the metric in every title."""
    for of_table in words_for.tables_of(parts):
        first = of_table[0]
        rows = [(clipped(p.group), *words_for.row(p)) for p in of_table]
        notes = [text for p in of_table if (text := words_for.left_out_text(p, words))]
        title = words_for.title(first, words, named=named)
        yield section(title, words_for.heads(first), rows, notes=notes, file=file)
        for part in of_table:
            strata = [(clipped(s.stratum), *words_for.stratum_row(s)) for s in part.strata]
            title = words_for.stratum_title(part, words, named=named)
            yield section(title, words_for.STRATUM_HEADS, strata, folded=True, file=file)
