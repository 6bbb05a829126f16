"""The answers to a policy on a terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fairaudit.documents.gates import CheckDocument, Outcome
from fairaudit.documents.parts import Verdict
from fairaudit.errors import join_sentences
from fairaudit.render.gates.words import (
    allowed_text,
    explained,
    family_sentence,
    headline,
    interval_text,
    undecided_sentence,
    value_text,
    waived,
    who_text,
    worst_first,
)
from fairaudit.render.terminal.tables import MOST_ROWS, NARROW, VERDICT_STYLES
from fairaudit.render.words.names import shown_name

MOST_LINES = 5
"""Lines of the answer, before the table."""
_STYLES = {
    Outcome.FAILED: "bold red",
    Outcome.UNDECIDED: "yellow",
    Outcome.WARNED: "yellow",
    Outcome.PASSED: "green",
}


def terminal(document: CheckDocument, *, width: int) -> RenderableType:
    """Show the answer in words, the worst first, then a table."""
    failed = document.verdict is Verdict.FAIL
    style = "bold red" if failed else "bold yellow" if document.verdict is Verdict.UNDECIDED else "bold green"
    parts: list[RenderableType] = [Text(f"{headline(document)}.", style)]
    lacking = [gate for gate in worst_first(document) if gate.outcome is not Outcome.PASSED]
    shown = lacking if len(lacking) < MOST_LINES else lacking[: MOST_LINES - 2]
    for gate in shown:
        line = Text(f"{gate.outcome}: ", _STYLES[gate.outcome])
        why = f" Why this gate: {shown_name(gate.reason, most=200)}." if gate.reason else ""
        parts.append(
            line.append(f"{shown_name(gate.name)}: {explained(gate)}.{waived(gate)}{why}", "default not bold")
        )
    if len(shown) < len(lacking):
        parts.append(
            Text(f"… and {len(lacking) - len(shown):,} more gates did not pass; all are in check.json.")
        )
    parts += [
        Text(f"passed: {shown_name(gate.name)}:{waived(gate)}", "yellow")
        for gate in document.gates
        if gate.outcome is Outcome.PASSED and waived(gate)
    ]
    parts += [Text(""), *_tables(document, width), *_legend(document)]
    return Group(*parts)


# The table.


def _tables(document: CheckDocument, width: int) -> list[RenderableType]:
    """Show what was found in each group, gate by gate, as far as there is room; groups that pass are counted only."""
    table = Table(box=None, padding=(0, 1), pad_edge=True, title_justify="left")
    table.add_column("gate", overflow="fold", min_width=12, max_width=40)
    table.add_column("result")
    table.add_column("group", overflow="fold", min_width=10, max_width=36)
    table.add_column("value", justify="right")
    if width >= NARROW:
        table.add_column("interval", justify="right")
        table.add_column("allowed", justify="right")
    rows = 0
    left_out = 0
    for gate in worst_first(document):
        lacking = [f for f in gate.findings if f.verdict is not Verdict.PASS]
        for at, finding in enumerate(lacking or gate.findings[:1]):
            if rows >= MOST_ROWS:
                left_out += 1
                continue
            rows += 1
            more = [interval_text(gate, finding), allowed_text(gate)] if width >= NARROW else []
            table.add_row(
                Text(shown_name(gate.name) if at == 0 else ""),
                Text(finding.verdict.value, VERDICT_STYLES[finding.verdict]),
                Text(who_text(gate, finding)),
                Text(value_text(gate, finding), "dim" if finding.small else ""),
                *map(Text, more),
            )
        passing = [f for f in gate.findings if f.verdict is Verdict.PASS][0 if lacking else 1 :]
        if passing and rows < MOST_ROWS:
            few = sum(f.small for f in passing)
            small = f" ({few:,} with few people)" if few else ""
            table.add_row("", Text("pass", "green"), Text(f"{len(passing):,} more{small}", "dim"), "")
        if not gate.findings:
            table.add_row(Text(shown_name(gate.name)), Text("undecided", "yellow"), Text(gate.note or ""))
    rest = [Text(f" {left_out:,} more in check.json", "dim")] if left_out else []
    return [table, *rest]


def _legend(document: CheckDocument) -> list[RenderableType]:
    source = document.input
    dropped = sum(source.dropped.values())
    reasons = "; ".join(f"{n:,} {shown_name(reason, most=80)}" for reason, n in source.dropped.items() if n)
    decision = document.settings.decision
    sentences = [family_sentence(document), undecided_sentence(document)]
    sentences.append(
        f"{source.rows:,} rows read, " + (f"{dropped:,} dropped ({reasons})" if dropped else "none dropped")
    )
    if decision:
        sentences.append(f"Decision: {shown_name(decision.sentence, most=120)}")
    return [Text(""), Text(join_sentences(*sentences), "dim")]
