"""One wrong setting, three ways in: each says what is wrong in its own words, and the rest of the sentence is the same."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from running import refused, run_main

import fairaudit
from fairaudit.errors import FairauditError
from fairaudit.model.store import load_model
from fairaudit.pytest_plugin import _settings_near
from fairaudit.settings.commands import COMMANDS, options_of
from fairaudit.settings.edges import called_from_python, keywords
from fairaudit.spelling import FUNCTIONS
from fairaudit.workflow.policy import check_file

SOURCE = Path(fairaudit.__file__).parent
FRAME = pd.DataFrame(
    {
        "label": [0, 1] * 30,
        "score": [i % 10 / 10 for i in range(60)],
        "sex": ["f", "m", "m"] * 20,
        "age": [20 + i % 40 for i in range(60)],
        "n": [i % 5 for i in range(60)],
        "word": ["a", "b", "c"] * 20,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """Settings by name; what is wrong begins with the first of `subjects`, and names those in `named`."""

    settings: Mapping[str, Any]
    problem: str
    subject: str
    named: tuple[str, ...] = field(default=())


SEX = {"attribute": "sex"}
CASES = [
    Wrong(settings={"tau": 2}, subject="tau", problem="2 is not above 0 and at most 1. Four fifths is 0.8."),
    Wrong(
        settings={"tau": "much"}, subject="tau", problem="'much' is not a number. Give a ratio such as 0.8."
    ),
    Wrong(settings={"metric": "f1"}, subject="metric", problem="'f1' is no metric on which a parity rests."),
    Wrong(settings={"top_k": 0}, subject="top_k", problem="0 is below 1."),
    Wrong(
        settings={"top_percent": 101}, subject="top_percent", problem="101 is not above 0 and at most 100."
    ),
    Wrong(settings={"threshold": float("inf")}, subject="threshold", problem="inf is not a finite number."),
    Wrong(
        settings={"threshold": 0.5, "top_k": 3},
        subject="top_k",
        problem="cannot be given together with {}.",
        named=("threshold",),
    ),
    Wrong(
        settings={"weight_kind": "survey"},
        subject="weight_kind",
        problem="says what the weights are, and there is no {}.",
        named=("weight",),
    ),
    Wrong(
        settings={"decision": "label", "threshold": 0.5},
        subject="decision",
        problem="cannot be given together with {}, {} or {}.",
        named=("threshold", "top_k", "top_percent"),
    ),
    Wrong(settings={"top_k": 100}, subject="top_k", problem="100 are to be selected, and "),
    Wrong(settings={"where": "age >"}, subject="where", problem="is not one condition: "),
    Wrong(
        settings={"ref_group": ["majority", "rest"]},
        subject="ref_group",
        problem="majority and rest exclude each other.",
    ),
    Wrong(
        settings={"ref_group": ["sex=f", "sex=m"]},
        subject="ref_group",
        problem="names two reference groups for 'sex'.",
    ),
    Wrong(
        settings={"attribute": "sex*sex"},
        subject="attribute",
        problem="'sex*sex' crosses a column with itself.",
    ),
    Wrong(
        settings={"label": "none", "positive": "yes"},
        subject="positive",
        problem="there is no label column to which it could apply.",
    ),
]
TRAINING = [
    Wrong(settings={"test_size": 2.0}, subject="test_size", problem="a share between 0 and 1 is expected."),
    Wrong(settings={"threshold": 2.0}, subject="threshold", problem="2 decides all rows alike, "),
    Wrong(
        settings={"param": "depth=3"}, subject="param", problem="LogisticRegression has no parameter 'depth'."
    ),
    Wrong(
        settings={"param": "random_state=3"},
        subject="param",
        problem="random choices follow {}.",
        named=("seed",),
    ),
    Wrong(settings={"estimator": "nobody"}, subject="estimator", problem="no module and factory."),
    Wrong(
        settings={"drop": "score,sex,age,n,word"}, subject="drop", problem="no column is left to learn from."
    ),
    Wrong(settings={"seed": -1}, subject="seed", problem="-1 is below 0."),
    Wrong(settings={"folds": 1}, subject="folds", problem="1 is below 2."),
]
ADVICE = [
    ({"score": "age"}, "outside [0, 1]", ("threshold", "top_k", "top_percent")),
    ({"label": "word"}, "Say which values are positive: ", ("positive",)),
    ({"label": "none", "score": "none"}, "Name the column with the decisions by ", ("decision",)),
]


def on_the_command_line(name: str, origin: Mapping[str, Any], path: Path) -> str:
    return f"--{name.replace('_', '-')}"


def in_a_file(name: str, origin: Mapping[str, Any], path: Path) -> str:
    key = name.replace("_", "-")
    return f"key {key!r} of {path}" if name in origin else f"--{key}"


def in_python(name: str, origin: Mapping[str, Any], path: Path) -> str:
    return f"{keywords().get(name, name)}="


def typed(settings: Mapping[str, Any]) -> list[str]:
    words = []
    for name, value in settings.items():
        for one in value if isinstance(value, list) else [value]:
            words += [f"--{name.replace('_', '-')}", str(one)]
    return words


def toml(settings: Mapping[str, Any]) -> str:
    return "".join(f"{name} = {value!r}\n" for name, value in settings.items())


def sentence(case: Wrong, spell: Any, path: Path) -> str:
    subject = spell(case.subject, case.settings, path).removesuffix("=")
    return f"{subject}: {case.problem.format(*(spell(n, case.settings, path) for n in case.named))}"


@pytest.fixture
def people(tmp_path: Path) -> Path:
    FRAME.to_csv(tmp_path / "p.csv", index=False)
    return tmp_path / "p.csv"


@pytest.mark.parametrize("case", CASES, ids=lambda case: " ".join(map(str, case.settings.items())))
def test_each_way_in_spells_it(case: Wrong, people: Path) -> None:
    folder = people.parent
    path = folder / "fairaudit.toml"
    settings = SEX | dict(case.settings)
    ran = run_main("bias", "p.csv", *typed(settings), cwd=folder)
    assert refused(ran).startswith(sentence(case, on_the_command_line, path))
    with pytest.raises(FairauditError) as wrong:
        fairaudit.audit(FRAME, **{keywords().get(name, name): value for name, value in settings.items()})
    assert str(wrong.value).startswith(sentence(case, in_python, path))
    assert "--" not in str(wrong.value)
    path.write_text(toml(settings), encoding="utf-8")
    ran = run_main("bias", "p.csv", cwd=folder)
    assert refused(ran).startswith(sentence(case, in_a_file, path))


@pytest.mark.parametrize("case", TRAINING, ids=lambda case: " ".join(map(str, case.settings.items())))
def test_training_is_spelled_as_well(case: Wrong, people: Path) -> None:
    """What is wrong is told behind the setting, which some sentences name with its value."""
    folder, problem = people.parent, case.problem
    command = "cv" if "folds" in case.settings else "train"
    line = refused(run_main(command, "p.csv", *typed({"target": "label"} | dict(case.settings)), cwd=folder))
    assert f"--{case.subject.replace('_', '-')}" in line
    assert problem.format(*(on_the_command_line(name, {}, people) for name in case.named)) in line
    train = fairaudit.cross_validate if command == "cv" else fairaudit.train
    words = {keywords().get(name, name): value for name, value in case.settings.items()}
    if "params" in words:
        words["params"] = dict([words["params"].split("=")])
    with pytest.raises(FairauditError) as wrong:
        train(FRAME, target="label", **words)
    assert str(wrong.value).startswith(next(iter(words)))
    assert problem.format(*(in_python(name, {}, people) for name in case.named)) in str(wrong.value)
    assert "--" not in str(wrong.value)
    path = folder / "fairaudit.toml"
    path.write_text(toml({"target": "label"} | dict(case.settings)), encoding="utf-8")
    line = refused(run_main(command, "p.csv", "--allow-code", cwd=folder))
    assert repr(case.subject.replace("_", "-")) in line
    assert str(path) in line
    assert problem.format(*(in_a_file(name, case.settings, path) for name in case.named)) in line


@pytest.mark.parametrize(("settings", "part", "named"), ADVICE, ids=str)
def test_advice_is_spelled_as_well(
    settings: dict[str, Any], part: str, named: tuple[str, ...], people: Path
) -> None:
    ran = run_main("bias", "p.csv", *typed(SEX | settings), cwd=people.parent)
    line = refused(ran)
    assert part in line
    assert all(f"--{name.replace('_', '-')} " in line for name in named)
    with pytest.raises(FairauditError) as wrong:
        fairaudit.audit(FRAME, attributes="sex", **settings)
    assert part in str(wrong.value)
    assert all(f"{name}=" in str(wrong.value) for name in named)
    assert "--" not in str(wrong.value)


def test_every_setting_is_known_to_the_command_line() -> None:
    """Each name that a sentence gives to `setting` is that of an option, so that no way in spells one that it does not have."""
    known = {
        name
        for command in (
            "audit",
            "slice",
            "discover",
            "compare",
            "history",
            "impact",
            "check",
            "card",
            "predict",
        )
        for name in options_of(command)
    }
    for file, module in modules().items():
        for name in module.settings:
            assert name.value in known, (file, name.lineno)


def test_no_sentence_spells_an_option_by_itself() -> None:
    """Outside of the command line an option is written by `setting`, and what is typed is told to those alone who type."""
    typed = re.compile(rf"(?<![\w-])--[a-z]|(?<!\w)fairaudit ({'|'.join(COMMANDS)})(?![\w-])")
    # What is shown of an answer names commands to go on with; what declares options, and reads command lines, has their names.
    told = (
        "cli",
        "spelling.py",
        "documents/steps.py",
        "gates/starter.py",
        "slices/file.py",
        "documents/glossary.py",
        "render/words",
        "render/terminal",
        "settings",
    )
    known = {"--init", "--policy", "--policy=", "fairaudit check"}
    for file, module in modules().items():
        place = file.relative_to(SOURCE).as_posix()
        if place.startswith(told) and place != "settings/resolve.py":
            continue
        for node in module.sentences:
            if node.value not in known and "<testsuite" not in node.value:
                assert not typed.search(str(node.value)), (file, node.lineno, node.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """What a module of the program says.

    Attributes
    ----------
    settings
        The names that it gives to `setting` and its like.
    sentences
        Its texts but docstrings, and but those that only people who type are told.
    """

    settings: list[ast.Constant]
    sentences: list[ast.Constant]


@cache
def modules() -> Mapping[Path, Module]:
    """Read all modules once."""
    return {file: said(ast.parse(file.read_text(encoding="utf-8"))) for file in SOURCE.rglob("*.py")}


def said(tree: ast.AST) -> Module:
    passed_over: set[int] = set()
    settings: list[ast.Constant] = []
    texts: list[ast.Constant] = []
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=value):
                passed_over.add(id(value))
            case ast.Call(func=ast.Name(id="if_typed"), args=[first, *_]):
                passed_over |= {id(part) for part in ast.walk(first)}
            case ast.Call(func=ast.Name(id="setting" | "given" | "item"), args=[ast.Constant() as name, *_]):
                settings.append(name)
            case ast.Constant(value=str()):
                texts.append(node)
    return Module(settings=settings, sentences=[node for node in texts if id(node) not in passed_over])


def edited_card(folder: Path) -> fairaudit.Audit:
    audited = fairaudit.audit(FRAME, attributes="sex", out=folder / "made")
    card = folder / "made" / "MODEL_CARD.md"
    card.write_text(f"Mine.\n{card.read_text(encoding='utf-8')}", encoding="utf-8")
    return audited


def mixed(folder: Path) -> Path:
    for name, tau in (("made", 0.8), ("other", 0.7)):
        fairaudit.audit(FRAME, attributes="sex", tau=tau, out=folder / name)
    (folder / "other" / "bias.json").replace(folder / "made" / "bias.json")
    return folder / "made"


REPEATED = FRAME.assign(person_id=[i % 30 for i in range(60)], model_id=[i // 30 for i in range(60)])
GATE = {"name": "g", "metric": "pprev", "attribute": "sex", "ratio_within": 0.8}
REFUSED: Mapping[str, Callable[[Path], object]] = {
    "audit without a file": lambda folder: fairaudit.audit(folder / "absent.csv"),
    "audit without a column": lambda _: fairaudit.audit(FRAME, attributes="race"),
    "audit of several models": lambda _: fairaudit.audit(REPEATED, attributes="sex"),
    "audit of people in several rows": lambda _: fairaudit.audit(
        REPEATED.drop(columns="model_id"), attributes="sex"
    ),
    "audit of rows without labels": lambda _: fairaudit.audit(
        FRAME.assign(label=[None, *FRAME["label"][1:]])
    ),
    "audit of one label": lambda _: fairaudit.audit(FRAME.assign(label=1)),
    "audit of a column that cannot be read": lambda _: fairaudit.audit(
        FRAME.assign(z=[[1]] * 60), attributes="z"
    ),
    "audit of two columns of one name": lambda _: fairaudit.audit(
        FRAME.assign(z=1).rename(columns={"z": "sex"}), attributes="sex"
    ),
    "audit with folds and nothing to learn": lambda _: fairaudit.audit(FRAME, folds=3),
    "audit with a seed and nothing to learn": lambda _: fairaudit.audit(FRAME, seed=7),
    "audit with features to drop and nothing to learn": lambda _: fairaudit.audit(FRAME, drop="n"),
    "audit with a model and nothing to learn": lambda _: fairaudit.audit(FRAME, model="random-forest"),
    "audit of no attribute": lambda _: fairaudit.audit(FRAME, attributes=""),
    "audit of no metric": lambda _: fairaudit.audit(FRAME, metrics=[]),
    "audit beside no reference": lambda _: fairaudit.audit(FRAME, ref_group=""),
    "audit of half an intersection": lambda _: fairaudit.audit(FRAME, attributes="sex*"),
    "audit with a label and a target": lambda _: fairaudit.audit(FRAME, target="label", label="label"),
    "audit in the place of its input": lambda folder: fairaudit.audit(
        written(folder / "predictions.csv"), target="label", out=folder
    ),
    "audit with statements that are not there": lambda folder: fairaudit.audit(
        FRAME, statements=folder / "mine.toml", out=folder / "made"
    ),
    "writing with statements that are not there": lambda folder: fairaudit.audit(FRAME).write(
        folder / "made", statements=folder / "mine.toml"
    ),
    "train on a target that is not there": lambda _: fairaudit.train(FRAME, target="paid"),
    "train on three outcomes": lambda _: fairaudit.train(FRAME, target="word"),
    "train by a module that is not there": lambda _: fairaudit.train(
        FRAME, target="label", estimator="no.such:thing"
    ),
    "cross-validate in more folds than rows": lambda _: fairaudit.cross_validate(
        FRAME, target="label", folds=50
    ),
    "check of a policy without gates": lambda folder: fairaudit.check(
        FRAME, written(folder / "p.toml", "tau = 0.8\n")
    ),
    "check of no gates": lambda _: fairaudit.check(FRAME, []),
    "check of an attribute that is not there": lambda _: fairaudit.check(
        FRAME, [GATE | {"attribute": "race"}]
    ),
    "check of a metric that is not there": lambda _: fairaudit.check(FRAME, [GATE | {"metric": "acuracy"}]),
    "check of two models": lambda _: fairaudit.check(REPEATED, [GATE]),
    "card of nothing": fairaudit.card,
    "card of what does not belong together": lambda folder: fairaudit.card(mixed(folder)),
    "card that was changed by hand": lambda folder: fairaudit.card(edited_card(folder), out=folder / "made"),
    "card with statements that are not there": lambda folder: fairaudit.card(
        folder, statements=folder / "mine.toml"
    ),
    "card with templates that are not there": lambda folder: fairaudit.card(folder, template=folder / "mine"),
    "report of nothing": fairaudit.report,
    "report with statements that are not there": lambda folder: fairaudit.report(
        folder, statements=folder / "mine.toml"
    ),
    "model that is none": lambda folder: load_model(written(folder / "model.skops")),
    "test of a policy without gates": lambda folder: check_file(written(folder / "p.toml", "tau = 0.8\n")),
    "test of a policy without predictions": lambda folder: check_file(
        written(
            folder / "p.toml",
            '[[gate]]\nname = "g"\nmetric = "pprev"\nattribute = "sex"\nratio_within = 0.8\n',
        )
    ),
    "test beside a file that names code": lambda folder: _settings_near(
        written(folder / "fairaudit.toml", 'estimator = "a:b"\n').parent, set_by_test=()
    ),
}


def written(path: Path, content: str | None = None) -> Path:
    path.write_text(FRAME.to_csv(index=False) if content is None else content, encoding="utf-8")
    return path


@pytest.mark.parametrize("refused_work", REFUSED.values(), ids=REFUSED)
def test_python_is_told_nothing_that_is_typed(
    refused_work: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with called_from_python(), pytest.raises(FairauditError) as wrong:
        refused_work(tmp_path)
    sentence = str(wrong.value)
    assert "--" not in sentence
    assert not re.search(rf"fairaudit ({'|'.join(COMMANDS)})(?![\w-])", sentence)


def test_a_card_that_is_kept_says_how_python_writes_it_anew(tmp_path: Path) -> None:
    audited = edited_card(tmp_path)
    again = audited.write(tmp_path / "made")
    assert any("fairaudit.card(..., force=True) writes it anew" in warning for warning in again.warnings)


def test_the_functions_that_advice_names_are_there() -> None:
    assert set(FUNCTIONS) <= set(COMMANDS)
    assert set(FUNCTIONS.values()) <= set(fairaudit.__all__)
    assert "force" in inspect.signature(fairaudit.card).parameters
