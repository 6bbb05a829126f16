"""The program: its commands, the defaults from a configuration file, and the one place where errors are caught."""

from __future__ import annotations

import functools
import io
import os
import re
import sys
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer._click.exceptions import ClickException

from fairaudit.cli.by_file import by_file
from fairaudit.cli.commands import Commands
from fairaudit.cli.streams import ReaderGone, ending, make_neutral, say, tell
from fairaudit.errors import FairauditError, clipped, join_sentences, printable
from fairaudit.room import enough_room
from fairaudit.spelling import Edge, Spelling, spelled
from fairaudit.version import __version__

if TYPE_CHECKING:
    from fairaudit.settings.resolve import Request, Resolved

EPILOG = (
    "Exit codes: 0 done (for gates: all passed), 1 a gate failed, 2 wrong input or usage, 3 a gate could not be decided, 130 interrupted. "
    "Unfairness that is found is a result, not a failure. "
    "fairaudit.toml, or \\[tool.fairaudit] in pyproject.toml, gives defaults for every option."
)
NO_CONFIG = frozenset(("--help", "-h", "--version", "--install-completion", "--show-completion"))
INTERRUPTED = 130
LONGEST_WORD = 300
"""Of what was typed, a complaint repeats so many letters."""
app = typer.Typer(
    name="fairaudit",
    cls=Commands,
    help="Tell whether a binary classifier works for everybody: overall, on every slice, for every group of people.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        say(f"fairaudit {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Hold the options of the program itself."""


@functools.cache
def program() -> Any:
    """Build the command line from its declarations; it takes longer than reading the words."""
    return typer.main.get_command(app)


def main() -> None:
    """Run the program; every error that is raised on purpose becomes one line on stderr and exit code 2."""
    # A stream that was closed before the program began is none; what would go there is lost, and nothing else.
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
    # A name that the terminal's encoding lacks is written as an escape, instead of ending the report.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    make_neutral()
    # What others have installed to follow validations is looked for among all packages, and would follow nobody's own models here.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        code = _run(sys.argv[1:] or ["--help"])
    except FairauditError as error:
        code = _complain(str(error))
    except ClickException as error:
        code = _complain(_usage(error))
    except RecursionError:
        code = _complain("something in the input is nested too deeply.")
    except ReaderGone:
        code = 0
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except RuntimeError as error:
        # This is how the database tells that it was interrupted.
        if str(error) != "Query interrupted":
            raise
        code = INTERRUPTED
    if code == INTERRUPTED:
        tell("fairaudit: interrupted; no file was left half-written")
    sys.exit(code)


def _run(words: list[str]) -> int:
    asked_only = NO_CONFIG.intersection(words) or "_FAIRAUDIT_COMPLETE" in os.environ
    request, resolved = (None, None) if asked_only else _found_settings(words)
    spelling = Spelling(edge=Edge.COMMAND_LINE)
    if request is not None and resolved is not None:
        spelling = replace(resolved.spelling(Edge.COMMAND_LINE), by_hand=request.typed)
    # Not standalone, since Typer would draw a frame around wrong usage, and end an interruption without a word.
    with spelled(spelling), enough_room(), ending():
        by_file.set(resolved.values if resolved else {})
        code = program()(
            words,
            prog_name="fairaudit",
            default_map={resolved.command: _defaults(resolved)} if resolved else {},
            standalone_mode=False,
        )
    return code if isinstance(code, int) else 0


def _found_settings(words: list[str]) -> tuple[Request, Resolved]:
    """Read the configuration files for what was typed, hold them to what files may say, and name those that are used."""
    from fairaudit.settings.resolve import ALLOW_CODE, refuse_wrong, request_of, resolve

    refuse_wrong(words)
    request = request_of(words)
    resolved = resolve(Path.cwd(), request)
    if ALLOW_CODE not in request.typed:
        resolved.refuse_code()
    for sentence in resolved.passed_over:
        tell(f"warning: {sentence}")
    if "quiet" not in request.typed:
        for path in resolved.files:
            tell(f"settings from {path}")
    resolved.parsed()
    if "numpy" not in sys.modules and not _asks_models(request.command, {*request.typed, *resolved.values}):
        # NumPy's and SciPy's linear algebra each start threads as they are loaded, which takes as long as counting a small table.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    return request, resolved


def _asks_models(command: str, options: Collection[str]) -> bool:
    """Tell whether a command may fit a model or ask one, or search long, for which threads are of use."""
    from fairaudit.settings.commands import COMMANDS

    declared = COMMANDS[command].declared if command else ()
    if command == "audit":
        return not {"target", "fitted"}.isdisjoint(options)
    return command in ("demo", "discover") or any(group.startswith("training.") for group in declared)


def _complain(sentence: str) -> int:
    # Wrong input ends with 2, even where nobody can be told.
    tell(f"fairaudit: {_clipped_as_typed(sentence)}")
    return 2


def _clipped_as_typed(sentence: str) -> str:
    """Cut what was typed and is long wherever a sentence repeats it, as names in files are cut."""
    words = [word for word in sys.argv[1:] if len(word) > LONGEST_WORD]
    parts = {part.strip() for word in words for part in re.split(r"[=,*:(){}]", word)}
    for part in sorted({*words, *parts}, key=len, reverse=True):
        if len(part) > LONGEST_WORD:
            for written in (printable(part), printable(repr(part)[1:-1])):
                sentence = sentence.replace(written, clipped(written, most=LONGEST_WORD))
    return sentence


def _usage(error: ClickException) -> str:
    """Say in one line what is wrong with a command line."""
    context = getattr(error, "ctx", None)
    hint = f"See {context.command_path} --help" if context else ""
    # Some versions of Typer let pydantic read choices, which puts its own name for an error first.
    problem = " ".join(error.format_message().split()).replace(": Value error, ", ": ", 1)
    return printable(join_sentences(problem, hint))


def _defaults(resolved: Resolved) -> dict[str, Any]:
    """Return what files say as Typer reads it: predictions are a list, as several may be typed."""
    return {name: [value] if name == "predictions" else value for name, value in resolved.values.items()}
