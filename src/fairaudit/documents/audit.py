"""The documents of an audit: groups, disparities, verdicts, slices, scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from fairaudit.disparity.tested import Correction, Test
from fairaudit.disparity.verdicts import ALPHA, combine
from fairaudit.documents import within as strata_of
from fairaudit.documents.constraints import (
    Count,
    Inside,
    MetricName,
    NotNegative,
    Number,
    ParityMetric,
    once,
    one_length,
    rising,
    same_keys,
)
from fairaudit.documents.parts import (
    AuditSettings,
    CountsPart,
    DistancePart,
    Envelope,
    Interval,
    Metrics,
    OverallPart,
    Part,
    RatioInterval,
    Verdict,
    Weighed,
    slice_named,
)
from fairaudit.errors import clipped
from fairaudit.inference.multiplicity import family_size
from fairaudit.settings.choices import (
    PASS_CONFIDENCE,
)
from fairaudit.settings.limits import Band, level_percent, tolerance_band
from fairaudit.settings.numbers import parse_tau

if TYPE_CHECKING:
    import pandas as pd

Ratios = tuple[NotNegative, NotNegative | None]


class DisparityPart(Part):
    """A group against its reference group in one metric; `reason` and `interval_reason` explain each ``null``.

    `interval_confidence` says which of `ratio_ci`, `ratio_ci90` and `ratio_ci_corrected` the verdict rests on; the last is there where only the correction
    for many comparisons leaves it undecided, and has the confidence that allows for all of these. `p_value` is two-sided, of equal rates, by the named `test`; `p_adjusted` after Benjamini and Hochberg, within the family that the
    metric belongs to. `p_fail` is that the ratio lies within the tolerance, corrected for the family, and `p_alone` without that; `p_pass` that it lies outside; both by `limit_test`. `needed` people of the group, or `needed_in_all` of the whole sample if all groups grow alike, would give an 80% chance of the verdict `needed_to`; so many `flips`, decisions
    changed, would turn a narrow verdict. Where people stand in several rows, numerators and denominators are rows; `effective` and
    `reference_effective` say how many people the denominators are worth. Of `unknown` groups it is not known who is in them, and they are not judged; in those that
    have `vanished` there is nobody, and there was somebody when the slices were kept.
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
    ratio_ci_corrected: Ratios | None = None
    difference: Number | None
    difference_ci: Interval | None
    p_value: Number | None
    test: Test | None
    p_adjusted: Number | None
    comparisons: Count
    verdict: Verdict | None
    interval_confidence: Inside | None
    p_fail: Number | None
    p_alone: Number | None = None
    p_pass: Number | None = None
    limit_test: Test | None = None
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
    unknown: bool = False
    vanished: bool = False

    @property
    def beyond_chance(self) -> bool:
        """Tell whether the rates surely differ, by however little: whether the adjusted p-value of equal rates is small."""
        return self.p_adjusted is not None and self.p_adjusted <= ALPHA

    @property
    def resting(self) -> tuple[float, Ratios | None]:
        """Return the confidence in percent, and the interval, that the verdict rests on."""
        if self.ratio_ci_corrected is not None and self.interval_confidence is not None:
            return level_percent(self.interval_confidence), self.ratio_ci_corrected
        if self.interval_confidence == PASS_CONFIDENCE:
            return 90, self.ratio_ci90
        return 95, self.ratio_ci


class AnswerPart(Part):
    """The verdict of the audit, over the decisive parities, and of each attribute; the sentence says what it rests on."""

    verdict: Verdict
    attributes: dict[str, Verdict]
    sentence: str


class FamilyPart(Part):
    """The hypotheses of equal rates whose p-values are adjusted together: `size` in the `metrics` that form the verdict, `others` in the rest.

    Two rates that are 1 minus each other are one hypothesis. Verdicts are about a band of ratios, which differs between such
    two; there each comparison counts. `correction` is that of the p-values of verdicts; ``null`` by the point.
    """

    metrics: list[ParityMetric]
    size: Count
    others: Count
    correction: Correction | None = None


