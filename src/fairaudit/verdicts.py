"""Verdicts: what a question is, what counts as evidence, and how verdicts are combined.

A question asks whether a value lies within a band; the same rules serve the parities of an audit and the gates of a policy.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from fairaudit.config import Decide
from fairaudit.inference.multiplicity import holm

ALPHA = 0.05
"""Of both errors: calling something outside the tolerance that is not, in a whole family; and calling something within it that is not."""


class Verdict(StrEnum):
    """The answer to a question of fairness."""

    PASS = "pass"
    FAIL = "fail"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """What a value may be, limits included; ``None`` where there is no limit."""

    low: Fraction | None = None
    high: Fraction | None = None

    def holds(self, value: Fraction | float) -> bool:
        """Tell whether a value lies within, exactly for fractions."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def __str__(self) -> str:
        """Write it as people say it."""
        low = "" if self.low is None else f"{float(self.low):.3g}"
        high = "" if self.high is None else f"{float(self.high):.3g}"
        if low and high:
            return f"{low} to {high}"
        return f"at least {low}" if low else f"at most {high}" if high else "anything"


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
    comparisons
        How many comparisons this one was chosen from by the data.
    """

    value: Fraction | float | None
    band: Band
    z_low: float | None = None
    z_high: float | None = None
    comparisons: int = 1

    @property
    def p_fail(self) -> float | None:
        """Of the value being within the band: twice the smaller one-sided p-value, as for a two-sided interval; ``None`` without evidence."""
        sides = [p for p in (_below(self.z_low), _above(self.z_high)) if p is not None]
        return min(1.0, 2 * self.comparisons * min(sides)) if sides else None

    @property
    def p_pass(self) -> float | None:
        """Of the value being outside the band: the larger of two one-sided p-values (Schuirmann 1987); ``None`` without evidence.

        Both have to be small, so that each may be tested at the whole level (Berger 1982, doi:10.1080/00401706.1982.10487790).
        """
        sides = [p for p in (_above(self.z_low), _below(self.z_high)) if p is not None]
        return min(1.0, self.comparisons * max(sides)) if sides else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The verdict on a question.

    Attributes
    ----------
    p_fail
        After Holm, within the family of questions; ``None`` by the plain rule, or without evidence.
    weight
        What the correction multiplied the p-value by.
    """

    verdict: Verdict
    p_fail: float | None = None
    p_pass: float | None = None
    weight: float = 1.0


def combine(verdicts: Iterable[Verdict]) -> Verdict:
    """Combine verdicts: one fail fails; else one undecided, or none at all, is undecided.

    >>> combine([])
    <Verdict.UNDECIDED: 'undecided'>
    """
    found = set(verdicts)
    if Verdict.FAIL in found:
        return Verdict.FAIL
    return Verdict.PASS if found == {Verdict.PASS} else Verdict.UNDECIDED


def answer(
    questions: Sequence[Question], *, decide: Decide = Decide.INTERVAL, alpha: float = ALPHA
) -> tuple[Answer, ...]:
    """Answer the questions of one family.

    By the interval, a question fails if the counts exclude its band (p-values after Holm, so that in the whole family no band is
    wrongly called left with more than the chance `alpha`); it passes if one-sided tests at `alpha` exclude both outsides; else it is
    undecided. By the point, the measured value alone decides, exactly at the limit; what has no value is undecided.

    Parameters
    ----------
    questions
        All that were declared; those without evidence count as well.
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
    found = []
    for q, adjusted in zip(questions, holm([q.p_fail for q in questions]), strict=True):
        verdict = Verdict.UNDECIDED
        if adjusted is not None and adjusted <= alpha:
            verdict = Verdict.FAIL
        elif q.p_pass is not None and q.p_pass <= alpha:
            verdict = Verdict.PASS
        weight = adjusted / q.p_fail if adjusted and q.p_fail else float(len(questions))
        found.append(Answer(verdict=verdict, p_fail=adjusted, p_pass=q.p_pass, weight=weight))
    return tuple(found)


def _below(z: float | None) -> float | None:
    """Give the p-value of the true value not being below a limit, from the score at the limit."""
    return None if z is None else math.erfc(-z / math.sqrt(2)) / 2


def _above(z: float | None) -> float | None:
    """Give the p-value of the true value not being above a limit."""
    return None if z is None else math.erfc(z / math.sqrt(2)) / 2


def interval_text(interval: tuple[float, float | None]) -> str:
    """Write an interval of ratios; one without an upper limit says so.

    >>> interval_text((1.7233, 2.1269)), interval_text((7.4, None))
    ('1.72 to 2.13', '7.40 and more')
    """
    low, high = interval
    return f"{low:.2f} and more" if high is None else f"{low:.2f} to {high:,.2f}"


def p_text(p: float | None) -> str:
    """Write a p-value.

    >>> p_text(0.0314), p_text(1e-37), p_text(0.0)
    ('0.031', '1e-37', 'below 1e-300')
    """
    if p is None:
        return "unknown"
    return "below 1e-300" if p < 1e-300 else f"{p:.0e}" if p < 0.001 else f"{p:.2g}"
