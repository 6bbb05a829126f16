"""Metrics of several classes, from confusion matrices: accuracy, F1 averaged over the classes, and each class against all others.

A class against all others is a binary question, and has the rates and intervals of the table of metrics. An average of F1 has the interval of a seeded
bootstrap, in which the whole matrix is drawn again.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from fairaudit.count.counts import ClassCounts, Counts, Matrix
from fairaudit.inference.multiplicity import holm
from fairaudit.metrics.classes_effect import average_effects, binary_counts, rest_of
from fairaudit.metrics.kinds import NOBODY, Estimate
from fairaudit.metrics.measure import estimates
from fairaudit.metrics.table import BY_NAME
from fairaudit.settings.choices import BOOTSTRAP_REPLICATES, BOOTSTRAP_SEED, CONFIDENCE
from fairaudit.settings.verdict import Measuring

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ACCURACY, MACRO_F1, WEIGHTED_F1 = "accuracy", "macro_f1", "weighted_f1"
OF_CLASS: Mapping[str, tuple[str, str]] = {
    "precision": ("precision", "nobody in the slice is predicted to be of this class"),
    "recall": ("tpr", "nobody in the slice is of this class"),
    "f1": ("f1", "nobody in the slice is of this class, or predicted to be"),
}
"""What is measured of each class: the metric of the table, with the class as label 1, and why it may be undefined."""
AVERAGES: Mapping[str, str] = {MACRO_F1: "macro F1", WEIGHTED_F1: "weighted F1"}
FIGURES = (ACCURACY, *AVERAGES)
METHODS: Mapping[str, str] = {
    ACCURACY: "share of the people who are predicted to be of their class; interval as of every rate",
    MACRO_F1: "mean of the F1 of the classes that somebody in the slice has or is predicted to have; bias-corrected percentile interval of 2,000 seeded bootstrap samples of the confusion matrix (Efron 1981)",
    WEIGHTED_F1: "mean of the same F1, weighted by how many people are of each class; interval as of macro F1",
    "worth": "where people stand in several rows or have the weights of a survey: each figure has the interval of as many people as its rows are worth, by the sums over the people of their squared influence on it (Rao and Scott 1992, Korn and Graubard 1998)",
    "test": "accuracy against everybody else: score test, or Fisher's where few are expected; adjusted by Holm's method for all slices that are shown",
    "difference": "accuracy: score interval; averages of F1: both intervals put together (Zou and Donner 2008)",
}
"""How each figure is computed, for the document."""
_NEVER_SPREAD = (
    "the same in all bootstrap samples, or undefined in more than 5% of them, as a class is so rare"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassDistance:
    """Slice minus everybody else in one figure; ``None`` with a `reason`. Only accuracy is tested; `p_adjusted` allows for all slices."""

    difference: float | None
    ci: tuple[float, float] | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    test: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What one confusion matrix comes to.

    Attributes
    ----------
    overall
        Accuracy and the averages of F1 by name.
    classes
        What is measured of each class, by name, in the order of the classes.
    averaged
        The places of the classes over which F1 is averaged.
    """

    people: int
    small: bool
    overall: Mapping[str, Estimate]
    classes: tuple[Mapping[str, Estimate], ...]
    averaged: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassMeasures:
    """A slice, or everybody, with how far it is from everybody else by figure; everybody is from nobody."""

    counts: ClassCounts
    measures: Measures
    vs_rest: Mapping[str, ClassDistance]


