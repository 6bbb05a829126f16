"""Gates: what a policy may say, and what becomes of each limit at, just inside and just outside of it."""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.special import ndtr
from scipy.stats import binom

from fairaudit.count.counts import Counted, Counts, GroupCounts, RankedScores, ScoredTenth
from fairaudit.disparity import comparison
from fairaudit.disparity.verdicts import Verdict
from fairaudit.errors import FairauditError, GateError, OptionError, clipped
from fairaudit.gates.asked import Cases
from fairaudit.gates.evaluate import (
    Evaluated,
    Finding,
    Gate,
    Limit,
    OnUndecided,
    Outcome,
    beside_rest,
    evaluate,
    gates_sentence,
    read_gates,
)
from fairaudit.inference.contrast import exact_rate_scores
from fairaudit.metrics.composed import COMPOSED
from fairaudit.metrics.kinds import Evidence, Measured
from fairaudit.metrics.measure import intervals, measure
from fairaudit.metrics.table import BY_NAME, METRICS
from fairaudit.settings.choices import Decide, FamilyOf, ScoreKind
from fairaudit.settings.limits import Band
from fairaudit.settings.numbers import Written, exact
from fairaudit.slices.grammar import EVERYBODY_ELSE

WITHOUT_INTERVAL = tuple(m.name for m in METRICS if m.kind.evidence is Evidence.NONE)
FAIL, PASS, UNDECIDED = Verdict.FAIL, Verdict.PASS, Verdict.UNDECIDED


def ranked(scores: Mapping[int, list[int]]) -> dict[str, Any]:
    """Count pairs and placements of integer scores by label, the slow way."""
    ones, zeros = scores[1], scores[0]

    def won(one: int, zero: int) -> Fraction:
        return Fraction(1 if one > zero else 0) if one != zero else Fraction(1, 2)

    return {
        "concordant_twice": int(2 * sum(won(one, zero) for one in ones for zero in zeros)),
        "placements1": sum((sum(won(one, z) for z in zeros) / len(zeros)) ** 2 for one in ones),
        "placements0": sum((sum(won(o, zero) for o in ones) / len(ones)) ** 2 for zero in zeros),
    }


def counts(tp: int, fp: int, fn: int, tn: int, **more: Any) -> Counts:
    return Counts(n=tp + fp + fn + tn, selected=tp + fp, tp=tp, fp=fp, fn=fn, tn=tn, **more)


def measured(
    groups: Mapping[str, Counts], *, attribute: str = "g", scores: ScoreKind = ScoreKind.DECISIONS
) -> Measured:
    cells = {cell: sum(getattr(c, cell) for c in groups.values()) for cell in ("tp", "fp", "fn", "tn")}
    more = {
        key: sum(getattr(c, key) or 0 for c in groups.values())
        for key in ("squared_error", "log_loss", "concordant_twice", "placements1", "placements0")
    }
    members = tuple(GroupCounts(attribute=attribute, group=name, counts=c) for name, c in groups.items())
    return measure(Counted(overall=counts(**cells, **more), groups=members, scores=scores))


def selected(**groups: tuple[int, int]) -> Measured:
    """Groups of which so many of so many are selected, all with label 1 but for one of those not selected."""
    return measured({name: counts(tp=x, fp=0, fn=n - x, tn=0) for name, (x, n) in groups.items()})


def gate(metric: str = "pprev", attributes: tuple[str, ...] = ("g",), **limits: Any) -> Gate:
    values = {
        key: Fraction(value) if isinstance(value, str) and key in LIMITS else value
        for key, value in limits.items()
    }
    return Gate(name="it", metric=metric, attributes=attributes, **values)


LIMITS = ("ratio_within", "max_difference", "min", "max")


def findings(evaluated: Evaluated, at: int = 0) -> dict[str, Finding]:
    return {finding.group: finding for finding in evaluated.results[at].findings}


