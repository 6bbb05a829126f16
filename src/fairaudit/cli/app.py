"""The program: its commands, the defaults from a configuration file, and the one place where errors are caught."""

from __future__ import annotations

import dataclasses
import functools
import io
import os
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer._click.exceptions import ClickException

import fairaudit
from fairaudit.cli import (
    audit,
    bias,
    card,
    check,
    cv,
    demo,
    explain,
    fairness,
    group,
    predict,
    report,
    schema,
    slice,
    train,
)
from fairaudit.cli.console import ReaderGone, ending, make_neutral, say, tell
from fairaudit.cli.groups import grouped
from fairaudit.errors import FairauditError, FileError, OptionError, join_sentences, printable
from fairaudit.settings.commands import options_of
from fairaudit.settings.file import (
    ConfigFile,
    find_config,
    read_config,
    search_config,
)
from fairaudit.settings.option import OptionKind

EPILOG = (
    "Exit codes: 0 done (for gates: all passed), 1 a gate failed, 2 wrong input or usage, 3 a gate could not be decided, 130 interrupted. "
    "Unfairness that is found is a result, not a failure. "
    "fairaudit.toml, or \\[tool.fairaudit] in pyproject.toml, gives defaults for every option."
)
LOCATED = ("predictions", "policy")
"""What the table [check] of a configuration file may name beside its options: paths, relative to that file."""
CODE = ("estimator", "template", "trust")
"""Options that name code which then runs."""
NO_CONFIG = frozenset(("--help", "-h", "--version", "--install-completion", "--show-completion"))
INTERRUPTED = 130
_RULES = {"threshold", "top_k", "top_percent", "decision"}
_ROLES = {"label", "score", "decision", "weight", "id"}
EXCLUSIVE = (
    *({one, other} for one in _RULES for other in _RULES - {one}),
    *({"target", role} for role in (*_ROLES, "by")),
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
COMMANDS: dict[str, Callable[..., None]] = {}
"""The functions behind the commands."""
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
    (check, "Reports"),
    (card, "Reports"),
    (report, "Reports"),
    (explain, "Reference"),
    (schema, "Reference"),
):
    name = module.__name__.rpartition(".")[2]
    COMMANDS[name] = getattr(module, name)
    app.command(name, rich_help_panel=panel)(grouped(COMMANDS[name]))


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


@functools.cache
def program() -> Any:
    """Build the command line from its declarations; it takes longer than reading the words."""
    return typer.main.get_command(app)


def known_commands() -> Mapping[str, Any]:
    """Give the commands by name."""
    commands: Mapping[str, Any] = program().commands
    return commands


