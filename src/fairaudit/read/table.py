"""Rows into a checked table: every role is given to a column whose values can bear it, or the reader is told why not.

The result is DuckDB's table ``used_rows`` with the columns ``label`` and ``decision`` (0 or 1), ``score``, ``people`` (the row's
weight), ``person`` (the number of the person whom the row is about, where a column says so), ``d0``, ``d1`` … (the group's number in each dimension) and ``x0``, ``x1`` … (columns to describe). Whatever an input
does not have is NULL there.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from fairaudit.engine.cells import NotCounted
from fairaudit.errors import ColumnError, FairauditError, OptionError
from fairaudit.read.checked_rows import (
    OUT_OF_FOLD,
    Checked,
    attribute_notes,
    columns_of,
    number_notes,
    sample_notes,
    undescribed_notes,
)
from fairaudit.read.choice import Candidates, choose_attributes, find_candidates, find_telling, is_kept
from fairaudit.read.classes import outcomes_of_classes
from fairaudit.read.columns import SOURCE
from fairaudit.read.conditions import Condition
from fairaudit.read.counted import Counting
from fairaudit.read.cuts import Grouped, People, grouped_sql
from fairaudit.read.decision import (
    DecisionRule,
    ScoredRows,
    constant_scores,
    find_rule,
    score_kind,
)
from fairaudit.read.identity import (
    ENTITY_NAMES,
    MODEL_NAMES,
    conflicting_labels,
    identity_columns,
    number_people,
    plain_name,
    refuse_repeats,
)
from fairaudit.read.labels import Outcomes, outcomes_sql
from fairaudit.read.lacking import drop_missing, dropped_by_group
from fairaudit.read.locked import kept_part, refuse_unkept
from fairaudit.read.nameable import DECISION, LABEL, conditions_of, nameable, nameable_in, used
from fairaudit.read.notes import Note, distinct
from fairaudit.read.numbers import MOST_PEOPLE, find_weights, people_columns
from fairaudit.read.readings import Conventions
from fairaudit.read.roles import Roles, find_roles
from fairaudit.read.rows import Input, Rows
from fairaudit.read.suppressed import least_of, refuse_differences, regrouped, suppression_of
from fairaudit.read.used_rows import decide_rows, ends_of_scores, store_scored
from fairaudit.read.watching import Progress
from fairaudit.settings.choices import NO_LABEL, ScoreKind
from fairaudit.settings.locked import agreed
from fairaudit.settings.reading import ReadSettings
from fairaudit.settings.source import Engine
from fairaudit.slices.file import Lock
from fairaudit.slices.grammar import Attribute, CutKind, Dimension, EdgesFrom, Take, parse_attributes
from fairaudit.spelling import setting

MOST_UNAUDITED = 3
"""Of more columns that nobody is grouped by, none says where to look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What a table has to be good for.

    Attributes
    ----------
    score_needed
        Whether there must be a score or a decision.
    describe
        Whether every other numeric column is kept, for statistics.
    as_people
        Whether rows are counted as people, so that nobody may stand in several.
    every_slice
        Whether every condition that has a name is a slice, named among the attributes or not.
    each_row
        Whether the score of each row is needed beside its groups.
    rule_needed
        Whether scores are refused of which nothing says who is selected.
    several_classes
        Whether labels and decisions may be of more than two classes.
    ungrouped
        Whether everybody is counted together where no attributes are named, rather than by some that are chosen.
    overlapping
        Whether several columns of members are one attribute, whose groups may have people in common.
    features_by
        Which setting names the slices beside the attributes.
    """

    score_needed: bool = True
    describe: bool = False
    as_people: bool = True
    every_slice: bool = False
    each_row: bool = False
    rule_needed: bool = True
    several_classes: bool = False
    ungrouped: bool = False
    overlapping: bool = False
    features_by: str = "feature"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What a table is read for; `edges` says where cuts fall that were made elsewhere."""

    option: str
    roles: Roles
    attributes: tuple[Attribute, ...]
    features: tuple[Attribute, ...]
    use: Use
    edges: Mapping[Dimension, tuple[float, ...]]
    conditions: Mapping[str, Condition] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What rows are grouped by, and what else is kept of them; `known` says where cuts fall that were made in the rows of a training, `lock` how all is grouped, `taken` is SQL of more columns by their names."""

    option: str
    attributes: tuple[Attribute, ...]
    features: tuple[str, ...]
    described: tuple[str, ...]
    known: Mapping[Dimension, tuple[float, ...]]
    as_people: bool
    taken: Mapping[str, str] = field(default_factory=dict)
    rule_needed: bool = True
    several_classes: bool = False
    lock: Lock | None = None
    suppress_below: int | None = None
    features_by: str = "feature"

    def option_of(self, dimension: Dimension) -> str:
        """Say which setting names a column, or a cut of it: that of the attributes, or that of the slices beside them."""
        named = (a for a in self.attributes if a.name not in self.features)
        return self.option if any(dimension in a.dimensions for a in named) else setting(self.features_by)

    def edges_from(self, dimension: Dimension) -> EdgesFrom:
        """Say where the edges of a cut come from."""
        if dimension.cut is not None and dimension.cut.kind is CutKind.EDGES:
            return EdgesFrom.GIVEN
        if self.lock is not None:
            return EdgesFrom.LOCK
        return EdgesFrom.TRAINING if dimension in self.known else EdgesFrom.ROWS

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """The distinct columns and cuts behind the attributes."""
        return tuple(dict.fromkeys(d for a in self.attributes for d in a.dimensions))

    @property
    def behind(self) -> dict[str, tuple[str, ...]]:
        """The columns behind each dimension."""
        return {f"d{i}": dimension.columns for i, dimension in enumerate(self.dimensions)}

    def among(self, used: str, people: str) -> People:
        """Say whom groups are found among, by SQL of the rows that count and of how many people each is, and how a lock keeps them."""
        kept = {d: kept_part(self.lock, d, self.attributes) for d in self.dimensions}
        parts = {dimension: part for dimension, part in kept.items() if part is not None}
        return People(
            used=used,
            people=people,
            known=self.known,
            kept=parts,
        )


def validate(
    opened: Input,
    settings: ReadSettings,
    *,
    option: str | None = None,
    use: Use = Use(),  # frozen
    also: Sequence[str] = (),
    edges: Mapping[Dimension, tuple[float, ...]] | None = None,
    on_progress: Progress | None = None,
) -> Checked:
    """Read an input and give every column its role.

    Parameters
    ----------
    option
        What messages call the place where attributes were typed; left out, the setting for attributes.
    also
        Features as typed, that join the attributes, named or chosen.
    edges
        Where cuts fall that were made in the rows that a model learnt from; others are found in these rows.

    Raises
    ------
    FairauditError
        If a column is missing or its values cannot serve; the message names the file, the column and the row or value.
    """
    option = option or setting("attribute")
    roles = find_roles(opened, settings, score_needed=use.score_needed)
    typed = settings.slices if use.every_slice else (*settings.attributes, *also)
    conditions = conditions_of(opened, settings, typed)
    names = nameable(opened, roles, conditions)
    parse = functools.partial(
        parse_attributes, columns=opened.columns, file=opened.name, more=names, overlapping=use.overlapping
    )
    attributes, more = parse(settings.attributes, option=option), parse(also, option=setting(use.features_by))
    if use.every_slice:
        others = tuple(Attribute(name=name, dimensions=(names[name],)) for name in conditions)
        more = (*more, *_without(others, (*attributes, *more)))
    for attribute in (*attributes, *more):
        _refuse_roles(attribute, roles, option if attribute in attributes else setting(use.features_by))
    refuse_unkept(settings.lock, (*attributes, *more), option)
    refuse_differences((*attributes, *more), settings)
    # Of several classes that were kept any may be taken against the rest.
    if settings.lock and settings.lock.columns and not settings.lock.classes:
        agreed(settings.lock, "positive", settings.positive or None, settings.lock.positive or None)
    wanted = _Wanted(
        option=option,
        roles=roles,
        attributes=attributes,
        features=more,
        use=use,
        edges=edges or {},
        conditions=used((*attributes, *more), conditions),
    )
    if counting := _counting(opened, settings, wanted):
        try:
            return _validate(opened, settings, wanted, counting=counting, on_progress=on_progress)
        except NotCounted as error:
            if opened.counted_by:
                raise needs_rows(error) from None
        except FairauditError:
            if opened.counted_by:
                raise
            # Reading row by row tells in which row a fault is.
    return _validate(opened, settings, wanted, counting=None, on_progress=on_progress)


def _counting(opened: Input, settings: ReadSettings, wanted: _Wanted) -> Counting | None:
    """Say how rows may be counted while they are read; ``None`` where each of them matters, or where they are too few to be worth it."""
    roles, use = wanted.roles, wanted.use
    if opened.counted_by and use.describe and Conventions(na_values=settings.na_values).marks.numbers:
        raise needs_rows(NotCounted(f"{setting('stats')} with numbers among {setting('na_values')}"))
    if opened.counted_by and roles.id and least_of(settings) is not None:
        raise needs_rows(NotCounted(f"{setting('suppress_below')} with {setting('id')}"))
    if not opened.counted_by and (use.describe or use.each_row or roles.id or roles.weight):
        return None
    if opened.is_small and not opened.counted_by:
        return None
    about_people = use.as_people and bool(roles.columns)
    grouped = set(columns_of((*wanted.attributes, *wanted.features)))
    needed = grouped.union(roles.columns)
    # A number that stands for nothing can be told from its text only.
    as_text = (
        use.several_classes
        or roles.score in grouped
        or Conventions(na_values=settings.na_values).marks.numbers
    )
    whom = [c for c in identity_columns(opened.columns) if about_people and c not in needed]
    chosen = not wanted.attributes and not use.ungrouped
    described = [c for c in opened.columns if use.describe and (c == roles.score or (c not in roles.columns and not is_kept(c)))]  # fmt: skip
    known = {*needed, *whom, *_beside(roles, (*wanted.attributes, *wanted.features), opened)}
    return Counting(
        people=tuple(c for c in whom if plain_name(c) in ENTITY_NAMES),
        identities=tuple(c for c in whom if plain_name(c) not in ENTITY_NAMES | MODEL_NAMES),
        free=tuple(c for c in opened.columns if not is_kept(c) and c not in needed) if chosen else (),
        score=None if as_text else roles.score,
        weight=roles.weight,
        person=roles.id,
        marks=Conventions(na_values=settings.na_values).marks,
        described=tuple(described),
        only_described=() if chosen else tuple(c for c in described if c not in known),
        sets=_sets(opened, wanted),
    )


def _sets(opened: Input, wanted: _Wanted) -> tuple[tuple[str, ...], ...]:
    """Say which columns have to be known together: those of an attribute; of all others each, if the attributes are still to be chosen."""
    roles = wanted.roles
    columns = [
        tuple(c for c in columns_of([a]) if c not in roles.columns)
        for a in (*wanted.attributes, *wanted.features)
    ]
    if not wanted.attributes and not wanted.use.ungrouped:
        taken = {*roles.columns, *itertools.chain.from_iterable(columns)}
        return (*columns, *((c,) for c in opened.columns if not is_kept(c) and c not in taken))
    # What may stand behind a gap has to be known beside every attribute, and is in no set.
    audited = set(columns_of(wanted.attributes))
    behind = unaudited_columns(opened.columns, {*roles.columns, *audited})
    return tuple(tuple(c for c in one if c not in behind) for one in columns)


def needs_rows(error: NotCounted) -> OptionError:
    """Say that something needs the rows themselves, where these stay where they are."""
    why = str(error) or "something that was asked for"
    return OptionError(
        setting("engine", Engine.SPARK),
        f"counts rows where they are, and {why} needs the rows themselves",
        hint="Audit a table of fewer values, or a copy of it on this machine",
    )


def _validate(
    opened: Input,
    settings: ReadSettings,
    wanted: _Wanted,
    *,
    counting: Counting | None,
    on_progress: Progress | None,
) -> Checked:
    """Read an input whose columns are there, and give every column its role."""
    roles, use, option = wanted.roles, wanted.use, wanted.option
    attributes, more = wanted.attributes, wanted.features
    opened.count_equal_rows(counting)
    opened.mark_rows(wanted.conditions)
    rows = opened.load(
        _needed(roles, (*attributes, *more)),
        also=[
            *_more_columns(opened, roles, use, chosen=not attributes and not use.ungrouped),
            *_beside(roles, attributes, opened),
        ],
        where=settings.where,
        conventions=Conventions(na_values=settings.na_values),
        on_progress=on_progress,
    )
    _refuse_described(roles, settings, use)
    candidates = None if attributes or use.ungrouped else find_candidates(rows, roles, option=option)
    named = candidates.attributes if candidates else attributes
    features = _without(more, named)
    asked = Asked(
        option=option,
        attributes=(*named, *features),
        features=tuple(feature.name for feature in features),
        features_by=use.features_by,
        described=_numeric_columns(rows, roles) if use.describe else (),
        known=wanted.edges,
        as_people=use.as_people,
        rule_needed=use.rule_needed,
        several_classes=use.several_classes,
        lock=settings.lock,
        suppress_below=least_of(settings),
    )
    checked = check_rows(rows, roles, settings, asked)
    if candidates:
        checked = _choose(checked, candidates, more)
    undescribed = undescribed_notes(checked) if use.describe else ()
    notes = [*checked.notes, *sample_notes(checked), *attribute_notes(checked), *undescribed]
    return dataclasses.replace(checked, notes=distinct(notes))


def columns_read(opened: Input, settings: ReadSettings, *, also: Sequence[str] = ()) -> list[str]:
    """Name the columns that `validate` is going to read, as far as they are there."""
    try:
        roles = find_roles(opened, settings, score_needed=True)
        typed = parse_attributes(
            [*settings.attributes, *also],
            columns=opened.columns,
            file=opened.name,
            option="",
            more=nameable_in(opened, settings),
        )
    except FairauditError:
        # `validate` says what is wrong.
        return []
    return [*_needed(roles, typed), *_more_columns(opened, roles, Use(), chosen=not settings.attributes)]


def _needed(roles: Roles, attributes: Sequence[Attribute]) -> list[str]:
    """Name the columns of roles and attributes."""
    return [*roles.columns, *columns_of(attributes)]


def _more_columns(opened: Input, roles: Roles, use: Use, *, chosen: bool) -> list[str]:
    """Name the columns that may become an attribute, or be described, or say whom rows are about."""
    any_other = [c for c in opened.columns if not is_kept(c)] if use.describe or chosen else []
    # Where rows are counts of people, or are only described, they are nobody's.
    about_people = use.as_people and roles.columns and _are_people(roles)
    return [*any_other, *(identity_columns(opened.columns) if about_people else ())]


def _beside(roles: Roles, attributes: Sequence[Attribute], opened: Input) -> list[str]:
    """Name the columns that may stand behind a gap of the only attribute, if they are few."""
    if len(attributes) != 1 or not roles.columns:
        return []
    return unaudited_columns(opened.columns, _needed(roles, attributes))


def unaudited_columns(columns: Iterable[str], taken: Collection[str]) -> list[str]:
    """Name the columns that are not taken; none of them if they are so many that none says where to look."""
    free = [c for c in columns if c not in taken and not is_kept(c) and c.casefold() not in OUT_OF_FOLD]
    return free if len(free) <= MOST_UNAUDITED else []


def _refuse_described(roles: Roles, settings: ReadSettings, use: Use) -> None:
    """Refuse statistics of rows that are no people, and of single people where few are not to be told of."""
    if use.describe and roles.weight:
        raise OptionError(
            setting("stats"), f"describes rows, and cannot be given together with {setting('weight')}"
        )
    if use.describe and least_of(settings) is not None:
        raise OptionError(
            setting("stats"),
            f"tells lowest and highest values, which are those of single people, and {setting('suppress_below')} tells of none",
        )


def _without(features: Sequence[Attribute], attributes: Sequence[Attribute]) -> tuple[Attribute, ...]:
    """Leave out features that are attributes already."""
    names = {attribute.name for attribute in attributes}
    return tuple(feature for feature in features if feature.name not in names)


def _numeric_columns(rows: Rows, roles: Roles) -> tuple[str, ...]:
    """Find the columns of numbers that have no role, and the score."""
    columns = [c for c in rows.loaded if c == roles.score or (c not in roles.columns and not is_kept(c))]
    return tuple(c for c, reading in rows.readings.all(columns).items() if reading.numeric)


def _choose(checked: Checked, candidates: Candidates, more: Sequence[Attribute]) -> Checked:
    """Keep of the candidates those that serve as attributes, now that labels and decisions are known."""
    # Which of several classes a column tells is not asked.
    telling = find_telling(
        checked.rows,
        Roles() if checked.classes else checked.roles,
        {a.name: checked.groups_of(a)[0] for a in candidates.attributes},
        decided=checked.rule is not None and not checked.classes,
        people="people" if checked.part == 1 else "CAST(people > 0 AS BIGINT)",
        binary=candidates.binary.__contains__,
    )
    attributes, passed_over = choose_attributes(checked.rows, candidates, telling, option=checked.option)
    features = _without(more, attributes)
    return dataclasses.replace(
        checked,
        attributes=(*attributes, *features),
        features=tuple(feature.name for feature in features),
        chosen=True,
        passed_over=passed_over,
    )


def _refuse_roles(attribute: Attribute, roles: Roles, option: str) -> None:
    for role, column in (("weight", roles.weight), ("id", roles.id)):
        if column in columns_of([attribute]):
            raise OptionError(option, f"{column!r} is the {role}")


def check_rows(rows: Rows, roles: Roles, settings: ReadSettings, asked: Asked) -> Checked:
    """Make the table ``used_rows``, and say what is in it."""
    weights = find_weights(rows, roles.weight, settings.weight_kind)
    roles, outcomes = _outcomes(rows, roles, settings, asked)
    used, dropped = drop_missing(rows, roles, outcomes, settings.missing)
    if asked.as_people and (_are_people(roles) or weights.survey):
        refuse_repeats(rows, roles, used)
    among = asked.among(used, weights.people)
    grouped = grouped_sql(rows, asked.dimensions, among, asked.option_of)
    persons, id_notes = number_people(rows, roles.id, used) if roles.id else ("", ())
    columns = people_columns(rows, roles, weights) | _columns(rows, outcomes, grouped, asked)
    store_scored(rows, columns | dict(asked.taken), used, dimensions=asked.behind, persons=persons)
    scored = _measured(rows, roles, dropped, survey=weights.survey, binary=not outcomes.classes)
    rule = find_rule(rows, roles, settings, scored, needed=asked.rule_needed)
    in_tenths = scored.kind is ScoreKind.PROBABILITIES
    by_decision, final = _by_decision(asked, rule), asked.suppress_below is None
    decide_rows(rows, rule, rows.precision(roles.score), by_decision, in_tenths=in_tenths, final=final)
    hidden = suppression_of(asked.suppress_below, rows, roles, weights, outcomes.classes)
    left = regrouped(rows, asked.dimensions, grouped.groups, hidden)
    places = left.places(asked.dimensions)
    by_group = dropped_by_group(rows, roles, outcomes, dropped, places, least=asked.suppress_below)
    more_notes = _more_notes(rows, roles, scored, outcomes, described=asked.described)
    notes = (rows.notes, outcomes.notes, id_notes, weights.notes, more_notes, grouped.notes, left.notes)
    return Checked(
        rows=rows,
        roles=roles,
        classes=outcomes.classes,
        positive=settings.positive,
        attributes=asked.attributes,
        features=asked.features,
        option=asked.option,
        dimensions=asked.dimensions,
        names=left.names,
        described=asked.described,
        edges=grouped.edges,
        conditions={name: settings.slices[name] for name in rows.marked},
        nameable=(*settings.slices, LABEL, DECISION, SOURCE),
        lock=asked.lock,
        departures=grouped.departures,
        edges_from={i: asked.edges_from(asked.dimensions[i]) for i in grouped.edges},
        rule=rule,
        scores=scored.kind,
        used=scored.rows,
        dropped=dropped,
        suppression=left.suppression,
        dropped_groups=by_group,
        weight_kind=weights.kind,
        part=scored.part,
        notes=distinct(itertools.chain(*notes)),
    )


def _columns(rows: Rows, outcomes: Outcomes, grouped: Grouped, asked: Asked) -> dict[str, str]:
    """Write the SQL of what each row is, and in which groups."""
    return {
        "label": outcomes.label or "NULL::TINYINT",
        "score": outcomes.score or "NULL::DOUBLE",
        "decision_value": outcomes.decision or "NULL::TINYINT",
        **{f"d{i}": sql for i, (sql, _) in enumerate(grouped.groups) if sql},
        **_described_columns(rows, asked.described),
    }


def _described_columns(rows: Rows, described: Sequence[str]) -> dict[str, str]:
    """Write the SQL of columns that are described, unless their numbers stand in another engine."""
    if rows.elsewhere:
        return {}
    return {f"x{i}": rows.readings.of(column).number for i, column in enumerate(described)}


def _outcomes(rows: Rows, roles: Roles, settings: ReadSettings, asked: Asked) -> tuple[Roles, Outcomes]:
    """Read labels, scores and decisions; several classes have no scores."""
    if not asked.several_classes:
        return roles, outcomes_sql(rows, roles, settings.positive)
    outcomes = outcomes_of_classes(rows, roles, settings.positive, lock=settings.lock)
    return dataclasses.replace(roles, score=None) if outcomes.classes else roles, outcomes


def _by_decision(asked: Asked, rule: DecisionRule | None) -> list[str]:
    """Name the dimensions that are made of decisions."""
    places = [i for i, dimension in enumerate(asked.dimensions) if dimension.take is Take.DECISION]
    if places and rule is None:
        raise OptionError(asked.option, "'decision' groups by decisions, and there are none")
    return [f"d{i}" for i in places]


def _more_notes(
    rows: Rows, roles: Roles, scored: ScoredRows, outcomes: Outcomes, *, described: Sequence[str]
) -> tuple[Note, ...]:
    """Say how numbers were read, and warn of data of which an audit says little."""
    return (
        *number_notes(rows, [roles.weight, *described]),
        *constant_scores(roles.score, scored),
        *conflicting_labels(rows, roles, binary=not outcomes.classes),
    )


def _measured(
    rows: Rows, roles: Roles, dropped: Mapping[str, int], *, survey: bool, binary: bool
) -> ScoredRows:
    """Measure ``scored_rows``, and refuse rows that stand for nobody, for too many, or for people of one label only."""
    ends = ends_of_scores(rows)
    # A row that stands for nobody says nothing about labels and scores either.
    there = f" FILTER (WHERE {ends.people} > 0)" if roles.weight else ""
    seen = ("min(label)", "max(label)", ends.low, ends.high, ends.only_bits)
    asked = (*seen, ends.weighing) if survey else seen
    count, total, least, most, low, high, only_bits, *weighing = rows.one(
        f"SELECT {ends.number}, sum({ends.people}), {', '.join(one + there for one in asked)} FROM {ends.relation}"
    )
    count = count or 0
    if total and total > MOST_PEOPLE:
        raise ColumnError(
            rows.source.name,
            roles.weight or "",
            f"the weights add up to {total:,} people, more than {MOST_PEOPLE:,}",
        )
    if count == 0 or not total:
        reasons = (
            "; ".join(f"{reason}: {number:,}" for reason, number in dropped.items()) or "all weights are 0"
        )
        raise OptionError(
            "no rows are left", f"all {rows.rows:,} rows of {rows.source.name} were dropped ({reasons})"
        )
    if roles.label and binary and least == most:
        raise ColumnError(
            rows.source.name,
            roles.label,
            f"every label is {least} after the positive class is taken as 1: error rates need both outcomes",
            hint=f"Say {setting('positive', 'VALUE')} if another value is the positive one, or {setting('label', NO_LABEL)} to audit decisions alone",
        )
    return ScoredRows(
        rows=int(count),
        people=int(total),
        part=Fraction(int(weighing[0] or 0), int(total)) if survey else Fraction(1),
        kind=score_kind(roles.score, low, high, only_bits),
        low=low,
        high=high,
    )


def _are_people(roles: Roles) -> bool:
    """Return whether a row is about a person, and does not stand for so many."""
    return roles.weight is None or roles.id is not None
