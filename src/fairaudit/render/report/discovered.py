"""The part of the page on slices that nobody asked for."""

from __future__ import annotations

from dataclasses import dataclass

from fairaudit.documents.folder import Results
from fairaudit.render.report.parts import MOST_TEXT, shown_text
from fairaudit.render.words import discovered as words_for
from fairaudit.render.words.people import words_of


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveredPage:
    """What the template shows of it: a sentence, a table, and what is said under it."""

    sentence: str
    heads: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    note: str = ""


def discovered_page(documents: Results) -> DiscoveredPage | None:
    """Gather what was discovered; ``None`` where nobody searched."""
    document = documents.discover
    if document is None:
        return None
    words = words_of(document.settings)
    sentence = shown_text(words_for.summary(document, words), most=MOST_TEXT)
    if not document.slices:
        return DiscoveredPage(sentence=sentence)
    return DiscoveredPage(
        sentence=sentence,
        heads=words_for.table_heads(document),
        rows=tuple(
            (shown_text(name, most=MOST_TEXT), *cells)
            for name, *cells in words_for.table_rows(document, words)
        ),
        note=words_for.table_note(document, words),
    )
