"""The repository skeleton: its workflow, its hook and its pipeline run as they are written, in a copy, with the tools themselves."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import pytest
import yaml
from running import run_main
from warm import COMMAND, warmed

from fairaudit.workflow.check import read_policy

EXAMPLES = Path(__file__).parents[2] / "examples"
REPOSITORY = EXAMPLES / "repository"
SKETCHED = Path(__file__).parents[1] / "sketched"
ACTION = yaml.safe_load((EXAMPLES.parent / "action.yml").read_text(encoding="utf-8"))
GATES = {gate.name for gate in read_policy(REPOSITORY / "fairaudit.toml")}
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
        "PATH": os.pathsep.join([str(home / "warm"), sysconfig.get_path("scripts"), os.environ["PATH"]]),
        "COLUMNS": "120",
        "DVC_NO_ANALYTICS": "1",
        "DVC_TEST": "1",
        "HOME": str(home),
        "PRE_COMMIT_HOME": str(home / "pre-commit"),
    }


def run(words: list[str], folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        cwd=folder,
        env=environment(folder.parent) | more,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def load(name: str) -> Any:
    return yaml.safe_load((REPOSITORY / name).read_text(encoding="utf-8"))


def steps(workflow: str = "fairness") -> list[Mapping[str, Any]]:
    (job,) = load(f".github/workflows/{workflow}.yml")["jobs"].values()
    return list(job["steps"])


def expanded(commands: list[str], folder: Path, name: str = "fairaudit", **more: str) -> list[list[str]]:
    """Let a shell run commands, and return the words with which it would call a program."""
    called = folder.parent / f"{folder.name}-called"
    called.unlink(missing_ok=True)
    stub = f"{name}() {{ printf '%q ' \"$@\" >> {shlex.quote(str(called))}; echo >> {shlex.quote(str(called))}; }}"
    for command in commands:
        done = run(["bash", "-e", "-c", f"{stub}\n{command}"], folder, **more)
        assert done.returncode == 0, done.stderr
    return (
        [shlex.split(line) for line in called.read_text(encoding="utf-8").splitlines()]
        if called.exists()
        else []
    )


DRIVE = """
import shlex, subprocess, sys
from dvc.cli import main
sys.stdout.reconfigure(line_buffering=True)
for line in sys.argv[1:]:
    if line.startswith("dvc "):
        code = main(shlex.split(line, comments=True)[1:])
    else:
        code = subprocess.run(["bash", "-e", "-c", line], stderr=subprocess.STDOUT).returncode
    print(f"\\0{code}\\0", end="", flush=True)
"""
"""Runs lines one after the other, those of DVC in one process: loading it takes longer than most of what it does."""
HOOK = "pre-commit run --all-files --verbose --hook-stage"
TAKES_THE_SCORE_ALONE = """sed -i 's/^drop = .*/drop = ["loan_id", "ethnicity", "sex", "region", "age", "income", "loan_amount", "debt_ratio", "credit_history_years", "employment", "home", "postcode_area"]/' fairaudit.toml"""
DRIVEN = (
    "git init --quiet && git config user.name me && git config user.email me@example.org",
    "dvc init --quiet",
    "dvc repro",
    "dvc status",
    "cat fairaudit-out/check.json",
    "git add --all && git commit --quiet --message first",
    # Nothing has changed since.
    f"{HOOK} pre-push",
    "git status --porcelain",
    f"{HOOK} pre-commit",
    # A gate is added, which the model fails.
    f"cat >> fairaudit.toml <<'END'\n{BREAKS}END",
    "dvc status --json",
    f"{HOOK} pre-push || echo refused",
    "dvc repro # of one more gate",
    "git checkout --quiet .",
    # Another model: of the lender's score alone, with its markdown of one group.
    TAKES_THE_SCORE_ALONE,
    "dvc repro check # of another model",
    "dvc metrics diff --json",
    "dvc plots diff --json",
    "dvc metrics diff",
    "git checkout --quiet .",
    "dvc checkout --quiet",
)
"""The skeleton's everyday: a commit, a change of the policy, a change of the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Driven:
    """The skeleton with all files that its commands have left, and what each line printed and ended with."""

    folder: Path
    printed: Mapping[str, str]
    codes: Mapping[str, int]

    def read(self, name: str) -> Any:
        """Read one of its JSON files."""
        return json.loads((self.folder / name).read_text(encoding="utf-8"))


