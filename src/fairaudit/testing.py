"""Tests of slices, written by hand: `assert_slices` for a test file, a notebook, or a job that watches a model in use.

It needs no pytest. Nothing heavy is imported before it is called.
"""

from __future__ import annotations

import dataclasses
import numbers
import os
import warnings
from collections.abc import Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeVar

from fairaudit_cli import refuse_other_package

if TYPE_CHECKING:
    from fairaudit.gates.evaluate import Gate, GateResult
    from fairaudit.settings.reading import ReadSettings
    from fairaudit.workflow.check import Checking

refuse_other_package()
TITLE = "assert_slices"
"""What messages call it."""
_KEYS = {
    "at_least": "min",
    "at_most": "max",
    "ratio_within": "ratio_within",
    "max_difference": "max_difference",
}
"""The arguments that limit, and the keys of a gate that mean the same."""

Number = str | float | Fraction
_Choice = TypeVar("_Choice", bound=StrEnum)


class PassedOverWarning(UserWarning):
    """Settings of a file that are about something else than a test asks about."""


class UndecidedWarning(UserWarning):
    """A gate that could not be decided, and of which its policy only warns."""


def assert_slices(
    source: object,
    *,
    by: str | Sequence[str],
    metric: str,
    at_least: Number | None = None,
    at_most: Number | None = None,
    ratio_within: Number | None = None,
    max_difference: Number | None = None,
    reference: str | Sequence[str] = (),
    decide: str = "interval",
    on_undecided: str = "fail",
    effect: str | None = None,
    words: Mapping[str, str] | None = None,
    unit: str | None = None,
    label: str | None = None,
    score: str | None = None,
    decision: str | None = None,
    weight: str | None = None,
    weight_kind: str | None = None,
    id: str | None = None,
    positive: Sequence[str] = (),
    where: str | None = None,
    slices: Mapping[str, str] | str | os.PathLike[str] | None = None,
    missing: str = "error",
    na_values: str | Sequence[str] | None = None,
    threshold: float | None = None,
    top_k: int | None = None,
    top_percent: float | None = None,
    min_group_size: int = 30,
    unknown: str | Sequence[str] = (),
) -> GateResult:
    """Assert that a metric keeps a limit in every slice, by the rules of ``fairaudit check``.

    Parameters
    ----------
    source
        Path of a CSV, TSV, JSON lines, Parquet or XLSX file, or a pandas, polars or Arrow table, which is not changed.
    by
        What makes the slices: ``"race"``, ``"age:quartiles"``, ``"race*sex"``, or a list of such; also the names of `slices`, which are conditions in SQL
        or a file of slices that were kept.
    metric
        Any that ``fairaudit explain`` knows.
    at_least, at_most
        The slice's own value lies within them; either, or both. Decimal numbers are taken as they are written; ``"1/3"`` is exact.
    ratio_within
        Slice over reference lies within [ratio_within, 1 / ratio_within].
    max_difference
        Slice minus reference lies within [-max_difference, max_difference].
    reference
        ``"race=Caucasian"``, ``"majority"``, ``"rest"``, ``"max"`` or ``"min"``; left out, the largest group, or for intersections everybody else.
    decide
        ``"interval"``: the data have to exclude the limits, or all else; all slices are corrected for together. ``"point"``: the
        measured value is taken for the truth.
    on_undecided
        What becomes of slices that the data leave open: ``"fail"``, ``"warn"`` (an `UndecidedWarning`) or ``"pass"``.
    effect, words, unit
        What decisions do to people, and what these are called.
    label, score, decision, weight, weight_kind, id, positive, where, slices, missing, na_values, threshold, top_k, top_percent, min_group_size, unknown
        As for `fairaudit.audit`.

    Returns
    -------
    GateResult
        What was found in each slice, the worst first.

    Raises
    ------
    AssertionError
        If a slice does not keep the limit, or if that cannot be decided; the message names the worst slice first.
    fairaudit.errors.FairauditError
        If the question makes no sense, or the input cannot answer it.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"label": [1, 0] * 60, "score": [1, 0] * 45 + [0, 1] * 15, "sex": ["F"] * 60 + ["M"] * 60})
    >>> assert_slices(frame, by="sex", metric="accuracy", at_least=0.9)
    Traceback (most recent call last):
        ...
    AssertionError: FAILED "Is the accuracy at least 90% in every group?": M 50% (allowed at least 90%).
    fail: The accuracy of people with sex "M" is 50 of 100. 30 of 60. 95% interval 36.8% to 63.2%. Allowed is at least 90%.
    2 comparisons were made; a fail holds after correcting for all of them.
    Next: what it means, and what else to look at: fairaudit explain accuracy.
    >>> assert_slices(frame, by="sex", metric="accuracy", at_least=0.3).verdict
    <Verdict.PASS: 'pass'>
    """
    arguments = locals().copy()
    # pytest then shows the line of the test and the message, and not this function.
    __tracebackhide__ = True
    from fairaudit.gates.evaluate import Outcome
    from fairaudit.render.gates.failure import failure
    from fairaudit.settings.edges import called_from_python

    with called_from_python():
        checking = _check(arguments)
    (result,) = checking.evaluated.results
    if result.outcome is Outcome.PASSED:
        return result
    warned = result.outcome is Outcome.WARNED
    message = failure(checking.document.gates[0], checking.document, way_out="" if warned else WAY_OUT)
    if not warned:
        raise AssertionError(message)
    warnings.warn(message, UndecidedWarning, stacklevel=2)
    return result


