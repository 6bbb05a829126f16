"""What train makes is sound, whatever the data and the parameters; anything else is refused, or scores the same."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skops.io
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits
from trained import QUICK, fitted, people, save_model, score, trained

from fairaudit.errors import FileError
from fairaudit.model import soundness
from fairaudit.model.estimator import ModelKind, ModelSettings
from fairaudit.model.pipeline import build_pipeline, fit_pipeline, predict, take_features
from fairaudit.model.soundness import CHECKS, Unsound, check_pipeline
from fairaudit.model.store import _try_out, load_model, pack_model


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Two threads for a hundred rows would mostly wait for each other."""
    with threadpool_limits(1):
        yield


PARAMS: list[tuple[ModelKind, dict[str, str]]] = [
    (ModelKind.LOGISTIC, {}),
    (ModelKind.LOGISTIC, {"solver": "liblinear", "C": "0.1", "fit_intercept": "false"}),
    (ModelKind.LOGISTIC, {"solver": "newton-cg", "tol": "1e-8", "warm_start": "true"}),
    (ModelKind.RANDOM_FOREST, {"n_estimators": "2", "bootstrap": "false"}),
    (ModelKind.RANDOM_FOREST, {"n_estimators": "8", "oob_score": "true", "max_samples": "0.5"}),
    (
        ModelKind.RANDOM_FOREST,
        {"n_estimators": "2", "max_leaf_nodes": "4", "ccp_alpha": "0.01", "n_jobs": "-1"},
    ),
    (ModelKind.RANDOM_FOREST, {"n_estimators": "1", "criterion": "log_loss", "max_features": "none"}),
    (ModelKind.HIST_GRADIENT_BOOSTING, {"max_iter": "2"}),
    (ModelKind.HIST_GRADIENT_BOOSTING, {"max_iter": "5", "early_stopping": "true", "warm_start": "true"}),
    (ModelKind.HIST_GRADIENT_BOOSTING, {"max_iter": "3", "early_stopping": "true", "scoring": "roc_auc"}),
    (ModelKind.HIST_GRADIENT_BOOSTING, {"max_iter": "2", "max_bins": "8", "interaction_cst": "pairwise"}),
]


@pytest.mark.parametrize(
    ("columns", "weight"),
    [(["income"], None), (["city"], "balanced"), (["income", "city", "rooms", "code"], None)],
    ids=["numbers", "text", "both"],
)
@pytest.mark.parametrize(("model", "params"), PARAMS, ids=str)
@pytest.mark.filterwarnings("ignore:Some inputs do not have OOB scores")
def test_what_train_makes_loads_and_scores_the_same(
    tmp_path: Path, model: ModelKind, params: dict[str, str], weight: str | None, columns: list[str]
) -> None:
    pipeline = fitted(ModelSettings(model=model, params=params, class_weight=weight), columns)
    assert save_model(tmp_path / "model.skops", pipeline, {}) == ()
    loaded = load_model(tmp_path / "model.skops")
    assert np.array_equal(score(loaded.pipeline), score(pipeline))
    assert loaded.warnings == ()


TEXTS = st.text(min_size=0, max_size=8).filter(lambda text: "\x00" not in text)


@st.composite
def tables(draw: st.DrawFn) -> tuple[pd.DataFrame, Any]:
    """Draw a table of numbers, booleans, dates and any text, with gaps, under any names."""
    rows = draw(st.integers(30, 60))
    random = np.random.default_rng(draw(st.integers(0, 2**31)))
    names = draw(st.lists(TEXTS, min_size=1, max_size=5, unique=True))
    words = draw(st.lists(TEXTS, min_size=1, max_size=6))
    columns: dict[str, Any] = {}
    for name in names:
        match draw(st.sampled_from(["numbers", "constant", "huge", "days", "booleans", "words", "gaps"])):
            case "numbers":
                columns[name] = random.normal(size=rows)
            case "constant":
                columns[name] = np.full(rows, 7.0)
            case "huge":
                columns[name] = random.normal(size=rows) * 1e90
            case "days":
                columns[name] = pd.Timestamp("2026-01-01") + pd.to_timedelta(
                    random.integers(0, 900, rows), "D"
                )
            case "booleans":
                columns[name] = random.random(rows) > 0.5
            case "words":
                columns[name] = random.choice(np.array(words, dtype=object), rows)
            case "gaps":
                columns[name] = np.where(random.random(rows) > 0.3, random.normal(size=rows), np.nan)
    target = np.array([0, 1] * 15 + [1] * (rows - 30), dtype=np.int8)
    return pd.DataFrame(columns), target


