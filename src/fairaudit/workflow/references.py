"""Whom groups are compared with, as far as it is about what is audited now: one configuration file serves every command."""

from __future__ import annotations

from collections.abc import Sequence

from fairaudit.disparity.references import find_references, known_words, spelled_out
from fairaudit.errors import FairauditError
from fairaudit.metrics.kinds import Measured
from fairaudit.read.checked_rows import Checked
from fairaudit.read.notes import Note
from fairaudit.settings.choices import split_words
from fairaudit.slices.grammar import parse_attributes
from fairaudit.spelling import setting
from fairaudit.texts import composed
from fairaudit.workflow.locked import locked_references


def settled(
    wanted: Sequence[str], measured: Measured, checked: Checked
) -> tuple[tuple[str, ...], tuple[Note, ...]]:
    """Say of every attribute whom its groups are compared with; what is about none of them is passed over, with a note.

    Raises
    ------
    FairauditError
        If a reference is about no column, or is no group.
    """
    here, notes = references_here(wanted, measured, checked)
    return spelled_out(here, find_references(measured, here)), notes


def references_here(
    wanted: Sequence[str], measured: Measured, checked: Checked
) -> tuple[tuple[str, ...], tuple[Note, ...]]:
    """Pass over references of attributes that the input has, or that have a name, and that are not audited now.

    Returns
    -------
    tuple
        The others, with a note on each one that is passed over. What is about no column is among the others, and is refused later.
    """
    wanted = locked_references(wanted, checked)
    words = split_words(wanted, known=known_words(measured))
    elsewhere = {
        word: attribute for word in words if (attribute := _attribute_elsewhere(word, measured, checked))
    }
    if not elsewhere:
        return tuple(wanted), ()
    notes = tuple(
        Note(sentence=f"reference group {word}: passed over, as {attribute} is not audited here")
        for word, attribute in elsewhere.items()
    )
    return tuple(word for word in words if word not in elsewhere), notes


def _attribute_elsewhere(word: str, measured: Measured, checked: Checked) -> str:
    """Return the attribute that a reference is of, if the input has it and it is not audited; else an empty text."""
    if word in known_words(measured) or "=" not in word:
        return ""
    if any(composed(word).startswith(f"{composed(attribute)}=") for attribute in measured.attributes):
        return ""
    # A column's name may hold an equals sign.
    starts = [place for place, letter in enumerate(word) if letter == "="]
    for place in reversed(starts):
        try:
            (attribute,) = parse_attributes(
                [word[:place]],
                columns=(*checked.source.columns, *checked.nameable),
                file=checked.source.name,
                option=setting("ref_group"),
                overlapping=True,
            )
        except (FairauditError, ValueError):
            continue
        return attribute.name
    return ""
