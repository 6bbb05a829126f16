"""Documents that belong together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fairaudit.documents.audit import (
    BiasDocument,
    FairnessDocument,
    GroupDocument,
    ScoresDocument,
    SlicesDocument,
)
from fairaudit.documents.model import CvDocument, PredictDocument, TrainDocument
from fairaudit.documents.parts import AuditSettings, Envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class CardDocuments:
    """The documents that there are; for a card that says something, one of `group`, `slices` and `train` at least."""

    group: GroupDocument | None = None
    bias: BiasDocument | None = None
    fairness: FairnessDocument | None = None
    scores: ScoresDocument | None = None
    slices: SlicesDocument | None = None
    train: TrainDocument | None = None
    cv: CvDocument | None = None
    predict: PredictDocument | None = None

    @property
    def all(self) -> Mapping[str, Envelope]:
        """Those that there are, by name."""
        named = {
            "train": self.train,
            "cv": self.cv,
            "predict": self.predict,
            "slices": self.slices,
            "group": self.group,
            "bias": self.bias,
            "fairness": self.fairness,
            "scores": self.scores,
        }
        return {name: document for name, document in named.items() if document is not None}

    @property
    def performance(self) -> GroupDocument | SlicesDocument | None:
        """The document that slices are taken from: the slices if there are any, else the groups."""
        if self.slices is not None and (self.slices.slices or self.group is None):
            return self.slices
        return self.group

    @property
    def settings(self) -> AuditSettings | None:
        """How the audit was made."""
        document = self.fairness or self.bias or self.group or self.slices
        return document.settings if document else None
