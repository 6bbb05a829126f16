"""Arguments that commands share, each declared once."""

from __future__ import annotations

from typing import Annotated

import typer

Predictions = Annotated[
    str | None,
    typer.Argument(
        metavar="[PREDICTIONS]",
        help="CSV, TSV, JSON lines (each also .gz or .zst), Parquet, Arrow, XLSX, DuckDB or SQLite file (FILE::TABLE, FILE#SHEET); a folder of Parquet files; a table of a server (postgresql://…::TABLE); - reads stdin. Left out: predictions.csv in the output folder.",
        show_default=False,
    ),
]
Data = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="CSV, TSV, JSON lines (each also .gz or .zst), Parquet, Arrow, XLSX, DuckDB or SQLite file (FILE::TABLE, FILE#SHEET); a folder of Parquet files; a table of a server (postgresql://…::TABLE); - reads stdin.",
    ),
]
