"""A sentence about what may stand behind a gap."""

from __future__ import annotations

from fairaudit.documents.answer import Behind
from fairaudit.errors import clipped
from fairaudit.render.words.people import Words, group_text
from fairaudit.render.words.shares import predicate_text
from fairaudit.render.words.values import times
from fairaudit.settings.limits import interval_text, number_text
from fairaudit.slices.grammar import EVERYBODY_ELSE


def behind_text(behind: Behind, words: Words) -> str:
    """Say what may stand behind a gap.

    Returns
    -------
    str
        For example "department: within it, women are selected 1.07 times as often as men"; or "department?" where nobody is grouped by that. A
        paradox is called by its name, beside the odds ratio of the group that is told about, which may be the one that others were compared with.
    """
    other = clipped(behind.other)
    if behind.times is None:
        return f"{other}? Compare within it, as groups may differ in that"
    group = group_text(behind.attribute, behind.group, words)
    verb = predicate_text(behind.metric, words)
    beside = (
        "others"
        if behind.reference == EVERYBODY_ELSE
        else group_text(behind.attribute, behind.reference, words, after=behind.group)
    )
    return f"{other}: within it, {group} {verb} {times(behind.times)} times as often as {beside}{_paradox(behind)}"


def _paradox(behind: Behind) -> str:
    part = behind.strata
    if part is None or part.odds_ratio_mh is None:
        return ""
    ratio, ci = part.odds_ratio_mh, part.odds_ratio_mh_ci
    if part.group != behind.group and ratio:
        ratio, ci = 1 / ratio, ci and (1 / ci[1], 1 / ci[0])
    interval = f", {interval_text(ci, decimals=3)}" if ci else ""
    return f" (Simpson's paradox; odds ratio {number_text(ratio, 3)}{interval})"
