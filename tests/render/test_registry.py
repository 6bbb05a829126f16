"""Every format has its case here, is offered where it can be asked for, and is named in the documentation."""

from __future__ import annotations

import ast
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from markdown_it import MarkdownIt

import fairaudit.render
from fairaudit.documents.folder import Results
from fairaudit.documents.gates import CheckDocument
from fairaudit.documents.statements import Statements
from fairaudit.gates.policy import read_gates
from fairaudit.render.registry import renderer
from fairaudit.settings.commands import options_of
from fairaudit.settings.formats import ANSWER_FILES, FORMATS, Shows
from fairaudit.settings.gates import CheckFiles
from fairaudit.settings.places import PolicyPlace
from fairaudit.workflow.card import CARD
from fairaudit.workflow.check import check
from fairaudit.workflow.report import REPORT

NAME = "a|b <i>]]> [x](y)"
FACTS: dict[str, Any] = {
    "seconds": 1.0,
    "policy": PolicyPlace(uri="fairaudit.toml", text="[[gate]]\n", gates=(1,)),
}


def tables(text: str) -> Sequence[str]:
    return [token.type for token in MarkdownIt("commonmark").enable("table").parse(text)]


CASES: dict[str, Callable[[Any], object]] = {
    "card": lambda text: "table_open" in tables(text),
    "hf": lambda text: next(yaml.safe_load_all(text.strip("-\n")))["model-index"],
    "cyclonedx": lambda text: json.loads(text)["bomFormat"] == "CycloneDX",
    "report": lambda text: text.lower().startswith("<!doctype html"),
    "junit": lambda text: ET.fromstring(text).find("testsuite/testcase/failure") is not None,
    "markdown": lambda text: "table_open" in tables(text),
    "records": lambda text: [record["group"] for record in json.loads(text)] == [NAME],
    "sarif": lambda text: json.loads(text)["version"] == "2.1.0",
    "openmetrics": lambda text: text.endswith("# EOF\n"),
    "numbers": lambda text: json.loads(text)["undefined"] >= 0,
    "github": lambda lines: [line[:8] for line in lines] == ["::error "],
}
"""What a reader of each format finds in it."""


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    groups = ((NAME, 40, 100), ("other", 190, 200))
    rows = [(i % 2, int(i < selected), name) for name, selected, n in groups for i in range(n)]
    return pd.DataFrame(rows, columns=["label", "score", "group"])


@pytest.fixture(scope="module")
def shown(frame: pd.DataFrame, hostile: Any) -> dict[Shows, tuple[Any, ...]]:
    """Give what formats of each kind take."""
    entry = {"metric": "pprev", "attribute": "group", "ratio_within": "0.8"}
    answers: CheckDocument = check(frame, read_gates([entry], file="x")).document
    results = Results(
        group=hostile.group, bias=hostile.bias, fairness=hostile.fairness, slices=hostile.slices
    )
    return {
        Shows.RESULTS: (results, Statements()),
        Shows.ANSWERS: (answers,),
        Shows.NUMBERS: (answers, hostile.group),
    }


def test_no_format_lacks_its_case() -> None:
    assert CASES.keys() == FORMATS.keys()


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_written_can_be_read(name: str, shown: dict[Shows, tuple[Any, ...]]) -> None:
    format = FORMATS[name]
    text = renderer(format)(*shown[format.shows], **{need: FACTS[need] for need in format.needs})
    assert CASES[name](text)


def test_what_can_be_asked_for_is_an_option() -> None:
    offered = {
        Shows.ANSWERS: options_of("check"),
        Shows.RESULTS: options_of("card"),
        Shows.NUMBERS: options_of("group"),
    }
    for format in FORMATS.values():
        if format.option is not None:
            setting = offered[format.shows][format.name]
            assert setting.option is format.option
            assert setting.option.help
    files = {format.name: Path(f"{format.name}.out") for format in ANSWER_FILES}
    assert CheckFiles(**files).chosen == files
    assert CheckFiles().chosen == {}


def test_files_are_called_as_the_commands_call_them() -> None:
    assert (FORMATS["card"].file, FORMATS["report"].file) == (CARD, REPORT)


@pytest.mark.parametrize("name", FORMATS)
def test_the_documentation_names_what_can_be_asked_for_or_found(name: str) -> None:
    root = Path(__file__).parents[2]
    texts = [root / "README.md", *(root / "docs").glob("*.md")]
    said = "\n".join(path.read_text(encoding="utf-8") for path in texts)
    format = FORMATS[name]
    if format.option is not None and format.option.metavar is not None:
        assert f"--{name}" in said
    assert format.file is None or format.file in said


def test_no_function_that_writes_a_whole_file_is_unknown() -> None:
    """Each module in the rooms of formats is named in the table, or shares in what another writes."""
    folder = Path(fairaudit.render.__file__).parent
    named = {format.function.partition(":")[0] for format in FORMATS.values()}
    rooms = {module.partition(".")[0] for module in named}
    unnamed = {
        f"{room}.{path.stem}"
        for room in rooms
        for path in (folder / room).glob("*.py")
        if path.stem != "__init__"
    } - named
    imports = [
        node
        for path in Path(fairaudit.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("fairaudit.render.")
    ]
    names = [
        name for node in imports for name in (node.module, *(f"{node.module}.{a.name}" for a in node.names))
    ]
    imported = {str(name).removeprefix("fairaudit.render.") for name in names}
    assert unnamed <= imported, "a module that nothing imports and no row names"
