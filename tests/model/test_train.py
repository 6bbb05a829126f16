"""Labels are read, rows split, a model fitted, and its scores put beside the rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split

from fairaudit.errors import ColumnError, ColumnMissing, OptionError
from fairaudit.model.estimator import ModelKind, ModelSettings
from fairaudit.model.pipeline import feature_names_in
from fairaudit.model.split import split_rows
from fairaudit.model.train import ScoredRows, binary_target, predictions_frame, train


def labels(*values: object, dtype: object = None) -> pd.Series:
    return pd.Series(list(values), name="y", dtype=dtype)


class TestBinaryTarget:
    @pytest.mark.parametrize(
        "series",
        [
            labels(0, 1, 1),
            labels(0.0, 1.0, 1.0),
            labels(False, True, True),
            labels(False, True, True, dtype="boolean"),
            labels(0, 1, 1, dtype="Int64"),
            labels("0", "1", "1"),
            labels("false", "true", "true"),
            labels("False", "TRUE", "True"),
            labels("0", "1", "1", dtype="category"),
            labels(0, 1, 1, dtype="int8"),
        ],
        ids=lambda series: f"{series.dtype} {series.iloc[1]!r}",
    )
    def test_usual_labels_need_no_option(self, series: pd.Series) -> None:
        target = binary_target(series)
        assert target.tolist() == [0, 1, 1]
        assert target.dtype == np.int8

    @pytest.mark.parametrize(
        ("series", "positive", "expected"),
        [
            (labels("unacc", "acc", "good"), ["acc", "good"], [0, 1, 1]),
            (labels(1, 2, 2), ["2"], [0, 1, 1]),
            (labels(1.0, 2.0, 2.0), ["2"], [0, 1, 1]),
            (labels(1, 2, 2), ["2.0"], [0, 1, 1]),
            (labels(0.5, 1.5, 0.5), [".5"], [1, 0, 1]),
            (labels(-1, 1, 1), ["1"], [0, 1, 1]),
            (labels(0, 1, 1), ["0"], [1, 0, 0]),
            (labels(True, False, False), ["False"], [0, 1, 1]),
            (labels("Yes", "yes", "no"), ["yes"], [0, 1, 0]),
            (labels("1", "01", "x"), ["1"], [1, 0, 0]),
            (labels("a", "b", "c"), ["a", "a"], [1, 0, 0]),
        ],
        ids=[
            "several values",
            "whole number",
            "float as whole",
            "whole as float",
            "half",
            "minus one and one",
            "zero is positive",
            "boolean",
            "case matters in text",
            "the exact text goes first",
            "named twice",
        ],
    )
    def test_positive_values_are_named(
        self, series: pd.Series, positive: list[str], expected: list[int]
    ) -> None:
        assert binary_target(series, positive=positive).tolist() == expected

    @pytest.mark.parametrize(
        ("series", "values"),
        [
            (labels(1, 2), "'1', '2'"),
            (labels(-1, 1), "'-1', '1'"),
            (labels(0, 1, 2), "'0', '1', '2'"),
            (labels(10, 9, "x"), "'9', '10', 'x'"),
            (labels("no", "yes"), "'no', 'yes'"),
            (labels("1", "true"), "'1', 'true'"),
            (labels(0.3, 0.7), "'0.3', '0.7'"),
        ],
    )
    def test_trap_5_other_values_are_never_guessed(self, series: pd.Series, values: str) -> None:
        with pytest.raises(ColumnError) as caught:
            binary_target(series, file="a.csv")
        assert str(caught.value) == (
            f"a.csv, column 'y': labels have to be 0 and 1, or true and false; it holds {values}. "
            "Say which of them are the positive class with --positive VALUE."
        )

    def test_a_positive_value_that_does_not_occur_is_an_error(self) -> None:
        with pytest.raises(ColumnError) as caught:
            binary_target(labels("acc", "good", "unacc"), positive=["acc", "god"], file="car.csv")
        assert str(caught.value) == (
            "car.csv, column 'y': no label is 'god'. Did you mean 'good'? Its values are 'acc', 'good', 'unacc'."
        )

    def test_missing_labels_are_counted_and_placed(self) -> None:
        series = labels(*[None, 1, 0, 1, None, None, 0, None, None, None])
        with pytest.raises(
            ColumnError, match=r"6 of 10 labels are missing \(row 1, 5, 6, 8, 9, …\)\. --missing drop"
        ):
            binary_target(series)

    @pytest.mark.parametrize(
        ("series", "positive", "message"),
        [
            (labels(1, 1), [], r"all 2 rows are positive \('1'\)\. Both classes are needed"),
            (labels(0, 0, 0), [], r"all 3 rows are negative \('0'\)"),
            (labels("a", "b"), ["a", "b"], r"all 2 rows are positive \('a', 'b'\)"),
        ],
    )
    def test_one_class_is_an_error(self, series: pd.Series, positive: list[str], message: str) -> None:
        with pytest.raises(ColumnError, match=message):
            binary_target(series, positive=positive)

    def test_no_rows_are_an_error(self) -> None:
        with pytest.raises(ColumnError, match="there is no row"):
            binary_target(labels(dtype="int64"))


class TestSplit:
    @given(
        positive=st.integers(2, 60),
        negative=st.integers(2, 60),
        test_size=st.floats(0.05, 0.95),
        seed=st.integers(0, 99),
    )
    def test_every_row_is_on_one_side_or_it_is_an_error(
        self, positive: int, negative: int, test_size: float, seed: int
    ) -> None:
        target = np.array([1] * positive + [0] * negative, dtype=np.int8)
        try:
            sides = split_rows(target, test_size=test_size, seed=seed)
        except OptionError:
            assert min(positive, negative) * min(test_size, 1 - test_size) < 2
            return
        assert sorted([*sides[0], *sides[1]]) == list(range(positive + negative))
        for side in sides:
            assert np.array_equal(side, np.sort(side))
            assert set(target[side]) == {0, 1}

    def test_the_split_is_scikit_learns(self) -> None:
        target = np.array([0, 0, 1] * 40, dtype=np.int8)
        expected = train_test_split(np.arange(120), test_size=0.3, random_state=11, stratify=target)
        found = split_rows(target, test_size=0.3, seed=11)
        assert all(np.array_equal(a, np.sort(b)) for a, b in zip(found, expected, strict=True))

    @pytest.mark.parametrize("test_size", [0.0, 1.0, -0.1, 25.0, float("nan")])
    def test_a_share_out_of_range_is_an_error(self, test_size: float) -> None:
        with pytest.raises(OptionError, match="a share between 0 and 1"):
            split_rows(np.array([0, 1] * 9, dtype=np.int8), test_size=test_size)

    @pytest.mark.parametrize(
        "target", [[0, 0, 0, 1], [0, 0, 1, 1]], ids=["one positive row", "a test side of one row"]
    )
    def test_too_few_rows_of_a_class_are_an_error(self, target: list[int]) -> None:
        with pytest.raises(
            OptionError, match=r"--test-size 0\.25: \d positive and \d negative rows are too few"
        ):
            split_rows(np.array(target, dtype=np.int8), test_size=0.25)


def car(data_dir: Path) -> tuple[pd.DataFrame, np.ndarray, list[str]]:
    frame = pd.read_csv(data_dir / "car.csv")
    target = binary_target(frame["car"], positive=["acc", "good", "vgood"])
    return frame, target, [name for name in frame.columns if name != "car"]


class TestTrain:
    def test_the_default_model_on_car_reaches_its_mark(self, data_dir: Path) -> None:
        frame, target, features = car(data_dir)
        trained = train(frame, target=target, features=features, settings=ModelSettings())
        f1 = f1_score(target[trained.test_index], trained.test_scores >= 0.5)
        assert f1 == pytest.approx(0.9237, abs=5e-3)
        assert len(trained.test_index) == 432
        assert trained.features == tuple(features)
        assert (trained.feature_warnings, trained.fit_warnings) == ((), ())
        assert (trained.rare_levels, trained.unknown_categories) == ({}, {})

    @pytest.mark.parametrize("model", list(ModelKind))
    def test_the_same_seed_gives_the_same_scores(self, data_dir: Path, model: ModelKind) -> None:
        frame, target, features = car(data_dir)
        params = {"max_iter": "5"} if model is ModelKind.HIST_GRADIENT_BOOSTING else {}
        settings = ModelSettings(model=model, params=params, seed=1)
        first, second = (train(frame, target=target, features=features, settings=settings) for _ in range(2))
        assert np.array_equal(first.test_scores, second.test_scores)
        assert np.array_equal(first.train_scores, second.train_scores)
        assert np.array_equal(first.test_index, second.test_index)
        assert len(first.train_scores) == len(first.train_index)

    def test_compas_leaves_the_identifier_out_and_keeps_the_leak(self, data_dir: Path) -> None:
        frame = pd.read_csv(data_dir / "compas_two_years.csv")
        target = binary_target(frame["two_year_recid"])
        features = [name for name in frame.columns if name != "two_year_recid"]
        trained = train(frame, target=target, features=features, settings=ModelSettings())
        assert [warning.column for warning in trained.feature_warnings] == ["id", "is_recid"]
        assert trained.features == tuple(name for name in features if name != "id")
        assert set(feature_names_in(trained.pipeline)) == set(trained.features)

    def test_held_out_rows_teach_nothing(self, data_dir: Path) -> None:
        frame, target, features = car(data_dir)
        trained = train(frame, target=target, features=features, settings=ModelSettings())
        changed = frame.copy()
        changed.loc[trained.test_index, "safety"] = "unheard of"
        again = train(changed, target=target, features=features, settings=ModelSettings())
        assert np.array_equal(trained.train_scores, again.train_scores)
        assert again.unknown_categories == {"safety": {"unheard of": 432}}

    def test_a_feature_that_is_not_there_is_an_error(self, data_dir: Path) -> None:
        frame, target, _ = car(data_dir)
        with pytest.raises(ColumnMissing, match="Did you mean 'safety'"):
            train(frame, target=target, features=["saftey"], settings=ModelSettings())

    def test_only_identifiers_leave_nothing_to_learn_from(self) -> None:
        frame = pd.DataFrame({"id": range(100)})
        target = np.array([0, 1] * 50, dtype=np.int8)
        with pytest.raises(OptionError, match="no column is left to learn from"):
            train(frame, target=target, features=["id"], settings=ModelSettings())


class TestPredictions:
    FRAME = pd.DataFrame({"y": [0, 1, 1, 0], "race": ["a", "b", None, "d"], "age": [1.5, 2.5, 3.5, 4.5]})
    TARGET = np.array([0, 1, 1, 0], dtype=np.int8)

    def test_columns_and_rows_come_in_their_order(self) -> None:
        made = predictions_frame(
            self.FRAME,
            ScoredRows(
                scores=np.array([0.5, 0.2, 0.49]), index=np.array([3, 0, 2]), fold=np.array([1, 2, 3])
            ),
            target=self.TARGET,
            target_name="y",
            threshold=0.5,
        )
        expected = pd.DataFrame(
            {
                "row": [1, 3, 4],
                "label": [0, 1, 0],
                "score": [0.2, 0.49, 0.5],
                "decision": [0, 0, 1],
                "fold": [2, 3, 1],
                "race": ["a", None, "d"],
                "age": [1.5, 3.5, 4.5],
            }
        )
        pd.testing.assert_frame_equal(made.frame, expected)
        assert made.renamed == {}

    def test_a_batch_without_labels_counts_on(self) -> None:
        made = predictions_frame(
            self.FRAME,
            ScoredRows(scores=np.array([0.1, 0.2, 0.3, 0.9]), index=np.arange(4)),
            target=None,
            target_name=None,
            threshold=0.3,
            first_row=1001,
        )
        assert list(made.frame.columns) == ["row", "score", "decision", "y", "race", "age"]
        assert made.frame["row"].tolist() == [1001, 1002, 1003, 1004]
        assert made.frame["decision"].tolist() == [0, 0, 1, 1]

    def test_columns_that_are_in_the_way_are_renamed(self) -> None:
        frame = pd.DataFrame(
            {"Score": [1, 2], "score (input)": [3, 4], "score": [5, 6], "fold": [7, 8], "y": [0, 1]}
        )
        made = predictions_frame(
            frame,
            ScoredRows(scores=np.array([0.1, 0.9]), index=np.arange(2)),
            target=self.TARGET[:2],
            target_name="y",
            threshold=0.5,
        )
        assert made.renamed == {
            "Score": "Score (input 2)",
            "score": "score (input 3)",
            "fold": "fold (input)",
        }
        assert list(made.frame.columns) == [
            *("row", "label", "score", "decision"),
            *("Score (input 2)", "score (input)", "score (input 3)", "fold (input)"),
        ]
        assert made.frame["score (input 3)"].tolist() == [5, 6]

    def test_the_target_may_be_called_label(self) -> None:
        made = predictions_frame(
            self.FRAME.rename(columns={"y": "label"}),
            ScoredRows(scores=np.zeros(4), index=np.arange(4)),
            target=self.TARGET,
            target_name="label",
            threshold=0.5,
        )
        assert list(made.frame.columns) == ["row", "label", "score", "decision", "race", "age"]
        assert made.renamed == {}
