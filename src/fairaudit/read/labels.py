"""Labels and decisions as 1 and 0: which values of a column are the positive ones, and what is told of all others."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from fairaudit.engine.sql import text
from fairaudit.errors import ColumnError, OptionError, clipped, did_you_mean, header_again, listed
from fairaudit.read.notes import Note, counted
from fairaudit.read.numbers import number_sql
from fairaudit.read.readings import MOST_GROUPS
from fairaudit.read.roles import Roles
from fairaudit.read.rows import Rows
from fairaudit.read.values import MISSING_MARKS, as_binary, resembles, same_value
from fairaudit.settings.choices import split_words
from fairaudit.spelling import setting
from fairaudit.texts import clean


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """The SQL of label, score and decision, ``None`` for what an input does not have; and what is to be told of them.

    Of several `classes` label and decision are their numbers; there are none where labels are 1 and 0.
    """

    label: str | None
    score: str | None
    decision: str | None
    notes: tuple[Note, ...]
    classes: tuple[str, ...] = ()


def _which() -> str:
    return f"Say which values are positive: {setting('positive', 'VALUE')} (several if need be)"


def outcomes_sql(rows: Rows, roles: Roles, positive: Sequence[str]) -> Outcomes:
    """Read the columns of labels, scores and decisions.

    The positive values are those of the label, and of decisions that are written as its classes.

    Raises
    ------
    ColumnError
        If a value is neither 0 nor 1 and nobody said what it means, or a score is no number.
    OptionError
        If there is nothing that positive values could apply to.
    """
    notes: list[Note] = []
    label = decision = score = None
    if roles.label:
        label = _binary(rows, roles.label, positive, "labels", _which(), notes)
    if roles.decision:
        named = positive if roles.label is None or not _is_binary(rows, roles.decision) else ()
        hint = f"Say which of them are positive by {setting('positive', 'VALUE')}, or let {setting('score')} and {setting('threshold')} make decisions"
        decision = _binary(rows, roles.decision, named, "decisions", hint, notes)
    if roles.score:
        score = _score(rows, roles.score, positive, notes)
    if positive and not (roles.label or roles.decision or (roles.score and _has_classes(rows, roles.score))):
        raise OptionError(setting("positive"), "there is no label column to which it could apply")
    return Outcomes(label=label, score=score, decision=decision, notes=tuple(notes))


def negative_notes(column: str, negative: Mapping[str, int], positive: Sequence[str]) -> tuple[Note, ...]:
    """Say which values became 0, since nobody named them as positive.

    Parameters
    ----------
    negative
        Their rows by value.
    positive
        The values that became 1.
    """
    if not negative:
        return ()
    alike = {value: next((p for p in positive if resembles(value, p)), None) for value in negative}
    suspects = [f"{value!r} looks like {like!r}, which is positive" for value, like in alike.items() if like]
    several = len(negative) > 1
    sentence = f"{column}: negative (0): {counted(negative)}"
    if suspects:
        sentence += f"; {'; '.join(suspects)}"
    elif several:
        sentence += ": all values but the positive one" + ("s" if len(positive) > 1 else "")
    return (Note(sentence=sentence, warning=several or bool(suspects)),)


def _joined_notes(column: str, meanings: Mapping[int, Sequence[str]]) -> tuple[Note, ...]:
    """Say which values mean the same label, where it is written in several ways, as in files that were put together."""
    joined = [
        f"{listed(values)} are read as {label}" for label, values in meanings.items() if len(values) > 1
    ]
    return (Note(sentence=f"{column}: {'; '.join(joined)}"),) if joined else ()


def find_positive(
    values: Sequence[str], positive: Sequence[str], *, column: str, file: str
) -> tuple[list[str], tuple[str, ...]]:
    """Find the values that are meant as positive, and take comma lists apart.

    Raises
    ------
    ColumnError
        If a value that is named as positive does not occur.
    """
    words = split_words(positive, known={*values, *positive} & {p for p in positive if clean(p) in values})
    for wanted in words:
        # Without any values the condition or the missing labels are the news.
        if values and not any(same_value(wanted, value) for value in values):
            unread = (
                f"{wanted!r} stands for a missing value, unless {setting('na_values')} says otherwise."
                if wanted in MISSING_MARKS
                else did_you_mean(wanted, values)
            )
            raise ColumnError(
                file,
                column,
                f"no row holds {wanted!r}, named as positive",
                hint=f"{unread} Its values are {listed(values)}".strip(),
            )
    return [value for value in values if any(same_value(wanted, value) for wanted in words)], words


def _score(rows: Rows, column: str, positive: Sequence[str], notes: list[Note]) -> str:
    """Read scores; those that are true and false, or predicted classes of which the positive one is named, are decisions."""
    if _has_classes(rows, column) and (positive or _is_binary(rows, column)):
        named = () if _is_binary(rows, column) else positive
        return f"CAST({_binary(rows, column, named, 'scores', _which(), notes)} AS DOUBLE)"
    reading = rows.readings.of(column)
    hint = ""
    if _has_classes(rows, column):
        hint = f"If they are predicted classes, say which is the positive one: {setting('positive', 'VALUE')}"
    elif not reading.numeric and not reading.numbers:
        hint = f"If they are predicted classes, name their column by {setting('decision', column)}, and the positive ones by {setting('positive', 'VALUE')}"
    number = number_sql(rows, column, "scores", hint=hint)
    notes += [note for note in (reading.missing_note, reading.number_note) if note]
    return number


def _has_classes(rows: Rows, column: str) -> bool:
    """Return whether a column holds two values, at most, that are no numbers."""
    reading = rows.readings.of(column)
    values = None if reading.numeric or reading.numbers else rows.readings.values([column])[column]
    return values is not None and 0 < len(values) <= 2


def _where_else(rows: Rows, column: str, binary: Collection[str]) -> str:
    """Say which row first holds something else beside both labels, which is more likely a slip than another class."""
    if len({as_binary(value) for value in binary}) < 2 or rows.stands_for:
        return ""
    value = rows.readings.of(column).text
    known = ", ".join(map(text, sorted(binary)))
    row, other = rows.one(
        f"SELECT rowid + 1, {value} FROM {rows.table_of(column)} WHERE kept AND {value} IS NOT NULL AND {value} NOT IN ({known}) ORDER BY rowid LIMIT 1"
    )
    return f" ({rows.row_name(row)} holds {clipped(str(other))!r})"


def _is_binary(rows: Rows, column: str) -> bool:
    values = rows.readings.values([column])[column]
    return values is not None and all(as_binary(value) is not None for value in values)


def _binary(rows: Rows, column: str, positive: Sequence[str], noun: str, hint: str, notes: list[Note]) -> str:
    """Write the SQL that maps a column's values to 1 and 0, after a look at all of its values."""
    spellings = rows.readings.spellings([column])[column]
    values = rows.readings.values([column])[column]
    if spellings is None or values is None:
        raise ColumnError(
            rows.source.name,
            column,
            f"the {noun} are not 0 and 1 but more than {MOST_GROUPS:,} different values",
            hint=hint,
        )
    if positive:
        ones, _ = find_positive(values, positive, column=column, file=rows.source.name)
        zeros = [value for value in values if value not in ones]
        counts = {v: sum(s.rows for s in spellings if s.text == v) for v in zeros}
        notes += negative_notes(column, counts, ones)
    else:
        ones = [value for value in values if as_binary(value) == 1]
        zeros = [value for value in values if as_binary(value) == 0]
        if len(ones) + len(zeros) < len(values):
            raise ColumnError(
                rows.source.name,
                column,
                f"the {noun} are not 0 and 1 but {listed(values)}{_where_else(rows, column, {*ones, *zeros})}",
                hint=header_again(column, values) or hint,
            )
        notes += _joined_notes(column, {1: ones, 0: zeros})
    notes += [
        note for note in (rows.readings.of(column).missing_note, *rows.readings.name_notes(column)) if note
    ]
    raw = rows.readings.of(column).raw
    cases = [
        f"WHEN {raw} IN ({', '.join(text(s.raw) for s in spellings if s.text in chosen)}) THEN {number}"
        for number, chosen in ((1, ones), (0, zeros))
        if chosen
    ]
    return f"CAST(CASE {' '.join(cases)} END AS TINYINT)" if cases else "NULL::TINYINT"
