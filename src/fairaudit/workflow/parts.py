"""One audit for each value of a column, such as each of several models, and what they come to beside each other."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from fairaudit.disparity.rule import DEFAULT_RULE, VerdictRule
from fairaudit.documents import envelope as documents
from fairaudit.documents.audit import ByDocument, ByPart
from fairaudit.documents.parts import Stamp
from fairaudit.documents.ranking import worst_disparities
from fairaudit.errors import FairauditError, OptionError, clipped
from fairaudit.read.identity import split_rows
from fairaudit.read.notes import Note, distinct
from fairaudit.read.rows import Input, Progress
from fairaudit.render.words.findings import short_finding
from fairaudit.settings.choices import DEFAULT_MIN_GROUP_SIZE, RateInterval
from fairaudit.settings.reading import ReadSettings
from fairaudit.spelling import setting
from fairaudit.workflow.audit import Audit, report_everything

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
    settings: ReadSettings,
    stamp: Stamp,
    *,
    rule: VerdictRule = DEFAULT_RULE,
    features: Sequence[str] = (),
    min_group_size: int = DEFAULT_MIN_GROUP_SIZE,
    interval: RateInterval = RateInterval.WILSON,
    on_progress: Progress | None = None,
) -> Parts:
    """Audit the rows of each value of a column by themselves, as ``--where`` would.

    Parameters
    ----------
    column
        With at most 50 values. Rows without one are in no audit, and counted.

    Raises
    ------
    FairauditError
        If the column is not there, or has no or too many values; or if one of the parts cannot be audited, which is named.
    """
    split = split_rows(opened, column, where=settings.where, na_values=settings.na_values)
    rows, values = split.rows, list(split.conditions)
    folders = folder_names(column, values)
    parts: list[Part] = []
    for number, value in enumerate(values):
        mine = split.conditions[value]
        where = f"({settings.where}) AND {mine}" if settings.where else mine
        try:
            audit = report_everything(
                opened,
                dataclasses.replace(settings, where=where),
                stamp,
                rule=rule,
                features=features,
                min_group_size=min_group_size,
                interval=interval,
            )
        except FairauditError as error:
            raise OptionError(
                f"{setting('by')}, where {mine}", str(error), hint=f"{setting('where')} leaves rows out"
            ) from None
        parts.append(Part(value=value, folder=folders[value], audit=audit))
        if on_progress:
            on_progress((number + 1) / len(values))
    dropped = dict(split.dropped)
    for part in parts:
        source = part.audit.group.input
        # What belongs to another part is not dropped.
        for reason, n in source.dropped.items():
            if reason != f"where not ({part.audit.group.settings.where})":
                dropped[reason] = dropped.get(reason, 0) + n
    document = ByDocument(
        **documents.envelope(
            rows,
            sum(part.audit.group.input.used for part in parts),
            dropped,
            stamp,
            "aequitas",
            "pandas",
            notes=distinct([*split.notes, *_notes(column, parts)]),
        ),
        column=column,
        where=settings.where,
        audits=[_row(part) for part in parts],
    )
    return Parts(parts=tuple(parts), document=document)


def folder_names(column: str, values: Sequence[str]) -> Mapping[str, str]:
    """Name a folder for each value: letters, digits and a few signs, never two alike, not even where case does not count.

    >>> folder_names("model_id", ["1", "../x", "a", "A"])["../x"]
    'model_id=..%2Fx'
    """
    found: dict[str, str] = {}
    plain = {value: f"{_safe(column)}={_safe(value)}" for value in values}
    lowered = [name.casefold() for name in plain.values()]
    for value, name in plain.items():
        # Some systems take away a full stop at the end.
        if lowered.count(name.casefold()) > 1 or len(name) > _LONGEST_NAME or name.endswith("."):
            name = f"{name[:_LONGEST_NAME]}-{hashlib.sha256(value.encode()).hexdigest()[:12]}"
        found[value] = name
    return found


def _safe(text: str) -> str:
    return quote(text, safe="").replace("~", "%7E")


def _row(part: Part) -> ByPart:
    bias, fairness = part.audit.bias, part.audit.fairness
    worst = next(iter(worst_disparities(bias)), None)
    return ByPart(
        value=part.value,
        folder=part.folder,
        people=part.audit.group.overall.n,
        rows=bias.input.used,
        verdict=part.audit.verdict,
        sentence=fairness.answer.sentence,
        worst=None if worst is None else short_finding(worst, bias.tolerance),
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
