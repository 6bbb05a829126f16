"""Slices that nobody asked for, as a terminal shows them: the most harmful first in words, then all in a table."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.text import Text

from fairaudit.documents.discovered import DiscoverDocument
from fairaudit.errors import printable
from fairaudit.render.terminal.fitting import FittingTable
from fairaudit.render.terminal.tables import NARROW, dim_note, footer, new_table, titled
from fairaudit.render.words import discovered as words_for
from fairaudit.render.words.names import passed_over_texts, shown_name
from fairaudit.render.words.people import Words, words_of
from fairaudit.render.words.values import count_text, times

_IN_WORDS = 3
"""Slices that are told in sentences."""
_LONGEST = 160
"""Signs of the name of a slice."""


def discovered(document: DiscoverDocument, *, width: int) -> RenderableType:
    """Show what was discovered, or that it was nothing."""
    words = words_of(document.settings)
    word, sentence = words_for.headline(document, words)
    style = "bold red" if document.slices else "bold"
    parts: list[RenderableType] = [Text.assemble((f"{word}: ", style), (printable(sentence), "bold")), ""]
    if document.slices:
        parts += [_claims(document, words), _table(document, words, width), ""]
        parts.append(Text(printable(words_for.covered_text(document, words))))
        parts.append(Text(printable(words_for.level_text(document))))
    else:
        parts.append(Text(printable(words_for.nothing_text(document, words))))
    parts.append(dim_note(printable(words_for.searched_text(document, words))))
    return Group(*parts, *_columns(document), *footer(document.input, document.settings))


def _claims(document: DiscoverDocument, words: Words) -> RenderableType:
    table = FittingTable.grid(padding=(0, 2))
    metric = document.search.metric
    for number, part in enumerate(document.slices[:_IN_WORDS], start=1):
        name = shown_name(words_for.slice_text(part.conditions, words), most=_LONGEST)
        table.add_row(str(number), Text(name[:1].upper() + name[1:], "bold"))
        for text in words_for.claim(part, metric, words):
            table.add_row("", Text(printable(text)))
    return table


def _table(document: DiscoverDocument, words: Words, width: int) -> RenderableType:
    metric = document.search.metric
    table = new_table()
    table.add_column("slice", overflow="fold")
    for head in _heads(document, width):
        table.add_column(head, justify="right", no_wrap=True)
    for number, part in enumerate(document.slices, start=1):
        name = shown_name(words_for.slice_text(part.conditions, words), most=_LONGEST)
        cells = [
            words_for.value_text(metric, part.here),
            words_for.value_text(metric, part.rest),
            "–" if part.ratio is None else f"{times(part.ratio)} ×",
            words_for.p_text(part.p_holm),
            words_for.p_text(part.p_bh),
        ]
        if width >= NARROW:
            cells.insert(0, count_text(part.n))
        table.add_row(Text(f"{number} {name}"), *cells)
    title = f"The worst first, with p-values adjusted for {document.tested:,} tests"
    return titled(Text(title), table)


def _heads(document: DiscoverDocument, width: int) -> list[str]:
    heads = [words_for.HEADS[document.search.metric], "rest", "times", "Holm", "BH"]
    return ["people", *heads] if width >= NARROW else heads


def _columns(document: DiscoverDocument) -> Iterable[RenderableType]:
    """Say which columns were searched, and why others were not."""
    search = document.search
    names = ", ".join(map(printable, words_for.columns_text(document)))
    texts = [f"Searched: {names}."]
    if search.left_out:
        texts.append(f"Left out: {'; '.join(map(shown_name, passed_over_texts(search.left_out)))}.")
    yield dim_note(" ".join(texts))
