"""Scores that are shared out and sorted are those that were read, in order; however they lie, no more of them are here than there are."""

from __future__ import annotations

import itertools
import math
import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.read import in_order
from fairaudit.read.in_order import KeptOrder, Risen, Tied

PLACES = 4
SCORES = st.one_of(
    st.floats(0, 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.0, -0.0, 0.5, 5e-324, -5e-324, 1e-310, 1.7e308, -1.7e308, math.nextafter(0.5, 1)]),
    st.integers(-1070, 5).map(lambda n: 2.0**n),
)


def brought(lots: Sequence[Sequence[float]], low: float, high: float) -> list[list[tuple[float, int]]]:
    """Bring scores of people, at one place after the other, in order; those that come together are one list."""
    read = [(np.arange(len(lot)) % (PLACES - 1) + 1, np.array(lot)) for lot in lots]
    every: list[list[tuple[float, int]]] = []
    for one in in_order._shared_out(iter(read), low, high, PLACES):
        if isinstance(one, Tied):
            assert len(one.people) == PLACES
            every.append(
                [(one.score, place) for place, n in enumerate(one.people.tolist()) for _ in range(n)]
            )
        else:
            every.append([*zip(one[1].tolist(), one[0].tolist(), strict=True)])
    return every


@given(
    lots=st.lists(st.lists(SCORES, max_size=40), max_size=6),
    common=st.tuples(SCORES, st.integers(0, 60)),
    loose=st.booleans(),
    few=st.sampled_from([1, 4]),
)
def test_scores_come_in_order(
    lots: list[list[float]], common: tuple[float, int], loose: bool, few: int
) -> None:
    score, times = common
    lots = [*lots, [score] * times]
    scores = [score for lot in lots for score in lot]
    ends = (-1.7e308, 1.7e308) if loose else (min(scores, default=0), max(scores, default=0))
    with patch.object(in_order, "_SORTED", few):
        every = brought(lots, *ends)
    people = [(score, i % (PLACES - 1) + 1) for lot in lots for i, score in enumerate(lot)]
    assert sorted(one for own in every for one in own) == sorted(people)
    for own in every:
        assert [score for score, _ in own] == sorted(score for score, _ in own)
    for own, after in itertools.pairwise(every):
        assert own[-1][0] < after[0][0]


@pytest.mark.parametrize("shape", ["even", "of all sizes", "one in most", "close", "one far away", "two"])
def test_however_scores_lie_few_are_here_twice(shape: str) -> None:
    drawn, number = np.random.default_rng(3), 20_000
    some = drawn.random(number)
    scores = {
        "even": some,
        "of all sizes": 10.0 ** (-300 * some),
        "one in most": np.where(drawn.random(number) < 0.99, 0.5, some),
        "close": np.append(0.5 + some * 1e-12, [0, 1]),
        "one far away": np.append(some, 1e300),
        "two": np.where(drawn.random(number) < 0.5, 0.5, math.nextafter(0.5, 1)),
    }[shape]
    lots = [(np.ones(len(lot), dtype=np.uint8), lot) for lot in np.array_split(scores, 8)]
    with patch.object(in_order, "_SORTED", 200):
        tracemalloc.start()
        shared = in_order._shared_out(iter(lots), scores.min(), scores.max(), 2)
        people = sum(one.people.sum() if isinstance(one, Tied) else len(one[0]) for one in shared)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert people == len(scores)
    assert most < 4 * 9 * number


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int32])
def test_an_order_that_is_kept_is_the_same_again_and_again(tmp_path: Path, kind: type) -> None:
    """Also that of another table, which takes the place of the first."""
    for lengths in ([], [3, 0, 9, 1], [0, 0], [17]):
        kept = KeptOrder(path=tmp_path / "order")
        every: list[Risen | Tied] = [
            Tied(score=0.5, people=np.array([0, 2]))
            if not length
            else Risen(
                places=np.arange(length, dtype=kind),
                is_new=np.arange(length - 1) % 3 > 0 if length > 1 else None,
            )
            for length in lengths
        ]
        for one in every:
            kept.append(one)
        for again in (list(kept), list(kept)):
            assert len(again) == len(every)
            for one, other in zip(again, every, strict=True):
                if isinstance(other, Tied):
                    assert one is other
                    continue
                assert isinstance(one, Risen)
                assert one.places.dtype == kind
                assert one.places.tolist() == other.places.tolist()
                wanted = None if other.is_new is None else other.is_new.tolist()
                assert (None if one.is_new is None else one.is_new.tolist()) == wanted
