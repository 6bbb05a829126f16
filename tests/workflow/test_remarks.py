"""What the counts show that a reader has to know before all else."""

from __future__ import annotations

import random
from typing import Any

import pandas as pd
import pytest

from fairaudit.metrics.kinds import Estimate
from fairaudit.read.dataframes import open_frame
from fairaudit.settings.reading import ReadSettings
from fairaudit.workflow.audit import tally
from fairaudit.workflow.remarks import scores_against_labels

ROWS = 300


def people(direction: float) -> pd.DataFrame:
    """Scores that rise with the labels, or fall."""
    draw = random.Random(3)
    labels = [draw.randint(0, 1) for _ in range(ROWS)]
    scores = [0.5 + direction * (label - 0.5) + draw.uniform(-0.4, 0.4) / 2 for label in labels]
    return pd.DataFrame({"label": labels, "score": scores, "race": [draw.choice("AB") for _ in range(ROWS)]})


def warnings(frame: pd.DataFrame, **settings: Any) -> list[str]:
    tallied = tally(open_frame(frame), ReadSettings(**settings))
    return [note.sentence for note in tallied.checked.notes if note.warning]


class TestScoresAgainstLabels:
    def test_scores_that_fall_with_the_labels(self) -> None:
        (warning,) = warnings(people(-0.2))
        assert warning.startswith("score: scores run against the labels (ROC AUC 0.1")
        assert warning.endswith(
            "; is a low score the good one, or another label the positive one (--positive)?"
        )

    def test_scores_that_rise(self) -> None:
        assert warnings(people(0.2)) == []

    def test_decisions_have_no_auc(self) -> None:
        frame = people(-0.2)
        assert warnings(frame.assign(score=(frame["score"] > 0.5).astype(int))) == []

    @pytest.mark.parametrize(
        ("value", "ci", "small", "warned"),
        [
            (0.3, (0.2, 0.4), False, True),
            (0.3, (0.05, 0.55), False, False),
            (0.3, (0.1, 0.5), False, False),
            (0.449, (0.44, 0.46), False, True),
            (0.46, (0.45, 0.47), False, False),
            (None, None, False, False),
            (0.2, None, False, False),
            (0.0, None, False, True),
            (0.0, None, True, False),
        ],
        ids=[
            "surely below",
            "maybe chance",
            "an interval that ends at one half",
            "just below the limit",
            "too near one half to matter",
            "undefined",
            "no interval",
            "no pair is in order",
            "no pair of few",
        ],
    )
    def test_the_limits(
        self, value: float | None, ci: tuple[float, float] | None, small: bool, warned: bool
    ) -> None:
        area = Estimate(metric="roc_auc", value=value, ci=ci, small=small)
        assert bool(scores_against_labels(area, score="s")) is warned

    def test_where_there_is_none(self) -> None:
        assert scores_against_labels(None, score="s") == ()


class TestAttributesThatTellTheOutcome:
    def test_one_that_repeats_the_decision(self) -> None:
        frame = people(0.2)
        frame["predicted"] = (frame["score"] >= 0.5).map({True: "approve", False: "deny"})
        assert warnings(frame, attributes=("race", "predicted")) == [
            "predicted: its values tell the decision of 300 of 300 people, so it may be no group of people, but another word for the decision"
        ]

    def test_a_cut_of_the_score(self) -> None:
        (warning,) = warnings(people(0.2), attributes=("score:0.25,0.5",))
        assert warning.startswith("score:0.25,0.5: its values tell the decision")

    def test_one_that_repeats_the_label(self) -> None:
        frame = people(0.2)
        frame["outcome"] = frame["label"].map({1: "bad", 0: "good"})
        (warning,) = warnings(frame, attributes=("outcome",))
        assert warning.startswith("outcome: its values tell the label of 300 of 300 people")

    def test_where_people_are_usually_grouped_by_it_the_verdict_says_it(self) -> None:
        frame = people(0.2)
        frame["sex"] = (frame["score"] >= 0.5).map({True: "men", False: "women"})
        assert warnings(frame, attributes=("sex",)) == []
