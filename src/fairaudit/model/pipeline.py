"""Build, fit and run the scikit-learn pipeline that turns a table's columns into scores.

The pipeline consists of standard scikit-learn parts only, so that it can be stored and loaded again without
running code. This module does not know how rows are split, where a table came from or what becomes of the
scores.
"""

from __future__ import annotations

import contextlib
import math
import re
import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import Pipeline
from sklearn.utils._param_validation import InvalidParameterError

from fairaudit.errors import FROM_OTHERS, ColumnError, FileError, OptionError, one_line
from fairaudit.model.estimator import (
    KNOWN_ESTIMATORS,
    TAKES_SPARSE,
    Made,
    ModelSettings,
    known_params,
    make_estimator,
)
from fairaudit.model.frame import FrameColumns, Wants, frame_columns, tell_categories
from fairaudit.model.preparation import (
    ENCODE,
    NUMERIC,
    SCALE,
    TEXT,
    fit_transform,
    numeric_steps,
    text_steps,
    transform,
)
from fairaudit.model.values import (
    MISSING,
    Labels,
    Rows,
    Scores,
    as_numbers,
    as_text,
    is_numeric,
    require_columns,
)
from fairaudit.spelling import item, setting, with_value

FARTHEST = 1e30
"""Standard deviations from the mean of the training rows; what lies beyond cannot be scored."""

