"""The arithmetic of the four-fifths rule, beside counting it out."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest

from fairaudit.inference.odds import TwoRates
from fairaudit.profiles import rules
from fairaudit.profiles.unknown import Open, Rate, bounds_to_best, bounds_to_named

SMALL = [
    TwoRates(x1=x1, n1=n1, x2=x2, n2=n2)
    for n1, n2 in [(1, 1), (3, 5), (7, 4), (10, 20)]
    for x1 in range(n1 + 1)
    for x2 in range(n2 + 1)
]


def beyond(rates: TwoRates, *, hurts: bool) -> bool:
    """Tell by multiplying whether a group is on the wrong side of the line."""
    own, other = rates.x1 * rates.n2, rates.x2 * rates.n1
    return 4 * own > 5 * other if hurts else 5 * own < 4 * other


@pytest.mark.parametrize("hurts", [False, True])
def test_moves_and_shortfalls_are_the_least_that_do(hurts: bool) -> None:
    step = -1 if hurts else 1
    for rates in SMALL:
        moved, short = (
            rules.moves_to_four_fifths(rates, hurts=hurts),
            rules.shortfall_four_fifths(rates, hurts=hurts),
        )
        assert moved is not None
        assert short is not None
        after = [
            TwoRates(x1=rates.x1 + step * m, n1=rates.n1, x2=rates.x2 - step * m, n2=rates.n2)
            for m in (moved, moved - 1)
        ]
        assert not beyond(after[0], hurts=hurts)
        assert moved == 0 or beyond(after[1], hurts=hurts)
        more = [
            TwoRates(x1=rates.x1 + step * m, n1=rates.n1, x2=rates.x2, n2=rates.n2)
            for m in (short, short - 1)
        ]
        assert not beyond(more[0], hurts=hurts)
        assert short == 0 or beyond(more[1], hurts=hurts)
        if rates.x1 or rates.x2:
            assert rules.is_adverse(rates, hurts=hurts) is beyond(rates, hurts=hurts)


def test_what_is_undefined_is_no_answer() -> None:
    nobody = TwoRates(x1=0, n1=4, x2=0, n2=5)
    assert rules.impact_ratio(nobody) is None
    assert rules.is_adverse(nobody, hurts=False) is None
    assert rules.one_swap_reverses(nobody, hurts=False) is None
    empty = TwoRates(x1=0, n1=0, x2=0, n2=0)
    assert rules.shortfall_pooled(empty) is rules.shortfall_reference(empty) is None
    assert (
        rules.shortfall_four_fifths(empty, hurts=False)
        is rules.moves_to_four_fifths(empty, hurts=False)
        is None
    )
    refused_by_nobody = TwoRates(x1=2, n1=4, x2=0, n2=5)
    assert rules.is_adverse(refused_by_nobody, hurts=True) is True
    assert rules.is_adverse(refused_by_nobody, hurts=False) is False


def every_way(rates: list[Rate], unknown: Rate) -> list[list[Rate]]:
    """Assign the unknown to groups in every way."""
    places = range(len(rates))
    ways = set()
    for selected in itertools.combinations_with_replacement(places, unknown.x):
        for others in itertools.combinations_with_replacement(places, unknown.n - unknown.x):
            ways.add((tuple(map(selected.count, places)), tuple(map(others.count, places))))
    return [
        [r.with_more(selected=s, others=o) for r, s, o in zip(rates, *way, strict=True)]
        for way in sorted(ways)
    ]


CASES = [
    ([Rate(x=3, n=10), Rate(x=5, n=10), Rate(x=6, n=9)], Rate(x=2, n=5)),
    ([Rate(x=3, n=10), Rate(x=1, n=2), Rate(x=1, n=2)], Rate(x=1, n=4)),
    ([Rate(x=4, n=4), Rate(x=2, n=5)], Rate(x=3, n=3)),
    ([Rate(x=1, n=6), Rate(x=2, n=7), Rate(x=0, n=3)], Rate(x=0, n=4)),
]


@pytest.mark.parametrize(("rates", "unknown"), CASES)
@pytest.mark.parametrize("lowest", [False, True])
def test_bounds_are_those_of_every_way(rates: list[Rate], unknown: Rate, lowest: bool) -> None:
    for place in range(len(rates)):
        ratios: list[Fraction | None] = []
        for way in every_way(rates, unknown):
            best = (min if lowest else max)(r.value or Fraction(0) for r in way)
            ratios.append((way[place].value or Fraction(0)) / best if best else None)
        known = [r for r in ratios if r is not None]
        opened = [Open(rate=r, may_join=unknown) for r in rates]
        rest = [r for i, r in enumerate(opened) if i != place]
        low_high = bounds_to_best(opened[place], rest, unknown, lowest=lowest)
        if low_high is None:
            assert None in ratios
            continue
        low, high = low_high
        assert low == min(known)
        assert (high is None and None in ratios) or high == max(known)


def test_bounds_to_a_named_reference_may_have_no_end() -> None:
    group = Rate(x=1, n=4)

    def bounds(reference: Rate, unknown: Rate) -> object:
        both = (Open(rate=rate, may_join=unknown) for rate in (group, reference))
        return bounds_to_named(*both)

    assert bounds(Rate(x=0, n=3), Rate(x=1, n=1)) == (Fraction(1), None)
    assert bounds(Rate(x=0, n=3), Rate(x=0, n=1)) is None
    assert bounds(Rate(x=1, n=2), Rate(x=1, n=2)) == (Fraction(1, 5) / Fraction(2, 3), Fraction(2, 5) * 3)


def test_many_unknown_people_are_spread_quickly() -> None:
    unknown = Rate(x=10**6, n=10**8)
    groups = [Open(rate=Rate(x=10**6 + i, n=10**7 + 3 * i), may_join=unknown) for i in range(40)]
    assert bounds_to_best(groups[0], groups[1:], unknown, lowest=False) is not None


def test_who_is_known_to_be_in_no_such_group_joins_none() -> None:
    """Of two women of unknown race none is a man: the men's rate cannot fall by them."""
    nobody, two = Rate(x=0, n=0), Rate(x=0, n=2)
    women, men = Open(rate=Rate(x=3, n=6), may_join=two), Open(rate=Rate(x=6, n=8), may_join=nobody)
    assert bounds_to_best(women, [men], two, lowest=False) is not None
    low, _ = bounds_to_best(women, [men], two, lowest=False) or (None, None)
    assert low == Fraction(3, 8) / Fraction(6, 8)
    assert bounds_to_best(men, [women], two, lowest=False) == (Fraction(1), Fraction(1))
