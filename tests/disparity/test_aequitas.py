"""Aequitas's tables from counts: cell by cell what Aequitas answers on the rows, and where the two part on purpose."""

from __future__ import annotations

import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from peers import for_aequitas

from fairaudit.count.counts import Counted, Counts, GroupCounts
from fairaudit.count.groups import count
from fairaudit.disparity import aequitas as aequitas_bridge
from fairaudit.disparity.judge import COMBINED_PARITIES, PARITIES, Judged, Verdict, judge
from fairaudit.disparity.ratios import Compared, compare
from fairaudit.disparity.references import References, find_references
from fairaudit.metrics.measure import measure
from fairaudit.metrics.table import METRICS, PARITY_METRICS
from fairaudit.read.checked_rows import Checked
from fairaudit.read.dataframes import open_frame
from fairaudit.read.table import validate
from fairaudit.settings.choices import Decide, ScoreKind
from fairaudit.settings.reading import ReadSettings

TAU = Fraction("0.8")
KINDS = ("named", "majority", "min-metric")
COLUMNS = [
    "model_id",
    "score_threshold",
    "k",
    "attribute_name",
    "attribute_value",
    "accuracy",
    "tpr",
    "tnr",
    "for",
    "fdr",
    "fpr",
    "fnr",
    "npv",
    "precision",
    "pp",
    "pn",
    "ppr",
    "pprev",
    "fp",
    "fn",
    "tn",
    "tp",
    "group_label_pos",
    "group_label_neg",
    "group_size",
    "total_entities",
    "prev",
]


