"""Next steps in words, with the command where one can be known."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from fairaudit.documents.answer import Step
from fairaudit.documents.audit import BiasDocument
from fairaudit.documents.steps import NextStep, audit_command, check_command
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
    both = [attribute_text(attribute, words) for attribute in step.attributes]
    match step.step:
        case Step.SAY_EFFECT:
            return StepTexts(
                text="say who is worse off, by --effect hurts or --effect helps",
                commands=_known(_pasted(bias, "--effect", Effect.HURTS.value)),
            )
        case Step.LOOK_TOGETHER:
            crossed = "*".join(step.attributes)
            return StepTexts(
                text=f"look at {' and '.join(both)} together",
                commands=_known(_pasted(bias, attributes=(*_names(bias), crossed))),
            )
        case Step.LOOK_WITHIN:
            return StepTexts(
                text=f"compare {both[0]} within each {both[1]}, from which the gap may come",
                commands=_known(_pasted(bias, "--by", others[0], attributes=(first,))),
            )
        case Step.THRESHOLDS:
            return StepTexts(text="try other thresholds in the report beside this card")
        case Step.MORE_PEOPLE if step.needed_in_all is not None:
            return StepTexts(text=f"collect more {words.people}, about {step.needed_in_all:,} in all")
        case Step.MORE_PEOPLE:
            return StepTexts(text=f"collect more {words.people} of this group")
        case Step.HOLD_LIMIT:
            typed = check_command(bias) or ("check", "--init")
            return StepTexts(text="hold a limit in your tests", commands=(shlex.join(["fairaudit", *typed]),))
        case Step.EXPLAIN:
            return StepTexts(
                text="read what this may come from, and what not to conclude",
                commands=(f"fairaudit explain {step.code.value}",),
            )


THRESHOLDS_HERE = "Try other thresholds on this page"
"""The step `Step.THRESHOLDS` where the page itself has them."""
THRESHOLDS_THERE = "Try other thresholds in the report"
"""The same where no file lies beside."""


def _names(bias: BiasDocument) -> list[str]:
    return [a.name for a in bias.settings.attributes]


def _known(command: str) -> tuple[str, ...]:
    return (command,) if command else ()


def _pasted(bias: BiasDocument, *more: str, attributes: tuple[str, ...] | None = None) -> str:
    """Write the command that makes the audit anew, with more words; empty where it cannot be known."""
    typed = audit_command(bias, attributes=attributes)
    return "" if typed is None else shlex.join(["fairaudit", *typed, *more])
