"""How many people are in several of an attribute's groups at once."""

from __future__ import annotations

from fairaudit.count.groups import part_of
from fairaudit.read.checked_rows import Checked
from fairaudit.read.used_rows import cells_of
from fairaudit.slices.grammar import Attribute


def in_several(checked: Checked, attribute: Attribute) -> int:
    """Count the people who are in more than one of the groups of an attribute, each person once."""
    *members, _ = checked.groups_of(attribute)
    many = " + ".join(f"CAST(d{place} = 0 AS INTEGER)" for place in members)
    people = "count(DISTINCT person)" if checked.clustered else "coalesce(sum(people), 0)"
    relation = "used_rows" if checked.clustered else cells_of(checked.rows, part_of(checked, members))
    return int(checked.rows.one(f"SELECT {people} FROM {relation} WHERE people > 0 AND {many} > 1")[0])