class TestReading:
    def test_a_key_written_in_both_ways_is_no_choice(self) -> None:
        entry = {
            "metric": "fpr",
            "attribute": "g",
            "ratio_within": Written("0.8"),
            "ratio-within": Written("0.1"),
        }
        with pytest.raises(
            GateError, match="'ratio-within' is written twice, with a hyphen and with an underscore"
        ):
            read_gates([entry], file="x.toml")

    @pytest.mark.parametrize("nothing", [",", " , "])
    def test_about_nothing(self, nothing: str) -> None:
        with pytest.raises(GateError, match="it is about no attribute"):
            read_gates(
                [{"metric": "fpr", "attribute": nothing, "ratio_within": Written("0.8")}], file="x.toml"
            )

    def test_a_gate_with_everything(self) -> None:
        (found,) = read_gates(
            [
                {
                    "name": " Equal errors ",
                    "reason": "The board decided so.",
                    "metric": "fpr",
                    "slices": ["age:quartiles", "race*sex"],
                    "max-difference": Written("0.05"),
                    "reference": "rest",
                    "decide": "point",
                    "on_undecided": "warn",
                }
            ],
            file="x.toml",
        )
        assert found == Gate(
            name="Equal errors",
            reason="The board decided so.",
            metric="fpr",
            attributes=("age:quartiles", "race*sex"),
            max_difference=Fraction(1, 20),
            reference=("rest",),
            decide=Decide.POINT,
            on_undecided=OnUndecided.WARN,
        )

    @pytest.mark.parametrize(
        ("entry", "name"),
        [
            ({"metric": "fpr", "ratio_within": Written("0.8")}, "fpr ratio within 0.8 on race"),
            ({"metric": "fpr", "max_difference": Written("0.05")}, "fpr difference at most 0.05 on race"),
            ({"metric": "f1", "min": Written("0.7")}, "f1 at least 0.7 on race"),
            ({"metric": "fpr", "max": "1/3"}, "fpr at most 1/3 on race"),
            ({"metric": "mcc", "min": Written("-0.5"), "max": 0}, "mcc from -0.5 to 0 on race"),
        ],
    )
    def test_names_are_made_of_what_is_demanded(self, entry: dict[str, Any], name: str) -> None:
        (found,) = read_gates([{**entry, "attribute": "race"}], file="x")
        assert found.name == name

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (Written("0.8"), Fraction(4, 5)),
            (Written("8e-1"), Fraction(4, 5)),
            (Written("0.800_000_000_000_000_000_000_1"), Fraction("0.8000000000000000000001")),
            (0.8, Fraction(4, 5)),
            ("4/5", Fraction(4, 5)),
            (1, Fraction(1)),
            (True, None),
            ("much", None),
            (Written("nan"), None),
            (Written("inf"), None),
            (Written("1e-9999999"), None),
            (10**30, None),
            ("1/0", None),
            ([0.8], None),
        ],
    )
    def test_numbers_are_exact_and_bounded(self, value: object, expected: Fraction | None) -> None:
        assert exact(value) == expected

    @pytest.mark.parametrize(
        ("entry", "sentence"),
        [
            pytest.param(
                {"metrc": "fpr"}, "unknown key 'metrc'. Did you mean 'metric'? Known are 'name',", id="key"
            ),
            pytest.param(
                {"metric": None}, "the key 'metric' is missing. Such as metric = \"fpr\".", id="no metric"
            ),
            pytest.param(
                {"metric": "fprr"}, "'metric': 'fprr' is no metric. Did you mean 'fpr'?", id="metric"
            ),
            pytest.param(
                {"metric": "selection_rate"},
                "'metric': 'selection_rate' is no metric. Did you mean 'pprev'?",
                id="long name",
            ),
            pytest.param({"metric": 3}, "'metric' has to be a text, and is 3.", id="metric is a number"),
            pytest.param(
                {"attribute": None, "min": None, "ratio_within": Written("0.8")},
                "'ratio_within' compares groups, and it is about no attribute. Such as",
                id="no attribute",
            ),
            pytest.param({"attribute": []}, "it is about no attribute.", id="empty attribute"),
            pytest.param(
                {"attribute": [1]},
                "'attribute' has to be a text or a list of texts, and is [1].",
                id="attribute",
            ),
            pytest.param(
                {"slices": ["sex"]}, "the keys 'attribute' and 'slices' mean the same, and exclude", id="both"
            ),
            pytest.param({"min": None}, "it has no limit. Give one of 'ratio_within',", id="no limit"),
            pytest.param({"min": "much"}, "'min': 'much' is no number. Such as min = 0.8.", id="limit"),
            pytest.param({"min": True}, "'min': true is no number.", id="truth"),
            pytest.param(
                {"ratio_within": Written("0.8")},
                "'ratio_within' and 'min' exclude each other.",
                id="two limits",
            ),
            pytest.param(
                {"min": None, "ratio_within": Written("0.8"), "max_difference": Written("0.1")},
                "'ratio_within' and 'max_difference' exclude each other.",
                id="ratio and difference",
            ),
            pytest.param(
                {"max": Written("0.1")},
                "'min' is 0.7 and 'max' 0.1, and nothing lies between.",
                id="empty band",
            ),
            pytest.param(
                {"min": Written("1.1")}, "'min': fpr runs from 0 to 1, and 1.1 is outside.", id="out of range"
            ),
            pytest.param(
                {"min": 0}, "'min': 0 demands nothing, since fpr runs from 0 to 1.", id="demands nothing"
            ),
            pytest.param({"min": None, "max": 1}, "'max': 1 demands nothing,", id="demands nothing, above"),
            pytest.param(
                {"min": None, "ratio_within": Written("1.2")},
                "'ratio_within': 1.2 is not above 0 and at most 1.",
                id="ratio above 1",
            ),
            pytest.param({"min": None, "ratio_within": 0}, "'ratio_within': 0 is not above 0", id="ratio 0"),
            pytest.param(
                {"min": None, "max_difference": -1},
                "'max_difference': -1 is not from 0 to below 1.",
                id="difference",
            ),
            pytest.param(
                {"decide": "both"},
                "'decide': 'both' is no choice. Say one of 'interval', 'point'.",
                id="decide",
            ),
            pytest.param(
                {"on_undecided": "worn"},
                "'on_undecided': 'worn' is no choice. Did you mean 'warn'?",
                id="undecided",
            ),
            pytest.param(
                {"on_undecided": ["warn"]}, "'on_undecided': ['warn'] is no choice.", id="choice is a list"
            ),
            pytest.param(
                {"metric": "brier"},
                'brier has no interval that could decide. Say decide = "point".',
                id="brier",
            ),
            pytest.param(
                {"metric": "ppr", "min": None, "max_difference": Written("0.1")},
                "two shares of one whole are not independent,",
                id="ppr",
            ),
            pytest.param(
                {"metric": "mcc", "min": None, "ratio_within": Written("0.8")},
                "mcc may be negative, and a ratio says nothing then. Use max_difference.",
                id="mcc",
            ),
            pytest.param(
                {"reference": "rest"},
                "'reference' is of no use where groups are compared with nobody.",
                id="reference",
            ),
            pytest.param({"name": "x" * 201}, "the name has 201 characters, more than 200.", id="long"),
        ],
    )
    def test_mistakes(self, entry: dict[str, Any], sentence: str) -> None:
        usual = {"metric": "fpr", "attribute": "race", "min": Written("0.7")}
        good = {"metric": "pprev", "attribute": "race", "max": Written("0.9")}
        bad = {key: value for key, value in {**usual, **entry}.items() if value is not None}
        with pytest.raises(GateError) as caught:
            read_gates([good, bad], file="p.toml")
        title = "gate 2" + (f" ({clipped(entry['name'], most=200)!r})" if "name" in entry else "")
        assert str(caught.value).startswith(f"p.toml, {title}: {sentence}")

    def test_two_gates_of_one_name(self) -> None:
        entry = {"metric": "fpr", "attribute": "race", "min": Written("0.7")}
        with pytest.raises(
            GateError, match=r"gate 2 \('fpr at least 0.7 on race'\): gate 1 has the same name"
        ):
            read_gates([entry, {**entry, "decide": "point"}], file="p")


