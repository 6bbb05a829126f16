"""Counted scores into calibration: of the people scored alike, how many have label 1, group by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from fairaudit.documents.audit import BiasDocument, FairnessDocument, ScoreCountsPart, ScoresDocument
from fairaudit.documents.parts import Verdict
from fairaudit.documents.ranking import worst_disparities
from fairaudit.settings.choices import MIN_DENOMINATOR

TENTHS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenth:
    """The people of a group whose scores lie in one tenth of [0, 1].

    Attributes
    ----------
    number
        From 0; the last one includes the score 1, each other one only its lower end.
    people, positives
        All of them (at least one), and those with label 1.
    score_sum
        Of their scores.
    ci
        Wilson's interval of the share with label 1.
    """

    number: int
    people: float
    positives: float
    score_sum: float
    ci: tuple[float, float]

    @property
    def low(self) -> float:
        """Where it begins."""
        return self.number / TENTHS

    @property
    def high(self) -> float:
        """Where it ends."""
        return (self.number + 1) / TENTHS

    @property
    def mean_score(self) -> float:
        """What the scores promise."""
        return self.score_sum / self.people

    @property
    def share(self) -> float:
        """How many have label 1, in [0, 1]."""
        return self.positives / self.people

    @property
    def small(self) -> bool:
        """Whether it holds too few people to say much."""
        return self.people < MIN_DENOMINATOR

    @property
    def distance(self) -> float:
        """How far the mean score is outside the interval; 0 within."""
        low, high = self.ci
        return max(low - self.mean_score, self.mean_score - high, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A group's scores beside its labels; both names are empty for everybody. Tenths without people are left out."""

    attribute: str
    group: str
    tenths: tuple[Tenth, ...]

    @property
    def people(self) -> float:
        """How many there are."""
        return sum(tenth.people for tenth in self.tenths)

    @property
    def positives(self) -> float:
        """How many of them have label 1."""
        return sum(tenth.positives for tenth in self.tenths)


def calibrate(part: ScoreCountsPart, *, thresholds: Sequence[float], confidence: float) -> Calibration | None:
    """Add up a group's counted scores by tenths.

    Parameters
    ----------
    thresholds
        Between which the scores were counted. They rise and hold every tenth.
    confidence
        Of the intervals, between 0 and 1.

    Returns
    -------
    Calibration | None
        ``None`` without labels, or where scores are no probabilities.
    """
    from fairaudit.inference.proportion import wilson

    if part.positives is None or part.score_sums is None:
        return None
    people: list[float] = [0] * TENTHS
    positives: list[float] = [0] * TENTHS
    score_sums = [0.0] * TENTHS
    # Nobody is scored below 0, which is the first threshold.
    numbers = [0, *(_tenth_of(threshold) for threshold in thresholds)]
    for number, n, ones, total in zip(numbers, part.people, part.positives, part.score_sums, strict=True):
        people[number] += n
        positives[number] += ones
        score_sums[number] += total
    filled = [number for number in range(TENTHS) if people[number]]
    # Rows of the same people are worth fewer; how many in each tenth is not counted, so that all rows of a person are taken to be alike.
    lows, highs = wilson(
        [positives[i] * part.worth for i in filled], [people[i] * part.worth for i in filled], confidence
    )
    return Calibration(
        attribute=part.attribute,
        group=part.group,
        tenths=tuple(
            Tenth(
                number=number,
                people=people[number],
                positives=positives[number],
                score_sum=score_sums[number],
                ci=(float(low), float(high)),
            )
            for number, low, high in zip(filled, lows, highs, strict=True)
        ),
    )


def calibrate_groups(document: ScoresDocument, *, attribute: str) -> tuple[Calibration, ...]:
    """Add up the scores of an attribute's groups; those with the most people first, and none without people."""
    calibrated = (
        calibrate(part, thresholds=document.thresholds, confidence=document.settings.confidence)
        for part in document.groups
        if part.attribute == attribute
    )
    return tuple(
        sorted((c for c in calibrated if c is not None and c.people), key=lambda c: (-c.people, c.group))
    )


def telling_attribute(
    document: ScoresDocument, *, bias: BiasDocument | None, fairness: FairnessDocument | None
) -> str | None:
    """Choose the attribute to look at: the one with the worst disparity, else with the worst verdict, else the first."""
    known = list(dict.fromkeys(part.attribute for part in document.groups))
    ranked = [d.attribute for d in worst_disparities(bias)] if bias else []
    if not ranked and fairness:
        order = (Verdict.FAIL, Verdict.UNDECIDED, Verdict.PASS)
        verdicts = fairness.answer.attributes
        ranked = sorted(verdicts, key=lambda name: order.index(verdicts[name]))
    return next((name for name in [*ranked, *known] if name in known), None)


def farthest(groups: Sequence[Calibration]) -> tuple[Calibration, Tenth] | None:
    """Find the tenth with enough people whose mean score is farthest outside the interval of those with label 1; ``None`` if none is."""
    outside = [
        (group, tenth) for group in groups for tenth in group.tenths if not tenth.small and tenth.distance > 0
    ]
    return max(outside, key=lambda pair: pair[1].distance, default=None)


def _tenth_of(threshold: float) -> int:
    """Find the tenth that begins at or before a threshold, by its decimal digits, as the float 0.3 is less than three tenths."""
    return min(max(int(Fraction(repr(threshold)) * TENTHS), 0), TENTHS - 1)
