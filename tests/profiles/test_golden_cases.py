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


TABLES = {"sex": "sex", "race": "race_ethnicity", "intersection": "sex*race_ethnicity"}


def compare_tables(document: Mapping[str, Any], folder: Path) -> None:
    compared = 0
    for name, attribute in TABLES.items():
        groups = groups_of(document, attribute)
        for row in expected_rows(folder / f"expected_{name}.csv"):
            group = groups[" * ".join(row[column] for column in attribute.split("*"))]
            assert (group["n"], group["selected"]) == (int(row["n"]), int(row["selected"]))
            for key in ("rate", "share", "impact_ratio"):
                assert f"{group[key]:.6f}" == row[key]
            assert row["impact_ratio_no_exclusion"] == row["impact_ratio"]
            assert str(group["excluded"]) == row["excluded"]
            assert group["adverse"] is group["different"] is None
            compared += 1
    assert compared == 23


def compare_published(documents: Mapping[str, Mapping[str, Any]], path: Path, rate: str) -> None:
    """Compare with what the rule itself has printed, to the digits that it prints."""

    def digits(text: str) -> int:
        return len(text.strip("%").partition(".")[2])

    compared = 0
    for row in expected_rows(path):
        attribute = TABLES[row["table"]]
        name = " * ".join(row[column] for column in attribute.split("*"))
        group = groups_of(documents[row["table"]], attribute)[name]
        assert str(group["n"]) == row["applicants"]
        assert str(group["selected"]) == row.get("selected", str(group["selected"]))
        if (name, row[rate]) != ("Hispanic or Latino", "64.2%"):  # 18 of 28, which is 64.29%
            assert f"{group['rate']:.{digits(row[rate])}%}" == row[rate]
        assert f"{group['impact_ratio']:.{digits(row['impact_ratio'])}f}" == row["impact_ratio"]
        compared += 1
    assert compared == 23


def test_ll144_rule_selection(golden: Path, asked: Asked) -> None:
    case = "ll144_rule_selection"
    words = ("--profile", "ll144", "--decision", "selected", "--weight", "count")
    document = asked(f"{case}/applicants.csv", *words)
    compare_tables(document, golden / case)
    assert {t["unknown"] for t in document["tables"]} == {250}
    published = asked(f"{case}/race_as_published.csv", *words, "-a", "race_ethnicity")
    compare_published(
        {"sex": document, "race": published, "intersection": document},
        golden / case / "published.csv",
        "selection_rate",
    )


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
    compare_tables(document, golden / case)
    compare_published(dict.fromkeys(TABLES, document), golden / case / "published.csv", "scoring_rate")
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
    assert document["tables"][0]["reference"] == expected["reference"].split()[0]
    assert {
        name: "below" if g["adverse"] else "not below" for name, g in groups.items() if name != "B"
    } == expected["four_fifths"]


def test_maxref_three_groups_by_the_point(golden: Path, tmp_path: Path) -> None:
    case = golden / "maxref_three_groups"
    words = ("--score", "selected", "--weight", "count", "--label", "none", "-r", "max", "--decide", "point")
    ran = run_main("fairness", case / "input.csv", *words, "--json", cwd=tmp_path)
    (verdict,) = (a["verdict"] for a in ran.json()["attributes"] if a["parity"] == "Impact Parity")
    assert verdict == json.loads((case / "expected.json").read_text("utf-8"))["verdict_point"]


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
    "p_barnard": "p_barnard",
    "p_fisher": "p_fisher",
    "odds_ratio": "odds_ratio",
}
MORE = ("z_pooled", "chi2", "chi2_yates", "p_yates", "p_fisher_mid", "phi", "cohen_h")
SHORT = {
    "pooled": "shortfall_pool",
    "reference": "shortfall_to_reference_rate",
    "four_fifths": "shortfall_to_four_fifths",
}


COMPARED = {
    *("focal", "ref", "rate_ref", "p_chi2", "p_hyper", "expected_focal", "odds_ratio_ci"),
    *("one_swap_reverses", "flip_flop_moves_to_four_fifths", *NAMES.values(), *MORE, *SHORT.values()),
}


def compare_group(
    group: Mapping[str, Any], reference: Mapping[str, Any], expected: Mapping[str, Any]
) -> None:
    """Compare what is written about a group with all that others have computed."""
    assert set(expected) == COMPARED
    assert f"{group['selected']}/{group['n']}" == expected["focal"]
    rate = reference["rate"]
    assert f"{reference['selected']}/{reference['n']}" == expected["ref"]
    assert (six(rate), six(group["p_score"])) == (expected["rate_ref"], expected["p_chi2"])
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
        compare_group(group, next(g for g in table["groups"] if g["is_reference"]), expected)
        if file == "ugesp_q18.csv":
            assert group["adverse"] is (group["group"] == "American Indian")
        compared.add(name)
    assert len(compared) == 5


BERKELEY = ("eeoc_berkeley_1973/input.csv", "--score", "admitted", "--weight", "count", "-a", "gender")


def test_eeoc_berkeley_1973_as_a_whole_and_each_department(golden: Path, asked: Asked) -> None:
    expected = json.loads((golden / "eeoc_berkeley_1973" / "expected.json").read_text("utf-8"))
    groups = groups_of(asked(*BERKELEY), "gender")
    compare_group(groups["Female"], groups["Male"], expected["crude"])
    assert set(expected["per_department"]) == set("ABCDEF")
    for name, department in expected["per_department"].items():
        document = asked(*BERKELEY, "--where", f"department = '{name}'", "-r", "gender=Male")
        groups = groups_of(document, "gender")
        compare_group(groups["Female"], groups["Male"], department)


WITHIN = {
    "or_mh": "odds_ratio_mh",
    "cmh": "cmh",
    "p_cmh": "cmh_p",
    "cmh_cc": "cmh_corrected",
    "p_cmh_cc": "cmh_corrected_p",
    "breslow_day": "breslow_day",
    "p_bd": "breslow_day_p",
    "breslow_day_tarone": "breslow_day_tarone",
    "p_bdt": "breslow_day_tarone_p",
    "rr_mh": "risk_ratio_mh",
    "rd_mh": "risk_difference_mh",
    "expected": "expected",
    "observed": "observed",
    "shortfall": "shortfall",
    "z_pooled": "standard_deviations",
    "sd": "standard_error",
}


def test_eeoc_berkeley_1973_within_departments(golden: Path, asked: Asked) -> None:
    expected = json.loads((golden / "eeoc_berkeley_1973" / "expected.json").read_text("utf-8"))
    women = expected["women v men, stratified by department"]
    (within,) = asked(*BERKELEY, "--within", "department")["within"]
    assert set(women) == {*WITHIN, "strata", "or_ci", "rr_ci"}
    assert len([s for s in within["strata"] if s["compared"]]) == women["strata"]
    assert {name: six(within[key]) for name, key in WITHIN.items()} == {name: women[name] for name in WITHIN}
    assert list(map(six, within["odds_ratio_mh_ci"])) == women["or_ci"]
    assert list(map(six, within["risk_ratio_mh_ci"])) == women["rr_ci"]


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
