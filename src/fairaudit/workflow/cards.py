"""Documents and statements into the model card and its figures."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from fairaudit import resources
from fairaudit.config import DEFAULT_STATEMENTS
from fairaudit.errors import FileError
from fairaudit.render import documents as d
from fairaudit.render.card import CardDocuments, CardFigure, Statements, read_statements, render_card
from fairaudit.render.figures import draw_figures, render_png
from fairaudit.write import make_folder, write_bytes, write_text

CARD = "MODEL_CARD.md"
FIGURES = "figures"
_SHARED = (
    "label",
    "score",
    "decision_column",
    "weight",
    "positive",
    "decision",
    "where",
    "missing",
    "min_group_size",
    "interval",
)
"""Settings that all reports of one card must share."""
_D = TypeVar("_D", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenCard:
    """Where a card lies, and all files that were written with it."""

    path: Path
    files: tuple[Path, ...]
    warnings: tuple[str, ...]


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
    _refuse_mixtures(folder, found)
    if (found.slices or found.group) and (found.train or found.cv) and _is_stale(folder, found):
        return dataclasses.replace(found, train=None, cv=None)
    return found


def _refuse_mixtures(folder: Path, found: CardDocuments) -> None:
    """Refuse documents that speak of different things: a card must not put the verdict of one beside the ratio of another."""
    audits = {
        name: document
        for name, document in (
            ("slices.json", found.slices),
            ("group.json", found.group),
            ("bias.json", found.bias),
            ("fairness.json", found.fairness),
        )
        if document is not None
    }
    names = list(audits)
    for other in names[1:]:
        first = audits[names[0]]
        if audits[other].input.sha256 != first.input.sha256:
            raise _mixture(folder, names[0], other, "they were made from different predictions")
        differing = [
            key for key in _SHARED if getattr(audits[other].settings, key) != getattr(first.settings, key)
        ]
        if differing:
            raise _mixture(folder, names[0], other, f"their settings differ in {', '.join(differing)}")
    if found.bias and found.fairness:
        if found.bias.settings.attributes != found.fairness.settings.attributes:
            raise _mixture(folder, "bias.json", "fairness.json", "their attributes differ")
        for key in ("tau", "decide", "metrics"):
            if getattr(found.bias.settings, key) != getattr(found.fairness.settings, key):
                raise _mixture(folder, "bias.json", "fairness.json", f"their settings differ in {key}")
        if found.bias.references != found.fairness.references:
            raise _mixture(folder, "bias.json", "fairness.json", "their reference groups differ")


def _is_stale(folder: Path, found: CardDocuments) -> bool:
    """Tell whether a folder's model has nothing to do with its reports, which are then about other predictions."""
    audited = found.slices or found.group or found.bias or found.fairness
    predicted = _read(d.PredictDocument, folder / "predict.json")
    models = [document for document in (found.train, found.cv, predicted) if document is not None]
    return audited is not None and audited.input.sha256 not in {m.predictions_sha256 for m in models}


def _mixture(folder: Path, one: str, other: str, why: str) -> FileError:
    return FileError(
        str(folder),
        f"{one} and {other} do not belong together: {why}",
        hint="Run the commands again with the same options, or fairaudit audit, or use another folder by --out",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What people give for a card: their statements, and the text of the template."""

    statements: Statements
    template: str


def read_wording(*, statements: Path, template: Path | None = None) -> Wording:
    """Read what people give for a card, so that a mistake in it shows before any long work.

    Parameters
    ----------
    statements
        ``card.toml``; where it is not there, nothing has been stated yet.
    template
        Folder whose templates replace ours of the same name.
    """
    return Wording(
        statements=_stated(statements),
        template=resources.read_template(resources.CARD_TEMPLATE, override=template),
    )


def write_card(folder: Path, wording: Wording) -> WrittenCard:
    """Render the card and its figures into the folder that holds the documents."""
    found = read_documents(folder)
    figures = draw_figures(performance=found.slices or found.group, bias=found.bias, fairness=found.fairness)
    beside = [
        CardFigure(name=f.name, file=f"{FIGURES}/{f.name}.png", alt=f.alt, title=f.title) for f in figures
    ]
    text = render_card(found, wording.statements, figures=beside, template=wording.template)
    pictures = tuple(folder / figure.file for figure in beside)
    if figures:
        make_folder(folder / FIGURES)
    for figure, path in zip(figures, pictures, strict=True):
        write_bytes(path, render_png(figure.spec))
    write_text(folder / CARD, text)
    stale = [
        f"{name} is left out of the card: the reports are not about predictions of that model"
        for name, document in (("train.json", found.train), ("cv.json", found.cv))
        if document is None and (folder / name).is_file()
    ]
    return WrittenCard(path=folder / CARD, files=(folder / CARD, *pictures), warnings=tuple(stale))


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


def _stated(path: Path) -> Statements:
    try:
        if not path.is_file():
            if path != DEFAULT_STATEMENTS:
                raise FileError(str(path), "there is no such file", hint="fairaudit card --init writes one")
            return Statements()
        return read_statements(path.read_text(encoding="utf-8"), file=str(path))
    except UnicodeDecodeError as error:
        raise FileError(str(path), f"is not UTF-8: byte {error.start + 1:,}") from None
    except OSError as error:
        raise FileError(str(path), f"cannot be read: {error.strerror}") from None


def _read(kind: type[_D], path: Path) -> _D | None:
    if not path.is_file():
        return None
    try:
        return d.load(kind, path.read_text(encoding="utf-8"), file=str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(str(path), f"cannot be read: {error}") from None
