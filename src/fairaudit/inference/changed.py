"""Whether a test would still be rejected with another p-value, the others of its family being as they are.

That is what `joint.step_down` says of the changed family, which is asked for thousands of times. So the family is sorted once, and a test that is taken
out and put in elsewhere changes what lies between.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from fairaudit.inference import joint
from fairaudit.inference.joint import DRAWS, HOPELESS, RARE, Block, Floats, Ranked, RankedBlock

_ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True)
class Family:
    """Tests that are corrected together.

    Attributes
    ----------
    p_values, blocks, level
        As for `joint.step_down`.
    size
        How many hypotheses were declared; no fewer than the p-values.
    """

    p_values: Sequence[float | None]
    blocks: Sequence[Block]
    size: int
    level: float = 0.05
    _ends: dict[int, int] = field(default_factory=dict, init=False)

    def rejects(self, place: int, p_value: float) -> bool:
        """Tell whether a test would be rejected with another p-value."""
        own = self.p_values[place]
        if own is None:
            raise ValueError("there has to be a p-value that another one takes the place of")
        others_before = bisect.bisect_left(self._sorted, p_value) - (own < p_value)
        reached = self._reached(own)
        by_holm = others_before <= reached and (self.size - others_before) * p_value <= self.level
        if by_holm or p_value > self.level or not self.blocks:
            return by_holm
        return self._rejects_by_draws(place, p_value, reached)

    @cached_property
    def _sorted(self) -> Sequence[float]:
        return sorted(1.0 if p is None else p for p in self.p_values)

    @cached_property
    def _is_above_level(self) -> tuple[Sequence[bool], Sequence[int]]:
        """Tell of each rank whether Holm's method stops there; and from which rank on it next does so if one before is out of the way."""
        ordered = np.asarray(self._sorted)
        weights = self.size - np.arange(len(ordered))
        stops = np.flatnonzero((weights + 1) * ordered > self.level)
        following = np.append(stops, len(ordered))[np.searchsorted(stops, np.arange(len(ordered) + 1))]
        return (weights * ordered > self.level).tolist(), following.tolist()

    @cached_property
    def _first_stop(self) -> int:
        stops, _ = self._is_above_level
        return next((number for number, stop in enumerate(stops) if stop), len(stops))

    def _reached(self, own: float) -> int:
        """Count the others that Holm's method rejects one after the other, before one is not."""
        number = bisect.bisect_left(self._sorted, own)
        if self._first_stop < number:
            return self._first_stop
        _, following = self._is_above_level
        return following[number + 1] - 1

    # With draws, for the tests that depend on each other.

    @cached_property
    def _ranked(self) -> Ranked:
        return joint.rank(self.p_values, self.blocks, size=self.size, level=self.level)

    @cached_property
    def _suffixes(self) -> Sequence[_Suffixes]:
        return [_Suffixes(ranked=ranked, asked=len(self._ranked.asked)) for ranked in self._ranked.blocks]

    @cached_property
    def _rank_of(self) -> dict[int, int]:
        return {place: number for number, (_, place) in enumerate(self._ranked.known)}

    @cached_property
    def _block_of(self) -> dict[int, tuple[int, int]]:
        """By rank, the block of a test and its row there."""
        return {
            number: (block, row)
            for block, ranked in enumerate(self._ranked.blocks)
            for number, row in zip(ranked.ranks.tolist(), ranked.rows.tolist(), strict=True)
        }

    @cached_property
    def _end(self) -> int:
        """Find the first rank at which neither Holm's method nor draws reject."""
        ranked = self._ranked
        weights = self.size - np.arange(len(ranked.asked))
        by_holm = np.maximum.accumulate(weights * ranked.asked) <= self.level
        ends = np.flatnonzero(~by_holm & (ranked.chances > self.level))
        return int(ends[0]) if len(ends) else len(ranked.asked)

    def _rejects_by_draws(self, place: int, p_value: float, reached: int) -> bool:
        known, own = self._ranked.known, self._rank_of[place]
        behind = bisect.bisect_left(known, (p_value, place))
        new = behind - (own < behind)
        smallest = p_value if new == 0 else known[0 if own else 1][0]
        if min(1.0, self.size * smallest) > HOPELESS or self._end < min(own, new):
            return False
        if new > max(own, reached) and self._end_without(place, reached) < new:
            return False
        return self._chance(own, p_value, behind) <= self.level

    def _end_without(self, place: int, reached: int) -> int:
        """Find the first rank from where a test was, the others having moved up, at which one of these is not rejected."""
        if place not in self._ends:
            self._ends[place] = self._search_end(self._rank_of[place], reached)
        return self._ends[place]

    def _search_end(self, own: int, reached: int) -> int:
        ranked = self._ranked
        # What has moved up by one place.
        moved = np.arange(max(own, reached) + 1, len(ranked.asked))
        if own not in self._block_of:
            chances = ranked.of_all_blocks[moved] + ranked.asked[moved] * (ranked.left[moved] + 1)
            ends = moved[chances > self.level]
            return int(ends[0]) - 1 if len(ends) else len(ranked.known)
        draws = self._own_draws(own)
        as_small = np.searchsorted(np.sort(draws[draws < 1]), ranked.asked[moved], side="right")
        # The test adds to its block what it would bear alone, at the most.
        most = np.maximum(ranked.asked[moved], as_small / (DRAWS + 1))
        doubtful = moved[ranked.chances[moved] + most > self.level - _ROUNDING]
        return next(
            (
                number - 1
                for number in doubtful.tolist()
                if self._chance(own, float(ranked.asked[number]), number) > self.level
            ),
            len(ranked.known),
        )

    def _chance(self, own: int, p_value: float, behind: int) -> float:
        """Compute the chance that a test, or one of those that now stand from a rank on, gives a p-value as small."""
        own_block, _ = self._block_of.get(own, (-1, 0))
        is_before = own < behind
        chance = 0.0
        for number, suffixes in enumerate(self._suffixes):
            is_added = is_before and number == own_block
            start = suffixes.start(behind)
            alone = (suffixes.size - start + is_added) * p_value
            if alone > RARE:
                is_small = suffixes.smallest(start) <= p_value
                if is_added:
                    is_small |= self._own_draws(own) <= p_value
                alone = min(alone, joint.share_of_draws(np.count_nonzero(is_small)).item())
            chance += alone
        left = int(self._ranked.left[behind]) + (is_before and own_block < 0)
        return chance + p_value * left

    def _own_draws(self, own: int) -> Floats:
        block, row = self._block_of[own]
        return self._ranked.blocks[block].block.drawn(row)


