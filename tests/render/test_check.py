"""The answers to a policy in every format: what they say, and that no name breaks out of any of them."""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from rich.console import Console
from schemas import schema_of

from fairaudit.documents.gates import CheckDocument
from fairaudit.documents.parts import Stamp
from fairaudit.documents.text import dump, load
from fairaudit.gates.evaluate import Gate, read_gates
from fairaudit.gates.starter import Form, starter_policy
from fairaudit.read.files import open_path
from fairaudit.render.gates.github import github_commands
from fairaudit.render.gates.junit import junit
from fairaudit.render.gates.markdown import markdown
from fairaudit.render.gates.terminal import terminal
from fairaudit.settings.reading import ReadSettings
from fairaudit.texts import toml_text
from fairaudit.workflow.audit import tally
from fairaudit.workflow.check import check

HOSTILE_ATTRIBUTE = "::warning::<b>|attr`"
HOSTILE_GROUPS = (
    "a|b",
    "two\nlines",
    "::error::x",
    "##[error]x",
    "]]>",
    "<script>alert(1)</script>",
    "%0A::error::y",
    'a "b", c: d\r',
    "\x1b[31m",
    "\x01\x0b\ufffe",
    "[/i]",
    "[link](javascript:alert(1))",
    "`x`",
    "n" * 300,
    "😀",
    "עברית",
)
HOSTILE_GATE = "evil ]]> <x> & \"q\" 'p' ::error::z\n::warning::100%, | [/b]"


@cache
def junit_schema() -> Any:
    """Read the schema of JUnit's reports; it takes as long to load what reads it as a few audits."""
    import xmlschema

    return xmlschema.XMLSchema(str(Path(__file__).with_name("junit.xsd")))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hostile") / "x|y ::error:: <i>.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["label", "score", HOSTILE_ATTRIBUTE])
        for i, name in enumerate(HOSTILE_GROUPS):
            writer.writerows([k % 2, int(k % 7 < i % 7), name] for k in range(20 + 20 * i))
    return path


def gates(*names: str, **how: object) -> tuple[Gate, ...]:
    limits = (
        {"max": "0.3"},
        {"ratio_within": "0.8"},
        {"min": "0.01"},
        {"max_difference": "0.5", "decide": "point"},
    )
    entries = [
        {
            "name": name,
            "metric": "pprev",
            "attribute": HOSTILE_ATTRIBUTE,
            "reason": "<b>why</b>\n|",
            **limit,
            **how,
        }
        for name, limit in zip(names, limits, strict=False)
    ]
    return read_gates(entries, file="x")


def document(path: Path, asked: Sequence[Gate]) -> CheckDocument:
    stamp = Stamp(created=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), command="fairaudit check")
    return check(path, asked, settings=ReadSettings(), stamp=stamp).document


