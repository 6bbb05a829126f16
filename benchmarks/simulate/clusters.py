"""Rows that are not people: false alarms, coverage and power where people stand in several rows, or have the weights of a survey."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from scipy.special import ndtr

from fairaudit.count.counts import Clusters, Counts
from fairaudit.inference import clusters, exact, proportion
from fairaudit.metrics.measure import estimates
from fairaudit.metrics.table import BY_NAME
from simulate.audits import any_finding, band_p_values
from simulate.effort import LEVEL, METRICS, TAU, Bools, Effort, Floats
from simulate.page import Table, percent, say, span
from simulate.population import EDGE, FAIR, rates, with_reference
from simulate.population import draw as draw_people

CORRELATIONS = (0.0, 0.3, 1.0)
"""Of two rows of a person; at 1 all are equal."""
RATES = (0.1, 0.3, 0.5)
"""Of the reference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """How many rows people have, in words; `draw` gives them for so many groups of so many people."""

    name: str
    draw: Callable[[np.random.Generator, int, int], Floats]


def each(rows: int) -> Rows:
    """Everybody has so many."""
    return Rows(name=str(rows), draw=lambda _, draws, people: np.full((draws, people), float(rows)))


UNEQUAL = Rows(
    name="1 to 90, 10 in the mean",
    draw=lambda chance, draws, people: np.minimum(chance.geometric(0.1, size=(draws, people)), 90).astype(
        float
    ),
)
FEW_HAVE_MANY = Rows(
    name="1, and 20 for one person in five",
    draw=lambda chance, draws, people: np.where(chance.random((draws, people)) < 0.2, 20.0, 1.0),
)
KINDS = (each(1), each(5), each(20), UNEQUAL, FEW_HAVE_MANY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Many groups of people: for each its cases and its rows, and what these are worth."""

    x: Floats
    n: Floats
    effect: Floats

    @property
    def worth(self) -> tuple[Floats, Floats]:
        """Cases and rows, as many people as they are worth."""
        return self.x / self.effect, self.n / self.effect


def draw(
    chance: np.random.Generator, *, draws: int, people: int, rows: Rows, rate: float, correlation: float
) -> Drawn:
    """Draw groups whose people have rates of their own, of a beta distribution, so that two of their rows have a correlation."""
    n = rows.draw(chance, draws, people)
    if correlation == 0:
        own = np.full(n.shape, rate)
    elif correlation == 1:
        own = (chance.random(n.shape) < rate).astype(float)
    else:
        size = 1 / correlation - 1
        own = chance.beta(rate * size, (1 - rate) * size, size=n.shape)
    x = chance.binomial(n.astype(int), own).astype(float)
    cells = np.stack([x, n - x], axis=2)
    totals = cells.sum(axis=1)
    products = np.einsum("gpi,gpj->gij", cells, cells)
    effect = clusters.rate_effect([1, 0], [1, 1], totals, products)
    return Drawn(x=totals[:, 0], n=totals.sum(axis=1), effect=effect)


def called_below(one: Drawn, other: Drawn, *, as_people: bool) -> Bools:
    """Return where the ratio is called below the tolerance at 5%, one-sided, as verdicts do; or with every row taken for a person."""
    x1, n1 = one.worth if as_people else (one.x, one.n)
    x2, n2 = other.worth if as_people else (other.x, other.n)
    below, _ = exact.ratio_scores(float(TAU), x1, n1, x2, n2)
    return np.asarray(ndtr(below) <= LEVEL)


def misses(drawn: Drawn, rate: float) -> tuple[float, float]:
    """Compute how often Wilson's interval lies below and above the rate."""
    low, high = proportion.wilson(*drawn.worth)
    return float((high < rate).mean()), float((low > rate).mean())


def drawn_by_survey(
    chance: np.random.Generator, *, draws: int, people: int, rate: float, informative: bool
) -> Drawn:
    """Draw groups whose people have weights, of a gamma distribution; if these tell something, who is a case weighs twice as much."""
    weights = chance.gamma(2.0, 0.5, size=(draws, people))
    # The weighted rate is to be `rate`: with cases that weigh twice as much, fewer are needed.
    own = rate / (2 - rate) if informative else rate
    cases = chance.random(weights.shape) < own
    if informative:
        weights *= np.where(cases, 2.0, 1.0)
    cells = np.stack([weights * cases, weights * ~cases], axis=2)
    totals = cells.sum(axis=1)
    products = np.einsum("gpi,gpj->gij", cells, cells)
    rows = np.stack([cases.sum(axis=1), (~cases).sum(axis=1)], axis=1)
    effect = clusters.rate_effect([1, 0], [1, 1], totals, products, rows=rows)
    return Drawn(x=totals[:, 0], n=totals.sum(axis=1), effect=effect)


def audit_alarms(people: int, rows: int, runs: int, seed: int) -> tuple[float, float]:
    """Draw audits of two groups on the edge, every person in so many equal rows, and count those that fail: every row a person, and by people."""
    drawn = draw_people([FAIR, EDGE], [people] * 2, runs, np.random.default_rng([seed, people])) * rows
    x, n = rates(drawn)
    effect = np.ones(x.shape)
    for place, (numerator, denominator) in enumerate(_CELLS):
        totals = drawn.reshape(-1, 4)
        # A person is in one cell only, with all rows.
        products = np.einsum("gi,ij->gij", totals * rows, np.eye(4))
        effect[..., place] = clusters.rate_effect(numerator, denominator, totals, products).reshape(
            x.shape[:2]
        )
    found = []
    for worth in (1.0, effect):
        beside = with_reference(x / worth, n / worth)
        found.append(any_finding(band_p_values(*beside, worth=LEVEL / len(METRICS)), len(METRICS)))
    return found[0], found[1]


_CELLS = (((1, 1, 0, 0), (1, 1, 1, 1)), ((0, 1, 0, 0), (0, 1, 0, 1)), ((0, 0, 1, 0), (1, 0, 1, 0)))
"""Of the three metrics: which of tp, fp, fn and tn are in the numerator, and which in the denominator."""


def false_alarms(
    people: int, kind: Rows, correlation: float, draws: int, seed: int
) -> tuple[float, float, float]:
    """Compute how often a ratio on the edge is called below it, every row a person and by people; and how often one of a half is."""
    as_rows, by_people, power = [], [], []
    for place, rate in enumerate(RATES):
        chance = np.random.default_rng([seed, people, len(kind.name), int(10 * correlation), place])
        reference, edge, half = (
            draw(chance, draws=draws, people=people, rows=kind, rate=rate * ratio, correlation=correlation)
            for ratio in (1.0, float(TAU), 0.5)
        )
        as_rows.append(float(called_below(edge, reference, as_people=False).mean()))
        by_people.append(float(called_below(edge, reference, as_people=True).mean()))
        power.append(float(called_below(half, reference, as_people=True).mean()))
    return max(as_rows), max(by_people), power[-1]


def false_alarm_table(effort: Effort, seed: int) -> Table:
    """Compare groups that lie exactly on the edge of the band, and groups at a ratio of one half."""
    rows = [
        (
            str(people),
            kind.name,
            f"{correlation:g}",
            *map(percent, false_alarms(people, kind, correlation, effort.clustered, seed)),
        )
        for people in (20, 60, 200)
        for kind in KINDS
        for correlation in (CORRELATIONS if kind.name != "1" else (0.0,))
    ]
    return Table(
        title="Ratios on the edge called below it at 5%, one-sided, where people stand in several rows, %",
        note=(
            f"Two groups of so many people, rates of the reference {', '.join(map(str, RATES))} (the worst is shown), true ratio 0.8; "
            f"{effort.clustered:,} draws. The correlation is that of two rows of a person. Power is at a ratio of 0.5 and a rate of 0.5. At most 5 is right."
        ),
        header=("people", "rows of each", "correlation", "every row a person", "by `--id`", "power"),
        rows=tuple(rows),
    )


def coverage(people: int, kind: Rows | None, correlation: float, rate: float, draws: int, seed: int) -> Drawn:
    """Draw groups, by a survey if no kind of rows is given."""
    chance = np.random.default_rng([seed, 1, people, int(10 * correlation), int(100 * rate)])
    if kind is None:
        return drawn_by_survey(chance, draws=draws, people=people, rate=rate, informative=correlation > 0)
    return draw(chance, draws=draws, people=people, rows=kind, rate=rate, correlation=correlation)


def coverage_table(effort: Effort, seed: int) -> Table:
    """Look at the interval of one rate."""
    rows = []
    for people in (10, 20, 60, 200):
        for kind in (*KINDS, None):
            for correlation in (0.0, 1.0) if kind is None else (0.0,) if kind.name == "1" else CORRELATIONS:
                missed = [
                    misses(coverage(people, kind, correlation, rate, effort.clustered, seed), rate)
                    for rate in (0.1, 0.3, 0.5, 0.8)
                ]
                covered = [1 - below - above for below, above in missed]
                name = kind.name if kind else "weights of a survey"
                said = f"{correlation:g}" if kind else "tells something" if correlation else "tells nothing"
                rows.append((str(people), name, said, span(covered), percent(max(map(max, missed)))))
    return Table(
        title="Coverage of a 95% interval of a rate, where people stand in several rows or have weights, %",
        note=(
            f"By `--id`, or by `--weight`; rates 0.1, 0.3, 0.5 and 0.8; {effort.clustered:,} draws in each cell. Weights are of a gamma distribution whose standard "
            "deviation is 0.7 of the mean; those that tell something are twice as large for cases. A tail is the chance that the interval lies wholly on one side; 2.5 is right."
        ),
        header=("people", "rows of each", "correlation", "coverage", "worst tail"),
        rows=tuple(rows),
    )


def area(chance: np.random.Generator, *, people: int, rows: int, alike: float) -> tuple[Counts, float]:
    """Draw one group whose people have scores and labels of their own, and count it; and give its area."""
    own = chance.normal(size=people)
    scores = np.sqrt(alike) * own[:, None] + np.sqrt(1 - alike) * chance.normal(size=(people, rows))
    labels = chance.random((people, rows)) < 0.4
    # Labels of one person are alike as well: half of the people have the same in all rows.
    labels[::2] = labels[::2, :1]
    scores = scores + labels
    ones, zeros = scores[labels], scores[~labels]
    above = (ones[:, None] > zeros[None, :]).astype(float)
    found = float(above.mean())
    moved = np.zeros(scores.shape)
    moved[labels], moved[~labels] = (
        (above.mean(axis=1) - found) / len(ones),
        (above.mean(axis=0) - found) / len(zeros),
    )
    cells = np.stack([labels.sum(axis=1), np.zeros(people), np.zeros(people), (~labels).sum(axis=1)], axis=1)
    products = (cells.T @ cells)[np.triu_indices(4)]
    return (
        Counts(
            n=scores.size,
            selected=len(ones),
            tp=len(ones),
            fp=0,
            fn=0,
            tn=len(zeros),
            concordant_twice=int(2 * above.sum()),
            placements1=Fraction(float((above.mean(axis=1) ** 2).sum())),
            placements0=Fraction(float((above.mean(axis=0) ** 2).sum())),
            clusters=Clusters(
                people=people,
                products=tuple(map(int, products)),
                area=Fraction(float((moved.sum(axis=1) ** 2).sum())),
            ),
        ),
        found,
    )


def area_table(effort: Effort, seed: int, *, sizes: tuple[int, ...] = (20, 60, 200)) -> Table:
    """Look at the interval of an area under the ROC curve."""
    truth = float(ndtr(1 / np.sqrt(2)))
    rows = []
    for people in sizes:
        for many in (1, 5, 10):
            for alike in (0.3, 0.8) if many > 1 else (0.0,):
                chance = np.random.default_rng([seed, people, many, int(10 * alike)])
                drawn = [area(chance, people=people, rows=many, alike=alike) for _ in range(effort.clustered)]
                covered = []
                for counts in ([c for c, _ in drawn], [replace(c, clusters=None) for c, _ in drawn]):
                    found = [e.ci for e in estimates(BY_NAME["roc_auc"], counts, all_selected=None)]
                    covered.append(sum(ci is None or ci[0] <= truth <= ci[1] for ci in found) / len(found))
                rows.append((str(people), str(many), f"{alike:g}", percent(covered[1]), percent(covered[0])))
    return Table(
        title="Coverage of a 95% interval of an area under the ROC curve, where people stand in several rows, %",
        note=(
            f"True area {truth:.2f}, labels 1 in 40%; half of the people have the same label in all rows; {effort.clustered:,} draws. Two scores of a person have the "
            "correlation that is given. DeLong's variance takes every row for a person, Obuchowski's is that of `--id`."
        ),
        header=("people", "rows of each", "correlation", "DeLong", "Obuchowski"),
        rows=tuple(rows),
    )


def cluster_tables(effort: Effort, seed: int) -> Iterator[Table]:
    """Show what it costs that rows are not people, and what `--id` and the weights of a survey make of it."""
    say("People in several rows")
    yield false_alarm_table(effort, seed)
    yield coverage_table(effort, seed)
    yield area_table(effort, seed)
