"""Which predictions for raw data the verdict stands on, and that all parts are cut, named and decided alike."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from running import run_main

import fairaudit
from fairaudit.documents.model import TrainDocument
from fairaudit.errors import FairauditError
from fairaudit.model.split import split_rows
from fairaudit.render.words.rows import cuts_sentences, others_alone, rows_head, stands_on
from fairaudit.settings.choices import AuditOn
from fairaudit.settings.resolve import predictions_of_verdict
from fairaudit.settings.source import TableSettings
from fairaudit.workflow.pipeline import Audit


def _people(n: int = 240) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "y": [(i * 7 % 10 + i % 3) % 2 for i in range(n)],
            "x": [(i * 37 % 101) / 100 for i in range(n)],
            "age": [18 + i * 13 % 60 for i in range(n)],
            "sex": ["women" if i % 2 else "men" for i in range(n)],
        }
    )


def _audit(**options: object) -> Audit:
    return fairaudit.audit(_people(), target="y", attributes=["age:quartiles", "sex"], folds=3, **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def by_folds() -> Audit:
    return _audit(top_percent=30)


def test_all_people_are_audited_where_nobody_chose(by_folds: Audit) -> None:
    part = by_folds.bias.settings.audit_on
    assert part is not None
    assert (part.rows, part.people, part.other, part.other_people) == (AuditOn.FOLDS, 240, AuditOn.TEST, 60)
    assert "all people are in it" in part.reason
    assert by_folds.other is not None
    assert part.other_verdict == by_folds.other.verdict
    assert by_folds.group.overall.n == 240
    assert by_folds.other.group.overall.n == 60
    assert all(document.settings.audit_on == part for document in (by_folds.slices, by_folds.fairness))
    assert rows_head(part) == "Out of fold"
    assert stands_on(part).startswith("The verdict stands on all 240 people out of fold: each was scored by")
    assert others_alone(part).startswith("The 60 held-out people alone: ")


def test_the_rows_held_out_are_chosen() -> None:
    found = _audit(audit_on="test")
    part = found.bias.settings.audit_on
    assert part is not None
    assert (part.rows, part.people, part.reason) == (AuditOn.TEST, 60, "as chosen")
    assert found.bias.people == 60
    assert found.train is not None
    assert found.bias.input.sha256 == found.train.predictions_sha256


def test_parts_share_cuts_groups_and_rule(by_folds: Audit) -> None:
    other = by_folds.other
    assert other is not None
    assert by_folds.train is not None
    assert by_folds.cv is not None
    cuts = [
        {a.name: a.edges for a in settings.attributes}
        for settings in (by_folds.bias.settings, other.bias.settings, by_folds.cv.settings)
    ]
    assert cuts[0] == cuts[1] == cuts[2]
    names = {(g.attribute, g.group) for g in by_folds.group.groups}
    assert {(g.attribute, g.group) for g in other.group.groups} <= names
    assert {(s.feature, s.slice) for s in by_folds.cv.slices} == names
    assert by_folds.train.settings.threshold == by_folds.cv.settings.threshold
    decision = by_folds.bias.settings.decision
    assert decision is not None
    # The top 30% of 240.
    assert decision.selected == 72
    for document in (by_folds.bias, other.bias):
        assert any("the top 30% of all rows out of fold" in note.sentence for note in document.input.notes)


def test_cuts_are_made_of_the_rows_learnt_from_alone() -> None:
    # What is held out lies far beyond the rest, and moves no edge.
    people = _people()
    target = people["y"].to_numpy(dtype="int8")
    learnt, held_out = split_rows(target, test_size=0.25, seed=0)
    people.loc[held_out, "age"] += 1000
    audit = fairaudit.audit(
        people, target="y", attributes=["age:median", "age:mean*sex", "x:0.25,0.5"], folds=3
    )
    ages = sorted(people["age"].iloc[learnt])
    # The first value above the median starts the upper range.
    median = next(age for age in ages if sum(a <= age for a in ages) * 2 > len(ages))
    assert audit.cv is not None
    assert audit.other is not None
    for document in (audit.cv, *audit.results.all.values(), *audit.other.results.all.values()):
        if isinstance(document, TrainDocument):
            continue
        parts = {part.name: part for part in document.settings.attributes}  # type: ignore[attr-defined]
        assert parts["age:median"].edges == {"age": [float(median)]}
        assert parts["age:mean*sex"].edges == {"age": [pytest.approx(sum(ages) / len(ages))]}
        assert parts["age:median"].edges_from == {"age": "training"}
        assert parts["x:0.25,0.5"].edges_from == {"x": "given"}
    upper = {g.group: g.n for g in audit.other.group.groups if g.attribute == "age:median"}
    assert upper == {f"{median} and above": len(held_out)}
    made = cuts_sentences(audit.bias.settings.attributes)
    assert made == [
        "The ranges of age are made of the training rows; values beyond these belong to the first and the last range."
    ]
    assert made[0] in str(fairaudit.card(audit))


def test_what_cannot_be_cut_in_the_rows_learnt_from_is_said_of_them() -> None:
    people = _people()
    learnt, _ = split_rows(people["y"].to_numpy(dtype="int8"), test_size=0.25, seed=0)
    people.loc[learnt, "age"] = 30
    with pytest.raises(
        FairauditError, match="of the rows of pandas DataFrame that are learnt from has one value only"
    ):
        fairaudit.audit(people, target="y", attributes=["age:median"], folds=3)
    people["age"] = 30
    with pytest.raises(FairauditError, match="of pandas DataFrame has one value only"):
        fairaudit.audit(people, target="y", attributes=["age:median"], folds=3)


def test_both_are_written(by_folds: Audit, tmp_path: Path) -> None:
    by_folds.write(tmp_path)
    whole = json.loads((tmp_path / "bias.json").read_text())
    alone = json.loads((tmp_path / "test" / "bias.json").read_text())
    assert whole["settings"]["audit_on"]["rows"] == "folds"
    assert whole["people"] == 240
    assert alone["people"] == 60
    for page in ("MODEL_CARD.md", "report.html"):
        assert "The verdict stands on all 240 people out of fold" in (tmp_path / page).read_text()


def test_columns_name_the_rows_they_are_of(by_folds: Audit, tmp_path: Path) -> None:
    head = "| Metric | Out of fold, 240 people (the verdict) | 95% interval | People | Held out, 60 people, 95% interval |"
    tiles = "Out of fold, 240 people (the verdict); beside it held out, 60 people, with 95% intervals"
    by_folds.write(tmp_path)
    # Made from memory, and from what lies in the folder.
    for results in (by_folds, tmp_path):
        card, page = str(fairaudit.card(results)), str(fairaudit.report(results))
        assert head in card
        assert tiles in page
        assert by_folds.other is not None
        for name, shown in (("accuracy", "Accuracy"), ("fpr", "False positive rate")):
            of_all = by_folds.group.overall.metrics[name]
            alone = by_folds.other.group.overall.metrics[name]
            (row,) = re.findall(rf"^\| {shown} \| (.+) \|$", card, flags=re.MULTILINE)
            cells = row.split(" | ")
            assert cells[0] == f"{of_all.value:.1%}"
            assert cells[3].startswith(f"{alone.value:.1%} ({alone.ci[0]:.1%} to " if alone.ci else "")
            assert f"<dd>Held out: {cells[3]}</dd>" in page
    (tmp_path / "test" / "group.json").unlink()
    assert "Held out, 60" not in str(fairaudit.card(tmp_path))


def test_gates_ask_about_the_rows_of_the_verdict(by_folds: Audit, tmp_path: Path) -> None:
    out = tmp_path / "fairaudit-out"
    by_folds.write(out)
    assert predictions_of_verdict(None, out, TableSettings()) == str(out / "cv_predictions.csv")
    assert predictions_of_verdict("own.csv", out, TableSettings()) == "own.csv"
    assert run_main("check", "--init", "--attribute", "sex", cwd=tmp_path).code == 0
    policy = (tmp_path / "fairaudit.toml").read_text()
    measured = fairaudit.audit(out / "cv_predictions.csv", attributes=["sex"]).group
    for group in measured.groups:
        assert f"{group.group} {group.metrics['accuracy'].value:.2f}" in policy
    assert run_main("check", cwd=tmp_path).code in (0, 1, 3)
    assert json.loads((out / "check.json").read_text())["input"]["name"] == "cv_predictions.csv"
    # Who trains anew has no verdict yet, on whatever rows.
    train = json.loads((out / "train.json").read_text())
    (out / "train.json").write_text(json.dumps(train | {"created": "2020-01-01T00:00:00Z"}))
    assert predictions_of_verdict(None, out, TableSettings()) == str(out / "predictions.csv")


def test_gates_ask_about_the_rows_held_out_where_these_were_chosen(tmp_path: Path) -> None:
    _audit(audit_on="test").write(tmp_path)
    assert predictions_of_verdict(None, tmp_path, TableSettings()) == str(tmp_path / "predictions.csv")


def test_predictions_that_are_given_are_audited_whole() -> None:
    frame = pd.DataFrame({"label": [0, 1] * 60, "score": [1, 0, 1] * 40, "sex": ["F", "F", "M"] * 40})
    with pytest.raises(FairauditError, match="audited whole"):
        fairaudit.audit(frame, audit_on="test")