class TestPoint:
    """The plain rule, exact at the limit."""

    @pytest.mark.parametrize(
        ("group", "reference", "verdict"),
        [
            pytest.param((4, 50), (5, 50), PASS, id="exactly four fifths"),
            pytest.param((399, 5_000), (5, 50), FAIL, id="just below"),
            pytest.param((401, 5_000), (5, 50), PASS, id="just above"),
            pytest.param((5, 40), (10, 100), PASS, id="exactly five quarters"),
            pytest.param((1_251, 10_000), (10, 100), FAIL, id="just above five quarters"),
            pytest.param((3, 40), (0, 50), UNDECIDED, id="nobody in the reference"),
            pytest.param((0, 40), (0, 50), UNDECIDED, id="both are 0"),
        ],
    )
    def test_ratio(self, group: tuple[int, int], reference: tuple[int, int], verdict: Verdict) -> None:
        found = evaluate(
            [gate(ratio_within="0.8", decide=Decide.POINT, reference=("g=ref",))],
            selected(it=group, ref=reference),
        )
        assert findings(found)["it"].verdict is verdict
        assert found.comparisons == 0

    @pytest.mark.parametrize(
        ("group", "verdict"),
        [
            pytest.param((6, 40), PASS, id="exactly 0.05 above"),
            pytest.param((151, 1_000), FAIL, id="just outside"),
            pytest.param((149, 1_000), PASS, id="just inside"),
            pytest.param((2, 40), PASS, id="exactly 0.05 below"),
            pytest.param((49, 1_000), FAIL, id="just below"),
        ],
    )
    def test_difference(self, group: tuple[int, int], verdict: Verdict) -> None:
        asked = gate(max_difference="0.05", decide=Decide.POINT, reference=("g=ref",))
        assert findings(evaluate([asked], selected(it=group, ref=(100, 1_000))))["it"].verdict is verdict

    @pytest.mark.parametrize(
        ("limits", "group", "verdict"),
        [
            ({"min": "0.7"}, (7, 10), PASS),
            ({"min": "0.7"}, (699, 1_000), FAIL),
            ({"max": "0.2"}, (2, 10), PASS),
            ({"max": "0.2"}, (201, 1_000), FAIL),
            ({"min": "0.2", "max": "0.4"}, (2, 10), PASS),
            ({"min": "0.2", "max": "0.4"}, (4, 10), PASS),
            ({"min": "0.2", "max": "0.4"}, (41, 100), FAIL),
        ],
    )
    def test_level(self, limits: dict[str, str], group: tuple[int, int], verdict: Verdict) -> None:
        found = evaluate([gate(**limits, decide=Decide.POINT)], selected(it=group))
        assert findings(found)["it"].verdict is verdict

    @given(
        x1=st.integers(0, 60),
        x2=st.integers(1, 60),
        n1=st.integers(60, 90),
        n2=st.integers(60, 90),
        tau=st.fractions(min_value=Fraction(1, 10), max_value=1, max_denominator=20),
    )
    def test_equals_fractions(self, x1: int, x2: int, n1: int, n2: int, tau: Fraction) -> None:
        groups = selected(it=(x1, n1), ref=(x2, n2))
        asked = Gate(
            name="it",
            metric="pprev",
            attributes=("g",),
            ratio_within=tau,
            decide=Decide.POINT,
            reference=("g=ref",),
        )
        ratio = Fraction(x1, n1) / Fraction(x2, n2)
        verdict = findings(evaluate([asked], groups))["it"].verdict
        assert verdict is (PASS if tau <= ratio <= 1 / tau else FAIL)

    @pytest.mark.parametrize("metric", WITHOUT_INTERVAL)
    def test_what_has_no_interval(self, metric: str) -> None:
        groups = {
            "a": counts(5, 5, 5, 5, squared_error=Fraction(2), log_loss=Fraction(6)),
            "b": counts(5, 5, 5, 5, squared_error=Fraction(3), log_loss=Fraction(20)),
        }
        data = measured(groups, scores=ScoreKind.PROBABILITIES)
        found = findings(evaluate([gate(metric, max="1/8", decide=Decide.POINT)], data))
        assert {name: f.verdict for name, f in found.items()} == {
            "a": PASS if metric == "brier" else FAIL,
            "b": FAIL,
        }
        rest = gate(metric, ratio_within="0.9", decide=Decide.POINT, reference=("rest",))
        assert findings(evaluate([rest], data))["a"].value == pytest.approx(
            2 / 3 if metric == "brier" else 0.3
        )

    def test_f1_is_exact(self) -> None:
        data = measured({"a": counts(tp=7, fp=3, fn=3, tn=0), "b": counts(tp=699, fp=301, fn=301, tn=9)})
        found = findings(evaluate([gate("f1", min="0.7", decide=Decide.POINT)], data))
        assert (found["a"].verdict, found["b"].verdict) == (PASS, FAIL)
        assert found["b"].reason == "f1 0.699 lies below 0.7"

    def test_a_value_is_never_shown_as_the_limit_that_it_is_not(self) -> None:
        found = findings(evaluate([gate(min="0.7", decide=Decide.POINT)], selected(it=(699_999, 1_000_000))))
        assert found["it"].reason == "pprev 0.699999 lies below 0.7"


