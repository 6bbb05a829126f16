"""Build, fit and run the scikit-learn pipeline that turns a table's columns into scores.

The pipeline consists of standard scikit-learn parts only, so that it can be stored and loaded again without
running code. This module does not know how rows are split, where a table came from or what becomes of the
scores.
"""

from __future__ import annotations

import contextlib
import importlib
import math
import re
import shlex
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils._param_validation import InvalidParameterError

from fairaudit.errors import ColumnError, ColumnMissing, FileError, OptionError, did_you_mean, listed
from fairaudit.read.values import is_number

MISSING = "(missing)"
"""The level that stands for a missing value in a text column."""

RARE = 5
"""A level that fewer training rows than this hold is merged with the other rare ones."""

LEVELS = 100
"""At most this many levels of a text column get an input of their own; the least frequent are merged."""

LARGEST = 1e100
"""Numbers of a greater size cannot be learnt from: their squares, summed, leave what a float holds."""

FARTHEST = 1e30
"""Standard deviations from the mean of the training rows; what lies beyond cannot be scored."""

LEAK_AUC = 0.95
"""A single column whose held-out ROC AUC reaches this is reported as a possible leak of the label."""

LEAK_SAMPLE = 20_000
"""Rows looked at in the search for leaks: enough to tell 0.95 from a merely good column, and cheap."""

LEAK_FOLDS = 3
LEAK_CLASS_ROWS = 10
LEAK_BINS = 64
LEAK_FEWEST_BINS = 8

IDENTIFIER_SHARE = 0.9
"""A text column with at least this share of distinct values has no level to learn from."""

IDENTIFIER_VALUES = 20
"""Fewer distinct values than this are no evidence of an identifier."""

IDENTIFIER_WORDS = frozenset(
    {"id", "ids", "guid", "identifier", "index", "pk", "rowid", "rownum", "unnamed", "uuid"}
)

PREPARE, CLASSIFY = "prepare", "classify"
NUMERIC, TEXT = "numeric", "text"
IMPUTE, SCALE, ENCODE = "impute", "scale", "encode"

Scores = NDArray[np.float64]
Labels = NDArray[np.int8]
Rows = NDArray[np.int64]


class ModelKind(StrEnum):
    """The estimators that can be asked for by name."""

    LOGISTIC = "logistic"
    RANDOM_FOREST = "random-forest"
    HIST_GRADIENT_BOOSTING = "hist-gradient-boosting"


ESTIMATORS: dict[ModelKind, Callable[[], Any]] = {
    # 100 iterations, scikit-learn's default, are often too few for scaled columns beside one-hot ones.
    ModelKind.LOGISTIC: lambda: LogisticRegression(max_iter=1000),
    ModelKind.RANDOM_FOREST: RandomForestClassifier,
    ModelKind.HIST_GRADIENT_BOOSTING: HistGradientBoostingClassifier,
}

KNOWN_ESTIMATORS = (LogisticRegression, RandomForestClassifier, HistGradientBoostingClassifier)

TAKES_SPARSE = frozenset({ModelKind.LOGISTIC, ModelKind.RANDOM_FOREST})


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """Which estimator is fitted, and how.

    Attributes
    ----------
    model : ModelKind
        The estimator, unless `estimator` names another.
    params : Mapping[str, str]
        Parameters of the estimator as they were typed: ``{"C": "0.1"}``.
    estimator : str or None
        ``"package.module:factory"``; the factory is called without arguments and returns a scikit-learn
        classifier.
    class_weight : str or None
        ``"balanced"`` weighs both classes equally.
    seed : int
        Fixes every random choice: the split, the folds and the estimator's own.
    """

    model: ModelKind = ModelKind.LOGISTIC
    params: Mapping[str, str] = field(default_factory=dict)
    estimator: str | None = None
    class_weight: str | None = None
    seed: int = 0


