"""What a configuration file that somebody else wrote can do: choose settings, and neither run code nor reach out of its folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from running import foreign

from fairaudit.cli.commands import load
from fairaudit.settings import resolve
from fairaudit.settings.commands import COMMANDS, options_of
from fairaudit.settings.file import SAFE_FOLDERS, search_config
from fairaudit.settings.option import OptionKind

Run = Callable[..., Any]
Refusal = Callable[..., str]
GATE = '[[gate]]\nmetric = "pprev"\nattribute = "sex"\nratio_within = 0.01\n'


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


class TestTheSearch:
    @pytest.mark.parametrize("git", ["folder", "file"], ids=["repository", "worktree or submodule"])
    def test_ends_with_the_repository(self, tmp_path: Path, git: str) -> None:
        write(tmp_path / "fairaudit.toml", "")
        inner = tmp_path / "repository" / "sub"
        inner.mkdir(parents=True)
        mark = tmp_path / "repository" / ".git"
        mark.mkdir() if git == "folder" else mark.write_text("gitdir: elsewhere\n")
        assert search_config(inner).path is None
        own = write(tmp_path / "repository" / "fairaudit.toml", "")
        assert search_config(inner).path == own

    def test_ends_with_the_home_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(tmp_path / "fairaudit.toml", "")
        inner = tmp_path / "home" / "sub"
        inner.mkdir(parents=True)
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        assert search_config(inner).path is None
        own = write(tmp_path / "home" / "pyproject.toml", "[tool.fairaudit]\n")
        assert search_config(inner).path == own

    def test_passes_over_what_another_user_owns(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run, people: Path
    ) -> None:
        theirs = write(tmp_path / "sub" / "fairaudit.toml", 'attribute = "sex"\n')
        ours = write(tmp_path / "fairaudit.toml", 'attribute = "race"\n')
        foreign(monkeypatch, theirs)
        found = search_config(theirs.parent)
        assert found.path == ours
        ran = run("group", people, "-q", cwd=theirs.parent)
        assert ran.code == 0
        assert ran.err == (
            f"warning: {theirs} is passed over: it belongs to another user (number 4711). "
            f"Make it your own, or name its folder in {SAFE_FOLDERS}.\n"
        )
        monkeypatch.setenv(SAFE_FOLDERS, f"/nowhere{os.pathsep}{theirs.parent}")
        assert search_config(theirs.parent) == type(found)(path=theirs)

    def test_looks_at_a_link_and_at_what_it_leads_to(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        theirs = write(tmp_path / "theirs.toml", "")
        link = tmp_path / "fairaudit.toml"
        link.symlink_to(theirs)
        assert search_config(tmp_path).path == link
        foreign(monkeypatch, theirs)
        assert search_config(tmp_path).path is None

    def test_a_broken_file_of_another_user_stops_nobody(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        foreign(monkeypatch, write(tmp_path / "pyproject.toml", "broken ["))
        assert search_config(tmp_path).path is None


class TestTheFileInUse:
    def test_is_named(self, run: Run, people: Path, tmp_path: Path) -> None:
        path = write(tmp_path / "fairaudit.toml", 'attribute = "sex"\n')
        for words in (["--json"], []):
            ran = run("group", people, *words, cwd=tmp_path)
            assert (ran.code, ran.settings, ran.err) == (0, (str(path),), "")

    def test_cannot_keep_its_name_quiet(self, run: Run, people: Path, tmp_path: Path) -> None:
        path = write(tmp_path / "fairaudit.toml", 'attribute = "sex"\nquiet = true\n')
        assert run("group", people, cwd=tmp_path).settings == (str(path),)
        assert run("group", people, "--quiet", cwd=tmp_path).settings == ()

    def test_is_not_named_where_nothing_comes_from_it(self, run: Run, people: Path, tmp_path: Path) -> None:
        write(tmp_path / "fairaudit.toml", '[train]\ntarget = "label"\n' + GATE)
        assert run("group", people, "-a", "sex", cwd=tmp_path).settings == ()

    def test_gates_are_something(self, run: Run, people: Path, tmp_path: Path) -> None:
        path = write(tmp_path / "fairaudit.toml", GATE)
        assert run("check", people, cwd=tmp_path).settings == (str(path),)
        other = write(tmp_path / "other.toml", GATE)
        assert run("check", people, "--policy", other, cwd=tmp_path).settings == (str(other),)


class TestCode:
    """``estimator``, ``template`` and ``trust`` name code that runs."""

    EVIL = "raise SystemExit('this ran')\n"

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param('estimator = "evil:make"', id="shared"),
            pytest.param('[train]\nestimator = "evil:make"', id="table"),
            pytest.param('train.estimator = "evil:make"', id="dotted"),
            pytest.param('train = { "estimator" = "evil:make" }', id="inline"),
        ],
    )
    def test_an_estimator(self, refusal: Refusal, people: Path, tmp_path: Path, text: str) -> None:
        write(tmp_path / "evil.py", self.EVIL)
        path = write(tmp_path / "fairaudit.toml", text + "\n")
        sentence = refusal("train", people, "--target", "label", cwd=tmp_path)
        assert sentence == (
            f"{path}: 'estimator' can run code, and is taken from a file with --allow-code only. "
            "Look at what it names before you type that."
        )
        assert "evil" not in sys.modules

    def test_in_a_pyproject(self, refusal: Refusal, people: Path, tmp_path: Path) -> None:
        write(tmp_path / "pyproject.toml", '[tool.fairaudit.cv]\nestimator = "evil:make"\n')
        assert "--allow-code" in refusal("cv", people, "--target", "label", cwd=tmp_path)

    @pytest.mark.parametrize(
        ("command", "key", "words"),
        [
            ("train", "estimator", ["--target", "label"]),
            ("cv", "estimator", ["--target", "label"]),
            ("audit", "estimator", ["--target", "label"]),
            ("audit", "template", []),
            ("card", "template", None),
            ("report", "template", None),
            ("predict", "trust", []),
        ],
    )
    def test_every_command_that_has_such_an_option(
        self, refusal: Refusal, people: Path, tmp_path: Path, command: str, key: str, words: list[str] | None
    ) -> None:
        write(tmp_path / "fairaudit.toml", f'{key} = "x"\n')
        given = [] if words is None else [people, *words]
        if command == "predict":
            given = ["model.skops", people]
        assert f"{key!r} can run code" in refusal(command, *given, cwd=tmp_path)

    def test_no_option_is_forgotten(self) -> None:
        """Commands that have such an option have ``--allow-code``, and others do not."""
        for name in COMMANDS:
            options = {p.name for p in load(name).params}
            assert ("allow_code" in options) == bool(options & set(resolve.code_options())), name

    def test_with_the_word_of_the_user_it_runs(self, run: Run, people: Path, tmp_path: Path) -> None:
        write(
            tmp_path / "ours_allowed.py",
            "from sklearn.linear_model import LogisticRegression\n\n\ndef make():\n    return LogisticRegression()\n",
        )
        write(tmp_path / "fairaudit.toml", '[train]\nestimator = "ours_allowed:make"\n')
        ran = run("train", people, "--target", "label", "--allow-code", "-q", cwd=tmp_path)
        assert ran.code == 0, ran.err

    def test_a_flag_beats_the_file(self, run: Run, people: Path, tmp_path: Path) -> None:
        write(
            tmp_path / "ours_typed.py",
            "from sklearn.linear_model import LogisticRegression\n\n\ndef make():\n    return LogisticRegression()\n",
        )
        write(tmp_path / "fairaudit.toml", 'estimator = "evil:make"\n')
        ran = run("train", people, "--target", "label", "--estimator", "ours_typed:make", "-q", cwd=tmp_path)
        assert ran.code == 0, ran.err

    @pytest.mark.parametrize("key", ["allow-code", "allow_code"])
    @pytest.mark.parametrize("table", ["", "[train]\n"])
    def test_a_file_cannot_give_itself_leave(
        self, refusal: Refusal, people: Path, tmp_path: Path, key: str, table: str
    ) -> None:
        write(tmp_path / "fairaudit.toml", f'{table}{key} = true\nestimator = "evil:make"\n')
        sentence = refusal("train", people, "--target", "label", cwd=tmp_path)
        assert sentence.endswith(f"{key!r} can be given on the command line only.")

    def test_other_commands_go_on(self, run: Run, people: Path, tmp_path: Path) -> None:
        write(tmp_path / "fairaudit.toml", '[train]\nestimator = "evil:make"\n')
        assert run("group", people, "-a", "sex", cwd=tmp_path).code == 0


PATHS = (OptionKind.PATH, OptionKind.BESIDE)


def path_options() -> list[tuple[str, str]]:
    return sorted(
        (command, name)
        for command, options in resolve.options_of_commands().items()
        for name, kind in options.items()
        if kind in PATHS
    )


HARMLESS = {
    *(
        "label",
        "score",
        "decision",
        "prediction",
        "weight",
        "positive",
        "attribute",
        "feature",
        "where",
        "missing",
    ),
    *("threshold", "top_k", "top_percent", "min_group_size", "interval", "ref_group", "tau", "decide"),
    *("metric", "target", "model", "param", "class_weight", "drop", "test_size", "seed", "folds", "repeats"),
    *("by", "na_values", "effect", "reach", "error", "id", "weight_kind", "family", "audit_on", "unknown"),
    *("words", "unit", "slice_where", "baseline", "margin", *resolve.code_options()),
    *(
        "positive_class",
        "format",
        "delimiter",
        "encoding",
        "names",
        "memory_limit",
        "threads",
        "rank_by",
        "engine",
        "table",
    ),
    *("suppress_below", "profile", "exclude", "exclude_below", "within", "smd", "order"),
    *("tune", "group_column", "time_column", "validation_size"),
    *("over", "depth", "bins", "min_rows", "min_denominator", "min_ratio", "level", "correction"),
}
"""Options whose values are names, numbers and choices, and no paths."""


class TestPaths:
    def test_no_option_is_forgotten(self) -> None:
        """Each option is a switch, is guarded since it is declared as a path, or is known to hold none."""
        for command, options in resolve.options_of_commands().items():
            for name, kind in options.items():
                assert kind in (OptionKind.FLAG, *PATHS) or name in HARMLESS, (command, name)
        assert {name for _, name in path_options()} == {
            *(
                "out",
                "statements",
                "template",
                "policy",
                "population",
                "tables",
                "junit",
                "markdown",
                "records",
                "sarif",
                *("openmetrics", "numbers"),
                "cyclonedx",
            ),
            *("temp_dir", "slices"),
        }
        assert all(options_of(command)[name].holds is Path for command, name in path_options())

    @pytest.mark.parametrize(
        "value",
        ["{elsewhere}/victim.txt", "../victim.txt", "sub/../../victim.txt", "link/victim.txt", "/etc/passwd"],
        ids=["absolute", "above", "above in the end", "by a link", "the system's"],
    )
    @pytest.mark.parametrize(("command", "name"), path_options())
    def test_out_of_the_folder(
        self, refusal: Refusal, people: Path, tmp_path: Path, command: str, name: str, value: str
    ) -> None:
        folder, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
        elsewhere.mkdir()
        (folder / "sub").mkdir(parents=True)
        (folder / "link").symlink_to(elsewhere)
        text = value.format(elsewhere=elsewhere)
        path = write(folder / "fairaudit.toml", f'[{command}]\n{name} = "{text}"\n')
        given = {"card": [], "report": [], "demo": [], "predict": ["m.skops", people]}.get(command, [people])
        sentence = refusal(command, *given, cwd=folder)
        assert sentence.startswith(f"{path}: [{command}] {name!r} names ")
        assert "which is not in the folder of this file" in sentence
        assert list(elsewhere.iterdir()) == []

    def test_predictions_are_held_to_the_same(self, refusal: Refusal, people: Path, tmp_path: Path) -> None:
        write(tmp_path / "fairaudit.toml", f'[check]\npredictions = "{people}"\n' + GATE)
        assert "'predictions' names" in refusal("check", cwd=tmp_path)

    @pytest.mark.parametrize("value", ["{path}", "sub/{name}", "./x/../results"])
    def test_within_the_folder(self, run: Run, people: Path, tmp_path: Path, value: str) -> None:
        out = value.format(path=tmp_path / "whole", name="relative")
        write(tmp_path / "fairaudit.toml", f'out = "{out}"\n')
        ran = run("group", people, "-a", "sex", "-q", cwd=tmp_path)
        assert ran.code == 0, ran.err
        assert (tmp_path / out / "group.json").is_file()

    def test_relative_to_where_the_command_runs(self, run: Run, people: Path, tmp_path: Path) -> None:
        write(tmp_path / "fairaudit.toml", 'out = "results"\n')
        below = tmp_path / "sub"
        below.mkdir()
        assert run("group", people, "-a", "sex", "-q", cwd=below).code == 0
        assert (below / "results" / "group.json").is_file()

    def test_a_policy_that_is_named_is_held_to_the_same(
        self, refusal: Refusal, people: Path, tmp_path: Path
    ) -> None:
        path = write(tmp_path / "sub" / "gates.toml", '[check]\nmarkdown = "../README.md"\n' + GATE)
        sentence = refusal("check", people, "--policy", path, cwd=tmp_path)
        assert sentence.startswith(f"{path}: [check] 'markdown' names ")

    @pytest.mark.parametrize("value", [".git/hooks/pre-commit", ".GIT/config", "sub/.git/config"])
    def test_what_is_gits_own(self, refusal: Refusal, people: Path, tmp_path: Path, value: str) -> None:
        (tmp_path / ".git" / "hooks").mkdir(parents=True)
        write(tmp_path / "fairaudit.toml", f'[check]\nmarkdown = "{value}"\n' + GATE)
        assert refusal("check", people, cwd=tmp_path).endswith("which is git's own.")

    @pytest.mark.parametrize("value", ["\\u0000", "x" * 5_000, "loop/x"], ids=["NUL", "long", "loop"])
    def test_what_can_be_no_path(self, run: Run, people: Path, tmp_path: Path, value: str) -> None:
        (tmp_path / "loop").symlink_to(tmp_path / "loop")
        write(tmp_path / "fairaudit.toml", f'out = "{value}"\n')
        ran = run("group", people, "-a", "sex", cwd=tmp_path)
        assert (ran.code, ran.err.count("\n")) == (2, 1), ran.err
