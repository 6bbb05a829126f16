"""What several documents hold: notes, inputs, settings, counts, estimates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from fairaudit.disparity import verdicts
from fairaudit.documents.constraints import (
    CalledBy,
    Count,
    Inside,
    MetricName,
    Moment,
    NotNegative,
    Number,
    Tau,
    rising,
    within_range,
)
from fairaudit.errors import clipped
from fairaudit.settings.choices import (
    Answers,
    AuditOn,
    Decide,
    Effect,
    ModelFile,
    RateInterval,
    WeightKind,
)
from fairaudit.slices.grammar import EdgesFrom

Verdict = verdicts.Verdict
"""The answer to a question of fairness, as every reader of a document has it from here."""
Interval = tuple[Number, Number]
Weighed = Count | NotNegative
"""People, or the sum of their weights in a survey, scaled so that all people have so much together as they are."""
RatioInterval = tuple[Number, Number | None]
"""An upper limit of ``null`` says that there is none: nobody of the reference group is counted."""


def slice_named(attribute: str, group: str) -> str:
    """Name a slice by its attribute and group, cut where they are long."""
    return f"{clipped(attribute)} = {clipped(group)}"


class Part(BaseModel):
    """A part of a document: nothing may be missing, added or changed."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=False, populate_by_name=True, defer_build=True
    )


class NotePart(Part):
    """What was found while reading; a `warning` says that the numbers may be wrong until somebody has looked."""

    sentence: str
    warning: bool


class BadLinePart(Part):
    """A line that could not be read."""

    line: Count
    reason: str


class BadLinesPart(Part):
    """Lines that were left out because they could not be read: how many, how many of each reason, and the first of them."""

    count: Count
    reasons: dict[str, Count]
    first: list[BadLinePart]


class InputPart(Part):
    """What was read, and what was found there.

    `sha256_note` says why there is no hash, or of what it is if not of the file; `read_as` holds what was said of how the source is written.
    """

    name: str
    sha256: str | None
    bytes: Count | None
    rows: Count
    used: Count
    dropped: dict[str, Count]
    notes: list[NotePart] = Field(default_factory=list)
    sha256_note: str | None = None
    read_as: dict[str, str | list[str] | bool] = Field(default_factory=dict)
    bad_lines: BadLinesPart | None = None


class DecisionPart(Part):
    """How decisions came about, and how many people were selected."""

    kind: str
    column: str
    threshold: Number | None
    wanted: Count | None
    selected: Weighed | None
    chosen_by_user: bool
    sentence: str


class AttributePart(Part):
    """What people were grouped by; `edges` by column for those that were cut, and `edges_from` which rows these come from, or the user.

    `members` are the columns of groups that people may be in several of, or in none; they then are one column by the name of the attribute.
    """

    name: str
    columns: list[str]
    members: list[str] = Field(default_factory=list)
    edges: dict[str, list[Number]]
    edges_from: dict[str, EdgesFrom] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _edges_rise(self) -> Self:
        for column, edges in self.edges.items():
            if column not in self.columns:
                raise ValueError(f"edges of {clipped(column)!r}, which is none of the columns")
            rising(f"edges of {clipped(column)!r}", edges)
        return self


class AuditedOnPart(Part):
    """Which predictions for the rows of a training the verdict stands on, for how many people, and why; and what the `other` ones alone come to.

    `folds` are all rows, each scored by a model that never saw it; `test` are the rows that the stored model never saw.
    """

    rows: AuditOn
    people: Count
    reason: str
    other: AuditOn
    other_people: Count
    other_verdict: Verdict


class LabelFromPart(Part):
    """The column that a model was trained to predict, of which the labels were made, and its values that are label 1."""

    column: str
    positive: list[str]


class FittedPart(Part):
    """A model that was fitted before; it has no hash if it was handed over in memory.

    `features` are the columns that it was asked with, and scores are of the class `positive_class`. `ran_code` says that loading it ran code that its
    file chose; `trusted` are the types that were named as trusted.
    """

    file: str
    sha256: str | None
    kind: ModelFile
    estimator: str
    features: list[str]
    answers: Answers
    classes: list[str]
    positive_class: str | None
    ran_code: bool
    trusted: list[str]


class NewValuesPart(Part):
    """Values that a file of slices does not have: how many different ones there are, in how many rows, and the most frequent with their rows."""

    different: Count
    rows: Count
    named: dict[str, Count]


class OutsidePart(Part):
    """How many rows hold numbers below and above all that were seen when the slices were kept; they are in the outer ranges."""

    below: Count
    above: Count


class LockPart(Part):
    """The file of slices that was applied, and in what the rows depart from it.

    By the name of a slice: the `groups` that the file has, but for those of a missing value, those of them that have `vanished`, as nobody is left in them, and those that have `appeared`, as the file does not have them. By
    the name of a column, as it is grouped: the values that are `new`, and the rows `outside` of all that was seen.
    """

    file: str
    sha256: str
    groups: dict[str, list[str]] = Field(default_factory=dict)
    new: dict[str, NewValuesPart] = Field(default_factory=dict)
    vanished: dict[str, list[str]] = Field(default_factory=dict)
    appeared: dict[str, list[str]] = Field(default_factory=dict)
    outside: dict[str, OutsidePart] = Field(default_factory=dict)


