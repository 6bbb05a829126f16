"""Rates that are compared between two sets of predictions, and what the counts of a group give for each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairaudit.change.counted import CELLS, GroupPair, Together
from fairaudit.count.counts import Counts
from fairaudit.metrics.kinds import Better, Cells, Metric, Side
from fairaudit.metrics.table import BY_NAME
from fairaudit.settings.choices import Effect

SHARE = "share"
"""The share of everybody who is in a group, which is no metric of one."""
COMPARED = ("pprev", "fpr", "fnr", "precision", "accuracy", "prev")
"""The metrics that are compared, all of them shares of people."""
_ALL = ("tp", "fp", "fn", "tn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """People who are in the denominator both times, by whether they are in the numerator."""

    both: int = 0
    base_only: int = 0
    new_only: int = 0
    neither: int = 0

    @property
    def people(self) -> int:
        """How many they are."""
        return self.both + self.base_only + self.new_only + self.neither


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoRates:
    """A rate of a group in base and in new: successes and trials, and the pairs among them."""

    metric: str
    pair: GroupPair
    base: tuple[int, int]
    new: tuple[int, int]
    pairs: Pairs | None = None

    @property
    def known(self) -> bool:
        """Whether there is a rate both times."""
        return self.base[1] > 0 and self.new[1] > 0

    @property
    def is_paired(self) -> bool:
        """Whether exactly the same people are in the denominator both times."""
        return self.pairs is not None and self.pairs.people == self.base[1] == self.new[1]

    @property
    def differing(self) -> int:
        """How many pairs are in one numerator only."""
        return 0 if self.pairs is None else self.pairs.base_only + self.pairs.new_only

    @property
    def values(self) -> tuple[float | None, float | None]:
        """Both rates; ``None`` where nobody is in the denominator."""
        (x1, n1), (x2, n2) = self.base, self.new
        return (x1 / n1 if n1 else None), (x2 / n2 if n2 else None)


def rate_of(metric: str, pair: GroupPair) -> TwoRates:
    """Count a rate of a group, both times and in pairs."""
    row = BY_NAME[metric]
    together = pair.together
    return TwoRates(
        metric=metric,
        pair=pair,
        base=_counted(row, pair.base),
        new=_counted(row, pair.new),
        pairs=None if together is None else _pairs(row, together),
    )


def share_of(pair: GroupPair, everybody: GroupPair) -> TwoRates:
    """Count the share of everybody who is in a group, both times and in pairs."""
    whole = [counts.n if counts else 0 for counts in (everybody.base, everybody.new)]
    own = [counts.n if counts else 0 for counts in (pair.base, pair.new)]
    pairs = None
    if everybody.together is not None:
        together = pair.together or Together(cells=np.zeros((4, 4), dtype=np.int64), of_base=0, of_new=0)
        stay = int(together.cells.sum())
        left, came = together.of_base - stay, together.of_new - stay
        pairs = Pairs(
            both=stay,
            base_only=left,
            new_only=came,
            neither=everybody.together.of_base - stay - left - came,
        )
    return TwoRates(metric=SHARE, pair=pair, base=(own[0], whole[0]), new=(own[1], whole[1]), pairs=pairs)


def worse_side(metric: str, effect: Effect | None) -> Side | None:
    """Say which way a metric changes for the worse; ``None`` where neither is."""
    if metric == SHARE:
        return None
    row = BY_NAME[metric]
    if effect is not None and effect in row.worse:
        return row.worse[effect]
    sides = {Better.LOWER: Side.HIGHER, Better.HIGHER: Side.LOWER}
    return sides.get(row.better)


def _counted(row: Metric, counts: Counts | None) -> tuple[int, int]:
    """Return successes and trials."""
    if counts is None:
        return 0, 0
    return _total(counts, row.numerator), _total(counts, row.denominator)


def _total(counts: Counts, cells: Cells) -> int:
    return sum(int(getattr(counts, cell) or 0) for cell in cells)


def _pairs(row: Metric, together: Together) -> Pairs:
    """Count pairs from the cells of those who are in the group both times."""
    inside, counted = _mask(row.denominator), _mask(row.numerator)
    others = inside & ~counted
    cells = together.cells
    return Pairs(
        both=int(cells[np.ix_(counted, counted)].sum()),
        base_only=int(cells[np.ix_(counted, others)].sum()),
        new_only=int(cells[np.ix_(others, counted)].sum()),
        neither=int(cells[np.ix_(others, others)].sum()),
    )


def _mask(cells: Cells) -> NDArray[np.bool_]:
    spelled = {"selected": ("tp", "fp"), "n": _ALL}
    members = {cell for name in cells for cell in spelled.get(name, (name,))}
    return np.asarray([cell in members for cell in CELLS])
