"""``fairaudit cv``."""

from __future__ import annotations

from fairaudit.cli import options as o
from fairaudit.cli.console import stamp
from fairaudit.settings.choices import DEFAULT_MIN_GROUP_SIZE, DEFAULT_OUT, Missing


def cv(
    data: o.Data,
    target: o.Target,
    folds: o.Folds = 5,
    repeats: o.Repeats = 1,
    attribute: o.Attributes = None,
    positive: o.TargetPositive = None,
    model: o.ModelOption = o.Model.LOGISTIC,
    param: o.Params = None,
    estimator: o.Estimator = None,
    allow_code: o.AllowCode = False,  # noqa: ARG001  # settings from a file have been held to it
    class_weight: o.ClassWeightOption = None,
    drop: o.Drop = None,
    seed: o.Seed = 0,
    threshold: o.TrainThreshold = 0.5,
    where: o.Where = None,
    missing: o.MissingOption = Missing.ERROR,
    na_values: o.NaValues = None,
    min_group_size: o.MinGroupSize = DEFAULT_MIN_GROUP_SIZE,
    out: o.Out = DEFAULT_OUT,
    json: o.Json = False,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
) -> None:
    """Cross-validate on stratified folds, overall and per slice; writes cv.json and cv_predictions.csv."""
    from fairaudit.read.files import open_path
    from fairaudit.render.terminal import models as terminal
    from fairaudit.workflow.cross_validate import cross_validate
    from fairaudit.workflow.prepare import CV_PREDICTIONS, Training, prepare
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
        seed=seed,
        threshold=threshold,
        where=where,
        missing=missing,
        na_values=o.marks(na_values),
    )
    opened = open_path(data)
    refuse_replacing(data, output.folder, CV_PREDICTIONS)
    with output.prepared() as folder:
        with output.progress(f"Reading {opened.name}") as tell:
            prepared = prepare(opened, wanted, on_progress=tell)
        with output.progress(f"{folds * repeats} folds") as tell:
            document = cross_validate(
                prepared,
                wanted,
                folder,
                stamp("cv"),
                folds=folds,
                repeats=repeats,
                attributes=tuple(attribute or ()),
                min_group_size=min_group_size,
                on_fold=tell,
            )
    output.warn(document.warnings)
    output.finish(
        {"cv.json": document},
        lambda width: terminal.cv(document, width=width),
        also=(folder / CV_PREDICTIONS,),
        next_steps=f"fairaudit bias {folder / CV_PREDICTIONS}",
    )
