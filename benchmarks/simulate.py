"""Show how often intervals cover, tests raise false alarms and verdicts decide, beside Aequitas, Fairlearn and textbook formulas.

Where two rates are compared, every outcome of the two groups is gone through with its probability, so these tables carry no error
of simulation. Whole audits, peers that want rows, and figures of one group are drawn from a seed. ``--quick`` takes a smaller grid
and fewer draws; ``--write FILE`` puts the tables between the two marks in FILE.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import itertools
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betainc, gammaln, ndtr, ndtri, xlogy
from scipy.stats import binom

from fairaudit.config import BOOTSTRAP_REPLICATES, BOOTSTRAP_SEED
from fairaudit.inference import contrast, planning, proportion, resample

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Counts: TypeAlias = NDArray[np.int64]

BEGIN, END = "<!-- written by nox -s simulate: begin -->", "<!-- end -->"
LEVEL = 0.05
Z95, Z90 = float(ndtri(0.975)), float(ndtri(0.95))
TAU = Fraction("0.8")
REACHED = 5.0
"""The expected count from which on coverage is promised."""
RATIOS = (1.0, 0.8, 0.6)
FINE_RATES = tuple(step / 200 for step in range(2, 101))
"""Of one group; a single binomial is cheap, and its coverage jumps from rate to rate."""
DESIGNS = {"equal": (1, 1), "reference nine times as large": (1, 9), "group nine times as large": (9, 1)}
"""People in the group and in the reference, in multiples of n; n is the smaller of the two."""
METRICS = ("pprev", "fpr", "fnr")
_NEGLIGIBLE = 1e-10
"""Outcomes beyond this tail probability are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much is computed.

    Attributes
    ----------
    sizes, rates
        The grid: people in the smaller group, and rates of the reference.
    audits, figures, aequitas, aequitas_audits, fairlearn
        Draws: whole audits, groups of people, data sets for Aequitas, whole audits for Aequitas, data sets for Fairlearn.
    """

    sizes: tuple[int, ...]
    rates: tuple[float, ...]
    audits: int
    figures: int
    aequitas: int
    aequitas_audits: int
    fairlearn: int


FULL = Effort(
    sizes=(20, 50, 100, 200, 500, 1000),
    rates=(0.01, 0.05, 0.1, 0.3, 0.5),
    audits=10_000,
    figures=2_000,
    aequitas=150,
    aequitas_audits=100,
    fairlearn=10,
)
QUICK = Effort(
    sizes=(20, 100, 500),
    rates=(0.01, 0.1, 0.5),
    audits=1_000,
    figures=200,
    aequitas=10,
    aequitas_audits=5,
    fairlearn=2,
)
REPLICATES_OF_FAIRLEARN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What is printed: a table with a title and a sentence about what it shows."""

    title: str
    note: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Misses:
    """The probabilities that an interval lies wholly below the truth, and wholly above it."""

    below: float
    above: float

    @property
    def coverage(self) -> float:
        """The probability that it covers the truth."""
        return 1 - self.below - self.above

    @property
    def worse(self) -> float:
        """The larger of both tails."""
        return max(self.below, self.above)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two groups of known rates: the group first, its reference second."""

    n1: int
    p1: float
    n2: int
    p2: float

    @property
    def smallest_expected(self) -> float:
        """The smallest of the four expected counts."""
        return min(self.n1 * self.p1, self.n1 * (1 - self.p1), self.n2 * self.p2, self.n2 * (1 - self.p2))

    @property
    def reached(self) -> bool:
        """Whether all four expected counts reach five."""
        return self.smallest_expected >= REACHED - 1e-9

    def outcomes(self) -> tuple[Counts, Counts, Floats]:
        """List the outcomes as a column of the group's counts, a row of the reference's, and a matrix of probabilities."""
        x1, weight1 = support(self.n1, self.p1)
        x2, weight2 = support(self.n2, self.p2)
        return x1[:, None], x2[None, :], weight1[:, None] * weight2[None, :]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of the grid: a pair of groups, and how often every method misses the truth there."""

    n: int
    p: float
    pair: Pair
    misses: Mapping[str, Misses]


Sides: TypeAlias = tuple[Bools, Bools]
"""Of every outcome, whether the interval lies below the truth, and whether above; neither where there is no interval."""
Method: TypeAlias = Callable[[Pair, Counts, Counts], Sides]


# --- Every outcome of two groups


def support(trials: int, rate: float) -> tuple[Counts, Floats]:
    """List the counts that a binomial may well show, and their probabilities."""
    low, high = int(binom.ppf(_NEGLIGIBLE, trials, rate)), int(binom.isf(_NEGLIGIBLE, trials, rate))
    counts = np.arange(low, high + 1)
    return counts, probability(counts, trials, rate)


def probability(counts: Counts, trials: int, rate: float | Floats) -> Floats:
    """Compute binomial probabilities; quicker than SciPy's, which checks each argument."""
    log = gammaln(trials + 1) - gammaln(counts + 1) - gammaln(trials - counts + 1)
    return np.exp(log + xlogy(counts, rate) + xlogy(trials - counts, 1 - np.asarray(rate)))


def at_most(counts: Counts, trials: int, rate: Floats) -> Floats:
    """Compute the probability of at most so many; 0 below 0 and 1 from `trials` on."""
    inside = np.clip(counts, 0, trials - 1)
    found = betainc(trials - inside, inside + 1, 1 - rate)
    return np.where(counts < 0, 0.0, np.where(counts >= trials, 1.0, found))


def by_score(score: Floats) -> Sides:
    """Read off a score statistic at the truth where its interval lies."""
    return score < -Z95, score > Z95


def by_limits(low: Floats, high: Floats, truth: float) -> Sides:
    """Place an interval; a limit that is NaN excludes nothing."""
    return high < truth, low > truth


