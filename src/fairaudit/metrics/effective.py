"""How many people the rows of a group are worth in a metric, where people may stand in several rows.

Everything that takes counts of independent people is given counts divided by the design effect. Where every row is a person of its own, that is 1
exactly.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from fairaudit.count.cells import LABELLED_CELLS, UNLABELLED_CELLS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fairaudit.count.counts import Counts

    Floats = NDArray[np.float64]

_SELECTED = ("tp", "fp")
_WHOLE = ("n", "all selected")


def rate_effects(
    groups: Sequence[Counts], numerator: Collection[str], denominator: Collection[str]
) -> Floats:
    """Compute the design effects of a share of people in each group, given by cells as metrics are.

    Of a share of all people selected it is that of the group's own people among them.
    """
    import numpy as np

    effects = np.ones(len(groups))
    if sums := _sums(groups):
        from fairaudit.inference import clusters

        cells, totals, products = sums.cells, sums.totals, sums.products
        x, n = _mask(numerator, cells), _mask(denominator, cells)
        if "all selected" in denominator:
            # The number of people selected in a group is no share of the group: all that counts is how many rows one person brings along.
            n = x
        effects[sums.places] = clusters.rate_effect(x, n, totals, products, rows=sums.rows)
    return effects


def balanced_effects(groups: Sequence[Counts]) -> tuple[Floats, Floats]:
    """Compute the design effects of the true positive and the true negative rate, as their mean needs them.

    A person who stands in rows of both labels, all decided rightly or all wrongly, makes the two rates vary together; then both effects are raised.
    """
    import numpy as np

    positive = rate_effects(groups, ("tp",), ("tp", "fn"))
    negative = rate_effects(groups, ("tn",), ("fp", "tn"))
    if sums := _sums(groups):
        cells, totals, products = sums.cells, sums.totals, sums.products
        parts = []
        for right, wrong in (("tp", "fn"), ("tn", "fp")):
            x, n = _mask((right,), cells), _mask((right, wrong), cells)
            with np.errstate(divide="ignore", invalid="ignore"):
                parts.append((x - ((totals @ x) / (totals @ n))[:, None] * n) / (totals @ n)[:, None])
        apart = sum(np.einsum("gi,gij,gj->g", part, products, part) for part in parts)
        together = np.einsum("gi,gij,gj->g", sum(parts), products, sum(parts))
        with np.errstate(divide="ignore", invalid="ignore"):
            raised = np.fmax(together / apart, 1.0)
        # Sums that come out by two ways of adding up are the same.
        raised = np.where(np.isfinite(raised) & (raised > 1 + 1e-9), raised, 1.0)
        positive[sums.places] *= raised
        negative[sums.places] *= raised
    return positive, negative


def figure_effects(groups: Sequence[Counts], gradient: Callable[[Floats], Floats]) -> Floats:
    """Compute the design effects of a figure made of all four cells of each group, from its gradient by them.

    Parameters
    ----------
    gradient
        From totals of the cells, shape (groups, 4), to the derivatives by them, up to a factor of each group.
    """
    import numpy as np

    effects = np.ones(len(groups))
    if sums := _sums(groups):
        from fairaudit.inference import clusters

        cells, totals, products = sums.cells, sums.totals, sums.products
        _, fp, fn, _ = totals.T
        with np.errstate(divide="ignore", invalid="ignore"):
            derivatives = gradient(totals)
            wrong = (fp + fn) / totals.sum(axis=1)
        effects[sums.places] = clusters.design_effect(
            derivatives,
            np.ones(len(cells)),
            totals,
            products,
            rarer=np.minimum(wrong, 1 - wrong),
            rows=sums.rows,
        )
    return effects


def residual_effects(groups: Sequence[Counts]) -> Floats:
    """Compute the design effects of labels 1 over the sum of scores in each group: the variance of the residuals over that of as many independent labels.

    The residual of a person is the labels 1 less the ratio times the sum of the scores. As scores are taken as known where rows are people, what is below 1 counts as 1 there and here.

    References
    ----------
    Lohr 2022, Sampling: Design and Analysis, section 4.1, and Woodruff 1971, doi:10.2307/2284043: the variance of a ratio by linearisation.
    """
    import numpy as np

    effects = rate_effects(groups, ("tp", "fn"), ("n",))
    sums = _sums(groups)
    if sums is None:
        return effects
    from fairaudit.inference import clusters

    known = [groups[place] for place in sums.places]
    if any(c.clusters is None or c.clusters.scores is None or not c.tenths for c in known):
        return effects
    ones, whole = _mask(("tp", "fn"), sums.cells), np.ones(len(sums.cells))
    positives, people = sums.totals @ ones, sums.totals @ whole
    expected = np.asarray([sum(float(tenth.score_sum) for tenth in c.tenths or ()) for c in known])
    squares, products = np.asarray(
        [[float(part) for part in c.clusters.scores] for c in known if c.clusters and c.clusters.scores]
    ).T
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio, share = positives / expected, positives / people
        residuals = (
            np.einsum("i,gij,j->g", ones, sums.products, ones) - 2 * ratio * products + ratio**2 * squares
        )
        observed = residuals / (people * share * (1 - share))
    effects[sums.places] = clusters.settled_effect(
        observed,
        people,
        np.einsum("i,gij,j->g", whole, sums.products, whole),
        rarer=np.minimum(share, 1 - share),
        rows=None if sums.rows is None else sums.rows @ whole,
    )
    return effects


def area_variance(counts: Counts) -> float:
    """Compute the variance of the area under the ROC curve of a group whose people may stand in several rows; NaN where it has none.

    It is the sum of the squared influences of the people, times m / (m - 1) for the m people of the rarer label, which are as many as people of
    equal weight would be. Where rows hardly repeat, that factor is nearer to 1.

    References
    ----------
    Obuchowski 1997, Nonparametric analysis of clustered ROC curve data, doi:10.2307/2533958, equation 3.
    """
    sums = _sums([counts])
    if sums is None or counts.clusters is None or counts.clusters.area is None or "tp" not in sums.cells:
        return math.nan
    labels = [_mask(label, sums.cells) for label in (("tp", "fn"), ("fp", "tn"))]
    people = min(_people(sums, label) for label in labels)
    if people <= 1:
        return math.nan
    rows = sums.totals[0] if sums.rows is None else sums.rows[0]
    repeated = max(float(rows @ label) / max(_people(sums, label), 1.0) for label in labels) - 1
    return float(counts.clusters.area) * (1 + min(repeated, 1.0) / (people - 1))


def people_in(counts: Counts, cells: Collection[str]) -> float:
    """Count the people in some cells of a group; where they stand in several rows or have weights, as many of equal weight, by Kish."""
    sums = _sums([counts])
    if sums is None:
        return float(sum(getattr(counts, cell) or 0 for cell in cells))
    return _people(sums, _mask(cells, sums.cells))


def least_worth(counts: Counts, part: Fraction) -> float:
    """Compute how many people a row of a group is worth at least: as many as if all rows of a person were alike; 1 where rows are people."""
    whole = ("n",)
    return (
        1.0 if counts.clusters is None or not counts.n else people_in(counts, whole) / float(counts.n * part)
    )


def _people(sums: _Sums, mask: Floats) -> float:
    together = float(mask @ sums.products[0] @ mask)
    return float(sums.totals[0] @ mask) ** 2 / together if together else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sums:
    """The sums of those groups whose people may stand in several rows.

    Attributes
    ----------
    places
        Of these groups among all.
    cells
        The cells in which a row may be.
    totals, products
        Shapes (groups, cells) and (groups, cells, cells).
    rows
        In each cell, shape (groups, cells), where these are not the totals.
    """

    places: list[int]
    cells: tuple[str, ...]
    totals: Floats
    products: Floats
    rows: Floats | None


def _sums(groups: Sequence[Counts]) -> _Sums | None:
    """Gather the sums; ``None`` where every row of every group is a person of its own."""
    import numpy as np

    known = [(place, c, c.clusters) for place, c in enumerate(groups) if c.clusters is not None]
    if not known:
        return None
    labelled = known[0][1].tp is not None
    totals = [
        [c.tp or 0, c.fp or 0, c.fn or 0, c.tn or 0]
        if labelled
        else [c.selected or 0, c.n - (c.selected or 0)]
        for _, c, _ in known
    ]
    cells = LABELLED_CELLS if labelled else UNLABELLED_CELLS
    products = np.zeros((len(known), len(cells), len(cells)))
    for place, (one, other) in enumerate(itertools.combinations_with_replacement(range(len(cells)), 2)):
        column = [clusters.products[place] for _, _, clusters in known]
        products[:, one, other] = products[:, other, one] = column
    return _Sums(
        places=[place for place, _, _ in known],
        cells=cells,
        totals=np.asarray(totals, dtype=np.float64),
        products=products,
        rows=None
        if known[0][2].rows is None
        else np.asarray([clusters.rows for _, _, clusters in known], dtype=np.float64),
    )


def _mask(names: Collection[str], cells: Sequence[str]) -> Floats:
    """Mark the cells that a metric's cells are made of."""
    import numpy as np

    if any(name in _WHOLE for name in names):
        return np.ones(len(cells))
    meant = {
        cell for name in names for cell in (_SELECTED if name == "selected" and "tp" in cells else (name,))
    }
    return np.asarray([float(cell in meant) for cell in cells])
