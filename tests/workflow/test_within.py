"""A bias report beside what is left of its gaps among people who are alike in something else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from running import Ran
from statsmodels.stats.contingency_tables import StratifiedTable

from fairaudit.documents.audit import BiasDocument
from fairaudit.documents.folder import Results
from fairaudit.documents.statements import Statements
from fairaudit.documents.strata import Within, within_part
from fairaudit.inference.odds import TwoRates
from fairaudit.render.card.page import render_card
from fairaudit.render.report.page import render_report
from fairaudit.render.words.people import Words
from fairaudit.render.words.within import sentences

Run = Callable[..., Ran]
BERKELEY = Path(__file__).parents[2] / "examples" / "berkeley.csv"
COUNTED = ("--weight", "count", "--score", "admitted", "--label", "none", "-a", "gender")


def strata(run: Run, folder: Path, command: str, *words: object) -> list[dict[str, Any]]:
    ran = run(command, *words, cwd=folder)
    assert ran.code == 0, ran.err
    document = json.loads((folder / "fairaudit-out" / f"{command}.json").read_text(encoding="utf-8"))
    parts: list[dict[str, Any]] = document["strata"]
    return parts


@pytest.mark.parametrize("command", ["bias", "fairness"])
def test_berkeley(command: str, run: Run, tmp_path: Path) -> None:
    ran = run(command, BERKELEY, *COUNTED, "--within", "department", cwd=tmp_path, width=80)
    assert ran.code == 0, ran.err
    (women,) = json.loads((tmp_path / "fairaudit-out" / f"{command}.json").read_text(encoding="utf-8"))[
        "strata"
    ]
    assert (women["group"], women["reference"], women["column"]) == ("Female", "Male", "department")
    assert (women["odds_ratio_mh"], *women["odds_ratio_mh_ci"]) == pytest.approx(
        (1.105, 0.943, 1.295), abs=5e-4
    )
    assert (women["cmh"], women["cmh_p"]) == pytest.approx((1.525, 0.217), abs=5e-4)
    assert (women["breslow_day"], women["breslow_day_p"]) == pytest.approx((18.83, 0.0021), abs=5e-3)
    assert women["simpson"]
    assert "Simpson's paradox: women are selected less often than men overall" in " ".join(ran.out.split())
    assert "1.105 (0.943 to 1.295)  0.217         0.0021  −15.4" in ran.out


SHARES: dict[str, tuple[str, str]] = {
    "pprev": ("score == 1", "score >= 0"),
    "fpr": ("score == 1", "label_value == 0"),
    "fnr": ("score == 0", "label_value == 1"),
    "tpr": ("score == 1", "label_value == 1"),
    "tnr": ("score == 0", "label_value == 0"),
    "precision": ("label_value == 1", "score == 1"),
    "fdr": ("label_value == 0", "score == 1"),
    "for": ("label_value == 1", "score == 0"),
    "npv": ("label_value == 0", "score == 0"),
}
"""To whom it happens, and of whom these are a share."""


def tables_of(frame: pd.DataFrame, group: str, reference: str, column: str, metric: str) -> list[Any]:
    """Count the 2 x 2 tables of strata in which both have people."""
    happens, of_whom = SHARES[metric]
    people = frame.query(of_whom)
    people = people.assign(happens=people.eval(happens))
    return [
        np.array([[own.sum(), (~own).sum()], [theirs.sum(), (~theirs).sum()]], dtype=float)
        for _, stratum in people.groupby(column)
        for own, theirs in [
            [stratum["happens"][stratum["race"] == name].astype(bool) for name in (group, reference)]
        ]
        if len(own) and len(theirs)
    ]


def test_every_group_beside_its_reference_as_statsmodels_has_it(
    run: Run, data_dir: Path, tmp_path: Path
) -> None:
    path = data_dir / "compas_for_aequitas.csv"
    parts = strata(
        run, tmp_path, "bias", path, "-a", "race", "-r", "race=Caucasian", "--within", "age_cat,sex"
    )
    frame = pd.read_csv(path)
    groups = {g for g in frame["race"].unique() if g != "Caucasian"}
    assert {(p["metric"], p["column"], p["group"]) for p in parts} == {
        (m, c, g) for m in SHARES for c in ("age_cat", "sex") for g in groups
    }
    assert [p["metric"] for p in parts[: 2 * len(groups)]] == ["pprev"] * 2 * len(groups)
    tested = 0
    for part in parts:
        tables = tables_of(frame, part["group"], "Caucasian", part["column"], part["metric"])
        a, b, c, d = np.array([t.ravel() for t in tables]).T
        n1, n2 = a + b, c + d
        assert part["strata_left_out"] == len(part["strata"]) - len(tables)
        assert part["shortfall"] == pytest.approx((n1 * (a + c) / (n1 + n2)).sum() - a.sum(), abs=1e-9)
        assert part["standardised_ratio"] == pytest.approx(a.sum() / (n1 * c / n2).sum())
        assert part["risk_ratio_mh"] == pytest.approx((a * n2 / (n1 + n2)).sum() / (c * n1 / (n1 + n2)).sum())
        assert part["odds_ratio_mh"] == pytest.approx((a * d / (n1 + n2)).sum() / (b * c / (n1 + n2)).sum())
        expected = StratifiedTable(tables)
        null = expected.test_null_odds()
        assert (part["cmh"], part["cmh_p"]) == pytest.approx((null.statistic, null.pvalue), rel=1e-9)
        if all(t.sum(axis=0).all() for t in tables) and a.sum():
            assert part["odds_ratio_mh_ci"] == pytest.approx(expected.oddsratio_pooled_confint())
            if abs(a.sum() - part["expected"]) >= 0.5:
                null = expected.test_null_odds(correction=True)
                assert part["cmh_corrected"] == pytest.approx(null.statistic)
            for name, adjust in (
                (("breslow_day", False), ("breslow_day_tarone", True)) if len(tables) > 1 else ()
            ):
                even = expected.test_equal_odds(adjust=adjust)
                assert part[name] == pytest.approx(even.statistic, rel=1e-6)
                assert part[f"{name}_p"] == pytest.approx(even.pvalue, rel=1e-6, abs=1e-15)
            tested += 1
    assert tested > 60


def test_error_rates_are_of_those_whom_they_are_a_share_of(run: Run, tmp_path: Path) -> None:
    """Nobody of b is without a need in the north, and nobody at all is decided 0 in the south."""
    rows = [
        ("a", "north", 1, 0),
        ("a", "north", 0, 0),
        ("b", "north", 1, 1),
        ("b", "north", 0, 1),
        ("a", "south", 1, 0),
        ("b", "south", 1, 0),
        ("b", "south", 1, 1),
    ]
    table = pd.DataFrame(rows * 5, columns=["group", "part", "score", "label_value"])
    table.to_csv(tmp_path / "p.csv", index=False)
    parts = {
        p["metric"]: p
        for p in strata(run, tmp_path, "bias", "p.csv", "-a", "group", "-r", "group=a", "--within", "part")
    }
    north, south = parts["fpr"]["strata"]
    assert (north["n"], north["reference_n"], north["compared"]) == (0, 10, False)
    assert north["rate"] is None
    assert north["reason"] == "nobody in the group has label 0"
    assert (south["numerator"], south["n"], south["reference_numerator"]) == (5, 5, 5)
    assert south["selected"] is south["reference_selected"] is None
    assert parts["fpr"]["strata_left_out"] == 1
    assert parts["fpr"]["reasons"]["breslow_day"]
    assert parts["fnr"]["reasons"]["odds_ratio_mh"] == "no stratum has people of both"
    assert [s["reason"] for s in parts["npv"]["strata"]] == [
        "",
        "nobody in the group or the reference is decided 0",
    ]
    assert parts["pprev"]["strata"][0]["selected"] == 5


def test_the_terminal_says_of_which_metric(run: Run, data_dir: Path, tmp_path: Path) -> None:
    words = ("-a", "race", "-r", "race=Caucasian", "--within", "sex")
    ran = run("bias", data_dir / "compas_for_aequitas.csv", *words, cwd=tmp_path, width=100)
    text = " ".join(ran.out.split())
    assert "race within sex, beside Caucasian: selected, of everybody" in text
    assert "race within sex, beside Caucasian: wrongly selected, of those with label_value 0" in text
    assert "missed, of those with label_value 1" in text
    assert "passed over wrongly, of those who are not selected" not in text
    assert "other metrics: TPR, TNR, precision, FDR, FOR" in text


def test_a_paradox_of_errors_is_called_by_its_name() -> None:
    """Of the women in each part fewer are wrongly selected than of the men, and of all women more."""
    tables = {
        "north": TwoRates(x1=80, n1=400, x2=25, n2=100),
        "south": TwoRates(x1=2, n1=100, x2=16, n2=400),
    }
    crude = TwoRates(x1=82, n1=500, x2=41, n2=500)
    part = within_part(
        Within(
            attribute="sex",
            group="Female",
            reference="Male",
            metric="fpr",
            column="part",
            crude=crude,
            tables=tables,
        )
    )
    assert part.simpson
    assert sentences(part, Words())[0] == (
        "Simpson's paradox: women with label 0 are wrongly selected more often than men overall (2.00 times the rate), and not so within part."
    )


def test_card_and_page_say_of_which_metric(run: Run, data_dir: Path, tmp_path: Path) -> None:
    """Strangers' names are text there, and the metric stands over each table."""
    frame = pd.read_csv(data_dir / "compas_for_aequitas.csv").sample(800, random_state=0)
    frame = frame.rename(columns={"sex": "<b>*sex*|"})[["score", "label_value", "race", "<b>*sex*|"]]
    frame.to_csv(tmp_path / "p.csv", index=False)
    words = ("-a", "race", "-r", "race=Caucasian", "--within", "<b>*sex*|", "--out", ".")
    assert run("bias", "p.csv", *words, cwd=tmp_path).code == 0
    text = (tmp_path / "bias.json").read_text(encoding="utf-8")
    results = Results(bias=BiasDocument.model_validate_json(text))
    card, page = render_card(results, Statements()), render_report(results, Statements())
    assert "### Among people who are alike in something else" in card
    assert "beside Caucasian: missed, of those with label_value 1**" in card
    assert "beside Caucasian: missed, of those with label_value 1</bdi>" in page
    assert "Excess" in card
    assert "<b>" not in card
    assert "<b>*sex" not in page