def ratio_by_score(*, skewness: bool) -> Method:
    """Invert the score test of a ratio."""

    def method(pair: Pair, x1: Counts, x2: Counts) -> Sides:
        truth = pair.p1 / pair.p2
        return by_score(contrast.ratio_score(truth, x1, pair.n1, x2, pair.n2, skewness=skewness))

    return method


def ratio_by_katz(*, added: float) -> Method:
    """Take the log ratio for normal (Katz et al. 1978), with `added` put to every count; none where a count is 0."""

    def method(pair: Pair, x1: Counts, x2: Counts) -> Sides:
        a, m, b, k = x1 + added, pair.n1 + added, x2 + added, pair.n2 + added
        with np.errstate(divide="ignore", invalid="ignore"):
            centre = np.log(a / m) - np.log(b / k)
            half = Z95 * np.sqrt(1 / a - 1 / m + 1 / b - 1 / k)
            low, high = np.exp(centre - half), np.exp(centre + half)
        defined = (a > 0) & (b > 0)
        return by_limits(np.where(defined, low, np.nan), np.where(defined, high, np.nan), pair.p1 / pair.p2)

    return method


def ratio_by_bootstrap(pair: Pair, x1: Counts, x2: Counts) -> Sides:
    """Take percentiles of the ratio over infinitely many resamples, those without a ratio left out.

    Resampled counts are binomial, so the share of resamples with a ratio below the truth is a sum over the reference's counts.
    """
    truth, share1, share2 = pair.p1 / pair.p2, x1 / pair.n1, x2.T / pair.n2
    per_case = truth * pair.n1 / pair.n2
    first = int(binom.ppf(1e-7, pair.n2, share2.min()))
    last = int(binom.isf(1e-7, pair.n2, share2.max()))
    k = np.arange(max(first, 0), last + 1)[None, :]
    reference = probability(k, pair.n2, share2)
    # A number over zero is infinite; zero over zero is left out.
    up_to = np.where(k == 0, 0.0, at_most(np.floor(per_case * k + 1e-9).astype(int), pair.n1, share1))
    short_of = np.where(k == 0, 0.0, at_most(np.ceil(per_case * k - 1e-9).astype(int) - 1, pair.n1, share1))
    undefined = (1 - share1) ** pair.n1 * (1 - share2.T) ** pair.n2
    with np.errstate(divide="ignore", invalid="ignore"):
        below = (short_of @ reference.T) / (1 - undefined)
        up_to_truth = (up_to @ reference.T) / (1 - undefined)
    known = undefined < 1
    return known & (below >= 0.975), known & (up_to_truth < 0.025)


def difference_by_score(pair: Pair, x1: Counts, x2: Counts) -> Sides:
    """Invert the score test of a difference."""
    return by_score(contrast.difference_score(pair.p1 - pair.p2, x1, pair.n1, x2, pair.n2))


def difference_by_newcombe(pair: Pair, x1: Counts, x2: Counts) -> Sides:
    """Put two Wilson intervals together (Newcombe 1998, method 10)."""
    return by_limits(*contrast.newcombe(x1, pair.n1, x2, pair.n2), pair.p1 - pair.p2)


def difference_by_wald(pair: Pair, x1: Counts, x2: Counts) -> Sides:
    """Take the textbook's standard error."""
    share1, share2 = x1 / pair.n1, x2 / pair.n2
    half = Z95 * np.sqrt(share1 * (1 - share1) / pair.n1 + share2 * (1 - share2) / pair.n2)
    return by_limits(share1 - share2 - half, share1 - share2 + half, pair.p1 - pair.p2)


OF_RATIO: Mapping[str, Method] = {
    "fairaudit": ratio_by_score(skewness=True),
    "Miettinen-Nurminen": ratio_by_score(skewness=False),
    "Katz log": ratio_by_katz(added=0),
    "Katz log + 0.5": ratio_by_katz(added=0.5),
    "percentile bootstrap": ratio_by_bootstrap,
}
OF_DIFFERENCE: Mapping[str, Method] = {
    "fairaudit": difference_by_score,
    "Newcombe": difference_by_newcombe,
    "Wald": difference_by_wald,
}


def misses(method: Method, pair: Pair) -> Misses:
    """Sum the probabilities of all outcomes in which a method misses the truth."""
    x1, x2, weight = pair.outcomes()
    below, above = method(pair, x1, x2)
    return Misses(below=float(weight[below].sum()), above=float(weight[above].sum()))


def grid(effort: Effort) -> Iterator[tuple[int, float, Pair]]:
    """List the pairs of groups that are gone through."""
    for n, p, (times1, times2), ratio in itertools.product(
        effort.sizes, effort.rates, DESIGNS.values(), RATIOS
    ):
        yield n, p, Pair(n1=n * times1, p1=p * ratio, n2=n * times2, p2=p)


def cells(effort: Effort, methods: Mapping[str, Method]) -> list[Cell]:
    """Go through the grid with every method."""
    return [
        Cell(n=n, p=p, pair=pair, misses={name: misses(method, pair) for name, method in methods.items()})
        for n, p, pair in grid(effort)
    ]


def rate_by_wald(x: Counts, n: int) -> tuple[Floats, Floats]:
    """Take the textbook's standard error."""
    half = Z95 * np.sqrt(x / n * (1 - x / n) / n)
    return x / n - half, x / n + half


def rate_by_bootstrap(x: Counts, n: int) -> tuple[Floats, Floats]:
    """Take percentiles over infinitely many resamples."""
    low, high = (np.asarray(binom.ppf(tail, n, x / n), dtype=np.float64) for tail in (0.025, 0.975))
    return low / n, high / n


RATE_INTERVALS: Mapping[str, Callable[[Counts, int], tuple[Floats, Floats]]] = {
    "Wilson (fairaudit)": proportion.wilson,
    "Clopper-Pearson (fairaudit, by option)": proportion.clopper_pearson,
    "Wald": rate_by_wald,
    "percentile bootstrap": rate_by_bootstrap,
}


