"""Rows for a search over their columns: which columns those are, and what each row holds in them, as arrays."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from fairaudit.errors import OptionError
from fairaudit.read.checked_rows import Checked
from fairaudit.read.choice import is_kept
from fairaudit.read.derived import number_of
from fairaudit.read.identity import identity_columns, plain_name
from fairaudit.read.kept_values import folded, kept_values
from fairaudit.read.nameable import conditions_of, nameable
from fairaudit.read.reading import Reading
from fairaudit.read.readings import Conventions
from fairaudit.read.roles import Roles, find_roles
from fairaudit.read.rows import Input, Rows
from fairaudit.read.table import Asked, check_rows
from fairaudit.read.watching import Progress
from fairaudit.settings.choices import WeightKind
from fairaudit.settings.reading import ReadSettings
from fairaudit.settings.source import Engine
from fairaudit.slices.grammar import CUTTABLE, MISSING_GROUP, Attribute, Dimension, Take, parse_attributes
from fairaudit.spelling import setting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_VALUES = 1000
"""A column of more texts is searched for nothing."""
_IDENTIFIER = re.compile(r"(.*[^a-z])?(id|ids|uuid|guid|key|index|rownumber|row)", re.IGNORECASE)
_IDENTIFIES = "a different number in every row, like an identifier"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextColumn:
    """What is searched by its values: the place of each row's value among the `names`, of which that of a missing value is ``None``.

    Where only the most frequent values are to stand by themselves, those at the place `others` are beyond all that could be among them.
    """

    dimension: Dimension
    places: NDArray[np.integer]
    names: tuple[str | None, ...]
    others: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberColumn:
    """What is searched by its ranges: the number of each row, NaN where it is missing; and the precision of the column, if it is less than that of Python's floats."""

    dimension: Dimension
    values: NDArray[np.float64]
    precision: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Searchable:
    """Rows that are ready to be searched, each with a label and whatever else there is.

    Attributes
    ----------
    columns
        What is searched, in the order of the input.
    label, decision, score, people, person
        Of each row; ``None`` where the input has none. With the weights of a survey `people` are parts of weight.
    left_out
        Why other columns are not searched.
    """

    checked: Checked
    columns: tuple[TextColumn | NumberColumn, ...]
    label: NDArray[np.integer] | None
    decision: NDArray[np.integer] | None
    score: NDArray[np.float64] | None
    people: NDArray[np.int64]
    person: NDArray[np.int64] | None
    left_out: Mapping[str, str]

    @property
    def weights(self) -> NDArray[np.float64] | None:
        """The weights of a survey, which add up to the people who were asked; ``None`` where rows have none."""
        if self.checked.weight_kind is not WeightKind.SURVEY:
            return None
        return self.people.astype("float64") * float(self.checked.part)

    @property
    def asked(self) -> NDArray[np.int64]:
        """How many people each row is; one in a survey, whatever it weighs there."""
        import numpy as np

        return self.people if self.weights is None else np.ones(len(self.people), dtype=np.int64)


def read_searchable(
    opened: Input,
    settings: ReadSettings,
    *,
    over: Sequence[str] = (),
    depth: int,
    on_progress: Progress | None = None,
) -> Searchable:
    """Read an input row by row, and choose the columns that are searched.

    Parameters
    ----------
    over
        Columns and slices as typed; left out, all columns that are no identifiers and have no role.
    depth
        How many conditions are combined at most.

    Raises
    ------
    FairauditError
        If a column is missing or its values cannot serve, or no column is left.
    """
    _refuse_elsewhere(opened)
    roles = find_roles(opened, settings, score_needed=True)
    conditions = conditions_of(opened, settings, over or settings.slices)
    made = tuple(
        Dimension(column=name, take=Take.CONDITION, of=condition.columns)
        for name, condition in conditions.items()
    )
    named = _named(opened, roles, over, depth=depth, more=nameable(opened, roles, conditions))
    opened.count_equal_rows(None)
    opened.mark_rows(conditions)
    about_people = identity_columns(opened.columns) if roles.weight is None or roles.id else ()
    rows = opened.load(
        [*roles.columns, *(column for d in (*named, *made) for column in d.columns)],
        also=[*(() if over else opened.columns), *about_people],
        where=settings.where,
        conventions=Conventions(na_values=settings.na_values),
        on_progress=on_progress,
    )
    plain = [d.column for d in named if d.is_plain]
    chosen, left_out = _choose(rows, roles, plain) if plain or not over else ({}, {})
    dimensions = (
        *(Dimension(column=column) for column in chosen),
        *(d for d in named if not d.is_plain),
        *(made if not over else ()),
    )
    order = {column: place for place, column in enumerate(opened.with_source)}
    ordered = sorted(dimensions, key=lambda d: len(order) if d.take is Take.CONDITION else order[d.column])
    kinds = {d: _taken(rows, d, chosen.get(d.column) if d.is_plain else None) for d in ordered}
    return _arrays(check_rows(rows, roles, settings, _asked(kinds)), kinds, left_out)


