"""Every command that the README names runs, and does what it says."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from running import run_main

PROJECT = Path(__file__).parents[1]
README = (PROJECT / "README.md").read_text(encoding="utf-8")
SHELL_BLOCKS = re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
COMMANDS = [line for block in SHELL_BLOCKS for line in block.splitlines() if line]
SET_UP = re.findall(r"^    ((?:python3|\.venv/bin/nox).*)$", README, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like a clone's, in which the commands follow one another."""
    made = tmp_path_factory.mktemp("readme")
    shutil.copytree(PROJECT / "examples", made / "examples")
    return made


def quoted_after(command: str) -> list[str]:
    """What the README shows of the output of a command, block by block."""
    rest = README.split(f"{command}\n```\n\n", 1)[1]
    shown = re.match(r"(?:(?:    .*)?\n)+", rest)
    assert shown is not None
    return [block for block in shown[0].split("\n\n") if block.strip()]


def test_there_are_commands() -> None:
    assert len(COMMANDS) == 10
    assert [command.split()[1] for command in COMMANDS[:4]] == ["train", "slice", "bias", "card"]


def test_every_fairaudit_command_runs_in_its_order(folder: Path) -> None:
    for command in COMMANDS:
        program, *words = shlex.split(command)
        assert program == "fairaudit"
        done = run_main(*words, cwd=folder)
        assert done.code == 0, done.err
        assert all(line.startswith("warning: ") for line in done.err.splitlines()), command
        assert done.settings == (), command
        if words[0] == "audit":
            quoted = re.findall(r"^    (FAIL: .*?)\n\n`", README, flags=re.MULTILINE | re.DOTALL)[0]
            assert " ".join(quoted.split()) in " ".join(done.out.split())
        if words[0] == "impact":
            shown = " ".join(done.out.split())
            for block in quoted_after(command):
                assert " ".join(block.split()) in shown
    assert (folder / "fairaudit-out" / "MODEL_CARD.md").is_file()


def test_the_set_up_commands_are_those_that_ci_runs() -> None:
    demo, tests = SET_UP
    *set_up, run_demo = demo.split(" && ")
    assert run_demo == ".venv/bin/nox -s demo"
    ci = (PROJECT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert ci[-3:] == [*set_up, tests]
