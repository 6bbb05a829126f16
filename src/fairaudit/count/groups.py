"""Checked rows into counts of every group, by an SQL statement with grouping sets; ROC AUC takes one more for each attribute."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, TypeAlias

from fairaudit.count.cells import LABELLED_CELLS, TENTHS, UNLABELLED_CELLS
from fairaudit.count.counts import (
    Clusters,
    Counted,
    Counts,
    GroupCounts,
    ScoredTenth,
)
from fairaudit.count.few import cells_of_few, ranks_of_few
from fairaudit.count.membership import may_join
from fairaudit.count.ranks import rank_apart
from fairaudit.engine.elsewhere import Key, Ranks
from fairaudit.engine.losses import ERRORS, whole, with_errors
from fairaudit.errors import OptionError, clipped
from fairaudit.read.checked_rows import Checked
from fairaudit.read.readings import MOST_GROUPS
from fairaudit.read.used_rows import cells_of
from fairaudit.settings.choices import ScoreKind, WeightKind
from fairaudit.slices.grammar import CROSS, MISSING_GROUP

BATCH = 12
"""How many attributes one statement counts."""
SUM_UNIT = Fraction(1, 10**15)
_FEW_ROWS = 10_000
_DIGITS_OF_SCORES = 18
"""Of all scores added up, of which the square fits 128 bits."""
_PLACES_OF_INFLUENCE = 17
"""Decimal places of a row's influence, which is at most 1; the squares then fit 128 bits."""


Row: TypeAlias = tuple[Any, ...]
"""What one statement gives of a group, in the order of `counts_of`."""


def count(checked: Checked, *, unknown: Mapping[int, Collection[str]] | None = None) -> Counted:
    """Count a checked table: overall, and for every group of every attribute.

    Parameters
    ----------
    unknown
        By dimension, its groups of which it is not known who is in them, beside those whose value is missing.

    Raises
    ------
    OptionError
        If an intersection has more groups than anybody could read.
    """
    sets = all_sets(checked)
    ranks: Mapping[Key, Ranks] = {}
    # Each batch is one statement: the cells of very many attributes would be as many as the rows, and as wide as the table.
    cells: dict[Key, Row] = {}
    clusters: dict[Key, Clusters] = {}
    for part, batch in batches(checked, sets):
        cells |= confusion(checked, batch, cells_of(checked.rows, part))
        if checked.clustered and checked.rule is not None:
            clusters |= _clustered(checked, batch, people=int(cells[()][0] or 0))
    if checked.roles.label and checked.scores in (ScoreKind.PROBABILITIES, ScoreKind.RANKS):
        ranks = rank_apart(checked, sets) if checked.rows.apart else ranked(checked, sets)
        areas = influences(checked, sets) if checked.clustered else {}
        clusters = {key: replace(cells, area=areas.get(key)) for key, cells in clusters.items()}
    attributes = {attribute.name: attribute for attribute in checked.attributes}
    open_to = may_join(checked, checked.attributes, cells, unknown or {})
    groups = [
        GroupCounts(
            attribute=attribute,
            group=name,
            counts=counts_of(cells[key], ranks.get(key), clusters.get(key)),
            unknown=is_of_unknown,
            names=checked.names_in(attributes[attribute], key) or (),
            may_join=tuple(counts_of(cells[one], None, clusters.get(one)) for one in open_to.get(key, ())),
        )
        for attribute, name, key, is_of_unknown in named_groups(checked, cells, unknown or {})
    ]
    overall: Key = ()
    return Counted(
        overall=counts_of(cells[overall], ranks.get(overall), clusters.get(overall)),
        groups=tuple(groups),
        scores=checked.scores,
        part=checked.part,
        intersections=frozenset(a.name for a in checked.attributes if a.width > 1),
        overlapping=frozenset(a.name for a in checked.attributes if a.overlapping),
    )


def all_sets(checked: Checked) -> list[tuple[int, ...]]:
    """Return the dimensions that rows are grouped by together, each set once for every attribute that needs it."""
    return list(
        dict.fromkeys(indexes for attribute in checked.attributes for indexes in checked.sets_of(attribute))
    )


