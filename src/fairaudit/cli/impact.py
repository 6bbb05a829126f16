"""``fairaudit impact``."""

from __future__ import annotations

import sys

from fairaudit.cli.arguments import Predictions
from fairaudit.cli.console import Output, stamp
from fairaudit.cli.next_steps import after_impact
from fairaudit.settings.choices import Profile
from fairaudit.settings.impact import ImpactFiles, ImpactOptions, ImpactReading
from fairaudit.settings.naming import Naming
from fairaudit.settings.resolve import find_predictions
from fairaudit.settings.source import TableSettings
from fairaudit.settings.verdict import Measuring
from fairaudit.settings.within import Stratifying


def impact(
    asked: ImpactOptions,
    reading: ImpactReading,
    stratifying: Stratifying,
    measuring: Measuring,
    naming: Naming,
    source: TableSettings,
    files: ImpactFiles,
    output: Output,
    predictions: Predictions = None,
) -> None:
    """Run ``fairaudit impact``."""
    from fairaudit.read.files import open_path
    from fairaudit.render.terminal import impact as terminal
    from fairaudit.workflow.impact import assess_impact
    from fairaudit.workflow.impact_files import page_file, read_posted, table_files

    # Before anything is written, so that a broken file leaves nothing behind.
    stated = read_posted(files.statements) if asked.profile is Profile.LL144 else None
    opened = open_path(find_predictions(predictions, output.folder, source), source)
    with (
        output.prepared(tables=files.tables) as folder,
        output.progress(f"Reading {opened.name}", opened.expected_rows) as tell,
    ):
        document = assess_impact(
            opened,
            reading,
            stamp("impact"),
            asked=asked,
            stratifying=stratifying,
            measuring=measuring,
            naming=naming,
            on_progress=tell,
        )
        also = {} if files.tables is None else table_files(document, files.tables)
        warnings: list[str] = []
        if stated is not None:
            page, warnings = page_file(document, folder, stated, files.statements)
            also = {**page, **also}
    reports = {"impact.json": document}
    output.write(reports, also)
    output.warn(warnings)
    output.show(
        reports,
        lambda width: terminal.impact(document, width=width, verbose=output.verbose),
        also=tuple(also),
        next_steps=after_impact(sys.argv[1:], document),
    )
