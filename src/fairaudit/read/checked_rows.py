"""A checked table: what its columns stand for, how it is grouped, and what was found while it was read."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from fairaudit.engine.elsewhere import Key
from fairaudit.read.decision import (
    DecisionRule,
)
from fairaudit.read.derived import NOWHERE
from fairaudit.read.locked import Departures
from fairaudit.read.notes import Note, counted, tidied
from fairaudit.read.roles import Roles
from fairaudit.read.rows import Rows
from fairaudit.read.source_file import Source
from fairaudit.read.suppressed import Suppression
from fairaudit.settings.choices import ScoreKind, WeightKind
from fairaudit.slices.file import Lock
from fairaudit.slices.grammar import (
    MEMBERS,
    MISSING_GROUP,
    NONE_OF_THEM,
    Attribute,
    Dimension,
    EdgesFrom,
    Take,
)

OUT_OF_FOLD = ("row", "label", "score", "decision", "fold")
"""The columns that a cross-validation writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A table that is ready to be counted.

    Attributes
    ----------
    attributes
        What people are grouped by; `chosen` tells that the reader chose them, `passed_over` why not the other columns.
    features
        Names of those attributes that are slices only.
    option
        What messages call the place where attributes were typed; left out, the setting for attributes.
    dimensions
        The distinct columns and cuts behind the attributes; dimension i is ``d{i}``.
    names
        The names of each dimension's groups; the number in ``d{i}`` is the place in ``names[i]``.
    described
        The numeric columns behind ``x0``, ``x1`` …
    edges
        The edges of each cut by the dimension's index; `edges_from` where they come from.
    used, dropped
        Rows (not people) that count, and those that do not, by reason.
    dropped_groups
        By dimension, how many rows of each group lack a label, a score, a decision or a person, by reason; empty where none does.
    weight_kind, part
        What the weights are; and how many people one part of the weights of a survey is, so that all of them add up to the people who were asked.
    suppression
        Which groups are counted together, as they are of few people; ``None`` where all are told of.
    conditions
        The conditions behind attributes by their names, as they were given.
    classes
        The classes of labels and decisions, which are then their places here; none where these are 1 and 0.
    lock, departures
        The slices that were kept, if rows are grouped by them; and in what the rows depart from these.
    nameable
        What attributes could be called beside the columns.
    notes
        What was found while reading that a reader of the numbers has to know.
    """

    rows: Rows
    roles: Roles
    positive: tuple[str, ...]
    attributes: tuple[Attribute, ...]
    features: tuple[str, ...] = ()
    option: str
    dimensions: tuple[Dimension, ...]
    names: tuple[tuple[str, ...], ...]
    described: tuple[str, ...]
    edges: Mapping[int, tuple[float, ...]]
    edges_from: Mapping[int, EdgesFrom]
    rule: DecisionRule | None
    scores: ScoreKind
    used: int
    dropped: Mapping[str, int]
    dropped_groups: Sequence[Mapping[str, Mapping[str, int]]] = ()
    weight_kind: WeightKind | None = None
    part: Fraction = Fraction(1)
    chosen: bool = False
    passed_over: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    conditions: Mapping[str, str] = field(default_factory=dict)
    nameable: tuple[str, ...] = ()
    suppression: Suppression | None = None
    classes: tuple[str, ...] = ()
    lock: Lock | None = None
    departures: Departures = field(default_factory=Departures)

    @property
    def clustered(self) -> bool:
        """Whether rows are not people who count alike: several of one person, or of unequal weight."""
        return self.roles.id is not None or self.weight_kind is WeightKind.SURVEY

    @property
    def source(self) -> Source:
        """What was read."""
        return self.rows.source

    def groups_of(self, attribute: Attribute) -> tuple[int, ...]:
        """Return the indexes of an attribute's dimensions."""
        return self.indexes_of(attribute.dimensions)

    def indexes_of(self, dimensions: Iterable[Dimension]) -> tuple[int, ...]:
        """Return the indexes of dimensions."""
        return tuple(map(self.dimensions.index, dimensions))

    def places_of(self, attribute: Attribute) -> tuple[int | None, ...]:
        """Return the index of the dimension of each part of an attribute; ``None`` of columns of members."""
        return tuple(None if len(part) > 1 else self.dimensions.index(part[0]) for part in attribute.parts)

    def sets_of(self, attribute: Attribute) -> tuple[tuple[int, ...], ...]:
        """Return the indexes of the dimensions that rows are grouped by together, to find the groups of an attribute: where these overlap, one of each part after the other."""
        return tuple(itertools.product(*map(self.indexes_of, attribute.parts)))

    def names_in(self, attribute: Attribute, key: Key) -> tuple[str, ...] | None:
        """Return the names that the name of an attribute's group is made of; ``None`` where a key is of no such group."""
        places = dict(key)
        if len(places) != attribute.width:
            return None
        names: list[str] = []
        for part in attribute.parts:
            own = [index for index in self.indexes_of(part) if index in places]
            if len(own) != 1:
                return None
            (index,) = own
            name = self.names[index][places[index]]
            if len(part) > 1:
                of_member = {MEMBERS[0]: self.dimensions[index].column}
                of_nobody = {NOWHERE[0]: NONE_OF_THEM, MISSING_GROUP: MISSING_GROUP}
                known = of_member if self.dimensions[index].take is Take.MEMBER else of_nobody
                if name not in known:
                    return None
                name = known[name]
            names.append(name)
        return tuple(names)

    def columns_of(self, indexes: Iterable[int]) -> frozenset[str]:
        """Return the columns behind some dimensions."""
        return frozenset(column for index in indexes for column in self.dimensions[index].columns)

    @property
    def of_outcomes(self) -> tuple[str, ...]:
        """The attributes that are made of the label or the decision themselves."""
        known = (self.roles.label, self.roles.decision)
        return tuple(
            a.name
            for a in self.attributes
            if any(d.take is Take.DECISION or (d.is_plain and d.column in known) for d in a.dimensions)
        )

    @property
    def grouped_by(self) -> tuple[str, ...]:
        """The columns behind all attributes."""
        return tuple(columns_of(self.attributes))


