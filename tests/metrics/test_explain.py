"""What a metric means, and which one to look at."""

from __future__ import annotations

import itertools
import math
import re
from fractions import Fraction

import pytest

from fairaudit.count.counts import NOBODY_SCORED, Counted, Counts, ScoredTenth
from fairaudit.metrics.calibrated import CalibrationError, ObservedOverExpected
from fairaudit.metrics.composed import COMPOSED, F1, MeanOfTwoRates, OfCells
from fairaudit.metrics.explain import QUESTIONS, Error, Reach, advise, explain, find_metric
from fairaudit.metrics.kinds import Better, Kind, Metric
from fairaudit.metrics.measure import estimates, measure
from fairaudit.metrics.rates import RATES, Share, ShareOfSelected
from fairaudit.metrics.scored import Area, MeanOfScores
from fairaudit.metrics.table import BY_NAME, METRICS
from fairaudit.settings.choices import Effect, ScoreKind


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
def test_every_metric_is_found_and_explained(metric: Metric) -> None:
    for name in (metric.name, metric.name.upper(), metric.long_name, metric.long_name.replace(" ", "-")):
        assert find_metric(name) is metric
    rows = dict(explain(metric))
    assert rows["formula"] == metric.formula
    assert rows["source"] == metric.source
    assert ("parity" in rows) == (metric.parity is not None and metric.parity != "")
    assert all(rows.values())


def test_the_words_for_better_and_for_the_range() -> None:
    said = {metric.better: dict(explain(metric))["range"] for metric in METRICS}
    assert set(said) == set(Better)
    assert dict(explain(BY_NAME["fpr"]))["range"] == "0 to 1; lower is better"
    assert dict(explain(BY_NAME["log_loss"]))["range"] == "0 to infinity; lower is better"
    assert dict(explain(BY_NAME["mcc"]))["range"] == "-1 to 1; higher is better"
    assert dict(explain(BY_NAME["pprev"]))["range"] == "0 to 1; neither high nor low is good in itself"


RATE = (
    "Wilson score, or Clopper and Pearson's where that is chosen, 95% "
    "(Wilson 1927, JASA 22:209-212; Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404)"
)
INTERVALS: dict[type[Kind], str] = {
    Share: RATE,
    ShareOfSelected: RATE,
    MeanOfTwoRates: "both rates' Wilson scores put together (MOVER), or both rates' distributions melded where one is of few people, 95% "
    "(Zou and Donner 2008, doi:10.1002/sim.3095; Fay, Proschan and Brittain 2015, doi:10.1111/biom.12231)",
    F1: "Wilson score of J = tp / (tp + fp + fn), of which F1 is 2 J / (1 + J), 95% "
    "(van Rijsbergen 1979, Information Retrieval, chapter 7; Wilson 1927)",
    OfCells: "bias-corrected bootstrap of 2,000 resamples, 95% (Efron 1981, doi:10.2307/3314608, section 7)",
    MeanOfScores: "not computed",
    Area: "DeLong's variance on the logit scale with quantiles of t, or that of a rate (Jeffreys) where few are ranked wrongly, 95% "
    "(DeLong, DeLong and Clarke-Pearson 1988, doi:10.2307/2531595; Qin and Hotilovac 2008, doi:10.1177/0962280207087173)",
    CalibrationError: "bounds that hold however far the scores are off: below by a quantile of what chance alone may add to all distances (half-normal "
    "variables), above by the standard error of their signed sum; scores taken as known, 95% (triangle inequality, and Lugannani and Rice 1980, "
    "doi:10.2307/1426607; for the bias of the error itself Kumar, Liang and Ma 2019, arXiv:1909.10155)",
    ObservedOverExpected: "that of the share of labels 1 (Wilson score, or Clopper and Pearson's where that is chosen) over the mean score, taken as known, 95% "
    "(Debray et al. 2017, doi:10.1136/bmj.i6460; Hoeffding 1956, doi:10.1214/aoms/1177728178)",
}
"""By kind, so that a new metric needs a line here only if it is of a kind of its own."""
MANY = Counts(
    n=200,
    selected=90,
    tp=60,
    fp=30,
    fn=40,
    tn=70,
    squared_error=Fraction(40),
    log_loss=Fraction(120),
    tenths=(ScoredTenth(people=200, positives=100, score_sum=Fraction(15)), *NOBODY_SCORED[1:]),
    concordant_twice=14_000,
    placements1=Fraction(55),
    placements0=Fraction(54),
)


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
def test_the_interval_that_is_computed_is_the_one_that_is_named(metric: Metric) -> None:
    said = dict(explain(metric))["interval"]
    (found,) = estimates(metric, [MANY], all_selected=300)
    assert said == INTERVALS[type(metric.kind)]
    assert (said == "not computed") == (found.ci is None)


