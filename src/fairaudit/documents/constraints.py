"""What the numbers, names and lists of a document have to be, so that whatever reads it can lean on that.

A document may have been written by hand, or by somebody else. What does not fit together is refused when it is read, by name, and not
found out by whoever draws a figure from it. JSON Schema can say how large a number is and which metrics there are; that two lists are of one
length, it cannot, and so the descriptions in the schema say it.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field, WithJsonSchema

from fairaudit.errors import FairauditError, clipped, did_you_mean
from fairaudit.metrics.table import BY_NAME, COMPARED_METRICS
from fairaudit.settings.naming import Called, wrong_word
from fairaudit.settings.numbers import parse_tau

MOST = 10**18
"""No count is larger: weights add up to no more people."""
_ROUNDING = 1e-9
_PARITY_METRICS = tuple(metric.name for metric in COMPARED_METRICS)

Number = Annotated[float, Field(allow_inf_nan=False)]
NotNegative = Annotated[float, Field(allow_inf_nan=False, ge=0)]
Inside = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=0, le=MOST)]
Moment = AwareDatetime


def _metric(name: str) -> str:
    if name not in BY_NAME:
        raise ValueError(f"{clipped(name)!r} is no metric. {did_you_mean(name, BY_NAME)}".strip())
    return name


def _parity_metric(name: str) -> str:
    if name not in _PARITY_METRICS:
        raise ValueError(
            f"{clipped(name)!r} is no metric of a parity. {did_you_mean(name, _PARITY_METRICS)}".strip()
        )
    return name


def _tau(text: str) -> str:
    try:
        parse_tau(text)
    except FairauditError as error:
        raise ValueError(str(error)) from None
    return text


def _words(words: dict[Called, str]) -> dict[Called, str]:
    for name, text in words.items():
        if problem := wrong_word(name, text):
            raise ValueError(". ".join(problem))
    return words


CalledBy = Annotated[dict[Called, str], AfterValidator(_words)]
"""The words that were given, by what is called so."""
MetricName = Annotated[
    str, AfterValidator(_metric), WithJsonSchema({"type": "string", "enum": list(BY_NAME)})
]
ParityMetric = Annotated[
    str, AfterValidator(_parity_metric), WithJsonSchema({"type": "string", "enum": list(_PARITY_METRICS)})
]
Tau = Annotated[str, AfterValidator(_tau)]


def one_length(**lists: Sequence[object] | None) -> None:
    """Refuse lists of different lengths; ``None`` is no list.

    Raises
    ------
    ValueError
        If two differ; both are named with their lengths.
    """
    lengths = {name: len(items) for name, items in lists.items() if items is not None}
    (first, length), *others = lengths.items()
    for name, other in others:
        if other != length:
            raise ValueError(f"{first} and {name} are lists of one length, and hold {length:,} and {other:,}")


def rising(name: str, numbers: Sequence[float]) -> None:
    """Refuse numbers that do not rise.

    Raises
    ------
    ValueError
        If one is not above the one before it.
    """
    for low, high in itertools.pairwise(numbers):
        if low >= high:
            raise ValueError(f"{name} do not rise: {high:g} stands after {low:g}")


def once(parts: str, keys: Iterable[tuple[str, ...]]) -> None:
    """Refuse two entries about the same.

    Raises
    ------
    ValueError
        If there are.
    """
    seen: set[tuple[str, ...]] = set()
    for key in keys:
        if key in seen:
            raise ValueError(f"{parts} name {', '.join(repr(clipped(part)) for part in key)} twice")
        seen.add(key)


def same_keys(both: str, keys: Collection[str], others: Collection[str]) -> None:
    """Refuse names that are not those of something else.

    Parameters
    ----------
    both
        What is compared, for the message: ``metrics of race = A, and of everybody``.

    Raises
    ------
    ValueError
        If there is one that only one of them has.
    """
    if odd := sorted(set(keys) ^ set(others)):
        raise ValueError(f"{both}, differ in {', '.join(repr(clipped(name)) for name in odd[:3])}")


def within_range(values: Mapping[str, float | None]) -> None:
    """Refuse values that a metric cannot have.

    Raises
    ------
    ValueError
        If there is one.
    """
    for name, value in values.items():
        metric = BY_NAME[name]
        if value is not None and not metric.least - _ROUNDING <= value <= metric.most + _ROUNDING:
            raise ValueError(f"{name} cannot be {value:g}")