class TestInterval:
    """By evidence: exact binomial tails of a level at 5%, on the side that it is about."""

    @pytest.mark.parametrize(
        ("x", "verdict"),
        [
            pytest.param(59, PASS, id="as many or more come in 4.4% of samples"),
            pytest.param(58, UNDECIDED, id="6.7%"),
            pytest.param(50, UNDECIDED, id="at the limit"),
            pytest.param(42, UNDECIDED, id="as few or fewer come in 6.7%"),
            pytest.param(41, FAIL, id="4.4%, though the 95% interval reaches the limit"),
            pytest.param(39, FAIL, id="1.8%"),
        ],
    )
    def test_a_floor(self, x: int, verdict: Verdict) -> None:
        found = findings(evaluate([gate(min="0.5")], selected(it=(x, 100))))["it"]
        assert found.verdict is verdict
        assert found.confidence == (0.9 if x in (59, 41) else 0.95)
        assert found.p_fail == pytest.approx(binom.cdf(x, 100, 0.5))

    @pytest.mark.parametrize(("x", "verdict"), [(41, PASS), (42, UNDECIDED), (58, UNDECIDED), (59, FAIL)])
    def test_a_ceiling(self, x: int, verdict: Verdict) -> None:
        assert findings(evaluate([gate(max="0.5")], selected(it=(x, 100))))["it"].verdict is verdict

    def test_a_band_needs_evidence_at_both_ends(self) -> None:
        data = selected(few=(5, 10), many=(500, 1_000), out=(700, 1_000))
        found = findings(evaluate([gate(min="0.4", max="0.6")], data))
        assert {name: f.verdict for name, f in found.items()} == {"few": UNDECIDED, "many": PASS, "out": FAIL}
        assert found["few"].reason == "95% interval 0.187 to 0.813 reaches into 0.4 to 0.6 and out of it"
        assert found["many"].reason == "90% interval 0.474 to 0.526 lies within 0.4 to 0.6"
        assert found["out"].reason.endswith("lies above 0.6")

    def test_holm_counts_all_that_is_declared(self) -> None:
        alone = evaluate([gate(min="0.5")], selected(a=(40, 100)))
        assert (alone.comparisons, findings(alone)["a"].verdict) == (1, FAIL)
        # The other group cannot be measured, and still counts.
        data = measured({"a": counts(40, 0, 60, 0), "b": counts(0, 50, 0, 50)})
        both = evaluate([gate("tpr", min="0.5")], data)
        assert (both.comparisons, findings(both)["a"].verdict) == (2, UNDECIDED)
        assert findings(both)["a"].p_fail == pytest.approx(2 * binom.cdf(40, 100, 0.5))

    def test_the_point_takes_no_part_in_the_family(self) -> None:
        asked = [gate(min="0.5"), gate(max="0.9", decide=Decide.POINT)]
        found = evaluate(asked, selected(a=(40, 100), b=(60, 100)))
        assert found.comparisons == 2
        assert [result.verdict for result in found.results] == [UNDECIDED, PASS]

    def test_the_reference_group_never_counts(self) -> None:
        data = selected(a=(50, 100), b=(900, 1_000), c=(0, 0))
        for limits in ({"ratio_within": "0.8"}, {"max_difference": "0.05"}):
            found = evaluate([gate(**limits)], data)
            assert (list(findings(found)), found.comparisons) == (["a"], 1)
            assert findings(found)["a"].reference_group == "b"
        assert evaluate([gate(min="0.5")], data).comparisons == 2

    def test_a_gate_about_the_reference_alone_is_undecided(self) -> None:
        found = evaluate([gate(ratio_within="0.8")], selected(a=(50, 100)))
        assert (found.verdict, found.exit_code) == (UNDECIDED, 3)
        assert found.results[0].reason == "there is no group to compare"

    def test_a_policy_of_nothing_is_undecided(self) -> None:
        assert evaluate([], selected(a=(50, 100))).exit_code == 3

    @pytest.mark.parametrize(
        ("x", "verdict"),
        [(1_000, PASS), (900, UNDECIDED), (600, FAIL)],
        ids=["alike", "near the limit", "far"],
    )
    def test_ratio_and_difference_of_rates(self, x: int, verdict: Verdict) -> None:
        data = selected(it=(x, 2_000), ref=(2_500, 5_000))
        assert findings(evaluate([gate(ratio_within="0.9")], data))["it"].verdict is verdict
        assert findings(evaluate([gate(max_difference="0.05")], data))["it"].verdict is verdict

    def test_shares_of_all_selected(self) -> None:
        data = selected(a=(400, 900), b=(420, 1_000), c=(100, 110))
        found = findings(evaluate([gate("ppr", ratio_within="0.8")], data))
        assert {name: f.verdict for name, f in found.items()} == {"a": PASS, "c": FAIL}
        assert findings(evaluate([gate("ppr", min="0.2")], data))["c"].verdict is FAIL

    def test_a_zero_in_the_reference_is_evidence_though_no_ratio(self) -> None:
        found = findings(
            evaluate([gate(ratio_within="0.8", reference=("g=ref",))], selected(it=(300, 500), ref=(0, 400)))
        )["it"]
        assert (found.value, found.verdict) == (None, FAIL)
        assert found.interval is not None
        assert found.interval[1] is None
        assert "and more lies above 1.25" in found.reason

    def test_a_data_chosen_reference_bears_all_pairs(self) -> None:
        data = selected(a=(50, 100), b=(55, 100), c=(60, 100))
        found = findings(evaluate([gate(ratio_within="0.8", reference=("min-metric",))], data))
        assert {f.reference_group for f in found.values()} == {"a"}
        assert {f.comparisons for f in found.values()} == {3}
        assert "which holds for all 3 pairs of groups together," in found["b"].reason
        special = findings(evaluate([gate("f1", ratio_within="0.8", reference=("min-metric",))], data))
        assert {f.reference_group for f in special.values()} == {"a"}

    def test_a_gates_own_reference_beats_the_others(self) -> None:
        data = selected(a=(50, 100), b=(55, 200), c=(60, 300))
        asked = [gate(ratio_within="0.8"), gate(ratio_within="0.7", reference=("b",))]
        found = evaluate(asked, data, references=("g=c",))
        assert {f.reference_group for f in found.results[0].findings} == {"c"}
        assert {f.reference_group for f in found.results[1].findings} == {"b"}

    @pytest.mark.parametrize("metric", ["pprev", "f1", "balanced_accuracy", "accuracy"])
    def test_the_rest_of_two_groups_is_the_other(self, metric: str) -> None:
        data = measured({"a": counts(30, 20, 10, 40), "b": counts(15, 10, 15, 60)})
        asked = gate(metric, ratio_within="0.8", reference=("rest",))
        found = findings(evaluate([asked], data))
        assert {f.reference_group for f in found.values()} == {EVERYBODY_ELSE}
        assert found["a"].value == 1 / found["b"].value
        named = findings(evaluate([gate(metric, ratio_within="0.8", reference=("g=b",))], data))
        assert named["a"].value == found["a"].value

    def test_an_area_is_compared_with_the_rest_where_it_is_ranked(self) -> None:
        data = measured(
            {name: counts(5, 5, 5, 5, **ranked({1: [1, 2, 3], 0: [0, 1]})) for name in "ab"},
            scores=ScoreKind.RANKS,
        )
        asked = gate("roc_auc", ratio_within="0.8")
        assert beside_rest([asked], data, metric="roc_auc", references=("rest",)) == {"g"}
        assert not beside_rest([asked, gate("fpr", min="0.1")], data, metric="roc_auc")
        (unknown, _) = findings(evaluate([asked], data, references=("rest",))).values()
        assert (unknown.verdict, unknown.value) == (UNDECIDED, None)
        assert unknown.reason.startswith(
            "in the reference group: their scores are ranked for combinations of attributes, and"
        )
        rest = RankedScores(**ranked({1: [1, 2, 3], 0: [0, 1]}))
        known = dataclasses.replace(data, rests={("g", "a"): rest, ("g", "b"): rest})
        (found, _) = findings(evaluate([asked], known, references=("rest",))).values()
        assert found.value == 1

    def test_without_an_interval_it_is_undecided(self) -> None:
        single = ranked({1: [3], 0: [0, 1, 2]})
        data = measured({"a": counts(1, 0, 0, 3, **single)}, scores=ScoreKind.RANKS)
        found = findings(evaluate([gate("roc_auc", min="0.7")], data))["a"]
        assert (found.verdict, found.value, found.interval) == (UNDECIDED, 1, None)
        assert found.reason == "a single label 1 or 0 leaves no interval"

    @pytest.mark.parametrize(
        ("x", "n", "limits", "chance"),
        [
            # Binomial tails by hand: each was called evidence by the score test alone.
            pytest.param(1, 1, {"max": "0.2"}, 0.2, id="one of one is above a fifth"),
            pytest.param(0, 1, {"max": "0.75"}, 0.25, id="none of one is below three quarters"),
            pytest.param(3, 3, {"min": "0.3"}, 0.027, id="three of three are above three tenths"),
        ],
    )
    def test_few_people_are_judged_exactly(
        self, x: int, n: int, limits: dict[str, str], chance: float
    ) -> None:
        found = findings(evaluate([gate(**limits)], selected(it=(x, n))))["it"]
        held = gate(**limits).band.holds(Fraction(x, n))
        assert found.verdict is (UNDECIDED if chance > 0.05 else PASS if held else FAIL)

    def test_the_interval_that_is_shown_agrees_with_the_exact_verdict(self) -> None:
        # Wilson's interval of 4 of 4 begins at 0.51; the exact one, which decides, at 0.398.
        found = findings(evaluate([gate(min="0.5")], selected(it=(4, 4))))["it"]
        assert (found.verdict, found.reason) == (
            UNDECIDED,
            "95% interval 0.398 to 1.000 reaches to both sides of 0.5",
        )

    @given(st.integers(1, 60), st.data())
    def test_exact_tails_are_those_of_the_binomial(self, n: int, data: st.DataObject) -> None:
        x, p = data.draw(st.integers(0, n)), data.draw(st.sampled_from([0.02, 0.2, 0.6, 0.97]))
        below, above = exact_rate_scores(p, x, n)
        assert ndtr(below) == pytest.approx(binom.cdf(x, n, p), rel=1e-9)
        assert ndtr(-above) == pytest.approx(binom.sf(x - 1, n, p), rel=1e-9)

    def test_resamples_say_no_more_than_there_are(self) -> None:
        data = measured({"a": counts(450, 50, 50, 450)})
        found = findings(evaluate([gate("mcc", max="0.1")], data))["a"]
        assert found.p_fail == pytest.approx(1 / 2_001)

    @pytest.mark.parametrize(("x", "aim"), [(58, PASS), (42, FAIL)])
    def test_people_needed(self, x: int, aim: Verdict) -> None:
        found = findings(evaluate([gate(min="0.5")], selected(it=(x, 100))))["it"]
        # (1.645 / 2 + 0.842 sqrt(0.58 x 0.42))^2 / 0.08^2 = 238.1 by the normal approximation; exact tests take a little more.
        assert (found.needed, found.needed_in_all, found.needed_to) == (260, 260, aim)
        lost = binom.isf(0.05, 260, 0.5)
        assert binom.sf(lost, 260, 0.58) >= 0.8

    def test_people_needed_at_the_limit_are_nobody_knows_how_many(self) -> None:
        found = findings(evaluate([gate(min="0.5")], selected(it=(50, 100))))["it"]
        assert (found.needed, found.needed_in_all, found.needed_to) == (None, None, None)

    @pytest.mark.parametrize(("limit", "x"), [("ratio_within", 48), ("max_difference", 48)])
    def test_people_needed_beside_a_reference(self, limit: str, x: int) -> None:
        asked = [gate(**{limit: "0.8" if limit == "ratio_within" else "0.1"}, reference=("g=ref",))]
        found = findings(evaluate(asked, selected(it=(x, 100), ref=(5_000, 10_000))))["it"]
        assert found.needed_to is PASS
        assert found.needed is not None
        assert found.needed_in_all is not None
        # The reference is large enough, so that only the group's people count.
        assert found.needed_in_all / 10_100 == pytest.approx(found.needed / 100, rel=0.1)
        assert evaluate(asked, selected(it=(x, 100), ref=(5_000, 10_000))).people == 10_100