class Concern(StrEnum):
    """Why a feature is reported."""

    EMPTY = "empty"
    IDENTIFIER = "identifier"
    LEAK = "leak"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureWarning:
    """A feature that deserves a second look.

    Attributes
    ----------
    column : str
        Name of the column.
    concern : Concern
        What is the matter with it.
    figure : float
        The number that the concern rests on, in [0, 1]: the share of distinct values among the rows that hold
        one (identifier), the held-out ROC AUC of the column alone (leak), the share of missing values
        (empty).
    left_out : bool
        Whether the column was left out of the features. A leak never is: only a person knows what is known at
        decision time.
    """

    column: str
    concern: Concern
    figure: float
    left_out: bool

    @property
    def sentence(self) -> str:
        """The warning in words, with what to do about it."""
        drop = f"--drop {shlex.quote(self.column)}"
        match self.concern:
            case Concern.EMPTY:
                return f"column {self.column!r} holds no value at all: left out of the features."
            case Concern.IDENTIFIER if self.left_out:
                return (
                    f"column {self.column!r} looks like an identifier "
                    f"({self.figure:.0%} of its values are distinct): "
                    f"left out of the features, as {drop} would."
                )
            case Concern.IDENTIFIER:
                return (
                    f"column {self.column!r} looks like an identifier "
                    f"({self.figure:.0%} of its values are distinct), "
                    f"and is kept as a feature. {drop} leaves it out."
                )
            case Concern.LEAK:
                return (
                    f"column {self.column!r} alone predicts the label almost perfectly "
                    f"(held-out ROC AUC {self.figure:.3f}): it may be a consequence of the label. "
                    f"If it is not known at decision time, {drop} leaves it out."
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A fitted pipeline, and what its fitting gave warning of."""

    pipeline: Pipeline
    warnings: tuple[str, ...]


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
        Steps ``prepare`` (a ColumnTransformer) and ``classify`` (the estimator). What a change here alters in a fitted
        pipeline has to be told to `fairaudit.model.soundness`, which checks what is loaded.

    Raises
    ------
    ColumnMissing
        A feature is not in the frame.
    OptionError
        There is no feature, or the estimator or one of its parameters does not exist.
    """
    if not features:
        raise OptionError("--drop", "no column is left to learn from", hint="Keep at least one feature")
    require_columns(frame, features, file=file)
    numeric = [name for name in features if _is_numeric(frame[name])]
    text = [name for name in features if name not in set(numeric)]
    transformers = []
    if numeric:
        transformers.append((NUMERIC, numeric_steps(), numeric))
    if text:
        transformers.append((TEXT, text_steps(), text))
    # Many levels stay sparse where the estimator can read that; a stranger's estimator may not.
    sparse = settings.estimator is None and settings.model in TAKES_SPARSE
    prepare = ColumnTransformer(transformers, sparse_threshold=0.3 if sparse else 0.0)
    return Pipeline([(PREPARE, prepare), (CLASSIFY, build_estimator(settings))])


def numeric_steps() -> Pipeline:
    """Make what prepares columns of numbers."""
    impute = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    return Pipeline([(IMPUTE, impute), (SCALE, StandardScaler())])


def text_steps() -> Pipeline:
    """Make what prepares columns of text."""
    fill = SimpleImputer(strategy="constant", fill_value=MISSING, keep_empty_features=True)
    encode = OneHotEncoder(
        handle_unknown="infrequent_if_exist",
        min_frequency=RARE,
        max_categories=LEVELS,
        sparse_output=True,
    )
    return Pipeline([(IMPUTE, fill), (ENCODE, encode)])


def build_estimator(settings: ModelSettings) -> Any:
    """Make the unfitted classifier that the settings describe, with its parameters, class weight and seed.

    Raises
    ------
    OptionError
        The estimator cannot be made, or has no such parameter.
    """
    estimator = (
        ESTIMATORS[settings.model]() if settings.estimator is None else _call_factory(settings.estimator)
    )
    known = estimator.get_params(deep=True)
    name = type(estimator).__name__
    chosen: dict[str, Any] = {}
    for param, text in settings.params.items():
        option = f"--param {param}={text}"
        if param not in known:
            raise OptionError(
                option,
                f"{name} has no parameter {param!r}",
                hint=did_you_mean(param, known) or f"Its parameters are {listed(sorted(known))}",
            )
        if param == "random_state" or param.endswith("__random_state"):
            raise OptionError(option, "random choices follow --seed", hint=f"Say --seed {text}")
        chosen[param] = parse_param(text)
    if settings.class_weight is not None:
        if "class_weight" not in known:
            raise OptionError("--class-weight", f"{name} takes no class weights")
        if "class_weight" in chosen:
            raise OptionError(
                "--class-weight", "--param class_weight is given as well", hint="Keep one of them"
            )
        chosen["class_weight"] = settings.class_weight
    for param, value in known.items():
        if (param == "random_state" or param.endswith("__random_state")) and value is None:
            chosen[param] = settings.seed
    try:
        return estimator.set_params(**chosen)
    except (ValueError, TypeError, AttributeError) as error:
        raise OptionError("--param", _one_line(error)) from error


def parse_param(text: str) -> bool | int | float | str | None:
    """Read a parameter as it was typed: a number, true, false, none, or text.

    >>> [parse_param(text) for text in ("3", "0.1", "1e-3", "True", "none", "lbfgs")]
    [3, 0.1, 0.001, True, None, 'lbfgs']
    """
    word = text.strip()
    fixed: dict[str, bool | None] = {"true": True, "false": False, "none": None, "null": None}
    if word.casefold() in fixed:
        return fixed[word.casefold()]
    for number in (int, float):
        try:
            return number(word)
        except ValueError:
            continue
    return word


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
    fitted = clone(pipeline)
    with warnings.catch_warnings(record=True) as caught, _chatter_to_stderr():
        warnings.simplefilter("always")
        try:
            fitted.fit(inputs, target)
        except InvalidParameterError as error:
            raise OptionError("--param", _one_line(error)) from error
        except Exception as error:
            # Values that are wrong only in combination, and anything that a stranger's estimator may raise.
            # Without either, the failure is a bug of this project and keeps its traceback.
            if settings.estimator is not None:
                raise OptionError(
                    f"--estimator {settings.estimator}",
                    f"fitting it failed: {type(error).__name__}: {_one_line(error)}",
                ) from error
            if settings.params and isinstance(error, (ValueError, TypeError)):
                raise OptionError("--param", _one_line(error)) from error
            raise
    return Fitted(pipeline=fitted, warnings=_say_warnings(caught))


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
            name: _as_numbers(frame[name], file=file, row_numbers=row_numbers, fitted=fitted)
            if kind == NUMERIC
            else as_text(frame[name])
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
        with warnings.catch_warnings(), _chatter_to_stderr():
            # Whatever deserves a word was said when the pipeline was fitted.
            warnings.simplefilter("ignore")
            found = pipeline.predict_proba(inputs)
            probabilities = np.asarray(found, dtype=np.float64)
            place = list(pipeline.classes_).index(1)
    except Exception as error:
        # A stranger's estimator may raise anything. Without one, the failure is a bug of this project.
        if model is None and type(pipeline[-1]) in KNOWN_ESTIMATORS:
            raise
        raise _no_scores(name, model, f"failed: {type(error).__name__}: {_one_line(error)}") from error
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


def _chatter_to_stderr() -> contextlib.AbstractContextManager[Any]:
    """Keep what an estimator prints (``--param verbose=2``) out of the report on stdout."""
    return contextlib.redirect_stdout(sys.stderr)


def _no_scores(estimator: str, model: str | None, problem: str) -> OptionError | FileError:
    if model is None:
        built_in = any(estimator == known.__name__ for known in KNOWN_ESTIMATORS)
        return OptionError("--model" if built_in else f"--estimator {estimator}", f"predict_proba {problem}")
    return FileError(model, f"predict_proba of its {estimator} {problem}", hint="Train the model anew")


def _refuse_far(pipeline: Pipeline, inputs: pd.DataFrame, *, file: str, row_numbers: Rows | None) -> None:
    """Refuse numbers that cannot be scaled: estimators take fright at infinity, and forests at what 32 bits do not hold."""
    columns = numeric_columns(pipeline)
    if not columns:
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
    return tuple(
        str(name).split("__", 1)[1] for name in pipeline.named_steps[PREPARE].get_feature_names_out()
    )


def estimator_name(pipeline: Pipeline) -> str:
    """Name the estimator by its public path, e.g. ``sklearn.linear_model.LogisticRegression``."""
    kind = type(pipeline.named_steps[CLASSIFY])
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


def check_features(
    frame: pd.DataFrame,
    target: Labels,
    features: Sequence[str],
    *,
    file: str = "the data",
    row_numbers: Rows | None = None,
) -> tuple[FeatureWarning, ...]:
    """Look for features that look like identifiers, leak the label or are empty.

    Identifier: a text column in which at least 90% of the values are distinct; or a column of whole numbers,
    all distinct, that is called like one (``id``, ``case_id``, ``EntityID``) or numbers the rows without a
    gap. Those are to be left out. Whole numbers called like an identifier of which more than half are
    distinct are reported, and kept. Fewer than 20 distinct values are never an identifier.

    Leak: the column alone separates the classes with a ROC AUC of at least 0.95 on rows that it was not
    measured on: three folds, each row scored with the mean label that its value (or one of up to 64 quantile bins;
    missing is a value) has in the other two folds, the AUC averaged over the folds. A value that settles the
    label one way only, as ``persons = 2`` does in a table of cars, is no leak: the rest of the column must be
    telling too. Looked for in at most 20,000 rows (drawn with a fixed seed) and only where each class has 10
    of them. The search sees the rows of both sides of a split, because it changes nothing in the model.

    Parameters
    ----------
    frame : pandas.DataFrame of shape (n, columns)
        All the rows.
    target : numpy.ndarray of shape (n,)
        Labels, 0 or 1.
    features : Sequence[str]
        Columns to look at.
    file : str
        What messages call the table.
    row_numbers : numpy.ndarray of shape (n,), or None
        Numbers of the rows in their file, for messages; left out, they are counted from 1.

    Returns
    -------
    tuple[FeatureWarning, ...]
        In the order of the features; at most one per feature.

    Raises
    ------
    ColumnMissing
        A feature is not in the frame.
    ColumnError
        A numeric feature holds values that are infinite or too large.
    """
    require_columns(frame, features, file=file)
    found: list[FeatureWarning] = []
    rows = _leak_rows(target)
    numbers = rows + 1 if row_numbers is None else row_numbers[rows]
    folds = _leak_folds(target[rows])
    for name in features:
        warning = _check_identifier(frame[name], name)
        if warning is None and folds is not None:
            codes = _as_codes(frame[name].iloc[rows], file=file, row_numbers=numbers)
            auc = _held_out_auc(codes, target[rows], folds)
            if auc >= LEAK_AUC:
                warning = FeatureWarning(column=name, concern=Concern.LEAK, figure=auc, left_out=False)
        if warning is not None:
            found.append(warning)
    return tuple(found)


def kept_features(features: Sequence[str], found: Sequence[FeatureWarning]) -> tuple[str, ...]:
    """Return the features without those that `check_features` says are left out."""
    left_out = {warning.column for warning in found if warning.left_out}
    return tuple(name for name in features if name not in left_out)


def require_columns(frame: pd.DataFrame, columns: Sequence[str], *, file: str) -> None:
    """Raise ColumnMissing for the first column that the frame lacks."""
    for column in columns:
        if column not in frame.columns:
            raise ColumnMissing(file, column, [str(name) for name in frame.columns])


def as_text(series: pd.Series[Any]) -> NDArray[np.object_]:
    """Write a column's values as text: whole numbers without a point, true and false, NaN for missing.

    >>> list(as_text(pd.Series([2.0, 0.5, None])))
    ['2', '0.5', nan]
    """
    codes, values = pd.factorize(series.astype(object), use_na_sentinel=True)
    # factorize holds True, 1 and 1.0 for the same value; only columns of one kind of value come here, or
    # text.
    texts = np.array([value_text(value) for value in values] + [np.nan], dtype=object)
    return texts[codes]


def value_text(value: object) -> str:
    """Write one value as `as_text` does.

    >>> [value_text(value) for value in (1, 1.0, 0.5, True, "a")]
    ['1', '1', '0.5', 'true', 'a']
    """
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value)).lower()
    if isinstance(value, (float, np.floating)):
        number = float(value)
        return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)
    return str(value)


