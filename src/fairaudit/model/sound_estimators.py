"""Check the estimators that this program trains, in every attribute of a loaded one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from sklearn._loss.link import Interval, LogitLink
from sklearn._loss.loss import HalfBinomialLoss
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.ensemble._hist_gradient_boosting.binning import _BinMapper
from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE
from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import LabelEncoder
from sklearn.tree import DecisionTreeClassifier
from sklearn.tree._tree import Tree

from fairaudit.model.pipeline import CLASSIFY
from fairaudit.model.rules import (
    CLASSES,
    FLAG,
    NOTHING,
    NUMBER,
    PLAIN,
    SEED,
    WORKERS,
    Rule,
    Unsound,
    any_params,
    check_object,
    either,
    exactly,
    floats,
    is_array,
    is_number,
    is_whole,
    kind,
    whole,
    wholes,
)

_MULTI_CLASS = either(*map(exactly, ("auto", "deprecated", "multinomial", "ovr")))
"""Decides in scikit-learn before 1.8 how scores become probabilities: anything else would do so without having been chosen."""


def _check_logistic(model: Any, inputs: int) -> None:
    check_object(
        model,
        CLASSIFY,
        LogisticRegression,
        {
            "n_features_in_": whole(inputs),
            "classes_": CLASSES,
            "coef_": floats(1, inputs),
            "intercept_": either(floats(1), exactly(0.0)),  # the latter without an intercept
        },
        optional={
            **any_params(LogisticRegression, n_jobs=WORKERS),
            "multi_class": _MULTI_CLASS,
            "n_iter_": either(NOTHING, wholes(None)),
        },
    )


def _check_forest(model: Any, inputs: int) -> None:
    numbers = ("_n_samples", "_n_samples_bootstrap", "oob_score_")
    check_object(
        model,
        CLASSIFY,
        RandomForestClassifier,
        {
            "n_features_in_": whole(inputs),
            "n_outputs_": whole(1),
            "n_classes_": whole(2),
            "classes_": CLASSES,
            "estimators_": Rule(
                words="a list of trees", holds=lambda value: type(value) is list and bool(value)
            ),
        },
        optional={
            **any_params(RandomForestClassifier, n_jobs=WORKERS),
            **dict.fromkeys(("estimator", "estimator_"), kind(DecisionTreeClassifier)),
            **dict.fromkeys(numbers, either(NOTHING, NUMBER)),
            "estimator_params": PLAIN,
            "_sample_weight": either(NOTHING, floats(None)),
            "oob_decision_function_": Rule(
                words="an array of numbers, of shape (any, 2)",
                holds=lambda value: is_array(value, (None, 2), "f"),
            ),
        },
    )
    for name in ("estimator", "estimator_"):
        if name in vars(model):
            check_object(
                getattr(model, name),
                f"{CLASSIFY}.{name}",
                DecisionTreeClassifier,
                {},
                optional=any_params(DecisionTreeClassifier),
            )
    if not whole(len(model.estimators_)).holds(model.n_estimators):
        raise Unsound(f"{CLASSIFY}.n_estimators is not the number of its trees")
    for number, member in enumerate(model.estimators_):
        _check_member(member, f"{CLASSIFY}.estimators_[{number}]", inputs)


def _check_member(member: Any, place: str, inputs: int) -> None:
    check_object(
        member,
        place,
        DecisionTreeClassifier,
        {
            "n_features_in_": whole(inputs),
            "n_outputs_": whole(1),
            "n_classes_": whole(2),
            "classes_": CLASSES,
            "tree_": kind(Tree),
        },
        optional={**any_params(DecisionTreeClassifier), "max_features_": PLAIN},
    )
    tree = member.tree_
    # Everything else reads as many nodes as this says that there are.
    if not 1 <= tree.node_count == tree.capacity:
        raise Unsound(
            f"its trees point outside themselves ({place}.tree_ does not hold the nodes that it counts)"
        )
    if (tree.n_features, tree.n_outputs, tree.n_classes.tolist()) != (inputs, 1, [2]):
        raise Unsound(f"{place}.tree_ is not of {inputs:,} inputs and two classes")
    inner = inner_nodes(tree, f"{place}.tree_", inputs)
    if not np.isfinite(tree.threshold[inner]).all():
        raise Unsound(f"{place}.tree_ splits where there is no number")
    shares = tree.value[:, 0, :]
    if not ((shares >= 0).all() and np.allclose(shares.sum(axis=1), 1, rtol=0, atol=1e-6)):
        raise Unsound(f"{place}.tree_ holds values that are no shares of two classes")


def inner_nodes(tree: Any, place: str, inputs: int) -> Any:
    """Check that a tree only points inside itself and its inputs, each child after its parent, which rules out circles.

    scikit-learn follows the indices in a tree's nodes without looking at the bounds
    (https://github.com/scikit-learn/scikit-learn/pull/34558), so a crafted file could read foreign memory or never end.
    """
    inner = ~((tree.children_left == -1) & (tree.children_right == -1))
    refuse_outside(inner, tree.children_left, tree.children_right, tree.feature, place, inputs=inputs)
    return inner


def refuse_outside(inner: Any, left: Any, right: Any, feature: Any, place: str, *, inputs: int) -> None:
    """Refuse a tree in which a child does not stand after its parent, or a node splits by an input that is not there."""
    nodes = np.flatnonzero(inner)
    forward = all(
        bool(((child > nodes) & (child < len(inner))).all()) for child in (left[inner], right[inner])
    )
    if not forward or not bool(((feature[inner] >= 0) & (feature[inner] < inputs)).all()):
        raise Unsound(
            f"its trees point outside themselves or their inputs ({place}). Using them could crash Python"
        )


def _check_boosting(model: Any, inputs: int) -> None:
    scores = Rule(words="an array of numbers", holds=lambda value: is_array(value, (None,), "f"))
    check_object(
        model,
        CLASSIFY,
        HistGradientBoostingClassifier,
        {
            "n_features_in_": whole(inputs),
            "_n_features": whole(inputs),
            "classes_": CLASSES,
            "n_trees_per_iteration_": whole(1),
            "is_categorical_": NOTHING,
            "_preprocessor": NOTHING,
            "_loss": kind(HalfBinomialLoss),
            "_bin_mapper": kind(_BinMapper),
            "_baseline_prediction": floats(1, 1),
            "_predictors": Rule(
                words="a list of lists of one tree each",
                holds=lambda value: (
                    type(value) is list and all(type(trees) is list and len(trees) == 1 for trees in value)
                ),
            ),
        },
        optional={
            **any_params(HistGradientBoostingClassifier),
            "_is_categorical_remapped": NOTHING,
            "_label_encoder": kind(LabelEncoder),
            "_random_seed": SEED,
            "_feature_subsample_rng": either(NOTHING, kind(np.random.Generator)),
            "_scorer": NOTHING,
            "train_score_": scores,
            "validation_score_": scores,
            **dict.fromkeys(("do_early_stopping_", "_use_validation_data", "_fitted_with_sw"), FLAG),
        },
    )
    if "_label_encoder" in vars(model):
        encoder = f"{CLASSIFY}._label_encoder"
        check_object(model._label_encoder, encoder, LabelEncoder, {"classes_": CLASSES})  # noqa: SLF001
    _check_loss(model._loss, f"{CLASSIFY}._loss")  # noqa: SLF001
    _check_bins(model._bin_mapper, f"{CLASSIFY}._bin_mapper", inputs)  # noqa: SLF001
    for number, (tree,) in enumerate(model._predictors):  # noqa: SLF001
        _check_boosted_tree(tree, f"{CLASSIFY}._predictors[{number}]", inputs)


def _check_loss(loss: Any, place: str) -> None:
    intervals = ("interval_y_true", "interval_y_pred")
    check_object(
        loss,
        place,
        HalfBinomialLoss,
        {
            "closs": kind(type(HalfBinomialLoss().closs)),
            "link": kind(LogitLink),
            "n_classes": either(whole(2), whole(1)),
            **dict.fromkeys(intervals, kind(Interval)),
        },
        optional={
            **dict.fromkeys(("approx_hessian", "constant_hessian"), FLAG),
            **dict.fromkeys(("xp", "device"), NOTHING),
        },
    )
    check_object(loss.link, f"{place}.link", LogitLink, {}, optional={"interval_y_pred": kind(Interval)})
    number = Rule(words="a number", holds=is_number)
    for holder in (loss, loss.link):
        for name in intervals:
            if name in vars(holder):
                ends = {"low": number, "high": number, "low_inclusive": FLAG, "high_inclusive": FLAG}
                check_object(vars(holder)[name], f"{place}.{name}", Interval, ends)


def _check_bins(mapper: Any, place: str, inputs: int) -> None:
    edges = Rule(words="", holds=lambda value: is_array(value, (None,), "f") and not np.isnan(value).any())
    check_object(
        mapper,
        place,
        _BinMapper,
        {
            "is_categorical_": Rule(
                words="an array that names no input categorical",
                holds=lambda value: is_array(value, (inputs,), "uib") and not value.any(),
            ),
            "bin_thresholds_": Rule(
                words="a list of arrays of numbers, one for each input",
                holds=lambda value: (
                    type(value) is list and len(value) == inputs and all(map(edges.holds, value))
                ),
            ),
        },
        optional={
            **any_params(_BinMapper),
            "is_categorical": either(NOTHING, Rule(words="", holds=lambda v: is_array(v, (inputs,), "uib"))),
            "known_categories": Rule(
                words="nothing",
                holds=lambda value: (
                    value is None or (type(value) is list and set(map(type, value)) <= {type(None)})
                ),
            ),
            "n_threads": either(NOTHING, Rule(words="a number", holds=is_whole)),
            "missing_values_bin_idx_": Rule(words="a number", holds=is_whole),
            "n_bins_non_missing_": wholes(inputs),
        },
    )


NODES = Rule(
    words="an array of nodes",
    holds=lambda value: (
        type(value) is np.ndarray
        and value.dtype == PREDICTOR_RECORD_DTYPE
        and value.ndim == 1
        and len(value) > 0
    ),
)


def inner_boosted_nodes(nodes: Any, place: str, inputs: int) -> Any:
    """Check the nodes of a boosted tree as `inner_nodes` does those of a forest's."""
    inner = nodes["is_leaf"] == 0
    left, right = nodes["left"].astype(np.int64), nodes["right"].astype(np.int64)
    refuse_outside(inner, left, right, nodes["feature_idx"], place, inputs=inputs)
    return inner


def _check_boosted_tree(tree: Any, place: str, inputs: int) -> None:
    none = wholes(0, 8)
    check_object(
        tree,
        place,
        TreePredictor,
        {
            "nodes": NODES,
            # This program one-hot encodes: its trees never split on categories.
            "binned_left_cat_bitsets": none,
            "raw_left_cat_bitsets": none,
        },
    )
    nodes = tree.nodes
    inner = inner_boosted_nodes(nodes, place, inputs)
    if nodes["is_categorical"].any() or np.isnan(nodes["num_threshold"][inner]).any():
        raise Unsound(f"{place} splits where there is no number")
    if not np.isfinite(nodes["value"]).all():
        raise Unsound(f"{place} holds values that are not finite")


CHECKS: Mapping[type, Callable[[Any, int], None]] = {
    LogisticRegression: _check_logistic,
    RandomForestClassifier: _check_forest,
    HistGradientBoostingClassifier: _check_boosting,
}
"""The estimators that are checked in every attribute, given the number of their inputs."""
