"""Gates as tests: what is collected, what becomes of each outcome, and that pytest and the command line agree on every policy."""

from __future__ import annotations

import contextlib
import inspect
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

# What an inner run imports is taken out of sys.modules after it, which NumPy and others do not survive: they are here before.
from running import foreign

import fairaudit
import fairaudit.disparity.aequitas
import fairaudit.inference.clusters
import fairaudit.inference.contrast
import fairaudit.inference.exact
import fairaudit.inference.mover
import fairaudit.inference.planning
import fairaudit.inference.resample
import fairaudit.model.split
import fairaudit.workflow.audit
import fairaudit.workflow.check
from fairaudit.cli import app
from fairaudit.cli.commands import SUMMARIES, load
from fairaudit.gates.evaluate import Outcome
from fairaudit.settings.commands import options_of
from fairaudit.texts import toml_text
from fairaudit.workflow.policy import check_file

with fairaudit.disparity.aequitas.loading():
    pass
# A command that was first loaded within an inner run of pytest would keep modules that pytest forgets after it.
for command in SUMMARIES:
    load(command)

PASSES = '[[gate]]\nname = "passes"\nmetric = "accuracy"\nattribute = "sex"\nmin = 0.5\n'
FAILS = '[[gate]]\nname = "fails"\nmetric = "accuracy"\nattribute = "race"\nmin = 0.95\nreason = "The board decided so."\n'
OPEN = '[[gate]]\nname = "open"\nmetric = "accuracy"\nattribute = "sex"\nmin = 0.7\n'
WARNS = OPEN.replace('"open"', '"warns"') + 'on_undecided = "warn"\n'
_UNFIT = [
    # Columns that are not there, and groups and conditions of these.
    (
        (
            'attribute = "region"\ntarget = "a"\nweight = "e"\nid = "f"\ngroup-column = "g"\ntime-column = "h"\n'
            'feature = ["region"]\nref-group = "region=North"\nwhere = "income > 3"\nunknown = "region=Other"\n[slices]\nrich = "income > 3"'
        ),
        "target weight id group-column time-column feature ref-group where slices",
    ),
    ('label = "b"\nscore = "c"\ndecision = "d"\npositive = "yes"', "label score decision positive"),
    # Values that no option takes, whatever the table.
    (
        (
            'top-k = "many"\ntop-percent = 400\ntau = "nine"\ndecide = "never"\nmetric = "nonsense"\neffect = "heals"\nunit = ""\n'
            'interval = "wide"\nmissing = "keep"\nmin-group-size = 0\nsuppress-below = 1\nrank-by = "nonsense"'
        ),
        "top-k top-percent tau decide metric effect unit interval missing min-group-size suppress-below rank-by",
    ),
    (
        (
            'model = "guess"\nparam = "C"\nestimator = "os:getcwd"\ntune = "C"\nclass-weight = "odd"\nseed = -1\nfolds = 1\nrepeats = 0\n'
            'audit-on = "paper"\nfitted = "model.joblib"\ntrust = "os.system"\ntrust-pickle = true\nlabel = "age"\n'
        ),
        "model param estimator tune class-weight seed folds repeats audit-on fitted trust trust-pickle label",
    ),
    (
        'delimiter = "long"\nencoding = "utf-99"\nmemory-limit = "much"\nthreads = 0\nslices = "broken.toml"',
        "delimiter encoding memory-limit threads slices",
    ),
    (
        'format = "parquet"\nslices = "nowhere.toml"\npositive-class = "yes"\nskip-bad-lines = true',
        "format skip-bad-lines slices",
    ),
    # What the table holds, and which cannot serve.
    ('positive = ["yes", "certainly"]', "positive"),
    ('score = "race"\nweight = "race"\nna-values = ["0", "1"]', "score weight na-values"),
    ('decision = "age"', "decision"),
    ('weight-kind = "survey"\nthreshold = 30', "weight-kind threshold"),
    ('score = "hard"\nthreshold = 30\nrank-by = "roc_auc"', "threshold rank-by"),
    ('threshold = 0.5\ntop-k = 500\nfeature = "age"', "threshold top-k feature"),
    ('ref-group = "North"\nwhere = "age > 500"', "ref-group where"),
    ('where = "age >"\nweight = "score"', "where weight"),
    ('target = "race"\ndrop = "region"\ntest-size = 3\nvalidation-size = 3\nlearning-curve = true', "target"),
    # How another file is written.
    ('delimiter = ";"\nlabel = "label"', "delimiter"),
    ('encoding = "utf-16"', "encoding"),
    ('names = "a,b,c"\ntemp-dir = "nowhere"', "names temp-dir"),
]
"""Settings of a file, and those of them that fall away."""
_NO_FILES = [
    "threads = [1]",
    'colour = "red"',
    "tau =",
    'temp-dir = "/"',
    'slices = "../slices.toml"',
    '[words]\npeople = ""',
]

