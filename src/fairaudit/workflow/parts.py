"""One audit for each value of a column, such as each of several models, and what they come to beside each other."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from fairaudit.documents import envelope as documents
from fairaudit.documents.answer import answer_of
from fairaudit.documents.audit import ByDocument, ByPart
from fairaudit.documents.parts import Stamp
from fairaudit.errors import FairauditError, OptionError, clipped
from fairaudit.read.identity import split_rows
from fairaudit.read.notes import Note, distinct
from fairaudit.read.rows import Input
from fairaudit.read.table import columns_read
from fairaudit.read.watching import Progress
from fairaudit.render.words.answer import claim
from fairaudit.render.words.people import words_of
from fairaudit.spelling import setting
from fairaudit.workflow.pipeline import Audit, AuditOptions, run

_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The audit of the rows with one value; `folder` is the name of its place."""

    value: str
    folder: str
    audit: Audit


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The audits of all values, and the document ``by.json``."""

    parts: tuple[Part, ...]
    document: ByDocument


def audit_parts(
    opened: Input,
    column: str,
    options: AuditOptions,
    stamp: Stamp,
    *,
    on_progress: Progress | None = None,
) -> Parts:
    """Audit the rows of each value of a column by themselves, as ``--where`` would; the input is read once.

    Parameters
    ----------
    column
        With at most 50 values. Rows without one are in no audit, and counted.

    Raises
    ------
    FairauditError
        If the column is not there, or has no or too many values; or if one of the parts cannot be audited, which is named.
    """
    reading = options.reading
    kept = opened.kept()
    split = split_rows(
        kept,
        column,
        where=reading.where,
        na_values=reading.na_values,
        also=columns_read(kept, reading, also=options.features),
    )
    folders = folder_names(column, list(split.conditions))
    parts: list[Part] = []
    for value, condition in split.conditions.items():
        where = f"({reading.where}) AND {condition}" if reading.where else condition
        of_part = dataclasses.replace(options, reading=dataclasses.replace(reading, where=where))
        try:
            audit = run(kept, of_part, stamp)
        except FairauditError as error:
            raise OptionError(
                f"{setting('by')}, where {condition}", str(error), hint=f"{setting('where')} leaves rows out"
            ) from None
        parts.append(Part(value=value, folder=folders[value], audit=audit))
        if on_progress:
            on_progress(len(parts) / len(split.conditions))
    document = ByDocument(
        **documents.envelope(
            split.rows,
            sum(part.audit.group.input.used for part in parts),
            _dropped(split.dropped, parts),
            stamp,
            "aequitas",
            "pandas",
            notes=distinct([*split.notes, *_notes(column, parts)]),
        ),
        column=column,
        where=reading.where,
        audits=[_row(part) for part in parts],
    )
    return Parts(parts=tuple(parts), document=document)


def _dropped(before: Mapping[str, int], parts: Sequence[Part]) -> dict[str, int]:
    """Count the rows that are in no audit, by reason; what belongs to another part is not dropped."""
    dropped = dict(before)
    for part in parts:
        audit = part.audit.group
        for reason, n in audit.input.dropped.items():
            if reason != f"where not ({audit.settings.where})":
                dropped[reason] = dropped.get(reason, 0) + n
    return dropped


def folder_names(column: str, values: Sequence[str]) -> Mapping[str, str]:
    """Name a folder for each value: letters, digits and a few signs, never two alike, not even where case does not count.

    >>> folder_names("model_id", ["1", "../x", "a", "A"])["../x"]
    'model_id=..%2Fx'
    """
    names: dict[str, str] = {}
    plain = {value: f"{_safe(column)}={_safe(value)}" for value in values}
    lowered = [name.casefold() for name in plain.values()]
    for value, name in plain.items():
        # Some systems take away a full stop at the end.
        if lowered.count(name.casefold()) > 1 or len(name) > _LONGEST_NAME or name.endswith("."):
            name = f"{name[:_LONGEST_NAME]}-{hashlib.sha256(value.encode()).hexdigest()[:12]}"
        names[value] = name
    return names


def _safe(text: str) -> str:
    return quote(text, safe="").replace("~", "%7E")


def _row(part: Part) -> ByPart:
    bias, fairness = part.audit.bias, part.audit.fairness
    answer = answer_of(bias, part.audit.group)
    worst = next(iter((*answer.leading, *answer.open, *answer.passing)), None)
    return ByPart(
        value=part.value,
        folder=part.folder,
        people=part.audit.group.overall.n,
        rows=bias.input.used,
        verdict=part.audit.verdict,
        sentence=fairness.answer.sentence,
        worst=None
        if worst is None
        else claim(worst, words=words_of(bias.settings, (d.group for d in bias.disparities))).sentence,
        worst_verdict=None if worst is None else worst.verdict,
    )


def _notes(column: str, parts: Sequence[Part]) -> tuple[Note, ...]:
    """Gather the notes of all parts; one that is not of all of them says of which it is."""
    of: dict[Note, list[str]] = {}
    for part in parts:
        for note in part.audit.slices.input.notes:
            of.setdefault(Note(sentence=note.sentence, warning=note.warning), []).append(part.value)
    return tuple(
        note
        if len(values) == len(parts)
        else dataclasses.replace(note, sentence=f"{_of(column, values)}: {note.sentence}")
        for note, values in of.items()
    )


def _of(column: str, values: Sequence[str], most: int = 5) -> str:
    rest = f" and {len(values) - most:,} more" if len(values) > most else ""
    return f"{column} = {', '.join(clipped(value) for value in values[:most])}{rest}"
