"""Numbers in the precision of the column that they are compared with.

A column of 32-bit floats holds no 0.7 but the nearest number that fits, which is a little less. Who asks for scores of at least 0.7 means that one, as
NumPy and pandas take it, too.
"""

from __future__ import annotations

from fairaudit.engine.sql import double

FLOAT16, FLOAT32 = "float16", "float32"


def own(number: float, precision: str | None) -> float:
    """Return the number of a precision that is nearest to another; ``None`` is that of Python's floats.

    >>> own(0.7, FLOAT32), own(0.7, None), own(1e300, FLOAT32)
    (0.699999988079071, 0.7, inf)
    """
    if precision is None:
        return number
    import numpy as np

    with np.errstate(over="ignore"):
        return float(np.dtype(precision).type(number))


def shortest(number: float, precision: str | None) -> float:
    """Return the number of the fewest digits for which `own` gives this one of a column.

    >>> shortest(0.699999988079071, FLOAT32), shortest(0.699999988079071, None)
    (0.7, 0.699999988079071)
    """
    if precision is None:
        return number
    import numpy as np

    return float(str(np.dtype(precision).type(number)))


def own_sql(number: float, precision: str | None) -> str:
    """Write the SQL of what a column's numbers are compared with."""
    return double(own(number, precision))


def tenth_sql(precision: str | None) -> str:
    """Write the SQL of the tenth of [0, 1] that a ``score`` is in, counted from 0; a tenth has its lower end, and the last one both."""
    return " + ".join(f"CAST(score >= {own_sql(place / 10, precision)} AS INTEGER)" for place in range(1, 10))
