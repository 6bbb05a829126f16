"""Plans: whether the people that are said to be needed really give the chance that is promised."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fairaudit.disparity.plans import Plan, Undecided, plan
from fairaudit.disparity.verdicts import ALPHA, Question, Verdict, question
from fairaudit.inference import contrast, exact, special
from fairaudit.inference.planning import Kind
from fairaudit.settings.limits import Band
from simulate.effort import Bools, Counts, Effort
from simulate.page import Table, percent
from simulate.pairs import at_most, support

MOST_PEOPLE = 20_000
"""Larger plans are not looked at, as that takes long."""
ROOM = 1e-9
"""Of a p-value, for rounding."""
MOST_KNOTS = 81
"""So many counts of the reference stand for all, where there are more."""
BANDS: Mapping[Kind, Band] = {
    "ratio": Band(low=Fraction("0.8"), high=Fraction("1.25")),
    "difference": Band(low=Fraction("-0.1"), high=Fraction("0.1")),
    "rate": Band(low=Fraction("0.3"), high=Fraction("0.6")),
}
RATES = (0.05, 0.2, 0.5, 0.8, 0.95)
TRUTHS: Mapping[Kind, tuple[float, ...]] = {
    "ratio": (0.4, 0.6, 0.7, 1.0, 1.4, 1.8, 3.0),
    "difference": (-0.4, -0.25, -0.15, 0.0, 0.15, 0.25, 0.4),
    "rate": (0.05, 0.15, 0.25, 0.35, 0.5, 0.65, 0.8, 0.95),
}
TIMES: Mapping[Kind, tuple[int, ...]] = {"ratio": (1, 9, 50), "difference": (1, 9, 50), "rate": (0,)}
"""How many times as many people as the group the reference has."""
WEIGHTS = ((1.0, 1), (33.0, 1), (66.0, 66))
"""Of fails, and comparisons that a reference was chosen from: one comparison, 33 of them, the pairs of twelve groups."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A comparison that is undecided, and its plan; the whole sample are its two groups."""

    kind: Kind
    asked: Undecided
    plan: Plan

    def chance(self, *, both: bool) -> float | None:
        """Compute the chance of the planned verdict with the people planned for; ``None`` without a plan."""
        x1, n1, x2, n2 = self.asked.pair
        wanted = self.plan.needed_in_all if both else self.plan.needed
        if wanted is None or wanted > MOST_PEOPLE:
            return None
        times = wanted / (n1 + n2 if both else n1)
        p2 = x2 / n2 if n2 else 0.0
        fails = self.plan.verdict is Verdict.FAIL
        p1 = x1 / n1 if fails or self.kind == "rate" else p2
        return chance(
            self.kind,
            self.plan.verdict,
            (round(n1 * times), p1),
            (round(n2 * times) if both else round(n2), p2),
            self.asked,
        )


def questions(kind: Kind, x1: Counts, n1: int, x2: Counts, n2: int, comparisons: int) -> list[Question]:
    """Put the questions of tables, as an audit or a gate does."""
    band = BANDS[kind]
    scores = [scores_at(limit, kind, x1, n1, x2, n2) for limit in filter(None, (band.low, band.high))]
    return [
        question(None, band, low, high, comparisons=comparisons) for low, high in zip(*scores, strict=True)
    ]


def scores_at(
    limit: Fraction | None, kind: Kind, x1: Counts, n1: int, x2: Counts, n2: int
) -> list[tuple[float, float]]:
    """Compute the statistics of tables at one limit: of the true value not being below it, and of its not being above."""
    supposed = float(limit or 0)
    below, above = (
        contrast.exact_rate_scores(supposed, x1, np.full(x1.shape, n1))
        if kind == "rate"
        else (exact.ratio_scores if kind == "ratio" else exact.difference_scores)(supposed, x1, n1, x2, n2)
    )
    return list(zip(below.tolist(), above.tolist(), strict=True))


