"""The repository skeleton: its workflow, its hook and its pipeline run as they are written, in a copy, with the tools themselves."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sysconfig
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from running import run_main

from fairaudit.workflow.check import read_policy

EXAMPLES = Path(__file__).parents[2] / "examples"
REPOSITORY = EXAMPLES / "repository"
SKETCHED = Path(__file__).parents[1] / "sketched"
GATES = {gate.name for gate in read_policy(REPOSITORY / "fairaudit.toml")}
# The workflow is followed once for all tests that look at what it leaves.
FOLLOWED = pytest.mark.xdist_group("repository")
BREAKS = '\n[[gate]]\nname = "too much"\nmetric = "accuracy"\nattribute = "sex"\nmin = 0.99\n'


def copied(folder: Path) -> Path:
    """Copy the skeleton, and put the data where it wants them."""
    made = folder / "repository"
    shutil.copytree(
        REPOSITORY,
        made,
        ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache", "fairaudit-out", "data"),
    )
    (made / "data").mkdir()
    shutil.copy(EXAMPLES / "loans.csv", made / "data")
    return made


def environment(home: Path) -> dict[str, str]:
    """Give an environment in which the commands of this one come first, and nothing is asked of a network."""
    own = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GITHUB_", "PYTEST_", "GIT_"))
    }
    return own | {
        # Of the pictures beside a card it is only asked that they are there.
        "PYTHONPATH": os.pathsep.join(filter(None, [str(SKETCHED), os.environ.get("PYTHONPATH")])),
        "PATH": os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]]),
        "COLUMNS": "120",
        "DVC_NO_ANALYTICS": "1",
        "DVC_TEST": "1",
        "HOME": str(home),
        "PRE_COMMIT_HOME": str(home / "pre-commit"),
    }


def run(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        cwd=folder,
        env=environment(folder.parent),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def ran(words: list[str], folder: Path) -> str:
    done = run(words, folder)
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def load(name: str) -> Any:
    return yaml.safe_load((REPOSITORY / name).read_text(encoding="utf-8"))


def steps(workflow: str = "fairness") -> list[Mapping[str, Any]]:
    (job,) = load(f".github/workflows/{workflow}.yml")["jobs"].values()
    return list(job["steps"])


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy in which the workflow's commands have been run in their order, as GitHub runs them."""
    made = copied(tmp_path_factory.mktemp("workflow"))
    commands = [step["run"] for step in steps() if "run" in step]
    # On PyPI that name is another program's.
    assert commands[0] == "pip install wheels/fairaudit_cli-*.whl pytest"
    for command in commands[1:]:
        text = f"{command} --junit-xml=tests.xml" if command == "pytest" else command
        ran(["bash", "-e", "-c", text], made)
    return made


@FOLLOWED
def test_the_workflow_trains_checks_and_tests(followed: Path) -> None:
    said = [step["run"].split()[:2] for step in steps() if "run" in step]
    assert said == [
        ["pip", "install"],
        ["fairaudit", "train"],
        ["fairaudit", "audit"],
        ["fairaudit", "check"],
        ["pytest"],
    ]
    found = json.loads((followed / "fairaudit-out" / "check.json").read_text(encoding="utf-8"))
    assert found["exit_code"] == 0
    assert {gate["name"]: gate["outcome"] for gate in found["gates"]} == {
        "equal chances": "passed",
        "equal care": "passed",
        "works for everybody": "warned",
    }


@FOLLOWED
def test_pytest_runs_the_gates_beside_the_tests_written_by_hand(followed: Path) -> None:
    suite = ET.parse(followed / "tests.xml").getroot()[0]
    names = {case.get("name") for case in suite.iter("testcase")}
    assert names > GATES
    assert len(names - GATES) == 3
    assert (suite.get("failures"), suite.get("errors"), suite.get("skipped")) == ("0", "0", "0")


