"""``fairaudit cv``."""

from __future__ import annotations

import sys

from fairaudit.cli.arguments import Data
from fairaudit.cli.console import Output, stamp
from fairaudit.cli.next_steps import after_predictions
from fairaudit.settings.naming import Naming
from fairaudit.settings.reading import Grouping
from fairaudit.settings.source import InputSettings
from fairaudit.settings.training import Folds, Training
from fairaudit.settings.verdict import Measuring


def cv(
    data: Data,
    training: Training,
    folds: Folds,
    grouping: Grouping,
    measuring: Measuring,
    naming: Naming,
    source: InputSettings,
    output: Output,
) -> None:
    """Run ``fairaudit cv``."""
    from fairaudit.read.files import open_path
    from fairaudit.render.terminal import models as terminal
    from fairaudit.workflow.cross_validate import cross_validate
    from fairaudit.workflow.predictions import CV_PREDICTIONS
    from fairaudit.workflow.prepare import prepare
    from fairaudit.write import refuse_replacing

    opened = open_path(data, source)
    refuse_replacing(data, output.folder, CV_PREDICTIONS)
    with output.prepared() as folder:
        with output.progress(f"Reading {opened.name}", opened.expected_rows) as tell:
            prepared = prepare(opened, training, on_progress=tell)
        with output.progress(f"{folds.folds * folds.repeats} folds") as tell:
            validated = cross_validate(
                prepared,
                training,
                stamp("cv"),
                folds=folds,
                attributes=grouping.attributes,
                grouping=grouping,
                measuring=measuring,
                naming=naming,
                on_fold=tell,
            )
        document = validated.document
        beside = {folder / name: content for name, content in validated.files.items()}
        output.write({"cv.json": document}, beside)
    output.warn(document.warnings)
    output.show(
        {"cv.json": document},
        lambda width: terminal.cv(document, width=width),
        also=(folder / CV_PREDICTIONS,),
        next_steps=after_predictions(sys.argv[1:], output.folder, CV_PREDICTIONS),
    )
