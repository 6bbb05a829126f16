"""Adverse impact in the terminal: the answer in words, then two tables for each attribute."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fairaudit.documents.impact import ImpactDocument, ImpactGroupPart, ImpactTablePart, RepresentationPart
from fairaudit.errors import printable
from fairaudit.render.terminal.fitting import FittingTable
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
from fairaudit.render.words import lending
from fairaudit.settings.choices import Profile

_ALL_OF_A_POPULATION = 120
"""From so many columns on, people and those who are selected are beside a population in one table."""
_STYLES = {"ADVERSE": "bold red", "NOT ADVERSE": "bold green"}


def impact(document: ImpactDocument, *, width: int, verbose: bool = False) -> RenderableType:
    """Show who is selected less than whom."""
    word, sentence = words_for.headline(document)
    parts: list[RenderableType] = [
        Text.assemble((f"{word}: ", _STYLES.get(word, "bold")), (printable(sentence), "bold"))
    ]
    words = words_for.words_for(document)
    parts += paradoxes(document.within or (), words, judged=document.rules.limit is not None)
    if claims := words_for.claims(document):
        parts += ["", _claims(claims)]
    for table in document.tables:
        parts += _tables(table, document, width, verbose=verbose)
    parts += within(document.within or (), words, width=width, verbose=verbose)
    parts += _represented(document.representation or [], width)
    if text := lending.smd_text(document):
        parts += [Text(""), dim_note(text)]
    parts += [Text(""), dim_note(printable(words_for.by_whom(document)))]
    return Group(*parts, *footer(document.input, document.settings, document.people))


def _claims(claims: Sequence[tuple[str, tuple[str, ...]]]) -> Table:
    table = FittingTable.grid(padding=(0, 2))
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
    for text in words_for.notes(document, part, words):
        yield dim_note(printable(text))
    compared = [g for g in part.groups if g.difference is not None and not g.is_reference]
    if document.rules.profile is Profile.LL144 and not verbose:
        return
    if compared:
        for heads, row in (
            (words_for.EVIDENCE_HEADS, words_for.evidence_row),
            (words_for.SHORT_HEADS, words_for.short_row),
        ):
            # The last columns are those that a narrow terminal has no room for.
            yield from _listed(compared, heads if width >= NARROW else heads[:4], row)
    beside = [g for g in part.groups if g.lending is not None and not g.is_reference and not g.excluded]
    if beside:
        yield from _listed(
            beside,
            lending.LENDING_HEADS if width >= NARROW else lending.LENDING_HEADS[:4],
            lending.lending_row,
        )
        if heads := lending.decile_heads(document):
            most = len(heads) if width >= NARROW else 6
            yield from _listed(beside, heads[:most], lending.decile_row)
            smd = ("SMD", *heads[1:most])
            yield from _listed(beside, smd, lending.decile_smd_row)


def _listed(
    groups: Sequence[ImpactGroupPart], heads: Sequence[str], row: Callable[[ImpactGroupPart], tuple[str, ...]]
) -> Iterable[RenderableType]:
    table = _table(heads[1:], [g.group for g in groups], of=heads[0])
    for group in groups:
        table.add_row(plain(group.group), *row(group)[: len(heads) - 1])
    yield Text("")
    yield table


def _represented(parts: list[RepresentationPart], width: int) -> Iterable[RenderableType]:
    """Show groups beside their shares of a population; where there is no room for all in a row, first the people and then those who are selected."""
    if not parts:
        return
    people, selected = (1, 2, 3, 4, 5), (1, 6, 7, 8, 9)
    if width >= _ALL_OF_A_POPULATION:
        shown: tuple[tuple[int, ...], ...] = ((*people, *selected[1:]),)
    else:
        # A number that is cut would be another one; of the two the test says more than standard deviations.
        shown = (people, selected) if width >= NARROW else ((1, 2, 3, 5), (6, 7, 9))
    heads = lending.REPRESENTATION_HEADS
    for i, places in enumerate(shown):
        table = _table([heads[place] for place in places], [p.group for p in parts])
        for part in parts:
            cells = lending.representation_row(part)
            table.add_row(plain(part.group), *(cells[place - 1] for place in places))
        title = lending.representation_title(parts) if i == 0 else lending.selected_title(parts)
        yield titled(Text(printable(title)), table)


def _table(heads: Sequence[str], names: Sequence[str], *, of: str = "Group") -> Table:
    table = new_table()
    name_column(table, of if of.isupper() else of.lower(), names)
    for head in heads:
        table.add_column(
            head if head[:2].isupper() else head[:1].lower() + head[1:], justify="right", no_wrap=True
        )
    return table
