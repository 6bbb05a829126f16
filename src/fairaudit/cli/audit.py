"""``fairaudit audit``."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fairaudit.cli.arguments import SEVERAL
from fairaudit.cli.console import Output, stamp
from fairaudit.cli.next_steps import after_audit
from fairaudit.cli.numbers import number_files, refuse_numbers
from fairaudit.errors import FairauditError, OptionError
from fairaudit.settings.card import WordingOptions
from fairaudit.settings.naming import Naming
from fairaudit.settings.output import NumberFiles, OtherNames
from fairaudit.settings.reading import AuditReading, Division
from fairaudit.settings.resolve import find_predictions
from fairaudit.settings.source import OPENED_AS_IT_SAYS, InputSettings, TableSettings, each_of
from fairaudit.settings.training import (
    AuditedRows,
    Fitted,
    Folds,
    Learning,
    Target,
    Training,
    refuse_untrained,
)
from fairaudit.settings.verdict import Measuring, VerdictOptions
from fairaudit.spelling import setting

if TYPE_CHECKING:
    from fairaudit.workflow.parts import Parts
    from fairaudit.workflow.pipeline import Audit, AuditOptions, Published, Words

WRITTEN = (
    *(
        "group.json",
        "slices.json",
        "bias.json",
        "fairness.json",
        "scores.json",
        "train.json",
        "cv.json",
        "predict.json",
    ),
    *("MODEL_CARD.md", "report.html", "model.skops"),
)
"""What an audit writes beside predictions."""
Source = Annotated[
    str | None,
    SEVERAL,
    typer.Argument(
        metavar="INPUT",
        help="Predictions; or raw data, if --target names the outcome to learn. Several files, or a pattern in quotes, are one table.",
    ),
]


def audit(
    input: Source = None,
    *,
    target: Target,
    verdict: VerdictOptions,
    reading: AuditReading,
    division: Division,
    measuring: Measuring,
    learning: Learning,
    folds: Folds,
    audited_rows: AuditedRows,
    fitted: Fitted,
    words: WordingOptions,
    naming: Naming,
    names: OtherNames,
    source: TableSettings,
    files: NumberFiles,
    output: Output,
) -> None:
    """Run ``fairaudit audit``."""
    from fairaudit.disparity.rule import VerdictRule
    from fairaudit.workflow.fitted import fitting_of
    from fairaudit.workflow.pipeline import AuditOptions

    options = AuditOptions(
        reading=reading,
        rule=VerdictRule.of(verdict),
        measuring=measuring,
        naming=naming,
        features=division.features,
        training=None if fitted.fitted else _training(target.target, learning, folds),
        fitted=fitting_of(fitted.fitted, fitted, target.target, learning, folds, reading),
        folds=folds,
        audit_on=audited_rows.audit_on,
    )
    shown = Shown(
        words=words, names=names, output=output, typed=tuple(sys.argv[1:]), source=source, files=files
    )
    if division.by is None:
        carry_out(_named(input, source), options, shown)
    else:
        _carry_out_parts(_named(input, source), division.by, options, shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Where results go, what card and report are made with, how the input is opened, and what was typed, for those who go on from there."""

    words: WordingOptions
    names: OtherNames
    output: Output
    typed: tuple[str, ...]
    source: InputSettings = OPENED_AS_IT_SAYS
    files: NumberFiles = field(default_factory=NumberFiles)


def _named(input: str | None, source: TableSettings) -> str:
    """Return the input that was named, or the table in its place."""
    if input is None and source.table is None:
        raise FairauditError("Missing argument 'INPUT'. See fairaudit audit --help.")
    return find_predictions(input, Path(), source)


