"""The logarithm that is written in arithmetic alone is right to less than a unit in its last place, and it is what Python's arithmetic gives."""

from __future__ import annotations

import math
import random
from decimal import Decimal, localcontext

import duckdb
import numpy as np

from fairaudit.engine.logarithm import losses_of, with_loss
from fairaudit.engine.losses import ERRORS, errors_of, in_units, whole, with_errors


def numbers() -> list[float]:
    """Draw numbers from the least to the greatest, with those where the reduction has its ends."""
    drawn = random.Random(3)
    ends = [2.0**-j for j in range(1, 53)]
    near = [math.nextafter(end, side) for end in ends[:-1] for side in (0, 1)]
    halves = [end * math.sqrt(0.5) for end in ends[:-1]]
    close = [1 - 2.0**-j for j in range(2, 53)]
    return [*ends, *near, *halves, *close, *(drawn.random() for _ in range(2_000)), *(2.0 ** -(52 * drawn.random()) for _ in range(2_000))]  # fmt: skip


def in_python(number: float) -> float:
    """Do what the SQL says."""
    m, exponent = math.frexp(number)
    m, k = (2 * m, 1 - exponent) if m < math.sqrt(0.5) else (m, -exponent)
    f = m - 1
    s = f / (2 + f)
    z, h = s * s, 0.5 * f * f
    series = 0.14798198605116586
    for coefficient in (0.15313837699209373, 0.1818357216161805, 0.22222198432149784, 0.2857142874366239, 0.3999999999940942, 0.6666666666666735):  # fmt: skip
        series = coefficient + z * series
    small = ((s * (h + z * series) - k * 1.9082149292705877e-10) - h) + f
    return k * 0.6931471803691238 - small


def test_logarithm() -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE numbers (x DOUBLE)")
        connection.executemany("INSERT INTO numbers VALUES (?)", [[x] for x in numbers()])
        losses = connection.execute(f"SELECT x, loss FROM {with_loss('numbers', 'x', 'loss')}").fetchall()
    with localcontext(prec=40):
        for x, loss in losses:
            assert loss == in_python(x)
            assert abs(Decimal(loss) + Decimal(x).ln()) < Decimal(math.ulp(loss))


def test_arrays_take_the_same_logarithm() -> None:
    below = [x for x in numbers() if x < 1]
    assert losses_of(np.array(below)).tolist() == [in_python(x) for x in below]


def test_errors_of_arrays_are_what_sql_makes_of_them() -> None:
    halves = [k / 2e15 for k in range(40)]
    scores = np.array([0.0, 1.0, *halves, *(x for x in numbers() if x < 1), *(1 - x for x in numbers())])
    for label in (0, 1):
        errors = errors_of(scores, np.full(len(scores), float(label)))
        with duckdb.connect() as connection:
            connection.register("scored", {"score": scores, "label": np.full(len(scores), label)})
            sums = [f"{whole(sql)} AS {name}" for name, sql in {**ERRORS, "score": "score"}.items()]
            in_sql = connection.execute(f"SELECT {', '.join(sums)} FROM {with_errors('scored')}").fetchall()
        arrays = (*(errors[name] for name in ERRORS), in_units(scores))
        assert list(zip(*(map(int, one) for one in arrays), strict=True)) == in_sql
