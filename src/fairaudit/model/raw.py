"""Rows as a pipeline with a preprocessing of its own expects them: as ``pandas.read_csv`` would have given them."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fairaudit.model.values import as_text

_TRUTHS = {"True": True, "TRUE": True, "true": True, "False": False, "FALSE": False, "false": False}
"""What pandas reads as truth values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """In which form a model wants some of its columns.

    Attributes
    ----------
    texts
        Columns whose levels it knows as texts, though they may look like numbers.
    categories
        Columns that it wants as pandas's categories; ``None`` for all that hold texts, of which it does not know the names.
    """

    texts: frozenset[str] = frozenset()
    categories: frozenset[str] | None = frozenset()

    def granted(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return rows in the form that is wished; columns that have it already stay as they are."""
        changed: dict[str, Any] = {}
        for name in frame.columns:
            column = frame[name]
            is_text = column.dtype == object or isinstance(column.dtype, pd.StringDtype)
            if name in self.texts and not is_text and not isinstance(column.dtype, pd.CategoricalDtype):
                changed[name] = pd.Series(as_text(column), dtype=object)
            elif (self.categories is None and is_text) or name in (self.categories or ()):
                changed[name] = (
                    column if isinstance(column.dtype, pd.CategoricalDtype) else column.astype("category")
                )
        return frame.assign(**changed) if changed else frame


def wishes_of(model: Any) -> Wishes:
    """Find out in which form a model wants its columns."""
    steps = getattr(model, "steps", None)
    bare = model if not steps else steps[-1][1] if len(steps) == 1 else None
    return Wishes(texts=frozenset(_text_columns(model)), categories=_categories(bare))


def as_pandas_reads(typed: pd.DataFrame, numbers: Sequence[str], columns: Sequence[str]) -> pd.DataFrame:
    """Return columns as ``pandas.read_csv`` would type them.

    Parameters
    ----------
    typed
        Numbers as float64, and of the other columns every value as text, ``None`` where it is missing.
    numbers
        The columns of numbers.
    """
    held = set(numbers)
    read = {name: _whole(typed[name]) if name in held else _truths(typed[name]) for name in columns}
    return pd.DataFrame(read, columns=list(columns))


def _whole(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return whole numbers as such, if no value is missing."""
    values = column.to_numpy(dtype=np.float64)
    if (
        values.size
        and np.isfinite(values).all()
        and (np.abs(values) < 2**53).all()
        and (values == np.floor(values)).all()
    ):
        return column.astype(np.int64)
    return column


def _truths(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return truth values as such; missing texts are NaN."""
    texts = pd.Series(np.where(column.isna(), np.nan, column.astype(object)), dtype=object)
    known = texts.dropna().unique()
    if not len(known) or not set(known) <= set(_TRUTHS):
        return texts
    truths = texts.map(_TRUTHS)
    return truths.astype(bool) if not truths.isna().any() else truths.astype(object)


def _text_columns(model: Any) -> list[str]:
    """Name the columns of a ColumnTransformer whose encoders know texts as their levels."""
    names: list[str] = []
    for _, step in getattr(model, "steps", ()) or ():
        fitted = getattr(step, "transformers_", None)
        if fitted is None:
            continue
        for part in fitted:
            if len(part) == 3:
                names += _encoded_texts(part[1], part[2])
        break
    return names


def _encoded_texts(transformer: Any, columns: Any) -> list[str]:
    encoder = transformer.steps[-1][1] if getattr(transformer, "steps", None) else transformer
    levels = getattr(encoder, "categories_", None)
    if isinstance(columns, str):
        columns = [columns]
    if (
        levels is None
        or not isinstance(columns, (list, tuple, np.ndarray, pd.Index))
        or len(levels) != len(columns)
    ):
        return []
    return [
        name
        for name, known in zip(columns, levels, strict=True)
        if isinstance(name, str) and any(isinstance(level, str) for level in np.asarray(known).tolist())
    ]


def _categories(model: Any) -> frozenset[str] | None:
    """Name the columns that LightGBM or XGBoost has learnt from as categories."""
    if model is None:
        return frozenset()
    library = type(model).__module__.partition(".")[0]
    try:
        if library == "lightgbm":
            booster = getattr(model, "booster_", model)
            return None if booster.pandas_categorical else frozenset()
        # Before 3.1 XGBoost takes the places of categories, which differ with the rows, for their names.
        if library == "xgboost" and _version(sys.modules[library].__version__) >= (3, 1):
            booster = model.get_booster()
            kinds: Mapping[str, str] = dict(
                zip(booster.feature_names or (), booster.feature_types or (), strict=False)
            )
            return frozenset(name for name, kind in kinds.items() if kind == "c")
    except Exception:  # noqa: BLE001  # not fitted; asked for scores, it says so itself
        return frozenset()
    return frozenset()


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:2])
