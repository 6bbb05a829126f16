"""``fairaudit slice``."""

from __future__ import annotations

import sys

from fairaudit.cli.arguments import Predictions
from fairaudit.cli.console import Output, stamp
from fairaudit.cli.next_steps import after_measures
from fairaudit.settings.naming import Naming
from fairaudit.settings.output import Described
from fairaudit.settings.reading import SliceSettings
from fairaudit.settings.resolve import find_predictions
from fairaudit.settings.source import TableSettings
from fairaudit.settings.verdict import Measuring
from fairaudit.spelling import setting


def slice(
    described: Described,
    reading: SliceSettings,
    measuring: Measuring,
    naming: Naming,
    source: TableSettings,
    output: Output,
    predictions: Predictions = None,
) -> None:
    """Run ``fairaudit slice``."""
    from fairaudit.read.files import open_path
    from fairaudit.render.terminal import audit as terminal
    from fairaudit.workflow.audit import Slicing, report_slices, tally

    opened = open_path(find_predictions(predictions, output.folder, source), source)
    with output.prepared(), output.progress(f"Reading {opened.name}", opened.expected_rows) as tell:
        tallied = tally(
            opened,
            reading,
            measuring=measuring,
            naming=naming,
            option=setting("feature"),
            score_needed=not described.stats,
            statistics=described.stats,
            slicing=Slicing(every=True),
            on_progress=tell,
        )
    document = report_slices(tallied, stamp("slice"), statistics=described.stats)
    output.finish(
        {"slices.json": document},
        lambda width: terminal.slices(document, width=width),
        next_steps=after_measures(sys.argv[1:], document.settings),
    )
