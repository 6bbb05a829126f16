"""Which rows a verdict stands on, in words."""

from __future__ import annotations

from fairaudit.documents.parts import AuditedOnPart
from fairaudit.settings.choices import AuditOn


def stands_on_text(part: AuditedOnPart, people: str = "people") -> str:
    """Say which predictions the verdict stands on, and why, and what the others come to; two sentences.

    Returns
    -------
    str
        For example "The verdict stands on all 8,000 people out of fold: each was scored by a model that never saw them, and more people tell
        smaller gaps. The 2,000 held-out people alone: fail."
    """
    return f"{stands_on(part, people)} {others_alone(part, people)}"


def stands_on(part: AuditedOnPart, people: str = "people") -> str:
    """Say which predictions the verdict stands on, and why, in one sentence."""
    chosen = "as chosen" if part.reason == "as chosen" else ""
    if part.rows is AuditOn.FOLDS:
        why = chosen or "each was scored by a model that never saw them, and more people tell smaller gaps"
        return f"The verdict stands on all {part.people:,} {people} out of fold: {why}."
    why = chosen or "the stored model never saw them"
    return f"The verdict stands on the {part.people:,} held-out {people}: {why}."


def others_alone(part: AuditedOnPart, people: str = "people") -> str:
    """Say what the predictions come to that the verdict does not stand on."""
    if part.other is AuditOn.FOLDS:
        return f"All {part.other_people:,} {people} out of fold: {part.other_verdict.value}."
    return f"The {part.other_people:,} held-out {people} alone: {part.other_verdict.value}."


def rows_head(part: AuditedOnPart) -> str:
    """Name the rows of the audit for the head of a column."""
    return "Out of fold" if part.rows is AuditOn.FOLDS else "Held out"
