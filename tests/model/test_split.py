"""Rows divided by groups and times: the splits are scikit-learn's, and nothing that belongs together is parted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import GroupShuffleSplit, StratifiedGroupKFold, TimeSeriesSplit

from fairaudit.errors import OptionError
from fairaudit.model.estimator import ModelSettings
from fairaudit.model.split import fold_rows, inner_folds, split_parts, split_rows
from fairaudit.model.together import Together
from fairaudit.settings.training import Folds

RANDOM = np.random.default_rng(0)
N = 240
TARGET = RANDOM.integers(0, 2, N).astype(np.int8)
GROUPS = RANDOM.integers(0, 40, N)
TIMES = np.unique(RANDOM.integers(0, 30, N), return_inverse=True)[1]


def asked(groups: object = None, times: object = None, **more: object) -> ModelSettings:
    return ModelSettings(together=Together(groups=groups, times=times), seed=3, **more)  # type: ignore[arg-type]


def test_groups_are_drawn_as_scikit_learn_draws_them() -> None:
    parts = split_parts(TARGET, test_size=0.25, settings=asked(GROUPS))
    expected = GroupShuffleSplit(n_splits=1, test_size=0.25, random_state=3)
    train, test = next(expected.split(TARGET, groups=GROUPS))
    assert (parts.train == np.sort(train)).all()
    assert (parts.test == np.sort(test)).all()


def test_the_latest_times_are_held_out_from_the_nearest_one_on() -> None:
    times = np.array([0] * 5 + [1] * 4 + [2] * 3)
    target = np.array([0, 1] * 6, dtype=np.int8)
    for share, first in ((0.25, 2), (0.3, 2), (0.5, 1), (0.9, 1)):
        parts = split_parts(target, test_size=share, settings=asked(times=times))
        assert (parts.test == np.flatnonzero(times >= first)).all()
        assert len(parts.train) + len(parts.test) == 12


@pytest.mark.parametrize("by", ["group", "time", "both", "neither"])
def test_three_parts_share_nothing(by: str) -> None:
    groups = np.arange(N) % 120 if by == "both" else GROUPS if by == "group" else None
    times = TIMES if by in ("time", "both") else None
    parts = split_parts(TARGET, test_size=0.2, settings=asked(groups, times, validation_size=0.3))
    three = [parts.train, parts.validation, parts.test]
    assert len(np.unique(np.concatenate(three))) == sum(map(len, three)) == N - parts.left_out
    assert (parts.left_out > 0) == (by == "both")
    if groups is not None:
        assert not any(set(groups[a]) & set(groups[b]) for a in three for b in three if a is not b)
    if times is not None:
        assert times[parts.train].max() < times[parts.validation].min()
        assert times[parts.validation].max() < times[parts.test].min()
    if by == "neither":
        assert (parts.test == split_rows(TARGET, test_size=0.2, seed=3)[1]).all()
        assert len(parts.validation) == pytest.approx(0.3 * N, abs=1)


def test_folds_are_those_of_scikit_learn() -> None:
    own = fold_rows(TARGET, Folds(folds=4, repeats=2), asked(GROUPS))
    for repeat in range(2):
        splitter = StratifiedGroupKFold(4, shuffle=True, random_state=3 + repeat)
        for (train, test), (learnt, held) in zip(
            own[4 * repeat :][:4], splitter.split(TARGET, TARGET, GROUPS), strict=True
        ):
            assert (train == learnt).all()
            assert (test == held).all()
    times = np.arange(N)
    for (train, test), (learnt, held) in zip(
        fold_rows(TARGET, Folds(folds=4), asked(times=times)), TimeSeriesSplit(4).split(times), strict=True
    ):
        assert (train == learnt).all()
        assert (test == held).all()


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_no_fold_parts_a_group_or_learns_from_later_rows(seed: int) -> None:
    random = np.random.default_rng(seed)
    target = random.integers(0, 2, 80).astype(np.int8)
    groups, times = random.integers(0, 15, 80), np.unique(random.integers(0, 9, 80), return_inverse=True)[1]
    for together in (asked(groups), asked(times=times), asked(groups, times)):
        try:
            folds = fold_rows(target, Folds(folds=3), together)
        except OptionError:
            continue
        held = np.concatenate([test for _, test in folds])
        assert len(held) == len(set(held.tolist()))
        for train, test in folds:
            if together.together.groups is not None:
                assert not set(groups[train]) & set(groups[test])
            if together.together.times is not None:
                assert times[train].max() < times[test].min()


@pytest.mark.parametrize(
    ("settings", "folds", "message"),
    [
        (asked(np.arange(N) % 3), Folds(folds=5), "there are 3 groups, and every fold needs one of its own"),
        (asked(times=np.arange(N) % 4), Folds(folds=5), "4 different times make at most 3 folds"),
        (asked(times=TIMES), Folds(folds=3, repeats=2), "follow the order of time"),
        (asked(TARGET.astype(np.int64)), Folds(folds=2), "leaves rows of one class only to learn from"),
    ],
    ids=["too few groups", "too few times", "time is not shuffled", "a group of each class"],
)
def test_impossible_folds(settings: ModelSettings, folds: Folds, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        fold_rows(TARGET, folds, settings)


@pytest.mark.parametrize(
    ("settings", "size", "message"),
    [
        (asked(np.zeros(N, dtype=np.int64)), 0.25, "1 group is left, and both sides need one"),
        (asked(TARGET.astype(np.int64)), 0.5, "never had both sides rows of both classes"),
        (asked(times=np.zeros(N, dtype=np.int64)), 0.25, "all rows are of one time"),
        (
            asked(times=np.argsort(np.argsort(TARGET, kind="stable"))),
            0.1,
            "the test part holds 24 positive and 0 negative rows",
        ),
        (asked(validation_size=0.8), 0.25, "no row is left to learn from"),
        (asked(validation_size=1.5), 0.25, "a share between 0 and 1 is expected"),
    ],
    ids=["one group", "a group of each class", "one time", "a class at the end", "no row left", "no share"],
)
def test_impossible_parts(settings: ModelSettings, size: float, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        split_parts(TARGET, test_size=size, settings=settings)


def test_inner_folds_are_of_the_same_kind_and_hold_both_classes() -> None:
    for way in (asked(), asked(GROUPS), asked(times=TIMES)):
        for train, test in inner_folds(TARGET, way, name="tune"):
            assert len(set(TARGET[train])) == len(set(TARGET[test])) == 2
    with pytest.raises(OptionError, match="cannot be divided into two folds"):
        inner_folds(TARGET, asked(np.zeros(N, dtype=np.int64)), name="tune")
