"""Models that other programs have fitted: loaded, asked, audited; what they score is what their own library scores."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression, Perceptron
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

import fairaudit
from fairaudit.errors import FairauditError, FileError, OptionError

Run = Callable[..., Any]
Refusal = Callable[..., str]
ROWS = 200
FEATURES = ["income", "age", "city", "zip"]
LOUD = "loading it ran code that its file chose, as every pickle does, and nothing of it was checked"


@cache
def people() -> pd.DataFrame:
    """Give numbers, texts, and texts that look like numbers."""
    random = np.random.default_rng(0)
    income = random.normal(50, 20, ROWS).round(1)
    sex = random.choice(["F", "M"], ROWS)
    return pd.DataFrame(
        {
            "income": income,
            "age": random.integers(18, 80, ROWS),
            "city": random.choice(["Oslo", "Bergen", "Bodø"], ROWS),
            "zip": random.choice(["1001", "2002"], ROWS),
            "sex": sex,
            "paid": np.where(income + random.normal(0, 15, ROWS) + 5 * (sex == "M") > 50, "yes", "no"),
        }
    )


def paid() -> Any:
    return (people()["paid"] == "yes").to_numpy().astype(int)


def pipeline(last: Any) -> Pipeline:
    numbers, texts = (StandardScaler(), ["income", "age"]), (OneHotEncoder(), ["city", "zip"])
    prepare = ColumnTransformer([("numbers", *numbers), ("texts", *texts)])
    return Pipeline([("prepare", prepare), ("classify", last)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the people and with models of scikit-learn, which know the classes yes and no."""
    place = tmp_path_factory.mktemp("fitted")
    people().to_csv(place / "people.csv", index=False)
    model = pipeline(LogisticRegression()).fit(people()[FEATURES], people()["paid"])
    skops.io.dump(model, place / "model.skops")
    joblib.dump(model, place / "model.joblib")
    return place


def expected() -> Any:
    model = pipeline(LogisticRegression()).fit(people()[FEATURES], people()["paid"])
    return model.predict_proba(people()[FEATURES])[:, 1]


def written(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "predictions.csv", converters={"score": float})


def boosted(library: str) -> Any:
    """Fit the classifier of a library on numbers."""
    if library == "lightgbm":
        from lightgbm import LGBMClassifier

        model: Any = LGBMClassifier(n_estimators=4, verbose=-1)
    elif library == "xgboost":
        from xgboost import XGBClassifier

        model = XGBClassifier(n_estimators=4)
    else:
        from catboost import CatBoostClassifier

        model = CatBoostClassifier(iterations=4, verbose=0, allow_writing_files=False)
    return model.fit(people()[["income", "age"]], paid())


