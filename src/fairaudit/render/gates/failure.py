"""One gate that did not pass, as the text of a test that fails: what it asks, then every group that is in the way, the worst first."""

from __future__ import annotations

from fairaudit.documents.gates import CheckDocument, GatePart
from fairaudit.documents.parts import Verdict
from fairaudit.errors import join_sentences, printable
from fairaudit.render.escape import without_commands
from fairaudit.render.words.gates import all_lacking, corrected_for, gate_texts, like_these

MOST_LINES = 10
"""Groups that are told about; the rest is counted."""


def failure(gate: GatePart, document: CheckDocument, *, way_out: str = "") -> str:
    """Say why a gate did not pass, or what it found where it did.

    Parameters
    ----------
    way_out
        What whoever reads it may do about a gate that the data leave open.
    """
    texts = gate_texts(gate, document)
    groups = [f"{verdict}: {sentences}" for verdict, sentences in all_lacking(gate, document)]
    lines = [f"{texts.head}.", *groups[:MOST_LINES]]
    if len(groups) > MOST_LINES:
        lines.append(like_these(len(groups) - MOST_LINES))
    lines += texts.remarks
    if gate.verdict is Verdict.UNDECIDED:
        lines.append(join_sentences("Undecided: the data leave open whether the limit is kept", way_out))
    if gate.family_size > 1 and gate.verdict is Verdict.FAIL:
        lines.append(corrected_for(gate))
    if texts.why:
        lines.append(f"Why it is demanded: {join_sentences(texts.why)}")
    if texts.step:
        lines.append(texts.step)
    # pytest prints it, and GitHub reads what pytest prints.
    return without_commands("\n".join(map(printable, lines)))


__all__ = ["failure"]
