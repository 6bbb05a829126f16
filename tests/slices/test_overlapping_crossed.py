"""Groups that may have people in common, crossed with something else: each cell beside everybody who is not in it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from members import MISSING, NOBODYS, counted, in_race, may_be_in_race, told
from running import Ran

import fairaudit
from fairaudit.render.words.people import Words, attribute_text, group_text
from fairaudit.workflow.audit import Reports

RACES = "races:{black,asian,white}"
CROSSED = f"{RACES}*sex"
BY_AGE = f"sex*{RACES}*age:quartiles"


def people() -> pd.DataFrame:
    """Women and men in one of three columns of members, in several, in none, or of whom it is not known; of some the sex is missing."""
    lot = np.random.default_rng(8)
    n = 900
    black, asian = lot.random(n) < 0.4, lot.random(n) < 0.3
    label = lot.integers(0, 2, n)
    table = pd.DataFrame(
        {
            "score": np.clip(0.3 + 0.3 * label - 0.1 * black + lot.normal(0, 0.2, n), 0, 1).round(6),
            "label": label,
            "black": black.astype(int),
            "asian": pd.Series(asian.astype(int)).astype(object),
            "white": (lot.random(n) < np.where(black | asian, 0.3, 0.8)).astype(int),
            "sex": pd.Series(lot.choice(["Female", "Male"], n)).astype(object),
            "age": lot.integers(18, 80, n),
        }
    )
    table.loc[table.index[:40], "asian"] = None
    table.loc[table.index[30:60], "sex"] = None
    return table


PEOPLE = people()


def crossed(table: pd.DataFrame) -> dict[str, pd.Series]:
    """Who is in each cell of race and sex in which there is somebody."""
    sex = table["sex"].fillna(MISSING)
    cells = {
        f"{race} * {one}": own & (sex == one)
        for (race, own), one in itertools.product(in_race(table).items(), ("Female", "Male", MISSING))
    }
    return {name: own for name, own in cells.items() if own.any()}


@pytest.fixture(scope="module")
def audited() -> Reports:
    return fairaudit.audit(PEOPLE, attributes=[CROSSED, BY_AGE], effect="helps")


def not_in(cell: str, own: pd.Series) -> pd.Series:
    """Who is known not to be in a cell of race and sex; of one that is not known, who is not in it."""
    race, sex = cell.split(" * ")
    if MISSING in (race, sex):
        return ~own
    return ~(may_be_in_race(PEOPLE)[race] & (PEOPLE["sex"].isna() | (PEOPLE["sex"] == sex)))


def test_each_cell_has_its_people_and_is_beside_everybody_who_is_known_not_to_be_in_it(
    audited: Reports,
) -> None:
    cells, selected = crossed(PEOPLE), PEOPLE["score"] >= 0.5
    assert {g.group: g.n for g in audited.group.groups if g.attribute == CROSSED} == {
        name: own.sum() for name, own in cells.items()
    }
    rows = {(d.group, d.metric): d for d in audited.bias.disparities if d.attribute == CROSSED}
    for name, own in cells.items():
        others = not_in(name, own)
        for metric, among in (("pprev", PEOPLE["label"] >= 0), ("fpr", PEOPLE["label"] == 0)):
            d = rows[name, metric]
            assert d.reference_group == "(everybody else)"
            assert (d.numerator, d.denominator) == ((selected & own & among).sum(), (own & among).sum())
            assert (d.reference_numerator, d.reference_denominator) == (
                (selected & others & among).sum(),
                (others & among).sum(),
            )
            assert d.unknown == (MISSING in name)


def test_a_third_part_stands_where_it_is_typed(audited: Reports) -> None:
    first, second, third = np.quantile(PEOPLE["age"], [0.25, 0.5, 0.75])
    old = (PEOPLE["age"] >= second) & (PEOPLE["age"] < third)
    counted = {g.group: g.n for g in audited.group.groups if g.attribute == BY_AGE}
    for race, own in in_race(PEOPLE).items():
        cell = own & old & (PEOPLE["sex"] == "Male")
        name = f"Male * {race} * {second:g} to below {third:g}"
        assert counted.get(name, 0) == cell.sum()
    assert first < second
    part = next(a for a in audited.bias.settings.attributes if a.name == BY_AGE)
    assert (part.columns, part.members) == (["sex", RACES, "age"], ["black", "asian", "white"])


def test_areas_and_statistics_are_those_of_the_cells(audited: Reports) -> None:
    from sklearn.metrics import roc_auc_score

    areas = {g.group: g.metrics["roc_auc"] for g in audited.group.groups if g.attribute == CROSSED}
    for name, own in crossed(PEOPLE).items():
        if PEOPLE.loc[own, "label"].nunique() == 2:
            expected = roc_auc_score(PEOPLE.loc[own, "label"], PEOPLE.loc[own, "score"])
            assert areas[name].value == pytest.approx(expected)


def test_it_is_told_how_many_are_in_several(audited: Reports) -> None:
    races = in_race(PEOPLE)
    flags = PEOPLE[["black", "asian", "white"]].apply(pd.to_numeric)
    several = ((flags == 1).sum(axis=1) > 1).sum()
    known = sum(races[c].sum() for c in flags)
    assert (
        f"{CROSSED}: of 900 people, {several} are in several groups and {races[NOBODYS].sum()} in none; the groups add up to {known:,}"
        in [note.sentence for note in audited.bias.input.notes]
    )
    assert {gap.reason for gap in audited.bias.gaps} == {"people may be in several of its groups"}
    assert audited.bias.family.correction == "holm"


def test_two_attributes_whose_groups_overlap_are_crossed() -> None:
    table = PEOPLE.assign(en=(PEOPLE["age"] > 30).astype(int), fr=(PEOPLE["age"] % 2).astype(int))
    both = f"{RACES}*tongues:{{en,fr}}"
    document = fairaudit.audit(table, attributes=both).group
    counted = {g.group: g.n for g in document.groups}
    tongues = {"en": table["en"] == 1, "fr": table["fr"] == 1, NOBODYS: (table["en"] + table["fr"]) == 0}
    assert counted == {
        f"{race} * {tongue}": (own & other).sum()
        for (race, own), (tongue, other) in itertools.product(in_race(table).items(), tongues.items())
        if (own & other).any()
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("crossed")
    PEOPLE.to_csv(place / "p.csv", index=False)
    return place


def test_within_something_else(run: Callable[..., Ran], folder: Path) -> None:
    table = PEOPLE.assign(city=["Bonn" if age < 50 else "Ulm" for age in PEOPLE["age"]])
    table.to_csv(folder / "cities.csv", index=False)
    ran = run("bias", "cities.csv", "-a", CROSSED, "--within", "city", cwd=folder)
    assert ran.code == 0, ran.err
    parts: list[dict[str, Any]] = json.loads((folder / "fairaudit-out" / "bias.json").read_text("utf-8"))[
        "strata"
    ]
    asian, sex = pd.to_numeric(table["asian"]), table["sex"]
    own = (asian == 1) & (sex == "Female")
    # Of a man it is known that he is in no group of women, whatever else is missing.
    others = (asian == 0) | (sex == "Male")
    chosen = table["score"] >= 0.5
    (part,) = (p for p in parts if (p["group"], p["metric"]) == ("asian * Female", "pprev"))
    for stratum in part["strata"]:
        here = table["city"] == stratum["stratum"]
        assert told(stratum) == counted(here & own, here & others, chosen)


def test_they_are_kept_and_found_again(run: Callable[..., Ran], folder: Path) -> None:
    ran = run("slice", "p.csv", "-f", f"{CROSSED},{BY_AGE}", "--stats", "--save", "kept.toml", cwd=folder)
    assert ran.code == 0, ran.err
    document = json.loads((folder / "fairaudit-out" / "slices.json").read_text("utf-8"))
    means = {
        s["slice"]: s["mean"]
        for s in document["statistics"]
        if (s["column"], s["feature"]) == ("score", CROSSED)
    }
    assert means == pytest.approx(
        {name: PEOPLE.loc[own, "score"].mean() for name, own in crossed(PEOPLE).items()}
    )
    moved = PEOPLE.assign(asian=0, age=PEOPLE["age"] + 5).replace({"sex": {"Male": "Other"}})
    moved.to_csv(folder / "later.csv", index=False)
    later = run("slice", "later.csv", "--slices", "kept.toml", "--json", cwd=folder)
    assert later.code == 0, later.err
    slices = later.json()["slices"]
    gone = {s["slice"] for s in slices if s["vanished"] and s["feature"] == CROSSED}
    assert {"asian * Female", "asian * Male", "white * Male"} <= gone
    there = {s["slice"]: s["n"] for s in slices if s["feature"] == CROSSED and s["n"]}
    named = moved.replace({"sex": {"Other": "(new)"}})
    assert there == {
        f"{race} * {sex}": (own & (named["sex"].fillna(MISSING) == sex)).sum()
        for (race, own), sex in itertools.product(in_race(named).items(), ("Female", "(new)", MISSING))
        if (own & (named["sex"].fillna(MISSING) == sex)).any()
    }
    before = {s["slice"] for s in document["slices"] if s["feature"] == BY_AGE}
    assert {s["slice"] for s in slices if s["feature"] == BY_AGE and "(new)" not in s["slice"]} >= before - {
        name for name in before if MISSING in name
    }


def test_gates_ask_of_each_cell(run: Callable[..., Ran], folder: Path) -> None:
    gate = f'[[gate]]\nname = "even"\nattribute = "{CROSSED}"\nmetric = "pprev"\nratio_within = 0.8\n'
    (folder / "policy.toml").write_text(gate, encoding="utf-8")
    document = run("check", "p.csv", "--policy", "policy.toml", "--json", cwd=folder).json()
    findings = document["gates"][0]["findings"]
    assert {f["group"] for f in findings} == {name for name in crossed(PEOPLE) if MISSING not in name}
    assert {f["reference_group"] for f in findings} == {"(everybody else)"}


def test_card_and_report_hold_them(run: Callable[..., Ran], folder: Path) -> None:
    ran = run("audit", "p.csv", "-a", f"{CROSSED},sex", "--out", "whole", cwd=folder)
    assert ran.code in (0, 1), ran.err
    assert 'women in "asian"' in (folder / "whole" / "MODEL_CARD.md").read_text("utf-8")
    assert "women in &#34;asian&#34;" in (folder / "whole" / "report.html").read_text("utf-8")
    assert run("check", "p.csv", "-a", CROSSED, "--init", "--out", "whole", cwd=folder).code == 0


def test_few_people_in_common_would_be_given_back(run: Callable[..., Ran], folder: Path) -> None:
    ran = run("bias", "p.csv", "-a", CROSSED, "--suppress-below", "10", cwd=folder)
    assert ran.code == 2
    assert "races:{black}*sex,races:{asian}*sex,races:{white}*sex" in ran.err


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (f"{RACES}*races:{{black,asian}}", "crosses a column with itself"),
        ("races:{black,asain}*sex", "has no column 'asain'"),
        ("races:{black,black}*sex", "names 'races:{black}' twice"),
        (f"{RACES}*", "lacks a column behind its last *"),
        (f"{RACES}:5*sex", "has no column"),
        ("races:{black,age}*sex", "who is in 'races:{age}' is said by 0 and 1"),
    ],
)
def test_what_cannot_be_crossed(run: Callable[..., Ran], folder: Path, typed: str, sentence: str) -> None:
    ran = run("bias", "p.csv", "-a", typed, cwd=folder)
    assert ran.code == 2
    assert sentence in ran.err


def test_cells_are_said_as_people_are() -> None:
    attribute = "races:{Black,vet}*sex"
    words = Words(columns={attribute: ("races:{Black,vet}", "sex")})
    assert group_text(attribute, "Black * Female", words) == "Black women"
    assert group_text(attribute, "vet * Male", words) == 'men in "vet"'
    assert group_text(attribute, f"{NOBODYS} * Male", words) == "men in none of races"
    assert attribute_text(attribute, words) == "races and sex"


@pytest.mark.parametrize("name", [NOBODYS, MISSING])
def test_columns_that_are_called_as_nobodys_group_are_refused(
    run: Callable[..., Ran], folder: Path, name: str
) -> None:
    PEOPLE.rename(columns={"white": name}).to_csv(folder / "odd.csv", index=False)
    for crossed_with in ("", "*sex"):
        ran = run("bias", "odd.csv", "-a", f"races:{{black,{name}}}{crossed_with}", cwd=folder)
        assert ran.code == 2
        assert "Give the column another name" in ran.err