@contextlib.contextmanager
def modules_from_here() -> Iterator[None]:
    """Let modules of the working directory be imported too, after all others, while the context lasts."""
    here = str(Path.cwd())
    if here in sys.path or "" in sys.path:
        yield
        return
    sys.path.append(here)
    try:
        yield
    finally:
        sys.path.remove(here)


def _call_factory(path: str) -> Any:
    option = f"--estimator {path}"
    module_name, colon, factory_name = path.partition(":")
    if not (colon and module_name and factory_name):
        raise OptionError(option, "no module and factory", hint="Write package.module:factory")
    with modules_from_here():
        try:
            module = importlib.import_module(module_name)
        except ModuleNotFoundError as error:
            problem = f"there is no module {error.name!r}"
            hint = "It is looked for in the working directory and among the installed packages"
            raise OptionError(option, problem, hint=hint) from error
        except Exception as error:  # importing runs the user's code, which may raise anything
            raise OptionError(
                option, f"importing {module_name!r} failed: {type(error).__name__}: {_one_line(error)}"
            ) from error
        factory = getattr(module, factory_name, None)
        if not callable(factory):
            names = [
                name for name in dir(module) if not name.startswith("_") and callable(getattr(module, name))
            ]
            raise OptionError(
                option,
                f"module {module_name!r} has no function or class {factory_name!r}",
                hint=did_you_mean(factory_name, names) or f"It has {listed(names)}",
            )
        try:
            estimator = factory()
        except Exception as error:  # as above
            raise OptionError(
                option, f"calling {factory_name}() failed: {type(error).__name__}: {_one_line(error)}"
            ) from error
    return _check_estimator(estimator, option=option)


