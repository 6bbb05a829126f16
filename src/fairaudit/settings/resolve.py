"""Which settings a command has: what was typed beats the policy, the policy beats the nearest file, and that beats the defaults.

Nothing here knows how words are typed but for their options; the command line, pytest and Python ask it alike.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from fairaudit.errors import FairauditError, FileError, OptionError, clipped
from fairaudit.settings.choices import AuditOn
from fairaudit.settings.commands import COMMANDS, options_of
from fairaudit.settings.file import ConfigFile, read_config, search_config
from fairaudit.settings.formats import ANSWER_FILES
from fairaudit.settings.option import OptionKind, Setting, made
from fairaudit.spelling import Edge, Spelling, if_typed, setting

if TYPE_CHECKING:
    from fairaudit.settings.source import TableSettings

_Group = TypeVar("_Group")

PREDICTIONS_NAME = "predictions.csv"
OUT_OF_FOLD_NAME = "cv_predictions.csv"
ALLOW_CODE = "allow_code"
"""The option without which no file may name code that then runs."""
_RULES = {"threshold", "top_k", "top_percent", "decision"}
_ANSWERS = frozenset(format.name for format in ANSWER_FILES)
"""The files that hold answers to gates."""
_ROLES = {"label", "score", "decision", "weight", "id"}
EXCLUSIVE = (
    *({one, other} for one in _RULES for other in _RULES - {one}),
    *({"target", role} for role in (*_ROLES, "by")),
    {"save", "slices"},
)
"""Pairs of options that exclude each other; ``target`` makes its own label and score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was typed, or given in Python, as far as it decides which files count and what of them.

    Attributes
    ----------
    command
        Empty if there is no such command.
    typed
        The names of options that were given; what excludes them in a file falls away.
    policy
        The policy that was named.
    init
        Whether the policy is yet to be written.
    """

    command: str
    typed: frozenset[str] = frozenset()
    policy: Path | None = None
    init: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What configuration files say to a command.

    Attributes
    ----------
    values
        Its options by name, as files hold them.
    origins
        Which file said so.
    policy
        The file whose gates ``fairaudit check`` answers.
    passed_over
        Why files were not taken.
    """

    command: str
    values: Mapping[str, Any]
    origins: Mapping[str, Path]
    policy: Path | None
    passed_over: tuple[str, ...]

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that it takes anything from."""
        named = [*self.origins.values(), self.policy if self.command == "check" else None]
        return tuple(dict.fromkeys(path for path in named if path))

    def spelling(self, edge: Edge) -> Spelling:
        """Spell settings as this way in does, and those that come from a file as its keys."""
        from fairaudit.settings.edges import spelling_of_files

        return spelling_of_files(edge, self.origins)

    def refuse_code(self, options: Collection[str] | None = None) -> None:
        """Refuse what would run code that a file names.

        Raises
        ------
        FileError
            If one of these options, by default any, comes from a file.
        """
        own = options_of(self.command) if self.command else {}
        for name, path in self.origins.items():
            if name in own and own[name].option.code and (options is None or name in options):
                raise FileError(
                    str(path),
                    if_typed(
                        f"{name!r} can run code, and is taken from a file with --allow-code only",
                        f"{name!r} can run code, and is not taken from a file",
                    ),
                    hint=if_typed(
                        "Look at what it names before you type that",
                        "Look at what it names, and give it as an argument if that may run",
                    ),
                )

    def parsed(self) -> dict[str, Any]:
        """Read every value in the type of its option.

        Raises
        ------
        FileError
            If one is none that its option can have.
        """
        options = options_of(self.command) if self.command else {}
        parsed_values: dict[str, Any] = {}
        for name, value in self.values.items():
            try:
                parsed_values[name] = (
                    value if name not in options or options[name].many else options[name].parse(value)
                )
            except ValueError as error:
                key = name.replace("_", "-")
                raise FileError(str(self.origins[name]), f"the value of {key!r}: {error}") from None
        return parsed_values

    def keywords(self, accepted: Collection[str]) -> dict[str, Any]:
        """Return what the files say as arguments of a public function, those that it accepts."""
        options = options_of(self.command)
        parsed = self.parsed()
        return {
            options[name].keyword: options[name].value(value)
            for name, value in parsed.items()
            if name in options and options[name].keyword in accepted
        }

    def group(self, group: type[_Group]) -> _Group:
        """Make a group of options of what the files say, and of its defaults."""
        return made(group, self.parsed())


@functools.cache
def code_options() -> tuple[str, ...]:
    """Name the options that name code which then runs."""
    return tuple(
        dict.fromkeys(
            name for command in COMMANDS for name, option in options_of(command).items() if option.option.code
        )
    )


class KindsOfOptions(Mapping[str, Mapping[str, OptionKind]]):
    """What options hold, by command and name; those of a command are loaded when they are looked at, as declarations of all take longer than a small audit's counting."""

    def __init__(self, commands: Sequence[str], kinds: Callable[[str], Mapping[str, OptionKind]]) -> None:
        self._commands = commands
        self._kinds = kinds

    def __getitem__(self, command: str) -> Mapping[str, OptionKind]:
        """Return those of a command."""
        if command not in self._commands:
            raise KeyError(command)
        return self._kinds(command)

    def __iter__(self) -> Iterator[str]:
        """Name the commands."""
        return iter(self._commands)

    def __len__(self) -> int:
        """Count the commands."""
        return len(self._commands)


