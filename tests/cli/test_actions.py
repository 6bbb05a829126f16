"""Under GitHub Actions: whatever strangers have named, the runner finds no command in it but those that are meant."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.cli.streams import NeutralStream
from fairaudit.render.escape import without_commands

Run = Callable[..., Any]
ACTIONS = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": ""}
SIGNS = (
    "::error::owned",
    "::set-output name=x::owned",
    "::stop-commands::owned",
    "  ::add-mask::a",
    "##[error]owned",
    "x ##[group]owned",
    "a\n::error::owned",
    "a\r::error::owned",
    "a\r\n##[add-path]owned",
    "###[warning]owned",
    "##[",
    "::",
)


def commands_in(text: str) -> list[str]:
    """Find the commands as the runner does: https://github.com/actions/runner, src/Runner.Common/ActionCommand.cs."""
    found: list[str] = []
    stopped = ""
    for line in re.split(r"\r\n|\r|\n", text):
        trimmed = line.lstrip()
        is_command = trimmed.startswith("::") or re.search(r"##\[", line)
        if not is_command:
            continue
        if stopped:
            stopped = "" if trimmed == f"::{stopped}::" else stopped
            continue
        if trimmed.startswith("::stop-commands::"):
            stopped = trimmed.removeprefix("::stop-commands::")
            # A word that no data can know.
            assert re.fullmatch(r"[0-9a-f]{32}", stopped), line
            continue
        found.append(line)
    assert stopped == "", "the runner was left without commands"
    return found


class TestText:
    @pytest.mark.parametrize("sign", SIGNS)
    def test_signs(self, sign: str) -> None:
        assert commands_in(sign.replace("stop-commands", "notice")) != []
        assert commands_in(without_commands(sign)) == []

    @pytest.mark.parametrize(
        "plain", ["a::b", "tests/x.py::test", "# [a]", "#[a]", "1 : : 2", " : a", "a\n:b: c"]
    )
    def test_what_is_none_stays_as_it_is(self, plain: str) -> None:
        assert without_commands(plain) == plain

    @given(pieces=st.lists(st.text(alphabet=" \t\n\r:#[]ax\u2003", max_size=6), max_size=12))
    def test_in_pieces_as_whole(self, pieces: list[str]) -> None:
        whole, apart = io.StringIO(newline=""), io.StringIO(newline="")
        NeutralStream(whole).write("".join(pieces))
        stream = NeutralStream(apart)
        stream.writelines(pieces)
        assert whole.getvalue() == apart.getvalue()
        assert commands_in(whole.getvalue()) == []
        assert whole.getvalue().replace("\\x3a", ":").replace("\\x5b", "[") == "".join(pieces)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Parquet, in which a value may hold any sign.
    path = tmp_path_factory.mktemp("actions") / "::error::p ##[error].parquet"
    rows = range(len(SIGNS) * 40)
    columns = {
        "label": [i % 3 % 2 for i in rows],
        "score": [(i * 37 % 101) / 101 for i in rows],
        "::error::col": [SIGNS[i % len(SIGNS)] for i in rows],
        "x ##[group]col": [SIGNS[i % 7] for i in rows],
        "sex": ["FM"[i % 2] for i in rows],
    }
    pq.write_table(pa.table(columns), path)
    return path


@pytest.mark.parametrize("width", [40, 120])
@pytest.mark.parametrize("command", ["slice", "group", "bias", "fairness"])
def test_reports(run: Run, hostile: Path, tmp_path: Path, command: str, width: int) -> None:
    ran = run(command, hostile, "-v", cwd=tmp_path, env=ACTIONS, width=width)
    assert ran.code == 0, ran.err
    assert commands_in(ran.out) == []
    assert commands_in(ran.err) == []


@pytest.mark.parametrize("command", ["slice", "group", "bias", "fairness"])
def test_json_is_equal(run: Run, hostile: Path, tmp_path: Path, command: str) -> None:
    ran = run(command, hostile, "--json", cwd=tmp_path, env=ACTIONS)
    assert commands_in(ran.out) == []
    assert commands_in(ran.err) == []
    name = {"slice": "slices.json"}.get(command, f"{command}.json")
    document = json.loads((tmp_path / "fairaudit-out" / name).read_text(encoding="utf-8"))
    assert ran.json() == document
    assert "##[" in json.dumps(document)
    # Elsewhere it is printed as it is written.
    plain = run(command, hostile, "--json", cwd=tmp_path, env={"GITHUB_ACTIONS": "false"})
    assert "##[" in plain.out


