"""Roles, decision rules, weights, cuts and groups: what a checked table holds, and what is refused in which words."""

from __future__ import annotations

import math
import random
import struct
import sys
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from fairaudit.count.counts import Counted
from fairaudit.count.groups import count
from fairaudit.errors import FairauditError, OptionError
from fairaudit.read.checked_rows import Checked
from fairaudit.read.dataframes import open_frame
from fairaudit.read.files import open_path
from fairaudit.read.readings import MOST_GROUPS
from fairaudit.read.roles import Roles
from fairaudit.read.table import Use, validate
from fairaudit.settings.choices import Missing, RuleKind, ScoreKind, WeightKind
from fairaudit.settings.reading import ReadSettings

WriteCsv = Callable[..., str]
FEWER = hypothesis_settings(max_examples=20)
LABELS = [1, 0, 1, 0]
RACES = ["A", "B", "A", "B"]


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"race": RACES, "score": [0.9, 0.2, 0.6, 0.4], "label": LABELS} | columns)


def read(source: object, **settings: Any) -> Checked:
    opened = open_path(source) if isinstance(source, str) else open_frame(source)
    return validate(opened, ReadSettings(**settings))


def counted(source: object, **settings: Any) -> Counted:
    return count(read(source, **settings))


def sizes(source: object, **settings: Any) -> dict[str, int]:
    return {group.group: group.counts.n for group in counted(source, **settings).groups}


def message_of(source: object, **settings: Any) -> str:
    with pytest.raises(FairauditError) as caught:
        counted(source, **settings)
    return str(caught.value)


class TestRoles:
    @pytest.mark.parametrize(
        ("columns", "settings", "roles"),
        [
            (["label", "score"], {}, Roles(label="label", score="score")),
            (["label_value", "score"], {}, Roles(label="label_value", score="score")),
            (
                [" label", "score\u200b", " decision"],
                {},
                Roles(label=" label", score="score\u200b", decision=" decision"),
            ),
            (["label", "label_value", "score"], {}, Roles(label="label", score="score")),
            (["label", "score", "decision"], {}, Roles(label="label", score="score", decision="decision")),
            (["label", "decision"], {}, Roles(label="label", decision="decision")),
            (["label", "score", "decision"], {"threshold": 0.5}, Roles(label="label", score="score")),
            (["label", "score", "decision", "s2"], {"score": "s2"}, Roles(label="label", score="s2")),
            (["y", "p"], {"label": "y", "score": "p"}, Roles(label="y", score="p")),
            (["label", "score"], {"label": "none"}, Roles(score="score")),
            (["none", "score"], {"label": "none"}, Roles(label="none", score="score")),
            (["label", "score", "decision"], {"score": "none"}, Roles(label="label", decision="decision")),
            (["label", "score", "w"], {"weight": "w"}, Roles(label="label", score="score", weight="w")),
        ],
        ids=[
            "usual names",
            "Aequitas's label",
            "blanks around the usual names",
            "ours before Aequitas's",
            "decision beside the score",
            "decision alone",
            "a rule makes its own decisions",
            "a named score makes its own decisions",
            "named",
            "no label",
            "a column that is called none",
            "no score",
            "weight",
        ],
    )
    def test_who_plays_what(self, columns: list[str], settings: dict[str, Any], roles: Roles) -> None:
        data = pd.DataFrame({c: [1] * 4 if c == "w" else LABELS for c in columns} | {"race": RACES})
        assert read(data, **settings).roles == roles

    @pytest.mark.parametrize(
        ("columns", "settings", "sentence"),
        [
            pytest.param(
                ["score"],
                {},
                "pandas DataFrame has no column 'label'. Its columns are 'score', 'race'. Name the column with the true "
                "outcome by --label COLUMN, or say --label none to audit decisions alone.",
                id="no label",
            ),
            pytest.param(
                ["label"],
                {},
                "pandas DataFrame has no column 'score'. Its columns are 'label', 'race'. "
                "Name the column with the scores or the 0/1 decisions by --score COLUMN.",
                id="no score",
            ),
            pytest.param(
                ["label", "score"],
                {"score": "none"},
                "--score: without scores there have to be decisions, and pandas DataFrame has no column 'decision'. "
                "Name the column with the decisions by --decision COLUMN.",
                id="neither scores nor decisions",
            ),
            pytest.param(
                ["label", "decision"],
                {"threshold": 0.5},
                "pandas DataFrame has no column 'score'. Its columns are 'label', 'decision', 'race'. "
                "A decision rule needs the scores; name their column by --score COLUMN.",
                id="a rule without scores",
            ),
            pytest.param(
                ["label", "score"],
                {"label": "lable"},
                "pandas DataFrame has no column 'lable'. Did you mean 'label'? "
                "Its columns are 'label', 'score', 'race'.",
                id="a label with a typo",
            ),
            pytest.param(
                ["label", "score"],
                {"weight": "wieght"},
                "pandas DataFrame has no column 'wieght'. Its columns are 'label', 'score', 'race'.",
                id="no weight",
            ),
            pytest.param(
                ["label", "score"],
                {"decision": "d", "top_k": 3},
                "--decision: cannot be given together with --threshold, --top-k or --top-percent.",
                id="decisions twice",
            ),
            pytest.param(
                ["label", "score"],
                {"score": "label"},
                "--label, --score, --decision, --weight, --id: the column 'label' has two roles.",
                id="two roles",
            ),
            pytest.param(
                ["label", "score", "w"],
                {"weight": "w", "attributes": ("w",)},
                "--attribute: 'w' is the weight.",
                id="the weight as an attribute",
            ),
        ],
    )
    def test_who_is_missing(self, columns: list[str], settings: dict[str, Any], sentence: str) -> None:
        data = pd.DataFrame(dict.fromkeys(columns, LABELS) | {"race": RACES})
        assert message_of(data, **settings) == sentence


