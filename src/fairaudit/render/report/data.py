"""What the script of a report reads: `PageData`, which the page holds as JSON.

Of what there is much, a row of a table or a cell, only values are written, in the order of the fields; `PageData.columns` names them once.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

from markupsafe import Markup

from fairaudit.documents.audit import BiasDocument, DisparityPart, ScoreCountsPart
from fairaudit.documents.folder import Results
from fairaudit.documents.parts import (
    CountsPart,
    DistancePart,
    EstimatePart,
    Verdict,
)
from fairaudit.documents.ranking import is_small, rank_slices, slices_of
from fairaudit.metrics.kinds import Needs
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.report.parts import (
    RATE_METRICS,
    SLICE_METRICS,
    Attribute,
    metric_head,
    no_slider,
    rows_of,
    shown_text,
)
from fairaudit.render.report.rows import Row
from fairaudit.render.words.findings import AIMS
from fairaudit.render.words.people import Words, words_of_results
from fairaudit.render.words.shares import among_text
from fairaudit.render.words.values import needed_text
from fairaudit.settings.choices import CONFIDENCE, MIN_DENOMINATOR, RateInterval
from fairaudit.settings.limits import level_text
from fairaudit.slices.grammar import EVERYBODY_ELSE

MOST_SCORE_BYTES = 900_000
"""How much room the counted scores may take, so that the page stays small; the largest groups come first."""

# What is written by position.


class CountsData(NamedTuple):
    """People by decision and label."""

    tp: float | None
    fp: float | None
    fn: float | None
    tn: float | None
    selected: float | None


class EstimateData(NamedTuple):
    """A value that no counts in the page give, with its interval; `small` if it rests on few people."""

    value: float
    low: float | None
    high: float | None
    small: bool


class IntervalData(NamedTuple):
    """The interval of a rate whose value counts give."""

    low: float | None
    high: float | None


class DistanceData(NamedTuple):
    """How far a slice is from everybody else, with the interval that allows for the choice, and its level."""

    difference: float | None
    low: float | None
    high: float | None
    level: str


class JudgementData(NamedTuple):
    """A verdict with what it rests on: an interval of `level` percent, 0 where there is none, and that of the difference.

    So many people are `needed` for the verdict `aim`, or so many `flips` would turn it; 0 where neither is known.
    """

    verdict: Verdict | None
    level: float
    low: float | None
    high: float | None
    difference_low: float | None
    difference_high: float | None
    needed: int
    aim: Verdict | None
    flips: int


class RowData(NamedTuple):
    """A group or slice.

    `feature` is a place in `PageData.features`, `rows` where people stand in several. `estimates` are of `PageData.others`, `intervals` of the
    metrics that are rates, `judgements` of `PageData.ratios`.
    """

    feature: int
    name: str
    people: int
    rows: float | None
    is_group: bool
    counts: CountsData
    estimates: Sequence[EstimateData | None] | None
    intervals: Sequence[IntervalData | None] | None
    distance: DistanceData | None
    judgements: Sequence[JudgementData | None] | None


class SliceData(NamedTuple):
    """The place of a slice among the rows, and whether it has too few people to be ranked."""

    row: int
    is_small: bool


class CountedData(NamedTuple):
    """People, and those with label 1, between neighbouring thresholds."""

    people: Sequence[float]
    positives: Sequence[float] | None


COLUMNS: Mapping[str, Sequence[str]] = {
    "row": RowData._fields,
    "slice": SliceData._fields,
    "counts": CountsData._fields,
    "estimate": EstimateData._fields,
    "interval": IntervalData._fields,
    "distance": DistanceData._fields,
    "judgement": JudgementData._fields,
    "counted": CountedData._fields,
}

# What is written by name.


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricData:
    """A metric: the cells that it is counted from, empty where it is no share, and whether it moves with the threshold."""

    head: str
    name: str
    numerator: Sequence[str]
    denominator: Sequence[str]
    among: str
    moves: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureData:
    """An attribute, or a column of slices.

    `reference` is whom its groups are compared with: a row, ``rest`` for everybody else, or a row for each metric.
    """

    name: str
    reference: int | str | Mapping[str, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsData:
    """What people and decisions are called, and by aim how many people a verdict would need, with `PLACEHOLDER` for the number."""

    people: str
    selected: str
    needed: Mapping[Verdict, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeastData:
    """Below how many people a group is small, and below which denominator a rate."""

    people: int
    denominator: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EverybodyData:
    """Everybody; see `RowData`."""

    people: int
    rows: float | None
    counts: CountsData
    estimates: Sequence[EstimateData | None]
    intervals: Sequence[IntervalData | None] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoresData:
    """The counted scores of everybody and of the rows; `audited` is the place of the audited threshold."""

    column: str
    thresholds: Sequence[float]
    audited: int | None
    rule: str
    everybody: CountedData
    rows: Sequence[CountedData | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageData:
    """All that the script draws from.

    Attributes
    ----------
    columns
        The names of what is written by position.
    quantile
        Of the normal distribution, at the confidence of the intervals.
    exact
        Whether intervals are those of the documents, since Wilson's from the counts would be others.
    clustered
        Whether people stand in several rows.
    tolerance
        The ratios that are tolerated, from and to.
    decisive, main, ratios, rates, measures, others
        Names of metrics: those that form the verdict, the one that slices are ranked by, those of the tables of ratios, of groups and of
        slices, and those that are no shares.
    """

    columns: Mapping[str, Sequence[str]]
    words: WordsData
    quantile: float
    confidence: float
    exact: bool
    clustered: bool
    least: LeastData
    tolerance: Sequence[float] | None
    decisive: Sequence[str]
    main: str | None
    metrics: Mapping[str, MetricData]
    ratios: Sequence[str]
    rates: Sequence[str]
    measures: Sequence[str]
    others: Sequence[str]
    features: Sequence[FeatureData]
    everybody: EverybodyData | None
    rows: Sequence[RowData]
    slices: Sequence[SliceData]
    scores: ScoresData | None


def data_block(value: object) -> Markup:
    r"""Write JSON so that it may stand within a script element: nothing in it can end the element or begin another.

    >>> print(data_block({"name": "</script>&"}))
    {"name":"\u003c/script\u003e\u0026"}
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_fields)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704