class GapPart(Part):
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

    @property
    def band(self) -> Band:
        """The ratios that are tolerated."""
        return tolerance_band(parse_tau(self.tolerance))


class WithinPart(Part):
    """A gap that fails, and that among people who are alike in `other` is no longer beyond what is tolerated: `ratio` is what is left of it (Mantel-Haenszel).

    `strata` tells what the strata say, and whether they contradict all people together.
    """

    attribute: str
    group: str
    metric: ParityMetric
    other: str
    ratio: NotNegative
    strata: strata_of.WithinPart | None = None


class AlikePart(Part):
    """Groups of two attributes that are nearly the same people: `share` of those in either are in both."""

    attribute: str
    group: str
    other: str
    other_group: str
    share: NotNegative


class BiasDocument(_Judged):
    """``bias.json``, about so many `people`; of `unaudited` columns, if they are few, it is not known whether they stand behind a gap.

    `strata` is what is left of gaps in selection rates within strata, where somebody asked.
    """

    schema_: Literal["fairaudit/bias/1"] = Field(default="fairaudit/bias/1", alias="schema")
    settings: AuditSettings
    people: Count | None = None
    references: dict[str, str | dict[str, str]]
    family: FamilyPart
    answer: AnswerPart
    disparities: list[DisparityPart]
    gaps: list[GapPart]
    left_out: dict[str, str]
    within: list[WithinPart] = Field(default_factory=list)
    strata: list[strata_of.WithinPart] | None = None
    alike: list[AlikePart] = Field(default_factory=list)
    unaudited: list[str] = Field(default_factory=list)

    def to_frame(self) -> pd.DataFrame:
        """Return a flat frame: one row for each group and metric, against the reference group."""
        from fairaudit.documents import frames

        return frames.bias_frame(self)

    @model_validator(mode="after")
    def _compares_every_group_in_all_metrics(self) -> Self:
        once("disparities", ((d.attribute, d.group, d.metric) for d in self.disparities))
        metrics = {d.metric for d in self.disparities}
        groups: dict[tuple[str, str], set[str]] = {}
        for d in self.disparities:
            groups.setdefault((d.attribute, d.group), set()).add(d.metric)
        for (attribute, group), own in groups.items():
            same_keys(f"metrics of {slice_named(attribute, group)}, and of the other groups", own, metrics)
            if attribute not in self.references:
                raise ValueError(f"references lack {clipped(attribute)!r}")
        if lacking := [m for m in self.family.metrics if groups and m not in metrics]:
            raise ValueError(f"family: no disparity is of {lacking[0]!r}")
        return self

    @property
    def decisive(self) -> list[DisparityPart]:
        """The disparities that form the verdict."""
        return [d for d in self.disparities if d.metric in self.family.metrics and d.verdict is not None]

    @property
    def comparisons(self) -> int:
        """For how many comparisons a fail is corrected."""
        return family_size(d.comparisons for d in self.decisive)

    @property
    def references_were_chosen(self) -> bool:
        """Whether the data chose the reference groups, so that intervals and p-values hold for all pairs of groups."""
        return any(d.comparisons > 1 for d in self.decisive)

    def verdicts_of(self, attribute: str) -> dict[str, Verdict]:
        """Combine the verdicts on an attribute's groups, metric by metric."""
        verdicts: dict[str, list[Verdict]] = {}
        for d in self.disparities:
            if d.attribute == attribute and d.verdict is not None:
                verdicts.setdefault(d.metric, []).append(d.verdict)
        return {metric: combine(members) for metric, members in verdicts.items()}


class ParityPart(Part):
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


class AttributeVerdictPart(Part):
    """A parity of one attribute."""

    attribute: str
    parity: str
    verdict: Verdict
    reason: str
    aequitas: bool | None


