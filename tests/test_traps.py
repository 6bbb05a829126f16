"""Traps that peers fall into: each test shows the wrong answer of Aequitas, or of the naive way, beside ours."""

from __future__ import annotations

import argparse
import tomllib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from peers import for_aequitas

from fairaudit.count.counts import Counted
from fairaudit.count.groups import count
from fairaudit.disparity import aequitas as aequitas_bridge
from fairaudit.disparity.judge import Judged, Verdict, judge
from fairaudit.disparity.ratios import Compared, compare
from fairaudit.disparity.references import find_references
from fairaudit.errors import FairauditError, OptionError
from fairaudit.metrics.measure import measure
from fairaudit.metrics.table import BY_NAME, METRICS
from fairaudit.read.dataframes import open_frame
from fairaudit.read.table import validate
from fairaudit.settings.choices import Decide
from fairaudit.settings.reading import ReadSettings
from fairaudit.slices.grammar import MISSING_GROUP

TAU = Fraction("0.8")
PASS, FAIL, UNDECIDED = Verdict.PASS, Verdict.FAIL, Verdict.UNDECIDED


@contextmanager
def peer() -> Iterator[None]:
    """Let Aequitas warn about its own calls of pandas."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def people(**groups: tuple[int, int, int, int]) -> pd.DataFrame:
    """A row for everybody, from each group's tp, fp, fn and tn."""
    rows = [
        (name, decision, label)
        for name, cells in groups.items()
        for number, (decision, label) in zip(cells, ((1, 1), (1, 0), (0, 1), (0, 0)), strict=True)
        for _ in range(number)
    ]
    return pd.DataFrame(rows, columns=["g", "score", "label_value"])


def counted(frame: pd.DataFrame, **settings: Any) -> Counted:
    return count(validate(open_frame(frame), ReadSettings(**settings)))


def audit(frame: pd.DataFrame, *references: str, **settings: Any) -> tuple[Compared, Judged]:
    """Compare and judge by the ratio alone, as Aequitas does."""
    measured = measure(counted(frame, **settings))
    compared = compare(measured, find_references(measured, references))
    return compared, judge(compared, tau=TAU, decide=Decide.POINT)


def crosstab_of_aequitas(frame: pd.DataFrame, **options: Any) -> pd.DataFrame:
    with peer():
        from aequitas.group import Group

        table, _ = Group().get_crosstabs(for_aequitas(frame), **options)
    return table


def bias_of_aequitas(frame: pd.DataFrame, **references: str) -> pd.DataFrame:
    with peer():
        from aequitas.bias import Bias

        table = Bias().get_disparity_predefined_groups(
            crosstab_of_aequitas(frame), for_aequitas(frame), references
        )
    return table.set_index("attribute_value")


def overall_of_aequitas(frame: pd.DataFrame) -> dict[str, Any]:
    with peer():
        from aequitas.bias import Bias
        from aequitas.fairness import Fairness

        runner = Fairness(tau=float(TAU))
        values = runner.get_group_value_fairness(
            Bias().get_disparity_major_group(crosstab_of_aequitas(frame), for_aequitas(frame))
        )
        return runner.get_overall_fairness(runner.get_group_attribute_fairness(values))


def ratio(compared: Compared, group: str, metric: str) -> tuple[Fraction | None, str]:
    (found,) = (d for d in compared.disparities if (d.group, d.metric) == (group, metric))
    return found.ratio, found.ratio_reason


def verdict(judged: Judged, parity: str, attribute: str = "g") -> Verdict:
    (found,) = (v.verdict for v in judged.attributes if (v.attribute, v.parity) == (attribute, parity))
    return found


def message_of(frame: pd.DataFrame, **settings: Any) -> str:
    with pytest.raises(FairauditError) as caught:
        counted(frame, **settings)
    return str(caught.value)


