"""Two rates into a disparity: a group over its reference group, as a ratio and as a difference, with intervals and a test."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from fairaudit.count.counts import Counts
from fairaudit.disparity.comparison import (
    BOTH_ARE_0,
    DIVIDED_BY_0,
    Comparison,
    Pair,
    compare_groups,
    evidence,
    intervals,
    worth,
)
from fairaudit.disparity.references import ReferenceKind, References, others_of
from fairaudit.disparity.tested import Test
from fairaudit.disparity.verdicts import Interval
from fairaudit.inference.multiplicity import benjamini_hochberg, family_size
from fairaudit.metrics.kinds import Estimate, GroupMeasures, Measured, Metric
from fairaudit.metrics.measure import estimates
from fairaudit.metrics.table import BESIDE_METRICS, BY_NAME, PARITY_METRICS, SAME_HYPOTHESIS
from fairaudit.settings.choices import CONFIDENCE, DECISIVE_METRICS, PASS_CONFIDENCE
from fairaudit.settings.limits import Limit
from fairaudit.slices.grammar import EVERYBODY_ELSE


@dataclass(frozen=True, slots=True, kw_only=True)
class Disparity:
    """One group compared with its reference group in one metric.

    Attributes
    ----------
    n
        People of the group.
    ratio
        group / reference, exact; ``None`` with `ratio_reason`.
    ratio_ci, ratio_ci90
        Intervals of 95% and 90%; an upper limit of ``None`` says that there is none, as nobody in the reference group is counted.
        ``None`` with `interval_reason`.
    p_alone
        Two-sided, of equal rates, as if this pair had been the only one; `test` says which.
    p_adjusted
        After Benjamini and Hochberg, within the family.
    decisive
        Whether the metric is one of those that form the verdict; the others are a family of their own.
    comparisons
        How many comparisons the reference group was chosen from by the data, and intervals and p-values bear; 1 if it was not.
    counts, reference_counts
        Of both; only figures that are no rates ask for them.
    small
        Whether either side is small.
    unknown
        Whether it is not known who is in the group, so that it is not judged.
    vanished
        Whether there is nobody in the group, though there was somebody when the slices were kept, so that it is undecided.
    """

    attribute: str
    group: str
    n: int
    metric: str
    estimate: Estimate
    reference_group: str | None
    reference: Estimate | None
    ratio: Fraction | None
    ratio_reason: str
    difference: Fraction | None
    difference_reason: str
    small: bool
    decisive: bool = True
    unknown: bool = False
    vanished: bool = False
    comparisons: int = 1
    counts: Counts | None = None
    reference_counts: Counts | None = None
    ratio_ci: tuple[float, float | None] | None = None
    ratio_ci90: tuple[float, float | None] | None = None
    difference_ci: tuple[float, float] | None = None
    p_alone: float | None = None
    test: Test | None = None
    p_adjusted: float | None = None
    interval_reason: str = ""

    @property
    def p_value(self) -> float | None:
        """That of equal rates, with regard to all pairs that this one was chosen from."""
        return None if self.p_alone is None else min(1.0, self.p_alone * self.comparisons)

    @property
    def is_reference(self) -> bool:
        """Whether the group is the reference group itself."""
        return self.group == self.reference_group

    @property
    def is_judged(self) -> bool:
        """Whether there is a verdict on it: not on the reference group, nor on nobody but those who have vanished, nor on people of whom it is not known who they are."""
        return (bool(self.n) or self.vanished) and not self.is_reference and not self.unknown

    @property
    def is_measured(self) -> bool:
        """Whether both the group and another one that is its reference have a value."""
        values = self.estimate.value, self.reference.value if self.reference else None
        return not self.is_reference and None not in values

    @property
    def pair(self) -> Pair | None:
        """Successes and trials of the group, then of the reference, as many people as they are worth; ``None`` unless both have trials."""
        if not self.is_measured or not BY_NAME[self.metric].is_rate:
            return None
        return worth(self.estimate, self.reference)

    def limited(self, limit: Limit = Limit.RATIO) -> Comparison:
        """Return the comparison of which the ratio, or the difference, is limited."""
        return Comparison(
            limit=limit,
            metric=BY_NAME[self.metric],
            estimate=self.estimate,
            reference=self.reference,
            counts=self.counts,
            reference_counts=self.reference_counts,
            comparisons=self.comparisons,
            value=self.ratio if limit is Limit.RATIO else self.difference,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """The comparisons that are corrected together, as they were declared: groups that are no reference, times hypotheses.

    Attributes
    ----------
    metrics
        Those that form the verdict.
    size
        How many hypotheses they make; two rates that are 1 minus each other are one.
    others
        How many hypotheses the other metrics make, which are a family of their own.
    """

    metrics: tuple[str, ...]
    size: int
    others: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The disparities of an audit; those `beside` are of metrics that nobody asked to judge, and a family of their own; `asked` are the metrics that were to form the verdict."""

    measured: Measured
    references: References
    disparities: tuple[Disparity, ...]
    family: Family
    beside: tuple[Disparity, ...] = ()
    asked: tuple[str, ...] = ()

    def of(self, attribute: str) -> tuple[Disparity, ...]:
        """Return the disparities of one attribute."""
        return tuple(d for d in self.disparities if d.attribute == attribute)