def measure_classes(
    counted: Sequence[ClassCounts], *, measuring: Measuring, overlapping: Collection[str] = ()
) -> tuple[ClassMeasures, ...]:
    """Measure confusion matrices: that of everybody, which comes first, and that of every slice beside everybody else.

    Parameters
    ----------
    overlapping
        Attributes whose slices may have people in common.

    References
    ----------
    Sokolova and Lapalme 2009, A systematic analysis of performance measures for classification tasks, doi:10.1016/j.ipm.2009.03.002: averages over classes.
    Takahashi et al. 2022, doi:10.1007/s10489-021-02635-5: macro F1 as the mean of the classes' F1, and the multinomial matrix behind it.
    Efron 1981, doi:10.2307/3314608: the interval.
    """
    own = _measured(counted, measuring)
    rests = _measured(_rests(counted[0], counted[1:], overlapping), measuring)
    away = [_distances(one, rest) for one, rest in zip(own[1:], rests, strict=True)]
    judged = [place for place, one in enumerate(counted[1:]) if not one.unknown]
    adjusted = dict(zip(judged, holm([away[place][ACCURACY].p_value for place in judged]), strict=True))
    for place, p_adjusted in adjusted.items():
        away[place][ACCURACY] = dataclasses.replace(away[place][ACCURACY], p_adjusted=p_adjusted)
    return tuple(
        ClassMeasures(counts=one, measures=measures, vs_rest=distances)
        for one, measures, distances in zip(counted, own, [{}, *away], strict=True)
    )


def _rests(
    everybody: ClassCounts, counted: Sequence[ClassCounts], overlapping: Collection[str]
) -> list[ClassCounts]:
    """Count everybody else of each slice of whom it is known who they are; of attributes that overlap, that they are not in it."""
    known = {one.attribute: everybody for one in counted}
    for one in counted:
        if one.unknown and one.attribute not in overlapping:
            known[one.attribute] = rest_of(known[one.attribute], one)
    rests = []
    for one in counted:
        apart = one.may_join if one.unknown and one.attribute not in overlapping else (one, *one.may_join)
        rests.append(functools.reduce(rest_of, apart, known[one.attribute]))
    return rests


def _measured(counted: Sequence[ClassCounts], measuring: Measuring) -> list[Measures]:
    """Measure matrices, each by itself; what is alike of all is asked at once."""
    binary = [binary_counts(one) for one in counted]
    accuracies = _estimates(ACCURACY, [one.right for one in binary], measuring)
    classes = range(len(counted[0].matrix) if counted else 0)
    alone = [counts for one in binary for counts in one.classes]
    columns = {name: _estimates(metric, alone, measuring) for name, (metric, _) in OF_CLASS.items()}
    measured: list[Measures] = []
    for place, one in enumerate(counted):
        by_class = tuple(
            {
                name: _with_reason(column[place * len(classes) + c], OF_CLASS[name][1])
                for name, column in columns.items()
            }
            for c in classes
        )
        rows = sum(map(sum, one.matrix))
        people = rows if one.clusters is None else one.clusters.people
        few = people < measuring.min_group_size
        measured.append(
            Measures(
                people=people,
                small=few,
                overall={ACCURACY: accuracies[place], **_averages(one, by_class, few=few)},
                classes=by_class,
                averaged=_averaged(one.matrix),
            )
        )
    return measured


def _estimates(metric: str, counts: Sequence[Counts], measuring: Measuring) -> tuple[Estimate, ...]:
    return estimates(
        BY_NAME[metric],
        counts,
        all_selected=None,
        min_group_size=measuring.min_group_size,
        interval=measuring.interval,
    )


def _with_reason(estimate: Estimate, reason: str) -> Estimate:
    return estimate if estimate.value is not None else dataclasses.replace(estimate, reason=reason)


def _averaged(matrix: Matrix) -> tuple[int, ...]:
    """Return the places of the classes that somebody has or is predicted to have."""
    return tuple(p for p, row in enumerate(matrix) if any(row) or any(other[p] for other in matrix))


