"""Columns become inputs, settings become estimators, and whatever is odd about a column is said."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import Pipeline

from fairaudit.errors import ColumnError, ColumnMissing, OptionError
from fairaudit.model.estimator import ModelKind, ModelSettings, build_estimator
from fairaudit.model.features import (
    Concern,
    FeatureWarning,
    _held_out_auc,
    _ranked_auc,
    check_features,
    kept_features,
)
from fairaudit.model.pipeline import (
    _say_warnings,
    build_pipeline,
    estimator_name,
    estimator_params,
    feature_names_in,
    feature_names_out,
    fit_pipeline,
    predict,
    rare_levels,
    score_inputs,
    take_features,
    unknown_categories,
)

SETTINGS = ModelSettings()
QUICK = {
    ModelKind.LOGISTIC: {"max_iter": "200"},
    ModelKind.RANDOM_FOREST: {"n_estimators": "10"},
    ModelKind.HIST_GRADIENT_BOOSTING: {"max_iter": "5"},
}


def mixed_frame(rows: int = 120) -> tuple[pd.DataFrame, np.ndarray]:
    """Every kind of column, with gaps, beside a label that hangs on two of them."""
    random = np.random.default_rng(7)
    age = random.integers(18, 80, rows).astype(float)
    colour = random.choice(["red", "green", "blue"], rows).astype(object)
    target = ((age > 45) ^ (random.random(rows) < 0.2)).astype(np.int8)
    frame = pd.DataFrame(
        {
            "age": age,
            "colour": colour,
            "member": random.random(rows) < 0.5,
            "visits": pd.array(random.integers(0, 9, rows), dtype="Int64"),
            "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(random.integers(0, 900, rows), unit="D"),
            "size": pd.Categorical(random.choice(["S", "M", "L"], rows)),
            "consent": pd.Series(random.choice([True, False], rows), dtype=object),
        }
    )
    frame.loc[3, "age"] = np.nan
    frame.loc[4, "colour"] = None
    frame.loc[5, "visits"] = pd.NA
    frame.loc[6, "since"] = pd.NaT
    frame.loc[7, "size"] = np.nan
    frame.loc[8, "consent"] = None
    return frame, target


def fitted(frame: pd.DataFrame, target: np.ndarray, settings: ModelSettings = SETTINGS):
    pipeline = build_pipeline(frame, features=list(frame.columns), settings=settings)
    return fit_pipeline(pipeline, take_features(pipeline, frame), target, settings=settings).pipeline


class TestInputs:
    def test_every_kind_of_column_has_its_inputs(self) -> None:
        frame, target = mixed_frame()
        pipeline = fitted(frame, target)
        assert feature_names_in(pipeline) == ("age", "member", "visits", "since", "consent", "colour", "size")
        assert feature_names_out(pipeline) == (
            *("age", "member", "visits", "since", "consent"),
            "missingindicator_age",
            "missingindicator_visits",
            "missingindicator_since",
            "missingindicator_consent",
            *("colour_blue", "colour_green", "colour_red", "colour_infrequent_sklearn"),
            *("size_L", "size_M", "size_S", "size_infrequent_sklearn"),
        )

    def test_values_are_brought_into_one_form(self) -> None:
        frame = pd.DataFrame(
            {
                "day": [pd.Timestamp("1970-01-02"), pd.NaT],
                "span": [pd.Timedelta(hours=12), pd.NaT],
                "flag": pd.array([True, None], dtype="boolean"),
                "level": ["x", None],
            }
        )
        pipeline = build_pipeline(frame, features=list(frame.columns), settings=SETTINGS)
        taken = take_features(pipeline, frame)
        assert taken.iloc[0].tolist() == [1.0, 0.5, 1.0, "x"]
        assert taken.iloc[1].isna().all()
        assert taken.dtypes.astype(str).tolist() == ["float64", "float64", "float64", "object"]

    def test_the_callers_frame_stays_as_it_is(self) -> None:
        frame, target = mixed_frame()
        before = frame.copy(deep=True)
        pipeline = fitted(frame, target)
        predict(pipeline, frame)
        check_features(frame, target, list(frame.columns))
        pd.testing.assert_frame_equal(frame, before)

    def test_a_level_is_the_same_whatever_type_the_reader_gave_it(self) -> None:
        frame = pd.DataFrame({"doors": ["2", "3", "4", "5more"] * 20})
        target = np.array([0, 0, 1, 1] * 20, dtype=np.int8)
        pipeline = fitted(frame, target)
        as_text = predict(pipeline, frame.iloc[:3])
        for doors in ([2, 3, 4], [2.0, 3.0, 4.0], pd.Categorical([2, 3, 4])):
            assert np.array_equal(predict(pipeline, pd.DataFrame({"doors": doors})), as_text)

    def test_text_in_a_column_learnt_as_numbers_is_read_or_refused(self) -> None:
        frame, target = mixed_frame()
        pipeline = fitted(frame[["age"]], target)
        assert predict(pipeline, pd.DataFrame({"age": ["41"]})) == predict(
            pipeline, pd.DataFrame({"age": [41]})
        )
        with pytest.raises(
            ColumnError, match=r"new\.csv, column 'age': 2 of 4 values are no numbers: 'old'\."
        ):
            predict(pipeline, pd.DataFrame({"age": ["41", "old", "old", None]}), file="new.csv")

    def test_infinite_values_are_refused_with_their_row(self) -> None:
        frame, target = mixed_frame()
        frame["age"] = np.where(np.arange(len(frame)) == 9, np.inf, 1.0)
        with pytest.raises(ColumnError, match=r"column 'age': 1 values are infinite \(row 10\)"):
            fitted(frame, target)

    @pytest.mark.parametrize("size", [1e308, -1.7e308, 1e101])
    def test_values_that_leave_no_variance_are_refused_with_their_row(self, size: float) -> None:
        frame, target = mixed_frame()
        frame["age"] = np.where(np.arange(len(frame)) == 9, size, 1.0)
        with pytest.raises(
            ColumnError,
            match=r"column 'age': 1 values are larger than 1e\+100 in size.*\(row 10\).*--drop age",
        ):
            fitted(frame, target)
        with pytest.raises(ColumnError, match=r"\(row 10\)\. Empty those cells") as error:
            predict(fitted(mixed_frame()[0], target), frame)
        assert "--drop" not in str(error.value)

    def test_the_largest_values_that_can_be_learnt_from_are_scored(self) -> None:
        frame, target = mixed_frame()
        frame["age"] = np.where(np.arange(len(frame)) % 2 == 0, 1e100, -1e100)
        for model in ModelKind:
            scores = predict(fitted(frame, target, ModelSettings(model=model)), frame)
            assert np.isfinite(scores).all()

    @pytest.mark.parametrize("model", list(ModelKind))
    def test_values_that_cannot_be_scaled_are_refused_with_their_row(self, model: ModelKind) -> None:
        frame, target = mixed_frame()
        pipeline = fitted(frame, target, ModelSettings(model=model))
        new = frame.copy()
        new.loc[4, "age"] = 1e99
        with pytest.raises(
            ColumnError, match=r"new\.csv, column 'age': 1 of \d+ values cannot be scored.*\(row 5: 1e\+99\)"
        ):
            predict(pipeline, new, file="new.csv")
        new.loc[4, "age"] = 1e29
        assert np.isfinite(predict(pipeline, new)).all()

    def test_a_missing_feature_is_named_with_the_nearest(self) -> None:
        frame, target = mixed_frame()
        pipeline = fitted(frame, target)
        with pytest.raises(ColumnMissing, match=r"new\.csv has no column 'colour'\. Did you mean 'color'\?"):
            predict(pipeline, frame.rename(columns={"colour": "color"}), file="new.csv")

    def test_no_feature_is_an_error(self) -> None:
        with pytest.raises(OptionError, match="no column is left to learn from"):
            build_pipeline(pd.DataFrame({"a": [1]}), features=[], settings=SETTINGS)


class TestLevels:
    def test_rare_levels_are_merged_exactly_below_the_limit(self) -> None:
        frame = pd.DataFrame({"c": ["five"] * 5 + ["four"] * 4 + ["many"] * 40})
        target = np.array([0, 1] * 24 + [0], dtype=np.int8)
        pipeline = fitted(frame, target)
        assert rare_levels(pipeline) == {"c": ("four",)}
        assert feature_names_out(pipeline) == ("c_five", "c_many", "c_infrequent_sklearn")

    def test_many_levels_are_cut_to_the_most_frequent(self) -> None:
        frame = pd.DataFrame({"c": [f"v{i:03}" for i in range(150) for _ in range(6)]})
        target = np.arange(900, dtype=np.int64) % 2
        pipeline = fitted(frame, target.astype(np.int8))
        assert len(feature_names_out(pipeline)) == 100
        assert len(rare_levels(pipeline)["c"]) == 51

    def test_unknown_levels_are_counted_the_most_frequent_first(self) -> None:
        frame, target = mixed_frame()
        pipeline = fitted(
            frame[["colour", "age"]].dropna(), target[frame[["colour", "age"]].notna().all(axis=1)]
        )
        new = pd.DataFrame({"colour": ["red", "pink", "[/i]", "pink", None], "age": [1.0] * 5})
        assert unknown_categories(pipeline, new) == {"colour": {"pink": 2, "(missing)": 1, "[/i]": 1}}
        assert list(unknown_categories(pipeline, new)["colour"]) == ["pink", "(missing)", "[/i]"]
        assert unknown_categories(pipeline, new.iloc[:1]) == {}

    def test_a_table_of_numbers_has_no_levels(self) -> None:
        frame, target = mixed_frame()
        pipeline = fitted(frame[["age"]], target)
        assert rare_levels(pipeline) == {}
        assert unknown_categories(pipeline, frame) == {}

    def test_an_unknown_level_counts_as_rare(self) -> None:
        frame = pd.DataFrame({"c": ["rare"] * 4 + ["a"] * 40 + ["b"] * 40})
        target = np.array([1] * 4 + [0] * 40 + [0, 1] * 20, dtype=np.int8)
        pipeline = fitted(frame, target)
        unknown, rare = predict(pipeline, pd.DataFrame({"c": ["never seen", "rare"]}))
        assert unknown == rare

    def test_the_worst_names_and_values_pass(self) -> None:
        awkward = ["a|b", "[/i]", "<script>", "=1+1", "\U0001f600", "new\nline"]
        frame = pd.DataFrame(dict.fromkeys(awkward, awkward * 10))
        target = np.array([0, 1, 1] * 20, dtype=np.int8)
        pipeline = fitted(frame, target)
        assert feature_names_in(pipeline) == tuple(awkward)
        assert len(feature_names_out(pipeline)) == 36


class TestScores:
    @pytest.mark.parametrize("model", list(ModelKind))
    def test_the_same_seed_gives_the_same_scores(self, model: ModelKind) -> None:
        frame, target = mixed_frame()
        settings = ModelSettings(model=model, params=QUICK[model], seed=3)
        first, second = (predict(fitted(frame, target, settings), frame) for _ in range(2))
        assert np.array_equal(first, second)
        assert first.dtype == np.float64
        assert first.shape == (120,)
        assert 0 <= first.min() < first.max() <= 1

    def test_another_seed_gives_another_forest(self) -> None:
        frame, target = mixed_frame()
        first, second = (
            predict(fitted(frame, target, ModelSettings(model=ModelKind.RANDOM_FOREST, seed=seed)), frame)
            for seed in (0, 1)
        )
        assert not np.array_equal(first, second)

    @pytest.mark.parametrize("model", list(ModelKind))
    def test_batches_of_any_size_give_the_same_scores(self, model: ModelKind) -> None:
        frame, target = mixed_frame()
        pipeline = fitted(frame, target, ModelSettings(model=model, params=QUICK[model]))
        batches = [predict(pipeline, frame.iloc[start : start + 50]) for start in range(0, len(frame), 50)]
        # A sum over a batch of another size may round otherwise, by the last bit.
        np.testing.assert_allclose(np.concatenate(batches), predict(pipeline, frame), rtol=1e-12)

    def test_no_rows_have_no_scores(self) -> None:
        frame, target = mixed_frame()
        assert predict(fitted(frame, target), frame.iloc[:0]).tolist() == []

    def test_a_classifier_without_proper_probabilities_is_refused(self) -> None:
        frame, target = mixed_frame()
        pipeline = fitted(frame, target)
        pipeline[-1].predict_proba = lambda inputs: np.full((inputs.shape[0], 2), 1.5)
        with pytest.raises(OptionError, match="two columns of probabilities"):
            score_inputs(pipeline, take_features(pipeline, frame))
        pipeline[-1].predict_proba = lambda inputs: np.full((inputs.shape[0], 2), np.nan)
        with pytest.raises(OptionError, match="two columns of probabilities"):
            score_inputs(pipeline, take_features(pipeline, frame))

    def test_failing_to_converge_is_said_in_one_line_and_warns_nobody(self) -> None:
        frame, target = mixed_frame()
        settings = ModelSettings(params={"max_iter": "1"})
        pipeline = build_pipeline(frame, features=list(frame.columns), settings=settings)
        found = fit_pipeline(pipeline, take_features(pipeline, frame), target, settings=settings).warnings
        assert len(found) == 1
        assert found[0].startswith("the model did not converge (lbfgs failed to converge")
        assert found[0].endswith("raise --param max_iter")
        assert "\n" not in found[0]

    def test_what_helps_a_pipeline_to_converge_is_a_parameter_of_its_step(self) -> None:
        within = Pipeline([("logistic", LogisticRegression())])
        with pytest.warns(ConvergenceWarning) as caught:
            warnings.warn("failed to converge", ConvergenceWarning, stacklevel=1)
        assert _say_warnings(list(caught), within)[0].endswith("raise --param logistic__max_iter")


class TestParams:
    def test_params_are_read_and_set(self) -> None:
        settings = ModelSettings(params={"C": "0.1", "max_iter": "50", "fit_intercept": "false"}, seed=5)
        params = build_estimator(settings).get_params()
        assert params["C"] == 0.1
        assert params["max_iter"] == 50
        assert params["fit_intercept"] is False
        assert params["random_state"] == 5

    @pytest.mark.parametrize(
        ("params", "message"),
        [
            ({"c": "1"}, r"--param c=1: LogisticRegression has no parameter 'c'\. Did you mean 'C'\?"),
            ({"max_itr": "1"}, r"Did you mean 'max_iter'\?"),
            ({"zzz": "1"}, r"Its parameters are 'C', 'class_weight'"),
            ({"random_state": "4"}, r"--param random_state=4: random choices follow --seed\. Say --seed 4\."),
        ],
    )
    def test_an_unknown_param_is_an_error(self, params: dict[str, str], message: str) -> None:
        with pytest.raises(OptionError, match=message):
            build_estimator(ModelSettings(params=params))

    @pytest.mark.parametrize(
        ("params", "message"),
        [
            ({"C": "-1"}, r"--param: The 'C' parameter of LogisticRegression must be .*Got -1 instead\."),
            ({"C": "lots"}, r"The 'C' parameter of LogisticRegression must be .*Got 'lots' instead\."),
            ({"solver": "liblinear", "l1_ratio": "0.5"}, r"--param: .*liblinear"),
        ],
    )
    def test_a_wrong_value_is_an_error_that_says_what_is_allowed(
        self, params: dict[str, str], message: str
    ) -> None:
        frame, target = mixed_frame()
        if "l1_ratio" in params:  # a combination that every admitted scikit-learn refuses
            params = {"solver": "liblinear", "penalty": "none"}
        with pytest.raises(OptionError, match=message) as caught:
            fitted(frame, target, ModelSettings(params=params))
        assert "\n" not in str(caught.value)

    def test_class_weight_reaches_the_estimator(self) -> None:
        assert build_estimator(ModelSettings(class_weight="balanced")).class_weight == "balanced"

    def test_class_weight_given_twice_is_an_error(self) -> None:
        with pytest.raises(OptionError, match="Keep one of them"):
            build_estimator(ModelSettings(class_weight="balanced", params={"class_weight": "none"}))

    def test_class_weight_for_an_estimator_without_is_an_error(self) -> None:
        settings = ModelSettings(estimator="sklearn.naive_bayes:GaussianNB", class_weight="balanced")
        with pytest.raises(OptionError, match="GaussianNB takes no class weights"):
            build_estimator(settings)

    def test_params_read_as_json(self) -> None:
        frame, target = mixed_frame()
        params = estimator_params(fitted(frame, target))
        assert params["C"] == 1.0
        assert params["class_weight"] is None
        assert list(params) == sorted(params)
        nested = ModelSettings(estimator="sklearn.calibration:CalibratedClassifierCV")
        pipeline = build_pipeline(frame, features=["age"], settings=nested)
        assert estimator_params(pipeline)["cv"] is None
        infinite = build_pipeline(frame, features=["age"], settings=ModelSettings(params={"C": "inf"}))
        assert estimator_params(infinite)["C"] == "inf"

    @pytest.mark.parametrize(
        ("model", "name"),
        [
            (ModelKind.LOGISTIC, "sklearn.linear_model.LogisticRegression"),
            (ModelKind.RANDOM_FOREST, "sklearn.ensemble.RandomForestClassifier"),
            (ModelKind.HIST_GRADIENT_BOOSTING, "sklearn.ensemble.HistGradientBoostingClassifier"),
        ],
    )
    def test_the_estimator_goes_by_its_public_name(self, model: ModelKind, name: str) -> None:
        frame, _ = mixed_frame()
        pipeline = build_pipeline(frame, features=["age"], settings=ModelSettings(model=model))
        assert estimator_name(pipeline) == name


USER_MODULE = """
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression, LinearRegression
from sklearn.svm import LinearSVC

