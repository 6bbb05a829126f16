"""What is made of the card: its task, its words, and what is written beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fairaudit.settings.choices import DEFAULT_STATEMENTS, CardReader
from fairaudit.settings.formats import FORMATS
from fairaudit.settings.option import CARD, Option


@dataclass(frozen=True, slots=True, kw_only=True)
class WordingOptions:
    """Where the words of card and report come from that no data can tell."""

    statements: Annotated[
        Path, Option(panel=CARD, metavar="FILE", help="What people state for the card.")
    ] = DEFAULT_STATEMENTS
    template: Annotated[
        Path | None,
        Option(
            panel=CARD,
            metavar="DIR",
            code=True,
            help="Folder whose templates replace ours of the same name.",
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardTask:
    """What is to be done with the card."""

    init: Annotated[
        bool, Option(panel=CARD, help="Write card.toml with the questions that only people can answer.")
    ] = False
    check: Annotated[
        bool,
        Option(
            panel=CARD,
            help="Write nothing; exit with 1 if statements are missing, or the card is older than what it is made from.",
        ),
    ] = False
    reader: Annotated[
        CardReader | None,
        Option(
            flag="--for",
            typed_only=True,
            panel=CARD,
            help="With --check: list also which statements are missing that the EU AI Act, the NIST AI RMF or New York City's Local Law 144 asks for.",
        ),
    ] = None
    force: Annotated[
        bool, Option(panel=CARD, help="Write the card anew, even if it was changed by hand.")
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CardForm:
    """What the card holds beside its text, and what is written beside it."""

    hf: Annotated[bool, FORMATS["hf"].option] = True
    hf_slices: Annotated[bool, Option(panel=CARD, help="Add every slice to the model-index.")] = False
    svg: Annotated[bool, Option(panel=CARD, help="Write the figures as SVG, too.")] = False
    cyclonedx: Annotated[Path | None, FORMATS["cyclonedx"].option] = None
