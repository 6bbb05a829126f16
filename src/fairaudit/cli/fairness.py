"""``fairaudit fairness``."""

from __future__ import annotations

from fairaudit.cli import options as o
from fairaudit.cli.console import stamp
from fairaudit.settings.choices import DEFAULT_MIN_GROUP_SIZE, DEFAULT_OUT, Decide, Missing, RateInterval


def fairness(
    predictions: o.Predictions = None,
    attribute: o.Attributes = None,
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
    """Judge Aequitas's parities for every group, every attribute and overall; writes fairness.json."""
    from fairaudit.disparity import aequitas as aequitas_bridge
    from fairaudit.read.files import open_path
    from fairaudit.render.terminal import audit as terminal
    from fairaudit.workflow.audit import report_bias, report_fairness, tally

    output = o.output(out, json=json, quiet=quiet, verbose=verbose)
    rule = o.verdict_rule(ref_group, tau=tau, decide=decide, metrics=metric)
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
    made = stamp("fairness")
    with output.prepared():
        with aequitas_bridge.loading(), output.progress(f"Reading {opened.name}") as tell:
            tallied = tally(
                opened, settings, min_group_size=min_group_size, interval=interval, on_progress=tell
            )
        biased = report_bias(tallied, made, rule=rule)
        document = report_fairness(tallied, biased, made, rule=rule)
    output.finish(
        {"fairness.json": document},
        lambda width: terminal.fairness(document, biased.document, width=width),
        next_steps="fairaudit card",
    )
