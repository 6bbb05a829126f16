"""A stored model is the model; a file that is something else is refused before anything of it runs."""

from __future__ import annotations

import copy
import io
import json
import os
import pickle
import sys
import zipfile
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from trained import METADATA as PURPOSE
from trained import fitted as trained_by
from trained import save_model, score, trained

from fairaudit.errors import FileError
from fairaudit.model.estimator import ModelKind, ModelSettings
from fairaudit.model.pipeline import build_pipeline, fit_pipeline, predict, take_features
from fairaudit.model.store import (
    ALLOWED,
    BOOSTED_TREE,
    FOREST_TREE,
    FORMAT,
    Purpose,
    load_model,
    pack_model,
    purpose_of,
)

QUICK = {
    ModelKind.LOGISTIC: {},
    ModelKind.RANDOM_FOREST: {"n_estimators": "5"},
    ModelKind.HIST_GRADIENT_BOOSTING: {"max_iter": "5"},
}
METADATA = {
    "features": ["a", "b"],
    "threshold": 0.5,
    "positive": ["<script>", None, 1],
    "versions": {"x": "1.0"},
}


LEFT_OUT = object()


def frame() -> pd.DataFrame:
    random = np.random.default_rng(0)
    made = pd.DataFrame(
        {"a": random.normal(size=200), "b": random.choice(["x", "y", "z"], 200).astype(object)}
    )
    made.loc[5, "a"] = np.nan
    made.loc[6, "b"] = None
    return made


def fitted(settings: ModelSettings) -> Pipeline:
    rows = frame()
    target = (rows["a"].fillna(0) > 0).to_numpy().astype(np.int8)
    pipeline = build_pipeline(rows, features=["a", "b"], settings=settings)
    return fit_pipeline(pipeline, take_features(pipeline, rows), target, settings=settings).pipeline


@cache
def quick_once(model: ModelKind) -> Pipeline:
    return fitted(ModelSettings(model=model, params=QUICK[model]))


def quick(model: ModelKind) -> Pipeline:
    """Give a pipeline that may be changed."""
    return copy.deepcopy(quick_once(model))


@cache
def tree() -> Pipeline:
    return trained_by(ModelSettings(estimator="sklearn.tree:DecisionTreeClassifier"))


@cache
def stored() -> bytes:
    return pack_model(trained(ModelKind.LOGISTIC), {}).content


@pytest.mark.parametrize("model", list(ModelKind))
def test_what_is_loaded_is_what_was_stored(model: ModelKind, tmp_path: Path) -> None:
    pipeline = quick(model)
    save_model(tmp_path / "model.skops", pipeline, METADATA)
    loaded = load_model(tmp_path / "model.skops")
    assert np.array_equal(predict(loaded.pipeline, frame()), predict(pipeline, frame()))
    assert loaded.metadata == METADATA
    assert loaded.warnings == ()
    assert [path.name for path in tmp_path.iterdir()] == ["model.skops"]


def test_no_type_is_allowed_that_no_model_needs(tmp_path: Path) -> None:
    needed: set[str] = set()
    for model in ModelKind:
        save_model(tmp_path / "model.skops", quick(model), {})
        needed |= set(skops.io.get_untrusted_types(file=tmp_path / "model.skops"))
    assert needed <= set(ALLOWED)
    assert {FOREST_TREE, BOOSTED_TREE} <= set(ALLOWED)


def test_an_older_model_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    save_model(path, quick(ModelKind.LOGISTIC), {"n": 1})
    save_model(path, quick(ModelKind.LOGISTIC), {"n": 2})
    assert load_model(path).metadata == {"n": 2}


