"""How many people it would take: sizes at which a comparison has a good chance to be decided.

References
----------
Farrington and Manning 1990, doi:10.1002/sim.4780091208, and Julious 2004, doi:10.1002/sim.1783: sizes for showing that two rates differ by
more, or by less, than a margin; here of a ratio, with the normal approximation of its logarithm.
"""

from __future__ import annotations

import math
from statistics import NormalDist

POWER = 0.8


def trials_to_pass(
    rate: float, *, reference_trials: float, low: float, high: float, alpha: float
) -> float | None:
    """Find how many trials a group needs to be shown within a band of ratios, if both rates are the same.

    Parameters
    ----------
    rate
        Of both groups, between 0 and 1.
    reference_trials
        Of the reference group, which stays as it is.
    low, high
        The band, 0 < low <= 1 <= high.
    alpha
        Of each of the two one-sided tests.

    Returns
    -------
    float or None
        Trials with an 80% chance that both tests succeed; ``None`` where no number of them is enough.

    Examples
    --------
    >>> round(trials_to_pass(0.5, reference_trials=1e9, low=0.8, high=1.25, alpha=0.05))
    172
    """
    if not 0 < rate < 1 or not low < 1 < high:
        return None
    margin = min(-math.log(low), math.log(high))
    # Both tests have to succeed, and each may miss half of what may be missed.
    return _trials(
        margin, (1 - alpha, (1 + POWER) / 2), (1 - rate) / rate, (1 - rate) / rate / reference_trials
    )


def trials_to_fail(
    rate: float, *, reference_rate: float, reference_trials: float, limit: float, alpha: float
) -> float | None:
    """Find how many trials a group needs to be shown beyond a limit of the ratio, if both rates are as they look.

    Parameters
    ----------
    alpha
        Of the one-sided test at the limit.

    Returns
    -------
    float or None
        Trials with an 80% chance that the test succeeds; ``None`` where no number of them is enough, or a rate is 0 or 1.
    """
    if not 0 < rate <= 1 or not 0 < reference_rate <= 1:
        return None
    margin = abs(math.log(rate / reference_rate / limit))
    return _trials(
        margin,
        (1 - alpha, POWER),
        (1 - rate) / rate,
        (1 - reference_rate) / reference_rate / reference_trials,
    )


def trials_to_tell(rate: float, *, limit: float, alpha: float, power: float = POWER) -> float | None:
    """Find how many trials it takes to tell a rate from a limit, if the rate is as it looks.

    Parameters
    ----------
    alpha
        Of the one-sided test.
    power
        The chance that the test is to have.

    Returns
    -------
    float or None
        Trials with which the score test has that chance; ``None`` where the rate is the limit, or is or has to be 0 or 1.

    References
    ----------
    Fleiss, Levin and Paik 2003, Statistical Methods for Rates and Proportions, chapter 2, without the correction for continuity.

    Examples
    --------
    >>> round(trials_to_tell(0.6, limit=0.5, alpha=0.05))
    152
    """
    if rate == limit or not 0 < rate < 1 or not 0 < limit < 1:
        return None
    z_alpha, z_power = (NormalDist().inv_cdf(p) for p in (1 - alpha, power))
    spread = z_alpha * math.sqrt(limit * (1 - limit)) + z_power * math.sqrt(rate * (1 - rate))
    return (spread / (rate - limit)) ** 2


def _trials(
    margin: float, probabilities: tuple[float, float], variance: float, theirs: float
) -> float | None:
    room = (margin / sum(NormalDist().inv_cdf(p) for p in probabilities)) ** 2 - theirs
    return variance / room if room > 0 and variance > 0 else None
