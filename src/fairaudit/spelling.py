"""How a setting is spelled: every way in has its own word for it.

``--tau`` is typed on the command line, ``tau=`` is an argument in Python, ``tau`` is a key of a configuration file. Sentences name a
setting by the functions here; the way in says once, by `spelled`, how that is to be read in all that happens under it.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import Enum


class Bare(str):
    """A value that stands without quotes wherever it stands, such as the T of a number."""

    __slots__ = ()


Value = str | float | Sequence[str]


class Edge(Enum):
    """A way in: where settings come from."""

    COMMAND_LINE = "command line"
    PYTHON = "Python"
    FILE = "configuration file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """How settings are spelled.

    Attributes
    ----------
    edge
        The way in; ``None`` as long as none has been said, which is read as the command line.
    keywords
        What Python calls settings that have another name there.
    files
        The settings that a configuration file gives, and which file that is.
    by_hand
        The settings that whoever calls or types has given, whatever their value.
    """

    edge: Edge | None = None
    keywords: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    by_hand: frozenset[str] = frozenset()


_spelling: ContextVar[Spelling] = ContextVar("spelling", default=Spelling())  # noqa: B039  # it is frozen


@contextmanager
def spelled(spelling: Spelling) -> Iterator[None]:
    """Spell settings so, unless they have come in by another way before."""
    if _spelling.get().edge is not None:
        yield
        return
    token = _spelling.set(spelling)
    try:
        yield
    finally:
        _spelling.reset(token)


def setting(name: str, value: Value | None = None, *, quote: Callable[[str], str] | None = None) -> str:
    """Name a setting, or say what to set it to.

    Parameters
    ----------
    name
        As a configuration file has it, with underscores.
    value
        What is advised; several for a setting that can be repeated, ``True`` for a switch.
    quote
        Quotes the value for a shell; left out, as shells need it.

    >>> setting("top_k"), setting("drop", "favourite colour"), setting("trust", ["a.B", "c.D"]), setting("force", True)
    ('--top-k', "--drop 'favourite colour'", '--trust a.B --trust c.D', '--force')
    >>> with spelled(Spelling(edge=Edge.PYTHON, keywords={"ref_group": "reference"})):
    ...     setting("ref_group"), setting("drop", "favourite colour"), setting("folds", 3), setting("force", True)
    ('reference=', 'drop="favourite colour"', 'folds=3', 'force=True')
    >>> with spelled(Spelling(edge=Edge.COMMAND_LINE, files={"top_k": "a/fairaudit.toml"})):
    ...     setting("top_k"), setting("top_k", 3)
    ("key 'top-k' of a/fairaudit.toml", '--top-k 3')
    """
    spelling = _spelling.get()
    if spelling.edge is Edge.PYTHON and (value is not None or name not in spelling.files):
        return f"{spelling.keywords.get(name, name)}={'' if value is None else _literal(value)}"
    key = name.replace("_", "-")
    if value is None and name in spelling.files:
        return f"key {key!r} of {spelling.files[name]}"
    if spelling.edge is Edge.FILE:
        return f"key {key!r}" if value is None else f"{key} = {_literal(value).replace('True', 'true')}"
    if value is None or value is True:
        return f"--{key}"
    quote = quote or _shell_quote()
    values = [value] if isinstance(value, (str, int, float)) else value
    return " ".join(f"--{key} {word if isinstance(word, Bare) else quote(str(word))}" for word in values)


def with_value(name: str, value: Value) -> str:
    """Name a setting by the value that was given.

    >>> with_value("folds", 1)
    '--folds 1'
    >>> with spelled(Spelling(edge=Edge.COMMAND_LINE, files={"folds": "fairaudit.toml"})):
    ...     with_value("folds", 1)
    "key 'folds' of fairaudit.toml, 1"
    """
    spelling = _spelling.get()
    if spelling.edge is Edge.PYTHON and name not in spelling.files:
        return setting(name, value)
    return f"{setting(name)}{_between(name)}{value}"


def item(name: str, key: str, value: str | None = None) -> str:
    """Name one of several parameters that a setting holds.

    >>> item("param", "C"), item("param", "C", "0.1")
    ('--param C', '--param C=0.1')
    >>> with spelled(Spelling(edge=Edge.PYTHON, keywords={"param": "params"})):
    ...     item("param", "C"), item("param", "C", "0.1")
    ('params["C"]', 'params={"C": "0.1"}')
    """
    spelling = _spelling.get()
    if spelling.edge is not Edge.PYTHON or name in spelling.files:
        return f"{setting(name)}{_between(name)}{key}{'' if value is None else f'={value}'}"
    keyword = spelling.keywords.get(name, name)
    if value is None:
        return f"{keyword}[{_literal(key)}]"
    return f"{keyword}={{{_literal(key)}: {_literal(value)}}}"


FUNCTIONS: Mapping[str, str] = {
    "audit": "audit",
    "train": "train",
    "cv": "cross_validate",
    "predict": "predict",
    "slice": "measure_slices",
    "discover": "discover",
    "compare": "compare",
    "history": "history",
    "impact": "impact",
    "check": "check",
    "card": "card",
    "report": "report",
}
"""The functions of the package that do what commands do."""


def command(name: str, option: str = "", *, out: str = "") -> str:
    """Write how a command is run: as it is typed, or as the function that does the same.

    Parameters
    ----------
    option
        A switch that both have.
    out
        The folder of the results, for those who type it; empty where it is the usual one.

    >>> command("card", "force")
    'fairaudit card --force'
    >>> command("card", out="january 2026")
    "fairaudit card --out 'january 2026'"
    >>> with spelled(Spelling(edge=Edge.PYTHON)):
    ...     command("card", "force"), command("cv")
    ('fairaudit.card(..., force=True)', 'fairaudit.cross_validate(...)')
    """
    if is_typed():
        options = [setting(option, True)] if option else []
        return " ".join(["fairaudit", name, *options, *(["--out", shlex.quote(out)] if out else [])])
    return f"fairaudit.{FUNCTIONS[name]}(...{f', {option}=True' if option else ''})"


def is_from_file(name: str) -> bool:
    """Return whether a configuration file gives a setting, and nobody who calls or types."""
    return name in _spelling.get().files


def named_by(*names: str, other: Value) -> str:
    """Say which of some settings has named something, and how to name another, where a configuration file has: nobody has typed it then.

    >>> with spelled(Spelling(edge=Edge.COMMAND_LINE, files={"label": "fairaudit.toml"})):
    ...     named_by("label", other="COLUMN")
    "It is named by key 'label' of fairaudit.toml, and --label COLUMN names another"
    >>> named_by("label", other="COLUMN")
    ''
    """
    name = next((name for name in names if is_from_file(name)), None)
    return "" if name is None else f"It is named by {setting(name)}, and {setting(name, other)} names another"


def is_given(name: str) -> bool:
    """Return whether somebody who calls or types has given a setting, be it with its default."""
    return name in _spelling.get().by_hand


def if_typed(sentence: str, otherwise: str = "") -> str:
    """Return advice that is of use on the command line; elsewhere there is other advice, or none.

    >>> with spelled(Spelling(edge=Edge.PYTHON)):
    ...     if_typed("Run fairaudit check --init")
    ''
    """
    return sentence if is_typed() else otherwise


def is_typed() -> bool:
    """Return whether a command is run, and not a function or a test."""
    return _spelling.get().edge in (None, Edge.COMMAND_LINE)


def _shell_quote() -> Callable[[str], str]:
    import shlex

    return shlex.quote


def _between(name: str) -> str:
    """Write what stands between a setting and its value: words are set apart from words."""
    spelling = _spelling.get()
    return ", " if spelling.edge is Edge.FILE or name in spelling.files else " "


def _literal(value: Value) -> str:
    import json

    if isinstance(value, Bare):
        return value
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, (int, float)):
        return repr(value)
    return f"[{', '.join(map(_literal, value))}]"