def chance(
    kind: Kind, verdict: Verdict, group: tuple[int, float], reference: tuple[int, float], asked: Undecided
) -> float:
    """Compute the chance of a verdict by the product's questions, from every count of the reference and the counts of the group that turn it."""
    (n1, p1), (n2, p2) = group, reference
    x2, weight = support(n2, p2) if kind != "rate" else (np.zeros(1, dtype=np.int64), np.ones(1))
    step = -(-x2.size // MOST_KNOTS)
    x2, weight = x2[::step], weight[::step] / weight[::step].sum()
    support1 = support(n1, p1)[0]

    def decided(x1: Counts, side: int, open_: Bools) -> Bools:
        # A pass lies above the low limit and below the high one; a fail below the low one or above the high one.
        inside, band = np.clip(x1, 0, n1), BANDS[kind]
        fails = verdict is Verdict.FAIL
        answers = np.zeros(x1.shape, dtype=bool)
        limits = (band.low, band.high) if fails else (band.low, None) if side > 0 else (None, band.high)
        # What the plain score leaves open is left open by the exact test as well, which takes long.
        places = np.flatnonzero(open_ & _may_be_decided(kind, fails, limits, (inside, n1, x2, n2)))
        if not places.size:
            return answers
        some = inside[places], n1, x2[places], n2
        if fails:
            put = questions(kind, *some, asked.comparisons)
            answers[places] = [(q.p_fail or 0.0) * asked.weight <= ALPHA for q in put]
            return answers
        ones = [
            question(None, band, scores, None, comparisons=asked.comparisons)
            if side > 0
            else question(None, band, None, scores, comparisons=asked.comparisons)
            for scores in scores_at(band.low if side > 0 else band.high, kind, *some)
        ]
        answers[places] = [(q.p_pass or 0.0) <= ALPHA for q in ones]
        return answers

    def edge(side: int) -> Counts:
        """Find the fewest of the group that are decided upwards, or the most that are downwards."""
        low, high = np.full(x2.shape, support1[0] - 1), np.full(x2.shape, support1[-1] + 1)
        while (high - low > 1).any():
            middle = (low + high) // 2
            open_ = high - low > 1
            rises = decided(middle, side, open_) == (side > 0)
            low, high = np.where(open_ & ~rises, middle, low), np.where(open_ & rises, middle, high)
        return high if side > 0 else low

    if verdict is Verdict.FAIL:
        value = p1 if kind == "rate" else p1 - p2 if kind == "difference" else p1 / p2
        rises = value > float(BANDS[kind].high or 0)
        first, last = (edge(1), np.full(x2.shape, n1)) if rises else (np.zeros_like(x2), edge(-1))
    else:
        first, last = edge(1), edge(-1)
    rate = np.asarray(p1)
    inside = np.where(last < first, 0.0, at_most(last, n1, rate) - at_most(first - 1, n1, rate))
    return float((weight * inside).sum())


def _may_be_decided(
    kind: Kind,
    fails: bool,
    limits: tuple[Fraction | None, Fraction | None],
    tables: tuple[Counts, int, Counts, int],
) -> Bools:
    """Tell which tables may be decided by the plain score, to which the exact test only ever adds doubt; rates have no other test."""
    x1, n1, x2, n2 = tables
    if kind == "rate":
        return np.ones(x1.shape, dtype=bool)
    plain = contrast.ratio_score if kind == "ratio" else contrast.difference_score
    enough = np.zeros(x1.shape, dtype=bool)
    for limit, above in zip(limits, (not fails, fails), strict=True):
        if limit is not None:
            score = plain(float(limit), x1, n1, x2, n2)
            # A hair's breadth of room, so that no rounding decides.
            enough |= special.ndtr(-score if above else score) <= ALPHA + ROOM
    return enough


def undecided(kind: Kind, n1: int, n2: int) -> Iterator[Undecided]:
    """Return the comparisons of two groups that nobody could decide, over rates, truths and corrections."""
    rates, weights = (RATES, WEIGHTS) if n2 else ((0.0,), WEIGHTS[:2])
    for p2, truth, (weight, comparisons) in itertools.product(rates, TRUTHS[kind], weights):
        p1 = truth * p2 if kind == "ratio" else p2 + truth
        x1, x2 = round(n1 * p1), round(n2 * p2)
        if not 0 < x1 < n1 or (n2 and not 0 < x2 < n2):
            continue
        mine, theirs = Fraction(x1, n1), Fraction(x2, n2) if n2 else Fraction(0)
        (put,) = questions(kind, np.array([x1]), n1, np.array([x2]), n2, comparisons)
        if (put.p_fail or 0) * weight > ALPHA and (put.p_pass or 0) > ALPHA:
            value = mine / theirs if kind == "ratio" else mine - theirs
            yield Undecided(
                kind=kind,
                pair=(x1, n1, x2, n2),
                value=value,
                band=BANDS[kind],
                people=n1,
                weight=weight,
                comparisons=comparisons,
            )


def plans(kind: Kind, n1: int, n2: int) -> list[Planned]:
    """Plan the undecided comparisons of two groups, who are the whole sample."""
    asked = list(undecided(kind, n1, n2))
    found = plan(asked, in_all=n1 + n2)
    return [
        Planned(kind=kind, asked=one, plan=mine)
        for one, mine in zip(asked, found, strict=True)
        if mine is not None
    ]


def plan_table(effort: Effort) -> Table:
    """Show what chance plans have."""
    rows = []
    sizes = (20, 100) if effort.audits < 10_000 else (20, 50, 100)
    for kind, both in itertools.product(BANDS, (False, True)):
        if kind == "rate" and both:
            continue
        planned = [
            one for n1, times in itertools.product(sizes, TIMES[kind]) for one in plans(kind, n1, n1 * times)
        ]
        chances = [found for one in planned if (found := one.chance(both=both)) is not None]
        who = "the group" if kind == "rate" else "all groups" if both else "the group alone"
        rows.append(
            (
                f"{kind}, {BANDS[kind]}",
                who,
                f"{len(chances):,}",
                percent(min(chances)),
                percent(float(np.mean(chances))),
                percent(max(chances)),
            )
        )
    return Table(
        title="Chance of the verdict that is planned, with as many people as are said to be needed, %",
        note=f"80 is promised; numbers are rounded up to two digits. Undecided comparisons of groups of {', '.join(map(str, sizes))} people with "
        f"references of 1, 9 and 50 times as many, for rates of the reference of {', '.join(map(str, RATES))}, truths inside and outside the limits, "
        "and the corrections for one comparison, for 33, and for a reference that the data chose of twelve groups; plans of at most "
        f"{MOST_PEOPLE:,} people. Exact, by the questions of audits and gates.",
        header=("limits of", "who grows", "plans", "least", "mean", "most"),
        rows=tuple(rows),
    )