@given(table=tables(), model=st.sampled_from(list(ModelKind)))
@settings(max_examples=40)
def test_what_train_makes_of_any_table_is_sound(table: tuple[pd.DataFrame, Any], model: ModelKind) -> None:
    frame, target = table
    chosen = ModelSettings(model=model, params=QUICK[model])
    pipeline = build_pipeline(frame, features=list(frame.columns), settings=chosen)
    made = fit_pipeline(pipeline, take_features(pipeline, frame), target, settings=chosen).pipeline
    check_pipeline(made)
    packed = pack_model(made, {})
    assert packed.needs_trust == ()
    content = packed.content
    loaded = skops.io.loads(content, trusted=skops.io.get_untrusted_types(data=content))["pipeline"]
    check_pipeline(loaded)
    assert np.array_equal(predict(loaded, frame), predict(made, frame))


def test_each_kind_of_model_has_its_check() -> None:
    assert {type(trained(model)[-1]) for model in ModelKind} == set(CHECKS)


def places(root: Any) -> Iterator[tuple[str, dict[Any, Any] | list[Any], Any]]:
    """Give every attribute, item and value below an object: where it is, what holds it, and its key there."""
    seen: set[int] = set()
    waiting = [("pipeline", root)]
    while waiting:
        path, holder = waiting.pop()
        if id(holder) in seen:
            continue
        seen.add(id(holder))
        if isinstance(holder, tuple):
            waiting += [(f"{path}[{i}]", item) for i, item in enumerate(holder)]
            continue
        inside = (
            holder
            if isinstance(holder, (dict, list))
            else vars(holder)
            if hasattr(holder, "__dict__")
            else {}
        )
        if isinstance(holder, type):
            continue
        # Two of a list stand for all of its items.
        for key in list(inside) if isinstance(inside, dict) else range(min(len(inside), 2)):
            yield f"{path}.{key}", inside, key
            waiting.append((f"{path}.{key}", inside[key]))


WRONG: list[Any] = [
    None,
    True,
    "predict_proba",
    -7,
    10**30,
    float("nan"),
    ["income", "income"],
    (),
    np.full((1, 1), np.nan),
    np.array([1, 0]),
    lambda *_: 0,
]


@contextmanager
def prepared_once(prepared: dict[int, Any]) -> Iterator[None]:
    """Let columns be checked once, and prepared once for each number of rows, as long as nothing changes but the estimator behind, which is given the same each time."""
    transform = ColumnTransformer.transform
    check = cache(soundness.check_columns)

    def known(prepare: ColumnTransformer, frame: pd.DataFrame, **how: Any) -> Any:
        if len(frame) not in prepared:
            prepared[len(frame)] = transform(prepare, frame, **how)
        return prepared[len(frame)].copy()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ColumnTransformer, "transform", known)
        patch.setattr(soundness, "check_columns", check)
        yield


def changing(path: str, prepared: dict[int, Any]) -> AbstractContextManager[None]:
    """Take the columns that are `prepared` if a place lies in the estimator, and else prepare them anew."""
    return prepared_once(prepared) if path.startswith("pipeline.steps.1[1].") else nullcontext()


def admitted(pipeline: Pipeline) -> bool:
    """Tell whether loading would admit a pipeline; what it admits has to run."""
    try:
        check_pipeline(pipeline)
        _try_out(pipeline)
    except Unsound:
        return False
    except Exception:  # noqa: BLE001  # loading says so in a sentence, whatever it is
        return False
    return True


@pytest.mark.parametrize("model", list(ModelKind))
def test_a_wrong_value_in_any_place_is_refused_or_without_effect(model: ModelKind) -> None:
    pipeline = copy.deepcopy(trained(model))
    expected = score(pipeline)
    prepared: dict[int, Any] = {}
    changed = harmless = 0
    for path, holder, key in places(pipeline):
        right = holder[key]
        with changing(path, prepared):
            # Nothing is wrong with the value that stands there.
            for wrong in (value for value in WRONG if value is not right):
                holder[key] = wrong
                changed += 1
                # Fewer rounds of boosting are another model, and as good as any.
                if admitted(pipeline) and not path.endswith("_predictors"):
                    harmless += 1
                    assert np.array_equal(score(pipeline), expected), f"{path} = {wrong!r}"
        holder[key] = right
    assert changed > 1000
    assert harmless < changed / 4
    assert admitted(pipeline)


