"""A group beside its reference group, or by itself: what is limited, how sure that is, and what the counts say at a limit.

The verdicts of an audit and the gates of a policy stand on this. Whatever is asked is put together by the way in which it is answered, and each
way is gone once for all of it, as a step of a search costs the same for one comparison as for hundreds. No answer depends on what else is asked.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

from fairaudit.count.counts import Counts
from fairaudit.disparity.verdicts import Interval, Scores
from fairaudit.metrics.kinds import Estimate, Evidence, GroupMeasures, Metric
from fairaudit.metrics.measure import bounds as metric_bounds
from fairaudit.metrics.table import OF_GATES
from fairaudit.settings.limits import Limit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Pair: TypeAlias = tuple[float, float, float, float]
"""Successes and trials of a group, then of its reference group."""
BOTH_ARE_0 = "both are 0"
DIVIDED_BY_0 = "the reference group has 0, and nothing can be divided by 0"

N = TypeVar("N", float, Fraction)
A = TypeVar("A")


def worth(own: Estimate, theirs: Estimate | None) -> Pair:
    """Return successes and trials of two rates, as many people as they are worth where people stand in several rows; 0 where there is none."""
    if theirs is None:
        return own.successes, own.trials, 0.0, 0.0
    if not OF_GATES[own.metric].is_of_whole:
        return own.successes, own.trials, theirs.successes, theirs.trials
    x1, n1, x2, n2 = (e or 0 for e in (own.numerator, own.denominator, theirs.numerator, theirs.denominator))
    # Shares of one whole are compared by the odds of their sum, whose variance takes each group's effect as far as the other is large.
    design = (x2 * own.design + x1 * theirs.design) / (x1 + x2) if x1 + x2 else 1.0
    return x1 / design, n1 / design, x2 / design, n2 / design


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One metric of a group, of which the ratio to a reference group, the difference from it, or the level itself is limited.

    Attributes
    ----------
    estimate, reference
        The metric in the group, and in its reference group where it has one.
    counts, reference_counts
        Of both; only figures that are no rates ask for them.
    comparisons
        How many comparisons this one was chosen from by the data, which intervals and p-values bear.
    correlation
        Of both estimates, where the same people are in both; ``None`` where they are of different people.
    value
        That which is limited, exact where it can be; ``None`` with `reason`.
    """

    limit: Limit
    metric: Metric
    estimate: Estimate
    reference: Estimate | None = None
    counts: Counts | None = None
    reference_counts: Counts | None = None
    comparisons: int = 1
    correlation: float | None = None
    value: Fraction | float | None = None
    reason: str = ""

    @property
    def is_measured(self) -> bool:
        """Whether there is something that could be evidence."""
        others = self.limit is Limit.LEVEL or (
            self.reference is not None and self.reference.value is not None
        )
        return self.estimate.value is not None and others

    @property
    def can_be_planned(self) -> bool:
        """Whether it can be said how many people would decide it."""
        return self.is_measured and self.metric.kind.evidence is Evidence.COUNTS and self.correlation is None

    @property
    def pair(self) -> Pair:
        """Successes and trials of the group, then of its reference, as many people as they are worth; all 0 where there are none."""
        return worth(self.estimate, self.reference)


def compare_groups(
    group: GroupMeasures,
    reference: GroupMeasures | None,
    metric: Metric,
    limit: Limit,
    *,
    comparisons: int = 1,
    correlation: float | None = None,
) -> Comparison:
    """Compare a group with its reference group, exactly where both values are; or take its own level."""
    own = group.estimates[metric.name]
    theirs = reference.estimates[metric.name] if reference else None
    value, reason = _limited(own, theirs, limit)
    return Comparison(
        limit=limit,
        metric=metric,
        estimate=own,
        reference=theirs,
        counts=group.counts,
        reference_counts=reference.counts if reference else None,
        comparisons=comparisons,
        correlation=correlation,
        value=value,
        reason=reason,
    )


def _limited(
    estimate: Estimate, theirs: Estimate | None, limit: Limit
) -> tuple[Fraction | float | None, str]:
    """Compute what is limited; ``None`` with a reason."""
    own = plain_value(estimate)
    if own is None or limit is Limit.LEVEL:
        return own, estimate.reason
    if theirs is None:
        return None, "no group can be the reference"
    other = plain_value(theirs)
    if other is None:
        return None, f"in the reference group: {theirs.reason}"
    if limit is Limit.DIFFERENCE:
        return own - other, ""
    if other == 0:
        return None, BOTH_ARE_0 if own == 0 else DIVIDED_BY_0
    return own / other, ""


def plain_value(estimate: Estimate) -> Fraction | float | None:
    """Return a metric's value, exactly where it can be."""
    return estimate.value if estimate.exact is None else estimate.exact