class TestLabels:
    @pytest.mark.parametrize(
        ("labels", "positive"),
        [
            pytest.param([1, 0, 1, 0], (), id="0/1"),
            pytest.param([1.0, 0.0, 1.0, 0.0], (), id="floats"),
            pytest.param([True, False, True, False], (), id="booleans"),
            pytest.param(["1", "0", "1.0", "0.0"], (), id="text numbers"),
            pytest.param(["True", "FALSE", "true", "false"], (), id="text booleans"),
            pytest.param(["yes", "no", "yes", "no"], ("yes",), id="text with a positive value"),
            pytest.param([2, 1, 2, 1], ("2",), id="1 and 2"),
            pytest.param([1, -1, 1, -1], ("1",), id="-1 and 1"),
            pytest.param([2.0, 1.0, 2.0, 1.0], ("2",), id="the same number written differently"),
            pytest.param(["good", "unacc", "vgood", "acc"], ("good", "vgood"), id="several positive values"),
            pytest.param([0, 1, 0, 1], ("0",), id="0 as the positive value"),
            pytest.param(["it's", "no", "it's", "no"], ("it's",), id="a quote"),
        ],
    )
    def test_become_1_and_0(self, labels: list[Any], positive: tuple[str, ...]) -> None:
        checked = read(frame(label=labels), positive=positive)
        found = checked.rows.connection.execute("SELECT label FROM used_rows").fetchall()
        assert [label for (label,) in found] == LABELS

    @pytest.mark.parametrize(
        ("labels", "positive", "problem"),
        [
            pytest.param([1, 2, 1, 2], (), "the labels are not 0 and 1 but '1', '2'.", id="1 and 2"),
            pytest.param([-1, 1, -1, 1], (), "the labels are not 0 and 1 but '-1', '1'.", id="-1 and 1"),
            pytest.param(["yes", "no"] * 2, (), "the labels are not 0 and 1 but 'no', 'yes'.", id="text"),
            pytest.param(
                [0, 1, 2, 1],
                (),
                "the labels are not 0 and 1 but '0', '1', '2' (row 3 holds '2').",
                id="three",
            ),
        ],
    )
    def test_that_are_not_0_and_1(self, labels: list[Any], positive: tuple[str, ...], problem: str) -> None:
        assert message_of(frame(label=labels), positive=positive) == (
            f"pandas DataFrame, column 'label': {problem} "
            "Say which values are positive: --positive VALUE (several if need be)."
        )

    def test_that_are_marked_as_missing(self) -> None:
        assert "1 of 4 rows have no label (row 3)" in message_of(frame(label=["1", "0", "NaN", "0"]))

    def test_that_are_names_of_their_own(self) -> None:
        n = MOST_GROUPS + 1
        data = pd.DataFrame({"race": "A", "score": 0.5, "label": range(n)})
        assert message_of(data, attributes=("race",)).startswith(
            "pandas DataFrame, column 'label': the labels are not 0 and 1 but more than 1,000 different values."
        )

    def test_a_positive_value_that_no_row_holds(self) -> None:
        assert message_of(frame(label=["yes", "no"] * 2), positive=("yess",)) == (
            "pandas DataFrame, column 'label': no row holds 'yess', named as positive. "
            "Did you mean 'yes'? Its values are 'no', 'yes'."
        )

    @pytest.mark.parametrize(
        ("labels", "positive", "value"),
        [([1, 1, 1, 1], (), 1), ([0] * 4, (), 0), (["a", "b"] * 2, ("a", "b"), 1)],
    )
    def test_of_one_class_only(self, labels: list[Any], positive: tuple[str, ...], value: int) -> None:
        assert message_of(frame(label=labels), positive=positive) == (
            f"pandas DataFrame, column 'label': every label is {value} after the positive class is taken as 1: error rates "
            "need both outcomes. Say --positive VALUE if another value is the positive one, "
            "or --label none to audit decisions alone."
        )

    def test_of_one_class_among_the_people(self) -> None:
        data = frame(label=[1, 1, 1, 0], weight=[1, 2, 3, 0])
        assert "every label is 1 " in message_of(data, weight="weight")

    def test_a_positive_value_without_labels(self) -> None:
        assert message_of(frame(), label="none", positive=("1",)) == (
            "--positive: there is no label column to which it could apply."
        )

    def test_labels_that_are_missing(self) -> None:
        data = frame(label=[1, None, 0, None])
        assert message_of(data) == (
            "pandas DataFrame, column 'label': 2 of 4 rows have no label (rows 2, 4). "
            "Say --missing drop to leave them out; they will be counted."
        )
        checked = read(data, missing=Missing.DROP)
        assert (checked.used, dict(checked.dropped)) == (2, {"missing label": 2})

    def test_labels_that_are_blank_in_a_file(self, write_csv: WriteCsv) -> None:
        path = write_csv("race,score,label", "A,1,1", 'B,0,"  "', "A,1,", "B,0,0")
        assert "2 of 4 rows have no label (rows 2, 3)" in message_of(path)

    def test_many_missing_rows_are_not_all_listed(self) -> None:
        data = pd.DataFrame({"race": ["A", "B"] * 5, "score": 0.5, "label": [1, 0] + [None] * 8})
        assert "8 of 10 rows have no label (rows 3, 4, 5, 6, 7 …)" in message_of(data)


