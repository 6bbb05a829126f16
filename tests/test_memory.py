"""Memory: bounded, however many rows there are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "wait4"), reason="no wait4 on this system")

MOST_MEGABYTES = 545

PEOPLE = """
SELECT 100000000 + i AS id, hash(3 * i) % 2 AS score, hash(3 * i + 1) % 2 AS label_value,
    ['African-American', 'Caucasian', 'Hispanic', 'Other'][1 + CAST(hash(3 * i + 2) % 4 AS INTEGER)] AS race,
    ['Female', 'Male'][1 + CAST(hash(3 * i + 2) // 4 % 2 AS INTEGER)] AS sex,
    ['25 - 45', 'Greater than 45', 'Less than 25'][1 + CAST(hash(3 * i + 2) // 8 % 3 AS INTEGER)] AS age_cat
FROM range({rows}) AS people(i)
"""

# A child starts with the peak of the process that starts it, and pytest is large; so a small one stands between them.
MEASURE = """
import os, sys
pid = os.posix_spawn(sys.executable, [sys.executable, *sys.argv[1:]], os.environ)
_, status, usage = os.wait4(pid, 0)
print(usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))
sys.exit(os.waitstatus_to_exitcode(status))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("people")


def peak_megabytes(folder: Path, rows: int, *options: str) -> float:
    """Run ``fairaudit group`` on a generated file, about 45 bytes a row, and give its peak resident set."""
    file = folder / f"{rows}.csv"
    if not file.exists():
        duckdb.execute(f"COPY ({PEOPLE.format(rows=rows)}) TO '{file}' (HEADER)")
    audit = [
        "-m",
        "fairaudit",
        "group",
        str(file),
        "-a",
        "race,sex,age_cat",
        "--quiet",
        "-o",
        str(folder),
        *options,
    ]
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *audit], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    return int(done.stdout) / 1e6


@pytest.mark.parametrize("rows", [1_000_000, 3_000_000])
def test_rows_fit_into_bounded_memory(folder: Path, rows: int) -> None:
    assert peak_megabytes(folder, rows) < MOST_MEGABYTES


def test_threads_share_the_memory(folder: Path) -> None:
    assert peak_megabytes(folder, 1_000_000, "--threads", "16") < MOST_MEGABYTES
