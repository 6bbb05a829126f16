"""Coverage of the intervals of one group's figures that are no single rate."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from fairaudit.inference import proportion, resample
from fairaudit.settings.choices import BOOTSTRAP_REPLICATES, BOOTSTRAP_SEED
from simulate.effort import Counts, Effort, Floats
from simulate.page import Table, percent, quiet, say
from simulate.pairs import Misses, by_limits
from simulate.population import FAIR, Truth, draw


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How an interval fared: its misses among the draws that have one, and the share of draws that have none."""

    misses: Misses
    without: float


def tally(low: Floats, high: Floats, truth: float) -> Tally:
    """Count misses."""
    known = ~np.isnan(low)
    below, above = by_limits(low[known], high[known], truth)
    return Tally(
        misses=Misses(below=float(below.mean()), above=float(above.mean())),
        without=float(1 - known.mean()),
    )


def f1(drawn: Floats) -> Floats:
    """Compute F1 of tables of shape (…, 4)."""
    tp, fp, fn, _ = np.moveaxis(drawn, -1, 0)
    with np.errstate(invalid="ignore"):
        found: Floats = 2 * tp / (2 * tp + fp + fn)
    return found


def balanced_accuracy(drawn: Floats) -> Floats:
    """Compute the mean of true positive and true negative rate."""
    tp, fp, fn, tn = np.moveaxis(drawn, -1, 0)
    with np.errstate(invalid="ignore"):
        found: Floats = (tp / (tp + fn) + tn / (tn + fp)) / 2
    return found


def matthews(drawn: Floats) -> Floats:
    """Compute Matthews correlation."""
    tp, fp, fn, tn = np.moveaxis(drawn, -1, 0)
    with np.errstate(invalid="ignore"):
        found: Floats = (tp * tn - fp * fn) / np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return found


def closed_forms(drawn: Counts, truth: Truth) -> dict[str, Tally]:
    """Count the misses of the intervals with a formula."""
    tables, places = np.unique(drawn, axis=0, return_inverse=True)
    tp, fp, fn, tn = tables.T
    population = np.array(truth.cells)
    low, high = proportion.mean_interval(tp, tp + fn, tn, tn + fp)
    places = places.ravel()
    tp, fp, fn, tn = drawn.T
    return {
        "F1": tally(*proportion.f1_interval(tp, fp + fn), float(f1(population))),
        "balanced accuracy": tally(low[places], high[places], float(balanced_accuracy(population))),
    }


BOOTSTRAPPED: Mapping[str, Callable[[Floats], Floats]] = {
    "F1": f1,
    "balanced accuracy": balanced_accuracy,
    "Matthews": matthews,
}


def bootstraps(drawn: Counts, truth: Truth) -> dict[tuple[str, str], Tally]:
    """Count the misses of two bootstraps, by figure and kind; 500 groups at a time, to spare memory."""
    limits: dict[tuple[str, str], list[tuple[Floats, Floats]]] = {}
    for part in np.array_split(drawn, max(1, len(drawn) // 500)):
        again = resample.resample(part, replicates=BOOTSTRAP_REPLICATES, seed=BOOTSTRAP_SEED)
        for name, figure in BOOTSTRAPPED.items():
            replicates = figure(again)
            corrected = resample.bias_corrected(replicates, figure(part.astype(float)))
            limits.setdefault((name, "bias-corrected"), []).append(corrected)
            with quiet():
                low, high = np.nanquantile(replicates, [0.025, 0.975], axis=0)
            limits.setdefault((name, "percentile"), []).append((low, high))
    population = np.array(truth.cells)
    return {
        key: tally(
            np.concatenate([low for low, _ in found]),
            np.concatenate([high for _, high in found]),
            float(BOOTSTRAPPED[key[0]](population)),
        )
        for key, found in limits.items()
    }


def show_tally(found: Tally) -> str:
    """Write coverage and both tails, and how often there is no interval if that happens at all."""
    text = f"{percent(found.misses.coverage)} ({percent(found.misses.below)}, {percent(found.misses.above)})"
    return f"{text}; none {percent(found.without)}" if found.without else text


def figure_tables(effort: Effort, seed: int) -> Iterator[Table]:
    """Show coverage of the intervals of figures that are no single rate."""
    rows = []
    truths = {
        "base rate 0.4": FAIR,
        "base rate 0.1": Truth(prevalence=0.1, fpr=0.05, fnr=0.4),
        "nearly perfect": Truth(prevalence=0.4, fpr=0.02, fnr=0.02),
    }
    for (name, truth), n in itertools.product(truths.items(), (50, 200, 1000)):
        say(f"Figures of one group: {name}, {n} people")
        drawn = draw([truth], [n], effort.figures, np.random.default_rng([seed, n]))[:, 0]
        closed, drawn_again = closed_forms(drawn, truth), bootstraps(drawn, truth)
        rows.append(
            (
                name,
                f"{n:,}",
                show_tally(closed["F1"]),
                show_tally(drawn_again["F1", "percentile"]),
                show_tally(closed["balanced accuracy"]),
                show_tally(drawn_again["balanced accuracy", "bias-corrected"]),
                show_tally(drawn_again["Matthews", "bias-corrected"]),
                show_tally(drawn_again["Matthews", "percentile"]),
            )
        )
    yield Table(
        title="Coverage of 95% intervals of one group's figures, %",
        note=f"Of the groups that have an interval; in brackets the chances that it lies below and above the truth. 'None' is how often there is no interval. "
        f"{effort.figures:,} groups in each row, {BOOTSTRAP_REPLICATES:,} resamples of each.",
        header=(
            "truth",
            "people",
            "F1 (fairaudit)",
            "F1, percentile bootstrap",
            "balanced accuracy (fairaudit)",
            "balanced accuracy, bias-corrected bootstrap",
            "Matthews (fairaudit: bias-corrected bootstrap)",
            "Matthews, percentile bootstrap",
        ),
        rows=tuple(rows),
    )
