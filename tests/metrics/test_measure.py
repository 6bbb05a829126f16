"""Metrics: every one by hand, laws that hold for all, and equality with scikit-learn, statsmodels and SciPy."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import beta
from sklearn import metrics as sk
from statsmodels.stats.proportion import proportion_confint

from fairaudit.count.counts import NOBODY_SCORED, Counted, Counts, GroupCounts, ScoredTenth
from fairaudit.count.groups import count
from fairaudit.inference.proportion import mean_interval
from fairaudit.metrics.composed import OfCells
from fairaudit.metrics.kinds import Estimate, Evidence, Metric, Needs
from fairaudit.metrics.measure import estimates, measure
from fairaudit.metrics.scored import area_variance
from fairaudit.metrics.table import BY_NAME, METRICS, PARITY_METRICS, SAME_HYPOTHESIS
from fairaudit.read.dataframes import open_frame
from fairaudit.read.table import validate
from fairaudit.settings.choices import RateInterval, ScoreKind
from fairaudit.settings.reading import ReadSettings


def estimate(metric: Metric, counts: Counts, *, all_selected: int | None) -> Estimate:
    (found,) = estimates(metric, [counts], all_selected=all_selected)
    return found


OF_PROBABILITIES = ("brier", "log_loss", "ece", "oe")
CELLS = st.integers(0, 200)
RATES = [metric for metric in METRICS if metric.is_rate]


def in_tenths(filled: dict[int, tuple[int, int, Fraction]]) -> tuple[ScoredTenth, ...]:
    tenths = list(NOBODY_SCORED)
    for place, (people, ones, total) in filled.items():
        tenths[place] = ScoredTenth(people=people, positives=ones, score_sum=total)
    return tuple(tenths)


BY_HAND = Counts(
    n=10,
    selected=4,
    tp=3,
    fp=1,
    fn=2,
    tn=4,
    squared_error=Fraction(3, 2),
    log_loss=Fraction(5),
    tenths=in_tenths({2: (4, 1, Fraction(1)), 8: (6, 4, Fraction("5.1"))}),
    concordant_twice=40,
    placements1=Fraction(88, 25),
    placements0=Fraction(82, 25),
)
"""One group, of 8 people selected in all groups together."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """What a metric is of `BY_HAND`, and where it is undefined, counted by hand.

    Attributes
    ----------
    value
        A fraction where the value is kept as one.
    nobody, reason
        A group in which it is undefined, and why it is there.
    peer, takes
        scikit-learn's function, if it has one, and what that takes beside the labels.
    """

    value: Fraction | float
    nobody: Counts
    reason: str
    peer: Callable[..., float] | None = None
    takes: str = "decision"


def calibration_error(labels: np.ndarray, scores: np.ndarray) -> float:
    """Compute it as one would by hand, in NumPy's histogram of ten bins."""
    edges = np.arange(11) / 10
    ones, expected = (np.histogram(scores, edges, weights=column)[0] for column in (labels, scores))
    return float(np.abs(ones - expected).sum() / len(labels))


