"""Check what prepares the columns of a loaded pipeline: which it reads, and how it fills, scales and encodes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from fairaudit.errors import clipped, listed
from fairaudit.model.frame import FrameColumns
from fairaudit.model.pipeline import PREPARE
from fairaudit.model.preparation import ENCODE, IMPUTE, NUMERIC, SCALE, TEXT, numeric_steps, text_steps
from fairaudit.model.rules import (
    FLAG,
    NOTHING,
    NUMBER,
    PLAIN,
    ROWS,
    Rule,
    Unsound,
    check_object,
    either,
    exactly,
    floats,
    is_array,
    is_plain,
    is_same,
    is_whole,
    kind,
    params_like,
    steps_of,
    whole,
    wholes,
)
from fairaudit.model.values import MISSING

_REMAINDER = {"data", "future_dtype", "warning_was_emitted", "warning_enabled"}
"""What scikit-learn 1.6 keeps beside the list of columns that no transformer takes."""


def check_frame_columns(prepare: FrameColumns) -> int:
    """Check what gives an estimator its columns as they stand, and give their number."""
    names = Rule(words="a list of different names", holds=_are_names)
    check_object(
        prepare,
        PREPARE,
        FrameColumns,
        {
            "columns": names,
            "numeric": names,
            "categories": names,
            "fill": either(NOTHING, exactly(MISSING)),
            "levels_": Rule(
                words="the values of columns",
                holds=lambda value: type(value) is dict and all(map(_are_names, value.values())),
            ),
            "usual_": Rule(
                words="the usual numbers of columns",
                holds=lambda value: type(value) is dict and all(map(NUMBER.holds, value.values())),
            ),
            "lacking_": names,
            "n_features_in_": Rule(words="the number of columns", holds=is_whole),
        },
        optional={"_sklearn_output_config": PLAIN},
    )
    columns, numeric = set(prepare.columns), set(prepare.numeric)
    if (
        not columns
        or int(prepare.n_features_in_) != len(columns)
        or not numeric <= columns
        or set(prepare.usual_) != numeric
        or not set(prepare.lacking_) <= columns
        or not set(prepare.categories) <= set(prepare.levels_) <= columns - numeric
    ):
        raise Unsound(f"the columns of {PREPARE} do not agree with each other")
    return len(columns)


def _are_names(value: Any) -> bool:
    return type(value) is list and all(type(name) is str for name in value) and len(set(value)) == len(value)


def check_columns(prepare: Any) -> int:
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
    check_object(
        prepare, place, ColumnTransformer, _fitted_columns(columns, widths), optional=_columns_params()
    )
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
    rules = params_like(
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
        holds=lambda value: is_array(value, (len(wanted),), "O") and is_same(value.tolist(), list(wanted)),
    )


def _no_remainder(value: Any) -> bool:
    if type(value) is not tuple or len(value) != 3 or not is_same(value[:2], ("remainder", "drop")):
        return False
    rest = value[2]
    if type(rest).__name__ == "_RemainderColsList":  # how scikit-learn 1.6 keeps them
        held = vars(rest)
        return is_same(held.get("data"), []) and set(held) <= _REMAINDER and is_plain(list(held.values()))
    return is_same(rest, [])


def _check_unfitted(pipeline: Any, place: str, name: str) -> None:
    like = numeric_steps() if name == NUMERIC else text_steps()
    steps = steps_of(pipeline, place, [step for step, _ in like.steps])
    for (step, wanted), step_found in zip(like.steps, steps, strict=True):
        check_object(step_found, f"{place}.{step}", type(wanted), {}, optional=_own_params(wanted))


def _own_params(like: Any) -> dict[str, Rule]:
    """Require the parameters of a step as this program sets them; at which number a level is rare may change with time."""
    count = Rule(words="a number of levels", holds=lambda value: is_whole(value) and int(value) >= 1)
    return params_like(like, min_frequency=count, max_categories=count)


def _check_numeric(pipeline: Any, place: str, columns: Sequence[str]) -> int:
    like = numeric_steps()
    impute, scale = steps_of(pipeline, place, (IMPUTE, SCALE))
    number = len(columns)
    _check_impute(
        impute,
        place,
        columns,
        like[0],
        {"statistics_": floats(number), "indicator_": kind(MissingIndicator)},
        np.float64,
    )
    marks = _check_indicator(impute.indicator_, f"{place}.{IMPUTE}.indicator_", number)
    width = number + marks
    check_object(
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


def _check_impute(
    impute: Any,
    place: str,
    columns: Sequence[str],
    like: Any,
    learnt: Mapping[str, Rule],
    dtype: type,
) -> None:
    """Check what fills missing values: what it has learnt is held to rules of its own."""
    check_object(
        impute,
        f"{place}.{IMPUTE}",
        SimpleImputer,
        {
            "feature_names_in_": _texts(columns),
            "n_features_in_": whole(len(columns)),
            **learnt,
            "_fit_dtype": exactly(np.dtype(dtype)),
        },
        optional={**_own_params(like), "_fill_dtype": exactly(np.dtype(dtype))},
    )


def _check_indicator(indicator: Any, place: str, columns: int) -> int:
    check_object(
        indicator,
        place,
        MissingIndicator,
        {
            "_precomputed": exactly(True),
            "n_features_in_": whole(columns),
            "_n_features": whole(columns),
            "features_": wholes(None, below=columns),
        },
        optional=params_like(MissingIndicator(error_on_new=False)),
    )
    marked: np.ndarray[Any, Any] = indicator.features_
    if bool((np.diff(marked) <= 0).any()):
        raise Unsound(f"{place}.features_ is not in order, or repeats a column")
    return len(marked)


def _check_text(pipeline: Any, place: str, columns: Sequence[str]) -> int:
    like = text_steps()
    impute, encode = steps_of(pipeline, place, (IMPUTE, ENCODE))
    number = len(columns)
    _check_impute(
        impute,
        place,
        columns,
        like[0],
        {"statistics_": _texts([MISSING] * number), "indicator_": NOTHING},
        object,
    )
    levels = _levels(encode, f"{place}.{ENCODE}", number)
    rare = _rare(encode, f"{place}.{ENCODE}", levels)
    widths = [
        len(known) - len(merged) + bool(len(merged)) for known, merged in zip(levels, rare, strict=True)
    ]
    check_object(
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
                    type(value) is list and all(map(is_whole, value)) and [int(n) for n in value] == widths
                ),
            ),
            "_drop_idx_after_grouping": NOTHING,
            "drop_idx_": NOTHING,
        },
        optional=_own_params(like[1]),
    )
    return sum(widths)


def _levels(encoder: Any, place: str, columns: int) -> list[list[str]]:
    categories = vars(encoder).get("categories_") if type(encoder) is OneHotEncoder else None
    if (
        type(categories) is not list
        or len(categories) != columns
        or not all(is_array(known, (None,), "O") for known in categories)
    ):
        raise Unsound(f"{place}.categories_ is not a list of {columns:,} arrays of levels")
    levels = [known.tolist() for known in categories]
    for known in levels:
        if not known or not all(type(level) is str for level in known) or known != sorted(set(known)):
            raise Unsound(f"{place}.categories_ are not texts in order, each once")
    return levels


def _rare(encoder: Any, place: str, levels: Sequence[list[str]]) -> list[list[int]]:
    infrequent = vars(encoder).get("_infrequent_indices")
    if type(infrequent) is not list or len(infrequent) != len(levels):
        raise Unsound(f"{place}._infrequent_indices is not a list of {len(levels):,}")
    rare: list[list[int]] = []
    for merged, known in zip(infrequent, levels, strict=True):
        rule = either(NOTHING, wholes(None, below=len(known)))
        places = [] if merged is None or not rule.holds(merged) else [int(place) for place in merged]
        if not rule.holds(merged) or places != sorted(set(places)):
            raise Unsound(f"{place}._infrequent_indices do not point to levels")
        rare.append(places)
    return rare


def _maps(value: Any, levels: Sequence[list[str]], rare: Sequence[list[int]]) -> bool:
    """Return whether each level's place is what is left of its own, or the one place of all rare levels."""
    if type(value) is not list or len(value) != len(levels):
        return False
    for mapping, known, merged in zip(value, levels, rare, strict=True):
        if not merged:
            if mapping is not None:
                return False
            continue
        kept = iter(range(len(known)))
        wanted = [len(known) - len(merged) if i in set(merged) else next(kept) for i in range(len(known))]
        if not is_array(mapping, (len(known),), "iu") or mapping.tolist() != wanted:
            return False
    return True
