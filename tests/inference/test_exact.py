"""Exact one-sided tests of a ratio or difference: added up by hand, by another program, and never wrong more often than they say."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr
from scipy.stats import barnard_exact, binom

from fairaudit.inference import contrast, exact, proportion


def added_up(score: object, group: object, supposed: float, x1: int, n1: int, x2: int, n2: int) -> float:
    """Add up all tables one by one, for 4,001 rates of the reference."""
    low, high = proportion.clopper_pearson(x2, n2, 1 - exact.DOUBT)
    rates = np.linspace(low, high, 4_001)
    rates = rates[(group(supposed, rates) >= 0) & (group(supposed, rates) <= 1)]
    chance = np.zeros(rates.shape)
    observed = score(supposed, x1, n1, x2, n2, skewness=False)
    for a, b in itertools.product(range(n1 + 1), range(n2 + 1)):
        if score(supposed, a, n1, b, n2, skewness=False) >= observed - 1e-9:
            chance += binom.pmf(a, n1, group(supposed, rates)) * binom.pmf(b, n2, rates)
    return float(min(1.0, chance.max(initial=0) + exact.DOUBT))


class TestPValues:
    def test_one_person_out_of_one_counted_by_hand(self) -> None:
        # The tables with 1 of 1 in the group are no less likely than 0.8 p, whatever the reference shows, and p may be 1.
        assert exact.ratio_p_above(0.8, 1, 1, 1, 1) == pytest.approx(0.8 + exact.DOUBT, abs=1e-5)

    def test_nobody_in_one_beside_everybody_of_two_counted_by_hand(self) -> None:
        # Only this table speaks so much for a difference below 0: (1 - p) p^2 is largest at two thirds.
        assert exact.difference_p_above(0.0, 2, 2, 0, 1) == pytest.approx(4 / 27, rel=0.005)

    @pytest.mark.parametrize(
        "table",
        [(7, 7, 19, 20), (3, 12, 2, 15), (0, 9, 1, 9), (5, 6, 11, 25), (9, 10, 3, 10), (2, 3, 20, 40)],
    )
    @pytest.mark.parametrize("supposed", [0.5, 0.8, 1.0, 1.25])
    def test_all_tables_added_up_one_by_one(self, table: tuple[int, int, int, int], supposed: float) -> None:
        found = exact.ratio_p_above(supposed, *table)
        other = added_up(contrast.ratio_score, lambda r, p: r * p, supposed, *table)

        assert found == pytest.approx(other, rel=0.02)

    @pytest.mark.parametrize("table", [(7, 7, 19, 20), (3, 12, 2, 15), (5, 6, 11, 25), (9, 10, 3, 10)])
    @pytest.mark.parametrize("supposed", [-0.3, -0.1, 0.0, 0.2])
    def test_all_tables_of_a_difference_added_up(
        self, table: tuple[int, int, int, int], supposed: float
    ) -> None:
        found = exact.difference_p_above(supposed, *table)
        other = added_up(contrast.difference_score, lambda d, p: d + p, supposed, *table)

        assert found == pytest.approx(other, rel=0.02)

    @pytest.mark.parametrize(
        ("x1", "n1", "x2", "n2"),
        [(7, 12, 8, 30), (8, 14, 3, 15), (1, 9, 0, 14), (9, 10, 12, 20), (12, 40, 4, 40)],
    )
    def test_equal_rates_are_tested_as_scipy_does_but_for_the_rates_that_are_ruled_out(
        self, x1: int, n1: int, x2: int, n2: int
    ) -> None:
        theirs = barnard_exact(
            [[x1, x2], [n1 - x1, n2 - x2]], alternative="greater", pooled=True, n=64
        ).pvalue
        ours = float(exact.ratio_p_above(1.0, x1, n1, x2, n2))

        assert ours == pytest.approx(float(exact.difference_p_above(0.0, x1, n1, x2, n2)), rel=0.02)
        assert theirs * 0.9 <= ours <= theirs * 1.005 + exact.DOUBT

    def test_a_ratio_that_no_rate_allows_is_ruled_out(self) -> None:
        # 1.25 times 0.93 is no rate.
        assert exact.ratio_p_above(1 / 1.25, 930, 1000, 7, 7) == exact.DOUBT

    @settings(max_examples=40, deadline=None)
    @given(st.integers(1, 40), st.integers(0, 40), st.data(), st.sampled_from([0.5, 0.8, 1.0, 1.25]))
    def test_more_cases_in_the_group_speak_more_for_a_larger_ratio(
        self, n1: int, more: int, data: st.DataObject, supposed: float
    ) -> None:
        # The range of rates that is searched stays as it is, as it comes from the larger sample.
        n2 = n1 + more
        x2 = data.draw(st.integers(0, n2))
        p_values = exact.ratio_p_above(supposed, np.arange(n1 + 1), n1, x2, n2)

        assert (np.diff(p_values) <= 1e-9).all()


@pytest.mark.parametrize("table", [(10, 50, 18, 50), (16, 20, 0, 180), (7, 7, 930, 1000)])
@pytest.mark.parametrize("supposed", [-0.1, 0.1])
def test_tails_are_binomial_however_far_the_count_and_where_nobody_is_expected(
    table: tuple[int, int, int, int], supposed: float
) -> None:
    tables = exact._tables(exact.DIFFERENCE, [supposed], *([count] for count in table))
    for listed in exact._listed(tables, exact._likely_rates(tables)):
        counts = np.linspace(-1, listed.others[0], listed.counts.shape[1]).round()[None]
        expected = binom.cdf(counts[:, None, :], listed.others[0], listed.other_rates[:, :, None])
        np.testing.assert_allclose(listed.at_most(counts), expected, rtol=0, atol=1e-14)


class TestScores:
    def test_seven_of_seven_are_no_evidence_though_their_score_is(self) -> None:
        _, above = exact.ratio_scores(0.8, 7, 7, 930, 1000)

        assert ndtr(-contrast.ratio_score(0.8, 7, 7, 930, 1000)) < 0.05
        assert ndtr(-above) > 0.1

    def test_with_enough_people_they_are_the_score(self) -> None:
        table = (300, 1000, 900, 3000)

        assert exact.ratio_scores(0.8, *table) == (contrast.ratio_score(0.8, *table),) * 2
        assert exact.difference_scores(-0.1, *table) == (contrast.difference_score(-0.1, *table),) * 2

    @settings(max_examples=60, deadline=None)
    @given(st.integers(1, 60), st.integers(1, 600), st.data(), st.sampled_from([0.5, 0.8, 1.25, 2.0]))
    def test_they_never_say_more_than_the_score(
        self, n1: int, n2: int, data: st.DataObject, supposed: float
    ) -> None:
        x1, x2 = data.draw(st.integers(0, n1)), data.draw(st.integers(0, n2))
        score = contrast.ratio_score(supposed, x1, n1, x2, n2)
        below, above = exact.ratio_scores(supposed, x1, n1, x2, n2)

        assert above <= score <= below

    def test_group_and_reference_may_change_places(self) -> None:
        below, above = exact.ratio_scores(0.8, 7, 9, 930, 1000)
        other_below, other_above = exact.ratio_scores(1.25, 930, 1000, 7, 9)

        assert (below, above) == pytest.approx((-other_above, -other_below))

    def test_nobody_has_no_score(self) -> None:
        assert np.isnan(exact.ratio_scores(0.8, [0, 3], [0, 5], [2, 0], [4, 0])).all()

    def test_a_table_with_parts_of_people_is_made_smaller_and_speaks_for_less(self) -> None:
        _, above = exact.ratio_scores(0.8, 7.0, 7.4, 930.5, 1000.2)

        assert ndtr(-above) == pytest.approx(float(exact.ratio_p_above(0.8, 6, 7, 931, 1000)))
        assert ndtr(-above) > exact.ratio_p_above(0.8, 7, 7, 931, 1000)


class TestCriticalScore:
    @pytest.mark.parametrize(
        ("n1", "n2", "rate"),
        [(40, 1_000, 0.3), (400, 2_000_000, 0.02), (1_500, 35, 0.4), (9_000, 90_000, 0.001)],
    )
    def test_from_it_on_the_exact_test_is_sure(self, n1: int, n2: int, rate: float) -> None:
        x1, x2, level = round(n1 * rate), round(n2 * rate), 0.01
        columns = (np.array([float(number)]) for number in (x1, n1, x2, n2))
        names = dict(zip(("x1", "n1", "x2", "n2"), columns, strict=True))
        table = exact.Tables(link=exact.RATIO, supposed=np.array([0.8]), **names)
        (critical,) = exact.critical_score(table, level=np.array([level]))
        counts = np.arange(min(n1, 3 * x1 + 9))
        scores = contrast.ratio_score(0.8, counts, n1, x2, n2, skewness=False)
        near = np.abs(scores - critical) < 2
        p_values = exact.ratio_p_above(0.8, counts[near], n1, x2, n2)
        sure = scores[near] > critical + 0.1
        unsure = scores[near] < critical - 0.1
        assert sure.any()
        assert unsure.any()
        assert (p_values[sure] <= level).all()
        assert (p_values[unsure] > level).all()

    def test_of_tables_together_is_that_of_each(self) -> None:
        random = np.random.default_rng(5)
        n1, n2 = (np.floor(10 ** random.uniform(0.5, most, 60)) for most in (3, 6))
        rates = random.uniform(0, 0.2, 60)
        tables = exact.Tables(
            link=exact.RATIO,
            supposed=np.full(60, 0.8),
            x1=np.rint(n1 * rates),
            n1=n1,
            x2=np.rint(n2 * rates),
            n2=n2,
        )
        level = np.full(60, 0.01)
        together = exact.critical_score(tables, level=level)
        alone = [
            exact.critical_score(tables.of(np.array([place])), level=level[:1])[0] for place in range(60)
        ]
        assert together == pytest.approx(np.asarray(alone), abs=1e-6)

    @pytest.mark.parametrize("rate", [0.0, 1e-9, 0.003, 0.5, 0.999, 1.0])
    @pytest.mark.parametrize("n", [1, 7, 90, 4_000, 1_000_000])
    def test_distributions_that_are_added_up_are_binomial(self, n: int, rate: float) -> None:
        reach = 7 * (n * rate * (1 - rate)) ** 0.5 + 8
        first, last = max(np.floor(n * rate - reach), 0), min(np.ceil(n * rate + reach), n)
        length = int(last - first) + 1
        found = exact._added_up(np.array([[float(n)]]), np.array([[rate]]), np.array([[first]]), length)
        expected = binom.cdf(first - 1 + np.arange(length + 1), n, rate)
        assert found[0, 0] == pytest.approx(expected, abs=1e-9)


def test_an_answer_does_not_depend_on_what_else_is_asked() -> None:
    random = np.random.default_rng(2)
    n1, n2 = (np.floor(10 ** random.uniform(0.3, 3, 120)) for _ in range(2))
    x1, x2 = np.rint(n1 * random.uniform(0, 0.3, 120)), np.rint(n2 * random.uniform(0, 0.3, 120))
    for compute, supposed in ((exact.ratio_scores, 0.8), (exact.difference_scores, 0.05)):
        together = np.asarray(compute(supposed, x1, n1, x2, n2))
        alone = [
            np.asarray(compute(supposed, *(v[at : at + 1] for v in (x1, n1, x2, n2)))) for at in range(120)
        ]
        np.testing.assert_array_equal(together, np.concatenate(alone, axis=1))