def test_a_model_that_cannot_be_stored_leaves_the_older_one(tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    save_model(path, quick(ModelKind.LOGISTIC), {"n": 1})
    pipeline = quick(ModelKind.LOGISTIC)
    pipeline[-1].open_file = (tmp_path / "other").open("w")
    with pytest.raises(FileError, match="the model cannot be stored"):
        save_model(path, pipeline, {"n": 2})
    pipeline[-1].open_file.close()
    assert load_model(path).metadata == {"n": 1}


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a file").touch()
    with pytest.raises(FileError, match=r"cannot be written to: (File exists|Not a directory)"):
        save_model(tmp_path / "a file" / "model.skops", quick(ModelKind.LOGISTIC), {})
    (tmp_path / "taken.skops").mkdir()
    with pytest.raises(FileError, match="cannot be written"):
        save_model(tmp_path / "taken.skops", quick(ModelKind.LOGISTIC), {})
    assert {path.name for path in tmp_path.iterdir()} == {"a file", "taken.skops"}


class TestRefused:
    def test_a_pickle_does_not_run(self, tmp_path: Path) -> None:
        class Payload:
            def __reduce__(self) -> tuple[object, tuple[str]]:
                return os.mkdir, (str(tmp_path / "it ran"),)

        path = tmp_path / "model.skops"
        path.write_bytes(pickle.dumps(Payload()))
        with pytest.raises(FileError, match=r"it is no model that this program can load \(BadZipFile"):
            load_model(path)
        assert not (tmp_path / "it ran").exists()

    def test_a_function_in_a_pipeline_is_named_and_does_not_run(self, tmp_path: Path) -> None:
        pipeline = quick(ModelKind.LOGISTIC)
        pipeline.steps[0] = ("prepare", FunctionTransformer(partial(os.mkdir, str(tmp_path / "it ran"))))
        path = tmp_path / "model.skops"
        save_model(path, pipeline, {})
        with pytest.raises(
            FileError, match=r"not known to be safe: 'functools\.partial', '(posix|os|nt)\.mkdir'\. Nothing"
        ):
            load_model(path)
        assert not (tmp_path / "it ran").exists()

    @pytest.mark.parametrize(
        "loader", ["ObjectNode", "FunctionNode", "TypeNode", "ConstructorFromReduceNode", "TreeNode"]
    )
    def test_a_module_whose_import_does_harm_is_named_and_not_imported(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loader: str
    ) -> None:
        (tmp_path / "harmful.py").write_text(
            f"import os; os.mkdir({str(tmp_path / 'it ran')!r})\nclass X: pass\n"
        )
        monkeypatch.syspath_prepend(tmp_path)
        text = {
            "__class__": "str",
            "__module__": "builtins",
            "__loader__": "JsonNode",
            "content": "1",
            "is_json": True,
        }
        empty = {"__class__": "tuple", "__module__": "builtins", "__loader__": "TupleNode", "content": []}
        schema = {
            "__class__": "X",
            "__module__": "harmful",
            "__loader__": loader,
            "content": empty if loader != "ObjectNode" else text,
            "__reduce__": {"args": empty},
            "protocol": 2,
            "_skops_version": skops.__version__,
        }
        path = tmp_path / "model.skops"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("schema.json", json.dumps(schema))
        with pytest.raises(FileError, match=r"harmful\.X"):
            load_model(path)
        assert "harmful" not in sys.modules
        assert not (tmp_path / "it ran").exists()

    @pytest.mark.parametrize(
        "content",
        [b"", b"PK\x03\x04", b"row,label,score\n1,0,0.5\n", b"\x00" * 1000],
        ids=["empty", "half a zip", "a table", "zeros"],
    )
    def test_what_is_no_model_is_an_error(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "model.skops"
        path.write_bytes(content)
        with pytest.raises(FileError, match="it is no model that this program can load"):
            load_model(path)

    @pytest.mark.parametrize(
        "schema",
        [
            "",
            "[]",
            "{}",
            "null",
            '{"__class__": 3}',
            '{"__class__": "x", "__module__": "y", "__loader__": "z"}',
        ],
    )
    def test_an_archive_without_sense_is_an_error(self, tmp_path: Path, schema: str) -> None:
        path = tmp_path / "model.skops"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("schema.json", schema)
        with pytest.raises(FileError, match="it is no model that this program can load"):
            load_model(path)

    def test_half_a_model_is_an_error(self, tmp_path: Path) -> None:
        path = tmp_path / "model.skops"
        save_model(path, quick(ModelKind.LOGISTIC), {})
        path.write_bytes(path.read_bytes()[:-200])
        with pytest.raises(FileError, match="it is no model that this program can load"):
            load_model(path)

    @pytest.mark.parametrize(
        ("stored", "message"),
        [
            ([1, 2], "not of the format"),
            ({"format": "other/1"}, "not of the format"),
            ({"format": FORMAT, "pipeline": 3, "metadata": "{}"}, "no pipeline of this program"),
            (
                {"format": FORMAT, "pipeline": "fitted", "metadata": "[]"},
                "does not say what the model is for",
            ),
            ({"format": FORMAT, "pipeline": "fitted", "metadata": "{"}, "JSONDecodeError"),
            (
                {"format": FORMAT, "pipeline": "bare", "metadata": "{}"},
                "not one of the estimators that fairaudit",
            ),
        ],
    )
    def test_another_kind_of_archive_is_an_error(self, tmp_path: Path, stored: object, message: str) -> None:
        made = {
            "fitted": quick(ModelKind.LOGISTIC),
            "bare": Pipeline([("prepare", ColumnTransformer([])), ("classify", FunctionTransformer())]),
        }
        if isinstance(stored, dict) and stored.get("pipeline") in made:
            stored = stored | {"pipeline": made[stored["pipeline"]]}
        path = tmp_path / "model.skops"
        skops.io.dump(stored, path)
        with pytest.raises(FileError, match=message):
            load_model(path)

    def test_a_file_that_is_not_there_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(FileError, match="cannot be read: No such file"):
            load_model(tmp_path / "absent.skops")
        with pytest.raises(FileError, match="cannot be read: Is a directory"):
            load_model(tmp_path)

    @pytest.mark.skipif(not Path("/dev/zero").is_char_device(), reason="no such device here")
    def test_a_file_without_an_end_is_an_error(self) -> None:
        with pytest.raises(FileError, match="cannot be read: it is a device"):
            load_model(Path("/dev/zero"))


class TestTrees:
    @pytest.mark.parametrize(
        ("what", "value"),
        [
            ("children_left", 10_000_000),
            ("children_left", -5),
            ("children_right", 0),
            ("feature", 10_000_000),
            ("feature", -7),
            ("node_count", 1),
        ],
    )
    def test_a_forest_that_points_outside_is_refused(self, tmp_path: Path, what: str, value: int) -> None:
        pipeline = quick(ModelKind.RANDOM_FOREST)
        tree = pipeline[-1].estimators_[2].tree_
        if what == "node_count":
            # A tree does not let its number of nodes be set, an archive does.
            save_model(tmp_path / "sound.skops", pipeline, {})
            rewrite(tmp_path / "sound.skops", tmp_path / "model.skops", str(tree.node_count), str(value))
        else:
            getattr(tree, what)[0] = value
            save_model(tmp_path / "model.skops", pipeline, {})
        with pytest.raises(FileError, match="its trees point outside themselves"):
            load_model(tmp_path / "model.skops")

    @pytest.mark.parametrize(
        ("what", "value"),
        [
            ("left", 4_000_000_000),
            ("right", 0),
            ("feature_idx", 99),
            ("feature_idx", -1),
        ],
    )
    def test_a_boosted_tree_that_points_outside_is_refused(
        self, tmp_path: Path, what: str, value: int
    ) -> None:
        pipeline = quick(ModelKind.HIST_GRADIENT_BOOSTING)
        pipeline[-1]._predictors[3][0].nodes[what][0] = value
        save_model(tmp_path / "model.skops", pipeline, {})
        with pytest.raises(FileError, match="its trees point outside themselves"):
            load_model(tmp_path / "model.skops")

    def test_a_boosted_tree_that_splits_on_categories_is_refused(self, tmp_path: Path) -> None:
        pipeline = quick(ModelKind.HIST_GRADIENT_BOOSTING)
        pipeline[-1]._predictors[3][0].nodes["is_categorical"][0] = 1
        save_model(tmp_path / "model.skops", pipeline, {})
        with pytest.raises(FileError, match="splits where there is no number"):
            load_model(tmp_path / "model.skops")

    def test_a_forest_that_expects_fewer_inputs_than_its_trees_read_is_refused(self, tmp_path: Path) -> None:
        pipeline = quick(ModelKind.RANDOM_FOREST)
        pipeline[-1].n_features_in_ = 1
        save_model(tmp_path / "model.skops", pipeline, {})
        with pytest.raises(FileError, match=r"it is not sound: classify\.n_features_in_ is not \d"):
            load_model(tmp_path / "model.skops")

    def test_a_tree_in_another_estimator_loads_when_that_is_trusted(self, tmp_path: Path) -> None:
        settings = ModelSettings(estimator="sklearn.tree:DecisionTreeClassifier")
        pipeline = fitted(settings)
        trust = save_model(tmp_path / "model.skops", pipeline, {})
        assert trust == ("sklearn.tree._classes.DecisionTreeClassifier",)
        with pytest.raises(
            FileError,
            match=r"not one of the estimators that fairaudit checks .*--trust sklearn\.tree\._classes\.Dec",
        ):
            load_model(tmp_path / "model.skops", trust=[FOREST_TREE])
        loaded = load_model(tmp_path / "model.skops", trust=trust)
        assert np.array_equal(predict(loaded.pipeline, frame()), predict(pipeline, frame()))

    def test_a_hidden_forest_is_found(self, tmp_path: Path) -> None:
        pipeline = quick(ModelKind.RANDOM_FOREST)
        hidden = RandomForestClassifier(n_estimators=1).fit([[0.0], [1.0]], [0, 1])
        pipeline.named_steps["prepare"].hidden_ = {"deep": [np.array([hidden], dtype=object)]}
        save_model(tmp_path / "model.skops", pipeline, {})
        with pytest.raises(FileError, match="prepare has attributes that it should not have: 'hidden_'"):
            load_model(tmp_path / "model.skops")


def rewrite(source: Path, to: Path, old: str, new: str) -> None:
    """Copy an archive with another number of nodes in every tree of as many nodes as `old`."""
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(to, "w") as copy:
        for name in archive.namelist():
            content = archive.read(name)
            if name == "schema.json":
                schema = json.loads(content)
                assert set_node_count(schema, old, new)
                content = json.dumps(schema).encode()
            copy.writestr(name, content)


def set_node_count(node: object, old: str, new: str) -> bool:
    items = list(node.values()) if isinstance(node, dict) else node if isinstance(node, list) else []
    found = [set_node_count(item, old, new) for item in items]
    count = node.get("node_count") if isinstance(node, dict) else None
    if isinstance(count, dict) and count.get("content") == old:
        count["content"] = new
        return True
    return any(found)


USER_MODULE = """
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

class Prevalence(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        self.classes_ = np.array([0, 1])
        self.share_ = float(np.mean(y))
        return self
    def predict_proba(self, X):
        return np.tile([1 - self.share_, self.share_], (X.shape[0], 1))
"""


def test_a_users_estimator_is_loaded_only_when_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_prevalence.py").write_text(USER_MODULE)
    monkeypatch.chdir(tmp_path)
    pipeline = fitted(ModelSettings(estimator="my_prevalence:Prevalence"))
    scores = predict(pipeline, frame())
    path = tmp_path / "model.skops"
    save_model(path, pipeline, {"n": 1})
    monkeypatch.delitem(sys.modules, "my_prevalence")
    with pytest.raises(
        FileError, match=r"not known to be safe: 'my_prevalence\.Prevalence'\. Nothing was loaded\..*--trust"
    ):
        load_model(path)
    assert "my_prevalence" not in sys.modules
    loaded = load_model(path, trust=["my_prevalence.Prevalence"])
    assert np.array_equal(predict(loaded.pipeline, frame()), scores)
    monkeypatch.delitem(sys.modules, "my_prevalence")


def test_another_version_of_scikit_learn_is_said(tmp_path: Path) -> None:
    pipeline = quick(ModelKind.LOGISTIC)
    path = tmp_path / "model.skops"
    save_model(tmp_path / "now.skops", pipeline, {})
    with zipfile.ZipFile(tmp_path / "now.skops") as archive, zipfile.ZipFile(path, "w") as copy:
        for name in archive.namelist():
            version = f'"content": "\\"{__import__("sklearn").__version__}\\""'.encode()
            copy.writestr(name, archive.read(name).replace(version, b'"content": "\\"1.0.0\\""'))
    loaded = load_model(path)
    assert np.array_equal(predict(loaded.pipeline, frame()), predict(pipeline, frame()))
    assert any("1.0.0" in text for text in loaded.warnings)


class TestPurpose:
    def read(self, folder: Path, **changed: object) -> Purpose:
        about = {name: value for name, value in (PURPOSE | changed).items() if value is not LEFT_OUT}
        path = folder / "model.skops"
        with zipfile.ZipFile(io.BytesIO(stored())) as archive, zipfile.ZipFile(path, "w") as copy:
            for name in archive.namelist():
                data = archive.read(name)
                if name == "schema.json":
                    schema = json.loads(data)
                    # As text, since JSON proper has neither NaN nor infinity.
                    schema["content"]["metadata"]["content"] = json.dumps(json.dumps(about))
                    data = json.dumps(schema).encode()
                copy.writestr(name, data)
        return purpose_of(load_model(path), file="model.skops")

    def test_what_train_writes(self, tmp_path: Path) -> None:
        found = self.read(tmp_path)
        assert found == Purpose(
            target="paid",
            positive=(),
            threshold=0.5,
            ranges={"income": (-4.0, 4.0), "rooms": (0.0, 4.0)},
            na_values=None,
            decimal_commas=(),
            read_as_missing={},
        )

    def test_a_model_of_an_older_version_has_no_ranges(self, tmp_path: Path) -> None:
        assert self.read(tmp_path, ranges=LEFT_OUT).ranges is None

    @pytest.mark.parametrize(
        ("name", "values"),
        [
            (
                "threshold",
                [
                    LEFT_OUT,
                    None,
                    True,
                    "0.5",
                    [],
                    float("nan"),
                    float("inf"),
                    -float("inf"),
                    10**400,
                    -1,
                    1.0001,
                ],
            ),
            ("target", [LEFT_OUT, None, 3, "", " ", "pa\x00id", "income", "city", ["paid"]]),
            ("positive", [LEFT_OUT, None, "yes", [1], [None], {"a": 1}]),
            (
                "features",
                [
                    LEFT_OUT,
                    None,
                    [],
                    ["income", "city", "rooms"],
                    ["income", "city", "rooms", "code", "code"],
                    ["rooms", "income", "city", "code"],
                    ["income", "city", "rooms", 4],
                ],
            ),
            ("na_values", ["x", [1], {"a": 1}]),
            ("decimal_commas", [None, "x", [1]]),
            ("read_as_missing", [None, [], {"city": ["?"]}, {"income": "?"}, {"income": [1]}]),
            (
                "ranges",
                [
                    [],
                    "x",
                    {"city": [0, 1]},
                    {"paid": [0, 1]},
                    {"income": [1, 0]},
                    {"income": [0]},
                    {"income": [0, float("nan")]},
                    {"income": [0, float("inf")]},
                    {"income": [False, True]},
                    {"income": None},
                    {"income": [0, 10**400]},
                ],
            ),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_what_cannot_be_is_refused(self, tmp_path: Path, name: str, values: list[object]) -> None:
        for value in values:
            with pytest.raises(
                FileError, match=r"model\.skops: does not say what it was trained for: its "
            ) as error:
                self.read(tmp_path, **{name: value})
            assert len(str(error.value)) < 300


class TestTrust:
    @pytest.mark.parametrize(
        "estimator",
        [
            "sklearn.ensemble:GradientBoostingClassifier",
            "sklearn.ensemble:ExtraTreesClassifier",
            "sklearn.ensemble:AdaBoostClassifier",
            "sklearn.ensemble:BaggingClassifier",
            "sklearn.naive_bayes:GaussianNB",
        ],
    )
    def test_others_load_with_the_trust_that_they_need(self, tmp_path: Path, estimator: str) -> None:
        few = {} if estimator.endswith("NB") else {"n_estimators": "5"}
        pipeline = trained_by(ModelSettings(estimator=estimator, params=few))
        path = tmp_path / "model.skops"
        trust = save_model(path, pipeline, {})
        assert len(trust) == 1
        with pytest.raises(FileError, match="not one of the estimators that fairaudit checks") as error:
            load_model(path)
        assert f"--trust {trust[0]}" in str(error.value)
        assert "trees" not in str(error.value)
        assert np.array_equal(score(load_model(path, trust=trust).pipeline), score(pipeline))

    def test_a_known_estimator_that_is_set_up_in_another_way_needs_trust(self, tmp_path: Path) -> None:
        pipeline = copy.deepcopy(trained(ModelKind.LOGISTIC))
        pipeline[-1].note_ = "tuned by hand"
        path = tmp_path / "model.skops"
        trust = save_model(path, pipeline, {})
        assert trust == ("sklearn.linear_model._logistic.LogisticRegression",)
        with pytest.raises(FileError, match="it should not have: 'note_'"):
            load_model(path)
        assert np.array_equal(score(load_model(path, trust=trust).pipeline), score(pipeline))

    def test_trust_does_not_reach_beyond_the_estimator(self, tmp_path: Path) -> None:
        pipeline = copy.deepcopy(tree())
        pipeline[0].transformers_[0][1][-1].scale_[0] = 0.0
        path = tmp_path / "model.skops"
        trust = save_model(path, pipeline, {})
        with pytest.raises(FileError, match=r"it is not sound: prepare\.numeric\.scale\.scale_ is not"):
            load_model(path, trust=trust)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda tree: setattr(tree, "classes_", np.array([1, 0])), "classes_ is not the classes 0 and 1"),
            (lambda tree: setattr(tree, "n_features_in_", 99), "n_features_in_ is not"),
            (lambda tree: setattr(tree, "predict_proba", "x"), "predict_proba is no method"),
            (
                lambda tree: tree.tree_.children_left.__setitem__(0, 10**6),
                "its trees point outside themselves",
            ),
        ],
        ids=["classes", "inputs", "a text for a method", "a tree"],
    )
    def test_what_is_cheap_to_check_is_checked_in_any_estimator(
        self, tmp_path: Path, change: Callable[[Any], object], message: str
    ) -> None:
        pipeline = copy.deepcopy(tree())
        change(pipeline[-1])
        path = tmp_path / "model.skops"
        trust = save_model(path, pipeline, {})
        with pytest.raises(FileError, match=message):
            load_model(path, trust=trust)
