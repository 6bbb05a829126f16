"""The program: its commands, the defaults from a configuration file, and the one place where errors are caught."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

import fairaudit
from fairaudit.cli import audit, bias, card, cv, demo, explain, fairness, group, predict, schema, slice, train
from fairaudit.errors import FairauditError

EPILOG = (
    "Exit codes: 0 done (for gates: all passed), 1 a gate failed, 2 wrong input or usage, 3 a gate could not be decided. "
    "Unfairness that is found is a result, not a failure. "
    "fairaudit.toml, or \\[tool.fairaudit] in pyproject.toml, gives defaults for every option."
)
NO_CONFIG = frozenset(("--help", "-h", "--version", "--install-completion", "--show-completion"))

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
        sys.stdout.write(f"fairaudit {fairaudit.__version__}\n")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Hold the options of the program itself."""


def option_names() -> dict[str, tuple[str, ...]]:
    """Give the options of every command, by the names that a configuration file uses."""
    commands: dict[str, Any] = getattr(typer.main.get_command(app), "commands", {})
    return {
        name: tuple(p.name for p in command.params if p.param_type_name == "option" and p.name != "help")
        for name, command in commands.items()
    }


def config_defaults(start: Path) -> dict[str, dict[str, Any]]:
    """Read the nearest configuration file into defaults for each command."""
    from fairaudit.config import find_config, read_config

    path = find_config(start)
    if path is None:
        return {}
    options = option_names()
    found = read_config(path, options=options)
    return {
        command: {
            **{key: value for key, value in found.shared.items() if key in names},
            **found.commands.get(command, {}),
        }
        for command, names in options.items()
    }


def main() -> None:
    """Run the program; every error that is raised on purpose becomes one line on stderr and exit code 2."""
    try:
        words = sys.argv[1:]
        defaults = (
            {}
            if NO_CONFIG.intersection(words) or "_FAIRAUDIT_COMPLETE" in os.environ
            else config_defaults(Path.cwd())
        )
        app(default_map=defaults)
    except FairauditError as error:
        sys.stderr.write(f"fairaudit: {error}\n")
        sys.exit(2)
    except BrokenPipeError:
        # Whoever read the report has seen enough; the interpreter must not complain about it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.stderr.write("fairaudit: interrupted; no file was left half-written\n")
        sys.exit(130)
