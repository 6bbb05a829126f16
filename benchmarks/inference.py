"""How long the inference takes: intervals, tests and resamples, beside statsmodels and Fairlearn where they offer the same.

Prints a Markdown table; each line is the fastest of five runs in this process. Only the ratios of one run say something.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable

import numpy as np
from statsmodels.stats.proportion import confint_proportions_2indep, test_proportions_2indep

from fairaudit.inference import contrast, proportion, resample

PAIRS = 1_000
GROUPS = 10
REPLICATES = 10_000


def fastest(work: Callable[[], object], *, runs: int = 5) -> float:
    """Return the seconds of the fastest run."""
    found = []
    for _ in range(runs):
        begun = time.perf_counter()
        work()
        found.append(time.perf_counter() - begun)
    return min(found)


def bootstrap(cells: np.ndarray) -> None:
    """Resample ten groups and compute every metric of the confusion matrix, with its interval."""
    drawn = resample.resample(cells, replicates=REPLICATES, seed=0)
    tp, fp, fn, tn = np.moveaxis(drawn, -1, 0)
    n = tp + fp + fn + tn
    with np.errstate(divide="ignore", invalid="ignore"):
        metrics = [
            (tp + fp) / n,
            fp / (fp + tn),
            fn / (fn + tp),
            tp / (tp + fp),
            fn / (fn + tn),
            (tp + fn) / n,
            (tp + tn) / n,
            (tp / (tp + fn) + tn / (fp + tn)) / 2,
            2 * tp / (2 * tp + fp + fn),
            (tp * tn - fp * fn) / np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)),
        ]
    for metric in metrics:
        resample.bias_corrected(metric, metric.mean(axis=0))


def main() -> None:
    """Measure, and print the table."""
    draw = np.random.default_rng(1)
    n1, n2 = draw.integers(50, 5_000, PAIRS), draw.integers(50, 5_000, PAIRS)
    x1, x2 = draw.binomial(n1, 0.2), draw.binomial(n2, 0.25)
    cells = draw.integers(20, 2_000, (GROUPS, 4))

    def one_by_one() -> None:
        for a, m, b, k in zip(x1, n1, x2, n2, strict=True):
            confint_proportions_2indep(int(a), int(m), int(b), int(k), compare="ratio", method="score")

    def tests_one_by_one() -> None:
        for a, m, b, k in zip(x1, n1, x2, n2, strict=True):
            test_proportions_2indep(int(a), int(m), int(b), int(k), compare="ratio", method="score")

    rows = [
        (
            f"{PAIRS:,} score intervals of a ratio",
            lambda: contrast.ratio_interval(x1, n1, x2, n2),
            one_by_one,
        ),
        (
            f"{PAIRS:,} score intervals of a difference",
            lambda: contrast.difference_interval(x1, n1, x2, n2),
            None,
        ),
        (f"{PAIRS:,} p-values", lambda: contrast.equality_test(x1, n1, x2, n2), tests_one_by_one),
        (f"{PAIRS:,} Wilson intervals", lambda: proportion.wilson(x1, n1), None),
        (f"{REPLICATES:,} resamples of {GROUPS} groups, all metrics", lambda: bootstrap(cells), None),
    ]
    lines = ["| what | ms | statsmodels, one by one | times faster |", "|---|---:|---:|---:|"]
    for name, work, peer in rows:
        ours = fastest(work)
        if peer is None:
            lines.append(f"| {name} | {1000 * ours:.1f} | | |")
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = fastest(peer, runs=1)
        lines.append(f"| {name} | {1000 * ours:.1f} | {1000 * theirs:.0f} | {theirs / ours:.0f} |")
    print("\n".join(lines))  # noqa: T201


if __name__ == "__main__":
    main()