def compare(
    measured: Measured,
    references: References,
    *,
    metrics: Iterable[str] = DECISIVE_METRICS,
    confidence: float = CONFIDENCE,
) -> Compared:
    """Compare every group with its reference group in every metric on which a parity rests.

    Ratios follow Aequitas (group over reference; Saleiro et al. 2018, section 3.3) where both are defined; where Aequitas puts
    10 for x / 0 and nothing for 0 / 0, these are ``None`` with a reason. Intervals and tests are those of
    `fairaudit.inference.contrast`. Those of precision, FDR, FOR and NPV take the decisions as given: their trials are the people
    decided so. Where the data chose the reference group (``min-metric``, ``max``), all pairs of groups are compared in fact, and intervals
    and p-values hold for all of them together (Bonferroni); a family counts all of them, once.

    Parameters
    ----------
    metrics
        Those that form the verdict and the family of hypotheses; the others are a family of their own.
    confidence
        Of the intervals, between 0 and 1.
    """
    decisive = tuple(dict.fromkeys(metrics))
    judged = [*PARITY_METRICS, *(m for m in BESIDE_METRICS if m.name in decisive)]
    disparities, beside = (
        _with_uncertainty(
            _disparities(measured, references, [m for m in row if m.name not in measured.left_out], decisive),
            confidence,
        )
        for row in (judged, [m for m in BESIDE_METRICS if m.name not in decisive])
    )
    sizes = [_adjust(disparities, decisive=which) for which in (True, False)]
    _adjust(beside, decisive=False)
    return Compared(
        measured=measured,
        references=references,
        disparities=tuple(disparities),
        family=Family(
            metrics=tuple(m for m in decisive if m not in measured.left_out), size=sizes[0], others=sizes[1]
        ),
        beside=tuple(beside),
        asked=decisive,
    )


def _disparities(
    measured: Measured, references: References, known: Sequence[Metric], decisive: Sequence[str]
) -> list[Disparity]:
    """Compare every group with its reference group in some metrics, without saying how sure that is."""
    disparities: list[Disparity] = []
    for attribute in measured.attributes:
        groups = measured.of(attribute)
        by_name = {g.group: g for g in groups}
        kind = references.kinds[attribute]
        rests = _rests(measured, groups, known) if kind is ReferenceKind.REST else {}
        defined = {
            m.name: sum(g.estimates[m.name].exact is not None for g in groups if not g.unknown) for m in known
        }
        for group in groups:
            for metric in known:
                reference = rests.get(group.group) or by_name.get(references.of(attribute, metric.name) or "")
                disparities.append(
                    dataclasses.replace(
                        _compare(group, reference, metric, attribute),
                        decisive=metric.name in decisive,
                        comparisons=kind.comparisons(defined[metric.name]),
                        unknown=group.unknown,
                        vanished=group.vanished,
                    )
                )
    return disparities


