"""Small fitted pipelines, each made once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from fairaudit.model.estimator import ModelKind, ModelSettings
from fairaudit.model.pipeline import build_pipeline, fit_pipeline, predict, take_features
from fairaudit.model.store import pack_model
from fairaudit.write import write_files

ROWS = 120
QUICK = {
    ModelKind.LOGISTIC: {},
    ModelKind.RANDOM_FOREST: {"n_estimators": "3", "max_depth": "4"},
    ModelKind.HIST_GRADIENT_BOOSTING: {"max_iter": "3"},
}
METADATA: dict[str, Any] = {
    "target": "paid",
    "positive": [],
    "threshold": 0.5,
    "features": ["income", "city", "rooms", "code"],
    "ranges": {"income": [-4.0, 4.0], "rooms": [0.0, 4.0]},
}
"""What `train` would store with the pipelines of `trained`."""


@cache
def people() -> tuple[pd.DataFrame, Any]:
    """Give two columns of numbers and two of text, with gaps and rare levels, and labels."""
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "income": random.normal(size=ROWS),
            "city": random.choice(["Bergen", "Oslo", "Bodø"], ROWS).astype(object),
            "rooms": random.integers(0, 5, ROWS).astype(float),
            "code": random.choice(list("abcdefghijklmnopqrst"), ROWS).astype(object),
        }
    )
    target = (frame["income"] + random.normal(size=ROWS) > 0).to_numpy().astype(np.int8)
    frame.loc[5, "income"] = np.nan
    frame.loc[6, "city"] = None
    frame.loc[7, "city"] = "Vardø"
    return frame, target


def fitted(settings: ModelSettings, columns: list[str] | None = None) -> Pipeline:
    """Fit a pipeline of these settings on the people."""
    frame, target = people()
    pipeline = build_pipeline(frame, features=columns or list(frame.columns), settings=settings)
    return fit_pipeline(pipeline, take_features(pipeline, frame), target, settings=settings).pipeline


@cache
def trained(model: ModelKind) -> Pipeline:
    """Give a small pipeline of this kind; whoever changes it, copies it first."""
    return fitted(ModelSettings(model=model, params=QUICK[model]))


def score(pipeline: Pipeline) -> Any:
    """Score the people."""
    return predict(pipeline, people()[0])


def save_model(path: Path, pipeline: Pipeline, metadata: Mapping[str, Any]) -> tuple[str, ...]:
    """Write a model's file; return the names of types that have to be trusted where it is loaded."""
    packed = pack_model(pipeline, metadata, file=str(path))
    write_files(path.parent, {path.name: packed.content})
    return packed.needs_trust
