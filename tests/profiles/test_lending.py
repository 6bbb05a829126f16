"""Scores of groups without a threshold, and groups beside a population."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from running import refuse_main, run_main
from scipy.stats import binomtest

import fairaudit
from fairaudit.inference import binomial

PEOPLE = pd.DataFrame(
    {
        "race": [*"WWWWWWBBBBBB", "Unknown"],
        "score": [610, 640, 640, 700, 720, 780, 580, 600, 640, 650, 655, 700, 800],
    }
)


def groups_of(people: pd.DataFrame, **options: Any) -> dict[str, Any]:
    (table,) = fairaudit.impact(people, attributes="race", unknown="Unknown", **options).document.tables
    return {g.group: g for g in table.groups}


@pytest.mark.parametrize("smd", ["pooled", "overall"])
def test_the_standardised_difference_as_numpy_has_it(smd: str) -> None:
    own, other = (PEOPLE.loc[PEOPLE["race"] == race, "score"].to_numpy(float) for race in "BW")
    spread = (
        np.sqrt((own.var(ddof=1) + other.var(ddof=1)) / 2)
        if smd == "pooled"
        else np.concatenate([own, other]).std(ddof=1)
    )
    group = groups_of(PEOPLE, profile="lending", smd=smd, threshold=700)["B"]
    assert group.smd == pytest.approx((own.mean() - other.mean()) / spread)
    assert group.lending.marginal_effect == pytest.approx(3 / 6 - 1 / 6)
    scaled = PEOPLE.assign(score=PEOPLE["score"] * 1e6 - 3)
    assert groups_of(scaled, profile="lending", smd=smd)["B"].smd == pytest.approx(group.smd)


def test_deciles_need_no_threshold_and_take_ties_whole() -> None:
    group = groups_of(PEOPLE, profile="lending")["B"]
    assert group.rate is group.impact_ratio is None
    assert group.reasons["impact_ratio"] == "nothing says from which score on people are selected"
    known = PEOPLE[PEOPLE["race"] != "Unknown"]
    scores = np.sort(known["score"].to_numpy())[::-1]
    for place, top in enumerate(group.lending.deciles, start=1):
        cut = scores[int(np.ceil(place / 10 * len(scores))) - 1]
        rates = [(known.loc[known["race"] == race, "score"] >= cut).mean() for race in "BW"]
        assert (top.share, top.threshold) == (place / 10, cut)
        assert (top.rate, top.reference_rate) == pytest.approx(tuple(rates))
        assert top.impact_ratio == pytest.approx(rates[0] / rates[1])


@pytest.mark.parametrize("smd", ["pooled", "overall"])
def test_at_each_decile_the_standardised_difference_is_of_being_at_the_top(smd: str) -> None:
    lot = np.random.default_rng(1)
    people = pd.DataFrame(
        {"race": lot.choice(["W", "B", "H"], 300, p=[0.6, 0.3, 0.1]), "score": lot.integers(500, 560, 300)}
    )
    groups = groups_of(people, profile="lending", smd=smd, ref_group="race=W")
    for race in "BH":
        for top in groups[race].lending.deciles:
            is_top = (people["score"] >= top.threshold).astype(float)
            own, other = (is_top[people["race"] == name] for name in (race, "W"))
            both = np.concatenate([own - own.mean(), other - other.mean()])
            spread = np.sqrt((both**2).sum() / (len(both) - 2)) if smd == "pooled" else is_top.std(ddof=1)
            assert top.smd == pytest.approx((own.mean() - other.mean()) / spread, rel=1e-12)
            assert top.reasons == {}


def test_scores_that_are_all_the_same_have_no_spread() -> None:
    group = groups_of(PEOPLE.assign(score=5.0), profile="lending")["B"]
    assert group.smd is None
    assert group.reasons["smd"]
    # The upper half is W's, whole: there is a difference, and nothing within the groups to measure it by.
    apart = PEOPLE.assign(score=[2] * 6 + [1] * 6 + [2])
    pooled, overall = (
        groups_of(apart, profile="lending", smd=smd, ref_group="race=W")["B"].lending.deciles[4]
        for smd in ("pooled", "overall")
    )
    assert pooled.smd is None
    assert pooled.reasons["smd"] == "all or none of each group are at the top"
    assert overall.smd == pytest.approx(-1 / np.repeat([0, 1], 6).std(ddof=1))


def test_what_lenders_see(tmp_path: Path, examples_dir: Path) -> None:
    words = (
        "impact",
        examples_dir / "loans.csv",
        "--profile",
        "lending",
        "--score",
        "score",
        "-a",
        "ethnicity",
    )
    ran = run_main(*words, cwd=tmp_path)
    assert "SMD" in ran.out
    assert "2.517" in ran.out
    assert "SMD       10%" in ran.out
    document = json.loads((tmp_path / "fairaudit-out" / "impact.json").read_text("utf-8"))
    assert document["rules"]["smd"] == "pooled"


def test_binomial_tests_as_scipy_has_them() -> None:
    lot = np.random.default_rng(0)
    for _ in range(200):
        n, share = int(lot.integers(1, 400)), float(lot.uniform(0.01, 0.99))
        x = int(lot.integers(0, n + 1))
        assert binomial.two_sided(x, n, share) == pytest.approx(
            binomtest(x, n, share).pvalue, rel=1e-6, abs=1e-300
        )
    assert binomial.two_sided(0, 5, 0.0) == 1.0
    assert binomial.two_sided(1, 5, 0.0) == 0.0
    assert binomial.two_sided(5 * 10**9, 10**10, 0.5) == pytest.approx(1.0)
    assert binomial.standard_deviations(1, 5, 0.0) is None


POPULATION = "race,share\nB,30%\nW,60%\nA,10%\n"


@pytest.mark.parametrize(
    "text", [POPULATION, "category,count\nB,3000\nW,6000\nA,1000\n", "Group;Percent\nB;30\nW;60\nA;10\n"]
)
def test_groups_beside_a_population(tmp_path: Path, text: str) -> None:
    (tmp_path / "pop.csv").write_text(text, encoding="utf-8")
    (tmp_path / "p.csv").write_text("race,hired,n\nB,1,2\nB,0,8\nW,1,20\nW,0,60\nX,0,5\n", encoding="utf-8")
    words = (
        "impact",
        "p.csv",
        "--decision",
        "hired",
        "--weight",
        "n",
        "-a",
        "race",
        "--population",
        "pop.csv",
    )
    parts = {r["group"]: r for r in run_main(*words, "--json", cwd=tmp_path).json()["representation"]}
    assert parts["X"]["expected"] is None
    assert parts["X"]["reasons"]["population_share"] == "the population has no such category"
    assert (parts["A"]["n"], parts["A"]["expected"]) == (0, pytest.approx(9.0))
    own = parts["B"]
    assert own["p_binomial"] == pytest.approx(binomtest(10, 90, 0.3).pvalue)
    assert own["sd"] == pytest.approx((10 - 27) / np.sqrt(90 * 0.3 * 0.7))
    assert own["selected_p_binomial"] == pytest.approx(binomtest(2, 22, 0.3).pvalue)
    assert "race beside the population" in run_main(*words, cwd=tmp_path).out


@pytest.mark.parametrize("width", [60, 80, 110, 120])
def test_groups_beside_a_population_are_whole_at_every_width(tmp_path: Path, width: int) -> None:
    """A table of ten columns had no names of groups at 80 columns, and cut numbers."""
    names = ["Black or African American", "White or of European descent"]
    (tmp_path / "pop.csv").write_text(f"race,share\n{names[0]},0.3\n{names[1]},0.7\n", encoding="utf-8")
    rows = "".join(f"{name},{hired},{1_400_000 + hired}\n" for name in names for hired in (0, 1))
    (tmp_path / "p.csv").write_text(f"race,hired,n\n{rows}", encoding="utf-8")
    words = ("impact", "p.csv", "--decision", "hired", "--weight", "n", "--population", "pop.csv")
    out = run_main(*words, cwd=tmp_path, width=width).out
    table = out[out.index("race beside the population") : out.index("Definitions")]
    assert "…" not in table
    assert {"Black", "30.0%", "70.0%", "2,800,001", "1,400,001", "50.0%"} <= set(table.split())
    assert table.split().count("<0.0001") == 4


def test_columns_of_a_population_that_are_not_read_are_told(tmp_path: Path) -> None:
    (tmp_path / "pop.csv").write_text("race,People,share,n\nB,1,0.3,7\nW,1,0.7,7\n", encoding="utf-8")
    (tmp_path / "p.csv").write_text("race,hired\nB,1\nB,0\nW,1\nW,0\n", encoding="utf-8")
    words = ("impact", "p.csv", "--decision", "hired", "-a", "race", "--population", "pop.csv")
    ran = run_main(*words, "--json", cwd=tmp_path)
    assert [r["population_share"] for r in ran.json()["representation"]] == [0.3, 0.7]
    assert "pop.csv: share is read, and passed over: People, n" in run_main(*words, cwd=tmp_path).err


def test_a_share_of_nothing_has_no_sign(tmp_path: Path) -> None:
    (tmp_path / "pop.csv").write_text("race,share\nB,-0\nW,1\n", encoding="utf-8")
    (tmp_path / "p.csv").write_text("race,hired\nB,1\nB,0\nW,1\nW,0\n", encoding="utf-8")
    words = ("impact", "p.csv", "--decision", "hired", "-a", "race", "--population", "pop.csv", "--json")
    assert '"population_share": -' not in run_main(*words, cwd=tmp_path).out


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("race,share\nB,0.3\nW,0.3\n", "the shares add up to 0.6"),
        ("race,share\nB,0.5\nB,0.5\n", "row 2 names 'B' a second time"),
        ("race,share\nB,-1\nW,2\n", "row 1 holds no number of 0 or more"),
        ("race,share\nB,half\nW,half\n", "holds 'half'"),
        ("race,part\nB,1\n", "has no column"),
        ("category,count\nQ,1\n", "its categories are those of no attribute"),
        ("race,count\nB,0\nW,0\n", "all are 0"),
        ("race,count\nB,1e308\nW,1e308\n", "row 1 holds 1e+308 for 'B', more than any population has"),
        ("race,count\n", "no"),
        ("", "empty"),
    ],
)
def test_populations_that_are_refused(tmp_path: Path, text: str, part: str) -> None:
    (tmp_path / "pop.csv").write_text(text, encoding="utf-8")
    (tmp_path / "p.csv").write_text("race,hired\nB,1\nB,0\nW,1\nW,0\n", encoding="utf-8")
    words = ("impact", "p.csv", "--decision", "hired", "-a", "race", "--population", "pop.csv")
    sentence = refuse_main(*words, cwd=tmp_path)
    assert part in sentence
    assert "pop.csv" in sentence
