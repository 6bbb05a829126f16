"""Which columns serve as attributes where nobody names any, and which of them only say once more what was decided or is true.

Columns that people are usually grouped by come first where there are too many. A column whose values tell the decision, or the label, of nearly
everybody says nothing about groups of people: whoever is "approved" is selected, and nobody else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fairaudit.errors import OptionError, clipped
from fairaudit.read.identity import ENTITY_NAMES, MODEL_NAMES, plain_name
from fairaudit.read.roles import Roles
from fairaudit.read.rows import Rows
from fairaudit.read.used_rows import cells_of
from fairaudit.read.values import as_binary, is_number
from fairaudit.slices.grammar import Attribute, Dimension

MOST_CHOSEN_GROUPS = 50
MOST_CHOSEN = 12
"""How many attributes are chosen; every further one would take evidence from the others, as verdicts are corrected for all of them."""
_MOST_CANDIDATES = 2 * MOST_CHOSEN
"""As some of them may turn out to repeat the decision."""
KEPT_NAMES = ENTITY_NAMES | MODEL_NAMES | {"row", "fold"}
"""Columns that Aequitas's files and our own predictions use for other things; as `plain_name` writes them."""
_KEPT, _TOO_MANY = "kept for other uses", f"{MOST_CHOSEN} others are chosen"
_MANY = f"more than {MOST_CHOSEN_GROUPS} values"
_PEOPLE = (
    "age ages race races racial ethnic ethnicity ethnicities sex gender genders religion religious faith disability disabilities "
    "disabled nationality citizenship citizen country origin ancestry tribe caste marital marriage married pregnant pregnancy "
    "orientation veteran language skin immigrant migrant refugee foreign black white asian hispanic latino latina indigenous "
    "native female male woman women man men nonbinary transgender"
)
"""The words in the names of columns that people are usually grouped by."""
_OUTCOMES = (
    "label labels target outcome class truth true actual y yhat ytrue ypred pred preds predicted prediction predictions predict "
    "decision decisions decided score scores proba probability result response"
)
"""The words in the names of 0/1 columns that are another label or decision, rather than a feature."""
_WORDS = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![^\W\d_A-Z])")
_BATCH = 12
"""How many columns one statement groups by."""
_FEWEST_PEOPLE, _FEWEST_A_SIDE, _FEWEST_A_VALUE = 20, 5, 10
"""Among fewer people, or of so many values that each stands for few, columns tell decisions by chance."""
EXCEPT, EXCEPT_BINARY = 100, 10
"""A column tells an outcome if it is wrong for at most one of so many people of the rarer one; a 0/1 column need not tell it as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Columns that may serve as attributes, the most usual first, and why the others do not.

    Attributes
    ----------
    binary
        Names of those that hold the numbers 0 and 1.
    """

    attributes: tuple[Attribute, ...]
    binary: frozenset[str]
    passed_over: Mapping[str, str]


def is_kept(column: str) -> bool:
    """Return whether a column's name says that it is no attribute."""
    return plain_name(column) in KEPT_NAMES


def find_candidates(rows: Rows, roles: Roles, *, option: str) -> Candidates:
    """Find the text, boolean, categorical and 0/1 columns with 2 to 50 values that have no other role.

    Raises
    ------
    OptionError
        If there is none.
    """
    free = [c for c in rows.loaded if c in rows.source.columns and c not in roles.columns and not is_kept(c)]
    passed_over = {c: _KEPT for c in rows.source.columns if is_kept(c) and c not in roles.columns}
    passed_over |= rows.passed_over
    chosen: list[str] = []
    binary: set[str] = set()
    for column, values in rows.readings.values(free, most=MOST_CHOSEN_GROUPS).items():
        if values is None:
            passed_over[column] = _MANY
        elif len(values) < 2:
            passed_over[column] = "one value only" if values else "no values"
        elif rows.readings.of(column).category or not all(is_number(value) for value in values):
            chosen.append(column)
        elif {as_binary(value) for value in values} != {0, 1}:
            passed_over[column] = (
                f"numeric, {len(values)} values; {_naming(option, column)} takes each as a group"
            )
        elif not _words(column).isdisjoint(_OUTCOMES.split()):
            passed_over[column] = "0/1, and named like a label or a decision"
        else:
            chosen.append(column)
            binary.add(column)
    if not chosen:
        raise _none_to_choose(rows, passed_over, option)
    # Sorting keeps the file's order among equals.
    chosen.sort(key=lambda column: (not is_usual(column), column in binary))
    passed_over |= dict.fromkeys(chosen[_MOST_CANDIDATES:], _TOO_MANY)
    return Candidates(
        attributes=tuple(_attribute(column) for column in chosen[:_MOST_CANDIDATES]),
        binary=frozenset(binary),
        passed_over=passed_over,
    )