class TestOutcome:
    @pytest.mark.parametrize(
        ("on_undecided", "outcome", "code"),
        [
            (None, Outcome.UNDECIDED, 3),
            (OnUndecided.FAIL, Outcome.FAILED, 1),
            (OnUndecided.WARN, Outcome.WARNED, 0),
            (OnUndecided.PASS, Outcome.PASSED, 0),
        ],
    )
    def test_of_an_undecided_gate(
        self, on_undecided: OnUndecided | None, outcome: Outcome, code: int
    ) -> None:
        found = evaluate([gate(min="0.5", on_undecided=on_undecided)], selected(it=(50, 100)))
        assert (found.results[0].verdict, found.results[0].outcome, found.exit_code) == (
            UNDECIDED,
            outcome,
            code,
        )

    @pytest.mark.parametrize("on_undecided", [None, *OnUndecided])
    def test_a_fail_is_a_fail_whatever_else(self, on_undecided: OnUndecided | None) -> None:
        data = selected(bad=(100, 1_000), open=(5, 10))
        found = evaluate([gate(min="0.5", on_undecided=on_undecided)], data)
        assert (found.results[0].outcome, found.exit_code) == (Outcome.FAILED, 1)

    def test_one_fail_fails_the_policy_and_one_open_gate_leaves_it_open(self) -> None:
        data = selected(it=(50, 100))
        passes, fails, leaves = gate(min="0.1"), gate(max="0.1"), gate(min="0.5")
        for order in itertools.permutations([passes, fails, leaves]):
            assert evaluate(order, data).verdict is FAIL
        assert evaluate([passes, leaves], data).verdict is UNDECIDED
        assert evaluate([passes, passes], data).verdict is PASS

    def test_the_worst_stands_first(self) -> None:
        data = selected(fine=(900, 1_000), open=(5, 10), bad=(300, 1_000), worst=(100, 1_000), none=(0, 0))
        found = evaluate([gate(min="0.5")], data)
        assert list(findings(found)) == ["worst", "bad", "open", "fine"]

    def test_a_half_is_as_bad_as_twice(self) -> None:
        data = selected(half=(240, 1_000), ref=(5_000, 10_000), more=(960, 1_000))
        found = evaluate([gate(ratio_within="0.8")], data)
        assert list(findings(found)) == ["half", "more"]

    def test_the_answer_in_words(self) -> None:
        data = selected(it=(50, 100))
        passes, fails, leaves = gate(min="0.1"), gate(max="0.1"), gate(min="0.5")
        warns = gate(min="0.5", on_undecided=OnUndecided.WARN)
        assert gates_sentence(evaluate([passes], data)) == "1 gate passed"
        assert gates_sentence(evaluate([passes, passes], data)) == "all 2 gates passed"
        assert gates_sentence(evaluate([fails], data)) == "1 of 1 gate failed"
        assert gates_sentence(evaluate([passes, fails, leaves], data)) == (
            "1 of 3 gates failed, 1 could not be decided, 1 passed"
        )
        assert gates_sentence(evaluate([warns, passes], data)) == (
            "1 of 2 gates could not be decided, of which the policy only warns, 1 passed"
        )


