"""A card is made from documents that belong together, or not at all."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fairaudit.cli.app import main
from fairaudit.documents.folder import left_out, read_results
from fairaudit.documents.statements import Statements
from fairaudit.workflow.card import CardOptions, IfEdited, check_card, read_wording, write_card

ROWS = [f"{i % 3 % 2},{(i * 37 % 101) / 101!r},{'AB'[i % 5 % 2]},{'uv'[i % 7 % 2]}" for i in range(200)]


@pytest.fixture
def path(write_csv: Callable[..., str]) -> str:
    return write_csv("label,score,race,sex", *ROWS)


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["fairaudit", *words, "--quiet"])
    with pytest.raises(SystemExit) as stopped:
        main()
    return int(stopped.value.code or 0)


def refusal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], out: Path) -> str:
    capsys.readouterr()
    assert run(monkeypatch, "card", "-o", str(out)) == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        (["group"], ["bias", "--threshold", "0.3"], "their settings differ in decision"),
        (["bias", "-r", "race=A"], ["fairness", "-r", "race=B"], "their reference groups differ"),
        (["bias", "-a", "race"], ["fairness", "-a", "sex"], "their attributes differ"),
    ],
)
def test_reports_made_otherwise_do_not_mix(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    path: str,
    first: list[str],
    second: list[str],
    why: str,
) -> None:
    out = tmp_path / "out"
    for command, *options in (["group"], first, second):
        assert run(monkeypatch, command, path, *options, "-o", str(out)) == 0
    said = refusal(monkeypatch, capsys, out)
    assert "do not belong together" in said
    assert why in said
    assert not (out / "MODEL_CARD.md").exists()


def test_reports_on_old_predictions_do_not_mix_with_a_new_model(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, examples_dir: Path
) -> None:
    out = tmp_path / "out"
    loans = str(examples_dir / "loans.csv")
    train = ["train", loans, "-t", "repaid", "--drop", "loan_id,score", "-o", str(out)]
    assert run(monkeypatch, *train) == 0
    assert run(monkeypatch, "slice", "-f", "region", "-o", str(out)) == 0
    assert run(monkeypatch, "card", "-o", str(out)) == 0
    assert read_results(out).train is not None
    assert run(monkeypatch, *train, "--seed", "1") == 0
    found = read_results(out)
    assert found.slices is not None
    assert (found.train, found.cv) == (None, None)
    written = write_card(out, read_wording(statements=Path("card.toml")))
    assert written.warnings == (
        "train.json is left out: the reports are not about predictions of that model",
    )


def test_an_option_with_one_value_is_not_given_twice(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], path: str, tmp_path: Path
) -> None:
    assert run(monkeypatch, "bias", path, "--tau", "0.8", "--tau=0.5", "-o", str(tmp_path / "o")) == 2
    assert capsys.readouterr().err == "fairaudit: --tau: is given twice, and holds one value only.\n"
    assert not (tmp_path / "o").exists()


@pytest.fixture(scope="module")
def audit_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with predictions and an audit of them, to be copied."""
    folder = tmp_path_factory.mktemp("audited")
    (folder / "p.csv").write_text("\n".join(["label,score,race,sex", *ROWS]) + "\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert run(patch, "audit", "p.csv", "-o", "out") == 0
    return folder


@pytest.fixture
def audited(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, audit_once: Path) -> Path:
    """A folder with an audit and its card, beside the place of card.toml."""
    shutil.copytree(audit_once, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    return tmp_path / "copy" / "out"


def words(name: str) -> str:
    return f"What {name.replace('_', ' ')} is."


def answer_everything(path: Path) -> None:
    """Fill in card.toml as a person would."""
    text = path.read_text(encoding="utf-8")
    for name in Statements.required():
        text = text.replace(f'\n{name} = ""\n', f'\n{name} = "{words(name)}"\n')
    text = text.replace('approval = { by = "", on = "" }', 'approval = { by = "The board", on = 2026-01-31 }')
    path.write_text(text, encoding="utf-8")


class TestCheck:
    def problems(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> tuple[int, str]:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["fairaudit", "card", "--check", "-o", "out"])
        with pytest.raises(SystemExit) as stopped:
            main()
        return int(stopped.value.code or 0), " ".join(capsys.readouterr().out.split())

    def test_missing_statements_are_named_until_they_are_made(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], audited: Path
    ) -> None:
        code, said = self.problems(monkeypatch, capsys)
        assert code == 1
        assert said.startswith("16 of 16 statements are missing in card.toml: name, summary, owners,")
        assert run(monkeypatch, "card", "--init") == 0
        answer_everything(Path("card.toml"))
        code, said = self.problems(monkeypatch, capsys)
        assert code == 1
        assert said == (
            "out/MODEL_CARD.md is older than the documents or statements that it is made from; run fairaudit card --out out."
        )
        assert run(monkeypatch, "card", "-o", "out") == 0
        assert self.problems(monkeypatch, capsys) == (0, "The card is complete and up to date.")
        page = (audited / "MODEL_CARD.md").read_text(encoding="utf-8")
        assert "Draft" not in page
        assert "More Information Needed" not in page

    @pytest.mark.usefixtures("audited")
    def test_a_newer_document_makes_the_card_old(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(monkeypatch, "group", "p.csv", "-a", "race", "-o", "out") == 0
        _, said = self.problems(monkeypatch, capsys)
        assert said.endswith(
            "out/MODEL_CARD.md is older than the documents or statements that it is made from; run fairaudit card --out out. "
            "out/group.json was changed since manifest.json was written. "
            "out/scores.json was changed since manifest.json was written."
        )

    def test_no_card_at_all(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], audited: Path
    ) -> None:
        (audited / "MODEL_CARD.md").unlink()
        code, said = self.problems(monkeypatch, capsys)
        assert code == 1
        assert said.endswith("there is no out/MODEL_CARD.md; fairaudit card --out out writes it.")

    @pytest.mark.parametrize(
        "change",
        [
            pytest.param(lambda text: text.replace("# Model card", "# A fine model", 1), id="a word"),
            pytest.param(lambda text: text + "More.\n", id="a line at the end"),
            pytest.param(lambda text: text[: text.rindex("<!--")], id="the last line taken away"),
            pytest.param(lambda text: text[:0], id="emptied"),
        ],
    )
    def test_a_card_changed_by_hand_is_kept_unless_forced(
        self,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        audited: Path,
        change: Callable[[str], str],
    ) -> None:
        card = audited / "MODEL_CARD.md"
        written = card.read_text(encoding="utf-8")
        card.write_text(change(written), encoding="utf-8")
        assert "was changed by hand" in self.problems(monkeypatch, capsys)[1]
        assert refusal(monkeypatch, capsys, Path("out")) == (
            "fairaudit: out/MODEL_CARD.md: was changed by hand, and is kept. Put the words into card.toml, where they stay; "
            "--force writes the card anew.\n"
        )
        # An audit goes on, and says that it left the card alone.
        monkeypatch.setattr(sys, "argv", ["fairaudit", "audit", "p.csv", "-o", "out"])
        with pytest.raises(SystemExit) as stopped:
            main()
        assert not stopped.value.code
        assert "out/MODEL_CARD.md was changed by hand, and is kept" in capsys.readouterr().err
        assert card.read_text(encoding="utf-8") == change(written)
        assert run(monkeypatch, "card", "--force", "-o", "out") == 0
        assert card.read_text(encoding="utf-8").startswith(
            "# Model card" if not written.startswith("---") else "---"
        )


def test_regenerating_keeps_every_human_word(monkeypatch: pytest.MonkeyPatch, audited: Path) -> None:
    assert run(monkeypatch, "card", "--init") == 0
    answer_everything(Path("card.toml"))
    stated = Path("card.toml").read_bytes()
    assert run(monkeypatch, "audit", "p.csv", "--threshold", "0.3", "-o", "out") == 0
    assert run(monkeypatch, "card", "-o", "out") == 0
    page = (audited / "MODEL_CARD.md").read_text(encoding="utf-8")
    for name in set(Statements.required()) - {"name", "approval"}:
        assert page.count(words(name)) == 1
    assert words("name") in page
    assert "The board, 2026-01-31" in page
    assert Path("card.toml").read_bytes() == stated
    # Answers are never overwritten.
    assert run(monkeypatch, "card", "--init") == 2
    assert Path("card.toml").read_bytes() == stated


def test_figures_as_svg_too(monkeypatch: pytest.MonkeyPatch, audited: Path) -> None:
    assert run(monkeypatch, "card", "--svg", "-o", "out") == 0
    names = sorted(p.name for p in (audited / "figures").iterdir())
    assert {Path(name).stem for name in names if name.endswith(".svg")} == {
        Path(name).stem for name in names if name.endswith(".png")
    }


def test_scores_of_other_predictions_are_left_out(
    monkeypatch: pytest.MonkeyPatch, audited: Path, write_csv: Callable[..., str]
) -> None:
    decided = write_csv(
        "label,score,race,sex", *(f"{i % 2},{i % 3 % 2},{'AB'[i % 5 % 2]},u" for i in range(200))
    )
    assert (audited / "scores.json").is_file()
    for command in ("group", "slice", "bias", "fairness"):
        assert run(monkeypatch, command, decided, "-o", "out") == 0
    assert read_results(audited).scores is None
    written = write_card(
        audited, read_wording(statements=Path("card.toml")), CardOptions(if_edited=IfEdited.REPLACE)
    )
    assert written.warnings == ("scores.json is left out: it is about other predictions",)


class TestOneModel:
    """What a card is made from is about one model, and one training."""

    def train(self, monkeypatch: pytest.MonkeyPatch, rows: int, *more: str, command: str = "train") -> None:
        lines = [
            f"{i % 7},{i % 5 * i % 11},{'ab'[i % 2]},{int(i % 7 > 3) ^ (i % 9 == 0)}" for i in range(rows)
        ]
        Path(f"d{rows}.csv").write_text("\n".join(["x,z,g,y", *lines]) + "\n", encoding="utf-8")
        assert run(monkeypatch, command, f"d{rows}.csv", "-t", "y", *more, "-o", "out") == 0

    def test_a_cross_validation_of_other_data_is_left_out(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.chdir(tmp_path)
        self.train(monkeypatch, 400, command="cv")
        self.train(monkeypatch, 200)
        assert run(monkeypatch, "group", "-a", "g", "-o", "out") == 0
        found = read_results(Path("out"))
        assert (found.train is not None, found.cv) == (True, None)
        assert left_out(Path("out"), found) == (
            "cv.json is left out: the reports are not about predictions of that model",
        )

    def test_predictions_of_another_model_are_not_described_by_this_one(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.chdir(tmp_path)
        self.train(monkeypatch, 400)
        assert run(monkeypatch, "predict", "out/model.skops", "d400.csv", "-o", "out") == 0
        Path("keep").mkdir()
        for name in ("predictions.csv", "predict.json"):
            shutil.copy(Path("out") / name, Path("keep") / name)
        self.train(monkeypatch, 400, "--drop", "z")
        for name in ("predictions.csv", "predict.json"):
            shutil.copy(Path("keep") / name, Path("out") / name)
        with_labels = Path("out/predictions.csv")
        assert run(monkeypatch, "group", str(with_labels), "-a", "g", "-o", "out") == 0
        assert read_results(Path("out")).train is None

    def test_people_of_the_training_are_counted_only_where_they_are_known(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.chdir(tmp_path)
        self.train(monkeypatch, 400)
        self.train(monkeypatch, 400, "-a", "g", command="cv")
        assert run(monkeypatch, "group", "-a", "g", "-o", "out") == 0
        assert run(monkeypatch, "card", "-o", "out") == 0
        page = Path("out/MODEL_CARD.md").read_text(encoding="utf-8")
        assert "| Group | Training | Evaluation |" in page
        assert "| g | a | 150 | 50 |" in page
        # All rows, out of fold: nobody was only learnt from.
        assert run(monkeypatch, "group", "out/cv_predictions.csv", "-a", "g", "-o", "out") == 0
        assert run(monkeypatch, "card", "-o", "out") == 0
        page = Path("out/MODEL_CARD.md").read_text(encoding="utf-8")
        assert "| Group | Evaluation |" in page
        assert "| g | a | 200 |" in page


def test_a_folder_without_a_template_of_a_known_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], audited: Path
) -> None:
    Path("mine").mkdir()
    Path("mine/MODEL_CARD.jinja").write_text("a slip", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["fairaudit", "card", "--template", "mine", "-o", "out"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    assert capsys.readouterr().err.startswith(
        "fairaudit: mine: holds no template of a known name. Known are "
    )
    assert (audited / "MODEL_CARD.md").is_file()


def test_other_documents_and_line_ends_do_not_make_a_card_old(
    monkeypatch: pytest.MonkeyPatch, audited: Path
) -> None:
    assert run(monkeypatch, "card", "--init") == 0
    answer_everything(Path("card.toml"))
    assert run(monkeypatch, "card", "-o", "out") == 0
    gate = '[[gate]]\nmetric = "accuracy"\nattribute = "race"\nmin = 0.01\n'
    Path("fairaudit.toml").write_text(gate, encoding="utf-8")
    assert run(monkeypatch, "check", "p.csv", "-o", "out") == 0
    card = audited / "MODEL_CARD.md"
    card.write_bytes(card.read_bytes().replace(b"\n", b"\r\n"))
    assert check_card(Path("out"), read_wording(statements=Path("card.toml"))) == ()


def test_figures_of_an_earlier_card_do_not_stay(monkeypatch: pytest.MonkeyPatch, audited: Path) -> None:
    assert run(monkeypatch, "card", "--svg", "-o", "out") == 0
    for name in ("bias.json", "fairness.json"):
        (audited / name).unlink()
    assert run(monkeypatch, "card", "-o", "out") == 0
    names = {path.name for path in (audited / "figures").iterdir()}
    assert "disparity_per_group.png" not in names
    assert not any(name.endswith(".svg") for name in names)


@pytest.mark.parametrize(
    "target", ["out/group.json", "out/MODEL_CARD.md", "out/report.html", "out/figures/metric_per_slice.svg"]
)
@pytest.mark.usefixtures("audited")
def test_a_bill_of_materials_takes_no_other_file_s_place(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], target: str
) -> None:
    there = Path(target).read_bytes() if Path(target).exists() else None
    monkeypatch.setattr(sys, "argv", ["fairaudit", "card", "--cyclonedx", target, "-o", "out"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    assert capsys.readouterr().err == (
        f"fairaudit: --cyclonedx: {target} would take the place of a file that is read or written.\n"
    )
    assert (Path(target).read_bytes() if Path(target).exists() else None) == there
