"""Scores by group, without any threshold: means, spreads, and who is at the top at each decile."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from fairaudit.count.membership import Unknown
from fairaudit.count.strata import known_groups
from fairaudit.engine.elsewhere import Rows
from fairaudit.engine.losses import whole
from fairaudit.engine.sql import double
from fairaudit.read.checked_rows import Checked
from fairaudit.read.used_rows import cells_of, rows_by
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
    if checked.rows.scores_elsewhere:
        return _groups_elsewhere(checked, attribute, known, checked.rows.scores_elsewhere)
    one = checked.rows.one
    low, high, people = one(f"SELECT min(score), max(score), sum(people) FROM used_rows WHERE {known}")
    if low is None:
        return None
    falling = f"SELECT score, sum(sum(people)) OVER (ORDER BY score DESC) AS reached FROM used_rows WHERE {known} GROUP BY score"
    cuts = ", ".join(
        f"max(score) FILTER ({share.denominator} * reached >= {share.numerator * int(people)})"
        for share in DECILES
    )
    thresholds = one(f"SELECT {cuts} FROM ({falling})")
    part = _part(low, high)
    sums = [f"sum(people * {whole(number)})" for number in (part, f"{part} * {part}")]
    tops = [f"coalesce(sum(people) FILTER (score >= {double(cut)}), 0)" for cut in thresholds]
    return ScoredGroups(
        thresholds=tuple(map(float, thresholds)),
        groups=_by_group(checked, attribute, f"used_rows WHERE {known}", [*sums, *tops]),
    )


def _by_group(
    checked: Checked, attribute: Attribute, relation: str, sums: Sequence[str]
) -> dict[str, ScoredGroup]:
    """Add up what is known of the people of each group."""
    groups: dict[str, ScoredGroup] = {}
    for places in checked.sets_of(attribute):
        rows = checked.rows.connection.execute(
            f"SELECT {', '.join([*(f'd{place}' for place in places), 'sum(people)', *sums])} FROM {relation} GROUP BY ALL"
        ).fetchall()
        for row in rows:
            names = checked.names_in(attribute, tuple(zip(places, row, strict=False)))
            if names is not None:
                groups[CROSS.join(names)] = _group(row[len(places) :])
    return groups


def _part(low: float, high: float) -> str:
    """Write the SQL of a score as a share of the range of all."""
    # Halved, as the range of the largest numbers is none.
    wide = high / 2 - low / 2
    return f"((score / 2 - {double(low / 2)}) / {double(wide)})" if wide > 0 else "0.0"


def _groups_elsewhere(
    checked: Checked, attribute: Attribute, known: str, elsewhere: Rows
) -> ScoredGroups | None:
    """Let another engine add up the scores that it keeps; of those who are at the top it tells at how many deciles they are."""
    (people,) = checked.rows.one(f"SELECT sum(people) FROM {cells_of(checked.rows)} WHERE {known}")
    if not people:
        return None
    top = [int(people) - math.ceil(share * int(people)) for share in DECILES]
    low, high, *thresholds = elsewhere.at_places([0, int(people) - 1, *top], of="sum(people)", where=known)
    part = _part(low, high)
    # The others may lie outside of the range.
    inside = f"CASE WHEN score BETWEEN {double(low)} AND {double(high)} THEN {{}} END"
    deciles = " + ".join(f"CAST(score >= {double(cut)} AS INTEGER)" for cut in thresholds)
    sums = {"total": inside.format(part), "squares": inside.format(f"{part} * {part}")}
    at_least = [
        f"coalesce(sum(people) FILTER (deciles >= {len(DECILES) - place}), 0)"
        for place in range(len(DECILES))
    ]
    relation = f"{rows_by(checked.rows, f'{deciles} AS deciles', sums)} WHERE {known}"
    return ScoredGroups(
        thresholds=tuple(thresholds),
        groups=_by_group(checked, attribute, relation, ["sum(total)", "sum(squares)", *at_least]),
    )


def _group(row: Sequence[int]) -> ScoredGroup:
    n, total, squares, *at_least = row
    return ScoredGroup(
        moments=Moments(n=int(n), total=int(total) * _UNIT, squares=int(squares) * _UNIT),
        at_least=tuple(map(int, at_least)),
    )
