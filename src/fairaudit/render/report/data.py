"""What the script of a report reads."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import Any

from markupsafe import Markup

from fairaudit.documents.audit import BiasDocument, DisparityPart, ScoreCountsPart
from fairaudit.documents.folder import Results
from fairaudit.documents.parts import (
    CountsPart,
    DistancePart,
    EstimatePart,
    Verdict,
)
from fairaudit.documents.ranking import is_small, main_metric, rank_slices, slices_of
from fairaudit.metrics.kinds import Needs
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.report.parts import (
    AMONG,
    RATE_METRICS,
    SLICE_METRICS,
    Attribute,
    metric_head,
    no_slider,
    rows_of,
    shown_text,
)
from fairaudit.render.report.rows import Row
from fairaudit.render.words.values import level_text
from fairaudit.settings.choices import CONFIDENCE, MIN_DENOMINATOR, RateInterval
from fairaudit.slices.grammar import EVERYBODY_ELSE

MOST_SCORE_BYTES = 900_000
"""How much room the counted scores may take, so that the page stays small; the largest groups come first."""
_LETTERS = {Verdict.FAIL: "f", Verdict.PASS: "p", Verdict.UNDECIDED: "u"}


def data_block(value: object) -> Markup:
    r"""Write JSON so that it may stand within a script element: nothing in it can end the element or begin another.

    >>> print(data_block({"name": "</script>&"}))
    {"name":"\u003c/script\u003e\u0026"}
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704


def _distance(found: DistancePart | None) -> list[Any] | None:
    """Write how far a slice is from everybody else, with the interval that allows for the choice, and its level."""
    if found is None or found.difference is None or found.joint_ci is None or found.joint_confidence is None:
        return None
    return [*map(_short, (found.difference, *found.joint_ci)), level_text(found.joint_confidence)]


def data(
    documents: Results, rows: Sequence[Row], ratios: Sequence[str], attributes: Sequence[Attribute]
) -> dict[str, Any]:
    """Write what the page's script draws from: names of columns, groups and metrics, and counts."""
    overall, settings = documents.overall, documents.settings
    main = main_metric(overall)
    rates = [m for m in RATE_METRICS if m in overall]
    measures = [m for m in dict.fromkeys((main, *SLICE_METRICS)) if m and m in overall]
    others = [m for m in measures if not BY_NAME[m].is_rate]
    features = {
        name: at
        for at, name in enumerate(
            dict.fromkeys((*(a.name for a in attributes), *(row.feature for row in rows)))
        )
    }
    places = {(row.feature, row.name): place for place, row in enumerate(rows)}
    clustered = any(estimate.effective is not None for estimate in overall.values())
    # What the page computes from counts is Wilson's interval of so many independent people.
    exact = clustered or (settings is not None and settings.interval is not RateInterval.WILSON)
    confidence = settings.confidence if settings else CONFIDENCE
    everybody = documents.everybody
    bias = documents.bias
    names = dict.fromkeys((*ratios, *rates, *measures))
    return {
        "z": NormalDist().inv_cdf((1 + confidence) / 2),
        "confidence": confidence,
        "exact": exact,
        "clustered": clustered,
        "least": {
            "people": settings.min_group_size if settings else 0,
            "denominator": MIN_DENOMINATOR,
        },
        "tolerance": [float(limit) for limit in (bias.band.low, bias.band.high) if limit is not None]
        if bias
        else None,
        "decisive": [m for m in ratios if bias and m in bias.family.metrics],
        "main": main,
        "metrics": {name: _metric(name) for name in names},
        "ratios": ratios,
        "rates": rates,
        "measures": measures,
        "others": others,
        "features": [
            {"name": shown_text(feature), "reference": _reference(bias, feature, places)}
            for feature in features
        ],
        "everybody": None
        if everybody is None
        else {
            "n": everybody.n,
            "w": rows_of(overall.get("pprev")),
            "c": _cells(everybody.counts),
            "x": [_limits(overall.get(m)) for m in others],
            "i": [_limits(overall.get(m)) for m in names if BY_NAME[m].is_rate] if exact else None,
        },
        "rows": [
            {
                "f": features[row.feature],
                "g": shown_text(row.name),
                "n": row.n,
                "w": row.rows,
                "k": int(row.is_group),
                "c": _cells(row.counts),
                "x": [_measured(row.estimates.get(m)) for m in others] if row.estimates else None,
                "i": [_limits(row.estimates.get(m)) for m in names if BY_NAME[m].is_rate] if exact else None,
                "r": _distance(row.distance),
                "d": [_judgement(row.disparities.get(m)) for m in ratios] if row.disparities else None,
            }
            for row in rows
        ],
        "slices": _slice_order(documents, places, main),
        "scores": _scores(documents, rows),
    }


