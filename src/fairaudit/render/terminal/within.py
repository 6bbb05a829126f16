"""Groups within strata, in the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import RenderableType
from rich.text import Text

from fairaudit.documents.within import SELECTION, WithinPart
from fairaudit.errors import printable
from fairaudit.render.terminal.tables import (
    MOST_ROWS,
    NARROW,
    WIDE,
    dim_note,
    name_column,
    new_table,
    plain,
    titled,
)
from fairaudit.render.words import within as words_for
from fairaudit.render.words.people import Words

_WITHOUT = (
    (130, ()),
    (WIDE, ("Risk ratio (95%)", "Standardised")),
    # The crude ratio stands in the table of the groups as well.
    (NARROW, ("Crude ratio", "Risk ratio (95%)", "Standardised")),
    (0, (*words_for.HEADS[3:], words_for.EXCESS)),
)
"""From so many columns on, what there is no room for; a number that is cut would be another one."""


def paradoxes(parts: Sequence[WithinPart], words: Words, *, judged: bool) -> Iterable[RenderableType]:
    """Say where the answer within strata is another than that of all people together; of rates other than of selection in a sentence alone."""
    for part in parts:
        if words_for.is_paradox(part, judged=judged):
            first, *rest = words_for.sentences(part, words, judged=judged)
            yield Text("")
            yield Text(printable(first), "bold yellow")
            if part.metric == SELECTION:
                yield from (Text(printable(text)) for text in rest)


def within(
    parts: Sequence[WithinPart], words: Words, *, width: int, verbose: bool, file: str = "impact.json"
) -> Iterable[RenderableType]:
    """Show groups within strata; the strata themselves of the first group of each table, or of all, but for those that stand in a file alone."""
    named = len({part.metric for part in parts}) > 1
    for of_table in words_for.tables_of(parts):
        yield from _table(of_table, words, width, named=named)
        for part in of_table if verbose or len(of_table) == 1 else ():
            yield from _strata(part, width, file)


def _table(parts: Sequence[WithinPart], words: Words, width: int, *, named: bool) -> Iterable[RenderableType]:
    heads = words_for.heads(parts[0])
    without = next(heads for least, heads in _WITHOUT if width >= least)
    shown = [i for i, head in enumerate(heads[1:]) if head not in without]
    table = new_table()
    name_column(table, "group", [part.group for part in parts])
    for place in shown:
        head = heads[place + 1]
        keeps = head[:2].isupper() or head.startswith("Breslow")
        table.add_column(head if keeps else head[:1].lower() + head[1:], justify="right", no_wrap=True)
    for part in parts:
        cells = words_for.row(part)
        table.add_row(plain(part.group), *(cells[i] for i in shown))
    yield titled(Text(printable(words_for.title(parts[0], words, named=named))), table)
    for part in parts:
        if text := words_for.left_out_text(part, words):
            yield dim_note(printable(text))


def _strata(part: WithinPart, width: int, file: str) -> Iterable[RenderableType]:
    table = new_table()
    name_column(table, printable(part.column[:20]), [s.stratum for s in part.strata])
    most = len(words_for.STRATUM_HEADS) if width >= NARROW else 5
    for head in words_for.STRATUM_HEADS[1:most]:
        table.add_column(head.lower(), justify="right", no_wrap=True)
    for stratum in part.strata[:MOST_ROWS]:
        table.add_row(plain(stratum.stratum), *words_for.stratum_row(stratum)[: most - 1])
    yield titled(
        Text(printable(f"{part.group[:40]} stratum by stratum")),
        table,
        left_out=len(part.strata) - MOST_ROWS,
        file=file,
    )
