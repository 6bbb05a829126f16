"""Sentences and a table about what the data of each group lack: rows that were dropped, missing values, labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fairaudit.errors import clipped, printable
from fairaudit.render.words.names import joined
from fairaudit.render.words.people import WORDS, Words, attribute_text, group_name, words_of_results

if TYPE_CHECKING:
    from fairaudit.documents.folder import Results
    from fairaudit.documents.grouped import GroupDocument
    from fairaudit.documents.model import CvDocument, TrainDocument
    from fairaudit.documents.parts import GroupQualityPart, InputPart

_HEADS = ("Attribute", "Group", "Rows", "Dropped", "Label known", "Label 1")
_MISSING = "Missing values"
_MOST_COLUMNS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """The data as people know them, of which rows were dropped or values are missing, and what is known of each group."""

    source: InputPart
    quality: Sequence[GroupQualityPart]

    @property
    def dropped(self) -> int:
        """How many rows were left out."""
        return sum(self.source.dropped.values())


def lacking(documents: Results) -> Lacking | None:
    """Gather what the data lack: those of the training where there was one, else those of the audit; ``None`` without either."""
    return lacking_of(documents.train, documents.cv, documents.group)


def lacking_of(
    train: TrainDocument | None, cv: CvDocument | None, group: GroupDocument | None
) -> Lacking | None:
    """Gather what the data of these documents lack; ``None`` without any."""
    trained = train or cv
    if trained is not None:
        return Lacking(source=trained.input, quality=cv.quality if cv is not None else [])
    return None if group is None else Lacking(source=group.input, quality=group.quality)


def reasons_text(data: Lacking, words: Words = WORDS) -> str:
    """Say why rows were dropped, and whose they are if all are of one group: "486 missing label, all of them Belmar"; empty without any."""
    return "; ".join(
        f"{n:,} {printable(clipped(reason, most=80))}{_whose(data, reason, n, words)}"
        for reason, n in data.source.dropped.items()
        if n
    )


def dropped_text(documents: Results) -> str:
    """Say how many rows were dropped, and whose they are if all are of one group; empty where none was."""
    data = lacking(documents)
    if data is None or not data.dropped:
        return ""
    of_file = f" of {printable(clipped(data.source.name))}" if documents.train or documents.cv else ""
    whose = "".join(
        _whose(data, reason, data.dropped, words_of_results(documents)) for reason in data.source.dropped
    )
    return f"{data.dropped:,} of {data.source.rows:,} rows{of_file} were dropped{whose}, and nobody in them is counted."


def _whose(data: Lacking, reason: str, dropped: int, words: Words) -> str:
    """Name the groups that have lost all the rows, of attributes that have others."""
    names = []
    for attribute in dict.fromkeys(q.attribute for q in data.quality):
        groups = [q for q in data.quality if q.attribute == attribute]
        own = [q for q in groups if q.dropped.get(reason) == dropped]
        if own and len(groups) > 1:
            names.append(printable(group_name(attribute, own[0].group, words)))
    return f", all of them {joined(names)}" if names and dropped > 1 else ""


def table(data: Lacking, words: Words) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Lay out what the data of each group lack, in heads and rows; no rows where none was dropped for what it lacks and no value is missing.

    Missing values are counted in training alone.
    """
    lacks_values = any(set(q.missing) - _own_columns(q, words) for q in data.quality)
    if not lacks_values and not any(q.dropped for q in data.quality):
        return (), []
    rows = [
        (
            attribute_text(q.attribute, words),
            group_name(q.attribute, q.group, words),
            _number(q.rows),
            _of(sum(q.dropped.values()), q.rows),
            _number(q.labelled),
            _of(q.positives, q.labelled),
            *([_columns(q, words)] if lacks_values else []),
        )
        for q in data.quality
    ]
    return (*_HEADS, *([_MISSING] if lacks_values else [])), rows


def _own_columns(part: GroupQualityPart, words: Words) -> set[str]:
    """Name the columns that the group itself is made of: whoever lacks these is a group."""
    return set(words.columns.get(part.attribute, (part.attribute,)))


def _number(n: int | None) -> str:
    return "–" if n is None else f"{n:,}"


def _of(n: int | None, all_of_them: int | None) -> str:
    """Write a number, and its share where it is of something.

    >>> _of(486, 1562), _of(0, 100), _of(3, None)
    ('486 (31.1%)', '0', '3')
    """
    return f"{n:,} ({n / all_of_them:.1%})" if n and all_of_them else _number(n)


def _columns(part: GroupQualityPart, words: Words) -> str:
    """Name the columns in which values are missing, those with most first."""
    most_first = sorted(
        ((c, n) for c, n in part.missing.items() if c not in _own_columns(part, words)),
        key=lambda pair: (-pair[1], pair[0]),
    )
    shown = [f"{clipped(column)} {_of(n, part.rows)}" for column, n in most_first[:_MOST_COLUMNS]]
    more = len(most_first) - len(shown)
    return ", ".join([*shown, *([f"{more:,} more columns"] if more else [])]) or "none"
