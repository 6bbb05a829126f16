"""Two rates into a disparity: a group over its reference group, as a ratio and as a difference, with intervals and a test."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING

from fairaudit.inference.multiplicity import benjamini_hochberg, family_size
from fairaudit.metrics.kinds import Estimate, GroupMeasures, Measured, Metric
from fairaudit.metrics.measure import estimates
from fairaudit.metrics.table import BY_NAME, PARITY_METRICS, SAME_HYPOTHESIS
from fairaudit.settings.choices import (
    CONFIDENCE,
    DECISIVE_METRICS,
    PASS_CONFIDENCE,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
from fairaudit.disparity.references import ReferenceKind, References, rest_of
from fairaudit.slices.grammar import EVERYBODY_ELSE


class Test(StrEnum):
    """Which test a p-value is of."""

    SCORE = "score"
    FISHER = "fisher"
    BINOMIAL = "binomial"

    __test__ = False  # no test of ours, whatever pytest makes of the name


Pair = tuple[float, float, float, float]
"""Successes and trials of a group, then of its reference group."""


def worth(mine: Estimate, theirs: Estimate | None) -> Pair:
    """Give successes and trials of two rates, as many people as they are worth where people stand in several rows; 0 where there is none."""
    if theirs is None:
        return mine.successes, mine.trials, 0.0, 0.0
    if not BY_NAME[mine.metric].is_of_whole:
        return mine.successes, mine.trials, theirs.successes, theirs.trials
    x1, n1, x2, n2 = (
        e or 0 for e in (mine.numerator, mine.denominator, theirs.numerator, theirs.denominator)
    )
    # Shares of one whole are compared by the odds of their sum, whose variance takes each group's effect as far as the other is large.
    design = (x2 * mine.design + x1 * theirs.design) / (x1 + x2) if x1 + x2 else 1.0
    return x1 / design, n1 / design, x2 / design, n2 / design


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
    small
        Whether either side is small.
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
    comparisons: int = 1
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
    def pair(self) -> Pair | None:
        """Successes and trials of the group, then of the reference, as many people as they are worth; ``None`` unless both have trials."""
        theirs = self.reference
        if self.is_reference or theirs is None or self.estimate.value is None or theirs.value is None:
            return None
        return worth(self.estimate, theirs)


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
    """The disparities of an audit."""

    measured: Measured
    references: References
    disparities: tuple[Disparity, ...]
    family: Family

    def of(self, attribute: str) -> tuple[Disparity, ...]:
        """Give the disparities of one attribute."""
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
    decided so. Where the data chose the reference group (``min-metric``), all pairs of groups are compared in fact, and intervals
    and p-values hold for all of them together (Bonferroni); a family counts all of them, once.

    Parameters
    ----------
    metrics
        Those that form the verdict and the family of hypotheses; the others are a family of their own.
    confidence
        Of the intervals, between 0 and 1.
    """
    known = [m for m in PARITY_METRICS if m.name not in measured.left_out]
    decisive = tuple(dict.fromkeys(metrics))
    found: list[Disparity] = []
    for attribute in measured.attributes:
        groups = measured.of(attribute)
        by_name = {g.group: g for g in groups}
        kind = references.kinds[attribute]
        rests = _rests(measured, groups, known) if kind is ReferenceKind.REST else {}
        defined = {m.name: sum(g.estimates[m.name].exact is not None for g in groups) for m in known}
        for group in groups:
            for metric in known:
                reference = rests.get(group.group) or by_name.get(references.of(attribute, metric.name) or "")
                pairs = math.comb(defined[metric.name], 2) if kind is ReferenceKind.MIN_METRIC else 1
                disparity = _compare(group, reference, metric, attribute)
                found.append(
                    dataclasses.replace(
                        disparity, decisive=metric.name in decisive, comparisons=max(pairs, 1)
                    )
                )
    found = _with_uncertainty(found, confidence)
    sizes = [_adjust(found, decisive=which) for which in (True, False)]
    return Compared(
        measured=measured,
        references=references,
        disparities=tuple(found),
        family=Family(
            metrics=tuple(m for m in decisive if m not in measured.left_out), size=sizes[0], others=sizes[1]
        ),
    )


