"""A test with another p-value is rejected exactly where the whole family, corrected again, rejects it; and that as often as one likes."""

from __future__ import annotations

import dataclasses
import itertools
import time
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from fairaudit.inference import joint
from fairaudit.inference.changed import Family
from fairaudit.inference.joint import DRAWS, RARE, SEED, Block, step_down
from fairaudit.inference.multiplicity import holm

LEVEL = 0.05
# Many small ones, and some that are equal, so that the order of equals counts as well.
P_VALUE = st.one_of(
    st.floats(0, 1),
    st.floats(-6, -1).map(lambda power: 10.0**power),
    st.sampled_from((0.0, 1e-9, 0.001, 0.004, 0.02, 0.05, 1.0)),
)


def block(places: Sequence[int], seed: int, *, near: bool) -> Block:
    """Tests that share a few causes; the limits on both sides of some are close to each other."""
    draw = np.random.default_rng(seed)
    factors = draw.standard_normal((len(places), 3)) + draw.choice([0.0, 3.0])
    return Block(
        places=list(places),
        factors=factors / np.linalg.norm(factors, axis=1, keepdims=True),
        apart=draw.choice([0.0, 2.0, 9.0, np.inf], len(places)) if near else np.full(len(places), np.inf),
    )


@st.composite
def families(draw: st.DrawFn) -> tuple[list[float | None], list[Block], int]:
    """Families of a few blocks and of tests that stand alone, of which some were never made."""
    p_values = draw(st.lists(st.one_of(st.none(), P_VALUE), min_size=1, max_size=14))
    places = draw(st.permutations(range(len(p_values))))
    ends = sorted(draw(st.lists(st.integers(0, len(places)), max_size=3)))
    blocks = [
        block(members, draw(st.integers(0, 50)), near=draw(st.booleans()))
        for first, last in itertools.pairwise(ends)
        if (members := places[first:last])
    ]
    return p_values, blocks, len(p_values) + draw(st.sampled_from((0, 0, 1, 20)))


def by_definition(p_values: Sequence[float | None], blocks: Sequence[Block], size: int) -> list[float | None]:
    """Correct a family step by step: at each one, the chance that any of the tests that are left is as small by chance."""
    simple = holm(p_values, size=size)
    known = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    if not known or not blocks or (simple[known[0][1]] or 0.0) > 0.5:
        return simple
    drawn = [fresh(one) for one in blocks]
    adjusted: list[float | None] = list(p_values)
    highest = 0.0
    for rank, (p, place) in enumerate(known):
        left = {other for _, other in known[rank:]}
        chance, in_blocks = 0.0, set()
        for one, of_tests in zip(blocks, drawn, strict=True):
            tested = [other for other in one.places if p_values[other] is not None]
            if len(tested) < 2:
                continue
            in_blocks |= set(tested)
            rows = [row for row, other in enumerate(one.places) if other in left]
            of_block = len(rows) * p
            if of_block > RARE:
                as_small = np.count_nonzero((of_tests[rows] <= p).any(axis=0))
                of_block = min(of_block, (as_small + 1) / (DRAWS + 1))
            chance += of_block
        chance += p * (len(left - in_blocks) + size - len(p_values))
        highest = max(highest, min(simple[place] or 0.0, max(p, chance) if p <= LEVEL else 1.0))
        adjusted[place] = highest
    return adjusted


def fresh(one: Block) -> np.ndarray:
    """Draw the p-values of a block by themselves."""
    evidence = one.factors @ np.random.default_rng(SEED).standard_normal((one.factors.shape[1], DRAWS))
    near = one.apart < 8
    evidence[near] = np.maximum(evidence[near], -evidence[near] - one.apart[near, None])
    return ndtr(-evidence) + ndtr(-evidence - one.apart[:, None])


@settings(max_examples=100, deadline=None)
@given(families())
def test_a_family_is_corrected_as_defined(family: tuple[list[float | None], list[Block], int]) -> None:
    p_values, blocks, size = family

    assert step_down(p_values, blocks, size=size) == by_definition(p_values, blocks, size)


@settings(max_examples=150, deadline=None)
@given(families(), st.data())
def test_another_p_value_is_answered_as_by_the_whole_family(
    family: tuple[list[float | None], list[Block], int], data: st.DataObject
) -> None:
    p_values, blocks, size = family
    tested = [place for place, p in enumerate(p_values) if p is not None]
    assume(tested)
    asked = Family(p_values=p_values, blocks=blocks, size=size, level=LEVEL)

    for _ in range(6):
        place = data.draw(st.sampled_from(tested))
        p = data.draw(st.one_of(P_VALUE, st.sampled_from([p for p in p_values if p is not None])))
        changed = [*p_values[:place], p, *p_values[place + 1 :]]

        assert asked.rejects(place, p) is ((step_down(changed, blocks, size=size)[place] or 0.0) <= LEVEL)


def test_there_has_to_be_a_p_value_to_change() -> None:
    with pytest.raises(ValueError, match="has to be a p-value"):
        Family(p_values=[None, 0.1], blocks=[], size=2).rejects(0, 0.01)


def test_thousands_of_questions_cost_less_than_a_few_corrections() -> None:
    p_values = (10.0 ** np.random.default_rng(5).uniform(-5, -1.5, 300)).tolist()
    blocks = [block(range(first, first + 30), first, near=True) for first in range(0, 300, 30)]
    family = Family(p_values=p_values, blocks=blocks, size=300)
    family.rejects(0, 0.01)

    begun = time.process_time()
    for _ in range(2):
        step_down(p_values, [dataclasses.replace(one) for one in blocks], size=300)
    corrections, begun = time.process_time() - begun, time.process_time()
    for place, p in enumerate(p_values):
        for times in (1.1, 1.5, 2.0, 4.0, 8.0):
            family.rejects(place, min(1.0, p * times))

    assert time.process_time() - begun < corrections
    assert joint.rank(p_values, blocks, size=300, level=LEVEL).blocks
