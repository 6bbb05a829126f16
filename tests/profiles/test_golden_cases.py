"""Cases whose figures were published, or computed by others, from the command line to the last digit that is printed there."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from running import run_main

Asked = Callable[..., dict[str, Any]]


@pytest.fixture
def golden(data_dir: Path) -> Path:
    folder = data_dir / "golden"
    if not folder.is_dir():
        pytest.skip("the golden cases are not here")
    return folder


@pytest.fixture
def asked(golden: Path, tmp_path: Path) -> Asked:
    def ask(file: str, *words: str) -> dict[str, Any]:
        ran = run_main("impact", golden / file, *words, "--json", cwd=tmp_path)
        assert ran.code == 0, ran.err
        document: dict[str, Any] = ran.json()
        return document

    return ask


def groups_of(document: Mapping[str, Any], attribute: str) -> dict[str, dict[str, Any]]:
    (table,) = (t for t in document["tables"] if t["attribute"] == attribute)
    return {g["group"]: g for g in table["groups"]}


def expected_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def six(value: float | None) -> float | None:
    """Keep the digits that the expected figures have."""
    return None if value is None else float(f"{value:.6g}")


def compare_tables(document: Mapping[str, Any], folder: Path, ratio: str) -> None:
    tables = {"sex": "sex", "race": "race_ethnicity", "intersection": "sex*race_ethnicity"}
    compared = 0
    for name, attribute in tables.items():
        groups = groups_of(document, attribute)
        for row in expected_rows(folder / f"expected_{name}.csv"):
            group = groups[" * ".join(row[column] for column in attribute.split("*"))]
            assert (group["n"], group["selected"]) == (int(row["n"]), int(row["selected"]))
            for key, column in (("rate", "rate"), ("share", "share"), ("impact_ratio", ratio)):
                assert f"{group[key]:.6f}" == row[column]
            assert group["excluded"] is False
            assert group["adverse"] is group["different"] is None
            compared += 1
    assert compared == 23


def test_ll144_rule_selection(golden: Path, asked: Asked) -> None:
    case = "ll144_rule_selection"
    words = ("--profile", "ll144", "--decision", "selected", "--weight", "count")
    document = asked(f"{case}/applicants.csv", *words)
    compare_tables(document, golden / case, "impact_ratio")
    assert {t["unknown"] for t in document["tables"]} == {250}
    published = asked(f"{case}/race_as_published.csv", *words, "-a", "race_ethnicity")
    groups = groups_of(published, "race_ethnicity")
    for row in expected_rows(golden / case / "published.csv"):
        if row["table"] == "race":
            ratio = groups[row["race_ethnicity"]]["impact_ratio"]
            assert f"{ratio:.2f}" == row["impact_ratio"]
        elif row["table"] == "intersection":
            group = groups_of(document, "sex*race_ethnicity")[f"{row['sex']} * {row['race_ethnicity']}"]
            assert f"{group['impact_ratio']:.3f}" == row["impact_ratio"]
            assert f"{group['rate']:.1%}" == row["selection_rate"]


def test_the_2_percent_exclusion_goes_before_the_highest_rate(asked: Asked) -> None:
    document = asked(
        "ll144_rule_selection/applicants.csv",
        *("--profile", "ll144", "--decision", "selected", "--weight", "count", "--exclude-below", "2%"),
    )
    small = groups_of(document, "race_ethnicity")["Native American or Alaska Native"]
    assert small["excluded"] is True
    assert small["reasons"]["excluded"] == "less than 2% of the people"
    assert small["impact_ratio"] is None
    assert (small["n"], round(small["rate"], 6)) == (41, 0.439024)


def test_ll144_rule_scoring(golden: Path, asked: Asked) -> None:
    case = "ll144_rule_scoring"
    document = asked(f"{case}/applicants.csv", "--profile", "ll144", "--threshold", "median")
    compare_tables(document, golden / case, "impact_ratio")
    assert {(t["unknown"], t["n"], t["selected"], t["median"]) for t in document["tables"]} == {
        (15, 168, 84, 84.5)
    }


def test_ll144_scoring_ties(golden: Path, asked: Asked) -> None:
    expected = json.loads((golden / "ll144_scoring_ties" / "expected.json").read_text("utf-8"))
    document = asked("ll144_scoring_ties/input.csv", "--profile", "ll144", "--threshold", "median")
    groups = groups_of(document, "sex")
    assert {name: g["rate"] for name, g in groups.items()} == expected["scoring_rate"]
    assert {name: g["impact_ratio"] for name, g in groups.items()} == expected["impact_ratio"]
    (table,) = document["tables"]
    assert table["median"] == expected["median"]
    assert table["selected"] / table["n"] == expected["everybody"]


def test_maxref_three_groups(golden: Path, asked: Asked) -> None:
    expected = json.loads((golden / "maxref_three_groups" / "expected.json").read_text("utf-8"))
    document = asked("maxref_three_groups/input.csv", "--score", "selected", "--weight", "count")
    groups = groups_of(document, "g")
    assert {name: g["impact_ratio"] for name, g in groups.items()} == expected["impact_ratio"]
    assert document["tables"][0]["reference"] == "B"
    assert {
        name: "below" if g["adverse"] else "not below" for name, g in groups.items() if name != "B"
    } == expected["four_fifths"]


def test_weighted_every_selected(golden: Path, tmp_path: Path) -> None:
    expected = json.loads((golden / "weighted_every_selected" / "expected.json").read_text("utf-8"))
    file = golden / "weighted_every_selected" / "input.csv"
    words = ("impact", file, "--decision", "selected", "--weight", "count")
    document = run_main(*words, "--json", cwd=tmp_path).json()
    assert (document["selected"], document["people"]) == (expected["selected"], expected["people"])
    ran = run_main(*words, cwd=tmp_path)
    assert expected["must_not_contain"] not in ran.out + ran.err
    assert "30 people in 4 rows" in ran.out


NAMES = {
    "rate": "rate_focal",
    "impact_ratio": "impact_ratio",
    "difference": "difference",
    "sd": "sd_hypergeometric",
    "p_score": "p_z",
    "p_fisher": "p_fisher",
    "odds_ratio": "odds_ratio",
}
MORE = ("z_pooled", "chi2", "chi2_yates", "p_yates", "p_fisher_mid", "phi", "cohen_h")
SHORT = {
    "pooled": "shortfall_pool",
    "reference": "shortfall_to_reference_rate",
    "four_fifths": "shortfall_to_four_fifths",
}


def compare_group(group: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Compare what is written about a group with what others have computed; Barnard's test is none that is asked."""
    assert f"{group['selected']}/{group['n']}" == expected["focal"]
    assert {key: six(group[key]) for key in NAMES} == {key: expected[name] for key, name in NAMES.items()}
    assert {key: six(group["tests"][key]) for key in MORE} == {key: expected[key] for key in MORE}
    assert six(group["tests"]["p_sd"]) == expected["p_hyper"]
    assert six(group["tests"]["expected"]) == expected["expected_focal"]
    assert list(map(six, group["odds_ratio_ci"])) == expected["odds_ratio_ci"]
    assert {k: six(group["shortfall"][k]) for k in SHORT} == {k: expected[name] for k, name in SHORT.items()}
    assert group["flip_flop"] == {
        "one_swap_reverses": expected["one_swap_reverses"],
        "moves_to_four_fifths": expected["flip_flop_moves_to_four_fifths"],
    }