@pytest.mark.parametrize(
    "words",
    [
        ["group", "##[error]::error::nowhere.csv"],
        ["group", "a\n::error::nowhere.csv"],
        ["group", "{file}", "-a", "\n::error::x"],
        ["group", "{file}", "-a", "##[error]x"],
        ["group", "{file}", "--tau", "::error::"],
        ["group", "{file}", "--where", "::error:: ##[error]"],
        ["group", "{file}", "--where", "\"##[error]\" = 'x'"],
        ["group", "{file}", "--label", "##[error]"],
        ["group", "{file}", "--threshold", "##[error]"],
        ["group", "{file}", "--no-such-##[option]"],
        ["##[command]"],
        ["::command::"],
        ["explain", "##[metric]"],
        ["schema", "##[document]"],
        ["train", "{file}", "--target", "##[error]x"],
        ["train", "{file}", "--target", "label", "--param", "##[error]=1"],
        ["predict", "##[error].skops", "{file}"],
        ["card", "--out", "##[error]"],
        ["check", "{file}", "--policy", "##[error]\n::error::x.toml"],
    ],
)
def test_refusals(run: Run, hostile: Path, tmp_path: Path, words: list[str]) -> None:
    ran = run(*(str(hostile) if word == "{file}" else word for word in words), cwd=tmp_path, env=ACTIONS)
    assert ran.code == 2, ran.err
    assert commands_in(ran.out) == []
    assert commands_in(ran.err) == []
    assert ran.err.count("\n") == 1


def test_a_configuration_file(run: Run, people: Path, tmp_path: Path) -> None:
    folder = tmp_path / "##[group]x"
    folder.mkdir()
    config = folder / "fairaudit.toml"
    config.write_text('attribute = "sex"\n', encoding="utf-8")
    ran = run("group", people, cwd=folder, env=ACTIONS)
    assert ran.code == 0
    assert commands_in(ran.out + ran.err) == []
    config.write_text('"##[error]x" = "\\n::error::y"\n', encoding="utf-8")
    ran = run("group", people, cwd=folder, env=ACTIONS)
    assert (ran.code, commands_in(ran.err)) == (2, [])


@pytest.mark.parametrize("as_json", [[], ["--json"], ["--quiet"]], ids=["table", "json", "quiet"])
def test_gates_are_the_only_commands(run: Run, people: Path, tmp_path: Path, as_json: list[str]) -> None:
    policy = tmp_path / "fairaudit.toml"
    policy.write_text(
        '[[gate]]\nname = "::error::x ##[error]y"\nreason = "::warning::z ##[group]"\n'
        'metric = "pprev"\nattribute = "sex"\nmin = 0.999\n',
        encoding="utf-8",
    )
    ran = run("check", people, *as_json, cwd=tmp_path, env=ACTIONS)
    assert ran.code == 1
    given = commands_in(ran.err if as_json == ["--json"] else ran.out)
    other = commands_in(ran.out if as_json == ["--json"] else ran.err)
    assert other == []
    (annotation,) = given
    assert annotation.startswith("::error file=fairaudit.toml,line=1,title=")
    assert "##[" not in annotation
    assert annotation.count("::") == 2 or "::" not in annotation.partition("title=")[2].partition("::")[0]


def test_a_traceback(run: Run, people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug shows its traceback, in which a stranger's value may stand."""
    import sys
    import traceback

    from fairaudit.cli.streams import make_neutral

    err = io.StringIO()
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    make_neutral()
    try:
        raise ValueError("a value\n::error::owned ##[error]")
    except ValueError:
        traceback.print_exc()
    sys.stderr.writelines(["##", "[error]"])
    assert "owned" in err.getvalue()
    assert commands_in(err.getvalue()) == []


def test_elsewhere_nothing_is_changed(run: Run, hostile: Path, tmp_path: Path) -> None:
    ran = run("group", hostile, cwd=tmp_path, env={"GITHUB_ACTIONS": "false"}, width=200)
    assert "##[error]owned" in ran.out
