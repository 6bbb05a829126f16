"""Raw data into a model and predictions for the rows that were held out."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairaudit.count.groups import count
from fairaudit.documents.envelope import estimate_part
from fairaudit.documents.model import SplitPart, TrainDocument, TrainSettings, ValidationPart
from fairaudit.documents.parts import EstimatePart, Stamp
from fairaudit.documents.text import dump
from fairaudit.errors import listed
from fairaudit.metrics.measure import measure
from fairaudit.metrics.scored import AREA
from fairaudit.read.dataframes import open_frame
from fairaudit.read.notes import distinct
from fairaudit.read.table import validate
from fairaudit.render.report import notebook
from fairaudit.settings.arguments import check_kinds
from fairaudit.settings.edges import in_python
from fairaudit.settings.reading import ReadSettings
from fairaudit.settings.training import Training
from fairaudit.spelling import if_typed, setting
from fairaudit.version import __version__
from fairaudit.workflow.described import (
    data_part,
    envelope_of_model,
    model_part,
    model_settings,
    unknown_sentences,
    written_settings,
)
from fairaudit.workflow.divided import (
    curve_part,
    division_part,
    kind_of_split,
    left_out_sentences,
    tuning_part,
)
from fairaudit.workflow.predictions import (
    MODEL,
    PREDICTIONS,
    VALIDATION_PREDICTIONS,
    Labels,
    Predictions,
    as_probabilities,
    predictions,
)
from fairaudit.workflow.prepare import Prepared
from fairaudit.workflow.remarks import scores_against_labels
from fairaudit.write import output_folder, write_files

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fairaudit.model.store import PackedModel
    from fairaudit.model.train import Trained


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class TrainedModel:
    """A model with its document, and what it predicts for the rows that were held out.

    Attributes
    ----------
    packed
        The content of the model's file.
    csv
        The content of the file of predictions.
    validation, validation_csv
        The predictions for the rows for validation, and the content of their file; ``None`` where there are no such rows.
    """

    document: TrainDocument
    packed: bytes
    predictions: Predictions
    csv: bytes
    validation: Predictions | None = None
    validation_csv: bytes | None = None

    @property
    def files(self) -> Mapping[str, bytes]:
        """The contents of the files beside the document, by name."""
        more = {} if self.validation_csv is None else {VALIDATION_PREDICTIONS: self.validation_csv}
        return {MODEL: self.packed, PREDICTIONS: self.csv, **more}

    def __repr__(self) -> str:
        """Say what was trained, and not all the numbers."""
        split = self.document.split
        return f"<TrainedModel: {self.document.model.estimator} for {self.document.model.target}, {split.train:,} rows and {split.test:,} held out>"

    def _repr_html_(self) -> str:
        """Show the metrics in a notebook."""
        return notebook.trained(self.document)

    @in_python
    def write(self, folder: str | os.PathLike[str]) -> tuple[Path, ...]:
        """Write what ``fairaudit train`` writes into a folder, which is made if it is not there."""
        check_kinds({"folder": folder})
        with output_folder(Path(folder)) as made:
            document = dump(self.document).encode("utf-8")
            return write_files(made, {"train.json": document, **self.files})


def train(prepared: Prepared, training: Training, stamp: Stamp) -> TrainedModel:
    """Train on some of the rows, and score those that are held out."""
    from fairaudit.model import train as fitting

    trained = fitting.train(
        prepared.frames.typed,
        target=prepared.target,
        features=prepared.features,
        settings=model_settings(training, prepared),
        test_size=training.test_size,
        file=prepared.name,
        row_numbers=prepared.frames.row_numbers,
    )
    held_out = _scored(prepared, training, trained.test_scores, trained.test_index)
    metrics = _metrics(prepared, training, trained)
    against = scores_against_labels(metrics["test"].get(AREA), score="held-out rows")
    envelope = envelope_of_model(
        prepared.rows, len(prepared.target), prepared.dropped, stamp, distinct([*prepared.notes, *against])
    )
    packed = _packed(trained, _metadata(prepared, training, trained, environment=envelope["environment"]))
    csv = held_out.to_csv()
    warnings = [
        *left_out_sentences(prepared, trained.parts.left_out),
        *(warning.sentence for warning in trained.feature_warnings),
        *trained.fit_warnings,
        *unknown_sentences(trained.unknown_categories, "held-out rows"),
        *_trust_sentences(packed.needs_trust),
        *held_out.warnings,
    ]
    document = TrainDocument(
        **envelope,
        **_described(prepared, training, trained),
        metrics={"train": metrics["train"], "test": metrics["test"]},
        model_sha256=hashlib.sha256(packed.content).hexdigest(),
        predictions_sha256=hashlib.sha256(csv).hexdigest(),
        warnings=warnings,
    )
    model = TrainedModel(document=document, packed=packed.content, predictions=held_out, csv=csv)
    return _with_validation(model, prepared, training, trained, metrics)


def _packed(trained: Trained, metadata: Mapping[str, Any]) -> PackedModel:
    """Put the model into the form in which it is stored, and try whether it loads from that."""
    from fairaudit.model import store

    packed = store.pack_model(trained.pipeline, metadata, file=MODEL)
    store.load_again(packed, file=MODEL)
    return packed


def _scored(
    prepared: Prepared, training: Training, scores: NDArray[np.float64], index: NDArray[np.int64]
) -> Predictions:
    return predictions(
        prepared.frames,
        scores,
        labels=Labels(column=training.target, values=prepared.target),
        index=index,
        threshold=training.threshold,
    )


def _with_validation(
    model: TrainedModel,
    prepared: Prepared,
    training: Training,
    trained: Trained,
    metrics: Mapping[str, dict[str, EstimatePart]],
) -> TrainedModel:
    """Add the predictions for the rows for validation, if there are any, and how good they are."""
    if training.validation_size is None:
        return model
    index = trained.parts.validation
    scored = _scored(prepared, training, trained.validation_scores, index)
    csv = scored.to_csv()
    part = ValidationPart(
        size=training.validation_size,
        rows=len(index),
        metrics=metrics["validation"],
        predictions_sha256=hashlib.sha256(csv).hexdigest(),
    )
    document = model.document.model_copy(update={"validation": part})
    return dataclasses.replace(model, document=document, validation=scored, validation_csv=csv)


def _described(prepared: Prepared, training: Training, trained: Trained) -> dict[str, Any]:
    """Describe the settings, the model, its data, and how rows were held out."""
    parts = trained.parts
    more = {} if training.validation_size is None else {"validation": parts.validation}
    sides = {"train": parts.train, **more, "test": parts.test}
    return {
        "settings": TrainSettings(
            test_size=training.test_size,
            validation_size=training.validation_size,
            learning_curve=training.learning_curve,
            **written_settings(training, prepared),
        ),
        "model": model_part(training, prepared, trained.pipeline, trained.features),
        "data": data_part(prepared, sides),
        "split": SplitPart(
            kind=kind_of_split(prepared),
            test_size=training.test_size,
            seed=training.seed,
            train=len(trained.train_index),
            test=len(trained.test_index),
        ),
        "division": division_part(prepared, sides, left_out=parts.left_out),
        "tuning": tuning_part(trained.tuning),
        "learning_curve": curve_part(trained.curve),
    }


def _metadata(
    prepared: Prepared, training: Training, trained: Trained, *, environment: Mapping[str, str]
) -> dict[str, Any]:
    """Note in the model's file what it is for, and what new rows have to be read by."""
    return {
        "target": training.target,
        "positive": list(prepared.positive),
        "threshold": training.threshold,
        "features": list(trained.features),
        "ranges": {column: list(ends) for column, ends in trained.ranges.items()},
        **_reading_metadata(prepared, training, trained.features),
        "fairaudit": __version__,
        "environment": environment,
    }


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
    need = if_typed(
        f"fairaudit predict will need {setting('trust', needs_trust)}",
        f"whoever loads it has to trust {listed(needs_trust)}",
    )
    return [f"{MODEL} holds an estimator that fairaudit does not check when it loads a model: {need}"]


