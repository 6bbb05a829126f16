"""Slices by how bad they are, and which of them may be named: none of few people, and none that is better than everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fairaudit.errors import clipped
from fairaudit.measure import BY_NAME, Better
from fairaudit.render.documents import EstimatePart, SlicesDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A slice or a group, as far as ranking goes."""

    feature: str
    name: str
    n: int
    small: bool
    metrics: Mapping[str, EstimatePart] = field(repr=False)

    @property
    def shown(self) -> str:
        """The slice as one text."""
        return f"{clipped(self.feature)} = {clipped(self.name)}"


def slices_of(document: SlicesDocument) -> list[Slice]:
    """Take the slices of a document."""
    return [
        Slice(feature=s.feature, name=s.slice, n=s.n, small=s.small, metrics=s.metrics)
        for s in document.slices
    ]


def rank_slices(slices: Sequence[Slice], metric: str) -> list[Slice]:
    """Sort slices, the worst first even at the better end of its interval; after them those of few people, and at last the undefined ones."""

    def rank(s: Slice) -> tuple[int, float]:
        value = s.metrics[metric].value
        if value is None:
            return 2, 0.0
        low, high = s.metrics[metric].ci or (value, value)
        return int(is_small(s, metric)), -low if BY_NAME[metric].better is Better.LOWER else high

    return sorted((s for s in slices if metric in s.metrics), key=rank)


def poorest_slice(slices: Sequence[Slice], overall: EstimatePart, metric: str) -> Slice | None:
    """Find the worst of the slices that have enough people and are worse than everybody; ``None`` where there is none."""
    everybody = overall.value
    if everybody is None:
        return None
    lower = BY_NAME[metric].better is Better.LOWER

    def is_worse(s: Slice) -> bool:
        value = s.metrics[metric].value
        return value is not None and (value > everybody if lower else value < everybody)

    return next((s for s in rank_slices(slices, metric) if not is_small(s, metric) and is_worse(s)), None)


def is_small(s: Slice, metric: str) -> bool:
    """Tell whether a slice has too few people to be ranked."""
    return s.small or (metric in s.metrics and s.metrics[metric].small)


def small_slices(slices: Sequence[Slice], metric: str, *, most: int = 5) -> str:
    """Say which slices are too small to be ranked, with their people; empty where none is."""
    small = [s for s in slices if s.small or (is_small(s, metric) and s.metrics[metric].value is not None)]
    small.sort(key=lambda s: -s.n)
    few = [f"{s.shown} ({s.n:,})" for s in small]
    rest = f" and {len(few) - most:,} more" if len(few) > most else ""
    return f"too few to rank: {', '.join(few[:most])}{rest}" if few else ""
