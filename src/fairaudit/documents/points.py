"""Documents of many months: read from folders and files, put in order, and refused where they are not about the same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fairaudit.documents.audit import SlicesDocument
from fairaudit.documents.folder import Results, read_results
from fairaudit.documents.grouped import GroupDocument
from fairaudit.documents.parts import AttributePart, AuditSettings
from fairaudit.documents.ranking import Slice
from fairaudit.documents.sliced import slices_part
from fairaudit.documents.text import load
from fairaudit.errors import FairauditError, FileError, clipped, nearest_file, not_utf8
from fairaudit.settings.choices import RuleKind
from fairaudit.settings.history import Order
from fairaudit.spelling import command, setting

DOCUMENTS = ("group.json", "slices.json")
"""What a folder of results has to hold one of."""
_SAME = ("label", "score", "decision_column", "weight", "positive", "missing", "unknown")
"""Settings without which rates are not about the same."""
_KINDS = {"fairaudit/group/1": GroupDocument, "fairaudit/slices/1": SlicesDocument}
_FEWEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The results of one month."""

    name: str
    file: str
    results: Results

    @property
    def document(self) -> GroupDocument | SlicesDocument:
        """The document that says what was read, and how."""
        document = self.results.group or self.results.slices
        assert document is not None  # noqa: S101  # only such results are points
        return document

    @property
    def settings(self) -> AuditSettings:
        """How it was read."""
        return self.document.settings

    @property
    def slices(self) -> list[Slice]:
        """Its groups and slices."""
        return slices_part(self.results)


def read_points(paths: Sequence[Path], order: Order | None) -> tuple[list[Point], Order]:
    """Read the results in files and folders, in their order.

    Raises
    ------
    FileError
        If there are fewer than two, one is no such document, or two are not about the same.
    """
    points: list[Point] = []
    for path in paths:
        points += _points_at(path)
    points = _named_apart(points)
    chosen = order or (Order.NAME if len(paths) == 1 else Order.GIVEN)
    keys: dict[Order, Callable[[Point], Any]] = {
        Order.NAME: lambda point: _natural(point.name),
        Order.TIME: lambda point: point.document.created,
    }
    points = sorted(points, key=keys[chosen]) if chosen in keys else points
    if len(points) < _FEWEST:
        raise FileError(
            ", ".join(map(str, paths)),
            "holds the results of one month, and a history is of two or more",
            hint="Name several folders or files, or a folder that holds them",
        )
    for point in points[1:]:
        _refuse_other(points[0], point)
    _refuse_twice(points)
    return points, chosen


def _points_at(path: Path) -> list[Point]:
    if path.is_file():
        return [_of_file(path)]
    if not path.is_dir():
        raise FileError(str(path), "there is no such file or folder", hint=nearest_file(path))
    if _has_results(path):
        return [_of_folder(path)]
    try:
        entries = sorted(path.iterdir())
    except OSError as error:
        raise FileError(str(path), f"cannot be read: {error.strerror}") from None
    points = [_of_folder(entry) for entry in entries if entry.is_dir() and _has_results(entry)]
    points += [_of_file(entry) for entry in entries if entry.suffix == ".json" and _is_of_kind(entry)]
    if not points:
        raise FileError(
            str(path),
            f"holds no results: neither {' nor '.join(DOCUMENTS)}, nor folders or JSON files with them",
            hint=f"{command('audit')} writes them, where {setting('out')} says",
        )
    return points


def _has_results(folder: Path) -> bool:
    return any((folder / name).is_file() for name in DOCUMENTS)


def _of_folder(folder: Path) -> Point:
    results = read_results(folder)
    return Point(name=folder.resolve().name, file=str(folder), results=results)


