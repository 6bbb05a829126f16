"""Attributes as typed: ``race``, ``age:25,45``, ``city:top20``, ``len(review):quartiles``, ``signup.year``, ``race*sex``."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from fairaudit.errors import ColumnMissing, OptionError, did_you_mean, written
from fairaudit.spelling import named_by
from fairaudit.texts import clean, composed

MISSING_GROUP = "(missing)"
LACKING = "missing"
"""The group of those who lack a value, of what tells whether one is there."""
CROSS = " * "
"""Stands between the values of several columns in the name of a group."""
EVERYBODY_ELSE = "(everybody else)"
"""The reference of a group that is compared with the rest; an attribute's own groups may be called anything else."""
AS_BEFORE = "(baseline)"
"""What a group of the baseline is called beside itself."""
NONE_OF_THEM = "(none of them)"
"""The group of those who are in none of the groups that overlap."""
MEMBERS = ("in", "not in")
"""The groups of one column of members."""
OTHER_GROUP = "(other)"
"""All values but the most frequent, where only these are groups of their own."""
SUPPRESSED_GROUP = "(suppressed)"
MOST_BINS = 50
MOST_KEPT = 500
"""So many of the most frequent values can be groups of their own."""
FORMS = (
    "A slice is a column (race), ranges of its numbers (age:25,45, age:5, age:mean, age:median, age:quartiles, age:deciles), its most frequent "
    "values (city:top20), missing(income), len(review), words(review), signup.year, signup.month, signup.weekday, label, decision, source, "
    "races:{black,asian} (columns of 0 and 1), the name of a condition, or several crossed (race*sex)"
)
"""Every form, for the messages."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_CALL = re.compile(r"([a-z]+)\((.*)\)", re.ASCII | re.DOTALL)
_OPEN = re.compile(r".*:\{[^}]*$|(.*\*)?\s*(missing|len|words)\([^)]*$", re.ASCII | re.DOTALL)
_BRACES = re.compile(r":\{([^}]*)\}")
_MEMBER = re.compile(r"(\s*[^:{}*\s][^:{}*]*):\{([^}]*)\}")
_TOP = re.compile(r"top(\d+)", re.ASCII)


class CutKind(StrEnum):
    """How a numeric column is cut into ranges."""

    MEAN = "mean"
    MEDIAN = "median"
    QUARTILES = "quartiles"
    DECILES = "deciles"
    BINS = "bins"
    EDGES = "edges"


class EdgesFrom(StrEnum):
    """Where the edges of a cut come from: the user, the rows that are audited, the rows that a model learnt from, or a file of slices."""

    GIVEN = "given"
    ROWS = "rows"
    TRAINING = "training"
    LOCK = "lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A way to cut; `edges` are given for EDGES, `bins` for BINS."""

    kind: CutKind
    edges: tuple[float, ...] = ()
    bins: int = 0

    @property
    def shares(self) -> tuple[float, ...]:
        """Shares of the rows below each edge, where the edges are quantiles."""
        parts = {CutKind.MEDIAN: 2, CutKind.QUARTILES: 4, CutKind.DECILES: 10, CutKind.BINS: self.bins}.get(
            self.kind, 0
        )
        return tuple(index / parts for index in range(1, parts))


class Take(StrEnum):
    """What of a column people are grouped by."""

    VALUE = "value"
    MISSING = "missing"
    LETTERS = "len"
    WORDS = "words"
    YEAR = "year"
    MONTH = "month"
    WEEKDAY = "weekday"
    MEMBER = "member"
    NOWHERE = "nowhere"
    DECISION = "decision"
    CONDITION = "condition"


