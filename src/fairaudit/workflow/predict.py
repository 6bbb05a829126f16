"""A stored model and new rows into predictions."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairaudit.documents import model as documents
from fairaudit.documents.model import PredictDocument
from fairaudit.documents.parts import Stamp
from fairaudit.documents.text import dump
from fairaudit.errors import (
    ColumnError,
    FileError,
    OptionError,
    clipped,
    join_sentences,
    listed,
)
from fairaudit.read.notes import Note, distinct
from fairaudit.read.rows import Input, Rows
from fairaudit.read.watching import Progress
from fairaudit.settings.arguments import check_kinds
from fairaudit.settings.choices import Missing, split_words
from fairaudit.settings.edges import in_python
from fairaudit.settings.training import Prediction, refuse_threshold
from fairaudit.spelling import setting
from fairaudit.workflow.described import envelope_of_model
from fairaudit.workflow.predictions import PREDICTIONS, Labels, Predictions, csv_text, predictions, write_csv
from fairaudit.workflow.prepare import NO_LABEL_REASON, label_notes, nothing_left
from fairaudit.workflow.scoring import OwnScorer, Scorer, Wanted, is_unbounded, prepare_scoring
from fairaudit.write import output_folder, write_files

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from fairaudit.model.files import Loaded

_WRITTEN_AS = "Is it written as it was in training?"


def load_fitted(model: object, prediction: Prediction) -> Loaded:
    """Load a fitted model by what is trusted.

    Raises
    ------
    FairauditError
        If it cannot be loaded so.
    """
    from fairaudit.model.files import Trust
    from fairaudit.model.loading import load

    loaded = load(
        model,
        Trust(types=prediction.trust, pickle=prediction.trust_pickle),
        positive_class=prediction.positive_class,
        positive=split_words(prediction.positive, known=()),
    )
    if prediction.threshold is not None:
        refuse_threshold(prediction.threshold, any_number=is_unbounded(loaded.model))
    if prediction.strict and loaded.stored is None:
        raise OptionError(
            setting("strict"),
            f"{loaded.model.file} does not say what its training rows held, so that nothing can be compared with them",
            hint="Leave it out",
        )
    return loaded


def predict(
    model: object,
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
    model
        Where it lies; or one that was loaded.
    prediction
        What the model may hold; a threshold and marks of missing values instead of those of the training; the target of a model that does not say it; and whether
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
    prediction = prediction or Prediction()
    scoring = _begin(load_fitted(model, prediction), opened, prediction, Wanted(), on_progress)
    return scoring.document(stamp, write_csv(out / PREDICTIONS, scoring.batches(on_progress)))


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Predicted:
    """What a model predicts for rows.

    Attributes
    ----------
    document
        ``predict.json``.
    predictions
        The rows with their scores.
    csv
        The content of the file of predictions.
    """

    document: PredictDocument
    predictions: Predictions
    csv: bytes

    def __repr__(self) -> str:
        """Say how many rows were scored, and not all the numbers."""
        return f"<Predicted: {self.document.input.used:,} rows, {self.document.selected:,} decided 1>"

    def decided_by(self, threshold: float) -> Predicted:
        """Return the same scores with another threshold."""
        decisions = (self.predictions.frame["score"] >= threshold).astype("int64")
        frame = self.predictions.frame.assign(decision=decisions)
        csv = csv_text(frame).encode()
        document = self.document.model_copy(
            update={
                "settings": self.document.settings.model_copy(update={"threshold": threshold}),
                "selected": int(decisions.sum()),
                "predictions_sha256": hashlib.sha256(csv).hexdigest(),
            }
        )
        return Predicted(document=document, predictions=replace(self.predictions, frame=frame), csv=csv)

    @in_python
    def write(self, folder: str | os.PathLike[str]) -> tuple[Path, ...]:
        """Write what ``fairaudit predict`` writes into a folder, which is made if it is not there."""
        check_kinds({"folder": folder})
        with output_folder(Path(folder)) as made:
            document = dump(self.document).encode("utf-8")
            return write_files(made, {"predict.json": document, PREDICTIONS: self.csv})


def predicted(
    model: object,
    opened: Input,
    stamp: Stamp,
    *,
    prediction: Prediction,
    wanted: Wanted,
    on_progress: Progress | None = None,
) -> Predicted:
    """Score rows, in memory."""
    import pandas as pd

    scoring = _begin(load_fitted(model, prediction), opened, prediction, wanted, on_progress)
    frame = pd.concat(list(scoring.batches(on_progress)), ignore_index=True)
    csv = csv_text(frame).encode()
    document = scoring.document(stamp, hashlib.sha256(csv).hexdigest())
    return Predicted(
        document=document, predictions=Predictions(frame=frame, warnings=tuple(document.warnings)), csv=csv
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Labels:
    """Labels of new rows, if every row has a usable one; new data need none.

    Attributes
    ----------
    kept
        The rows that have one, where the others are left out.
    """

    values: NDArray[np.int8] | None = None
    kept: NDArray[np.bool_] | None = None
    positive: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class _Scoring:
    """A model, the rows that it scores, and what has been seen of them so far."""

    scorer: Scorer
    labels: _Labels
    notes: tuple[Note, ...]
    strict: bool
    warnings: dict[str, None]
    selected: int = 0
    used: int = 0
    dropped: dict[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> Rows:
        """The rows that were read."""
        return self.scorer.rows

    def batches(self, on_progress: Progress | None) -> Iterator[pd.DataFrame]:
        """Score the rows batch by batch, and keep in mind what was seen."""
        from fairaudit.read.frames import batches

        done = labelled = 0
        for frames in batches(self.rows, numeric=self.scorer.numeric):
            read, kept = len(frames), self.labels.kept
            if kept is not None:
                frames = frames.where(kept[done : done + read])
            done += read
            yield self._scored(frames, labelled)
            labelled += len(frames)
            if on_progress:
                on_progress(done / max(self.rows.rows, 1))
        self.used = labelled
        if isinstance(self.scorer, OwnScorer):
            _tell_strange(self.scorer, self.warnings, strict=self.strict)

    def _scored(self, frames: Any, first: int) -> pd.DataFrame:
        import numpy as np

        scorer, labels = self.scorer, self.labels.values
        written = predictions(
            frames,
            scorer.score(frames),
            labels=None
            if labels is None or scorer.target is None
            else Labels(column=scorer.target, values=labels[first : first + len(frames)]),
            index=np.arange(len(frames), dtype=np.int64),
            threshold=scorer.threshold,
        )
        self.selected += int(written.frame["decision"].sum())
        self.warnings.update(dict.fromkeys(written.warnings))
        return written.frame

    def document(self, stamp: Stamp, predictions_sha256: str) -> PredictDocument:
        """Write down what was scored, once all rows are."""
        scorer = self.scorer
        unknown = scorer.reach.unknown if isinstance(scorer, OwnScorer) else {}
        part = scorer.part
        return PredictDocument(
            **envelope_of_model(self.rows, self.used, self.dropped, stamp, self.notes),
            settings=documents.PredictSettings(
                model_sha256=part.sha256,
                threshold=scorer.threshold,
                target=scorer.target,
                positive=list(self.labels.positive),
                strict=self.strict,
                na_values=None if scorer.na_values is None else list(scorer.na_values),
            ),
            selected=self.selected,
            unknown_categories={column: dict(values) for column, values in unknown.items()},
            predictions_sha256=predictions_sha256,
            warnings=list(self.warnings),
            model=part,
        )


def _begin(
    loaded: Loaded, opened: Input, prediction: Prediction, wanted: Wanted, on_progress: Progress | None
) -> _Scoring:
    """Read rows and labels, before anything is scored or written."""
    scorer = prepare_scoring(loaded, opened, prediction, wanted, on_progress)
    labels = _labels(scorer, wanted, loaded)
    return _Scoring(
        scorer=scorer,
        labels=labels,
        # Before anything is written, since it refuses what cannot be a number.
        notes=distinct([*scorer.notes(), *labels.notes]),
        strict=prediction.strict,
        warnings=dict.fromkeys([*loaded.model.warnings, *labels.warnings]),
        dropped=_dropped(scorer.rows, labels.kept),
    )


def _dropped(rows: Rows, kept: NDArray[np.bool_] | None) -> dict[str, int]:
    dropped: dict[str, int] = {}
    if rows.where:
        (number,) = rows.connection.execute("SELECT count(*) FROM source_rows WHERE kept").fetchone() or (0,)
        dropped[f"where not ({rows.where})"] = rows.rows - number
    if kept is not None:
        dropped[NO_LABEL_REASON] = int((~kept).sum())
    return dropped


def _labels(scorer: Scorer, wanted: Wanted, loaded: Loaded) -> _Labels:
    """Read the labels of rows."""
    rows, target = scorer.rows, scorer.target
    if target is None or target not in rows.loaded:
        return _Labels()
    import pandas as pd

    from fairaudit.model.train import binary_target
    from fairaudit.read.frames import column_text

    texts = pd.Series(column_text(rows, target), name=target, dtype=object)
    positive = split_words(scorer.positive, known=set(texts.dropna())) or _own_classes(texts, loaded)
    kept: NDArray[np.bool_] | None = None
    if wanted.labelled and wanted.missing is Missing.DROP and texts.isna().any():
        kept = texts.notna().to_numpy()
        texts = texts.dropna().reset_index(drop=True)
    if wanted.labelled and texts.empty:
        raise nothing_left(rows, _dropped(rows, kept))
    try:
        labels = binary_target(texts, positive=positive, file=rows.source.name)
    except ColumnError as error:
        if wanted.labelled:
            raise
        # Its advice is about options of training; how labels are read was settled there.
        trained = f"The model was trained with {listed(positive)} as positive" if positive else ""
        problem = f"predictions.csv has no labels: {error.file}, column {error.column!r}: {error.problem}"
        return _Labels(warnings=(join_sentences(problem, trained),))
    return _Labels(
        values=labels, kept=kept, positive=tuple(positive), notes=label_notes(texts, labels, positive)
    )


def _own_classes(texts: pd.Series[Any], loaded: Loaded) -> tuple[str, ...]:
    """Return the model's positive class, where the labels are written as its classes are, and not as 0 and 1."""
    model = loaded.model
    if model.positive_class is None or not set(texts.dropna()) <= set(model.classes):
        return ()
    return (
        ()
        if {name.casefold() for name in model.classes} in ({"0", "1"}, {"false", "true"})
        else (model.positive_class,)
    )


def _tell_strange(scorer: OwnScorer, warnings: dict[str, None], *, strict: bool) -> None:
    """Warn of columns that have little in common with the training rows; refuse them where that was asked for."""
    from fairaudit.model.pipeline import numeric_columns

    reach, model = scorer.reach, Path(scorer.file)
    strange = reach.strange()
    if strange and strict:
        column, problem = next(iter(strange.items()))
        rest = list(strange)[1:]
        others = f"; {listed(rest)} {'is' if len(rest) == 1 else 'are'} strange, too" if rest else ""
        raise ColumnError(
            scorer.rows.source.name,
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
