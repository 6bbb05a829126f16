"""Check that a loaded pipeline is one that this program could have trained, attribute by attribute.

scikit-learn trusts the attributes of a fitted estimator: it follows indices without a look at the bounds, and calls what
stands where a method is expected. So each class has a table of its attributes and of what each must be, given the others;
what is not in the table is refused. The pipeline is only looked at: no method of it is called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn._loss.link import Interval, LogitLink
from sklearn._loss.loss import HalfBinomialLoss
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.ensemble._hist_gradient_boosting.binning import _BinMapper
from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE
from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import LabelEncoder, OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.tree._tree import Tree

from fairaudit.errors import clipped, listed
from fairaudit.model.pipeline import (
    CLASSIFY,
    ENCODE,
    IMPUTE,
    MISSING,
    NUMERIC,
    PREPARE,
    SCALE,
    TEXT,
    numeric_steps,
    text_steps,
)

MOST_WORKERS = 1024
"""No more processes or threads may be asked for."""


class Unsound(Exception):
    """What is wrong with a pipeline, and where in it: the end of a sentence that begins with the file's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What an attribute must be, in words and as a test that calls nothing of it."""

    words: str
    holds: Callable[[Any], bool]


def _is_whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return _is_whole(value) or isinstance(value, (float, np.floating))