def _refuse_elsewhere(opened: Input) -> None:
    """Refuse rows that are counted where they are."""
    if opened.counted_by:
        raise OptionError(
            setting("engine", Engine.SPARK),
            "counts rows where they are, and a search needs the rows themselves",
            hint=f"Write the columns that matter, or a sample of the rows, to a Parquet file on this machine and search that without {setting('engine')}",
        )


def _asked(kinds: Mapping[Dimension, _Taken | None]) -> Asked:
    """Say what is kept of the rows."""
    numbers = [d for d, kind in kinds.items() if d.is_plain and kind is not None]
    return Asked(
        option=setting("over"),
        attributes=tuple(
            Attribute(name=d.name, dimensions=(d,)) for d, kind in kinds.items() if kind is None
        ),
        features=(),
        described=tuple(d.column for d in numbers),
        known={},
        as_people=True,
        taken={f"y{i}": kind.sql for i, (d, kind) in enumerate(kinds.items()) if kind and d not in numbers},
    )


def _named(
    opened: Input, roles: Roles, over: Sequence[str], *, depth: int, more: Mapping[str, Dimension]
) -> tuple[Dimension, ...]:
    """Return what was typed, unless it has a role; of what is crossed each part, as the search crosses them itself."""
    option = setting("over")
    attributes = parse_attributes(over, columns=opened.columns, file=opened.name, option=option, more=more)
    for attribute in attributes:
        if len(attribute.dimensions) > depth:
            raise OptionError(
                option,
                f"{attribute.name!r} crosses {len(attribute.dimensions)} columns, and at most {depth} are combined",
                hint=f"Say {setting('depth', len(attribute.dimensions))}"
                if len(attribute.dimensions) <= 3
                else "",
            )
    dimensions = tuple(dict.fromkeys(d for a in attributes for d in a.dimensions))
    cut: dict[str, Dimension] = {}
    for dimension in dimensions:
        _refuse_role(dimension, roles)
        other = cut.setdefault(dimension.called, dimension)
        if other is not dimension:
            raise OptionError(
                option, f"names {dimension.called!r} twice, as {other.name!r} and as {dimension.name!r}"
            )
    return dimensions