_CALLED = (Take.MISSING, Take.LETTERS, Take.WORDS)
"""Forms that are written as ``len(review)``."""
_PARTS = (Take.YEAR, Take.MONTH, Take.WEEKDAY)
"""Forms that are written as ``signup.year``."""
CUTTABLE = (Take.VALUE, Take.LETTERS, Take.WORDS, Take.YEAR)
"""What is a number that can be cut into ranges."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """One column, or what is taken of it, cut or as it is.

    Attributes
    ----------
    column
        Its name; of a decision or a condition what that is called.
    top
        Of the values only so many are groups of their own, if it is not 0.
    of
        The columns that a decision or a condition is made of, or of which people may be in none.
    family
        What a column of members is one of, as in ``races:{black}``.
    """

    column: str
    cut: Cut | None = None
    take: Take = Take.VALUE
    top: int = 0
    of: tuple[str, ...] = ()
    family: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that have to be read."""
        return self.of if self.take in (Take.DECISION, Take.CONDITION, Take.NOWHERE) else (self.column,)

    @property
    def called(self) -> str:
        """What it is called, without its cut."""
        if self.take in _CALLED:
            return f"{self.take}({self.column})"
        if self.take in (Take.MEMBER, Take.NOWHERE):
            return f"{self.family}:{{{','.join(self.columns)}}}"
        return f"{self.column}.{self.take}" if self.take in _PARTS else self.column

    @property
    def name(self) -> str:
        """What it is called."""
        return self.called + (f":top{self.top}" if self.top else _cut_name(self.cut))

    @property
    def is_plain(self) -> bool:
        """Whether each value of the column is a group."""
        return self.take is Take.VALUE and self.cut is None and not self.top


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """What people are grouped by: one part, or the intersection of several.

    A part is one dimension; or several columns of members, of which people may be in several, or in none. Whoever is in none is in the last
    dimension of such a part.
    """

    name: str
    dimensions: tuple[Dimension, ...]

    @property
    def parts(self) -> tuple[tuple[Dimension, ...], ...]:
        """The dimensions of each part."""
        parts: list[tuple[Dimension, ...]] = []
        for dimension in self.dimensions:
            members: tuple[Dimension, ...] = ()
            if dimension.take is Take.NOWHERE:
                parts, begun = parts[: -len(dimension.of)], parts[-len(dimension.of) :]
                members = tuple(itertools.chain.from_iterable(begun))
            parts.append((*members, dimension))
        return tuple(parts)

    @property
    def called(self) -> tuple[str, ...]:
        """What each part is called, without its cut."""
        return tuple(part[-1].called for part in self.parts)

    @property
    def overlapping(self) -> bool:
        """Whether its groups may have people in common."""
        return any(dimension.take is Take.NOWHERE for dimension in self.dimensions)

    @property
    def members(self) -> tuple[str, ...]:
        """The columns of its groups, where these overlap."""
        return tuple(column for d in self.dimensions if d.take is Take.NOWHERE for column in d.of)

    @property
    def apart(self) -> tuple[str, ...]:
        """The names of the attributes that say of each column of members by itself who is in it."""
        each = ([d.name for d in part if len(part) == 1 or d.take is Take.MEMBER] for part in self.parts)
        return tuple("*".join(names) for names in itertools.product(*each))

    @property
    def width(self) -> int:
        """Of how many names that of a group is made."""
        return len(self.parts)


_NOT_HERE = {
    "source": "'source' is the file that a row came from, where several are read at once",
    "label": "There is no label here that could be meant",
    "decision": "There are no scores here that could be decided",
}
"""Why something cannot be named that other tables have."""
NOTHING_ELSE: Mapping[str, Dimension] = {}
"""Where only columns can be named."""


