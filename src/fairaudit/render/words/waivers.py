"""Waivers of a policy in sentences, and what a gate on change is called."""

from __future__ import annotations

from collections.abc import Sequence

from fairaudit.documents.gates import CheckDocument, GatePart, WaiverPart
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.words.names import capital, shown_name
from fairaudit.render.words.people import Words, group_text, words_of

MOST_WHY = 300
BEFORE = "baseline"
"""What a group of the baseline is called beside itself."""


def waiver_text(waiver: WaiverPart, words: Words) -> str:
    """Say whom a policy waives until when, or that the waiver has run out, and why it was given.

    >>> import datetime as dt
    >>> waiver = WaiverPart(attribute="sex", group="Female", until=dt.date(2027, 3, 1), why="a new model comes", holds=True)
    >>> waiver_text(waiver, Words())
    'Women are waived until 2027-03-01: a new model comes.'
    >>> waiver_text(waiver.model_copy(update={"holds": False}), Words())
    'The waiver of women has run out on 2027-03-01; it said: a new model comes.'
    """
    who = group_text(waiver.attribute, waiver.group, words)
    why = shown_name(waiver.why, most=MOST_WHY).rstrip(".")
    if waiver.holds:
        return f"{capital(who)} are waived until {waiver.until.isoformat()}: {why}."
    return f"The waiver of {who} has run out on {waiver.until.isoformat()}; it said: {why}."


def waiver_texts(gate: GatePart, document: CheckDocument) -> Sequence[str]:
    """Say of each waiver of a gate what it is about."""
    words = words_of(document.settings)
    return [waiver_text(waiver, words) for waiver in gate.waivers]


def change_question(gate: GatePart) -> str:
    """Say what a gate on change asks.

    For example "Has the accuracy of every group kept to that of the baseline?".
    """
    return f"Has the {BY_NAME[gate.metric].long_name} of every group kept to that of the baseline?"


__all__ = ["BEFORE", "change_question", "waiver_text", "waiver_texts"]
