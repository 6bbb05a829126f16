"""The commands, each loaded when it is run: ``fairaudit --help`` names them all, and needs none of them."""

from __future__ import annotations

import functools
import importlib
import sys
import types
import typing
from collections.abc import Callable, Container
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

_WHOLE, _MODELS, _REPORTS, _REFERENCE = "The whole way", "Models", "Reports", "Reference"
SUMMARIES = {
    "audit": (
        _WHOLE,
        "Do everything in a row: train and cross-validate (with --target), slice, group, bias, fairness, card, report.",
    ),
    "demo": (
        _WHOLE,
        "Write a small example data set (synthetic loans, with a bias that is known) and audit it.",
    ),
    "train": (
        _MODELS,
        "Train a classifier on some of the rows and score the others; writes model.skops, predictions.csv, train.json.",
    ),
    "cv": (
        _MODELS,
        "Cross-validate on folds, overall and per slice; writes cv.json and cv_predictions.csv.",
    ),
    "predict": (
        _MODELS,
        "Score new rows in batches, without running any code from the model file unless it is trusted; writes predictions.csv, predict.json.",
    ),
    "slice": (_REPORTS, "Measure performance on slices of the data, and describe them; writes slices.json."),
    "discover": (
        _REPORTS,
        "Search all combinations of conditions for slices that are worse than the rest, and confirm them on rows kept apart; writes discover.json.",
    ),
    "compare": (
        _REPORTS,
        "Compare two sets of predictions, of two models or two months: what is worse, and for whom; writes compare.json.",
    ),
    "history": (
        _REPORTS,
        "Follow the same groups over many months: what all documents say together, and since when somebody is worse off; writes history.json, history.png.",
    ),
    "group": (
        _REPORTS,
        "Measure every group: Aequitas's group metrics and more, with counts and intervals; writes group.json, and scores.json beside it.",
    ),
    "bias": (
        _REPORTS,
        "Compare every group with a reference group: Aequitas's disparities; writes bias.json.",
    ),
    "fairness": (
        _REPORTS,
        "Judge Aequitas's parities for every group, every attribute and overall; writes fairness.json.",
    ),
    "impact": (
        _REPORTS,
        "Compare selection rates as those do who must answer for them: four-fifths rule, Local Law 144, lending, population; writes impact.json.",
    ),
    "check": (
        _REPORTS,
        "Hold the model to the gates of a policy; writes check.json and ends with 0, 1 or 3.",
    ),
    "card": (
        _REPORTS,
        "Render the model card from the JSON documents in the output folder and from card.toml; writes MODEL_CARD.md, figures/.",
    ),
    "report": (
        _REPORTS,
        "Render one HTML page from the JSON documents in the output folder, to be opened in any browser; writes report.html.",
    ),
    "explain": (
        _REFERENCE,
        "Explain a metric: formula, meaning, when to look at it. Without one: a guide to the metric that fits.",
    ),
    "schema": (_REFERENCE, "Print the JSON Schema of a document."),
}
"""What each command does, and the panel of ``--help`` in which it stands, in that order."""
_UNUSED = {"rich.markdown": "Markdown", "rich.traceback": "Traceback"}
"""What Typer's help loads for programs that write their help in Markdown, and that show tracebacks in colour."""
_TO_BE_READ = object()
"""Stands for a value that Typer has to read."""


def function_of(name: str) -> Callable[..., None]:
    """Load the function behind a command."""
    command: Callable[..., None] = getattr(importlib.import_module(f"fairaudit.cli.{name}"), name)
    return command


@functools.cache
def load(name: str) -> TyperCommand:
    """Make a command of its function and the options that it is declared to have."""
    from fairaudit.cli.groups import grouped

    panel, summary = SUMMARIES[name]
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    function = grouped(function_of(name))
    alone.command(name, cls=Helped, help=summary, rich_help_panel=panel)(function)
    command = typer.main.get_command(alone)
    assert isinstance(command, Helped)  # noqa: S101  # one command alone is no group
    kinds = {name: typing.get_args(hint)[0] for name, hint in function.__annotations__.items()}
    command.texts = frozenset(name for name, kind in kinds.items() if kind in (str, str | None))
    command.lists = frozenset(name for name, kind in kinds.items() if kind in (list[str], list[str] | None))
    return command


def _take_plainly(parameters: list[Any], texts: Container[str] = (), lists: Container[str] = ()) -> list[Any]:
    """Let parameters take what is a text or a list of texts already, or was left out; to read anything else Typer loads pydantic, and builds a validator."""
    for parameter in parameters:
        if "process_value" not in vars(parameter):
            parameter.process_value = functools.partial(
                _process, parameter, parameter.process_value, _plain_value(parameter, texts, lists)
            )
    return parameters


def _plain_value(parameter: Any, texts: Container[str], lists: Container[str]) -> Callable[[Any], Any]:
    """Return what makes a parameter's value of one that needs no reading, and `_TO_BE_READ` of any other."""

    def plain(value: Any) -> Any:
        if value is None:
            is_many = parameter.multiple or parameter.nargs == -1
            return _TO_BE_READ if parameter.required else () if is_many else None
        if value is parameter.default or (parameter.name in texts and type(value) is str):
            return value
        if parameter.name in lists and value and type(value) in (list, tuple):
            return list(value) if all(type(one) is str for one in value) else _TO_BE_READ
        return _TO_BE_READ

    return plain


def _process(
    parameter: Any, usual: Callable[[Any, Any], Any], plain: Callable[[Any], Any], ctx: Any, value: Any
) -> Any:
    taken = plain(value)
    if taken is _TO_BE_READ:
        return usual(ctx, value)
    return parameter.callback(ctx, parameter, taken) if parameter.callback else taken


class Helped(TyperCommand):
    """A command that loads no more than it needs."""

    texts: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()

    def get_params(self, ctx: Any) -> list[Any]:
        """Return its parameters."""
        return _take_plainly(super().get_params(ctx), self.texts, self.lists)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help of the command."""
        _load_help()
        super().format_help(ctx, formatter)


class Commands(TyperGroup):
    """All commands; only one that is asked for is loaded."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self.commands = {
            name: TyperCommand(name, help=summary, rich_help_panel=panel)
            for name, (panel, summary) in SUMMARIES.items()
        }
        self.listing = False

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the options of the program itself."""
        return _take_plainly(super().get_params(ctx))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Load the command, unless it is only to be listed."""
        if cmd_name not in SUMMARIES or self.listing:
            return super().get_command(ctx, cmd_name)
        return load(cmd_name)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help of the program, which lists the commands."""
        _load_help()
        self.listing = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self.listing = False


def _load_help() -> None:
    """Load Typer's help without modules that take as long as all the rest of it, and that this program has no use for."""
    absent = {name: kind for name, kind in _UNUSED.items() if name not in sys.modules}
    for name, kind in absent.items():
        stand_in = types.ModuleType(name)
        setattr(stand_in, kind, _late(name, kind))
        sys.modules[name] = stand_in
    try:
        import typer.rich_utils  # noqa: F401  # loaded with these in place of the real ones
    finally:
        for name in absent:
            del sys.modules[name]


def _late(module: str, kind: str) -> type:
    """Make a class in the place of another one, which is loaded should it be used after all."""

    class Late:
        def __new__(cls, *arguments: Any, **named: Any) -> Any:
            return getattr(importlib.import_module(module), kind)(*arguments, **named)

        @classmethod
        def from_exception(cls, *arguments: Any, **named: Any) -> Any:
            return getattr(importlib.import_module(module), kind).from_exception(*arguments, **named)

    return Late
