"""The same rows in every kind of file, and in every frame: the same groups, labels and scores, in training and in prediction."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import sqlite3
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairaudit.count.groups import count
from fairaudit.documents.parts import Stamp
from fairaudit.read.dataframes import open_frame
from fairaudit.read.files import open_path
from fairaudit.read.formats import FORMATS
from fairaudit.read.rows import Input
from fairaudit.read.table import validate
from fairaudit.settings.reading import ReadSettings
from fairaudit.settings.training import Training
from fairaudit.workflow.predict import predict
from fairaudit.workflow.prepare import prepare
from fairaudit.workflow.train import train

STAMP = Stamp(created=dt.datetime(2024, 1, 1, tzinfo=dt.UTC), command="test")
COLUMNS: dict[str, Callable[[int], Any]] = {
    "flag": lambda i: i % 3 == 0,
    "whole": lambda i: float(i % 4),
    "half": lambda i: (i % 5) / 2,
    "money": lambda i: Decimal(i % 3) + Decimal("0.50"),
    "day": lambda i: dt.date(2024, 1, 1 + i % 3),
    "moment": lambda i: dt.datetime(2024, 1, 1 + i % 2, 10 * (i % 2)),  # noqa: DTZ001  # files know no zone
    "name": lambda i: ("=A", "-none", "@home", "b c", "é")[i % 5],
    "missing": lambda i: None if i % 4 == 0 else ("x", "y")[i % 2],
}


def table(rows: int = 60) -> dict[str, list[Any]]:
    made = {name: [value(i) for i in range(rows)] for name, value in COLUMNS.items()}
    return {
        **made,
        "label": [(i * 7) % 5 < 2 for i in range(rows)],
        "score": [round(((i * 37) % 100) / 100, 2) for i in range(rows)],
    }


def in_every_format(data: dict[str, list[Any]], folder: Path) -> dict[str, Input]:
    arrow = pa.table(data)
    frame = pd.DataFrame(data)
    pq.write_table(arrow, folder / "d.parquet")
    frame.to_csv(folder / "d.csv", index=False)
    frame.to_csv(folder / "d.tsv", index=False, sep="\t")
    write_xlsx(frame, folder / "d.xlsx")
    with (folder / "d.jsonl").open("w", encoding="utf-8") as lines:
        for row in frame.astype(object).where(frame.notna(), None).to_dict("records"):
            lines.write(json.dumps(row, default=str) + "\n")
    pa.feather.write_feather(arrow, folder / "d.arrow")
    with duckdb.connect(str(folder / "d.duckdb")) as connection:
        connection.execute("CREATE OR REPLACE TABLE rows AS SELECT * FROM arrow")
    with contextlib.closing(sqlite3.connect(folder / "d.sqlite")) as connection:
        # SQLite knows neither money nor days, and truth values are numbers there.
        texts = frame.astype({"money": str, "day": str}).assign(
            flag=frame["flag"].map({True: "true", False: "false"})
        )
        texts.to_sql("rows", connection, index=False, if_exists="replace")
    names = ("d.csv", "d.tsv", "d.jsonl", "d.parquet", "d.arrow", "d.xlsx", "d.duckdb", "d.sqlite")
    return {
        **{name: open_path(str(folder / name)) for name in names},
        "pandas": open_frame(frame),
        "polars": open_frame(pl.DataFrame(data)),
        "Arrow": open_frame(arrow),
    }


def write_xlsx(frame: pd.DataFrame, path: Path) -> None:
    """Write a workbook in which no text is a formula, as a spreadsheet program does where one types an apostrophe before it."""
    with pd.ExcelWriter(path, engine="openpyxl") as writer:
        frame.to_excel(writer, index=False)
        for row in writer.book.active.iter_rows():
            for cell in row:
                cell.data_type = "s" if cell.data_type == "f" else cell.data_type


def test_groups_labels_and_scores(tmp_path: Path) -> None:
    columns = tuple(COLUMNS)
    seen = {}
    for name, opened in in_every_format(table(), tmp_path).items():
        counted = count(validate(opened, ReadSettings(attributes=columns)))
        seen[name] = [(g.attribute, g.group, g.counts) for g in counted.groups]
    assert all(groups == seen["d.parquet"] for groups in seen.values()), seen
    assert {group for attribute, group, *_ in seen["d.csv"] if attribute == "whole"} == {"0", "1", "2", "3"}
    assert {group for attribute, group, *_ in seen["d.csv"] if attribute == "money"} == {"0.5", "1.5", "2.5"}


def test_no_format_is_forgotten(tmp_path: Path) -> None:
    made = {Path(name).suffix for name in in_every_format(table(), tmp_path)}
    assert [kind.title for kind in FORMATS if not made.intersection(kind.endings)] == []


def test_training_and_prediction(tmp_path: Path) -> None:
    training = Training(target="label", drop=("score",))
    every = in_every_format(table(120), tmp_path)
    models = {
        name: train(prepare(opened, training), training, STAMP).files["model.skops"]
        for name, opened in every.items()
    }
    # To the last bit, so that what one of them predicts, all of them predict.
    assert all(model == models["d.csv"] for model in models.values())
    out = tmp_path / "model.skops"
    out.write_bytes(models["d.csv"])
    scores = {}
    for name, opened in every.items():
        folder = tmp_path / f"predicted-{name}"
        folder.mkdir()
        document = predict(out, opened, folder, STAMP)
        assert not document.unknown_categories
        scores[name] = pd.read_csv(folder / "predictions.csv")["score"].to_numpy()
    assert all(np.array_equal(found, scores["d.csv"]) for found in scores.values())


VALUES = st.one_of(
    st.sampled_from(
        [
            "A",
            "A ",
            " a",
            "é",
            "e\u0301",
            "NA",
            "?",
            "None",
            "",
            "-",
            ".",
            "True",
            "1.0",
            "1",
            "=x",
            "'=x",
            "-none",
            "\u200b",
        ]
    ),
    st.text(alphabet="ab é=-'+@,.0", max_size=4),
)


@settings(max_examples=60)
@given(values=st.lists(VALUES, min_size=2, max_size=12))
def test_a_file_and_a_frame_agree_on_any_text(
    values: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    frame = pd.DataFrame(
        {
            "label": [i % 2 for i in range(len(values))],
            "score": [i % 3 % 2 for i in range(len(values))],
            "group": pd.array(values, dtype="string"),
        }
    )
    path = tmp_path_factory.mktemp("f") / "d.parquet"
    frame.to_parquet(path)
    groups = []
    for opened in (open_frame(frame), open_path(str(path))):
        counted = count(validate(opened, ReadSettings(attributes=("group",))))
        groups.append([(g.group, g.counts.n) for g in counted.groups])
    assert groups[0] == groups[1]
    assert sum(n for _, n in groups[0]) == len(values)
