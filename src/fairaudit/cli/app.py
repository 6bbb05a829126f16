"""The program: its commands, the defaults from a configuration file, and the one place where errors are caught."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer._click.exceptions import ClickException

import fairaudit
from fairaudit.cli import audit, bias, card, cv, demo, explain, fairness, group, predict, schema, slice, train
from fairaudit.cli.console import ReaderGone, say
from fairaudit.config import OptionKind, find_config, read_config
from fairaudit.errors import FairauditError, OptionError, join_sentences, printable

EPILOG = (
    "Exit codes: 0 done (for gates: all passed), 1 a gate failed, 2 wrong input or usage, 3 a gate could not be decided, 130 interrupted. "
    "Unfairness that is found is a result, not a failure. "
    "fairaudit.toml, or \\[tool.fairaudit] in pyproject.toml, gives defaults for every option."
)
NO_CONFIG = frozenset(("--help", "-h", "--version", "--install-completion", "--show-completion"))
INTERRUPTED = 130
_RULES = {"threshold", "top_k", "top_percent", "decision"}
_ROLES = {"label", "score", "decision", "weight"}
EXCLUSIVE = (
    *({one, other} for one in _RULES for other in _RULES - {one}),
    *({"target", role} for role in _ROLES),
)
"""Pairs of options that exclude each other; ``target`` makes its own label and score."""

app = typer.Typer(
    name="fairaudit",
    help="Tell whether a binary classifier works for everybody: overall, on every slice, for every group of people.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module, panel in (
    (audit, "The whole way"),
    (demo, "The whole way"),
    (train, "Models"),
    (cv, "Models"),
    (predict, "Models"),
    (slice, "Reports"),
    (group, "Reports"),
    (bias, "Reports"),
    (fairness, "Reports"),
    (card, "Reports"),
    (explain, "Reference"),
    (schema, "Reference"),
):
    name = module.__name__.rpartition(".")[2]
    app.command(name, rich_help_panel=panel)(getattr(module, name))


def _version(wanted: bool) -> None:
    if wanted:
        say(f"fairaudit {fairaudit.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Hold the options of the program itself."""


def options_of_commands() -> dict[str, dict[str, OptionKind]]:
    """Give the options of every command, by the names that a configuration file uses, with what they hold."""
    commands: dict[str, Any] = getattr(typer.main.get_command(app), "commands", {})
    return {
        name: {
            p.name: OptionKind.FLAG if p.is_flag else OptionKind.MANY if p.multiple else OptionKind.ONE
            for p in command.params
            if p.param_type_name == "option" and p.name != "help"
        }
        for name, command in commands.items()
    }


def config_defaults(start: Path, words: Sequence[str] = ()) -> dict[str, dict[str, Any]]:
    """Read the nearest configuration file into defaults for each command.

    A flag beats the file, and so it does where the two would exclude each other: what the file says then falls away.
    """
    path = find_config(start)
    if path is None:
        return {}
    options = options_of_commands()
    found = read_config(path, options=options)
    typed = {name for _, name, _ in given_options(words)}
    beaten = {key for pair in EXCLUSIVE if len(pair & typed) == 1 for key in pair - typed}
    return {
        command: {
            key: value
            for key, value in {
                **{key: value for key, value in found.shared.items() if key in known},
                **found.commands.get(command, {}),
            }.items()
            if key not in beaten
        }
        for command, known in options.items()
    }


def given_options(words: Sequence[str]) -> list[tuple[str, str, bool]]:
    """Find the options in a command line: as typed, by name, and whether they may be repeated."""
    commands: dict[str, Any] = getattr(typer.main.get_command(app), "commands", {})
    command = next((commands[word] for word in words if word in commands), None)
    known = {
        o: p for p in (command.params if command else ()) if p.param_type_name == "option" for o in p.opts
    }
    found: list[tuple[str, str, bool]] = []
    rest = iter(words)
    for word in rest:
        if word == "--":
            break
        typed = word.partition("=")[0] if word.startswith("--") else word[:2]
        if (option := known.get(typed)) is None:
            continue
        found.append((typed, option.name, option.multiple or option.is_flag))
        if word == typed and not option.is_flag:
            # What follows is its value, whatever it looks like.
            next(rest, None)
    return found


def refuse_repeats(words: Sequence[str]) -> None:
    """Refuse an option that is given twice and can hold one value only, instead of keeping the last.

    Raises
    ------
    OptionError
        If there is one.
    """
    seen: set[str] = set()
    for typed, name, repeatable in given_options(words):
        if name in seen and not repeatable:
            raise OptionError(typed, "is given twice, and holds one value only")
        seen.add(name)


def main() -> None:
    """Run the program; every error that is raised on purpose becomes one line on stderr and exit code 2."""
    # A name that the terminal's encoding lacks is written as an escape, instead of ending the report.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code = _run(sys.argv[1:] or ["--help"])
    except FairauditError as error:
        code = _complain(str(error))
    except ClickException as error:
        code = _complain(_usage(error))
    except ReaderGone:
        code = 0
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    if code == INTERRUPTED:
        sys.stderr.write("fairaudit: interrupted; no file was left half-written\n")
    sys.exit(code)


def _run(words: list[str]) -> int:
    asked_only = NO_CONFIG.intersection(words) or "_FAIRAUDIT_COMPLETE" in os.environ
    defaults = {} if asked_only else config_defaults(Path.cwd(), words)
    if not asked_only:
        refuse_repeats(words)
    # Not standalone, since Typer would draw a frame around wrong usage, and end an interruption without a word.
    code = app(words, prog_name="fairaudit", default_map=defaults, standalone_mode=False)
    return code if isinstance(code, int) else 0


def _complain(sentence: str) -> int:
    sys.stderr.write(f"fairaudit: {sentence}\n")
    return 2


def _usage(error: ClickException) -> str:
    """Say in one line what is wrong with a command line, or with the configuration file that stands in for it."""
    context, option = getattr(error, "ctx", None), getattr(error, "param", None)
    source = context.get_parameter_source(option.name) if context and option else None
    where = f"{find_config(Path.cwd())}: " if source and source.name == "DEFAULT_MAP" else ""
    hint = f"See {context.command_path} --help" if context else ""
    return printable(join_sentences(where + " ".join(error.format_message().split()), hint))
