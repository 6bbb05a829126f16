"""The groups of a table within the strata of something else: each beside the reference of the whole table."""

from __future__ import annotations

from collections.abc import Mapping

from fairaudit.count.strata import Selected
from fairaudit.disparity.references import ReferenceKind
from fairaudit.inference.odds import TwoRates
from fairaudit.profiles.tables import Table

_NOBODY = Selected(n=0, selected=0)


def tables_within(
    table: Table, strata: Mapping[str, Mapping[str, Selected]]
) -> Mapping[str, Mapping[str, TwoRates]]:
    """Put each group that is compared beside its reference, stratum by stratum; who is left out of the table is left out here.

    Returns
    -------
    mapping
        By group and stratum; one side of a stratum may have nobody.
    """
    taking_part = [g.category.group for g in table.groups if not g.category.excluded]
    return {
        group.category.group: {
            stratum: _beside(group.category.group, table, taking_part, counted)
            for stratum, counted in strata.items()
        }
        for group in table.groups
        if group.rates is not None
    }


def _beside(group: str, table: Table, taking_part: list[str], counted: Mapping[str, Selected]) -> TwoRates:
    own = counted.get(group, _NOBODY)
    names = [n for n in taking_part if n != group] if table.kind is ReferenceKind.REST else [table.reference]
    others = [counted.get(name or "", _NOBODY) for name in names]
    return TwoRates(
        x1=own.selected, n1=own.n, x2=sum(o.selected for o in others), n2=sum(o.n for o in others)
    )