def carry_out(source: str, options: AuditOptions, shown: Shown) -> None:
    """Audit a file, write everything, and show the answer."""
    from fairaudit.read.files import open_path
    from fairaudit.workflow.pipeline import published, read_words, run, written_names
    from fairaudit.write import refuse_replacing, write_together

    words, made = read_words(shown.words), stamp("audit")
    opened = open_path(source, shown.source)
    for one in each_of(source):
        refuse_replacing(one, shown.output.folder, *written_names(options))
    written = [shown.output.folder / name for name in (*WRITTEN, *written_names(options))]
    refuse_numbers(shown.files, *map(Path, each_of(source)), *written)
    with shown.output.prepared() as folder:
        audited = run(opened, options, made, stages=shown.output.progress)
        made_files = published(audited, folder, words, drawn_alone=True)
        numbers = number_files(shown.files, [audited.group, audited.slices, audited.bias])
        write_together({**made_files.contents, **numbers}, stale=made_files.stale)
    _show(audited, made_files, shown, also=tuple(numbers))


def _carry_out_parts(source: str, by: str, options: AuditOptions, shown: Shown) -> None:
    """Audit the rows of each value of a column by themselves."""
    from fairaudit.read.files import open_path
    from fairaudit.workflow.parts import audit_parts
    from fairaudit.workflow.pipeline import read_words

    words, made = read_words(shown.words), stamp("audit")
    if options.training is not None or options.fitted is not None:
        other, does = ("target", "makes") if options.fitted is None else ("fitted", "is")
        raise OptionError(
            setting("by"), f"cannot be given together with {setting(other)}, which {does} one model"
        )
    for name in shown.files.chosen:
        raise OptionError(
            setting(name), f"writes the numbers of one audit, and {setting('by')} makes one for each value"
        )
    opened = open_path(source, shown.source)
    with (
        shown.output.prepared(),
        shown.output.progress(f"Auditing {opened.name}", opened.expected_rows) as tell,
    ):
        parts = audit_parts(opened, by, options, made, on_progress=tell)
    _write_parts(parts, shown.output, words)


def _training(target: str | None, learning: Learning, folds: Folds) -> Training | None:
    """Make the training of what is to be learned."""
    if target is None:
        refuse_untrained(learning, folds)
        return None
    return Training(target=target, **{f.name: getattr(learning, f.name) for f in fields(learning)})


def _show(audited: Audit, written: Published, shown: Shown, *, also: tuple[Path, ...]) -> None:
    from fairaudit.render.terminal import audit as terminal

    output = shown.output
    output.warn(written.warnings)
    output.warn(audited.warnings)
    documents = terminal.Audited(
        bias=audited.bias,
        fairness=audited.fairness,
        group=audited.group,
        slices=audited.slices,
        train=audited.train,
        cv=audited.cv,
    )
    output.show(
        audited.files,
        lambda width: terminal.audit(
            documents, width=width, verbose=output.verbose, aequitas=shown.names.aequitas
        ),
        also=(*written.others, *written.card_files, written.report, *also),
        next_steps=after_audit(
            audited.bias,
            audited.group,
            shown.typed,
            made_in=None if audited.train is None and audited.predict is None else output.folder,
        ),
    )


def _write_parts(parts: Parts, output: Output, words: Words) -> None:
    """Write each audit with its card and report into a folder of its own, and show them beside each other."""
    from fairaudit.render.terminal import audit as terminal
    from fairaudit.render.words.people import words_of
    from fairaudit.workflow.pipeline import published

    contents: dict[Path, bytes] = {}
    stale: list[Path] = []
    folders = [output.folder / part.folder for part in parts.parts]
    with output.progress("Writing") as tell:
        for number, (part, folder) in enumerate(zip(parts.parts, folders, strict=True)):
            written = published(part.audit, folder, words)
            output.warn(written.warnings)
            contents |= written.contents
            stale += written.stale
            tell((number + 1) / len(parts.parts))
    reports = {"by.json": parts.document}
    output.write(reports, contents, stale=stale)
    output.show(
        reports,
        lambda _: terminal.by(parts.document, people=words_of(parts.parts[0].audit.bias.settings).people),
        also=tuple(folders),
        next_steps=((f"see the first in a browser: {folders[0] / 'report.html'}", ""),),
    )
