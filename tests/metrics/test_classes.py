"""Metrics of several classes: scikit-learn's, on matrices of every form, and the law that the delta method gives to the intervals."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support
from statsmodels.stats.proportion import proportion_confint

from fairaudit.count.counts import ClassCounts, Matrix
from fairaudit.metrics import classes
from fairaudit.metrics.classes import (
    ACCURACY,
    AVERAGES,
    MACRO_F1,
    WEIGHTED_F1,
    ClassMeasures,
    measure_classes,
)
from fairaudit.settings.verdict import Measuring

CLASSES = ("a", "b", "c", "d")


def measured(*matrices: list[list[int]] | Matrix, unknown: int = 0) -> tuple[ClassMeasures, ...]:
    """Measure slices that are everybody together; of so many of them nobody knows who they are."""
    everybody = np.sum([np.asarray(matrix) for matrix in matrices], axis=0)
    counted = [ClassCounts(matrix=tuple(map(tuple, everybody.tolist())))]
    counted += [
        ClassCounts(
            attribute="x", group=str(place), matrix=tuple(map(tuple, matrix)), unknown=place < unknown
        )
        for place, matrix in enumerate(matrices)
    ]
    return measure_classes(counted, measuring=Measuring())


def rows_of(matrix: list[list[int]]) -> tuple[list[str], list[str]]:
    pairs = [
        (CLASSES[true], CLASSES[predicted])
        for true, row in enumerate(matrix)
        for predicted, n in enumerate(row)
        for _ in range(n)
    ]
    return [true for true, _ in pairs], [predicted for _, predicted in pairs]


@settings(max_examples=12)
@given(
    matrix=st.lists(st.lists(st.integers(0, 6), min_size=4, max_size=4), min_size=4, max_size=4).filter(
        lambda matrix: sum(map(sum, matrix)) > 0
    )
)
def test_every_matrix_is_measured_as_scikit_learn_does(matrix: list[list[int]]) -> None:
    everybody, _ = (one.measures for one in measured(matrix))
    true, predicted = rows_of(matrix)
    precision, recall, f1, support = precision_recall_fscore_support(
        true, predicted, labels=CLASSES, zero_division=np.nan
    )
    for place, own in enumerate(everybody.classes):
        for name, expected in (("precision", precision), ("recall", recall), ("f1", f1)):
            value = own[name].value
            if value is None:
                assert math.isnan(expected[place])
                assert own[name].reason
            else:
                assert value == pytest.approx(expected[place], abs=1e-12)
    with warnings.catch_warnings():
        # scikit-learn, too, averages over the classes that there are.
        warnings.simplefilter("ignore")
        assert everybody.overall[MACRO_F1].value == pytest.approx(f1_score(true, predicted, average="macro"))
        assert everybody.overall[WEIGHTED_F1].value == pytest.approx(
            f1_score(true, predicted, average="weighted")
        )
    assert everybody.overall[ACCURACY].value == pytest.approx(accuracy_score(true, predicted))
    assert [CLASSES[place] for place in everybody.averaged] == sorted({*true, *predicted})
    assert [sum(row) for row in matrix] == support.tolist()


def test_accuracy_and_rates_of_a_class_have_the_intervals_of_rates() -> None:
    everybody = measured([[40, 5, 0], [6, 30, 4], [1, 2, 12]])[0].measures
    assert everybody.overall[ACCURACY].ci == pytest.approx(proportion_confint(82, 100, method="wilson"))
    assert everybody.classes[1]["recall"].ci == pytest.approx(proportion_confint(30, 40, method="wilson"))
    assert everybody.classes[1]["precision"].ci == pytest.approx(proportion_confint(30, 37, method="wilson"))


def delta_error(matrix: NDArray[np.float64], *, weighted: bool) -> float:
    """Compute the standard error of an average of F1 by the delta method, the derivatives by differences (Takahashi et al. 2022, section 3)."""
    n, shares = matrix.sum(), matrix / matrix.sum()

    def figure(cells: NDArray[np.float64]) -> float:
        f1 = 2 * np.diag(cells) / (cells.sum(axis=1) + cells.sum(axis=0))
        return float((f1 * cells.sum(axis=1)).sum() / cells.sum() if weighted else f1.mean())

    gradient = np.zeros_like(shares)
    for cell in np.ndindex(*shares.shape):
        step = np.zeros_like(shares)
        step[cell] = 1e-6
        gradient[cell] = (figure(shares + step) - figure(shares - step)) / 2e-6
    variance = (shares * gradient**2).sum() - (shares * gradient).sum() ** 2
    return math.sqrt(float(variance) / n)


def test_the_intervals_of_averages_are_those_of_the_delta_method_where_people_are_many() -> None:
    matrix = [[800, 90, 30], [70, 610, 40], [20, 60, 280]]
    overall = measured(matrix)[0].measures.overall
    for name in AVERAGES:
        estimate = overall[name]
        assert estimate.ci is not None
        assert estimate.value is not None
        error = delta_error(np.asarray(matrix, dtype=float), weighted=name == WEIGHTED_F1)
        expected = (estimate.value - 1.96 * error, estimate.value + 1.96 * error)
        assert estimate.ci == pytest.approx(expected, abs=0.1 * error * 1.96)


def test_the_intervals_of_averages_hold_the_truth_as_often_as_they_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of 100 people of three classes, one of them rare."""
    monkeypatch.setattr(classes, "BOOTSTRAP_REPLICATES", 400)
    shares = np.array([[0.55, 0.05, 0.01], [0.05, 0.22, 0.02], [0.02, 0.03, 0.05]])
    f1 = 2 * np.diag(shares) / (shares.sum(axis=0) + shares.sum(axis=1))
    truth = {MACRO_F1: f1.mean(), WEIGHTED_F1: (f1 * shares.sum(axis=1)).sum()}
    lot, runs = np.random.default_rng(1), 150
    held = dict.fromkeys(AVERAGES, 0)
    for _ in range(runs):
        matrix = lot.multinomial(100, shares.ravel()).reshape(3, 3).tolist()
        overall = measured(matrix)[0].measures.overall
        for name in AVERAGES:
            ci = overall[name].ci
            held[name] += ci is None or ci[0] <= truth[name] <= ci[1]
    # Of 150, fewer than 135 would be 1 in 100 at 95%.
    assert min(held.values()) >= 135


