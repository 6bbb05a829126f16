"""Audits whose documents are rendered, made once: real ones, and one in which every name is hostile."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fairaudit.disparity.rule import VerdictRule
from fairaudit.documents.audit import BiasDocument, FairnessDocument, SlicesDocument
from fairaudit.documents.grouped import GroupDocument
from fairaudit.documents.model import (
    CvDocument,
    DataPart,
    FoldPart,
    FoldSlicePart,
    ModelPart,
    SplitPart,
    SpreadPart,
    TrainDocument,
)
from fairaudit.documents.parts import EstimatePart, InputPart, Stamp
from fairaudit.read.files import open_path
from fairaudit.settings.reading import ReadSettings
from fairaudit.workflow.audit import report_everything

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

    group: GroupDocument
    bias: BiasDocument
    fairness: FairnessDocument
    slices: SlicesDocument


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
    stamp = Stamp(created=datetime(2026, 1, 1, tzinfo=UTC), command="fairaudit audit a|b")
    made = report_everything(
        open_path(str(path)), settings, stamp, rule=VerdictRule(references=tuple(reference))
    )
    return Audited(group=made.group, bias=made.bias, fairness=made.fairness, slices=made.slices)


# --- documents of a training, small enough to be counted by hand ---


def _learnt(**more: Any) -> dict[str, Any]:
    settings = {
        "model": "logistic",
        "estimator": None,
        "params": {"C": "0.1"},
        "class_weight": None,
        "seed": 0,
        "threshold": 0.5,
        "target": "y",
        "positive": ["yes"],
        "drop": ["id"],
        "where": None,
        "missing": "error",
    }
    return {
        "fairaudit": "0.1.0",
        "created": datetime(2026, 1, 1, tzinfo=UTC),
        "command": "fairaudit train data.csv",
        "input": InputPart(name="data.csv", sha256="a" * 64, bytes=1000, rows=100, used=100, dropped={}),
        "environment": {"python": "3.11"},
        "settings": settings | more,
        "model": ModelPart(
            estimator="LogisticRegression",
            params={"C": 0.1},
            features_in=["x", "z"],
            features_out=["x", "z"],
            dropped=["id"],
            classes=[0, 1],
            target="y",
            positive=["yes"],
            threshold=0.5,
        ),
        "data": DataPart(rows=100, columns=3, missing={"x": 4}, prevalence={"all": 0.4}),
    }


@pytest.fixture(scope="session")
def trained() -> TrainDocument:
    """25 rows held out, 24 of which have a decision that is counted."""

    def accuracy(value: float, numerator: int, denominator: int, *, small: bool) -> dict[str, EstimatePart]:
        ci = (value - 0.125, value + 0.125)
        estimate = EstimatePart(
            value=value,
            numerator=numerator,
            denominator=denominator,
            ci=ci,
            small=small,
            reason=None,
            ci_reason=None,
        )
        return {"accuracy": estimate}

    return TrainDocument(
        **_learnt(test_size=0.25),
        split=SplitPart(kind="stratified by the label", test_size=0.25, seed=0, train=75, test=25),
        metrics={
            "train": accuracy(0.8, 60, 75, small=False),
            "test": accuracy(0.75, 18, 24, small=True),
        },
        predictions_sha256="0" * 64,
        warnings=[],
    )


@pytest.fixture(scope="session")
def folded() -> CvDocument:
    """Five folds, and one slice."""
    spread = SpreadPart(mean=0.7, std=0.01, min=0.68, max=0.72, folds=5, reason=None)
    return CvDocument(
        **_learnt(folds=5, repeats=1, attributes=[]),
        folds=[FoldPart(repeat=1, fold=1, n=20, metrics={"accuracy": 0.7}, reasons={})],
        summary={"accuracy": spread},
        slices=[FoldSlicePart(feature="sex", slice="F", n=40, small=False, metrics={"accuracy": spread})],
        predictions_sha256="1" * 64,
        warnings=[],
    )
