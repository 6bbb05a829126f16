"""Sentences about how a model came about: how rows were divided, how parameters were chosen, what more rows would bring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from fairaudit.documents.model import (
    ApartPart,
    CurvePart,
    CvDocument,
    DivisionPart,
    TrainDocument,
    TuningPart,
    ValidationPart,
)
from fairaudit.errors import clipped
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.words.values import metric_value

HELD_OUT = "held out"


def training_rows(document: TrainDocument | CvDocument) -> list[tuple[str, str]]:
    """Say in lines with a head each how a model came about, as far as it was asked for."""
    rows: list[tuple[str, str]] = []
    if document.model.prepares == "estimator":
        number = len(document.model.features_in)
        rows.append(
            (
                "Preparation",
                f"by the estimator itself, which gets {number:,} {'column' if number == 1 else 'columns'} as they stand",
            )
        )
    if document.division is not None:
        rows.append(("Rows divided", divided_text(document.division)))
    if isinstance(document, CvDocument):
        if document.tuning:
            rows.append(("Parameters chosen", chosen_in_folds(document)))
        return rows
    if document.tuning is not None:
        rows.append(("Parameters chosen", tuned_text(document.tuning)))
    if document.validation is not None:
        rows.append(("Validation", validation_text(document.validation)))
    if document.learning_curve is not None and (text := curve_text(document.learning_curve)):
        rows.append(("Learning curve", text))
    return rows


def divided_text(division: DivisionPart) -> str:
    """Say what kept rows together, and where a time divides them."""
    sentences = []
    if division.group_column is not None:
        sentences.append(
            f"No {clipped(division.group_column)} is both learnt from and held out{_groups(division.parts)}."
        )
    if division.time_column is not None:
        sentences.append(
            f"Held-out rows are later by {clipped(division.time_column)}{_times(division.parts)}."
        )
    if division.left_out:
        group = clipped(division.group_column or "group")
        sentences.append(
            f"{division.left_out:,} rows are in no part, as their {group} has rows in a later one."
        )
    return " ".join(sentences)


def _groups(parts: Sequence[ApartPart]) -> str:
    """Count the groups of each part; of folds, of those that are held out."""
    held = [part.groups or 0 for part in parts if part.part.endswith(HELD_OUT)]
    if not held:
        return ": " + ", ".join(f"{part.groups or 0:,} in {part.part}" for part in parts)
    return (
        f": a fold holds out {min(held):,} to {max(held):,}"
        if min(held) < max(held)
        else f": a fold holds out {held[0]:,}"
    )


def _times(parts: Sequence[ApartPart]) -> str:
    if held := [part for part in parts if part.part.endswith(HELD_OUT)]:
        return f", fold by fold, from {clipped(held[0].first or '')} to {clipped(held[-1].last or '')}"
    learnt, test = parts[0], parts[-1]
    return f": learnt from up to {clipped(learnt.last or '')}, tested from {clipped(test.first or '')} on"


def tuned_text(tuning: TuningPart) -> str:
    """Say which parameters were chosen, among how many candidates and by what."""
    best = max(candidate.mean for candidate in tuning.candidates)
    number = len(tuning.candidates)
    return (
        f"{_values(tuning.best)}, the best of {number:,} {'candidate' if number == 1 else 'candidates'}: {_score(tuning.scoring)} {_number(tuning.scoring, best)} "
        f"over {tuning.folds} folds of the training rows."
    )


def chosen_in_folds(document: CvDocument) -> str:
    """Say which parameters were chosen in how many folds."""
    chosen = Counter(_values(part.tuning.best) for part in document.tuning)
    ways = "; ".join(f"{values} in {number:,}" for values, number in chosen.most_common(3))
    more = (
        f"; others in {chosen.total() - sum(n for _, n in chosen.most_common(3)):,}"
        if len(chosen) > 3
        else ""
    )
    return f"{ways}{more} of {chosen.total():,} folds, each by its own training rows."


def validation_text(part: ValidationPart) -> str:
    """Say how good the model is on the rows for validation."""
    accuracy = part.metrics.get("accuracy")
    return f"right for {metric_value('accuracy', None if accuracy is None else accuracy.value)} of {part.rows:,} rows that nothing was learnt from or chosen by."


def curve_text(curve: CurvePart) -> str:
    """Say what fewest and most rows came to; empty where less than two numbers of rows have a score."""
    points = [point for point in curve.points if point.test.mean is not None]
    if len(points) < 2:
        return ""
    first, last = points[0], points[-1]
    return (
        f"Learnt from {first.rows:,} rows, {_score(curve.scoring)} of rows held out is {_number(curve.scoring, first.test.mean)}; "
        f"from {last.rows:,} it is {_number(curve.scoring, last.test.mean)}."
    )


def _values(params: Mapping[str, Any]) -> str:
    return ", ".join(f"{clipped(name)} = {clipped(str(value))}" for name, value in params.items())


def _score(scoring: str) -> str:
    return BY_NAME[scoring].long_name if scoring in BY_NAME else clipped(scoring)


def _number(scoring: str, value: float | None) -> str:
    return (
        metric_value(scoring, value)
        if scoring in BY_NAME
        else "undefined"
        if value is None
        else f"{value:z.3f}"
    )
