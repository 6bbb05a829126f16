"""``fairaudit slice``."""

from __future__ import annotations

from typing import Annotated

import typer

from fairaudit.cli import options as o
from fairaudit.cli.console import stamp
from fairaudit.settings.choices import DEFAULT_MIN_GROUP_SIZE, DEFAULT_OUT, Missing, RateInterval

Stats = Annotated[
    bool, typer.Option("--stats", help="Describe every numeric column in every slice: mean, std, quartiles.")
]


def slice(
    predictions: o.Predictions = None,
    feature: o.Features = None,
    stats: Stats = False,
    label: o.Label = None,
    score: o.Score = None,
    decision: o.Decision = None,
    weight: o.Weight = None,
    weight_kind: o.WeightKindOption = None,
    id: o.Id = None,
    positive: o.Positive = None,
    where: o.Where = None,
    missing: o.MissingOption = Missing.ERROR,
    na_values: o.NaValues = None,
    threshold: o.Threshold = None,
    top_k: o.TopK = None,
    top_percent: o.TopPercent = None,
    min_group_size: o.MinGroupSize = DEFAULT_MIN_GROUP_SIZE,
    interval: o.IntervalOption = RateInterval.WILSON,
    out: o.Out = DEFAULT_OUT,
    json: o.Json = False,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
) -> None:
    """Measure performance on slices of the data, and describe them; writes slices.json."""
    from fairaudit.read.files import open_path
    from fairaudit.render.terminal import audit as terminal
    from fairaudit.workflow.audit import report_slices, tally

    output = o.output(out, json=json, quiet=quiet, verbose=verbose)
    settings = o.read_settings(
        label=label,
        score=score,
        decision=decision,
        weight=weight,
        weight_kind=weight_kind,
        id=id,
        positive=positive,
        attributes=feature,
        where=where,
        missing=missing,
        na_values=na_values,
        threshold=threshold,
        top_k=top_k,
        top_percent=top_percent,
    )
    opened = open_path(o.find_predictions(predictions, out))
    with output.prepared(), output.progress(f"Reading {opened.name}") as tell:
        tallied = tally(
            opened,
            settings,
            min_group_size=min_group_size,
            interval=interval,
            option="--feature",
            score_needed=not stats,
            statistics=stats,
            on_progress=tell,
        )
    document = report_slices(tallied, stamp("slice"), statistics=stats)
    output.finish(
        {"slices.json": document},
        lambda width: terminal.slices(document, width=width),
        next_steps="fairaudit bias, fairaudit card",
    )
