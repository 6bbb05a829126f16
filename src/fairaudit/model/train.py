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
from sklearn.pipeline import Pipeline

from fairaudit.errors import ColumnError, did_you_mean, header_again, listed
from fairaudit.model.columns import make_ready
from fairaudit.model.estimator import ModelSettings
from fairaudit.model.features import FeatureWarning
from fairaudit.model.pipeline import count_unknown, fit_pipeline, rare_levels, score_inputs
from fairaudit.model.reach import learnt_ranges
from fairaudit.model.split import Parts, split_parts
from fairaudit.model.tune import Curve, Tuning, draw_curve, of_rows, tune
from fairaudit.model.values import Labels, Rows, Scores, as_text
from fairaudit.read.values import as_binary, is_number, same_value
from fairaudit.spelling import setting

ROWS_NAMED = 5
"""How many row numbers a message gives."""

WRITTEN = ("row", "label", "score", "decision", "fold")
"""The columns that a table of predictions begins with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A model that was fitted on one part of a table, and its scores for all parts.

    Attributes
    ----------
    pipeline : sklearn.pipeline.Pipeline
        Fitted on the training rows only.
    features : tuple[str, ...]
        The columns that it learnt from: those asked for without those left out.
    parts : Parts
        Which rows are in which part.
    train_scores, test_scores, validation_scores : numpy.ndarray of float
        P(label = 1) of the rows of each part.
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
    tuning : Tuning or None
        The candidates among which parameters were chosen.
    curve : Curve or None
        What more rows would bring.
    """

    pipeline: Pipeline
    features: tuple[str, ...]
    parts: Parts
    train_scores: Scores
    test_scores: Scores
    validation_scores: Scores
    feature_warnings: tuple[FeatureWarning, ...]
    fit_warnings: tuple[str, ...]
    rare_levels: Mapping[str, tuple[str, ...]]
    unknown_categories: Mapping[str, Mapping[str, int]]
    ranges: Mapping[str, tuple[float, float]]
    tuning: Tuning | None = None
    curve: Curve | None = None

    @property
    def train_index(self) -> Rows:
        """Positions (from 0) of the training rows, ascending."""
        return self.parts.train

    @property
    def test_index(self) -> Rows:
        """Positions (from 0) of the rows that were held out, ascending."""
        return self.parts.test


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
            hint=header_again(column, values)
            or f"Say which of them are the positive class with {setting('positive', 'VALUE')}",
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
    """Fit a model on the training rows of a split and score all rows.

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
    parts = split_parts(target, test_size=test_size, settings=settings)
    ready = make_ready(
        frame, target, features=features, settings=settings, file=file, row_numbers=row_numbers
    )
    numbers = np.arange(1, len(target) + 1) if row_numbers is None else row_numbers
    learnt, own = ready.inputs.iloc[parts.train], of_rows(settings, parts.train)
    pipeline, tuning = tune(ready.pipeline, learnt, target[parts.train], own)
    fitted = fit_pipeline(pipeline, learnt, target[parts.train], settings=settings)

    def scores(part: Rows, inputs: pd.DataFrame, prepared: Any = None) -> Scores:
        return score_inputs(fitted.pipeline, inputs, file=file, row_numbers=numbers[part], prepared=prepared)

    held_out = ready.inputs.iloc[parts.test]

    return Trained(
        pipeline=fitted.pipeline,
        features=ready.features,
        parts=parts,
        train_scores=scores(parts.train, learnt, fitted.prepared),
        test_scores=scores(parts.test, held_out),
        validation_scores=scores(parts.validation, ready.inputs.iloc[parts.validation]),
        feature_warnings=ready.warnings,
        fit_warnings=fitted.warnings,
        rare_levels=rare_levels(fitted.pipeline),
        unknown_categories=count_unknown(fitted.pipeline, held_out),
        ranges=learnt_ranges(fitted.pipeline, learnt),
        tuning=tuning,
        curve=draw_curve(pipeline, learnt, target[parts.train], own),
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
