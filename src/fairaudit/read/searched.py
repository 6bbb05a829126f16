"""Rows for a search over their columns: which columns those are, and what each row holds in them, as arrays."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fairaudit.engine.cells import NotCounted
from fairaudit.errors import OptionError
from fairaudit.read.checked_rows import Checked
from fairaudit.read.choice import is_kept
from fairaudit.read.identity import identity_columns, plain_name
from fairaudit.read.nameable import conditions_of
from fairaudit.read.readings import Conventions, Reading
from fairaudit.read.roles import Roles, find_roles
from fairaudit.read.rows import Input, Rows
from fairaudit.read.table import Asked, check_rows, needs_rows
from fairaudit.read.watching import Progress
from fairaudit.settings.choices import WeightKind, split_words
from fairaudit.settings.reading import ReadSettings
from fairaudit.slices.grammar import MISSING_GROUP, Attribute, Dimension, Take
from fairaudit.spelling import setting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_VALUES = 1000
"""A column of more texts is searched for nothing."""
_IDENTIFIER = re.compile(r"(.*[^a-z])?(id|ids|uuid|guid|key|index|rownumber|row)", re.IGNORECASE)
_IDENTIFIES = "a different number in every row, like an identifier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Searchable:
    """Rows that are ready to be searched, each with a label and whatever else there is.

    Attributes
    ----------
    texts
        By column, the place of each row's value among the names; and these, of which that of a missing value is ``None``.
    numbers
        By column, the number of each row; NaN where it is missing.
    label, decision, score, people, person
        Of each row; ``None`` where the input has none.
    left_out
        Why other columns are not searched.
    """

    checked: Checked
    texts: Mapping[str, tuple[NDArray[np.integer], tuple[str | None, ...]]]
    numbers: Mapping[str, NDArray[np.float64]]
    label: NDArray[np.integer] | None
    decision: NDArray[np.integer] | None
    score: NDArray[np.float64] | None
    people: NDArray[np.int64]
    person: NDArray[np.int64] | None
    left_out: Mapping[str, str]


def read_searchable(
    opened: Input, settings: ReadSettings, *, over: Sequence[str] = (), on_progress: Progress | None = None
) -> Searchable:
    """Read an input row by row, and choose the columns that are searched.

    Parameters
    ----------
    over
        The columns as typed; left out, all that are no identifiers and have no role.

    Raises
    ------
    FairauditError
        If a column is missing or its values cannot serve, or no column is left.
    """
    if opened.counted_by:
        raise needs_rows(NotCounted("a search"))
    roles = find_roles(opened, settings, score_needed=True)
    words = split_words(over, known=opened.columns)
    conditions = conditions_of(opened, settings, words or settings.slices)
    named = [_column(opened, roles, word) for word in words if word not in conditions]
    opened.count_equal_rows(None)
    opened.mark_rows(conditions)
    made = [
        Dimension(column=name, take=Take.CONDITION, of=condition.columns)
        for name, condition in conditions.items()
    ]
    about_people = identity_columns(opened.columns) if roles.weight is None or roles.id else ()
    rows = opened.load(
        [*roles.columns, *named, *(column for dimension in made for column in dimension.columns)],
        also=[*(() if words else opened.columns), *about_people],
        where=settings.where,
        conventions=Conventions(na_values=settings.na_values),
        on_progress=on_progress,
    )
    chosen, left_out = _choose(rows, roles, named) if named or not words else ({}, {})
    texts = [column for column, reading in chosen.items() if not _is_numbers(reading)]
    asked = Asked(
        option=setting("over"),
        attributes=tuple(
            Attribute(name=d.column, dimensions=(d,)) for d in (*(Dimension(column=c) for c in texts), *made)
        ),
        features=(),
        described=tuple(column for column in chosen if column not in texts),
        known={},
        as_people=True,
    )
    checked = check_rows(rows, roles, settings, asked)
    if checked.weight_kind is WeightKind.SURVEY:
        raise OptionError(
            setting("weight"),
            "holds the weights of a survey, and a search counts people",
            hint=f"Leave it out, or say {setting('weight_kind', WeightKind.FREQUENCY)} if they are numbers of people",
        )
    return _arrays(checked, left_out)


def _column(opened: Input, roles: Roles, word: str) -> str:
    """Return the column that was typed, unless it has a role."""
    column = opened.require(word)
    if column in roles.columns:
        role = next(
            name for name in ("label", "score", "decision", "weight", "id") if getattr(roles, name) == column
        )
        raise OptionError(setting("over"), f"{column!r} is the {role}")
    return column


def _is_numbers(reading: Reading) -> bool:
    return reading.numeric and not reading.category


def _choose(rows: Rows, roles: Roles, named: Sequence[str]) -> tuple[dict[str, Reading], dict[str, str]]:
    """Choose the columns that are searched, and say why others are not; those that were named are refused instead."""
    free = list(named) or [c for c in rows.loaded if c not in roles.columns and not is_kept(c)]
    left_out = {
        c: "kept for other uses" for c in rows.source.columns if is_kept(c) and c not in roles.columns
    }
    left_out = {} if named else left_out | dict(rows.passed_over)
    readings = rows.readings.all(free)
    texts = [c for c, reading in readings.items() if not _is_numbers(reading)]
    for column, values in rows.readings.values(texts, most=MOST_VALUES).items():
        if values is None:
            left_out[column] = f"more than {MOST_VALUES:,} values"
        elif len(values) < 2 and not readings[column].marks:
            left_out[column] = "one value only" if values else "no values"
    for column in [c for c in free if c not in texts and c not in named]:
        if why := _why_not(rows, column, readings[column]):
            left_out[column] = why
    if odd := [column for column in named if column in left_out]:
        raise OptionError(setting("over"), f"column {odd[0]!r} cannot be searched: {left_out[odd[0]]}")
    chosen = {column: readings[column] for column in free if column not in left_out}
    if not chosen:
        raise nothing_to_search(rows.source.name, left_out)
    return chosen, left_out


def nothing_to_search(source: str, left_out: Mapping[str, str], *, hint: str = "") -> OptionError:
    """Say that no column is left, and why."""
    why = "; ".join(f"{column!r}: {reason}" for column, reason in list(left_out.items())[:5])
    return OptionError(
        setting("over"),
        f"no column of {source} can be searched ({why or 'it has no other columns'})",
        hint=hint,
    )


def _why_not(rows: Rows, column: str, reading: Reading) -> str:
    """Tell why a column of numbers cannot be searched: such as that it numbers its rows, or is called like one that does."""
    number = reading.number
    count, different, low, high, is_whole = rows.one(
        f"SELECT count({number}), count(DISTINCT {number}), min({number}), max({number}), bool_and({number} = floor({number})) "
        "FROM source_rows WHERE kept"
    )
    if not count or different < 2:
        return "one value only" if count and not reading.marks else "" if count else "no values"
    if math.isinf(low) or math.isinf(high):
        return "infinite numbers"
    if different < count or not is_whole:
        return ""
    named = _IDENTIFIER.fullmatch(column) or plain_name(column).endswith("id")
    return _IDENTIFIES if named or high - low == count - 1 else ""


def _arrays(checked: Checked, left_out: Mapping[str, str]) -> Searchable:
    """Take what the rows hold out of the database."""
    import numpy as np

    roles = checked.roles
    texts = [d.column for d in checked.dimensions]
    columns = [
        "label",
        "decision",
        "score",
        "CAST(people AS BIGINT) AS people",
        *(["person"] if roles.id else []),
    ]
    columns += [f"d{i}" for i in range(len(texts))] + [f"x{i}" for i in range(len(checked.described))]
    held = checked.rows.connection.execute(
        f"SELECT {', '.join(columns)} FROM used_rows WHERE people > 0"
    ).fetchnumpy()

    def floats(name: str) -> NDArray[np.float64]:
        values = np.ma.asarray(held[name]).astype(np.float64)
        return np.asarray(np.ma.filled(values, np.nan))

    def whole(name: str) -> NDArray[np.integer]:
        return np.asarray(np.ma.filled(np.ma.asarray(held[name]), 0))

    person = _ranked(checked.rows, whole("person")) if roles.id else None
    # Joined to people, rows stand in any order; sums of floats depend on it.
    order = (
        slice(None)
        if person is None
        else np.lexsort((floats("score"), whole("decision"), whole("label"), person))
    )
    return Searchable(
        checked=checked,
        texts={
            column: (
                whole(f"d{i}")[order],
                tuple(None if n == MISSING_GROUP else n for n in checked.names[i]),
            )
            for i, column in enumerate(texts)
        },
        numbers={column: floats(f"x{i}")[order] for i, column in enumerate(checked.described)},
        label=whole("label")[order] if roles.label else None,
        decision=whole("decision")[order] if checked.rule else None,
        score=floats("score")[order] if roles.score else None,
        people=whole("people").astype(np.int64)[order],
        person=None if person is None else person[order],
        left_out=dict(left_out),
    )


def _ranked(rows: Rows, person: NDArray[np.integer]) -> NDArray[np.int64]:
    """Give people numbers in the order of their identifiers, as those of the database are in any order."""
    import numpy as np

    held = rows.connection.execute("SELECT person FROM persons ORDER BY said").fetchnumpy()
    ordered = np.asarray(held["person"], dtype=np.int64)
    rank = np.empty(len(ordered) + 1, dtype=np.int64)
    rank[ordered] = np.arange(len(ordered))
    return np.asarray(rank[person])
