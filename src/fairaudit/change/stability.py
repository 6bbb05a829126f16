"""How far a distribution has moved: the population stability index.

References
----------
.. [1] Siddiqi 2006, Credit Risk Scorecards, Wiley, chapter 9: the index, and the bands that are usual.
.. [2] Yurdakul and Naranjo 2020, Statistical properties of the population stability index, Journal of Risk Model Validation 14(4): what chance alone
   gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Band = Literal["little", "some", "much"]
LITTLE, MUCH = 0.1, 0.25
"""The usual bands: a small change below the first, a large one from the second on; a convention, and no test."""
BINS = 10
_HALF_A_PERSON = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Stability:
    """The index over some bins; `by_chance` is what it is on average if nothing has moved, which two small samples make large."""

    index: float
    by_chance: float
    base: tuple[int, ...]
    new: tuple[int, ...]
    edges: tuple[float, ...] | None = None

    @property
    def band(self) -> Band:
        """Its place in the usual bands."""
        return "little" if self.index < LITTLE else "some" if self.index < MUCH else "much"


def stability(
    base: Sequence[int], new: Sequence[int], *, edges: Sequence[float] | None = None
) -> Stability | None:
    """Compute the index of two counts over the same bins [1]_; ``None`` where there are fewer than two of these, or nobody.

    An empty bin counts as half a person, as a share of 0 would make the index infinite.
    """
    kept = [(b, n) for b, n in zip(base, new, strict=True) if b or n]
    old, now = (np.asarray([pair[side] for pair in kept], dtype=np.float64) for side in (0, 1))
    if len(kept) < 2 or not old.sum() or not now.sum():
        return None
    by_chance = (len(kept) - 1) * (1 / old.sum() + 1 / now.sum())
    p, q = (np.maximum(counts, _HALF_A_PERSON) / counts.sum() for counts in (old, now))
    return Stability(
        index=float(((q - p) * np.log(q / p)).sum()),
        by_chance=float(by_chance),
        base=tuple(map(int, base)),
        new=tuple(map(int, new)),
        edges=None if edges is None else tuple(edges),
    )


Scores = tuple[NDArray[np.float64], NDArray[np.int64]]
"""Different scores, rising, and how many people have each."""


def score_stability(base: Scores, new: Scores) -> Stability | None:
    """Compute the index of scores, over ranges that hold a tenth of the people of base each."""
    scores, people = base
    reached = np.cumsum(people)
    if not len(scores) or not reached[-1]:
        return None
    tenths = np.searchsorted(reached, reached[-1] * np.arange(1, BINS) / BINS, side="left")
    # An edge belongs to the range above it: it is the next score after a tenth is reached.
    edges = np.unique(scores[tenths[tenths + 1 < len(scores)] + 1])
    counts = [
        np.bincount(np.searchsorted(edges, values, side="right"), weights=many, minlength=len(edges) + 1)
        for values, many in (base, new)
    ]
    old, now = ([int(n) for n in side] for side in counts)
    return stability(old, now, edges=[float(edge) for edge in edges])
