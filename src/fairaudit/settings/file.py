"""The configuration file that gives settings other defaults, and the gates that it declares."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fairaudit.errors import (
    FileError,
    OptionError,
    clipped,
    did_you_mean,
    join_sentences,
    nearest_file,
    not_utf8,
)
from fairaudit.settings.choices import STDIN
from fairaudit.settings.conditions import checked_conditions
from fairaudit.settings.naming import checked_words
from fairaudit.settings.numbers import Written
from fairaudit.settings.option import OptionKind
from fairaudit.texts import garbage_kept, shallow

CONFIG_NAME = "fairaudit.toml"
PROJECT_NAME = "pyproject.toml"
SAFE_FOLDERS = "FAIRAUDIT_SAFE_FOLDERS"
"""Names folders whose configuration files are taken although another user owns them, as in containers that run as root."""
TYPED_ONLY = ("allow_code",)
"""What a configuration file cannot say for itself."""
TABLES: Mapping[str, tuple[str, Callable[..., dict[str, str]]]] = {
    "words": ("words", checked_words),
    "slices": ("slice_where", checked_conditions),
}
"""The tables of a file, with the option that each holds, and what checks it."""
GATE = "gate"
"""The key of the gates in a configuration file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFile:
    """Defaults from a file: options of all commands, and options of one command; and the gates as they stand there, unchecked."""

    path: Path
    shared: Mapping[str, Any]
    commands: Mapping[str, Mapping[str, Any]]
    gates: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigSearch:
    """What a search upwards has found: the nearest file, if there is one, and why nearer ones were passed over."""

    path: Path | None
    passed_over: tuple[str, ...] = ()


def search_config(start: Path) -> ConfigSearch:
    """Look for ``fairaudit.toml``, or a ``pyproject.toml`` with a ``[tool.fairaudit]`` table, in a folder or above it.

    The search ends in the folder that holds ``.git``, or in the home folder; and a file of another user is passed over, since whoever
    may write to a folder above could otherwise give orders to all who work below.
    """
    passed_over: list[str] = []
    for folder in (start, *start.parents):
        for path in (folder / CONFIG_NAME, folder / PROJECT_NAME):
            if not _there(path, Path.is_file):
                continue
            if stranger := _stranger(path):
                passed_over.append(f"{path} is passed over: {stranger}")
            elif path.name == CONFIG_NAME or _project_table(path) is not None:
                return ConfigSearch(path=path, passed_over=tuple(passed_over))
        if _there(folder / ".git", Path.exists) or folder == _home():
            break
    return ConfigSearch(path=None, passed_over=tuple(passed_over))


def find_config(start: Path) -> Path | None:
    """Return the file that a search upwards finds, or ``None``."""
    return search_config(start).path


def refuse_stranger(path: Path) -> None:
    """Refuse a configuration file that nobody named and another user owns.

    Raises
    ------
    FileError
        If it is one.
    """
    if stranger := _stranger(path):
        raise FileError(str(path), stranger)


def _stranger(path: Path) -> str:
    """Say that a file, or the link to it, belongs to somebody else than this user and the system's own; else give nothing."""
    if not hasattr(os, "geteuid"):
        return ""
    friends = {os.geteuid(), 0}
    if os.geteuid() == 0 and (sudo := os.environ.get("SUDO_UID", "")).isdecimal():
        friends.add(int(sudo))
    strangers = {path.stat().st_uid, path.lstat().st_uid} - friends
    if not strangers or path.parent.resolve() in _safe_folders():
        return ""
    return join_sentences(
        f"it belongs to another user (number {min(strangers)})",
        f"Make it your own, or name its folder in {SAFE_FOLDERS}",
    )


def _safe_folders() -> set[Path]:
    return {Path(name).resolve() for name in os.environ.get(SAFE_FOLDERS, "").split(os.pathsep) if name}


def _there(path: Path, test: Callable[[Path], bool]) -> bool:
    """Ask for a file where a folder may forbid to ask."""
    try:
        return test(path)
    except OSError:
        return False


def _home() -> Path | None:
    try:
        return Path.home().resolve()
    except RuntimeError:
        return None


def read_config(
    path: Path, *, options: Mapping[str, Mapping[str, OptionKind]], here: Path | None = None
) -> ConfigFile:
    """Read defaults from a configuration file.

    Parameters
    ----------
    path
        ``fairaudit.toml``, or ``pyproject.toml`` of which only ``[tool.fairaudit]`` is read.
    options
        The options (with underscores) of each command, against which every key and value is checked.
    here
        The folder that relative paths are relative to, but for those that are relative to the file. Left out, the current one.

    Raises
    ------
    FileError
        If the file is no TOML, or holds a key that no command knows (the nearest known one is named), or a value that
        no such option can have, or a path that leads out of the file's own folder.
    """
    content = _content(path)
    here = here or Path.cwd()
    shared: dict[str, Any] = {}
    commands: dict[str, Mapping[str, Any]] = {}
    for key, value in content.items():
        if key == GATE:
            continue
        if isinstance(value, dict) and key in TABLES:
            shared[TABLES[key][0]] = _table(key, value, path)
        elif isinstance(value, dict) and key in options:
            commands[key] = dict(
                _entry(inner, item, options[key], path, here, table=f"[{key}] ")
                for inner, item in value.items()
            )
        elif isinstance(value, dict):
            raise FileError(
                str(path), f"there is no command for the table [{key}]", hint=did_you_mean(key, options)
            )
        else:
            name, checked = _entry(key, value, _some_that_know(key, options), path, here)
            if name in shared:
                raise FileError(
                    str(path), f"the key {name!r} is written twice, with a hyphen and with an underscore"
                )
            shared[name] = checked
    return ConfigFile(path=path, shared=shared, commands=commands, gates=_gates(content, path))


