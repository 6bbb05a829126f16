"""Gates on everybody together, on shares of people and on missing values; groups of too few people; families with a name; and where a gate stands."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from scipy.stats import binomtest
from statsmodels.stats.multitest import multipletests

from fairaudit.count.counts import Clusters, Counts
from fairaudit.documents.gates import CheckDocument, FindingPart, GatePart, Outcome
from fairaudit.documents.parts import Verdict
from fairaudit.errors import GateError
from fairaudit.gates.evaluate import read_gates
from fairaudit.metrics.people import PEOPLE, part_estimate
from fairaudit.read.dataframes import open_frame
from fairaudit.render.gates.github import github_commands
from fairaudit.render.gates.junit import junit
from fairaudit.render.gates.markdown import markdown
from fairaudit.render.gates.records import records
from fairaudit.render.gates.sarif import sarif
from fairaudit.render.gates.terminal import terminal
from fairaudit.render.report.notebook import checked
from fairaudit.settings.choices import Missing
from fairaudit.settings.places import PolicyPlace
from fairaudit.settings.reading import ReadSettings
from fairaudit.workflow.check import check

Entry = Mapping[str, Any]


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    """A thousand people of three groups, one of twelve people; some lack an income, more of them in b, and some a label."""
    draw = np.random.default_rng(3)
    group = np.repeat(["a", "b", "c"], [600, 388, 12])
    label = draw.integers(0, 2, 1_000)
    selected = np.where(draw.random(1_000) < 0.25, 1 - label, label)
    income = np.where(draw.random(1_000) < np.where(group == "b", 0.2, 0.05), np.nan, 100.0)
    region = np.where(np.arange(1_000) % 2 == 0, "n", "s")
    return pd.DataFrame(
        {"label": label, "score": selected, "group": group, "income": income, "region": region}
    )


def answer(people: pd.DataFrame, gates: Sequence[Entry], *, text: str = "", **settings: Any) -> CheckDocument:
    read = read_gates(gates, file="policy.toml", text=text, shown_file="policy.toml")
    return check(open_frame(people), read, settings=ReadSettings(**settings)).document


def by_group(gate: GatePart) -> dict[tuple[str, str], FindingPart]:
    return {(f.attribute, f.group): f for f in gate.findings}


def wrongly(people: pd.DataFrame) -> tuple[int, int]:
    zero = people[people["label"] == 0]
    return int(zero["score"].sum()), len(zero)


def test_everybody_is_judged_by_the_exact_test(people: pd.DataFrame) -> None:
    (gate,) = answer(people, [{"metric": "fpr", "max": "0.2"}]).gates
    (finding,) = gate.findings
    x, n = wrongly(people)
    assert (finding.attribute, finding.group, finding.n) == ("", "", 1_000)
    assert (finding.numerator, finding.denominator) == (x, n)
    assert finding.p_alone == pytest.approx(binomtest(x, n, 0.2, "greater").pvalue)
    assert finding.verdict is Verdict.FAIL
    assert gate.name == "fpr at most 0.2 on everybody"


@pytest.mark.parametrize("decide", ["interval", "point"])
def test_every_metric_may_be_asked_of_everybody(people: pd.DataFrame, decide: str) -> None:
    names = ["pprev", "fnr", "prev", "precision", "f1", "mcc", "balanced_accuracy", "accuracy"]
    document = answer(people, [{"metric": m, "min": "0.01", "decide": decide} for m in names])
    assert {gate.metric: gate.verdict for gate in document.gates} == dict.fromkeys(names, Verdict.PASS)
    assert document.settings.attributes == []


def test_groups_of_too_few_people_are_listed_and_neither_pass_nor_fail(people: pd.DataFrame) -> None:
    entry = {"metric": "accuracy", "attribute": "group", "min": "0.6"}
    (alone, least) = answer(people, [entry, {**entry, "name": "least", "min_people": 30}]).gates
    assert {f.group for f in alone.findings} == {"a", "b", "c"}
    assert {f.group for f in least.findings} == {"a", "b"}
    assert [(few.attribute, few.group, few.people) for few in least.too_few] == [("group", "c", 12)]
    assert (alone.family_size, least.family_size) == (3, 2)
    assert (alone.min_people, least.min_people) == (None, 30)
    assert least.verdict is Verdict.PASS


def test_every_format_lists_them(people: pd.DataFrame) -> None:
    gates = [
        {"name": "passes", "metric": "accuracy", "attribute": "group", "min": "0.1", "min_people": 30},
        {"name": "fails", "metric": "accuracy", "attribute": "group", "min": "0.99", "min_people": 30},
    ]
    text = "".join(f'[[gate]]\nname = "{gate["name"]}"\n' for gate in gates)
    document = answer(people, gates, text=text)
    place = PolicyPlace(uri="policy.toml", text=text, gates=(1, 3))
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(terminal(document, width=200))
    texts = {
        "terminal": console.export_text(),
        "markdown": markdown(document),
        "junit": junit(document, seconds=0.0),
        "records": records(document),
        "sarif": sarif(document, policy=place),
        "github": "\n".join(github_commands(document)),
        "notebook": checked(document),
    }
    told = {name: text.count("Too few people to judge: c 12 of 30 asked") for name, text in texts.items()}
    assert all(number >= 2 for number in told.values()), told
    assert texts["junit"].count("<skipped") == 2
    assert '"verdict": "too few"' in texts["records"]
    frame = document.to_frame()
    assert frame.loc[frame["verdict"] == "too few", ["gate", "group", "n"]].values.tolist() == [
        ["passes", "c", 12],
        ["fails", "c", 12],
    ]
    assert '"kind": "notApplicable"' in texts["sarif"]
    assert "::error file=policy.toml,line=3,title=FAILED" in texts["github"]
    assert "::notice file=policy.toml,line=1,title=Not judged" in texts["github"]
    assert [gate.place and gate.place.line for gate in document.gates] == [1, 3]


def test_a_gate_of_nobody_but_too_few_is_undecided(people: pd.DataFrame) -> None:
    gate = {"metric": "accuracy", "attribute": "group", "min": "0.6", "min_people": 5_000}
    document = answer(people, [gate, {"metric": "fpr", "max": "0.9", "min_people": 5_000}])
    assert [g.verdict for g in document.gates] == [Verdict.UNDECIDED] * 2
    assert document.exit_code == 3
    assert document.gates[0].note == "no group to judge has the 5,000 people that are asked for"
    assert [few.people for few in document.gates[1].too_few] == [1_000]


@pytest.mark.parametrize("reference", ["max", "min", "majority"])
def test_too_few_people_are_no_reference_that_the_data_choose(people: pd.DataFrame, reference: str) -> None:
    frame = people.assign(
        score=np.where(people["group"] == "c", reference == "max", people["score"]).astype(int)
    )
    gate = {"metric": "pprev", "attribute": "group", "ratio_within": "0.5", "min_people": 30}
    (answered,) = answer(frame, [{**gate, "reference": reference}]).gates
    assert {f.reference_group for f in answered.findings} <= {"a", "b"}
    assert answered.findings[0].value is not None


def test_beside_a_reference_of_too_few_people_nothing_is_decided(people: pd.DataFrame) -> None:
    gate = {"metric": "pprev", "attribute": "group", "ratio_within": "0.5", "min_people": 30}
    (answered,) = answer(people, [{**gate, "reference": "group=c"}]).gates
    assert {f.group for f in answered.findings} == {"a", "b"}
    assert answered.verdict is Verdict.UNDECIDED
    assert {f.reason for f in answered.findings} == {
        "the reference group has 12 people, and 30 are asked for"
    }


def test_a_family_with_a_name_is_corrected_as_by_statsmodels(people: pd.DataFrame) -> None:
    gates = [
        {"metric": "accuracy", "attribute": "group", "min": "0.78", "family": "quality"},
        {"metric": "fpr", "max": "0.22", "family": "quality"},
        {"metric": "fnr", "attribute": "region", "max": "0.22", "family": "other"},
        {"metric": "pprev", "attribute": "region", "max": "0.4"},
    ]
    document = answer(people, gates)
    families = [document.gates[:2], document.gates[2:3], document.gates[3:]]
    for family in families:
        findings = [finding for gate in family for finding in gate.findings]
        alone = [finding.p_alone for finding in findings]
        adjusted = multipletests(alone, alpha=0.05, method="holm")[1]
        assert [finding.p_fail for finding in findings] == pytest.approx(adjusted)
        assert {gate.family_size for gate in family} == {len(findings)}
    assert [(gate.family, gate.family_name) for gate in document.gates] == [
        ("policy", "quality"),
        ("policy", "quality"),
        ("policy", "other"),
        ("gate", None),
    ]


def test_a_share_of_people_is_judged_by_the_exact_test(people: pd.DataFrame) -> None:
    (gate,) = answer(people, [{"metric": "share", "attribute": ["group", "region"], "min": "0.05"}]).gates
    found = by_group(gate)
    assert {key: f.numerator for key, f in found.items()} == {
        ("group", "a"): 600,
        ("group", "b"): 388,
        ("group", "c"): 12,
        ("region", "n"): 500,
        ("region", "s"): 500,
    }
    small = found["group", "c"]
    assert small.p_alone == pytest.approx(binomtest(12, 1_000, 0.05, "less").pvalue)
    assert (small.value, small.verdict) == (0.012, Verdict.FAIL)
    assert gate.outcome is Outcome.FAILED


def test_missing_values_are_those_that_pandas_counts(people: pd.DataFrame) -> None:
    gates = [
        {"metric": "missing_values", "column": "income", "max": "0.3"},
        {
            "metric": "missing_values",
            "column": "income",
            "attribute": "group",
            "max": "0.1",
            "min_people": 20,
        },
        {"metric": "missing_values", "column": ["region", "group"], "max": "0.01"},
        {"metric": "missing_values", "column": "income", "attribute": "region*group", "max": "0.9"},
    ]
    whole, each, none, crossed = answer(people, gates).gates
    lacking = people["income"].isna()
    (finding,) = whole.findings
    assert (finding.numerator, finding.denominator) == (lacking.sum(), 1_000)
    assert finding.p_fail == pytest.approx(binomtest(lacking.sum(), 1_000, 0.3, "greater").pvalue)
    counted = {f.group: (f.numerator, f.denominator) for f in each.findings}
    expected = lacking.groupby(people["group"]).agg(["sum", "count"])
    assert counted == {f"{g} * missing": tuple(expected.loc[g]) for g in ("a", "b")}
    assert [few.group for few in each.too_few] == ["c * missing"]
    assert {f.group: f.verdict for f in each.findings} == {"a * missing": "pass", "b * missing": "fail"}
    assert [(f.numerator, f.verdict) for f in none.findings] == [(0, Verdict.PASS)] * 2
    by_both = lacking.groupby([people["region"], people["group"]]).sum()
    assert {f.group: f.numerator for f in crossed.findings} == {
        f"{region} * {group} * missing": number for (region, group), number in by_both.items()
    }


def test_missing_labels_are_counted_among_the_rows_that_were_left_out(people: pd.DataFrame) -> None:
    frame = people.assign(label=people["label"].astype(object))
    frame.loc[::10, "label"] = None
    gates = [
        {"metric": "missing_values", "column": "label", "max": "0.2"},
        {"metric": "missing_values", "column": "label", "attribute": "group", "max": "0.2"},
    ]
    whole, each = answer(frame, gates, missing=Missing.DROP).gates
    assert [(f.numerator, f.denominator) for f in whole.findings] == [(100, 1_000)]
    expected = frame["label"].isna().groupby(frame["group"]).agg(["sum", "size"])
    assert {f.group: (f.numerator, f.denominator) for f in each.findings} == {
        f"{g} * missing": tuple(expected.loc[g]) for g in ("a", "b", "c")
    }
    with pytest.raises(
        GateError, match="not known of single groups which rows lack 'label' of 'group\\*region'"
    ):
        answer(
            frame,
            [{"metric": "missing_values", "column": "label", "attribute": "group*region", "max": "0.2"}],
            missing=Missing.DROP,
        )


def test_people_of_several_rows_count_as_the_variance_of_a_ratio_says() -> None:
    draw = np.random.default_rng(5)
    rows = draw.integers(1, 6, 60)
    inside = draw.random(60) < 0.4

    def clustered(chosen: Any) -> Counts:
        own = rows[chosen]
        products = (int((own * own).sum()), 0, 0)
        return Counts(
            n=int(own.sum()), selected=int(own.sum()), clusters=Clusters(people=len(own), products=products)
        )

    whole, part = clustered(np.ones(60, bool)), clustered(inside)
    estimate = part_estimate(PEOPLE[0], part, whole)
    p = part.n / whole.n
    variance = ((inside - p) ** 2 * rows**2).sum() * 60 / 59 / whole.n**2
    assert estimate.trials == pytest.approx(p * (1 - p) / variance)
    assert part_estimate(PEOPLE[0], None, whole).trials == pytest.approx(rows.sum() ** 2 / (rows**2).sum())


def test_everybody_is_held_to_what_everybody_was(people: pd.DataFrame) -> None:
    now = people.assign(score=np.where(people["label"] == 0, 1, people["score"]))
    gates = read_gates(
        [{"metric": "fpr", "max_rise": "0.02"}, {"metric": "mcc", "max_drop": "0.02"}], file="x"
    )
    document = check(open_frame(now), gates, baseline=open_frame(people)).document
    assert [gate.verdict for gate in document.gates] == [Verdict.FAIL] * 2
    (finding,) = document.gates[0].findings
    x, n = wrongly(people)
    assert (finding.estimate, finding.reference_estimate) == (1.0, pytest.approx(x / n))
    text = markdown(document)
    assert "Has the false positive rate kept to that of the baseline?" in text
    assert "People are wrongly selected more often than in the baseline." in text


def test_calibration_is_asked_of_everybody_and_of_groups(people: pd.DataFrame) -> None:
    draw = np.random.default_rng(7)
    scores = np.where(people["group"] == "b", 0.3, 0.5) + draw.uniform(-0.05, 0.05, len(people))
    frame = people.assign(score=scores.round(4))
    gates = [
        {"metric": "ece", "max": "0.3"},
        {"metric": "oe", "attribute": "group", "min": "0.7", "max": "1.3", "min_people": 30},
        {"metric": "prev", "attribute": "group", "max": "0.9", "min_people": 30},
    ]
    whole, each, rates = answer(frame, gates).gates
    assert whole.findings[0].verdict is Verdict.PASS
    for finding in each.findings:
        own = frame[frame["group"] == finding.group]
        assert finding.value == pytest.approx(own["label"].sum() / own["score"].sum())
    assert {f.group: f.verdict for f in each.findings} == {"a": "pass", "b": "fail"}
    assert [few.group for gate in (each, rates) for few in gate.too_few] == ["c", "c"]
    assert rates.verdict is Verdict.PASS


def test_waivers_hold_for_all_of_them(people: pd.DataFrame) -> None:
    def waive(group: str) -> dict[str, Any]:
        return {"group": group, "until": dt.date(9999, 1, 1), "why": "known"}

    gates = [
        {"metric": "fpr", "max": "0.1", "waive": waive("everybody")},
        {"metric": "share", "attribute": "group", "min": "0.05", "waive": waive("c")},
        {"metric": "missing_values", "column": "income", "max": "0.01", "waive": waive("missing")},
        {
            "metric": "accuracy",
            "attribute": "group",
            "min": "0.6",
            "min_people": 30,
            "waive": waive("group=c"),
        },
    ]
    document = answer(people, gates)
    assert [gate.outcome for gate in document.gates] == ["waived", "waived", "waived", "passed"]
    assert document.exit_code == 0
    assert "Everybody is waived until 9999-01-01: known." in markdown(document)


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        (
            {"metric": "fpr", "ratio_within": "0.8"},
            "'ratio_within' compares groups, and it is about no attribute",
        ),
        ({"metric": "ppr", "min": "0.5"}, "ppr of everybody is 1"),
        ({"metric": "share", "min": "0.5"}, "it is about no attribute, and everybody is all of everybody"),
        (
            {"metric": "share", "attribute": "g", "ratio_within": "0.8"},
            "'ratio_within': share is a share of people that may have a min and a max only",
        ),
        (
            {"metric": "share", "attribute": "g", "min": "0.1", "min_people": 9},
            "'min_people' would leave out the small groups",
        ),
        ({"metric": "missing_values", "max": "0.1"}, "the key 'column' is missing"),
        ({"metric": "missing_values", "column": [], "max": "0.1"}, "the key 'column' is missing"),
        (
            {"metric": "missing_values", "column": 3, "max": "0.1"},
            "'column' has to be a text or a list of texts, and is 3",
        ),
        (
            {"metric": "fpr", "column": "income", "max": "0.1"},
            "'column' is only for the metric 'missing_values'",
        ),
        (
            {"metric": "fpr", "max": "0.1", "min_people": 0},
            "'min_people': 0 is no whole number of people from 1 to 1,000,000,000,000",
        ),
        ({"metric": "fpr", "max": "0.1", "min_people": True}, "'min_people': true is no whole number"),
        (
            {"metric": "fpr", "max": "0.1", "waive": dt.date(2030, 1, 1)},
            "'waive' has to be a table or a list of tables, and is 2030-01-01",
        ),
        ({"metric": "fpr", "max": "0.1", "min_people": "30"}, "'min_people': '30' is no whole number"),
        ({"metric": "fpr", "max": "0.1", "family": ""}, "'family': '' is no name of a family"),
        ({"metric": "fpr", "max": "0.1", "family": 3}, "'family' has to be a text, and is 3"),
        (
            {"metric": "fpr", "max": "0.1", "family": "x", "decide": "point"},
            "'family': where the value alone decides, nothing is corrected",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(entry: Entry, sentence: str) -> None:
    with pytest.raises(GateError) as refused:
        read_gates([entry], file="policy.toml")
    assert str(refused.value).startswith(f"policy.toml, gate 1: {sentence}")


def test_a_message_names_the_line_of_the_key() -> None:
    text = '# a policy\n[[gate]]\nmetric = "fpr"\nmax = 0.1\n\n[[gate]]\nmetric = "fpr"\nmin = 0.1\nmin-people = 0\n'
    entries = [{"metric": "fpr", "max": "0.1"}, {"metric": "fpr", "min": "0.1", "min-people": 0}]
    with pytest.raises(GateError, match=r"^policy\.toml, line 9, gate 2: 'min_people': 0 is no whole number"):
        read_gates(entries, file="policy.toml", text=text)


def test_a_column_that_is_not_there_is_named(people: pd.DataFrame) -> None:
    with pytest.raises(
        GateError,
        match=r"^policy\.toml, gate 'missing_values incme at most 0\.1': 'column': .*no column 'incme'\. Did you mean 'income'\?",
    ):
        answer(people, [{"metric": "missing_values", "column": "incme", "max": "0.1"}])