def _slice_order(
    documents: Results, places: Mapping[tuple[str, str], int], main: str | None
) -> list[list[int]]:
    """Write the places of the slices in the order of the card, each with 1 if it has too few people to be ranked, else 0."""
    slices = slices_of(documents.slices) if documents.slices else []
    ranked = rank_slices(slices, main) if main else slices
    return [
        [places[s.feature, s.name], int(is_small(s, main or ""))]
        for s in ranked
        if (s.feature, s.name) in places
    ]


def _metric(name: str) -> dict[str, Any]:
    metric = BY_NAME[name]
    return {
        "head": metric_head(name),
        "name": metric.long_name,
        "num": list(metric.numerator),
        "den": list(metric.denominator),
        "among": AMONG.get(metric.denominator, ""),
        "moves": metric.needs in (Needs.DECISION, Needs.LABEL_AND_DECISION),
    }


def _reference(
    bias: BiasDocument | None, feature: str, places: Mapping[tuple[str, str], int]
) -> int | str | dict[str, int] | None:
    """Say whom the groups of an attribute are compared with: a row, everybody else, or a row for each metric."""
    found = bias.references.get(feature) if bias else None
    if found is None:
        return None
    if isinstance(found, str):
        return "rest" if found == EVERYBODY_ELSE else places.get((feature, found))
    return {metric: places[feature, group] for metric, group in found.items() if (feature, group) in places}


def _cells(counts: CountsPart) -> list[float | None]:
    return [counts.tp, counts.fp, counts.fn, counts.tn, counts.selected]


def _limits(estimate: EstimatePart | None) -> list[float | None] | None:
    """Write a value with its interval; a value that counts give is not rounded, so that the page shows the same digits as the documents."""
    if estimate is None or estimate.value is None:
        return None
    return [
        estimate.value,
        *((_short(estimate.ci[0]), _short(estimate.ci[1])) if estimate.ci else (None, None)),
    ]


def _measured(estimate: EstimatePart | None) -> list[float | None] | None:
    """Write a value that no counts in the page give, with its interval, and 1 behind them if it rests on few people."""
    limits = _limits(estimate)
    return [*limits, 1] if limits and estimate and estimate.small else limits


def _judgement(d: DisparityPart | None) -> list[Any] | None:
    """Write a verdict with what it rests on; ``None`` for reference groups."""
    if d is None or d.is_reference:
        return None
    level, ci = d.resting
    low, high = ci or (None, None)
    return [
        _LETTERS[d.verdict] if d.verdict else "",
        level if ci else 0,
        *(_short(limit) for limit in (low, high, *(d.difference_ci or (None, None)))),
        d.needed_in_all or 0,
        _LETTERS[d.needed_to] if d.needed_to else "",
        d.flips or 0,
    ]


def _scores(documents: Results, rows: Sequence[Row]) -> dict[str, Any] | None:
    """Write the counted scores of everybody and of the groups, as far as there is room."""
    scores, settings = documents.scores, documents.settings
    if no_slider(documents) or scores is None or settings is None:
        return None
    decision = settings.decision
    audited = decision.threshold if decision else None
    by_group = {(part.attribute, part.group): part for part in scores.groups}
    written: list[list[Any] | None] = [None] * len(rows)
    room = MOST_SCORE_BYTES
    for place in sorted(range(len(rows)), key=lambda place: -rows[place].n):
        part = by_group.get((rows[place].feature, rows[place].name))
        if part is None or not rows[place].is_group:
            continue
        mine = _counted(part)
        room -= len(json.dumps(mine, separators=(",", ":")))
        if room < 0:
            break
        written[place] = mine
    return {
        "column": shown_text(settings.score or "score"),
        "thresholds": scores.thresholds,
        "audited": scores.thresholds.index(audited) if audited in scores.thresholds else None,
        "rule": shown_text(decision.sentence) if decision else "",
        "everybody": _counted(scores.overall),
        "rows": written,
    }


def _counted(part: ScoreCountsPart) -> list[Any]:
    return [part.people, part.positives]


def _short(value: float | None) -> float | None:
    """Keep as many digits as a reader may see."""
    return None if value is None else float(f"{value:.8g}")