def _check_estimator(estimator: Any, *, option: str) -> Any:
    name = type(estimator).__name__
    for method in ("fit", "get_params", "set_params"):
        if isinstance(estimator, type) or not hasattr(estimator, method):
            hint = "The factory returns an unfitted scikit-learn classifier, derived from BaseEstimator"
            raise OptionError(
                option, f"{name} is no scikit-learn estimator: it has no method {method}", hint=hint
            )
    if not hasattr(estimator, "predict_proba"):
        hint = ""
        if hasattr(estimator, "decision_function"):
            hint = "sklearn.calibration.CalibratedClassifierCV makes probabilities of its decision_function"
        raise OptionError(option, f"{name} has no predict_proba, which is required", hint=hint)
    return estimator


def _is_numeric(series: pd.Series[Any]) -> bool:
    kinds = pd.api.types
    if isinstance(series.dtype, pd.CategoricalDtype):
        return False
    if series.dtype == object:
        inferred = kinds.infer_dtype(series, skipna=True)
        return inferred in {"boolean", "integer", "floating", "mixed-integer-float", "decimal"}
    return bool(
        kinds.is_numeric_dtype(series.dtype)
        or kinds.is_datetime64_any_dtype(series.dtype)
        or kinds.is_timedelta64_dtype(series.dtype)
    )