@functools.cache
def _kinds_of(command: str) -> Mapping[str, OptionKind]:
    options = options_of(command)
    return {name: option.kind for name, option in options.items() if not option.option.typed_only}


@functools.cache
def _located_kinds_of(command: str) -> Mapping[str, OptionKind]:
    """Return what a command's table in a file may hold: paths, too, that are no options."""
    return {**_kinds_of(command), **dict.fromkeys(COMMANDS[command].located, OptionKind.BESIDE)}


def options_of_commands() -> KindsOfOptions:
    """Return the options of every command that a file may name, with what they hold."""
    return KindsOfOptions(tuple(COMMANDS), _kinds_of)


def resolve(start: Path, request: Request) -> Resolved:
    """Find the configuration files that count from a folder, and what they say to a command.

    A flag beats the file, and so it does where the two would exclude each other: what the file says then falls away. In the same way a
    policy beats the nearest file, for the command that it is a policy of; where somebody names one, no file is written that the nearest one names for its own
    gates.
    """
    search = search_config(start)
    nearest = search.path
    read = [_read_located(nearest, request.command, start)] if nearest else []
    if policy := _policy(request, read):
        read.append(_read_located(policy, request.command, start))
    values: dict[str, Any] = {}
    origins: dict[str, Path] = {}
    for file in read if request.command else ():
        own = options_of_commands()[request.command]
        named = {
            **{key: value for key, value in file.shared.items() if key in own},
            **file.commands.get(request.command, {}),
        }
        if request.policy is not None and policy is not None and not _is_same(file.path, policy):
            named = {key: value for key, value in named.items() if key not in _ANSWERS}
        values = _without(values, beaten_by=named) | named
        origins |= dict.fromkeys(named, file.path)
    kept = _without(values, beaten_by=request.typed)
    return Resolved(
        command=request.command,
        values=kept,
        origins={name: origins[name] for name in kept if name not in request.typed},
        policy=policy or nearest,
        passed_over=search.passed_over,
    )


def _is_same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _policy(request: Request, read: Sequence[ConfigFile]) -> Path | None:
    """Return the policy that was named, or else the one that the nearest file names; ``None`` for one that is yet to be written."""
    if request.command != "check":
        return None
    named = [file.commands.get("check", {}).get("policy") for file in read]
    policy = request.policy or next((Path(path) for path in named if path), None)
    return None if policy is None or (request.init and not policy.exists()) else policy


def _read_located(path: Path, asked: str, here: Path) -> ConfigFile:
    """Read a configuration file in which a command's table may name paths, and take these from where the file lies."""
    # An option is the same in all commands, and that which runs has loaded its own.
    commands = sorted(COMMANDS, key=lambda command: command != asked)
    read = read_config(path, options=KindsOfOptions(commands, _located_kinds_of), here=here)
    for command, declared in COMMANDS.items():
        for key in declared.located:
            if key in read.shared:
                raise FileError(
                    str(path),
                    f"unknown key {key!r}",
                    hint=f"Did you mean {key!r} in the table [{command}]?",
                )
    return read


def _without(values: Mapping[str, Any], *, beaten_by: Collection[str]) -> dict[str, Any]:
    """Leave out what something else excludes."""
    named = set(beaten_by)
    beaten = {key for pair in EXCLUSIVE if len(pair & named) == 1 for key in pair - named}
    return {key: value for key, value in values.items() if key not in beaten}


