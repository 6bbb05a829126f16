"""A bias report beside what is left of its gaps among people who are alike in something else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from running import Ran
from statsmodels.stats.contingency_tables import StratifiedTable

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


def test_every_group_beside_its_reference_as_statsmodels_has_it(
    run: Run, data_dir: Path, tmp_path: Path
) -> None:
    path = data_dir / "compas_for_aequitas.csv"
    parts = strata(
        run, tmp_path, "bias", path, "-a", "race", "-r", "race=Caucasian", "--within", "age_cat,sex"
    )
    frame = pd.read_csv(path)
    assert {(p["column"], p["group"]) for p in parts} == {
        (c, g) for c in ("age_cat", "sex") for g in frame["race"].unique() if g != "Caucasian"
    }
    for part in parts:
        two = frame[frame["race"].isin([part["group"], "Caucasian"])]
        tables = [
            [
                [int((of["score"] == 1).sum()), int((of["score"] == 0).sum())]
                for of in (s[s["race"] == part["group"]], s[s["race"] == "Caucasian"])
            ]
            for _, s in two.groupby(part["column"])
            if s["race"].nunique() == 2
        ]
        expected = StratifiedTable([pd.DataFrame(t).to_numpy(dtype=float) for t in tables])
        assert part["odds_ratio_mh"] == pytest.approx(expected.oddsratio_pooled, rel=1e-12)
        assert part["cmh_p"] == pytest.approx(expected.test_null_odds().pvalue, rel=1e-9, abs=1e-15)


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
    for part in parts:
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