PREPARE, CLASSIFY = "prepare", "classify"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A fitted pipeline, what its fitting gave warning of, and the rows that it learnt from as they were prepared for the estimator."""

    pipeline: Pipeline
    warnings: tuple[str, ...]
    prepared: Any


def build_pipeline(
    frame: pd.DataFrame, *, features: Sequence[str], settings: ModelSettings, file: str = "the data"
) -> Pipeline:
    """Build an unfitted pipeline whose preprocessing fits the kinds of the columns.

    Numbers, booleans and dates are imputed with the median (beside an indicator, where training rows lack
    values) and scaled. Everything else is one-hot encoded: missing values are the level ``(missing)``, levels
    with fewer than `RARE` training rows are merged, and a level that training never saw counts as rare, or as
    none where no level is rare.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows from which the kinds of the columns are read; no value is learnt.
    features : Sequence[str]
        The columns to learn from.
    settings : ModelSettings
        Estimator and its parameters.
    file : str
        What messages call the table.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Steps ``prepare`` (a ColumnTransformer, or `FrameColumns` for an estimator that gets its columns as they stand) and ``classify``
        (the estimator). What a change here alters in a fitted pipeline has to be told to `fairaudit.model.soundness`, which checks what is
        loaded.

    Raises
    ------
    ColumnMissing
        A feature is not in the frame.
    OptionError
        There is no feature, or the estimator or one of its parameters does not exist.
    """
    if not features:
        raise OptionError(
            setting("drop"), "no column is left to learn from", hint="Keep at least one feature"
        )
    require_columns(frame, features, file=file)
    numeric = [name for name in features if is_numeric(frame[name])]
    text = [name for name in features if name not in set(numeric)]
    made = make_estimator(settings)
    if made.give is not Wants.PREPARED:
        return _of_frame(made, features, numeric, settings)
    transformers = []
    if numeric:
        transformers.append((NUMERIC, numeric_steps(), numeric))
    if text:
        transformers.append((TEXT, text_steps(), text))
    # Many levels stay sparse where the estimator can read that; a stranger's estimator may not.
    sparse = settings.estimator is None and settings.model in TAKES_SPARSE
    prepare = ColumnTransformer(transformers, sparse_threshold=0.3 if sparse else 0.0)
    return Pipeline([(PREPARE, prepare), (CLASSIFY, made.estimator)])


def _of_frame(
    made: Made, features: Sequence[str], numeric: Sequence[str], settings: ModelSettings
) -> Pipeline:
    """Build the pipeline of an estimator that gets its columns as they stand."""
    columns = frame_columns(
        features,
        numeric=numeric,
        categories=settings.categories,
        estimator=made.estimator,
        give=made.give,
    )
    texts = [name for name in features if name not in set(numeric)]
    made.estimator.set_params(**tell_categories(made.estimator, texts))
    return Pipeline([(PREPARE, columns), (CLASSIFY, made.estimator)])


def reads_frame(pipeline: Pipeline) -> bool:
    """Return whether the estimator of a pipeline gets its columns as they stand."""
    return isinstance(pipeline.named_steps[PREPARE], FrameColumns)


def fit_pipeline(
    pipeline: Pipeline, inputs: pd.DataFrame, target: Labels, *, settings: ModelSettings
) -> Fitted:
    """Fit a copy of the pipeline; its warnings come back as text.

    Parameters
    ----------
    pipeline : sklearn.pipeline.Pipeline
        What `build_pipeline` returned; it stays unfitted.
    inputs : pandas.DataFrame of shape (n, features)
        What `take_features` returned.
    target : numpy.ndarray of shape (n,)
        Labels, 1 is the positive outcome.
    settings : ModelSettings
        What the pipeline was built from; messages name its options.

    Raises
    ------
    OptionError
        The estimator refuses a parameter's value, or fails.
    """
    with warnings.catch_warnings(record=True) as caught, chatter_to_stderr():
        warnings.simplefilter("always")
        try:
            fitted = clone(pipeline)
            prepared = fit_transform(fitted.named_steps[PREPARE], inputs, target)
            fitted.named_steps[CLASSIFY].fit(prepared, target)
        except InvalidParameterError as error:
            raise OptionError(setting("param"), one_line(error)) from error
        except FROM_OTHERS as error:
            # Values that are wrong only in combination, and anything that a stranger's estimator may raise.
            # Without either, the failure is a bug of this project and keeps its traceback.
            if settings.estimator is not None:
                raise OptionError(
                    with_value("estimator", settings.estimator),
                    f"fitting it failed: {type(error).__name__}: {one_line(error)}",
                ) from error
            if settings.params and isinstance(error, (ValueError, TypeError)):
                raise OptionError(setting("param"), one_line(error)) from error
            raise
    return Fitted(pipeline=fitted, warnings=_say_warnings(caught, pipeline[-1]), prepared=prepared)


def take_features(
    pipeline: Pipeline,
    frame: pd.DataFrame,
    *,
    file: str = "the data",
    row_numbers: Rows | None = None,
    fitted: bool = False,
) -> pd.DataFrame:
    """Bring the pipeline's columns into the form that it reads: float64, or text with NaN for missing.

    Dates become days since 1970-01-01, booleans 0 and 1. In a text column 2, 2.0 and "2" are the same level,
    whatever type the reader of this particular file gave to the column.

    Parameters
    ----------
    pipeline : sklearn.pipeline.Pipeline
        Fitted or not.
    frame : pandas.DataFrame of shape (n, columns)
        The rows; columns that are no features are ignored.
    file : str
        What messages call the table.
    row_numbers : numpy.ndarray of shape (n,), or None
        Numbers of the rows in their file, for messages; left out, they are counted from 1.
    fitted : bool
        Whether the columns are chosen already, so that no message advises to leave one out.

    Returns
    -------
    pandas.DataFrame of shape (n, features)
        A new frame with a plain row index; columns in the pipeline's order.

    Raises
    ------
    ColumnMissing
        A feature is not in the frame.
    ColumnError
        A numeric feature holds text, or numbers that are infinite or too large.
    """
    kinds = _column_kinds(pipeline)
    require_columns(frame, list(kinds), file=file)
    return pd.DataFrame(
        {
            name: as_numbers(frame[name], file=file, row_numbers=row_numbers, fitted=fitted)
            if kind == NUMERIC
            # Said, as pandas 3 would give texts a type of their own.
            else pd.Series(as_text(frame[name]), dtype=object)
            for name, kind in kinds.items()
        }
    )


def score_inputs(
    pipeline: Pipeline,
    inputs: pd.DataFrame,
    *,
    file: str = "the data",
    row_numbers: Rows | None = None,
    model: str | None = None,
    prepared: Any = None,
) -> Scores:
    """Score rows that `take_features` prepared: P(label = 1), each in [0, 1].

    Parameters
    ----------
    pipeline : sklearn.pipeline.Pipeline
        A fitted pipeline.
    inputs : pandas.DataFrame of shape (n, features)
        What `take_features` returned.
    file : str
        What messages call the table.
    row_numbers : numpy.ndarray of shape (n,), or None
        Numbers of the rows in their file, for messages; left out, they are counted from 1.
    model : str or None
        What messages call the file from which the pipeline was loaded; ``None`` where it was fitted just now.
    prepared : array or pandas.DataFrame of shape (n, inputs of the estimator), or None
        The rows as they were prepared for the estimator, if that is known.

    Raises
    ------
    ColumnError
        A number lies so far from those that the pipeline was fitted on that it cannot be scaled.
    OptionError
        The estimator's ``predict_proba`` returns anything but two columns of probabilities.
    FileError
        The same of a pipeline that was loaded, or it fails.
    """
    if inputs.empty:
        return np.empty(0, dtype=np.float64)
    _refuse_far(pipeline, inputs, file=file, row_numbers=row_numbers)
    name = type(pipeline[-1]).__name__
    try:
        with warnings.catch_warnings(), chatter_to_stderr():
            # Whatever deserves a word was said when the pipeline was fitted.
            warnings.simplefilter("ignore")
            if prepared is None:
                prepared = transform(pipeline[0], inputs)
            predicted = pipeline[-1].predict_proba(prepared)
            probabilities = np.asarray(predicted, dtype=np.float64)
            place = list(pipeline.classes_).index(1)
    except FROM_OTHERS as error:
        # A stranger's estimator may raise anything. Without one, the failure is a bug of this project.
        if model is None and type(pipeline[-1]) in KNOWN_ESTIMATORS:
            raise
        raise _no_scores(name, model, f"failed: {type(error).__name__}: {one_line(error)}") from error
    if probabilities.shape != (len(inputs), 2):
        raise _no_scores(
            name,
            model,
            f"has to return two columns of probabilities in [0, 1] for {len(inputs):,} rows; "
            f"it returned something of shape {probabilities.shape}",
        )
    scores: Scores = probabilities[:, place].copy()
    wrong = np.flatnonzero(~((scores >= 0) & (scores <= 1)))
    if len(wrong):
        row = wrong[0] + 1 if row_numbers is None else row_numbers[wrong[0]]
        raise _no_scores(
            name,
            model,
            f"has to return two columns of probabilities in [0, 1]; {len(wrong):,} of {len(inputs):,} rows have none (row {row:,}: {scores[wrong[0]]})",
        )
    return scores


def chatter_to_stderr() -> contextlib.AbstractContextManager[Any]:
    """Keep what an estimator prints (``--param verbose=2``) out of the report on stdout."""
    return contextlib.redirect_stdout(sys.stderr)


def _no_scores(estimator: str, model: str | None, problem: str) -> OptionError | FileError:
    if model is None:
        built_in = any(estimator == known.__name__ for known in KNOWN_ESTIMATORS)
        return OptionError(
            setting("model") if built_in else with_value("estimator", estimator), f"predict_proba {problem}"
        )
    return FileError(model, f"predict_proba of its {estimator} {problem}", hint="Train the model anew")


def _refuse_far(pipeline: Pipeline, inputs: pd.DataFrame, *, file: str, row_numbers: Rows | None) -> None:
    """Refuse numbers that cannot be scaled: estimators take fright at infinity, and forests at what 32 bits do not hold."""
    columns = numeric_columns(pipeline)
    if not columns or reads_frame(pipeline):
        return
    scaler = pipeline.named_steps[PREPARE].named_transformers_[NUMERIC].named_steps[SCALE]
    for column, mean, scale in zip(columns, scaler.mean_, scaler.scale_, strict=False):
        values = inputs[column].to_numpy()
        far = np.abs(values - mean) / FARTHEST > scale
        if far.any():
            first = int(np.argmax(far))
            row = first + 1 if row_numbers is None else int(row_numbers[first])
            raise ColumnError(
                file,
                column,
                f"{int(far.sum()):,} of {len(values):,} values cannot be scored, as they lie more than {FARTHEST:g} standard "
                f"deviations from the mean of the training rows, {mean:g} (row {row:,}: {values[first]:g})",
                hint="Empty those cells, if the numbers stand for missing values",
            )


def predict(pipeline: Pipeline, frame: pd.DataFrame, *, file: str = "the data") -> Scores:
    """Score the rows of a table.

    Parameters
    ----------
    pipeline : sklearn.pipeline.Pipeline
        A fitted pipeline.
    frame : pandas.DataFrame of shape (n, columns)
        Rows that hold every feature.
    file : str
        What messages call the table.

    Returns
    -------
    numpy.ndarray of shape (n,)
        P(label = 1), each in [0, 1]. A row's score depends on that row alone, so batches may have any size.

    Raises
    ------
    ColumnMissing
        A feature is not in the frame.
    ColumnError
        A numeric feature holds text or infinite values.
    """
    return score_inputs(pipeline, take_features(pipeline, frame, file=file, fitted=True), file=file)


def unknown_categories(
    pipeline: Pipeline, frame: pd.DataFrame, *, file: str = "the data"
) -> dict[str, dict[str, int]]:
    """Count the rows whose level training never saw, per text column.

    Returns
    -------
    dict[str, dict[str, int]]
        Column, level, number of rows; the most frequent level first. Columns without any are left out.
    """
    return count_unknown(pipeline, take_features(pipeline, frame, file=file, fitted=True))


def count_unknown(pipeline: Pipeline, inputs: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Count unknown levels as `unknown_categories` does, in rows that `take_features` prepared."""
    unknown: dict[str, dict[str, int]] = {}
    for column, known, _ in encoded_levels(pipeline):
        # Counting takes ten times as long as telling that there is nothing to count.
        if known.issuperset(MISSING if pd.isna(level) else level for level in pd.unique(inputs[column])):
            continue
        counts = inputs[column].fillna(MISSING).value_counts()
        new = {str(level): int(n) for level, n in counts.items() if level not in known}
        if new:
            unknown[column] = dict(sorted(new.items(), key=lambda item: (-item[1], item[0])))
    return unknown


