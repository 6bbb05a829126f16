"""``fairaudit card``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from fairaudit.cli import options as o
from fairaudit.errors import OptionError
from fairaudit.settings.choices import DEFAULT_OUT, DEFAULT_STATEMENTS

Init = Annotated[
    bool,
    typer.Option(
        "--init",
        help="Write card.toml with the questions that only people can answer.",
        rich_help_panel="Card",
    ),
]


Check = Annotated[
    bool,
    typer.Option(
        "--check",
        help="Write nothing; exit with 1 if statements are missing, or the card is older than what it is made from.",
        rich_help_panel="Card",
    ),
]
Force = Annotated[
    bool,
    typer.Option(
        "--force", help="Write the card anew, even if it was changed by hand.", rich_help_panel="Card"
    ),
]
FrontMatter = Annotated[
    bool,
    typer.Option(
        "--hf/--no-hf",
        help="Begin with the metadata that Hugging Face reads: the model-index with the overall results.",
        rich_help_panel="Card",
    ),
]
FrontSlices = Annotated[
    bool,
    typer.Option("--hf-slices", help="Add every slice to the model-index.", rich_help_panel="Card"),
]
Svg = Annotated[bool, typer.Option("--svg", help="Write the figures as SVG, too.", rich_help_panel="Card")]
CycloneDx = Annotated[
    Path | None,
    typer.Option(
        "--cyclonedx",
        metavar="FILE",
        help="Write a CycloneDX 1.6 ML-BOM with the results of every slice.",
        rich_help_panel="Card",
    ),
]


def card(
    init: Init = False,
    check: Check = False,
    force: Force = False,
    statements: o.Statements = DEFAULT_STATEMENTS,
    template: o.Template = None,
    allow_code: o.AllowCode = False,  # noqa: ARG001  # settings from a file have been held to it
    hf: FrontMatter = True,
    hf_slices: FrontSlices = False,
    svg: Svg = False,
    cyclonedx: CycloneDx = None,
    out: o.Out = DEFAULT_OUT,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
) -> None:
    """Render the model card from the JSON documents in the output folder and from card.toml; writes MODEL_CARD.md, figures/."""
    from fairaudit.errors import printable
    from fairaudit.workflow.card import (
        CardOptions,
        IfEdited,
        check_card,
        kept_files,
        read_wording,
        write_card,
        write_statements,
    )
    from fairaudit.write import refuse_target

    output = o.output(out, json=False, quiet=quiet, verbose=verbose)
    if check:
        problems = check_card(out, read_wording(statements=statements, template=template))
        if not quiet:
            for problem in problems or ("The card is complete and up to date",):
                output.stdout.print(Text(f"{printable(problem)}."))
        raise typer.Exit(1 if problems else 0)
    if init:
        files: tuple[Path, ...] = (write_statements(statements),)
        next_steps = f"answer the questions in {statements}, then fairaudit card"
    else:
        if hf_slices and not hf:
            raise OptionError("--hf-slices", "cannot be given together with --no-hf")
        if cyclonedx is not None:
            refuse_target(cyclonedx, "--cyclonedx", others=[statements, *kept_files(out, template)])
        options = CardOptions(
            front_matter=hf,
            slices_in_front=hf_slices,
            svg=svg,
            cyclonedx=cyclonedx,
            if_edited=IfEdited.REPLACE if force else IfEdited.REFUSE,
        )
        wording = read_wording(statements=statements, template=template)
        with output.prepared():
            written = write_card(out, wording, options)
        output.warn(written.warnings)
        files = written.files
        next_steps = "" if statements.is_file() else "fairaudit card --init, to state what only people know"
    if not quiet:
        output.stdout.print(Text(f"Written: {', '.join(printable(str(path)) for path in files)}"))
        if next_steps:
            output.stdout.print(Text(f"Next: {printable(next_steps)}", "dim"))
