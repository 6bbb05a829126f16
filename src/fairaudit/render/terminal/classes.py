"""Slices of several classes, as a terminal shows them."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from fairaudit.documents.classes import ClassesDocument, ClassesOverallPart, ClassesSlicePart
from fairaudit.errors import printable
from fairaudit.render.terminal.audit import statistics_tables
from fairaudit.render.terminal.tables import (
    MOST_ROWS,
    NARROW,
    WIDE,
    dim_note,
    footer,
    name_column,
    new_table,
    people_text,
    plain,
    titled,
)
from fairaudit.render.words import classes as words_for
from fairaudit.render.words.people import group_text, words_of

_MOST_MATRICES, _MOST_CLASSES = 12, 8
"""Of more slices, or classes, the matrices stand in the document."""
_WORTH = 16
"""So wide are the columns that say what rows are worth."""
_ROOMY = 130
"""Of so many columns intervals are shown, too."""
_FILE = "classes.json"


def classes(document: ClassesDocument, *, width: int) -> RenderableType:
    """Show accuracy and F1 of every slice, then the confusion matrices."""
    words = words_of(document.settings)
    everybody, finding = words_for.headline(document, words)
    parts: list[RenderableType] = [Text(printable(f"{everybody} {finding}"), "bold")]
    features = dict.fromkeys(s.feature for s in document.slices)
    parts += [_figures(document, feature, words.people, width) for feature in features]
    parts += _matrices(document)
    if document.statistics is not None:
        parts += statistics_tables(document.statistics, file=_FILE)
    return Group(
        *parts,
        "",
        *(dim_note(note) for note in words_for.notes_of(document, words)),
        *footer(document.input, document.settings, document.overall.n),
    )


def _figures(document: ClassesDocument, feature: str, people: str, width: int) -> RenderableType:
    members = words_for.slices_of(document, feature)
    table = new_table()
    name_column(table, "slice", [s.slice for s in members])
    shown = _shown_places(width - _WORTH if words_for.is_worth_less(document) else width)
    worth = words_for.worth_heads(document)
    for head in (people, *worth, *(words_for.HEADS[place] for place in shown)):
        table.add_column(head, justify="right", no_wrap=True)
    for s in [*members[:MOST_ROWS], document.overall]:
        figures = words_for.figure_cells(s, intervals=width >= _ROOMY)
        cells = [figures[place] for place in shown]
        name = plain(s.slice) if isinstance(s, ClassesSlicePart) else Text("everybody", "dim")
        table.add_row(name, people_text(s.n, s.small), *words_for.worth_cells(s, document), *cells)
    return titled(plain(feature), table, left_out=len(members) - MOST_ROWS, file=_FILE)


def _shown_places(width: int) -> list[int]:
    """Return the places of the figures for which there is room; averages of F1 go first."""
    averages = [] if width < NARROW else [1] if width < WIDE else [1, 2]
    return [0, *averages, 3, 4]


def _matrices(document: ClassesDocument) -> list[RenderableType]:
    """Show the confusion matrix of everybody and of every slice, if they are few."""
    if len(document.classes) > _MOST_CLASSES:
        return [dim_note(f"\n{words_for.elsewhere_text(document, file=_FILE)}")]
    words = words_of(document.settings)
    shown = document.slices[:_MOST_MATRICES]
    parts = [
        _matrix(document, document.overall, words_for.EVERYBODY),
        *(_matrix(document, s, group_text(s.feature, s.slice, words)) for s in shown),
    ]
    more = len(document.slices) - len(shown)
    if more:
        parts.append(dim_note(words_for.more_matrices_text(more, file=_FILE)))
    return parts


def _matrix(document: ClassesDocument, part: ClassesOverallPart, whose: str) -> RenderableType:
    table = new_table()
    name_column(table, "true", document.classes)
    for name in document.classes:
        table.add_column(plain(name, most=16), justify="right", overflow="fold")
    for head in words_for.CLASS_HEADS:
        table.add_column(head, justify="right", no_wrap=True)
    for name, *cells in words_for.confusion_rows(part):
        table.add_row(plain(name), *cells)
    title = Text(printable(words_for.matrix_title(whose)))
    notes = [dim_note(f" {printable(text)}") for text in words_for.undefined_texts(part)]
    return Group(titled(title, table), *notes)