LOADED = (
    *(
        "pandas",
        "sklearn.linear_model",
        "skops.io",
        "jinja2",
        "yaml",
        "vl_convert",
        "rich.markdown",
        "pytest",
    ),
    *(f"fairaudit.cli.{name}" for name in ("app", "train", "audit", "check", "console", "next_steps")),
    *(
        "fairaudit.workflow.pipeline",
        "fairaudit.workflow.check",
        "fairaudit.workflow.card",
        "fairaudit.workflow.report",
    ),
    *("fairaudit.model.store", "fairaudit.read.table", "fairaudit.disparity.judge"),
)
"""What the program's commands of the skeleton load."""


PROGRAMS = {
    "fairaudit": "import fairaudit_cli; fairaudit_cli.main()",
    "pytest": "import pytest; raise SystemExit(pytest.console_main())",
}
"""What lines of the skeleton start that loads the program."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a folder for a copy of the skeleton, beside which programs are run by forks of a process that has loaded this one, instead of nine that load it, for a second or two."""
    made = tmp_path_factory.mktemp("driven")
    if "FAIRAUDIT_TESTS_ANEW" in os.environ:
        yield made
        return
    folder = made / "warm"
    folder.mkdir()
    with warmed(str(folder), LOADED, environment(made)) as place:
        for name, program in PROGRAMS.items():
            command = COMMAND.format(
                python=sys.executable, folder=str(SKETCHED.parent), place=place, program=program
            )
            (folder / name).write_text(command, encoding="utf-8")
            (folder / name).chmod(0o755)
        yield made


@pytest.fixture(scope="module")
def driven(home: Path) -> Driven:
    if shutil.which("git") is None:
        pytest.skip("git is not installed, with which DVC and pre-commit work")
    made = copied(home)
    done = run([sys.executable, "-c", DRIVE, *DRIVEN], made)
    *parts, rest = done.stdout.split("\0")
    assert (done.returncode, rest) == (0, ""), done.stdout + done.stderr
    return Driven(
        folder=made,
        printed=dict(zip(DRIVEN, parts[::2], strict=True)),
        codes=dict(zip(DRIVEN, map(int, parts[1::2]), strict=True)),
    )


def test_only_what_breaks_a_gate_ends_with_an_error(driven: Driven) -> None:
    assert [line for line, code in driven.codes.items() if code] == [
        "dvc repro # of one more gate",
        "dvc repro check # of another model",
    ], driven


def test_dvc_runs_the_pipeline_once(driven: Driven) -> None:
    lines = driven.printed["dvc repro"].splitlines()
    assert [line for line in lines if line.startswith("Running stage")] == [
        f"Running stage '{stage}':" for stage in load("dvc.yaml")["stages"]
    ]
    assert "up to date" in driven.printed["dvc status"]


def test_what_is_kept_in_git_is_what_the_gates_found(driven: Driven) -> None:
    metrics, gates = (driven.read(name) for name in ("metrics.json", "gates.json"))
    checked = json.loads(driven.printed["cat fairaudit-out/check.json"])
    assert [(r["gate"], r["attribute"], r["group"], r["value"], r["verdict"]) for r in gates] == [
        (gate["name"], f["attribute"], f["group"], f["value"], f["verdict"])
        for gate in checked["gates"]
        for f in gate["findings"]
    ]
    assert len({record["slice"] for record in gates}) == len(gates)
    values = {name for name in metrics if name.count("/") == 3}
    assert len(values) == len(gates)
    assert {name.split("/")[1] for name in values} == GATES


def test_the_hook_checks_before_a_push_and_leaves_no_change(driven: Driven) -> None:
    passed = driven.printed[f"{HOOK} pre-push"]
    assert "fairness gates" in passed
    assert "Passed" in passed
    assert driven.printed["git status --porcelain"] == ""
    assert "fairness gates" not in driven.printed[f"{HOOK} pre-commit"]
    refused = driven.printed[f"{HOOK} pre-push || echo refused"]
    assert "exit code: 1" in refused
    assert 'FAILED "too much": Female 71% (allowed at least 99%)' in refused
    assert refused.endswith("refused\n")


