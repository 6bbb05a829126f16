"""Findings in words: right grammar for any group, and the worst finding first."""

from __future__ import annotations

import re
from typing import Any

import pytest

from fairaudit.disparity.verdicts import Verdict
from fairaudit.documents.audit import DisparityPart
from fairaudit.documents.findings import Finding, find_findings
from fairaudit.documents.ranking import worst_disparities
from fairaudit.metrics.table import PARITY_METRICS
from fairaudit.render.terminal.tables import number_cell
from fairaudit.render.words.answer import Claim, chance_text, claim, narrow_text
from fairaudit.render.words.people import WORDS, Words, group_text
from fairaudit.render.words.pictures import happening
from fairaudit.render.words.shares import PREDICATES, figure_text, plain_happening
from fairaudit.render.words.values import difference_text, metric_value, signed
from fairaudit.settings.limits import number_text


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


def told(compas: Any, **changes: Any) -> Claim:
    """What is said of one disparity."""
    return claim(found(compas, **changes), words=WORDS)


def found(compas: Any, **changes: Any) -> Finding:
    """The finding that one disparity makes."""
    d = disparity(**{"verdict": Verdict.FAIL, **changes})
    family = compas.bias.family.model_copy(update={"metrics": [d.metric]})
    bias = compas.bias.model_copy(update={"disparities": [d], "family": family})
    assert d.verdict is not None
    (finding,) = find_findings(d.verdict, bias, effect=None)
    return finding


def test_compas_in_two_sentences(compas: Any) -> None:
    said = told(compas)
    assert said.sentence == (
        "African-American people are wrongly selected more often than Caucasian ones. Of those who should not be selected (label 0), 45 of 100 are, against 23 of 100."
    )
    assert said.counts.rstrip(".") == "805 of 1,795; 349 of 1,488. 1.91 times, 95% interval 1.72 to 2.13"


def test_a_narrow_verdict_says_how_few_decisions_would_turn_it(compas: Any) -> None:
    assert narrow_text(found(compas)) == ""
    assert narrow_text(found(compas, flips=1)) == "1 changed decision would turn the verdict."
    assert narrow_text(found(compas, flips=4)) == "4 changed decisions would turn the verdict."


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"needed_in_all": 4200, "needed_to": Verdict.PASS, "ratio_ci": (0.9, 1.6)},
            "About 4,200 people like these, instead of 3,000, would be needed to pass with 80% chance if true rates are equal.",
        ),
        (
            {"needed_in_all": 4000, "needed_to": Verdict.FAIL},
            "About 4,000 people like these, instead of 3,000, would be needed to fail with 80% chance if true rates are as seen.",
        ),
    ],
    ids=["to pass", "to fail"],
)
def test_what_is_open_says_what_would_decide_it(compas: Any, changes: dict[str, Any], said: str) -> None:
    assert chance_text(found(compas, verdict=Verdict.UNDECIDED, **changes), 3000, WORDS).endswith(said)


@pytest.mark.parametrize("metric", [metric.name for metric in PARITY_METRICS])
def test_every_parity_metric_has_its_sentence(compas: Any, metric: str) -> None:
    said = told(compas, metric=metric)
    assert said.sentence.startswith("African-American people are ")
    assert re.search(r"than Caucasian ones(: 45|\. Of those who [^,]*, 45) of 100", said.sentence)
    assert "1.91 times" in said.counts
    none = {"reference_numerator": 0, "reference_value": 0.0, "ratio": None, "ratio_ci": (3.2, None)}
    said = told(compas, metric=metric, **none)
    assert "against 0 of 100." in said.sentence
    assert said.counts.rstrip(".") == "805 of 1,795; 0 of 1,488. 95% interval 3.20 and more"


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("Caucasian", "Caucasian people"),
        ("Native American", "Native American people"),
        ("日本", 'people with race "日本"'),
        ("日本人", 'people with race "日本人"'),
        ("Other", 'people with race "Other"'),
        ("Less than 25", 'people with race "Less than 25"'),
        ("25 - 45", 'people with race "25 - 45"'),
        ("M", 'people with race "M"'),
        ("male", "men"),
        ("JK", 'people with race "JK"'),
        ("Female * Male", 'people with race "Female * Male"'),
        ("(missing)", "people whose race is missing"),
        ("x" * 100, f'people with race "{"x" * 59}…"'),
    ],
)
def test_group_is_named_so_that_the_sentence_stays_right(group: str, expected: str) -> None:
    assert group_text("race", group, WORDS) == expected


@pytest.mark.parametrize(
    ("group", "reference", "expected"),
    [
        ("Less than 25", "25 - 45", 'People with race "Less than 25" are wrongly selected more often than those with "25 - 45". '),
        ("Asian", "Other", 'Asian people are wrongly selected more often than people with race "Other". '),
        ("Other", "Asian", 'People with race "Other" are wrongly selected more often than Asian people. '),
        ("(missing)", "Asian", "People whose race is missing are wrongly selected more often than Asian people. "),
        ("Asian", "(missing)", "Asian people are wrongly selected more often than people whose race is missing. "),
    ],
)  # fmt: skip
def test_reference_group_is_named_to_match(compas: Any, group: str, reference: str, expected: str) -> None:
    assert told(compas, group=group, reference_group=reference).sentence.startswith(expected)


def test_a_group_to_whom_it_never_happens_is_the_other_one(compas: Any) -> None:
    said = told(compas, ratio=0.0, value=0.0, numerator=0, ratio_ci=(0.0, 0.2))
    assert said.sentence.startswith(
        "Caucasian people are wrongly selected more often than African-American ones. Of those who should not be selected (label 0), 23 of 100 are"
    )
    assert said.counts.rstrip(".") == "349 of 1,488; 0 of 1,795. 95% interval 5.00 and more"


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


@pytest.mark.parametrize("metric", PREDICATES)
def test_words_of_ones_own_may_hold_braces(metric: str) -> None:
    """They are no places for anything."""
    plain, braced = Words(selected="hired", refused="sent off"), Words(selected="{x}", refused="{0.y}")
    for write in (happening, plain_happening):
        text = write(metric, plain)
        assert write(metric, braced) == text.replace("hired", "{x}").replace("sent off", "{0.y}")


@pytest.mark.parametrize("number", [-0.0, -4e-5, 4e-5])
def test_what_is_rounded_to_zero_has_no_sign(number: float) -> None:
    assert {
        number_text(number, 3),
        signed(number, 3),
        difference_text("f1", number),
        metric_value("mcc", number),
        number_cell(number),
        figure_text(number),
    } == {"0.000"}
    assert difference_text("fpr", number) == "0.0 points"
