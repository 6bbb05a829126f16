"""The part of the page on what the data of each group lack."""

from __future__ import annotations

from dataclasses import dataclass

from fairaudit.documents.folder import Results
from fairaudit.render.report.parts import MOST_TEXT, shown_text
from fairaudit.render.words.people import words_of_results
from fairaudit.render.words.quality import dropped_text, lacking, table


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityPage:
    """What the template shows of it: a sentence, if rows were dropped, and a table, if anything is missing."""

    sentence: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def quality_page(documents: Results) -> QualityPage:
    """Gather how many rows of each group were dropped, and which values are missing."""
    data = lacking(documents)
    heads, rows = table(data, words_of_results(documents)) if data else ((), [])
    return QualityPage(
        sentence=shown_text(dropped_text(documents), most=MOST_TEXT),
        heads=heads,
        rows=tuple(tuple(shown_text(text, most=MOST_TEXT) for text in row) for row in rows),
    )