class TestPipelines:
    def test_texts_reach_the_pipeline_and_texts_like_numbers_stay_texts(
        self, run: Run, folder: Path, tmp_path: Path
    ) -> None:
        words = ("-t", "paid", "--positive", "yes", "-o", tmp_path)
        ran = run("predict", "model.skops", "people.csv", *words, cwd=folder)
        assert ran.code == 0, ran.err
        frame = written(tmp_path)
        assert (frame["score"] == expected()).all()
        assert (frame["label"] == paid()).all()
        document = json.loads((tmp_path / "predict.json").read_text())
        assert document["model"]["features"] == FEATURES
        assert document["model"]["positive_class"] == "yes"
        assert document["model"]["ran_code"] is False
        assert document["settings"]["model_sha256"] == document["model"]["sha256"]

    def test_audit_says_that_rows_may_have_been_seen(self, run: Run, folder: Path, tmp_path: Path) -> None:
        words = ("-t", "paid", "--positive", "yes", "-a", "sex", "-o", tmp_path)
        ran = run("audit", "people.csv", "--fitted", "model.skops", *words, cwd=folder)
        assert ran.code == 0, ran.err
        assert "may have been seen in training" in ran.err
        group = json.loads((tmp_path / "group.json").read_text())
        assert group["overall"]["n"] == ROWS
        assert group["settings"]["label_from"] == {"column": "paid", "positive": ["yes"]}
        sha256 = group["settings"]["fitted"]["sha256"]
        assert (
            sum("may have been seen in training" in note["sentence"] for note in group["input"]["notes"]) == 1
        )
        for name in ("MODEL_CARD.md", "report.html"):
            text = (tmp_path / name).read_text()
            assert "may have been seen in training" in text
            assert sha256 in text
        # What was scored before is audited as the same.
        again = fairaudit.audit(tmp_path / "predictions.csv", attributes="sex", effect=None)
        assert (
            again.group.overall
            == fairaudit.audit(
                people(), target="paid", positive="yes", fitted=folder / "model.skops", attributes="sex"
            ).group.overall
        )

    def test_classes_that_nobody_names(self, refusal: Refusal, folder: Path) -> None:
        sentence = refusal("predict", "model.skops", "people.csv", cwd=folder)
        assert "its classes are 'no', 'yes'" in sentence
        assert "--positive-class yes" in sentence
        sentence = refusal("predict", "model.skops", "people.csv", "--positive-class", "maybe", cwd=folder)
        assert "knows the classes 'no', 'yes'" in sentence

    def test_the_other_class(self, folder: Path) -> None:
        made = fairaudit.predict(folder / "model.skops", people(), positive_class="no")
        np.testing.assert_allclose(made.predictions.frame["score"], 1 - expected())

    def test_missing_columns_are_all_named(self, refusal: Refusal, folder: Path, tmp_path: Path) -> None:
        people()[["income", "age", "sex"]].to_csv(tmp_path / "few.csv", index=False)
        sentence = refusal(
            "predict", folder / "model.skops", "few.csv", "--positive-class", "yes", cwd=tmp_path
        )
        assert "reads 2 columns that few.csv does not have: 'city', 'zip'" in sentence

    def test_what_fails_inside_the_model_is_one_sentence(self, folder: Path) -> None:
        with pytest.raises(FileError, match=r"predict_proba of its Pipeline failed .*unknown categories"):
            fairaudit.predict(folder / "model.skops", people().assign(city="Rome"), positive_class="yes")

    def test_dropped_rows_are_counted(self, folder: Path) -> None:
        rows = people().assign(paid=people()["paid"].where(people().index > 4))
        how: dict[str, Any] = {"target": "paid", "positive": "yes", "attributes": "sex", "where": "age >= 30"}
        with pytest.raises(FairauditError, match="missing"):
            fairaudit.audit(rows, fitted=folder / "model.skops", **how)
        audit = fairaudit.audit(rows, fitted=folder / "model.skops", missing="drop", **how)
        kept = rows[(rows["age"] >= 30) & rows["paid"].notna()]
        assert audit.group.overall.n == len(kept)
        assert audit.predict is not None
        young, unlabelled = (rows["age"] < 30).sum(), ((rows["age"] >= 30) & rows["paid"].isna()).sum()
        assert list(audit.predict.input.dropped.values()) == [young, unlabelled]

    def test_values_of_small_groups_are_not_told_of(self, folder: Path) -> None:
        rows = people().assign(paid=people()["paid"].where(people()["paid"] == "yes", "no"))
        how: dict[str, Any] = {
            "target": "paid",
            "positive": "yes",
            "attributes": "city",
            "suppress_below": 10,
        }
        audit = fairaudit.audit(rows, fitted=folder / "model.skops", **how)
        assert audit.predict is not None
        assert audit.predict.unknown_categories == {}
        assert audit.group.settings.suppress_below == 10

    def test_a_rule_by_rank_is_a_threshold(self, folder: Path) -> None:
        how: dict[str, Any] = {"target": "paid", "positive": "yes", "attributes": "sex", "top_k": 50}
        audit = fairaudit.audit(people(), fitted=folder / "model.skops", **how)
        assert audit.predict is not None
        assert audit.predict.settings.threshold == sorted(expected())[-50]
        assert audit.predict.selected == audit.group.overall.counts.selected == 50
        assert any("selects the top 50 of all rows" in note.sentence for note in audit.group.input.notes)

    def test_options_of_training_are_refused(self, refusal: Refusal, folder: Path) -> None:
        words = ("audit", "people.csv", "--fitted", "model.skops", "-t", "paid")
        assert "--fitted names one that is" in refusal(*words, "--model", "random-forest", cwd=folder)
        for how in (["--folds", 5], ["--model", "logistic"], ["--seed", 0], ["--test-size", 0.25]):
            assert f"{how[0]}: says how a model is trained, and --fitted names" in refusal(
                *words, *how, cwd=folder
            )
        assert "--folds: says how a model is trained, and there is no --target" in refusal(
            *words[:2], "--folds", 5, cwd=folder
        )
        usual: dict[str, Any] = {"target": "paid", "positive": "yes", "fitted": folder / "model.skops"}
        for name, value in {"folds": 5, "params": {"C": 1}, "learning_curve": False}.items():
            with pytest.raises(OptionError, match=f"{name}: says how a model is trained, and fitted= names"):
                fairaudit.audit(people(), **usual, **{name: value})
        assert "there is no --fitted" in refusal("audit", "people.csv", "--trust", "a.B", cwd=folder)
        assert "the outcome is not named" in refusal(*words[:4], "--positive-class", "yes", cwd=folder)

    def test_settings_of_training_in_a_file_are_passed_over(
        self, run: Run, folder: Path, tmp_path: Path
    ) -> None:
        words = (
            "audit",
            folder / "people.csv",
            "--fitted",
            folder / "model.skops",
            "-t",
            "paid",
            "-a",
            "sex",
        )
        (tmp_path / "fairaudit.toml").write_text("seed = 0\n[audit]\nfolds = 3\nmodel = 'logistic'\n")
        ran = run(*words, "--positive", "yes", cwd=tmp_path)
        assert ran.code == 0, ran.err
        document = json.loads((tmp_path / "fairaudit-out/fairness.json").read_text())
        notes = [note["sentence"] for note in document["input"]["notes"]]
        assert (
            "'folds', 'model', 'seed' of the configuration file say how models are trained, and are passed over, as this one is trained already"
            in notes
        )

    def test_the_next_step_names_the_outcome_if_there_is_one(
        self, run: Run, folder: Path, tmp_path: Path
    ) -> None:
        rows = people()
        for name, kept, label in (
            ("with", rows, "--label paid --positive yes"),
            ("several", rows.assign(again=rows["paid"]), "--label none"),
            ("without", rows[FEATURES], "--label none"),
        ):
            kept.to_csv(tmp_path / f"{name}.csv", index=False)
            words = ("predict", folder / "model.skops", f"{name}.csv", "--positive-class", "yes", "-o", name)
            ran = run(*words, cwd=tmp_path, terminal=True)
            assert ran.code == 0, ran.err
            steps = ran.out + ran.err
            assert f"fairaudit audit {name}/predictions.csv {label} --out {name}" in steps
            assert ("see for whom it works" in steps) == (name == "with")
            assert ("with the column of the outcome instead of none" in steps) == (name == "several")
        line = f"audit {tmp_path}/with/predictions.csv --label paid --positive yes -a sex"
        assert run(*line.split(), cwd=tmp_path).code == 0


