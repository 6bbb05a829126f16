"""Tests that depend on each other: as published for one control, as the multivariate normal has it, and never beyond Holm's method."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr
from scipy.stats import multivariate_normal

from fairaudit.inference.joint import MOST_ASKED, Block, Statistics, bearing, correlations, factors, step_down
from fairaudit.inference.multiplicity import holm


def one_reference(tests: int, *, sign: float = 1.0, apart: float = np.inf) -> Block:
    """Groups as large as their reference, in one metric: correlated by one half."""
    found = factors(
        Statistics(
            groups=np.arange(tests),
            references=np.eye(tests + 1)[np.full(tests, tests)],
            own=np.ones(tests),
            theirs=np.ones(tests),
            signs=np.full(tests, sign),
            metrics=np.zeros(tests, dtype=int),
        ),
        np.eye(1),
    )
    return Block(places=range(tests), factors=found, apart=np.full(tests, apart))


def adjusted(p: float, block: Block) -> float:
    return step_down([p, *[0.9] * (len(block.places) - 1)], [block])[0] or 0.0


@pytest.mark.parametrize(
    ("tests", "quantile"),
    [(2, 1.92), (3, 2.06), (4, 2.16), (5, 2.23), (6, 2.29), (7, 2.34), (8, 2.38), (9, 2.42)],
)
def test_dunnetts_table_for_one_control(tests: int, quantile: float) -> None:
    # Dunnett 1955, table 1a, infinite degrees of freedom.
    assert adjusted(float(ndtr(-quantile)), one_reference(tests)) == pytest.approx(0.05, abs=0.004)


def test_the_multivariate_normal_of_scipy() -> None:
    block = one_reference(4, sign=-1.0)
    correlation = block.factors @ block.factors.T
    theirs = 1 - multivariate_normal(np.zeros(4), correlation).cdf(np.full(4, 2.2))

    assert correlation == pytest.approx(0.5 + 0.5 * np.eye(4))
    assert adjusted(float(ndtr(-2.2)), block) == pytest.approx(theirs, abs=0.004)


def test_step_by_step_the_tests_that_are_rejected_bear_no_more() -> None:
    p_values = [float(ndtr(-z)) for z in (3.0, 2.1, 2.0)]
    first, second, third = step_down(p_values, [one_reference(3)])

    assert second == pytest.approx(adjusted(p_values[1], one_reference(2)), abs=0.004)
    assert third == max(second or 0.0, p_values[2])
    assert (first or 1.0) < 3 * p_values[0]


def test_opposite_sides_of_one_reference_hardly_help() -> None:
    found = factors(
        Statistics(
            groups=[0, 1],
            references=[[0, 0, 1], [0, 0, 1]],
            own=[1, 1],
            theirs=[1, 1],
            signs=[1, -1],
            metrics=[0, 0],
        ),
        np.eye(1),
    )
    block = Block(places=[0, 1], factors=found, apart=np.full(2, np.inf))

    assert found[0] @ found[1] == pytest.approx(-0.5)
    assert adjusted(0.02, block) == pytest.approx(0.04, abs=0.003)


def test_with_limits_that_are_one_point_both_sides_count() -> None:
    block = one_reference(3, apart=0.0)
    correlation = block.factors @ block.factors.T
    p = 2 * float(ndtr(-2.2))
    draws = np.random.default_rng(7).multivariate_normal(np.zeros(3), correlation, 200_000)

    assert adjusted(p, block) == pytest.approx((np.abs(draws) >= 2.2).any(axis=1).mean(), abs=0.005)


def test_the_rest_of_two_groups_is_one_test() -> None:
    found = factors(
        Statistics(
            groups=[0, 1],
            references=[[0, 1], [1, 0]],
            own=[1, 2],
            theirs=[2, 1],
            signs=[1, -1],
            metrics=[0, 0],
        ),
        np.eye(1),
    )

    assert found[0] @ found[1] == pytest.approx(1.0)


def test_metrics_of_the_same_people_vary_together_as_they_do_in_samples() -> None:
    numerators = [[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0]]
    denominators = [[1, 1, 1, 1], [0, 1, 0, 1], [1, 0, 1, 0], [1, 1, 0, 0]]
    shares = np.array([0.3, 0.1, 0.15, 0.45])
    drawn = np.random.default_rng(3).multinomial(4_000, shares, 20_000)
    rates = (drawn @ np.transpose(numerators)) / (drawn @ np.transpose(denominators))

    found = correlations(numerators, denominators, 4_000 * shares)
    assert found == pytest.approx(np.corrcoef(rates.T), abs=0.03)


p_values = st.lists(st.one_of(st.none(), st.floats(0, 1)), min_size=1, max_size=12)


@settings(max_examples=40, deadline=None)
@given(p_values, st.integers(0, 12))
def test_never_beyond_holm_nor_below_the_test_itself_and_monotone(
    given_p: list[float | None], in_block: int
) -> None:
    tests = min(in_block, len(given_p))
    blocks = [one_reference(tests)] if tests else []
    found = step_down(given_p, blocks)

    for p, mine, simple in zip(given_p, found, holm(given_p), strict=True):
        assert (p is None) == (mine is None)
        if p is not None and mine is not None and simple is not None:
            assert p <= mine + 1e-3
            assert mine <= simple
    known = sorted(
        (p, mine) for p, mine in zip(given_p, found, strict=True) if p is not None and mine is not None
    )
    assert [mine for _, mine in known] == sorted(mine for _, mine in known)


def test_the_same_every_time() -> None:
    asked = [0.004, 0.02, 0.03, 0.5]

    assert step_down(asked, [one_reference(4)]) == step_down(asked, [one_reference(4)])


@pytest.mark.parametrize("apart", [np.inf, 2.0])
@pytest.mark.parametrize("rejected", [0, 2])
def test_what_the_next_test_bears_is_what_it_is_multiplied_by_at_the_level(
    apart: float, rejected: int
) -> None:
    block = one_reference(8, apart=apart)
    gone = [place < rejected for place in range(10)]
    p_values = [1e-9 if is_gone else 0.4 for is_gone in gone]
    found = bearing(p_values, [block], gone)
    assert found < 10 - rejected
    below, above = (
        step_down([*p_values[:7], 0.05 / found * times, *p_values[8:]], [block])[7] for times in (0.97, 1.03)
    )
    assert below is not None
    assert above is not None
    assert below <= 0.05 < above


def test_alone_or_of_unknown_dependence_it_bears_what_holm_asks() -> None:
    assert bearing([0.3, 0.4, None], [], [False, False, False]) == pytest.approx(3, rel=0.01)
    assert bearing([0.001, 0.4], [one_reference(2)], [True, False], size=2) == pytest.approx(1, rel=0.01)


def test_pairs_that_a_reference_was_chosen_from_count_beside_tests_whose_dependence_is_known() -> None:
    # 11 tests that stand for 66 pairs, and 11 of another attribute, whose reference was named.
    block = one_reference(11)
    block = Block(places=range(11, 22), factors=block.factors, apart=block.apart)
    (first, *_) = step_down([0.0005, *[0.4] * 21], [block], size=77)
    assert first is not None
    assert 66 * 0.0005 <= first <= 77 * 0.0005
    assert 66 <= bearing([0.4] * 22, [block], [False] * 22, size=77) <= 77


@pytest.mark.parametrize("asked", [step_down, bearing])
def test_no_level_is_asked_for_above_those_that_are_drawn_for(asked: Callable[..., object]) -> None:
    gone = [[False] * 4] if asked is bearing else []
    assert asked([0.01, 0.2, 0.3, 0.4], [one_reference(4)], *gone, level=MOST_ASKED)
    with pytest.raises(ValueError, match=r"at most 0\.1"):
        asked([0.01, 0.2, 0.3, 0.4], [one_reference(4)], *gone, level=0.2)
