"""Which column of rows that were scored says what is true, where the model does not say what it was trained to predict."""

from __future__ import annotations

import csv
import itertools
from dataclasses import dataclass
from pathlib import Path

from fairaudit.documents.model import PredictDocument

_ROWS = 10_000
"""So many of the rows are looked at."""
_NUMBERED = ({"0", "1"}, {"false", "true"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """What is known of what is true of the rows.

    Attributes
    ----------
    has_labels
        Whether the predictions have labels.
    column, positive
        The one column that holds the model's classes and is none of its features, and the positive one of these; ``None`` where there is none, or several.
    others
        Whether there are columns that are no features.
    """

    has_labels: bool
    column: str | None = None
    positive: tuple[str, ...] = ()
    others: bool = False


def outcome_columns(document: PredictDocument, predictions: Path) -> Outcomes:
    """Look for the outcome among the columns of predictions.

    Parameters
    ----------
    predictions
        The file that was written.
    """
    model = document.model
    with predictions.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        names = rows.fieldnames or []
        if "label" in names or model is None or document.settings.target is not None:
            return Outcomes(has_labels="label" in names)
        others = [name for name in names if name not in {"row", "score", "decision", *model.features}]
        values: dict[str, set[str]] = {name: set() for name in others}
        for row in itertools.islice(rows, _ROWS):
            for name in others:
                values[name].add(row[name].casefold())
    classes = {name.casefold() for name in model.classes}
    holding = [name for name, held in values.items() if held - {""} == classes]
    if len(holding) != 1:
        return Outcomes(has_labels=False, others=bool(others))
    named = model.positive_class is not None and classes not in _NUMBERED
    return Outcomes(
        has_labels=False, column=holding[0], positive=(str(model.positive_class),) if named else ()
    )
