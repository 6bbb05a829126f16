"""Commands that follow each other in one folder, and the ones that do everything at once."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from running import Ran
from schemas import schema_of

import fairaudit
from fairaudit.documents.registry import DOCUMENTS
from fairaudit.documents.text import dump, load

Run = Callable[..., Any]
Refusal = Callable[..., str]
PROJECT = Path(__file__).parents[2]
FIGURES = {"disparity.png", "performance.png"}


def valid(name: str, text: str) -> Any:
    found = json.loads(text, parse_constant=pytest.fail)
    schema_of(name).validate(found)
    assert dump(load(DOCUMENTS[name], text, file=name)) == text
    return found


@pytest.fixture(scope="module")
def chained(
    run: Run, two_years: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Any]]:
    """An empty folder in which the commands followed each other without naming a file."""
    folder = tmp_path_factory.mktemp("chain")
    said = {}
    for words in (
        ("train", two_years, "--target", "two_year_recid", "--drop", "id,is_recid,race,sex"),
        ("slice", "--feature", "race"),
        ("group",),
        ("bias", "--ref-group", "race=Caucasian"),
        ("fairness", "--ref-group", "race=Caucasian", "--tau", "0.8"),
        ("card",),
    ):
        said[words[0]] = run(*words, cwd=folder, width=60)
    return folder, said


def next_lines(out: str) -> list[str]:
    """The lines that say what comes next, each with its command, which nothing breaks."""
    block = re.compile(r"^Next  \S.*(?:\n {6}\S.*)*", re.MULTILINE)
    return [line for found in block.findall(out) for line in found.splitlines()]


def prose(out: str) -> list[str]:
    """The lines of an answer but for what comes next and for the files that were written."""
    unbroken = next_lines(out)
    return [line for line in out.splitlines() if line not in unbroken and not line.startswith("Written: ")]


@pytest.mark.parametrize("command", ["train", "slice", "group", "bias", "fairness", "card"])
def test_the_commands_follow_each_other(chained: tuple[Path, dict[str, Any]], command: str) -> None:
    _, said = chained
    assert (said[command].code, said[command].err) == (0, "")
    assert "Written: fairaudit-out" in said[command].out
    assert max(map(len, prose(said[command].out))) <= 60
    assert all(re.search(r"\S {2,}(fairaudit|open) \S", line) for line in next_lines(said[command].out))


def test_what_the_chain_leaves(chained: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = chained
    out = folder / "fairaudit-out"
    assert [p.name for p in folder.iterdir()] == ["fairaudit-out"]
    files = {p.name for p in out.iterdir()}
    assert files == {
        "model.skops", "predictions.csv", "train.json", "slices.json", "group.json", "scores.json", "bias.json",
        "fairness.json", "MODEL_CARD.md", "figures", "manifest.json",
    }  # fmt: skip
    digest = hashlib.sha256((out / "predictions.csv").read_bytes()).hexdigest()
    for name in ("slices", "group", "scores", "bias", "fairness"):
        found = valid(name, (out / f"{name}.json").read_text(encoding="utf-8"))
        assert found["input"]["sha256"] == digest
        assert found["input"]["rows"] == 1804
    card = (out / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "[More Information Needed]" in card
    for figure in (out / "figures").iterdir():
        assert figure.read_bytes().startswith(b"\x89PNG")
        assert f"figures/{figure.name}" in card


def test_the_reports_agree_with_the_training(chained: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = chained
    out = folder / "fairaudit-out"
    trained = valid("train", (out / "train.json").read_text(encoding="utf-8"))
    grouped = valid("group", (out / "group.json").read_text(encoding="utf-8"))
    for name, estimate in trained["metrics"]["test"].items():
        assert grouped["overall"]["metrics"][name]["value"] == estimate["value"], name


class TestCard:
    def test_statements(self, run: Run, chained: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
        folder, _ = chained
        out = folder / "fairaudit-out"
        ran = run("card", "--init", cwd=tmp_path)
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.startswith("Written: card.toml\n")
        before = (tmp_path / "card.toml").read_bytes()
        refused = run("card", "--init", cwd=tmp_path)
        assert refused.code == 2
        assert refused.err == "fairaudit: card.toml: is there already, and its answers are not overwritten.\n"
        assert (tmp_path / "card.toml").read_bytes() == before
        ran = run("card", "-o", out, cwd=tmp_path)
        assert (ran.code, ran.err) == (0, "")
        assert "card --init" not in ran.out

    def test_quiet(self, run: Run, chained: tuple[Path, dict[str, Any]]) -> None:
        folder, _ = chained
        assert run("card", "-q", cwd=folder).out == ""

    def test_twice_the_same(self, run: Run, chained: tuple[Path, dict[str, Any]]) -> None:
        folder, _ = chained
        card = folder / "fairaudit-out" / "MODEL_CARD.md"
        before = card.read_bytes()
        assert run("card", cwd=folder).code == 0
        assert card.read_bytes() == before

    @pytest.mark.parametrize(
        "content", [b"name = ", b"\xff\xfe", b"nonsense = 1\n"], ids=["broken", "not UTF-8", "typo"]
    )
    def test_statements_that_cannot_be_read(
        self, run: Run, chained: tuple[Path, dict[str, Any]], tmp_path: Path, content: bytes
    ) -> None:
        folder, _ = chained
        (tmp_path / "card.toml").write_bytes(content)
        ran = run("card", "-o", folder / "fairaudit-out", cwd=tmp_path)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("fairaudit: card.toml")
        assert ran.err.count("\n") == 1

    def test_reports_that_speak_of_different_things(
        self, run: Run, people: Path, compas: Path, tmp_path: Path
    ) -> None:
        assert run("bias", people, "-a", "race", "-r", "race=A", "-q", cwd=tmp_path).code == 0
        assert run("group", people, "-a", "race", "-q", cwd=tmp_path).code == 0
        for words, why in (
            (("fairness", people, "-a", "race", "-r", "race=B"), "their reference groups differ"),
            (("fairness", people, "-a", "sex", "-r", "majority"), "their attributes differ"),
            (
                ("fairness", people, "-a", "race", "-r", "race=A", "--threshold", "0.4"),
                "their settings differ in decision",
            ),
            (("fairness", compas, "-a", "race"), "they were made from different predictions"),
        ):
            assert run(*words, "-q", cwd=tmp_path).code == 0
            ran = run("card", cwd=tmp_path)
            assert (ran.code, ran.out) == (2, "")
            assert "fairness.json do not belong together: " + why in ran.err
            assert not (tmp_path / "fairaudit-out" / "MODEL_CARD.md").exists()
        assert run("fairness", people, "-a", "race", "-r", "race=A", "-q", cwd=tmp_path).code == 0
        assert run("card", cwd=tmp_path).code == 0

    def test_a_damaged_document(self, refusal: Refusal, tmp_path: Path) -> None:
        (tmp_path / "fairaudit-out").mkdir()
        (tmp_path / "fairaudit-out" / "group.json").write_text('{"schema": "fairaudit/group/1"}')
        sentence = refusal("card", cwd=tmp_path)
        assert "group.json" in sentence
        assert "is not what fairaudit" in sentence

    def test_no_template_folder(self, run: Run, chained: tuple[Path, dict[str, Any]]) -> None:
        folder, _ = chained
        ran = run("card", "--template", "nowhere", cwd=folder)
        assert ran.code == 2
        assert ran.err == "fairaudit: nowhere: is not a folder. Give the folder that holds your templates.\n"


LOW_NOTE = (
    "safety: 1 group of 30 or more people has label 0 only ('low'), where rates that need both are undefined"
)
CAR_NOTE = "car: negative (0): 'unacc' (1,210)"
FOLD_NOTE = (
    "fold: each fold was scored by a model of its own, and these models share most of their rows; intervals and tests take people as "
    "independent, and are wrong somewhat more often than they say, most of all for trees"
)


@pytest.fixture(scope="module")
def trained(run: Run, car: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """An audit of raw data."""
    folder = tmp_path_factory.mktemp("audit")
    words = ("--target", "car", "--positive", "acc,good,vgood", "-a", "buying,maint", "-f", "safety")
    return folder, run("audit", car, *words, "--json", cwd=folder)


class TestAudit:
    def test_one_json_object_of_all_documents(self, trained: tuple[Path, Any], car: Path) -> None:
        folder, ran = trained
        assert (ran.code, ran.err) == (0, f"note: {CAR_NOTE}\nwarning: {LOW_NOTE}\nnote: {FOLD_NOTE}\n")
        found = ran.json()
        assert list(found) == ["train", "cv", "slices", "group", "bias", "fairness", "scores"]
        for name, part in found.items():
            text = (folder / "fairaudit-out" / f"{name}.json").read_text(encoding="utf-8")
            assert valid(name, text) == part
            assert part["command"].startswith(f"fairaudit audit {car} --target car ")
            assert text.rstrip("\n") in ran.out
        assert {a["name"] for a in found["bias"]["settings"]["attributes"]} == {"buying", "maint"}
        assert {s["feature"] for s in found["slices"]["slices"]} == {"buying", "maint", "safety"}
        assert found["train"]["metrics"]["test"]["f1"]["value"] >= 0.88

    def test_files(self, trained: tuple[Path, Any]) -> None:
        folder, _ = trained
        assert {p.name for p in (folder / "fairaudit-out").iterdir()} == {
            "model.skops", "predictions.csv", "cv_predictions.csv", "train.json", "cv.json", "slices.json",
            "group.json", "scores.json", "bias.json", "fairness.json", "MODEL_CARD.md", "figures", "report.html", "manifest.json", "test",
        }  # fmt: skip
        assert len(pd.read_csv(folder / "fairaudit-out" / "predictions.csv")) == 432
        assert len(pd.read_csv(folder / "fairaudit-out" / "cv_predictions.csv")) == 1728
        held_out = {p.name: p for p in (folder / "fairaudit-out" / "test").iterdir()}
        assert set(held_out) == {"slices.json", "group.json", "scores.json", "bias.json", "fairness.json"}
        for name, path in held_out.items():
            document = valid(name.removesuffix(".json"), path.read_text(encoding="utf-8"))
            assert document["input"]["name"] == "predictions.csv"
            assert document["input"]["rows"] == 432

    def test_it_says_what_the_single_commands_say(
        self, run: Run, trained: tuple[Path, Any], tmp_path: Path
    ) -> None:
        folder, ran = trained
        out = folder / "fairaudit-out"
        whole = ran.json()
        for command in ("group", "bias", "fairness"):
            held_out = json.loads((out / "test" / f"{command}.json").read_text(encoding="utf-8"))
            for file, audited in (("cv_predictions.csv", whole[command]), ("predictions.csv", held_out)):
                single = run(command, out / file, "-a", "buying,maint", "--json", cwd=tmp_path).json()
                for part in (single, audited):
                    del part["created"], part["command"]
                stands_on = audited["settings"].pop("audit_on")
                assert single["settings"].pop("audit_on") is None
                # Whoever has only the predictions does not know which column the label was made of.
                assert audited["settings"].pop("label_from")["column"] == "car"
                assert single["settings"].pop("label_from") is None
                assert (stands_on is None) is (file == "predictions.csv")
                assert single == audited
            assert whole[command]["input"]["rows"] == 1728
            assert held_out["input"]["rows"] == 432

    def test_predictions(self, run: Run, compas: Path, tmp_path: Path) -> None:
        ran = run("audit", compas, "-a", "race,sex", "-r", "race=Caucasian", cwd=tmp_path, width=60)
        assert (ran.code, ran.err) == (0, "")
        assert max(map(len, prose(ran.out))) <= 60
        said = " ".join(ran.out.split())
        assert "African-American people are selected more often than Caucasian ones: 59 of 100" in said
        assert (
            "Of those who should not be selected (label_value 0), 45 of 100 are, against 23 of 100." in said
        )
        assert "Aequitas" not in said
        assert {p.name for p in (tmp_path / "fairaudit-out").iterdir()} == {
            "slices.json", "group.json", "bias.json", "fairness.json", "MODEL_CARD.md", "figures", "report.html",
            "manifest.json",
        }  # fmt: skip

    def test_quiet(self, run: Run, people: Path, tmp_path: Path) -> None:
        ran = run("audit", people, "-q", cwd=tmp_path)
        assert (ran.code, ran.out, ran.err) == (0, "", "")

    def test_the_threshold_reaches_the_reports(self, run: Run, car: Path, tmp_path: Path) -> None:
        words = (
            "-t",
            "car",
            "--positive",
            "acc,good,vgood",
            "-a",
            "maint",
            "--threshold",
            "0.9",
            "--folds",
            "2",
        )
        ran = run("audit", car, *words, "--json", cwd=tmp_path)
        assert ran.code == 0, ran.err
        found = ran.json()
        out = tmp_path / "fairaudit-out"
        held_out = json.loads((out / "test" / "group.json").read_text(encoding="utf-8"))
        selected = {}
        for file, part in (("cv_predictions.csv", found["group"]), ("predictions.csv", held_out)):
            frame = pd.read_csv(out / file)
            selected[file] = int((frame["score"] >= 0.9).sum())
            assert 0 < selected[file] < (frame["score"] >= 0.5).sum()
            assert part["input"]["name"] == file
            assert part["settings"]["decision"]["kind"] == "decision column"
            assert part["overall"]["n"] == len(frame)
            assert part["overall"]["counts"]["selected"] == selected[file]
            assert (frame["decision"] == (frame["score"] >= 0.9)).all()
        assert found["cv"]["settings"]["threshold"] == 0.9
        assert found["train"]["metrics"]["test"]["pprev"]["numerator"] == selected["predictions.csv"]


@pytest.fixture(scope="module")
def demonstrated(run: Run, tmp_path_factory: pytest.TempPathFactory) -> tuple[Ran, Path]:
    folder = tmp_path_factory.mktemp("demonstrated")
    return run("demo", cwd=folder, width=60), folder


def test_demo(demonstrated: tuple[Ran, Path]) -> None:
    ran, folder = demonstrated
    assert ran.code == 0, ran.err
    *warnings, note = ran.err.splitlines()
    assert all(line.startswith("warning: column 'score' is written as") for line in warnings)
    assert note == f"note: {FOLD_NOTE}"
    assert max(map(len, prose(ran.out))) <= 60
    assert [p.name for p in folder.iterdir()] == ["fairaudit-demo"]
    out = folder / "fairaudit-demo"
    for name in ("train", "cv", "slices", "group", "bias", "fairness"):
        valid(name, (out / f"{name}.json").read_text(encoding="utf-8"))
    for name in ("slices", "group", "bias", "fairness"):
        valid(name, (out / "test" / f"{name}.json").read_text(encoding="utf-8"))
        valid(name, (out / "lenders-score" / f"{name}.json").read_text(encoding="utf-8"))
    assert (out / "MODEL_CARD.md").is_file()
    assert (out / "lenders-score" / "MODEL_CARD.md").is_file()


def test_demo_runs_from_the_source_tree(demonstrated: tuple[Ran, Path]) -> None:
    # The tests run on an editable installation, which is the source tree; the wheel's demo is test_packaging's.
    assert Path(fairaudit.__file__).parents[1] == PROJECT / "src"
    assert list(demonstrated[1].rglob("MODEL_CARD.md")) != []


def test_demo_as_json_is_the_second_audit(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[Any, Any]] = []
    monkeypatch.setattr(
        "fairaudit.cli.demo.carry_out",
        lambda _, __, shown: told.append((shown.output.as_json, shown.output.quiet)),
    )
    ran = run("demo", "--json", cwd=tmp_path)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert told == [(False, True), (True, False)]
