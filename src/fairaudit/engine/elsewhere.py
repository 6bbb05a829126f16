"""What is asked of scores that stay where an engine holds them: sums and ranks by codes and groups, and single scores by their rank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

Key = tuple[tuple[int, int], ...]
"""A group: for each dimension that takes part, its index and the group's number in it. Empty: everybody."""
Ranks = tuple[int, int, int]
"""Twice the concordant pairs, and both sums of squared placements in units of 1e-15."""


class Scores(Protocol):
    """The scores of rows, which have a ``code``; all SQL is over the ``score``, and after `group` over the ``label`` and the groups ``d0``, ``d1`` … of each code."""

    def group(self, names: Sequence[str], alike: Sequence[tuple[int | None, ...]]) -> None:
        """Take only rows of these codes from here on; `alike` says what those of each ``code`` have in common, and their number ``n``."""

    def decide(self, decision: str, tenth: str) -> None:
        """Give each row its ``decision`` and the ``tenth`` that its score is in, of which the SQL is given."""

    def by_code(self, column: str, sums: Mapping[str, str]) -> pa.Table:
        """Count the ``people`` of each code and another ``column``, and add up numbers in whole units of 1e-15, by the names of their sums."""

    def lowest(self, decision: str | None) -> pa.Table:
        """Find the lowest ``score`` of each code, and of each decision where there is one, in all rows."""

    def distinct(self, most: int) -> Sequence[float] | None:
        """Find the different scores; ``None`` where these are more than `most`."""

    def at_places(self, places: Sequence[int]) -> list[float]:
        """Find the scores at places, counted from 0, among all that rise."""

    def rank(self, sets: Sequence[Sequence[int]]) -> dict[Key, Ranks]:
        """Rank the scores in every group of some dimensions, and among everybody."""

    def forget(self) -> None:
        """Give back what they take there."""
