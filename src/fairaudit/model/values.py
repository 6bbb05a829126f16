"""A table's columns as a pipeline reads them: float64, or text with NaN for what is missing."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairaudit.errors import ColumnError, ColumnMissing, listed
from fairaudit.read.values import is_number
from fairaudit.spelling import setting

MISSING = "(missing)"
"""The level that stands for a missing value in a text column."""

LARGEST = 1e100
"""Numbers of a greater size cannot be learnt from: their squares, summed, leave what a float holds."""

Scores = NDArray[np.float64]

Labels = NDArray[np.int8]

Rows = NDArray[np.int64]


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
    # An array is told apart in a third of the time that a series takes.
    codes, values = pd.factorize(series.to_numpy(dtype=object), use_na_sentinel=True)
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


def is_numeric(series: pd.Series[Any]) -> bool:
    """Return whether a column is learnt from as numbers: numbers, truth values, dates and spans of time."""
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


def as_numbers(
    series: pd.Series[Any], *, file: str, row_numbers: Rows | None = None, fitted: bool = False
) -> Scores:
    """Read a column as numbers: dates as days since 1970-01-01, NaN for missing.

    Raises
    ------
    ColumnError
        A value is no number, infinite or too large.
    """
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
    for wrong_numbers, problem in (
        (np.flatnonzero(np.isinf(values)), "are infinite"),
        (
            np.flatnonzero(np.abs(values) > LARGEST),
            f"are larger than {LARGEST:g} in size, too large to learn from",
        ),
    ):
        if len(wrong_numbers):
            numbers = wrong_numbers[:5] + 1 if row_numbers is None else row_numbers[wrong_numbers[:5]]
            rows = ", ".join(f"{row:,}" for row in numbers)
            leave = "" if fitted else f"Leave the column out with {setting('drop', name)}, or "
            raise ColumnError(
                file,
                name,
                f"{len(wrong_numbers):,} values {problem} (row {rows}{', …' if len(wrong_numbers) > 5 else ''})",
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
