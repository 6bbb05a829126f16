"""The part of the page on adverse impact."""

from __future__ import annotations

from dataclasses import dataclass

from fairaudit.documents.folder import Results
from fairaudit.render.report.parts import MOST_TEXT, shown_text
from fairaudit.render.words import impact_page as words_for


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactPage:
    """What the template shows of it: sentences, and tables."""

    sentences: tuple[str, ...]
    tables: tuple[words_for.Section, ...]


def impact_page(documents: Results) -> ImpactPage | None:
    """Gather what was told of adverse impact; ``None`` where nobody asked."""
    document = documents.impact
    if document is None:
        return None
    return ImpactPage(
        sentences=tuple(shown_text(text, most=MOST_TEXT) for text in words_for.sentences(document)),
        tables=tuple(_shown(section) for section in words_for.sections(document)),
    )


def _shown(section: words_for.Section) -> words_for.Section:
    """Write strangers' texts so that all of their characters can be seen."""
    return words_for.Section(
        title=shown_text(section.title, most=MOST_TEXT),
        heads=section.heads,
        rows=tuple((shown_text(name, most=MOST_TEXT), *cells) for name, *cells in section.rows),
        notes=tuple(shown_text(note, most=MOST_TEXT) for note in section.notes),
        folded=section.folded,
    )