def rate_misses(interval: Callable[[Counts, int], tuple[Floats, Floats]], n: int, p: float) -> Misses:
    """Sum the probabilities of all counts of one group whose interval misses the rate."""
    x, weight = support(n, p)
    below, above = by_limits(*interval(x, n), p)
    return Misses(below=float(weight[below].sum()), above=float(weight[above].sum()))


# --- Tests and verdicts


def false_alarms(pair: Pair) -> tuple[float, float]:
    """Compute how often equal rates are called different at 5%: by the equality test, and by the score test alone."""
    x1, x2, weight = pair.outcomes()
    p_value, _ = contrast.equality_test(x1, pair.n1, x2, pair.n2)
    score = contrast.ratio_score(1.0, x1, pair.n1, x2, pair.n2)
    return float(weight[p_value <= LEVEL].sum()), float(weight[np.abs(score) >= Z95].sum())


def fails(x1: Counts, n1: int, x2: Counts, n2: int) -> Bools:
    """Tell where the 95% interval of the ratio lies outside the band."""
    tau = float(TAU)
    return (contrast.ratio_score(tau, x1, n1, x2, n2) < -Z95) | (
        contrast.ratio_score(1 / tau, x1, n1, x2, n2) > Z95
    )


def passes(x1: Counts, n1: int, x2: Counts, n2: int) -> Bools:
    """Tell where the 90% interval of the ratio lies inside the band."""
    tau = float(TAU)
    return (contrast.ratio_score(tau, x1, n1, x2, n2) > Z90) & (
        contrast.ratio_score(1 / tau, x1, n1, x2, n2) < -Z90
    )


def point_rule_fails(x1: Counts, n1: int | Counts, x2: Counts, n2: int | Counts) -> Bools:
    """Tell where the ratio of the samples lies outside the band, as the plain four-fifths rule reads it; no ratio, no failure."""
    above, below = TAU.numerator, TAU.denominator
    outside = (below * x1 * n2 < above * x2 * n1) | (above * x1 * n2 > below * x2 * n1)
    return outside & (x2 > 0)


def chances(pair: Pair) -> tuple[float, float, float]:
    """Compute the chances to pass, to fail, and to fail by the plain rule."""
    x1, x2, weight = pair.outcomes()
    passing, failing, plain = (
        float(weight[rule(x1, pair.n1, x2, pair.n2)].sum()) for rule in (passes, fails, point_rule_fails)
    )
    return passing, failing, plain


def people_needed(p: float, times: int, chance: float = 0.8) -> int:
    """Find how many people of a group let equal rates pass with a chance, by halving; their reference is `times` as many."""
    few, many = 1, 1
    while chances(Pair(n1=many, p1=p, n2=many * times, p2=p))[0] < chance:
        few, many = many, 2 * many
    while many - few > 1:
        middle = (few + many) // 2
        enough = chances(Pair(n1=middle, p1=p, n2=middle * times, p2=p))[0] >= chance
        few, many = (few, middle) if enough else (middle, many)
    return many


# --- Whole audits


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is true of a group: its base rate and its two error rates."""

    prevalence: float
    fpr: float
    fnr: float

    @property
    def cells(self) -> tuple[float, float, float, float]:
        """The probabilities of tp, fp, fn and tn."""
        one, zero = self.prevalence, 1 - self.prevalence
        return one * (1 - self.fnr), zero * self.fpr, one * self.fnr, zero * (1 - self.fpr)

    def rate(self, metric: str) -> float:
        """Give the true rate of a metric."""
        tp, fp, _, _ = self.cells
        return {"pprev": tp + fp, "fpr": self.fpr, "fnr": self.fnr}[metric]


FAIR = Truth(prevalence=0.4, fpr=0.2, fnr=0.3)
EDGE = Truth(prevalence=4 / 15, fpr=0.16, fnr=0.24)
"""All three of its rates are exactly four fifths of those of `FAIR`: still within the band, and nothing is nearer to a failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """The shares of fair audits in which anything at all was called unfair."""

    band: float
    equality: float
    unadjusted: float
    point_rule: float


def draw(truths: Sequence[Truth], sizes: Sequence[int], runs: int, random: np.random.Generator) -> Counts:
    """Draw audits: shape (runs, groups, 4), with tp, fp, fn and tn."""
    return np.stack(
        [random.multinomial(n, truth.cells, size=runs) for truth, n in zip(truths, sizes, strict=True)],
        axis=1,
    )


def rates(drawn: Counts) -> tuple[Counts, Counts]:
    """Count numerators and denominators of the three metrics, shape (runs, groups, 3)."""
    tp, fp, fn, tn = np.moveaxis(drawn, -1, 0)
    return np.stack([tp + fp, fp, fn], axis=-1), np.stack([tp + fp + fn + tn, fp + tn, fn + tp], axis=-1)


def with_reference(x: Counts, n: Counts, *, lowest: bool = False) -> tuple[Counts, Counts, Counts, Counts]:
    """Put every group beside its reference, shape (runs, groups - 1, 3): the first group, or that with the lowest rate."""
    at = np.zeros((len(x), 1, x.shape[-1]), dtype=int)
    if lowest:
        at = np.argmin(x / np.maximum(n, 1), axis=1, keepdims=True)
    others = np.arange(x.shape[1])[None, :, None] != at
    shape = (len(x), x.shape[-1], x.shape[1] - 1)

    def of_others(values: Counts) -> Counts:
        mine = np.moveaxis(values, 1, 2)[np.moveaxis(others, 1, 2)].reshape(shape)
        return np.moveaxis(mine, 2, 1)

    x1, n1 = of_others(x), of_others(n)
    x2, n2 = (np.broadcast_to(np.take_along_axis(values, at, axis=1), x1.shape) for values in (x, n))
    return x1, n1, x2, n2


