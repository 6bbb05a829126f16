"""The figures of every group's disparity: one a metric, so that each can be read on a telephone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from fairaudit.documents.audit import BiasDocument, DisparityPart, FairnessDocument
from fairaudit.documents.findings import find_findings
from fairaudit.documents.order import in_order, orders_of
from fairaudit.documents.parts import Verdict
from fairaudit.documents.ranking import worst_disparities
from fairaudit.metrics.table import BY_NAME, COMPARED_METRICS
from fairaudit.render.escape import visible
from fairaudit.render.figures.parts import (
    DISPARITY_FIGURE,
    MOST_ROWS,
    Figure,
    below_each_other,
    finished,
    left_out,
    ratio_metrics,
    short_name,
)
from fairaudit.render.figures.strips import (
    EQUAL,
    FAILS,
    NOT_JUDGED,
    REFERENCE,
    UNTOLD,
    Axis,
    Strip,
    legend_chart,
    strips_chart,
)
from fairaudit.render.words.findings import DECIDED_BY_POINT
from fairaudit.render.words.names import capital
from fairaudit.render.words.people import Words, words_of
from fairaudit.render.words.pictures import (
    beside_whom,
    findings_in,
    group_name,
    headings,
    rate_and_counts,
    rate_line,
    ratio_and_interval,
    ratio_title,
)
from fairaudit.render.words.values import tolerance
from fairaudit.settings.choices import Decide
from fairaudit.settings.limits import Band

DISPARITY_FIGURES = (DISPARITY_FIGURE, *(f"{DISPARITY_FIGURE}_{metric.name}" for metric in COMPARED_METRICS))
"""The names of all that there can be: the first is of the metric of the first finding."""
_FARTHEST = 10.0
"""Ratios beyond this, or below its inverse, end in an arrow."""
_TICKS = {
    2.5: (0.5, 0.7, 1.0, 1.4, 2.0),
    7.0: (0.2, 0.5, 1.0, 2.0, 5.0),
    math.inf: (0.1, 0.3, 1.0, 3.0, 10.0),
}
"""By how far the axis goes, at most."""


def disparity_figures(bias: BiasDocument, fairness: FairnessDocument | None) -> list[Figure]:
    """Lay out every group's ratio to its reference group, one figure a metric that forms the verdict; first that of the first finding."""
    known = ratio_metrics(bias)
    first = _first_metric(bias, known)
    ordered = sorted(known, key=lambda metric: metric != first)
    return [
        disparity_figure(
            bias,
            fairness,
            metric=metric,
            name=DISPARITY_FIGURE if place == 0 else f"{DISPARITY_FIGURE}_{metric}",
        )
        for place, metric in enumerate(ordered)
    ]


def disparity_figure(
    bias: BiasDocument, fairness: FairnessDocument | None, *, metric: str, name: str = DISPARITY_FIGURE
) -> Figure:
    """Lay out every group's ratio to its reference group in a metric: the mark, and the interval that the verdict rests on.

    The band is the tolerance, 1 the reference, whose rate and people stand there like all others'. Verdicts differ in colour and in
    shape; what rests on few people is hollow.

    Parameters
    ----------
    fairness
        Gives the verdicts; without it those of the disparities themselves are shown.
    """
    words = words_of(bias.settings, (d.group for d in bias.disparities))
    members = [d for d in bias.disparities if d.metric == metric]
    kept = _farthest_groups(members, worst_disparities(bias, metrics=[metric]))
    failing = findings_in(bias, metric, Verdict.FAIL)
    worse = {(f.attribute, f.rate.group) for f in failing if f.harm and not f.outdone}
    attributes = list(dict.fromkeys([f.attribute for f in failing] + [d.attribute for d in kept]))
    ordered = in_order(kept, orders_of(bias), key=lambda d: (d.attribute, d.group))
    verdicts = _verdicts(bias, fairness)
    strips = {
        attribute: [
            _strip(d, verdicts.get(_key(d)), bias.band, words, is_worse_off=(attribute, d.group) in worse)
            for d in ordered
            if d.attribute == attribute
        ]
        for attribute in attributes
    }
    title, counts = ratio_title(bias, metric, words)
    axis = _axis(kept, bias)
    names = headings(attributes, words)
    sections = [(names[attribute], of_attribute) for attribute, of_attribute in strips.items()]
    shown = [strip for of_attribute in strips.values() for strip in of_attribute]
    used = [
        kind
        for kind in (FAILS, UNTOLD, EQUAL, REFERENCE, NOT_JUDGED)
        if any(strip.kind == kind for strip in shown)
    ]

    legend, legend_rows = legend_chart(used)
    chart, rows = strips_chart(sections, axis)
    alt_text = visible(f"{title}. {counts}." if counts else f"{title}.")
    spec = finished(
        (below_each_other([legend, chart], spacing=6), {**legend_rows, **rows}),
        title=title,
        lines=[_line(metric, words)],
        notes=[
            " ".join(_notes(kept, axis, bias)),
            *left_out(len(kept), len(members), "groups", file="bias.json"),
        ],
        alt_text=alt_text,
    )
    return Figure(name=name, title=visible(title), alt=alt_text, spec=spec)


