"""Documents and statements into the model card and its figures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from fairaudit import resources
from fairaudit.errors import FileError
from fairaudit.render import documents as d
from fairaudit.render.card import CardDocuments, CardFigure, Statements, read_statements, render_card
from fairaudit.render.figures import draw_figures, render_png
from fairaudit.write import make_folder, write_bytes, write_text

CARD = "MODEL_CARD.md"
FIGURES = "figures"
_D = TypeVar("_D", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenCard:
    """Where a card lies, and all files that were written with it."""

    path: Path
    files: tuple[Path, ...]


def read_documents(folder: Path) -> CardDocuments:
    """Read whichever documents earlier commands left in a folder.

    Raises
    ------
    FileError
        If there is none to make a card from, or one is damaged.
    """
    found = CardDocuments(
        train=_read(d.TrainDocument, folder / "train.json"),
        cv=_read(d.CvDocument, folder / "cv.json"),
        slices=_read(d.SlicesDocument, folder / "slices.json"),
        group=_read(d.GroupDocument, folder / "group.json"),
        bias=_read(d.BiasDocument, folder / "bias.json"),
        fairness=_read(d.FairnessDocument, folder / "fairness.json"),
    )
    if not (found.train or found.slices or found.group):
        raise FileError(
            str(folder),
            "holds no results to make a card from",
            hint="Run fairaudit audit, or fairaudit train, slice and group, first",
        )
    return found


def write_card(folder: Path, *, statements: Path, template: Path | None = None) -> WrittenCard:
    """Render the card and its figures from a folder's documents and from what people stated.

    Parameters
    ----------
    folder
        Holds the documents; the card and the figures go there too.
    statements
        ``card.toml``; where it is not there, nothing has been stated yet.
    template
        Folder whose templates replace ours of the same name.
    """
    found = read_documents(folder)
    stated = (
        read_statements(statements.read_text(encoding="utf-8"), file=str(statements))
        if statements.is_file()
        else Statements()
    )
    figures = draw_figures(performance=found.slices or found.group, bias=found.bias, fairness=found.fairness)
    beside = [
        CardFigure(name=f.name, file=f"{FIGURES}/{f.name}.png", alt=f.alt, title=f.title) for f in figures
    ]
    text = render_card(
        found,
        stated,
        figures=beside,
        template=resources.read_template(resources.CARD_TEMPLATE, override=template),
    )
    pictures = tuple(folder / figure.file for figure in beside)
    if figures:
        make_folder(folder / FIGURES)
    for figure, path in zip(figures, pictures, strict=True):
        write_bytes(path, render_png(figure.spec))
    write_text(folder / CARD, text)
    return WrittenCard(path=folder / CARD, files=(folder / CARD, *pictures))


def write_statements(path: Path) -> Path:
    """Write ``card.toml`` with the questions that only people can answer; one that is there is never overwritten.

    Raises
    ------
    FileError
        If it is there already.
    """
    if path.exists():
        raise FileError(str(path), "is there already, and its answers are not overwritten")
    write_text(path, resources.read_template(resources.CARD_STATEMENTS))
    return path


def _read(kind: type[_D], path: Path) -> _D | None:
    if not path.is_file():
        return None
    try:
        return d.load(kind, path.read_text(encoding="utf-8"), file=str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(str(path), f"cannot be read: {error}") from None
