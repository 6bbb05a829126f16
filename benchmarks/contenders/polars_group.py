"""Polars: a lazy frame counts rows that are alike, and adds their few cells up for each group. ``polars_group.py FILE ANSWER``."""

import json
import sys
from pathlib import Path

import polars as pl

ATTRIBUTES = ("race", "sex", "age_cat")


def main(file: str, answer: str) -> None:
    """Count, and write the counts down."""
    rows = pl.scan_parquet(file) if file.endswith(".parquet") else pl.scan_csv(file)
    alike = (pl.col("score") >= 0.5, pl.col("label_value") == 1, *ATTRIBUTES)
    cells = rows.group_by(alike).len("n").collect(engine="streaming")
    selected, label, n = pl.col("score"), pl.col("label_value"), pl.col("n")
    four = [
        n.filter(decision & outcome).sum().alias(name)
        for name, decision, outcome in (
            ("tp", selected, label),
            ("fp", selected, ~label),
            ("fn", ~selected, label),
            ("tn", ~selected, ~label),
        )
    ]
    counted = {
        group: counts
        for attribute in ATTRIBUTES
        for group, *counts in cells.group_by(attribute).agg(four).iter_rows()
    }
    Path(answer).write_text(json.dumps(counted), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
