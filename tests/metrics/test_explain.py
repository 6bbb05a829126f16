"""What a metric means, and which one to look at."""

from __future__ import annotations

import itertools

import pytest

from fairaudit.errors import OptionError
from fairaudit.metrics.explain import QUESTIONS, Effect, Error, Reach, advise, explain, find_metric
from fairaudit.metrics.kinds import Better, Metric
from fairaudit.metrics.table import BY_NAME, METRICS


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


def test_the_interval_is_named_for_rates_only() -> None:
    assert dict(explain(BY_NAME["fpr"]))["interval"] == "Wilson score, 95%"
    assert dict(explain(BY_NAME["f1"]))["interval"] == "not computed"


def test_an_unknown_name() -> None:
    with pytest.raises(OptionError, match=r"METRIC: 'presicion' is no metric\. Did you mean 'precision'\?"):
        find_metric("presicion")


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
