"""The whole way from coded columns to the slices that are shown: search in one half, confirm in the other, choose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fairaudit.discovery.choose import Shown, choose
from fairaudit.discovery.coded import Column
from fairaudit.discovery.confirm import Counter, Proof, Sums, confirm, productive
from fairaudit.discovery.rows import Half
from fairaudit.discovery.search import Limits, search


@dataclass(frozen=True, slots=True, kw_only=True)
class Halves:
    """The columns, and their rows in two halves."""

    columns: tuple[Column, ...]
    search: Half
    held_out: Half


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What was discovered.

    Attributes
    ----------
    looked
        How many slices of the search half had people enough to be looked at.
    candidates
        How many of these were tested in the other half.
    confirmed
        How many of these are worse than the rest by so much, beyond chance.
    productive
        How many of these have no condition that adds nothing.
    shown
        Those that are left once all that others explain are merged, the most harmful first.
    everybody, effective
        All people of the half that was not searched; and how many their rows are worth.
    """

    looked: int
    candidates: int
    confirmed: int
    productive: int
    shown: tuple[Shown, ...]
    everybody: Sums
    effective: Sums


def discover(
    halves: Halves, limits: Limits, proof: Proof, progress: Callable[[float], None] = lambda _: None
) -> Discovery:
    """Search one half, confirm in the other, and choose what is shown."""
    searched = search(halves.search, halves.columns, limits, progress)
    counter = Counter(halves.held_out, halves.columns)
    tested = confirm(counter, searched.candidates)
    kept = productive(counter, tested, proof)
    in_search = Counter(halves.search, halves.columns)
    level = proof.level / max(len(tested), 1)
    shown = choose(counter, in_search, kept, level=level, ratio=proof.ratio)
    return Discovery(
        looked=searched.looked,
        candidates=len(tested),
        confirmed=sum(t.is_confirmed(proof) for t in tested),
        productive=len(kept),
        shown=shown,
        everybody=counter.sums(counter.everybody),
        effective=counter.effective(counter.everybody),
    )
