"""What training, cross-validation and prediction share: the input read, its columns made ready, what is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from fairaudit.documents.envelope import envelope
from fairaudit.documents.model import (
    DataPart,
    ModelPart,
)
from fairaudit.documents.parts import Stamp
from fairaudit.errors import (
    ColumnError,
    ColumnMissing,
    OptionError,
    clipped,
)
from fairaudit.read import identity
from fairaudit.read.dataframes import open_frame
from fairaudit.read.identity import repeated_people
from fairaudit.read.labels import negative_notes
from fairaudit.read.notes import Note, distinct
from fairaudit.read.readings import MOST_GROUPS
from fairaudit.read.roles import Roles
from fairaudit.read.rows import Input, Progress, Rows
from fairaudit.read.table import Checked, check
from fairaudit.settings.choices import Missing, ScoreKind, split_words
from fairaudit.settings.reading import ReadSettings
from fairaudit.settings.training import Training
from fairaudit.slices.grammar import parse_attributes

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

    from fairaudit.model.estimator import ModelSettings
    from fairaudit.read.frames import Frames
    from fairaudit.slices.grammar import Dimension


MODEL = "model.skops"
PREDICTIONS = "predictions.csv"
CV_PREDICTIONS = "cv_predictions.csv"
_PREDICTED = ("row", "label", "score", "decision", "fold")
"""Columns of predictions that are not of the data; columns of the data that are called so have another name there."""
MOST_ROUNDS = MOST_GROUPS
"""Folds times repeats; each is a group of the counts."""
_SHOWN_ROWS = 5


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
                *label_notes(labels, target, positive),
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


def label_notes(
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


def settings_of_model(training: Training) -> ModelSettings:
    """Return what a model is built from."""
    from fairaudit.model.estimator import ModelSettings

    return ModelSettings(
        model=training.model,
        params=training.params,
        estimator=training.estimator,
        class_weight=training.class_weight,
        seed=training.seed,
    )


def settings_part(training: Training, prepared: Prepared) -> dict[str, Any]:
    """Return the settings that every document of training holds."""
    return {
        "model": training.model.value,
        "estimator": training.estimator,
        "params": dict(training.params),
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


def training_envelope(
    rows: Rows, used: int, dropped: Mapping[str, int], stamp: Stamp, notes: tuple[Note, ...]
) -> dict[str, Any]:
    """Return the envelope of a document of training."""
    return envelope(rows, used, dropped, stamp, "pandas", "numpy", "scikit-learn", "skops", notes=notes)


def model_part(
    training: Training, prepared: Prepared, pipeline: Pipeline | None, features: Sequence[str]
) -> ModelPart:
    """Describe a model; without a fitted one (in a cross-validation there are many) by a fresh one of its kind."""
    from fairaudit.model import pipeline as fitted

    settings = settings_of_model(training)
    described = pipeline or fitted.build_pipeline(
        prepared.frames.typed, features=features, settings=settings, file=prepared.name
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


def metric_values(checked: Checked) -> Checked:
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
    return edges_of(check_slices(prepared, training, words)) if words or not typed else {}


def _is_of_the_data(typed: str, prepared: Prepared) -> bool:
    try:
        parsed = parse_attributes(
            [typed], columns=prepared.rows.loaded, file=prepared.name, option="--attribute"
        )
    except ColumnMissing:
        return False
    return not any(d.column.casefold() in _PREDICTED for a in parsed for d in a.dimensions)


def edges_of(checked: Checked) -> dict[Dimension, tuple[float, ...]]:
    """Return the edges of every range, by the attribute that was cut."""
    return {checked.dimensions[i]: edges for i, edges in checked.edges.items()}


def check_slices(prepared: Prepared, training: Training, typed: Sequence[str]) -> Checked:
    """Check all of the data, for what its columns are sliced by; there are no scores yet."""
    # Roles under names of their own, so that no column of the data is taken for a score or a decision.
    label, score = "(true label)", "(its score)"
    frame = prepared.frames.text.assign(**{label: prepared.target, score: prepared.target})
    return check(
        open_frame(frame if typed else frame.drop(columns=training.target), name=prepared.name),
        ReadSettings(label=label, score=score, attributes=tuple(typed), na_values=()),
        as_people=False,
    )


def unknown_sentences(unknown: Mapping[str, Mapping[str, int]], where: str) -> list[str]:
    """Say which columns hold categories that a model never saw, and how many rows."""
    return [
        f"column {clipped(column)!r}: {sum(values.values()):,} {where} hold categories that the model never saw "
        f"({', '.join(repr(clipped(value)) for value in list(values)[:5])}{' …' if len(values) > 5 else ''})"
        for column, values in unknown.items()
        if values
    ]


def all_rows(number: int) -> NDArray[np.int64]:
    """Return the numbers of all rows, from zero."""
    import numpy as np

    return np.arange(number, dtype=np.int64)
