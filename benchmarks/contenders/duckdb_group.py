"""Bare DuckDB: one statement counts every group's confusion matrix, as anybody would write it. ``duckdb_group.py FILE ANSWER``."""

import json
import sys
from pathlib import Path

import duckdb

STATEMENT = """
SELECT race, sex, age_cat, count(*) AS n,
    count(*) FILTER (WHERE score >= 0.5 AND label_value = 1) AS tp,
    count(*) FILTER (WHERE score >= 0.5 AND label_value = 0) AS fp,
    count(*) FILTER (WHERE score < 0.5 AND label_value = 1) AS fn,
    count(*) FILTER (WHERE score < 0.5 AND label_value = 0) AS tn
FROM read_csv(?)
GROUP BY GROUPING SETS ((race), (sex), (age_cat), ())
"""


def main(file: str, answer: str) -> None:
    """Count, and write down every group's false positive rate."""
    rates = {}
    for race, sex, age_cat, _, _, fp, _, tn in duckdb.execute(STATEMENT, [file]).fetchall():
        rates[race or sex or age_cat or "everybody"] = fp / (fp + tn)
    del rates["everybody"]
    Path(answer).write_text(json.dumps(rates), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
