"""Groups of two attributes at once, counted where it has to be known whether one of them stands behind the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fairaudit.count.counts import Counts
from fairaudit.count.groups import BATCH, confusion, counts_of
from fairaudit.read.decision import decided
from fairaudit.read.table import Checked

Pairs = Mapping[tuple[str, str], Counts]
"""The people who are in a group of one attribute and in a group of another, by both."""


def count_pairs(checked: Checked, attribute: str, others: Sequence[str]) -> Mapping[str, Pairs]:
    """Count the groups of an attribute within those of others; all of them are attributes of one column each.

    Returns
    -------
    mapping
        By the other attribute.
    """
    places = {a.name: checked.groups_of(a)[0] for a in checked.attributes if len(a.dimensions) == 1}
    own = places[attribute]
    counted: dict[str, dict[tuple[str, str], Counts]] = {}
    for first in range(0, len(others), BATCH):
        of_batch = {places[other]: other for other in others[first : first + BATCH]}
        cells = confusion(checked, [(own, place) for place in of_batch])
        for key, row in cells.items():
            numbers = dict(key)
            for place, other in of_batch.items():
                if set(numbers) == {own, place}:
                    pair = (checked.names[own][numbers[own]], checked.names[place][numbers[place]])
                    counted.setdefault(other, {})[pair] = counts_of(row, None, None)
    return counted


def tells_apart(checked: Checked, column: str) -> bool:
    """Tell whether something can be compared among people who are alike in a column.

    Nothing can where all have one value; where people of one value are of one group, as a code of the group or a name says; or where
    they have one label or one decision, as a copy of it says. Of a column that was not read nothing of that is known.
    """
    rows, roles = checked.rows, checked.roles
    if column not in rows.loaded:
        return True
    score = rows.readings.of(roles.score).number if roles.score and not rows.apart else "NULL"
    decision_value = rows.column(roles.decision) if roles.decision else "NULL"
    label = rows.column(roles.label) if roles.label else "NULL"
    columns = dict.fromkeys(d.column for a in checked.attributes for d in a.dimensions)
    groups = [f"g{place}" for place, _ in enumerate(columns)]
    named = [f"{rows.column(c)} AS {group}" for c, group in zip(columns, groups, strict=True)]
    decision = decided(checked.rule, rows.precision(roles.score))
    relation = "source_rows"
    if rows.apart and roles.score:
        # One score of each decision says as much as all of them.
        scores = f"SELECT code, {rows.readings.of(roles.score).number} AS score FROM each_row"
        by_scores = checked.rule is not None and checked.rule.threshold is not None
        sides = f"code, {decision}" if by_scores else "code"
        relation = f"source_rows JOIN (SELECT code, min(score) AS score FROM ({scores}) GROUP BY {sides}) USING (code)"
        score = "score"
    names = ["label", "decision", *groups]
    most = rows.one(
        f"WITH alike AS (SELECT {', '.join([f'{rows.column(column)} AS alike', f'{score} AS score', f'{decision_value} AS decision_value', f'{label} AS label', *named])} "
        f"FROM {relation} WHERE kept), "
        f"decisions AS (SELECT *, {decision} AS decision FROM alike WHERE alike IS NOT NULL), "
        f"numbers AS (SELECT {', '.join(f'min({one}) AS low_{one}, max({one}) AS high_{one}' for one in names)} FROM decisions GROUP BY alike) "
        f"SELECT count(*), {', '.join(f'bool_or(low_{one} <> high_{one}), bool_or(low_{one} IS NOT NULL)' for one in names)} FROM numbers"
    )
    differ, known = most[1::2], most[2::2]
    return bool(most and most[0] > 1) and all(
        d for d, is_known in zip(differ, known, strict=True) if is_known
    )
