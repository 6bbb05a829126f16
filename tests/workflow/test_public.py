"""The functions of the package: every option of their commands, what they give in memory, and what they write."""

from __future__ import annotations

import dataclasses
import inspect
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pydantic
import pytest
from running import Ran

import fairaudit
from fairaudit.documents import text
from fairaudit.errors import FairauditError, FileError, OptionError
from fairaudit.read.rows import Input
from fairaudit.settings.option import settings_of
from fairaudit.workflow.public import OPTIONS, WITHOUT

BESIDE: dict[str, set[str]] = {
    "audit": {"out"},
    "train": {"out"},
    "predict": {"out"},
    "load_model": set(),
    "cross_validate": {"out"},
    "check": {"family"},
    "discover": {"out"},
    "compare": {"out"},
    "history": {"out"},
    "impact": {"out"},
    "measure_slices": {"out"},
    "card": {"force", "out"},
    "report": {"out"},
}
"""Keywords that are no fields of the groups."""


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    rows = range(240)
    return pd.DataFrame(
        {
            "paid": [i % 3 % 2 for i in rows],
            "income": [i * 37 % 101 for i in rows],
            "age": [18 + i % 50 for i in rows],
            "race": ["ABC"[i % 7 % 3] for i in rows],
        }
    )


@pytest.fixture(scope="module")
def audit(people: pd.DataFrame) -> fairaudit.Audit:
    return fairaudit.audit(people, target="paid", drop="race", attributes="race", folds=3)


@pytest.fixture(scope="module")
def of_command(
    people: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory, run: Callable[..., Ran]
) -> Path:
    """A folder with a file of people, and with what the command writes of it."""
    folder = tmp_path_factory.mktemp("of_command")
    people.to_csv(folder / "people.csv", index=False)
    words = ("-t", "paid", "--drop", "race", "-a", "race", "--folds", 2, "-o", "of_command")
    assert run("audit", "people.csv", *words, cwd=folder).code == 0
    return folder


@pytest.mark.parametrize("name", OPTIONS)
class TestSignatures:
    def test_every_option_is_a_keyword_and_none_is_made_up(self, name: str) -> None:
        keywords = {
            p.name
            for p in inspect.signature(getattr(fairaudit, name)).parameters.values()
            if p.kind is inspect.Parameter.KEYWORD_ONLY
        }
        declared = {s.keyword for group in OPTIONS[name] for s in settings_of(group)}
        assert keywords == declared - set(WITHOUT.get(name, ())) | BESIDE[name]

    def test_defaults_are_those_of_the_options(self, name: str) -> None:
        parameters = inspect.signature(getattr(fairaudit, name)).parameters
        for setting in (s for group in reversed(OPTIONS[name]) for s in settings_of(group)):
            # Where two groups share a name, the default is that of the first.
            first = next(
                s for group in OPTIONS[name] for s in settings_of(group) if s.keyword == setting.keyword
            )
            if first.keyword in WITHOUT.get(name, ()):
                continue
            default = parameters[first.keyword].default
            if first.required:
                assert default is inspect.Parameter.empty
            elif first.option.read is not None and isinstance(default, str):
                assert first.option.read(default) == first.default
            else:
                assert (default or None) == (first.default or None), first.keyword

    def test_the_docstring_names_every_argument(self, name: str) -> None:
        function = getattr(fairaudit, name)
        told = inspect.getdoc(function) or ""
        for section in ("Parameters", "Returns", "Raises", "Examples"):
            assert f"{section}\n---" in told
        arguments = told.partition("Returns\n---")[0]
        words = {word.strip(",") for line in arguments.splitlines() for word in line.split()}
        assert set(inspect.signature(function).parameters) <= words


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> Iterator[list[str]]:
    calls: list[str] = []
    plain = getattr(owner, name)

    def counting(*given: Any, **how: Any) -> Any:
        # Rows that are in memory have no path.
        calls.append(str(getattr(given[0], "_path", name)) if given else name)
        return plain(*given, **how)

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, counting)
        yield calls


