"""Findings in words: right grammar for any group, and the worst finding first."""

from __future__ import annotations

from typing import Any

import pytest

from fairaudit.disparity.verdicts import Verdict
from fairaudit.documents.audit import DisparityPart
from fairaudit.documents.ranking import worst_disparities
from fairaudit.metrics.table import PARITY_METRICS
from fairaudit.render.words.findings import finding, judged
from fairaudit.render.words.names import group_people
from fairaudit.render.words.values import metric_value


def disparity(**changes: Any) -> DisparityPart:
    """Build ProPublica's finding, with changes."""
    found: dict[str, Any] = {
        "attribute": "race",
        "group": "African-American",
        "metric": "fpr",
        "n": 3696,
        "value": 805 / 1795,
        "numerator": 805,
        "denominator": 1795,
        "reference_group": "Caucasian",
        "reference_value": 349 / 1488,
        "reference_numerator": 349,
        "reference_denominator": 1488,
        "ratio": (805 / 1795) / (349 / 1488),
        "ratio_ci": (1.7233, 2.1269),
        "ratio_ci90": (1.7523, 2.0907),
        "difference": None,
        "difference_ci": None,
        "p_value": None,
        "test": None,
        "p_adjusted": None,
        "comparisons": 1,
        "verdict": None,
        "interval_confidence": 0.9 if changes.get("verdict") is Verdict.PASS else 0.95,
        "p_fail": 0.01,
        "needed": None,
        "needed_in_all": None,
        "needed_to": None,
        "flips": None,
        "reason": None,
        "interval_reason": "not computed",
        "small": False,
        "is_reference": False,
        "aequitas_disparity": None,
    }
    return DisparityPart(**{**found, **changes})


def test_compas_in_one_sentence() -> None:
    assert finding(disparity()) == (
        "African-American people are wrongly flagged 1.91 times as often as Caucasian ones "
        "(false positive rate 44.8% against 23.5%; 95% interval 1.72 to 2.13; 1,795 and 1,488 people)"
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"verdict": Verdict.FAIL}, ": fail at tau 0.8", id="fail"),
        pytest.param(
            {"verdict": Verdict.FAIL, "flips": 1}, ": fail at tau 0.8; 1 changed decision would turn it", id="narrow"
        ),
        pytest.param(
            {"verdict": Verdict.PASS, "flips": 4}, ": pass at tau 0.8; 4 changed decisions would turn it", id="narrow pass"
        ),
        pytest.param(
            {
                "verdict": Verdict.UNDECIDED, "needed": 240, "needed_in_all": 4200, "needed_to": Verdict.PASS, "ratio_ci": (0.9, 1.6),
            },
            ": undecided at tau 0.8; about 4,200 people like these, instead of 3,000, would be needed to pass with 80% chance if true rates are equal",
            id="undecided, and what would decide it",
        ),
        pytest.param(
            {"verdict": Verdict.UNDECIDED, "needed_in_all": 4000, "needed_to": Verdict.FAIL},
            ": undecided at tau 0.8, as it may be chance among so many comparisons; "
            "about 4,000 people like these, instead of 3,000, would be needed to fail with 80% chance if true rates are as seen",
            id="undecided only after the correction",
        ),
    ],
)  # fmt: skip
def test_a_verdict_says_what_it_rests_on(changes: dict[str, Any], said: str) -> None:
    assert judged(disparity(**changes), "0.8", people=3000).endswith(f" people){said}")


@pytest.mark.parametrize("metric", [metric.name for metric in PARITY_METRICS])
def test_every_parity_metric_has_its_sentence(metric: str) -> None:
    said = finding(disparity(metric=metric))
    assert said.startswith("African-American people ")
    assert "1.91 times as " in said
    assert said.endswith("; of 1,795 people)" if metric == "ppr" else "; 1,795 and 1,488 people)")
    assert "never" in finding(disparity(metric=metric, ratio=0.0)) or metric == "ppr"


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("Caucasian", "Caucasian people"),
        ("Native American", "Native American people"),
        ("日本", "People with race = 日本"),
        ("日本人", "日本人 people"),
        ("Other", "People with race = Other"),
        ("Less than 25", "People with race = Less than 25"),
        ("25 - 45", "People with race = 25 - 45"),
        ("M", "People with race = M"),
        ("male", "People with race = male"),
        ("JK", "People with race = JK"),
        ("Female * Male", "People with race = Female * Male"),
        ("(missing)", "People whose race is missing"),
        ("x" * 100, "People with race = " + "x" * 59 + "…"),
    ],
)
def test_group_is_named_so_that_the_sentence_stays_right(group: str, expected: str) -> None:
    assert group_people("race", group) == expected


