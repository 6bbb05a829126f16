"""Features that deserve a second look before a model learns from them: identifiers, leaks of the label, empty columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedKFold

from fairaudit.model.values import Labels, Rows, as_numbers, as_text, is_numeric, require_columns
from fairaudit.spelling import setting

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
        drop = setting("drop", self.column)
        match self.concern:
            case Concern.EMPTY if not self.left_out:
                return f"column {self.column!r} holds no value at all, and is kept as a feature. {drop} leaves it out."
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
    warnings: list[FeatureWarning] = []
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
            warnings.append(warning)
    return tuple(warnings)


def kept_features(features: Sequence[str], warnings: Sequence[FeatureWarning]) -> tuple[str, ...]:
    """Return the features without those that `check_features` says are left out."""
    left_out = {warning.column for warning in warnings if warning.left_out}
    return tuple(name for name in features if name not in left_out)


def choose_features(
    features: Sequence[str], warnings: Sequence[FeatureWarning], *, every: bool
) -> tuple[tuple[str, ...], tuple[FeatureWarning, ...]]:
    """Return the features that are learnt from, and the warnings; an estimator that names its columns itself keeps them all."""
    if every:
        return tuple(features), tuple(replace(warning, left_out=False) for warning in warnings)
    return kept_features(features, warnings), tuple(warnings)


def _check_identifier(series: pd.Series[Any], name: str) -> FeatureWarning | None:
    held = series.dropna()
    if held.empty:
        return FeatureWarning(column=name, concern=Concern.EMPTY, figure=1.0, left_out=True)
    # How many values a million measurements have takes long to count, and they tell nobody apart.
    if series.dtype.kind == "f" and not _is_whole(held):
        return None
    distinct = int(held.nunique())
    if distinct < IDENTIFIER_VALUES:
        return None
    share = distinct / len(held)
    identifier = FeatureWarning(column=name, concern=Concern.IDENTIFIER, figure=share, left_out=True)
    if not is_numeric(series):
        return identifier if share >= IDENTIFIER_SHARE else None
    if not _is_whole(held):
        return None
    named = bool(IDENTIFIER_WORDS & set(_words(name)))
    if distinct == len(held):
        gapless = int(held.max()) - int(held.min()) + 1 == len(held)
        return identifier if named or gapless else None
    if named and share > 0.5:
        return FeatureWarning(column=name, concern=Concern.IDENTIFIER, figure=share, left_out=False)
    return None


def _is_whole(held: pd.Series[Any]) -> bool:
    """Return whether values are all whole numbers, of whatever type: pandas holds those with gaps as floats."""
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
    """Return for each row the number of its value, or of its quantile bin; missing is a value too."""
    if not is_numeric(series):
        codes = pd.factorize(as_text(series), use_na_sentinel=False)[0]
        return np.asarray(codes, dtype=np.int64)
    values = as_numbers(series, file=file, row_numbers=row_numbers)
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
    areas = []
    for fit, held_out in folds:
        n = np.bincount(codes[fit], minlength=levels)
        positive = np.bincount(codes[fit], weights=target[fit], minlength=levels)
        # One more row with the mean label: a level seen once or never cannot outrank what is well known.
        _, rank = np.unique((positive + target[fit].mean()) / (n + 1), return_inverse=True)
        areas.append(_ranked_auc(rank[codes[held_out]], target[held_out]))
    return sum(areas) / len(areas)


def _ranked_auc(rank: Rows, target: Labels) -> float:
    """Return the ROC AUC of few ranks, counted rank by rank: roc_auc_score sorts rows, at many times the cost."""
    positive = np.bincount(rank, weights=target)
    negative = np.bincount(rank) - positive
    below = np.cumsum(negative) - negative
    return float((positive * (below + negative / 2)).sum() / (positive.sum() * negative.sum()))
