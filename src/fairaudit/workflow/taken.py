"""What the public functions take beside options: results, and the gates of a policy."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fairaudit.clock import now
from fairaudit.documents.folder import digest, model_hash, read_results
from fairaudit.documents.parts import Stamp
from fairaudit.errors import OptionError
from fairaudit.workflow.card import (
    Made,
    texts_of,
)
from fairaudit.workflow.pipeline import Audit
from fairaudit.workflow.predictions import MODEL


def tables_of(policy: object) -> list[dict[str, Any]]:
    """Return gates as the tables of a policy."""
    if isinstance(policy, Sequence) and all(
        isinstance(table, Mapping) and all(isinstance(key, str) for key in table) for table in policy
    ):
        return [dict(table) for table in policy]
    raise OptionError("policy", "the path of a TOML file, or a list of gates with their keys, is expected")


def made_of(results: object) -> Made:
    """Take results from memory, or read those of a folder."""
    if isinstance(results, (str, os.PathLike)):
        folder = Path(os.fspath(results))
        read = read_results(folder)
        return Made(results=read, texts=texts_of(read), model_sha256=model_hash(folder))
    if not isinstance(results, Audit):
        kind = type(results).__name__
        raise OptionError("results", f"it is a {kind}, and an audit or the path of a folder is expected")
    model = results.contents.get(MODEL)
    return Made(
        results=results.results,
        texts=texts_of(results.results),
        model_sha256=None if model is None else digest(model),
    )


def stamp_of(function: str) -> Stamp:
    """Say when a document was made, and by which function."""
    return Stamp(created=now(), command=f"fairaudit.{function}")
