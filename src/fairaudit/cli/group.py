"""``fairaudit group``."""

from __future__ import annotations

import sys
from pathlib import Path

from fairaudit.cli.arguments import Predictions
from fairaudit.cli.console import Output, stamp
from fairaudit.cli.next_steps import after_measures
from fairaudit.cli.numbers import number_files, refuse_numbers
from fairaudit.settings.naming import Naming
from fairaudit.settings.output import NumberFiles
from fairaudit.settings.reading import AuditReading
from fairaudit.settings.resolve import find_predictions
from fairaudit.settings.source import TableSettings, each_of
from fairaudit.settings.verdict import Measuring


def group(
    reading: AuditReading,
    measuring: Measuring,
    naming: Naming,
    source: TableSettings,
    files: NumberFiles,
    output: Output,
    predictions: Predictions = None,
) -> None:
    """Run ``fairaudit group``."""
    from fairaudit.documents.text import dump
    from fairaudit.read.files import open_path
    from fairaudit.render.terminal.rates import groups
    from fairaudit.workflow.audit import report_groups, report_scores, tally
    from fairaudit.workflow.suppressed import taken_away, telling_more

    file = find_predictions(predictions, output.folder, source)
    refuse_numbers(files, *map(Path, each_of(file)), output.folder / "group.json")
    opened = open_path(file, source)
    with output.prepared(), output.progress(f"Reading {opened.name}", opened.expected_rows) as tell:
        tallied = tally(
            opened,
            reading,
            measuring=measuring,
            naming=naming,
            on_progress=tell,
        )
    made = stamp("group")
    document, scores = report_groups(tallied, made), report_scores(tallied, made)
    beside = {} if scores is None else {output.folder / "scores.json": dump(scores).encode()}
    also = {**beside, **number_files(files, [document])}
    least = reading.suppress_below
    telling = telling_more(output.folder, () if beside else ("scores.json",), least)
    output.write({"group.json": document}, also, stale=telling)
    output.warn(taken_away(telling, least))
    output.show(
        {"group.json": document},
        lambda width: groups(document, width=width),
        also=tuple(also),
        next_steps=after_measures(sys.argv[1:], document.settings),
    )
