"""Where a score passes a bound: beside each count of one sample, how many the other sample may have.

The score without the correction for skewness rises with the group's count and falls with the reference's, and nearly in a straight line. So the
count is looked for where a line through the scores of two counts next to each other passes the bound, and is known when these lie on either side of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fairaudit.inference import contrast
from fairaudit.inference.halving import neighbours

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """How a supposed number ties two rates to each other.

    Attributes
    ----------
    score
        The statistic at the supposed number, group and reference; by its keyword with or without the correction for skewness.
    rates
        Both rates, as likely as can be.
    group, reference
        The rate of the one, from that of the other.
    swapped
        What is supposed if group and reference change places.
    """

    score: Callable[..., Floats]
    rates: Callable[..., tuple[Floats, Floats]]
    group: Callable[[Floats, Floats], Floats]
    reference: Callable[[Floats, Floats], Floats]
    swapped: Callable[[Floats], Floats]


RATIO = Link(
    score=contrast.ratio_score,
    rates=contrast.rates_of_ratio,
    group=lambda supposed, rate: supposed * rate,
    reference=lambda supposed, rate: rate / supposed,
    swapped=lambda supposed: 1 / supposed,
)
DIFFERENCE = Link(
    score=contrast.difference_score,
    rates=contrast.rates_of_difference,
    group=lambda supposed, rate: rate + supposed,
    reference=lambda supposed, rate: rate - supposed,
    swapped=lambda supposed: -supposed,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Counts of one sample, beside which those of the other are looked for; arrays of one shape, (counts,).

    Attributes
    ----------
    is_group
        Whether the one sample is the group, and not the reference.
    supposed
        The ratio, or the difference, as `link` says.
    trials, other_trials
        Of the one sample and of the other.
    """

    link: Link
    is_group: bool
    supposed: Floats
    counts: Floats
    trials: Floats
    other_trials: Floats

    def of(self, places: NDArray[np.intp] | NDArray[np.bool_]) -> Counts:
        """Return some of them, by their places."""
        return Counts(
            link=self.link,
            is_group=self.is_group,
            supposed=self.supposed[places],
            counts=self.counts[places],
            trials=self.trials[places],
            other_trials=self.other_trials[places],
        )

    def score(self, others: Floats) -> Floats:
        """Compute the statistics beside so many of the other sample."""
        one, other = (self.counts, self.trials), (others, self.other_trials)
        group, reference = (one, other) if self.is_group else (other, one)
        return self.link.score(self.supposed, *group, *reference, skewness=False)

    def nearly(self, bound: Floats) -> Floats:
        """Compute how many of the other sample about make the statistic as large as a bound, if the rate of the one is as it looks; they need be neither whole nor possible."""
        link, supposed = self.link, self.supposed
        with np.errstate(divide="ignore", invalid="ignore"):
            rate = self.counts / self.trials
            even = (link.reference if self.is_group else link.group)(supposed, rate)
            inside = np.clip(even, 0, 1)
            errors = rate * (1 - rate) / self.trials, inside * (1 - inside) / self.other_trials
            group, reference = errors if self.is_group else errors[::-1]
            # So many times the rate of the reference is put beside that of the group.
            times = link.group(supposed, np.ones(1)) - link.group(supposed, np.zeros(1))
            away = bound * np.sqrt(group + times**2 * reference)
            return np.asarray(self.other_trials * (even - away / times if self.is_group else even + away))


def boundary(
    counts: Counts, bound: Floats, within: tuple[Floats, Floats], near: Floats | None = None
) -> Floats:
    """Find the most that the other sample may have, if it is the reference, for the score to reach a bound; if it is the group, to stay below it.

    Parameters
    ----------
    within
        The first and the last count that is looked at; one less than the first is the answer where none is small enough.
    near
        Where to begin.
    """

    def look(others: Floats, places: NDArray[np.intp]) -> tuple[NDArray[np.bool_], Floats]:
        more = counts.of(places).score(others) - bound[places]
        return (more >= 0) == counts.is_group, more if counts.is_group else -more

    guess = counts.nearly(bound) if near is None else near
    return neighbours(look, within[0] - 1, within[1] + 1, guess)
