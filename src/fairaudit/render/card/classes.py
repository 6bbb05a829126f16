"""Slices of several classes as Markdown: a part of the card, and a page of its own."""

from __future__ import annotations

from dataclasses import dataclass

from fairaudit.documents.classes import ClassesDocument, ClassesOverallPart
from fairaudit.documents.folder import Results
from fairaudit.errors import clipped
from fairaudit.render.card.parts import Table, safe, written_table
from fairaudit.render.words import classes as words_for
from fairaudit.render.words.names import capital
from fairaudit.render.words.people import group_name, group_text, words_of
from fairaudit.render.words.values import rate_text

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
    everybody = document.overall
    rows = [
        (words_for.EVERYBODY, "", f"{everybody.n:,}", "", *words_for.figure_cells(everybody, intervals=True))
    ]
    rows += [
        (
            clipped(s.feature),
            f"{group_name(s.feature, s.slice, words)}{' (small)' if s.small else ''}",
            f"{s.n:,}",
            rate_text(s.share),
            *words_for.figure_cells(s, intervals=True),
        )
        for s in document.slices
    ]
    return ClassesPage(
        sentences=words_for.headline(document, words),
        figures=Table(
            head=(
                "Attribute",
                "Slice",
                capital(words.people),
                "Share",
                *map(capital, words_for.HEADS[:-1]),
                "p",
            ),
            align=("---", "---", *["---:"] * (len(words_for.HEADS) + 2)),
            rows=tuple(rows),
            note=words_for.method_text(document),
        ),
        matrices=(
            (words_for.EVERYBODY, _matrix(document, everybody)),
            *(
                (capital(group_text(s.feature, s.slice, words)), _matrix(document, s))
                for s in document.slices
            ),
        ),
    )


def _matrix(document: ClassesDocument, part: ClassesOverallPart) -> Table:
    heads = [f"predicted {clipped(name)}" for name in document.classes]
    return Table(
        head=("True class", *heads, *map(capital, words_for.CLASS_HEADS)),
        align=("---", *["---:"] * (len(heads) + len(words_for.CLASS_HEADS))),
        rows=tuple(words_for.confusion_rows(part, intervals=True)),
        note="; ".join(words_for.undefined_texts(part)),
    )
