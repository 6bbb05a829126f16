"""Groups of two attributes at once, counted where it has to be known whether one of them stands behind the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fairaudit.count.counts import Counts
from fairaudit.count.groups import batches, confusion, counts_of, part_of
from fairaudit.engine.cells import part_name
from fairaudit.engine.duckdb import bring
from fairaudit.read.checked_rows import Checked
from fairaudit.read.decision import decided
from fairaudit.read.used_rows import cells_of, cells_with

Pairs = Mapping[tuple[str, str], Counts]
"""The people who are in a group of one attribute and in a group of another, by both; the errors of their scores are not added up."""


def count_pairs(checked: Checked, attribute: str, others: Sequence[str]) -> Mapping[str, Pairs]:
    """Count the groups of an attribute within those of others; all of them are attributes of one column each.

    Returns
    -------
    mapping
        By the other attribute; pairs in the order of its groups, and then of their own, whatever order an engine counts them in.
    """
    places = {a.name: checked.groups_of(a)[0] for a in checked.attributes if len(a.dimensions) == 1}
    own = places[attribute]
    counted: dict[int, dict[tuple[int, int], Counts]] = {places[other]: {} for other in others}
    for part, sets in batches(checked, [(places[other],) for other in others]):
        of_batch = [place for (place,) in sets]
        home = part_of(checked, (own,))
        together = checked.rows.parts and not checked.columns_of([own]) <= checked.rows.parts[part]
        relation = (
            cells_with(checked.rows, part, f"d{own}", home) if together else cells_of(checked.rows, part)
        )
        cells = confusion(checked, [(own, place) for place in of_batch], relation, errors=False)
        for key, row in cells.items():
            numbers = dict(key)
            for place in of_batch:
                if set(numbers) == {own, place}:
                    counted[place][numbers[place], numbers[own]] = counts_of(row, None, None)
    return {
        other: {
            (checked.names[own][group], checked.names[place][stratum]): counts
            for (stratum, group), counts in sorted(counted[place].items(), key=lambda pair: pair[0])
        }
        for other, place in places.items()
        if counted.get(place)
    }


def tells_apart(checked: Checked, column: str) -> bool:
    """Tell whether something can be compared among people who are alike in a column.

    Nothing can where all have one value; where people of one value are of one group, as a code of the group or a name says; or where
    they have one label or one decision, as a copy of it says. Of a column that was not read nothing of that is known.
    """
    rows = checked.rows
    if column not in rows.loaded:
        return True
    # Where columns are counted in parts, what is no attribute is in each of them.
    answers = [_numbers_alike(checked, column, part) for part, _ in enumerate(rows.parts or [()])]
    values = answers[0][0]
    return bool(values > 1) and all(
        differ for _, of_part in answers for differ, is_known in of_part if is_known
    )


def _numbers_alike(checked: Checked, column: str, part: int) -> tuple[int, list[tuple[bool, bool]]]:
    """Count the values of a column; and tell of label, decision and each attribute whether it differs among people who are alike, and whether it is known."""
    rows, roles = checked.rows, checked.roles
    score = rows.readings.of(roles.score).number if roles.score and not rows.apart else "NULL"
    decision_value = rows.column(roles.decision) if roles.decision else "NULL"
    label = rows.column(roles.label) if roles.label else "NULL"
    held = rows.parts[part] if rows.parts else rows.loaded
    columns = [c for c in dict.fromkeys(checked.grouped_by) if c in held]
    groups = [f"g{place}" for place, _ in enumerate(columns)]
    named = [f"{rows.column(c)} AS {group}" for c, group in zip(columns, groups, strict=True)]
    decision = decided(checked.rule, rows.precision(roles.score))
    relation, code = part_name("source_rows", part), part_name("code", part)
    if rows.apart and roles.score:
        # One score of each decision says as much as all of them.
        by_scores = checked.rule is not None and checked.rule.threshold is not None
        if rows.elsewhere:
            lowest = bring(
                rows.connection, "lowest_scores", rows.elsewhere.lowest(decision if by_scores else None)
            )
        else:
            scores = f"SELECT {code} AS code, {rows.readings.of(roles.score).number} AS score FROM each_row"
            sides = f"code, {decision}" if by_scores else "code"
            lowest = f"(SELECT code, min(score) AS score FROM ({scores}) GROUP BY {sides})"
        relation = f"{relation} JOIN {lowest} USING (code)"
        score = "score"
    names = ["label", "decision", *groups]
    most = rows.one(
        f"WITH alike AS (SELECT {', '.join([f'{rows.column(column)} AS alike', f'{score} AS score', f'{decision_value} AS decision_value', f'{label} AS label', *named])} "
        f"FROM {relation} WHERE kept), "
        f"decisions AS (SELECT *, {decision} AS decision FROM alike WHERE alike IS NOT NULL), "
        f"numbers AS (SELECT {', '.join(f'min({one}) AS low_{one}, max({one}) AS high_{one}' for one in names)} FROM decisions GROUP BY alike) "
        f"SELECT count(*), {', '.join(f'bool_or(low_{one} <> high_{one}), bool_or(low_{one} IS NOT NULL)' for one in names)} FROM numbers"
    )
    return int(most[0]), list(zip(most[1::2], most[2::2], strict=True))
