"""Aequitas's ``Group`` and ``Bias``, with named reference groups. ``aequitas_bias.py FILE ANSWER [significance] [fairness]``."""

import sys

from aequitas.bias import Bias
from aequitas.fairness import Fairness
from aequitas_group import crosstab
from files import read, write

REFERENCES = {"race": "Caucasian", "sex": "Male", "age_cat": "25 - 45"}


def main(file: str, answer: str, *parts: str) -> None:
    """Compare groups, judge them if that is asked for, and write down what was counted."""
    frame = read(file)
    table = Bias().get_disparity_predefined_groups(
        crosstab(frame),
        original_df=frame,
        ref_groups_dict=REFERENCES,
        check_significance="significance" in parts,
        mask_significance="significance" in parts,
    )
    if "fairness" in parts:
        fairness = Fairness()
        judged = fairness.get_group_value_fairness(table)
        fairness.get_group_attribute_fairness(judged)
        fairness.get_overall_fairness(judged)
    write(answer, table["attribute_value"], table["tp"], table["fp"], table["fn"], table["tn"])


if __name__ == "__main__":
    main(*sys.argv[1:])
