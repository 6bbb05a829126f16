"""The parts that a page has only where there is something to tell: sentences, and tables under them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fairaudit.documents.folder import Results
from fairaudit.render.report.parts import MOST_TEXT, shown_text
from fairaudit.render.words import calibration as calibration_words
from fairaudit.render.words import changed as changed_words
from fairaudit.render.words import classes as classes_words
from fairaudit.render.words import discovered as discovered_words
from fairaudit.render.words import impact_page as impact_words
from fairaudit.render.words import quality as quality_words
from fairaudit.render.words import within_page as within_words
from fairaudit.render.words.people import words_of, words_of_results
from fairaudit.render.words.sections import Section


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTable:
    """A table with what is said below it. `texts` are the columns that hold no numbers; `header` is the one that names a row."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    texts: tuple[int, ...] = (0,)
    header: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What the template shows of one part. A table alone needs no title that is seen; `fold` names those that are for who looks closer."""

    heading: str
    sentences: tuple[str, ...]
    tables: tuple[ShownTable, ...] = ()
    is_titled: bool = False
    fold: str = ""
    folded: tuple[ShownTable, ...] = ()


def pieces(documents: Results) -> dict[str, Piece]:
    """Return the parts of a page by the name of their section, without those that have nothing to tell."""
    made = {
        "quality": _quality(documents),
        "classes": _classes(documents),
        "discovered": _discovered(documents),
        "changed": _changed(documents),
        "impact": _impact(documents),
        "within": _within(documents),
        "calibration": _calibration(documents),
    }
    return {name: piece for name, piece in made.items() if piece is not None}


def _quality(documents: Results) -> Piece | None:
    """Tell how many rows of each group were dropped, and which values are missing."""
    data = quality_words.lacking(documents)
    heads, rows = quality_words.table(data, words_of_results(documents)) if data else ((), [])
    sentences = _shown([quality_words.dropped_text(documents)])
    if not sentences and not rows:
        return None
    title = "Rows dropped, labels and missing values of each group"
    texts = (0, 1, *range(6, len(heads)))
    table = _table(title, heads, rows, texts=texts, header=1)
    return Piece(
        heading="What the data of each group lack", sentences=sentences, tables=(table,) if rows else ()
    )


def _calibration(documents: Results) -> Piece | None:
    """Tell what stands beside the verdict, and how many have label 1 at each score."""
    tables = tuple(
        _table(title, heads, rows) for title, heads, rows in calibration_words.calibration_tables(documents)
    )
    if not tables:
        return None
    return Piece(
        heading="Base rates and calibration",
        sentences=(calibration_words.beside_text(documents),),
        fold="Each group, and each score",
        folded=tables,
    )


def _classes(documents: Results) -> Piece | None:
    """Tell how often people of several classes are predicted right, slice by slice."""
    document = documents.classes
    if document is None:
        return None
    words = words_of(document.settings)
    table = _table(
        "Slices of several classes",
        classes_words.slice_heads(document, words),
        classes_words.slice_rows(document, words),
        notes=classes_words.notes_of(document, words),
        texts=(0, 1),
    )
    heads = classes_words.matrix_heads(document)
    return Piece(
        heading="Slices of several classes",
        sentences=_shown(classes_words.headline(document, words)),
        tables=(table,),
        fold="Confusion matrices",
        folded=tuple(
            _table(
                classes_words.matrix_title(whose),
                heads,
                classes_words.confusion_rows(part, intervals=True),
                notes=["; ".join(classes_words.undefined_texts(part))],
            )
            for whose, part in classes_words.whose_matrices(document, words)
        ),
    )


def _discovered(documents: Results) -> Piece | None:
    """Tell which slices were found that nobody asked for."""
    document = documents.discover
    if document is None:
        return None
    words = words_of(document.settings)
    table = _table(
        "The most harmful slices that nobody asked for",
        discovered_words.table_heads(document),
        discovered_words.table_rows(document, words),
        notes=[discovered_words.table_note(document, words)],
    )
    return Piece(
        heading="Slices that nobody asked for",
        sentences=_shown([discovered_words.summary(document, words)]),
        tables=(table,) if document.slices else (),
    )


def _changed(documents: Results) -> Piece | None:
    """Tell what changed since earlier predictions."""
    document = documents.compare
    if document is None:
        return None
    words = changed_words.words_for(document)
    rows = changed_words.table_rows(document, words)
    table = _table(
        "What has changed, the worst first",
        changed_words.table_heads(document),
        rows,
        notes=[changed_words.table_note(document)],
        texts=(0, 1, 2),
    )
    return Piece(
        heading="What changed",
        sentences=_shown(changed_words.summary(document, words)),
        tables=(table,) if rows else (),
    )


def _impact(documents: Results) -> Piece | None:
    """Tell of adverse impact as regulators compute it."""
    document = documents.impact
    if document is None:
        return None
    return _of_sections(
        impact_words.sections(document),
        heading=impact_words.HEADING,
        sentences=impact_words.sentences(document),
        fold=impact_words.FOLD,
    )


def _within(documents: Results) -> Piece | None:
    """Tell what is left of gaps among people who are alike in something else, where somebody asked."""
    document = documents.bias
    if document is None or not document.strata:
        return None
    return _of_sections(
        within_words.sections(document),
        heading=within_words.HEADING,
        sentences=within_words.sentences(document),
        fold=within_words.FOLD,
    )


def _of_sections(sections: Iterable[Section], *, heading: str, sentences: Iterable[str], fold: str) -> Piece:
    """Lay out tables that are in the open, and those that are folded."""
    tables: dict[bool, list[ShownTable]] = {False: [], True: []}
    for one in sections:
        tables[one.folded].append(_table(one.title, one.heads, one.rows, notes=one.notes))
    return Piece(
        heading=heading,
        sentences=_shown(sentences),
        tables=tuple(tables[False]),
        is_titled=True,
        fold=fold,
        folded=tuple(tables[True]),
    )


def _table(
    title: str,
    heads: Iterable[str],
    rows: Iterable[Iterable[str]],
    *,
    notes: Iterable[str] = (),
    texts: tuple[int, ...] = (0,),
    header: int = 0,
) -> ShownTable:
    """Write strangers' texts so that all of their characters can be seen."""
    return ShownTable(
        title=shown_text(title, most=MOST_TEXT),
        heads=_shown(heads, empty=True),
        rows=tuple(_shown(row, empty=True) for row in rows),
        notes=_shown(notes),
        texts=texts,
        header=header,
    )


def _shown(texts: Iterable[str], *, empty: bool = False) -> tuple[str, ...]:
    return tuple(shown_text(text, most=MOST_TEXT) for text in texts if text or empty)
