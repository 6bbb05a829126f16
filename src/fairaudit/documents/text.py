"""Documents as JSON text: written, and read back; of their kinds only those are loaded that are."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from fairaudit.errors import FileError, clipped
from fairaudit.version import __version__

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
