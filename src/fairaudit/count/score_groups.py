"""Scores by group, without any threshold: means, spreads, and who is at the top at each decile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from fairaudit.count.strata import Unknown, known_groups
from fairaudit.engine.losses import whole
from fairaudit.engine.sql import double
from fairaudit.read.checked_rows import Checked
from fairaudit.slices.grammar import CROSS, Attribute

DECILES = tuple(Fraction(part, 10) for part in range(1, 10))
"""The shares of the people who are at the top."""
_UNIT = Fraction(1, 10**15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """People and sums of their scores and of the squares of these, as shares of the range of all scores; so standardised differences are the same."""

    n: int
    total: Fraction
    squares: Fraction

    def __add__(self, other: Moments) -> Moments:
        """Put two groups together."""
        return Moments(
            n=self.n + other.n, total=self.total + other.total, squares=self.squares + other.squares
        )

    @property
    def mean(self) -> Fraction | None:
        """The mean; ``None`` of nobody."""
        return self.total / self.n if self.n else None

    @property
    def spread(self) -> Fraction:
        """The sum of the squared distances from the mean."""
        return self.squares - self.total**2 / self.n if self.n else Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredGroup:
    """A group's scores, and how many of it have a score of at least each threshold."""

    moments: Moments
    at_least: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredGroups:
    """The scores of an attribute's groups; `thresholds` are the scores from which on a tenth, two tenths and so on are at the top, ties included."""

    thresholds: tuple[float, ...]
    groups: Mapping[str, ScoredGroup]


def score_groups(checked: Checked, attribute: Attribute, unknown: Unknown) -> ScoredGroups | None:
    """Add up the scores of each group that is known, and count who is at the top at each decile; ``None`` where nobody is known."""
    known = f"people > 0 AND {known_groups(checked, attribute, unknown)}"
    one, execute = checked.rows.one, checked.rows.connection.execute
    low, high, people = one(f"SELECT min(score), max(score), sum(people) FROM used_rows WHERE {known}")
    if low is None:
        return None
    falling = f"SELECT score, sum(sum(people)) OVER (ORDER BY score DESC) AS reached FROM used_rows WHERE {known} GROUP BY score"
    cuts = ", ".join(
        f"max(score) FILTER ({share.denominator} * reached >= {share.numerator * int(people)})"
        for share in DECILES
    )
    thresholds = one(f"SELECT {cuts} FROM ({falling})")
    # Halved, as the range of the largest numbers is none.
    wide = high / 2 - low / 2
    part = f"((score / 2 - {double(low / 2)}) / {double(wide)})" if wide > 0 else "0.0"
    sums = [f"sum(people * {whole(number)})" for number in (part, f"{part} * {part}")]
    tops = [f"coalesce(sum(people) FILTER (score >= {double(cut)}), 0)" for cut in thresholds]
    groups: dict[str, ScoredGroup] = {}
    for places in checked.sets_of(attribute):
        rows = execute(
            f"SELECT {', '.join([*(f'd{place}' for place in places), 'sum(people)', *sums, *tops])} FROM used_rows WHERE {known} GROUP BY ALL"
        ).fetchall()
        for row in rows:
            names = checked.names_in(attribute, tuple(zip(places, row, strict=False)))
            if names is not None:
                groups[CROSS.join(names)] = _group(row[len(places) :])
    return ScoredGroups(thresholds=tuple(map(float, thresholds)), groups=groups)


def _group(row: Sequence[int]) -> ScoredGroup:
    n, total, squares, *at_least = row
    return ScoredGroup(
        moments=Moments(n=int(n), total=int(total) * _UNIT, squares=int(squares) * _UNIT),
        at_least=tuple(map(int, at_least)),
    )
