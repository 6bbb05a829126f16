"""Intervals of a model's accuracy from out-of-fold rows, which are not independent: the models of the folds share their training rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.tree import DecisionTreeClassifier

from fairaudit.inference import proportion
from simulate.effort import Z95, Effort, Floats
from simulate.page import Table, percent, say

MODELS: dict[str, Callable[[int], ClassifierMixin]] = {
    "a full tree": lambda seed: DecisionTreeClassifier(random_state=seed),
    "logistic regression": lambda _: LogisticRegression(),
}
FOLDS, COLUMNS = 5, 6
PEOPLE, POPULATION = (100, 400), 20_000


def draw(random: np.random.Generator, n: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Draw people with six columns, of which three tell something of the label, two of them together."""
    columns = random.normal(size=(n, COLUMNS))
    logit = columns @ np.array([1.0, -1.0, 0.8, 0, 0, 0]) + 0.5 * columns[:, 0] * columns[:, 1]
    return columns, random.random(n) < 1 / (1 + np.exp(-logit))


def out_of_fold(
    make: Callable[[int], ClassifierMixin], n: int, draws: int, seed: int
) -> tuple[NDArray[np.int64], Floats]:
    """Cross-validate many samples; give how many people each time were decided rightly, and the true accuracy of the models."""
    random = np.random.default_rng(seed)
    everybody, labels = draw(random, POPULATION)
    right, true = [], []
    for number in range(draws):
        columns, label = draw(random, n)
        hits, accuracies = 0, []
        for train, test in StratifiedKFold(FOLDS, shuffle=True, random_state=number).split(columns, label):
            model = make(number).fit(columns[train], label[train])
            hits += int((model.predict(columns[test]) == label[test]).sum())
            accuracies.append((model.predict(everybody) == labels).mean())
        right.append(hits)
        true.append(np.mean(accuracies))
    return np.array(right), np.array(true)


def nadeau_bengio(right: NDArray[np.int64], n: int) -> tuple[Floats, Floats]:
    """Widen the normal interval by the factor of Nadeau and Bengio (2003), with 1 / k + 1 / (k - 1) in place of 1 / k."""
    p = right / n
    half = Z95 * np.sqrt(p * (1 - p) / n * (1 + FOLDS / (FOLDS - 1)))
    return p - half, p + half


def fold_table(effort: Effort, seed: int) -> Iterator[Table]:
    """Tabulate how often the accuracy to be expected lies outside of its interval."""
    say("Out-of-fold rows")
    rows = []
    for name, make in MODELS.items():
        for n in PEOPLE:
            right, true = out_of_fold(make, n, effort.folded, seed)
            expected = true.mean()
            cells = [
                percent(float(((low > expected) | (high < expected)).mean()))
                for low, high in (
                    proportion.wilson(right, np.full_like(right, n), 0.95),
                    nadeau_bengio(right, n),
                )
            ]
            p = right / n
            inflation = p.var() / (p * (1 - p) / n).mean()
            rows.append((name, str(n), *cells, f"{inflation:.2f}"))
    yield Table(
        title="Accuracy from out-of-fold rows: how often the 95% interval misses, %",
        note=(
            f"{FOLDS} folds, {effort.folded:,} samples. The truth is the accuracy that models trained on so many people have on "
            "average. 5 is right. The last column is the variance of the measured accuracy over that of independent people."
        ),
        header=("model", "people", "fairaudit (Wilson)", "Nadeau and Bengio", "variance"),
        rows=tuple(rows),
    )
