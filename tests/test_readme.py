"""Every command that the README names runs, and does what it says."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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


def run(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "120", "NO_COLOR": "1"}
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_there_are_commands() -> None:
    assert len(COMMANDS) == 7
    assert [command.split()[1] for command in COMMANDS[:4]] == ["train", "slice", "bias", "card"]


@pytest.mark.xdist_group("readme")
def test_every_fairaudit_command_runs_in_its_order(folder: Path) -> None:
    for command in COMMANDS:
        words = shlex.split(command)
        assert words[0] == "fairaudit"
        done = run([sys.executable, "-m", "fairaudit", *words[1:]], folder)
        assert done.returncode == 0, done.stderr
        assert all(line.startswith("warning: ") for line in done.stderr.splitlines()), command
        if words[1] == "audit":
            quoted = re.findall(r"^    (People with.*?)\n\n", README, flags=re.MULTILINE | re.DOTALL)[0]
            assert " ".join(quoted.split()) in " ".join(done.stdout.split())
    assert (folder / "fairaudit-out" / "MODEL_CARD.md").is_file()


def test_the_set_up_commands_are_those_that_ci_runs() -> None:
    demo, tests = SET_UP
    *set_up, run_demo = demo.split(" && ")
    assert run_demo == ".venv/bin/nox -s demo"
    ci = (PROJECT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert ci[-3:] == [*set_up, tests]


def test_the_demo_session_leaves_the_card(tmp_path: Path) -> None:
    for name in ("noxfile.py", "pyproject.toml"):
        shutil.copy(PROJECT / name, tmp_path / name)
    # Of the session's commands all but the installation, which is the packaging test's.
    demo = ["-m", "nox", "-s", "demo", "--no-venv", "--no-install"]
    done = run([sys.executable, *demo], tmp_path)
    assert done.returncode == 0, done.stderr
    card = (tmp_path / "demo" / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "\n# Model card" in card