def test_a_changed_gate_is_checked_again_and_no_model_trained(driven: Driven) -> None:
    assert set(json.loads(driven.printed["dvc status --json"])) == {"check"}
    failed = driven.printed["dvc repro # of one more gate"]
    assert "Running stage 'train'" not in failed
    assert "1 of 4 gates failed" in failed


def test_another_model_shows_in_the_differences_whom_it_changed(driven: Driven) -> None:
    assert 'FAILED "equal chances"' in driven.printed["dvc repro check # of another model"]
    changed = json.loads(driven.printed["dvc metrics diff --json"])["metrics.json"]
    committed = driven.read("metrics.json")
    chances = {
        name.rpartition("/")[2]: part for name, part in changed.items() if "/equal chances/ethnicity/" in name
    }
    assert all(
        part["old"] == committed[f"gate/equal chances/ethnicity/{name}"] for name, part in chances.items()
    )
    # The score marks Belmar people down, and nobody else for where they come from.
    assert min(chances, key=lambda name: chances[name]["diff"]) == "Belmar"
    assert chances["Belmar"]["new"] < 0.8 < chances["Belmar"]["old"]
    assert (changed["gate/equal chances/failed"]["old"], changed["gate/equal chances/failed"]["new"]) == (
        0,
        1,
    )
    (row,) = (
        line.split()
        for line in driven.printed["dvc metrics diff"].splitlines()
        if "ethnicity/Belmar" in line and "chances" in line
    )
    assert [float(number) for number in row[-3:]] == [
        round(chances["Belmar"][key], 5) for key in ("old", "new", "diff")
    ]
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8").splitlines()
    assert row in [line.split() for line in readme]
    (plot,) = json.loads(driven.printed["dvc plots diff --json"])["data"]["gates.json"]
    points = plot["content"]["data"]["values"]
    both = {
        point["rev"]: point["value"]
        for point in points
        if point["slice"] == "equal chances: ethnicity = Belmar"
    }
    assert both == {"HEAD": chances["Belmar"]["old"], "workspace": chances["Belmar"]["new"]}


def test_the_workflow_runs_what_the_pipeline_runs(driven: Driven) -> None:
    commands = [step["run"] for step in steps() if "run" in step]
    assert commands[0] == "pip install uv && uv pip install wheels/fairaudit_cli-*.whl pytest"
    called = expanded(commands[1:4], driven.folder)
    stages = [stage["cmd"].split()[1:] for stage in load("dvc.yaml")["stages"].values()]
    # Beside options for what is said, and written further.
    assert [[word for word in stage if word != "--quiet"] for stage in stages] == [*called[:2], called[2][:1]]
    assert commands[4] == "pytest"


@pytest.fixture
def policy(driven: Driven) -> Iterator[Path]:
    """The skeleton's policy, which is what it was afterwards."""
    path = driven.folder / "fairaudit.toml"
    before = path.read_text(encoding="utf-8")
    yield path
    path.write_text(before, encoding="utf-8")


ANSWERS = {
    0: lambda text: text,
    1: lambda text: text + BREAKS,
    2: lambda text: text.replace('attribute = "sex"', 'attribute = "planet"'),
    3: lambda text: text.replace('on_undecided = "warn"', ""),
}
"""What each exit code comes from."""