def choose_attributes(
    rows: Rows, candidates: Candidates, telling: Mapping[str, str], *, option: str
) -> tuple[tuple[Attribute, ...], dict[str, str]]:
    """Choose attributes from the candidates: those that tell neither decision nor label, and not too many.

    Parameters
    ----------
    telling
        Why a column only says what was decided or is true, for those that do. Columns that people are usually grouped by are chosen all the
        same, as there it is a finding: all men are selected and no women. So are the others where there is nothing else.

    Returns
    -------
    attributes, passed_over
        The chosen ones in the order of the file, and why each other column was not.

    Raises
    ------
    OptionError
        If there is none.
    """
    sound = [a for a in candidates.attributes if a.name not in telling or is_usual(a.name)]
    sound = sound or list(candidates.attributes)
    order = rows.source.columns.index
    chosen = sorted(sound[:MOST_CHOSEN], key=lambda attribute: order(attribute.name))
    names = {attribute.name for attribute in chosen}
    why = {
        **candidates.passed_over,
        **{a.name: telling.get(a.name, _TOO_MANY) for a in candidates.attributes if a.name not in names},
    }
    passed_over = {column: why[column] for column in rows.source.columns if column in why}
    if not chosen:
        raise _none_to_choose(rows, passed_over, option)
    return tuple(chosen), passed_over


def _none_to_choose(rows: Rows, passed_over: Mapping[str, str], option: str) -> OptionError:
    why = "; ".join(f"{clipped(c)!r}: {reason}" for c, reason in list(passed_over.items())[:5])
    cut = next((c for c, why in passed_over.items() if why.startswith("numeric") or why == _MANY), None)
    return OptionError(
        option,
        f"no column of {rows.source.name} can be chosen as an attribute ({why or 'it has no other columns'})",
        hint=f"Name one, such as {_naming(option, _cut(rows, cut))}"
        if cut
        else "A column that tells groups of people apart is needed",
    )


def _cut(rows: Rows, column: str) -> str:
    """Write ranges of a column's numbers, or the most frequent of its other values."""
    text = rows.readings.of(column).text
    seen = rows.connection.execute(
        f"SELECT {text} FROM source_rows WHERE {text} IS NOT NULL LIMIT {MOST_CHOSEN_GROUPS}"
    ).fetchall()
    return f"{column}:quartiles" if all(is_number(value) for (value,) in seen) else f"{column}:top20"