def _as_numbers(
    series: pd.Series[Any], *, file: str, row_numbers: Rows | None = None, fitted: bool = False
) -> Scores:
    name = str(series.name)
    if isinstance(series.dtype, pd.CategoricalDtype):
        series = series.astype(object)
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        moments = pd.to_datetime(series, utc=True)
        values = _as_days(moments - pd.Timestamp(0, tz="UTC"))
    elif pd.api.types.is_timedelta64_dtype(series.dtype):
        values = _as_days(series)
    elif pd.api.types.is_numeric_dtype(series.dtype):
        values = series.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        values, wrong = _parse_numbers(series)
        if wrong.any():
            bad = [value_text(value) for value in pd.unique(series[wrong])]
            raise ColumnError(
                file,
                name,
                f"{int(wrong.sum()):,} of {len(series):,} values are no numbers: {listed(bad)}",
                hint="The model learnt this column as a number",
            )
    for wrong_numbers, what in (
        (np.flatnonzero(np.isinf(values)), "are infinite"),
        (
            np.flatnonzero(np.abs(values) > LARGEST),
            f"are larger than {LARGEST:g} in size, too large to learn from",
        ),
    ):
        if len(wrong_numbers):
            numbers = wrong_numbers[:5] + 1 if row_numbers is None else row_numbers[wrong_numbers[:5]]
            rows = ", ".join(f"{row:,}" for row in numbers)
            leave = "" if fitted else f"Leave the column out with --drop {shlex.quote(name)}, or "
            raise ColumnError(
                file,
                name,
                f"{len(wrong_numbers):,} values {what} (row {rows}{', …' if len(wrong_numbers) > 5 else ''})",
                hint=f"{leave}{'e' if leave else 'E'}mpty those cells, if the numbers stand for missing values",
            )
    return values


