"""The document of a policy's answers."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from fairaudit.disparity.tested import Test
from fairaudit.documents.changed import MatchedPart
from fairaudit.documents.constraints import (
    Count,
    Inside,
    NotNegative,
    Number,
)
from fairaudit.documents.parts import (
    AuditSettings,
    Envelope,
    InputPart,
    Part,
    RatioInterval,
    Verdict,
    Weighed,
)
from fairaudit.gates import evaluate, policy
from fairaudit.settings import limits
from fairaudit.settings.choices import (
    Decide,
    FamilyOf,
)

if TYPE_CHECKING:
    import pandas as pd

Limit = limits.Limit
"""What a gate limits."""
OnUndecided = policy.OnUndecided
"""What becomes of a gate that the data leave open."""
Outcome = evaluate.Outcome
"""What became of a gate."""


class WaiverPart(Part):
    """A group of a gate whose failure is a warning until the end of a day; `holds` is whether that day was not over."""

    attribute: str
    group: str
    until: dt.date
    why: str
    holds: bool


class BaselinePart(Part):
    """With what gates on change compare: predictions, or the document of their results; and how its people were matched."""

    input: InputPart
    matched: MatchedPart | None
    from_document: bool


class FindingPart(Part):
    """What a gate found in one group: `value` is what is limited, `estimate` the metric in the group.

    A pass rests on the 90% interval, and so does a fail that the 95% one does not show; `p_fail` is that the value lies within the limits, corrected within
    the gate's family, `p_alone` without that.
    `needed` people of the group, or `needed_in_all` of the whole sample if all groups grow alike, would give an 80% chance of the verdict
    `needed_to`. `effective` and `reference_effective` are as in
    `DisparityPart`. Where the same people are in the group and in its baseline, `correlation` is that of both estimates. A group that is `waived` only warns.
    """

    attribute: str
    group: str
    n: Count
    value: Number | None
    estimate: Number | None
    numerator: Weighed | None
    denominator: Weighed | None
    reference_group: str | None
    reference_estimate: Number | None
    reference_numerator: Weighed | None
    reference_denominator: Weighed | None
    interval: RatioInterval | None
    interval_confidence: Inside | None
    verdict: Verdict
    p_fail: Number | None
    p_alone: Number | None
    comparisons: Count
    limit_test: Test | None = None
    needed: int | None
    needed_in_all: int | None = None
    needed_to: Verdict | None
    small: bool
    reason: str
    effective: NotNegative | None = None
    reference_effective: NotNegative | None = None
    correlation: Number | None = None
    waived: bool = False


class TooFewPart(Part):
    """A group that a gate does not judge, as it has fewer `people`, now or in the baseline, than the gate's `min_people`."""

    attribute: str
    group: str
    people: Count


class PlacePart(Part):
    """Where a gate stands: the path of its file, from the root of the repository, and the line, where that is known."""

    file: str
    line: Count | None


class GatePart(Part):
    """One gate of a policy, on the groups of `attributes` or, where there are none, on everybody, whose attribute and group are then empty; `named` by those who made it or by what it demands: the limits exactly as texts, `reason` of those who made it, and its findings, the worst first.

    `verdict` is that of the findings, `outcome` what the policy makes of it. `family_size` comparisons are corrected together, those of the
    gate alone or of all that say ``policy``, or of all that give the same `family_name`; `people` are everybody. Groups of fewer than `min_people` are among those that are
    `too_few`, and not judged. Of `columns` the missing values are counted, and findings are of those who lack one, as the group of an attribute ``missing(column)``.  Where it is `of_baseline`, each group is compared with itself in the baseline. `note` says why there are no findings, or what fails in the gate's own family only.
    """

    name: str
    named: bool = True
    metric: str
    limit: Limit
    attributes: list[str]
    ratio_within: str | None
    max_difference: str | None
    min: str | None
    max: str | None
    low: Number | None
    high: Number | None
    decide: Decide
    on_undecided: OnUndecided | None
    reference: list[str] | None
    reason: str | None
    family: FamilyOf
    family_size: Count
    verdict: Verdict
    outcome: Outcome
    note: str | None
    people: Count | None = None
    max_drop: str | None = None
    max_rise: str | None = None
    of_baseline: bool = False
    waivers: list[WaiverPart] = Field(default_factory=list)
    columns: list[str] | None = None
    min_people: Count | None = None
    too_few: list[TooFewPart] = Field(default_factory=list)
    family_name: str | None = None
    place: PlacePart | None = None
    findings: list[FindingPart]


class CheckDocument(Envelope):
    """``check.json``; `comparisons` are those of all gates that are decided by the interval."""

    schema_: Literal["fairaudit/check/1"] = Field(default="fairaudit/check/1", alias="schema")
    settings: AuditSettings
    verdict: Verdict
    exit_code: int
    sentence: str
    comparisons: Count
    baseline: BaselinePart | None = None
    gates: list[GatePart]

    def to_frame(self) -> pd.DataFrame:
        """Return a flat frame: one row for each group of each gate."""
        from fairaudit.documents import frames

        return frames.check_frame(self)
