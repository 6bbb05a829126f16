"""The JSON documents: their types, from which their schemas are generated, and how results become documents.

An undefined value is ``null`` beside its reason. Numbers are written in full precision.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any, Literal, Self, TypeVar, overload

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

import fairaudit
from fairaudit import effective
from fairaudit.aequitas_bridge import AequitasBias, AequitasFairness
from fairaudit.compare import Compared, Family, Pair, Test, worth
from fairaudit.config import (
    BOOTSTRAP_REPLICATES,
    BOOTSTRAP_SEED,
    CONFIDENCE,
    PASS_CONFIDENCE,
    Decide,
    FamilyOf,
    RateInterval,
    WeightKind,
    tau_text,
)
from fairaudit.count import Counts, ScoreCounts, Scored, Statistics
from fairaudit.errors import FileError, clipped
from fairaudit.gaps import Gap
from fairaudit.gates import Evaluated, Finding, GateResult, Limit, OnUndecided, Outcome
from fairaudit.gates import answer_sentence as gates_sentence
from fairaudit.judge import Judged, answer_sentence
from fairaudit.measure import BY_NAME, NOT_COMPUTED, Estimate, GroupMeasures, Measured
from fairaudit.read.notes import Note
from fairaudit.read.rows import Rows
from fairaudit.read.table import Checked
from fairaudit.render.constraints import (
    Count,
    Inside,
    MetricName,
    Moment,
    NotNegative,
    Number,
    ParityMetric,
    Tau,
    once,
    one_length,
    rising,
    same_keys,
    within_range,
)
from fairaudit.slices import Distance
from fairaudit.verdicts import Verdict

Interval = tuple[Number, Number]
Weighed = Count | NotNegative
"""People, or the sum of their weights in a survey, scaled so that all people have so much together as they are."""
RatioInterval = tuple[Number, Number | None]
"""An upper limit of ``null`` says that there is none: nobody of the reference group is counted."""
Ratios = tuple[NotNegative, NotNegative | None]


def _named(attribute: str, group: str) -> str:
    return f"{clipped(attribute)} = {clipped(group)}"


class _Part(BaseModel):
    """A part of a document: nothing may be missing, added or changed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, populate_by_name=True)


class NotePart(_Part):
    """What was found while reading; a `warning` says that the numbers may be wrong until somebody has looked."""

    sentence: str
    warning: bool


class InputPart(_Part):
    """What was read, and what was found there."""

    name: str
    sha256: str | None
    bytes: Count | None
    rows: Count
    used: Count
    dropped: dict[str, Count]
    notes: list[NotePart] = Field(default_factory=list)


class DecisionPart(_Part):
    """How decisions came about, and how many people were selected."""

    kind: str
    column: str
    threshold: Number | None
    wanted: Count | None
    selected: Weighed | None
    chosen_by_user: bool
    sentence: str


class AttributePart(_Part):
    """What people were grouped by; `edges` by column for those that were cut."""

    name: str
    columns: list[str]
    edges: dict[str, list[Number]]

    @model_validator(mode="after")
    def _edges_rise(self) -> Self:
        for column, edges in self.edges.items():
            if column not in self.columns:
                raise ValueError(f"edges of {clipped(column)!r}, which is none of the columns")
            rising(f"edges of {clipped(column)!r}", edges)
        return self


class AuditSettings(_Part):
    """All that can change a number of an audit."""

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
    missing: str
    na_values: list[str] | None = None
    min_group_size: int
    confidence: Inside
    interval: RateInterval
    bootstrap_replicates: Count
    bootstrap_seed: int
    reference: list[str] | None = None
    tau: Tau | None = None
    decide: Decide | None = None
    metrics: list[MetricName] | None = None


class CountsPart(_Part):
    """People by decision and label; ``null`` where the input cannot tell."""

    tp: Weighed | None
    fp: Weighed | None
    fn: Weighed | None
    tn: Weighed | None
    selected: Weighed | None


class EstimatePart(_Part):
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


class DistancePart(_Part):
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