def band_p_values(x1: Counts, n1: Counts, x2: Counts, n2: Counts) -> Floats:
    """Test whether ratios lie within the band: twice the smaller one-sided p-value at its two limits; 1 without people."""
    tau = float(TAU)
    below = ndtr(contrast.ratio_score(tau, x1, n1, x2, n2))
    above = ndtr(-contrast.ratio_score(1 / tau, x1, n1, x2, n2))
    p_value = np.minimum(1.0, 2 * np.minimum(below, above))
    return np.where(np.isnan(p_value), 1.0, p_value)


def equality_p_values(x1: Counts, n1: Counts, x2: Counts, n2: Counts) -> Floats:
    """Test whether rates are equal, every table once; 1 without people."""
    tables, where = np.unique(np.stack([x1, n1, x2, n2], axis=-1).reshape(-1, 4), axis=0, return_inverse=True)
    p_value, _ = contrast.equality_test(*tables.T)
    return np.where(np.isnan(p_value), 1.0, p_value)[where.ravel()].reshape(x1.shape)


def any_finding(p_values: Floats, tests: int) -> float:
    """Compute the share of audits in which Holm's method finds something: it does where the smallest p-value passes its bound."""
    return float((p_values.min(axis=(1, 2)) * tests <= LEVEL).mean())


