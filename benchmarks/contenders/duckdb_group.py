"""Bare DuckDB: one statement counts every group's confusion matrix. ``duckdb_group.py FILE ANSWER sets|cells``.

``sets`` counts rows by grouping sets, as anybody would write it; ``cells`` first counts the rows that are alike, and adds their few
cells up by grouping sets.
"""

import json
import sys
from pathlib import Path

import duckdb

SETS = """
SELECT coalesce(race, sex, age_cat),
    count(*) FILTER (WHERE score >= 0.5 AND label_value = 1),
    count(*) FILTER (WHERE score >= 0.5 AND label_value = 0),
    count(*) FILTER (WHERE score < 0.5 AND label_value = 1),
    count(*) FILTER (WHERE score < 0.5 AND label_value = 0)
FROM query_table(?)
GROUP BY GROUPING SETS ((race), (sex), (age_cat))
"""
CELLS = """
WITH cells AS (
    SELECT score >= 0.5 AS selected, label_value = 1 AS label, race, sex, age_cat, count(*) AS n FROM query_table(?) GROUP BY ALL
)
SELECT coalesce(race, sex, age_cat),
    sum(n) FILTER (WHERE selected AND label),
    sum(n) FILTER (WHERE selected AND NOT label),
    sum(n) FILTER (WHERE NOT selected AND label),
    sum(n) FILTER (WHERE NOT selected AND NOT label)
FROM cells
GROUP BY GROUPING SETS ((race), (sex), (age_cat))
"""


def main(file: str, answer: str, form: str) -> None:
    """Count, and write the counts down."""
    counted = duckdb.execute(CELLS if form == "cells" else SETS, [file]).fetchall()
    Path(answer).write_text(
        json.dumps({group: list(map(int, four)) for group, *four in counted}), encoding="utf-8"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