def _metrics(prepared: Prepared, training: Training, trained: Trained) -> dict[str, dict[str, EstimatePart]]:
    """Measure the scores of each part of the rows."""
    parts = trained.parts
    scored = {"train": (parts.train, trained.train_scores), "test": (parts.test, trained.test_scores)}
    if training.validation_size is not None:
        scored["validation"] = (parts.validation, trained.validation_scores)
    return metric_parts(
        {name: (prepared.target[index], scores) for name, (index, scores) in scored.items()},
        training.threshold,
    )


def metric_parts(
    scored: Mapping[str, tuple[NDArray[np.int8], NDArray[np.float64]]], threshold: float
) -> dict[str, dict[str, EstimatePart]]:
    """Measure scores by way of the same counts as every audit: each part, given by labels and scores, as if it were all there is."""
    import pandas as pd

    frame = pd.concat(
        [
            pd.DataFrame({"part": name, "label": target, "score": scores})
            for name, (target, scores) in scored.items()
        ]
    )
    opened = open_frame(frame)
    opened.expected_rows = len(frame)
    settings = ReadSettings(label="label", score="score", threshold=threshold, attributes=("part",))
    counted = count(as_probabilities(validate(opened, settings)))
    measured = {
        part.group: measure(dataclasses.replace(counted, overall=part.counts, groups=())).overall
        for part in counted.groups
    }
    return {
        name: {metric: estimate_part(estimate) for metric, estimate in measured[name].estimates.items()}
        for name in scored
    }
