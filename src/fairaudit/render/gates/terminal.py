"""The answers to a policy on a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from fairaudit.documents.gates import CheckDocument, GatePart, Limit, Outcome
from fairaudit.documents.parts import Verdict
from fairaudit.documents.shortfalls import Shortfall, shortfalls
from fairaudit.errors import join_sentences, printable
from fairaudit.render.terminal.tables import NARROW, VERDICT_STYLES, name_column, new_table
from fairaudit.render.words.demands import allowed_text
from fairaudit.render.words.evidence import TESTS, p_value_text
from fairaudit.render.words.gates import (
    GateTexts,
    family_sentence,
    gate_texts,
    headline,
    read_sentence,
    row_texts,
    title,
    undecided_sentence,
    worst_first,
)
from fairaudit.render.words.names import shown_name
from fairaudit.render.words.people import words_of
from fairaudit.render.words.values import decided_text
from fairaudit.render.words.waivers import baseline_sentence
from fairaudit.settings.choices import TOO_FEW

MOST_TOLD = 3
"""Gates that are told in full; of the others that did not pass, the answer in short and what comes next."""
_STYLES = {
    Outcome.FAILED: "bold red",
    Outcome.UNDECIDED: "yellow",
    Outcome.WARNED: "yellow",
    Outcome.WAIVED: "yellow",
    Outcome.PASSED: "green",
}


def terminal(document: CheckDocument, *, width: int, verbose: bool = False) -> RenderableType:
    """Show the answer in words, the worst first, then a table; with `verbose` also the p-values, by their tests."""
    failed = document.verdict is Verdict.FAIL
    style = "bold red" if failed else "bold yellow" if document.verdict is Verdict.UNDECIDED else "bold green"
    parts: list[RenderableType] = [Text(f"{printable(headline(document))}.", style)]
    lacking = [gate for gate in worst_first(document) if gate.outcome is not Outcome.PASSED]
    for place, gate in enumerate(lacking):
        texts = gate_texts(gate, document)
        parts += ["", *_gate(gate, texts, in_full=place < MOST_TOLD)]
    parts += ["", *_tables(document, width), *(_p_values(document) if verbose else ()), *_legend(document)]
    return Group(*parts)


def _line(gate: GatePart, texts: GateTexts) -> Text:
    """Show the answer to a gate in a line."""
    head = Text(f"{texts.outcome} ", _STYLES[gate.outcome])
    return head.append(f'"{printable(texts.title)}": {printable(texts.short)}.', "default not bold")


def _gate(gate: GatePart, texts: GateTexts, *, in_full: bool) -> Iterable[RenderableType]:
    """Show what was found of a gate, and what comes next."""
    yield _line(gate, texts)
    lines = [*(texts.sentences if in_full else []), *texts.remarks]
    if texts.why:
        lines.append(f"Why this gate: {texts.why.rstrip('.')}.")
    if lines:
        yield Padding(Text(printable(" ".join(lines))), (0, 0, 0, 2))
    if texts.step:
        yield Padding(Text(texts.step, "dim"), (0, 0, 0, 2))


# The table.


def _tables(document: CheckDocument, width: int) -> Iterable[RenderableType]:
    """Show what was found in each group of gates that did not pass; of the others a line."""
    words, effect = words_of(document.settings), document.settings.effect
    for gate in worst_first(document):
        name = printable(title(gate, words, effect))
        if gate.outcome is Outcome.PASSED:
            passed = gate_texts(gate, document)
            yield _line(gate, passed)
            if gate.waivers or gate.too_few:
                yield Padding(Text(printable(" ".join(passed.remarks))), (0, 0, 0, 2))
            continue
        yield Text.assemble((name, "bold"), (f"  allowed {allowed_text(gate)}", "dim"))
        every = shortfalls(gate, effect)
        table = _table(wide=width >= NARROW, against=gate.limit is not Limit.LEVEL)
        for one in every:
            if one.verdict is Verdict.PASS:
                continue
            for own, other, size, interval in row_texts(gate, one, words):
                texts = [own, *([other, size] if gate.limit is not Limit.LEVEL else []), interval]
                shown = texts if width >= NARROW else texts[:3]
                table.add_row(_verdict(one), *(Text(printable(text)) for text in shown))
        passing = sum(len(one.beside) for one in every if one.verdict is Verdict.PASS)
        if passing:
            table.add_row(Text("pass", "green"), Text(f"{passing:,} more", "dim"))
        if gate.too_few:
            table.add_row(Text(TOO_FEW, "dim"), Text(f"{len(gate.too_few):,} not judged", "dim"))
        if not gate.findings:
            table.add_row(Text("undecided", "yellow"), Text(printable(gate.note or "")))
        yield Padding(table, (0, 0, 0, 1))


def _table(*, wide: bool, against: bool) -> Table:
    table = new_table()
    table.add_column("result", no_wrap=True)
    table.add_column("group", overflow="fold")
    if against:
        table.add_column("against", overflow="fold")
        table.add_column("apart", justify="right", no_wrap=True)
    if wide or not against:
        table.add_column("interval", justify="right", no_wrap=True)
    return table


def _verdict(one: Shortfall) -> Text:
    if one.waived:
        return Text(Outcome.WAIVED.value, _STYLES[Outcome.WAIVED])
    return Text(one.verdict.value, VERDICT_STYLES[one.verdict])


def _p_values(document: CheckDocument) -> Iterable[RenderableType]:
    """Lay out the p-values of all findings of each gate that has some."""
    words, effect = words_of(document.settings), document.settings.effect
    for gate in worst_first(document):
        known = [finding for finding in gate.findings if finding.p_alone is not None]
        if not known:
            continue
        yield Text(f"{printable(title(gate, words, effect))}: p-values of what is allowed", "bold")
        table = new_table()
        name_column(table, "group", (finding.group for finding in known))
        for head in ("p", "corrected (Holm)", "test"):
            table.add_column(head, justify="left" if head == "test" else "right")
        for finding in known:
            table.add_row(
                Text(shown_name(finding.group)),
                *("–" if p is None else p_value_text(p) for p in (finding.p_alone, finding.p_fail)),
                TESTS[finding.limit_test] if finding.limit_test else "–",
            )
        yield table


def _legend(document: CheckDocument) -> list[RenderableType]:
    decision = document.settings.decision
    texts = [
        family_sentence(document),
        undecided_sentence(document),
        read_sentence(document, words_of(document.settings)),
        baseline_sentence(document, words_of(document.settings)),
    ]
    if decision:
        texts.append(f"Decision: {shown_name(decided_text(decision), most=120)}")
    return [Text(""), Text(join_sentences(*texts), "dim")]
