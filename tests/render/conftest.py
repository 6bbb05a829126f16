"""Audits whose documents are rendered, made once: real ones, and one in which every name is hostile."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fairaudit.config import ReadSettings
from fairaudit.read.files import open_path
from fairaudit.render import documents as d
from fairaudit.workflow.auditing import VerdictRule, report_everything

HOSTILE_NAMES = (
    "a|b",
    "`x`",
    "two\nlines",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "[link](javascript:alert(1))",
    "![x](http://e)",
    "\u202eevil",
    "n" * 300,
    "=1+1",
    "[/i]",
    "\x1b[31m",
    "😀 emoji",
    "日本語グループ",
    "עברית",
    "datum.value",
    "</details>",
    "{% raw %}",
    *(f"Group {letter}" for letter in "ABCDEFGHIJKL"),
)
HOSTILE_ATTRIBUTE = "<b>|attr`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """All documents of one audit."""

    group: d.GroupDocument
    bias: d.BiasDocument
    fairness: d.FairnessDocument
    slices: d.SlicesDocument


@pytest.fixture(scope="session")
def compas(data_dir: Path) -> Audited:
    path = data_dir / "compas_for_aequitas.csv"
    return audited(path, ReadSettings(), reference=("race=Caucasian", "sex=Male", "25 - 45"))


@pytest.fixture(scope="session")
def berkeley(examples_dir: Path) -> Audited:
    settings = ReadSettings(
        label="none",
        score="admitted",
        weight="count",
        attributes=("gender", "department", "department*gender"),
    )
    return audited(examples_dir / "berkeley.csv", settings)


@pytest.fixture(scope="session")
def loans(examples_dir: Path) -> Audited:
    settings = ReadSettings(
        label="repaid", score="score", attributes=("ethnicity", "region", "sex*age:25,40")
    )
    return audited(examples_dir / "loans.csv", settings)


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Audited:
    """Thirty groups, the later the fewer people and the more often selected."""
    import csv

    path = tmp_path_factory.mktemp("hostile") / "x|y <i>.csv"
    draw = random.Random(7)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["label", "score", HOSTILE_ATTRIBUTE, "sex"])
        for i, name in enumerate(HOSTILE_NAMES):
            writer.writerows(
                [int(draw.random() < 0.4), int(draw.random() < 0.3 + i * 0.015), name, draw.choice("MF")]
                for _ in range(400 // (i + 1) + 12)
            )
    return audited(path, ReadSettings(attributes=(HOSTILE_ATTRIBUTE, "sex")))


def audited(path: Path, settings: ReadSettings, *, reference: Sequence[str] = ("majority",)) -> Audited:
    stamp = d.Stamp(created=datetime(2026, 1, 1, tzinfo=UTC), command="fairaudit audit a|b")
    made = report_everything(
        open_path(str(path)), settings, stamp, rule=VerdictRule(references=tuple(reference))
    )
    return Audited(group=made.group, bias=made.bias, fairness=made.fairness, slices=made.slices)
