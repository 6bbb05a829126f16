"""The part of the card on what changed since earlier predictions."""

from __future__ import annotations

from fairaudit.documents.folder import Results
from fairaudit.render.card.parts import Table
from fairaudit.render.words import changed as words_for


def changed_part(documents: Results) -> tuple[tuple[str, ...], Table | None]:
    """Return what changed: sentences, and a table of what is worse first; no sentence where nothing was compared."""
    document = documents.compare
    if document is None:
        return (), None
    words = words_for.words_for(document)
    heads = words_for.table_heads(document)
    rows = words_for.table_rows(document, words)
    sentences = tuple(words_for.summary(document, words))
    if not rows:
        return sentences, None
    return sentences, Table(
        head=heads,
        align=("---", "---", "---", *["---:"] * 4, *["---"] * (len(heads) - 7)),
        rows=tuple(rows),
        note=words_for.table_note(document),
    )
