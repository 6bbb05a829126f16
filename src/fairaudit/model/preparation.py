"""Fit what prepares columns, on the rows that tell it what it learns."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from fairaudit.model.values import MISSING, Labels, Rows

RARE = 5
"""A level that fewer training rows than this hold is merged with the other rare ones."""

LEVELS = 100
"""At most this many levels of a text column get an input of their own; the least frequent are merged."""

FEW = 5_000
"""So many rows scikit-learn itself prepares in less time than it takes to look for those that tell as much."""

NUMERIC, TEXT = "numeric", "text"

IMPUTE, SCALE, ENCODE = "impute", "scale", "encode"

_Coded = Mapping[str, tuple[Rows, Any]]
"""Of each column of text the numbers of its rows' levels, and the levels."""


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


def fit_transform(prepare: Any, inputs: pd.DataFrame, target: Labels) -> Any:
    """Fit the first step of a pipeline and return the rows as it prepares them: the same as its own ``fit_transform`` does.

    scikit-learn counts texts one by one in Python, which takes longer than the fit of the estimator. Of a level it asks only whether `RARE`
    rows hold it, as long as there are fewer than `LEVELS`, and whether a column lacks values; so the whole is fitted on a few rows that tell
    as much, and what numbers are imputed with and scaled by on all of them.

    Parameters
    ----------
    prepare : ColumnTransformer or FrameColumns
        Unfitted; it is fitted in place.
    inputs : pandas.DataFrame of shape (n, features)
        Training rows, as `take_features` returned them.
    target : numpy.ndarray of shape (n,)
        Their labels.
    """
    if len(inputs) <= FEW:
        return prepare.fit_transform(inputs, target)
    columns = _columns(prepare)
    coded = _coded(inputs, columns)
    if not coded or max(len(levels) for _, levels in coded.values()) >= LEVELS:
        return prepare.fit_transform(inputs, target)
    telling = _telling(inputs, columns, coded)
    with warnings.catch_warnings():
        # Of all rows it is said below.
        warnings.simplefilter("ignore")
        prepare.fit(inputs.iloc[telling])
    if NUMERIC in columns:
        prepare.named_transformers_[NUMERIC].fit(inputs[columns[NUMERIC]])
    return _transform(prepare, inputs, coded)


def transform(prepare: Any, inputs: pd.DataFrame) -> Any:
    """Return rows as a fitted first step of a pipeline prepares them: the same as its own ``transform`` does, where each text is looked up once.

    Parameters
    ----------
    prepare : ColumnTransformer or FrameColumns
        Fitted.
    inputs : pandas.DataFrame of shape (n, features)
        Rows, as `take_features` returned them.
    """
    if len(inputs) <= FEW:
        return prepare.transform(inputs)
    return _transform(prepare, inputs, _coded(inputs, _columns(prepare)))


def _transform(prepare: Any, inputs: pd.DataFrame, coded: _Coded) -> Any:
    """Prepare one row of every level of every column, and give each row what its levels have."""
    most = max((len(levels) for _, levels in coded.values()), default=len(inputs))
    if 2 * most > len(inputs) or prepare.sparse_output_:
        return prepare.transform(inputs)
    columns = _columns(prepare)
    few = inputs.iloc[:most].assign(**{name: np.resize(levels, most) for name, (_, levels) in coded.items()})
    by_level = prepare.transform(few)
    prepared = np.empty((len(inputs), by_level.shape[1]))
    if NUMERIC in columns:
        numbers = prepare.named_transformers_[NUMERIC].transform(inputs[columns[NUMERIC]])
        prepared[:, prepare.output_indices_[NUMERIC]] = numbers
    first = prepare.output_indices_[TEXT].start
    for width, (codes, _) in zip(_widths(prepare), coded.values(), strict=True):
        prepared[:, first : first + width] = by_level[:, first : first + width].take(codes, axis=0)
        first += width
    return prepared


def _widths(prepare: ColumnTransformer) -> list[int]:
    """Return how many inputs each column of text has: one for every level that is not rare, and one for all that are."""
    encoder = prepare.named_transformers_[TEXT].named_steps[ENCODE]
    levels = zip(encoder.categories_, encoder.infrequent_categories_, strict=True)
    return [len(known) if rare is None else len(known) - len(rare) + 1 for known, rare in levels]


def _columns(prepare: Any) -> dict[str, list[str]]:
    """Return the columns of numbers and those of text, if they are prepared for the estimator."""
    if not isinstance(prepare, ColumnTransformer):
        return {}
    return {kind: list(columns) for kind, _, columns in prepare.transformers}


def _coded(inputs: pd.DataFrame, columns: Mapping[str, Sequence[str]]) -> _Coded:
    """Give the levels of each column of text numbers, a missing one the last."""
    coded: dict[str, tuple[Rows, Any]] = {}
    for name in columns.get(TEXT, ()):
        codes, known = pd.factorize(inputs[name])
        levels, lacking = np.asarray(known, dtype=object), codes < 0
        if lacking.any():
            codes[lacking] = len(levels)
            levels = np.append(levels, np.nan)
        coded[name] = codes, levels
    return coded


def _telling(inputs: pd.DataFrame, columns: Mapping[str, Sequence[str]], coded: _Coded) -> Rows:
    """Return positions of `RARE` rows, or all, of every level, and of one without a number."""
    chosen: list[Rows] = []
    for codes, _ in coded.values():
        chosen += _first_of_each(codes.astype(np.uint8))
    for name in columns.get(NUMERIC, ()):
        chosen.append(np.flatnonzero(np.isnan(inputs[name].to_numpy()))[:1])
    return np.unique(np.concatenate(chosen))


def _first_of_each(codes: Rows) -> Iterator[Rows]:
    """Yield the first `RARE` positions of each code."""
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes))
    for first, last in zip([0, *ends[:-1]], ends, strict=True):
        yield order[first : min(first + RARE, last)]
