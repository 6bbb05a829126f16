"""The groups of a table within the strata of something else: each beside the reference of the whole table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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

    def others(group: str) -> Sequence[str]:
        rest = table.kind is ReferenceKind.REST
        return [n for n in taking_part if n != group] if rest else [table.reference or ""]

    return {
        group.category.group: {
            stratum: beside(group.category.group, others(group.category.group), counted)
            for stratum, counted in strata.items()
        }
        for group in table.groups
        if group.rates is not None
    }


def beside(group: str, others: Sequence[str], counted: Mapping[str, Selected]) -> TwoRates:
    """Put a group of a stratum beside its reference, which may be several groups together; either may have nobody there."""
    own = counted.get(group, _NOBODY)
    reference = [counted.get(name, _NOBODY) for name in others]
    return TwoRates(
        x1=own.selected, n1=own.n, x2=sum(o.selected for o in reference), n2=sum(o.n for o in reference)
    )
