"""``fairaudit train``."""

from __future__ import annotations

import sys

from fairaudit.cli.arguments import Data
from fairaudit.cli.console import Output, stamp
from fairaudit.cli.next_steps import after_predictions
from fairaudit.settings.source import InputSettings
from fairaudit.settings.training import Training


def train(data: Data, training: Training, source: InputSettings, output: Output) -> None:
    """Run ``fairaudit train``."""
    from fairaudit.read.files import open_path
    from fairaudit.render.terminal import models as terminal
    from fairaudit.workflow.predictions import PREDICTIONS, VALIDATION_PREDICTIONS
    from fairaudit.workflow.prepare import prepare
    from fairaudit.workflow.train import train
    from fairaudit.write import refuse_replacing

    opened = open_path(data, source)
    refuse_replacing(data, output.folder, PREDICTIONS, VALIDATION_PREDICTIONS)
    with output.prepared() as folder:
        with output.progress(f"Reading {opened.name}", opened.expected_rows) as tell:
            prepared = prepare(opened, training, on_progress=tell)
        output.detail(f"Fitting on {len(prepared.target):,} rows and {len(prepared.features)} columns")
        trained = train(prepared, training, stamp("train"))
        document = trained.document
        beside = {folder / name: content for name, content in trained.files.items()}
        output.write({"train.json": document}, beside)
    output.warn(document.warnings)
    output.show(
        {"train.json": document},
        lambda width: terminal.train(document, width=width),
        also=tuple(beside),
        next_steps=after_predictions(sys.argv[1:], output.folder, PREDICTIONS),
    )
