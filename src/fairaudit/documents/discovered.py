"""``discover.json``: slices that nobody asked for, and how they were searched and confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from fairaudit.discovery import intervals
from fairaudit.discovery.choose import Shown
from fairaudit.discovery.coded import Column
from fairaudit.discovery.confirm import Proof, Sums
from fairaudit.discovery.engine import Discovery, Halves
from fairaudit.discovery.search import Limits, Slice
from fairaudit.documents.constraints import Count, Inside, NotNegative, Number, once
from fairaudit.documents.envelope import Origin, audit_envelope
from fairaudit.documents.parts import AuditSettings, Envelope, Interval, Part
from fairaudit.settings.choices import CONFIDENCE, Adjusted, Sought
from fairaudit.settings.discovering import Discovering

if TYPE_CHECKING:
    import pandas as pd

EXACT = "hypergeometric (Fisher's exact test, one-sided)"
WELCH = "Welch's test, one-sided"


class ConditionPart(Part):
    """What a column has to be: a `value`, a range from `low` on and below `high`, or missing."""

    column: str
    value: str | None = None
    low: Number | None = None
    high: Number | None = None
    missing: bool = False

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        ends = self.low is not None or self.high is not None
        if self.missing == (self.value is not None or ends):
            raise ValueError("a condition asks for a value, a range or what is missing")
        return self


class PeoplePart(Part):
    """Some people: all of them, those in the denominator, how much is measured of these together, and the rate or mean with its interval.

    `errors` of a rate are people. Where people stand in several rows, `effective` is how many the denominator is worth.
    """

    n: Count
    denominator: Count
    errors: NotNegative
    value: Number | None
    ci: Interval | None
    effective: NotNegative | None = None


class CoveredPart(Part):
    """What a slice and all before it hold together, as shares of everybody: of the people, of the denominator, and of the errors."""

    people: NotNegative
    denominator: NotNegative
    errors: NotNegative


class DiscoveredPart(Part):
    """A slice that is worse than the rest.

    `here` and `rest` are of the half that was not searched, and nothing in them was chosen; `searched` is the slice in the other half, where it was
    chosen because it was worse. `excess` is how many more errors than at the rate of the rest are likely at least, among all people in it.
    `also` are confirmed slices that are no worse than the rest without the people of this one.
    """

    conditions: list[ConditionPart] = Field(min_length=1)
    n: Count
    here: PeoplePart
    rest: PeoplePart
    searched: PeoplePart
    ratio: NotNegative | None
    ratio_ci: Interval | None
    difference: Number
    difference_ci: Interval
    excess: NotNegative
    p_value: NotNegative
    p_holm: NotNegative
    p_bh: NotNegative
    covered: CoveredPart
    also: list[list[ConditionPart]]


class SearchedColumn(Part):
    """A column that was searched: how many conditions it gives, and the edges of its ranges if it holds numbers, as they are in the search half."""

    name: str
    conditions: Count
    edges: list[Number] | None


class SearchPart(Part):
    """All that can change what is discovered, beside how rows are read; `min_rows` and `min_denominator` are of both halves together."""

    metric: Sought
    depth: Count
    bins: Count
    min_rows: Count
    min_denominator: Count
    min_ratio: NotNegative
    level: Inside
    correction: Adjusted
    test: str
    seed: Count
    columns: list[SearchedColumn]
    columns_chosen: bool
    left_out: dict[str, str]

    @model_validator(mode="after")
    def _columns_once(self) -> Self:
        once("columns", ((column.name,) for column in self.columns))
        return self


class DiscoverDocument(Envelope):
    """``discover.json``: `looked_at` slices had people enough, `tested` of these were tested in the other half, `confirmed` are worse than the rest there.

    `productive` of them have no condition that adds nothing; `slices` are those that are left once what others explain is merged.
    """

    schema_: Literal["fairaudit/discover/1"] = Field(default="fairaudit/discover/1", alias="schema")
    settings: AuditSettings
    search: SearchPart
    confidence: Inside
    searched_people: Count
    held_out: PeoplePart
    looked_at: Count
    tested: Count
    confirmed: Count
    productive: Count
    slices: list[DiscoveredPart]

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each slice."""
        from fairaudit.documents.frames import discovered_frame

        return discovered_frame(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How slices were searched: what was asked, what that came to, and in which columns."""

    asked: Discovering
    limits: Limits
    proof: Proof
    halves: Halves
    left_out: Mapping[str, str]


def discover_document(origin: Origin, way: Way, discovery: Discovery) -> DiscoverDocument:
    """Write down what was discovered."""
    is_rate = way.halves.held_out.outcomes.is_rate
    everybody = discovery.everybody
    slices = [
        _slice(shown, searched, way, everybody)
        for shown, searched in zip(discovery.shown, discovery.in_search, strict=True)
    ]
    return DiscoverDocument(
        **audit_envelope(origin, "numpy", "scipy"),
        search=_search(way, is_rate),
        confidence=CONFIDENCE,
        searched_people=way.halves.search.n,
        held_out=_people(everybody, discovery.effective, is_rate=is_rate),
        looked_at=discovery.looked,
        tested=discovery.candidates,
        confirmed=discovery.confirmed,
        productive=discovery.productive,
        slices=slices,
    )


def _search(way: Way, is_rate: bool) -> SearchPart:
    asked = way.asked
    return SearchPart(
        metric=asked.sought,
        depth=asked.depth,
        bins=asked.bins,
        min_rows=round(2 * way.limits.people),
        min_denominator=round(2 * way.limits.counted),
        min_ratio=asked.min_ratio,
        level=asked.level,
        correction=asked.correction,
        test=EXACT if is_rate else WELCH,
        seed=asked.seed,
        columns=[
            SearchedColumn(
                name=c.name, conditions=len(c.conditions), edges=None if c.edges is None else list(c.edges)
            )
            for c in way.halves.columns
        ],
        columns_chosen=not asked.over,
        left_out=dict(way.left_out),
    )


def _slice(shown: Shown, searched: Sums, way: Way, everybody: Sums) -> DiscoveredPart:
    tested, columns = shown.tested, way.halves.columns
    is_rate = way.halves.held_out.outcomes.is_rate
    here, rest = tested.here, tested.rest
    together = shown.together
    ratio = tested.ratio
    return DiscoveredPart(
        conditions=_conditions(tested.conditions, columns),
        n=round(here.n + searched.n),
        here=_people(here, tested.effective, is_rate=is_rate),
        rest=_people(rest, tested.effective_rest, is_rate=is_rate),
        searched=_people(searched, searched, is_rate=is_rate),
        ratio=ratio,
        ratio_ci=None
        if ratio is None
        else intervals.ratio_interval(tested.effective, tested.effective_rest, is_rate=is_rate),
        difference=(here.mean or 0.0) - (rest.mean or 0.0),
        difference_ci=shown.difference,
        excess=max(shown.difference[0], 0.0) * (here.d + searched.d),
        p_value=tested.p_value,
        p_holm=tested.p_holm,
        p_bh=tested.p_bh,
        covered=CoveredPart(
            people=together.n / everybody.n,
            denominator=together.d / everybody.d,
            errors=together.s / everybody.s,
        ),
        also=[_conditions(conditions, columns) for conditions in shown.also],
    )


def _people(sums: Sums, effective: Sums, *, is_rate: bool) -> PeoplePart:
    return PeoplePart(
        n=round(sums.n),
        denominator=round(sums.d),
        errors=sums.s,
        value=sums.mean,
        ci=intervals.own_interval(effective, is_rate=is_rate),
        effective=None if effective.d == sums.d else effective.d,
    )


def _conditions(conditions: Slice, columns: tuple[Column, ...]) -> list[ConditionPart]:
    parts = []
    for column, place in conditions:
        condition = columns[column].conditions[place]
        parts.append(
            ConditionPart(
                column=columns[column].name,
                value=condition.value,
                low=condition.low,
                high=condition.high,
                missing=condition.is_missing,
            )
        )
    return parts
