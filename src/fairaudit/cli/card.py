"""``fairaudit card``."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.text import Text

from fairaudit.cli.console import Output
from fairaudit.errors import OptionError, printable
from fairaudit.settings.output import CardForm, CardTask, WordingOptions
from fairaudit.spelling import setting


def card(task: CardTask, words: WordingOptions, form: CardForm, output: Output) -> None:
    """Run ``fairaudit card``."""
    from fairaudit.workflow.card import write_statements

    if task.check:
        raise typer.Exit(_check(words, output))
    if task.init:
        _tell_written(
            output,
            (write_statements(words.statements),),
            f"answer the questions in {words.statements}, then fairaudit card",
        )
        return
    files = _write(words, form, output, force=task.force)
    _tell_written(
        output,
        files,
        "" if words.statements.is_file() else "fairaudit card --init, to state what only people know",
    )


def _check(words: WordingOptions, output: Output) -> int:
    """Say what a card lacks, or that it lacks nothing; the exit code tells the two apart."""
    from fairaudit.workflow.card import check_card, read_wording

    problems = check_card(output.folder, read_wording(statements=words.statements, template=words.template))
    if not output.quiet:
        for problem in problems or ("The card is complete and up to date",):
            output.stdout.print(Text(f"{printable(problem)}."))
    return 1 if problems else 0


def _write(words: WordingOptions, form: CardForm, output: Output, *, force: bool) -> tuple[Path, ...]:
    """Write the card and what belongs to it; give the files."""
    from fairaudit.workflow.card import CardOptions, IfEdited, kept_files, read_wording, write_card
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
    )
    wording = read_wording(statements=words.statements, template=words.template)
    with output.prepared():
        written = write_card(output.folder, wording, options)
    output.warn(written.warnings)
    return written.files


def _tell_written(output: Output, files: tuple[Path, ...], next_steps: str) -> None:
    if output.quiet:
        return
    output.stdout.print(Text(f"Written: {', '.join(printable(str(path)) for path in files)}"))
    if next_steps:
        output.stdout.print(Text(f"Next: {printable(next_steps)}", "dim"))
