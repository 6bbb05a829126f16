"""Verdicts: what a question is, what counts as evidence, and how verdicts are combined.

A question asks whether a value lies within a band; the same rules serve the parities of an audit and the gates of a policy.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from fairaudit.inference.multiplicity import family_size, holm
from fairaudit.settings.choices import CONFIDENCE, PASS_CONFIDENCE, Decide
from fairaudit.settings.limits import (
    Band,
    decimals_for,
    interval_text,
    level_text,
    limit_text,
    number_text,
    within_text,
)

if TYPE_CHECKING:
    from fairaudit.inference.joint import Block

Interval: TypeAlias = tuple[float, float | None]
ALPHA = 0.05
"""Of both errors: calling something outside the tolerance that is not, in a whole family; and calling something within it that is not."""


class Verdict(StrEnum):
    """The answer to a question of fairness."""

    PASS = "pass"
    FAIL = "fail"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A value that has to lie within a band, and what the counts say of it.

    Attributes
    ----------
    value
        As measured; ``None`` where it is undefined.
    z_low, z_high
        Score statistics at the limits: about standard normal if the true value is that limit, positive if the counts speak for more.
        ``None`` where there is no such limit, or no evidence.
    z_low_beyond, z_high_beyond
        The same for the other side of a limit, where an exact test counts the case itself on both sides; ``None`` where they are `z_low`
        and `z_high`.
    comparisons
        How many comparisons this one was chosen from by the data: all pairs of groups, if these chose the reference.
    """

    value: Fraction | float | None
    band: Band
    z_low: float | None = None
    z_high: float | None = None
    z_low_beyond: float | None = None
    z_high_beyond: float | None = None
    comparisons: int = 1

    @property
    def p_fail(self) -> float | None:
        """Of the value being within the band; ``None`` without evidence.

        A value at one limit errs beyond the other one as well, by the p-value there. In a wide band that is next to nothing, and the test
        is one-sided; where both limits are one point, it is two-sided (Hodges and Lehmann 1954, section 2).
        """
        sides = [p for p in self._sides if p is not None]
        return min(1.0, *sides) if sides else None

    @property
    def _sides(self) -> tuple[float | None, float | None]:
        low, high = self.z_low, self.z_high
        beyond_low = low if self.z_low_beyond is None else self.z_low_beyond
        beyond_high = high if self.z_high_beyond is None else self.z_high_beyond
        below, above = _below(low), _above(high)
        return (
            None if below is None else below + (_below(beyond_high) or 0.0),
            None if above is None else above + (_above(beyond_low) or 0.0),
        )

    @property
    def is_below(self) -> bool:
        """Whether there is more evidence of the value being below the low limit than of its being above the high one."""
        below, above = self._sides
        return above is None or (below is not None and below <= above)

    @property
    def limit(self) -> Fraction | None:
        """Return the limit that there is more evidence against."""
        return self.band.low if self.is_below else self.band.high

    @property
    def apart(self) -> float:
        """Compute how many standard errors the two limits lie apart; infinite where there is only one limit."""
        if self.z_low is None or self.z_high is None or math.isinf(self.z_low) or math.isinf(self.z_high):
            return math.inf
        return abs(self.z_low - self.z_high)

    @property
    def p_pass(self) -> float | None:
        """Of the value being outside the band: the larger of two one-sided p-values (Schuirmann 1987); ``None`` without evidence.

        Both have to be small, so that each may be tested at the whole level (Berger 1982, doi:10.1080/00401706.1982.10487790).
        """
        low = self.z_low if self.z_low_beyond is None else self.z_low_beyond
        high = self.z_high if self.z_high_beyond is None else self.z_high_beyond
        sides = [p for p in (_above(low), _below(high)) if p is not None]
        return min(1.0, self.comparisons * max(sides)) if sides else None


Scores: TypeAlias = tuple[float | None, float | None]
"""Statistics of a limit: one for a value below it, one for a value above it; they differ where tails are exact."""