@pytest.mark.parametrize("model", list(ModelKind))
def test_no_attribute_may_be_lacking_or_added(model: ModelKind) -> None:
    pipeline = copy.deepcopy(trained(model))
    expected = score(pipeline)
    prepared: dict[int, Any] = {}
    for path, holder, key in places(pipeline):
        right = holder[key]
        del holder[key]
        with changing(path, prepared):
            if admitted(pipeline) and "_predictors" not in path:
                assert np.array_equal(score(pipeline), expected), path
        holder.insert(key, right) if isinstance(holder, list) else holder.__setitem__(key, right)
    objects = {id(holder): holder for path, holder, _ in places(pipeline) if isinstance(holder, dict)}
    for holder in objects.values():
        for name in ("predict_proba", "transform", "_sklearn_output_config", "evil"):
            holder[name] = "x"
            assert not admitted(pipeline)
            del holder[name]
    assert admitted(pipeline)


@given(data=st.data())
def test_trees_with_any_nodes_are_refused_or_score_in_bounds(data: st.DataObject) -> None:
    numbers = st.sampled_from([-(2**31), -2, -1, 0, 1, 2, 3, 5, 100, 2**31 - 1])
    floats = st.sampled_from([np.nan, np.inf, -np.inf, 1e308, -1.0, 0.0, 0.5, 2.0])
    if data.draw(st.booleans(), label="a forest"):
        pipeline = copy.deepcopy(trained(ModelKind.RANDOM_FOREST))
        tree = pipeline[-1].estimators_[0].tree_
        arrays = {name: getattr(tree, name) for name in ("children_left", "children_right", "feature")}
        arrays |= {"threshold": tree.threshold, "value": tree.value[:, 0, :]}
    else:
        pipeline = copy.deepcopy(trained(ModelKind.HIST_GRADIENT_BOOSTING))
        nodes = pipeline[-1]._predictors[0][0].nodes
        arrays = {name: nodes[name] for name in nodes.dtype.names}
    for name in data.draw(st.lists(st.sampled_from(sorted(arrays)), min_size=1, max_size=3), label="names"):
        array = arrays[name]
        place = data.draw(st.integers(0, len(array) - 1), label="place")
        value = data.draw(floats if array.dtype.kind == "f" else numbers, label="value")
        array[place] = value if array.dtype.kind in "if" else np.array(value).astype(array.dtype)
    if admitted(pipeline):
        found = score(pipeline)
        assert ((found >= 0) & (found <= 1)).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda p: p.steps.insert(0, ("more", p[0])),
            "the pipeline.steps is not the steps 'prepare', 'classify'",
        ),
        (lambda p: setattr(p[0], "remainder", "passthrough"), "prepare.remainder is not 'drop'"),
        (lambda p: p[0].transformers_.reverse(), "not a transformer of numbers, one of text, or both"),
        (lambda p: p[0].transformers[0][2].append("income"), "reads the column 'income' twice"),
        (lambda p: p[0].transformers[0][2].__setitem__(0, "in\x00come"), "does not name columns"),
        (lambda p: setattr(p[0], "transformers_", p[0].transformers_[:1]), "does not read the columns of"),
        (lambda p: setattr(p[-1], "coef_", p[-1].coef_[:, :2]), "of shape (1, "),
        (lambda p: setattr(p[-1], "coef_", p[-1].coef_ * np.inf), "not an array of finite numbers"),
        (lambda p: setattr(p[-1], "classes_", p[-1].classes_[::-1]), "not the classes 0 and 1"),
        (lambda p: setattr(p[-1], "predict_proba", "x"), "should not have: 'predict_proba'"),
    ],
    ids=range(10),
)
def test_what_is_wrong_is_said_with_its_place(change: Any, message: str, tmp_path: Path) -> None:
    pipeline = copy.deepcopy(trained(ModelKind.LOGISTIC))
    change(pipeline)
    path = tmp_path / "model.skops"
    save_model(path, pipeline, {})
    with pytest.raises(FileError, match="it is not sound: ") as error:
        load_model(path)
    assert message in str(error.value)
    assert str(error.value).count("\n") == 0


def test_the_people_are_varied() -> None:
    frame, target = people()
    assert frame.isna().sum().sum() == 2
    assert 30 < target.sum() < 90
