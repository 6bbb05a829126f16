"""``fairaudit demo``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fairaudit.cli import options as o
from fairaudit.cli.audit import audit
from fairaudit.cli.console import Output
from fairaudit.errors import FileError
from fairaudit.settings.choices import DEFAULT_STATEMENTS

DemoOut = Annotated[
    Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for everything that is written.")
]
LOANS = "loans.csv"
LENDER = "lenders-score"


def demo(out: DemoOut = Path("fairaudit-demo"), json: o.Json = False, quiet: o.Quiet = False) -> None:
    """Write a small example data set (synthetic loans, with a bias that is known) and audit it."""
    from rich.text import Text

    from fairaudit import resources
    from fairaudit.workflow.card import write_statements
    from fairaudit.write import make_folder, write_bytes

    output = Output(folder=out, as_json=json, quiet=quiet)
    loans, example = out / LOANS, resources.example(LOANS).read_bytes()
    if loans.is_file() and loans.read_bytes() != example:
        raise FileError(
            str(loans), "is not the example, which would take its place", hint="Name another folder by --out"
        )
    make_folder(out)
    write_bytes(loans, example)
    statements = out / DEFAULT_STATEMENTS
    if not statements.exists():
        write_statements(statements)
    told = not (json or quiet)
    if told:
        output.stdout.print(
            Text("1. The score that the lender uses today: does it work for everybody?", "bold")
        )
    attributes = ["ethnicity", "region", "sex*age:25,40"]
    audit(
        str(loans),
        label="repaid",
        score="score",
        attribute=attributes,
        statements=statements,
        out=out / LENDER,
        quiet=quiet or json,
    )
    if told:
        output.stdout.print(Text("\n2. A model trained on who repaid:", "bold"))
    audit(
        str(loans),
        target="repaid",
        drop=["loan_id", "score", "ethnicity", "region", "sex", "age"],
        attribute=attributes,
        statements=statements,
        out=out,
        json=json,
        quiet=quiet,
    )
