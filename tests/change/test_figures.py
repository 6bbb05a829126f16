"""Figures that are no share of people, and margins: against scikit-learn, DeLong's covariance, plain standard errors and the gates."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from fractions import Fraction

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, f1_score, log_loss, matthews_corrcoef, roc_auc_score

from fairaudit.change.counted import EVERYBODY, Group, GroupPair, Persons, match
from fairaudit.change.engine import BOOTSTRAP, INVERTED, PAIRED_BOOTSTRAP, Change, changes
from fairaudit.change.figures import FIGURES, figures_of
from fairaudit.change.outcome import LEVEL, Outcome
from fairaudit.change.rates import COMPARED
from fairaudit.change.resampled import Scored, scored_sets, spreads
from fairaudit.count.counts import Counts, ScoredTenth
from fairaudit.disparity.verdicts import Verdict
from fairaudit.metrics.table import BY_NAME

TOWNS = ("A", "B")
CALIBRATED = ("ece", "oe")
"""Whose intervals are bounds, or take scores as known."""
SURE = tuple(name for name in FIGURES if name not in CALIBRATED)


def counts(persons: Persons, inside: np.ndarray) -> Counts:
    assert persons.scores is not None
    assert persons.labels is not None
    s, y, cells = persons.scores[inside], persons.labels[inside], persons.cells[inside]
    tp, fp, fn, tn = (int((cells == place).sum()) for place in range(4))
    won = (s[y == 1][:, None] > s[y == 0][None, :]).astype(float)
    return Counts(
        n=len(s),
        selected=tp + fp,
        tp=tp,
        fp=fp,
        fn=fn,
        tn=tn,
        squared_error=Fraction(float(((s - y) ** 2).sum())),
        log_loss=Fraction(float(-np.log(np.where(y == 1, s, 1 - s)).sum())),
        concordant_twice=int(2 * won.sum()),
        placements1=Fraction(float((won.mean(axis=1) ** 2).sum())),
        placements0=Fraction(float((won.mean(axis=0) ** 2).sum())),
        tenths=tuple(
            ScoredTenth(
                people=int(own.sum()),
                positives=int(y[own].sum()),
                score_sum=Fraction(float(s[own].sum())),
            )
            for own in (np.minimum((10 * s).astype(int), 9) == place for place in range(10))
        ),
    )


def two(seed: int, *, people: int = 300, noise: float = 0.3, worse: bool = False) -> tuple[Persons, Persons]:
    """Make the scores of two models of equal skill; in town B the second knows nothing, if it shall be worse."""
    lot = np.random.default_rng(seed)
    label, town, skill = lot.integers(0, 2, people), lot.integers(0, 2, people), lot.normal(size=people)
    sides = []
    for place in range(2):
        logits = (1 - noise) * skill + noise * lot.normal(size=people) + 2 * label - 1
        if worse and place:
            logits = np.where(town == 1, lot.permutation(logits), logits)
        score = 1 / (1 + np.exp(-logits))
        cells = np.where(score >= 0.5, 1 - label, 3 - label)
        sides.append(
            Persons(
                ids=tuple(map(str, range(people))),
                cells=cells,
                groups={"town": (town, TOWNS)},
                scores=score,
                labels=label,
            )
        )
    return sides[0], sides[1]


def compare(
    sides: tuple[Persons, Persons], *, paired: bool = True, margin: Fraction | None = None
) -> tuple[Change, ...]:
    _, together = match(*sides, column="id", labelled=True)
    pairs: dict[Group, GroupPair] = {}
    for group in (EVERYBODY, *(("town", town) for town in TOWNS)):
        base, new = (counts(side, side.inside(group)) for side in sides)
        pairs[group] = GroupPair(
            group=group, base=base, new=new, together=together[group] if paired else None
        )
    apart = Persons(**{**{k: getattr(sides[1], k) for k in sides[1].__slots__}, "ids": ()})
    scored = scored_sets(sides[0], sides[1] if paired else apart)
    figures = figures_of(pairs, FIGURES, scored, min_group_size=30)
    return changes(pairs, metrics=COMPARED, effect=None, figures=figures, margin=margin)


def of(judged: tuple[Change, ...], group: Group = EVERYBODY) -> Mapping[str, Change]:
    return {c.rates.metric: c for c in judged if c.rates.pair.group == group}


def test_values_of_weighted_people_are_scikit_learn_s() -> None:
    lot = np.random.default_rng(5)
    score, label = lot.integers(1, 20, 80) / 20, lot.integers(0, 2, 80)
    weights = lot.integers(0, 4, (3, 80)).astype(float)
    peers = {"roc_auc": roc_auc_score, "brier": brier_score_loss, "log_loss": log_loss}
    for name, peer in peers.items():
        values = BY_NAME[name].kind.of_rows(score, label, weights)
        assert values is not None
        assert values == pytest.approx([peer(label, score, sample_weight=w) for w in weights])
    cells = np.asarray([[30], [10], [5], [55]], dtype=float)
    truth = np.repeat([1, 0, 1, 0], cells[:, 0].astype(int))
    decided = np.repeat([1, 1, 0, 0], cells[:, 0].astype(int))
    for name, peer in {"f1": f1_score, "mcc": matthews_corrcoef}.items():
        assert BY_NAME[name].kind.figures(*cells) == pytest.approx([peer(truth, decided)])


def test_areas_go_along_as_delong_says_and_losses_as_their_mean_says() -> None:
    base, new = two(1, people=800)
    assert base.scores is not None
    assert base.labels is not None
    assert new.scores is not None
    placements = []
    ones = base.labels == 1
    for scores in (base.scores, new.scores):
        won = scores[ones][:, None] > scores[~ones][None, :]
        placements.append((won.mean(axis=1), won.mean(axis=0)))
    # DeLong et al. 1988, equation 5: the covariance of both areas.
    covariance = sum(
        np.cov([side[part] for side in placements]) / len(placements[0][part]) for part in (0, 1)
    )
    scored = Scored(base=(base.scores, base.labels), new=(new.scores, base.labels), both=800)
    pair = GroupPair(group=EVERYBODY, base=None, new=None)
    known = spreads([BY_NAME["roc_auc"], BY_NAME["brier"]], pair, scored)
    area = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    assert known["roc_auc"].correlation == pytest.approx(area, abs=0.08)
    assert known["roc_auc"].variances == pytest.approx(np.diag(covariance), rel=0.25)
    losses = [(side.scores - base.labels) ** 2 for side in (base, new) if side.scores is not None]
    error = np.std(losses[1] - losses[0]) / np.sqrt(800)
    assert np.sqrt(known["brier"].of_difference) == pytest.approx(error, rel=0.15)


def test_a_figure_that_was_made_worse_is_shown_and_pairs_narrow_its_interval() -> None:
    sides = two(2, people=500, noise=0.1, worse=True)
    beside, apart = (compare(sides, paired=paired) for paired in (True, False))
    for metric in SURE:
        hit = of(beside, ("town", "B"))[metric]
        assert hit.outcome is Outcome.WORSE, metric
        assert hit.test == PAIRED_BOOTSTRAP
        assert of(beside, ("town", "A"))[metric].outcome is not Outcome.WORSE
    widths = [
        [
            c.difference_ci[1] - c.difference_ci[0]
            for c in (of(judged, ("town", "A"))[m] for m in SURE)
            if c.difference_ci
        ]
        for judged in (beside, apart)
    ]
    assert all(one < other / 2 for one, other in zip(*widths, strict=True))
    assert {of(apart)[m].test for m in SURE} == {BOOTSTRAP, INVERTED}


@pytest.mark.parametrize("paired", [True, False])
def test_scores_that_promise_too_much_in_one_town_are_shown_in_their_calibration(*, paired: bool) -> None:
    base, _ = two(6, people=1200, noise=0.1)
    town, own = base.groups["town"][0], base.scores
    assert own is not None
    assert base.labels is not None
    # The same people, with the same decisions.
    new = dataclasses.replace(base, scores=np.where(town == 1, 0.79 + 0.2 * own, own))
    judged = compare((base, new), paired=paired)
    hit, spared = (of(judged, ("town", name)) for name in ("B", "A"))
    inside = base.inside(("town", "B"))
    labels, edges = base.labels[inside], [place / 10 for place in range(1, 10)]
    for metric, peer in (("ece", _error), ("oe", lambda s, y, _: y.sum() / s.sum())):
        change = hit[metric]
        values = [peer(side.scores[inside], labels, edges) for side in (base, new) if side.scores is not None]
        assert change.difference == pytest.approx(values[1] - values[0])
        drawn = _drawn_again((base, new), inside, lambda s, y, own=peer: own(s, y, edges), paired=paired)
        low, high = change.difference_ci or (0.0, 0.0)
        # Bounds, and binomial variances of scores that tell people apart, are the careful side.
        assert high - low > 0.9 * 2 * 1.96 * drawn
    assert hit["ece"].outcome is Outcome.WORSE
    assert hit["oe"].outcome in ((Outcome.CHANGED,) if paired else (Outcome.CHANGED, Outcome.NO_CHANGE))
    assert {spared[m].outcome for m in ("ece", "oe")} == {Outcome.NO_CHANGE}
    assert {spared[m].is_counted for m in ("ece", "oe")} == {not paired}


def _error(scores: np.ndarray, labels: np.ndarray, edges: list[float]) -> float:
    places = np.digitize(scores, edges)
    return sum(abs((labels - scores)[places == place].sum()) for place in range(10)) / len(scores)


def _drawn_again(
    sides: tuple[Persons, Persons],
    inside: np.ndarray,
    figure: Callable[[np.ndarray, np.ndarray], float],
    *,
    paired: bool,
) -> float:
    """Draw the people of a town again, by pairs or apart, and see how the difference of a figure varies."""
    lot, (one, other) = np.random.default_rng(0), sides
    assert one.scores is not None
    assert other.scores is not None
    assert one.labels is not None
    places, differences = np.flatnonzero(inside), []
    for _ in range(300):
        first = lot.choice(places, len(places))
        second = first if paired else lot.choice(places, len(places))
        differences.append(
            figure(other.scores[second], one.labels[second]) - figure(one.scores[first], one.labels[first])
        )
    return float(np.std(differences))


def test_equal_models_rarely_show_a_figure() -> None:
    shown = 0
    for seed in range(5):
        judged = compare(two(seed, people=240))
        shown += any(c.p_adjusted is not None and c.p_adjusted <= LEVEL for c in judged)
    assert shown <= 1


def test_the_same_scores_differ_in_nothing() -> None:
    base, _ = two(4)
    judged = compare((base, base))
    assert not [c for c in judged if c.is_counted]
    assert {c.difference for c in judged} == {0}
    for change in judged:
        low, high = change.difference_ci or (0, 0)
        assert low < 0 < high


def test_a_margin_is_excluded_shown_or_open() -> None:
    same = compare((two(4, people=2000)[0],) * 2, margin=Fraction("0.05"))
    assert {c.beyond_margin for c in same} == {Verdict.PASS, None}
    assert {c.rates.metric for c in same if c.beyond_margin is None} == {"share", "pprev", "prev", "oe"}
    sides = two(2, people=500, noise=0.1, worse=True)
    judged = of(compare(sides, margin=Fraction("0.05")), ("town", "B"))
    assert {judged[m].beyond_margin for m in ("fnr", "accuracy", "f1", "roc_auc", "brier")} == {Verdict.FAIL}
    few = of(compare(two(3, people=40), paired=False, margin=Fraction("0.05")))
    assert few["accuracy"].beyond_margin is Verdict.UNDECIDED


@pytest.mark.parametrize("paired", [True, False])
def test_what_has_no_interval_keeps_its_difference_and_says_why(*, paired: bool) -> None:
    sides = two(4, people=60)
    labels, towns = sides[0].labels, sides[0].groups["town"][0]
    assert labels is not None
    with_label = np.flatnonzero((towns == 1) & (labels == 1))
    keep = np.setdiff1d(np.arange(60), with_label[1:])
    single = tuple(
        dataclasses.replace(
            side,
            ids=tuple(np.asarray(side.ids)[keep]),
            cells=side.cells[keep],
            groups={"town": (towns[keep], TOWNS)},
            scores=None if side.scores is None else side.scores[keep],
            labels=labels[keep],
        )
        for side in sides
    )
    area = of(compare((single[0], single[1]), paired=paired), ("town", "B"))["roc_auc"]
    peers = [
        roc_auc_score(s.labels[s.inside(("town", "B"))], s.scores[s.inside(("town", "B"))]) for s in single
    ]
    assert area.difference == pytest.approx(peers[1] - peers[0])
    assert (area.difference_ci, area.p_value, area.outcome) == (None, None, Outcome.CANNOT_TELL)
    assert area.reason