ALONE = ("--disable-plugin-autoload", "-p", "fairaudit", "-p", "no:cacheprovider")
"""The plugin is loaded by its name; others of this environment are neither asked nor looked for, which would take a third of a run of pytest."""
OTHER_PLUGINS = ("hydra_pytest", "hypothesispytest", "anyio", "platformdirs")


@pytest.fixture
def folder(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder with predictions: 200 people, of whom 70% are decided rightly, race C only in 8 of 40."""
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    predictions(200).to_csv(pytester.path / "p.csv", index=False)
    return pytester


def predictions(rows: int) -> pd.DataFrame:
    race = ["ABABC"[i % 5] for i in range(rows)]
    right = [i % 50 < 10 if race[i] == "C" else i % 10 not in (1, 6) for i in range(rows)]
    label = [i // 5 % 2 for i in range(rows)]
    decided = [y if ok else 1 - y for y, ok in zip(label, right, strict=True)]
    return pd.DataFrame(
        {
            "label": label,
            "score": [0.3 * d + 0.3 + i % 17 / 100 for i, d in enumerate(decided)],
            "race": race,
            "sex": ["FM"[i // 3 % 2] for i in range(rows)],
            "age": [18 + 7 * i % 60 for i in range(rows)],
        }
    )


def policy(folder: pytest.Pytester, text: str, *, name: str = "fairaudit.toml") -> Path:
    path = folder.path / name
    path.parent.mkdir(exist_ok=True)
    if path.parent != folder.path:
        # A policy names nothing outside of its folder.
        shutil.copy(folder.path / "p.csv", path.parent)
    path.write_text(f"[check]\npredictions = 'p.csv'\n{text}", encoding="utf-8")
    return path


def run(folder: pytest.Pytester, *words: str) -> pytest.RunResult:
    """Run pytest in this process."""
    return folder.runpytest_inprocess(*ALONE, *words)


def outcomes(folder: pytest.Pytester, *words: str) -> dict[str, str]:
    """Run pytest and give what became of each test."""
    recorder = folder.inline_run(*ALONE, "-q", *words)
    found: dict[str, str] = {}
    for report in recorder.getreports("pytest_runtest_logreport"):
        if report.when == "call" or report.outcome == "failed":
            found[report.nodeid.partition("::")[2]] = report.outcome
    return found


class TestOutcomes:
    def test_each(self, folder: pytest.Pytester) -> None:
        policy(folder, PASSES + FAILS + OPEN + WARNS)
        result = run(folder)
        result.assert_outcomes(passed=2, failed=2, warnings=1)
        text = result.stdout.str()
        assert "Traceback" not in text
        assert "pytest_plugin.py" not in text
        result.stdout.fnmatch_lines(
            [
                "* gate fails *",
                'FAILED "fails": C 20% (allowed at least 95%); also *',
                'fail: The accuracy of people with race "C" is 20 of 100. 8 of 40. 95% interval *. Allowed is at least 95%.',
                'fail: The accuracy of people with race "[AB]" *',
                "* comparisons were made; a fail holds after correcting for all of them.",
                "Why it is demanded: The board decided so.",
                "* gate open *",
                'UNDECIDED "open": *',
                "undecided: The accuracy of *",
                "Undecided: the data leave open *pytest knows no third outcome.*",
                '*fairaudit.toml:*: UndecidedWarning: WARNING, UNDECIDED "warns": *',
                "    [[][[]gate]]",
            ]
        )

    @pytest.mark.parametrize(
        ("choice", "outcome", "said"),
        [
            ("pass", {"passed": 1}, ""),
            ("warn", {"passed": 1, "warnings": 1}, "WARNING, UNDECIDED"),
            ("fail", {"failed": 1}, 'FAILED, UNDECIDED "open": '),
        ],
    )
    def test_undecided(
        self, folder: pytest.Pytester, choice: str, outcome: dict[str, int], said: str
    ) -> None:
        policy(folder, f'{OPEN}on_undecided = "{choice}"\n')
        result = run(folder)
        result.assert_outcomes(**outcome)
        assert said in result.stdout.str()

    def test_everybody_and_groups_of_too_few_people(self, folder: pytest.Pytester) -> None:
        few = PASSES.replace('"sex"', '"race"').replace("0.5", "0.3") + "min_people = 41\n"
        policy(folder, '[[gate]]\nname = "all"\nmetric = "accuracy"\nmin = 0.5\n' + few)
        result = run(folder, "-W", "error")
        result.assert_outcomes(passed=2, warnings=1)
        result.stdout.fnmatch_lines(["*Too few people to judge: C 40 of 41 asked."])

    def test_a_warning_stays_one_where_warnings_are_errors(self, folder: pytest.Pytester) -> None:
        policy(folder, WARNS)
        run(folder, "-W", "error").assert_outcomes(passed=1, warnings=1)

    @pytest.mark.parametrize(("said", "family"), [("", 3), ('family = "policy"\n', 7)])
    def test_the_family_is_the_same_whichever_gates_run(
        self, folder: pytest.Pytester, said: str, family: int
    ) -> None:
        path = policy(folder, said.join([PASSES, FAILS, OPEN, ""]))
        assert check_file(path).evaluated.results[1].family == family
        result = run(folder, "-k", "fails")
        result.assert_outcomes(failed=1, deselected=2)
        assert f"{family} comparisons were made" in result.stdout.str()

    def test_the_rows_are_read_once(self, folder: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        policy(folder, PASSES + FAILS + OPEN)
        asked: list[Path] = []

        def counted(path: Path) -> Any:
            asked.append(path)
            return check_file(path)

        monkeypatch.setattr("fairaudit.workflow.policy.check_file", counted)
        run(folder).assert_outcomes(passed=1, failed=2)
        assert len(asked) == 1

    def test_nothing_is_written(self, folder: pytest.Pytester) -> None:
        policy(folder, PASSES)
        run(folder).assert_outcomes(passed=1)
        assert {path.name for path in folder.path.iterdir()} == {"fairaudit.toml", "p.csv"}


class TestCollection:
    def test_settings_without_gates_are_passed_over(self, folder: pytest.Pytester) -> None:
        policy(folder, "")
        result = run(folder)
        result.assert_outcomes()
        assert result.ret is pytest.ExitCode.NO_TESTS_COLLECTED

    def test_a_pyproject_with_gates(self, folder: pytest.Pytester) -> None:
        path = folder.path / "pyproject.toml"
        path.write_text(
            "[tool.fairaudit.check]\npredictions = 'p.csv'\n"
            + PASSES.replace("[[gate]]", "[[tool.fairaudit.gate]]"),
            encoding="utf-8",
        )
        run(folder).assert_outcomes(passed=1)

    @pytest.mark.parametrize("text", ["[tool.other]\ngate = 3\n", "tool = 3\n", "no TOML\n"])
    def test_other_projects_are_left_alone(self, folder: pytest.Pytester, text: str) -> None:
        below = folder.mkdir("below")
        (below / "pyproject.toml").write_text(text, encoding="utf-8")
        (below / "other.toml").write_text(PASSES, encoding="utf-8")
        run(folder).assert_outcomes()

    def test_a_policy_of_another_name_on_the_command_line(self, folder: pytest.Pytester) -> None:
        policy(folder, PASSES + FAILS, name="strict.toml")
        run(folder, "strict.toml").assert_outcomes(passed=1, failed=1)

    def test_one_gate_on_the_command_line(self, folder: pytest.Pytester) -> None:
        policy(folder, PASSES + FAILS)
        run(folder, "fairaudit.toml::passes").assert_outcomes(passed=1)

    def test_the_marker(self, folder: pytest.Pytester) -> None:
        policy(folder, PASSES)
        folder.makepyfile("def test_it(): pass")
        run(folder, "--strict-markers", "-m", "not fairaudit").assert_outcomes(passed=1, deselected=1)
        run(folder, "--strict-markers", "-m", "fairaudit").assert_outcomes(passed=1, deselected=1)
        assert "@pytest.mark.fairaudit: a gate of a policy" in run(folder, "--markers").stdout.str()

    def test_turned_off(self, folder: pytest.Pytester) -> None:
        policy(folder, FAILS)
        folder.makepyfile("def test_it(): pass")
        folder.runpytest_inprocess("-p", "no:xdist", "-p", "no:fairaudit").assert_outcomes(passed=1)

    def test_strange_names(self, folder: pytest.Pytester) -> None:
        names = ["a::b[1]", "a: :b[1]", "bell\a\x1b[31m", "É 😀", "<x>"]
        gates = [PASSES.replace('"passes"', toml_text(name)) for name in names]
        policy(folder, "".join(gates))
        found = outcomes(folder)
        assert list(found) == ["a: :b[1]", "a: :b[1] (2)", r"bell\x07\x1b[31m", "É 😀", "<x>"]
        assert set(found.values()) == {"passed"}

    @pytest.mark.parametrize("below", ["", "policies/"])
    def test_named_by_the_configuration(self, folder: pytest.Pytester, below: str) -> None:
        policy(folder, PASSES, name=f"{below}strict.toml")
        folder.makeini(f"[pytest]\ntestpaths = tests\nfairaudit_policy = {below}strict.toml\n")
        folder.mkdir("tests").joinpath("test_it.py").write_text("def test_it(): pass\n", encoding="utf-8")
        run(folder).assert_outcomes(passed=2)
        run(folder, "tests").assert_outcomes(passed=1)

    def test_named_by_the_configuration_and_below_what_is_searched(self, folder: pytest.Pytester) -> None:
        policy(folder, PASSES)
        policy(folder, FAILS, name="strict.toml")
        folder.makeini("[pytest]\nfairaudit_policy =\n  fairaudit.toml\n  strict.toml\n")
        folder.makepyfile("def test_it(): pass")
        run(folder).assert_outcomes(passed=2, failed=1)

    @pytest.mark.parametrize(
        ("name", "text", "why"),
        [
            (".hidden/p.toml", PASSES, " was not collected: pytest passes it over, by its norecursedirs or by what it is told to ignore"),
            ("p.toml", "", " was not collected: it declares no gate ([[gate]])"),
            ("pyproject.toml", "", " was not collected: it declares no gate ([[tool.fairaudit.gate]])"),
            ("nope.toml", None, ": there is no such file"),
            ("policies", None, ": it is a folder. Name the policy in it"),
        ],
    )  # fmt: skip
    def test_a_named_policy_never_goes_missing(
        self, folder: pytest.Pytester, name: str, text: str | None, why: str
    ) -> None:
        folder.mkdir("policies")
        if text is not None:
            policy(folder, text, name=name)
        folder.makeini(f"[pytest]\nfairaudit_policy = {name}\n")
        folder.makepyfile("def test_it(): pass")
        result = run(folder)
        assert result.ret is pytest.ExitCode.USAGE_ERROR
        assert f"ERROR: fairaudit_policy: {folder.path / name}{why}" in result.stderr.str()

    @pytest.mark.parametrize("absolute", [False, True])
    def test_named_by_a_path_that_leads_out_of_the_project(
        self, folder: pytest.Pytester, absolute: bool
    ) -> None:
        policy(folder, PASSES + FAILS, name="shared/gates.policy")
        project = folder.mkdir("project")
        predictions(200).to_csv(project / "p.csv", index=False)
        shared = folder.path / "shared" / "gates.policy" if absolute else "../shared/./gates.policy"
        (project / "pytest.ini").write_text(f"[pytest]\nfairaudit_policy = {shared}\n", encoding="utf-8")
        (project / "test_it.py").write_text("def test_it(): pass\n", encoding="utf-8")
        with contextlib.chdir(project):
            result = run(folder)
        result.assert_outcomes(passed=2, failed=1)

    def test_only_what_failed_before(self, folder: pytest.Pytester) -> None:
        policy(folder, PASSES)
        folder.makeini("[pytest]\nfairaudit_policy = fairaudit.toml\n")
        folder.makepyfile("def test_it(): assert False")
        folder.runpytest_inprocess("-p", "no:xdist").assert_outcomes(passed=1, failed=1)
        assert folder.runpytest_inprocess("-p", "no:xdist", "--lf").parseoutcomes()["failed"] == 1

    def test_settings_are_those_of_the_policys_folder(self, folder: pytest.Pytester) -> None:
        below = folder.mkdir("below")
        frame = predictions(200).rename(columns={"label": "y"})
        (below / "fairaudit-out").mkdir()
        frame.to_csv(below / "fairaudit-out" / "predictions.csv", index=False)
        (below / "fairaudit.toml").write_text(f'label = "y"\n{PASSES}', encoding="utf-8")
        run(folder).assert_outcomes(passed=1)

    def test_several_processes(self, folder: pytest.Pytester) -> None:
        policy(folder, PASSES + FAILS + OPEN + WARNS, name="strict.toml")
        folder.makeini("[pytest]\ntestpaths = tests\nfairaudit_policy = strict.toml\n")
        folder.mkdir("tests")
        # What others bring along for pytest is loaded by each process, and none of it used.
        without = [word for name in OTHER_PLUGINS for word in ("-p", f"no:{name}")]
        folder.runpytest_subprocess("-n", "2", "--dist", "loadfile", *without).assert_outcomes(
            passed=2, failed=2, warnings=1
        )


class TestMistakes:
    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            (
                PASSES + "mim = 1\n",
                "fairaudit.toml, line *, gate 1 ('passes'): unknown key 'mim'. Did you mean 'min'?*",
            ),
            ("gate = 3\n", "fairaudit.toml: 'gate' is no list of tables.*"),
            (PASSES + PASSES, "fairaudit.toml, line 7, gate 2 ('passes'): gate 1 has the same name.*"),
            ("[[gate]\n", "fairaudit.toml: is not TOML: *"),
        ],
    )
    def test_of_a_policy_do_not_end_the_run(self, folder: pytest.Pytester, text: str, sentence: str) -> None:
        path = folder.path / "fairaudit.toml"
        path.write_text(text, encoding="utf-8")
        folder.makepyfile("def test_it(): pass")
        result = run(folder)
        result.assert_outcomes(errors=1, passed=1)
        result.stdout.fnmatch_lines([f"{path.parent}/{sentence}".replace("[", "[[]")])
        assert "Traceback" not in result.stdout.str()

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            (
                PASSES.replace("sex", "sexx"),
                "*, line *, gate 'passes': p.csv has no column 'sexx'. Did you mean 'sex'?*",
            ),
            ("label = 'y'\n" + PASSES, "p.csv has no column 'y'.*"),
            (
                "threshold = 'much'\n" + PASSES,
                "*fairaudit.toml: the value of 'threshold': 'much' is not a number.*",
            ),
            ("tresh = 1\n" + PASSES, "*fairaudit.toml: unknown key 'tresh'.*"),
        ],
    )
    def test_of_the_input_are_errors_and_no_failures(
        self, folder: pytest.Pytester, text: str, sentence: str
    ) -> None:
        head, _, gates = text.rpartition("[[gate]]")
        (folder.path / "fairaudit.toml").write_text(
            f"{head}[check]\npredictions = 'p.csv'\n[[gate]]{gates}", encoding="utf-8"
        )
        result = run(folder)
        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines([sentence])
        assert "Traceback" not in result.stdout.str()
        assert "pytest_plugin.py" not in result.stdout.str()

    def test_no_predictions_yet(self, folder: pytest.Pytester) -> None:
        (folder.path / "fairaudit.toml").write_text(PASSES + FAILS, encoding="utf-8")
        result = run(folder)
        result.assert_outcomes(errors=2)
        # The command that would make one is no advice for who runs tests.
        result.stdout.fnmatch_lines(
            ["fairaudit-out/predictions.csv: there is no such file. Name a file of predictions."]
        )
        assert "fairaudit train" not in result.stdout.str()


class TestStrangers:
    def test_no_name_is_a_command_to_github(self, folder: pytest.Pytester) -> None:
        sign = "##[error]x"
        data = predictions(200)
        data["sex"] = data["sex"].map({"F": sign, "M": "::error::y"})
        data.to_csv(folder.path / "p.csv", index=False)
        gate = f'[[gate]]\nname = "{sign}"\nreason = "::error::z {sign}"\nmetric = "accuracy"\nattribute = "sex"\nmin = 0.99\n'
        path = policy(folder, gate + gate.replace(sign, "::error::x") + WARNS)
        text = run(folder, "-v").stdout.str()
        path.write_text(gate + "mim = 1\n", encoding="utf-8")
        text += run(folder, "-v").stdout.str()
        lines = [line for line in text.splitlines() if "##[" in line or line.lstrip().startswith("::")]
        assert lines == []
        assert "error" in text

    def test_a_policy_of_another_user_is_an_error(
        self, folder: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = policy(folder, PASSES)
        foreign(monkeypatch, path)
        result = run(folder)
        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines([f"{path}: it belongs to another user (number 4711).*"])
        # Whoever names it has looked at it.
        run(folder, str(path)).assert_outcomes(passed=1)

    def test_a_policy_that_names_what_lies_elsewhere(self, folder: pytest.Pytester) -> None:
        path = policy(folder, PASSES)
        path.write_text(path.read_text().replace("'p.csv'", "'../p.csv'"))
        result = run(folder)
        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines(
            ["*[[]check[]] 'predictions' names *, which is not in the folder of this file.*"]
        )

    def test_settings_of_another_user_are_no_settings(
        self, folder: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = folder.path / "fairaudit.toml"
        path.write_text('attribute = "race"\n', encoding="utf-8")
        foreign(monkeypatch, path)
        folder.makepyfile(
            "def test_it(fairaudit_audit): assert 'sex' in {g.attribute for g in fairaudit_audit('p.csv').group.groups}"
        )
        result = run(folder, "-W", "default")
        result.assert_outcomes(passed=1, warnings=1)
        result.stdout.fnmatch_lines(["*is passed over: it belongs to another user*"])


def _key(keyword: str) -> str:
    """Return what a file calls an argument."""
    return (
        next(name for name, o in options_of("audit").items() if o.keyword == keyword)
        .replace("_", "-")
        .replace("slice-where", "slices")
    )


class TestFixture:
    def test_audits_with_the_settings_of_the_nearest_file(self, folder: pytest.Pytester) -> None:
        (folder.path / "fairaudit.toml").write_text(
            'attribute = "sex"\nref-group = "sex=M"\nlabel = "y"\nthreshold = "0.25"\ntau = 0.9\nquiet = true\nout = "results"\nparam = "C=0.1"\n[audit]\nfolds = 3\n',
            encoding="utf-8",
        )
        predictions(200).rename(columns={"label": "y"}).to_csv(folder.path / "p.csv", index=False)
        folder.makepyfile(
            """
            def test_it(fairaudit_audit):
                settings = fairaudit_audit("p.csv").bias.settings
                assert [a.name for a in settings.attributes] == ["sex"]
                assert (settings.label, settings.tau, settings.reference) == ("y", "0.9", ["sex=M"])
                assert settings.decision.threshold == 0.25

            def test_what_is_given_beats_the_file(fairaudit_audit):
                settings = fairaudit_audit("p.csv", attributes=["race"], ref_group=["race=A"], top_k=20).bias.settings
                assert [a.name for a in settings.attributes] == ["race"]
                assert (settings.decision.kind, settings.reference) == ("top-k", ["race=A"])
            """
        )
        run(folder).assert_outcomes(passed=2)
        assert not (folder.path / "results").exists()

    def test_settings_of_other_tables_do_not_break_who_names_attributes(
        self, folder: pytest.Pytester
    ) -> None:
        text = (
            'attribute = ["region"]\nref-group = ["region=North", "majority"]\nlabel = "repaid"\npositive = "yes"\nweight = "w"\n'
            'weight-kind = "survey"\nid = "person"\nwhere = "income > 3"\ndelimiter = ";"\ntau = 0.9\n'
            '[slices]\nrich = "income > 100"\nold = "age > 50"\n[audit]\nfeature = ["region", "sex*age:50"]\n'
        )
        (folder.path / "fairaudit.toml").write_text(text, encoding="utf-8")
        folder.makepyfile(
            """
            import pandas as pd
            import pytest
            from fairaudit.errors import OptionError
            from fairaudit.testing import assert_slices

            def test_it(fairaudit_audit):
                settings = fairaudit_audit(pd.read_csv("p.csv"), attributes=["sex", "old"]).bias.settings
                assert [a.name for a in settings.attributes] == ["sex", "old"]
                assert (settings.label, settings.tau, settings.weight, settings.id) == ("label", "0.9", None, None)
                assert settings.reference[0] == "majority"

            def test_by_hand():
                assert_slices(pd.read_csv("p.csv"), by="sex", metric="accuracy", at_least=0.5)

            @pytest.mark.parametrize("attributes", [5, [5], {"sex": 1}])
            def test_what_names_no_attribute(fairaudit_audit, attributes):
                with pytest.raises(OptionError, match="a text or a list of texts is expected"):
                    fairaudit_audit(pd.read_csv("p.csv"), attributes=attributes)
            """
        )
        result = run(folder, "-W", "error")
        result.assert_outcomes(passed=5, warnings=1)
        result.stdout.fnmatch_lines(
            ["*/test_settings_*.py:*fairaudit.toml: * are passed over, as they are about what *"]
        )

    def test_no_setting_of_a_file_breaks_who_names_attributes(self, folder: pytest.Pytester) -> None:
        """Each setting that a file may have, with values that this table has no use for: these fall away, and are told of once."""
        files = [*_UNFIT, *((text, "") for text in _NO_FILES)]
        taken = set(inspect.signature(fairaudit.audit).parameters) - {
            "source",
            "out",
            "statements",
            "template",
        }
        assert {option.keyword for option in options_of("audit").values()} & taken == taken
        named = set(re.findall(r"^\[?([a-z-]+)", "\n".join(text for text, _ in files), re.MULTILINE))
        assert {_key(name) for name in taken} <= named
        (folder.path / "broken.toml").write_text("[slice", encoding="utf-8")
        predictions(200).assign(hard=[n % 2 for n in range(200)]).to_csv(folder.path / "p.csv", index=False)
        folder.makepyfile(
            f"""
            import re
            import warnings
            from pathlib import Path
            import pytest

            @pytest.mark.parametrize(("text", "names"), {files!r})
            def test_it(fairaudit_audit, text, names):
                Path("fairaudit.toml").write_text(text + "\\n", encoding="utf-8")
                with warnings.catch_warnings(record=True) as told:
                    warnings.simplefilter("error")
                    audit = fairaudit_audit("p.csv", attributes=["sex"])
                assert [a.name for a in audit.bias.settings.attributes] == ["sex"]
                assert (audit.group.overall.n, audit.bias.settings.label) == (200, "label")
                (sentence,) = (str(one.message) for one in told)
                print(sentence)
                fell = re.findall(r"(?:: |\\. )('[^.:]*') (?:is|are) passed over, as", sentence)
                assert sorted(re.findall("'([a-z-]*)'", ", ".join(fell))) == sorted(names.split()), sentence
                assert names or "All of the file is passed over" in sentence
            """
        )
        run(folder, "-W", "error", "-rP").assert_outcomes(passed=len(files))

    def test_without_a_file(self, folder: pytest.Pytester) -> None:
        folder.makepyfile(
            "def test_it(fairaudit_audit): assert fairaudit_audit('p.csv', attributes=['sex']).group.groups"
        )
        run(folder).assert_outcomes(passed=1)

    def test_a_value_that_no_option_takes(self, folder: pytest.Pytester) -> None:
        (folder.path / "fairaudit.toml").write_text("top-k = 'many'\n", encoding="utf-8")
        folder.makepyfile("def test_it(fairaudit_audit): fairaudit_audit('p.csv')")
        result = run(folder)
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(
            ["E *fairaudit.toml: the value of 'top-k': 'many' is not a whole number.*"]
        )


def test_loading_it_imports_nothing_heavy() -> None:
    heavy = (
        "numpy",
        "pandas",
        "duckdb",
        "pydantic",
        "rich",
        "typer",
        "scipy",
        "aequitas",
        "sklearn",
        "fairaudit.",
    )
    code = (
        "import sys, pytest; before = set(sys.modules); import fairaudit.pytest_plugin, fairaudit.testing; "
        f"print([m for m in set(sys.modules) - before if m.startswith({heavy!r})])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert sorted(eval(done.stdout)) == ["fairaudit.pytest_plugin", "fairaudit.testing"]


# --- pytest and the command line agree

# Together they have every kind of limit, slice, reference and answer that `generated` knows.
SEEDS = (0, 1, 2, 3, 5)
WAIVED = """[[gate]]
name = "waived"
metric = "pprev"
slices = "sex"
min = 0.99
waive = [{group = "F", until = 2999-01-01, why = "soon"}, {group = "M", until = 2999-01-01, why = "soon"}]
"""
EXPECTED: Mapping[Outcome, str] = {
    Outcome.PASSED: "passed",
    Outcome.WARNED: "passed",
    Outcome.WAIVED: "passed",
    Outcome.UNDECIDED: "failed",
    Outcome.FAILED: "failed",
}


def generated(seed: int) -> str:
    """Write a policy of one to six gates, of every kind; every fourth one is easy to meet."""
    draw = random.Random(seed)
    gates: list[str] = []
    easy = seed % 4 == 0
    for number in range(draw.randint(1, 2 if easy else 6)):
        limit, metrics = draw.choice(
            [
                ("min = 0.1", ["accuracy", "f1", "tnr"]),
                ("max_difference = 0.6", ["fnr", "mcc", "balanced_accuracy"]),
            ]
            if easy
            else [
                (
                    f"ratio_within = {draw.choice([0.3, 0.8, 0.95, 1])}",
                    ["pprev", "fpr", "f1", "ppr", "accuracy"],
                ),
                (
                    f"max_difference = {draw.choice([0, 0.02, 0.2, 0.6])}",
                    ["fnr", "tpr", "mcc", "balanced_accuracy"],
                ),
                (
                    f"min = {draw.choice([0.1, 0.55, 0.7, 0.99])}",
                    ["accuracy", "precision", "f1", "roc_auc", "tnr"],
                ),
                (f"max = {draw.choice([0.01, 0.3, 0.9])}", ["fpr", "prev", "brier"]),
                (f"min = 0.05\nmax = {draw.choice([0.3, 0.8])}", ["pprev", "fdr", "for"]),
            ]
        )
        metric = draw.choice(metrics)
        slices = (
            ["sex"]
            if easy
            else draw.sample(["race", "sex", "age:quartiles", "race*sex", "age:30,50"], draw.randint(1, 3))
        )
        lines = ["[[gate]]", f'metric = "{metric}"', f"slices = {slices}", limit]
        # The name that is made up otherwise is the same for gates that demand the same.
        if number or draw.random() < 0.5:
            lines.append(f"name = 'gate {number} of {seed}'")
        if metric == "brier" or draw.random() < 0.3:
            lines.append('decide = "point"')
        if draw.random() < 0.6:
            lines.append(f'on_undecided = "{draw.choice(["fail", "warn", "pass"])}"')
        if not limit.startswith("m") and draw.random() < 0.5:
            lines.append(f'reference = "{draw.choice(["rest", "majority", "min-metric"])}"')
        gates.append("\n".join(lines) + "\n")
    return "".join(gates)


def test_pytest_and_the_command_line_agree(folder: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["fairaudit", "check", "--quiet"])
    outcomes_seen: set[Outcome] = set()
    codes_seen: set[int] = set()
    for seed in SEEDS:
        predictions(100 if seed % 3 else 1_000).to_csv(folder.path / "p.csv", index=False)
        path = policy(folder, generated(seed) + (WAIVED if seed == SEEDS[-1] else ""))
        evaluated = check_file(path).evaluated
        with pytest.raises(SystemExit) as ended:
            app.main()
        found = outcomes(folder)
        assert found == {r.gate.name: EXPECTED[r.outcome] for r in evaluated.results}, path.read_text()
        assert ended.value.code == evaluated.exit_code, path.read_text()
        assert ("failed" in found.values()) == (evaluated.exit_code != 0), path.read_text()
        outcomes_seen |= {result.outcome for result in evaluated.results}
        codes_seen.add(evaluated.exit_code)
    assert outcomes_seen == set(Outcome)
    assert codes_seen == {0, 1, 3}


def test_the_plugin_is_the_one_that_is_installed(request: pytest.FixtureRequest) -> None:
    module = request.config.pluginmanager.get_plugin("fairaudit")
    assert module is not None
    assert module.__name__ == "fairaudit.pytest_plugin"
    assert Path(str(module.__file__)).parent == Path(str(fairaudit.__file__)).parent
