"""Arguments that commands share, each declared once; and the predictions that an earlier command left."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from fairaudit.errors import FileError

PREDICTIONS_NAME = "predictions.csv"

Predictions = Annotated[
    str | None,
    typer.Argument(
        metavar="[PREDICTIONS]",
        help="CSV, TSV, JSON lines (each also .gz), Parquet or XLSX file; - reads CSV from stdin. Left out: predictions.csv in the output folder.",
        show_default=False,
    ),
]
Data = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="CSV, TSV, JSON lines (each also .gz), Parquet or XLSX file; - reads CSV from stdin.",
    ),
]


def find_predictions(given: str | None, out: Path) -> str:
    """Take the predictions that were named, or those that an earlier command left in the output folder."""
    if given is not None:
        return given
    usual = out / PREDICTIONS_NAME
    there = False
    with contextlib.suppress(OSError):
        there = usual.is_file()
    if not there:
        raise FileError(
            str(usual),
            "there is no such file",
            hint="Name a file of predictions, or make this one by fairaudit train DATA --target COLUMN",
        )
    return str(usual)
