"""``fairaudit audit``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Annotated

import typer

from fairaudit.cli.console import Output, stamp
from fairaudit.errors import OptionError
from fairaudit.settings.choices import Missing
from fairaudit.settings.output import WordingOptions
from fairaudit.settings.reading import Division, ReadSettings
from fairaudit.settings.training import Folds, Learning, Target, Training
from fairaudit.settings.verdict import Measuring, VerdictOptions
from fairaudit.spelling import setting
from fairaudit.write import refuse_replacing, staged

if TYPE_CHECKING:
    from fairaudit.disparity.rule import VerdictRule
    from fairaudit.documents.parts import Stamp
    from fairaudit.documents.registry import AnyDocument
    from fairaudit.read.rows import Input
    from fairaudit.render.report.page import ReportTemplates
    from fairaudit.slices.grammar import Dimension
    from fairaudit.workflow.audit import Audit
    from fairaudit.workflow.card import Wording
    from fairaudit.workflow.parts import Parts

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
    from fairaudit.workflow.card import read_wording
    from fairaudit.workflow.predictions import CV_PREDICTIONS, PREDICTIONS
    from fairaudit.workflow.report import read_templates

    job = _Job(
        made=stamp("audit"),
        rule=VerdictRule.of(verdict),
        wording=read_wording(statements=words.statements, template=words.template),
        templates=read_templates(words.template),
        reading=reading,
        division=division,
        measuring=measuring,
        output=output,
    )
    if target.target is not None:
        _refuse_roles(reading, division)
    opened = open_path(input)
    if division.by is not None:
        _audit_parts(job, opened, division.by)
    elif target.target is None:
        _audit(job, opened)
    else:
        refuse_replacing(input, output.folder, PREDICTIONS, CV_PREDICTIONS)
        _train_and_audit(job, opened, _training(target.target, learning), folds)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """What an audit is asked for, and when."""

    made: Stamp
    rule: VerdictRule
    wording: Wording
    templates: ReportTemplates
    reading: ReadSettings
    division: Division
    measuring: Measuring
    output: Output


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trained:
    """What training has left for the audit: documents and contents of files by their names, predictions, and where cuts fall."""

    reports: Mapping[str, AnyDocument]
    contents: Mapping[str, bytes]
    predictions: Input
    edges: Mapping[Dimension, tuple[float, ...]]


def _training(target: str, learning: Learning) -> Training:
    """Make the training of what is to be learned."""
    return Training(target=target, **{f.name: getattr(learning, f.name) for f in fields(learning)})


def _refuse_roles(reading: ReadSettings, division: Division) -> None:
    """Refuse roles of columns where a model is trained that makes them."""
    for role in ("label", "score", "decision", "weight", "id"):
        if getattr(reading, role) is not None:
            raise OptionError(
                setting(role),
                f"cannot be given together with {setting('target')}, which makes labels and scores of its own",
            )
    if division.by is not None:
        raise OptionError(
            setting("by"), f"cannot be given together with {setting('target')}, which makes one model"
        )


def _audit(job: _Job, opened: Input) -> None:
    """Audit predictions that are there."""
    # Nothing is put in its place before everything has worked, so that new predictions never lie beside old reports.
    with job.output.prepared() as folder, staged(folder):
        results = _report(job, opened, job.reading)
    _publish(job, results)


def _train_and_audit(job: _Job, opened: Input, training: Training, folds: Folds) -> None:
    """Train and cross-validate a model, and audit what it predicts for the rows that were held out."""
    from fairaudit.write import write_files

    reading = replace(job.reading, positive=(), where=None, threshold=None, missing=Missing.ERROR)
    with job.output.prepared() as folder, staged(folder) as stage:
        trained = _train(job, opened, training, folds)
        results = _report(job, trained.predictions, reading, trained.edges)
        write_files(stage, trained.contents)
    _publish(job, results, trained)


def _train(job: _Job, opened: Input, training: Training, folds: Folds) -> _Trained:
    """Train and cross-validate a model."""
    from fairaudit.read.dataframes import open_written
    from fairaudit.workflow.cross_validate import cross_validate
    from fairaudit.workflow.edges import shared_edges
    from fairaudit.workflow.predictions import PREDICTIONS
    from fairaudit.workflow.prepare import prepare, refuse_repeats
    from fairaudit.workflow.train import train

    output, attributes, features = job.output, job.reading.attributes, job.division.features
    with output.progress(f"Reading {opened.name}") as tell:
        prepared = prepare(opened, training, on_progress=tell)
    refuse_repeats(prepared)
    edges = shared_edges(prepared, attributes)
    edges |= shared_edges(prepared, features) if features else {}
    trained = train(prepared, training, job.made)
    with output.progress(f"{folds.folds * folds.repeats} folds") as tell:
        validated = cross_validate(
            prepared,
            training,
            job.made,
            folds=folds,
            attributes=attributes,
            measuring=job.measuring,
            on_fold=tell,
        )
    return _Trained(
        reports={"train.json": trained.document, "cv.json": validated.document},
        contents={**trained.files, **validated.files},
        predictions=open_written(trained.predictions.frame, name=PREDICTIONS, content=trained.csv),
        edges=edges,
    )


def _report(
    job: _Job,
    opened: Input,
    reading: ReadSettings,
    edges: Mapping[Dimension, tuple[float, ...]] | None = None,
) -> Audit:
    from fairaudit.workflow.audit import report_everything

    with job.output.progress(f"Reading {opened.name}") as tell:
        return report_everything(
            opened,
            reading,
            job.made,
            features=job.division.features,
            edges=edges,
            rule=job.rule,
            min_group_size=job.measuring.min_group_size,
            interval=job.measuring.interval,
            on_progress=tell,
        )


def _publish(job: _Job, results: Audit, trained: _Trained | None = None) -> None:
    """Write documents, card and report, and show the answer."""
    from fairaudit.render.terminal import audit as terminal
    from fairaudit.workflow.card import CardOptions, IfEdited, write_card
    from fairaudit.workflow.report import write_report

    output = job.output
    made: Mapping[str, AnyDocument] = trained.reports if trained else {}
    reports = {**made, **results.files}
    output.write(reports)
    card = write_card(output.folder, job.wording, CardOptions(if_edited=IfEdited.KEEP))
    page = write_report(output.folder, job.wording.statements, job.templates)
    output.warn(card.warnings)
    output.warn([w for report in made.values() for w in getattr(report, "warnings", [])])
    output.show(
        reports,
        lambda width: terminal.audit(
            results.bias, results.fairness, results.slices, reports.get("train.json"), width=width
        ),
        also=(*(output.folder / name for name in (trained.contents if trained else ())), *card.files, page),
        next_steps=f"open {page} in a browser; read {card.path}; fairaudit card --init, to state what only people know",
    )


def _audit_parts(job: _Job, opened: Input, by: str) -> None:
    """Audit the rows of each value of a column by themselves."""
    from fairaudit.workflow.parts import audit_parts

    with job.output.prepared(), job.output.progress(f"Auditing {opened.name}") as tell:
        parts = audit_parts(
            opened,
            by,
            job.reading,
            job.made,
            rule=job.rule,
            features=job.division.features,
            min_group_size=job.measuring.min_group_size,
            interval=job.measuring.interval,
            on_progress=tell,
        )
    _write_parts(parts, job.output, job.wording, job.templates)


def _write_parts(parts: Parts, output: Output, wording: Wording, templates: ReportTemplates) -> None:
    """Write each audit with its card and report into a folder of its own, and show them beside each other."""
    from fairaudit.render.terminal import audit as terminal
    from fairaudit.workflow.card import CardOptions, IfEdited, write_card
    from fairaudit.workflow.report import write_report

    folders = []
    with output.progress("Writing") as tell:
        for number, part in enumerate(parts.parts):
            mine = replace(output, folder=output.folder / part.folder)
            with mine.prepared() as folder:
                mine.write(part.audit.files)
                card = write_card(folder, wording, CardOptions(if_edited=IfEdited.KEEP))
                write_report(folder, wording.statements, templates)
            output.warn(card.warnings)
            folders.append(folder)
            tell((number + 1) / len(parts.parts))
    output.finish(
        {"by.json": parts.document},
        lambda _: terminal.by(parts.document),
        also=tuple(folders),
        next_steps=f"open {folders[0] / 'report.html'} in a browser",
    )
