"""A large file is read once, beside the sample, and its hash is taken once."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import duckdb
import pytest
from running import run_main

from fairaudit.engine import lines
from fairaudit.read import rows
from fairaudit.read.source_file import hash_file

ROWS = 100_000
PEOPLE = f"""
SELECT 100000000 + i AS id, $score AS score, hash(3 * i + 1) % 2 AS label, ['a', 'b', 'c'][1 + CAST(hash(3 * i + 2) % 3 AS INTEGER)] AS race,
    ['Female', 'Male'][1 + CAST(hash(3 * i + 2) // 4 % 2 AS INTEGER)] AS sex
FROM range({ROWS}) AS people(i)
"""
IO = Path("/proc/self/io")


def bytes_read() -> int:
    """Return how many bytes this process has read, by whatever library."""
    return int(dict(line.split(": ") for line in IO.read_text().splitlines())["rchar"])


@pytest.mark.skipif(not IO.exists(), reason="this system does not tell what a process reads")
@pytest.mark.parametrize("command", ["group", "bias", "audit"])
@pytest.mark.parametrize("score", ["hash(3 * i) % 2", "hash(3 * i) / 18446744073709551616.0"])
def test_a_large_file_is_read_once(tmp_path: Path, command: str, score: str) -> None:
    duckdb.execute(f"COPY ({PEOPLE.replace('$score', score)}) TO '{tmp_path / 'people.csv'}'")
    duckdb.execute(f"COPY (FROM '{tmp_path / 'people.csv'}' LIMIT 100) TO '{tmp_path / 'few.csv'}'")
    size = (tmp_path / "people.csv").stat().st_size
    words = (command, "-a", "race,sex", "-o", tmp_path / "out", "--quiet")
    # What is loaded at the first time is no part of it.
    assert run_main(*words, tmp_path / "few.csv").code == 0
    begun = bytes_read()
    assert run_main(*words, tmp_path / "few.csv").code == 0
    besides = bytes_read() - begun
    with patch.object(lines, "WORTH_IT", 0), patch.object(rows, "hash_file", side_effect=hash_file) as hashed:
        begun = bytes_read()
        assert run_main(*words, tmp_path / "people.csv").code == 0
        read = bytes_read() - begun - besides
    assert hashed.call_count == 1
    # Once for the hash, once for the rows; and the sample, which of a file of this size may be all of it.
    assert read < 3.5 * size