class GroupPart(_Part):
    """One group of `n` people; where they stand in several rows, there are so many `rows`, and the counts are rows as well.

    `vs_rest` is the group minus everybody else, in the metrics that groups are ranked by.
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


class OverallPart(_Part):
    """Everybody; see `GroupPart`."""

    n: Count
    share: Number
    small: bool
    counts: CountsPart
    metrics: Metrics
    rows: Count | None = None


class Envelope(_Part):
    """What every document begins with."""

    schema_: str = Field(alias="schema")
    fairaudit: str
    created: Moment
    command: str
    input: InputPart
    environment: dict[str, str]


class GroupDocument(Envelope):
    """``group.json``."""

    schema_: Literal["fairaudit/group/1"] = Field(default="fairaudit/group/1", alias="schema")
    settings: AuditSettings
    overall: OverallPart
    groups: list[GroupPart]
    left_out: dict[str, str]

    @model_validator(mode="after")
    def _is_about_one_set_of_metrics(self) -> Self:
        once("groups", ((g.attribute, g.group) for g in self.groups))
        for g in self.groups:
            same_keys(
                f"metrics of {_named(g.attribute, g.group)}, and of everybody",
                g.metrics,
                self.overall.metrics,
            )
        return self


class DisparityPart(_Part):
    """A group against its reference group in one metric; `reason` and `interval_reason` explain each ``null``.

    `interval_confidence` says which of `ratio_ci` and `ratio_ci90` the verdict rests on. `p_value` is two-sided, of equal rates, by the named `test`; `p_adjusted` after Benjamini and Hochberg, within the family that the
    metric belongs to. `p_fail` is that the ratio lies within the tolerance, corrected for the family. `needed` people of the group, or `needed_in_all` of the whole sample if all groups grow alike, would give an 80% chance of the verdict `needed_to`; so many `flips`, decisions
    changed, would turn a narrow verdict. Where people stand in several rows, numerators and denominators are rows; `effective` and
    `reference_effective` say how many people the denominators are worth.
    """

    attribute: str
    group: str
    metric: ParityMetric
    n: Count
    value: Number | None
    numerator: Weighed | None
    denominator: Weighed | None
    reference_group: str | None
    reference_value: Number | None
    reference_numerator: Weighed | None
    reference_denominator: Weighed | None
    ratio: NotNegative | None
    ratio_ci: Ratios | None
    ratio_ci90: Ratios | None
    difference: Number | None
    difference_ci: Interval | None
    p_value: Number | None
    test: Test | None
    p_adjusted: Number | None
    comparisons: Count
    verdict: Verdict | None
    interval_confidence: Inside | None
    p_fail: Number | None
    needed: int | None
    needed_in_all: int | None = None
    needed_to: Verdict | None
    flips: Count | None
    reason: str | None
    interval_reason: str | None
    small: bool
    is_reference: bool
    aequitas_disparity: Number | None
    effective: NotNegative | None = None
    reference_effective: NotNegative | None = None

    @property
    def resting(self) -> tuple[int, Ratios | None]:
        """Give the confidence in percent, and the interval, that the verdict rests on."""
        if self.interval_confidence == PASS_CONFIDENCE:
            return 90, self.ratio_ci90
        return 95, self.ratio_ci


class AnswerPart(_Part):
    """The verdict of the audit, over the decisive parities, and of each attribute; the sentence says what it rests on."""

    verdict: Verdict
    attributes: dict[str, Verdict]
    sentence: str


class FamilyPart(_Part):
    """The hypotheses of equal rates whose p-values are adjusted together: `size` in the `metrics` that form the verdict, `others` in the rest.

    Two rates that are 1 minus each other are one hypothesis. Verdicts are about a band of ratios, which differs between such
    two; there each comparison counts.
    """

    metrics: list[ParityMetric]
    size: Count
    others: Count


class GapPart(_Part):
    """The largest gap of a metric between any two groups; its interval holds for all pairs together, and may reach 0."""

    attribute: str
    metric: str
    value: Number | None
    highest: str | None
    lowest: str | None
    ci: Interval | None
    reason: str | None


class _Judged(Envelope):
    """A document with verdicts, whose settings say how they came about."""

    settings: AuditSettings

    @model_validator(mode="after")
    def _has_a_rule(self) -> Self:
        settings = self.settings
        if settings.tau is None or settings.decide is None or settings.metrics is None:
            raise ValueError("settings: tau, decide and metrics belong to verdicts")
        return self

    @property
    def tolerance(self) -> str:
        """The tolerance as it was given."""
        return self.settings.tau or ""


class BiasDocument(_Judged):
    """``bias.json``, about so many `people`."""

    schema_: Literal["fairaudit/bias/1"] = Field(default="fairaudit/bias/1", alias="schema")
    settings: AuditSettings
    people: Count | None = None
    references: dict[str, str | dict[str, str]]
    family: FamilyPart
    answer: AnswerPart
    disparities: list[DisparityPart]
    gaps: list[GapPart]
    left_out: dict[str, str]

    @model_validator(mode="after")
    def _compares_every_group_in_all_metrics(self) -> Self:
        once("disparities", ((d.attribute, d.group, d.metric) for d in self.disparities))
        metrics = {d.metric for d in self.disparities}
        groups: dict[tuple[str, str], set[str]] = {}
        for d in self.disparities:
            groups.setdefault((d.attribute, d.group), set()).add(d.metric)
        for (attribute, group), mine in groups.items():
            same_keys(f"metrics of {_named(attribute, group)}, and of the other groups", mine, metrics)
            if attribute not in self.references:
                raise ValueError(f"references lack {clipped(attribute)!r}")
        if lacking := [m for m in self.family.metrics if groups and m not in metrics]:
            raise ValueError(f"family: no disparity is of {lacking[0]!r}")
        return self


class ParityPart(_Part):
    """A parity of one group; `verdict` is ``null`` for the reference group, `aequitas` for Aequitas's undefined.

    A pass rests on the 90% interval, and so does a fail that the 95% one does not show; `p_fail` is that the ratio lies within the tolerance, corrected for the family.
    `decisive` parities form the verdict.
    """

    attribute: str
    group: str
    parity: str
    metric: ParityMetric | None
    ratio: NotNegative | None
    verdict: Verdict | None
    reason: str
    interval: RatioInterval | None
    interval_confidence: Inside | None
    p_fail: Number | None
    decisive: bool
    small: bool
    aequitas: bool | None


class AttributeVerdictPart(_Part):
    """A parity of one attribute."""

    attribute: str
    parity: str
    verdict: Verdict
    reason: str
    aequitas: bool | None


class OverallVerdictPart(_Part):
    """A verdict over all attributes."""

    verdict: Verdict
    aequitas: bool | None


class FairnessDocument(_Judged):
    """``fairness.json``; ``settings.tau`` holds the tolerance exactly."""

    schema_: Literal["fairaudit/fairness/1"] = Field(default="fairaudit/fairness/1", alias="schema")
    settings: AuditSettings
    tau: Annotated[float, Field(gt=0, le=1)]
    references: dict[str, str | dict[str, str]]
    family: FamilyPart
    answer: AnswerPart
    parities: list[ParityPart]
    attributes: list[AttributeVerdictPart]
    overall: dict[str, OverallVerdictPart]

    @model_validator(mode="after")
    def _judges_once(self) -> Self:
        once("parities", ((p.attribute, p.group, p.parity) for p in self.parities))
        once("attributes", ((v.attribute, v.parity) for v in self.attributes))
        return self


class SlicePart(_Part):
    """One slice of the data; `vs_overall` is slice minus everybody, `vs_rest` slice minus everybody else, with uncertainty."""

    feature: str
    slice: str
    n: Count
    share: Number
    small: bool
    counts: CountsPart
    metrics: Metrics
    rows: Count | None = None
    vs_overall: dict[MetricName, Number | None]
    vs_rest: dict[MetricName, DistancePart]


class StatisticPart(_Part):
    """Descriptive statistics of one numeric column in one slice: `std` with n - 1, quartiles interpolated linearly."""

    feature: str
    slice: str
    column: str
    n: Count
    missing: Count
    mean: Number | None
    std: Number | None
    min: Number | None
    q1: Number | None
    median: Number | None
    q3: Number | None
    max: Number | None
    reason: str | None


class SlicesDocument(Envelope):
    """``slices.json``."""

    schema_: Literal["fairaudit/slices/1"] = Field(default="fairaudit/slices/1", alias="schema")
    settings: AuditSettings
    overall: OverallPart
    slices: list[SlicePart]
    statistics: list[StatisticPart] | None
    left_out: dict[str, str]

    @model_validator(mode="after")
    def _is_about_one_set_of_metrics(self) -> Self:
        once("slices", ((s.feature, s.slice) for s in self.slices))
        for s in self.slices:
            same_keys(
                f"metrics of {_named(s.feature, s.slice)}, and of everybody", s.metrics, self.overall.metrics
            )
            same_keys(f"metrics and vs_overall of {_named(s.feature, s.slice)}", s.metrics, s.vs_overall)
        return self


class ModelPart(_Part):
    """A fitted model; values of `params` that JSON cannot hold are written as text."""

    estimator: str
    params: dict[str, Any]
    features_in: list[str]
    features_out: list[str]
    dropped: list[str]
    classes: list[int]
    target: str
    positive: list[str]
    threshold: Number


class DataPart(_Part):
    """The data of a training; `missing` by column, where there is any."""

    rows: Count
    columns: Count
    missing: dict[str, Count]
    prevalence: dict[str, Number]


class SplitPart(_Part):
    """How rows were held out."""

    kind: str
    test_size: Number
    seed: int
    train: Count
    test: Count


class TrainSettings(_Part):
    """All that can change a number of a training."""

    model: str
    estimator: str | None
    params: dict[str, str]
    class_weight: str | None
    test_size: Number
    seed: int
    threshold: Number
    target: str
    positive: list[str]
    drop: list[str]
    where: str | None
    missing: str
    na_values: list[str] | None = None


class ScoreCountsPart(_Part):
    """How many people of a group stand between neighbouring thresholds: below the first, from each to below the next, from the last on.

    All lists are one number longer than that of the thresholds. `positives` are those with label 1, ``null`` without labels; `score_sums` are ``null`` where scores are no probabilities. Both names are
    empty for everybody. A row, or a weight of 1, is at least `worth` so many people, where people may stand in several rows or have weights.
    """

    attribute: str
    group: str
    people: list[Weighed]
    positives: list[Weighed] | None
    score_sums: list[Number] | None
    worth: Annotated[float, Field(gt=0)] = 1.0

    @model_validator(mode="after")
    def _lists_are_of_one_length(self) -> Self:
        one_length(people=self.people, positives=self.positives, score_sums=self.score_sums)
        for people, positives in zip(self.people, self.positives or self.people, strict=True):
            if positives > people:
                raise ValueError(f"positives: {positives:,} of {people:,} people")
        return self


class ScoresDocument(Envelope):
    """``scores.json``: the scores of every group, counted between thresholds; there is none where scores are decisions."""

    schema_: Literal["fairaudit/scores/1"] = Field(default="fairaudit/scores/1", alias="schema")
    settings: AuditSettings
    thresholds: list[Number]
    overall: ScoreCountsPart
    groups: list[ScoreCountsPart]

    @model_validator(mode="after")
    def _lists_fit_the_thresholds(self) -> Self:
        rising("thresholds", self.thresholds)
        once("groups", ((g.attribute, g.group) for g in self.groups))
        for part in (self.overall, *self.groups):
            whose = _named(part.attribute, part.group) if part.attribute else "everybody"
            if len(part.people) != len(self.thresholds) + 1:
                raise ValueError(
                    f"people of {whose} have to be one number more than the {len(self.thresholds):,} thresholds, and are {len(part.people):,}"
                )
            for name in ("positives", "score_sums"):
                if (getattr(part, name) is None) != (getattr(self.overall, name) is None):
                    raise ValueError(f"{name} of {whose}, and of everybody: one is null and the other is not")
        return self


class TrainDocument(Envelope):
    """``train.json``."""

    schema_: Literal["fairaudit/train/1"] = Field(default="fairaudit/train/1", alias="schema")
    settings: TrainSettings
    model: ModelPart
    data: DataPart
    split: SplitPart
    metrics: dict[Literal["train", "test"], Metrics]
    predictions_sha256: str
    warnings: list[str]

    @model_validator(mode="after")
    def _measures_both_sides(self) -> Self:
        same_keys("metrics, and train and test", self.metrics, ("train", "test"))
        same_keys("metrics of train, and of test", self.metrics["train"], self.metrics["test"])
        return self


class FoldPart(_Part):
    """One fold; `repeat` counts from 1, and so does `fold` within it; `reasons` explain each ``null``."""

    repeat: Count
    fold: Count
    n: Count
    metrics: dict[MetricName, Number | None]
    reasons: dict[str, str]


class SpreadPart(_Part):
    """A metric over folds: `std` with n - 1 folds; `folds` is how many of them define it; `reason` explains a ``null``."""

    mean: Number | None
    std: Number | None
    min: Number | None
    max: Number | None
    folds: Count
    reason: str | None


class FoldSlicePart(_Part):
    """One slice over the folds of a cross-validation; `n` is people per repeat."""

    feature: str
    slice: str
    n: Count
    small: bool
    metrics: dict[MetricName, SpreadPart]


class CvSettings(_Part):
    """All that can change a number of a cross-validation."""

    model: str
    estimator: str | None
    params: dict[str, str]
    class_weight: str | None
    folds: Count
    repeats: Count
    seed: int
    threshold: Number
    target: str
    positive: list[str]
    drop: list[str]
    attributes: list[AttributePart]
    where: str | None
    missing: str
    na_values: list[str] | None = None


class CvDocument(Envelope):
    """``cv.json``."""

    schema_: Literal["fairaudit/cv/1"] = Field(default="fairaudit/cv/1", alias="schema")
    settings: CvSettings
    model: ModelPart
    data: DataPart
    folds: list[FoldPart]
    summary: dict[MetricName, SpreadPart]
    slices: list[FoldSlicePart]
    predictions_sha256: str
    warnings: list[str]

    @model_validator(mode="after")
    def _is_about_one_set_of_metrics(self) -> Self:
        once("slices", ((s.feature, s.slice) for s in self.slices))
        for fold in self.folds:
            same_keys(f"metrics of fold {fold.fold}, and of the summary", fold.metrics, self.summary)
            within_range(fold.metrics)
        for spreads in (self.summary, *(s.metrics for s in self.slices)):
            for part in ("mean", "min", "max"):
                within_range({name: getattr(spread, part) for name, spread in spreads.items()})
        for s in self.slices:
            same_keys(
                f"metrics of {_named(s.feature, s.slice)}, and of the first slice",
                s.metrics,
                self.slices[0].metrics,
            )
        return self


class PredictSettings(_Part):
    """All that can change a prediction."""

    model_sha256: str
    threshold: Number
    target: str
    strict: bool = False
    na_values: list[str] | None = None


class PredictDocument(Envelope):
    """``predict.json``; `unknown_categories` counts, by column and value, what the model never saw."""

    schema_: Literal["fairaudit/predict/1"] = Field(default="fairaudit/predict/1", alias="schema")
    settings: PredictSettings
    selected: Count
    unknown_categories: dict[str, dict[str, Count]]
    predictions_sha256: str
    warnings: list[str]


class FindingPart(_Part):
    """What a gate found in one group: `value` is what is limited, `estimate` the metric in the group.

    A pass rests on the 90% interval, and so does a fail that the 95% one does not show; `p_fail` is that the value lies within the limits, corrected within
    the gate's family, `p_alone` without that.
    `needed` people of the group, or `needed_in_all` of the whole sample if all groups grow alike, would give an 80% chance of the verdict
    `needed_to`. `effective` and `reference_effective` are as in
    `DisparityPart`.
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
    needed: int | None
    needed_in_all: int | None = None
    needed_to: Verdict | None
    small: bool
    reason: str
    effective: NotNegative | None = None
    reference_effective: NotNegative | None = None


