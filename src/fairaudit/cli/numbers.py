"""Files of numbers for other programs, beside what a command writes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from fairaudit.settings.output import NumberFiles
from fairaudit.spelling import setting
from fairaudit.write import refuse_target

if TYPE_CHECKING:
    from fairaudit.documents.parts import Envelope


def refuse_numbers(files: NumberFiles, *others: Path) -> None:
    """Refuse files that would take the place of one another, or of what is read or written."""
    for name, path in files.chosen.items():
        beside = [other for another, other in files.chosen.items() if another != name]
        refuse_target(path, setting(name), others=[*others, *beside])


def number_files(files: NumberFiles, documents: Iterable[Envelope]) -> dict[Path, bytes]:
    """Make the files that were asked for."""
    from fairaudit.render.registry import renderer
    from fairaudit.settings.formats import FORMATS

    made = tuple(documents) if files.chosen else ()
    return {path: renderer(FORMATS[name])(*made).encode() for name, path in files.chosen.items()}
