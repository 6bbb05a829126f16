"""Waivers of a policy in sentences, and what gates on change ask and compare with."""

from __future__ import annotations

from collections.abc import Sequence

from fairaudit.documents.gates import CheckDocument, GatePart, WaiverPart
from fairaudit.metrics.table import OF_GATES
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
        are = "is" if not waiver.attribute and not waiver.group else "are"
        return f"{capital(who)} {are} waived until {waiver.until.isoformat()}: {why}."
    return f"The waiver of {who} has run out on {waiver.until.isoformat()}; it said: {why}."


def waiver_texts(gate: GatePart, document: CheckDocument) -> Sequence[str]:
    """Say of each waiver of a gate what it is about."""
    words = words_of(document.settings)
    return [waiver_text(waiver, words) for waiver in gate.waivers]


def baseline_sentence(document: CheckDocument, words: Words) -> str:
    """Say what gates on change compared with, without a full stop; empty where there are none."""
    baseline = document.baseline
    if baseline is None:
        return ""
    name = f"Baseline: {shown_name(baseline.input.name, most=80)}, {baseline.input.used:,} rows"
    matched = baseline.matched
    if baseline.from_document:
        return f"{name}, by the counts of its results, as different {words.people}"
    if matched is None:
        return f"{name}, as different {words.people}"
    column = shown_name(matched.column, most=80)
    if not matched.both:
        return f"{name}; no value of {column} stands in both, so that all are different {words.people}"
    alone = matched.base_only + matched.new_only
    return f"{name}; {matched.both:,} {words.people} stand in both by {column}, {alone:,} in one only"


def change_question(gate: GatePart) -> str:
    """Say what a gate on change asks.

    For example "Has the accuracy of every group kept to that of the baseline?".
    """
    of = " of every group" if gate.attributes else ""
    return f"Has the {OF_GATES[gate.metric].long_name}{of} kept to that of the baseline?"


__all__ = ["BEFORE", "baseline_sentence", "change_question", "waiver_text", "waiver_texts"]
