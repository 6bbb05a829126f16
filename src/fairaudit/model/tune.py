"""Choose parameters of an estimator, and see what more rows would bring, on folds of the training rows only."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, learning_curve
from sklearn.pipeline import Pipeline

from fairaudit.errors import FROM_OTHERS, OptionError, one_line
from fairaudit.model.estimator import ModelSettings, parse_param, refuse_param
from fairaudit.model.pipeline import CLASSIFY, chatter_to_stderr
from fairaudit.model.split import inner_folds
from fairaudit.model.values import Labels, Rows
from fairaudit.spelling import item, setting

SCORING = "roc_auc"
"""What candidates are compared by, in the words of scikit-learn: it asks for no threshold."""
CURVE_SHARES = (0.1, 0.25, 0.5, 0.75, 1.0)
"""The shares of the rows of a fold that a learning curve is drawn at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Values of parameters, and how they did over the folds."""

    params: Mapping[str, Any]
    mean: float
    std: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """All candidates in the order in which they were named, and the first of those that did best."""

    folds: int
    candidates: tuple[Candidate, ...]

    @property
    def best(self) -> Candidate:
        """The one that is used."""
        return max(self.candidates, key=lambda candidate: candidate.mean)


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """How models do that learnt from so many rows: a figure a fold on the rows learnt from, and on those held out; NaN where there is none."""

    rows: int
    train: tuple[float, ...]
    test: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A learning curve."""

    folds: int
    points: tuple[CurvePoint, ...]


def tune(
    pipeline: Pipeline, inputs: pd.DataFrame, target: Labels, settings: ModelSettings
) -> tuple[Pipeline, Tuning | None]:
    """Choose the parameters that do best over folds of these rows, by scikit-learn's ``GridSearchCV``.

    Parameters
    ----------
    pipeline : sklearn.pipeline.Pipeline
        Unfitted; it stays as it is.
    inputs : pandas.DataFrame of shape (n, features)
        Training rows only, as `take_features` returned them.
    target : numpy.ndarray of shape (n,)
        Their labels.
    settings : ModelSettings
        Names and values; and which of these rows stay together.

    Returns
    -------
    pipeline, tuning
        An unfitted pipeline with the chosen values. Without anything to choose, the pipeline itself and ``None``.

    Raises
    ------
    OptionError
        The estimator has no such parameter, or refuses a value; or the rows are too few to be divided.
    """
    if not settings.tune:
        return pipeline, None
    grid = _grid(pipeline, settings)
    folds = inner_folds(target, settings, name="tune")
    search = GridSearchCV(
        pipeline,
        {f"{CLASSIFY}__{name}": list(values) for name, values in grid.items()},
        scoring=SCORING,
        cv=folds,
        refit=False,
        error_score="raise",
    )
    with warnings.catch_warnings(), chatter_to_stderr():
        # The model that is kept says itself what it gives warning of.
        warnings.simplefilter("ignore")
        try:
            search.fit(inputs, target)
        except FROM_OTHERS as error:  # an estimator may raise anything at a value that it does not know
            raise OptionError(setting("tune"), f"{type(error).__name__}: {one_line(error)}") from error
    results = search.cv_results_
    candidates = tuple(
        Candidate(
            params={name: params[f"{CLASSIFY}__{name}"] for name in grid}, mean=float(mean), std=float(std)
        )
        for params, mean, std in zip(
            results["params"], results["mean_test_score"], results["std_test_score"], strict=True
        )
    )
    tuning = Tuning(folds=len(folds), candidates=candidates)
    if math.isnan(tuning.best.mean):
        raise OptionError(setting("tune"), "no candidate has a score")
    chosen = clone(pipeline)
    chosen.set_params(**{f"{CLASSIFY}__{name}": value for name, value in tuning.best.params.items()})
    return chosen, tuning


def _grid(pipeline: Pipeline, settings: ModelSettings) -> dict[str, Sequence[Any]]:
    """Read the values of each parameter."""
    grid: dict[str, Sequence[Any]] = {}
    for name, text in settings.tune.items():
        option = item("tune", name, text)
        refuse_param(pipeline.named_steps[CLASSIFY], name, option=option, text=text.split(",")[0])
        if name in settings.params:
            raise OptionError(
                option,
                f"{item('param', name, settings.params[name])} is given as well",
                hint="Keep one of them",
            )
        grid[name] = [parse_param(value) for value in text.split(",")]
    return grid


def draw_curve(
    pipeline: Pipeline, inputs: pd.DataFrame, target: Labels, settings: ModelSettings
) -> Curve | None:
    """Fit models on more and more of these rows, by scikit-learn's ``learning_curve``; ``None`` if that was not asked for.

    Raises
    ------
    OptionError
        The rows are too few to be divided.
    """
    if not settings.learning_curve:
        return None
    folds = inner_folds(target, settings, name="learning_curve")
    most = max(len(learnt) for learnt, _ in folds)
    # By time the first folds learn from few rows, and the curve would end there.
    folds = [(learnt, held) for learnt, held in folds if 2 * len(learnt) >= most]
    with warnings.catch_warnings(), chatter_to_stderr():
        warnings.simplefilter("ignore")
        try:
            sizes, train, test = learning_curve(
                pipeline,
                inputs,
                target,
                train_sizes=_sizes(folds),
                cv=folds,
                scoring=SCORING,
                shuffle=True,
                random_state=settings.seed,
                error_score=np.nan,
            )[:3]
        except ValueError as error:  # not even one model could be fitted
            raise OptionError(setting("learning_curve"), one_line(error)) from error
    return Curve(
        folds=len(folds),
        points=tuple(
            CurvePoint(rows=int(rows), train=tuple(map(float, learnt)), test=tuple(map(float, held)))
            for rows, learnt, held in zip(sizes, train, test, strict=True)
        ),
    )


def _sizes(folds: Sequence[tuple[Rows, Rows]]) -> list[int]:
    """Return numbers of rows that every fold can be cut to; scikit-learn itself takes the first fold for the smallest."""
    least = min(len(learnt) for learnt, _ in folds)
    return sorted({max(2, round(least * share)) for share in CURVE_SHARES})


def of_rows(settings: ModelSettings, index: Rows) -> ModelSettings:
    """Return the settings for some of the rows."""
    return replace(settings, together=settings.together.of(index))