def _as_days(spans: pd.Series[Any]) -> Scores:
    return np.asarray(spans.dt.total_seconds(), dtype=np.float64) / 86_400


def _parse_numbers(series: pd.Series[Any]) -> tuple[Scores, NDArray[np.bool_]]:
    codes, values = pd.factorize(series.astype(object), use_na_sentinel=True)
    numbers = np.full(len(values) + 1, np.nan, dtype=np.float64)
    for i, value in enumerate(values):
        if not isinstance(value, str) or is_number(value.strip()):
            with contextlib.suppress(ValueError, TypeError):
                numbers[i] = float(value)
    parsed: Scores = numbers[codes]
    return parsed, np.isnan(parsed) & (codes >= 0)


def _column_kinds(pipeline: Pipeline) -> dict[str, str]:
    """Map each column that the pipeline reads to NUMERIC or TEXT."""
    return {
        str(column): kind
        for kind, _, columns in pipeline.named_steps[PREPARE].transformers
        if kind in {NUMERIC, TEXT}
        for column in columns
    }


def encoded_levels(pipeline: Pipeline) -> Iterator[tuple[str, frozenset[str], tuple[str, ...]]]:
    """Give every text column of a fitted pipeline with its known and its rare levels."""
    columns = [column for column, kind in _column_kinds(pipeline).items() if kind == TEXT]
    if not columns:
        return
    encoder = pipeline.named_steps[PREPARE].named_transformers_[TEXT].named_steps[ENCODE]
    for column, known, rare in zip(columns, encoder.categories_, encoder.infrequent_categories_, strict=True):
        yield column, frozenset(known), () if rare is None else tuple(sorted(str(level) for level in rare))


def _check_identifier(series: pd.Series[Any], name: str) -> FeatureWarning | None:
    held = series.dropna()
    if held.empty:
        return FeatureWarning(column=name, concern=Concern.EMPTY, figure=1.0, left_out=True)
    distinct = int(held.nunique())
    if distinct < IDENTIFIER_VALUES:
        return None
    share = distinct / len(held)
    found = FeatureWarning(column=name, concern=Concern.IDENTIFIER, figure=share, left_out=True)
    if not _is_numeric(series):
        return found if share >= IDENTIFIER_SHARE else None
    if not _is_whole(held):
        return None
    named = bool(IDENTIFIER_WORDS & set(_words(name)))
    if distinct == len(held):
        gapless = int(held.max()) - int(held.min()) + 1 == len(held)
        return found if named or gapless else None
    if named and share > 0.5:
        return FeatureWarning(column=name, concern=Concern.IDENTIFIER, figure=share, left_out=False)
    return None