def _rests(
    measured: Measured, groups: Sequence[GroupMeasures], metrics: Sequence[Metric]
) -> dict[str, GroupMeasures]:
    """Measure, for each group, everybody else of whom it is known who they are."""
    everybody = measured.overall.counts
    rests = others_of(measured, groups[0].attribute, groups)
    columns = {
        m.name: estimates(m, rests, all_selected=everybody.selected, min_group_size=measured.min_group_size)
        for m in metrics
    }
    return {
        g.group: GroupMeasures(
            attribute=g.attribute,
            group=EVERYBODY_ELSE,
            counts=rest,
            estimates={name: column[place] for name, column in columns.items()},
            small=rest.people < measured.min_group_size,
        )
        for place, (g, rest) in enumerate(zip(groups, rests, strict=True))
    }


def _compare(
    group: GroupMeasures, reference: GroupMeasures | None, metric: Metric, attribute: str
) -> Disparity:
    ratio, difference = (
        compare_groups(group, reference, metric, limit) for limit in (Limit.RATIO, Limit.DIFFERENCE)
    )
    own, theirs = ratio.estimate, ratio.reference
    reason = ratio.reason
    if theirs is not None and theirs.denominator and reason == DIVIDED_BY_0:
        reason = f"the reference group has 0 of {theirs.denominator:,}, and nothing can be divided by 0"
    return Disparity(
        attribute=attribute,
        group=group.group,
        n=group.counts.people,
        metric=metric.name,
        estimate=own,
        reference_group=reference.group if reference else None,
        reference=theirs,
        ratio=_exact(ratio),
        ratio_reason=reason,
        difference=_exact(difference),
        difference_reason=difference.reason,
        counts=group.counts,
        reference_counts=reference.counts if reference else None,
        small=own.small or (theirs is not None and theirs.small),
    )


def _exact(comparison: Comparison) -> Fraction | None:
    """Return a value that is exact, as those of all rates are."""
    return None if comparison.value is None else Fraction(comparison.value)


def _with_uncertainty(disparities: Sequence[Disparity], confidence: float) -> list[Disparity]:
    """Add intervals and tests, all rates at once."""
    known = [d for d in disparities if d.is_measured]
    rates = [d for d in known if not BY_NAME[d.metric].is_of_whole]
    ratios = [d.limited() for d in known]
    # Both at once, as a step of the search costs the same for few of them as for many.
    both = intervals([(ratio, level) for level in (confidence, PASS_CONFIDENCE) for ratio in ratios])
    wide, narrow = both[: len(ratios)], both[len(ratios) :]
    differences = dict(
        zip(
            map(id, rates), intervals([(d.limited(Limit.DIFFERENCE), confidence) for d in rates]), strict=True
        )
    )
    tests = _tests(known)
    sure = {
        id(d): dataclasses.replace(
            d,
            ratio_ci=ratio_ci,
            ratio_ci90=ratio_ci90,
            difference_ci=_closed(differences.get(id(d))),
            # Nothing is tested of people of whom it is not known who they are.
            p_alone=None if d.unknown else p_alone,
            test=None if d.unknown else test,
            interval_reason=_without_interval(d, ratio_ci),
        )
        for d, ratio_ci, ratio_ci90, (p_alone, test) in zip(known, wide, narrow, tests, strict=True)
    }
    return [sure.get(id(d)) or dataclasses.replace(d, interval_reason=_without_pair(d)) for d in disparities]


def _closed(interval: Interval | None) -> tuple[float, float] | None:
    """Return an interval that ends on both sides, as those of differences do."""
    return None if interval is None or interval[1] is None else (interval[0], interval[1])


