"""``fairaudit check --baseline``: gates on change and waivers, from end to end and in every format."""

from __future__ import annotations

import datetime as dt
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from running import Ran, run_main
from schemas import schema_of

import fairaudit

OUTSIDE = {"GITHUB_ACTIONS": "", "GITHUB_STEP_SUMMARY": ""}
SETTINGS = 'label = "repaid"\neffect = "helps"\n'
GATE = '[[gate]]\nmetric = "fnr"\nslices = "sex*region"\nmax_rise = 0.05\n'
RUN_OUT = 'waive = {group = "Female * South", until = 2020-01-01, why = "soon"}\n'
WAIVED = RUN_OUT.replace("2020", "2999")


@pytest.fixture(scope="module")
def folder(examples_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example loans, decided by two models, of which the second refuses more women of the south who would repay."""
    place = tmp_path_factory.mktemp("baseline")
    base = pd.read_csv(examples_dir / "loans.csv").head(2400)
    harmed = (base["sex"] == "Female") & (base["region"] == "South") & (base["repaid"] == 1)
    lot = np.random.default_rng(3)
    new = base.assign(score=np.where(harmed & (lot.random(len(base)) < 0.25), 0.1, base["score"]))
    base.to_csv(place / "base.csv", index=False)
    new.sample(frac=1, random_state=2).to_csv(place / "new.csv", index=False)
    return place


def check(folder: Path, gates: str, *more: object, new: str = "new.csv") -> Ran:
    (folder / "policy.toml").write_text(SETTINGS + gates, encoding="utf-8")
    words = (new, "--policy", "policy.toml", "--baseline", "base.csv", "--id", "loan_id", *more)
    return run_main("check", *words, cwd=folder, env=OUTSIDE)


def test_the_slice_that_was_made_worse_fails(folder: Path) -> None:
    ran = check(folder, GATE, "--json")
    assert ran.code == 1
    document = ran.json()
    schema_of("check").validate(document)
    (gate,) = document["gates"]
    assert [f["group"] for f in gate["findings"] if f["verdict"] == "fail"] == ["Female * South"]
    assert all(f["correlation"] for f in gate["findings"])
    assert document["baseline"]["matched"]["both"] == document["input"]["used"]
    shown = check(folder, GATE)
    assert "wrongly refused more often than in the baseline" in " ".join(shown.out.split())


@pytest.mark.parametrize("metric", ["f1", "mcc", "roc_auc"])
def test_the_model_beside_itself_passes_by_pairs_in_every_kind_of_metric(folder: Path, metric: str) -> None:
    gate = f'[[gate]]\nmetric = "{metric}"\nslices = "sex"\nmax_drop = 0.005\n'
    ran = check(folder, gate, "-q", new="base.csv")
    assert ran.code == 0
    # Different people would leave so small a drop open.
    (folder / "apart.toml").write_text(SETTINGS + gate, encoding="utf-8")
    words = ("base.csv", "--policy", "apart.toml", "--baseline", "base.csv", "-q")
    assert run_main("check", *words, cwd=folder, env=OUTSIDE).code == 3


def test_python_answers_alike(folder: Path) -> None:
    gates = [{"metric": "fnr", "attribute": "sex*region", "max_rise": "0.05"}]
    frames = [pd.read_csv(folder / name) for name in ("new.csv", "base.csv")]
    checking = fairaudit.check(frames[0], gates, baseline=frames[1], label="repaid", id="loan_id")
    assert checking.document.exit_code == 1
    assert (
        "Baseline: pandas DataFrame, 2,400 rows; 2,400 people stand in both by loan_id"
        in checking._repr_html_()
    )
    waive = {"group": "Female * South", "until": dt.date(2999, 1, 1), "why": "<b>soon"}
    waived = fairaudit.check(
        frames[0], [{**gates[0], "waive": waive}], baseline=frames[1], label="repaid", id="loan_id"
    )
    shown = waived._repr_html_()
    assert "are waived until 2999-01-01: &lt;b&gt;soon." in shown
    assert '<td class="fail">' not in shown
    frame = waived.document.to_frame()
    assert frame.loc[frame["waived"], "group"].tolist() == ["Female * South"]


@pytest.mark.parametrize(
    ("gates", "code", "told", "kind", "level"),
    [
        pytest.param(
            GATE + WAIVED,
            0,
            'Women with region "South" are waived until 2999-01-01: soon.',
            "skipped",
            "warning",
            id="holds",
        ),
        pytest.param(
            GATE + RUN_OUT,
            1,
            'The waiver of women with region "South" has run out on 2020-01-01; it said: soon.',
            "failure",
            "error",
            id="has run out",
        ),
        pytest.param(
            GATE.replace("0.05", "0.9") + WAIVED,
            0,
            'Women with region "South" are waived until 2999-01-01: soon.',
            None,
            None,
            id="of what passes",
        ),
    ],
)
def test_a_waiver_is_told_in_every_format(
    folder: Path, gates: str, code: int, told: str, kind: str | None, level: str | None
) -> None:
    names = {"junit": "j.xml", "markdown": "m.md", "sarif": "s.json", "records": "r.json"}
    options = [word for name, file in names.items() for word in (f"--{name}", file)]
    env = {**OUTSIDE, "GITHUB_ACTIONS": "true"}
    check(folder, gates)
    words = ("new.csv", "--policy", "policy.toml", "--baseline", "base.csv", "--id", "loan_id", *options)
    ran = run_main("check", *words, cwd=folder, env=env)
    assert ran.code == code
    assert told in " ".join(ran.out.split())
    assert any(line.startswith("::") and told in line for line in ran.out.splitlines())
    texts = {name: (folder / file).read_text(encoding="utf-8") for name, file in names.items()}
    for text in texts.values():
        assert told.replace('"', '\\"') in text or told in text or told.replace('"', "&quot;") in text
    suite = ET.fromstring(texts["junit"])[0]
    (case,) = (c for c in suite.findall("testcase") if c.get("name") == "sex*region = Female * South")
    assert [child.tag for child in case] == ([kind] if kind else [])
    results = json.loads(texts["sarif"])["runs"][0]["results"]
    assert [result["level"] for result in results] == ([level] if level else [])


@pytest.mark.parametrize(
    ("gates", "more", "message"),
    [
        (
            GATE.replace("max_rise = 0.05", "max = 0.9"),
            (),
            "--baseline: no gate of the policy compares with a baseline",
        ),
        (GATE, ("--baseline", "nothing.csv"), "nothing.csv: there is no such file"),
        (GATE, ("--baseline", "."), ".: holds neither results of an audit (group.json or slices.json) nor"),
        (
            GATE + 'waive = {group = "men", until = 2027-03-01, why = "x"}\n',
            (),
            "wrong.toml, line 7, gate 'fnr rise",
        ),
    ],
)
def test_mistakes(folder: Path, gates: str, more: tuple[str, ...], message: str) -> None:
    (folder / "wrong.toml").write_text(SETTINGS + gates, encoding="utf-8")
    named = more or ("--baseline", "base.csv")
    ran = run_main("check", "new.csv", "--policy", "wrong.toml", *named, cwd=folder, env=OUTSIDE)
    assert (ran.code, ran.err.count("fairaudit:")) == (2, 1)
    assert message in ran.err


def test_a_policy_names_its_baseline_itself(folder: Path) -> None:
    text = SETTINGS + 'id = "loan_id"\n[check]\nbaseline = "base.csv"\npredictions = "new.csv"\n' + GATE
    (folder / "own.toml").write_text(text, encoding="utf-8")
    assert run_main("check", "--policy", "own.toml", "-q", cwd=folder, env=OUTSIDE).code == 1
    (folder / "own.toml").write_text(text.replace('"base.csv"', '"../base.csv"'), encoding="utf-8")
    ran = run_main("check", "--policy", "own.toml", "-q", cwd=folder, env=OUTSIDE)
    assert ran.code == 2
    assert "not in the folder of this file" in ran.err


def test_people_in_several_rows_are_no_pairs(folder: Path, tmp_path: Path) -> None:
    people = pd.read_csv(folder / "base.csv")
    people["loan_id"] = people.index // 2
    (tmp_path / "p.toml").write_text(SETTINGS + GATE, encoding="utf-8")
    people.to_csv(tmp_path / "twice.csv", index=False)
    words = ("twice.csv", "--policy", "p.toml", "--baseline", "twice.csv", "--id", "loan_id", "--json")
    ran = run_main("check", *words, cwd=tmp_path, env=OUTSIDE)
    assert ran.json()["baseline"]["matched"] is None
    assert "not matched with the baseline" in json.dumps(ran.json()["input"]["notes"])
