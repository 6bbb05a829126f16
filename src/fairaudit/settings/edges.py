"""The ways in: how settings are spelled for whoever calls from Python, or has written a configuration file."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import AbstractContextManager
from pathlib import Path
from typing import ParamSpec, TypeVar

from fairaudit.room import enough_room
from fairaudit.settings.commands import COMMANDS, options_of
from fairaudit.spelling import Edge, Spelling, spelled

_P = ParamSpec("_P")
_R = TypeVar("_R")


@functools.cache
def keywords() -> Mapping[str, str]:
    """Return the names of settings in Python, by the names that they have on the command line."""
    every = {name: option for command in COMMANDS for name, option in options_of(command).items()}
    return {name: option.keyword for name, option in every.items() if option.keyword != name}


def called_from_python(
    arguments: Mapping[str, object] | None = None, parameters: Sequence[str] = ()
) -> AbstractContextManager[None]:
    """Spell settings as arguments, in errors and notes; those that have a value are given, and those of `parameters` are called as on the command line."""
    spelling = {name: keyword for name, keyword in keywords().items() if name not in parameters}
    names = {keyword: name for name, keyword in spelling.items()}
    says = {names.get(keyword, keyword) for keyword, value in (arguments or {}).items() if _says(value)}
    return spelled(Spelling(edge=Edge.PYTHON, keywords=spelling, by_hand=frozenset(says)))


def _says(value: object) -> bool:
    """Tell whether an argument says something; what is empty is as if it was left out."""
    return value is not None and not (isinstance(value, Sequence | Mapping | Set) and len(value) == 0)


def in_python(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Let errors and notes of a public function spell settings as its arguments."""
    code = function.__code__
    parameters = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]

    @functools.wraps(function)
    def call(*arguments: _P.args, **named: _P.kwargs) -> _R:
        # pytest then shows the line of a test, and not this function.
        __tracebackhide__ = True
        with called_from_python(named, parameters), enough_room():
            return function(*arguments, **named)

    return call


def spelling_of_files(edge: Edge, files: Mapping[str, Path]) -> Spelling:
    """Spell settings so, and those that a file gives as its keys."""
    names = keywords() if edge is Edge.PYTHON else {}
    return Spelling(edge=edge, keywords=names, files={name: str(path) for name, path in files.items()})
