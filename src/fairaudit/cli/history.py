"""``fairaudit history``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fairaudit.cli.console import Output, stamp
from fairaudit.settings.history import Following
from fairaudit.settings.naming import Naming
from fairaudit.settings.verdict import Direction

Paths = Annotated[
    list[Path],
    typer.Argument(
        metavar="DIR|FILES",
        help="Folders of results, or group.json and slices.json, of two or more months; or a folder that holds these.",
    ),
]


def history(paths: Paths, following: Following, direction: Direction, naming: Naming, output: Output) -> None:
    """Run ``fairaudit history``."""
    from fairaudit.render.terminal import history as terminal
    from fairaudit.workflow.history import follow, history_files

    document = follow(paths, stamp("history"), following=following, effect=direction.effect, naming=naming)
    with output.prepared() as folder:
        pictures = history_files(folder, document)
    output.finish(
        {"history.json": document}, lambda width: terminal.history(document, width=width), also=pictures
    )
