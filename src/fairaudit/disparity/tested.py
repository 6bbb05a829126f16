"""Which test the p-values of a limit are of: what people read beside them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from fairaudit.disparity.comparison import Comparison
from fairaudit.metrics.kinds import Evidence
from fairaudit.settings.limits import Band, Limit


class Test(StrEnum):
    """Which test a p-value is of."""

    SCORE = "score"
    EXACT = "exact"
    FISHER = "fisher"
    BINOMIAL = "binomial"
    INTERVAL = "interval"

    __test__ = False  # no test of ours, whatever pytest makes of the name


class Correction(StrEnum):
    """How the p-values of a family are corrected for how many they are."""

    HOLM = "holm"
    MAX_T = "max-t"


def tests_at_limits(asked: Sequence[tuple[Comparison, Band]]) -> list[Test | None]:
    """Name the tests of comparisons at their limits, as `comparison.evidence` chooses them.

    Returns
    -------
    list
        `EXACT` where an exact test has to agree with the score test at one of the limits, as few people are expected there; ``None``
        where nothing is measured.
    """
    names: list[Test | None] = [_by_kind(one) for one, _ in asked]
    for limit in (Limit.RATIO, Limit.DIFFERENCE):
        places = [
            place for place, (one, _) in enumerate(asked) if names[place] is Test.SCORE and one.limit is limit
        ]
        few = _expects_few([asked[place] for place in places], limit)
        for place, expects_few in zip(places, few, strict=True):
            names[place] = Test.EXACT if expects_few else Test.SCORE
    return names


def _by_kind(comparison: Comparison) -> Test | None:
    if not comparison.is_measured:
        return None
    metric, counts = comparison.metric, comparison.counts
    if comparison.limit is Limit.LEVEL:
        is_share = metric.is_rate or (
            counts is not None and metric.kind.share(counts, comparison.estimate) is not None
        )
        return Test.BINOMIAL if is_share else Test.INTERVAL
    if metric.is_of_whole:
        return Test.BINOMIAL
    if comparison.correlation is not None:
        return Test.INTERVAL
    return Test.SCORE if metric.kind.evidence is Evidence.COUNTS else Test.INTERVAL


def _expects_few(asked: Sequence[tuple[Comparison, Band]], limit: Limit) -> list[bool]:
    """Tell of each comparison whether a limit expects few people in a cell of its table."""
    import numpy as np

    from fairaudit.inference import exact

    if not asked:
        return []
    columns = np.asarray([one.pair for one, _ in asked], dtype=np.float64).T
    few = np.zeros(len(asked), dtype=bool)
    for ends in ([band.low for _, band in asked], [band.high for _, band in asked]):
        numbers = np.asarray([np.nan if end is None else float(end) for end in ends])
        known = np.flatnonzero(~np.isnan(numbers))
        x1, n1, x2, n2 = columns[:, known]
        tables = exact.Tables(
            link=exact.RATIO if limit is Limit.RATIO else exact.DIFFERENCE,
            supposed=numbers[known],
            x1=x1,
            n1=n1,
            x2=x2,
            n2=n2,
        )
        few[known] |= tables.fewest_expected < exact.FEW
    answers: list[bool] = few.tolist()
    return answers


__all__ = ["Correction", "Test", "tests_at_limits"]
