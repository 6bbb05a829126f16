"""``fairaudit demo``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rich.text import Text

from fairaudit.cli.audit import Shown, carry_out
from fairaudit.cli.console import Output
from fairaudit.errors import FileError
from fairaudit.settings.card import WordingOptions
from fairaudit.settings.choices import DEFAULT_STATEMENTS, Effect
from fairaudit.settings.output import DemoOptions, OtherNames
from fairaudit.settings.reading import AuditReading
from fairaudit.settings.training import Training
from fairaudit.spelling import setting

LOANS = "loans.csv"
LENDER = "lenders-score"


def demo(example: DemoOptions) -> None:
    """Run ``fairaudit demo``."""
    output = Output(folder=example.folder, as_json=example.as_json, quiet=example.quiet)
    loans, statements = _write_example(output.folder)
    heard = not (output.as_json or output.quiet)
    reading = AuditReading(attributes=("ethnicity", "region", "sex*age:25,40"))
    words = WordingOptions(statements=statements)
    if heard:
        _head(output, "1. The score that the lender uses today: does it work for everybody?")
    _audit(
        str(loans),
        replace(reading, label="repaid", score="score"),
        words,
        Output(folder=output.folder / LENDER, quiet=not heard),
    )
    if heard:
        _head(output, "\n2. A model trained on who repaid:")
    _audit(
        str(loans),
        reading,
        words,
        output,
        target="repaid",
        drop=("loan_id", "score", "ethnicity", "region", "sex", "age"),
    )


def _write_example(folder: Path) -> tuple[Path, Path]:
    """Write the loans, and statements to fill in; what is there already is left alone, or refused."""
    from fairaudit import resources
    from fairaudit.workflow.card import statements_file
    from fairaudit.write import make_folder, write_together

    loans, example = folder / LOANS, resources.example(LOANS).read_bytes()
    if loans.is_file() and loans.read_bytes() != example:
        raise FileError(
            str(loans),
            "is not the example, which would take its place",
            hint=f"Name another folder by {setting('out')}",
        )
    make_folder(folder)
    statements = folder / DEFAULT_STATEMENTS
    asked = {} if statements.exists() else statements_file(statements)
    write_together({loans: example, **asked})
    return loans, statements


def _head(output: Output, text: str) -> None:
    output.stdout.print(Text(text, "bold"))


def _audit(
    loans: str,
    reading: AuditReading,
    words: WordingOptions,
    output: Output,
    *,
    target: str | None = None,
    drop: tuple[str, ...] = (),
) -> None:
    """Audit as the command does that nothing else is said to but that a loan helps."""
    from fairaudit.disparity.rule import VerdictRule
    from fairaudit.workflow.pipeline import AuditOptions

    options = AuditOptions(
        reading=reading,
        rule=VerdictRule(effect=Effect.HELPS),
        training=None if target is None else Training(target=target, drop=drop),
    )
    typed = ["audit", loans, "--effect", "helps", "--out", str(output.folder)]
    for flag, values in {
        "--label": [reading.label],
        "--score": [reading.score],
        "--target": [target],
        "--drop": drop,
        "--attribute": reading.attributes,
    }.items():
        typed += [word for value in values if value is not None for word in (flag, value)]
    carry_out(loans, options, Shown(words=words, names=OtherNames(), output=output, typed=tuple(typed)))
