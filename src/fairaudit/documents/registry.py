"""Every kind of document, by the name of its schema: written, read and described."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from fairaudit.documents.audit import (
    BiasDocument,
    ByDocument,
    FairnessDocument,
    GroupDocument,
    ScoresDocument,
    SlicesDocument,
)
from fairaudit.documents.changed import CompareDocument
from fairaudit.documents.discovered import DiscoverDocument
from fairaudit.documents.gates import CheckDocument
from fairaudit.documents.model import CvDocument, PredictDocument, TrainDocument
from fairaudit.errors import FileError, clipped
from fairaudit.version import __version__

AnyDocument = (
    GroupDocument
    | ByDocument
    | DiscoverDocument
    | CompareDocument
    | CheckDocument
    | BiasDocument
    | FairnessDocument
    | SlicesDocument
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
    "discover": DiscoverDocument,
    "compare": CompareDocument,
    "group": GroupDocument,
    "scores": ScoresDocument,
    "bias": BiasDocument,
    "fairness": FairnessDocument,
    "check": CheckDocument,
    "by": ByDocument,
}
"""By the name that stands in the document's ``schema`` and that ``fairaudit schema`` takes; the file is NAME.json."""
_D = TypeVar("_D", bound=BaseModel)


def dump(document: BaseModel) -> str:
    """Write a document as JSON text: keys in their order, two spaces, numbers in full precision."""
    return document.model_dump_json(by_alias=True, indent=2) + "\n"


def load(kind: type[_D], content: str, *, file: str) -> _D:
    """Read a document back.

    Raises
    ------
    FileError
        If the text is not such a document; the first place that differs is named.
    """
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        # Where there is a choice of types, pydantic names the one that was tried.
        parts = [clipped(str(part)) for part in first["loc"] if not str(part).startswith("constrained-")]
        place = ".".join(parts) or "the document"
        why = first["msg"].removeprefix("Value error, ")
        raise FileError(file, f"is not what fairaudit {__version__} writes: {place}: {why}") from None


def json_schema(kind: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a document, as it is written."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **kind.model_json_schema(by_alias=True, mode="serialization"),
    }
