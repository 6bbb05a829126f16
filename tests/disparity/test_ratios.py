"""Disparities: exact ratios, reasons where there is none, and how reference groups are found."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact, norm, studentized_range
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from fairaudit.count.counts import Counted, Counts, GroupCounts
from fairaudit.disparity.distance import against_rest
from fairaudit.disparity.gaps import find_gaps
from fairaudit.disparity.ratios import Compared, Disparity, compare
from fairaudit.disparity.ratios import Test as ComparisonTest
from fairaudit.disparity.references import ReferenceKind, References, find_references
from fairaudit.errors import FairauditError
from fairaudit.inference.contrast import difference_interval, equality_test, newcombe, ratio_interval
from fairaudit.metrics.kinds import Measured
from fairaudit.metrics.measure import measure
from fairaudit.metrics.table import PARITY_METRICS, SAME_HYPOTHESIS
from fairaudit.settings.choices import ScoreKind
from fairaudit.slices.grammar import EVERYBODY_ELSE

Cells = tuple[int, int, int, int]
"""tp, fp, fn, tn."""


def counts(tp: int, fp: int, fn: int, tn: int) -> Counts:
    return Counts(n=tp + fp + fn + tn, selected=tp + fp, tp=tp, fp=fp, fn=fn, tn=tn)


def measured(attributes: Mapping[str, Mapping[str, Cells]], *, labels: bool = True) -> Measured:
    """Measure made-up groups; the first attribute's groups add up to everybody."""
    groups = []
    for attribute, members in attributes.items():
        for name, cells in sorted(members.items()):
            mine = counts(*cells)
            if not labels:
                mine = Counts(n=mine.n, selected=mine.selected)
            groups.append(GroupCounts(attribute=attribute, group=name, counts=mine))
    first = list(next(iter(attributes.values())).values())
    overall = counts(*(sum(cells[i] for cells in first) for i in range(4)))
    if not labels:
        overall = Counts(n=overall.n, selected=overall.selected)
    return measure(Counted(overall=overall, groups=tuple(groups), scores=ScoreKind.DECISIONS))


RACE = {"A": (8, 2, 2, 8), "B": (4, 1, 1, 4), "C": (1, 3, 0, 2)}
SEX = {"f": (5, 3, 1, 6), "m": (8, 3, 2, 8)}
TWO = measured({"race": RACE, "sex": SEX})


def disparity(compared: Compared, attribute: str, group: str, metric: str) -> Disparity:
    (found,) = (d for d in compared.of(attribute) if (d.group, d.metric) == (group, metric))
    return found


def run(attributes: Mapping[str, Mapping[str, Cells]], *references: str, labels: bool = True) -> Compared:
    found = measured(attributes, labels=labels)
    return compare(found, find_references(found, references))


