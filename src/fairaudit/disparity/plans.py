"""What would decide what is undecided: how many people it takes, and which verdict is to be expected.

A value outside its limits is planned to fail, if rates are as they look. A ratio or difference within them is planned to pass, if both rates
are the reference group's; a group's own rate, if it is as it looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from fairaudit.disparity.comparison import Comparison, Pair
from fairaudit.disparity.verdicts import ALPHA, Verdict
from fairaudit.settings.limits import Band, Limit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fairaudit.inference.planning import Kind

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """A comparison that nobody could decide.

    Attributes
    ----------
    kind
        What is limited.
    pair
        Successes and trials of the group, then of its reference, where it has one.
    value
        The ratio, the difference, or the group's own rate; ``None`` where it is undefined.
    people
        Of the group, now.
    weight, comparisons
        What the p-value of a fail is multiplied by, and that of a pass: for the family, and for a reference that the data chose.
    """

    kind: Kind
    pair: Pair
    value: Fraction | float | None
    band: Band
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


def planned_from(comparison: Comparison, *, people: int, band: Band, weight: float) -> Undecided | None:
    """Return what a plan needs to know of a comparison; ``None`` where nothing can be planned."""
    if not comparison.can_be_planned:
        return None
    return Undecided(
        kind=_KINDS[comparison.limit],
        pair=comparison.pair,
        value=comparison.value,
        band=band,
        people=people,
        weight=weight,
        comparisons=comparison.comparisons,
    )


def plan(asked: Sequence[Undecided], *, in_all: int) -> list[Plan | None]:
    """Plan comparisons; those of one kind are searched together.

    The search takes most of the time of a small audit. What it found is kept, as whoever changes an audit often asks of the same counts again.

    Parameters
    ----------
    in_all
        People of the whole sample, now.

    Returns
    -------
    list
        ``None`` where no number is enough, or where the people of now should be.
    """
    return list(_planned(tuple(asked), in_all))


@lru_cache(maxsize=64)
def _planned(asked: tuple[Undecided, ...], in_all: int) -> tuple[Plan | None, ...]:
    all_plans: list[Plan | None] = [None] * len(asked)
    for kind in dict.fromkeys(one.kind for one in asked):
        places = [place for place, one in enumerate(asked) if one.kind == kind]
        plans = _of_kind(kind, [asked[place] for place in places], in_all)
        for place, planned in zip(places, plans, strict=True):
            all_plans[place] = planned
    return tuple(all_plans)


def _of_kind(kind: Kind, asked: Sequence[Undecided], in_all: int) -> list[Plan | None]:
    import numpy as np

    from fairaudit.inference import planning

    fails = [_fails(one) for one in asked]
    x1, n1, x2, n2 = np.asarray([one.pair for one in asked], dtype=np.float64).T
    p1, p2 = x1 / n1, x2 / n2 if kind != "rate" else x2
    if kind != "rate":
        p1 = np.where(fails, p1, p2)
    level = [
        ALPHA / (one.weight if fail else one.comparisons) for one, fail in zip(asked, fails, strict=True)
    ]
    comparisons = planning.Comparisons(
        kind=kind,
        low=_limits(one.band.low for one in asked),
        high=_limits(one.band.high for one in asked),
        p1=p1,
        n1=n1,
        p2=p2,
        n2=n2,
        fails=np.asarray(fails),
        level=np.asarray(level),
    )
    # People of the group alone, and people in all: one search for both.
    size = len(asked)
    people = np.asarray([*(one.people for one in asked), *[in_all] * size], dtype=np.float64)
    numbers = planning.people_needed(
        comparisons.of(np.tile(np.arange(size), 2)), people, both=np.repeat([False, True], size)
    ).tolist()
    return [
        Plan(
            verdict=Verdict.FAIL if fail else Verdict.PASS,
            needed=int(needed) if needed == needed else None,
            needed_in_all=int(all_needed) if all_needed == all_needed else None,
        )
        if needed == needed or all_needed == all_needed
        else None
        for fail, needed, all_needed in zip(fails, numbers[:size], numbers[size:], strict=True)
    ]


def _limits(limits: Iterable[Fraction | None]) -> Floats:
    """Write limits as numbers; NaN where there is none."""
    import numpy as np

    return np.asarray([np.nan if limit is None else float(limit) for limit in limits])


def _fails(one: Undecided) -> bool:
    # A ratio of 0 may be chance wherever the rate is low; no rate can be planned with that is supposed to be 0.
    return (
        one.value is not None and not one.band.holds(one.value) and (one.kind != "ratio" or one.pair[0] > 0)
    )


_KINDS: Mapping[Limit, Kind] = {Limit.RATIO: "ratio", Limit.DIFFERENCE: "difference", Limit.LEVEL: "rate"}
