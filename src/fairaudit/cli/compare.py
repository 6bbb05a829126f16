"""``fairaudit compare``."""

from __future__ import annotations

import sys
from pathlib import Path

from fairaudit.cli.arguments import Base, New
from fairaudit.cli.console import Output, stamp
from fairaudit.cli.next_steps import after_comparison
from fairaudit.settings.comparing import PairedSettings, Tolerated
from fairaudit.settings.naming import Naming
from fairaudit.settings.source import InputSettings
from fairaudit.settings.verdict import Direction, Measuring


def compare(
    base: Base,
    new: New,
    reading: PairedSettings,
    tolerated: Tolerated,
    measuring: Measuring,
    direction: Direction,
    naming: Naming,
    source: InputSettings,
    output: Output,
) -> None:
    """Run ``fairaudit compare``."""
    from fairaudit.read.files import open_path
    from fairaudit.render.terminal import changed as terminal
    from fairaudit.workflow.compare import compare_predictions
    from fairaudit.workflow.compare_folders import are_folders, compare_folders

    if are_folders(base, new):
        with output.prepared():
            document = compare_folders(
                Path(base),
                Path(new),
                stamp("compare"),
                direction=direction,
                naming=naming,
                tolerated=tolerated,
            )
        output.finish({"compare.json": document}, lambda width: terminal.compared(document, width=width))
        return
    before, now = open_path(base, source), open_path(new, source)
    with output.prepared(), output.progress(f"Reading {before.name} and {now.name}") as tell:
        document = compare_predictions(
            before,
            now,
            reading,
            stamp("compare"),
            measuring=measuring,
            direction=direction,
            naming=naming,
            tolerated=tolerated,
            on_progress=tell,
        )
    output.finish(
        {"compare.json": document},
        lambda width: terminal.compared(document, width=width),
        next_steps=after_comparison(sys.argv[1:], new),
    )
