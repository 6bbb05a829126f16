"""Next steps in words, with the command where one can be known."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from fairaudit.documents.answer import Step
from fairaudit.documents.audit import BiasDocument
from fairaudit.documents.steps import NextStep, audit_command, check_command
from fairaudit.errors import written
from fairaudit.render.words.people import Words, attribute_text
from fairaudit.settings.choices import Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTexts:
    """A step in words, without a full stop, and the commands that take it; none where it takes more than a command."""

    text: str
    commands: tuple[str, ...] = ()


def step_told(step: NextStep, bias: BiasDocument, words: Words) -> StepTexts:
    """Say a step.

    Returns
    -------
    Told
        For example "look at race and age_cat together" with ``fairaudit audit compas.csv -a race -a 'race*age_cat'``.
    """
    first, *others = step.attributes or ("",)
    typed: tuple[str, ...] | None
    match step.step:
        case Step.SAY_EFFECT:
            both = (_pasted(bias, "--effect", effect.value) for effect in (Effect.HURTS, Effect.HELPS))
            commands = tuple(command for command in both if command)
        case Step.LOOK_TOGETHER:
            commands = _known(_pasted(bias, attributes=(*_names(bias), "*".join(step.attributes))))
        case Step.LOOK_WITHIN:
            commands = _known(_pasted(bias, "--by", others[0], attributes=(first,)))
        case Step.HOLD_LIMIT:
            typed = check_command(bias) or ("check", "--init")
            commands = (shlex.join(["fairaudit", *typed]),)
        case Step.EXPLAIN:
            commands = (f"fairaudit explain {step.code.value}",)
        case Step.GIVE_THRESHOLD:
            commands = _known(_pasted(bias, "--threshold", threshold_of(bias)))
        case Step.THRESHOLDS | Step.MORE_PEOPLE:
            commands = ()
    return StepTexts(text=step_text(step, words, threshold=threshold_of(bias)), commands=commands)


def threshold_of(bias: BiasDocument) -> str:
    """Write the threshold that decides; empty where none does."""
    decision = bias.settings.decision
    return "" if decision is None or decision.threshold is None else written(decision.threshold)


def step_text(step: NextStep, words: Words, *, threshold: str = "") -> str:
    """Say what a step does for those who take it, without a full stop; `threshold` is the one that was assumed."""
    both = [attribute_text(attribute, words) for attribute in step.attributes]
    match step.step:
        case Step.SAY_EFFECT:
            return "say whether decisions hurt or help"
        case Step.GIVE_THRESHOLD:
            return (
                f"audit again with the threshold you really use ({threshold or 'this one'} is only assumed)"
            )
        case Step.LOOK_TOGETHER:
            return f"see which combinations of {' and '.join(both)} are hit most"
        case Step.LOOK_WITHIN:
            return f"see whether the gap between groups of {both[0]} remains within each {both[1]}"
        case Step.THRESHOLDS:
            return "try other thresholds by the slider of the report"
        case Step.MORE_PEOPLE if step.needed_in_all is not None:
            return f"collect more {words.people}, about {step.needed_in_all:,} in all"
        case Step.MORE_PEOPLE:
            return f"collect more {words.people} of this group"
        case Step.HOLD_LIMIT:
            return "make this a test that fails your build when a gap is too wide"
        case Step.EXPLAIN:
            return "read about causes and remedies"


AS_FOR = "as for {}."
"""The step of a finding that an earlier one has, of which the number stands here."""
THRESHOLDS_HERE = "Try other thresholds on this page"
"""The step `Step.THRESHOLDS` where the page itself has them."""


def _names(bias: BiasDocument) -> list[str]:
    return [a.name for a in bias.settings.attributes]


def _known(command: str) -> tuple[str, ...]:
    return (command,) if command else ()


def _pasted(bias: BiasDocument, *more: str, attributes: tuple[str, ...] | None = None) -> str:
    """Write the command that makes the audit anew, with more words; empty where it cannot be known."""
    typed = audit_command(bias, attributes=attributes)
    return "" if typed is None else shlex.join(["fairaudit", *typed, *more])
