"""What may be said of calibration."""

from __future__ import annotations

from collections.abc import Sequence

from fairaudit.documents.calibration import Calibration, farthest
from fairaudit.render.words import count_text, group_people, metric_value
from fairaudit.settings.choices import MIN_DENOMINATOR


def calibration_finding(groups: Sequence[Calibration], *, confidence: float) -> str:
    """Say in one sentence where scores and labels part the most.

    Returns
    -------
    str
        For example: "Where scores lie from 0.4 to 0.5, 62.0% of Belmar people have label 1 (mean score 0.451; 95% interval 53.1% to
        70.2%; 120 people)". Without a full stop.
    """
    found = farthest(groups)
    if found is None:
        return (
            f"In every group and tenth of the scores with at least {MIN_DENOMINATOR} people, the mean score lies within the "
            f"{confidence:.0%} interval of the share with label 1"
        )
    group, tenth = found
    people = group_people(group.attribute, group.group)
    people = people[0].lower() + people[1:] if people.startswith("People ") else people
    low, high = (metric_value("prev", limit) for limit in tenth.ci)
    return (
        f"Where scores lie from {tenth.low:.1f} to {tenth.high:.1f}, {metric_value('prev', tenth.share)} of {people} have label 1 "
        f"(mean score {tenth.mean_score:.3f}; {confidence:.0%} interval {low} to {high}; {count_text(tenth.people)} people)"
    )
