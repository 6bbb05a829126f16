"""What is said of the slice that the data choose: how often a difference is found that is not there, or that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairaudit.count.counts import Counts
from fairaudit.disparity.distance import against_rest
from fairaudit.documents.envelope import distance_parts
from fairaudit.documents.parts import EstimatePart
from fairaudit.documents.ranking import Slice, poorest_slice
from fairaudit.metrics.kinds import GroupMeasures, Measured
from fairaudit.metrics.measure import estimates
from fairaudit.metrics.table import BY_NAME
from fairaudit.settings.choices import DEFAULT_MIN_GROUP_SIZE
from simulate.effort import Counts as Cells
from simulate.effort import Effort
from simulate.page import Table, percent, say
from simulate.population import FAIR, Truth

METRICS = ("f1", "accuracy")
WORSE = Truth(prevalence=0.4, fpr=0.3, fnr=0.4)
"""Its accuracy is ten points below that of `FAIR`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Data that are sliced by columns of four values each, drawn without regard to each other.

    Attributes
    ----------
    columns
        Columns; four slices each.
    people
        In all.
    worse
        Whether the people with the first value of the first column are decided worse.
    """

    columns: int
    people: int
    worse: bool = False

    @property
    def slices(self) -> int:
        """How many slices there are."""
        return 4 * self.columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Shares of the runs.

    Attributes
    ----------
    alone
        In which the interval of the slice named the poorest, taken as if it had been named beforehand, lies wholly below 0.
    chosen
        In which the one that allows for the choice does, so that it is said to be poorer beyond chance.
    covered
        In which the latter holds the true difference.
    right
        In which the slice that is truly worse is said to be so.
    """

    alone: float
    chosen: float
    covered: float
    right: float


def counts(cells: Cells) -> Counts:
    """Count a confusion matrix."""
    tp, fp, fn, tn = (int(cell) for cell in cells)
    return Counts(n=tp + fp + fn + tn, selected=tp + fp, tp=tp, fp=fp, fn=fn, tn=tn)


def draw_slices(design: Design, random: np.random.Generator, metric: str) -> Measured:
    """Draw people, slice them and measure the one metric that is looked at."""
    values = random.integers(0, 4, size=(design.columns, design.people))
    cell = random.choice(4, size=design.people, p=FAIR.cells)
    if design.worse:
        mine = values[0] == 0
        cell[mine] = random.choice(4, size=int(mine.sum()), p=WORSE.cells)
    tables = np.stack([np.bincount(4 * value + cell, minlength=16).reshape(4, 4) for value in values])
    names = [
        ("", ""),
        *((f"c{column}", str(value)) for column, table in enumerate(tables) for value in range(len(table))),
    ]
    members = [counts(tables[0].sum(axis=0)), *(counts(cells) for table in tables for cells in table)]
    column = estimates(
        BY_NAME[metric], members, all_selected=members[0].selected, min_group_size=DEFAULT_MIN_GROUP_SIZE
    )
    overall, *groups = (
        GroupMeasures(
            attribute=attribute,
            group=group,
            counts=member,
            estimates={metric: estimate},
            small=member.people < DEFAULT_MIN_GROUP_SIZE,
        )
        for (attribute, group), member, estimate in zip(names, members, column, strict=True)
    )
    return Measured(overall=overall, groups=tuple(groups), left_out={}, min_group_size=DEFAULT_MIN_GROUP_SIZE)


def as_slices(measured: Measured, metric: str) -> list[Slice]:
    """Write down what ranking reads of slices."""
    away = against_rest(measured, metrics=[metric])
    return [
        Slice(
            feature=g.attribute,
            name=g.group,
            n=g.counts.n,
            small=g.small,
            metrics={
                metric: EstimatePart(
                    value=e.value,
                    numerator=None,
                    denominator=None,
                    ci=e.ci,
                    small=e.small,
                    reason=None,
                    ci_reason=None,
                )
            },
            vs_rest=distance_parts(distances),
        )
        for g, distances in zip(measured.groups, away, strict=True)
        for e in [g.estimates[metric]]
    ]


def true_difference(design: Design, found: Slice, metric: str) -> float:
    """Return how far a slice truly is from everybody else."""

    def value(worse: float) -> float:
        tp, fp, fn, tn = (worse * w + (1 - worse) * f for w, f in zip(WORSE.cells, FAIR.cells, strict=True))
        return tp + tn if metric == "accuracy" else 2 * tp / (2 * tp + fp + fn)

    if not design.worse:
        return 0.0
    if found.feature == "c0":
        return value(1) - value(0) if found.name == "0" else value(0) - value(1 / 3)
    return 0.0


def of_choices(design: Design, runs: int, seed: int, metric: str) -> Found:
    """Draw runs, and look at the slice that each of them names."""
    random = np.random.default_rng([seed, design.slices, design.people, design.worse])
    tallies = np.zeros(4)
    for _ in range(runs):
        worst = poorest_slice(as_slices(draw_slices(design, random, metric), metric), metric)
        if worst is None:
            tallies[2] += 1
            continue
        truth = true_difference(design, worst.slice, metric)
        alone, joint = worst.distance.ci, worst.distance.joint_ci
        tallies += (
            alone is not None and alone[1] < 0,
            worst.is_sure,
            joint is not None and joint[0] <= truth <= joint[1],
            worst.is_sure and truth < 0 and (worst.slice.feature, worst.slice.name) == ("c0", "0"),
        )
    alone_below, chosen, covered, right = (float(share) for share in tallies / runs)
    return Found(alone=alone_below, chosen=chosen, covered=covered, right=right)


def choice_table(effort: Effort, seed: int) -> Table:
    """Show how often the slice that is named the poorest is so by chance alone, and how often one that is truly worse is found."""
    rows = []
    for slices, share in ((8, 2), (40, 4), (200, 12)):
        runs = effort.figures // share
        say(f"The poorest of {slices} slices")
        equal, worse = (
            of_choices(Design(columns=slices // 4, people=2_000, worse=different), runs, seed, "f1")
            for different in (False, True)
        )
        rows.append(
            (
                str(slices),
                f"{runs:,}",
                *map(percent, (equal.alone, equal.chosen, equal.covered, worse.right, worse.covered)),
            )
        )
    return Table(
        title="The slice that is named the poorest, %",
        note="2,000 people, sliced by columns of four values that have nothing to do with each other; by F1. 'As if named beforehand': its 95% interval to everybody else lies "
        "wholly below 0 though all are equal; 'beyond chance': so does the one that allows for the choice. Then a slice of 500 people has an accuracy that is ten points lower "
        "(an F1 of 0.58 against 0.70).",
        header=(
            "slices",
            "runs",
            "equal: as if named beforehand",
            "said to be poorer beyond chance",
            "covered",
            "one is worse: found",
            "covered",
        ),
        rows=tuple(rows),
    )
