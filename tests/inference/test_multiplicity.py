"""Adjusted p-values: published examples, the definitions as oracles, and statsmodels."""

from __future__ import annotations

import gc
import itertools
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control
from statsmodels.stats.multitest import multipletests

from fairaudit.inference.multiplicity import benjamini_hochberg, holm

Adjust = Callable[..., list[float | None]]
P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=30)
BOTH = pytest.mark.parametrize("adjust", [holm, benjamini_hochberg], ids=["Holm", "Benjamini-Hochberg"])
# Neuhaus et al. 1992, the family of "cardiac and other events".
THROMBOLYSIS = [
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459),
    *(0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0),
]


@pytest.fixture(scope="module", autouse=True)
def uncollected() -> Iterator[None]:
    """Let statsmodels correct without asking for a collection of garbage each time, which takes longer than all the rest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gc, "collect", lambda: 0)
        yield


class TestPublished:
    def test_benjamini_and_hochberg_1995_thrombolysis(self) -> None:
        # The adjusted values are printed in the documentation of scipy.stats.false_discovery_control.
        found = benjamini_hochberg(THROMBOLYSIS)
        assert found == pytest.approx(
            [
                *(0.0015, 0.003, 0.0095, 0.035625, 0.0603, 0.06385714, 0.06385714, 0.0645, 0.0765),
                *(0.486, 0.58118182, 0.714875, 0.75323077, 0.81321429, 1.0),
            ],
            abs=5e-9,
        )
        assert sum(p is not None and p <= 0.05 for p in found) == 4

    def test_benjamini_and_hochberg_1995_find_one_more_than_holm(self) -> None:
        # Section 4.1 of the paper: three rejections with control of any false alarm, four with control of their share.
        assert [p is not None and p <= 0.05 for p in holm(THROMBOLYSIS)] == [True] * 3 + [False] * 12

    @pytest.mark.parametrize(
        ("adjust", "p_values", "size", "expected"),
        [
            # https://stdlib.io/docs/api/latest/@stdlib/stats/padjust, which follows R's p.adjust.
            pytest.param(
                holm,
                [0.319, 0.201, 0.4, 0.374, 0.113],
                None,
                {0: 0.957, 1: 0.804, 3: 0.957, 4: 0.565},
                id="Holm",
            ),
            pytest.param(
                benjamini_hochberg,
                [0.319, 0.201, 0.4, 0.374, 0.113],
                None,
                {0: 0.4, 1: 0.4, 3: 0.4, 4: 0.4},
                id="Benjamini-Hochberg",
            ),
            pytest.param(
                benjamini_hochberg,
                [0.319, 0.201, 0.4, 0.374, 0.113],
                10,
                {0: 0.8, 1: 0.8, 3: 0.8, 4: 0.8},
                id="Benjamini-Hochberg of ten declared",
            ),
            pytest.param(
                benjamini_hochberg,
                [0.008, 0.03, 0.123, 0.6, 0.2],
                None,
                {0: 0.04, 1: 0.075, 2: 0.205, 3: 0.6, 4: 0.25},
                id="Benjamini-Hochberg, other values",
            ),
            # The documentation of scipy.stats.false_discovery_control.
            pytest.param(
                benjamini_hochberg,
                [0.5, 0.6, 0.1, 0.001],
                None,
                {0: 0.6, 1: 0.6, 2: 0.2, 3: 0.004},
                id="SciPy",
            ),
        ],
    )
    def test_documentation_of_others(
        self, adjust: Adjust, p_values: list[float], size: int | None, expected: dict[int, float]
    ) -> None:
        found = adjust(p_values, size=size)
        assert {at: found[at] for at in expected} == pytest.approx(expected, abs=5e-4)

    def test_hdlsskst_benjamini_and_hochbergs_rejections(self) -> None:
        # The example of BenHoch in the R package HDLSSkST.
        found = benjamini_hochberg([0.50, 0.01, 0.001, 0.69, 0.02, 0.05, 0.0025])
        assert [p is not None and p <= 0.05 for p in found] == [False, True, True, False, True, False, True]


class TestOracles:
    @given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
    def test_holm_is_the_closed_test_of_bonferronis(self, p_values: list[float]) -> None:
        # A hypothesis falls when every intersection it belongs to falls by Bonferroni's test (Marcus, Peritz and Gabriel 1976).
        for at, found in enumerate(holm(p_values)):
            families = (
                family
                for length in range(1, len(p_values) + 1)
                for family in itertools.combinations(range(len(p_values)), length)
                if at in family
            )
            expected = max(min(1.0, len(family) * min(p_values[i] for i in family)) for family in families)
            assert found == pytest.approx(expected, rel=1e-12)

    @given(P_VALUES, st.floats(0.001, 0.999))
    def test_benjamini_hochberg_rejects_up_to_the_last_below_the_line(
        self, p_values: list[float], level: float
    ) -> None:
        m = len(p_values)
        below = [p for rank, p in enumerate(sorted(p_values), 1) if p <= level * rank / m * (1 + 1e-12)]
        found = benjamini_hochberg(p_values)
        for p, adjusted in zip(p_values, found, strict=True):
            assert adjusted is not None
            if abs(adjusted - level) > 1e-9:
                assert (adjusted <= level) == (bool(below) and p <= below[-1])

    @settings(max_examples=40)
    @given(P_VALUES)
    def test_holm_equals_statsmodels(self, p_values: list[float]) -> None:
        assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1].tolist(), rel=1e-12)

    @given(P_VALUES)
    def test_benjamini_hochberg_equals_statsmodels(self, p_values: list[float]) -> None:
        theirs = multipletests(p_values, method="fdr_bh")[1].tolist()
        assert benjamini_hochberg(p_values) == pytest.approx(theirs, rel=1e-12)

    @given(P_VALUES, st.integers(0, 5))
    def test_benjamini_hochberg_equals_scipy_to_the_last_bit(self, p_values: list[float], more: int) -> None:
        theirs = false_discovery_control([*p_values, *[1.0] * more]).tolist()
        assert benjamini_hochberg(p_values, size=len(p_values) + more) == theirs[: len(p_values)]


class TestUntested:
    @BOTH
    @given(p_values=st.lists(st.none() | st.floats(0, 1), max_size=20), more=st.integers(0, 20))
    def test_what_was_not_tested_counts_like_a_p_value_of_1(
        self, adjust: Adjust, p_values: list[float | None], more: int
    ) -> None:
        found = adjust(p_values, size=len(p_values) + more)
        filled = adjust([1.0 if p is None else p for p in p_values] + [1.0] * more)
        assert found == [
            None if p is None else pytest.approx(other, rel=1e-12)
            for p, other in zip(p_values, filled, strict=False)
        ]

    @BOTH
    @pytest.mark.parametrize(
        ("p_values", "size"),
        [
            pytest.param([], None, id="no hypotheses"),
            pytest.param([], 7, id="seven declared and none tested"),
            pytest.param([None, None], None, id="none tested"),
            pytest.param([None], 5, id="one of five, and not tested"),
        ],
    )
    def test_nothing_tested(self, adjust: Adjust, p_values: list[float | None], size: int | None) -> None:
        assert adjust(p_values, size=size) == p_values

    @BOTH
    def test_a_single_test_of_one_is_left_alone(self, adjust: Adjust) -> None:
        assert adjust([0.03]) == [0.03]

    @BOTH
    def test_a_single_test_of_ten_declared(self, adjust: Adjust) -> None:
        assert adjust([0.03], size=10) == [pytest.approx(0.3)]

    @BOTH
    def test_a_size_below_the_number_of_p_values_changes_nothing(self, adjust: Adjust) -> None:
        assert adjust([0.01, 0.02, None], size=1) == adjust([0.01, 0.02, None])


class TestLaws:
    @BOTH
    @given(p_values=P_VALUES)
    def test_adjusting_never_lowers_and_keeps_the_order(self, adjust: Adjust, p_values: list[float]) -> None:
        found = [p for p in adjust(p_values) if p is not None]
        assert all(p * (1 - 1e-12) <= adjusted <= 1 for p, adjusted in zip(p_values, found, strict=True))
        by_p = [adjusted for _, adjusted in sorted(zip(p_values, found, strict=True))]
        assert by_p == sorted(by_p)

    @BOTH
    @given(data=st.data(), p_values=P_VALUES)
    def test_the_order_of_the_family_does_not_matter(
        self, adjust: Adjust, data: st.DataObject, p_values: list[float]
    ) -> None:
        order = data.draw(st.permutations(range(len(p_values))))
        found = adjust(p_values)
        assert adjust([p_values[at] for at in order]) == [found[at] for at in order]

    @given(P_VALUES)
    def test_controlling_any_false_alarm_asks_for_more_than_controlling_their_share(
        self, p_values: list[float]
    ) -> None:
        for strict, loose in zip(holm(p_values), benjamini_hochberg(p_values), strict=True):
            assert strict is not None
            assert loose is not None
            assert strict >= loose * (1 - 1e-12)

    @BOTH
    @given(p_values=P_VALUES)
    def test_the_input_is_left_alone(self, adjust: Adjust, p_values: list[float]) -> None:
        before = list(p_values)
        adjust(p_values)
        assert p_values == before
