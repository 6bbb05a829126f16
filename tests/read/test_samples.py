"""What intervals take for granted of rows, and the file itself shows to be otherwise."""

from __future__ import annotations

import pandas as pd
import pytest

import fairaudit

PEOPLE = pd.DataFrame(
    {"row": [1, 2, 3, 4], "label": [0, 1, 0, 1], "score": [0.1, 0.9, 0.7, 0.6], "decision": [0, 1, 1, 1]}
).assign(fold=[1, 1, 2, 2], sex=list("abab"))


def notes(frame: pd.DataFrame, **options: object) -> list[str]:
    document = fairaudit.audit(frame, attributes=["sex"], **options).group  # type: ignore[arg-type]
    return [note.sentence for note in document.input.notes]


def test_scores_out_of_fold_are_not_independent() -> None:
    (note,) = notes(PEOPLE)
    assert note.startswith("fold: each fold was scored by a model of its own")
    assert notes(PEOPLE.drop(columns="fold")) == []


@pytest.mark.parametrize(("rule", "people"), [({"top_k": 2}, 2), ({"top_percent": 75}, 3)])
def test_a_threshold_that_the_rows_set_themselves(rule: dict[str, object], people: int) -> None:
    (note,) = notes(PEOPLE.drop(columns=["fold", "decision"]), **rule)
    assert note == (
        f"score: who is selected depends on the other rows, as the top {people} of them are; "
        "intervals and tests take the threshold as given"
    )
    assert notes(PEOPLE.drop(columns=["fold", "decision"]), threshold=0.65) == []
