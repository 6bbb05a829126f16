"""The answers to a policy as Markdown, for a pull request or the summary of a job."""

from __future__ import annotations

from fairaudit.documents.gates import CheckDocument, GatePart, Outcome
from fairaudit.documents.parts import Verdict
from fairaudit.documents.ranking import WORST_FIRST
from fairaudit.errors import clipped, join_sentences, printable
from fairaudit.render.escape import cell
from fairaudit.render.words.demands import allowed_text
from fairaudit.render.words.gates import (
    family_sentence,
    gate_texts,
    headline,
    read_sentence,
    too_few_text,
    undecided_sentence,
    worst_first,
)
from fairaudit.render.words.people import words_of
from fairaudit.render.words.waivers import baseline_sentence, waiver_texts
from fairaudit.settings.choices import TOO_FEW

MOST_MARKDOWN_ROWS = 200
"""A job summary holds a megabyte; the document holds all."""
_MARKS = {
    Outcome.FAILED: "❌",
    Outcome.UNDECIDED: "❔",
    Outcome.WARNED: "⚠️",
    Outcome.WAIVED: "⚠️",
    Outcome.PASSED: "✅",
}


def markdown(document: CheckDocument) -> str:
    """Write the answer for a pull request or a job summary."""
    lines = [f"## Fairness gates: {_escaped(headline(document))}", ""]
    lacking = [gate for gate in worst_first(document) if gate.outcome is not Outcome.PASSED]
    for gate in lacking[:MOST_MARKDOWN_ROWS]:
        texts = gate_texts(gate, document)
        why = f" *{_escaped(texts.why)}*" if texts.why else ""
        sentences = " ".join([f"{texts.short}.", *texts.sentences, *texts.remarks])
        step = f" {_escaped(texts.step)}" if texts.step else ""
        lines.append(
            f'- {_MARKS[gate.outcome]} **{texts.outcome} "{_escaped(texts.title)}"**: {_escaped(sentences)}{why}{step}'
        )
    if lines[-1]:
        lines.append("")
    lines += ["| gate | result | groups | worst | allowed |", "|---|---|---|---|---|"]
    for gate in worst_first(document)[:MOST_MARKDOWN_ROWS]:
        texts = gate_texts(gate, document)
        cells = (
            texts.title,
            f"{_MARKS[gate.outcome]} {gate.outcome}",
            _tally(gate),
            texts.short if gate.findings else "–",
            allowed_text(gate),
        )
        lines.append(f"| {' | '.join(_escaped(text) for text in cells)} |")
    if len(document.gates) > MOST_MARKDOWN_ROWS:
        lines += ["", f"{len(document.gates) - MOST_MARKDOWN_ROWS:,} more gates are in check.json."]
    waived = [text for gate in document.gates for text in waiver_texts(gate, document)]
    if waived:
        lines += ["", "Waivers of the policy:", "", *(f"- {_escaped(text)}" for text in waived)]
    words = words_of(document.settings)
    few = [
        f"{gate_texts(gate, document).title}: {too_few_text(gate, words)}"
        for gate in document.gates
        if gate.too_few
    ]
    if few:
        lines += ["", "Not judged:", "", *(f"- {_escaped(text)}" for text in few[:MOST_MARKDOWN_ROWS])]
    undecided = undecided_sentence(document)
    notes = [family_sentence(document), *([undecided] if undecided else [])]
    lines += ["", _escaped(join_sentences(*notes)), ""]
    lines.append(
        _escaped(
            f"{clipped(document.input.name, most=80)}: {read_sentence(document, words_of(document.settings))}. {document.command}."
        )
    )
    if baseline := baseline_sentence(document, words_of(document.settings)):
        lines.append(_escaped(f"{baseline}."))
    return "\n".join(lines) + "\n"


def _tally(gate: GatePart) -> str:
    waived = [f.waived and f.verdict is not Verdict.PASS for f in gate.findings]
    judged = [f.verdict for f, is_waived in zip(gate.findings, waived, strict=True) if not is_waived]
    counts = [
        *((verdict.value, judged.count(verdict)) for verdict in WORST_FIRST),
        ("waived", sum(waived)),
        (TOO_FEW, len(gate.too_few)),
    ]
    return ", ".join(f"{number:,} {name}" for name, number in counts if number) or "none"


def _escaped(text: str) -> str:
    return cell(printable(text), most=None)
