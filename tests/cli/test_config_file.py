"""Defaults from fairaudit.toml and pyproject.toml, as the commands see them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
Refusal = Callable[..., str]


def config(folder: Path, text: str, *, name: str = "fairaudit.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def settings(run: Run, *words: object, cwd: Path) -> Any:
    ran = run("group", *words, "--json", cwd=cwd)
    assert ran.code == 0, ran.err
    return ran.json()["settings"]


def names(found: Any) -> list[str]:
    return [attribute["name"] for attribute in found["attributes"]]


def test_found_upwards(run: Run, people: Path, tmp_path: Path) -> None:
    config(tmp_path, 'attribute = ["sex"]\nmin-group-size = 7\nwhere = "age >= 20"\n')
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    found = settings(run, people, cwd=below)
    assert (names(found), found["min_group_size"], found["where"]) == (["sex"], 7, "age >= 20")
    assert (below / "fairaudit-out" / "group.json").is_file()


def test_in_a_pyproject(run: Run, people: Path, tmp_path: Path) -> None:
    text = '[project]\nname = "x"\n[tool.fairaudit]\nattribute = ["sex", "race"]\n[tool.fairaudit.group]\nmin_group_size = 5\n'
    config(tmp_path, text, name="pyproject.toml")
    found = settings(run, people, cwd=tmp_path)
    assert (names(found), found["min_group_size"]) == (["sex", "race"], 5)


def test_a_flag_beats_the_file(run: Run, people: Path, tmp_path: Path) -> None:
    config(tmp_path, 'attribute = ["sex"]\nthreshold = 0.25\n')
    found = settings(run, people, "-a", "race", "--threshold", "0.75", cwd=tmp_path)
    assert names(found) == ["race"]
    assert found["decision"]["threshold"] == 0.75
    assert settings(run, people, cwd=tmp_path)["decision"]["threshold"] == 0.25


def test_a_flag_beats_what_the_file_says_of_another_rule(run: Run, people: Path, tmp_path: Path) -> None:
    config(tmp_path, "threshold = 0.25\n")
    found = settings(run, people, "--top-k", "24", cwd=tmp_path)
    assert found["decision"]["kind"] == "top-k"


@pytest.mark.parametrize("word", ["--target", "-t", "--target=label", "-tlabel"])
def test_a_target_beats_the_roles_in_the_file(run: Run, people: Path, tmp_path: Path, word: str) -> None:
    config(tmp_path, 'label = "label"\nscore = "score"\nfolds = 2\nquiet = true\n')
    words = [word] if "label" in word else [word, "label"]
    ran = run("audit", people, *words, "-a", "race", "--drop", "race", cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert (tmp_path / "fairaudit-out" / "train.json").is_file()


def test_a_role_beats_the_target_in_the_file(run: Run, people: Path, tmp_path: Path) -> None:
    config(tmp_path, 'quiet = true\n[audit]\ntarget = "label"\n')
    ran = run("audit", people, "--label", "label", cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert not (tmp_path / "fairaudit-out" / "train.json").exists()


@pytest.mark.parametrize(
    "value",
    ['"sex,race"', '["sex", "race"]', '["sex,race"]'],
    ids=["comma list", "list", "comma list in a list"],
)
def test_lists(run: Run, people: Path, tmp_path: Path, value: str) -> None:
    config(tmp_path, f"attribute = {value}\n")
    assert names(settings(run, people, cwd=tmp_path)) == ["sex", "race"]


def test_a_table_for_one_command(run: Run, people: Path, tmp_path: Path) -> None:
    config(tmp_path, 'attribute = "sex"\n[group]\nattribute = "race"\n[bias]\nref-group = "majority"\n')
    assert names(settings(run, people, cwd=tmp_path)) == ["race"]
    ran = run("slice", people, "--json", cwd=tmp_path)
    assert ran.code == 0
    assert {s["feature"] for s in ran.json()["slices"]} == {"race", "sex"}


def test_required_options_flags_and_numbers(run: Run, data_dir: Path, tmp_path: Path) -> None:
    config(
        tmp_path,
        'target = "car"\npositive = ["acc", "good", "vgood"]\nquiet = true\nseed = 3\nout = "there"\n'
        'test-size = 0.5\nparam = ["C=0.5"]\n',
    )
    ran = run("train", data_dir / "car.csv", cwd=tmp_path)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    found = json.loads((tmp_path / "there" / "train.json").read_text())["settings"]
    assert (found["seed"], found["test_size"], found["params"]) == (3, 0.5, {"C": "0.5"})
    assert found["positive"] == ["acc", "good", "vgood"]


def test_tau_as_a_number_is_exact(run: Run, people: Path, tmp_path: Path) -> None:
    config(tmp_path, 'tau = 0.9\nattribute = "race"\n')
    ran = run("fairness", people, "--json", cwd=tmp_path)
    assert ran.code == 0
    assert (ran.json()["tau"], ran.json()["settings"]["tau"]) == (0.9, "0.9")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("atribute = 'x'", "unknown key 'atribute'. Did you mean 'attribute'?", id="typo"),
        pytest.param(
            "min_grup_size = 3",
            "unknown key 'min_grup_size'. Did you mean 'min-group-size'?",
            id="underscores",
        ),
        pytest.param(
            "[gruop]\nlabel = 'x'",
            "there is no command for the table [gruop]. Did you mean 'group'?",
            id="command",
        ),
        pytest.param(
            "[group]\nref-group = 'x'", "[group] unknown key 'ref-group'.", id="another command's option"
        ),
        pytest.param("label = ['x']", "the value of 'label' has to be a text or a number.", id="list"),
        pytest.param("label = true", "the value of 'label' has to be a text or a number.", id="truth"),
        pytest.param("quiet = 'yes'", "the value of 'quiet' has to be true or false.", id="word for a truth"),
        pytest.param("label = 2020-01-01", "the value of 'label' has to be a text or a number.", id="date"),
        pytest.param("attribute = {a = 1}", "there is no command for the table [attribute]", id="table"),
        pytest.param(
            "top-k = 'many'", "the value of 'top-k': 'many' is not a whole number.", id="word for a number"
        ),
        pytest.param(
            "missing = 'ignore'",
            "the value of 'missing': 'ignore' is not one of 'error', 'drop'.",
            id="choice",
        ),
        pytest.param("min-group-size = 0", "the value of 'min-group-size': 0 is below 1.", id="range"),
        pytest.param("label = ", "is not TOML: ", id="broken"),
        pytest.param("a = 1\na = 2", "is not TOML: ", id="twice"),
        pytest.param(
            'out = ""', "'out' names no file or folder. Leave it out, or name one.", id="empty folder"
        ),
    ],
)
def test_mistakes(refusal: Refusal, people: Path, tmp_path: Path, text: str, problem: str) -> None:
    path = config(tmp_path, text)
    assert refusal("group", people, cwd=tmp_path).startswith(f"{path}: {problem}")


def test_a_file_that_is_not_utf8(refusal: Refusal, people: Path, tmp_path: Path) -> None:
    (tmp_path / "fairaudit.toml").write_bytes(b"label = '\xe9'")
    assert (
        refusal("group", people, cwd=tmp_path)
        == f'{tmp_path / "fairaudit.toml"}: line 1 is not UTF-8 after "label = \'". Save the file as UTF-8.'
    )


@pytest.mark.parametrize("word", ["--help", "--version"])
def test_a_broken_file_does_not_keep_the_help_away(run: Run, tmp_path: Path, word: str) -> None:
    config(tmp_path, "broken")
    assert run(word, cwd=tmp_path).code == 0


def test_a_value_that_no_column_has_is_refused_as_if_typed(
    refusal: Refusal, people: Path, tmp_path: Path
) -> None:
    config(tmp_path, 'attribute = "rcae"')
    assert refusal("group", people, cwd=tmp_path).startswith(
        "people.csv has no column 'rcae'. Did you mean 'race'?"
    )
