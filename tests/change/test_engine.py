"""What changed between two sets, on counts: against SciPy, with and without pairs, and on sets that are equal but for chance."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from fairaudit.change.counted import EVERYBODY, Group, GroupPair, Persons, match
from fairaudit.change.engine import FISHER, MCNEMAR, OVERLAP, SCORE, Change, changes
from fairaudit.change.outcome import LEVEL, Outcome
from fairaudit.change.rates import COMPARED
from fairaudit.change.stability import score_stability, stability
from fairaudit.count.counts import Counts
from fairaudit.inference import contrast
from fairaudit.settings.choices import Effect

TOWNS = ("A", "B", "C", "D")


def counts(cells: np.ndarray) -> Counts:
    tp, fp, fn, tn = (int((cells == place).sum()) for place in range(4))
    return Counts(n=len(cells), selected=tp + fp, tp=tp, fp=fp, fn=fn, tn=tn)


def persons(ids: np.ndarray, cells: np.ndarray, towns: np.ndarray) -> Persons:
    return Persons(ids=tuple(map(str, ids)), cells=cells, groups={"town": (towns, TOWNS)})


def pairs_of(base: Persons, new: Persons, *, paired: bool) -> Mapping[Group, GroupPair]:
    _, together = match(base, new, column="id", labelled=True)
    groups: dict[Group, GroupPair] = {}
    for group in (EVERYBODY, *(("town", town) for town in TOWNS)):
        sides = []
        for side in (base, new):
            codes, names = side.groups["town"]
            sides.append(
                counts(side.cells if group == EVERYBODY else side.cells[codes == names.index(group[1])])
            )
        groups[group] = GroupPair(
            group=group, base=sides[0], new=sides[1], together=together[group] if paired else None
        )
    return groups


def cells_of(label: np.ndarray, decision: np.ndarray) -> np.ndarray:
    return np.where(decision == 1, np.where(label == 1, 0, 1), np.where(label == 1, 2, 3))


def two(seed: int, *, worse: float = 0.0, same: bool = True, people: int = 1200) -> tuple[Persons, Persons]:
    """Make two sets of decisions of equal skill; in town B of the second, labels 1 are missed more often."""
    lot = np.random.default_rng(seed)
    label, town = lot.integers(0, 2, size=people), lot.integers(0, 4, size=people)
    ids = np.arange(people)
    skill = lot.normal(size=people)
    sides = []
    for place in range(2):
        if place and not same:
            ids = ids + people
            label, town, skill = (
                lot.integers(0, 2, size=people),
                lot.integers(0, 4, size=people),
                lot.normal(size=people),
            )
        decision = (0.9 * skill + 0.45 * lot.normal(size=people) + 2 * label > 1).astype(int)
        if place:
            decision[(town == 1) & (label == 1) & (lot.random(people) < worse)] = 0
        sides.append(persons(ids, cells_of(label, decision), town))
    return sides[0], sides[1]


def compare(
    sides: tuple[Persons, Persons], *, paired: bool = True, effect: Effect | None = None
) -> tuple[Change, ...]:
    return changes(pairs_of(*sides, paired=paired), metrics=COMPARED, effect=effect)


def one(judged: tuple[Change, ...], group: Group, metric: str) -> Change:
    return next(c for c in judged if c.rates.pair.group == group and c.rates.metric == metric)


def test_the_slice_that_was_made_worse_comes_first() -> None:
    for paired in (True, False):
        judged = compare(two(1, worse=0.35, people=3000), paired=paired)
        assert (judged[0].rates.pair.group, judged[0].rates.metric) == (("town", "B"), "fnr")
        assert judged[0].outcome is Outcome.WORSE
        towns = {c.rates.pair.group[1] for c in judged if c.outcome is Outcome.WORSE}
        assert towns <= {"B", ""}


def test_independent_sets_are_tested_as_inference_does() -> None:
    judged = compare(two(3, same=False), paired=False)
    for change in judged:
        (x1, n1), (x2, n2) = change.rates.base, change.rates.new
        p_value, exact = contrast.equality_test(x2, n2, x1, n1)
        assert change.p_value == pytest.approx(float(p_value))
        assert change.test == (FISHER if exact else SCORE)
        assert change.difference == pytest.approx(x2 / n2 - x1 / n1)


def test_the_same_people_are_tested_in_pairs_and_precision_as_partly_the_same() -> None:
    judged = compare(two(4))
    assert one(judged, ("town", "A"), "fnr").test == MCNEMAR
    assert one(judged, ("town", "A"), "precision").test == OVERLAP
    assert one(judged, ("town", "A"), "prev").p_adjusted == 1
    assert not one(judged, ("town", "A"), "prev").is_counted


def test_pairs_halve_the_interval_where_decisions_go_along() -> None:
    """Most are decided alike by both models: the pairs tell more than twice as much."""
    sides = two(5, people=4000)
    base, new = sides
    changed = np.random.default_rng(0).random(4000) < 0.03
    nearly = Persons(ids=base.ids, cells=np.where(changed, new.cells, base.cells), groups=base.groups)
    width = {}
    for paired in (True, False):
        low, high = one(compare((base, nearly), paired=paired), EVERYBODY, "fnr").difference_ci or (0.0, 0.0)
        width[paired] = high - low
    assert width[True] < width[False] / 2


@pytest.mark.parametrize(("paired", "same"), [(True, True), (False, False)])
def test_equal_models_show_nothing(paired: bool, same: bool) -> None:
    """Of 200 pairs of models of equal skill, at most 5% show any change."""
    alarms = sum(
        any(
            c.outcome in (Outcome.WORSE, Outcome.BETTER, Outcome.CHANGED)
            for c in compare(two(seed, same=same), paired=paired)
        )
        for seed in range(200)
    )
    assert alarms <= 10


def test_the_effect_says_which_selection_rate_is_worse() -> None:
    sides = two(6, worse=0.5, people=4000)
    outcomes = {
        effect: one(compare(sides, effect=effect), ("town", "B"), "pprev").outcome
        for effect in (None, Effect.HELPS, Effect.HURTS)
    }
    assert outcomes == {None: Outcome.CHANGED, Effect.HELPS: Outcome.WORSE, Effect.HURTS: Outcome.BETTER}


def test_few_people_cannot_tell() -> None:
    few = Counts(n=9, selected=4, tp=3, fp=1, fn=2, tn=3)
    pairs = {
        group: GroupPair(group=group, base=few, new=few, small=True) for group in (EVERYBODY, ("town", "A"))
    }
    judged = changes(pairs, metrics=COMPARED, effect=None)
    assert {c.outcome for c in judged} == {Outcome.CANNOT_TELL}
    assert {c.reason for c in judged} == {"too few people"}


def test_who_moves_between_groups_is_no_pair_of_a_group_but_of_its_share() -> None:
    ids, cells = np.arange(40), np.zeros(40, dtype=np.int64)
    before, after = np.repeat([0, 1], 20), np.repeat([0, 1, 0], [15, 20, 5])
    _, together = match(
        persons(ids, cells, before), persons(ids[::-1], cells, after[::-1]), column="id", labelled=True
    )
    own = together[("town", "A")]
    assert (own.of_base, own.of_new, int(own.cells.sum())) == (20, 20, 15)


def test_unmatched_people_are_counted() -> None:
    ids, cells, towns = np.arange(10), np.zeros(10, dtype=np.int64), np.zeros(10, dtype=np.int64)
    other = np.where(np.arange(10) < 2, 2, 0)
    matched, _ = match(persons(ids, cells, towns), persons(ids + 3, other, towns), column="id", labelled=True)
    assert (matched.both, matched.base_only, matched.new_only, matched.labels_changed) == (7, 3, 3, 0)


def test_p_values_are_holm_s_over_what_could_show_something() -> None:
    judged = compare(two(7))
    counted = sorted(c.p_value for c in judged if c.is_counted and c.p_value is not None)
    first = min(c.p_adjusted for c in judged if c.p_adjusted is not None)
    assert first == pytest.approx(min(1, counted[0] * len(counted)))
    assert LEVEL == 0.05


def test_the_index_by_hand() -> None:
    measured = stability([50, 50], [80, 20])
    assert measured is not None
    assert measured.index == pytest.approx(0.3 * np.log(1.6) - 0.3 * np.log(0.4))
    assert measured.band == "much"
    assert measured.by_chance == pytest.approx(0.02)
    assert stability([50, 0], [50, 0]) is None
    gone = stability([50, 50], [100, 0])
    assert gone is not None
    assert np.isfinite(gone.index)


def test_scores_are_counted_in_tenths_of_base() -> None:
    scores, people = np.arange(100) / 100, np.ones(100, dtype=np.int64)
    same = score_stability((scores, people), (scores, people))
    assert same is not None
    assert same.base == (10,) * 10
    assert same.index == 0
    moved = score_stability((scores, people), (scores**2, people))
    assert moved is not None
    assert moved.index > 0.1
    assert sum(moved.new) == 100
    assert score_stability((np.asarray([0.5]), np.asarray([9])), (scores, people)) is None