@FOLLOWED
def test_the_workflow_keeps_the_card_whatever_the_gates_say(followed: Path) -> None:
    last = steps()[-1]
    assert last["if"] == "always()"
    assert last["uses"].startswith("actions/upload-artifact@")
    for pattern in last["with"]["path"].split():
        assert list(followed.glob(pattern.rstrip("/"))), pattern
    assert "fairaudit-out/MODEL_CARD.md" in last["with"]["path"].split()


@FOLLOWED
def test_a_gate_that_fails_ends_the_workflow_and_the_tests(followed: Path) -> None:
    policy = followed / "fairaudit.toml"
    before = policy.read_text(encoding="utf-8")
    policy.write_text(before + BREAKS, encoding="utf-8")
    try:
        assert run(["fairaudit", "check"], followed).returncode == 1
        tested = run(["pytest", "-q"], followed)
    finally:
        policy.write_text(before, encoding="utf-8")
    assert tested.returncode == 1
    assert "FAILED fairaudit.toml::too much" in tested.stdout


@FOLLOWED
@pytest.mark.skipif(shutil.which("git") is None, reason="pre-commit runs git, which is not installed")
def test_the_hook_checks_before_a_push(followed: Path) -> None:
    ran(["git", "init", "--quiet"], followed)
    ran(["git", "add", "--all"], followed)
    hook = ["pre-commit", "run", "--all-files", "--verbose"]
    said = ran([*hook, "--hook-stage", "pre-push"], followed)
    assert "fairness gates" in said
    assert "Passed" in said
    assert "fairness gates" not in ran(hook, followed)
    policy = followed / "fairaudit.toml"
    before = policy.read_text(encoding="utf-8")
    policy.write_text(before + BREAKS, encoding="utf-8")
    try:
        refused = run([*hook, "--hook-stage", "pre-push"], followed)
    finally:
        policy.write_text(before, encoding="utf-8")
    assert refused.returncode == 1
    assert "exit code: 1" in refused.stdout
    assert 'FAILED "too much": Female 71% (allowed at least 99%)' in refused.stdout


def test_dvc_runs_the_pipeline_and_reads_its_metrics_and_plots(tmp_path: Path) -> None:
    made = copied(tmp_path)
    ran(["dvc", "init", "--no-scm", "--quiet"], made)
    said = ran(["dvc", "repro"], made)
    assert [line for line in said.splitlines() if line.startswith("Running stage")] == [
        f"Running stage '{stage}':" for stage in load("dvc.yaml")["stages"]
    ]
    out = made / "fairaudit-out"
    trained, checked, gates = (
        json.loads((out / f"{name}.json").read_text(encoding="utf-8")) for name in ("train", "check", "gates")
    )

    shown = json.loads(ran(["dvc", "metrics", "show", "--json"], made))[""]["data"]
    metrics = {Path(name).name: part["data"] for name, part in shown.items()}
    assert (
        metrics["train.json"]["metrics"]["test"]["f1"]["value"] == trained["metrics"]["test"]["f1"]["value"]
    )
    assert metrics["check.json"]["exit_code"] == 0
    assert metrics["check.json"]["comparisons"] == checked["comparisons"]

    plots = json.loads(ran(["dvc", "plots", "show", "--json"], made))
    assert "errors" not in plots
    ((plot,),) = plots["data"].values()
    points = plot["content"]["data"]["values"]
    assert [{key: value for key, value in point.items() if key != "rev"} for point in points] == gates
    assert len({record["slice"] for record in gates}) == len(gates)
    assert [(r["gate"], r["attribute"], r["group"], r["value"], r["verdict"]) for r in gates] == [
        (gate["name"], f["attribute"], f["group"], f["value"], f["verdict"])
        for gate in checked["gates"]
        for f in gate["findings"]
    ]
    ran(["dvc", "plots", "show"], made)

    assert "up to date" in ran(["dvc", "status"], made)
    policy = made / "fairaudit.toml"
    policy.write_text(policy.read_text(encoding="utf-8") + BREAKS, encoding="utf-8")
    assert set(json.loads(ran(["dvc", "status", "--json"], made))) == {"check"}
    failed = run(["dvc", "repro"], made)
    assert failed.returncode != 0
    assert "Running stage 'train'" not in failed.stdout
    assert "1 of 4 gates failed" in failed.stdout


