"""Numbers as one flat JSON object, which DVC and MLflow take as they are: names in their order, and a number for each."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence

from fairaudit.documents.parts import Envelope
from fairaudit.render.numbers.samples import samples

LONGEST = 60
"""Signs of a part of a name; MLflow admits 250 in all."""
_STRANGE = re.compile(r"[^\w.\- ]")
"""What MLflow admits in no name; ``/`` stands between the parts."""


def numbers(*documents: Envelope) -> str:
    """Write the numbers of documents as a JSON object of one level, as ``race/African-American/fpr``; intervals and times are not among them."""
    flat: dict[str, float] = {}
    for sample in samples(documents):
        if sample.path:
            flat[_free(sample.path, flat)] = sample.value
    return json.dumps(flat, indent=2, sort_keys=True) + "\n"


def _free(path: Sequence[str], taken: dict[str, float]) -> str:
    """Name a number; two that would be called alike are told apart by what they are really called."""
    name = "/".join(map(_part, path))
    if name not in taken:
        return name
    return f"{name} {_mark('/'.join(path))}"


def _part(text: str) -> str:
    """Write a part of a name.

    >>> _part("25 to below 45"), _part("a/b=c"), _part(".."), _part("")
    ('25 to below 45', 'a_b_c', '__', '_')
    """
    part = _STRANGE.sub("_", text)
    if not part.strip("."):
        return "_" * max(len(part), 1) if len(part) <= LONGEST else _mark(text)
    return part if len(part) <= LONGEST else f"{part[: LONGEST - 9]} {_mark(text)}"


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
