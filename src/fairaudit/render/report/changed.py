"""The part of the page on what changed since earlier predictions."""

from __future__ import annotations

from dataclasses import dataclass

from fairaudit.documents.folder import Results
from fairaudit.render.report.parts import MOST_TEXT, shown_text
from fairaudit.render.words import changed as words_for


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedPage:
    """What the template shows of it: sentences, a table, and what is said under it."""

    sentences: tuple[str, ...]
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = ()
    note: str = ""


def changed_page(documents: Results) -> ChangedPage | None:
    """Gather what changed; ``None`` where nothing was compared."""
    document = documents.compare
    if document is None:
        return None
    words = words_for.words_for(document)
    rows = words_for.table_rows(document, words)
    return ChangedPage(
        sentences=tuple(shown_text(text, most=MOST_TEXT) for text in words_for.summary(document, words)),
        heads=words_for.table_heads(document),
        rows=tuple(tuple(shown_text(text, most=MOST_TEXT) for text in row) for row in rows),
        note=words_for.table_note(document) if rows else "",
    )
