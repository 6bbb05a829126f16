"""Aequitas's ``Group`` on a pandas data frame. ``aequitas_group.py FILE ANSWER``."""

import json
import sys
from pathlib import Path

import pandas as pd
from aequitas.group import Group

ATTRIBUTES = ["race", "sex", "age_cat"]


def main(file: str, answer: str) -> None:
    """Make the crosstab, and write down every group's false positive rate."""
    frame = pd.read_csv(file)
    thresholds = None if set(frame["score"].unique()) <= {0, 1} else {"score_val": [0.5]}
    table, _ = Group().get_crosstabs(frame, score_thresholds=thresholds, attr_cols=ATTRIBUTES)
    Path(answer).write_text(
        json.dumps(dict(zip(table["attribute_value"], table["fpr"], strict=True))), encoding="utf-8"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