def _fields(value: object) -> Mapping[str, object]:
    """Write a part by its names."""
    if not dataclasses.is_dataclass(value):
        raise TypeError(f"{type(value).__name__} is no part of a page")
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def page_data(
    documents: Results, rows: Sequence[Row], ratios: Sequence[str], attributes: Sequence[Attribute]
) -> PageData:
    """Gather what the page's script draws from: names of columns, groups and metrics, and counts."""
    overall, settings, bias = documents.overall, documents.settings, documents.bias
    main = documents.main_metric
    rates = [m for m in RATE_METRICS if m in overall]
    measures = [m for m in dict.fromkeys((main, *SLICE_METRICS)) if m and m in overall]
    others = [m for m in measures if not BY_NAME[m].is_rate]
    names = list(dict.fromkeys((*ratios, *rates, *measures)))
    feature_names = dict.fromkeys((*(a.name for a in attributes), *(row.feature for row in rows)))
    features = {name: place for place, name in enumerate(feature_names)}
    places = {(row.feature, row.name): place for place, row in enumerate(rows)}
    clustered = any(estimate.effective is not None for estimate in overall.values())
    # What the page computes from counts is Wilson's interval of so many independent people.
    exact = clustered or (settings is not None and settings.interval is not RateInterval.WILSON)
    shares = [m for m in names if BY_NAME[m].is_rate] if exact else None
    confidence = settings.confidence if settings else CONFIDENCE
    words = words_of_results(documents)
    return PageData(
        columns=COLUMNS,
        words=WordsData(
            people=words.people,
            selected=words.selected,
            needed={aim: _needed(bias, aim, words) for aim in AIMS},
        ),
        quantile=NormalDist().inv_cdf((1 + confidence) / 2),
        confidence=confidence,
        exact=exact,
        clustered=clustered,
        least=LeastData(people=settings.min_group_size if settings else 0, denominator=MIN_DENOMINATOR),
        tolerance=[float(limit) for limit in (bias.band.low, bias.band.high) if limit is not None]
        if bias
        else None,
        decisive=[m for m in ratios if bias and m in bias.family.metrics],
        main=main,
        metrics={name: _metric(name, words) for name in names},
        ratios=ratios,
        rates=rates,
        measures=measures,
        others=others,
        features=[
            FeatureData(name=shown_text(feature), reference=_reference(bias, feature, places))
            for feature in features
        ],
        everybody=_everybody(documents, others, shares),
        rows=[_row(row, features[row.feature], others, shares, ratios) for row in rows],
        slices=_slice_order(documents, places, main),
        scores=_scores(documents, rows),
    )


PLACEHOLDER = "{needed}"


def _needed(bias: BiasDocument | None, aim: Verdict, words: Words) -> str:
    """Say how many people a verdict would need, but for their number."""
    number = 987_654_321
    text = needed_text(number, bias.people if bias else None, words.people)
    return f"{text} {AIMS[aim]}".replace(f"{number:,}", PLACEHOLDER)


def _everybody(
    documents: Results, others: Sequence[str], shares: Sequence[str] | None
) -> EverybodyData | None:
    part = documents.everybody
    if part is None:
        return None
    return EverybodyData(
        people=part.n,
        rows=rows_of(part.metrics.get("pprev")),
        counts=_counts(part.counts),
        estimates=[_estimate(part.metrics.get(m)) for m in others],
        intervals=None if shares is None else [_interval(part.metrics.get(m)) for m in shares],
    )