def _is_whole(held: pd.Series[Any]) -> bool:
    """Say whether values are all whole numbers, of whatever type: pandas holds those with gaps as floats."""
    if not pd.api.types.is_numeric_dtype(held.dtype) or pd.api.types.is_bool_dtype(held.dtype):
        return False
    values = held.to_numpy(dtype=np.float64)
    return bool(np.all(np.isfinite(values)) and np.all(values == np.floor(values)))


def _words(name: str) -> list[str]:
    """Split a column's name where its writer did.

    >>> _words("EntityID"), _words("case_id"), _words("paid")
    (['entity', 'id'], ['case', 'id'], ['paid'])
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return [word.casefold() for word in re.split(r"[\W_]+", spaced) if word]


def _leak_rows(target: Labels) -> Rows:
    n = len(target)
    if n <= LEAK_SAMPLE:
        return np.arange(n, dtype=np.int64)
    drawn: Rows = np.sort(np.random.default_rng(0).choice(n, LEAK_SAMPLE, replace=False))
    return drawn


def _leak_folds(target: Labels) -> list[tuple[Rows, Rows]] | None:
    if min(int((target == 0).sum()), int((target == 1).sum())) < LEAK_CLASS_ROWS:
        return None
    folds = StratifiedKFold(LEAK_FOLDS, shuffle=True, random_state=0)
    return list(folds.split(np.zeros(len(target)), target))


def _as_codes(series: pd.Series[Any], *, file: str, row_numbers: Rows) -> Rows:
    """Give each row the number of its value, or of its quantile bin; missing is a value too."""
    if not _is_numeric(series):
        codes = pd.factorize(as_text(series), use_na_sentinel=False)[0]
        return np.asarray(codes, dtype=np.int64)
    values = _as_numbers(series, file=file, row_numbers=row_numbers)
    held = values[~np.isnan(values)]
    edges = np.unique(held)
    # Bins of fewer than ten rows would be unknown in one fold or another, and hide a leak behind noise.
    bins = min(LEAK_BINS, max(LEAK_FEWEST_BINS, len(held) // 10))
    if len(edges) > bins:
        edges = np.unique(np.quantile(held, np.linspace(0, 1, bins + 1)[:-1]))
    codes = np.searchsorted(edges, values, side="right")
    codes[np.isnan(values)] = len(edges) + 1
    return np.asarray(codes, dtype=np.int64)


def _held_out_auc(codes: Rows, target: Labels, folds: list[tuple[Rows, Rows]]) -> float:
    levels = int(codes.max()) + 1
    found = []
    for fit, held_out in folds:
        n = np.bincount(codes[fit], minlength=levels)
        positive = np.bincount(codes[fit], weights=target[fit], minlength=levels)
        # One more row with the mean label: a level seen once or never cannot outrank what is well known.
        _, rank = np.unique((positive + target[fit].mean()) / (n + 1), return_inverse=True)
        found.append(_ranked_auc(rank[codes[held_out]], target[held_out]))
    return sum(found) / len(found)


def _ranked_auc(rank: Rows, target: Labels) -> float:
    """Return the ROC AUC of few ranks, counted rank by rank: roc_auc_score sorts rows, at many times the cost."""
    positive = np.bincount(rank, weights=target)
    negative = np.bincount(rank) - positive
    below = np.cumsum(negative) - negative
    return float((positive * (below + negative / 2)).sum() / (positive.sum() * negative.sum()))


def _say_warnings(caught: Sequence[warnings.WarningMessage]) -> tuple[str, ...]:
    said: dict[str, None] = {}
    for warning in caught:
        text = _one_line(warning.message)
        if issubclass(warning.category, ConvergenceWarning):
            first = text.split(":")[0].split(".")[0]
            text = f"the model did not converge ({first}): its scores may suffer; raise --param max_iter"
        said[text] = None
    return tuple(said)


def _one_line(message: object) -> str:
    return " ".join(str(message).split())


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
