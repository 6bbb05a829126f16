"""Raw data into a model and predictions: train, cross-validate, predict."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any

import fairaudit
from fairaudit.config import DEFAULT_MIN_GROUP_SIZE, Missing, ReadSettings, split_words
from fairaudit.count import count
from fairaudit.errors import (
    ColumnError,
    ColumnMissing,
    FileError,
    OptionError,
    clipped,
    join_sentences,
    listed,
)
from fairaudit.measure import Measured, measure
from fairaudit.read import identity
from fairaudit.read.attributes import parse_attributes
from fairaudit.read.dataframes import open_frame
from fairaudit.read.decision import ScoreKind
from fairaudit.read.identity import repeated_people
from fairaudit.read.labels import negative_notes
from fairaudit.read.notes import Note, distinct
from fairaudit.read.readings import MOST_GROUPS
from fairaudit.read.roles import Roles
from fairaudit.read.rows import Input, Progress, Rows, hash_file
from fairaudit.read.spreadsheet import csv_cell, runs_in_spreadsheet
from fairaudit.read.table import Checked, check
from fairaudit.render import documents
from fairaudit.render.documents import CvDocument, PredictDocument, SpreadPart, Stamp, TrainDocument
from fairaudit.workflow.remarks import scores_against_labels
from fairaudit.write import write_bytes, write_with

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

    from fairaudit.model.crossval import Fold
    from fairaudit.model.estimators import ModelSettings
    from fairaudit.model.reach import Reach
    from fairaudit.model.store import Purpose
    from fairaudit.read.attributes import Attribute, Dimension
    from fairaudit.read.frames import Frames

MODEL = "model.skops"
PREDICTIONS = "predictions.csv"
CV_PREDICTIONS = "cv_predictions.csv"
_PREDICTED = ("row", "label", "score", "decision", "fold")
"""Columns of predictions that are not of the data; columns of the data that are called so have another name there."""
_ROUND = "round"
"""The column that numbers the folds of all repeats in the frame that is counted."""
MOST_ROUNDS = MOST_GROUPS
"""Folds times repeats; each is a group of the counts."""
_WRITTEN_AS = "Is it written as it was in training?"
_SHOWN_ROWS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """What a model is trained on, and how.

    Attributes
    ----------
    positive
        Values of the target that make up the positive class; empty for a target that is 0/1.
    params
        Estimator parameters as typed, such as ``{"C": "0.1"}``.
    estimator
        ``package.module:factory`` instead of `model`.
    drop
        Columns that are kept for the audit but are no features.
    test_size
        Share of the rows that is held out, in (0, 1).
    threshold
        A row with score >= threshold is decided 1.
    na_values
        Marks of missing values; ``None`` for the usual ones.
    """

    target: str
    positive: tuple[str, ...] = ()
    model: str = "logistic"
    params: Mapping[str, str] = field(default_factory=dict)
    estimator: str | None = None
    class_weight: str | None = None
    drop: tuple[str, ...] = ()
    test_size: float = 0.25
    seed: int = 0
    threshold: float = 0.5
    where: str | None = None
    missing: Missing = Missing.ERROR
    na_values: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be, whatever the data."""
        _refuse_threshold(self.threshold)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Training data with its labels.

    Attributes
    ----------
    positive, drop
        As typed, with comma lists taken apart.
    dropped
        How many rows were left out, by reason.
    notes
        What was found while reading that a reader of the numbers has to know.
    """

    rows: Rows
    frames: Frames
    target: NDArray[np.int8]
    positive: tuple[str, ...]
    drop: tuple[str, ...]
    features: tuple[str, ...]
    dropped: Mapping[str, int]
    notes: tuple[Note, ...] = ()

    @property
    def name(self) -> str:
        """What the data are called in messages."""
        return self.rows.source.name


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """Rows of predictions as they are written, and what was changed in them."""

    frame: pd.DataFrame
    warnings: tuple[str, ...]


def prepare(opened: Input, training: Training, *, on_progress: Progress | None = None) -> Prepared:
    """Read training data and its labels.

    Raises
    ------
    ColumnMissing
        If the target or a column to drop is not there.
    ColumnError
        If the target has missing values, or is not binary and no positive value is named.
    """
    from fairaudit.model.train import binary_target
    from fairaudit.read.frames import column_notes, to_frames

    opened.require(training.target)
    opened = opened.calling([training.target])
    drop = tuple(opened.require(column) for column in split_words(training.drop, known=opened.columns))
    features = tuple(c for c in opened.columns if c != training.target and c not in drop)
    rows = opened.load(
        [training.target, *features],
        also=drop,
        hint="--drop '{column}'",
        where=training.where,
        na_values=training.na_values,
        on_progress=on_progress,
    )
    frames = to_frames(rows)
    dropped = {f"where not ({rows.where})": rows.rows - len(frames.text)} if rows.where else {}
    frames, lacking = _labelled(frames, training, file=opened.name)
    if lacking:
        dropped["missing label"] = lacking
    if frames.text.empty:
        reasons = "; ".join(f"{reason}: {number:,}" for reason, number in dropped.items())
        raise OptionError(
            "no rows are left", f"all {rows.rows:,} rows of {opened.name} were dropped ({reasons})"
        )
    labels = frames.text[training.target]
    positive = split_words(training.positive, known=set(labels))
    target = binary_target(labels, positive=positive, file=opened.name)
    return Prepared(
        rows=rows,
        frames=frames,
        target=target,
        positive=positive,
        drop=drop,
        features=features,
        dropped=dropped,
        notes=distinct(
            [
                *rows.notes,
                *_label_notes(labels, target, positive),
                *column_notes(rows, opened.columns, features=features),
                *repeated_people(rows, "kept"),
            ]
        ),
    )


def _labelled(frames: Frames, training: Training, *, file: str) -> tuple[Frames, int]:
    """Keep the rows that have a label, and count the others, unless these are an error."""
    from fairaudit.read.frames import Frames

    labelled = frames.text[training.target].notna().to_numpy()
    if labelled.all():
        return frames, 0
    lacking = frames.row_numbers[~labelled]
    if training.missing is Missing.ERROR:
        named = ", ".join(f"{row:,}" for row in lacking[:_SHOWN_ROWS])
        raise ColumnError(
            file,
            training.target,
            f"{len(lacking):,} of {len(labelled):,} rows have no label ({'row' if len(lacking) == 1 else 'rows'} {named}"
            f"{' …' if len(lacking) > _SHOWN_ROWS else ''})",
            hint="Say --missing drop to leave them out; they will be counted",
        )
    kept = Frames(
        text=frames.text[labelled].reset_index(drop=True),
        typed=frames.typed[labelled].reset_index(drop=True),
        row_numbers=frames.row_numbers[labelled],
    )
    return kept, len(lacking)


def _label_notes(
    labels: pd.Series[Any], target: NDArray[np.int8], positive: Sequence[str]
) -> tuple[Note, ...]:
    """Tell which labels became 0, where the positive ones are named."""
    if not positive:
        return ()
    negative = {str(value): int(number) for value, number in labels[target == 0].value_counts().items()}
    return negative_notes(str(labels.name), negative, sorted(set(labels[target == 1])))


def refuse_repeats(prepared: Prepared, training: Training) -> None:
    """Refuse data of people who stand in several rows, before predictions for these are counted as people.

    Raises
    ------
    ColumnError
        If there are any.
    """
    identity.refuse_repeats(prepared.rows, Roles(label=training.target), "kept", predictions=False)


def train(prepared: Prepared, training: Training, out: Path, stamp: Stamp) -> TrainDocument:
    """Train on a stratified split; write ``model.skops`` and ``predictions.csv``, which holds the held-out rows."""
    from fairaudit.model import store
    from fairaudit.model import train as fitting

    trained = fitting.train(
        prepared.frames.typed,
        target=prepared.target,
        features=prepared.features,
        settings=_model_settings(training),
        test_size=training.test_size,
        file=prepared.name,
        row_numbers=prepared.frames.row_numbers,
    )
    written = _predictions(
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
        name: _metrics(prepared.target[index], scores, training.threshold)
        for name, (index, scores) in sides.items()
    }
    against = scores_against_labels(metrics["test"].get("roc_auc"), score="held-out rows")
    notes = distinct([*prepared.notes, *against])
    envelope = _envelope(prepared.rows, len(prepared.target), prepared.dropped, stamp, notes)
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
    predictions_sha256 = _write_csv(out / PREDICTIONS, [written.frame])
    document = TrainDocument(
        **envelope,
        settings=documents.TrainSettings(test_size=training.test_size, **_settings(training, prepared)),
        model=_model_part(training, prepared, trained.pipeline, trained.features),
        data=_data_part(prepared, {name: index for name, (index, _) in sides.items()}),
        split=documents.SplitPart(
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
            *_unknown_sentences(trained.unknown_categories, "held-out rows"),
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


def cross_validate(
    prepared: Prepared,
    training: Training,
    out: Path,
    stamp: Stamp,
    *,
    folds: int = 5,
    repeats: int = 1,
    attributes: Sequence[str] = (),
    min_group_size: int = DEFAULT_MIN_GROUP_SIZE,
    on_fold: Progress | None = None,
) -> CvDocument:
    """Cross-validate; write ``cv_predictions.csv``, which scores every row once by a model that never saw it.

    Parameters
    ----------
    folds, repeats
        Of the stratified k-fold; the written predictions are those of the first repeat.
    attributes
        Slices over which the folds' metrics are summarised; left out, they are chosen as for an audit. Cuts fall where they do in all of
        the data.
    on_fold
        Is told after each fold which share of them is done.
    """
    import pandas as pd

    from fairaudit.model import crossval

    if folds * repeats > MOST_ROUNDS:
        raise OptionError("--folds", f"{folds * repeats:,} rounds are more than {MOST_ROUNDS:,}")
    chosen, edges = _slices(prepared, training, attributes)
    plain = tuple(_plain_name(attribute, prepared) for attribute in chosen)
    finished = 0

    def tell(_: object) -> None:
        nonlocal finished
        finished += 1
        if on_fold:
            on_fold(finished / (folds * repeats))

    done = crossval.cross_validate(
        prepared.frames.typed,
        prepared.target,
        features=prepared.features,
        settings=_model_settings(training),
        folds=folds,
        repeats=repeats,
        on_fold=tell,
        file=prepared.name,
        row_numbers=prepared.frames.row_numbers,
    )
    every = pd.concat(
        [_round(prepared, fold, number, training.threshold) for number, fold in enumerate(done.folds)],
        ignore_index=True,
    )
    checked = check(
        open_frame(every),
        ReadSettings(
            label="label",
            score="score",
            decision="decision",
            attributes=(_ROUND, *plain, *(f"{_ROUND}*{name}" for name in plain)),
            na_values=(),
        ),
        edges={
            dataclasses.replace(dimension, column=_plain_column(dimension.column, prepared)): found
            for dimension, found in edges.items()
        },
    )
    # Every repeat counts everybody once more.
    measured = measure(count(_probabilities(checked)), min_group_size=min_group_size * repeats)
    by_round = {group.group: group for group in measured.of(_ROUND)}
    fold_parts = [
        documents.FoldPart(
            repeat=fold.repeat,
            fold=fold.number,
            n=len(fold.test_index),
            metrics={name: e.value for name, e in by_round[_round_name(number)].estimates.items()},
            reasons={
                name: e.reason for name, e in by_round[_round_name(number)].estimates.items() if e.reason
            },
        )
        for number, fold in enumerate(done.folds)
    ]
    written = _predictions(
        prepared.frames,
        done.scores,
        target=prepared.target,
        target_name=training.target,
        index=_all_rows(len(prepared.target)),
        threshold=training.threshold,
        fold=done.fold_numbers,
    )
    unknown = _summed(fold.unknown_categories for fold in done.folds)
    predictions_sha256 = _write_csv(out / CV_PREDICTIONS, [written.frame])
    against = scores_against_labels(
        measured.overall.estimates.get("roc_auc"), score="held-out rows of all folds"
    )
    notes = distinct([*prepared.notes, *against])
    return CvDocument(
        **_envelope(prepared.rows, len(prepared.target), prepared.dropped, stamp, notes),
        settings=documents.CvSettings(
            folds=folds,
            repeats=repeats,
            attributes=_slice_parts(checked, chosen),
            **_settings(training, prepared),
        ),
        model=_model_part(training, prepared, None, done.features),
        data=_data_part(prepared, {}),
        folds=fold_parts,
        summary={
            name: _spread(part.metrics[name] for part in fold_parts) for name in measured.overall.estimates
        },
        slices=_fold_slices(measured, dict(zip(plain, chosen, strict=True)), len(done.folds), repeats),
        predictions_sha256=predictions_sha256,
        warnings=[
            *(warning.sentence for warning in done.feature_warnings),
            *done.fit_warnings,
            *_unknown_sentences(unknown, "held-out rows, over all folds"),
            *written.warnings,
        ],
    )


def predict(
    model: Path,
    opened: Input,
    out: Path,
    stamp: Stamp,
    *,
    trust: Sequence[str] = (),
    threshold: float | None = None,
    strict: bool = False,
    na_values: Sequence[str] | None = None,
    on_progress: Progress | None = None,
) -> PredictDocument:
    """Score new rows in batches; write ``predictions.csv``, with labels where the data has the target and all of it.

    Parameters
    ----------
    trust
        Names of types that the model file may hold besides the known ones.
    threshold
        Instead of the one that the model was trained with.
    na_values
        Marks of missing values, instead of those of the training.
    strict
        Whether a column that has little in common with the training rows is an error, and not only told.

    Raises
    ------
    FileError
        If the model is none that can be loaded, or its scores are no probabilities.
    ColumnMissing
        If a feature is not there.
    ColumnError
        If a feature's values cannot be read or scored; with `strict`, if they have little in common with the training rows.
    """
    from fairaudit.model import pipeline as fitted
    from fairaudit.model import reach, store
    from fairaudit.read.frames import batches, number_notes

    if threshold is not None:
        _refuse_threshold(threshold)
    stored = store.load_model(model, trust=trust)
    purpose = store.purpose_of(stored, file=str(model))
    cut = purpose.threshold if threshold is None else threshold
    features = fitted.feature_names_in(stored.pipeline)
    for feature in features:
        opened.require(feature, hint=f"{model.name} was trained with it")
    opened = opened.calling([*features, purpose.target])
    usual = purpose.na_values if na_values is None else na_values
    rows = opened.load(
        features,
        also=opened.columns,
        na_values=usual,
        commas=purpose.decimal_commas,
        on_progress=on_progress,
    )
    numeric = fitted.numeric_columns(stored.pipeline)
    notes = [*rows.notes, *number_notes(rows, numeric, nothing=purpose.read_as_missing)]
    selected = 0
    seen = reach.Reach(pipeline=stored.pipeline, ranges=purpose.ranges)
    warnings: dict[str, None] = dict.fromkeys(stored.warnings)
    labels, label_notes = _labels(rows, purpose, warnings)
    notes += label_notes

    def scored() -> Iterable[pd.DataFrame]:
        nonlocal selected, seen
        done = 0
        for frames in batches(rows, numeric=numeric):
            inputs = fitted.take_features(
                stored.pipeline,
                frames.typed,
                file=opened.name,
                row_numbers=frames.row_numbers,
                fitted=True,
            )
            scores = fitted.score_inputs(
                stored.pipeline, inputs, file=opened.name, row_numbers=frames.row_numbers, model=str(model)
            )
            seen = seen.with_rows(inputs)
            written = _predictions(
                frames,
                scores,
                target=None if labels is None else labels[done : done + len(frames.text)],
                target_name=None if labels is None else purpose.target,
                index=_all_rows(len(frames.text)),
                threshold=cut,
            )
            done += len(frames.text)
            selected += int(written.frame["decision"].sum())
            warnings.update(dict.fromkeys(written.warnings))
            if on_progress:
                on_progress(done / rows.rows)
            yield written.frame
        _tell_strange(seen, opened.name, model, warnings, strict=strict)

    predictions_sha256 = _write_csv(out / PREDICTIONS, scored())
    return PredictDocument(
        **_envelope(rows, rows.rows, {}, stamp, distinct(notes)),
        settings=documents.PredictSettings(
            model_sha256=stored.sha256,
            threshold=cut,
            target=purpose.target,
            strict=strict,
            na_values=None if usual is None else list(usual),
        ),
        selected=selected,
        unknown_categories={column: dict(values) for column, values in seen.unknown.items()},
        predictions_sha256=predictions_sha256,
        warnings=list(warnings),
    )


def _labels(
    rows: Rows, purpose: Purpose, warnings: dict[str, None]
) -> tuple[NDArray[np.int8] | None, tuple[Note, ...]]:
    """Read the labels of new rows, if every row has a usable one; new data need none."""
    if purpose.target not in rows.loaded:
        return None, ()
    import pandas as pd

    from fairaudit.model.train import binary_target
    from fairaudit.read.frames import column_text

    texts = pd.Series(column_text(rows, purpose.target), name=purpose.target, dtype=object)
    try:
        labels = binary_target(texts, positive=purpose.positive, file=rows.source.name)
    except ColumnError as error:
        # Its advice is about options of training; how labels are read was settled there.
        trained = (
            f"The model was trained with {listed(purpose.positive)} as positive" if purpose.positive else ""
        )
        warnings[
            join_sentences(
                f"predictions.csv has no labels: {error.file}, column {error.column!r}: {error.problem}",
                trained,
            )
        ] = None
        return None, ()
    return labels, _label_notes(texts, labels, purpose.positive)


def _tell_strange(seen: Reach, file: str, model: Path, warnings: dict[str, None], *, strict: bool) -> None:
    """Warn of columns that have little in common with the training rows; refuse them where that was asked for."""
    from fairaudit.model.pipeline import numeric_columns

    strange = seen.strange()
    if strange and strict:
        column, problem = next(iter(strange.items()))
        rest = list(strange)[1:]
        others = f"; {listed(rest)} {'is' if len(rest) == 1 else 'are'} strange, too" if rest else ""
        raise ColumnError(
            file,
            column,
            f"{problem}{others}",
            hint=f"{_WRITTEN_AS} Without --strict such rows are scored all the same",
        )
    warnings.update(
        {f"column {clipped(column)!r}: {problem}. {_WRITTEN_AS}": None for column, problem in strange.items()}
    )
    if seen.ranges is None and (numeric := numeric_columns(seen.pipeline)):
        problem = f"does not say from where to where its training rows ran, so that {listed(numeric)} cannot be compared with them"
        if strict:
            raise FileError(str(model), problem, hint="Train it anew, or leave --strict out")
        warnings[f"{model.name} {problem}"] = None


def _refuse_threshold(threshold: float) -> None:
    if not math.isfinite(threshold):
        raise OptionError("--threshold", f"{threshold} is not a finite number")
    if not 0 <= threshold <= 1:
        raise OptionError("--threshold", f"{threshold:g} decides all rows alike, as scores lie in [0, 1]")


def _trust_sentences(needs_trust: Sequence[str]) -> list[str]:
    """Say what a model that this program cannot check will need."""
    if not needs_trust:
        return []
    from fairaudit.model.store import trust_options

    options = trust_options(needs_trust)
    return [
        f"{MODEL} holds an estimator that fairaudit does not check when it loads a model: fairaudit predict will need {options}"
    ]


def _model_settings(training: Training) -> ModelSettings:
    from fairaudit.model.estimators import ModelKind, ModelSettings

    return ModelSettings(
        model=ModelKind(training.model),
        params=training.params,
        estimator=training.estimator,
        class_weight=training.class_weight,
        seed=training.seed,
    )


def _settings(training: Training, prepared: Prepared) -> dict[str, Any]:
    return {
        "model": training.model,
        "estimator": training.estimator,
        "params": dict(training.params),
        "class_weight": training.class_weight,
        "seed": training.seed,
        "threshold": training.threshold,
        "target": training.target,
        "positive": list(prepared.positive),
        "drop": list(prepared.drop),
        "where": training.where,
        "missing": training.missing.value,
        "na_values": None if training.na_values is None else list(training.na_values),
    }


def _envelope(
    rows: Rows, used: int, dropped: Mapping[str, int], stamp: Stamp, notes: tuple[Note, ...]
) -> dict[str, Any]:
    return documents.envelope(
        rows, used, dropped, stamp, "pandas", "numpy", "scikit-learn", "skops", notes=notes
    )


def _model_part(
    training: Training, prepared: Prepared, pipeline: Pipeline | None, features: Sequence[str]
) -> documents.ModelPart:
    """Describe a model; without a fitted one (in a cross-validation there are many) by a fresh one of its kind."""
    from fairaudit.model import pipeline as fitted

    settings = _model_settings(training)
    described = pipeline or fitted.build_pipeline(
        prepared.frames.typed, features=features, settings=settings, file=prepared.name
    )
    return documents.ModelPart(
        estimator=fitted.estimator_name(described),
        params=fitted.estimator_params(described),
        features_in=list(features),
        features_out=list(fitted.feature_names_out(described)) if pipeline else [],
        dropped=[c for c in prepared.rows.source.columns if c != training.target and c not in features],
        classes=[0, 1],
        target=training.target,
        positive=list(prepared.positive),
        threshold=training.threshold,
    )


def _data_part(prepared: Prepared, sides: Mapping[str, NDArray[np.int64]]) -> documents.DataPart:
    lacking = prepared.frames.typed.isna().sum()
    return documents.DataPart(
        rows=len(prepared.target),
        columns=len(prepared.rows.source.columns),
        missing={str(column): int(number) for column, number in lacking.items() if number},
        prevalence={
            "all": float(prepared.target.mean()),
            **{name: float(prepared.target[index].mean()) for name, index in sides.items()},
        },
    )


def _metrics(
    target: NDArray[np.int8], scores: NDArray[np.float64], threshold: float
) -> dict[str, documents.EstimatePart]:
    """Measure scores by way of the same counts as every audit."""
    import pandas as pd

    frame = pd.DataFrame({"label": target, "score": scores, "everybody": "all"})
    settings = ReadSettings(label="label", score="score", threshold=threshold, attributes=("everybody",))
    overall = measure(count(_probabilities(check(open_frame(frame), settings)))).overall
    return {name: documents.estimate_part(estimate) for name, estimate in overall.estimates.items()}


def _probabilities(checked: Checked) -> Checked:
    """Say what the scores of a model are, which a model that is sure of every row leaves open: scores of 0 and 1 look like decisions."""
    return replace(checked, scores=ScoreKind.PROBABILITIES)


def shared_edges(
    prepared: Prepared, training: Training, typed: Sequence[str]
) -> dict[Dimension, tuple[float, ...]]:
    """Find where cuts fall in all of the data, so that folds and held-out rows are cut alike.

    Quantiles of the held-out rows alone would be other edges than those of the folds, and their groups would be of other people.

    Parameters
    ----------
    typed
        Attributes. Those of columns that only predictions have, such as their scores, are left out.

    Raises
    ------
    OptionError
        If none is typed, and none can be chosen.
    """
    words = [word for word in typed if _is_of_the_data(word, prepared)]
    return _edges(_check_slices(prepared, training, words)) if words or not typed else {}


def _is_of_the_data(typed: str, prepared: Prepared) -> bool:
    try:
        parsed = parse_attributes(
            [typed], columns=prepared.rows.loaded, file=prepared.name, option="--attribute"
        )
    except ColumnMissing:
        return False
    return not any(d.column.casefold() in _PREDICTED for a in parsed for d in a.dimensions)


def _edges(checked: Checked) -> dict[Dimension, tuple[float, ...]]:
    return {checked.dimensions[i]: edges for i, edges in checked.edges.items()}


def _slices(
    prepared: Prepared, training: Training, typed: Sequence[str]
) -> tuple[tuple[Attribute, ...], dict[Dimension, tuple[float, ...]]]:
    """Give the slices of a cross-validation and the edges of their cuts; none where none was asked for and none can be chosen."""
    try:
        checked = _check_slices(prepared, training, typed)
    except OptionError:
        if typed:
            raise
        return (), {}
    return checked.attributes, _edges(checked)


def _check_slices(prepared: Prepared, training: Training, typed: Sequence[str]) -> Checked:
    """Check all of the data, for what its columns are sliced by; there are no scores yet."""
    # Roles under names of their own, so that no column of the data is taken for a score or a decision.
    label, score = "(true label)", "(its score)"
    frame = prepared.frames.text.assign(**{label: prepared.target, score: prepared.target})
    return check(
        open_frame(frame if typed else frame.drop(columns=training.target), name=prepared.name),
        ReadSettings(label=label, score=score, attributes=tuple(typed), na_values=()),
        as_people=False,
    )


def _plain_column(column: str, prepared: Prepared) -> str:
    return f"c{prepared.rows.source.columns.index(column)}"


def _plain_name(attribute: Attribute, prepared: Prepared) -> str:
    """Write an attribute with plain column names, since the true ones may hold commas and stars."""
    rest, parts = attribute.name, []
    for dimension in attribute.dimensions:
        cut, _, rest = rest.removeprefix(dimension.column).partition("*")
        parts.append(_plain_column(dimension.column, prepared) + cut)
    return "*".join(parts)


def _round_name(number: int) -> str:
    # A word, because a column of many numbers would have to be cut.
    return f"r{number}"


def _round(prepared: Prepared, fold: Fold, number: int, threshold: float) -> pd.DataFrame:
    """Put the labels and scores of one fold beside the columns by which they may be sliced."""
    columns = {name: _plain_column(name, prepared) for name in prepared.rows.source.columns}
    frame = prepared.frames.text.iloc[fold.test_index].rename(columns=columns)
    frame[_ROUND] = _round_name(number)
    frame["label"] = prepared.target[fold.test_index]
    frame["score"] = fold.scores
    frame["decision"] = (fold.scores >= threshold).astype("int8")
    return frame


def _slice_parts(checked: Checked, chosen: Sequence[Attribute]) -> list[documents.AttributePart]:
    """Write down the slices under their true names; in the counts they come after the rounds."""
    parts = documents.attribute_parts(checked)[1 : 1 + len(chosen)]
    return [
        documents.AttributePart(
            name=attribute.name,
            columns=[dimension.column for dimension in attribute.dimensions],
            edges={
                dimension.column: part.edges[column]
                for dimension, column in zip(attribute.dimensions, part.columns, strict=True)
                if column in part.edges
            },
        )
        for part, attribute in zip(parts, chosen, strict=True)
    ]


def _fold_slices(
    measured: Measured, slices: Mapping[str, Attribute], rounds: int, repeats: int
) -> list[documents.FoldSlicePart]:
    from fairaudit.count import CROSS

    parts = []
    for plain, attribute in slices.items():
        in_round = {g.group: g for g in measured.of(f"{_ROUND}*{plain}")}
        for group in measured.of(plain):
            members = [in_round.get(f"{_round_name(n)}{CROSS}{group.group}") for n in range(rounds)]
            parts.append(
                documents.FoldSlicePart(
                    feature=attribute.name,
                    slice=group.group,
                    n=group.counts.n // repeats,
                    small=group.small,
                    metrics={
                        metric: _spread(m.estimates[metric].value if m else None for m in members)
                        for metric in group.estimates
                        if metric != "ppr"
                    },
                )
            )
    return parts


def _spread(values: Iterable[float | None]) -> SpreadPart:
    defined = [value for value in values if value is not None]
    return SpreadPart(
        mean=fmean(defined) if defined else None,
        std=stdev(defined) if len(defined) > 1 else None,
        min=min(defined, default=None),
        max=max(defined, default=None),
        folds=len(defined),
        reason="undefined in every fold"
        if not defined
        else "defined in one fold only"
        if len(defined) == 1
        else None,
    )


def _summed(many: Iterable[Mapping[str, Mapping[str, int]]]) -> dict[str, dict[str, int]]:
    total: dict[str, dict[str, int]] = {}
    for unknown in many:
        for column, values in unknown.items():
            for value, number in values.items():
                total.setdefault(column, {})[value] = total.get(column, {}).get(value, 0) + number
    return total


def _unknown_sentences(unknown: Mapping[str, Mapping[str, int]], where: str) -> list[str]:
    return [
        f"column {clipped(column)!r}: {sum(values.values()):,} {where} hold categories that the model never saw "
        f"({', '.join(repr(clipped(value)) for value in list(values)[:5])}{' …' if len(values) > 5 else ''})"
        for column, values in unknown.items()
        if values
    ]


def _all_rows(number: int) -> NDArray[np.int64]:
    import numpy as np

    return np.arange(number, dtype=np.int64)


def _predictions(
    frames: Frames,
    scores: NDArray[np.float64],
    *,
    target: NDArray[np.int8] | None,
    target_name: str | None,
    index: NDArray[np.int64],
    threshold: float,
    fold: NDArray[np.int64] | None = None,
) -> _Written:
    """Put scores beside all columns of their rows, under the rows' own numbers in the input."""
    import numpy as np

    from fairaudit.model.train import predictions_frame

    made = predictions_frame(
        frames.text,
        scores,
        target=target,
        target_name=target_name,
        index=index,
        threshold=threshold,
        fold=fold,
    )
    frame = made.frame.rename(columns=csv_cell)
    frame["row"] = frames.row_numbers[np.sort(index)]
    formulas = []
    for column in frame.select_dtypes(include="object").columns:
        number = int(frame[column].dropna().map(runs_in_spreadsheet).sum())
        if number:
            frame[column] = frame[column].map(csv_cell, na_action="ignore")
            formulas.append(f"{clipped(column)!r} ({number:,})")
    renamed = [
        f"column {old!r} is written as {new!r}, since predictions have a {old!r} of their own"
        for old, new in made.renamed.items()
    ]
    if formulas:
        renamed.append(
            f"values that a spreadsheet would run as formulas are written with an apostrophe before them: {', '.join(formulas)}"
        )
    return _Written(frame=frame, warnings=tuple(renamed))


def _write_csv(path: Path, frames: Iterable[pd.DataFrame]) -> str:
    """Write predictions, and give the file's SHA-256, by which later reports are known to be about them."""

    def write(part: Path) -> None:
        with part.open("w", encoding="utf-8", newline="") as file:
            for number, frame in enumerate(frames):
                frame.to_csv(file, index=False, header=number == 0, lineterminator="\n")

    write_with(path, write)
    return hash_file(path)[0]
