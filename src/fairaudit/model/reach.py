"""Tell columns of new rows that have little in common with the rows that a model learnt from.

A model scores such rows without a word: an unknown level counts as none, and a number far away as one at the edge of a tree or
far out on a line. Most often the column was written in another way (``True`` for ``true``, thousands for units).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from fairaudit.errors import listed
from fairaudit.model.pipeline import (
    PREPARE,
    count_unknown,
    encoded_levels,
    numeric_columns,
    reads_frame,
)
from fairaudit.model.preparation import IMPUTE, NUMERIC
from fairaudit.model.values import MISSING

FAR_SHARE = 0.01
"""A larger share of values that lie far outside the training range is told."""

LEVELS_NAMED = 4
"""How many levels of either side a sentence names."""

Ranges = Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What was counted in a numeric column of new rows.

    Attributes
    ----------
    rows, held : int
        Rows, and those that hold a value.
    below, above : int
        Values under the least and over the greatest of the training rows.
    far : int
        Those of them that lie outside by more than the width of the training range.
    low, high : float
        The least and the greatest value; infinite where there is none.
    """

    rows: int = 0
    held: int = 0
    below: int = 0
    above: int = 0
    far: int = 0
    low: float = np.inf
    high: float = -np.inf

    def __add__(self, other: Numbers) -> Numbers:
        """Count two batches of rows together."""
        return Numbers(
            rows=self.rows + other.rows,
            held=self.held + other.held,
            below=self.below + other.below,
            above=self.above + other.above,
            far=self.far + other.far,
            low=min(self.low, other.low),
            high=max(self.high, other.high),
        )


def learnt_ranges(pipeline: Pipeline, inputs: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Return the least and the greatest value of each numeric column of the rows that a pipeline learns from.

    Columns without any value are left out.
    """
    held = {column: inputs[column].dropna() for column in numeric_columns(pipeline)}
    return {
        column: (float(values.min()), float(values.max())) for column, values in held.items() if len(values)
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What new rows have in common with those that a model learnt from.

    Attributes
    ----------
    pipeline : sklearn.pipeline.Pipeline
        The fitted pipeline.
    ranges : Mapping[str, tuple[float, float]] or None
        What `learnt_ranges` found in the training rows; ``None`` where nobody wrote it down.
    rows : int
        The rows that were looked at.
    numbers : Mapping[str, Numbers]
        What was counted, by numeric column that has a range.
    held : Mapping[str, int]
        Rows that hold a value, by text column.
    unknown : Mapping[str, Mapping[str, int]]
        Rows by text column and level that no training row has; columns without any are left out.
    """

    pipeline: Pipeline
    ranges: Ranges | None
    rows: int = 0
    numbers: Mapping[str, Numbers] = field(default_factory=dict)
    held: Mapping[str, int] = field(default_factory=dict)
    unknown: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def with_rows(self, inputs: pd.DataFrame) -> Reach:
        """Look at more rows, as `take_features` prepared them."""
        ranges = self.ranges or {}
        text = [column for column, _, _ in encoded_levels(self.pipeline)]
        unknown = {column: Counter(levels) for column, levels in self.unknown.items()}
        for column, levels in count_unknown(self.pipeline, inputs).items():
            unknown.setdefault(column, Counter()).update(levels)
        return replace(
            self,
            rows=self.rows + len(inputs),
            numbers={
                column: self.numbers.get(column, Numbers()) + _count(inputs[column], *ends)
                for column, ends in ranges.items()
            },
            held={column: self.held.get(column, 0) + int(inputs[column].notna().sum()) for column in text},
            unknown=unknown,
        )

    def strange(self) -> dict[str, str]:
        """Say of each column that has little in common with the training rows what is strange about it.

        A text column is strange if it holds values and none of them occurs in the training rows. A numeric column is strange
        if more than 1% of its values lie outside the training range by more than that range's width, or more than half of
        them below it, or above it. Either is strange if it holds no value at all where every training row held one.
        """
        problems: dict[str, str] = {}
        lacking = _lacking_before(self.pipeline)
        for column, counted in self.numbers.items():
            low, high = (self.ranges or {})[column]
            if problem := _strange_numbers(counted, low, high, lacking=column in lacking):
                problems[column] = problem
        for column, known, _ in encoded_levels(self.pipeline) if self.rows else ():
            if problem := _strange_levels(self.held[column], self.unknown.get(column, {}), known):
                problems[column] = problem
        return problems


_EMPTY = "it holds no value at all, and every training row held one"


def _count(column: pd.Series[Any], low: float, high: float) -> Numbers:
    values = column.dropna().to_numpy()
    width = high - low
    return Numbers(
        rows=len(column),
        held=len(values),
        below=int((values < low).sum()),
        above=int((values > high).sum()),
        far=int(((values < low - width) | (values > high + width)).sum()),
        low=float(values.min(initial=np.inf)),
        high=float(values.max(initial=-np.inf)),
    )


def _strange_numbers(counted: Numbers, low: float, high: float, *, lacking: bool) -> str:
    if not counted.held:
        return _EMPTY if counted.rows and not lacking else ""
    ranges = f"it runs from {counted.low:g} to {counted.high:g}, and the training rows ran from {low:g} to {high:g}"
    if counted.far > FAR_SHARE * counted.held:
        return f"{counted.far:,} of {counted.held:,} values lie outside the training range by more than its width: {ranges}"
    if 2 * max(counted.below, counted.above) > counted.held:
        number, side = max((counted.below, "below"), (counted.above, "above"))
        return f"{number:,} of {counted.held:,} values lie {side} the training range: {ranges}"
    return ""


def _strange_levels(held: int, unknown: Mapping[str, int], known: frozenset[str]) -> str:
    if not held:
        return _EMPTY if MISSING not in known else ""
    new = {level: number for level, number in unknown.items() if level != MISSING}
    if sum(new.values()) < held:
        return ""
    usual = sorted(known - {MISSING})
    return (
        f"none of its {held:,} values occurs in the training rows; it holds {listed(list(new), most=LEVELS_NAMED)}, "
        f"and the model knows {listed(usual, most=LEVELS_NAMED)}"
    )


def _lacking_before(pipeline: Pipeline) -> frozenset[str]:
    """Name the numeric columns of which some training row lacked a value."""
    columns = numeric_columns(pipeline)
    if reads_frame(pipeline):
        return frozenset(pipeline.named_steps[PREPARE].lacking_)
    if not columns:
        return frozenset()
    imputer = pipeline.named_steps[PREPARE].named_transformers_[NUMERIC].named_steps[IMPUTE]
    return frozenset(columns[place] for place in imputer.indicator_.features_)
