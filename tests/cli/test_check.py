"""``fairaudit check`` from end to end: exit codes, files, GitHub's outputs, the policy that ``--init`` writes, and mistakes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from schemas import schema_of

from fairaudit.documents.gates import CheckDocument
from fairaudit.documents.text import dump, load
from fairaudit.errors import FileError, GateError, OptionError
from fairaudit.gates.evaluate import Outcome, read_gates
from fairaudit.settings.choices import Missing
from fairaudit.settings.reading import ReadSettings
from fairaudit.workflow import check as checking
from fairaudit.workflow.policy import check_file

Run = Callable[..., Any]
Refusal = Callable[..., str]

RACE = '[[gate]]\nmetric = "fpr"\nattribute = "race"\nratio_within = 0.8\nreference = "race=Caucasian"\n'
SEX = '[[gate]]\nmetric = "accuracy"\nattribute = "sex"\nmin = 0.6\n'
AGE = '[[gate]]\nmetric = "fnr"\nslices = "sex"\nmax_difference = 0.05\n'
OUTSIDE = {"GITHUB_ACTIONS": "", "GITHUB_STEP_SUMMARY": ""}


def policy(folder: Path, text: str, *, name: str = "fairaudit.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


class TestExitCodes:
    """On the COMPAS data."""

    @pytest.mark.parametrize(
        ("gates", "code", "sentence"),
        [
            pytest.param(SEX, 0, "1 gate passed.", id="passed"),
            pytest.param(
                SEX + RACE,
                1,
                '1 of 2 gates failed, 1 passed: "Are people with label_value 0 wrongly selected about equally often?".',
                id="failed",
            ),
            pytest.param(
                AGE + SEX,
                3,
                '1 of 2 gates could not be decided, 1 passed: "Are people with label_value 1 missed',
                id="undecided",
            ),
            pytest.param(AGE + 'on_undecided = "fail"\n', 1, "1 of 1 gate failed", id="undecided that fails"),
            pytest.param(AGE + 'on_undecided = "pass"\n', 0, "1 gate passed.", id="undecided that passes"),
            pytest.param(
                AGE + 'on_undecided = "warn"\n', 0, "1 of 1 gate could not be decided, of which", id="warned"
            ),
            pytest.param(AGE + 'decide = "point"\n', 0, "1 gate passed.", id="by the point"),
        ],
    )
    def test_answered(
        self, run: Run, compas: Path, tmp_path: Path, gates: str, code: int, sentence: str
    ) -> None:
        policy(tmp_path, gates)
        ran = run("check", compas, cwd=tmp_path, env=OUTSIDE)
        assert (ran.code, ran.err) == (code, "")
        assert ran.out.startswith(sentence)
        text = (tmp_path / "fairaudit-out" / "check.json").read_text(encoding="utf-8")
        found = json.loads(text)
        schema_of("check").validate(found)
        assert found["exit_code"] == code
        assert dump(load(CheckDocument, text, file="x")) == text

    def test_wrong_input(self, refusal: Refusal, compas: Path, tmp_path: Path) -> None:
        path = policy(tmp_path, SEX + "mim = 0.1\n")
        assert refusal("check", compas, cwd=tmp_path).startswith(
            f"{path}, line 5, gate 1: unknown key 'mim'. Did you mean 'min'?"
        )

    def test_the_published_finding(self, run: Run, compas: Path, tmp_path: Path) -> None:
        policy(tmp_path, RACE)
        ran = run("check", compas, "--json", cwd=tmp_path, env=OUTSIDE)
        (gate,) = ran.json()["gates"]
        found = {finding["group"]: finding for finding in gate["findings"]}
        worst = found["African-American"]
        assert (worst["numerator"], worst["denominator"]) == (805, 1795)
        assert (worst["reference_numerator"], worst["reference_denominator"]) == (349, 1488)
        assert worst["value"] == pytest.approx(1.912, abs=5e-4)
        assert [round(limit, 2) for limit in worst["interval"]] == [1.72, 2.13]
        assert worst["verdict"] == "fail"
        assert "Caucasian" not in found
        assert ran.json()["comparisons"] == len(found) == 5
        assert found["Native American"]["verdict"] == "undecided"
        assert found["Native American"]["small"]


class TestOutputs:
    def test_files(self, run: Run, compas: Path, tmp_path: Path) -> None:
        policy(tmp_path, SEX + AGE)
        ran = run("check", compas, "--junit", "j.xml", "--markdown", "m.md", "-q", cwd=tmp_path, env=OUTSIDE)
        assert (ran.code, ran.out) == (3, "")
        (line,) = ran.err.splitlines()
        assert line.startswith("UNDECIDED ")
        suite = ET.parse(tmp_path / "j.xml").getroot()[0]
        assert (suite.get("tests"), suite.get("errors"), suite.get("failures")) == ("3", "1", "0")
        assert float(suite.get("time") or 0) > 0
        assert (
            (tmp_path / "m.md")
            .read_text(encoding="utf-8")
            .startswith("## Fairness gates: 1 of 2 gates could not")
        )

    def test_sarif_points_at_the_line_of_the_gate(self, run: Run, compas: Path, tmp_path: Path) -> None:
        policy(tmp_path, SEX + RACE)
        # Temporary files may lie in a repository, whose root would be another.
        (tmp_path / ".git").mkdir()
        ran = run("check", compas, "--sarif", "s.sarif", cwd=tmp_path, env=OUTSIDE)
        written, step = ran.out.splitlines()[-2:]
        assert (ran.code, written) == (1, "Written: fairaudit-out/check.json, s.sarif")
        assert step == f"Next  see who is worse off  fairaudit audit {compas} -a sex -a race"
        (found,) = json.loads((tmp_path / "s.sarif").read_text(encoding="utf-8"))["runs"]
        (result,) = found["results"]
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "fairaudit.toml"
        lines = (tmp_path / "fairaudit.toml").read_text(encoding="utf-8").splitlines()
        begin = place["region"]["startLine"]
        assert lines[begin - 1] == "[[gate]]"
        assert 'attribute = "race"' in lines[begin : begin + 4]

    def test_quiet_names_the_gates_that_end_a_build(self, run: Run, compas: Path, tmp_path: Path) -> None:
        policy(tmp_path, SEX + AGE + RACE)
        ran = run("check", compas, "--quiet", cwd=tmp_path, env=OUTSIDE)
        assert (ran.code, ran.out) == (1, "")
        failed, undecided = ran.err.splitlines()
        assert failed == (
            'FAILED "Are people with label_value 0 wrongly selected about equally often?": '
            "African-American 45%, Caucasian 23% (1.91 times; allowed 0.80 to 1.25)."
        )
        assert undecided.startswith("UNDECIDED ")
        assert run("check", compas, "--quiet", "--json", cwd=tmp_path, env=OUTSIDE).err == ""
        policy(tmp_path, SEX)
        ran = run("check", compas, "--quiet", cwd=tmp_path, env=OUTSIDE)
        assert (ran.code, ran.out, ran.err) == (0, "", "")

    def test_in_github_actions(self, run: Run, compas: Path, tmp_path: Path) -> None:
        policy(tmp_path, RACE + SEX)
        summary = tmp_path / "summary.md"
        summary.write_text("before\n", encoding="utf-8")
        env = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
        lines = run("check", compas, cwd=tmp_path, env=env).out.splitlines()
        word = lines[0].removeprefix("::stop-commands::")
        assert len(word) == 32
        end = lines.index(f"::{word}::")
        assert [
            line
            for line in lines[end + 1 :]
            if not line.startswith('::error file=fairaudit.toml,line=1,title=FAILED "Are people')
        ] == [
            "Written: fairaudit-out/check.json",
            f"Next  see who is worse off  fairaudit audit {compas} -a race -a sex",
        ]
        assert not any(line.lstrip().startswith("::") for line in lines[1:end])
        text = summary.read_text(encoding="utf-8")
        assert text.startswith("before\n## Fairness gates: 1 of 2 gates failed")

    def test_gates_of_a_project_stand_in_its_file(self, run: Run, compas: Path, tmp_path: Path) -> None:
        text = '[project]\nname = "x"\n\n[[tool.fairaudit.gate]]\nmetric = "fpr"\nmax = 0.1\n'
        (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
        ran = run("check", compas, "--junit", "j.xml", cwd=tmp_path, env={"GITHUB_ACTIONS": "true"})
        document = json.loads((tmp_path / "fairaudit-out" / "check.json").read_text(encoding="utf-8"))
        assert document["gates"][0]["place"] == {"file": "pyproject.toml", "line": 4}
        assert "::error file=pyproject.toml,line=4,title=FAILED" in ran.out
        assert "At pyproject.toml:4.</failure>" in (tmp_path / "j.xml").read_text(encoding="utf-8")

    def test_json_stays_json_in_github_actions(self, run: Run, compas: Path, tmp_path: Path) -> None:
        policy(tmp_path, RACE)
        ran = run("check", compas, "--json", cwd=tmp_path, env={**OUTSIDE, "GITHUB_ACTIONS": "true"})
        assert ran.json()["verdict"] == "fail"
        assert ran.err.splitlines()[-1].startswith(
            '::error file=fairaudit.toml,line=1,title=FAILED "Are people'
        )

    def test_a_summary_that_cannot_be_written(self, run: Run, compas: Path, tmp_path: Path) -> None:
        policy(tmp_path, SEX)
        env = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(tmp_path / "no" / "such")}
        ran = run("check", compas, cwd=tmp_path, env=env)
        assert ran.code == 2
        assert ran.err.startswith("fairaudit: GITHUB_STEP_SUMMARY: there is no folder ")
        # Nothing is published of an answer that cannot be published whole.
        assert not (tmp_path / "fairaudit-out").exists()

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["--junit", "."], "--junit: . is a folder. Name a file."),
            (["--junit", "fairaudit.toml"], "--junit: fairaudit.toml would take the place of a file that is read or written."),
            (["--junit", "fairaudit-out/check.json"], "--junit: fairaudit-out/check.json would take the place of a file that is read or written."),
            (["--junit", "s", "--markdown", "s"], "--junit: s would take the place of a file that is read or written."),
            (["--markdown", "fairaudit.toml/x"], "--markdown: there is no folder fairaudit.toml."),
            (["--junit", "n" * 300], "--junit: " + "n" * 59 + "… cannot be written: File name too long."),
        ],
    )  # fmt: skip
    def test_targets_that_cannot_be(
        self, run: Run, compas: Path, tmp_path: Path, words: list[str], message: str
    ) -> None:
        written = policy(tmp_path, SEX)
        ran = run("check", compas, *words, cwd=tmp_path, env=OUTSIDE)
        assert (ran.code, ran.out, ran.err) == (2, "", f"fairaudit: {message}\n")
        assert not (tmp_path / "fairaudit-out").exists()
        assert written.read_text(encoding="utf-8") == SEX

    FILES = ("--junit", "--markdown", "--records", "--sarif", "--numbers", "--openmetrics")

    def test_folders_are_made_for_files(self, run: Run, compas: Path, tmp_path: Path) -> None:
        policy(tmp_path, SEX)
        words = [word for name in self.FILES for word in (name, f"a/{name}/b/file")]
        ran = run("check", compas, *words, cwd=tmp_path, env=OUTSIDE)
        assert ran.code == 0
        assert {path.relative_to(tmp_path).parts[1] for path in tmp_path.rglob("file")} == set(self.FILES)

    def test_wrong_input_makes_no_folder(self, run: Run, tmp_path: Path) -> None:
        policy(tmp_path, SEX)
        assert run("check", "nope.csv", "--junit", "a/x.xml", cwd=tmp_path, env=OUTSIDE).code == 2
        assert [path.name for path in tmp_path.iterdir()] == ["fairaudit.toml"]

    def test_another_policy_and_folder_touch_nothing_here(
        self, run: Run, compas: Path, tmp_path: Path
    ) -> None:
        project, other = tmp_path / "project", tmp_path / "other"
        for folder in (project, other):
            folder.mkdir()
        files = "".join(f'{name[2:]} = "kept/{name[2:]}"\n' for name in self.FILES)
        policy(project, f'{SEX}\n[check]\npredictions = "p.csv"\n{files}')
        (project / "p.csv").write_bytes(compas.read_bytes())
        mine = policy(other, '[[gate]]\nmetric = "fpr"\nmax = 0.9\n')
        before = {path: path.stat().st_mtime_ns for path in project.rglob("*")}
        ran = run("check", "--policy", mine, "-o", other / "out", cwd=project, env=OUTSIDE)
        assert ran.code == 0
        assert {path: path.stat().st_mtime_ns for path in project.rglob("*")} == before
        assert [path.name for path in (other / "out").iterdir()] == ["check.json"]

    def test_equal_answers_give_equal_files(self, run: Run, compas: Path, tmp_path: Path) -> None:
        policy(tmp_path, RACE)
        words = [word for name in self.FILES for word in (name, f"out/{name[2:]}")]

        def files(time: str) -> dict[str, bytes]:
            env = {**OUTSIDE, "SOURCE_DATE_EPOCH": time}
            assert run("check", compas, "-o", "out", *words, cwd=tmp_path, env=env).code == 1
            return {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}

        first, same, later = files("1767225600"), files("1767225600"), files("1767312000")
        assert first == same
        # These say when they were made, and are compared by nobody.
        assert {name for name in first if first[name] != later[name]} == {
            "check.json",
            "junit",
            "openmetrics",
        }

    def test_a_reader_who_has_seen_enough_does_not_change_the_answer(
        self, compas: Path, tmp_path: Path
    ) -> None:
        policy(tmp_path, RACE)
        words = [sys.executable, "-m", "fairaudit", "check", str(compas)]
        with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.close()
            process.wait()
        assert process.returncode == 1

    def test_with_verbose_p_values_are_named_by_their_test(
        self, run: Run, compas: Path, tmp_path: Path
    ) -> None:
        policy(tmp_path, '[[gate]]\nname = "g"\nmetric = "pprev"\nattribute = "race"\nratio_within = 0.8\n')
        plain, verbose = (
            " ".join(run("check", compas, *more, cwd=tmp_path, env=OUTSIDE).out.split())
            for more in ((), ("--verbose",))
        )
        assert "p-values" not in plain
        assert "g: p-values of what is allowed" in verbose
        assert "Caucasian p = 3e-25 p = 2e-24 score test" in verbose
        assert "Asian p = 0.0066 p = 0.013 exact test, Berger and Boos" in verbose

    def test_equal_input_gives_equal_documents(self, run: Run, compas: Path, tmp_path: Path) -> None:
        policy(tmp_path, RACE + AGE)
        one, other = (run("check", compas, "--json", cwd=tmp_path, env=OUTSIDE).json() for _ in range(2))
        assert {**one, "created": ""} == {**other, "created": ""}


class TestSettings:
    def test_predictions_relative_to_the_file(self, run: Run, people: Path, tmp_path: Path) -> None:
        below = tmp_path / "a" / "b"
        below.mkdir(parents=True)
        shutil.copy(people, tmp_path / "a" / "p.csv")
        policy(
            tmp_path / "a",
            '[check]\npredictions = "p.csv"\n[[gate]]\nmetric = "pprev"\nattribute = "sex"\nmin = 0.01\n',
        )
        ran = run("check", cwd=below, env=OUTSIDE)
        assert (ran.code, ran.err) == (0, "")
        assert "240 rows read" in ran.out

    def test_every_command_reads_a_file_with_gates(self, run: Run, people: Path, tmp_path: Path) -> None:
        policy(tmp_path, f'attribute = "sex"\n{RACE}')
        ran = run("group", people, "--json", cwd=tmp_path)
        assert ran.code == 0, ran.err

    def test_in_a_pyproject(self, run: Run, compas: Path, tmp_path: Path) -> None:
        policy(tmp_path, RACE.replace("[[gate]]", "[[tool.fairaudit.gate]]"), name="pyproject.toml")
        assert run("check", compas, cwd=tmp_path, env=OUTSIDE).code == 1

    @pytest.mark.parametrize(
        "how", [["--policy", "p.toml"], ["--policy=p.toml"], []], ids=["two words", "one", "in the file"]
    )
    def test_a_policy_beats_the_nearest_file(
        self, run: Run, people: Path, tmp_path: Path, how: list[str]
    ) -> None:
        nearest = "threshold = 0.9\nmin-group-size = 7\nquiet = true\n" + (
            "" if how else '[check]\npolicy = "p.toml"\n'
        )
        policy(tmp_path, nearest + RACE)
        policy(
            tmp_path,
            'top-k = 24\nquiet = false\n[[gate]]\nmetric = "pprev"\nattribute = "sex"\nmin = 0.01\n',
            name="p.toml",
        )
        ran = run("check", people, *how, "--json", cwd=tmp_path, env=OUTSIDE)
        assert ran.code == 0
        # What is to be known of decisions by rank is the one thing that is told.
        assert ran.err.startswith("note: score: who is selected depends on the other rows")
        assert ran.err.count("\n") == 1
        settings = ran.json()["settings"]
        assert (settings["decision"]["kind"], settings["min_group_size"]) == ("top-k", 7)
        assert [gate["metric"] for gate in ran.json()["gates"]] == ["pprev"]
        assert run("group", people, cwd=tmp_path).out == ""

    def test_a_flag_beats_the_policy(self, run: Run, people: Path, tmp_path: Path) -> None:
        policy(
            tmp_path,
            'threshold = 0.25\n[[gate]]\nmetric = "pprev"\nattribute = "sex"\nmin = 0.01\n',
            name="p.toml",
        )
        ran = run(
            "check", people, "--policy", "p.toml", "--threshold", "0.75", "--json", cwd=tmp_path, env=OUTSIDE
        )
        assert ran.json()["settings"]["decision"]["threshold"] == 0.75

    def test_references_of_attributes_that_no_gate_is_about_are_passed_over(
        self, run: Run, compas: Path, tmp_path: Path
    ) -> None:
        text = 'ref-group = ["race=Caucasian", "sex=Female", "age_cat=25 - 45"]\n'
        policy(tmp_path, text + RACE.replace('reference = "race=Caucasian"\n', ""))
        ran = run("check", compas, "--json", cwd=tmp_path, env=OUTSIDE)
        assert {f["reference_group"] for f in ran.json()["gates"][0]["findings"]} == {"Caucasian"}
        assert ran.json()["settings"]["reference"] == ["race=Caucasian"]
        assert [note["sentence"] for note in ran.json()["input"]["notes"]][-2:] == [
            "reference group sex=Female: passed over, as sex is not audited here",
            "reference group age_cat=25 - 45: passed over, as age_cat is not audited here",
        ]

    def test_cuts_and_intersections(self, run: Run, people: Path, tmp_path: Path) -> None:
        policy(
            tmp_path,
            '[[gate]]\nmetric = "pprev"\nslices = ["age:quartiles", "race * sex,race", "age:25,45"]\nmin = 0.01\n',
        )
        ran = run("check", people, "--json", cwd=tmp_path, env=OUTSIDE)
        assert ran.json()["gates"][0]["attributes"] == ["age:quartiles", "race*sex", "race", "age:25,45"]


class TestMistakes:
    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            pytest.param(
                "",
                "{path}: declares no gate. Run fairaudit check --init for some to begin with.",
                id="no gate",
            ),
            pytest.param(
                "[gate]\nmetric = 'x'",
                "{path}: 'gate' is no list of tables. Begin each gate with the line [[gate]].",
                id="one table",
            ),
            pytest.param("gate = 3", "{path}: 'gate' is no list of tables.", id="number"),
            pytest.param(
                "[[gates]]\nmetric = 'x'", "{path}: unknown key 'gates'. Did you mean 'gate'?", id="misspelt"
            ),
            pytest.param(
                "predictions = 'x'\n" + SEX, "{path}: unknown key 'predictions'.", id="not in check"
            ),
            pytest.param(
                "[check]\npredictions = 'none.csv'\n" + SEX, "{folder}/none.csv: ", id="no such predictions"
            ),
            pytest.param(
                SEX.replace("sex", "sexx"),
                "{path}, line 3, gate 'accuracy at least 0.6 on sexx': people.csv has no column 'sexx'. Did you mean 'sex'?",
                id="attribute",
            ),
            pytest.param(
                '[[gate]]\nmetric = "pprev"\nslices = ["sex", "sex,race"]\nmin = 0.1\n',
                "{path}, line 3, gate 'pprev at least 0.1 on sex, sex,race': names the attribute 'sex' twice.",
                id="twice",
            ),
            pytest.param(
                'label = "none"\n' + SEX,
                "{path}, line 3, gate 'accuracy at least 0.6 on sex': accuracy cannot be measured, as there are no labels.",
                id="metric",
            ),
            pytest.param(
                '[[gate]]\nmetric = "pprev"\nattribute = "score"\nmin = 0.1\n',
                "a gate's attribute: column 'score' of people.csv is numeric and has",
                id="uncut",
            ),
            pytest.param(
                '[[gate]]\nmetric = "pprev"\nattribute = "sex"\nratio_within = 0.8\nreference = "sex=X"\n',
                "{path}, line 5, gate 'pprev ratio within 0.8 on sex': 'reference': attribute 'sex' has no group 'X'.",
                id="reference",
            ),
            pytest.param(
                SEX + 'decide = "maybe"\n',
                "{path}, line 5, gate 1: 'decide': 'maybe' is no choice.",
                id="choice",
            ),
        ],
    )
    def test_of_a_policy(self, run: Run, people: Path, tmp_path: Path, text: str, sentence: str) -> None:
        path = policy(tmp_path, text)
        words = [] if "none.csv" in text else [people]
        ran = run("check", *words, cwd=tmp_path, env=OUTSIDE)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("fairaudit: " + sentence.format(path=path, folder=tmp_path))
        assert ran.err.count("\n") == 1
        assert not (tmp_path / "fairaudit-out").exists()

    def test_no_configuration_at_all(self, refusal: Refusal, people: Path, tmp_path: Path) -> None:
        assert refusal("check", people, cwd=tmp_path) == (
            "fairaudit.toml: there is no such file here or in a folder above, and so there are no gates. "
            "Run fairaudit check --init for some to begin with."
        )

    def test_no_such_policy(self, refusal: Refusal, people: Path, tmp_path: Path) -> None:
        sentence = refusal("check", people, "--policy", "none.toml", cwd=tmp_path)
        assert sentence == "none.toml: cannot be read: No such file or directory."

    def test_a_value_that_no_option_takes(self, refusal: Refusal, people: Path, tmp_path: Path) -> None:
        policy(tmp_path, "top-k = 'many'\n" + SEX, name="p.toml")
        assert refusal("check", people, "--policy", "p.toml", cwd=tmp_path).startswith(
            "p.toml: the value of 'top-k'"
        )


class TestInit:
    def test_then_check(self, run: Run, compas: Path, tmp_path: Path) -> None:
        data = tmp_path / "data"
        data.mkdir()
        shutil.copy(compas, data / "c.csv")
        ran = run("check", "--init", "data/c.csv", cwd=tmp_path, env=OUTSIDE)
        assert (ran.code, ran.err) == (0, "")
        assert ran.out == "Written: fairaudit.toml\nNext  answer its gates  fairaudit check\n"
        assert not (tmp_path / "fairaudit-out").exists()
        found = tomllib.loads((tmp_path / "fairaudit.toml").read_text(encoding="utf-8"))
        assert found["check"] == {"predictions": "data/c.csv"}
        assert (found["label"], found["score"]) == ("label_value", "score")
        assert found["attribute"] == ["race", "sex", "age_cat"]
        assert [gate["metric"] for gate in found["gate"]] == ["pprev", "fpr", "fnr"]
        checked = run("check", cwd=tmp_path, env=OUTSIDE)
        assert (checked.code, checked.err) == (1, "")
        assert checked.out.startswith("3 of 3 gates failed.")
        assert run("group", data / "c.csv", cwd=tmp_path).code == 0

    def test_what_was_chosen_is_written_down(self, run: Run, people: Path, tmp_path: Path) -> None:
        words = [
            "-a",
            "age:30,40",
            "-a",
            "race*sex",
            "--threshold",
            "0.4",
            "--where",
            "age >= 20",
            "-r",
            "rest",
        ]
        ran = run(
            "check",
            "--init",
            people,
            "--policy",
            "gates.toml",
            *words,
            "--min-group-size",
            "5",
            "-q",
            cwd=tmp_path,
        )
        assert (ran.code, ran.out, ran.err) == (0, "", "")
        found = tomllib.loads((tmp_path / "gates.toml").read_text(encoding="utf-8"))
        assert found["attribute"] == ["age:30,40", "race*sex"]
        assert (found["threshold"], found["where"], found["min-group-size"]) == (0.4, "age >= 20", 5)
        assert found["ref-group"] == ["rest"]
        # The data lie elsewhere, where a policy cannot point to.
        assert "predictions" not in found.get("check", {})
        checked = run("check", people, "--policy", "gates.toml", "--json", cwd=tmp_path, env=OUTSIDE)
        assert checked.code in (0, 1, 3), checked.err
        assert checked.json()["settings"]["decision"]["threshold"] == 0.4

    def test_without_labels(self, run: Run, examples_dir: Path, tmp_path: Path) -> None:
        words = ["--label", "none", "--score", "admitted", "--weight", "count", "-a", "gender"]
        shutil.copy(examples_dir / "berkeley.csv", tmp_path)
        assert run("check", "--init", "berkeley.csv", *words, cwd=tmp_path).code == 0
        checked = run("check", "--json", cwd=tmp_path, env=OUTSIDE)
        assert [gate["metric"] for gate in checked.json()["gates"]] == ["pprev"]

    def test_gates_are_never_overwritten(self, refusal: Refusal, people: Path, tmp_path: Path) -> None:
        path = policy(tmp_path, SEX)
        assert (
            refusal("check", "--init", people, cwd=tmp_path)
            == f"{path}: declares gates already, and is not changed."
        )

    @pytest.mark.parametrize(
        ("name", "table"), [("fairaudit.toml", "gate"), ("pyproject.toml", "tool.fairaudit.gate")]
    )
    def test_a_file_without_gates_is_left_alone_and_told_what_to_add(
        self, run: Run, people: Path, tmp_path: Path, name: str, table: str
    ) -> None:
        text = '[tool.fairaudit]\nattribute = "sex"\n' if "." in table else 'attribute = "sex"\n'
        path = policy(tmp_path, text, name=name)
        ran = run("check", "--init", people, cwd=tmp_path)
        assert ran.code == 0
        assert (
            ran.err
            == f"warning: {path} is there already and is not changed. Add what is printed here to its end.\n"
        )
        assert path.read_text(encoding="utf-8") == text
        assert f"[[{table}]]" in ran.out
        path.write_text(text + ran.out, encoding="utf-8")
        assert run("check", people, cwd=tmp_path, env=OUTSIDE).code in (0, 1, 3)


class TestFromPython:
    def test_a_file_is_read_as_the_command_reads_it(
        self, run: Run, people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shutil.copy(people, tmp_path / "p.csv")
        text = (
            'top-percent = 30\nmissing = "drop"\nref-group = "sex=Male"\nmin-group-size = 9\nwhere = "age > 20"\nout = "there"\n'
            '[check]\npredictions = "p.csv"\n'
        )
        gates = '[[gate]]\nmetric = "pprev"\nattribute = "sex"\nratio_within = 0.8\n'
        path = policy(tmp_path, text + gates)
        ran = run("check", "--json", cwd=tmp_path, env=OUTSIDE)
        monkeypatch.chdir(tmp_path)
        shutil.rmtree(tmp_path / "there")
        found = check_file(path)
        assert {**json.loads(dump(found.document)), "created": ""} == {**ran.json(), "created": ""}
        assert found.evaluated.exit_code == ran.code
        assert not (tmp_path / "there").exists()
        assert check_file(path, predictions=str(people)).document.input.name == "people.csv"

    def test_mistakes_are_errors(self, people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        with pytest.raises(FileError, match="declares no gate"):
            check_file(policy(tmp_path, ""), predictions=str(people))
        with pytest.raises(FileError, match=r"fairaudit.toml: unknown key 'lable'\. Did you mean 'label'"):
            check_file(policy(tmp_path, 'lable = "x"\n' + SEX), predictions=str(people))
        policy(tmp_path, "")
        wrong = policy(tmp_path, "min-group-size = 0\n" + SEX, name="p.toml")
        with pytest.raises(FileError, match=r"p.toml: the value of 'min-group-size'"):
            check_file(wrong, predictions=str(people))
        with pytest.raises(GateError, match="'decide'"):
            check_file(policy(tmp_path, SEX + "decide = 1\n"), predictions=str(people))

    def test_a_frame(self) -> None:
        frame = pd.DataFrame({"label": [0, 1] * 50, "score": [1] * 50 + [0] * 50, "sex": ["f", "m"] * 50})
        asked = read_gates([{"metric": "pprev", "attribute": "sex", "min": "0.1"}], file="x")
        found = checking.check(frame, asked, settings=ReadSettings(missing=Missing.DROP))
        assert found.evaluated.results[0].outcome is Outcome.PASSED
        with pytest.raises(OptionError, match="a check of nothing passes nothing"):
            checking.check(frame, ())


def test_the_policy_in_the_documentation(run: Run, examples_dir: Path, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "gates.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```toml\n(.*?)```", page, flags=re.DOTALL)
    policy(tmp_path, text)
    shutil.copy(examples_dir / "loans.csv", tmp_path / "predictions.csv")
    ran = run("check", cwd=tmp_path, env=OUTSIDE)
    assert (ran.code, ran.err) == (1, "")
    answer = "2 of 6 gates failed, 1 could not be decided, 1 could not be decided, of which the policy only warns, 2 passed."
    assert ran.out.startswith(answer)
    assert "missing(" not in ran.out