@pytest.mark.parametrize("code", ANSWERS)
def test_the_check_of_every_pipeline_ends_with_its_answer(
    driven: Driven, policy: Path, tmp_path: Path, code: int
) -> None:
    policy.write_text(ANSWERS[code](policy.read_text(encoding="utf-8")), encoding="utf-8")
    (words,) = expanded([step["run"] for step in steps() if step.get("id") == "check"], driven.folder)
    jobs = load(".gitlab-ci.yml")
    assert expanded(jobs["gates"]["script"], driven.folder) == [words]
    summary = tmp_path / "summary.md"
    out = driven.folder / "fairaudit-out"
    (out / "gates.md").unlink(missing_ok=True)
    answer = run_main(
        *words, cwd=driven.folder, env={"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    )
    assert answer.code == code, answer.err
    # What a pull request shows is what the summary of the run shows.
    shown = [
        path.read_text(encoding="utf-8").strip() if path.is_file() else ""
        for path in (summary, out / "gates.md")
    ]
    assert shown[0] == shown[1]
    assert bool(shown[0]) == (code != 2)
    if code != 2:
        assert (driven.folder / jobs["gates"]["artifacts"]["reports"]["junit"]).is_file()
        assert driven.read("fairaudit-out/check.json")["exit_code"] == code


def test_a_failed_check_does_not_keep_the_tests_from_running(driven: Driven, policy: Path) -> None:
    (step,) = (step for step in steps() if step.get("run") == "pytest")
    assert step["if"] == "${{ !cancelled() && steps.train.outcome == 'success' }}"
    assert load(".gitlab-ci.yml")["tests"]["stage"] == load(".gitlab-ci.yml")["gates"]["stage"]
    policy.write_text(policy.read_text(encoding="utf-8") + BREAKS, encoding="utf-8")
    tested = run(["pytest", "-q", "--junit-xml=tests.xml"], driven.folder)
    assert tested.returncode == 1
    suite = ET.parse(driven.folder / "tests.xml").getroot()[0]
    cases = {case.get("name"): [part.tag for part in case] for case in suite.iter("testcase")}
    assert {name for name, parts in cases.items() if parts} == {"too much"}
    assert cases.keys() > GATES
    # Those written by hand.
    assert len(cases.keys() - GATES) == 3 + 1
    assert (suite.get("failures"), suite.get("errors"), suite.get("skipped")) == ("1", "0", "0")
    assert "FAILED fairaudit.toml::too much" in tested.stdout


GH = """#!/bin/sh
printf '%s\\n' "$*" >> "$CALLED"
case "$*" in
  "api --paginate "*) printf "$EARLIER" ;;
  "pr comment "*) cat "$7" > "$SHOWN" ;;
  *) cat "${6#body=@}" > "$SHOWN" ;;
esac
"""


@pytest.mark.parametrize("earlier", ["", "17\\n18\\n"])
def test_one_comment_holds_what_the_check_has_written(tmp_path: Path, earlier: str) -> None:
    (step,) = (step for step in steps() if step.get("name", "").startswith("Comment"))
    assert step["run"] == ACTION["runs"]["steps"][-1]["run"]
    (tmp_path / "gh").write_text(GH, encoding="utf-8")
    (tmp_path / "gh").chmod(0o755)
    own = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "CALLED": str(tmp_path / "called"),
        "SHOWN": str(tmp_path / "shown"),
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_REPOSITORY": "me/it",
        "PULL_REQUEST": "7",
        "EARLIER": earlier,
        "MARKDOWN": "gates.md",
    }
    words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    # Wrong input leaves no answer, and the step says nothing.
    assert run(words, tmp_path, **own).returncode == 0
    assert not (tmp_path / "called").exists()
    (tmp_path / "gates.md").write_text("answer\n" * 20_000, encoding="utf-8")
    done = run(words, tmp_path, **own)
    assert done.returncode == 0, done.stderr
    asked, answered = (tmp_path / "called").read_text(encoding="utf-8").splitlines()
    assert asked.startswith("api --paginate repos/me/it/issues/7/comments --jq ")
    assert answered.startswith(
        "api --method PATCH repos/me/it/issues/comments/17 -F body=@"
        if earlier
        else "pr comment 7 --repo me/it "
    )
    shown = (tmp_path / "shown").read_text(encoding="utf-8")
    assert shown.startswith("<!-- fairaudit -->\nanswer\n")
    assert 60_000 < len(shown) < 65_536


def test_the_workflow_keeps_the_card_whatever_the_gates_say(driven: Driven) -> None:
    last = steps()[-1]
    assert last["if"] == "${{ !cancelled() }}"
    assert last["uses"].startswith("actions/upload-artifact@")
    (driven.folder / "fairaudit-out" / "gates.xml").touch()
    for pattern in last["with"]["path"].split():
        assert list(driven.folder.glob(pattern.rstrip("/"))), pattern


def test_gitlab_may_let_pass_what_could_not_be_decided(driven: Driven) -> None:
    jobs = load(".gitlab-ci.yml")
    assert jobs["gates"]["allow_failure"] == {"exit_codes": [3]}
    assert jobs["default"]["before_script"] == [steps()[2]["run"]]
    assert expanded(jobs["model"]["script"], driven.folder) == expanded(
        [step["run"] for step in steps()[3:5]], driven.folder
    )
    ((words),) = expanded(jobs["tests"]["script"], driven.folder, "pytest")
    assert words == ["-m", "not fairaudit", "--junit-xml", jobs["tests"]["artifacts"]["reports"]["junit"]]


STUB = """#!/bin/sh
printf '%s ' "${0##*/}" "$@" >> "$CALLED"
echo >> "$CALLED"
case "${0##*/} $1" in
  "fairaudit check") exit "$CHECK" ;;
  "fairaudit train") exit "$TRAIN" ;;
  "pytest "*) exit "$TESTS" ;;
esac
"""


@pytest.mark.parametrize(
    ("train", "check", "tests", "allowed", "code"),
    [
        *((0, code, 0, "0", code) for code in range(4)),
        (0, 3, 0, "1", 0),
        (0, 3, 1, "1", 1),
        (0, 1, 0, "1", 1),
        *((0, 0, tests, "0", 1) for tests in (1, 3, 5)),
        (0, 3, 1, "0", 3),
        (2, 0, 0, "0", 2),
    ],
)
def test_the_script_for_the_rest_ends_as_the_gates_did(
    tmp_path: Path, train: int, check: int, tests: int, allowed: str, code: int
) -> None:
    for name in ("fairaudit", "pytest"):
        (tmp_path / name).write_text(STUB, encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    codes = {"TRAIN": str(train), "CHECK": str(check), "TESTS": str(tests), "ALLOW_UNDECIDED": allowed}
    own = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "CALLED": str(tmp_path / "called")}
    done = run(["sh", str(REPOSITORY / "gates.sh")], tmp_path, **codes, **own)
    assert done.returncode == code, done.stderr
    called = [
        " ".join(line.split()) for line in (tmp_path / "called").read_text(encoding="utf-8").splitlines()
    ]
    commands = [step["run"] for step in steps() if step.get("run", "").startswith("fairaudit")]
    tested = "pytest -m not fairaudit --junit-xml fairaudit-out/tests.xml"
    assert called == ([*commands, tested] if train == 0 else commands[:1])


def action_step(name: str) -> Mapping[str, Any]:
    (step,) = (step for step in ACTION["runs"]["steps"] if step.get("id", "") == name)
    return step


@pytest.mark.parametrize(
    ("code", "allowed", "ends"),
    [(0, "false", 0), (1, "true", 1), (2, "true", 2), (3, "false", 3), (3, "true", 0)],
)
def test_the_action_ends_as_the_check_did_and_runs_nothing_that_a_caller_says(
    tmp_path: Path, code: int, allowed: str, ends: int
) -> None:
    program = tmp_path / "temp" / "fairaudit" / "bin" / "fairaudit"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > "$CALLED"\nexit "$CODE"\n', encoding="utf-8")
    program.chmod(0o755)
    work = tmp_path / "work"
    work.mkdir()
    hostile = "--out $(touch owned) `touch owned` \"; touch owned # 'x"
    step = action_step("check")
    inputs = {
        "PREDICTIONS": hostile,
        "POLICY": hostile,
        "BASELINE": hostile,
        "OUT": "--out",
        "ALLOW_UNDECIDED": allowed,
    }
    assert inputs.keys() == step["env"].keys()
    said = {"CODE": str(code), "CALLED": str(tmp_path / "called"), "GITHUB_OUTPUT": str(tmp_path / "output")}
    done = run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        work,
        RUNNER_TEMP=str(tmp_path / "temp"),
        **inputs,
        **said,
    )
    assert done.returncode == ends, done.stderr
    assert done.stdout.startswith("::warning::") == (code != ends)
    assert [path.name for path in work.iterdir()] == ["--out"]
    markdown = work / "--out" / "gates.md"
    assert (tmp_path / "called").read_text(encoding="utf-8").splitlines() == [
        *("check", "--out=--out", f"--markdown={markdown}", f"--junit={markdown.with_suffix('.xml')}"),
        *(f"--policy={hostile}", f"--baseline={hostile}", "--", hostile),
    ]
    assert (tmp_path / "output").read_text(encoding="utf-8") == f"exit-code={code}\nmarkdown={markdown}\n"


