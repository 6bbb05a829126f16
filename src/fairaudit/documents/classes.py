"""``classes.json``: slices of data whose labels and predictions are of several classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from fairaudit.documents.audit import StatisticPart
from fairaudit.documents.constraints import Count, NotNegative, Number, once
from fairaudit.documents.parts import (
    AuditSettings,
    Envelope,
    EstimatePart,
    Interval,
    Part,
    Weighed,
    slice_named,
)
from fairaudit.errors import clipped
from fairaudit.metrics.classes import FIGURES

if TYPE_CHECKING:
    import pandas as pd


def _figure(name: str) -> str:
    if name not in FIGURES:
        raise ValueError(f"{clipped(name)!r} is none of {', '.join(FIGURES)}")
    return name


Figure = Annotated[str, AfterValidator(_figure), WithJsonSchema({"type": "string", "enum": list(FIGURES)})]


class ClassPart(Part):
    """One class against all others, in one slice: how many people are of it, and how many are predicted to be."""

    name: str
    people: Weighed
    predicted: Weighed
    precision: EstimatePart
    recall: EstimatePart
    f1: EstimatePart


class ClassDistancePart(Part):
    """Slice minus everybody else; `p_adjusted` is Holm's, for all slices that are shown. `reason` explains a ``null`` difference."""

    difference: Number | None
    ci: Interval | None
    p_value: NotNegative | None
    p_adjusted: NotNegative | None
    test: str | None
    reason: str | None


class ClassesOverallPart(Part):
    """Everybody: `confusion` has a row for each class that is true and a column for each that is predicted, in the order of the classes.

    F1 is averaged over the classes named `averaged`, which somebody has or is predicted to have. Where people stand in several rows, `rows` says how many there are,
    and the matrix counts rows; with the weights of a survey it adds these up, scaled so that all people have so much together as they are.
    """

    n: Count
    share: Number
    small: bool
    confusion: list[list[Weighed]]
    metrics: dict[Figure, EstimatePart]
    averaged: list[str]
    classes: list[ClassPart]
    rows: Count | None = None


class ClassesSlicePart(ClassesOverallPart):
    """One slice; of an `unknown` one it is not known who is in it, and it is not tested; in one that has `vanished` there is nobody, and there was somebody when the slices were kept. `vs_rest` is slice minus everybody else."""

    feature: str
    slice: str
    unknown: bool
    vanished: bool = False
    vs_rest: dict[Figure, ClassDistancePart]


class ClassesDocument(Envelope):
    """``classes.json``; `methods` says how the figures are computed."""

    schema_: Literal["fairaudit/classes/1"] = Field(default="fairaudit/classes/1", alias="schema")
    settings: AuditSettings
    classes: Annotated[list[str], Field(min_length=2)]
    methods: dict[str, str]
    overall: ClassesOverallPart
    slices: list[ClassesSlicePart]
    statistics: list[StatisticPart] | None

    def to_frame(self) -> pd.DataFrame:
        """Return a flat frame: one row for each slice and figure, those of each class with its name."""
        from fairaudit.documents.frames import classes_frame

        return classes_frame(self)

    @model_validator(mode="after")
    def _is_of_these_classes(self) -> Self:
        once("classes", ((name,) for name in self.classes))
        once("slices", ((s.feature, s.slice) for s in self.slices))
        for part in (self.overall, *self.slices):
            whose = (
                slice_named(part.feature, part.slice) if isinstance(part, ClassesSlicePart) else "everybody"
            )
            if [one.name for one in part.classes] != self.classes:
                raise ValueError(f"classes of {whose} are others than those of the document")
            size = len(self.classes)
            if len(part.confusion) != size or any(len(row) != size for row in part.confusion):
                raise ValueError(f"confusion of {whose} is no square of {len(self.classes)} classes")
            if tuple(part.metrics) != FIGURES:
                raise ValueError(f"metrics of {whose} are not {', '.join(FIGURES)}")
            cells = [cell for row in part.confusion for cell in row]
            counted = (part.n, "people") if part.rows is None else (part.rows, "rows")
            if all(isinstance(cell, int) for cell in cells) and sum(cells) != counted[0]:
                raise ValueError(f"confusion of {whose} does not add up to its {counted[0]:,} {counted[1]}")
        return self
