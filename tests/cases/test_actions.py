"""Values that would be commands to GitHub's runner."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from running import run_main

Case = Callable[[int], Path]


@pytest.mark.parametrize(
    "words", [["group"], ["group", "-a", "##[error]x"], ["group", "-a", "##[error]y"], ["slice"]]
)
def test_21_a_header_that_is_a_command(case: Case, tmp_path: Path, words: list[str]) -> None:
    file = case(21) / "legacy_cmd.csv"
    ran = run_main(words[0], file, *words[1:], cwd=tmp_path, env={"GITHUB_ACTIONS": "true"})
    assert ran.code in (0, 2)
    assert "##[" not in ran.err
    assert "Traceback" not in ran.err