def by_its_formula(metric: Metric) -> float:
    """Read the formula as arithmetic: what stands side by side is multiplied."""
    words = {"everybody selected": "300", "tpr": "(tp / (tp + fn))", "tnr": "(tn / (tn + fp))"}
    formula = metric.formula
    for word, meaning in words.items():
        formula = formula.replace(word, meaning)
    formula = re.sub(r"(?<=[\w)]) (?=[\w(])|(?<=\))(?=\()", " * ", formula).replace("sqrt * ", "sqrt")
    cells = {name: getattr(MANY, name) for name in ("n", "tp", "fp", "fn", "tn")}
    return float(eval(formula, {"sqrt": math.sqrt}, cells))


@pytest.mark.parametrize("metric", [*RATES, *COMPOSED], ids=lambda m: m.name)
def test_the_formula_is_what_is_computed(metric: Metric) -> None:
    (found,) = estimates(metric, [MANY], all_selected=300)
    assert found.value == pytest.approx(by_its_formula(metric), rel=1e-14)


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
@pytest.mark.parametrize("scores", ScoreKind)
@pytest.mark.parametrize(
    ("counts", "has"),
    [
        pytest.param(MANY, {"labels", "decisions"}, id="labels and decisions"),
        pytest.param(Counts(n=200, selected=90), {"decisions"}, id="decisions"),
    ],
)
def test_what_it_needs_is_what_it_is_measured_from(
    metric: Metric, scores: ScoreKind, counts: Counts, has: set[str]
) -> None:
    ranks = {"scores that rank people"} if scores in (ScoreKind.PROBABILITIES, ScoreKind.RANKS) else set()
    probabilities = {"scores that are probabilities"} if scores is ScoreKind.PROBABILITIES else set()
    needed = set(dict(explain(metric))["needs"].split(" and "))
    measured = measure(Counted(overall=counts, groups=(), scores=scores))
    assert (metric.name in measured.overall.estimates) == (needed <= has | ranks | probabilities)


def test_an_unknown_name() -> None:
    assert find_metric("presicion") is None


@pytest.mark.parametrize(
    ("name", "metric"),
    [("Recall", "tpr"), ("AUC", "roc_auc"), ("false-positive rate", "fpr"), ("PPV", "precision")],
)
def test_what_else_people_call_it(name: str, metric: str) -> None:
    found = find_metric(name)
    assert found is not None
    assert found.name == metric


@pytest.mark.parametrize(
    ("effect", "reach", "error", "metrics"),
    [
        (Effect.HURTS, Reach.EVERYBODY, Error.WRONGLY_SELECTED, ("fpr", "tnr")),
        (Effect.HURTS, Reach.EVERYBODY, Error.MISSED, ("fnr", "tpr")),
        (Effect.HURTS, Reach.EVERYBODY, Error.BOTH, ("fpr", "fnr")),
        (Effect.HURTS, Reach.FEW, Error.WRONGLY_SELECTED, ("fdr", "precision")),
        (Effect.HURTS, Reach.FEW, Error.MISSED, ("for", "npv")),
        (Effect.HURTS, Reach.FEW, Error.BOTH, ("fdr", "for")),
        (Effect.HELPS, Reach.EVERYBODY, Error.WRONGLY_SELECTED, ("fpr", "tnr")),
        (Effect.HELPS, Reach.EVERYBODY, Error.MISSED, ("fnr", "tpr")),
        (Effect.HELPS, Reach.EVERYBODY, Error.BOTH, ("fnr", "fpr")),
        (Effect.HELPS, Reach.FEW, Error.WRONGLY_SELECTED, ("fdr", "precision")),
        (Effect.HELPS, Reach.FEW, Error.MISSED, ("tpr", "for")),
        (Effect.HELPS, Reach.FEW, Error.BOTH, ("tpr", "fdr")),
    ],
)
def test_where_the_answers_lead(effect: Effect, reach: Reach, error: Error, metrics: tuple[str, ...]) -> None:
    advice = advise(effect, reach, error)
    assert advice.metrics == metrics
    assert set(metrics) <= set(BY_NAME)


def test_the_questions_offer_every_answer() -> None:
    assert [tuple(q.answers) for q in QUESTIONS] == [tuple(Effect), tuple(Reach), tuple(Error)]
    assert len({advise(*a).metrics for a in itertools.product(Effect, Reach, Error)}) == 9
