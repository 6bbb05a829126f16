"""One look at the texts of a column: what kinds there are, how often, and what has to be done before they can be compared."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import duckdb

from fairaudit.engine.sql import text
from fairaudit.read.forms import NUMBERS, Facet, Kind
from fairaudit.read.spreadsheet import plain_cell, plain_cell_sql
from fairaudit.read.values import (
    CAST,
    COMMA_NUMBER,
    CURRENCY,
    MOMENT,
    PLAIN,
    POINT_NUMBER,
    clean_sql,
    is_number,
    trim_sql,
)
from fairaudit.texts import EDGES

_VALUES = 5
"""The place, in what is read of a group of texts, of how many different ones there are."""
_MOST_COUNTED = 10_000
_BOOLEANS = ("true", "false")
_COUNTED = 12
"""How many different values are counted of each kind that is told by its values."""
_LONGEST = 100
"""Signs; Python may take as long as the square of the length of a text for what DuckDB's patterns take as long as that."""
_SIMPLE = re.compile("[ -~À-ÖØ-öø-ÿ]*")
"""Texts of what ASCII prints, and of the letters of Western Europe, each of which is one sign in one form, and is in no number."""
_NO_NUMBER = re.compile(r"[^0-9]*|.*[^-+(),.' $%0-9A-Zekr].*|[^0-9]*[0-9].*(?<![eE])[-+].*")
"""Simple texts that are surely no numbers, however written: without a digit, with other signs and letters, with a sign behind a digit.

This is told much sooner than the long patterns of numbers are compiled.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What stands for a missing value: everywhere, and in columns that otherwise hold numbers."""

    everywhere: tuple[str, ...]
    in_numbers: tuple[str, ...] = ()

    @property
    def numbers(self) -> str:
        """The marks that are numbers themselves, such as 999, as a list for SQL; empty without any."""
        return ", ".join(f"CAST({text(mark)} AS DOUBLE)" for mark in self.everywhere if is_number(mark))

    @property
    def written(self) -> tuple[str, ...]:
        """Those of a column of numbers that are told as they are written: an apostrophe may be none of a value."""
        return tuple(
            mark
            for mark in (*self.everywhere, *self.in_numbers)
            if not mark.startswith("'") and "\x00" not in mark
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a look found.

    Attributes
    ----------
    facets
        The texts by kind.
    untidy, odd_signs, apostrophes
        Whether texts begin or end with blanks; whether they hold other signs that do not show; whether an apostrophe stands before what a
        spreadsheet would run.
    booleans, all_booleans
        Whether there is a true or false in capitals; whether there is nothing else.
    moments
        Whether there are dates with times.
    empty
        Whether there are empty texts.
    plain
        Whether all numbers are written as programs write them.
    missing, marks, others
        Values of these kinds, the most frequent, with their rows.
    raws
        All texts as they are written, in their order, each with its rows; ``None`` where they were not to be kept.
    """

    facets: tuple[Facet, ...]
    untidy: bool
    odd_signs: bool
    apostrophes: bool
    booleans: bool
    all_booleans: bool
    moments: bool
    empty: bool
    plain: bool
    missing: Mapping[str, int]
    marks: Mapping[str, int]
    others: Mapping[str, int]
    raws: Sequence[tuple[str, int]] | None = None

    @property
    def values(self) -> int:
        """How many different texts there are."""
        return sum(facet.values for facet in self.facets)


NOTHING = Look(
    facets=(),
    untidy=False,
    odd_signs=False,
    apostrophes=False,
    booleans=False,
    all_booleans=False,
    moments=False,
    empty=False,
    plain=True,
    missing={},
    marks={},
    others={},
    raws=(),
)
"""A look at a column without texts."""


def look(connection: duckdb.DuckDBPyConnection, looked: str, *, few: int = 0) -> dict[int, Look]:
    """Look at the texts of one or more columns.

    Parameters
    ----------
    looked
        SQL of the texts with their kinds, as `looked_sql` writes it, or a table of these.
    few
        Of columns of at most so many different texts these are kept; in a table each text stands once.

    Returns
    -------
    dict
        By place; columns without texts are left out.
    """
    is_boolean = "lower(t) IN ('true', 'false')"
    groups: dict[int, list[tuple[Any, ...]]] = {}
    for place, *group in connection.execute(
        "SELECT place, kind, decoration, castable, zeros, CAST(sum(n) AS BIGINT), count(*), min(length(t)), max(length(t)), min(t), "
        f"bool_or(v <> c), bool_or(NOT plain AND {trim_sql('v')} <> c), bool_or({is_boolean} AND lower(t) <> t), bool_and({is_boolean}), "
        f"bool_or(NOT plain AND regexp_full_match(t, {text(MOMENT)})), bool_or(t = ''), bool_or(c <> t), bool_and(plain) FROM {looked} GROUP BY ALL ORDER BY ALL"
    ).fetchall():
        groups.setdefault(place, []).append(tuple(group))
    small = [place for place, members in groups.items() if sum(group[_VALUES] for group in members) <= few]
    texts = _texts(connection, looked, small)
    counts = _counts(connection, looked, {p: members for p, members in groups.items() if p not in texts})
    return {
        place: _look(members, counts.get(place, {}), None)
        if place not in texts
        else _look(members, _most_frequent(texts[place]), [(raw, rows) for raw, _, _, rows in texts[place]])
        for place, members in groups.items()
    }


_TRIPLE = r"-?[1-9][0-9]{0,2}\.[0-9]{3}(?:[eE].*)?"
"""Numbers as programs write them, with a point, that are numbers with points between thousands as well."""


def is_simple(text: str) -> bool:
    """Tell whether `look_at` may look at a text: it is short, and has no signs but those that are the same, in every way, to Python and DuckDB."""
    return len(text) <= _LONGEST and _SIMPLE.fullmatch(text) is not None


def few_texts(
    connection: duckdb.DuckDBPyConnection, relation: str, columns: int
) -> dict[int, dict[str, int]]:
    """Fetch the texts of columns, each with its rows, by the place of the column; columns whose texts are not simple are left out."""
    texts: dict[int, dict[str, int]] = {place: {} for place in range(columns)}
    for place, raw, rows in connection.execute(f"SELECT place, v, n FROM {relation}").fetchall():
        texts[place][raw] = int(rows)
    return {place: own for place, own in texts.items() if all(map(is_simple, own))}


def counted_texts(rows: Sequence[tuple[str | None, ...]], number: int) -> list[Counter[str]]:
    """Count the rows of each text in so many columns."""
    columns = zip(*rows, strict=True) if rows else [()] * number
    return [Counter(text for text in column if text is not None) for column in columns]


def look_at(texts: Mapping[str, int], marks: Marks, *, apostrophes: bool, few: int) -> Look:
    """Look at few simple texts, each with its rows, as `look` does where DuckDB would take longer to prepare that.

    Parameters
    ----------
    marks
        None of those that stand for a missing value everywhere is a number.
    apostrophes, few
        As for `looked_sql` and `look`.
    """
    looked = {raw: _Looked.of(raw, marks, apostrophes=apostrophes) for raw in sorted(texts)}
    alike: dict[tuple[str, str, bool, bool], list[str]] = {}
    for raw, one in looked.items():
        alike.setdefault((one.kind, one.decoration, one.castable, one.zeros), []).append(raw)
    groups = [
        (
            *same,
            sum(texts[raw] for raw in raws),
            len(raws),
            *(end(len(looked[raw].meant) for raw in raws) for end in (min, max)),
            min(looked[raw].meant for raw in raws),
            *_any_of(raws, [looked[raw] for raw in raws]),
        )
        for same, raws in sorted(alike.items())
    ]
    by_text = [(raw, one.kind, one.meant, texts[raw]) for raw, one in looked.items()]
    return _look(groups, _most_frequent(by_text), sorted(texts.items()) if len(texts) <= few else None)


class _Looked(NamedTuple):
    """A text, without blanks around it and as it is meant, and what kind it is; see `looked_sql`."""

    bare: str
    meant: str
    plain: bool
    kind: Kind
    decoration: str
    castable: bool
    zeros: bool

    @classmethod
    def of(cls, raw: str, marks: Marks, *, apostrophes: bool) -> _Looked:
        plain = _matches(PLAIN, raw)
        bare = raw if plain else raw.strip(EDGES)
        meant = plain_cell(bare).strip(EDGES) if apostrophes and not plain else bare
        number = not plain and not _NO_NUMBER.fullmatch(meant)
        point = plain or (number and _matches(POINT_NUMBER, meant))
        if plain:
            comma = "." not in meant or _matches(_TRIPLE, meant)
        else:
            comma = number and _matches(COMMA_NUMBER, meant)
        return cls(
            bare=bare,
            meant=meant,
            plain=plain,
            kind=_kind(meant, marks, plain=plain, point=point, comma=comma),
            decoration=_decoration(meant, plain=plain) if point or comma else "",
            castable=plain or _matches(CAST, meant),
            zeros=not plain and _matches("[+-]?0[0-9].*", meant),
        )


def _matches(pattern: str, value: str) -> bool:
    return re.fullmatch(pattern, value) is not None


def _kind(meant: str, marks: Marks, *, plain: bool, point: bool, comma: bool) -> Kind:
    number = Kind.EITHER if point and comma else Kind.POINT if point else Kind.COMMA if comma else Kind.OTHER
    if plain:
        return number
    if not meant or meant in marks.everywhere:
        return Kind.MISSING
    return Kind.MARK if meant in marks.in_numbers else number


def _decoration(meant: str, *, plain: bool) -> str:
    sign = None if plain else re.search(f"{CURRENCY}|%", meant)
    return sign[0] if sign else "" if re.search("[1-9]", meant) else "0"


def _any_of(raws: Sequence[str], looked: Sequence[_Looked]) -> tuple[bool, ...]:
    """Tell of which there are any, in the order in which `look` asks for it."""
    each = [
        (
            raw != one.bare,
            not one.plain and raw.strip(EDGES) != one.bare,
            one.meant.lower() in _BOOLEANS and one.meant.lower() != one.meant,
            one.meant.lower() not in _BOOLEANS,
            not one.plain and _matches(MOMENT, one.meant),
            not one.meant,
            one.bare != one.meant,
            not one.plain,
        )
        for raw, one in zip(raws, looked, strict=True)
    ]
    untidy, odd_signs, capitals, others, moments, empty, apostrophes, odd = map(any, zip(*each, strict=True))
    return untidy, odd_signs, capitals, not others, moments, empty, apostrophes, not odd


def _texts(
    connection: duckdb.DuckDBPyConnection, looked: str, places: Sequence[int]
) -> dict[int, list[tuple[str, str, str, int]]]:
    """Read the texts of columns, in their order: as they are written, their kind, what is meant, and their rows."""
    texts: dict[int, list[tuple[str, str, str, int]]] = {place: [] for place in places}
    if places:
        for place, *one in connection.execute(
            f"SELECT place, v, kind, t, n FROM {looked} WHERE place IN ({', '.join(map(str, places))}) ORDER BY v"
        ).fetchall():
            texts[place].append(tuple(one))
    return texts


def _most_frequent(texts: Sequence[tuple[str, str, str, int]]) -> dict[str, dict[str, int]]:
    """Count the most frequent values of each kind that is told by its values, as `_counts` does."""
    rows_of: dict[str, Counter[str]] = {}
    for _, kind, value, rows in texts:
        if kind in (Kind.MISSING, Kind.MARK, Kind.OTHER):
            rows_of.setdefault(kind, Counter())[value] += rows
    return {
        kind: dict(sorted(values.items(), key=lambda one: (-one[1], one[0]))[:_COUNTED])
        for kind, values in rows_of.items()
    }


def _look(
    groups: Sequence[tuple[Any, ...]],
    counts: Mapping[str, Mapping[str, int]],
    raws: Sequence[tuple[str, int]] | None,
) -> Look:
    present = [group for group in groups if group[0] != Kind.MISSING]
    return Look(
        facets=tuple(
            Facet(
                kind=Kind(kind),
                decoration=decoration,
                castable=castable,
                zeros=zeros,
                rows=rows,
                values=values,
                shortest=shortest,
                longest=longest,
                example=example,
            )
            for kind, decoration, castable, zeros, rows, values, shortest, longest, example, *_ in groups
        ),
        untidy=any(group[9] for group in groups),
        odd_signs=any(group[10] for group in groups),
        booleans=any(group[11] for group in groups),
        all_booleans=bool(present) and all(group[12] for group in present),
        moments=any(group[13] for group in groups),
        empty=any(group[14] for group in groups),
        apostrophes=any(group[15] for group in groups),
        plain=all(group[16] for group in groups if group[0] in NUMBERS),
        missing={value: rows for value, rows in counts.get(Kind.MISSING, {}).items() if value},
        marks=counts.get(Kind.MARK, {}),
        others=counts.get(Kind.OTHER, {}),
        raws=raws,
    )


def count_marks(connection: duckdb.DuckDBPyConnection, relation: str, marks: Marks) -> dict[str, int]:
    """Count the most frequent marks of missing values in a column of numbers, as `look` does, from each ``mark`` and its number of ``rows``."""
    counts = connection.execute(
        f"SELECT mark, rows FROM {relation} WHERE mark <> '' ORDER BY rows DESC, mark"
    ).fetchall()
    kinds = [[one for one in counts if (one[0] in marks.everywhere) is there] for there in (True, False)]
    return {mark: rows for kind in kinds for mark, rows in kind[:_COUNTED]}


def is_missing_sql(value: str, marks: Marks) -> str:
    """Write the SQL that tells whether a text stands for a missing value wherever it is."""
    missing = f"{value} IN ('', {_listed(marks.everywhere)})" if marks.everywhere else f"{value} = ''"
    if marks.numbers:
        missing = f"({missing} OR (regexp_full_match({value}, {text(CAST)}) AND TRY_CAST({value} AS DOUBLE) IN ({marks.numbers})))"
    return missing


def looked_sql(relation: str, marks: Marks, *, apostrophes: bool = False) -> str:
    """Write the SQL of texts with their kinds; numbers as programs write them, which most are, need few looks.

    Parameters
    ----------
    relation
        SQL of the texts ``v``, each with the ``place`` of its column and the number ``n`` of rows that it stands for.
    apostrophes
        Whether an apostrophe may stand before what a spreadsheet would run.
    """
    mark = f"WHEN t IN ({_listed(marks.in_numbers)}) THEN {text(Kind.MARK)} " if marks.in_numbers else ""
    kind = (
        f"CASE {'' if marks.numbers else f'WHEN plain AND comma THEN {text(Kind.EITHER)} WHEN plain THEN {text(Kind.POINT)} '}"
        f"WHEN {is_missing_sql('t', marks)} THEN {text(Kind.MISSING)} {mark}"
        f"WHEN point AND comma THEN {text(Kind.EITHER)} WHEN point THEN {text(Kind.POINT)} WHEN comma THEN {text(Kind.COMMA)} "
        f"ELSE {text(Kind.OTHER)} END"
    )
    sign = f"regexp_extract(t, {text(f'({CURRENCY}|%)')}, 1)"
    decoration = (
        f"CASE WHEN NOT point AND NOT comma THEN '' WHEN NOT plain AND {sign} <> '' THEN {sign} "
        "WHEN NOT regexp_matches(t, '[1-9]') THEN '0' ELSE '' END"
    )
    whole = "plain AND NOT contains(t, '.')"
    cleaned = f"CASE WHEN plain THEN v ELSE {clean_sql('v')} END"
    without = f"CASE WHEN plain THEN c ELSE {trim_sql(plain_cell_sql('c'))} END" if apostrophes else "c"
    marked = f"(SELECT place, v, n, regexp_full_match(v, {text(PLAIN)}) AS plain FROM {relation})"
    return (
        f"(SELECT place, v, n, c, t, plain, {kind} AS kind, {decoration} AS decoration, "
        f"plain OR regexp_full_match(t, {text(CAST)}) AS castable, NOT plain AND regexp_matches(t, '^[+-]?0[0-9]') AS zeros "
        f"FROM (SELECT *, CASE WHEN plain THEN true ELSE regexp_full_match(t, {text(POINT_NUMBER)}) END AS point, "
        f"CASE WHEN {whole} THEN true ELSE regexp_full_match(t, {text(COMMA_NUMBER)}) END AS comma "
        f"FROM (SELECT *, {without} AS t FROM (SELECT *, {cleaned} AS c FROM {marked}))))"
    )


def _counts(
    connection: duckdb.DuckDBPyConnection, looked: str, groups: Mapping[int, Sequence[tuple[Any, ...]]]
) -> dict[int, dict[str, dict[str, int]]]:
    """Count the most frequent values of the kinds that are told by their values, but not of free text."""
    kinds = {(place, group[0]): 0 for place, members in groups.items() for group in members}
    for place, members in groups.items():
        for kind, _, _, _, _, values, *_ in members:
            kinds[place, kind] += values
    wanted = [
        f"({place}, {text(kind)})"
        for (place, kind), values in kinds.items()
        if kind in (Kind.MISSING, Kind.MARK) or (kind == Kind.OTHER and values <= _MOST_COUNTED)
    ]
    counted: dict[int, dict[str, dict[str, int]]] = {}
    if not wanted:
        return counted
    for place, kind, value, rows in connection.execute(
        f"SELECT place, kind, t, CAST(sum(n) AS BIGINT) AS rows FROM {looked} "
        f"WHERE (place, kind) IN ({', '.join(wanted)}) GROUP BY place, kind, t "
        f"QUALIFY row_number() OVER (PARTITION BY place, kind ORDER BY rows DESC, t) <= {_COUNTED} ORDER BY rows DESC, t"
    ).fetchall():
        counted.setdefault(place, {}).setdefault(kind, {})[value] = rows
    return counted


def _listed(words: Sequence[str]) -> str:
    return ", ".join(map(text, words))
