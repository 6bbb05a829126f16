"""``fairaudit schema``."""

from __future__ import annotations

from typing import Annotated

import typer

from fairaudit.cli.streams import say
from fairaudit.errors import OptionError, did_you_mean, listed

DocumentName = Annotated[
    str,
    typer.Argument(
        metavar="DOCUMENT",
        help="train, cv, predict, slices, classes, discover, compare, history, group, bias, fairness, impact or check.",
    ),
]


def schema(document: DocumentName) -> None:
    """Run ``fairaudit schema``."""
    import json

    from fairaudit.documents.registry import DOCUMENTS, json_schema

    name = document.removesuffix(".json")
    if name not in DOCUMENTS:
        raise OptionError(
            "DOCUMENT",
            f"{document!r} is no document",
            hint=f"{did_you_mean(name, DOCUMENTS)} Known are {listed(list(DOCUMENTS))}".strip(),
        )
    say(json.dumps(json_schema(DOCUMENTS[name]), indent=2))