class TestColumnsWithoutNames:
    @pytest.fixture
    def model(self) -> Any:
        return make_pipeline(StandardScaler(), Perceptron()).fit(
            people()[["income", "age"]].to_numpy(), paid()
        )

    def test_decision_values_and_the_order_of_the_data(self, model: Any) -> None:
        how: dict[str, Any] = {"target": "paid", "positive": "yes", "attributes": "sex"}
        rows = people()[["sex", "income", "age", "paid"]]
        audit = fairaudit.audit(rows, fitted=model, **how)
        scores = model.decision_function(people()[["income", "age"]].to_numpy())
        made = fairaudit.predict(model, rows, target="paid", positive="yes", drop="sex")
        assert (made.predictions.frame["score"] == scores).all()
        assert (made.predictions.frame["decision"] == (scores >= 0)).all()
        assert audit.group.overall.counts.selected == (scores >= 0).sum()
        assert audit.group.settings.scores == "ranks"
        notes = " ".join(note.sentence for note in audit.group.input.notes)
        assert "it names no columns, and is asked with 'income', 'age', in this order" in notes
        assert "which are no probabilities" in notes

    @pytest.mark.parametrize(
        "attribute",
        [
            "groups:{black,asian}",
            "groups:{black}*groups:{asian}",
            "len(black)*missing(asian)",
            "black.year,asian.month",
            "missing(black), sex*asian",
        ],
    )
    def test_columns_of_every_form_of_attribute_are_no_features(self, model: Any, attribute: str) -> None:
        rows = people()[["sex", "income", "age", "paid"]]
        # Columns that are dates and members at once: what is looked at is which columns are asked.
        member = "2020-01-0" if "." in attribute else ""
        rows = rows.assign(
            black=[f"{member}{n % 2}" for n in range(200)],
            asian=[f"{member}{n % 3 // 2}" for n in range(200)],
        )
        rows = rows if "sex" in attribute else rows.drop(columns="sex")
        rows = rows.replace({"2020-01-00": "2020-01-03"})
        audit = fairaudit.audit(rows, fitted=model, target="paid", positive="yes", attributes=attribute)
        assert audit.group.settings.fitted is not None
        assert audit.group.settings.fitted.features == ["income", "age"]

    @pytest.mark.parametrize("names", [["x0", "x1"], ["0", "1"], ["Column_0", "Column_1"]])
    def test_names_that_look_like_none_are_names(self, names: list[str]) -> None:
        rows = people()[["income", "age"]].set_axis(names, axis=1)
        loaded = fairaudit.load_model(LogisticRegression().fit(rows, paid()))
        assert loaded.features == tuple(names)
        assert loaded.score(rows[names[::-1]].assign(more=1)).tolist() == loaded.score(rows).tolist()

    @pytest.mark.parametrize("library", ["lightgbm", "catboost"])
    def test_names_that_a_library_makes_up_are_none(self, library: str) -> None:
        model = boosted(library).fit(people()[["income", "age"]].to_numpy(), paid())
        loaded = fairaudit.load_model(model)
        assert (loaded.features, loaded.width) == (None, 2)
        scores = model.predict_proba(people()[["income", "age"]].to_numpy())[:, 1]
        assert (loaded.score(people()[["income", "age"]]) == scores).all()

    def test_the_first_class_may_be_the_positive_one(self) -> None:
        rows, labels = people()[["income", "age"]], np.where(paid() == 1, "a", "b")
        model = Perceptron().fit(rows, labels)
        loaded = fairaudit.load_model(model, positive_class="a")
        assert (loaded.score(rows) == -model.decision_function(rows)).all()
        assert (loaded.decide(rows) == (model.predict(rows) == "a")).all()

    def test_too_many_and_too_few(self, model: Any) -> None:
        with pytest.raises(OptionError, match=r"3 too many: 'income', 'age', 'city', 'zip', 'sex'"):
            fairaudit.predict(model, people(), target="paid", positive="yes")
        with pytest.raises(OptionError, match="1 too few"):
            fairaudit.load_model(model).score(people()[["income"]])