class TestAudit:
    def test_it_trains_cross_validates_and_reports(self, audit: fairaudit.Audit) -> None:
        assert list(audit.files) == [
            "train.json",
            "cv.json",
            "slices.json",
            "group.json",
            "bias.json",
            "fairness.json",
            "scores.json",
        ]
        assert audit.train is not None
        assert audit.cv is not None
        assert audit.group.input.sha256 == audit.cv.predictions_sha256
        assert audit.group.overall.n == audit.cv.input.used
        assert audit.other is not None
        assert audit.other.group.input.sha256 == audit.train.predictions_sha256
        assert audit.other.group.overall.n == audit.train.split.test == 60
        assert audit.cv.settings.folds == 3
        assert list(audit.contents) == ["model.skops", "predictions.csv", "cv_predictions.csv"]

    def test_nothing_is_written_unless_that_is_asked_for(
        self, people: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        found = fairaudit.audit(people, target="paid", attributes="race", folds=2)
        fairaudit.card(found)
        fairaudit.report(found)
        assert list(tmp_path.iterdir()) == []

    def test_each_input_is_read_once_and_no_document_of_its_own_is_validated(
        self, people: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        people.to_csv(tmp_path / "people.csv", index=False)
        monkeypatch.chdir(tmp_path)
        with (
            counted(monkeypatch, Input, "load") as loads,
            counted(monkeypatch, pydantic.BaseModel, "model_validate_json") as validated,
            counted(monkeypatch, text, "load") as loaded,
        ):
            fairaudit.audit("people.csv", target="paid", attributes="race", folds=2, out="out")
        assert [Path(path).name for path in loads if path != "None"] == ["people.csv"]
        assert (validated, loaded) == ([], [])

    @pytest.mark.parametrize("out", ["out", None], ids=["out=", "write()"])
    def test_what_is_written_is_what_the_command_writes(
        self, of_command: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str | None
    ) -> None:
        shutil.copytree(of_command, tmp_path, dirs_exist_ok=True)
        monkeypatch.chdir(tmp_path)
        found = fairaudit.audit("people.csv", target="paid", drop="race", attributes="race", folds=2, out=out)
        if out is None:
            found.write("out")
        ours, theirs = (
            {p.relative_to(tmp_path / d) for p in (tmp_path / d).rglob("*")} for d in ("out", "of_command")
        )
        assert ours == theirs
        for name in ("predictions.csv", "cv_predictions.csv"):
            assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "of_command" / name).read_bytes()
        for name in found.files:
            one, other = (json.loads((tmp_path / d / name).read_text()) for d in ("out", "of_command"))
            for key in ("created", "command"):
                del one[key], other[key]
            assert one == other, name

    def test_the_input_stays(self, people: pd.DataFrame, tmp_path: Path) -> None:
        people.to_csv(tmp_path / "predictions.csv", index=False)
        with pytest.raises(FileError, match=r"predictions\.csv would be written in its place"):
            fairaudit.audit(tmp_path / "predictions.csv", target="paid", out=tmp_path)

    @pytest.mark.parametrize(
        ("how", "sentence"),
        [
            ({"target": "paid", "label": "paid"}, "label: cannot be given together with target=, which"),
            ({"target": "paid", "folds": 1}, "folds: 1 is below 2."),
            ({"target": "paid", "seed": -1}, "seed: -1 is below 0."),
            ({"target": "paid", "model": "svm"}, "model: 'svm' is not a choice. Say one of 'logistic', "),
            ({"target": "paid", "threshold": 2}, "threshold: 2 decides all rows alike"),
            (
                {"target": 3},
                'target: 3 is an int, and the name of a column is expected. Such as target="outcome".',
            ),
            (
                {"target": "paid", "params": "C=1"},
                "params: 'C=1' is a str, and a mapping from names to values is expected.",
            ),
            ({"target": "paid", "drop": 1}, "drop: 1 is an int, and a text or a list of texts is expected."),
            ({"min_group_size": 0}, "min_group_size: 0 is below 1."),
        ],
    )
    def test_mistakes(self, people: pd.DataFrame, how: dict[str, Any], sentence: str) -> None:
        with pytest.raises(OptionError) as caught:
            fairaudit.audit(people, **how)
        assert str(caught.value).startswith(sentence)


class TestTrain:
    def test_predictions_can_be_audited_as_they_are(
        self, people: pd.DataFrame, audit: fairaudit.Audit
    ) -> None:
        trained = fairaudit.train(people, target="paid", drop="race")
        found = fairaudit.audit(trained.predictions.frame, attributes="race")
        assert audit.other is not None
        assert found.group.groups == audit.other.group.groups
        assert trained.document.model.dropped == ["race"]

    def test_parameters_are_those_of_the_command(self, people: pd.DataFrame) -> None:
        trained = fairaudit.train(
            people, target="paid", drop=["race"], params={"C": 0.1}, class_weight="balanced"
        )
        assert trained.document.settings.params == {"C": "0.1"}
        assert trained.document.model.params["C"] == 0.1
        assert trained.document.model.params["class_weight"] == "balanced"

    def test_written(self, people: pd.DataFrame, tmp_path: Path) -> None:
        trained = fairaudit.train(people, target="paid", drop="race", out=tmp_path / "new" / "folder")
        folder = tmp_path / "new" / "folder"
        assert {p.name for p in folder.iterdir()} == {"train.json", "model.skops", "predictions.csv"}
        document = text.load(type(trained.document), (folder / "train.json").read_text(), file="train.json")
        assert document == trained.document


def test_cross_validation(people: pd.DataFrame, tmp_path: Path) -> None:
    validated = fairaudit.cross_validate(
        people, target="paid", drop="race", folds=3, repeats=2, attributes="race", out=tmp_path
    )
    assert {p.name for p in tmp_path.iterdir()} == {"cv.json", "cv_predictions.csv"}
    assert len(validated.document.folds) == 6
    assert {s.slice for s in validated.document.slices} == {"A", "B", "C"}
    assert len(validated.predictions.frame) == 240


class TestCheck:
    GATES = ({"name": "selected", "metric": "pprev", "attribute": "race", "min": 0.9},)

    def test_gates_of_a_list_and_of_a_file(self, people: pd.DataFrame, tmp_path: Path) -> None:
        policy = tmp_path / "policy.toml"
        policy.write_text('[[gate]]\nname = "selected"\nmetric = "pprev"\nattribute = "race"\nmin = 0.9\n')
        how: dict[str, Any] = {"label": "paid", "score": "income", "threshold": 50}
        found = [fairaudit.check(people, policy, **how), fairaudit.check(people, self.GATES, **how)]
        assert [c.document.exit_code for c in found] == [1, 1]
        (of_file,) = found[0].document.gates
        assert of_file.place is not None
        assert (of_file.place.file, of_file.place.line) == ("policy.toml", 1)
        assert [of_file.model_copy(update={"place": None})] == found[1].document.gates
        assert "failed" in repr(found[0])

    def test_no_gates(self, people: pd.DataFrame) -> None:
        with pytest.raises(OptionError, match="a check of nothing passes nothing"):
            fairaudit.check(people, [], label="paid", score="income", threshold=50)


class TestCardAndReport:
    def test_of_memory_and_of_a_folder_they_are_the_same(
        self, audit: fairaudit.Audit, tmp_path: Path
    ) -> None:
        audit.write(tmp_path)
        assert fairaudit.card(tmp_path) == fairaudit.card(audit)
        assert fairaudit.report(tmp_path) == fairaudit.report(audit)
        assert fairaudit.report(audit).text == (tmp_path / "report.html").read_text(encoding="utf-8")
        body = (tmp_path / "MODEL_CARD.md").read_text(encoding="utf-8")
        assert body.startswith(fairaudit.card(audit).text)
        assert all((tmp_path / name).read_bytes() == of for name, of in fairaudit.card(audit).figures.items())

    def test_the_card_knows_that_it_is_up_to_date(
        self, audit: fairaudit.Audit, tmp_path: Path, run: Any
    ) -> None:
        audit.write(tmp_path)
        assert "older" not in run("card", "--check", "-o", str(tmp_path)).out

    def test_a_card_that_was_changed_by_hand_is_kept(self, audit: fairaudit.Audit, tmp_path: Path) -> None:
        fairaudit.card(audit, out=tmp_path)
        path = tmp_path / "MODEL_CARD.md"
        path.write_text("mine", encoding="utf-8")
        with pytest.raises(FileError, match=r"was changed by hand, and is kept.*force=True"):
            fairaudit.card(audit, out=tmp_path)
        assert audit.write(tmp_path).warnings
        assert path.read_text(encoding="utf-8") == "mine"
        fairaudit.card(audit, out=tmp_path, force=True)
        assert path.read_text(encoding="utf-8") != "mine"

    def test_statements_that_are_not_there(self, audit: fairaudit.Audit, tmp_path: Path) -> None:
        for function in (fairaudit.card, fairaudit.report):
            with pytest.raises(FairauditError, match="there is no such file"):
                function(audit, statements=tmp_path / "no.toml")

    def test_a_bill_of_materials_names_the_model(self, audit: fairaudit.Audit, tmp_path: Path) -> None:
        fairaudit.card(audit, cyclonedx=tmp_path / "bom.json")
        import hashlib

        assert (
            hashlib.sha256(audit.contents["model.skops"]).hexdigest() in (tmp_path / "bom.json").read_text()
        )


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>\x1b[31m&\u202e"])
def test_notebooks_show_names_as_text(people: pd.DataFrame, hostile: str) -> None:
    named = people.rename(columns={"paid": hostile}).assign(race=people["race"].replace("A", hostile))
    trained = fairaudit.train(named, target=hostile, drop="race")
    validated = fairaudit.cross_validate(named, target=hostile, drop="race", folds=2)
    gates = [{"name": hostile, "metric": "pprev", "attribute": "race", "min": 0.9}]
    checking = fairaudit.check(named, gates, label=hostile, score="income", threshold=50)
    shown = [x._repr_html_() for x in (trained, validated, checking)]
    page = fairaudit.report(fairaudit.audit(trained.predictions.frame, attributes="race"))
    for html in (*shown, page._repr_html_()):
        assert "<script" not in html
        assert "\x1b" not in html
        assert "\u202e" not in html
    assert all("&lt;script&gt;alert(1)&lt;/script&gt;" in text for text in shown)
    assert all(len(repr(x)) < 300 for x in (trained, validated, checking))


def test_values_stay_as_they_are(audit: fairaudit.Audit) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        audit.train = None  # type: ignore[misc]