@pytest.mark.parametrize(
    ("group", "reference", "expected"),
    [
        ("Less than 25", "25 - 45", "People with race = Less than 25 are wrongly flagged 1.91 times as often as those with 25 - 45 ("),
        ("Asian", "Other", "Asian people are wrongly flagged 1.91 times as often as people with race = Other ("),
        ("Other", "Asian", "People with race = Other are wrongly flagged 1.91 times as often as Asian people ("),
        ("(missing)", "Asian", "People whose race is missing are wrongly flagged 1.91 times as often as Asian people ("),
        ("Asian", "(missing)", "Asian people are wrongly flagged 1.91 times as often as those whose race is missing ("),
    ],
)  # fmt: skip
def test_reference_group_is_named_to_match(group: str, reference: str, expected: str) -> None:
    assert finding(disparity(group=group, reference_group=reference)).startswith(expected)


def test_ratios_that_are_no_ordinary_numbers() -> None:
    none = disparity(
        ratio=None, reference_value=0.0, reference_numerator=0, reason="the reference group has 0 of 1,488"
    )
    assert finding(none).startswith("African-American people are wrongly flagged, Caucasian ones never (")
    both = disparity(
        ratio=None, value=0.0, numerator=0, reference_value=0.0, reference_numerator=0, reason="both are 0"
    )
    assert finding(both).startswith("African-American people and Caucasian ones have no ratio: both are 0 (")
    undefined = disparity(ratio=None, value=None, reason="nobody in the group has label 0")
    assert (
        finding(undefined)
        == "The false positive rate of African-American people cannot be compared: nobody in the group has label 0"
    )
    assert "less than 0.01 times as often" in finding(disparity(ratio=0.001))
    never = disparity(ratio=0.0, value=0.0, numerator=0)
    assert finding(never).startswith(
        "African-American people are never wrongly flagged, unlike Caucasian ones ("
    )


def test_no_rate_looks_like_none_or_all_without_being_so() -> None:
    assert metric_value("fpr", 0.0001) == "less than 0.1%"
    assert metric_value("fpr", 0.0) == "0.0%"
    assert metric_value("fpr", 0.9999) == "more than 99.9%"
    assert metric_value("fpr", 1.0) == "100.0%"


def test_verdicts_rank_first_and_few_people_do_not_outrank_many(compas: Any) -> None:
    ranked = worst_disparities(compas.bias, metrics=("fpr",), attribute="race")
    assert [(d.group, d.verdict) for d in ranked] == [
        ("African-American", Verdict.FAIL),
        ("Other", Verdict.UNDECIDED),
        ("Asian", Verdict.UNDECIDED),
        ("Hispanic", Verdict.UNDECIDED),
        ("Native American", Verdict.UNDECIDED),
    ]


def test_reference_groups_and_undefined_ratios_are_not_ranked(compas: Any) -> None:
    ranked = worst_disparities(compas.bias)
    assert len(ranked) == 3 * (5 + 1 + 2)
    assert not any(d.is_reference or d.ratio is None for d in ranked)


def test_zero_is_the_farthest_of_those_that_are_equally_sure(compas: Any) -> None:
    parts = [
        disparity(group="half", ratio=0.5, ratio_ci=None),
        disparity(group="none", ratio=0.0, ratio_ci=None),
        disparity(group="thrice", ratio=3.0, ratio_ci=None),
        disparity(group="undefined", ratio=None),
    ]
    document = compas.bias.model_copy(update={"disparities": parts})
    assert [d.group for d in worst_disparities(document)] == ["none", "thrice", "half"]


def test_the_sure_end_of_the_interval_counts(compas: Any) -> None:
    parts = [
        disparity(group="wide", ratio=5.0, ratio_ci=(0.9, 20.0)),
        disparity(group="narrow", ratio=1.5, ratio_ci=(1.4, 1.6)),
        disparity(group="below", ratio=0.6, ratio_ci=(0.5, 0.65)),
    ]
    document = compas.bias.model_copy(update={"disparities": parts})
    assert [d.group for d in worst_disparities(document)] == ["below", "narrow", "wide"]


@pytest.mark.parametrize("metric", [metric.name for metric in PARITY_METRICS])
def test_every_parity_metric_has_its_sentence_where_only_the_reference_has_none(metric: str) -> None:
    zero = {"reference_numerator": 0, "reference_value": 0.0, "ratio": None, "ratio_ci": (3.2, None)}
    said = finding(disparity(metric=metric, **zero))
    assert said.startswith("African-American people ")
    assert ", Caucasian ones never (" in said
