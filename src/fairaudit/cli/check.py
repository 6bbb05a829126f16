"""``fairaudit check``."""

from __future__ import annotations

import contextlib
import os
import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.text import Text

from fairaudit.cli.arguments import Predictions
from fairaudit.cli.asking import ask_effect, ask_naming
from fairaudit.cli.console import Output, stamp
from fairaudit.cli.next_steps import after_check, out_words
from fairaudit.cli.streams import ReaderGone, command, in_actions, say, tell
from fairaudit.clock import seconds_since
from fairaudit.errors import FileError, join_sentences, printable
from fairaudit.settings.address import is_address, without_password
from fairaudit.settings.choices import STDIN, Effect
from fairaudit.settings.comparing import ChangeFrom
from fairaudit.settings.file import CONFIG_NAME, find_config, gate_entries
from fairaudit.settings.gates import CheckFiles, GateSettings, PolicyOptions
from fairaudit.settings.naming import Naming
from fairaudit.settings.reading import ReadSettings
from fairaudit.settings.resolve import predictions_of_verdict
from fairaudit.settings.source import Several, TableSettings, each_of
from fairaudit.settings.verdict import Direction, Measuring, References
from fairaudit.spelling import setting
from fairaudit.write import append_text, output_folder, refuse_target

if TYPE_CHECKING:
    from fairaudit.documents.gates import CheckDocument

SUMMARY = "GITHUB_STEP_SUMMARY"


def check(
    policy: PolicyOptions,
    change: ChangeFrom,
    references: References,
    reading: GateSettings,
    measuring: Measuring,
    direction: Direction,
    naming: Naming,
    source: TableSettings,
    files: CheckFiles,
    output: Output,
    predictions: Predictions = None,
) -> None:
    """Run ``fairaudit check``."""
    if policy.init:
        starter = Starter(
            settings=reading,
            references=references.references,
            measuring=measuring,
            source=source,
            effect=ask_effect(output, direction.effect),
            words=ask_naming(output, naming).chosen,
        )
        _write_starter(output, policy.policy, predictions, starter)
        return
    from fairaudit.workflow.policy import answer

    begun = time.monotonic()
    file = _find_policy(policy.policy)
    read = map(Path, each_of(predictions or "-"))
    _refuse_targets(files, [file, output.folder / "check.json", *read])
    with output.prepared():
        checking = answer(
            file,
            predictions_of_verdict(predictions, output.folder, source),
            reading,
            references=references,
            measuring=measuring,
            direction=direction,
            naming=naming,
            family=policy.family,
            source=source,
            change=change,
            stamp=stamp("check"),
            progress=output.progress,
        )
    # Who reads the report may have seen enough; the answer to a build stays what it is.
    with contextlib.suppress(ReaderGone):
        answers = Answers(document=checking.document, policy=file, seconds=seconds_since(begun))
        _report(output, answers, files, source=predictions_of_verdict(predictions, output.folder, source))
    raise typer.Exit(checking.evaluated.exit_code)


def _refuse_targets(files: CheckFiles, read: Sequence[Path]) -> None:
    """Refuse files that would take the place of one another, or of what is read."""
    for name, path in files.chosen.items():
        others = [other for another, other in files.chosen.items() if another != name]
        refuse_target(path, setting(name), others=[*read, *others], makes_folder=True)
    if in_actions() and (summary := os.environ.get(SUMMARY)):
        refuse_target(Path(summary), SUMMARY)


