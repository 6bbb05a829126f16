"""Which rows a verdict stands on, in words."""

from __future__ import annotations

from collections.abc import Iterable

from fairaudit.documents.parts import AttributePart, AuditedOnPart
from fairaudit.errors import clipped
from fairaudit.settings.choices import AuditOn
from fairaudit.slices.grammar import EdgesFrom


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
        if part.reason.startswith("more people"):
            why = (
                "the models that scored them learnt from earlier rows only, and more people tell smaller gaps"
            )
            return f"The verdict stands on the {part.people:,} {people} out of fold: {why}."
        why = chosen or "each was scored by a model that never saw them, and more people tell smaller gaps"
        return f"The verdict stands on all {part.people:,} {people} out of fold: {why}."
    why = chosen or "the stored model never saw them"
    return f"The verdict stands on the {part.people:,} held-out {people}: {why}."


def others_alone(part: AuditedOnPart, people: str = "people") -> str:
    """Say what the predictions come to that the verdict does not stand on."""
    if part.other is AuditOn.FOLDS:
        return f"All {part.other_people:,} {people} out of fold: {part.other_verdict.value}."
    return f"The {part.other_people:,} held-out {people} alone: {part.other_verdict.value}."


ROWS = {AuditOn.FOLDS: "Out of fold", AuditOn.TEST: "Held out"}
"""What the predictions for the rows of a training are called."""
EDGES_FROM = {
    EdgesFrom.GIVEN: "as given",
    EdgesFrom.ROWS: "of the audited rows",
    EdgesFrom.TRAINING: "of the training rows",
    EdgesFrom.LOCK: "as kept in the file of slices",
}
"""Where the edges of ranges come from."""
_CUT = {
    EdgesFrom.ROWS: "are made of the audited rows",
    EdgesFrom.TRAINING: "are made of the training rows; values beyond these belong to the first and the last range",
    EdgesFrom.LOCK: "are kept in a file; values beyond these belong to the first and the last range",
}


def cuts_sentences(attributes: Iterable[AttributePart]) -> list[str]:
    """Say which rows the ranges of each column were made of, unless the user gave them."""
    origins = {column: origin for a in attributes for column, origin in a.edges_from.items()}
    return [
        f"The ranges of {clipped(column)} {_CUT[origin]}."
        for column, origin in origins.items()
        if origin is not EdgesFrom.GIVEN
    ]


def rows_head(part: AuditedOnPart) -> str:
    """Name the rows of the audit for the head of a column."""
    return ROWS[part.rows]


def rows_heads(part: AuditedOnPart, people: str = "people") -> tuple[str, str]:
    """Name the rows that the verdict stands on, which says so, and the others, for the heads of columns.

    Returns
    -------
    tuple
        For example ("Out of fold, 8,000 people (the verdict)", "Held out, 2,000 people").
    """
    return (
        f"{ROWS[part.rows]}, {part.people:,} {people} (the verdict)",
        f"{ROWS[part.other]}, {part.other_people:,} {people}",
    )