def rare_levels(pipeline: Pipeline) -> dict[str, tuple[str, ...]]:
    """Name the levels that a fitted pipeline merged because they are rare, per text column; sorted."""
    return {column: rare for column, _, rare in encoded_levels(pipeline) if rare}


def feature_names_in(pipeline: Pipeline) -> tuple[str, ...]:
    """Name the columns that the pipeline reads."""
    return tuple(_column_kinds(pipeline))


def numeric_columns(pipeline: Pipeline) -> tuple[str, ...]:
    """Name the columns that the pipeline reads as numbers."""
    return tuple(column for column, kind in _column_kinds(pipeline).items() if kind == NUMERIC)


def feature_names_out(pipeline: Pipeline) -> tuple[str, ...]:
    """Name the inputs of the fitted estimator, e.g. ``age``, ``missingindicator_age``, ``race_Other``."""
    if reads_frame(pipeline):
        return feature_names_in(pipeline)
    return tuple(
        str(name).split("__", 1)[1] for name in pipeline.named_steps[PREPARE].get_feature_names_out()
    )


def estimator_name(pipeline: Pipeline) -> str:
    """Name the estimator by its public path, e.g. ``sklearn.linear_model.LogisticRegression``."""
    estimator = pipeline.named_steps[CLASSIFY]
    while isinstance(estimator, Pipeline):
        estimator = estimator.steps[-1][1]
    kind = type(estimator)
    parts = kind.__module__.split(".")
    private = next(
        (i for i, part in enumerate(parts) if part.startswith("_") and not part.startswith("__")), None
    )
    return ".".join([*parts[:private], kind.__qualname__])