def _rests(
    measured: Measured, groups: Sequence[GroupMeasures], metrics: Sequence[Metric]
) -> dict[str, GroupMeasures]:
    """Measure, for each group, everybody else."""
    everybody = measured.overall.counts
    rests = [rest_of(everybody, g.counts) for g in groups]
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
    mine = group.estimates[metric.name]
    theirs = reference.estimates[metric.name] if reference else None
    reason = ""
    ratio = difference = None
    if mine.exact is None:
        reason = mine.reason
    elif reference is None or theirs is None:
        reason = "no group has a value"
    elif theirs.exact is None:
        reason = f"in the reference group: {theirs.reason}"
    else:
        difference = mine.exact - theirs.exact
        if theirs.exact == 0:
            reason = (
                "both are 0"
                if mine.exact == 0
                else f"the reference group has 0 of {theirs.denominator:,}, and nothing can be divided by 0"
            )
        else:
            ratio = mine.exact / theirs.exact
    return Disparity(
        attribute=attribute,
        group=group.group,
        n=group.counts.people,
        metric=metric.name,
        estimate=mine,
        reference_group=reference.group if reference else None,
        reference=theirs,
        ratio=ratio,
        ratio_reason=reason if ratio is None else "",
        difference=difference,
        difference_reason=reason if difference is None else "",
        small=mine.small or (theirs is not None and theirs.small),
    )


def _with_uncertainty(disparities: Sequence[Disparity], confidence: float) -> list[Disparity]:
    """Add intervals and tests, all rates at once."""
    import numpy as np
    from scipy.special import ndtr

    from fairaudit.inference import contrast

    found = [
        dataclasses.replace(
            d,
            interval_reason="the group is the reference"
            if d.is_reference
            else d.ratio_reason or d.difference_reason,
        )
        if d.pair is None
        else d
        for d in disparities
    ]
    rates = [at for at, d in enumerate(found) if d.pair is not None and not BY_NAME[d.metric].is_of_whole]
    if rates:
        x1, n1, x2, n2 = np.asarray([found[at].pair for at in rates], dtype=np.float64).T
        pairs = np.asarray([found[at].comparisons for at in rates], dtype=np.float64)
        levels = np.stack([1 - (1 - level) / pairs for level in (confidence, PASS_CONFIDENCE)])
        low, high = contrast.ratio_interval(x1, n1, x2, n2, confidence=levels)
        differences = contrast.difference_interval(x1, n1, x2, n2, confidence=levels[0])
        p_values, exact = contrast.equality_test(x1, n1, x2, n2)
        for place, at in enumerate(rates):
            found[at] = dataclasses.replace(
                found[at],
                ratio_ci=_limits((low[0], high[0]), place),
                ratio_ci90=_limits((low[1], high[1]), place),
                difference_ci=(float(differences[0][place]), float(differences[1][place])),
                p_alone=float(p_values[place]),
                test=Test.FISHER if exact[place] else Test.SCORE,
            )
    shares = [at for at, d in enumerate(found) if d.pair is not None and BY_NAME[d.metric].is_of_whole]
    if shares:
        x1, _, x2, _ = np.asarray([found[at].pair for at in shares], dtype=np.float64).T
        for place, at in enumerate(shares):
            pairs_here = found[at].comparisons
            mine = x1[place : place + 1], x2[place : place + 1]
            if mine[0] + mine[1] == 0:
                found[at] = dataclasses.replace(found[at], interval_reason="both are 0")
                continue
            p_value = float(2 * ndtr(-np.abs(contrast.share_ratio_score(1.0, *mine)))[0])
            found[at] = dataclasses.replace(
                found[at],
                ratio_ci=_limits(
                    contrast.share_ratio_interval(*mine, confidence=1 - (1 - confidence) / pairs_here), 0
                ),
                ratio_ci90=_limits(
                    contrast.share_ratio_interval(*mine, confidence=1 - (1 - PASS_CONFIDENCE) / pairs_here), 0
                ),
                p_alone=p_value,
                test=Test.BINOMIAL,
                interval_reason=BY_NAME[found[at].metric].kind.no_difference,
            )
    return found


def _limits(interval: tuple[Floats, Floats], place: int) -> tuple[float, float | None]:
    low, high = float(interval[0][place]), float(interval[1][place])
    return low, high if math.isfinite(high) else None


def _adjust(found: list[Disparity], *, decisive: bool) -> int:
    """Correct the p-values of one family, in place, and give its size; all pairs that a reference was chosen from count."""
    family: dict[tuple[str, str, str, str | None], list[int]] = {}
    for at, d in enumerate(found):
        if d.decisive is decisive and not d.is_reference and d.n:
            hypothesis = SAME_HYPOTHESIS.get(d.metric, d.metric)
            family.setdefault((d.attribute, d.group, hypothesis, d.reference_group), []).append(at)
    firsts = [found[members[0]] for members in family.values()]
    size = family_size(d.comparisons for d in firsts)
    adjusted = benjamini_hochberg([d.p_alone for d in firsts], size=size)
    for members, p in zip(family.values(), adjusted, strict=True):
        for at in members:
            p_value = found[at].p_value
            # That of all pairs of one metric together is no larger than that of all metrics.
            p_adjusted = None if p is None or p_value is None else max(p, p_value)
            found[at] = dataclasses.replace(found[at], p_adjusted=p_adjusted)
    return size
