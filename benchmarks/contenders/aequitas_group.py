"""Aequitas's ``Group`` on a pandas data frame. ``aequitas_group.py FILE ANSWER``."""

import sys

import pandas as pd
from aequitas.group import Group
from files import ATTRIBUTES, read, write


def crosstab(frame: pd.DataFrame) -> pd.DataFrame:
    """Make the table of groups; scores that are no decisions are cut at 0.5."""
    thresholds = None if set(frame["score"].unique()) <= {0, 1} else {"score_val": [0.5]}
    return Group().get_crosstabs(frame, score_thresholds=thresholds, attr_cols=ATTRIBUTES)[0]


def main(file: str, answer: str) -> None:
    """Make the table, and write down what it counts."""
    table = crosstab(read(file))
    write(answer, table["attribute_value"], table["tp"], table["fp"], table["fn"], table["tn"])


if __name__ == "__main__":
    main(*sys.argv[1:])
