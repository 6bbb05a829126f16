"""Slices ranked by the metric that somebody names, in every medium, and what they cannot be ranked by."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from running import run_main

import fairaudit
from fairaudit.documents.ranking import rank_slices, slices_of
from fairaudit.errors import OptionError


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "label": [int((i * 53 % 97) / 97 < (i * 37 % 101) / 101) for i in range(240)],
            "score": [i * 37 % 101 / 101 for i in range(240)],
            "race": ["ABC"[i % 7 % 3] for i in range(240)],
            "sex": ["FM"[i % 5 % 2] for i in range(240)],
        }
    )


def test_slices_are_ranked_by_the_metric_that_is_named(people: pd.DataFrame) -> None:
    audit = fairaudit.audit(people, rank_by="fpr")
    assert audit.slices.settings.ranked_by == audit.group.settings.ranked_by == "fpr"
    first = rank_slices(slices_of(audit.slices), "fpr")[0]
    card, page = str(fairaudit.card(audit)), str(fairaudit.report(audit))
    assert "All 5 slices, worst first by false positive rate" in card
    assert f"\n| {first.feature} | {first.name} | {first.n} | " in card.partition("### Key slices")[2]
    assert "the poorest false positive rate first" in page
    assert first.vs_rest["fpr"].joint_ci is not None


def test_balanced_accuracy_ranks_where_nobody_chose(people: pd.DataFrame) -> None:
    assert fairaudit.audit(people).slices.settings.ranked_by == "balanced_accuracy"
    alone = people.assign(score=(people["score"] > 0.5).astype(int))
    assert fairaudit.audit(alone, label="none").slices.settings.ranked_by == "pprev"


def test_what_has_no_distance_to_the_rest_is_said_without_evidence(
    people: pd.DataFrame, tmp_path: Path
) -> None:
    people.to_csv(tmp_path / "people.csv", index=False)
    ran = run_main("slice", "people.csv", "--rank-by", "roc_auc", cwd=tmp_path)
    assert ran.code == 0
    shown = " ".join(ran.out.split())
    assert (
        'Lowest ROC AUC: people with race "C", 0.748; everybody 0.802. Whether that is beyond chance' in shown
    )
    assert "Slices are ranked by ROC AUC. --rank-by names another metric." in shown


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nosuch", "rank_by: 'nosuch' is no metric. Say one of 'pprev', "),
        ("fprr", "rank_by: 'fprr' is no metric. Did you mean 'fpr'?"),
        ("prev", "rank_by: 'prev' says who is there, and not how well slices are decided."),
    ],
)
def test_what_ranks_nothing_is_refused(people: pd.DataFrame, name: str, why: str) -> None:
    with pytest.raises(OptionError) as refused:
        fairaudit.audit(people, rank_by=name)
    assert str(refused.value).startswith(why)
    # Nothing is learnt before.
    with pytest.raises(OptionError, match="rank_by"):
        fairaudit.audit(people, target="label", rank_by=name)


def test_what_the_input_does_not_allow_is_refused(people: pd.DataFrame, tmp_path: Path) -> None:
    people.to_csv(tmp_path / "people.csv", index=False)
    (tmp_path / "fairaudit.toml").write_text('rank-by = "f1"\n')
    ran = run_main("slice", "people.csv", "--label", "none", cwd=tmp_path)
    assert ran.code == 2
    assert "fairaudit.toml" in ran.err
    assert "it cannot be measured in people.csv: there are no labels." in ran.err
    # Other commands have the same file, and no ranking.
    assert run_main("group", "people.csv", cwd=tmp_path).code == 0