def _line(metric: str, words: Words) -> str:
    """Say of whom the numbers are a share, or what they are."""
    line, name = rate_line(metric, words), BY_NAME[metric].long_name
    return f"{line} ({name})." if BY_NAME[metric].is_rate else f"{line}."


def _first_metric(bias: BiasDocument, known: Sequence[str]) -> str | None:
    """Choose the metric to look at first: that of the first finding, else of the farthest disparity."""
    findings = find_findings(Verdict.FAIL, bias, effect=bias.settings.effect)
    ranked = [*(f.metric for f in findings), *(d.metric for d in worst_disparities(bias, metrics=known))]
    return next((metric for metric in ranked if metric in known), None)


def _key(disparity: DisparityPart) -> tuple[str, str, str | None]:
    return disparity.attribute, disparity.group, disparity.metric


def _verdicts(
    bias: BiasDocument, fairness: FairnessDocument | None
) -> Mapping[tuple[str, str, str | None], Verdict | None]:
    """Return the verdict on each group in each metric."""
    if fairness is not None:
        return {(p.attribute, p.group, p.metric): p.verdict for p in fairness.parities}
    return {_key(d): d.verdict for d in bias.disparities}


def _strip(
    d: DisparityPart, verdict: Verdict | None, band: Band, words: Words, *, is_worse_off: bool
) -> Strip:
    """Lay out one group's ratio with what the verdict rests on."""
    interval = None if d.is_reference else d.resting[1]
    return Strip(
        name=group_name(d.attribute, d.group, words),
        behind=rate_and_counts(d),
        number=ratio_and_interval(d, band),
        kind=_kind(d, verdict),
        value=1.0 if d.is_reference else d.ratio,
        low=None if interval is None else interval[0],
        high=None if interval is None else interval[1],
        endless=interval is not None and interval[1] is None,
        small=d.small and not d.is_reference,
        is_worse_off=is_worse_off,
        facts={
            "attribute": short_name(d.attribute),
            "metric": d.metric,
            "level": d.resting[0] if interval else None,
        },
    )


def _kind(d: DisparityPart, verdict: Verdict | None) -> str:
    if d.is_reference:
        return REFERENCE
    if d.unknown:
        return NOT_JUDGED
    return {Verdict.FAIL: FAILS, Verdict.PASS: EQUAL}.get(verdict, UNTOLD) if verdict else UNTOLD


def _farthest_groups(
    members: Sequence[DisparityPart], ranked: Sequence[DisparityPart]
) -> list[DisparityPart]:
    """Keep all groups, or of too many those with the worst disparities and every attribute's reference group."""
    if len(members) <= MOST_ROWS:
        return list(members)
    worst = {_key(d) for d in ranked[:MOST_ROWS]}
    attributes = {attribute for attribute, _, _ in worst}
    return [d for d in members if _key(d) in worst or (d.is_reference and d.attribute in attributes)]


def _axis(members: Sequence[DisparityPart], bias: BiasDocument) -> Axis:
    """Choose an axis that holds the tolerance, and all ratios up to a limit."""
    tau = float(bias.band.low or 0)
    ratios = [d.ratio for d in members if d.ratio and not d.is_reference]
    ends = [end for d in members if not d.small and not d.is_reference for end in d.resting[1] or () if end]
    widest = max(
        [
            1.6,
            1.2 / tau,
            *(max(ratio, 1 / ratio) * 1.2 for ratio in ratios),
            *(max(end, 1 / end) * 1.05 for end in ends),
        ]
    )
    farthest = min(widest, max(_FARTHEST, 1.2 / tau))
    ticks = next(ticks for most, ticks in _TICKS.items() if farthest <= most)
    called = "rate" if all(BY_NAME[d.metric].is_rate for d in members) else "figure"
    references = [bias.references.get(attribute) for attribute in dict.fromkeys(d.attribute for d in members)]
    return Axis(
        title=f"{capital(beside_whom(references, called=called))} (log scale)",
        low=1 / farthest,
        high=farthest,
        ticks=[tick for tick in ticks if 1 / farthest <= tick <= farthest],
        format="~g",
        is_log=True,
        line=1.0,
        band=(tau, 1 / tau),
        band_name=f"tolerated: {tolerance(bias.band)}",
    )


def _notes(members: Sequence[DisparityPart], axis: Axis, bias: BiasDocument) -> list[str]:
    """Say how marks are to be read, as far as there are such."""
    resting = [d.resting for d in members if not d.is_reference]
    intervals = [(level, ci) for level, ci in resting if ci is not None]
    notes = []
    if intervals:
        others = any(level != 95 for level, _ in intervals)
        notes.append(
            f"Bars: 95% intervals{', unless the number beside says another level' if others else ''}."
        )
    if bias.settings.decide is Decide.POINT:
        notes.append(DECIDED_BY_POINT)
    ends = [end for _, (low, high) in intervals for end in (low, math.inf if high is None else high)]
    ratios = [d.ratio for d in members if d.ratio is not None]
    if any(not axis.low <= end <= axis.high for end in (*ends, *ratios)):
        notes.append("Arrows: beyond the axis; the numbers are beside.")
    if any(d.small and not d.is_reference for d in members):
        notes.append("Hollow: few people.")
    return notes
