"""Groups of known truth, and audits drawn from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairaudit.inference import contrast
from simulate.effort import Counts, Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is true of a group: its base rate and its two error rates."""

    prevalence: float
    fpr: float
    fnr: float

    @property
    def cells(self) -> tuple[float, float, float, float]:
        """The probabilities of tp, fp, fn and tn."""
        one, zero = self.prevalence, 1 - self.prevalence
        return one * (1 - self.fnr), zero * self.fpr, one * self.fnr, zero * (1 - self.fpr)

    def rate(self, metric: str) -> float:
        """Return the true rate of a metric."""
        tp, fp, _, _ = self.cells
        return {"pprev": tp + fp, "fpr": self.fpr, "fnr": self.fnr}[metric]


FAIR = Truth(prevalence=0.4, fpr=0.2, fnr=0.3)
EDGE = Truth(prevalence=4 / 15, fpr=0.16, fnr=0.24)
"""All three of its rates are exactly four fifths of those of `FAIR`: still within the band, and nothing is nearer to a failure."""


def draw(truths: Sequence[Truth], sizes: Sequence[int], runs: int, random: np.random.Generator) -> Counts:
    """Draw audits: shape (runs, groups, 4), with tp, fp, fn and tn."""
    return np.stack(
        [random.multinomial(n, truth.cells, size=runs) for truth, n in zip(truths, sizes, strict=True)],
        axis=1,
    )


def rates(drawn: Counts) -> tuple[Counts, Counts]:
    """Count numerators and denominators of the three metrics, shape (runs, groups, 3)."""
    tp, fp, fn, tn = np.moveaxis(drawn, -1, 0)
    return np.stack([tp + fp, fp, fn], axis=-1), np.stack([tp + fp + fn + tn, fp + tn, fn + tp], axis=-1)


def with_reference(x: Counts, n: Counts, *, lowest: bool = False) -> tuple[Counts, Counts, Counts, Counts]:
    """Put every group beside its reference, shape (runs, groups - 1, 3): the first group, or that with the lowest rate."""
    at = np.zeros((len(x), 1, x.shape[-1]), dtype=int)
    if lowest:
        at = np.argmin(x / np.maximum(n, 1), axis=1, keepdims=True)
    others = np.arange(x.shape[1])[None, :, None] != at
    shape = (len(x), x.shape[-1], x.shape[1] - 1)

    def of_others(values: Counts) -> Counts:
        mine = np.moveaxis(values, 1, 2)[np.moveaxis(others, 1, 2)].reshape(shape)
        return np.moveaxis(mine, 2, 1)

    x1, n1 = of_others(x), of_others(n)
    x2, n2 = (np.broadcast_to(np.take_along_axis(values, at, axis=1), x1.shape) for values in (x, n))
    return x1, n1, x2, n2


def equality_p_values(x1: Counts, n1: Counts, x2: Counts, n2: Counts) -> Floats:
    """Test whether rates are equal, every table once; 1 without people."""
    tables, where = different(x1, n1, x2, n2)
    p_value, _ = contrast.equality_test(*tables.T)
    return np.where(np.isnan(p_value), 1.0, p_value)[where].reshape(x1.shape)


def different(*counts: Counts) -> tuple[Counts, Counts]:
    """List each table of counts once, in order, and tell which of them each one is: numbers are put in order much sooner than rows."""
    base = 1 + max(int(column.max(initial=0)) for column in counts)
    if base ** len(counts) >= 2**63:
        rows = np.stack(counts, axis=-1).reshape(-1, len(counts))
        tables, where = np.unique(rows, axis=0, return_inverse=True)
        return tables, where.ravel()
    numbers = np.zeros(counts[0].size, dtype=np.int64)
    for column in counts:
        numbers = numbers * base + column.ravel()
    _, first, where = np.unique(numbers, return_index=True, return_inverse=True)
    return np.stack([column.ravel()[first] for column in counts], axis=-1), where.ravel()
