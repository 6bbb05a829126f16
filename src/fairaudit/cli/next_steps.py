"""What to do next, as commands that can be pasted: they repeat what was typed, as far as the next command knows it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from fairaudit.settings.commands import options_of

if TYPE_CHECKING:
    from pathlib import Path

    from fairaudit.documents.answer import Answer

Steps = tuple[tuple[str, str], ...]
"""What a step is for, and what to type or open."""


def steps_of(answer: Answer, *, typed: Sequence[str], made_in: Path | None) -> Steps:
    """Return what comes after an audit.

    Parameters
    ----------
    typed
        What was typed after ``fairaudit``, the command first.
    made_in
        Where the predictions lie that the audit made itself; ``None`` where they were given.
    """
    from fairaudit.documents.answer import Step

    check = _as("check", typed, "--init") if made_in is None else ["check", "--init", "--out", str(made_in)]
    texts: Mapping[Step, tuple[str, Sequence[str]]] = {
        Step.SAY_EFFECT: ("say what decisions do", [*typed, "--effect", "hurts"]),
        Step.LOOK_TOGETHER: ("look at both together", [*typed, "--attribute", "*".join(answer.together)]),
        Step.HOLD_LIMIT: ("hold a limit", check),
    }
    return tuple(
        (texts[step][0], shlex.join(["fairaudit", *texts[step][1]])) for step in answer.steps if step in texts
    )


def _as(command: str, typed: Sequence[str], *more: str) -> list[str]:
    """Repeat what was typed for another command, without what that does not know."""
    known = {flag for setting in options_of(command).values() for flag in setting.flags}
    every = {flag: setting for setting in options_of(typed[0]).values() for flag in setting.flags}
    kept: list[str] = []
    words = iter(typed[1:])
    for word in words:
        flag, equals, _ = word.partition("=")
        setting = every.get(flag)
        value = [] if setting is None or equals or setting.holds is bool else [next(words, "")]
        if setting is None or flag in known:
            kept += [word, *value]
    return [command, *kept, *more]
