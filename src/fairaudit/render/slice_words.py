"""What may be said of the worst slice: chosen from many, it is farther off by chance than one named beforehand."""

from __future__ import annotations

from collections.abc import Sequence

from fairaudit.documents.parts import EstimatePart
from fairaudit.documents.ranking import Poorest, Slice, is_small, poorest_slice, small_slices
from fairaudit.metrics.kinds import Better
from fairaudit.metrics.table import BY_NAME
from fairaudit.render.words import difference_text, level_text, metric_value


def poorest_finding(slices: Sequence[Slice], overall: EstimatePart, metric: str) -> tuple[str, str]:
    """Say which slice is the poorest, if one is so beyond chance.

    Returns
    -------
    tuple
        What is found, and the rest of the sentence; without a full stop.
    """
    worst, few = poorest_slice(slices, metric), small_slices(slices, metric)
    after = f"; {few}" if few else ""
    name, lower = BY_NAME[metric].long_name, BY_NAME[metric].better is Better.NEITHER
    poorer = "lower" if lower else "poorer"
    everybody = metric_value(metric, overall.value)
    if worst is None:
        known = any(s.metrics[metric].value is not None and not is_small(s, metric) for s in slices)
        if not known:
            return "Every slice is small, or its performance is undefined", ""
        return f"No slice of enough people is {poorer} than everybody", f" ({name} {everybody}){after}"
    said = (
        f"{worst.slice.shown}, {name} {metric_value(metric, worst.slice.metrics[metric].value)} against {everybody} for everybody "
        f"({worst.slice.n:,} people{after}). To everybody else it is {distance_text(worst, metric)}"
    )
    if worst.is_sure:
        return f"{'Lowest' if lower else 'Poorest'} slice", f": {said}"
    return f"No slice is {poorer} than everybody else beyond chance", f". Farthest off is {said}"


def distance_text(worst: Poorest, metric: str) -> str:
    """Say how far the poorest slice is from everybody else, with the interval that allows for the choice.

    Returns
    -------
    str
        For example: "-0.221, 99.17% interval -0.332 to -0.110, as it was chosen from 6 slices".
    """
    distance = worst.distance
    said = difference_text(metric, distance.difference or 0.0)
    if distance.joint_ci is not None and distance.joint_confidence is not None:
        low, high = (difference_text(metric, limit) for limit in distance.joint_ci)
        said += f", {level_text(distance.joint_confidence)} interval {low} to {high}"
    if worst.chosen_from > 1:
        said += f", as it was chosen from {worst.chosen_from:,} slices"
    return said
