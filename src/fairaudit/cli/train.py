"""``fairaudit train``."""

from __future__ import annotations

from fairaudit.cli.arguments import Data
from fairaudit.cli.console import Output, stamp
from fairaudit.settings.training import Training


def train(data: Data, training: Training, output: Output) -> None:
    """Train a classifier on a stratified split and score the held-out rows; writes model.skops, predictions.csv, train.json."""
    from fairaudit.read.files import open_path
    from fairaudit.render.terminal import models as terminal
    from fairaudit.workflow.prepare import MODEL, PREDICTIONS, prepare
    from fairaudit.workflow.train import train
    from fairaudit.write import refuse_replacing

    opened = open_path(data)
    refuse_replacing(data, output.folder, PREDICTIONS)
    with output.prepared() as folder:
        with output.progress(f"Reading {opened.name}") as tell:
            prepared = prepare(opened, training, on_progress=tell)
        output.detail(f"Fitting on {len(prepared.target):,} rows and {len(prepared.features)} columns")
        document = train(prepared, training, folder, stamp("train"))
    output.warn(document.warnings)
    output.finish(
        {"train.json": document},
        lambda width: terminal.train(document, width=width),
        also=(folder / MODEL, folder / PREDICTIONS),
        next_steps="fairaudit slice, fairaudit bias, fairaudit card",
    )