class TestWhatAModelAnswers:
    def test_labels_alone(self) -> None:
        class Rule:
            classes_ = np.array(["no", "yes"])

            def predict(self, rows: pd.DataFrame) -> Any:
                return np.where(rows["income"] > 50, "yes", "no")

        audit = fairaudit.audit(
            people(), target="paid", positive="yes", fitted=Rule(), attributes="sex", drop="sex"
        )
        assert audit.group.overall.counts.selected == (people()["income"] > 50).sum()
        assert audit.scores is None
        assert any("answers with labels alone" in note.sentence for note in audit.group.input.notes)

    @pytest.mark.parametrize(
        ("model", "problem"),
        [
            (LogisticRegression, "the class LogisticRegression"),
            (5, "it holds a int"),
            ("a\0b", "no file is called so"),
            ("", "no file is called so"),
            ("/nowhere.skops", "No such file"),
        ],
    )
    def test_what_is_none(self, model: Any, problem: str) -> None:
        with pytest.raises(FileError, match=problem):
            fairaudit.load_model(model)

    @pytest.mark.parametrize(
        ("how", "reason"),
        [
            ({"where": "age > 1000"}, r"\(where not \(age > 1000\): 200\)"),
            ({"missing": "drop"}, r"\(missing label: 200\)"),
        ],
    )
    def test_nobody_is_left(self, folder: Path, how: dict[str, Any], reason: str) -> None:
        rows = people().assign(paid=None) if "missing" in how else people()
        with pytest.raises(OptionError, match=f"no rows are left: all 200 rows of .* were dropped {reason}"):
            fairaudit.audit(
                rows, target="paid", fitted=folder / "model.skops", positive="yes", attributes="sex", **how
            )

    def test_several_columns_of_one_name(self, folder: Path) -> None:
        loaded = fairaudit.load_model(folder / "model.skops", positive_class="yes")
        with pytest.raises(OptionError, match="several columns of one name: 'age'"):
            loaded.score(pd.concat([people(), people()[["age"]]], axis=1))
        with pytest.raises(OptionError, match="it is a list, and a pandas DataFrame is expected"):
            loaded.score([1])

    def test_three_classes(self) -> None:
        model = DummyClassifier().fit(people()[["income"]], people()["city"])
        with pytest.raises(FileError, match="it knows 3 classes"):
            fairaudit.load_model(model)

    def test_classes_and_columns_that_are_alike(self) -> None:
        model = LogisticRegression().fit(people()[["income", "age"]], paid())
        model.classes_ = np.array([1, 1])
        with pytest.raises(
            FileError, match="it knows 2 classes, '1', '1', and two different ones are expected"
        ):
            fairaudit.load_model(model)
        model.classes_, model.feature_names_in_ = np.array([0, 1]), np.array(["age", "age"], dtype=object)
        with pytest.raises(FileError, match="it reads several columns of one name: 'age'"):
            fairaudit.load_model(model)

    def test_code_that_ends_the_program(self) -> None:
        class Ending:
            def predict_proba(self, rows: Any) -> Any:
                raise SystemExit(len(rows))

        with pytest.raises(FileError, match="failed for these rows: SystemExit: 200"):
            fairaudit.load_model(Ending()).score(people()[["income"]])

    def test_no_model(self, tmp_path: Path) -> None:
        joblib.dump({"a": 1}, tmp_path / "a.joblib")
        with pytest.raises(FileError, match="it holds a dict, which has no predict_proba"):
            fairaudit.load_model(tmp_path / "a.joblib", trust_pickle=True)

    @pytest.mark.parametrize("answer", [np.nan, 2.0])
    def test_answers_that_are_no_probabilities(self, answer: float) -> None:
        class Odd:
            def predict_proba(self, rows: Any) -> Any:
                return np.full((len(rows), 2), answer)

        with pytest.raises(FileError, match="200 of 200 scores are not a number from 0 to 1"):
            fairaudit.load_model(Odd()).score(people()[["income"]])