class TestScores:
    @pytest.mark.parametrize(
        ("scores", "kind"),
        [
            ([0, 1, 1, 0], ScoreKind.DECISIONS),
            ([0.0, 1.0, 1.0, 0.0], ScoreKind.DECISIONS),
            ([True, False, True, False], ScoreKind.DECISIONS),
            ([1, 1, 1, 1], ScoreKind.DECISIONS),
            ([0.0, 1.0, 0.5, 0.0], ScoreKind.PROBABILITIES),
            ([0.3, 0.3, 0.7, 0.7], ScoreKind.PROBABILITIES),
        ],
    )
    def test_kinds(self, scores: list[Any], kind: ScoreKind) -> None:
        checked = read(frame(score=scores))
        assert checked.scores is kind
        assert checked.rule is not None
        expected = {
            ScoreKind.DECISIONS: (RuleKind.SCORES_ARE_DECISIONS, 1.0, "score is 0/1"),
            ScoreKind.PROBABILITIES: (
                RuleKind.THRESHOLD,
                0.5,
                "score >= 0.5 (the default, as all scores lie in [0, 1])",
            ),
        }[kind]
        assert (checked.rule.kind, checked.rule.threshold, checked.rule.sentence) == expected
        assert checked.rule.chosen_by_user is False

    @pytest.mark.parametrize("scores", [[1, 10, 5, 3], [-0.1, 0.5, 0.9, 1.0], [0.0, 1.0, 0.5, 1.0001]])
    def test_outside_0_and_1_without_a_rule(self, scores: list[float]) -> None:
        assert message_of(frame(score=scores)) == (
            f"pandas DataFrame, column 'score': the scores run from {min(scores):g} to {max(scores):g}, outside [0, 1], "
            "so nothing says which of them are positive decisions. "
            "Give --threshold T (score >= T), --top-k K or --top-percent P."
        )

    @pytest.mark.parametrize(
        ("cell", "shown"),
        [
            ("high", "high"),
            ("0,5", "0,5"),
            ("inf", "inf"),
            ("-Infinity", "-Infinity"),
            ("1e999", "1e999"),
            ("0x1F", "0x1F"),
        ],
    )
    def test_that_are_no_finite_numbers(self, write_csv: WriteCsv, cell: str, shown: str) -> None:
        path = write_csv("race,score,label", "A,0.5,1", f'B,"{cell}",0', "A,0.1,1", "B,zzz,0")
        assert message_of(path) == (
            f"predictions.csv, column 'score': row 2 holds {shown!r}, and scores must be finite numbers."
        )

    def test_a_mark_of_ones_own_is_named_with_its_option(self, write_csv: WriteCsv) -> None:
        path = write_csv("race,score,label", "A,0.5,1", "B,unknown,0", "A,0.1,1", "B,NA,0")
        assert message_of(path) == (
            "predictions.csv, column 'score': row 2 holds 'unknown', and scores must be finite numbers. "
            "If it stands for a missing value, say --na-values NA,unknown."
        )

    def test_row_numbers_count_the_rows_that_a_condition_leaves_out(self, write_csv: WriteCsv) -> None:
        path = write_csv("race,score,label", "A,zzz,1", "B,0.5,0", "A,high,1")
        assert "row 3 holds 'high'" in message_of(path, where="score <> 'zzz'")

    def test_a_long_value_is_cut_in_the_message(self, write_csv: WriteCsv) -> None:
        path = write_csv("race,score,label", f"A,{'x' * 1000},1", "B,0.5,0")
        assert len(message_of(path)) < 200

    @pytest.mark.parametrize("missing", ["", "nan", "NaN", '" "'])
    def test_that_are_missing(self, write_csv: WriteCsv, missing: str) -> None:
        path = write_csv("race,score,label", "A,0.5,1", f"B,{missing},0", "A,0.1,0")
        assert message_of(path) == (
            "predictions.csv, column 'score': 1 of 3 rows have no score (row 2). "
            "Say --missing drop to leave them out; they will be counted."
        )
        checked = read(path, missing=Missing.DROP, attributes=("race",))
        assert (checked.used, dict(checked.dropped)) == (2, {"missing score": 1})

    def test_missing_is_counted_once_a_row(self) -> None:
        data = frame(label=[None, 1, 0, 1], score=[np.nan, np.nan, 0.5, 0.5])
        checked = read(data, missing=Missing.DROP)
        assert dict(checked.dropped) == {"missing label": 1, "missing score": 1}
        assert checked.used == 2

    def test_nan_and_infinity_in_a_frame(self) -> None:
        assert "1 of 4 rows have no score (row 3)" in message_of(frame(score=[0.1, 0.2, np.nan, 0.4]))
        assert "row 4 holds 'inf'" in message_of(frame(score=[0.1, 0.2, 0.3, np.inf]))

    def test_a_row_of_weight_0_says_nothing(self) -> None:
        data = frame(score=[0, 1, 1, 7], weight=[1, 1, 1, 0], label=[1, 0, 1, 1])
        assert read(data, weight="weight").scores is ScoreKind.DECISIONS


