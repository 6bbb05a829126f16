"""Whether what changed for the worse is more than a margin: shown, excluded, or open; as gates on change decide it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from fairaudit.change.figures import TwoFigures, rate_correlation, score_beyond
from fairaudit.change.rates import TwoRates, worse_side
from fairaudit.count.counts import Counts
from fairaudit.disparity import comparison
from fairaudit.disparity.comparison import Comparison, plain_value
from fairaudit.disparity.verdicts import Scores, Verdict, answer, question
from fairaudit.metrics.kinds import Estimate, Side
from fairaudit.metrics.measure import estimates
from fairaudit.metrics.table import BY_NAME
from fairaudit.settings.choices import Effect
from fairaudit.settings.limits import Band, Limit


def beyond_margin(
    compared: Sequence[TwoRates | TwoFigures], margin: Fraction, effect: Effect | None
) -> list[Verdict | None]:
    """Say of each change whether a worsening beyond a margin is shown (fail), excluded (pass) or undecided.

    It is shown by a test at the margin, corrected for all that are asked (Holm), and excluded where the 90% interval lies within, which is the usual test of
    non-inferiority at 5%.

    Returns
    -------
    list
        ``None`` where a metric has no worse side.

    References
    ----------
    Piaggio et al. 2012, Reporting of noninferiority and equivalence randomized trials, doi:10.1001/jama.2012.87802.
    """
    sides = [worse_side(one.metric, effect) for one in compared]
    places = [place for place, side in enumerate(sides) if side is not None and compared[place].known]
    limits = [margin if sides[place] is Side.HIGHER else -margin for place in places]
    beside = _comparisons([compared[place] for place in places])
    scores = _scores([compared[place] for place in places], beside, limits)
    questions = [
        question(
            one.value,
            Band(high=limit) if limit > 0 else Band(low=limit),
            None if limit > 0 else score,
            score if limit > 0 else None,
        )
        for one, limit, score in zip(beside, limits, scores, strict=True)
    ]
    verdicts = dict(zip(places, (one.verdict for one in answer(questions)), strict=True))
    return [
        None if side is None else verdicts.get(place, Verdict.UNDECIDED) for place, side in enumerate(sides)
    ]


def _comparisons(compared: Sequence[TwoRates | TwoFigures]) -> list[Comparison]:
    """Put new beside base, as gates on change do."""
    rates = [one for one in compared if isinstance(one, TwoRates)]
    known = _estimates(rates)
    return [
        one.comparison
        if isinstance(one, TwoFigures)
        else _of_rate(one, (next(known[one.metric]), next(known[one.metric])))
        for one in compared
    ]


def _estimates(rates: Sequence[TwoRates]) -> Mapping[str, Iterator[Estimate]]:
    counts: dict[str, list[Counts]] = {}
    for one in rates:
        counts.setdefault(one.metric, []).extend(
            side for side in (one.pair.new, one.pair.base) if side is not None
        )
    return {name: iter(estimates(BY_NAME[name], own, all_selected=None)) for name, own in counts.items()}


def _of_rate(rates: TwoRates, both: tuple[Estimate, Estimate]) -> Comparison:
    new, base = both
    own, other = plain_value(new), plain_value(base)
    return Comparison(
        limit=Limit.DIFFERENCE,
        metric=BY_NAME[rates.metric],
        estimate=new,
        reference=base,
        counts=rates.pair.new,
        reference_counts=rates.pair.base,
        correlation=rate_correlation(rates),
        value=None if own is None or other is None else own - other,
    )


def _scores(
    compared: Sequence[TwoRates | TwoFigures], beside: Sequence[Comparison], limits: Sequence[Fraction]
) -> list[Scores | None]:
    drawn = [one if isinstance(one, TwoFigures) and one.is_by_draws else None for one in compared]
    asked = [(one, limit) for one, limit, figure in zip(beside, limits, drawn, strict=True) if figure is None]
    by_counts = iter(comparison.evidence(asked))
    scores: list[Scores | None] = []
    for figure, limit in zip(drawn, limits, strict=True):
        if figure is None:
            scores.append(next(by_counts))
        else:
            z = score_beyond(figure, limit)
            scores.append(None if z is None else (z, z))
    return scores


__all__ = ["beyond_margin"]
