"""Scores and edges in the precision of their own column."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.count.groups import count
from fairaudit.count.scores import count_scores
from fairaudit.errors import ColumnError
from fairaudit.read.checked_rows import Checked
from fairaudit.read.dataframes import open_frame
from fairaudit.read.files import open_path
from fairaudit.read.precision import own, shortest
from fairaudit.read.rows import Input
from fairaudit.read.table import validate
from fairaudit.settings.reading import ReadSettings


def as_parquet(frame: pd.DataFrame, folder: Path) -> Input:
    pq.write_table(pa.Table.from_pandas(frame), folder / "d.parquet")
    return open_path(str(folder / "d.parquet"))


SOURCES: dict[str, Callable[[pd.DataFrame, Path], Input]] = {
    "pandas": lambda frame, _: open_frame(frame),
    "Arrow": lambda frame, _: open_frame(pa.Table.from_pandas(frame)),
    "Parquet": as_parquet,
}


def people(scores: Any) -> pd.DataFrame:
    frame = pd.DataFrame({"score": scores})
    return frame.assign(label=[0, 1] * (len(frame) // 2), g="all")


def read(opened: Input, **how: Any) -> Checked:
    return validate(opened, ReadSettings(**{"attributes": ("g",), **how}))


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
@pytest.mark.parametrize("source", SOURCES)
class TestThresholds:
    def test_selected_as_pandas_selects(self, kind: str, source: str, tmp_path: Path) -> None:
        scores = np.array([i / 10 for i in range(1, 10)] * 2, dtype=kind)
        opened = SOURCES[source](people(scores), tmp_path)
        for threshold in (0.1, 0.2, 0.3, 0.6, 0.7, 0.8, 0.30000000000000004, 2 / 3):
            checked = read(opened, threshold=threshold)
            assert count(checked).overall.selected == (pd.Series(scores) >= threshold).sum()
            assert checked.rule is not None
            assert checked.rule.threshold == threshold
            assert checked.rule.sentence == f"score >= {threshold!r}"

    def test_counted_at_every_hundredth(self, kind: str, source: str, tmp_path: Path) -> None:
        scores = np.array([i / 100 for i in range(1, 101)], dtype=kind)
        scored = count_scores(read(SOURCES[source](people(scores), tmp_path), threshold=0.7))
        assert scored is not None
        assert scored.thresholds == tuple(i / 100 for i in range(101))
        for place, threshold in enumerate(scored.thresholds, start=1):
            assert sum(scored.overall.people[place:]) == (pd.Series(scores) >= threshold).sum()

    def test_the_top_is_said_in_few_digits(self, kind: str, source: str, tmp_path: Path) -> None:
        scores = np.array([i / 10 for i in range(1, 11)], dtype=kind)
        checked = read(SOURCES[source](people(scores), tmp_path), top_k=4)
        assert checked.rule is not None
        assert checked.rule.threshold == 0.7
        assert count(checked).overall.selected == 4

    def test_edges(self, kind: str, source: str, tmp_path: Path) -> None:
        scores = np.array([i / 10 for i in range(1, 11)], dtype=kind)
        opened = SOURCES[source](people(scores), tmp_path)
        typed = count(read(opened, attributes=("score:0.3,0.7",)))
        assert [(g.group, g.counts.n) for g in typed.groups] == [
            ("0.3 to below 0.7", 4),
            ("0.7 and above", 4),
            ("below 0.3", 2),
        ]
        found = count(read(opened, attributes=("score:5",)))
        assert {g.group: g.counts.n for g in found.groups} == {
            "below 0.3": 2,
            "0.3 to below 0.5": 2,
            "0.5 to below 0.7": 2,
            "0.7 to below 0.9": 2,
            "0.9 and above": 2,
        }

    def test_ranks(self, kind: str, source: str, tmp_path: Path) -> None:
        scores = np.array([i / 10 for i in range(1, 21)], dtype=kind)
        opened = SOURCES[source](people(scores), tmp_path)
        scored = count_scores(read(opened, threshold=1.4))
        assert scored is not None
        assert scored.thresholds == tuple(i / 10 for i in range(1, 21))
        assert scored.overall.people == (0, *[1] * 20)
        with pytest.raises(ColumnError, match=r"the scores run from 0\.1 to 2, outside"):
            read(opened)


def test_polars_floats() -> None:
    frame = pl.DataFrame({"score": [0.7, 0.3], "label": [1, 0], "g": ["a", "a"]}).with_columns(
        pl.col("score").cast(pl.Float32)
    )
    assert count(read(open_frame(frame), threshold=0.7)).overall.selected == 1


@given(
    st.floats(allow_nan=False, width=32), st.floats(allow_nan=False), st.sampled_from(["float16", "float32"])
)
def test_comparisons_are_those_of_numpy(score: float, threshold: float, precision: str) -> None:
    with np.errstate(over="ignore"):
        mine = np.dtype(precision).type(score)
        theirs = np.dtype(precision).type(threshold)
    assert (float(mine) >= own(threshold, precision)) == bool(mine >= theirs)
    assert own(shortest(float(mine), precision), precision) == float(mine)


@pytest.mark.parametrize("digits", [2, 9, 17, 20, 30])
def test_decimals_are_compared_by_their_value(digits: int) -> None:
    numbers = [Decimal(i).scaleb(-1) for i in range(1, 11)]
    table = pa.table(
        {"score": pa.array(numbers, pa.decimal128(38, digits)), "label": [0, 1] * 5, "g": ["a"] * 10}
    )
    for i in range(1, 11):
        assert count(read(open_frame(table), threshold=i / 10)).overall.selected == 11 - i
    objects = people(np.array(numbers, dtype=object))
    assert count(read(open_frame(objects), threshold=0.3)).overall.selected == 8
    assert count(read(open_frame(objects), threshold=0.30000000000000004)).overall.selected == 7


class TestWhatIsSaid:
    @pytest.mark.parametrize("threshold", [0.30000000000000004, 0.1234567890123, 1e-300, 0.5, 1 / 3])
    def test_thresholds_keep_their_digits(self, threshold: float) -> None:
        checked = read(open_frame(people([threshold, 0.9, 0.2, 0.3])), threshold=threshold)
        assert checked.rule is not None
        assert checked.rule.sentence == f"score >= {threshold!r}"

    def test_edges_that_somebody_chose_keep_theirs(self) -> None:
        frame = people([0.3, 0.30000000000000004, 0.5, 0.6])
        checked = read(open_frame(frame), attributes=("score:0.30000000000000004,0.55",))
        assert [a.name for a in checked.attributes] == ["score:0.30000000000000004,0.55"]
        assert {g.group: g.counts.n for g in count(checked).groups} == {
            "below 0.30000000000000004": 1,
            "0.30000000000000004 to below 0.55": 2,
            "0.55 and above": 1,
        }

    def test_a_range_is_not_rounded_away(self) -> None:
        with pytest.raises(ColumnError, match=r"run from 0\.5 to 1\.0000001, outside"):
            read(open_frame(people([0.5, 0.7, 0.9, 1.0000001])))
