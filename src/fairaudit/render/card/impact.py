"""The part of the card on adverse impact."""

from __future__ import annotations

from dataclasses import dataclass

from fairaudit.documents.folder import Results
from fairaudit.render.card.parts import Table
from fairaudit.render.words import impact_page as words_for


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactPart:
    """What the card says of adverse impact: sentences, and tables with their titles, some of them folded."""

    sentences: tuple[str, ...]
    tables: tuple[tuple[str, Table], ...]
    folded: tuple[tuple[str, Table], ...]


def impact_part(documents: Results) -> ImpactPart | None:
    """Gather what was told of adverse impact; ``None`` where nobody asked."""
    document = documents.impact
    if document is None:
        return None
    sections = words_for.sections(document)
    return ImpactPart(
        sentences=words_for.sentences(document),
        tables=tuple((s.title, _table(s)) for s in sections if not s.folded),
        folded=tuple((s.title, _table(s)) for s in sections if s.folded),
    )


def _table(section: words_for.Section) -> Table:
    return Table(
        head=section.heads,
        align=("---", *["---:"] * (len(section.heads) - 1)),
        rows=section.rows,
        note=" ".join(section.notes),
    )
