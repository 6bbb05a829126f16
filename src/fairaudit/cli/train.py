"""``fairaudit train``."""

from __future__ import annotations

from fairaudit.cli import options as o
from fairaudit.cli.console import stamp
from fairaudit.settings.choices import DEFAULT_OUT, Missing


def train(
    data: o.Data,
    target: o.Target,
    positive: o.TargetPositive = None,
    model: o.ModelOption = o.Model.LOGISTIC,
    param: o.Params = None,
    estimator: o.Estimator = None,
    allow_code: o.AllowCode = False,  # noqa: ARG001  # settings from a file have been held to it
    class_weight: o.ClassWeightOption = None,
    drop: o.Drop = None,
    test_size: o.TestSize = 0.25,
    seed: o.Seed = 0,
    threshold: o.TrainThreshold = 0.5,
    where: o.Where = None,
    missing: o.MissingOption = Missing.ERROR,
    na_values: o.NaValues = None,
    out: o.Out = DEFAULT_OUT,
    json: o.Json = False,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
) -> None:
    """Train a classifier on a stratified split and score the held-out rows; writes model.skops, predictions.csv, train.json."""
    from fairaudit.read.files import open_path
    from fairaudit.render.terminal import models as terminal
    from fairaudit.workflow.prepare import MODEL, PREDICTIONS, Training, prepare
    from fairaudit.workflow.train import train
    from fairaudit.write import refuse_replacing

    output = o.output(out, json=json, quiet=quiet, verbose=verbose)
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
        threshold=threshold,
        where=where,
        missing=missing,
        na_values=o.marks(na_values),
    )
    opened = open_path(data)
    refuse_replacing(data, output.folder, PREDICTIONS)
    with output.prepared() as folder:
        with output.progress(f"Reading {opened.name}") as tell:
            prepared = prepare(opened, wanted, on_progress=tell)
        output.detail(f"Fitting on {len(prepared.target):,} rows and {len(prepared.features)} columns")
        document = train(prepared, wanted, folder, stamp("train"))
    output.warn(document.warnings)
    output.finish(
        {"train.json": document},
        lambda width: terminal.train(document, width=width),
        also=(folder / MODEL, folder / PREDICTIONS),
        next_steps="fairaudit slice, fairaudit bias, fairaudit card",
    )
