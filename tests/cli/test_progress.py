"""How far long work is: shown on a terminal after two seconds, with rows where these are about known."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairaudit.cli import console
from fairaudit.cli.console import Output
from fairaudit.read.files import open_path


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("rows", "shown"), [(1_000_000, "250,000 of about 1,000,000 rows"), (None, "Reading d.csv")]
)
def test_rows_and_time_left(
    rows: int | None, shown: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr(console, "PROGRESS_AFTER", -1.0)
    with Output(folder=tmp_path).progress("Reading d.csv", rows) as tell:
        tell(0.1)
        tell(0.25)
    assert shown in terminal.getvalue()
    assert "-:--:--" in terminal.getvalue() or "0:00:" in terminal.getvalue()


def test_short_work_shows_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with Output(folder=tmp_path).progress("Reading d.csv", 10) as tell:
        tell(0.5)
    assert terminal.getvalue() == ""


def test_rows_are_about_known(write_csv: Callable[..., str], tmp_path: Path) -> None:
    opened = open_path(write_csv("label,score", *(f"{i % 2},{i / 7:.6f}" for i in range(5000))))
    assert opened.expected_rows is not None
    assert 4000 < opened.expected_rows < 6000
    pq.write_table(pa.table({"label": list(range(777))}), tmp_path / "d.parquet")
    assert open_path(str(tmp_path / "d.parquet")).expected_rows == 777
