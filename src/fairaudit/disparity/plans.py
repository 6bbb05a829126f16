"""What would decide what is undecided: how many people it takes, and which verdict is to be expected.

A value outside its limits is planned to fail, if rates are as they look. A ratio or difference within them is planned to pass, if both rates
are the reference group's; a group's own rate, if it is as it looks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from fairaudit.disparity.ratios import Pair
from fairaudit.disparity.verdicts import ALPHA, Verdict
from fairaudit.settings.limits import Band

if TYPE_CHECKING:
    from fairaudit.inference.planning import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """A comparison that nobody could decide.

    Attributes
    ----------
    pair
        Successes and trials of the group, then of its reference, where it has one.
    value
        The ratio, the difference, or the group's own rate; ``None`` where it is undefined.
    people
        Of the group, now.
    weight, comparisons
        What the p-value of a fail is multiplied by, and that of a pass: for the family, and for a reference that the data chose.
    """

    pair: Pair
    value: Fraction | float | None
    people: int
    weight: float = 1.0
    comparisons: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many people would give an 80% chance of a verdict.

    Attributes
    ----------
    needed
        People of the group, if everybody else stays as they are; ``None`` where no number of them is enough.
    needed_in_all
        People of the whole sample, if all groups grow alike.
    """

    verdict: Verdict
    needed: int | None
    needed_in_all: int | None


def plan(asked: Sequence[Undecided], *, kind: Kind, band: Band, in_all: int) -> list[Plan | None]:
    """Plan comparisons that share their limits.

    Parameters
    ----------
    in_all
        People of the whole sample, now.

    Returns
    -------
    list
        ``None`` where no number is enough, or where the people of now should be.
    """
    if not asked:
        return []
    import numpy as np

    from fairaudit.inference import planning

    fails = [_fails(one, band, kind) for one in asked]
    x1, n1, x2, n2 = np.asarray([one.pair for one in asked], dtype=np.float64).T
    p1, p2 = x1 / n1, x2 / n2 if kind != "rate" else x2
    if kind != "rate":
        p1 = np.where(fails, p1, p2)
    comparisons = planning.Comparisons(
        kind=kind,
        low=np.full(p1.shape, np.nan if band.low is None else float(band.low)),
        high=np.full(p1.shape, np.nan if band.high is None else float(band.high)),
        p1=p1,
        n1=n1,
        p2=p2,
        n2=n2,
        fails=np.asarray(fails),
        level=np.asarray(
            [
                ALPHA / (one.weight if fail else one.comparisons)
                for one, fail in zip(asked, fails, strict=True)
            ]
        ),
    )
    people = np.asarray([one.people for one in asked], dtype=np.float64)
    alone = planning.people_needed(comparisons, people, both=False).tolist()
    together = planning.people_needed(comparisons, np.full(people.shape, float(in_all)), both=True).tolist()
    return [
        Plan(
            verdict=Verdict.FAIL if fail else Verdict.PASS,
            needed=int(needed) if needed == needed else None,
            needed_in_all=int(all_needed) if all_needed == all_needed else None,
        )
        if needed == needed or all_needed == all_needed
        else None
        for fail, needed, all_needed in zip(fails, alone, together, strict=True)
    ]


def _fails(one: Undecided, band: Band, kind: Kind) -> bool:
    # A ratio of 0 may be chance wherever the rate is low; no rate can be planned with that is supposed to be 0.
    return one.value is not None and not band.holds(one.value) and (kind != "ratio" or one.pair[0] > 0)