def _refuse_role(dimension: Dimension, roles: Roles) -> None:
    """Refuse what has a role: a search for errors would discover which label or decision they are."""
    for role in ("label", "score", "decision", "weight", "id"):
        column = getattr(roles, role)
        if column is not None and column in dimension.columns:
            name = dimension.name if dimension.take is Take.DECISION else column
            raise OptionError(
                setting("over"),
                f"{name!r} is the {'decision' if dimension.take is Take.DECISION else role}",
                hint="Search for fpr or fnr to look among people of one label" if role == "label" else "",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """SQL of what is taken of a column: of a number, or of the place of a value among the `names`, where those beyond all of these have the place `others`."""

    sql: str
    names: tuple[str, ...] = ()
    others: int | None = None


def _taken(rows: Rows, dimension: Dimension, reading: Reading | None) -> _Taken | None:
    """Write the SQL of what is searched by its ranges, or by its most frequent values; ``None`` of what has its groups as in a slice."""
    if dimension.is_plain:
        return _Taken(sql=reading.number) if reading and _is_numbers(reading) else None
    if dimension.top:
        # Which ones are the most frequent is known once the halves are.
        most = replace(dimension, top=max(MOST_VALUES, dimension.top))
        kept, _ = kept_values(rows, most, "kept", "1")
        sql, names = folded(rows, dimension.column, kept, f"kept_{list(rows.loaded).index(dimension.column)}")
        return _Taken(sql=sql, names=names, others=len(kept))
    if dimension.take in CUTTABLE:
        number = number_of(rows, dimension, "the values of a column that is cut")
        return _Taken(sql=f"CAST({number} AS DOUBLE)")
    return None


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
        few = left_out[odd[0]].startswith("more than")
        raise OptionError(
            setting("over"),
            f"column {odd[0]!r} cannot be searched: {left_out[odd[0]]}",
            hint=f"Say {odd[0]}:top20 for its most frequent values" if few else "",
        )
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


def _arrays(
    checked: Checked, kinds: Mapping[Dimension, _Taken | None], left_out: Mapping[str, str]
) -> Searchable:
    """Take what the rows hold out of the database."""
    import numpy as np

    roles = checked.roles
    numbers = [d.column for d, kind in kinds.items() if d.is_plain and kind is not None]
    columns = [
        *("label", "decision", "score", "CAST(people AS BIGINT) AS people"),
        *(["person"] if roles.id else []),
        *(f"d{i}" for i in range(len(checked.dimensions))),
        *(f"x{i}" for i in range(len(numbers))),
        *(f"y{i}" for i, (d, kind) in enumerate(kinds.items()) if kind and not d.is_plain),
    ]
    held = _Held(
        columns=checked.rows.connection.execute(
            f"SELECT {', '.join(columns)} FROM used_rows WHERE people > 0"
        ).fetchnumpy()
    )
    person = _ranked(checked.rows, held.whole("person")) if roles.id else None
    if person is not None:
        # Joined to people, rows stand in any order; sums of floats depend on it.
        keys = (held.whole("people"), held.floats("score"), held.whole("decision"), held.whole("label"))
        held, person = held.ordered(np.lexsort((*keys, person))), np.sort(person)
    names = {d: f"x{numbers.index(d.column)}" for d in kinds if d.is_plain and d.column in numbers}
    return Searchable(
        checked=checked,
        columns=tuple(
            _column(checked, held, names.get(d, f"y{i}"), d, kind)
            for i, (d, kind) in enumerate(kinds.items())
        ),
        label=held.whole("label") if roles.label else None,
        decision=held.whole("decision") if checked.rule else None,
        score=held.floats("score") if roles.score else None,
        people=held.whole("people").astype(np.int64),
        person=person,
        left_out=dict(left_out),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """What rows hold, as the database gives it; in another order, where one is named."""

    columns: Mapping[str, Any]
    order: NDArray[np.integer] | None = None

    def ordered(self, order: NDArray[np.integer]) -> _Held:
        """Return the rows in another order."""
        return _Held(columns=self.columns, order=order)

    def floats(self, name: str) -> NDArray[np.float64]:
        """Return numbers, of which those that are missing are NaN."""
        import numpy as np

        values = np.ma.asarray(self.columns[name]).astype(np.float64)
        return self._in_order(np.ma.filled(values, np.nan))

    def whole(self, name: str) -> NDArray[np.integer]:
        """Return whole numbers, of which those that are missing are 0."""
        import numpy as np

        return self._in_order(np.ma.filled(np.ma.asarray(self.columns[name]), 0))

    def _in_order(self, values: NDArray[Any]) -> NDArray[Any]:
        return values if self.order is None else values[self.order]


def _column(
    checked: Checked, held: _Held, name: str, dimension: Dimension, kind: _Taken | None
) -> TextColumn | NumberColumn:
    """Return what is searched by its values or by its ranges; `name` is where the database has it, if it was taken of a column."""
    if kind is not None and not kind.names:
        precision = checked.rows.precision(dimension.column) if dimension.take is Take.VALUE else None
        return NumberColumn(dimension=dimension, values=held.floats(name), precision=precision)
    index = checked.dimensions.index(dimension) if kind is None else None
    names = checked.names[index] if index is not None else kind.names if kind else ()
    return TextColumn(
        dimension=dimension,
        places=held.whole(name if index is None else f"d{index}"),
        names=tuple(None if value == MISSING_GROUP else value for value in names),
        others=kind.others if kind else None,
    )


def _ranked(rows: Rows, person: NDArray[np.integer]) -> NDArray[np.int64]:
    """Give people numbers in the order of their identifiers, as those of the database are in any order."""
    import numpy as np

    held = rows.connection.execute("SELECT person FROM persons ORDER BY said").fetchnumpy()
    ordered = np.asarray(held["person"], dtype=np.int64)
    rank = np.empty(len(ordered) + 1, dtype=np.int64)
    rank[ordered] = np.arange(len(ordered))
    return np.asarray(rank[person])
