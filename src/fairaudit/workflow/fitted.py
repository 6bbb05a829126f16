"""Raw data and a model that was fitted elsewhere into predictions that are audited, and what has to be said of these."""

from __future__ import annotations

import contextlib
import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fairaudit.documents.model import PredictDocument
from fairaudit.documents.parts import FittedPart, LabelFromPart, NotePart, Stamp
from fairaudit.errors import FairauditError, clipped, listed
from fairaudit.read.checked_rows import columns_of
from fairaudit.read.nameable import nameable_in
from fairaudit.read.rows import Input
from fairaudit.read.watching import Progress
from fairaudit.settings.choices import Answers, Missing
from fairaudit.settings.reading import AuditReading, ReadSettings
from fairaudit.settings.training import (
    Fitted,
    Folds,
    Learning,
    Prediction,
    refuse_retrained,
    refuse_unfitted,
    training_in_files,
)
from fairaudit.slices.grammar import Attribute, Take, parse_attributes
from fairaudit.spelling import setting
from fairaudit.workflow.predict import Predicted, predicted
from fairaudit.workflow.scoring import Wanted

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """A model that was fitted elsewhere, and how it scores.

    Attributes
    ----------
    model
        Where it lies; or, from Python, the model itself.
    native
        The rows in pandas's own types, where they came so.
    passed_over
        What configuration files say of training.
    """

    model: object
    prediction: Prediction
    native: pd.DataFrame | None = None
    passed_over: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[NotePart, ...]:
        """Say what is passed over."""
        if not self.passed_over:
            return ()
        is_one = len(self.passed_over) == 1
        sentence = (
            f"{listed(self.passed_over, most=len(self.passed_over))} of the configuration file {'says' if is_one else 'say'} how models are trained, "
            f"and {'is' if is_one else 'are'} passed over, as this one is trained already"
        )
        return (NotePart(sentence=sentence, warning=False),)

    def deciding_by(self, threshold: float) -> Fitting:
        """Return the same model with another threshold."""
        return dataclasses.replace(self, prediction=dataclasses.replace(self.prediction, threshold=threshold))

    def of_rows(self, source: object) -> Fitting:
        """Return the same model for rows that come from Python; those of pandas keep their types."""
        return dataclasses.replace(self, native=native_rows(source))


def native_rows(source: object) -> pd.DataFrame | None:
    """Return rows in pandas's own types, if they come so and each column has a name of its own."""
    import sys

    pandas = sys.modules.get("pandas")
    if pandas is None or not isinstance(source, pandas.DataFrame):
        return None
    frame = source.set_axis([str(name) for name in source.columns], axis=1)
    return frame if frame.columns.is_unique else None


def fitting_of(
    model: object, fitted: Fitted, target: str | None, learning: Learning, folds: Folds, reading: ReadSettings
) -> Fitting | None:
    """Gather what is said of a model that was fitted elsewhere; ``None`` where none is named.

    Raises
    ------
    OptionError
        If something says how a model is trained, or how one is loaded where none is named.
    """
    if model is None:
        refuse_unfitted(fitted)
        return None
    refuse_retrained(learning, folds)
    return Fitting(
        model=model,
        passed_over=tuple(training_in_files()),
        prediction=Prediction(
            target=target,
            positive=reading.positive,
            drop=learning.drop,
            threshold=reading.threshold,
            na_values=reading.na_values,
            trust=fitted.trust,
            trust_pickle=fitted.trust_pickle,
            positive_class=fitted.positive_class,
        ),
    )


def score_all(
    opened: Input,
    fitted: Fitting,
    reading: AuditReading,
    stamp: Stamp,
    *,
    on_progress: Progress | None = None,
) -> Predicted:
    """Score all rows that have a label."""
    return predicted(
        fitted.model,
        opened,
        stamp,
        prediction=fitted.prediction,
        wanted=Wanted(
            where=reading.where,
            missing=reading.missing,
            labelled=True,
            attributes=_columns(reading, opened),
            native=fitted.native,
        ),
        on_progress=on_progress,
    )


def _columns(reading: AuditReading, opened: Input) -> tuple[str, ...]:
    """Return the columns that people are grouped by, as far as they are there; auditing says what is wrong with the others."""
    names = nameable_in(opened, reading)
    attributes: list[Attribute] = []
    for typed in reading.attributes:
        with contextlib.suppress(FairauditError):
            attributes += parse_attributes(
                [typed], columns=opened.columns, file=opened.name, option=setting("attribute"), more=names
            )
    # What a condition is made of may well be features.
    by_columns = [a for a in attributes if all(d.take is not Take.CONDITION for d in a.dimensions)]
    return tuple(column for column in columns_of(by_columns) if column in opened.columns)


def reading_of_scores(reading: AuditReading) -> AuditReading:
    """Read predictions that were made here: they have labels of 0 and 1 and decisions already, and only the rows that were wanted."""
    return dataclasses.replace(
        reading, positive=(), where=None, threshold=None, top_k=None, top_percent=None, missing=Missing.ERROR
    )


def of_fitted(document: PredictDocument) -> tuple[dict[str, Any], tuple[NotePart, ...]]:
    """Return what an audit's settings say of the model and of the labels, and what a reader has to know of it."""
    model, settings = document.model, document.settings
    if model is None or settings.target is None:
        return {}, ()
    file = clipped(model.file)
    serious = [
        f"{file}: fitted elsewhere, so that these rows may have been seen in training, and look better than new ones would",
        *document.warnings,
    ]
    if model.trusted:
        serious.append(f"{file}: holds types that were trusted, and not checked: {listed(model.trusted)}")
    left_out = [
        f"{clipped(document.input.name)}: {number:,} rows are left out ({reason})"
        for reason, number in document.input.dropped.items()
    ]
    notes = (
        *(NotePart(sentence=sentence.removesuffix("."), warning=True) for sentence in serious),
        *(
            NotePart(sentence=sentence, warning=False)
            for sentence in (_answers(model, settings.threshold), *left_out)
        ),
        *document.input.notes,
    )
    label = LabelFromPart(column=settings.target, positive=settings.positive)
    return {"fitted": model, "label_from": label}, notes


def _answers(model: FittedPart, threshold: float) -> str:
    of_class = "" if model.positive_class is None else f" of class {clipped(model.positive_class)!r}"
    match model.answers:
        case Answers.PROBABILITIES:
            return f"{clipped(model.file)}: scores are its probabilities{of_class}, decided 1 from {threshold:g} on"
        case Answers.DECISION_VALUES:
            return f"{clipped(model.file)}: scores are its decision values{of_class}, which are no probabilities, decided 1 from {threshold:g} on"
        case _ if not model.classes:
            return (
                f"{clipped(model.file)}: scores are what its predict gives, decided 1 from {threshold:g} on"
            )
        case _:
            return f"{clipped(model.file)}: it answers with labels alone, so that there are decisions and no scores"