def estimator_params(pipeline: Pipeline) -> dict[str, Any]:
    """List all parameters of the estimator, nested ones too, in a form that JSON can hold.

    What JSON has no form for is given by its ``repr``, without memory addresses, so that equal models read
    equal.
    """
    params = pipeline.named_steps[CLASSIFY].get_params(deep=True)
    return {name: _as_json(params[name]) for name in sorted(params)}


def _column_kinds(pipeline: Pipeline) -> dict[str, str]:
    """Map each column that the pipeline reads to NUMERIC or TEXT."""
    prepare = pipeline.named_steps[PREPARE]
    if isinstance(prepare, FrameColumns):
        return {name: NUMERIC if name in set(prepare.numeric) else TEXT for name in prepare.columns}
    return {
        str(column): kind
        for kind, _, columns in prepare.transformers
        if kind in {NUMERIC, TEXT}
        for column in columns
    }


def encoded_levels(pipeline: Pipeline) -> Iterator[tuple[str, frozenset[str], tuple[str, ...]]]:
    """Yield every text column of a fitted pipeline with its known and its rare levels."""
    columns = [column for column, kind in _column_kinds(pipeline).items() if kind == TEXT]
    if not columns:
        return
    prepare = pipeline.named_steps[PREPARE]
    if isinstance(prepare, FrameColumns):
        for column in columns:
            levels = prepare.known_levels(column)
            if levels is not None:
                yield column, levels, ()
        return
    encoder = prepare.named_transformers_[TEXT].named_steps[ENCODE]
    for column, known, rare in zip(columns, encoder.categories_, encoder.infrequent_categories_, strict=True):
        yield column, frozenset(known), () if rare is None else tuple(sorted(str(level) for level in rare))


def _say_warnings(caught: Sequence[warnings.WarningMessage], estimator: Any) -> tuple[str, ...]:
    # Within a pipeline of one's own the parameter has the name of its step.
    longer = [name for name in known_params(estimator) if name.rpartition("__")[2] == "max_iter"]
    raised = " or ".join(item("param", name) for name in longer or ["max_iter"])
    sentences: dict[str, None] = {}
    for warning in caught:
        text = one_line(warning.message)
        if issubclass(warning.category, ConvergenceWarning):
            first = text.split(":")[0].split(".")[0]
            text = f"the model did not converge ({first}): its scores may suffer; raise {raised}"
        sentences[text] = None
    return tuple(sentences)


def _as_json(value: object) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    match value:
        case None | bool() | int() | str():
            return value
        case float() if math.isfinite(value):
            return value
        case list() | tuple():
            return [_as_json(item) for item in value]
        case dict():
            return {str(key): _as_json(item) for key, item in value.items()}
        case _:
            return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))
