"""Whole audits by the product itself, from counts to verdicts: chance of any false fail, and power, of families whose parts depend on each other."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fairaudit.count.counts import Counted, GroupCounts
from fairaudit.count.counts import Counts as Cells
from fairaudit.disparity import families as judge
from fairaudit.disparity.ratios import compare
from fairaudit.disparity.references import find_references
from fairaudit.inference.multiplicity import holm
from fairaudit.metrics.measure import measure
from fairaudit.metrics.table import COMPARED_METRICS
from fairaudit.settings.choices import Decide, ScoreKind
from fairaudit.settings.limits import tolerance_band
from simulate.effort import LEVEL, METRICS, TAU, Counts, Effort
from simulate.page import Table, percent, say
from simulate.population import EDGE, FAIR, Truth

UNFAIR = Truth(prevalence=0.4, fpr=0.4, fnr=0.3)
"""Twice the false positive rate of `FAIR`."""
ABOVE = Truth(prevalence=0.4, fpr=0.25, fnr=0.375)
"""Errors at the high edge of the band."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Groups of an attribute, or of two that cross; the first one is the reference.

    Attributes
    ----------
    truths, sizes
        Of the groups, or of the people in each pair of groups, row by row.
    second
        How many groups the second attribute has; then both and their intersections are audited.
    reference
        ``first``, or ``rest``.
    """

    name: str
    truths: tuple[Truth, ...]
    sizes: tuple[int, ...]
    second: int = 1
    reference: str = "first"


DESIGNS = (
    Design(name="12 groups of 200, at the low edge", truths=(FAIR, *[EDGE] * 11), sizes=(200,) * 12),
    Design(name="12 groups of 200, at the high edge", truths=(EDGE, *[FAIR] * 11), sizes=(200,) * 12),
    Design(
        name="12 groups of 200, at both edges",
        truths=(FAIR, *[EDGE] * 6, *[ABOVE] * 5),
        sizes=(200,) * 12,
    ),
    Design(
        name="1,000 and 11 of 60, at the low edge",
        truths=(FAIR, *[EDGE] * 11),
        sizes=(1000, *[60] * 11),
    ),
    Design(name="60 and 11 of 400, at the low edge", truths=(FAIR, *[EDGE] * 11), sizes=(60, *[400] * 11)),
    Design(
        name="6 groups of 200 beside the rest, three at each end",
        truths=(*[FAIR] * 3, *[Truth(prevalence=0.34, fpr=0.17, fnr=0.255)] * 3),
        sizes=(200,) * 6,
        reference="rest",
    ),
    Design(
        name="3 by 4 groups and their 12 intersections of 100, at the low edge",
        truths=(FAIR, *[EDGE] * 11),
        sizes=(100,) * 12,
        second=4,
    ),
    Design(name="12 groups of 200, one with twice the FPR", truths=(*[FAIR] * 11, UNFAIR), sizes=(200,) * 12),
    Design(
        name="1,000 and 11 of 150, one with twice the FPR",
        truths=(*[FAIR] * 11, UNFAIR),
        sizes=(1000, *[150] * 11),
    ),
)


def counted(cells: Counts, second: int) -> Counted:
    """Write drawn cells, shape (groups, 4), as the product counts them."""

    def counts(mine: Counts) -> Cells:
        tp, fp, fn, tn = map(int, mine)
        return Cells(n=tp + fp + fn + tn, selected=tp + fp, tp=tp, fp=fp, fn=fn, tn=tn)

    attributes: Mapping[str, Counts] = {"crossed": cells}
    if second > 1:
        table = cells.reshape(-1, second, 4)
        attributes = {"one": table.sum(axis=1), "other": table.sum(axis=0), "crossed": cells}
    return Counted(
        overall=counts(cells.sum(axis=0)),
        groups=tuple(
            GroupCounts(attribute=attribute, group=f"{number:02}", counts=counts(mine))
            for attribute, members in attributes.items()
            for number, mine in enumerate(members)
        ),
        scores=ScoreKind.DECISIONS,
    )


def p_values(cells: Counts, design: Design) -> list[tuple[str, str, str, float, float]]:
    """Audit one draw: attribute, group, metric, and p-value after the product's correction and after Holm's method."""
    measured = measure(counted(cells, design.second))
    # Intervals of metrics that nobody asks about would take most of the time.
    unasked = {m.name: "it is not asked about" for m in COMPARED_METRICS if m.name not in METRICS}
    measured = dataclasses.replace(measured, left_out=unasked)
    attributes = measured.attributes
    wanted = ("rest",) if design.reference == "rest" else tuple(f"{name}=00" for name in attributes)
    compared = compare(measured, find_references(measured, wanted), metrics=METRICS)
    answers, _ = judge.answer_all(compared, tolerance_band(TAU), Decide.INTERVAL)
    family = [at for at in answers if compared.disparities[at].decisive]
    simple = holm([answers[at].p_raw for at in family])
    found = []
    for at, other in zip(family, simple, strict=True):
        d, mine = compared.disparities[at], answers[at].p_fail
        found.append(
            (d.attribute, d.group, d.metric, 1.0 if mine is None else mine, 1.0 if other is None else other)
        )
    return found


def unfair(design: Design) -> set[tuple[str, str, str]]:
    """Name what is outside the band in truth."""
    return {
        ("crossed", f"{number:02}", "fpr") for number, truth in enumerate(design.truths) if truth is UNFAIR
    } | {
        ("crossed", f"{number:02}", "pprev") for number, truth in enumerate(design.truths) if truth is UNFAIR
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Shares of audits with any false fail, and in which the unfair false positive rate is found: by the product, and by Holm's method."""

    false: float
    false_by_holm: float
    power: float | None
    power_by_holm: float | None


