"""Documents and statements into the model card and its figures."""

from __future__ import annotations

import base64
import contextlib
import io
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from fairaudit import resources
from fairaudit.documents.asked import ASKED, lacking_for
from fairaudit.documents.folder import Results, digest, left_out, model_hash, read_results
from fairaudit.documents.names import DOCUMENT_NAMES
from fairaudit.documents.statements import Statements, read_statements
from fairaudit.documents.text import dump
from fairaudit.errors import FileError, not_utf8
from fairaudit.render.card.cyclonedx import bom
from fairaudit.render.card.huggingface import front_matter
from fairaudit.render.card.page import render_card
from fairaudit.render.card.parts import CardFigure
from fairaudit.render.figures.draw import (
    FIGURE_NAMES,
    draw_figures,
    drawn_alone,
    png_of,
    render_png,
    render_svg,
)
from fairaudit.render.figures.parts import Figure
from fairaudit.render.words.values import counted
from fairaudit.settings.choices import DEFAULT_OUT, DEFAULT_STATEMENTS, AuditOn, CardReader
from fairaudit.spelling import command, if_typed, setting
from fairaudit.workflow.manifest import MANIFEST, changed_files, manifest
from fairaudit.write import write_together

CARD = "MODEL_CARD.md"
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
FIGURES = "figures"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFiles:
    """A card for a folder, of which nothing has been written yet.

    Attributes
    ----------
    path
        Where the card lies.
    contents
        Of all that is written with it; without the card and its figures where one that is there is kept.
    stale
        Pictures of an earlier card that may be there, which beside this one would show what is no longer so.
    card
        The card itself, unless one that is there is kept.
    """

    path: Path
    contents: Mapping[Path, bytes] = field(repr=False)
    stale: tuple[Path, ...]
    warnings: tuple[str, ...]
    card: Card | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenCard:
    """Where a card lies, and all files that were written with it; the card itself unless one that is there was kept."""

    path: Path
    files: tuple[Path, ...]
    warnings: tuple[str, ...]
    card: Card | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What people give for a card: their statements, where these stand and the hash of that file, and the text of the template."""

    statements: Statements
    path: Path
    sha256: str | None
    template: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Results that a card and a report are made from.

    Attributes
    ----------
    texts
        The texts of documents that are not, or not yet, files of the card's folder, by file name.
    model_sha256
        Of the model's file; ``None`` where it can only be in the card's folder.
    """

    results: Results
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    model_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A card that nothing has been written of yet.

    Attributes
    ----------
    figures
        The contents of the pictures beside it, by the file names that stand in its text.
    bom
        The text of a CycloneDX ML-BOM, if one was asked for.
    """

    text: str
    figures: Mapping[str, bytes] = field(repr=False)
    bom: str | None = field(repr=False)

    def __str__(self) -> str:
        """Return the text."""
        return self.text

    def _repr_markdown_(self) -> str:
        """Show the card in a notebook, with its pictures in it."""
        shown = _FRONT_MATTER.sub("", self.text, count=1)
        for file, content in self.figures.items():
            picture = base64.b64encode(content).decode()
            shown = shown.replace(f"]({file})", f"](data:image/png;base64,{picture})")
        return shown


def texts_of(results: Results) -> dict[str, str]:
    """Write the texts of documents, by file name."""
    return {f"{name}.json": dump(document) for name, document in results.all.items()}


def read_wording(*, statements: Path, template: Path | None = None) -> Wording:
    """Read what people give for a card, so that a mistake in it shows before any long work.

    Parameters
    ----------
    statements
        ``card.toml``; where it is not there, nothing has been stated yet.
    template
        Folder whose templates replace ours of the same name.
    """
    stated, sha256 = _stated(statements)
    return Wording(
        statements=stated,
        path=statements,
        sha256=sha256,
        template=resources.read_template(resources.CARD_TEMPLATE, override=template),
    )


class IfEdited(StrEnum):
    """What becomes of a card that somebody has changed by hand."""

    REFUSE = "refuse"
    KEEP = "keep"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardOptions:
    """How a card is written.

    Attributes
    ----------
    front_matter, slices_in_front
        Whether the card begins with the metadata that Hugging Face reads, and whether these hold every slice.
    svg
        Whether the figures are written as SVG beside the PNG.
    cyclonedx
        Where to write a CycloneDX ML-BOM.
    drawn_alone
        Whether the process draws nothing else, so that it may leave out the machine's fonts where its figures need none.
    """

    front_matter: bool = True
    slices_in_front: bool = False
    svg: bool = False
    cyclonedx: Path | None = None
    if_edited: IfEdited = IfEdited.REFUSE
    drawn_alone: bool = False


def make_card(
    results: Results, wording: Wording, options: CardOptions, *, model_sha256: str | None = None
) -> Card:
    """Render a card with its figures, in memory.

    Parameters
    ----------
    model_sha256
        Of the model's file, for the ML-BOM.
    """
    figures = draw_figures(
        performance=results.performance,
        bias=results.bias,
        fairness=results.fairness,
        scores=results.scores,
        cv=results.cv,
        train=results.train,
    )
    beside = [
        CardFigure(name=f.name, file=f"{FIGURES}/{f.name}.png", alt=f.alt, title=f.title) for f in figures
    ]
    text = render_card(results, wording.statements, figures=beside, template=wording.template)
    if options.front_matter:
        text = front_matter(results, wording.statements, slices=options.slices_in_front) + text
    specs = [figure.spec for figure in figures]
    with drawn_alone(specs) if options.drawn_alone else contextlib.nullcontext():
        pictures = _pictures(figures, svg=options.svg)
    return Card(text=text, figures=pictures, bom=_bom(results, wording, options, model_sha256))


def _pictures(figures: Sequence[Figure], *, svg: bool) -> dict[str, bytes]:
    """Draw figures, by the names of their files."""
    pictures: dict[str, bytes] = {}
    for figure in figures:
        file = f"{FIGURES}/{figure.name}"
        if svg:
            drawn = render_svg(figure.spec)
            pictures |= {f"{file}.png": png_of(drawn), f"{file}.svg": drawn.encode()}
        else:
            pictures[f"{file}.png"] = render_png(figure.spec)
    return pictures


def _bom(results: Results, wording: Wording, options: CardOptions, model_sha256: str | None) -> str | None:
    if options.cyclonedx is None:
        return None
    return bom(results, wording.statements, model_sha256=model_sha256 if results.train is not None else None)


def write_card(
    folder: Path, wording: Wording, options: CardOptions | None = None, *, made: Made | None = None
) -> WrittenCard:
    """Render the card and its figures into the folder that holds the documents, and list the files of the folder.

    Parameters
    ----------
    made
        Results that are in memory; left out, those are read that earlier commands left in the folder.

    Raises
    ------
    FileError
        If there is nothing to make a card from; or if the card that is there was changed by hand, unless `options` say what to do then.
    """
    files = card_files(folder, wording, options or CardOptions(), made=made)
    listed = list_files(folder, files.contents, stale=files.stale)
    written = write_together({**files.contents, **listed}, stale=files.stale)
    return WrittenCard(path=files.path, files=written, warnings=files.warnings, card=files.card)


def card_files(
    folder: Path, wording: Wording, options: CardOptions, *, made: Made | None = None
) -> CardFiles:
    """Render the card and its figures for the folder that holds the documents; see `write_card`."""
    path = folder / CARD
    keep = options.if_edited is not IfEdited.REPLACE and _is_edited(path)
    if keep and options.if_edited is IfEdited.REFUSE:
        raise FileError(
            str(path),
            "was changed by hand, and is kept",
            hint=f"Put the words into card.toml, where they stay; {setting('force', True)} writes the card anew",
        )
    made = made or Made(results=read_results(folder))
    results = made.results
    # Taken before anything is written, so that the card is of what was read.
    sources = _sources(folder, made, wording)
    warnings = list(left_out(folder, results))
    model = (made.model_sha256 or model_hash(folder)) if options.cyclonedx is not None else None
    if keep:
        # Its figures stay, too, as they are those that its words are about.
        warnings.append(f"{path} was changed by hand, and is kept; {command('card', 'force')} writes it anew")
        contents = _bom_file(options, _bom(results, wording, options, model))
        return CardFiles(path=path, contents=contents, stale=(), warnings=tuple(warnings))
    card = make_card(results, wording, options, model_sha256=model)
    figures = {folder / name: content for name, content in card.figures.items()}
    return CardFiles(
        path=path,
        contents={path: _signed(card.text, sources).encode(), **_bom_file(options, card.bom), **figures},
        stale=tuple(folder / name for name in _PICTURES if folder / name not in figures),
        warnings=tuple(warnings),
        card=card,
    )


_PICTURES = tuple(f"{FIGURES}/{name}.{ending}" for name in FIGURE_NAMES for ending in ("png", "svg"))
"""The files of all figures that a card may have."""


def _bom_file(options: CardOptions, text: str | None) -> dict[Path, bytes]:
    return {} if options.cyclonedx is None or text is None else {options.cyclonedx: text.encode()}


def kept_files(folder: Path, template: Path | None = None) -> tuple[Path, ...]:
    """Name the files of an output folder, and of a folder of templates, that nothing else may take the place of."""
    others = (
        MANIFEST,
        CARD,
        "report.html",
        resources.IMPACT_PAGE,
        "model.skops",
        "predictions.csv",
        "cv_predictions.csv",
        "validation_predictions.csv",
    )
    return (
        *(folder / f"{name}.json" for name in DOCUMENT_NAMES),
        *(folder / name for name in (*others, *_PICTURES)),
        *((template / name for name in resources.TEMPLATES) if template else ()),
    )


def list_files(
    folder: Path, contents: Mapping[Path, bytes], *, stale: Collection[Path] = ()
) -> dict[Path, bytes]:
    """List every file of an output folder that this program writes there, with its hash; return the list's content by its path.

    Parameters
    ----------
    contents
        Of the files that are yet to be written.
    stale
        Files that are then taken away.
    """
    named = [
        *kept_files(folder),
        *(folder / rows / f"{name}.json" for rows in AuditOn for name in DOCUMENT_NAMES),
    ]
    paths = {
        path.relative_to(folder).as_posix(): path
        for path in named
        if path.name != MANIFEST and path not in stale
    }
    return manifest(folder, paths, contents)


def check_card(folder: Path, wording: Wording, *, reader: CardReader | None = None) -> tuple[str, ...]:
    """Find what keeps a card from being complete and up to date; empty if nothing does.

    Parameters
    ----------
    reader
        Who asks for more statements; left out, nobody does.

    Returns
    -------
    tuple
        Sentences: statements that are missing; that there is no card, that it was changed by hand, or is older than the documents and
        statements that it was made from; which files of the folder were changed since it was written.
    """
    problems = []
    out = "" if folder == DEFAULT_OUT else str(folder)
    if missing := wording.statements.missing:
        total = len(Statements.required())
        problems.append(
            f"{len(missing)} of {total} statements are missing in {wording.path}: {', '.join(missing)}"
        )
    if reader is not None and (lacking := lacking_for(reader, wording.statements)):
        named = "; ".join(f"{name} ({place})" for name, place in lacking.items())
        problems.append(
            f"{counted(len(lacking), 'statement')} that {ASKED[reader].reader} asks for {'is' if len(lacking) == 1 else 'are'} missing in {wording.path}: {named}"
        )
    path = folder / CARD
    if not path.is_file():
        return (*problems, f"there is no {path}; {command('card', out=out)} writes it")
    body, footer = _parted(path)
    if footer is None or footer["card"] != digest(body.encode()):
        problems.append(
            f"{path} was changed by hand; put the words into {wording.path}, and run {command('card', 'force', out=out)}"
        )
    elif footer["from"] != _sources(folder, Made(results=read_results(folder)), wording):
        problems.append(
            f"{path} is older than the documents or statements that it is made from; run {command('card', out=out)}"
        )
    # The card's own last line has told already, and bears other ends of lines.
    return (*problems, *changed_files(folder, but=CARD))


_FOOTER = re.compile(r"<!-- fairaudit: card (?P<card>[0-9a-f]{64}), made from (?P<from>[0-9a-f]{64}) -->\n")
"""The last line of a card: the hash of all that stands before it, and that of what it was made from."""


def _signed(text: str, sources: str) -> str:
    """Add the line by which a change by hand, or of the documents, is seen."""
    body = f"{text}\n"
    return f"{body}<!-- fairaudit: card {digest(body.encode())}, made from {sources} -->\n"


def _parted(path: Path) -> tuple[str, re.Match[str] | None]:
    """Take a card and its last line apart."""
    try:
        # Some editors and checkouts change the ends of lines, which changes no word.
        text = path.read_bytes().decode("utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError):
        return "", None
    last = text.rstrip("\n").rfind("\n") + 1
    return text[:last], _FOOTER.fullmatch(text[last:])


def _is_edited(path: Path) -> bool:
    """Return whether there is a card that is not as it was written."""
    if not path.exists():
        return False
    body, footer = _parted(path)
    return footer is None or footer["card"] != digest(body.encode())


def _sources(folder: Path, made: Made, wording: Wording) -> str:
    """Return one hash of all that a card is made from: the documents that it uses, the statements and the template."""
    hashes = {file: _hash(folder, file, made) for file in (f"{name}.json" for name in made.results.all)}
    hashes[wording.path.name] = wording.sha256
    lines = [f"{name} {sha256}" for name, sha256 in hashes.items() if sha256 is not None]
    return digest("\n".join([*lines, digest(wording.template.encode())]).encode())


def _hash(folder: Path, file: str, made: Made) -> str | None:
    """Return the hash of a document's file: of the text that is written there, or of what an earlier command wrote."""
    if file in made.texts:
        return digest(made.texts[file].encode())
    return digest((folder / file).read_bytes()) if (folder / file).is_file() else None


def statements_file(path: Path) -> dict[Path, bytes]:
    """Make ``card.toml`` with the questions that only people can answer; one that is there is never overwritten.

    Raises
    ------
    FileError
        If it is there already.
    """
    if path.exists():
        raise FileError(str(path), "is there already, and its answers are not overwritten")
    return {path: resources.read_template(resources.CARD_STATEMENTS).encode()}


def _stated(path: Path) -> tuple[Statements, str | None]:
    """Read statements, and give the hash of their file; where there is none, nothing has been stated yet."""
    try:
        if not path.is_file():
            if path != DEFAULT_STATEMENTS:
                raise FileError(
                    str(path), "there is no such file", hint=if_typed("fairaudit card --init writes one")
                )
            return Statements(), None
        content = path.read_bytes()
        text = io.StringIO(content.decode("utf-8-sig"), newline=None).read()
        return read_statements(text, file=str(path)), digest(content)
    except UnicodeDecodeError as error:
        raise not_utf8(str(path), error) from None
    except OSError as error:
        raise FileError(str(path), f"cannot be read: {error.strerror}") from None