class TestReferences:
    @pytest.mark.parametrize(
        ("wanted", "groups", "kinds"),
        [
            pytest.param([], {"race": "A", "sex": "m"}, ["majority", "majority"], id="nothing named"),
            pytest.param(["majority"], {"race": "A", "sex": "m"}, ["majority", "majority"], id="majority"),
            pytest.param(["race=B"], {"race": "B", "sex": "m"}, ["named", "majority"], id="one named"),
            pytest.param(["race=B", "sex=f"], {"race": "B", "sex": "f"}, ["named", "named"], id="both named"),
            pytest.param(["B", "f"], {"race": "B", "sex": "f"}, ["named", "named"], id="bare names"),
            pytest.param(
                ["race=majority"], {"race": "A", "sex": "m"}, ["majority", "majority"], id="a kind for one"
            ),
            pytest.param(["B", "B"], {"race": "B", "sex": "m"}, ["named", "majority"], id="the same twice"),
            pytest.param(
                ["race=majority", "race=majority"],
                {"race": "A", "sex": "m"},
                ["majority", "majority"],
                id="the same kind twice",
            ),
        ],
    )
    def test_found(self, wanted: list[str], groups: dict[str, str], kinds: list[str]) -> None:
        found = find_references(TWO, wanted)
        assert dict(found.groups) == groups
        assert [found.kinds[a] for a in ("race", "sex")] == kinds
        assert found.of("race", "fpr") == groups["race"]

    def test_the_lowest_of_each_metric(self) -> None:
        found = find_references(TWO, ["min-metric"])
        # FPR: A 2/10, B 1/5, C 3/5: the first by name of those that are equal.
        assert found.of("race", "fpr") == "A"
        assert found.of("race", "fnr") == "C"
        assert found.of("race", "ppr") == "C"
        assert found.of("sex", "ppr") == "f"
        assert set(found.kinds.values()) == {ReferenceKind.MIN_METRIC}

    def test_min_metric_for_one_attribute(self) -> None:
        found = find_references(TWO, ["race=min-metric", "sex=f"])
        assert found.of("race", "fnr") == "C"
        assert found.of("sex", "fnr") == "f"

    def test_min_metric_where_nothing_is_defined(self) -> None:
        found = find_references(measured({"g": {"a": (0, 0, 1, 1), "b": (0, 0, 2, 2)}}), ["min-metric"])
        assert found.of("g", "fdr") is None
        assert found.of("g", "pprev") == "a"

    def test_the_first_by_name_of_equally_large_groups(self) -> None:
        found = find_references(
            measured({"g": {"z": (1, 1, 1, 1), "b": (2, 0, 1, 1), "a": (1, 0, 1, 1)}}), []
        )
        assert found.of("g", "fpr") == "b"

    @pytest.mark.parametrize(
        ("attributes", "word", "attribute", "group"),
        [
            pytest.param({"race=x": RACE}, "race=x=B", "race=x", "B", id="an attribute with an equals sign"),
            pytest.param(
                {"g": {"a=b": (1, 1, 1, 1), "c": (2, 2, 2, 2)}}, "g=a=b", "g", "a=b", id="a group with one"
            ),
            pytest.param(
                {"g": {"a=b": (1, 1, 1, 1), "c": (2, 2, 2, 2)}}, "a=b", "g", "a=b", id="bare, with one"
            ),
            pytest.param(
                {"race": RACE, "race=B": SEX},
                "race=B=f",
                "race=B",
                "f",
                id="the longer attribute's name wins",
            ),
            pytest.param(
                {"age:25,45": {"25 to below 45": (1, 1, 1, 1), "below 25": (2, 2, 2, 2)}},
                "age:25,45=25 to below 45",
                "age:25,45",
                "25 to below 45",
                id="a range",
            ),
            pytest.param(
                {"race*sex": {"A * f": (1, 1, 1, 1), "A * m": (2, 2, 2, 2)}},
                "race*sex=A*f",
                "race*sex",
                "A * f",
                id="an intersection as typed",
            ),
            pytest.param(
                {"race*sex": {"A * f": (1, 1, 1, 1), "A * m": (2, 2, 2, 2)}},
                "race*sex=A * f",
                "race*sex",
                "A * f",
                id="an intersection as shown",
            ),
            pytest.param(
                {"g": {"majority": (1, 1, 1, 1), "b": (2, 2, 2, 2)}},
                "g=majority",
                "g",
                "majority",
                id="a group that is called majority",
            ),
        ],
    )
    def test_awkward_names(
        self, attributes: dict[str, dict[str, Cells]], word: str, attribute: str, group: str
    ) -> None:
        found = find_references(measured(attributes), [word])
        assert found.groups[attribute] == group
        assert found.kinds[attribute] is ReferenceKind.NAMED

    @pytest.mark.parametrize(
        ("attributes", "wanted", "sentence"),
        [
            pytest.param(
                {"race": RACE},
                ["race=D"],
                "attribute 'race' has no group 'D'. Its groups are 'A', 'B', 'C'.",
                id="no such group",
            ),
            pytest.param(
                {"race": {"Caucasian": (1, 1, 1, 1), "Other": (1, 1, 1, 1)}},
                ["race=Caucasain"],
                "attribute 'race' has no group 'Caucasain'. Did you mean 'Caucasian'? "
                "Its groups are 'Caucasian', 'Other'.",
                id="typo",
            ),
            pytest.param(
                {"race": RACE},
                ["D"],
                "attribute 'race' has no group 'D'. Its groups are 'A', 'B', 'C'.",
                id="no such bare group, one attribute",
            ),
            pytest.param(
                {"race": RACE, "sex": SEX},
                ["D"],
                "--ref-group: no attribute has a group 'D'. Say ATTRIBUTE=GROUP; audited are 'race', 'sex'.",
                id="no such bare group",
            ),
            pytest.param(
                {"race": RACE, "sex": SEX},
                ["age=young"],
                "--ref-group: 'age' is not an audited attribute. Audited are 'race', 'sex'.",
                id="no such attribute",
            ),
            pytest.param(
                {"race": RACE, "town": {"B": (1, 1, 1, 1), "X": (1, 1, 1, 1)}},
                ["B"],
                "--ref-group: 'B' is a group of 'race', 'town'. Say race=B.",
                id="a bare name that two attributes share",
            ),
            pytest.param(
                {"race": RACE},
                ["race=A", "race=B"],
                "--ref-group: names two reference groups for 'race'.",
                id="two for one attribute",
            ),
            pytest.param(
                {"race": RACE},
                ["race=A", "race=majority"],
                "--ref-group: names two reference groups for 'race'.",
                id="a group and a kind",
            ),
            pytest.param(
                {"race": RACE},
                ["race=min-metric", "race=majority"],
                "--ref-group: names two reference groups for 'race'.",
                id="two kinds for one attribute",
            ),
            pytest.param(
                {"race": RACE},
                ["majority", "min-metric"],
                "--ref-group: majority and min-metric exclude each other.",
                id="two kinds",
            ),
            pytest.param(
                {"race": {"A": (1, 1, 1, 1), "B": (0, 0, 0, 0)}},
                ["B"],
                "--ref-group: nobody is in the group 'B' of 'race': all its weights are 0.",
                id="a group of nobody",
            ),
        ],
    )
    def test_what_cannot_be_a_reference(
        self, attributes: dict[str, dict[str, Cells]], wanted: list[str], sentence: str
    ) -> None:
        with pytest.raises(FairauditError) as caught:
            find_references(measured(attributes), wanted)
        assert str(caught.value) == sentence