def _without_pair(disparity: Disparity) -> str:
    if disparity.is_reference:
        return "the group is the reference"
    return disparity.ratio_reason or disparity.difference_reason


def _without_interval(disparity: Disparity, ratio_ci: Interval | None) -> str:
    """Say why there is no interval, of the ratio or of the difference."""
    if ratio_ci is not None:
        return BY_NAME[disparity.metric].kind.no_difference
    without = [e.ci_reason for e in (disparity.estimate, disparity.reference) if e and e.ci_reason]
    return without[0] if without else BOTH_ARE_0


def _tests(known: Sequence[Disparity]) -> list[tuple[float | None, Test | None]]:
    """Test whether each two rates, shares of one whole, or other figures are equal; of shares that are both 0 nothing can be said."""
    pairs = {place: d.pair for place, d in enumerate(known) if d.pair is not None}
    figures = [place for place in range(len(known)) if place not in pairs]
    tests = dict(zip(figures, _tests_of_figures([known[place] for place in figures]), strict=True)) | dict(
        zip(pairs, _tests_of_pairs([known[place] for place in pairs], list(pairs.values())), strict=True)
    )
    return [tests[place] for place in range(len(known))]


def _tests_of_figures(known: Sequence[Disparity]) -> list[tuple[float | None, Test | None]]:
    """Test whether figures that are no rates are equal: at which level the interval of their difference begins to hold 0."""
    from fairaudit.inference.special import ndtr

    scores = evidence([(d.limited(Limit.DIFFERENCE), Fraction(0)) for d in known])
    return [
        (None, None)
        if score is None or score[0] is None
        else (2 * float(ndtr(-abs(score[0]))), Test.INTERVAL)
        for score in scores
    ]


def _tests_of_pairs(
    known: Sequence[Disparity], pairs: Sequence[Pair]
) -> list[tuple[float | None, Test | None]]:
    import numpy as np

    from fairaudit.inference import contrast
    from fairaudit.inference.special import ndtr

    if not known:
        return []
    x1, n1, x2, n2 = np.asarray(pairs, dtype=np.float64).T
    are_of_whole = np.asarray([BY_NAME[d.metric].is_of_whole for d in known])
    rates = np.flatnonzero(~are_of_whole)
    p_values = 2 * ndtr(-np.abs(contrast.share_ratio_score(1.0, x1, x2)))
    exact = np.zeros(are_of_whole.shape, dtype=bool)
    p_values[rates], exact[rates] = contrast.equality_test(x1[rates], n1[rates], x2[rates], n2[rates])
    return [
        (None, None)
        if of_whole and nobody
        else (p_value, Test.BINOMIAL if of_whole else Test.FISHER if is_exact else Test.SCORE)
        for p_value, of_whole, nobody, is_exact in zip(
            p_values.tolist(), are_of_whole.tolist(), (x1 + x2 == 0).tolist(), exact.tolist(), strict=True
        )
    ]


def _adjust(disparities: list[Disparity], *, decisive: bool) -> int:
    """Correct the p-values of one family, in place, and give its size; all pairs that a reference was chosen from count."""
    family: dict[tuple[str, str, str, str | None], list[int]] = {}
    for place, d in enumerate(disparities):
        if d.decisive is decisive and d.is_judged:
            hypothesis = SAME_HYPOTHESIS.get(d.metric, d.metric)
            family.setdefault((d.attribute, d.group, hypothesis, d.reference_group), []).append(place)
    firsts = [disparities[members[0]] for members in family.values()]
    size = family_size(d.comparisons for d in firsts)
    adjusted = benjamini_hochberg([d.p_alone for d in firsts], size=size)
    for members, p in zip(family.values(), adjusted, strict=True):
        for place in members:
            p_value = disparities[place].p_value
            # That of all pairs of one metric together is no larger than that of all metrics.
            p_adjusted = None if p is None or p_value is None else max(p, p_value)
            disparities[place] = dataclasses.replace(disparities[place], p_adjusted=p_adjusted)
    return size
