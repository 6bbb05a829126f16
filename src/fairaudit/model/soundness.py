"""Check that a loaded pipeline is one that this program could have trained, attribute by attribute.

scikit-learn trusts the attributes of a fitted estimator: it follows indices without a look at the bounds, and calls what
stands where a method is expected. So each class has a table of its attributes and of what each must be, given the others;
what is not in the table is refused. The pipeline is only looked at: no method of it is called.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor
from sklearn.tree._tree import Tree

from fairaudit.model.frame import FrameColumns
from fairaudit.model.pipeline import CLASSIFY, PREPARE
from fairaudit.model.preparation import NUMERIC, TEXT
from fairaudit.model.rules import CLASSES, Unsound, is_whole, steps_of, whole
from fairaudit.model.sound_columns import check_columns, check_frame_columns
from fairaudit.model.sound_estimators import CHECKS, NODES, inner_boosted_nodes, inner_nodes

__all__ = ["CHECKS", "Unsound", "check_pipeline", "check_trees", "feature_columns"]


def check_pipeline(pipeline: Any, *, trusted: bool = False) -> None:
    """Check a pipeline in every attribute.

    Parameters
    ----------
    pipeline
        What was loaded, or what is to be stored.
    trusted
        Whether the estimator at the end may be of any kind; what prepares the columns is checked all the same.

    Raises
    ------
    Unsound
        It is none that this program trains; the text says what is wrong and where.
    """
    prepare, estimator = steps_of(pipeline, "the pipeline", (PREPARE, CLASSIFY))
    if type(prepare) is FrameColumns:
        if not trusted:
            raise Unsound("its estimator prepares its columns itself, which this program does not check")
        check_frame_columns(prepare)
        _check_trusted(estimator, None)
        return
    inputs = check_columns(prepare)
    if trusted:
        _check_trusted(estimator, inputs)
    elif check := CHECKS.get(type(estimator)):
        check(estimator, inputs)
    else:
        raise Unsound(f"its estimator, a {type(estimator).__name__}, is not one that this program checks")


def feature_columns(prepare: ColumnTransformer | FrameColumns) -> tuple[list[str], list[str]]:
    """Return the numeric and the text columns of what prepares them, once it is checked."""
    if isinstance(prepare, FrameColumns):
        numeric = [name for name in prepare.columns if name in set(prepare.numeric)]
        return numeric, [name for name in prepare.columns if name not in set(numeric)]
    columns = {name: list(names) for name, _, names in prepare.transformers}
    return columns.get(NUMERIC, []), columns.get(TEXT, [])


def _check_trusted(estimator: Any, inputs: int | None) -> None:
    """Check what is cheap to check in an estimator of any kind: its classes, its inputs (``None`` where it makes them itself), and where its trees point."""
    classes = getattr(estimator, "classes_", None)
    if classes is None or [str(c) for c in np.asarray(classes).tolist()] not in (["0", "1"], ["0.0", "1.0"]):
        raise Unsound(f"{CLASSIFY}.classes_ is not {CLASSES.words}")
    if inputs is not None and not whole(inputs).holds(getattr(estimator, "n_features_in_", inputs)):
        raise Unsound(f"{CLASSIFY}.n_features_in_ is not {inputs}")
    if not callable(getattr(estimator, "predict_proba", None)):
        raise Unsound(f"{CLASSIFY}.predict_proba is no method")
    check_trees(estimator, inputs=inputs, place=CLASSIFY)


def check_trees(model: Any, *, inputs: int | None = None, place: str = "the model") -> None:
    """Check where the trees in a model of any kind point.

    Parameters
    ----------
    inputs
        How many inputs there are; ``None`` for as many as any part of the model says.

    Raises
    ------
    Unsound
        One points outside itself.
    """
    everything = list(_everything_in(model))
    widest = max((w for w in map(_width, everything) if is_whole(w)), default=0) if inputs is None else inputs
    for item in everything:
        if isinstance(item, Tree):
            if not 1 <= item.node_count == item.capacity:
                raise Unsound(f"a tree of {place} does not hold the nodes that it counts")
            inner_nodes(item, f"a tree of {place}", item.n_features)
        elif isinstance(item, TreePredictor):
            if not NODES.holds(item.nodes):
                raise Unsound(f"a tree of {place} has no nodes")
            inner_boosted_nodes(item.nodes, f"a tree of {place}", widest)


def _width(item: Any) -> Any:
    """Return how many inputs a part of an estimator says that it has."""
    return getattr(item, "__dict__", {}).get("n_features_in_")


def _everything_in(root: Any) -> Iterator[Any]:
    """Yield every object that can be reached from one, each once, without calling any of them."""
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
