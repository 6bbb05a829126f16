"""What changed between two sets of predictions, in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fairaudit.documents.changed import ChangePart, CompareDocument, Outcome
from fairaudit.errors import printable
from fairaudit.render.terminal.tables import MOST_ROWS, NARROW, dim_note, footer, new_table, titled
from fairaudit.render.words import changed as words_for
from fairaudit.render.words.discovered import p_text
from fairaudit.render.words.names import shown_name
from fairaudit.render.words.people import Words

_IN_WORDS = 3
_WITHOUT_CHANGE = 5
"""Rows of the table where nothing has changed."""
_WIDE = 100
"""Columns of a terminal in which there is room for what a margin comes to."""
_STYLES = {Outcome.WORSE: "bold red", Outcome.CHANGED: "yellow", Outcome.BETTER: "green"}


def compared(document: CompareDocument, *, width: int) -> RenderableType:
    """Show what has changed, or that nothing is shown to have."""
    words = words_for.words_for(document)
    word, sentence = words_for.headline(document, words)
    shown = document.of(*words_for.SHOWN)
    first = words_for.leading(document)
    style = "bold" if first is None else _STYLES.get(first.verdict, "bold")
    parts: list[RenderableType] = [Text.assemble((f"{word}: ", style), (printable(sentence), "bold"))]
    if first is not None:
        parts.append(Text(printable(words_for.proof_text(first))))
    parts += [Text(printable(text)) for text in _more(document, words, sentence)]
    if shown or document.of(Outcome.NO_CHANGE):
        parts.append(_table(document, shown, words, width))
    parts.append(Text(""))
    parts.append(Text(printable(words_for.counts_text(document))))
    parts += [Text(printable(text)) for text in words_for.margin_texts(document, words)]
    parts += [Text(printable(text)) for text in words_for.missing_texts(document, words)]
    parts.append(Text(printable(words_for.matched_text(document, words))))
    if stability := words_for.stability_text(document, words):
        parts.append(dim_note(printable(stability)))
    parts.append(dim_note(printable(words_for.read_in_new(document, words))))
    read, *rest = footer(document.input, document.settings, document.base_people)
    return Group(*parts, Text("Base: ", "dim") + read, *rest)


def _more(document: CompareDocument, words: Words, sentence: str) -> Sequence[str]:
    """Say what else has changed, and who came or went."""
    shown = document.of(*words_for.SHOWN)
    claims = [words_for.claim(part, words, document.settings.effect) for part in shown[:_IN_WORDS]]
    return [text for text in (*claims, *words_for.moved_texts(document, words)) if text != sentence]


def _table(
    document: CompareDocument, shown: Sequence[ChangePart], words: Words, width: int
) -> RenderableType:
    listed = list(shown[:MOST_ROWS]) or document.of(Outcome.NO_CHANGE)[:_WITHOUT_CHANGE]
    table: Table = new_table()
    wide = width >= NARROW
    table.add_column("", no_wrap=True)
    table.add_column("who", overflow="fold")
    table.add_column("rate", no_wrap=True)
    for head in (*(("before", "now") if wide else ("now",)), "change (95%)", "p"):
        table.add_column(head, justify="right", no_wrap=head != "change (95%)")
    has_margin = document.margin is not None and width >= _WIDE
    if has_margin:
        table.add_column(words_for.margin_head(document.margin or 0.0), no_wrap=True)
    for part in listed:
        rates = [words_for.value_text(part, side.value) for side in (part.base, part.new)]
        p = "–" if part.p_adjusted is None else p_text(part.p_adjusted)
        verdict = "" if part.verdict is Outcome.NO_CHANGE else str(part.verdict)
        table.add_row(
            Text(verdict, _STYLES.get(part.verdict, "")),
            Text(shown_name(words_for.who_alone(part, words), most=60)),
            words_for.HEADS[part.metric],
            *(rates if wide else rates[1:]),
            words_for.change_text(part),
            p,
            *([part.beyond_margin or "–"] if has_margin else []),
        )
    title = "What has changed, the worst first" if shown else "The largest differences, none beyond chance"
    title += "; shares in points"
    rest = len(document.changes) - len(listed)
    return titled(Text(title), table, left_out=rest, file="compare.json")
