"""The answers to a policy as a flat list, one record for each group of each gate: what DVC plots, pandas and jq read as it stands.

``dvc plots`` takes a file apart into all its lists and lays these side by side, so that it can read no document with more than one.
"""

from __future__ import annotations

import json

from fairaudit.documents.gates import CheckDocument, FindingPart, GatePart, TooFewPart
from fairaudit.errors import printable
from fairaudit.render.words.gates import finding_text, test_name, too_few_sentence
from fairaudit.render.words.people import words_of
from fairaudit.render.words.waivers import waiver_text
from fairaudit.settings.choices import TOO_FEW


def records(document: CheckDocument) -> str:
    """Write one record for each group of each gate, all with the same keys; `slice` tells them apart."""
    rows: list[dict[str, object]] = [
        {
            "slice": printable(f"{gate.name}: {test_name(finding.attribute, finding.group)}"),
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
            "waived_until": _waived_until(gate, finding),
            "sentence": printable(_sentence(gate, finding, document)),
        }
        for gate in document.gates
        for finding in gate.findings
    ]
    rows += [_too_few(gate, few, document) for gate in document.gates for few in gate.too_few]
    return json.dumps(rows, ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def _too_few(gate: GatePart, few: TooFewPart, document: CheckDocument) -> dict[str, object]:
    """Write the record of a group that is not judged."""
    return {
        "slice": printable(f"{gate.name}: {test_name(few.attribute, few.group)}"),
        "gate": gate.name,
        "metric": gate.metric,
        "limit": gate.limit.value,
        "attribute": few.attribute,
        "group": few.group,
        "n": few.people,
        "value": None,
        "interval_low": None,
        "interval_high": None,
        "interval_confidence": None,
        "low": gate.low,
        "high": gate.high,
        "verdict": TOO_FEW,
        "outcome": gate.outcome.value,
        "waived_until": None,
        "sentence": printable(too_few_sentence(gate, few, words_of(document.settings))),
    }


def _sentence(gate: GatePart, finding: FindingPart, document: CheckDocument) -> str:
    """Say what was found, and what the policy waives of it."""
    words, group = words_of(document.settings), (finding.attribute, finding.group)
    waivers = [waiver_text(w, words) for w in gate.waivers if (w.attribute, w.group) == group]
    return " ".join([finding_text(gate, finding, document)[0], *waivers])


def _waived_until(gate: GatePart, finding: FindingPart) -> str | None:
    """Return the day of a group's waiver, also of one that has run out; `sentence` says which."""
    group = (finding.attribute, finding.group)
    return next((w.until.isoformat() for w in gate.waivers if (w.attribute, w.group) == group), None)


__all__ = ["records"]
