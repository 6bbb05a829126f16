"""Store a fitted pipeline in a file, and load it again without running code.

A file is a skops archive (https://skops.readthedocs.io/en/stable/persistence.html), never a pickle. Types
that are not known to be harmless are refused by name before any object is made.
"""

from __future__ import annotations

import contextlib
import json
import os
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import skops.io
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor
from sklearn.pipeline import Pipeline
from sklearn.tree._tree import Tree

from fairaudit.errors import FileError, listed
from fairaudit.model.pipeline import CLASSIFY, PREPARE, modules_from_here

FORMAT = "fairaudit/model/1"

FOREST_TREE = "sklearn.tree._tree.Tree"
BOOSTED_TREE = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"

SINCE_TRUSTED = "a part of histogram gradient boosting that later releases of skops trust by themselves"

ALLOWED: Mapping[str, str] = {
    "numpy.dtype": "the type of an array's items; skops restores it from an empty array and runs nothing",
    "sklearn._loss.link.Interval": SINCE_TRUSTED,
    "sklearn._loss.link.LogitLink": SINCE_TRUSTED,
    "sklearn._loss.loss.HalfBinomialLoss": SINCE_TRUSTED,
    "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper": SINCE_TRUSTED,
    "sklearn.compose._column_transformer._RemainderColsList": (
        "the list of columns that no transformer takes, as scikit-learn 1.6 keeps it; plain data"
    ),
    FOREST_TREE: "the trees of a random forest; skops distrusts their indices, _trees_are_sound checks them",
    BOOSTED_TREE: "the trees of histogram gradient boosting; as above",
}
"""Types that the project's own pipelines need beyond those that skops trusts, and why each may load."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredModel:
    """What a model file holds.

    Attributes
    ----------
    pipeline : sklearn.pipeline.Pipeline
        The fitted pipeline; `fairaudit.model.pipeline.predict` runs it.
    metadata : Mapping[str, Any]
        What was stored with it: features, target, positive values, threshold, versions.
    warnings : tuple[str, ...]
        What loading gave warning of, e.g. that another version of scikit-learn stored the model.
    """

    pipeline: Pipeline
    metadata: Mapping[str, Any]
    warnings: tuple[str, ...]


def save_model(path: Path, pipeline: Pipeline, metadata: Mapping[str, Any]) -> None:
    """Store a fitted pipeline with what is needed to use it.

    The file is written beside its place and then renamed, so that a failure leaves no half of it and an older
    model stays.

    Parameters
    ----------
    path : Path
        Where to; an existing file is replaced.
    pipeline : sklearn.pipeline.Pipeline
        A fitted pipeline.
    metadata : Mapping[str, Any]
        Anything that JSON can hold.

    Raises
    ------
    FileError
        The estimator is of a kind that skops cannot store, or the file cannot be written.
    """
    about = json.dumps(metadata, allow_nan=False)
    try:
        content = skops.io.dumps(
            {"format": FORMAT, "pipeline": pipeline, "metadata": about}, compression=zipfile.ZIP_DEFLATED
        )
    except (
        Exception
    ) as error:  # a stranger's estimator may hold anything, and raise anything when it is asked for its state
        raise FileError(
            str(path), f"the model cannot be stored: {type(error).__name__}: {_one_line(error)}"
        ) from error
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            beside.write_bytes(content)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise FileError(str(path), f"cannot be written: {error.strerror or error}") from error


def load_model(path: Path, *, trust: Sequence[str] = ()) -> StoredModel:
    """Load a stored model without running code of its choosing.

    Parameters
    ----------
    path : Path
        A file that `save_model` wrote.
    trust : Sequence[str]
        Full names of further types that may be loaded. Their code runs: name only those of people you trust.

    Raises
    ------
    FileError
        The file cannot be read, is no model, holds types that are neither known nor trusted (all are named),
        or trees that point outside themselves.
    """
    name = str(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FileError(name, f"cannot be read: {error.strerror or error}") from error
    try:
        # One reading for the check and for the loading: the file cannot change in between.
        needed = skops.io.get_untrusted_types(data=content)
    except Exception as error:  # whatever a file that is not what it should be makes skops stumble over
        raise _no_model(name, error) from error
    refused = sorted(set(needed) - set(ALLOWED) - set(trust))
    if refused:
        raise FileError(
            name,
            f"it holds types that are not known to be safe: {listed(refused)}. Nothing was loaded",
            hint="If you know who made the file and what they do, name each with --trust",
        )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            with modules_from_here() if trust else contextlib.nullcontext():
                stored = skops.io.loads(content, trusted=needed)
            model = _open(stored)
            sound = _trees_are_sound(model.pipeline, unchecked=set(trust))
        except Exception as error:  # as above; with trusted types, their own code runs too
            raise _no_model(name, error) from error
    if not sound:
        raise FileError(
            name,
            "its trees point outside themselves, or stand where none belongs. Using them could crash Python",
            hint=f"If you made the file yourself, name {FOREST_TREE} or {BOOSTED_TREE} with --trust",
        )
    said = dict.fromkeys(_one_line(warning.message) for warning in caught)
    return StoredModel(pipeline=model.pipeline, metadata=model.metadata, warnings=tuple(said))


def _open(stored: Any) -> StoredModel:
    if not isinstance(stored, dict) or stored.get("format") != FORMAT:
        raise ValueError(f"it is not of the format {FORMAT}")
    pipeline, metadata = stored["pipeline"], json.loads(stored["metadata"])
    if not isinstance(pipeline, Pipeline) or [step for step, _ in pipeline.steps] != [PREPARE, CLASSIFY]:
        raise ValueError("it holds no pipeline of this program")
    if not isinstance(pipeline[0], ColumnTransformer) or not hasattr(pipeline[1], "predict_proba"):
        raise ValueError("its pipeline does not prepare columns and score them")
    if not isinstance(metadata, dict):
        raise ValueError("it does not say what the model is for")
    return StoredModel(pipeline=pipeline, metadata=metadata, warnings=())


def _no_model(name: str, error: Exception) -> FileError:
    problem = f"it is no model that this program can load ({type(error).__name__}: {_one_line(error)[:200]})"
    return FileError(name, problem, hint="fairaudit train writes model.skops")


def _trees_are_sound(pipeline: Pipeline, *, unchecked: set[str]) -> bool:
    """Say whether every tree only points inside itself and its inputs.

    scikit-learn follows the indices in a tree's nodes without looking at the bounds
    (https://github.com/scikit-learn/scikit-learn/pull/34558), so a crafted file could read foreign memory or
    never end. Trees are accepted in the two estimators that this program fits, and only where each child
    comes after its parent, which rules out circles.
    """
    checked: set[int] = set()
    for tree, inputs in _known_trees(pipeline[-1]):
        sound = (
            _forest_tree_is_sound(tree, inputs)
            if isinstance(tree, Tree)
            else _boosted_tree_is_sound(tree, inputs)
        )
        if not sound:
            return False
        checked.add(id(tree))
    return all(
        id(item) in checked
        for item in _everything_in(pipeline)
        if (isinstance(item, Tree) and FOREST_TREE not in unchecked)
        or (isinstance(item, TreePredictor) and BOOSTED_TREE not in unchecked)
    )


def _known_trees(estimator: Any) -> Iterator[tuple[Any, int]]:
    """Give the trees of an estimator that this program fits, each with the number of its inputs."""
    # scikit-learn shows the trees of gradient boosting in private attributes only.
    held: Sequence[Any] = ()
    if type(estimator) is RandomForestClassifier:
        held = [member.tree_ for member in estimator.estimators_]
    elif type(estimator) is HistGradientBoostingClassifier and estimator._preprocessor is None:  # noqa: SLF001
        held = [tree for iteration in estimator._predictors for tree in iteration]  # noqa: SLF001
    for tree in held:
        if isinstance(tree, (Tree, TreePredictor)):
            yield tree, estimator.n_features_in_


def _forest_tree_is_sound(tree: Any, inputs: int) -> bool:
    # The arrays below show node_count nodes of capacity that there are: nothing may point to a node that they do not show.
    if not 1 <= tree.node_count == tree.capacity:
        return False
    leaf = (tree.children_left == -1) & (tree.children_right == -1)
    return _points_inside(~leaf, tree.children_left, tree.children_right, tree.feature, inputs=inputs)


def _boosted_tree_is_sound(tree: Any, inputs: int) -> bool:
    nodes = tree.nodes
    if (
        not isinstance(nodes, np.ndarray)
        or nodes.ndim != 1
        or not len(nodes)
        or nodes["is_categorical"].any()
    ):
        return False  # this program one-hot encodes: its trees never split on categories
    left, right = nodes["left"].astype(np.int64), nodes["right"].astype(np.int64)
    return _points_inside(nodes["is_leaf"] == 0, left, right, nodes["feature_idx"], inputs=inputs)


def _points_inside(inner: Any, left: Any, right: Any, feature: Any, *, inputs: int) -> bool:
    place = np.flatnonzero(inner)
    children = (left[inner], right[inner])
    forward = all(bool(np.all((child > place) & (child < len(inner)))) for child in children)
    return forward and bool(np.all((feature[inner] >= 0) & (feature[inner] < inputs)))


def _everything_in(root: Any) -> Iterator[Any]:
    """Give every object that can be reached from one, each once, without calling any of them."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        item = waiting.pop()
        if id(item) in seen or isinstance(item, type):
            continue
        seen.add(id(item))
        yield item
        if isinstance(item, dict):
            waiting += [*item.keys(), *item.values()]
        elif isinstance(item, (list, tuple, set, frozenset)):
            waiting += item
        elif isinstance(item, np.ndarray) and item.dtype == object:
            waiting += list(item.flat)
        waiting += getattr(item, "__dict__", {}).values()


def _one_line(message: object) -> str:
    return " ".join(str(message).split())