@dataclass(frozen=True, kw_only=True)
class _Suffixes:
    """The smallest p-values that are drawn of a block's tests from each one on, the one with the smallest observed p-value being the first.

    Attributes
    ----------
    asked
        Up to which rank of the family they are asked for.
    """

    ranked: RankedBlock
    asked: int
    _smallest: dict[int, Floats] = field(default_factory=dict, init=False)

    @property
    def size(self) -> int:
        """Count the tests."""
        return len(self.ranked.rows)

    @cached_property
    def _ranks(self) -> list[int]:
        ranks: list[int] = self.ranked.ranks.tolist()
        return ranks

    def start(self, rank: int) -> int:
        """Count the block's tests before a rank of the family."""
        return bisect.bisect_left(self._ranks, rank)

    def smallest(self, start: int) -> Floats:
        """Return the smallest p-values from one of the block's tests on, which is none behind those that are asked for."""
        if not self._smallest:
            behind = self.start(self.asked)
            self._smallest[behind] = joint.drawn_smallest(
                self.ranked.block, self.ranked.rows[behind:].tolist()
            )
        for begin in range(min(self._smallest) - 1, start - 1, -1):
            drawn = self.ranked.block.drawn(int(self.ranked.rows[begin]))
            self._smallest[begin] = np.minimum(self._smallest[begin + 1], drawn)
        return self._smallest[start]
