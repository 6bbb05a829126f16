"""Means, deviations and quartiles are the floats nearest to the true ones, in whatever order the numbers stand."""

from __future__ import annotations

import math
import random
import statistics
import sys
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairaudit.count.statistics import Statistics, describe
from fairaudit.read.dataframes import open_frame
from fairaudit.read.table import Use, validate
from fairaudit.settings.reading import ReadSettings
from fairaudit.settings.source import InputSettings

FLOATS = st.floats(allow_nan=False, allow_infinity=False) | st.floats(0, 100).map(lambda x: round(x, 2))
EDGES = [5e-324, -5e-324, sys.float_info.min, sys.float_info.max, -sys.float_info.max, 2.0**8, math.nextafter(2.0**8, 0), math.nextafter(2.0**-8, 0), 0.1, 0.0, -0.0]  # fmt: skip


def described(numbers: list[float], *, threads: int = 2) -> Statistics:
    """Describe numbers, half of which are of either group."""
    n = len(numbers)
    frame = pd.DataFrame({"x": pd.Series(numbers, dtype=float), "g": ["a", "b"] * (n // 2) + ["a"] * (n % 2)})
    opened = open_frame(frame, how=InputSettings(threads=threads))
    settings = ReadSettings(label="none", attributes=("g",))
    checked = validate(opened, settings, use=Use(score_needed=False, describe=True))
    everybody, *groups = describe(checked)
    assert sum(group.n for group in groups) == n
    return everybody


@settings(max_examples=10)
@given(st.lists(FLOATS | st.sampled_from(EDGES), min_size=2, max_size=40), st.randoms(use_true_random=False))
def test_they_are_the_nearest_floats_in_any_order(numbers: list[float], chance: random.Random) -> None:
    found = described(numbers)
    assert found.mean == float(sum(map(Fraction, numbers)) / len(numbers))
    assert found.mean == pytest.approx(math.fsum(x / len(numbers) for x in numbers), rel=1e-12, abs=1e-300)
    try:
        assert found.std == statistics.stdev(map(Fraction, numbers))
    except OverflowError:
        assert found.reason == "too large for a number"
    rising = sorted(map(Fraction, numbers))
    assert (found.min, found.max) == (rising[0], rising[-1])
    inclusive = statistics.quantiles(rising, n=4, method="inclusive")
    assert [found.q1, found.median, found.q3] == [float(one) for one in inclusive]
    chance.shuffle(numbers)
    assert described(numbers, threads=1) == found


def test_of_many_numbers_they_are_those_of_numpy_from_any_number_of_threads() -> None:
    drawn = np.random.default_rng(11)
    # Sums of floats lose most of these digits, one pass for the deviation all of them.
    numbers = 1e9 + drawn.lognormal(0, 2, 250_000)
    found = described([*numbers], threads=4)
    assert found == described([*numbers[::-1]], threads=1)
    assert found.mean == pytest.approx(numbers.mean(), rel=1e-12)
    assert found.mean == math.fsum(numbers) / len(numbers)
    assert found.std == pytest.approx(numbers.std(ddof=1), rel=1e-12)
    assert [found.q1, found.median, found.q3] == pytest.approx(
        np.quantile(numbers, [0.25, 0.5, 0.75]), rel=1e-12
    )
