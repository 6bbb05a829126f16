"""The parts of the card on adverse impact, and on groups within strata."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairaudit.documents.folder import Results
from fairaudit.render.card.parts import Table
from fairaudit.render.words import impact_page as words_for
from fairaudit.render.words import within_page as within_words
from fairaudit.render.words.sections import Section


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactPart:
    """What the card says of it: sentences, and tables with their titles, some of them folded under a name."""

    heading: str
    fold: str
    sentences: tuple[str, ...]
    tables: tuple[tuple[str, Table], ...]
    folded: tuple[tuple[str, Table], ...]


def impact_part(documents: Results) -> ImpactPart | None:
    """Gather what was told of adverse impact; ``None`` where nobody asked."""
    document = documents.impact
    if document is None:
        return None
    return _part(
        words_for.sections(document),
        heading=words_for.HEADING,
        sentences=words_for.sentences(document),
        fold=words_for.FOLD,
    )


def within_part(documents: Results) -> ImpactPart | None:
    """Gather what is left of gaps among people who are alike in something else; ``None`` where nobody asked."""
    document = documents.bias
    if document is None or not document.strata:
        return None
    return _part(
        within_words.sections(document),
        heading=within_words.HEADING,
        sentences=within_words.sentences(document),
        fold=within_words.FOLD,
    )


def _part(sections: Sequence[Section], *, heading: str, sentences: tuple[str, ...], fold: str) -> ImpactPart:
    return ImpactPart(
        heading=heading,
        fold=fold,
        sentences=sentences,
        tables=tuple((s.title, _table(s)) for s in sections if not s.folded),
        folded=tuple((s.title, _table(s)) for s in sections if s.folded),
    )


def _table(section: Section) -> Table:
    return Table(
        head=section.heads,
        align=("---", *["---:"] * (len(section.heads) - 1)),
        rows=section.rows,
        note=" ".join(section.notes),
    )
