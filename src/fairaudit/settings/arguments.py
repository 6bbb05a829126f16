"""Arguments of Python functions: each has to be of a kind, and what is none says which kind it should be.

The values themselves are looked at where they are used; here a number is told from a text.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from numbers import Integral, Real
from typing import Any, TypeVar

from fairaudit.errors import OptionError, clipped, listed
from fairaudit.settings.option import Setting, settings_of
from fairaudit.slices.file import Lock
from fairaudit.spelling import setting

_G = TypeVar("_G")
_E = TypeVar("_E", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of argument in words, with an example of which ``{name}`` is the argument's name."""

    words: str
    example: str
    fits: Callable[[object], bool]
    optional: bool = False


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _are_texts(value: object) -> bool:
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Collection):
        return isinstance(value, str)
    try:
        return all(isinstance(item, str) for item in value)
    except TypeError:
        # NumPy calls a single value a collection that cannot be walked through.
        return False


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (Real, Decimal)):
        return False
    try:
        float(value)
    except (ValueError, OverflowError):
        return False
    return True


def _is_truth(value: object) -> bool:
    return isinstance(value, bool)


def _is_whole(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, Integral)


_COLUMN = Kind(words="the name of a column", example='{name}="outcome"', fits=_is_text, optional=True)
_TEXTS = Kind(words="a text or a list of texts", example='{name}=["a", "b"]', fits=_are_texts)
_CHOICE = Kind(words="a text", example='{name}="…"', fits=_is_text)
_NUMBER = Kind(words="a number", example="{name}=0.5", fits=_is_number, optional=True)
_WHOLE = Kind(words="a whole number", example="{name}=30", fits=_is_whole)
_PLACE = Kind(
    words="a path",
    example='{name}="folder"',
    fits=lambda value: isinstance(value, (str, os.PathLike)) and str(value) != "" and "\0" not in str(value),
    optional=True,
)
_LIMIT = Kind(
    words="a number, or one written as text",
    example='{name}=0.8 or {name}="4/5"',
    fits=lambda value: _is_number(value) or _is_text(value),
)

KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(
        ("label", "score", "decision", "prediction", "weight", "id", "target", "group_column", "time_column"),
        _COLUMN,
    ),
    **dict.fromkeys(
        (
            "attributes",
            "features",
            "positive",
            "ref_group",
            "reference",
            "unknown",
            "metrics",
            "drop",
            "by",
            "over",
            "exclude",
            "within",
            "trust",
        ),
        _TEXTS,
    ),
    **dict.fromkeys(
        (
            "decide",
            "interval",
            "missing",
            "on_undecided",
            "metric",
            "model",
            "family",
            "correction",
            "profile",
        ),
        _CHOICE,
    ),
    **dict.fromkeys(("threshold", "top_percent", "test_size", "validation_size"), _NUMBER),
    **dict.fromkeys(("min_ratio", "level"), dataclasses.replace(_NUMBER, optional=False)),
    **dict.fromkeys(("weight_kind", "class_weight"), dataclasses.replace(_CHOICE, optional=True)),
    **dict.fromkeys(
        ("effect", "audit_on", "format", "rank_by", "smd", "order"),
        dataclasses.replace(_CHOICE, optional=True),
    ),
    **dict.fromkeys(("out", "save", "statements", "template", "temp_dir", "population"), _PLACE),
    "delimiter": Kind(words="a text", example='{name}=";"', fits=_is_text, optional=True),
    "fitted": Kind(
        words="the path of a model, a reference of MLflow's, or a fitted classifier",
        example='{name}="model.skops"',
        fits=lambda value: (
            _PLACE.fits(value) or any(hasattr(value, name) for name in ("predict_proba", "predict", "score"))
        ),
        optional=True,
    ),
    "positive_class": Kind(words="a text", example='{name}="yes"', fits=_is_text, optional=True),
    "encoding": Kind(words="a text", example='{name}="cp1252"', fits=_is_text, optional=True),
    "memory_limit": Kind(words="a text", example='{name}="2GB"', fits=_is_text, optional=True),
    **dict.fromkeys(
        ("skip_bad_lines", "stats", "learning_curve", "trust_pickle", "strict"),
        Kind(words="True or False", example="{name}=True", fits=_is_truth),
    ),
    "threads": Kind(words="a whole number", example="{name}=4", fits=_is_whole, optional=True),
    "names": _TEXTS,
    "folder": dataclasses.replace(_PLACE, optional=False),
    **dict.fromkeys(("seed", "folds", "repeats", "depth", "bins", "min_denominator"), _WHOLE),
    **dict.fromkeys(("min_rows", "suppress_below"), dataclasses.replace(_WHOLE, optional=True)),
    "estimator": Kind(
        words="a text", example='{name}="package.module:factory"', fits=_is_text, optional=True
    ),
    "words": Kind(
        words="a mapping from names to texts",
        example='{name}={{"people": "defendants"}}',
        fits=lambda value: isinstance(value, Mapping) and all(map(_is_text, (*value, *value.values()))),
        optional=True,
    ),
    "slices": Kind(
        words="a mapping from names to conditions in SQL, or the path of a file of slices",
        example='{name}={{"young_women": "age < 25"}}',
        fits=lambda value: (
            _PLACE.fits(value)
            or isinstance(value, Lock)
            or (isinstance(value, Mapping) and all(map(_is_text, (*value, *value.values()))))
        ),
        optional=True,
    ),
    "unit": Kind(words="a text", example='{name}="cars"', fits=_is_text, optional=True),
    "params": Kind(
        words="a mapping from names to values",
        example='{name}={{"C": 0.1}}',
        fits=lambda value: isinstance(value, Mapping),
        optional=True,
    ),
    "tune": Kind(
        words="a mapping from names to lists of values",
        example='{name}={{"C": [0.1, 1, 10]}}',
        fits=lambda value: isinstance(value, Mapping),
        optional=True,
    ),
    "top_k": Kind(words="a whole number", example="{name}=100", fits=_is_whole, optional=True),
    "where": Kind(
        words="a condition in SQL, a text", example='{name}="age >= 18"', fits=_is_text, optional=True
    ),
    "na_values": dataclasses.replace(_TEXTS, optional=True),
    "min_group_size": _WHOLE,
    "tau": _LIMIT,
    "margin": dataclasses.replace(_LIMIT, optional=True),
    "exclude_below": dataclasses.replace(_LIMIT, example='{name}="2%"', optional=True),
}
"""The kind of each argument, wherever it is one."""