def test_the_verdict_is_what_it_is_without_strata(run: Run, data_dir: Path, tmp_path: Path) -> None:
    path = data_dir / "compas_for_aequitas.csv"
    documents = []
    for words in ((), ("--within", "sex")):
        assert run("bias", path, "-a", "race", *words, cwd=tmp_path).code == 0
        documents.append(json.loads((tmp_path / "fairaudit-out" / "bias.json").read_text(encoding="utf-8")))
    plain, within = (
        {k: v for k, v in d.items() if k not in ("created", "command", "strata")} for d in documents
    )
    assert plain == within
    assert documents[0]["strata"] is None


def test_everybody_else_is_everybody_else_of_the_stratum(run: Run, data_dir: Path, tmp_path: Path) -> None:
    path = data_dir / "compas_for_aequitas.csv"
    parts = strata(run, tmp_path, "bias", path, "-a", "race", "-r", "race=rest", "--within", "sex")
    frame = pd.read_csv(path)
    for part in (p for p in parts if p["metric"] == "pprev"):
        for stratum in part["strata"]:
            own = frame[frame["sex"] == stratum["stratum"]]
            others = own[own["race"] != part["group"]]
            assert (stratum["reference_n"], stratum["reference_selected"]) == (
                len(others),
                others["score"].sum(),
            )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--within", "nothing"), "nothing"),
        (("--within", ""), "fairaudit: --within: '' names no column"),
        (("--within", "count:middle"), "fairaudit: --within: 'count:middle' does not say how to cut"),
        (
            ("--within", "department", "--suppress-below", "10"),
            "--within: tells of small groups, and --suppress-below of none",
        ),
    ],
)
def test_what_cannot_be_is_one_error(words: tuple[str, ...], sentence: str, run: Run, tmp_path: Path) -> None:
    ran = run("bias", BERKELEY, *COUNTED, *words, cwd=tmp_path)
    assert ran.code == 2
    assert sentence in ran.err
    assert len(ran.err.splitlines()) == 1


def test_an_attribute_is_not_compared_within_itself(run: Run, tmp_path: Path) -> None:
    ran = run("bias", BERKELEY, *COUNTED, "-a", "department", "--within", "department", cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert "note: department: not compared within department, which it is made of" in ran.err