EMPTY = Counts(n=0, selected=0, tp=0, fp=0, fn=0, tn=0)
NO_LABEL_0 = Counts(n=5, selected=2, tp=2, fp=0, fn=3, tn=0)
NO_LABEL_1 = Counts(n=5, selected=2, tp=0, fp=2, fn=0, tn=3)
NONE_SELECTED = Counts(n=5, selected=0, tp=0, fp=0, fn=2, tn=3)
ALL_SELECTED = Counts(n=5, selected=5, tp=2, fp=3, fn=0, tn=0)
CASES = {
    "pprev": Case(value=Fraction(4, 10), nobody=Counts(n=0, selected=0), reason="nobody is in the group"),
    "fpr": Case(value=Fraction(1, 5), nobody=NO_LABEL_0, reason="nobody in the group has label 0"),
    "fnr": Case(value=Fraction(2, 5), nobody=NO_LABEL_1, reason="nobody in the group has label 1"),
    "tpr": Case(
        value=Fraction(3, 5),
        nobody=NO_LABEL_1,
        reason="nobody in the group has label 1",
        peer=sk.recall_score,
    ),
    "tnr": Case(value=Fraction(4, 5), nobody=NO_LABEL_0, reason="nobody in the group has label 0"),
    "precision": Case(
        value=Fraction(3, 4),
        nobody=NONE_SELECTED,
        reason="nobody in the group is decided 1",
        peer=sk.precision_score,
    ),
    "fdr": Case(value=Fraction(1, 4), nobody=NONE_SELECTED, reason="nobody in the group is decided 1"),
    "for": Case(value=Fraction(2, 6), nobody=ALL_SELECTED, reason="nobody in the group is decided 0"),
    "npv": Case(value=Fraction(4, 6), nobody=ALL_SELECTED, reason="nobody in the group is decided 0"),
    "ppr": Case(
        value=Fraction(4, 8), nobody=Counts(n=5, selected=0), reason="nobody is selected in any group"
    ),
    "prev": Case(value=Fraction(5, 10), nobody=EMPTY, reason="nobody is in the group"),
    "accuracy": Case(
        value=Fraction(7, 10), nobody=EMPTY, reason="nobody is in the group", peer=sk.accuracy_score
    ),
    "balanced_accuracy": Case(
        value=Fraction(7, 10),
        nobody=NO_LABEL_0,
        reason="nobody in the group has label 0",
        peer=sk.balanced_accuracy_score,
    ),
    "f1": Case(
        value=Fraction(6, 9),
        nobody=Counts(n=5, selected=0, tp=0, fp=0, fn=0, tn=5),
        reason="nobody in the group has label 1 or is decided 1",
        peer=sk.f1_score,
    ),
    "mcc": Case(
        value=(3 * 4 - 1 * 2) / math.sqrt(4 * 5 * 5 * 6),
        nobody=NONE_SELECTED,
        reason="nobody in the group is decided 1",
        peer=sk.matthews_corrcoef,
    ),
    "brier": Case(
        value=0.15,
        nobody=Counts(n=0, squared_error=Fraction(0)),
        reason="nobody is in the group",
        peer=sk.brier_score_loss,
        takes="score",
    ),
    "log_loss": Case(
        value=0.5,
        nobody=Counts(n=0, log_loss=Fraction(0)),
        reason="nobody is in the group",
        peer=partial(sk.log_loss, labels=[0, 1]),
        takes="score",
    ),
    "roc_auc": Case(
        value=Fraction(40, 50),
        nobody=Counts(n=5, selected=0, tp=0, fp=0, fn=0, tn=5, concordant_twice=0),
        reason="nobody in the group has label 1",
        peer=sk.roc_auc_score,
        takes="score",
    ),
    # 4 people with scores of 0.25, of whom 1 has label 1, and 6 with scores of 0.85, of whom 4 have it.
    "ece": Case(
        value=Fraction(11, 100),
        nobody=Counts(n=0, tenths=NOBODY_SCORED),
        reason="nobody is in the group",
        peer=calibration_error,
        takes="score",
    ),
    "oe": Case(
        value=Fraction(50, 61),
        nobody=Counts(n=5, selected=0, tp=0, fp=0, fn=2, tn=3, tenths=in_tenths({0: (5, 2, Fraction(0))})),
        reason="the scores of the group add up to 0",
    ),
}
"""One for each metric; of 8 people selected in all groups together."""
PEERS = {name: case for name, case in CASES.items() if case.peer is not None}


@st.composite
def groups(draw: st.DrawFn) -> Counts:
    tp, fp, fn, tn = (draw(CELLS) for _ in range(4))
    positives, negatives = tp + fn, fp + tn
    return Counts(
        n=positives + negatives,
        selected=tp + fp,
        tp=tp,
        fp=fp,
        fn=fn,
        tn=tn,
        squared_error=(positives + negatives) * draw(st.fractions(0, 1)),
        log_loss=(positives + negatives) * draw(st.fractions(0, 37)),
        tenths=in_tenths(
            {
                1: (negatives, 0, negatives * draw(st.fractions(Fraction("0.1"), Fraction("0.2")))),
                7: (positives, positives, positives * draw(st.fractions(Fraction("0.7"), Fraction("0.8")))),
            }
        ),
        concordant_twice=draw(st.integers(0, 2 * positives * negatives)),
        placements1=positives * draw(st.fractions(0, 1)),
        placements0=negatives * draw(st.fractions(0, 1)),
    )


def times(counts: Counts, k: int) -> Counts:
    grown: dict[str, Any] = {
        f.name: getattr(counts, f.name) * k for f in fields(Counts) if f.name not in ("clusters", "tenths")
    }
    grown["tenths"] = tuple(
        ScoredTenth(people=t.people * k, positives=t.positives * k, score_sum=t.score_sum * k)
        for t in counts.tenths or ()
    )
    return Counts(**grown | {"concordant_twice": (counts.concordant_twice or 0) * k * k})


