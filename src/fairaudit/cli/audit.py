"""``fairaudit audit``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fairaudit.cli import options as o
from fairaudit.cli.console import Output, stamp
from fairaudit.errors import OptionError
from fairaudit.settings.choices import (
    DEFAULT_MIN_GROUP_SIZE,
    DEFAULT_OUT,
    DEFAULT_STATEMENTS,
    Decide,
    Missing,
    RateInterval,
)

if TYPE_CHECKING:
    from fairaudit.render.report.page import ReportTemplates
    from fairaudit.slices.grammar import Dimension
    from fairaudit.workflow.card import Wording
    from fairaudit.workflow.parts import Parts

Input = Annotated[
    str,
    typer.Argument(metavar="INPUT", help="Predictions; or raw data, if --target names the outcome to learn."),
]
OptionalTarget = Annotated[
    str | None,
    typer.Option(
        "--target",
        "-t",
        metavar="COL",
        help="Train first: column with the outcome to learn.",
        rich_help_panel="Model",
    ),
]
EitherThreshold = Annotated[
    float | None,
    typer.Option(
        "--threshold",
        metavar="T",
        parser=o.number,
        help="Decided 1 if score >= T. Default 0.5 if all scores lie in [0, 1].",
        rich_help_panel="Decision rule (at most one)",
    ),
]


def audit(
    input: Input,
    target: OptionalTarget = None,
    attribute: o.Attributes = None,
    feature: o.Features = None,
    ref_group: o.RefGroup = None,
    tau: o.Tau = "0.8",
    decide: o.DecideOption = Decide.INTERVAL,
    metric: o.Metrics = None,
    label: o.Label = None,
    score: o.Score = None,
    decision: o.Decision = None,
    weight: o.Weight = None,
    weight_kind: o.WeightKindOption = None,
    id: o.Id = None,
    positive: o.Positive = None,
    where: o.Where = None,
    by: o.By = None,
    missing: o.MissingOption = Missing.ERROR,
    na_values: o.NaValues = None,
    threshold: EitherThreshold = None,
    top_k: o.TopK = None,
    top_percent: o.TopPercent = None,
    min_group_size: o.MinGroupSize = DEFAULT_MIN_GROUP_SIZE,
    interval: o.IntervalOption = RateInterval.WILSON,
    model: o.ModelOption = o.Model.LOGISTIC,
    param: o.Params = None,
    estimator: o.Estimator = None,
    class_weight: o.ClassWeightOption = None,
    drop: o.Drop = None,
    test_size: o.TestSize = 0.25,
    seed: o.Seed = 0,
    folds: o.Folds = 5,
    repeats: o.Repeats = 1,
    statements: o.Statements = DEFAULT_STATEMENTS,
    template: o.Template = None,
    allow_code: o.AllowCode = False,  # noqa: ARG001  # settings from a file have been held to it
    out: o.Out = DEFAULT_OUT,
    json: o.Json = False,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
) -> None:
    """Do everything in a row: train and cross-validate (with --target), slice, group, bias, fairness, card, report."""
    from fairaudit.documents.registry import AnyDocument
    from fairaudit.read.files import open_path
    from fairaudit.render.terminal import audit as terminal
    from fairaudit.workflow.audit import report_everything
    from fairaudit.workflow.card import CardOptions, IfEdited, read_wording, write_card
    from fairaudit.workflow.cross_validate import cross_validate
    from fairaudit.workflow.parts import audit_parts
    from fairaudit.workflow.prepare import (
        CV_PREDICTIONS,
        MODEL,
        PREDICTIONS,
        Training,
        prepare,
        refuse_repeats,
        shared_edges,
    )
    from fairaudit.workflow.report import read_templates, write_report
    from fairaudit.workflow.train import train
    from fairaudit.write import refuse_replacing, staged

    output = o.output(out, json=json, quiet=quiet, verbose=verbose)
    rule = o.verdict_rule(ref_group, tau=tau, decide=decide, metrics=metric)
    wording = read_wording(statements=statements, template=template)
    templates = read_templates(template)
    made = stamp("audit")
    reports: dict[str, AnyDocument] = {}
    edges: dict[Dimension, tuple[float, ...]] = {}
    files: tuple[Path, ...] = ()
    roles = {"--label": label, "--score": score, "--decision": decision, "--weight": weight, "--id": id}
    given = next((option for option, value in roles.items() if value is not None), None)
    if target is not None and given:
        raise OptionError(
            given, "cannot be given together with --target, which makes labels and scores of its own"
        )
    if target is not None and by is not None:
        raise OptionError("--by", "cannot be given together with --target, which makes one model")
    rules = {"--threshold": threshold, "--top-k": top_k, "--top-percent": top_percent}
    named = [option for option, value in rules.items() if value is not None]
    if len(named) > 1:
        raise OptionError(named[1], f"cannot be given together with {named[0]}")
    settings = o.read_settings(
        label=label,
        score=score,
        decision=decision,
        weight=weight,
        weight_kind=weight_kind,
        id=id,
        positive=positive,
        attributes=attribute,
        where=where,
        missing=missing,
        na_values=na_values,
        threshold=threshold,
        top_k=top_k,
        top_percent=top_percent,
    )
    opened = open_path(input)
    if target is not None:
        refuse_replacing(input, output.folder, PREDICTIONS, CV_PREDICTIONS)
    if by is not None:
        with output.prepared(), output.progress(f"Auditing {opened.name}") as tell:
            parts = audit_parts(
                opened,
                by,
                settings,
                made,
                rule=rule,
                features=tuple(feature or ()),
                min_group_size=min_group_size,
                interval=interval,
                on_progress=tell,
            )
        _write_parts(parts, output, wording, templates)
        return
    # Nothing is put in its place before everything has worked, so that new predictions never lie beside old reports.
    with output.prepared() as folder, staged(folder) as stage:
        if target is not None:
            wanted = Training(
                target=target,
                positive=tuple(positive or ()),
                model=model.value,
                params=o.parse_params(param),
                estimator=estimator,
                class_weight=class_weight.value if class_weight else None,
                drop=tuple(drop or ()),
                test_size=test_size,
                seed=seed,
                threshold=0.5 if threshold is None else threshold,
                where=where,
                missing=missing,
                na_values=o.marks(na_values),
            )
            with output.progress(f"Reading {opened.name}") as tell:
                prepared = prepare(opened, wanted, on_progress=tell)
            refuse_repeats(prepared, wanted)
            edges = shared_edges(prepared, wanted, attribute or ())
            edges |= shared_edges(prepared, wanted, feature) if feature else {}
            reports["train.json"] = train(prepared, wanted, stage, made)
            with output.progress(f"{folds * repeats} folds") as tell:
                reports["cv.json"] = cross_validate(
                    prepared,
                    wanted,
                    stage,
                    made,
                    folds=folds,
                    repeats=repeats,
                    attributes=tuple(attribute or ()),
                    min_group_size=min_group_size,
                    on_fold=tell,
                )
            files = tuple(folder / name for name in (MODEL, PREDICTIONS, CV_PREDICTIONS))
            opened = open_path(str(stage / PREDICTIONS))
            settings = replace(settings, positive=(), where=None, threshold=None, missing=Missing.ERROR)
        with output.progress(f"Reading {opened.name}") as tell:
            found = report_everything(
                opened,
                settings,
                made,
                features=tuple(feature or ()),
                edges=edges,
                rule=rule,
                min_group_size=min_group_size,
                interval=interval,
                on_progress=tell,
            )
    reports |= found.files
    output.write(reports)
    card = write_card(folder, wording, CardOptions(if_edited=IfEdited.KEEP))
    page = write_report(folder, wording.statements, templates)
    output.warn(card.warnings)
    output.warn(
        [
            w
            for name in ("train.json", "cv.json")
            if name in reports
            for w in getattr(reports[name], "warnings", [])
        ]
    )
    output.show(
        reports,
        lambda width: terminal.audit(
            found.bias, found.fairness, found.slices, reports.get("train.json"), width=width
        ),
        also=(*files, *card.files, page),
        next_steps=f"open {page} in a browser; read {card.path}; fairaudit card --init, to state what only people know",
    )


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
