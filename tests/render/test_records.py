"""The flat list: one record for each group of each gate, which tools read as it stands."""

from __future__ import annotations

import io
import json

import pandas as pd
import pytest

from fairaudit.documents.gates import CheckDocument
from fairaudit.gates.evaluate import read_gates
from fairaudit.render.gates.records import records
from fairaudit.workflow.check import check

GATES = [
    {"name": "ratio", "metric": "fpr", "slices": ["race", "sex"], "ratio_within": "0.8"},
    {"name": "floor\n", "metric": "accuracy", "attribute": "race", "min": "0.5"},
    {"name": "alone", "metric": "accuracy", "attribute": "one", "ratio_within": "0.8"},
]


@pytest.fixture(scope="module")
def document() -> CheckDocument:
    frame = pd.DataFrame(
        {
            "label": [0, 1] * 40,
            "score": [0, 1, 1, 0] * 20,
            "race": ["a", "b", "b", "é\nf"] * 20,
            "sex": ["F"] * 40 + ["M"] * 40,
            "one": ["x"] * 80,
        }
    )
    return check(frame, read_gates(GATES, file="x")).document


def test_every_finding_is_a_record_with_the_same_keys(document: CheckDocument) -> None:
    found = json.loads(records(document), parse_constant=pytest.fail)
    assert len(found) == sum(len(gate.findings) for gate in document.gates) > 3
    assert len({tuple(record) for record in found}) == 1
    assert len({record["slice"] for record in found}) == len(found)
    assert all(not isinstance(value, (list, dict)) for record in found for value in record.values())
    (record,) = (r for r in found if r["gate"] == "floor" and r["group"] == "b")
    assert record == {
        "slice": "floor: race = b",
        "gate": "floor",
        "metric": "accuracy",
        "limit": "level",
        "attribute": "race",
        "group": "b",
        "n": 40,
        "value": 0.5,
        "interval_low": record["interval_low"],
        "interval_high": record["interval_high"],
        "interval_confidence": record["interval_confidence"],
        "low": 0.5,
        "high": None,
        "verdict": "undecided",
        "outcome": "failed",
        "waived_until": None,
        "sentence": 'UNDECIDED "floor": b 50% (allowed at least 50%).',
    }


def test_names_are_printable_in_what_charts_show(document: CheckDocument) -> None:
    found = json.loads(records(document))
    assert {r["group"] for r in found if "\n" in r["group"]} == {"é\nf"}
    assert r"floor: race = é\nf" in {r["slice"] for r in found}


def test_pandas_reads_it(document: CheckDocument) -> None:
    text = records(document)
    frame = pd.read_json(io.StringIO(text), orient="records")
    assert len(frame) == len(json.loads(text))
    assert frame["value"].dtype == "float64"