def _is_plain(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(_is_plain(item) for item in value)
    if isinstance(value, dict):
        return all(_is_plain(item) for pair in value.items() for item in pair)
    return value is None or isinstance(value, (bool, int, float, str, np.number, np.bool_))


def _is_array(value: Any, shape: tuple[int | None, ...], kinds: str) -> bool:
    return (
        type(value) is np.ndarray
        and value.dtype.kind in kinds
        and value.dtype.names is None
        and len(value.shape) == len(shape)
        and all(wanted is None or wanted == found for wanted, found in zip(shape, value.shape, strict=True))
    )


PLAIN = Rule(words="a plain value", holds=_is_plain)
FLAG = Rule(words="true or false", holds=lambda value: isinstance(value, (bool, np.bool_)))
NAME = Rule(words="a text", holds=lambda value: type(value) is str)
NUMBER = Rule(words="a finite number", holds=lambda value: _is_number(value) and bool(np.isfinite(value)))
ROWS = Rule(
    words="a number of rows",
    holds=lambda value: _is_number(value) or _is_array(value, (None,), "iuf"),
)
CLASSES = Rule(
    words="the classes 0 and 1",
    holds=lambda value: _is_array(value, (2,), "iuf") and value.tolist() == [0, 1],
)
WORKERS = Rule(
    words=f"nothing, or a number of workers up to {MOST_WORKERS:,}",
    holds=lambda value: value is None or (_is_whole(value) and abs(int(value)) <= MOST_WORKERS),
)
SEED = Rule(words="a whole number", holds=lambda value: value is None or _is_whole(value))


def whole(number: int) -> Rule:
    """Require a whole number."""
    return Rule(words=str(number), holds=lambda value: _is_whole(value) and int(value) == number)


def exactly(wanted: object) -> Rule:
    """Require the same value of the same type."""
    return Rule(words=clipped(repr(wanted)), holds=lambda value: _same(value, wanted))


def kind(wanted: type) -> Rule:
    """Require an object of exactly this class, whose inside no prediction reads."""
    return Rule(words=f"a {wanted.__name__}", holds=lambda value: type(value) is wanted)


def floats(*shape: int | None, low: float = -np.inf, positive: bool = False) -> Rule:
    """Require an array of finite numbers of this shape; ``None`` is any length."""
    limit = " above 0" if positive else f" of {low:g} or more" if low > -np.inf else ""
    return Rule(
        words=f"an array of finite numbers{limit}, of shape {_shape(shape)}",
        holds=lambda value: (
            _is_array(value, shape, "f")
            and bool(np.isfinite(value).all())
            and bool((value >= low).all())
            and not (positive and bool((value <= 0).any()))
        ),
    )


def wholes(*shape: int | None, low: int = 0, below: int | None = None) -> Rule:
    """Require an array of whole numbers of this shape from `low` to under `below`."""
    return Rule(
        words=f"an array of whole numbers from {low}{'' if below is None else f' to under {below}'}, of shape {_shape(shape)}",
        holds=lambda value: (
            _is_array(value, shape, "iu")
            and bool((value >= low).all())
            and (below is None or bool((value < below).all()))
        ),
    )


def _shape(shape: Sequence[int | None]) -> str:
    """Write a shape, such as ``(any, 2)``."""
    return f"({', '.join('any' if size is None else str(size) for size in shape)})"


def either(*rules: Rule) -> Rule:
    """Require what one of the rules does."""
    return Rule(
        words=", or ".join(rule.words for rule in rules),
        holds=lambda value: any(rule.holds(value) for rule in rules),
    )


NOTHING = exactly(None)


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
    prepare, estimator = _steps(pipeline, "the pipeline", (PREPARE, CLASSIFY))
    inputs = _check_prepare(prepare)
    if trusted:
        _check_trusted(estimator, inputs)
    elif check := CHECKS.get(type(estimator)):
        check(estimator, inputs)
    else:
        raise Unsound(f"its estimator, a {type(estimator).__name__}, is not one that this program checks")


def feature_columns(prepare: ColumnTransformer) -> tuple[list[str], list[str]]:
    """Give the numeric and the text columns of a checked ColumnTransformer."""
    columns = {name: list(names) for name, _, names in prepare.transformers}
    return columns.get(NUMERIC, []), columns.get(TEXT, [])


# --- the tables ---


def _check(
    value: Any,
    place: str,
    cls: type,
    rules: Mapping[str, Rule],
    *,
    optional: Mapping[str, Rule] | None = None,
) -> None:
    """Compare an object with its table: the exact class, every attribute that there must be, and none besides."""
    if type(value) is not cls:
        raise Unsound(f"{place} is not a {cls.__name__}")
    found = vars(value) if hasattr(value, "__dict__") else {}
    table = {**rules, **(optional or {})}
    if unknown := [str(name) for name in found if name not in table]:
        raise Unsound(f"{place} has attributes that it should not have: {listed(sorted(unknown))}")
    if lacking := [name for name in rules if name not in found]:
        raise Unsound(f"{place} lacks {listed(lacking)}")
    for name, rule in table.items():
        if name in found and not rule.holds(found[name]):
            raise Unsound(f"{place}.{name} is not {rule.words}")


def _params(like: Any, **instead: Rule) -> dict[str, Rule]:
    """Require the parameters with which this program makes such an object; some may vary."""
    return {name: instead.get(name, exactly(value)) for name, value in like.get_params(deep=False).items()}


def _any_params(cls: type, **instead: Rule) -> dict[str, Rule]:
    """Require plain values for the parameters of an estimator, which users choose."""
    return {name: instead.get(name, PLAIN) for name in cls().get_params(deep=False)}


def _steps(pipeline: Any, place: str, names: Sequence[str]) -> list[Any]:
    steps = Rule(words=f"the steps {listed(names)}", holds=lambda value: _named(value, names))
    _check(pipeline, place, Pipeline, {"steps": steps}, optional=_params(Pipeline([]), steps=steps))
    return [step for _, step in pipeline.steps]


def _named(steps: Any, names: Sequence[str]) -> bool:
    return (
        type(steps) is list
        and all(type(step) is tuple and len(step) == 2 for step in steps)
        and [step[0] for step in steps] == list(names)
    )


# --- the columns ---


def _check_prepare(prepare: Any) -> int:
    """Check what prepares the columns, and give the number of inputs that it makes."""
    place = PREPARE
    if type(prepare) is not ColumnTransformer:
        raise Unsound(f"{place} is not a ColumnTransformer")
    asked = _transformers(vars(prepare).get("transformers"), f"{place}.transformers")
    fitted = _transformers(vars(prepare).get("transformers_"), f"{place}.transformers_")
    columns = {name: names for name, _, names in asked}
    if {name: names for name, _, names in fitted} != columns:
        raise Unsound(f"{place}.transformers_ does not read the columns of {place}.transformers")
    widths: dict[str, int] = {}
    for name, unfitted, _ in asked:
        _check_unfitted(unfitted, f"{place}.{name}, unfitted", name)
    for name, steps, names in fitted:
        check = _check_numeric if name == NUMERIC else _check_text
        widths[name] = check(steps, f"{place}.{name}", names)
    _check(prepare, place, ColumnTransformer, _fitted_columns(columns, widths), optional=_columns_params())
    return sum(widths.values())


def _transformers(value: Any, place: str) -> list[tuple[str, Any, list[str]]]:
    if (
        type(value) is not list
        or not value
        or not all(type(item) is tuple and len(item) == 3 for item in value)
    ):
        raise Unsound(f"{place} is not a list of transformers")
    if [item[0] for item in value] not in ([NUMERIC], [TEXT], [NUMERIC, TEXT]):
        raise Unsound(f"{place} is not a transformer of numbers, one of text, or both")
    for _, _, names in value:
        if (
            type(names) is not list
            or not names
            or not all(type(name) is str and "\x00" not in name for name in names)
        ):
            raise Unsound(f"{place} does not name columns")
    every = [name for _, _, names in value for name in names]
    if len(set(every)) < len(every):
        twice = next(name for name in every if every.count(name) > 1)
        raise Unsound(f"{place} reads the column {clipped(twice)!r} twice")
    return value


def _columns_params() -> dict[str, Rule]:
    rules = _params(
        ColumnTransformer([]),
        transformers=Rule(words="", holds=lambda _: True),  # looked at before
        sparse_threshold=Rule(words="a share", holds=lambda value: type(value) is float and 0 <= value <= 1),
    )
    return {**rules, "force_int_remainder_cols": PLAIN}


def _fitted_columns(columns: Mapping[str, list[str]], widths: Mapping[str, int]) -> dict[str, Rule]:
    every = [name for names in columns.values() for name in names]
    indices, outputs, first, start = {}, {}, 0, 0
    for name, names in columns.items():
        indices[name] = list(range(first, first + len(names)))
        outputs[name] = slice(start, start + widths[name])
        first, start = first + len(names), start + widths[name]
    return {
        "transformers_": Rule(words="", holds=lambda _: True),  # looked at before
        "feature_names_in_": _texts(every),
        "n_features_in_": whole(len(every)),
        "_columns": exactly(list(columns.values())),
        "_transformer_to_input_indices": exactly({**indices, "remainder": []}),
        "_remainder": Rule(words="no remaining column", holds=_no_remainder),
        "output_indices_": exactly({**outputs, "remainder": slice(0, 0)}),
        "sparse_output_": FLAG if TEXT in columns else exactly(False),
    }


def _texts(wanted: Sequence[str]) -> Rule:
    return Rule(
        words=f"an array of the texts {listed(wanted, most=4)}",
        holds=lambda value: _is_array(value, (len(wanted),), "O") and _same(value.tolist(), list(wanted)),
    )


def _no_remainder(value: Any) -> bool:
    if type(value) is not tuple or len(value) != 3 or not _same(value[:2], ("remainder", "drop")):
        return False
    rest = value[2]
    if type(rest).__name__ == "_RemainderColsList":  # how scikit-learn 1.6 keeps them
        held = vars(rest)
        return held.get("data") == [] and _is_plain(list(held.values()))
    return _same(rest, [])


def _check_unfitted(pipeline: Any, place: str, name: str) -> None:
    like = numeric_steps() if name == NUMERIC else text_steps()
    steps = _steps(pipeline, place, [step for step, _ in like.steps])
    for (step, wanted), found in zip(like.steps, steps, strict=True):
        _check(found, f"{place}.{step}", type(wanted), {}, optional=_own_params(wanted))


def _own_params(like: Any) -> dict[str, Rule]:
    """Require the parameters of a step as this program sets them; at which number a level is rare may change with time."""
    count = Rule(words="a number of levels", holds=lambda value: _is_whole(value) and int(value) >= 1)
    return _params(like, min_frequency=count, max_categories=count)


def _check_numeric(pipeline: Any, place: str, columns: Sequence[str]) -> int:
    like = numeric_steps()
    impute, scale = _steps(pipeline, place, (IMPUTE, SCALE))
    number = len(columns)
    _check(
        impute,
        f"{place}.{IMPUTE}",
        SimpleImputer,
        {
            "feature_names_in_": _texts(columns),
            "n_features_in_": whole(number),
            "statistics_": floats(number),
            "indicator_": kind(MissingIndicator),
            "_fit_dtype": exactly(np.dtype(np.float64)),
        },
        optional={**_own_params(like[0]), "_fill_dtype": exactly(np.dtype(np.float64))},
    )
    marks = _check_indicator(impute.indicator_, f"{place}.{IMPUTE}.indicator_", number)
    width = number + marks
    _check(
        scale,
        f"{place}.{SCALE}",
        StandardScaler,
        {
            "n_features_in_": whole(width),
            "n_samples_seen_": ROWS,
            "mean_": floats(width),
            "var_": floats(width, low=0.0),
            "scale_": floats(width, positive=True),
        },
        optional=_own_params(like[1]),
    )
    return width


def _check_indicator(indicator: Any, place: str, columns: int) -> int:
    _check(
        indicator,
        place,
        MissingIndicator,
        {
            "_precomputed": exactly(True),
            "n_features_in_": whole(columns),
            "_n_features": whole(columns),
            "features_": wholes(None, below=columns),
        },
        optional=_params(MissingIndicator(error_on_new=False)),
    )
    marked: np.ndarray[Any, Any] = indicator.features_
    if bool((np.diff(marked) <= 0).any()):
        raise Unsound(f"{place}.features_ is not in order, or repeats a column")
    return len(marked)


def _check_text(pipeline: Any, place: str, columns: Sequence[str]) -> int:
    like = text_steps()
    impute, encode = _steps(pipeline, place, (IMPUTE, ENCODE))
    number = len(columns)
    _check(
        impute,
        f"{place}.{IMPUTE}",
        SimpleImputer,
        {
            "feature_names_in_": _texts(columns),
            "n_features_in_": whole(number),
            "statistics_": _texts([MISSING] * number),
            "indicator_": NOTHING,
            "_fit_dtype": exactly(np.dtype(object)),
        },
        optional={**_own_params(like[0]), "_fill_dtype": exactly(np.dtype(object))},
    )
    levels = _levels(encode, f"{place}.{ENCODE}", number)
    rare = _rare(encode, f"{place}.{ENCODE}", levels)
    widths = [
        len(known) - len(merged) + bool(len(merged)) for known, merged in zip(levels, rare, strict=True)
    ]
    _check(
        encode,
        f"{place}.{ENCODE}",
        OneHotEncoder,
        {
            "n_features_in_": whole(number),
            "categories_": Rule(words="", holds=lambda _: True),  # looked at above, like the next
            "_infrequent_indices": Rule(words="", holds=lambda _: True),
            "_infrequent_enabled": exactly(True),
            "_default_to_infrequent_mappings": Rule(
                words="the places of levels after the rare ones are merged",
                holds=lambda value: _maps(value, levels, rare),
            ),
            "_n_features_outs": Rule(
                words="the numbers of levels after the rare ones are merged",
                holds=lambda value: (
                    type(value) is list and all(map(_is_whole, value)) and [int(n) for n in value] == widths
                ),
            ),
            "_drop_idx_after_grouping": NOTHING,
            "drop_idx_": NOTHING,
        },
        optional=_own_params(like[1]),
    )
    return sum(widths)


def _levels(encoder: Any, place: str, columns: int) -> list[list[str]]:
    found = vars(encoder).get("categories_") if type(encoder) is OneHotEncoder else None
    if (
        type(found) is not list
        or len(found) != columns
        or not all(_is_array(known, (None,), "O") for known in found)
    ):
        raise Unsound(f"{place}.categories_ is not a list of {columns:,} arrays of levels")
    levels = [known.tolist() for known in found]
    for known in levels:
        if not known or not all(type(level) is str for level in known) or known != sorted(set(known)):
            raise Unsound(f"{place}.categories_ are not texts in order, each once")
    return levels


def _rare(encoder: Any, place: str, levels: Sequence[list[str]]) -> list[list[int]]:
    found = vars(encoder).get("_infrequent_indices")
    if type(found) is not list or len(found) != len(levels):
        raise Unsound(f"{place}._infrequent_indices is not a list of {len(levels):,}")
    rare: list[list[int]] = []
    for merged, known in zip(found, levels, strict=True):
        rule = either(NOTHING, wholes(None, below=len(known)))
        places = [] if merged is None or not rule.holds(merged) else [int(place) for place in merged]
        if not rule.holds(merged) or places != sorted(set(places)):
            raise Unsound(f"{place}._infrequent_indices do not point to levels")
        rare.append(places)
    return rare


def _maps(value: Any, levels: Sequence[list[str]], rare: Sequence[list[int]]) -> bool:
    """Tell whether each level's place is what is left of its own, or the one place of all rare levels."""
    if type(value) is not list or len(value) != len(levels):
        return False
    for found, known, merged in zip(value, levels, rare, strict=True):
        if not merged:
            if found is not None:
                return False
            continue
        kept = iter(range(len(known)))
        wanted = [len(known) - len(merged) if i in set(merged) else next(kept) for i in range(len(known))]
        if not _is_array(found, (len(known),), "iu") or found.tolist() != wanted:
            return False
    return True


# --- the estimators ---


def _check_logistic(model: Any, inputs: int) -> None:
    _check(
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
            **_any_params(LogisticRegression, n_jobs=WORKERS),
            "multi_class": PLAIN,
            "n_iter_": either(NOTHING, wholes(None)),
        },
    )


