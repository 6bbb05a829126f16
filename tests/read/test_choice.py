"""Which columns are chosen where nobody names any: features of people, and none that says what was decided once more."""

from __future__ import annotations

import random
from typing import Any

import pandas as pd
import pytest

from fairaudit.read.checked_rows import Checked
from fairaudit.read.choice import MOST_CHOSEN
from fairaudit.read.dataframes import open_frame
from fairaudit.read.table import validate
from fairaudit.settings.reading import ReadSettings

ROWS = 400


def people(rows: int = ROWS, **columns: Any) -> pd.DataFrame:
    """People with a label, a score that says little of it, and a race."""
    draw = random.Random(1)
    frame = pd.DataFrame(
        {
            "label": [draw.randint(0, 1) for _ in range(rows)],
            "score": [draw.random() for _ in range(rows)],
            "race": [draw.choice("ABC") for _ in range(rows)],
        }
    )
    return frame.assign(**columns)


def read(frame: pd.DataFrame, **settings: Any) -> Checked:
    return validate(open_frame(frame), ReadSettings(**settings))


def chosen(frame: pd.DataFrame, **settings: Any) -> list[str]:
    return [attribute.name for attribute in read(frame, **settings).attributes]


def decided(frame: pd.DataFrame) -> pd.Series[bool]:
    return frame["score"] >= 0.5


class TestWhatRepeatsAnOutcome:
    def test_the_decision_in_words(self) -> None:
        frame = people()
        frame["predicted"] = decided(frame).map({True: "approve", False: "deny"})
        checked = read(frame)
        assert [a.name for a in checked.attributes] == ["race"]
        assert checked.passed_over == {"predicted": "tells the decision of 400 of 400 people"}

    def test_the_label_in_words_but_for_few(self) -> None:
        frame = people()
        frame["outcome"] = frame["label"].map({1: "repaid", 0: "defaulted"})
        frame.loc[frame["label"].idxmin(), "outcome"] = "repaid"
        assert read(frame).passed_over == {"outcome": "tells the label of 399 of 400 people"}

    def test_levels_of_the_score_tell_the_decision_too(self) -> None:
        frame = people()
        frame["risk"] = pd.cut(frame["score"], [-1, 0.25, 0.5, 0.75, 2], right=False, labels=list("abcd"))
        assert chosen(frame) == ["race"]

    def test_the_kind_of_error_tells_both(self) -> None:
        frame = people()
        frame["kind"] = [
            ("TN", "FP", "FN", "TP")[2 * label + int(score >= 0.5)]
            for label, score in zip(frame["label"], frame["score"], strict=True)
        ]
        assert chosen(frame) == ["race"]

    def test_decisions_of_a_column_and_people_with_weights(self) -> None:
        frame = people(n=3).drop(columns="score")
        frame["decision"] = [i % 5 % 2 for i in range(ROWS)]
        frame["words"] = frame["decision"].map({1: "yes", 0: "no"})
        checked = read(frame, weight="n", label="none")
        assert checked.passed_over["words"] == "tells the decision of 1,200 of 1,200 people"

    def test_who_is_usually_a_group_is_chosen_whatever_happens_to_it(self) -> None:
        frame = people()
        frame["sex"] = decided(frame).map({True: "men", False: "women"})
        assert chosen(frame) == ["race", "sex"]

    def test_a_group_that_fares_far_worse_is_no_repetition(self) -> None:
        frame = people()
        draw = random.Random(2)
        frame["region"] = [
            ("north" if draw.random() < 0.95 else "south") if selected else "south"
            for selected in decided(frame)
        ]
        assert chosen(frame) == ["race", "region"]

    @pytest.mark.parametrize(
        ("rows", "values"), [(10, 2), (200, 40)], ids=["too few people", "too few people a value"]
    )
    def test_what_may_be_chance(self, rows: int, values: int) -> None:
        frame = people(rows)
        frame["town"] = [f"t{2 * (i % (values // 2)) + int(d)}" for i, d in enumerate(decided(frame))]
        assert chosen(frame) == ["race", "town"]

    def test_one_side_of_very_few_people_proves_nothing(self) -> None:
        frame = people()
        frame["label"] = 0
        frame.loc[:3, "label"] = 1
        frame["town"] = frame["label"].map({1: "big", 0: "small"})
        assert chosen(frame) == ["race", "town"]

    def test_named_by_the_user_it_is_taken(self) -> None:
        frame = people()
        frame["predicted"] = decided(frame).map({True: "approve", False: "deny"})
        assert chosen(frame, attributes=("predicted",)) == ["predicted"]

    def test_a_slice_named_by_the_user_is_taken_beside_what_is_chosen(self) -> None:
        frame = people()
        frame["predicted"] = decided(frame).map({True: "approve", False: "deny"})
        checked = validate(open_frame(frame), ReadSettings(), also=("predicted",))
        assert [a.name for a in checked.attributes] == ["race", "predicted"]
        assert checked.features == ("predicted",)

    def test_nothing_else_to_choose(self) -> None:
        # A warning says what it tells; groups of whom all were selected, and groups of whom nobody was, would look the same.
        frame = people().drop(columns="race")
        frame["predicted"] = decided(frame).map({True: "approve", False: "deny"})
        checked = read(frame)
        assert [a.name for a in checked.attributes] == ["predicted"]
        assert checked.passed_over == {}