def all_of(counts: Counts) -> dict[str, Estimate]:
    return {metric.name: estimate(metric, counts, all_selected=counts.selected) for metric in METRICS}


class TestTheTable:
    def test_no_metric_was_forgotten_here(self) -> None:
        names = [metric.name for metric in METRICS]
        assert list(CASES) == names, "every metric has a case counted by hand, in the order of the table"
        assert set(PEERS) >= {
            *("accuracy", "precision", "tpr", "f1", "balanced_accuracy", "mcc"),
            *("brier", "log_loss", "roc_auc"),
        }

    def test_names_are_unique(self) -> None:
        assert len(BY_NAME) == len(METRICS)
        assert len({m.long_name for m in METRICS}) == len(METRICS)
        assert len({m.parity for m in PARITY_METRICS}) == len(PARITY_METRICS) == 10

    def test_rates_that_are_1_minus_another(self) -> None:
        assert SAME_HYPOTHESIS == {"tpr": "fnr", "tnr": "fpr", "precision": "fdr", "npv": "for"}

    @pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
    def test_every_metric_explains_itself(self, metric: Metric) -> None:
        for text in (
            metric.formula,
            metric.estimates,
            metric.says,
            metric.when,
            metric.source,
            metric.long_name,
        ):
            assert text
        assert metric.least < metric.most

    @pytest.mark.parametrize("metric", RATES, ids=lambda m: m.name)
    def test_the_formula_names_the_cells_that_are_counted(self, metric: Metric) -> None:
        words = {"selected": ("tp", "fp"), "n": ("n",), "all selected": ("everybody", "selected")}
        numerator, denominator = metric.formula.split(" / ")
        for side, cells in ((numerator, metric.numerator), (denominator, metric.denominator)):
            expected = sorted(word for cell in cells for word in words.get(cell, (cell,)))
            assert sorted(side.strip("()").replace("+", " ").split()) == expected


