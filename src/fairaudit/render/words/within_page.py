"""Groups of an audit within strata, for those who read no terminal: sentences, and tables as texts."""

from __future__ import annotations

from fairaudit.documents.audit import BiasDocument
from fairaudit.documents.within import SELECTION, WithinPart
from fairaudit.errors import clipped
from fairaudit.render.words import within as words_for
from fairaudit.render.words.names import joined
from fairaudit.render.words.people import words_of
from fairaudit.render.words.sections import Section, within_sections

FOLD = "Strata"
MOST_SAID = 3
"""Of so many groups it is said that the answer within strata is another one."""
MOST_FOLDED = 30
"""So many tables of strata are shown; all are in bias.json."""
HEADING = "Among people who are alike in something else"


def shown(document: BiasDocument) -> list[WithinPart]:
    """Return what is shown of groups within strata: selection rates, and the metrics that form the verdict."""
    metrics = {SELECTION, *document.family.metrics}
    return [part for part in document.strata or () if part.metric in metrics]


def sentences(document: BiasDocument) -> tuple[str, ...]:
    """Say within what groups were compared once more, and where the answer there is another one."""
    parts, words = shown(document), words_of(document.settings)
    columns = joined(list(dict.fromkeys(clipped(part.column) for part in parts)))
    first = f"Each group is compared once more with its reference, among people who are alike in {columns}. Other rates are in bias.json."
    others = [part for part in parts if words_for.is_paradox(part)][:MOST_SAID]
    return (first, *(text for part in others for text in words_for.sentences(part, words)))


def sections(document: BiasDocument) -> tuple[Section, ...]:
    """Return the tables: of groups in the open, of strata folded."""
    words = words_of(document.settings)
    every = list(within_sections(shown(document), words, named=True, file="bias.json"))
    folded = [one for one in every if one.folded]
    return (*(one for one in every if not one.folded), *folded[:MOST_FOLDED])
