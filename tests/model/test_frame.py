"""Estimators that get their columns as they stand: texts as texts, categories as categories, and the same again when rows are scored."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from tests.trained import people

from fairaudit.errors import OptionError
from fairaudit.model.estimator import ModelSettings
from fairaudit.model.pipeline import (
    build_pipeline,
    count_unknown,
    estimator_name,
    fit_pipeline,
    predict,
    reads_frame,
    take_features,
)
from fairaudit.model.split import inner_folds
from fairaudit.model.store import load_model, pack_model
from fairaudit.model.train import train
from fairaudit.model.tune import draw_curve, tune

SEEN: list[pd.DataFrame] = []


class Watching(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Keeps what it is given."""

    accepts = "frame"

    def fit(self, x: Any, y: Any) -> Watching:
        SEEN.append(x)
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, x: Any) -> Any:
        SEEN.append(x)
        return np.full((len(x), 2), 0.5)


class Categories(Watching):
    accepts = "categories"


class Wrong(Watching):
    accepts = "frames"


class Unlike(Watching):
    """Changes its parameter, so that scikit-learn does not copy it."""

    def __init__(self, depths: Any = (1,)) -> None:
        self.depths = list(depths)


class Silent(Watching):
    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002
        raise RuntimeError("no")


def own_pipeline() -> Pipeline:
    columns = ColumnTransformer(
        [
            ("numbers", StandardScaler(), ["rooms"]),
            ("texts", OneHotEncoder(handle_unknown="ignore"), ["city", "code"]),
        ]
    )
    return Pipeline([("columns", columns), ("classifier", LogisticRegression())])


def asking() -> LogisticRegression:
    return LogisticRegression()


asking.accepts = "frame"  # type: ignore[attr-defined]


def of_library(name: str) -> Any:
    module = pytest.importorskip(name)
    match name:
        case "lightgbm":
            return module.LGBMClassifier(n_estimators=3, verbose=-1, n_jobs=1)
        case "xgboost":
            return module.XGBClassifier(n_estimators=3, enable_categorical=True, n_jobs=1)
        case _:
            return module.CatBoostClassifier(iterations=3, thread_count=1)


@pytest.fixture(autouse=True)
def factories() -> Iterator[None]:
    module = types.ModuleType("factories_of_a_test")
    for name, factory in {
        "watching": Watching,
        "categories": Categories,
        "wrong": Wrong,
        "lists": lambda: of_library("catboost").set_params(cat_features=["city", "code"]),
        "unlike": Unlike,
        "silent": Silent,
        "asking": asking,
        "pipeline": own_pipeline,
        "prepared": lambda: Pipeline([("scale", StandardScaler()), ("classifier", LogisticRegression())]),
        **{
            library: lambda library=library: of_library(library)
            for library in ("lightgbm", "xgboost", "catboost")
        },
    }.items():
        setattr(module, name, factory)
    sys.modules[module.__name__] = module
    SEEN.clear()
    yield
    del sys.modules[module.__name__]


def asked(name: str, **more: Any) -> ModelSettings:
    return ModelSettings(estimator=f"factories_of_a_test:{name}", **more)


def fitted(settings: ModelSettings) -> Any:
    frame, target = people()
    pipeline = build_pipeline(frame, features=list(frame), settings=settings)
    return fit_pipeline(pipeline, take_features(pipeline, frame), target, settings=settings).pipeline


def test_texts_numbers_and_missing_values_stay_what_they_are() -> None:
    frame, _ = people()
    fitted(asked("watching", categories=("code",)))
    (given,) = SEEN
    assert list(given) == list(frame)
    assert [str(kind) for kind in given.dtypes] == ["float64", "object", "float64", "category"]
    assert np.isnan(given["income"][5])
    assert pd.isna(given["city"][6])
    for column in ("city", "code"):
        assert given[column].dropna().tolist() == frame[column].dropna().tolist()


def test_new_rows_have_the_types_and_categories_of_training() -> None:
    frame, _ = people()
    pipeline = fitted(asked("categories"))
    new = frame[["code", "city", "rooms", "income"]].head(4).assign(city=["Oslo", "Paris", None, "Oslo"])
    predict(pipeline, new)
    trained, scored = SEEN
    assert (scored.dtypes == trained.dtypes).all()
    assert list(scored) == list(trained)
    assert scored["city"].isna().tolist() == [False, True, True, False]
    assert count_unknown(pipeline, take_features(pipeline, new)) == {"city": {"Paris": 1}}


def test_who_gets_a_frame() -> None:
    frame, _ = people()
    for name, expected in {
        "watching": True,
        "pipeline": True,
        "asking": True,
        "prepared": False,
        **dict.fromkeys(("lightgbm", "xgboost", "catboost"), True),
    }.items():
        pipeline = build_pipeline(frame, features=list(frame), settings=asked(name))
        assert reads_frame(pipeline) is expected, name
    with pytest.raises(
        OptionError, match=r"accepts is 'frames'\. Say one of 'prepared', 'frame', 'categories'"
    ):
        build_pipeline(frame, features=list(frame), settings=asked("wrong"))
    with pytest.raises(OptionError, match="asking Silent for its parameters failed: RuntimeError: no"):
        build_pipeline(frame, features=list(frame), settings=asked("silent"))


