"""The two halves of the rows: one is searched, in the other what was found there is confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairaudit.discovery.coded import Codes, Column, Floats, Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """What a metric measures of every row.

    Attributes
    ----------
    amount
        What it costs: of a rate 1 for an error and 0 for none, of a mean any number.
    counted
        Who is in the denominator.
    is_rate
        Whether all amounts are 0 or 1.
    people
        How many people each row is; ``None`` for one.
    persons
        The number of the person whom each row is about, where people stand in several rows.
    weights
        How much each row counts in a survey, in which it still is one person; ``None`` where all count alike.
    """

    amount: Floats
    counted: Mask
    is_rate: bool = True
    people: NDArray[np.int64] | None = None
    persons: NDArray[np.int64] | None = None
    weights: Floats | None = None

    @property
    def worth(self) -> Floats | None:
        """How much each row counts, as so many people or by its weight; ``None`` where all count alike."""
        return self.weights if self.people is None else self.people.astype(np.float64)

    def of(self, rows: Mask) -> Outcomes:
        """Return those of some rows."""
        return Outcomes(
            amount=self.amount[rows],
            counted=self.counted[rows],
            is_rate=self.is_rate,
            people=None if self.people is None else self.people[rows],
            persons=None if self.persons is None else self.persons[rows],
            weights=None if self.weights is None else self.weights[rows],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Half:
    """One half of the rows: the codes of every column, and what the metric measures."""

    codes: tuple[Codes, ...]
    outcomes: Outcomes

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return len(self.outcomes.amount)

    @property
    def n(self) -> int:
        """How many people they are."""
        people = self.outcomes.people
        return self.rows if people is None else int(people.sum())


def halves(outcomes: Outcomes, *, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Deal the people out to two halves by lot, and give how many of each row's are in the search half and in the other.

    All rows of one person go to the same half. The people of a row that stands for many are dealt out one by one.
    """
    lot = np.random.default_rng(seed)
    if outcomes.people is not None and outcomes.persons is None:
        search = lot.binomial(outcomes.people, 0.5).astype(np.int64)
        return search, outcomes.people - search
    rows = len(outcomes.amount)
    persons = np.arange(rows) if outcomes.persons is None else outcomes.persons
    many = int(persons.max()) + 1 if rows else 0
    chosen = np.zeros(many, dtype=np.bool_)
    chosen[lot.permutation(many)[: (many + 1) // 2]] = True
    people = np.ones(rows, dtype=np.int64) if outcomes.people is None else outcomes.people
    search = np.where(chosen[persons], people, 0)
    return search, people - search


def half_of(columns: Sequence[Column], outcomes: Outcomes, people: NDArray[np.int64]) -> Half:
    """Take the rows of a half, of each of which so many people are in it."""
    rows = people > 0
    taken = outcomes.of(rows)
    return Half(
        codes=tuple(np.ascontiguousarray(column.codes[rows]) for column in columns),
        outcomes=Outcomes(
            amount=taken.amount,
            counted=taken.counted,
            is_rate=taken.is_rate,
            people=None if outcomes.people is None else people[rows],
            persons=taken.persons,
            weights=taken.weights,
        ),
    )
