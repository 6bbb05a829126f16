"""Figures that are no share of people, in base and in new, of people who are drawn again: how far both go along, and how much they vary.

Those who stand in both sets are drawn as pairs, and the others by themselves (Efron and Tibshirani 1993, chapter 8). What is drawn depends on
the data and a seed alone.
"""

from __future__ import annotations

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
OF_SCORES = 400
"""How often people are drawn again with their scores."""
MOST_PEOPLE = 20_000
"""Of more, so many are taken by lot, and what varies among them is scaled."""
_BATCH = 50
_LEAST_DEFINED = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """The scores and labels of a group's people: those who stand in both sets first, in the same order, and how many they are."""

    base: tuple[Floats, Whole]
    new: tuple[Floats, Whole]
    both: int


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


def scored_sets(base: Persons, new: Persons) -> ScoredSets:
    """Find those who stand in both sets."""
    here, there = paired_places(base, new)
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


def spread(metric: Metric, pair: GroupPair, scored: Scored | None) -> Spread | None:
    """Draw the people of a group again; ``None`` where the figure has no value in too many draws, or nothing tells it.

    Parameters
    ----------
    scored
        The scores of its people, for figures of scores.
    """
    both = _both(pair) if scored is None else scored.both
    drawn = _of_cells(metric, pair)
    if drawn is None and scored is not None:
        drawn = _of_scores(metric, scored)
    if drawn is None:
        return None
    base, new, scale = drawn
    defined = ~(np.isnan(base) | np.isnan(new))
    if defined.sum() < _LEAST_DEFINED * len(base):
        return None
    one, other = base[defined], new[defined]
    return _spread(one, other, both=both, scale=scale)


def _spread(one: Floats, other: Floats, *, both: int, scale: tuple[float, float]) -> Spread:
    variances = float(one.var()), float(other.var())
    product = float(((one - one.mean()) * (other - other.mean())).mean())
    size = float(np.sqrt(variances[0] * variances[1]))
    correlation = 0.0
    if both and size > 0:
        # What is as good as nothing is rounding.
        correlation = product / size if size > 1e-300 else 0.0
        # One person moves each figure by about its variance times the people, as they do a rate.
        people = both * float(np.sqrt(scale[0] * scale[1]))
        if correlation > 0:
            correlation = max(correlation - 0.5 / (people**2 * size), 0.0)
    return Spread(
        correlation=min(max(correlation, -1.0), 1.0),
        variances=(variances[0] * scale[0], variances[1] * scale[1]),
        resamples=len(one),
    )


def _both(pair: GroupPair) -> int:
    return 0 if pair.together is None else int(pair.together.cells.sum())


def _cells(counts: Counts | None) -> Whole:
    return np.asarray([int(getattr(counts, cell) or 0) if counts else 0 for cell in CELLS], dtype=np.int64)


def _of_cells(metric: Metric, pair: GroupPair) -> tuple[Floats, Floats, tuple[float, float]] | None:
    """Draw the confusion matrices of a group in both sets again."""
    paired = np.zeros((4, 4), dtype=np.int64) if pair.together is None else pair.together.cells
    alone = [
        np.maximum(_cells(counts) - paired.sum(axis=axis), 0)
        for counts, axis in ((pair.base, 1), (pair.new, 0))
    ]
    drawn = resample([paired.ravel()], replicates=OF_CELLS, seed=BOOTSTRAP_SEED)[:, 0].reshape(-1, 4, 4)
    figures = []
    for side, axis in ((0, 2), (1, 1)):
        own = resample([alone[side]], replicates=OF_CELLS, seed=BOOTSTRAP_SEED + side)[:, 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            values = metric.kind.figures(*(drawn.sum(axis=axis) + own).T)
        if values is None:
            return None
        figures.append(values)
    return figures[0], figures[1], (1.0, 1.0)


def _of_scores(metric: Metric, scored: Scored) -> tuple[Floats, Floats, tuple[float, float]] | None:
    """Draw people again with their scores and labels."""
    lot = np.random.default_rng([BOOTSTRAP_SEED, scored.both, len(scored.base[0]), len(scored.new[0])])
    kept, both = _chosen(scored, lot)
    base, new = kept
    figures: tuple[list[Floats], list[Floats]] = ([], [])
    for start in range(0, OF_SCORES, _BATCH):
        draws = min(_BATCH, OF_SCORES - start)
        paired = _weights(lot, draws, both)
        for side, (scores, labels) in enumerate((base, new)):
            own = _weights(lot, draws, len(scores) - both)
            values = metric.kind.of_rows(scores, labels, np.concatenate([paired, own], axis=1))
            if values is None:
                return None
            figures[side].append(values)
    scale = tuple(
        len(kept_side[0]) / max(len(whole[0]), 1)
        for kept_side, whole in zip(kept, (scored.base, scored.new), strict=True)
    )
    return np.concatenate(figures[0]), np.concatenate(figures[1]), (scale[0], scale[1])


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