class TestAbsent:
    def test_an_attribute(self) -> None:
        with pytest.raises(GateError, match=r"gate 'it': 'sex' is not among the attributes. These are 'g'"):
            evaluate([gate(attributes=("sex",), min="0.5")], selected(a=(1, 2)))

    def test_a_metric(self) -> None:
        with pytest.raises(
            GateError,
            match=r"brier cannot be measured, as the scores are 0/1 decisions, not probabilities. Measured are 'pprev'",
        ):
            evaluate([gate("brier", max="0.5", decide=Decide.POINT)], selected(a=(1, 2)))

    def test_a_reference_group(self) -> None:
        with pytest.raises(GateError, match=r"'reference': .* has no group 'b'"):
            evaluate([gate(ratio_within="0.5", reference=("g=b",))], selected(a=(1, 2)))

    def test_a_reference_of_another_attribute(self) -> None:
        with pytest.raises(OptionError, match="gate 'it', reference: 'sex' is not an audited attribute"):
            evaluate([gate(ratio_within="0.5", reference=("sex=b",))], selected(a=(1, 2)))

    def test_contradictions_are_refused_in_python_as_well(self) -> None:
        with pytest.raises(GateError, match="gate 'it': it has no limit"):
            gate()
        with pytest.raises(FairauditError, match="'nosuch' is no metric"):
            gate("nosuch", min="0.5")


