"""How many people are in several of an attribute's groups at once, and how many in none."""

from __future__ import annotations

from dataclasses import dataclass

from fairaudit.count.groups import part_of
from fairaudit.read.checked_rows import Checked
from fairaudit.read.used_rows import cells_of
from fairaudit.slices.grammar import Attribute


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """People who are in several of the groups of an attribute, and people of whom columns of members say that they are in none."""

    several: int
    nowhere: int


def overlap_of(checked: Checked, attribute: Attribute) -> Overlap:
    """Count the people who are in more than one of the groups of an attribute, and those who are in none, each person once."""
    families = [checked.indexes_of(part) for part in attribute.parts if len(part) > 1]
    several = " OR ".join(f"{_in(members[:-1])} > 1" for members in families)
    nowhere = " OR ".join(f"d{members[-1]} = 0" for members in families)
    indexes = [place for members in families for place in members]
    people = "count(DISTINCT person)" if checked.clustered else "sum(people)"
    relation = "used_rows" if checked.clustered else cells_of(checked.rows, part_of(checked, indexes))
    numbers = checked.rows.one(
        f"SELECT {people} FILTER (WHERE {several}), {people} FILTER (WHERE {nowhere}) FROM {relation} WHERE people > 0"
    )
    in_several, in_none = (int(number or 0) for number in numbers)
    return Overlap(several=in_several, nowhere=in_none)


def _in(members: tuple[int, ...]) -> str:
    """Write the SQL of how many of some groups somebody is in."""
    return " + ".join(f"CAST(d{place} = 0 AS INTEGER)" for place in members)
