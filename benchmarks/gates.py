"""How long a policy of a hundred gates takes to answer beside one of a single gate, from counts of made-up people.

Prints a Markdown table; each line is the fastest of five runs in this process. Only the ratios of one run say something. Gates of one kind
are answered together, so that a hundred of them should cost far less than a hundred times one; a third ask for a
comparison that another one asks for as well, with another limit.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from inference import fastest

from fairaudit.count.counts import Counted, Counts, GroupCounts
from fairaudit.gates.evaluate import evaluate
from fairaudit.gates.policy import Gate
from fairaudit.metrics.kinds import Measured
from fairaudit.metrics.measure import measure
from fairaudit.metrics.table import PARITY_METRICS
from fairaudit.settings.choices import ScoreKind

GATES = 100
GROUPS = {"sex": 2, "age": 3, "race": 6, "age*sex": 6, "race*sex": 12, "race*age": 18}
"""Attributes, and how many groups each one has."""
PEOPLE = 7_000
SHARES = (0.25, 0.15, 0.2, 0.4)
"""Of true and false positives, false and true negatives."""
RATIOS = ("0.8", "0.7")


def people() -> Measured:
    """Draw the counts of all groups, small ones among them."""
    draw = np.random.default_rng(1)
    groups = [
        GroupCounts(attribute=attribute, group=f"{place:02}", counts=counts(cells))
        for attribute, number in GROUPS.items()
        for sizes in (draw.multinomial(PEOPLE, draw.dirichlet(np.ones(number))),)
        for place, size in enumerate(sizes)
        for cells in (draw.multinomial(size, SHARES).tolist(),)
    ]
    overall = counts(np.rint(PEOPLE * np.asarray(SHARES)).astype(int).tolist())
    return measure(Counted(overall=overall, groups=tuple(groups), scores=ScoreKind.DECISIONS))


def counts(cells: Sequence[int]) -> Counts:
    """Name the cells of a confusion matrix."""
    tp, fp, fn, tn = cells
    return Counts(n=sum(cells), selected=tp + fp, tp=tp, fp=fp, fn=fn, tn=tn)


def policy() -> list[Gate]:
    """Ask for the ratio of every metric in every attribute, with one limit after the other, until there are enough gates."""
    asked = itertools.islice(itertools.product(RATIOS, PARITY_METRICS, GROUPS), GATES)
    return [
        Gate(name=str(place), metric=metric.name, attributes=(attribute,), ratio_within=Fraction(ratio))
        for place, (ratio, metric, attribute) in enumerate(asked)
    ]


def main() -> None:
    """Measure, and print the table."""
    measured, gates = people(), policy()

    def seconds(asked: Sequence[Gate], *, runs: int = 5) -> float:
        return fastest(lambda: evaluate(asked, measured), runs=runs)

    alone = [seconds([gate], runs=1) for gate in gates]
    one, many, each = seconds([gates[alone.index(max(alone))]]), seconds(gates), sum(alone)
    lines = [
        "| what | ms | times the single gate |",
        "|---|---:|---:|",
        f"| the slowest single gate | {1000 * one:.0f} | 1 |",
        f"| {GATES} gates in one policy | {1000 * many:.0f} | {many / one:.0f} |",
        f"| the same gates, one by one | {1000 * each:.0f} | {each / one:.0f} |",
    ]
    print("\n".join(lines))  # noqa: T201


if __name__ == "__main__":
    main()
