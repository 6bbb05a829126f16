"""The answers to a policy as Markdown, for a pull request or the summary of a job."""

from __future__ import annotations

from fairaudit.documents.gates import CheckDocument, GatePart, Outcome
from fairaudit.documents.ranking import WORST_FIRST
from fairaudit.errors import clipped, join_sentences, printable
from fairaudit.render.escape import cell
from fairaudit.render.gates.words import (
    allowed_text,
    explained,
    family_sentence,
    headline,
    undecided_sentence,
    value_text,
    who_text,
    worst_first,
)

MOST_MARKDOWN_ROWS = 200
"""A job summary holds a megabyte; the document holds all."""
_MARKS = {Outcome.FAILED: "❌", Outcome.UNDECIDED: "❔", Outcome.WARNED: "⚠️", Outcome.PASSED: "✅"}


def markdown(document: CheckDocument) -> str:
    """Write the answer for a pull request or a job summary."""
    lines = [f"## Fairness gates: {_escaped(headline(document))}", ""]
    lacking = [gate for gate in worst_first(document) if gate.outcome is not Outcome.PASSED]
    for gate in lacking[:MOST_MARKDOWN_ROWS]:
        why = f" *{_escaped(clipped(gate.reason, most=500))}*" if gate.reason else ""
        lines.append(
            f"- {_MARKS[gate.outcome]} **{gate.outcome}**: {_escaped(gate.name)}: {_escaped(explained(gate))}.{why}"
        )
    if lines[-1]:
        lines.append("")
    lines += ["| gate | result | groups | worst | allowed |", "|---|---|---|---|---|"]
    for gate in worst_first(document)[:MOST_MARKDOWN_ROWS]:
        worst = gate.findings[0] if gate.findings else None
        cells = (
            gate.name,
            f"{_MARKS[gate.outcome]} {gate.outcome}",
            _tally(gate),
            f"{who_text(gate, worst)} {value_text(gate, worst)}" if worst else "–",
            allowed_text(gate),
        )
        lines.append(f"| {' | '.join(_escaped(text) for text in cells)} |")
    if len(document.gates) > MOST_MARKDOWN_ROWS:
        lines += ["", f"{len(document.gates) - MOST_MARKDOWN_ROWS:,} more gates are in check.json."]
    undecided = undecided_sentence(document)
    notes = [family_sentence(document), *([undecided] if undecided else [])]
    source = document.input
    lines += ["", _escaped(join_sentences(*notes)), ""]
    lines.append(
        _escaped(
            f"{clipped(source.name, most=80)}: {source.rows:,} rows read, {source.used:,} used. {document.command}."
        )
    )
    return "\n".join(lines) + "\n"


def _tally(gate: GatePart) -> str:
    counts = [(verdict, sum(f.verdict is verdict for f in gate.findings)) for verdict in WORST_FIRST]
    return ", ".join(f"{number:,} {verdict}" for verdict, number in counts if number) or "none"


def _escaped(text: str) -> str:
    return cell(printable(text), most=None)