@pytest.mark.parametrize("out", ["", "-", "a\nb", "a\rb"])
def test_the_action_refuses_what_names_no_folder(out: str, tmp_path: Path) -> None:
    done = run(["bash", "-eo", "pipefail", "-c", action_step("check")["run"]], tmp_path, OUT=out)
    assert (done.returncode, done.stderr) == (
        2,
        "fairaudit: out: the name of a folder is expected, in one line.\n",
    )
    assert not list(tmp_path.iterdir())


def test_the_action_takes_words_that_the_command_takes(driven: Driven, tmp_path: Path) -> None:
    step = action_step("check")
    run_line = step["run"].replace('"$RUNNER_TEMP/fairaudit/bin/fairaudit"', "fairaudit")
    inputs = {
        "PREDICTIONS": "fairaudit-out/predictions.csv",
        "POLICY": "fairaudit.toml",
        "BASELINE": "",
        "OUT": str(tmp_path),
    }
    (words,) = expanded(
        [run_line], driven.folder, GITHUB_OUTPUT=str(tmp_path / "output"), ALLOW_UNDECIDED="", **inputs
    )
    answer = run_main(*words, cwd=driven.folder)
    assert answer.code == 0, answer.err
    assert {path.name for path in tmp_path.iterdir()} >= {"check.json", "gates.md", "gates.xml"}


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ("github-workflows", REPOSITORY / ".github" / "workflows" / "fairness.yml"),
        ("github-workflows", REPOSITORY / ".github" / "workflows" / "monthly.yml"),
        ("github-actions", EXAMPLES.parent / "action.yml"),
        ("gitlab-ci", REPOSITORY / ".gitlab-ci.yml"),
    ],
)
def test_pipelines_are_what_their_published_schemas_admit(schema: str, path: Path) -> None:
    """Validate against the schemas of schemastore.org, which check-jsonschema brings along; and no value becomes a script."""
    text = (files("check_jsonschema") / "builtin_schemas" / "vendor" / f"{schema}.json").read_text(
        encoding="utf-8"
    )
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    if True in document:
        # YAML takes the word for true.
        document["on"] = document.pop(True)
    assert [e.message for e in jsonschema.Draft7Validator(json.loads(text)).iter_errors(document)] == []
    jobs = document.get("jobs", {"": document.get("runs", {})}).values()
    own = [step for job in jobs for step in job.get("steps", [])]
    assert [step["run"] for step in own if "${{" in step.get("run", "")] == []
    # The majors of November 2026.
    assert {step["uses"] for step in own if "uses" in step} <= {
        *("actions/checkout@v7", "actions/setup-python@v7", "actions/upload-artifact@v7")
    }