class Failing(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        raise RuntimeError("no\\nluck")
    def predict_proba(self, X):
        return None

def good():
    return LogisticRegression(C=0.5)

def margin():
    return LinearSVC()

def line():
    return LinearRegression()

def nothing():
    return 3

def broken():
    raise KeyError("x")

def ends():
    raise SystemExit(0)

number = 3
"""


class TestEstimator:
    @pytest.fixture
    def here(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        (tmp_path / "my_estimators.py").write_text(USER_MODULE)
        (tmp_path / "my_broken.py").write_text("1 / 0")
        monkeypatch.chdir(tmp_path)
        monkeypatch.delitem(sys.modules, "my_estimators", raising=False)
        return tmp_path

    @pytest.mark.usefixtures("here")
    def test_a_factory_beside_the_data_is_called(self) -> None:
        path = list(sys.path)
        estimator = build_estimator(
            ModelSettings(estimator="my_estimators:good", params={"tol": "0.01"}, seed=4)
        )
        assert (estimator.C, estimator.tol, estimator.random_state) == (0.5, 0.01, 4)
        assert sys.path == path

    def test_a_class_is_a_factory(self) -> None:
        frame, target = mixed_frame()
        settings = ModelSettings(estimator="sklearn.naive_bayes:GaussianNB")
        assert predict(fitted(frame, target, settings), frame).shape == (120,)

    @pytest.mark.usefixtures("here")
    @pytest.mark.parametrize(
        ("estimator", "message"),
        [
            (
                "my_estimators",
                r"--estimator my_estimators: no module and factory\. Write package\.module:factory\.",
            ),
            ("no_such_module:make", r"there is no module 'no_such_module'"),
            ("my_broken:make", r"importing 'my_broken' failed: ZeroDivisionError: division by zero"),
            ("my_estimators:god", r"has no function or class 'god'\. Did you mean 'good'\?"),
            ("my_estimators:number", r"has no function or class 'number'"),
            ("my_estimators:broken", r"calling broken\(\) failed: KeyError: 'x'"),
            ("my_estimators:ends", r"calling ends\(\) failed: SystemExit: 0"),
            ("my_estimators:nothing", r"int is no scikit-learn estimator: it has no method fit"),
            ("my_estimators:line", r"LinearRegression has no predict_proba, which is required\.$"),
            ("my_estimators:margin", r"LinearSVC has no predict_proba.*CalibratedClassifierCV"),
        ],
    )
    def test_what_cannot_be_used_is_an_error(self, estimator: str, message: str) -> None:
        with pytest.raises(OptionError, match=message):
            build_estimator(ModelSettings(estimator=estimator))

    @pytest.mark.usefixtures("here")
    def test_a_failure_inside_it_is_said_in_one_line(self) -> None:
        frame, target = mixed_frame()
        with pytest.raises(OptionError, match=r"fitting it failed: RuntimeError: no luck"):
            fitted(frame, target, ModelSettings(estimator="my_estimators:Failing"))


def found_in(column: object, *, name: str = "x", rows: int = 200) -> tuple[FeatureWarning, ...]:
    random = np.random.default_rng(1)
    target = random.integers(0, 2, rows).astype(np.int8)
    return check_features(pd.DataFrame({name: column}), target, [name])


class TestIdentifiers:
    @pytest.mark.parametrize(
        ("name", "column"),
        [
            ("x", [f"person {i}" for i in range(200)]),
            ("id", [3 * i for i in range(200)]),
            ("case_id", [7 * i % 1000 for i in range(200)]),
            ("EntityID", [float(3 * i) for i in range(199)] + [None]),
            ("x", list(range(5, 205))),
            ("Unnamed: 0", [2 * i for i in range(200)]),
            ("x", [f"person {i}" for i in range(180)] + ["person 0"] * 20),
        ],
        ids=[
            "distinct text",
            "called id",
            "called case_id",
            "called EntityID, with a gap",
            "numbers the rows",
            "unnamed",
            "exactly at the share",
        ],
    )
    def test_identifiers_are_left_out(self, name: str, column: list[object]) -> None:
        (warning,) = found_in(column, name=name)
        assert (warning.column, warning.concern, warning.left_out) == (name, Concern.IDENTIFIER, True)
        assert kept_features([name, "other"], [warning]) == ("other",)
        assert "left out of the features" in warning.sentence

    @pytest.mark.parametrize(
        ("name", "column"),
        [
            ("x", [f"person {i}" for i in range(179)] + ["person 0"] * 21),
            ("income", [3 * i for i in range(200)]),
            ("paid", [3 * i for i in range(200)]),
            ("id", [i + 0.5 for i in range(200)]),
            ("id", [i % 19 for i in range(200)]),
        ],
        ids=["just below the share", "distinct numbers", "a word with id", "fractions", "few values"],
    )
    def test_others_are_not(self, name: str, column: list[object]) -> None:
        assert found_in(column, name=name) == ()

    def test_a_repeated_id_is_named_and_kept(self) -> None:
        (warning,) = found_in([i % 150 for i in range(200)], name="patient_id")
        assert (warning.concern, warning.figure, warning.left_out) == (Concern.IDENTIFIER, 0.75, False)
        assert warning.sentence == (
            "column 'patient_id' looks like an identifier (75% of its values are distinct), and is kept as a feature. "
            "--drop patient_id leaves it out."
        )

    def test_an_empty_column_is_left_out(self) -> None:
        (warning,) = found_in([None] * 200)
        assert (warning.concern, warning.figure, warning.left_out) == (Concern.EMPTY, 1.0, True)


class TestLeaks:
    def test_compas_names_the_leak_and_the_identifier(self, data_dir: Path) -> None:
        frame = pd.read_csv(data_dir / "compas_two_years.csv")
        target = frame.pop("two_year_recid").to_numpy().astype(np.int8)
        identifier, leak = check_features(frame, target, list(frame.columns))
        assert (identifier.column, identifier.concern) == ("id", Concern.IDENTIFIER)
        assert (leak.column, leak.concern, leak.left_out) == ("is_recid", Concern.LEAK, False)
        # Of the people without the label, 220 in 3,963 have the mark; all those with it do.
        assert leak.figure == pytest.approx(1 - 220 / 3963 / 2, abs=1e-3)
        assert "(held-out ROC AUC 0.972)" in leak.sentence
        assert "--drop is_recid" in leak.sentence

    @pytest.mark.parametrize(
        ("file", "label", "positive"),
        [("car.csv", "car", ["acc", "good", "vgood"]), ("raisin.csv", "Class", ["Besni"])],
    )
    def test_good_features_are_no_leaks(
        self, data_dir: Path, file: str, label: str, positive: list[str]
    ) -> None:
        frame = pd.read_csv(data_dir / file, encoding="utf-8-sig")
        target = frame.pop(label).isin(positive).to_numpy().astype(np.int8)
        assert check_features(frame, target, list(frame.columns)) == ()

    @pytest.mark.parametrize("rows", [80, 200, 30_000])
    @pytest.mark.parametrize("kind", ["copy", "threshold", "word", "missing"])
    def test_perfect_predictors_are_leaks(self, kind: str, rows: int) -> None:
        random = np.random.default_rng(2)
        size = random.normal(size=rows)
        target = (size > 1).astype(np.int8)
        column = {
            "copy": target,
            "threshold": size,
            "word": np.where(target == 1, "yes", "no"),
            "missing": np.where(target == 1, random.normal(size=rows), np.nan),
        }[kind]
        (warning,) = check_features(pd.DataFrame({"x": column}), target, ["x"])
        assert warning.concern == Concern.LEAK
        assert warning.figure > 0.97

    def test_noise_with_many_levels_is_no_leak(self) -> None:
        random = np.random.default_rng(3)
        assert found_in([f"v{i}" for i in random.integers(0, 120, 200)]) == ()

    def test_too_few_rows_are_no_evidence(self) -> None:
        target = np.array([1] * 9 + [0] * 100, dtype=np.int8)
        assert check_features(pd.DataFrame({"x": target}), target, ["x"]) == ()

    def test_the_figure_is_the_mean_auc_of_the_folds(self) -> None:
        random = np.random.default_rng(4)
        target = random.integers(0, 2, 300).astype(np.int8)
        codes = (target + random.integers(0, 4, 300)).astype(np.int64)
        halves = [(np.arange(0, 300, 2), np.arange(1, 300, 2)), (np.arange(1, 300, 2), np.arange(0, 300, 2))]
        expected = []
        for fit, held_out in halves:
            means = [
                (target[fit][codes[fit] == code].sum() + target[fit].mean())
                / ((codes[fit] == code).sum() + 1)
                for code in range(5)
            ]
            expected.append(roc_auc_score(target[held_out], np.array(means)[codes[held_out]]))
        assert _held_out_auc(codes, target, halves) == pytest.approx(np.mean(expected), abs=1e-12)

    def test_the_counted_auc_is_scikit_learns(self) -> None:
        random = np.random.default_rng(5)
        for ranks in (1, 2, 7, 300):
            rank = random.integers(0, ranks, 300)
            target = random.integers(0, 2, 300).astype(np.int8)
            assert _ranked_auc(rank, target) == pytest.approx(roc_auc_score(target, rank), abs=1e-12)

    def test_a_column_that_needs_quoting_can_be_copied_from_the_message(self) -> None:
        warning = FeatureWarning(column="a b", concern=Concern.LEAK, figure=0.99, left_out=False)
        assert "--drop 'a b'" in warning.sentence

    def test_a_feature_that_is_not_there_is_an_error(self) -> None:
        with pytest.raises(ColumnMissing, match="Did you mean 'age'"):
            check_features(pd.DataFrame({"age": [1]}), np.array([1], dtype=np.int8), ["aeg"])
