"""The documents of training: a model, its folds, its predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, model_validator

from fairaudit.documents.constraints import (
    CalledBy,
    Count,
    MetricName,
    Number,
    once,
    same_keys,
    within_range,
)
from fairaudit.documents.parts import (
    AttributePart,
    Envelope,
    FittedPart,
    GroupQualityPart,
    LockPart,
    Metrics,
    Part,
    slice_named,
)

if TYPE_CHECKING:
    import pandas as pd


class ModelPart(Part):
    """A fitted model; values of `params` that JSON cannot hold are written as text; `prepares` is who makes numbers of its columns."""

    estimator: str
    params: dict[str, Any]
    features_in: list[str]
    features_out: list[str]
    dropped: list[str]
    classes: list[int]
    target: str
    positive: list[str]
    threshold: Number
    prepares: Literal["fairaudit", "estimator"] = "fairaudit"


class DataPart(Part):
    """The data of a training; `missing` by column, where there is any."""

    rows: Count
    columns: Count
    missing: dict[str, Count]
    prevalence: dict[str, Number]


class SplitPart(Part):
    """How rows were held out."""

    kind: str
    test_size: Number
    seed: int
    train: Count
    test: Count


class ApartPart(Part):
    """Rows on one side of a division: how many `groups` they are of, and their `first` and `last` time."""

    part: str
    rows: Count
    groups: Count | None = None
    first: str | None = None
    last: str | None = None


class DivisionPart(Part):
    """How rows were divided by a group or a time; `left_out` rows are in no part, as their group has rows in a later one."""

    group_column: str | None
    time_column: str | None
    parts: list[ApartPart] = Field(min_length=1)
    left_out: Count = 0


class CandidatePart(Part):
    """Values of parameters, and the score that they had over the folds of the training rows."""

    params: dict[str, Any]
    mean: Number
    std: Number


class TuningPart(Part):
    """How parameters were chosen: the first of the candidates with the highest mean of `scoring`."""

    scoring: str
    folds: Count
    best: dict[str, Any]
    candidates: list[CandidatePart] = Field(min_length=1)


class FoldTuningPart(Part):
    """How parameters were chosen on the rows that one fold was learnt from."""

    repeat: Count
    fold: Count
    tuning: TuningPart


class SpreadPart(Part):
    """A metric over folds: `std` with n - 1 folds; `folds` is how many of them define it; `reason` explains a ``null``."""

    mean: Number | None
    std: Number | None
    min: Number | None
    max: Number | None
    folds: Count
    reason: str | None


class CurvePointPart(Part):
    """What models of so many rows came to, on the rows that they learnt from and on those held out."""

    rows: Count
    train: SpreadPart
    test: SpreadPart


class CurvePart(Part):
    """A learning curve over folds of the training rows."""

    scoring: str
    folds: Count
    points: list[CurvePointPart]


class ValidationPart(Part):
    """Rows that were held out beside those of the test; the hash is that of ``validation_predictions.csv``."""

    size: Number
    rows: Count
    metrics: Metrics
    predictions_sha256: str


class TrainSettings(Part):
    """All that can change a number of a training."""

    model: str
    estimator: str | None
    params: dict[str, str]
    class_weight: str | None
    test_size: Number
    seed: int
    threshold: Number
    target: str
    positive: list[str]
    drop: list[str]
    where: str | None
    missing: str
    na_values: list[str] | None = None
    tune: dict[str, str] = Field(default_factory=dict)
    group_column: str | None = None
    time_column: str | None = None
    validation_size: Number | None = None
    learning_curve: bool = False


class TrainDocument(Envelope):
    """``train.json``; the hashes are those of ``model.skops`` and ``predictions.csv``."""

    schema_: Literal["fairaudit/train/1"] = Field(default="fairaudit/train/1", alias="schema")
    settings: TrainSettings
    model: ModelPart
    data: DataPart
    split: SplitPart
    metrics: dict[Literal["train", "test"], Metrics]
    model_sha256: str | None = None
    predictions_sha256: str
    warnings: list[str]
    division: DivisionPart | None = None
    validation: ValidationPart | None = None
    tuning: TuningPart | None = None
    learning_curve: CurvePart | None = None

    def to_frame(self) -> pd.DataFrame:
        """Return a flat frame: one row for each metric, of the training rows, of those held out, and of those for validation."""
        from fairaudit.documents import frames

        return frames.train_frame(self)

    @model_validator(mode="after")
    def _measures_both_sides(self) -> Self:
        same_keys("metrics, and train and test", self.metrics, ("train", "test"))
        same_keys("metrics of train, and of test", self.metrics["train"], self.metrics["test"])
        if self.validation is not None:
            same_keys("metrics of train, and of validation", self.metrics["train"], self.validation.metrics)
        return self


class FoldPart(Part):
    """One fold; `repeat` counts from 1, and so does `fold` within it; `reasons` explain each ``null``."""

    repeat: Count
    fold: Count
    n: Count
    metrics: dict[MetricName, Number | None]
    reasons: dict[str, str]


class FoldSlicePart(Part):
    """One slice over the folds of a cross-validation; `n` is people per repeat."""

    feature: str
    slice: str
    n: Count
    small: bool
    metrics: dict[MetricName, SpreadPart]


class CvSettings(Part):
    """All that can change a number of a cross-validation."""

    model: str
    estimator: str | None
    params: dict[str, str]
    class_weight: str | None
    folds: Count
    repeats: Count
    seed: int
    threshold: Number
    target: str
    positive: list[str]
    drop: list[str]
    attributes: list[AttributePart]
    where: str | None
    missing: str
    na_values: list[str] | None = None
    words: CalledBy = Field(default_factory=dict)
    slices: dict[str, str] = Field(default_factory=dict)
    lock: LockPart | None = None
    tune: dict[str, str] = Field(default_factory=dict)
    group_column: str | None = None
    time_column: str | None = None


class CvDocument(Envelope):
    """``cv.json``; `quality` tells what the data of each group lack, of all rows that were read, those without a label included."""

    schema_: Literal["fairaudit/cv/1"] = Field(default="fairaudit/cv/1", alias="schema")
    settings: CvSettings
    model: ModelPart
    data: DataPart
    folds: list[FoldPart]
    summary: dict[MetricName, SpreadPart]
    slices: list[FoldSlicePart]
    quality: list[GroupQualityPart] = Field(default_factory=list)
    predictions_sha256: str
    warnings: list[str]
    division: DivisionPart | None = None
    tuning: list[FoldTuningPart] = Field(default_factory=list)

    def to_frame(self) -> pd.DataFrame:
        """Return a flat frame: one row for each fold and metric."""
        from fairaudit.documents import frames

        return frames.fold_frame(self)

    def slices_to_frame(self) -> pd.DataFrame:
        """Return a flat frame: one row for each slice and metric, over the folds."""
        from fairaudit.documents import frames

        return frames.spread_frame(self.slices)

    @model_validator(mode="after")
    def _is_about_one_set_of_metrics(self) -> Self:
        once("slices", ((s.feature, s.slice) for s in self.slices))
        once("quality", ((q.attribute, q.group) for q in self.quality))
        for fold in self.folds:
            same_keys(f"metrics of fold {fold.fold}, and of the summary", fold.metrics, self.summary)
            within_range(fold.metrics)
        for spreads in (self.summary, *(s.metrics for s in self.slices)):
            for part in ("mean", "min", "max"):
                within_range({name: getattr(spread, part) for name, spread in spreads.items()})
        for s in self.slices:
            same_keys(
                f"metrics of {slice_named(s.feature, s.slice)}, and of the first slice",
                s.metrics,
                self.slices[0].metrics,
            )
        return self


class PredictSettings(Part):
    """All that can change a prediction; a model that was handed over in memory has no hash, and one of another program may have no target."""

    model_sha256: str | None
    threshold: Number
    target: str | None
    positive: list[str] = Field(default_factory=list)
    strict: bool = False
    na_values: list[str] | None = None


class PredictDocument(Envelope):
    """``predict.json``; `unknown_categories` counts, by column and value, what the model never saw."""

    schema_: Literal["fairaudit/predict/1"] = Field(default="fairaudit/predict/1", alias="schema")
    settings: PredictSettings
    selected: Count
    unknown_categories: dict[str, dict[str, Count]]
    predictions_sha256: str
    warnings: list[str]
    model: FittedPart | None = None