class TestByHand:
    @pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
    def test_value(self, metric: Metric) -> None:
        found = estimate(metric, BY_HAND, all_selected=8)
        expected = CASES[metric.name].value
        exact = isinstance(expected, Fraction)
        assert found.metric == metric.name
        assert found.exact == (expected if exact else None)
        assert found.reason == ""
        assert found.value == (float(expected) if exact else pytest.approx(expected, abs=1e-15))

    @pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
    def test_undefined_has_a_reason_and_no_value(self, metric: Metric) -> None:
        case = CASES[metric.name]
        found = estimate(metric, case.nobody, all_selected=0)
        assert (found.value, found.exact, found.ci, found.reason) == (None, None, None, case.reason)
        if metric.is_rate:
            assert (found.denominator, found.small) == (0, True)

    @pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
    def test_of_a_group_of_nobody_nothing_is_known(self, metric: Metric) -> None:
        nobody = Counts(
            n=0,
            selected=0,
            tp=0,
            fp=0,
            fn=0,
            tn=0,
            squared_error=Fraction(0),
            log_loss=Fraction(0),
            concordant_twice=0,
        )
        assert estimate(metric, nobody, all_selected=8).value is None

    def test_rates_keep_numerator_and_denominator(self) -> None:
        found = estimate(BY_NAME["for"], BY_HAND, all_selected=8)
        assert (found.numerator, found.denominator) == (2, 6)
        assert found.ci == pytest.approx(proportion_confint(2, 6, method="wilson"))

    @pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
    def test_every_value_has_an_interval_that_holds_it_or_a_reason(self, metric: Metric) -> None:
        found = estimate(metric, BY_HAND, all_selected=8)
        if metric.kind.evidence is Evidence.NONE:
            assert (found.ci, found.ci_reason) == (None, "no interval is computed")
        else:
            assert found.ci is not None
            assert found.ci_reason == ""
            assert metric.least <= found.ci[0] < (found.value or 0) < found.ci[1] <= metric.most

    def test_intervals_that_are_no_wilson(self) -> None:
        # Jaccard index 3 of 6; 4 of 5 and 3 of 5; placements that give DeLong's variance by hand below.
        low, high = proportion_confint(3, 6, method="wilson")
        assert estimate(BY_NAME["f1"], BY_HAND, all_selected=8).ci == pytest.approx(
            (2 * low / (1 + low), 2 * high / (1 + high))
        )
        # Of few people the limits come from beta distributions; of many from both Wilson intervals.
        assert estimate(BY_NAME["balanced_accuracy"], BY_HAND, all_selected=8).ci == pytest.approx(
            tuple(float(limit) for limit in mean_interval(3, 5, 4, 5))
        )
        many = Counts(n=100, selected=50, tp=30, fp=20, fn=20, tn=30)
        low, high = proportion_confint(30, 50, method="wilson")
        assert estimate(BY_NAME["balanced_accuracy"], many, all_selected=50).ci == pytest.approx(
            (0.6 - math.hypot(0.6 - low, 0.6 - low) / 2, 0.6 + math.hypot(high - 0.6, high - 0.6) / 2)
        )

    def test_an_area_of_1_has_an_interval_too(self) -> None:
        apart = Counts(
            n=4, selected=2, tp=2, fp=0, fn=0, tn=2,
            concordant_twice=8, placements1=Fraction(2), placements0=Fraction(2),
        )  # fmt: skip
        found = estimate(BY_NAME["roc_auc"], apart, all_selected=2)
        assert found.ci == (pytest.approx(beta(2.5, 0.5).ppf(0.025)), 1.0)

    @pytest.mark.parametrize(
        ("name", "counts", "reason"),
        [
            pytest.param(
                "mcc",
                Counts(n=8, selected=4, tp=4, fp=0, fn=0, tn=4),
                "nearly all resamples give the same value, or none",
                id="everybody is decided rightly",
            ),
            pytest.param(
                "roc_auc",
                Counts(
                    n=4, selected=1, tp=1, fp=0, fn=0, tn=3,
                    concordant_twice=4, placements1=Fraction(4, 9), placements0=Fraction(2),
                ),
                "a single label 1 or 0 leaves no interval",
                id="a single label 1",
            ),
        ],
    )  # fmt: skip
    def test_where_there_is_no_interval(self, name: str, counts: Counts, reason: str) -> None:
        found = estimate(BY_NAME[name], counts, all_selected=2)
        assert found.value is not None
        assert (found.ci, found.ci_reason) == (None, reason)

    def test_clopper_and_pearson_by_choice(self) -> None:
        (found,) = estimates(BY_NAME["fpr"], [BY_HAND], all_selected=8, interval=RateInterval.CLOPPER_PEARSON)
        assert found.ci == pytest.approx(proportion_confint(1, 5, method="beta"))

    @pytest.mark.parametrize(
        ("name", "counts", "small"),
        [
            ("fpr", Counts(n=100, selected=9, tp=8, fp=1, fn=82, tn=8), True),
            ("fpr", Counts(n=100, selected=9, tp=8, fp=1, fn=82, tn=9), False),
            ("fnr", Counts(n=100, selected=9, tp=8, fp=1, fn=82, tn=9), False),
            ("precision", Counts(n=100, selected=9, tp=8, fp=1, fn=82, tn=9), True),
            ("accuracy", Counts(n=100, selected=9, tp=8, fp=1, fn=82, tn=9), False),
            ("mcc", Counts(n=100, selected=9, tp=8, fp=1, fn=83, tn=8), True),
            ("mcc", Counts(n=100, selected=9, tp=8, fp=1, fn=82, tn=9), False),
            ("balanced_accuracy", Counts(n=100, selected=9, tp=8, fp=1, fn=83, tn=8), True),
            ("f1", Counts(n=100, selected=5, tp=5, fp=0, fn=4, tn=91), True),
            ("f1", Counts(n=100, selected=5, tp=5, fp=0, fn=5, tn=90), False),
        ],
    )
    def test_a_denominator_below_10_is_small(self, name: str, counts: Counts, small: bool) -> None:
        assert estimate(BY_NAME[name], counts, all_selected=10).small is small

    @pytest.mark.parametrize(("n", "small"), [(29, True), (30, False)])
    def test_a_group_below_the_least_size_is_small(self, n: int, small: bool) -> None:
        counts = Counts(n=n, selected=15, tp=15, fp=0, fn=0, tn=n - 15)
        group = GroupCounts(attribute="g", group="a", counts=counts)
        measured = measure(Counted(overall=counts, groups=(group,), scores=ScoreKind.DECISIONS))
        assert measured.groups[0].small is small
        assert measured.groups[0].estimates["accuracy"].small is small


