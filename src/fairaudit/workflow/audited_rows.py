"""Which predictions for the rows of a training the verdict stands on, and by which rule all of them are decided."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar

from fairaudit.documents.audit import BiasDocument, FairnessDocument, ScoresDocument, SlicesDocument
from fairaudit.documents.grouped import GroupDocument
from fairaudit.documents.parts import AuditedOnPart, LabelFromPart, NotePart, Part
from fairaudit.errors import OptionError, written
from fairaudit.settings.choices import AuditOn
from fairaudit.settings.reading import ReadSettings
from fairaudit.settings.training import Training
from fairaudit.spelling import setting
from fairaudit.workflow.audit import Reports

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_D = TypeVar("_D", BiasDocument, FairnessDocument, GroupDocument, ScoresDocument, SlicesDocument)
ALL_PEOPLE = (
    "all people are in it, and none was seen by the model that scored them: more people tell smaller gaps"
)
"""Why the verdict stands on rows out of fold where nobody chose."""
LATER_PEOPLE = "more people are in it, and the models that scored them learnt from earlier rows only: more people tell smaller gaps"
"""The same where folds follow the order of time."""
AS_CHOSEN = "as chosen"


def audited_on(
    reports: Mapping[AuditOn, Reports],
    chosen: AuditOn | None,
    notes: Sequence[NotePart] = (),
    *,
    label_from: LabelFromPart | None = None,
    reason: str = ALL_PEOPLE,
) -> tuple[Reports, Reports]:
    """Return the reports that the verdict stands on, and the others; each says so in its settings.

    Parameters
    ----------
    chosen
        By the user; left out it is all rows out of fold.
    notes
        What a reader of either has to know.
    label_from
        The column that the model was trained to predict.
    reason
        Why it stands on rows out of fold where nobody chose.
    """
    rows = chosen or AuditOn.FOLDS
    other = AuditOn.TEST if rows is AuditOn.FOLDS else AuditOn.FOLDS
    part = AuditedOnPart(
        rows=rows,
        people=reports[rows].group.overall.n,
        reason=reason if chosen is None else AS_CHOSEN,
        other=other,
        other_people=reports[other].group.overall.n,
        other_verdict=reports[other].verdict,
    )
    own, others = ({"audit_on": one, "label_from": label_from} for one in (part, None))
    return saying(reports[rows], own, notes), saying(reports[other], others, notes)


def rank_notes(threshold: float, reading: ReadSettings, *, trained: bool = True) -> tuple[NotePart, ...]:
    """Say by which threshold all parts are decided, where a rule by rank was asked for."""
    if reading.top_k is None and reading.top_percent is None:
        return ()
    top = f"{written(reading.top_percent)}%" if reading.top_k is None else f"{reading.top_k:,}"
    parts = " out of fold; the rows held out are decided by the same threshold" if trained else ""
    return (
        NotePart(
            sentence=f"decisions are 1 where score >= {written(threshold)}, which selects the top {top} of all rows{parts}",
            warning=False,
        ),
    )


def saying(reports: Reports, part: Mapping[str, Part | None], notes: Sequence[NotePart] = ()) -> Reports:
    """Write into the settings of all reports what they stand on, and the notes beside these."""
    return dataclasses.replace(
        reports,
        slices=_with(reports.slices, part, notes),
        group=_with(reports.group, part, notes),
        bias=_with(reports.bias, part, notes),
        fairness=_with(reports.fairness, part, notes),
        scores=None if reports.scores is None else _with(reports.scores, part, notes),
    )


def _with(document: _D, part: Mapping[str, Part | None], notes: Sequence[NotePart]) -> _D:
    settings = document.settings.model_copy(update=dict(part))
    source = document.input.model_copy(update={"notes": [*document.input.notes, *notes]})
    return document.model_copy(update={"settings": settings, "input": source})


def by_rank(training: Training, scores: NDArray[np.float64], reading: ReadSettings | None) -> Training:
    """Turn a rule by rank into the threshold that it comes to among the scores out of fold, so that all parts are decided alike."""
    threshold = None if reading is None else threshold_by_rank(scores, reading)
    return training if threshold is None else dataclasses.replace(training, threshold=threshold)


def threshold_by_rank(scores: NDArray[np.float64], reading: ReadSettings) -> float | None:
    """Return the threshold that a rule by rank comes to among some scores; ``None`` without such a rule.

    Raises
    ------
    OptionError
        If more people are to be selected than there are.
    """
    if reading.top_k is None and reading.top_percent is None:
        return None
    people = len(scores)
    if reading.top_k is not None:
        wanted = reading.top_k
    else:
        wanted = math.ceil(Fraction(repr(float(reading.top_percent or 0))) * people / 100)
    if wanted > people:
        raise OptionError(
            setting("top_k"), f"{wanted:,} are to be selected, and there are {people:,} people with a label"
        )
    return float(sorted(scores.tolist(), reverse=True)[wanted - 1])