def test_every_file_of_the_skeleton_is_in_its_readme() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    files = {
        path.relative_to(REPOSITORY).as_posix()
        for path in REPOSITORY.rglob("*")
        if path.is_file() and not {"__pycache__", ".pytest_cache", "fairaudit-out"} & set(path.parts)
    }
    assert {name for name in files if f"`{name}`" not in readme} == {"README.md", ".gitignore"}


def test_the_scheduled_workflow_measures_checks_and_follows_the_months(
    driven: Driven, tmp_path: Path
) -> None:
    made = tmp_path / "repository"
    shutil.copytree(driven.folder, made, ignore=shutil.ignore_patterns(".git", ".dvc", "figures"))
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


def test_the_slices_that_are_kept_are_those_of_the_predictions(driven: Driven, tmp_path: Path) -> None:
    shutil.copy(driven.folder / "fairaudit-out" / "predictions.csv", tmp_path)
    shutil.copy(REPOSITORY / "fairaudit.toml", tmp_path)
    ran_slice = run_main(
        *("slice", "predictions.csv", "-f", "ethnicity,sex,region,age:quartiles", "--save", "slices.toml"),
        cwd=tmp_path,
    )
    assert ran_slice.code == 0, ran_slice.err
    assert (tmp_path / "slices.toml").read_text(encoding="utf-8") == (REPOSITORY / "slices.toml").read_text(
        encoding="utf-8"
    )