def check_kinds(arguments: Mapping[str, object]) -> None:
    """Refuse an argument that is not of its kind; those that `KINDS` does not know may be anything.

    >>> check_kinds({"label": "outcome", "threshold": None, "attributes": ["race", "sex"]})
    >>> check_kinds({"positive": 1})
    Traceback (most recent call last):
        ...
    fairaudit.errors.OptionError: --positive: 1 is an int, and a text or a list of texts is expected. Such as positive=["a", "b"].

    Raises
    ------
    OptionError
        The first one, with its kind and an example.
    """
    for name, value in arguments.items():
        kind = KINDS.get(name)
        if kind is None or kind.fits(value) or (value is None and kind.optional):
            continue
        raise OptionError(
            setting(name),
            f"{_described(value)}, and {kind.words} is expected",
            hint=f"Such as {kind.example.format(name=name)}",
        )


def checked(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Hold arguments to their kinds, and return them."""
    check_kinds(arguments)
    return arguments


def _described(value: object) -> str:
    """Say what a value is, and what its first odd part is if it has parts."""
    if isinstance(value, (list, tuple)):
        part = next((item for item in value if not isinstance(item, str)), None)
        return f"{_described(part)} in a {type(value).__name__}"
    kind = type(value).__name__
    if value is None:
        return "None is nothing"
    article = "an" if kind[:1].lower() in "aeiou" else "a"
    simple = isinstance(value, (str, bytes, bool, int, float, Decimal))
    return f"{clipped(repr(value))} is {article} {kind}" if simple else f"it is {article} {kind}"


def group_of(group: type[_G], arguments: Mapping[str, Any]) -> _G:
    """Make a group of options of a function's arguments; those that are not among them have their defaults.

    Raises
    ------
    OptionError
        If a value is none that its option can have.
    """
    plain: type = group
    return group(
        **{s.field: _value(s, arguments[s.keyword]) for s in settings_of(plain) if s.keyword in arguments}
    )


def _value(option: Setting, argument: Any) -> Any:
    """Make an option's value of an argument."""
    if argument is None or (option.option.table and not isinstance(argument, Mapping)):
        # A keyword may hold the table of one option, or the file of another.
        return option.default
    if option.option.beside and option.option.read:
        is_file = isinstance(argument, (str, os.PathLike))
        return (
            option.option.read(os.fspath(argument))
            if is_file
            else None
            if isinstance(argument, Mapping)
            else argument
        )
    if isinstance(argument, Mapping) and option.option.table:
        return option.option.table(argument, place=setting(option.name))
    if isinstance(argument, Mapping):
        return {str(name): _joined(value) for name, value in argument.items()}
    if option.many:
        texts = (argument,) if isinstance(argument, str) else tuple(argument)
        return option.option.read(texts) if option.option.read else texts
    if option.option.read is not None:
        return option.option.read(str(argument))
    if option.holds is float and _is_number(argument):
        return float(argument)
    if issubclass(option.holds, StrEnum):
        return choice_of(option.holds, argument, option.name)
    try:
        return option.parse(os.fspath(argument) if isinstance(argument, os.PathLike) else argument)
    except ValueError as error:
        raise OptionError(setting(option.name), str(error).removesuffix(".")) from None


def _joined(value: object) -> str:
    """Write a value as it would be typed: several of them between commas."""
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        return str(value)
    return ",".join(str(one) for one in value)


def choice_of(kind: type[_E], argument: object, name: str) -> _E:
    """Read a choice.

    Raises
    ------
    OptionError
        If it is none; those that there are, are listed.
    """
    if argument not in list(kind):
        raise OptionError(
            setting(name), f"{argument!r} is not a choice", hint=f"Say one of {listed(list(kind))}"
        )
    return kind(str(argument))
