"""Every row is scored once per repeat by a model that never saw it, as scikit-learn would."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sklearn.model_selection
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score
from sklearn.model_selection import RepeatedStratifiedKFold, StratifiedKFold

from fairaudit.errors import OptionError
from fairaudit.model.crossval import Fold, cross_validate
from fairaudit.model.estimator import ModelKind, ModelSettings
from fairaudit.model.pipeline import build_pipeline, take_features
from fairaudit.model.train import binary_target
from fairaudit.settings.training import Folds

CASES = [
    ("car.csv", "car", ["acc", "good", "vgood"], ModelSettings()),
    ("raisin.csv", "Class", ["Besni"], ModelSettings(seed=3)),
    (
        "raisin.csv",
        "Class",
        ["Besni"],
        ModelSettings(model=ModelKind.RANDOM_FOREST, params={"n_estimators": "20"}, seed=3),
    ),
    (
        "car.csv",
        "car",
        ["acc", "good", "vgood"],
        ModelSettings(model=ModelKind.HIST_GRADIENT_BOOSTING, params={"max_iter": "5"}),
    ),
    ("compas_two_years.csv", "two_year_recid", [], ModelSettings(class_weight="balanced")),
]


def read(data_dir: Path, file: str, label: str, positive: list[str]) -> tuple[pd.DataFrame, np.ndarray]:
    frame = pd.read_csv(data_dir / file, encoding="utf-8-sig")
    target = binary_target(frame.pop(label), positive=positive)
    return frame, target


@pytest.mark.parametrize(
    ("file", "label", "positive", "settings"), CASES, ids=lambda value: str(getattr(value, "model", value))
)
def test_metrics_equal_scikit_learns_on_the_same_folds(
    data_dir: Path, file: str, label: str, positive: list[str], settings: ModelSettings
) -> None:
    frame, target = read(data_dir, file, label, positive)
    found = cross_validate(frame, target, features=list(frame.columns), settings=settings)
    pipeline = build_pipeline(frame, features=found.features, settings=settings)
    expected = sklearn.model_selection.cross_validate(
        pipeline,
        take_features(pipeline, frame),
        target,
        cv=StratifiedKFold(5, shuffle=True, random_state=settings.seed),
        scoring=("accuracy", "f1", "roc_auc"),
    )
    labels = [target[fold.test_index] for fold in found.folds]
    decisions = [fold.scores > 0.5 for fold in found.folds]
    pairs = list(zip(labels, decisions, strict=True))
    assert [accuracy_score(*pair) for pair in pairs] == expected["test_accuracy"].tolist()
    assert [f1_score(*pair) for pair in pairs] == expected["test_f1"].tolist()
    # The AUC of a logistic model is scikit-learn's from its margins: the same order, but for ties made by rounding.
    aucs = [roc_auc_score(y, fold.scores) for y, fold in zip(labels, found.folds, strict=True)]
    assert aucs == pytest.approx(expected["test_roc_auc"].tolist(), abs=1e-12)


def small() -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"a": random.normal(size=60), "b": random.choice(["x", "y"], 60)})
    return frame, (frame["a"] + random.normal(size=60) > 0).to_numpy().astype(np.int8)


def test_every_row_is_held_out_once_per_repeat() -> None:
    frame, target = small()
    found = cross_validate(
        frame, target, features=["a", "b"], settings=ModelSettings(), folds=Folds(folds=4, repeats=3)
    )
    assert [(fold.repeat, fold.number) for fold in found.folds] == [
        (r, k) for r in (1, 2, 3) for k in (1, 2, 3, 4)
    ]
    for repeat in (1, 2, 3):
        rows = np.concatenate([fold.test_index for fold in found.folds if fold.repeat == repeat])
        assert sorted(rows) == list(range(60))
    for fold in found.folds:
        assert sorted([*fold.train_index, *fold.test_index]) == list(range(60))


def test_the_folds_are_those_of_scikit_learn() -> None:
    frame, target = small()
    found = cross_validate(
        frame, target, features=["a"], settings=ModelSettings(seed=9), folds=Folds(folds=3, repeats=2)
    )
    repeated = RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=9).split(frame, target)
    once = StratifiedKFold(3, shuffle=True, random_state=9).split(frame, target)
    for fold, (_, expected) in zip(found.folds, repeated, strict=True):
        assert np.array_equal(fold.test_index, expected)
    for fold, (_, expected) in zip(found.folds[:3], once, strict=True):
        assert np.array_equal(fold.test_index, expected)


def test_predictions_are_the_first_repeats() -> None:
    frame, target = small()
    once = cross_validate(
        frame, target, features=["a", "b"], settings=ModelSettings(seed=2), folds=Folds(folds=4)
    )
    twice = cross_validate(
        frame, target, features=["a", "b"], settings=ModelSettings(seed=2), folds=Folds(folds=4, repeats=2)
    )
    assert np.array_equal(once.scores, twice.scores)
    assert np.array_equal(once.fold_numbers, twice.fold_numbers)
    for fold in once.folds:
        assert np.array_equal(once.scores[fold.test_index], fold.scores)
        assert set(once.fold_numbers[fold.test_index]) == {fold.number}


def test_the_caller_hears_of_every_fold() -> None:
    frame, target = small()
    heard: list[Fold] = []
    found = cross_validate(
        frame, target, features=["a"], settings=ModelSettings(), folds=Folds(folds=3), on_fold=heard.append
    )
    assert tuple(heard) == found.folds


def test_a_level_that_only_one_fold_holds_is_reported_there() -> None:
    frame, target = small()
    frame.loc[17, "b"] = "z"
    found = cross_validate(frame, target, features=["a", "b"], settings=ModelSettings(), folds=Folds(folds=3))
    unknown = {fold.number: fold.unknown_categories for fold in found.folds if fold.unknown_categories}
    assert unknown == {int(found.fold_numbers[17]): {"b": {"z": 1}}}


def test_warnings_are_said_once_with_the_number_of_folds() -> None:
    frame, target = small()
    settings = ModelSettings(params={"max_iter": "1"})
    found = cross_validate(frame, target, features=["a", "b"], settings=settings, folds=Folds(folds=3))
    (text,) = found.fit_warnings
    assert text.startswith("the model did not converge")
    assert text.endswith("(3 of 3 folds)")


def test_identifiers_are_left_out_and_reported() -> None:
    frame, target = small()
    frame["id"] = range(60)
    found = cross_validate(
        frame, target, features=["id", "a"], settings=ModelSettings(), folds=Folds(folds=2)
    )
    assert found.features == ("a",)
    assert [warning.column for warning in found.feature_warnings] == ["id"]


@pytest.mark.parametrize(
    ("folds", "repeats", "message"),
    [
        (1, 1, "--folds 1: at least 2 folds are needed"),
        (5, 0, "--repeats 0: at least 1 repeat is needed"),
        (
            4,
            1,
            "every fold needs both classes; there are 3 positive and 57 negative rows. At most 3 folds are possible.",
        ),
    ],
)
def test_impossible_folds_are_an_error(folds: int, repeats: int, message: str) -> None:
    frame, _ = small()
    target = np.array([1] * 3 + [0] * 57, dtype=np.int8)
    with pytest.raises(OptionError) as caught:
        cross_validate(
            frame, target, features=["a"], settings=ModelSettings(), folds=Folds(folds=folds, repeats=repeats)
        )
    assert message in str(caught.value)


def test_as_many_folds_as_rows_of_the_smaller_class_are_possible() -> None:
    frame, _ = small()
    target = np.array([1] * 3 + [0] * 57, dtype=np.int8)
    assert (
        len(
            cross_validate(
                frame, target, features=["a"], settings=ModelSettings(), folds=Folds(folds=3)
            ).folds
        )
        == 3
    )
