"""Raw data into a model and predictions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fairaudit
from fairaudit.count.groups import count
from fairaudit.documents.envelope import estimate_part
from fairaudit.documents.model import (
    SplitPart,
    TrainDocument,
    TrainSettings,
)
from fairaudit.documents.parts import EstimatePart, Stamp
from fairaudit.metrics.measure import measure
from fairaudit.metrics.scored import AREA
from fairaudit.read.dataframes import open_frame
from fairaudit.read.notes import distinct
from fairaudit.read.table import check
from fairaudit.settings.reading import ReadSettings
from fairaudit.settings.training import Training
from fairaudit.workflow.remarks import scores_against_labels
from fairaudit.write import write_bytes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

from fairaudit.workflow.predictions import predictions, write_csv
from fairaudit.workflow.prepare import (
    MODEL,
    PREDICTIONS,
    Prepared,
    data_part,
    metric_values,
    model_part,
    settings_of_model,
    settings_part,
    training_envelope,
    unknown_sentences,
)


def train(prepared: Prepared, training: Training, out: Path, stamp: Stamp) -> TrainDocument:
    """Train on a stratified split; write ``model.skops`` and ``predictions.csv``, which holds the held-out rows."""
    from fairaudit.model import store
    from fairaudit.model import train as fitting

    trained = fitting.train(
        prepared.frames.typed,
        target=prepared.target,
        features=prepared.features,
        settings=settings_of_model(training),
        test_size=training.test_size,
        file=prepared.name,
        row_numbers=prepared.frames.row_numbers,
    )
    written = predictions(
        prepared.frames,
        trained.test_scores,
        target=prepared.target,
        target_name=training.target,
        index=trained.test_index,
        threshold=training.threshold,
    )
    sides = {
        "train": (trained.train_index, trained.train_scores),
        "test": (trained.test_index, trained.test_scores),
    }
    metrics = {
        name: metric_parts(prepared.target[index], scores, training.threshold)
        for name, (index, scores) in sides.items()
    }
    against = scores_against_labels(metrics["test"].get(AREA), score="held-out rows")
    notes = distinct([*prepared.notes, *against])
    envelope = training_envelope(prepared.rows, len(prepared.target), prepared.dropped, stamp, notes)
    packed = store.pack_model(
        trained.pipeline,
        {
            "target": training.target,
            "positive": list(prepared.positive),
            "threshold": training.threshold,
            "features": list(trained.features),
            "ranges": {column: list(ends) for column, ends in trained.ranges.items()},
            **_reading_metadata(prepared, training, trained.features),
            "fairaudit": fairaudit.__version__,
            "environment": envelope["environment"],
        },
        file=str(out / MODEL),
    )
    predictions_sha256 = write_csv(out / PREDICTIONS, [written.frame])
    document = TrainDocument(
        **envelope,
        settings=TrainSettings(test_size=training.test_size, **settings_part(training, prepared)),
        model=model_part(training, prepared, trained.pipeline, trained.features),
        data=data_part(prepared, {name: index for name, (index, _) in sides.items()}),
        split=SplitPart(
            kind="stratified by the label",
            test_size=training.test_size,
            seed=training.seed,
            train=len(trained.train_index),
            test=len(trained.test_index),
        ),
        metrics={"train": metrics["train"], "test": metrics["test"]},
        predictions_sha256=predictions_sha256,
        warnings=[
            *(warning.sentence for warning in trained.feature_warnings),
            *trained.fit_warnings,
            *unknown_sentences(trained.unknown_categories, "held-out rows"),
            *_trust_sentences(packed.needs_trust),
            *written.warnings,
        ],
    )
    write_bytes(out / MODEL, packed.content)
    return document


def _reading_metadata(prepared: Prepared, training: Training, features: Sequence[str]) -> dict[str, Any]:
    """Note what new rows have to be read by, so that a text means in them what it meant in training."""
    readings = prepared.rows.readings.all(features)
    return {
        "na_values": None if training.na_values is None else list(training.na_values),
        "decimal_commas": [name for name, reading in readings.items() if reading.comma],
        "read_as_missing": {name: list(r.others) for name, r in readings.items() if r.nearly},
    }


def _trust_sentences(needs_trust: Sequence[str]) -> list[str]:
    """Say what a model that this program cannot check will need."""
    if not needs_trust:
        return []
    from fairaudit.model.store import trust_options

    options = trust_options(needs_trust)
    return [
        f"{MODEL} holds an estimator that fairaudit does not check when it loads a model: fairaudit predict will need {options}"
    ]


def metric_parts(
    target: NDArray[np.int8], scores: NDArray[np.float64], threshold: float
) -> dict[str, EstimatePart]:
    """Measure scores by way of the same counts as every audit."""
    import pandas as pd

    frame = pd.DataFrame({"label": target, "score": scores, "everybody": "all"})
    settings = ReadSettings(label="label", score="score", threshold=threshold, attributes=("everybody",))
    overall = measure(count(metric_values(check(open_frame(frame), settings)))).overall
    return {name: estimate_part(estimate) for name, estimate in overall.estimates.items()}
