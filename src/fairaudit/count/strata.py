"""Who is selected, of each group within each stratum of something else; and above which score, where that is a median."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from fairaudit.count.counts import Counts
from fairaudit.count.groups import part_of
from fairaudit.count.membership import Numbers, Unknown, is_silent, may_be, silent_names
from fairaudit.engine.sql import double
from fairaudit.read.checked_rows import Checked
from fairaudit.read.used_rows import cells_of, rows_by
from fairaudit.slices.grammar import CROSS, MISSING_GROUP, Attribute


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """People, and how many of them are selected."""

    n: int
    selected: int


_NOBODY = Selected(n=0, selected=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratified:
    """The groups of an attribute within strata, and how many people are in a stratum that is not known.

    Attributes
    ----------
    strata
        By stratum, in the order of their names as the table has them, and by group.
    """

    strata: Mapping[str, Mapping[str, Selected]]
    unknown: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The median of scores, and the score that all who lie above it exceed: of an even number of people the lower of the two in the middle."""

    median: float
    above: float


def median_cut(checked: Checked, attribute: Attribute, unknown: Unknown) -> Cut | None:
    """Find the median score of the people whose group of an attribute is known; ``None`` where there are none.

    References
    ----------
    6 RCNY 5-300, "scoring rate": the share of a category that has a score above the sample's median. A tie with it is not above it.
    """
    known = known_groups(checked, attribute, unknown)
    if elsewhere := checked.rows.scores_elsewhere:
        (people,) = checked.rows.one(f"SELECT sum(people) FROM {cells_of(checked.rows)} WHERE {known}")
        if not people:
            return None
        places = [(int(people) + 1) // 2 - 1, int(people) // 2]
        low, high = elsewhere.at_places(places, of="sum(people)", where=f"people > 0 AND {known}")
        return Cut(median=low / 2 + high / 2, above=low)
    reached = (
        "SELECT score, sum(sum(people)) OVER (ORDER BY score) AS reached, sum(sum(people)) OVER () AS everybody "
        f"FROM used_rows WHERE people > 0 AND {known} GROUP BY score"
    )
    low, high = checked.rows.one(
        f"SELECT min(score) FILTER (2 * reached >= everybody), min(score) FILTER (2 * reached > everybody) FROM ({reached})"
    )
    return None if low is None else Cut(median=low / 2 + high / 2, above=low)


def count_selected(checked: Checked, attribute: Attribute, cut: Cut) -> Mapping[str, Selected]:
    """Count the people of each group, and those of them who lie above a cut."""
    selected: dict[str, Selected] = {}
    for places in checked.sets_of(attribute):
        for (numbers, _), people in _counted(checked, places, (), cut).items():
            names = checked.names_in(attribute, tuple(zip(places, numbers, strict=True)))
            if names is not None:
                selected[CROSS.join(names)] = people
    return selected


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlapping:
    """Who is in groups that overlap.

    Attributes
    ----------
    known, unknown
        All of whom it is known in which they are, and the others, each person once.
    others, may_join
        By group all who are known not to be in it, and those who may be in it or not.
    """

    known: Selected
    unknown: Selected
    others: Mapping[str, Selected]
    may_join: Mapping[str, Selected]


def count_known(checked: Checked, attribute: Attribute, cut: Cut | None, unknown: Unknown) -> Overlapping:
    """Count the people of an attribute whose groups overlap."""
    everybody = _counted(checked, (), (), cut).get(((), ()), _NOBODY)
    known = _counted(checked, (), (), cut, where=known_groups(checked, attribute, unknown)).get(
        ((), ()), _NOBODY
    )
    beside: dict[str, Selected] = {}
    may_join: dict[str, Selected] = {}
    for own in checked.sets_of(attribute):
        silent = silent_names(attribute, own, unknown)
        cells = {numbers: people for (numbers, _), people in _counted(checked, own, (), cut).items()}
        for numbers in cells:
            names = checked.names_in(attribute, tuple(zip(own, numbers, strict=True)))
            if names is not None and not is_silent(checked, own, numbers, silent):
                rest = {other: people for other, people in cells.items() if other != numbers}
                may = {n: p for n, p in rest.items() if may_be(checked, own, n, numbers, silent)}
                group = CROSS.join(names)
                may_join[group] = _together(may.values())
                beside[group] = _together(people for n, people in rest.items() if n not in may)
    return Overlapping(
        known=known,
        unknown=Selected(n=everybody.n - known.n, selected=everybody.selected - known.selected),
        others=beside,
        may_join=may_join,
    )


def _together(people: Iterable[Selected]) -> Selected:
    parts = list(people)
    return Selected(n=sum(one.n for one in parts), selected=sum(one.selected for one in parts))


def count_beside(
    checked: Checked, attribute: Attribute, within: Attribute, cut: Cut | None, unknown: Unknown
) -> Mapping[str, Mapping[str, tuple[Selected, Selected]]]:
    """Count the people of groups that overlap within strata, and beside each all who are known not to be in it, with those who are selected."""
    beside = _beside_others(checked, attribute, within, unknown, [_is_selected(cut)])
    return {
        stratum: {
            group: (Selected(n=own[0], selected=own[1]), Selected(n=others[0], selected=others[1]))
            for group, (own, others) in groups.items()
        }
        for stratum, groups in beside.items()
    }


def count_strata(
    checked: Checked, attribute: Attribute, within: Attribute, cut: Cut | None, unknown: Unknown
) -> Stratified:
    """Count an attribute's groups within strata, in the order of their names or ranges; a stratum that is not known is none.

    Parameters
    ----------
    cut
        Above which people are selected; ``None`` where that was decided.
    """
    own, other = checked.groups_of(attribute), checked.groups_of(within)
    strata, silent = _by_stratum(checked, own, other, unknown, _counted(checked, own, other, cut))
    missing: dict[str, int] = {}
    for group, people in silent:
        missing[group] = missing.get(group, 0) + people.n
    return Stratified(strata=strata, unknown=missing)


def count_outcomes(
    checked: Checked, attribute: Attribute, within: Attribute, unknown: Unknown
) -> Mapping[str, Mapping[str, Counts]]:
    """Count the people of an attribute's groups within strata by decision and label, in the order of these; a stratum that is not known is none."""
    own, other = checked.groups_of(attribute), checked.groups_of(within)
    numbers = _numbers(checked, own, other, _cells(checked))
    counted = {places: _counts(*sums) for places, sums in numbers.items()}
    return _by_stratum(checked, own, other, unknown, counted)[0]


def _cells(checked: Checked) -> list[str]:
    """Write the conditions that tell whom a confusion matrix counts, as far as labels are known."""
    labelled = checked.roles.label is not None
    return ["decision = 1"] + [
        f"decision = {decision} AND label = {label}"
        for decision, label in ((1, 1), (1, 0), (0, 1), (0, 0))
        if labelled
    ]


def count_overlapping(
    checked: Checked, attribute: Attribute, within: Attribute, unknown: Unknown
) -> Mapping[str, Mapping[str, tuple[Counts, Counts]]]:
    """Count the people of groups that overlap within strata, and beside each all who are known not to be in it."""
    beside = _beside_others(checked, attribute, within, unknown, _cells(checked))
    return {
        stratum: {group: (_counts(*own), _counts(*others)) for group, (own, others) in groups.items()}
        for stratum, groups in beside.items()
    }


def _beside_others(
    checked: Checked, attribute: Attribute, within: Attribute, unknown: Unknown, conditions: Sequence[str]
) -> dict[str, dict[str, tuple[Sequence[int], Sequence[int]]]]:
    """Count, by stratum and group, people and those of whom each condition is true: of the group, and of all who are known not to be in it."""
    other = checked.groups_of(within)
    strata: dict[str, dict[str, tuple[Sequence[int], Sequence[int]]]] = {}
    for own in checked.sets_of(attribute):
        silent = silent_names(attribute, own, unknown)
        named: dict[Numbers, str] = {}
        by_stratum: dict[str, dict[Numbers, Sequence[int]]] = {}
        for (group, numbers), sums in sorted(_numbers(checked, own, other, conditions).items()):
            stratum = _stratum(checked, other, numbers, unknown)
            if stratum is None:
                continue
            by_stratum.setdefault(stratum, {})[group] = sums
            names = checked.names_in(attribute, tuple(zip(own, group, strict=True)))
            if names is not None and not is_silent(checked, own, group, silent):
                named[group] = CROSS.join(names)
        for stratum, groups in by_stratum.items():
            nobody = [0] * (1 + len(conditions))
            of_stratum = strata.setdefault(stratum, {})
            for group, name in named.items():
                others = [
                    sums for other, sums in groups.items() if not may_be(checked, own, other, group, silent)
                ]
                outside = [sum(column) for column in zip(nobody, *others, strict=True)]
                of_stratum[name] = groups.get(group, nobody), outside
    return strata


def _counts(
    n: int,
    selected: int,
    tp: int | None = None,
    fp: int | None = None,
    fn: int | None = None,
    tn: int | None = None,
) -> Counts:
    return Counts(n=n, selected=selected, tp=tp, fp=fp, fn=fn, tn=tn)


Of = TypeVar("Of")


def _by_stratum(
    checked: Checked,
    own: Numbers,
    other: Numbers,
    unknown: Unknown,
    counted: Mapping[tuple[Numbers, Numbers], Of],
) -> tuple[dict[str, dict[str, Of]], list[tuple[str, Of]]]:
    """Sort what was counted by stratum and group, both named; whose stratum is not known stand apart."""
    strata: dict[str, dict[str, Of]] = {}
    apart = []
    for (group_numbers, numbers), people in sorted(counted.items(), key=lambda one: (one[0][1], one[0][0])):
        group = _name(checked, own, group_numbers)
        stratum = _stratum(checked, other, numbers, unknown)
        if stratum is None:
            apart.append((group, people))
        else:
            strata.setdefault(stratum, {})[group] = people
    return strata, apart


def _stratum(checked: Checked, other: Numbers, numbers: Numbers, unknown: Unknown) -> str | None:
    """Name a stratum; ``None`` where it is not known."""
    silent = [{MISSING_GROUP, *unknown.get(place, ())} for place in other]
    return None if is_silent(checked, other, numbers, silent) else _name(checked, other, numbers)


def _is_selected(cut: Cut | None) -> str:
    return f"score > {double(cut.above)}" if cut else "decision = 1"


def _counted(
    checked: Checked, own: Numbers, other: Numbers, cut: Cut | None, *, where: str = "true"
) -> Mapping[tuple[Numbers, Numbers], Selected]:
    """Count people, and those who are selected, by the numbers of their groups and of their strata."""
    return {
        numbers: Selected(n=n, selected=chosen)
        for numbers, (n, chosen) in _numbers(checked, own, other, [_is_selected(cut)], where=where).items()
    }


def _numbers(
    checked: Checked, own: Numbers, other: Numbers, conditions: Sequence[str], *, where: str = "true"
) -> Mapping[tuple[Numbers, Numbers], Sequence[int]]:
    """Count people, and those of whom each condition is true, by the numbers of their groups and of their strata."""
    wide = len(own) + len(other)
    relation = cells_of(checked.rows, part_of(checked, (*own, *other)))
    if checked.rows.scores_elsewhere:
        # What a condition says of a score can be answered only there.
        fulfilled = ", ".join(f"CAST({c} AS TINYINT) AS is_{place}" for place, c in enumerate(conditions))
        relation = rows_by(checked.rows, fulfilled, {})
        conditions = [f"is_{place} = 1" for place, _ in enumerate(conditions)]
    sums = [f"coalesce(sum(people) FILTER ({condition}), 0)" for condition in conditions]
    grouped = "GROUP BY ALL" if wide else "HAVING count(*) > 0"
    rows = checked.rows.connection.execute(
        f"SELECT {', '.join([*(f'd{place}' for place in (*own, *other)), 'sum(people)', *sums])} "
        f"FROM {relation} WHERE {where} {grouped}"
    ).fetchall()
    return {
        (tuple(row[: len(own)]), tuple(row[len(own) : wide])): [int(number) for number in row[wide:]]
        for row in rows
    }


def _name(checked: Checked, places: Numbers, numbers: Numbers) -> str:
    return CROSS.join(checked.names[place][number] for place, number in zip(places, numbers, strict=True))


def known_groups(checked: Checked, attribute: Attribute, unknown: Unknown) -> str:
    """Write the SQL that is true of people whose group of an attribute is known; of columns of members that is so of whoever is in one of them."""
    places = [checked.dimensions.index(part[-1]) for part in attribute.parts]
    return " AND ".join(f"d{place} NOT IN ({_unknown(checked, place, unknown)})" for place in places)


def _unknown(checked: Checked, place: int, unknown: Unknown) -> str:
    """List the numbers of the groups of which it is not known who is in them; -1 is none."""
    silent = {MISSING_GROUP, *unknown.get(place, ())}
    return (
        ", ".join(str(number) for number, name in enumerate(checked.names[place]) if name in silent) or "-1"
    )
