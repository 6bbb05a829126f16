"""What a person at a terminal is asked before a file of settings is begun."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from fairaudit.settings.choices import Effect
from fairaudit.settings.naming import Called, wrong_word

if TYPE_CHECKING:
    from fairaudit.cli.console import Output
    from fairaudit.settings.naming import Naming

_NOBODY_SAID = ""
EFFECT_ASKED = (
    "What does being selected do to a person: hurts (detained, flagged), helps (a loan, an interview)? "
    "Enter leaves it open"
)
PEOPLE_ASKED = "What are rows about: people, defendants, applicants, cars …? Enter for people"


def is_asked(output: Output) -> bool:
    """Tell whether there is somebody at a terminal to be asked."""
    return not output.quiet and not output.as_json and sys.stdin.isatty()


def ask_effect(output: Output, effect: Effect | None) -> Effect | None:
    """Ask what decisions do to people, unless it was said or nobody is there."""
    if effect is not None or not is_asked(output):
        return effect
    while True:
        answer = _ask(EFFECT_ASKED)
        if answer in (_NOBODY_SAID, *Effect):
            return Effect(answer) if answer else None
        typer.echo(f"{answer!r} is neither hurts nor helps.", err=True)


def ask_naming(output: Output, naming: Naming) -> Naming:
    """Ask what people are called, unless it was said or nobody is there."""
    if str(Called.PEOPLE) in naming.chosen or not is_asked(output):
        return naming
    while True:
        answer = _ask(PEOPLE_ASKED)
        if answer in (_NOBODY_SAID, "people"):
            return naming
        problem = wrong_word(Called.PEOPLE, answer)
        if problem is None:
            return replace(naming, unit=answer)
        typer.echo(f"{problem[0]}.", err=True)


def _ask(question: str) -> str:
    return str(typer.prompt(question, default=_NOBODY_SAID, show_default=False, err=True)).strip()