class TestDisparities:
    def test_by_hand(self) -> None:
        compared = run({"race": RACE}, "race=A")
        found = disparity(compared, "race", "C", "fpr")
        assert (found.reference_group, found.is_reference) == ("A", False)
        assert found.ratio == Fraction(3, 5) / Fraction(2, 10) == 3
        assert found.difference == Fraction(3, 5) - Fraction(2, 10) == Fraction(2, 5)
        assert (found.ratio_reason, found.difference_reason) == ("", "")
        assert found.estimate.value == 0.6
        assert found.reference is not None
        assert found.reference.value == 0.2

    def test_every_group_and_every_parity_is_there(self) -> None:
        compared = run({"race": RACE, "sex": SEX})
        assert [(d.attribute, d.group, d.metric) for d in compared.disparities] == [
            (attribute, group, metric.name)
            for attribute, groups in (("race", "ABC"), ("sex", "fm"))
            for group in groups
            for metric in PARITY_METRICS
        ]

    def test_the_reference_over_itself_is_1(self) -> None:
        compared = run({"race": RACE}, "race=B")
        for d in compared.disparities:
            if d.group == "B":
                assert d.is_reference
                assert (d.ratio, d.difference) == (1, 0)

    @pytest.mark.parametrize(
        ("group", "reference", "metric", "ratio", "difference", "reason"),
        [
            pytest.param(
                (5, 2, 5, 8), (5, 0, 5, 10), "fpr", None, Fraction(1, 5),
                "the reference group has 0 of 10, and nothing can be divided by 0", id="x / 0",
            ),
            pytest.param((5, 0, 5, 10), (5, 0, 5, 10), "fpr", None, Fraction(0), "both are 0", id="0 / 0"),
            pytest.param((5, 0, 5, 10), (5, 2, 5, 8), "fpr", Fraction(0), Fraction(-1, 5), "", id="0 / x"),
            pytest.param(
                (5, 0, 5, 0), (5, 2, 5, 8), "fpr", None, None, "nobody in the group has label 0",
                id="undefined in the group",
            ),
            pytest.param(
                (5, 2, 5, 8), (9, 0, 9, 0), "fpr", None, None,
                "in the reference group: nobody in the group has label 0", id="undefined in the reference",
            ),
        ],
    )  # fmt: skip
    def test_what_has_no_ratio_has_a_reason(
        self,
        group: Cells,
        reference: Cells,
        metric: str,
        ratio: Fraction | None,
        difference: Fraction | None,
        reason: str,
    ) -> None:
        found = disparity(run({"g": {"a": group, "ref": reference}}, "ref"), "g", "a", metric)
        assert (found.ratio, found.difference, found.ratio_reason) == (ratio, difference, reason)
        assert found.difference_reason == (reason if difference is None else "")

    def test_no_group_has_a_value(self) -> None:
        compared = run({"g": {"a": (0, 0, 1, 1), "b": (0, 0, 2, 2)}}, "min-metric")
        found = disparity(compared, "g", "a", "fdr")
        assert (found.reference_group, found.reference, found.ratio) == (None, None, None)
        assert found.ratio_reason == "nobody in the group is decided 1"

    def test_small_on_either_side(self) -> None:
        few, many = (1, 1, 1, 1), (20, 20, 20, 20)
        compared = run({"g": {"few": few, "many": many, "more": (30, 30, 30, 30)}}, "few")
        assert disparity(compared, "g", "many", "fpr").small
        compared = run({"g": {"few": few, "many": many, "more": (30, 30, 30, 30)}}, "more")
        assert disparity(compared, "g", "few", "fpr").small
        assert not disparity(compared, "g", "many", "fpr").small

    def test_without_labels_only_selection_is_compared(self) -> None:
        compared = run({"race": RACE}, labels=False)
        assert {d.metric for d in compared.disparities} == {"pprev", "ppr"}

    @given(
        st.lists(st.tuples(*[st.integers(0, 30)] * 4), min_size=2, max_size=4),
    )
    def test_swapping_group_and_reference_inverts_the_ratio(self, cells: list[Cells]) -> None:
        groups = {f"g{i}": mine for i, mine in enumerate(cells)}
        if not any(any(mine) for mine in cells) or not any(cells[0]) or not any(cells[1]):
            return
        one, other = run({"g": groups}, "g0"), run({"g": groups}, "g1")
        for metric in PARITY_METRICS:
            there = disparity(one, "g", "g1", metric.name)
            back = disparity(other, "g", "g0", metric.name)
            if there.ratio is not None and back.ratio is not None:
                assert there.ratio * back.ratio == 1
            if there.difference is not None:
                assert back.difference == -there.difference
            assert (there.ratio is None) <= bool(there.ratio_reason)

    def test_a_mapping_of_references_by_hand(self) -> None:
        references = References(groups={"race": {"fpr": "C"}}, kinds={"race": ReferenceKind.MIN_METRIC})
        compared = compare(measured({"race": RACE}), references)
        assert disparity(compared, "race", "A", "fpr").ratio == Fraction(1, 3)
        assert disparity(compared, "race", "A", "tpr").ratio_reason == "no group can be the reference"


