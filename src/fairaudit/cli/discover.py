"""``fairaudit discover``."""

from __future__ import annotations

import sys

from fairaudit.cli.arguments import Predictions
from fairaudit.cli.console import Output, stamp
from fairaudit.cli.next_steps import after_discovery
from fairaudit.settings.discovering import Discovering
from fairaudit.settings.naming import Naming
from fairaudit.settings.reading import ReadSettings
from fairaudit.settings.resolve import find_predictions
from fairaudit.settings.source import TableSettings


def discover(
    asked: Discovering,
    reading: ReadSettings,
    naming: Naming,
    source: TableSettings,
    output: Output,
    predictions: Predictions = None,
) -> None:
    """Run ``fairaudit discover``."""
    from fairaudit.read.files import open_path
    from fairaudit.render.terminal import discovered as terminal
    from fairaudit.workflow.discover import discover_slices

    opened = open_path(find_predictions(predictions, output.folder, source), source)
    with output.prepared(), output.progress(f"Reading and searching {opened.name}") as tell:
        document = discover_slices(
            opened,
            reading,
            stamp("discover"),
            asked=asked,
            naming=naming,
            on_progress=lambda share: tell(share / 2),
            on_search=lambda share: tell((1 + share) / 2),
        )
    output.finish(
        {"discover.json": document},
        lambda width: terminal.discovered(document, width=width),
        next_steps=after_discovery(sys.argv[1:], document),
    )