cells = st.integers(0, 60)
tables = st.builds(counts, cells, cells, cells, cells)


def areas(seed: int, n: int) -> Counts:
    draw = random.Random(seed)
    scores = {1: [draw.randint(2, 12) for _ in range(n)], 0: [draw.randint(0, 9) for _ in range(n)]}
    return counts(n, 0, 0, n, **ranked(scores))


def in_tenths(table: Counts) -> Counts:
    """Give those who are selected a score of 0.7, and the others one of 0.2."""
    filled = {2: ((table.fn or 0) + (table.tn or 0), table.fn or 0), 7: (table.selected or 0, table.tp or 0)}
    tenths = tuple(
        ScoredTenth(people=n, positives=ones, score_sum=n * Fraction(place, 10))
        for place in range(10)
        for n, ones in (filled.get(place, (0, 0)),)
    )
    return dataclasses.replace(
        table,
        tenths=tenths,
        squared_error=Fraction(0),
        log_loss=Fraction(0),
        placements1=None,
        placements0=None,
    )


class TestInversion:
    """A verdict agrees with the interval that is shown."""

    INVERTED = tuple(m.name for m in METRICS if not m.is_rate and m.name not in WITHOUT_INTERVAL)
    OF_CELLS = tuple(m.name for m in COMPOSED)

    def test_no_metric_was_forgotten(self) -> None:
        assert set(self.INVERTED) == {*self.OF_CELLS, "roc_auc", "ece", "oe"}
        assert set(self.OF_CELLS) >= {"balanced_accuracy", "f1", "mcc"}

    @pytest.mark.parametrize("metric", [*OF_CELLS, "pprev", "precision", "ppr"])
    @settings(max_examples=20)
    @given(table=tables, other=tables, limit=st.integers(1, 19).map(lambda k: Fraction(k, 20)))
    def test_of_counts(self, metric: str, table: Counts, other: Counts, limit: Fraction) -> None:
        assume(table.n and other.n and (table.selected or other.selected))
        self.agrees(metric, measured({"it": table, "ref": other}), limit)

    @settings(max_examples=30)
    @given(
        seeds=st.tuples(st.integers(0, 99), st.integers(0, 99)),
        n=st.integers(3, 25),
        limit=st.integers(1, 19),
    )
    def test_of_areas(self, seeds: tuple[int, int], n: int, limit: int) -> None:
        data = measured({"it": areas(seeds[0], n), "ref": areas(seeds[1], n)}, scores=ScoreKind.RANKS)
        self.agrees("roc_auc", data, Fraction(limit, 20))

    @pytest.mark.parametrize("metric", ["ece", "oe"])
    @settings(max_examples=3)
    @given(table=tables, other=tables, limit=st.integers(1, 19).map(lambda k: Fraction(k, 20)))
    def test_of_tenths(self, metric: str, table: Counts, other: Counts, limit: Fraction) -> None:
        assume(table.n and other.n)
        groups = {"it": in_tenths(table), "ref": in_tenths(other)}
        self.agrees(metric, measured(groups, scores=ScoreKind.PROBABILITIES), limit)

    def agrees(self, metric: str, data: Measured, limit: Fraction) -> None:
        asked = [gate(metric, min=limit)]
        if BY_NAME[metric].least >= 0:
            asked.append(gate(metric, ratio_within=limit, reference=("g=ref",)))
        if metric != "ppr":
            asked.append(gate(metric, max_difference=limit, reference=("g=ref",)))
        for one in asked:
            mine = one_group(data) if one.limit is Limit.LEVEL else data
            finding = findings(evaluate([one], mine)).get("it")
            cases = [
                case
                for case in Cases(measured=mine, references=("majority",)).of(one).cases
                if case.group.group == "it"
            ]
            at95, at90 = (
                comparison.intervals([(case.comparison, confidence) for case in cases])
                for confidence in (0.95, 0.90)
            )
            if finding is None or at95[0] is None or at90[0] is None:
                continue
            band = finding.band
            edges = [float(edge) for edge in (band.low, band.high) if edge is not None]
            ends = [end for interval in (at95[0], at90[0]) for end in interval if end is not None]
            if any(abs(end - edge) < 1e-6 for end in ends for edge in edges):
                continue
            if finding.verdict is PASS:
                assert inside(at90[0], band)
            elif finding.verdict is FAIL:
                assert beyond(at90[0], band)
                assert (finding.interval, finding.confidence) == (
                    (at95[0], 0.95) if beyond(at95[0], band) else (at90[0], 0.9)
                )
            elif beyond(at95[0], band) or inside(at95[0], band):
                assert "by an exact test that may be chance" in finding.reason
            elif one.limit is Limit.LEVEL or not BY_NAME[one.metric].is_rate:
                # Two limits that are close to each other cost something.
                assert not beyond(at90[0], band) or None not in (band.low, band.high)
                assert not inside(at90[0], band)

    @pytest.mark.parametrize("metric", ["balanced_accuracy", "mcc"])
    def test_the_level_interval_is_the_measured_one(self, metric: str) -> None:
        data = measured({"it": counts(30, 20, 10, 40)})
        found = findings(evaluate([gate(metric, min="0.8")], data))["it"]
        low, high = intervals(BY_NAME[metric], [data.groups[0].counts], [data.groups[0].estimates[metric]])
        assert found.interval == (float(low[0]), float(high[0]))


