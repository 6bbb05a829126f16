"""Two readings of predictions, matched person by person where a column tells people apart."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fairaudit.change.counted import (
    EVERYBODY,
    Group,
    GroupPair,
    Matched,
    Persons,
    Together,
    match,
    paired_places,
)
from fairaudit.change.resampled import ScoredSets, scored_sets
from fairaudit.count.counts import Counted, Counts
from fairaudit.count.persons import PersonRows, dimensions_of, person_rows, persons_of
from fairaudit.read.checked_rows import Checked
from fairaudit.settings.choices import NO_LABEL
from fairaudit.settings.reading import ReadSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of two inputs, read and counted."""

    checked: Checked
    counted: Counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """How the people of two inputs were matched, which are in which groups both times, and their scores; ``None`` where that is not known."""

    matched: Matched | None = None
    together: Mapping[Group, Together] = dataclasses.field(default_factory=dict)
    scored: ScoredSets | None = None


def read_alike(reading: ReadSettings, checked: Checked) -> ReadSettings:
    """Say how new is read: by the columns that serve in base, whether they were named or not."""
    roles = checked.roles
    rule_chosen = any(rule is not None for rule in (reading.threshold, reading.top_k, reading.top_percent))
    return dataclasses.replace(
        reading,
        label=roles.label or NO_LABEL,
        score=roles.score or NO_LABEL,
        decision=None if rule_chosen else roles.decision,
        attributes=reading.attributes or tuple(attribute.name for attribute in checked.attributes),
    )


def match_people(base: Checked, new: Checked) -> Matching:
    """Match the people of both by the column that tells them apart, if one does; rows that are counted several times are nobody's own."""
    if base.weight_kind is not None or new.weight_kind is not None:
        return Matching()
    persons = [_persons(person_rows(checked)) for checked in (base, new)]
    places = paired_places(persons[0], persons[1])
    scored = scored_sets(persons[0], persons[1], places)
    if base.roles.id is None:
        return Matching(scored=scored)
    labelled = base.roles.label is not None
    matched, together = match(persons[0], persons[1], column=base.roles.id, labelled=labelled, places=places)
    return Matching(matched=matched, together=together, scored=scored)


def match_elsewhere(base: Checked, new: Checked) -> Matching | None:
    """Match the people of two inputs whose rows stay where one engine holds them, by counts of those who were decided alike; their scores stay there. ``None`` where somebody stands in several rows."""
    rows, others = base.rows.elsewhere, new.rows.elsewhere
    if rows is None or others is None or base.roles.id is None:
        return None
    counted = rows.matched(others, dimensions_of(base), dimensions_of(new))
    if counted is None:
        return None
    held = {
        name: np.ma.masked_invalid(counted[name].to_numpy().astype(np.float64))
        for name in counted.column_names
    }
    people = held.pop("people").filled(0).astype(np.int64)
    here, there = (~np.ma.getmaskarray(held[f"{side}_rows"]) for side in ("base", "new"))
    both = here & there
    persons = [
        _persons(
            persons_of(
                checked,
                {
                    name.removeprefix(side): values[both]
                    for name, values in held.items()
                    if name.startswith(side)
                },
            )
        )
        for checked, side in ((base, "base_"), (new, "new_"))
    ]
    places = np.arange(int(both.sum()))
    matched, together = match(
        persons[0],
        persons[1],
        column=base.roles.id,
        labelled=base.roles.label is not None,
        places=(places, places),
        people=people[both],
    )
    base_only, new_only = int(people[here & ~there].sum()), int(people[there & ~here].sum())
    return Matching(
        matched=dataclasses.replace(matched, base_only=base_only, new_only=new_only), together=together
    )


def _persons(rows: PersonRows) -> Persons:
    """Put everybody into a cell of the confusion matrix."""
    # True positives, false positives, false negatives, true negatives, in this order.
    label = rows.decision if rows.label is None else rows.label
    cells = np.where(rows.decision == 1, np.where(label == 1, 0, 1), np.where(label == 1, 2, 3))
    return Persons(
        ids=rows.ids,
        cells=cells.astype(np.int64),
        groups=rows.groups,
        overlapping=rows.overlapping,
        scores=rows.score,
        labels=rows.label,
    )


def group_pairs(
    base: Counted, new: Counted, together: Mapping[Group, Together], *, least: int
) -> dict[Group, GroupPair]:
    """Put every group of either input beside itself."""
    sides = [_by_group(counted) for counted in (base, new)]
    pairs = {
        EVERYBODY: GroupPair(
            group=EVERYBODY, base=base.overall, new=new.overall, together=together.get(EVERYBODY)
        )
    }
    for attribute in base.attributes:
        groups = sorted({group for side in sides for group in side if group[0] == attribute})
        for group in groups:
            counted = [side.get(group) for side in sides]
            pairs[group] = GroupPair(
                group=group,
                base=counted[0][0] if counted[0] else None,
                new=counted[1][0] if counted[1] else None,
                unknown=any(one[1] for one in counted if one),
                small=any(one is not None and one[0].people < least for one in counted),
                together=together.get(group),
            )
    return pairs


def _by_group(counted: Counted) -> dict[Group, tuple[Counts, bool]]:
    return {(g.attribute, g.group): (g.counts, g.unknown) for g in counted.groups if g.counts.n}


__all__ = ["Matching", "Side", "group_pairs", "match_elsewhere", "match_people", "read_alike"]
