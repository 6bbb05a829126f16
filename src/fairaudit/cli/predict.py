"""``fairaudit predict``."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from fairaudit.cli.arguments import Data
from fairaudit.cli.console import Output, stamp
from fairaudit.cli.next_steps import after_scoring
from fairaudit.settings.source import InputSettings
from fairaudit.settings.training import Prediction

ModelFile = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="model.skops, as fairaudit train writes it; any .skops, .onnx or, if trusted, .joblib; mlflow:models/NAME/1.",
    ),
]


def predict(
    model: ModelFile, data: Data, prediction: Prediction, source: InputSettings, output: Output
) -> None:
    """Run ``fairaudit predict``."""
    from fairaudit.documents.text import dump
    from fairaudit.read.files import open_path
    from fairaudit.render.terminal import models as terminal
    from fairaudit.workflow.outcomes import outcome_columns
    from fairaudit.workflow.predict import predict
    from fairaudit.workflow.predictions import PREDICTIONS
    from fairaudit.write import refuse_replacing, staged, write_text

    opened = open_path(data, source)
    refuse_replacing(data, output.folder, PREDICTIONS)
    with (
        output.prepared() as folder,
        output.progress(f"Scoring {opened.name}", opened.expected_rows) as tell,
        staged(folder) as stage,
    ):
        document = predict(model, opened, stage, stamp("predict"), prediction=prediction, on_progress=tell)
        outcomes = outcome_columns(document, stage / PREDICTIONS)
        write_text(stage / "predict.json", dump(document))
    output.warn(document.warnings)
    output.show(
        {"predict.json": document},
        lambda _: terminal.predict(document),
        also=(folder / PREDICTIONS,),
        next_steps=after_scoring(sys.argv[1:], output.folder, PREDICTIONS, outcomes),
    )
