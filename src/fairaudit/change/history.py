"""One rate of a group over months, beside everybody else in the same months: what all months say together, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fairaudit.change.course import LEVEL, Course
from fairaudit.inference import onset, stratified
from fairaudit.inference.multiplicity import holm
from fairaudit.inference.odds import TwoRates
from fairaudit.inference.onset import Month
from fairaudit.inference.stratified import Strata

_OTHER_LOOKS = 2
"""What comes before a month and what comes after it are both looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A rate of a group in each month; ``None`` where nothing is known of it there."""

    attribute: str
    group: str
    metric: str
    months: tuple[TwoRates | None, ...]
    unknown: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """What the months of a series say together.

    Attributes
    ----------
    course
        What became of the difference; `higher` tells whether the group's rate is the higher one, since then or throughout, or was until then.
    since, plausible
        The place of the month of which that is told, and other months that may be it.
    difference, odds_ratio
        Of all months together, or of those that the course is about.
    p_all, p_shift, p_adjusted
        That both rates are equal in all months; that there is one odds ratio, or none, for all months; and the smaller of both after Holm for all series.
    p_homogeneous
        That all months have one odds ratio, by Breslow and Day's test with Tarone's correction.
    """

    course: Course
    higher: bool | None = None
    since: int | None = None
    plausible: tuple[int, ...] = ()
    difference: float | None = None
    odds_ratio: float | None = None
    odds_ratio_ci: tuple[float, float] | None = None
    p_all: float | None = None
    p_shift: float | None = None
    p_adjusted: float | None = None
    p_homogeneous: float | None = None
    reason: str = ""


def pool(series: Sequence[Series]) -> list[Pooled]:
    """Pool the evidence of each series over its months, stratified by month.

    Two claims are tested of each series: that it differs in all months together (Cochran, Mantel and Haenszel), and that it differs since, or until, some month. For the latter both
    have to be shown: that before and after differ, and that there is a difference on one side, each allowing for all months that were looked at. All claims are one family (Holm).
    """
    tested = [None if one.unknown else _Tested.of(one) for one in series]
    p_values = [p for one in tested for p in ((one.p_all, one.p_shift) if one else (None, None))]
    known = [p for p in p_values if p is not None]
    adjusted = iter(holm(known))
    after = [None if p is None else next(adjusted) for p in p_values]
    return [
        Pooled(
            course=Course.UNKNOWN, reason="it is not known who is in the group, or they are others each month"
        )
        if one is None
        else one.pooled(after[2 * place], after[2 * place + 1])
        for place, one in enumerate(tested)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tested:
    """A series with the p-values of its claims; `places` are those of the months that are known."""

    tables: tuple[TwoRates, ...]
    months: tuple[Month, ...]
    places: tuple[int, ...]
    begins: onset.Onset | None
    p_all: float | None
    p_before: float | None
    p_after: float | None

    @classmethod
    def of(cls, series: Series) -> _Tested:
        """Test what can be said of a series."""
        known = [
            (place, rates) for place, rates in enumerate(series.months) if rates and rates.n1 and rates.n2
        ]
        months = tuple(_month(rates) for _, rates in known)
        begins = onset.find_onset(months)
        looks = _OTHER_LOOKS * max(len(months) - 1, 1)
        sides = [] if begins is None else [months[: begins.place], months[begins.place :]]
        p_sides = [onset.two_sided(side) for side in sides] or [None, None]
        p_before, p_after = (None if p is None else min(1.0, looks * p) for p in p_sides)
        return cls(
            tables=tuple(rates for _, rates in known),
            months=months,
            places=tuple(place for place, _ in known),
            begins=begins,
            p_all=onset.two_sided(months),
            p_before=p_before,
            p_after=p_after,
        )

    @property
    def p_shift(self) -> float | None:
        """That nothing begins or ends: the larger of that nothing changes, and that there is nothing before and after."""
        sides = [p for p in (self.p_before, self.p_after) if p is not None]
        return None if self.begins is None or not sides else max(self.begins.p_value, min(sides))

    def pooled(self, adjusted_all: float | None, adjusted_shift: float | None) -> Pooled:
        """Say what became of the difference."""
        if self.p_all is None:
            why = "no month has people of the group and others, some in the numerator and some not"
            return Pooled(course=Course.UNKNOWN, reason=why)
        least = min(p for p in (adjusted_all, adjusted_shift) if p is not None)
        course, part = self._course(adjusted_all, adjusted_shift)
        begun = course in (Course.SINCE, Course.NO_LONGER) and self.begins is not None
        return Pooled(
            course=course,
            since=self.places[self.begins.place] if begun and self.begins else None,
            plausible=tuple(self.places[p] for p in self.begins.plausible) if begun and self.begins else (),
            p_all=self.p_all,
            p_shift=self.p_shift,
            p_adjusted=least,
            **self._sizes(part),
        )

    def _course(self, adjusted_all: float | None, adjusted_shift: float | None) -> tuple[Course, slice]:
        """Return the course, and of which months its size is."""
        everything = slice(None)
        shifts = self.begins is not None and adjusted_shift is not None and adjusted_shift <= LEVEL
        if not shifts or self.begins is None:
            shown = adjusted_all is not None and adjusted_all <= LEVEL
            return (Course.THROUGHOUT if shown else Course.NOT_SHOWN), everything
        before, after = slice(None, self.begins.place), slice(self.begins.place, None)
        before_shown, after_shown = (p is not None and p <= LEVEL for p in (self.p_before, self.p_after))
        if before_shown and after_shown and self._is_higher(before) == self._is_higher(after):
            return Course.THROUGHOUT, everything
        return (Course.SINCE, after) if after_shown else (Course.NO_LONGER, before)

    def _is_higher(self, part: slice) -> bool:
        return sum(month.excess for month in self.months[part]) > 0

    def _sizes(self, part: slice) -> dict[str, Any]:
        """Measure the difference over some months."""
        strata = Strata(self.tables[part])
        ratio, homogeneous = (
            stratified.odds_ratio(strata),
            stratified.breslow_day(Strata(self.tables), tarone=True),
        )
        return {
            "higher": self._is_higher(part),
            "difference": stratified.risk_difference(strata),
            "odds_ratio": None if ratio is None else ratio.value,
            "odds_ratio_ci": None if ratio is None else ratio.interval,
            "p_homogeneous": None if homogeneous is None else homogeneous.p_value,
        }


def _month(rates: TwoRates) -> Month:
    strata = Strata([rates])
    return Month(excess=strata.observed - strata.expected, variance=strata.standard_error**2)