class TestColumnsOf0And1:
    @pytest.mark.parametrize("write", [int, str, float], ids=["whole numbers", "texts", "floats"])
    def test_features_are_chosen(self, write: type) -> None:
        frame = people(
            female=[write(i % 2) for i in range(ROWS)], black=[write(i % 3 % 2) for i in range(ROWS)]
        )
        assert chosen(frame) == ["race", "female", "black"]

    @pytest.mark.parametrize(
        "name", ["y_pred", "prediction", "Predicted", "label2", "y", "outcome", "class", "yTrue"]
    )
    def test_but_not_what_is_named_like_an_outcome(self, name: str) -> None:
        checked = read(people(**{name: [i % 2 for i in range(ROWS)]}))
        assert checked.passed_over == {name: "0/1, and named like a label or a decision"}

    def test_nor_what_is_nearly_one(self) -> None:
        frame = people()
        frame["is_recid"] = [1 - label if i % 25 == 0 else label for i, label in enumerate(frame["label"])]
        assert read(frame).passed_over == {"is_recid": "tells the label of 384 of 400 people"}

    def test_other_numbers_are_no_groups(self) -> None:
        checked = read(people(children=[i % 3 for i in range(ROWS)]))
        assert checked.passed_over == {
            "children": "numeric, 3 values; --attribute children takes each as a group"
        }


class TestNotTooMany:
    def test_the_usual_ones_first_then_texts_then_0_and_1(self) -> None:
        columns: dict[str, Any] = {f"f{j}": [(i >> j) % 2 for i in range(ROWS)] for j in range(8)}
        columns |= {f"t{j}": ["ab"[(i + j) % 3 % 2] for i in range(ROWS)] for j in range(9)}
        columns["Female"] = [i % 2 for i in range(ROWS)]
        checked = read(people(**columns))
        assert [a.name for a in checked.attributes] == ["race", "f0", *(f"t{j}" for j in range(9)), "Female"]
        assert len(checked.attributes) == MOST_CHOSEN
        assert checked.passed_over == {f"f{j}": "12 others are chosen" for j in range(1, 8)}

    def test_one_that_repeats_the_decision_makes_room(self) -> None:
        frame = people(**{f"t{j}": ["ab"[(i + j) % 3 % 2] for i in range(ROWS)] for j in range(12)})
        frame["t0"] = decided(frame).map({True: "approve", False: "deny"})
        assert chosen(frame) == ["race", *(f"t{j}" for j in range(1, 12))]

    def test_names_of_ids_in_any_spelling(self) -> None:
        frame = people(40, **{"Entity_ID": [f"p{i}" for i in range(40)], "model id": "m"})
        assert chosen(frame) == ["race"]
