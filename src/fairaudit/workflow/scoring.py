"""Rows and a fitted model into scores, whoever stored the model: one that `train` made reads rows as it did then, another as pandas would."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fairaudit.documents.parts import FittedPart
from fairaudit.errors import OptionError, listed
from fairaudit.read.notes import Note
from fairaudit.read.readings import Conventions
from fairaudit.read.rows import Input, Rows
from fairaudit.read.watching import Progress
from fairaudit.settings.choices import Answers, Missing, ModelFile, split_words
from fairaudit.settings.training import Prediction
from fairaudit.spelling import is_from_file, setting

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from fairaudit.model.files import Loaded
    from fairaudit.model.fitted import FittedModel
    from fairaudit.model.reach import Reach
    from fairaudit.model.store import Purpose, StoredModel
    from fairaudit.read.frames import Frames


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rows are scored, and what for.

    Attributes
    ----------
    where
        Which rows are kept.
    missing
        What becomes of rows without a label, where these are needed.
    labelled
        Whether every row has to have a label.
    attributes
        Columns that people are grouped by.
    native
        The rows in pandas's own types, where they came so.
    """

    where: str | None = None
    missing: Missing = Missing.ERROR
    labelled: bool = False
    attributes: tuple[str, ...] = ()
    native: pd.DataFrame | None = None


@dataclass(slots=True, kw_only=True)
class OwnScorer:
    """A model that `train` has stored."""

    file: str
    stored: StoredModel
    purpose: Purpose
    model: FittedModel
    rows: Rows
    target: str | None
    positive: tuple[str, ...]
    threshold: float
    na_values: tuple[str, ...] | None
    reach: Reach

    @property
    def numeric(self) -> Collection[str] | None:
        """The features that the model takes for numbers."""
        from fairaudit.model.pipeline import numeric_columns

        return frozenset(numeric_columns(self.stored.pipeline))

    @property
    def part(self) -> FittedPart:
        """What documents say of the model."""
        return part_of(self.model, self.model.features or ())

    def notes(self) -> list[Note]:
        """Say how columns were read; what cannot be a number is refused."""
        from fairaudit.read.frames import number_notes

        nothing = self.purpose.read_as_missing
        return [*self.rows.notes, *number_notes(self.rows, self.numeric or (), nothing=nothing)]

    def score(self, frames: Frames) -> NDArray[np.float64]:
        """Score rows, and keep in mind what is strange about them."""
        from fairaudit.model import pipeline as fitted

        pipeline, name = self.stored.pipeline, self.rows.source.name
        inputs = fitted.take_features(
            pipeline, frames.typed, file=name, row_numbers=frames.row_numbers, fitted=True
        )
        scores = fitted.score_inputs(
            pipeline, inputs, file=name, row_numbers=frames.row_numbers, model=self.file
        )
        self.reach = self.reach.with_rows(inputs)
        return scores


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignScorer:
    """A model that another program has stored, or that was handed over in memory."""

    model: FittedModel
    rows: Rows
    columns: tuple[str, ...]
    target: str | None
    positive: tuple[str, ...]
    threshold: float
    na_values: tuple[str, ...] | None
    native: pd.DataFrame | None = field(default=None, repr=False)

    @property
    def numeric(self) -> Collection[str] | None:
        """Whatever holds numbers is read as such."""
        return None

    @property
    def part(self) -> FittedPart:
        """What documents say of the model."""
        return part_of(self.model, self.columns)

    def notes(self) -> list[Note]:
        """Say how columns were read, and which the model was asked with where it names none."""
        from fairaudit.read.frames import column_notes

        model = self.model
        notes = [*self.rows.notes, *column_notes(self.rows, self.columns, features=self.columns)]
        if model.features is None:
            sentence = f"{shown(model)}: it names no columns, and is asked with {listed(self.columns)}, in this order"
            notes.append(Note(sentence=sentence))
        return notes

    def score(self, frames: Frames) -> NDArray[np.float64]:
        """Score rows as pandas would have read them."""
        from fairaudit.model.raw import as_pandas_reads

        # Names that are cleaned are others than pandas's own.
        if self.native is not None and set(self.columns) <= set(self.native.columns):
            rows = self.native.iloc[frames.row_numbers - 1]
        else:
            rows = as_pandas_reads(frames.typed, frames.numbers, self.columns)
        return self.model.scored(rows, self.columns)


Scorer = OwnScorer | ForeignScorer
"""A model that scores rows which have been read for it."""


def shown(model: FittedModel) -> str:
    """Name a model's file without its folder."""
    elsewhere = model.file.startswith(("mlflow:", "models:/", "runs:/"))
    return model.file if elsewhere or model.kind is ModelFile.MEMORY else Path(model.file).name


def part_of(model: FittedModel, columns: Sequence[str]) -> FittedPart:
    """Describe a model that was fitted before."""
    return FittedPart(
        file=shown(model),
        sha256=model.sha256,
        kind=model.kind,
        estimator=model.estimator,
        features=list(columns),
        answers=model.answers,
        classes=list(model.classes),
        positive_class=model.positive_class,
        ran_code=model.ran_code,
        trusted=list(model.trusted),
    )