def _content(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise not_utf8(str(path), error) from None
    except OSError as error:
        raise FileError(str(path), f"cannot be read: {error.strerror or error}") from None


def _kind(content: str) -> object:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return document.get("schema") if isinstance(document, dict) else None


def _is_of_kind(path: Path) -> bool:
    """Tell whether a file that nobody named is a document of groups or slices."""
    return path.is_file() and _kind(_content(path)) in _KINDS


def _of_file(path: Path) -> Point:
    content = _content(path)
    kind = _kind(content)
    if not isinstance(kind, str) or kind not in _KINDS:
        kind_text = (
            f"is a document {clipped(kind)}" if isinstance(kind, str) else "is no document of fairaudit"
        )
        raise FileError(
            str(path),
            f"{kind_text}, and a history needs the counts of groups or slices",
            hint=f"Name {' or '.join(DOCUMENTS)}",
        )
    if _KINDS[kind] is GroupDocument:
        results = Results(group=load(GroupDocument, content, file=str(path)))
    else:
        results = Results(slices=load(SlicesDocument, content, file=str(path)))
    return Point(name=path.stem, file=str(path), results=results)


def _named_apart(points: Sequence[Point]) -> list[Point]:
    """Name points by as much of their paths as tells them apart."""
    names = [point.name for point in points]
    alike = {name for name in names if names.count(name) > 1}
    longer = [str(Path(p.file).with_suffix("")) if p.name in alike else p.name for p in points]
    if len(set(longer)) < len(longer):
        twice = next(name for name in longer if longer.count(name) > 1)
        raise FileError(twice, "is named twice, and would count twice")
    return [
        Point(name=name, file=point.file, results=point.results)
        for name, point in zip(longer, points, strict=True)
    ]


def _natural(name: str) -> list[tuple[int, int | str]]:
    """Sort numbers within names by their size.

    >>> sorted(["m10", "m9", "2026-02", "2026-1"], key=_natural)
    ['2026-1', '2026-02', 'm9', 'm10']
    """
    parts = re.findall(r"[0-9]+|[^0-9]+", name)
    return [(0, int(part)) if part.isdecimal() and part.isascii() else (1, part) for part in parts]


def _refuse_other(first: Point, other: Point) -> None:
    """Refuse a point whose definitions are not those of the first."""
    for setting_text, one, its in _differing(first.settings, other.settings):
        raise FairauditError(
            f"{first.file} and {other.file} are not about the same: {setting_text} {_shown(one)} there, and {_shown(its)} here. "
            "Make them again with the same options."
        )


def _differing(one: AuditSettings, other: AuditSettings) -> Iterator[tuple[str, object, object]]:
    for key in _SAME:
        if getattr(one, key) != getattr(other, key):
            yield f"{key.replace('_', ' ')} is", getattr(one, key), getattr(other, key)
    if _rule(one) != _rule(other):
        first, second = (None if s.decision is None else s.decision.sentence for s in (one, other))
        yield "the decision is", first, second
    own, its = ({a.name: a for a in settings.attributes} for settings in (one, other))
    for name in (name for name in own if name in its):
        yield from _cuts(name, own[name], its[name])
        if one.slices.get(name) != other.slices.get(name):
            yield f"the condition {clipped(name)!r} is", one.slices.get(name), other.slices.get(name)


def _rule(settings: AuditSettings) -> tuple[object, ...]:
    """Return by which rule people are decided; the threshold that the top so many came to is that of each month."""
    decision = settings.decision
    if decision is None:
        return ()
    threshold = decision.threshold if decision.kind == RuleKind.THRESHOLD else None
    wanted = decision.wanted if decision.kind == RuleKind.TOP_K else None
    return decision.kind, decision.column, threshold, wanted


def _cuts(name: str, one: AttributePart, other: AttributePart) -> Iterator[tuple[str, object, object]]:
    for column in dict.fromkeys((*one.edges, *other.edges)):
        if one.edges.get(column) != other.edges.get(column):
            whole = f"{clipped(name)!r} is cut at"
            yield whole, one.edges.get(column), other.edges.get(column)


def _shown(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return clipped(", ".join(f"{v:g}" if isinstance(v, float) else str(v) for v in value) or "nothing")
    return "not said" if value is None else clipped(str(value))


def _refuse_twice(points: Iterable[Point]) -> None:
    """Refuse the same rows in two points, as their evidence would count twice; and rows that are no people."""
    seen: list[Point] = []
    for point in points:
        settings = point.settings
        if settings.id is not None or settings.weight_kind == "survey":
            counted = "people in several rows" if settings.id is not None else "the weights of a survey"
            raise FileError(point.file, f"counts {counted}, and a history pools people who count once")
        again = next((other for other in seen if _are_same_rows(point, other)), None)
        if again is not None:
            raise FairauditError(
                f"{again.file} and {point.file} are about the same rows, whose evidence would count twice. Name one of them."
            )
        seen.append(point)


def _are_same_rows(one: Point, other: Point) -> bool:
    """Tell whether two points are of the same rows: of one file and condition, or, of what has no hash, with all numbers alike."""
    hashes = {point.document.input.sha256 for point in (one, other)}
    if None not in hashes:
        return len(hashes) == 1 and one.settings.where == other.settings.where
    return one.document.overall == other.document.overall and one.slices == other.slices
