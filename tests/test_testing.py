"""`assert_slices`: the same verdicts as a gate's, a message that can be acted on, and mistakes that are no failures."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from fairaudit.disparity.verdicts import Verdict
from fairaudit.errors import ColumnMissing, FairauditError, FileError, GateError, OptionError
from fairaudit.gates.evaluate import Gate, GateResult
from fairaudit.settings.choices import Decide
from fairaudit.testing import UndecidedWarning, assert_slices
from fairaudit.workflow.check import check


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """Accuracy: A 100 of 100, B 75 of 100, C 4 of 10; in all halves of the ages, F and M alike."""
    rows = []
    for race, people, right in (("A", 100, 100), ("B", 100, 75), ("C", 10, 4)):
        for i in range(people):
            label = i % 2
            rows.append((label, label if i < right else 1 - label, race, "FM"[i // 2 % 2], 20 + i % 40))
    return pd.DataFrame(rows, columns=["label", "score", "race", "sex", "age"])


def accuracy(frame: object, **how: Any) -> GateResult:
    return assert_slices(frame, **{"by": "race", "metric": "accuracy", "decide": "point", **how})


def message(frame: object, **how: Any) -> list[str]:
    with pytest.raises(AssertionError) as caught:
        accuracy(frame, **how)
    return str(caught.value).split("\n")


class TestLimits:
    @pytest.mark.parametrize(
        ("limit", "keeps"),
        [
            ({"at_least": 0.4}, True),
            ({"at_least": 0.41}, False),
            ({"at_most": 0.99}, False),
            ({"at_least": 0.4, "at_most": 0.9}, False),
            ({"ratio_within": 0.4}, True),
            ({"ratio_within": 0.41}, False),
            ({"max_difference": 0.6}, True),
            ({"max_difference": 0.59}, False),
            ({"ratio_within": 0.4, "reference": "race=B"}, True),
            ({"ratio_within": 0.8, "reference": ["race=B"]}, False),
            ({"max_difference": 0.6, "reference": "min-metric"}, True),
        ],
        ids=str,
    )
    def test_each(self, frame: pd.DataFrame, limit: dict[str, Any], keeps: bool) -> None:
        if keeps:
            assert accuracy(frame, **limit).verdict is Verdict.PASS
        else:
            message(frame, **limit)

    @pytest.mark.parametrize(
        "limit",
        [0.75, "0.75", "3/4", Fraction(3, 4), np.float64(0.75), np.float32(0.75)],
        ids=["float", "decimal text", "fraction text", "Fraction", "float64", "float32"],
    )
    def test_exactly_at_the_limit(self, frame: pd.DataFrame, limit: Any) -> None:
        assert accuracy(frame[frame["race"] != "C"], at_least=limit).verdict is Verdict.PASS

    def test_decimal_numbers_are_what_is_written(self, frame: pd.DataFrame) -> None:
        (result,) = {
            accuracy(frame, at_least=limit).gate.min
            for limit in (0.1, "0.1", np.float64(0.1), np.float32(0.1))
        }
        assert result == Fraction(1, 10)

    @pytest.mark.parametrize(
        ("by", "attributes"),
        [
            ("race", ("race",)),
            ("age:quartiles", ("age:quartiles",)),
            ("race * sex", ("race*sex",)),
            (["race", "age:30,50"], ("race", "age:30,50")),
            ("race,sex", ("race", "sex")),
        ],
    )
    def test_slices(self, frame: pd.DataFrame, by: Any, attributes: tuple[str, ...]) -> None:
        found = accuracy(frame, by=by, at_least=0.01)
        assert found.gate.attributes == attributes
        assert {finding.attribute for finding in found.findings} == set(attributes)


class TestUndecided:
    LEFT_OPEN: Mapping[str, Any] = MappingProxyType({"by": "race", "metric": "accuracy", "at_least": 0.7})

    def test_fails(self, frame: pd.DataFrame) -> None:
        with pytest.raises(AssertionError) as caught:
            assert_slices(frame, **self.LEFT_OPEN)
        lines = str(caught.value).split("\n")
        assert lines[0] == (
            'FAILED, UNDECIDED "Is the accuracy at least 70% in every group?": C 40% (allowed at least 70%); also B 75%.'
        )
        assert lines[1].startswith(
            'undecided: The accuracy of people with race "C" is 40 of 100. 4 of 10, few people.'
        )
        assert lines[-2].startswith(
            "Undecided: the data leave open whether the limit is kept. More people may decide it"
        )
        assert lines[-2].endswith('on_undecided="pass" lets it through.')
        assert lines[-1] == "Next: more people, or another on_undecided; fairaudit explain FA201."

    def test_passes(self, frame: pd.DataFrame) -> None:
        assert assert_slices(frame, **self.LEFT_OPEN, on_undecided="pass").verdict is Verdict.UNDECIDED

    def test_warns_where_it_was_called(self, frame: pd.DataFrame) -> None:
        with pytest.warns(UndecidedWarning, match="^WARNING, UNDECIDED ") as caught:
            assert_slices(frame, **self.LEFT_OPEN, on_undecided="warn")
        assert caught[0].filename == __file__

    def test_nothing_to_compare(self, frame: pd.DataFrame) -> None:
        lines = message(frame[frame["race"] == "A"], ratio_within=0.8)
        assert lines[:2] == [
            'FAILED, UNDECIDED "Is the accuracy about equal in all groups?": there is no group to compare.',
            "What is undecided is to fail (on_undecided).",
        ]


class TestMessage:
    def test_worst_first(self, frame: pd.DataFrame) -> None:
        assert message(frame, at_least=0.8) == [
            'FAILED "Is the accuracy at least 80% in every group?": C 40% (allowed at least 80%); also B 75%.',
            (
                'fail: The accuracy of people with race "C" is 40 of 100. 4 of 10, few people. '
                "95% interval 12.2% to 73.8%. Allowed is at least 80%; the value alone decides."
            ),
            (
                'fail: The accuracy of people with race "B" is 75 of 100. '
                "95% interval 65.3% to 83.1%. Allowed is at least 80%; the value alone decides."
            ),
            "Next: what it means, and what else to look at: fairaudit explain accuracy.",
        ]

    def test_with_an_interval(self, frame: pd.DataFrame) -> None:
        lines = message(frame, at_least=0.95, decide="interval", metric="f1")
        assert lines[0].startswith('FAILED "Is the F1 score at least 0.95 in every group?": ')
        assert "interval" in lines[1]
        assert "10 people" in lines[1] + lines[2]
        assert lines[-2] == "3 comparisons were made; a fail holds after correcting for all of them."

    def test_many_slices_are_counted(self, frame: pd.DataFrame) -> None:
        many = frame.assign(place=[f"p{i % 14}" for i in range(len(frame))])
        lines = message(many, by="place", at_least=0.99)
        assert len(lines) == 13
        assert ": 14 groups fail, the 8 farthest are " in lines[0]
        assert lines[-2] == "4 more groups are like these."

    def test_names_cannot_break_a_line(self, frame: pd.DataFrame) -> None:
        lines = message(frame.replace({"race": {"C": "C\n\x1b[31m"}}), at_least=0.5)
        assert len(lines) == 3
        assert r'people with race "C\n\x1b[31m"' in lines[1]


class TestInput:
    def test_tables_and_files_alike(self, frame: pd.DataFrame, tmp_path: Path) -> None:
        path = tmp_path / "p.csv"
        frame.to_csv(path, index=False)
        found = [
            accuracy(source, at_least=0.2).findings
            for source in (frame, pl.from_pandas(frame), path, str(path))
        ]
        assert found == [found[0]] * 4

    def test_the_frame_is_not_changed(self, frame: pd.DataFrame) -> None:
        before = frame.copy(deep=True)
        accuracy(frame, by="age:quartiles", at_least=0.1)
        pd.testing.assert_frame_equal(frame, before)

    def test_how_it_is_read(self, frame: pd.DataFrame) -> None:
        other = frame.assign(y=np.where(frame["label"] == 1, "acc", "un"), p=frame["score"] / 2, n=2).drop(
            columns=["label", "score"]
        )
        found = accuracy(
            other,
            at_least=0.4,
            label="y",
            positive="acc",
            score="p",
            threshold=0.5,
            weight="n",
            where="race <> 'B'",
        )
        assert [(finding.group, finding.n) for finding in found.findings] == [("C", 20), ("A", 200)]

    def test_after_deployment_without_labels(self, frame: pd.DataFrame) -> None:
        unlabelled = frame.drop(columns="label")
        assert accuracy(unlabelled, metric="pprev", label="none", at_least=0.4).verdict is Verdict.PASS

    @pytest.mark.parametrize("decide", Decide)
    @pytest.mark.parametrize("limit", [0.3, 0.5, 0.74, 0.9])
    def test_equals_a_gate(self, frame: pd.DataFrame, decide: Decide, limit: float) -> None:
        gate = Gate(
            name="x",
            metric="accuracy",
            attributes=("race", "sex"),
            min=Fraction(str(limit)),
            decide=decide,
        )
        (theirs,) = check(frame, [gate]).evaluated.results
        ours = None
        try:
            ours = accuracy(
                frame, by=["race", "sex"], at_least=limit, decide=decide.value, on_undecided="pass"
            )
        except AssertionError:
            assert theirs.verdict is Verdict.FAIL
        if ours is not None:
            assert (ours.verdict, ours.findings) == (theirs.verdict, theirs.findings)


class TestMistakes:
    @pytest.mark.parametrize(
        ("how", "error", "sentence"),
        [
            (
                {},
                OptionError,
                "assert_slices: it has no limit. Give one of 'at_least', 'at_most', 'ratio_within',",
            ),
            (
                {"at_least": 1.2},
                OptionError,
                "assert_slices: 'at_least': accuracy runs from 0 to 1, and 1.2 is outside",
            ),
            ({"at_most": 1}, OptionError, "assert_slices: 'at_most': 1 demands nothing"),
            (
                {"at_least": "much"},
                OptionError,
                "assert_slices: 'at_least': 'much' is no number. Such as at_least=0.8",
            ),
            ({"at_least": float("nan")}, OptionError, "assert_slices: 'at_least': nan is no number"),
            ({"at_least": True}, OptionError, "assert_slices: 'at_least': True is no number"),
            (
                {"at_least": 0.5, "ratio_within": 0.8},
                OptionError,
                "assert_slices: 'ratio_within' and 'at_least' exclude each other.",
            ),
            (
                {"at_least": 0.9, "at_most": 0.1},
                OptionError,
                "assert_slices: 'at_least' is 0.9 and 'at_most' 0.1, and nothing lies between",
            ),
            (
                {"metric": "acuracy", "at_least": 0.5},
                OptionError,
                "assert_slices: 'acuracy' is no metric. Did you mean",
            ),
            (
                {"by": "rcae", "at_least": 0.5},
                GateError,
                "gate 'accuracy at least 0.5 on rcae': pandas DataFrame has",
            ),
            ({"by": [], "at_least": 0.5}, OptionError, "assert_slices: 'by' names no slices."),
            (
                {"by": [3], "at_least": 0.5},
                OptionError,
                "by: 3 is an int in a list, and a text or a list of texts is expected.",
            ),
            (
                {"by": [" "], "at_least": 0.5},
                OptionError,
                "assert_slices: 'by' has to be a text or a list of texts.",
            ),
            (
                {"decide": "both", "at_least": 0.5},
                OptionError,
                "assert_slices: 'decide': 'both' is no choice.",
            ),
            (
                {"on_undecided": "worn", "at_least": 0.5},
                OptionError,
                "assert_slices: 'on_undecided': 'worn' is no choice. Did you mean 'warn'?",
            ),
            ({"label": "y", "at_least": 0.5}, ColumnMissing, "pandas DataFrame has no column 'y'."),
            (
                {"threshold": 0.5, "top_k": 3, "at_least": 0.5},
                OptionError,
                "top_k: cannot be given together with threshold=",
            ),
            (
                {"ratio_within": 0.8, "reference": "race=X"},
                FairauditError,
                "gate 'accuracy ratio within 0.8 on race': 'reference': attribute 'race' has no group 'X'.",
            ),
        ],
        ids=str,
    )
    def test_each(
        self, frame: pd.DataFrame, how: dict[str, Any], error: type[Exception], sentence: str
    ) -> None:
        with pytest.raises(error) as caught:
            accuracy(frame, **how)
        assert str(caught.value).startswith(sentence)
        assert not isinstance(caught.value, AssertionError)

    def test_no_such_file(self) -> None:
        with pytest.raises(FileError, match=r"gone\.csv"):
            accuracy("gone.csv", at_least=0.5)


def test_it_works_without_pytest(frame: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    frame.to_csv(path, index=False)
    code = (
        "import sys; sys.modules['pytest'] = None; from fairaudit.testing import assert_slices; "
        f"print(assert_slices({str(path)!r}, by='race', metric='accuracy', at_least=0.1).verdict)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("pass\n", "")