def options_of_commands() -> dict[str, dict[str, OptionKind]]:
    """Give the options of every command, by the names that a configuration file uses, with what they hold."""
    return {
        command: {
            name: setting.kind
            for name, setting in options_of(command).items()
            if not setting.option.typed_only
        }
        for command in COMMANDS
    }


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What configuration files say.

    Attributes
    ----------
    values
        Of the options of each command.
    origins
        Which file said so, in the same form.
    policy
        The file whose gates ``fairaudit check`` answers.
    passed_over
        Why files were not taken.
    """

    values: Mapping[str, Mapping[str, Any]]
    origins: Mapping[str, Mapping[str, Path]]
    policy: Path | None
    passed_over: tuple[str, ...]

    def files(self, command: str) -> tuple[Path, ...]:
        """Name the files that a command takes anything from."""
        named = [*self.origins.get(command, {}).values(), self.policy if command == "check" else None]
        return tuple(dict.fromkeys(path for path in named if path))

    def refuse_code(self, command: str, options: Collection[str] = CODE) -> None:
        """Refuse what would run code that a file names.

        Raises
        ------
        FileError
            If one of these options comes from a file.
        """
        for name, path in self.origins.get(command, {}).items():
            if name in CODE and name in options:
                raise FileError(
                    str(path),
                    f"{name!r} can run code, and is taken from a file with --allow-code only",
                    hint="Look at what it names before you type that",
                )


def read_defaults(start: Path, words: Sequence[str] = ()) -> Defaults:
    """Read the configuration files into defaults for each command.

    A flag beats the file, and so it does where the two would exclude each other: what the file says then falls away. In the same way a
    policy beats the nearest file, for the command that it is a policy of.
    """
    options = options_of_commands()
    search = search_config(start)
    nearest = search.path
    found = [_read_located(nearest, options, start)] if nearest else []
    if policy := _policy(words, found):
        found.append(_read_located(policy, options, start))
    values: dict[str, dict[str, Any]] = {command: {} for command in options}
    origins: dict[str, dict[str, Path]] = {command: {} for command in options}
    for file in found:
        for command in ("check",) if file.path == policy != nearest else options:
            mine = {
                **{key: value for key, value in file.shared.items() if key in options[command]},
                **file.commands.get(command, {}),
            }
            values[command] = _without(values[command], beaten_by=mine) | mine
            origins[command] |= dict.fromkeys(mine, file.path)
    typed = {name for _, name, _ in given_options(words)}
    kept = {command: _without(given, beaten_by=typed) for command, given in values.items()}
    return Defaults(
        values=kept,
        origins={
            command: {name: origins[command][name] for name in given if name not in typed}
            for command, given in kept.items()
        },
        policy=policy or nearest,
        passed_over=search.passed_over,
    )


def _policy(words: Sequence[str], found: Sequence[ConfigFile]) -> Path | None:
    """Give the policy that the command line names, or else the nearest file; ``None`` for one that is yet to be written."""
    if "check" not in words:
        return None
    named = [file.commands.get("check", {}).get("policy") for file in found]
    policy = _typed_policy(words) or next((Path(path) for path in named if path), None)
    return None if policy is None or ("--init" in words and not policy.exists()) else policy


def _typed_policy(words: Sequence[str]) -> Path | None:
    """Find the value of ``--policy`` in a command line, before the options are parsed, for which it gives defaults."""
    for at, word in enumerate(words):
        if word == "--":
            break
        if word.startswith("--policy="):
            return Path(word.partition("=")[2])
        if word == "--policy" and at + 1 < len(words):
            return Path(words[at + 1])
    return None


def _read_located(path: Path, options: dict[str, dict[str, OptionKind]], here: Path) -> ConfigFile:
    """Read a configuration file in which ``[check]`` may name paths, and take these from where the file lies."""
    check_options = {**options["check"], **dict.fromkeys(LOCATED, OptionKind.BESIDE)}
    found = read_config(path, options={**options, "check": check_options}, here=here)
    for key in LOCATED:
        if key in found.shared:
            raise FileError(
                str(path), f"unknown key {key!r}", hint=f"Did you mean {key!r} in the table [check]?"
            )
    return found


def _without(values: Mapping[str, Any], *, beaten_by: Collection[str]) -> dict[str, Any]:
    """Leave out what something else excludes."""
    named = set(beaten_by)
    beaten = {key for pair in EXCLUSIVE if len(pair & named) == 1 for key in pair - named}
    return {key: value for key, value in values.items() if key not in beaten}


def given_options(words: Sequence[str]) -> list[tuple[str, str, bool]]:
    """Find the options in a command line: as typed, by name, and whether they may be repeated."""
    commands = known_commands()
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
    # A stream that was closed before the program began is none; what would go there is lost, and nothing else.
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
    # A name that the terminal's encoding lacks is written as an escape, instead of ending the report.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    make_neutral()
    try:
        code = _run(sys.argv[1:] or ["--help"])
    except FairauditError as error:
        code = _complain(str(error))
    except ClickException as error:
        code = _complain(_usage(error))
    except _exhausted():
        code = _complain("this needs more memory than there is.")
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


def _exhausted() -> tuple[type[BaseException], ...]:
    """Name the errors of whoever has no more memory; where the database was never loaded, it has none."""
    own = getattr(sys.modules.get("duckdb"), "OutOfMemoryException", MemoryError)
    return (MemoryError, own)


def _run(words: list[str]) -> int:
    asked_only = NO_CONFIG.intersection(words) or "_FAIRAUDIT_COMPLETE" in os.environ
    defaults: Mapping[str, Mapping[str, Any]] = {} if asked_only else _taken_defaults(words)
    # Not standalone, since Typer would draw a frame around wrong usage, and end an interruption without a word.
    with ending():
        code = program()(words, prog_name="fairaudit", default_map=defaults, standalone_mode=False)
    return code if isinstance(code, int) else 0


def _taken_defaults(words: list[str]) -> Mapping[str, Mapping[str, Any]]:
    """Read the configuration files, hold them to what files may say, and name those that are used."""
    found = read_defaults(Path.cwd(), words)
    refuse_repeats(words)
    commands = known_commands()
    command = next((word for word in words if word in commands), "")
    typed = {name for _, name, _ in given_options(words)}
    if "allow_code" not in typed:
        found.refuse_code(command)
    for sentence in found.passed_over:
        tell(f"warning: {sentence}")
    if "quiet" not in typed:
        for path in found.files(command):
            tell(f"settings from {path}")
    return found.values


def _complain(sentence: str) -> int:
    # Wrong input ends with 2, even where nobody can be told.
    tell(f"fairaudit: {sentence}")
    return 2


def _usage(error: ClickException) -> str:
    """Say in one line what is wrong with a command line, or with the configuration file that stands in for it."""
    context, option = getattr(error, "ctx", None), getattr(error, "param", None)
    source = context.get_parameter_source(option.name) if context and option else None
    files = [str(path) for path in (find_config(Path.cwd()), _typed_policy(sys.argv[1:])) if path]
    where = f"{' or '.join(files)}: " if source and source.name == "DEFAULT_MAP" else ""
    hint = f"See {context.command_path} --help" if context else ""
    # Some versions of Typer let pydantic read choices, which puts its own name for an error first.
    problem = " ".join(error.format_message().split()).replace(": Value error, ", ": ", 1)
    return printable(join_sentences(where + problem, hint))