@pytest.fixture(scope="module")
def checked(hostile: Path) -> CheckDocument:
    return document(hostile, gates(HOSTILE_GATE, "second", "third", "fourth"))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three groups: 90 of 100, 50 of 100 and 5 of 10 selected."""
    path = tmp_path_factory.mktemp("small") / "small.csv"
    lines = ["label,score,g"]
    for name, x, n in (("most", 90, 100), ("half", 50, 100), ("few", 5, 10)):
        lines += [f"{i % 2},{int(i < x)},{name}" for i in range(n)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def answer(path: Path, **how: object) -> CheckDocument:
    return document(
        path,
        read_gates([{"name": "floor", "metric": "pprev", "attribute": "g", "min": "0.6", **how}], file="x"),
    )


def test_every_document_has_its_schema(checked: CheckDocument) -> None:
    text = dump(checked)
    schema_of("check").validate(json.loads(text))
    assert load(CheckDocument, text, file="x") == checked
    assert text == dump(load(CheckDocument, text, file="x"))


class TestJunit:
    def test_valid_whatever_the_names(self, checked: CheckDocument) -> None:
        text = junit(checked, seconds=1.25)
        junit_schema().validate(text)
        suite = ET.fromstring(text)[0]
        cases = suite.findall("testcase")
        assert len(cases) == sum(len(gate.findings) for gate in checked.gates) == int(suite.get("tests", ""))
        for kind in ("failure", "error", "skipped"):
            total = suite.get({"failure": "failures", "error": "errors"}.get(kind, kind))
            assert len(suite.findall(f"testcase/{kind}")) == int(total or "")
        assert suite.get("timestamp") == "2026-01-02T03:04:05"
        assert {case.get("classname") for case in cases} >= {"second", "third", "fourth"}
        assert "two\\nlines" in text
        assert "\\x01\\x0b\\ufffe" in text

    @pytest.mark.parametrize(
        ("on_undecided", "kind"), [(None, "error"), ("fail", "failure"), ("warn", "skipped"), ("pass", None)]
    )
    def test_what_could_not_be_decided(self, small: Path, on_undecided: str | None, kind: str | None) -> None:
        how = {} if on_undecided is None else {"on_undecided": on_undecided}
        text = junit(answer(small, min="0.65", **how), seconds=0)
        junit_schema().validate(text)
        cases = {case.get("name"): case for case in ET.fromstring(text).iter("testcase")}
        assert list(cases) == ["g = half", "g = few", "g = most"]
        assert [child.tag for child in cases["g = few"]] == ([] if kind is None else [kind])
        assert list(cases["g = most"]) == []
        assert {case.get("time") for case in cases.values()} == {"0.000"}

    def test_a_failure_says_what_and_why(self, small: Path) -> None:
        text = junit(answer(small, min="0.65", reason="The contract says so."), seconds=0.3)
        (failure,) = ET.fromstring(text).iter("failure")
        assert failure.get("type") == "gate"
        assert failure.get("message") == 'FAILED "floor": half 50% (allowed at least 65%).'
        assert failure.text == (
            f'{failure.get("message")} The selection rate of people with g "half" is 50 of 100. '
            "95% interval 39.8% to 60.2%. Allowed is at least 65%. Why it is demanded: The contract says so. "
            "Next: what it means, and what else to look at: fairaudit explain pprev."
        )

    def test_a_gate_with_nothing_to_compare_is_a_test_as_well(self, small: Path) -> None:
        asked = read_gates([{"metric": "pprev", "attribute": "g", "ratio_within": "0.8"}], file="x")
        path = small.with_name("one.csv")
        path.write_text("label,score,g\n1,0,a\n0,1,a\n", encoding="utf-8")
        found = document(path, asked)
        assert found.exit_code == 3
        text = junit(found, seconds=0)
        junit_schema().validate(text)
        (case,) = ET.fromstring(text).iter("testcase")
        assert [(child.tag, child.get("message")) for child in case] == [
            ("error", 'UNDECIDED "Are people selected about equally often?": there is no group to compare.')
        ]


class TestGithub:
    def test_one_command_for_each_gate_that_did_not_pass(self, checked: CheckDocument) -> None:
        commands = github_commands(checked)
        lacking = [gate for gate in checked.gates if gate.outcome != "passed"]
        assert len(commands) == len(lacking) > 1
        for command in commands:
            assert "\n" not in command
            assert "\r" not in command
            assert re.fullmatch(r"::(error|warning) title=[^:,]*::.*", command)
            assert not re.search(r"%(?!25|0A|0D|3A|2C)", command)

    def test_the_names_come_back_as_they_were(self, checked: CheckDocument) -> None:
        command = next(c for c in github_commands(checked) if "evil" in c)
        title = re.match(r"::error title=([^:]*)::", command)
        assert title is not None
        assert "%3A%3Aerror%3A%3Az\\n%3A%3Awarning%3A%3A100%25%2C | [/b]" in title[1]

    def test_a_warning_where_the_policy_warns(self, small: Path) -> None:
        (command,) = github_commands(answer(small, min="0.45", on_undecided="warn"))
        assert command.startswith(
            '::warning title=WARNING%2C UNDECIDED "floor"::WARNING, UNDECIDED "floor": few 50%25 '
        )
        assert github_commands(answer(small, min="0.1")) == ()


class TestMarkdown:
    def test_whole(self, small: Path) -> None:
        text = markdown(answer(small, min="0.65", reason="The contract says so."))
        assert text == (
            '## Fairness gates: 1 of 1 gate failed: "floor"\n'
            "\n"
            '- ❌ **FAILED "floor"**: half 50% (allowed at least 65%). The selection rate of people with g "half" is 50 of 100. '
            "95% interval 39.8% to 60.2%. Allowed is at least 65%. *The contract says so.* "
            "Next: what it means, and what else to look at: fairaudit explain pprev.\n"
            "\n"
            "| gate | result | groups | worst | allowed |\n"
            "|---|---|---|---|---|\n"
            "| floor | ❌ failed | 1 fail, 1 undecided, 1 pass | half 50% (allowed at least 65%) | at least 65% |\n"
            "\n"
            "3 comparisons in the policy; a fail holds after correcting for all of them (Holm, 5%).\n"
            "\n"
            "small.csv: 210 rows read, none dropped. fairaudit check.\n"
        )

    def test_names_are_text(self, checked: CheckDocument) -> None:
        text = markdown(checked)
        parser = MarkdownIt("gfm-like", {"linkify": False, "html": True})
        tokens = parser.parse(text)
        kinds = {child.type for token in tokens for child in token.children or ()} | {
            token.type for token in tokens
        }
        assert not kinds & {
            "html_inline",
            "html_block",
            "link_open",
            "image",
            "code_inline",
            "fence",
            "code_block",
        }
        assert len([token for token in tokens if token.type == "tr_open"]) == 1 + len(checked.gates)
        assert not any(line.lstrip().startswith("::") for line in text.splitlines())


class TestTerminal:
    def shown(self, found: CheckDocument, width: int) -> str:
        console = Console(width=width, file=io.StringIO(), color_system=None)
        with console.capture() as captured:
            console.print(terminal(found, width=width))
        return captured.get()

    def test_the_answer_stands_first(self, small: Path) -> None:
        lines = self.shown(answer(small, min="0.65"), 100).splitlines()
        assert lines[0].rstrip() == '1 of 1 gate failed: "floor".'
        assert lines[2].rstrip() == 'FAILED "floor": half 50% (allowed at least 65%).'
        assert "3 comparisons in the policy" in " ".join(lines)

    def test_all_passed(self, small: Path) -> None:
        assert self.shown(answer(small, min="0.01"), 100).startswith("1 gate passed.")

    def test_each_gate_that_failed_has_its_answer_and_its_next_step(self, small: Path) -> None:
        entries = [{"metric": "pprev", "attribute": "g", "min": f"0.{k}"} for k in range(91, 99)]
        lines = self.shown(document(small, read_gates(entries, file="x")), 400).splitlines()
        assert lines[0].startswith("8 of 8 gates failed.")
        assert (
            len([line for line in lines if line.startswith('FAILED "Is the selection rate at least 9')]) == 8
        )
        assert len([line for line in lines if line.startswith("  Next: ")]) == 8
        assert "more gates" not in "".join(lines)

    @pytest.mark.parametrize("width", [60, 80, 200])
    def test_no_line_is_wider_than_the_terminal_whatever_the_names(
        self, checked: CheckDocument, width: int
    ) -> None:
        text = self.shown(checked, width)
        assert "\x1b" not in text
        assert all(len(line.rstrip()) <= width for line in text.splitlines())


class TestStarter:
    @pytest.mark.parametrize(
        "text", ['a "b"', "back\\slash", "two\nlines", "\x00\x7f\u202e", "😀", "\U000e0001", ""]
    )
    def test_toml_texts_come_back(self, text: str) -> None:
        assert tomllib.loads(f"x = {toml_text(text)}") == {"x": text}

    def test_hostile_names(self, hostile: Path) -> None:
        opened = open_path(str(hostile))
        settings = ReadSettings(attributes=(HOSTILE_ATTRIBUTE,), where='"score" >= 0')
        tallied = tally(opened, settings)
        text = starter_policy(
            tallied.checked,
            tallied.measured,
            settings=settings,
            references=("majority",),
            form=Form(predictions="a\n.csv"),
        )
        found = tomllib.loads(text)
        assert found["check"] == {"predictions": "a\n.csv"}
        assert (found["where"], found["ref-group"]) == ('"score" >= 0', ["majority"])
        asked = read_gates(found["gate"], file="x")
        assert [gate.metric for gate in asked] == ["pprev", "fpr", "fnr"]
        assert {gate.attributes for gate in asked} == {(HOSTILE_ATTRIBUTE,)}
        assert document(hostile, asked).exit_code in (0, 1, 3)
        uncommented = re.sub(r"(?m)^# (?=\[\[gate\]\]$|metric = |slices = |min = 0\.7$)", "", text)
        assert [gate["metric"] for gate in tomllib.loads(uncommented)["gate"]] == [
            "pprev",
            "fpr",
            "fnr",
            "f1",
            "accuracy",
        ]

    def test_without_labels_there_are_selection_rates_alone(self, small: Path) -> None:
        settings = ReadSettings(label="none")
        tallied = tally(open_path(str(small)), settings)
        text = starter_policy(tallied.checked, tallied.measured, settings=settings)
        found = tomllib.loads(text)
        assert (found["label"], [gate["metric"] for gate in found["gate"]]) == ("none", ["pprev"])
        assert "# Today, g, against half: most 1.80, few 1.00 (few people)\n" in text


def test_no_reason_of_a_waiver_breaks_out_of_any_format(small: Path) -> None:
    why = "<script>alert(1)</script>|\n::error::x [bold]{{7*7}} ]]> [l](javascript:1) \x1b[31m" + "z" * 10_000
    until = {"half": date(2999, 1, 1), "few": date(2020, 1, 1)}
    waive = [{"group": group, "until": day, "why": why} for group, day in until.items()]
    found = answer(small, waive=waive)
    assert [(w.group, w.holds) for w in found.gates[0].waivers] == [("half", True), ("few", False)]
    text = junit(found, seconds=1.0)
    junit_schema().validate(text)
    assert [p.get("name") for p in ET.fromstring(text).iter("property")].count("waiver") == 2
    commands = github_commands(found)
    assert len(commands) == 1
    assert "\n" not in commands[0]
    written = markdown(found)
    assert "<script" not in written
    assert "\n- People with g" not in written.split("Waivers of the policy")[0]
    # As the terminal counts them: who is waived is not among those that are undecided.
    assert "| 1 undecided, 1 pass, 1 waived |" in written
    assert " [l](javascript" not in written
    console = Console(file=io.StringIO(), width=80)
    console.print(terminal(found, width=80))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "\x1b" not in shown
    assert len(shown) < 10_000
    schema_of("check").validate(json.loads(dump(found)))
