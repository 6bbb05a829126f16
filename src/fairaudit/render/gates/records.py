"""The answers to a policy as a flat list, one record for each group of each gate: what DVC plots, pandas and jq read as it stands.

``dvc plots`` takes a file apart into all its lists and lays these side by side, so that it can read no document with more than one.
"""

from __future__ import annotations

import json

from fairaudit.documents.gates import CheckDocument
from fairaudit.errors import printable
from fairaudit.render.words.gates import finding_text


def records(document: CheckDocument) -> str:
    """Write one record for each group of each gate, all with the same keys; `slice` tells them apart."""
    rows = [
        {
            "slice": printable(f"{gate.name}: {finding.attribute} = {finding.group}"),
            "gate": gate.name,
            "metric": gate.metric,
            "limit": gate.limit.value,
            "attribute": finding.attribute,
            "group": finding.group,
            "n": finding.n,
            "value": finding.value,
            "interval_low": finding.interval[0] if finding.interval else None,
            "interval_high": finding.interval[1] if finding.interval else None,
            "interval_confidence": finding.interval_confidence if finding.interval else None,
            "low": gate.low,
            "high": gate.high,
            "verdict": finding.verdict.value,
            "outcome": gate.outcome.value,
            "sentence": printable(finding_text(gate, finding, document)[0]),
        }
        for gate in document.gates
        for finding in gate.findings
    ]
    return json.dumps(rows, ensure_ascii=False, allow_nan=False, indent=2) + "\n"


__all__ = ["records"]