def _some_that_know(key: str, options: Mapping[str, Mapping[str, OptionKind]]) -> Mapping[str, OptionKind]:
    """Return the options of the first command that knows a key, as those of each command may take loading; or of all, if none does."""
    for known in options.values():
        if key.replace("-", "_") in known:
            return known
    return {name: kind for known in options.values() for name, kind in known.items()}


def gate_entries(path: Path) -> tuple[Mapping[str, Any], ...]:
    """Read the ``[[gate]]`` tables of a configuration file as they stand, unchecked; numbers remember how they are written.

    Raises
    ------
    FileError
        If the file is no TOML, or its gates are no array of tables.
    """
    return _gates(_content(path), path)


def _gates(content: Mapping[str, Any], path: Path) -> tuple[Mapping[str, Any], ...]:
    entries = content.get(GATE, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        table = GATE if path.name != PROJECT_NAME else f"tool.fairaudit.{GATE}"
        raise FileError(
            str(path), f"{GATE!r} is no list of tables", hint=f"Begin each gate with the line [[{table}]]"
        )
    return tuple(entries)


def _content(path: Path) -> dict[str, Any]:
    """Return what a file holds for this program."""
    content = _project_table(path) if path.name == PROJECT_NAME else _load_toml(path)
    if not isinstance(content, dict):
        raise FileError(str(path), "tool.fairaudit is no table")
    return content


def _entry(
    key: str, value: object, known: Mapping[str, OptionKind], path: Path, here: Path, *, table: str = ""
) -> tuple[str, Any]:
    """Check a key and its value; a single value of an option that can be repeated becomes a list."""
    name = TABLES[key][0] if key in TABLES and isinstance(value, dict) else key.replace("-", "_")
    if name in TYPED_ONLY:
        raise FileError(str(path), f"{table}{key!r} can be given on the command line only")
    if name not in known:
        others = () if table else (GATE,)
        nearest = did_you_mean(key, [*others, *sorted(n.replace("_", "-") for n in known)])
        raise FileError(str(path), f"{table}unknown key {clipped(key)!r}", hint=nearest)
    items = value if isinstance(value, list) else [value]
    scalars = all(isinstance(item, (str, int, float)) and not isinstance(item, bool) for item in items)
    match known[name]:
        case OptionKind.TABLE if isinstance(value, dict) and key in TABLES:
            return name, _table(key, value, path)
        case OptionKind.FLAG if isinstance(value, bool):
            return name, value
        case OptionKind.ONE if scalars and not isinstance(value, list):
            return name, value
        case OptionKind.MANY if scalars:
            return name, [str(item) for item in items]
        case OptionKind.PATH | OptionKind.BESIDE if value == "":
            raise FileError(
                str(path), f"{table}{key!r} names no file or folder", hint="Leave it out, or name one"
            )
        case OptionKind.PATH if scalars and not isinstance(value, list):
            _refuse_outside(here / str(value), path, f"{table}{key!r}")
            return name, str(value)
        case OptionKind.BESIDE if value == STDIN:
            return name, value
        case OptionKind.BESIDE if scalars and not isinstance(value, list):
            _refuse_outside(path.parent / str(value), path, f"{table}{key!r}")
            return name, str(path.parent / str(value))
        case kind:
            raise FileError(str(path), f"{table}the value of {key!r} has to be {kind}")


def _table(key: str, table: Mapping[str, Any], path: Path) -> list[str]:
    """Check a table of texts, and return it as it would be typed."""
    try:
        words = TABLES[key][1](table, place=f"[{key}]")
    except OptionError as error:
        raise FileError(str(path), str(error)) from None
    return [f"{name}={text}" for name, text in words.items()]


def _refuse_outside(target: Path, path: Path, key: str) -> None:
    """Refuse a path of a file that leads out of the folder in which the file lies, or to where git keeps what it runs."""
    try:
        folder = path.parent.resolve()
        within = target.resolve().relative_to(folder)
    except (OSError, ValueError, RuntimeError):
        # Elsewhere, or a name that cannot be one: too long, with a NUL, or a link to itself.
        raise FileError(
            str(path),
            f"{key} names {clipped(str(target), most=200)}, which is not in the folder of this file",
            hint="What lies elsewhere can be given on the command line",
        ) from None
    if ".git" in map(str.casefold, within.parts):
        raise FileError(str(path), f"{key} names {clipped(str(target), most=200)}, which is git's own")


def _project_table(path: Path) -> object:
    """Return what a ``pyproject.toml`` holds for this program, or ``None``."""
    tools = _load_toml(path).get("tool")
    return tools.get("fairaudit") if isinstance(tools, dict) else None


def _load_toml(path: Path) -> dict[str, Any]:
    # Most folders hold none.
    import tomllib

    try:
        content = io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=None).read()
        with garbage_kept():
            return tomllib.loads(shallow(content), parse_float=Written)
    except RecursionError:
        raise FileError(str(path), "is not TOML that anybody wrote: it is nested too deeply") from None
    except UnicodeDecodeError as error:
        raise not_utf8(str(path), error) from None
    except ValueError as error:
        # No TOML, or a whole number of thousands of digits.
        raise FileError(str(path), f"is not TOML: {clipped(str(error), most=200)}") from None
    except OSError as error:
        raise FileError(str(path), f"cannot be read: {error.strerror}", hint=nearest_file(path)) from None
