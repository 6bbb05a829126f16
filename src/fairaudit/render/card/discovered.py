"""The part of the card on slices that nobody asked for."""

from __future__ import annotations

from fairaudit.documents.folder import Results
from fairaudit.render.card.parts import Table
from fairaudit.render.words import discovered as words_for
from fairaudit.render.words.people import words_of


def discovered_part(documents: Results) -> tuple[str, Table | None]:
    """Return what was discovered: a sentence, and a table of the most harmful slices; an empty sentence where nobody searched."""
    document = documents.discover
    if document is None:
        return "", None
    words = words_of(document.settings)
    if not document.slices:
        return words_for.summary(document, words), None
    heads = words_for.table_heads(document)
    return words_for.summary(document, words), Table(
        head=heads,
        align=("---", *["---:"] * (len(heads) - 1)),
        rows=tuple(words_for.table_rows(document, words)),
        note=words_for.table_note(document, words),
    )
