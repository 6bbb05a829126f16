"""``fairaudit card``."""

from __future__ import annotations

import sys
from pathlib import Path

import typer
from rich.text import Text

from fairaudit.cli.asking import ask_effect, ask_naming
from fairaudit.cli.console import Output
from fairaudit.cli.next_steps import Steps, after_card, command_line, typed_of
from fairaudit.errors import OptionError, printable
from fairaudit.settings.card import CardForm, CardTask, WordingOptions
from fairaudit.settings.choices import CardReader
from fairaudit.settings.file import CONFIG_NAME, find_config
from fairaudit.settings.naming import Naming
from fairaudit.settings.verdict import VerdictOptions
from fairaudit.spelling import setting

_READER = "for"
"""The option that names who asks for more statements."""


def card(task: CardTask, words: WordingOptions, form: CardForm, output: Output) -> None:
    """Run ``fairaudit card``."""
    if task.check:
        raise typer.Exit(_check(words, output, task.reader))
    if task.reader is not None:
        raise OptionError(
            setting(_READER, task.reader.value),
            "says what a check of the card asks for",
            hint=f"Add {setting('check', True)}, which writes nothing",
        )
    if task.init:
        _init(words, output)
        return
    files = _write(words, form, output, force=task.force)
    _tell_written(
        output,
        files,
        after_card(sys.argv[1:], statements=words.statements),
    )


def _init(words: WordingOptions, output: Output) -> None:
    """Write the questions that only people can answer, and ask what decisions do to people."""
    from fairaudit.gates.starter import effect_lines, words_lines
    from fairaudit.settings.resolve import Request, resolve
    from fairaudit.workflow.card import statements_file
    from fairaudit.write import write_together

    # What a file says already is not asked again.
    near = resolve(Path.cwd(), Request(command="audit"))
    effect = near.group(VerdictOptions).effect
    naming = near.group(Naming)
    asked, called = ask_effect(output, effect), ask_naming(output, naming)
    files = statements_file(words.statements)
    config = find_config(Path.cwd())
    if (asked, called) != (effect, naming):
        text = f"{effect_lines(asked)}\n{words_lines(called.chosen)}"
        if config is None:
            config = Path(CONFIG_NAME)
            files[config] = text.encode()
        else:
            output.warn(
                [f"{config} is there already and is not changed. Add to it: {' '.join(_lines(text))}"]
            )
    typed = typed_of(sys.argv[1:])
    made = any((output.folder / name).is_file() for name in _SOURCES)
    card = command_line("card", typed, without=("init",)) if made else ""
    steps = [(f"answer the questions in {words.statements}, then make the card", card)]
    if asked is None:
        steps.append(
            (
                f'say in {config or CONFIG_NAME} what being selected does to people: effect = "hurts", or "helps"',
                "",
            )
        )
    _tell_written(output, write_together(files), tuple(steps))


_SOURCES = ("train.json", "cv.json", "slices.json", "group.json", "bias.json", "fairness.json")
"""Documents from any of which a card can be made."""


def _lines(text: str) -> list[str]:
    """Return the lines that are no comments."""
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _check(words: WordingOptions, output: Output, reader: CardReader | None) -> int:
    """Say what a card lacks, or that it lacks nothing; the exit code tells the two apart."""
    from fairaudit.workflow.card import check_card, read_wording

    wording = read_wording(statements=words.statements, template=words.template)
    problems = check_card(output.folder, wording, reader=reader)
    if not output.quiet:
        for problem in problems or ("The card is complete and up to date",):
            output.stdout.print(Text(f"{printable(problem)}."))
    return 1 if problems else 0


def _write(words: WordingOptions, form: CardForm, output: Output, *, force: bool) -> tuple[Path, ...]:
    """Write the card and what belongs to it; give the files."""
    from fairaudit.workflow.card import (
        CardOptions,
        IfEdited,
        kept_files,
        read_wording,
        write_card,
    )
    from fairaudit.write import refuse_target

    if form.hf_slices and not form.hf:
        raise OptionError(setting("hf_slices"), "cannot be given together with --no-hf")
    if form.cyclonedx is not None:
        kept = kept_files(output.folder, words.template)
        refuse_target(form.cyclonedx, setting("cyclonedx"), others=[words.statements, *kept])
    options = CardOptions(
        front_matter=form.hf,
        slices_in_front=form.hf_slices,
        svg=form.svg,
        cyclonedx=form.cyclonedx,
        if_edited=IfEdited.REPLACE if force else IfEdited.REFUSE,
        drawn_alone=True,
    )
    wording = read_wording(statements=words.statements, template=words.template)
    with output.prepared():
        written = write_card(output.folder, wording, options)
    output.warn(written.warnings)
    return written.files


def _tell_written(output: Output, files: tuple[Path, ...], next_steps: Steps) -> None:
    if output.quiet:
        return
    output.stdout.print(Text(f"Written: {', '.join(printable(str(path)) for path in files)}"))
    output.show_next(next_steps)