def _find_policy(named: Path | None) -> Path:
    """Take the policy that was named, or the nearest configuration file."""
    policy = named or find_config(Path.cwd())
    if policy is None:
        raise FileError(
            CONFIG_NAME,
            "there is no such file here or in a folder above, and so there are no gates",
            hint="Run fairaudit check --init for some to begin with",
        )
    return policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The answers to a policy, where its gates stand, and how long it took."""

    document: CheckDocument
    policy: Path
    seconds: float


def _report(output: Output, answers: Answers, files: CheckFiles, *, source: str) -> None:
    """Write all files and show the answer."""
    from fairaudit.render.gates.github import github_commands
    from fairaudit.render.gates.markdown import markdown
    from fairaudit.render.gates.terminal import terminal
    from fairaudit.render.words.gates import brief
    from fairaudit.workflow.check import answer_text

    document = answers.document
    reports = {"check.json": document}
    texts = {
        path: answer_text(name, document, policy=answers.policy, seconds=answers.seconds).encode()
        for name, path in files.chosen.items()
    }
    with contextlib.ExitStack() as made:
        for name, path in files.chosen.items():
            made.enter_context(output_folder(path.parent, option=name))
        output.write(reports, texts)
    if in_actions() and (summary := os.environ.get(SUMMARY)):
        append_text(Path(summary), markdown(document) + "\n")
    output.show(
        reports,
        lambda width: terminal(document, width=width, verbose=output.verbose),
        also=tuple(files.chosen.values()),
        next_steps=after_check(document, without_password(source)),
    )
    if output.quiet and not output.as_json:
        for line in brief(document):
            tell(line)
    if in_actions():
        for line in github_commands(document):
            # GitHub reads both streams, and with --json stdout is the document's.
            command(line, stderr=output.as_json)


# --init


@dataclass(frozen=True, slots=True, kw_only=True)
class Starter:
    """What a policy is begun with: how rows are read, and what decisions and people are called."""

    settings: ReadSettings
    references: Sequence[str]
    measuring: Measuring
    source: TableSettings
    effect: Effect | None
    words: Mapping[str, str]


def _write_starter(
    output: Output,
    policy: Path | None,
    predictions: str | None,
    starter: Starter,
) -> None:
    """Write a policy to begin with; a file that is there is left alone, and what could be added to it is printed."""
    from fairaudit.gates.starter import Form
    from fairaudit.read.files import open_path
    from fairaudit.workflow import check as checking

    file = policy or find_config(Path.cwd()) or Path(CONFIG_NAME)
    there = file.exists()
    if there and gate_entries(file):
        raise FileError(str(file), "declares gates already, and is not changed")
    is_one = predictions not in (None, STDIN) and not isinstance(predictions, Several)
    named = None if not is_one else _beside(str(predictions), file)
    opened = open_path(predictions_of_verdict(predictions, output.folder, starter.source), starter.source)
    with output.progress(f"Reading {opened.name}", opened.expected_rows) as tell:
        text = checking.starter(
            opened,
            settings=starter.settings,
            references=starter.references,
            measuring=starter.measuring,
            on_progress=tell,
            form=Form(
                predictions=named,
                gates_only=there,
                table=checking.gate_table(file),
                effect=starter.effect,
                words=starter.words,
            ),
        )
    if there:
        say(text.rstrip("\n"))
        output.warn(
            [
                join_sentences(
                    f"{file} is there already and is not changed", "Add what is printed here to its end"
                )
            ]
        )
        return
    checking.write_starter(file, text)
    if not output.quiet:
        output.stdout.print(Text(f"Written: {printable(str(file))}"))
        output.show_next((("answer its gates", _answering(predictions, named, policy, output.folder)),))


def _answering(predictions: str | None, named: str | None, policy: Path | None, folder: Path) -> str:
    """Write the command that answers a policy; nothing where its input was read from stdin."""
    if predictions == STDIN:
        return ""
    # A policy names nothing outside of its folder.
    file = (
        list(map(without_password, each_of(predictions))) if named is None and predictions is not None else []
    )
    guard = ["--"] if file and file[0].startswith("-") else []
    where = [] if policy is None else ["--policy", str(policy)]
    return shlex.join(["fairaudit", "check", *where, *out_words(folder), *guard, *file])


def _beside(predictions: str, policy: Path) -> str | None:
    """Return the path of predictions from a policy's folder, or ``None`` if they lie elsewhere."""
    if is_address(predictions):
        # What is there tomorrow is no file of the repository, and there may be a password in its address.
        return None
    folder = policy.parent.resolve()
    path = Path(predictions).resolve()
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else None
