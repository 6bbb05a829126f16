"""Split a table, fit a pipeline on one side and score both.

Labels are read here too: which values are the positive class. How good the scores are is measured elsewhere,
from counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline

from fairaudit.errors import ColumnError, OptionError, did_you_mean, listed
from fairaudit.model.estimator import ModelSettings
from fairaudit.model.features import FeatureWarning, check_features, kept_features
from fairaudit.model.pipeline import (
    build_pipeline,
    count_unknown,
    fit_pipeline,
    rare_levels,
    score_inputs,
    take_features,
)
from fairaudit.model.reach import learnt_ranges
from fairaudit.model.values import Labels, Rows, Scores, as_text
from fairaudit.read.values import as_binary, is_number, same_value
from fairaudit.spelling import setting, with_value

ROWS_NAMED = 5
"""How many row numbers a message gives."""

WRITTEN = ("row", "label", "score", "decision", "fold")
"""The columns that a table of predictions begins with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A model that was fitted on one part of a table, and its scores for both parts.

    Attributes
    ----------
    pipeline : sklearn.pipeline.Pipeline
        Fitted on the training rows only.
    features : tuple[str, ...]
        The columns that it learnt from: those asked for without those left out.
    train_index, test_index : numpy.ndarray of int
        Positions (from 0) of the rows of either side, ascending; together every row once.
    train_scores, test_scores : numpy.ndarray of float
        P(label = 1) of the rows at `train_index` and `test_index`.
    feature_warnings : tuple[FeatureWarning, ...]
        What `check_features` found.
    fit_warnings : tuple[str, ...]
        What fitting gave warning of, e.g. that it did not converge.
    rare_levels : Mapping[str, tuple[str, ...]]
        Levels that were merged because they are rare, per text column.
    unknown_categories : Mapping[str, Mapping[str, int]]
        Levels of held-out rows that no training row has, with the number of rows, per text column.
    ranges : Mapping[str, tuple[float, float]]
        Least and greatest value of each numeric feature in the training rows.
    """

    pipeline: Pipeline
    features: tuple[str, ...]
    train_index: Rows
    test_index: Rows
    train_scores: Scores
    test_scores: Scores
    feature_warnings: tuple[FeatureWarning, ...]
    fit_warnings: tuple[str, ...]
    rare_levels: Mapping[str, tuple[str, ...]]
    unknown_categories: Mapping[str, Mapping[str, int]]
    ranges: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictions:
    """A table of scored rows.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``row``, ``label``, ``score``, ``decision``, ``fold`` (what there is of them), then the columns of the
        input.
    renamed : Mapping[str, str]
        Columns of the input that had to give way: old name to new name.
    """

    frame: pd.DataFrame
    renamed: Mapping[str, str]


def binary_target(series: pd.Series[Any], *, positive: Sequence[str] = (), file: str = "the data") -> Labels:
    """Read a column of labels: 1 where it holds a positive value, 0 elsewhere.

    Parameters
    ----------
    series : pandas.Series of shape (n,)
        The column. Its name is used in messages.
    positive : Sequence[str]
        The values that make up the positive class, as text; a number may be written in any way, so that
        ``"1"`` stands for 1 and 1.0. Without any, the column has to hold 0 and 1, or true and false.
    file : str
        What messages call the table.

    Returns
    -------
    numpy.ndarray of shape (n,), dtype int8
        1 is the positive outcome. Both classes occur.

    Raises
    ------
    ColumnError
        There is no row; labels are missing; a positive value does not occur; the values are not binary and no
        positive value was named; all rows have the same label.

    Examples
    --------
    >>> binary_target(pd.Series(["good", "bad", "fair"], name="grade"), positive=["good", "fair"]).tolist()
    [1, 0, 1]
    """
    column = str(series.name)
    if series.empty:
        raise ColumnError(file, column, "there is no row")
    missing = np.flatnonzero(series.isna().to_numpy())
    if len(missing):
        rows = ", ".join(f"{row + 1:,}" for row in missing[:ROWS_NAMED])
        more = ", …" if len(missing) > ROWS_NAMED else ""
        raise ColumnError(
            file,
            column,
            f"{len(missing):,} of {len(series):,} labels are missing (row {rows}{more})",
            hint=f"{setting('missing', 'drop')} leaves these rows out",
        )
    texts = as_text(series)
    values = _sorted_values(pd.unique(texts))
    chosen = (
        _match_positive(values, positive, column=column, file=file) if positive else _usual_positive(values)
    )
    if chosen is None:
        raise ColumnError(
            file,
            column,
            f"labels have to be 0 and 1, or true and false; it holds {listed(values)}",
            hint=f"Say which of them are the positive class with {setting('positive', 'VALUE')}",
        )
    labels: Labels = np.isin(texts, list(chosen)).astype(np.int8)
    if labels.min() == labels.max():
        which = "positive" if labels[0] else "negative"
        raise ColumnError(
            file,
            column,
            f"all {len(labels):,} rows are {which} ({listed(values)})",
            hint="Both classes are needed",
        )
    return labels


def split_rows(target: Labels, *, test_size: float = 0.25, seed: int = 0) -> tuple[Rows, Rows]:
    """Split rows at random so that both sides have the same share of either class.

    Parameters
    ----------
    target : numpy.ndarray of shape (n,)
        Labels, 0 or 1.
    test_size : float
        Share of rows to hold out, in (0, 1).
    seed : int
        Fixes the split.

    Returns
    -------
    train_index, test_index : numpy.ndarray of int
        Positions from 0, ascending.

    Raises
    ------
    OptionError
        `test_size` is out of its range, or a side would not hold a row of each class.
    """
    option = with_value("test_size", test_size)
    if not 0 < test_size < 1:
        raise OptionError(
            option, "a share between 0 and 1 is expected", hint="0.25 holds out a quarter of the rows"
        )
    counts = np.bincount(target, minlength=2)
    short = f"{int(counts[1]):,} positive and {int(counts[0]):,} negative rows are too few for two sides"
    if counts.min() < 2:
        raise OptionError(option, short)
    try:
        train_index, test_index = train_test_split(
            np.arange(len(target), dtype=np.int64), test_size=test_size, random_state=seed, stratify=target
        )
    except (
        ValueError
    ) as error:  # the only thing left that it refuses: a side smaller than the number of classes
        raise OptionError(option, short) from error
    for side in (train_index, test_index):
        if len(np.unique(target[side])) < 2:
            raise OptionError(option, short)
    return np.sort(train_index), np.sort(test_index)


def train(
    frame: pd.DataFrame,
    *,
    target: Labels,
    features: Sequence[str],
    settings: ModelSettings,
    test_size: float = 0.25,
    file: str = "the data",
    row_numbers: Rows | None = None,
) -> Trained:
    """Fit a model on the training rows of a stratified split and score all rows.

    Parameters
    ----------
    frame : pandas.DataFrame of shape (n, columns)
        The table.
    target : numpy.ndarray of shape (n,)
        What `binary_target` returned.
    features : Sequence[str]
        Columns to learn from; identifiers and empty columns among them are left out, and reported.
    settings : ModelSettings
        Estimator, parameters and seed.
    test_size : float
        Share of rows to hold out, in (0, 1).
    file : str
        What messages call the table.
    row_numbers : numpy.ndarray of shape (n,), or None
        Numbers of the rows in their file, for messages; left out, they are counted from 1.

    Raises
    ------
    ColumnMissing
        A feature is not in the frame.
    ColumnError
        A feature holds infinite or too large values, or held-out ones that are too far from those learnt from.
    OptionError
        The split is impossible, or the estimator refuses a parameter.
    """
    train_index, test_index = split_rows(target, test_size=test_size, seed=settings.seed)
    warned = check_features(frame, target, features, file=file, row_numbers=row_numbers)
    kept = kept_features(features, warned)
    pipeline = build_pipeline(frame, features=kept, settings=settings, file=file)
    inputs = take_features(pipeline, frame, file=file, row_numbers=row_numbers)
    learnt, held_out = inputs.iloc[train_index], inputs.iloc[test_index]
    fitted = fit_pipeline(pipeline, learnt, target[train_index], settings=settings)
    numbers = np.arange(1, len(target) + 1) if row_numbers is None else row_numbers
    return Trained(
        pipeline=fitted.pipeline,
        features=kept,
        train_index=train_index,
        test_index=test_index,
        train_scores=score_inputs(fitted.pipeline, learnt, file=file, row_numbers=numbers[train_index]),
        test_scores=score_inputs(fitted.pipeline, held_out, file=file, row_numbers=numbers[test_index]),
        feature_warnings=warned,
        fit_warnings=fitted.warnings,
        rare_levels=rare_levels(fitted.pipeline),
        unknown_categories=count_unknown(fitted.pipeline, held_out),
        ranges=learnt_ranges(fitted.pipeline, learnt),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredRows:
    """Scores of some rows of a table.

    Attributes
    ----------
    scores : numpy.ndarray of shape (m,)
        Scores of the rows at `index`.
    index : numpy.ndarray of shape (m,)
        Positions (from 0) of the scored rows.
    fold : numpy.ndarray of shape (m,), or None
        Number of the fold in which a row was held out, from 1.
    """

    scores: Scores
    index: Rows
    fold: NDArray[np.int64] | None = None


def predictions_frame(
    frame: pd.DataFrame,
    scored: ScoredRows,
    *,
    target: Labels | None,
    target_name: str | None,
    threshold: float,
    first_row: int = 1,
) -> Predictions:
    """Put scores beside the columns of the rows that they belong to, so that any column can be audited.

    Parameters
    ----------
    frame : pandas.DataFrame of shape (n, columns)
        The table, or one batch of it.
    scored : ScoredRows
        Which of its rows were scored, and how.
    target : numpy.ndarray of shape (n,), or None
        Labels of all rows of the frame; without them there is no column ``label``.
    target_name : str or None
        The column that the labels were read from; it is not repeated.
    threshold : float
        ``decision`` is 1 where the score is at least this.
    first_row : int
        Number of the frame's first row in its file, for batches.

    Returns
    -------
    Predictions
        Rows in the order of the table. ``row`` counts the file's data rows from 1. A column of the input that
        is called like one of ``row``, ``label``, ``score``, ``decision`` and ``fold``, in whatever case (SQL
        knows none), becomes ``NAME (input)``.
    """
    order = np.argsort(scored.index, kind="stable")
    index, scores = scored.index[order], scored.scores[order]
    written: dict[str, Any] = {"row": index.astype(np.int64) + first_row}
    if target is not None:
        written["label"] = target[index].astype(np.int64)
    written["score"] = scores
    written["decision"] = (scores >= threshold).astype(np.int64)
    if scored.fold is not None:
        written["fold"] = scored.fold[order].astype(np.int64)
    kept = [str(name) for name in frame.columns if str(name) != target_name]
    renamed = _rename(kept)
    rest = frame.iloc[index].loc[:, kept].rename(columns=renamed).reset_index(drop=True)
    return Predictions(frame=pd.concat([pd.DataFrame(written), rest], axis=1), renamed=renamed)


def _rename(columns: Sequence[str]) -> dict[str, str]:
    taken = {name.casefold() for name in columns} | set(WRITTEN)
    renamed: dict[str, str] = {}
    for name in columns:
        if name.casefold() not in WRITTEN:
            continue
        new, number = f"{name} (input)", 2
        while new.casefold() in taken:
            new, number = f"{name} (input {number})", number + 1
        taken.add(new.casefold())
        renamed[name] = new
    return renamed


def _sorted_values(texts: Sequence[str] | NDArray[Any]) -> list[str]:
    """Sort numbers by size and before words."""

    def key(text: str) -> tuple[int, float, str]:
        number = _number(text)
        return (1, 0.0, text) if number is None else (0, number, text)

    return sorted((str(text) for text in texts), key=key)


def _number(text: str) -> float | None:
    return float(text) if is_number(text) and np.isfinite(float(text)) else None


def _usual_positive(values: Sequence[str]) -> set[str] | None:
    """Return the positive ones among usual binary values; None where the values are not usual."""
    if len({value.casefold() in ("true", "false") for value in values}) > 1:
        # 1 beside true may be two things.
        return None
    read = {value: as_binary(value) for value in values}
    return None if None in read.values() else {value for value, number in read.items() if number == 1}


def _match_positive(values: Sequence[str], positive: Sequence[str], *, column: str, file: str) -> set[str]:
    chosen: set[str] = set()
    for name in positive:
        # The exact text goes first; then 1, 1.0 and "1.0" are one label, and so are True and "true".
        matches = {value for value in values if value == name} or {
            value for value in values if same_value(name, value)
        }
        if not matches:
            raise ColumnError(
                file,
                column,
                f"no label is {name!r}",
                hint=" ".join(
                    filter(None, [did_you_mean(name, values), f"Its values are {listed(values)}."])
                ),
            )
        chosen |= matches
    return chosen
