"""``fairaudit audit``."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Annotated

import typer

from fairaudit.cli.console import Output, stamp
from fairaudit.errors import OptionError
from fairaudit.settings.output import WordingOptions
from fairaudit.settings.reading import Division, ReadSettings
from fairaudit.settings.training import Folds, Learning, Target, Training
from fairaudit.settings.verdict import Measuring, VerdictOptions
from fairaudit.spelling import setting

if TYPE_CHECKING:
    from fairaudit.workflow.parts import Parts
    from fairaudit.workflow.pipeline import Audit, Published, Words

Source = Annotated[
    str,
    typer.Argument(metavar="INPUT", help="Predictions; or raw data, if --target names the outcome to learn."),
]


def audit(
    input: Source,
    *,
    target: Target,
    verdict: VerdictOptions,
    reading: ReadSettings,
    division: Division,
    measuring: Measuring,
    learning: Learning,
    folds: Folds,
    words: WordingOptions,
    output: Output,
) -> None:
    """Run ``fairaudit audit``."""
    from fairaudit.disparity.rule import VerdictRule
    from fairaudit.read.files import open_path
    from fairaudit.workflow.parts import audit_parts
    from fairaudit.workflow.pipeline import AuditOptions, publish, read_words, run, written_names
    from fairaudit.write import refuse_replacing

    rule, given = VerdictRule.of(verdict), read_words(words)
    options = AuditOptions(
        reading=reading,
        rule=rule,
        measuring=measuring,
        features=division.features,
        training=_training(target.target, learning),
        folds=folds,
    )
    made = stamp("audit")
    if options.training is not None and division.by is not None:
        raise OptionError(
            setting("by"), f"cannot be given together with {setting('target')}, which makes one model"
        )
    opened = open_path(input)
    if division.by is not None:
        with output.prepared(), output.progress(f"Auditing {opened.name}") as tell:
            parts = audit_parts(opened, division.by, options, made, on_progress=tell)
        _write_parts(parts, output, given)
        return
    refuse_replacing(input, output.folder, *written_names(options))
    with output.prepared() as folder:
        found = run(opened, options, made, stages=output.progress)
    _show(found, publish(found, folder, given), output)


def _training(target: str | None, learning: Learning) -> Training | None:
    """Make the training of what is to be learned."""
    if target is None:
        return None
    return Training(target=target, **{f.name: getattr(learning, f.name) for f in fields(learning)})


def _show(found: Audit, written: Published, output: Output) -> None:
    from fairaudit.render.terminal import audit as terminal

    output.warn(written.warnings)
    output.warn(found.warnings)
    output.show(
        found.files,
        lambda width: terminal.audit(found.bias, found.fairness, found.slices, found.train, width=width),
        also=(*written.others, *written.card_files, written.report),
        next_steps=f"open {written.report} in a browser; read {written.card}; fairaudit card --init, to state what only people know",
    )


def _write_parts(parts: Parts, output: Output, words: Words) -> None:
    """Write each audit with its card and report into a folder of its own, and show them beside each other."""
    from fairaudit.render.terminal import audit as terminal
    from fairaudit.workflow.pipeline import publish

    folders = []
    with output.progress("Writing") as tell:
        for number, part in enumerate(parts.parts):
            with replace(output, folder=output.folder / part.folder).prepared() as folder:
                written = publish(part.audit, folder, words)
            output.warn(written.warnings)
            folders.append(folder)
            tell((number + 1) / len(parts.parts))
    output.finish(
        {"by.json": parts.document},
        lambda _: terminal.by(parts.document),
        also=tuple(folders),
        next_steps=f"open {folders[0] / 'report.html'} in a browser",
    )