class TestDecisions:
    def test_a_decision_column(self) -> None:
        checked = read(frame(decision=["0", "1", "1", "0"]))
        assert checked.rule is not None
        assert (checked.rule.kind, checked.rule.sentence) == (RuleKind.DECISION_COLUMN, "column decision")
        assert checked.scores is ScoreKind.PROBABILITIES  # the scores still serve for the Brier score
        overall = count(checked).overall
        assert (overall.tp, overall.fp, overall.fn, overall.tn) == (1, 1, 1, 1)

    def test_decisions_that_are_not_0_and_1(self) -> None:
        assert message_of(frame(decision=["yes", "no"] * 2)) == (
            "pandas DataFrame, column 'decision': the decisions are not 0 and 1 but 'no', 'yes'. "
            "Say which of them are positive by --positive VALUE, or let --score and --threshold make decisions."
        )

    def test_decisions_that_are_missing(self) -> None:
        assert "1 of 4 rows have no decision (row 1)" in message_of(frame(decision=[None, 1, 0, 1]))

    @pytest.mark.parametrize(
        ("threshold", "selected"),
        [(0.6, 2), (math.nextafter(0.6, 1), 1), (0.0, 4), (1.0, 0), (-5.0, 4), (2, 0)],
    )
    def test_a_score_at_the_threshold_is_selected(self, threshold: float, selected: int) -> None:
        checked = read(frame(), threshold=threshold)
        assert checked.rule is not None
        assert (checked.rule.kind, checked.rule.chosen_by_user) == (RuleKind.THRESHOLD, True)
        assert count(checked).overall.selected == selected

    def test_a_threshold_of_numpy(self) -> None:
        assert counted(frame(), threshold=np.float64(0.6)).overall.selected == 2
        assert counted(frame(), threshold=np.float32(0.5)).overall.selected == 2

    def test_a_threshold_on_decisions(self) -> None:
        checked = read(frame(score=[1, 0, 1, 0]), threshold=0.5)
        assert checked.scores is ScoreKind.DECISIONS
        assert count(checked).overall.selected == 2

    def test_any_number_at_the_threshold_is_selected(self) -> None:
        # A literal in SQL may lose its last digit on the way to a double; then the score at the cut falls below it.
        # DuckDB 1.4 does so with the first of these.
        chance = random.Random(7)
        scores = [0.9730820334649393, 0.1 + 0.2, 1 / 3, math.pi, 5e-324, 1.7976931348623157e308]
        scores += [chance.random() * 10.0 ** chance.randint(-8, 8) for _ in range(10)]
        data = pd.DataFrame({"race": "A", "score": scores, "label": [0, 1] * 8})
        for threshold in scores:
            expected = sum(score >= threshold for score in scores)
            assert counted(data, threshold=threshold, attributes=("race",)).overall.selected == expected

    @pytest.mark.parametrize(
        ("scores", "top_k", "cut", "selected"),
        [
            pytest.param([4, 3, 2, 1], 1, 4, 1, id="the highest"),
            pytest.param([4, 3, 2, 1], 4, 1, 4, id="everybody"),
            pytest.param([3, 3, 2, 1], 1, 3, 2, id="tied at the cut"),
            pytest.param([5, 3, 3, 3], 2, 3, 4, id="tied at the cut, all of them"),
            pytest.param([5, 5, 3, 3], 2, 5, 2, id="tied, but the cut falls between"),
            pytest.param([1, 1, 1, 1], 1, 1, 4, id="all tied"),
        ],
    )
    def test_top_k_includes_ties(self, scores: list[int], top_k: int, cut: float, selected: int) -> None:
        checked = read(frame(score=scores), top_k=top_k)
        assert checked.rule is not None
        assert (checked.rule.kind, checked.rule.threshold, checked.rule.wanted) == (
            RuleKind.TOP_K,
            cut,
            top_k,
        )
        assert (
            checked.rule.sentence == f"score >= {cut:g}, the top {top_k} and all tied with the last of them"
        )
        assert count(checked).overall.selected == selected

    @pytest.mark.parametrize(
        ("percent", "wanted"),
        [(25.0, 1), (26.0, 2), (50.0, 2), (100.0, 4), (0.1, 1), (75, 3), (np.float64(60), 3)],
    )
    def test_top_percent_rounds_up(self, percent: float, wanted: int) -> None:
        checked = read(frame(score=[40, 30, 20, 10]), top_percent=percent)
        assert checked.rule is not None
        assert (checked.rule.kind, checked.rule.wanted) == (RuleKind.TOP_PERCENT, wanted)
        assert count(checked).overall.selected == wanted

    def test_a_percentage_is_exact(self) -> None:
        # 0.07 * 100 is 7.000000000000001 in floats, and would select 8 of 100.
        data = pd.DataFrame({"race": "A", "score": range(100), "label": [0, 1] * 50})
        assert counted(data, top_percent=7.0, attributes=("race",)).overall.selected == 7
        assert math.ceil(Fraction(7.0 / 100) * 100) == 8

    def test_top_k_counts_people_not_rows(self) -> None:
        data = frame(score=[4, 3, 2, 1], weight=[5, 2, 0, 3])
        assert counted(data, weight="weight", top_k=5).overall.selected == 5
        assert counted(data, weight="weight", top_k=6).overall.selected == 7
        assert counted(data, weight="weight", top_percent=70.0).overall.selected == 7

    def test_top_k_of_more_than_there_are(self) -> None:
        assert message_of(frame(), top_k=5) == (
            "--top-k: 5 are to be selected, and pandas DataFrame holds 4 people."
        )

    @FEWER
    @given(st.lists(st.integers(0, 4), min_size=3, max_size=12), st.data())
    def test_top_k_is_what_sorting_says(self, scores: list[int], data: st.DataObject) -> None:
        top_k = data.draw(st.integers(1, len(scores)))
        table = pd.DataFrame({"race": "A", "score": scores, "label": [0, 1] + [1] * (len(scores) - 2)})
        cut = sorted(scores, reverse=True)[top_k - 1]
        assert counted(table, top_k=top_k, attributes=("race",)).overall.selected == sum(
            s >= cut for s in scores
        )


