"""Groups that may have people in common: several columns of members as one attribute."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from members import MISSING, NOBODYS, counted, in_race, may_be_in_race, told
from running import Ran
from sklearn.metrics import roc_auc_score

import fairaudit
from fairaudit.disparity.judge import PARITIES
from fairaudit.documents.audit import BiasDocument
from fairaudit.errors import OptionError
from fairaudit.render.words.people import Words, attribute_text, group_text
from fairaudit.workflow.audit import Reports

RACES = "races:{black,asian,white}"


def people() -> pd.DataFrame:
    """Three columns of members: people are in one of them, in several, in none, or it is not known."""
    lot = np.random.default_rng(5)
    n = 800
    black, asian = lot.random(n) < 0.3, lot.random(n) < 0.2
    white = lot.random(n) < np.where(black | asian, 0.2, 0.8)
    label = lot.integers(0, 2, n)
    table = pd.DataFrame(
        {
            "score": np.clip(0.3 + 0.3 * label - 0.1 * black + lot.normal(0, 0.2, n), 0, 1),
            "label": label,
            "black": black.astype(int),
            "asian": pd.Series(asian.astype(int)).astype(object),
            "white": white.astype(int),
            "sex": lot.choice(["f", "m"], n),
        }
    )
    table.loc[table.index[:40], "asian"] = None
    return table


PEOPLE = people()


@pytest.fixture(scope="module")
def audited() -> Reports:
    # The column itself beside it: what is counted for both is counted once.
    return fairaudit.audit(PEOPLE, attributes=[RACES, "races:{black}"], effect="helps")


def test_each_group_has_its_people_and_is_beside_everybody_who_is_known_not_to_be_in_it(
    audited: Reports,
) -> None:
    groups = in_race(PEOPLE)
    selected = PEOPLE["score"] >= 0.5
    assert {g.group: g.n for g in audited.group.groups if g.attribute == RACES} == {
        name: own.sum() for name, own in groups.items() if own.any()
    }
    assert {g.group: g.n for g in audited.group.groups if g.attribute != RACES} == {
        "in": groups["black"].sum(),
        "not in": (~groups["black"]).sum(),
    }
    rows = {(d.group, d.metric): d for d in audited.bias.disparities if d.attribute == RACES}
    for name, own in groups.items():
        others = ~may_be_in_race(PEOPLE)[name]
        for metric, among in (("pprev", PEOPLE["label"] >= 0), ("fpr", PEOPLE["label"] == 0)):
            d = rows[name, metric]
            assert d.reference_group == "(everybody else)"
            assert (d.numerator, d.denominator) == ((selected & own & among).sum(), (own & among).sum())
            assert (d.reference_numerator, d.reference_denominator) == (
                (selected & others & among).sum(),
                (others & among).sum(),
            )
    assert rows[MISSING, "pprev"].unknown


def test_who_may_be_in_a_group_is_counted_and_told(audited: Reports) -> None:
    silent = PEOPLE["asian"].isna()
    nowhere = in_race(PEOPLE)[MISSING]
    ill, missed = PEOPLE["label"] == 1, PEOPLE["score"] < 0.5
    open_to = {g.group: g.may_join for g in audited.group.groups if g.attribute == RACES}
    assert open_to["black"] is open_to["white"] is open_to[MISSING] is None
    for group, people in (("asian", silent), (NOBODYS, nowhere)):
        part = open_to[group]
        assert part is not None
        assert (part.n, part.counts.fn, part.counts.selected) == (
            people.sum(),
            (people & ill & missed).sum(),
            (people & ~missed).sum(),
        )
    assert (
        f"{RACES}: of some people it is not known whether they are in 'asian' ({silent.sum()}) and '{NOBODYS}' ({nowhere.sum()}); "
        "no group is compared with those who may be in it"
    ) in [note.sentence for note in audited.bias.input.notes]


@pytest.mark.parametrize("more", [{"id": "who"}, {"weight": "w", "weight_kind": "survey"}])
def test_neither_are_they_compared_with_where_rows_are_no_people(more: dict[str, Any]) -> None:
    table = PEOPLE.assign(who=np.arange(len(PEOPLE)) // 2, w=1 + np.arange(len(PEOPLE)) % 3)
    others = ~may_be_in_race(table)["asian"]
    weights = table["w"] if "weight" in more else pd.Series(1, index=table.index)
    selected = table["score"] >= 0.5
    reports = fairaudit.audit(table, attributes=RACES, metrics=["pprev", "roc_auc"], **more)
    rows = {d.metric: d for d in reports.bias.disparities if d.group == "asian"}
    assert rows["pprev"].reference_value == pytest.approx(
        np.average(selected[others], weights=weights[others])
    )
    assert rows["roc_auc"].reference_value == pytest.approx(
        roc_auc_score(table["label"][others], table["score"][others], sample_weight=weights[others])
    )


def test_they_are_one_family_whose_dependence_is_not_known(audited: Reports) -> None:
    alone = fairaudit.audit(PEOPLE, attributes=RACES).bias
    assert alone.family.size == 4 * 3
    assert alone.family.correction == "holm"
    assert {gap.reason for gap in audited.bias.gaps if gap.attribute == RACES} == {
        "people may be in several of its groups"
    }


def test_aequitas_is_asked_of_each_group_and_everybody_else(audited: Reports) -> None:
    compared = 0
    for d in audited.bias.disparities:
        if d.attribute == RACES and d.ratio is not None and d.metric in PARITIES.values():
            assert d.aequitas_disparity == pytest.approx(d.ratio)
            compared += 1
    assert compared > 30
    verdicts = {v.parity: v for v in audited.fairness.attributes if v.attribute == RACES}
    assert verdicts["Impact Parity"].aequitas is False


def test_it_is_told_that_groups_add_up_to_more_people(audited: Reports) -> None:
    groups = in_race(PEOPLE)
    flags = PEOPLE[["black", "asian", "white"]].apply(pd.to_numeric)
    several = ((flags == 1).sum(axis=1) > 1).sum()
    known = sum(groups[c].sum() for c in flags)
    sentences = [note.sentence for note in audited.bias.input.notes]
    assert (
        f"{RACES}: of 800 people, {several} are in several groups and {groups[NOBODYS].sum()} in none; the groups add up to {known}"
        in sentences
    )
    (part, _) = audited.bias.settings.attributes
    assert (part.name, part.columns, part.members) == (RACES, [RACES], ["black", "asian", "white"])


def test_weights_are_people(audited: Reports) -> None:
    weighed = fairaudit.audit(PEOPLE.assign(n=2), attributes=RACES, weight="n").group
    assert {g.group: g.n for g in weighed.groups} == {
        g.group: 2 * g.n for g in audited.group.groups if g.attribute == RACES
    }


@pytest.mark.parametrize("wanted", ["white", f"{RACES}=white", f"{RACES}=max"])
def test_none_of_them_can_be_the_reference(wanted: str) -> None:
    with pytest.raises(OptionError, match="each is compared with everybody who is not in it"):
        fairaudit.audit(PEOPLE, attributes=RACES, ref_group=wanted)


def test_what_others_are_compared_with_leaves_them_beside_everybody_else() -> None:
    document: BiasDocument = fairaudit.audit(PEOPLE, attributes=[RACES, "sex"], ref_group="max").bias
    assert document.references[RACES] == "(everybody else)"
    assert document.references["sex"] in ("f", "m")


def test_few_people_in_common_would_be_given_back() -> None:
    with pytest.raises(OptionError, match=r"Name each column by itself: races:\{black\},races:\{asian\}"):
        fairaudit.audit(PEOPLE, attributes=RACES, suppress_below=10)


def test_within_something_else(run: Callable[..., Ran], tmp_path: Path) -> None:
    PEOPLE.to_csv(tmp_path / "p.csv", index=False)
    assert run("bias", "p.csv", "-a", RACES, "--within", "sex", cwd=tmp_path).code == 0
    parts: list[dict[str, Any]] = json.loads((tmp_path / "fairaudit-out" / "bias.json").read_text("utf-8"))[
        "strata"
    ]
    missed, ill = PEOPLE["score"] < 0.5, PEOPLE["label"] == 1
    asian = pd.to_numeric(PEOPLE["asian"])
    (part,) = (p for p in parts if (p["group"], p["metric"]) == ("asian", "fnr"))
    for stratum in part["strata"]:
        here = ill & (PEOPLE["sex"] == stratum["stratum"])
        assert told(stratum) == counted(here & (asian == 1), here & (asian == 0), missed)


def test_slices_have_statistics_and_are_kept(run: Callable[..., Ran], tmp_path: Path) -> None:
    PEOPLE.to_csv(tmp_path / "p.csv", index=False)
    ran = run("slice", "p.csv", "-f", RACES, "--stats", "--save", "kept.toml", cwd=tmp_path)
    assert ran.code == 0, ran.err
    document = json.loads((tmp_path / "fairaudit-out" / "slices.json").read_text("utf-8"))
    means = {s["slice"]: s["mean"] for s in document["statistics"] if s["column"] == "score" and s["slice"]}
    assert means == pytest.approx(
        {name: PEOPLE.loc[own, "score"].mean() for name, own in in_race(PEOPLE).items()}
    )
    PEOPLE.assign(asian=0).to_csv(tmp_path / "q.csv", index=False)
    later = run("slice", "q.csv", "--slices", "kept.toml", "--json", cwd=tmp_path)
    assert later.code == 0, later.err
    asian = next(s for s in later.json()["slices"] if s["slice"] == "asian")
    assert (asian["n"], asian["vanished"]) == (0, True)
    rates = run("impact", "p.csv", "--threshold", "0.5", "--slices", "kept.toml", "--json", cwd=tmp_path)
    assert rates.code == 0, rates.err
    assert [t["attribute"] for t in rates.json()["tables"]] == [RACES]


def test_gates_ask_of_each_group(run: Callable[..., Ran], tmp_path: Path) -> None:
    PEOPLE.to_csv(tmp_path / "p.csv", index=False)
    gate = f'[[gate]]\nname = "even"\nattribute = "{RACES}"\n'
    (tmp_path / "ratio.toml").write_text(f'{gate}metric = "pprev"\nratio_within = 0.8\n', encoding="utf-8")
    document = run("check", "p.csv", "--policy", "ratio.toml", "--json", cwd=tmp_path).json()
    findings = document["gates"][0]["findings"]
    assert {f["group"] for f in findings} == {"black", "asian", "white", NOBODYS}
    assert {f["reference_group"] for f in findings} == {"(everybody else)"}
    (tmp_path / "area.toml").write_text(f'{gate}metric = "roc_auc"\nmax_difference = 0.1\n', encoding="utf-8")
    areas = run("check", "p.csv", "--policy", "area.toml", "--json", cwd=tmp_path).json()
    for finding in areas["gates"][0]["findings"]:
        own, may_be = in_race(PEOPLE)[finding["group"]], may_be_in_race(PEOPLE)[finding["group"]]
        inside, outside = (
            roc_auc_score(rows["label"], rows["score"]) for rows in (PEOPLE[own], PEOPLE[~may_be])
        )
        assert finding["estimate"] == pytest.approx(inside)
        assert finding["value"] == pytest.approx(inside - outside)
    (tmp_path / "lack.toml").write_text(
        f'{gate}metric = "missing_values"\ncolumn = "asian"\nmax = 0.1\n', encoding="utf-8"
    )
    lacking = run("check", "p.csv", "--policy", "lack.toml", "--json", cwd=tmp_path).json()
    shares = {f["group"].removesuffix(" * missing"): f["value"] for f in lacking["gates"][0]["findings"]}
    groups = {name: own for name, own in in_race(PEOPLE).items() if name != MISSING}
    assert shares == pytest.approx(
        {name: PEOPLE.loc[own, "asian"].isna().mean() for name, own in groups.items()}
    )


@pytest.mark.parametrize(
    ("group", "text"),
    [
        ("Black", "Black people"),
        ("vet", 'people in "vet"'),
        ("female", "women"),
        (NOBODYS, "people in none of races"),
        (MISSING, "people of whom races is not known"),
    ],
)
def test_people_are_named_by_what_they_are_in(group: str, text: str) -> None:
    attribute = "races:{Black,vet,female}"
    words = Words(columns={attribute: (attribute,)})
    assert group_text(attribute, group, words) == text
    assert attribute_text(attribute, words) == "races"


def test_their_shares_are_no_parts_of_a_whole(run: Callable[..., Ran], tmp_path: Path) -> None:
    PEOPLE.to_csv(tmp_path / "p.csv", index=False)
    for folder in ("one", "two"):
        assert run("group", "p.csv", "-a", f"{RACES},sex", "--out", folder, cwd=tmp_path).code == 0
    document = run("compare", "one", "two", "--json", cwd=tmp_path).json()
    assert {g["attribute"] for g in document["groups"]} == {RACES, "sex"}
    assert [part["of"] for part in document["shares"]] == ["sex"]
