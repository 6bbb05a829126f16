"""A card is made from documents that belong together, or not at all."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fairaudit.cli.app import main
from fairaudit.workflow.cards import read_documents, read_wording, write_card

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
    assert read_documents(out).train is not None
    assert run(monkeypatch, *train, "--seed", "1") == 0
    found = read_documents(out)
    assert found.slices is not None
    assert (found.train, found.cv) == (None, None)
    written = write_card(out, read_wording(statements=Path("card.toml")))
    assert written.warnings == (
        "train.json is left out of the card: the reports are not about predictions of that model",
    )


def test_an_option_with_one_value_is_not_given_twice(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], path: str, tmp_path: Path
) -> None:
    assert run(monkeypatch, "bias", path, "--tau", "0.8", "--tau=0.5", "-o", str(tmp_path / "o")) == 2
    assert capsys.readouterr().err == "fairaudit: --tau: is given twice, and holds one value only.\n"
    assert not (tmp_path / "o").exists()