def find_telling(
    rows: Rows,
    roles: Roles,
    columns: Mapping[str, int],
    *,
    decided: bool,
    binary: Callable[[str], bool] = lambda _: False,
    people: str = "people",
) -> dict[str, str]:
    """Find the columns whose values tell the decision or the label of nearly everybody.

    Parameters
    ----------
    columns
        Which dimension of the table ``used_rows`` holds each column.
    decided
        Whether there are decisions.
    people
        SQL of how many people a row is.
    binary
        Whether a column holds 0 and 1; such a column is taken for another label or decision rather than for a group of people already if it is
        wrong for one of ten.

    Returns
    -------
    dict
        By column, which outcome it tells, and of how many.
    """
    outcomes = [*(["decision"] if decided else []), *(["label"] if roles.label else [])]
    telling: dict[str, str] = {}
    names = list(columns)
    shared: dict[int, list[str]] = {}
    for name in names if outcomes else ():
        shared.setdefault(rows.part_of([name]), []).append(name)
    batches = [
        (part, own[first : first + _BATCH])
        for part, own in shared.items()
        for first in range(0, len(own), _BATCH)
    ]
    for part, batch in batches:
        counts = _outcomes(cells_of(rows, part), rows, [columns[name] for name in batch], outcomes, people)
        for name in batch:
            tolerated = EXCEPT_BINARY if binary(name) else EXCEPT
            for outcome in outcomes:
                known = tells(list(counts[columns[name], outcome].values()), tolerated)
                if known and name not in telling:
                    telling[name] = f"tells the {outcome} of {known[0]:,} of {known[1]:,} people"
    return telling


def _naming(option: str, value: str) -> str:
    """Write an option with a value, as it is typed or as an argument of Python."""
    return f'{option}"{value}"' if option.endswith("=") else f"{option} {value}"


def is_usual(column: str) -> bool:
    """Return whether a column's name is one of those that people are usually grouped by.

    >>> is_usual("age_cat"), is_usual("applicantSex"), is_usual("mileage")
    (True, True, False)
    """
    return not _words(column).isdisjoint(_PEOPLE.split())


def _words(column: str) -> set[str]:
    return {word.casefold() for word in _WORDS.findall(column)} | {plain_name(column)}


def _attribute(column: str) -> Attribute:
    return Attribute(name=column, dimensions=(Dimension(column=column),))


def _outcomes(
    cells: str, rows: Rows, places: Sequence[int], outcomes: Sequence[str], people: str
) -> dict[tuple[int, str], dict[int, tuple[int, int]]]:
    """Count, for each dimension and outcome, how many people of each group have the outcomes 0 and 1."""
    keys = [f"d{place}" for place in places]
    sets = ", ".join(f"({', '.join([key, *outcomes])})" for key in keys)
    counted: dict[tuple[int, str], dict[int, tuple[int, int]]] = {
        (p, o): {} for p in places for o in outcomes
    }
    for row in rows.connection.execute(
        f"SELECT sum({people}), {', '.join([*keys, *outcomes])} FROM {cells} GROUP BY GROUPING SETS ({sets})"
    ).fetchall():
        number, groups, values = int(row[0]), row[1 : 1 + len(keys)], row[1 + len(keys) :]
        # A group's number is never NULL, so what is NULL was rolled up.
        place, group = next((p, n) for p, n in zip(places, groups, strict=True) if n is not None)
        for outcome, value in zip(outcomes, values, strict=True):
            zeros, ones = counted[place, outcome].get(group, (0, 0))
            counted[place, outcome][group] = (
                zeros + (number if value == 0 else 0),
                ones + (number if value == 1 else 0),
            )
    return counted


def tells(groups: Sequence[tuple[int, int]], tolerated: int = EXCEPT) -> tuple[int, int] | None:
    """Count for how many people an attribute tells the outcome, and how many there are; ``None`` if it is not nearly all, or may be chance.

    Parameters
    ----------
    groups
        How many people of each group have the outcomes 0 and 1.
    tolerated
        It may be wrong for one of so many people of the rarer outcome.
    """
    there = [counts for counts in groups if sum(counts)]
    zeros, ones = (sum(side) for side in zip(*there, strict=True)) if there else (0, 0)
    everybody = zeros + ones
    if everybody < max(_FEWEST_PEOPLE, _FEWEST_A_VALUE * len(there)) or min(zeros, ones) < _FEWEST_A_SIDE:
        return None
    wrong = sum(min(counts) for counts in there)
    return None if wrong * tolerated > min(zeros, ones) else (everybody - wrong, everybody)
