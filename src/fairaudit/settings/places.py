"""Where the gates of a policy stand in its file: what points at a gate points at its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from fairaudit.errors import FileError, not_utf8

_HEADER = re.compile(
    r"""[ \t]*\[\[[ \t]*(?:tool[ \t]*\.[ \t]*fairaudit[ \t]*\.[ \t]*)?(["']?)gate\1[ \t]*\]\]"""
)
_KEY = re.compile(r"""[ \t]*(["']?)gate\1[ \t]*=""")
_LINE_ENDS = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPlace:
    """A policy's file as others find it.

    Attributes
    ----------
    uri
        Its path from the root of the repository, as a relative URI.
    text
        What it holds.
    gates
        The line of each gate, from 1, as they were declared.
    """

    uri: str
    text: str
    gates: tuple[int, ...]

    @property
    def lines(self) -> list[str]:
        """The lines of the file, without their ends."""
        return _lines(self.text)


def find_gates(path: Path, *, gates: int) -> PolicyPlace:
    """Find the line of each of so many gates in a policy.

    Raises
    ------
    FileError
        If the file cannot be read.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise FileError(str(path), f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise not_utf8(str(path), error) from None
    return PolicyPlace(uri=repository_uri(path), text=text, gates=gate_lines(text, gates=gates))


def gate_lines(text: str, *, gates: int) -> tuple[int, ...]:
    r"""Find the line of each of so many gates.

    A gate begins with its line ``[[gate]]``. Of gates that are written otherwise, as a list within one key, all have the line of that key,
    or the first line if there is none.

    >>> gate_lines('[[gate]]\nname = "a"\n\n[[gate]]\n', gates=2), gate_lines("out = 'x'\ngate = [{}, {}]", gates=2)
    ((1, 4), (2, 2))
    """
    lines = _lines(text)
    candidates = [number for number, line in enumerate(lines, start=1) if _HEADER.match(line)]
    # A line that looks like a header may stand within a text of several lines: what stands before such a line is no TOML.
    headers: list[int] = []
    begin = 1
    for number in candidates:
        if _is_toml(lines[begin - 1 : number - 1]):
            headers.append(number)
            begin = number
    if len(headers) == gates:
        return tuple(headers)
    key = next((number for number, line in enumerate(lines, start=1) if _KEY.match(line)), 1)
    return (key,) * gates


def key_line(text: str, begins: Sequence[int], key: str) -> int:
    r"""Find the line of a key, or of a table of that name, in a gate; the gate's own line where it is written otherwise.

    Parameters
    ----------
    begins
        The line with which the gate begins, and that of the next one, if there is one.

    >>> key_line('[[gate]]\nname = "a"\nwaive = {}\n', (1,), "waive")
    3
    """
    lines = _lines(text)
    begin, end = begins[0], begins[1] - 1 if len(begins) > 1 else len(lines)
    pattern = re.compile(rf"""[ \t]*(?:\[\[?[^\]]*\.[ \t]*)?(["']?){re.escape(key)}\1[ \t]*(?:=|\]|\.)""")
    own = range(begin, end + 1)
    return next((number for number in own if pattern.match(lines[number - 1])), begin)


def repository_uri(path: Path) -> str:
    """Write a path as `repository_path` does, as a relative URI."""
    return quote(repository_path(path))


def repository_path(path: Path) -> str:
    """Write a path from the root of its repository, or from the current folder, or else its name alone; links are followed."""
    path = path.resolve()
    roots = [folder for folder in path.parents if (folder / ".git").exists()][:1]
    root = next((root for root in [*roots, Path.cwd().resolve()] if path.is_relative_to(root)), path.parent)
    return path.relative_to(root).as_posix()


def _lines(text: str) -> list[str]:
    """Take the lines of a file apart, without a mark of its encoding."""
    return _LINE_ENDS.split(text.removeprefix("\ufeff"))


def _is_toml(lines: list[str]) -> bool:
    try:
        tomllib.loads("\n".join(lines))
    except (ValueError, RecursionError):
        return False
    return True
