"""A stored model and new rows into predictions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
from fairaudit.read.rows import Input, Progress, Rows

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from fairaudit.model.reach import Reach
    from fairaudit.model.store import Purpose
from fairaudit.settings.training import refuse_threshold
from fairaudit.workflow.predictions import predictions, write_csv
from fairaudit.workflow.prepare import PREDICTIONS, all_rows, label_notes, training_envelope

_WRITTEN_AS = "Is it written as it was in training?"


def predict(
    model: Path,
    opened: Input,
    out: Path,
    stamp: Stamp,
    *,
    trust: Sequence[str] = (),
    threshold: float | None = None,
    strict: bool = False,
    na_values: Sequence[str] | None = None,
    on_progress: Progress | None = None,
) -> PredictDocument:
    """Score new rows in batches; write ``predictions.csv``, with labels where the data has the target and all of it.

    Parameters
    ----------
    trust
        Names of types that the model file may hold besides the known ones.
    threshold
        Instead of the one that the model was trained with.
    na_values
        Marks of missing values, instead of those of the training.
    strict
        Whether a column that has little in common with the training rows is an error, and not only told.

    Raises
    ------
    FileError
        If the model is none that can be loaded, or its scores are no probabilities.
    ColumnMissing
        If a feature is not there.
    ColumnError
        If a feature's values cannot be read or scored; with `strict`, if they have little in common with the training rows.
    """
    from fairaudit.model import pipeline as fitted
    from fairaudit.model import reach, store
    from fairaudit.read.frames import batches, number_notes

    if threshold is not None:
        refuse_threshold(threshold)
    stored = store.load_model(model, trust=trust)
    purpose = store.purpose_of(stored, file=str(model))
    cut = purpose.threshold if threshold is None else threshold
    features = fitted.feature_names_in(stored.pipeline)
    for feature in features:
        opened.require(feature, hint=f"{model.name} was trained with it")
    opened = opened.calling([*features, purpose.target])
    usual = purpose.na_values if na_values is None else na_values
    rows = opened.load(
        features,
        also=opened.columns,
        na_values=usual,
        commas=purpose.decimal_commas,
        on_progress=on_progress,
    )
    numeric = fitted.numeric_columns(stored.pipeline)
    notes = [*rows.notes, *number_notes(rows, numeric, nothing=purpose.read_as_missing)]
    selected = 0
    seen = reach.Reach(pipeline=stored.pipeline, ranges=purpose.ranges)
    warnings: dict[str, None] = dict.fromkeys(stored.warnings)
    labels, label_notes = _labels(rows, purpose, warnings)
    notes += label_notes

    def scored() -> Iterable[pd.DataFrame]:
        nonlocal selected, seen
        done = 0
        for frames in batches(rows, numeric=numeric):
            inputs = fitted.take_features(
                stored.pipeline,
                frames.typed,
                file=opened.name,
                row_numbers=frames.row_numbers,
                fitted=True,
            )
            scores = fitted.score_inputs(
                stored.pipeline, inputs, file=opened.name, row_numbers=frames.row_numbers, model=str(model)
            )
            seen = seen.with_rows(inputs)
            written = predictions(
                frames,
                scores,
                target=None if labels is None else labels[done : done + len(frames.text)],
                target_name=None if labels is None else purpose.target,
                index=all_rows(len(frames.text)),
                threshold=cut,
            )
            done += len(frames.text)
            selected += int(written.frame["decision"].sum())
            warnings.update(dict.fromkeys(written.warnings))
            if on_progress:
                on_progress(done / rows.rows)
            yield written.frame
        _tell_strange(seen, opened.name, model, warnings, strict=strict)

    predictions_sha256 = write_csv(out / PREDICTIONS, scored())
    return PredictDocument(
        **training_envelope(rows, rows.rows, {}, stamp, distinct(notes)),
        settings=documents.PredictSettings(
            model_sha256=stored.sha256,
            threshold=cut,
            target=purpose.target,
            strict=strict,
            na_values=None if usual is None else list(usual),
        ),
        selected=selected,
        unknown_categories={column: dict(values) for column, values in seen.unknown.items()},
        predictions_sha256=predictions_sha256,
        warnings=list(warnings),
    )


def _labels(
    rows: Rows, purpose: Purpose, warnings: dict[str, None]
) -> tuple[NDArray[np.int8] | None, tuple[Note, ...]]:
    """Read the labels of new rows, if every row has a usable one; new data need none."""
    if purpose.target not in rows.loaded:
        return None, ()
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
        warnings[
            join_sentences(
                f"predictions.csv has no labels: {error.file}, column {error.column!r}: {error.problem}",
                trained,
            )
        ] = None
        return None, ()
    return labels, label_notes(texts, labels, purpose.positive)


def _tell_strange(seen: Reach, file: str, model: Path, warnings: dict[str, None], *, strict: bool) -> None:
    """Warn of columns that have little in common with the training rows; refuse them where that was asked for."""
    from fairaudit.model.pipeline import numeric_columns

    strange = seen.strange()
    if strange and strict:
        column, problem = next(iter(strange.items()))
        rest = list(strange)[1:]
        others = f"; {listed(rest)} {'is' if len(rest) == 1 else 'are'} strange, too" if rest else ""
        raise ColumnError(
            file,
            column,
            f"{problem}{others}",
            hint=f"{_WRITTEN_AS} Without --strict such rows are scored all the same",
        )
    warnings.update(
        {f"column {clipped(column)!r}: {problem}. {_WRITTEN_AS}": None for column, problem in strange.items()}
    )
    if seen.ranges is None and (numeric := numeric_columns(seen.pipeline)):
        problem = f"does not say from where to where its training rows ran, so that {listed(numeric)} cannot be compared with them"
        if strict:
            raise FileError(str(model), problem, hint="Train it anew, or leave --strict out")
        warnings[f"{model.name} {problem}"] = None
