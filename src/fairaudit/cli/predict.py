"""``fairaudit predict``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fairaudit.cli import options as o
from fairaudit.cli.console import stamp
from fairaudit.settings.choices import DEFAULT_OUT

ModelFile = Annotated[
    Path, typer.Argument(metavar="MODEL", help="model.skops, as fairaudit train writes it.")
]
OwnThreshold = Annotated[
    float | None,
    typer.Option(
        "--threshold", metavar="T", parser=o.number, help="Decided 1 if score >= T. Default: as trained."
    ),
]
Trust = Annotated[
    list[str] | None,
    typer.Option(
        "--trust",
        metavar="TYPE",
        help="A type that the model may hold unchecked, as train names it. Its code can run. Repeatable.",
    ),
]
Strict = Annotated[
    bool,
    typer.Option(
        "--strict",
        help="Refuse a column with values that are all new, or numbers far from those of the training rows.",
    ),
]


def predict(
    model: ModelFile,
    data: o.Data,
    threshold: OwnThreshold = None,
    trust: Trust = None,
    na_values: o.NaValues = None,
    allow_code: o.AllowCode = False,  # noqa: ARG001  # settings from a file have been held to it
    strict: Strict = False,
    out: o.Out = DEFAULT_OUT,
    json: o.Json = False,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
) -> None:
    """Score new rows in batches, without running any code from the model file; writes predictions.csv, predict.json."""
    from fairaudit.read.files import open_path
    from fairaudit.render.terminal import models as terminal
    from fairaudit.workflow.predict import predict
    from fairaudit.workflow.prepare import PREDICTIONS
    from fairaudit.write import refuse_replacing

    output = o.output(out, json=json, quiet=quiet, verbose=verbose)
    opened = open_path(data)
    refuse_replacing(data, output.folder, PREDICTIONS)
    with output.prepared() as folder, output.progress(f"Scoring {opened.name}") as tell:
        document = predict(
            model,
            opened,
            folder,
            stamp("predict"),
            trust=tuple(trust or ()),
            threshold=threshold,
            strict=strict,
            na_values=o.marks(na_values),
            on_progress=tell,
        )
    output.warn(document.warnings)
    output.finish(
        {"predict.json": document},
        lambda _: terminal.predict(document),
        also=(folder / PREDICTIONS,),
        next_steps="fairaudit group, fairaudit bias",
    )
