"""The document of groups and their metrics, by itself: the command that writes nothing else loads no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from fairaudit.documents.constraints import once, same_keys
from fairaudit.documents.parts import (
    AuditSettings,
    Envelope,
    GroupPart,
    GroupQualityPart,
    OverallPart,
    slice_named,
)

if TYPE_CHECKING:
    import pandas as pd


class GroupDocument(Envelope):
    """``group.json``; `quality` tells of each group which of its rows were dropped, where any were for what they lack."""

    schema_: Literal["fairaudit/group/1"] = Field(default="fairaudit/group/1", alias="schema")
    settings: AuditSettings
    overall: OverallPart
    groups: list[GroupPart]
    left_out: dict[str, str]
    quality: list[GroupQualityPart] = Field(default_factory=list)

    def to_frame(self) -> pd.DataFrame:
        """Return a flat frame: one row for each group and metric."""
        from fairaudit.documents import frames

        return frames.group_frame(self.groups)

    @model_validator(mode="after")
    def _is_about_one_set_of_metrics(self) -> Self:
        once("groups", ((g.attribute, g.group) for g in self.groups))
        once("quality", ((q.attribute, q.group) for q in self.quality))
        for g in self.groups:
            same_keys(
                f"metrics of {slice_named(g.attribute, g.group)}, and of everybody",
                g.metrics,
                self.overall.metrics,
            )
        return self
