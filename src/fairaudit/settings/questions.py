"""What the questions are answered that lead to a metric."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fairaudit.settings.option import Option


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Answers to the questions that lead to a metric."""

    effect: Annotated[str | None, Option(metavar="hurts|helps", help="What decision 1 does to a person.")] = (
        None
    )
    reach: Annotated[str | None, Option(metavar="everybody|few", help="Whom decision 1 can reach.")] = None
    error: Annotated[
        str | None,
        Option(metavar="wrongly-selected|missed|both", help="Which error hurts people more."),
    ] = None