class _Way(NamedTuple):
    """How a question about a comparison is answered; those of one way are answered together.

    Attributes
    ----------
    is_of_whole
        Whether two shares of one whole are compared.
    metric
        The metric's name if it is no rate, or is of the same people; all other rates have the same way.
    """

    limit: Limit
    is_of_whole: bool
    metric: str


def _way(comparison: Comparison) -> _Way:
    metric, limit = comparison.metric, comparison.limit
    return _Way(
        limit=limit,
        is_of_whole=metric.is_of_whole and limit is not Limit.LEVEL,
        metric="" if metric.is_rate and comparison.correlation is None else metric.name,
    )


def _answer_together(
    asked: Sequence[tuple[Comparison, N]],
    answer: Callable[[_Way, Sequence[Comparison], Sequence[N]], Sequence[A]],
) -> list[A | None]:
    """Answer questions way by way, each of them once; ``None`` where nothing is measured."""
    distinct = {(id(one), number): (one, number) for one, number in asked if one.is_measured}
    ways: dict[_Way, list[tuple[int, N]]] = {}
    for key, (one, _) in distinct.items():
        ways.setdefault(_way(one), []).append(key)
    answers: dict[tuple[int, N], A] = {}
    for way, keys in ways.items():
        members, numbers = zip(*(distinct[key] for key in keys), strict=True)
        answers |= zip(keys, answer(way, members, numbers), strict=True)
    return [answers.get((id(one), number)) for one, number in asked]


# What the counts say at a limit.


def evidence(asked: Sequence[tuple[Comparison, Fraction]]) -> list[Scores | None]:
    """Compute the score statistics of comparisons at limits.

    A rate's own level is tested by exact binomial tails; a ratio or difference of two rates by the score test of Miettinen and Nurminen
    with the correction for skewness, to which an exact test has to agree where few people are expected; other figures by inverting their
    intervals, or both groups' intervals put together (MOVER).

    Returns
    -------
    list
        ``None`` where nothing is measured; the statistics are ``None`` where there is no interval to invert.
    """
    return _answer_together(asked, _evidence)


def _evidence(way: _Way, members: Sequence[Comparison], limits: Sequence[Fraction]) -> list[Scores]:
    import numpy as np

    from fairaudit.inference import contrast, exact

    numbers = np.asarray([float(limit) for limit in limits])
    statistics: tuple[Floats, Floats]
    if way.limit is Limit.LEVEL and (shares := _shares(members)):
        to_share = members[0].metric.kind.to_share
        statistics = contrast.exact_rate_scores([float(to_share(limit)) for limit in limits], *shares)
    elif way.metric:
        statistics = _few_changed(members, numbers, _inverted(members, numbers))
    elif way.limit is Limit.RATIO:
        return ratio_scores([one.pair for one in members], limits, are_of_whole=way.is_of_whole)
    else:
        statistics = exact.difference_scores(numbers, *_columns(one.pair for one in members))
    below, above = ([None if math.isnan(z) else z for z in side.tolist()] for side in statistics)
    return list(zip(below, above, strict=True))


def ratio_scores(pairs: Sequence[Pair], limits: Sequence[Fraction], *, are_of_whole: bool) -> list[Scores]:
    """Compute the statistics of pairs of rates, or of shares of one whole, each at a ratio of its own.

    They are scores; where a limit expects few people, exact tests have a say (`fairaudit.inference.exact`).
    """
    import numpy as np

    from fairaudit.inference import contrast, exact

    if not pairs:
        return []
    x1, n1, x2, n2 = _columns(pairs)
    numbers = np.asarray([float(limit) for limit in limits])
    # Given how many people both have, the group's part of them is binomial.
    below, above = (
        contrast.exact_rate_scores(numbers / (1 + numbers), x1, x1 + x2)
        if are_of_whole
        else exact.ratio_scores(numbers, x1, n1, x2, n2)
    )
    return list(zip(below.tolist(), above.tolist(), strict=True))


def _columns(pairs: Iterable[Pair]) -> Floats:
    import numpy as np

    return np.asarray(list(pairs), dtype=np.float64).T


def _shares(members: Sequence[Comparison]) -> tuple[Floats, Floats] | None:
    """Return successes and trials of the share that a metric is, or rises with; ``None`` where there is none."""
    import numpy as np

    shares = [one.metric.kind.share(one.counts, one.estimate) for one in members if one.counts is not None]
    known = [share for share in shares if share is not None]
    if not known:
        return None
    successes, trials = np.asarray(known, dtype=np.float64).T
    return successes, trials


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """The groups, or the reference groups, of some comparisons in one metric."""

    metric: Metric
    counts: Sequence[Counts]
    estimates: Sequence[Estimate]

    @property
    def values(self) -> Floats:
        """Their values."""
        import numpy as np

        return np.asarray([estimate.value for estimate in self.estimates], dtype=np.float64)

    @property
    def limits(self) -> Callable[[Floats], tuple[Floats, Floats]]:
        """What computes their intervals."""
        return metric_bounds(self.metric, self.counts, self.estimates)