def test_the_same_counts_have_the_same_intervals_whatever_stands_beside_them() -> None:
    own = [[30, 5], [4, 20]]
    alone, beside = measured(own, own)[1], measured(own, [[1, 2], [3, 4]])[1]
    assert alone.measures == beside.measures


def test_a_slice_is_compared_with_everybody_else_and_adjusted_for_all_slices() -> None:
    slices = measured([[40, 20], [25, 40]], [[60, 3], [4, 60]], [[50, 10], [9, 50]])[1:]
    first = slices[0].vs_rest[ACCURACY]
    assert first.difference == pytest.approx(80 / 125 - 220 / 246)
    p_values = [s.vs_rest[ACCURACY].p_value for s in slices]
    assert all(p is not None for p in p_values)
    from statsmodels.stats.multitest import multipletests

    adjusted = multipletests(p_values, method="holm")[1]
    assert [s.vs_rest[ACCURACY].p_adjusted for s in slices] == pytest.approx(adjusted)
    macro = slices[0].vs_rest[MACRO_F1]
    assert macro.ci is not None
    assert macro.difference is not None
    assert macro.ci[0] < macro.difference < macro.ci[1] < 0
    assert macro.p_value is None


def test_what_cannot_be_told_is_nothing_with_a_reason() -> None:
    one, other = measured([[30, 0, 0], [0, 0, 0], [0, 0, 0]], [[10, 2, 1], [3, 20, 2], [2, 2, 20]])[1:]
    absent = one.measures.classes[1]
    assert {name: estimate.reason for name, estimate in absent.items()} == {
        "precision": "nobody in the slice is predicted to be of this class",
        "recall": "nobody in the slice is of this class",
        "f1": "nobody in the slice is of this class, or predicted to be",
    }
    assert one.measures.overall[MACRO_F1].value == 1
    assert one.measures.overall[MACRO_F1].ci is None
    assert one.measures.overall[MACRO_F1].ci_reason
    assert one.vs_rest[MACRO_F1].reason == "the slice and everybody else do not have the same classes"
    assert other.vs_rest[MACRO_F1].difference is None
    (alone,) = measured([[3, 1], [1, 3]])[1:]
    assert alone.vs_rest[ACCURACY].difference is None
    assert alone.vs_rest[ACCURACY].reason == "among everybody else: nobody is in the group"


def test_slices_of_nobody_knows_whom_are_not_tested() -> None:
    _, first, known, other = measured([[40, 20], [25, 40]], [[60, 3], [4, 60]], [[9, 1], [1, 9]], unknown=1)
    assert first.vs_rest[ACCURACY].p_value is not None
    assert first.vs_rest[ACCURACY].p_adjusted is None
    # Neither is anybody compared with them.
    assert known.vs_rest[ACCURACY].difference == pytest.approx(120 / 127 - 18 / 20)
    assert other.vs_rest[ACCURACY].difference == pytest.approx(18 / 20 - 120 / 127)
    assert first.vs_rest[ACCURACY].difference == pytest.approx(80 / 125 - 138 / 147)
