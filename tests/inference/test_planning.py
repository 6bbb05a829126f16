"""Plans: the chance that they rest on is that of the tests, and the number is the first that reaches it."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr
from scipy.stats import binom

from fairaudit.inference import planning
from fairaudit.inference.contrast import exact_rate_scores, ratio_score
from fairaudit.inference.exact import ratio_scores
from fairaudit.inference.memory import Memory
from fairaudit.inference.planning import MOST, POWER, Comparisons, people_needed, power


def asked(kind: str = "ratio", **changes: Any) -> Comparisons:
    limits = {"ratio": (0.8, 1.25), "difference": (-0.1, 0.1), "rate": (0.3, 0.6)}[kind]
    found = {"low": limits[0], "high": limits[1], "p1": 0.3, "n1": 100, "p2": 0.5, "n2": 1000, "fails": True, "level": 0.05} | changes  # fmt: skip
    arrays = {name: np.array([math.nan if value is None else value]) for name, value in found.items()}
    return Comparisons(kind=kind, **arrays)  # type: ignore[arg-type]


def needed(comparisons: Comparisons, people: float, *, both: bool = False) -> float:
    return float(people_needed(comparisons, np.array([float(people)]), both=both)[0])


class TestPower:
    @pytest.mark.parametrize("level", [0.05, 0.0015])
    @pytest.mark.parametrize(("rate", "n"), [(0.2, 60), (0.8, 45), (0.05, 31)])
    def test_of_a_rate_is_that_of_the_binomial(self, rate: float, n: int, level: float) -> None:
        x = np.arange(n + 1)
        below, above = exact_rate_scores(0.3, x, n)[0], exact_rate_scores(0.6, x, n)[1]
        fails = ndtr(below) <= level if rate < 0.3 else ndtr(-above) <= level
        found = power(asked("rate", p1=rate, n1=n, level=level))
        assert found == pytest.approx(binom.pmf(x, n, rate)[fails].sum(), abs=1e-6)

    @pytest.mark.parametrize(("p1", "fails"), [(0.5, False), (0.35, True), (0.7, True)])
    @pytest.mark.parametrize(("n1", "n2"), [(60, 150), (200, 200), (90, 3000)])
    def test_of_a_ratio_is_that_of_all_tables(self, p1: float, n1: int, n2: int, fails: bool) -> None:
        x1 = np.arange(n1 + 1)
        x2 = np.arange(int(binom.ppf(1e-6, n2, 0.5)), int(binom.isf(1e-6, n2, 0.5)) + 1)
        tables = x1[:, None], n1, x2[None, :], n2
        (below, above), (low, high) = (ratio_score(0.8, *tables),) * 2, (ratio_score(1.25, *tables),) * 2
        decided = (
            (ndtr(-above) <= 0.05) & (ndtr(low) <= 0.05)
            if not fails
            else (ndtr(below) <= 0.05)
            if p1 < 0.5
            else (ndtr(-high) <= 0.05)
        )
        chances = binom.pmf(x1, n1, p1)[:, None] * binom.pmf(x2, n2, 0.5)[None, :]
        found = power(asked(p1=p1, n1=n1, n2=n2, fails=fails))
        assert found == pytest.approx((chances * decided).sum(), abs=0.015)

    def test_where_few_are_expected_exact_tests_have_a_say(self) -> None:
        # 40 people at 0.98 and 60 at 0.6 of 1.25 times as much: a score alone would call more of it.
        x1, x2 = np.arange(41), np.arange(61)
        _, above = ratio_scores(1.25, x1[:, None], 40, x2[None, :], 60)
        chances = binom.pmf(x1, 40, 0.95)[:, None] * binom.pmf(x2, 60, 0.5)[None, :]
        found = power(asked(p1=0.95, n1=40, p2=0.5, n2=60))
        assert found == pytest.approx((chances * (ndtr(-above) <= 0.05)).sum(), abs=0.04)

    def test_a_narrow_band_errs_on_both_sides(self) -> None:
        wide = power(asked("rate", low=0.5, high=0.6, p1=0.42, n1=300))
        point = power(asked("rate", low=0.5, high=0.5, p1=0.42, n1=300))
        assert point < wide - 0.05

    def test_what_is_known_is_not_computed_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        computed, compute = [], planning._chances
        monkeypatch.setattr(planning, "_CHANCES", {"ratio": Memory()})
        monkeypatch.setattr(
            planning, "_chances", lambda rest: computed.append(rest.n1.tolist()) or compute(rest)
        )
        four = asked(low=None, p1=0.7).of(np.zeros(4, dtype=np.int64))
        four = four.grown(np.array([1, 2, 1, 3]), both=np.array(False))
        found = power(four)
        assert power(four.of(np.array([3, 1]))).tolist() == found[[3, 1]].tolist()
        assert found[0] == found[2] < found[1] < found[3]
        assert power(dataclasses.replace(four, fails=~four.fails)).tolist() != found.tolist()
        assert [sorted(numbers) for numbers in computed] == [[100, 200, 300]] * 2

    def test_of_nothing_is_nothing(self) -> None:
        assert power(asked().of(np.array([], dtype=np.int64))).shape == (0,)


class TestPeopleNeeded:
    @pytest.mark.parametrize("both", [False, True])
    @pytest.mark.parametrize(
        "comparisons",
        [
            pytest.param(asked(n1=50, n2=3000), id="ratio"),
            pytest.param(asked(n1=50, n2=3000, p1=0.5, fails=False), id="ratio, to pass"),
            pytest.param(asked("difference", n1=30, n2=3000, p1=0.7), id="difference"),
            pytest.param(asked("rate", n1=20, p1=0.7), id="rate"),
            pytest.param(asked("rate", n1=20, p1=0.45, fails=False), id="rate, to pass"),
            pytest.param(asked(n1=20, n2=300, p1=0.98, p2=0.5, level=0.001), id="few"),
        ],
    )
    def test_is_the_first_number_of_two_digits_with_the_chance(
        self, comparisons: Comparisons, both: bool
    ) -> None:
        people = float(comparisons.n1[0] + comparisons.n2[0] if both else comparisons.n1[0])
        found = needed(comparisons, people, both=both)
        digits = 10 ** max(0, math.floor(math.log10(found)) - 1)
        assert found % digits == 0
        before, there = (
            planning._steady_power(comparisons.grown(np.array([number / people]), both=both))[0]
            for number in (found - digits, found)
        )
        assert before < POWER <= there < 0.9

    def test_is_near_the_textbook_for_many(self) -> None:
        # Schuirmann's tests of equal rates, by the logarithm: 172 of a half, beside a reference without error.
        found = needed(asked(p1=0.5, n1=20, p2=0.5, n2=1e9, fails=False), 20)
        assert found == pytest.approx(172, rel=0.06)

    def test_more_comparisons_need_more_people(self) -> None:
        found = [
            needed(asked(p1=0.3, p2=0.2, n2=10_000, level=0.05 / weight), 100) for weight in (1, 10, 100)
        ]
        assert found == sorted(set(found))

    def test_people_of_whom_some_count_in_a_rate_are_more(self) -> None:
        # 100 people of whom 50 have the label.
        mine, all_of_them = asked(n1=50), asked(n1=100)
        assert needed(mine, 100) == pytest.approx(2 * needed(all_of_them, 100), rel=0.1)

    @pytest.mark.parametrize(
        ("comparisons", "people"),
        [
            pytest.param(asked(p1=0.3, n1=30, p2=0.5, n2=20), 30, id="the reference is too small"),
            pytest.param(asked(p1=0.5, n1=30, p2=0.5, n2=30, fails=False), 30, id="so it is for a pass"),
            pytest.param(asked(p1=0.4, p2=0.5), 100, id="exactly at the limit"),
            pytest.param(asked("rate", p1=0.3, fails=False), 100, id="exactly at the limit of a rate"),
            pytest.param(
                asked("rate", low=0.5, high=0.5, p1=0.5, fails=False), 100, id="no room between limits"
            ),
            pytest.param(asked("rate", p1=1.0), 5, id="a rate of which nothing else is known than all"),
            pytest.param(asked(p1=0.0, p2=0.0, fails=False), 100, id="nobody in either group"),
            pytest.param(asked(p1=0.5, n1=5000, n2=5000, fails=False), 5000, id="they should be enough now"),
        ],
    )
    def test_no_number_is_enough(self, comparisons: Comparisons, people: float) -> None:
        assert math.isnan(needed(comparisons, people))

    def test_a_reference_that_grows_as_well_is_never_too_small(self) -> None:
        assert needed(asked(p1=0.3, n1=30, p2=0.5, n2=20), 50, both=True) > 50

    def test_what_is_too_close_to_a_limit_is_never_planned(self) -> None:
        assert math.isnan(needed(asked(p1=0.4 - 1e-9, p2=0.5), 1100, both=True))

    def test_comparisons_are_planned_as_if_each_were_alone(self) -> None:
        rates = np.array([0.1, 0.3, 0.39, 0.5, 0.9])
        fails = np.abs(np.log(rates / 0.5)) > math.log(1.25)
        together = Comparisons(
            kind="ratio", low=np.full(5, 0.8), high=np.full(5, 1.25), p1=rates, n1=np.full(5, 12.0), p2=np.full(5, 0.5), n2=np.full(5, 3000.0),
            fails=fails, level=np.full(5, 0.01),
        )  # fmt: skip
        found = people_needed(together, np.full(5, 12.0), both=False)
        alone = [needed(together.of(np.array([place])), 12) for place in range(5)]
        np.testing.assert_array_equal(found, alone)


@given(st.integers(0, MOST))
def test_numbers_that_can_be_printed_have_two_digits(number: int) -> None:
    (found,) = planning._number(planning._place(np.array([float(number)])))
    unit = 10 ** max(0, len(str(number)) - 2)
    assert found == -(-number // unit) * unit