def test_trap_01_undefined_is_never_a_pass() -> None:
    # Everybody belongs to one group, so nothing can be compared; Aequitas compares the group with itself.
    alone = people(only=(5, 3, 2, 9))
    assert overall_of_aequitas(alone) == {
        "Unsupervised Fairness": True,
        "Supervised Fairness": True,
        "Overall Fairness": True,
    }
    # The reader would not choose such an attribute by itself; it has to be named.
    _, judged = audit(alone, attributes=("g",))
    assert dict(judged.overall) == dict.fromkeys(("unsupervised", "supervised", "overall"), UNDECIDED)
    # Nobody is selected at all: every selection rate is 0 and no ratio of them exists.
    nobody = people(a=(0, 0, 5, 5), b=(0, 0, 5, 5))
    assert overall_of_aequitas(nobody)["Unsupervised Fairness"] is True
    compared, judged = audit(nobody)
    assert judged.overall["unsupervised"] is UNDECIDED
    assert ratio(compared, "b", "pprev") == (None, "both are 0")
    references = compared.references
    fairness = aequitas_bridge.fairness(aequitas_bridge.bias(counted(nobody), references), tau=TAU)
    assert fairness.overall["unsupervised"] is None


def test_trap_02_division_by_zero_is_no_number() -> None:
    frame = people(a=(5, 2, 5, 8), b=(5, 0, 5, 10), c=(5, 0, 5, 10))
    theirs = bias_of_aequitas(frame, g="c")["fpr_disparity"]
    assert theirs["a"] == 10.0
    assert np.isnan(theirs["b"])
    compared, judged = audit(frame, "c")
    assert ratio(compared, "a", "fpr") == (
        None,
        "the reference group has 0 of 10, and nothing can be divided by 0",
    )
    assert ratio(compared, "b", "fpr") == (None, "both are 0")
    assert verdict(judged, "FPR Parity") is UNDECIDED
    # Aequitas's own value is kept beside ours, for comparison.
    bias = aequitas_bridge.bias(counted(frame), compared.references)
    assert bias.disparities["g", "a", "fpr"] == 10.0
    assert bias.disparities["g", "b", "fpr"] is None


def test_trap_03_exactly_four_fifths_is_four_fifths() -> None:
    assert 0.08 / 0.10 < 0.8
    frame = people(a=(4, 5, 46, 45), b=(5, 5, 45, 45))
    bias = bias_of_aequitas(frame, g="b")
    assert bias["tpr_disparity"]["a"] < 0.8
    compared, judged = audit(frame, "b")
    assert ratio(compared, "a", "tpr") == (Fraction(4, 5), "")
    assert verdict(judged, "TPR Parity") is PASS
    fairness = aequitas_bridge.fairness(aequitas_bridge.bias(counted(frame), compared.references), tau=TAU)
    assert fairness.attributes["g", "TPR Parity"] is False


def test_trap_04_people_whose_group_is_missing_do_not_vanish(data_dir: Path) -> None:
    frame = pd.read_csv(data_dir / "compas_for_aequitas.csv")[["score", "label_value", "race"]]
    frame.loc[::10, "race"] = None
    theirs = crosstab_of_aequitas(frame)
    assert theirs["group_size"].sum() == 6492
    assert set(theirs["total_entities"]) == {7214}
    assert theirs["pp"].sum() < theirs["k"].iloc[0]
    ours = counted(frame)
    by_group = {g.group: g.counts.n for g in ours.groups}
    assert by_group[MISSING_GROUP] == 722
    assert sum(by_group.values()) == ours.overall.n == 7214
    assert sum(g.counts.selected or 0 for g in ours.groups) == ours.overall.selected


def test_trap_05_scores_and_labels_that_are_not_0_and_1() -> None:
    # Aequitas truncates the scores 0.3 and 0.7 to 0 and so selects nobody.
    halves = pd.DataFrame({"g": list("aabb"), "score": [0.3, 0.7, 0.3, 0.7], "label_value": [0, 1, 1, 0]})
    assert set(crosstab_of_aequitas(halves)["k"]) == {0}
    assert counted(halves).overall.selected == 2
    # Scores of 3 and 7 it takes for decisions that nobody made; ours asks for a rule.
    ranks = halves.assign(score=[3, 7, 3, 7])
    with pytest.raises(ZeroDivisionError):
        crosstab_of_aequitas(ranks)
    message = message_of(ranks)
    assert "the scores run from 3 to 7, outside [0, 1]" in message
    assert "--threshold T" in message
    # With the labels 1 and 2, or -1 and 1, half of the rows are in no cell.
    for labels, shown in (([1, 2, 2, 1], "'1', '2'"), ([-1, 1, 1, -1], "'-1', '1'")):
        frame = halves.assign(score=[0, 1, 0, 1], label_value=labels)
        theirs = crosstab_of_aequitas(frame)
        assert theirs[["tp", "fp", "fn", "tn"]].to_numpy().sum() == 2
        message = message_of(frame)
        assert f"the labels are not 0 and 1 but {shown}" in message
        assert "--positive VALUE" in message
        ours = counted(frame, positive=(str(max(labels)),))
        assert sum(g.counts.n for g in ours.groups) == 4


