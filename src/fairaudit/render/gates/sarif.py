"""The answers to a policy as SARIF 2.1.0, which GitHub's code scanning shows beside the lines of the policy.

References
----------
OASIS, Static Analysis Results Interchange Format 2.1.0; GitHub Docs, "SARIF support for code scanning", for the properties that it
demands and reads.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from fairaudit.documents.gates import CheckDocument, GatePart, OnUndecided, Outcome
from fairaudit.errors import clipped, join_sentences
from fairaudit.metrics.table import OF_GATES
from fairaudit.render.escape import cell
from fairaudit.render.words.demands import demand_sentence
from fairaudit.render.words.gates import gate_texts, headline, plain, title, too_few_text
from fairaudit.render.words.names import shown_name
from fairaudit.render.words.people import words_of
from fairaudit.render.words.waivers import waiver_texts
from fairaudit.settings.choices import Decide
from fairaudit.settings.places import PolicyPlace

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ROOT = "%SRCROOT%"
MOST_DESCRIPTION = 1_000
"""GitHub cuts a description at 1,024 characters."""
_LEVELS = {
    Outcome.FAILED: "error",
    Outcome.UNDECIDED: "error",
    Outcome.WARNED: "warning",
    Outcome.WAIVED: "warning",
}
"""An undecided gate ends a build as one that fails does, unless the policy says otherwise."""
_BLOCK = 100
_END_OF_FILE = 65_535
_Fields = dict[str, Any]


def sarif(document: CheckDocument, *, policy: PolicyPlace) -> str:
    """Write the answer as SARIF: each gate is a rule, and each gate that did not pass a result at its line of the policy.

    Parameters
    ----------
    policy
        Where the gates of the document stand, in its order.

    Returns
    -------
    str
        JSON. Strangers' texts are plain text, and escaped in Markdown; none becomes a link.
    """
    ids = _rule_ids([gate.name for gate in document.gates])
    hashes = line_hashes(policy.text)
    results = [
        _result(gate, number, ids[number], policy, hashes, gate_texts(gate, document).text)
        for number, gate in enumerate(document.gates)
        if gate.outcome is not Outcome.PASSED
    ]
    words = words_of(document.settings)
    results += [
        {
            **_result(gate, number, ids[number], policy, hashes, f"{title(gate, words)}: {text}"),
            "level": "none",
            "kind": "notApplicable",
        }
        for number, gate in enumerate(document.gates)
        if gate.outcome is Outcome.PASSED and (text := too_few_text(gate, words))
    ]
    run = {
        "tool": {
            "driver": {
                "name": "fairaudit",
                "version": document.fairaudit,
                "rules": [
                    _rule(gate, id, waiver_texts(gate, document))
                    for gate, id in zip(document.gates, ids, strict=True)
                ],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the repository."}}},
        "invocations": [{"executionSuccessful": True, "exitCode": document.exit_code}],
        "results": results,
        "properties": {"answer": _linkless(f"{headline(document)}."), "input": plain(document.input.name)},
    }
    written = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(written, ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def _rule(gate: GatePart, id: str, waivers: Sequence[str]) -> _Fields:
    """Describe a gate; nothing of the data stands in it, so that it is the same in every run."""
    metric = OF_GATES[gate.metric]
    help_texts = [
        demand_sentence(gate),
        f"A higher {metric.long_name} says that {metric.says}",
        _decided(gate),
        f"Why it is demanded: {gate.reason}" if gate.reason else "",
        *waivers,
    ]
    demand = join_sentences(demand_sentence(gate), gate.reason or "")
    return {
        "id": id,
        "name": _linkless(shown_name(gate.name, most=200)),
        "shortDescription": {"text": _linkless(shown_name(gate.name, most=200))},
        "fullDescription": {"text": _linkless(clipped(plain(demand), most=MOST_DESCRIPTION))},
        "help": {
            "text": _linkless(plain(join_sentences(*filter(None, help_texts)))),
            "markdown": "\n\n".join(cell(join_sentences(text), most=None) for text in help_texts if text),
        },
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["fairness"], "problem.severity": "error"},
    }


def _decided(gate: GatePart) -> str:
    """Say what a verdict on a gate rests on, and what becomes of it where the data leave it open."""
    if gate.decide is Decide.POINT:
        return "The measured value alone decides, whatever chance may have done"
    undecided = {
        None: "an undecided gate ends the check with exit code 3",
        OnUndecided.FAIL: "an undecided gate fails",
        OnUndecided.WARN: "an undecided gate is a warning",
        OnUndecided.PASS: "an undecided gate passes",
    }[gate.on_undecided]
    return f"The interval decides, after correction for many comparisons; {undecided}"


def _result(
    gate: GatePart, number: int, rule: str, policy: PolicyPlace, hashes: Sequence[str], text: str
) -> _Fields:
    line = policy.gates[number]
    return {
        "ruleId": rule,
        "ruleIndex": number,
        "level": _LEVELS.get(gate.outcome, "none"),
        "message": {"text": _linkless(plain(text))},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": policy.uri, "uriBaseId": ROOT},
                    "region": {
                        "startLine": line,
                        "startColumn": 1,
                        "endLine": line,
                        "endColumn": len(policy.lines[line - 1]) + 1,
                    },
                }
            }
        ],
        "partialFingerprints": {"primaryLocationLineHash": hashes[line - 1]},
        "properties": {"verdict": gate.verdict.value, "outcome": gate.outcome.value},
    }


def _rule_ids(names: Sequence[str]) -> list[str]:
    """Give each gate an identifier that is safe in an address; it stays while the gate keeps its name.

    >>> _rule_ids(["fpr ratio within 0.8 on race", "a b", "A-b"])
    ['fpr-ratio-within-0.8-on-race', 'a-b-c8687a08', 'a-b-b05dd069']
    """
    slugs = [re.sub(r"[^a-z0-9.]+", "-", name.casefold()).strip("-.")[:100] for name in names]
    counts = Counter(slugs)
    return [
        slug
        if slug and counts[slug] == 1
        else f"{slug or 'gate'}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
        for slug, name in zip(slugs, names, strict=True)
    ]


def _linkless(text: str) -> str:
    """Keep a text from being read as a link, which SARIF allows in plain text."""
    return text.replace("](", "] (")


def line_hashes(text: str) -> list[str]:
    """Give each line of a file the hash by which GitHub knows an alert again, as its action for uploads computes it.

    It is that of the 100 characters from the line's beginning on, without blanks, and of how many lines before have the same; were it
    another, the action would warn of each alert.

    References
    ----------
    github/codeql-action, ``src/fingerprints.ts``.
    """
    units: list[int] = []
    begins: list[int] = []
    for line in re.sub(r"\r\n?", "\n", text).split("\n"):
        begins.append(len(units))
        encoded = line.replace(" ", "").replace("\t", "").encode("utf-16-le", "surrogatepass")
        units += [int.from_bytes(encoded[i : i + 2], "little") for i in range(0, len(encoded), 2)]
        units.append(ord("\n"))
    # The last line has no end, and the file one.
    units = [*units[:-1], _END_OF_FILE, *([0] * _BLOCK)]
    counts: Counter[str] = Counter()
    hashes = []
    for begin in begins:
        value = 0
        for unit in units[begin : begin + _BLOCK]:
            value = (value * 37 + unit) % 2**64
        counts[f"{value:x}"] += 1
        hashes.append(f"{value:x}:{counts[f'{value:x}']}")
    return hashes
