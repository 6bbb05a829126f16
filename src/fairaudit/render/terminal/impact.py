"""Adverse impact in the terminal: the answer in words, then two tables for each attribute."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fairaudit.documents.impact import ImpactDocument, ImpactTablePart
from fairaudit.errors import printable
from fairaudit.render.terminal.tables import (
    NARROW,
    WIDE,
    dim_note,
    footer,
    name_column,
    new_table,
    plain,
    titled,
)
from fairaudit.render.terminal.within import paradoxes, within
from fairaudit.render.words import impact as words_for
from fairaudit.settings.choices import Profile

_STYLES = {"ADVERSE": "bold red", "NOT ADVERSE": "bold green"}


def impact(document: ImpactDocument, *, width: int, verbose: bool = False) -> RenderableType:
    """Show who is selected less than whom."""
    word, sentence = words_for.headline(document)
    parts: list[RenderableType] = [
        Text.assemble((f"{word}: ", _STYLES.get(word, "bold")), (printable(sentence), "bold"))
    ]
    words = words_for.words_for(document)
    parts += paradoxes(document.within or (), words)
    if claims := words_for.claims(document):
        parts += ["", _claims(claims)]
    for table in document.tables:
        parts += _tables(table, document, width, verbose=verbose)
    parts += within(document.within or (), words, width=width, verbose=verbose)
    parts += [Text(""), dim_note(printable(words_for.by_whom(document)))]
    return Group(*parts, *footer(document.input, document.settings, document.people))


def _claims(claims: Sequence[tuple[str, tuple[str, ...]]]) -> Table:
    table = Table.grid(padding=(0, 2))
    for number, (name, texts) in enumerate(claims, start=1):
        table.add_row(str(number), Text(printable(name), "bold"))
        for text in texts:
            table.add_row("", Text(printable(text)))
    return table


def _tables(
    part: ImpactTablePart, document: ImpactDocument, width: int, *, verbose: bool
) -> Iterable[RenderableType]:
    """Show the rates of an attribute's groups, then the tests and shortfalls of those that are compared."""
    words, heads = words_for.words_for(document), words_for.rate_heads(document)
    without = () if width >= WIDE else ("Share", "Points") if width >= NARROW else ("Share", "Points", "Both")
    shown = [i for i, head in enumerate(heads[1:]) if head not in without]
    rates = _table([heads[i + 1] for i in shown], [g.group for g in part.groups])
    for group in part.groups:
        cells = words_for.rate_row(group, document)
        rates.add_row(plain(group.group), *(cells[i] for i in shown))
    yield titled(Text(printable(words_for.title(part, words))), rates)
    for text in words_for.notes(part, words):
        yield dim_note(printable(text))
    compared = [g for g in part.groups if g.difference is not None and not g.is_reference]
    if not compared or (document.rules.profile is Profile.LL144 and not verbose):
        return
    for heads, row in (
        (words_for.EVIDENCE_HEADS, words_for.evidence_row),
        (words_for.SHORT_HEADS, words_for.short_row),
    ):
        # The last columns are those that a narrow terminal has no room for.
        most = len(heads) if width >= NARROW else 4
        table = _table(heads[1:most], [g.group for g in compared])
        for group in compared:
            table.add_row(plain(group.group), *row(group)[: most - 1])
        yield Text("")
        yield table


def _table(heads: Sequence[str], names: Sequence[str]) -> Table:
    table = new_table()
    name_column(table, "group", names)
    for head in heads:
        table.add_column(head if head == "SD" else head[:1].lower() + head[1:], justify="right", no_wrap=True)
    return table