def audits(design: Design, runs: int, seed: int) -> Found:
    """Draw audits and count."""
    random = np.random.default_rng([seed, *map(ord, design.name)])
    bad = unfair(design)
    counts = np.zeros(4)
    for _ in range(runs):
        cells = np.stack(
            [random.multinomial(n, truth.cells) for truth, n in zip(design.truths, design.sizes, strict=True)]
        )
        found = p_values(cells, design)
        for column in (3, 4):
            counts[column - 3] += any(one[column] <= LEVEL for one in found if one[:3] not in bad)
            counts[column - 1] += any(
                one[column] <= LEVEL for one in found if one[:3] in bad and one[2] == "fpr"
            )
    shares = (counts / runs).tolist()
    return Found(
        false=shares[0],
        false_by_holm=shares[1],
        power=shares[2] if bad else None,
        power_by_holm=shares[3] if bad else None,
    )


def family_table(effort: Effort, seed: int, designs: Sequence[Design] = DESIGNS) -> Table:
    """Show families of dependent comparisons."""
    runs = max(50, effort.audits // 20)
    rows = []
    for design in designs:
        say(f"Families: {design.name}")
        found = audits(design, runs, seed)
        rows.append(
            (
                design.name,
                percent(found.false),
                percent(found.false_by_holm),
                "–" if found.power is None else percent(found.power),
                "–" if found.power_by_holm is None else percent(found.power_by_holm),
            )
        )
    return Table(
        title="Any false fail of a whole audit, and whether an unfair group is found, %",
        note=f"Audits from counts to verdicts, three metrics, {runs:,} in each row. At the edges of the band all is fair and nothing nearer to a failure; at most 5 "
        "is right there. One-sided tests all through; by step-down max-T, and by Holm's method alone.",
        header=("audit", "any false fail", "by Holm", "twice the FPR is found", "by Holm"),
        rows=tuple(rows),
    )


__all__ = ["DESIGNS", "Design", "Found", "audits", "family_table"]
