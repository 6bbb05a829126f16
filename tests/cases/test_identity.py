"""Several models over the same people in one file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from running import run_main


def test_06_models_are_not_more_people(case: Callable[[int], Path], tmp_path: Path) -> None:
    data = case(6) / "d.csv"
    for command in ("audit", "group", "bias", "fairness", "slice"):
        ran = run_main(command, data, cwd=tmp_path)
        assert (ran.code, ran.out) == (2, "")
        assert "4 models on 150 people (entity_id)" in ran.err
        assert 'by --where "model_id = 1", or each by fairaudit audit --by model_id.' in ran.err
    assert list(tmp_path.iterdir()) == []
    assert run_main("audit", data, "--by", "model_id", cwd=tmp_path).code == 0
    found = json.loads((tmp_path / "fairaudit-out" / "by.json").read_text())
    assert [(audit["value"], audit["people"]) for audit in found["audits"]] == [(v, 150) for v in "1357"]
    assert run_main("group", data, "--where", "model_id = 1", cwd=tmp_path).code == 0