def test_every_file_of_the_skeleton_is_in_its_readme() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    files = {
        path.relative_to(REPOSITORY).as_posix()
        for path in REPOSITORY.rglob("*")
        if path.is_file() and not {"__pycache__", ".pytest_cache", "fairaudit-out"} & set(path.parts)
    }
    assert {name for name in files if f"`{name}`" not in readme} == {"README.md", ".gitignore"}


def expanded(commands: list[str], folder: Path) -> list[list[str]]:
    """Let a shell run commands, and return the words with which it would call fairaudit."""
    called = folder / "called"
    stub = f"fairaudit() {{ printf '%q ' \"$@\" >> {shlex.quote(str(called))}; echo >> {shlex.quote(str(called))}; }}"
    for command in commands:
        ran(["bash", "-e", "-c", f"{stub}\n{command}"], folder)
    return [shlex.split(line) for line in called.read_text(encoding="utf-8").splitlines()]


@FOLLOWED
def test_the_scheduled_workflow_measures_checks_and_follows_the_months(
    followed: Path, tmp_path: Path
) -> None:
    made = tmp_path / "repository"
    shutil.copytree(followed, made, ignore=shutil.ignore_patterns(".git", "figures"))
    (made / "data" / "months").mkdir()
    loans = pd.read_csv(made / "data" / "loans.csv")
    for place in (1, 2):
        month = loans[place - 1 :: 3]
        if place == 2:
            # Nobody of one group any more, and some of another one that there was not.
            month = month[month["ethnicity"] != "Dellow"].replace({"ethnicity": {"Corvan": "Elder"}})
        month.to_csv(made / "data" / "months" / f"2026-0{place}.csv", index=False)
    workflow = load(".github/workflows/monthly.yml")
    # YAML takes the word for true.
    assert workflow[True]["schedule"][0]["cron"].split()[2] == "2"
    own = [step["run"] for step in steps("monthly") if "run" in step]
    assert [command.split()[0] for command in own[:2]] == ["pip", "fairaudit"]
    commands = expanded(own[2:], made)
    assert [words[0] for words in commands] == ["predict", "slice"] * 2 + ["check", "history"]
    answers = [run_main(*words, cwd=made) for words in commands]
    assert [answer.code for answer in answers[:4]] == [0] * 4
    assert answers[4].code in (0, 1)
    assert "(new)" in answers[3].out
    assert answers[5].code == 0, answers[5].err
    history = json.loads((made / "history" / "history.json").read_text(encoding="utf-8"))
    assert [point["name"] for point in history["points"]] == ["2026-01", "2026-02"]
    assert {(part["group"], part["status"]) for part in history["lacking"]} >= {
        ("Dellow", "vanished"),
        ("(new)", "new"),
    }
    checked = json.loads((made / "months" / "2026-02" / "check.json").read_text(encoding="utf-8"))
    assert {gate["name"] for gate in checked["gates"]} == {
        gate.name for gate in read_policy(REPOSITORY / "monthly.toml")
    }
    for pattern in steps("monthly")[-1]["with"]["path"].split():
        assert list(made.glob(pattern.rstrip("/"))), pattern


@FOLLOWED
def test_the_slices_that_are_kept_are_those_of_the_predictions(followed: Path, tmp_path: Path) -> None:
    shutil.copy(followed / "fairaudit-out" / "predictions.csv", tmp_path)
    shutil.copy(REPOSITORY / "fairaudit.toml", tmp_path)
    ran_slice = run_main(
        *("slice", "predictions.csv", "-f", "ethnicity,sex,region,age:quartiles", "--save", "slices.toml"),
        cwd=tmp_path,
    )
    assert ran_slice.code == 0, ran_slice.err
    assert (tmp_path / "slices.toml").read_text(encoding="utf-8") == (REPOSITORY / "slices.toml").read_text(
        encoding="utf-8"
    )