def _row(
    row: Row, feature: int, others: Sequence[str], shares: Sequence[str] | None, ratios: Sequence[str]
) -> RowData:
    return RowData(
        feature=feature,
        name=shown_text(row.shown),
        people=row.n,
        rows=row.rows,
        is_group=row.is_group,
        counts=_counts(row.counts),
        estimates=[_estimate(row.estimates.get(m)) for m in others] if row.estimates else None,
        intervals=None if shares is None else [_interval(row.estimates.get(m)) for m in shares],
        distance=_distance(row.distance),
        judgements=[_judgement(row.disparities.get(m)) for m in ratios] if row.disparities else None,
    )


def _slice_order(
    documents: Results, places: Mapping[tuple[str, str], int], main: str | None
) -> list[SliceData]:
    """Return the slices in the order of the card."""
    slices = slices_of(documents.slices) if documents.slices else []
    ranked = rank_slices(slices, main) if main else slices
    return [
        SliceData(row=places[s.feature, s.name], is_small=is_small(s, main or ""))
        for s in ranked
        if (s.feature, s.name) in places
    ]


def _metric(name: str, words: Words) -> MetricData:
    metric = BY_NAME[name]
    return MetricData(
        head=metric_head(name),
        name=metric.long_name,
        numerator=list(metric.numerator),
        denominator=list(metric.denominator),
        among=among_text(name, words) if metric.is_rate else "",
        moves=metric.needs in (Needs.DECISION, Needs.LABEL_AND_DECISION),
    )


def _reference(
    bias: BiasDocument | None, feature: str, places: Mapping[tuple[str, str], int]
) -> int | str | dict[str, int] | None:
    """Say whom the groups of an attribute are compared with: a row, everybody else, or a row for each metric."""
    reference = bias.references.get(feature) if bias else None
    if reference is None:
        return None
    if isinstance(reference, str):
        return "rest" if reference == EVERYBODY_ELSE else places.get((feature, reference))
    return {
        metric: places[feature, group] for metric, group in reference.items() if (feature, group) in places
    }


def _counts(counts: CountsPart) -> CountsData:
    return CountsData(**{cell: getattr(counts, cell) for cell in CountsData._fields})


def _estimate(estimate: EstimatePart | None) -> EstimateData | None:
    """Write a value with its interval; the value is not rounded, so that the page shows the same digits as the documents."""
    if estimate is None or estimate.value is None:
        return None
    low, high = estimate.ci or (None, None)
    return EstimateData(value=estimate.value, low=_short(low), high=_short(high), small=estimate.small)


def _interval(estimate: EstimatePart | None) -> IntervalData | None:
    if estimate is None or estimate.value is None:
        return None
    low, high = estimate.ci or (None, None)
    return IntervalData(low=_short(low), high=_short(high))


def _distance(distance: DistancePart | None) -> DistanceData | None:
    if (
        distance is None
        or distance.difference is None
        or distance.joint_ci is None
        or distance.joint_confidence is None
    ):
        return None
    low, high = distance.joint_ci
    return DistanceData(
        difference=_short(distance.difference),
        low=_short(low),
        high=_short(high),
        level=level_text(distance.joint_confidence),
    )


def _judgement(d: DisparityPart | None) -> JudgementData | None:
    """Write a verdict with what it rests on; ``None`` for reference groups."""
    if d is None or d.is_reference:
        return None
    level, ci = d.resting
    low, high = ci or (None, None)
    difference_low, difference_high = d.difference_ci or (None, None)
    return JudgementData(
        verdict=d.verdict,
        level=level if ci else 0,
        low=_short(low),
        high=_short(high),
        difference_low=_short(difference_low),
        difference_high=_short(difference_high),
        needed=d.needed_in_all or 0,
        aim=d.needed_to,
        flips=d.flips or 0,
    )


def _scores(documents: Results, rows: Sequence[Row]) -> ScoresData | None:
    """Write the counted scores of everybody and of the groups, as far as there is room."""
    scores, settings = documents.scores, documents.settings
    if no_slider(documents) or scores is None or settings is None:
        return None
    decision = settings.decision
    audited = decision.threshold if decision else None
    by_group = {(part.attribute, part.group): part for part in scores.groups}
    written: list[CountedData | None] = [None] * len(rows)
    room = MOST_SCORE_BYTES
    for place in sorted(range(len(rows)), key=lambda place: -rows[place].n):
        part = by_group.get((rows[place].feature, rows[place].name))
        if part is None or not rows[place].is_group:
            continue
        counted = _counted(part)
        room -= len(json.dumps(counted, separators=(",", ":")))
        if room < 0:
            break
        written[place] = counted
    return ScoresData(
        column=shown_text(settings.score or "score"),
        thresholds=scores.thresholds,
        audited=scores.thresholds.index(audited) if audited in scores.thresholds else None,
        rule=shown_text(decision.sentence) if decision else "",
        everybody=_counted(scores.overall),
        rows=written,
    )


def _counted(part: ScoreCountsPart) -> CountedData:
    return CountedData(people=part.people, positives=part.positives)


def _short(value: float | None) -> float | None:
    """Keep as many digits as a reader may see."""
    return None if value is None else float(f"{value:.8g}")
