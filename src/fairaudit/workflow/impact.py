"""Predictions into adverse impact: read, count, leave out, compare, write down."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fairaudit.count.counts import Counted, GroupCounts
from fairaudit.count.groups import count
from fairaudit.count.membership import Unknown
from fairaudit.count.overlapping import overlap_of
from fairaudit.count.score_groups import ScoredGroups, score_groups
from fairaudit.count.strata import (
    Cut,
    Selected,
    count_beside,
    count_known,
    count_selected,
    count_strata,
    median_cut,
)
from fairaudit.count.unknown import unknown_values
from fairaudit.disparity.references import ReferenceKind, References, find_references
from fairaudit.documents.envelope import Origin, audit_settings
from fairaudit.documents.impact import ImpactDocument
from fairaudit.documents.impacted import Impact, impact_document
from fairaudit.documents.parts import Stamp
from fairaudit.documents.strata import Within
from fairaudit.errors import OptionError, clipped
from fairaudit.inference.odds import TwoRates
from fairaudit.metrics.measure import measure
from fairaudit.profiles import tables
from fairaudit.profiles.population import Represented, represent
from fairaudit.profiles.scores import ScoresBeside, scores_beside
from fairaudit.profiles.strata import tables_within
from fairaudit.profiles.tables import Category, Table, Wanted
from fairaudit.profiles.unknown import Rate
from fairaudit.read.checked_rows import Checked
from fairaudit.read.files import open_path
from fairaudit.read.nameable import nameable_in
from fairaudit.read.notes import Note, distinct
from fairaudit.read.population import read_population
from fairaudit.read.roles import USUAL_LABELS
from fairaudit.read.rows import Input
from fairaudit.read.table import Use, validate
from fairaudit.read.watching import Progress
from fairaudit.settings.choices import NO_LABEL, Profile, RuleKind, ScoreKind, SmdOf, WeightKind
from fairaudit.settings.impact import ImpactOptions, ImpactReading
from fairaudit.settings.naming import Naming
from fairaudit.settings.reading import Median
from fairaudit.settings.verdict import Measuring
from fairaudit.settings.within import Stratifying
from fairaudit.slices.grammar import CROSS, EVERYBODY_ELSE, MISSING_GROUP, Attribute, parse_attributes
from fairaudit.spelling import is_from_file, setting
from fairaudit.workflow.locked import somebody_in, with_departures
from fairaudit.workflow.references import references_here
from fairaudit.workflow.remarks import overlapping_groups
from fairaudit.workflow.suppressed import (
    are_few_at_the_top,
    left_out,
    refuse_few_above,
    refuse_small_cells,
    unknown_too,
    without_single_values,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """An input that was read and counted, with the people of whom nobody knows in which group they are."""

    checked: Checked
    counted: Counted
    unknown: Unknown
    within: tuple[Attribute, ...]
    scores: Mapping[str, ScoredGroups]
    notes: tuple[Note, ...]


def assess_impact(
    opened: Input,
    reading: ImpactReading,
    stamp: Stamp,
    *,
    asked: ImpactOptions = ImpactOptions(),  # noqa: B008  # frozen
    stratifying: Stratifying = Stratifying(),  # noqa: B008  # frozen
    measuring: Measuring | None = None,
    naming: Naming | None = None,
    on_progress: Progress | None = None,
) -> ImpactDocument:
    """Compare the selection rates of groups by the definitions of those who must answer for them.

    Raises
    ------
    FairauditError
        If the input cannot be read as asked, or its weights are no numbers of people.
    """
    measuring = measuring or Measuring()
    read = _read(opened, reading, asked, measuring, stratifying, on_progress)
    compared, notes = _compared(read, asked)
    within, more = _within(read, compared) if stratifying.within else (None, ())
    represented, of_population = _represented(asked, compared, read.checked.attributes)
    notes = (*notes, *more, *of_population)
    kept = without_single_values(read.checked, distinct([*read.checked.notes, *read.notes, *notes]))
    at_the_top = any(are_few_at_the_top(scored, read.checked) for scored in read.scores.values())
    few = left_out(read.checked, of_scores="counts at deciles" if at_the_top else "")
    checked = dataclasses.replace(read.checked, notes=distinct([*kept, *few]))
    overall = read.counted.overall
    decided = checked.rule is not None and checked.rule.kind is not RuleKind.MEDIAN
    settings = audit_settings(
        checked,
        measuring,
        naming or Naming(),
        missing=reading.missing,
        na_values=reading.na_values,
        selected=overall.selected if decided else None,
        ranked_by=None,
    )
    return impact_document(
        Origin(checked=checked, settings=settings, stamp=stamp),
        Impact(
            asked=asked,
            people=overall.n,
            selected=overall.selected if decided else None,
            tables=compared,
            within=within,
            represented=represented,
            scores=_beside(read, compared, of) if (of := asked.smd_of) else None,
        ),
    )


def _read(
    opened: Input,
    reading: ImpactReading,
    asked: ImpactOptions,
    measuring: Measuring,
    stratifying: Stratifying,
    on_progress: Progress | None,
) -> Read:
    """Read and count an input; labels are not needed, and are nothing that people are grouped by."""
    labels = _labels(opened, reading)
    lock = reading.lock and reading.lock.of_decisions
    # A file that serves every command says which labels are positive.
    positive = () if labels and is_from_file("positive") else reading.positive
    reading = dataclasses.replace(reading, label=NO_LABEL, positive=positive, lock=lock)
    within = parse_attributes(
        stratifying.within,
        columns=opened.columns,
        file=opened.name,
        option=setting("within"),
        more=nameable_in(opened, reading),
    )
    checked = validate(
        opened,
        reading,
        use=Use(
            each_row=isinstance(reading.threshold, Median) or bool(within) or asked.smd_of is not None,
            rule_needed=asked.smd_of is None,
            overlapping=True,
            features_by="within",
        ),
        also=stratifying.within,
        on_progress=on_progress,
    )
    _refuse_survey(checked)
    own = dict.fromkeys(labels, "it is the label") | {a.name: "groups are compared within it" for a in within}
    checked = _without(checked, own)
    if asked.profile is Profile.LL144:
        checked = _with_intersection(checked)
    values, notes = unknown_values(checked, measuring.unknown)
    unknown = unknown_too(checked, values)
    counted = count(checked, unknown=unknown)
    notes = (*notes, *overlapping_groups(checked, counted))
    refuse_small_cells(checked, within=bool(within))
    return Read(
        checked=with_departures(checked, somebody_in(counted)),
        counted=counted,
        unknown=unknown,
        within=within,
        scores=_scores(checked, unknown) if asked.smd_of else {},
        notes=notes,
    )


def _refuse_survey(checked: Checked) -> None:
    if checked.weight_kind is WeightKind.SURVEY:
        raise OptionError(
            setting("weight"),
            f"{checked.roles.weight!r} holds the weights of a survey, and adverse impact is about numbers of people",
            hint="Give a column of counts, or leave it out",
        )


def _labels(opened: Input, reading: ImpactReading) -> list[str]:
    """Name the columns that hold labels, if there are any."""
    if reading.label is None:
        return [name for name in USUAL_LABELS if name in opened.columns]
    none = reading.label == NO_LABEL and NO_LABEL not in opened.columns
    return [] if none else [opened.require(reading.label)]


def _scores(checked: Checked, unknown: Unknown) -> Mapping[str, ScoredGroups]:
    """Add up the scores of groups by attribute, where they are scores and no decisions."""
    if checked.scores not in (ScoreKind.PROBABILITIES, ScoreKind.RANKS):
        return {}
    scored = {a.name: score_groups(checked, a, unknown) for a in checked.attributes}
    return {name: groups for name, groups in scored.items() if groups is not None}


def _beside(read: Read, compared: Iterable[Table], of: SmdOf) -> dict[str, dict[str, ScoresBeside]]:
    """Compare the scores of groups with those of their references by attribute, at each decile where no group has few people there."""
    beside = {}
    for table in compared:
        scored = read.scores.get(table.attribute)
        if scored is None or table.several is not None:
            continue
        own = scores_beside(table, scored, of)
        if are_few_at_the_top(scored, read.checked):
            own = {group: dataclasses.replace(scores, deciles=()) for group, scores in own.items()}
        beside[table.attribute] = own
    return beside


def _without(checked: Checked, reasons: Mapping[str, str]) -> Checked:
    """Leave features out, and of the attributes that nobody named those for which there are reasons."""
    features, chosen = checked.features, checked.chosen
    left = tuple(
        a for a in checked.attributes if a.name not in features and not (chosen and a.name in reasons)
    )
    gone = {a.name for a in checked.attributes} - {a.name for a in left} if chosen else set()
    over = {name: why for name, why in reasons.items() if name in gone}
    if not left:
        raise OptionError(
            setting("attribute"),
            "no column is left that people could be grouped by",
            hint=f"Name one by {setting('attribute', 'COLUMN')}",
        )
    return dataclasses.replace(
        checked, attributes=left, features=(), passed_over={**checked.passed_over, **over}
    )


def _with_intersection(checked: Checked) -> Checked:
    """Add the intersection of the only two attributes, as Local Law 144 asks for it."""
    single = [a for a in checked.attributes if a.width == 1]
    if len(single) != 2 or len(checked.attributes) > 2:
        return checked
    first, second = single
    both = Attribute(name=f"{first.name}*{second.name}", dimensions=(*first.dimensions, *second.dimensions))
    return dataclasses.replace(checked, attributes=(*checked.attributes, both))


def _compared(read: Read, asked: ImpactOptions) -> tuple[tuple[Table, ...], tuple[Note, ...]]:
    """Compare the groups of every attribute with their reference."""
    measured = measure(read.counted)
    # The rule has its own reference, the group that is best off, whomever a lock compares with.
    words, notes = references_here(asked.references, measured, dataclasses.replace(read.checked, lock=None))
    references = find_references(measured, words, whole_groups=True)
    excluded, more = unknown_values(read.checked, asked.exclude, noun="excluded group", members=True)
    compared = []
    for attribute in read.checked.attributes:
        wanted = _wanted(attribute.name, references, hurts=asked.hurts)
        counted = _counted(attribute, read, wanted)
        named = _excluded(attribute, read, excluded)
        categories = tables.exclude(counted, named=named, below=asked.exclude_below)
        _refuse_left_out(attribute.name, wanted, categories)
        compared.append(
            tables.compare(dataclasses.replace(counted, categories=categories), hurts=asked.hurts)
        )
    return tuple(compared), (*notes, *more)


def _wanted(attribute: str, references: References, *, hurts: bool) -> Wanted:
    """Say whom groups are compared with: usually with the one that is best off."""
    if attribute in references.usual:
        return Wanted(kind=ReferenceKind.MIN_METRIC if hurts else ReferenceKind.MAX)
    kind = references.kinds[attribute]
    named = references.groups[attribute]
    return Wanted(kind=kind, named=str(named) if kind is ReferenceKind.NAMED else None)


def _counted(attribute: Attribute, read: Read, wanted: Wanted) -> tables.Counted:
    """Gather the groups of an attribute, those of whom nobody knows where they belong apart."""
    groups = read.counted.of(attribute.name)
    cut = _cut(attribute, read)
    if cut is not None:
        above = count_selected(read.checked, attribute, cut)
        groups = tuple(_with_selected(g, above[g.group].selected) for g in groups)
        refuse_few_above(attribute.name, groups, read.checked)
    if attribute.overlapping:
        return _counted_overlapping(attribute, read, wanted, groups, cut)
    unknown = [g for g in groups if g.unknown]
    return tables.Counted(
        attribute=attribute.name,
        decided=read.checked.rule is not None,
        categories=_categories(attribute, read, groups),
        unknown=_together(unknown),
        may_join=_may_join(attribute, read, groups) if unknown and len(attribute.dimensions) > 1 else {},
        median=None if cut is None else cut.median,
        wanted=wanted,
    )


def _categories(attribute: Attribute, read: Read, groups: Iterable[GroupCounts]) -> tuple[Category, ...]:
    """Return the groups that are known, with their mean scores where nothing says who is selected."""
    scored = read.scores.get(attribute.name)
    decided = read.checked.rule is not None
    means = {} if scored is None or decided else {name: g.moments.mean for name, g in scored.groups.items()}
    return tuple(
        Category(group=g.group, rate=Rate(x=g.counts.selected or 0, n=g.counts.n), mean=means.get(g.group))
        for g in groups
        if not g.unknown
    )


def _counted_overlapping(
    attribute: Attribute, read: Read, wanted: Wanted, groups: Sequence[GroupCounts], cut: Cut | None
) -> tables.Counted:
    """Gather groups that may have people in common, and all of whom it is known where they are, each once."""
    overlapping = count_known(read.checked, attribute, cut, read.unknown)
    return tables.Counted(
        attribute=attribute.name,
        decided=read.checked.rule is not None,
        categories=_categories(attribute, read, groups),
        unknown=_rate(overlapping.unknown),
        may_join={group: _rate(people) for group, people in overlapping.may_join.items()},
        median=None if cut is None else cut.median,
        wanted=wanted,
        several=overlap_of(read.checked, attribute).several,
        everybody=_rate(overlapping.known),
        others={group: _rate(people) for group, people in overlapping.others.items()},
    )


def _rate(people: Selected) -> Rate:
    return Rate(x=people.selected, n=people.n)


def _together(groups: Iterable[GroupCounts]) -> Rate:
    """Put groups together."""
    counts = [g.counts for g in groups]
    return Rate(x=sum(c.selected or 0 for c in counts), n=sum(c.n for c in counts))


def _may_join(attribute: Attribute, read: Read, groups: Sequence[GroupCounts]) -> Mapping[str, Rate]:
    """Say of each group of an intersection which of the unknown may be in it: those who differ from it in nothing that is known of them."""
    silent = [{MISSING_GROUP, *read.unknown.get(place, ())} for place in read.checked.groups_of(attribute)]

    def fits(group: GroupCounts, unknown: GroupCounts) -> bool:
        own, other = group.group.split(CROSS), unknown.group.split(CROSS)
        # Names that hold the sign between them tell nothing.
        alike = len(own) == len(other) == len(silent)
        return not alike or all(o == w or o in gone for w, o, gone in zip(own, other, silent, strict=True))

    return {
        g.group: _together(other for other in groups if other.unknown and fits(g, other))
        for g in groups
        if not g.unknown
    }


def _cut(attribute: Attribute, read: Read) -> Cut | None:
    """Find above which score the people of a table are selected, where that is their median."""
    rule = read.checked.rule
    at_median = rule is not None and rule.kind is RuleKind.MEDIAN
    return median_cut(read.checked, attribute, read.unknown) if at_median else None


def _with_selected(group: GroupCounts, selected: int) -> GroupCounts:
    return dataclasses.replace(group, counts=dataclasses.replace(group.counts, selected=selected))


def _excluded(attribute: Attribute, read: Read, excluded: Unknown) -> Mapping[str, str]:
    """Name the groups of an attribute that somebody left out, with the reason."""
    places = [read.checked.indexes_of(part) for part in attribute.parts]
    return {
        g.group: "it was left out by name"
        for g in read.counted.of(attribute.name)
        if any(
            name in excluded.get(place, ())
            for of_part, name in zip(places, g.names, strict=True)
            for place in of_part
        )
    }


def _refuse_left_out(attribute: str, wanted: Wanted, categories: Sequence[Category]) -> None:
    """Refuse to compare with a group that is left out."""
    reasons = {c.group: c.excluded for c in categories}
    if wanted.named is not None and reasons.get(wanted.named):
        raise OptionError(
            setting("ref_group"),
            f"{wanted.named!r} of {attribute!r} is left out of the comparison: {reasons[wanted.named]}",
            hint=f"Name another group, or leave out {setting('exclude')} and {setting('exclude_below')}",
        )


def _within(read: Read, compared: Sequence[Table]) -> tuple[tuple[Within, ...], tuple[Note, ...]]:
    """Compare the groups of every table within the strata of something else, unless that is what they are groups of."""
    results: list[Within] = []
    notes = []
    attributes = {a.name: a for a in read.checked.attributes}
    for column in read.within:
        for table in compared:
            attribute = attributes[table.attribute]
            if set(attribute.dimensions) & set(column.dimensions):
                sentence = f"{clipped(table.attribute)}: not compared within {clipped(column.name)}, which it is made of"
                notes.append(Note(sentence=sentence))
                continue
            by_group = _in_strata(attribute, table, column, read)
            reference = (EVERYBODY_ELSE if attribute.overlapping else table.reference) or ""
            results += [
                Within(
                    attribute=table.attribute,
                    group=g.category.group,
                    reference=reference,
                    column=column.name,
                    crude=g.tested,
                    tables=by_group[g.category.group],
                )
                for g in table.groups
                if g.tested is not None
            ]
    return tuple(results), tuple(notes)


def _in_strata(
    attribute: Attribute, table: Table, column: Attribute, read: Read
) -> Mapping[str, Mapping[str, TwoRates]]:
    """Put each group beside its reference stratum by stratum, or where groups overlap beside all who are known not to be in it."""
    cut = _cut(attribute, read)
    if not attribute.overlapping:
        return tables_within(table, count_strata(read.checked, attribute, column, cut, read.unknown).strata)
    by_group: dict[str, dict[str, TwoRates]] = {}
    for stratum, groups in count_beside(read.checked, attribute, column, cut, read.unknown).items():
        for group, (own, others) in groups.items():
            by_group.setdefault(group, {})[stratum] = TwoRates(
                x1=own.selected, n1=own.n, x2=others.selected, n2=others.n
            )
    return by_group


def _represented(
    asked: ImpactOptions, compared: Sequence[Table], attributes: Sequence[Attribute]
) -> tuple[tuple[Table, tuple[Represented, ...]] | None, tuple[Note, ...]]:
    """Put the groups of the table that a population is about beside their shares of it."""
    if asked.population is None:
        return None, ()
    groups = {t.attribute: [g.category.group for g in t.groups] for t in compared}
    population = read_population(open_path(str(asked.population)), groups)
    table = next(t for t in compared if t.attribute == population.attribute)
    if overlapping := next((a for a in attributes if a.name == table.attribute and a.overlapping), None):
        raise OptionError(
            setting("population"),
            f"people may be in several groups of {clipped(overlapping.name)!r}, whose shares of a population are no parts of a whole",
            hint=f"Name each column by itself: {clipped(','.join(overlapping.apart))}",
        )
    return (table, represent(table, population.shares)), population.notes
