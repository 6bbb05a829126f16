"""What is said of how an audit decided, and of how well everybody is decided about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairaudit.documents.parts import EstimatePart, Verdict
from fairaudit.documents.ranking import (
    Poorest,
)
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.words.names import capital
from fairaudit.render.words.values import (
    difference_text,
    with_interval,
)
from fairaudit.settings.limits import level_text

if TYPE_CHECKING:
    from fairaudit.documents.audit import BiasDocument

AIMS = {
    Verdict.PASS: "to pass with 80% chance if true rates are equal",
    Verdict.FAIL: "to fail with 80% chance if true rates are as seen",
}
"""What the people that would be needed are for, and what is supposed there: everybody grows alike, and one in five such audits stays undecided."""


DECIDED_BY_POINT = "Decided by the ratios alone: in small groups chance fails many, and passes many."
CHOSEN_BY_DATA = (
    "The data chose the reference group, so intervals and p-values hold for all pairs of groups together."
)


def performance_finding(metric: str, estimate: EstimatePart) -> str:
    """Say what a metric is for everybody, without a full stop."""
    return f"{capital(BY_NAME[metric].long_name)} is {with_interval(metric, estimate)} for everybody"


def nothing_to_judge(rows: int) -> str:
    """Say that the input holds neither decisions nor labels, without a full stop."""
    return f"{rows:,} rows were read; there is nothing in them to judge decisions by"


def correction(document: BiasDocument) -> str:
    """Say for how many comparisons a fail is corrected, and by which method, without a full stop; empty where there is none."""
    many = document.comparisons
    # What the data chose, and groups that overlap, are in no block of tests whose dependence is known.
    overlapping = all(a.members for a in document.settings.attributes)
    method = "Holm" if document.references_were_chosen or overlapping else "max-T"
    comparisons = "1 comparison" if many == 1 else f"{many:,} comparisons"
    return f"A fail holds after correcting for {comparisons} ({method}, 5%)" if many else ""


def distance_text(worst: Poorest, metric: str) -> str:
    """Say how far the poorest slice is from everybody else, with the interval that allows for the choice.

    Returns
    -------
    str
        For example: "-0.221, 99.17% interval -0.332 to -0.110, as it was chosen from 6 slices".
    """
    distance = worst.distance
    text = difference_text(metric, distance.difference or 0.0)
    if distance.joint_ci is not None and distance.joint_confidence is not None:
        low, high = (difference_text(metric, limit) for limit in distance.joint_ci)
        text += f", {level_text(distance.joint_confidence)} interval {low} to {high}"
    if worst.chosen_from > 1:
        text += f", as it was chosen from {worst.chosen_from:,} slices"
    return text
