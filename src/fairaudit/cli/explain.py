"""``fairaudit explain``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from fairaudit.cli.console import Output
from fairaudit.cli.streams import say
from fairaudit.errors import OptionError, did_you_mean, listed
from fairaudit.render.terminal.fitting import FittingTable
from fairaudit.settings.choices import Effect
from fairaudit.settings.questions import Answers
from fairaudit.spelling import setting

if TYPE_CHECKING:
    from fairaudit.metrics.explain import Question

Word = Annotated[
    str | None,
    typer.Argument(
        metavar="[WORD]",
        help="A metric such as fpr, or any word or code of an answer, such as undecided or FA101. Left out: three questions that lead to a metric.",
        show_default=False,
    ),
]


def explain(answers: Answers, output: Output, word: Word = None) -> None:
    """Run ``fairaudit explain``."""
    answered = {"effect": answers.effect, "reach": answers.reach, "error": answers.error}
    if word is not None:
        _print_word(word, output)
    elif not any(answered.values()) and (output.as_json or not sys.stdin.isatty()):
        _print_guide(output)
    else:
        _print_advice(answered, output)


def _print_word(word: str, output: Output) -> None:
    """Show what a metric, a word of an answer or a code means."""
    import dataclasses
    import json

    from fairaudit.documents import glossary
    from fairaudit.metrics import explain as e
    from fairaudit.metrics.table import BY_NAME, METRICS

    metric, entry = e.find_metric(word), glossary.find_entry(word)
    if metric is not None:
        facts, title, rows = e.facts(metric), f": {metric.long_name}", e.explain(metric)
        name = metric.name
    elif entry is not None:
        facts, title, rows = dataclasses.asdict(entry), "", glossary.rows(entry)
        name = entry.word
    else:
        known = [n for m in METRICS for n in (m.name, m.long_name)] + [
            name for e in glossary.ENTRIES for name in (e.word, *e.also)
        ]
        raise OptionError(
            "WORD",
            f"{word!r} is neither a metric nor a word of an answer",
            hint=f"{did_you_mean(word, known)} Metrics are {listed(list(BY_NAME), most=30)}".strip(),
        )
    if output.as_json:
        say(json.dumps(facts, indent=2))
        return
    console = output.stdout
    console.print(Text.assemble((name, "bold"), title))
    table = FittingTable.grid(padding=(0, 2))
    for head, sentence in rows:
        table.add_row(Text(head, "dim"), Text(sentence))
    console.print(table)


def _print_advice(answered: Mapping[str, str | None], output: Output) -> None:
    """Ask what has not been answered, and name the metric to which the answers lead."""
    import dataclasses
    import json

    from fairaudit.metrics import explain as e

    console = output.stdout
    effect, reach, error = (
        _answer(question, answer, console, name)
        for question, (name, answer) in zip(e.QUESTIONS, answered.items(), strict=True)
    )
    advice = e.advise(Effect(effect), e.Reach(reach), e.Error(error))
    if output.as_json:
        say(json.dumps(dataclasses.asdict(advice), indent=2))
        return
    console.print(Text.assemble("Look at ", (" and ".join(advice.metrics), "bold"), f". {advice.reason}"))
    console.print(Text(f"More: {', '.join(f'fairaudit explain {name}' for name in advice.metrics)}", "dim"))


def _answer(question: Question, typed: str | None, console: Console, name: str) -> str:
    answers = list(question.answers)
    if typed is None and sys.stdin.isatty():
        console.print(Text(question.text, "bold"))
        for number, (answer, meaning) in enumerate(question.answers.items(), start=1):
            console.print(Text(f"  {number}  {answer}: {meaning}"))
        typed = typer.prompt("Number", type=str)
        if typed.isdecimal() and 1 <= int(typed) <= len(answers):
            typed = answers[int(typed) - 1]
    if typed not in answers:
        raise OptionError(
            setting(name),
            "is missing" if typed is None else f"{typed!r} is no answer",
            hint=f"Say one of {listed(answers)}",
        )
    return typed


def _print_guide(output: Output) -> None:
    """Show all ways through the questions, for a reader who cannot be asked."""
    import json

    from fairaudit.metrics import explain as e
    from fairaudit.metrics.table import BY_NAME

    if output.as_json:
        say(json.dumps(e.guide(), indent=2))
        return
    console = output.stdout
    for question, option in zip(e.QUESTIONS, ("--effect", "--reach", "--error"), strict=True):
        console.print(Text(f"{question.text} ({option})", "bold"))
        for answer, meaning in question.answers.items():
            console.print(Text(f"  {answer}: {meaning}"))
    table = FittingTable(box=None, title="Where the answers lead", title_justify="left", pad_edge=False)
    for head in ("effect", "reach", "error", "look at"):
        table.add_column(head)
    for row in e.guide():
        table.add_row(row["effect"], row["reach"], row["error"], ", ".join(row["metrics"]))
    console.print(table)
    console.print(Text("Without labels, look at pprev. All metrics: " + ", ".join(BY_NAME), "dim"))
