"""A stored model and new rows into predictions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fairaudit.documents import model as documents
from fairaudit.documents.model import PredictDocument
from fairaudit.documents.parts import Stamp
from fairaudit.errors import (
    ColumnError,
    FileError,
    clipped,
    join_sentences,
    listed,
)
from fairaudit.read.notes import Note, distinct
from fairaudit.read.readings import Conventions
from fairaudit.read.rows import Input, Rows
from fairaudit.read.watching import Progress
from fairaudit.spelling import setting

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from fairaudit.model.reach import Reach
    from fairaudit.model.store import Purpose, StoredModel
from fairaudit.settings.training import Prediction, refuse_threshold
from fairaudit.workflow.described import envelope_of_model
from fairaudit.workflow.predictions import PREDICTIONS, Labels, predictions, write_csv
from fairaudit.workflow.prepare import label_notes

_WRITTEN_AS = "Is it written as it was in training?"


def predict(
    model: Path,
    opened: Input,
    out: Path,
    stamp: Stamp,
    *,
    prediction: Prediction | None = None,
    on_progress: Progress | None = None,
) -> PredictDocument:
    """Score new rows in batches; write ``predictions.csv``, with labels where the data has the target and all of it.

    Parameters
    ----------
    prediction
        Which types the model file may hold besides the known ones; a threshold and marks of missing values instead of those of the training; and whether
        a column that has little in common with the training rows is an error, and not only told.

    Raises
    ------
    FileError
        If the model is none that can be loaded, or its scores are no probabilities.
    ColumnMissing
        If a feature is not there.
    ColumnError
        If a feature's values cannot be read or scored; where it is strict, if they have little in common with the training rows.
    """
    from fairaudit.model import store
    from fairaudit.model.reach import Reach

    prediction = prediction or Prediction()
    threshold, strict = prediction.threshold, prediction.strict
    if threshold is not None:
        refuse_threshold(threshold)
    stored = store.load_model(model, trust=prediction.trust)
    purpose = store.purpose_of(stored, file=str(model))
    usual = purpose.na_values if prediction.na_values is None else prediction.na_values
    rows = _load(opened, model, stored, purpose, na_values=usual, on_progress=on_progress)
    labels = _labels(rows, purpose)
    scoring = _Scoring(
        model=model,
        stored=stored,
        purpose=purpose,
        rows=rows,
        labels=labels,
        threshold=purpose.threshold if threshold is None else threshold,
    )
    # Before anything is written, since it refuses what cannot be a number.
    notes = distinct([*_read_notes(scoring), *labels.notes])
    scored = _Scored(
        reach=Reach(pipeline=stored.pipeline, ranges=purpose.ranges),
        warnings=dict.fromkeys([*stored.warnings, *labels.warnings]),
    )

    def batches() -> Iterator[pd.DataFrame]:
        yield from _score(scoring, scored, on_progress)
        _tell_strange(scored, opened.name, model, strict=strict)

    predictions_sha256 = write_csv(out / PREDICTIONS, batches())
    return PredictDocument(
        **envelope_of_model(rows, rows.rows, {}, stamp, notes),
        settings=_settings(scoring, usual, strict=strict),
        selected=scored.selected,
        unknown_categories={column: dict(values) for column, values in scored.reach.unknown.items()},
        predictions_sha256=predictions_sha256,
        warnings=list(scored.warnings),
    )


def _settings(
    scoring: _Scoring, na_values: Sequence[str] | None, *, strict: bool
) -> documents.PredictSettings:
    return documents.PredictSettings(
        model_sha256=scoring.stored.sha256,
        threshold=scoring.threshold,
        target=scoring.purpose.target,
        strict=strict,
        na_values=None if na_values is None else list(na_values),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Labels:
    """Labels of new rows, if every row has a usable one; new data need none."""

    values: NDArray[np.int8] | None = None
    notes: tuple[Note, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scoring:
    """A model, and the rows that it scores."""

    model: Path
    stored: StoredModel
    purpose: Purpose
    rows: Rows
    labels: _Labels
    threshold: float

    @property
    def numeric(self) -> frozenset[str]:
        """The features that the model takes for numbers."""
        from fairaudit.model.pipeline import numeric_columns

        return frozenset(numeric_columns(self.stored.pipeline))


@dataclass(slots=True, kw_only=True)
class _Scored:
    """What has been seen so far of the rows that are scored."""

    reach: Reach
    warnings: dict[str, None]
    selected: int = 0


def _load(
    opened: Input,
    model: Path,
    stored: StoredModel,
    purpose: Purpose,
    *,
    na_values: Sequence[str] | None,
    on_progress: Progress | None,
) -> Rows:
    """Read new rows as the training rows were read."""
    from fairaudit.model.pipeline import feature_names_in

    features = feature_names_in(stored.pipeline)
    for feature in features:
        opened.require(feature, hint=f"{model.name} was trained with it")
    opened = opened.calling([*features, purpose.target])
    return opened.load(
        features,
        also=opened.columns,
        conventions=Conventions(
            na_values=None if na_values is None else tuple(na_values),
            commas=frozenset(purpose.decimal_commas),
        ),
        on_progress=on_progress,
    )


def _read_notes(scoring: _Scoring) -> list[Note]:
    from fairaudit.read.frames import number_notes

    nothing = scoring.purpose.read_as_missing
    return [*scoring.rows.notes, *number_notes(scoring.rows, scoring.numeric, nothing=nothing)]


def _score(scoring: _Scoring, scored: _Scored, on_progress: Progress | None) -> Iterator[pd.DataFrame]:
    """Score the rows batch by batch, and keep in mind what was seen."""
    import numpy as np

    from fairaudit.model import pipeline as fitted
    from fairaudit.read.frames import batches

    rows, pipeline, labels = scoring.rows, scoring.stored.pipeline, scoring.labels.values
    file, done = rows.source.name, 0
    for frames in batches(rows, numeric=scoring.numeric):
        number = len(frames)
        inputs = fitted.take_features(
            pipeline, frames.typed, file=file, row_numbers=frames.row_numbers, fitted=True
        )
        scores = fitted.score_inputs(
            pipeline, inputs, file=file, row_numbers=frames.row_numbers, model=str(scoring.model)
        )
        scored.reach = scored.reach.with_rows(inputs)
        written = predictions(
            frames,
            scores,
            labels=None
            if labels is None
            else Labels(column=scoring.purpose.target, values=labels[done : done + number]),
            index=np.arange(number, dtype=np.int64),
            threshold=scoring.threshold,
        )
        done += number
        scored.selected += int(written.frame["decision"].sum())
        scored.warnings.update(dict.fromkeys(written.warnings))
        if on_progress:
            on_progress(done / rows.rows)
        yield written.frame


def _labels(rows: Rows, purpose: Purpose) -> _Labels:
    """Read the labels of new rows."""
    if purpose.target not in rows.loaded:
        return _Labels()
    import pandas as pd

    from fairaudit.model.train import binary_target
    from fairaudit.read.frames import column_text

    texts = pd.Series(column_text(rows, purpose.target), name=purpose.target, dtype=object)
    try:
        labels = binary_target(texts, positive=purpose.positive, file=rows.source.name)
    except ColumnError as error:
        # Its advice is about options of training; how labels are read was settled there.
        trained = (
            f"The model was trained with {listed(purpose.positive)} as positive" if purpose.positive else ""
        )
        problem = f"predictions.csv has no labels: {error.file}, column {error.column!r}: {error.problem}"
        return _Labels(warnings=(join_sentences(problem, trained),))
    return _Labels(values=labels, notes=label_notes(texts, labels, purpose.positive))


def _tell_strange(scored: _Scored, file: str, model: Path, *, strict: bool) -> None:
    """Warn of columns that have little in common with the training rows; refuse them where that was asked for."""
    from fairaudit.model.pipeline import numeric_columns

    reach, warnings = scored.reach, scored.warnings
    strange = reach.strange()
    if strange and strict:
        column, problem = next(iter(strange.items()))
        rest = list(strange)[1:]
        others = f"; {listed(rest)} {'is' if len(rest) == 1 else 'are'} strange, too" if rest else ""
        raise ColumnError(
            file,
            column,
            f"{problem}{others}",
            hint=f"{_WRITTEN_AS} Without {setting('strict')} such rows are scored all the same",
        )
    warnings.update(
        {f"column {clipped(column)!r}: {problem}. {_WRITTEN_AS}": None for column, problem in strange.items()}
    )
    if reach.ranges is None and (numeric := numeric_columns(reach.pipeline)):
        problem = f"does not say from where to where its training rows ran, so that {listed(numeric)} cannot be compared with them"
        if strict:
            raise FileError(str(model), problem, hint=f"Train it anew, or leave {setting('strict')} out")
        warnings[f"{model.name} {problem}"] = None
