"""Rows that are alike: by how many times fewer people they are worth, so that the methods for independent people can be used.

The rows of one person, or one row that stands for many people by its weight, are a cluster. A figure that depends on shares of cells only (a
rate, a correlation) has a variance by linearisation that needs no more than, for every two cells, the sum over the clusters of the products of
their counts. That variance over the variance of as many independent people is the design effect. Counts divided by it are
worth what the rows are, and go into the same tests and intervals.

References
----------
.. [1] Rao and Scott 1992, A simple method for the analysis of clustered binary data, doi:10.2307/2532311: counts divided by the design effect of
   each group (their equation 2).
.. [2] Korn and Graubard 1998, Confidence intervals for proportions with small expected number of positive counts estimated from survey data,
   Survey Methodology 24:193-201: degrees of freedom, as a further division by the squared ratio of the quantiles of t and of the normal.
.. [3] Kish 1965, Survey Sampling, section 8.2, and 1992, Weighting for unequal P_i, Journal of Official Statistics 8:183-200: the design effect of
   clusters whose rows all agree, or of weights.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairaudit.inference.special import ndtri, stdtrit

Floats: TypeAlias = NDArray[np.float64]

_LEVEL = 0.975
"""At which the quantiles of t and of the normal are compared: one side of a 95% interval."""
_PRIOR = 1.0
"""How many people with the rarer outcome the supposition weighs that the rows of a person agree; with few the data cannot tell otherwise."""
_ALIKE = 1 + 1e-12
"""Weights are taken for equal up to rounding."""
_FEWEST = 2.0
"""Fewer clusters have no spread."""


def rate_effect(
    numerator: ArrayLike,
    denominator: ArrayLike,
    totals: ArrayLike,
    products: ArrayLike,
    *,
    rows: ArrayLike | None = None,
) -> Floats:
    """Compute the design effects of a rate; see `design_effect`.

    Parameters
    ----------
    numerator, denominator
        The cells that are summed, shape (cells,); 0 or 1.

    Examples
    --------
    Twenty people of twenty equal rows each, half of them with the outcome, are worth twenty people, less what it costs that this had to be found out.

    >>> effect = rate_effect([1, 0], [1, 1], [[200, 200]], [[[4000, 0], [0, 4000]]])
    >>> round(400 / float(effect[0]), 1)
    16.7
    """
    x, n, t = (np.asarray(v, dtype=np.float64) for v in (numerator, denominator, totals))
    with np.errstate(divide="ignore", invalid="ignore"):
        p = (t @ x) / (t @ n)
    gradient = x - p[:, None] * n
    return design_effect(gradient, n, t, products, rarer=np.minimum(p, 1 - p), rows=rows)


def raised(clusters: ArrayLike) -> Floats:
    """Compute by how many times a variance has to be raised that was found from so many clusters: m / (m - 1), and t for the normal [2]_.

    Returns
    -------
    array
        NaN for fewer than two, which have no spread.
    """
    m = np.asarray(clusters, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = m / (m - 1) * (stdtrit(np.maximum(m - 1, 1), _LEVEL) / ndtri(_LEVEL)) ** 2
    return np.where(m >= _FEWEST, factor, np.nan)


def variance_ratio(gradient: ArrayLike, totals: ArrayLike, products: ArrayLike) -> Floats:
    """Compute a figure's linearised variance over that of as many independent people, as it is found; see `design_effect`."""
    g, t, m = (np.asarray(v, dtype=np.float64) for v in (gradient, totals, products))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.einsum("gi,gij,gj->g", g, m, g) / np.einsum("gi,gi,gi->g", g, g, t))


def design_effect(
    gradient: ArrayLike,
    base: ArrayLike,
    totals: ArrayLike,
    products: ArrayLike,
    *,
    rarer: ArrayLike,
    rows: ArrayLike | None = None,
) -> Floats:
    """Compute the design effects of a figure of shares, from sums over clusters.

    Parameters
    ----------
    gradient
        Of the figure by the totals of the cells, up to a factor, shape (groups, cells).
    base
        The cells that the figure is about, such as those of a rate's denominator, shape (cells,); 0 or 1.
    totals
        Of the cells, shape (groups, cells).
    products
        Sums over the clusters of the products of two cells, shape (groups, cells, cells).
    rarer
        The share of the rarer outcome, shape (groups,).
    rows
        In each cell, shape (groups, cells); left out, they are the totals. With weights the effects are in weight, so that the weight of the
        base over the effect is a number of people again.

    Returns
    -------
    array
        At least 1, or the mean weight of a row, shape (groups,); exactly that where every cluster has one row, and never so large that all rows are worth less than one. What is found is raised for the few degrees of freedom that it is
        found with [2]_, as many as there would be clusters of equal size, less one [3]_. With few clusters of the rarer outcome it moves
        towards the effect of clusters whose rows all agree, which it is where none has that outcome.
    """
    g, mask, t, m = (np.asarray(v, dtype=np.float64) for v in (gradient, base, totals, products))
    return settled_effect(
        variance_ratio(g, t, m),
        t @ mask,
        np.einsum("i,gij,j->g", mask, m, mask),
        rarer=rarer,
        rows=None if rows is None else np.asarray(rows, dtype=np.float64) @ mask,
    )


def settled_effect(
    ratio: ArrayLike, total: ArrayLike, squares: ArrayLike, *, rarer: ArrayLike, rows: ArrayLike | None = None
) -> Floats:
    """Compute design effects from variance ratios as they are found; see `design_effect`.

    Parameters
    ----------
    ratio
        As of `variance_ratio`; NaN where nothing varies.
    total
        Of the base, shape (groups,).
    squares
        Sum over the clusters of the squares of what each has of the base.
    rows
        In the base; left out, the total.
    """
    observed, n, together, share = (np.asarray(v, dtype=np.float64) for v in (ratio, total, squares, rarer))
    counted = n if rows is None else np.asarray(rows, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        # The weight of a row, which is 1 where rows count alike: no rows are worth more people than they are.
        least = np.where(counted > 0, n / counted, 1.0)
        agreeing = together / n
        clusters = n / agreeing
        # Where rows hardly repeat it is known that they cost little, however few clusters there are.
        effect = np.maximum(
            observed * (1 + (raised(clusters) - 1) * np.clip(agreeing / least - 1, 0, 1)), least
        )
        events = clusters * share
        effect = (events * effect + _PRIOR * np.maximum(agreeing, effect)) / (events + _PRIOR)
    unknown = (clusters < _FEWEST) | np.isnan(effect)
    effect = np.minimum(np.where(unknown, np.fmax(agreeing, effect), effect), n)
    return np.where((n > 0) & (agreeing > least * _ALIKE), effect, least)