def _check_forest(model: Any, inputs: int) -> None:
    numbers = ("_n_samples", "_n_samples_bootstrap", "oob_score_")
    _check(
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
            **_any_params(RandomForestClassifier, n_jobs=WORKERS),
            **dict.fromkeys(("estimator", "estimator_"), kind(DecisionTreeClassifier)),
            **dict.fromkeys(numbers, either(NOTHING, NUMBER)),
            "estimator_params": PLAIN,
            "_sample_weight": either(NOTHING, floats(None)),
            "oob_decision_function_": Rule(
                words="an array of numbers, of shape (any, 2)",
                holds=lambda value: _is_array(value, (None, 2), "f"),
            ),
        },
    )
    for name in ("estimator", "estimator_"):
        if name in vars(model):
            _check(
                getattr(model, name),
                f"{CLASSIFY}.{name}",
                DecisionTreeClassifier,
                {},
                optional=_any_params(DecisionTreeClassifier),
            )
    if not whole(len(model.estimators_)).holds(model.n_estimators):
        raise Unsound(f"{CLASSIFY}.n_estimators is not the number of its trees")
    for number, member in enumerate(model.estimators_):
        _check_member(member, f"{CLASSIFY}.estimators_[{number}]", inputs)


def _check_member(member: Any, place: str, inputs: int) -> None:
    _check(
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
        optional={**_any_params(DecisionTreeClassifier), "max_features_": PLAIN},
    )
    tree = member.tree_
    # Everything else reads as many nodes as this says that there are.
    if not 1 <= tree.node_count == tree.capacity:
        raise Unsound(
            f"its trees point outside themselves ({place}.tree_ does not hold the nodes that it counts)"
        )
    if (tree.n_features, tree.n_outputs, tree.n_classes.tolist()) != (inputs, 1, [2]):
        raise Unsound(f"{place}.tree_ is not of {inputs:,} inputs and two classes")
    inner = _inner_nodes(tree, f"{place}.tree_", inputs)
    if not np.isfinite(tree.threshold[inner]).all():
        raise Unsound(f"{place}.tree_ splits where there is no number")
    shares = tree.value[:, 0, :]
    if not ((shares >= 0).all() and np.allclose(shares.sum(axis=1), 1, rtol=0, atol=1e-6)):
        raise Unsound(f"{place}.tree_ holds values that are no shares of two classes")