def _sides(members: Sequence[Comparison]) -> tuple[_Side, _Side]:
    """Return the groups and the reference groups; of levels there are none of the latter."""
    metric = members[0].metric
    theirs = [(one.reference_counts, one.reference) for one in members]
    return (
        _Side(
            metric=metric,
            counts=[one.counts for one in members if one.counts is not None],
            estimates=[one.estimate for one in members],
        ),
        _Side(
            metric=metric,
            counts=[counts for counts, _ in theirs if counts is not None],
            estimates=[estimate for _, estimate in theirs if estimate is not None],
        ),
    )


def _inverted(members: Sequence[Comparison], limits: Floats) -> Floats:
    """Find the quantile at which each interval begins to hold a limit."""
    from fairaudit.inference import mover

    limit = members[0].limit
    own, theirs = _sides(members)
    if limit is Limit.LEVEL:
        asked = mover.Supposition(value=limits)
    elif limit is Limit.RATIO:
        asked = mover.Supposition(
            value=0.0,
            other=theirs.values,
            other_limits=theirs.limits,
            ratio=limits,
            correlation=_correlations(members),
        )
    else:
        asked = mover.Supposition(
            value=limits,
            other=theirs.values,
            other_limits=theirs.limits,
            ratio=1.0,
            correlation=_correlations(members),
        )
    return mover.score(own.values, own.limits, asked, most=members[0].metric.kind.farthest())


def _few_changed(members: Sequence[Comparison], limits: Floats, scores: Floats) -> tuple[Floats, Floats]:
    """Hold scores of what the same people have in common to an exact test, where these are rates, and a limit expects few to have changed.

    If the limit is the true difference, at least as many people as it says have changed to the worse: of so many trials, the balance seen has to be unlikely
    as well.
    """
    import numpy as np

    from fairaudit.inference import paired

    below, above = scores.copy(), scores.copy()
    if (
        members[0].limit is not Limit.DIFFERENCE
        or members[0].correlation is None
        or not members[0].metric.is_rate
    ):
        return below, above
    x1, n1, x2, n2 = _columns(one.pair for one in members)
    same = (n1 == n2) & (limits != 0)
    # How many more are in the numerator than before, as the limit counts them.
    balance = np.where(limits < 0, x2 - x1, x1 - x2)
    few = paired.few_changed(balance, n1, np.abs(limits))
    above = np.where(same & (limits < 0), np.minimum(above, few), above)
    below = np.where(same & (limits > 0), np.maximum(below, -few), below)
    return below, above


def _correlations(members: Sequence[Comparison]) -> Floats:
    import numpy as np

    return np.asarray([one.correlation or 0.0 for one in members], dtype=np.float64)


# How sure it is.


def intervals(asked: Sequence[tuple[Comparison, float]]) -> list[Interval | None]:
    """Compute the intervals of what is limited, each at a confidence of its own.

    Where the data chose the reference, they hold for all pairs together. Where exact tails decide, they are exact, so that the interval
    which is shown agrees with the verdict.

    Returns
    -------
    list
        ``None`` where there is none.
    """
    return [None if limits is None else _shown(*limits) for limits in _answer_together(asked, _intervals)]


def _shown(low: float, high: float) -> Interval | None:
    if math.isnan(low) or math.isnan(high):
        return None
    return low, high if math.isfinite(high) else None


def _intervals(
    way: _Way, members: Sequence[Comparison], confidences: Sequence[float]
) -> list[tuple[float, float]]:
    import numpy as np

    from fairaudit.inference import contrast, mover, proportion

    level = 1 - (1 - np.asarray(confidences)) / np.asarray(
        [one.comparisons for one in members], dtype=np.float64
    )
    if way.limit is Limit.LEVEL and (shares := _shares(members)):
        from_share = members[0].metric.kind.from_share
        low, high = (from_share(end) for end in proportion.clopper_pearson(*shares, level))
    elif way.limit is Limit.LEVEL:
        low, high = _sides(members)[0].limits(level)
    elif way.metric:
        own, theirs = _sides(members)
        combined = mover.ratio_interval if way.limit is Limit.RATIO else mover.difference_interval
        low, high = combined(
            own.values,
            own.limits(level),
            theirs.values,
            theirs.limits(level),
            correlation=_correlations(members),
        )
    elif way.is_of_whole:
        x1, _, x2, _ = _columns(one.pair for one in members)
        low, high = contrast.share_ratio_interval(x1, x2, confidence=level)
    else:
        compute = contrast.ratio_interval if way.limit is Limit.RATIO else contrast.difference_interval
        low, high = compute(*_columns(one.pair for one in members), confidence=level)
    return list(zip(low.tolist(), high.tolist(), strict=True))


__all__ = [
    "BOTH_ARE_0",
    "DIVIDED_BY_0",
    "Comparison",
    "Pair",
    "compare_groups",
    "evidence",
    "intervals",
    "plain_value",
    "ratio_scores",
    "worth",
]
