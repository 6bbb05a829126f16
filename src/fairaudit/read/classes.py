"""Labels and predictions of several classes: which classes there are in both columns, and the number that each value stands for."""

from __future__ import annotations

from collections.abc import Sequence

from fairaudit.engine.sql import text
from fairaudit.errors import OptionError, listed
from fairaudit.read.labels import Outcomes, outcomes_sql
from fairaudit.read.notes import Note
from fairaudit.read.roles import Roles
from fairaudit.read.rows import Rows
from fairaudit.read.values import as_binary, is_number
from fairaudit.slices.file import Lock
from fairaudit.spelling import setting
from fairaudit.texts import clean

MOST_CLASSES = 50
"""A confusion matrix of more classes is nothing that anybody could read."""
_BINARY = 2


def outcomes_of_classes(
    rows: Rows, roles: Roles, positive: Sequence[str], *, lock: Lock | None = None
) -> Outcomes:
    """Read labels and predictions of more than two classes, each as the number of its class; of two, or of those named as positive and all others, as 1 and 0.

    Classes that a lock keeps are there whether rows have them or not.

    Raises
    ------
    OptionError
        If there are more classes than a table can show.
    """
    columns = [column for column in (roles.label, roles.decision) if column is not None]
    if positive or len(columns) < _BINARY:
        return outcomes_sql(rows, roles, positive)
    spelled = rows.readings.spellings(columns)
    texts = {column: {s.text for s in ways if s.text is not None} for column, ways in spelled.items() if ways}
    kept = lock.classes if lock else ()
    texts_held = [text for column in columns for text in sorted(texts.get(column, ()))]
    names = class_names([*kept, *texts_held])
    many = any(spelled[column] is None for column in columns) or len(names) > MOST_CLASSES
    if many:
        raise OptionError(
            setting("prediction"),
            f"columns {columns[0]!r} and {columns[1]!r} of {rows.source.name} hold more than {MOST_CLASSES} classes",
            hint="Are they numbers that are predicted? Regression is not measured here",
        )
    if len(names) <= _BINARY and not kept:
        return outcomes_sql(rows, roles, positive)
    numbers = {_meant(name): number for number, name in enumerate(names)}
    label, decision = (_numbered(rows, column, numbers) for column in columns)
    notes = [
        note
        for column in columns
        for note in (rows.readings.of(column).missing_note, *rows.readings.name_notes(column))
        if note
    ]
    if lock is not None and kept:
        notes += _departed(lock, texts_held)
    return Outcomes(label=label, score=None, decision=decision, notes=tuple(notes), classes=names)


def _departed(lock: Lock, texts_held: Sequence[str]) -> list[Note]:
    """Warn of classes that a lock does not have, and of those that only it has."""
    present, kept = {_meant(text) for text in texts_held}, {_meant(name) for name in lock.classes}
    new = [name for name in class_names(texts_held) if _meant(name) not in kept]
    gone = [name for name in lock.classes if _meant(name) not in present]
    sentences = [
        f"{listed(names)} {'is' if len(names) == 1 else 'are'} {departure}"
        for names, departure in (
            (new, f"not among the classes of {lock.name}, and counted beside them"),
            (
                gone,
                f"among the classes of {lock.name}, and here no row is of {'it' if len(gone) == 1 else 'them'} or predicted to be",
            ),
        )
        if names
    ]
    return [Note(sentence=f"classes: {sentence}", warning=True) for sentence in sentences]


def class_names(values: Sequence[str]) -> tuple[str, ...]:
    """Name the classes behind values, in their order: numbers by size, then texts; of several spellings of one the first.

    >>> class_names(["10", "9", "9.0", "b", "a", "True", "true"])
    ('9', '10', 'True', 'a', 'b')
    """
    names: dict[str | float, str] = {}
    for value in values:
        names.setdefault(_meant(value), value)
    return tuple(sorted(names.values(), key=_order))


def _order(name: str) -> tuple[bool, float, str]:
    number = is_number(name)
    return not number, float(name) if number else 0.0, name


def _meant(value: str) -> str | float:
    """Return what two spellings of one class have in common, as `same_value` has it."""
    value = clean(value)
    if is_number(value):
        return float(value)
    return value.casefold() if as_binary(value) is not None else value


def _numbered(rows: Rows, column: str, numbers: dict[str | float, int]) -> str:
    """Write the SQL of the number of a row's class."""
    raw = rows.readings.of(column).raw
    ways: dict[int, list[str]] = {}
    for spelling in rows.readings.spellings([column])[column] or ():
        if spelling.text is not None:
            ways.setdefault(numbers[_meant(spelling.text)], []).append(text(spelling.raw))
    cases = [f"WHEN {raw} IN ({', '.join(raws)}) THEN {number}" for number, raws in sorted(ways.items())]
    return f"CAST(CASE {' '.join(cases)} END AS TINYINT)" if cases else "NULL::TINYINT"