def request_of(words: Sequence[str]) -> Request:
    """Read from a command line what decides which files count, before its options are parsed."""
    return Request(
        command=next((word for word in words if word in COMMANDS), ""),
        typed=frozenset(option.setting.name for option in given_options(words)),
        policy=_typed_policy(words),
        init="--init" in words,
    )


class Given(NamedTuple):
    """An option in a command line: as typed, which one it is, and its value, ``None`` for a switch and where the line ends before it; `apart` says that it is a word of its own."""

    typed: str
    setting: Setting
    value: str | None
    apart: bool


def given_options(words: Sequence[str]) -> list[Given]:
    """Find the options in a command line."""
    command = next((word for word in words if word in COMMANDS), "")
    declared = options_of(command).values() if command else ()
    known = {flag: option for option in declared for flag in option.flags}
    options: list[Given] = []
    rest = iter(words)
    for word in rest:
        if word == "--":
            break
        typed = word.partition("=")[0] if word.startswith("--") else word[:2]
        if (option := known.get(typed)) is None:
            continue
        apart = word == typed and option.kind is not OptionKind.FLAG
        # What follows is its value, whatever it looks like.
        value = next(rest, None) if apart else None if word == typed else word[len(typed) :].removeprefix("=")
        options.append(Given(typed, option, value, apart))
    return options


def refuse_wrong(words: Sequence[str]) -> None:
    """Refuse an option that is given twice and can hold one value only, instead of keeping the last; and an empty path or argument, such as a variable which nobody has set, instead of taking the folder that somebody is in.

    Raises
    ------
    FairauditError
        If there is one.
    """
    options = given_options(words)
    seen: set[str] = set()
    for typed, option, value, _ in options:
        if option.name in seen and not (option.many or option.kind is OptionKind.FLAG):
            raise OptionError(typed, "is given twice, and holds one value only")
        if value == "" and option.holds is Path:
            raise OptionError(typed, "names no file or folder", hint="Leave it out, or name one")
        seen.add(option.name)
    if words.count("") > sum(one.apart and one.value == "" for one in options):
        raise FairauditError("an argument is empty, as a variable is that nobody has set")


def _typed_policy(words: Sequence[str]) -> Path | None:
    """Find the value of ``--policy`` in a command line."""
    for place, word in enumerate(words):
        if word == "--":
            break
        if word.startswith("--policy="):
            return Path(word.partition("=")[2])
        if word == "--policy" and place + 1 < len(words):
            return Path(words[place + 1])
    return None


def find_predictions(named: str | None, out: Path, source: TableSettings) -> str:
    """Take the predictions that were named, or a table in their place, or those that an earlier command left in the output folder."""
    if source.table is not None:
        if named is not None:
            raise OptionError(setting("table"), f"cannot be given together with a file, {clipped(named)}")
        return source.table
    if named is not None:
        return named
    usual = out / PREDICTIONS_NAME
    there = False
    with contextlib.suppress(OSError):
        there = usual.is_file()
    if not there:
        raise FileError(
            str(usual),
            "there is no such file",
            hint=if_typed(
                "Name a file of predictions, or make this one by fairaudit train DATA --target COLUMN",
                "Name a file of predictions",
            ),
        )
    return str(usual)


def predictions_of_verdict(named: str | None, out: Path, source: TableSettings) -> str:
    """Take the predictions that were named, or those that the verdict in the output folder stands on, or the usual ones."""
    if named is None and source.table is None and _stands_on_folds(out):
        return str(out / OUT_OF_FOLD_NAME)
    return find_predictions(named, out, source)


def _stands_on_folds(out: Path) -> bool:
    """Tell whether the model in a folder was trained by an audit whose verdict stands on all rows out of fold."""
    import json

    try:
        fairness, train = (
            json.loads((out / f"{name}.json").read_text(encoding="utf-8")) for name in ("fairness", "train")
        )
        audit_on = fairness["settings"]["audit_on"]
        # What was trained since has no verdict yet.
        is_of_it = fairness["created"] == train["created"]
    except (OSError, ValueError, LookupError, TypeError):
        return False
    return (
        is_of_it
        and isinstance(audit_on, dict)
        and audit_on.get("rows") == AuditOn.FOLDS.value
        and (out / OUT_OF_FOLD_NAME).is_file()
    )