def _averages(
    counted: ClassCounts, classes: Sequence[Mapping[str, Estimate]], *, few: bool
) -> dict[str, Estimate]:
    """Average F1 over the classes that there are, with the intervals."""
    matrix = counted.matrix
    averaged, people = _averaged(matrix), sum(map(sum, matrix))
    small = few or any(classes[place]["f1"].small for place in averaged)
    if not people:
        return {
            name: Estimate(metric=name, value=None, small=small, reason=NOBODY[("n",)]) for name in AVERAGES
        }
    f1 = {
        place: Fraction(2 * matrix[place][place], sum(matrix[place]) + sum(row[place] for row in matrix))
        for place in averaged
    }
    exact = {
        MACRO_F1: sum(f1.values(), Fraction(0)) / len(averaged),
        WEIGHTED_F1: sum((sum(matrix[place]) * f1[place] for place in averaged), Fraction(0)) / people,
    }
    designs = average_effects(counted, averaged)
    limits = _bootstrapped(matrix, averaged, [float(value) for value in exact.values()], designs)
    return {
        name: Estimate(
            metric=name,
            value=float(value),
            exact=value,
            small=small,
            ci=None if math.isnan(low) else (low, high),
            ci_reason=_NEVER_SPREAD if math.isnan(low) else "",
            design=design,
        )
        for (name, value), design, low, high in zip(exact.items(), designs, *limits, strict=True)
    }


def _bootstrapped(
    matrix: Matrix, averaged: Sequence[int], values: Sequence[float], designs: Sequence[float]
) -> tuple[list[float], list[float]]:
    """Compute the limits of macro and weighted F1, each from as many people as the rows are worth in it."""
    import numpy as np

    from fairaudit.inference.resample import bias_corrected, resample

    cells = np.asarray(matrix, dtype=np.int64).reshape(1, -1)
    drawn: dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
    columns = []
    for which, design in enumerate(designs):
        people = max(1, int(cells.sum() / design))
        if people not in drawn:
            matrices = resample(cells, people=[people], replicates=BOOTSTRAP_REPLICATES, seed=BOOTSTRAP_SEED)
            drawn[people] = _averages_of(matrices.reshape(-1, len(matrix), len(matrix)), averaged)
        columns.append(drawn[people][which])
    low, high = bias_corrected(np.stack(columns, axis=1), values)
    return low.tolist(), high.tolist()


def _averages_of(
    matrices: NDArray[np.float64], averaged: Sequence[int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute macro and weighted F1 of many matrices."""
    import numpy as np

    of_class, predicted = matrices.sum(axis=2), matrices.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        f1 = 2 * np.diagonal(matrices, axis1=1, axis2=2) / (of_class + predicted)
    weighted = (np.where(of_class > 0, f1, 0) * of_class).sum(axis=1) / of_class.sum(axis=1)
    return f1[:, list(averaged)].mean(axis=1), weighted


def _distances(own: Measures, rest: Measures) -> dict[str, ClassDistance]:
    """Compare a slice with everybody else."""
    return {name: _distance(name, own, rest) for name in own.overall}


def _distance(name: str, own: Measures, rest: Measures) -> ClassDistance:
    from fairaudit.inference import contrast, mover

    one, other = own.overall[name], rest.overall[name]
    if one.value is None or other.value is None:
        return ClassDistance(difference=None, reason=one.reason or f"among everybody else: {other.reason}")
    if name == ACCURACY:
        pair = one.successes, one.trials, other.successes, other.trials
        low, high = contrast.difference_interval(*pair, confidence=CONFIDENCE)
        p_value, exact = contrast.equality_test(*pair)
        return ClassDistance(
            difference=one.value - other.value,
            ci=(float(low), float(high)),
            p_value=float(p_value),
            test="fisher" if exact else "score",
        )
    if own.averaged != rest.averaged:
        return ClassDistance(
            difference=None, reason="the slice and everybody else do not have the same classes"
        )
    if one.ci is None or other.ci is None:
        return ClassDistance(difference=one.value - other.value)
    low, high = mover.difference_interval(one.value, one.ci, other.value, other.ci)
    return ClassDistance(difference=one.value - other.value, ci=(float(low), float(high)))
