"""Calibration by group: equal to what NumPy, scikit-learn and statsmodels give, and intervals that hold as often as they say."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from sklearn.calibration import calibration_curve
from statsmodels.regression.linear_model import WLS
from statsmodels.stats.proportion import proportion_confint

import fairaudit
from fairaudit.count.cells import TENTHS
from fairaudit.count.counts import NOBODY_SCORED, Counts, ScoredTenth
from fairaudit.count.groups import count
from fairaudit.disparity.references import rest_of
from fairaudit.inference.calibration import error_interval, half_normal_quantile
from fairaudit.metrics.kinds import Estimate, GroupMeasures
from fairaudit.metrics.measure import estimates, measure
from fairaudit.metrics.table import BY_NAME
from fairaudit.read.dataframes import open_frame
from fairaudit.read.table import validate
from fairaudit.settings.choices import RateInterval
from fairaudit.settings.reading import ReadSettings


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    score = rng.beta(2, 3, 600)
    group = rng.choice(["a", "b", "c"], 600, p=[0.6, 0.35, 0.05])
    label = (rng.random(600) < np.where(group == "a", score, 0.7 * score)).astype(int)
    return pd.DataFrame({"score": score, "label": label, "g": group})


def measured(frame: pd.DataFrame, **settings: str) -> dict[str, GroupMeasures]:
    counted = count(validate(open_frame(frame), ReadSettings(attributes=("g",), **settings)))
    return {group.group: group for group in measure(counted).groups}


def test_each_tenth_is_scikit_learns_bin(people: pd.DataFrame) -> None:
    for name, group in measured(people).items():
        own = people[people["g"] == name]
        filled = [tenth for tenth in group.counts.tenths or () if tenth.people]
        shares, means = calibration_curve(own["label"], own["score"], n_bins=10, strategy="uniform")
        assert [t.positives / t.people for t in filled] == pytest.approx(shares.tolist(), abs=1e-12)
        assert [float(t.score_sum / t.people) for t in filled] == pytest.approx(means.tolist(), abs=1e-12)
        by_bins = sum(t.people / len(own) * abs(s - m) for t, s, m in zip(filled, shares, means, strict=True))
        assert group.estimates["ece"].value == pytest.approx(by_bins, abs=1e-12)


def test_observed_over_expected_and_its_interval_are_those_of_the_share(people: pd.DataFrame) -> None:
    for name, group in measured(people).items():
        own = people[people["g"] == name]
        low, high = proportion_confint(own["label"].sum(), len(own), method="wilson")
        expected = own["score"].mean()
        assert group.estimates["oe"].value == pytest.approx(own["label"].mean() / expected, rel=1e-12)
        assert group.estimates["oe"].ci == pytest.approx((low / expected, high / expected), rel=1e-9)


def test_the_exact_interval_by_choice() -> None:
    counts = Counts(n=20, tp=3, fn=1, fp=8, tn=8, tenths=tenths({3: (20, 4, Fraction(7))}))
    (found,) = estimates(BY_NAME["oe"], [counts], all_selected=11, interval=RateInterval.CLOPPER_PEARSON)
    low, high = proportion_confint(4, 20, method="beta")
    assert found.ci == pytest.approx((low / 0.35, high / 0.35), rel=1e-9)


def tenths(filled: dict[int, tuple[int, int, Fraction]]) -> tuple[ScoredTenth, ...]:
    made = list(NOBODY_SCORED)
    for place, (n, ones, total) in filled.items():
        made[place] = ScoredTenth(people=n, positives=ones, score_sum=total)
    return tuple(made)


@pytest.mark.parametrize("kind", ["float64", "float32"])
def test_a_tenth_has_its_lower_end_and_the_last_one_both(kind: str) -> None:
    scores = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 0.29]
    frame = pd.DataFrame({"score": np.asarray(scores, dtype=kind), "label": [0, 1] * 6, "g": "a"})
    counts = measured(frame)["a"].counts
    assert [t.people for t in counts.tenths or ()] == [1, 1, 2, 1, 1, 1, 1, 1, 1, 2]


def test_people_who_count_for_several_and_everybody_else(people: pd.DataFrame) -> None:
    twice = measured(pd.concat([people, people]))
    weighed = measured(people.assign(w=2), weight="w")
    for name, group in twice.items():
        assert weighed[name].counts.tenths == group.counts.tenths
        assert (weighed[name].estimates["ece"], weighed[name].estimates["oe"]) == (
            group.estimates["ece"],
            group.estimates["oe"],
        )
    everybody = measured(people.assign(g="all"))["all"].counts
    others = measured(people[people["g"] != "a"].assign(g="others"))["others"].counts
    assert rest_of(everybody, measured(people)["a"].counts).tenths == others.tenths


def test_rows_of_the_same_people_widen_both(people: pd.DataFrame) -> None:
    rows = pd.concat([people.assign(id=range(600))] * 3)

    def widths(estimate: Estimate) -> float:
        assert estimate.ci is not None
        return estimate.ci[1] - estimate.ci[0]

    alone, repeated = measured(rows.drop(columns="id")), measured(rows, id="id")
    for metric in ("ece", "oe"):
        assert repeated["a"].estimates[metric].value == alone["a"].estimates[metric].value
        assert widths(repeated["a"].estimates[metric]) > 1.4 * widths(alone["a"].estimates[metric])


@pytest.mark.parametrize(("slope", "shift"), [(1.0, 0.0), (0.4, 0.0), (1.0, 0.1)])
def test_the_interval_of_the_error_holds_at_least_as_often_as_it_says(slope: float, shift: float) -> None:
    rng = np.random.default_rng(3)
    runs, n = 400, 200
    scores = rng.beta(2, 2, (runs, n))
    chances = np.clip(0.5 + slope * (scores - 0.5) + shift, 0, 1)
    labels = rng.random((runs, n)) < chances
    own = np.floor(scores * TENTHS).astype(int)
    people, ones, truth, expected = (
        np.stack([(column * (own == tenth)).sum(axis=1) for tenth in range(TENTHS)], axis=1)
        for column in (np.ones_like(scores), labels, chances, scores)
    )
    low, high = error_interval(np.abs(ones - expected).sum(axis=1) / n, ones, people)
    true_error = np.abs(truth - expected).sum(axis=1) / n
    assert ((low <= true_error + 1e-12) & (true_error <= high)).mean() >= 0.95


def test_quantiles_of_half_normal_sums_are_those_of_draws() -> None:
    rng = np.random.default_rng(11)
    errors = np.asarray([[1.0, 0, 0, 0], [1, 1, 1, 1], [1, 0.5, 0.1, 0], [3, 2, 1, 1]])
    drawn = np.abs(rng.standard_normal((200_000, 4))) @ errors.T
    for confidence in (0.2, 0.9, 0.95, 0.99):
        of_draws = np.quantile(drawn, (1 + confidence) / 2, axis=0)
        assert half_normal_quantile(errors, [confidence] * 4) == pytest.approx(of_draws, rel=0.02)
    # Far out only the sum of squares matters.
    assert half_normal_quantile([[1.0, 0]], [1 - 2e-9]) == pytest.approx(norm.isf(5e-10), rel=0.01)


@pytest.mark.parametrize("weighed", [False, True])
@pytest.mark.parametrize("informative", [False, True])
def test_a_ratio_of_rows_that_are_no_people_varies_as_its_residuals_do(
    informative: bool, weighed: bool
) -> None:
    lot, people, each = np.random.default_rng(2), 400, 8
    risk = lot.beta(1.5, 3, people).round(6)
    # Labels vary about a score that is right for the person, or that says nothing of them.
    chance = risk if informative else np.full(people, 1 / 3)
    table = pd.DataFrame(
        {
            "person": np.repeat(np.arange(people), each),
            "score": np.repeat(risk, each),
            "label": (lot.random((people, each)) < chance[:, None]).astype(int).ravel(),
            "w": np.repeat(lot.integers(1, 4, people), each),
            "g": "a",
        }
    )
    more = {"weight": "w", "weight_kind": "survey"} if weighed else {}
    reports = fairaudit.audit(table, attributes="g", id="person", **more)
    found = reports.group.overall.metrics["oe"]
    weights = table["w"] if weighed else pd.Series(1, index=table.index)
    # A ratio of sums is the slope through the origin, of which the model by clusters is the linearised variance.
    fitted = WLS(table["label"], table["score"], weights=weights / table["score"]).fit(
        cov_type="cluster", cov_kwds={"groups": table["person"], "use_correction": False}
    )
    assert found.value == pytest.approx(fitted.params["score"])
    assert found.ci is not None
    width = (found.ci[1] - found.ci[0]) / (2 * 1.96)
    if not informative:
        assert width == pytest.approx(fitted.bse["score"], rel=0.06)
        return
    # Where scores tell people apart it is no narrower than that of so many independent labels.
    share = np.average(table["label"], weights=weights)
    squares = (weights**2).sum() / weights.sum() ** 2
    alone = np.sqrt(share * (1 - share) * squares) / np.average(table["score"], weights=weights)
    assert fitted.bse["score"] < width < 1.2 * alone