def parse_attributes(
    typed: Sequence[str],
    *,
    columns: Sequence[str],
    file: str,
    option: str,
    more: Mapping[str, Dimension] = NOTHING_ELSE,
    overlapping: bool = False,
) -> tuple[Attribute, ...]:
    """Read attribute options, each of which may be a comma list.

    A word that is a column's whole name is that column, whatever signs it holds.

    Parameters
    ----------
    more
        What else can be named, such as the decision.
    overlapping
        Whether several columns of members are one part of an attribute, whose groups may have people in common; otherwise each is one of its own.

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
    for word in itertools.chain.from_iterable(
        [w] if overlapping else _each(w, columns) for w in itertools.chain.from_iterable(split)
    ):
        attribute = _parse_one(word, columns=columns, file=file, option=option, more=more)
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


def range_names(edges: Sequence[float], *, exact: bool = False, unit: str = "") -> tuple[str, ...]:
    """Name the ranges between edges; each range holds its lower edge and not its upper one.

    Parameters
    ----------
    exact
        Whether edges keep all their digits, as somebody chose them; those that are found in the data have six.
    unit
        What is counted.

    >>> range_names([25, 45])
    ('below 25', '25 to below 45', '45 and above')
    >>> range_names([25, 45], unit="words")
    ('below 25 words', '25 to below 45 words', '45 words and above')
    """
    shown = [_edge_text(edge) for edge in edges]
    if len(set(shown)) < len(shown) or (
        exact and any(float(s) != e for s, e in zip(shown, edges, strict=True))
    ):
        shown = [repr(edge) for edge in edges]
    behind = f" {unit}" if unit else ""
    middle = [f"{low} to below {high}{behind}" for low, high in itertools.pairwise(shown)]
    return (f"below {shown[0]}{behind}", *middle, f"{shown[-1]}{behind} and above")


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
    for part in _parted(typed, ",", columns):
        word = part if part in columns else part.strip()
        # In age:25,45*sex the edge ends where the next column begins.
        first = word if word in columns else word.partition("*")[0].strip()
        if words and _NUMBER.fullmatch(first) and first not in columns and ":" in words[-1]:
            words[-1] += f",{word}"
        elif word:
            words.append(word)
    return words


def _parse_one(
    word: str, *, columns: Sequence[str], file: str, option: str, more: Mapping[str, Dimension]
) -> Attribute:
    if (column := _column_meant(word, columns)) is not None:
        return Attribute(name=column, dimensions=(Dimension(column=column),))
    parts = [part if part in columns else part.strip() for part in _parted(word, "*", columns)]
    if "" in parts and len(parts) > 1:
        raise OptionError(
            option,
            f"{word!r} lacks a column {_lacking(parts.index(''), len(parts))}",
            hint="An intersection is written as in 'race*sex'",
        )
    parsed = [_parse_part(part, columns=columns, file=file, option=option, more=more) for part in parts]
    called = [dimension.called for part in parsed for dimension in part]
    if len(set(called)) < len(called):
        raise OptionError(option, f"{word!r} crosses a column with itself")
    return Attribute(
        name="*".join(part[-1].name for part in parsed),
        dimensions=tuple(itertools.chain.from_iterable(parsed)),
    )


def _parse_part(
    word: str, *, columns: Sequence[str], file: str, option: str, more: Mapping[str, Dimension]
) -> tuple[Dimension, ...]:
    """Read a part of an intersection: of several columns of members, whose groups may have people in common, first each and then none of them."""
    if not _is_family(word, columns):
        return (_parse_dimension(word, columns=columns, file=file, option=option, more=more),)
    dimensions = [
        _parse_dimension(one, columns=columns, file=file, option=option, more=NOTHING_ELSE)
        for one in _each(word, columns)
    ]
    names = [dimension.column for dimension in dimensions]
    if twice := next((d for d in dimensions if names.count(d.column) > 1), None):
        raise OptionError(option, f"names {twice.called!r} twice")
    if (taken := next((n for n in names if n in (MISSING_GROUP, NONE_OF_THEM)), None)) is not None:
        raise OptionError(
            option,
            f"{taken!r} is a column of {word!r}, and what people are called of whom that is not known, or who are in none",
            hint="Give the column another name",
        )
    family = dimensions[0].family
    return (*dimensions, Dimension(column=family, take=Take.NOWHERE, of=tuple(names), family=family))


def _is_family(word: str, columns: Sequence[str]) -> bool:
    """Tell whether a word names several columns of members, and nothing else."""
    member = _MEMBER.fullmatch(word)
    return member is not None and "," in member[2] and _column_meant(word, columns) is None


def _parted(typed: str, sign: str, columns: Sequence[str]) -> list[str]:
    """Split at a sign, but not within the brackets of ``len(a,b)``."""
    parts: list[str] = []
    for part in typed.split(sign):
        if parts and parts[-1] not in columns and _OPEN.match(parts[-1].lstrip()):
            parts[-1] += f"{sign}{part}"
        else:
            parts.append(part)
    return parts


def _each(word: str, columns: Sequence[str]) -> list[str]:
    """Write each column of members by itself: of ``races:{black,asian}`` people may be in both."""
    braces = None if word in columns else _BRACES.search(word)
    if braces is None or "," not in braces[1]:
        return [word]
    return [
        one
        for member in braces[1].split(",")
        for one in _each(f"{word[: braces.start(1)]}{member.strip()}{word[braces.end(1) :]}", columns)
    ]


def _lacking(place: int, parts: int) -> str:
    """Say where an intersection lacks a column."""
    if place == 0:
        return "before its first *"
    return "behind its last *" if place == parts - 1 else "between two *"


def _cut_name(cut: Cut | None) -> str:
    match cut:
        case None:
            return ""
        case Cut(kind=CutKind.EDGES, edges=edges):
            # One whole number without a point would be a number of bins.
            return f":{float(edges[0])!r}" if len(edges) == 1 else f":{','.join(map(written, edges))}"
        case Cut(kind=CutKind.BINS, bins=bins):
            return f":{bins}"
        case Cut(kind=kind):
            return f":{kind}"


def _column_meant(word: str, columns: Sequence[str]) -> str | None:
    """Find the column of a name, or the only one whose name looks like it."""
    if word in columns:
        return word
    alike = [column for column in columns if clean(column) == clean(word)]
    return alike[0] if len(alike) == 1 else None


def _parse_dimension(
    word: str, *, columns: Sequence[str], file: str, option: str, more: Mapping[str, Dimension]
) -> Dimension:
    if (whole := _column_meant(word, columns)) is not None:
        return Dimension(column=whole)
    if word in more:
        return more[word]
    if (form := _parse_form(word, columns=columns, file=file, option=option)) is not None:
        return form
    name, colon, cut = word.rpartition(":")
    if not colon:
        raise ColumnMissing(file, word, columns, hint=_NOT_HERE.get(word) or _named())
    if not name.strip() and name not in columns:
        raise OptionError(
            option, f"{word!r} names no column before its colon", hint="A cut is written as in 'age:25,45'"
        )
    column = _column_meant(name, columns)
    if column is not None:
        of: Dimension | None = Dimension(column=column)
    else:
        of = more.get(name) or _parse_form(name, columns=columns, file=file, option=option)
    if of is None:
        raise ColumnMissing(file, name, columns, hint=_named())
    if of.take not in CUTTABLE:
        raise OptionError(
            option, f"{word!r} cuts what is no number", hint=f"{of.called!r} has its own groups"
        )
    if of.take is Take.VALUE and (top := _TOP.fullmatch(cut.strip())):
        return replace(of, top=_most_kept(top[1], word=word, option=option))
    return replace(of, cut=_parse_cut(cut.strip(), word=word, option=option))


def _named() -> str:
    """Say where a column is named, if nobody has typed it."""
    return named_by("attribute", "feature", "over", other="COLUMN")


def _parse_form(word: str, *, columns: Sequence[str], file: str, option: str) -> Dimension | None:
    """Read what is taken of a column, as in ``len(review)`` and ``signup.year``; ``None`` where it is no such form."""
    if member := _MEMBER.fullmatch(word):
        column = _column_meant(member[2], columns) or _column_meant(member[2].strip(), columns)
        if column is None:
            raise ColumnMissing(file, member[2], columns, hint=_named())
        return Dimension(column=column, take=Take.MEMBER, family=member[1].strip())
    if called := _CALL.fullmatch(word):
        column = _column_meant(called[2], columns) or _column_meant(called[2].strip(), columns)
        if called[1] in _CALLED and column is None:
            raise ColumnMissing(file, called[2], columns, hint=_named())
        form, known = called[1], _CALLED
    else:
        name, _, form = word.rpartition(".")
        column, known = _column_meant(name, columns) if name.strip() else None, _PARTS
    if column is None or not form.isalpha():
        return None
    if form not in known:
        nearest = did_you_mean(form, known)
        raise OptionError(option, f"{word!r} is no form of a slice", hint=f"{nearest} {FORMS}".strip())
    return Dimension(column=column, take=Take(form))


def _most_kept(number: str, *, word: str, option: str) -> int:
    """Read how many values are groups of their own."""
    if not 1 <= len(number) <= len(str(MOST_KEPT)) or not 1 <= int(number) <= MOST_KEPT:
        raise OptionError(option, f"{word!r}: of 1 to {MOST_KEPT} values each can be a group of its own")
    return int(number)


def _parse_cut(cut: str, *, word: str, option: str) -> Cut:
    names = (CutKind.MEAN, CutKind.MEDIAN, CutKind.QUARTILES, CutKind.DECILES)
    if cut in names:
        return Cut(kind=CutKind(cut))
    numbers = [number.strip() for number in cut.split(",")]
    if not all(_NUMBER.fullmatch(number) for number in numbers):
        raise OptionError(
            option,
            f"{word!r} does not say how to cut the column",
            hint=f"{did_you_mean(cut, names)} Give edges (25,45), a number of equal-count bins (5), mean, median, quartiles or deciles; or top20 for the 20 most frequent values".strip(),
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
