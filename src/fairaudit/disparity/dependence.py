"""Questions of one family: which of them depend on each other, as far as the counts tell.

Groups of one attribute share their reference group, or are part of what the others are compared with, and several metrics are of the same people.
Of groups of two attributes the counts do not tell how many people are in both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fairaudit.count.counts import Counts
from fairaudit.disparity.comparison import Pair
from fairaudit.disparity.verdicts import Question
from fairaudit.metrics.kinds import GroupMeasures, Measured
from fairaudit.metrics.table import BY_NAME
from fairaudit.slices.grammar import EVERYBODY_ELSE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fairaudit.inference.joint import Block

    Floats = NDArray[np.float64]

CELLS = ("tp", "fp", "fn", "tn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A ratio of two rates that a question is about.

    Attributes
    ----------
    place
        Of the question in its family.
    clustered
        Whether people stand in several rows, so that it is not known how their metrics depend on each other.
    """

    place: int
    attribute: str
    group: str
    reference: str
    metric: str
    pair: Pair
    question: Question
    clustered: bool = False


def blocks(compared: Sequence[Asked], measured: Measured) -> list[Block]:
    """Put questions together whose dependence the counts give; those that the data chose, and shares of one whole, are in no block."""
    together: dict[tuple[str, str], list[Asked]] = {}
    for one in compared:
        asked = one.question
        if BY_NAME[one.metric].is_of_whole or asked.p_fail is None or asked.comparisons > 1:
            continue
        if one.attribute in measured.overlapping:
            # How many people two of its groups have in common the counts do not tell.
            continue
        key = (one.attribute, one.metric if one.clustered else "")
        together.setdefault(key, []).append(one)
    made = [_block(members, measured) for members in together.values() if len(members) > 1]
    return [block for block in made if len(block.places) > 1]


def _block(members: Sequence[Asked], measured: Measured) -> Block:
    import numpy as np

    from fairaudit.inference import contrast, joint

    limits = np.asarray([float(one.question.limit or 1) for one in members])
    x1, n1, x2, n2 = np.asarray([one.pair for one in members], dtype=np.float64).T
    p1, p2 = contrast.rates_of_ratio(limits, x1, n1, x2, n2)
    own, theirs = p1 * (1 - p1) / n1, limits**2 * p2 * (1 - p2) / n2
    # Without any variance nothing can be said of how it is shared.
    known = own + theirs > 0
    members = [one for one, is_known in zip(members, known, strict=True) if is_known]
    # Draws of very many tests are never made, and what they would be made of grows with the square of the groups.
    is_drawn = 1 < len(members) <= joint.MOST
    return joint.Block(
        places=[one.place for one in members],
        factors=_factors(members, measured, own[known], theirs[known])
        if is_drawn
        else np.zeros((len(members), 0)),
        apart=np.asarray([one.question.apart for one in members]),
    )


def _factors(members: Sequence[Asked], measured: Measured, own: Floats, theirs: Floats) -> Floats:
    """Write the evidence of tests of one attribute as sums of independent parts, from the variances of both sides."""
    import numpy as np

    from fairaudit.inference import joint

    groups = measured.of(members[0].attribute)
    places = {group.group: place for place, group in enumerate(groups)}
    metrics = list(dict.fromkeys(one.metric for one in members))
    return joint.factors(
        joint.Statistics(
            groups=[places[one.group] for one in members],
            references=[_shares(one, groups) for one in members],
            own=own,
            theirs=theirs,
            signs=np.where([one.question.is_below for one in members], -1.0, 1.0),
            metrics=[metrics.index(one.metric) for one in members],
        ),
        _between(metrics, measured.overall.counts),
    )


def _shares(one: Asked, groups: Sequence[GroupMeasures]) -> list[float]:
    """Return the square roots of the groups' shares in the people that a group is compared with."""
    if one.reference != EVERYBODY_ELSE:
        return [float(group.group == one.reference) for group in groups]
    trials = [
        0 if group.unknown or group.group == one.group else group.estimates[one.metric].denominator or 0
        for group in groups
    ]
    total = sum(trials) or 1
    return [(trial / total) ** 0.5 for trial in trials]


def _between(metrics: Sequence[str], counts: Counts) -> Floats:
    import numpy as np

    from fairaudit.inference import joint

    if counts.tp is None:
        selected = counts.selected or 0
        cells: Mapping[str, float] = {"selected": selected, "others": counts.n - selected}
    else:
        cells = {cell: getattr(counts, cell) or 0 for cell in CELLS}
    counted = [
        [[_has(names, cell) for cell in cells] for names in (BY_NAME[m].numerator, BY_NAME[m].denominator)]
        for m in metrics
    ]
    numerators, denominators = np.asarray(counted, dtype=np.float64).transpose(1, 0, 2)
    return joint.correlations(numerators, denominators, list(cells.values()))


def _has(names: Sequence[str], cell: str) -> bool:
    return cell in names or "n" in names or ("selected" in names and cell in ("tp", "fp"))
