"""``fairaudit card``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from fairaudit.cli import options as o
from fairaudit.config import DEFAULT_OUT, DEFAULT_STATEMENTS

Init = Annotated[
    bool,
    typer.Option(
        "--init",
        help="Write card.toml with the questions that only people can answer.",
        rich_help_panel="Card",
    ),
]


def card(
    init: Init = False,
    statements: o.Statements = DEFAULT_STATEMENTS,
    template: o.Template = None,
    out: o.Out = DEFAULT_OUT,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
) -> None:
    """Render the model card from the JSON documents in the output folder and from card.toml; writes MODEL_CARD.md, figures/."""
    from fairaudit.errors import printable
    from fairaudit.workflow.cards import read_wording, write_card, write_statements

    output = o.output(out, json=False, quiet=quiet, verbose=verbose)
    if init:
        files: tuple[Path, ...] = (write_statements(statements),)
        next_steps = f"answer the questions in {statements}, then fairaudit card"
    else:
        written = write_card(out, read_wording(statements=statements, template=template))
        output.warn(written.warnings)
        files = written.files
        next_steps = "" if statements.is_file() else "fairaudit card --init, to state what only people know"
    if not quiet:
        output.stdout.print(Text(f"Written: {', '.join(printable(str(path)) for path in files)}"))
        if next_steps:
            output.stdout.print(Text(f"Next: {printable(next_steps)}", "dim"))
