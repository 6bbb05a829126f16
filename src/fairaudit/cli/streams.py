"""The streams that the program writes to: what is written arrives whole, and nothing of it is a command by accident."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from fairaudit.errors import FileError, printable
from fairaudit.render.escape import begun_line, without_commands


class ReaderGone(Exception):
    """Whoever reads stdout, such as ``head``, has seen enough."""


@contextmanager
def arriving() -> Iterator[None]:
    """Turn what can go wrong on stdout into errors of the program."""
    try:
        yield
        sys.stdout.flush()
    except OSError as error:
        # What is still buffered cannot be written, and the interpreter must not complain about it at its end.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise ReaderGone from None
        raise FileError("stdout", f"cannot be written: {error.strerror or error}") from None


class NeutralStream:
    """A stream that GitHub's runner reads: of what is written nothing is a command but what `command` writes.

    Whoever writes, be it this program, a library, or Python when it ends with a traceback, writes what strangers have named.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self._line = ""

    def write(self, text: str) -> int:
        """Write text, and keep in mind how its last line begins, since a line may come in pieces."""
        written = without_commands(text, line=self._line)
        self._line = begun_line(self._line + written)
        self.stream.write(written)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write pieces of text."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        """Return any other attribute from the stream itself."""
        return getattr(self.stream, name)


until_the_end = contextlib.ExitStack()


@contextmanager
def ending() -> Iterator[None]:
    """Release, at the end of a command, what it holds until then."""
    with until_the_end:
        yield


def make_neutral() -> None:
    """Where GitHub Actions reads what is printed, let nothing of it be a command by accident."""
    if not in_actions():
        return
    for name in ("stdout", "stderr"):
        if not isinstance(getattr(sys, name), NeutralStream):
            setattr(sys, name, NeutralStream(getattr(sys, name)))


def say(text: str) -> None:
    """Write JSON, TOML or plain words to stdout, in UTF-8 whatever the terminal's encoding is.

    For GitHub's runner the sign that could begin a command is written as an escape, which JSON and TOML read as the sign.
    """
    _write_line(text.replace("##[", "#\\u0023[") if in_actions() else text)


def command(line: str, *, stderr: bool = False) -> None:
    """Write a command for GitHub's runner."""
    if not stderr:
        _write_line(line)
        return
    stream = getattr(sys.stderr, "stream", sys.stderr)
    stream.write(f"{line}\n")


def _write_line(line: str) -> None:
    with arriving():
        sys.stdout.flush()
        sys.stdout.buffer.write(f"{line}\n".encode())
        sys.stdout.buffer.flush()


def tell(sentence: str) -> None:
    """Write a line to stderr; where nobody can be told, the work goes on."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"{printable(sentence)}\n")
        sys.stderr.flush()


def in_actions() -> bool:
    """Return whether GitHub Actions reads what is printed."""
    return os.environ.get("GITHUB_ACTIONS") == "true"
