"""Divide rows into parts and folds: by the label, or so that no group stands on both sides, or so that what is held out is later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import (
    GroupShuffleSplit,
    RepeatedStratifiedKFold,
    StratifiedGroupKFold,
    TimeSeriesSplit,
    train_test_split,
)

from fairaudit.errors import OptionError
from fairaudit.model.estimator import ModelSettings
from fairaudit.model.together import Together
from fairaudit.model.values import Labels, Rows
from fairaudit.settings.training import Folds
from fairaudit.spelling import setting, with_value

DRAWS = 20
"""So often groups are drawn until every part holds both classes."""
INNER_FOLDS = 5
"""How many folds the training rows are divided into, at most, to choose parameters and for a learning curve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Positions (from 0) of the rows of each part, ascending.

    Attributes
    ----------
    validation : numpy.ndarray of int
        Empty where none was asked for.
    left_out : int
        Rows that are in no part, as their group has rows in a later one.
    """

    train: Rows
    test: Rows
    validation: Rows
    left_out: int = 0


def split_rows(
    target: Labels, *, test_size: float = 0.25, seed: int = 0, option: str | None = None
) -> tuple[Rows, Rows]:
    """Split rows at random so that both sides have the same share of either class.

    Parameters
    ----------
    target : numpy.ndarray of shape (n,)
        Labels, 0 or 1.
    test_size : float
        Share of rows to hold out, in (0, 1).
    seed : int
        Fixes the split.
    option : str or None
        How messages name the size, if not by itself.

    Returns
    -------
    train_index, test_index : numpy.ndarray of int
        Positions from 0, ascending.

    Raises
    ------
    OptionError
        `test_size` is out of its range, or a side would not hold a row of each class.
    """
    option = option or with_value("test_size", test_size)
    _refuse_size(test_size, "test_size")
    counts = np.bincount(target, minlength=2)
    short = f"{int(counts[1]):,} positive and {int(counts[0]):,} negative rows are too few for two sides"
    if counts.min() < 2:
        raise OptionError(option, short)
    try:
        train_index, test_index = train_test_split(
            np.arange(len(target), dtype=np.int64), test_size=test_size, random_state=seed, stratify=target
        )
    except (
        ValueError
    ) as error:  # the only thing left that it refuses: a side smaller than the number of classes
        raise OptionError(option, short) from error
    for side in (train_index, test_index):
        if len(np.unique(target[side])) < 2:
            raise OptionError(option, short)
    return np.sort(train_index), np.sort(test_index)


def split_parts(target: Labels, *, test_size: float, settings: ModelSettings) -> Parts:
    """Divide rows into those that are learnt from, those that are held out, and those for validation.

    Without groups and times the test part is that of `split_rows`. With groups it is drawn by scikit-learn's ``GroupShuffleSplit``, whose sizes are
    shares of groups. With times it is the last rows, from the time on at which the share is nearest to the one asked for; rows of one time stay
    together. The rows for validation are taken from what is left in the same way, so that by time they lie between the other two. Where
    both are given, rows whose group has a row in a later part are in no part.

    Raises
    ------
    OptionError
        The sizes are out of range or leave nothing to learn from; there are too few groups or times, or a part holds one class only.
    """
    together, share = settings.together, settings.validation_size
    _refuse_size(test_size, "test_size")
    if share is not None:
        _refuse_size(share, "validation_size")
        if test_size + share >= 1:
            raise OptionError(
                with_value("validation_size", share),
                f"with {with_value('test_size', test_size)} no row is left to learn from",
                hint="Both together have to be less than 1",
            )
    rest, test = _two(target, together, test_size, settings.seed, with_value("test_size", test_size))
    validation = np.empty(0, dtype=np.int64)
    train = rest
    if share is not None:
        learnt, held = _two(
            target[rest],
            together.of(rest),
            share / (1 - test_size),
            settings.seed,
            with_value("validation_size", share),
        )
        train, validation = rest[learnt], rest[held]
    if together.times is not None:
        validation = together.without_shared(validation, test)
        train = together.without_shared(train, np.concatenate([validation, test]))
    parts = Parts(
        train=train,
        test=test,
        validation=validation,
        left_out=len(target) - len(train) - len(test) - len(validation),
    )
    for part, name in ((train, "training"), (test, "test"), (validation, "validation")):
        if share is not None or part is not validation:
            _refuse_one_class(target, part, name, parts.left_out)
    return parts


def _two(target: Labels, together: Together, share: float, seed: int, option: str) -> tuple[Rows, Rows]:
    """Split rows into those that stay and those that are held out."""
    if together.times is not None:
        return _by_time(together.times, share)
    if together.groups is not None:
        return _by_group(target, together.groups, share, seed, option)
    return split_rows(target, test_size=share, seed=seed, option=option)


def _by_time(times: Rows, share: float) -> tuple[Rows, Rows]:
    earlier = np.cumsum(np.bincount(times))[:-1]
    if not len(earlier):
        raise OptionError(
            setting("time_column"), "all rows are of one time, and no part can be later than another"
        )
    last = int(np.argmin(np.abs(earlier - len(times) * (1 - share))))
    return np.flatnonzero(times <= last), np.flatnonzero(times > last)


def _by_group(target: Labels, groups: Rows, share: float, seed: int, option: str) -> tuple[Rows, Rows]:
    number = len(np.unique(groups))
    if number < 2:
        raise OptionError(
            setting("group_column"),
            f"{number:,} {'group is' if number == 1 else 'groups are'} left, and both sides need one",
        )
    splitter = GroupShuffleSplit(n_splits=DRAWS, test_size=share, random_state=seed)
    try:
        for learnt, held in splitter.split(np.zeros(len(target)), groups=groups):
            if all(len(np.unique(target[side])) == 2 for side in (learnt, held)):
                return np.sort(learnt), np.sort(held)
    except ValueError as error:
        # All that it refuses is a side without a group.
        raise OptionError(option, f"{number:,} groups are too few for two sides") from error
    raise OptionError(
        setting("group_column"),
        f"{number:,} groups were divided {DRAWS} times, and never had both sides rows of both classes",
        hint="There are too few groups, or too few of them hold both classes",
    )


def _refuse_size(share: float, name: str) -> None:
    if not 0 < share < 1:
        raise OptionError(
            with_value(name, share),
            "a share between 0 and 1 is expected",
            hint="0.25 holds out a quarter of the rows",
        )


def _refuse_one_class(target: Labels, part: Rows, name: str, left_out: int) -> None:
    positive = int(target[part].sum())
    if 0 < positive < len(part):
        return
    left = f"; {left_out:,} rows are in no part, as their group has rows in a later one" if left_out else ""
    raise OptionError(
        setting("validation_size" if name == "validation" else "test_size"),
        f"the {name} part holds {positive:,} positive and {len(part) - positive:,} negative rows, and needs both{left}",
        hint="Another size, or a coarser division of time, may mend it",
    )


def fold_rows(target: Labels, folds: Folds, settings: ModelSettings) -> list[tuple[Rows, Rows]]:
    """Divide rows into folds, repeat by repeat: the rows that are learnt from and those that are held out.

    Without groups and times the folds are those of ``RepeatedStratifiedKFold(n_splits=folds, n_repeats=repeats, random_state=settings.seed)``.
    With groups they are those of ``StratifiedGroupKFold(folds, shuffle=True, random_state=settings.seed)``, the seed of each further repeat
    being greater by one. With times they are those of ``TimeSeriesSplit(folds)`` over the different times, so that rows of one time stay together
    and the rows of the first times are never held out; where there are groups as well, rows are not learnt from whose group is held out.

    Raises
    ------
    OptionError
        There are fewer rows of a class, groups or times than folds need, or no model can be fitted on what is left of one.
    """
    _check_folds(target, folds=folds.folds, repeats=folds.repeats)
    together = settings.together
    if together.is_alone:
        splitter = RepeatedStratifiedKFold(
            n_splits=folds.folds, n_repeats=folds.repeats, random_state=settings.seed
        )
        return list(splitter.split(np.zeros(len(target)), target))
    if together.times is not None:
        if folds.repeats > 1:
            raise OptionError(
                with_value("repeats", folds.repeats),
                f"folds by {setting('time_column').removesuffix('=')} follow the order of time, which no shuffling changes",
                hint="Leave it out",
            )
        parts = list(_time_folds(together, folds.folds))
    else:
        parts = list(_group_folds(target, together, folds, settings.seed))
    for number, (learnt, held) in enumerate(parts):
        if not len(held) or len(np.unique(target[learnt])) < 2:
            raise OptionError(
                with_value("folds", folds.folds),
                f"fold {number % folds.folds + 1} leaves rows of one class only to learn from, or none to hold out",
                hint="Fewer folds may do",
            )
    return parts


def _time_folds(together: Together, folds: int) -> Iterator[tuple[Rows, Rows]]:
    times = np.zeros(0, dtype=np.int64) if together.times is None else together.times
    number = len(np.unique(times))
    if number < folds + 1:
        raise OptionError(
            with_value("folds", folds),
            f"{number:,} different times make at most {max(number - 1, 0):,} folds, of which each is later than what is learnt from",
        )
    for learnt, held in TimeSeriesSplit(n_splits=folds).split(np.arange(number)):
        later = np.flatnonzero(np.isin(times, held))
        yield together.without_shared(np.flatnonzero(np.isin(times, learnt)), later), later


def _group_folds(target: Labels, together: Together, folds: Folds, seed: int) -> Iterator[tuple[Rows, Rows]]:
    groups = np.zeros(0, dtype=np.int64) if together.groups is None else together.groups
    number = len(np.unique(groups))
    if number < folds.folds:
        raise OptionError(
            with_value("folds", folds.folds),
            f"there are {number:,} groups, and every fold needs one of its own",
            hint=f"At most {number:,} folds are possible" if number >= 2 else "",
        )
    for repeat in range(folds.repeats):
        splitter = StratifiedGroupKFold(
            n_splits=folds.folds, shuffle=True, random_state=(seed + repeat) % 2**32
        )
        yield from splitter.split(np.zeros(len(target)), target, groups)


def inner_folds(target: Labels, settings: ModelSettings, *, name: str) -> list[tuple[Rows, Rows]]:
    """Divide training rows into folds of the same kind, of which each holds both classes on both sides.

    Raises
    ------
    OptionError
        There are not two such folds; the option of this name asks for them.
    """
    together = settings.together
    most = [INNER_FOLDS, int(np.bincount(target, minlength=2).min())]
    if together.times is not None:
        most.append(len(np.unique(together.times)) - 1)
    elif together.groups is not None:
        most.append(len(np.unique(together.groups)))
    parts: list[tuple[Rows, Rows]] = []
    if min(most) >= 2:
        parts = [
            (learnt, held)
            for learnt, held in _any_folds(target, Folds(folds=min(most)), settings)
            if all(len(np.unique(target[side])) == 2 for side in (learnt, held))
        ]
    if len(parts) < 2:
        raise OptionError(
            setting(name),
            f"the {len(target):,} training rows cannot be divided into two folds that hold both classes",
            hint="It needs more rows, groups or times",
        )
    return parts


def _any_folds(target: Labels, folds: Folds, settings: ModelSettings) -> list[tuple[Rows, Rows]]:
    """Divide rows as `fold_rows` does, whatever the folds hold."""
    if settings.together.times is not None:
        return list(_time_folds(settings.together, folds.folds))
    if settings.together.groups is not None:
        return list(_group_folds(target, settings.together, folds, settings.seed))
    return fold_rows(target, folds, settings)


def _check_folds(target: Labels, *, folds: int, repeats: int) -> None:
    if folds < 2:
        raise OptionError(with_value("folds", folds), "at least 2 folds are needed")
    if repeats < 1:
        raise OptionError(with_value("repeats", repeats), "at least 1 repeat is needed")
    negative, positive = (int(n) for n in np.bincount(target, minlength=2))
    if min(negative, positive) < folds:
        raise OptionError(
            with_value("folds", folds),
            f"every fold needs both classes; there are {positive:,} positive and {negative:,} negative rows",
            hint=f"At most {min(negative, positive)} folds are possible"
            if min(negative, positive) >= 2
            else "",
        )