def _inner_nodes(tree: Any, place: str, inputs: int) -> Any:
    """Check that a tree only points inside itself and its inputs, each child after its parent, which rules out circles.

    scikit-learn follows the indices in a tree's nodes without looking at the bounds
    (https://github.com/scikit-learn/scikit-learn/pull/34558), so a crafted file could read foreign memory or never end.
    """
    inner = ~((tree.children_left == -1) & (tree.children_right == -1))
    _refuse_outside(inner, tree.children_left, tree.children_right, tree.feature, place, inputs=inputs)
    return inner


def _refuse_outside(inner: Any, left: Any, right: Any, feature: Any, place: str, *, inputs: int) -> None:
    at = np.flatnonzero(inner)
    forward = all(bool(((child > at) & (child < len(inner))).all()) for child in (left[inner], right[inner]))
    if not forward or not bool(((feature[inner] >= 0) & (feature[inner] < inputs)).all()):
        raise Unsound(
            f"its trees point outside themselves or their inputs ({place}). Using them could crash Python"
        )


def _check_boosting(model: Any, inputs: int) -> None:
    scores = Rule(words="an array of numbers", holds=lambda value: _is_array(value, (None,), "f"))
    _check(
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
            **_any_params(HistGradientBoostingClassifier),
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
        _check(model._label_encoder, encoder, LabelEncoder, {"classes_": CLASSES})  # noqa: SLF001
    _check_loss(model._loss, f"{CLASSIFY}._loss")  # noqa: SLF001
    _check_bins(model._bin_mapper, f"{CLASSIFY}._bin_mapper", inputs)  # noqa: SLF001
    for number, (tree,) in enumerate(model._predictors):  # noqa: SLF001
        _check_boosted_tree(tree, f"{CLASSIFY}._predictors[{number}]", inputs)


def _check_loss(loss: Any, place: str) -> None:
    intervals = ("interval_y_true", "interval_y_pred")
    _check(
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
    _check(loss.link, f"{place}.link", LogitLink, {}, optional={"interval_y_pred": kind(Interval)})
    number = Rule(words="a number", holds=_is_number)
    for holder in (loss, loss.link):
        for name in intervals:
            if name in vars(holder):
                ends = {"low": number, "high": number, "low_inclusive": FLAG, "high_inclusive": FLAG}
                _check(vars(holder)[name], f"{place}.{name}", Interval, ends)


def _check_bins(mapper: Any, place: str, inputs: int) -> None:
    edges = Rule(words="", holds=lambda value: _is_array(value, (None,), "f") and not np.isnan(value).any())
    _check(
        mapper,
        place,
        _BinMapper,
        {
            "is_categorical_": Rule(
                words="an array that names no input categorical",
                holds=lambda value: _is_array(value, (inputs,), "uib") and not value.any(),
            ),
            "bin_thresholds_": Rule(
                words="a list of arrays of numbers, one for each input",
                holds=lambda value: (
                    type(value) is list and len(value) == inputs and all(map(edges.holds, value))
                ),
            ),
        },
        optional={
            **_any_params(_BinMapper),
            "is_categorical": either(NOTHING, Rule(words="", holds=lambda v: _is_array(v, (inputs,), "uib"))),
            "known_categories": Rule(
                words="nothing",
                holds=lambda value: (
                    value is None or (type(value) is list and set(map(type, value)) <= {type(None)})
                ),
            ),
            "n_threads": either(NOTHING, Rule(words="a number", holds=_is_whole)),
            "missing_values_bin_idx_": Rule(words="a number", holds=_is_whole),
            "n_bins_non_missing_": wholes(inputs),
        },
    )


def _check_boosted_tree(tree: Any, place: str, inputs: int) -> None:
    none = wholes(0, 8)
    _check(
        tree,
        place,
        TreePredictor,
        {
            "nodes": Rule(
                words="an array of nodes",
                holds=lambda value: (
                    type(value) is np.ndarray
                    and value.dtype == PREDICTOR_RECORD_DTYPE
                    and value.ndim == 1
                    and len(value) > 0
                ),
            ),
            # This program one-hot encodes: its trees never split on categories.
            "binned_left_cat_bitsets": none,
            "raw_left_cat_bitsets": none,
        },
    )
    nodes = tree.nodes
    inner = nodes["is_leaf"] == 0
    left, right = nodes["left"].astype(np.int64), nodes["right"].astype(np.int64)
    _refuse_outside(inner, left, right, nodes["feature_idx"], place, inputs=inputs)
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


def _check_trusted(estimator: Any, inputs: int) -> None:
    """Check what is cheap to check in an estimator of any kind: its classes, its inputs, and where its trees point."""
    classes = getattr(estimator, "classes_", None)
    if classes is None or [str(c) for c in np.asarray(classes).tolist()] not in (["0", "1"], ["0.0", "1.0"]):
        raise Unsound(f"{CLASSIFY}.classes_ is not {CLASSES.words}")
    number = getattr(estimator, "n_features_in_", inputs)
    if not whole(inputs).holds(number):
        raise Unsound(f"{CLASSIFY}.n_features_in_ is not {inputs}")
    if not callable(getattr(estimator, "predict_proba", None)):
        raise Unsound(f"{CLASSIFY}.predict_proba is no method")
    for item in _everything_in(estimator):
        if isinstance(item, Tree):
            if not 1 <= item.node_count == item.capacity:
                raise Unsound(f"a tree of {CLASSIFY} does not hold the nodes that it counts")
            _inner_nodes(item, f"a tree of {CLASSIFY}", item.n_features)
        elif isinstance(item, TreePredictor):
            nodes = item.nodes
            if (
                type(nodes) is not np.ndarray
                or nodes.dtype != PREDICTOR_RECORD_DTYPE
                or nodes.ndim != 1
                or not len(nodes)
            ):
                raise Unsound(f"a tree of {CLASSIFY} has no nodes")
            left, right = nodes["left"].astype(np.int64), nodes["right"].astype(np.int64)
            _refuse_outside(
                nodes["is_leaf"] == 0,
                left,
                right,
                nodes["feature_idx"],
                f"a tree of {CLASSIFY}",
                inputs=inputs,
            )


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


def _same(one: Any, other: Any) -> bool:
    """Tell whether two plain values are the same in type and value, through lists and mappings; NaN is NaN."""
    if type(one) is not type(other):
        # What stands in a file as a whole number comes back as one, of whatever size it was.
        return _is_whole(one) and _is_whole(other) and int(one) == int(other)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(_same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, float):
        return one == other or (one != one and other != other)
    return bool(one == other)
