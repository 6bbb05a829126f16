"""slice, group, bias and fairness on real predictions: numbers, documents, options and what a terminal shows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from schemas import schema_of

from fairaudit.documents.registry import DOCUMENTS
from fairaudit.documents.text import dump, load

Run = Callable[..., Any]
Refusal = Callable[..., str]
REPORTS = {"slice": "slices", "group": "group", "bias": "bias", "fairness": "fairness"}
PUBLISHED = {
    "African-American": (1369, 805, 990, 532, 0.448468, 0.279853, 0.349540, 0.370285, 0.588203),
    "Caucasian": (505, 349, 1139, 461, 0.234543, 0.477226, 0.288125, 0.408665, 0.348003),
    "Hispanic": (103, 87, 318, 129, 0.214815, 0.556034, 0.288591, 0.457895, 0.298273),
    "Other": (43, 36, 208, 90, 0.147541, 0.676692, 0.302013, 0.455696, 0.209549),
}


def document(folder: Path, name: str) -> Any:
    """Read a document, and make sure that it is what it claims to be."""
    text = (folder / f"{name}.json").read_text(encoding="utf-8")
    found = json.loads(text, parse_constant=pytest.fail)
    schema_of(name).validate(found)
    model = load(DOCUMENTS[name], text, file=name)
    assert dump(model) == text
    assert load(DOCUMENTS[name], dump(model), file=name) == model
    assert found["schema"] == f"fairaudit/{name}/1"
    return found


@pytest.mark.parametrize("command", REPORTS)
def test_json_is_the_written_document_to_the_byte(
    run: Run, compas: Path, command: str, tmp_path: Path
) -> None:
    ran = run(command, compas, "--json", cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    out = tmp_path / "fairaudit-out"
    assert ran.out.encode() == (out / f"{REPORTS[command]}.json").read_bytes()
    found = document(out, REPORTS[command])
    assert found["command"] == f"fairaudit {command} {compas}"
    assert found["input"]["name"] == "compas_for_aequitas.csv"
    assert (found["input"]["rows"], found["input"]["used"], found["input"]["dropped"]) == (7214, 7214, {})
    assert found["input"]["bytes"] == compas.stat().st_size


@pytest.mark.parametrize("command", REPORTS)
def test_quiet_prints_nothing(run: Run, people: Path, command: str, tmp_path: Path) -> None:
    ran = run(command, people, "-q", cwd=tmp_path)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    document(tmp_path / "fairaudit-out", REPORTS[command])


@pytest.mark.parametrize("command", REPORTS)
@pytest.mark.parametrize("width", [60, 80])
def test_a_narrow_terminal_stays_readable(
    run: Run, compas: Path, command: str, width: int, tmp_path: Path
) -> None:
    ran = run(command, compas, cwd=tmp_path, width=width)
    assert ran.code == 0
    lines = ran.out.splitlines()
    steps = next(place for place, line in enumerate(lines) if line.startswith("Next  "))
    assert max(map(len, lines[:steps])) <= width
    # What is to be pasted stays in one line, or a shell would run a part of it.
    assert all(
        f"  fairaudit audit {compas}" in line or f"  fairaudit {command} {compas}" in line
        for line in lines[steps:]
    )
    for name in ("race", "sex", "age_cat"):
        assert name in ran.out
    if command != "fairness":
        assert "African-American" in ran.out


@pytest.mark.parametrize("command", REPORTS)
def test_colours_only_where_they_are_wanted(run: Run, people: Path, command: str, tmp_path: Path) -> None:
    # In nobody's tolerance, so that there is something red to show.
    words = (command, people, *(["--tau", "1"] if command in ("bias", "fairness") else []))
    plain = run(*words, cwd=tmp_path, env={"FORCE_COLOR": "1", "NO_COLOR": "1", "TERM": "xterm"})
    coloured = run(*words, cwd=tmp_path, env={"FORCE_COLOR": "1", "TERM": "xterm"})
    # NO_COLOR leaves bold and italic letters alone.
    colour = re.compile(r"\x1b\[(\d+;)*3[1-7]m")
    assert not colour.search(plain.out)
    assert "\x1b[" in coloured.out
    # The command of the next step has the colour of all commands; what is before it is red where something fails.
    report, _, step = coloured.out.rpartition("Next  ")
    assert bool(colour.search(report)) == (command in ("bias", "fairness"))
    assert "\x1b[36mfairaudit audit" in step or command in ("bias", "fairness")
    assert "\x1b" not in run(command, people, cwd=tmp_path).out


class TestCompas:
    """The figures that ProPublica and Aequitas published."""

    CONDITION = "race not in ('Asian', 'Native American')"

    def test_groups(self, run: Run, compas: Path, tmp_path: Path) -> None:
        ran = run("group", compas, "-a", "race", "--where", self.CONDITION, cwd=tmp_path)
        assert ran.code == 0
        found = document(tmp_path / "fairaudit-out", "group")
        assert found["input"]["dropped"] == {f"where not ({self.CONDITION})": 50}
        assert found["input"]["used"] == 7164
        rows = {g["group"]: g for g in found["groups"]}
        assert set(rows) == set(PUBLISHED)
        for group, (tp, fp, tn, fn, *rates) in PUBLISHED.items():
            counts = rows[group]["counts"]
            assert (counts["tp"], counts["fp"], counts["tn"], counts["fn"]) == (tp, fp, tn, fn)
            shown = [
                round(rows[group]["metrics"][m]["value"], 6) for m in ("fpr", "fnr", "for", "fdr", "pprev")
            ]
            assert shown == rates
        assert "7,214 rows, 50 dropped" in " ".join(ran.out.split())

    def test_fairness(self, run: Run, compas: Path, tmp_path: Path) -> None:
        references = ("race=Caucasian", "sex=Male", "age_cat=25 - 45")
        words = [word for reference in references for word in ("--ref-group", reference)]
        ran = run("fairness", compas, "--where", self.CONDITION, *words, "--decide", "point", cwd=tmp_path)
        # Unfairness is a result, not a failure.
        assert ran.code == 0
        found = document(tmp_path / "fairaudit-out", "fairness")
        assert found["references"] == {"race": "Caucasian", "sex": "Male", "age_cat": "25 - 45"}
        assert {k: (v["verdict"], v["aequitas"]) for k, v in found["overall"].items()} == dict.fromkeys(
            ("unsupervised", "supervised", "overall"), ("fail", False)
        )
        verdicts = {(v["attribute"], v["parity"]): v["verdict"] for v in found["attributes"]}
        for parity in ("FPR Parity", "FNR Parity", "TPR Parity", "TNR Parity"):
            assert (verdicts["sex", parity], verdicts["race", parity]) == ("pass", "fail")
        for parity in ("FDR Parity", "FOR Parity"):
            assert (verdicts["sex", parity], verdicts["race", parity]) == ("fail", "pass")
        for parity in ("NPV Parity", "Precision Parity"):
            assert verdicts["race", parity] == "pass"
        for parity in ("Impact Parity", "Statistical Parity"):
            assert verdicts["race", parity] == "fail"
        assert verdicts["sex", "Statistical Parity"] == "fail"

    def test_bias_states_the_worst_first(self, run: Run, compas: Path, tmp_path: Path) -> None:
        ran = run("bias", compas, "-a", "race", "-r", "Caucasian", cwd=tmp_path)
        assert ran.code == 0
        found = document(tmp_path / "fairaudit-out", "bias")
        fpr = next(
            d for d in found["disparities"] if (d["group"], d["metric"]) == ("African-American", "fpr")
        )
        assert fpr["ratio"] == pytest.approx((805 / 1795) / (349 / 1488), rel=1e-15)
        assert fpr["aequitas_disparity"] == pytest.approx(fpr["ratio"], rel=1e-12)
        assert [round(limit, 2) for limit in fpr["ratio_ci"]] == [1.72, 2.13]
        assert fpr["p_value"] < 1e-30
        assert (fpr["verdict"], fpr["test"], fpr["interval_reason"]) == ("fail", "score", None)
        few = [
            d
            for d in found["disparities"]
            if d["group"] == "Native American" and d["metric"] not in ("ppr", "prev")
        ]
        assert [d["verdict"] for d in few] == ["undecided"] * 9
        sentence = "African-American people are selected more often than Caucasian ones: 59 of 100, against 35 of 100."
        counts = "2,174 of 3,696; 854 of 2,454. 1.69 times, 95% interval 1.59 to 1.80"
        assert f"{sentence} {counts}" in " ".join(ran.out.split())
        assert "race, ratio to Caucasian (2,454 people); tolerance 0.80 to 1.25" in ran.out

    def test_counts_from_the_published_tables(self, run: Run, examples_dir: Path, tmp_path: Path) -> None:
        table = examples_dir / "compas_published.csv"
        columns = pd.read_csv(table).columns
        weight = next(c for c in columns if c in ("count", "people", "n", "weight"))
        ran = run("group", table, "--weight", weight, "--json", cwd=tmp_path, stdin="")
        assert ran.code == 0, ran.err
        for group in ran.json()["groups"]:
            key = {"Black": "African-American", "White": "Caucasian"}.get(group["group"])
            if key:
                counts = group["counts"]
                assert (counts["tp"], counts["fp"], counts["tn"], counts["fn"]) == PUBLISHED[key][:4]


class TestSlicesOfIris:
    def test_statistics_equal_pandas(self, run: Run, data_dir: Path, tmp_path: Path) -> None:
        iris = data_dir / "iris.csv"
        ran = run("slice", iris, "--feature", "class", "--stats", "--label", "none", cwd=tmp_path)
        assert (ran.code, ran.err) == (0, "")
        found = document(tmp_path / "fairaudit-out", "slices")
        frame = pd.read_csv(iris)
        by_class = frame.groupby("class")
        expected = {
            "mean": by_class.mean(),
            "std": by_class.std(),
            "min": by_class.min(),
            "max": by_class.max(),
        }
        expected |= {
            name: by_class.quantile(share) for name, share in (("q1", 0.25), ("median", 0.5), ("q3", 0.75))
        }
        rows = [s for s in found["statistics"] if s["feature"] == "class"]
        assert {(s["slice"], s["column"]) for s in rows} == {
            (c, m) for c in frame["class"].unique() for m in frame.columns[:-1]
        }
        for s in rows:
            assert (s["n"], s["missing"], s["reason"]) == (50, 0, None)
            for name, table in expected.items():
                assert s[name] == pytest.approx(table.loc[s["slice"], s["column"]], rel=1e-12, abs=1e-12)
        setosa = next(s for s in rows if (s["slice"], s["column"]) == ("setosa", "sepal_length"))
        assert (round(setosa["mean"], 3), round(setosa["std"], 3)) == (5.006, 0.352)
        assert "setosa" in ran.out
        assert "5.006" in ran.out

    def test_nothing_is_said_of_performance(self, run: Run, data_dir: Path, tmp_path: Path) -> None:
        ran = run(
            "slice",
            data_dir / "iris.csv",
            "-f",
            "class",
            "--stats",
            "--label",
            "none",
            "--json",
            cwd=tmp_path,
        )
        assert [s["metrics"] for s in ran.json()["slices"]] == [{}, {}, {}]
        assert ran.json()["left_out"]["fpr"] == "there are no scores or decisions"


class TestTrap10ARepeatedOptionKeepsAll:
    """``-a race -a sex`` audits both, however it is written."""

    WAYS = (
        ["-a", "race", "-a", "sex"],
        ["-a", "race,sex"],
        ["--attribute", "race", "-a", "sex"],
        ["-a", "race, sex"],
    )

    @pytest.mark.parametrize("words", WAYS, ids=" ".join)
    def test_trap_10_attributes(self, run: Run, people: Path, words: list[str], tmp_path: Path) -> None:
        ran = run("group", people, *words, "--json", cwd=tmp_path)
        assert ran.code == 0
        assert list(dict.fromkeys(g["attribute"] for g in ran.json()["groups"])) == ["race", "sex"]

    def test_trap_10_mixed(self, run: Run, people: Path, tmp_path: Path) -> None:
        words = ["-a", "race,sex", "-a", "age:30.5", "-a", "age:20,40,race*sex"]
        ran = run("group", people, *words, "--json", cwd=tmp_path)
        assert ran.code == 0, ran.err
        found = list(dict.fromkeys(g["attribute"] for g in ran.json()["groups"]))
        assert found == ["race", "sex", "age:30.5", "age:20,40", "race*sex"]

    def test_trap_10_the_same_twice_is_an_error(self, refusal: Refusal, people: Path, tmp_path: Path) -> None:
        sentence = refusal("group", people, "-a", "race", "-a", "sex,race", cwd=tmp_path)
        assert sentence == "--attribute: names 'race' twice."

    def test_trap_10_reference_groups(self, run: Run, people: Path, tmp_path: Path) -> None:
        for words in (
            ["-r", "race=B", "-r", "sex=Male"],
            ["-r", "race=B,sex=Male"],
            ["-r", "B", "-r", "Male"],
        ):
            ran = run("bias", people, "-a", "race,sex", *words, "--json", cwd=tmp_path)
            assert ran.code == 0, ran.err
            assert ran.json()["references"] == {"race": "B", "sex": "Male"}

    def test_trap_10_positive_values(self, run: Run, car: Path, tmp_path: Path) -> None:
        data = tmp_path / "p.csv"
        text = car.read_text().replace(",car\n", ",label,score\n", 1).splitlines()
        data.write_text("\n".join([text[0], *(f"{line},{i % 2}" for i, line in enumerate(text[1:]))]) + "\n")
        found = []
        for words in (
            ["--positive", "acc,good,vgood"],
            ["--positive", "acc", "--positive", "good", "--positive", "vgood"],
            ["--positive", "acc,good", "--positive", "vgood"],
        ):
            ran = run("group", data, "-a", "buying", *words, "--json", cwd=tmp_path)
            assert ran.code == 0, ran.err
            found.append(ran.json()["overall"])
        assert found[0] == found[1] == found[2]
        assert found[0]["metrics"]["prev"]["numerator"] == 384 + 69 + 65

    def test_trap_10_positive_values_that_hold_commas(self, run: Run, tmp_path: Path) -> None:
        data = tmp_path / "p.csv"
        rows = '"yes, late",1,A\nno,0,B\nyes,1,B\nlate,0,A\n' * 3
        data.write_text(f"label,score,race\n{rows}", encoding="utf-8")
        ran = run("group", data, "--positive", "yes, late", "--json", cwd=tmp_path)
        assert ran.code == 0, ran.err
        assert ran.json()["overall"]["metrics"]["prev"]["numerator"] == 3
        ran = run("group", data, "--positive", "yes,late", "--json", cwd=tmp_path)
        assert ran.code == 0, ran.err
        assert ran.json()["overall"]["metrics"]["prev"]["numerator"] == 6


class TestDecisionRules:
    @pytest.mark.parametrize(
        ("words", "kind", "selected"),
        [
            pytest.param([], "threshold", None, id="the default"),
            pytest.param(["--threshold", "0.9"], "threshold", None, id="threshold"),
            pytest.param(["--top-k", "24"], "top-k", 24, id="top-k"),
            pytest.param(["--top-percent", "10"], "top-percent", 24, id="top-percent"),
        ],
    )
    def test_each_rule_is_written_down(
        self, run: Run, people: Path, words: list[str], kind: str, selected: int | None, tmp_path: Path
    ) -> None:
        ran = run("group", people, "-a", "race", *words, "--json", cwd=tmp_path)
        decision = ran.json()["settings"]["decision"]
        frame = pd.read_csv(people)
        assert decision["kind"] == kind
        assert decision["selected"] == int((frame["score"] >= decision["threshold"]).sum())
        assert decision["chosen_by_user"] == bool(words)
        if selected:
            assert decision["wanted"] == selected
            assert decision["selected"] >= selected

    def test_what_is_chosen_is_said(self, run: Run, people: Path, tmp_path: Path) -> None:
        said = " ".join(run("group", people, cwd=tmp_path).out.split())
        assert "Decision: score >= 0.5 (the default, as all scores lie in [0, 1])" in said
        assert "Attributes chosen: race, sex; passed over: age (" in said

    def test_labels_none(self, run: Run, people: Path, tmp_path: Path) -> None:
        ran = run("bias", people, "--label", "none", "-a", "race", cwd=tmp_path)
        assert ran.code == 0, ran.err
        found = document(tmp_path / "fairaudit-out", "bias")
        assert {d["metric"] for d in found["disparities"] if d["ratio"] is not None} <= {"pprev", "ppr"}
        assert "fpr" in found["left_out"]
        assert "Left out, as" in ran.out

    def test_missing_labels_dropped_and_counted(self, run: Run, tmp_path: Path) -> None:
        data = tmp_path / "p.csv"
        data.write_text("label,score,race\n" + "1,0.9,A\n0,0.1,B\n" * 20 + ",0.5,A\n1,,B\n", encoding="utf-8")
        ran = run("group", data, "--missing", "drop", cwd=tmp_path)
        assert ran.code == 0
        found = document(tmp_path / "fairaudit-out", "group")
        assert found["input"]["dropped"] == {"missing label": 1, "missing score": 1}
        assert (found["input"]["rows"], found["input"]["used"]) == (42, 40)
        assert "42 rows, 2 dropped (1 missing label; 1 missing score), 40 people used." in " ".join(
            ran.out.split()
        )


def test_no_nan_where_a_group_has_nobody_with_a_label(run: Run, tmp_path: Path) -> None:
    data = tmp_path / "p.csv"
    data.write_text(
        "label,score,race\n" + "1,0.9,A\n0,0.1,A\n0,0.7,A\n" * 20 + "1,0.5,B\n1,0.2,B\n", encoding="utf-8"
    )
    for command, name in REPORTS.items():
        assert run(command, data, cwd=tmp_path).code == 0
        document(tmp_path / "fairaudit-out", name)
    group = next(g for g in document(tmp_path / "fairaudit-out", "group")["groups"] if g["group"] == "B")
    assert group["metrics"]["fpr"]["value"] is None
    assert group["metrics"]["fpr"]["reason"]
    assert group["small"]


def test_the_same_input_gives_the_same_document_but_for_the_time(
    run: Run, people: Path, tmp_path: Path
) -> None:
    for command, name in REPORTS.items():
        first, second = (run(command, people, "--json", cwd=tmp_path).json() for _ in range(2))
        del first["created"], second["created"]
        assert first == second, name
