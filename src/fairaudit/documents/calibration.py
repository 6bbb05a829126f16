"""Counted scores into calibration: of the people scored alike, how many have label 1, group by group."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import NormalDist

from fairaudit.documents.audit import BiasDocument, FairnessDocument, ScoreCountsPart, ScoresDocument
from fairaudit.documents.parts import Verdict
from fairaudit.documents.ranking import worst_disparities
from fairaudit.errors import written
from fairaudit.settings.choices import MIN_DENOMINATOR

TENTHS = 10
MOST_RANKS = 20
"""How many ranks have a bin each; more are put together to ten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenth:
    """The people of a group whose scores lie in one tenth of [0, 1], or who have one of several ranks.

    Attributes
    ----------
    number
        From 0; the last tenth includes the score 1, each other one only its lower end.
    people, positives
        All of them (at least one), and those with label 1.
    score_sum
        Of their scores; ``None`` where these are ranks, which promise nothing.
    ci
        Wilson's interval of the share with label 1.
    bins
        How many there are.
    """

    number: int
    people: float
    positives: float
    score_sum: float | None
    ci: tuple[float, float]
    bins: int = TENTHS

    @property
    def low(self) -> float:
        """Where it begins, of all that there are."""
        return self.number / self.bins

    @property
    def high(self) -> float:
        """Where it ends, of all that there are."""
        return (self.number + 1) / self.bins

    @property
    def mean_score(self) -> float:
        """What the scores promise; of ranks the middle of where they stand."""
        return (self.low + self.high) / 2 if self.score_sum is None else self.score_sum / self.people

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
        """How far the mean score is outside the interval; 0 within, and of ranks."""
        if self.score_sum is None:
            return 0.0
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreBins:
    """The bins of scores in which label rates are compared, in their numeric order.

    Attributes
    ----------
    names
        Such as "0.1 to 0.2", or "7" for a rank.
    numbers
        The bin of each place between thresholds.
    are_ranks
        Whether scores promise nothing.
    """

    names: tuple[str, ...]
    numbers: tuple[int, ...]
    are_ranks: bool = False


def score_bins(document: ScoresDocument) -> ScoreBins:
    """Choose the bins: tenths of probabilities, each rank where there are few, or ten of about equally many people."""
    if document.overall.score_sums is not None:
        names = tuple(f"{place / TENTHS:.1f} to {(place + 1) / TENTHS:.1f}" for place in range(TENTHS))
        return ScoreBins(names=names, numbers=_tenths(document.thresholds))
    people = document.overall.people
    filled = [place for place, n in enumerate(people) if n]
    starts = [None, *document.thresholds]
    if len(filled) <= MOST_RANKS:
        number_of = {place: number for number, place in enumerate(filled)}
        names = tuple(_from(starts[place]) for place in filled)
    else:
        total, reached = sum(people), 0.0
        tenth_of: dict[int, int] = {}
        for place in filled:
            tenth_of[place] = min(int(TENTHS * (reached + people[place] / 2) / total), TENTHS - 1)
            reached += people[place]
        used = sorted(set(tenth_of.values()))
        number_of = {place: used.index(tenth) for place, tenth in tenth_of.items()}
        firsts = [
            next(place for place in filled if number_of[place] == number) for number in range(len(used))
        ]
        ends = [f" to below {_from(starts[place])}" for place in firsts[1:]]
        names = tuple(
            f"{_from(starts[place])}{end}" for place, end in zip(firsts, [*ends, " and above"], strict=True)
        )
    # Nobody is in the others.
    numbers = tuple(number_of.get(place, 0) for place in range(len(people)))
    return ScoreBins(names=names, numbers=numbers, are_ranks=True)


def _from(start: float | None) -> str:
    return "below" if start is None else written(start)


