"""What an attribute of a stored object must be, and the comparison of an object with a table of such rules."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from fairaudit.errors import clipped, listed

MOST_WORKERS = 1024
"""No more processes or threads may be asked for."""


class Unsound(Exception):
    """What is wrong with a pipeline, and where in it: the end of a sentence that begins with the file's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What an attribute must be, in words and as a test that calls nothing of it."""

    words: str
    holds: Callable[[Any], bool]


def is_whole(value: Any) -> bool:
    """Return whether a value is a whole number, which true and false are not."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Return whether a value is a number, be it finite or not."""
    return is_whole(value) or isinstance(value, (float, np.floating))


def is_plain(value: Any) -> bool:
    """Return whether a value is a text, a number, a truth value or nothing, or a list or mapping of these."""
    if isinstance(value, (list, tuple)):
        return all(is_plain(item) for item in value)
    if isinstance(value, dict):
        return all(is_plain(item) for pair in value.items() for item in pair)
    return value is None or isinstance(value, (bool, int, float, str, np.number, np.bool_))


def is_array(value: Any, shape: tuple[int | None, ...], kinds: str) -> bool:
    """Return whether a value is an array of this shape, in which ``None`` is any length, and of one of these kinds of type."""
    return (
        type(value) is np.ndarray
        and value.dtype.kind in kinds
        and value.dtype.names is None
        and len(value.shape) == len(shape)
        and all(wanted is None or wanted == length for wanted, length in zip(shape, value.shape, strict=True))
    )


PLAIN = Rule(words="a plain value", holds=is_plain)
FLAG = Rule(words="true or false", holds=lambda value: isinstance(value, (bool, np.bool_)))
NAME = Rule(words="a text", holds=lambda value: type(value) is str)
NUMBER = Rule(words="a finite number", holds=lambda value: is_number(value) and bool(np.isfinite(value)))
ROWS = Rule(
    words="a number of rows",
    holds=lambda value: is_number(value) or is_array(value, (None,), "iuf"),
)
CLASSES = Rule(
    words="the classes 0 and 1",
    holds=lambda value: is_array(value, (2,), "iuf") and value.tolist() == [0, 1],
)
WORKERS = Rule(
    words=f"nothing, or a number of workers up to {MOST_WORKERS:,}",
    holds=lambda value: value is None or (is_whole(value) and abs(int(value)) <= MOST_WORKERS),
)
SEED = Rule(words="a whole number", holds=lambda value: value is None or is_whole(value))


def whole(number: int) -> Rule:
    """Require a whole number."""
    return Rule(words=str(number), holds=lambda value: is_whole(value) and int(value) == number)


def exactly(wanted: object) -> Rule:
    """Require the same value of the same type."""
    return Rule(words=clipped(repr(wanted)), holds=lambda value: is_same(value, wanted))


def kind(wanted: type) -> Rule:
    """Require an object of exactly this class, whose inside no prediction reads."""
    return Rule(words=f"a {wanted.__name__}", holds=lambda value: type(value) is wanted)


def floats(*shape: int | None, low: float = -np.inf, positive: bool = False) -> Rule:
    """Require an array of finite numbers of this shape; ``None`` is any length."""
    limit = " above 0" if positive else f" of {low:g} or more" if low > -np.inf else ""
    return Rule(
        words=f"an array of finite numbers{limit}, of shape {_shape(shape)}",
        holds=lambda value: (
            is_array(value, shape, "f")
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
            is_array(value, shape, "iu")
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


def is_same(one: Any, other: Any) -> bool:
    """Return whether two plain values are the same in type and value, through lists and mappings; NaN is NaN."""
    if type(one) is not type(other):
        # What stands in a file as a whole number comes back as one, of whatever size it was.
        return is_whole(one) and is_whole(other) and int(one) == int(other)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(is_same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)
    if isinstance(one, float):
        return one == other or (one != one and other != other)
    return bool(one == other)


def check_object(
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
    attributes = vars(value) if hasattr(value, "__dict__") else {}
    table = {**rules, **(optional or {})}
    if unknown := [str(name) for name in attributes if name not in table]:
        raise Unsound(f"{place} has attributes that it should not have: {listed(sorted(unknown))}")
    if lacking := [name for name in rules if name not in attributes]:
        raise Unsound(f"{place} lacks {listed(lacking)}")
    for name, rule in table.items():
        if name in attributes and not rule.holds(attributes[name]):
            raise Unsound(f"{place}.{name} is not {rule.words}")


def params_like(like: Any, **instead: Rule) -> dict[str, Rule]:
    """Require the parameters with which this program makes such an object; some may vary."""
    cls: type = type(like)
    return {name: instead.get(name, exactly(getattr(like, name))) for name in _names_of(cls)}


def any_params(cls: type, **instead: Rule) -> dict[str, Rule]:
    """Require plain values for the parameters of an estimator, which users choose."""
    return {name: instead.get(name, PLAIN) for name in _names_of(cls)}


@cache
def _names_of(cls: type) -> tuple[str, ...]:
    """List an estimator's parameters in the order of `get_params`, which would read the signature each time."""
    return tuple(sorted(inspect.signature(cls).parameters))


def steps_of(pipeline: Any, place: str, names: Sequence[str]) -> list[Any]:
    """Check a pipeline of steps with these names, and give the steps."""
    steps = Rule(words=f"the steps {listed(names)}", holds=lambda value: _named(value, names))
    check_object(pipeline, place, Pipeline, {"steps": steps}, optional=params_like(Pipeline([]), steps=steps))
    return [step for _, step in pipeline.steps]


def _named(steps: Any, names: Sequence[str]) -> bool:
    return (
        type(steps) is list
        and all(type(step) is tuple and len(step) == 2 for step in steps)
        and [step[0] for step in steps] == list(names)
    )
