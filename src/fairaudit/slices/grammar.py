"""Attributes as typed: ``race``, ``age:25,45``, ``age:quartiles``, ``race*sex``."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from fairaudit.errors import ColumnMissing, OptionError, did_you_mean, written
from fairaudit.texts import clean, composed

MISSING_GROUP = "(missing)"
CROSS = " * "
"""Stands between the values of several columns in the name of a group."""
EVERYBODY_ELSE = "(everybody else)"
"""The reference of a group that is compared with the rest; an attribute's own groups may be called anything else."""
MOST_BINS = 50
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


class CutKind(StrEnum):
    """How a numeric column is cut into ranges."""

    MEAN = "mean"
    MEDIAN = "median"
    QUARTILES = "quartiles"
    BINS = "bins"
    EDGES = "edges"


class EdgesFrom(StrEnum):
    """Where the edges of a cut come from: the user, the rows that are audited, or the rows that a model learnt from."""

    GIVEN = "given"
    ROWS = "rows"
    TRAINING = "training"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A way to cut; `edges` are given for EDGES, `bins` for BINS."""

    kind: CutKind
    edges: tuple[float, ...] = ()
    bins: int = 0

    @property
    def shares(self) -> tuple[float, ...]:
        """Shares of the rows below each edge, where the edges are quantiles."""
        parts = {CutKind.MEDIAN: 2, CutKind.QUARTILES: 4, CutKind.BINS: self.bins}.get(self.kind, 0)
        return tuple(index / parts for index in range(1, parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """One column, cut or as it is."""

    column: str
    cut: Cut | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """What people are grouped by: one dimension, or the intersection of several."""

    name: str
    dimensions: tuple[Dimension, ...]


def parse_attributes(
    typed: Sequence[str], *, columns: Sequence[str], file: str, option: str
) -> tuple[Attribute, ...]:
    """Read attribute options, each of which may be a comma list.

    A word that is a column's whole name is that column, whatever signs it holds.

    Raises
    ------
    ColumnMissing
        If a column is not in the file.
    OptionError
        If a cut cannot be understood, or an attribute is named twice.
    """
    attributes: dict[str, Attribute] = {}
    as_typed = [text if text in columns else _as_written(text, columns) for text in typed]
    split = [_split(text, columns) for text in as_typed]
    if not all(split):
        raise OptionError(option, f"{typed[split.index([])]!r} names no column")
    for word in itertools.chain.from_iterable(split):
        attribute = _parse_one(word, columns=columns, file=file, option=option)
        if attribute.name in attributes:
            raise OptionError(option, f"names {attribute.name!r} twice")
        attributes[attribute.name] = attribute
    return tuple(attributes.values())


def _as_written(typed: str, columns: Sequence[str]) -> str:
    """Write the names of columns as the file does, whose letters may be composed in another way."""
    typed = composed(typed)
    for column in sorted((c for c in columns if composed(c) != c), key=len, reverse=True):
        typed = typed.replace(composed(column), column)
    return typed


def range_names(edges: Sequence[float], *, exact: bool = False) -> tuple[str, ...]:
    """Name the ranges between edges; each range holds its lower edge and not its upper one.

    Parameters
    ----------
    exact
        Whether edges keep all their digits, as somebody chose them; those that are found in the data have six.

    >>> range_names([25, 45])
    ('below 25', '25 to below 45', '45 and above')
    """
    shown = [_edge_text(edge) for edge in edges]
    if len(set(shown)) < len(shown) or (
        exact and any(float(s) != e for s, e in zip(shown, edges, strict=True))
    ):
        shown = [repr(edge) for edge in edges]
    middle = [f"{low} to below {high}" for low, high in itertools.pairwise(shown)]
    return (f"below {shown[0]}", *middle, f"{shown[-1]} and above")


def _edge_text(edge: float) -> str:
    """Write an edge as people read it: whole numbers whole, others with six digits and two behind the point at least."""
    if edge == int(edge) and abs(edge) < 1e15:
        return str(int(edge))
    digits = max(6, len(str(int(abs(edge)))) + 2)
    return f"{Decimal(f'{edge:.{digits}g}'):f}" if 1e-4 <= abs(edge) < 1e15 else f"{edge:.6g}"


def _split(typed: str, columns: Sequence[str]) -> list[str]:
    """Split a comma list; numbers that follow a cut's first edge belong to that cut."""
    if typed in columns:
        return [typed]
    words: list[str] = []
    for part in typed.split(","):
        word = part if part in columns else part.strip()
        # In age:25,45*sex the edge ends where the next column begins.
        first = word if word in columns else word.partition("*")[0].strip()
        if words and _NUMBER.fullmatch(first) and first not in columns and ":" in words[-1]:
            words[-1] += f",{word}"
        elif word:
            words.append(word)
    return words


