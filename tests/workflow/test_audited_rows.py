"""Which predictions for raw data the verdict stands on, and that all parts are cut, named and decided alike."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

import fairaudit
from fairaudit.errors import FairauditError
from fairaudit.render.words.rows import others_alone, rows_head, stands_on
from fairaudit.settings.choices import AuditOn
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


def test_both_are_written(by_folds: Audit, tmp_path: Path) -> None:
    by_folds.write(tmp_path)
    whole = json.loads((tmp_path / "bias.json").read_text())
    alone = json.loads((tmp_path / "test" / "bias.json").read_text())
    assert whole["settings"]["audit_on"]["rows"] == "folds"
    assert whole["people"] == 240
    assert alone["people"] == 60
    for page in ("MODEL_CARD.md", "report.html"):
        assert "The verdict stands on all 240 people out of fold" in (tmp_path / page).read_text()


def test_predictions_that_are_given_are_audited_whole() -> None:
    frame = pd.DataFrame({"label": [0, 1] * 60, "score": [1, 0, 1] * 40, "sex": ["F", "F", "M"] * 40})
    with pytest.raises(FairauditError, match="audited whole"):
        fairaudit.audit(frame, audit_on="test")