def test_eeoc_ugesp_qa(golden: Path, asked: Asked) -> None:
    cases = json.loads((golden / "eeoc_ugesp_qa" / "expected.json").read_text("utf-8"))
    del cases["published"]
    compared = set()
    for name, expected in cases.items():
        file, _, rest = name.partition(" ")
        document = asked(f"eeoc_ugesp_qa/{file}", "--score", "selected", "--weight", "count")
        (table,) = document["tables"]
        group = next(g for g in table["groups"] if rest.startswith(f"{g['group']} v "))
        compare_group(group, expected)
        if file == "ugesp_q18.csv":
            assert group["adverse"] is (group["group"] == "American Indian")
        compared.add(name)
    assert len(compared) == 5


def test_eeoc_berkeley_1973_as_a_whole(golden: Path, asked: Asked) -> None:
    expected = json.loads((golden / "eeoc_berkeley_1973" / "expected.json").read_text("utf-8"))
    document = asked(
        "eeoc_berkeley_1973/input.csv", "--score", "admitted", "--weight", "count", "-a", "gender"
    )
    compare_group(groups_of(document, "gender")["Female"], expected["crude"])


@pytest.mark.parametrize(
    ("selected", "ratio", "adverse"), [(45, 0.75, True), (48, 0.8, False), (51, 0.85, False)]
)
def test_rates_of_the_guidelines_questions(
    tmp_path: Path, selected: int, ratio: float, adverse: bool
) -> None:
    """Uniform Guidelines, Questions and Answers, question 18: exactly 80% passes."""
    rows = f"g,hired,n\nA,1,60\nA,0,40\nB,1,{selected}\nB,0,{100 - selected}\n"
    ran = run_main("impact", "-", "--score", "hired", "--weight", "n", "--json", cwd=tmp_path, stdin=rows)
    group = groups_of(ran.json(), "g")["B"]
    assert (group["impact_ratio"], group["adverse"]) == (ratio, adverse)
