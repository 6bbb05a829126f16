"""``history.json``: the same slices over many documents, what they say together, and since when a group is worse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from fairaudit.change import course
from fairaudit.documents.constraints import Count, Inside, MetricName, Moment, NotNegative, Number
from fairaudit.documents.parts import AuditSettings, Envelope, Interval, Part

if TYPE_CHECKING:
    import pandas as pd

Course = course.Course
"""What became of a difference, as every reader of a document has it from here."""
Side = Literal["worse", "better", "higher", "lower"]


class PointPart(Part):
    """One document, or folder of documents, by the `name` that it has in the order of time; `rows` are those that were used."""

    name: str
    file: str
    created: Moment
    input: str
    sha256: str | None
    rows: Count
    people: Count


class MonthPart(Part):
    """A rate of the group, and of everybody else, in one of the points; ``null`` with a `reason` where it is undefined."""

    point: str
    numerator: Count
    denominator: Count
    value: Number | None
    rest_numerator: Count
    rest_denominator: Count
    rest_value: Number | None
    reason: str | None


class SeriesPart(Part):
    """One rate of a group over the points, beside everybody else.

    `course` says what became of the difference: since, throughout, no longer, not shown or unknown; `side` on which side the group is, where it is shown. `since` is the
    first point of what comes after, and `perhaps` other points that say it nearly as well. `difference` (Mantel and Haenszel's weights) and `odds_ratio` are of the points that the
    course is about. `p_all`: both rates are equal in all points; `p_shift`: nothing begins or ends; `p_adjusted` is the smaller of both after Holm for all series.
    """

    attribute: str
    group: str
    metric: MetricName
    unknown: bool
    course: Course
    side: Side | None
    since: str | None
    perhaps: list[str]
    difference: Number | None
    odds_ratio: NotNegative | None
    odds_ratio_ci: Interval | None
    p_all: NotNegative | None
    p_shift: NotNegative | None
    p_adjusted: NotNegative | None
    p_homogeneous: NotNegative | None
    reason: str | None
    months: list[MonthPart]


class LackingPart(Part):
    """A group that is not in all points: in which it is `absent`, and whether it is new, has vanished, or was missing in between."""

    attribute: str
    group: str
    absent: list[str]
    status: Literal["new", "vanished", "missing in between"]


class HistoryDocument(Envelope):
    """``history.json``; `settings` are those of the last point. `left_out` are attributes that not all points have."""

    schema_: Literal["fairaudit/history/1"] = Field(default="fairaudit/history/1", alias="schema")
    settings: AuditSettings
    order: str
    metrics: list[MetricName]
    level: Inside
    method: str
    points: list[PointPart]
    series: list[SeriesPart]
    lacking: list[LackingPart]
    left_out: dict[str, str]

    def of(self, *courses: Course) -> list[SeriesPart]:
        """Return the series of some courses, the surest first."""
        return [s for s in self.series if s.course in courses]

    def to_frame(self) -> pd.DataFrame:
        """Return a flat frame: one row for each rate of each group in each point."""
        from fairaudit.documents.frames_of_time import history_frame

        return history_frame(self)