def inside(interval: tuple[float, float | None], band: Band) -> bool:
    low, high = interval
    return (band.low is None or low > band.low) and (
        band.high is None or (high is not None and high < band.high)
    )


def beyond(interval: tuple[float, float | None], band: Band) -> bool:
    low, high = interval
    below = band.low is not None and high is not None and high < band.low
    return below or (band.high is not None and low > band.high)


def one_group(data: Measured) -> Measured:
    """Keep one group alone, so that nothing is corrected."""
    (group, *_) = data.groups
    return Measured(
        overall=data.overall, groups=(group,), left_out=data.left_out, min_group_size=data.min_group_size
    )


LEVELS = st.integers(1, 99).map(lambda k: f"0.{k:02}")
GATES = st.one_of(
    LEVELS.map(lambda level: gate(min=level)),
    LEVELS.map(lambda level: gate(ratio_within=level)),
    LEVELS.map(lambda level: gate(max_difference=level)),
)


class TestFamilies:
    @settings(max_examples=60, deadline=None)
    @given(
        groups=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)), min_size=2, max_size=5),
        asked=st.lists(GATES, min_size=2, max_size=4),
        joined=st.sets(st.integers(0, 3)),
    )
    def test_no_gate_changes_what_is_found_for_another(
        self, groups: list[tuple[int, int]], asked: list[Gate], joined: set[int]
    ) -> None:
        data = selected(**{f"g{at}": (x, x + rest + 1) for at, (x, rest) in enumerate(groups)})
        alone = [evaluate([one], data).results[0] for one in asked]
        assert list(evaluate(asked, data).results) == alone
        # Nor does one that is joined with others change those that are not.
        mixed = [
            dataclasses.replace(one, family=FamilyOf.POLICY) if at in joined else one
            for at, one in enumerate(asked)
        ]
        found = evaluate(mixed, data).results
        assert [r for at, r in enumerate(found) if at not in joined] == [
            r for at, r in enumerate(alone) if at not in joined
        ]

    def test_gates_that_say_so_are_one_family_and_what_that_hides_is_said(self) -> None:
        data = selected(a=(84, 200), b=(600, 800))
        asked = [gate(min="0.5"), gate(min="0.01"), gate(min="0.02")]
        own = evaluate(asked, data)
        assert [(r.family, r.verdict, r.reason) for r in own.results] == [
            (2, FAIL, ""),
            (2, PASS, ""),
            (2, PASS, ""),
        ]
        together = evaluate([dataclasses.replace(g, family=FamilyOf.POLICY) for g in asked], data)
        assert [(r.family, r.verdict) for r in together.results] == [(6, UNDECIDED), (6, PASS), (6, PASS)]
        assert together.results[0].reason == (
            "1 group fails if the gate is a family of its own, but not together with the other gates of the policy"
        )
        assert together.comparisons == own.comparisons == 6
        worst = findings(together)["a"]
        assert worst.p_alone == findings(own)["a"].p_alone
        assert worst.p_fail == pytest.approx(6 * worst.p_alone)

    def test_words(self) -> None:
        entry = {"metric": "pprev", "attribute": "g", "min": "0.5"}
        (one,) = read_gates([entry], file="x")
        (joined,) = read_gates([{**entry, "family": "policy"}], file="x")
        (default,) = read_gates([entry], file="x", family=FamilyOf.POLICY)
        assert [one.family, joined.family, default.family] == ["gate", "policy", "policy"]
        with pytest.raises(
            GateError, match=r"'family': 'polcy' is no name of a family\. Did you mean 'policy'\?"
        ):
            read_gates([{**entry, "family": "polcy"}], file="x")
