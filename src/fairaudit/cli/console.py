"""The terminal: reports on stdout; progress, warnings and errors on stderr."""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from rich.console import Console, RenderableType
from rich.text import Text

from fairaudit.errors import FileError, printable
from fairaudit.locking import held
from fairaudit.render.escape import begun_line, without_commands
from fairaudit.settings.output import OutputOptions
from fairaudit.write import output_folder, write_text

if TYPE_CHECKING:
    from fairaudit.documents.parts import Stamp
    from fairaudit.documents.registry import AnyDocument

PROGRESS_AFTER = 2.0
"""Seconds; shorter work shows no bar."""


class ReaderGone(Exception):
    """Whoever reads stdout, such as ``head``, has seen enough."""


class ReportConsole(Console):
    """A console for reports; a report is never cut off at the width of a pipe."""

    def __init__(self) -> None:
        super().__init__(highlight=False, soft_wrap=False)

    def print(self, *objects: Any, **options: Any) -> None:
        """Print, and make sure that it has arrived."""
        with _arriving():
            super().print(*objects, **options)

    def on_broken_pipe(self) -> None:
        """Tell the program, which ends without a complaint."""
        raise BrokenPipeError


@contextmanager
def _arriving() -> Iterator[None]:
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
        """Give everything else as the stream has it."""
        return getattr(self.stream, name)


_until_the_end = contextlib.ExitStack()


@contextmanager
def ending() -> Iterator[None]:
    """Give back, at the end of a command, what it holds until then."""
    try:
        yield
    finally:
        _until_the_end.close()


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
    with _arriving():
        sys.stdout.flush()
        sys.stdout.buffer.write(f"{line}\n".encode())
        sys.stdout.buffer.flush()


def tell(sentence: str) -> None:
    """Write a line to stderr; where nobody can be told, the work goes on."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"{printable(sentence)}\n")
        sys.stderr.flush()


def in_actions() -> bool:
    """Tell whether GitHub Actions reads what is printed."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


@contextmanager
def _no_commands() -> Iterator[None]:
    """Keep GitHub from taking a group that is called ``::error::`` for a command, by a word that no data can know."""
    if not in_actions():
        yield
        return
    word = secrets.token_hex(16)
    command(f"::stop-commands::{word}")
    try:
        yield
    finally:
        command(f"::{word}::")


@dataclass(frozen=True, slots=True, kw_only=True)
class Output(OutputOptions):
    """Where a command's results go, and how they are shown."""

    @property
    def stdout(self) -> Console:
        """The console for reports."""
        return ReportConsole()

    @contextmanager
    def prepared(self) -> Iterator[Path]:
        """Make the output folder before any work is done, and keep other runs out of it until the command has ended.

        If the work fails, it leaves no empty folder.
        """
        with output_folder(self.folder) as folder, contextlib.ExitStack() as lock:
            lock.enter_context(held(folder))
            yield folder
            _until_the_end.push(lock.pop_all())

    def write(self, reports: Mapping[str, AnyDocument]) -> tuple[Path, ...]:
        """Write documents to the files of these names."""
        from fairaudit.documents.registry import dump

        for name, document in reports.items():
            write_text(self.folder / name, dump(document))
        return tuple(self.folder / name for name in reports)

    def show(
        self,
        reports: Mapping[str, AnyDocument],
        show: Callable[[int], RenderableType],
        *,
        also: tuple[Path, ...] = (),
        next_steps: str = "",
    ) -> None:
        """Show results that have been written: as JSON, as a person reads them, or not at all.

        Parameters
        ----------
        reports
            Documents by file name.
        show
            Makes the terminal's view for a width.
        also
            Other files that were written.
        """
        from fairaudit.documents.registry import dump

        # All is written, and whoever reads the report may take an hour for it.
        _until_the_end.close()
        self.note(reports.values())
        if self.as_json:
            texts = {
                name.removesuffix(".json"): dump(document).rstrip() for name, document in reports.items()
            }
            one = next(iter(texts.values()))
            several = ",\n".join(f'"{name}": {text}' for name, text in texts.items())
            say(one if len(texts) == 1 else f"{{\n{several}\n}}")
            return
        if self.quiet:
            return
        console = self.stdout
        with _no_commands():
            console.print(show(console.width))
        written = ", ".join(
            printable(str(path)) for path in (*(self.folder / name for name in reports), *also)
        )
        console.print(Text(f"Written: {written}", "dim"))
        if next_steps:
            console.print(Text(f"Next: {printable(next_steps)}", "dim"))

    def finish(
        self,
        reports: Mapping[str, AnyDocument],
        show: Callable[[int], RenderableType],
        *,
        also: tuple[Path, ...] = (),
        next_steps: str = "",
    ) -> None:
        """Write documents and show the result."""
        self.write(reports)
        self.show(reports, show, also=also, next_steps=next_steps)

    @contextmanager
    def progress(self, what: str) -> Iterator[Callable[[float], None]]:
        """Show how far a long piece of work is, on stderr, once it has taken two seconds."""
        console = Console(stderr=True)
        begun = time.monotonic()
        if self.quiet or not console.is_terminal:
            yield lambda _: None
            self.detail(f"{what}: {time.monotonic() - begun:.1f} s")
            return
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        task = bar.add_task(printable(what), total=1.0)
        running = False

        def tell(share: float) -> None:
            nonlocal running
            if not running and time.monotonic() - begun > PROGRESS_AFTER:
                bar.start()
                running = True
            bar.update(task, completed=share)

        try:
            yield tell
        finally:
            if running:
                bar.stop()
        self.detail(f"{what}: {time.monotonic() - begun:.1f} s")

    def warn(self, sentences: Iterable[str]) -> None:
        """Say on stderr what a user should know, each thing once."""
        if not self.quiet:
            for sentence in dict.fromkeys(sentences):
                tell(f"warning: {sentence}")

    def note(self, documents: Iterable[AnyDocument]) -> None:
        """Say on stderr what was found while the inputs of documents were read, each thing once."""
        if not self.quiet:
            for note in dict.fromkeys(note for document in documents for note in document.input.notes):
                tell(f"{'warning' if note.warning else 'note'}: {note.sentence}")

    def detail(self, sentence: str) -> None:
        """Say something that only ``--verbose`` asks for."""
        if self.verbose:
            Console(stderr=True, highlight=False).print(Text(printable(sentence), "dim"))


def stamp(command: str) -> Stamp:
    """Take the time; nothing else reads the clock."""
    from fairaudit.documents.parts import Stamp

    return Stamp(created=datetime.now(UTC).replace(microsecond=0), command=f"fairaudit {command}")
