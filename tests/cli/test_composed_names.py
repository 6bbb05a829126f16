"""Names of columns whose letters are composed in another way than those of the file, in every place where one is typed."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from pathlib import Path

import pytest
from running import run_main

NAMES = ("größe", "note", "stamm", "erfüllt", "zusätzlich", "güte")
SIZE, _, _, LABEL, EXTRA, SCORE = NAMES
FORMS = [pytest.param("NFC", "NFD", id="typed NFD"), pytest.param("NFD", "NFC", id="typed NFC")]


def table(path: Path, form: str) -> Path:
    """Write 200 rows under a header in one form."""
    lines = io.StringIO()
    rows = csv.writer(lines)
    rows.writerow(unicodedata.normalize(form, name) for name in NAMES)
    for i in range(200):
        label = int(i * 53 % 97 < i * 37 % 101)
        rows.writerow([i * 37 % 101, i % 7, ("Zoë", "Bo")[i % 3 % 2], label, i % 4, (i * 37 % 101) / 101])
    path.write_text(lines.getvalue(), encoding="utf-8")
    return path


@pytest.mark.parametrize(("written", "typed"), FORMS)
def test_an_audit_finds_label_score_attribute_condition_and_reference(
    tmp_path: Path, written: str, typed: str
) -> None:
    def n(text: str) -> str:
        return unicodedata.normalize(typed, text)

    ran = run_main(
        *("audit", table(tmp_path / "d.csv", written), "--label", n(LABEL), "--score", n(SCORE)),
        *("-a", n(f"{EXTRA},{SIZE}:50.0"), "--where", n(f"{SIZE} < 90"), "--ref-group", n(f"{EXTRA}=2")),
        *("-o", tmp_path / "out"),
    )
    assert ran.code == 0, ran.err
    bias = json.loads((tmp_path / "out" / "bias.json").read_text(encoding="utf-8"))
    assert bias["references"][unicodedata.normalize(written, EXTRA)] == "2"


@pytest.mark.parametrize(("written", "typed"), FORMS)
@pytest.mark.parametrize("command", ["train", "cv"])
def test_training_finds_the_target_and_what_is_dropped(
    tmp_path: Path, written: str, typed: str, command: str
) -> None:
    def n(text: str) -> str:
        return unicodedata.normalize(typed, text)

    ran = run_main(
        *(command, table(tmp_path / "d.csv", written), "--target", n(LABEL), "--drop", n(f"{SCORE},{EXTRA}")),
        *("-o", tmp_path / "out"),
    )
    assert ran.code == 0, ran.err
    document = json.loads((tmp_path / "out" / f"{command}.json").read_text(encoding="utf-8"))
    assert [unicodedata.normalize("NFC", name) for name in document["model"]["features_in"]] == [
        SIZE,
        "note",
        "stamm",
    ]


@pytest.mark.parametrize(("written", "typed"), FORMS)
def test_a_model_finds_its_features_and_its_target_in_new_rows(
    tmp_path: Path, written: str, typed: str
) -> None:
    trained = run_main("train", table(tmp_path / "d.csv", typed), "--target", LABEL, "-o", tmp_path / "m")
    assert trained.code == 0, trained.err
    model = tmp_path / "m" / "model.skops"
    results = []
    for form in (typed, written):
        rows = table(tmp_path / f"{form}.csv", form)
        ran = run_main("predict", model, rows, "-o", tmp_path / form)
        assert ran.code == 0, ran.err
        results.append((tmp_path / form / "predictions.csv").read_text(encoding="utf-8").splitlines())
    assert results[0][1:] == results[1][1:]
    assert results[1][0].startswith("row,label,score,decision")


@pytest.mark.parametrize(("written", "typed"), FORMS)
def test_a_gate_is_held_to_the_reference_that_was_named(tmp_path: Path, written: str, typed: str) -> None:
    def n(text: str) -> str:
        return unicodedata.normalize(typed, text)

    table(tmp_path / "d.csv", written)
    (tmp_path / "fairaudit.toml").write_text(
        f'label = "{n(LABEL)}"\nscore = "{n(SCORE)}"\nref-group = "{n(EXTRA)}=2"\n'
        f'[[gate]]\nmetric = "pprev"\nattribute = "{n(EXTRA)}"\nratio_within = 0.8\n',
        encoding="utf-8",
    )
    ran = run_main("check", "d.csv", "--json", cwd=tmp_path)
    assert ran.code in (0, 1, 3), ran.err
    references = {f["reference_group"] for gate in ran.json()["gates"] for f in gate["findings"]}
    assert references == {"2"}


def test_a_stream_stays_while_its_columns_are_called_otherwise(tmp_path: Path) -> None:
    content = table(tmp_path / "d.csv", "NFD").read_bytes()
    ran = run_main("train", "-", "--target", LABEL, "-o", tmp_path / "out", stdin=content)
    assert ran.code == 0, ran.err