class TestWeights:
    def test_a_row_stands_for_so_many_people(self) -> None:
        found = counted(frame(weight=[3, 0, 2, 5]), weight="weight")
        assert (found.overall.n, found.overall.selected) == (10, 5)
        assert {g.group: g.counts.n for g in found.groups} == {"A": 5, "B": 5}

    @pytest.mark.parametrize(
        "weights", [["3", "0", "2", "5"], ["3.0", "0", "2e0", " 5 "], [3.0, 0.0, 2.0, 5.0]]
    )
    def test_whole_numbers_may_be_written_in_several_ways(self, weights: list[Any]) -> None:
        assert counted(frame(weight=weights), weight="weight").overall.n == 10

    @pytest.mark.parametrize(
        ("weight", "problem"),
        [
            ("-1", "row 2 holds '-1'"),
            ("many", "row 2 holds 'many'"),
            ("nan", "row 2 holds no weight"),
            ("inf", "row 2 holds 'inf'"),
            (None, "row 2 holds no weight"),
            (" ", "row 2 holds no weight"),
        ],
    )
    def test_that_are_no_numbers_of_people(self, weight: str | None, problem: str) -> None:
        assert message_of(frame(weight=["1", weight, "2", "3"]), weight="weight") == (
            f"pandas DataFrame, column 'weight': {problem}, and weights must be numbers, 0 or more."
        )

    def test_that_are_too_heavy_to_be_counted_exactly(self) -> None:
        assert message_of(frame(weight=["1", "1e16", "2", "3"]), weight="weight") == (
            "pandas DataFrame, column 'weight': row 2 holds '1e16', and weights must be numbers from 0 to 9,000,000,000,000,000."
        )

    def test_fractions_are_those_of_a_survey(self) -> None:
        data = frame(weight=["1", "0.5", "2", "3"])
        assert read(data, weight="weight").weight_kind is WeightKind.SURVEY
        assert message_of(data, weight="weight", weight_kind=WeightKind.FREQUENCY) == (
            "pandas DataFrame, column 'weight': row 2 holds '0.5', and weights must be whole numbers of people, 0 or more. "
            "Say --weight-kind survey if they are weights of a survey."
        )

    def test_that_are_all_0(self) -> None:
        assert message_of(frame(weight=0), weight="weight") == (
            "no rows are left: all 4 rows of pandas DataFrame were dropped (all weights are 0)."
        )

    def test_a_group_of_nobody_is_listed(self) -> None:
        assert sizes(frame(weight=[1, 0, 2, 0], label=[1, 0, 0, 1]), weight="weight") == {"A": 3, "B": 0}

    def test_large_weights_do_not_lose_people(self) -> None:
        data = frame(weight=[9_000_000_000_000_000] * 4)
        assert counted(data, weight="weight").overall.n == 36_000_000_000_000_000


class TestConditions:
    def test_what_is_left_out_is_counted(self) -> None:
        checked = read(frame(), where="score > 0.2", attributes=("race",))
        assert (checked.used, dict(checked.dropped)) == (3, {"where not (score > 0.2)": 1})

    def test_nothing_left(self) -> None:
        assert message_of(frame(), where="score > 2") == (
            "--attribute: no column of pandas DataFrame can be chosen as an attribute ('race': no values). "
            "A column that tells groups of people apart is needed."
        )
        assert message_of(frame(), where="score > 2", attributes=("race",)) == (
            "no rows are left: all 4 rows of pandas DataFrame were dropped (where not (score > 2): 4)."
        )
        assert message_of(frame(), where="score > 2", attributes=("race",), positive=("1",)) == (
            "no rows are left: all 4 rows of pandas DataFrame were dropped (where not (score > 2): 4)."
        )

    def test_values_that_are_left_out_need_no_sense(self) -> None:
        data = frame(label=["1", "0", "1", "unknown"])
        assert sizes(data, where="label <> 'unknown'") == {"A": 2, "B": 1}