def pairs_of(members: Mapping[str, Cells], *references: str) -> Mapping[tuple[str, str], Disparity]:
    return {(d.group, d.metric): d for d in run({"g": members}, *references).of("g")}


class TestUncertainty:
    """Of the counts themselves tests/inference tells; here, that the right counts come to the right place."""

    MEMBERS: Mapping[str, Cells] = {"a": (30, 20, 10, 40), "b": (50, 10, 25, 90), "c": (5, 9, 6, 3)}

    def test_a_rate_is_compared_out_of_its_own_denominator(self) -> None:
        found = pairs_of(self.MEMBERS, "b")
        assert found["a", "fpr"].pair == (20, 60, 10, 100)
        assert found["a", "fdr"].pair == (20, 50, 10, 60)
        assert found["a", "for"].pair == (10, 50, 25, 115)
        for metric in ("fpr", "fdr", "for", "pprev"):
            d = found["a", metric]
            assert d.pair is not None
            low, high = ratio_interval(*d.pair)
            assert d.ratio_ci == (pytest.approx(float(low)), pytest.approx(float(high)))
            low, high = ratio_interval(*d.pair, confidence=0.9)
            assert d.ratio_ci90 == (pytest.approx(float(low)), pytest.approx(float(high)))
            low, high = difference_interval(*d.pair)
            assert d.difference_ci == (pytest.approx(float(low)), pytest.approx(float(high)))
            assert d.p_value == pytest.approx(float(equality_test(*d.pair)[0]))

    def test_complements_are_one_hypothesis(self) -> None:
        compared = run({"g": self.MEMBERS}, "b")
        # Two groups in selection rate, FPR and FNR; the others: FDR with precision, FOR with NPV, ppr.
        assert (compared.family.size, compared.family.others) == (6, 6 + 4)
        found = {(d.group, d.metric): d for d in compared.disparities}
        for one, other in SAME_HYPOTHESIS.items():
            assert found["a", one].p_value == pytest.approx(found["a", other].p_value)

    def test_p_values_are_adjusted_within_their_family(self) -> None:
        compared = run({"g": self.MEMBERS}, "b")
        decisive = [d for d in compared.disparities if d.decisive and not d.is_reference]
        expected = multipletests([d.p_value for d in decisive], method="fdr_bh")[1]
        assert [d.p_adjusted for d in decisive] == pytest.approx(expected.tolist())

    def test_the_exact_test_serves_few_people(self) -> None:
        found = pairs_of({"a": (1, 2, 3, 2), "ref": (50, 50, 50, 50)}, "ref")
        d = found["a", "tpr"]
        assert d.test is ComparisonTest.FISHER
        assert d.p_value == pytest.approx(fisher_exact(np.array([[1, 3], [50, 50]]))[1])
        assert pairs_of(self.MEMBERS, "b")["a", "tpr"].test is ComparisonTest.SCORE

    def test_shares_of_all_selected_are_odds(self) -> None:
        d = pairs_of(self.MEMBERS, "b")["a", "ppr"]
        low, high = proportion_confint(50, 110, method="wilson")
        assert d.ratio_ci == (pytest.approx(low / (1 - low)), pytest.approx(high / (1 - high)))
        assert (d.test, d.difference_ci) == (ComparisonTest.BINOMIAL, None)
        assert d.p_value == pytest.approx(2 * norm.sf(10 / math.sqrt(110)))
        assert d.interval_reason.startswith("two shares of one whole are not independent")

    def test_nobody_to_compare_with(self) -> None:
        found = pairs_of({"a": (0, 0, 5, 5), "ref": (0, 0, 10, 10)}, "ref")
        assert (found["a", "ppr"].ratio_ci, found["a", "ppr"].p_value) == (None, None)
        assert found["a", "ppr"].interval_reason == "nobody is selected in any group"
        assert (found["a", "fdr"].ratio_ci, found["a", "fdr"].p_value) == (None, None)
        assert found["a", "fdr"].interval_reason == "nobody in the group is decided 1"
        # 0 of 5 against 0 of 10 may have any ratio.
        assert (found["a", "tpr"].ratio_ci, found["a", "tpr"].ratio) == ((0.0, None), None)
        assert found["ref", "tpr"].interval_reason == "the group is the reference"

    def test_against_everybody_else(self) -> None:
        found = pairs_of(self.MEMBERS, "rest")
        assert found["a", "fpr"].pair == (20, 60, 19, 112)
        assert found["b", "fpr"].pair == (10, 100, 29, 72)
        assert found["c", "fpr"].pair == (9, 12, 30, 160)
        assert {d.reference_group for d in found.values()} == {EVERYBODY_ELSE}
        assert not any(d.is_reference for d in found.values())
        assert found["a", "ppr"].pair == (50, 124, 74, 124)

    def test_a_group_called_as_the_rest_is_refused(self) -> None:
        with pytest.raises(FairauditError, match="which is what the rest is called"):
            run({"g": {EVERYBODY_ELSE: (1, 1, 1, 1), "b": (1, 1, 1, 1)}}, "rest")

    def test_a_reference_chosen_by_the_data_bears_all_pairs(self) -> None:
        found, named = pairs_of(self.MEMBERS, "min-metric"), pairs_of(self.MEMBERS, "b")
        d = found["a", "fpr"]
        assert (d.reference_group, d.comparisons) == ("b", 3)
        assert d.pair == named["a", "fpr"].pair
        assert d.p_value == pytest.approx(3 * (named["a", "fpr"].p_value or 0))
        low, high = ratio_interval(20, 60, 10, 100, confidence=1 - 0.05 / 3)
        assert d.ratio_ci == (pytest.approx(float(low)), pytest.approx(float(high)))


