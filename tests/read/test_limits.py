"""How much of the machine reading may take: said on the command line, in a file or in Python; and nothing is left behind, after Ctrl-C either."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from running import Ran

import fairaudit
from fairaudit.errors import FairauditError, OptionError
from fairaudit.read.files import open_path
from fairaudit.settings.source import InputSettings

WriteCsv = Callable[..., str]
LINES = ["label,score,sex", *(f"{i % 2},{i % 10 / 10},{'FM'[i % 3 % 2]}" for i in range(60))]


@pytest.fixture
def configs(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The settings of every connection that has been opened with any."""
    seen: list[dict[str, Any]] = []
    connect = duckdb.connect

    def noted(*arguments: Any, **named: Any) -> Any:
        if named.get("config"):
            seen.append(named["config"])
        return connect(*arguments, **named)

    monkeypatch.setattr(duckdb, "connect", noted)
    return seen


def assert_limited(configs: list[dict[str, Any]], folder: Path) -> None:
    assert configs
    for config in configs:
        assert (config["memory_limit"], config["threads"]) == ("150MB", 1)
        assert Path(config["temp_directory"]).parent == folder
    assert list(folder.iterdir()) == []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "temporary"
    made.mkdir()
    return made


@pytest.mark.parametrize("way", ["command line", "file", "Python"])
def test_limits_reach_duckdb(
    way: str,
    write_csv: WriteCsv,
    run: Callable[..., Ran],
    configs: list[dict[str, Any]],
    folder: Path,
    tmp_path: Path,
) -> None:
    path = write_csv(*LINES)
    if way == "Python":
        for source in (path, pd.read_csv(path)):
            audit = fairaudit.audit(
                source, attributes="sex", memory_limit="150MB", threads=1, temp_dir=folder
            )
            assert audit.group.groups
            del audit
    else:
        words = ["--memory-limit", "150MB", "--threads", "1", "--temp-dir", str(folder)]
        if way == "file":
            (tmp_path / "fairaudit.toml").write_text(
                'memory-limit = "150MB"\nthreads = 1\ntemp-dir = "temporary"\n', encoding="utf-8"
            )
            words = []
        ran = run("group", path, "-a", "sex", *words, cwd=tmp_path)
        assert ran.code == 0, ran.err
    assert_limited(configs, folder)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("memory_limit", "much", "memory_limit: 'much' is no amount of memory. Say one such as 600MB or 2GB."),
        ("memory_limit", "1KB", "memory_limit: 1KB is too little to read a table with. Say 64MiB or more."),
        ("memory_limit", "2GB'; DROP TABLE x", "is no amount of memory"),
        ("threads", 0, "threads: "),
        ("delimiter", "ab", "delimiter: 'ab' is no delimiter. Say one sign such as ';' or '^', or tab or space."),
        ("encoding", "base64", "encoding: 'base64' is no encoding of text. Say one such as utf-8, utf-16, cp1252 or latin-1."),
        ("names", ["a", " "], "names: one of them is empty. Name every column, such as by x1."),
        ("format", "xls", "format: 'xls' is not a choice."),
    ],
)  # fmt: skip
def test_values_that_are_none(name: str, value: object, sentence: str, write_csv: WriteCsv) -> None:
    options: dict[str, Any] = {name: value}
    with pytest.raises(OptionError) as caught:
        fairaudit.audit(write_csv(*LINES), attributes="sex", **options)
    assert sentence in str(caught.value)


def test_a_folder_that_is_not_there(write_csv: WriteCsv, tmp_path: Path) -> None:
    with pytest.raises(FairauditError, match="nowhere: cannot be written to: No such file or directory"):
        open_path(write_csv(*LINES), InputSettings(temp_dir=tmp_path / "nowhere"))


def until(condition: Callable[[], object], process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    begun = time.monotonic()
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() - begun < seconds
        time.sleep(0.02)


@pytest.mark.skipif(os.name == "nt", reason="there are no pipes with names")
def test_after_ctrl_c_nothing_is_left(folder: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "rows.csv"
    os.mkfifo(pipe)
    words = ["group", str(pipe), "-a", "sex", "--temp-dir", str(folder), "--out", str(tmp_path / "out")]
    process = subprocess.Popen(
        [sys.executable, "-m", "fairaudit", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with pipe.open("wb") as rows:
        # It waits for the rest of them.
        rows.write("\n".join(LINES).encode())
        rows.flush()
        until(lambda: list(folder.glob("*/stream")), process)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.decode().splitlines() == ["fairaudit: interrupted; no file was left half-written"]
    assert list(folder.iterdir()) == []
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("reader", ["DuckDB", "Python"])
def test_ctrl_c_while_rows_are_read(reader: str, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    lines = "".join(f"{i % 2},{i * 7919 % 1000003 / 1000003},{'FM'[i % 3 % 2]}\n" for i in range(200_000))
    path.write_text("label,score,sex\n" + lines * 6, encoding="utf-8")
    words = ["group", str(path), "-a", "sex", "--temp-dir", str(folder), "--out", str(tmp_path / "out")]
    skipping = ["--skip-bad-lines"] if reader == "Python" else []
    process = subprocess.Popen(
        [sys.executable, "-m", "fairaudit", *words, "--memory-limit", "100MB", *skipping],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    until(lambda: list(folder.glob("*/rows.csv" if skipping else "*")), process)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert list(folder.iterdir()) == []