def alarms(truths: Sequence[Truth], sizes: Sequence[int], runs: int, seed: int) -> Alarms:
    """Draw audits with a reference that was named beforehand, and count those with an alarm."""
    beside = with_reference(*rates(draw(truths, sizes, runs, np.random.default_rng([seed, *sizes]))))
    equality = equality_p_values(*beside)
    tests = equality[0].size
    return Alarms(
        band=any_finding(band_p_values(*beside), tests),
        equality=any_finding(equality, tests),
        unadjusted=any_finding(equality, 1),
        point_rule=float(point_rule_fails(*beside).any(axis=(1, 2)).mean()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenAlarms:
    """The same with the group of the lowest rate as the reference: taken as if it had been named, and with the bound over all pairs."""

    ignored: float
    bounded: float
    band_ignored: float
    band_bounded: float


def chosen_alarms(groups: int, size: int, runs: int, seed: int, *, metrics: int = 3) -> ChosenAlarms:
    """Draw audits whose reference the data choose, and count those with an alarm."""
    random = np.random.default_rng([seed, groups, size])
    x, n = rates(draw([FAIR] * groups, [size] * groups, runs, random))
    beside = with_reference(x[..., :metrics], n[..., :metrics], lowest=True)
    equality, band = equality_p_values(*beside), band_p_values(*beside)
    named, pairs = (groups - 1) * metrics, groups * (groups - 1) // 2 * metrics
    return ChosenAlarms(
        ignored=any_finding(equality, named),
        bounded=any_finding(equality, pairs),
        band_ignored=any_finding(band, named),
        band_bounded=any_finding(band, pairs),
    )


# --- Peers, who want rows


def people(groups: Counts) -> pd.DataFrame:
    """Write a row for everybody, from each group's tp, fp, fn and tn."""
    return pd.DataFrame(
        {
            "score": np.concatenate([np.repeat([1, 1, 0, 0], mine) for mine in groups]),
            "label_value": np.concatenate([np.repeat([1, 0, 1, 0], mine) for mine in groups]),
            "g": [f"group {number:02}" for number, mine in enumerate(groups) for _ in range(mine.sum())],
        }
    )


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Let peers warn and print among themselves."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def aequitas_p_values(groups: Counts) -> Floats:
    """Ask Aequitas for the significance of each group but the first, its reference: shape (groups - 1, 3); NaN where it has none."""
    with quiet():
        from aequitas.bias import Bias
        from aequitas.group import Group

        frame = people(groups)
        crosstab, _ = Group().get_crosstabs(frame.copy())
        table = Bias().get_disparity_predefined_groups(
            crosstab,
            frame,
            {"g": "group 00"},
            check_significance=True,
            mask_significance=False,
            selected_significance=list(METRICS),
        )
    columns = [f"{metric}_significance" for metric in METRICS]
    found: Floats = table.set_index("attribute_value").sort_index()[columns].to_numpy(dtype=float)
    return found[1:]


def fairlearn_intervals(
    groups: Counts, *, replicates: int = REPLICATES_OF_FAIRLEARN, seed: int = 0
) -> Floats:
    """Ask Fairlearn for the 95% bootstrap interval of the gap, largest minus smallest rate: shape (3, 2)."""
    from fairlearn.metrics import MetricFrame, false_negative_rate, false_positive_rate, selection_rate

    frame = people(groups)
    with quiet():
        measured = MetricFrame(
            metrics=dict(
                zip(METRICS, (selection_rate, false_positive_rate, false_negative_rate), strict=True)
            ),
            y_true=frame["label_value"],
            y_pred=frame["score"],
            sensitive_features=frame["g"],
            n_boot=replicates,
            ci_quantiles=[0.025, 0.975],
            random_state=seed,
        )
        limits = measured.difference_ci()
    return np.stack([limit[list(METRICS)].to_numpy(dtype=float) for limit in limits], axis=-1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Two groups with a story, the reference first."""

    name: str
    truths: tuple[Truth, Truth]
    sizes: tuple[int, int]


SCENES = (
    Scene(name="the same truth", truths=(FAIR, FAIR), sizes=(200, 200)),
    Scene(name="the same truth, few people", truths=(FAIR, FAIR), sizes=(270, 30)),
    Scene(
        name="fair errors, other base rate",
        truths=(Truth(prevalence=0.5, fpr=0.2, fnr=0.3), Truth(prevalence=0.25, fpr=0.2, fnr=0.3)),
        sizes=(200, 200),
    ),
    Scene(
        name="twice the FPR, the same precision",
        truths=(Truth(prevalence=0.4, fpr=0.1, fnr=0.3), Truth(prevalence=4 / 7, fpr=0.2, fnr=0.3)),
        sizes=(200, 200),
    ),
    Scene(
        name="twice the FPR, the same base rate",
        truths=(Truth(prevalence=0.4, fpr=0.1, fnr=0.3), Truth(prevalence=0.4, fpr=0.2, fnr=0.3)),
        sizes=(200, 200),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """How often two groups are called different in a metric, by each tool, out of its runs."""

    runs: int
    fairaudit: tuple[int, ...]
    fairaudit_covers: tuple[int, ...]
    aequitas: tuple[int, ...]
    runs_of_fairlearn: int
    fairlearn: tuple[int, ...]
    fairlearn_covers: tuple[int, ...]


def gap_limits(low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Turn the interval of a signed difference of two groups into that of their gap: 0 where the sign is not sure."""
    return np.maximum(np.maximum(low, -high), 0), np.maximum(np.abs(low), np.abs(high))


def calls(scene: Scene, runs: int, runs_of_fairlearn: int, seed: int) -> Calls:
    """Give the same people to every tool, Fairlearn the first of them only, as it takes seconds for each."""
    random = np.random.default_rng([seed, *map(ord, scene.name)])
    drawn = draw(scene.truths, scene.sizes, runs, random)
    beside = with_reference(*rates(drawn))
    ours = equality_p_values(*beside)[:, 0] <= LEVEL
    sure, allowed = gap_limits(*contrast.difference_interval(*(values[:, 0] for values in beside)))
    theirs = np.stack([aequitas_p_values(mine)[0] for mine in drawn]) <= LEVEL
    limits = np.stack([fairlearn_intervals(mine, seed=seed) for mine in drawn[:runs_of_fairlearn]])
    reference, group = scene.truths
    gap = np.array([abs(group.rate(metric) - reference.rate(metric)) for metric in METRICS])
    low, high = limits[..., 0], limits[..., 1]

    def count(found: Bools) -> tuple[int, ...]:
        return tuple(int(number) for number in found.sum(axis=0))

    return Calls(
        runs=runs,
        fairaudit=count(ours),
        fairaudit_covers=count((sure <= gap + 1e-12) & (gap <= allowed + 1e-12)),
        aequitas=count(theirs),
        runs_of_fairlearn=runs_of_fairlearn,
        fairlearn=count(low > 0),
        fairlearn_covers=count((low <= gap + 1e-12) & (gap <= high)),
    )


def aequitas_alarms(groups: int, size: int, runs: int, seed: int) -> float:
    """Compute the share of fair audits in which Aequitas calls anything significant at 5%."""
    drawn = draw([FAIR] * groups, [size] * groups, runs, np.random.default_rng([seed, *[size] * groups]))
    return float(np.mean([bool((aequitas_p_values(mine) < LEVEL).any()) for mine in drawn]))


# --- One group's figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How an interval fared: its misses among the draws that have one, and the share of draws that have none."""

    misses: Misses
    without: float


def tally(low: Floats, high: Floats, truth: float) -> Tally:
    """Count misses."""
    known = ~np.isnan(low)
    below, above = by_limits(low[known], high[known], truth)
    return Tally(
        misses=Misses(below=float(below.mean()), above=float(above.mean())),
        without=float(1 - known.mean()),
    )


def f1(drawn: Floats) -> Floats:
    """Compute F1 of tables of shape (…, 4)."""
    tp, fp, fn, _ = np.moveaxis(drawn, -1, 0)
    with np.errstate(invalid="ignore"):
        found: Floats = 2 * tp / (2 * tp + fp + fn)
    return found


def balanced_accuracy(drawn: Floats) -> Floats:
    """Compute the mean of true positive and true negative rate."""
    tp, fp, fn, tn = np.moveaxis(drawn, -1, 0)
    with np.errstate(invalid="ignore"):
        found: Floats = (tp / (tp + fn) + tn / (tn + fp)) / 2
    return found


def matthews(drawn: Floats) -> Floats:
    """Compute Matthews correlation."""
    tp, fp, fn, tn = np.moveaxis(drawn, -1, 0)
    with np.errstate(invalid="ignore"):
        found: Floats = (tp * tn - fp * fn) / np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return found


def closed_forms(drawn: Counts, truth: Truth) -> dict[str, Tally]:
    """Count the misses of the intervals with a formula."""
    tp, fp, fn, tn = np.moveaxis(drawn, -1, 0)
    population = np.array(truth.cells)
    return {
        "F1": tally(*proportion.f1_interval(tp, fp + fn), float(f1(population))),
        "balanced accuracy": tally(
            *proportion.mean_interval(tp, tp + fn, tn, tn + fp), float(balanced_accuracy(population))
        ),
    }


BOOTSTRAPPED: Mapping[str, Callable[[Floats], Floats]] = {
    "F1": f1,
    "balanced accuracy": balanced_accuracy,
    "Matthews": matthews,
}


def bootstraps(drawn: Counts, truth: Truth) -> dict[tuple[str, str], Tally]:
    """Count the misses of two bootstraps, by figure and kind; 500 groups at a time, to spare memory."""
    limits: dict[tuple[str, str], list[tuple[Floats, Floats]]] = {}
    for part in np.array_split(drawn, max(1, len(drawn) // 500)):
        again = resample.resample(part, replicates=BOOTSTRAP_REPLICATES, seed=BOOTSTRAP_SEED)
        for name, figure in BOOTSTRAPPED.items():
            replicates = figure(again)
            corrected = resample.bias_corrected(replicates, figure(part.astype(float)))
            limits.setdefault((name, "bias-corrected"), []).append(corrected)
            with quiet():
                low, high = np.nanquantile(replicates, [0.025, 0.975], axis=0)
            limits.setdefault((name, "percentile"), []).append((low, high))
    population = np.array(truth.cells)
    return {
        key: tally(
            np.concatenate([low for low, _ in found]),
            np.concatenate([high for _, high in found]),
            float(BOOTSTRAPPED[key[0]](population)),
        )
        for key, found in limits.items()
    }


def delong(ones: Floats, zeros: Floats) -> tuple[Floats, Floats]:
    """Compute areas under the ROC curve and DeLong's variances from scores without ties, shapes (runs, people)."""

    def ranks(scores: Floats) -> NDArray[np.intp]:
        return scores.argsort(axis=1).argsort(axis=1)

    m, n = ones.shape[1], zeros.shape[1]
    together = ranks(np.concatenate([ones, zeros], axis=1))
    placed1 = (together[:, :m] - ranks(ones)) / n
    placed0 = 1 - (together[:, m:] - ranks(zeros)) / m
    return placed1.mean(axis=1), placed1.var(axis=1, ddof=1) / m + placed0.var(axis=1, ddof=1) / n


def areas(ones: int, zeros: int, area: float, runs: int, seed: int) -> dict[str, Tally]:
    """Draw scores from two normal distributions, and count the misses of two intervals of the area under the curve."""
    random = np.random.default_rng([seed, ones, zeros])
    apart = float(ndtri(area)) * np.sqrt(2)
    found, variance = delong(
        random.standard_normal((runs, ones)) + apart, random.standard_normal((runs, zeros))
    )
    half = Z95 * np.sqrt(variance)
    return {
        "logit scale": tally(*proportion.auc_interval(found, variance), area),
        "plain": tally(found - half, found + half, area),
    }


# --- Tables


def percent(share: float) -> str:
    """Write a share with one decimal."""
    return f"{100 * share:.1f}"


def span(shares: Sequence[float]) -> str:
    """Write the lowest and the highest share."""
    low, high = percent(min(shares)), percent(max(shares))
    return low if low == high else f"{low} to {high}"


def coverage_tables(effort: Effort, methods: Mapping[str, Method], what: str) -> Iterator[Table]:
    """Show coverage of the 95% intervals of a ratio or difference."""
    found = cells(effort, methods)
    reached = [cell for cell in found if cell.pair.reached]
    designs = "; ".join(DESIGNS)
    yield Table(
        title=f"Coverage of a 95% interval of a {what}, %",
        note=f"Lowest to highest over n {', '.join(f'{n:,}' for n in effort.sizes)}, rates of the reference {', '.join(map(str, effort.rates))}, "
        f"true ratios 1, 0.8 and 0.6, and three designs ({designs}): {len(found)} cells, of which {len(reached)} expect at "
        "least five people in all four counts. A tail is the chance that the interval lies wholly on one side of the truth; 2.5 is right. "
        "An outcome without an interval counts as covered. Exact.",
        header=("", "expected ≥ 5", "worst tail", "all cells", "worst tail"),
        rows=tuple(
            (
                name,
                span([cell.misses[name].coverage for cell in reached]),
                percent(max(cell.misses[name].worse for cell in reached)),
                span([cell.misses[name].coverage for cell in found]),
                percent(max(cell.misses[name].worse for cell in found)),
            )
            for name in methods
        ),
    )
    yield Table(
        title=f"Coverage of a 95% interval of a {what}, %, cell by cell",
        note="Lowest to highest over the three true ratios and the three designs; n people in the smaller group, rate p in the reference.",
        header=("n", "p", *methods),
        rows=tuple(
            (
                f"{n:,}",
                str(p),
                *(
                    span([cell.misses[name].coverage for cell in found if (cell.n, cell.p) == (n, p)])
                    for name in methods
                ),
            )
            for n, p in itertools.product(effort.sizes, effort.rates)
        ),
    )


def rate_table(effort: Effort) -> Table:
    """Show coverage of the 95% intervals of one rate."""
    places = list(itertools.product(effort.sizes, FINE_RATES))
    reached = [(n, p) for n, p in places if n * min(p, 1 - p) >= REACHED - 1e-9]
    found = {
        (name, n, p): rate_misses(interval, n, p)
        for name, interval in RATE_INTERVALS.items()
        for n, p in places
    }
    return Table(
        title="Coverage of a 95% interval of one rate, %",
        note=f"Lowest to highest over the same n, and rates from {FINE_RATES[0]} to {FINE_RATES[-1]} in steps of {FINE_RATES[1] - FINE_RATES[0]:.3f}. "
        "Counts come in steps, so coverage jumps from rate to rate. Exact.",
        header=("", "expected ≥ 5", "worst tail", "all cells", "worst tail"),
        rows=tuple(
            (
                name,
                *(
                    text
                    for some in (reached, places)
                    for text in (
                        span([found[name, n, p].coverage for n, p in some]),
                        percent(max(found[name, n, p].worse for n, p in some)),
                    )
                ),
            )
            for name in RATE_INTERVALS
        ),
    )


def equality_table(effort: Effort) -> Table:
    """Show false alarms of the test of equal rates."""
    rows = []
    for n, p in itertools.product(effort.sizes, effort.rates):
        texts: list[str] = []
        for times in (1, 9):
            texts += map(percent, false_alarms(Pair(n1=n, p1=p, n2=n * times, p2=p)))
        rows.append((f"{n:,}", str(p), *texts))
    return Table(
        title="Equal rates called different at 5%, % (type I error)",
        note="fairaudit takes the score test, and Fisher's exact test where a cell expects fewer than five people. n in the group; the reference "
        "is as large, or nine times as large. Exact.",
        header=(
            "n",
            "p",
            "fairaudit, equal",
            "score alone, equal",
            "fairaudit, nine times",
            "score alone, nine times",
        ),
        rows=tuple(rows),
    )


def peer_table(effort: Effort, seed: int) -> Table:
    """Show what Aequitas and Fairlearn say of the same people."""
    rows = []
    for scene in SCENES:
        say(f"Aequitas and Fairlearn: {scene.name}")
        found = calls(scene, effort.aequitas, effort.fairlearn, seed)
        reference, group = scene.truths
        for at, metric in enumerate(METRICS):
            true = (reference.rate(metric), group.rate(metric))
            rows.append(
                (
                    scene.name,
                    metric,
                    "equal" if abs(true[0] - true[1]) < 1e-9 else f"{true[0]:.2f} and {true[1]:.2f}",
                    percent(found.fairaudit[at] / found.runs),
                    percent(found.aequitas[at] / found.runs),
                    f"{found.fairlearn[at]} of {found.runs_of_fairlearn}",
                    percent(found.fairaudit_covers[at] / found.runs),
                    f"{found.fairlearn_covers[at]} of {found.runs_of_fairlearn}",
                )
            )
    return Table(
        title="Groups called different at 5%, beside Aequitas and Fairlearn, %",
        note=f"Two groups of 200 people (in the second scene 270 and 30), drawn {effort.aequitas} times; everybody gets the same people. Where the truth is equal, "
        "5 is right; where it differs, more is better. Aequitas: its own significance (`check_significance=True`), called at 5%. Fairlearn: "
        f"`MetricFrame(n_boot={REPLICATES_OF_FAIRLEARN}, ci_quantiles=[0.025, 0.975])`, the first {effort.fairlearn} data sets, since each takes seconds; it "
        "calls a gap where the interval of the difference excludes 0. The last two columns say how often 95% intervals of the gap between both groups cover the true gap.",
        header=(
            "scene",
            "metric",
            "truth",
            "fairaudit",
            "Aequitas",
            "Fairlearn",
            "gap covered: fairaudit",
            "Fairlearn",
        ),
        rows=tuple(rows),
    )


def power_tables(effort: Effort) -> Iterator[Table]:
    """Show how often the verdict decides."""
    rows = []
    for times, n, p in itertools.product((1, 9), effort.sizes, effort.rates):
        if n * p * RATIOS[-1] < 1:
            continue
        texts = []
        for ratio in RATIOS:
            passing, failing, _ = chances(Pair(n1=n, p1=p * ratio, n2=n * times, p2=p))
            texts.append(f"{percent(passing)} / {percent(failing)}")
        plain = chances(Pair(n1=n, p1=p, n2=n * times, p2=p))[2]
        rows.append((f"{n:,} and {n * times:,}", str(p), *texts, percent(plain)))
    yield Table(
        title="Chance that the verdict is pass / fail, % (power)",
        note="Band [0.8, 1.25]; the rest is undecided. Fail where the 95% interval of the ratio lies outside the band, pass where the 90% interval lies inside; "
        "one comparison, before any correction for many. The last column is the plain rule that looks at the ratio of the samples alone: how often "
        "it fails groups whose rates are equal. Cells in which less than one person is expected at ratio 0.6 are left out. Exact.",
        header=(
            "people in group and reference",
            "p",
            *(f"ratio {ratio:g}" for ratio in RATIOS),
            "plain rule fails at ratio 1",
        ),
        rows=tuple(rows),
    )
    needed = []
    for p in (0.1, 0.3, 0.5):
        texts = []
        for times in (1, 9):
            exact = people_needed(p, times)
            formula = planning.trials_to_pass(
                p, reference_trials=times * exact, low=float(TAU), high=float(1 / TAU)
            )
            texts += [f"{exact:,}", f"{formula or np.nan:,.0f}"]
        needed.append((str(p), *texts))
    yield Table(
        title="People needed to pass equal rates with a chance of 80%",
        note="Denominator of the group's rate; its reference is as large, or nine times as large. Exact, and as the formula has it from which reports say "
        "how many people an undecided comparison lacks.",
        header=("p", "reference as large", "by formula", "nine times as large", "by formula"),
        rows=tuple(needed),
    )


def audit_tables(effort: Effort, seed: int) -> Iterator[Table]:
    """Show how often a whole audit raises an alarm though everything is fair."""
    rows = []
    for groups in (2, 3, 6, 12):
        say(f"Whole audits of {groups} groups")
        even = [200] * groups
        fair, edge = [FAIR] * groups, [FAIR, *[EDGE] * (groups - 1)]
        uneven = [1000, *[60] * (groups - 1)]
        for people_of, truth, sizes, truths in (
            ("200 each", "equal", even, fair),
            ("1,000 and 60 each", "equal", uneven, fair),
            ("200 each", "ratio 0.8", even, edge),
        ):
            found = alarms(truths, sizes, effort.audits, seed)
            plain = truths is fair
            theirs = (
                aequitas_alarms(groups, 200, effort.aequitas_audits, seed)
                if plain and sizes is even
                else None
            )
            rows.append(
                (
                    str(groups),
                    people_of,
                    truth,
                    percent(found.band),
                    percent(found.equality) if plain else "–",
                    percent(found.unadjusted) if plain else "–",
                    percent(found.point_rule) if plain else "–",
                    "–" if theirs is None else percent(theirs),
                )
            )
    yield Table(
        title="Fair audits in which anything is called unfair, % (family-wise error)",
        note=f"Three metrics ({', '.join(METRICS)}) of every group against a reference named beforehand; {effort.audits:,} audits in each row, "
        f"{effort.aequitas_audits} for Aequitas. At most 5 is right. Ratio 0.8 means that every rate lies exactly on the edge of the band, the hardest case that "
        "still is fair.",
        header=(
            "groups",
            "people",
            "truth",
            "verdict fail, Holm",
            "equality, Holm",
            "equality, no correction",
            "plain four-fifths rule",
            "Aequitas",
        ),
        rows=tuple(rows),
    )
    yield Table(
        title="The same with a reference that the data choose, %",
        note=f"The group with the lowest rate is the reference of each metric; 200 people in each group, everything equal, {effort.audits:,} audits in each row. "
        "'As if named' corrects by Holm for the comparisons made; 'all pairs' for all pairs of groups that could have been.",
        header=(
            "groups",
            "one metric: equality, as if named",
            "all pairs",
            "three metrics: equality, as if named",
            "all pairs",
            "verdict fail, as if named",
            "all pairs",
        ),
        rows=tuple(
            (
                str(groups),
                percent(one.ignored),
                percent(one.bounded),
                percent(three.ignored),
                percent(three.bounded),
                percent(three.band_ignored),
                percent(three.band_bounded),
            )
            for groups in (2, 3, 6, 12)
            for one, three in [
                tuple(chosen_alarms(groups, 200, effort.audits, seed, metrics=metrics) for metrics in (1, 3))
            ]
        ),
    )


def show_tally(found: Tally) -> str:
    """Write coverage and both tails, and how often there is no interval if that happens at all."""
    text = f"{percent(found.misses.coverage)} ({percent(found.misses.below)}, {percent(found.misses.above)})"
    return f"{text}; none {percent(found.without)}" if found.without else text


def figure_tables(effort: Effort, seed: int) -> Iterator[Table]:
    """Show coverage of the intervals of figures that are no single rate."""
    rows = []
    truths = {
        "base rate 0.4": FAIR,
        "base rate 0.1": Truth(prevalence=0.1, fpr=0.05, fnr=0.4),
        "nearly perfect": Truth(prevalence=0.4, fpr=0.02, fnr=0.02),
    }
    for (name, truth), n in itertools.product(truths.items(), (50, 200, 1000)):
        say(f"Figures of one group: {name}, {n} people")
        drawn = draw([truth], [n], effort.figures, np.random.default_rng([seed, n]))[:, 0]
        closed, drawn_again = closed_forms(drawn, truth), bootstraps(drawn, truth)
        rows.append(
            (
                name,
                f"{n:,}",
                show_tally(closed["F1"]),
                show_tally(drawn_again["F1", "percentile"]),
                show_tally(closed["balanced accuracy"]),
                show_tally(drawn_again["balanced accuracy", "bias-corrected"]),
                show_tally(drawn_again["Matthews", "bias-corrected"]),
                show_tally(drawn_again["Matthews", "percentile"]),
            )
        )
    yield Table(
        title="Coverage of 95% intervals of one group's figures, %",
        note=f"Of the groups that have an interval; in brackets the chances that it lies below and above the truth. 'None' is how often there is no interval. "
        f"{effort.figures:,} groups in each row, {BOOTSTRAP_REPLICATES:,} resamples of each.",
        header=(
            "truth",
            "people",
            "F1 (fairaudit)",
            "F1, percentile bootstrap",
            "balanced accuracy (fairaudit)",
            "balanced accuracy, bias-corrected bootstrap",
            "Matthews (fairaudit: bias-corrected bootstrap)",
            "Matthews, percentile bootstrap",
        ),
        rows=tuple(rows),
    )
    yield Table(
        title="Coverage of 95% intervals of an area under the ROC curve, %",
        note=f"Normal scores, DeLong's variance, {effort.figures:,} groups in each row; brackets and 'none' as above.",
        header=("true area", "labels 1 and 0", "logit scale (fairaudit)", "plain"),
        rows=tuple(
            (str(area), f"{ones} and {zeros}", show_tally(found["logit scale"]), show_tally(found["plain"]))
            for area, (ones, zeros) in itertools.product(
                (0.75, 0.95), ((10, 40), (25, 25), (50, 150), (300, 700))
            )
            for found in [areas(ones, zeros, area, effort.figures, seed)]
        ),
    )


def tables(effort: Effort, seed: int) -> Iterator[Table]:
    """Compute all tables, one after another."""
    say("Intervals of two groups")
    yield from coverage_tables(effort, OF_RATIO, "ratio of two rates")
    yield from coverage_tables(effort, OF_DIFFERENCE, "difference of two rates")
    yield rate_table(effort)
    say("Tests of two groups")
    yield equality_table(effort)
    yield peer_table(effort, seed)
    say("Power")
    yield from power_tables(effort)
    yield from audit_tables(effort, seed)
    yield from figure_tables(effort, seed)


def as_markdown(table: Table) -> str:
    """Write a table with its title and note."""
    lines = [table.header, ["---"] * len(table.header), *table.rows]
    return "\n\n".join(
        (f"### {table.title}", table.note, "\n".join(f"| {' | '.join(line)} |" for line in lines))
    )


@cache
def tools() -> str:
    """Name what was run."""
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("fairaudit", "aequitas", "fairlearn", "scipy")
    )
    return f"Python {'.'.join(map(str, sys.version_info[:2]))}, {packages}"


def between_marks(document: str, text: str) -> str:
    """Put a text between the two marks of a document, in place of what stood there."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(
            f"The document needs the lines {BEGIN} and {END}, in this order; the tables go between them."
        )
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


def main() -> None:
    """Print the tables, and write them down if asked to."""
    parser = argparse.ArgumentParser(description="Show coverage, false alarms and power beside the peers.")
    parser.add_argument("--quick", action="store_true", help="a smaller grid and fewer draws")
    parser.add_argument("--seed", type=int, default=0, help="of everything that is drawn (%(default)s)")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the tables between the marks in FILE")
    asked = parser.parse_args()
    document = asked.write.read_text(encoding="utf-8") if asked.write else f"{BEGIN}{END}"
    between_marks(document, "")
    parts = [f"{tools()}; seed {asked.seed}{', quick' if asked.quick else ''}."]
    for table in tables(QUICK if asked.quick else FULL, asked.seed):
        parts.append(as_markdown(table))
        sys.stdout.write(f"{parts[-1]}\n\n")
        sys.stdout.flush()
    if asked.write:
        asked.write.write_text(between_marks(document, "\n\n".join(parts)), encoding="utf-8")


def say(sentence: str) -> None:
    """Tell on stderr what happens now."""
    sys.stderr.write(f"{sentence}\n")


if __name__ == "__main__":
    main()
