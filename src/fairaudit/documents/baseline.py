"""What would be reached without any model: by always deciding what is commonest."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fairaudit.documents.parts import OverallPart
from fairaudit.metrics.table import BY_NAME

_BASE_RATE = "prev"
_COMPOSED: Mapping[str, Callable[[float, int], float]] = {
    "balanced_accuracy": lambda _share, _label: 0.5,
    "f1": lambda share, label: 2 * share / (1 + share) if label else 0.0,
    "roc_auc": lambda _share, _label: 0.5,
    "brier": lambda share, _label: share * (1 - share),
}
"""Metrics that are no share of people, by the base rate and the commoner label."""


def majority_class(overall: OverallPart) -> int | None:
    """Return the commoner label; ``None`` without labels."""
    base = overall.metrics.get(_BASE_RATE)
    return None if base is None or base.value is None else int(base.value >= 0.5)


def base_line(overall: OverallPart) -> Mapping[str, float]:
    """Return the metrics of always deciding the commoner label; scores, of always giving the base rate.

    What is undefined then, such as the precision of selecting nobody, is left out.
    """
    base, label = overall.metrics.get(_BASE_RATE), majority_class(overall)
    if base is None or base.value is None or label is None:
        return {}
    share = base.value
    cells = (
        {"tp": share, "fp": 1 - share, "fn": 0.0, "tn": 0.0}
        if label
        else {"tp": 0.0, "fp": 0.0, "fn": share, "tn": 1 - share}
    )
    cells |= {"n": 1.0, "selected": float(label)}
    values = {name: of_share(share, label) for name, of_share in _COMPOSED.items()}
    for name in overall.metrics:
        metric = BY_NAME[name]
        if metric.numerator and not {*metric.numerator, *metric.denominator} - cells.keys():
            of = sum(cells[cell] for cell in metric.denominator)
            if of:
                values[name] = sum(cells[cell] for cell in metric.numerator) / of
    return values
