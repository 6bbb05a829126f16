"""What is said of how a model came about."""

from __future__ import annotations

from fairaudit.documents.model import ApartPart, CandidatePart, DivisionPart, TuningPart
from fairaudit.render.words.training import divided_text, tuned_text


def apart(part: str, groups: int, first: str, last: str) -> ApartPart:
    return ApartPart(part=part, rows=10, groups=groups, first=first, last=last)


def test_parts_and_folds_are_told_by_their_groups_and_times() -> None:
    parts = [apart("train", 9, "2024-01", "2025-06"), apart("test", 3, "2025-07", "2026-01")]
    division = DivisionPart(group_column="person", time_column="month", parts=parts, left_out=4)
    assert divided_text(division) == (
        "No person is both learnt from and held out: 9 in train, 3 in test. "
        "Held-out rows are later by month: learnt from up to 2025-06, tested from 2025-07 on. "
        "4 rows are in no part, as their person has rows in a later one."
    )
    folds = [
        apart(f"fold {number}, {side}", number + 2, f"2024-0{number}", f"2025-0{number}")
        for number in (1, 2, 3)
        for side in ("learnt from", "held out")
    ]
    assert divided_text(DivisionPart(group_column="key", time_column=None, parts=folds)) == (
        "No key is both learnt from and held out: a fold holds out 3 to 5."
    )
    assert divided_text(DivisionPart(group_column=None, time_column="day", parts=folds)) == (
        "Held-out rows are later by day, fold by fold, from 2024-01 to 2025-03."
    )


def test_the_choice_names_its_values_and_its_rivals() -> None:
    candidates = [CandidatePart(params={"C": c}, mean=mean, std=0.1) for c, mean in ((0.1, 0.7), (1, 0.8))]
    tuning = TuningPart(scoring="roc_auc", folds=5, best={"C": 1}, candidates=candidates)
    assert (
        tuned_text(tuning)
        == "C = 1, the best of 2 candidates: ROC AUC 0.800 over 5 folds of the training rows."
    )
