"""How far figures of groups go along in base and in new, as the same people are in both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fairaudit.change.counted import Group, GroupPair
from fairaudit.change.rates import rate_of
from fairaudit.change.resampled import ScoredSets, spread
from fairaudit.inference import paired
from fairaudit.metrics.table import BY_NAME


def correlations(
    pairs: Mapping[Group, GroupPair], asked: Iterable[tuple[str, str]], scored: ScoredSets | None
) -> dict[tuple[str, str, str], float]:
    """Compute the correlation of a metric in base and in new, for each group of an attribute in both.

    Parameters
    ----------
    asked
        Attributes with metrics.

    Returns
    -------
    dict
        By attribute, group and metric; without those groups that nobody is in both times, or whose figures have no value.
    """
    known = {}
    for attribute, metric in asked:
        for group, pair in pairs.items():
            if group[0] == attribute and (value := _correlation(metric, pair, scored)) is not None:
                known[(*group, metric)] = value
    return known


def _correlation(metric: str, pair: GroupPair, scored: ScoredSets | None) -> float | None:
    together = pair.together
    if pair.base is None or pair.new is None or together is None or not together.cells.any():
        return None
    if BY_NAME[metric].is_rate:
        rates = rate_of(metric, pair)
        if not rates.known or rates.pairs is None or not rates.pairs.people:
            return None
        own = rates.pairs
        return paired.correlation_of(
            rates.base, rates.new, (own.both, own.base_only, own.new_only, own.neither)
        )
    drawn = spread(BY_NAME[metric], pair, scored.of(pair.group) if scored else None)
    return None if drawn is None else drawn.correlation
