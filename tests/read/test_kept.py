"""Rows that are loaded again and again are read once, and are what they are when they are read each time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairaudit.documents.parts import Stamp
from fairaudit.errors import ColumnError, RowError
from fairaudit.read.dataframes import open_frame
from fairaudit.read.files import open_path
from fairaudit.read.rows import Input, Rows
from fairaudit.settings.reading import ReadSettings
from fairaudit.workflow.parts import audit_parts
from fairaudit.workflow.pipeline import AuditOptions

PEOPLE = pd.DataFrame(
    {
        "model": ["a", "b", "c"] * 40,
        "label": [0, 1] * 60,
        "score": [i * 7 % 4 % 2 for i in range(120)],
        "sex": ["f", "m"] * 60,
        "age": [20 + i % 7 for i in range(120)],
    }
)
STAMP = Stamp(created=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), command="test")


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[int]]:
    """Note which places are read of sources that are opened from now on."""
    seen: list[Sequence[int]] = []
    make = Input.__init__

    def noting(
        self: Input, name: str, columns: Any, relate: Callable[..., Any], *rest: Any, **named: Any
    ) -> None:
        def noted(connection: Any, places: Sequence[int]) -> Any:
            seen.append(places)
            return relate(connection, places)

        is_source = relate.__qualname__ != "Input.kept.<locals>.relate" and relate.__name__ != "noted"
        make(self, name, columns, noted if is_source else relate, *rest, **named)

    monkeypatch.setattr(Input, "__init__", noting)
    return seen


def csv(folder: Path) -> Input:
    PEOPLE.to_csv(folder / "p.csv", index=False)
    return open_path(str(folder / "p.csv"))


def parquet(folder: Path) -> Input:
    halves = pa.array(np.linspace(0, 1, 120, dtype=np.float16))
    pq.write_table(pa.table(PEOPLE).append_column("half", halves), folder / "p.parquet")
    return open_path(str(folder / "p.parquet"))


def frame(_: Path) -> Input:
    return open_frame(
        PEOPLE.assign(sex=PEOPLE["sex"].astype("category"), lists=[[1]] * 120, day=dt.date(2020, 1, 1))
    )


def described(rows: Rows) -> dict[str, Any]:
    return {
        "source": rows.source,
        "table": rows.connection.execute("SELECT * FROM source_rows").fetchall(),
        "types": rows.connection.execute("DESCRIBE source_rows").fetchall(),
        "halves": rows.halves,
        "passed over": rows.passed_over,
        "notes": rows.notes,
    }


@pytest.mark.parametrize("source", [csv, parquet, frame])
def test_they_are_the_same(source: Callable[[Path], Input], tmp_path: Path) -> None:
    opened = source(tmp_path)
    kept = opened.kept()
    for also in (["sex"], list(opened.columns), ["age", "sex"]):
        for where in (None, "age > 22"):
            loaded = [one.load(["label"], also=also, where=where) for one in (opened, kept)]
            assert described(loaded[0]) == described(loaded[1])


def test_a_column_is_read_once(tmp_path: Path, reads: list[Sequence[int]]) -> None:
    kept = csv(tmp_path).kept()
    for columns in (["label"], ["label"], ["label", "sex"], ["sex"], ["label"]):
        kept.load(columns)
    assert reads == [(1,), (1, 3)]


def test_faults_are_those_of_the_source(tmp_path: Path) -> None:
    with pytest.raises(ColumnError, match="column 'lists'"):
        frame(tmp_path).kept().load(["lists"])
    (tmp_path / "p.csv").write_text("label,score\n0,1\n1,1,2\n", encoding="utf-8")
    with pytest.raises(RowError, match="line 3"):
        open_path(str(tmp_path / "p.csv")).kept().load(["label"])


@pytest.mark.parametrize("attributes", [(), ("sex", "age:22,24")], ids=["chosen", "named"])
def test_one_audit_of_each_value_reads_once(
    attributes: tuple[str, ...], tmp_path: Path, reads: list[Sequence[int]]
) -> None:
    reading = ReadSettings(attributes=attributes, where="age < 26")
    parts = audit_parts(csv(tmp_path), "model", AuditOptions(reading=reading), STAMP)
    assert [part.value for part in parts.parts] == ["a", "b", "c"]
    assert len(reads) == 1
