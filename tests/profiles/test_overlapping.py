"""`fairaudit impact` where people may be in several groups: rates of whole groups, and tests against all who are known not to be in one."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from members import NOBODYS, counted, told
from running import Ran
from scipy.stats import fisher_exact

RACES = "races:{black,asian,white}"


def people() -> pd.DataFrame:
    lot = np.random.default_rng(21)
    n = 600
    black = lot.random(n) < 0.4
    table = pd.DataFrame(
        {
            "black": black.astype(int),
            "asian": pd.Series((lot.random(n) < 0.3).astype(int)).astype(object),
            "white": (lot.random(n) < np.where(black, 0.3, 0.7)).astype(int),
            "sex": pd.Series(lot.choice(["Female", "Male"], n)).astype(object),
            "city": lot.choice(["Bonn", "Ulm"], n),
            "hired": (lot.random(n) < np.where(black, 0.35, 0.55)).astype(int),
        }
    )
    table.loc[table.index[:30], "asian"] = None
    table.loc[table.index[25:40], "sex"] = None
    return table


PEOPLE = people()
HIRED = PEOPLE["hired"] == 1
FLAGS = PEOPLE[["black", "asian", "white"]].apply(pd.to_numeric)
ANYWHERE = (FLAGS == 1).any(axis=1)
KNOWN = ANYWHERE | FLAGS.notna().all(axis=1)
"""Whose race is known: they are in one at least, or in none and nothing is missing."""
GROUPS = {
    **{c: (FLAGS[c] == 1, FLAGS[c] == 0) for c in FLAGS},
    NOBODYS: (~ANYWHERE & KNOWN, ANYWHERE),
}
"""Who is in each group, and of whom it is known that they are not."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("overlapping")
    PEOPLE.to_csv(place / "p.csv", index=False)
    return place


Asked = Callable[..., dict[str, Any]]


@pytest.fixture
def asked(run: Callable[..., Ran], folder: Path) -> Asked:
    def ask(*words: str) -> dict[str, Any]:
        ran = run("impact", "p.csv", "--decision", "hired", *words, "--json", cwd=folder)
        assert ran.code == 0, ran.err
        document: dict[str, Any] = ran.json()
        return document

    return ask


def rate(who: pd.Series) -> Fraction:
    return Fraction(int((who & HIRED).sum()), int(who.sum()))


def test_ratios_are_of_whole_groups_and_tests_of_people_who_are_not_in_both(asked: Asked) -> None:
    document = asked("-a", RACES)
    (table,) = document["tables"]
    best = max(GROUPS, key=lambda name: rate(GROUPS[name][0]))
    assert (table["reference"], table["n"], table["unknown"]) == (best, KNOWN.sum(), (~KNOWN).sum())
    assert table["several"] == ((FLAGS == 1).sum(axis=1) > 1).sum()
    assert {g["group"] for g in table["groups"]} == set(GROUPS)
    for g in table["groups"]:
        own, others = GROUPS[g["group"]]
        assert (g["n"], g["selected"]) == (own.sum(), (own & HIRED).sum())
        assert g["share"] == pytest.approx(own.sum() / KNOWN.sum())
        assert g["impact_ratio"] == pytest.approx(float(rate(own) / rate(GROUPS[best][0])))
        if g["group"] == best:
            continue
        assert g["adverse"] == (rate(own) / rate(GROUPS[best][0]) < Fraction(4, 5))
        cells = [
            [(own & HIRED).sum(), (own & ~HIRED).sum()],
            [(others & HIRED).sum(), (others & ~HIRED).sum()],
        ]
        expected = fisher_exact(cells)
        assert g["p_fisher"] == pytest.approx(expected.pvalue)
        assert g["odds_ratio"] == pytest.approx(expected.statistic)
        assert g["different"] == (expected.pvalue < 0.05)
        assert g["flip_flop"]["one_swap_reverses"] is None
        assert g["reasons"]["flip_flop.one_swap_reverses"] == "people may be in both"
    ps = sorted((g["p_fisher"], g["p_adjusted"]) for g in table["groups"] if g["p_fisher"] is not None)
    # Each of the four groups could have been put beside all others, and one was not.
    assert ps[0][1] == pytest.approx(min(1.0, 4 * ps[0][0]))
    several = ((FLAGS == 1).sum(axis=1) > 1).sum()
    assert any(f"{several} are in several groups" in n["sentence"] for n in document["input"]["notes"])


def test_bounds_are_those_of_all_ways_to_fill_in_what_is_missing(
    run: Callable[..., Ran], folder: Path
) -> None:
    few = pd.DataFrame(
        {
            "a": [1, 1, 1, 0, 0, 0, 1, None, None],
            "b": [0, 0, 1, 1, 1, 1, None, 1, None],
            "hired": [1, 0, 1, 1, 0, 1, 0, 1, 1],
        }
    )
    few.to_csv(folder / "few.csv", index=False)
    ran = run("impact", "few.csv", "--decision", "hired", "-a", "g:{a,b}", "--json", cwd=folder)
    assert ran.code == 0, ran.err
    (table,) = ran.json()["tables"]
    holes = [(row, column) for column in ("a", "b") for row in few.index[few[column].isna()]]
    ratios: dict[str, list[float]] = {"a": [], "b": []}
    for filled in itertools.product((0, 1), repeat=len(holes)):
        whole = few.copy()
        for (row, column), value in zip(holes, filled, strict=True):
            whole.loc[row, column] = value
        rates = {c: whole.loc[whole[c] == 1, "hired"].mean() for c in ("a", "b")}
        # Nobody is known to be in none of them, which is no group of the table then.
        best = max(rates.values())
        for c, value in rates.items():
            ratios[c].append(value / best)
    for g in table["groups"]:
        low, high = g["bounds"]
        assert low <= min(ratios[g["group"]]) + 1e-12
        assert high >= max(ratios[g["group"]]) - 1e-12
        # No hole needs to be in two groups at once for the highest.
        assert high == pytest.approx(max(ratios[g["group"]]))


