"""``fairaudit explain``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from fairaudit.cli import options as o
from fairaudit.cli.console import ReportConsole, say

if TYPE_CHECKING:
    from fairaudit.metrics.explain import Question

MetricName = Annotated[
    str | None,
    typer.Argument(
        metavar="[METRIC]",
        help="A metric, such as fpr. Left out: three questions that lead to one.",
        show_default=False,
    ),
]
EffectOption = Annotated[
    str | None, typer.Option("--effect", metavar="hurts|helps", help="What decision 1 does to a person.")
]
ReachOption = Annotated[
    str | None, typer.Option("--reach", metavar="everybody|few", help="Whom decision 1 can reach.")
]
ErrorOption = Annotated[
    str | None,
    typer.Option("--error", metavar="wrongly-selected|missed|both", help="Which error hurts people more."),
]


def explain(
    metric: MetricName = None,
    effect: EffectOption = None,
    reach: ReachOption = None,
    error: ErrorOption = None,
    json: o.Json = False,
) -> None:
    """Explain a metric: formula, meaning, when to look at it. Without one: a guide to the metric that fits."""
    import dataclasses
    import json as json_text

    from fairaudit.metrics import explain as e

    console = ReportConsole()
    if metric is not None:
        found = e.find_metric(metric)
        if json:
            say(json_text.dumps(e.facts(found), indent=2))
            return
        console.print(Text.assemble((found.name, "bold"), f": {found.long_name}"))
        table = Table.grid(padding=(0, 2))
        for head, sentence in e.explain(found):
            table.add_row(Text(head, "dim"), Text(sentence))
        console.print(table)
        return
    given = (effect, reach, error)
    if not any(given) and (json or not sys.stdin.isatty()):
        if json:
            say(json_text.dumps(e.guide(), indent=2))
        else:
            _print_guide(console)
        return
    answers = [
        _answer(question, answer, console, option)
        for question, answer, option in zip(
            e.QUESTIONS, given, ("--effect", "--reach", "--error"), strict=True
        )
    ]
    advice = e.advise(e.Effect(answers[0]), e.Reach(answers[1]), e.Error(answers[2]))
    if json:
        say(json_text.dumps(dataclasses.asdict(advice), indent=2))
        return
    console.print(Text.assemble("Look at ", (" and ".join(advice.metrics), "bold"), f". {advice.reason}"))
    console.print(Text(f"More: {', '.join(f'fairaudit explain {name}' for name in advice.metrics)}", "dim"))


def _answer(question: Question, given: str | None, console: Console, option: str) -> str:
    from fairaudit.errors import OptionError, listed

    answers = list(question.answers)
    if given is None and sys.stdin.isatty():
        console.print(Text(question.text, "bold"))
        for number, (answer, meaning) in enumerate(question.answers.items(), start=1):
            console.print(Text(f"  {number}  {answer}: {meaning}"))
        given = typer.prompt("Number", type=str)
        if given.isdecimal() and 1 <= int(given) <= len(answers):
            given = answers[int(given) - 1]
    if given not in answers:
        raise OptionError(
            option,
            "is missing" if given is None else f"{given!r} is no answer",
            hint=f"Say one of {listed(answers)}",
        )
    return given


def _print_guide(console: Console) -> None:
    """Show all ways through the questions, for a reader who cannot be asked."""
    from fairaudit.metrics import explain as e
    from fairaudit.metrics.table import BY_NAME

    for question, option in zip(e.QUESTIONS, ("--effect", "--reach", "--error"), strict=True):
        console.print(Text(f"{question.text} ({option})", "bold"))
        for answer, meaning in question.answers.items():
            console.print(Text(f"  {answer}: {meaning}"))
    table = Table(box=None, title="Where the answers lead", title_justify="left", pad_edge=False)
    for head in ("effect", "reach", "error", "look at"):
        table.add_column(head)
    for row in e.guide():
        table.add_row(row["effect"], row["reach"], row["error"], ", ".join(row["metrics"]))
    console.print(table)
    console.print(Text("Without labels, look at pprev. All metrics: " + ", ".join(BY_NAME), "dim"))