class TestTrust:
    def test_a_pickle_is_loaded_only_if_it_is_trusted_and_loudly(
        self, run: Run, refusal: Refusal, folder: Path, tmp_path: Path
    ) -> None:
        words = ("people.csv", "-t", "paid", "--positive", "yes")
        assert "--trust-pickle" in refusal("predict", "model.joblib", *words, cwd=folder)
        ran = run(
            "audit",
            *words,
            "--fitted",
            "model.joblib",
            "--trust-pickle",
            "-a",
            "sex",
            "-o",
            tmp_path,
            cwd=folder,
        )
        assert ran.code == 0, ran.err
        assert f"warning: model.joblib: {LOUD}" in ran.err
        for name in ("group.json", "predict.json", "MODEL_CARD.md", "report.html"):
            assert LOUD in (tmp_path / name).read_text(), name
        assert (written(tmp_path)["score"] == expected()).all()

    def test_nothing_of_a_pickle_runs_before(self, tmp_path: Path) -> None:
        class Harm:
            def __reduce__(self) -> Any:
                return (Path.touch, (tmp_path / "harm",))

        joblib.dump(Harm(), tmp_path / "a.pkl")
        with pytest.raises(FileError, match="Nothing was loaded"):
            fairaudit.load_model(tmp_path / "a.pkl")
        assert not (tmp_path / "harm").exists()

    def test_types_of_a_skops_file_are_listed(self, tmp_path: Path) -> None:
        model = pipeline(DecisionTreeClassifier(max_depth=3)).fit(people()[FEATURES], paid())
        path = tmp_path / "tree.skops"
        skops.io.dump(model, path)
        # To skops 0.13 trees are safe.
        if "sklearn.tree._tree.Tree" in skops.io.get_untrusted_types(file=path):
            with pytest.raises(FileError, match=r"not known to be safe: 'sklearn.tree._tree.Tree'.*trust="):
                fairaudit.load_model(path)
        loaded = fairaudit.load_model(path, trust="sklearn.tree._tree.Tree")
        assert (loaded.score(people()) == model.predict_proba(people()[FEATURES])[:, 1]).all()

    def test_what_is_harmless_needs_no_trust(self, tmp_path: Path) -> None:
        """Older releases of skops ask for types of scikit-learn's own that later ones, or later releases of scikit-learn, know to be data."""
        prepare = ColumnTransformer([("numbers", StandardScaler(), ["income", "age"])], remainder="drop")
        model = Pipeline([("prepare", prepare), ("classify", HistGradientBoostingClassifier(max_iter=3))])
        skops.io.dump(model.fit(people()[FEATURES], paid()), tmp_path / "m.skops")
        boosted_tree = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"
        loaded = fairaudit.load_model(tmp_path / "m.skops", trust=[boosted_tree, "_loss.CyHalfBinomialLoss"])
        assert set(loaded.trusted) <= {boosted_tree, "_loss.CyHalfBinomialLoss"}
        assert (loaded.score(people()) == model.predict_proba(people()[FEATURES])[:, 1]).all()

    def test_a_function_is_named_and_does_not_run(self, tmp_path: Path) -> None:
        model = make_pipeline(
            FunctionTransformer(np.log1p), FunctionTransformer(json.dumps), LogisticRegression()
        )
        skops.io.dump(model, tmp_path / "f.skops")
        with pytest.raises(FileError, match=r"json\.dumps"):
            fairaudit.load_model(tmp_path / "f.skops")