class TestGaps:
    def test_the_largest_gap_and_what_all_pairs_allow(self) -> None:
        found = {g.metric: g for g in find_gaps(measured({"g": TestUncertainty.MEMBERS}))}
        fpr = found["fpr"]
        assert (fpr.value, fpr.highest, fpr.lowest) == (Fraction(9, 12) - Fraction(10, 100), "c", "b")
        pairs = [((20, 60), (10, 100)), ((20, 60), (9, 12)), ((10, 100), (9, 12))]
        # At its lower end all pairs hold together, as Tukey's range does; at its upper one each has its own interval.
        together = 2 * norm.cdf(studentized_range.ppf(0.95, 3, np.inf) / math.sqrt(2)) - 1
        limits = [newcombe(*one, *other, confidence=together) for one, other in pairs]
        sure = max(max(float(low), -float(high), 0.0) for low, high in limits)
        plain = [newcombe(*one, *other) for one, other in pairs]
        allowed = max(max(-float(low), float(high)) for low, high in plain)
        assert fpr.ci == (pytest.approx(sure), pytest.approx(allowed))
        odds = found["equalized_odds"]
        assert odds.value == max(found["tpr"].value or 0, found["fpr"].value or 0)
        assert "ppr" not in found

    def test_equal_groups_may_have_no_gap(self) -> None:
        found = find_gaps(measured({"g": {"a": (10, 10, 10, 10), "b": (10, 10, 10, 10)}}))
        assert {g.value for g in found} == {0}
        assert all(g.ci is not None and g.ci[0] == 0.0 < g.ci[1] for g in found)

    def test_one_group_has_no_gap(self) -> None:
        (gap, *_) = find_gaps(measured({"g": {"a": (10, 10, 10, 10)}}))
        assert (gap.value, gap.ci, gap.reason) == (None, None, "fewer than two groups have a value")


