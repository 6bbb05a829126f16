"""Slices of several classes as Markdown: a part of the card, and a page of its own."""

from __future__ import annotations

from dataclasses import dataclass

from fairaudit.documents.classes import ClassesDocument, ClassesOverallPart
from fairaudit.documents.folder import Results
from fairaudit.render.card.parts import Table, safe, written_table
from fairaudit.render.words import classes as words_for
from fairaudit.render.words.people import words_of

_HEADING = "Slices of several classes"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassesPage:
    """What is shown of several classes: sentences, a table of all slices, and the matrices by whose they are."""

    sentences: tuple[str, ...]
    figures: Table
    matrices: tuple[tuple[str, Table], ...]


def classes_part(documents: Results) -> ClassesPage | None:
    """Return what the card says of several classes; ``None`` where they were not measured."""
    return None if documents.classes is None else _page(documents.classes)


def classes_markdown(document: ClassesDocument) -> str:
    """Write slices of several classes as a page of its own (GFM)."""
    page = _page(document)
    lines = [
        f"# {_HEADING}",
        "",
        *(f"{safe(text)}\n" for text in page.sentences),
        written_table(page.figures),
    ]
    for whose, table in page.matrices:
        lines += [f"## {safe(whose)}", "", written_table(table)]
    return "\n".join(lines).strip() + "\n"


def _page(document: ClassesDocument) -> ClassesPage:
    words = words_of(document.settings)
    heads = words_for.slice_heads(document, words)
    return ClassesPage(
        sentences=words_for.headline(document, words),
        figures=Table(
            head=heads,
            align=("---", "---", *["---:"] * (len(heads) - 2)),
            rows=tuple(words_for.slice_rows(document, words)),
            note=" ".join(words_for.notes_of(document, words)),
        ),
        matrices=tuple(
            (whose, _matrix(document, part)) for whose, part in words_for.whose_matrices(document, words)
        ),
    )


def _matrix(document: ClassesDocument, part: ClassesOverallPart) -> Table:
    heads = words_for.matrix_heads(document)
    return Table(
        head=heads,
        align=("---", *["---:"] * (len(heads) - 1)),
        rows=tuple(words_for.confusion_rows(part, intervals=True)),
        note="; ".join(words_for.undefined_texts(part)),
    )
