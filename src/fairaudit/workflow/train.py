"""Raw data into a model and predictions for the rows that were held out."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairaudit.count.groups import count
from fairaudit.documents.envelope import estimate_part
from fairaudit.documents.model import SplitPart, TrainDocument, TrainSettings
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
from fairaudit.workflow.predictions import (
    MODEL,
    PREDICTIONS,
    Labels,
    Predictions,
    as_probabilities,
    predictions,
)
from fairaudit.workflow.prepare import Prepared
from fairaudit.workflow.remarks import scores_against_labels
from fairaudit.write import output_folder, write_files, write_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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
    """

    document: TrainDocument
    packed: bytes
    predictions: Predictions
    csv: bytes

    @property
    def files(self) -> Mapping[str, bytes]:
        """The contents of the files beside the document, by name."""
        return {MODEL: self.packed, PREDICTIONS: self.csv}

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
            files = write_files(made, self.files)
            write_text(made / "train.json", dump(self.document))
            return (made / "train.json", *files)


def train(prepared: Prepared, training: Training, stamp: Stamp) -> TrainedModel:
    """Train on a stratified split, and score the rows that are held out."""
    from fairaudit.model import store
    from fairaudit.model import train as fitting

    trained = fitting.train(
        prepared.frames.typed,
        target=prepared.target,
        features=prepared.features,
        settings=model_settings(training),
        test_size=training.test_size,
        file=prepared.name,
        row_numbers=prepared.frames.row_numbers,
    )
    held_out = predictions(
        prepared.frames,
        trained.test_scores,
        labels=Labels(column=training.target, values=prepared.target),
        index=trained.test_index,
        threshold=training.threshold,
    )
    metrics = {
        "train": metric_parts(prepared.target[trained.train_index], trained.train_scores, training.threshold),
        "test": metric_parts(prepared.target[trained.test_index], trained.test_scores, training.threshold),
    }
    against = scores_against_labels(metrics["test"].get(AREA), score="held-out rows")
    envelope = envelope_of_model(
        prepared.rows, len(prepared.target), prepared.dropped, stamp, distinct([*prepared.notes, *against])
    )
    packed = store.pack_model(
        trained.pipeline,
        _metadata(prepared, training, trained, environment=envelope["environment"]),
        file=MODEL,
    )
    csv = held_out.to_csv()
    warnings = [
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
    return TrainedModel(document=document, packed=packed.content, predictions=held_out, csv=csv)


def _described(prepared: Prepared, training: Training, trained: Trained) -> dict[str, Any]:
    """Describe the settings, the model, its data, and how rows were held out."""
    return {
        "settings": TrainSettings(test_size=training.test_size, **written_settings(training, prepared)),
        "model": model_part(training, prepared, trained.pipeline, trained.features),
        "data": data_part(prepared, {"train": trained.train_index, "test": trained.test_index}),
        "split": SplitPart(
            kind="stratified by the label",
            test_size=training.test_size,
            seed=training.seed,
            train=len(trained.train_index),
            test=len(trained.test_index),
        ),
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


def metric_parts(
    target: NDArray[np.int8], scores: NDArray[np.float64], threshold: float
) -> dict[str, EstimatePart]:
    """Measure scores by way of the same counts as every audit."""
    import numpy as np
    import pandas as pd

    everybody = np.zeros(len(target), dtype=np.int8)
    opened = open_frame(pd.DataFrame({"label": target, "score": scores, "everybody": everybody}))
    opened.expected_rows = len(target)
    settings = ReadSettings(label="label", score="score", threshold=threshold, attributes=("everybody",))
    overall = measure(count(as_probabilities(validate(opened, settings)))).overall
    return {name: estimate_part(estimate) for name, estimate in overall.estimates.items()}
