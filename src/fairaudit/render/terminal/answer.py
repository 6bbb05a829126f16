"""The answer of an audit on a terminal: who is worse off, by how much, how sure that is, and what comes next."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from fairaudit.documents.answer import answer_of
from fairaudit.documents.audit import BiasDocument
from fairaudit.documents.grouped import GroupDocument
from fairaudit.documents.parts import Verdict
from fairaudit.errors import printable
from fairaudit.render.terminal.fitting import FittingTable
from fairaudit.render.terminal.tables import VERDICT_STYLES, dim_note
from fairaudit.render.words.answer import SAY_EFFECT, Claim, chance_text, claim, headline, other_side_text
from fairaudit.render.words.findings import DECIDED_BY_POINT
from fairaudit.render.words.people import words_of
from fairaudit.render.words.rest import beyond_chance, brief_rows, meaning_text, shown_verdict
from fairaudit.settings.choices import Decide


def answer(
    bias: BiasDocument,
    groups: GroupDocument | None,
    more: Sequence[tuple[str, str]] = (),
    *,
    verbose: bool = False,
) -> RenderableType:
    """Show the answer in about twenty lines of 80 columns.

    Parameters
    ----------
    groups
        What is known of every group, for the other side of a finding; ``None`` where only ratios are.
    more
        Further rows of a head and a text.
    verbose
        Say as well what is less sure of a gap, and why errors cannot all be equal.
    """
    result, words = answer_of(bias, groups), words_of(bias.settings, (d.group for d in bias.disparities))
    word, sentence = headline(result, words)
    style = VERDICT_STYLES[shown_verdict(result)]
    # Decisions that are the same for everybody tell nothing of groups, whatever follows from their labels.
    differ = result.selects is None
    leading = result.foremost if result.leading else ()
    offer = "" if result.gap is None else f" {SAY_EFFECT}"
    meaning = printable(f" {text}") if (text := meaning_text(result, bias, words)) else ""
    first = Text.assemble((f"{word}: ", style), (printable(sentence), "bold"), meaning, offer)
    # Lines are scarce: claims have numbers, so that none stands between them and the first line.
    parts: list[RenderableType] = [first]
    if leading:
        parts += [_claim(number, claim(f, words=words)) for number, f in enumerate(leading, start=1)]
    if leading and bias.settings.decide is Decide.INTERVAL:
        sure = beyond_chance(result, bias, words)
        parts.append(Text(printable(" ".join(sure if verbose else sure[:1]))))
    elif leading:
        parts.append(dim_note(DECIDED_BY_POINT))
    elif differ and result.open and result.verdict is Verdict.UNDECIDED:
        farthest = result.open[0]
        parts += [
            _claim(1, claim(farthest, words=words)),
            Text(chance_text(farthest, bias.people, words)),
        ]
    elif differ and result.passing:
        parts += [_claim(1, claim(result.passing[0], words=words))]
    if result.other_side is not None:
        text = other_side_text(result.other_side, words, brief=not verbose)
        parts += [Text(f"The other side: {printable(text)}")]
    parts += ["", _rest([*brief_rows(result, bias, words), *more])]
    return Group(*parts)


def _claim(number: int, texts_told: Claim) -> RenderableType:
    table = FittingTable.grid(padding=(0, 2))
    counts = texts_told.counts.removesuffix(".")
    behind = (f"{counts}." if counts else "", texts_told.errors, texts_told.others)
    text = " ".join(text for text in (texts_told.sentence, *behind) if text)
    table.add_row(str(number), Text(printable(text)))
    return table


def _rest(rows: Sequence[tuple[str, str]]) -> RenderableType:
    table = FittingTable.grid(padding=(0, 2))
    table.add_column(style="bold")
    table.add_column()
    for head, text in rows:
        table.add_row(head, Text(printable(text)))
    return table