def prepare_scoring(
    loaded: Loaded,
    opened: Input,
    prediction: Prediction,
    wanted: Wanted,
    on_progress: Progress | None,
) -> Scorer:
    """Read the rows that a model is to score.

    Raises
    ------
    FairauditError
        If columns that it reads are not there, or it says itself what was said otherwise.
    """
    if loaded.stored is not None:
        return _own(loaded, loaded.stored, opened, prediction, wanted, on_progress)
    return _foreign(loaded.model, opened, prediction, wanted, on_progress)


def _foreign(
    model: FittedModel,
    opened: Input,
    prediction: Prediction,
    wanted: Wanted,
    on_progress: Progress | None,
) -> ForeignScorer:
    """Read new rows as pandas would."""
    from fairaudit.model.fitted import choose_columns

    target = _target(model, opened, prediction, wanted)
    outcome = () if target is None else (target,)
    drop = split_words(prediction.drop, known=opened.columns)
    without = [opened.require(name) for name in drop if opened.find(name) or not is_from_file("drop")]
    opened = opened.calling([*(model.features or ()), *outcome])
    columns = choose_columns(
        model,
        opened.columns,
        file=opened.name,
        without=(*without, *outcome),
        attributes=wanted.attributes,
    )
    if target in columns:
        raise OptionError(
            setting("target", str(target)),
            f"{shown(model)} reads that column, so that it cannot be the outcome",
        )
    rows = opened.load(
        [*columns, *outcome],
        also=opened.columns,
        where=wanted.where,
        conventions=Conventions(na_values=prediction.na_values),
        on_progress=on_progress,
    )
    return ForeignScorer(
        model=model,
        rows=rows,
        columns=columns,
        target=target,
        positive=split_words(prediction.positive, known=model.classes) or model.positive,
        threshold=model.threshold if prediction.threshold is None else prediction.threshold,
        na_values=prediction.na_values,
        native=wanted.native,
    )


def _target(model: FittedModel, opened: Input, prediction: Prediction, wanted: Wanted) -> str | None:
    """Return the column of the outcome; ``None`` where rows without one are scored."""
    target = prediction.target
    if target is None and wanted.labelled:
        raise OptionError(
            setting("target"),
            f"the outcome is not named, and {shown(model)} does not say what it was trained to predict",
            hint=f"Name the column that holds it: {setting('target', 'COL')}",
        )
    of_others = is_from_file("target") and not wanted.labelled
    if target is None or (of_others and opened.find(target) is None):
        return None
    return opened.require(target)


def _own(
    loaded: Loaded,
    stored: StoredModel,
    opened: Input,
    prediction: Prediction,
    wanted: Wanted,
    on_progress: Progress | None,
) -> OwnScorer:
    """Read new rows as the training rows were read."""
    from fairaudit.model.pipeline import feature_names_in
    from fairaudit.model.reach import Reach
    from fairaudit.model.store import purpose_of

    file = loaded.model.file
    purpose = purpose_of(stored, file=file)
    _refuse_other_purpose(purpose, prediction)
    usual = purpose.na_values if prediction.na_values is None else prediction.na_values
    na_values = None if usual is None else tuple(usual)
    features = feature_names_in(stored.pipeline)
    if wanted.labelled:
        opened.require(purpose.target, hint=f"{Path(file).name} was trained to predict it")
    for feature in features:
        opened.require(feature, hint=f"{Path(file).name} was trained with it")
    opened = opened.calling([*features, purpose.target])
    rows = opened.load(
        features,
        also=opened.columns,
        where=wanted.where,
        conventions=Conventions(na_values=na_values, commas=frozenset(purpose.decimal_commas)),
        on_progress=on_progress,
    )
    return OwnScorer(
        file=file,
        stored=stored,
        purpose=purpose,
        model=loaded.model,
        rows=rows,
        target=purpose.target,
        positive=purpose.positive,
        threshold=purpose.threshold if prediction.threshold is None else prediction.threshold,
        na_values=na_values,
        reach=Reach(pipeline=stored.pipeline, ranges=purpose.ranges),
    )


def _refuse_other_purpose(purpose: Purpose, prediction: Prediction) -> None:
    """Refuse to be told otherwise what a model was trained for, which its file says; a configuration file may say it for other models."""
    if prediction.target not in (None, purpose.target) and not is_from_file("target"):
        raise OptionError(
            setting("target"),
            f"the model was trained to predict {purpose.target!r}, as its file says",
            hint="Leave it out",
        )
    positive = split_words(prediction.positive, known=purpose.positive)
    if positive and set(positive) != set(purpose.positive) and not is_from_file("positive"):
        trained = listed(purpose.positive) if purpose.positive else "values of 0 and 1"
        raise OptionError(
            setting("positive"),
            f"the model was trained with {trained}, as its file says",
            hint="Leave it out",
        )


def is_unbounded(model: FittedModel) -> bool:
    """Tell whether scores are any numbers, and not those from 0 to 1."""
    return model.answers is Answers.DECISION_VALUES
