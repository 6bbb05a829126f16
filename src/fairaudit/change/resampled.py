"""Figures that are no share of people, in base and in new, of people who are drawn again: how far both go along, and how much they vary.

Those who stand in both sets are drawn as pairs, and the others by themselves (Efron and Tibshirani 1993, chapter 8). What is drawn depends on
the data and a seed alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairaudit.change.counted import CELLS, Group, GroupPair, Persons, paired_places
from fairaudit.count.counts import Counts
from fairaudit.inference.resample import resample
from fairaudit.metrics.kinds import Metric
from fairaudit.settings.choices import BOOTSTRAP_SEED

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

OF_CELLS = 2_000
"""How often cells are drawn again."""
OF_SCORES = 200
"""How often people are drawn again with their scores."""
MOST_PEOPLE = 5_000
"""Of more, so many are taken by lot, and what varies among them is scaled."""
_BATCH = 50
_LEAST_DEFINED = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """The scores and labels of a group's people: those who stand in both sets first, in the same order, and how many they are."""

    base: tuple[Floats, Whole]
    new: tuple[Floats, Whole]
    both: int

    @property
    def same(self) -> bool:
        """Whether the same people are there both times, with the same scores and labels."""
        return self.both == len(self.base[0]) == len(self.new[0]) and all(
            np.array_equal(one, other) for one, other in zip(self.base, self.new, strict=True)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredSets:
    """The people of both sets with their scores; `here` and `there` are the places of those who stand in both."""

    base: Persons
    new: Persons
    here: Whole
    there: Whole

    def of(self, group: Group) -> Scored | None:
        """Return the people of a group; ``None`` where there are no scores."""
        insides = self.base.inside(group), self.new.inside(group)
        stays = insides[0][self.here] & insides[1][self.there]
        sides = []
        for persons, inside, pairs in zip(
            (self.base, self.new), insides, (self.here[stays], self.there[stays]), strict=True
        ):
            if persons.scores is None or persons.labels is None:
                return None
            alone = inside.copy()
            alone[pairs] = False
            places = np.concatenate([pairs, np.flatnonzero(alone)])
            sides.append((persons.scores[places], persons.labels[places]))
        return Scored(base=sides[0], new=sides[1], both=int(stays.sum()))


def scored_sets(base: Persons, new: Persons, places: tuple[Whole, Whole] | None = None) -> ScoredSets:
    """Find those who stand in both sets, unless it is known at which `places`."""
    here, there = paired_places(base, new) if places is None else places
    return ScoredSets(base=base, new=new, here=here, there=there)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How a figure varies in base and in new, and how far both go along.

    Attributes
    ----------
    correlation
        Brought nearer to 0 by half a person, as in Newcombe's method 10 for rates, since chance may have made so much of it.
    variances
        Of both figures.
    resamples
        How often people were drawn.
    """

    correlation: float
    variances: tuple[float, float]
    resamples: int

    @property
    def of_difference(self) -> float:
        """The variance of the difference."""
        one, other = self.variances
        return max(one + other - 2 * self.correlation * float(np.sqrt(one * other)), 0.0)


def spreads(metrics: Sequence[Metric], pair: GroupPair, scored: Scored | None) -> dict[str, Spread]:
    """Draw the people of a group again, and see how figures of them vary; without those that have no value in too many draws, or that nothing tells.

    Parameters
    ----------
    scored
        The scores of its people, for figures of scores.
    """
    known = _of_cells(metrics, pair)
    rest = [metric for metric in metrics if metric.name not in known]
    if scored is not None and rest:
        known |= _of_scores(rest, scored)
    measured = {}
    for name, drawn in known.items():
        defined = ~(np.isnan(drawn.base) | np.isnan(drawn.new))
        if defined.sum() >= _LEAST_DEFINED * len(defined):
            measured[name] = _spread(drawn, defined)
    return measured


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """A figure in base and in new, of people who were drawn again.

    Attributes
    ----------
    both
        How many people are in both.
    scales
        What variances are multiplied by, where not all people took part.
    by_scores
        Whether it is of scores, which are as good as never the same.
    """

    base: Floats
    new: Floats
    both: int
    scales: tuple[float, float] = (1.0, 1.0)
    by_scores: bool = False


def _spread(drawn: _Drawn, defined: NDArray[np.bool_]) -> Spread:
    one, other = drawn.base[defined], drawn.new[defined]
    variances = float(one.var()), float(other.var())
    size = float(np.sqrt(variances[0] * variances[1]))
    correlation = 0.0
    if drawn.both and size > 0:
        correlation = float(((one - one.mean()) * (other - other.mean())).mean()) / size
        people = drawn.both * float(np.sqrt(drawn.scales[0] * drawn.scales[1]))
        # Half a person is so much of a rate of the same variance, and of a score as much as of a rate of one half.
        half = 2 / people if drawn.by_scores else 0.5 / (people**2 * size)
        if correlation > 0:
            correlation = max(correlation - half, 0.0)
    return Spread(
        correlation=min(max(correlation, -1.0), 1.0),
        variances=(variances[0] * drawn.scales[0], variances[1] * drawn.scales[1]),
        resamples=len(one),
    )


def _both(pair: GroupPair) -> int:
    return 0 if pair.together is None else int(pair.together.cells.sum())


def _cells(counts: Counts | None) -> Whole:
    return np.asarray([int(getattr(counts, cell) or 0) if counts else 0 for cell in CELLS], dtype=np.int64)


def _of_cells(metrics: Sequence[Metric], pair: GroupPair) -> dict[str, _Drawn]:
    """Draw the confusion matrices of a group in both sets again; without figures that they do not give."""
    paired = np.zeros((4, 4), dtype=np.int64) if pair.together is None else pair.together.cells
    drawn = resample([paired.ravel()], replicates=OF_CELLS, seed=BOOTSTRAP_SEED)[:, 0].reshape(-1, 4, 4)
    sides = []
    for side, counts in enumerate((pair.base, pair.new)):
        alone = np.maximum(_cells(counts) - paired.sum(axis=1 - side), 0)
        own = resample([alone], replicates=OF_CELLS, seed=BOOTSTRAP_SEED + side)[:, 0]
        sides.append((drawn.sum(axis=2 - side) + own).T)
    known = {}
    with np.errstate(divide="ignore", invalid="ignore"):
        for metric in metrics:
            base, new = (metric.kind.figures(*side) for side in sides)
            if base is not None and new is not None:
                known[metric.name] = _Drawn(base=base, new=new, both=_both(pair))
    return known


def _of_scores(metrics: Sequence[Metric], scored: Scored) -> dict[str, _Drawn]:
    """Draw people again with their scores and labels."""
    lot = np.random.default_rng([BOOTSTRAP_SEED, scored.both, len(scored.base[0]), len(scored.new[0])])
    kept, both = _chosen(scored, lot)
    figures: dict[str, tuple[list[Floats], list[Floats]]] = {metric.name: ([], []) for metric in metrics}
    for start in range(0, OF_SCORES, _BATCH):
        draws = min(_BATCH, OF_SCORES - start)
        paired = _weights(lot, draws, both)
        for side, (scores, labels) in enumerate(kept):
            own = _weights(lot, draws, len(scores) - both)
            weights = np.concatenate([paired, own], axis=1)
            for metric in metrics:
                values = metric.kind.of_rows(scores, labels, weights) if len(scores) else None
                if values is not None:
                    figures[metric.name][side].append(values)
    scales = [
        len(own[0]) / max(len(whole[0]), 1)
        for own, whole in zip(kept, (scored.base, scored.new), strict=True)
    ]
    return {
        name: _Drawn(
            base=np.concatenate(base),
            new=np.concatenate(new),
            both=scored.both,
            scales=(scales[0], scales[1]),
            by_scores=True,
        )
        for name, (base, new) in figures.items()
        if base and new
    }


def _chosen(scored: Scored, lot: np.random.Generator) -> tuple[list[tuple[Floats, Whole]], int]:
    """Take so many people by lot as are drawn again, those of both sets together."""
    largest = max(len(scored.base[0]), len(scored.new[0]))
    if largest <= MOST_PEOPLE:
        return [scored.base, scored.new], scored.both
    share = MOST_PEOPLE / largest
    pairs = np.sort(lot.choice(scored.both, size=round(share * scored.both), replace=False))
    kept = []
    for scores, labels in (scored.base, scored.new):
        others = len(scores) - scored.both
        own = np.sort(lot.choice(others, size=round(share * others), replace=False)) + scored.both
        places = np.concatenate([pairs, own]).astype(np.int64)
        kept.append((scores[places], labels[places]))
    return kept, len(pairs)


def _weights(lot: np.random.Generator, draws: int, people: int) -> Floats:
    """Draw as many people as there are, with replacement, and count how often each is drawn."""
    if not people:
        return np.zeros((draws, 0))
    places = lot.integers(0, people, size=(draws, people)) + people * np.arange(draws)[:, None]
    return np.bincount(places.ravel(), minlength=draws * people).reshape(draws, people).astype(np.float64)
