"""The schemas that documents keep to."""

from __future__ import annotations

import functools

from jsonschema_rs import Draft202012Validator

from fairaudit.documents.registry import DOCUMENTS, json_schema


@functools.cache
def schema_of(name: str) -> Draft202012Validator:
    """Return what refuses a document that does not keep to its schema; it is made once, as a schema takes longer to make than most documents to read."""
    return Draft202012Validator(json_schema(DOCUMENTS[name]))
