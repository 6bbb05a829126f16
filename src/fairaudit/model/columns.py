"""What a model learns from: the pipeline for a table, the columns that are left, and these in the form that it reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from sklearn.pipeline import Pipeline

from fairaudit.model.estimator import ModelSettings
from fairaudit.model.features import FeatureWarning, check_features, choose_features
from fairaudit.model.frame import names_columns
from fairaudit.model.pipeline import CLASSIFY, build_pipeline, reads_frame, take_features
from fairaudit.model.values import Labels, Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """An unfitted pipeline and its inputs.

    Attributes
    ----------
    features : tuple[str, ...]
        The columns that are learnt from.
    warnings : tuple[FeatureWarning, ...]
        What `check_features` found.
    inputs : pandas.DataFrame of shape (n, features)
        What `take_features` returned.
    """

    pipeline: Pipeline
    features: tuple[str, ...]
    warnings: tuple[FeatureWarning, ...]
    inputs: pd.DataFrame


def make_ready(
    frame: pd.DataFrame,
    target: Labels,
    *,
    features: Sequence[str],
    settings: ModelSettings,
    file: str,
    row_numbers: Rows | None,
) -> Ready:
    """Look at the features, leave out identifiers and empty ones, and build the pipeline; an estimator that names its columns itself keeps them all.

    Raises
    ------
    ColumnMissing, ColumnError, OptionError
        As for `build_pipeline`, `check_features` and `take_features`.
    """
    warned = check_features(frame, target, features, file=file, row_numbers=row_numbers)
    every = False
    if settings.estimator is not None:
        asked = build_pipeline(frame, features=features, settings=settings, file=file)
        every = reads_frame(asked) and names_columns(asked.named_steps[CLASSIFY])
    kept, warned = choose_features(features, warned, every=every)
    pipeline = build_pipeline(frame, features=kept, settings=settings, file=file)
    return Ready(
        pipeline=pipeline,
        features=kept,
        warnings=warned,
        inputs=take_features(pipeline, frame, file=file, row_numbers=row_numbers),
    )