class AuditSettings(Part):
    """All that can change a number of an audit.

    `ranked_by` is the metric that slices are ranked by, which changes their order; `slices` are the conditions behind attributes of their names;
    `lock` is the file of slices that was applied.
    """

    label: str | None
    score: str | None
    decision_column: str | None
    weight: str | None
    weight_kind: WeightKind | None = None
    id: str | None = None
    positive: list[str]
    scores: str
    decision: DecisionPart | None
    attributes: list[AttributePart]
    attributes_chosen: bool
    passed_over: dict[str, str]
    where: str | None
    slices: dict[str, str] = Field(default_factory=dict)
    lock: LockPart | None = None
    missing: str
    na_values: list[str] | None = None
    min_group_size: int
    unknown: list[str] = Field(default_factory=list)
    suppress_below: Count | None = None
    ranked_by: MetricName | None = None
    confidence: Inside
    interval: RateInterval
    bootstrap_replicates: Count
    bootstrap_seed: int
    reference: list[str] | None = None
    tau: Tau | None = None
    decide: Decide | None = None
    metrics: list[MetricName] | None = None
    effect: Effect | None = None
    words: CalledBy = Field(default_factory=dict)
    audit_on: AuditedOnPart | None = None
    label_from: LabelFromPart | None = None
    fitted: FittedPart | None = None

    @property
    def outcome(self) -> LabelFromPart | None:
        """The column that holds the outcome, as people know it, and its values that are positive; ``None`` without labels."""
        if self.label_from is not None or self.label is None:
            return self.label_from
        return LabelFromPart(column=self.label, positive=self.positive)


class CountsPart(Part):
    """People by decision and label; ``null`` where the input cannot tell."""

    tp: Weighed | None
    fp: Weighed | None
    fn: Weighed | None
    tn: Weighed | None
    selected: Weighed | None


class EstimatePart(Part):
    """A metric's value: `reason` says why it is ``null``, `ci_reason` why the interval is.

    Where people stand in several rows, numerator and denominator are rows, and `effective` is how many people the denominator is worth.
    """

    value: Number | None
    numerator: Weighed | None
    denominator: Weighed | None
    ci: Interval | None
    small: bool
    reason: str | None
    ci_reason: str | None
    effective: NotNegative | None = None

    @model_validator(mode="after")
    def _is_a_share_or_none(self) -> Self:
        if (self.numerator is None) != (self.denominator is None):
            raise ValueError("numerator and denominator belong together")
        return self


def _possible(metrics: dict[str, EstimatePart]) -> dict[str, EstimatePart]:
    within_range({name: estimate.value for name, estimate in metrics.items()})
    return metrics


Metrics = Annotated[dict[MetricName, EstimatePart], AfterValidator(_possible)]


class DistancePart(Part):
    """Slice minus everybody else, with its interval; `reason` explains a ``null``.

    `ci` is of a slice that was named beforehand. `joint_ci`, of the confidence `joint_confidence`, may be read of a slice that was chosen
    by its value: it holds for `chosen_from` slices together (Bonferroni). These are the slices of enough people; for one that is small, all.
    """

    difference: Number | None
    ci: Interval | None
    joint_ci: Interval | None
    joint_confidence: Number | None
    chosen_from: Count | None
    reason: str | None


class OpenPart(Part):
    """The `n` people who may be in a group or not."""

    n: Count
    counts: CountsPart


class GroupPart(Part):
    """One group of `n` people; where they stand in several rows, there are so many `rows`, and the counts are rows as well.

    `vs_rest` is the group minus everybody else, in the metrics that groups are ranked by. Of an `unknown` group it is not known who is in it; in one
    that has `vanished` there is nobody, and there was somebody when the slices were kept. Where groups may have people in common, those of `may_join` may be in it or
    not, as a column of members says nothing of them; they are not among everybody else.
    """

    attribute: str
    group: str
    n: Count
    share: Number
    small: bool
    counts: CountsPart
    metrics: Metrics
    vs_rest: dict[MetricName, DistancePart]
    rows: Count | None = None
    unknown: bool = False
    vanished: bool = False
    may_join: OpenPart | None = None


class GroupQualityPart(Part):
    """What is lacking in the data of a group of `rows`: rows dropped, by reason; values missing, by column.

    Of `labelled` rows the label is known, and `positives` of these have label 1; ``null`` where no labels were read. Where weights say how
    many people a row is, only the rows dropped are known by group.
    """

    attribute: str
    group: str
    rows: Count | None
    dropped: dict[str, Count]
    missing: dict[str, Count]
    labelled: Count | None
    positives: Count | None

    @model_validator(mode="after")
    def _are_of_the_rows(self) -> Self:
        dropped, labelled = sum(self.dropped.values()), self.labelled or 0
        if (self.rows is not None and max(dropped, labelled) > self.rows) or (self.positives or 0) > labelled:
            raise ValueError(
                f"{slice_named(self.attribute, self.group)}: more rows dropped, labels or positives than there can be"
            )
        return self


class OverallPart(Part):
    """Everybody; see `GroupPart`."""

    n: Count
    share: Number
    small: bool
    counts: CountsPart
    metrics: Metrics
    rows: Count | None = None


class Envelope(Part):
    """What every document begins with."""

    schema_: str = Field(alias="schema")
    fairaudit: str
    created: Moment
    command: str
    input: InputPart
    environment: dict[str, str]

    @property
    def all_notes(self) -> list[NotePart]:
        """What was found while reading."""
        return self.input.notes


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What the edge knows: the time, and the command that was given."""

    created: datetime
    command: str