class GatePart(_Part):
    """One gate of a policy: the limits exactly as texts, `reason` of those who made it, and its findings, the worst first.

    `verdict` is that of the findings, `outcome` what the policy makes of it. `family_size` comparisons are corrected together, those of the
    gate alone or of all that say ``policy``; `people` are everybody. `note` says why there are no findings, or what fails in the gate's own family only.
    """

    name: str
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
    findings: list[FindingPart]


class CheckDocument(Envelope):
    """``check.json``; `comparisons` are those of all gates that are decided by the interval."""

    schema_: Literal["fairaudit/check/1"] = Field(default="fairaudit/check/1", alias="schema")
    settings: AuditSettings
    verdict: Verdict
    exit_code: int
    sentence: str
    comparisons: Count
    gates: list[GatePart]


class ByPart(_Part):
    """The audit of the rows with one value, whose documents lie in `folder`; `worst` is its worst finding in words."""

    value: str
    folder: str
    people: Count
    rows: Count
    verdict: Verdict
    sentence: str
    worst: str | None
    worst_verdict: Verdict | None


class ByDocument(Envelope):
    """``by.json``: one audit for each value of a column; `where` is what holds for all of them."""

    schema_: Literal["fairaudit/by/1"] = Field(default="fairaudit/by/1", alias="schema")
    column: str
    where: str | None
    audits: list[ByPart]