class TestWhatTheInputAllows:
    @pytest.mark.parametrize(
        ("overall", "scores", "left_out"),
        [
            pytest.param(BY_HAND, ScoreKind.PROBABILITIES, {}, id="probabilities"),
            pytest.param(
                BY_HAND,
                ScoreKind.RANKS,
                dict.fromkeys(OF_PROBABILITIES, "the scores are ranks, not probabilities"),
                id="ranks",
            ),
            pytest.param(
                BY_HAND,
                ScoreKind.DECISIONS,
                dict.fromkeys(OF_PROBABILITIES, "the scores are 0/1 decisions, not probabilities")
                | {"roc_auc": "the scores are 0/1 decisions"},
                id="decisions as scores",
            ),
            pytest.param(
                BY_HAND,
                ScoreKind.NONE,
                dict.fromkeys((*OF_PROBABILITIES, "roc_auc"), "there are no scores"),
                id="decisions and no scores",
            ),
            pytest.param(
                Counts(n=10, selected=4),
                ScoreKind.PROBABILITIES,
                {m.name: "there are no labels" for m in METRICS if m.needs is not Needs.DECISION},
                id="no labels",
            ),
            pytest.param(
                Counts(n=10),
                ScoreKind.NONE,
                {m.name: "there are no scores or decisions" for m in METRICS},
                id="neither scores nor decisions",
            ),
        ],
    )
    def test_what_is_left_out_and_why(
        self, overall: Counts, scores: ScoreKind, left_out: dict[str, str]
    ) -> None:
        measured = measure(Counted(overall=overall, groups=(), scores=scores))
        assert dict(measured.left_out) == left_out
        assert set(measured.overall.estimates) == {m.name for m in METRICS} - set(left_out)

    def test_groups_stand_by_attribute(self) -> None:
        made = [
            GroupCounts(attribute=a, group=g, counts=BY_HAND) for a, g in (("x", "a"), ("x", "b"), ("y", "a"))
        ]
        measured = measure(Counted(overall=times(BY_HAND, 2), groups=tuple(made), scores=ScoreKind.RANKS))
        assert measured.attributes == ("x", "y")
        assert [g.group for g in measured.of("x")] == ["a", "b"]
        # Each of them is half of all who are selected.
        assert {g.estimates["ppr"].exact for g in measured.groups} == {Fraction(1, 2)}


class TestLaws:
    @given(groups())
    @example(
        Counts(
            n=4,
            selected=2,
            tp=2,
            fp=0,
            fn=0,
            tn=2,
            squared_error=Fraction(0),
            log_loss=Fraction(0),
            concordant_twice=8,
        )
    )
    def test_values_lie_in_the_range_of_their_metric(self, counts: Counts) -> None:
        for name, found in all_of(counts).items():
            if found.value is not None:
                assert BY_NAME[name].least <= found.value <= BY_NAME[name].most
            else:
                assert found.reason

    @given(st.integers(1, 10**9), st.integers(1, 10**9))
    def test_matthews_of_a_perfect_classifier_is_1(self, tp: int, tn: int) -> None:
        perfect = Counts(n=tp + tn, selected=tp, tp=tp, fp=0, fn=0, tn=tn)
        wrong = Counts(n=tp + tn, selected=tp, tp=0, fp=tp, fn=tn, tn=0)
        assert estimate(BY_NAME["mcc"], perfect, all_selected=tp).value == 1.0
        assert estimate(BY_NAME["mcc"], wrong, all_selected=tp).value == -1.0

    @given(groups())
    def test_intervals_hold_their_rate(self, counts: Counts) -> None:
        for found in all_of(counts).values():
            if found.ci is not None and found.value is not None:
                low, high = found.ci
                metric = BY_NAME[found.metric]
                assert metric.least <= low <= high <= metric.most
                # A resampled interval is shifted by its bias, and may leave the value itself out.
                assert low <= found.value + 1e-12
                assert isinstance(metric.kind, OfCells) or low <= found.value <= high

    @given(groups(), st.integers(2, 9))
    def test_seeing_everybody_k_times_changes_no_value(self, counts: Counts, k: int) -> None:
        once, often = all_of(counts), all_of(times(counts, k))
        for name, found in once.items():
            assert often[name].exact == found.exact
            assert often[name].value == (
                None if found.value is None else pytest.approx(found.value, rel=1e-15)
            )

    @given(groups())
    def test_complements_add_up_to_1(self, counts: Counts) -> None:
        found = all_of(counts)
        for one, other in (("tpr", "fnr"), ("tnr", "fpr"), ("precision", "fdr"), ("npv", "for")):
            if (a := found[one].exact) is not None and (b := found[other].exact) is not None:
                assert a + b == 1
            else:
                assert found[one].value is found[other].value is None

    @given(st.lists(groups(), min_size=1, max_size=5))
    def test_shares_of_all_selected_add_up_to_1(self, members: list[Counts]) -> None:
        selected = sum(c.selected or 0 for c in members)
        shares = [estimate(BY_NAME["ppr"], c, all_selected=selected).exact for c in members]
        if selected:
            assert sum(s for s in shares if s is not None) == 1
        else:
            assert set(shares) == {None}

    @given(groups())
    def test_every_exact_value_is_the_nearest_float(self, counts: Counts) -> None:
        for found in all_of(counts).values():
            if found.exact is not None:
                assert found.value == float(found.exact)


