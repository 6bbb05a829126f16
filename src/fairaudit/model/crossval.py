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

from fairaudit.model.columns import Ready, make_ready
from fairaudit.model.estimator import ModelSettings
from fairaudit.model.features import FeatureWarning
from fairaudit.model.pipeline import count_unknown, fit_pipeline, score_inputs
from fairaudit.model.split import fold_rows
from fairaudit.model.tune import Tuning, of_rows, tune
from fairaudit.model.values import Labels, Rows, Scores
from fairaudit.settings.training import Folds


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
    tuning : Tuning or None
        The candidates among which parameters were chosen, on the rows that were learnt from.
    """

    repeat: int
    number: int
    train_index: Rows
    test_index: Rows
    scores: Scores
    fit_warnings: tuple[str, ...]
    unknown_categories: Mapping[str, Mapping[str, int]]
    tuning: Tuning | None = None


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
    def first(self) -> tuple[Fold, ...]:
        """The folds of the first repeat, whose scores are written; later ones add folds only."""
        return tuple(fold for fold in self.folds if fold.repeat == 1)

    @property
    def scored(self) -> Rows:
        """Positions (from 0) of the rows that were held out once, ascending; all of them, but for folds by time."""
        return np.sort(np.concatenate([fold.test_index for fold in self.first]))

    @property
    def scores(self) -> Scores:
        """Out-of-fold scores of the rows at `scored`."""
        scores: Scores = np.concatenate([fold.scores for fold in self.first])
        return scores[self._order]

    @property
    def fold_numbers(self) -> NDArray[np.int64]:
        """Numbers of the folds that held the rows at `scored` out, from 1."""
        numbers = np.concatenate(
            [np.full(len(fold.test_index), fold.number, dtype=np.int64) for fold in self.first]
        )
        return numbers[self._order]

    @property
    def _order(self) -> NDArray[np.int64]:
        return np.argsort(np.concatenate([fold.test_index for fold in self.first]), kind="stable")

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
    """Fit and score a model on folds.

    Preprocessing is learnt anew in every fold. The folds are those of `fold_rows`; without groups and times those of
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
        Every row is held out exactly once per repeat, but for folds by time, which the first rows never are. Where there are several repeats, the predictions to
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
    splits = fold_rows(target, folds, settings)
    ready = make_ready(
        frame, target, features=features, settings=settings, file=file, row_numbers=row_numbers
    )
    numbers = np.arange(1, len(target) + 1) if row_numbers is None else row_numbers
    done: list[Fold] = []
    for i, (train_index, test_index) in enumerate(splits):
        place = (i // folds.folds + 1, i % folds.folds + 1)
        fold = _fold(ready, target, (train_index, test_index), place, settings, (file, numbers))
        done.append(fold)
        if on_fold is not None:
            on_fold(fold)
    return CrossValidated(folds=tuple(done), features=ready.features, feature_warnings=ready.warnings)


def _fold(
    ready: Ready,
    target: Labels,
    rows: tuple[Rows, Rows],
    place: tuple[int, int],
    settings: ModelSettings,
    source: tuple[str, Rows],
) -> Fold:
    """Fit a model on some rows and score others; parameters are chosen on the first alone."""
    (learnt, held), (repeat, number), (file, numbers) = rows, place, source
    inputs = ready.inputs.iloc[learnt]
    pipeline, tuning = tune(ready.pipeline, inputs, target[learnt], of_rows(settings, learnt))
    fitted = fit_pipeline(pipeline, inputs, target[learnt], settings=settings)
    held_out = ready.inputs.iloc[held]
    return Fold(
        repeat=repeat,
        number=number,
        train_index=learnt,
        test_index=held,
        scores=score_inputs(fitted.pipeline, held_out, file=file, row_numbers=numbers[held]),
        fit_warnings=fitted.warnings,
        unknown_categories=count_unknown(fitted.pipeline, held_out),
        tuning=tuning,
    )
