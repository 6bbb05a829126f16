"""``fairaudit slice``."""

from __future__ import annotations

import sys
from pathlib import Path

from fairaudit.cli.arguments import Predictions
from fairaudit.cli.console import Output, stamp
from fairaudit.cli.next_steps import after_measures
from fairaudit.cli.numbers import number_files, refuse_numbers
from fairaudit.settings.naming import Naming
from fairaudit.settings.output import NumberFiles
from fairaudit.settings.resolve import find_predictions
from fairaudit.settings.slices import Described, Keeping, SliceSettings
from fairaudit.settings.source import TableSettings, each_of
from fairaudit.settings.verdict import Measuring, References

WRITTEN = ("slices.json", "classes.json", "classes.md")


def slice(
    described: Described,
    reading: SliceSettings,
    measuring: Measuring,
    references: References,
    naming: Naming,
    source: TableSettings,
    keeping: Keeping,
    files: NumberFiles,
    output: Output,
    predictions: Predictions = None,
) -> None:
    """Run ``fairaudit slice``."""
    from fairaudit.documents.classes import ClassesDocument
    from fairaudit.read.files import open_path
    from fairaudit.render.terminal import audit as terminal
    from fairaudit.workflow.keep import kept_slices, refuse_keeping
    from fairaudit.workflow.slices import classes_files, slices_of

    file = find_predictions(predictions, output.folder, source)
    others = [*map(Path, each_of(file)), *(output.folder / name for name in WRITTEN)]
    refuse_numbers(files, *others, *([keeping.save] if keeping.save else []))
    refuse_keeping(keeping.save, reading, references.references, others=others)
    opened = open_path(file, source)
    with output.prepared(), output.progress(f"Reading {opened.name}", opened.expected_rows) as tell:
        document, sliced = slices_of(
            opened,
            reading,
            stamp("slice"),
            measuring=measuring,
            naming=naming,
            statistics=described.stats,
            on_progress=tell,
        )
    also = {
        **kept_slices(keeping.save, sliced, reading, references.references),
        **number_files(files, [document]),
    }
    if isinstance(document, ClassesDocument):
        from fairaudit.render.terminal.classes import classes

        several = document
        also = {**classes_files(output.folder, document), **also}
        output.finish({"classes.json": document}, lambda width: classes(several, width=width), also=also)
        return
    output.finish(
        {"slices.json": document},
        lambda width: terminal.slices(document, width=width),
        also=also,
        next_steps=after_measures(sys.argv[1:], document.settings),
    )