@pytest.mark.parametrize("library", ["lightgbm", "xgboost", "catboost"])
class TestLibraries:
    def test_by_skops_and_by_joblib(self, library: str, tmp_path: Path) -> None:
        model = boosted(library)
        scores = model.predict_proba(people()[["income", "age"]])[:, 1]
        skops.io.dump(model, tmp_path / "m.skops")
        joblib.dump(model, tmp_path / "m.joblib")
        types = skops.io.get_untrusted_types(file=tmp_path / "m.skops")
        with pytest.raises(FileError, match="types that are not known to be safe"):
            fairaudit.load_model(tmp_path / "m.skops")
        by_skops = fairaudit.load_model(tmp_path / "m.skops", trust=types)
        by_joblib = fairaudit.load_model(tmp_path / "m.joblib", trust_pickle=True)
        assert by_skops.features == by_joblib.features == ("income", "age")
        assert (by_skops.score(people()) == scores).all()
        assert (by_joblib.score(people()) == scores).all()
        audit = fairaudit.audit(people(), target="paid", positive="yes", fitted=by_skops, attributes="sex")
        assert audit.group.overall.counts.selected == (scores >= 0.5).sum()
        again = fairaudit.predict(by_joblib, people(), target="paid", positive="yes")
        assert (again.predictions.frame["score"] == scores).all()


@cache
def by_column(*, zipmap: bool) -> tuple[Pipeline, bytes]:
    """Fit a pipeline, and write it as ONNX with an input for each column."""
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType

    model = pipeline(LogisticRegression()).fit(people()[FEATURES].astype({"age": float}), paid())
    kinds: list[Any] = [(name, FloatTensorType([None, 1])) for name in FEATURES[:2]]
    kinds += [(name, StringTensorType([None, 1])) for name in FEATURES[2:]]
    made = convert_sklearn(model, initial_types=kinds, options={"zipmap": zipmap})
    return model, made.SerializeToString()


