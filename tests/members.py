"""What pandas says of groups that overlap, each a column of 0 and 1, for tests to compare with."""

from __future__ import annotations

from typing import Any

import pandas as pd

NOBODYS, MISSING = "(none of them)", "(missing)"


def in_race(table: pd.DataFrame) -> dict[str, pd.Series]:
    """Say who is in each race, in none, and of whom this is not known."""
    flags = table[["black", "asian", "white"]].apply(pd.to_numeric)
    anywhere = (flags == 1).any(axis=1)
    unknown = ~anywhere & flags.isna().any(axis=1)
    return {**{c: flags[c] == 1 for c in flags}, NOBODYS: ~anywhere & ~unknown, MISSING: unknown}


def may_be_in_race(table: pd.DataFrame) -> dict[str, pd.Series]:
    """Say who is in each race, in none, or may be: of whom it is not known which are in it; of those who may be anything, who they are."""
    flags = table[["black", "asian", "white"]].apply(pd.to_numeric)
    own = in_race(table)
    return {
        **{c: own[c] | flags[c].isna() for c in flags},
        NOBODYS: own[NOBODYS] | own[MISSING],
        MISSING: own[MISSING],
    }


def told(stratum: dict[str, Any]) -> tuple[int, ...]:
    """Return the counts that a document gives of a stratum."""
    return tuple(stratum[key] for key in ("numerator", "n", "reference_numerator", "reference_n"))


def counted(own: pd.Series, others: pd.Series, told_of: pd.Series) -> tuple[int, ...]:
    """Count a group and those beside it: of whom something is told, and all."""
    return (told_of & own).sum(), own.sum(), (told_of & others).sum(), others.sum()