class TestAgainstTheRest:
    def test_distance_to_everybody_else(self) -> None:
        a, b, c = against_rest(measured({"g": TestUncertainty.MEMBERS}))
        found = a["fpr"]
        assert found.difference == pytest.approx(20 / 60 - 19 / 112)
        low, high = difference_interval(20, 60, 19, 112)
        assert found.ci == (pytest.approx(float(low)), pytest.approx(float(high)))
        f1 = a["f1"]
        mine, theirs = 60 / (60 + 30), 110 / (110 + 50)
        assert f1.difference == pytest.approx(mine - theirs)
        assert f1.ci is not None
        assert f1.ci[0] < mine - theirs < f1.ci[1]
        assert list(a) == list(b) == list(c)

    def test_what_is_read_of_the_farthest_holds_for_all(self) -> None:
        many = {name: (60 + i, 20, 30, 50) for i, name in enumerate("abcdef")} | {"few": (2, 1, 1, 1)}
        *found, small = against_rest(measured({"g": many}))
        of_all = against_rest(measured({"g": many}), confidence=1 - 0.05 / 6)
        for metric in ("fpr", "f1"):
            one = found[0][metric]
            assert (one.chosen_from, one.joint_confidence) == (6, 1 - 0.05 / 6)
            assert one.joint_ci == pytest.approx(of_all[0][metric].ci)
            # Nobody chooses a slice of few people but a reader, who sees them all.
            assert small[metric].chosen_from == 7

    def test_only_some_metrics(self) -> None:
        found = against_rest(measured({"g": TestUncertainty.MEMBERS}), metrics=["f1"])
        assert [list(one) for one in found] == [["f1"]] * 3

    def test_a_lone_group_has_nobody_else(self) -> None:
        (only,) = against_rest(measured({"g": {"a": (10, 10, 10, 10)}}))
        assert (only["fpr"].difference, only["fpr"].ci) == (None, None)
        assert only["fpr"].reason == "among everybody else: nobody is in the group"