def columns_of(attributes: Iterable[Attribute]) -> list[str]:
    """Name the columns behind attributes."""
    return [
        column for a in attributes for d in a.dimensions if d.take is not Take.NOWHERE for column in d.columns
    ]


def undescribed_notes(checked: Checked) -> list[Note]:
    """Name the columns that hold more numbers than other values, and are not described for the sake of these."""
    columns = [c for c in checked.rows.loaded if c not in (*checked.roles.columns, *checked.described)]
    return [
        Note(
            sentence=f"{column}: not described, as {r.other_rows:,} of {r.rows:,} values are no numbers: {counted(r.others)}"
        )
        for column, r in checked.rows.readings.all(columns).items()
        if r.numbers > r.other_rows > 0 and not r.category
    ]


def sample_notes(checked: Checked) -> list[Note]:
    """Say what intervals take for granted of the rows, and the file itself shows to be otherwise."""
    notes = []
    if set(OUT_OF_FOLD) <= set(checked.rows.source.columns):
        notes.append(
            Note(
                sentence="fold: each fold was scored by a model of its own, and these models share most of their rows; intervals and "
                "tests take people as independent, and are wrong somewhat more often than they say, most of all for trees"
            )
        )
    if checked.rule and checked.rule.wanted is not None:
        notes.append(
            Note(
                sentence=f"{checked.rule.column}: who is selected depends on the other rows, as the top {checked.rule.wanted:,} of them are; "
                "intervals and tests take the threshold as given"
            )
        )
    return notes


def attribute_notes(checked: Checked) -> list[Note]:
    """Say how the values of attributes were read."""
    rows = checked.rows
    dimensions = [d for attribute in checked.attributes for d in attribute.dimensions]
    numbers = [d for d in dimensions if d.cut is not None and d.take is Take.VALUE]
    others = [d for d in dimensions if d not in numbers and d.take not in (Take.DECISION, Take.CONDITION)]
    as_texts = dict.fromkeys(column for d in others for column in d.columns)
    named = {column for d in others if d.take is Take.VALUE for column in d.columns}
    notes: list[Note] = []
    for column in as_texts:
        missing = rows.readings.of(column).missing_note
        notes += [
            *([missing] if missing else []),
            *((*rows.readings.name_notes(column), *_called_missing(rows, column)) if column in named else ()),
        ]
    texts = [checked.roles.label, checked.roles.decision, *as_texts]
    notes += tidied([c for c in dict.fromkeys(texts) if c and rows.readings.of(c).tidied])
    return [*notes, *number_notes(rows, [d.column for d in numbers])]


def _called_missing(rows: Rows, column: str) -> list[Note]:
    """Say that a value is called as the group of those whose value is missing is."""
    called = sum(s.rows for s in rows.readings.spellings([column])[column] or () if s.text == MISSING_GROUP)
    if not called:
        return []
    verb = "value is" if called == 1 else "values are"
    return [
        Note(sentence=f"{column}: {called:,} {verb} {MISSING_GROUP!r}, counted with those that are missing")
    ]


def number_notes(rows: Rows, columns: Iterable[str | None]) -> list[Note]:
    """Say how the numbers of columns were read."""
    readings = [rows.readings.of(column) for column in columns if column is not None]
    return [note for r in readings for note in (r.missing_note, r.number_note) if note]