def question(
    value: Fraction | float | None,
    band: Band,
    low: Scores | None,
    high: Scores | None,
    *,
    comparisons: int = 1,
) -> Question:
    """Put a question, with the statistics at its two limits; ``None`` where there is no such limit, or no evidence."""
    return Question(
        value=value,
        band=band,
        # What would be below the low limit, or above the high one, fails; what is above the low and below the high one passes.
        z_low=low[0] if low else None,
        z_low_beyond=low[1] if low else None,
        z_high=high[1] if high else None,
        z_high_beyond=high[0] if high else None,
        comparisons=comparisons,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The verdict on a question.

    Attributes
    ----------
    p_fail
        Corrected within the family of questions; ``None`` by the plain rule, or without evidence.
    p_raw
        Before it, as if this were the only comparison.
    p_pass
        With regard to the comparisons that this one was chosen from.
    weight
        What the correction multiplies the p-value of the next hypothesis by that is not rejected yet.
    family
        How many comparisons the correction allows for.
    """

    verdict: Verdict
    p_fail: float | None = None
    p_raw: float | None = None
    p_pass: float | None = None
    weight: float = 1.0
    family: int = 1

    def corrected_confidence(self, comparisons: int = 1) -> float | None:
        """Return the confidence at which an interval allows for the whole family; ``None`` unless that alone leaves the question undecided.

        Parameters
        ----------
        comparisons
            How many this one was chosen from by the data, which its intervals allow for anyway.
        """
        if self.verdict is not Verdict.UNDECIDED or self.p_raw is None or self.p_raw * comparisons > ALPHA:
            return None
        # A fail takes a one-sided p-value; the interval of two sides that says the same leaves twice as much out.
        return 1 - 2 * ALPHA * comparisons / max(self.weight, comparisons)


def combine(verdicts: Iterable[Verdict]) -> Verdict:
    """Combine verdicts: one fail fails; else one undecided, or none at all, is undecided.

    >>> combine([])
    <Verdict.UNDECIDED: 'undecided'>
    """
    distinct = set(verdicts)
    if Verdict.FAIL in distinct:
        return Verdict.FAIL
    return Verdict.PASS if distinct == {Verdict.PASS} else Verdict.UNDECIDED


def answer(
    questions: Sequence[Question],
    *,
    decide: Decide = Decide.INTERVAL,
    alpha: float = ALPHA,
    blocks: Sequence[Block] = (),
) -> tuple[Answer, ...]:
    """Answer the questions of one family.

    By the interval, a question fails if the counts exclude its band (p-values corrected so that in the whole family no band is
    wrongly called left with more than the chance `alpha`); it passes if one-sided tests at `alpha` exclude both outsides; else it is
    undecided. By the point, the measured value alone decides, exactly at the limit; what has no value is undecided.

    Parameters
    ----------
    questions
        All that were declared; those without evidence count as well, and so do all pairs of groups that a reference was chosen from.
    blocks
        Questions whose dependence is known, which then have less to bear than Holm's method asks (`inference.joint`).
    """
    if decide is Decide.POINT:
        return tuple(
            Answer(
                verdict=Verdict.UNDECIDED
                if q.value is None
                else Verdict.PASS
                if q.band.holds(q.value)
                else Verdict.FAIL
            )
            for q in questions
        )
    answers = []
    size = family_size(q.comparisons for q in questions)
    for q, adjusted in zip(questions, _adjusted(questions, blocks, size), strict=True):
        verdict = Verdict.UNDECIDED
        if adjusted is not None and adjusted <= alpha:
            verdict = Verdict.FAIL
        elif q.p_pass is not None and q.p_pass <= alpha:
            verdict = Verdict.PASS
        answers.append(Answer(verdict=verdict, p_fail=adjusted, p_raw=q.p_fail, p_pass=q.p_pass))
    # What Holm's method would multiply the next p-value by, those that fail being out of the way.
    weight = float(size - sum(one.verdict is Verdict.FAIL for one in answers))
    return tuple(dataclasses.replace(one, weight=max(weight, 1.0), family=size) for one in answers)


def _adjusted(questions: Sequence[Question], blocks: Sequence[Block], size: int) -> list[float | None]:
    p_values = [q.p_fail for q in questions]
    if not blocks:
        return holm(p_values, size=size)
    from fairaudit.inference import joint

    return joint.step_down(p_values, blocks, size=size)


def resting(
    verdict: Verdict | None,
    band: Band,
    wide: Interval | None,
    narrow: Interval | None,
    corrected: tuple[Interval | None, float | None] = (None, None),
) -> tuple[Interval | None, float]:
    """Return the interval that a verdict rests on, and its confidence: that of 95% where it is enough for a fail, or decides nothing.

    One-sided tests at 5% are the 90% interval: it lies within the band if both sides pass, and outside if one fails. Where only the
    correction for many comparisons leaves a question open, the `corrected` interval says so.
    """
    if corrected[0] is not None and corrected[1] is not None:
        return corrected[0], corrected[1]
    enough = wide is not None and (
        (band.low is not None and wide[1] is not None and wide[1] < band.low)
        or (band.high is not None and wide[0] > band.high)
    )
    if verdict is Verdict.PASS or (verdict is Verdict.FAIL and not enough):
        return narrow, PASS_CONFIDENCE
    return wide, CONFIDENCE


def _below(z: float | None) -> float | None:
    """Return the p-value of the true value not being below a limit, from the score at the limit."""
    return None if z is None else math.erfc(-z / math.sqrt(2)) / 2


def _above(z: float | None) -> float | None:
    """Return the p-value of the true value not being above a limit."""
    return None if z is None else math.erfc(z / math.sqrt(2)) / 2


def interval_reason(
    answered: Answer,
    band: Band,
    interval: tuple[float, float | None],
    *,
    confidence: float,
    comparisons: int = 1,
    decimals: int = 2,
) -> str:
    """Say what an interval says of a band, and so why the verdict is what it is; without a full stop."""
    low, high = interval
    clause = f"{level_text(confidence)} interval {interval_text(interval, band, decimals=decimals)}"
    corrected = confidence not in (CONFIDENCE, PASS_CONFIDENCE)
    if corrected:
        clause += f", which allows for all {answered.family:,} comparisons,"
    elif comparisons > 1:
        clause += f", which holds for all {comparisons:,} pairs of groups together,"
    below = band.low is not None and high is not None and high < band.low
    above = band.high is not None and low > band.high
    if answered.verdict is Verdict.PASS:
        return f"{clause} lies {within_text(band)}"
    where = f"below {limit_text(band.low)}" if below else f"above {limit_text(band.high)}" if above else ""
    if answered.verdict is Verdict.FAIL:
        return f"{clause} lies {where or 'outside'}"
    alone = answered.p_raw is not None and answered.p_raw * comparisons <= ALPHA
    chance = f"among so many comparisons that may be chance (p = {p_text(answered.p_fail)} after correction)"
    if where:
        doubt = (
            chance
            if alone or answered.p_raw is None
            else _by_exact_test(min(1.0, answered.p_raw * comparisons))
        )
        return f"{clause} lies {where}, but {doubt}"
    if (band.low is None or low >= band.low) and (band.high is None or (high or math.inf) <= band.high):
        return f"{clause} lies {within_text(band)}, but {_by_exact_test(answered.p_pass)}"
    if band.low is not None and band.high is not None:
        reach = f"reaches into {within_text(band).removeprefix('within ')} and out of it"
    else:
        reach = f"reaches to both sides of {limit_text(band.high if band.low is None else band.low)}"
    return f"{clause} {reach}" + (
        f"; by itself it would fail (p = {p_text((answered.p_raw or 0.0) * comparisons)}), but {chance}"
        if alone and not corrected
        else f"; by itself it would fail (p = {p_text((answered.p_raw or 0.0) * comparisons)}, after correction {p_text(answered.p_fail)})"
        if corrected
        else ""
    )


def _by_exact_test(p: float | None) -> str:
    return f"by an exact test that may be chance (p = {p_text(p)})"


def point_reason(measure: str, value: Fraction | float, band: Band, *, decimals: int = 2) -> str:
    """Say where a value lies by the plain rule; without a full stop."""
    shown = number_text(float(value), decimals_for([float(value)], band, least=decimals, same=value))
    if band.holds(value):
        return f"{measure} {shown} lies {within_text(band)}"
    below = band.low is not None and value < band.low
    return f"{measure} {shown} lies " + (
        f"below {limit_text(band.low)}" if below else f"above {limit_text(band.high)}"
    )


def p_text(p: float | None) -> str:
    """Write a p-value.

    >>> p_text(0.0314), p_text(1e-37), p_text(0.0)
    ('0.031', '1e-37', 'below 1e-300')
    """
    if p is None:
        return "unknown"
    return "below 1e-300" if p < 1e-300 else f"{p:.0e}" if p < 0.001 else f"{p:.2g}"
