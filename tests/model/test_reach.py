"""Columns of new rows that have little in common with the training rows are named; usual rows are not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from trained import METADATA, people, trained

from fairaudit.model.estimator import ModelKind
from fairaudit.model.pipeline import take_features
from fairaudit.model.reach import Reach, learnt_ranges

PIPELINE = trained(ModelKind.LOGISTIC)
RANGES: Mapping[str, tuple[float, float]] = {"income": (0.0, 10.0), "rooms": (0.0, 4.0)}


def strange(
    batches: int = 1, ranges: Mapping[str, Any] | None = RANGES, **columns: list[Any]
) -> dict[str, str]:
    """Look at rows whose other columns hold usual values."""
    rows = len(next(iter(columns.values())))
    usual: dict[str, list[Any]] = {"income": [5.0], "city": ["Oslo"], "rooms": [2.0], "code": ["a"]}
    frame = pd.DataFrame({name: columns.get(name, value * rows) for name, value in usual.items()})
    inputs = take_features(PIPELINE, frame)
    seen = Reach(pipeline=PIPELINE, ranges=ranges)
    for part in np.array_split(np.arange(rows), batches):
        seen = seen.with_rows(inputs.iloc[part])
    assert seen.rows == rows
    return seen.strange()


def test_the_training_rows_are_not_strange() -> None:
    inputs = take_features(PIPELINE, people()[0])
    ranges = learnt_ranges(PIPELINE, inputs)
    assert set(ranges) == set(METADATA["ranges"])
    assert ranges["rooms"] == (0.0, 4.0)
    assert Reach(pipeline=PIPELINE, ranges=ranges).with_rows(inputs).strange() == {}
    assert Reach(pipeline=PIPELINE, ranges=ranges).strange() == {}


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ([5.0] * 99 + [20.0], ""),
        ([5.0] * 98 + [20.1, 5.0], ""),
        (
            [5.0] * 98 + [20.1, 5.0, -10.1],
            "2 of 101 values lie outside the training range by more than its width",
        ),
        ([10.0] * 3, ""),
        ([11.0] * 3 + [5.0] * 3, ""),
        ([11.0] * 3 + [5.0] * 2, "3 of 5 values lie above the training range"),
        ([-1.0] * 3 + [11.0] * 3, ""),
        ([-1.0] * 4 + [11.0] * 3, "4 of 7 values lie below the training range"),
        ([5.0, None, None], ""),
    ],
    ids=[
        "one in a hundred at twice the width",
        "one in a hundred beyond it",
        "more than one in a hundred",
        "all at the end",
        "half outside",
        "more than half above",
        "half on either side",
        "more than half below",
        "missing values do not count",
    ],
)
def test_numbers(values: list[float | None], problem: str) -> None:
    found = strange(income=values)
    assert list(found) == (["income"] if problem else [])
    assert problem in found.get("income", "")
    assert strange(batches=4, income=values) == found


def test_the_sentence_names_both_ranges() -> None:
    found = strange(income=[1000.0, 2000.0])["income"]
    assert found.endswith("it runs from 1000 to 2000, and the training rows ran from 0 to 10")


def test_a_column_that_never_varied_is_strange_when_it_does() -> None:
    assert strange(ranges={"rooms": (2.0, 2.0)}, rooms=[2.0, 2.0]) == {}
    assert "rooms" in strange(ranges={"rooms": (2.0, 2.0)}, rooms=[2.0, 3.0])


@pytest.mark.parametrize(
    ("values", "is_strange"),
    [
        (["OSLO", "BERGEN", "OSLO"], True),
        (["OSLO", "OSLO", "BERGEN", None], True),
        (["OSLO", "Bergen", "OSLO"], False),
        (["Vardø"] * 3, False),
        ([None] * 3, False),
    ],
    ids=["all new", "all that are there are new", "one known", "rare, yet known", "missing, as some were"],
)
def test_levels(values: list[str | None], is_strange: bool) -> None:
    found = strange(city=values)
    assert list(found) == (["city"] if is_strange else [])
    assert strange(batches=3, city=values) == found
    if is_strange:
        assert (
            "it holds 'OSLO', 'BERGEN', and the model knows 'Bergen', 'Bodø', 'Oslo', 'Vardø'"
            in found["city"]
        )


def test_a_column_without_any_value_is_strange_unless_some_were_missing_before() -> None:
    nothing = [None] * 3
    assert strange(income=nothing, rooms=nothing, city=nothing, code=nothing) == {
        "rooms": "it holds no value at all, and every training row held one",
        "code": "it holds no value at all, and every training row held one",
    }


def test_without_ranges_only_levels_are_compared() -> None:
    assert list(strange(ranges=None, income=[1e9, 1e9], city=["x", "y"])) == ["city"]


def test_unknown_levels_are_counted_over_batches() -> None:
    seen = Reach(pipeline=PIPELINE, ranges=RANGES)
    frame = pd.DataFrame({"income": [1.0], "city": ["Rome"], "rooms": [1.0], "code": ["a"]})
    for _ in range(3):
        seen = seen.with_rows(take_features(PIPELINE, frame))
    assert seen.unknown == {"city": {"Rome": 3}}
