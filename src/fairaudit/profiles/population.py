"""The groups of a table beside their shares of a population: among all people, and among those who are selected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fairaudit.profiles.tables import Table
from fairaudit.profiles.unknown import Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Represented:
    """A group, and its share of the population; `all_people` are those of categories that the population has, which the group is a part of."""

    group: str
    share: float | None
    people: Rate
    all_people: Rate


def represent(table: Table, shares: Mapping[str, float]) -> tuple[Represented, ...]:
    """Put every group beside its share of a population; a category of whom nobody is there is a group of nobody."""
    rates = {g.category.group: g.category.rate for g in table.groups}
    known = [rate for group, rate in rates.items() if group in shares]
    everybody = Rate(x=sum(r.x for r in known), n=sum(r.n for r in known))
    names = [*rates, *(name for name in shares if name not in rates)]
    return tuple(
        Represented(
            group=name, share=shares.get(name), people=rates.get(name, Rate(x=0, n=0)), all_people=everybody
        )
        for name in names
    )
