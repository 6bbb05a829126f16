"""Calibration: counted scores by tenths, against sums made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

import fairaudit
from fairaudit.documents.audit import ScoreCountsPart, ScoresDocument
from fairaudit.documents.calibration import (
    Calibration,
    ScoreBins,
    Tenth,
    _tenth_of,
    _wilson,
    calibrate,
    calibrate_groups,
    calibrate_part,
    farthest,
    score_bins,
    telling_attribute,
)
from fairaudit.inference.proportion import wilson
from fairaudit.render.words.calibration import label_rates_table
from fairaudit.render.words.people import Words
from fairaudit.render.words.pictures import calibration_title

HUNDREDTHS = [place / 100 for place in range(101)]


def counted(
    people: Mapping[float, tuple[int, int]], *, attribute: str = "race", group: str = "A"
) -> ScoreCountsPart:
    """Count people by their score on whole hundredths: how many, and how many of them with label 1."""
    places = [(people.get(score, (0, 0)), score) for score in (None, *HUNDREDTHS)]
    return ScoreCountsPart(
        attribute=attribute,
        group=group,
        people=[n for (n, _), _ in places],
        positives=[ones for (_, ones), _ in places],
        score_sums=[n * (score or 0.0) for (n, _), score in places],
    )


def calibrated(people: Mapping[float, tuple[int, int]], **names: str) -> Calibration:
    found = calibrate(counted(people, **names), thresholds=HUNDREDTHS, confidence=0.95)
    assert found is not None
    return found


def scored(settings: Any, *groups: ScoreCountsPart) -> ScoresDocument:
    return ScoresDocument.model_construct(
        settings=settings,
        thresholds=HUNDREDTHS,
        overall=groups[0].model_copy(update={"attribute": "", "group": ""}),
        groups=list(groups),
    )


def test_a_tenth_adds_up_its_people_scores_and_labels() -> None:
    found = calibrated({0.41: (12, 4), 0.48: (8, 6)})
    (tenth,) = found.tenths
    assert (tenth.number, tenth.low, tenth.high) == (4, 0.4, 0.5)
    assert (tenth.people, tenth.positives) == (20, 10)
    assert tenth.mean_score == pytest.approx((12 * 0.41 + 8 * 0.48) / 20)
    assert tenth.share == 0.5
    # Newcombe 1998: 10 of 20.
    assert tenth.ci == pytest.approx((0.2993, 0.7007), abs=5e-5)
    assert (found.people, found.positives) == (20, 10)


def test_a_tenth_holds_its_lower_end_and_the_last_one_both() -> None:
    found = calibrated({0.0: (1, 0), 0.1: (2, 0), 0.29: (3, 0), 0.3: (4, 0), 0.9: (5, 0), 1.0: (6, 6)})
    assert [(tenth.number, tenth.people) for tenth in found.tenths] == [
        (0, 1),
        (1, 2),
        (2, 3),
        (3, 4),
        (9, 11),
    ]


def test_every_hundredth_falls_into_its_tenth() -> None:
    assert [_tenth_of(threshold) for threshold in HUNDREDTHS] == [*(place // 10 for place in range(100)), 9]
    assert [_tenth_of(threshold) for threshold in (0.2999, 0.29999999999999993, 0.3001)] == [2, 2, 3]


def test_a_threshold_between_hundredths_moves_nobody() -> None:
    part = ScoreCountsPart(
        attribute="", group="", people=[0, 1, 2, 4, 0], positives=[0, 1, 0, 1, 0], score_sums=[0.0, 0.05, 0.66, 1.42, 0.0]
    )  # fmt: skip
    found = calibrate(part, thresholds=[0.0, 0.3, 0.345, 1.0], confidence=0.95)
    assert found is not None
    assert [(t.number, t.people, t.positives) for t in found.tenths] == [(0, 1, 1), (3, 6, 1)]


@pytest.mark.parametrize("missing", ["positives", "score_sums"])
def test_without_labels_or_probabilities_there_is_none(missing: str) -> None:
    part = counted({0.5: (3, 1)}).model_copy(update={missing: None})
    assert calibrate(part, thresholds=HUNDREDTHS, confidence=0.95) is None


def test_few_people_are_small_and_nobody_at_all_is_left_out(compas: Any) -> None:
    tenths = calibrated({0.05: (9, 1), 0.95: (10, 9)}).tenths
    assert [tenth.small for tenth in tenths] == [True, False]
    document = scored(
        compas.group.settings, counted({}, group="nobody"), counted({0.5: (3, 1)}), counted({0.5: (7, 1)}, group="B")
    )  # fmt: skip
    assert [group.group for group in calibrate_groups(document, attribute="race")] == ["B", "A"]


def test_distance_is_measured_from_the_nearer_limit() -> None:
    def tenth(score: float) -> Tenth:
        return Tenth(number=4, people=20, positives=10, score_sum=20 * score, ci=(0.3, 0.7))

    assert tenth(0.5).distance == 0
    assert tenth(0.2).distance == pytest.approx(0.1)
    assert tenth(0.9).distance == pytest.approx(0.2)


def test_the_finding_is_the_tenth_farthest_outside_its_interval_with_enough_people() -> None:
    calm = calibrated({0.45: (100, 45), 0.95: (9, 0)}, group="Arden")
    # 62 of 100 have label 1 where the scores say 45%; 9 people are too few to tell.
    off = calibrated({0.45: (100, 62), 0.75: (50, 38)}, group="Belmar")
    found = farthest([calm, off])
    assert found is not None
    assert (found[0].group, found[1].number) == ("Belmar", 4)
    assert calibration_title([calm, off], Words()) == (
        'People with race "Belmar" with a score of 0.4 to 0.5: 62 of 100 with label 1, where scores promise 45 of 100'
    )


def test_a_group_that_is_no_adjective_reads_right() -> None:
    off = calibrated({0.45: (100, 62)}, attribute="age", group="25 to 45")
    words = Words(people="cars", positive="that failed")
    assert calibration_title([off], words) == (
        "Cars aged 25 to 45 with a score of 0.4 to 0.5: 62 of 100 that failed, where scores promise 45 of 100"
    )


def test_where_all_is_well_the_finding_says_so() -> None:
    calm = calibrated({0.45: (100, 45)})
    assert farthest([calm]) is None
    assert calibration_title([calm], Words()) == (
        "Scores hold what they promise in every group by race, as far as can be told"
    )


def test_the_attribute_with_the_worst_disparity_is_chosen(compas: Any) -> None:
    document = scored(
        compas.group.settings,
        *(counted({0.5: (3, 1)}, attribute=name) for name in ("race", "sex", "age_cat")),
    )
    assert telling_attribute(document, bias=compas.bias, fairness=compas.fairness) == "age_cat"
    assert telling_attribute(document, bias=None, fairness=compas.fairness) == "race"
    assert telling_attribute(document, bias=None, fairness=None) == "race"
    only_sex = document.model_copy(update={"groups": document.groups[1:2]})
    assert telling_attribute(only_sex, bias=compas.bias, fairness=None) == "sex"
    assert (
        telling_attribute(document.model_copy(update={"groups": []}), bias=compas.bias, fairness=None) is None
    )


def test_ranks_have_a_bin_each_in_their_numeric_order() -> None:
    rng = np.random.default_rng(3)
    rank, group = rng.integers(1, 11, 400), rng.choice(["a", "b"], 400)
    frame = pd.DataFrame({"g": group, "score": rank, "label": (rng.random(400) * 10 < rank).astype(int)})
    scores = fairaudit.audit(frame, attributes="g", threshold=5).scores
    assert scores is not None
    bins = score_bins(scores)
    assert (bins.are_ranks, bins.names) == (True, tuple(map(str, range(1, 11))))
    ((_, heads, rows),) = label_rates_table(scores, "g", Words())
    assert [row[0] for row in rows] == list(bins.names)
    largest = frame["g"].value_counts().index.tolist()
    assert heads == ("Score", *largest, "Everybody")
    for row in rows:
        for name, text in zip(largest, row[1:], strict=False):
            own = frame[(frame["g"] == name) & (frame["score"] == int(row[0]))]["label"]
            low, high = proportion_confint(own.sum(), len(own), method="wilson")
            assert text == f"{own.mean():.1%} of {len(own)} ({100 * low:.1f} to {100 * high:.1f})"


def test_many_ranks_are_put_together_to_ten_of_about_equally_many_people() -> None:
    frame = pd.DataFrame({"g": ["a", "b"] * 150, "score": range(300), "label": [0, 0, 1, 1, 0, 1] * 50})
    scores = fairaudit.audit(frame, attributes="g", threshold=150).scores
    assert scores is not None
    bins = score_bins(scores)
    assert len(bins.names) == 10
    assert bins.names[0].startswith("0 to below ")
    assert bins.names[-1].endswith(" and above")
    everybody = calibrate_part(scores, scores.overall)
    assert everybody is not None
    assert all(25 <= tenth.people <= 35 for tenth in everybody.tenths)
    assert sum(tenth.people for tenth in everybody.tenths) == 300


def test_of_ranks_the_title_names_two_groups_that_surely_differ_at_one() -> None:
    def at_three(group: str, positives: int) -> Calibration:
        share = positives / 100
        ci = (share - 0.1, share + 0.1)
        tenth = Tenth(number=2, people=100, positives=positives, score_sum=None, ci=ci, bins=10)
        return Calibration(attribute="g", group=group, tenths=(tenth,))

    bins = ScoreBins(names=tuple(map(str, range(1, 11))), numbers=tuple(range(10)), are_ranks=True)
    assert calibration_title([at_three("a", 20), at_three("b", 70)], Words(), bins) == (
        'People with g "b" with a score of 3: 70 of 100 with label 1, against 20 of 100 of those with "a"'
    )
    assert calibration_title([at_three("a", 20), at_three("b", 35)], Words(), bins) == (
        "At no score do groups by g surely differ in how many are with label 1"
    )


def test_where_few_people_are_not_told_of_no_score_is() -> None:
    frame = pd.DataFrame({"g": ["a", "b"] * 500, "score": [1, 1, 2, 2, 3] * 200, "label": [0, 1, 1, 0] * 250})
    scores = fairaudit.audit(frame, attributes="g", threshold=2, suppress_below=30).scores
    assert scores is not None
    assert list(label_rates_table(scores, "g", Words())) == []
    assert calibrate_groups(scores, attribute="g") == ()


@pytest.mark.parametrize(("positives", "people"), [(0, 7), (7, 7), (3, 10), (4.5, 20.25), (805, 1795)])
def test_intervals_of_a_page_are_those_of_all_else(positives: float, people: float) -> None:
    assert _wilson(positives, people, 0.95) == pytest.approx(
        [float(limit) for limit in wilson(positives, people, 0.95)], abs=1e-12
    )
