"""The errors of a probability, and how they are added up: in whole numbers, whose sums have no order."""

from __future__ import annotations

import sys

from fairaudit.engine.logarithm import with_loss
from fairaudit.engine.sql import Pick, double, in_list

_LOWEST = double(sys.float_info.epsilon)
"""Probabilities are moved this far from 0 and 1 before their logarithm, as scikit-learn's ``log_loss`` does."""
_HIGHEST = double(1 - sys.float_info.epsilon)
_OF_LABEL = "abs(1 - label - score)"
"""The probability of a person's own label."""
LOSS = "loss"
ERRORS = {"squared_error": "((score - label) * (score - label))", "log_loss": LOSS}
"""SQL of the errors of a probability, over a relation `with_errors`."""


def with_errors(relation: str, pick: Pick = in_list) -> str:
    """Write the SQL of rows with what their errors are made of, the same to the last digit whatever computes it; of ranks it means nothing."""
    moved = f"greatest(least({_OF_LABEL}, {_HIGHEST}), {_LOWEST})"
    # Nearly all lie between, where nothing has to be moved.
    probability = f"CASE WHEN score BETWEEN {_LOWEST} AND {_HIGHEST} THEN {_OF_LABEL} ELSE {moved} END"
    return with_loss(relation, probability, LOSS, pick)


def whole(number: str, kind: str = "HUGEINT") -> str:
    """Write the SQL of a number of at most 36 in whole units of 1e-15, whose sums have no order."""
    return f"CAST(round({number} * 1e15) AS {kind})"
