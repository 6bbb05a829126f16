"""``discover.json``: slices that nobody asked for, and how they were searched and confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from fairaudit.documents.constraints import Count, Inside, NotNegative, Number, once
from fairaudit.documents.parts import AuditSettings, Envelope, Interval, Part, Weighed
from fairaudit.settings.choices import Adjusted, Sought

if TYPE_CHECKING:
    import pandas as pd


class ConditionPart(Part):
    """What a column has to be, or what is taken of it, such as ``len(review)``: a `value`, a range from `low` on and below `high`, or missing."""

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

    `errors` of a rate are people. Where people stand in several rows, `effective` is how many the denominator is worth. With the weights of a survey
    these are sums of weights, which of everybody are as many as the people who were asked; and `effective` is again a number of people.
    """

    n: Weighed
    denominator: Weighed
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
    n: Weighed
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
    """A column that was searched, or what was taken of it, as it was said: how many conditions it gives, and the edges of its ranges if these are numbers.

    Edges that nobody gave are found in the search half.

    `values_left_out` are its texts that are too rare for a slice, or beyond the 100 most frequent.
    """

    name: str
    conditions: Count
    edges: list[Number] | None
    values_left_out: Count = 0


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
