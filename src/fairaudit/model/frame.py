"""Columns as they stand, for an estimator that prepares them itself: numbers, texts and categories in one pandas frame.

Whether an estimator gets its columns like this is asked of itself or of its factory (``accepts = "frame"``), or seen: from a step that
chooses columns, or from a library whose models read categories.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, TargetEncoder

from fairaudit.errors import OptionError, clipped, listed
from fairaudit.model.values import MISSING

ACCEPTS = "accepts"
"""The attribute by which an estimator or its factory says what it wants."""
MOST_LEVELS = 1_000
"""The texts of a column that holds more different ones are not kept: they are no levels."""
LIBRARIES = ("catboost", "lightgbm", "xgboost")
"""Packages whose models read categories."""
_OWN_STEPS = (ColumnTransformer, OneHotEncoder, OrdinalEncoder, TargetEncoder)
_OF_FRAMES = ("category_encoders", "skrub")
"""Packages whose steps read frames."""


class Wants(StrEnum):
    """What an estimator is given."""

    PREPARED = "prepared"
    FRAME = "frame"
    CATEGORIES = "categories"


def wants(estimator: Any, factory: Any, *, option: str) -> Wants:
    """Return what an estimator is given: what it or its factory asks for, or what its kind reads.

    Raises
    ------
    OptionError
        If it asks for something that there is not.
    """
    asked = getattr(estimator, ACCEPTS, None) or getattr(factory, ACCEPTS, None)
    if asked is not None:
        if not isinstance(asked, str) or asked not in list(Wants):
            raise OptionError(
                option,
                f"{ACCEPTS} is {clipped(repr(asked))}",
                hint=f"Say one of {listed(list(Wants))}",
            )
        return Wants(asked)
    package = package_of(estimator)
    if package == "lightgbm" or (
        package == "xgboost" and estimator.get_params(deep=False).get("enable_categorical")
    ):
        return Wants.CATEGORIES
    if package == "catboost":
        return Wants.FRAME
    parts = [estimator, *_steps(estimator)]
    return Wants.FRAME if any(map(_reads_frames, parts)) else Wants.PREPARED


def package_of(estimator: Any) -> str:
    """Name the package that an estimator's class, or one that it is derived from, comes from, if it is a library of models."""
    packages = [kind.__module__.partition(".")[0] for kind in type(estimator).__mro__]
    return next((name for name in packages if name in LIBRARIES), packages[0])


def names_columns(estimator: Any) -> bool:
    """Return whether an estimator that reads frames may ask for columns by name; a library's model takes what there is."""
    return package_of(estimator) not in LIBRARIES


def _steps(estimator: Any) -> list[Any]:
    """Return all parts that scikit-learn knows of an estimator."""
    parts = []
    for value in estimator.get_params(deep=True).values():
        parts += [part for step in value for part in _parts(step)] if isinstance(value, list) else [value]
    return parts


def _parts(step: Any) -> Sequence[Any]:
    return step if isinstance(step, tuple) else (step,)


def _reads_frames(part: Any) -> bool:
    return isinstance(part, _OWN_STEPS) or type(part).__module__.partition(".")[0] in _OF_FRAMES


def tell_categories(estimator: Any, texts: Sequence[str]) -> dict[str, Any]:
    """Return parameters that say to a model of CatBoost which columns hold no numbers, unless it knows."""
    if package_of(estimator) != "catboost":
        return {}
    known = estimator.get_params(deep=False)
    # Tuples: scikit-learn does not copy a model of CatBoost that holds a list.
    params: dict[str, Any] = {
        name: tuple(known[name])
        for name in ("cat_features", "text_features", "embedding_features")
        if isinstance(known.get(name), list)
    }
    if texts and known.get("cat_features") is None:
        others = {*(known.get("text_features") or ()), *(known.get("embedding_features") or ())}
        params["cat_features"] = tuple(name for name in texts if name not in others)
    return params


class FrameColumns(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Give the columns as they stand, in the types that they had in training.

    Parameters
    ----------
    columns : list[str]
        In the order in which they stand in the data.
    numeric, categories : list[str]
        Those of them that are numbers, and those that are of pandas's type of categories; the others are texts.
    fill : str or None
        What stands for a missing text or category; ``None`` leaves it missing.

    Attributes
    ----------
    levels_ : dict[str, list[str]]
        The values of texts and categories in training, sorted; without a column of more than `MOST_LEVELS` texts. A category that is not among
        them is missing.
    usual_ : dict[str, float]
        The median of each numeric column.
    lacking_ : list[str]
        Columns of which some training row lacked a value.
    n_features_in_ : int
    """

    def __init__(
        self,
        columns: Sequence[str] = (),
        numeric: Sequence[str] = (),
        categories: Sequence[str] = (),
        fill: str | None = None,
    ) -> None:
        self.columns = columns
        self.numeric = numeric
        self.categories = categories
        self.fill = fill

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:  # noqa: ARG002, N803  # as scikit-learn calls them
        """Keep the levels of the training rows."""
        texts = [name for name in self.columns if name not in set(self.numeric)]
        levels = {name: sorted(map(str, pd.unique(X[name].dropna()))) for name in texts}
        self.levels_ = {
            name: known
            for name, known in levels.items()
            if len(known) <= MOST_LEVELS or name in set(self.categories)
        }
        medians = {name: X[name].median() for name in self.numeric}
        self.usual_ = {name: 0.0 if np.isnan(value) else float(value) for name, value in medians.items()}
        self.lacking_ = [name for name in self.columns if bool(X[name].isna().any())]
        self.n_features_in_ = len(self.columns)
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        """Return a new frame of the columns."""
        return pd.DataFrame({name: self._column(X[name], name) for name in self.columns}, index=X.index)

    def get_feature_names_out(self, input_features: Any = None) -> Any:  # noqa: ARG002
        """Name the columns."""
        return np.array(self.columns, dtype=object)

    def _column(self, values: pd.Series[Any], name: str) -> pd.Series[Any]:
        if name in self.numeric:
            return values.astype(np.float64)
        filled = values if self.fill is None else values.where(values.notna(), self.fill)
        if name not in self.categories:
            return filled.astype(object)
        known = self.levels_[name]
        if self.fill is not None and self.fill not in known:
            known = [*known, self.fill]
        return pd.Series(pd.Categorical(filled, categories=known), index=values.index)

    def known_levels(self, name: str) -> frozenset[str] | None:
        """Return the values of a text column in training, a missing one as `MISSING`; ``None`` for one of too many."""
        if name not in self.levels_:
            return None
        return frozenset([*self.levels_[name], *([MISSING] if name in self.lacking_ else [])])


def frame_columns(
    columns: Sequence[str], *, numeric: Sequence[str], categories: Sequence[str], estimator: Any, give: Wants
) -> FrameColumns:
    """Make what gives an estimator its columns as they stand."""
    texts = [name for name in columns if name not in set(numeric)]
    return FrameColumns(
        columns=list(columns),
        numeric=list(numeric),
        categories=texts
        if give is Wants.CATEGORIES
        else [name for name in texts if name in set(categories) and package_of(estimator) != "catboost"],
        fill=MISSING if package_of(estimator) == "catboost" else None,
    )