AnyDocument = (
    GroupDocument
    | ByDocument
    | CheckDocument
    | BiasDocument
    | FairnessDocument
    | SlicesDocument
    | ScoresDocument
    | TrainDocument
    | CvDocument
    | PredictDocument
)
DOCUMENTS: Mapping[str, type[AnyDocument]] = {
    "train": TrainDocument,
    "cv": CvDocument,
    "predict": PredictDocument,
    "slices": SlicesDocument,
    "group": GroupDocument,
    "scores": ScoresDocument,
    "bias": BiasDocument,
    "fairness": FairnessDocument,
    "check": CheckDocument,
    "by": ByDocument,
}
"""By the name that stands in the document's ``schema`` and that ``fairaudit schema`` takes; the file is NAME.json."""
_D = TypeVar("_D", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What the edge knows: the time, and the command that was given."""

    created: datetime
    command: str


def environment(*packages: str) -> dict[str, str]:
    """Give the versions of Python and of the named packages."""
    import platform

    found = {"python": platform.python_version()}
    for package in ("duckdb", *packages):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "unknown"
    return found


def group_document(
    checked: Checked,
    measured: Measured,
    stamp: Stamp,
    *,
    settings: AuditSettings,
    distances: Sequence[Mapping[str, Distance]],
) -> GroupDocument:
    """Write the group report, with the groups' distances from everybody else."""
    return GroupDocument(
        **_of(checked, stamp),
        settings=settings,
        overall=_overall(measured, checked),
        groups=[
            GroupPart(
                attribute=g.attribute,
                group=g.group,
                share=_share(g, measured),
                vs_rest=distance_parts(away),
                **_measures(g, checked),
            )
            for g, away in zip(measured.groups, distances, strict=True)
        ],
        left_out=dict(measured.left_out),
    )


def bias_document(
    checked: Checked,
    compared: Compared,
    judged: Judged,
    gaps: Sequence[Gap],
    aequitas: AequitasBias,
    stamp: Stamp,
    *,
    settings: AuditSettings,
) -> BiasDocument:
    """Write the bias report."""
    verdicts = {(p.attribute, p.group, p.metric): p for p in judged.parities if p.metric}
    sizes = {(g.attribute, g.group): g.counts.people for g in compared.measured.groups}
    clustered = compared.measured.overall.counts.clusters is not None
    return BiasDocument(
        **_of(checked, stamp, "aequitas", "pandas"),
        settings=settings,
        people=compared.measured.overall.counts.people,
        references=_references(compared),
        family=_family(compared.family),
        answer=_answer(judged),
        disparities=[
            DisparityPart(
                attribute=d.attribute,
                group=d.group,
                metric=d.metric,
                n=sizes[d.attribute, d.group],
                value=d.estimate.value,
                numerator=_weighed(d.estimate.numerator, checked.part),
                denominator=_weighed(d.estimate.denominator, checked.part),
                reference_group=d.reference_group,
                reference_value=d.reference.value if d.reference else None,
                reference_numerator=_weighed(d.reference.numerator if d.reference else None, checked.part),
                reference_denominator=_weighed(
                    d.reference.denominator if d.reference else None, checked.part
                ),
                ratio=_float(d.ratio),
                ratio_ci=d.ratio_ci,
                ratio_ci90=d.ratio_ci90,
                difference=_float(d.difference),
                difference_ci=d.difference_ci,
                p_value=d.p_value,
                test=d.test,
                p_adjusted=d.p_adjusted,
                comparisons=d.comparisons,
                verdict=parity.verdict,
                interval_confidence=parity.confidence,
                p_fail=parity.p_fail,
                needed=parity.needed,
                needed_in_all=parity.needed_in_all,
                needed_to=parity.needed_to,
                flips=parity.flips,
                reason=d.ratio_reason or None,
                interval_reason=d.interval_reason or None,
                small=d.small,
                is_reference=d.is_reference,
                aequitas_disparity=aequitas.disparities.get((d.attribute, d.group, d.metric)),
                **_worth(d.pair if clustered else None),
            )
            for d in compared.disparities
            for parity in (verdicts[d.attribute, d.group, d.metric],)
        ],
        gaps=[
            GapPart(
                attribute=gap.attribute,
                metric=gap.metric,
                value=_float(gap.value),
                highest=gap.highest,
                lowest=gap.lowest,
                ci=gap.ci,
                reason=gap.reason or None,
            )
            for gap in gaps
        ],
        left_out={name: why for name, why in compared.measured.left_out.items() if BY_NAME[name].parity},
    )


def fairness_document(
    checked: Checked,
    compared: Compared,
    judged: Judged,
    aequitas: AequitasFairness,
    stamp: Stamp,
    *,
    settings: AuditSettings,
) -> FairnessDocument:
    """Write the fairness report."""
    small = {(d.attribute, d.group, d.metric): d.small for d in compared.disparities}
    few = {(g.attribute, g.group): g.small for g in compared.measured.groups}
    return FairnessDocument(
        **_of(checked, stamp, "aequitas", "pandas"),
        settings=settings,
        tau=float(judged.tau),
        references=_references(compared),
        family=_family(judged.family),
        answer=_answer(judged),
        parities=[
            ParityPart(
                attribute=p.attribute,
                group=p.group,
                parity=p.parity,
                metric=p.metric,
                ratio=_float(p.ratio),
                verdict=p.verdict,
                reason=p.reason,
                interval=p.interval,
                interval_confidence=p.confidence,
                p_fail=p.p_fail,
                decisive=p.decisive,
                small=small.get((p.attribute, p.group, p.metric or ""), few[p.attribute, p.group]),
                aequitas=aequitas.groups.get((p.attribute, p.group, p.parity)),
            )
            for p in judged.parities
        ],
        attributes=[
            AttributeVerdictPart(
                attribute=v.attribute,
                parity=v.parity,
                verdict=v.verdict,
                reason=v.reason,
                aequitas=aequitas.attributes.get((v.attribute, v.parity)),
            )
            for v in judged.attributes
        ],
        overall={
            key: OverallVerdictPart(verdict=verdict, aequitas=aequitas.overall.get(key))
            for key, verdict in judged.overall.items()
        },
    )


def slices_document(
    checked: Checked,
    measured: Measured,
    stamp: Stamp,
    *,
    settings: AuditSettings,
    distances: Sequence[Mapping[str, Distance]],
    statistics: Sequence[StatisticPart] | None = None,
) -> SlicesDocument:
    """Write the slices with their distance from everybody, and from everybody else."""
    overall = measured.overall.estimates
    return SlicesDocument(
        **_of(checked, stamp),
        settings=settings,
        overall=_overall(measured, checked),
        slices=[
            SlicePart(
                feature=g.attribute,
                slice=g.group,
                share=_share(g, measured),
                vs_overall={name: _minus(e.value, overall[name].value) for name, e in g.estimates.items()},
                vs_rest=distance_parts(away),
                **_measures(g, checked),
            )
            for g, away in zip(measured.groups, distances, strict=True)
        ],
        statistics=None if statistics is None else list(statistics),
        left_out=dict(measured.left_out),
    )


def distance_parts(found: Mapping[str, Distance]) -> dict[str, DistancePart]:
    """Write how far a slice is from everybody else, by metric."""
    return {
        name: DistancePart(
            difference=d.difference,
            ci=d.ci,
            joint_ci=d.joint_ci,
            joint_confidence=d.joint_confidence,
            chosen_from=d.chosen_from,
            reason=d.reason or None,
        )
        for name, d in found.items()
    }


def check_document(
    checked: Checked, evaluated: Evaluated, stamp: Stamp, *, settings: AuditSettings
) -> CheckDocument:
    """Write the answers to a policy."""
    return CheckDocument(
        **_of(checked, stamp, "numpy", "scipy"),
        settings=settings,
        verdict=evaluated.verdict,
        exit_code=evaluated.exit_code,
        sentence=gates_sentence(evaluated),
        comparisons=evaluated.comparisons,
        gates=[_gate(result, checked, evaluated.people) for result in evaluated.results],
    )


def _gate(result: GateResult, checked: Checked, people: int) -> GatePart:
    gate = result.gate
    return GatePart(
        name=gate.name,
        metric=gate.metric,
        limit=gate.limit,
        attributes=list(gate.attributes),
        ratio_within=_exact_text(gate.ratio_within),
        max_difference=_exact_text(gate.max_difference),
        min=_exact_text(gate.min),
        max=_exact_text(gate.max),
        low=_float(gate.band.low),
        high=_float(gate.band.high),
        decide=gate.decide,
        on_undecided=gate.on_undecided,
        reference=list(gate.reference) or None,
        reason=gate.reason or None,
        family=gate.family,
        family_size=result.family,
        verdict=result.verdict,
        outcome=result.outcome,
        note=result.reason or None,
        people=people,
        findings=[_finding(finding, checked) for finding in result.findings],
    )


def _worth(pair: Pair | None) -> dict[str, float | None]:
    """Write how many people the denominators of two rates are worth, where people stand in several rows."""
    return {
        "effective": pair[1] if pair else None,
        "reference_effective": pair[3] if pair and pair[3] else None,
    }


def _finding(finding: Finding, checked: Checked) -> FindingPart:
    mine, theirs = finding.estimate, finding.reference
    return FindingPart(
        attribute=finding.attribute,
        group=finding.group,
        n=finding.n,
        value=None if finding.value is None else float(finding.value),
        estimate=mine.value,
        numerator=_weighed(mine.numerator, checked.part),
        denominator=_weighed(mine.denominator, checked.part),
        reference_group=finding.reference_group,
        reference_estimate=theirs.value if theirs else None,
        reference_numerator=_weighed(theirs.numerator if theirs else None, checked.part),
        reference_denominator=_weighed(theirs.denominator if theirs else None, checked.part),
        interval=finding.interval,
        interval_confidence=finding.confidence,
        verdict=finding.verdict,
        p_fail=finding.p_fail,
        p_alone=finding.p_alone,
        comparisons=finding.comparisons,
        needed=finding.needed,
        needed_in_all=finding.needed_in_all,
        needed_to=finding.needed_to,
        small=finding.small,
        reason=finding.reason,
        **_worth(worth(mine, theirs) if checked.clustered and mine.denominator else None),
    )


def _exact_text(value: Fraction | None) -> str | None:
    if value is None:
        return None
    return tau_text(value) if value >= 0 else f"-{tau_text(-value)}"


def scores_document(
    checked: Checked, scored: Scored, measured: Measured, stamp: Stamp, *, settings: AuditSettings
) -> ScoresDocument:
    """Write the counted scores."""
    worths = {
        (g.attribute, g.group): effective.least_worth(g.counts, checked.part)
        for g in (measured.overall, *measured.groups)
    }

    def part(counts: ScoreCounts) -> ScoreCountsPart:
        return ScoreCountsPart(
            attribute=counts.attribute,
            group=counts.group,
            people=[_weighed(people, checked.part) for people in counts.people],
            positives=None
            if counts.positives is None
            else [_weighed(people, checked.part) for people in counts.positives],
            score_sums=None
            if counts.score_sums is None
            else [float(total * checked.part) for total in counts.score_sums],
            worth=worths.get((counts.attribute, counts.group), 1.0),
        )

    return ScoresDocument(
        **_of(checked, stamp),
        settings=settings,
        thresholds=list(scored.thresholds),
        overall=part(scored.overall),
        groups=[part(group) for group in scored.groups],
    )


def audit_settings(
    checked: Checked,
    *,
    min_group_size: int,
    missing: str,
    na_values: Sequence[str] | None,
    selected: int | None,
    interval: RateInterval,
    reference: Sequence[str] | None = None,
    tau: Fraction | None = None,
    decide: Decide | None = None,
    metrics: Sequence[str] | None = None,
) -> AuditSettings:
    """Write down all that can change a number."""
    rule = checked.rule
    return AuditSettings(
        label=checked.roles.label,
        score=checked.roles.score,
        decision_column=checked.roles.decision,
        weight=checked.roles.weight,
        weight_kind=checked.weight_kind,
        id=checked.roles.id,
        positive=list(checked.positive),
        scores=checked.scores.value,
        decision=None
        if rule is None
        else DecisionPart(
            kind=rule.kind.value,
            column=rule.column,
            threshold=rule.threshold,
            wanted=rule.wanted,
            selected=_weighed(selected, checked.part),
            chosen_by_user=rule.given,
            sentence=rule.sentence,
        ),
        attributes=attribute_parts(checked),
        attributes_chosen=checked.chosen,
        passed_over=dict(checked.passed_over),
        where=checked.rows.where,
        missing=missing,
        na_values=None if na_values is None else list(na_values),
        min_group_size=min_group_size,
        confidence=CONFIDENCE,
        interval=interval,
        bootstrap_replicates=BOOTSTRAP_REPLICATES,
        bootstrap_seed=BOOTSTRAP_SEED,
        reference=None if reference is None else list(reference),
        tau=None if tau is None else tau_text(tau),
        decide=decide,
        metrics=None if metrics is None else list(metrics),
    )


def attribute_parts(checked: Checked) -> list[AttributePart]:
    """Write down the attributes with the edges of their cuts."""
    return [
        AttributePart(
            name=attribute.name,
            columns=[d.column for d in attribute.dimensions],
            edges={
                checked.dimensions[i].column: list(checked.edges[i])
                for i in checked.groups_of(attribute)
                if i in checked.edges
            },
        )
        for attribute in checked.attributes
    ]


def estimate_part(
    estimate: Estimate, *, clustered: bool = False, part: Fraction = Fraction(1)
) -> EstimatePart:
    """Write one metric; with how many people its rows are worth, if people may stand in several of them or have weights."""
    return EstimatePart(
        value=estimate.value,
        numerator=_weighed(estimate.numerator, part),
        denominator=_weighed(estimate.denominator, part),
        ci=estimate.ci,
        small=estimate.small,
        reason=estimate.reason or None,
        ci_reason=None if estimate.ci else estimate.ci_reason or estimate.reason or NOT_COMPUTED,
        effective=estimate.trials if clustered and estimate.denominator is not None else None,
    )


def dump(document: BaseModel) -> str:
    """Write a document as JSON text: keys in their order, two spaces, numbers in full precision."""
    return document.model_dump_json(by_alias=True, indent=2) + "\n"


def load(kind: type[_D], content: str, *, file: str) -> _D:
    """Read a document back.

    Raises
    ------
    FileError
        If the text is not such a document; the first place that differs is named.
    """
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        # Where there is a choice of types, pydantic names the one that was tried.
        parts = [clipped(str(part)) for part in first["loc"] if not str(part).startswith("constrained-")]
        place = ".".join(parts) or "the document"
        why = first["msg"].removeprefix("Value error, ")
        raise FileError(
            file, f"is not what fairaudit {fairaudit.__version__} writes: {place}: {why}"
        ) from None


def json_schema(kind: type[BaseModel]) -> dict[str, Any]:
    """Give the JSON Schema (draft 2020-12) of a document, as it is written."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **kind.model_json_schema(by_alias=True, mode="serialization"),
    }


def envelope(
    rows: Rows,
    used: int,
    dropped: Mapping[str, int],
    stamp: Stamp,
    *packages: str,
    notes: Iterable[Note] = (),
) -> dict[str, Any]:
    """Write what every document begins with; `packages` are those whose versions can change a number."""
    source = rows.source
    return {
        "fairaudit": fairaudit.__version__,
        "created": stamp.created,
        "command": stamp.command,
        "input": InputPart(
            name=source.name,
            sha256=source.sha256,
            bytes=source.bytes,
            rows=rows.rows,
            used=used,
            dropped=dict(dropped),
            notes=[NotePart(sentence=note.sentence, warning=note.warning) for note in notes],
        ),
        "environment": environment(*packages),
    }


def statistic_part(statistics: Statistics) -> StatisticPart:
    """Write the statistics of one column in one slice."""
    return StatisticPart(
        feature=statistics.attribute,
        slice=statistics.group,
        column=statistics.column,
        n=statistics.n,
        missing=statistics.missing,
        mean=statistics.mean,
        std=statistics.std,
        min=statistics.min,
        q1=statistics.q1,
        median=statistics.median,
        q3=statistics.q3,
        max=statistics.max,
        reason=statistics.reason,
    )


def _of(checked: Checked, stamp: Stamp, *packages: str) -> dict[str, Any]:
    return envelope(checked.rows, checked.used, checked.dropped, stamp, *packages, notes=checked.notes)


def _references(compared: Compared) -> dict[str, str | dict[str, str]]:
    return {
        attribute: found if isinstance(found, str) else dict(found)
        for attribute, found in compared.references.groups.items()
    }


def _answer(judged: Judged) -> AnswerPart:
    return AnswerPart(
        verdict=judged.verdict, attributes=dict(judged.by_attribute), sentence=answer_sentence(judged)
    )


def _family(family: Family) -> FamilyPart:
    return FamilyPart(metrics=list(family.metrics), size=family.size, others=family.others)


def _overall(measured: Measured, checked: Checked) -> OverallPart:
    return OverallPart(share=1.0, **_measures(measured.overall, checked))


def _measures(group: GroupMeasures, checked: Checked) -> dict[str, Any]:
    clusters = group.counts.clusters
    rows = None
    if clusters is not None and checked.roles.id is not None:
        rows = group.counts.n if clusters.rows is None else sum(clusters.rows)
    return {
        "n": group.counts.people,
        "small": group.small,
        "counts": _counts(group.counts, checked.part),
        "metrics": {
            name: estimate_part(estimate, clustered=clusters is not None, part=checked.part)
            for name, estimate in group.estimates.items()
        },
        "rows": rows,
    }


def _counts(counts: Counts, part: Fraction) -> CountsPart:
    cells = ("tp", "fp", "fn", "tn", "selected")
    return CountsPart(**{cell: _weighed(getattr(counts, cell), part) for cell in cells})


@overload
def _weighed(count: int, part: Fraction) -> float: ...
@overload
def _weighed(count: int | None, part: Fraction) -> float | None: ...
def _weighed(count: int | None, part: Fraction) -> float | None:
    """Write people, or their weight."""
    return count if count is None or part == 1 else float(count * part)


def _share(group: GroupMeasures, measured: Measured) -> float:
    return group.counts.n / measured.overall.counts.n


def _minus(value: float | None, overall: float | None) -> float | None:
    return None if value is None or overall is None else value - overall


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)
