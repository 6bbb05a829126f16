"""What may stand behind a gap: another attribute that was counted, a column that was not; and the same people under two names."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from statsmodels.stats.contingency_tables import StratifiedTable

import fairaudit
from fairaudit.documents.answer import Step, answer_of
from fairaudit.render.words.answer import claim
from fairaudit.render.words.behind import behind_text
from fairaudit.render.words.people import words_of


def berkeley(examples_dir: Path, *attributes: str) -> fairaudit.Audit:
    return fairaudit.audit(
        examples_dir / "berkeley.csv",
        label="none",
        score="admitted",
        weight="count",
        attributes=attributes,
        effect="helps",
    )


def test_departments_stand_behind_the_gap_at_berkeley(examples_dir: Path) -> None:
    """Women are admitted less often, and within departments a little more often (Bickel, Hammel and O'Connell 1975)."""
    audit = berkeley(examples_dir, "gender", "department")
    (women,) = (one for one in audit.bias.within if one.attribute == "gender" and one.metric == "pprev")
    # R's mantelhaen.test(UCBAdmissions), and Breslow and Day's test of statsmodels.
    assert women.strata is not None
    assert women.strata.simpson
    assert women.strata.odds_ratio_mh == pytest.approx(1.1053, abs=1e-4)
    assert women.strata.odds_ratio_mh_ci == pytest.approx((0.9431, 1.2955), abs=1e-4)
    assert (women.strata.cmh, women.strata.cmh_p) == pytest.approx((1.5246, 0.2169), abs=1e-4)
    assert (women.strata.breslow_day, women.strata.breslow_day_p) == pytest.approx(
        (18.8255, 0.0021), abs=1e-4
    )
    assert (women.strata.crude_ratio, len(women.strata.strata)) == pytest.approx((0.6818, 6), abs=1e-4)
    assert (women.group, women.other) == ("Female", "department")
    frame = pd.read_csv(examples_dir / "berkeley.csv")
    applied = frame.pivot_table(index="department", columns="gender", values="count", aggfunc="sum")
    admitted = frame[frame["admitted"] == 1].pivot_table(index="department", columns="gender", values="count")
    everybody = applied["Female"] + applied["Male"]
    by_hand = (admitted["Female"] * applied["Male"] / everybody).sum() / (
        admitted["Male"] * applied["Female"] / everybody
    ).sum()
    assert women.ratio == pytest.approx(by_hand)
    answer = answer_of(audit.bias, audit.group)
    assert Step.LOOK_WITHIN in answer.steps
    assert answer.behind is not None
    assert behind_text(answer.behind, words_of(audit.bias.settings)) == (
        "department: within it, women are selected 1.06 times as often as men"
        " (Simpson's paradox; odds ratio 1.105, 0.943 to 1.295)"
    )


def test_the_odds_ratio_of_a_paradox_is_that_of_the_group_that_is_told_about(examples_dir: Path) -> None:
    """Where being selected hurts it is men, whom women were compared with, who are worse off: 1 / 1.105."""
    audit = berkeley(examples_dir, "gender", "department")
    behind = answer_of(
        audit.bias.model_copy(
            update={"settings": audit.bias.settings.model_copy(update={"effect": "hurts"})}
        ),
        audit.group,
    ).behind
    assert behind is not None
    assert behind_text(behind, words_of(audit.bias.settings)) == (
        "department: within it, men are selected 0.94 times as often as women"
        " (Simpson's paradox; odds ratio 0.905, 0.772 to 1.060)"
    )


def test_a_column_that_nobody_is_grouped_by_is_a_question(examples_dir: Path) -> None:
    audit = berkeley(examples_dir, "gender")
    assert audit.bias.people == 4526
    assert audit.bias.unaudited == ["department"]
    answer = answer_of(audit.bias, audit.group)
    assert answer.behind is not None
    assert answer.behind.times is None
    assert behind_text(answer.behind, words_of(audit.bias.settings)).startswith(
        "department? Compare within it"
    )


def people(*rows: tuple[str, str, int, int]) -> pd.DataFrame:
    """So many people of a group and of another, of whom so many are selected."""
    return pd.DataFrame(
        [
            {"score": int(place < selected), "group": group, "other": other}
            for group, other, selected, many in rows
            for place in range(many)
        ]
    )


def test_a_gap_that_stays_within_another_attribute_is_not_told_to_come_from_it() -> None:
    frame = people(("a", "x", 300, 400), ("b", "x", 100, 400), ("a", "y", 300, 400), ("b", "y", 100, 400))
    audit = fairaudit.audit(frame, label="none", attributes=["group", "other"])
    assert audit.bias.within == []
    assert audit.bias.alike == []


def test_nothing_is_said_where_hardly_anybody_is_beside_others() -> None:
    """All but ten of b are where nobody of a is."""
    frame = people(("a", "x", 300, 400), ("b", "x", 7, 10), ("b", "y", 50, 390))
    audit = fairaudit.audit(frame, label="none", attributes=["group", "other"])
    assert not [one for one in audit.bias.within if one.attribute == "group"]


def test_the_same_people_are_told_of_once() -> None:
    """Of code and group all but four people of eight hundred agree."""
    frame = people(("a", "1", 298, 398), ("b", "2", 100, 398), ("a", "2", 2, 2), ("b", "1", 0, 2))
    audit = fairaudit.audit(frame, label="none", attributes=["group", "other"], effect="helps")
    assert {(one.group, one.other_group) for one in audit.bias.alike if one.attribute == "group"} == {
        ("a", "1"),
        ("b", "2"),
    }
    answer = answer_of(audit.bias, audit.group)
    (finding,) = answer.harm
    assert finding.same_people == (("other", "2"),) or finding.same_people == (("group", "b"),)
    assert "nearly the same people." in claim(finding, words=words_of(audit.bias.settings)).others
    assert answer.together == (finding.attribute,)


def test_a_paradox_of_errors_is_found_unasked() -> None:
    """Of the women of each part fewer are wrongly flagged than of the men, and of all women more; nobody else is unlike."""
    tables = [
        *(("Female", "north", 0, 80, 400), ("Male", "north", 0, 25, 100)),
        *(("Female", "south", 0, 2, 100), ("Male", "south", 0, 16, 400)),
        *((sex, part, 1, 90, 100) for sex in ("Female", "Male") for part in ("north", "south")),
    ]
    frame = pd.DataFrame(
        [
            {"sex": sex, "part": part, "label": label, "score": score, "n": many}
            for sex, part, label, selected, people in tables
            for score, many in ((1, selected), (0, people - selected))
        ]
    )
    audit = fairaudit.audit(
        frame, weight="n", attributes=["sex", "part"], ref_group="sex=Male", effect="hurts", metrics=["fpr"]
    )
    (women,) = (one for one in audit.bias.within if (one.attribute, one.metric) == ("sex", "fpr"))
    strata = StratifiedTable([[[80, 320], [25, 75]], [[2, 98], [16, 384]]])
    assert women.strata is not None
    assert women.strata.simpson
    assert women.strata.odds_ratio_mh == pytest.approx(strata.oddsratio_pooled)
    assert women.strata.cmh == pytest.approx(strata.test_null_odds().statistic)
    behind = answer_of(audit.bias, audit.group).behind
    assert behind is not None
    low, high = strata.oddsratio_pooled_confint()
    assert behind_text(behind, words_of(audit.bias.settings)) == (
        f"part: within it, women are wrongly selected {women.ratio:.2f} times as often as men"
        f" (Simpson's paradox; odds ratio {strata.oddsratio_pooled:.3f}, {low:.3f} to {high:.3f})"
    )
