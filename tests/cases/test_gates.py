"""Policies that were answered wrongly."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from running import run_main

Case = Callable[[int], Path]


@pytest.mark.parametrize(
    ("policy", "options", "code"),
    [("one2", (), 1), ("two2", (), 1), ("two2", ("--family", "policy"), 0)],
)
def test_26_a_gate_that_cannot_fail_weakens_no_other(
    case: Case, tmp_path: Path, policy: str, options: tuple[str, ...], code: int
) -> None:
    ran = run_main(
        "check", case(26) / "predictions.csv", "--policy", case(26) / f"{policy}.toml", *options, cwd=tmp_path
    )
    assert (ran.code, ran.err) == (code, "")
    gates = json.loads((tmp_path / "fairaudit-out" / "check.json").read_text())["gates"]
    assert (gates[0]["name"], gates[0]["outcome"]) == ("fpr race", "failed" if code else "warned")
    said = " ".join(ran.out.split())
    assert ("fails if the gate is a family of its own" in said) is bool(options)


def test_26_the_policy_may_join_its_gates(case: Case, tmp_path: Path) -> None:
    text = (case(26) / "two2.toml").read_text()
    (tmp_path / "fairaudit.toml").write_text(f'{text}\n[check]\nfamily = "policy"\n')
    assert run_main("check", case(26) / "predictions.csv", cwd=tmp_path).code == 0
