"""Settings: what a person may choose, with its defaults, and the configuration file that gives other defaults.

Nothing here touches a table. The values are checked as far as that is possible without the data.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any

from fairaudit.errors import FileError, OptionError, did_you_mean

CONFIG_NAME = "fairaudit.toml"
DEFAULT_OUT = Path("fairaudit-out")
DEFAULT_STATEMENTS = Path("card.toml")
DEFAULT_TAU = Fraction("0.8")
DEFAULT_MIN_GROUP_SIZE = 30
MIN_DENOMINATOR = 10
"""A rate out of fewer than this many is marked small."""
CONFIDENCE = 0.95
NO_LABEL = "none"
MAJORITY = "majority"
MIN_METRIC = "min-metric"
_RATIO = re.compile(r"[+-]?(\d{1,9}(\.\d{0,9})?|\.\d{1,9})|\d{1,9}/\d{1,9}", re.ASCII)
"""A decimal number, or a fraction such as 4/5."""


class Missing(StrEnum):
    """What to do with rows whose label or score is missing."""

    ERROR = "error"
    DROP = "drop"


class RuleKind(StrEnum):
    """How decisions come about."""

    SCORES_ARE_DECISIONS = "scores are 0/1"
    DECISION_COLUMN = "decision column"
    THRESHOLD = "threshold"
    TOP_K = "top-k"
    TOP_PERCENT = "top-percent"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSettings:
    """How rows of predictions are to be read: every choice that can change a count.

    Attributes
    ----------
    label, score, decision, weight
        Column names; ``None`` lets the reader look for the usual names. `label` and `score` may be ``"none"``.
    positive
        Label values that make up the positive class; empty for labels that are 0/1.
    attributes
        Attributes as typed (``race``, ``age:25,45``, ``race*sex``); empty lets the reader choose.
    where
        SQL condition over the input's columns; rows that do not fulfil it are dropped and counted.
    threshold
        A row with score >= threshold is decided 1.
    top_k, top_percent
        The highest `top_k` people, or `top_percent` (0 to 100) of them, are decided 1, with all tied at the cut.
    """

    label: str | None = None
    score: str | None = None
    decision: str | None = None
    weight: str | None = None
    positive: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    where: str | None = None
    missing: Missing = Missing.ERROR
    threshold: float | None = None
    top_k: int | None = None
    top_percent: float | None = None

    def __post_init__(self) -> None:
        """Refuse two decision rules at once, and limits that cannot be."""
        rules = [
            option
            for option, value in (
                ("--threshold", self.threshold),
                ("--top-k", self.top_k),
                ("--top-percent", self.top_percent),
            )
            if value is not None
        ]
        if len(rules) > 1:
            raise OptionError(rules[1], f"cannot be given together with {rules[0]}")
        if self.threshold is not None and not math.isfinite(self.threshold):
            raise OptionError("--threshold", f"{self.threshold} is not a finite number")
        if self.top_k is not None and self.top_k < 1:
            raise OptionError("--top-k", f"{self.top_k} is below 1")
        if self.top_percent is not None and not 0 < self.top_percent <= 100:
            raise OptionError("--top-percent", f"{self.top_percent:g} is not above 0 and at most 100")


def parse_tau(text: str) -> Fraction:
    """Read a tolerance exactly.

    >>> parse_tau("0.8")
    Fraction(4, 5)

    Raises
    ------
    OptionError
        If it is no number above 0 and at most 1.
    """
    try:
        # Without the limit on the form, 1e-999999999 would take all the memory there is.
        tau = Fraction(text if _RATIO.fullmatch(text.strip()) else "")
    except (ValueError, ZeroDivisionError):
        raise OptionError("--tau", f"{text!r} is not a number", hint="Give a ratio such as 0.8") from None
    if not 0 < tau <= 1:
        raise OptionError("--tau", f"{text} is not above 0 and at most 1", hint="Four fifths is 0.8")
    return tau


def split_words(typed: Iterable[str], *, known: Collection[str]) -> tuple[str, ...]:
    """Split comma lists; a text that is known as it stands is one word, whatever commas it holds.

    >>> split_words(["acc,good", "a,b"], known=["acc", "good", "a,b"])
    ('acc', 'good', 'a,b')
    """
    words: list[str] = []
    for text in typed:
        words += [text] if text in known else [part.strip() for part in text.split(",") if part.strip()]
    return tuple(dict.fromkeys(words))


class OptionKind(StrEnum):
    """What an option holds."""

    FLAG = "true or false"
    ONE = "a text or a number"
    MANY = "a text, a number, or a list of these"


def tau_text(tau: Fraction) -> str:
    """Write a tolerance so that `parse_tau` reads the same again.

    >>> tau_text(Fraction("0.8")), tau_text(Fraction(1, 3))
    ('0.8', '1/3')
    """
    decimal = f"{tau.numerator * 10**9 // tau.denominator:010d}"
    shown = f"{decimal[:-9]}.{decimal[-9:]}".rstrip("0").rstrip(".")
    return shown if Fraction(shown) == tau else str(tau)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFile:
    """Defaults from a file: options of all commands, and options of one command."""

    path: Path
    shared: Mapping[str, Any]
    commands: Mapping[str, Mapping[str, Any]]


def find_config(start: Path) -> Path | None:
    """Find ``fairaudit.toml``, or a ``pyproject.toml`` with a ``[tool.fairaudit]`` table, in a folder or above it."""
    for folder in (start, *start.parents):
        own = folder / CONFIG_NAME
        if own.is_file():
            return own
        project = folder / "pyproject.toml"
        if project.is_file() and _project_table(project) is not None:
            return project
    return None


def read_config(path: Path, *, options: Mapping[str, Mapping[str, OptionKind]]) -> ConfigFile:
    """Read defaults from a configuration file.

    Parameters
    ----------
    path
        ``fairaudit.toml``, or ``pyproject.toml`` of which only ``[tool.fairaudit]`` is read.
    options
        The options (with underscores) of each command, against which every key and value is checked.

    Raises
    ------
    FileError
        If the file is no TOML, or holds a key that no command knows (the nearest known one is named), or a value that
        no such option can have.
    """
    content = _project_table(path) if path.name == "pyproject.toml" else _load_toml(path)
    if not isinstance(content, dict):
        raise FileError(str(path), "tool.fairaudit is no table")
    every = {name: kind for known in options.values() for name, kind in known.items()}
    shared: dict[str, Any] = {}
    commands: dict[str, Mapping[str, Any]] = {}
    for key, value in content.items():
        if isinstance(value, dict) and key in options:
            commands[key] = dict(
                _entry(inner, item, options[key], path, table=f"[{key}] ") for inner, item in value.items()
            )
        elif isinstance(value, dict):
            raise FileError(
                str(path), f"there is no command for the table [{key}]", hint=did_you_mean(key, options)
            )
        else:
            name, checked = _entry(key, value, every, path)
            shared[name] = checked
    return ConfigFile(path=path, shared=shared, commands=commands)


def _entry(
    key: str, value: object, known: Mapping[str, OptionKind], path: Path, *, table: str = ""
) -> tuple[str, Any]:
    """Check a key and its value; a single value of an option that can be repeated becomes a list."""
    name = key.replace("-", "_")
    if name not in known:
        nearest = did_you_mean(key, sorted(n.replace("_", "-") for n in known))
        raise FileError(str(path), f"{table}unknown key {key!r}", hint=nearest)
    items = value if isinstance(value, list) else [value]
    scalars = all(isinstance(item, (str, int, float)) and not isinstance(item, bool) for item in items)
    match known[name]:
        case OptionKind.FLAG if isinstance(value, bool):
            return name, value
        case OptionKind.ONE if scalars and not isinstance(value, list):
            return name, value
        case OptionKind.MANY if scalars:
            return name, [str(item) for item in items]
        case kind:
            raise FileError(str(path), f"{table}the value of {key!r} has to be {kind}")


def _project_table(path: Path) -> object:
    """Give what a ``pyproject.toml`` holds for this program, or ``None``."""
    tools = _load_toml(path).get("tool")
    return tools.get("fairaudit") if isinstance(tools, dict) else None


def _load_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileError(str(path), f"is not TOML: {error}") from None
    except OSError as error:
        raise FileError(str(path), f"cannot be read: {error.strerror}") from None
