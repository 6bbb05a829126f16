"""The terminal: reports on stdout; progress, warnings and errors on stderr."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console, RenderableType
from rich.text import Text

from fairaudit.cli.streams import (
    arriving,
    command,
    in_actions,
    say,
    tell,
    until_the_end,
)
from fairaudit.clock import now
from fairaudit.errors import printable
from fairaudit.locking import held
from fairaudit.settings.address import without_password
from fairaudit.settings.output import OutputOptions
from fairaudit.write import output_folder, write_together

if TYPE_CHECKING:
    from fairaudit.cli.next_steps import Steps
    from fairaudit.documents.parts import Stamp
    from fairaudit.documents.registry import AnyDocument

MOST_LISTED = 3
"""How many files are listed one by one."""
NO_FILES: Mapping[Path, bytes] = {}
PROGRESS_AFTER = 2.0
"""Seconds; shorter work shows no bar."""


class ReportConsole(Console):
    """A console for reports; a report is never cut off at the width of a pipe."""

    def __init__(self) -> None:
        super().__init__(highlight=False, soft_wrap=False, emoji=False)

    def print(self, *objects: Any, **options: Any) -> None:
        """Print, and make sure that it has arrived."""
        with arriving():
            super().print(*objects, **options)

    def on_broken_pipe(self) -> None:
        """Pass the error to the program, which ends without a complaint."""
        raise BrokenPipeError


@contextmanager
def _no_commands() -> Iterator[None]:
    """Keep GitHub from taking a group that is called ``::error::`` for a command, by a word that no data can know."""
    if not in_actions():
        yield
        return
    import secrets

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
    def prepared(self, **others: Path | None) -> Iterator[Path]:
        """Make the output folder before any work is done, and keep other runs out of it until the command has ended.

        If the work fails, it leaves no empty folder.

        Parameters
        ----------
        **others
            Further folders, by the settings that name them.
        """
        with ExitStack() as work:
            folder = work.enter_context(output_folder(self.folder))
            for option, other in others.items():
                if other is not None:
                    work.enter_context(output_folder(other, option=option))
            work.enter_context(held(folder))
            yield folder
            # What is yet to be written may find no room.
            until_the_end.push(work.pop_all())

    def write(
        self,
        reports: Mapping[str, AnyDocument],
        files: Mapping[Path, bytes] = NO_FILES,
        *,
        stale: Iterable[Path] = (),
    ) -> None:
        """Write documents to the files of these names, with the files that belong to them, wherever they are to lie, and take stale ones away; all or nothing."""
        from fairaudit.documents.text import dump

        texts = {self.folder / name: dump(document).encode() for name, document in reports.items()}
        write_together({**files, **texts}, stale=stale)

    def show(
        self,
        reports: Mapping[str, AnyDocument],
        show: Callable[[int], RenderableType],
        *,
        also: tuple[Path, ...] = (),
        next_steps: Steps = (),
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
        from fairaudit.documents.text import dump

        # All is written, and whoever reads the report may take an hour for it.
        until_the_end.close()
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
        paths = (*(self.folder / name for name in reports), *also)
        report = next((path for path in paths if path.suffix == ".html"), None)
        see = "" if report is None else f"; see everything: open {shlex.quote(str(report))}"
        console.print(Text(f"Written: {printable(self._written(paths) + see)}", "dim"), soft_wrap=True)
        self.show_next(next_steps)

    def show_next(self, next_steps: Steps) -> None:
        """Show what comes next, each step with its command in one line."""
        console = self.stdout
        longest = max((len(purpose) for purpose, typed in next_steps if typed), default=0)
        for number, (purpose, typed) in enumerate(next_steps):
            head = ("      " if number else "Next  ", "bold")
            line = f"{printable(purpose):<{longest}}  " if typed else printable(purpose)
            # One line, which nothing breaks, so that its end can be pasted.
            console.print(Text.assemble(head, line, (printable(typed), "cyan")), soft_wrap=True)

    def _written(self, paths: Sequence[Path]) -> str:
        """List files; of many only the folder is named, unless more is asked for."""
        if self.verbose or len(paths) <= MOST_LISTED:
            return ", ".join(str(path) for path in paths)
        return f"{len(paths)} files in {self.folder}"

    def finish(
        self,
        reports: Mapping[str, AnyDocument],
        show: Callable[[int], RenderableType],
        *,
        also: Mapping[Path, bytes] = NO_FILES,
        next_steps: Steps = (),
    ) -> None:
        """Write documents, with the files that belong to them, and show the result."""
        self.write(reports, also)
        self.show(reports, show, also=tuple(also), next_steps=next_steps)

    @contextmanager
    def progress(self, label: str, rows: int | None = None) -> Iterator[Callable[[float], None]]:
        """Show how far a long piece of work is, on stderr, once it has taken two seconds; of how many rows, if that is about known."""
        console = Console(stderr=True)
        begun = time.monotonic()
        if self.quiet or not console.is_terminal:
            yield lambda _: None
            self.detail(f"{label}: {time.monotonic() - begun:.1f} s")
            return
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[rows]}", markup=False),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        task = bar.add_task(printable(label), total=1.0, rows="")
        running = False

        def tell(share: float) -> None:
            nonlocal running
            if not running and time.monotonic() - begun > PROGRESS_AFTER:
                bar.start()
                running = True
            known = "" if rows is None else f"{share * rows:,.0f} of about {rows:,} rows"
            bar.update(task, completed=share, rows=known)

        try:
            yield tell
        finally:
            if running:
                bar.stop()
        self.detail(f"{label}: {time.monotonic() - begun:.1f} s")

    def warn(self, sentences: Iterable[str]) -> None:
        """Say on stderr what a user should know, each thing once."""
        if not self.quiet:
            for sentence in dict.fromkeys(sentences):
                tell(f"warning: {sentence}")

    def note(self, documents: Iterable[AnyDocument]) -> None:
        """Say on stderr what was found while the inputs of documents were read, each thing once."""
        if not self.quiet:
            for note in dict.fromkeys(note for document in documents for note in document.all_notes):
                tell(f"{'warning' if note.warning else 'note'}: {note.sentence}")

    def detail(self, sentence: str) -> None:
        """Say something that only ``--verbose`` asks for."""
        if self.verbose:
            Console(stderr=True, highlight=False).print(Text(printable(sentence), "dim"))


def stamp(command: str) -> Stamp:
    """Say when a document was made, and by which words; where it was written and how it was shown is left out, as it changes nothing in it."""
    from fairaudit.documents.parts import Stamp

    words = [without_password(word) for word in _that_count(sys.argv[1:])]
    typed = shlex.join(words[1:] if words[:1] == [command] else words)
    return Stamp(created=now(), command=f"fairaudit {command} {typed}".rstrip())


_SHOWN = ("--json", "--quiet", "-q", "--verbose", "-v")


def _that_count(words: Sequence[str]) -> list[str]:
    """Leave out of the words of a command line where something is written, and how it is shown.

    >>> _that_count(["audit", "a.csv", "-o", "here", "--out=there", "-obeyond", "--json", "--tau", "0.9"])
    ['audit', 'a.csv', '--tau', '0.9']
    """
    kept: list[str] = []
    following = iter(words)
    for word in following:
        if word == "--":
            return [*kept, word, *following]
        if word in ("-o", "--out"):
            next(following, None)
        elif word not in _SHOWN and not word.startswith(("--out=", "-o")):
            kept.append(word)
    return kept