def calibrate(
    part: ScoreCountsPart, *, thresholds: Sequence[float], confidence: float, bins: ScoreBins | None = None
) -> Calibration | None:
    """Add up a group's counted scores by tenths, or by other bins.

    Parameters
    ----------
    thresholds
        Between which the scores were counted. They rise and hold every tenth.
    confidence
        Of the intervals, between 0 and 1.
    bins
        Of ranks.

    Returns
    -------
    Calibration | None
        ``None`` without labels, or where scores are no probabilities and there are no bins.
    """
    if part.positives is None or (part.score_sums is None and bins is None):
        return None
    numbers = _tenths(thresholds) if bins is None else bins.numbers
    many = TENTHS if bins is None else len(bins.names)
    people: list[float] = [0] * many
    positives: list[float] = [0] * many
    score_sums = [0.0] * many
    sums = part.score_sums or [0.0] * len(numbers)
    for number, n, ones, total in zip(numbers, part.people, part.positives, sums, strict=True):
        people[number] += n
        positives[number] += ones
        score_sums[number] += total
    return Calibration(
        attribute=part.attribute,
        group=part.group,
        tenths=tuple(
            Tenth(
                number=number,
                people=people[number],
                positives=positives[number],
                score_sum=None if part.score_sums is None else score_sums[number],
                # Rows of the same people are worth fewer; how many in each tenth is not counted, so that all rows of a person are taken to be alike.
                ci=_wilson(positives[number] * part.worth, people[number] * part.worth, confidence),
                bins=many,
            )
            for number in range(many)
            if people[number]
        ),
    )


def _wilson(positives: float, people: float, confidence: float) -> tuple[float, float]:
    """Compute Wilson's interval as `fairaudit.inference.proportion` does, without loading what that is made with: a page shows many of them."""
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, wide = positives / people, z * z / people
    centre = (share + wide / 2) / (1 + wide)
    half = z / (1 + wide) * math.sqrt(share * (1 - share) / people + wide / (4 * people))
    return (
        0.0 if positives == 0 else max(0.0, centre - half),
        1.0 if positives == people else min(1.0, centre + half),
    )


def calibrate_groups(document: ScoresDocument, *, attribute: str) -> tuple[Calibration, ...]:
    """Add up the scores of an attribute's groups; those with the most people first, and none without people."""
    calibrated = (calibrate_part(document, part) for part in document.groups if part.attribute == attribute)
    return tuple(
        sorted((c for c in calibrated if c is not None and c.people), key=lambda c: (-c.people, c.group))
    )


def calibrate_part(document: ScoresDocument, part: ScoreCountsPart) -> Calibration | None:
    """Add up the scores of one group of a document, or of everybody; of ranks ``None`` where few people are not to be told of."""
    if document.overall.score_sums is None and document.settings.suppress_below is not None:
        return None
    return calibrate(
        part,
        thresholds=document.thresholds,
        confidence=document.settings.confidence,
        bins=score_bins(document) if document.overall.score_sums is None else None,
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


def farthest_at_rank(
    groups: Sequence[Calibration],
) -> tuple[tuple[Calibration, Tenth], tuple[Calibration, Tenth]] | None:
    """Find the two groups whose intervals at one rank are farthest from each other, the higher one first; ``None`` if all overlap."""
    parts = [(group, tenth) for group in groups for tenth in group.tenths if not tenth.small]
    apart = [
        (one[1].ci[0] - other[1].ci[1], one, other)
        for one in parts
        for other in parts
        if one[1].number == other[1].number and one[1].ci[0] > other[1].ci[1]
    ]
    return max(apart, key=lambda pair: pair[0])[1:] if apart else None


def _tenths(thresholds: Sequence[float]) -> tuple[int, ...]:
    """Return the tenth of each place between thresholds; nobody is scored below 0, which is the first of them."""
    return (0, *(_tenth_of(threshold) for threshold in thresholds))


def _tenth_of(threshold: float) -> int:
    """Find the tenth that begins at or before a threshold, by its decimal digits, as the float 0.3 is less than three tenths."""
    return min(max(int(Decimal(repr(threshold)) * TENTHS), 0), TENTHS - 1)