@pytest.mark.parametrize("name", ["pipeline", "lightgbm", "xgboost", "catboost"])
def test_stored_and_loaded_it_scores_the_same(name: str, tmp_path: Any) -> None:
    frame, _ = people()
    pipeline = fitted(asked(name))
    about = {"target": "paid", "positive": [], "threshold": 0.5, "features": list(frame)}
    packed = pack_model(pipeline, about)
    path = tmp_path / "model.skops"
    path.write_bytes(packed.content)
    loaded = load_model(path, trust=packed.needs_trust).pipeline
    new = frame.assign(city="Paris")
    for rows in (frame, new):
        assert (predict(loaded, rows) == predict(pipeline, rows)).all()
    assert list(tmp_path.iterdir()) == [path]
    assert estimator_name(pipeline).endswith("Classifier" if name != "pipeline" else "LogisticRegression")


def test_a_library_s_model_equals_that_of_the_library_alone() -> None:
    frame, target = people()
    typed = frame.assign(city=frame["city"].astype("category"), code=frame["code"].astype("category"))
    alone = of_library("lightgbm").set_params(random_state=0).fit(typed, target)
    assert (predict(fitted(asked("lightgbm")), frame) == alone.predict_proba(typed)[:, 1]).all()
    filled = frame.fillna({"city": "(missing)"})
    catboost = of_library("catboost").set_params(random_seed=0, cat_features=("city", "code"), verbose=0)
    catboost.set_params(allow_writing_files=False).fit(filled, target)
    assert (predict(fitted(asked("catboost")), frame) == catboost.predict_proba(filled)[:, 1]).all()


def test_a_model_that_cannot_be_copied_is_named_and_lists_of_catboost_are_no_such() -> None:
    frame, _ = people()
    assert (predict(fitted(asked("lists")), frame) == predict(fitted(asked("catboost")), frame)).all()
    with pytest.raises(OptionError, match="fitting it failed: RuntimeError: Cannot clone"):
        fitted(asked("unlike"))


def test_an_own_pipeline_keeps_what_looks_like_an_identifier() -> None:
    frame, target = people()
    named = frame.assign(key=[f"K{i}" for i in range(len(frame))])
    trained = train(named, target=target, features=list(named), settings=asked("watching"))
    assert trained.features == tuple(named)
    assert ["is kept as a feature" in w.sentence for w in trained.feature_warnings] == [True]
    trained = train(named, target=target, features=list(named), settings=asked("lightgbm"))
    assert trained.features == tuple(frame)


def few_people() -> tuple[pd.DataFrame, Any]:
    """Return so few people with label 1 that there are three folds."""
    frame, target = people()
    rows = np.sort(np.concatenate([np.flatnonzero(target == 0)[:40], np.flatnonzero(target == 1)[:3]]))
    return frame.iloc[rows].reset_index(drop=True), target[rows]


class TestTuning:
    def test_it_is_scikit_learns(self) -> None:
        frame, target = few_people()
        settings = asked("pipeline", tune={"classifier__C": "0.01,100"})
        pipeline = build_pipeline(frame, features=list(frame), settings=settings)
        inputs = take_features(pipeline, frame)
        chosen, tuning = tune(pipeline, inputs, target, settings)
        assert tuning is not None
        search = GridSearchCV(
            pipeline,
            {"classify__classifier__C": [0.01, 100]},
            scoring="roc_auc",
            cv=inner_folds(target, settings, name="tune"),
        ).fit(inputs, target)
        assert [c.mean for c in tuning.candidates] == pytest.approx(search.cv_results_["mean_test_score"])
        assert {f"classify__{n}": v for n, v in tuning.best.params.items()} == search.best_params_
        assert chosen.get_params()["classify__classifier__C"] == tuning.best.params["classifier__C"]
        assert pipeline.get_params()["classify__classifier__C"] == 1

    def test_only_training_rows_are_seen(self) -> None:
        frame, target = people()
        train(frame, target=target, features=["rooms"], settings=asked("watching", tune={}))
        assert max(map(len, SEEN)) == 90

    @pytest.mark.parametrize(
        ("more", "message"),
        [
            ({"tune": {"c": "1,2"}}, "LogisticRegression has no parameter 'c'.*Did you mean 'C'"),
            ({"tune": {"random_state": "1,2"}}, "random choices follow --seed"),
            ({"tune": {"C": "1,2"}, "params": {"C": "3"}}, "--param C=3 is given as well"),
            ({"tune": {"C": "1,x"}}, "--tune: InvalidParameterError"),
        ],
    )
    def test_refusals(self, more: dict[str, Any], message: str) -> None:
        frame, target = people()
        with pytest.raises(OptionError, match=message):
            train(frame, target=target, features=["rooms", "city"], settings=ModelSettings(**more))

    def test_a_learning_curve_reads_more_and_more_rows(self) -> None:
        frame, target = few_people()
        settings = ModelSettings(learning_curve=True)
        pipeline = build_pipeline(frame, features=list(frame), settings=settings)
        curve = draw_curve(pipeline, take_features(pipeline, frame), target, settings)
        assert curve is not None
        assert [point.rows for point in curve.points] == [3, 7, 14, 21, 28]
        assert all(len(point.test) == len(point.train) == curve.folds == 3 for point in curve.points)
