"""Whole audits: how often anything is called unfair though everything is fair."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from fairaudit.inference import contrast, exact
from fairaudit.inference.multiplicity import family_size
from simulate.decisions import point_rule_fails
from simulate.effort import LEVEL, METRICS, TAU, Counts, Effort, Floats
from simulate.page import Table, percent, say
from simulate.peers import aequitas_alarms
from simulate.population import EDGE, FAIR, Truth, different, draw, equality_p_values, rates, with_reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """The shares of fair audits in which anything at all was called unfair."""

    band: float
    equality: float
    unadjusted: float
    point_rule: float


def band_p_values(x1: Counts, n1: Counts, x2: Counts, n2: Counts, *, worth: float = 1.0) -> Floats:
    """Test whether ratios lie within the band, as a question of the product does, every table once; 1 without people.

    Parameters
    ----------
    worth
        Where the scores alone give a larger p-value than this, it stands, as exact tests would only make it larger.
    """
    tables, where = different(x1, n1, x2, n2)
    tau = float(TAU)
    plain = [(contrast.ratio_score(limit, *tables.T),) * 2 for limit in (tau, 1 / tau)]
    p_values = outside(*plain)
    asked = p_values <= worth
    p_values[asked] = outside(*(exact.ratio_scores(limit, *tables[asked].T) for limit in (tau, 1 / tau)))
    return np.where(np.isnan(p_values), 1.0, p_values)[where].reshape(x1.shape)


def outside(low: tuple[Floats, Floats], high: tuple[Floats, Floats]) -> Floats:
    """Put the statistics at both limits together, as `verdicts.Question.p_fail` does."""
    below = ndtr(low[0]) + ndtr(high[0])
    above = ndtr(-high[1]) + ndtr(-low[1])
    return np.minimum(1.0, np.minimum(below, above))


def any_finding(p_values: Floats, tests: int) -> float:
    """Compute the share of audits in which Holm's method finds something: it does where the smallest p-value passes its bound."""
    return float((p_values.min(axis=(1, 2)) * tests <= LEVEL).mean())


def alarms(truths: Sequence[Truth], sizes: Sequence[int], runs: int, seed: int) -> Alarms:
    """Draw audits with a reference that was named beforehand, and count those with an alarm."""
    beside = with_reference(*rates(draw(truths, sizes, runs, np.random.default_rng([seed, *sizes]))))
    equality = equality_p_values(*beside)
    tests = equality[0].size
    return Alarms(
        band=any_finding(band_p_values(*beside, worth=LEVEL / tests), tests),
        equality=any_finding(equality, tests),
        unadjusted=any_finding(equality, 1),
        point_rule=float(point_rule_fails(*beside).any(axis=(1, 2)).mean()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenAlarms:
    """The same with the group of the lowest rate as the reference: taken as if it had been named, and with the bound over all pairs."""

    ignored: float
    bounded: float
    band_ignored: float
    band_bounded: float


def chosen_alarms(groups: int, size: int, runs: int, seed: int, *, metrics: int = 3) -> ChosenAlarms:
    """Draw audits whose reference the data choose, and count those with an alarm."""
    random = np.random.default_rng([seed, groups, size])
    x, n = rates(draw([FAIR] * groups, [size] * groups, runs, random))
    beside = with_reference(x[..., :metrics], n[..., :metrics], lowest=True)
    named = (groups - 1) * metrics
    equality, band = equality_p_values(*beside), band_p_values(*beside, worth=LEVEL / named)
    family = family_size([groups * (groups - 1) // 2] * named)
    return ChosenAlarms(
        ignored=any_finding(equality, named),
        bounded=any_finding(equality, family),
        band_ignored=any_finding(band, named),
        band_bounded=any_finding(band, family),
    )


def audit_tables(effort: Effort, seed: int) -> Iterator[Table]:
    """Show how often a whole audit raises an alarm though everything is fair."""
    rows = []
    for groups in (2, 3, 6, 12):
        say(f"Whole audits of {groups} groups")
        even = [200] * groups
        fair, edge = [FAIR] * groups, [FAIR, *[EDGE] * (groups - 1)]
        uneven = [1000, *[60] * (groups - 1)]
        for people_of, truth, sizes, truths in (
            ("200 each", "equal", even, fair),
            ("1,000 and 60 each", "equal", uneven, fair),
            ("200 each", "ratio 0.8", even, edge),
        ):
            found = alarms(truths, sizes, effort.audits, seed)
            plain = truths is fair
            theirs = (
                aequitas_alarms(groups, 200, effort.aequitas_audits, seed)
                if plain and sizes is even
                else None
            )
            rows.append(
                (
                    str(groups),
                    people_of,
                    truth,
                    percent(found.band),
                    percent(found.equality) if plain else "–",
                    percent(found.unadjusted) if plain else "–",
                    percent(found.point_rule) if plain else "–",
                    "–" if theirs is None else percent(theirs),
                )
            )
    yield Table(
        title="Fair audits in which anything is called unfair, % (family-wise error)",
        note=f"Three metrics ({', '.join(METRICS)}) of every group against a reference named beforehand; {effort.audits:,} audits in each row, "
        f"{effort.aequitas_audits} for Aequitas. At most 5 is right. Ratio 0.8 means that every rate lies exactly on the edge of the band, the hardest case that "
        "still is fair.",
        header=(
            "groups",
            "people",
            "truth",
            "verdict fail, Holm",
            "equality, Holm",
            "equality, no correction",
            "plain four-fifths rule",
            "Aequitas",
        ),
        rows=tuple(rows),
    )
    yield Table(
        title="The same with a reference that the data choose, %",
        note=f"The group with the lowest rate is the reference of each metric; 200 people in each group, everything equal, {effort.audits:,} audits in each row. "
        "'As if named' corrects by Holm for the comparisons made; 'all pairs' for all pairs of groups that could have been.",
        header=(
            "groups",
            "one metric: equality, as if named",
            "all pairs",
            "three metrics: equality, as if named",
            "all pairs",
            "verdict fail, as if named",
            "all pairs",
        ),
        rows=tuple(
            (
                str(groups),
                percent(one.ignored),
                percent(one.bounded),
                percent(three.ignored),
                percent(three.bounded),
                percent(three.band_ignored),
                percent(three.band_bounded),
            )
            for groups in (2, 3, 6, 12)
            for one, three in [
                tuple(chosen_alarms(groups, 200, effort.audits, seed, metrics=metrics) for metrics in (1, 3))
            ]
        ),
    )
