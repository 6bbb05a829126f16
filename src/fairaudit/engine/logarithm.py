"""A logarithm that every engine takes to the last digit: written in additions, multiplications and divisions, of which IEEE 754 says what comes out.

The functions ``ln`` of two engines, and of two machines, may differ in that digit, and sums of it would say which of them did the sum.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fairaudit.engine.sql import Pick, double, in_list

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_DIGITS = 52
"""Binary digits of a float beside the first one."""
_HALVINGS = 53
"""Numbers are at least two to the minus of one less, and below 1."""
_LN2_HIGH, _LN2_LOW = (float.fromhex(digits) for digits in ("0x1.62e42feep-1", "0x1.a39ef35793c76p-33"))
"""The logarithm of 2 in two parts, of which the first times a small whole number is exact."""
_SERIES = tuple(
    float.fromhex(f"0x1.{digits}")
    for digits in (
        "5555555555593p-1",
        "999999997fa04p-2",
        "2492494229359p-2",
        "c71c51d8e78afp-3",
        "7466496cb03dep-3",
        "39a09d078c69fp-3",
        "2f112df3e5244p-3",
    )
)
"""The series in the square of s of log(1 + f) - f + f²/2 - s f²/2 over s, for s = f / (2 + f), cut off for the least error."""


_POWERS = tuple(2.0**j for j in range(_HALVINGS + 1))


def with_loss(relation: str, number: str, name: str, pick: Pick = in_list) -> str:
    """Write the SQL of a relation with one more column, minus the logarithm of a number from 2**-52 to below 1; wrong by less than a unit in its last place.

    References
    ----------
    Sun Microsystems 1993, Freely Distributable LIBM, ``e_log.c``: the reduction to the square root of a half and twice that, and the series.
    """
    # How often a number was halved may be one too many or too few, as the engine's own logarithm has it; the next step mends that.
    steps = (
        f"{number} AS log_of",
        "CAST(floor(-log2(log_of)) AS INTEGER) AS log_j",
        f"log_of * {pick(_POWERS, 'log_j + 1')} AS log_m",
        f"CAST(log_m < {double(math.sqrt(0.5))} AS DOUBLE) AS log_b",
        "log_m * (1 + log_b) - 1 AS log_f, log_j + log_b AS log_k",
        "log_f / (2 + log_f) AS log_s",
        f"log_s * log_s AS log_z, {double(0.5)} * log_f * log_f AS log_h",
    )
    for step in steps:
        relation = f"(SELECT *, {step} FROM {relation})"
    series = double(_SERIES[-1])
    for coefficient in reversed(_SERIES[:-1]):
        series = f"({double(coefficient)} + log_z * {series})"
    small = f"((log_s * (log_h + log_z * {series}) - log_k * {double(_LN2_LOW)}) - log_h) + log_f"
    return f"(SELECT *, log_k * {double(_LN2_HIGH)} - ({small}) AS {name} FROM {relation})"


def losses_of(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return minus the logarithm of numbers from 2**-52 to below 1: step by step what `with_loss` says, and so the same to the last digit."""
    import numpy as np

    root, one = np.array([math.sqrt(0.5), 1.0]).view(np.int64).tolist()
    # The exponent, and the digits under another one, from the root of a half to below twice that.
    bits = numbers.view(np.int64) + (one - root)
    log_k: NDArray[np.float64] = np.subtract(one >> _DIGITS, bits >> _DIGITS, dtype=np.float64)
    bits &= (1 << _DIGITS) - 1
    bits += root
    log_f = bits.view(np.float64)
    log_f -= 1
    log_s = log_f + 2
    np.divide(log_f, log_s, out=log_s)
    log_z = log_s * log_s
    log_h = log_f * log_f
    log_h *= 0.5
    small = log_z * _SERIES[-1]
    for coefficient in reversed(_SERIES[:-1]):
        small += coefficient
        small *= log_z
    small += log_h
    small *= log_s
    small -= np.multiply(log_k, _LN2_LOW, out=log_z)
    small -= log_h
    small += log_f
    log_k *= _LN2_HIGH
    log_k -= small
    return log_k