def _parse_one(word: str, *, columns: Sequence[str], file: str, option: str) -> Attribute:
    if (column := _column_meant(word, columns)) is not None:
        return Attribute(name=column, dimensions=(Dimension(column=column),))
    parts = [part if part in columns else part.strip() for part in word.split("*")]
    if "" in parts and len(parts) > 1:
        raise OptionError(
            option,
            f"{word!r} lacks a column {_lacking(parts.index(''), len(parts))}",
            hint="An intersection is written as in 'race*sex'",
        )
    dimensions = tuple(_parse_dimension(part, columns=columns, file=file, option=option) for part in parts)
    if len({dimension.column for dimension in dimensions}) < len(dimensions):
        raise OptionError(option, f"{word!r} crosses a column with itself")
    return Attribute(name="*".join(_dimension_name(d) for d in dimensions), dimensions=dimensions)


def _lacking(place: int, parts: int) -> str:
    """Say where an intersection lacks a column."""
    if place == 0:
        return "before its first *"
    return "behind its last *" if place == parts - 1 else "between two *"


def _dimension_name(dimension: Dimension) -> str:
    match dimension.cut:
        case None:
            return dimension.column
        case Cut(kind=CutKind.EDGES, edges=edges):
            # One whole number without a point would be a number of bins.
            return (
                f"{dimension.column}:{float(edges[0])!r}"
                if len(edges) == 1
                else f"{dimension.column}:{','.join(written(edge) for edge in edges)}"
            )
        case Cut(kind=CutKind.BINS, bins=bins):
            return f"{dimension.column}:{bins}"
        case Cut(kind=kind):
            return f"{dimension.column}:{kind}"


def _column_meant(word: str, columns: Sequence[str]) -> str | None:
    """Find the column of a name, or the only one whose name looks like it."""
    if word in columns:
        return word
    alike = [column for column in columns if clean(column) == clean(word)]
    return alike[0] if len(alike) == 1 else None


def _parse_dimension(word: str, *, columns: Sequence[str], file: str, option: str) -> Dimension:
    if (whole := _column_meant(word, columns)) is not None:
        return Dimension(column=whole)
    name, colon, cut = word.rpartition(":")
    if not colon:
        raise ColumnMissing(file, word, columns)
    if not name.strip() and name not in columns:
        raise OptionError(
            option, f"{word!r} names no column before its colon", hint="A cut is written as in 'age:25,45'"
        )
    if (column := _column_meant(name, columns)) is None:
        raise ColumnMissing(file, name, columns)
    return Dimension(column=column, cut=_parse_cut(cut.strip(), word=word, option=option))


def _parse_cut(cut: str, *, word: str, option: str) -> Cut:
    names = (CutKind.MEAN, CutKind.MEDIAN, CutKind.QUARTILES)
    if cut in names:
        return Cut(kind=CutKind(cut))
    numbers = [number.strip() for number in cut.split(",")]
    if not all(_NUMBER.fullmatch(number) for number in numbers):
        raise OptionError(
            option,
            f"{word!r} does not say how to cut the column",
            hint=f"{did_you_mean(cut, names)} Give edges (25,45), a number of equal-count bins (5), mean, median or quartiles".strip(),
        )
    if len(numbers) == 1 and numbers[0].isdigit() and 2 <= int(numbers[0]) <= MOST_BINS:
        # A single whole number is a number of bins; a single edge is written with a point or a second edge.
        return Cut(kind=CutKind.BINS, bins=int(numbers[0]))
    if len(numbers) == 1 and not set(numbers[0]) & set(".eE"):
        raise OptionError(
            option,
            f"{word!r}: {numbers[0]} is no number of bins from 2 to {MOST_BINS}",
            hint=f"Write {numbers[0]}.0 for one edge",
        )
    edges = tuple(float(number) for number in numbers)
    if not all(math.isfinite(edge) for edge in edges):
        raise OptionError(option, f"{word!r}: an edge is out of range")
    if any(low >= high for low, high in itertools.pairwise(edges)):
        raise OptionError(option, f"{word!r}: the edges do not rise")
    return Cut(kind=CutKind.EDGES, edges=edges)
