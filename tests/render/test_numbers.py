"""The numbers of documents: as OpenMetrics, which Prometheus's own parser reads, and as a flat list for DVC and MLflow."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from running import run_main

import fairaudit
from fairaudit.render.numbers.flat import numbers
from fairaudit.render.numbers.openmetrics import openmetrics

MLFLOW = re.compile(r"[/\w.\- ]*")
"""What MLflow admits in the name of a metric; nor may a part of it be empty, or stand for another folder."""
HOSTILE = 'a"b\\c\nd\x1b[31m/..=1+1'


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    rows = range(240)
    return pd.DataFrame(
        {
            "label": [i % 2 for i in rows],
            "decision": [int(i % 3 == 0) for i in rows],
            "town": [("A", HOSTILE, "A/B")[i % 5 % 3] for i in rows],
            "kind": ["few" if i < 1 else "many" for i in rows],
        }
    )


@pytest.fixture(scope="module")
def documents(people: pd.DataFrame) -> tuple[Any, ...]:
    audit = fairaudit.audit(people, attributes=["town", "kind"])
    gates = [
        {"metric": "pprev", "attribute": "town", "ratio_within": "0.8"},
        {"metric": "f1", "attribute": "kind", "min": "0.9"},
    ]
    return audit.group, audit.slices, audit.bias, audit.fairness, fairaudit.check(people, gates).document


def families(text: str) -> dict[str, Any]:
    parser = pytest.importorskip("prometheus_client.openmetrics.parser")
    return {family.name: family for family in parser.text_string_to_metric_families(text)}


def test_prometheus_reads_every_number(documents: tuple[Any, ...]) -> None:
    group, slices, bias, _, check = documents
    read = families(openmetrics(*documents))
    metrics = {
        (s.labels.get("attribute"), s.labels.get("group"), s.labels["metric"]): s.value
        for s in read["fairaudit_metric"].samples
    }
    # Signs that nobody can see are written as a terminal shows them.
    shown = {g.group: g.group for g in group.groups} | {HOSTILE: 'a"b\\c\\nd\\x1b[31m/..=1+1'}
    expected = {(None, None, m): e.value for m, e in group.overall.metrics.items() if e.value is not None}
    for g in group.groups:
        values = {(g.attribute, shown[g.group], m): e.value for m, e in g.metrics.items()}
        expected |= {key: value for key, value in values.items() if value is not None}
    assert metrics == expected
    ratios = {(s.labels["group"], s.labels["metric"]): s.value for s in read["fairaudit_ratio"].samples}
    known = [d for d in bias.disparities if not d.is_reference and d.ratio is not None]
    assert ratios == {(shown[d.group], d.metric): d.ratio for d in known}
    gates = {(s.labels["gate"], s.labels["outcome"]): s.value for s in read["fairaudit_gate"].samples}
    assert {gate for (gate, outcome), value in gates.items() if value == 1} == {g.name for g in check.gates}
    assert all(gates[gate.name, gate.outcome.value] == 1 for gate in check.gates)
    assert read["fairaudit_rows"].samples[0].value == 240
    assert slices.overall.n == 240


def test_what_is_undefined_is_left_out_and_counted(documents: tuple[Any, ...]) -> None:
    group = documents[0]
    undefined = sum(e.value is None for g in group.groups for e in g.metrics.values())
    assert undefined > 0
    flat = json.loads(numbers(group))
    assert flat["undefined"] == undefined
    assert families(openmetrics(group))["fairaudit_undefined"].samples[0].value == undefined
    assert "nan" not in openmetrics(*documents).casefold()


def test_the_flat_list_has_names_that_mlflow_admits_and_dvc_reads(documents: tuple[Any, ...]) -> None:
    text = numbers(*documents)
    flat = json.loads(text)
    assert list(flat) == sorted(flat)
    assert {type(value) for value in flat.values()} <= {int, float}
    for name in flat:
        assert MLFLOW.fullmatch(name)
        assert len(name) <= 250
        assert all(part.strip(".") for part in name.split("/"))
    assert flat["town/A/fpr"] == next(g.metrics["fpr"].value for g in documents[0].groups if g.group == "A")
    assert flat["town/A_B/people"] != flat["town/A/people"]
    assert flat["rows used"] == 240
    assert sum(flat[f"verdict/{verdict}"] for verdict in ("pass", "fail", "undecided")) == 1


def test_names_that_would_be_one_are_two() -> None:
    rows = range(80)
    frame = pd.DataFrame(
        {
            "label": [i % 2 for i in rows],
            "decision": [i % 3 % 2 for i in rows],
            "x": [("a=b", "a:b", "." * 70, "n" * 90)[i % 4] for i in rows],
        }
    )
    flat = json.loads(numbers(fairaudit.audit(frame, attributes="x").group))
    named = [name for name in flat if name.endswith("/people") or "/people " in name]
    assert len(named) == 5
    assert sum(name.startswith("x/a_b/people") for name in named) == 2


@pytest.mark.parametrize(
    ("words", "written"),
    [
        (["group", "p.csv"], "kind/many/fpr"),
        (["slice", "p.csv"], "kind/many/fpr"),
        (
            ["slice", "p.csv", "--prediction", "kind", "--label", "town", "-f", "decision"],
            "everybody/macro_f1",
        ),
        (["bias", "p.csv"], "kind/few/pprev/ratio"),
        (["check", "p.csv", "--policy", "gates.toml"], "gate/G/failed"),
    ],
    ids=["group", "slice", "several classes", "bias", "check"],
)
def test_commands_write_both_where_they_are_asked(
    people: pd.DataFrame, tmp_path: Path, words: list[str], written: str
) -> None:
    people.to_csv(tmp_path / "p.csv", index=False)
    gate = '[[gate]]\nname = "G"\nmetric = "pprev"\nattribute = "kind"\nratio_within = 0.8\n'
    (tmp_path / "gates.toml").write_text(gate, encoding="utf-8")
    ran = run_main(*words, "--openmetrics", "m.prom", "--numbers", "metrics.json", cwd=tmp_path)
    assert ran.code in (0, 1, 3), ran.err
    assert written in json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    assert (tmp_path / "m.prom").read_text(encoding="utf-8").endswith("# EOF\n")


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        (["--numbers", "p.csv"], "--numbers: p.csv would take the place of a file that is read or written"),
        (["--numbers", "x", "--openmetrics", "x"], "would take the place of a file"),
        (["--openmetrics", "nope/x"], "--openmetrics: there is no folder nope"),
        (["--openmetrics", "."], "--openmetrics: . is a folder"),
        (
            ["--numbers", "x.json", "--by", "town"],
            "--numbers: writes the numbers of one audit, and --by makes one",
        ),
    ],
)
def test_files_that_cannot_be_are_refused(
    people: pd.DataFrame, tmp_path: Path, typed: list[str], why: str
) -> None:
    people.to_csv(tmp_path / "p.csv", index=False)
    ran = run_main("audit", "p.csv", *typed, cwd=tmp_path)
    assert (ran.code, why in ran.err) == (2, True), ran.err
