"""One gate that did not pass, as the text of a test that fails: what was demanded, then every group that is in the way, the worst first."""

from __future__ import annotations

from fairaudit.documents.gates import GatePart, Outcome
from fairaudit.documents.parts import Verdict
from fairaudit.errors import join_sentences, printable
from fairaudit.render.escape import without_commands
from fairaudit.render.gates.words import finding_sentence
from fairaudit.render.words.names import capital, shown_name
from fairaudit.render.words.values import people_counted

MOST_LINES = 10
"""Groups that are named; the rest is counted."""
WORDS = {
    Outcome.FAILED: "failed",
    Outcome.UNDECIDED: "could not be decided",
    Outcome.WARNED: "could not be decided, of which the policy only warns",
    Outcome.PASSED: "passed",
}


def failure(gate: GatePart, *, way_out: str = "") -> str:
    """Say why a gate did not pass, or what it found where it did.

    Parameters
    ----------
    way_out
        What whoever reads it may do about a gate that the data leave open.
    """
    lacking = [f for f in gate.findings if f.verdict is not Verdict.PASS] or gate.findings[:1]
    undecided = gate.verdict is Verdict.UNDECIDED
    lines = [f"{shown_name(gate.name, most=200)}: {_said(gate)}."]
    lines += [
        join_sentences(f"{finding.verdict}: {finding_sentence(gate, finding)} ({people_counted(finding.n)})")
        for finding in lacking[:MOST_LINES]
    ]
    if len(lacking) > MOST_LINES:
        lines.append(f"{len(lacking) - MOST_LINES:,} more groups are like these.")
    if gate.note:
        lines.append(join_sentences(capital(gate.note)))
    if undecided:
        lines.append(join_sentences("Undecided: the data leave open whether the limit is kept", way_out))
    if gate.family_size > 1 and gate.verdict is Verdict.FAIL:
        lines.append(
            f"{gate.family_size:,} comparisons were made; a fail holds after correcting for all of them."
        )
    if gate.reason:
        lines.append(f"Why it is demanded: {join_sentences(printable(gate.reason))}")
    # pytest prints it, and GitHub reads what pytest prints.
    return without_commands("\n".join(lines))


def _said(gate: GatePart) -> str:
    """Say what became of it; one that fails for want of evidence says so."""
    if gate.outcome is Outcome.FAILED and gate.verdict is Verdict.UNDECIDED:
        return "could not be decided, which is to fail"
    return WORDS[gate.outcome]


__all__ = ["failure"]
