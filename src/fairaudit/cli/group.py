"""``fairaudit group``."""

from __future__ import annotations

from fairaudit.cli import options as o
from fairaudit.cli.console import stamp
from fairaudit.settings.choices import DEFAULT_MIN_GROUP_SIZE, DEFAULT_OUT, Missing, RateInterval


def group(
    predictions: o.Predictions = None,
    attribute: o.Attributes = None,
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
    """Measure every group: Aequitas's group metrics and more, with counts and intervals; writes group.json, and scores.json beside it."""
    from fairaudit.read.files import open_path
    from fairaudit.render.terminal import audit as terminal
    from fairaudit.workflow.audit import report_groups, report_scores, tally

    output = o.output(out, json=json, quiet=quiet, verbose=verbose)
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
    opened = open_path(o.find_predictions(predictions, out))
    with output.prepared(), output.progress(f"Reading {opened.name}") as tell:
        tallied = tally(opened, settings, min_group_size=min_group_size, interval=interval, on_progress=tell)
    made = stamp("group")
    document, scores = report_groups(tallied, made), report_scores(tallied, made)
    also = output.write({"scores.json": scores}) if scores else ()
    output.finish(
        {"group.json": document},
        lambda width: terminal.groups(document, width=width),
        also=also,
        next_steps="fairaudit bias, fairaudit explain fpr",
    )
