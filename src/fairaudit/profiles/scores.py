"""Scores of a group beside those of its reference, without any threshold: how far their means are apart, and who is at the top."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from fairaudit.count.score_groups import DECILES, Moments, ScoredGroup, ScoredGroups
from fairaudit.disparity.references import ReferenceKind
from fairaudit.inference.odds import TwoRates
from fairaudit.profiles.tables import Table
from fairaudit.settings.choices import SmdOf

_NOBODY = Moments(n=0, total=Fraction(0), squares=Fraction(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class AtTop:
    """Who is at the top: of `share` of the people, those with a score of at least `threshold`.

    `smd` is the standardised difference of being there, and ``None`` where all or none of those who are compared are.
    """

    share: float
    threshold: float
    rates: TwoRates
    smd: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoresBeside:
    """The scores of a group beside its reference's; `smd` is ``None`` where there is no spread."""

    smd: float | None
    deciles: tuple[AtTop, ...]


def scores_beside(table: Table, scored: ScoredGroups, of: SmdOf) -> dict[str, ScoresBeside]:
    """Compare the scores of every group that takes part with those of the reference."""
    taking_part = [g.category.group for g in table.groups if not g.category.excluded]
    everybody = sum((g.moments for g in scored.groups.values()), _NOBODY)
    beside = {}
    for group in taking_part:
        names = (
            [n for n in taking_part if n != group]
            if table.kind is ReferenceKind.REST
            else [table.reference or ""]
        )
        others = [scored.groups[n] for n in names if n in scored.groups]
        if group == table.reference or group not in scored.groups or not others:
            continue
        own = scored.groups[group]
        reference = sum((o.moments for o in others), _NOBODY)
        beside[group] = ScoresBeside(
            smd=standardised_difference(own.moments, reference, everybody if of is SmdOf.OVERALL else None),
            deciles=tuple(
                _at_top(place, scored, own, others, overall=of is SmdOf.OVERALL)
                for place, _ in enumerate(DECILES)
            ),
        )
    return beside


def _at_top(
    place: int, scored: ScoredGroups, group: ScoredGroup, others: Sequence[ScoredGroup], *, overall: bool
) -> AtTop:
    """Compare who is at the top at a decile, by the ratio of the shares and by their standardised difference.

    No threshold is in use, so each decile is taken for one: whoever is at or above it has an outcome of 1, and everybody else of 0. The ratio of these outcomes'
    means is the impact ratio by quantile, and their difference over their standard deviation is the standardised mean difference of the same outcome.

    References
    ----------
    SolasAI's disparity testing library, whose adverse impact ratio by quantile has these outcomes, and whose standardised mean difference is of any
    outcome; for outcomes of 0 and 1 Austin 2009, Balance diagnostics, doi:10.1002/sim.3697, who takes the mean of both variances, not
    weighted by people, where `pooled` weights it.
    """
    own, beside, everybody = (
        _of_bits([one.at_least[place] for one in some], [one.moments.n for one in some])
        for some in ([group], others, list(scored.groups.values()))
    )
    return AtTop(
        share=float(DECILES[place]),
        threshold=scored.thresholds[place],
        rates=TwoRates(x1=int(own.total), n1=own.n, x2=int(beside.total), n2=beside.n),
        smd=standardised_difference(own, beside, everybody if overall else None),
    )


def _of_bits(ones: Sequence[int], people: Sequence[int]) -> Moments:
    """Return the moments of an outcome that is 1 for so many of so many people, and 0 for the others; its square is itself."""
    total = Fraction(sum(ones))
    return Moments(n=sum(people), total=total, squares=total)


def standardised_difference(group: Moments, reference: Moments, everybody: Moments | None) -> float | None:
    """Return the difference of two mean scores, group minus reference, in standard deviations; ``None`` where these are 0 or unknown.

    Parameters
    ----------
    everybody
        Those whose standard deviation divides it; ``None`` for that of both groups pooled, whose squared deviations are added up and divided by
        n1 + n2 - 2. Both are of a sample.

    References
    ----------
    Cohen 1988, Statistical Power Analysis, 2.2 (pooled); Hall et al. 2021, A United States Fair Lending Perspective on Machine Learning,
    doi:10.3389/frai.2021.695301 (overall).
    """
    spread, freedom = (
        (group.spread + reference.spread, group.n + reference.n - 2)
        if everybody is None
        else (everybody.spread, everybody.n - 1)
    )
    if group.mean is None or reference.mean is None or freedom < 1 or spread <= 0:
        return None
    return float(group.mean - reference.mean) / math.sqrt(float(spread / freedom))
