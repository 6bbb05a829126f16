"""The errors of a probability, and how they are added up: in whole numbers, whose sums have no order."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

from fairaudit.engine.logarithm import losses_of, with_loss
from fairaudit.engine.sql import Pick, double, in_list

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LOWEST = double(sys.float_info.epsilon)
"""Probabilities are moved this far from 0 and 1 before their logarithm, as scikit-learn's ``log_loss`` does."""
_HIGHEST = double(1 - sys.float_info.epsilon)
_OF_LABEL = "abs(1 - label - score)"
"""The probability of a person's own label."""
_NEARLY_HALF = math.nextafter(0.5, 0.0)
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


def errors_of(scores: NDArray[np.float64], labels: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Return the `ERRORS` of probabilities in whole units of 1e-15: to the last one what SQL makes of `with_errors` and `whole`."""
    import numpy as np

    error = scores - labels
    error *= error
    own = 1 - labels
    own -= scores
    np.abs(own, out=own)
    np.clip(own, sys.float_info.epsilon, 1 - sys.float_info.epsilon, out=own)
    return dict(zip(ERRORS, (in_units(error), in_units(losses_of(own))), strict=True))


def in_units(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return numbers that are not negative in whole units of 1e-15; half of one is rounded away from zero, as SQL does."""
    import numpy as np

    units = numbers * 1e15
    # Added to a half this gives one, and to what is less than a half it does not.
    units += _NEARLY_HALF
    return np.floor(units, out=units)
