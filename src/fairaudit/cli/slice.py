"""``fairaudit slice``."""

from __future__ import annotations

import sys
from pathlib import Path

from fairaudit.cli.arguments import Predictions
from fairaudit.cli.console import Output, stamp
from fairaudit.cli.next_steps import after_measures
from fairaudit.cli.numbers import refuse_numbers, write_numbers
from fairaudit.settings.naming import Naming
from fairaudit.settings.output import Described, NumberFiles
from fairaudit.settings.reading import SliceSettings
from fairaudit.settings.resolve import find_predictions
from fairaudit.settings.source import TableSettings
from fairaudit.settings.verdict import Measuring

WRITTEN = ("slices.json", "classes.json", "classes.md")


def slice(
    described: Described,
    reading: SliceSettings,
    measuring: Measuring,
    naming: Naming,
    source: TableSettings,
    files: NumberFiles,
    output: Output,
    predictions: Predictions = None,
) -> None:
    """Run ``fairaudit slice``."""
    from fairaudit.documents.classes import ClassesDocument
    from fairaudit.read.files import open_path
    from fairaudit.render.terminal import audit as terminal
    from fairaudit.workflow.slices import measure_slices, write_classes

    file = find_predictions(predictions, output.folder, source)
    refuse_numbers(files, Path(file), *(output.folder / name for name in WRITTEN))
    opened = open_path(file, source)
    with output.prepared(), output.progress(f"Reading {opened.name}", opened.expected_rows) as tell:
        document = measure_slices(
            opened,
            reading,
            stamp("slice"),
            measuring=measuring,
            naming=naming,
            statistics=described.stats,
            on_progress=tell,
        )
    if isinstance(document, ClassesDocument):
        from fairaudit.render.terminal.classes import classes

        several = document
        written = (*write_classes(output.folder, document), *write_numbers(files, [document]))
        output.show({"classes.json": document}, lambda width: classes(several, width=width), also=written)
        return
    output.finish(
        {"slices.json": document},
        lambda width: terminal.slices(document, width=width),
        also=write_numbers(files, [document]),
        next_steps=after_measures(sys.argv[1:], document.settings),
    )
