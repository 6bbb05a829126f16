"""What a command writes comes together: where one file finds no place, or the work is interrupted late, none of them is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import refused, run_main
from trained import METADATA, ModelKind, people, save_model, trained

from fairaudit.workflow import pipeline

POLICY = '[[gate]]\nmetric = "fpr"\nattribute = "sex"\nmax = 0.99\n'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with predictions, several classes, a policy, a model and rows for it."""
    made = tmp_path_factory.mktemp("together")
    rows = [(i % 2, (i * 7 % 10) / 10, "AB"[i % 3 == 0], "xyz"[i % 3], "xyz"[i % 4 % 3]) for i in range(120)]
    lines = [",".join(map(str, row)) for row in rows]
    (made / "p.csv").write_text("\n".join(["label,score,sex,town,guess", *lines]) + "\n")
    (made / "policy.toml").write_text(POLICY)
    people()[0].to_csv(made / "rows.csv", index=False)
    save_model(made / "model.skops", trained(ModelKind.LOGISTIC), METADATA)
    assert run_main("slice", "p.csv", "--feature", "sex", "-o", "sliced", cwd=made).code == 0
    return made


@pytest.mark.parametrize(
    ("words", "blocked"),
    [
        ("audit p.csv -a sex", "report.html"),
        ("audit p.csv -a sex --numbers out/n.json", "n.json"),
        ("audit p.csv -a sex --by town", "by.json"),
        ("group p.csv -a sex --numbers out/n.json", "n.json"),
        ("group p.csv -a sex", "scores.json"),
        ("bias p.csv -a sex --numbers out/n.json", "bias.json"),
        ("slice p.csv --feature sex --save kept.toml --numbers out/n.json", "slices.json"),
        ("slice p.csv --feature sex --label town --prediction guess --save kept.toml", "classes.json"),
        ("impact p.csv -a sex --profile ll144 --threshold median --tables tables", "impact.json"),
        ("impact p.csv -a sex --tables out", "impact.xlsx"),
        ("check p.csv --policy policy.toml --junit made/j.xml --markdown c.md", "check.json"),
        ("predict model.skops rows.csv", "predict.json"),
        ("predict model.skops rows.csv", "predictions.csv"),
    ],
)
def test_a_folder_in_the_place_of_one_file_leaves_none(folder: Path, words: str, blocked: str) -> None:
    out = folder / "out"
    (out / blocked).mkdir(parents=True)
    before = {path for path in folder.rglob("*") if ".fairaudit" not in path.name}
    try:
        ran = run_main(*words.split(), "-o", "out", cwd=folder)
        assert blocked in refused(ran)
        assert {path for path in folder.rglob("*") if ".fairaudit" not in path.name} == before
    finally:
        (out / blocked).rmdir()
        out.rmdir()


def test_the_card_and_its_figures(folder: Path) -> None:
    (folder / "sliced" / "figures" / "metric_per_slice.png").mkdir(parents=True)
    before = sorted(folder.rglob("*"))
    assert "metric_per_slice.png" in refused(run_main("card", "-o", "sliced", cwd=folder))
    assert sorted(folder.rglob("*")) == before


def test_who_interrupts_an_audit_while_its_report_is_made_finds_what_was_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    before = {path: path.read_bytes() for path in (folder / "sliced").rglob("*.json")}
    monkeypatch.setattr(pipeline, "make_report", interrupted)
    ran = run_main("audit", "p.csv", "-a", "town", "-o", "sliced", cwd=folder)
    assert ran.code == 130
    assert {path: path.read_bytes() for path in (folder / "sliced").rglob("*.json")} == before
    assert run_main("audit", "p.csv", "-a", "town", "-o", "new", cwd=folder).code == 130
    assert not (folder / "new").exists()
