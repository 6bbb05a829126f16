"""What the documents of training, cross-validation and prediction say alike: of the model, of its data, of how it was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fairaudit.documents.envelope import envelope
from fairaudit.documents.model import DataPart, ModelPart
from fairaudit.documents.parts import Stamp
from fairaudit.errors import clipped
from fairaudit.read.notes import Note
from fairaudit.read.rows import Rows
from fairaudit.settings.training import Training
from fairaudit.workflow.prepare import Prepared

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

    from fairaudit.model.estimator import ModelSettings

_SHOWN_CATEGORIES = 5


def envelope_of_model(
    rows: Rows, used: int, dropped: Mapping[str, int], stamp: Stamp, notes: Sequence[Note]
) -> dict[str, Any]:
    """Return the envelope of a document about a model; `used` rows are left of those that were read."""
    return envelope(rows, used, dropped, stamp, "pandas", "numpy", "scikit-learn", "skops", notes=notes)


def model_settings(training: Training, prepared: Prepared) -> ModelSettings:
    """Return what a model is built from, and which rows stay together."""
    from fairaudit.model.estimator import ModelSettings
    from fairaudit.model.together import Together

    readings, frames = prepared.rows.readings, prepared.frames
    groups, times = prepared.groups, prepared.times
    return ModelSettings(
        categories=tuple(c for c in prepared.features if readings.type_of(c) == "ENUM"),
        together=Together(
            groups=None if groups is None else groups.codes_of(frames),
            times=None if times is None else _ranked(times.codes_of(frames)),
        ),
        validation_size=training.validation_size,
        tune=training.tune,
        learning_curve=training.learning_curve,
        model=training.model,
        params=training.params,
        estimator=training.estimator,
        class_weight=training.class_weight,
        seed=training.seed,
    )


def _ranked(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the times that are left numbers from 0."""
    import numpy as np

    return np.unique(codes, return_inverse=True)[1]


def written_settings(training: Training, prepared: Prepared) -> dict[str, Any]:
    """Return the settings that the documents of training and of cross-validation both hold."""
    return {
        "model": training.model.value,
        "estimator": training.estimator,
        "params": dict(training.params),
        "tune": dict(training.tune),
        "group_column": prepared.groups and prepared.groups.column,
        "time_column": prepared.times and prepared.times.column,
        "class_weight": training.class_weight and training.class_weight.value,
        "seed": training.seed,
        "threshold": training.threshold,
        "target": training.target,
        "positive": list(prepared.positive),
        "drop": list(prepared.drop),
        "where": training.where,
        "missing": training.missing.value,
        "na_values": None if training.na_values is None else list(training.na_values),
    }


def model_part(
    training: Training, prepared: Prepared, pipeline: Pipeline | None, features: Sequence[str]
) -> ModelPart:
    """Describe a model; without a fitted one (in a cross-validation there are many) by a fresh one of its kind."""
    from fairaudit.model import pipeline as fitted

    described = pipeline or fitted.build_pipeline(
        prepared.frames.typed,
        features=features,
        settings=model_settings(training, prepared),
        file=prepared.name,
    )
    return ModelPart(
        estimator=fitted.estimator_name(described),
        params=fitted.estimator_params(described),
        features_in=list(features),
        features_out=list(fitted.feature_names_out(described)) if pipeline else [],
        dropped=[c for c in prepared.rows.source.columns if c != training.target and c not in features],
        classes=[0, 1],
        target=training.target,
        positive=list(prepared.positive),
        threshold=training.threshold,
        prepares="estimator" if fitted.reads_frame(described) else "fairaudit",
    )


def data_part(prepared: Prepared, sides: Mapping[str, NDArray[np.int64]]) -> DataPart:
    """Describe the data that a model was made from."""
    lacking = prepared.frames.typed.isna().sum()
    return DataPart(
        rows=len(prepared.target),
        columns=len(prepared.rows.source.columns),
        missing={str(column): int(number) for column, number in lacking.items() if number},
        prevalence={
            "all": float(prepared.target.mean()),
            **{name: float(prepared.target[index].mean()) for name, index in sides.items()},
        },
    )


def unknown_sentences(unknown: Mapping[str, Mapping[str, int]], where: str) -> list[str]:
    """Say which columns hold categories that a model never saw, and how many rows."""
    return [
        f"column {clipped(column)!r}: {sum(values.values()):,} {where} hold categories that the model never saw "
        f"({', '.join(repr(clipped(value)) for value in list(values)[:_SHOWN_CATEGORIES])}"
        f"{' …' if len(values) > _SHOWN_CATEGORIES else ''})"
        for column, values in unknown.items()
        if values
    ]