def delong(scores: pd.Series, labels: pd.Series) -> float:
    """Compute DeLong's variance from its definition, pair by pair."""
    ones, zeros = scores[labels == 1].to_numpy(), scores[labels == 0].to_numpy()
    pairs = (ones[:, None] > zeros[None, :]) + 0.5 * (ones[:, None] == zeros[None, :])
    return float(pairs.mean(axis=1).var(ddof=1) / len(ones) + pairs.mean(axis=0).var(ddof=1) / len(zeros))


def is_defined(name: str, labels: pd.Series, decisions: pd.Series) -> bool:
    """Tell where scikit-learn would put a 0 and a warning for what is undefined."""
    positives, negatives = (labels == 1).any(), (labels == 0).any()
    selected, others = (decisions == 1).any(), (decisions == 0).any()
    needed = {
        "precision": selected,
        "tpr": positives,
        "f1": positives or selected,
        "balanced_accuracy": positives and negatives,
        "mcc": positives and negatives and selected and others,
        "roc_auc": positives and negatives,
    }
    return bool(needed.get(name, True))


@st.composite
def predictions(draw: st.DrawFn) -> pd.DataFrame:
    n = draw(st.integers(3, 40))
    coarse = st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0])
    scores = draw(st.lists(st.one_of(coarse, st.floats(0, 1, allow_subnormal=False)), min_size=n, max_size=n))
    labels = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    names = draw(st.lists(st.sampled_from("abc"), min_size=n, max_size=n))
    scores[0], labels[:2] = 0.3, [0, 1]  # probabilities, with both outcomes
    return pd.DataFrame({"g": names, "score": scores, "label": labels})


@settings(max_examples=25)
@given(predictions())
def test_metrics_equal_those_of_scikit_learn_and_the_variance_of_the_auc_is_delongs(
    frame: pd.DataFrame,
) -> None:
    measured = measure(count(validate(open_frame(frame), ReadSettings(attributes=("g",)))))
    rows = frame.assign(decision=(frame["score"] >= 0.5).astype(int))
    for group in (measured.overall, *measured.groups):
        mine = rows if group.group == "" else rows[rows["g"] == group.group]
        for name, case in PEERS.items():
            found = group.estimates[name].value
            if case.peer and is_defined(name, mine["label"], mine["decision"]):
                theirs = case.peer(mine["label"].to_numpy(), mine[case.takes].to_numpy())
                assert found == pytest.approx(theirs, rel=1e-12, abs=1e-12), name
            else:
                assert found is None, name
        variance = area_variance(group.counts)
        if min((mine["label"] == 1).sum(), (mine["label"] == 0).sum()) < 2:
            assert math.isnan(variance)
        else:
            assert variance == pytest.approx(delong(mine["score"], mine["label"]), abs=1e-12)


def test_scikit_learn_calls_undefined_0_and_ours_is_nothing() -> None:
    y, d = np.array([0, 0, 1]), np.array([0, 0, 0])
    counts = Counts(n=3, selected=0, tp=0, fp=0, fn=1, tn=2)
    assert sk.matthews_corrcoef(y, d) == 0.0
    assert estimate(BY_NAME["mcc"], counts, all_selected=0).value is None
    with pytest.warns(match="Precision is ill-defined"):
        assert sk.precision_score(y, d) == 0.0
    assert estimate(BY_NAME["precision"], counts, all_selected=0).value is None