class TestOnnx:
    def test_no_inputs(self, tmp_path: Path) -> None:
        from onnx import TensorProto, helper

        score = helper.make_tensor("score", TensorProto.FLOAT, [1, 2], [0.5, 0.5])
        out = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [1, 2])
        node = helper.make_node("Identity", ["score"], ["probabilities"])
        graph = helper.make_graph([node], "none", [], [out], [score])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
        with pytest.raises(FileError, match="it has no inputs, and reads no column"):
            fairaudit.load_model(tmp_path / "m.onnx")

    def test_one_answer_for_all_rows(self, tmp_path: Path) -> None:
        from onnx import TensorProto, helper

        rows = helper.make_tensor_value_info("rows", TensorProto.FLOAT, [None, 1])
        out = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [])
        node = helper.make_node("ReduceSum", ["rows"], ["probabilities"], keepdims=0)
        graph = helper.make_graph([node], "sum", [rows], [out])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
        with pytest.raises(FileError, match=r"its probabilities are of shape \(\)"):
            fairaudit.load_model(tmp_path / "m.onnx").score(pd.DataFrame({"rows": [0.1, 0.2]}))

    @pytest.mark.parametrize("zipmap", [True, False])
    def test_an_input_for_each_column(self, run: Run, tmp_path: Path, zipmap: bool) -> None:
        model, content = by_column(zipmap=zipmap)
        (tmp_path / "m.onnx").write_bytes(content)
        words = ("-t", "paid", "--positive", "yes", "-o", tmp_path / "out")
        rows = people().astype({"zip": str})
        rows.to_parquet(tmp_path / "people.parquet")
        ran = run("predict", "m.onnx", "people.parquet", *words, cwd=tmp_path)
        assert ran.code == 0, ran.err
        scores = model.predict_proba(people()[FEATURES])[:, 1]
        np.testing.assert_allclose(written(tmp_path / "out")["score"], scores, atol=1e-6)
        audit = fairaudit.audit(
            rows, target="paid", positive="yes", fitted=tmp_path / "m.onnx", attributes="sex"
        )
        assert audit.group.overall.counts.selected == (scores >= 0.5).sum()
        assert audit.predict is not None
        assert audit.predict.model is not None
        assert audit.predict.model.kind == "onnx"

    def test_one_input_for_all(self, tmp_path: Path) -> None:
        from catboost import CatBoostClassifier

        model: CatBoostClassifier = boosted("catboost")
        model.save_model(str(tmp_path / "c.onnx"), format="onnx")
        loaded = fairaudit.load_model(tmp_path / "c.onnx")
        rows = people()[["income", "age"]]
        np.testing.assert_allclose(loaded.score(rows), model.predict_proba(rows)[:, 1], atol=1e-6)

    def test_wrong_inputs_are_named(self, tmp_path: Path) -> None:
        (tmp_path / "m.onnx").write_bytes(by_column(zipmap=False)[1])
        loaded = fairaudit.load_model(tmp_path / "m.onnx")
        with pytest.raises(OptionError, match="2 columns that the data does not have: 'city', 'zip'"):
            loaded.score(people()[["income", "age"]])
        with pytest.raises(
            OptionError, match="'income' holds texts, and numbers are taken; 'age' holds texts"
        ):
            loaded.score(people().assign(income="high", age="old"))

    @pytest.mark.parametrize("zipmap", [True, False])
    def test_classes_that_are_texts(self, zipmap: bool, tmp_path: Path) -> None:
        """A tensor of probabilities does not say whose they are: the labels beside it do."""
        from skl2onnx import to_onnx

        rows = people()[["income", "age"]].astype("float32")
        model = LogisticRegression().fit(rows.to_numpy(), people()["paid"])
        content = to_onnx(
            model, rows.to_numpy()[:1], target_opset=17, options={"zipmap": zipmap}
        ).SerializeToString()
        (tmp_path / "m.onnx").write_bytes(content)
        for place, name in enumerate(["no", "yes"]):
            loaded = fairaudit.load_model(tmp_path / "m.onnx", positive_class=name)
            np.testing.assert_allclose(
                loaded.score(rows), model.predict_proba(rows.to_numpy())[:, place], atol=1e-6
            )
        with pytest.raises(OptionError, match="knows the classes 'no', 'yes'"):
            fairaudit.load_model(tmp_path / "m.onnx", positive_class="maybe").score(rows)
        with pytest.raises(OptionError, match="nobody says which of them is the positive one"):
            fairaudit.load_model(tmp_path / "m.onnx").score(rows)

    def test_truth_values_that_are_texts(self, tmp_path: Path) -> None:
        """A tensor of labels may hold the texts False and True, in which the positive class is no less plain."""
        from skl2onnx import to_onnx

        rows = people()[["income", "age"]].astype("float32")
        model = LogisticRegression().fit(rows.to_numpy(), (people()["paid"] == "yes").astype(str))
        content = to_onnx(
            model, rows.to_numpy()[:1], target_opset=17, options={"zipmap": False}
        ).SerializeToString()
        (tmp_path / "m.onnx").write_bytes(content)
        scores = model.predict_proba(rows.to_numpy())[:, 1]
        loaded = fairaudit.load_model(tmp_path / "m.onnx")
        np.testing.assert_allclose(loaded.score(rows), scores, atol=1e-6)
        np.testing.assert_allclose(loaded.score(rows[scores < 0.4]), scores[scores < 0.4], atol=1e-6)

    @pytest.mark.parametrize("columns", [1, 2])
    def test_probabilities_without_labels(self, tmp_path: Path, columns: int) -> None:
        """A network answers with nothing else: its classes are 0 and 1, and the chosen one is asked for."""
        from onnx import TensorProto, helper

        parts = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, columns])
            for name in ("rows", "probability")
        ]
        graph = helper.make_graph(
            [helper.make_node("Identity", ["rows"], ["probability"])], "network", parts[:1], parts[1:]
        )
        opset = [helper.make_opsetid("", 13)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=8)
        (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
        rows = pd.DataFrame({"no": [0.75, 0.5], "rows": [0.25, 0.5]})[["no", "rows"][-columns:]]
        for name, scores in ((None, [0.25, 0.5]), ("1", [0.25, 0.5]), ("0", [0.75, 0.5])):
            loaded = fairaudit.load_model(tmp_path / "m.onnx", positive_class=name)
            assert loaded.score(rows).tolist() == scores
        with pytest.raises(OptionError, match="knows the classes '0', '1'"):
            fairaudit.load_model(tmp_path / "m.onnx", positive_class="yes").score(rows)

    @pytest.mark.parametrize("content", [b"", b"no model", b"\x08\x07" * 40])
    def test_no_model(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "m.onnx").write_bytes(content)
        with pytest.raises(FileError, match="no ONNX model"):
            fairaudit.load_model(tmp_path / "m.onnx")


class TestOwn:
    def test_what_a_configuration_says_of_another_training_stops_nobody(
        self, run: Run, tmp_path: Path
    ) -> None:
        fairaudit.train(people(), target="paid", positive="yes", out=tmp_path)
        people().to_csv(tmp_path / "people.csv", index=False)
        (tmp_path / "fairaudit.toml").write_text('target = "other"\npositive = ["1"]\ndrop = "sex"\n')
        ran = run("predict", "model.skops", "people.csv", "-o", "new", cwd=tmp_path)
        assert ran.code == 0, ran.err
        joblib.dump(LogisticRegression().fit(people()[["income", "age"]], paid()), tmp_path / "m.joblib")
        words = ("m.joblib", "people.csv", "--trust-pickle", "-o", "new")
        assert run("predict", *words, cwd=tmp_path).code == 0
        words = ("--positive", "no", "-o", "new")
        ran = run("predict", "model.skops", "people.csv", *words, cwd=tmp_path)
        assert "--positive: the model was trained with 'yes'" in ran.err

    def test_predict_and_audit_agree(self, run: Run, tmp_path: Path) -> None:
        people().to_csv(tmp_path / "people.csv", index=False)
        words = ("-t", "paid", "--positive", "yes", "--drop", "sex")
        assert run("train", "people.csv", *words, cwd=tmp_path).code == 0
        sha256 = json.loads((tmp_path / "fairaudit-out/train.json").read_text())["model_sha256"]
        audit = fairaudit.audit(
            tmp_path / "people.csv", fitted=tmp_path / "fairaudit-out/model.skops", attributes="sex"
        )
        assert audit.predict is not None
        assert audit.predict.settings.model_sha256 == sha256
        held_out = written(tmp_path / "fairaudit-out").set_index("row")["score"]
        model = fairaudit.load_model(tmp_path / "fairaudit-out/model.skops", trust="others.Model")
        assert (model.ran_code, model.trusted) == (False, ())  # the file holds no such type
        assert (model.sha256, model.target, model.positive) == (sha256, "paid", ("yes",))
        scores = pd.Series(model.score(people()), index=people().index + 1)
        np.testing.assert_allclose(scores.loc[held_out.index], held_out)
        with pytest.raises(OptionError, match="target: the model was trained to predict 'paid'"):
            fairaudit.predict(tmp_path / "fairaudit-out/model.skops", people(), target="sex")
