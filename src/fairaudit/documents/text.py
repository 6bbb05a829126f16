"""Documents as JSON text: written, and read back; of their kinds only those are loaded that are."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from fairaudit.errors import FileError, clipped
from fairaudit.spelling import FUNCTIONS, command, is_typed
from fairaudit.version import __version__

_D = TypeVar("_D", bound=BaseModel)


def dump(document: BaseModel) -> str:
    """Write a document as JSON text: keys in their order, two spaces, numbers in full precision."""
    return document.model_dump_json(by_alias=True, indent=2) + "\n"


_NAMED_OTHERWISE = {"slices": "slice", "classes": "slice", "scores": "group", "by": "audit"}
"""Commands by the documents that they write, where they are not called the same."""
_OF_AUDITS = frozenset(("train", "cv", "slices", "group", "scores", "bias", "fairness"))
"""Documents that an audit writes as well."""


def maker(kind: type[BaseModel]) -> str:
    """Say which commands write a document of a kind, for one that is damaged."""
    _, name, _ = str(kind.model_fields["schema_"].default).split("/")
    makers = [_NAMED_OTHERWISE.get(name, name), *(["audit"] if name in _OF_AUDITS else [])]
    named = [command(one) for one in makers if is_typed() or one in FUNCTIONS]
    return f"{' or '.join(named)} writes it anew"


def load(kind: type[_D], content: str | bytes, *, file: str) -> _D:
    """Read a document back.

    Raises
    ------
    FileError
        If the content is not such a document; the first place that differs is named, and the command that writes it.
    """
    try:
        text = content if isinstance(content, str) else content.decode("utf-8")
        return kind.model_validate_json(text)
    except UnicodeDecodeError:
        raise FileError(
            file, f"is not what fairaudit {__version__} writes: it is not UTF-8", hint=maker(kind)
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        # Where there is a choice of types, pydantic names the one that was tried.
        parts = [clipped(str(part)) for part in first["loc"] if not str(part).startswith("constrained-")]
        place = ".".join(parts) or "the document"
        why = first["msg"].removeprefix("Value error, ")
        raise FileError(
            file, f"is not what fairaudit {__version__} writes: {place}: {why}", hint=maker(kind)
        ) from None