def named_groups(
    checked: Checked, keys: Collection[Key], unknown: Mapping[int, Collection[str]]
) -> Iterator[tuple[str, str, Key, bool]]:
    """Name the groups that were counted, those of an attribute together and in their order: attribute, group, key, and whether it is not known who is in it.

    Raises
    ------
    OptionError
        If an intersection has more groups than anybody could read, or two of them would have one name.
    """
    of_dimensions: dict[tuple[int, ...], list[Key]] = {}
    for key in keys:
        of_dimensions.setdefault(tuple(sorted(index for index, _ in key)), []).append(key)
    for attribute in checked.attributes:
        places = checked.places_of(attribute)
        sets = dict.fromkeys(tuple(sorted(indexes)) for indexes in checked.sets_of(attribute))
        near = [key for indexes in sets for key in of_dimensions.get(indexes, ())]
        own = {key: names for key in near if (names := checked.names_in(attribute, key)) is not None}
        by_name = {CROSS.join(names): key for key, names in own.items()}
        if len(own) > MOST_GROUPS:
            raise OptionError(
                checked.option,
                f"{clipped(attribute.name)!r} has {len(own):,} groups, and an attribute may have at most {MOST_GROUPS:,}",
            )
        if len(by_name) < len(own):
            raise OptionError(
                checked.option, f"two groups of {clipped(attribute.name)!r} would have the same name"
            )
        for name, key in sorted(by_name.items()):
            is_of_unknown = is_unknown(zip(places, own[key], strict=True), unknown)
            yield attribute.name, name, key, is_of_unknown


def is_unknown(places: Iterable[tuple[int | None, str]], unknown: Mapping[int, Collection[str]]) -> bool:
    """Tell whether it is not known who is in a group: a value of its dimensions is missing, or stands for that."""
    return any(
        name == MISSING_GROUP or (index is not None and name in unknown.get(index, ()))
        for index, name in places
    )


def batches(checked: Checked, sets: Sequence[Sequence[int]]) -> list[tuple[int, Sequence[Sequence[int]]]]:
    """Share sets of dimensions out to statements: not too many for one, and of one part of the columns, whose place stands in front."""
    shared: dict[int, list[Sequence[int]]] = {}
    for indexes in sets:
        shared.setdefault(part_of(checked, indexes), []).append(indexes)
    return [
        (part, own[first : first + BATCH])
        for part, own in (shared or {0: []}).items()
        for first in range(0, max(len(own), 1), BATCH)
    ]


def part_of(checked: Checked, indexes: Sequence[int]) -> int:
    """Return the part of the columns that has some dimensions."""
    return checked.rows.part_of(checked.columns_of(indexes))


def confusion(
    checked: Checked, sets: Sequence[Sequence[int]], relation: str, *, errors: bool = True
) -> dict[Key, Row]:
    """Count confusion matrices, add up the `errors` of probabilities, and these by tenths, in one statement."""
    taking_part = sorted({index for indexes in sets for index in indexes})
    has_label, has_rule = checked.roles.label is not None, checked.rule is not None
    probabilities = errors and has_label and checked.scores is ScoreKind.PROBABILITIES
    if checked.rows.apart is None and are_few(checked):
        rows: Sequence[Sequence[int | None]] = cells_of_few(
            checked.rows, sets, relation, probabilities=probabilities
        )
    else:
        rows = _cells(checked, sets, relation, probabilities=probabilities)
    of_groups: dict[Key, list[Sequence[int | None]]] = {(): []} if not rows else {}
    for row in rows:
        key, cell = row[: len(taking_part)], row[len(taking_part) :]
        of_groups.setdefault(group_key(taking_part, key), []).append(cell)
    return {
        key: _added_up(cells, labelled=has_label and has_rule, decided=has_rule, scored=probabilities)
        for key, cells in of_groups.items()
    }


def are_few(checked: Checked) -> bool:
    """Return whether rows are so few that NumPy has counted them before DuckDB has prepared to."""
    return checked.rows.rows <= _FEW_ROWS and checked.roles.weight is None


def _cells(
    checked: Checked, sets: Sequence[Sequence[int]], relation: str, *, probabilities: bool
) -> list[tuple[int | None, ...]]:
    """Count the cells of each group, with the errors of `probabilities`: first the cells that differ in any way, then the groups from the cells."""
    keys = [f"d{index}" for index in sorted({index for indexes in sets for index in indexes})]
    apart = checked.rows.apart is not None
    of_scores = {**ERRORS, "score_sum": "score"}
    sums = [
        f", {name if apart else f'sum(people * {whole(sql)})'} AS {name}"
        for name, sql in of_scores.items()
        if probabilities
    ]
    people = "people" if apart else "sum(people)"
    if probabilities and not apart:
        relation = with_errors(relation)
    cell = ["label", "decision", *(["tenth"] if probabilities else [])]
    alike = ", ".join([*keys, *cell])
    return checked.rows.connection.execute(
        f"WITH cells AS (SELECT {alike}, {people} AS people{''.join(sums)} "
        f"FROM {relation}{'' if apart else ' GROUP BY ALL'}) "
        f"SELECT {', '.join([*keys, 'label', 'decision', cell[-1]])}, sum(people), {', '.join(f'sum({name})' if probabilities else 'NULL' for name in of_scores)} FROM cells "
        f"GROUP BY GROUPING SETS ({', '.join(grouping_set(indexes, *cell) for indexes in [*sets, ()])})"
    ).fetchall()