class TestGroups:
    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            pytest.param(
                ["a", "b", None, "a"], {"(missing)": 1, "a": 2, "b": 1}, id="None in an object column"
            ),
            pytest.param(
                ["a", np.nan, "b", "a"], {"(missing)": 1, "a": 2, "b": 1}, id="NaN in an object column"
            ),
            pytest.param(["a", "", "  ", "b"], {"(missing)": 2, "a": 1, "b": 1}, id="empty and blank"),
            pytest.param(
                [1.0, np.nan, 2.0, 2.0], {"(missing)": 1, "1": 1, "2": 2}, id="NaN in a float column"
            ),
            pytest.param([True, False, True, True], {"false": 1, "true": 3}, id="boolean"),
            pytest.param([0, 1, 1, 1], {"0": 1, "1": 3}, id="0/1 is two groups"),
            pytest.param(
                pd.Categorical(["b", "a", None, "b"], categories=["b", "a", "never"]),
                {"(missing)": 1, "a": 1, "b": 2},
                id="Categorical",
            ),
            pytest.param(
                pd.array([1, 2, None, 2], dtype="Int64"),
                {"(missing)": 1, "1": 1, "2": 2},
                id="nullable integer",
            ),
            pytest.param(
                pd.array([True, None, False, True], dtype="boolean"),
                {"(missing)": 1, "false": 1, "true": 2},
                id="nullable boolean",
            ),
            pytest.param(
                pd.array(["a", None, "b", "a"], dtype="string"),
                {"(missing)": 1, "a": 2, "b": 1},
                id="string dtype",
            ),
            pytest.param(["a", 1, 2.5, "a"], {"1": 1, "2.5": 1, "a": 2}, id="mixed objects"),
            pytest.param(["A", "a", "ä", "B"], {"A": 1, "B": 1, "a": 1, "ä": 1}, id="ordered by code points"),
            pytest.param(["x ", "x", "x", " x"], {"x": 4}, id="blanks around a name are no part of it"),
            pytest.param(
                ["007", "7", "7", "07"], {"007": 1, "07": 1, "7": 2}, id="numbers in text stay text"
            ),
            pytest.param(
                ["(missing)", None, "a", "a"], {"(missing)": 2, "a": 2}, id="a group that is called (missing)"
            ),
            pytest.param(
                ["it's", 'a"b', "a|\nb", "=1+1"],
                {"=1+1": 1, 'a"b': 1, "a|\nb": 1, "it's": 1},
                id="awkward names",
            ),
        ],
    )
    def test_values_become_groups(self, values: Any, expected: dict[str, int]) -> None:
        found = sizes(frame(race=values), attributes=("race",))
        assert found == expected
        assert list(found) == sorted(found)

    def test_who_is_called_as_the_missing_are_is_counted_with_them_and_that_is_said(self) -> None:
        checked = read(frame(race=["(missing)", None, "a", "a"]), attributes=("race",))
        assert "race: 1 value is '(missing)', counted with those that are missing" in [
            note.sentence for note in checked.notes
        ]

    @pytest.mark.parametrize(
        "make",
        [
            pytest.param(pl.DataFrame, id="polars"),
            pytest.param(
                lambda data: pl.DataFrame(data).with_columns(pl.col("race").cast(pl.Categorical)),
                id="polars categorical",
            ),
            pytest.param(pa.table, id="Arrow"),
            pytest.param(
                lambda data: pa.table(data | {"race": pa.array(data["race"]).dictionary_encode()}),
                id="Arrow dictionary",
            ),
        ],
    )
    def test_groups_of_other_frames(self, make: Callable[[dict[str, list[Any]]], object]) -> None:
        data = {"race": ["b", "a", None, "b"], "score": [0.1, 0.9, 0.5, 0.4], "label": [0, 1, 0, 1]}
        assert sizes(make(data)) == {"(missing)": 1, "a": 1, "b": 2}

    def test_values_of_a_file(self, write_csv: WriteCsv) -> None:
        path = write_csv("race,score,label", "007,1,1", "7,0,0", '"a, b",1,0', ",0,1")
        assert sizes(path) == {"(missing)": 1, "007": 1, "7": 1, "a, b": 1}

    def test_the_callers_frame_is_unchanged(self) -> None:
        data = frame(race=pd.Categorical(RACES), age=[1.0, np.nan, 3.0, 4.0])
        before = data.copy(deep=True)
        counted(data, attributes=("race", "age:median"), threshold=0.5)
        pd.testing.assert_frame_equal(data, before)

    def test_an_intersection(self) -> None:
        data = frame(sex=["m", None, "f", "f"])
        assert sizes(data, attributes=("race*sex",)) == {
            "A * f": 1,
            "A * m": 1,
            "B * (missing)": 1,
            "B * f": 1,
        }

    def test_two_groups_of_an_intersection_with_one_name(self) -> None:
        data = frame(race=["a", "a * b", "a", "a"], sex=["b * c", "c", "d", "d"])
        assert message_of(data, attributes=("race*sex",)) == (
            "--attribute: two groups of 'race*sex' would have the same name."
        )

    @pytest.mark.parametrize("column", ["race", "label"])
    def test_a_value_with_a_nul_byte(self, write_csv: WriteCsv, column: str) -> None:
        rows = ["race,score,label", "A,1,1", "B,0,0"]
        rows.append("A\x00,1,1" if column == "race" else "A,1,1\x00")
        shown = r"'A\x00'" if column == "race" else r"'1\x00'"
        assert message_of(write_csv(*rows)) == (
            f"predictions.csv, column {column!r}: row 3: {shown} holds a NUL byte. Is the file damaged?"
        )

    def test_a_score_with_a_nul_byte(self, write_csv: WriteCsv) -> None:
        path = write_csv("race,score,label", "A,1\x00,1", "B,0,0")
        assert message_of(path) == (
            r"predictions.csv, column 'score': row 1: '1\x00' holds a NUL byte. Is the file damaged?"
        )

    def test_an_attribute_of_10_000_values(self) -> None:
        n = 10_000
        data = pd.DataFrame(
            {"who": [f"p{i}" for i in range(n)], "score": [0, 1] * (n // 2), "label": [0, 0, 1, 1] * (n // 4)}
        )
        assert message_of(data, attributes=("who",)) == (
            "--attribute: column 'who' of pandas DataFrame has more than 1,000 values, the most groups that an attribute "
            "may have. Is it an identifier? Name a column that groups people."
        )

    def test_a_numeric_attribute_of_many_values(self) -> None:
        n = 200
        data = pd.DataFrame({"age": range(n), "score": [0, 1] * (n // 2), "label": [0, 0, 1, 1] * (n // 4)})
        assert message_of(data, attributes=("age",)) == (
            "--attribute: column 'age' of pandas DataFrame is numeric and has 200 values. "
            "Cut it into ranges: age:quartiles, age:median, age:5 (equal counts) or age:LOW,HIGH."
        )

    def test_an_intersection_of_too_many_groups(self) -> None:
        n = 1_600
        data = pd.DataFrame(
            {
                "a": [f"a{i // 40}" for i in range(n)],
                "b": [f"b{i % 40}" for i in range(n)],
                "score": [0, 1] * (n // 2),
                "label": [0, 0, 1, 1] * (n // 4),
            }
        )
        assert message_of(data, attributes=("a*b",)) == (
            "--attribute: 'a*b' has 1,600 groups, and an attribute may have at most 1,000."
        )

    def test_a_missing_attribute_names_the_nearest(self) -> None:
        assert message_of(frame(), attributes=("rcae",)) == (
            "pandas DataFrame has no column 'rcae'. Did you mean 'race'? Its columns are 'race', 'score', 'label'."
        )


class TestChosenAttributes:
    def test_text_boolean_and_categorical_columns(self) -> None:
        data = frame(
            sex=pd.Categorical(["m", "f", "m", "f"]),
            member=[True, False, True, True],
            age=[1, 2, 3, 4],
            country="here",
            nothing=[None] * 4,
            entity_id=["p1", "p2", "p3", "p4"],
        )
        checked = read(data)
        assert checked.chosen
        assert [attribute.name for attribute in checked.attributes] == ["race", "sex", "member"]
        assert dict(checked.passed_over) == {
            "entity_id": "kept for other uses",
            "age": "numeric, 4 values; --attribute age takes each as a group",
            "country": "one value only",
            "nothing": "no values",
        }

    @pytest.mark.parametrize(("values", "chosen"), [(50, True), (51, False)])
    def test_at_most_50_values(self, values: int, chosen: bool) -> None:
        data = pd.DataFrame({"g": [f"g{i}" for i in range(values)], "race": "A", "score": 0.5, "label": 0})
        data.loc[0, ["race", "label"]] = ["B", 1]
        checked = read(data)
        assert [attribute.name for attribute in checked.attributes] == ["g", "race"][not chosen :]
        assert dict(checked.passed_over) == ({} if chosen else {"g": "more than 50 values"})

    def test_named_attributes_leave_no_choice(self) -> None:
        checked = read(frame(sex=["m", "f"] * 2), attributes=("sex",))
        assert not checked.chosen
        assert [attribute.name for attribute in checked.attributes] == ["sex"]
        assert dict(checked.passed_over) == {}

    def test_no_column_to_choose(self) -> None:
        assert message_of(frame().drop(columns="race")) == (
            "--attribute: no column of pandas DataFrame can be chosen as an attribute (it has no other columns). "
            "A column that tells groups of people apart is needed."
        )

    def test_compas(self, data_dir: Any) -> None:
        checked = read(str(data_dir / "compas_for_aequitas.csv"))
        assert [attribute.name for attribute in checked.attributes] == ["race", "sex", "age_cat"]
        assert (checked.used, dict(checked.dropped)) == (7214, {})


class TestCuts:
    AGES = (10.0, 20.0, 30.0, 40.0)

    @pytest.mark.parametrize(
        ("cut", "edges", "expected"),
        [
            ("20,40", (20.0, 40.0), {"20 to below 40": 2, "40 and above": 1, "below 20": 1}),
            ("25.0", (25.0,), {"25 and above": 2, "below 25": 2}),
            ("99.0", (99.0,), {"below 99": 4}),
            ("mean", (25.0,), {"25 and above": 2, "below 25": 2}),
            ("median", (30.0,), {"30 and above": 2, "below 30": 2}),
            (
                "quartiles",
                (20.0, 30.0, 40.0),
                {"20 to below 30": 1, "30 to below 40": 1, "40 and above": 1, "below 20": 1},
            ),
            ("2", (30.0,), {"30 and above": 2, "below 30": 2}),
            (
                "4",
                (20.0, 30.0, 40.0),
                {"20 to below 30": 1, "30 to below 40": 1, "40 and above": 1, "below 20": 1},
            ),
        ],
    )
    def test_ranges_hold_their_lower_edge(
        self, cut: str, edges: tuple[float, ...], expected: dict[str, int]
    ) -> None:
        checked = read(frame(age=self.AGES), attributes=(f"age:{cut}",))
        assert dict(checked.edges) == {0: edges}
        assert {g.group: g.counts.n for g in count(checked).groups} == expected

    def test_a_missing_number_is_a_group_of_its_own(self) -> None:
        data = frame(age=[10.0, np.nan, 30.0, 40.0])
        assert sizes(data, attributes=("age:30.0",)) == {"(missing)": 1, "30 and above": 2, "below 30": 1}

    def test_tied_values_stay_together(self) -> None:
        data = frame(age=[1, 1, 1, 2])
        assert sizes(data, attributes=("age:quartiles",)) == {"2 and above": 1, "below 2": 3}

    @pytest.mark.parametrize("cut", ["median", "quartiles", "5"])
    def test_where_most_share_the_smallest_value_the_cut_falls_above_it(self, cut: str) -> None:
        data = pd.DataFrame({"gain": [0] * 9 + [5], "score": 0.5, "label": [0, 1] * 5})
        assert sizes(data, attributes=(f"gain:{cut}",)) == {"5 and above": 1, "below 5": 9}

    def test_text_that_is_numbers_is_cut_as_numbers(self, write_csv: WriteCsv) -> None:
        path = write_csv("age,score,label", "9,1,1", "10,0,0", "100,1,0", "1e1,0,1")
        assert sizes(path, attributes=("age:10.0",)) == {"10 and above": 3, "below 10": 1}

    def test_weights_move_the_quantiles_and_the_mean(self) -> None:
        data = frame(age=self.AGES, weight=[1, 1, 1, 7])
        assert dict(read(data, weight="weight", attributes=("age:median",)).edges) == {0: (40.0,)}
        assert dict(read(data, weight="weight", attributes=("age:mean",)).edges) == {0: (34.0,)}

    def test_a_row_of_weight_0_makes_no_edge(self) -> None:
        data = frame(age=[-50.0, 20.0, 30.0, 40.0], weight=[0, 3, 1, 1], label=[0, 1, 0, 1])
        without = data[data["weight"] > 0]
        for cut in ("mean", "median", "quartiles", "3"):
            settings: dict[str, Any] = {"weight": "weight", "attributes": (f"age:{cut}",)}
            assert read(data, **settings).edges == read(without, **settings).edges

    @pytest.mark.parametrize(
        ("values", "weights", "mean"),
        [
            ([1.7e308, 1.7e308, 1.1e308, 1.1e308], [1, 1, 1, 1], 1.4e308),
            ([1.7e308, -1.7e308, 1.7e308, -1.7e308], [1, 1, 1, 1], 0.0),
            ([1e308, -1e308, 2e307, 0.0], [10**9, 10**9, 10**9, 10**9], 5e306),
            ([sys.float_info.max] * 4, [10**15, 1, 1, 1], sys.float_info.max),
        ],
    )
    def test_the_mean_of_numbers_whose_sum_is_out_of_range(
        self, values: list[float], weights: list[int], mean: float
    ) -> None:
        data = frame(age=values, n=weights)
        ((edge,),) = read(data, weight="n", attributes=("age:mean",)).edges.values()
        assert edge == pytest.approx(mean, rel=1e-15)

    def test_the_mean_does_not_depend_on_the_order(self) -> None:
        values = [1e16, 1.0, -1e16, 3.0]
        edges = {
            read(frame(age=values[i:] + values[:i]), attributes=("age:mean",)).edges[0] for i in range(4)
        }
        assert edges == {(1.0,)}

    @pytest.mark.parametrize(
        ("values", "cut", "sentence"),
        [
            pytest.param(
                ["1", "2", "old", "4"],
                "median",
                "pandas DataFrame, column 'age': row 3 holds 'old', and the values of a column that is cut at median "
                "must be finite numbers. If it stands for a missing value, say --na-values old.",
                id="text",
            ),
            pytest.param(
                ["1", "2", "old", "4"],
                "2,3",
                "pandas DataFrame, column 'age': row 3 holds 'old', and the values of a column that is cut "
                "must be finite numbers. If it stands for a missing value, say --na-values old.",
                id="text at given edges",
            ),
            pytest.param(
                [5, 5, 5, 5],
                "quartiles",
                "--attribute: column 'age' of pandas DataFrame has one value only and cannot be cut.",
                id="one value",
            ),
            pytest.param(
                [np.nan] * 4,
                "mean",
                "pandas DataFrame, column 'age': holds no numbers to cut.",
                id="no value",
            ),
            pytest.param(
                [np.nan] * 4,
                "median",
                "pandas DataFrame, column 'age': holds no numbers to cut.",
                id="no value for a quantile",
            ),
        ],
    )
    def test_what_cannot_be_cut(self, values: list[Any], cut: str, sentence: str) -> None:
        assert message_of(frame(age=values), attributes=(f"age:{cut}",)) == sentence

    @FEWER
    @given(
        st.lists(st.floats(-1e6, 1e6, allow_nan=False), min_size=2, max_size=30).filter(
            lambda v: len(set(v)) > 1
        ),
        st.integers(2, 6),
    )
    def test_quantiles_follow_their_definition(self, values: list[float], bins: int) -> None:
        data = pd.DataFrame({"x": values, "score": 0.5, "label": [0, 1] + [1] * (len(values) - 2)})
        checked = read(data, attributes=(f"x:{bins}",))
        ordered = sorted(values)
        expected = set()
        for part in range(1, bins):
            # The smallest value with more than the wanted share at or below it starts the next range.
            at_most = [
                v
                for v in ordered
                if Fraction(sum(w <= v for w in ordered), len(ordered)) > Fraction(part, bins)
            ]
            if at_most and at_most[0] > ordered[0]:
                expected.add(at_most[0])
        # Where most values are the smallest one, the cut falls above it.
        above = min(v for v in values if v > ordered[0])
        assert checked.edges[0] == (tuple(sorted(expected)) or (above,))


@FEWER
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_score_is_read_back_equal(score: float) -> None:
    data = pd.DataFrame({"race": "A", "score": [repr(score), "0"], "label": [1, 0]})
    checked = read(data, threshold=0.0, attributes=("race",))
    ((found,), *_) = checked.rows.connection.execute("SELECT score FROM used_rows").fetchall()
    assert struct.pack("d", found) == struct.pack("d", score)


def test_columns_to_describe_are_the_score_and_the_numbers_without_a_role() -> None:
    data = frame(age=[1, 2, 3, 4], height=["1.5", None, "2", ""], member=[True, False] * 2)
    assert validate(open_frame(data), ReadSettings(), use=Use(describe=True)).described == (
        "score",
        "age",
        "height",
    )


def test_people_who_are_weights_are_not_described() -> None:
    with pytest.raises(OptionError) as caught:
        validate(open_frame(frame(weight=1)), ReadSettings(weight="weight"), use=Use(describe=True))
    assert str(caught.value) == "--stats: describes rows, and cannot be given together with --weight."


def test_options_are_named_as_they_were_typed() -> None:
    with pytest.raises(OptionError) as caught:
        validate(open_frame(frame()), ReadSettings(attributes=("race:nonsense",)), option="--feature")
    assert caught.value.option == "--feature"
