"""Every kind of document, by the name of its schema, and described by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from fairaudit.documents.audit import (
    BiasDocument,
    ByDocument,
    FairnessDocument,
    ScoresDocument,
    SlicesDocument,
)
from fairaudit.documents.changed import CompareDocument
from fairaudit.documents.classes import ClassesDocument
from fairaudit.documents.discovered import DiscoverDocument
from fairaudit.documents.gates import CheckDocument
from fairaudit.documents.grouped import GroupDocument
from fairaudit.documents.history import HistoryDocument
from fairaudit.documents.impact import ImpactDocument
from fairaudit.documents.model import CvDocument, PredictDocument, TrainDocument

AnyDocument = (
    GroupDocument
    | ByDocument
    | DiscoverDocument
    | CompareDocument
    | HistoryDocument
    | ImpactDocument
    | CheckDocument
    | BiasDocument
    | FairnessDocument
    | SlicesDocument
    | ClassesDocument
    | ScoresDocument
    | TrainDocument
    | CvDocument
    | PredictDocument
)
DOCUMENTS: Mapping[str, type[AnyDocument]] = {
    "train": TrainDocument,
    "cv": CvDocument,
    "predict": PredictDocument,
    "slices": SlicesDocument,
    "classes": ClassesDocument,
    "discover": DiscoverDocument,
    "compare": CompareDocument,
    "group": GroupDocument,
    "scores": ScoresDocument,
    "bias": BiasDocument,
    "fairness": FairnessDocument,
    "history": HistoryDocument,
    "impact": ImpactDocument,
    "check": CheckDocument,
    "by": ByDocument,
}
"""By the name that stands in the document's ``schema`` and that ``fairaudit schema`` takes; the file is NAME.json."""


def json_schema(kind: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a document, as it is written."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **kind.model_json_schema(by_alias=True, mode="serialization"),
    }
