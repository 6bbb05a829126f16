"""Aequitas's ``Group`` and ``Bias``, with named reference groups and without significance. ``aequitas_bias.py FILE ANSWER``."""

import json
import sys
from pathlib import Path

import pandas as pd
from aequitas.bias import Bias
from aequitas.group import Group

REFERENCES = {"race": "Caucasian", "sex": "Male", "age_cat": "25 - 45"}


def main(file: str, answer: str) -> None:
    """Compare groups, and write down every group's ratio of false positive rates."""
    frame = pd.read_csv(file)
    table, _ = Group().get_crosstabs(frame, attr_cols=list(REFERENCES))
    table = Bias().get_disparity_predefined_groups(
        table,
        original_df=frame,
        ref_groups_dict=REFERENCES,
        check_significance=False,
        mask_significance=False,
    )
    ratios = dict(zip(table["attribute_value"], table["fpr_disparity"], strict=True))
    Path(answer).write_text(json.dumps(ratios), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