def _added_up(cells: Sequence[Sequence[int | None]], *, labelled: bool, decided: bool, scored: bool) -> Row:
    """Add up the cells of a group, each a label, a decision, a tenth, the people, their errors and their scores, to the people, those who are selected, the confusion matrix, the errors and the tenths."""
    people: Counter[tuple[int | None, int | None]] = Counter()
    for label, decision, _, number, *_ in cells:
        people[label, decision] += number or 0
    selected = sum(number for (_, decision), number in people.items() if decision == 1)
    matrix = [people[label, decision] for decision, label in ((1, 1), (1, 0), (0, 1), (0, 0))]
    errors = [
        [error for error in column if error is not None] for column in list(zip(*cells, strict=True))[4:6]
    ]
    return (
        people.total(),
        selected if decided else None,
        *(matrix if labelled else [None] * len(matrix)),
        *(sum(column) if column else None for column in errors or ((), ())),
        _tenths(cells) if scored and labelled else None,
    )


def _tenths(cells: Sequence[Sequence[int | None]]) -> tuple[ScoredTenth, ...]:
    """Add up the cells of a group by tenths."""
    tenths = [[0, 0, 0] for _ in range(TENTHS)]
    for label, _, tenth, number, *_, scores in cells:
        own = tenths[tenth or 0]
        own[0] += number or 0
        own[1] += (number or 0) * (label == 1)
        own[2] += scores or 0
    return tuple(
        ScoredTenth(people=people, positives=positives, score_sum=units * SUM_UNIT)
        for people, positives, units in tenths
    )


def _clustered(checked: Checked, sets: Sequence[Sequence[int]], *, people: int) -> dict[Key, Clusters]:
    """Add up the products of each person's cells, and of the scores.

    Of so many `people` in all, scores are added up in such units that the squares of all fit 128 bits.
    """
    surveyed, labelled = checked.weight_kind is WeightKind.SURVEY, checked.roles.label is not None
    places = (
        max(_DIGITS_OF_SCORES - len(str(people)), 0)
        if labelled and checked.scores is ScoreKind.PROBABILITIES
        else None
    )
    if checked.rows.elsewhere:
        together = checked.rows.elsewhere.clusters(sets, labelled=labelled, survey=surveyed, scores=places)
    else:
        together = _of_each_person(checked, sets, places)
    return {
        key: _clusters(numbers, labelled=labelled, surveyed=surveyed, places=places)
        for key, numbers in together.items()
    }


def _of_each_person(
    checked: Checked, sets: Sequence[Sequence[int]], places: int | None
) -> dict[Key, Sequence[int]]:
    """Add up what `_clusters` reads, of scores with so many decimal `places`, in one statement: first the cells that differ, then the people of each group, then the groups."""
    surveyed, labelled = checked.weight_kind is WeightKind.SURVEY, checked.roles.label is not None
    taking_part = sorted({index for indexes in sets for index in indexes})
    keys = [f"d{index}" for index in taking_part]
    conditions = (
        [f"decision = {decision} AND label = {label}" for decision, label in ((1, 1), (1, 0), (0, 1), (0, 0))]
        if labelled
        else ["decision = 1", "decision = 0"]
    )
    cells = [
        f"coalesce(sum(people) FILTER (WHERE {condition}), 0) AS c{place}"
        for place, condition in enumerate(conditions)
    ]
    rows_of = [
        f"coalesce(sum(rows) FILTER (WHERE {condition}), 0) AS r{place}"
        for place, condition in enumerate(conditions)
    ]
    sums = [
        f"sum(c{one} * c{other})"
        for one, other in itertools.combinations_with_replacement(range(len(cells)), 2)
    ]
    scores = ""
    if places is not None:
        scores = f", sum(CAST(round(1e{places} * people * score) AS HUGEINT)) AS scores"
        cells, sums = (
            [*cells, "sum(scores) AS s"],
            [*sums, "sum(s * s)", "sum(s * (c0 + c2))"],
        )
    if surveyed:
        cells, sums = cells + rows_of, sums + [f"sum(r{place})" for place in range(len(conditions))]
    rows = checked.rows.connection.execute(
        f"WITH cells AS (SELECT {', '.join([*keys, 'person', 'label', 'decision'])}, sum(people) AS people, count(*) AS rows{scores} FROM used_rows WHERE people > 0 GROUP BY ALL), "
        f"persons AS (SELECT {', '.join([*keys, *cells])} FROM cells "
        f"GROUP BY GROUPING SETS ({', '.join(grouping_set(indexes, 'person') for indexes in [*sets, ()])})) "
        f"SELECT {', '.join([*keys, 'count(*)', *sums])} FROM persons {'GROUP BY ALL' if keys else ''}"
    ).fetchall()
    return {
        group_key(taking_part, row[: len(keys)]): [int(number or 0) for number in row[len(keys) :]]
        for row in rows
    }