@contextmanager
def peer() -> Iterator[None]:
    """Let Aequitas warn about its own calls of pandas."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def group_of_aequitas(frame: pd.DataFrame, **options: Any) -> pd.DataFrame:
    with peer():
        from aequitas.group import Group

        table, _ = Group().get_crosstabs(for_aequitas(frame), **options)
    return table


def bias_of_aequitas(
    table: pd.DataFrame, kind: str, references: dict[str, str] | None = None
) -> pd.DataFrame:
    with peer():
        from aequitas.bias import Bias

        match kind:
            case "named":
                return Bias().get_disparity_predefined_groups(table.copy(), None, references)
            case "majority":
                return Bias().get_disparity_major_group(table.copy(), None)
            case _:
                return Bias().get_disparity_min_metric(table.copy(), None)


def fairness_of_aequitas(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    with peer():
        from aequitas.fairness import Fairness

        runner = Fairness(tau=float(TAU))
        values = runner.get_group_value_fairness(table.copy())
        attributes = runner.get_group_attribute_fairness(values)
        return values, attributes, runner.get_overall_fairness(attributes)


def read(frame: pd.DataFrame, **chosen: Any) -> Checked:
    return validate(open_frame(frame), ReadSettings(**chosen))


def without_nan(value: Any) -> Any:
    return None if value is None or value != value else value


@pytest.fixture(scope="session")
def compas(data_dir: Path) -> pd.DataFrame:
    return pd.read_csv(data_dir / "compas_for_aequitas.csv")


NAMES = st.sampled_from(["Other", "a", "B", "a|b", "É", "=1", "10", "9"])


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    """1 to 3 attributes of 1 to 6 groups, few rows, so that groups without positives or selected people are common."""
    n = draw(st.integers(2, 30))
    columns = {}
    for index in range(draw(st.integers(1, 3))):
        names = draw(st.lists(NAMES, min_size=1, max_size=6, unique=True))
        columns[f"attribute {index}"] = draw(st.lists(st.sampled_from(names), min_size=n, max_size=n))
    labels = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    labels[:2] = [1, 0]
    scores = draw(
        st.lists(st.sampled_from(draw(st.sampled_from([[0], [1], [0, 1]]))), min_size=n, max_size=n)
    )
    return pd.DataFrame({"score": scores, "label_value": labels} | columns)


Cells = tuple[int, int, int, int]
CELLS = st.tuples(*[st.one_of(st.just(0), st.integers(0, 40))] * 4).filter(any)


@st.composite
def audits(draw: st.DrawFn) -> Counted:
    """Counts of one attribute or two, as `count` gives them, without the way through rows."""
    names = st.lists(NAMES, min_size=1, max_size=6, unique=True)
    first = {name: draw(CELLS) for name in draw(names)}
    attributes = {"first": first}
    if draw(st.booleans()):
        # The second attribute groups the same people: the groups are pooled.
        pooled: dict[str, Cells] = {}
        for cells in first.values():
            name = draw(st.sampled_from(["Other", "a", "zz"]))
            pooled[name] = tuple(map(sum, zip(pooled.get(name, (0, 0, 0, 0)), cells, strict=True)))  # type: ignore[assignment]
        attributes["second"] = pooled
    return made(attributes)


def made(attributes: dict[str, dict[str, Cells]]) -> Counted:
    def counts(tp: int, fp: int, fn: int, tn: int) -> Counts:
        return Counts(n=tp + fp + fn + tn, selected=tp + fp, tp=tp, fp=fp, fn=fn, tn=tn)

    everybody = [sum(cells) for cells in zip(*next(iter(attributes.values())).values(), strict=True)]
    groups = tuple(
        GroupCounts(attribute=attribute, group=name, counts=counts(*cells))
        for attribute, members in attributes.items()
        for name, cells in sorted(members.items())
    )
    return Counted(overall=counts(*everybody), groups=groups, scores=ScoreKind.DECISIONS)


def references_of(counted: Counted, kind: str) -> tuple[References, Compared]:
    measured = measure(counted)
    wanted = [f"{a}={counted.of(a)[-1].group}" for a in counted.attributes] if kind == "named" else [kind]
    found = find_references(measured, wanted)
    return found, compare(measured, found)


def assert_verdicts_agree(
    compared: Compared,
    judged: Judged,
    bias: aequitas_bridge.AequitasBias,
    fairness: aequitas_bridge.AequitasFairness,
) -> None:
    """Our ratios and verdicts are Aequitas's wherever everything is defined, and the ratio is no float's breadth from a limit."""
    sure: dict[tuple[str, str, str], bool] = {}
    for d in compared.disparities:
        theirs = bias.disparities[d.attribute, d.group, d.metric]
        if d.ratio is None:
            # Aequitas puts 10.0 for x / 0, and nothing for 0 / 0 and for what is undefined.
            assert theirs == (10.0 if d.difference else None)
            continue
        assert theirs == pytest.approx(float(d.ratio), rel=1e-12)
        assert bias.references[d.attribute, d.metric] == d.reference_group
        close = min(abs(d.ratio - TAU), abs(d.ratio - 1 / TAU)) < Fraction(1, 10**9)
        sure[d.attribute, d.group, next(m.parity for m in PARITY_METRICS if m.name == d.metric)] = not close
    for p in judged.parities:
        if p.metric is not None and p.verdict is not None and sure.get((p.attribute, p.group, p.parity)):
            assert fairness.groups[p.attribute, p.group, p.parity] is (p.verdict is Verdict.PASS)
    for v in judged.attributes:
        members = [p for p in judged.parities if (p.attribute, p.parity) == (v.attribute, v.parity)]
        if (
            v.parity in PARITIES
            and all(sure.get((p.attribute, p.group, p.parity)) for p in members)
            and len(members) > 1
        ):
            assert fairness.attributes[v.attribute, v.parity] is (v.verdict is Verdict.PASS)


class TestCrosstab:
    def test_compas(self, compas: pd.DataFrame) -> None:
        theirs = group_of_aequitas(compas)
        checked = read(compas)
        ours = aequitas_bridge.crosstab(count(checked), rule=checked.rule)
        assert list(ours.columns) == COLUMNS
        assert len(ours) == 11
        pd.testing.assert_frame_equal(ours, theirs, check_exact=True)

    def test_compas_two_years_with_a_threshold(self, data_dir: Path) -> None:
        frame = pd.read_csv(data_dir / "compas_two_years.csv")
        attributes = ("sex", "race", "age_cat")
        options = {"score_col": "decile_score", "label_col": "two_year_recid", "attr_cols": list(attributes)}
        theirs = group_of_aequitas(frame, score_thresholds={"score_val": [5.0]}, **options)
        checked = read(
            frame, score="decile_score", label="two_year_recid", threshold=5.0, attributes=attributes
        )
        ours = aequitas_bridge.crosstab(count(checked), rule=checked.rule)
        assert set(ours["score_threshold"]) == {"5.0_val"}
        pd.testing.assert_frame_equal(ours, theirs, check_exact=True)

    def test_raisin_decided_by_its_length(self, data_dir: Path) -> None:
        frame = pd.read_csv(data_dir / "raisin.csv", encoding="utf-8-sig")
        table = pd.DataFrame(
            {
                "score": (frame["MajorAxisLength"] > frame["MajorAxisLength"].mean()).astype(int),
                "label_value": (frame["Class"] == "Besni").astype(int),
                "size": np.where(frame["Area"] > frame["Area"].median(), "large", "small"),
                "shape": np.where(frame["Eccentricity"] > 0.8, "long", "round"),
            }
        )
        pd.testing.assert_frame_equal(
            aequitas_bridge.crosstab(count(read(table))), group_of_aequitas(table), check_exact=True
        )

    def test_car_decided_by_its_safety(self, data_dir: Path) -> None:
        frame = pd.read_csv(data_dir / "car.csv")
        table = frame.assign(
            score=(frame["safety"] == "high").astype(int), label_value=(frame["car"] != "unacc").astype(int)
        )
        attributes = ["buying", "maint", "persons", "lug_boot"]
        theirs = group_of_aequitas(table.astype(dict.fromkeys(attributes, str)), attr_cols=attributes)
        ours = aequitas_bridge.crosstab(count(read(table, attributes=tuple(attributes))))
        pd.testing.assert_frame_equal(ours, theirs, check_exact=True)

    def test_top_k_without_ties(self) -> None:
        chance = np.random.default_rng(5)
        frame = pd.DataFrame(
            {
                "score": chance.permutation(200) / 7,
                "label_value": chance.integers(0, 2, 200),
                "g": chance.choice(["a", "b", "c"], 200),
            }
        )
        theirs = group_of_aequitas(frame, score_thresholds={"rank_abs": [37]})
        checked = read(frame, top_k=37)
        ours = aequitas_bridge.crosstab(count(checked), rule=checked.rule)
        pd.testing.assert_frame_equal(ours, theirs, check_exact=True)

    @settings(max_examples=50)
    @given(tables())
    def test_generated_tables(self, frame: pd.DataFrame) -> None:
        checked = read(frame, attributes=tuple(frame.columns[2:]))
        ours = aequitas_bridge.crosstab(count(checked), rule=checked.rule)
        pd.testing.assert_frame_equal(ours, group_of_aequitas(frame), check_exact=True)

    def test_weights_give_the_table_of_the_repeated_rows(self, compas: pd.DataFrame) -> None:
        cells = compas.groupby(["race", "score", "label_value"]).size().reset_index(name="people")
        ours = aequitas_bridge.crosstab(count(read(cells, weight="people", attributes=("race",))))
        pd.testing.assert_frame_equal(
            ours, group_of_aequitas(compas[["race", "score", "label_value"]]), check_exact=True
        )

    def test_without_labels_only_columns_that_need_none(self) -> None:
        frame = pd.DataFrame({"score": [1, 0, 1], "g": ["a", "b", "b"]})
        ours = aequitas_bridge.crosstab(count(read(frame, label="none")))
        assert set(ours.columns) == set(COLUMNS[:5]) | {
            "pp",
            "pn",
            "ppr",
            "pprev",
            "group_size",
            "total_entities",
        }
        assert ours["pprev"].tolist() == [1.0, 0.5]

    def test_a_group_of_nobody_is_not_shown_to_aequitas(self) -> None:
        counted = made({"g": {"a": (1, 1, 1, 1), "nobody": (0, 0, 0, 0)}})
        assert aequitas_bridge.crosstab(counted)["attribute_value"].tolist() == ["a"]


class TestTheTableOfMetrics:
    def test_our_names_are_those_of_aequitas(self) -> None:
        with peer():
            from aequitas.bias import Bias
            from aequitas.fairness import Fairness
            from aequitas.group import Group

            runner = Fairness()
        assert {m.name for m in METRICS if m.aequitas} == set(Group.all_group_metrics)
        assert {m.name for m in PARITY_METRICS} == set(Bias.all_group_metrics)
        assert {p: f"{m}_disparity" for p, m in PARITIES.items()} == runner.fair_measures_depend
        combined = runner.type_parity_depend | runner.high_level_fairness_depend
        assert {p: list(parts) for p, parts in COMBINED_PARITIES.items()} == combined


class TestBiasAndFairness:
    @pytest.mark.parametrize("kind", KINDS)
    def test_compas(self, compas: pd.DataFrame, kind: str) -> None:
        checked = read(compas)
        counted = count(checked)
        references, compared = references_of(counted, kind)
        bias = aequitas_bridge.bias(counted, references, rule=checked.rule)
        # All attributes in one run: these share no value.
        named = {a: str(references.groups[a]) for a in counted.attributes}
        theirs = bias_of_aequitas(group_of_aequitas(compas), kind, named)
        pd.testing.assert_frame_equal(bias.table, theirs, check_exact=True)
        fairness = aequitas_bridge.fairness(bias, tau=TAU)
        self.assert_fairness_is_that_of_aequitas(fairness, theirs)
        assert_verdicts_agree(compared, judge(compared, tau=TAU, decide=Decide.POINT), bias, fairness)

    @settings(max_examples=20)
    @given(audits(), st.sampled_from(KINDS))
    def test_generated_counts(self, counted: Counted, kind: str) -> None:
        references, compared = references_of(counted, kind)
        bias = aequitas_bridge.bias(counted, references)
        everything = aequitas_bridge.crosstab(counted)
        runs = []
        for attribute in counted.attributes:
            mine = everything[everything["attribute_name"] == attribute].reset_index(drop=True)
            try:
                runs.append(bias_of_aequitas(mine, kind, {attribute: str(references.groups[attribute])}))
            except ValueError as error:
                # Beside pandas 3 Aequitas itself finds no least value where a metric is undefined for all groups.
                if kind != "min-metric" or "all NA values" not in str(error):
                    raise
                reject()
        theirs = pd.concat(runs, ignore_index=True)
        pd.testing.assert_frame_equal(bias.table, theirs, check_exact=True)
        for record in theirs.to_dict("records"):
            for metric in (m.name for m in PARITY_METRICS):
                key = (record["attribute_name"], record["attribute_value"], metric)
                assert bias.disparities[key] == without_nan(record[f"{metric}_disparity"])
                assert bias.references[key[0], metric] == record[f"{metric}_ref_group_value"]
        fairness = aequitas_bridge.fairness(bias, tau=TAU)
        self.assert_fairness_is_that_of_aequitas(fairness, theirs)
        assert_verdicts_agree(compared, judge(compared, tau=TAU, decide=Decide.POINT), bias, fairness)

    @staticmethod
    def assert_fairness_is_that_of_aequitas(
        fairness: aequitas_bridge.AequitasFairness, bias: pd.DataFrame
    ) -> None:
        values, attributes, overall = fairness_of_aequitas(bias)
        parities = [*PARITIES, *COMBINED_PARITIES]
        assert dict(fairness.groups) == {
            (r["attribute_name"], r["attribute_value"], p): without_nan(r[p])
            for r in values.to_dict("records")
            for p in parities
        }
        assert dict(fairness.attributes) == {
            (r["attribute_name"], p): without_nan(r[p])
            for r in attributes.to_dict("records")
            for p in parities
        }
        for key, name in (("unsupervised", "Unsupervised Fairness"), ("supervised", "Supervised Fairness")):
            ours = fairness.overall[key]
            # Undefined for all attributes is True in Aequitas, and nothing here.
            undefined = all(truth is None for (_, p), truth in fairness.attributes.items() if p == name)
            assert ours is (None if undefined else overall[name])
            if undefined:
                assert overall[name] is True
        if None not in fairness.overall.values():
            assert fairness.overall["overall"] is overall["Overall Fairness"]

    def test_without_labels(self) -> None:
        frame = pd.DataFrame({"score": [1, 0, 1, 0, 0, 1], "g": list("aabbbb"), "h": list("xyxyxx")})
        counted = count(read(frame, label="none"))
        references, compared = references_of(counted, "majority")
        bias = aequitas_bridge.bias(counted, references)
        assert {metric for _, _, metric in bias.disparities} == {"ppr", "pprev"}
        fairness = aequitas_bridge.fairness(bias, tau=TAU)
        assert {p for _, p in fairness.attributes} == {
            "Statistical Parity",
            "Impact Parity",
            "Unsupervised Fairness",
        }
        assert set(fairness.overall) == {"unsupervised", "overall"}
        judged = judge(compared, tau=TAU, decide=Decide.POINT)
        assert fairness.overall["unsupervised"] is (judged.overall["unsupervised"] is Verdict.PASS)

    def test_the_bias_table_is_not_changed_by_fairness(self) -> None:
        counted = made({"g": {"a": (5, 5, 5, 5), "b": (5, 4, 3, 2)}})
        bias = aequitas_bridge.bias(counted, references_of(counted, "majority")[0])
        before = bias.table.copy(deep=True)
        aequitas_bridge.fairness(bias, tau=TAU)
        pd.testing.assert_frame_equal(bias.table, before)

    def test_nothing_is_printed_and_nothing_is_warned(self, capsys: pytest.CaptureFixture[str]) -> None:
        counted = made({"g": {"a": (0, 0, 5, 5), "b": (0, 0, 3, 2)}})
        bias = aequitas_bridge.bias(counted, references_of(counted, "min-metric")[0])
        aequitas_bridge.fairness(bias, tau=TAU)
        assert capsys.readouterr() == ("", "")

    def test_a_reference_group_beside_a_group_of_nobody(self) -> None:
        counted = made({"g": {"a": (5, 5, 5, 5), "b": (5, 5, 5, 5), "nobody": (0, 0, 0, 0)}})
        bias = aequitas_bridge.bias(counted, references_of(counted, "majority")[0])
        assert ("g", "nobody", "fpr") not in bias.disparities
        assert bias.disparities["g", "b", "fpr"] == 1.0


class TestWhereTheTwoPart:
    def test_one_part_undefined_and_the_other_passed_is_a_fail_in_aequitas(self) -> None:
        # Its comment says that the defined part decides; its code asks that both be True.
        counted = made({"g": {"a": (0, 0, 5, 5), "b": (0, 0, 5, 5)}})
        references, compared = references_of(counted, "majority")
        fairness = aequitas_bridge.fairness(aequitas_bridge.bias(counted, references), tau=TAU)
        assert fairness.groups["g", "b", "TypeI Parity"] is None
        assert fairness.groups["g", "b", "TypeII Parity"] is True
        assert fairness.groups["g", "b", "Supervised Fairness"] is False
        ours = {
            (p.group, p.parity): p.verdict for p in judge(compared, tau=TAU, decide=Decide.POINT).parities
        }
        assert ours["b", "TypeI Parity"] is Verdict.UNDECIDED
        assert ours["b", "TypeII Parity"] is Verdict.PASS
        assert ours["b", "Supervised Fairness"] is Verdict.UNDECIDED

    def test_a_defined_pass_hides_an_undefined_group_in_aequitas(self) -> None:
        counted = made({"g": {"a": (5, 5, 5, 5), "b": (5, 5, 5, 5), "c": (10, 0, 10, 0)}})
        references, compared = references_of(counted, "majority")
        fairness = aequitas_bridge.fairness(aequitas_bridge.bias(counted, references), tau=TAU)
        assert fairness.attributes["g", "FPR Parity"] is True
        (ours,) = (
            v for v in judge(compared, tau=TAU, decide=Decide.POINT).attributes if v.parity == "FPR Parity"
        )
        assert (ours.verdict, ours.reason) == (Verdict.UNDECIDED, "undecided in 1 of 2 groups")

    def test_a_comparison_of_the_reference_with_itself_is_a_pass_in_aequitas(self) -> None:
        counted = made({"g": {"only": (5, 5, 5, 5)}})
        references, compared = references_of(counted, "majority")
        bias = aequitas_bridge.bias(counted, references)
        assert aequitas_bridge.fairness(bias, tau=TAU).overall["overall"] is True
        assert judge(compared, tau=TAU, decide=Decide.POINT).overall["overall"] is Verdict.UNDECIDED


def test_threads_leave_stdout_as_it_was() -> None:
    before, first_in, second_done = sys.stdout, threading.Event(), threading.Event()

    def first() -> None:
        with aequitas_bridge._quiet():
            first_in.set()
            second_done.wait(0.2)

    def second() -> None:
        first_in.wait(5)
        with aequitas_bridge._quiet():
            time.sleep(0.4)
        second_done.set()

    threads = [threading.Thread(target=step) for step in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sys.stdout is before