def test_trap_06_attributes_are_grouped_by_what_they_are() -> None:
    from aequitas.preprocessing import preprocess_input_df

    base = people(a=(15, 13, 12, 19), b=(10, 10, 10, 10)).drop(columns="g")
    n = len(base)
    flag = base.assign(member=[0, 1] * (n // 2) + [0] * (n % 2), badge=range(n))
    with peer():
        theirs, _ = preprocess_input_df(flag.copy())
    assert set(theirs["member"]) == {"0.00-1.00"}
    assert theirs["badge"].nunique() == 4
    ours = counted(flag, attributes=("member",))
    assert [g.group for g in ours.groups] == ["0", "1"]
    # Numbers are never cut behind one's back.
    assert "'badge': more than 50 values" in message_of(flag.drop(columns="member"))
    for values in (pd.Categorical(["x", "y"] * (n // 2) + ["x"] * (n % 2)), np.arange(n) % 2 == 0):
        frame = base.assign(g=values)
        with pytest.raises(TypeError, match="invalid datatype"):
            crosstab_of_aequitas(frame)
        assert len(counted(frame).groups) == 2


def test_trap_07_attributes_and_thresholds_do_not_mix() -> None:
    chance = np.random.default_rng(0)
    n = 200
    frame = pd.DataFrame(
        {
            "score": chance.integers(0, 2, n),
            "label_value": chance.integers(0, 2, n),
            "race": chance.choice(["A", "Other"], n),
            "town": chance.choice(["B", "Other"], n),
        }
    )

    def p_values(*attributes: str) -> dict[tuple[str, str], float]:
        from aequitas.bias import Bias

        mine = for_aequitas(frame[["score", "label_value", *attributes]])
        with peer():
            table = Bias().get_disparity_predefined_groups(
                crosstab_of_aequitas(mine),
                mine,
                {a: "A" if a == "race" else "B" for a in attributes},
                check_significance=True,
                mask_significance=False,
            )
        keys = zip(table["attribute_name"], table["attribute_value"], strict=True)
        return dict(zip(keys, table["label_value_significance"], strict=True))

    # Aequitas writes the town's test into the row of the race that has a group of the same name.
    together = p_values("race", "town")
    assert together["race", "Other"] == together["town", "Other"]
    assert p_values("race")["race", "Other"] != together["race", "Other"]
    # Ours: an attribute alone and in company has the same answers, Aequitas's ratios among them.
    whole, _ = audit(frame, "race=A", "town=B")
    alone, _ = audit(frame, "race=A", attributes=("race",))
    # Only what was corrected for the number of comparisons knows of the company.
    assert [replace(d, p_adjusted=None) for d in whole.of("race")] == [
        replace(d, p_adjusted=None) for d in alone.of("race")
    ]
    both = aequitas_bridge.bias(counted(frame), whole.references).disparities
    one = aequitas_bridge.bias(counted(frame, attributes=("race",)), alone.references).disparities
    assert {key: value for key, value in both.items() if key[0] == "race"} == one
    with pytest.raises(OptionError, match=r"'Other' is a group of 'race', 'town'\. Say race=Other\."):
        audit(frame, "Other")
    # Two thresholds give Aequitas every row twice over.
    from aequitas.bias import Bias

    with peer():
        table = crosstab_of_aequitas(
            frame.assign(score=chance.random(n)), score_thresholds={"score_val": [0.3, 0.6]}
        )
        assert len(table) == 8
        assert len(Bias().get_disparity_major_group(table, None)) == 16
    # Ours takes one at a time.
    with pytest.raises(OptionError, match="--top-k: cannot be given together with --threshold"):
        ReadSettings(threshold=0.3, top_k=5)


def test_trap_08_ties_at_a_cut_do_not_depend_on_the_order() -> None:
    frame = pd.DataFrame(
        {"g": list("aaabbb"), "score": [9, 5, 5, 5, 5, 1], "label_value": [1, 0, 1, 0, 1, 0]}
    )
    turned = frame.iloc[::-1].reset_index(drop=True)
    theirs = [
        crosstab_of_aequitas(f, score_thresholds={"rank_abs": [2]})
        .set_index("attribute_value")["pp"]
        .to_dict()
        for f in (frame, turned)
    ]
    assert theirs[0] != theirs[1]
    ours = [counted(f, top_k=2) for f in (frame, turned)]
    assert ours[0] == ours[1]
    # All who are tied with the second are selected, and the number is reported.
    assert ours[0].overall.selected == 5
    rule = validate(open_frame(frame), ReadSettings(top_k=2)).rule
    assert rule is not None
    assert rule.sentence == "score >= 5, the top 2 and all tied with the last of them"


def test_trap_09_statistical_parity_of_ppr_is_about_size() -> None:
    # The same rates in both groups; one is three times as large.
    frame = people(small=(5, 5, 5, 5), large=(15, 15, 15, 15))
    with peer():
        from aequitas.fairness import Fairness

        bias = bias_of_aequitas(frame, g="large").reset_index()
        theirs = Fairness(tau=float(TAU)).get_group_value_fairness(bias).set_index("attribute_value")
    assert not theirs["Statistical Parity"]["small"]
    compared, judged = audit(frame, "large")
    assert ratio(compared, "small", "ppr") == (Fraction(1, 3), "")
    for metric in ("pprev", "fpr", "fnr"):
        assert ratio(compared, "small", metric) == (Fraction(1), "")
    assert verdict(judged, "Impact Parity") is PASS
    assert verdict(judged, "Statistical Parity") is FAIL
    # So the table of metrics begins with selection rate, FPR and FNR, and says of ppr what it is.
    assert [metric.name for metric in METRICS[:3]] == ["pprev", "fpr", "fnr"]
    assert "also grows with the group's size" in BY_NAME["ppr"].says
    assert "two groups treated alike fail it if one is larger" in BY_NAME["ppr"].when


@pytest.mark.parametrize("attributes", [("race", "sex"), ("race,sex",), ("race, sex",)])
def test_trap_10_several_attributes_are_all_audited(attributes: tuple[str, ...]) -> None:
    frame = people(a=(5, 3, 2, 9), b=(4, 4, 4, 4)).rename(columns={"g": "race"})
    frame["sex"] = ["f", "m"] * (len(frame) // 2) + ["f"] * (len(frame) % 2)
    # The naive way: a parser that keeps the last of repeated options.
    naive = argparse.ArgumentParser()
    naive.add_argument("--sensitive")
    assert naive.parse_args(["--sensitive", "race", "--sensitive", "sex"]).sensitive == "sex"
    _, judged = audit(frame, attributes=attributes)
    assert {v.attribute for v in judged.attributes} == {"race", "sex"}


def test_trap_11_a_small_group_stays_in_the_audit() -> None:
    frame = people(a=(20, 20, 20, 20), b=(20, 20, 20, 20), few=(0, 3, 3, 0))
    # The naive way: groups of fewer than 30 people are left out, and all is well.
    large = frame[frame.groupby("g")["g"].transform("size") >= 30]
    _, judged = audit(large)
    assert verdict(judged, "TPR Parity") is PASS
    compared, judged = audit(frame)
    few = [d for d in compared.disparities if d.group == "few"]
    assert len(few) == 10
    assert all(d.small for d in few)
    assert verdict(judged, "TPR Parity") is FAIL
    measured = measure(counted(frame))
    by_interval = judge(compare(measured, find_references(measured, [])), tau=TAU)
    assert verdict(by_interval, "TPR Parity") is UNDECIDED
    assert [(g.group, g.small) for g in measured.groups] == [("a", False), ("b", False), ("few", True)]
    assert measured.groups[2].estimates["fpr"].value == 1.0


def test_trap_13_an_old_aequitas_is_never_installed() -> None:
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]
    # Without its own pin a newer pandas would pull in an Aequitas from before 1.0.
    assert "aequitas>=1.1,<2" in project["dependencies"]
    (pandas,) = (d for d in project["dependencies"] if d.startswith("pandas"))
    assert pandas.endswith(",<3")
    assert project["requires-python"].endswith(",<3.14")
    assert tuple(map(int, version("aequitas").split(".")[:2])) >= (1, 1)
    assert version("pandas").startswith("2.")