class OverallVerdictPart(Part):
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
    strata: list[strata_of.WithinPart] | None = None

    def to_frame(self) -> pd.DataFrame:
        """Return a flat frame: one row for each group and parity, with the verdict and the sentence that says why."""
        from fairaudit.documents import frames

        return frames.fairness_frame(self)

    @model_validator(mode="after")
    def _judges_once(self) -> Self:
        once("parities", ((p.attribute, p.group, p.parity) for p in self.parities))
        once("attributes", ((v.attribute, v.parity) for v in self.attributes))
        return self

    @property
    def metric_of(self) -> dict[str, str | None]:
        """The metric that each parity is about; ``None`` for one that combines others."""
        return {p.parity: p.metric for p in self.parities}


class SlicePart(Part):
    """One slice of the data; `vs_overall` is slice minus everybody, `vs_rest` slice minus everybody else, with uncertainty."""

    feature: str
    slice: str
    n: Count
    share: Number
    small: bool
    counts: CountsPart
    metrics: Metrics
    rows: Count | None = None
    unknown: bool = False
    vanished: bool = False
    vs_overall: dict[MetricName, Number | None]
    vs_rest: dict[MetricName, DistancePart]


class StatisticPart(Part):
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

    def to_frame(self) -> pd.DataFrame:
        """Return a flat frame: one row for each slice and metric."""
        from fairaudit.documents import frames

        return frames.slice_frame(self.slices)

    def statistics_to_frame(self) -> pd.DataFrame:
        """Return a flat frame: one row for each numeric column in each slice; none without statistics."""
        from fairaudit.documents import frames

        return frames.statistics_frame(self.statistics or ())

    @model_validator(mode="after")
    def _is_about_one_set_of_metrics(self) -> Self:
        once("slices", ((s.feature, s.slice) for s in self.slices))
        for s in self.slices:
            same_keys(
                f"metrics of {slice_named(s.feature, s.slice)}, and of everybody",
                s.metrics,
                self.overall.metrics,
            )
            same_keys(f"metrics and vs_overall of {slice_named(s.feature, s.slice)}", s.metrics, s.vs_overall)
        return self


class RankedPart(Part):
    """What the ROC AUC of a group, and its variance, are made of.

    `concordant_twice` is 2 for each pair of a label 1 scored above a label 0, and 1 for each tied pair; `placements1` adds up, over the labels 1, the squared share of
    labels 0 that each is scored above, `placements0` over the labels 0 that of labels 1 that each is scored below, ties as half.
    """

    concordant_twice: Annotated[int, Field(ge=0)]
    placements1: NotNegative
    placements0: NotNegative


class ScoreCountsPart(Part):
    """How many people of a group stand between neighbouring thresholds: below the first, from each to below the next, from the last on.

    All lists are one number longer than that of the thresholds. `positives` are those with label 1, ``null`` without labels; `score_sums` are ``null`` where scores are no probabilities. Both names are
    empty for everybody. A row, or a weight of 1, is at least `worth` so many people, where people may stand in several rows or have weights.
    `ranked` is ``null`` without labels, where nobody is in the group, and where people stand in several rows or have the weights of a survey.
    """

    attribute: str
    group: str
    people: list[Weighed]
    positives: list[Weighed] | None
    score_sums: list[Number] | None
    worth: Annotated[float, Field(gt=0)] = 1.0
    ranked: RankedPart | None = None

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

    def to_frame(self) -> pd.DataFrame:
        """Return a flat frame: one row for each group and each range between neighbouring thresholds."""
        from fairaudit.documents import frames

        return frames.score_frame(self)

    @model_validator(mode="after")
    def _lists_fit_the_thresholds(self) -> Self:
        rising("thresholds", self.thresholds)
        once("groups", ((g.attribute, g.group) for g in self.groups))
        for part in (self.overall, *self.groups):
            whose = slice_named(part.attribute, part.group) if part.attribute else "everybody"
            if len(part.people) != len(self.thresholds) + 1:
                raise ValueError(
                    f"people of {whose} have to be one number more than the {len(self.thresholds):,} thresholds, and are {len(part.people):,}"
                )
            for name in ("positives", "score_sums"):
                if (getattr(part, name) is None) != (getattr(self.overall, name) is None):
                    raise ValueError(f"{name} of {whose}, and of everybody: one is null and the other is not")
        return self


class ByPart(Part):
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