@pytest.mark.parametrize("wanted", ["white", "majority", "rest", "max"])
def test_whoever_is_the_reference(asked: Asked, wanted: str) -> None:
    (table,) = asked("-a", RACES, "--ref-group", wanted)["tables"]
    largest = max(GROUPS, key=lambda name: GROUPS[name][0].sum())
    names = {"majority": largest, "rest": "(everybody else)", "white": "white"}
    assert wanted not in names or table["reference"] == names[wanted]
    (black,) = (g for g in table["groups"] if g["group"] == "black")
    own, others = GROUPS["black"]
    beside = others if wanted == "rest" else GROUPS[table["reference"]][0]
    assert black["impact_ratio"] == pytest.approx(float(rate(own) / rate(beside)))
    cells = [[(w & HIRED).sum(), (w & ~HIRED).sum()] for w in (own, others)]
    assert black["p_fisher"] == pytest.approx(fisher_exact(cells).pvalue)


def test_cells_of_an_intersection(asked: Asked) -> None:
    document = asked("-a", f"{RACES},sex", "--profile", "ll144")
    table = next(t for t in document["tables"] if t["attribute"] == f"{RACES}*sex")
    for g in table["groups"]:
        race, _, sex = g["group"].partition(" * ")
        own, others = GROUPS[race]
        cell = own & (PEOPLE["sex"] == sex)
        assert (g["n"], g["selected"]) == (cell.sum(), (cell & HIRED).sum())
        if g["p_fisher"] is not None:
            rest = others | (PEOPLE["sex"].notna() & (PEOPLE["sex"] != sex))
            cells = [[(w & HIRED).sum(), (w & ~HIRED).sum()] for w in (cell, rest)]
            assert g["p_fisher"] == pytest.approx(fisher_exact(cells).pvalue)
    assert table["unknown"] == (~KNOWN | PEOPLE["sex"].isna()).sum()


def test_who_is_left_out_chooses_no_reference(asked: Asked) -> None:
    (table,) = asked("-a", RACES, "--exclude", "white", "--exclude", NOBODYS)["tables"]
    assert {g["group"] for g in table["groups"] if g["excluded"]} == {"white", NOBODYS}
    assert table["reference"] in ("black", "asian")


def test_within_something_else(asked: Asked) -> None:
    document = asked("-a", RACES, "--within", "city")
    own, others = GROUPS["asian"]
    part = next(w for w in document["within"] if w["group"] == "asian")
    assert part["reference"] == "(everybody else)"
    for stratum in part["strata"]:
        here = PEOPLE["city"] == stratum["stratum"]
        assert told(stratum) == counted(here & own, here & others, HIRED)


def test_it_is_said_what_was_done(run: Callable[..., Ran], folder: Path) -> None:
    several = ((FLAGS == 1).sum(axis=1) > 1).sum()
    ran = run("impact", "p.csv", "--decision", "hired", "-a", RACES, cwd=folder)
    assert f"{several} people are in several of these groups and counted in each of them." in " ".join(
        ran.out.split()
    )
    ran = run("impact", "p.csv", "--decision", "hired", "-a", RACES, "--profile", "ll144", cwd=folder)
    page = (folder / "fairaudit-out" / "ll144.html").read_text("utf-8")
    assert f"{several} people are in several of these categories" in page


def test_scores_of_a_median_and_without_any_rule(run: Callable[..., Ran], folder: Path) -> None:
    lot = np.random.default_rng(3)
    scored = PEOPLE.drop(columns="hired").assign(score=lot.random(len(PEOPLE)).round(3))
    scored.to_csv(folder / "s.csv", index=False)
    words = ("impact", "s.csv", "-a", RACES, "--json")
    ran = run(*words, "--threshold", "median", cwd=folder)
    assert ran.code == 0, ran.err
    (table,) = ran.json()["tables"]
    median = scored.loc[KNOWN, "score"].median()
    assert table["median"] == pytest.approx(median)
    for g in table["groups"]:
        own = GROUPS[g["group"]][0]
        assert g["selected"] == (scored.loc[own, "score"] > median).sum()
    ran = run(*words, "--profile", "lending", "--threshold", "0.5", cwd=folder)
    assert ran.code == 0, ran.err
    (table,) = ran.json()["tables"]
    assert {g["reasons"].get("smd") for g in table["groups"]} == {"people may be in several groups"}


def test_shares_of_a_population_would_be_no_parts_of_a_whole(run: Callable[..., Ran], folder: Path) -> None:
    (folder / "population.csv").write_text("category,share\nblack,0.3\nasian,0.2\nwhite,0.5\n", "utf-8")
    words = ("impact", "p.csv", "--decision", "hired", "-a", RACES, "--population", "population.csv")
    ran = run(*words, cwd=folder)
    assert ran.code == 2
    assert "Name each column by itself: races:{black},races:{asian},races:{white}" in ran.err