WAY_OUT = 'More people may decide it, decide="point" takes the measured value for the truth, and on_undecided="pass" lets it through'


def _check(arguments: Mapping[str, Any]) -> Checking:
    """Answer the gate that the arguments make."""
    from fairaudit.settings.arguments import check_kinds, group_of
    from fairaudit.settings.naming import Naming
    from fairaudit.settings.verdict import Direction, Measuring
    from fairaudit.workflow.check import check

    check_kinds(arguments)
    return check(
        arguments["source"],
        [_gate(arguments)],
        settings=_reading(arguments),
        measuring=Measuring(
            min_group_size=arguments["min_group_size"], unknown=_texts("unknown", arguments["unknown"])
        ),
        direction=group_of(Direction, arguments),
        naming=group_of(Naming, arguments),
    )


def _reading(arguments: Mapping[str, Any]) -> ReadSettings:
    """Gather the arguments that decide how rows are read."""
    from fairaudit.settings.arguments import group_of
    from fairaudit.settings.choices import Missing, WeightKind, split_words
    from fairaudit.settings.reading import ReadSettings

    kind, marks = arguments["weight_kind"], arguments["na_values"]
    as_they_are = ("label", "score", "decision", "weight", "id", "where", "threshold", "top_k", "top_percent")
    slices = {"slices": arguments["slices"]}
    named = group_of(ReadSettings, slices)
    return ReadSettings(
        **{name: arguments[name] for name in as_they_are},
        slices=named.slices,
        lock=named.lock,
        positive=_texts("positive", arguments["positive"]),
        weight_kind=None if kind is None else _choice("weight_kind", kind, WeightKind),
        missing=_choice("missing", arguments["missing"], Missing),
        na_values=None
        if marks is None
        else split_words([marks] if isinstance(marks, str) else marks, known=()),
    )


def _gate(arguments: Mapping[str, Any]) -> Gate:
    """Make a gate, whose mistakes are told in the words of the arguments."""
    from fairaudit.errors import GateError, OptionError, listed
    from fairaudit.gates.evaluate import Gate, OnUndecided
    from fairaudit.settings.choices import Decide

    by = _texts("by", arguments["by"])
    if not by:
        raise OptionError(TITLE, "'by' names no slices", hint='Such as by="race"')
    exact = {_KEYS[name]: _exact(name, value) for name in _KEYS if (value := arguments[name]) is not None}
    if not exact:
        raise OptionError(TITLE, "it has no limit", hint=f"Give one of {listed(list(_KEYS))}")
    values: dict[str, Any] = {
        **exact,
        "metric": arguments["metric"],
        "attributes": by,
        "reference": _texts("reference", arguments["reference"]),
        "decide": _choice("decide", arguments["decide"], Decide),
        "on_undecided": _choice("on_undecided", arguments["on_undecided"], OnUndecided),
    }
    try:
        gate = Gate(name=TITLE, **values)
    except GateError as error:
        problem = str(error).removeprefix(f"gate {TITLE!r}: ")
        for name, key in _KEYS.items():
            problem = problem.replace(repr(key), repr(name))
        raise OptionError(TITLE, problem) from None
    return dataclasses.replace(gate, name=f"{gate.demand} on {', '.join(by)}", named=False)


def _exact(name: str, value: Any) -> Fraction:
    """Read a limit as it is written."""
    from fairaudit.errors import OptionError
    from fairaudit.settings.numbers import exact

    if isinstance(value, Fraction):
        return value
    # NumPy's numbers, short floats among them, as they are written.
    is_number = not isinstance(value, bool) and isinstance(value, numbers.Real)
    number = exact(float(str(value)) if is_number else value)
    if number is None:
        raise OptionError(TITLE, f"{name!r}: {value!r} is no number", hint=f"Such as {name}=0.8")
    return number


def _choice(name: str, value: object, kind: type[_Choice]) -> _Choice:
    from fairaudit.errors import OptionError, did_you_mean, listed

    known = [member.value for member in kind]
    if value not in known:
        nearest = did_you_mean(value, known) if isinstance(value, str) else ""
        raise OptionError(
            TITLE, f"{name!r}: {value!r} is no choice", hint=f"{nearest} Say one of {listed(known)}".strip()
        )
    return kind(value)


def _texts(name: str, value: str | Sequence[str]) -> tuple[str, ...]:
    from fairaudit.errors import OptionError

    texts: tuple[Any, ...] = (value,) if isinstance(value, str) else tuple(value)
    if not all(isinstance(text, str) and text.strip() for text in texts):
        raise OptionError(TITLE, f"{name!r} has to be a text or a list of texts")
    return tuple(dict.fromkeys(texts))


__all__ = ["UndecidedWarning", "assert_slices"]
