"""Documents as flat pandas frames, for people who go on calculating: one row for each fact, always the same columns of the same types.

What a document leaves open (``null``) is missing here, and a column beside it says why. Texts are pandas ``string``, whole numbers of people ``Int64``,
numbers ``float64``; an upper limit that does not exist is infinite.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fairaudit.settings.choices import TOO_FEW

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.documents.audit import (
        BiasDocument,
        FairnessDocument,
        ScoresDocument,
        SlicePart,
        StatisticPart,
    )
    from fairaudit.documents.changed import ChangePart, CompareDocument
    from fairaudit.documents.classes import ClassesDocument, ClassesOverallPart
    from fairaudit.documents.discovered import ConditionPart, DiscoverDocument, DiscoveredPart
    from fairaudit.documents.gates import CheckDocument, GatePart
    from fairaudit.documents.impact import ImpactDocument, ImpactGroupPart, ImpactTablePart
    from fairaudit.documents.model import CvDocument, FoldSlicePart, TrainDocument
    from fairaudit.documents.parts import EstimatePart, GroupPart, Metrics

TEXT, PEOPLE, NUMBER, FLAG, MAYBE = "string", "Int64", "float64", "bool", "boolean"
Row = Mapping[str, object]

_ESTIMATE = {
    "value": NUMBER,
    "numerator": PEOPLE,
    "denominator": PEOPLE,
    "low": NUMBER,
    "high": NUMBER,
}
_ESTIMATE_WHY = {"small": FLAG, "reason": TEXT, "interval_reason": TEXT, "effective": NUMBER}
_DISTANCE = {"vs_rest": NUMBER, "vs_rest_low": NUMBER, "vs_rest_high": NUMBER}
_GROUP = {"attribute": TEXT, "group": TEXT, "n": PEOPLE, "share": NUMBER, "metric": TEXT}
_SLICE = {"feature": TEXT, "slice": TEXT, "n": PEOPLE, "share": NUMBER, "metric": TEXT}
GROUP_COLUMNS = {**_GROUP, **_ESTIMATE, **_ESTIMATE_WHY, **_DISTANCE}
SLICE_COLUMNS = {**_SLICE, **_ESTIMATE, **_ESTIMATE_WHY, "vs_overall": NUMBER, **_DISTANCE}
DISCOVERED_COLUMNS = {
    **dict.fromkeys(("conditions",), TEXT),
    **dict.fromkeys(("depth", "n"), PEOPLE),
    "value": NUMBER,
    "errors": NUMBER,
    "denominator": PEOPLE,
    "rest_value": NUMBER,
    "rest_errors": NUMBER,
    "rest_denominator": PEOPLE,
    **dict.fromkeys(
        ("ratio", "ratio_low", "ratio_high", "difference", "difference_low", "difference_high"), NUMBER
    ),
    **dict.fromkeys(("excess", "p_value", "p_holm", "p_bh", "covered_people", "covered_errors"), NUMBER),
}
CHANGED_COLUMNS = {
    **dict.fromkeys(("attribute", "group", "metric", "verdict"), TEXT),
    "base": NUMBER,
    "base_numerator": PEOPLE,
    "base_denominator": PEOPLE,
    "new": NUMBER,
    "new_numerator": PEOPLE,
    "new_denominator": PEOPLE,
    **dict.fromkeys(("difference", "low", "high", "p_value", "p_adjusted"), NUMBER),
    **dict.fromkeys(("test", "reason"), TEXT),
}
IMPACT_COLUMNS = {
    **dict.fromkeys(("attribute", "group", "reference"), TEXT),
    "n": PEOPLE,
    "share": NUMBER,
    "selected": PEOPLE,
    "rate": NUMBER,
    "excluded": FLAG,
    "excluded_because": TEXT,
    **dict.fromkeys(
        ("impact_ratio", "difference", "sd", "p_fisher", "p_adjusted", "p_score", "p_barnard"), NUMBER
    ),
    **dict.fromkeys(("odds_ratio", "odds_ratio_low", "odds_ratio_high", "smd"), NUMBER),
    **dict.fromkeys(("shortfall_pooled", "shortfall_reference"), NUMBER),
    "shortfall_four_fifths": PEOPLE,
    "one_swap_reverses": MAYBE,
    "moves_to_four_fifths": PEOPLE,
    **dict.fromkeys(("adverse", "different", "both"), MAYBE),
    **dict.fromkeys(("bound_low", "bound_high"), NUMBER),
}
_OF_CLASS = ("precision", "recall", "f1")
CLASSES_COLUMNS = {
    **dict.fromkeys(("feature", "slice"), TEXT),
    "n": PEOPLE,
    "share": NUMBER,
    **dict.fromkeys(("class", "metric"), TEXT),
    **_ESTIMATE,
    **_ESTIMATE_WHY,
    **_DISTANCE,
    **dict.fromkeys(("p_value", "p_adjusted"), NUMBER),
}
TRAIN_COLUMNS = {"rows": TEXT, "metric": TEXT, **_ESTIMATE, **_ESTIMATE_WHY}
BIAS_COLUMNS = {
    "attribute": TEXT,
    "group": TEXT,
    "metric": TEXT,
    "n": PEOPLE,
    "value": NUMBER,
    "numerator": PEOPLE,
    "denominator": PEOPLE,
    "reference_group": TEXT,
    "reference_value": NUMBER,
    "reference_numerator": PEOPLE,
    "reference_denominator": PEOPLE,
    "is_reference": FLAG,
    "ratio": NUMBER,
    "ratio_low": NUMBER,
    "ratio_high": NUMBER,
    "difference": NUMBER,
    "difference_low": NUMBER,
    "difference_high": NUMBER,
    "p_value": NUMBER,
    "p_adjusted": NUMBER,
    "p_fail": NUMBER,
    "test": TEXT,
    "verdict": TEXT,
    "needed_in_all": PEOPLE,
    "small": FLAG,
    "reason": TEXT,
    "interval_reason": TEXT,
    "aequitas_disparity": NUMBER,
}
FAIRNESS_COLUMNS = {
    "attribute": TEXT,
    "group": TEXT,
    "parity": TEXT,
    "metric": TEXT,
    "ratio": NUMBER,
    "low": NUMBER,
    "high": NUMBER,
    "confidence": NUMBER,
    "p_fail": NUMBER,
    "verdict": TEXT,
    "sentence": TEXT,
    "decisive": FLAG,
    "small": FLAG,
    "aequitas": MAYBE,
}
SCORE_COLUMNS = {
    "attribute": TEXT,
    "group": TEXT,
    "score_from": NUMBER,
    "score_below": NUMBER,
    "people": PEOPLE,
    "positives": PEOPLE,
    "score_sum": NUMBER,
}
STATISTIC_COLUMNS = {
    "feature": TEXT,
    "slice": TEXT,
    "column": TEXT,
    "n": PEOPLE,
    "missing": PEOPLE,
    **dict.fromkeys(("mean", "std", "min", "q1", "median", "q3", "max"), NUMBER),
    "reason": TEXT,
}
FOLD_COLUMNS = {
    "repeat": PEOPLE,
    "fold": PEOPLE,
    "n": PEOPLE,
    "metric": TEXT,
    "value": NUMBER,
    "reason": TEXT,
}
SPREAD_COLUMNS = {
    "feature": TEXT,
    "slice": TEXT,
    "n": PEOPLE,
    "small": FLAG,
    "metric": TEXT,
    **dict.fromkeys(("mean", "std", "min", "max"), NUMBER),
    "folds": PEOPLE,
    "reason": TEXT,
}
CHECK_COLUMNS = {
    "gate": TEXT,
    "metric": TEXT,
    "limit": TEXT,
    "at_least": NUMBER,
    "at_most": NUMBER,
    "attribute": TEXT,
    "group": TEXT,
    "n": PEOPLE,
    "value": NUMBER,
    "low": NUMBER,
    "high": NUMBER,
    "confidence": NUMBER,
    "estimate": NUMBER,
    "numerator": PEOPLE,
    "denominator": PEOPLE,
    "reference_group": TEXT,
    "reference_estimate": NUMBER,
    "p_fail": NUMBER,
    "verdict": TEXT,
    "outcome": TEXT,
    "sentence": TEXT,
    "small": FLAG,
    "needed_in_all": PEOPLE,
    "waived": FLAG,
}


def group_frame(groups: Iterable[GroupPart]) -> pd.DataFrame:
    """Return one row for each group and metric."""
    return _frame(
        (
            {
                **_named(g, ("attribute", "group", "n", "share")),
                "metric": metric,
                **_estimate(estimate),
                **_distance(g, metric),
            }
            for g in groups
            for metric, estimate in g.metrics.items()
        ),
        GROUP_COLUMNS,
    )


def slice_frame(slices: Iterable[SlicePart]) -> pd.DataFrame:
    """Return one row for each slice and metric."""
    return _frame(
        (
            {
                **_named(s, ("feature", "slice", "n", "share")),
                "metric": metric,
                **_estimate(estimate),
                "vs_overall": s.vs_overall.get(metric),
                **_distance(s, metric),
            }
            for s in slices
            for metric, estimate in s.metrics.items()
        ),
        SLICE_COLUMNS,
    )


def classes_frame(document: ClassesDocument) -> pd.DataFrame:
    """Return one row for each slice and figure; those of everybody have no feature, and those that are of no class no class."""
    rows = [
        *_classes_rows(document.overall, feature=None, slice=None),
        *(row for s in document.slices for row in _classes_rows(s, feature=s.feature, slice=s.slice)),
    ]
    return _frame(({**dict.fromkeys(CLASSES_COLUMNS), **row} for row in rows), CLASSES_COLUMNS)


def _classes_rows(part: ClassesOverallPart, **named: str | None) -> Iterator[Row]:
    own = {**named, "n": part.n, "share": part.share}
    for metric, estimate in part.metrics.items():
        away = getattr(part, "vs_rest", {}).get(metric)
        rest = (
            {}
            if away is None
            else {
                "vs_rest": away.difference,
                "vs_rest_low": away.ci and away.ci[0],
                "vs_rest_high": away.ci and away.ci[1],
                "p_value": away.p_value,
                "p_adjusted": away.p_adjusted,
            }
        )
        yield {**own, "metric": metric, **_estimate(estimate), **rest}
    for one in part.classes:
        for metric in _OF_CLASS:
            yield {**own, "class": one.name, "metric": metric, **_estimate(getattr(one, metric))}


def statistics_frame(statistics: Iterable[StatisticPart]) -> pd.DataFrame:
    """Return one row for each numeric column in each slice."""
    return _frame((_named(s, STATISTIC_COLUMNS) for s in statistics), STATISTIC_COLUMNS)


def bias_frame(document: BiasDocument) -> pd.DataFrame:
    """Return one row for each group and metric, against the reference group."""
    own = [name for name in BIAS_COLUMNS if not name.endswith(("_low", "_high"))]
    return _frame(
        (
            {**_named(d, own), **_ends("ratio_", d.ratio_ci), **_ends("difference_", d.difference_ci)}
            for d in document.disparities
        ),
        BIAS_COLUMNS,
    )


def fairness_frame(document: FairnessDocument) -> pd.DataFrame:
    """Return one row for each group and parity."""
    own = (
        "attribute",
        "group",
        "parity",
        "metric",
        "ratio",
        "p_fail",
        "verdict",
        "decisive",
        "small",
        "aequitas",
    )
    return _frame(
        (
            {
                **_named(p, own),
                **_ends("", p.interval),
                "confidence": p.interval_confidence,
                "sentence": p.reason,
            }
            for p in document.parities
        ),
        FAIRNESS_COLUMNS,
    )


def score_frame(document: ScoresDocument) -> pd.DataFrame:
    """Return one row for each group and each range between neighbouring thresholds."""
    edges = (-math.inf, *document.thresholds, math.inf)
    return _frame(
        (
            {
                "attribute": g.attribute,
                "group": g.group,
                "score_from": edges[i],
                "score_below": edges[i + 1],
                "people": people,
                "positives": None if g.positives is None else g.positives[i],
                "score_sum": None if g.score_sums is None else g.score_sums[i],
            }
            for g in document.groups
            for i, people in enumerate(g.people)
        ),
        SCORE_COLUMNS,
    )


def train_frame(document: TrainDocument) -> pd.DataFrame:
    """Return one row for each metric, of the training rows, of those held out, and of those for validation."""
    parts: list[tuple[str, Metrics]] = [*document.metrics.items()]
    if document.validation is not None:
        parts.append(("validation", document.validation.metrics))
    return _frame(
        (
            {"rows": rows, "metric": metric, **_estimate(estimate)}
            for rows, metrics in parts
            for metric, estimate in metrics.items()
        ),
        TRAIN_COLUMNS,
    )


def fold_frame(document: CvDocument) -> pd.DataFrame:
    """Return one row for each fold and metric."""
    return _frame(
        (
            {
                **_named(fold, ("repeat", "fold", "n")),
                "metric": metric,
                "value": value,
                "reason": fold.reasons.get(metric),
            }
            for fold in document.folds
            for metric, value in fold.metrics.items()
        ),
        FOLD_COLUMNS,
    )


def spread_frame(slices: Iterable[FoldSlicePart]) -> pd.DataFrame:
    """Return one row for each slice and metric, over the folds."""
    return _frame(
        (
            {
                **_named(s, ("feature", "slice", "n", "small")),
                "metric": metric,
                **_named(spread, ("mean", "std", "min", "max", "folds", "reason")),
            }
            for s in slices
            for metric, spread in s.metrics.items()
        ),
        SPREAD_COLUMNS,
    )


def check_frame(document: CheckDocument) -> pd.DataFrame:
    """Return one row for each group of each gate, those of too few people among them."""
    own = (
        *("attribute", "group", "n", "value", "estimate", "numerator", "denominator", "reference_group"),
        *("reference_estimate", "p_fail", "verdict", "small", "needed_in_all", "waived"),
    )
    rows = [
        {
            **_of_gate(gate),
            **_named(finding, own),
            **_ends("", finding.interval),
            "confidence": finding.interval_confidence,
            "sentence": finding.reason,
        }
        for gate in document.gates
        for finding in gate.findings
    ]
    nothing = dict.fromkeys(CHECK_COLUMNS)
    rows += [
        {
            **nothing,
            **_of_gate(gate),
            **_named(few, ("attribute", "group")),
            "n": few.people,
            "verdict": TOO_FEW,
            "small": True,
            "waived": False,
            "sentence": f"{few.people:,} of {gate.min_people:,} people that are asked for",
        }
        for gate in document.gates
        for few in gate.too_few
    ]
    return _frame(rows, CHECK_COLUMNS)


def _of_gate(gate: GatePart) -> Row:
    return {
        **_named(gate, ("metric", "limit", "outcome")),
        "gate": gate.name,
        "at_least": gate.low,
        "at_most": gate.high,
    }


def _named(part: object, names: Iterable[str]) -> dict[str, object]:
    return {name: getattr(part, name) for name in names}


def _estimate(estimate: EstimatePart) -> Row:
    return {
        **_named(estimate, ("value", "numerator", "denominator", "small", "reason", "effective")),
        **_ends("", estimate.ci),
        "interval_reason": estimate.ci_reason,
    }


def _distance(part: GroupPart | SlicePart, metric: str) -> Row:
    """Return how far a slice is from everybody else; that is known of some metrics only."""
    distance = part.vs_rest.get(metric)
    return {
        "vs_rest": distance.difference if distance else None,
        **_ends("vs_rest_", distance.ci if distance else None),
    }


def _ends(name: str, interval: tuple[float, float | None] | None) -> Row:
    """Return the ends of an interval; one that has no upper end reaches to infinity."""
    low, high = interval or (None, None)
    return {f"{name}low": low, f"{name}high": math.inf if interval and high is None else high}


def _frame(rows: Iterable[Row], columns: Mapping[str, str]) -> pd.DataFrame:
    import pandas as pd

    taken = list(rows)
    return pd.DataFrame({name: _series([row[name] for row in taken], kind) for name, kind in columns.items()})


def _series(values: Sequence[object], kind: str) -> pd.Series[Any]:
    import pandas as pd

    if kind == PEOPLE and any(isinstance(value, float) for value in values):
        # Sums of weights.
        kind = NUMBER
    if kind == NUMBER:
        values = [math.nan if value is None else value for value in values]
    return pd.Series(list(_plain(values)), dtype=kind)


def _plain(values: Iterable[object]) -> Iterator[object]:
    """Return the words of choices as texts."""
    for value in values:
        yield str(value) if isinstance(value, str) else value


def discovered_frame(document: DiscoverDocument) -> pd.DataFrame:
    """Return one row for each slice that was discovered."""
    rows = [_discovered_row(part) for part in document.slices]
    return _frame(rows, DISCOVERED_COLUMNS)


def _discovered_row(part: DiscoveredPart) -> Row:
    ratio_low, ratio_high = part.ratio_ci or (None, None)
    difference_low, difference_high = part.difference_ci
    return {
        "conditions": " and ".join(map(_condition_text, part.conditions)),
        "depth": len(part.conditions),
        "n": part.n,
        "value": part.here.value,
        "errors": part.here.errors,
        "denominator": part.here.denominator,
        "rest_value": part.rest.value,
        "rest_errors": part.rest.errors,
        "rest_denominator": part.rest.denominator,
        "ratio": part.ratio,
        "ratio_low": ratio_low,
        "ratio_high": ratio_high,
        "difference": part.difference,
        "difference_low": difference_low,
        "difference_high": difference_high,
        "excess": part.excess,
        "p_value": part.p_value,
        "p_holm": part.p_holm,
        "p_bh": part.p_bh,
        "covered_people": part.covered.people,
        "covered_errors": part.covered.errors,
    }


def _condition_text(condition: ConditionPart) -> str:
    """Write a condition as one text."""
    if condition.missing:
        return f"{condition.column} is missing"
    if condition.value is not None:
        return f"{condition.column} = {condition.value}"
    low = "" if condition.low is None else f"{condition.low:g} <= "
    high = "" if condition.high is None else f" < {condition.high:g}"
    return f"{low}{condition.column}{high}"


def changed_frame(document: CompareDocument) -> pd.DataFrame:
    """Return one row for each rate of each group that was compared, the worst first."""
    return _frame(map(_changed_row, document.changes), CHANGED_COLUMNS)


def _changed_row(part: ChangePart) -> Row:
    low, high = part.difference_ci or (None, None)
    return {
        "attribute": part.attribute,
        "group": part.group,
        "metric": part.metric,
        "verdict": part.verdict,
        "base": part.base.value,
        "base_numerator": part.base.numerator,
        "base_denominator": part.base.denominator,
        "new": part.new.value,
        "new_numerator": part.new.numerator,
        "new_denominator": part.new.denominator,
        "difference": part.difference,
        "low": low,
        "high": high,
        "p_value": part.p_value,
        "p_adjusted": part.p_adjusted,
        "test": part.test,
        "reason": part.reason,
    }


def impact_frame(document: ImpactDocument) -> pd.DataFrame:
    """Return one row for each group of each table of adverse impact."""
    return _frame(impact_rows(document), IMPACT_COLUMNS)


def impact_rows(document: ImpactDocument) -> list[Row]:
    """Write each group of each table of adverse impact as a row of plain values."""
    return [_impact_row(table, group) for table in document.tables for group in table.groups]


def _impact_row(table: ImpactTablePart, group: ImpactGroupPart) -> Row:
    own = [name for name in IMPACT_COLUMNS if name in type(group).model_fields]
    return {
        "attribute": table.attribute,
        "reference": table.reference,
        **_named(group, own),
        **_ends("odds_ratio_", group.odds_ratio_ci),
        **_ends("bound_", group.bounds),
        "shortfall_pooled": group.shortfall.pooled,
        "shortfall_reference": group.shortfall.reference,
        "shortfall_four_fifths": group.shortfall.four_fifths,
        "one_swap_reverses": group.flip_flop.one_swap_reverses,
        "moves_to_four_fifths": group.flip_flop.moves_to_four_fifths,
        "both": group.both,
        "excluded_because": group.reasons.get("excluded"),
    }
