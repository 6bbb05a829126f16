"""Arguments that commands share, each declared once."""

from __future__ import annotations

from typing import Annotated

import typer

SEVERAL = "several"
"""Marks an argument that may name several files, which come as one."""
Predictions = Annotated[
    str | None,
    SEVERAL,
    typer.Argument(
        metavar="[PREDICTIONS]",
        help="CSV, TSV, JSON lines (each also .gz or .zst), Parquet, Arrow, XLSX, DuckDB or SQLite file (FILE::TABLE, FILE#SHEET); a folder of Parquet files; a table of a server (postgresql://…::TABLE); - reads stdin. Several files, or a pattern in quotes, are one table. Left out: predictions.csv in the output folder.",
        show_default=False,
    ),
]
Base = Annotated[
    str,
    typer.Argument(
        metavar="BASE",
        help="Predictions to compare with, such as those of last month; any file that group reads, or the folder of their results.",
    ),
]
New = Annotated[
    str,
    typer.Argument(
        metavar="NEW",
        help="Predictions that are compared, read as BASE is: the same columns, groups and edges.",
    ),
]
Data = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="CSV, TSV, JSON lines (each also .gz or .zst), Parquet, Arrow, XLSX, DuckDB or SQLite file (FILE::TABLE, FILE#SHEET); a folder of Parquet files; a table of a server (postgresql://…::TABLE); - reads stdin.",
    ),
]
