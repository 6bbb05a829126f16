"""What is asked of rows that stay where an engine holds them: sums and ranks by codes and groups, single scores by their rank, and sums over persons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

    from fairaudit.engine.moments import Moments

Key = tuple[tuple[int, int], ...]
"""A group: for each dimension that takes part, its index and the group's number in it. Empty: everybody."""
Ranks = tuple[int, int, int]
"""Twice the concordant pairs, and both sums of squared placements in units of 1e-15."""


class Rows(Protocol):
    """Rows that have a ``code``, and beside it whatever is of each for itself; all SQL is over the ``score``, and after `group` over the ``label`` and the groups ``d0``, ``d1`` … of each code.

    Attributes
    ----------
    weighed
        Whether they count for more or less than one.
    """

    weighed: bool

    def weigh(self, shift: int | None) -> pa.Table:
        """Let rows count for as many ``people`` as their weights, which in a survey are taken times a power of ten; and add these up by ``code``, with the number of rows that are ``weighing`` anything."""

    def distinct_rows(self, codes: Sequence[int]) -> int:
        """Count the rows of some codes that differ in anything but their weights."""

    def count_persons(self, codes: Sequence[int]) -> tuple[int, int, int]:
        """Count the persons that rows of some codes are of, these rows, and the most rows of one person."""

    def of_both_labels(self) -> tuple[int, int]:
        """Count the persons who have rows of both labels, and all persons; rows that count for nobody are left out."""

    def group(self, names: Sequence[str], alike: Sequence[tuple[float | None, ...]]) -> None:
        """Take only rows of these codes from here on; `alike` says what those of each ``code`` have in common, and their number ``n``."""

    def regroup(self, places: Mapping[str, Sequence[int]]) -> None:
        """Give each row of some dimensions the place of another group: of each group's place before, that which it has now."""

    def decide(self, decision: str, tenth: str, by_decision: Sequence[str] = ()) -> None:
        """Give each row its ``decision`` and the ``tenth`` that its score is in, of which the SQL is given; and the groups of those who are selected, and who are not."""

    def clusters(
        self, sets: Sequence[Sequence[int]], *, labelled: bool, survey: bool, scores: int | None = None
    ) -> dict[Key, Sequence[int]]:
        """Count the persons of every group of some dimensions, and of everybody, and add up the products of every two of each person's cells; with so many decimal places of `scores` the squares of their sums and the products with labels 1; in a survey also the rows in each cell. Where no column says whom they are about each row is a person."""

    def influences(self, sets: Sequence[Sequence[int]], scale: int) -> dict[Key, int]:
        """Add up each person's squared influence on the area under the ROC curve in every group of some dimensions, and among everybody, in units of a power of ten."""

    def influences_among(self, conditions: Sequence[str], scale: int) -> list[int | None]:
        """Add them up among the rows of which a condition is true, condition after condition; ``None`` where there is no area."""

    def by_code(self, column: str, sums: Mapping[str, str]) -> pa.Table:
        """Count the ``people`` of each code and another ``column``, and add up numbers in whole units of 1e-15, by the names of their sums."""

    def lowest(self, decision: str | None) -> pa.Table:
        """Find the lowest ``score`` of each code, and of each decision where there is one, in all rows."""

    def distinct(self, most: int) -> Sequence[float] | None:
        """Find the different scores; ``None`` where these are more than `most`."""

    def at_places(self, places: Sequence[int], *, of: str = "count(*)", where: str = "true") -> list[float]:
        """Find the scores at places, counted from 0, among all that rise; of as many as SQL says, where a condition is true."""

    def rank(self, sets: Sequence[Sequence[int]]) -> dict[Key, Ranks]:
        """Rank the scores in every group of some dimensions, and among everybody."""

    def rank_among(self, conditions: Sequence[str]) -> list[Ranks]:
        """Rank the scores of the rows of which a condition is true, condition after condition."""

    def matched(self, other: Rows, own: Sequence[int], others: Sequence[int]) -> pa.Table | None:
        """Count the ``people`` who stand in these rows, in others of the same engine, or in both, by the ``decision``, the ``label`` and the groups of some dimensions in either: ``base_decision``, ``new_decision`` and so on, NULL where they do not stand; ``None`` where somebody stands in several rows."""

    def describe(
        self, sets: Sequence[Sequence[int]], columns: Sequence[str]
    ) -> Mapping[Key, Sequence[Moments]]:
        """Add up and rank the numbers of columns, in every group of some dimensions, and among everybody."""

    def forget(self) -> None:
        """Give back what they take there."""
