"""Cross-validate: fit and score fold by fold, so that every row is scored by a model that never saw it.

The metrics of a fold are measured elsewhere, from its rows' labels and scores.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import RepeatedStratifiedKFold

from fairaudit.errors import OptionError
from fairaudit.model.estimator import ModelSettings
from fairaudit.model.features import FeatureWarning, check_features, kept_features
from fairaudit.model.pipeline import build_pipeline, count_unknown, fit_pipeline, score_inputs, take_features
from fairaudit.model.values import Labels, Rows, Scores
from fairaudit.settings.training import Folds
from fairaudit.spelling import with_value


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """One round: a model fitted on all rows but some, and its scores for those.

    Attributes
    ----------
    repeat : int
        Which shuffling of the rows, from 1.
    number : int
        Which fold of that shuffling, from 1.
    train_index, test_index : numpy.ndarray of int
        Positions (from 0) of the rows that were learnt from and held out, ascending.
    scores : numpy.ndarray of float
        P(label = 1) of the rows at `test_index`.
    fit_warnings : tuple[str, ...]
        What fitting gave warning of.
    unknown_categories : Mapping[str, Mapping[str, int]]
        Levels of held-out rows that no row learnt from has, with the number of rows, per text column.
    """

    repeat: int
    number: int
    train_index: Rows
    test_index: Rows
    scores: Scores
    fit_warnings: tuple[str, ...]
    unknown_categories: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossValidated:
    """All folds of a (repeated) cross-validation.

    Attributes
    ----------
    folds : tuple[Fold, ...]
        Repeat by repeat.
    features : tuple[str, ...]
        The columns that were learnt from: those asked for without those left out.
    feature_warnings : tuple[FeatureWarning, ...]
        What `check_features` found in the whole table.
    """

    folds: tuple[Fold, ...]
    features: tuple[str, ...]
    feature_warnings: tuple[FeatureWarning, ...]

    @property
    def scores(self) -> Scores:
        """Out-of-fold score of every row, shape (n,), of the first repeat; later ones add folds only."""
        first = [fold for fold in self.folds if fold.repeat == 1]
        scores = np.empty(sum(len(fold.test_index) for fold in first), dtype=np.float64)
        for fold in first:
            scores[fold.test_index] = fold.scores
        return scores

    @property
    def fold_numbers(self) -> NDArray[np.int64]:
        """Number of the fold that held a row out, shape (n,), from 1, of the first repeat."""
        first = [fold for fold in self.folds if fold.repeat == 1]
        numbers = np.empty(sum(len(fold.test_index) for fold in first), dtype=np.int64)
        for fold in first:
            numbers[fold.test_index] = fold.number
        return numbers

    @property
    def fit_warnings(self) -> tuple[str, ...]:
        """What fitting gave warning of, each once, with the number of folds that it concerns."""
        counts = Counter(text for fold in self.folds for text in fold.fit_warnings)
        return tuple(f"{text} ({n} of {len(self.folds)} folds)" for text, n in counts.items())


def cross_validate(
    frame: pd.DataFrame,
    target: Labels,
    *,
    features: Sequence[str],
    settings: ModelSettings,
    folds: Folds = Folds(),  # noqa: B008  # frozen
    on_fold: Callable[[Fold], None] | None = None,
    file: str = "the data",
    row_numbers: Rows | None = None,
) -> CrossValidated:
    """Fit and score a model on stratified folds.

    Preprocessing is learnt anew in every fold. The folds are those of
    ``RepeatedStratifiedKFold(n_splits=folds, n_repeats=repeats, random_state=settings.seed)``, whose first
    repeat is ``StratifiedKFold(folds, shuffle=True, random_state=settings.seed)``.

    Parameters
    ----------
    frame : pandas.DataFrame of shape (n, columns)
        The table.
    target : numpy.ndarray of shape (n,)
        What `binary_target` returned.
    features : Sequence[str]
        Columns to learn from; identifiers and empty columns among them are left out, and reported.
    settings : ModelSettings
        Estimator, parameters and seed.
    folds : Folds
        Number of folds, at least 2, and how often the rows are shuffled and folded, at least once.
    on_fold : callable or None
        Called with every fold when it is done, e.g. to move a progress bar.
    file : str
        What messages call the table.
    row_numbers : numpy.ndarray of shape (n,), or None
        Numbers of the rows in their file, for messages; left out, they are counted from 1.

    Returns
    -------
    CrossValidated
        Every row is held out exactly once per repeat. Where there are several repeats, the predictions to
        write (`scores`) are the first one's.

    Raises
    ------
    ColumnMissing
        A feature is not in the frame.
    ColumnError
        A feature holds infinite or too large values, or held-out ones that are too far from those learnt from.
    OptionError
        There are fewer rows of a class than folds, or the estimator refuses a parameter.
    """
    _check_folds(target, folds=folds.folds, repeats=folds.repeats)
    warned = check_features(frame, target, features, file=file, row_numbers=row_numbers)
    kept = kept_features(features, warned)
    pipeline = build_pipeline(frame, features=kept, settings=settings, file=file)
    inputs = take_features(pipeline, frame, file=file, row_numbers=row_numbers)
    numbers = np.arange(1, len(target) + 1) if row_numbers is None else row_numbers
    splits = RepeatedStratifiedKFold(
        n_splits=folds.folds, n_repeats=folds.repeats, random_state=settings.seed
    )
    done: list[Fold] = []
    for i, (train_index, test_index) in enumerate(splits.split(np.zeros(len(target)), target)):
        fitted = fit_pipeline(pipeline, inputs.iloc[train_index], target[train_index], settings=settings)
        held_out = inputs.iloc[test_index]
        fold = Fold(
            repeat=i // folds.folds + 1,
            number=i % folds.folds + 1,
            train_index=train_index,
            test_index=test_index,
            scores=score_inputs(fitted.pipeline, held_out, file=file, row_numbers=numbers[test_index]),
            fit_warnings=fitted.warnings,
            unknown_categories=count_unknown(fitted.pipeline, held_out),
        )
        done.append(fold)
        if on_fold is not None:
            on_fold(fold)
    return CrossValidated(folds=tuple(done), features=kept, feature_warnings=warned)


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