def _clusters(numbers: Sequence[int], *, labelled: bool, surveyed: bool, places: int | None) -> Clusters:
    """Read how many people there are, the products of their cells, those of scores with so many decimal `places`, and in a survey the rows in each cell."""
    cells = len(LABELLED_CELLS if labelled else UNLABELLED_CELLS)
    people, *totals = numbers
    products, totals = totals[: (width := cells * (cells + 1) // 2)], totals[width:]
    scores = None
    if places is not None:
        square, product, *totals = totals
        scores = Fraction(square, 100**places), Fraction(product, 10**places)
    return Clusters(
        people=people,
        products=tuple(products),
        rows=tuple(totals[:cells]) if surveyed else None,
        scores=scores,
    )


def influences(checked: Checked, sets: Sequence[Sequence[int]]) -> dict[Key, Fraction]:
    """Add up each person's squared influence on the area under the ROC curve, one grouping set after the other.

    A row with label 1 moves the area by how far its share of labels 0 below it is from the area, over all labels 1; one with label 0 likewise.

    References
    ----------
    Obuchowski 1997, Nonparametric analysis of clustered ROC curve data, doi:10.2307/2533958: the sums over clusters of DeLong's placements.
    """
    squares: dict[Key, int] = {}
    if checked.rows.elsewhere:
        squares = checked.rows.elsewhere.influences(sets, _PLACES_OF_INFLUENCE)
    else:
        for indexes in dict.fromkeys((*map(tuple, sets), ())):
            squares |= _influences(checked, indexes, "used_rows")
    return {key: _in_units(square) for key, square in squares.items()}


def influences_among(checked: Checked, conditions: Sequence[str]) -> list[Fraction | None]:
    """Add them up among the rows of which a condition is true, condition after condition; ``None`` where there is no area."""
    if checked.rows.elsewhere:
        among = checked.rows.elsewhere.influences_among(conditions, _PLACES_OF_INFLUENCE)
    else:
        relations = [f"(SELECT * FROM used_rows WHERE {condition})" for condition in conditions]
        among = [_influences(checked, (), relation).get(()) for relation in relations]
    return [None if square is None else _in_units(square) for square in among]


def _in_units(square: int) -> Fraction:
    return Fraction(square, 10 ** (2 * _PLACES_OF_INFLUENCE))


def _influences(checked: Checked, indexes: Sequence[int], relation: str) -> dict[Key, int]:
    own = [f"d{index}" for index in indexes]
    group = ", ".join(own)
    whole = f"OVER ({f'PARTITION BY {group}' if own else ''})"
    rows = checked.rows.connection.execute(
        f"WITH {_climbed(own, relation)}, "
        f"placed AS (SELECT *, sum(ones * (2 * zeros_reached - zeros)) {whole} / (2.0 * all_ones * all_zeros) AS area, "
        "(2 * zeros_reached - zeros) / (2.0 * all_zeros) AS below, (2 * (all_ones - ones_reached) + ones) / (2.0 * all_ones) AS above FROM climbed), "
        f"moved AS (SELECT {', '.join([*own, 'person'])}, sum(CAST(round(1e{_PLACES_OF_INFLUENCE} * people * "
        "CASE label WHEN 1 THEN (below - area) / all_ones ELSE (above - area) / all_zeros END) AS HUGEINT)) AS influence "
        f"FROM {relation} JOIN placed USING ({', '.join([*own, 'score'])}) WHERE people > 0 GROUP BY ALL) "
        f"SELECT {', '.join([*own, 'sum(influence * influence)'])} FROM moved {f'GROUP BY {group}' if own else ''}"
    ).fetchall()
    return {
        tuple(sorted(zip(indexes, row[:-1], strict=True))): int(row[-1])
        for row in rows
        if row[-1] is not None
    }


def ranked(
    checked: Checked, sets: Sequence[Sequence[int]], *, part: int = 0, where: str = ""
) -> dict[Key, Ranks]:
    """Count concordant pairs exactly, from how many labels 1 and 0 stand at each score, and add up squared placements.

    One grouping set after the other: all at once would hold each score once for every set, which only few rows may.

    Parameters
    ----------
    part, where
        Without sets everybody is ranked, of the rows of this part of the columns of which the condition is true.
    """
    ranks: dict[Key, Ranks] = {}
    shared = batches(checked, sets) if sets else [(part, sets)]

    def relation(of_part: int) -> str:
        cells = cells_of(checked.rows, of_part)
        return f"(SELECT * FROM {cells} WHERE {where})" if where else cells

    if are_few(checked):
        for of_part, batch in shared:
            ranks |= ranks_of_few(checked.rows, batch, relation(of_part))
        return ranks
    square = f"sum({{people}} * {whole('({share}) * ({share})')})"
    below = square.format(people="ones", share="(2 * zeros_reached - zeros) / (2.0 * all_zeros)")
    above = square.format(people="zeros", share="(2 * (all_ones - ones_reached) + ones) / (2.0 * all_ones)")
    for indexes in dict.fromkeys((*map(tuple, sets), ())):
        own = [f"d{index}" for index in indexes]
        group = ", ".join(own)
        rows = checked.rows.connection.execute(
            f"WITH {_climbed(own, relation(part_of(checked, indexes) if sets else part))} "
            f"SELECT {', '.join([*own, 'sum(ones * (2 * zeros_reached - zeros))', below, above])} "
            f"FROM climbed {f'GROUP BY {group}' if own else ''}"
        ).fetchall()
        ranks |= {
            tuple(sorted(zip(indexes, row[:-3], strict=True))): (
                int(row[-3] or 0),
                row[-2] or 0,
                row[-1] or 0,
            )
            for row in rows
        }
    return ranks


def _climbed(own: Sequence[str], relation: str) -> str:
    """Write the common tables that count labels at each score of a group, and those at or below it."""
    partition = f"PARTITION BY {', '.join(own)} " if own else ""
    climbing = f"OVER ({partition}ORDER BY score ROWS UNBOUNDED PRECEDING)"
    return (
        f"ladder AS (SELECT {', '.join([*own, 'score'])}, "
        "coalesce(sum(people) FILTER (WHERE label = 1), 0) AS ones, coalesce(sum(people) FILTER (WHERE label = 0), 0) AS zeros "
        f"FROM {relation} GROUP BY ALL), "
        f"climbed AS (SELECT *, sum(zeros) {climbing} AS zeros_reached, sum(ones) {climbing} AS ones_reached, "
        f"nullif(sum(zeros) OVER ({partition}), 0) AS all_zeros, nullif(sum(ones) OVER ({partition}), 0) AS all_ones FROM ladder)"
    )


def grouping_set(indexes: Sequence[int], *more: str) -> str:
    """Write one grouping set: the columns of an attribute, and what else its rows are told apart by."""
    return f"({', '.join([*(f'd{index}' for index in indexes), *more])})"


def group_key(indexes: Sequence[int], numbers: Sequence[int | None]) -> Key:
    """Return the group of a row; a group's number is never NULL, so what is NULL was rolled up."""
    return tuple(
        (index, number) for index, number in zip(indexes, numbers, strict=True) if number is not None
    )


def counts_of(row: Row, ranks: Ranks | None, clusters: Clusters | None) -> Counts:
    """Make counts of one row of the statement."""
    concordant_twice, placements1, placements0 = ranks or (None, None, None)
    n, selected, tp, fp, fn, tn, squared_error, log_loss, tenths = row
    return Counts(
        n=int(n or 0),
        selected=selected,
        tp=tp,
        fp=fp,
        fn=fn,
        tn=tn,
        squared_error=None if squared_error is None else squared_error * SUM_UNIT,
        log_loss=None if log_loss is None else log_loss * SUM_UNIT,
        tenths=tenths,
        concordant_twice=concordant_twice,
        placements1=None if placements1 is None else placements1 * SUM_UNIT,
        placements0=None if placements0 is None else placements0 * SUM_UNIT,
        clusters=clusters,
    )
