"""Labels, decisions and scores that are words: which of them are positive, and what is told of the others."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from fairaudit.errors import FairauditError
from fairaudit.read.checked_rows import Checked
from fairaudit.read.dataframes import open_frame
from fairaudit.read.table import validate
from fairaudit.settings.choices import Missing, ScoreKind
from fairaudit.settings.reading import ReadSettings

LABELS = ["yes", "no", "yes", "no"]


def read(**columns: Any) -> Checked:
    settings = {k: columns.pop(k) for k in list(columns) if k.startswith("set_")}
    frame = pd.DataFrame({"race": ["A", "B"] * 2, "score": [0.9, 0.1, 0.2, 0.8], **columns})
    return validate(
        open_frame(frame), ReadSettings(attributes=("race",), **{k[4:]: v for k, v in settings.items()})
    )


def used(checked: Checked, column: str) -> list[Any]:
    return [v for (v,) in checked.rows.connection.execute(f"SELECT {column} FROM used_rows").fetchall()]


def told(checked: Checked) -> list[tuple[str, bool]]:
    return [(note.sentence, note.warning) for note in checked.notes]


def test_one_negative_value_is_a_note() -> None:
    checked = read(label=LABELS, set_positive=("yes",))
    assert used(checked, "label") == [1, 0, 1, 0]
    assert told(checked) == [("label: negative (0): 'no' (2)", False)]


def test_several_negative_values_are_a_warning() -> None:
    checked = read(label=["yes", "no", "maybe", "no"], set_positive=("yes",))
    assert told(checked) == [
        ("label: negative (0): 'no' (2) and 'maybe' (1): all values but the positive one", True)
    ]


def test_a_negative_value_that_looks_like_the_positive_one_is_a_warning() -> None:
    checked = read(label=["yes", "no", "Yes.", "no"], set_positive=("yes",))
    assert told(checked) == [
        ("label: negative (0): 'no' (2) and 'Yes.' (1); 'Yes.' looks like 'yes', which is positive", True)
    ]


def test_marks_are_missing_and_what_looks_the_same_is_positive() -> None:
    checked = read(label=["yes", "no", "yes ", "NA"], set_positive=("yes",), set_missing=Missing.DROP)
    assert used(checked, "label") == [1, 0, 1]
    assert dict(checked.dropped) == {"missing label": 1}
    assert [sentence for sentence, _ in told(checked)] == [
        "label: negative (0): 'no' (1)",
        "label: 1 of 4 values is 'NA', read as missing; --na-values says otherwise",
        "label: 'yes ' (1) is read as 'yes'",
        "blanks around values, and signs that do not show, are no part of them: 'label'",
    ]


def test_labels_of_0_and_1_need_no_word() -> None:
    assert told(read(label=[1, 0, 1, 0])) == []


def test_decisions_as_classes() -> None:
    checked = read(label=LABELS, decision=["yes", "yes", "no", "no"], set_positive=("yes",))
    assert used(checked, "decision") == [1, 1, 0, 0]
    assert [sentence for sentence, _ in told(checked)] == [
        "label: negative (0): 'no' (2)",
        "decision: negative (0): 'no' (2)",
    ]


def test_positive_labels_beside_decisions_of_0_and_1() -> None:
    checked = read(label=LABELS, decision=[1, 1, 0, 0], set_positive=("yes",))
    assert used(checked, "decision") == [1, 1, 0, 0]


def test_decisions_alone_as_classes() -> None:
    checked = read(decision=["hire", "no", "no", "hire"], set_label="none", set_positive=("hire",))
    assert used(checked, "decision") == [1, 0, 0, 1]


def test_decisions_that_hold_none_of_the_positive_values() -> None:
    with pytest.raises(
        FairauditError, match=r"column 'decision': no row holds 'yes', named as positive. .*'hire', 'no'"
    ):
        read(label=LABELS, decision=["hire", "no", "no", "hire"], set_positive=("yes",))


@pytest.mark.parametrize(
    "scores",
    [["True", "False", "True", "False"], [True, False, True, False], ["true", "FALSE", "TRUE", "false"]],
)
def test_scores_that_are_true_and_false_are_decisions(scores: list[Any]) -> None:
    checked = read(label=[1, 0, 0, 1], pred=scores, set_score="pred")
    assert checked.scores is ScoreKind.DECISIONS
    assert used(checked, "decision") == [1, 0, 1, 0]


def test_scores_that_are_classes() -> None:
    checked = read(label=LABELS, pred=["yes", "yes", "no", "no"], set_score="pred", set_positive=("yes",))
    assert checked.scores is ScoreKind.DECISIONS
    assert used(checked, "decision") == [1, 1, 0, 0]
    with pytest.raises(
        FairauditError,
        match=r"scores must be finite numbers. If they are predicted classes, say which is the positive one",
    ):
        read(label=[1, 0, 1, 0], pred=["yes", "yes", "no", "no"], set_score="pred")
    several = {"label": ["a", "b", "c", "a"], "pred": ["a", "b", "b", "c"], "set_positive": ("a",)}
    with pytest.raises(FairauditError, match=r"name their column by --decision pred, and the positive ones"):
        read(**several, set_score="pred")
    assert used(read(**several, set_decision="pred"), "decision") == [1, 0, 0, 0]


def test_scores_in_other_forms_are_told() -> None:
    checked = read(label=[1, 0, 1, 0], s=["83,5%", "10,25%", "0,5%", "99%"], set_score="s")
    assert used(checked, "score") == [0.835, 0.1025, 0.005, 0.99]
    assert told(checked) == [("s: '0,5%' is read as 0.005", False)]


def test_a_positive_value_that_is_a_mark_of_missing_values_is_told() -> None:
    with pytest.raises(FairauditError, match="'None' stands for a missing value, unless --na-values says"):
        read(label=["None", "some", "None", "some"], decision=[1, 0, 1, 0], set_positive=("None",))


def test_labels_that_are_written_in_several_ways_are_told() -> None:
    checked = read(label=["1.0", "0", "true", "0"])
    assert used(checked, "label") == [1, 0, 1, 0]
    assert told(checked) == [("label: '1.0', 'true' are read as 1", False)]


@pytest.mark.parametrize(
    ("row", "column"),
    [(("A", "score", "1"), "score"), (("A", "0.5", "label"), "label"), (("race", "score", "label"), "label")],
)
def test_a_header_among_the_rows_is_asked_about(row: tuple[str, str, str], column: str) -> None:
    race, score, label = row
    frame = pd.DataFrame(
        {"race": ["A", race, "B"], "score": ["0.9", score, "0.1"], "label": ["1", label, "0"]}
    )
    with pytest.raises(FairauditError, match=f"Does the file hold its header a second time\\? '{column}' is"):
        validate(open_frame(frame), ReadSettings(attributes=("race",)))
